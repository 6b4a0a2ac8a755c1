/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between a command and its fetcher. The first byte says how many descriptors came. What
 * is read must be written back as it came, and no question may lead out of /v2/.
 */
#include "registry/fetch_msg.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const pl_fetch_msg *m)
{
    PL_AUTO_BUF pl_buf path = {0};

    if (pl_fetch_path(m, &path, NULL) != PL_OK)
        return;
    pl_str s = pl_buf_view(&path);
    assert(pl_str_starts(s, PL_S("/v2/")));
    for (size_t i = 0; i < s.n; i++)
        assert(s.p[i] > ' ' && s.p[i] <= '~' && s.p[i] != '#');
    pl_str_cut(&s, '?', &(pl_str){0});
    pl_str before = pl_str_sub(pl_buf_view(&path), 0, path.n - s.n);
    assert(!pl_str_has(before, PL_S("/.")) && !pl_str_has(before, PL_S("%")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_fetch_msg m;
    PL_AUTO_BUF pl_buf again = {0};

    if (size < 1)
        return 0;
    pl_str bytes = {(const char *)data + 1, size - 1};
    if (pl_fetch_msg_parse(bytes, data[0] % 3, &m, NULL) != PL_OK)
        return 0;
    if (m.kind == PL_FETCH_ASK)
        ask(&m);
    pl_fetch_msg_write(&m, &again);
    /* An errno that is none is read as 0. */
    assert(m.kind == PL_FETCH_FAILED || pl_str_eq(pl_buf_view(&again), bytes));
    return 0;
}
