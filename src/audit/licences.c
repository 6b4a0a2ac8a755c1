/* SPDX-License-Identifier: Apache-2.0 */
/* Says of each package under which licence it stands, and whether the policy allows that. */
#include "package/licence.h"

#include "audit/run_private.h"
#include "package/package.h"

#include <string.h>

static const pl_content_file *files_of(const pl_content_file *given)
{
    for (const pl_content_file *f = given; f && f->name; f++)
        if (strncmp(f->name, "licences/", 9) == 0)
            return given;
    return pl_content_builtin;
}

static pl_strs policy_of(const pl_run *r, pl_str name)
{
    const pl_content *c = r->o.content;

    for (size_t i = 0; c && i < c->n_lists; i++)
        if (pl_str_eq(c->lists[i].name, name) && !c->lists[i].is_unset)
            return (pl_strs){c->lists[i].items, c->lists[i].n};
    return (pl_strs){NULL, 0};
}

struct filling {
    pl_run *r;
    pl_strs allowed, denied;
};

/* What depends on a licence that is not known is unknown, as is what declares none. */
static void set_policy(const struct filling *f, pl_record *package, pl_str expression)
{
    pl_licence_verdict verdict =
        expression.n ? pl_licence_judge(expression, f->allowed, f->denied) : PL_LICENCE_UNDECIDED;

    if (!f->allowed.n && !f->denied.n)
        return;
    if (verdict == PL_LICENCE_UNDECIDED)
        pl_set_unreadable(package, PL_F_PACKAGE_LICENSE_POLICY, "unsupported");
    else
        pl_set_str(package, PL_F_PACKAGE_LICENSE_POLICY,
                   verdict == PL_LICENCE_ALLOWED ? PL_S("allowed") : PL_S("denied"));
}

static pl_rc fill(const struct filling *f, pl_record *package, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    const pl_value *said = pl_get(package, PL_F_PACKAGE_LICENSE);

    if (pl_get(package, PL_F_PACKAGE_NAME)->state != PL_PRESENT)
        return PL_OK;
    if (said->state == PL_PRESENT)
        (void)pl_licence_expression(f->r->licences, said->u.s, &text);
    pl_str kept = text.n ? pl_arena_str(f->r->arena, pl_buf_view(&text)) : (pl_str){"", 0};
    if (!pl_buf_ok(&text) || !kept.p)
        return pl_fail(err, PL_LIMIT, "licences of packages");
    if (kept.n)
        pl_set_str(package, PL_F_PACKAGE_LICENSE_SPDX, kept);
    set_policy(f, package, kept);
    return PL_OK;
}

pl_rc pl_run_fill_licences(pl_run *r, const pl_subject *s, int packages, pl_err *err)
{
    const struct filling f = {.r = r,
                              .allowed = policy_of(r, PL_S("allowed_licenses")),
                              .denied = policy_of(r, PL_S("denied_licenses"))};
    const pl_value *v = pl_get(s->rec, packages);
    pl_rc rc = PL_OK;

    if (v->state != PL_PRESENT || v->n == 0)
        return PL_OK;
    if (!r->licences)
        rc = pl_licences_new(files_of(r->o.content_files), &r->licences, err);
    for (size_t i = 0; !rc && i < v->n; i++)
        rc = fill(&f, v->u.recs[i], err);
    return rc;
}
