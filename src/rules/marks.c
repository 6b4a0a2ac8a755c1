/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks of the elements that made a verdict fail: by them a later run tells which of them are new.
 * A mark stands for an element's key. Of several elements with one key each has its own: the first,
 * the second, so that one more is one more mark, whichever it is.
 */
#include "rules/rule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mark_of(pl_judge *j, const pl_record *e)
{
    unsigned char sum[PL_SHA256];
    uint64_t mark = 0;

    pl_buf_reset(&j->text);
    if (e->kind->n)
        pl_value_print(&e->kind->fields[0], &e->v[0], &j->text);
    pl_sha256_add(j->sha, j->text.p, j->text.n);
    pl_sha256_end(j->sha, sum);
    for (size_t i = 0; i < sizeof(mark); i++)
        mark = mark << 8 | sum[i];
    return mark;
}

static int by_mark(const void *pa, const void *pb)
{
    const uint64_t *a = pa, *b = pb;

    return (*a > *b) - (*a < *b);
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "marks of failed elements do not fit their memory");
}

static pl_rc write_marks(pl_judge *j, const uint64_t *marks, size_t n, pl_finding *ret, pl_err *err)
{
    pl_str *list = pl_arena_calloc(j->out, n, sizeof(*list));
    char *text = pl_arena_calloc(j->out, n, PL_FINDING_MARK + 1);
    size_t nth = 0;

    if (!list || !text)
        return no_room(err);
    for (size_t i = 0; i < n; i++, text += PL_FINDING_MARK + 1) {
        nth = i && marks[i] == marks[i - 1] ? nth + 1 : 0;
        (void)snprintf(text, PL_FINDING_MARK + 1, "%016" PRIx64, marks[i] + nth);
        list[i] = (pl_str){text, PL_FINDING_MARK};
    }
    ret->marks = list;
    ret->n_marks = n;
    return PL_OK;
}

pl_rc pl_judge_marks(pl_judge *j, const pl_outcome *o, pl_finding *ret, pl_err *err)
{
    PL_AUTO_FREE uint64_t *marks = calloc(o->n_elements + 1, sizeof(*marks));

    if (!marks)
        return no_room(err);
    for (size_t i = 0; i < o->n_elements; i++)
        marks[i] = mark_of(j, o->elements[i]);
    if (!pl_buf_ok(&j->text))
        return no_room(err);
    qsort(marks, o->n_elements, sizeof(*marks), by_mark);
    return write_marks(j, marks, o->n_elements, ret, err);
}
