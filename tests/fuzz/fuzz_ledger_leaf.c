/* SPDX-License-Identifier: Apache-2.0 */
/* What the checker takes is JSON, and is the one canonical form of it. */
#include "core/json_write.h"
#include "ledger/canon.h"
#include "ledger/leaf.h"
#include "ledger/sealed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_canonical(pl_str text)
{
    PL_AUTO_BUF pl_buf again = {0};
    json_error_t e;
    /* A string or number alone is a text too. */
    json_t *doc =
        json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &e);

    if (!doc || pl_json_canonical(doc, &again, NULL) != PL_OK ||
        !pl_str_eq(pl_buf_view(&again), text))
        abort();
    json_decref(doc);
}

static void walk_all(pl_str text)
{
    pl_canon_walk w = {.text = text};

    while (pl_canon_next(&w))
        if (w.value.p < text.p || w.value.p + w.value.n > text.p + text.n)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str text = {(const char *)data, size};
    unsigned char digest[PL_SHA256];
    pl_leaf_blob blob;
    pl_leaf leaf;

    if (pl_canon_check(text, NULL, NULL) == PL_OK)
        check_canonical(text);
    walk_all(text);
    if (pl_leaf_parse(text, &leaf, NULL) == PL_OK) {
        check_canonical(text);
        walk_all(leaf.blobs);
        walk_all(leaf.subj);
    }
    if (pl_leaf_blob_parse(text, &blob, NULL) == PL_OK)
        check_canonical(text);
    (void)pl_sealed_digest(text, digest);
    return 0;
}
