/* SPDX-License-Identifier: Apache-2.0 */
/* From collected records to the bytes of the file: number the strings, sort, write sections. */
#include "vuln/db_build_private.h"
#include "vuln/dbfile.h"
#include "vuln/limits.h"
#include "vuln/xxh64.h"

#include <string.h>

/* One record's word on one vulnerability in one package, before its place is known. */
struct tuple {
    uint32_t ecosystem, package; /* places of the strings */
    uint32_t vuln;
    uint32_t record, affected;
};

struct span {
    uint32_t first, n;
};

struct layout {
    pl_db_build *b;
    pl_strtab strings;
    uint32_t *rank, *order; /* of the strings */
    uint32_t *vuln_of;      /* place of a name -> vulnerability + 1, 0: is none */
    uint32_t n_vulns;
    uint32_t *vulns; /* PL_DB_WORDS of VULN each */
    struct tuple *tuples;
    size_t n_tuples;
    struct span *aliases; /* of each record */
    pl_buf out[PL_DB_SECTIONS];
};

enum { VULN_WORDS = 8 };

static void done(struct layout *l)
{
    pl_strtab_done(&l->strings);
    free(l->rank);
    free(l->order);
    free(l->vuln_of);
    free(l->vulns);
    free(l->tuples);
    free(l->aliases);
    for (size_t i = 0; i < PL_DB_SECTIONS; i++)
        pl_buf_done(&l->out[i]);
}

static pl_rc no_memory(pl_err *err)
{
    return pl_fail(err, PL_NOMEM, "out of memory for the advisory database");
}

static bool intern(struct layout *l, pl_str s)
{
    uint32_t number;
    return pl_strtab_add(&l->strings, s, &number);
}

static bool intern_list(struct layout *l, const pl_str *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!intern(l, v[i]))
            return false;
    return true;
}

static bool intern_affected(struct layout *l, const pl_osv_affected *aff)
{
    bool ok = intern(l, aff->ecosystem) && intern(l, aff->package) && intern(l, aff->module) &&
              intern(l, aff->arch);

    for (size_t i = 0; i < aff->n_intervals; i++)
        ok = ok && intern(l, aff->intervals[i].lo) && intern(l, aff->intervals[i].hi);
    return ok && intern_list(l, aff->versions, aff->n_versions);
}

static bool intern_record(struct layout *l, const pl_osv_record *rec)
{
    bool ok = intern(l, rec->summary) && intern_list(l, rec->names, rec->n_names) &&
              intern_list(l, rec->aliases, rec->n_aliases);

    for (size_t i = 0; i < rec->n_affected; i++)
        ok = ok && intern_affected(l, &rec->affected[i]);
    return ok;
}

static bool intern_all(struct layout *l)
{
    bool ok = pl_strtab_init(&l->strings);

    for (size_t i = 0; i < l->b->n_records && ok; i++)
        if (pl_db_is_live(&l->b->records[i]))
            ok = intern_record(l, &l->b->records[i]);
    for (size_t i = 0; i < l->b->kev.n && ok; i++)
        ok = intern(l, l->b->kev.v[i].due);
    for (size_t i = 0; i < l->b->n_feeds && ok; i++)
        ok = intern(l, l->b->feeds[i].name) && intern(l, l->b->feeds[i].source) &&
             intern(l, l->b->feeds[i].version);
    l->rank = calloc(l->strings.n, sizeof(*l->rank));
    l->order = calloc(l->strings.n, sizeof(*l->order));
    return ok && l->rank && l->order && pl_strtab_sort(&l->strings, l->rank, l->order);
}

/* Place of a string that intern_all has seen. */
static uint32_t place(const struct layout *l, pl_str s)
{
    uint32_t number = 0;
    (void)pl_strtab_find(&l->strings, s, &number);
    return l->rank[number];
}

/* Marks the names, then numbers them in their order. */
static bool number_vulns(struct layout *l)
{
    l->vuln_of = calloc(l->strings.n, sizeof(*l->vuln_of));
    if (!l->vuln_of)
        return false;
    for (size_t i = 0; i < l->b->n_records; i++) {
        const pl_osv_record *rec = &l->b->records[i];
        for (size_t k = 0; pl_db_is_live(rec) && k < rec->n_names; k++)
            l->vuln_of[place(l, rec->names[k])] = 1;
    }
    for (size_t i = 0; i < l->strings.n; i++)
        if (l->vuln_of[i])
            l->vuln_of[i] = ++l->n_vulns;
    l->vulns = calloc((size_t)l->n_vulns + 1, VULN_WORDS * sizeof(*l->vulns));
    for (size_t i = 0; l->vulns && i < l->strings.n; i++)
        if (l->vuln_of[i])
            l->vulns[(size_t)(l->vuln_of[i] - 1) * VULN_WORDS + PL_VULN_NAME] = (uint32_t)i;
    return l->vulns != NULL;
}

