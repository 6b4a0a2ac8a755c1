/* SPDX-License-Identifier: Apache-2.0 */
#include "image/recall.h"

#include "core/rd.h"
#include "image/limits.h"

#include <string.h>
#include <unistd.h>

#include <zstd.h>

enum { LEVEL = 1 };

/* ---- which image it is ---- */

struct identified {
    pl_fetch *fetch;
    bool is_known;
    unsigned char digest[PL_SHA256];
    pl_buf bytes; /* of the plan, whose names point into them */
    pl_plan plan;
};

static void identified_done(struct identified *i)
{
    pl_plan_done(&i->plan);
    pl_buf_done(&i->bytes);
    pl_fetch_close(PL_TAKE(i->fetch, NULL));
}

bool pl_recall_fits(const pl_image_source *src)
{
    return (src->form == PL_IMAGE_BLOBS && src->has_local_blobs) || src->is_file ||
           src->form == PL_IMAGE_KEPT;
}

static pl_rc take_identity(struct identified *to, pl_str payload, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);

    pl_rd_copy(&r, to->digest, sizeof(to->digest));
    pl_buf_str(&to->bytes, pl_rd_bytes(&r, r.n));
    if (to->is_known || !pl_rd_ok(&r) || !pl_plan_decode(pl_buf_view(&to->bytes), &to->plan))
        return pl_fail(err, PL_WORKER, "worker sent a malformed identity");
    to->is_known = true;
    return PL_OK;
}

static pl_rc receive(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct identified *to = arg;

    if (type == PL_FRAME_ASK)
        return pl_fetch_frame(to->fetch, type, payload, err);
    if (type == PL_FRAME_IDENTITY)
        return take_identity(to, payload, err);
    return pl_fail(err, PL_WORKER, "worker sent frame type %u", type);
}

/* The worker is given no patterns, no rules and no key. */
static pl_rc identify(pl_image_source *src, const pl_image_options *o, int in_fd,
                      struct identified *to, pl_err *err)
{
    static const char none[PL_FINGERPRINT];
    static const pl_image_given nothing = {.secrets = -1, .malware = -1, .classifiers = -1};
    PL_AUTO_BUF pl_buf args = {0};
    const pl_image_job job = {.select = o->select,
                              .name = pl_str_c(src->name),
                              .id = pl_str_c(src->id),
                              .form = src->form,
                              .has_answers = true,
                              .only_identity = true,
                              .needs = {.fingerprint = {none, sizeof(none)}}};
    pl_rc rc = pl_fetch_open(src, NULL, &nothing, in_fd, &to->fetch, err);

    if (rc)
        return rc;
    int fd = pl_fetch_worker_fd(to->fetch);
    pl_image_job_encode(&job, &args);
    return pl_jail_run(&(pl_jail_job){.kind = "image",
                                      .args = pl_buf_view(&args),
                                      .in_fd = in_fd,
                                      .fds = &fd,
                                      .n_fds = 1,
                                      .limits = &pl_jail_layers,
                                      .frame = receive,
                                      .frame_arg = to},
                       err);
}

static void add_text(pl_sha256 *h, pl_str s)
{
    const uint64_t n = s.n;

    pl_sha256_add(h, &n, sizeof(n));
    pl_sha256_add(h, s.p, s.n);
}

/* With how it was asked for: the name stands in the record when the image has none of its own. */
static bool key_of(const pl_image_source *src, const pl_image_options *o,
                   const unsigned char identity[PL_SHA256], unsigned char ret[PL_SHA256])
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    const uint64_t form = (uint64_t)src->form;

    if (!h)
        return false;
    pl_sha256_add(h, identity, PL_SHA256);
    pl_sha256_add(h, &form, sizeof(form));
    add_text(h, o->select);
    add_text(h, pl_str_c(src->name));
    add_text(h, pl_str_c(src->id));
    pl_sha256_end(h, ret);
    return true;
}

/* ---- what is kept of it ---- */

static void read_facts(pl_rd *r, pl_layer_facts *ret)
{
    pl_rd_copy(r, ret->diff_id, sizeof(ret->diff_id));
    pl_rd_copy(r, ret->blob, sizeof(ret->blob));
    ret->blob_bytes = pl_rd_u64le(r);
    ret->bytes = pl_rd_u64le(r);
}

