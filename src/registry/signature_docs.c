/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/signature_docs.h"

#include "core/hash.h"
#include "core/json_rd.h"
#include "registry/limits.h"

#include <string.h>

enum { TYPE_MAX = 255, NAME_MAX_BYTES = 1020, DIGEST_MAX = 160 };

static pl_rc finish(pl_json_rd *r, const char *what, pl_err *err)
{
    if (pl_json_done(r))
        return PL_OK;
    return pl_fail(err, PL_FORMAT, "%s: byte %zu: %s", what, (size_t)(r->p - r->start),
                   r->why ? r->why : "JSON of another kind than asked for");
}

/* What is read of a document that a key vouches for stands in it once: else two readers could take
 * two different things from one signature. */
static bool is_second(pl_json_rd *r, unsigned *seen, unsigned which)
{
    bool is_so = *seen & which;

    if (is_so)
        pl_json_fail(r, "a key that stands twice");
    *seen |= which;
    return is_so;
}

/* Empty when it is malformed. */
static pl_str undo_base64(pl_str text, size_t max, pl_arena *a)
{
    PL_AUTO_BUF pl_buf b = {.max = max};

    return text.n && pl_unbase64(text, &b) ? pl_arena_str(a, pl_buf_view(&b)) : (pl_str){"", 0};
}

/* ---- manifests and indexes ---- */

static void read_annotations(pl_json_rd *r, pl_arena *a, pl_attached_part *to)
{
    pl_str text = {0};
    const pl_json_slot slots[] = {{"dev.cosignproject.cosign/signature", &text},
                                  {"org.opencontainers.image.ref.name", &to->name}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);)
        if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_REGISTRY_SIGNATURE_TEXT_MAX))
            pl_json_skip(r);
    to->signature = undo_base64(text, PL_REGISTRY_SIGNATURE_MAX, a);
}

static void read_part(pl_json_rd *r, pl_arena *a, pl_attached_part *to)
{
    pl_str media = {0}, artifact = {0};
    const pl_json_slot slots[] = {
        {"mediaType", &media}, {"artifactType", &artifact}, {"digest", &to->digest}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("size")))
            to->size = pl_json_size(r);
        else if (pl_str_eq(key, PL_S("annotations")))
            read_annotations(r, a, to);
        else if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), TYPE_MAX))
            pl_json_skip(r);
    }
    to->type = artifact.n ? artifact : media;
}

static void read_parts(pl_json_rd *r, pl_arena *a, pl_attached *to)
{
    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        pl_attached_part part = {0};
        read_part(r, a, &part);
        if (!to->parts)
            to->parts = pl_arena_calloc(a, PL_REGISTRY_ATTACHED, sizeof(*to->parts));
        if (to->parts && to->n < PL_REGISTRY_ATTACHED)
            to->parts[to->n++] = part;
        else
            to->is_cut = true;
    }
}

pl_rc pl_attached_read(pl_str json, pl_arena *a, pl_attached *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_attached to = {0};
    pl_attached_part config = {0};
    pl_str artifact = {0};
    const pl_json_slot slots[] = {{"artifactType", &artifact}};

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            bool is_index = pl_str_eq(key, PL_S("manifests"));
            to.is_index |= is_index;
            if (is_index || pl_str_eq(key, PL_S("layers")))
                read_parts(&r, a, &to);
            else if (pl_str_eq(key, PL_S("config")))
                read_part(&r, a, &config);
            else if (!pl_json_pick(&r, a, key, slots, PL_COUNT(slots), TYPE_MAX))
                pl_json_skip(&r);
        }
    to.type = artifact.n ? artifact : config.type;
    pl_rc rc = finish(&r, "manifest of signatures", err);
    if (!rc)
        *ret = to;
    return rc;
}

/* ---- simple signing ---- */

/* An object of which one string is wanted. */
static void read_inner(pl_json_rd *r, pl_arena *a, const char *name, pl_str *ret)
{
    unsigned seen = 0;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (!pl_str_eq(key, pl_str_c(name)))
            pl_json_skip(r);
        else if (!is_second(r, &seen, 1))
            pl_json_string_head(r, a, NAME_MAX_BYTES, ret);
    }
}

