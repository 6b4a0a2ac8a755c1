/* SPDX-License-Identifier: Apache-2.0 */
#include "package/npm.h"

#include "core/json_rd.h"
#include "image/limits.h"
#include "image/zip.h"
#include "package/limits.h"

#include <string.h>

static pl_rc bad_json(const pl_json_rd *r, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "no JSON: %s at byte %zu", r->why, (size_t)(r->p - r->start));
}

/* Some editors put a mark in front. */
static pl_json_rd json_of(pl_str text)
{
    if (pl_str_starts(text, PL_S("\xEF\xBB\xBF")))
        text = pl_str_sub(text, 3, text.n);
    return pl_json_rd_of(text);
}

static bool take_true(pl_json_rd *r)
{
    bool is_true = pl_json_peek(r) == 't';
    pl_json_skip(r);
    return is_true;
}

/* ---- licences: "MIT", {"type": "MIT"}, [{"type": "MIT"}, ...] ---- */

static void read_licence_object(pl_json_rd *r, pl_arena *a, pl_str *to)
{
    pl_json_slot slots[] = {{"type", to}, {"name", to}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);)
        if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
            pl_json_skip(r);
}

static void read_licence(pl_json_rd *r, pl_arena *a, pl_str *to)
{
    char c = pl_json_peek(r);
    pl_str first = {"", 0};
    pl_str one = {"", 0};

    if (c == '{') {
        read_licence_object(r, a, to);
    } else if (c != '[' || !pl_json_enter_array(r)) {
        pl_json_string_head(r, a, PL_FOUND_TEXT_MAX, to);
    } else {
        while (pl_json_item(r)) {
            if (pl_json_peek(r) == '{')
                read_licence_object(r, a, &one);
            else
                pl_json_string_head(r, a, PL_FOUND_TEXT_MAX, &one);
            first = first.n ? first : one;
        }
        *to = first;
    }
}

/* ---- package.json ---- */

pl_rc pl_npm_package(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_NPM};
    pl_json_slot slots[] = {{"name", &f.name},
                            {"version", &f.version},
                            {"_resolved", &f.provenance},
                            {"_integrity", &f.integrity}};
    pl_json_rd r = json_of(json);
    bool is_private = false;

    if (pl_json_peek(&r) != '{')
        pl_json_fail(&r, "object expected");
    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_json_pick(&r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                continue;
            if (pl_str_eq(key, PL_S("license")) ||
                (pl_str_eq(key, PL_S("licenses")) && !f.licence.n))
                read_licence(&r, a, &f.licence);
            else if (pl_str_eq(key, PL_S("private")))
                is_private = take_true(&r);
            else
                pl_json_skip(&r);
        }
    if (!pl_json_done(&r))
        return bad_json(&r, err);
    return is_private || !pl_found_is_whole(&f) ? PL_OK : each(&f, arg, err);
}

static bool is_node_modules(pl_str s)
{
    return pl_str_eq(s, PL_S("node_modules"));
}

bool pl_npm_is_installed_at(pl_str path)
{
    pl_str last[4] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}}; /* the nearest first */
    pl_str part;

    while (pl_str_cut(&path, '/', &part)) {
        memmove(last + 1, last, 3 * sizeof(last[0]));
        last[0] = part;
    }
    if (pl_str_starts(last[2], PL_S("@")))
        return is_node_modules(last[3]);
    return is_node_modules(last[2]) && !pl_str_starts(last[1], PL_S("@"));
}

bool pl_npm_is_sample(pl_str path)
{
    static const char *const names[] = {"test",     "tests",   "__tests__", "fixtures", "fixture",
                                        "examples", "example", "testdata",  "spec",     "demo"};
    pl_str part;

    while (pl_str_cut(&path, '/', &part))
        for (size_t i = 0; i < PL_COUNT(names); i++)
            if (pl_str_eq(part, pl_str_c(names[i])))
                return true;
    return false;
}

/* ---- lock files ---- */

/* "a/node_modules/@s/b" is @s/b; a workspace or the root itself is none. */
static pl_str name_of_key(pl_str key)
{
    static const char mark[] = "node_modules/";
    const size_t n = sizeof(mark) - 1;

    for (size_t at = key.n; at-- > 0;)
        if (pl_str_starts(pl_str_sub(key, at, n), PL_S(mark)) && (at == 0 || key.p[at - 1] == '/'))
            return pl_str_sub(key, at + n, key.n);
    return (pl_str){"", 0};
}

