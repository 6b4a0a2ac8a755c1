/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ingested.h"

#include "core/attr.h"

#include <string.h>

static const struct {
    const char *word, *means;
} states[] = {
#define X(sym, word, means) {word, means},
    PL_INGESTED_STATE_LIST(X)
#undef X
};

const char *pl_ingested_state_word(pl_ingested_state s)
{
    return states[s].word;
}

const char *pl_ingested_state_means(const char *word)
{
    for (size_t i = 0; word && i < PL_COUNT(states); i++)
        if (strcmp(states[i].word, word) == 0)
            return states[i].means;
    return "";
}

bool pl_ingested_is(const pl_ingested *i, pl_ingested_state s)
{
    return i->state && strcmp(i->state, states[s].word) == 0;
}
