/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of a transcript (RFC 5280), in the worker: what each says, and whether an
 * authority that is trusted stands for the first. When each ends is told on its own, so that an
 * expired certificate is no untrusted one.
 */
#include "core/hash.h"
#include "probe/reading.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

PL_DEFINE_CLEANUP(auto_bio_, BIO *, BIO_free, NULL)
PL_DEFINE_CLEANUP(auto_time_, ASN1_TIME *, ASN1_TIME_free, NULL)
PL_DEFINE_CLEANUP(auto_store_, X509_STORE *, X509_STORE_free, NULL)
PL_DEFINE_CLEANUP(auto_verify_, X509_STORE_CTX *, X509_STORE_CTX_free, NULL)
PL_DEFINE_CLEANUP(auto_names_, GENERAL_NAMES *, GENERAL_NAMES_free, NULL)

enum { DER_MAX = PL_PROBE_CHAIN_BYTES };

struct chain {
    X509 *items[PL_PROBE_CHAIN];
    size_t n;
};

static void chain_done(struct chain *c)
{
    for (size_t i = 0; i < c->n; i++)
        X509_free(c->items[i]);
}

/* ---- one certificate ---- */

static void set_name(pl_reading *r, pl_record *to, int field, const X509_NAME *name)
{
    PL_CLEANUP(auto_bio_) BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (!out || X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) < 0)
        return;
    long n = BIO_get_mem_data(out, &text);
    pl_str kept = n >= 0 ? pl_arena_str(r->a, (pl_str){text, (size_t)n}) : (pl_str){0};
    if (kept.p)
        pl_set_str(to, field, kept);
}

static pl_str fingerprint_of(pl_arena *a, const X509 *x)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned n = 0;

    if (!X509_digest(x, EVP_sha256(), hash, &n))
        return (pl_str){"", 0};
    pl_hex(hash, n, hex);
    return pl_arena_str(a, pl_str_c(hex));
}

static bool time_us(const ASN1_TIME *t, int64_t *ret)
{
    PL_CLEANUP(auto_time_) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;

    if (!epoch || !ASN1_TIME_diff(&days, &seconds, epoch, t))
        return false;
    *ret = ((int64_t)days * 86400 + seconds) * 1000000;
    return true;
}

/* Whole days, rounded down. */
static int64_t days_between(int64_t from_us, int64_t to_us)
{
    const int64_t day = (int64_t)86400 * 1000000;
    int64_t left = to_us - from_us;
    return left >= 0 ? left / day : -((-left + day - 1) / day);
}

static void set_times(const pl_reading *r, pl_record *to, const X509 *x)
{
    int64_t from, until;

    if (time_us(X509_get0_notBefore(x), &from)) {
        pl_set_int(to, PL_F_SHOWN_NOT_BEFORE, from);
        pl_set_bool(to, PL_F_SHOWN_STARTED, from <= r->about->now_us);
    }
    if (time_us(X509_get0_notAfter(x), &until)) {
        pl_set_int(to, PL_F_SHOWN_NOT_AFTER, until);
        pl_set_int(to, PL_F_SHOWN_DAYS_LEFT, days_between(r->about->now_us, until));
    }
}

static void set_key(pl_reading *r, pl_record *to, X509 *x)
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    int digest = NID_undef;

    if (key) {
        pl_set_str(to, PL_F_SHOWN_KEY_TYPE,
                   pl_arena_str(r->a, pl_str_c(EVP_PKEY_get0_type_name(key))));
        pl_set_int(to, PL_F_SHOWN_KEY_BITS, EVP_PKEY_get_bits(key));
    }
    /* Ed25519 names no digest of its own. */
    if (X509_get_signature_info(x, &digest, NULL, NULL, NULL))
        pl_set_str(to, PL_F_SHOWN_SIGNATURE,
                   digest == NID_undef ? PL_S("none")
                                       : pl_arena_str(r->a, pl_str_c(OBJ_nid2sn(digest))));
}

static pl_str name_text(pl_arena *a, const GENERAL_NAME *name)
{
    char text[INET6_ADDRSTRLEN];

    if (name->type == GEN_DNS)
        return pl_arena_str(a, (pl_str){(const char *)ASN1_STRING_get0_data(name->d.dNSName),
                                        (size_t)ASN1_STRING_length(name->d.dNSName)});
    if (name->type != GEN_IPADD)
        return (pl_str){0};
    int n = ASN1_STRING_length(name->d.iPAddress);
    const unsigned char *ip = ASN1_STRING_get0_data(name->d.iPAddress);
    if ((n != 4 && n != 16) || !inet_ntop(n == 4 ? AF_INET : AF_INET6, ip, text, sizeof(text)))
        return (pl_str){0};
    return pl_arena_str(a, pl_str_c(text));
}

