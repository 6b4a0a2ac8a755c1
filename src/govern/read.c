/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/read.h"

#include "core/clock.h"
#include "govern/limits.h"
#include "ledger/leaf.h"

#include <string.h>

static const char *const types[] = {PL_GOVERN_ATTEST,   PL_GOVERN_WAIVE,  PL_GOVERN_WINDOW,
                                    PL_GOVERN_EVALUATE, PL_GOVERN_REVIEW, PL_GOVERN_CHANGE,
                                    PL_GOVERN_INGESTED};

bool pl_govern_is_type(pl_str type)
{
    for (size_t i = 0; i < PL_COUNT(types); i++)
        if (pl_str_eq(type, pl_str_c(types[i])))
            return true;
    return false;
}

pl_rc pl_govern_find(pl_log *log, uint64_t from, void (*hit)(void *arg, uint64_t index), void *arg,
                     pl_err *err)
{
    uint64_t size = pl_log_head(log)->size;
    pl_leaf leaf;
    pl_str text;

    for (uint64_t i = from; i < size; i++) {
        pl_rc rc = pl_log_leaf(log, i, &text, err);
        if (rc)
            return rc;
        if (pl_leaf_parse(text, &leaf, NULL) == PL_OK && pl_govern_is_type(leaf.type))
            hit(arg, i);
    }
    return PL_OK;
}

/* ---- members of an entry ---- */

struct reading {
    pl_govern *g;
    pl_arena *a;
    const json_t *body;
    int64_t index;
    bool is_full; /* something was left out: an empty scope would speak of everything */
};

static pl_str keep(struct reading *r, const json_t *v)
{
    pl_str s = {json_string_value(v), json_string_length(v)};
    pl_str kept = s.p ? pl_arena_str(r->a, s) : s;

    r->is_full |= s.p && !kept.p;
    return kept.p ? kept : (pl_str){"", 0};
}

static pl_str text_at(struct reading *r, const json_t *object, const char *key)
{
    return keep(r, json_object_get(object, key));
}

static pl_str text(struct reading *r, const char *key)
{
    return text_at(r, r->body, key);
}

static int64_t time_at(struct reading *r, const char *key)
{
    int64_t us = 0;

    return pl_time_parse(text(r, key), &us) ? us : 0;
}

/* An array of n items of that size for the list of that name; NULL where there is none. */
static void *room_for(struct reading *r, const json_t *object, const char *key, size_t size,
                      const json_t **ret_list, size_t *ret_n)
{
    const json_t *list = json_object_get(object, key);
    size_t n = json_array_size(list);
    void *v = n ? pl_arena_calloc(r->a, n, size) : NULL;

    r->is_full |= n && !v;
    *ret_list = list;
    *ret_n = v ? n : 0;
    return v;
}

static void texts(struct reading *r, const char *key, const pl_str **ret, size_t *ret_n)
{
    const json_t *list;
    pl_str *v = room_for(r, r->body, key, sizeof(*v), &list, ret_n);

    for (size_t i = 0; i < *ret_n; i++)
        v[i] = keep(r, json_array_get(list, i));
    *ret = v;
}

static void files(struct reading *r, pl_statement *s)
{
    const json_t *list;
    pl_statement_file *v = room_for(r, r->body, "files", sizeof(*v), &list, &s->n_files);

    for (size_t i = 0; i < s->n_files; i++) {
        const json_t *item = json_array_get(list, i);
        v[i] = (pl_statement_file){text_at(r, item, "name"), text_at(r, item, "sha256"),
                                   json_integer_value(json_object_get(item, "n"))};
    }
    s->files = v;
}

static void requirements(struct reading *r, pl_statement *s)
{
    const json_t *list;
    pl_requirement_id *v =
        room_for(r, r->body, "requirements", sizeof(*v), &list, &s->n_requirements);

    for (size_t i = 0; i < s->n_requirements; i++) {
        const json_t *item = json_array_get(list, i);
        v[i] = (pl_requirement_id){text_at(r, item, "framework"), text_at(r, item, "id")};
    }
    s->requirements = v;
}

static void fields_of(struct reading *r, const json_t *item, pl_waiver_binding *b)
{
    const json_t *list;
    pl_binding_field *v = room_for(r, item, "fields", sizeof(*v), &list, &b->n_fields);

    for (size_t i = 0; i < b->n_fields; i++) {
        const json_t *field = json_array_get(list, i);
        v[i] = (pl_binding_field){text_at(r, field, "name"), text_at(r, field, "value")};
    }
    b->fields = v;
}

static void bindings(struct reading *r, pl_govern_row *row)
{
    const json_t *list;
    pl_waiver_binding *v = room_for(r, r->body, "evidence", sizeof(*v), &list, &row->n_bindings);

    for (size_t i = 0; i < row->n_bindings; i++) {
        const json_t *item = json_array_get(list, i);
        v[i] = (pl_waiver_binding){.subject = text_at(r, item, "subject"),
                                   .hash = text_at(r, item, "sha256")};
        fields_of(r, item, &v[i]);
    }
    row->bindings = v;
}

/* ---- one entry ---- */

