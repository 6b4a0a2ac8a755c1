/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of plimsoll.audit/1 that people wrote: statements, decisions, changes; and what
 * other tools said. */
#include "report/json_rows.h"

static pl_rc read_statement(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                            const void *arg)
{
    pl_statement *s = to;
    pl_str *texts = NULL;

    (void)arg;
    pl_rc rc = pl_jtable_row(r, path, item, s, &pl_jt_statement);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "files", &pl_jt_statement_file, &s->files, &s->n_files);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "requirements", &pl_jt_requirement_id, &s->requirements,
                      &s->n_requirements);
    if (rc == PL_OK)
        rc = pl_jstrs(r, path, item, "written", &texts, &s->n_written);
    s->written = texts;
    if (rc == PL_OK)
        rc = pl_jstrs(r, path, item, "executed", &texts, &s->n_executed);
    s->executed = texts;
    return rc;
}

static pl_rc read_decision(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                           const void *arg)
{
    pl_decision *d = to;
    pl_str *texts = NULL;

    (void)arg;
    pl_rc rc = pl_jtable_row(r, path, item, d, &pl_jt_decision);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "requirements", &pl_jt_requirement_id, &d->requirements,
                      &d->n_requirements);
    if (rc == PL_OK)
        rc = pl_jstrs(r, path, item, "changes", &texts, &d->n_changes);
    d->changes = texts;
    return rc;
}

static pl_rc read_ingested(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                           const void *arg)
{
    pl_ingested *v = to;
    pl_str *texts = NULL;

    (void)arg;
    pl_rc rc = pl_jtable_row(r, path, item, v, &pl_jt_ingested);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "controls", &pl_jt_ingested_control, &v->controls,
                      &v->n_controls);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "results", &pl_jt_ingested_row, &v->rows, &v->n_rows);
    if (rc == PL_OK)
        rc = pl_jstrs(r, path, item, "problems", &texts, &v->n_problems_kept);
    v->problems = texts;
    return rc;
}

pl_rc pl_jread_said(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    pl_rc rc = pl_jarray(r, NULL, doc, "statements", sizeof(pl_statement), read_statement, NULL,
                         &a->statements, &a->n_statements);

    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "decisions", sizeof(pl_decision), read_decision, NULL,
                       &a->decisions, &a->n_decisions);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "ingested", sizeof(pl_ingested), read_ingested, NULL,
                       &a->ingested, &a->n_ingested);
    return rc ? rc : pl_jrows(r, NULL, doc, "changes", &pl_jt_change, &a->changes, &a->n_changes);
}