static void read_critical(pl_json_rd *r, pl_arena *a, pl_signed_claim *to)
{
    static const char *const names[] = {"identity", "image", "type"};
    unsigned seen = 0;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        size_t i = 0;
        while (i < PL_COUNT(names) && !pl_str_eq(key, pl_str_c(names[i])))
            i++;
        if (i == PL_COUNT(names))
            pl_json_skip(r);
        else if (is_second(r, &seen, 1U << i))
            return;
        else if (i == 0)
            read_inner(r, a, "docker-reference", &to->reference);
        else if (i == 1)
            read_inner(r, a, "docker-manifest-digest", &to->digest);
        else
            pl_json_string_head(r, a, TYPE_MAX, &to->type);
    }
}

pl_rc pl_signed_claim_read(pl_str json, pl_arena *a, pl_signed_claim *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_signed_claim to = {0};
    unsigned seen = 0;

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (!pl_str_eq(key, PL_S("critical")))
                pl_json_skip(&r);
            else if (!is_second(&r, &seen, 1))
                read_critical(&r, a, &to);
        }
    pl_rc rc = finish(&r, "payload of a signature", err);
    if (!rc)
        *ret = to;
    return rc;
}

/* ---- bundles ---- */

static void read_bundle_signatures(pl_json_rd *r, pl_arena *a, pl_signature_bundle *to)
{
    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        pl_str text = {0};
        read_inner(r, a, "sig", &text);
        if (to->n == PL_BUNDLE_SIGNATURES)
            pl_json_fail(r, "envelope with over 4 signatures");
        else
            to->signatures[to->n++] = undo_base64(text, PL_REGISTRY_SIGNATURE_MAX, a);
    }
}

static void read_envelope(pl_json_rd *r, pl_arena *a, pl_signature_bundle *to)
{
    pl_str payload = {0};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("signatures")))
            read_bundle_signatures(r, a, to);
        else if (pl_str_eq(key, PL_S("payload")))
            (void)pl_json_string(r, a, PL_REGISTRY_PAYLOAD_MAX, &payload);
        else if (pl_str_eq(key, PL_S("payloadType")))
            (void)pl_json_string(r, a, TYPE_MAX, &to->payload_type);
        else
            pl_json_skip(r);
    }
    to->payload = undo_base64(payload, PL_REGISTRY_PAYLOAD_MAX, a);
}

pl_rc pl_signature_bundle_read(pl_str json, pl_arena *a, pl_signature_bundle *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_signature_bundle to = {0};

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("dsseEnvelope")))
                read_envelope(&r, a, &to);
            else
                pl_json_skip(&r);
        }
    pl_rc rc = finish(&r, "signature bundle", err);
    if (!rc)
        *ret = to;
    return rc;
}

/* ---- statements ---- */

static void read_subject(pl_json_rd *r, pl_arena *a, pl_str *ret_hex)
{
    unsigned seen = 0;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (!pl_str_eq(key, PL_S("digest")))
            pl_json_skip(r);
        else if (!is_second(r, &seen, 1))
            read_inner(r, a, "sha256", ret_hex);
    }
}

/* Of several subjects none is taken: cosign signs one. */
static void read_subjects(pl_json_rd *r, pl_arena *a, pl_str *ret_hex)
{
    size_t n = 0;

    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        pl_str hex = {0};
        read_subject(r, a, &hex);
        *ret_hex = n++ ? (pl_str){"", 0} : hex;
    }
}

pl_rc pl_signed_statement_read(pl_str json, pl_arena *a, pl_signed_claim *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    PL_AUTO_BUF pl_buf digest = {0};
    pl_signed_claim to = {0};
    pl_str hex = {0};
    unsigned seen = 0;

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            bool is_subject = pl_str_eq(key, PL_S("subject"));
            if (!is_subject && !pl_str_eq(key, PL_S("predicateType")))
                pl_json_skip(&r);
            else if (is_second(&r, &seen, is_subject ? 1 : 2))
                break;
            else if (is_subject)
                read_subjects(&r, a, &hex);
            else
                pl_json_string_head(&r, a, TYPE_MAX, &to.type);
        }
    pl_rc rc = finish(&r, "signed statement", err);
    pl_buf_fmt(&digest, "sha256:%.*s", PL_F(pl_str_sub(hex, 0, DIGEST_MAX)));
    if (!rc) {
        to.digest = pl_arena_str(a, pl_buf_view(&digest));
        *ret = to;
    }
    return rc;
}
