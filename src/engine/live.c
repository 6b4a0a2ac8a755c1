/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/live.h"

#include "engine/caps.h"
#include "engine/limits.h"

#include <errno.h>
#include <string.h>

/* ---- the host ---- */

static void read_groups(pl_live *l)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;

    if (pl_root_read(&l->running->root, PL_S("/etc/group"), PL_HOSTFILE_MAX, &b, NULL, NULL) !=
        PL_OK)
        return;
    size_t room = 1;
    for (size_t i = 0; i < b.n; i++)
        room += b.p[i] == '\n';
    l->group_names = pl_arena_calloc(l->c->arena, room, sizeof(pl_str));
    l->group_ids = pl_arena_calloc(l->c->arena, room, sizeof(int64_t));
    if (!l->group_names || !l->group_ids)
        return;
    pl_str rest = pl_buf_view(&b);
    while (pl_str_cut(&rest, '\n', &line)) {
        pl_str name, password, gid;
        (void)pl_str_cut(&line, ':', &name);
        (void)pl_str_cut(&line, ':', &password);
        (void)pl_str_cut(&line, ':', &gid);
        if (name.n && pl_str_i64(gid, &l->group_ids[l->n_groups]))
            l->group_names[l->n_groups++] = pl_arena_str(l->c->arena, name);
    }
    l->has_groups = true;
}

static int64_t memory_of(const pl_live *l)
{
    const pl_value *v = pl_get(l->c->engine, PL_F_ENGINE_MEMORY);
    return v->state == PL_PRESENT ? v->u.i : 0;
}

static const struct {
    const char *name;
    size_t at; /* in pl_live */
} namespaces[] = {
    {"net", offsetof(pl_live, ns_net)},   {"pid", offsetof(pl_live, ns_pid)},
    {"ipc", offsetof(pl_live, ns_ipc)},   {"uts", offsetof(pl_live, ns_uts)},
    {"user", offsetof(pl_live, ns_user)}, {"cgroup", offsetof(pl_live, ns_cgroup)},
};

static uint64_t *slot(pl_live *l, size_t i)
{
    return (uint64_t *)(void *)((char *)l + namespaces[i].at);
}

/*
 * Pid 1 may be out of reach (it holds capabilities that we do not). Then our own namespaces stand
 * for the host's, if we are in its first user and pid namespaces, whose numbers are fixed
 * (linux/proc_ns.h).
 */
static bool we_are_on_the_host(const pl_live *l)
{
    enum { FIRST_PID = 0x3C, FIRST_USER = 0x3D };
    const uint64_t base = 0xEFFFFFC0;
    uint64_t pid, user;

    return pl_root_is_live(&l->running->root) &&
           pl_proc_namespace(&l->proc, getpid(), "pid", &pid, NULL) == PL_OK &&
           pl_proc_namespace(&l->proc, getpid(), "user", &user, NULL) == PL_OK &&
           pid == base + FIRST_PID && user == base + FIRST_USER;
}

static void read_host_namespaces(pl_live *l)
{
    for (size_t i = 0; i < PL_COUNT(namespaces); i++) {
        const char *name = namespaces[i].name;
        uint64_t *ns = slot(l, i);
        if (pl_proc_namespace(&l->proc, 1, name, ns, NULL) != PL_OK &&
            (!we_are_on_the_host(l) ||
             pl_proc_namespace(&l->proc, getpid(), name, ns, NULL) != PL_OK))
            *ns = 0;
    }
}

void pl_live_start(pl_live *l, pl_collection *c, pl_running *r)
{
    const char *socket = c->client ? pl_engine_socket(c->client) : NULL;
    struct stat st;

    *l = (pl_live){.c = c, .running = r, .proc = pl_running_proc(c, r), .socket_gid = -1};
    if (!r->is_here || r->root.fd < 0)
        return;
    l->has_host = true;
    read_host_namespaces(l);
    if (!r->pid || pl_proc_namespace(&l->proc, r->pid, "net", &l->ns_engine_net, NULL) != PL_OK)
        l->ns_engine_net = 0;
    if (socket && pl_root_stat(&r->root, pl_str_c(socket), &st, NULL) == PL_OK)
        l->socket_gid = st.st_gid;
    l->memory = memory_of(l);
    read_groups(l);
}

/* ---- fields without an answer ---- */

