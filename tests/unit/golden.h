/* SPDX-License-Identifier: Apache-2.0 */
/* Compares with a file below tests/golden; PL_GOLDEN_UPDATE=1 writes it instead. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "test.h"

static inline void golden_path(const char *name, char *ret, size_t room)
{
    (void)snprintf(ret, room, "%s/tests/golden/%s", PL_SOURCE_ROOT, name);
}

static inline void golden_read(const char *path, pl_buf *ret)
{
    PL_AUTO_FILE FILE *f = fopen(path, "rb");
    char part[4096];
    size_t n;

    if (!f)
        fail_msg("%s: cannot be opened; PL_GOLDEN_UPDATE=1 writes it", path);
    while (f && (n = fread(part, 1, sizeof(part), f)) > 0)
        pl_buf_add(ret, part, n);
}

static inline void golden_write(const char *path, pl_str got)
{
    PL_AUTO_FILE FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(got.p, 1, got.n, f), got.n);
}

/* Fails with the first line that differs. */
static inline void assert_golden(const char *name, pl_str got)
{
    char path[4096];
    PL_AUTO_BUF pl_buf want = {0};
    size_t line = 1;

    golden_path(name, path, sizeof(path));
    if (getenv("PL_GOLDEN_UPDATE")) {
        golden_write(path, got);
        return;
    }
    golden_read(path, &want);
    pl_str w = pl_buf_view(&want), wl, gl;
    for (;; line++) {
        bool more_want = pl_str_cut(&w, '\n', &wl), more_got = pl_str_cut(&got, '\n', &gl);
        if (!more_want && !more_got)
            return;
        if (more_want != more_got || !pl_str_eq(wl, gl))
            fail_msg("%s line %zu:\ngot  %.*s\nwant %.*s", name, line, more_got ? (int)gl.n : 5,
                     more_got ? gl.p : "(end)", more_want ? (int)wl.n : 5,
                     more_want ? wl.p : "(end)");
    }
}
