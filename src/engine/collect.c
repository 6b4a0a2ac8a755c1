/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_host.h"
#include "engine/join.h"
#include "engine/listeners.h"

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

pl_rc pl_collection_read_all(pl_collection *c, pl_engine_ask *asks, size_t n,
                             pl_collection_answer answer, pl_err *err)
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
    else if (why && !(why->rc == PL_NOTFOUND && about_engine[index] == PL_DOC_PLUGINS))
        pl_collection_problem(c, doc_names[about_engine[index]], (pl_str){"", 0}, why);
    return PL_OK;
}

/* What Podman's compatible API leaves empty although it may be set, and what it does not have. */
static void adjust_podman(pl_record *e)
{
    static const int silent[] = {PL_F_ENGINE_INSECURE_REGISTRIES, PL_F_ENGINE_MIRRORS,
                                 PL_F_ENGINE_LOG_DRIVER, PL_F_ENGINE_LIVE_RESTORE};
    const pl_value *plugins = pl_get(e, PL_F_ENGINE_PLUGINS);

    for (size_t i = 0; i < PL_COUNT(silent); i++)
        if (pl_get(e, silent[i])->state == PL_PRESENT)
            pl_set_unreadable(e, silent[i], "unsupported");
    if (plugins->state == PL_UNREADABLE)
        pl_set_recs(e, PL_F_ENGINE_PLUGINS, NULL, 0);
}

static pl_rc ask_engine(pl_collection *c, pl_err *err)
{
    pl_engine_ask asks[PL_COUNT(about_engine)] = {0};

    for (size_t i = 0; i < PL_COUNT(asks); i++)
        asks[i].kind = about_engine[i];
    pl_engine_get(c->client, asks, PL_COUNT(asks));
    pl_rc rc = pl_collection_read_all(c, asks, PL_COUNT(asks), answer_engine, err);
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

    if (is_podman)
        adjust_podman(c->engine);
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

/* An inspected image says more than the list: when it was last tagged. */
static void take_image(pl_collection *c, const pl_record *r)
{
    const pl_value *images = pl_get(c->engine, PL_F_ENGINE_IMAGES);

    for (size_t i = 0; i < images->n; i++)
        if (pl_str_eq(text_of(images->u.recs[i], PL_F_STORED_IMAGE_ID),
                      text_of(r, PL_F_STORED_IMAGE_ID)))
            images->u.recs[i]->v[PL_F_STORED_IMAGE_TAGGED_DAYS] =
                *pl_get(r, PL_F_STORED_IMAGE_TAGGED_DAYS);
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

/* The engine's configuration file is read together with the containers: it is the last document. */
static pl_rc answer_second(pl_collection *c, uint32_t index, pl_record *r, const pl_err *why,
                           pl_err *err)
{
    const pl_value *ids = pl_get(c->engine, PL_F_ENGINE_CONTAINER_IDS);
    size_t n = ids->state == PL_PRESENT ? ids->n : 0;

    if (index < n)
        return answer_container(c, index, r, why, err);
    if (r && r->kind == &pl_kind_engine)
        c->settings = r;
    else if (r && r->kind == &pl_kind_stored_image)
        take_image(c, r);
    else if (why && why->rc != PL_NOTFOUND)
        pl_collection_problem(c, index == n ? "engine configuration" : "image", (pl_str){"", 0},
                              why);
    return PL_OK;
}

/* Text of an image id for the path; ids of the engine's list are checked by the client. */
static const char *image_id_text(pl_collection *c, const pl_record *image)
{
    char text[80];
    pl_str id = text_of(image, PL_F_STORED_IMAGE_ID);
    if (!pl_str_to_c(id, text, sizeof(text)))
        return "";
    pl_str copy = pl_arena_str(c->arena, (pl_str){text, id.n + 1});
    return copy.p ? copy.p : "";
}

/* Asks for every container and image, and reads the configuration file with them. */
static pl_rc ask_second(pl_collection *c, pl_running *running, pl_err *err)
{
    const pl_value *ids = pl_get(c->engine, PL_F_ENGINE_CONTAINER_IDS);
    const pl_value *images = pl_get(c->engine, PL_F_ENGINE_IMAGES);
    size_t n = ids->state == PL_PRESENT ? ids->n : 0;
    size_t n_images = images->state == PL_PRESENT ? images->n : 0;
    size_t total = n + 1 + n_images;
    pl_engine_ask *asks = pl_arena_calloc(c->arena, total, sizeof(*asks));

    c->facts->containers = pl_arena_calloc(c->arena, n ? n : 1, sizeof(pl_subject));
    if (!asks || !c->facts->containers)
        return pl_fail(err, PL_LIMIT, "%zu containers do not fit their budget", n);
    for (size_t i = 0; i < n; i++)
        asks[i] = (pl_engine_ask){.kind = PL_DOC_CONTAINER, .id = id_text(c, ids->u.strs[i])};
    asks[n] = (pl_engine_ask){.kind = PL_DOC_DAEMON_JSON, .rc = running->config_rc};
    pl_buf_str(&asks[n].body, pl_buf_view(&running->config));
    for (size_t i = 0; i < n_images; i++)
        asks[n + 1 + i] =
            (pl_engine_ask){.kind = PL_DOC_IMAGE, .id = image_id_text(c, images->u.recs[i])};
    pl_engine_get(c->client, asks, n);
    pl_engine_get(c->client, asks + n + 1, n_images);
    if (asks[n].rc != PL_OK)
        pl_fail(&asks[n].err, PL_NOTFOUND, "said already or not there");
    pl_rc rc = pl_collection_read_all(c, asks, total, answer_second, err);
    asks_done(asks, total);
    return rc;
}

/* ---- all of it ---- */

static pl_rc read_host(pl_collection *c, pl_live *live, pl_err *err)
{
    pl_engine_facts *f = c->facts;
    pl_live_container *all =
        pl_arena_calloc(c->arena, f->n_containers + 1, sizeof(pl_live_container));

    if (!all)
        return pl_fail(err, PL_LIMIT, "%zu containers do not fit their budget", f->n_containers);
    for (size_t i = 0; i < f->n_containers; i++) {
        pl_live_container_read(live, f->containers[i].rec, &all[i]);
        pl_join_container(live, f->containers[i].rec);
    }
    pl_join_all(live, all, f->n_containers);
    pl_engine_host_read(live);
    pl_listeners_read(live);
    pl_relays_read(live);
    pl_certificates_read(live);
    pl_hints_set(live);
    return PL_OK;
}

static pl_rc collect_all(pl_collection *c, pl_running *running, pl_err *err)
{
    pl_live live;
    pl_rc rc = ask_engine(c, err);

    if (rc != PL_OK)
        return rc;
    name_engine(c);
    pl_running_find(c, running);
    rc = pl_swarm_read(c, running, err);
    if (rc == PL_OK)
        rc = ask_second(c, running, err);
    if (rc == PL_OK)
        rc = pl_sessions_read(c, err);
    if (rc != PL_OK)
        return rc;
    pl_running_settle(c, running);
    pl_live_start(&live, c, running);
    return read_host(c, &live, err);
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
    PL_CLEANUP(pl_running_done) pl_running running = {.root = {.fd = -1}};
    pl_rc rc = collect_all(&c, &running, err);
    ret->problems = c.problems;
    ret->reasons = c.reasons;
    ret->n_problems = c.n_problems;
    return rc;
}
