/* SPDX-License-Identifier: Apache-2.0 */
/* In the jail: from the bytes of a file to containers. */
#include "declared/declared.h"

#include "core/io.h"
#include "core/json_write.h"
#include "core/rd.h"
#include "declared/compose.h"
#include "declared/dockerfile.h"
#include "declared/ecs.h"
#include "declared/ecs_agent.h"
#include "declared/ecs_export.h"
#include "declared/engine_config.h"
#include "declared/engine_unit.h"
#include "declared/frames.h"
#include "declared/kube.h"
#include "declared/limits.h"
#include "declared/marathon.h"
#include "declared/oci.h"
#include "declared/run.h"
#include "engine/declare.h"
#include "engine/fields.h"
#include "model/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct work {
    pl_reading reading; /* first: its functions are handed it */
    int out_fd;
    const pl_declared_hooks *hooks;
    size_t n_subjects, n_notes;
};

pl_str pl_reading_text(pl_reading *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    pl_str text = pl_arena_vtext(r->arena, fmt, args);
    va_end(args);
    return text;
}

/* ---- what is told ---- */

static void put_place(const pl_source_place *p, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)(p->field + 1));
    pl_buf_lstr(out, p->element);
    pl_buf_u32le(out, (uint32_t)(p->at + 1));
    pl_buf_u32le(out, (uint32_t)p->line);
    pl_buf_u32le(out, (uint32_t)p->column);
    pl_buf_lstr(out, p->file);
}

/* A word of the file, without what is secret in it. */
static pl_rc put_word(const struct work *w, pl_str word, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf shown = {0};
    pl_rc rc = w->hooks->text ? w->hooks->text(word, &shown, w->hooks->of.arg, err) : PL_OK;

    pl_buf_lstr(out, w->hooks->text ? pl_buf_view(&shown) : word);
    return rc;
}

static pl_rc send_record(struct work *w, const pl_reading_subject *s, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_rc rc = put_word(w, s->name, &b, err);

    if (!rc)
        rc = put_word(w, s->service, &b, err);
    if (rc)
        return rc;
    pl_buf_u32le(&b, (uint32_t)s->n_places);
    for (size_t i = 0; i < s->n_places; i++)
        put_place(&s->places[i], &b);
    pl_record_encode(s->record, &b);
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "%.*s", PL_F(pl_str_sub(s->name, 0, 200)));
    return pl_jail_send(w->out_fd, PL_DECLARED_SUBJECT, pl_buf_view(&b), err);
}

static pl_rc send_document(struct work *w, json_t *doc, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_engine_redaction redaction = PL_REDACTION_NONE;

    pl_rc rc = w->hooks->of.document(doc, &redaction, w->hooks->of.arg, err);
    if (rc)
        return rc;
    PL_AUTO_FREE char *json = json_dumps(doc, JSON_SORT_KEYS | JSON_COMPACT);
    if (!json)
        return pl_fail(err, PL_NOMEM, "document");
    pl_buf_lstr(&b, pl_str_c(json));
    return pl_jail_send(w->out_fd, PL_DECLARED_DOCUMENT, pl_buf_view(&b), err);
}

