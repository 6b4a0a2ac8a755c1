/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below users' homes, and beside them, that hold credentials of an engine, of registries or
 * of a cluster. Who owns them and who may read them is asked of the file; whether a password or
 * token of a registry stands in them is read under the user's uid.
 * Sources: docker login, containers-auth.json(5), kubectl config, kubelet --root-dir.
 */
#include "core/json_rd.h"
#include "host/facts.h"
#include "host/files.h"
#include "host/users.h"

#include <sys/stat.h>

enum { REGISTRY_NAME = 256 };

typedef struct home {
    pl_str path, user;
    int64_t uid, gid;
} home;

struct credentials {
    pl_host_reading *f;
    pl_host_recs list;
    pl_host_recs files; /* as pl_file_add makes them, before they are copied */
    pl_host_strs seen;  /* homes and uids */
    bool is_waiting;
};

/* ---- registries in an auths object ---- */

/* Clients are written in Go, which takes a key in any case. */
static bool is_secret(pl_str key)
{
    static const char *const names[] = {"auth", "password", "identitytoken", "registrytoken"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq_nocase(key, pl_str_c(names[i])))
            return true;
    return false;
}

static bool holds_secret(pl_json_rd *in)
{
    bool is = false;
    pl_str key, value;

    if (!pl_json_enter_object(in))
        return false;
    while (pl_json_key(in, &key)) {
        if (!is_secret(key))
            pl_json_skip(in);
        else if (pl_json_raw(in, &value))
            is |= value.n > 0;
    }
    return is;
}

/* What holds passwords of registries. */
typedef enum auths { NO_AUTHS, AUTHS, ALL_AUTHS } auths;

static void read_registries(pl_json_rd *in, pl_arena *a, pl_host_strs *registries)
{
    pl_str name;

    if (!pl_json_enter_object(in))
        return;
    while (pl_json_key(in, &name))
        if (holds_secret(in))
            pl_host_strs_add_once(registries, pl_arena_str(a, pl_str_sub(name, 0, REGISTRY_NAME)));
}

/* False: it is no JSON. */
static bool read_auths(pl_str text, auths where, pl_arena *a, pl_host_strs *registries)
{
    pl_json_rd in = pl_json_rd_of(text);
    pl_str key;

    if (where == ALL_AUTHS) {
        read_registries(&in, a, registries);
        return pl_json_done(&in);
    }
    if (pl_json_enter_object(&in))
        while (pl_json_key(&in, &key)) {
            if (pl_str_eq_nocase(key, PL_S("auths")))
                read_registries(&in, a, registries);
            else
                pl_json_skip(&in);
        }
    return pl_json_done(&in);
}

static pl_str place_of(const struct credentials *c, const home *h, pl_str path)
{
    return c->f->is_live ? pl_host_fmt(c->f->a, "@user/%lld/%lld%.*s", (long long)h->uid,
                                       (long long)h->gid, PL_F(path))
                         : path;
}

static void set_registries(struct credentials *c, const home *h, pl_str path, auths where,
                           pl_record *r)
{
    const pl_snap_entry *e = pl_snap_read(c->f->snap, place_of(c, h, path));
    pl_host_strs registries = {.arena = c->f->a};

    c->is_waiting |= !e;
    if (!e || e->rc) {
        pl_set_unreadable(r, PL_F_CREDENTIAL_IN_CLEAR, e ? pl_host_reason(e) : "unreadable");
        return;
    }
    /* An empty file holds nothing. */
    if (pl_str_trim(e->bytes).n && !read_auths(e->bytes, where, c->f->a, &registries))
        pl_set_unreadable(r, PL_F_CREDENTIAL_IN_CLEAR, "format");
    else
        pl_host_strs_set(&registries, r, PL_F_CREDENTIAL_IN_CLEAR);
}

/* ---- one file ---- */

static void copy(pl_record *to, int field, const pl_record *from, int other)
{
    if (to)
        to->v[field] = from->v[other];
}

