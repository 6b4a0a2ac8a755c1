/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_host.h"

#include "core/hash.h"
#include "core/io.h"
#include "engine/limits.h"

#include <string.h>

#define ROOT(l) (&(l)->running->root)

/* ---- the kernel's modules ---- */

static void read_modules(pl_live *l)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_record *e = l->c->engine;
    int64_t n;
    pl_rc rc = pl_root_read(ROOT(l), PL_S("/sys/fs/selinux/enforce"), 64, &b, NULL, NULL);

    if (rc == PL_NOTFOUND)
        pl_set_absent(e, PL_F_ENGINE_SELINUX_ENFORCE);
    else if (rc == PL_OK && pl_str_i64(pl_str_trim(pl_buf_view(&b)), &n))
        pl_set_int(e, PL_F_ENGINE_SELINUX_ENFORCE, n);
    pl_buf_reset(&b);
    rc = pl_root_read(ROOT(l), PL_S("/sys/module/apparmor/parameters/enabled"), 64, &b, NULL, NULL);
    if (rc == PL_NOTFOUND)
        pl_set_bool(e, PL_F_ENGINE_APPARMOR_ENABLED, false);
    else if (rc == PL_OK)
        pl_set_bool(e, PL_F_ENGINE_APPARMOR_ENABLED,
                    pl_str_eq(pl_str_trim(pl_buf_view(&b)), PL_S("Y")));
}

/* ---- files by their digest ---- */

/* "sha256:..." of a file, in the arena. */
static pl_rc digest_of(pl_live *l, pl_str path, pl_str *ret)
{
    enum { BLOCK = 64 << 10 };
    PL_AUTO_FD int fd = -1;
    PL_AUTO_FREE char *block = malloc(BLOCK);
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    unsigned char hash[PL_SHA256];
    char text[7 + PL_SHA256_HEX] = "sha256:";
    pl_rc rc = pl_root_file(ROOT(l), path, PL_HOSTFILE_DB_MAX, &fd, NULL, NULL);

    if (rc != PL_OK)
        return rc;
    if (!block || !h)
        return PL_NOMEM;
    for (;;) {
        ssize_t n = read(fd, block, BLOCK);
        if (n < 0)
            return PL_SYS;
        if (n == 0)
            break;
        pl_sha256_add(h, block, (size_t)n);
    }
    pl_sha256_end(h, hash);
    pl_hex(hash, sizeof(hash), text + 7);
    *ret = pl_arena_str(l->c->arena, pl_str_c(text));
    return ret->p ? PL_OK : PL_LIMIT;
}

static void read_seccomp(pl_live *l)
{
    pl_record *e = l->c->engine;
    pl_str profile = pl_record_text(e, PL_F_ENGINE_SECCOMP_PROFILE), digest;

    if (!pl_str_starts(profile, PL_S("/"))) {
        pl_set_absent(e, PL_F_ENGINE_SECCOMP_DIGEST);
        return;
    }
    pl_rc rc = digest_of(l, profile, &digest);
    if (rc == PL_OK)
        pl_set_str(e, PL_F_ENGINE_SECCOMP_DIGEST, digest);
    else
        pl_set_unreadable(e, PL_F_ENGINE_SECCOMP_DIGEST, pl_rc_reason(rc));
}

/* The engine's own PATH, from its environment; the usual one where that cannot be read. */
static pl_str search_path(pl_live *l)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str one;

    if (l->running->pid && pl_proc_read(&l->proc, l->running->pid, "environ", &b, NULL) == PL_OK) {
        pl_str rest = pl_buf_view(&b);
        while (pl_str_cut(&rest, '\0', &one))
            if (pl_str_starts(one, PL_S("PATH=")))
                return pl_arena_str(l->c->arena, pl_str_sub(one, 5, one.n));
    }
    return PL_S("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

static void set_runtime_digest(pl_live *l, pl_record *r, pl_str path)
{
    pl_str program = pl_record_text(r, PL_F_RUNTIME_PATH), folder, digest;

    pl_set_absent(r, PL_F_RUNTIME_DIGEST);
    if (!program.n)
        program = pl_record_text(r, PL_F_RUNTIME_NAME);
    if (pl_str_starts(program, PL_S("/"))) {
        if (digest_of(l, program, &digest) == PL_OK)
            pl_set_str(r, PL_F_RUNTIME_DIGEST, digest);
        return;
    }
    while (pl_str_cut(&path, ':', &folder)) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_buf_str(&b, folder);
        pl_buf_ch(&b, '/');
        pl_buf_str(&b, program);
        if (digest_of(l, pl_buf_view(&b), &digest) == PL_OK) {
            pl_set_str(r, PL_F_RUNTIME_DIGEST, digest);
            return;
        }
    }
}