static pl_rc tell(pl_reading *reading, const pl_reading_subject *s, pl_err *err)
{
    struct work *w = (struct work *)reading;

    if (w->n_subjects++ == PL_DECLARED_SUBJECTS_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d containers", PL_DECLARED_SUBJECTS_MAX);
    pl_rc rc = w->hooks->of.record(s->record, s->arena, w->hooks->of.arg, err);
    if (!rc)
        rc = send_record(w, s, err);
    return rc ? rc : send_document(w, s->document, err);
}

static pl_rc image_facts(pl_reading *reading, pl_facts *f, pl_err *err)
{
    const struct work *w = (const struct work *)reading;
    return w->hooks->image(f, w->hooks->of.arg, err);
}

/* ---- containers ---- */

/* One place for each field that the value decides. */
struct places {
    const pl_draft_place *at;
    pl_arena *arena;
    pl_source_place *v;
    size_t n, room;
    bool is_full;
};

static void add_place(int field, void *arg)
{
    struct places *p = arg;

    if (p->n == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        pl_source_place *more = pl_arena_calloc(p->arena, room, sizeof(*more));
        if (!more) {
            p->is_full = true;
            return;
        }
        if (p->n)
            memcpy(more, p->v, p->n * sizeof(*more));
        p->v = more;
        p->room = room;
    }
    p->v[p->n++] = (pl_source_place){
        .field = field, .element = p->at->element, .line = p->at->line, .column = p->at->column};
}

static void add_places(const pl_draft *d, struct places *p)
{
    for (size_t i = 0; i < d->n_places; i++) {
        p->at = &d->places[i];
        if (p->at->path[0])
            pl_container_fields_of(pl_str_c(p->at->path), p->at->element, add_place, p);
        else
            add_place(-1, p); /* the container itself */
    }
}

static pl_rc take(pl_reading *reading, const pl_draft *d, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_DECLARED_ONE_BUDGET);
    struct places p = {.arena = a};
    pl_record *r = NULL;

    if (!a)
        return pl_fail(err, PL_NOMEM, "container");
    pl_rc rc = pl_draft_record(d, reading->now_us, a, &r, err);
    if (rc)
        return rc;
    add_places(d, &p);
    if (p.is_full)
        return pl_fail(err, PL_LIMIT, "%.*s: does not fit its budget",
                       PL_F(pl_str_sub(d->name, 0, 200)));
    return tell(reading,
                &(pl_reading_subject){.record = r,
                                      .arena = a,
                                      .name = d->name,
                                      .service = d->service,
                                      .places = p.v,
                                      .n_places = p.n,
                                      .document = d->doc},
                err);
}

static pl_rc send_gap(struct work *w, int line, const pl_reading_gap *gap, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (w->n_notes++ >= PL_DECLARED_NOTES_MAX)
        return PL_OK;
    pl_buf_u32le(&b, (uint32_t)line);
    pl_buf_ch(&b, gap->hides ? 1 : 0);
    pl_rc rc = put_word(w, gap->what, &b, err);
    if (rc)
        return rc;
    pl_buf_lstr(&b, pl_str_c(gap->reason));
    pl_buf_lstr(&b, pl_str_c(gap->detail));
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "gap");
    return pl_jail_send(w->out_fd, PL_DECLARED_GAP, pl_buf_view(&b), err);
}

static pl_rc note(pl_reading *reading, const pl_yaml *at, const pl_reading_gap *gap, pl_err *err)
{
    return send_gap((struct work *)reading, at->line, gap, err);
}

static pl_rc state(pl_reading *reading, const pl_runtime_state *s, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_u64le(&b, (uint64_t)s->pid);
    pl_buf_u64le(&b, s->start_ticks);
    pl_buf_lstr(&b, s->bundle);
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "state");
    return pl_jail_send(((struct work *)reading)->out_fd, PL_DECLARED_STATE, pl_buf_view(&b), err);
}

/* ---- documents ---- */

static bool is_daemon(const pl_yaml *doc)
{
    return pl_daemon_is((pl_str){"", 0}, doc);
}

/* What several documents say together. */
static pl_rc read_later(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    (void)r, (void)doc, (void)err;
    return PL_OK;
}

static const struct {
    bool (*is)(const pl_yaml *doc);
    pl_rc (*read)(pl_reading *r, const pl_yaml *doc, pl_err *err);
} forms[] = {{pl_compose_is, pl_compose_read}, {pl_kube_is, pl_kube_read},
             {pl_ecs_is, pl_ecs_read},         {pl_ecs_export_is, read_later},
             {pl_oci_is, pl_oci_read},         {pl_marathon_is, pl_marathon_read},
             {is_daemon, pl_daemon_read}};

static pl_rc read_document(struct work *w, const pl_yaml *doc, bool *ret_known, pl_err *err)
{
    /* What one document says of volumes does not hold for the next. */
    w->reading.world = pl_record_new(w->reading.arena, &pl_kind_engine);
    if (!w->reading.world)
        return pl_fail(err, PL_LIMIT, "document");
    if (pl_daemon_is(w->reading.path, NULL)) {
        *ret_known = true;
        return pl_daemon_read(&w->reading, doc, err);
    }
    for (size_t i = 0; i < PL_COUNT(forms); i++) {
        if (!forms[i].is(doc))
            continue;
        *ret_known = true;
        return forms[i].read(&w->reading, doc, err);
    }
    return PL_OK;
}

