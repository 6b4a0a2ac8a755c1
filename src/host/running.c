/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs outside containers at this moment: one element for each program, with the package that
 * it came with and whether it is still what the package shipped.
 */
#include "host/facts.h"
#include "host/limits.h"
#include "host/processes.h"

#include "core/hash.h"
#include "package/dpkg.h"

#include <string.h>

/* One line of @programs/PIDS. */
typedef struct answer {
    int64_t pid;
    pl_str state, md5, sha256, owner;
} answer;

static const pl_str deleted = {" (deleted)", 10};

/* ---- which processes ---- */

static bool is_first_of_its_program(const pl_processes *p, size_t at)
{
    const pl_process *one = &p->v[at];

    for (size_t i = 0; i < at; i++)
        if (pl_str_eq(p->v[i].exe, one->exe) && p->v[i].is_hidden == one->is_hidden &&
            (!one->is_hidden || pl_str_eq(p->v[i].comm, one->comm)) &&
            !pl_process_is_contained(&p->v[i]))
            return false;
    return true;
}

/* One process a program; the rest has the same file by name, but for one replaced in between,
 * which the kernel names "(deleted)" and which is then another program. */
static size_t choose(const pl_processes *p, const pl_process **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].exe.n && !pl_process_is_contained(&p->v[i]) && is_first_of_its_program(p, i))
            ret[n++] = &p->v[i];
    return n;
}

/* ---- what is known of them ---- */

static bool parse_answer(pl_str line, answer *ret)
{
    pl_str pid;

    *ret = (answer){0};
    if (!pl_str_cut(&line, '\t', &pid) || !pl_str_i64(pid, &ret->pid))
        return false;
    (void)pl_str_cut(&line, '\t', &ret->state);
    (void)pl_str_cut(&line, '\t', &ret->md5);
    (void)pl_str_cut(&line, '\t', &ret->sha256);
    ret->owner = line;
    return true;
}

static pl_host_seen find_answer(pl_host_reading *f, pl_str question, int64_t pid, answer *ret,
                                const char **reason)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, question);
    pl_str text, line;

    if (pl_host_state(e) != PL_SEEN_OK) {
        *reason = e ? pl_host_reason(e) : NULL;
        return e ? PL_SEEN_FAILED : PL_SEEN_WAIT;
    }
    for (text = e->bytes; pl_host_line(&text, &line);)
        if (parse_answer(line, ret) && ret->pid == pid)
            return PL_SEEN_OK;
    return PL_SEEN_NONE; /* it has ended */
}

/* ---- against the package ---- */

static bool is_same_path(pl_str listed, pl_str path)
{
    pl_str whole = pl_str_sub(path, 1, path.n);
    return pl_str_eq(listed, whole) ||
           (pl_str_starts(whole, PL_S("usr/")) && pl_str_eq(listed, pl_str_sub(whole, 4, whole.n)));
}

static pl_host_seen set_changed(pl_host_reading *f, pl_record *r, pl_str path, const answer *a)
{
    unsigned char md5[16];
    pl_dpkg_digest d;
    const pl_snap_entry *e =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "/var/lib/dpkg/info/%.*s.md5sums", PL_F(a->owner)));
    pl_str text = pl_host_state(e) == PL_SEEN_OK ? e->bytes : (pl_str){"", 0};

    if (!e)
        return PL_SEEN_WAIT;
    pl_set_unreadable(r, PL_F_HOST_PROCESS_CHANGED, "unsupported");
    while (pl_unhex(a->md5, md5, sizeof(md5)) && pl_dpkg_next_digest(&text, &d))
        if (is_same_path(d.path, path))
            pl_set_bool(r, PL_F_HOST_PROCESS_CHANGED, memcmp(d.md5, md5, sizeof(md5)) != 0);
    return PL_SEEN_OK;
}

static pl_host_seen set_owner(pl_host_reading *f, pl_record *r, pl_str path, const answer *a)
{
    if (pl_str_eq(a->owner, PL_S("?"))) {
        pl_set_unreadable(r, PL_F_HOST_PROCESS_PACKAGE, "unsupported");
        pl_set_unreadable(r, PL_F_HOST_PROCESS_CHANGED, "unsupported");
        return PL_SEEN_OK;
    }
    if (!a->owner.n) {
        pl_set_absent(r, PL_F_HOST_PROCESS_PACKAGE);
        pl_set_absent(r, PL_F_HOST_PROCESS_CHANGED);
        return PL_SEEN_OK;
    }
    pl_set_str(r, PL_F_HOST_PROCESS_PACKAGE, a->owner);
    return set_changed(f, r, path, a);
}

