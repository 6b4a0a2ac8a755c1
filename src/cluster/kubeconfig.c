/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/kubeconfig.h"

#include "cluster/limits.h"
#include "core/hash.h"
#include "core/yaml_tree.h"

#include <string.h>

enum { WORDS_MAX = 48 }; /* of an exec plugin: arguments, variables */

/* ---- values ---- */

static pl_str text(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SCALAR && !pl_yaml_is_null(v) ? v->text : (pl_str){"", 0};
}

static bool flag(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    bool b = false;
    return v && pl_yaml_bool(v, &b) && b;
}

static pl_rc data(const pl_yaml *map, const char *key, pl_arena *a, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_CLUSTER_CONFIG_MAX};
    pl_str written = text(map, key);

    if (!written.n)
        return PL_OK;
    if (!pl_unbase64(pl_str_trim(written), &b))
        return pl_fail(err, PL_FORMAT, "%s is not base64", key);
    *ret = pl_arena_str(a, pl_buf_view(&b));
    if (b.p)
        explicit_bzero(b.p, b.n);
    return ret->p ? PL_OK : pl_fail(err, PL_LIMIT, "%s does not fit its budget", key);
}

/* ---- names ---- */

struct files {
    const pl_yaml *v; /* the documents, in their order */
    size_t n;
};

/* clusters: [{name: NAME, cluster: {...}}]; NULL: none of that name in any file. */
static const pl_yaml *find_named(const struct files *f, const char *list, const char *what,
                                 pl_str name, uint32_t *ret_from)
{
    for (size_t i = 0; i < f->n; i++) {
        const pl_yaml *items = pl_yaml_get(&f->v[i], list);
        for (size_t k = 0; items && items->type == PL_YAML_SEQUENCE && k < items->n; k++) {
            if (!pl_str_eq(text(&items->items[k], "name"), name))
                continue;
            *ret_from = (uint32_t)i;
            return pl_yaml_get(&items->items[k], what);
        }
    }
    return NULL;
}

static pl_rc find_context(const struct files *f, pl_str wanted, const pl_yaml **ret,
                          pl_kubeconfig *k, pl_err *err)
{
    uint32_t ignored;

    for (size_t i = 0; !wanted.n && i < f->n; i++)
        wanted = text(&f->v[i], "current-context");
    if (!wanted.n)
        return pl_fail(err, PL_NOTFOUND,
                       "no current-context is set; name one with --context (kubectl config "
                       "get-contexts lists them)");
    *ret = find_named(f, "contexts", "context", wanted, &ignored);
    if (!*ret)
        return pl_fail(err, PL_NOTFOUND, "has no context \"%.*s\"",
                       PL_F(pl_str_sub(wanted, 0, PL_CLUSTER_NAME_MAX)));
    k->context = wanted;
    return PL_OK;
}

/* ---- the parts ---- */

static pl_rc read_cluster(const pl_yaml *c, pl_arena *a, pl_kubeconfig *k, pl_err *err)
{
    k->server = text(c, "server");
    k->tls_server_name = text(c, "tls-server-name");
    k->proxy = text(c, "proxy-url");
    k->ca_file = text(c, "certificate-authority");
    k->is_unverified = flag(c, "insecure-skip-tls-verify");
    if (!k->server.n)
        return pl_fail(err, PL_FORMAT, "cluster \"%.*s\" has no server",
                       PL_F(pl_str_sub(k->cluster, 0, PL_CLUSTER_NAME_MAX)));
    return data(c, "certificate-authority-data", a, &k->ca_data, err);
}

static pl_rc read_words(const pl_yaml *list, bool is_env, pl_arena *a, const pl_str **ret,
                        size_t *ret_n, pl_err *err)
{
    size_t n = list && list->type == PL_YAML_SEQUENCE ? list->n : 0;
    pl_str *words = pl_arena_calloc(a, n + 1, sizeof(*words));

    if (n > WORDS_MAX || !words)
        return pl_fail(err, PL_LIMIT, "exec: over %d arguments or variables", WORDS_MAX);
    for (size_t i = 0; i < n; i++) {
        const pl_yaml *v = &list->items[i];
        PL_AUTO_BUF pl_buf b = {0};
        if (is_env)
            pl_buf_fmt(&b, "%.*s=%.*s", PL_F(text(v, "name")), PL_F(text(v, "value")));
        else
            pl_buf_str(&b, v->text);
        words[i] = pl_arena_str(a, pl_buf_view(&b));
        if (!words[i].p || !pl_buf_ok(&b))
            return pl_fail(err, PL_LIMIT, "exec does not fit its budget");
    }
    *ret = words;
    *ret_n = n;
    return PL_OK;
}

