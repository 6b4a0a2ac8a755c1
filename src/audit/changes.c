/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set, compared with the run before: the engine's configuration, the policy, waivers, and
 * the containers of declared files. What differs is recorded and shown, with the decision that
 * names it. Fields passed the redactor when they were read; the policy's values do here.
 */
#include "govern/changes.h"
#include "audit/run_private.h"
#include "core/clock.h"
#include "engine/fields.h"
#include "govern/apply.h"
#include "govern/decisions.h"
#include "govern/limits.h"
#include "redact/redact.h"

#include <string.h>

/* Of an engine, what somebody set: the rest comes and goes by itself. */
static const char *const engine_fields[] = {
    "authorization_plugins",
    "bridge_icc",
    "builder_network_host",
    "cgroup_driver",
    "cgroup_parent",
    "builder_security_insecure",
    "config_file",
    "containerd_address",
    "data_root",
    "debug",
    "default_bind",
    "default_runtime",
    "exec_root",
    "experimental",
    "group",
    "hosts",
    "insecure_registries",
    "ip6tables",
    "iptables",
    "live_restore",
    "log_driver",
    "log_level",
    "metrics_address",
    "no_new_privileges",
    "rootless",
    "seccomp_profile",
    "security_options",
    "settings_digest",
    "storage_driver",
    "tls",
    "tls_ca",
    "tls_cert",
    "tls_key",
    "tls_verify",
    "userland_proxy",
    "userns_remap",
    "userns_remap_user",
    "version",
};

/* ---- what is set now ---- */

enum { SCOPES = 64 }; /* an audit has five, a scan one for each file */

struct gathering {
    pl_run *r;
    pl_settings now;
    pl_settings_scope scopes[SCOPES];
    size_t n_scopes;
    bool is_bad;
};

static void speak_for(struct gathering *g, pl_str names)
{
    for (size_t i = 0; i < g->n_scopes; i++)
        if (pl_str_eq(g->scopes[i].names, names))
            return;
    if (g->n_scopes < PL_COUNT(g->scopes))
        g->scopes[g->n_scopes++] = (pl_settings_scope){.names = names};
}

static void add_field(struct gathering *g, pl_str before, const pl_record *rec, size_t at)
{
    const pl_field *f = &rec->kind->fields[at];
    const pl_value *v = &rec->v[at];
    PL_AUTO_BUF pl_buf name = {0}, value = {0};

    if (f->type == PL_T_REC || f->type == PL_T_RECS)
        return;
    pl_buf_fmt(&name, "%.*s%s", PL_F(before), strchr(f->name, '.') + 1);
    if (v->state == PL_UNREADABLE) {
        pl_settings_add_unknown(&g->now, g->r->arena, pl_buf_view(&name));
    } else if (v->state == PL_PRESENT) {
        pl_value_print(f, v, &value);
        pl_settings_add(&g->now, g->r->arena, pl_buf_view(&name), pl_buf_view(&value));
    }
    g->is_bad |= !pl_buf_ok(&name) || !pl_buf_ok(&value);
}

static void add_engine(struct gathering *g, const pl_record *rec)
{
    for (size_t i = 0; i < rec->kind->n; i++)
        for (size_t k = 0; k < PL_COUNT(engine_fields); k++)
            if (strcmp(strchr(rec->kind->fields[i].name, '.') + 1, engine_fields[k]) == 0)
                add_field(g, PL_S("engine."), rec, i);
    speak_for(g, PL_S("engine."));
}

static void add_declared(struct gathering *g, const pl_subject *s)
{
    pl_str before = pl_run_text(g->r, "declared.%.*s:%.*s.", PL_F(s->source->file), PL_F(s->name));

    for (size_t i = 0; i < s->rec->kind->n; i++)
        add_field(g, before, s->rec, i);
    speak_for(g, pl_run_text(g->r, "declared.%.*s:", PL_F(s->source->file)));
}

