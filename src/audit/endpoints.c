/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of a run: with what they are judged, and probing them. */
#include "audit/run_private.h"

#include "audit/endpoints.h"
#include "audit/pool.h"
#include "core/hash.h"
#include "core/pem.h"
#include "engine/facts.h"
#include "probe/kinds.h"
#include "registry/reference.h"

#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

/* ---- trust ---- */

/* 64 hexadecimal digits, with or without colons between each two. */
static bool read_fingerprint(pl_arena *a, pl_str word, pl_str *ret)
{
    char digits[PL_SHA256_HEX];
    unsigned char bytes[PL_SHA256];
    size_t n = 0;

    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == ':')
            continue;
        if (n == sizeof(digits) - 1)
            return false;
        digits[n++] = pl_to_lower(word.p[i]);
    }
    *ret = pl_arena_str(a, (pl_str){digits, n});
    return ret->p && pl_unhex(*ret, bytes, sizeof(bytes));
}

static pl_rc read_fingerprints(pl_run *r, const char *words, pl_endpoint_trust *ret, pl_err *err)
{
    pl_str *list = pl_arena_calloc(r->arena, PL_PROBE_FINGERPRINTS, sizeof(*list));
    pl_str rest = pl_str_c(words), word;

    if (!list)
        return pl_fail(err, PL_LIMIT, "fingerprints of authorities");
    while (pl_str_cut(&rest, ',', &word)) {
        word = pl_str_trim(word);
        if (!word.n)
            continue;
        if (ret->n_pins == PL_PROBE_FINGERPRINTS)
            return pl_fail(err, PL_USAGE, "over %d fingerprints of authorities",
                           PL_PROBE_FINGERPRINTS);
        if (!read_fingerprint(r->arena, word, &list[ret->n_pins++]))
            return pl_fail(err, PL_USAGE,
                           "fingerprint %.*s: the SHA-256 of a certificate has 64 hexadecimal "
                           "digits",
                           PL_F(word));
    }
    ret->pins = list;
    return PL_OK;
}

pl_rc pl_run_endpoint_trust(pl_run *r, const pl_probe_scope *s, pl_endpoint_trust *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf pem = {.max = PL_PROBE_AUTHORITIES_BYTES};
    pl_rc rc = pl_pem_read_system(&pem, err);

    /* A machine without authorities of its own can still have those that are named. */
    if (rc == PL_NOTFOUND)
        rc = PL_OK;
    pl_buf_ch(&pem, '\n');
    if (!rc && s->ca)
        rc = pl_pem_read(s->ca, &pem, err);
    if (!rc)
        rc = read_fingerprints(r, s->fingerprints, ret, err);
    if (rc)
        return rc;
    ret->authorities = pl_arena_str(r->arena, pl_buf_view(&pem));
    return pl_buf_ok(&pem) && ret->authorities.p ? PL_OK
                                                 : pl_fail(err, PL_LIMIT, "trusted authorities");
}

/* ---- probing ---- */

struct job {
    const pl_endpoint_target *target;
    pl_arena *arena; /* of its record */
    pl_subject *subject;
    const char *sandbox;
    pl_rc rc;
    pl_err err;
};

struct batch {
    pl_run *r;
    const pl_endpoint_trust *trust;
    pl_str prefix; /* of keys: whose endpoints they are; empty: what they are called says it */
    struct job *jobs;
    bool is_asked_for; /* the only one: what goes wrong is the run's error */
};

static void probe_job(size_t i, void *arg)
{
    const struct batch *b = arg;
    struct job *j = &b->jobs[i];

    j->arena = pl_arena_new(PL_PROBE_ARENA);
    j->subject = j->arena ? PL_NEW(j->arena, pl_subject) : NULL;
    j->rc = j->subject ? pl_endpoint_probe(j->target, b->trust, b->r->o.schema, b->r->o.clock,
                                           j->arena, j->subject, &j->sandbox, &j->err)
                       : pl_fail(&j->err, PL_NOMEM, "endpoint");
}

static pl_rc add_subject(struct batch *b, pl_subject *s, pl_err *err)
{
    if (b->prefix.n)
        s->key = s->klass = pl_run_text(b->r, "%.*s/%.*s", PL_F(b->prefix), PL_F(s->name));
    pl_rc rc = pl_run_add_subject(b->r, s, err);
    return rc ? rc : pl_run_record_subject(b->r, s, "endpoint.facts", "probe", err);
}