/* Several names usually mean the same program: each program is hashed once. */
static void read_runtimes(pl_live *l)
{
    const pl_value *list = pl_get(l->c->engine, PL_F_ENGINE_RUNTIMES);
    pl_str path = search_path(l);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        pl_record *r = list->u.recs[i];
        size_t k = 0;
        while (k < i && !(pl_record_text(r, PL_F_RUNTIME_PATH).n &&
                          pl_str_eq(pl_record_text(list->u.recs[k], PL_F_RUNTIME_PATH),
                                    pl_record_text(r, PL_F_RUNTIME_PATH))))
            k++;
        if (k < i)
            r->v[PL_F_RUNTIME_DIGEST] = *pl_get(list->u.recs[k], PL_F_RUNTIME_DIGEST);
        else
            set_runtime_digest(l, r, path);
    }
}

/* ---- plugins that the API does not list ---- */

static const struct {
    const char *folder, *suffix;
} legacy_places[] = {
    {"/run/docker/plugins", ".sock"},     {"/etc/docker/plugins", ".spec"},
    {"/etc/docker/plugins", ".json"},     {"/usr/lib/docker/plugins", ".spec"},
    {"/usr/lib/docker/plugins", ".json"},
};

static pl_record *legacy_plugin(pl_live *l, const char *folder, pl_str name, pl_str suffix)
{
    pl_record *r = pl_record_new(l->c->arena, &pl_kind_plugin);
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_c(&b, folder);
    pl_buf_ch(&b, '/');
    pl_buf_str(&b, name);
    pl_set_str(r, PL_F_PLUGIN_NAME, pl_str_sub(name, 0, name.n - suffix.n));
    pl_set_str(r, PL_F_PLUGIN_TYPE, PL_S("legacy"));
    pl_set_str(r, PL_F_PLUGIN_REFERENCE, pl_arena_str(l->c->arena, pl_buf_view(&b)));
    pl_set_bool(r, PL_F_PLUGIN_ENABLED, true);
    return r;
}

static void read_legacy_plugins(pl_live *l)
{
    enum { MOST = 256 };
    pl_record *e = l->c->engine;
    const pl_value *old = pl_get(e, PL_F_ENGINE_PLUGINS);
    size_t n = old->state == PL_PRESENT ? old->n : 0;
    pl_record **items =
        pl_arena_calloc(l->c->arena, n + PL_COUNT(legacy_places) * MOST, sizeof(pl_record *));

    if (!items || old->state != PL_PRESENT)
        return;
    if (n)
        memcpy(items, old->u.recs, n * sizeof(pl_record *));
    for (size_t i = 0; i < PL_COUNT(legacy_places); i++) {
        pl_str suffix = pl_str_c(legacy_places[i].suffix);
        pl_names names = {0};
        pl_rc rc = pl_root_list(ROOT(l), pl_str_c(legacy_places[i].folder), MOST, l->c->arena,
                                &names, NULL);
        if (rc != PL_OK && rc != PL_NOTFOUND) {
            pl_set_unreadable(e, PL_F_ENGINE_PLUGINS, pl_rc_reason(rc));
            return;
        }
        for (size_t k = 0; k < names.n; k++) {
            if (!pl_str_ends(names.items[k], suffix))
                continue;
            items[n] = legacy_plugin(l, legacy_places[i].folder, names.items[k], suffix);
            n += items[n] != NULL;
        }
    }
    pl_set_recs(e, PL_F_ENGINE_PLUGINS, items, n);
}

/* ---- registries of the containerd image store ---- */

/* "..." or '...' that begins so. */
static bool is_quoted(pl_str value, pl_str begin)
{
    return value.n && (value.p[0] == '"' || value.p[0] == '\'') &&
           pl_str_starts(pl_str_sub(value, 1, value.n), begin);
}

/* A hosts.toml is insecure when it skips the check of a certificate or names a server by http. */
static bool is_insecure(pl_str toml)
{
    pl_str line;

    while (pl_str_cut(&toml, '\n', &line)) {
        pl_str key;
        line = pl_str_trim(line);
        if (pl_str_starts(line, PL_S("#")))
            continue;
        if (pl_str_starts(line, PL_S("[host.")) &&
            is_quoted(pl_str_sub(line, 6, line.n), PL_S("http://")))
            return true;
        (void)pl_str_cut(&line, '=', &key);
        key = pl_str_trim(key);
        line = pl_str_trim(line);
        if ((pl_str_eq(key, PL_S("skip_verify")) && pl_str_starts(line, PL_S("true"))) ||
            (pl_str_eq(key, PL_S("server")) && is_quoted(line, PL_S("http://"))))
            return true;
    }
    return false;
}

