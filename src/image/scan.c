/* SPDX-License-Identifier: Apache-2.0 */
#include "image/scan.h"

#include "core/jail.h"
#include "core/rd.h"
#include "core/text.h"
#include "image/ages.h"
#include "image/recall.h"
#include "model/wire.h"

#include <string.h>

static void encode_needs(const pl_image_needs *needs, pl_buf *out)
{
    pl_buf_u32le(out, needs->has_secrets);
    pl_buf_u32le(out, needs->skips_secrets);
    pl_buf_lstr(out, needs->redact_key);
    pl_buf_lstr(out, needs->protected);
    pl_buf_lstr(out, needs->domains);
    pl_buf_u32le(out, needs->has_malware);
    pl_buf_u32le(out, needs->has_clamd);
    pl_buf_u32le(out, needs->misses_clamd);
    pl_buf_lstr(out, needs->clamd);
    pl_buf_u32le(out, needs->has_classifiers);
    pl_buf_lstr(out, needs->fingerprint);
}

static bool decode_needs(pl_rd *r, pl_image_needs *ret)
{
    ret->has_secrets = pl_rd_u32le(r) != 0;
    ret->skips_secrets = pl_rd_u32le(r) != 0;
    ret->redact_key = pl_rd_lstr(r);
    ret->protected = pl_rd_lstr(r);
    ret->domains = pl_rd_lstr(r);
    ret->has_malware = pl_rd_u32le(r) != 0;
    ret->has_clamd = pl_rd_u32le(r) != 0;
    ret->misses_clamd = pl_rd_u32le(r) != 0;
    ret->clamd = pl_rd_lstr(r);
    ret->has_classifiers = pl_rd_u32le(r) != 0;
    ret->fingerprint = pl_rd_lstr(r);
    return ret->fingerprint.n == PL_FINGERPRINT;
}

void pl_image_job_encode(const pl_image_job *job, pl_buf *out)
{
    pl_buf_lstr(out, job->select);
    pl_buf_lstr(out, job->name);
    pl_buf_lstr(out, job->id);
    pl_buf_u64le(out, (uint64_t)job->now_us);
    pl_buf_u32le(out, (uint32_t)job->form);
    pl_buf_u32le(out, job->has_answers);
    pl_buf_u32le(out, job->wants_layers);
    pl_buf_u32le(out, job->wants_documents);
    pl_buf_u32le(out, job->only_identity);
    encode_needs(&job->needs, out);
}

bool pl_image_job_decode(pl_str args, pl_image_job *ret)
{
    pl_rd r = pl_rd_of(args.p, args.n);

    ret->select = pl_rd_lstr(&r);
    ret->name = pl_rd_lstr(&r);
    ret->id = pl_rd_lstr(&r);
    ret->now_us = (int64_t)pl_rd_u64le(&r);
    ret->form = (pl_image_form)pl_rd_u32le(&r);
    ret->has_answers = pl_rd_u32le(&r) != 0;
    ret->wants_layers = pl_rd_u32le(&r) != 0;
    ret->wants_documents = pl_rd_u32le(&r) != 0;
    ret->only_identity = pl_rd_u32le(&r) != 0;
    return decode_needs(&r, &ret->needs) && pl_rd_done(&r);
}

void pl_image_layer_job_encode(const pl_image_layer_job *job, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)job->n_parts);
    for (size_t i = 0; i < job->n_parts; i++) {
        pl_buf_u64le(out, job->parts[i].at);
        pl_buf_u64le(out, job->parts[i].n);
    }
    encode_needs(&job->needs, out);
}

bool pl_image_layer_job_decode(pl_str args, pl_image_layer_job *ret)
{
    pl_rd r = pl_rd_of(args.p, args.n);

    ret->n_parts = pl_rd_u32le(&r);
    if (ret->n_parts < 1 || ret->n_parts > PL_IMAGE_BATCH_MAX)
        return false;
    for (size_t i = 0; i < ret->n_parts; i++) {
        ret->parts[i].at = pl_rd_u64le(&r);
        ret->parts[i].n = pl_rd_u64le(&r);
    }
    return decode_needs(&r, &ret->needs) && pl_rd_done(&r);
}

/* ---- for the workers ---- */

static pl_rc send_part(void *arg, pl_str bytes, pl_err *err)
{
    return pl_jail_send(*(const int *)arg, PL_FRAME_LAYER, bytes, err);
}

