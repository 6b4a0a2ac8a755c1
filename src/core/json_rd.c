/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_rd.h"

#include "core/char.h"
#include "core/limits.h"
#include "core/text.h"

#include <string.h>

pl_json_rd pl_json_rd_of(pl_str text)
{
    const char *p = text.p ? text.p : "";
    return (pl_json_rd){.p = p, .start = p, .end = p + text.n};
}

void pl_json_fail(pl_json_rd *r, const char *why)
{
    if (r->is_bad)
        return;
    r->is_bad = true;
    r->why = why;
    r->end = r->p;
}

static void skip_space(pl_json_rd *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

char pl_json_peek(pl_json_rd *r)
{
    skip_space(r);
    if (r->p >= r->end)
        return 0;
    if (pl_is_digit(*r->p) || *r->p == '-')
        return '0';
    return *r->p;
}

static bool take(pl_json_rd *r, char c)
{
    skip_space(r);
    if (r->p >= r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool enter(pl_json_rd *r, char open)
{
    if (pl_json_peek(r) != open) {
        pl_json_skip(r);
        return false;
    }
    if (r->depth >= PL_JSON_DEPTH_MAX) {
        pl_json_fail(r, "nested too deeply");
        return false;
    }
    r->p++;
    r->depth++;
    r->at_open = true;
    return true;
}

bool pl_json_enter_object(pl_json_rd *r)
{
    return enter(r, '{');
}

bool pl_json_enter_array(pl_json_rd *r)
{
    return enter(r, '[');
}

/* Stands behind an opening bracket or behind a value: is there another one in this level? */
static bool more(pl_json_rd *r, char close)
{
    bool first = r->at_open;

    r->at_open = false;
    if (r->is_bad)
        return false;
    if (take(r, close)) {
        r->depth--;
        return false;
    }
    if (!first && !take(r, ',')) {
        pl_json_fail(r, "comma or closing bracket expected");
        return false;
    }
    return true;
}

bool pl_json_item(pl_json_rd *r)
{
    return more(r, ']');
}

bool pl_json_key(pl_json_rd *r, pl_str *key)
{
    if (!more(r, '}'))
        return false;
    if (pl_json_peek(r) != '"') {
        pl_json_fail(r, "key expected");
        return false;
    }
    if (!pl_json_raw(r, key))
        return false;
    if (!take(r, ':'))
        pl_json_fail(r, "colon expected");
    return !r->is_bad;
}

/* The closing quote of the string whose first character is at p, or NULL. */
static const char *string_end(const char *p, const char *end)
{
    for (;;) {
        const char *quote = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
        if (!quote)
            return NULL;
        const char *esc = memchr(p, '\\', (size_t)(quote - p));
        if (!esc)
            return quote;
        p = esc + 2;
    }
}

static bool has_control(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20)
            return true;
    return false;
}

bool pl_json_raw(pl_json_rd *r, pl_str *ret)
{
    if (pl_json_peek(r) != '"') {
        pl_json_skip(r);
        return false;
    }
    const char *from = r->p + 1;
    const char *quote = string_end(from, r->end);
    if (!quote) {
        pl_json_fail(r, "string without end");
        return false;
    }
    r->p = quote + 1;
    r->at_open = false;
    *ret = (pl_str){from, (size_t)(quote - from)};
    if (has_control(*ret))
        pl_json_fail(r, "control character in a string");
    return !r->is_bad;
}

static bool take_word(pl_json_rd *r, pl_str word)
{
    if ((size_t)(r->end - r->p) < word.n || memcmp(r->p, word.p, word.n) != 0)
        return false;
    r->p += word.n;
    return true;
}

static bool take_digits(pl_json_rd *r)
{
    const char *from = r->p;
    while (r->p < r->end && pl_is_digit(*r->p))
        r->p++;
    return r->p > from;
}

static bool take_here(pl_json_rd *r, char c)
{
    if (r->p >= r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool take_number(pl_json_rd *r)
{
    (void)take_here(r, '-');
    if (!take_here(r, '0') && !take_digits(r))
        return false;
    if (take_here(r, '.') && !take_digits(r))
        return false;
    if (take_here(r, 'e') || take_here(r, 'E')) {
        if (!take_here(r, '+'))
            (void)take_here(r, '-');
        return take_digits(r);
    }
    return true;
}

static void skip_scalar(pl_json_rd *r)
{
    pl_str ignored;
    bool ok = false;

    switch (pl_json_peek(r)) {
    case '"':
        (void)pl_json_raw(r, &ignored);
        return;
    case 't':
        ok = take_word(r, PL_S("true"));
        break;
    case 'f':
        ok = take_word(r, PL_S("false"));
        break;
    case 'n':
        ok = take_word(r, PL_S("null"));
        break;
    case '0':
        ok = take_number(r);
        break;
    default:
        break;
    }
    if (!ok)
        pl_json_fail(r, "value expected");
}

/* Without recursion: which brackets are open stands in a small stack. */
void pl_json_skip(pl_json_rd *r)
{
    bool is_object[PL_JSON_DEPTH_MAX];
    unsigned base = r->depth;
    pl_str key;

    for (;;) {
        char c = pl_json_peek(r);
        if (c != '{' && c != '[')
            skip_scalar(r);
        else if (enter(r, c))
            is_object[r->depth - 1] = c == '{';
        /* On to the next value, out of every level that ends before it. */
        do {
            if (r->is_bad || r->depth == base)
                return;
        } while (!(is_object[r->depth - 1] ? pl_json_key(r, &key) : pl_json_item(r)));
    }
}

bool pl_json_number(pl_json_rd *r, pl_str *ret)
{
    bool is_one = pl_json_peek(r) == '0';
    const char *from = r->p;

    pl_json_skip(r);
    if (is_one && !r->is_bad)
        *ret = (pl_str){from, (size_t)(r->p - from)};
    return is_one && !r->is_bad;
}

bool pl_json_bool(pl_json_rd *r, bool *ret)
{
    char c = pl_json_peek(r);
    bool is_one = c == 't' || c == 'f';

    pl_json_skip(r);
    if (is_one && !r->is_bad)
        *ret = c == 't';
    return is_one && !r->is_bad;
}

uint64_t pl_json_size(pl_json_rd *r)
{
    uint64_t size = 0;
    pl_str number;

    return pl_json_number(r, &number) && pl_str_u64(number, &size) ? size : 0;
}

bool pl_json_done(pl_json_rd *r)
{
    if (!r->is_bad && (pl_json_peek(r) || r->depth))
        pl_json_fail(r, "text behind the end of the document");
    return !r->is_bad;
}

bool pl_json_is_utf8(pl_str s)
{
    while (s.n) {
        if ((unsigned char)*s.p < 0x80)
            s = (pl_str){s.p + 1, s.n - 1};
        else if (pl_text_next(&s) < 0)
            return false;
    }
    return true;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char mark[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(mark[n] | c);
    return n;
}

static bool take_hex4(pl_str *s, uint32_t *ret)
{
    uint64_t v;
    if (s->n < 4 || !pl_str_u64_base((pl_str){s->p, 4}, 16, &v))
        return false;
    *ret = (uint32_t)v;
    *s = (pl_str){s->p + 4, s->n - 4};
    return true;
}

/* Behind "\u": one code point, a surrogate pair taken as one. */
static bool take_code_point(pl_str *s, uint32_t *ret)
{
    uint32_t low;

    if (!take_hex4(s, ret) || (*ret >= 0xDC00 && *ret < 0xE000))
        return false;
    if (*ret < 0xD800 || *ret >= 0xE000)
        return true;
    if (s->n < 2 || s->p[0] != '\\' || s->p[1] != 'u')
        return false;
    *s = (pl_str){s->p + 2, s->n - 2};
    if (!take_hex4(s, &low) || low < 0xDC00 || low >= 0xE000)
        return false;
    *ret = 0x10000 + ((*ret - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* One character behind a backslash, its escape undone into to. Bytes written; 0: a bad escape. */
static size_t unescape_one(pl_str *raw, char *to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    uint32_t cp;

    if (!raw->n)
        return 0;
    char e = *raw->p;
    const char *at = e ? strchr(from, e) : NULL;
    if (!at && e != 'u')
        return 0;
    *raw = (pl_str){raw->p + 1, raw->n - 1};
    if (at) {
        *to = into[at - from];
        return 1;
    }
    return take_code_point(raw, &cp) ? put_utf8(to, cp) : 0;
}

enum { UTF8_MAX = 4 };

/* Undoes the escapes of raw until max bytes or more are there; to has room for max + UTF8_MAX. */
static bool unescape(pl_str raw, char *to, size_t max, size_t *ret_n)
{
    size_t n = 0;

    while (raw.n && n < max) {
        char c = *raw.p;
        raw = (pl_str){raw.p + 1, raw.n - 1};
        size_t got = 1;
        if (c != '\\')
            to[n] = c;
        else
            got = unescape_one(&raw, to + n);
        if (!got)
            return false;
        n += got;
    }
    *ret_n = n;
    return true;
}

/* Text of a raw string; max bytes are enough for the caller. */
static pl_str text_of(pl_json_rd *r, pl_arena *a, pl_str raw, size_t max)
{
    size_t room = (raw.n < max ? raw.n : max) + UTF8_MAX;
    size_t n = 0;

    if (!raw.n || !memchr(raw.p, '\\', raw.n))
        return raw;
    char *to = pl_arena_calloc(a, room, 1);
    if (!to)
        pl_json_fail(r, "document too large");
    else if (!unescape(raw, to, room - UTF8_MAX, &n))
        pl_json_fail(r, "bad escape in a string");
    return (pl_str){to ? to : "", n};
}

bool pl_json_string(pl_json_rd *r, pl_arena *a, size_t max, pl_str *ret)
{
    pl_str raw;

    if (pl_json_peek(r) != '"') {
        pl_json_fail(r, "string expected");
        return false;
    }
    if (!pl_json_raw(r, &raw))
        return false;
    pl_str text = text_of(r, a, raw, max + 1);
    if (!r->is_bad && text.n > max)
        pl_json_fail(r, "string too long");
    if (!r->is_bad && !pl_json_is_utf8(text))
        pl_json_fail(r, "text is not UTF-8");
    if (r->is_bad)
        return false;
    *ret = text;
    return true;
}

static pl_str cut_at_character(pl_str s, size_t max)
{
    if (s.n > max)
        for (s.n = max; s.n && ((unsigned char)s.p[s.n] & 0xC0) == 0x80;)
            s.n--;
    return s;
}

void pl_json_string_head(pl_json_rd *r, pl_arena *a, size_t max, pl_str *ret)
{
    pl_str raw;

    *ret = (pl_str){"", 0};
    if (!pl_json_raw(r, &raw))
        return;
    pl_str text = cut_at_character(text_of(r, a, raw, max + 1), max);
    if (!r->is_bad && !pl_json_is_utf8(text))
        pl_json_fail(r, "text is not UTF-8");
    if (!r->is_bad)
        *ret = text;
}

bool pl_json_pick(pl_json_rd *r, pl_arena *a, pl_str key, const pl_json_slot *slots, size_t n,
                  size_t max)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(key, pl_str_c(slots[i].key))) {
            pl_json_string_head(r, a, max, slots[i].to);
            return true;
        }
    return false;
}