struct lock {
    pl_json_rd r;
    pl_arena *a;
    pl_found_each each;
    void *arg;
    pl_err *err;
    pl_str folder; /* of hints */
    pl_found_kind kind;
    pl_rc rc;
};

/* "npm:real@1.0.0": what an alias of an old lock file really is. */
static bool split_alias(pl_found *f)
{
    static const char mark[] = "npm:";
    pl_str spec = f->version;

    if (!pl_str_starts(spec, PL_S(mark)))
        return false;
    spec = pl_str_sub(spec, sizeof(mark) - 1, spec.n);
    const char *at = spec.n > 1 ? memrchr(spec.p + 1, '@', spec.n - 1) : NULL;
    f->name = at ? pl_str_sub(spec, 0, (size_t)(at - spec.p)) : spec;
    f->version = at ? pl_str_sub(spec, f->name.n + 1, spec.n) : (pl_str){"", 0};
    return true;
}

/* Of a git dependency old lock files give the URL; its commit is the version. */
static void split_url(pl_found *f)
{
    pl_str rest = f->version;
    pl_str url;

    if (split_alias(f))
        return;
    if (!memchr(f->version.n ? f->version.p : "", ':', f->version.n))
        return;
    (void)pl_str_cut(&rest, '#', &url);
    f->provenance = url;
    f->version = rest;
}

static void tell(struct lock *l, pl_found *f, pl_str key)
{
    PL_AUTO_BUF pl_buf at = {0};

    if (l->rc || l->r.is_bad)
        return;
    split_url(f);
    if (l->kind == PL_FOUND_HINT) {
        pl_buf_fmt(&at, "%.*s/%.*s/package.json", PL_F(l->folder), PL_F(key));
        f->at = pl_buf_view(&at);
        if (!pl_buf_ok(&at))
            l->rc = pl_fail(l->err, PL_NOMEM, "lock file");
    }
    if (!l->rc && pl_found_is_whole(f))
        l->rc = l->each(f, l->arg, l->err);
}

static void read_v1(struct lock *l);

/* One package; key is its place (version 2 and 3) or its name (version 1). */
static void read_package(struct lock *l, pl_str key, bool is_v1)
{
    pl_found f = {.kind = l->kind, .lang = PL_LANG_NPM, .name = is_v1 ? key : name_of_key(key)};
    pl_json_slot slots[] = {{"version", &f.version},
                            {"name", &f.name}, /* of an alias: what it really is */
                            {"resolved", &f.provenance},
                            {"integrity", &f.integrity}};
    bool is_link = false;

    if (!f.name.n) {
        pl_json_skip(&l->r);
        return;
    }
    if (!pl_json_enter_object(&l->r))
        return;
    for (pl_str k; !l->rc && pl_json_key(&l->r, &k);) {
        if (pl_json_pick(&l->r, l->a, k, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
            continue;
        bool is_either = pl_str_eq(k, PL_S("devOptional"));
        if (pl_str_eq(k, PL_S("dev")) || is_either) {
            if (!take_true(&l->r))
                continue;
            /* "devOptional": what runs may want it as well (npm, package-lock.json) */
            f.scope = is_either ? f.scope : PL_SCOPE_DEVELOPMENT;
            f.is_optional |= is_either;
        } else if (pl_str_eq(k, PL_S("optional"))) {
            f.is_optional |= take_true(&l->r);
        } else if (pl_str_eq(k, PL_S("inBundle"))) {
            if (take_true(&l->r))
                f.scope = PL_SCOPE_BUNDLED;
        } else if (pl_str_eq(k, PL_S("link"))) {
            is_link = take_true(&l->r);
        } else if (pl_str_eq(k, PL_S("license"))) {
            read_licence(&l->r, l->a, &f.licence);
        } else if (is_v1 && pl_str_eq(k, PL_S("dependencies"))) {
            read_v1(l);
        } else {
            pl_json_skip(&l->r);
        }
    }
    if (!is_link)
        tell(l, &f, key);
}

/* Nested as deep as the reader of JSON lets it. */
// NOLINTNEXTLINE(misc-no-recursion)
static void read_v1(struct lock *l)
{
    if (!pl_json_enter_object(&l->r))
        return;
    for (pl_str key; !l->rc && pl_json_key(&l->r, &key);)
        read_package(l, key, true);
}

static void read_v2(struct lock *l)
{
    if (!pl_json_enter_object(&l->r))
        return;
    for (pl_str key; !l->rc && pl_json_key(&l->r, &key);)
        read_package(l, key, false);
}

static bool has_packages(pl_str json)
{
    pl_json_rd r = json_of(json);
    bool has = false;

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key); pl_json_skip(&r))
            has |= pl_str_eq(key, PL_S("packages"));
    return has;
}

