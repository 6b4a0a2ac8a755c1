/* SPDX-License-Identifier: Apache-2.0 */
/* Advisories: opened once a run, matched with the packages of each subject. */
#include "audit/owners.h"
#include "audit/run_private.h"

#include "core/hash.h"
#include "core/json_write.h"
#include "image/fields.h"
#include "package/package.h"
#include "vuln/ecosystem.h"
#include "vuln/fields.h"
#include "vuln/match.h"

#include <string.h>

/* Sizes and times are of the public export in 2026, at 20 Mbit/s. */
#define HOW_TO_GET "some hundred MB, minutes; --ecosystems for less"

/* ---- the database ---- */

static pl_rc keep_feeds(pl_run *r, pl_err *err)
{
    size_t n = pl_advisories_feeds(r->db);
    pl_feed_state *v = pl_arena_calloc(r->arena, n ? n : 1, sizeof(*v));
    if (!v)
        return pl_fail(err, PL_LIMIT, "list of feeds");
    for (size_t i = 0; i < n; i++) {
        pl_feed f = pl_advisories_feed(r->db, i);
        v[i] = (pl_feed_state){.name = f.name,
                               .version = f.version,
                               .source = f.source,
                               .as_of_us = f.newest_us,
                               .is_stale = pl_feed_is_stale(&r->fresh, &f, pl_now_us(r->o.clock))};
    }
    r->as.advisories.feeds = v;
    r->as.advisories.n_feeds = n;
    return PL_OK;
}

static pl_rc describe(pl_run *r, pl_err *err)
{
    pl_advisories_info info;

    pl_advisories_info_of(r->db, &info);
    r->as.advisories.present = true;
    r->as.advisories.digest = pl_arena_str(r->arena, pl_str_c(info.digest));
    r->as.advisories.imported_us = info.created_us;
    r->rec.advisories_digest = r->as.advisories.digest;
    return keep_feeds(r, err);
}

pl_rc pl_run_open_advisories(pl_run *r, pl_err *err)
{
    const char *dir = r->o.advisories_dir;
    pl_err why = {0};

    r->as.advisories.how_to_get = PL_S(HOW_TO_GET);
    pl_rc rc = pl_freshness_of(r->o.content, &r->fresh, err);
    if (rc || !dir)
        return rc;
    rc = pl_advisories_open(dir, &r->db, &why);
    if (rc == PL_OK)
        return describe(r, err);
    if (rc == PL_NOTFOUND && r->o.must_have_advisories)
        return pl_fail(err, PL_USAGE,
                       "%s holds no advisories; plimsoll db update --advisories %s makes them", dir,
                       dir);
    /* None yet is how every run begins; one that is damaged is told. */
    r->has_told_none = rc != PL_NOTFOUND;
    return rc == PL_NOTFOUND ? PL_OK
                             : pl_run_add_gap(r, PL_S("advisories"), "feed-missing",
                                              pl_str_c(why.text), NULL, err);
}

void pl_run_close_advisories(pl_run *r)
{
    pl_advisories_close(r->db);
    r->db = NULL;
}

/* ---- old data ---- */

static bool is_told(const pl_run *r, pl_str feed)
{
    for (size_t i = 0; i < r->n_told_stale; i++)
        if (pl_str_eq(r->told_stale[i], feed))
            return true;
    return false;
}

/* Once a run, and only of a feed that something was matched with. */
static pl_rc tell_stale(pl_run *r, pl_str feed, pl_err *err)
{
    int64_t now = pl_now_us(r->o.clock), age = -1;

    if (is_told(r, feed))
        return PL_OK;
    pl_str *to = PL_RUN_PUSH(r, told_stale);
    if (!to)
        return pl_fail(err, PL_LIMIT, "list of old feeds");
    *to = feed;
    for (size_t i = 0; i < pl_advisories_feeds(r->db); i++) {
        pl_feed f = pl_advisories_feed(r->db, i);
        if (pl_str_eq(f.name, feed))
            age = pl_feed_age_days(&f, now);
    }
    pl_str detail = age < 0
                        ? PL_S("its data have no date; plimsoll db update")
                        : pl_run_text(r, "%lld days old, more than %lld; plimsoll db update",
                                      (long long)age, (long long)pl_feed_max_days(&r->fresh, feed));
    return pl_run_add_gap(r, pl_run_text(r, "advisories %.*s", PL_F(feed)), "feed-stale", detail,
                          NULL, err);
}