static const int live_fields[] = {
    PL_F_CONTAINER_CAPS,
    PL_F_CONTAINER_CAPABILITIES,
    PL_F_CONTAINER_FOREIGN_USERNS,
    PL_F_CONTAINER_NS_HOST_NET,
    PL_F_CONTAINER_NS_HOST_PID,
    PL_F_CONTAINER_NS_HOST_IPC,
    PL_F_CONTAINER_NS_HOST_UTS,
    PL_F_CONTAINER_NS_HOST_USER,
    PL_F_CONTAINER_NS_HOST_CGROUP,
    PL_F_CONTAINER_NS_SHARED_WITH,
    PL_F_CONTAINER_CGROUP_MEMORY_MAX,
    PL_F_CONTAINER_CGROUP_PIDS_MAX,
    PL_F_CONTAINER_CGROUP_PATH,
    PL_F_CONTAINER_CGROUP_AS_DECLARED,
    PL_F_CONTAINER_LISTENING_TCP,
    PL_F_CONTAINER_SECRET_FILES,
    PL_F_CONTAINER_PROC_NAMES,
    PL_F_CONTAINER_PROC_UIDS,
    PL_F_CONTAINER_PROC_GROUPS,
    PL_F_CONTAINER_PROC_ENGINE_GROUP,
    PL_F_CONTAINER_PROC_NO_NEW_PRIVS,
    PL_F_CONTAINER_PROC_SECCOMP,
    PL_F_CONTAINER_PROC_LSM_LABEL,
    PL_F_CONTAINER_PROC_APPARMOR_PROFILE,
    PL_F_CONTAINER_PROC_APPARMOR_MODE,
    PL_F_CONTAINER_PROC_MCS_SHARED,
    PL_F_CONTAINER_PROC_OPEN_KERNEL_PATHS,
};

/* ---- processes ---- */

struct processes {
    uint64_t permitted, bounding, ambient;
    pl_str *names;
    int64_t *uids, *gids;
    size_t n_names, n_uids, n_gids, room;
    bool no_new_privs, failed;
};

static void add_number(int64_t *list, size_t *n, size_t room, int64_t v)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i] == v)
            return;
    if (*n < room)
        list[(*n)++] = v;
}

static void add_name(struct processes *p, pl_str name)
{
    for (size_t i = 0; i < p->n_names; i++)
        if (pl_str_eq(p->names[i], name))
            return;
    if (name.n && p->n_names < 2 * p->room)
        p->names[p->n_names++] = name;
}

static void add_process(pl_live *l, int64_t pid, struct processes *p)
{
    pl_proc_status s;
    pl_str program;
    pl_err why = {0};
    pl_rc rc = pl_proc_status_read(&l->proc, pid, &s, &why);

    if (rc == PL_NOTFOUND || why.sys == ESRCH) /* it has ended meanwhile */
        return;
    if (rc != PL_OK) {
        p->failed = true;
        return;
    }
    p->permitted |= s.cap_permitted;
    p->bounding |= s.cap_bounding;
    p->ambient |= s.cap_ambient;
    p->no_new_privs &= s.no_new_privs;
    add_number(p->uids, &p->n_uids, p->room, s.euid);
    for (size_t i = 0; i < s.n_groups; i++)
        add_number(p->gids, &p->n_gids, p->room + 64, s.groups[i]);
    add_name(p, s.name);
    if (pl_proc_program(&l->proc, pid, &program, NULL) == PL_OK)
        add_name(p, program);
}

static void set_caps(pl_live *l, pl_record *r, const struct processes *p)
{
    uint64_t all = p->permitted | p->bounding | p->ambient;
    pl_arena *a = l->c->arena;
    pl_str *names = pl_arena_calloc(a, 64, sizeof(*names));
    pl_record **items = pl_arena_calloc(a, 64, sizeof(pl_record *));
    size_t n = 0;

    for (unsigned bit = 0; names && items && bit < 64; bit++) {
        uint64_t mask = (uint64_t)1 << bit;
        char sets[40];
        if (!(all & mask))
            continue;
        (void)snprintf(sets, sizeof(sets), "%s%s%s", p->bounding & mask ? "bounding " : "",
                       p->permitted & mask ? "permitted " : "",
                       p->ambient & mask ? "ambient " : "");
        names[n] = pl_cap_of_bit(a, bit);
        items[n] = pl_record_new(a, &pl_kind_capability);
        pl_set_str(items[n], PL_F_CAPABILITY_NAME, names[n]);
        pl_set_str(items[n], PL_F_CAPABILITY_SETS, pl_str_trim(pl_arena_str(a, pl_str_c(sets))));
        if (!items[n])
            return;
        n++;
    }
    if (!names || !items)
        return;
    pl_set_strs(r, PL_F_CONTAINER_CAPS, names, n);
    pl_set_recs(r, PL_F_CONTAINER_CAPABILITIES, items, n);
}