static pl_rc add_policy(struct gathering *g, pl_redactor *redactor, pl_err *err)
{
    const pl_content *c = g->r->o.content;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < c->n_lists; i++) {
        const pl_list *l = &c->lists[i];
        PL_AUTO_BUF pl_buf value = {0}, clean = {0};
        if (!l->is_policy || l->is_unset)
            continue;
        for (size_t k = 0; k < l->n; k++)
            pl_buf_fmt(&value, "%s%.*s", k ? " " : "", PL_F(l->items[k]));
        rc = pl_redact_text(redactor, pl_buf_view(&value), &clean, err);
        pl_settings_add(&g->now, g->r->arena, pl_run_text(g->r, "policy.%.*s", PL_F(l->name)),
                        pl_buf_view(&clean));
        g->is_bad |= !pl_buf_ok(&value) || !pl_buf_ok(&clean);
    }
    pl_settings_add(&g->now, g->r->arena, PL_S("content"), pl_str_c(c->digest));
    speak_for(g, PL_S("policy."));
    speak_for(g, PL_S("content"));
    return rc;
}

static void add_waivers(struct gathering *g)
{
    const pl_govern *said = &g->r->govern;

    for (size_t i = 0; i < said->n; i++) {
        const pl_statement *s = &said->rows[i].s;
        if (!pl_statement_is(s, PL_STATEMENT_WAIVER) || said->rows[i].is_revoked ||
            pl_govern_state_at(&said->rows[i], g->r->as.started_us) != PL_STATEMENT_IN_FORCE)
            continue;
        pl_settings_add(&g->now, g->r->arena,
                        pl_run_text(g->r, "waiver #%lld", (long long)s->number), s->what);
    }
    speak_for(g, PL_S("waiver #"));
}

static pl_rc gather(struct gathering *g, pl_redactor *redactor, pl_err *err)
{
    pl_run *r = g->r;
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < r->n_subjects; i++) {
        const pl_subject *s = r->subjects[i];
        if (s->source && s->rec->kind == &pl_kind_container)
            add_declared(g, s);
        else if (!s->source && s->rec->kind == &pl_kind_engine)
            add_engine(g, s->rec);
    }
    if (pl_str_eq(r->as.verb, PL_S("audit"))) {
        add_waivers(g);
        rc = add_policy(g, redactor, err);
    }
    return rc || !g->is_bad ? rc : pl_fail(err, PL_NOMEM, "settings");
}

/* ---- what was set before ---- */

/* Evidence that is lost or was changed keeps nobody from auditing: what changed since then is not
 * known, and LOG-005 says what became of the log. */
static pl_rc tell_lost(pl_run *r, const pl_err *why, pl_err *err)
{
    return pl_run_add_gap(r, PL_S("settings of the run before"), "unreadable",
                          pl_run_text(r, "%s", why->text), NULL, err);
}

static pl_rc read_before(pl_run *r, pl_settings *ret, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    PL_AUTO_BUF pl_buf json = {0};
    pl_err why = {0};

    *ret = (pl_settings){0};
    if (r->govern.last_change == UINT64_MAX)
        return PL_OK;
    pl_rc rc = pl_log_open_state(r->o.state_dir, &log, err);
    if (rc)
        return rc;
    rc = pl_log_blob(log, r->govern.last_change, PL_S("settings"), &json, &why);
    if (rc == PL_TAMPERED || rc == PL_NOTFOUND)
        return tell_lost(r, &why, err);
    return rc ? pl_fail(err, rc, "%s", why.text)
              : pl_settings_read(pl_buf_view(&json), r->arena, ret, err);
}

/* ---- recording ---- */

static json_t *text_json(pl_str s)
{
    json_t *v = json_stringn(s.p ? s.p : "", s.n);

    return v ? v : json_string("(not UTF-8)");
}