static void set_names(pl_reading *r, pl_record *to, const X509 *x)
{
    PL_CLEANUP(auto_names_)
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    int n = names ? sk_GENERAL_NAME_num(names) : 0;
    pl_str *list = pl_arena_calloc(r->a, PL_PROBE_NAMES, sizeof(*list));
    size_t kept = 0;

    if (!list)
        return;
    for (int i = 0; i < n && kept < PL_PROBE_NAMES; i++) {
        pl_str text = name_text(r->a, sk_GENERAL_NAME_value(names, i));
        if (text.p)
            list[kept++] = text;
    }
    if (n > PL_PROBE_NAMES)
        pl_set_unreadable(to, PL_F_SHOWN_NAMES, "limit:names");
    else
        pl_set_strs(to, PL_F_SHOWN_NAMES, list, kept);
}

static bool is_self_signed(X509 *x)
{
    return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0 &&
           X509_verify(x, X509_get0_pubkey(x)) == 1;
}

static pl_record *record_of(pl_reading *r, X509 *x, size_t position)
{
    pl_record *to = pl_record_new(r->a, pl_endpoint_element_kind(PL_EE_CERTIFICATE));

    if (!to)
        return NULL;
    pl_set_str(to, PL_F_SHOWN_FINGERPRINT, fingerprint_of(r->a, x));
    pl_set_int(to, PL_F_SHOWN_POSITION, (int64_t)position);
    set_name(r, to, PL_F_SHOWN_SUBJECT, X509_get_subject_name(x));
    set_name(r, to, PL_F_SHOWN_ISSUER, X509_get_issuer_name(x));
    set_names(r, to, x);
    set_times(r, to, x);
    set_key(r, to, x);
    pl_set_bool(to, PL_F_SHOWN_SELF_SIGNED, is_self_signed(x));
    pl_set_bool(to, PL_F_SHOWN_AUTHORITY, X509_check_ca(x) > 0);
    return to;
}

/* ---- trust ---- */

static bool is_pinned(const pl_reading *r, const X509 *x)
{
    pl_str own = fingerprint_of(r->a, x);

    for (size_t i = 0; i < r->about->n_pins; i++)
        if (pl_str_eq_nocase(own, r->about->pins[i]))
            return true;
    return false;
}

/* only_pinned: of the files' authorities, too, those that are named by their fingerprint. */
static void add_authorities(const pl_reading *r, X509_STORE *store, bool only_pinned)
{
    pl_str pem = r->about->authorities;
    PL_CLEANUP(auto_bio_)
    BIO *in = pem.n && pem.n <= INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;

    for (size_t i = 0; in && i < PL_PROBE_AUTHORITIES; i++) {
        X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
        if (!x)
            break;
        if (!only_pinned || is_pinned(r, x))
            (void)X509_STORE_add_cert(store, x);
        X509_free(x);
    }
    ERR_clear_error();
}

/* An authority that the server shows itself counts when its fingerprint is named; the server's own
 * certificate is none. */
static void add_shown(const pl_reading *r, X509_STORE *store, const struct chain *c)
{
    for (size_t i = 1; i < c->n; i++)
        if (is_pinned(r, c->items[i]) && X509_check_ca(c->items[i]) > 0)
            (void)X509_STORE_add_cert(store, c->items[i]);
}

static bool leads_to(X509_STORE *store, const struct chain *c)
{
    PL_CLEANUP(auto_verify_) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    bool ok = ctx && others;

    for (size_t i = 1; ok && i < c->n; i++)
        ok = sk_X509_push(others, c->items[i]) > 0;
    ok = ok && X509_STORE_CTX_init(ctx, store, c->items[0], others) == 1;
    if (ok) {
        X509_VERIFY_PARAM *how = X509_STORE_CTX_get0_param(ctx);
        (void)X509_VERIFY_PARAM_set_flags(how,
                                          X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
        (void)X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_SSL_SERVER);
        X509_VERIFY_PARAM_set_auth_level(how, 0);
        ok = X509_verify_cert(ctx) == 1;
    }
    X509_STORE_CTX_cleanup(ctx);
    sk_X509_free(others);
    ERR_clear_error();
    return ok;
}

