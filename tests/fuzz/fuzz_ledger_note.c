/* SPDX-License-Identifier: Apache-2.0 */
/* A verifier key in the first line, then a note: whatever opens must print and open again. */
#include "ledger/note.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_key(const pl_vkey *k)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_vkey again;

    pl_vkey_print(k, &text);
    expect(pl_vkey_parse(pl_buf_view(&text), &again, NULL) == PL_OK && again.id == k->id);
}

static void check_checkpoint(pl_str text)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_checkpoint c;

    if (pl_checkpoint_parse(text, &c, NULL) != PL_OK)
        return;
    pl_checkpoint_print(&c, &out);
    expect(pl_str_eq(pl_buf_view(&out), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str rest = {(const char *)data, size};
    pl_str line = {0};
    pl_str text;
    pl_vkey key;
    pl_err err = {0};

    check_checkpoint(rest);
    (void)pl_str_cut(&rest, '\n', &line);
    if (pl_vkey_parse(line, &key, &err) != PL_OK)
        return 0;
    check_key(&key);
    check_checkpoint(rest);
    if (pl_note_open(rest, &key, &text, &err) == PL_OK)
        check_checkpoint(text);
    return 0;
}
