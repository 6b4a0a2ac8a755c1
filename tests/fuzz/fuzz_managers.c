/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what smaller package managers keep; the first byte chooses which. */
#include "package/chisel.h"
#include "package/nix.h"
#include "package/opkg.h"
#include "package/portage.h"
#include "package/snap.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc look(const pl_package *p, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    assert(p->name.n && p->version.n && p->source.n && p->source_version.n);
    return PL_OK;
}

static pl_rc look_at_file(pl_str package, pl_str path, void *arg, pl_err *err)
{
    (void)package, (void)arg, (void)err;
    assert(path.n);
    return PL_OK;
}

static void try_portage(pl_str text)
{
    pl_portage_file f;
    pl_str name, version;

    if (pl_portage_split(text, &name, &version))
        assert(name.n && version.n && name.n + 1 + version.n == text.n);
    while (pl_portage_next_file(&text, &f))
        assert(f.path.n);
}

static void try_nix(pl_str text)
{
    pl_str name, version;

    if (pl_nix_split(text, &name, &version))
        assert(name.n && version.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size};
    pl_package_damage damage;

    switch (size ? data[0] : 0) {
    case 'c':
        assert(pl_chisel_parse(pl_str_sub(text, 1, size), look, NULL, &damage, NULL) == PL_OK);
        pl_rc rc = pl_chisel_files(pl_str_sub(text, 1, size), look_at_file, NULL, NULL);
        assert(rc == damage.why.rc);
        break;
    case 'n':
        try_nix(pl_str_sub(text, 1, size));
        break;
    case 'o':
        assert(pl_opkg_parse(pl_str_sub(text, 1, size), look, NULL, &damage, NULL) == PL_OK);
        break;
    case 'p':
        try_portage(pl_str_sub(text, 1, size));
        break;
    default:
        assert(pl_snap_parse(text, look, NULL, &damage, NULL) == PL_OK);
    }
    return 0;
}
