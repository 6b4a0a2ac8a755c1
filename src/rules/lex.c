/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/lex.h"

#include "core/buf.h"
#include "rules/limits.h"

#include <string.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return is_alpha(c) || is_digit(c) || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

/* What [[:space:]] leaves out of bare strings. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool take(pl_lex *l, size_t n, pl_str *ret)
{
    if (n == 0)
        return false;
    *ret = (pl_str){l->p, n};
    l->p += n;
    return true;
}

bool pl_lex_blanks(pl_lex *l)
{
    const char *from = l->p;
    while (l->p < l->end && is_blank(*l->p))
        l->p++;
    return l->p > from;
}

bool pl_lex_end(const pl_lex *l)
{
    return l->p == l->end;
}

bool pl_lex_at(const pl_lex *l, char c)
{
    return l->p < l->end && *l->p == c;
}

bool pl_lex_char(pl_lex *l, char c)
{
    if (!pl_lex_at(l, c))
        return false;
    l->p++;
    return true;
}

static size_t ident_len(const char *p, const char *end)
{
    const char *q = p;
    if (q == end || !is_alpha(*q))
        return 0;
    while (q < end && is_name(*q))
        q++;
    return (size_t)(q - p);
}

bool pl_lex_ident(pl_lex *l, pl_str *ret)
{
    return take(l, ident_len(l->p, l->end), ret);
}

bool pl_lex_call(pl_lex *l, pl_str *ret)
{
    size_t n = ident_len(l->p, l->end);
    if (n == 0 || l->p + n == l->end || l->p[n] != '(')
        return false;
    *ret = (pl_str){l->p, n};
    l->p += n + 1;
    return true;
}

bool pl_lex_field(pl_lex *l, pl_str *ret)
{
    size_t n = ident_len(l->p, l->end);
    size_t parts = n > 0;

    while (parts && l->p + n < l->end && l->p[n] == '.') {
        size_t more = ident_len(l->p + n + 1, l->end);
        if (!more)
            break;
        n += 1 + more;
        parts++;
    }
    return parts > 1 && take(l, n, ret);
}

/* Bytes up to the first space or one of STOPS. */
static bool take_until(pl_lex *l, const char *stops, pl_str *ret)
{
    size_t n = 0;
    while (l->p + n < l->end && l->p[n] && !is_space(l->p[n]) && !strchr(stops, l->p[n]))
        n++;
    return take(l, n, ret);
}

bool pl_lex_bare(pl_lex *l, pl_str *ret)
{
    return take_until(l, "()\"'=,", ret);
}

bool pl_lex_arg(pl_lex *l, pl_str *ret)
{
    return take_until(l, "[]\"'", ret);
}

static size_t digits(const pl_lex *l, size_t at, bool hex)
{
    size_t n = at;
    while (l->p + n < l->end &&
           (is_digit(l->p[n]) || (hex && strchr("abcdefABCDEF", l->p[n]) && l->p[n])))
        n++;
    return n - at;
}

static char at(const pl_lex *l, size_t i)
{
    if (i >= (size_t)(l->end - l->p))
        return '\0';
    return l->p[i];
}

bool pl_lex_number(pl_lex *l, pl_str *ret)
{
    if (at(l, 0) == '0' && (at(l, 1) == 'x' || at(l, 1) == 'X') && digits(l, 2, true))
        return take(l, 2 + digits(l, 2, true), ret);

    size_t n = at(l, 0) == '+' || at(l, 0) == '-';
    size_t whole = digits(l, n, false);
    if (!whole)
        return false;
    n += whole;
    if (at(l, n) == '.') {
        n++;
        n += digits(l, n, false);
    }
    bool has_exponent = (at(l, n) == 'e' || at(l, n) == 'E') &&
                        (at(l, n + 1) == '+' || at(l, n + 1) == '-') && digits(l, n + 2, false);
    if (has_exponent)
        n += 2 + digits(l, n + 2, false);
    return take(l, n, ret);
}

static bool looking_at(const pl_lex *l, const char *word, size_t n)
{
    return (size_t)(l->end - l->p) >= n && memcmp(l->p, word, n) == 0;
}

bool pl_lex_keyword(pl_lex *l, const char *word)
{
    size_t n = strlen(word);
    if (!looking_at(l, word, n))
        return false;
    if (l->p + n < l->end && !is_blank(l->p[n]) && l->p[n] != '(')
        return false;
    l->p += n;
    return true;
}

/* "in", "intersects", "pmatch" and "exists" need no blank, only the end of the word. */
static bool ends_word(const pl_lex *l, const pl_op_row *op, size_t n)
{
    if (!op->is_word || l->p + n == l->end)
        return true;
    if (op->cls == PL_OPS_STRING)
        return is_blank(l->p[n]);
    return !is_name(l->p[n]);
}

