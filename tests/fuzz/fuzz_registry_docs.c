/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of registries and credential files; the first byte says which. */
#include "registry/documents.h"
#include "registry/limits.h"
#include "registry/signature_docs.h"

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

static void attached(pl_str json, pl_arena *a)
{
    pl_attached m;

    if (pl_attached_read(json, a, &m, NULL) != PL_OK)
        return;
    assert(m.n <= PL_REGISTRY_ATTACHED);
    for (size_t i = 0; i < m.n; i++)
        assert(m.parts[i].signature.n <= PL_REGISTRY_SIGNATURE_MAX);
}

static void claims(pl_str json, pl_arena *a)
{
    pl_signed_claim c;

    if (pl_signed_claim_read(json, a, &c, NULL) == PL_OK)
        assert(c.digest.n <= json.n);
    if (pl_signed_statement_read(json, a, &c, NULL) == PL_OK)
        assert(pl_str_starts(c.digest, PL_S("sha256:")) || !c.digest.p);
}

static void bundle(pl_str json, pl_arena *a)
{
    pl_signature_bundle b;

    if (pl_signature_bundle_read(json, a, &b, NULL) == PL_OK)
        assert(b.n <= PL_BUNDLE_SIGNATURES && b.payload.n <= json.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_image_config_head c;

    if (size < 1 || !a)
        return 0;
    pl_str json = {(const char *)data + 1, size - 1};
    switch (data[0] % 8) {
    case 0:
        manifest(json, a);
        break;
    case 1:
        (void)!pl_config_read(json, a, &c, NULL);
        break;
    case 2:
        names(json, a);
        break;
    case 4:
        attached(json, a);
        break;
    case 5:
        claims(json, a);
        break;
    case 6:
        bundle(json, a);
        break;
    default:
        credentials(json, a);
        break;
    }
    return 0;
}
