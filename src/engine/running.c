/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/running.h"

#include "core/hash.h"
#include "core/user_file.h"
#include "engine/limits.h"
#include "engine/settings.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <string.h>
#include <sys/utsname.h>

pl_str pl_record_text(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

bool pl_record_true(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT && v->u.b;
}

/* ---- which machine is this ---- */

static bool is_own_address(pl_str host)
{
    char name[256];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *want = NULL;
    struct ifaddrs *all = NULL;
    bool is_own = false;

    if (pl_str_eq(host, PL_S("localhost")))
        return true;
    if (host.n > 2 && host.p[0] == '[')
        host = pl_str_sub(host, 1, host.n - 2);
    if (!pl_str_to_c(host, name, sizeof(name)) || getaddrinfo(name, NULL, &hints, &want) != 0)
        return false;
    if (getifaddrs(&all) != 0)
        all = NULL;
    for (struct ifaddrs *i = all; i && !is_own; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != want->ai_family)
            continue;
        size_t from = want->ai_family == AF_INET ? offsetof(struct sockaddr_in, sin_addr)
                                                 : offsetof(struct sockaddr_in6, sin6_addr);
        size_t n = want->ai_family == AF_INET ? 4 : 16;
        is_own =
            memcmp((const char *)i->ifa_addr + from, (const char *)want->ai_addr + from, n) == 0;
    }
    if (all)
        freeifaddrs(all);
    freeaddrinfo(want);
    return is_own;
}

/* Of tcp://HOST:PORT, with its brackets. */
static pl_str host_of(const char *address)
{
    pl_str rest = pl_str_c(address), host = {"", 0};

    for (int i = 0; i < 3; i++)
        (void)pl_str_cut(&rest, '/', &host);
    size_t at = host.n;
    while (at && host.p[at - 1] != ':')
        at--;
    return pl_str_sub(host, 0, at ? at - 1 : host.n);
}

/* Same kernel and same host name as ours: not proof, but a forwarded socket of another machine
 * rarely has both. */
static bool looks_like_us(const pl_collection *c)
{
    struct utsname u;
    return uname(&u) == 0 &&
           pl_str_eq(pl_record_text(c->engine, PL_F_ENGINE_KERNEL), pl_str_c(u.release)) &&
           pl_str_eq(pl_record_text(c->engine, PL_F_ENGINE_NAME), pl_str_c(u.nodename));
}

/* ---- the engine's process ---- */

static pl_str comm_of(const pl_proc_root *p, int64_t pid)
{
    PL_AUTO_BUF pl_buf b = {0};
    if (pl_proc_read(p, pid, "comm", &b, NULL) != PL_OK)
        return (pl_str){"", 0};
    return pl_arena_str(p->arena, pl_str_trim(pl_buf_view(&b)));
}

static void list_processes(const pl_proc_root *p, pl_running *r)
{
    if (pl_proc_pids(p, &r->pids, &r->n_pids, NULL) != PL_OK)
        return;
    r->names = pl_arena_calloc(p->arena, r->n_pids + 1, sizeof(*r->names));
    if (!r->names)
        r->n_pids = 0;
    for (size_t i = 0; i < r->n_pids; i++)
        r->names[i] = comm_of(p, r->pids[i]);
}

static bool listens_on(const pl_proc_root *p, int64_t pid, int64_t port, const uint64_t *inodes,
                       size_t n)
{
    pl_proc_listener *l;
    size_t n_l;

    if (pl_proc_listeners(p, pid, false, &l, &n_l, NULL) != PL_OK)
        return false;
    for (size_t i = 0; i < n_l; i++)
        if (l[i].port == port && pl_proc_has_socket(inodes, n, l[i].inode))
            return true;
    return false;
}

static int64_t port_of(const char *address)
{
    pl_str s = pl_str_c(address), tail;
    size_t at = s.n;
    int64_t port = 0;

    while (at && s.p[at - 1] != ':')
        at--;
    tail = pl_str_sub(s, at, s.n);
    return pl_str_i64(tail, &port) ? port : 0;
}