static const char *gap_of_feed(const pl_run *r, pl_str feed)
{
    return pl_feed_gap(r->db, &r->fresh, feed, pl_now_us(r->o.clock));
}

/* The first feed of these packages that is too old: *ret_feed stays empty when none is. */
static pl_rc find_stale(pl_run *r, const pl_vuln_query *queries, size_t n, pl_str *ret_feed,
                        pl_err *err)
{
    pl_str last = {"", 0};
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < n && !rc; i++) {
        pl_str feed = pl_ecosystem_family(queries[i].ecosystem);
        const char *gap = feed.n && !pl_str_eq(feed, last) ? gap_of_feed(r, feed) : NULL;
        last = feed;
        if (!gap || strcmp(gap, "feed-stale") != 0)
            continue;
        *ret_feed = feed;
        rc = tell_stale(r, feed, err);
    }
    return rc;
}

/* ---- matching ---- */

static pl_vuln_query query_of(const pl_record *package)
{
    pl_package p;
    pl_package_from_record(package, &p);
    return (pl_vuln_query){.ecosystem = p.ecosystem,
                           .name = p.name,
                           .version = p.version,
                           .source = p.source,
                           .source_version = p.source_version,
                           .module = p.module,
                           .is_guessed = p.confidence.n > 0,
                           .purl = p.purl,
                           .path = p.path,
                           .layer = p.layer};
}

/* "Not in the catalog" says something only of a catalog that is there and of these days. */
static pl_rc tell_scores(pl_run *r, pl_vuln_facts *v, pl_err *err)
{
    const char *kev = v->kev ? NULL : gap_of_feed(r, PL_S("kev"));

    v->kev_gap = kev;
    v->epss_gap = v->epss_ppm >= 0 ? NULL : gap_of_feed(r, PL_S("epss"));
    return kev && strcmp(kev, "feed-stale") == 0 ? tell_stale(r, PL_S("kev"), err) : PL_OK;
}

/* Where the finding is: the ecosystem and the package, not the version. */
static void name_finding(const pl_subject *s, const pl_vuln_facts *v, pl_finding *f)
{
    PL_AUTO_BUF pl_buf what = {0};
    pl_buf_fmt(&what, "%.*s %.*s", PL_F(v->advisory), PL_F(v->ecosystem));
    pl_finding_id(s->klass, pl_buf_view(&what), v->package, f->id);
}

/* What a waiver binds to: package, installed version, fixed version, status. */
static void hash_evidence(const pl_vuln_facts *v, char ret[PL_HASH_HEX])
{
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char sum[PL_SHA256];
    pl_jw w = {.out = &text};

    pl_jw_object(&w);
    pl_jw_key(&w, "fixed_version");
    pl_jw_str(&w, v->fixed_version);
    pl_jw_key(&w, "package");
    pl_jw_str(&w, v->package);
    pl_jw_key(&w, "status");
    pl_jw_c(&w, "affected");
    pl_jw_key(&w, "version");
    pl_jw_str(&w, v->version);
    pl_jw_end(&w);
    pl_sha256_of(pl_buf_view(&text), sum);
    pl_hex(sum, sizeof(sum), ret);
}

pl_str pl_run_owner(const pl_subject *s, pl_str layer)
{
    return s->rec->kind == &pl_image_kind ? pl_owner_of_layer(s->rec, layer) : PL_S("host");
}

