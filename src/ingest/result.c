/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/result.h"

#include "core/attr.h"

static const char *const topics[] = {
#define X(sym, word) word,
    PL_TOPIC_LIST(X)
#undef X
};

static const char *const outcomes[] = {
#define X(sym, word) word,
    PL_OUTCOME_LIST(X)
#undef X
};

const char *pl_topic_word(pl_topic t)
{
    return topics[t];
}

const char *pl_outcome_word(pl_outcome o)
{
    return outcomes[o];
}

static bool find(const char *const *words, size_t n, pl_str s, size_t *ret)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(s, pl_str_c(words[i]))) {
            *ret = i;
            return true;
        }
    return false;
}

bool pl_topic_parse(pl_str s, pl_topic *ret)
{
    size_t i = 0;
    bool is_one = find(topics, PL_COUNT(topics), s, &i);

    if (is_one)
        *ret = (pl_topic)i;
    return is_one;
}

bool pl_outcome_parse(pl_str s, pl_outcome *ret)
{
    size_t i = 0;
    bool is_one = find(outcomes, PL_COUNT(outcomes), s, &i);

    if (is_one)
        *ret = (pl_outcome)i;
    return is_one;
}
