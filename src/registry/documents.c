/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/documents.h"

#include "core/buf.h"
#include "core/json_rd.h"
#include "registry/limits.h"

#include <string.h>

enum { DIGEST_MAX = 160, SLOTS_FIRST = 16 };

static pl_rc finish(pl_json_rd *r, const char *what, pl_err *err)
{
    if (pl_json_done(r))
        return PL_OK;
    return pl_fail(err, PL_FORMAT, "%s: byte %zu: %s", what, (size_t)(r->p - r->start),
                   r->why ? r->why : "JSON of another kind than asked for");
}

static pl_rc no_room(const char *what, pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "%s does not fit its budget", what);
}

/* Room for one more; NULL: the budget or the count is used up. */
static void *push(pl_arena *a, void **items, size_t *n, size_t most, size_t size)
{
    if (*n == most)
        return NULL;
    if (*n == 0 || (*n >= SLOTS_FIRST && (*n & (*n - 1)) == 0)) {
        void *more = pl_arena_calloc(a, *n ? *n * 2 : SLOTS_FIRST, size);
        if (!more)
            return NULL;
        if (*n)
            memcpy(more, *items, *n * size);
        *items = more;
    }
    return (char *)*items + size * (*n)++;
}

/* ---- platforms ---- */

struct platform {
    pl_str os, machine, variant;
};

static pl_str platform_text(pl_arena *a, const struct platform *p)
{
    char text[PL_REGISTRY_PLATFORM_MAX];

    int n = snprintf(text, sizeof(text), "%.*s/%.*s%s%.*s", PL_F(p->os), PL_F(p->machine),
                     p->variant.n ? "/" : "", PL_F(p->variant));
    for (int i = 0; i < n && i < (int)sizeof(text); i++)
        if (text[i] <= ' ' || text[i] > '~')
            return (pl_str){"", 0};
    return n > 1 && n < (int)sizeof(text) ? pl_arena_str(a, pl_str_c(text)) : (pl_str){"", 0};
}

static bool take_platform_key(pl_json_rd *r, pl_arena *a, pl_str key, struct platform *p)
{
    const pl_json_slot slots[] = {
        {"os", &p->os}, {"architecture", &p->machine}, {"variant", &p->variant}};

    return pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_REGISTRY_PLATFORM_MAX);
}

static pl_str read_platform(pl_json_rd *r, pl_arena *a)
{
    struct platform p = {0};

    if (pl_json_enter_object(r))
        for (pl_str key; pl_json_key(r, &key);)
            if (!take_platform_key(r, a, key, &p))
                pl_json_skip(r);
    return platform_text(a, &p);
}

bool pl_platform_fits(pl_str platform, pl_str wanted)
{
    if (pl_str_eq(platform, wanted))
        return true;
    /* All arm64 is v8. */
    if (pl_str_eq(wanted, PL_S("linux/arm64/v8")))
        return pl_str_eq(platform, PL_S("linux/arm64"));
    size_t slashes = 0;
    for (size_t i = 0; i < wanted.n; i++)
        slashes += wanted.p[i] == '/';
    return slashes == 1 && platform.n > wanted.n && pl_str_starts(platform, wanted) &&
           platform.p[wanted.n] == '/';
}

/* ---- manifests ---- */

struct entry {
    pl_descriptor d;
    pl_str platform;
};

static bool take_descriptor_key(pl_json_rd *r, pl_arena *a, pl_str key, pl_descriptor *d)
{
    const pl_json_slot slots[] = {{"mediaType", &d->type}, {"digest", &d->digest}};

    if (pl_str_eq(key, PL_S("size"))) {
        d->size = pl_json_size(r);
        return true;
    }
    return pl_json_pick(r, a, key, slots, PL_COUNT(slots), DIGEST_MAX);
}

static void read_entry(pl_json_rd *r, pl_arena *a, struct entry *e)
{
    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("platform")))
            e->platform = read_platform(r, a);
        else if (!take_descriptor_key(r, a, key, &e->d))
            pl_json_skip(r);
    }
}

struct reading {
    pl_arena *a;
    pl_str wanted;
    pl_manifest *m;
    pl_buf platforms;
    int best;
    size_t n_entries;
    bool is_full, is_old, has_layers;
};

/* Attestations have the platform unknown/unknown. */
static void consider(struct reading *s, const struct entry *e)
{
    bool is_unknown = pl_str_starts(e->platform, PL_S("unknown/"));
    int rank = is_unknown                                 ? 0
               : pl_str_eq(e->platform, s->wanted)        ? 3
               : pl_platform_fits(e->platform, s->wanted) ? 2
               : e->platform.n == 0                       ? 1
                                                          : 0;

    if (is_unknown)
        return;
    if (e->platform.n)
        pl_buf_fmt(&s->platforms, "%s%.*s", s->platforms.n ? " " : "", PL_F(e->platform));
    if (rank <= s->best)
        return;
    s->best = rank;
    s->m->chosen = e->d;
}

static void read_entries(pl_json_rd *r, struct reading *s)
{
    s->m->is_index = true;
    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        struct entry e = {0};
        read_entry(r, s->a, &e);
        if (s->n_entries++ < PL_REGISTRY_PLATFORMS)
            consider(s, &e);
        else
            s->is_full = true;
    }
}