static pl_govern_row *push(struct reading *r)
{
    pl_govern *g = r->g;

    if (g->n == g->room) {
        size_t room = g->room ? g->room * 2 : 32;
        pl_govern_row *v = pl_arena_calloc(r->a, room, sizeof(*v));
        if (!v)
            return NULL;
        if (g->n)
            memcpy(v, g->rows, g->n * sizeof(*v));
        g->rows = v;
        g->room = room;
    }
    return &g->rows[g->n++];
}

/* They stand in the order of the log. */
static pl_govern_row *row_of(const pl_govern *g, int64_t number, pl_statement_kind kind)
{
    size_t from = 0, to = g->n;

    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (g->rows[mid].s.number < number)
            from = mid + 1;
        else
            to = mid;
    }
    bool is_it =
        from < g->n && g->rows[from].s.number == number && pl_statement_is(&g->rows[from].s, kind);
    return is_it ? &g->rows[from] : NULL;
}

static pl_rc add(struct reading *r, const json_t *leaf, pl_statement_kind kind, const char *what,
                 const char *words, pl_govern_row **ret, pl_err *err)
{
    pl_govern_row *row = push(r);
    const json_t *uid = json_object_get(json_object_get(leaf, "from"), "uid");
    int64_t said = 0;

    if (!row || r->g->n > PL_GOVERN_ENTRIES)
        return pl_fail(err, PL_LIMIT, "entry %lld: more statements than %d", (long long)r->index,
                       PL_GOVERN_ENTRIES);
    (void)pl_time_parse(text_at(r, leaf, "t"), &said);
    row->s = (pl_statement){
        .kind = pl_statement_kind_word(kind),
        .state = pl_statement_state_word(PL_STATEMENT_IN_FORCE),
        .number = r->index,
        .what = text(r, what),
        .title = text(r, "title"),
        .scope = text(r, "scope"),
        .by = text(r, "by"),
        .approver = text(r, "approver"),
        .text = text(r, words),
        .compensating = text(r, "compensating"),
        .owner = text(r, "owner"),
        .said_us = said,
        .until_us = time_at(r, "until"),
        .uid = json_is_integer(uid) ? json_integer_value(uid) : -1,
    };
    files(r, &row->s);
    *ret = row;
    return PL_OK;
}

/* What an entry ends: the row that its member `key` names. */
static pl_rc ended(struct reading *r, const json_t *leaf, const char *key, pl_statement_kind kind,
                   pl_govern_row **ret, pl_err *err)
{
    const json_t *number = json_object_get(r->body, key);
    pl_govern_row *row =
        row_of(r->g, json_is_integer(number) ? json_integer_value(number) : -1, kind);

    if (!row)
        return pl_fail(err, PL_FORMAT, "entry %lld: ends no %s of this log", (long long)r->index,
                       key);
    (void)pl_time_parse(text_at(r, leaf, "t"), &row->s.ended_us);
    *ret = row;
    return PL_OK;
}

static pl_rc attestation(struct reading *r, const json_t *leaf, pl_err *err)
{
    pl_govern_row *row = NULL;
    pl_rc rc = add(r, leaf, PL_STATEMENT_ATTESTATION, "control", "statement", &row, err);

    if (rc)
        return rc;
    requirements(r, &row->s);
    row->s.decision = text(r, "decision");
    return PL_OK;
}

static pl_rc waiver(struct reading *r, const json_t *leaf, pl_err *err)
{
    pl_govern_row *row = NULL;
    bool is_end = pl_str_eq(text(r, "act"), PL_S("revoke"));
    pl_rc rc = is_end ? ended(r, leaf, "waiver", PL_STATEMENT_WAIVER, &row, err)
                      : add(r, leaf, PL_STATEMENT_WAIVER, "finding", "rationale", &row, err);

    if (rc)
        return rc;
    if (is_end) {
        row->is_revoked = true;
        row->s.why = text(r, "reason");
        return PL_OK;
    }
    row->klass = text(r, "class");
    row->kind = text(r, "kind");
    bindings(r, row);
    return PL_OK;
}

static pl_rc window(struct reading *r, const json_t *leaf, pl_err *err)
{
    pl_govern_row *row = NULL;
    bool is_end = pl_str_eq(text(r, "act"), PL_S("close"));
    pl_rc rc = is_end ? ended(r, leaf, "window", PL_STATEMENT_WINDOW, &row, err)
                      : add(r, leaf, PL_STATEMENT_WINDOW, "container", "reason", &row, err);

    if (rc)
        return rc;
    if (is_end) {
        row->s.why = text(r, "found");
        texts(r, "written", &row->s.written, &row->s.n_written);
        texts(r, "executed", &row->s.executed, &row->s.n_executed);
        return PL_OK;
    }
    row->name = text(r, "name");
    row->s.title = row->name;
    texts(r, "checks", &row->checks, &row->n_checks);
    return PL_OK;
}

static pl_rc review(struct reading *r, const json_t *leaf, pl_err *err)
{
    pl_govern_row *row = NULL;
    pl_rc rc = add(r, leaf, PL_STATEMENT_REVIEW, "day", "statement", &row, err);

    if (!rc)
        row->day = row->s.what;
    return rc;
}

