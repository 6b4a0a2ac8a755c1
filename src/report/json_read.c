/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll.audit/1 in: what is said of the audit itself. Its rows are read by json_rows.c. */
#include "report/json_rows.h"

#include <stdio.h>

static pl_rc read_advisories(const pl_jreader *r, const json_t *doc, pl_advisory_state *ret)
{
    const pl_jpath path = {.key = "advisories"};
    const json_t *object = NULL;

    pl_rc rc = pl_jobject(r, NULL, doc, "advisories", &object);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &path, object, &pl_jt_advisories, ret);
    if (rc == PL_OK)
        rc = pl_jrows(r, &path, object, "feeds", &pl_jt_feed, &ret->feeds, &ret->n_feeds);
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
        rc = pl_jrows(r, &path, scope, "exclusions", &pl_jt_exclusion, &a->exclusions,
                      &a->n_exclusions);
    if (rc == PL_OK)
        rc = pl_jrows(r, &path, scope, "engines", &pl_jt_engine, &a->engines, &a->n_engines);
    return rc;
}

static pl_rc read_lists(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    pl_rc rc = pl_jrows(r, NULL, doc, "gaps", &pl_jt_gap, &a->gaps, &a->n_gaps);
    if (rc == PL_OK)
        rc = pl_jrows(r, NULL, doc, "places", &pl_jt_place, &a->places, &a->n_places);
    if (rc == PL_OK)
        rc = pl_jrows(r, NULL, doc, "evidence", &pl_jt_item, &a->items, &a->n_items);
    return rc;
}

static pl_rc read_objects(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    const json_t *tool = NULL, *ledger = NULL;

    pl_rc rc = pl_jobject(r, NULL, doc, "tool", &tool);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &(pl_jpath){.key = "tool"}, tool, &pl_jt_tool, a);
    if (rc == PL_OK)
        rc = pl_jobject(r, NULL, doc, "ledger", &ledger);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &(pl_jpath){.key = "ledger"}, ledger, &pl_jt_ledger, &a->ledger);
    return rc;
}

static pl_rc read_document(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    pl_rc rc = pl_jbind_object(r, NULL, doc, &pl_jt_head, a);

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
        rc = pl_jread_said(r, doc, a);
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
        return pl_fail(err, PL_FORMAT, "is no report in JSON: line %d, column %d: %s", where.line,
                       where.column, where.text);
    pl_rc rc = check_schema(doc, err);
    if (rc != PL_OK)
        return rc;
    pl_assessment_init(&a);
    rc = read_document(&r, doc, &a);
    if (rc == PL_OK)
        *ret = a;
    return rc;
}
