/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of secrets, the kinds of protected data and the table of classifiers that the
 * workers of a run look for. */
#include "audit/run_private.h"

#include "audit/pattern_cache.h"
#include "core/clock.h"
#include "package/classifiers.h"
#include "protected/protected.h"
#include "secrets/secrets.h"

#include <string.h>

/* A folder with checks alone must not switch redaction or the search off, nor hide programs. */
const pl_content_file *pl_run_content_files(const pl_run *r, const char *folder)
{
    const pl_content_file *given = r->o.content_files;

    for (const pl_content_file *f = given; f && f->name; f++)
        if (strncmp(f->name, folder, strlen(folder)) == 0)
            return given;
    return pl_content_builtin;
}

pl_rc pl_run_patterns(pl_run *r, pl_str *ret, pl_err *err)
{
    uint64_t from = pl_mono_ns(r->o.clock);
    bool is_compiled = false;
    pl_rc rc = PL_OK;

    if (!r->patterns.n) {
        rc = pl_pattern_cache_get(r->state_fd, pl_run_content_files(r, "secrets/"), &r->patterns,
                                  &is_compiled, err);
        pl_run_took(r, "secrets.patterns", is_compiled ? PL_S("compiled") : PL_S("kept"), from);
    }
    if (!rc)
        *ret = pl_buf_view(&r->patterns);
    return rc;
}

/* Read once here too: what is wrong in content is told before a worker would fail over it. */
pl_rc pl_run_protected(pl_run *r, pl_str *ret, pl_err *err)
{
    const pl_content_file *files = pl_run_content_files(r, "protected/");
    PL_AUTO_PROTECTED pl_protected *p = NULL;
    pl_rc rc = PL_OK;

    if (!r->protected.n) {
        rc = pl_protected_new(files, &p, err);
        if (!rc)
            rc = pl_protected_write(files, &r->protected, err);
    }
    if (!rc)
        *ret = pl_buf_view(&r->protected);
    return rc;
}

pl_rc pl_run_classifiers(pl_run *r, pl_str *ret, pl_err *err)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = NULL;
    pl_rc rc = PL_OK;

    if (!r->classifiers.n) {
        rc = pl_classifiers_new(pl_run_content_files(r, "classifiers/"), &c, err);
        if (!rc)
            pl_classifiers_write(c, &r->classifiers);
        if (!rc && !pl_buf_ok(&r->classifiers))
            rc = pl_fail(err, PL_NOMEM, "classifiers");
    }
    if (!rc)
        *ret = pl_buf_view(&r->classifiers);
    return rc;
}
