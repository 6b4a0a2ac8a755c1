/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/canon.h"

#include "core/text.h"
#include "ledger/limits.h"

#include <string.h>

/* Where the scanner stands. p moves to end once why is set. */
typedef struct scan {
    const unsigned char *p;
    const unsigned char *end;
    const char *why;
} scan;

static bool fault(scan *s, const char *why)
{
    if (!s->why)
        s->why = why;
    return false;
}

static int peek(const scan *s)
{
    return s->p < s->end ? *s->p : -1;
}

static bool eat(scan *s, char c)
{
    if (peek(s) != (unsigned char)c)
        return false;
    s->p++;
    return true;
}

/* \u00xx for control characters that have no short form, in lower case. */
static bool long_escape(scan *s)
{
    static const char digits[] = "0123456789abcdef";

    if (s->end - s->p < 4 || memcmp(s->p, "00", 2) != 0 || (s->p[2] != '0' && s->p[2] != '1'))
        return fault(s, "an escape that the canonical form does not use");
    const char *low = s->p[3] ? strchr(digits, s->p[3]) : NULL;
    if (!low)
        return fault(s, "an escape that the canonical form does not use");
    int code = (s->p[2] - '0') * 16 + (int)(low - digits);
    if (strchr("\b\t\n\f\r", code) && code)
        return fault(s, "a long escape where a short one exists");
    s->p += 4;
    return true;
}

static bool escape(scan *s)
{
    int c = peek(s);

    if (c < 0 || c == 0 || !strchr("btnfr\"\\u", c))
        return fault(s, "an escape that the canonical form does not use");
    s->p++;
    return c == 'u' ? long_escape(s) : true;
}

/* Steps over eight bytes at a time while all of them stand for themselves. */
static void skip_plain(scan *s)
{
    static const uint64_t ones = 0x0101010101010101u;

    while (s->end - s->p >= 8) {
        uint64_t v;
        memcpy(&v, s->p, sizeof(v));
        uint64_t quote = v ^ ones * '"';
        uint64_t slash = v ^ ones * '\\';
        uint64_t stop =
            v | ((v - ones * 0x20) & ~v) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
        if (stop & ones << 7)
            return;
        s->p += 8;
    }
}

static bool string(scan *s)
{
    if (!eat(s, '"'))
        return fault(s, "no string where one must stand");
    for (;;) {
        skip_plain(s);
        if (s->p == s->end)
            return fault(s, "a string without end");
        unsigned char c = *s->p;
        if (c == '"') {
            s->p++;
            return true;
        }
        if (c == '\\') {
            s->p++;
            if (!escape(s))
                return false;
        } else if (c < 0x20) {
            return fault(s, "a control character in a string");
        } else if (c < 0x80) {
            s->p++;
        } else {
            pl_str rest = {(const char *)s->p, (size_t)(s->end - s->p)};
            if (pl_text_next(&rest) < 0)
                return fault(s, "not UTF-8");
            s->p = (const unsigned char *)rest.p;
        }
    }
}

static bool integer(scan *s)
{
    static const uint64_t max = ((uint64_t)1 << 53) - 1;
    bool negative = eat(s, '-');
    const unsigned char *first = s->p;
    uint64_t v = 0;

    while (peek(s) >= '0' && peek(s) <= '9') {
        v = v * 10 + (uint64_t)(*s->p - '0');
        if (v > max)
            return fault(s, "an integer beyond 2^53-1");
        s->p++;
    }
    if (s->p == first)
        return fault(s, "no value where one must stand");
    if (*first == '0' && (s->p - first > 1 || negative))
        return fault(s, "an integer with a needless zero");
    int next = peek(s);
    if (next == '.' || next == 'e' || next == 'E')
        return fault(s, "a fraction or exponent");
    return true;
}

static bool word(scan *s, const char *w)
{
    size_t n = strlen(w);

    if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
        return fault(s, "no value where one must stand");
    s->p += n;
    return true;
}

bool pl_canon_is_key(pl_str key)
{
    if (key.n == 0 || key.n > PL_LEAF_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        bool first = (c >= 'a' && c <= 'z') || c == '_';
        if (!first && (i == 0 || !((c >= '0' && c <= '9') || c == '.')))
            return false;
    }
    return true;
}

/* A key with its colon, greater than the one before. */
static bool key(scan *s, pl_str before, pl_str *ret)
{
    const unsigned char *open = s->p;

    if (!string(s))
        return false;
    *ret = (pl_str){(const char *)open + 1, (size_t)(s->p - open) - 2};
    if (!pl_canon_is_key(*ret))
        return fault(s, "a key outside [a-z_][a-z0-9_.]{0,63}");
    if (before.p && pl_str_cmp(before, *ret) >= 0)
        return fault(s, "keys out of order or twice");
    return eat(s, ':') || fault(s, "no colon after a key");
}

