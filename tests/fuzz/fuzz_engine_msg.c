/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between a command and its engine client. The first byte says how many descriptors came.
 * What is read must be written back as it came, and no id may lead out of the table.
 */
#include "engine/client_priv.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const pl_engine_msg *m)
{
    char path[PL_ENGINE_URL_MAX];

    if (pl_engine_path((pl_engine_doc)m->what, m->id, path, NULL) != PL_OK)
        return;
    assert(pl_engine_may("GET", pl_str_c(path)));
    assert(!strstr(path, "/.") && !strstr(path, "//") && !strpbrk(path, " %#\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_engine_msg m;
    PL_AUTO_BUF pl_buf again = {0};

    if (size < 1)
        return 0;
    pl_str bytes = {(const char *)data + 1, size - 1};
    if (pl_engine_msg_parse(bytes, data[0] % 3, &m, NULL) != PL_OK)
        return 0;
    if (m.kind == PL_ENGINE_MSG_ASK)
        ask(&m);
    if (m.kind == PL_ENGINE_MSG_SETUP) {
        char address[PL_ENGINE_PATH_MAX];
        pl_engine_place place;
        if (pl_str_to_c(m.address, address, sizeof(address)))
            (void)!pl_engine_place_of(address, m.tls, &place, NULL);
    }
    pl_engine_msg_write(&m, &again);
    /* An errno that is none is read as 0. */
    assert(m.kind == PL_ENGINE_MSG_FAILED || pl_str_eq(pl_buf_view(&again), bytes));
    return 0;
}
