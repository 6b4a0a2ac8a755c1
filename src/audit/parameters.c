/* SPDX-License-Identifier: Apache-2.0 */
/* Policy parameters that somebody set, for the report: a value may hold what must not be shown. */
#include "audit/run_private.h"

#include "core/buf.h"
#include "redact/redact.h"

static size_t count_set(const pl_content *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_lists; i++)
        n += c->lists[i].is_policy && c->lists[i].where.n;
    return n;
}

static pl_rc tell(pl_run *r, pl_redactor *redactor, const pl_list *l, pl_parameter *ret,
                  pl_err *err)
{
    PL_AUTO_BUF pl_buf value = {0}, clean = {0};

    for (size_t i = 0; i < l->n; i++)
        pl_buf_fmt(&value, "%s%.*s", i ? ", " : "", PL_F(l->items[i]));
    pl_rc rc = pl_redact_text(redactor, pl_buf_view(&value), &clean, err);
    if (rc)
        return rc;
    *ret = (pl_parameter){l->name, pl_arena_str(r->arena, pl_buf_view(&clean)), l->where};
    return pl_buf_ok(&value) && pl_buf_ok(&clean) && (ret->value.p || !clean.n)
               ? PL_OK
               : pl_fail(err, PL_NOMEM, "parameter %.*s", PL_F(l->name));
}

pl_rc pl_run_tell_parameters(pl_run *r, pl_err *err)
{
    const pl_content *c = r->o.content;
    size_t n = count_set(c);
    pl_redactor *redactor = NULL;
    pl_str patterns = {0};

    if (n == 0)
        return PL_OK;
    pl_parameter *v = pl_arena_calloc(r->arena, n, sizeof(*v));
    pl_rc rc = v ? pl_run_patterns(r, &patterns, err) : pl_fail(err, PL_NOMEM, "parameters");
    if (!rc)
        rc = pl_redactor_read(patterns, (const unsigned char *)r->redact_key.p, &redactor, err);
    for (size_t i = 0; !rc && i < c->n_lists; i++)
        if (c->lists[i].is_policy && c->lists[i].where.n)
            rc = tell(r, redactor, &c->lists[i], &v[r->as.n_parameters++], err);
    pl_redactor_free(redactor);
    r->as.parameters = v;
    return rc;
}
