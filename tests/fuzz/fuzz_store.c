/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the documents of a store: the first byte is the job, a length-prefixed word is what
 * is looked for. What comes out decodes to itself, and ids are slices of what came in.
 */
#include "core/rd.h"
#include "image/store_worker.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const pl_store_found *f)
{
    PL_AUTO_BUF pl_buf wire = {0};
    pl_store_found *back = calloc(1, sizeof(*back));

    pl_store_found_encode(f, &wire);
    assert(back && pl_buf_ok(&wire) && pl_store_found_decode(pl_buf_view(&wire), back));
    assert(pl_str_eq(back->image, f->image) && back->n_layers == f->n_layers);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_rd r = pl_rd_of(data, size);
    pl_store_job job = (pl_store_job)pl_rd_u8(&r);
    pl_str wanted = pl_rd_lstr(&r);
    pl_str rest = {(const char *)r.p, r.n};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    PL_AUTO_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pl_in_mem in = pl_in_of_str(rest);
    pl_store_found *found = a ? PL_NEW(a, pl_store_found) : NULL;
    pl_store_found *decoded = a ? PL_NEW(a, pl_store_found) : NULL;
    pl_rc rc = PL_FORMAT;

    if (!pl_rd_ok(&r) || !found || !decoded || out < 0)
        return 0;
    if (job == PL_STORE_JOB_SPLIT || job == PL_STORE_JOB_SPLIT_SIZE)
        (void)!pl_store_split(&in.in, out, job == PL_STORE_JOB_SPLIT_SIZE, NULL);
    else if (job == PL_STORE_JOB_CONFIG)
        rc = pl_store_config(rest, a, found, NULL);
    else if (job == PL_STORE_JOB_INFO)
        rc = pl_store_info(rest, a, found, NULL);
    else
        rc = pl_store_find(job, wanted, rest, a, found, NULL);
    if (!rc)
        round_trip(found);
    (void)pl_store_found_decode(rest, decoded);
    return 0;
}
