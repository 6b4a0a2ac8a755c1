/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that flags of a node's components name. A path is one of the component's own root: static
 * pods mount folders of the node where they lie, as kubeadm does, so it is looked for there; what
 * is not there is not known.
 */
#include "host/kubernetes.h"

#include "core/hash.h"
#include "host/limits.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

/* ---- the audit policy ---- */

static void read_policy(pl_host_reading *f, pl_str path)
{
    pl_host_strs gaps = {.arena = f->a};
    const pl_snap_entry *e = path.p[0] == '/' ? pl_snap_read(f->snap, path) : NULL;

    if (path.p[0] != '/')
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_AUDIT_GAPS, "unsupported");
    else if (!e)
        return;
    else if (e->rc != PL_OK)
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_AUDIT_GAPS,
                          e->rc == PL_NOTFOUND ? "not-observed" : pl_host_reason(e));
    else if (!pl_kube_audit_policy(f, e->bytes, &gaps))
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_AUDIT_GAPS, "unreadable");
    else
        pl_host_strs_set(&gaps, f->host, PL_F_HOST_KUBE_AUDIT_GAPS);
}

static void facts_policy(pl_host_reading *f)
{
    const pl_value *flags = pl_get(f->host, PL_F_HOST_KUBE_APISERVER_FLAG);
    pl_str path = pl_kube_flag_of(f, PL_F_HOST_KUBE_APISERVER_FLAG, "audit-policy-file");

    if (path.n)
        read_policy(f, path);
    else if (flags->state == PL_UNREADABLE)
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_AUDIT_GAPS, flags->reason);
    else
        pl_set_absent(f->host, PL_F_HOST_KUBE_AUDIT_GAPS);
}

/* ---- certificates ---- */

static int64_t end_of(const X509 *x)
{
    struct tm tm;
    return ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1 ? (int64_t)timegm(&tm) * 1000000
                                                            : INT64_MIN;
}

/* SHA-256 of the public key as the certificate has it (SubjectPublicKeyInfo). */
static pl_str key_of(pl_host_reading *f, X509 *x)
{
    unsigned char *der = NULL, hash[PL_SHA256];
    char hex[PL_SHA256_HEX];
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

    if (n <= 0)
        return (pl_str){"", 0};
    pl_sha256_of((pl_str){(const char *)der, (size_t)n}, hash);
    OPENSSL_free(der);
    pl_hex(hash, sizeof(hash), hex);
    return pl_arena_str(f->a, pl_str_c(hex));
}

/* Every certificate of a PEM file. False: it holds none that can be read. */
static bool each_certificate(pl_host_reading *f, pl_str bytes,
                             void (*take)(pl_host_reading *f, X509 *x, void *arg), void *arg)
{
    BIO *in = bytes.n <= INT32_MAX ? BIO_new_mem_buf(bytes.p, (int)bytes.n) : NULL;
    bool any = false;
    X509 *x;

    /* A password is asked for by nobody. */
    while (in && (x = PEM_read_bio_X509(in, NULL, NULL, (void *)(uintptr_t) ""))) {
        take(f, x, arg);
        X509_free(x);
        any = true;
    }
    BIO_free(in);
    return any;
}

/* ---- authorities ---- */

struct authorities {
    X509 *v[PL_HOST_KUBE_AUTHORITIES];
    size_t n;
    bool is_cut;
};

static void keep_authority(pl_host_reading *f, X509 *x, void *arg)
{
    struct authorities *to = arg;

    (void)f;
    if (to->n < PL_COUNT(to->v) && X509_up_ref(x))
        to->v[to->n++] = x;
    else
        to->is_cut = true;
}

static void free_authorities(struct authorities *a)
{
    for (size_t i = 0; i < a->n; i++)
        X509_free(a->v[i]);
}

/* Those in a file; reason: why they are not known, "" while it is waited for. */
static bool authorities_of(pl_host_reading *f, pl_str path, struct authorities *ret,
                           const char **reason)
{
    const pl_snap_entry *e = path.n && path.p[0] == '/' ? pl_snap_read(f->snap, path) : NULL;

    *reason = "not-observed";
    if (path.n && path.p[0] == '/' && !e)
        *reason = "";
    else if (e && e->rc != PL_OK && e->rc != PL_NOTFOUND)
        *reason = pl_host_reason(e);
    else if (e && e->rc == PL_OK && each_certificate(f, e->bytes, keep_authority, ret))
        return true;
    else if (e && e->rc == PL_OK)
        *reason = "unreadable";
    return false;
}