/* The same port may be another engine's on another machine or in another namespace. */
static bool is_our_address(const pl_collection *c, const pl_proc_root *p, int64_t pid)
{
    uint64_t theirs, ours;

    if (!pl_root_is_live(p->root))
        return true;
    return (is_own_address(host_of(pl_engine_address(c->client))) || looks_like_us(c)) &&
           pl_proc_namespace(p, pid, "net", &theirs, NULL) == PL_OK &&
           pl_proc_namespace(p, getpid(), "net", &ours, NULL) == PL_OK && theirs == ours;
}

struct search {
    int64_t proven; /* holds the very socket that we talk to */
    int64_t only;   /* the one process of that name, when its descriptors cannot be read */
    size_t n_hidden;
};

static void consider(pl_collection *c, pl_running *r, int64_t pid, struct search *s)
{
    pl_proc_root p = pl_running_proc(c, r);
    const char *socket = pl_engine_socket(c->client);
    uint64_t *inodes;
    size_t n;

    if (pl_proc_sockets(&p, pid, &inodes, &n, NULL) != PL_OK) {
        s->only = pid;
        s->n_hidden++;
        return;
    }
    bool serves = socket
                      ? pl_proc_unix_serves(&p, pid, pl_str_c(socket), inodes, n)
                      : is_our_address(c, &p, pid) &&
                            listens_on(&p, pid, port_of(pl_engine_address(c->client)), inodes, n);
    if (!serves || s->proven)
        return;
    s->proven = pid;
    r->sockets = inodes;
    r->n_sockets = n;
}

/* The containerd that the engine started itself is its child; else it is the system's. */
static void consider_containerd(pl_collection *c, pl_running *r, int64_t pid)
{
    pl_proc_root p = pl_running_proc(c, r);
    pl_proc_status s;

    if (pl_proc_status_read(&p, pid, &s, NULL) != PL_OK)
        return;
    bool is_own = s.parent == r->pid;
    bool uses_own = pl_get(r->arguments, PL_F_ENGINE_CONTAINERD_ADDRESS)->state != PL_PRESENT;
    if (is_own || (!r->containerd_pid && (s.parent == 1 || !uses_own)))
        r->containerd_pid = pid;
}

static const struct {
    const char *type, *comm;
} engine_names[] = {{"docker", "dockerd"}, {"podman", "podman"}};

static void find_process(pl_collection *c, pl_running *r)
{
    pl_str type = pl_record_text(c->engine, PL_F_ENGINE_TYPE);
    struct search s = {0};

    for (size_t k = 0; k < PL_COUNT(engine_names); k++)
        for (size_t i = 0; i < r->n_pids; i++)
            if (pl_str_eq(type, pl_str_c(engine_names[k].type)) &&
                pl_str_eq(r->names[i], pl_str_c(engine_names[k].comm)))
                consider(c, r, r->pids[i], &s);
    r->pid = s.proven ? s.proven : s.n_hidden == 1 ? s.only : 0;
}

static void read_process(pl_collection *c, pl_running *r)
{
    pl_proc_root p = pl_running_proc(c, r);
    PL_AUTO_BUF pl_buf b = {0};
    pl_proc_status s;

    if (pl_proc_status_read(&p, r->pid, &s, NULL) == PL_OK) {
        r->uid = s.euid;
        r->gid = s.egid;
        pl_set_int(c->engine, PL_F_ENGINE_UID, s.euid);
    }
    pl_set_int(c->engine, PL_F_ENGINE_PID, r->pid);
    if (pl_proc_started(&p, r->pid, &r->started_us, NULL) == PL_OK)
        pl_set_int(c->engine, PL_F_ENGINE_STARTED, r->started_us);
    if (pl_proc_read(&p, r->pid, "cmdline", &b, NULL) == PL_OK)
        r->cmdline = pl_arena_str(c->arena, pl_buf_view(&b));
}

