/* SPDX-License-Identifier: Apache-2.0 */
/* What `plimsoll audit` reads: an engine with its containers and images, and the host below it. */
#include "audit/run_private.h"

#include "engine/facts.h"
#include "engine/find.h"
#include "engine/running.h"
#include "host/host.h"
#include "host/kinds.h"
#include "image/fields.h"
#include "ledger/state.h"

#include <string.h>
#include <unistd.h>

/* ---- the engine ---- */

static pl_rc keep_tries(pl_run *r, const pl_engine_tries *tries, pl_err *err)
{
    for (size_t i = 0; i < tries->n; i++) {
        const pl_engine_try *t = &tries->items[i];
        pl_engine_attempt *to = PL_RUN_PUSH(r, engines);
        if (!to)
            return pl_fail(err, PL_LIMIT, "list of engines");
        *to = (pl_engine_attempt){.how = pl_arena_str(r->arena, pl_str_c(t->origin)),
                                  .address = t->address,
                                  .outcome = t->said,
                                  .used = t->rc == PL_OK};
        pl_run_say(r, "engine: %s %.*s: %.*s", t->origin, PL_F(t->address), PL_F(t->said));
    }
    return PL_OK;
}

/* No engine at any of the usual places is no error: the host is judged alone. */
pl_rc pl_run_find_engine(pl_run *r, const pl_audit_scope *scope, pl_engine_client **ret,
                         const char **ret_origin, pl_err *err)
{
    pl_engine_search search = pl_engine_search_environment(scope->engine);
    PL_AUTO_FREE pl_engine_tries *tries = calloc(1, sizeof(*tries));
    pl_err why = {0};

    if (!tries)
        return pl_fail(err, PL_NOMEM, "search for an engine");
    search.flag_ca = scope->ca;
    search.flag_cert = scope->cert;
    search.flag_key = scope->key;
    pl_rc found = pl_engine_find(&search, r->arena, tries, ret, &why);
    pl_rc rc = keep_tries(r, tries, err);
    if (found == PL_OK)
        pl_run_note_sandbox(r, "engine client", pl_engine_sandbox(*ret));
    if (rc || found == PL_OK) {
        *ret_origin = tries->n ? tries->items[tries->n - 1].origin : NULL;
        return rc;
    }
    /* A context that is not there, say: nothing was tried. */
    if (tries->n == 0)
        pl_run_say(r, "engine: %s", why.text);
    /* One that was named must answer; else the audit would judge less than was asked for. */
    if (scope->engine)
        return pl_fail(err, found, "%s", why.text);
    return pl_run_add_gap(r, PL_S("container engine"),
                          found == PL_NOTFOUND ? "not-observed" : pl_rc_reason(found),
                          pl_str_c(why.text), "engine container image", err);
}

static pl_rc keep_problems(pl_run *r, const pl_str *problems, const char *const *reasons, size_t n,
                           pl_err *err)
{
    pl_rc rc = PL_OK;
    for (size_t i = 0; !rc && i < n; i++)
        rc = pl_run_add_gap(r, problems[i], reasons[i], (pl_str){"", 0}, NULL, err);
    return rc;
}

static const pl_subject *subject_of(const pl_engine_facts *f, const pl_engine_document *d,
                                    pl_subject *image)
{
    if (d->kind == PL_DOC_IMAGE) {
        *image = (pl_subject){.kind = PL_S("image"), .key = d->id, .of = &f->engine};
        return image;
    }
    for (size_t i = 0; i < f->n_containers && d->id.n; i++)
        if (pl_str_eq(f->containers[i].key, d->id))
            return &f->containers[i];
    return &f->engine;
}

