/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/collect.h"

#include "engine/limits.h"

#include <string.h>

/* ---- asking ---- */

static const char *const doc_names[] = {
    [PL_DOC_VERSION] = "/version",      [PL_DOC_INFO] = "/info",
    [PL_DOC_NETWORKS] = "networks",     [PL_DOC_VOLUMES] = "volumes",
    [PL_DOC_PLUGINS] = "plugins",       [PL_DOC_IMAGES] = "images",
    [PL_DOC_CONTAINERS] = "containers", [PL_DOC_CONTAINER] = "container",
    [PL_DOC_IMAGE] = "image",
};

/* Sends what came back to the worker, in as many batches as it takes. A document that did not come
 * or cannot be read reaches answer with its error. */
static pl_rc read_all(pl_collection *c, pl_engine_ask *asks, size_t n, pl_collection_answer answer,
                      pl_err *err)
{
    PL_AUTO_BUF pl_buf batch = {0};
    pl_rc rc = PL_OK;

    pl_engine_batch_start(&batch, c->now_us);
    for (size_t i = 0; i < n && rc == PL_OK; i++) {
        if (asks[i].rc != PL_OK) {
            rc = answer(c, (uint32_t)i, NULL, &asks[i].err, err);
            continue;
        }
        pl_str body = pl_buf_view(&asks[i].body);
        if (pl_engine_batch_add(&batch, asks[i].kind, (uint32_t)i, body))
            continue;
        rc = pl_collection_read(c, pl_buf_view(&batch), answer, asks, n, err);
        pl_engine_batch_start(&batch, c->now_us);
        if (rc == PL_OK && !pl_engine_batch_add(&batch, asks[i].kind, (uint32_t)i, body))
            rc = pl_fail(err, PL_LIMIT, "document of %zu bytes", body.n);
    }
    return rc == PL_OK ? pl_collection_read(c, pl_buf_view(&batch), answer, asks, n, err) : rc;
}

static void asks_done(pl_engine_ask *asks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pl_engine_ask_done(&asks[i]);
}

/* ---- the engine itself ---- */

static const pl_engine_doc about_engine[] = {
    PL_DOC_VERSION, PL_DOC_INFO,   PL_DOC_NETWORKS,   PL_DOC_VOLUMES,
    PL_DOC_PLUGINS, PL_DOC_IMAGES, PL_DOC_CONTAINERS,
};

static pl_rc answer_engine(pl_collection *c, uint32_t index, pl_record *r, const pl_err *why,
                           pl_err *err)
{
    (void)err;
    if (r && r->kind == &pl_kind_engine)
        c->engine = r;
    else if (why)
        pl_collection_problem(c, doc_names[about_engine[index]], (pl_str){"", 0}, why);
    return PL_OK;
}

static pl_rc ask_engine(pl_collection *c, pl_err *err)
{
    pl_engine_ask asks[PL_COUNT(about_engine)] = {0};

    for (size_t i = 0; i < PL_COUNT(asks); i++)
        asks[i].kind = about_engine[i];
    pl_engine_get(c->client, asks, PL_COUNT(asks));
    pl_rc rc = read_all(c, asks, PL_COUNT(asks), answer_engine, err);
    if (rc == PL_OK && (asks[1].rc != PL_OK && asks[6].rc != PL_OK)) {
        rc = asks[1].rc;
        *err = asks[1].err;
    }
    asks_done(asks, PL_COUNT(asks));
    if (rc == PL_OK && !c->engine)
        rc = pl_fail(err, PL_FORMAT, "engine %s: no document could be read",
                     pl_engine_address(c->client));
    return rc;
}

static void set_text(pl_collection *c, int field, const char *text)
{
    pl_str s = pl_arena_str(c->arena, pl_str_c(text));
    if (s.p)
        pl_set_str(c->engine, field, s);
}

static void name_engine(pl_collection *c)
{
    pl_engine_facts *f = c->facts;
    const pl_value *id = pl_get(c->engine, PL_F_ENGINE_ID);
    const pl_value *type = pl_get(c->engine, PL_F_ENGINE_TYPE);
    const char *address = pl_engine_address(c->client);
    bool is_podman = type->state == PL_PRESENT && pl_str_eq(type->u.s, PL_S("podman"));
    PL_AUTO_BUF pl_buf key = {0};

    set_text(c, PL_F_ENGINE_ENDPOINT, address);
    set_text(c, PL_F_ENGINE_API_VERSION, pl_engine_api(c->client));
    set_text(c, PL_F_ENGINE_ORIGIN, c->where->origin ? c->where->origin : "");
    /* Podman makes up another id at each call. */
    pl_buf_str(&key, c->where->host_key);
    pl_buf_c(&key, c->where->host_key.n ? "/" : "");
    if (id->state == PL_PRESENT && id->u.s.n && !is_podman)
        pl_buf_str(&key, id->u.s);
    else
        pl_buf_c(&key, address);
    f->engine = (pl_subject){.rec = c->engine,
                             .kind = PL_S("engine"),
                             .key = pl_arena_str(c->arena, pl_buf_view(&key)),
                             .name = pl_arena_str(c->arena, pl_str_c(address))};
    f->engine.klass = f->engine.key;
}

