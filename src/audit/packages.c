/* SPDX-License-Identifier: Apache-2.0 */
/* The packages of all subjects as an assessment lists them, each with who has to mend it. */
#include "audit/run_private.h"

#include "host/kinds.h"
#include "image/fields.h"
#include "package/package.h"

/* Which field of a package goes where; one that this version does not have stays empty. */
static const struct {
    const char *field;
    size_t at;
} rows[] = {
    {"package.type", offsetof(pl_scope_package, type)},
    {"package.name", offsetof(pl_scope_package, name)},
    {"package.version", offsetof(pl_scope_package, version)},
    {"package.arch", offsetof(pl_scope_package, arch)},
    {"package.source", offsetof(pl_scope_package, source)},
    {"package.source_version", offsetof(pl_scope_package, source_version)},
    {"package.ecosystem", offsetof(pl_scope_package, ecosystem)},
    {"package.purl", offsetof(pl_scope_package, purl)},
    {"package.path", offsetof(pl_scope_package, path)},
    {"package.layer", offsetof(pl_scope_package, layer)},
    {"package.license", offsetof(pl_scope_package, licence)},
    {"package.provenance", offsetof(pl_scope_package, provenance)},
    {"package.owned_by", offsetof(pl_scope_package, owned_by)},
};

static void fill(const pl_subject *s, const pl_record *package, pl_scope_package *ret)
{
    ret->subject = s;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        int field = pl_kind_field(package->kind, pl_str_c(rows[i].field));
        const pl_value *v = field < 0 ? NULL : pl_get(package, field);
        if (v && v->state == PL_PRESENT)
            *(pl_str *)(void *)((char *)ret + rows[i].at) = v->u.s;
    }
    if (!ret->path.n) {
        const pl_value *db = pl_get(package, PL_F_PACKAGE_DB_PATH);
        ret->path = db->state == PL_PRESENT ? db->u.s : ret->path;
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