static void read_layers(pl_json_rd *r, struct reading *s)
{
    pl_manifest *m = s->m;

    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        struct entry e = {0};
        read_entry(r, s->a, &e);
        pl_descriptor *to =
            push(s->a, (void **)&m->layers, &m->n_layers, PL_REGISTRY_LAYERS, sizeof(*m->layers));
        if (to)
            *to = e.d;
        else
            s->is_full = true;
    }
}

static void read_manifest(pl_json_rd *r, struct reading *s)
{
    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        struct entry e = {0};
        if (pl_str_eq(key, PL_S("manifests"))) {
            read_entries(r, s);
        } else if (pl_str_eq(key, PL_S("layers"))) {
            s->has_layers = true;
            read_layers(r, s);
        } else if (pl_str_eq(key, PL_S("config"))) {
            read_entry(r, s->a, &e);
            s->m->config = e.d;
        } else {
            s->is_old |= pl_str_eq(key, PL_S("fsLayers"));
            pl_json_skip(r);
        }
    }
}

static pl_rc judge(struct reading *s, pl_err *err)
{
    if (s->is_full)
        return pl_fail(
            err, PL_LIMIT,
            "manifest has over %d layers (PL_REGISTRY_LAYERS), or an index over %d images "
            "(PL_REGISTRY_PLATFORMS)",
            PL_REGISTRY_LAYERS, PL_REGISTRY_PLATFORMS);
    if (s->is_old && !s->m->config.digest.n)
        return pl_fail(err, PL_UNSUPPORTED,
                       "manifest of Docker's schema 1, which holds no digest of its config: push "
                       "the image again");
    /* One reader would take the image that it lists, another the one that it is (CVE-2021-41190).
     */
    if (s->m->is_index && (s->has_layers || s->m->config.digest.n))
        return pl_fail(err, PL_FORMAT, "an image manifest and an index at once");
    if (!s->m->is_index && (!s->m->config.digest.n || !s->m->config.size))
        return pl_fail(err, PL_FORMAT, "neither an image manifest nor an index");
    s->m->platforms = pl_arena_str(s->a, pl_buf_view(&s->platforms));
    return s->m->platforms.p ? PL_OK : no_room("manifest", err);
}

pl_rc pl_manifest_read(pl_str json, pl_str platform, pl_arena *a, pl_manifest *ret, pl_err *err)
{
    pl_manifest m = {0};
    struct reading s = {.a = a, .wanted = platform, .m = &m};
    pl_json_rd r = pl_json_rd_of(json);

    read_manifest(&r, &s);
    pl_rc rc = finish(&r, "manifest", err);
    if (!rc)
        rc = judge(&s, err);
    pl_buf_done(&s.platforms);
    if (!rc)
        *ret = m;
    return rc;
}

/* ---- configs ---- */

static void read_diff_ids(pl_json_rd *r, pl_arena *a, pl_image_config_head *c, bool *is_full)
{
    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        pl_str id = {0};
        pl_json_string_head(r, a, DIGEST_MAX, &id);
        pl_str *to = push(a, (void **)&c->diff_ids, &c->n_diff_ids, PL_REGISTRY_LAYERS,
                          sizeof(*c->diff_ids));
        if (to)
            *to = id;
        else
            *is_full = true;
    }
}

static void read_rootfs(pl_json_rd *r, pl_arena *a, pl_image_config_head *c, bool *is_full)
{
    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("diff_ids")))
            read_diff_ids(r, a, c, is_full);
        else
            pl_json_skip(r);
    }
}

pl_rc pl_config_read(pl_str json, pl_arena *a, pl_image_config_head *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_image_config_head c = {0};
    struct platform p = {0};
    bool is_full = false;

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("rootfs")))
                read_rootfs(&r, a, &c, &is_full);
            else if (!take_platform_key(&r, a, key, &p))
                pl_json_skip(&r);
        }
    pl_rc rc = finish(&r, "image config", err);
    if (!rc && is_full)
        rc = pl_fail(err, PL_LIMIT, "image config has over %d layers (PL_REGISTRY_LAYERS)",
                     PL_REGISTRY_LAYERS);
    if (rc)
        return rc;
    c.platform = platform_text(a, &p);
    *ret = c;
    return PL_OK;
}

/* ---- lists ---- */

static void read_names(pl_json_rd *r, pl_arena *a, pl_names *to, bool *is_full)
{
    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        pl_str name = {0};
        /* One byte more than a name may have, so that a long one is not taken for its beginning. */
        pl_json_string_head(r, a, PL_REGISTRY_NAME_MAX + 1, &name);
        pl_str *at = push(a, (void **)&to->items, &to->n, PL_REGISTRY_NAMES, sizeof(*to->items));
        if (at)
            *at = name;
        else
            *is_full = true;
    }
}

pl_rc pl_names_read(pl_str json, const char *key, pl_arena *a, pl_names *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_names names = {0};
    bool is_full = false, is_there = false;

    if (pl_json_enter_object(&r))
        for (pl_str k; pl_json_key(&r, &k);) {
            bool is_it = pl_str_eq(k, pl_str_c(key));
            is_there |= is_it;
            if (is_it)
                read_names(&r, a, &names, &is_full);
            else
                pl_json_skip(&r);
        }
    pl_rc rc = finish(&r, "list", err);
    if (!rc && !is_there)
        rc = pl_fail(err, PL_FORMAT, "list: no \"%s\" in it", key);
    if (!rc && is_full)
        rc = pl_fail(err, PL_LIMIT, "list has over %d names", PL_REGISTRY_NAMES);
    if (!rc)
        *ret = names;
    return rc;
}