static bool is_trusted(const pl_reading *r, const struct chain *c, bool only_pinned)
{
    PL_CLEANUP(auto_store_) X509_STORE *store = X509_STORE_new();

    if (!store)
        return false;
    add_authorities(r, store, only_pinned);
    if (only_pinned)
        add_shown(r, store, c);
    return leads_to(store, c);
}

static const char *trust_of(const pl_reading *r, const struct chain *c)
{
    if (r->about->n_pins && is_trusted(r, c, true))
        return "pinned";
    if (is_trusted(r, c, false))
        return "authority";
    return is_self_signed(c->items[0]) ? "self-signed" : "nobody";
}

/* ---- names ---- */

static bool matches(X509 *x, const char *name)
{
    unsigned char number[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, name, number) == 1 || inet_pton(AF_INET6, name, number) == 1)
        return X509_check_ip_asc(x, name, 0) == 1;
    return X509_check_host(x, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

/* Without the name by which people reach it nobody can say. */
static void set_name_matches(const pl_reading *r, X509 *x)
{
    char name[256];

    if (!r->about->server_name.n || !pl_str_to_c(r->about->server_name, name, sizeof(name)))
        pl_set_unreadable(r->to, PL_F_ENDPOINT_NAME_MATCHES, "not-observed");
    else
        pl_set_bool(r->to, PL_F_ENDPOINT_NAME_MATCHES, matches(x, name));
}

/* ---- all of them ---- */

static bool parse(const pl_reading *r, struct chain *c)
{
    for (size_t i = 0; i < r->n_certs; i++) {
        const unsigned char *at = (const unsigned char *)r->certs[i].p;
        X509 *x = r->certs[i].n <= DER_MAX ? d2i_X509(NULL, &at, (long)r->certs[i].n) : NULL;
        if (!x)
            return false;
        c->items[c->n++] = x;
    }
    return true;
}

static void set_days_left(const pl_reading *r, pl_record *const *items, size_t n)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < n; i++) {
        const pl_value *v = pl_get(items[i], PL_F_SHOWN_DAYS_LEFT);
        if (v->state != PL_PRESENT)
            return;
        least = v->u.i < least ? v->u.i : least;
    }
    pl_set_int(r->to, PL_F_ENDPOINT_DAYS_LEFT, least);
}

static void set_chain(pl_reading *r, const struct chain *c)
{
    pl_record **items = pl_arena_calloc(r->a, c->n, sizeof(pl_record *));

    for (size_t i = 0; items && i < c->n; i++)
        if (!(items[i] = record_of(r, c->items[i], i)))
            return;
    if (!items)
        return;
    pl_set_recs(r->to, PL_F_ENDPOINT_CERTIFICATES, items, c->n);
    pl_set_str(r->to, PL_F_ENDPOINT_TRUST, pl_str_c(trust_of(r, c)));
    set_days_left(r, items, c->n);
    set_name_matches(r, c->items[0]);
}

static void set_none(const pl_reading *r, const char *why)
{
    static const int fields[] = {PL_F_ENDPOINT_CERTIFICATES, PL_F_ENDPOINT_TRUST,
                                 PL_F_ENDPOINT_DAYS_LEFT, PL_F_ENDPOINT_NAME_MATCHES};

    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (why)
            pl_set_unreadable(r->to, fields[i], why);
        else
            pl_set_absent(r->to, fields[i]);
}

/* A server that has the key: one that breaks off before it has shown that may show anybody's
 * certificate. Who wants one of ours says so behind its own proof. */
static bool is_proven(const pl_reading *r)
{
    return r->shake.end == PL_TALK_OK ||
           (r->shake.end == PL_TALK_ALERT && r->shake.asked_for_certificate);
}

void pl_reading_certificates(pl_reading *r)
{
    struct chain c __attribute__((cleanup(chain_done))) = {.n = 0};
    pl_reading_tls_state speaks = pl_reading_speaks_tls(r);

    if (speaks != PL_TLS_YES)
        set_none(r, speaks == PL_TLS_NO ? NULL : "unreadable");
    else if (r->is_chain_cut)
        set_none(r, "limit:certificates");
    else if (r->n_certs == 0)
        set_none(r, r->shake.is_there ? pl_reading_reason(r->shake.end) : "timeout");
    else if (!is_proven(r))
        set_none(r, pl_reading_reason(r->shake.end));
    else if (!parse(r, &c))
        set_none(r, "unreadable");
    else
        set_chain(r, &c);
    ERR_clear_error();
}