static pl_rc add_finding(pl_run *r, const pl_subject *s, const pl_vuln_hit *hit, pl_err *err)
{
    pl_finding *f = PL_NEW(r->arena, pl_finding);
    pl_vuln_facts *facts = PL_NEW(r->arena, pl_vuln_facts);
    pl_finding **to = f && facts ? PL_RUN_PUSH(r, findings) : NULL;

    if (!to)
        return pl_fail(err, PL_LIMIT, "vulnerabilities of %.*s", PL_F(s->name));
    *facts = hit->facts;
    *f = (pl_finding){.vuln = facts,
                      .subject = s,
                      .verdict = facts->is_settled ? PL_WAIVED : PL_FAIL,
                      .severity = hit->severity,
                      .owner = pl_run_owner(s, facts->layer),
                      .ledger_index = -1};
    name_finding(s, facts, f);
    hash_evidence(facts, f->evidence_hash);
    *to = f;
    return PL_OK;
}

/* A package that could not be matched, or only with old data, stands in the list as an element that
 * nobody could read, so that a check over the list can fail but not pass. */
static pl_record *unmatched(pl_run *r, const char *reason)
{
    pl_record *v = pl_record_new(r->arena, &pl_vuln_kind);
    for (size_t i = 0; v && i < pl_vuln_kind.n; i++)
        pl_set_unreadable(v, (int)i, reason);
    return v;
}

static pl_record *element_of(pl_run *r, const pl_subject *s, const pl_vuln_hit *hit)
{
    pl_record *v = pl_vuln_record(r->arena, hit, pl_now_us(r->o.clock));

    if (v)
        pl_set_str(v, PL_F_VULN_OWNER, pl_run_owner(s, hit->facts.layer));
    return v;
}

/* Once a run: without advisories no format may look as if nothing were wrong. */
static pl_rc tell_none(pl_run *r, pl_err *err)
{
    if (r->has_told_none)
        return PL_OK;
    r->has_told_none = true;
    return pl_run_add_gap(r, PL_S("advisories"), "feed-missing",
                          PL_S("none are installed; plimsoll db update gets them"), NULL, err);
}

/* The reason that is worst for a reader: one that can be mended goes before one that cannot. */
static const char *worst_gap(const pl_vuln_match *m, size_t n_packages)
{
    const char *gap = NULL;

    for (size_t i = 0; i < n_packages && m->n_gaps; i++)
        if (m->gaps[i] && (!gap || strcmp(gap, "no-feed") == 0))
            gap = m->gaps[i];
    return gap;
}

/* Those whose advisories exist and are not installed here. */
static void set_missing_feeds(pl_record *image, const pl_vuln_match *m, size_t n_packages)
{
    int64_t n = 0;

    for (size_t i = 0; i < n_packages && m->n_gaps; i++)
        n += m->gaps[i] && strcmp(m->gaps[i], "feed-missing") == 0;
    pl_set_int(image, PL_F_IMAGE_NO_FEED, n);
}

static pl_rc fill_field(pl_run *r, const pl_subject *s, const pl_vuln_match *m, size_t n_packages,
                        const char *lost, bool is_stale, int into, pl_err *err)
{
    pl_record **list = pl_arena_calloc(r->arena, m->n_hits + 3, sizeof(pl_record *));
    const char *gap = worst_gap(m, n_packages);
    size_t n = 0;

    for (size_t i = 0; list && i < m->n_hits; i++)
        if (!m->hits[i].facts.is_settled)
            list[n++] = element_of(r, s, &m->hits[i]);
    if (!list || (n && !list[n - 1]))
        return pl_fail(err, PL_LIMIT, "vulnerabilities of %.*s", PL_F(s->name));
    if (gap)
        list[n++] = unmatched(r, gap);
    if (lost)
        list[n++] = unmatched(r, lost);
    if (is_stale)
        list[n++] = unmatched(r, "feed-stale");
    if (gap && m->n_gaps == n_packages && !m->n_hits)
        pl_set_unreadable(s->rec, into, gap);
    else
        pl_set_recs(s->rec, into, list, n);
    return PL_OK;
}

static void set_not_matched(const pl_subject *s, const char *reason)
{
    if (s->rec->kind != &pl_image_kind)
        return;
    pl_set_unreadable(s->rec, PL_F_IMAGE_SETTLED, reason);
    pl_set_unreadable(s->rec, PL_F_IMAGE_MATCHED, reason);
}

