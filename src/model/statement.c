/* SPDX-License-Identifier: Apache-2.0 */
#include "model/statement.h"

#include <string.h>

const char *pl_statement_kind_word(pl_statement_kind k)
{
    static const char *const words[] = {
#define X(sym, word) [PL_STATEMENT_##sym] = (word),
        PL_STATEMENT_KIND_LIST(X)
#undef X
    };

    return words[k];
}

const char *pl_statement_state_word(pl_statement_state s)
{
    static const char *const words[] = {
#define X(sym, word) [PL_STATEMENT_##sym] = (word),
        PL_STATEMENT_STATE_LIST(X)
#undef X
    };

    return words[s];
}

bool pl_statement_is(const pl_statement *s, pl_statement_kind k)
{
    return s->kind && strcmp(s->kind, pl_statement_kind_word(k)) == 0;
}

bool pl_statement_has_state(const pl_statement *s, pl_statement_state is)
{
    return s->state && strcmp(s->state, pl_statement_state_word(is)) == 0;
}