static pl_rc evaluation(struct reading *r, const json_t *leaf, pl_err *err)
{
    pl_govern_row *row = NULL;
    pl_rc rc = add(r, leaf, PL_STATEMENT_EVALUATION, "finding", "reason", &row, err);

    if (rc)
        return rc;
    row->impact = text(r, "impact");
    row->reachable = text(r, "reachable");
    row->exploitable = text(r, "exploitable");
    return PL_OK;
}

static pl_rc push_change(struct reading *r, const json_t *item, int64_t seen_us, pl_err *err)
{
    pl_govern *g = r->g;

    if (g->n_changes == g->room_changes) {
        size_t room = g->room_changes ? g->room_changes * 2 : 32;
        pl_change *v = pl_arena_calloc(r->a, room, sizeof(*v));
        if (!v)
            return pl_fail(err, PL_LIMIT, "entry %lld: changes", (long long)r->index);
        if (g->n_changes)
            memcpy(v, g->changes, g->n_changes * sizeof(*v));
        g->changes = v;
        g->room_changes = room;
    }
    g->changes[g->n_changes++] = (pl_change){.name = text_at(r, item, "name"),
                                             .was = text_at(r, item, "was"),
                                             .is = text_at(r, item, "is"),
                                             .seen_us = seen_us,
                                             .number = r->index};
    return PL_OK;
}

static pl_rc changes(struct reading *r, const json_t *leaf, pl_err *err)
{
    const json_t *list = json_object_get(r->body, "changed");
    int64_t seen = 0;
    pl_rc rc = PL_OK;

    (void)pl_time_parse(text_at(r, leaf, "t"), &seen);
    r->g->last_change = (uint64_t)r->index;
    for (size_t i = 0; !rc && i < json_array_size(list); i++)
        rc = push_change(r, json_array_get(list, i), seen, err);
    return rc;
}

static pl_rc ingested(struct reading *r, pl_err *err)
{
    pl_govern *g = r->g;

    if (g->n_ingested == g->room_ingested) {
        size_t room = g->room_ingested ? g->room_ingested * 2 : 32;
        uint64_t *v = pl_arena_calloc(r->a, room, sizeof(*v));
        if (!v)
            return pl_fail(err, PL_LIMIT, "entry %lld: runs of other tools", (long long)r->index);
        if (g->n_ingested)
            memcpy(v, g->ingested, g->n_ingested * sizeof(*v));
        g->ingested = v;
        g->room_ingested = room;
    }
    g->ingested[g->n_ingested++] = (uint64_t)r->index;
    return PL_OK;
}

static pl_rc take(struct reading *r, const json_t *leaf, pl_err *err)
{
    pl_str type = text_at(r, leaf, "type");

    r->body = json_object_get(leaf, "body");
    if (pl_str_eq(type, PL_S(PL_GOVERN_ATTEST)))
        return attestation(r, leaf, err);
    if (pl_str_eq(type, PL_S(PL_GOVERN_WAIVE)))
        return waiver(r, leaf, err);
    if (pl_str_eq(type, PL_S(PL_GOVERN_WINDOW)))
        return window(r, leaf, err);
    if (pl_str_eq(type, PL_S(PL_GOVERN_EVALUATE)))
        return evaluation(r, leaf, err);
    if (pl_str_eq(type, PL_S(PL_GOVERN_REVIEW)))
        return review(r, leaf, err);
    if (pl_str_eq(type, PL_S(PL_GOVERN_CHANGE)))
        return changes(r, leaf, err);
    if (pl_str_eq(type, PL_S(PL_GOVERN_INGESTED)))
        return ingested(r, err);
    return pl_fail(err, PL_FORMAT, "entry %lld: is no statement", (long long)r->index);
}

pl_rc pl_govern_read(pl_log *log, const uint64_t *entries, size_t n, pl_arena *a, pl_govern *ret,
                     pl_err *err)
{
    pl_rc rc = PL_OK;

    *ret = (pl_govern){.last_change = UINT64_MAX};
    for (size_t i = 0; !rc && i < n; i++) {
        struct reading r = {.g = ret, .a = a, .index = (int64_t)entries[i]};
        json_t *leaf = NULL;
        rc = pl_log_leaf_json(log, entries[i], &leaf, err);
        if (!rc)
            rc = take(&r, leaf, err);
        if (!rc && r.is_full)
            rc = pl_fail(err, PL_LIMIT, "entry %lld: statements do not fit the memory of the run",
                         (long long)r.index);
        json_decref(leaf);
    }
    return rc;
}

const pl_govern_row *pl_govern_row_of(const pl_govern *g, int64_t number, pl_statement_kind kind)
{
    return row_of(g, number, kind);
}

const pl_govern_row *pl_govern_attestation(const pl_govern *g, pl_str control)
{
    for (size_t i = g->n; i-- > 0;)
        if (pl_statement_is(&g->rows[i].s, PL_STATEMENT_ATTESTATION) &&
            pl_str_eq(g->rows[i].s.what, control))
            return &g->rows[i];
    return NULL;
}
