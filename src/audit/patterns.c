/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of secrets that the workers of a run look for. */
#include "audit/run_private.h"

#include "secrets/secrets.h"

#include <string.h>

/* A folder with checks alone must not switch redaction off. */
static const pl_content_file *files_of(const pl_content_file *given)
{
    for (const pl_content_file *f = given; f && f->name; f++)
        if (strncmp(f->name, "secrets/", 8) == 0)
            return given;
    return pl_content_builtin;
}

pl_rc pl_run_patterns(pl_run *r, pl_str *ret, pl_err *err)
{
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    pl_rc rc = PL_OK;

    if (!r->patterns.n) {
        rc = pl_secrets_new(files_of(r->o.content_files), &s, err);
        if (!rc)
            rc = pl_secrets_write(s, &r->patterns, err);
    }
    if (!rc)
        *ret = pl_buf_view(&r->patterns);
    return rc;
}