static bool has_issued(X509 *by, X509 *x)
{
    EVP_PKEY *key = X509_get0_pubkey(by);
    return key && X509_check_issued(by, x) == X509_V_OK && X509_verify(x, key) == 1;
}

static bool has_issuer_in(const struct authorities *a, X509 *x)
{
    for (size_t i = 0; i < a->n; i++)
        if (has_issued(a->v[i], x))
            return true;
    return false;
}

/*
 * Who is let in by one is let in by the other: it is the same key, or etcd believes whoever signed
 * for an authority of the clients. What issued an authority and is in neither file could be
 * etcd's: then it is not known.
 */
static void compare(pl_host_reading *f, const struct authorities *etcd,
                    const struct authorities *clients)
{
    bool is_shared = false, is_open = etcd->is_cut || clients->is_cut;

    for (size_t i = 0; i < clients->n; i++) {
        X509 *c = clients->v[i];
        for (size_t k = 0; k < etcd->n; k++)
            is_shared |= pl_str_eq(key_of(f, c), key_of(f, etcd->v[k]));
        is_shared |= has_issuer_in(etcd, c);
        is_open |= !has_issuer_in(clients, c) && !has_issuer_in(etcd, c);
    }
    if (is_open && !is_shared)
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_SHARED_CA, "not-observed");
    else
        pl_set_bool(f->host, PL_F_HOST_KUBE_SHARED_CA, is_shared);
}

static void facts_authorities(pl_host_reading *f)
{
    pl_str trusted = pl_kube_flag_of(f, PL_F_HOST_KUBE_ETCD_FLAG, "trusted-ca-file");
    pl_str named = pl_kube_flag_of(f, PL_F_HOST_KUBE_APISERVER_FLAG, "client-ca-file");
    struct authorities etcd = {.n = 0}, clients = {.n = 0};
    const char *reason = "";

    if (authorities_of(f, trusted, &etcd, &reason) && authorities_of(f, named, &clients, &reason))
        compare(f, &etcd, &clients);
    else if (reason[0])
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_SHARED_CA, reason);
    free_authorities(&etcd);
    free_authorities(&clients);
}

/* ---- their ends ---- */

struct certificates {
    pl_host_recs *to;
    pl_str path;
    const char *flag; /* NULL: of a folder */
    bool is_behind;   /* the first one was taken */
};

static pl_record *new_certificate(const struct certificates *c)
{
    pl_record *r = pl_host_recs_new(c->to, PL_HE_KUBE_CERTIFICATE);

    if (c->path.n)
        pl_set_str(r, PL_F_KUBE_CERTIFICATE_PATH, c->path);
    if (c->flag)
        pl_set_str(r, PL_F_KUBE_CERTIFICATE_FLAG, pl_str_c(c->flag));
    else
        pl_set_absent(r, PL_F_KUBE_CERTIFICATE_FLAG);
    return r;
}

static void add_certificate(pl_host_reading *f, X509 *x, void *arg)
{
    enum { DAY_S = 24 * 60 * 60 };
    struct certificates *c = arg;
    int64_t end = end_of(x), left;

    /* What a flag's file has behind the first are authorities, whose own end is judged by none. */
    if (c->flag && c->is_behind)
        return;
    c->is_behind = true;
    pl_record *r = new_certificate(c);
    pl_set_str(r, PL_F_KUBE_CERTIFICATE_KEY, key_of(f, x));
    pl_set_bool(r, PL_F_KUBE_CERTIFICATE_IS_CA, X509_check_ca(x) > 0);
    if (end == INT64_MIN || __builtin_sub_overflow(end, f->now_us, &left))
        return;
    pl_set_int(r, PL_F_KUBE_CERTIFICATE_NOT_AFTER, end);
    pl_set_int(r, PL_F_KUBE_CERTIFICATE_DAYS_LEFT,
               left < 0 ? -1 - (-1 - left) / 1000000 / DAY_S : left / 1000000 / DAY_S);
}

static bool is_certificate(pl_str name)
{
    return pl_str_ends(name, PL_S(".crt")) || pl_str_ends(name, PL_S(".pem"));
}