static bool value(scan *s, unsigned depth);

static bool object(scan *s, unsigned depth)
{
    pl_str before = {0};
    pl_str k;

    s->p++;
    if (eat(s, '}'))
        return true;
    do {
        if (!key(s, before, &k) || !value(s, depth + 1))
            return false;
        before = k;
    } while (eat(s, ','));
    return eat(s, '}') || fault(s, "neither comma nor brace after a member");
}

static bool array(scan *s, unsigned depth)
{
    s->p++;
    if (eat(s, ']'))
        return true;
    do {
        if (!value(s, depth + 1))
            return false;
    } while (eat(s, ','));
    return eat(s, ']') || fault(s, "neither comma nor bracket after an item");
}

static bool value(scan *s, unsigned depth)
{
    if (depth >= PL_LEAF_DEPTH)
        return fault(s, "nested too deeply");
    switch (peek(s)) {
    case '{':
        return object(s, depth);
    case '[':
        return array(s, depth);
    case '"':
        return string(s);
    case 't':
        return word(s, "true");
    case 'f':
        return word(s, "false");
    case 'n':
        return word(s, "null");
    default:
        return integer(s);
    }
}

static scan scan_of(pl_str text, size_t from)
{
    const unsigned char *p = (const unsigned char *)(text.p ? text.p : "");
    return (scan){p + from, p + text.n, NULL};
}

static pl_canon_kind kind_of(char first)
{
    static const struct {
        char first;
        pl_canon_kind kind;
    } kinds[] = {{'{', PL_CANON_OBJECT}, {'[', PL_CANON_ARRAY}, {'"', PL_CANON_STRING},
                 {'t', PL_CANON_BOOL},   {'f', PL_CANON_BOOL},  {'n', PL_CANON_NULL}};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (kinds[i].first == first)
            return kinds[i].kind;
    return PL_CANON_INT;
}

pl_rc pl_canon_check(pl_str text, pl_canon_kind *ret_kind, pl_err *err)
{
    scan s = scan_of(text, 0);

    if (value(&s, 0) && s.p != s.end)
        (void)fault(&s, "text after the value");
    if (s.why)
        return pl_fail(err, PL_FORMAT, "byte %zu: %s", text.n - (size_t)(s.end - s.p), s.why);
    if (ret_kind)
        *ret_kind = kind_of(text.p[0]);
    return PL_OK;
}

/* The bracket that closes what the text opens, 0 when it opens nothing. */
static char closing(pl_str text)
{
    if (text.n == 0)
        return 0;
    if (text.p[0] == '{')
        return '}';
    return text.p[0] == '[' ? ']' : 0;
}

static bool walk_end(pl_canon_walk *w, scan *s)
{
    w->ended = true;
    w->at = w->text.n - (size_t)(s->end - s->p);
    if (!s->why && s->p != s->end)
        (void)fault(s, "text after the value");
    w->why = s->why;
    return false;
}

bool pl_canon_next(pl_canon_walk *w)
{
    char close = closing(w->text);
    scan s = scan_of(w->text, w->at);
    bool first = w->at == 0;

    if (w->ended || w->why)
        return false;
    if (!close)
        return w->why = "neither object nor array", false;
    if (first)
        s.p++;
    if ((first || peek(&s) != ',') && eat(&s, close))
        return walk_end(w, &s);
    if (!first && !eat(&s, ','))
        return fault(&s, "neither comma nor closing bracket"), walk_end(w, &s);

    pl_str before = first ? (pl_str){0} : w->key;
    if (close == '}' && !key(&s, before, &w->key))
        return walk_end(w, &s);
    const unsigned char *from = s.p;
    if (!value(&s, 1))
        return walk_end(w, &s);
    w->value = (pl_str){(const char *)from, (size_t)(s.p - from)};
    w->at = (size_t)(s.p - (const unsigned char *)w->text.p);
    return true;
}

bool pl_canon_walked(const pl_canon_walk *w)
{
    return w->ended && !w->why;
}

pl_str pl_canon_plain(pl_str v)
{
    if (v.n < 2 || v.p[0] != '"' || v.p[v.n - 1] != '"' || memchr(v.p, '\\', v.n))
        return (pl_str){NULL, 0};
    return pl_str_sub(v, 1, v.n - 2);
}
