/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run_private.h"

#include "audit/limits.h"
#include "audit/subject_json.h"
#include "core/hash.h"
#include "core/jail.h"
#include "host/kinds.h"
#include "image/fields.h"
#include "ledger/state.h"
#include "package/licence.h"
#include "redact/redact.h"
#include "vuln/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { LINE_ROOM = 1024 };

void *pl_run_push(pl_run *r, void **array, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 32;
        void *p = pl_arena_calloc(r->arena, more, size);
        if (!p)
            return NULL;
        if (*n)
            memcpy(p, *array, *n * size);
        *array = p;
        *room = more;
    }
    return (char *)*array + size * (*n)++;
}

static pl_rc used_up(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "more was found than one run can hold");
}

void pl_run_say(const pl_run *r, const char *fmt, ...)
{
    char line[LINE_ROOM];
    va_list ap;

    if (!r->o.log)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    r->o.log(PL_LOG_INFO, "run.progress", &PL_LOG_C("message", line), 1);
}

void pl_run_took(const pl_run *r, const char *event, pl_str what, uint64_t since_ns)
{
    uint64_t ms = (pl_mono_ns(r->o.clock) - since_ns) / 1000000;
    const pl_log_field fields[] = {PL_LOG_STR("what", what), PL_LOG_U64("ms", ms)};

    if (r->o.log)
        r->o.log(PL_LOG_DEBUG, event, fields, PL_COUNT(fields));
}

pl_rc pl_run_store(pl_run *r, pl_str what, pl_err *err)
{
    uint64_t since = pl_mono_ns(r->o.clock);
    pl_rc rc = pl_record_flush(&r->rec, err);

    pl_run_took(r, "evidence.stored", what, since);
    return rc;
}

pl_str pl_run_text(pl_run *r, const char *fmt, ...)
{
    char line[LINE_ROOM];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    pl_str kept = pl_arena_str(r->arena, pl_str_c(line));
    return kept.p ? kept : (pl_str){"", 0};
}

pl_rc pl_run_add_subject(pl_run *r, pl_subject *s, pl_err *err)
{
    pl_subject **to = PL_RUN_PUSH(r, subjects);
    if (!to)
        return used_up(err);
    *to = s;
    return PL_OK;
}

pl_rc pl_run_record_subject(pl_run *r, const pl_subject *s, const char *type, const char *collector,
                            pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_RECORD_FACTS};

    if (!r->rec.log)
        return PL_OK;
    pl_subject_json(s->rec, &json);
    if (!pl_buf_ok(&json))
        return pl_fail(err, PL_LIMIT, "facts of %.*s", PL_F(s->name));
    return pl_record_document(&r->rec,
                              &(pl_record_doc){.type = type,
                                               .collector = collector,
                                               .role = "facts",
                                               .subject = s,
                                               .bytes = pl_buf_view(&json),
                                               .given = &json},
                              err);
}

pl_rc pl_run_add_gap(pl_run *r, pl_str what, const char *reason, pl_str detail, const char *kind,
                     pl_err *err)
{
    pl_gap *to = PL_RUN_PUSH(r, gaps);
    if (!to)
        return used_up(err);
    *to = (pl_gap){.what = pl_arena_str(r->arena, what),
                   .reason = pl_str_c(reason),
                   .detail = pl_arena_str(r->arena, detail),
                   .kind = pl_str_c(kind)};
    return PL_OK;
}

pl_rc pl_run_add_place(pl_run *r, const char *what, pl_str path, pl_err *err)
{
    pl_place *to = PL_RUN_PUSH(r, places);
    if (!to)
        return used_up(err);
    *to = (pl_place){pl_str_c(what), path};
    return PL_OK;
}

pl_rc pl_run_keep_arena(pl_run *r, pl_arena *a, pl_err *err)
{
    pl_arena **to = PL_RUN_PUSH(r, arenas);
    if (!to) {
        pl_arena_free(a);
        return used_up(err);
    }
    *to = a;
    return PL_OK;
}

pl_rc pl_run_add_exclusion(pl_run *r, pl_str what, const char *reason, pl_err *err)
{
    pl_exclusion *to = PL_RUN_PUSH(r, exclusions);
    if (!to)
        return used_up(err);
    *to = (pl_exclusion){
        .what = pl_arena_str(r->arena, what), .reason = pl_str_c(reason), .needs = PL_S("")};
    return PL_OK;
}

