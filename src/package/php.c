/* SPDX-License-Identifier: Apache-2.0 */
#include "package/php.h"

#include "core/char.h"
#include "core/json_rd.h"
#include "package/limits.h"
#include "package/locks.h"

#include <stdlib.h>

/* ---- Composer ---- */

struct composer {
    pl_json_rd r;
    pl_arena *a;
    pl_str *dev; /* names of packages that only development needs, sorted; owned */
    size_t n_dev, room_dev;
    pl_found_kind kind;
    pl_found_each each;
    void *arg;
    pl_err *err;
    pl_rc rc;
};

/* Where a package can be had from: a repository, or an archive or a folder. */
struct place {
    pl_str type, url, reference, sum;
};

static void read_place(struct composer *c, struct place *to)
{
    pl_json_slot slots[] = {{"type", &to->type},
                            {"url", &to->url},
                            {"reference", &to->reference},
                            {"shasum", &to->sum}};

    if (!pl_json_enter_object(&c->r))
        return;
    for (pl_str key; pl_json_key(&c->r, &key);)
        if (!pl_json_pick(&c->r, c->a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
            pl_json_skip(&c->r);
}

/* "MIT" or ["MIT", "GPL-2.0"]: one of them may be chosen. */
static void read_licences(struct composer *c, pl_buf *out)
{
    pl_str one;

    if (pl_json_peek(&c->r) != '[') {
        pl_json_string_head(&c->r, c->a, PL_FOUND_TEXT_MAX, &one);
        pl_buf_str(out, one);
        return;
    }
    if (!pl_json_enter_array(&c->r))
        return;
    while (pl_json_item(&c->r)) {
        pl_json_string_head(&c->r, c->a, PL_FOUND_TEXT_MAX, &one);
        pl_buf_fmt(out, "%s%.*s", out->n ? " OR " : "", PL_F(one));
    }
}

static bool is_version_with_v(pl_str s)
{
    return s.n > 1 && s.p[0] == 'v' && pl_is_digit(s.p[1]);
}

/* The repository says more than the archive that somebody made of it. */
static void put_from(pl_buf *out, const struct place *source, const struct place *dist)
{
    const struct place *from = source->url.n ? source : dist;

    if (!from->url.n)
        return;
    if (pl_str_eq(from->type, PL_S("path")))
        pl_buf_c(out, "file:");
    pl_buf_str(out, from->url);
    if (from->reference.n)
        pl_buf_fmt(out, "#%.*s", PL_F(from->reference));
}

static void tell_composer(struct composer *c, pl_found *f, const struct place *source,
                          const struct place *dist)
{
    PL_AUTO_BUF pl_buf from = {0};
    PL_AUTO_BUF pl_buf digest = {0};

    put_from(&from, source, dist);
    if (dist->sum.n)
        pl_buf_fmt(&digest, "sha1:%.*s", PL_F(dist->sum));
    f->provenance = pl_buf_view(&from);
    f->integrity = pl_buf_view(&digest);
    if (is_version_with_v(f->version))
        f->version = pl_str_sub(f->version, 1, f->version.n);
    if (!pl_buf_ok(&from) || !pl_buf_ok(&digest))
        c->rc = pl_fail(c->err, PL_NOMEM, "composer");
    else if (!c->r.is_bad && pl_found_is_whole(f))
        c->rc = c->each(f, c->arg, c->err);
}

static int compare_names(const void *x, const void *y)
{
    return pl_str_cmp(*(const pl_str *)x, *(const pl_str *)y);
}

static bool is_for_development(const struct composer *c, pl_str name)
{
    return c->n_dev && bsearch(&name, c->dev, c->n_dev, sizeof(name), compare_names);
}

static void add_development(struct composer *c, pl_str name)
{
    if (c->n_dev == c->room_dev) {
        size_t room = c->room_dev ? c->room_dev * 2 : 64;
        pl_str *dev = reallocarray(c->dev, room, sizeof(*dev));
        if (!dev) {
            c->rc = pl_fail(c->err, PL_NOMEM, "composer");
            return;
        }
        c->dev = dev;
        c->room_dev = room;
    }
    c->dev[c->n_dev++] = name;
}

/* Composer 2 writes "dev-package-names" behind the packages that are meant. */
static void find_development(struct composer *c, pl_str json)
{
    pl_str name;

    c->r = pl_json_rd_of(json);
    if (pl_json_peek(&c->r) != '{' || !pl_json_enter_object(&c->r))
        return;
    for (pl_str key; !c->rc && pl_json_key(&c->r, &key);) {
        if (!pl_str_eq(key, PL_S("dev-package-names"))) {
            pl_json_skip(&c->r);
        } else if (pl_json_enter_array(&c->r)) {
            while (!c->rc && pl_json_item(&c->r)) {
                pl_json_string_head(&c->r, c->a, PL_FOUND_TEXT_MAX, &name);
                add_development(c, name);
            }
        }
    }
    if (c->n_dev)
        qsort(c->dev, c->n_dev, sizeof(*c->dev), compare_names);
}

static void read_composer_package(struct composer *c, pl_found_scope scope)
{
    PL_AUTO_BUF pl_buf licence = {0};
    pl_found f = {.kind = c->kind, .lang = PL_LANG_COMPOSER, .scope = scope};
    struct place source = {0};
    struct place dist = {0};
    pl_json_slot slots[] = {{"name", &f.name}, {"version", &f.version}};

    if (!pl_json_enter_object(&c->r))
        return;
    for (pl_str key; pl_json_key(&c->r, &key);) {
        if (pl_json_pick(&c->r, c->a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
            continue;
        if (pl_str_eq(key, PL_S("source")))
            read_place(c, &source);
        else if (pl_str_eq(key, PL_S("dist")))
            read_place(c, &dist);
        else if (pl_str_eq(key, PL_S("license")))
            read_licences(c, &licence);
        else
            pl_json_skip(&c->r);
    }
    f.licence = pl_buf_view(&licence);
    if (is_for_development(c, f.name))
        f.scope = PL_SCOPE_DEVELOPMENT;
    tell_composer(c, &f, &source, &dist);
}

static void read_composer_list(struct composer *c, pl_found_scope scope)
{
    if (!pl_json_enter_array(&c->r))
        return;
    while (!c->rc && pl_json_item(&c->r))
        read_composer_package(c, scope);
}

static pl_rc read_composer(struct composer *c, pl_str json)
{
    c->r = pl_json_rd_of(json);
    if (pl_json_peek(&c->r) == '[') {
        read_composer_list(c, PL_SCOPE_NONE);
    } else if (pl_json_enter_object(&c->r)) {
        for (pl_str key; !c->rc && pl_json_key(&c->r, &key);) {
            if (pl_str_eq(key, PL_S("packages")))
                read_composer_list(c, PL_SCOPE_NONE);
            else if (pl_str_eq(key, PL_S("packages-dev")))
                read_composer_list(c, PL_SCOPE_DEVELOPMENT);
            else
                pl_json_skip(&c->r);
        }
    }
    if (c->rc)
        return c->rc;
    return pl_json_done(&c->r) ? PL_OK
                               : pl_fail(c->err, PL_FORMAT, "no JSON: %s at byte %zu", c->r.why,
                                         (size_t)(c->r.p - c->r.start));
}

pl_rc pl_composer_installed(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct composer c = {.a = a, .kind = PL_FOUND_INSTALLED, .each = each, .arg = arg, .err = err};

    find_development(&c, json);
    pl_rc rc = c.rc ? c.rc : read_composer(&c, json);
    free(c.dev);
    return rc;
}

pl_rc pl_composer_lock(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct composer c = {.a = a, .kind = PL_FOUND_LOCKED, .each = each, .arg = arg, .err = err};
    return read_composer(&c, json);
}

/* ---- PEAR: s:4:"name";s:11:"Archive_Tar";s:7:"version";a:2:{s:7:"release";s:5:"1.4.9";...} ----
 */

/* The next string of a serialized array; everything else is passed over. *depth counts braces. */
static bool next_string(pl_str *rest, size_t *depth, pl_str *ret)
{
    while (rest->n) {
        char c = rest->p[0];
        if (c == 's' && rest->n > 2 && rest->p[1] == ':') {
            pl_str number;
            uint64_t n = 0;
            pl_str tail = pl_str_sub(*rest, 2, rest->n);
            if (!pl_str_cut(&tail, ':', &number) || !pl_str_u64(number, &n) || n > tail.n ||
                tail.n - n < 2)
                return false;
            *ret = pl_str_sub(tail, 1, (size_t)n);
            *rest = pl_str_sub(tail, (size_t)n + 2, tail.n);
            return true;
        }
        *depth += c == '{';
        *depth -= c == '}' && *depth;
        *rest = pl_str_sub(*rest, 1, rest->n);
    }
    return false;
}

pl_rc pl_pear_reg(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_PEAR};
    const struct {
        const char *key;
        size_t depth;
        pl_str *to;
    } keys[] = {{"name", 1, &f.name},          {"package", 1, &f.name},    /* of package.xml 1 */
                {"channel", 1, &f.provenance}, {"version", 1, &f.version}, /* of package.xml 1 */
                {"release", 2, &f.version},    {"_content", 2, &f.licence},
                {"license", 1, &f.licence}};
    pl_str key;
    size_t depth = 0;
    bool in_version = false;
    bool in_licence = false;

    (void)a;
    while (next_string(&text, &depth, &key)) {
        in_version = depth == 1 ? pl_str_eq(key, PL_S("version")) : in_version;
        in_licence = depth == 1 ? pl_str_eq(key, PL_S("license")) : in_licence;
        for (size_t i = 0; i < PL_COUNT(keys); i++) {
            bool fits = depth == keys[i].depth && pl_str_eq(key, pl_str_c(keys[i].key)) &&
                        !keys[i].to->n && pl_str_starts(text, PL_S(";s:"));
            if (fits && depth == 2)
                fits = keys[i].to == &f.version ? in_version : in_licence;
            if (fits && !next_string(&text, &depth, keys[i].to))
                break;
            if (fits)
                break;
        }
    }
    if (!pl_found_is_whole(&f))
        return pl_fail(err, PL_FORMAT, "names no package or no version");
    return each(&f, arg, err);
}
