/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/inside.h"

#include "audit/limits.h"
#include "core/rd.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_CONTAINER = PL_FRAME_USER, FRAME_TEXT };

/* ---- in the worker ---- */

static pl_str text_of(const json_t *v)
{
    const char *s = json_string_value(v);

    return s ? (pl_str){s, json_string_length(v)} : (pl_str){"", 0};
}

static pl_str label(const json_t *labels, const char *name)
{
    return text_of(json_object_get(labels, name));
}

static void put_workload(const json_t *labels, pl_buf *out)
{
    static const char *const pairs[][2] = {
        {"com.docker.compose.project", "com.docker.compose.service"},
        {"io.kubernetes.pod.namespace", "io.kubernetes.pod.name"},
    };

    for (size_t i = 0; i < PL_COUNT(pairs); i++) {
        pl_str project = label(labels, pairs[i][0]), service = label(labels, pairs[i][1]);
        if (project.n && service.n) {
            pl_buf_fmt(out, "%.*s/%.*s", PL_F(project), PL_F(service));
            return;
        }
    }
    pl_buf_str(out, label(labels, "com.docker.swarm.service.name"));
}

static pl_rc send_container(int out_fd, const json_t *item, pl_err *err)
{
    PL_AUTO_BUF pl_buf frame = {0}, workload = {0};
    pl_str name = text_of(json_array_get(json_object_get(item, "Names"), 0));

    if (pl_str_starts(name, PL_S("/")))
        name = pl_str_sub(name, 1, name.n);
    put_workload(json_object_get(item, "Labels"), &workload);
    pl_buf_lstr(&frame, text_of(json_object_get(item, "Id")));
    pl_buf_lstr(&frame, name);
    pl_buf_lstr(&frame, pl_buf_view(&workload));
    if (!pl_buf_ok(&frame) || !pl_buf_ok(&workload))
        return pl_fail(err, PL_NOMEM, "container");
    return pl_jail_send(out_fd, FRAME_CONTAINER, pl_buf_view(&frame), err);
}

static pl_rc send_text(int out_fd, pl_str text, pl_err *err)
{
    pl_str cut = pl_str_sub(text, 0, PL_INSIDE_TEXT);

    while (cut.n < text.n && cut.n && ((unsigned char)text.p[cut.n] & 0xc0) == 0x80)
        cut.n--;
    return pl_jail_send(out_fd, FRAME_TEXT, cut, err);
}

static pl_rc send_change(int out_fd, const json_t *item, pl_err *err)
{
    static const char letters[] = {'C', 'A', 'D'}; /* the engine's 0, 1, 2 */
    PL_AUTO_BUF pl_buf text = {0};
    json_int_t kind = json_integer_value(json_object_get(item, "Kind"));
    bool is_known = kind >= 0 && kind < (json_int_t)PL_COUNT(letters);

    pl_buf_ch(&text, is_known ? letters[kind] : '?');
    pl_buf_ch(&text, ' ');
    pl_buf_str(&text, text_of(json_object_get(item, "Path")));
    return pl_buf_ok(&text) ? send_text(out_fd, pl_buf_view(&text), err)
                            : pl_fail(err, PL_NOMEM, "changed file");
}

/* The column that the engine calls CMD or COMMAND is the last of each row. */
static pl_rc send_processes(int out_fd, const json_t *doc, pl_err *err)
{
    const json_t *rows = json_object_get(doc, "Processes");
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < json_array_size(rows) && i < PL_INSIDE_ROWS; i++) {
        const json_t *row = json_array_get(rows, i);
        size_t n = json_array_size(row);
        if (n)
            rc = send_text(out_fd, text_of(json_array_get(row, n - 1)), err);
    }
    return rc;
}

static pl_rc send_list(int out_fd, const json_t *doc,
                       pl_rc (*send)(int out_fd, const json_t *item, pl_err *err), pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!json_is_array(doc) && !json_is_null(doc))
        return pl_fail(err, PL_FORMAT, "JSON of another kind than asked for");
    for (size_t i = 0; !rc && i < json_array_size(doc) && i < PL_INSIDE_ROWS; i++)
        rc = send(out_fd, json_array_get(doc, i), err);
    return rc;
}

static pl_rc work(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf body = {0};
    json_error_t where;

    pl_rc rc = pl_read_all(in_fd, PL_INSIDE_BYTES, &body, err);
    if (rc)
        return rc;
    json_auto_t *doc =
        json_loadb(body.p ? body.p : "", body.n, JSON_ALLOW_NUL | JSON_DECODE_ANY, &where);
    if (!doc)
        return pl_fail(err, PL_FORMAT, "line %d: %s", where.line, where.text);
    if (pl_str_eq(args, PL_S("containers")))
        return send_list(out_fd, doc, send_container, err);
    if (pl_str_eq(args, PL_S("changes")))
        return send_list(out_fd, doc, send_change, err);
    return send_processes(out_fd, doc, err);
}

