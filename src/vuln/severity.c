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
