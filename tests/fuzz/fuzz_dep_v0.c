/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as cargo-auditable's list of crates, unpacked, and packed in a program. */
#include "package/rust_audit.h"
#include "package/rust_watch.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_found *f, void *arg, pl_err *err)
{
    (void)arg;
    (void)err;
    assert(f->kind == PL_FOUND_INSTALLED && f->lang == PL_LANG_CARGO && pl_found_is_whole(f));
    return PL_OK;
}

static void watch(const uint8_t *data, size_t size)
{
    static unsigned char room[PL_WINDOW_ROOM];
    pl_str rest = {(const char *)data, size};
    pl_window w = pl_window_of(room);
    pl_rust_watch r = {0};
    pl_err err = {0};
    pl_rc rc = PL_OK;

    while (!rc && pl_window_push(&w, &rest)) {
        rc = pl_rust_watch_window(&r, &w, &err);
        pl_window_pass(&w);
    }
    pl_window_end(&w);
    if (!rc)
        rc = pl_rust_watch_window(&r, &w, &err);
    assert(rc == PL_OK && r.n <= PL_RUST_AUDITS_MAX);
    for (size_t i = 0; i < r.n; i++)
        assert(r.lists[i].at + r.lists[i].n <= size);
    pl_rust_watch_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_err err = {0};

    if (!a)
        return 0;
    pl_rc rc = pl_rust_audit((pl_str){(const char *)data, size}, a, look, NULL, &err);
    assert(rc == PL_OK || rc == PL_FORMAT || rc == PL_LIMIT);
    watch(data, size);
    return 0;
}