/* ---- here or elsewhere ---- */

static bool is_here(const pl_collection *c, const pl_running *r)
{
    if (r->pid || !pl_root_is_live(&r->root))
        return r->pid != 0;
    if (pl_engine_socket(c->client))
        return looks_like_us(c);
    return is_own_address(host_of(pl_engine_address(c->client))) && looks_like_us(c);
}

/* ---- the configuration file ---- */

/* Home directory of a uid by /etc/passwd. */
static pl_str home_of(pl_collection *c, const pl_running *r, int64_t uid)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;

    if (pl_root_read(&r->root, PL_S("/etc/passwd"), PL_HOSTFILE_MAX, &b, NULL, NULL) != PL_OK)
        return (pl_str){"", 0};
    pl_str rest = pl_buf_view(&b);
    while (pl_str_cut(&rest, '\n', &line)) {
        pl_str f[6];
        int64_t id;
        for (size_t i = 0; i < PL_COUNT(f); i++)
            (void)pl_str_cut(&line, ':', &f[i]);
        if (pl_str_i64(f[2], &id) && id == uid)
            return pl_arena_str(c->arena, f[5]);
    }
    return (pl_str){"", 0};
}

static pl_str default_config(pl_collection *c, const pl_running *r)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (!pl_record_true(c->engine, PL_F_ENGINE_ROOTLESS))
        return PL_S("/etc/docker/daemon.json");
    pl_str home = home_of(c, r, r->uid);
    if (!home.n)
        return (pl_str){"", 0};
    pl_buf_str(&b, home);
    pl_buf_c(&b, "/.config/docker/daemon.json");
    return pl_arena_str(c->arena, pl_buf_view(&b));
}

/* The file of an engine that a user runs is in his hands. */
static pl_rc read_config_file(pl_running *r, pl_err *err)
{
    struct stat st;
    char path[PL_ENGINE_PATH_MAX];

    if (r->uid != 0 && pl_root_is_live(&r->root) && pl_str_to_c(r->config_path, path, sizeof(path)))
        return pl_user_file_read(&(pl_user_file){.path = path,
                                                 .uid = (uid_t)r->uid,
                                                 .gid = (gid_t)r->gid,
                                                 .max = PL_HOSTFILE_MAX,
                                                 .deadline_ms = PL_ENGINE_HOME_MS},
                                 &r->config, &r->config_changed_us, err);
    pl_rc rc = pl_root_read(&r->root, r->config_path, PL_HOSTFILE_MAX, &r->config, &st, err);
    if (rc == PL_OK)
        r->config_changed_us = (int64_t)st.st_ctim.tv_sec * 1000000 + st.st_ctim.tv_nsec / 1000;
    return rc;
}

static void read_config(pl_collection *c, pl_running *r, pl_str named)
{
    pl_err why = {0};

    r->config_path = named.n ? named : default_config(c, r);
    if (!r->config_path.n) {
        r->config_rc = PL_NOTFOUND;
        return;
    }
    r->config_rc = read_config_file(r, &why);
    if (r->config_rc != PL_OK && r->config_rc != PL_NOTFOUND)
        pl_collection_problem(c, "engine configuration", (pl_str){"", 0}, &why);
}

/* containerd's --config or -c. */
static void find_containerd_config(pl_collection *c, pl_running *r)
{
    pl_proc_root p = pl_running_proc(c, r);
    PL_AUTO_BUF pl_buf b = {0};
    pl_str arg;

    if (!r->containerd_pid || pl_proc_read(&p, r->containerd_pid, "cmdline", &b, NULL) != PL_OK)
        return;
    pl_str rest = pl_arena_str(c->arena, pl_buf_view(&b));
    r->containerd_config = PL_S("/etc/containerd/config.toml");
    while (pl_str_cut(&rest, '\0', &arg)) {
        if (pl_str_eq(arg, PL_S("--config")) || pl_str_eq(arg, PL_S("-c")))
            (void)pl_str_cut(&rest, '\0', &r->containerd_config);
        else if (pl_str_starts(arg, PL_S("--config=")))
            r->containerd_config = pl_str_sub(arg, 9, arg.n);
    }
}

