/* SPDX-License-Identifier: Apache-2.0 */
/* In the jail: kubeconfigs, answers of exec plugins, and pages of lists. */
#include "cluster/worker.h"

#include "cluster/kubeconfig.h"
#include "cluster/limits.h"
#include "cluster/objects.h"
#include "core/io.h"
#include "core/json_tree.h"
#include "core/rd.h"
#include "declared/node.h"

#include <string.h>

/* ---- pages ---- */

static const pl_object_reader readers[PL_LIST_COUNT] = {
    [PL_LIST_NAMESPACES] = pl_object_namespace,
    [PL_LIST_NODES] = pl_object_node,
    [PL_LIST_PODS] = pl_object_workload,
    [PL_LIST_REPLICATION_CONTROLLERS] = pl_object_workload,
    [PL_LIST_DEPLOYMENTS] = pl_object_workload,
    [PL_LIST_REPLICA_SETS] = pl_object_workload,
    [PL_LIST_STATEFUL_SETS] = pl_object_workload,
    [PL_LIST_DAEMON_SETS] = pl_object_workload,
    [PL_LIST_JOBS] = pl_object_workload,
    [PL_LIST_CRON_JOBS] = pl_object_workload,
    [PL_LIST_SERVICE_ACCOUNTS] = pl_object_service_account,
    [PL_LIST_TOKEN_SECRETS] = pl_object_token_secret,
    [PL_LIST_SERVICES] = pl_object_service,
    [PL_LIST_INGRESSES] = pl_object_ingress,
    [PL_LIST_ROLES] = pl_object_role,
    [PL_LIST_CLUSTER_ROLES] = pl_object_role,
    [PL_LIST_ROLE_BINDINGS] = pl_object_binding,
    [PL_LIST_CLUSTER_ROLE_BINDINGS] = pl_object_binding,
    [PL_LIST_NETWORK_POLICIES] = pl_object_network_policy,
    [PL_LIST_VALIDATING_WEBHOOKS] = pl_object_webhooks,
    [PL_LIST_MUTATING_WEBHOOKS] = pl_object_webhooks,
};

static pl_rc send_version(pl_objects *o, const pl_yaml *v, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str version = pl_node_text(v, "gitVersion");

    if (!version.n)
        return pl_fail(err, PL_FORMAT, "says no version of Kubernetes");
    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, version);
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_NAME, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "version");
}

static pl_rc name_object(pl_objects *o, pl_cluster_change change, const pl_yaml *object,
                         pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_objects_begin(o, &b);
    pl_buf_u32le(&b, change);
    pl_buf_lstr(&b, pl_object_name(o, object));
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_OBJECT, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "object");
}

pl_rc pl_objects_take(pl_objects *o, pl_cluster_change change, const pl_yaml *object, pl_err *err)
{
    pl_err why = {0};

    pl_arena_reset(o->arena);
    pl_rc rc = name_object(o, change, object, err);
    if (rc || change == PL_CLUSTER_DELETED)
        return rc;
    rc = readers[o->list](o, object, &why);
    if (rc != PL_FORMAT && rc != PL_LIMIT) {
        if (rc && err)
            *err = why;
        return rc;
    }
    PL_AUTO_BUF pl_buf b = {0};
    pl_str name = pl_node_text(pl_object_meta(object), "name");
    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, name);
    pl_buf_lstr(&b, (pl_str){why.text, why.len});
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_GAP, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "gap");
}

/* A list of another kind than was asked for is no answer. */
static pl_rc check_list(const pl_yaml *v, pl_err *err)
{
    const pl_yaml *items = pl_yaml_get(v, "items");
    pl_str kind = pl_node_text(v, "kind");

    if (!pl_str_ends(kind, PL_S("List")))
        return pl_fail(err, PL_FORMAT, "is no list but \"%.*s\"", PL_F(pl_str_sub(kind, 0, 60)));
    if (items && !pl_yaml_is_null(items) && items->type != PL_YAML_SEQUENCE)
        return pl_fail(err, PL_FORMAT, "has no items");
    return PL_OK;
}

static pl_rc read_page(pl_objects *o, pl_arena *tree, pl_str page, pl_str *ret_token,
                       pl_str *ret_version, pl_err *err)
{
    pl_yaml v = {0};
    pl_rc rc = pl_json_tree(tree, page, PL_CLUSTER_PAGE_NODES, &v, err);

    if (rc)
        return rc;
    if (o->list == PL_LIST_VERSION)
        return send_version(o, &v, err);
    rc = check_list(&v, err);
    const pl_yaml *items = pl_node_list(&v, "items");
    for (size_t i = 0; !rc && i < items->n; i++)
        rc = pl_objects_take(o, PL_CLUSTER_LISTED, &items->items[i], err);
    *ret_token = pl_node_text(pl_object_meta(&v), "continue");
    *ret_version = pl_node_text(pl_object_meta(&v), "resourceVersion");
    if (!rc && ret_token->n > PL_CLUSTER_TOKEN_MAX)
        rc = pl_fail(err, PL_LIMIT, "continues with a token of %zu bytes", ret_token->n);
    return rc;
}

static pl_rc send_page(const pl_objects *o, pl_rc rc, const pl_err *why, pl_str token,
                       pl_str version, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_objects_begin(o, &b);
    pl_buf_u32le(&b, rc);
    pl_buf_lstr(&b, (pl_str){why->text, why->len});
    pl_buf_lstr(&b, rc ? PL_S("") : token);
    pl_buf_lstr(&b, version.n <= PL_CLUSTER_VERSION_MAX ? version : PL_S(""));
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_PAGE, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "page");
}