/* As many as an entry has room for; all are in the settings of this and the entry before. */
static json_t *body_of(const pl_change *v, size_t n, bool is_first)
{
    enum { ROOM = 40 << 10 };
    json_t *body = json_object(), *list = json_array();
    size_t bytes = 0;

    for (size_t i = 0; i < n && bytes < ROOM; i++) {
        json_t *item = json_object();
        bytes += v[i].name.n + v[i].was.n + v[i].is.n + 40;
        json_object_set_new(item, "name", text_json(v[i].name));
        json_object_set_new(item, "was", text_json(v[i].was));
        json_object_set_new(item, "is", text_json(v[i].is));
        json_array_append_new(list, item);
    }
    json_object_set_new(body, "changed", list);
    json_object_set_new(body, "n_changed", json_integer((json_int_t)n));
    json_object_set_new(body, "first", json_boolean(is_first));
    return body;
}

static pl_rc record(pl_run *r, const pl_settings *all, const pl_change *v, size_t n, bool is_first,
                    pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {0};
    json_auto_t *body = body_of(v, n, is_first);

    pl_settings_write(all, &json);
    if (!body || !pl_buf_ok(&json))
        return pl_fail(err, PL_NOMEM, "settings");
    return pl_record_document(&r->rec,
                              &(pl_record_doc){.type = PL_GOVERN_CHANGE,
                                               .collector = "rules",
                                               .role = "settings",
                                               .bytes = pl_buf_view(&json),
                                               .body = body},
                              err);
}

/* ---- decisions ---- */

static pl_rc clean(pl_run *r, pl_redactor *redactor, pl_str *text, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_rc rc = pl_redact_text(redactor, *text, &out, err);

    *text = pl_arena_str(r->arena, pl_buf_view(&out));
    return rc || (pl_buf_ok(&out) && text->p) ? rc : pl_fail(err, PL_NOMEM, "decisions");
}

/* Of all that a file says; what a problem quotes, too. */
static pl_rc clean_decision(pl_run *r, pl_redactor *redactor, pl_decision *d, pl_err *err)
{
    pl_str *changes = pl_arena_calloc(r->arena, d->n_changes + 1, sizeof(*changes));
    pl_rc rc = changes ? clean(r, redactor, &d->what, err) : pl_fail(err, PL_LIMIT, "decisions");

    if (!rc)
        rc = clean(r, redactor, &d->why, err);
    if (!rc)
        rc = clean(r, redactor, &d->author, err);
    for (size_t i = 0; !rc && i < d->n_changes; i++) {
        changes[i] = d->changes[i];
        rc = clean(r, redactor, &changes[i], err);
    }
    d->changes = changes;
    return rc;
}

static pl_rc read_decisions(pl_run *r, pl_redactor *redactor, pl_decisions *ret, pl_err *err)
{
    pl_err why = {0};
    pl_rc rc = pl_decisions_read(r->o.decisions, r->o.content, r->arena, ret, &why);

    /* The audit is done: a folder that cannot be read must not undo it. */
    if (rc)
        return pl_run_add_gap(r, pl_run_text(r, "decisions %s", r->o.decisions), pl_rc_reason(rc),
                              pl_str_c(why.text), NULL, err);
    for (size_t i = 0; !rc && i < ret->n_problems; i++) {
        rc = clean(r, redactor, &ret->problems[i], err);
        if (!rc)
            rc = pl_run_add_gap(r, pl_run_text(r, "decision %.*s", PL_F(ret->problems[i])),
                                "unreadable", (pl_str){"", 0}, NULL, err);
    }
    for (size_t i = 0; !rc && i < ret->n; i++)
        rc = clean_decision(r, redactor, &ret->v[i], err);
    return rc;
}

/* ---- all ---- */

