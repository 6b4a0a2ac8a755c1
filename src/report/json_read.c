/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll.audit/1 in: what is said of the audit itself. Its rows are read by json_rows.c. */
#include "report/json_rows.h"

#include <stdio.h>

static const pl_jbind head_rows[] = {
    PL_JBIND_ROW("generated_at", TIME, pl_assessment, generated_us),
    PL_JBIND_ROW("started_at", TIME, pl_assessment, started_us),
    PL_JBIND_ROW("verb", STR, pl_assessment, verb),
    PL_JBIND_ROW("system", STR, pl_assessment, system),
    PL_JBIND_ROW("sandbox", STR, pl_assessment, sandbox),
    PL_JBIND_ROW("first_run", BOOL, pl_assessment, first_run),
    PL_JBIND_ROW("unprivileged", BOOL, pl_assessment, unprivileged),
    PL_JBIND_ROW("baseline", STR, pl_assessment, baseline),
};

static const pl_jbind tool_rows[] = {
    PL_JBIND_ROW("version", STR, pl_assessment, tool_version),
    PL_JBIND_ROW("build", STR, pl_assessment, tool_build),
};

static const pl_jbind ledger_rows[] = {
    PL_JBIND_ROW("recorded", BOOL, pl_log_reference, recorded),
    PL_JBIND_ROW("origin", STR, pl_log_reference, origin),
    PL_JBIND_ROW("size", INT, pl_log_reference, size),
    PL_JBIND_ROW("root", STR, pl_log_reference, root),
    PL_JBIND_ROW("directory", STR, pl_log_reference, directory),
    PL_JBIND_ROW("vkey", STR, pl_log_reference, vkey),
    PL_JBIND_ROW("recovery", STR, pl_log_reference, recovery),
};

static const pl_jbind advisories_rows[] = {
    PL_JBIND_ROW("present", BOOL, pl_advisory_state, present),
    PL_JBIND_ROW("digest", STR, pl_advisory_state, digest),
    PL_JBIND_ROW("imported_at", TIME, pl_advisory_state, imported_us),
    PL_JBIND_ROW("how_to_get", STR, pl_advisory_state, how_to_get),
};

static const pl_jbind feed_rows[] = {
    PL_JBIND_ROW("name", STR, pl_feed_state, name),
    PL_JBIND_ROW("version", STR, pl_feed_state, version),
    PL_JBIND_ROW("source", STR, pl_feed_state, source),
    PL_JBIND_ROW("as_of", TIME, pl_feed_state, as_of_us),
    PL_JBIND_ROW("stale", BOOL, pl_feed_state, is_stale),
};

static const pl_jbind gap_rows[] = {
    PL_JBIND_ROW("what", STR, pl_gap, what),
    PL_JBIND_ROW("reason", STR, pl_gap, reason),
    PL_JBIND_ROW("detail", STR, pl_gap, detail),
    PL_JBIND_ROW("kind", STR, pl_gap, kind),
};

static const pl_jbind exclusion_rows[] = {
    PL_JBIND_ROW("what", STR, pl_exclusion, what),
    PL_JBIND_ROW("reason", STR, pl_exclusion, reason),
    PL_JBIND_ROW("needs", STR, pl_exclusion, needs),
};

static const pl_jbind engine_rows[] = {
    PL_JBIND_ROW("how", STR, pl_engine_attempt, how),
    PL_JBIND_ROW("address", STR, pl_engine_attempt, address),
    PL_JBIND_ROW("outcome", STR, pl_engine_attempt, outcome),
    PL_JBIND_ROW("used", BOOL, pl_engine_attempt, used),
};

static const pl_jbind place_rows[] = {
    PL_JBIND_ROW("what", STR, pl_place, what),
    PL_JBIND_ROW("path", STR, pl_place, path),
};

static const pl_jbind item_rows[] = {
    PL_JBIND_ROW("ledger_index", INT, pl_evidence_item, ledger_index),
    PL_JBIND_ROW("type", STR, pl_evidence_item, type),
    PL_JBIND_ROW("role", STR, pl_evidence_item, role),
    PL_JBIND_ROW("subject", STR, pl_evidence_item, subject_key),
    PL_JBIND_ROW("collector", STR, pl_evidence_item, collector),
    PL_JBIND_ROW("sha256", STR, pl_evidence_item, sha256),
    PL_JBIND_ROW("collected_at", TIME, pl_evidence_item, collected_us),
};

pl_rc pl_jtable_row(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                    void *arg)
{
    const pl_jtable *t = arg;

    if (!item || !json_is_object(item))
        return pl_jfail(r, path, "must be an object");
    return pl_jbind_object(r, path, item, t->rows, t->n, to);
}

static pl_rc read_item(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                       void *arg)
{
    ((pl_evidence_item *)to)->ledger_index = -1;
    return pl_jtable_row(r, path, item, to, arg);
}

