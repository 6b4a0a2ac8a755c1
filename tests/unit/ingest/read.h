/* SPDX-License-Identifier: Apache-2.0 */
/* A document through a worker's work and its frames, in this process. */
#pragma once

#include "test.h"

#include "core/io.h"
#include "core/jail.h"
#include "core/rd.h"
#include "ingest/limits.h"
#include "ingest/wire.h"
#include "ingest/work.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static inline pl_rc as_it_is(pl_str text, pl_buf *out, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    pl_buf_str(out, text);
    return PL_OK;
}

static inline pl_rc read_text(pl_arena *a, pl_str text, const char *format, pl_ingest_document *ret,
                              pl_err *err)
{
    const pl_ingest_hook hook = {as_it_is, NULL};
    pl_ingest_wire w = {.arena = a};
    PL_AUTO_FD int fd = memfd_create("frames", MFD_CLOEXEC);
    PL_AUTO_BUF pl_buf frames = {0};

    assert_true(fd >= 0);
    pl_rc rc = pl_ingest_text_work(text, pl_str_c(format), fd, &hook, err);
    if (rc)
        return rc;
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_ok(pl_read_all(fd, PL_INGEST_BYTES, &frames, err), *err);
    for (pl_rd rd = pl_rd_of(frames.p, frames.n); rd.n;) {
        uint32_t type = pl_rd_u32le(&rd);
        pl_str payload = pl_rd_lstr(&rd);
        assert_true(pl_rd_ok(&rd));
        assert_ok(pl_ingest_frame(type, payload, &w, err), *err);
    }
    return pl_ingest_frames_end(&w, ret, err);
}

/* A file of tests/fixtures/ingest. */
static inline pl_str fixture(pl_arena *a, const char *name)
{
    char path[512];
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_err err = {0};

    (void)snprintf(path, sizeof(path), "%s/tests/fixtures/ingest/%s", PL_SOURCE_ROOT, name);
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_msg("%s is not there", path);
    assert_ok(pl_read_all(fd, PL_INGEST_BYTES, &bytes, &err), err);
    return pl_arena_str(a, pl_buf_view(&bytes));
}

static inline size_t count_of(const pl_ingest_run *run, pl_outcome o)
{
    size_t n = 0;

    if (!run) {
        fail_msg("there is no run");
        return 0;
    }
    for (size_t t = 0; t < PL_TOPIC_COUNT; t++)
        n += run->count[t][o];
    return n;
}