static bool add_insecure(pl_live *l, const char *folder, pl_str *items, size_t *n, size_t most)
{
    pl_names names = {0};
    pl_rc rc = pl_root_list(ROOT(l), pl_str_c(folder), most, l->c->arena, &names, NULL);

    if (rc != PL_OK)
        return rc == PL_NOTFOUND;
    for (size_t i = 0; i < names.n; i++) {
        PL_AUTO_BUF pl_buf path = {0}, b = {0};
        pl_buf_c(&path, folder);
        pl_buf_ch(&path, '/');
        pl_buf_str(&path, names.items[i]);
        pl_buf_c(&path, "/hosts.toml");
        rc = pl_root_read(ROOT(l), pl_buf_view(&path), PL_HOSTFILE_MAX, &b, NULL, NULL);
        if (rc != PL_OK && rc != PL_NOTFOUND)
            return false;
        if (rc == PL_OK && is_insecure(pl_buf_view(&b)))
            items[(*n)++] = pl_arena_str(l->c->arena, pl_buf_view(&path));
    }
    return true;
}

static void read_insecure_hosts(pl_live *l)
{
    enum { MOST = 1024 };
    static const char *const folders[] = {"/etc/containerd/certs.d", "/etc/docker/certs.d"};
    pl_record *e = l->c->engine;
    pl_str *items = pl_arena_calloc(l->c->arena, PL_COUNT(folders) * MOST, sizeof(*items));
    size_t n = 0;

    if (!items || pl_get(e, PL_F_ENGINE_CONTAINERD_STORE)->state != PL_PRESENT)
        return;
    for (size_t i = 0; pl_record_true(e, PL_F_ENGINE_CONTAINERD_STORE) && i < PL_COUNT(folders);
         i++)
        if (!add_insecure(l, folders[i], items, &n, MOST))
            return;
    pl_set_strs(e, PL_F_ENGINE_INSECURE_HOSTS, items, n);
}

/* ---- subordinate ids ---- */

struct range {
    pl_str owner;
    uint64_t from, n;
};

static bool read_range(pl_str line, struct range *ret)
{
    pl_str from;
    return pl_str_cut(&line, ':', &ret->owner) && pl_str_cut(&line, ':', &from) &&
           pl_str_u64(from, &ret->from) && pl_str_u64(pl_str_trim(line), &ret->n);
}

struct overlap {
    pl_live *l;
    pl_str user;
    pl_str found[64];
    size_t n;
    bool has_range, failed;
};

static void note(struct overlap *o, pl_str file, pl_str who)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_str(&b, file);
    pl_buf_c(&b, ": ");
    pl_buf_str(&b, who);
    if (o->n < PL_COUNT(o->found))
        o->found[o->n++] = pl_arena_str(o->l->c->arena, pl_buf_view(&b));
}

/* Accounts (third column of passwd or group) inside the range. */
static void compare_accounts(struct overlap *o, const struct range *r, pl_str accounts, pl_str file)
{
    pl_str line;

    while (pl_str_cut(&accounts, '\n', &line)) {
        pl_str name, password, id;
        uint64_t n;
        (void)pl_str_cut(&line, ':', &name);
        (void)pl_str_cut(&line, ':', &password);
        (void)pl_str_cut(&line, ':', &id);
        if (pl_str_u64(id, &n) && n >= r->from && n - r->from < r->n)
            note(o, file, name);
    }
}

static void compare_ranges(struct overlap *o, const struct range *r, pl_str all, pl_str file)
{
    pl_str line;
    struct range other;

    while (pl_str_cut(&all, '\n', &line))
        if (read_range(line, &other) && !pl_str_eq(other.owner, o->user) &&
            other.from < r->from + r->n && r->from < other.from + other.n)
            note(o, file, other.owner);
}

static void compare_file(struct overlap *o, pl_str ranges_file, pl_str accounts_file)
{
    PL_AUTO_BUF pl_buf ranges = {0}, accounts = {0};
    const pl_root *root = ROOT(o->l);
    pl_str line;
    struct range r;

    if (pl_root_read(root, ranges_file, PL_HOSTFILE_MAX, &ranges, NULL, NULL) != PL_OK ||
        pl_root_read(root, accounts_file, PL_HOSTFILE_MAX, &accounts, NULL, NULL) != PL_OK) {
        o->failed = true;
        return;
    }
    for (pl_str rest = pl_buf_view(&ranges); pl_str_cut(&rest, '\n', &line);) {
        if (!read_range(line, &r) || !pl_str_eq(r.owner, o->user))
            continue;
        o->has_range = true;
        compare_accounts(o, &r, pl_buf_view(&accounts), accounts_file);
        compare_ranges(o, &r, pl_buf_view(&ranges), ranges_file);
    }
}