static pl_rc read_exec(const pl_yaml *exec, pl_arena *a, pl_kubeconfig *k, pl_err *err)
{
    if (!exec)
        return PL_OK;
    k->command = text(exec, "command");
    k->exec_version = text(exec, "apiVersion");
    k->hint = text(exec, "installHint");
    k->wants_cluster = flag(exec, "provideClusterInfo");
    if (!k->command.n)
        return pl_fail(err, PL_FORMAT, "exec names no command");
    pl_rc rc = read_words(pl_yaml_get(exec, "args"), false, a, &k->args, &k->n_args, err);
    return rc ? rc : read_words(pl_yaml_get(exec, "env"), true, a, &k->env, &k->n_env, err);
}

static pl_rc read_user(const pl_yaml *u, pl_arena *a, pl_kubeconfig *k, pl_err *err)
{
    /* Who is to be somebody else here must not be asked for with all rights of his own. */
    static const char *const others[] = {"as", "as-uid", "as-groups", "as-user-extra"};

    k->cert_file = text(u, "client-certificate");
    k->key_file = text(u, "client-key");
    k->token = text(u, "token");
    k->token_file = text(u, "tokenFile");
    k->user = text(u, "username");
    k->password = text(u, "password");
    for (size_t i = 0; i < PL_COUNT(others); i++)
        if (pl_yaml_get(u, others[i]))
            return pl_fail(err, PL_UNSUPPORTED,
                           "%s: nobody is impersonated; name a user of his own", others[i]);
    if (pl_yaml_get(u, "auth-provider"))
        return pl_fail(err, PL_UNSUPPORTED,
                       "auth-provider is not spoken; Kubernetes dropped it for exec plugins");
    pl_rc rc = data(u, "client-certificate-data", a, &k->cert_data, err);
    if (!rc)
        rc = data(u, "client-key-data", a, &k->key_data, err);
    return rc ? rc : read_exec(pl_yaml_get(u, "exec"), a, k, err);
}

static pl_rc read_context(const struct files *f, pl_str context, pl_arena *a, pl_kubeconfig *k,
                          pl_err *err)
{
    const pl_yaml *of = NULL;
    pl_rc rc = find_context(f, context, &of, k, err);

    if (rc)
        return rc;
    pl_str user = text(of, "user");
    k->cluster = text(of, "cluster");
    const pl_yaml *cluster = find_named(f, "clusters", "cluster", k->cluster, &k->cluster_from);
    const pl_yaml *person = find_named(f, "users", "user", user, &k->user_from);
    if (!cluster)
        return pl_fail(err, PL_FORMAT,
                       "context \"%.*s\" names cluster \"%.*s\", which is not there",
                       PL_F(k->context), PL_F(k->cluster));
    if (user.n && !person)
        return pl_fail(err, PL_FORMAT, "context \"%.*s\" names user \"%.*s\", who is not there",
                       PL_F(k->context), PL_F(user));
    rc = read_cluster(cluster, a, k, err);
    return rc ? rc : read_user(person, a, k, err);
}

pl_rc pl_kubeconfig_read(const pl_str *texts, size_t n, pl_str context, pl_arena *a,
                         pl_kubeconfig *ret, pl_err *err)
{
    pl_yaml *docs = pl_arena_calloc(a, n + 1, sizeof(*docs));

    *ret = (pl_kubeconfig){0};
    if (!docs)
        return pl_fail(err, PL_LIMIT, "kubeconfig");
    for (size_t i = 0; i < n; i++) {
        pl_yaml_documents all = {0};
        pl_rc rc = pl_yaml_stream(a, texts[i], &all, err);
        if (rc)
            return rc;
        if (all.n)
            docs[i] = all.v[0];
    }
    return read_context(&(struct files){docs, n}, context, a, ret, err);
}

