/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/signatures.h"

#include "core/hash.h"
#include "registry/client.h"
#include "registry/limits.h"
#include "registry/worker.h"

#include <stdarg.h>
#include <string.h>

#define COSIGN_CLAIM "cosign container image signature"
#define COSIGN_STATEMENT "https://sigstore.dev/cosign/sign/v1"
#define IN_TOTO "application/vnd.in-toto+json"

enum { TEXT_MAX = 400, PROBLEMS_MAX = 64 };

struct looking {
    const pl_signature_place *place;
    const pl_signature_query *q;
    pl_signature_keys keys; /* for the image's own name */
    pl_arena *a;
    pl_signature_result *ret;
    pl_str digest; /* that is looked for now */
    size_t n_seen; /* signatures */
    bool is_full;  /* the arena */
};

/* ---- what is said ---- */

static void say(struct looking *l, const char *text)
{
    pl_signature_result *to = l->ret;
    pl_str kept = pl_arena_str(l->a, pl_str_c(text));

    if (!to->problems)
        to->problems = pl_arena_calloc(l->a, PROBLEMS_MAX, sizeof(*to->problems));
    l->is_full |= !kept.p || !to->problems;
    if (!l->is_full && to->n_problems < PROBLEMS_MAX)
        to->problems[to->n_problems++] = kept;
}

static PL_PRINTF(2, 3) void problem(struct looking *l, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    say(l, text);
}

/* Something that may have been a signature could not be read: the answer is not known. */
static void unknown(struct looking *l, pl_rc rc, const char *what, const pl_err *why)
{
    problem(l, "%s: %s", what, why->text);
    if (!l->ret->reason)
        l->ret->reason = pl_rc_reason(rc);
}

static void cut(struct looking *l, const char *what, const char *limit)
{
    problem(l, "%s: %s", what, limit);
    l->ret->reason = limit;
}

static void keep_signer(struct looking *l, const pl_signature_key *key)
{
    pl_signature_result *to = l->ret;
    char text[PL_SHA256_HEX + 260];

    (void)snprintf(text, sizeof(text), "sha256:%s (%.*s)", key->id,
                   PL_F(pl_str_sub(key->file, 0, 240)));
    for (size_t i = 0; i < to->n_by; i++)
        if (pl_str_eq(to->by[i], pl_str_c(text)))
            return;
    if (!to->by)
        to->by = pl_arena_calloc(l->a, PL_REGISTRY_KEYS, sizeof(*to->by));
    pl_str kept = pl_arena_str(l->a, pl_str_c(text));
    l->is_full |= !kept.p || !to->by;
    if (!l->is_full && to->n_by < PL_REGISTRY_KEYS)
        to->by[to->n_by++] = kept;
    to->is_signed = !l->is_full;
}

/* ---- documents ---- */

static bool has_digest(pl_str bytes, pl_str digest)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];

    pl_sha256_of(bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    return pl_str_eq(pl_str_sub(digest, 7, digest.n), pl_str_c(hex));
}

/* False: there is none, or it is told. */
static bool get(struct looking *l, pl_fetch_what what, pl_str name, pl_buf *ret)
{
    char shown[160];
    pl_err why = {0};
    bool has_more = false;

    (void)snprintf(shown, sizeof(shown), "%s %.*s",
                   what == PL_FETCH_REFERRERS ? "referrers of" : "signature", PL_F(name));
    pl_rc rc = l->place->get(l->place->arg, what, name, ret, &has_more, &why);
    if (rc == PL_NOTFOUND)
        return false;
    if (!rc && what != PL_FETCH_REFERRERS && pl_registry_is_digest(name) &&
        !has_digest(pl_buf_view(ret), name))
        rc = pl_fail(&why, PL_FORMAT, "its bytes have another digest");
    if (rc)
        unknown(l, rc, shown, &why);
    else if (has_more)
        cut(l, shown, "limit:signatures");
    return !rc;
}

static bool get_attached(struct looking *l, pl_fetch_what what, pl_str name, pl_attached *ret)
{
    PL_AUTO_BUF pl_buf body = {0};
    pl_err why = {0};

    if (!get(l, what, name, &body))
        return false;
    pl_rc rc = pl_jailed_attached(pl_buf_view(&body), l->a, ret, &why);
    if (rc)
        problem(l, "%.*s: %s", PL_F(name), why.text);
    else if (ret->is_cut)
        cut(l, "list of signatures", "limit:signatures");
    return !rc;
}

/* ---- claims ---- */

static bool is_same_repository(const pl_reference *a, const pl_reference *b)
{
    return strcmp(a->host, b->host) == 0 && strcmp(a->repository, b->repository) == 0;
}

/* An image without a name of its own is what the signature calls it, if the key may say so. */
static bool may_name(struct looking *l, const pl_reference *named, const pl_signature_key *key)
{
    pl_signature_keys may = {0};
    bool is_among = false;

    l->is_full |= pl_signature_keys_for(l->q->keys, named, l->a, &may, NULL) != PL_OK;
    for (size_t i = 0; i < may.n; i++)
        is_among |= strcmp(may.items[i].id, key->id) == 0;
    return is_among;
}

