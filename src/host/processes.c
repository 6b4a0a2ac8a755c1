/* SPDX-License-Identifier: Apache-2.0 */
#include "host/processes.h"

#include "host/limits.h"

static bool parse_line(pl_str line, pl_process *ret)
{
    pl_str pid;

    *ret = (pl_process){0};
    if (!pl_str_cut(&line, '\t', &pid) || !pl_str_i64(pid, &ret->pid))
        return false;
    (void)pl_str_cut(&line, '\t', &ret->comm);
    (void)pl_str_cut(&line, '\t', &ret->cgroup);
    (void)pl_str_cut(&line, '\t', &ret->exe);
    ret->is_hidden = pl_str_eq(line, PL_S("denied"));
    return true;
}

pl_processes pl_processes_read(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("@processes"));
    pl_processes p = {.state = pl_host_state(e)};
    pl_str text, line;
    size_t n = 0;

    if (p.state == PL_SEEN_WAIT)
        return p;
    if (p.state != PL_SEEN_OK)
        return (pl_processes){.state = PL_SEEN_FAILED, .reason = pl_host_reason(e)};
    for (text = e->bytes; pl_host_line(&text, &line);)
        n++;
    p.v = n <= PL_HOST_PIDS ? pl_arena_calloc(f->a, n + 1, sizeof(*p.v)) : NULL;
    if (!p.v)
        return (pl_processes){.state = PL_SEEN_FAILED, .reason = "limit:processes"};
    for (text = e->bytes; pl_host_line(&text, &line);)
        p.n += parse_line(line, &p.v[p.n]);
    return p;
}

const pl_process *pl_process_by_pid(const pl_processes *p, int64_t pid)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].pid == pid)
            return &p->v[i];
    return NULL;
}

const pl_process *pl_process_by_name(const pl_processes *p, pl_str comm)
{
    for (size_t i = 0; i < p->n; i++)
        if (pl_str_eq(p->v[i].comm, comm) && !pl_process_is_contained(&p->v[i]))
            return &p->v[i];
    return NULL;
}

pl_str pl_process_unit(const pl_process *p)
{
    pl_str rest = p->cgroup, part, unit = {"", 0};

    while (pl_str_cut(&rest, '/', &part))
        if (pl_str_ends(part, PL_S(".service")) || pl_str_ends(part, PL_S(".scope")))
            unit = part;
    return unit;
}

static bool is_container_id(pl_str s)
{
    if (s.n != 64)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

/* ".../docker/ID", "docker-ID.scope", "libpod-ID.scope", "cri-containerd-ID.scope", ... */
bool pl_process_is_contained(const pl_process *p)
{
    pl_str rest = p->cgroup, part;

    while (pl_str_cut(&rest, '/', &part)) {
        if (pl_str_ends(part, PL_S(".scope")))
            part.n -= 6;
        while (part.n > 64 && part.p[0] != '-')
            part = pl_str_sub(part, 1, part.n);
        if (part.n == 65 && part.p[0] == '-')
            part = pl_str_sub(part, 1, part.n);
        if (is_container_id(part))
            return true;
    }
    return false;
}

/* ---- command line ---- */

static bool command_line(pl_host_reading *f, int64_t pid, pl_str *ret)
{
    pl_str path = pl_host_fmt(f->a, "/proc/%lld/cmdline", (long long)pid);
    const pl_snap_entry *e = pid > 0 ? pl_snap_read(f->snap, path) : NULL;
    if (pl_host_state(e) != PL_SEEN_OK)
        return false;
    *ret = e->bytes;
    return true;
}

static bool is_option(pl_str word, pl_str name, pl_str *inline_value)
{
    *inline_value = (pl_str){"", 0};
    if (!pl_str_starts(word, name) || name.n == 0)
        return false;
    if (word.n == name.n)
        return true;
    if (word.p[name.n] != '=')
        return false;
    *inline_value = pl_str_sub(word, name.n + 1, word.n);
    return true;
}

bool pl_process_option(pl_host_reading *f, int64_t pid, pl_str name, pl_str short_name, pl_str *ret)
{
    pl_str words, word, value;

    if (!command_line(f, pid, &words))
        return false;
    while (pl_str_cut(&words, '\0', &word)) {
        if (!is_option(word, name, &value) && !is_option(word, short_name, &value))
            continue;
        if (value.n == 0 && !pl_str_cut(&words, '\0', &value))
            return false;
        *ret = value;
        return true;
    }
    return false;
}

bool pl_process_has_word(pl_host_reading *f, int64_t pid, pl_str word)
{
    pl_str words, one;

    if (!command_line(f, pid, &words))
        return false;
    while (pl_str_cut(&words, '\0', &one))
        if (pl_str_starts(one, word))
            return true;
    return false;
}