/* Version 2 says everything twice, the second time for npm 6. */
static pl_rc read_lock(struct lock *l, pl_str json)
{
    bool is_v1 = !has_packages(json);

    l->r = json_of(json);
    if (pl_json_peek(&l->r) != '{')
        pl_json_fail(&l->r, "object expected");
    if (pl_json_enter_object(&l->r))
        for (pl_str key; !l->rc && pl_json_key(&l->r, &key);) {
            if (is_v1 && pl_str_eq(key, PL_S("dependencies")))
                read_v1(l);
            else if (!is_v1 && pl_str_eq(key, PL_S("packages")))
                read_v2(l);
            else
                pl_json_skip(&l->r);
        }
    if (l->rc)
        return l->rc;
    return pl_json_done(&l->r) ? PL_OK : bad_json(&l->r, l->err);
}

pl_rc pl_npm_lock(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct lock l = {.a = a, .each = each, .arg = arg, .err = err, .kind = PL_FOUND_LOCKED};
    return read_lock(&l, json);
}

pl_rc pl_npm_hidden_lock(pl_str json, pl_str folder, pl_arena *a, pl_found_each each, void *arg,
                         pl_err *err)
{
    struct lock l = {
        .a = a, .each = each, .arg = arg, .err = err, .folder = folder, .kind = PL_FOUND_HINT};
    return read_lock(&l, json);
}

/* ---- yarn's cache ---- */

struct inside {
    pl_found_each each;
    void *arg;
    pl_str at;
};

static pl_rc tell_inside(const pl_found *f, void *arg, pl_err *err)
{
    const struct inside *in = arg;
    pl_found told = *f;

    told.at = in->at;
    return in->each(&told, in->arg, err);
}

static pl_rc read_inside(pl_zip *z, pl_members *m, struct inside *in, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);
    pl_rc rc = a ? pl_zip_text(z, PL_MANIFEST_MAX, &text, err) : pl_fail(err, PL_NOMEM, "zip");

    if (!rc)
        rc = pl_members_text(m, in->at, pl_buf_view(&text), err);
    return rc ? rc : pl_npm_package(pl_buf_view(&text), a, tell_inside, in, err);
}

pl_rc pl_yarn_zip(pl_in *in, pl_members *m, pl_found_each each, void *arg, pl_err *err)
{
    uint64_t budget = PL_ZIP_UNPACKED_MAX;
    uint64_t unlimited = UINT64_MAX; /* members have limits of their own */
    PL_AUTO_ZIP pl_zip *z = pl_zip_new(in, &budget);
    bool is_end = false;
    pl_rc rc = z ? PL_OK : pl_fail(err, PL_NOMEM, "zip");

    while (!rc && !is_end) {
        PL_AUTO_BUF pl_buf at = {0};
        pl_str name;
        rc = pl_zip_next(z, &name, &is_end, err);
        if (rc || is_end)
            break;
        if (!pl_str_ends(name, PL_S("/package.json")) || !pl_npm_is_installed_at(name)) {
            pl_zip_charge(z, &unlimited);
            rc = pl_members_take(m, name, pl_zip_data(z), err);
            pl_zip_charge(z, &budget);
            continue;
        }
        pl_buf_str(&at, name); /* the zip forgets it when it reads on */
        if (!pl_buf_ok(&at))
            return pl_fail(err, PL_NOMEM, "zip");
        rc = read_inside(z, m, &(struct inside){each, arg, pl_buf_view(&at)}, err);
    }
    if (rc)
        pl_members_broken(m, rc, err ? err->text : "");
    return rc;
}
