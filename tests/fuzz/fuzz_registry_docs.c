/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of registries and credential files; the first byte says which. */
#include "registry/documents.h"
#include "registry/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void manifest(pl_str json, pl_arena *a)
{
    pl_manifest m;

    if (pl_manifest_read(json, PL_S("linux/arm"), a, &m, NULL) != PL_OK)
        return;
    assert(m.n_layers <= PL_REGISTRY_LAYERS);
    assert(m.is_index || m.config.digest.n);
    for (size_t i = 0; i < m.n_layers; i++)
        assert(m.layers[i].digest.n < 1024);
}

static void names(pl_str json, pl_arena *a)
{
    pl_names n;

    if (pl_names_read(json, "tags", a, &n, NULL) == PL_OK)
        assert(n.n <= PL_REGISTRY_NAMES);
}

static void credentials(pl_str json, pl_arena *a)
{
    pl_auth_entry e;

    if (pl_auths_read(json, PL_S("r.example"), PL_S("a/b"), a, &e, NULL) == PL_OK)
        assert(e.is_found == (e.user.n || e.identity.n || e.bearer.n));
    (void)!pl_helper_answer_read(json, a, &e, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_image_config_head c;

    if (size < 1 || !a)
        return 0;
    pl_str json = {(const char *)data + 1, size - 1};
    switch (data[0] % 4) {
    case 0:
        manifest(json, a);
        break;
    case 1:
        (void)!pl_config_read(json, a, &c, NULL);
        break;
    case 2:
        names(json, a);
        break;
    default:
        credentials(json, a);
        break;
    }
    return 0;
}
