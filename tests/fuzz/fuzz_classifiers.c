/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes under the names that the built-in table knows: the first line is the name of the file.
 */
#include "package/classify.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_found *f, void *arg, pl_err *err)
{
    (void)arg;
    (void)err;
    assert(f->kind == PL_FOUND_INSTALLED && f->name.n && f->version.n <= PL_PACKAGE_FIELD_MAX);
    return PL_OK;
}

static pl_classify *open_once(void)
{
    static pl_classifiers *table;
    static pl_classify *c;
    pl_err err = {0};

    if (!c &&
        (pl_classifiers_new(pl_content_builtin, &table, &err) || pl_classify_open(table, &c, &err)))
        abort();
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char room[PL_WINDOW_ROOM];
    pl_classify *c = open_once();
    pl_window w = pl_window_of(room);
    pl_str rest = {(const char *)data, size};
    pl_str name;
    pl_err err = {0};
    pl_rc rc = PL_OK;

    if (!pl_str_cut(&rest, '\n', &name))
        return 0;
    bool is_program = !pl_classify_begin(c, name, true);
    while (!rc && pl_window_push(&w, &rest)) {
        rc = pl_classify_window(c, &w, is_program, &err);
        pl_window_pass(&w);
    }
    pl_window_end(&w);
    if (!rc)
        rc = pl_classify_window(c, &w, is_program, &err);
    assert(rc == PL_OK);
    rc = pl_classify_end(c, look, NULL, &err);
    assert(rc == PL_OK || rc == PL_LIMIT);
    return 0;
}
