/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/match.h"

#include "vuln/db.h"
#include "vuln/ecosystem.h"
#include "vuln/limits.h"
#include "vuln/osv_range.h"
#include "vuln/version.h"

#include <assert.h>
#include <string.h>

struct match {
    const pl_advisories *db;
    pl_arena *a;
    unsigned flags;
    pl_version_order order;
    pl_vuln_hit *hits;
    size_t n, room;
    pl_err *err;
};

/* What the records of one vulnerability say together. */
struct sum {
    bool is_affected;
    bool has_open; /* affected by a record that knows no fix */
    pl_str fixed;
    pl_severity severity;
    pl_fix_state state; /* of the records that know no fix, the strongest */
};

static pl_osv_interval interval_at(const pl_advisories *db, size_t i)
{
    return (pl_osv_interval){.end = (pl_osv_end)PL_DB_GET(db, INTERVAL, i, 0),
                             .lo = pl_db_str(db, PL_DB_GET(db, INTERVAL, i, 1)),
                             .hi = pl_db_str(db, PL_DB_GET(db, INTERVAL, i, 2))};
}

static bool is_listed(const struct match *m, size_t entry, pl_str version)
{
    size_t first = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_FIRST_VERSION);
    size_t n = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_N_VERSIONS);

    for (size_t i = 0; i < n; i++) {
        pl_str listed = pl_db_str(m->db, PL_DB_GET(m->db, VERSION, first + i, 0));
        if (pl_str_eq(version, listed) || m->order(version, listed) == PL_ORDER_EQUAL)
            return true;
    }
    return false;
}

struct word {
    bool is_affected;
    bool has_open; /* an interval that holds the version ends without a fix */
    pl_str fix;    /* highest of the intervals that hold the version */
    pl_str next;   /* lowest fix above the version, for versions that are only listed */
};

static void add_interval(const struct match *m, const pl_osv_interval *iv, pl_str version,
                         struct word *w)
{
    if (pl_osv_in_interval(iv, version, m->order)) {
        w->is_affected = true;
        w->has_open |= iv->end != PL_OSV_FIXED;
        if (iv->end == PL_OSV_FIXED && (!w->fix.n || m->order(iv->hi, w->fix) == PL_ORDER_GREATER))
            w->fix = iv->hi;
    } else if (iv->end == PL_OSV_FIXED && m->order(version, iv->hi) == PL_ORDER_LESS &&
               (!w->next.n || m->order(iv->hi, w->next) == PL_ORDER_LESS)) {
        w->next = iv->hi;
    }
}

static bool is_of_module(pl_str version)
{
    return pl_str_has(version, PL_S(".module+el")) || pl_str_has(version, PL_S(".module_el"));
}

/* In rpm distributions a fix within a module's stream is none for the package of the same name
 * outside of it, nor the other way round; the release of a version says which it is. */
static bool is_other_build(const struct match *m, const pl_osv_interval *iv, pl_str version)
{
    return m->order == pl_version_order_rpm && iv->end == PL_OSV_FIXED &&
           is_of_module(iv->hi) != is_of_module(version);
}

/* One record's word on the version. */
static struct word word_of(const struct match *m, size_t entry, pl_str version)
{
    size_t first = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_FIRST_INTERVAL);
    size_t n = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_N_INTERVALS);
    struct word w = {0};

    for (size_t i = 0; i < n; i++) {
        pl_osv_interval iv = interval_at(m->db, first + i);
        if (!is_other_build(m, &iv, version))
            add_interval(m, &iv, version, &w);
    }
    if (!w.is_affected && is_listed(m, entry, version)) {
        w.is_affected = true;
        w.fix = w.next;
    }
    w.has_open |= !w.fix.n;
    return w;
}

/*
 * Versions of a module stream are counted for themselves: what is said of "nodejs:18" holds for
 * packages of that stream. Without a label, as in most bills of materials, the stream is not known
 * and nothing is left out.
 */
static bool is_of_stream(const struct match *m, size_t entry, pl_str label)
{
    pl_str module = pl_db_str(m->db, PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_MODULE));
    pl_str rest = pl_str_sub(label, module.n, label.n);

    return !module.n || !label.n || (pl_str_starts(label, module) && (!rest.n || *rest.p == ':'));
}