/* What stands for packages that could not be matched comes behind what was found. */
static void set_matched(pl_record *image)
{
    const pl_value *all = pl_get(image, PL_F_IMAGE_FINDINGS);
    const pl_value *last = all->n ? pl_get(all->u.recs[all->n - 1], PL_F_VULN_ID) : NULL;

    if (last && last->state == PL_UNREADABLE)
        pl_set_unreadable(image, PL_F_IMAGE_MATCHED, last->reason);
    else
        pl_set_bool(image, PL_F_IMAGE_MATCHED, true);
}

/* What was settled of what was found. */
static pl_rc fill_settled(pl_run *r, const pl_subject *s, const pl_vuln_match *m, pl_err *err)
{
    const pl_value *all = pl_get(s->rec, PL_F_IMAGE_FINDINGS);
    pl_record **list = pl_arena_calloc(r->arena, m->n_hits + 1, sizeof(pl_record *));
    size_t n = 0;

    if (all->state == PL_UNREADABLE) {
        set_not_matched(s, all->reason);
        return PL_OK;
    }
    set_matched(s->rec);
    for (size_t i = 0; list && i < m->n_hits; i++) {
        if (!m->hits[i].facts.is_settled)
            continue;
        list[n] = pl_settled_record(r->arena, &m->hits[i], pl_now_us(r->o.clock));
        if (!list[n++])
            list = NULL;
    }
    if (!list)
        return pl_fail(err, PL_LIMIT, "settled vulnerabilities of %.*s", PL_F(s->name));
    pl_set_recs(s->rec, PL_F_IMAGE_SETTLED, list, n);
    return PL_OK;
}

/* Does the distribution have advisories of its own? */
static bool has_system_advisories(const pl_value *packages)
{
    pl_package p;

    for (size_t i = 0; i < packages->n; i++) {
        pl_package_from_record(packages->u.recs[i], &p);
        if (!p.path.n && p.ecosystem.n)
            return true;
    }
    return false;
}

static int compare_query(const void *x, const void *y)
{
    const pl_vuln_query *a = *(pl_vuln_query *const *)x;
    const pl_vuln_query *b = *(pl_vuln_query *const *)y;
    int by = pl_str_cmp(a->ecosystem, b->ecosystem);
    if (!by)
        by = pl_str_cmp(a->purl, b->purl);
    if (!by)
        by = pl_str_cmp(a->layer, b->layer);
    return by ? by : (a > b) - (a < b);
}

static bool is_same(const pl_vuln_query *a, const pl_vuln_query *b)
{
    return pl_str_eq(a->ecosystem, b->ecosystem) && pl_str_eq(a->purl, b->purl) &&
           pl_str_eq(a->layer, b->layer);
}

/* The same thing installed in several folders by one layer is one occurrence: the first of them
 * stays. Returns how many are left, in their order. */
static size_t drop_doubles(pl_run *r, pl_vuln_query *queries, size_t n)
{
    pl_vuln_query **order = pl_arena_calloc(r->arena, n ? n : 1, sizeof(pl_vuln_query *));
    bool *is_double = pl_arena_calloc(r->arena, n ? n : 1, sizeof(*is_double));
    size_t left = 0;

    if (!order || !is_double)
        return n;
    for (size_t i = 0; i < n; i++)
        order[i] = &queries[i];
    qsort(order, n, sizeof(*order), compare_query);
    for (size_t i = 1; i < n; i++)
        is_double[order[i] - queries] = order[i]->purl.n && is_same(order[i - 1], order[i]);
    for (size_t i = 0; i < n; i++)
        if (!is_double[i])
            queries[left++] = queries[i];
    return left;
}

/* Reason of the element that stands for packages that could not be read, or NULL. */
static const char *lost_packages(const pl_value *packages)
{
    for (size_t i = 0; i < packages->n; i++) {
        const pl_value *name = pl_get(packages->u.recs[i], PL_F_PACKAGE_NAME);
        if (name->state == PL_UNREADABLE)
            return name->reason;
    }
    return NULL;
}