bool pl_lex_op(pl_lex *l, pl_op *ret)
{
    for (size_t i = 0; i < pl_op_count(); i++) {
        size_t n = strlen(pl_ops[i].word);
        if (!looking_at(l, pl_ops[i].word, n) || !ends_word(l, &pl_ops[i], n))
            continue;
        l->p += n;
        *ret = (pl_op)i;
        return true;
    }
    return false;
}

/* After a modifier: a list, or a name that is no keyword. */
static bool list_follows(pl_lex l)
{
    pl_str name;

    pl_lex_blanks(&l);
    if (pl_lex_at(&l, '('))
        return true;
    pl_lex key = l;
    if (pl_lex_keyword(&key, "and") || pl_lex_keyword(&key, "or") || pl_lex_keyword(&key, "not"))
        return false;
    return pl_lex_ident(&l, &name);
}

bool pl_lex_modifier(pl_lex *l, pl_mod *ret)
{
    for (pl_mod m = PL_MOD_ONEOF; m <= PL_MOD_ALLOF; m++) {
        pl_lex after = *l;
        if (!pl_lex_keyword(&after, pl_mod_word(m)) || !list_follows(after))
            continue;
        *l = after;
        *ret = m;
        return true;
    }
    return false;
}

/* ---- quoted strings ---- */

bool pl_lex_quote(const pl_lex *l)
{
    return pl_lex_at(l, '"') || pl_lex_at(l, '\'');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static pl_rc unescape_hex(pl_lex *l, char *ret, pl_err *err)
{
    int hi = l->end - l->p >= 2 ? hex_value(l->p[0]) : -1;
    int lo = hi >= 0 ? hex_value(l->p[1]) : -1;

    if (lo < 0)
        return pl_fail(err, PL_FORMAT, "escape \\x needs two hexadecimal digits");
    l->p += 2;
    *ret = (char)(hi << 4 | lo);
    return PL_OK;
}

/* The byte that stands for the escape at l->p, after its backslash. */
static pl_rc unescape(pl_lex *l, char quote, char *ret, pl_err *err)
{
    /* A backslash and a blank meaning a backslash is an old slip that Falco keeps alive. */
    static const char from[] = "bfnrt\\/ ";
    static const char to[] = "\b\f\n\r\t\\/\\";
    char c = *l->p++;

    if (c == 'x')
        return unescape_hex(l, ret, err);
    if (c == quote) {
        *ret = c;
        return PL_OK;
    }
    if (c == '"' || c == '\'')
        return pl_fail(err, PL_FORMAT, "escape \\%c in a string quoted with %c", c, quote);
    const char *k = c ? strchr(from, c) : NULL;
    if (!k)
        return pl_fail(err, PL_FORMAT, "unknown escape \\%c", c > ' ' && c < 0x7f ? c : '?');
    *ret = to[k - from];
    return PL_OK;
}

static pl_rc no_end(const char *from, const pl_lex *l, pl_err *err)
{
    pl_str near = pl_str_sub((pl_str){from, (size_t)(l->end - from)}, 0, PL_RULES_NEAR);
    return pl_fail(err, PL_FORMAT, "string without an end: %.*s", PL_F(near));
}

pl_rc pl_lex_quoted(pl_lex *l, pl_arena *a, pl_str *ret, pl_err *err)
{
    const char *from = l->p;
    char quote = *l->p++;
    PL_AUTO_BUF pl_buf text = {.max = PL_RULES_TEXT};

    for (;;) {
        if (l->p == l->end)
            return no_end(from, l, err);
        char c = *l->p++;
        if (c == quote)
            break;
        if (c == '\\') {
            if (l->p == l->end)
                return no_end(from, l, err);
            pl_rc rc = unescape(l, quote, &c, err);
            if (rc)
                return rc;
        }
        if (c == '\0')
            return pl_fail(err, PL_FORMAT, "NUL in a string");
        pl_buf_ch(&text, c);
    }
    *ret = pl_arena_str(a, pl_buf_view(&text));
    if (!ret->p || !pl_buf_ok(&text))
        return pl_fail(err, PL_LIMIT, "condition does not fit its memory");
    return PL_OK;
}

pl_rc pl_lex_expected(const pl_lex *l, const char *what, pl_err *err)
{
    size_t left = (size_t)(l->end - l->p);

    if (left == 0)
        return pl_fail(err, PL_FORMAT, "expected %s at the end", what);
    pl_str near = pl_str_sub((pl_str){l->p, left}, 0, PL_RULES_NEAR);
    return pl_fail(err, PL_FORMAT, "expected %s before \"%.*s%s\"", what, PL_F(near),
                   left > near.n ? "..." : "");
}