/* "x86_64" of "pkg:rpm/ol/bash@5?arch=x86_64&distro=ol-9"; empty: it is for any machine, or does
 * not say. Packages for 32 bits come with the fixes of the machine that they run on. */
static pl_str arch_of(pl_str purl)
{
    pl_str rest = purl, part;

    (void)pl_str_cut(&rest, '?', &part);
    while (pl_str_cut(&rest, '&', &part))
        if (pl_str_starts(part, PL_S("arch="))) {
            part = pl_str_sub(part, 5, part.n);
            bool is_small = part.n == 4 && part.p[0] == 'i' && pl_str_ends(part, PL_S("86"));
            return is_small                          ? PL_S("x86_64")
                   : pl_str_eq(part, PL_S("noarch")) ? (pl_str){"", 0}
                                                     : part;
        }
    return (pl_str){"", 0};
}

/* A distribution may rebuild a fix for one machine only, under a number of its own. */
static bool is_of_arch(const struct match *m, size_t entry, pl_str purl)
{
    pl_str list = pl_db_str(m->db, PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_ARCH)), one;
    pl_str arch = list.n ? arch_of(purl) : list;

    if (!arch.n)
        return true;
    while (pl_str_cut(&list, ' ', &one))
        if (pl_str_eq(one, arch))
            return true;
    return false;
}

static void add_entry(const struct match *m, size_t entry, pl_str version, struct sum *sum)
{
    pl_severity s = (pl_severity)PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_SEVERITY);
    struct word w = word_of(m, entry, version);

    if (s != PL_UNKNOWN_SEVERITY && (sum->severity == PL_UNKNOWN_SEVERITY || s > sum->severity))
        sum->severity = s;
    if (!w.is_affected)
        return;
    sum->is_affected = true;
    sum->has_open |= w.has_open;
    pl_fix_state state = (pl_fix_state)PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_STATE);
    if (w.has_open && state > sum->state)
        sum->state = state;
    if (w.fix.n && (!sum->fixed.n || m->order(w.fix, sum->fixed) == PL_ORDER_GREATER))
        sum->fixed = w.fix;
}

static bool grow(struct match *m)
{
    enum { FIRST = 64 };

    if (m->n < m->room)
        return true;
    size_t room = m->room ? 2 * m->room : FIRST;
    pl_vuln_hit *v = room > PL_VULN_HITS_MAX ? NULL : pl_arena_calloc(m->a, room, sizeof(*v));
    if (!v)
        return false;
    if (m->n)
        memcpy(v, m->hits, m->n * sizeof(*v));
    m->hits = v;
    m->room = room;
    return true;
}

/* The other ids of the vulnerability, from all of its entries, each once. */
static bool take_aliases(const struct match *m, size_t entry, size_t n, pl_vuln_facts *f)
{
    size_t room = 0;

    for (size_t i = 0; i < n; i++)
        room += PL_DB_GET(m->db, ENTRY, entry + i, PL_ENTRY_N_ALIASES);
    f->aliases = pl_arena_calloc(m->a, room, sizeof(*f->aliases));
    for (size_t i = 0; f->aliases && i < n; i++) {
        size_t first = PL_DB_GET(m->db, ENTRY, entry + i, PL_ENTRY_FIRST_ALIAS);
        size_t count = PL_DB_GET(m->db, ENTRY, entry + i, PL_ENTRY_N_ALIASES);
        for (size_t k = 0; k < count; k++) {
            pl_str alias = pl_db_str(m->db, PL_DB_GET(m->db, ALIAS, first + k, 0));
            size_t seen = 0;
            while (seen < f->n_aliases && !pl_str_eq(f->aliases[seen], alias))
                seen++;
            if (seen == f->n_aliases)
                f->aliases[f->n_aliases++] = alias;
        }
    }
    return f->aliases != NULL;
}

