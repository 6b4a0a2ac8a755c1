/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_layer.h"

#include "audit/image_readers.h"
#include "core/jail.h"
#include "image/scan.h"

enum { PROBLEMS_BUDGET = 1 << 20 };

static pl_rc read_layer(pl_image_readers *r, const pl_image_layer_job *job, int in_fd, pl_err *err)
{
    pl_in_at part = pl_in_of_part(in_fd, job->at, job->n);
    pl_in_fd all = pl_in_of_fd(in_fd);
    pl_err why = {0};
    pl_in *in = job->n == PL_BLOB_STREAM ? &all.in : &part.in;
    pl_rc rc = pl_layers_read(r->layers, PL_S("layer"), in, &why);

    /* Of an archive that breaks off here the layer says so itself. */
    if (rc == PL_NOMEM || !pl_layers_count(r->layers))
        return pl_fail(err, rc ? rc : PL_NOMEM, "%s", why.text);
    return PL_OK;
}

static pl_rc run(const pl_image_layer_job *job, pl_image_readers *r, pl_problems *problems,
                 int in_fd, int out_fd, pl_err *err)
{
    pl_rc rc = pl_image_readers_open(r, &job->needs, err);

    if (!rc)
        rc = pl_image_readers_layers(r, problems, err);
    if (!rc)
        rc = read_layer(r, job, in_fd, err);
    if (rc)
        return rc;
    PL_AUTO_PACKER pl_packer *p =
        pl_packer_new(r->layers, (const unsigned char *)job->needs.fingerprint.p);
    return p ? pl_layer_send(p, r->layers, 0, out_fd, err)
             : pl_fail(err, PL_NOMEM, "layer's result");
}

pl_rc pl_worker_layer(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PROBLEMS_BUDGET);
    pl_problems problems = {.arena = a};
    pl_image_readers readers = {0};
    pl_image_layer_job job;

    if (!a)
        return pl_fail(err, PL_NOMEM, "layer");
    if (!pl_image_layer_job_decode(args, &job))
        return pl_fail(err, PL_FORMAT, "layer job");
    pl_rc rc = run(&job, &readers, &problems, in_fd, out_fd, err);
    pl_image_readers_done(&readers);
    return rc;
}

void pl_worker_layer_prepare(pl_str args)
{
    pl_image_layer_job job;

    if (pl_image_layer_job_decode(args, &job) && job.needs.has_malware)
        (void)!pl_malware_prepare();
}