/* Those of a year, newest first, each with the decision that names it. */
static pl_rc show(pl_run *r, const pl_change *fresh, size_t n_fresh, const pl_decisions *d,
                  pl_err *err)
{
    const int64_t year_us = INT64_C(366) * 86400 * 1000000;
    pl_change *v = pl_arena_calloc(r->arena, r->govern.n_changes + n_fresh + 1, sizeof(*v));
    size_t n = 0, n_open = 0;

    if (!v)
        return pl_fail(err, PL_LIMIT, "changes");
    for (size_t i = 0; i < n_fresh; i++)
        v[n++] = fresh[i];
    for (size_t i = r->govern.n_changes; i-- > 0 && n < PL_GOVERN_CHANGES;)
        if (r->as.started_us - r->govern.changes[i].seen_us < year_us)
            v[n++] = r->govern.changes[i];
    for (size_t i = 0; i < n; i++) {
        const pl_decision *by = pl_decision_of(d->v, d->n, &v[i]);
        v[i].decision = by ? by->file : (pl_str){"", 0};
        n_open += !by && i < n_fresh;
    }
    if (n_open)
        pl_run_say(r, "%zu settings changed since the run before, and no decision names them",
                   n_open);
    r->as.changes = v;
    r->as.n_changes = n;
    r->as.decisions = d->v;
    r->as.n_decisions = d->n;
    return PL_OK;
}

/* What an engine or a file has when it is met first is no change; nor is a policy at the first
 * audit, which is told by the content's digest not being known. */
static void find_first(struct gathering *g, const pl_settings *before)
{
    bool was_audited = pl_settings_has(before, PL_S("content"));

    for (size_t i = 0; i < g->n_scopes; i++) {
        pl_settings_scope *s = &g->scopes[i];
        bool is_thing =
            pl_str_starts(s->names, PL_S("engine.")) || pl_str_starts(s->names, PL_S("declared."));
        s->is_first = is_thing ? !pl_settings_has(before, s->names) : !was_audited;
    }
}

static bool has_first(const struct gathering *g)
{
    for (size_t i = 0; i < g->n_scopes; i++)
        if (g->scopes[i].is_first)
            return true;
    return false;
}

static pl_rc compare(struct gathering *g, const pl_decisions *d, pl_err *err)
{
    pl_run *r = g->r;
    bool is_first = r->govern.last_change == UINT64_MAX;
    pl_settings before, all;
    pl_change *v = NULL;
    size_t n = 0;

    pl_rc rc = read_before(r, &before, err);
    if (!rc)
        find_first(g, &before);
    if (!rc)
        rc = pl_settings_compare(&before, &g->now, g->scopes, g->n_scopes, r->arena, &all, &v, &n,
                                 err);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        v[i].seen_us = r->as.started_us;
    if (n || has_first(g))
        rc = record(r, &all, v, n, is_first, err);
    return rc ? rc : show(r, v, n, d, err);
}

/* Nothing of this is asked of a scan of images. */
static bool has_settings(const pl_run *r)
{
    for (size_t i = 0; i < r->n_subjects; i++)
        if (r->subjects[i]->source)
            return true;
    return pl_str_eq(r->as.verb, PL_S("audit"));
}

pl_rc pl_run_tell_changes(pl_run *r, pl_err *err)
{
    struct gathering g = {.r = r};
    pl_redactor *redactor = NULL;
    pl_decisions d = {0};

    if (!r->rec.log || !has_settings(r))
        return PL_OK;
    pl_str patterns = {0};
    pl_rc rc = pl_run_patterns(r, &patterns, err);
    if (!rc)
        rc = pl_redactor_read(patterns, (const unsigned char *)r->redact_key.p, &redactor, err);
    if (!rc && r->o.decisions)
        rc = read_decisions(r, redactor, &d, err);
    if (!rc)
        rc = gather(&g, redactor, err);
    if (!rc)
        rc = compare(&g, &d, err);
    pl_redactor_free(redactor);
    return rc;
}

/* New ones get their entry when it is stored. */
void pl_run_number_changes(pl_run *r)
{
    int64_t number = -1;

    for (size_t i = 0; i < r->rec.n_items; i++)
        if (pl_str_eq(r->rec.items[i].type, PL_S(PL_GOVERN_CHANGE)))
            number = r->rec.items[i].ledger_index;
    pl_change *v = pl_arena_calloc(r->arena, r->as.n_changes + 1, sizeof(*v));
    if (!v)
        return;
    for (size_t i = 0; i < r->as.n_changes; i++) {
        v[i] = r->as.changes[i];
        if (v[i].number < 0)
            v[i].number = number;
    }
    r->as.changes = v;
}