static const char *role_of(pl_engine_doc kind)
{
    static const char *const roles[] = {
        [PL_DOC_VERSION] = "version",
        [PL_DOC_INFO] = "info",
        [PL_DOC_NETWORKS] = "networks",
        [PL_DOC_VOLUMES] = "volumes",
        [PL_DOC_PLUGINS] = "plugins",
        [PL_DOC_IMAGES] = "images",
        [PL_DOC_CONTAINERS] = "containers",
        [PL_DOC_CONTAINER] = "inspect",
        [PL_DOC_IMAGE] = "inspect",
        [PL_DOC_DAEMON_JSON] = "daemon_json",
        [PL_DOC_CONTEXT] = "context",
        [PL_DOC_CHANGES] = "changes",
        [PL_DOC_EXEC] = "exec",
        [PL_DOC_NODES] = "nodes",
        [PL_DOC_SERVICES] = "services",
        [PL_DOC_CONFIGS] = "configs",
        [PL_DOC_SECRETS] = "secrets",
        [PL_DOC_TASKS] = "tasks",
        [PL_DOC_SWARM_STATE] = "swarm_state",
    };
    return (size_t)kind < PL_COUNT(roles) && roles[kind] ? roles[kind] : "document";
}

/* Whether the document is whole, and what became of the original when it is not. */
static json_t *document_body(const pl_engine_document *d)
{
    json_t *body = json_object();

    json_object_set_new(body, "redacted", json_boolean(d->redaction != PL_REDACTION_NONE));
    if (d->original.n)
        json_object_set_new(body, "original", json_string("encrypted"));
    else if (d->redaction != PL_REDACTION_NONE)
        json_object_set_new(
            body, "original",
            json_string(d->redaction == PL_REDACTION_PAN ? "withheld: card numbers" : "not kept"));
    return body;
}

static pl_rc record_documents(pl_run *r, const pl_engine_facts *f, pl_err *err)
{
    pl_rc rc = PL_OK;
    for (size_t i = 0; !rc && i < f->n_documents; i++) {
        const pl_engine_document *d = &f->documents[i];
        json_auto_t *body = document_body(d);
        pl_subject image;
        rc = pl_record_document(&r->rec,
                                &(pl_record_doc){.type = "docker.inspect",
                                                 .collector = "engine",
                                                 .role = role_of(d->kind),
                                                 .subject = subject_of(f, d, &image),
                                                 .bytes = d->json,
                                                 .original = d->original,
                                                 .body = body},
                                err);
    }
    return rc ? rc : pl_run_store(r, PL_S("documents of the engine"), err);
}

static pl_rc read_engine(pl_run *r, const pl_audit_scope *scope, pl_engine_client *client,
                         const char *origin, pl_str host_key, pl_engine_facts *ret, pl_err *err)
{
    pl_engine_where where = {.root = scope->root,
                             .host_key = host_key,
                             .worker = "engine-redact",
                             .worker_args = r->redact_key,
                             .keep_originals = scope->keep_originals && r->rec.log,
                             .origin = origin,
                             .no_probes = scope->no_probes};
    pl_rc rc = pl_run_patterns(r, &where.worker_bytes, err);
    if (rc)
        return rc;
    pl_run_say(r, "engine: reading %s", pl_engine_address(client));
    uint64_t since = pl_mono_ns(r->o.clock);
    rc = pl_engine_collect(client, &where, r->o.schema, r->o.clock, r->arena, ret, err);
    if (!rc)
        rc = keep_problems(r, ret->problems, ret->reasons, ret->n_problems, err);
    pl_run_took(r, "engine.read", pl_str_c(pl_engine_address(client)), since);
    return rc ? rc : record_documents(r, ret, err);
}

/* ---- the host ---- */

static pl_host_hints hints_of(const pl_engine_facts *f)
{
    const pl_engine_hints *e = &f->hints;
    return (pl_host_hints){
        .has_engine = e->is_here,
        .is_rootless = e->is_rootless,
        .has_tls = e->has_tls,
        .uses_containerd_store = e->uses_containerd_store,
        .knows_published = e->knows_containers,
        .engine_uid = e->uid,
        .engine_gid = e->gid,
        .dockerd_pid = e->engine_pid,
        .containerd_pid = e->containerd_pid,
        .data_root = e->data_root,
        .exec_root = e->exec_root,
        .config_file = e->config_file,
        .socket_group = e->socket_group,
        .containerd_config = e->containerd_config,
        .containerd_address = e->containerd_address,
        .tls_ca = e->tls_ca,
        .tls_cert = e->tls_cert,
        .tls_key = e->tls_key,
        .cgroup_version = e->cgroup_version,
        .sockets = e->sockets,
        .n_sockets = e->n_sockets,
        .runtimes = e->runtimes,
        .n_runtimes = e->n_runtimes,
        .security_options = e->security_options,
        .n_security_options = e->n_security_options,
        .published = e->published,
        .n_published = e->n_published,
        .clock_containers = e->clock_containers,
        .n_clock_containers = e->n_clock_containers,
        .knows_clock_containers = e->knows_containers,
    };
}

