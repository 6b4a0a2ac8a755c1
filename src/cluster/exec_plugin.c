/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/exec_plugin.h"

#include "cluster/limits.h"
#include "cluster/worker.h"
#include "core/hash.h"

#include "core/user_program.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { INFO_MAX = 64 << 10 };

/* Words as C strings, in the arena, ending with NULL. */
static const char **words_of(const pl_str *v, size_t n, size_t more, pl_arena *a)
{
    const char **words = pl_arena_calloc(a, n + more + 1, sizeof(*words));

    for (size_t i = 0; words && i < n; i++) {
        char *word = pl_arena_calloc(a, v[i].n + 1, 1);
        if (!word || !pl_str_to_c(v[i], word, v[i].n + 1))
            return NULL;
        words[i] = word;
    }
    return words;
}

/* KUBERNETES_EXEC_INFO: that nobody can be asked, and of which cluster it is when it wants that. */
static pl_rc put_info(const pl_exec_plugin *p, const pl_cluster_access *access, pl_buf *out,
                      pl_err *err)
{
    const pl_kubeconfig *k = p->config;
    PL_AUTO_BUF pl_buf ca = {0};
    json_auto_t *info = NULL;

    pl_base64((const unsigned char *)p->ca.p, p->ca.n, &ca);
    info = json_pack("{s:s,s:s%,s:{s:b}}", "kind", "ExecCredential", "apiVersion",
                     k->exec_version.p, k->exec_version.n, "spec", "interactive", 0);
    if (info && k->wants_cluster)
        json_object_set_new(json_object_get(info, "spec"), "cluster",
                            json_pack("{s:s%,s:s%,s:b}", "server", access->server.p,
                                      access->server.n, "certificate-authority-data",
                                      ca.p ? ca.p : "", ca.n, "insecure-skip-tls-verify",
                                      access->is_unverified));
    PL_AUTO_FREE char *text = info ? json_dumps(info, JSON_COMPACT) : NULL;
    if (!text)
        return pl_fail(err, PL_FORMAT, "what the plugin is told is not UTF-8");
    pl_buf_fmt(out, "KUBERNETES_EXEC_INFO=%s", text);
    pl_buf_ch(out, '\0');
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "exec plugin");
}

/* "./plugin" begins in the folder of the kubeconfig; a bare name is looked for along PATH. */
static bool name_program(const pl_exec_plugin *p, char ret[PATH_MAX])
{
    pl_str command = p->config->command;
    const char *slash = strrchr(p->file, '/');
    bool is_relative = memchr(command.p, '/', command.n) && command.p[0] != '/';
    int head = is_relative && slash ? (int)(slash - p->file) + 1 : 0;
    int n = snprintf(ret, PATH_MAX, "%.*s%.*s", head, p->file, PL_F(command));

    return n > 0 && n < PATH_MAX && !memchr(command.p, '\0', command.n);
}

static pl_rc run(const pl_exec_plugin *p, const char *program, pl_arena *a,
                 const pl_cluster_access *access, pl_buf *said, pl_err *err)
{
    const pl_kubeconfig *k = p->config;
    PL_AUTO_BUF pl_buf info = {.max = (size_t)2 * INFO_MAX};
    const char **args = words_of(k->args, k->n_args, 0, a);
    const char **env = words_of(k->env, k->n_env, 1, a);
    int status = 0;

    if (!args || !env)
        return pl_fail(err, PL_FORMAT, "arguments or variables that no program can have");
    pl_rc rc = put_info(p, access, &info, err);
    if (rc)
        return rc;
    env[k->n_env] = info.p;
    rc = pl_user_program_run(&(pl_user_program){.program = program,
                                                .args = args,
                                                .env = env,
                                                .path = p->who->path,
                                                .home = p->who->home,
                                                .uid = p->who->uid,
                                                .gid = p->who->gid,
                                                .max = PL_CLUSTER_PLUGIN_MAX,
                                                .deadline_ms = PL_CLUSTER_PLUGIN_MS},
                             said, &status, err);
    if (rc == PL_NOTFOUND && k->hint.n)
        return pl_wrap(err, rc, "%.*s", PL_F(pl_str_sub(k->hint, 0, PL_CLUSTER_SAID_MAX)));
    return rc || status == 0 ? rc : pl_fail(err, PL_DENIED, "ended with status %d", status);
}

pl_rc pl_exec_plugin_run(const pl_exec_plugin *p, pl_arena *a, pl_cluster_access *ret, pl_err *err)
{
    char program[PATH_MAX];
    pl_buf said = {0};
    pl_kubeconfig answer = {0};

    if (!name_program(p, program))
        return pl_fail(err, PL_FORMAT, "exec: no command");
    pl_rc rc = p->who->uid == 0
                   ? pl_fail(err, PL_DENIED,
                             "is not run as root; run plimsoll as an ordinary user or by sudo")
                   : run(p, program, a, ret, &said, err);
    if (!rc)
        rc = pl_cluster_jailed(p->worker, PL_CLUSTER_JOB_EXEC, PL_S(""), pl_buf_view(&said), a,
                               &answer, err);
    if (said.p)
        explicit_bzero(said.p, said.n);
    pl_buf_done(&said);
    if (rc)
        return pl_wrap(err, rc, "exec plugin %s", program);
    ret->token = answer.token;
    ret->cert = answer.cert_data;
    ret->key = answer.key_data;
    return PL_OK;
}