void pl_run_note_sandbox(pl_run *r, const char *who, const char *sandbox)
{
    if (!pl_str_eq(pl_str_c(sandbox), PL_S("full")))
        r->sandbox_notes = pl_run_text(r, "%.*s; %s %s", PL_F(r->sandbox_notes), who, sandbox);
}

/* At the end, when workers have said what they gave up. */
static pl_str sandbox_of(pl_run *r)
{
    pl_str all = pl_str_c(pl_jail_strength());

    if (!r->sandbox_notes.n)
        return all;
    all = pl_str_eq(all, PL_S("full")) ? PL_S("reduced") : all;
    return pl_run_text(r, "%.*s%.*s", PL_F(all), PL_F(r->sandbox_notes));
}

/* ---- opening ---- */

static pl_rc open_log(pl_run *r, pl_err *err)
{
    char prog[64];
    (void)snprintf(prog, sizeof(prog), "plimsoll/%s", r->o.tool_version);
    pl_ledger_options o = {.state_dir = r->o.state_dir, .prog = prog};
    pl_rc rc = pl_ledger_open(&o, &r->rec.log, err);
    /* CI starts several scans at once; one log has one writer, so the others take their turn. */
    if (rc == PL_DENIED) {
        pl_run_say(r, "waiting: %s", err->text);
        o.wait_ms = PL_RUN_TURN_MS;
        rc = pl_ledger_open(&o, &r->rec.log, err);
    }
    if (rc)
        return rc;

    const pl_ledger_info *info = pl_ledger_about(r->rec.log);
    r->as.first_run = info->created;
    r->as.ledger.recorded = true;
    r->as.ledger.origin = pl_arena_str(r->arena, pl_str_c(info->origin));
    r->as.ledger.directory = pl_arena_str(r->arena, pl_str_c(info->log_dir));
    r->as.ledger.vkey = pl_arena_str(r->arena, pl_str_c(info->vkey));
    r->as.ledger.recovery = pl_arena_str(r->arena, pl_str_c(info->recovery));
    if (info->recovered[0])
        pl_run_say(r, "evidence log: %s", info->recovered);
    rc = pl_run_add_place(r, "evidence log", r->as.ledger.directory, err);
    return rc ? rc
              : pl_run_add_place(r, "log key", pl_arena_str(r->arena, pl_str_c(info->key_file)),
                                 err);
}

/* One by which workers recognise secrets, and another that seals what is kept of layers. */
static pl_rc derive_keys(pl_run *r, const unsigned char master[PL_STATE_SECRET], pl_err *err)
{
    unsigned char *key = pl_arena_calloc(r->arena, PL_SHA256, 1);
    if (!key)
        return used_up(err);
    const pl_str from = {(const char *)master, PL_STATE_SECRET};
    pl_redact_worker_key(master, key);
    pl_hmac_sha256(from, PL_S("plimsoll layer cache 1"), r->cache_key);
    r->redact_key = (pl_str){(const char *)key, PL_SHA256};
    return PL_OK;
}

static pl_rc open_state(pl_run *r, pl_err *err)
{
    unsigned char master[PL_STATE_SECRET];
    pl_rc rc = pl_state_open(r->o.state_dir, true, &r->state_fd, err);

    if (!rc)
        rc = pl_state_secret(r->state_fd, "redact", master, err);
    if (!rc)
        rc = derive_keys(r, master, err);
    explicit_bzero(master, sizeof(master));
    if (rc)
        return pl_wrap(err, rc, "state directory %s", r->o.state_dir);
    if ((rc = open_log(r, err)) || (rc = pl_state_db_open(r->state_fd, &r->state, err)) ||
        (rc = pl_findings_db_open(r->state, &r->rec.states, err)) ||
        (rc = pl_inventory_read(r->state, r->arena, &r->known, err)) ||
        (rc = pl_run_read_statements(r, err)))
        return pl_wrap(err, rc, "state directory %s", r->o.state_dir);
    return pl_run_add_place(r, "state", pl_str_c(r->o.state_dir), err);
}

/* Nothing is kept without a state directory, and the same image gives the same bytes each time. */
static pl_rc nobodys_key(pl_run *r, pl_err *err)
{
    unsigned char *key = pl_arena_calloc(r->arena, PL_SHA256, 1);

    r->redact_key = (pl_str){(const char *)key, PL_SHA256};
    return key ? PL_OK : used_up(err);
}

