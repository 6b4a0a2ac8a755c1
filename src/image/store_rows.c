/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of containers/storage: arrays of images, layers and containers. */
#include "image/store_search.h"

#include <string.h>

struct row {
    pl_str id, image, layer, parent;
    pl_str names[PL_STORE_TAGS_MAX];
    size_t n_names;
};

static void read_names(struct pl_store_search *s, pl_json_rd *r, struct row *row)
{
    pl_str name;

    if (pl_json_enter_array(r))
        while (pl_json_item(r)) {
            if (!pl_json_string(r, s->a, PL_STORE_NAME_MAX, &name))
                return;
            if (row->n_names < PL_STORE_TAGS_MAX)
                row->names[row->n_names++] = name;
        }
}

static void read_row(struct pl_store_search *s, pl_json_rd *r, struct row *row)
{
    const pl_json_slot slots[] = {
        {"id", &row->id}, {"image", &row->image}, {"layer", &row->layer}, {"parent", &row->parent}};
    pl_str key;

    memset(row, 0, sizeof(*row));
    if (pl_json_enter_object(r))
        while (pl_json_key(r, &key)) {
            if (pl_str_eq(key, PL_S("names")))
                read_names(s, r, row);
            else if (!pl_json_pick(r, s->a, key, slots, PL_COUNT(slots), PL_STORE_NAME_MAX))
                pl_json_skip(r);
        }
}

static bool is_wanted(const struct pl_store_search *s, const struct row *row, bool is_container)
{
    bool is = s->wanted.n == 0 || pl_store_is_id(s->wanted, row->id);

    for (size_t i = 0; !is && i < row->n_names; i++)
        is = is_container ? pl_str_eq(s->wanted, row->names[i])
                          : pl_store_is_name(s->wanted, row->names[i]);
    return is;
}

/* A file of rows that is not there says nothing. */
typedef void (*each_row)(struct pl_store_search *s, const struct row *row, void *arg);

static pl_rc walk_rows(struct pl_store_search *s, pl_str text, const char *file, each_row each,
                       void *arg, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    struct row row;

    if (text.n == 0)
        return PL_OK;
    if (pl_json_enter_array(&r))
        while (pl_json_item(&r)) {
            read_row(s, &r, &row);
            each(s, &row, arg);
        }
    return pl_json_done(&r) ? PL_OK : pl_store_bad_json(&r, file, err);
}

struct pick {
    bool is_container;
    struct row row;
};

static void pick_row(struct pl_store_search *s, const struct row *row, void *arg)
{
    struct pick *p = arg;

    pl_store_there(s, row->n_names ? row->names[0] : pl_str_sub(row->id, 0, 12));
    if (!is_wanted(s, row, p->is_container))
        return;
    s->n_matches++;
    p->row = *row;
}

/* ---- the chain of layers ---- */

struct link {
    pl_str id, parent;
};
struct links {
    struct link *items; /* in the arena; NULL while they are counted */
    size_t n;
};

static void add_link(struct pl_store_search *s, const struct row *row, void *arg)
{
    struct links *l = arg;

    (void)s;
    if (l->items)
        l->items[l->n] = (struct link){row->id, row->parent};
    l->n++;
}

static const struct link *link_of(const struct links *l, pl_str id)
{
    for (size_t i = 0; i < l->n; i++)
        if (pl_str_eq(l->items[i].id, id))
            return &l->items[i];
    return NULL;
}

static pl_rc read_links(struct pl_store_search *s, const pl_str *files, size_t n, struct links *ret,
                        pl_err *err)
{
    struct links l = {0};
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = walk_rows(s, files[i], "layers.json", add_link, &l, err);
    l.items = pl_arena_calloc(s->a, l.n ? l.n : 1, sizeof(*l.items));
    if (!rc && !l.items)
        rc = pl_fail(err, PL_LIMIT, "layers.json: too many layers");
    l.n = 0;
    for (size_t i = 0; !rc && i < n; i++)
        rc = walk_rows(s, files[i], "layers.json", add_link, &l, err);
    *ret = l;
    return rc;
}

/* From the top down to the layer without a parent, then turned round. */
static pl_rc read_chain(const struct links *l, pl_str top, pl_store_found *f, pl_err *err)
{
    size_t n = 0;

    for (pl_str at = top; at.n;) {
        const struct link *here = link_of(l, at);
        if (n == PL_STORE_LAYERS_MAX)
            return pl_fail(err, PL_LIMIT, "layers.json: more than %d layers, or a circle",
                           PL_STORE_LAYERS_MAX);
        if (!here)
            return pl_fail(err, PL_FORMAT, "layers.json: has no layer %.*s",
                           PL_F(pl_str_sub(at, 0, 100)));
        f->layers[n++] = at;
        at = here->parent;
    }
    f->n_layers = n;
    for (size_t i = 0; i < n / 2; i++) {
        pl_str low = f->layers[i];
        f->layers[i] = f->layers[n - 1 - i];
        f->layers[n - 1 - i] = low;
    }
    return PL_OK;
}

/* ---- images.json, and what it leads to ---- */

static pl_rc find_row(struct pl_store_search *s, const pl_str *files, size_t n, const char *name,
                      struct pick *p, pl_err *err)
{
    pl_rc rc = PL_OK;

    s->n_matches = s->n_there = 0;
    for (size_t i = 0; !rc && i < n; i++)
        rc = walk_rows(s, files[i], name, pick_row, p, err);
    if (!rc && s->n_matches != 1)
        rc = pl_store_not_one(s, p->is_container ? "container" : "image", err);
    return rc;
}

pl_rc pl_store_find_rows(struct pl_store_search *s, pl_rd *documents, bool is_container,
                         pl_err *err)
{
    pl_str files[PL_STORE_CONTAINERS_FILES];
    struct pick image = {0}, container = {.is_container = true};
    struct links links = {0};
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < PL_COUNT(files); i++)
        files[i] = pl_rd_lstr(documents);
    if (is_container) {
        rc = find_row(s, files + 3, 2, "containers.json", &container, err);
        s->wanted = container.row.image;
    }
    if (!rc)
        rc = find_row(s, files, 1, "images.json", &image, err);
    if (!rc)
        rc = read_links(s, files + 1, 2, &links, err);
    if (!rc)
        rc = read_chain(&links, image.row.layer, s->found, err);
    if (rc)
        return rc;
    s->found->image = image.row.id;
    s->found->container = container.row.id;
    s->found->name = container.row.n_names ? container.row.names[0] : container.row.id;
    s->found->top = container.row.layer;
    for (size_t i = 0; i < image.row.n_names; i++)
        pl_store_add_tag(s->found, image.row.names[i]);
    return PL_OK;
}