static pl_rc host_salt(const pl_run *r, unsigned char salt[PL_STATE_SECRET], pl_err *err)
{
    /* Without a state directory the salt is fixed, so that two scans name a host alike. */
    memset(salt, 0, PL_STATE_SECRET);
    return r->state_fd < 0 ? PL_OK : pl_state_secret(r->state_fd, "identity", salt, err);
}

/* Empty where it leads nowhere. */
static pl_str absolute(const pl_run *r, const char *path)
{
    PL_AUTO_FREE char *real = path ? realpath(path, NULL) : NULL;
    return pl_arena_str(r->arena, pl_str_c(real));
}

static pl_rc read_host(pl_run *r, const pl_audit_scope *scope, const pl_engine_facts *engine,
                       pl_host_facts *ret, pl_err *err)
{
    unsigned char salt[PL_STATE_SECRET];
    pl_host_hints hints = engine && engine->hints.is_here ? hints_of(engine) : (pl_host_hints){0};
    pl_rc rc = host_salt(r, salt, err);
    if (rc)
        return rc;

    if (!scope->root) {
        hints.state_dir = absolute(r, r->o.state_dir);
        if (r->rec.log)
            hints.ledger_dir = absolute(r, pl_ledger_about(r->rec.log)->log_dir);
    }
    const pl_host_source source = {.root = scope->root, .salt = {(const char *)salt, sizeof(salt)}};
    pl_run_say(r, "host: reading %s", scope->root ? scope->root : "this machine");
    uint64_t since = pl_mono_ns(r->o.clock);
    rc = pl_host_collect(&source, &hints, r->o.schema, r->o.clock, r->arena, ret, err);
    pl_run_took(r, "host.read", pl_str_c(scope->root ? scope->root : "/"), since);
    return rc ? rc : keep_problems(r, ret->problems, ret->reasons, ret->n_problems, err);
}

/* ---- who belongs to whom ---- */

static void link_host(pl_engine_facts *e, pl_host_facts *h)
{
    const pl_value *programs = pl_get(h->subject.rec, PL_F_HOST_ENGINE_PROGRAMS);

    if (!e->hints.is_here)
        return;
    if (programs->state == PL_PRESENT)
        pl_set_recs(e->engine.rec, PL_F_ENGINE_PROGRAMS, programs->u.recs, programs->n);
    else
        pl_set_unreadable(e->engine.rec, PL_F_ENGINE_PROGRAMS, programs->reason);
    pl_set_rec(e->engine.rec, PL_F_ENGINE_HOST, h->subject.rec);
    pl_set_recs(e->engine.rec, PL_F_ENGINE_FILES, h->engine_files, h->n_engine_files);
    for (size_t i = 0; i < e->n_containers; i++)
        pl_set_rec(e->containers[i].rec, PL_F_CONTAINER_HOST, h->subject.rec);
}

static pl_rc add_engine(pl_run *r, pl_engine_facts *e, pl_err *err)
{
    pl_rc rc = pl_run_add_subject(r, &e->engine, err);
    for (size_t i = 0; !rc && i < e->n_containers; i++) {
        pl_set_rec(e->containers[i].rec, PL_F_CONTAINER_ENGINE, e->engine.rec);
        rc = pl_run_add_subject(r, &e->containers[i], err);
    }
    return rc;
}

/* ---- images ---- */

