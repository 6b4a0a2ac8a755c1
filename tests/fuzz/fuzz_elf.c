/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a program: headers, Go's block in both forms, lists of crates, packers. */
#include "package/program.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_found *f, void *arg, pl_err *err)
{
    (void)arg;
    (void)err;
    pl_found named = *f;
    if (!named.version.n)
        named.version = PL_S("-");
    assert(pl_found_is_whole(&named));
    assert(f->kind == PL_FOUND_INSTALLED || f->kind >= PL_FOUND_OPAQUE);
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_content_file none = {0};
    static pl_classifiers *table;
    static pl_program_watch *p;
    pl_passing_file f = {.path = PL_S("/app"), .mode = 0755, .size = size};
    pl_err err = {0};

    if (!p && (pl_classifiers_new(&none, &table, &err) || pl_program_watch_open(table, &p, &err)))
        return 0;
    pl_rc rc = pl_program_read(p, &f, (pl_str){(const char *)data, size}, look, NULL, &err);

    assert(rc == PL_OK || rc == PL_FORMAT || rc == PL_LIMIT || rc == PL_UNSUPPORTED);
    assert(rc == PL_OK || err.len);
    return 0;
}
