/* SPDX-License-Identifier: Apache-2.0 */
#include "core/char.h"
#include "protected/protected_priv.h"

static bool is_upper(char c)
{
    return pl_is_alpha(c) && !pl_is_lower(c);
}

/* A word begins here: behind what is no letter, or at a hump of camel case. */
static bool is_start(pl_str text, size_t at)
{
    return at == 0 || !pl_is_alpha(text.p[at - 1]) ||
           (pl_is_lower(text.p[at - 1]) && is_upper(text.p[at]));
}

static bool is_end(pl_str text, size_t at)
{
    return at == text.n || !pl_is_alpha(text.p[at]) ||
           (pl_is_lower(text.p[at - 1]) && is_upper(text.p[at]));
}

/* Where blanks stand in a word, text may have something or nothing. */
static bool stands_at(pl_str word, pl_str text, size_t at)
{
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == ' ') {
            for (unsigned n = 0;
                 n < 2 && at < text.n && !pl_is_alpha(text.p[at]) && !pl_is_digit(text.p[at]); n++)
                at++;
            continue;
        }
        if (at == text.n || pl_to_lower(text.p[at++]) != word.p[i])
            return false;
    }
    return is_end(text, at);
}

/* A bit for each letter of the alphabet that a word begins with. */
static uint32_t first_letters(pl_strs words)
{
    uint32_t letters = 0;

    for (size_t i = 0; i < words.n; i++)
        letters |= UINT32_C(1) << (words.v[i].p[0] & 31);
    return letters;
}

bool pl_words_in(pl_strs words, pl_str text)
{
    const uint32_t letters = first_letters(words);

    for (size_t at = 0; at < text.n; at++) {
        if (!(letters >> (text.p[at] & 31) & 1) || !pl_is_alpha(text.p[at]) || !is_start(text, at))
            continue;
        for (size_t i = 0; i < words.n; i++)
            if (words.v[i].p[0] == pl_to_lower(text.p[at]) && stands_at(words.v[i], text, at))
                return true;
    }
    return false;
}

uint32_t pl_words_kinds(const pl_protected *p, pl_str text)
{
    uint32_t kinds = 0;

    for (size_t i = 0; i < p->n; i++)
        if (pl_words_in(p->kinds[i].words, text))
            kinds |= UINT32_C(1) << i;
    return kinds;
}
