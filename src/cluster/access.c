/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/access.h"

#include "cluster/exec_plugin.h"
#include "cluster/kubeconfig.h"
#include "cluster/limits.h"
#include "cluster/worker.h"
#include "core/caller.h"
#include "core/pem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finding {
    const pl_cluster_ask *ask;
    pl_caller who;
    pl_arena *a;
    char paths[PL_CLUSTER_CONFIG_FILES][PATH_MAX];
    bool is_given[PL_CLUSTER_CONFIG_FILES];
    size_t n;
    pl_buf files; /* lstr each, for the worker */
};

/* ---- which files ---- */

static void add_path(struct finding *f, pl_str path, bool is_given)
{
    if (f->n < PL_COUNT(f->paths) && path.n && pl_str_to_c(path, f->paths[f->n], PATH_MAX)) {
        f->is_given[f->n] = is_given;
        f->n++;
    }
}

static void list_paths(struct finding *f)
{
    /* What sudo left of an environment is not its user's word. */
    pl_str all = pl_str_c(f->who.is_sudo ? NULL : getenv("KUBECONFIG")), one;
    char path[PATH_MAX];

    if (f->ask->kubeconfig) {
        add_path(f, pl_str_c(f->ask->kubeconfig), true);
        return;
    }
    while (pl_str_cut(&all, ':', &one))
        add_path(f, one, true);
    if (f->n || !f->who.home)
        return;
    int n = snprintf(path, sizeof(path), "%s/.kube/config", f->who.home);
    if (n > 0 && (size_t)n < sizeof(path))
        add_path(f, pl_str_c(path), false);
}

static void wipe(pl_buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->n);
    pl_buf_done(b);
}

/* Of several files one may be missing, as kubectl has it; not one that a flag names. */
static pl_rc read_files(struct finding *f, pl_err *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        pl_buf text = {0};
        pl_err why = {0};
        pl_rc rc = pl_caller_read(&f->who, f->paths[i], f->is_given[i], PL_CLUSTER_CONFIG_MAX,
                                  PL_CLUSTER_HOME_MS, &text, &why);
        if (!rc) {
            pl_buf_lstr(&f->files, pl_buf_view(&text));
            if (kept != i)
                memcpy(f->paths[kept], f->paths[i], sizeof(f->paths[i]));
            f->is_given[kept++] = f->is_given[i];
        }
        wipe(&text);
        if (rc && (rc != PL_NOTFOUND || f->ask->kubeconfig)) {
            if (err)
                *err = why;
            return pl_wrap(err, rc, "kubeconfig");
        }
    }
    f->n = kept;
    return PL_OK;
}

/* ---- the worker ---- */

struct reading {
    pl_arena *a;
    pl_kubeconfig *ret;
    bool is_there;
};

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct reading *g = arg;
    pl_rd in = pl_rd_of(payload.p, payload.n);

    if (type != PL_CLUSTER_FRAME_CONFIG || g->is_there)
        return pl_fail(err, PL_WORKER, "the worker sent another frame than asked for");
    g->is_there = true;
    return pl_kubeconfig_decode(&in, g->a, g->ret, err);
}

pl_rc pl_cluster_jailed(const char *worker, uint32_t job, pl_str word, pl_str input, pl_arena *a,
                        pl_kubeconfig *ret, pl_err *err)
{
    struct reading g = {.a = a, .ret = ret};
    PL_AUTO_BUF pl_buf args = {0};

    pl_buf_u32le(&args, job);
    pl_buf_lstr(&args, word);
    if (!pl_buf_ok(&args))
        return pl_fail(err, PL_NOMEM, "kubeconfig");
    pl_rc rc = pl_jail_run_bytes(&(pl_jail_job){.kind = worker,
                                                .args = pl_buf_view(&args),
                                                .limits = &pl_jail_document,
                                                .frame = take_frame,
                                                .frame_arg = &g},
                                 input, err);
    return rc || g.is_there ? rc : pl_fail(err, PL_WORKER, "the worker sent nothing");
}

/* ---- the files that it names ---- */

/* Relative to the folder of the kubeconfig that names it. */
static pl_rc read_named(const struct finding *f, uint32_t from, pl_str path, pl_str *ret,
                        pl_err *err)
{
    char whole[PATH_MAX];
    pl_buf text = {0};
    const char *slash = from < f->n ? strrchr(f->paths[from], '/') : NULL;
    int head = slash && path.p[0] != '/' ? (int)(slash - f->paths[from]) + 1 : 0;
    int n = snprintf(whole, sizeof(whole), "%.*s%.*s", head, from < f->n ? f->paths[from] : "",
                     PL_F(path));

    if (n < 0 || (size_t)n >= sizeof(whole) || from >= f->n)
        return pl_fail(err, PL_FORMAT, "\"%.*s\": no path", PL_F(pl_str_sub(path, 0, 100)));
    pl_rc rc = pl_caller_read(&f->who, whole, f->is_given[from], PL_CLUSTER_CONFIG_MAX,
                              PL_CLUSTER_HOME_MS, &text, err);
    if (!rc)
        *ret = pl_arena_str(f->a, pl_buf_view(&text));
    wipe(&text);
    return rc || ret->p ? rc : pl_fail(err, PL_LIMIT, "%s: does not fit its budget", whole);
}

/* Data in the file itself comes before a file that is named. */
static pl_rc data_or_file(const struct finding *f, uint32_t from, pl_str data, pl_str path,
                          pl_str *ret, pl_err *err)
{
    *ret = data;
    return data.n || !path.n ? PL_OK : read_named(f, from, path, ret, err);
}