static pl_rc read_yaml(struct work *w, pl_str text, pl_err *err)
{
    pl_yaml_documents docs = {0};
    pl_err why = {0};
    bool is_known = false;
    pl_rc read = pl_yaml_stream(w->reading.arena, text, &docs, &why);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < docs.n; i++)
        rc = read_document(w, &docs.v[i], &is_known, err);
    if (!rc && docs.n && pl_daemon_is(w->reading.path, NULL))
        rc = pl_daemon_text(&w->reading, text, err);
    if (!rc)
        rc = pl_ecs_export_read(&w->reading, &docs, err);
    if (rc)
        return rc;
    if (read && !is_known) {
        *err = why;
        return read;
    }
    if (read)
        return send_gap(
            w, 0,
            &(pl_reading_gap){PL_S("the rest of the file"), pl_rc_reason(read), why.text, true},
            err);
    if (!is_known)
        return pl_fail(err, PL_FORMAT,
                       "is neither a Compose file (services:) nor a Kubernetes manifest "
                       "(apiVersion:, kind:) nor a task definition of ECS "
                       "(containerDefinitions) or what aws ecs describes nor an app of Marathon "
                       "nor the configuration of a bundle (ociVersion) nor a Dockerfile nor "
                       "daemon.json nor a unit nor a "
                       "script with docker run");
    return PL_OK;
}

/* ---- texts of other forms ---- */

static bool is_engine_files(pl_str path, pl_str text)
{
    (void)text;
    return pl_str_eq(path, PL_S(PL_DECLARED_ENGINE_FILES));
}

static bool are_bundles(pl_str path, pl_str text)
{
    (void)text;
    return pl_str_eq(path, PL_S(PL_DECLARED_BUNDLES));
}

static bool are_states(pl_str path, pl_str text)
{
    (void)text;
    return pl_str_eq(path, PL_S(PL_DECLARED_STATES));
}

static bool is_ecs_agent(pl_str path, pl_str text)
{
    (void)text;
    return pl_str_eq(path, PL_S(PL_DECLARED_ECS_AGENT));
}

static bool is_script(pl_str path, pl_str text)
{
    return pl_str_ends(path, PL_S(".sh")) || pl_run_is(text);
}

static const struct {
    bool (*is)(pl_str path, pl_str text);
    pl_rc (*read)(pl_reading *r, pl_str text, pl_err *err);
} texts[] = {{is_engine_files, pl_engine_files_read},
             {are_bundles, pl_oci_bundles_read},
             {are_states, pl_oci_states_read},
             {is_ecs_agent, pl_ecs_agent_read},
             {pl_dockerfile_is, pl_dockerfile_read},
             {pl_unit_is, pl_unit_read},
             {is_script, pl_run_read}};

static pl_rc read_all(struct work *w, pl_str text, pl_err *err)
{
    for (size_t i = 0; i < PL_COUNT(texts); i++)
        if (texts[i].is(w->reading.path, text))
            return texts[i].read(&w->reading, text, err);
    return read_yaml(w, text, err);
}

pl_str pl_declared_key(pl_str args)
{
    pl_rd in = pl_rd_of(args.p, args.n);

    (void)pl_rd_u64le(&in);
    for (int i = 0; i < 3; i++)
        (void)pl_rd_lstr(&in);
    return pl_rd_bytes(&in, in.n);
}

pl_rc pl_declared_work(int in_fd, int out_fd, pl_str args, const pl_declared_hooks *hooks,
                       pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_DECLARED_BUDGET);
    pl_rd in = pl_rd_of(args.p, args.n);
    int64_t now_us = (int64_t)pl_rd_u64le(&in);
    pl_str folder = pl_rd_lstr(&in), path = pl_rd_lstr(&in), target = pl_rd_lstr(&in);
    struct work w = {.reading = {.arena = a,
                                 .folder = folder,
                                 .path = path,
                                 .target = target,
                                 .now_us = now_us,
                                 .take = take,
                                 .tell = tell,
                                 .image_facts = image_facts,
                                 .note = note,
                                 .state = state},
                     .out_fd = out_fd,
                     .hooks = hooks};

    if (!a)
        return pl_fail(err, PL_NOMEM, "declaration");
    pl_rc rc = pl_read_all(in_fd, PL_DECLARED_BYTES_MAX, &text, err);
    return rc ? rc : read_all(&w, pl_buf_view(&text), err);
}
