/* SPDX-License-Identifier: Apache-2.0 */
/* The second question about running containers: what has changed in them, who has been let in. */
#include "engine/collect.h"

#include "engine/limits.h"
#include "engine/running.h"

#include <string.h>

/* Fields that one answer of each kind fills. */
static const int exec_fields[] = {PL_F_CONTAINER_EXECS_PRIVILEGED, PL_F_CONTAINER_EXECS_AS_ROOT};

static pl_record *record_of(const pl_collection *c, uint32_t ask)
{
    return c->facts->containers[c->session_of[ask]].rec;
}

/* ---- answers ---- */

/* The engine makes a file or folder where something is mounted: that is no change of a program. */
static bool is_mount_point(const pl_record *container, pl_str path)
{
    const struct {
        int list, field;
    } lists[] = {{PL_F_CONTAINER_MOUNTS, PL_F_MOUNT_DESTINATION},
                 {PL_F_CONTAINER_TMPFS, PL_F_TMPFS_PATH}};

    for (size_t k = 0; k < PL_COUNT(lists); k++) {
        const pl_value *v = pl_get(container, lists[k].list);
        for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++)
            if (pl_str_eq(pl_record_text(v->u.recs[i], lists[k].field), path))
                return true;
    }
    return false;
}

static void take_changes(pl_collection *c, pl_record *container, const pl_record *r)
{
    const pl_value *v = pl_get(r, PL_F_CONTAINER_CHANGED_FILES);
    pl_str *kept = pl_arena_calloc(c->arena, v->n + 1, sizeof(*kept));
    size_t n = 0;

    if (v->state != PL_PRESENT || !kept)
        return;
    for (size_t i = 0; i < v->n; i++)
        if (!is_mount_point(container, v->u.strs[i]))
            kept[n++] = v->u.strs[i];
    if (n)
        pl_set_strs(container, PL_F_CONTAINER_CHANGED_FILES, kept, n);
    else
        pl_set_absent(container, PL_F_CONTAINER_CHANGED_FILES);
}

/* A health check is a session too, as the container's own user: where one is set up, a session of
 * root in a container of root may be it. */
static bool may_be_health_check(const pl_record *container)
{
    const pl_value *uid = pl_get(container, PL_F_CONTAINER_DECLARED_UID);
    return pl_get(container, PL_F_CONTAINER_HEALTH)->state != PL_ABSENT &&
           (uid->state != PL_PRESENT || uid->u.i == 0);
}

static void take_exec(pl_record *container, const pl_record *r)
{
    for (size_t i = 0; i < PL_COUNT(exec_fields); i++) {
        const pl_value *sum = pl_get(container, exec_fields[i]);
        const pl_value *one = pl_get(r, exec_fields[i]);
        if (exec_fields[i] == PL_F_CONTAINER_EXECS_AS_ROOT && may_be_health_check(container))
            continue;
        if (sum->state == PL_PRESENT && one->state == PL_PRESENT)
            pl_set_int(container, exec_fields[i], sum->u.i + one->u.i);
    }
}

static void take_failure(pl_record *container, pl_engine_doc kind, const pl_err *why)
{
    /* A session that has ended meanwhile is no gap. */
    if (kind == PL_DOC_EXEC && why->rc == PL_NOTFOUND)
        return;
    if (kind == PL_DOC_CHANGES) {
        pl_set_unreadable(container, PL_F_CONTAINER_CHANGED_FILES, pl_rc_reason(why->rc));
        return;
    }
    for (size_t i = 0; i < PL_COUNT(exec_fields); i++)
        pl_set_unreadable(container, exec_fields[i], pl_rc_reason(why->rc));
}

static pl_rc answer_session(pl_collection *c, uint32_t index, pl_record *r, const pl_err *why,
                            pl_err *err)
{
    pl_record *container = record_of(c, index);

    (void)err;
    if (!r)
        take_failure(container, c->session_kinds[index], why);
    else if (c->session_kinds[index] == PL_DOC_CHANGES)
        take_changes(c, container, r);
    else
        take_exec(container, r);
    return PL_OK;
}

/* ---- questions ---- */

static bool is_session_id(pl_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!id.p[i] || !strchr("0123456789abcdef", id.p[i]))
            return false;
    return id.n == 64;
}

static const char *text_of(pl_collection *c, pl_str id)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_str(&b, id);
    pl_buf_ch(&b, '\0');
    pl_str kept = pl_arena_str(c->arena, pl_buf_view(&b));
    return kept.p ? kept.p : "";
}

/* Only the gate sees those that came and went. */
static void start(pl_record *r)
{
    const pl_value *ids = pl_get(r, PL_F_CONTAINER_EXEC_IDS);

    pl_set_unreadable(r, PL_F_CONTAINER_EXECS_RECORDED, "needs:gate");
    for (size_t i = 0; i < PL_COUNT(exec_fields); i++) {
        if (ids->state == PL_UNREADABLE)
            pl_set_unreadable(r, exec_fields[i], ids->reason);
        else
            pl_set_int(r, exec_fields[i], 0);
    }
}

static size_t count_questions(const pl_collection *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->facts->n_containers; i++) {
        const pl_value *ids = pl_get(c->facts->containers[i].rec, PL_F_CONTAINER_EXEC_IDS);
        n += 1 + (ids->state == PL_PRESENT ? ids->n : 0);
    }
    return n;
}

static void add(pl_collection *c, pl_engine_ask *asks, size_t *n, size_t container,
                pl_engine_doc kind, pl_str id)
{
    asks[*n] = (pl_engine_ask){.kind = kind, .id = is_session_id(id) ? text_of(c, id) : ""};
    c->session_of[*n] = (uint32_t)container;
    c->session_kinds[(*n)++] = kind;
}

static size_t make_questions(pl_collection *c, pl_engine_ask *asks)
{
    size_t n = 0;

    for (size_t i = 0; i < c->facts->n_containers; i++) {
        pl_record *r = c->facts->containers[i].rec;
        const pl_value *ids = pl_get(r, PL_F_CONTAINER_EXEC_IDS);
        start(r);
        if (!pl_record_true(r, PL_F_CONTAINER_RUNNING))
            continue;
        add(c, asks, &n, i, PL_DOC_CHANGES, c->facts->containers[i].key);
        for (size_t k = 0; ids->state == PL_PRESENT && k < ids->n; k++)
            add(c, asks, &n, i, PL_DOC_EXEC, ids->u.strs[k]);
    }
    return n;
}

pl_rc pl_sessions_read(pl_collection *c, pl_err *err)
{
    size_t room = count_questions(c) + 1;
    pl_engine_ask *asks = pl_arena_calloc(c->arena, room, sizeof(*asks));

    c->session_of = pl_arena_calloc(c->arena, room, sizeof(*c->session_of));
    c->session_kinds = pl_arena_calloc(c->arena, room, sizeof(*c->session_kinds));
    if (!asks || !c->session_of || !c->session_kinds)
        return pl_fail(err, PL_LIMIT, "%zu containers do not fit their budget",
                       c->facts->n_containers);
    size_t n = make_questions(c, asks);
    pl_engine_get(c->client, asks, n);
    pl_rc rc = n ? pl_collection_read_all(c, asks, n, answer_session, err) : PL_OK;
    for (size_t i = 0; i < n; i++)
        pl_engine_ask_done(&asks[i]);
    return rc;
}