static pl_vuln_facts facts_of(const pl_vuln_query *q, const pl_advisories *db, uint32_t vuln)
{
    return (pl_vuln_facts){
        .advisory = pl_db_str(db, PL_DB_GET(db, VULN, vuln, PL_VULN_NAME)),
        .package = q->name,
        .version = q->version,
        .source = q->source.n ? q->source : q->name,
        .source_version = q->source_version.n ? q->source_version : q->version,
        .ecosystem = q->ecosystem,
        .purl = q->purl,
        .path = q->path,
        .layer = q->layer,
        .confidence = q->is_guessed ? "guessed" : NULL,
        .summary = pl_db_str(db, PL_DB_GET(db, VULN, vuln, PL_VULN_SUMMARY)),
        .cvss_tenths = (int32_t)PL_DB_GET(db, VULN, vuln, PL_VULN_CVSS) - 1,
        .kev = PL_DB_GET(db, VULN, vuln, PL_VULN_KEV) != 0,
        .kev_due = pl_db_str(db, PL_DB_GET(db, VULN, vuln, PL_VULN_KEV_DUE)),
        .epss_ppm = (int32_t)PL_DB_GET(db, VULN, vuln, PL_VULN_EPSS_PPM) - 1,
    };
}

static pl_rc add_hit(struct match *m, const pl_vuln_query *q, size_t index, size_t entry, size_t n,
                     const struct sum *sum)
{
    uint32_t vuln = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_VULN);

    if (!grow(m))
        return pl_fail(m->err, PL_LIMIT, "too many findings");
    pl_vuln_hit *hit = &m->hits[m->n++];
    *hit = (pl_vuln_hit){
        .facts = facts_of(q, m->db, vuln),
        .is_affected = sum->is_affected,
        .severity = sum->severity,
        .cvss = (int32_t)PL_DB_GET(m->db, VULN, vuln, PL_VULN_CVSS) - 1,
        .published_us =
            (int64_t)(PL_DB_GET(m->db, VULN, vuln, PL_VULN_PUBLISHED_LO) |
                      (uint64_t)PL_DB_GET(m->db, VULN, vuln, PL_VULN_PUBLISHED_HI) << 32),
        .query = index,
    };
    if (sum->is_affected && !sum->has_open)
        hit->facts.fixed_version = sum->fixed;
    hit->facts.fix_state = sum->state ? pl_fix_state_word(sum->state) : NULL;
    if (!take_aliases(m, entry, n, &hit->facts))
        return pl_fail(m->err, PL_LIMIT, "too many findings");
    return PL_OK;
}

/* Entries of one vulnerability stand side by side. */
static pl_rc match_entries(struct match *m, const pl_vuln_query *q, size_t index, uint32_t package,
                           pl_str version)
{
    size_t from = PL_DB_GET(m->db, PACKAGE, package, 1);
    size_t end = from + PL_DB_GET(m->db, PACKAGE, package, 2);
    pl_rc rc = PL_OK;

    for (size_t n; from < end && rc == PL_OK; from += n) {
        uint32_t vuln = PL_DB_GET(m->db, ENTRY, from, PL_ENTRY_VULN);
        struct sum sum = {.severity = PL_UNKNOWN_SEVERITY};
        for (n = 0; from + n < end && PL_DB_GET(m->db, ENTRY, from + n, PL_ENTRY_VULN) == vuln; n++)
            if (is_of_stream(m, from + n, q->module) && is_of_arch(m, from + n, q->purl))
                add_entry(m, from + n, version, &sum);
        if (sum.is_affected || (m->flags & PL_MATCH_ALL))
            rc = add_hit(m, q, index, from, n, &sum);
    }
    return rc;
}

static bool is_alias(const struct match *m, size_t entry, pl_str id)
{
    size_t first = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_FIRST_ALIAS);
    size_t n = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_N_ALIASES);

    for (size_t i = 0; i < n; i++)
        if (pl_str_eq_nocase(pl_db_str(m->db, PL_DB_GET(m->db, ALIAS, first + i, 0)), id))
            return true;
    return false;
}

static bool is_called(const struct match *m, size_t entry, pl_str id)
{
    uint32_t vuln = PL_DB_GET(m->db, ENTRY, entry, PL_ENTRY_VULN);

    return pl_str_eq_nocase(pl_db_str(m->db, PL_DB_GET(m->db, VULN, vuln, PL_VULN_NAME)), id) ||
           is_alias(m, entry, id);
}