void pl_running_find(pl_collection *c, pl_running *r)
{
    pl_proc_root p;
    pl_str named = {"", 0};
    pl_err why = {0};

    *r = (pl_running){.root = {.fd = -1}, .config_rc = PL_NOTFOUND};
    r->arguments = pl_record_new(c->arena, &pl_kind_engine);
    if (!r->arguments ||
        pl_root_open(c->where->root ? c->where->root : "/", &r->root, &why) != PL_OK) {
        pl_collection_problem(c, "host", (pl_str){"", 0}, &why);
        return;
    }
    p = pl_running_proc(c, r);
    list_processes(&p, r);
    find_process(c, r);
    r->is_here = is_here(c, r);
    pl_set_bool(c->engine, PL_F_ENGINE_REMOTE, !r->is_here);
    if (!r->pid)
        return;
    read_process(c, r);
    if (r->cmdline.n)
        pl_settings_arguments(c->arena, r->cmdline, r->arguments, &named);
    for (size_t i = 0; i < r->n_pids; i++)
        if (pl_str_eq(r->names[i], PL_S("containerd")))
            consider_containerd(c, r, r->pids[i]);
    find_containerd_config(c, r);
    if (pl_str_eq(pl_record_text(c->engine, PL_F_ENGINE_TYPE), PL_S("docker")))
        read_config(c, r, named);
}

void pl_running_done(pl_running *r)
{
    pl_buf_done(&r->config);
    pl_root_close(&r->root);
}

/* ---- what is in force ---- */

static void set_default(pl_record *engine, const pl_setting *s)
{
    if (!s->otherwise)
        pl_set_absent(engine, s->field);
    else if (engine->kind->fields[s->field].type == PL_T_BOOL)
        pl_set_bool(engine, s->field, strcmp(s->otherwise, "true") == 0);
    else
        pl_set_str(engine, s->field, pl_str_c(s->otherwise));
}

static const char *settle_one(const pl_collection *c, const pl_running *r, const pl_setting *s,
                              bool is_pending)
{
    pl_record *e = c->engine;
    const pl_value *argument = pl_get(r->arguments, s->field);
    const pl_value *file = c->settings ? pl_get(c->settings, s->field) : NULL;

    if (s->is_read_when_asked && pl_get(e, s->field)->state == PL_PRESENT)
        return "api";
    if (argument->state == PL_UNREADABLE) {
        pl_set_unreadable(e, s->field, "unreadable");
        return NULL;
    }
    if (argument->state == PL_PRESENT) {
        e->v[s->field] = *argument;
        return "argument";
    }
    if (r->config_rc != PL_OK && r->config_rc != PL_NOTFOUND) {
        pl_set_unreadable(e, s->field, pl_rc_reason(r->config_rc));
        return NULL;
    }
    if (is_pending) {
        pl_set_unreadable(e, s->field, "not-observed");
        return "restart-pending";
    }
    if (r->config_rc == PL_OK && (!file || file->state == PL_UNREADABLE)) {
        pl_set_unreadable(e, s->field, file ? file->reason : "unreadable");
        return NULL;
    }
    if (file && file->state == PL_PRESENT) {
        e->v[s->field] = *file;
        return "file";
    }
    set_default(e, s);
    return "default";
}