pl_rc pl_layer_send(pl_packer *p, pl_layers *ls, size_t i, int out_fd, pl_err *err)
{
    const pl_layer *l = pl_layers_at(ls, i);
    const pl_packed_out out = {send_part, &out_fd};
    unsigned char digest[PL_SHA256] = {0};
    PL_AUTO_BUF pl_buf end = {0};
    pl_rc rc = pl_packer_put(p, i, &out, err);

    if (rc)
        return rc;
    (void)pl_unhex(pl_str_c(l->diff_id), digest, sizeof(digest));
    pl_buf_add(&end, digest, sizeof(digest));
    (void)pl_unhex(pl_str_c(l->blob), digest, sizeof(digest));
    pl_buf_add(&end, digest, sizeof(digest));
    pl_buf_u64le(&end, l->blob_bytes);
    pl_buf_u64le(&end, l->bytes);
    pl_buf_ch(&end, pl_layers_is_whole(ls, i) ? 1 : 0);
    return pl_buf_ok(&end) ? pl_jail_send(out_fd, PL_FRAME_LAYER_END, pl_buf_view(&end), err)
                           : pl_fail(err, PL_NOMEM, "layer");
}

/* ---- the parent ---- */

struct receiver {
    const pl_schema *schema;
    pl_arena *a;
    pl_problems problems;
    pl_record *image;
    pl_record **packages; /* owned list; the records are in the arena */
    size_t n_packages, room_packages;
    pl_fetch *fetch;       /* NULL: nothing can be asked for */
    pl_layer_frames layer; /* that a worker which read them all sends */
    const pl_layer_store *store;
    pl_buf *documents; /* NULL: not wanted */
    pl_recall recall;
    size_t n_known, n_read;
};

static pl_rc receive_image(struct receiver *to, pl_str payload, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);

    if (to->image)
        return pl_fail(err, PL_WORKER, "worker sent two images");
    pl_rc rc = pl_record_decode(to->schema, to->a, &r, &to->image, err);
    if (rc)
        return pl_wrap(err, rc, "image record");
    if (!pl_rd_done(&r) || to->image->kind != &pl_image_kind)
        return pl_fail(err, PL_WORKER, "worker sent no image record");
    return PL_OK;
}

static pl_rc add_package(struct receiver *to, pl_record *package, pl_err *err)
{
    if (to->n_packages == PL_IMAGE_PACKAGES_MAX || strcmp(package->kind->name, "package") != 0)
        return pl_fail(err, PL_WORKER, "worker sent more packages than it may, or others");
    if (to->n_packages == to->room_packages) {
        size_t room = to->room_packages ? to->room_packages * 2 : 256;
        pl_record **list = reallocarray(to->packages, room, sizeof(pl_record *));
        if (!list)
            return pl_fail(err, PL_NOMEM, "packages");
        to->packages = list;
        to->room_packages = room;
    }
    to->packages[to->n_packages++] = package;
    return PL_OK;
}

static pl_rc receive_packages(struct receiver *to, pl_str payload, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);
    pl_record *package = NULL;
    pl_rc rc = PL_OK;

    while (!rc && !pl_rd_done(&r)) {
        rc = pl_record_decode(to->schema, to->a, &r, &package, err);
        if (!rc)
            rc = add_package(to, package, err);
    }
    return rc ? pl_wrap(err, rc, "package record") : PL_OK;
}

static pl_rc receive_problem(struct receiver *to, pl_str payload, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);
    uint32_t code = pl_rd_u32le(&r);
    pl_str text = pl_rd_lstr(&r);

    if (!pl_rd_done(&r) || code == PL_OK || code > PL_USAGE || text.n > PL_ERR_TEXT)
        return pl_fail(err, PL_WORKER, "worker sent a malformed problem");
    PL_AUTO_BUF pl_buf visible = {0};
    pl_text_visible(&visible, text, PL_TEXT_ALL);
    pl_problems_add(&to->problems, (pl_rc)code, PL_NO_LAYER, "%.*s", PL_F(pl_buf_view(&visible)));
    return PL_OK;
}

