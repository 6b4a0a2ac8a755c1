/* SPDX-License-Identifier: Apache-2.0 */
#include "image/scan.h"

#include "core/jail.h"
#include "core/rd.h"
#include "core/text.h"
#include "image/limits.h"
#include "model/wire.h"

#include <string.h>
#include <unistd.h>

void pl_image_job_encode(const pl_image_job *job, pl_buf *out)
{
    pl_buf_lstr(out, job->select);
    pl_buf_lstr(out, job->name);
    pl_buf_lstr(out, job->id);
    pl_buf_u64le(out, (uint64_t)job->now_us);
    pl_buf_u32le(out, (uint32_t)job->form);
    pl_buf_u32le(out, job->has_secrets);
    pl_buf_u32le(out, job->has_classifiers);
    pl_buf_lstr(out, job->redact_key);
    pl_buf_lstr(out, job->protected);
    pl_buf_u32le(out, job->has_malware);
    pl_buf_u32le(out, job->has_clamd);
    pl_buf_u32le(out, job->misses_clamd);
    pl_buf_lstr(out, job->clamd);
}

bool pl_image_job_decode(pl_str args, pl_image_job *ret)
{
    pl_rd r = pl_rd_of(args.p, args.n);

    ret->select = pl_rd_lstr(&r);
    ret->name = pl_rd_lstr(&r);
    ret->id = pl_rd_lstr(&r);
    ret->now_us = (int64_t)pl_rd_u64le(&r);
    ret->form = (pl_image_form)pl_rd_u32le(&r);
    ret->has_secrets = pl_rd_u32le(&r) != 0;
    ret->has_classifiers = pl_rd_u32le(&r) != 0;
    ret->redact_key = pl_rd_lstr(&r);
    ret->protected = pl_rd_lstr(&r);
    ret->has_malware = pl_rd_u32le(&r) != 0;
    ret->has_clamd = pl_rd_u32le(&r) != 0;
    ret->misses_clamd = pl_rd_u32le(&r) != 0;
    ret->clamd = pl_rd_lstr(&r);
    return pl_rd_done(&r);
}

struct receiver {
    const pl_schema *schema;
    pl_arena *a;
    pl_problems problems;
    pl_record *image;
    pl_record **packages; /* owned list; the records are in the arena */
    size_t n_packages, room_packages;
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

static pl_rc receive(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    if (type == PL_FRAME_IMAGE)
        return receive_image(arg, payload, err);
    if (type == PL_FRAME_PROBLEM)
        return receive_problem(arg, payload, err);
    if (type == PL_FRAME_PACKAGES)
        return receive_packages(arg, payload, err);
    return pl_fail(err, PL_WORKER, "worker sent frame type %u", type);
}

/* Descriptors 5 and up, in the order in which the job names them. */
struct given {
    int fds[4];
    size_t n;
};

static void close_given(struct given *g)
{
    for (size_t i = 0; i < g->n; i++)
        (void)close(g->fds[i]);
}

static pl_rc give_bytes(struct given *g, pl_str bytes, pl_err *err)
{
    pl_rc rc = bytes.n ? pl_jail_memfd(bytes, &g->fds[g->n], err) : PL_OK;

    g->n += !rc && bytes.n;
    return rc;
}

static pl_rc give_all(struct given *g, const pl_image_options *o, pl_err *err)
{
    pl_rc rc = give_bytes(g, o->secrets, err);

    if (!rc)
        rc = give_bytes(g, o->malware, err);
    if (!rc && o->clamd && o->clamd->start) {
        rc = o->clamd->start(o->clamd->arg, &g->fds[g->n], err);
        g->n += !rc;
    }
    return rc ? rc : give_bytes(g, o->classifiers, err);
}

static pl_rc run_worker(pl_image_source *src, const pl_image_options *o, struct receiver *to,
                        pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    bool is_chosen = src->form == PL_IMAGE_STORE || src->form == PL_IMAGE_CONTAINER;
    pl_image_job job = {.select = is_chosen ? (pl_str){"", 0} : o->select,
                        .name = pl_str_c(src->name),
                        .id = pl_str_c(src->id),
                        .now_us = o->now_us,
                        .form = src->form,
                        .has_secrets = o->secrets.n > 0,
                        .has_classifiers = o->classifiers.n > 0,
                        .redact_key = o->redact_key,
                        .protected = o->protected,
                        .has_malware = o->malware.n > 0,
                        .has_clamd = o->clamd && o->clamd->start,
                        .misses_clamd = o->clamd && o->clamd->is_missing,
                        .clamd = o->clamd ? o->clamd->version : (pl_str){"", 0}};
    PL_CLEANUP(close_given) struct given given = {.n = 0};
    int fd = -1;
    pl_rc rc = give_all(&given, o, err);

    pl_image_job_encode(&job, &args);
    if (!rc)
        rc = src->start(src, &fd, err);
    if (rc)
        return rc;
    rc = pl_jail_run(&(pl_jail_job){.kind = "image",
                                    .args = pl_buf_view(&args),
                                    .in_fd = fd,
                                    .fds = given.fds,
                                    .n_fds = given.n,
                                    .limits = &pl_jail_layers,
                                    .frame = receive,
                                    .frame_arg = to},
                     err);
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
    struct receiver to = {.schema = schema, .a = a, .problems = {.arena = a}};
    pl_rc rc = run_worker(src, o, &to, err);

    if (!rc && !to.image)
        rc = pl_fail(err, PL_WORKER, "worker sent no image");
    if (!rc)
        rc = set_problems(&to, err);
    if (!rc)
        rc = set_packages(&to, err);
    free(to.packages);
    if (rc)
        return pl_wrap(err, rc, "image %s", src->name);
    *ret = (pl_image_result){to.image, to.problems.items, to.problems.n};
    return PL_OK;
}
