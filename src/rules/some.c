/* SPDX-License-Identifier: Apache-2.0 */
/* some(list, condition): whether one record of a list of the subject satisfies a condition. */
#include "rules/rule.h"

/* ---- evaluation ---- */

static pl_truth over_items(pl_eval *e, const pl_code *cond, const pl_value *list, pl_why *why)
{
    pl_truth all = PL_FALSE;
    pl_eval one = *e;

    for (size_t i = 0; i < list->n && all != PL_TRUE; i++) {
        pl_why doubt;
        one.element = list->u.recs[i];
        pl_truth t = pl_eval_run(&one, cond, &doubt);
        if (t == PL_DONT_KNOW && all == PL_FALSE)
            *why = doubt;
        if (t != PL_FALSE)
            all = t;
    }
    e->steps = one.steps;
    return all;
}

/* A list that is absent was read and is empty. */
pl_truth pl_eval_some(pl_eval *e, const pl_code *code, pl_why *why)
{
    pl_value room;
    const char *field = NULL;
    const pl_value *list = pl_eval_operand(e, code->left, &room, &field);

    if (list->state == PL_ABSENT)
        return PL_FALSE;
    if (list->state == PL_PRESENT)
        return over_items(e, code->kids[0], list, why);
    *why = (pl_why){list->reason ? list->reason : "unreadable", field};
    return PL_DONT_KNOW;
}

/* ---- what is told of it ---- */

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "findings do not fit their memory");
}

pl_rc pl_some_items(pl_judge *j, const pl_some *s, const pl_record *subject, pl_value *ret,
                    pl_err *err)
{
    pl_value room;
    const pl_value *list = pl_field_get(&s->code->left->field, subject, NULL, &room);
    pl_record **items;

    *ret = *list;
    if (list->state != PL_PRESENT)
        return PL_OK;
    items = pl_arena_calloc(j->out, list->n + 1, sizeof(pl_record *));
    if (!items)
        return no_room(err);
    ret->u.recs = items;
    ret->n = 0;
    for (size_t i = 0; i < list->n; i++) {
        pl_why why;
        pl_record *item = list->u.recs[i];
        if (pl_judge_condition(j, s->code->kids[0], subject, item, &why) != PL_FALSE)
            items[ret->n++] = item;
    }
    return PL_OK;
}

static int by_text(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

/* In the order of their texts, with commas between. */
static pl_rc sorted_json(const pl_some *s, const pl_record *subject, const pl_value *items,
                         pl_buf *out, pl_err *err)
{
    PL_AUTO_FREE pl_str *texts = calloc(items->n + 1, sizeof(*texts));
    PL_AUTO_BUF pl_buf all = {0};
    size_t at = 0;

    if (!texts)
        return no_room(err);
    for (size_t i = 0; i < items->n; i++) {
        pl_evidence_item(s->named, s->n_named, subject, items->u.recs[i], &all);
        texts[i].n = all.n - at;
        at = all.n;
    }
    if (!pl_buf_ok(&all))
        return no_room(err);
    /* The buffer moves while it grows, so the slices are set when it has stopped. */
    at = 0;
    for (size_t i = 0; i < items->n; i++) {
        texts[i].p = all.p + at;
        at += texts[i].n;
    }
    qsort(texts, items->n, sizeof(*texts), by_text);
    for (size_t i = 0; i < items->n; i++) {
        if (i)
            pl_buf_ch(out, ',');
        pl_buf_str(out, texts[i]);
    }
    return PL_OK;
}

pl_rc pl_some_json(pl_judge *j, const pl_some *s, const pl_record *subject, pl_buf *out,
                   pl_err *err)
{
    pl_value items;
    pl_rc rc = pl_some_items(j, s, subject, &items, err);

    if (rc)
        return rc;
    pl_buf_str(out, s->key);
    if (items.state != PL_PRESENT) {
        pl_evidence_value(s->code->left->field.row, PL_T_RECS, &items, out);
        return PL_OK;
    }
    pl_buf_ch(out, '[');
    rc = sorted_json(s, subject, &items, out, err);
    pl_buf_ch(out, ']');
    return rc;
}
