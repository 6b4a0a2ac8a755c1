/* SPDX-License-Identifier: Apache-2.0 */
/* A document of another tool, as the worker reads it; what it sends is decoded as the parent does.
 */
#include "core/arena.h"
#include "core/io.h"
#include "ingest/wire.h"
#include "ingest/work.h"

#include "core/rd.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc as_it_is(pl_str text, pl_buf *out, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    pl_buf_str(out, text);
    return PL_OK;
}

static void decode(int fd)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)256 << 20);
    PL_AUTO_BUF pl_buf frames = {0};
    pl_ingest_wire w = {.arena = a};
    pl_ingest_document doc;
    pl_err err = {0};

    if (!a || lseek(fd, 0, SEEK_SET) != 0 || pl_read_all(fd, (size_t)1 << 28, &frames, &err))
        abort();
    for (pl_rd rd = pl_rd_of(frames.p, frames.n); rd.n;) {
        uint32_t type = pl_rd_u32le(&rd);
        if (pl_ingest_frame(type, pl_rd_lstr(&rd), &w, &err) != PL_OK || !pl_rd_ok(&rd))
            abort();
    }
    if (pl_ingest_frames_end(&w, &doc, &err) != PL_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pl_ingest_hook hook = {as_it_is, NULL};
    PL_AUTO_FD int fd = memfd_create("frames", MFD_CLOEXEC);
    pl_err err = {0};

    if (fd < 0)
        abort();
    pl_rc rc =
        pl_ingest_text_work((pl_str){(const char *)data, size}, (pl_str){"", 0}, fd, &hook, &err);
    if (rc != PL_OK && (err.rc != rc || !err.len))
        abort();
    if (rc == PL_OK)
        decode(fd);
    return 0;
}