/* Of a stream, each layer of the image comes behind it. */
static pl_rc receive_layer(struct receiver *to, uint32_t type, pl_str payload, pl_err *err)
{
    pl_rc rc = pl_layer_frames_add(&to->layer, type, payload, err);

    if (rc || !to->layer.has_end)
        return rc;
    if (to->store && to->layer.is_whole)
        to->store->put(to->store->arg, &to->layer);
    pl_buf_done(&to->layer.packed);
    to->layer = (pl_layer_frames){0};
    to->n_read++;
    return PL_OK;
}

static pl_rc receive_documents(struct receiver *to, pl_str payload, pl_err *err)
{
    if (!to->documents || to->documents->n || payload.n > PL_IMAGE_KEPT_MAX)
        return pl_fail(err, PL_WORKER, "worker sent documents that nobody wants");
    pl_buf_str(to->documents, payload);
    return pl_buf_ok(to->documents) ? PL_OK : pl_fail(err, PL_NOMEM, "documents");
}

/* What a description is made of. */
static pl_rc receive_description(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    if (type == PL_FRAME_IMAGE)
        return receive_image(arg, payload, err);
    if (type == PL_FRAME_PROBLEM)
        return receive_problem(arg, payload, err);
    if (type == PL_FRAME_PACKAGES)
        return receive_packages(arg, payload, err);
    return pl_fail(err, PL_WORKER, "worker sent frame type %u", type);
}

static pl_rc receive(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct receiver *to = arg;

    if (type == PL_FRAME_IDENTITY)
        return pl_recall_note(&to->recall, type, payload, err);
    if (type == PL_FRAME_IMAGE || type == PL_FRAME_PROBLEM || type == PL_FRAME_PACKAGES) {
        pl_rc rc = pl_recall_note(&to->recall, type, payload, err);
        return rc ? rc : receive_description(type, payload, arg, err);
    }
    if ((type == PL_FRAME_ASK || type == PL_FRAME_PLAN) && to->fetch)
        return pl_fetch_frame(to->fetch, type, payload, err);
    if (type == PL_FRAME_LAYER || type == PL_FRAME_LAYER_END)
        return receive_layer(to, type, payload, err);
    if (type == PL_FRAME_DOCUMENTS)
        return receive_documents(to, payload, err);
    return pl_fail(err, PL_WORKER, "worker sent frame type %u", type);
}

/* Where nothing is kept, nobody compares it. */
static pl_str fingerprint_of(const pl_image_options *o)
{
    static const char none[PL_FINGERPRINT];
    return o->fingerprint.n ? o->fingerprint : (pl_str){none, sizeof(none)};
}

static pl_rc run_worker(pl_image_source *src, const pl_image_options *o, int in_fd,
                        struct receiver *to, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_GIVEN pl_image_given given = {.secrets = -1, .malware = -1, .classifiers = -1};
    PL_AUTO_FETCH pl_fetch *fetch = NULL;
    PL_AUTO_HANDED pl_image_handed handed = {.n = 0};
    bool is_chosen = src->form == PL_IMAGE_STORE || src->form == PL_IMAGE_CONTAINER;
    pl_image_job job = {.select = is_chosen ? (pl_str){"", 0} : o->select,
                        .name = pl_str_c(src->name),
                        .id = pl_str_c(src->id),
                        .now_us = o->now_us,
                        .form = src->form,
                        .has_answers = src->blob || src->is_file || src->form == PL_IMAGE_KEPT,
                        .wants_layers = o->store && src->form == PL_IMAGE_ARCHIVE,
                        .wants_documents = o->documents && src->form == PL_IMAGE_ARCHIVE};
    pl_rc rc = pl_image_given_open(&given, o, err);

    if (!rc)
        rc = pl_image_hand_over(&given, &handed, err);
    if (!rc && job.has_answers)
        rc = pl_fetch_open(src, o->store, &given, in_fd, &fetch, err);
    if (rc)
        return rc;
    to->fetch = fetch;
    if (fetch) {
        handed.fds[handed.n] = pl_fetch_worker_fd(fetch);
        pl_fetch_tell(fetch, &o->progress);
    }
    job.needs = given.needs;
    pl_image_job_encode(&job, &args);
    rc = pl_jail_run(&(pl_jail_job){.kind = "image",
                                    .args = pl_buf_view(&args),
                                    .in_fd = in_fd,
                                    .fds = handed.fds,
                                    .n_fds = handed.n + (fetch ? 1 : 0),
                                    .limits = &pl_jail_layers,
                                    .frame = receive,
                                    .frame_arg = to},
                     err);
    to->fetch = NULL;
    if (fetch && to->n_read == 0)
        pl_fetch_counts(fetch, &to->n_known, &to->n_read);
    if (!rc && to->image)
        pl_recall_keep(&to->recall, src, o, fetch);
    return rc;
}