static bool is_ours(struct looking *l, pl_str reference, const pl_signature_key *key)
{
    const pl_reference *own = &l->q->reference;
    pl_reference named;

    if (pl_reference_parse(reference, &named, NULL))
        return false;
    return own->repository[0] ? is_same_repository(&named, own) : may_name(l, &named, key);
}

/* Whether that is said of this image. */
static bool fits(struct looking *l, const pl_signed_claim *c, bool is_statement,
                 const pl_signature_key *key)
{
    if (!pl_str_eq(c->type, pl_str_c(is_statement ? COSIGN_STATEMENT : COSIGN_CLAIM))) {
        problem(l, "what key %.16s signed is no signature of an image: %.*s", key->id,
                PL_F(pl_str_sub(c->type, 0, 100)));
        return false;
    }
    if (!pl_str_eq(c->digest, l->digest)) {
        problem(l, "key %.16s signed another image: %.*s", key->id,
                PL_F(pl_str_sub(c->digest, 0, 100)));
        return false;
    }
    /* A statement has no name, so a key for some repositories says nothing of a nameless image. */
    if (is_statement ? l->q->reference.repository[0] || !key->scope.n
                     : is_ours(l, c->reference, key))
        return true;
    problem(l, "key %.16s signed this digest under another name: %.*s", key->id,
            PL_F(pl_str_sub(c->reference, 0, 200)));
    return false;
}

static void take_claim(struct looking *l, pl_str payload, bool is_statement,
                       const pl_signature_key *key)
{
    pl_signed_claim claim;
    pl_err why = {0};
    pl_rc rc = pl_jailed_claim(payload, is_statement, l->a, &claim, &why);

    if (rc)
        unknown(l, rc, "what was signed", &why);
    else if (fits(l, &claim, is_statement, key))
        keep_signer(l, key);
}

/* ---- signatures ---- */

static bool holds(struct looking *l, const pl_signature_key *key, pl_str signature, pl_str bytes)
{
    pl_err why = {0};
    bool is_so = false;
    pl_rc rc = pl_jailed_signature(key->der, signature, bytes, &is_so, &why);

    if (rc)
        unknown(l, rc, "signature", &why);
    return !rc && is_so;
}

static bool is_one_too_many(struct looking *l)
{
    if (l->n_seen++ < PL_REGISTRY_SIGNATURES)
        return false;
    cut(l, "over 32 signatures", "limit:signatures");
    return true;
}

static void try_simple(struct looking *l, const pl_attached_part *part)
{
    PL_AUTO_BUF pl_buf payload = {0};
    bool has_held = false;

    if (is_one_too_many(l))
        return;
    if (part->size > PL_REGISTRY_PAYLOAD_MAX) {
        problem(l, "signature %.*s: over %d bytes (PL_REGISTRY_PAYLOAD_MAX)", PL_F(part->digest),
                PL_REGISTRY_PAYLOAD_MAX);
        return;
    }
    if (!get(l, PL_FETCH_BLOB, part->digest, &payload))
        return;
    for (size_t i = 0; i < l->keys.n; i++) {
        const pl_signature_key *key = &l->keys.items[i];
        if (!holds(l, key, part->signature, pl_buf_view(&payload)))
            continue;
        has_held = true;
        take_claim(l, pl_buf_view(&payload), false, key);
    }
    if (!has_held)
        problem(l, "signature %.*s: by none of the %zu keys for this repository",
                PL_F(part->digest), l->keys.n);
}

/* DSSE's pre-authentication encoding. */
static void dsse_signed(const pl_signature_bundle *b, pl_buf *out)
{
    pl_buf_fmt(out, "DSSEv1 %zu ", b->payload_type.n);
    pl_buf_str(out, b->payload_type);
    pl_buf_fmt(out, " %zu ", b->payload.n);
    pl_buf_str(out, b->payload);
}

static bool bundle_holds(struct looking *l, const pl_signature_bundle *b, pl_str bytes,
                         const pl_signature_key *key)
{
    for (size_t i = 0; i < b->n; i++)
        if (holds(l, key, b->signatures[i], bytes))
            return true;
    return false;
}

static void try_bundle(struct looking *l, const pl_attached_part *part)
{
    PL_AUTO_BUF pl_buf body = {0}, bytes = {0};
    pl_signature_bundle b;
    pl_err why = {0};
    bool has_held = false;

    if (is_one_too_many(l) || !get(l, PL_FETCH_BLOB, part->digest, &body))
        return;
    pl_rc rc = pl_jailed_bundle(pl_buf_view(&body), l->a, &b, &why);
    if (rc) {
        problem(l, "bundle %.*s: %s", PL_F(part->digest), why.text);
        return;
    }
    dsse_signed(&b, &bytes);
    l->is_full |= !pl_buf_ok(&bytes);
    for (size_t i = 0; i < l->keys.n && !l->is_full; i++) {
        const pl_signature_key *key = &l->keys.items[i];
        if (!pl_str_eq(b.payload_type, PL_S(IN_TOTO)) ||
            !bundle_holds(l, &b, pl_buf_view(&bytes), key))
            continue;
        has_held = true;
        take_claim(l, b.payload, true, key);
    }
    if (!has_held)
        problem(l, "bundle %.*s: by none of the %zu keys for this repository", PL_F(part->digest),
                l->keys.n);
}