static pl_str text_field(const pl_subject *s, int field)
{
    const pl_value *v = pl_get(s->rec, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

/* Archives do not say which registry an image came from; the engine does. */
static void set_origins(const pl_engine_facts *e, pl_subject *image, pl_str id)
{
    const pl_value *list = pl_get(e->engine.rec, PL_F_ENGINE_IMAGES);

    pl_set_unreadable(image->rec, PL_F_IMAGE_REPO_DIGESTS, "not-observed");
    if (list->state == PL_UNREADABLE)
        pl_set_unreadable(image->rec, PL_F_IMAGE_REPO_DIGESTS, list->reason);
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        const pl_value *v = pl_get(list->u.recs[i], PL_F_STORED_IMAGE_DIGESTS);
        if (!pl_str_eq(pl_record_text(list->u.recs[i], PL_F_STORED_IMAGE_ID), id))
            continue;
        if (v->state == PL_UNREADABLE)
            pl_set_unreadable(image->rec, PL_F_IMAGE_REPO_DIGESTS, v->reason);
        else
            pl_set_strs(image->rec, PL_F_IMAGE_REPO_DIGESTS, v->u.strs, v->n);
    }
}

/* Each image that a container was made from, once. */
static pl_rc read_images(pl_run *r, const pl_audit_scope *scope, pl_engine_client *c,
                         pl_engine_facts *e, pl_err *err)
{
    pl_rc rc = PL_OK;

    r->engine = &e->engine;
    for (size_t i = 0; !rc && i < e->n_containers; i++) {
        pl_subject *owner = &e->containers[i];
        pl_str id = text_field(owner, PL_F_CONTAINER_IMAGE_ID);
        pl_subject *image = NULL;
        for (size_t k = 0; k < r->n_subjects && !image; k++)
            if (pl_str_eq(r->subjects[k]->kind, PL_S("image")) &&
                pl_str_eq(r->subjects[k]->key, id))
                image = r->subjects[k];
        if (!image && id.n) {
            rc = pl_run_engine_image(r, c, id, text_field(owner, PL_F_CONTAINER_IMAGE_NAME), &image,
                                     err);
            if (!rc && image) {
                set_origins(e, image, id);
                rc = pl_run_ask_for_signatures(r, &scope->registry, image->rec, err);
            }
        }
        if (image)
            pl_set_rec(owner->rec, PL_F_CONTAINER_IMAGE, image->rec);
    }
    return rc;
}

static pl_rc add_host(pl_run *r, pl_host_facts *h, bool has_images, pl_err *err)
{
    pl_run_verify_log(r, h->subject.rec);
    pl_run_test_malware(r, has_images, h->subject.rec);
    pl_rc rc = pl_run_add_subject(r, &h->subject, err);
    if (!rc)
        rc = pl_run_match(r, &h->subject, PL_F_HOST_PACKAGES, PL_F_HOST_FINDINGS, err);
    if (!rc)
        rc = pl_run_fill_programs(r, h->subject.rec, err);
    return rc ? rc : pl_run_record_subject(r, &h->subject, "host.facts", "host", err);
}

/*
 * systemd may listen for an engine that does not run. Whether it asks for certificates is known
 * only once it does, and asking would start it.
 */
static pl_rc tell_socket_unit(pl_run *r, const pl_host_facts *h, pl_err *err)
{
    const pl_value *v = pl_get(h->subject.rec, PL_F_HOST_ENGINE_SOCKET_TCP);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && v->state == PL_PRESENT && i < v->n; i++)
        rc = pl_run_add_gap(r, pl_run_text(r, "engine behind TCP %.*s", PL_F(v->u.strs[i])),
                            "not-observed",
                            PL_S("a socket unit listens there for an engine that did not answer; "
                                 "audit while it runs"),
                            "engine", err);
    return rc;
}

/* ---- what is not there, and therefore not judged ---- */

/* Only what was looked for and is not there. What could not be seen stays open. */
static pl_rc exclude(pl_run *r, bool is_gone, const char *what, const char *reason, pl_err *err)
{
    return is_gone ? pl_run_add_exclusion(r, pl_str_c(what), reason, err) : PL_OK;
}

