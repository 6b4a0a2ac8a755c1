/* SPDX-License-Identifier: Apache-2.0 */
/* Which names announce a secret, and which values are none. */
#include "secrets/secrets_priv.h"

#include "secrets/limits.h"

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_word_char(char c)
{
    return is_upper(c) || is_lower(c);
}

/* Last word of *rest, which loses it: digits and signs part words, and so does aB in camel case. */
static bool cut_last_word(pl_str *rest, pl_str *word)
{
    size_t end = rest->n;

    while (end && !is_word_char(rest->p[end - 1]))
        end--;
    size_t from = end;
    while (from && is_word_char(rest->p[from - 1])) {
        from--;
        if (is_upper(rest->p[from]) && from && is_lower(rest->p[from - 1]))
            break;
    }
    *word = pl_str_sub(*rest, from, end - from);
    rest->n = from;
    return word->n > 0;
}

static bool matches(pl_str pattern, pl_str value, bool with_case)
{
    bool (*eq)(pl_str, pl_str) = with_case ? pl_str_eq : pl_str_eq_nocase;

    /* Most of a list is refused by its first letter, whichever case it has. */
    if (pattern.n && value.n && pattern.p[0] != '*' && (pattern.p[0] | 0x20) != (value.p[0] | 0x20))
        return false;
    if (pl_str_starts(pattern, PL_S("*"))) {
        pattern = pl_str_sub(pattern, 1, pattern.n);
        return value.n >= pattern.n && eq(pl_str_sub(value, value.n - pattern.n, value.n), pattern);
    }
    if (pl_str_ends(pattern, PL_S("*"))) {
        pattern.n--;
        return eq(pl_str_sub(value, 0, pattern.n), pattern);
    }
    return eq(value, pattern);
}

bool pl_secrets_in_list(pl_strs list, pl_str value, bool with_case)
{
    for (size_t i = 0; i < list.n; i++)
        if (matches(list.v[i], value, with_case))
            return true;
    return false;
}

static bool has_ending(pl_strs endings, pl_str word)
{
    for (size_t i = 0; i < endings.n; i++)
        if (word.n >= endings.v[i].n &&
            pl_str_eq_nocase(pl_str_sub(word, word.n - endings.v[i].n, word.n), endings.v[i]))
            return true;
    return false;
}

/* words[] runs from the last word of the name to the first. */
static bool has_phrase(pl_strs phrase, const pl_str *words, size_t n)
{
    for (size_t end = 0; end + phrase.n <= n; end++) {
        size_t k = 0;
        while (k < phrase.n && pl_str_eq_nocase(words[end + k], phrase.v[phrase.n - 1 - k]))
            k++;
        if (k == phrase.n)
            return true;
    }
    return false;
}

/* Cuts the longest run of lower-case letters, digits and hyphens. */
static pl_str cut_run(pl_str *rest)
{
    size_t n = 0;
    while (n < rest->n &&
           (is_lower(rest->p[n]) || rest->p[n] == '-' || (rest->p[n] >= '0' && rest->p[n] <= '9')))
        n++;
    pl_str run = pl_str_sub(*rest, 0, n);
    *rest = pl_str_sub(*rest, n, rest->n);
    return run;
}

/* What room redact leaves, with or without the bracket at its end: [redacted:KIND:REF]. */
static bool is_mark(pl_str v)
{
    const pl_str start = PL_S("[redacted:");

    if (!pl_str_starts(v, start))
        return false;
    v = pl_str_sub(v, start.n, v.n);
    if (pl_str_ends(v, PL_S("]")))
        v.n--;
    size_t kind = cut_run(&v).n;
    if (pl_str_starts(v, PL_S(":"))) {
        v = pl_str_sub(v, 1, v.n);
        return kind > 0 && cut_run(&v).n == 16 && v.n == 0;
    }
    return kind > 0 && v.n == 0;
}

bool pl_secrets_is_before_colon(const pl_secrets *s, pl_str name)
{
    return has_ending(s->names.before_colon, name);
}

bool pl_secrets_is_name(const pl_secrets *s, pl_str name)
{
    const pl_secret_names *n = &s->names;
    pl_str words[PL_SECRETS_WORDS];
    size_t n_words = 0;

    if (pl_secrets_in_list(n->not_secret, name, false) || is_mark(name))
        return false;
    if (pl_secrets_in_list(n->exact, name, false))
        return true;
    for (pl_str rest = name; n_words < PL_COUNT(words) && cut_last_word(&rest, &words[n_words]);)
        n_words++;
    if (n_words == 0 || pl_secrets_in_list(n->last_word_of_others, words[0], false))
        return false;

    for (size_t i = 0; i < n_words; i++)
        if (pl_secrets_in_list(n->words, words[i], false) || has_ending(n->endings, words[i]))
            return true;
    for (size_t i = 0; i < n->n_phrases; i++)
        if (has_phrase(n->phrases[i], words, n_words))
            return true;
    return false;
}

static bool is_wrapped_in(pl_str v, const char *before, const char *after)
{
    pl_str a = pl_str_c(before);
    pl_str b = pl_str_c(after);
    return v.n > a.n + b.n && pl_str_starts(v, a) && pl_str_ends(v, b);
}

static bool is_name_char(char c, bool with_lower)
{
    return is_upper(c) || c == '_' || (c >= '0' && c <= '9') || (with_lower && is_lower(c));
}

/* $NAME or ${NAME} and nothing more: a password may be "$ecret", and ${NAME:-value} brings a value
 * along. */
static bool is_variable(pl_str v)
{
    bool is_braced = pl_str_starts(v, PL_S("${"));

    if (!pl_str_starts(v, PL_S("$")))
        return false;
    v = pl_str_sub(v, is_braced ? 2 : 1, v.n);
    if (is_braced && pl_str_ends(v, PL_S("}")))
        v.n--;
    for (size_t i = 0; i < v.n; i++)
        if (!is_name_char(v.p[i], is_braced))
            return false;
    return v.n > 0;
}

static bool is_one_character(pl_str v)
{
    for (size_t i = 1; i < v.n; i++)
        if (v.p[i] != v.p[0])
            return false;
    return v.n >= 4;
}

bool pl_secrets_is_placeholder(const pl_secrets *s, pl_str value)
{
    static const char *const around[][2] = {
        {"$(", ")"}, {"{{", "}}"}, {"<", ">"}, {"%", "%"}, {"@", "@"}};
    pl_str v = pl_str_trim(value);

    if (v.n == 0 || is_variable(v) || is_one_character(v) || is_mark(v))
        return true;
    for (size_t i = 0; i < PL_COUNT(around); i++)
        if (is_wrapped_in(v, around[i][0], around[i][1]))
            return true;
    return pl_secrets_in_list(s->names.placeholders, v, false);
}