static pl_rc take_job(size_t i, void *arg, pl_err *err)
{
    struct batch *b = arg;
    struct job *j = &b->jobs[i];

    if (j->rc && b->is_asked_for) {
        *err = j->err;
        return j->rc;
    }
    if (j->rc)
        return pl_run_add_gap(
            b->r, pl_run_text(b->r, "endpoint %.*s:%u", PL_F(j->target->host), j->target->port),
            pl_rc_reason(j->rc), pl_str_c(j->err.text), "endpoint", err);
    pl_run_note_sandbox(b->r, "prober", j->sandbox);
    j->subject->of = j->target->of;
    pl_rc rc = pl_run_keep_arena(b->r, PL_TAKE(j->arena, NULL), err);
    return rc ? rc : add_subject(b, j->subject, err);
}

static pl_rc probe_all(struct batch *b, const pl_endpoint_target *list, size_t n, pl_err *err)
{
    PL_AUTO_FREE struct job *jobs = calloc(n ? n : 1, sizeof(*jobs));
    uint64_t since = pl_mono_ns(b->r->o.clock);

    if (!jobs)
        return pl_fail(err, PL_NOMEM, "endpoints");
    for (size_t i = 0; i < n; i++)
        jobs[i].target = &list[i];
    b->jobs = jobs;
    pl_rc rc = pl_pool_run(
        &(pl_pool){
            .n = n, .at_once = PL_PROBE_AT_ONCE, .work = probe_job, .take = take_job, .arg = b},
        err);
    for (size_t i = 0; i < n; i++)
        pl_arena_free(jobs[i].arena);
    pl_run_took(b->r, "endpoints.probed", b->prefix, since);
    return rc ? rc : pl_run_store(b->r, PL_S("endpoints"), err);
}

/* ---- those that somebody names ---- */

/* Text of the path up to its question mark; what could end a line of the request is refused. */
static pl_rc take_page(const char *text, pl_endpoint_target *t, pl_err *err)
{
    pl_str rest = pl_str_c(text), head;
    const char *at = strstr(text, "://");

    if (at)
        rest = pl_str_sub(rest, (size_t)(at - text) + 3, rest.n);
    (void)pl_str_cut(&rest, '/', &head);
    t->page = (pl_str){rest.p - (rest.n ? 1 : 0), rest.n ? rest.n + 1 : 0};
    (void)pl_str_cut(&t->page, '?', &head);
    t->page = head;
    for (size_t i = 0; i < head.n; i++)
        if (head.p[i] <= ' ' || head.p[i] > '~' || head.p[i] == '#')
            return pl_fail(err, PL_USAGE, "%s: its path has to be encoded", text);
    return PL_OK;
}

static void drop_credentials(pl_attacks *list)
{
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++)
        if (!pl_attack_is_credentials(&list->items[i]))
            list->items[n++] = list->items[i];
    list->n = n;
}

static pl_rc take_attacks(pl_run *r, const pl_probe_scope *scope, pl_endpoint_target *t,
                          pl_err *err)
{
    pl_attacks *list = PL_NEW(r->arena, pl_attacks);
    unsigned char random[8];
    char mark[2 * sizeof(random) + 1];

    if (!scope->attack && scope->credentials)
        return pl_fail(err, PL_USAGE, "--default-credentials: only with --attack");
    if (!scope->attack)
        return PL_OK;
    if (!list || getrandom(random, sizeof(random), 0) != sizeof(random))
        return pl_fail(err, PL_NOMEM, "attacks");
    pl_hex(random, sizeof(random), mark);
    pl_rc rc =
        pl_attacks_load(pl_run_content_files(r, "attacks/"), pl_str_c(mark), r->arena, list, err);
    if (!scope->credentials)
        drop_credentials(list);
    t->attacks = list;
    return rc ? rc : take_page(scope->target, t, err);
}

/* "container:NAME", or a word that is no address. */
static bool is_container(const char *text, pl_str *ret)
{
    pl_str s = pl_str_c(text), prefix = PL_S("container:");

    *ret = pl_str_starts(s, prefix) ? pl_str_sub(s, prefix.n, s.n) : s;
    return ret->n && !memchr(ret->p, ':', ret->n) && !memchr(ret->p, '/', ret->n);
}

