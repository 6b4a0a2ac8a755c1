/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an archive of Java, a zipped egg and an archive of yarn: what is told has a name and
 * a version. */
#include "package/jar.h"
#include "package/limits.h"
#include "package/npm.h"
#include "package/python.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_found *f, void *arg, pl_err *err)
{
    size_t *told = arg;

    (void)err;
    assert(f->kind == PL_FOUND_INSTALLED && pl_found_is_whole(f));
    *told += 1;
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t told = 0;

    for (int i = 0; i < 3; i++) {
        pl_in_mem in = pl_in_of_str((pl_str){(const char *)data, size});
        pl_err err = {0};
        pl_rc rc = i == 2   ? pl_yarn_zip(&in.in, NULL, look, &told, &err)
                   : i == 1 ? pl_python_egg(&in.in, NULL, look, &told, &err)
                            : pl_jar_read(&in.in, PL_S("lib-1.0.jar"), NULL, look, &told, &err);
        assert(rc == PL_OK || rc == PL_FORMAT || rc == PL_LIMIT || rc == PL_UNSUPPORTED);
        assert(rc == PL_OK || err.len);
    }
    return 0;
}