/* The vulnerability of a name, NULL: the database does not hold it. */
static uint32_t *vuln_named(const struct layout *l, pl_str name)
{
    uint32_t number;

    if (!pl_strtab_find(&l->strings, name, &number))
        return NULL;
    uint32_t index = l->vuln_of[l->rank[number]];
    return index ? &l->vulns[(size_t)(index - 1) * VULN_WORDS] : NULL;
}

/* Distributions name the package and say no more: "apache-log4j2 - security update". */
static bool is_telling(pl_str summary)
{
    return summary.n && !pl_str_ends(summary, PL_S(" - security update"));
}

/* The first that says something; else, in a second round, the first. */
static void summarise_vulns(const struct layout *l, bool any)
{
    for (size_t i = 0; i < l->b->n_records; i++) {
        const pl_osv_record *rec = &l->b->records[i];
        if (!pl_db_is_live(rec) || !(any || is_telling(rec->summary)))
            continue;
        for (size_t k = 0; k < rec->n_names; k++) {
            uint32_t *v = vuln_named(l, rec->names[k]);
            if (!v[PL_VULN_SUMMARY])
                v[PL_VULN_SUMMARY] = place(l, rec->summary);
        }
    }
}

/* Several records may speak of it: the earliest date and the highest score. */
static void describe_vuln(const pl_osv_record *rec, uint32_t *v)
{
    uint64_t known = (uint64_t)v[PL_VULN_PUBLISHED_HI] << 32 | v[PL_VULN_PUBLISHED_LO];
    uint64_t published = (uint64_t)rec->published_us;

    if (published && (!known || published < known)) {
        v[PL_VULN_PUBLISHED_LO] = (uint32_t)published;
        v[PL_VULN_PUBLISHED_HI] = (uint32_t)(published >> 32);
    }
    if ((uint32_t)(rec->cvss + 1) > v[PL_VULN_CVSS])
        v[PL_VULN_CVSS] = (uint32_t)(rec->cvss + 1);
}

static void describe_vulns(struct layout *l)
{
    pl_db_build *b = l->b;

    for (size_t i = 0; i < b->n_records; i++)
        for (size_t k = 0; pl_db_is_live(&b->records[i]) && k < b->records[i].n_names; k++)
            describe_vuln(&b->records[i], vuln_named(l, b->records[i].names[k]));
    summarise_vulns(l, false);
    summarise_vulns(l, true);
    for (size_t i = 0; i < b->kev.n; i++) {
        uint32_t *v = vuln_named(l, b->kev.v[i].cve);
        if (v) {
            v[PL_VULN_KEV] = 1;
            v[PL_VULN_KEV_DUE] = place(l, b->kev.v[i].due);
        }
    }
    for (size_t i = 0; i < b->epss.n; i++) {
        uint32_t *v = vuln_named(l, b->epss.v[i].cve);
        if (v)
            v[PL_VULN_EPSS_PPM] = b->epss.v[i].ppm + 1;
    }
}

static void add_tuples(struct layout *l, uint32_t record)
{
    const pl_osv_record *rec = &l->b->records[record];

    for (size_t i = 0; i < rec->n_affected; i++)
        for (size_t k = 0; k < rec->n_names; k++)
            l->tuples[l->n_tuples++] =
                (struct tuple){.ecosystem = place(l, rec->affected[i].ecosystem),
                               .package = place(l, rec->affected[i].package),
                               .vuln = l->vuln_of[place(l, rec->names[k])] - 1,
                               .record = record,
                               .affected = (uint32_t)i};
}