static bool has_vulnerability(const struct match *m, uint32_t package, pl_str version, pl_str only)
{
    size_t from = PL_DB_GET(m->db, PACKAGE, package, 1);
    size_t n = PL_DB_GET(m->db, PACKAGE, package, 2);

    for (size_t i = 0; i < n; i++)
        if ((!only.n || is_called(m, from + i, only)) && word_of(m, from + i, version).is_affected)
            return true;
    return false;
}

/* "group:artifact" */
static pl_str artifact_of(pl_str name)
{
    pl_str group;

    (void)pl_str_cut(&name, ':', &group);
    return name;
}

/* Is an artifact of this name of another group affected at this version? The index is by whole
 * names, so all of the ecosystem are looked at; guesses are few. */
static bool may_be_another(const struct match *m, uint32_t ecosystem, pl_str source, pl_str version,
                           pl_str only)
{
    pl_str artifact = artifact_of(source);
    size_t first = PL_DB_GET(m->db, ECOSYSTEM, ecosystem, 1);
    size_t n = PL_DB_GET(m->db, ECOSYSTEM, ecosystem, 2);

    for (size_t i = first; artifact.n && i < first + n; i++) {
        pl_str name = pl_db_str(m->db, PL_DB_GET(m->db, PACKAGE, i, 0));
        if (pl_str_ends(name, artifact) && pl_str_eq(artifact_of(name), artifact) &&
            !pl_str_eq(name, source) && has_vulnerability(m, (uint32_t)i, version, only))
            return true;
    }
    return false;
}

static pl_rc match_one(struct match *m, const pl_vuln_query *q, size_t index, const char **ret_gap)
{
    pl_str ecosystem = pl_ecosystem_canonical(q->ecosystem);
    bool by_source = q->source.n && !pl_ecosystem_is_by_name(ecosystem);
    pl_str source = by_source ? q->source : q->name;
    pl_str version = by_source && q->source_version.n ? q->source_version : q->version;
    uint32_t found, package;

    /* What stands in no ecosystem is in no feed, and no update brings one. */
    *ret_gap = m->db && !ecosystem.n ? "no-feed" : pl_advisories_gap(m->db, ecosystem);
    assert(*ret_gap || m->db); /* without a database every ecosystem is a gap */
    if (*ret_gap || !pl_db_find_ecosystem(m->db, ecosystem, &found))
        return PL_OK;
    m->order = pl_version_order_find(ecosystem);
    pl_ecosystem_true_source(m->a, ecosystem, &source, &version);
    source = pl_ecosystem_package(m->a, ecosystem, source);
    if (!source.n)
        return pl_fail(m->err, PL_LIMIT, "too many packages");
    if (!version.n || m->order(version, version) == PL_ORDER_UNDEFINED) {
        *ret_gap = "unreadable";
        return PL_OK;
    }
    if (q->is_guessed && may_be_another(m, found, source, version, q->only))
        *ret_gap = "guessed-name";
    if (!pl_db_find_package(m->db, found, source, &package))
        return PL_OK;
    return match_entries(m, q, index, package, version);
}

pl_rc pl_vuln_match_packages(const pl_advisories *db, const pl_vuln_query *queries, size_t n,
                             unsigned flags, pl_arena *a, pl_vuln_match *ret, pl_err *err)
{
    struct match m = {.db = db, .a = a, .flags = flags, .err = err};
    pl_vuln_match result = {.gaps = pl_arena_calloc(a, n, sizeof(*result.gaps))};

    if (!result.gaps)
        return pl_fail(err, PL_LIMIT, "too many packages");
    for (size_t i = 0; i < n; i++) {
        pl_rc rc = match_one(&m, &queries[i], i, &result.gaps[i]);
        if (rc != PL_OK)
            return pl_wrap(err, rc, "package %.*s", PL_F(queries[i].name));
        result.n_gaps += result.gaps[i] != NULL;
    }
    result.hits = m.hits;
    result.n_hits = m.n;
    *ret = result;
    return PL_OK;
}
