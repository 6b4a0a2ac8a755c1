/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attacks.h"

#include "core/hash.h"
#include "probe/requests.h"

#include <stddef.h>
#include <string.h>

static const char folder[] = "attacks/";
static const char *const classes[] = {"reflected", "sql", "traversal", "redirect", "credentials"};

/* ---- reading ---- */

static const pl_binding keys[] = {
    {"attack", PL_BIND_STR, true, offsetof(pl_attack, name)},
    {"class", PL_BIND_STR, true, offsetof(pl_attack, klass)},
    {"path", PL_BIND_STR, true, offsetof(pl_attack, path)},
    {"credentials", PL_BIND_STR, false, offsetof(pl_attack, credentials)},
    {"body", PL_BIND_STRS, false, offsetof(pl_attack, body)},
    {"location", PL_BIND_STRS, false, offsetof(pl_attack, location)},
    {0},
};

/* With the word in the place of each {mark}; p is NULL when there is no room. */
static pl_str with_mark(pl_arena *a, pl_str text, pl_str mark)
{
    static const pl_str sign = {"{mark}", 6};
    PL_AUTO_BUF pl_buf b = {.max = PL_PROBE_REQUEST_BYTES};

    for (size_t i = 0; i < text.n; i++) {
        bool is_sign = pl_str_starts(pl_str_sub(text, i, text.n), sign);
        if (is_sign)
            pl_buf_str(&b, mark);
        else
            pl_buf_ch(&b, text.p[i]);
        i += is_sign ? sign.n - 1 : 0;
    }
    return pl_buf_ok(&b) ? pl_arena_str(a, pl_buf_view(&b)) : (pl_str){0};
}

static bool mark_all(pl_arena *a, pl_strs *list, pl_str mark)
{
    pl_str *v = pl_arena_calloc(a, list->n + 1, sizeof(*v));

    for (size_t i = 0; v && i < list->n; i++)
        if (!(v[i] = with_mark(a, list->v[i], mark)).p)
            return false;
    list->v = v;
    return v != NULL;
}

/* Nothing but what stands in the first line of a request. */
static bool is_path(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '#')
            return false;
    return s.n && (s.p[0] == '/' || s.p[0] == '?');
}

static pl_rc check(const pl_bind_file *f, const pl_yaml *item, const pl_attack *x, pl_err *err)
{
    bool is_known = false;

    for (size_t i = 0; i < PL_COUNT(classes); i++)
        is_known |= pl_str_eq(x->klass, pl_str_c(classes[i]));
    if (!is_known)
        return pl_bind_fail(err, f, item,
                            "class \"%.*s\" is none of reflected, sql, traversal, "
                            "redirect, credentials",
                            PL_F(x->klass));
    if (!is_path(x->path))
        return pl_bind_fail(err, f, item, "path: printable characters behind / or ?");
    if (pl_attack_is_credentials(x) != (x->credentials.n != 0) ||
        (x->credentials.n == 0) != (x->body.n + x->location.n != 0))
        return pl_bind_fail(err, f, item,
                            "needs credentials and that class, or texts in body or location");
    return PL_OK;
}

static pl_rc load_item(const pl_bind_file *f, const pl_yaml *item, pl_str mark, pl_attacks *to,
                       pl_err *err)
{
    pl_attack x = {0};

    if (to->n == PL_PROBE_ATTACKS)
        return pl_bind_fail(err, f, item, "more than %d attacks", PL_PROBE_ATTACKS);
    pl_rc rc = pl_bind(f, item, keys, &x, err);
    if (!rc)
        rc = check(f, item, &x, err);
    if (rc)
        return rc;
    x.path = with_mark(f->arena, x.path, mark);
    if (!x.path.p || !mark_all(f->arena, &x.body, mark) || !mark_all(f->arena, &x.location, mark))
        return pl_bind_fail(err, f, item, "is too long");
    to->items[to->n++] = x;
    return PL_OK;
}

static pl_rc load_file(const pl_content_file *c, pl_str mark, pl_arena *a, pl_attacks *to,
                       pl_err *err)
{
    const pl_bind_file f = {.name = c->shown ? c->shown : c->name, .arena = a};
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(a, (pl_str){(const char *)c->p, c->n}, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", f.name);
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &f, doc, "must be a sequence");
    for (size_t i = 0; !rc && i < doc->n; i++)
        rc = load_item(&f, &doc->items[i], mark, to, err);
    return rc;
}