/* ---- containers ---- */

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

/* A container that is there and could not be read: every field has the reason. */
static pl_record *unread(pl_collection *c, pl_str id, const pl_err *why)
{
    pl_record *r = pl_record_new(c->arena, &pl_kind_container);

    for (size_t i = 0; r && i < r->kind->n; i++)
        pl_set_unreadable(r, (int)i, pl_rc_reason(why->rc));
    pl_set_str(r, PL_F_CONTAINER_FULL_ID, id);
    pl_set_str(r, PL_F_CONTAINER_ID, pl_str_sub(id, 0, 12));
    return r;
}

static pl_rc answer_container(pl_collection *c, uint32_t index, pl_record *r, const pl_err *why,
                              pl_err *err)
{
    const pl_value *ids = pl_get(c->engine, PL_F_ENGINE_CONTAINER_IDS);
    pl_str id = ids->u.strs[index];
    pl_err lie = {0};

    if (r && !pl_str_eq(text_of(r, PL_F_CONTAINER_FULL_ID), id)) {
        pl_fail(&lie, PL_FORMAT, "the engine answered about %.*s",
                PL_F(pl_str_sub(text_of(r, PL_F_CONTAINER_FULL_ID), 0, 64)));
        why = &lie;
        r = NULL;
    }
    if (!r && why->rc == PL_NOTFOUND)
        return PL_OK; /* removed since it was listed: no longer a subject */
    if (!r) {
        pl_collection_problem(c, "container", id, why);
        r = unread(c, id, why);
    }
    if (!r)
        return pl_fail(err, PL_LIMIT, "containers do not fit their budget");
    pl_str name = text_of(r, PL_F_CONTAINER_NAME);
    pl_str service = text_of(r, PL_F_CONTAINER_SERVICE);
    c->facts->containers[c->facts->n_containers++] =
        (pl_subject){.rec = r,
                     .kind = PL_S("container"),
                     .key = id,
                     .name = name.n ? name : pl_str_sub(id, 0, 12),
                     .klass = service.n ? service : id};
    return PL_OK;
}

static bool is_container_id(pl_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!id.p[i] || !strchr("0123456789abcdef", id.p[i]))
            return false;
    return id.n == 64;
}

/* Ids as C strings; what is no id is told and left out by an empty one, which is refused later. */
static const char *id_text(pl_collection *c, pl_str id)
{
    char text[80];
    if (!is_container_id(id) || !pl_str_to_c(id, text, sizeof(text)))
        return "";
    pl_str copy = pl_arena_str(c->arena, (pl_str){text, 65});
    return copy.p ? copy.p : "";
}

static pl_rc ask_containers(pl_collection *c, pl_err *err)
{
    const pl_value *ids = pl_get(c->engine, PL_F_ENGINE_CONTAINER_IDS);
    size_t n = ids->state == PL_PRESENT ? ids->n : 0;
    pl_engine_ask *asks = pl_arena_calloc(c->arena, n ? n : 1, sizeof(*asks));

    c->facts->containers = pl_arena_calloc(c->arena, n ? n : 1, sizeof(pl_subject));
    if (!asks || !c->facts->containers)
        return pl_fail(err, PL_LIMIT, "%zu containers do not fit their budget", n);
    for (size_t i = 0; i < n; i++)
        asks[i] = (pl_engine_ask){.kind = PL_DOC_CONTAINER, .id = id_text(c, ids->u.strs[i])};
    pl_engine_get(c->client, asks, n);
    pl_rc rc = n ? read_all(c, asks, n, answer_container, err) : PL_OK;
    asks_done(asks, n);
    return rc;
}

pl_rc pl_engine_collect(pl_engine_client *client, const pl_engine_where *where,
                        const pl_schema *schema, const pl_clock *clock, pl_arena *a,
                        pl_engine_facts *ret, pl_err *err)
{
    pl_collection c = {.client = client,
                       .where = where,
                       .schema = schema,
                       .arena = a,
                       .now_us = pl_now_us(clock),
                       .facts = ret};

    *ret = (pl_engine_facts){0};
    pl_rc rc = ask_engine(&c, err);
    if (rc != PL_OK)
        return rc;
    name_engine(&c);
    rc = ask_containers(&c, err);
    ret->problems = c.problems;
    ret->n_problems = c.n_problems;
    return rc;
}