static void set_unread(pl_record *r, pl_str state)
{
    static const char *const reasons[] = {"denied", "unsupported", "limit:program-bytes"};
    const char *reason = "unreadable";

    for (size_t i = 0; i < PL_COUNT(reasons); i++)
        if (pl_str_eq(state, pl_str_c(reasons[i])))
            reason = reasons[i];
    pl_set_unreadable(r, PL_F_HOST_PROCESS_BINARY, reason);
    pl_set_unreadable(r, PL_F_HOST_PROCESS_PACKAGE, reason);
    pl_set_unreadable(r, PL_F_HOST_PROCESS_CHANGED, reason);
}

static pl_host_seen set_facts(pl_host_reading *f, pl_record *r, const pl_process *p,
                              const answer *a)
{
    bool is_deleted = pl_str_ends(p->exe, deleted);
    pl_str path = is_deleted ? pl_str_sub(p->exe, 0, p->exe.n - deleted.n) : p->exe;

    pl_set_str(r, PL_F_HOST_PROCESS_PATH, path);
    pl_set_str(r, PL_F_HOST_PROCESS_NAME, p->comm);
    pl_set_bool(r, PL_F_HOST_PROCESS_DELETED, is_deleted);
    if (!pl_str_eq(a->state, PL_S("read"))) {
        set_unread(r, a->state);
        return PL_SEEN_OK;
    }
    pl_set_str(r, PL_F_HOST_PROCESS_BINARY,
               pl_host_fmt(f->a, "%.*s sha256:%.*s", PL_F(path), PL_F(a->sha256)));
    return set_owner(f, r, path, a);
}

/* ---- all of them ---- */

enum { BATCH = 100 };

/* "@programs/1,300,400" for a batch of processes. */
static pl_str question_of(pl_host_reading *f, const pl_process *const *v, size_t n)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_c(&b, "@programs/");
    for (size_t i = 0; i < n; i++)
        pl_buf_fmt(&b, "%s%lld", i ? "," : "", (long long)v[i]->pid);
    return pl_arena_str(f->a, pl_buf_view(&b));
}

/* Programs that the kernel does not show us: one element a name, for which nothing is known. */
static void add_hidden(const pl_processes *p, pl_host_recs *list)
{
    for (size_t i = 0; i < p->n; i++) {
        const pl_process *one = &p->v[i];
        if (!one->is_hidden || pl_process_is_contained(one) || !is_first_of_its_program(p, i))
            continue;
        pl_record *r = pl_host_recs_new(list, PL_HE_HOST_PROCESS);
        for (int k = 0; r && k < (int)r->kind->n; k++)
            pl_set_unreadable(r, k, "denied");
        pl_set_str(r, PL_F_HOST_PROCESS_NAME, one->comm);
    }
}

static void set_all(pl_host_reading *f, const pl_processes *p, const pl_process *const *v, size_t n)
{
    pl_host_recs list = {.arena = f->a};
    pl_str question = {"", 0};
    bool waits = false;

    for (size_t i = 0; i < n; i++) {
        const char *reason = NULL;
        answer a;
        if (i % BATCH == 0)
            question = question_of(f, v + i, n - i < BATCH ? n - i : BATCH);
        pl_host_seen seen = find_answer(f, question, v[i]->pid, &a, &reason);
        waits |= seen == PL_SEEN_WAIT;
        if (seen == PL_SEEN_FAILED) {
            pl_set_unreadable(f->host, PL_F_HOST_PROCESSES, reason);
            return;
        }
        if (seen == PL_SEEN_OK && !pl_str_eq(a.state, PL_S("self")))
            waits |=
                set_facts(f, pl_host_recs_new(&list, PL_HE_HOST_PROCESS), v[i], &a) == PL_SEEN_WAIT;
    }
    if (waits)
        return;
    add_hidden(p, &list);
    pl_host_recs_set(&list, f->host, PL_F_HOST_PROCESSES);
}

void pl_host_facts_running(pl_host_reading *f)
{
    pl_processes p = pl_processes_read(f);

    if (p.state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_PROCESSES, p.reason);
    if (p.state != PL_SEEN_OK)
        return;
    const pl_process **v = pl_arena_calloc(f->a, p.n + 1, sizeof(*v));
    if (v)
        set_all(f, &p, v, choose(&p, v));
}