static pl_rc set_identity(struct finding *f, const pl_kubeconfig *k, pl_cluster_access *ret,
                          pl_err *err)
{
    pl_rc rc = data_or_file(f, k->user_from, k->cert_data, k->cert_file, &ret->cert, err);

    if (!rc)
        rc = data_or_file(f, k->user_from, k->key_data, k->key_file, &ret->key, err);
    /* A token file holds the newer one: it comes first. */
    if (!rc && k->token_file.n)
        rc = read_named(f, k->user_from, k->token_file, &ret->token, err);
    else
        ret->token = k->token;
    ret->token = pl_str_trim(ret->token);
    ret->user = k->user;
    ret->password = k->password;
    ret->means = ret->cert.n    ? "client certificate"
                 : ret->token.n ? "token"
                 : k->user.n    ? "user name and password"
                                : "no credentials";
    if (rc || !k->command.n || ret->cert.n || ret->token.n)
        return rc;
    ret->means = "exec plugin";
    return pl_exec_plugin_run(&(pl_exec_plugin){.config = k,
                                                .who = &f->who,
                                                .worker = f->ask->worker,
                                                .file = f->paths[k->user_from],
                                                .ca = ret->ca},
                              f->a, ret, err);
}

static pl_rc set_access(struct finding *f, const pl_kubeconfig *k, pl_cluster_access *ret,
                        pl_err *err)
{
    *ret = (pl_cluster_access){.name = k->context,
                               .cluster = k->cluster,
                               .server = k->server,
                               .tls_server_name = k->tls_server_name,
                               .proxy = k->proxy,
                               .is_unverified = k->is_unverified};
    pl_rc rc = data_or_file(f, k->cluster_from, k->ca_data, k->ca_file, &ret->ca, err);
    return rc ? rc : set_identity(f, k, ret, err);
}

static pl_rc read_kubeconfig(struct finding *f, pl_cluster_access *ret, pl_err *err)
{
    pl_kubeconfig k = {0};
    pl_rc rc = pl_cluster_jailed(f->ask->worker, PL_CLUSTER_JOB_CONFIG, pl_str_c(f->ask->context),
                                 pl_buf_view(&f->files), f->a, &k, err);

    /* A context that there is not is a mistake of the caller's. */
    if (rc == PL_NOTFOUND && err)
        err->rc = PL_USAGE;
    if (rc == PL_NOTFOUND)
        rc = PL_USAGE;
    if (!rc && (k.cluster_from >= f->n || k.user_from >= f->n))
        rc = pl_fail(err, PL_WORKER, "the worker names a file that there is not");
    if (!rc)
        rc = set_access(f, &k, ret, err);
    return pl_wrap(err, rc, "kubeconfig %s", f->paths[0]);
}

/* ---- inside a pod (kubernetes.io/docs/tasks/run-application/access-api-from-pod) ---- */

#define POD_FILES "/var/run/secrets/kubernetes.io/serviceaccount/"

static pl_rc read_pod_file(struct finding *f, const char *path, pl_str *ret, pl_err *err)
{
    pl_buf text = {0};
    pl_rc rc = pl_pem_read(path, &text, err);

    if (!rc)
        *ret = pl_arena_str(f->a, pl_str_trim(pl_buf_view(&text)));
    wipe(&text);
    return rc || ret->p ? rc : pl_fail(err, PL_LIMIT, "%s: does not fit its budget", path);
}

static pl_rc read_pod(struct finding *f, pl_cluster_access *ret, pl_err *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    PL_AUTO_BUF pl_buf server = {0};

    if (!host || !port || access(POD_FILES "token", F_OK) != 0)
        return pl_fail(err, PL_NOTFOUND,
                       "no kubeconfig (--kubeconfig, KUBECONFIG, ~/.kube/config) and no service "
                       "account of a pod");
    bool is_v6 = strchr(host, ':') != NULL;
    pl_buf_fmt(&server, "https://%s%s%s:%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
    *ret = (pl_cluster_access){.name = PL_S("in-cluster"),
                               .cluster = PL_S("in-cluster"),
                               .server = pl_arena_str(f->a, pl_buf_view(&server)),
                               .means = "service account of this pod"};
    pl_rc rc = read_pod_file(f, POD_FILES "token", &ret->token, err);
    return rc ? rc : read_pod_file(f, POD_FILES "ca.crt", &ret->ca, err);
}

pl_rc pl_cluster_access_find(const pl_cluster_ask *ask, pl_arena *a, pl_cluster_access *ret,
                             pl_err *err)
{
    PL_AUTO_FREE struct finding *f = calloc(1, sizeof(*f));

    if (!f)
        return pl_fail(err, PL_NOMEM, "kubeconfig");
    f->ask = ask;
    f->a = a;
    f->files.max = (size_t)2 * PL_CLUSTER_CONFIG_MAX;
    pl_rc rc = pl_caller_find(a, &f->who, err);
    if (!rc) {
        list_paths(f);
        rc = read_files(f, err);
    }
    if (!rc && !pl_buf_ok(&f->files))
        rc = pl_fail(err, PL_LIMIT, "kubeconfigs of over %d bytes", PL_CLUSTER_CONFIG_MAX * 2);
    if (!rc)
        rc = f->n ? read_kubeconfig(f, ret, err) : read_pod(f, ret, err);
    wipe(&f->files);
    return rc;
}

void pl_cluster_access_wipe(pl_cluster_access *access)
{
    pl_str *const secrets[] = {&access->key, &access->token, &access->password};

    for (size_t i = 0; i < PL_COUNT(secrets); i++) {
        if (secrets[i]->n)
            explicit_bzero((char *)(uintptr_t)secrets[i]->p, secrets[i]->n);
        *secrets[i] = (pl_str){"", 0};
    }
}
