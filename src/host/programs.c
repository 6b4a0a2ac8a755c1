/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs of the engine stack: engine, containerd, shims and monitors that run, and the OCI
 * runtimes that the engine would start; whose package each is. A process whose file was replaced
 * still runs the old build ("PATH (deleted)" in /proc/PID/exe).
 */
#include "host/owner.h"
#include "host/places.h"

struct programs {
    pl_host_reading *f;
    pl_host_recs list;
    bool waits;
};

static const pl_str replaced = {" (deleted)", 10};

static pl_record *find(const struct programs *all, pl_str path, bool is_replaced)
{
    for (size_t i = 0; i < all->list.n; i++) {
        pl_record *r = all->list.v[i];
        if (pl_str_eq(pl_get(r, PL_F_ENGINE_PROGRAM_PATH)->u.s, path) &&
            pl_get(r, PL_F_ENGINE_PROGRAM_REPLACED)->u.b == is_replaced)
            return r;
    }
    return NULL;
}

static void set_owner(struct programs *all, pl_record *r, pl_str path)
{
    pl_program_owner o = pl_program_owner_of(all->f, path);
    static const int fields[] = {PL_F_ENGINE_PROGRAM_PACKAGE, PL_F_ENGINE_PROGRAM_VERSION,
                                 PL_F_ENGINE_PROGRAM_SOURCE};

    all->waits |= o.state == PL_SEEN_WAIT;
    for (size_t i = 0; i < PL_COUNT(fields); i++) {
        if (o.state == PL_SEEN_NONE)
            pl_set_absent(r, fields[i]);
        else if (o.state == PL_SEEN_FAILED)
            pl_set_unreadable(r, fields[i], o.reason);
    }
    if (o.state != PL_SEEN_OK)
        return;
    pl_set_str(r, PL_F_ENGINE_PROGRAM_PACKAGE, o.package->name);
    pl_set_str(r, PL_F_ENGINE_PROGRAM_VERSION, o.package->version);
    pl_set_str(r, PL_F_ENGINE_PROGRAM_SOURCE, o.package->source);
}

/* path: as the kernel or the configuration has it. */
static void add(struct programs *all, pl_str path)
{
    bool is_replaced = pl_str_ends(path, replaced);
    pl_str file = is_replaced ? pl_str_sub(path, 0, path.n - replaced.n) : path;

    if (find(all, file, is_replaced))
        return;
    pl_record *r = pl_host_recs_new(&all->list, PL_HE_ENGINE_PROGRAM);
    pl_set_str(r, PL_F_ENGINE_PROGRAM_PATH, file);
    pl_set_bool(r, PL_F_ENGINE_PROGRAM_REPLACED, is_replaced);
    if (r)
        set_owner(all, r, file);
}

/* A process whose program the kernel does not show us. */
static void add_hidden(struct programs *all, pl_str comm)
{
    pl_record *r = pl_host_recs_new(&all->list, PL_HE_ENGINE_PROGRAM);
    for (int i = 0; r && i < (int)r->kind->n; i++)
        pl_set_unreadable(r, i, "denied");
    pl_set_str(r, PL_F_ENGINE_PROGRAM_PATH, comm);
}

static bool is_of_the_stack(const pl_places *p, const pl_process *one)
{
    if (one->pid == p->dockerd_pid || one->pid == p->containerd_pid)
        return true;
    /* Podman's monitor lives in a scope that carries the container's id. */
    if (pl_str_eq(one->comm, PL_S("conmon")))
        return true;
    return !pl_process_is_contained(one) && (pl_str_starts(one->comm, PL_S("containerd-shim")) ||
                                             pl_str_eq(one->comm, PL_S("docker-proxy")));
}

static void add_processes(struct programs *all, const pl_places *places, const pl_processes *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (!is_of_the_stack(places, &p->v[i]))
            continue;
        if (p->v[i].exe.n)
            add(all, p->v[i].exe);
        else if (p->v[i].is_hidden) /* one that is just ending has no program any more */
            add_hidden(all, p->v[i].comm);
    }
}

/* ---- runtimes: a path, a name on the search path, or a shim's name "io.containerd.runc.v2" ----
 */

static pl_str binary_of(pl_host_reading *f, pl_str name)
{
    pl_str rest = name, vendor, project, kind;

    if (!pl_str_starts(name, PL_S("io.containerd.")) || !pl_str_cut(&rest, '.', &vendor) ||
        !pl_str_cut(&rest, '.', &project) || !pl_str_cut(&rest, '.', &kind))
        return name;
    return pl_host_fmt(f->a, "containerd-shim-%.*s-%.*s", PL_F(kind), PL_F(rest));
}

static bool find_binary(struct programs *all, pl_str name, pl_str *ret)
{
    static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                          "/usr/bin"};
    for (size_t i = 0; i < PL_COUNT(folders); i++) {
        pl_str path = pl_host_fmt(all->f->a, "%s/%.*s", folders[i], PL_F(name));
        const pl_snap_entry *e = pl_snap_stat(all->f->snap, path);
        all->waits |= !e;
        if (e && pl_snap_has_meta(e)) {
            *ret = path;
            return true;
        }
    }
    return false;
}

static void add_runtime(struct programs *all, pl_str name)
{
    pl_str path = name;

    if (name.n == 0 || (name.p[0] != '/' && !find_binary(all, binary_of(all->f, name), &path)))
        return; /* one that is not installed cannot be started */
    add(all, path);
}

void pl_host_facts_engine_programs(pl_host_reading *f)
{
    pl_places places = pl_places_find(f);
    pl_processes p = pl_processes_read(f);
    struct programs all = {.f = f, .list = {.arena = f->a}};

    if (places.is_waiting || p.state == PL_SEEN_WAIT)
        return;
    if (p.state != PL_SEEN_OK) {
        pl_set_unreadable(f->host, PL_F_HOST_ENGINE_PROGRAMS, p.reason);
        return;
    }
    if (places.has_dockerd || f->hints->has_engine)
        add_processes(&all, &places, &p);
    for (size_t i = 0; i < f->hints->n_runtimes; i++)
        add_runtime(&all, f->hints->runtimes[i]);
    if (!all.waits)
        pl_host_recs_set(&all.list, f->host, PL_F_HOST_ENGINE_PROGRAMS);
}