static void set_owned(pl_record *r, const pl_record *file, const home *h)
{
    const pl_value *uid = pl_get(file, PL_F_FILE_UID), *link = pl_get(file, PL_F_FILE_LINK_UID);

    if (uid->state == PL_PRESENT && link->state == PL_PRESENT)
        pl_set_bool(r, PL_F_CREDENTIAL_IS_OWNED,
                    (uid->u.i == h->uid || uid->u.i == 0) &&
                        (link->u.i == h->uid || link->u.i == 0));
    else
        copy(r, PL_F_CREDENTIAL_IS_OWNED, file, PL_F_FILE_UID);
}

static void add(struct credentials *c, const home *h, pl_str path, const char *role, auths where)
{
    const pl_record *file = pl_file_add(c->f, &c->files, PL_ROLE_CREDENTIAL, path);

    c->is_waiting |= !pl_snap_stat(c->f->snap, path);
    if (!file)
        return;
    pl_record *r = pl_host_recs_new(&c->list, PL_HE_CREDENTIAL);
    pl_set_str(r, PL_F_CREDENTIAL_PATH, path);
    pl_set_str(r, PL_F_CREDENTIAL_ROLE, pl_str_c(role));
    pl_set_str(r, PL_F_CREDENTIAL_USER, h->user);
    copy(r, PL_F_CREDENTIAL_MODE_TEXT, file, PL_F_FILE_MODE_TEXT);
    copy(r, PL_F_CREDENTIAL_MODE_EXTRA, file, PL_F_FILE_MODE_EXTRA);
    copy(r, PL_F_CREDENTIAL_ACL_EXTRA, file, PL_F_FILE_ACL_EXTRA);
    set_owned(r, file, h);
    if (where)
        set_registries(c, h, path, where, r);
    else
        pl_set_absent(r, PL_F_CREDENTIAL_IN_CLEAR);
}

/* Names of a folder; what of it cannot be listed is a file that nobody knows. */
static bool list(struct credentials *c, const home *h, pl_str folder, const char *role,
                 pl_str *names)
{
    const pl_snap_entry *e = pl_snap_list(c->f->snap, folder);

    c->is_waiting |= !e;
    if (pl_host_state(e) == PL_SEEN_FAILED) {
        pl_record *r = pl_host_recs_new(&c->list, PL_HE_CREDENTIAL);
        for (size_t i = 0; r && i < r->kind->n; i++)
            pl_set_unreadable(r, (int)i, pl_host_reason(e));
        pl_set_str(r, PL_F_CREDENTIAL_PATH, folder);
        pl_set_str(r, PL_F_CREDENTIAL_ROLE, pl_str_c(role));
        pl_set_str(r, PL_F_CREDENTIAL_USER, h->user);
    }
    if (pl_host_state(e) != PL_SEEN_OK)
        return false;
    *names = e->bytes;
    return true;
}

/* ---- a home ---- */

/* The client calls its certificates ca.pem and cert.pem: these are no secret. */
static bool may_be_key(pl_str name)
{
    return pl_str_ends(name, PL_S(".pem")) && !pl_str_eq(name, PL_S("ca.pem")) &&
           !pl_str_eq(name, PL_S("cert.pem"));
}

static void add_client_keys(struct credentials *c, const home *h)
{
    pl_str docker = pl_host_fmt(c->f->a, "%.*s/.docker", PL_F(h->path));
    pl_str contexts = pl_host_fmt(c->f->a, "%.*s/contexts/tls", PL_F(docker));
    pl_str names, name;

    if (!list(c, h, docker, "client-key", &names))
        return;
    while (pl_snap_name(&names, &name))
        if (may_be_key(name))
            add(c, h, pl_host_fmt(c->f->a, "%.*s/%.*s", PL_F(docker), PL_F(name)), "client-key",
                NO_AUTHS);
    if (list(c, h, contexts, "client-key", &names))
        while (pl_snap_name(&names, &name))
            add(c, h, pl_host_fmt(c->f->a, "%.*s/%.*s/docker/key.pem", PL_F(contexts), PL_F(name)),
                "client-key", NO_AUTHS);
}