/* "default" means the user dockremap; "user:group" names both. */
static void read_subids(pl_live *l)
{
    pl_record *e = l->c->engine;
    pl_str group = pl_record_text(e, PL_F_ENGINE_USERNS_REMAP_USER);
    struct overlap o = {.l = l};

    if (pl_get(e, PL_F_ENGINE_USERNS_REMAP_USER)->state == PL_UNREADABLE)
        return;
    if (!group.n) {
        pl_set_strs(e, PL_F_ENGINE_SUBID_OVERLAPS, NULL, 0);
        return;
    }
    (void)pl_str_cut(&group, ':', &o.user);
    if (pl_str_eq(o.user, PL_S("default")))
        o.user = PL_S("dockremap");
    compare_file(&o, PL_S("/etc/subuid"), PL_S("/etc/passwd"));
    compare_file(&o, PL_S("/etc/subgid"), PL_S("/etc/group"));
    pl_str *found = pl_arena_calloc(l->c->arena, o.n + 1, sizeof(*found));
    if (!found || o.failed || !o.has_range)
        return;
    memcpy(found, o.found, o.n * sizeof(*found));
    pl_set_strs(e, PL_F_ENGINE_SUBID_OVERLAPS, found, o.n);
}

/* ---- processes beside the engine's ---- */

static void count_proxies(pl_live *l)
{
    const pl_running *r = l->running;
    int64_t count = 0;

    if (!r->pid)
        return;
    for (size_t i = 0; i < r->n_pids; i++) {
        pl_proc_status s;
        if (pl_str_eq(r->names[i], PL_S("docker-proxy")) &&
            pl_proc_status_read(&l->proc, r->pids[i], &s, NULL) == PL_OK && s.parent == r->pid)
            count++;
    }
    pl_set_int(l->c->engine, PL_F_ENGINE_PROXY_PROCESSES, count);
}

/* tcp_address below [grpc] of containerd's configuration. A file that imports others could set it
 * there, so then it is not known. */
static void read_containerd(pl_live *l)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_record *e = l->c->engine;
    pl_str line, section = {"", 0};

    if (!l->running->pid)
        return;
    if (!l->running->containerd_pid) {
        pl_set_absent(e, PL_F_ENGINE_CONTAINERD_PID);
        pl_set_absent(e, PL_F_ENGINE_CONTAINERD_TCP_ADDRESS);
        return;
    }
    pl_set_int(e, PL_F_ENGINE_CONTAINERD_PID, l->running->containerd_pid);
    pl_rc rc =
        pl_root_read(ROOT(l), l->running->containerd_config, PL_HOSTFILE_MAX, &b, NULL, NULL);
    if (rc != PL_OK && rc != PL_NOTFOUND)
        return;
    pl_set_absent(e, PL_F_ENGINE_CONTAINERD_TCP_ADDRESS);
    for (pl_str rest = pl_buf_view(&b); pl_str_cut(&rest, '\n', &line);) {
        pl_str key;
        line = pl_str_trim(line);
        if (pl_str_starts(line, PL_S("[")))
            section = line;
        (void)pl_str_cut(&line, '=', &key);
        pl_str value = pl_str_trim(line);
        if (pl_str_eq(pl_str_trim(key), PL_S("imports")) && value.n > 2)
            pl_set_unreadable(e, PL_F_ENGINE_CONTAINERD_TCP_ADDRESS, "unsupported");
        if (!pl_str_eq(section, PL_S("[grpc]")) ||
            !pl_str_eq(pl_str_trim(key), PL_S("tcp_address")) || value.n <= 2)
            continue;
        value = pl_arena_str(l->c->arena, pl_str_sub(value, 1, value.n - 2));
        pl_set_str(e, PL_F_ENGINE_CONTAINERD_TCP_ADDRESS, value);
        return;
    }
}

void pl_engine_host_read(pl_live *l)
{
    pl_record *e = l->c->engine;

    pl_set_unreadable(e, PL_F_ENGINE_LOG_EXPORTED, "needs:logs");
    pl_set_unreadable(e, PL_F_ENGINE_DENIAL_PROVEN, "needs:gate");
    if (!l->has_host)
        return;
    read_modules(l);
    read_seccomp(l);
    read_runtimes(l);
    read_legacy_plugins(l);
    read_insecure_hosts(l);
    read_subids(l);
    count_proxies(l);
    read_containerd(l);
}
