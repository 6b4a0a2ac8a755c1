/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/sarif_rules.h"

#include "ingest/limits.h"
#include "ingest/readers.h"

#include <stdlib.h>
#include <string.h>

static void read_text(pl_json_rd *r, pl_arena *a, pl_str *ret)
{
    const pl_json_slot slot = {"text", ret};

    pl_ingest_texts(r, a, &slot, 1, PL_INGEST_TITLE);
}

static void read_level(pl_json_rd *r, pl_arena *a, pl_str *ret)
{
    const pl_json_slot slot = {"level", ret};

    pl_ingest_texts(r, a, &slot, 1, PL_INGEST_NAME);
}

/* Text in most tools, a number in some. */
static void read_weight(pl_json_rd *r, pl_arena *a, pl_severity *ret)
{
    pl_str score = {"", 0};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (!pl_str_eq(key, PL_S("security-severity")))
            pl_json_skip(r);
        else if (pl_json_peek(r) == '0')
            (void)pl_json_number(r, &score);
        else
            pl_json_string_head(r, a, PL_INGEST_NAME, &score);
    }
    if (score.n)
        *ret = pl_ingest_score(score);
}

static void read_rule(pl_json_rd *r, pl_arena *a, pl_sarif_rule *ret)
{
    pl_str name = {"", 0}, brief = {"", 0};
    const pl_json_slot slots[] = {{"id", &ret->id}, {"name", &name}};

    ret->severity = PL_UNKNOWN_SEVERITY;
    if (pl_json_enter_object(r))
        for (pl_str key; pl_json_key(r, &key);) {
            if (pl_str_eq(key, PL_S("shortDescription")))
                read_text(r, a, &brief);
            else if (pl_str_eq(key, PL_S("defaultConfiguration")))
                read_level(r, a, &ret->level);
            else if (pl_str_eq(key, PL_S("properties")))
                read_weight(r, a, &ret->severity);
            else if (!pl_json_pick(r, a, key, slots, 2, PL_INGEST_NAME))
                pl_json_skip(r);
        }
    ret->title = brief.n ? brief : name;
}

static pl_sarif_rule *push(pl_sarif_rules *rules, pl_arena *a)
{
    if (rules->n == rules->room) {
        size_t room = rules->room ? rules->room * 2 : 64;
        pl_sarif_rule *v = pl_arena_calloc(a, room, sizeof(*v));
        if (!v)
            return NULL;
        if (rules->n)
            memcpy(v, rules->v, rules->n * sizeof(*v));
        rules->v = v;
        rules->room = room;
    }
    return &rules->v[rules->n++];
}

pl_rc pl_sarif_rules_read(pl_sarif_rules *rules, pl_json_rd *r, pl_arena *a, pl_err *err)
{
    if (!pl_json_enter_array(r))
        return PL_OK;
    while (pl_json_item(r)) {
        pl_sarif_rule *rule = rules->n < PL_INGEST_RULES ? push(rules, a) : NULL;
        if (!rule)
            return pl_fail(err, PL_LIMIT, "more than %d rules (limit PL_INGEST_RULES)",
                           PL_INGEST_RULES);
        read_rule(r, a, rule);
    }
    return PL_OK;
}

static int by_id(const void *pa, const void *pb)
{
    const pl_sarif_rule *const *a = pa, *const *b = pb;

    return pl_str_cmp((*a)->id, (*b)->id);
}

pl_rc pl_sarif_rules_sort(pl_sarif_rules *rules, pl_arena *a, pl_err *err)
{
    rules->by_id = pl_arena_calloc(a, rules->n + 1, sizeof(pl_sarif_rule *));
    if (!rules->by_id)
        return pl_fail(err, PL_LIMIT, "rules do not fit the memory of a worker");
    for (size_t i = 0; i < rules->n; i++)
        rules->by_id[i] = &rules->v[i];
    qsort(rules->by_id, rules->n, sizeof(pl_sarif_rule *), by_id);
    return PL_OK;
}

static const pl_sarif_rule *find(const pl_sarif_rules *rules, pl_str id)
{
    const pl_sarif_rule want = {.id = id};
    const pl_sarif_rule *key = &want;
    const pl_sarif_rule **found =
        bsearch(&key, rules->by_id, rules->n, sizeof(pl_sarif_rule *), by_id);

    return found ? *found : NULL;
}

const pl_sarif_rule *pl_sarif_rule_of(const pl_sarif_rules *rules, pl_str id)
{
    const pl_sarif_rule *rule = find(rules, id);
    size_t n = id.n;

    while (!rule && n && id.p[n - 1] != '/')
        n--;
    return rule || n < 2 ? rule : find(rules, pl_str_sub(id, 0, n - 1));
}