static pl_rc read_advisories(const pl_jreader *r, const json_t *doc, pl_advisory_state *ret)
{
    const pl_jpath path = {.key = "advisories"};
    const json_t *object = NULL;

    pl_rc rc = pl_jobject(r, NULL, doc, "advisories", &object);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &path, object, advisories_rows, PL_COUNT(advisories_rows), ret);
    if (rc == PL_OK)
        rc = pl_jarray(r, &path, object, "feeds", sizeof(pl_feed_state), pl_jtable_row,
                       PL_JTABLE(feed_rows), &ret->feeds, &ret->n_feeds);
    return rc;
}

static pl_rc read_scope(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    const pl_jpath path = {.key = "scope"};
    const json_t *scope = NULL;

    pl_rc rc = pl_jobject(r, NULL, doc, "scope", &scope);
    if (rc == PL_OK)
        rc = pl_jread_subjects(r, &path, scope, a);
    if (rc == PL_OK)
        rc = pl_jarray(r, &path, scope, "exclusions", sizeof(pl_exclusion), pl_jtable_row,
                       PL_JTABLE(exclusion_rows), &a->exclusions, &a->n_exclusions);
    if (rc == PL_OK)
        rc = pl_jarray(r, &path, scope, "engines", sizeof(pl_engine_attempt), pl_jtable_row,
                       PL_JTABLE(engine_rows), &a->engines, &a->n_engines);
    return rc;
}

static pl_rc read_lists(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    pl_rc rc = pl_jarray(r, NULL, doc, "gaps", sizeof(pl_gap), pl_jtable_row, PL_JTABLE(gap_rows),
                         &a->gaps, &a->n_gaps);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "places", sizeof(pl_place), pl_jtable_row,
                       PL_JTABLE(place_rows), &a->places, &a->n_places);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "evidence", sizeof(pl_evidence_item), read_item,
                       PL_JTABLE(item_rows), &a->items, &a->n_items);
    return rc;
}

static pl_rc read_objects(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    const json_t *tool = NULL, *ledger = NULL;

    pl_rc rc = pl_jobject(r, NULL, doc, "tool", &tool);
    if (rc == PL_OK)
        rc =
            pl_jbind_object(r, &(pl_jpath){.key = "tool"}, tool, tool_rows, PL_COUNT(tool_rows), a);
    if (rc == PL_OK)
        rc = pl_jobject(r, NULL, doc, "ledger", &ledger);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &(pl_jpath){.key = "ledger"}, ledger, ledger_rows,
                             PL_COUNT(ledger_rows), &a->ledger);
    return rc;
}

static pl_rc read_document(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    pl_rc rc = pl_jbind_object(r, NULL, doc, head_rows, PL_COUNT(head_rows), a);

    if (rc == PL_OK)
        rc = read_objects(r, doc, a);
    if (rc == PL_OK)
        rc = read_advisories(r, doc, &a->advisories);
    if (rc == PL_OK)
        rc = pl_jread_content(r, doc, a);
    if (rc == PL_OK)
        rc = read_scope(r, doc, a);
    if (rc == PL_OK)
        rc = read_lists(r, doc, a);
    if (rc == PL_OK)
        rc = pl_jread_findings(r, doc, a);
    return rc;
}

/* "plimsoll.audit/1"; a later minor version only adds fields, so any suffix is another schema. */
static pl_rc check_schema(const json_t *doc, pl_err *err)
{
    const json_t *schema = json_object_get(doc, "schema");
    pl_str s = {json_string_value(schema), json_string_length(schema)};

    if (!json_is_string(schema))
        return pl_fail(err, PL_FORMAT, "schema: not there, so this is no report of Plimsoll");
    if (!pl_str_eq(s, PL_S("plimsoll.audit/1")))
        return pl_fail(err, PL_UNSUPPORTED, "schema: \"%.*s\" is not plimsoll.audit/1",
                       PL_F(pl_str_sub(s, 0, 60)));
    return PL_OK;
}

pl_rc pl_report_read(pl_str json, pl_arena *arena, pl_assessment *ret, pl_err *err)
{
    const pl_jreader r = {arena, err};
    pl_assessment a;
    json_error_t where;

    if (json.n > PL_REPORT_JSON_MAX)
        return pl_fail(err, PL_LIMIT, "%zu bytes: a report has at most %d", json.n,
                       PL_REPORT_JSON_MAX);
    json_auto_t *doc = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
    if (!doc)
        return pl_fail(err, PL_FORMAT, "line %d, column %d: %s", where.line, where.column,
                       where.text);
    pl_rc rc = check_schema(doc, err);
    if (rc != PL_OK)
        return rc;
    pl_assessment_init(&a);
    rc = read_document(&r, doc, &a);
    if (rc == PL_OK)
        *ret = a;
    return rc;
}
