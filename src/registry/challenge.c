/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/challenge.h"

#include <string.h>

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip_blanks(pl_str *s)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
        *s = pl_str_sub(*s, 1, s->n);
}

static void skip_commas(pl_str *s)
{
    skip_blanks(s);
    while (s->n && s->p[0] == ',') {
        *s = pl_str_sub(*s, 1, s->n);
        skip_blanks(s);
    }
}

static pl_str take_token(pl_str *s)
{
    size_t n = 0;

    while (n < s->n && is_token_char(s->p[n]))
        n++;
    pl_str token = pl_str_sub(*s, 0, n);
    *s = pl_str_sub(*s, n, s->n);
    return token;
}

/* What stands between quotes, with its escapes undone; only visible ASCII and blanks. */
static bool take_quoted(pl_str *s, char *ret, size_t room)
{
    size_t n = 0, i = 1;

    for (; i < s->n && s->p[i] != '"'; i++) {
        if (s->p[i] == '\\' && ++i == s->n)
            return false;
        if (s->p[i] < ' ' || s->p[i] > '~' || n + 1 >= room)
            return false;
        ret[n++] = s->p[i];
    }
    if (i >= s->n)
        return false;
    ret[n] = '\0';
    *s = pl_str_sub(*s, i + 1, s->n);
    return true;
}

static bool take_value(pl_str *s, char *ret, size_t room)
{
    if (s->n && s->p[0] == '"')
        return take_quoted(s, ret, room);
    pl_str token = take_token(s);
    return token.n && pl_str_to_c(token, ret, room);
}

static void keep(pl_challenge *c, pl_str name, const char *value)
{
    const struct {
        pl_str name;
        char *to;
    } rows[] = {
        {PL_S("realm"), c->realm}, {PL_S("service"), c->service}, {PL_S("scope"), c->scope}};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_eq_nocase(name, rows[i].name))
            memcpy(rows[i].to, value, strlen(value) + 1);
}

/* NAME=VALUE, NAME=VALUE until something that is no parameter: the next scheme. */
static bool read_parameters(pl_str *s, bool is_kept, pl_challenge *c)
{
    char value[PL_CHALLENGE_TEXT];

    for (;;) {
        skip_commas(s);
        pl_str before = *s, name = take_token(s);
        skip_blanks(s);
        if (!name.n || !s->n || s->p[0] != '=') {
            *s = before;
            return true;
        }
        *s = pl_str_sub(*s, 1, s->n);
        skip_blanks(s);
        if (!take_value(s, value, sizeof(value)))
            return false;
        if (is_kept)
            keep(c, name, value);
    }
}

bool pl_challenge_read(pl_str value, pl_challenge *c)
{
    pl_challenge all = *c;

    for (skip_commas(&value); value.n; skip_commas(&value)) {
        pl_str scheme = take_token(&value);
        if (!scheme.n)
            return false;
        bool is_bearer = pl_str_eq_nocase(scheme, PL_S("Bearer"));
        bool is_first = is_bearer && !all.has_bearer;
        all.has_bearer |= is_bearer;
        all.has_basic |= pl_str_eq_nocase(scheme, PL_S("Basic"));
        if (value.n && value.p[0] != ' ' && value.p[0] != '\t' && value.p[0] != ',')
            return false;
        if (!read_parameters(&value, is_first, &all))
            return false;
    }
    *c = all;
    return true;
}

void pl_url_escape(pl_buf *out, pl_str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.n; i++) {
        unsigned char b = (unsigned char)text.p[i];
        bool is_plain = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
        if (is_plain || (b && strchr("-._~", b))) {
            pl_buf_ch(out, (char)b);
            continue;
        }
        pl_buf_ch(out, '%');
        pl_buf_ch(out, digits[b >> 4]);
        pl_buf_ch(out, digits[b & 15]);
    }
}