static void add_home(struct credentials *c, const home *h)
{
    static const struct {
        const char *path, *role;
        auths where;
    } files[] = {{"/.docker/config.json", "docker-config", AUTHS},
                 {"/.dockercfg", "docker-config", ALL_AUTHS},
                 {"/.config/containers/auth.json", "containers-auth", AUTHS},
                 {"/.kube/config", "kubeconfig", NO_AUTHS}};
    const pl_snap_entry *e = pl_snap_stat(c->f->snap, h->path);

    c->is_waiting |= !e;
    if (pl_host_state(e) != PL_SEEN_OK || !S_ISDIR(e->meta.mode))
        return;
    for (size_t i = 0; i < PL_COUNT(files); i++)
        add(c, h, pl_host_fmt(c->f->a, "%.*s%s", PL_F(h->path), files[i].path), files[i].role,
            files[i].where);
    add_client_keys(c, h);
}

/* Podman keeps what was given to login below /run. */
static void add_runtime(struct credentials *c, const home *h)
{
    add(c, h, pl_host_fmt(c->f->a, "/run/user/%lld/containers/auth.json", (long long)h->uid),
        "containers-auth", AUTHS);
    add(c, h, pl_host_fmt(c->f->a, "/run/containers/%lld/auth.json", (long long)h->uid),
        "containers-auth", AUTHS);
}

static bool is_new(struct credentials *c, pl_str path)
{
    for (size_t i = 0; i < c->seen.n; i++)
        if (pl_str_eq(c->seen.v[i], path))
            return false;
    pl_host_strs_add(&c->seen, path);
    return true;
}

static void add_users(struct credentials *c, const pl_users *u)
{
    for (size_t i = 0; i < u->n_users; i++) {
        const pl_user *one = &u->users[i];
        const home h = {one->home, one->name, one->uid, one->gid};
        if (one->home.n < 2 || one->home.p[0] != '/')
            continue;
        if (is_new(c, one->home))
            add_home(c, &h);
        if (is_new(c, pl_host_fmt(c->f->a, "%lld", (long long)h.uid)))
            add_runtime(c, &h);
    }
}

/* A name service need not list everybody who has a home. */
static void add_others(struct credentials *c)
{
    const home nobody = {PL_S("/home"), PL_S(""), 0, 0};
    pl_str names, name;

    if (!list(c, &nobody, PL_S("/home"), "home", &names))
        return;
    while (pl_snap_name(&names, &name)) {
        pl_str path = pl_host_fmt(c->f->a, "/home/%.*s", PL_F(name));
        const pl_snap_entry *e = is_new(c, path) ? pl_snap_stat(c->f->snap, path) : NULL;
        if (e && e->rc == PL_OK)
            add_home(c, &(home){path, name, e->meta.uid, e->meta.gid});
    }
}

/* ---- the node's own ---- */

static void add_node(struct credentials *c)
{
    static const char *const kubeconfigs[] = {
        "/var/lib/kubelet/kubeconfig", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml"};
    const home root = {PL_S("/root"), PL_S("root"), 0, 0};
    pl_str names, name;

    add(c, &root, PL_S("/var/lib/kubelet/config.json"), "kubelet-registries", AUTHS);
    for (size_t i = 0; i < PL_COUNT(kubeconfigs); i++)
        add(c, &root, pl_str_c(kubeconfigs[i]), "kubeconfig", NO_AUTHS);
    if (!list(c, &root, PL_S("/etc/kubernetes"), "kubeconfig", &names))
        return;
    while (pl_snap_name(&names, &name))
        if (pl_str_ends(name, PL_S(".conf")))
            add(c, &root, pl_host_fmt(c->f->a, "/etc/kubernetes/%.*s", PL_F(name)), "kubeconfig",
                NO_AUTHS);
}

void pl_host_facts_credentials(pl_host_reading *f)
{
    struct credentials c = {
        .f = f, .list = {.arena = f->a}, .files = {.arena = f->a}, .seen = {.arena = f->a}};
    pl_users u = pl_users_read(f);

    if (u.state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_CREDENTIALS, u.reason);
    if (u.state != PL_SEEN_OK)
        return;
    add_users(&c, &u);
    add_others(&c);
    add_node(&c);
    if (!c.is_waiting)
        pl_host_recs_set(&c.list, f->host, PL_F_HOST_CREDENTIALS);
}