static pl_rc exclude_host(pl_run *r, const pl_host_facts *h, pl_err *err)
{
    const pl_record *host = h->subject.rec;
    pl_rc rc = exclude(r, pl_get(host, PL_F_HOST_KUBERNETES)->state == PL_ABSENT, "Kubernetes",
                       "no process and no file of a Kubernetes node on this host", err);
    return rc ? rc
              : exclude(r, pl_get(host, PL_F_HOST_ECS_AGENT)->state == PL_ABSENT, "Amazon ECS",
                        "no process and no file of an ECS agent on this host", err);
}

/* A node is here, and nobody asked its cluster. */
static pl_rc tell_cluster(pl_run *r, const pl_host_facts *h, pl_err *err)
{
    const pl_value *v = pl_get(h->subject.rec, PL_F_HOST_KUBERNETES);

    if (v->state == PL_ABSENT)
        return PL_OK;
    return pl_run_add_gap(r, PL_S("Kubernetes API"),
                          v->state == PL_UNREADABLE ? v->reason : "not-observed",
                          PL_S("was not asked; audit --kubernetes reads it"), "cluster", err);
}

/* The agent of a container instance knows its tasks; the account knows the rest. */
static pl_rc tell_ecs(pl_run *r, const pl_host_facts *h, pl_err *err)
{
    const pl_value *v = pl_get(h->subject.rec, PL_F_HOST_ECS_AGENT);

    if (v->state == PL_ABSENT)
        return PL_OK;
    return pl_run_add_gap(r, PL_S("Amazon ECS"),
                          v->state == PL_UNREADABLE ? v->reason : "not-observed",
                          PL_S("the account is not asked; scan declared:FILE reads what aws ecs "
                               "describe-services and the like print"),
                          "ecs", err);
}

static pl_rc exclude_swarm(pl_run *r, const pl_engine_facts *e, pl_err *err)
{
    const pl_value *v = pl_get(e->engine.rec, PL_F_ENGINE_SWARM_STATE);
    return exclude(r, v->state == PL_PRESENT && pl_str_eq(v->u.s, PL_S("inactive")), "Docker Swarm",
                   "the engine is in no swarm", err);
}

pl_rc pl_run_audit(pl_run *r, const pl_audit_scope *scope, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *client = NULL;
    pl_engine_facts *engine = PL_NEW(r->arena, pl_engine_facts);
    pl_host_facts *host = PL_NEW(r->arena, pl_host_facts);
    const char *origin = NULL;
    pl_err why = {0};

    if (!engine || !host)
        return pl_fail(err, PL_LIMIT, "audit");
    pl_rc rc = scope->no_engine ? PL_OK : pl_run_find_engine(r, scope, &client, &origin, err);
    if (!rc && client)
        rc = read_engine(r, scope, client, origin, (pl_str){"", 0}, engine, err);
    if (rc)
        return rc;

    pl_rc host_rc = read_host(r, scope, client ? engine : NULL, host, &why);
    if (host_rc)
        rc =
            pl_run_add_gap(r, PL_S("host"), pl_rc_reason(host_rc), pl_str_c(why.text), "host", err);
    else if (!(rc = add_host(r, host, client && !scope->no_images && engine->n_containers, err)))
        rc = exclude_host(r, host, err);
    if (!rc && !host_rc && !scope->has_cluster)
        rc = tell_cluster(r, host, err);
    if (!rc && !host_rc)
        rc = tell_ecs(r, host, err);
    if (!rc && !host_rc && !client && (scope->root || !scope->no_engine))
        rc = tell_socket_unit(r, host, err);
    if (!rc && client) {
        if (!host_rc)
            link_host(engine, host);
        rc = add_engine(r, engine, err);
        if (!rc)
            rc = exclude_swarm(r, engine, err);
    }
    if (!rc)
        rc =
            pl_run_audit_bundles(r, scope, client != NULL, host_rc ? NULL : host->subject.rec, err);
    if (!rc && client && !scope->no_images)
        rc = read_images(r, scope, client, engine, err);
    if (!rc)
        rc = pl_run_audit_endpoints(r, scope, client ? engine : NULL,
                                    host_rc ? NULL : &host->subject, err);
    if (!rc && scope->has_cluster)
        rc = pl_run_audit_cluster(r, scope, err);
    r->as.system = host_rc ? PL_S("this host") : host->subject.name;
    return rc;
}
