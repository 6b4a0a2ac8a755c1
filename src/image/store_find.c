/* SPDX-License-Identifier: Apache-2.0 */
/* Which image or container of a store is meant, by the store's own documents. */
#include "image/store_search.h"

#include <string.h>

enum { SHORT_ID = 12, LONG_ID = 64, NAMES_TOLD = 8 };

/* ---- the wire ---- */

void pl_store_found_encode(const pl_store_found *f, pl_buf *out)
{
    pl_buf_lstr(out, f->image);
    pl_buf_lstr(out, f->container);
    pl_buf_lstr(out, f->name);
    pl_buf_lstr(out, f->top);
    pl_buf_u32le(out, (uint32_t)f->n_tags);
    for (size_t i = 0; i < f->n_tags; i++)
        pl_buf_lstr(out, f->tags[i]);
    pl_buf_u32le(out, (uint32_t)f->n_layers);
    for (size_t i = 0; i < f->n_layers; i++)
        pl_buf_lstr(out, f->layers[i]);
}

static bool decode_list(pl_rd *r, pl_str *to, size_t max, size_t *ret_n)
{
    uint32_t n = pl_rd_u32le(r);

    if (n > max)
        return false;
    for (uint32_t i = 0; i < n; i++)
        to[i] = pl_rd_lstr(r);
    *ret_n = n;
    return true;
}

bool pl_store_found_decode(pl_str bytes, pl_store_found *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);

    memset(ret, 0, sizeof(*ret));
    ret->image = pl_rd_lstr(&r);
    ret->container = pl_rd_lstr(&r);
    ret->name = pl_rd_lstr(&r);
    ret->top = pl_rd_lstr(&r);
    return decode_list(&r, ret->tags, PL_STORE_TAGS_MAX, &ret->n_tags) &&
           decode_list(&r, ret->layers, PL_STORE_LAYERS_MAX, &ret->n_layers) && pl_rd_done(&r);
}

/* ---- names and ids ---- */

/* Without the parts that engines put in front when a person leaves them out. */
static pl_str familiar(pl_str name)
{
    static const char *const fronts[] = {"docker.io/library/", "docker.io/", "localhost/"};

    for (size_t i = 0; i < PL_COUNT(fronts); i++)
        if (pl_str_starts(name, pl_str_c(fronts[i])))
            return pl_str_sub(name, strlen(fronts[i]), name.n);
    return name;
}

static bool has_tag(pl_str name)
{
    for (size_t i = name.n; i-- > 0 && name.p[i] != '/';)
        if (name.p[i] == ':' || name.p[i] == '@')
            return true;
    return false;
}

bool pl_store_is_name(pl_str wanted, pl_str name)
{
    const pl_str latest = PL_S(":latest");
    pl_str want = familiar(wanted);
    pl_str has = familiar(name);

    if (has_tag(want))
        return pl_str_eq(want, has);
    return pl_str_ends(has, latest) && pl_str_eq(want, pl_str_sub(has, 0, has.n - latest.n));
}

bool pl_store_is_id(pl_str wanted, pl_str id)
{
    const pl_str prefix = PL_S("sha256:");

    if (pl_str_starts(wanted, prefix))
        wanted = pl_str_sub(wanted, prefix.n, wanted.n);
    return id.n == LONG_ID && wanted.n >= SHORT_ID && pl_str_starts(id, wanted);
}

/* ---- what is looked for, and what there is ---- */

void pl_store_there(struct pl_store_search *s, pl_str name)
{
    if (s->n_there++ < NAMES_TOLD)
        pl_buf_fmt(&s->there, "%s%.*s", s->there.n ? ", " : "", PL_F(pl_str_sub(name, 0, 100)));
    else if (s->n_there == NAMES_TOLD + 1)
        pl_buf_c(&s->there, ", ...");
}

void pl_store_add_tag(pl_store_found *f, pl_str tag)
{
    if (f->n_tags < PL_STORE_TAGS_MAX)
        f->tags[f->n_tags++] = tag;
}