pl_rc pl_run_open(const pl_run_options *o, pl_arena *a, pl_run **ret, pl_err *err)
{
    PL_AUTO_RUN pl_run *r = calloc(1, sizeof(*r));
    if (!r)
        return pl_fail(err, PL_NOMEM, "run");

    r->o = *o;
    r->arena = a;
    r->state_fd = -1;
    r->rec = (pl_recorder){.clock = o->clock, .arena = a, .content_digest = o->content->digest};
    pl_assessment_init(&r->as);
    r->as.verb = pl_str_c(o->verb);
    r->as.tool_version = pl_str_c(o->tool_version);
    r->as.unprivileged = geteuid() != 0;
    r->as.started_us = pl_now_us(o->clock);
    r->as.content = o->content;

    /* First what may be a mistake of the caller's, so that it leaves nothing behind. */
    pl_rc rc = pl_assessment_use_profile(&r->as, a, err);
    if (!rc)
        rc = pl_run_open_advisories(r, err);
    if (!rc)
        rc = pl_run_read_vex(r, err);
    if (!rc)
        rc = pl_run_read_vendors(r, err);
    if (!rc)
        rc = pl_signature_keys_read(o->signature_keys, a, &r->keys, err);
    if (!rc)
        rc = o->state_dir ? open_state(r, err) : nobodys_key(r, err);
    if (rc)
        return rc;
    r->as.tool_build = pl_run_program_digest(r);
    *ret = PL_TAKE(r, NULL);
    return PL_OK;
}

void pl_run_close(pl_run *r)
{
    if (!r)
        return;
    pl_findings_db_close(r->rec.states);
    pl_state_db_close(r->state);
    pl_recorder_done(&r->rec);
    pl_ledger_free(r->rec.log);
    pl_buf_done(&r->patterns);
    pl_run_close_malware(r);
    pl_licences_free(r->licences);
    pl_run_close_cache(r);
    pl_buf_done(&r->protected);
    pl_buf_done(&r->classifiers);
    pl_run_close_advisories(r);
    for (size_t i = 0; i < r->n_arenas; i++)
        pl_arena_free(r->arenas[i]);
    if (r->state_fd >= 0)
        close(r->state_fd);
    free(r);
}

/* ---- finishing ---- */

static pl_rc keep_finding(pl_finding *f, void *arg, pl_err *err)
{
    pl_run *r = arg;
    pl_finding **to = PL_RUN_PUSH(r, findings);

    if (!to)
        return used_up(err);
    pl_finding_locate(f);
    *to = f;
    return PL_OK;
}

/* Every package of it was matched with data of these days: what was not found is not there. */
static bool is_matched_whole(const pl_subject *s)
{
    bool is_image = s->rec->kind == &pl_image_kind;
    const pl_value *v;

    if (is_image)
        v = pl_get(s->rec, PL_F_IMAGE_FINDINGS);
    else if (s->rec->kind == &pl_host_kind)
        v = pl_get(s->rec, PL_F_HOST_FINDINGS);
    else
        return false;
    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++)
        if (pl_get(v->u.recs[i], PL_F_VULN_ID)->state != PL_PRESENT)
            return false;
    return v->state == PL_PRESENT && (!is_image || pl_get(s->rec, PL_F_IMAGE_IS_COMPLETE)->u.b);
}

static const char *matched_of(const pl_subject *s)
{
    if (s->rec->kind != &pl_image_kind && s->rec->kind != &pl_host_kind)
        return NULL;
    return is_matched_whole(s) ? PL_MATCHED_WHOLE : PL_MATCHED_PARTLY;
}

static pl_rc record_subject(pl_run *r, const pl_subject *s, pl_finding **room, pl_err *err)
{
    size_t n = 0;
    pl_rc rc =
        is_matched_whole(s) ? pl_findings_db_cover(r->rec.states, s, PL_FINDINGS_VULN, err) : PL_OK;

    if (rc)
        return rc;
    for (size_t i = 0; i < r->n_findings; i++)
        if (r->findings[i]->subject == s)
            room[n++] = r->findings[i];
    return pl_record_verdicts(&r->rec, s, room, n, err);
}

bool pl_run_saw_containers(const pl_run *r)
{
    bool used = false;

    for (size_t i = 0; i < r->n_engines; i++)
        used |= r->engines[i].used;
    for (size_t i = 0; i < r->n_gaps; i++)
        used &= !pl_str_has(r->gaps[i].kind, PL_S("container"));
    return used && pl_str_eq(r->as.verb, PL_S("audit"));
}

