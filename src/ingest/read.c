/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/ingest.h"
#include "ingest/limits.h"
#include "ingest/wire.h"

static const pl_jail_limits limits = {
    .ms = 120000, .cpu_s = 60, .memory = (size_t)768 << 20, .output = (size_t)128 << 20};

pl_rc pl_ingest_read(const pl_ingest_source *source, pl_arena *a, pl_ingest_document *ret,
                     pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_FD int patterns = -1;
    pl_ingest_wire w = {.arena = a};

    if (source->bytes.n > PL_INGEST_BYTES)
        return pl_fail(err, PL_LIMIT, "is larger than %d bytes (limit PL_INGEST_BYTES)",
                       PL_INGEST_BYTES);
    pl_buf_str(&args, source->key);
    pl_buf_str(&args, source->format);
    pl_rc rc = pl_jail_memfd(source->patterns, &patterns, err);
    if (rc)
        return rc;
    const pl_jail_job job = {.kind = PL_INGEST_WORKER,
                             .args = pl_buf_view(&args),
                             .fds = &patterns,
                             .n_fds = 1,
                             .limits = &limits,
                             .frame = pl_ingest_frame,
                             .frame_arg = &w};
    rc = pl_jail_run_bytes(&job, source->bytes, err);
    return rc ? rc : pl_ingest_frames_end(&w, ret, err);
}
