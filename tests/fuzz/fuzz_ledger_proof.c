/* SPDX-License-Identifier: Apache-2.0 */
/* A proof file: what parses prints back, and does not hold for a leaf and root made up here. */
#include "ledger/proof.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_inclusion(pl_str text, pl_sha256 *h)
{
    static const pl_node leaf = {{1}};
    static const pl_node root = {{2}};
    pl_str checkpoint;
    uint64_t index;
    pl_proof p;

    if (pl_proof_parse(text, &p, &index, &checkpoint, NULL) != PL_OK)
        return;
    for (uint64_t size = 1; size; size <<= 3)
        expect(!pl_inclusion_holds(h, &p, index, size, &leaf, &root));
    PL_AUTO_BUF pl_buf out = {0};
    pl_proof_print(&p, index, checkpoint, &out);
    expect(pl_str_has(text, PL_S("\nextra ")) || pl_str_eq(pl_buf_view(&out), text));
}

static void check_consistency(pl_str text, pl_sha256 *h)
{
    static const pl_node old_root = {{1}};
    static const pl_node root = {{2}};
    pl_str checkpoint;
    uint64_t old;
    pl_proof p;

    if (pl_proof_parse_consistency(text, &p, &old, &checkpoint, NULL) != PL_OK)
        return;
    for (uint64_t size = 1; size; size <<= 3)
        expect(!pl_consistency_holds(h, &p, old, size, &old_root, &root));
    PL_AUTO_BUF pl_buf out = {0};
    pl_proof_print_consistency(&p, old, checkpoint, &out);
    expect(pl_str_eq(pl_buf_view(&out), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size};
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();

    expect(h != NULL);
    check_inclusion(text, h);
    check_consistency(text, h);
    return 0;
}