pl_rc pl_exec_credential_read(pl_str json, pl_arena *a, pl_kubeconfig *ret, pl_err *err)
{
    pl_yaml_documents docs = {0};
    pl_rc rc = pl_yaml_stream(a, json, &docs, err);

    *ret = (pl_kubeconfig){0};
    if (rc)
        return rc;
    const pl_yaml *status = docs.n ? pl_yaml_get(&docs.v[0], "status") : NULL;
    if (!docs.n || !pl_str_eq(text(&docs.v[0], "kind"), PL_S("ExecCredential")) || !status)
        return pl_fail(err, PL_FORMAT, "answers no ExecCredential with a status");
    ret->token = text(status, "token");
    ret->cert_data = text(status, "clientCertificateData"); /* PEM, not base64 */
    ret->key_data = text(status, "clientKeyData");
    if (!ret->token.n && !ret->cert_data.n)
        return pl_fail(err, PL_FORMAT, "answers with neither a token nor a certificate");
    return PL_OK;
}

/* ---- the wire ---- */

enum { TEXTS = 18 };

static void texts_of(pl_kubeconfig *k, pl_str *ret[TEXTS])
{
    pl_str *const all[TEXTS] = {&k->context,      &k->cluster,  &k->server,   &k->tls_server_name,
                                &k->proxy,        &k->ca_file,  &k->ca_data,  &k->cert_file,
                                &k->cert_data,    &k->key_file, &k->key_data, &k->token,
                                &k->token_file,   &k->user,     &k->password, &k->command,
                                &k->exec_version, &k->hint};

    memcpy(ret, all, sizeof(all));
}

void pl_kubeconfig_encode(const pl_kubeconfig *k, pl_buf *out)
{
    pl_kubeconfig copy = *k;
    pl_str *all[TEXTS];

    texts_of(&copy, all);
    for (size_t i = 0; i < TEXTS; i++)
        pl_buf_lstr(out, *all[i]);
    pl_buf_u32le(out, (uint32_t)k->n_args);
    for (size_t i = 0; i < k->n_args; i++)
        pl_buf_lstr(out, k->args[i]);
    pl_buf_u32le(out, (uint32_t)k->n_env);
    for (size_t i = 0; i < k->n_env; i++)
        pl_buf_lstr(out, k->env[i]);
    pl_buf_ch(out, k->is_unverified ? 1 : 0);
    pl_buf_ch(out, k->wants_cluster ? 1 : 0);
    pl_buf_u32le(out, k->cluster_from);
    pl_buf_u32le(out, k->user_from);
}

static bool decode_words(pl_rd *in, pl_arena *a, const pl_str **ret, size_t *ret_n)
{
    uint32_t n = pl_rd_u32le(in);
    pl_str *words = n <= WORDS_MAX ? pl_arena_calloc(a, n + 1, sizeof(*words)) : NULL;

    for (uint32_t i = 0; words && i < n; i++)
        words[i] = pl_arena_str(a, pl_rd_lstr(in));
    *ret = words;
    *ret_n = n;
    return words;
}

pl_rc pl_kubeconfig_decode(pl_rd *in, pl_arena *a, pl_kubeconfig *ret, pl_err *err)
{
    pl_kubeconfig k = {0};
    pl_str *all[TEXTS];

    texts_of(&k, all);
    for (size_t i = 0; i < TEXTS; i++) {
        *all[i] = pl_arena_str(a, pl_rd_lstr(in));
        if (!all[i]->p)
            return pl_fail(err, PL_LIMIT, "kubeconfig does not fit its budget");
    }
    bool is_good = decode_words(in, a, &k.args, &k.n_args) && decode_words(in, a, &k.env, &k.n_env);
    k.is_unverified = pl_rd_u8(in) == 1;
    k.wants_cluster = pl_rd_u8(in) == 1;
    k.cluster_from = pl_rd_u32le(in);
    k.user_from = pl_rd_u32le(in);
    if (!is_good || !pl_rd_done(in))
        return pl_fail(err, PL_WORKER, "the worker's kubeconfig is malformed");
    *ret = k;
    return PL_OK;
}
