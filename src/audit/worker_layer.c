/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_layer.h"

#include "audit/image_readers.h"
#include "core/jail.h"
#include "image/scan.h"

enum { PROBLEMS_BUDGET = 1 << 20 };

static pl_rc read_layer(pl_image_readers *r, pl_image_part part, int in_fd, pl_err *err)
{
    pl_in_at some = pl_in_of_part(in_fd, part.at, part.n);
    pl_in_fd all = pl_in_of_fd(in_fd);
    pl_err why = {0};
    pl_in *in = part.n == PL_BLOB_STREAM ? &all.in : &some.in;
    pl_rc rc = pl_layers_read(r->layers, PL_S("layer"), in, &why);

    /* Of an archive that breaks off here the layer says so itself. */
    if (rc == PL_NOMEM || !pl_layers_count(r->layers))
        return pl_fail(err, rc ? rc : PL_NOMEM, "%s", why.text);
    return PL_OK;
}

static pl_rc send(pl_image_readers *r, const pl_image_needs *needs, int out_fd, pl_err *err)
{
    PL_AUTO_PACKER pl_packer *p =
        pl_packer_new(r->layers, (const unsigned char *)needs->fingerprint.p);
    return p ? pl_layer_send(p, r->layers, 0, out_fd, err)
             : pl_fail(err, PL_NOMEM, "layer's result");
}

/* Each as if it were alone: nothing is left of the one before it. */
static pl_rc run(const pl_image_layer_job *job, pl_image_readers *r, pl_arena *a, int in_fd,
                 int out_fd, pl_err *err)
{
    pl_rc rc = pl_image_readers_open(r, &job->needs, err);

    for (size_t i = 0; !rc && i < job->n_parts; i++) {
        pl_problems problems = {.arena = a};
        rc = pl_image_readers_layers(r, &problems, err);
        if (!rc)
            rc = read_layer(r, job->parts[i], in_fd, err);
        if (!rc)
            rc = send(r, &job->needs, out_fd, err);
        pl_image_readers_free_layers(r);
        pl_arena_reset(a);
    }
    return rc;
}

pl_rc pl_worker_layer(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PROBLEMS_BUDGET);
    pl_image_readers readers = {0};
    pl_image_layer_job job;

    if (!a)
        return pl_fail(err, PL_NOMEM, "layer");
    if (!pl_image_layer_job_decode(args, &job))
        return pl_fail(err, PL_FORMAT, "layer job");
    pl_rc rc = run(&job, &readers, a, in_fd, out_fd, err);
    pl_image_readers_done(&readers);
    return rc;
}

void pl_worker_layer_prepare(pl_str args)
{
    pl_image_layer_job job;

    if (pl_image_layer_job_decode(args, &job))
        pl_image_readers_prepare(&job.needs);
}