/* An audit that could come by every subject. */
static bool saw_all(const pl_run *r)
{
    bool all = pl_str_eq(r->as.verb, PL_S("audit"));

    for (size_t i = 0; i < r->n_gaps; i++)
        all &= r->gaps[i].kind.n == 0;
    return all;
}

static pl_rc keep_inventory(pl_run *r, pl_err *err)
{
    return pl_inventory_keep(r->state,
                             &(pl_inventory_run){.subjects = r->subjects,
                                                 .n_subjects = r->n_subjects,
                                                 .packages = r->as.packages,
                                                 .n_packages = r->as.n_packages,
                                                 .saw_containers = pl_run_saw_containers(r),
                                                 .now_us = r->as.started_us},
                             err);
}

static pl_rc record_verdicts(pl_run *r, pl_err *err)
{
    if (!r->rec.log)
        return PL_OK;
    PL_AUTO_FREE pl_finding **room = calloc(r->n_findings + 1, sizeof(pl_finding *));
    pl_rc rc = room ? pl_findings_db_begin(r->rec.states, r->as.started_us, err)
                    : pl_fail(err, PL_NOMEM, "verdicts");
    if (!rc && saw_all(r))
        pl_findings_db_sees_all(r->rec.states);
    for (size_t i = 0; !rc && i < r->n_subjects; i++)
        rc = record_subject(r, r->subjects[i], room, err);
    /* What state.db remembers as told must be in the log. It is signed in the same batch. */
    if (!rc)
        rc = pl_record_flush_signed(&r->rec, err);
    if (!rc)
        rc = keep_inventory(r, err);
    return rc ? rc : pl_findings_db_commit(r->rec.states, err);
}

static pl_rc publish(pl_run *r, pl_err *err)
{
    pl_ledger_head head;
    PL_AUTO_BUF pl_buf root = {0};

    if (!r->rec.log)
        return PL_OK;
    uint64_t since = pl_mono_ns(r->o.clock);
    pl_rc rc = pl_ledger_sign(r->rec.log, &head, err);
    pl_run_took(r, "checkpoint.signed", PL_S("evidence log"), since);
    if (rc)
        return rc;
    pl_base64(head.root, sizeof(head.root), &root);
    r->as.ledger.size = (int64_t)head.size;
    r->as.ledger.root = pl_arena_str(r->arena, pl_buf_view(&root));
    return PL_OK;
}

pl_rc pl_run_finish(pl_run *r, pl_assessment *ret, pl_err *err)
{
    uint64_t since = pl_mono_ns(r->o.clock);
    pl_rc rc = pl_run_fill_vendors(r, err);

    pl_run_fill_windows(r);
    for (size_t i = 0; !rc && i < r->n_subjects; i++)
        rc = pl_rules_compile_kind(r->o.rules, r->subjects[i]->kind, err);
    if (!rc)
        rc = pl_rules_judge(r->o.rules, r->arena, r->subjects, r->n_subjects, keep_finding, r, err);
    pl_run_took(r, "subjects.judged", PL_S("all"), since);
    if (!rc)
        rc = pl_run_list_packages(r, err);
    if (!rc)
        rc = pl_run_tell_reach(r, err);
    if (!rc)
        rc = pl_run_apply_statements(r, err);
    if (!rc)
        rc = pl_run_tell_changes(r, err);
    if (!rc)
        rc = pl_run_tell_parameters(r, err);
    if (!rc)
        rc = record_verdicts(r, err);
    if (!rc)
        pl_run_number_changes(r);
    if (!rc)
        rc = publish(r, err);
    if (!rc)
        rc = pl_assessment_subjects(&r->as, r->arena, r->subjects, r->n_subjects, matched_of, err);
    if (rc)
        return rc;

    r->as.generated_us = pl_now_us(r->o.clock);
    r->as.sandbox = sandbox_of(r);
    r->as.findings = (const pl_finding *const *)r->findings;
    r->as.n_findings = r->n_findings;
    r->as.items = r->rec.items;
    r->as.n_items = r->rec.n_items;
    r->as.gaps = r->gaps;
    r->as.n_gaps = r->n_gaps;
    r->as.exclusions = r->exclusions;
    r->as.n_exclusions = r->n_exclusions;
    r->as.engines = r->engines;
    r->as.n_engines = r->n_engines;
    r->as.places = r->places;
    r->as.n_places = r->n_places;
    *ret = r->as;
    return PL_OK;
}

pl_rc pl_run_issue(pl_run *r, pl_str json, pl_err *err)
{
    return pl_record_report(&r->rec, json, NULL, err);
}