static void add_folder(pl_host_reading *f, const char *folder, pl_host_recs *to)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, pl_str_c(folder));
    pl_str rest = e && e->rc == PL_OK ? e->bytes : (pl_str){"", 0}, name;

    if (e && e->rc != PL_OK && e->rc != PL_NOTFOUND)
        (void)new_certificate(&(struct certificates){.to = to});
    while (pl_snap_name(&rest, &name)) {
        struct certificates c = {.to = to,
                                 .path = pl_host_fmt(f->a, "%s/%.*s", folder, PL_F(name))};
        const pl_snap_entry *file = is_certificate(name) ? pl_snap_read(f->snap, c.path) : NULL;
        if (!file || (file->rc == PL_OK && each_certificate(f, file->bytes, add_certificate, &c)))
            continue;
        (void)new_certificate(&c);
    }
}

/* A path that is none of this host's, or a file that is not there: its end is not known. */
static void add_named(pl_host_reading *f, int flags, const char *flag, pl_host_recs *to)
{
    struct certificates c = {.to = to, .path = pl_kube_flag_of(f, flags, flag), .flag = flag};
    const pl_snap_entry *e =
        pl_str_starts(c.path, PL_S("/")) ? pl_snap_read(f->snap, c.path) : NULL;

    if (!c.path.n || (pl_str_starts(c.path, PL_S("/")) && !e))
        return;
    if (!e || e->rc != PL_OK || !each_certificate(f, e->bytes, add_certificate, &c))
        (void)new_certificate(&c);
}

static void facts_certificates(pl_host_reading *f)
{
    static const char *const folders[] = {"/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd",
                                          "/var/lib/kubelet/pki"};
    static const struct {
        int flags;
        const char *flag;
    } named[] = {{PL_F_HOST_KUBE_APISERVER_FLAG, "tls-cert-file"},
                 {PL_F_HOST_KUBE_APISERVER_FLAG, "kubelet-client-certificate"},
                 {PL_F_HOST_KUBE_APISERVER_FLAG, "etcd-certfile"},
                 {PL_F_HOST_KUBE_ETCD_FLAG, "cert-file"},
                 {PL_F_HOST_KUBE_ETCD_FLAG, "peer-cert-file"}};
    pl_host_recs list = {.arena = f->a};

    for (size_t i = 0; i < PL_COUNT(folders); i++)
        add_folder(f, folders[i], &list);
    for (size_t i = 0; i < PL_COUNT(named); i++)
        add_named(f, named[i].flags, named[i].flag, &list);
    pl_host_recs_set(&list, f->host, PL_F_HOST_KUBE_CERTIFICATES);
}

void pl_kube_named_files(pl_host_reading *f)
{
    facts_policy(f);
    facts_authorities(f);
    facts_certificates(f);
    pl_set_unreadable(f->host, PL_F_HOST_KUBE_AUDIT_RECORDED, "needs:logs");
}

/* ---- users ---- */

/* Effective uid: the second number of "Uid:" in /proc/PID/status; -1: not known. */
static int64_t uid_of(pl_host_reading *f, const pl_process *p)
{
    const pl_snap_entry *e =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "/proc/%lld/status", (long long)p->pid));
    pl_str rest = e && e->rc == PL_OK ? e->bytes : (pl_str){"", 0}, line, word = {"", 0};
    int64_t uid;

    while (pl_str_cut(&rest, '\n', &line)) {
        if (!pl_str_starts(line, PL_S("Uid:")))
            continue;
        for (int i = 0; i < 3; i++)
            (void)pl_str_cut(&line, '\t', &word);
        return pl_str_i64(word, &uid) ? uid : -1;
    }
    return -1;
}

void pl_kube_users(pl_host_reading *f, const pl_processes *p)
{
    static const char *const comms[] = {"kube-apiserver", "kube-controller", "kube-scheduler",
                                        "etcd"};
    pl_host_strs roots = {.arena = f->a};
    size_t n = 0;
    bool is_known = p->state == PL_SEEN_OK;

    pl_set_unreadable(f->host, PL_F_HOST_KUBE_ETCD_UID, "not-observed");
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < PL_COUNT(comms); k++) {
            if (!pl_str_eq(p->v[i].comm, pl_str_c(comms[k])))
                continue;
            int64_t uid = uid_of(f, &p->v[i]);
            n++;
            is_known &= uid >= 0;
            if (uid == 0)
                pl_host_strs_add(&roots, p->v[i].comm);
            if (uid >= 0 && pl_str_eq(p->v[i].comm, PL_S("etcd")))
                pl_set_int(f->host, PL_F_HOST_KUBE_ETCD_UID, uid);
        }
    if (n && is_known)
        pl_host_strs_set(&roots, f->host, PL_F_HOST_KUBE_ROOT_COMPONENTS);
    else
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_ROOT_COMPONENTS, "not-observed");
}
