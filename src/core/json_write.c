/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_write.h"

#include "core/text.h"

#include <assert.h>
#include <string.h>

static void escape(pl_buf *out, unsigned char c)
{
    static const char short_form[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                      ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

    if (c < sizeof(short_form) && short_form[c]) {
        pl_buf_ch(out, '\\');
        pl_buf_ch(out, short_form[c]);
    } else {
        pl_buf_fmt(out, "\\u%04x", c);
    }
}

static uint64_t all(unsigned char c)
{
    return UINT64_C(0x0101010101010101) * c;
}

/* One of eight bytes does not stand for itself. A byte below c is found by the borrow when c is
 * taken from each. */
static bool has_special(const char *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof(x));
    uint64_t quote = x ^ all('"'), backslash = x ^ all('\\');
    uint64_t found = x | ((x - all(0x20)) & ~x) | ((quote - all(1)) & ~quote) |
                     ((backslash - all(1)) & ~backslash);
    return found & all(0x80);
}

/* Bytes of ASCII that stand for themselves: nearly all that is ever written. */
static size_t plain_run(pl_str s)
{
    const signed char *p = (const signed char *)s.p;
    size_t i = 0;

    while (i + 8 <= s.n && !has_special(s.p + i))
        i += 8;
    while (i < s.n && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

static void quote_plain(pl_buf *out, pl_str s)
{
    char *to = pl_buf_more(out, s.n + 2);

    if (!to)
        return;
    to[0] = to[s.n + 1] = '"';
    if (s.n)
        memcpy(to + 1, s.p, s.n);
}

static void quote(pl_buf *out, pl_str s)
{
    pl_str plain = s; /* start of the run that needs no escape */

    pl_buf_ch(out, '"');
    for (pl_str rest = s; rest.n;) {
        rest = pl_str_sub(rest, plain_run(rest), rest.n);
        if (!rest.n)
            break;
        const char *at = rest.p;
        int32_t c = pl_text_next(&rest);
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        pl_buf_add(out, plain.p, (size_t)(at - plain.p));
        if (c < 0)
            pl_buf_c(out, "\xef\xbf\xbd");
        else
            escape(out, (unsigned char)c);
        plain = rest;
    }
    pl_buf_str(out, plain);
    pl_buf_ch(out, '"');
}

void pl_json_quote(pl_buf *out, pl_str s)
{
    if (plain_run(s) == s.n)
        quote_plain(out, s);
    else
        quote(out, s);
}

static void newline(pl_jw *w)
{
    if (!w->pretty)
        return;
    char *line = pl_buf_more(w->out, 1 + 2 * (size_t)w->depth);
    if (!line)
        return;
    line[0] = '\n';
    memset(line + 1, ' ', 2 * (size_t)w->depth);
}

static void before_value(pl_jw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0)
        return;
    assert(w->close[w->depth - 1] == ']');
    if (w->some[w->depth - 1])
        pl_buf_ch(w->out, ',');
    w->some[w->depth - 1] = true;
    newline(w);
}

static void open_level(pl_jw *w, char open, char close)
{
    before_value(w);
    assert(w->depth < PL_JW_DEPTH);
    pl_buf_ch(w->out, open);
    w->close[w->depth] = close;
    w->some[w->depth] = false;
    w->depth++;
}

void pl_jw_object(pl_jw *w)
{
    open_level(w, '{', '}');
}

void pl_jw_array(pl_jw *w)
{
    open_level(w, '[', ']');
}

void pl_jw_end(pl_jw *w)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    if (w->some[w->depth])
        newline(w);
    pl_buf_ch(w->out, w->close[w->depth]);
}

/* What stands before a key: a comma, a new line. */
static void before_key(pl_jw *w)
{
    assert(w->depth > 0 && w->close[w->depth - 1] == '}' && !w->after_key);
    if (w->some[w->depth - 1])
        pl_buf_ch(w->out, ',');
    w->some[w->depth - 1] = true;
    newline(w);
    w->after_key = true;
}

static void after_key(pl_jw *w)
{
    pl_buf_ch(w->out, ':');
    if (w->pretty)
        pl_buf_ch(w->out, ' ');
}

void pl_jw_key_str(pl_jw *w, pl_str key)
{
    before_key(w);
    pl_json_quote(w->out, key);
    after_key(w);
}

void pl_jw_key(pl_jw *w, const char *key)
{
    before_key(w);
    quote_plain(w->out, pl_str_c(key));
    after_key(w);
}

void pl_jw_str(pl_jw *w, pl_str s)
{
    before_value(w);
    pl_json_quote(w->out, s);
}

void pl_jw_c(pl_jw *w, const char *s)
{
    if (s)
        pl_jw_str(w, pl_str_c(s));
    else
        pl_jw_null(w);
}

void pl_jw_raw(pl_jw *w, pl_str json)
{
    before_value(w);
    pl_buf_str(w->out, json);
}

void pl_jw_int(pl_jw *w, int64_t v)
{
    before_value(w);
    pl_buf_int(w->out, v);
}

void pl_jw_bool(pl_jw *w, bool v)
{
    pl_jw_raw(w, v ? PL_S("true") : PL_S("false"));
}

