/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that tell of packages: the first byte chooses the parser. */
#include "package/file_list.h"
#include "package/jar.h"
#include "package/limits.h"
#include "package/locks.h"
#include "package/manifests.h"
#include "package/npm.h"
#include "package/php.h"
#include "package/python.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef pl_rc (*parser)(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err);

static pl_rc hidden_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    return pl_npm_hidden_lock(text, PL_S("/app"), a, each, arg, err);
}

static pl_rc direct_url(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    return pl_python_direct_url(text, PL_S("/x.dist-info/direct_url.json"), a, each, arg, err);
}

static pl_rc go_sum(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    return pl_go_sum(text, PL_S("/app/go.sum"), a, each, arg, err);
}

/* By bytes from 'A': what is added is added at the end, so that old inputs keep their meaning. */
static const parser parsers[] = {
    pl_npm_package,
    pl_npm_lock,
    hidden_lock,
    pl_python_metadata,
    direct_url,
    pl_conda_meta,
    pl_pom_properties,
    pl_composer_installed,
    pl_pear_reg,
    go_sum,
#define X(name) pl_##name,
    PL_LOCK_PARSERS(X) PL_MANIFEST_PARSERS(X)
#undef X
        pl_python_record,
    pl_python_installed_files,
    pl_perllocal,
};

/* What a parser tells comes out of a note as it went in. */
static pl_rc look(const pl_found *f, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf note = {0};
    PL_AUTO_BUF pl_buf purl = {0};
    pl_found back;

    (void)arg, (void)err;
    bool has_place = f->kind == PL_FOUND_HINT || f->kind == PL_FOUND_FILES;
    assert(has_place ? f->at.n > 0 : f->kind == PL_FOUND_UNPINNED || pl_found_is_whole(f));
    pl_found_encode(f, &note);
    assert(pl_found_decode(pl_buf_view(&note), &back));
    assert(pl_str_eq(back.name, f->name) && pl_str_eq(back.at, f->at));
    pl_lang_purl(f->lang, f->name, f->version, &purl);
    assert(pl_str_starts(pl_buf_view(&purl), PL_S("pkg:")));
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || data[0] < 'A' || (size_t)data[0] - 'A' >= PL_COUNT(parsers))
        return 0;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);
    pl_str text = {(const char *)data + 1, size - 1};
    pl_err err = {0};

    assert(a);
    pl_rc rc = parsers[data[0] - 'A'](text, a, look, NULL, &err);
    assert(rc == PL_OK || rc == PL_FORMAT || rc == PL_LIMIT);
    return 0;
}
