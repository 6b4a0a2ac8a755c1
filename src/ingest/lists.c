/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/readers.h"

void pl_ingest_texts(pl_json_rd *r, pl_arena *a, const pl_json_slot *slots, size_t n, size_t max)
{
    if (pl_json_enter_object(r))
        for (pl_str key; pl_json_key(r, &key);)
            if (!pl_json_pick(r, a, key, slots, n, max))
                pl_json_skip(r);
}

static bool start(pl_ingest_list *list, pl_json_rd *r, pl_rc *rc, pl_err *err)
{
    char c = pl_json_peek(r);

    list->is_in = true;
    if (c == '[')
        return pl_json_enter_array(r);
    pl_json_skip(r);
    if (!r->is_bad && c != 'n')
        *rc = pl_ingest_problem_at(list->out, err, "is no list", "%.*s", PL_F(list->place));
    return false;
}

bool pl_ingest_next(pl_ingest_list *list, pl_json_rd *r, pl_rc *rc, pl_err *err)
{
    if (!list->is_in && !start(list, r, rc, err))
        return false;
    while (!*rc && pl_json_item(r)) {
        list->at += list->is_past;
        list->is_past = true;
        if (pl_json_peek(r) == '{')
            return true;
        pl_json_skip(r);
        if (!r->is_bad)
            *rc = pl_ingest_problem_at(list->out, err, "is no object", "%.*s[%zu]",
                                       PL_F(list->place), list->at);
    }
    return false;
}
