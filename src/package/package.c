/* SPDX-License-Identifier: Apache-2.0 */
#include "package/package.h"

static const pl_field fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "package/package.def"
#undef PL_FIELD
};

const pl_kind pl_package_kind = {"package", "An installed package", false, fields,
                                 PL_COUNT(fields)};

bool pl_package_is_of_system(pl_str owned_by)
{
    return owned_by.n && !pl_str_starts(owned_by, PL_S("pkg:"));
}

void pl_package_register(pl_schema *s)
{
    pl_schema_add(s, &pl_package_kind);
}

/* Which slice of a package belongs to which field. */
static const struct {
    int field;
    size_t at;
} slices[] = {
    {PL_F_PACKAGE_NAME, offsetof(pl_package, name)},
    {PL_F_PACKAGE_VERSION, offsetof(pl_package, version)},
    {PL_F_PACKAGE_ARCH, offsetof(pl_package, arch)},
    {PL_F_PACKAGE_TYPE, offsetof(pl_package, type)},
    {PL_F_PACKAGE_SOURCE, offsetof(pl_package, source)},
    {PL_F_PACKAGE_SOURCE_VERSION, offsetof(pl_package, source_version)},
    {PL_F_PACKAGE_VENDOR, offsetof(pl_package, vendor)},
    {PL_F_PACKAGE_LICENSE, offsetof(pl_package, license)},
    {PL_F_PACKAGE_MODULE, offsetof(pl_package, module)},
    {PL_F_PACKAGE_ECOSYSTEM, offsetof(pl_package, ecosystem)},
    {PL_F_PACKAGE_PURL, offsetof(pl_package, purl)},
    {PL_F_PACKAGE_LAYER, offsetof(pl_package, layer)},
    {PL_F_PACKAGE_DB_PATH, offsetof(pl_package, db_path)},
    {PL_F_PACKAGE_LANGUAGE, offsetof(pl_package, language)},
    {PL_F_PACKAGE_PATH, offsetof(pl_package, path)},
    {PL_F_PACKAGE_OWNED_BY, offsetof(pl_package, owned_by)},
    {PL_F_PACKAGE_PROVENANCE, offsetof(pl_package, provenance)},
    {PL_F_PACKAGE_INTEGRITY, offsetof(pl_package, integrity)},
    {PL_F_PACKAGE_CPE, offsetof(pl_package, cpe)},
    {PL_F_PACKAGE_CONFIDENCE, offsetof(pl_package, confidence)},
    {PL_F_PACKAGE_SCOPE, offsetof(pl_package, scope)},
};

pl_record *pl_package_record(pl_arena *a, const pl_package *p)
{
    pl_record *r = pl_record_new(a, &pl_package_kind);

    for (size_t i = 0; r && i < PL_COUNT(slices); i++) {
        const pl_str *s = (const pl_str *)((const char *)p + slices[i].at);
        if (s->n)
            pl_set_str(r, slices[i].field, *s);
        else
            pl_set_absent(r, slices[i].field);
    }
    if (r) {
        pl_set_absent(r, PL_F_PACKAGE_LICENSE_SPDX);
        pl_set_absent(r, PL_F_PACKAGE_LICENSE_POLICY);
    }
    /* filled by whoever knows the time */
    for (int f = PL_F_PACKAGE_SUPPORT; r && f <= PL_F_PACKAGE_SUPPORT_DAYS; f++)
        pl_set_absent(r, f);
    return r;
}

void pl_package_from_record(const pl_record *r, pl_package *ret)
{
    *ret = (pl_package){0};
    for (size_t i = 0; i < PL_COUNT(slices); i++) {
        const pl_value *v = pl_get(r, slices[i].field);
        if (v->state == PL_PRESENT)
            *(pl_str *)((char *)ret + slices[i].at) = v->u.s;
    }
}
