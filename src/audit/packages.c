/* SPDX-License-Identifier: Apache-2.0 */
/* The packages of all subjects as an assessment lists them, each with who has to mend it. */
#include "audit/run_private.h"

#include "host/kinds.h"
#include "image/fields.h"
#include "package/package.h"

/* Which field of a package goes where. */
static const struct {
    int field;
    size_t at;
} rows[] = {
    {PL_F_PACKAGE_TYPE, offsetof(pl_scope_package, type)},
    {PL_F_PACKAGE_NAME, offsetof(pl_scope_package, name)},
    {PL_F_PACKAGE_VERSION, offsetof(pl_scope_package, version)},
    {PL_F_PACKAGE_ARCH, offsetof(pl_scope_package, arch)},
    {PL_F_PACKAGE_SOURCE, offsetof(pl_scope_package, source)},
    {PL_F_PACKAGE_SOURCE_VERSION, offsetof(pl_scope_package, source_version)},
    {PL_F_PACKAGE_ECOSYSTEM, offsetof(pl_scope_package, ecosystem)},
    {PL_F_PACKAGE_PURL, offsetof(pl_scope_package, purl)},
    {PL_F_PACKAGE_MODULE, offsetof(pl_scope_package, module)},
    {PL_F_PACKAGE_DB_PATH, offsetof(pl_scope_package, path)},
    {PL_F_PACKAGE_PATH, offsetof(pl_scope_package, path)}, /* says more, where there is one */
    {PL_F_PACKAGE_LAYER, offsetof(pl_scope_package, layer)},
    {PL_F_PACKAGE_LICENSE, offsetof(pl_scope_package, licence)},
    {PL_F_PACKAGE_LICENSE_SPDX, offsetof(pl_scope_package, licence_spdx)},
    {PL_F_PACKAGE_PROVENANCE, offsetof(pl_scope_package, provenance)},
    {PL_F_PACKAGE_OWNED_BY, offsetof(pl_scope_package, owned_by)},
    {PL_F_PACKAGE_CONFIDENCE, offsetof(pl_scope_package, confidence)},
    {PL_F_PACKAGE_SCOPE, offsetof(pl_scope_package, scope)},
    {PL_F_PACKAGE_INTEGRITY, offsetof(pl_scope_package, integrity)},
    {PL_F_PACKAGE_CPE, offsetof(pl_scope_package, cpe)},
    {PL_F_PACKAGE_SUPPORT, offsetof(pl_scope_package, support)},
    {PL_F_PACKAGE_SUPPORT_END, offsetof(pl_scope_package, support_end)},
};

static void fill(const pl_subject *s, const pl_record *package, pl_scope_package *ret)
{
    ret->subject = s;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        const pl_value *v = pl_get(package, rows[i].field);
        if (v->state == PL_PRESENT)
            *(pl_str *)(void *)((char *)ret + rows[i].at) = v->u.s;
    }
    ret->owner = pl_run_owner(s, ret->layer);
}

static const pl_value *packages_of(const pl_subject *s)
{
    const pl_value *v = s->rec->kind == &pl_image_kind  ? pl_get(s->rec, PL_F_IMAGE_PACKAGES)
                        : s->rec->kind == &pl_host_kind ? pl_get(s->rec, PL_F_HOST_PACKAGES)
                                                        : NULL;

    return v && v->state == PL_PRESENT ? v : NULL;
}

pl_rc pl_run_list_packages(pl_run *r, pl_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_subjects; i++) {
        const pl_value *v = packages_of(r->subjects[i]);
        n += v ? v->n : 0;
    }
    pl_scope_package *list = pl_arena_calloc(r->arena, n ? n : 1, sizeof(*list));
    if (!list)
        return pl_fail(err, PL_LIMIT, "list of %zu packages", n);
    r->as.packages = list;
    for (size_t i = 0; i < r->n_subjects; i++) {
        const pl_value *v = packages_of(r->subjects[i]);
        for (size_t k = 0; v && k < v->n; k++) {
            /* One that stands for all that could not be read is a gap, not a package. */
            if (pl_get(v->u.recs[k], PL_F_PACKAGE_NAME)->state == PL_PRESENT)
                fill(r->subjects[i], v->u.recs[k], &list[r->as.n_packages++]);
        }
    }
    return PL_OK;
}
