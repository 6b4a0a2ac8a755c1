/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as dpkg's status, md5sums and os-release: packages have a name, a version, a source. */
#include "package/catalog.h"
#include "package/dpkg.h"
#include "package/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_package *p, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    assert(p->name.n && p->version.n && p->source.n && p->source_version.n);
    assert(p->name.n <= PL_PACKAGE_FIELD_MAX && p->version.n <= PL_PACKAGE_FIELD_MAX);
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)8 << 20);
    pl_package_damage damage;
    pl_catalog c = {0};
    pl_dpkg_digest d;

    assert(a);
    assert(pl_dpkg_parse(text, true, look, NULL, &damage, NULL) == PL_OK);
    assert(pl_dpkg_parse(text, false, look, NULL, &damage, NULL) == PL_OK);
    assert((damage.bad_lines == 0) == (damage.first_line == 0));
    if (pl_os_release_parse(text, a, &c.os, NULL) ||
        pl_catalog_add_dpkg(&c, a, text, PL_S("status"), &damage, NULL))
        return 0; /* more than the arena holds */
    for (size_t i = 0; i < c.n; i++)
        assert(pl_str_starts(c.items[i].purl, PL_S("pkg:deb/")));
    for (pl_str rest = text; pl_dpkg_next_digest(&rest, &d);)
        assert(d.path.n && d.path.p >= text.p && d.path.p + d.path.n <= text.p + text.n);
    return 0;
}