static pl_str group_name(pl_live *l, int64_t gid)
{
    char text[24];

    for (size_t i = 0; i < l->n_groups; i++)
        if (l->group_ids[i] == gid)
            return l->group_names[i];
    (void)snprintf(text, sizeof(text), "%lld", (long long)gid);
    return pl_arena_str(l->c->arena, pl_str_c(text));
}

static void set_groups(pl_live *l, pl_record *r, const struct processes *p)
{
    pl_str *names = pl_arena_calloc(l->c->arena, p->n_gids + 1, sizeof(*names));
    bool has_engine = false;

    if (!names || !l->has_groups)
        return;
    for (size_t i = 0; i < p->n_gids; i++) {
        names[i] = group_name(l, p->gids[i]);
        has_engine |= p->gids[i] == l->socket_gid;
    }
    pl_set_strs(r, PL_F_CONTAINER_PROC_GROUPS, names, p->n_gids);
    /* The engine of root:root sockets gives its group no meaning of its own. */
    if (l->socket_gid >= 0)
        pl_set_bool(r, PL_F_CONTAINER_PROC_ENGINE_GROUP, has_engine && l->socket_gid != 0);
}

static void read_processes(pl_live *l, pl_live_container *k)
{
    pl_arena *a = l->c->arena;
    size_t room = k->n_pids;
    struct processes p = {.room = room, .no_new_privs = true};

    p.names = pl_arena_calloc(a, 2 * room + 1, sizeof(pl_str));
    p.uids = pl_arena_calloc(a, room + 1, sizeof(int64_t));
    p.gids = pl_arena_calloc(a, room + 64, sizeof(int64_t));
    if (!p.names || !p.uids || !p.gids)
        return;
    for (size_t i = 0; i < k->n_pids; i++)
        add_process(l, k->pids[i], &p);
    /* A process that was not seen could hold anything. */
    if (p.failed || !k->is_complete || p.n_uids == 0)
        return;
    set_caps(l, k->rec, &p);
    set_groups(l, k->rec, &p);
    pl_set_strs(k->rec, PL_F_CONTAINER_PROC_NAMES, p.names, p.n_names);
    pl_set_ints(k->rec, PL_F_CONTAINER_PROC_UIDS, p.uids, p.n_uids);
    pl_set_bool(k->rec, PL_F_CONTAINER_PROC_NO_NEW_PRIVS, p.no_new_privs);
}

static void read_seccomp(pl_live *l, const pl_live_container *k)
{
    pl_proc_status s;
    if (pl_proc_status_read(&l->proc, k->pid, &s, NULL) == PL_OK)
        pl_set_int(k->rec, PL_F_CONTAINER_PROC_SECCOMP, s.seccomp);
}

/* ---- labels ---- */

/* "docker-default (enforce)" */
static void set_apparmor(pl_record *r, pl_str label)
{
    pl_str mode = {"", 0};

    if (label.n && label.p[label.n - 1] == ')') {
        size_t at = label.n;
        while (at && label.p[at - 1] != '(')
            at--;
        mode = pl_str_sub(label, at, label.n - 1 - at);
        label = pl_str_trim(pl_str_sub(label, 0, at ? at - 1 : 0));
    }
    pl_set_str(r, PL_F_CONTAINER_PROC_APPARMOR_PROFILE, label);
    pl_set_str(r, PL_F_CONTAINER_PROC_APPARMOR_MODE, mode.n ? mode : PL_S("unconfined"));
}

/* SELinux ends its labels with a NUL, AppArmor with a newline. */
static pl_str without_end(pl_str label)
{
    while (label.n && !label.p[label.n - 1])
        label.n--;
    return pl_str_trim(label);
}

