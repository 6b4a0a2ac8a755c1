/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's TLS files: the server's certificate and the authorities of client certificates. */
#include "engine/certificate.h"
#include "engine/engine_host.h"

#include "core/hash.h"
#include "engine/limits.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

PL_DEFINE_CLEANUP(auto_bio_, BIO *, BIO_free, NULL)
PL_DEFINE_CLEANUP(auto_time_, ASN1_TIME *, ASN1_TIME_free, NULL)
PL_DEFINE_CLEANUP(auto_x509_, X509 *, X509_free, NULL)

enum { CERTIFICATES_MAX = 64 };

static void set_subject(pl_arena *a, pl_record *r, const X509 *x)
{
    PL_CLEANUP(auto_bio_) BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (!out || X509_NAME_print_ex(out, X509_get_subject_name(x), 0, XN_FLAG_RFC2253) < 0)
        return;
    long n = BIO_get_mem_data(out, &text);
    if (n >= 0)
        pl_set_str(r, PL_F_CERTIFICATE_SUBJECT, pl_arena_str(a, (pl_str){text, (size_t)n}));
}

static void set_fingerprint(pl_arena *a, pl_record *r, const X509 *x)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned n = 0;

    if (!X509_digest(x, EVP_sha256(), hash, &n))
        return;
    pl_hex(hash, n, hex);
    pl_set_str(r, PL_F_CERTIFICATE_FINGERPRINT, pl_arena_str(a, pl_str_c(hex)));
}

static ASN1_TIME *time_of(int64_t now_us)
{
    return ASN1_TIME_set(NULL, (time_t)(now_us / 1000000));
}

/* Whole days, rounded down. */
static bool days_between(const ASN1_TIME *from, const ASN1_TIME *to, int64_t *ret)
{
    int days = 0, seconds = 0;

    if (!ASN1_TIME_diff(&days, &seconds, from, to))
        return false;
    *ret = seconds < 0 ? (int64_t)days - 1 : days;
    return true;
}

bool pl_certificate_read_times(pl_str pem, int64_t now_us, pl_certificate_times *ret)
{
    PL_CLEANUP(auto_time_) ASN1_TIME *now = time_of(now_us);
    PL_CLEANUP(auto_bio_)
    BIO *in = pem.n <= INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    size_t n = 0;

    for (; now && in && n < CERTIFICATES_MAX; n++) {
        PL_CLEANUP(auto_x509_) X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
        int64_t age, left;
        if (!x)
            break;
        if (!days_between(X509_get0_notBefore(x), now, &age) ||
            !days_between(now, X509_get0_notAfter(x), &left)) {
            n = 0;
            break;
        }
        if (n == 0)
            *ret = (pl_certificate_times){age, left};
        ret->age_days = age > ret->age_days ? age : ret->age_days;
    }
    ERR_clear_error();
    return n > 0;
}

static void set_validity(pl_record *r, const X509 *x, int64_t now_us)
{
    PL_CLEANUP(auto_time_) ASN1_TIME *at = time_of(now_us);
    int64_t days;

    if (at && days_between(at, X509_get0_notAfter(x), &days))
        pl_set_int(r, PL_F_CERTIFICATE_DAYS_LEFT, days);
    if (at)
        pl_set_bool(r, PL_F_CERTIFICATE_STARTED,
                    ASN1_TIME_compare(X509_get0_notBefore(x), at) <= 0);
}

static void set_key(pl_arena *a, pl_record *r, X509 *x)
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    int digest = NID_undef;

    if (key) {
        pl_set_str(r, PL_F_CERTIFICATE_KEY_TYPE,
                   pl_arena_str(a, pl_str_c(EVP_PKEY_get0_type_name(key))));
        pl_set_int(r, PL_F_CERTIFICATE_KEY_BITS, EVP_PKEY_get_bits(key));
    }
    /* Ed25519 names no digest of its own. */
    if (X509_get_signature_info(x, &digest, NULL, NULL, NULL))
        pl_set_str(r, PL_F_CERTIFICATE_SIGNATURE,
                   digest == NID_undef ? PL_S("none")
                                       : pl_arena_str(a, pl_str_c(OBJ_nid2sn(digest))));
}

/* Address of a listener without port and brackets. */
static bool bare_address(pl_str listener, char text[64])
{
    size_t at = listener.n;

    while (at && listener.p[at - 1] != ':')
        at--;
    pl_str host = pl_str_sub(listener, 0, at ? at - 1 : 0);
    if (host.n > 2 && host.p[0] == '[')
        host = pl_str_sub(host, 1, host.n - 2);
    return pl_str_to_c(host, text, 64);
}

