/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/op.h"

const pl_op_row pl_ops[] = {
#define X(sym, word, cls, is_word, fits) {word, PL_OPS_##cls, is_word, fits},
    PL_OP_LIST(X)
#undef X
};

size_t pl_op_count(void)
{
    return PL_COUNT(pl_ops);
}

const char *pl_mod_word(pl_mod m)
{
    static const char *const words[] = {"", "oneof", "anyof", "allof"};
    return words[m];
}

const pl_fn_row pl_fns[] = {
#define X(sym, word, min, max) {word, min, max},
    PL_FN_LIST(X)
#undef X
};

bool pl_fn_find(pl_str name, pl_fn *ret)
{
    for (size_t i = 0; i < PL_COUNT(pl_fns); i++) {
        if (!pl_str_eq(name, pl_str_c(pl_fns[i].word)))
            continue;
        *ret = (pl_fn)i;
        return true;
    }
    return false;
}

const pl_group_row pl_group_fns[] = {
#define X(sym, word, arg, is_number) {word, PL_GROUP_##arg, is_number},
    PL_GROUP_FN_LIST(X)
#undef X
};

bool pl_group_fn_find(pl_str name, pl_group_fn *ret)
{
    for (size_t i = 0; i < PL_COUNT(pl_group_fns); i++) {
        if (!pl_str_eq(name, pl_str_c(pl_group_fns[i].word)))
            continue;
        *ret = (pl_group_fn)i;
        return true;
    }
    return false;
}