pl_rc pl_store_not_one(const struct pl_store_search *s, const char *what, pl_err *err)
{
    pl_str there = pl_buf_view(&s->there);

    if (s->n_there == 0)
        return pl_fail(err, PL_NOTFOUND, "the store has no %s", what);
    if (s->n_matches > 1)
        return pl_fail(err, PL_NOTFOUND, "%.*s: several have ids that begin so",
                       PL_F(pl_str_sub(s->wanted, 0, 100)));
    return pl_fail(err, PL_NOTFOUND, "the store has no %s %.*s; there are %.*s", what,
                   PL_F(pl_str_sub(s->wanted, 0, 100)), PL_F(there));
}

pl_rc pl_store_bad_json(const pl_json_rd *r, const char *name, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "%s: %s (byte %zu)", name, r->why ? r->why : "ends too early",
                   (size_t)(r->p - r->start));
}

/* ---- Docker ---- */

static pl_str hex_of(pl_str digest)
{
    return pl_str_starts(digest, PL_S("sha256:")) ? pl_str_sub(digest, 7, digest.n)
                                                  : (pl_str){"", 0};
}

static void docker_name(struct pl_store_search *s, pl_str name, pl_str id)
{
    pl_store_found *f = s->found;
    bool is_match =
        s->wanted.n == 0 || pl_store_is_name(s->wanted, name) || pl_store_is_id(s->wanted, id);

    pl_store_there(s, name);
    if (is_match && !pl_str_eq(f->image, id)) {
        s->n_matches++;
        f->image = id;
    }
}

typedef void (*each_name)(struct pl_store_search *s, pl_str name, pl_str id);

/* {"web:1": "sha256:...", "web@sha256:...": "sha256:..."} */
static void walk_names(struct pl_store_search *s, pl_json_rd *r, each_name each)
{
    pl_str name, id;

    if (pl_json_enter_object(r))
        while (pl_json_key(r, &name))
            if (pl_json_string(r, s->a, PL_STORE_NAME_MAX, &id))
                each(s, name, hex_of(id));
}

/* {"Repositories": {"web": names}} */
static pl_rc walk_repositories(struct pl_store_search *s, pl_str text, each_name each, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    pl_str key;

    if (pl_json_enter_object(&r))
        while (pl_json_key(&r, &key)) {
            if (!pl_str_eq(key, PL_S("Repositories")))
                pl_json_skip(&r);
            else if (pl_json_enter_object(&r))
                while (pl_json_key(&r, &key))
                    walk_names(s, &r, each);
        }
    return pl_json_done(&r) ? PL_OK : pl_store_bad_json(&r, "repositories.json", err);
}

static void docker_tag(struct pl_store_search *s, pl_str name, pl_str id)
{
    bool is_digest = memchr(name.p, '@', name.n) != NULL;

    if (pl_str_eq(id, s->found->image) && !is_digest)
        pl_store_add_tag(s->found, name);
}

/* config.v2.json of one container. */
static pl_rc docker_container(struct pl_store_search *s, pl_str text, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    pl_str key, id = {"", 0}, name = {"", 0}, image = {"", 0};
    const pl_json_slot slots[] = {{"ID", &id}, {"Name", &name}, {"Image", &image}};

    if (pl_json_enter_object(&r))
        while (pl_json_key(&r, &key))
            if (!pl_json_pick(&r, s->a, key, slots, PL_COUNT(slots), PL_STORE_NAME_MAX))
                pl_json_skip(&r);
    if (!pl_json_done(&r))
        return pl_store_bad_json(&r, "config.v2.json", err);
    if (pl_str_starts(name, PL_S("/")))
        name = pl_str_sub(name, 1, name.n);
    pl_store_there(s, name);
    if (s->wanted.n && !pl_str_eq(s->wanted, name) && !pl_store_is_id(s->wanted, id))
        return PL_OK;
    s->n_matches++;
    s->found->container = id;
    s->found->name = name;
    s->found->image = hex_of(image);
    return PL_OK;
}

/* An image without a name is in no list: its id has to be whole, and the caller looks whether it
 * is there. */