void pl_jw_null(pl_jw *w)
{
    pl_jw_raw(w, PL_S("null"));
}

/* ---- from one line to many ---- */

static bool is_mark(char c)
{
    return c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']';
}

/* A string with its quotes: it ends at the first quote that no odd row of backslashes stands
 * before. */
static size_t string_token(pl_str json)
{
    const char *end = json.p + json.n;
    const char *at = json.p;

    while ((at = memchr(at + 1, '"', (size_t)(end - at - 1)))) {
        const char *first = at;
        while (first[-1] == '\\')
            first--;
        if ((at - first) % 2 == 0)
            return (size_t)(at + 1 - json.p);
    }
    return json.n;
}

/* A string, or what else stands up to the next mark. */
static size_t token(pl_str json)
{
    size_t n = 1;

    if (json.p[0] == '"')
        return string_token(json);
    while (n < json.n && !is_mark(json.p[n]))
        n++;
    return n;
}

void pl_json_lines_next(pl_json_lines *l, size_t bytes, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true, .depth = l->depth};
    pl_str json = l->rest;

    for (char c; json.n && pl_buf_ok(out) && out->n < bytes; l->before = c) {
        bool is_empty = l->before == '{' || l->before == '[';
        size_t n = 1;
        c = json.p[0];
        w.depth -= (c == '}' || c == ']') && w.depth;
        if (is_empty ? c != '}' && c != ']' : c == '}' || c == ']' || l->before == ',')
            newline(&w);
        if (is_mark(c))
            pl_buf_ch(out, c);
        else
            pl_buf_add(out, json.p, n = token(json));
        w.depth += c == '{' || c == '[';
        if (c == ':')
            pl_buf_ch(out, ' ');
        json = pl_str_sub(json, n, json.n);
    }
    l->depth = w.depth;
    l->rest = json;
}

void pl_json_indent(pl_str json, pl_buf *out)
{
    pl_json_lines l = {.rest = json};

    pl_json_lines_next(&l, SIZE_MAX, out);
}

/* ---- canonical form ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static pl_rc canon(const json_t *v, unsigned depth, pl_buf *out, pl_err *err);

static pl_rc canon_object(const json_t *v, unsigned depth, pl_buf *out, pl_err *err)
{
    size_t n = json_object_size(v);
    PL_AUTO_FREE const char **keys = calloc(n + 1, sizeof(*keys));
    if (!keys)
        return pl_fail(err, PL_NOMEM, "object of %zu keys", n);

    size_t k = 0;
    json_t *object = json_incref((json_t *)(uintptr_t)v); /* jansson iterates non-const only */
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it))
        keys[k++] = json_object_iter_key(it);
    json_decref(object);
    qsort(keys, n, sizeof(*keys), by_key);

    pl_buf_ch(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            pl_buf_ch(out, ',');
        pl_json_quote(out, pl_str_c(keys[i]));
        pl_buf_ch(out, ':');
        pl_rc rc = canon(json_object_get(v, keys[i]), depth + 1, out, err);
        if (rc)
            return pl_wrap(err, rc, "%s", keys[i]);
    }
    pl_buf_ch(out, '}');
    return PL_OK;
}

static pl_rc canon_array(const json_t *v, unsigned depth, pl_buf *out, pl_err *err)
{
    pl_buf_ch(out, '[');
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i)
            pl_buf_ch(out, ',');
        pl_rc rc = canon(json_array_get(v, i), depth + 1, out, err);
        if (rc)
            return rc;
    }
    pl_buf_ch(out, ']');
    return PL_OK;
}

static pl_rc canon(const json_t *v, unsigned depth, pl_buf *out, pl_err *err)
{
    enum { MAX_DEPTH = 512 };

    if (depth > MAX_DEPTH)
        return pl_fail(err, PL_LIMIT, "JSON nested deeper than %d", MAX_DEPTH);
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return canon_object(v, depth, out, err);
    case JSON_ARRAY:
        return canon_array(v, depth, out, err);
    case JSON_STRING:
        pl_json_quote(out, (pl_str){json_string_value(v), json_string_length(v)});
        return PL_OK;
    case JSON_INTEGER:
        pl_buf_int(out, (int64_t)json_integer_value(v));
        return PL_OK;
    case JSON_REAL:
        return pl_fail(err, PL_FORMAT, "canonical JSON holds no fractions");
    case JSON_TRUE:
        pl_buf_c(out, "true");
        return PL_OK;
    case JSON_FALSE:
        pl_buf_c(out, "false");
        return PL_OK;
    case JSON_NULL:
        pl_buf_c(out, "null");
        return PL_OK;
    }
    return pl_fail(err, PL_FORMAT, "JSON value of unknown type");
}

pl_rc pl_json_canonical(const json_t *doc, pl_buf *out, pl_err *err)
{
    pl_rc rc = canon(doc, 0, out, err);
    if (rc)
        return rc;
    return pl_buf_ok(out) ? PL_OK
                          : pl_fail(err, PL_LIMIT, "canonical JSON over %zu bytes", out->max);
}
