/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as Go's block of build information, and as the list of modules in it. */
#include "package/go_build.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_found *f, void *arg, pl_err *err)
{
    (void)arg;
    (void)err;
    assert(f->kind == PL_FOUND_INSTALLED && f->lang == PL_LANG_GO && f->name.n);
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_str bytes = {(const char *)data, size};
    pl_str version = PL_S("go1.21");
    pl_str modules = bytes;
    bool is_whole = false;
    size_t need = 0;
    pl_err err = {0};

    if (!a)
        return 0;
    pl_rc rc = pl_go_inline(bytes, &version, &modules, &need, &err);
    assert(rc != PL_NOTFOUND || need > size);
    rc = pl_go_modules(version, modules, a, look, NULL, &is_whole, &err);
    assert(rc == PL_OK || rc == PL_LIMIT);
    return 0;
}