static int by_place(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    for (size_t i = 0; i < sizeof(struct tuple) / sizeof(*a); i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static pl_rc collect_tuples(struct layout *l, pl_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < l->b->n_records; i++)
        if (pl_db_is_live(&l->b->records[i]))
            n += l->b->records[i].n_affected * l->b->records[i].n_names;
    if (n > PL_VULN_ENTRIES_MAX)
        return pl_fail(err, PL_LIMIT, "%zu entries", n);
    l->tuples = calloc(n + 1, sizeof(*l->tuples));
    if (!l->tuples)
        return no_memory(err);
    for (size_t i = 0; i < l->b->n_records; i++)
        if (pl_db_is_live(&l->b->records[i]))
            add_tuples(l, (uint32_t)i);
    qsort(l->tuples, l->n_tuples, sizeof(*l->tuples), by_place);
    return PL_OK;
}

static void put(struct layout *l, enum pl_db_section s, uint32_t v)
{
    pl_buf_u32le(&l->out[s], v);
}

static uint32_t count(const struct layout *l, enum pl_db_section s, size_t words)
{
    return (uint32_t)(l->out[s].n / (4 * words));
}

static void put_strings(struct layout *l)
{
    for (size_t i = 0; i < l->strings.n; i++) {
        pl_buf_str(&l->out[PL_DB_TEXT], l->strings.v[l->order[i]]);
        put(l, PL_DB_STRING, (uint32_t)l->out[PL_DB_TEXT].n);
    }
}

static bool put_aliases(struct layout *l)
{
    l->aliases = calloc(l->b->n_records + 1, sizeof(*l->aliases));
    for (size_t i = 0; l->aliases && i < l->b->n_records; i++) {
        const pl_osv_record *rec = &l->b->records[i];
        if (!pl_db_is_live(rec))
            continue;
        l->aliases[i] = (struct span){count(l, PL_DB_ALIAS, 1), (uint32_t)rec->n_aliases};
        for (size_t k = 0; k < rec->n_aliases; k++)
            put(l, PL_DB_ALIAS, place(l, rec->aliases[k]));
    }
    return l->aliases != NULL;
}

static void put_vulns(struct layout *l)
{
    for (size_t i = 0; i < (size_t)l->n_vulns * VULN_WORDS; i++)
        put(l, PL_DB_VULN, l->vulns[i]);
}

static void put_entry(struct layout *l, const struct tuple *t)
{
    const pl_osv_affected *aff = &l->b->records[t->record].affected[t->affected];

    put(l, PL_DB_ENTRY, t->vuln);
    put(l, PL_DB_ENTRY, aff->severity);
    put(l, PL_DB_ENTRY, count(l, PL_DB_INTERVAL, 3));
    put(l, PL_DB_ENTRY, (uint32_t)aff->n_intervals);
    put(l, PL_DB_ENTRY, count(l, PL_DB_VERSION, 1));
    put(l, PL_DB_ENTRY, (uint32_t)aff->n_versions);
    put(l, PL_DB_ENTRY, l->aliases[t->record].first);
    put(l, PL_DB_ENTRY, l->aliases[t->record].n);
    put(l, PL_DB_ENTRY, aff->state);
    put(l, PL_DB_ENTRY, place(l, aff->module));
    put(l, PL_DB_ENTRY, place(l, aff->arch));
    for (size_t i = 0; i < aff->n_intervals; i++) {
        put(l, PL_DB_INTERVAL, aff->intervals[i].end);
        put(l, PL_DB_INTERVAL, place(l, aff->intervals[i].lo));
        put(l, PL_DB_INTERVAL, place(l, aff->intervals[i].hi));
    }
    for (size_t i = 0; i < aff->n_versions; i++)
        put(l, PL_DB_VERSION, place(l, aff->versions[i]));
}

/* Length of the run of tuples from `from` on that share ecosystem (and package). */
static size_t run_of(const struct layout *l, size_t from, bool same_package)
{
    const struct tuple *t = &l->tuples[from];
    size_t n = 1;

    while (from + n < l->n_tuples && t[n].ecosystem == t->ecosystem &&
           (!same_package || t[n].package == t->package))
        n++;
    return n;
}

static void put_packages(struct layout *l, size_t from, size_t n)
{
    for (size_t end = from + n; from < end; from += n) {
        n = run_of(l, from, true);
        put(l, PL_DB_PACKAGE, l->tuples[from].package);
        put(l, PL_DB_PACKAGE, (uint32_t)from);
        put(l, PL_DB_PACKAGE, (uint32_t)n);
    }
}

static void put_ecosystems(struct layout *l)
{
    for (size_t from = 0, n; from < l->n_tuples; from += n) {
        n = run_of(l, from, false);
        uint32_t first = count(l, PL_DB_PACKAGE, 3);
        put_packages(l, from, n);
        put(l, PL_DB_ECOSYSTEM, l->tuples[from].ecosystem);
        put(l, PL_DB_ECOSYSTEM, first);
        put(l, PL_DB_ECOSYSTEM, count(l, PL_DB_PACKAGE, 3) - first);
    }
}

static void put_feeds(struct layout *l)
{
    for (size_t i = 0; i < l->b->n_feeds; i++) {
        const struct pl_db_feed_row *f = &l->b->feeds[i];
        put(l, PL_DB_FEED, place(l, f->name));
        put(l, PL_DB_FEED, place(l, f->source));
        put(l, PL_DB_FEED, place(l, f->version));
        put(l, PL_DB_FEED, f->records);
        pl_buf_u64le(&l->out[PL_DB_FEED], (uint64_t)f->newest_us);
    }
}

static void pad(pl_buf *out)
{
    while (out->n % PL_DB_ALIGN && pl_buf_ok(out))
        pl_buf_ch(out, '\0');
}

static void set_u32(char *at, uint32_t v)
{
    v = htole32(v);
    memcpy(at, &v, sizeof(v));
}

static void set_u64(char *at, uint64_t v)
{
    v = htole64(v);
    memcpy(at, &v, sizeof(v));
}

static void fill_header(const struct layout *l, int64_t now_us, pl_buf *out)
{
    char *h = out->p;
    pl_str body = {h + PL_DB_HEADER, out->n - PL_DB_HEADER};

    memcpy(h, PL_DB_MAGIC, 8);
    set_u32(h + PL_DB_AT_FORMAT, PL_DB_FORMAT);
    set_u32(h + PL_DB_AT_HEADER, PL_DB_HEADER);
    set_u64(h + PL_DB_AT_SIZE, out->n);
    set_u64(h + PL_DB_AT_CREATED, (uint64_t)now_us);
    set_u64(h + PL_DB_AT_CHECKSUM, pl_xxh64(body, 0));
    pl_sha256_of(body, (unsigned char *)h + PL_DB_AT_DIGEST);
    set_u32(h + PL_DB_AT_MALFORMED, l->b->counts.malformed);
    set_u32(h + PL_DB_AT_SKIPPED, l->b->counts.skipped);
    set_u32(h + PL_DB_AT_WITHDRAWN, l->b->counts.withdrawn);
    set_u64(h + PL_DB_AT_HEADER_SUM, pl_xxh64((pl_str){h, PL_DB_AT_HEADER_SUM}, 0));
}

static pl_rc assemble(struct layout *l, int64_t now_us, pl_buf *ret, pl_err *err)
{
    static const size_t words[PL_DB_SECTIONS] = {
#define X(sym, words) [PL_DB_##sym] = (words),
        PL_DB_SECTION_LIST(X)
#undef X
    };
    char header[PL_DB_HEADER] = {0};
    size_t at[PL_DB_SECTIONS];

    pl_buf_add(ret, header, sizeof(header));
    for (size_t s = 0; s < PL_DB_SECTIONS; s++) {
        at[s] = ret->n;
        if (!pl_buf_ok(&l->out[s]))
            return no_memory(err);
        pl_buf_str(ret, pl_buf_view(&l->out[s]));
        pad(ret);
    }
    if (!pl_buf_ok(ret))
        return pl_fail(err, PL_LIMIT, "the advisory database would be larger than %zu bytes",
                       ret->max);
    for (size_t s = 0; s < PL_DB_SECTIONS; s++) {
        size_t n = l->out[s].n / (words[s] ? 4 * words[s] : 1);
        set_u32(ret->p + PL_DB_AT_SECTIONS + 8 * s, (uint32_t)at[s]);
        set_u32(ret->p + PL_DB_AT_SECTIONS + 8 * s + 4, (uint32_t)n);
    }
    fill_header(l, now_us, ret);
    return PL_OK;
}

static void count_all(pl_db_build *b)
{
    b->counts.records = (uint32_t)b->n_records;
    b->counts.kev = (uint32_t)b->kev.n;
    b->counts.epss = (uint32_t)b->epss.n;
    for (size_t i = 0; i < b->n_records; i++) {
        b->counts.withdrawn += b->records[i].is_withdrawn;
        b->counts.skipped += !b->records[i].is_withdrawn && !b->records[i].n_affected;
    }
    for (size_t i = 0; i < b->n_feeds; i++) {
        if (pl_str_eq(b->feeds[i].name, PL_S("kev")))
            b->feeds[i].records = b->counts.kev;
        if (pl_str_eq(b->feeds[i].name, PL_S("epss")))
            b->feeds[i].records = b->counts.epss;
    }
}

pl_rc pl_db_finish(pl_db_build *b, int64_t now_us, pl_buf *ret, pl_db_counts *counts, pl_err *err)
{
    PL_CLEANUP(done) struct layout l = {.b = b};

    count_all(b);
    for (size_t s = 0; s < PL_DB_SECTIONS; s++)
        l.out[s].max = PL_VULN_DB_MAX;
    ret->max = PL_VULN_DB_MAX;
    if (!intern_all(&l) || !number_vulns(&l))
        return no_memory(err);
    describe_vulns(&l);
    pl_rc rc = collect_tuples(&l, err);
    if (rc != PL_OK)
        return rc;
    put_strings(&l);
    put_vulns(&l);
    if (!put_aliases(&l))
        return no_memory(err);
    for (size_t i = 0; i < l.n_tuples; i++)
        put_entry(&l, &l.tuples[i]);
    put_ecosystems(&l);
    put_feeds(&l);
    b->counts.vulnerabilities = l.n_vulns;
    b->counts.packages = count(&l, PL_DB_PACKAGE, 3);
    b->counts.entries = (uint32_t)l.n_tuples;
    *counts = b->counts;
    return assemble(&l, now_us, ret, err);
}
