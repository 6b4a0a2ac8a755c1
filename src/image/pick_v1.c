/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `docker save` wrote before 1.10: "repositories" ({"web": {"1": ID}}), and a folder for each
 * layer with "json" (its id, its parent, its build step, and the configuration) and "layer.tar".
 * Ids are random numbers: nothing promises what a layer holds. (Docker image specification 1.0.)
 *
 * The document of the highest layer becomes what later versions call the config: it is given the
 * diff ids, as the layers are, and the history. Its digest is the image's id.
 */
#include "image/js.h"
#include "image/limits.h"
#include "image/pick.h"

#include <string.h>

struct chain {
    pl_str ids[PL_PICK_V1_LAYERS]; /* highest first */
    json_t *docs[PL_PICK_V1_LAYERS];
    size_t n;
    pl_str digest; /* of the highest one's document */
};

static pl_rc read_link(struct pl_pick *p, pl_str id, struct chain *c, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};
    pl_blob *blob = NULL;

    pl_buf_fmt(&name, "%.*s/json", PL_F(pl_str_sub(id, 0, PL_SHA256_HEX)));
    pl_rc rc = pl_blobs_json(p->blobs, pl_buf_view(&name), &c->docs[c->n], &blob, err);
    if (rc)
        return rc;
    if (c->n == 0)
        c->digest = pl_pick_digest(p, blob->sha256);
    c->ids[c->n++] = id;
    return PL_OK;
}

static pl_rc read_chain(struct pl_pick *p, pl_str top, struct chain *c, pl_err *err)
{
    for (pl_str id = top; id.n;) {
        if (c->n == PL_PICK_V1_LAYERS)
            return pl_fail(err, PL_LIMIT, "more than %d layers, or a circle of parents",
                           PL_PICK_V1_LAYERS);
        pl_rc rc = read_link(p, id, c, err);
        if (rc)
            return pl_wrap(err, rc, "layer %.*s", PL_F(pl_str_sub(id, 0, 100)));
        id = pl_js_str(c->docs[c->n - 1], "parent");
    }
    return PL_OK;
}

/* ---- layers ---- */

static pl_rc take_layers(struct pl_pick *p, const struct chain *c, pl_parts *ret, pl_err *err)
{
    ret->layers = pl_arena_calloc(p->blobs->arena, c->n, sizeof(*ret->layers));
    if (!ret->layers)
        return pl_fail(err, PL_LIMIT, "image takes too much memory");
    for (size_t i = 0; i < c->n; i++) {
        PL_AUTO_BUF pl_buf name = {0};
        pl_buf_fmt(&name, "%.*s/layer.tar", PL_F(c->ids[c->n - 1 - i]));
        pl_pick_unpromised(p, pl_buf_view(&name), ret);
    }
    return PL_OK;
}

/* ---- the config ---- */

static json_t *text_of(pl_str s)
{
    return json_stringn(s.p, s.n);
}

/* ["/bin/sh", "-c", "make"] as later versions write it: words with blanks between them. */
static json_t *step_of(const json_t *doc)
{
    const json_t *words = json_object_get(json_object_get(doc, "container_config"), "Cmd");
    PL_AUTO_BUF pl_buf text = {.max = PL_IMAGE_DOCUMENT_MAX};

    for (size_t i = 0; i < json_array_size(words); i++) {
        if (i)
            pl_buf_ch(&text, ' ');
        pl_buf_str(&text, pl_js_text(json_array_get(words, i)));
    }
    return json_pack("{s:o*, s:o*}", "created", text_of(pl_js_str(doc, "created")), "created_by",
                     text_of(pl_buf_view(&text)));
}

static pl_rc complete_config(const struct chain *c, pl_parts *ret, pl_err *err)
{
    json_t *ids = json_array();
    json_t *history = json_array();
    bool ok = ids && history;

    for (size_t i = 0; ok && i < c->n; i++) {
        ok = json_array_append_new(ids, text_of(ret->layers[i].diff_id)) == 0 &&
             json_array_append_new(history, step_of(c->docs[c->n - 1 - i])) == 0;
    }
    ret->config = c->docs[0];
    ok = json_object_set_new(ret->config, "history", history) == 0 && ok;
    ok = json_object_set_new(ret->config, "rootfs", json_pack("{s:o}", "diff_ids", ids)) == 0 && ok;
    return ok ? PL_OK : pl_fail(err, PL_NOMEM, "image config");
}

/* ---- which image ---- */

struct named {
    pl_str top, tag; /* of the one that was asked for, else of the first */
    size_t n;
};

static pl_rc join(pl_arena *a, const char *repository, const char *tag, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%s:%s", repository, tag);
    *ret = pl_arena_str(a, pl_buf_view(&text));
    return ret->p ? PL_OK : pl_fail(err, PL_LIMIT, "image takes too much memory");
}

static pl_rc look_up(struct pl_pick *p, json_t *repositories, struct named *ret, pl_err *err)
{
    const char *repository, *tag;
    json_t *tags, *id;

    json_object_foreach(repositories, repository, tags)
    {
        json_object_foreach(tags, tag, id)
        {
            pl_str name, top = pl_js_text(id);
            pl_rc rc = join(p->blobs->arena, repository, tag, &name, err);
            if (rc)
                return rc;
            ret->n++;
            if (p->select.n == 0 ? ret->n == 1
                                 : pl_str_eq(p->select, name) || pl_str_eq(p->select, top))
                *ret = (struct named){top, name, ret->n};
            else if (p->select.n == 0 && !pl_str_eq(top, ret->top) && !p->n_others++)
                p->other = name;
        }
    }
    if (ret->top.n)
        return PL_OK;
    return pl_fail(err, ret->n ? PL_NOTFOUND : PL_FORMAT,
                   "the archive holds %zu images, but not %.*s", ret->n,
                   PL_F(pl_str_sub(p->select, 0, 200)));
}

static pl_rc set_tag(struct pl_pick *p, pl_str tag, pl_parts *ret, pl_err *err)
{
    pl_str *list = PL_NEW(p->blobs->arena, pl_str);

    if (!list)
        return pl_fail(err, PL_LIMIT, "image takes too much memory");
    *list = tag;
    ret->tags = list;
    ret->n_tags = 1;
    return PL_OK;
}

pl_rc pl_pick_v1(struct pl_pick *p, pl_parts *ret, pl_err *err)
{
    json_t *repositories = NULL;
    struct named of = {0};
    struct chain *chain = PL_NEW(p->blobs->arena, struct chain);
    pl_rc rc = pl_blobs_json(p->blobs, PL_S("repositories"), &repositories, NULL, err);

    if (!rc && !chain)
        rc = pl_fail(err, PL_LIMIT, "image takes too much memory");
    if (!rc)
        rc = look_up(p, repositories, &of, err);
    if (!rc)
        rc = read_chain(p, of.top, chain, err);
    if (rc)
        return rc;
    *ret = (pl_parts){.format = "docker-archive", .config_digest = chain->digest, .n_images = of.n};
    pl_pick_tell_others(p);
    rc = take_layers(p, chain, ret, err);
    if (!rc)
        rc = complete_config(chain, ret, err);
    return rc ? rc : set_tag(p, of.tag, ret, err);
}
