/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/char.h"
#include "vuln/osv.h"

static const struct word {
    pl_str word;
    pl_severity severity;
} words[] = {
    {{"critical", 8}, PL_CRITICAL}, {{"high", 4}, PL_HIGH},       {{"important", 9}, PL_HIGH},
    {{"medium", 6}, PL_MEDIUM},     {{"moderate", 8}, PL_MEDIUM}, {{"low", 3}, PL_LOW},
    {{"negligible", 10}, PL_INFO},  /* Ubuntu */
    {{"unimportant", 11}, PL_INFO}, /* Debian: no security relevance in the binary packages */
};

pl_severity pl_severity_of_word(pl_str word)
{
    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq_nocase(words[i].word, word))
            return words[i].severity;
    return PL_UNKNOWN_SEVERITY;
}

static const struct state_word {
    pl_str word;
    pl_fix_state state;
} state_words[] = {
    {{"end-of-life", 11}, PL_FIX_END_OF_LIFE},
    {{"eol", 3}, PL_FIX_END_OF_LIFE},
    {{"out-of-support", 14}, PL_FIX_END_OF_LIFE},
    {{"out of support scope", 20}, PL_FIX_END_OF_LIFE},
    {{"wont-fix", 8}, PL_FIX_WONT_FIX},
    {{"will not fix", 12}, PL_FIX_WONT_FIX},
    {{"won't fix", 9}, PL_FIX_WONT_FIX},
    {{"ignored", 7}, PL_FIX_WONT_FIX},
    {{"no-dsa", 6}, PL_FIX_DEFERRED},
    {{"postponed", 9}, PL_FIX_DEFERRED},
    {{"deferred", 8}, PL_FIX_DEFERRED},
    {{"fix deferred", 12}, PL_FIX_DEFERRED},
    {{"not-affected", 12}, PL_FIX_NOT_AFFECTED},
    {{"not affected", 12}, PL_FIX_NOT_AFFECTED},
    {{"not_affected", 12}, PL_FIX_NOT_AFFECTED},
};

pl_fix_state pl_fix_state_of_word(pl_str word)
{
    for (size_t i = 0; i < PL_COUNT(state_words); i++)
        if (pl_str_eq_nocase(state_words[i].word, word))
            return state_words[i].state;
    return PL_FIX_NONE;
}

const char *pl_fix_state_word(pl_fix_state s)
{
    static const char *const names[] = {
#define X(sym, word) [PL_FIX_##sym] = (word),
        PL_FIX_STATE_LIST(X)
#undef X
    };
    return names[s];
}

bool pl_is_date(pl_str s)
{
    static const char form[] = "dddd-dd-dd";

    if (s.n != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (form[i] == 'd' ? !pl_is_digit(s.p[i]) : s.p[i] != form[i])
            return false;
    return true;
}
