/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of legacy iptables from any bytes: every rule's chain, and every target, is one of the
 * chains that were found. */
#include "host/xtables.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_chain(const pl_fw *fw, uint8_t family, pl_str name)
{
    for (size_t i = 0; i < fw->n_chains; i++)
        if (fw->chains[i].family == family && pl_str_eq(fw->chains[i].name, name))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)16 << 20);
    pl_fw fw;

    if (!a || !pl_xt_parse(a, (pl_str){(const char *)data, size}, &fw))
        return 0;
    for (size_t i = 0; i < fw.n_rules; i++) {
        const pl_fw_rule *r = &fw.rules[i];
        assert(is_chain(&fw, r->family, r->chain));
        assert(r->verdict != PL_FW_JUMP || is_chain(&fw, r->family, r->target));
    }
    return 0;
}
