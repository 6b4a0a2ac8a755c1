/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/db_build.h"

#include "vuln/db_build_private.h"
#include "vuln/ecosystem.h"
#include "vuln/limits.h"

pl_db_build *pl_db_build_new(void)
{
    PL_AUTO_DB_BUILD pl_db_build *b = calloc(1, sizeof(*b));

    if (!b)
        return NULL;
    b->arena = pl_arena_new(PL_VULN_BUILD_MAX);
    if (!b->arena || !pl_strtab_init(&b->ids))
        return NULL;
    return PL_TAKE(b, NULL);
}

void pl_db_build_free(pl_db_build *b)
{
    if (!b)
        return;
    pl_arena_free(b->arena);
    pl_strtab_done(&b->ids);
    free(b->records);
    free(b->by_id);
    free(b->kev.v);
    free(b->epss.v);
    free(b);
}

/* Room for item n of a list that doubles. */
static bool grow(void *list, size_t *room, size_t n, size_t size)
{
    void **base = list;
    enum { FIRST = 256 };

    if (n < *room)
        return true;
    size_t bigger = *room ? 2 * *room : FIRST;
    while (bigger <= n)
        bigger *= 2;
    void *p = reallocarray(*base, bigger, size);
    if (!p)
        return false;
    *base = p;
    *room = bigger;
    return true;
}

static pl_rc no_memory(pl_err *err)
{
    return pl_fail(err, PL_NOMEM, "out of memory for the advisories");
}

/* The feed's row, made if it is new. NULL: see err. */
static struct pl_db_feed_row *get_feed(pl_db_build *b, pl_str name, pl_str source, pl_err *err)
{
    for (size_t i = 0; i < b->n_feeds; i++)
        if (pl_str_eq(b->feeds[i].name, name))
            return &b->feeds[i];
    if (b->n_feeds == PL_DB_FEEDS_MAX) {
        (void)pl_fail(err, PL_LIMIT, "more than %d feeds", PL_DB_FEEDS_MAX);
        return NULL;
    }
    struct pl_db_feed_row row = {.name = pl_arena_str(b->arena, name),
                                 .source = pl_arena_str(b->arena, source)};
    if (!row.name.p || !row.source.p) {
        (void)no_memory(err);
        return NULL;
    }
    b->feeds[b->n_feeds] = row;
    return &b->feeds[b->n_feeds++];
}

/* Counts the record once for each distribution that it speaks of. */
static pl_rc count_record(pl_db_build *b, const pl_osv_record *rec, pl_str source, pl_err *err)
{
    struct pl_db_feed_row *last = NULL;

    for (size_t i = 0; i < rec->n_affected; i++) {
        struct pl_db_feed_row *feed =
            get_feed(b, pl_ecosystem_family(rec->affected[i].ecosystem), source, err);
        if (!feed)
            return PL_LIMIT;
        if (feed != last)
            feed->records++;
        last = feed;
        if (rec->modified_us > feed->newest_us)
            feed->newest_us = rec->modified_us;
    }
    return PL_OK;
}

/* Drops the packages of other ecosystems; false: the record has none left. */
static bool choose(const pl_db_build *b, pl_osv_record *rec)
{
    size_t kept = 0, n = rec->n_affected;

    for (size_t i = 0; i < n; i++)
        if (pl_ecosystem_is_in(b->only, rec->affected[i].ecosystem))
            rec->affected[kept++] = rec->affected[i];
    rec->n_affected = kept;
    return kept || !n;
}

static pl_rc keep_record(pl_db_build *b, const pl_osv_record *rec, pl_str source, pl_err *err)
{
    uint32_t id, known = (uint32_t)b->ids.n;

    if (!pl_strtab_add(&b->ids, rec->id, &id) ||
        !grow(&b->by_id, &b->room_by_id, id, sizeof(*b->by_id)) ||
        !grow(&b->records, &b->room, b->n_records, sizeof(*b->records)))
        return no_memory(err);
    if (id < known) {
        pl_osv_record *old = &b->records[b->by_id[id]];
        b->counts.duplicates++;
        if (rec->modified_us > old->modified_us)
            *old = *rec;
        return PL_OK;
    }
    b->by_id[id] = (uint32_t)b->n_records;
    b->records[b->n_records++] = *rec;
    return count_record(b, rec, source, err);
}

pl_rc pl_db_add_records(pl_db_build *b, pl_rd *encoded, pl_str source, pl_err *err)
{
    while (encoded->n) {
        pl_osv_record rec;
        pl_rc rc = pl_osv_decode(encoded, b->arena, &rec, err);
        if (rc == PL_OK && !choose(b, &rec)) {
            b->counts.not_chosen++;
            continue;
        }
        if (rc == PL_OK)
            rc = keep_record(b, &rec, source, err);
        if (rc != PL_OK)
            return rc;
    }
    return PL_OK;
}

void pl_db_build_only(pl_db_build *b, pl_str ecosystems)
{
    b->only = ecosystems;
}

void pl_db_add_malformed(pl_db_build *b, uint32_t n)
{
    b->counts.malformed += n;
}

static pl_rc add_row(pl_db_build *b, struct pl_db_rows *rows, const struct pl_db_row *row,
                     pl_err *err)
{
    struct pl_db_row copy = {.cve = pl_arena_str(b->arena, row->cve),
                             .due = pl_arena_str(b->arena, row->due),
                             .ppm = row->ppm};

    if (!copy.cve.p || !copy.due.p || !grow(&rows->v, &rows->room, rows->n, sizeof(*rows->v)))
        return no_memory(err);
    rows->v[rows->n++] = copy;
    return PL_OK;
}

pl_rc pl_db_add_kev(pl_db_build *b, pl_str cve, pl_str due, pl_err *err)
{
    return add_row(b, &b->kev, &(struct pl_db_row){.cve = cve, .due = due}, err);
}

pl_rc pl_db_add_epss(pl_db_build *b, pl_str cve, uint32_t ppm, pl_err *err)
{
    return add_row(b, &b->epss, &(struct pl_db_row){.cve = cve, .due = PL_S(""), .ppm = ppm}, err);
}

pl_rc pl_db_add_feed(pl_db_build *b, pl_str name, pl_str source, pl_str version, int64_t newest_us,
                     pl_err *err)
{
    struct pl_db_feed_row *feed = get_feed(b, name, source, err);

    if (!feed)
        return PL_LIMIT;
    feed->version = pl_arena_str(b->arena, version);
    feed->newest_us = newest_us;
    return feed->version.p ? PL_OK : no_memory(err);
}
