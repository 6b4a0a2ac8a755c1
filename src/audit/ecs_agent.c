/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the container agent of an ECS instance tells on its port for who is on the instance: itself,
 * its cluster, and which container belongs to which task. It has no credentials to give there.
 * Anybody may listen on that port while no agent does, so only what a process of root called as the
 * agent is holds counts.
 */
#include "audit/run_private.h"

#include "audit/endpoints.h"
#include "core/jail.h"
#include "declared/declared.h"
#include "declared/ecs_agent.h"
#include "declared/ecs_kinds.h"
#include "engine/fields.h"
#include "engine/proc.h"
#include "engine/running.h"
#include "host/kinds.h"
#include "probe/probe.h"

#include <string.h>

enum { AGENT_PORT = 51678 };

static bool is_of_root(pl_run *r, int64_t pid)
{
    pl_root root = {.fd = -1};
    pl_proc_status status = {.euid = -1};

    if (pl_root_open("/", &root, NULL) != PL_OK)
        return false;
    const pl_proc_root proc = {.root = &root, .arena = r->arena};
    pl_rc rc = pl_proc_status_read(&proc, pid, &status, NULL);
    pl_root_close(&root);
    return rc == PL_OK && status.euid == 0;
}

static bool is_agent(pl_run *r, const pl_record *listener)
{
    const pl_value *pid = pl_get(listener, PL_F_LISTENER_PID);
    pl_str name = pl_record_text(listener, PL_F_LISTENER_PROCESS);

    return pid->state == PL_PRESENT &&
           (pl_str_eq(name, PL_S("agent")) || pl_str_eq(name, PL_S("amazon-ecs-agen"))) &&
           is_of_root(r, pid->u.i);
}

/* Of several that hold the port on different addresses nobody knows which one answers. */
static bool has_agent(pl_run *r, const pl_record *host)
{
    const pl_value *list = pl_get(host, PL_F_HOST_LISTENERS);
    bool has = false;

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        const pl_value *port = pl_get(list->u.recs[i], PL_F_LISTENER_PORT);
        if (port->state != PL_PRESENT || port->u.i != AGENT_PORT)
            continue;
        if (!is_agent(r, list->u.recs[i]))
            return false;
        has = true;
    }
    return has;
}

/* Labels are claims of whoever started a container; where they say nothing the agent's word
 * stands. */
static void join_container(const pl_record *running, pl_record *container)
{
    static const struct {
        int from, to;
    } rows[] = {{PL_F_ECS_RUNNING_TASK, PL_F_CONTAINER_TASK},
                {PL_F_ECS_RUNNING_CLUSTER, PL_F_CONTAINER_CLUSTER}};

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str text = pl_record_text(running, rows[i].from);
        if (text.n && pl_get(container, rows[i].to)->state != PL_PRESENT)
            pl_set_str(container, rows[i].to, text);
    }
}

static void join_containers(pl_run *r, const pl_record *ecs)
{
    const pl_value *list = pl_get(ecs, PL_F_ECS_RUNNING);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        for (size_t k = 0; k < r->n_subjects; k++)
            if (pl_str_eq(r->subjects[k]->kind, PL_S("container")) &&
                pl_str_eq(r->subjects[k]->key,
                          pl_record_text(list->u.recs[i], PL_F_ECS_RUNNING_ID)))
                join_container(list->u.recs[i], r->subjects[k]->rec);
}

static pl_rc add_subject(pl_run *r, pl_subject *s, pl_err *err)
{
    join_containers(r, s->rec);
    pl_rc rc = pl_run_add_subject(r, s, err);
    return rc ? rc : pl_run_record_subject(r, s, "ecs.agent", "ecs-agent", err);
}

/* In the jail: the answers are bytes of whoever listens there. */
static pl_rc read_answers(pl_run *r, const pl_str *answers, pl_declared_facts *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {0};
    PL_AUTO_FD int fd = -1;
    pl_declared_job job = {.name = "ECS agent on port 51678",
                           .path = PL_S(PL_DECLARED_ECS_AGENT),
                           .worker = "declared",
                           .redact_key = r->redact_key,
                           .now_us = pl_now_us(r->o.clock)};

    pl_buf_lstr(&bytes, answers[0]);
    pl_buf_lstr(&bytes, answers[1]);
    pl_rc rc = pl_run_patterns(r, &job.worker_bytes, err);
    if (!rc)
        rc = pl_buf_ok(&bytes) ? pl_jail_memfd(pl_buf_view(&bytes), &fd, err)
                               : pl_fail(err, PL_NOMEM, "ECS agent");
    return rc ? rc : pl_declared_read(&job, fd, r->o.schema, r->arena, ret, err);
}

static pl_rc add_facts(pl_run *r, pl_declared_facts *f, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < f->n_subjects; i++)
        rc = add_subject(r, &f->subjects[i], err);
    for (size_t i = 0; !rc && i < f->n_gaps; i++)
        rc = pl_run_add_gap(r, f->gaps[i].what, f->gaps[i].reason, f->gaps[i].detail, NULL, err);
    return rc;
}

pl_rc pl_run_audit_ecs_agent(pl_run *r, const pl_record *host, pl_err *err)
{
    static const char *const paths[] = {"/v1/metadata", "/v1/tasks"};
    pl_declared_facts *f = PL_NEW(r->arena, pl_declared_facts);
    pl_str answers[PL_COUNT(paths)];
    const char *sandbox = NULL;
    pl_err why = {0};

    if (pl_get(host, PL_F_HOST_ECS_AGENT)->state != PL_PRESENT || !has_agent(r, host))
        return PL_OK;
    if (!f)
        return pl_fail(err, PL_LIMIT, "ECS agent");
    pl_run_say(r, "ECS agent: asking port %d of this host", AGENT_PORT);
    pl_rc rc = pl_endpoint_fetch(PL_S("127.0.0.1"), AGENT_PORT, paths, PL_COUNT(paths), r->arena,
                                 answers, &sandbox, &why);
    if (!rc) {
        pl_run_note_sandbox(r, "prober", sandbox);
        rc = read_answers(r, answers, f, &why);
    }
    return rc ? pl_run_add_gap(r, PL_S("ECS agent on port 51678"), pl_rc_reason(rc),
                               pl_str_c(why.text), "ecs", err)
              : add_facts(r, f, err);
}