static pl_rc find_targets(pl_run *r, const pl_probe_scope *scope, pl_endpoint_list *l, pl_err *err)
{
    pl_str name;

    if (is_container(scope->target, &name))
        return scope->attack ? pl_fail(err, PL_USAGE,
                                       "--attack: name an address and port, no "
                                       "container")
                             : pl_run_endpoints_of(r, scope, name, l, err);
    l->items = PL_NEW(r->arena, pl_endpoint_target);
    l->n = 1;
    if (!l->items)
        return pl_fail(err, PL_LIMIT, "endpoint");
    pl_rc rc = pl_endpoint_target_read(scope->target, l->items, err);
    return rc ? rc : take_attacks(r, scope, l->items, err);
}

/* Whether it took a connection. ret_why: what stood in the way, for people. */
static bool is_reached(const pl_subject *s, const char **ret_why)
{
    const pl_value *open = pl_get(s->rec, PL_F_ENDPOINT_OPEN);
    bool is_late =
        open->state == PL_UNREADABLE && open->reason && strcmp(open->reason, "timeout") == 0;

    *ret_why = open->state == PL_PRESENT ? "connection refused: nothing listens there"
               : is_late                 ? "no connection in time"
                                         : "no way there";
    return open->state == PL_PRESENT && open->u.b;
}

/* One that nobody can connect to is a gap: what it shows to others is not known. */
static pl_rc tell_unreached(pl_run *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < r->n_subjects; i++) {
        const pl_value *open = pl_get(r->subjects[i]->rec, PL_F_ENDPOINT_OPEN);
        const char *why;
        if (is_reached(r->subjects[i], &why))
            continue;
        rc = pl_run_add_gap(r, pl_run_text(r, "endpoint %.*s", PL_F(r->subjects[i]->name)),
                            open->reason ? open->reason : "unreadable", pl_str_c(why), NULL, err);
    }
    return rc;
}

pl_rc pl_run_probe_reached(const pl_run *r, pl_err *err)
{
    const char *why = "no way there";

    for (size_t i = 0; i < r->n_subjects; i++)
        if (is_reached(r->subjects[i], &why))
            return PL_OK;
    pl_str name = r->n_subjects ? r->subjects[0]->name : r->as.system;
    return pl_fail(err, PL_NET,
                   "endpoint %.*s%s: %s; see whether its service runs, and whether the address and "
                   "port are right",
                   PL_F(name), r->n_subjects > 1 ? ", and the others" : "", why);
}

pl_rc pl_run_probe(pl_run *r, const pl_probe_scope *scope, pl_err *err)
{
    PL_AUTO_FREE pl_endpoint_list *l = calloc(1, sizeof(*l));
    pl_endpoint_trust trust = {0};
    struct batch b = {.r = r, .trust = &trust};
    pl_rc rc = l ? find_targets(r, scope, l, err) : pl_fail(err, PL_NOMEM, "endpoints");

    if (!rc)
        rc = pl_run_endpoint_trust(r, scope, &trust, err);
    if (!rc) {
        b.is_asked_for = l->n == 1;
        rc = probe_all(&b, l->items, l->n, err);
    }
    if (!rc)
        rc = tell_unreached(r, err);
    pl_str rest = pl_str_c(scope->target);
    (void)pl_str_cut(&rest, '?', &r->as.system); /* what stands in a query may be a token */
    return rc;
}

/* ---- an audit's ---- */

static pl_rc tell(pl_run *r, const char *reason, const char *detail, pl_err *err)
{
    return pl_run_add_gap(r, PL_S("endpoints of this host"), reason, pl_str_c(detail), "endpoint",
                          err);
}

/* The sockets that the host tells of are those of its first process' network. */
static bool is_in_its_network(void)
{
    struct stat own, of_host;

    return stat("/proc/self/ns/net", &own) == 0 && stat("/proc/1/ns/net", &of_host) == 0 &&
           own.st_dev == of_host.st_dev && own.st_ino == of_host.st_ino;
}

static bool is_registry(const pl_endpoint_list *l, pl_str address)
{
    for (size_t i = 0; i < l->n_registries; i++)
        if (pl_str_eq(l->registries[i], address))
            return true;
    return false;
}

