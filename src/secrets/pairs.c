/* SPDX-License-Identifier: Apache-2.0 */
/* NAME=VALUE, name: value and --name value in text, by one pass from left to right. */
#include "secrets/secrets_priv.h"

#include "secrets/limits.h"

#include <string.h>

/* Asked of every byte. */
static bool is_name_char(char c)
{
    static const bool in_names[256] = {
        ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true,
        ['_'] = true,         ['-'] = true,         ['.'] = true,
    };
    return in_names[(unsigned char)c];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* What ends a value that stands without quotes. */
static bool is_end(char c)
{
    return (unsigned char)c <= ' ' || is_quote(c) || (c && strchr(";&|,)}]<>", c));
}

struct cursor {
    pl_str text;
    size_t at;
};

static char peek(const struct cursor *c)
{
    if (c->at >= c->text.n)
        return 0;
    return c->text.p[c->at];
}

static void skip_blanks(struct cursor *c)
{
    while (is_blank(peek(c)))
        c->at++;
}

/* ":VALUE" right behind a bare name is an image's tag or a mount's option, most of the time. */
static bool is_colon_of_a_pair(const pl_secrets *s, const struct cursor *c, pl_str name,
                               bool is_quoted)
{
    char next = peek(c);
    return is_quoted || is_blank(next) || is_quote(next) || next == '=' ||
           pl_secrets_is_before_colon(s, name);
}

/* Moves from behind the name to the value; false when no value follows. */
static bool find_value(const pl_secrets *s, struct cursor *c, pl_str name)
{
    bool is_quoted = is_quote(peek(c));
    if (is_quoted)
        c->at++;
    bool has_blank = is_blank(peek(c));
    skip_blanks(c);

    char sign = peek(c);
    if (sign != '=' && sign != ':') /* --name value */
        return name.p[0] == '-' && has_blank && sign != '-' && c->at < c->text.n;
    c->at++;
    if (sign == ':' && !is_colon_of_a_pair(s, c, name, is_quoted))
        return false;
    if (peek(c) == (sign == ':' ? '=' : '>'))
        c->at++; /* := and => */
    skip_blanks(c);
    return true;
}

/* The value at the cursor, which moves behind it. Quotes are not part of it. */
static pl_str take_value(struct cursor *c)
{
    char quote = peek(c);

    if (is_quote(quote))
        c->at++;
    else
        quote = 0;
    size_t from = c->at;

    for (; c->at < c->text.n; c->at++) {
        char ch = c->text.p[c->at];
        if (quote && ch == '\\' && c->at + 1 < c->text.n)
            c->at++;
        else if (quote ? ch == quote : is_end(ch))
            break;
    }
    return pl_str_sub(c->text, from, c->at - from);
}

/* What may stand between a word of a name and the sign: the rest of the name, quotes, brackets. */
static bool is_before_sign(char c)
{
    return is_name_char(c) || is_blank(c) || is_quote(c) || c == ']' || c == ')' || c == '\\';
}

static bool is_sign(char c)
{
    return c == '=' || c == ':' || c == ',' || c == '>';
}

size_t pl_secrets_value_near(pl_str text, size_t at)
{
    struct cursor c = {text, at};

    while (c.at - at < PL_SECRETS_NEAR && is_before_sign(peek(&c)))
        c.at++;
    if (!is_sign(peek(&c)))
        return SIZE_MAX;
    at = c.at;
    while (c.at - at < PL_SECRETS_SIGN &&
           (is_sign(peek(&c)) || is_blank(peek(&c)) || is_quote(peek(&c)) || peek(&c) == '\\'))
        c.at++;
    return c.at < text.n ? c.at : SIZE_MAX;
}

/* What room redact left, "[redacted:KIND:REF]": KIND reads like a name and is none. */
static bool skip_mark(struct cursor *c)
{
    pl_str rest = pl_str_sub(c->text, c->at, PL_SECRETS_NAME);
    pl_str mark;

    if (!pl_str_starts(rest, PL_S("[redacted:")) || !pl_str_cut(&rest, ']', &mark))
        return false;
    c->at += mark.n;
    return true;
}

void pl_secrets_pairs(const pl_secrets *s, pl_str text, pl_secrets_found found, void *arg)
{
    struct cursor c = {text, 0};

    while (c.at < text.n) {
        size_t from = c.at;
        while (c.at < text.n && is_name_char(text.p[c.at]))
            c.at++;
        pl_str name = pl_str_sub(text, from, c.at - from);
        if (name.n == 0) {
            c.at += !skip_mark(&c);
            continue;
        }
        if (name.n > PL_SECRETS_NAME)
            name = pl_str_sub(name, name.n - PL_SECRETS_NAME, name.n);
        /* Only a name that matters moves the cursor on, or one pair could hide the next. Whether
         * a value follows is asked first: most words have none, and names cost more to judge. */
        struct cursor v = c;
        if (!find_value(s, &v, name) || !pl_secrets_is_name(s, name))
            continue;
        pl_str value = take_value(&v);
        if (pl_secrets_is_placeholder(s, value))
            continue;
        if (!found(arg, (size_t)(value.p - text.p), value.n))
            return;
        c = v;
    }
}