/* What the server sent is the matter of its page, not that of the worker. */
static bool is_of_page(pl_rc rc)
{
    return rc == PL_OK || rc == PL_FORMAT || rc == PL_LIMIT || rc == PL_UNSUPPORTED;
}

static pl_rc work_page(pl_objects *o, pl_arena *tree, pl_str page, pl_err *err)
{
    pl_str token = {"", 0}, version = {"", 0};
    pl_err why = {0};
    pl_rc rc = read_page(o, tree, page, &token, &version, &why);

    if (is_of_page(rc))
        return send_page(o, rc, &why, token, version, err);
    if (err)
        *err = why;
    return rc;
}

static pl_rc work_watch(pl_objects *o, pl_arena *tree, pl_str events, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    bool is_gone = false;
    pl_err why = {0};
    pl_rc rc = pl_events_read(o, tree, events, &is_gone, &why);

    if (!is_of_page(rc)) {
        if (err)
            *err = why;
        return rc;
    }
    pl_objects_begin(o, &b);
    pl_buf_u32le(&b, rc);
    pl_buf_lstr(&b, (pl_str){why.text, why.len});
    pl_buf_u32le(&b, is_gone ? 1 : 0);
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_WATCHED, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "watch");
}

static pl_rc work_pages(pl_objects *o, pl_rd *in, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *tree = pl_arena_new(PL_CLUSTER_ARENA);
    pl_rc rc = tree ? PL_OK : pl_fail(err, PL_NOMEM, "page");

    while (!rc && in->n) {
        uint32_t list = pl_rd_u32le(in);
        bool is_watch = pl_rd_u8(in);
        pl_str page = pl_rd_lstr(in);
        if (!pl_rd_ok(in) || list >= PL_LIST_COUNT ||
            (!readers[list] && (is_watch || list != PL_LIST_VERSION)))
            return pl_fail(err, PL_USAGE, "cluster worker: list %u", list);
        o->list = (pl_cluster_list)list;
        pl_arena_reset(tree);
        rc = is_watch ? work_watch(o, tree, page, err) : work_page(o, tree, page, err);
    }
    return rc;
}

/* ---- kubeconfigs ---- */

static pl_rc send_config(int out_fd, const pl_kubeconfig *k, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_kubeconfig_encode(k, &b);
    return pl_buf_ok(&b) ? pl_jail_send(out_fd, PL_CLUSTER_FRAME_CONFIG, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "kubeconfig");
}

static pl_rc work_config(int out_fd, pl_str context, pl_rd *in, pl_arena *a, pl_err *err)
{
    pl_str files[PL_CLUSTER_CONFIG_FILES];
    size_t n = 0;
    pl_kubeconfig k = {0};

    while (in->n && n < PL_COUNT(files))
        files[n++] = pl_rd_lstr(in);
    if (!pl_rd_done(in))
        return pl_fail(err, PL_USAGE, "cluster worker: files");
    pl_rc rc = pl_kubeconfig_read(files, n, context, a, &k, err);
    return rc ? rc : send_config(out_fd, &k, err);
}

static pl_rc work_exec(int out_fd, pl_str json, pl_arena *a, pl_err *err)
{
    pl_kubeconfig k = {0};
    pl_rc rc = pl_exec_credential_read(json, a, &k, err);
    return rc ? rc : send_config(out_fd, &k, err);
}

/* ---- the worker ---- */

bool pl_cluster_has_pages(pl_str args)
{
    pl_rd in = pl_rd_of(args.p, args.n);
    return pl_rd_u32le(&in) == PL_CLUSTER_JOB_PAGES;
}

pl_str pl_cluster_key(pl_str args)
{
    pl_rd in = pl_rd_of(args.p, args.n);

    (void)pl_rd_u32le(&in);
    (void)pl_rd_lstr(&in);
    return pl_rd_bytes(&in, in.n);
}

pl_rc pl_cluster_work(int in_fd, int out_fd, pl_str args, const pl_engine_hooks *hooks, pl_err *err)
{
    PL_AUTO_BUF pl_buf input = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_CLUSTER_OBJECT_ARENA);
    pl_rd head = pl_rd_of(args.p, args.n);
    uint32_t job = pl_rd_u32le(&head);
    pl_str word = pl_rd_lstr(&head);
    pl_rd word_in = pl_rd_of(word.p, word.n);

    if (!a)
        return pl_fail(err, PL_NOMEM, "cluster worker");
    pl_rc rc = pl_read_all(in_fd, PL_CLUSTER_BATCH_BYTES + PL_CLUSTER_PAGE_BYTES, &input, err);
    if (rc)
        return rc;
    pl_rd in = pl_rd_of(input.p, input.n);
    switch (job) {
    case PL_CLUSTER_JOB_CONFIG:
        return work_config(out_fd, word, &in, a, err);
    case PL_CLUSTER_JOB_EXEC:
        return work_exec(out_fd, pl_buf_view(&input), a, err);
    case PL_CLUSTER_JOB_PAGES:
        return work_pages(&(pl_objects){.arena = a,
                                        .out_fd = out_fd,
                                        .now_us = (int64_t)pl_rd_u64le(&word_in),
                                        .hooks = hooks},
                          &in, err);
    default:
        return pl_fail(err, PL_USAGE, "cluster worker: job %u", job);
    }
}