static bool is_whole_id(struct pl_store_search *s)
{
    pl_str id = pl_str_starts(s->wanted, PL_S("sha256:")) ? hex_of(s->wanted) : s->wanted;

    if (id.n != LONG_ID)
        return false;
    s->found->image = id;
    return true;
}

static pl_rc find_docker(struct pl_store_search *s, pl_rd *documents, bool is_container,
                         pl_err *err)
{
    pl_str repositories = pl_rd_lstr(documents);
    pl_rc rc = PL_OK;

    if (!is_container)
        rc = walk_repositories(s, repositories, docker_name, err);
    while (!rc && is_container && documents->n)
        rc = docker_container(s, pl_rd_lstr(documents), err);
    if (!rc && s->n_matches != 1 && (is_container || !is_whole_id(s)))
        rc = pl_store_not_one(s, is_container ? "container" : "image", err);
    return rc ? rc : walk_repositories(s, repositories, docker_tag, err);
}

pl_rc pl_store_find(pl_store_job job, pl_str wanted, pl_str documents, pl_arena *a,
                    pl_store_found *ret, pl_err *err)
{
    struct pl_store_search s = {.a = a, .wanted = wanted, .found = ret, .there = {.max = 4096}};
    pl_rd r = pl_rd_of(documents.p, documents.n);
    bool is_docker = job == PL_STORE_JOB_DOCKER || job == PL_STORE_JOB_DOCKER_CONTAINER;

    memset(ret, 0, sizeof(*ret));
    pl_rc rc = is_docker
                   ? find_docker(&s, &r, job == PL_STORE_JOB_DOCKER_CONTAINER, err)
                   : pl_store_find_rows(&s, &r, job == PL_STORE_JOB_CONTAINERS_CONTAINER, err);
    if (rc == PL_NOTFOUND && wanted.n == 0 && s.n_there > 1) {
        memset(ret, 0, sizeof(*ret));
        ret->name = pl_arena_str(a, pl_buf_view(&s.there));
        rc = PL_OK;
    }
    pl_buf_done(&s.there);
    if (!rc && !pl_rd_ok(&r))
        rc = pl_fail(err, PL_FORMAT, "documents of the store");
    return rc;
}

/* ---- the config ---- */

static void read_diff_ids(pl_json_rd *r, pl_arena *a, pl_store_found *ret)
{
    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        if (ret->n_layers == PL_STORE_LAYERS_MAX)
            pl_json_fail(r, "has too many layers");
        else if (pl_json_string(r, a, PL_STORE_NAME_MAX, &ret->layers[ret->n_layers]))
            ret->n_layers++;
    }
}

static void read_rootfs(pl_json_rd *r, pl_arena *a, pl_store_found *ret)
{
    pl_str key;

    if (!pl_json_enter_object(r))
        return;
    while (pl_json_key(r, &key))
        if (pl_str_eq(key, PL_S("diff_ids")))
            read_diff_ids(r, a, ret);
        else
            pl_json_skip(r);
}

pl_rc pl_store_config(pl_str config, pl_arena *a, pl_store_found *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(config);
    pl_str key;

    memset(ret, 0, sizeof(*ret));
    if (pl_json_enter_object(&r))
        while (pl_json_key(&r, &key)) {
            if (pl_str_eq(key, PL_S("rootfs")))
                read_rootfs(&r, a, ret);
            else
                pl_json_skip(&r);
        }
    return pl_json_done(&r) ? PL_OK : pl_store_bad_json(&r, "image config", err);
}

pl_rc pl_store_info(pl_str info, pl_arena *a, pl_store_found *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(info);
    const pl_json_slot slots[] = {{"DockerRootDir", &ret->name}};
    pl_str key;

    memset(ret, 0, sizeof(*ret));
    if (pl_json_enter_object(&r))
        while (pl_json_key(&r, &key))
            if (!pl_json_pick(&r, a, key, slots, PL_COUNT(slots), PL_STORE_NAME_MAX))
                pl_json_skip(&r);
    return pl_json_done(&r) ? PL_OK : pl_store_bad_json(&r, "info of the engine", err);
}