/* attr/apparmor/current is AppArmor's own; attr/current belongs to the first major module. */
static void read_labels(pl_live *l, const pl_live_container *k)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_record *r = k->rec;
    pl_rc rc = pl_proc_read(&l->proc, k->pid, "attr/current", &b, NULL);

    /* Without any module the kernel answers EINVAL. */
    pl_set_absent(r, PL_F_CONTAINER_PROC_APPARMOR_PROFILE);
    pl_set_absent(r, PL_F_CONTAINER_PROC_APPARMOR_MODE);
    pl_set_absent(r, PL_F_CONTAINER_PROC_LSM_LABEL);
    pl_set_absent(r, PL_F_CONTAINER_PROC_MCS_SHARED);
    pl_str label = pl_arena_str(l->c->arena, without_end(pl_buf_view(&b)));
    if (rc == PL_DENIED)
        pl_set_unreadable(r, PL_F_CONTAINER_PROC_LSM_LABEL, "denied");
    else if (rc == PL_OK && label.n)
        pl_set_str(r, PL_F_CONTAINER_PROC_LSM_LABEL, label);
    if (!pl_record_true(l->c->engine, PL_F_ENGINE_APPARMOR))
        return;
    pl_buf_reset(&b);
    if (pl_proc_read(&l->proc, k->pid, "attr/apparmor/current", &b, NULL) == PL_OK)
        label = pl_arena_str(l->c->arena, without_end(pl_buf_view(&b)));
    if (label.n) {
        set_apparmor(r, label);
        return;
    }
    /* The engine says that the kernel has it on, so the process has some label. */
    pl_set_unreadable(r, PL_F_CONTAINER_PROC_APPARMOR_PROFILE, "unreadable");
    pl_set_unreadable(r, PL_F_CONTAINER_PROC_APPARMOR_MODE, "unreadable");
}

/* ---- namespaces ---- */

static void read_namespaces(pl_live *l, pl_live_container *k)
{
    static const int fields[] = {PL_F_CONTAINER_NS_HOST_NET,  PL_F_CONTAINER_NS_HOST_PID,
                                 PL_F_CONTAINER_NS_HOST_IPC,  PL_F_CONTAINER_NS_HOST_UTS,
                                 PL_F_CONTAINER_NS_HOST_USER, PL_F_CONTAINER_NS_HOST_CGROUP};
    uint64_t *own[] = {&k->ns_net, &k->ns_pid, &k->ns_ipc};

    for (size_t i = 0; i < PL_COUNT(namespaces); i++) {
        uint64_t ns = 0;
        if (pl_proc_namespace(&l->proc, k->pid, namespaces[i].name, &ns, NULL) != PL_OK)
            continue;
        if (i < PL_COUNT(own))
            *own[i] = ns;
        if (!*slot(l, i))
            continue;
        pl_set_bool(k->rec, fields[i], ns == *slot(l, i) || (i == 0 && ns == l->ns_engine_net));
        if (fields[i] == PL_F_CONTAINER_NS_HOST_USER)
            pl_set_bool(k->rec, PL_F_CONTAINER_FOREIGN_USERNS, ns != l->ns_user);
    }
}

/* ---- all of it ---- */

void pl_live_container_read(pl_live *l, pl_record *r, pl_live_container *ret)
{
    const pl_value *running = pl_get(r, PL_F_CONTAINER_RUNNING);
    const pl_value *pid = pl_get(r, PL_F_CONTAINER_PID);

    /* Another user's processes show little to whoever is not root. */
    bool is_hidden = l->has_host && geteuid() != 0 && pl_root_is_live(&l->running->root);
    const char *reason = is_hidden ? "denied" : "unreadable";

    *ret = (pl_live_container){.rec = r};
    if (running->state != PL_PRESENT)
        return;
    for (size_t i = 0; i < PL_COUNT(live_fields); i++) {
        if (running->u.b)
            pl_set_unreadable(r, live_fields[i], reason);
        else
            pl_set_absent(r, live_fields[i]);
    }
    if (!running->u.b || pid->state != PL_PRESENT || !l->has_host)
        return;
    ret->pid = pid->u.i;
    pl_live_cgroup(l, ret);
    if (!ret->pid)
        return;
    read_namespaces(l, ret);
    read_processes(l, ret);
    read_seccomp(l, ret);
    read_labels(l, ret);
    pl_live_mounts(l, ret);
    pl_live_net(l, ret);
}