/* What came with a package of the system is judged by that package, whose advisories know what
 * the distribution has mended. */
static size_t collect_queries(pl_run *r, const pl_value *packages, pl_vuln_query *queries)
{
    bool by_owner = has_system_advisories(packages);
    size_t n = 0;

    for (size_t i = 0; i < packages->n; i++) {
        pl_package p;
        pl_package_from_record(packages->u.recs[i], &p);
        if (p.name.n && (!by_owner || !pl_package_is_of_system(p.owned_by)))
            queries[n++] = query_of(packages->u.recs[i]);
    }
    return drop_doubles(r, queries, n);
}

/* Advisories of Bitnami begin in 2020: what they do not list may still be there. */
static void doubt_partial(pl_vuln_match *m, const pl_vuln_query *queries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!m->gaps[i] && pl_str_eq(queries[i].ecosystem, PL_S("Bitnami"))) {
            m->gaps[i] = "partial-feed";
            m->n_gaps++;
        }
}

static pl_rc match_all(pl_run *r, const pl_subject *s, const pl_value *packages, int into,
                       pl_err *err)
{
    pl_vuln_query *queries =
        pl_arena_calloc(r->arena, packages->n ? packages->n : 1, sizeof(*queries));
    pl_vuln_match m = {0};
    pl_str stale = {"", 0};

    if (!queries)
        return pl_fail(err, PL_LIMIT, "packages of %.*s", PL_F(s->name));
    size_t n = collect_queries(r, packages, queries);
    pl_rc rc = pl_vuln_match_packages(r->db, queries, n, 0, r->arena, &m, err);
    if (!rc)
        doubt_partial(&m, queries, n);
    for (size_t i = 0; !rc && i < m.n_hits; i++)
        rc = tell_scores(r, &m.hits[i].facts, err);
    for (size_t i = 0; !rc && i < m.n_hits; i++)
        pl_run_apply_vex(r, s, &m.hits[i].facts);
    if (!rc)
        rc = find_stale(r, queries, n, &stale, err);
    if (!rc)
        rc = fill_field(r, s, &m, n, lost_packages(packages), stale.n > 0, into, err);
    if (!rc && into == PL_F_IMAGE_FINDINGS && s->rec->kind == &pl_image_kind) {
        rc = fill_settled(r, s, &m, err);
        set_missing_feeds(s->rec, &m, n);
        pl_set_bool(s->rec, PL_F_IMAGE_STALE_FEED, stale.n > 0);
    }
    if (!rc)
        rc = pl_run_tell_unmatched(r, s, queries, &m, n, err);
    for (size_t i = 0; !rc && i < m.n_hits; i++)
        rc = add_finding(r, s, &m.hits[i], err);
    return rc;
}

pl_rc pl_run_match(pl_run *r, const pl_subject *s, int packages, int into, pl_err *err)
{
    const pl_value *v = pl_get(s->rec, packages);
    pl_rc rc = pl_run_fill_support(r, s, packages, err);
    if (!rc)
        rc = pl_run_fill_licences(r, s, packages, err);

    if (rc)
        return rc;
    if (v->state == PL_UNREADABLE) {
        pl_set_unreadable(s->rec, into, v->reason);
        set_not_matched(s, v->reason);
        return PL_OK;
    }
    if (v->state == PL_ABSENT || v->n == 0) {
        pl_set_recs(s->rec, into, NULL, 0);
        if (s->rec->kind == &pl_image_kind) {
            pl_set_recs(s->rec, PL_F_IMAGE_SETTLED, NULL, 0);
            pl_set_bool(s->rec, PL_F_IMAGE_MATCHED, true);
            pl_set_int(s->rec, PL_F_IMAGE_NO_FEED, 0);
            pl_set_bool(s->rec, PL_F_IMAGE_STALE_FEED, false);
        }
        return PL_OK;
    }
    if (!r->db) {
        pl_set_unreadable(s->rec, into, "feed-missing");
        set_not_matched(s, "feed-missing");
        return tell_none(r, err);
    }
    return match_all(r, s, v, into, err);
}