static void set_default_nofile(pl_record *e)
{
    const pl_value *list = pl_get(e, PL_F_ENGINE_DEFAULT_ULIMITS);

    if (list->state == PL_UNREADABLE) {
        pl_set_unreadable(e, PL_F_ENGINE_DEFAULT_NOFILE, list->reason);
        return;
    }
    pl_set_absent(e, PL_F_ENGINE_DEFAULT_NOFILE);
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        if (pl_str_eq(pl_record_text(list->u.recs[i], PL_F_ULIMIT_NAME), PL_S("nofile")))
            e->v[PL_F_ENGINE_DEFAULT_NOFILE] = *pl_get(list->u.recs[i], PL_F_ULIMIT_HARD);
}

/* Docker turned the IPv6 rules on by default in version 27. */
static void set_ip6tables(pl_record *e)
{
    pl_str version = pl_record_text(e, PL_F_ENGINE_VERSION), major;
    uint64_t n;

    (void)pl_str_cut(&version, '.', &major);
    if (pl_get(e, PL_F_ENGINE_IP6TABLES)->state == PL_ABSENT && pl_str_u64(major, &n))
        pl_set_bool(e, PL_F_ENGINE_IP6TABLES, n >= 27);
}

/* Over the digest of /info, the command line and the configuration file. */
static void set_digest(pl_collection *c, const pl_running *r)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    pl_str info = pl_record_text(c->engine, PL_F_ENGINE_SETTINGS_DIGEST);
    unsigned char hash[PL_SHA256];
    char text[7 + PL_SHA256_HEX] = "sha256:";

    bool is_known =
        h && info.n && r->cmdline.n && (r->config_rc == PL_OK || r->config_rc == PL_NOTFOUND);
    pl_set_unreadable(c->engine, PL_F_ENGINE_SETTINGS_DIGEST, "unreadable");
    if (!is_known)
        return;
    pl_sha256_add(h, info.p, info.n);
    pl_sha256_add(h, "\n", 1);
    pl_sha256_add(h, r->cmdline.p, r->cmdline.n);
    pl_sha256_add(h, "\n", 1);
    pl_sha256_add(h, r->config.p ? r->config.p : "", r->config.n);
    pl_sha256_end(h, hash);
    pl_hex(hash, sizeof(hash), text + 7);
    pl_str copy = pl_arena_str(c->arena, pl_str_c(text));
    if (copy.p)
        pl_set_str(c->engine, PL_F_ENGINE_SETTINGS_DIGEST, copy);
}

void pl_running_settle(pl_collection *c, const pl_running *r)
{
    pl_record *e = c->engine;
    bool has_file = r->config_rc == PL_OK;
    /* A process whose start is not known may have read any version of the file. The start is known
     * to one tick, and no engine reads its file within the first. */
    bool is_pending =
        has_file && (!r->started_us || r->config_changed_us > r->started_us + PL_PROC_TICK_US);

    set_digest(c, r);
    if (!r->pid || !pl_str_eq(pl_record_text(e, PL_F_ENGINE_TYPE), PL_S("docker")))
        return;
    if (has_file) {
        pl_set_str(e, PL_F_ENGINE_CONFIG_FILE, r->config_path);
        pl_set_int(e, PL_F_ENGINE_CONFIG_CHANGED, r->config_changed_us);
    } else if (r->config_rc == PL_NOTFOUND) {
        pl_set_absent(e, PL_F_ENGINE_CONFIG_FILE);
        pl_set_absent(e, PL_F_ENGINE_CONFIG_CHANGED);
    }
    if (r->started_us)
        pl_set_bool(e, PL_F_ENGINE_RESTART_PENDING, is_pending);
    for (size_t i = 0; i < pl_settings_n; i++) {
        const char *source = settle_one(c, r, &pl_settings[i], is_pending);
        if (pl_settings[i].source_field < 0)
            continue;
        if (source)
            pl_set_str(e, pl_settings[i].source_field, pl_str_c(source));
        else
            pl_set_unreadable(e, pl_settings[i].source_field, "unreadable");
    }
    set_default_nofile(e);
    set_ip6tables(e);
}
