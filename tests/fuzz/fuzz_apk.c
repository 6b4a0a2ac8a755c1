/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as apk's database: packages have a name and a version, files a name. */
#include "package/apk.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_package *p, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    assert(p->name.n && p->version.n && p->source.n);
    return PL_OK;
}

static pl_rc look_at_file(const pl_apk_file *f, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    assert(f->name.n);
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size};
    pl_package_damage damage;

    assert(pl_apk_parse(text, look, NULL, &damage, NULL) == PL_OK);
    assert(pl_apk_files(text, look_at_file, NULL, NULL) == PL_OK);
    return 0;
}