static bool is_bundle(pl_str type)
{
    return pl_str_starts(type, PL_S("application/vnd.dev.sigstore.bundle"));
}

static void try_manifest(struct looking *l, pl_str name)
{
    pl_attached m = {0};

    if (!get_attached(l, PL_FETCH_MANIFEST, name, &m))
        return;
    if (pl_str_starts(m.type, PL_S("application/vnd.cncf.notary"))) {
        problem(l, "%.*s: a signature of notation, which is not supported", PL_F(name));
        return;
    }
    for (size_t i = 0; !m.is_index && i < m.n; i++) {
        if (m.parts[i].signature.n)
            try_simple(l, &m.parts[i]);
        else if (is_bundle(m.parts[i].type))
            try_bundle(l, &m.parts[i]);
    }
}

/* ---- where they lie ---- */

static bool may_be_signature(pl_str type)
{
    static const char *const kinds[] = {"application/vnd.dev.cosign.artifact.sig",
                                        "application/vnd.dev.sigstore.bundle",
                                        "application/vnd.cncf.notary"};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (pl_str_starts(type, pl_str_c(kinds[i])))
            return true;
    /* cosign gives its signatures the config of an image where a registry wants one, and lists its
     * bundles under the type of their empty config. */
    return pl_str_eq(type, PL_S("application/vnd.oci.image.config.v1+json")) ||
           pl_str_eq(type, PL_S("application/vnd.oci.empty.v1+json")) ||
           pl_str_eq(type, PL_S("application/vnd.oci.image.manifest.v1+json"));
}

/* "sha256:HEX" is kept as "sha256-HEX" and what comes behind. */
static pl_str tag_of(pl_str digest, const char *behind, char *room, size_t n)
{
    (void)snprintf(room, n, "sha256-%.*s%s", PL_F(pl_str_sub(digest, 7, digest.n)), behind);
    return pl_str_c(room);
}

static void look_beside(struct looking *l, pl_str digest)
{
    char tag[100];
    pl_attached list = {0};

    l->digest = digest;
    try_manifest(l, tag_of(digest, ".sig", tag, sizeof(tag)));
    if (!get_attached(l, PL_FETCH_REFERRERS, digest, &list) &&
        !get_attached(l, PL_FETCH_MANIFEST, tag_of(digest, "", tag, sizeof(tag)), &list))
        return;
    for (size_t i = 0; list.is_index && i < list.n; i++)
        if (may_be_signature(list.parts[i].type))
            try_manifest(l, list.parts[i].digest);
}

pl_rc pl_signatures_look(const pl_signature_place *place, const pl_signature_query *q, pl_arena *a,
                         pl_signature_result *ret, pl_err *err)
{
    pl_signature_result to = {.reason = NULL};
    struct looking l = {.place = place, .q = q, .a = a, .ret = &to};
    pl_rc rc = PL_OK;

    l.keys = *q->keys;
    if (q->reference.repository[0])
        rc = pl_signature_keys_for(q->keys, &q->reference, a, &l.keys, err);
    if (rc)
        return rc;
    if (!l.keys.n)
        to.reason = "needs:signature-key";
    for (size_t i = 0; l.keys.n && i < q->n_digests; i++)
        look_beside(&l, q->digests[i]);
    to.has_none = l.keys.n && !l.n_seen && !to.n_problems;
    if (to.has_none)
        problem(&l, "no signature is kept beside it");
    if (l.is_full)
        return pl_fail(err, PL_LIMIT, "signatures of an image");
    if (to.is_signed)
        to.reason = NULL;
    *ret = to;
    return PL_OK;
}

/* ---- in a registry ---- */

static pl_rc get_remote(void *arg, pl_fetch_what what, pl_str name, pl_buf *ret, bool *ret_more,
                        pl_err *err)
{
    const pl_signature_hosts *at = arg;
    pl_rc rc = PL_NOTFOUND;

    /* A mirror need not have what lies beside an image. */
    for (size_t i = 0; i < at->n; i++) {
        pl_registry_answer answer = {0};
        pl_err why = {0};
        const pl_registry_question q = {.what = what,
                                        .host = at->hosts[i],
                                        .repository = pl_str_c(at->repository),
                                        .name = name};
        rc = pl_registry_get(at->c, &q, ret, &answer, &why);
        *ret_more = answer.next[0] != '\0';
        if (!rc)
            return rc;
        if (err)
            *err = why;
    }
    return rc;
}

pl_signature_place pl_signatures_at_registry(const pl_signature_hosts *at)
{
    return (pl_signature_place){get_remote, (void *)at};
}