static pl_str place_of(pl_run *r, const pl_endpoint_target *t)
{
    return pl_run_text(r, "%.*s:%u", PL_F(t->host), t->port);
}

static pl_rc add_named(pl_run *r, const char *words, pl_endpoint_list *l, pl_err *err)
{
    pl_str rest = pl_str_c(words), word;
    char text[512];

    while (pl_str_cut(&rest, ',', &word)) {
        pl_endpoint_target t;
        word = pl_arena_str(r->arena, pl_str_trim(word));
        if (!word.n)
            continue;
        if (!pl_str_to_c(word, text, sizeof(text)))
            return pl_fail(err, PL_USAGE, "probe.targets: %.*s", PL_F(word));
        pl_rc rc = pl_endpoint_target_read(text, &t, err);
        if (rc)
            return pl_wrap(err, rc, "probe.targets");
        if (l->n == PL_PROBE_ENDPOINTS)
            return pl_fail(err, PL_USAGE, "over %d endpoints", PL_PROBE_ENDPOINTS);
        t.host = t.server_name = pl_arena_str(r->arena, t.host);
        if (is_registry(l, place_of(r, &t)))
            t.role = PL_S("registry");
        l->items[l->n++] = t;
    }
    return PL_OK;
}

/* Registries elsewhere are told, and asked only when somebody names them. */
static pl_rc add_elsewhere(struct batch *b, const pl_endpoint_list *l, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < l->n_registries; i++) {
        bool is_asked = pl_reference_is_loopback(l->registries[i]);
        for (size_t k = 0; k < l->n; k++)
            is_asked |= pl_str_eq(place_of(b->r, &l->items[k]), l->registries[i]);
        if (is_asked)
            continue;
        pl_subject *s = PL_NEW(b->r->arena, pl_subject);
        if (!s)
            return pl_fail(err, PL_LIMIT, "endpoints");
        *s = (pl_subject){
            .rec = pl_endpoint_not_asked(b->r->arena, l->registries[i], PL_S("registry")),
            .kind = PL_S("endpoint"),
            .key = l->registries[i],
            .name = l->registries[i],
            .klass = l->registries[i]};
        if (!s->rec)
            return pl_fail(err, PL_LIMIT, "endpoints");
        rc = add_subject(b, s, err);
    }
    return rc;
}

static pl_rc probe_list(pl_run *r, const pl_audit_scope *scope, const pl_subject *host,
                        pl_endpoint_list *l, pl_err *err)
{
    pl_endpoint_trust trust = {0};
    struct batch b = {.r = r, .trust = &trust, .prefix = host->key};
    pl_rc rc = add_named(r, scope->probe.targets, l, err);

    if (!rc && l->is_cut)
        rc = tell(r, "limit:endpoints", "there are more than one audit looks at", err);
    if (!rc && l->n)
        rc = pl_run_endpoint_trust(r, &scope->probe, &trust, err);
    if (!rc && l->n)
        pl_run_say(r, "endpoints: connecting to %zu", l->n);
    if (!rc)
        rc = probe_all(&b, l->items, l->n, err);
    b.prefix = PL_S("");
    return rc ? rc : add_elsewhere(&b, l, err);
}

pl_rc pl_run_audit_endpoints(pl_run *r, const pl_audit_scope *scope, const pl_engine_facts *engine,
                             const pl_subject *host, pl_err *err)
{
    PL_AUTO_FREE pl_endpoint_list *l = calloc(1, sizeof(*l));

    if (!host)
        return PL_OK; /* its own gap is told */
    if (scope->no_probes || scope->root)
        return tell(r, "not-observed",
                    scope->root ? "of a recorded tree nothing can be asked"
                                : "none was connected to: --no-probes",
                    err);
    if (!is_in_its_network())
        return tell(r, "not-observed", "they are of another network than this process is in", err);
    if (!l)
        return pl_fail(err, PL_NOMEM, "endpoints");
    pl_rc rc = pl_run_endpoints_here(r, host, engine ? engine->engine.rec : NULL,
                                     engine ? engine->containers : NULL,
                                     engine ? engine->n_containers : 0, l, err);
    if (!rc)
        rc = probe_list(r, scope, host, l, err);
    return rc ? rc : pl_run_audit_ecs_agent(r, host->rec, err);
}