const pl_worker_kind pl_inside_worker = {.name = "inside", .run = work};

/* ---- outside ---- */

pl_rc pl_inside_open(const pl_engine_search *search, pl_arena *a, pl_engine_client **ret,
                     pl_err *err)
{
    PL_AUTO_FREE pl_engine_tries *tries = calloc(1, sizeof(*tries));

    return tries ? pl_engine_find(search, a, tries, ret, err)
                 : pl_fail(err, PL_NOMEM, "search for an engine");
}

struct taking {
    pl_arena *a;
    void *items;
    size_t n, room, size;
};

static void *push(struct taking *t)
{
    if (t->n == t->room) {
        size_t room = t->room ? t->room * 2 : 64;
        void *v = pl_arena_calloc(t->a, room, t->size);
        if (!v)
            return NULL;
        if (t->n)
            memcpy(v, t->items, t->n * t->size);
        t->items = v;
        t->room = room;
    }
    return (char *)t->items + t->size * t->n++;
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "more in a container than there is memory for");
}

static pl_rc take(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct taking *t = arg;
    void *to = push(t);

    if (!to)
        return no_room(err);
    if (type == FRAME_TEXT && t->size == sizeof(pl_str)) {
        *(pl_str *)to = pl_arena_str(t->a, payload);
        return ((pl_str *)to)->p ? PL_OK : no_room(err);
    }
    if (type != FRAME_CONTAINER || t->size != sizeof(pl_inside_container))
        return pl_fail(err, PL_FORMAT, "worker: frame %u", type);
    pl_rd rd = pl_rd_of(payload.p, payload.n);
    pl_inside_container *c = to;
    c->id = pl_arena_str(t->a, pl_rd_lstr(&rd));
    c->name = pl_arena_str(t->a, pl_rd_lstr(&rd));
    c->workload = pl_arena_str(t->a, pl_rd_lstr(&rd));
    if (!pl_rd_done(&rd))
        return pl_fail(err, PL_FORMAT, "worker: container");
    return c->id.p && c->name.p && c->workload.p ? PL_OK : no_room(err);
}

static pl_rc ask(pl_engine_client *c, pl_engine_doc kind, const char *id, const char *form,
                 struct taking *t, pl_err *err)
{
    pl_engine_ask question = {.kind = kind, .id = id};
    const pl_jail_job job = {.kind = pl_inside_worker.name,
                             .args = pl_str_c(form),
                             .limits = &pl_jail_document,
                             .frame = take,
                             .frame_arg = t};

    pl_engine_get(c, &question, 1);
    pl_rc rc = question.rc ? pl_fail(err, question.rc, "%s", question.err.text)
                           : pl_jail_run_bytes(&job, pl_buf_view(&question.body), err);
    pl_engine_ask_done(&question);
    return rc;
}

pl_rc pl_inside_list(pl_engine_client *c, pl_arena *a, pl_inside_container **ret, size_t *ret_n,
                     pl_err *err)
{
    struct taking t = {.a = a, .size = sizeof(pl_inside_container)};
    pl_rc rc = ask(c, PL_DOC_CONTAINERS, NULL, "containers", &t, err);

    *ret = t.items;
    *ret_n = rc ? 0 : t.n;
    return rc ? pl_wrap(err, rc, "containers of %s", pl_engine_address(c)) : PL_OK;
}

static int by_path(const void *pa, const void *pb)
{
    const pl_str *a = pa, *b = pb;

    return pl_str_cmp(pl_str_sub(*a, 2, a->n), pl_str_sub(*b, 2, b->n));
}

void pl_inside_look(pl_engine_client *c, const char *id, pl_arena *a, pl_inside *ret)
{
    struct taking written = {.a = a, .size = sizeof(pl_str)};
    struct taking executed = written;
    pl_err why = {0};

    *ret = (pl_inside){0};
    pl_rc rc = ask(c, PL_DOC_CHANGES, id, "changes", &written, &why);
    ret->written_gap = rc ? pl_rc_reason(rc) : NULL;
    ret->written = written.items;
    ret->n_written = rc ? 0 : written.n;
    if (ret->n_written)
        qsort(ret->written, ret->n_written, sizeof(pl_str), by_path);
    rc = ask(c, PL_DOC_TOP, id, "top", &executed, &why);
    ret->executed_gap = rc ? pl_rc_reason(rc) : NULL;
    ret->executed = executed.items;
    ret->n_executed = rc ? 0 : executed.n;
}