/* A listener on every address is reached under names that cannot be known here: any name that the
 * certificate carries will do. */
static bool covers(const pl_live *l, X509 *x)
{
    const pl_value *list = pl_get(l->c->engine, PL_F_ENGINE_API_LISTENERS);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        char host[64];
        if (!pl_record_true(list->u.recs[i], PL_F_API_LISTENER_TLS) ||
            !bare_address(pl_record_text(list->u.recs[i], PL_F_API_LISTENER_ADDRESS), host))
            continue;
        bool is_any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
        bool has_names = X509_get_ext_by_NID(x, NID_subject_alt_name, -1) >= 0;
        if (is_any ? !has_names : X509_check_ip_asc(x, host, 0) != 1)
            return false;
    }
    return true;
}

static pl_record *record_of(pl_live *l, X509 *x, pl_str path, const char *role)
{
    pl_record *r = pl_record_new(l->c->arena, &pl_kind_certificate);

    if (!r)
        return NULL;
    pl_set_str(r, PL_F_CERTIFICATE_PATH, path);
    pl_set_str(r, PL_F_CERTIFICATE_ROLE, pl_str_c(role));
    set_subject(l->c->arena, r, x);
    set_fingerprint(l->c->arena, r, x);
    set_validity(r, x, l->c->now_us);
    set_key(l->c->arena, r, x);
    if (strcmp(role, "server") == 0) {
        pl_set_bool(r, PL_F_CERTIFICATE_SERVER_AUTH,
                    X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0) == 1);
        pl_set_bool(r, PL_F_CERTIFICATE_COVERS, covers(l, x));
    } else {
        pl_set_absent(r, PL_F_CERTIFICATE_SERVER_AUTH);
        pl_set_absent(r, PL_F_CERTIFICATE_COVERS);
    }
    return r;
}

/* All certificates of a PEM file; a server's file may hold its chain, of which the first counts. */
static bool read_file(pl_live *l, pl_str path, const char *role, pl_record **items, size_t *n)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_err why = {0};
    size_t before = *n;

    if (pl_root_read(&l->running->root, path, PL_HOSTFILE_MAX, &b, NULL, &why) != PL_OK) {
        pl_collection_problem(l->c, "certificates of the engine", (pl_str){"", 0}, &why);
        return false;
    }
    PL_CLEANUP(auto_bio_) BIO *in = BIO_new_mem_buf(b.p, (int)b.n);
    while (in && *n < CERTIFICATES_MAX) {
        PL_CLEANUP(auto_x509_) X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
        if (!x)
            break;
        items[*n] = record_of(l, x, path, role);
        *n += items[*n] != NULL;
        if (strcmp(role, "server") == 0)
            break;
    }
    ERR_clear_error();
    return *n > before;
}

static bool has_tls_listener(const pl_live *l)
{
    const pl_value *list = pl_get(l->c->engine, PL_F_ENGINE_API_LISTENERS);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        if (pl_str_eq(pl_record_text(list->u.recs[i], PL_F_API_LISTENER_ROLE), PL_S("api")) &&
            pl_get(list->u.recs[i], PL_F_API_LISTENER_TLS)->state != PL_PRESENT)
            return true; /* it might */
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        if (pl_record_true(list->u.recs[i], PL_F_API_LISTENER_TLS))
            return true;
    return false;
}

static pl_str file_of(const pl_live *l, int field, const char *otherwise)
{
    pl_str s = pl_record_text(l->c->engine, field);
    return s.n ? s : pl_str_c(otherwise);
}

void pl_certificates_read(pl_live *l)
{
    pl_record *e = l->c->engine;
    pl_record **items = pl_arena_calloc(l->c->arena, CERTIFICATES_MAX, sizeof(pl_record *));
    size_t n = 0;

    if (!items || !l->has_host || pl_get(e, PL_F_ENGINE_API_LISTENERS)->state != PL_PRESENT)
        return;
    if (!has_tls_listener(l)) {
        pl_set_recs(e, PL_F_ENGINE_CERTIFICATES, items, 0);
        return;
    }
    bool ok = read_file(l, file_of(l, PL_F_ENGINE_TLS_CERT, "/root/.docker/cert.pem"), "server",
                        items, &n) &&
              (!pl_record_true(e, PL_F_ENGINE_TLS_VERIFY) ||
               read_file(l, file_of(l, PL_F_ENGINE_TLS_CA, "/root/.docker/ca.pem"), "authority",
                         items, &n));
    if (ok && n < CERTIFICATES_MAX)
        pl_set_recs(e, PL_F_ENGINE_CERTIFICATES, items, n);
}