static bool has_same_layers(pl_image_source *src, const pl_plan *plan, pl_rd *r)
{
    uint32_t n = pl_rd_u32le(r);
    pl_layer_facts facts;

    for (uint32_t i = 0; i < n && n == plan->n; i++) {
        const pl_plan_layer *l = &plan->items[i];
        read_facts(r, &facts);
        if (!pl_rd_ok(r) || !l->has_diff_id || memcmp(l->diff_id, facts.diff_id, PL_SHA256) != 0 ||
            !pl_fetch_is_known(src, l, &facts, NULL))
            return false;
    }
    return n == plan->n;
}

static bool unpack(pl_rd *r, pl_buf *ret)
{
    uint64_t n = pl_rd_u64le(r);
    pl_str packed = pl_rd_bytes(r, r->n);

    if (!pl_rd_ok(r) || n > pl_jail_layers.output)
        return false;
    char *room = malloc(n ? n : 1);
    if (room && ZSTD_decompress(room, n, packed.p, packed.n) == n) {
        *ret = (pl_buf){.p = room, .n = n, .room = n};
        return true;
    }
    free(room);
    return false;
}

pl_rc pl_recall_find(pl_image_source *src, const pl_image_options *o, int in_fd, pl_buf *ret_frames,
                     size_t *ret_layers, pl_err *err)
{
    PL_CLEANUP(identified_done) struct identified is = {.fetch = NULL};
    PL_AUTO_BUF pl_buf row = {0};
    unsigned char key[PL_SHA256];
    pl_rc rc = identify(src, o, in_fd, &is, err);

    (void)lseek(in_fd, 0, SEEK_SET);
    if (rc || !is.is_known || !key_of(src, o, is.digest, key) ||
        !o->images->get(o->images->arg, key, &row))
        return rc;
    pl_rd r = pl_rd_of(row.p, row.n);
    *ret_layers = is.plan.n;
    if (has_same_layers(src, &is.plan, &r))
        (void)unpack(&r, ret_frames);
    return PL_OK;
}

pl_rc pl_recall_replay(pl_str frames, pl_jail_frame give, void *arg, pl_err *err)
{
    pl_rd r = pl_rd_of(frames.p, frames.n);
    pl_rc rc = PL_OK;

    while (!rc && !pl_rd_done(&r)) {
        uint32_t type = pl_rd_u32le(&r);
        pl_str payload = pl_rd_lstr(&r);
        rc = pl_rd_ok(&r) ? give(type, payload, arg, err)
                          : pl_fail(err, PL_FORMAT, "what is kept of the image is cut");
    }
    return rc;
}

/* ---- keeping ---- */

pl_rc pl_recall_note(pl_recall *r, uint32_t type, pl_str payload, pl_err *err)
{
    if (!r->store)
        return PL_OK;
    if (type != PL_FRAME_IDENTITY) {
        pl_buf_u32le(&r->frames, type);
        pl_buf_lstr(&r->frames, payload);
        return pl_buf_ok(&r->frames) ? PL_OK : pl_fail(err, PL_NOMEM, "image");
    }
    if (r->has_identity || payload.n != PL_SHA256)
        return pl_fail(err, PL_WORKER, "worker sent a malformed identity");
    memcpy(r->identity, payload.p, PL_SHA256);
    r->has_identity = true;
    return PL_OK;
}

static bool pack(pl_str frames, pl_buf *out)
{
    size_t room = ZSTD_compressBound(frames.n);
    PL_AUTO_FREE char *packed = malloc(room ? room : 1);

    if (!packed)
        return false;
    size_t n = ZSTD_compress(packed, room, frames.p, frames.n, LEVEL);
    if (ZSTD_isError(n))
        return false;
    pl_buf_u64le(out, frames.n);
    pl_buf_add(out, packed, n);
    return pl_buf_ok(out);
}

void pl_recall_keep(const pl_recall *r, const pl_image_source *src, const pl_image_options *o,
                    const pl_fetch *fetch)
{
    PL_AUTO_BUF pl_buf row = {0};
    unsigned char key[PL_SHA256];

    if (r->store && r->has_identity && key_of(src, o, r->identity, key) &&
        pl_fetch_facts(fetch, &row) && pack(pl_buf_view(&r->frames), &row))
        r->store->put(r->store->arg, key, pl_buf_view(&row));
}

void pl_recall_done(pl_recall *r)
{
    pl_buf_done(&r->frames);
}