/* What an earlier worker sent is checked as if it came now. */
static pl_rc recall(pl_image_source *src, const pl_image_options *o, int in_fd, struct receiver *to,
                    pl_err *err)
{
    PL_AUTO_BUF pl_buf frames = {0};
    size_t n = 0;
    pl_err why = {0};
    pl_rc rc = pl_recall_find(src, o, in_fd, &frames, &n, &why);

    /* What is wrong with the image is told by the worker that can redact what it says. */
    if (rc == PL_TIMEOUT)
        return pl_fail(err, rc, "%s", why.text);
    if (rc || !frames.n)
        return PL_OK;
    if (pl_recall_replay(pl_buf_view(&frames), receive_description, to, NULL) || !to->image) {
        to->image = NULL;
        to->n_packages = to->problems.n = 0;
        return PL_OK;
    }
    pl_image_set_ages(to->image, o->now_us);
    to->n_known = n;
    return PL_OK;
}

static pl_rc recall_or_read(pl_image_source *src, const pl_image_options *o, int in_fd,
                            struct receiver *to, pl_err *err)
{
    pl_image_options with = *o;
    bool may_be_known = o->images && pl_recall_fits(src);
    pl_rc rc = may_be_known ? recall(src, o, in_fd, to, err) : PL_OK;

    if (rc || to->image)
        return rc;
    to->recall.store = may_be_known ? o->images : NULL;
    if (o->prepare)
        rc = o->prepare(o->prepare_arg, &with, err);
    with.fingerprint = fingerprint_of(&with);
    to->store = with.store;
    return rc ? rc : run_worker(src, &with, in_fd, to, err);
}

static pl_rc run_source(pl_image_source *src, const pl_image_options *o, struct receiver *to,
                        pl_err *err)
{
    int fd = -1;
    pl_rc rc = src->start(src, &fd, err);

    if (rc)
        return rc;
    rc = recall_or_read(src, o, fd, to, err);
    /* What broke on the writing side says more than what the worker made of the cut stream. */
    pl_err why = {0};
    pl_rc fed = src->finish(src, &why);
    if (fed && err)
        *err = why;
    return fed ? fed : rc;
}

static pl_rc set_problems(struct receiver *to, pl_err *err)
{
    size_t n = to->problems.n;
    pl_str *texts = pl_arena_calloc(to->a, n ? n : 1, sizeof(*texts));

    if (!texts)
        return pl_fail(err, PL_LIMIT, "image record does not fit its budget");
    for (size_t i = 0; i < n; i++)
        texts[i] = to->problems.items[i].text;
    pl_set_strs(to->image, PL_F_IMAGE_PROBLEMS, texts, n);
    return PL_OK;
}

static pl_rc set_packages(struct receiver *to, pl_err *err)
{
    size_t n = to->n_packages;
    pl_record **list = pl_arena_calloc(to->a, n ? n : 1, sizeof(pl_record *));

    if (!list)
        return pl_fail(err, PL_LIMIT, "image record does not fit its budget");
    if (n)
        memcpy(list, to->packages, n * sizeof(pl_record *));
    pl_set_recs(to->image, PL_F_IMAGE_PACKAGES, list, n);
    return PL_OK;
}

pl_rc pl_image_scan(pl_image_source *src, const pl_image_options *o, const pl_schema *schema,
                    pl_arena *a, pl_image_result *ret, pl_err *err)
{
    struct receiver to = {
        .schema = schema, .a = a, .problems = {.arena = a}, .documents = o->documents};
    pl_rc rc = run_source(src, o, &to, err);

    if (!rc && !to.image)
        rc = pl_fail(err, PL_WORKER, "worker sent no image");
    if (!rc)
        rc = set_problems(&to, err);
    if (!rc)
        rc = set_packages(&to, err);
    free(to.packages);
    pl_recall_done(&to.recall);
    pl_buf_done(&to.layer.packed);
    if (rc)
        return pl_wrap(err, rc, "image %s", src->name);
    *ret = (pl_image_result){to.image, to.problems.items, to.problems.n, to.n_known, to.n_read};
    return PL_OK;
}
