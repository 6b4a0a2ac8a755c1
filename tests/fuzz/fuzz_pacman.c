/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as desc or files of pacman. */
#include "package/pacman.h"

#include "package/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_package *p, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    assert(p->name.n && p->version.n && p->source.n);
    assert(p->license.n <= PL_PACKAGE_TEXT_MAX + PL_PACKAGE_FIELD_MAX);
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size};
    PL_AUTO_BUF pl_buf licenses = {0};
    pl_package_damage damage;
    pl_str path;

    assert(pl_pacman_parse(text, &licenses, look, NULL, &damage, NULL) == PL_OK);
    for (pl_str rest = text; pl_pacman_next_file(&rest, &path);)
        assert(path.n && path.p[path.n - 1] != '/');
    return 0;
}