pl_rc pl_attacks_load(const pl_content_file *files, pl_str mark, pl_arena *a, pl_attacks *ret,
                      pl_err *err)
{
    pl_rc rc = PL_OK;

    ret->n = 0;
    for (const pl_content_file *c = files; !rc && c->name; c++)
        if (strncmp(c->name, folder, sizeof(folder) - 1) == 0)
            rc = load_file(c, mark, a, ret, err);
    if (!rc && !ret->n)
        rc = pl_fail(err, PL_FORMAT, "%s: no attacks", folder);
    return rc;
}

bool pl_attack_is_credentials(const pl_attack *x)
{
    return pl_str_eq(x->klass, PL_S("credentials"));
}

/* ---- what is sent ---- */

static void put_path(const pl_attack *x, pl_str page, pl_buf *out)
{
    if (!x || x->path.p[0] == '?')
        pl_buf_str(out, page);
    if (x && !pl_str_eq(x->path, PL_S("?")))
        pl_buf_str(out, x->path);
}

void pl_attack_write(const pl_attack *x, pl_str page, pl_str host, uint16_t port, pl_buf *out)
{
    pl_buf_c(out, "GET ");
    put_path(x, page, out);
    pl_buf_c(out, " HTTP/1.0\r\nHost: ");
    pl_request_host(host, out);
    pl_buf_fmt(out, ":%u\r\nUser-Agent: plimsoll-probe\r\n", port);
    if (x && x->credentials.n) {
        pl_buf_c(out, "Authorization: Basic ");
        pl_base64((const unsigned char *)x->credentials.p, x->credentials.n, out);
        pl_buf_c(out, "\r\n");
    }
    pl_buf_c(out, "Accept: */*\r\nConnection: close\r\n\r\n");
}

/* ---- between processes ---- */

static void put_list(pl_buf *out, const pl_strs *list)
{
    pl_buf_u32le(out, (uint32_t)list->n);
    for (size_t i = 0; i < list->n; i++)
        pl_buf_lstr(out, list->v[i]);
}

static pl_strs read_list(pl_rd *in, pl_arena *a)
{
    size_t n = pl_rd_u32le(in);
    pl_str *v = n <= in->n ? pl_arena_calloc(a, n + 1, sizeof(*v)) : NULL;

    if (!v) {
        in->bad = true;
        return (pl_strs){0};
    }
    for (size_t i = 0; i < n; i++)
        v[i] = pl_rd_lstr(in);
    return (pl_strs){v, n};
}

void pl_attacks_put(pl_buf *out, const pl_attacks *list)
{
    pl_buf_u32le(out, list ? (uint32_t)list->n : 0);
    for (size_t i = 0; list && i < list->n; i++) {
        const pl_attack *x = &list->items[i];
        pl_buf_lstr(out, x->name);
        pl_buf_lstr(out, x->klass);
        put_list(out, &x->body);
        put_list(out, &x->location);
    }
}

bool pl_attacks_read(pl_rd *in, pl_arena *a, pl_attacks *ret)
{
    ret->n = pl_rd_u32le(in);
    if (!pl_rd_ok(in) || ret->n > PL_PROBE_ATTACKS)
        return false;
    for (size_t i = 0; i < ret->n; i++) {
        ret->items[i] = (pl_attack){.name = pl_rd_lstr(in)};
        ret->items[i].klass = pl_rd_lstr(in);
        ret->items[i].body = read_list(in, a);
        ret->items[i].location = read_list(in, a);
    }
    return pl_rd_ok(in);
}

/* ---- what an answer says ---- */

static bool has_text(pl_strs texts, const pl_web_head *answer, const pl_web_head *page, pl_str *ret)
{
    for (size_t i = 0; i < texts.n; i++)
        if (pl_str_has(answer->body, texts.v[i]) && !pl_str_has(page->body, texts.v[i])) {
            *ret = texts.v[i];
            return true;
        }
    return false;
}

static bool leads_away(pl_strs places, const pl_web_head *answer, pl_str *ret)
{
    pl_str location;

    if (!pl_web_get(answer, PL_S("Location"), 0, &location))
        return false;
    for (size_t i = 0; i < places.n; i++)
        if (pl_str_starts(location, places.v[i])) {
            *ret = places.v[i];
            return true;
        }
    return false;
}

bool pl_attack_hits(const pl_attack *x, const pl_web_head *answer, const pl_web_head *page,
                    pl_str *ret_seen)
{
    if (pl_attack_is_credentials(x)) {
        *ret_seen = PL_S("let in");
        return page->status == 401 && answer->status >= 200 && answer->status < 400;
    }
    return has_text(x->body, answer, page, ret_seen) || leads_away(x->location, answer, ret_seen);
}
