/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/affected.h"

#include "audit/limits.h"
#include "core/buf.h"
#include "core/char.h"
#include "package/package.h"
#include "package/purl.h"
#include "vuln/ecosystem.h"
#include "vuln/match.h"
#include "vuln/version.h"

#include <stdlib.h>
#include <string.h>

/* ---- the question ---- */

/* CVE-..., GHSA-..., DSA-...: capitals before the first dash. */
static bool is_advisory(pl_str s)
{
    size_t i = 0;

    while (i < s.n && ((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9')))
        i++;
    return i > 1 && i < s.n && (s.p[i] == '-' || s.p[i] == ':');
}

/* What begins so names an advisory and never a package, however it is written. */
static const struct {
    const char *prefix;
    bool is_upper; /* what follows, as its makers write it */
} id_forms[] = {{"CVE-", true}, {"GHSA-", false}};

/* As its makers write it; empty when it begins otherwise. */
static pl_str usual_id(pl_str s, pl_arena *a)
{
    for (size_t k = 0; k < PL_COUNT(id_forms); k++) {
        pl_str prefix = pl_str_c(id_forms[k].prefix);
        char *p = pl_str_eq_nocase(pl_str_sub(s, 0, prefix.n), prefix)
                      ? pl_arena_calloc(a, s.n + 1, 1)
                      : NULL;
        for (size_t i = 0; p && i < s.n; i++)
            p[i] = i < prefix.n           ? prefix.p[i]
                   : id_forms[k].is_upper ? pl_to_upper(s.p[i])
                                          : pl_to_lower(s.p[i]);
        if (p)
            return (pl_str){p, s.n};
    }
    return (pl_str){"", 0};
}

/* pkg:maven/org.example/lib@1.2: the name that advisories know it by. */
static pl_rc parse_purl(pl_str text, pl_arena *a, pl_affected_ask *ret, pl_err *err)
{
    pl_distribution d = {0};
    pl_purl_parts parts;
    pl_package p = {0};

    pl_rc rc = pl_purl_parse(text, a, &parts, err);
    if (!rc)
        rc = pl_purl_package(&parts, text, &d, a, &p, err);
    if (rc)
        return pl_fail(err, PL_USAGE, "%.*s is no package URL", PL_F(text));
    ret->package = p.name;
    ret->type = parts.type;
    ret->range = parts.version;
    return PL_OK;
}

pl_rc pl_affected_parse(pl_str text, pl_arena *a, pl_affected_ask *ret, pl_err *err)
{
    *ret = (pl_affected_ask){0};
    if (!text.n)
        return pl_fail(err, PL_USAGE, "name a vulnerability or a package");
    if (pl_str_starts(text, PL_S("pkg:")))
        return parse_purl(text, a, ret, err);
    pl_str id = usual_id(text, a);
    if (id.n || is_advisory(text)) {
        ret->advisory = id.n ? id : text;
        return PL_OK;
    }
    size_t at = text.n;
    while (at > 1 && text.p[at - 1] != '@')
        at--;
    ret->package = at > 1 ? pl_str_sub(text, 0, at - 1) : text;
    ret->range = at > 1 ? pl_str_sub(text, at, text.n) : (pl_str){"", 0};
    return PL_OK;
}

/* ---- ranges ---- */

static const struct {
    const char *sign;
    bool less, equal, greater; /* what the order of (installed, given) may be */
} comparators[] = {
    {"<=", true, true, false}, {">=", false, true, true}, {"<", true, false, false},
    {">", false, false, true}, {"=", false, true, false}, {"", false, true, false},
};

static pl_rc holds(pl_version_order order, pl_str version, pl_str part, bool *ret, pl_err *err)
{
    size_t c = 0;

    while (!pl_str_starts(part, pl_str_c(comparators[c].sign)))
        c++;
    pl_str given = pl_str_sub(part, strlen(comparators[c].sign), part.n);
    pl_order o = order(version, given);
    if (order(given, given) == PL_ORDER_UNDEFINED)
        return pl_fail(err, PL_USAGE, "range \"%.*s\": \"%.*s\" is no version there", PL_F(part),
                       PL_F(given));
    *ret &= (o == PL_ORDER_LESS && comparators[c].less) ||
            (o == PL_ORDER_EQUAL && comparators[c].equal) ||
            (o == PL_ORDER_GREATER && comparators[c].greater);
    return PL_OK;
}

/* A package without a version order is in no range but its own version. */
static pl_rc in_range(const pl_scope_package *p, pl_str range, bool *ret, pl_err *err)
{
    pl_version_order order = pl_version_order_find(p->ecosystem.n ? p->ecosystem : p->type);
    pl_str part;
    pl_rc rc = PL_OK;

    *ret = !range.n || order || pl_str_eq(range, p->version);
    while (!rc && *ret && order && pl_str_cut(&range, ',', &part))
        rc = holds(order, p->version, part, ret, err);
    return rc;
}

/* ---- finding ---- */

typedef struct search {
    pl_state_db *d;
    pl_arena *a;
    const pl_affected_ask *ask;
    pl_affected *ret;
    pl_affected_row *rows;
    size_t room;
    pl_str advisory, fixed; /* of the package at hand */
    bool *has_system; /* subject by subject: advisories of its distribution judge its packages */
} search;

/* Its distribution has advisories of its own (of the packages that were asked for). */
static bool has_system(const search *s, const pl_inventory_subject *where)
{
    return s->has_system[where - s->ret->inventory.subjects];
}

static pl_rc keep_row(pl_str subject, const pl_scope_package *p, void *arg, pl_err *err)
{
    search *s = arg;
    const pl_inventory_subject *where = pl_inventory_find(&s->ret->inventory, subject);

    /* As in a scan: the system's package answers for it. */
    if (!where ||
        (s->ask->advisory.n && pl_package_is_of_system(p->owned_by) && has_system(s, where)))
        return PL_OK;
    if (s->ret->n_rows == s->room) {
        s->room = s->room ? s->room * 2 : 64;
        pl_affected_row *more = pl_arena_calloc(s->a, s->room, sizeof(*more));
        if (!more)
            return pl_fail(err, PL_LIMIT, "the answer does not fit the memory for one");
        if (s->ret->n_rows)
            memcpy(more, s->rows, s->ret->n_rows * sizeof(*more));
        s->rows = more;
    }
    s->rows[s->ret->n_rows++] =
        (pl_affected_row){.subject = where,
                          .package = *p,
                          .advisory = s->advisory,
                          .fixed_version = s->fixed,
                          .is_current = where->is_newest ||
                                        pl_affected_has_container(&s->ret->inventory, where->key)};
    return PL_OK;
}

/* A jar whose group is a guess may be the artifact that was asked for by its whole name. */
static pl_rc count_guessed(search *s, pl_err *err)
{
    pl_str artifact = s->ask->package, group;
    pl_scope_package *list = NULL;
    size_t n = 0;

    if (!pl_str_cut(&artifact, ':', &group) || !artifact.n)
        return PL_OK;
    pl_rc rc = pl_inventory_packages(s->d, artifact, s->a, &list, &n, err);
    for (size_t i = 0; !rc && i < n; i++) {
        bool is_in = list[i].confidence.n && !pl_str_eq_nocase(list[i].name, s->ask->package);
        if (is_in)
            rc = in_range(&list[i], s->ask->range, &is_in, err);
        s->ret->n_guessed += is_in;
    }
    return rc;
}

static pl_rc match(search *s, const pl_advisories *db, const pl_scope_package *list, size_t n,
                   pl_vuln_match *ret, pl_err *err)
{
    pl_vuln_query *queries = pl_arena_calloc(s->a, n + 1, sizeof(*queries));

    if (!queries)
        return pl_fail(err, PL_LIMIT, "%zu packages", n);
    for (size_t i = 0; i < n; i++)
        queries[i] = (pl_vuln_query){.ecosystem = list[i].ecosystem,
                                     .name = list[i].name,
                                     .version = list[i].version,
                                     .source = list[i].source,
                                     .source_version = list[i].source_version,
                                     .module = list[i].module,
                                     .is_guessed = list[i].confidence.n > 0,
                                     .only = s->ask->advisory,
                                     .purl = list[i].purl};
    return pl_vuln_match_packages(db, queries, n, 0, s->a, ret, err);
}

/* Of a package that was asked for without a vulnerability: by package, the version in which all of
 * its known ones that have a fix are mended. Empty: none is known. */
static pl_rc find_fixed(search *s, const pl_advisories *db, const pl_scope_package *list, size_t n,
                        pl_str **ret, pl_err *err)
{
    pl_str *fixed = pl_arena_calloc(s->a, n + 1, sizeof(*fixed));
    pl_vuln_match m = {0};

    if (!fixed)
        return pl_fail(err, PL_LIMIT, "%zu packages", n);
    *ret = fixed;
    pl_rc rc = db ? match(s, db, list, n, &m, err) : PL_OK;
    for (size_t i = 0; !rc && i < m.n_hits; i++) {
        const size_t at = m.hits[i].query;
        const pl_version_order order = pl_version_order_find(list[at].ecosystem);
        const pl_str one = m.hits[i].facts.fixed_version;
        if (one.n && (!fixed[at].n || (order && order(fixed[at], one) == PL_ORDER_LESS)))
            fixed[at] = one;
    }
    return rc;
}

static pl_rc find_packages(search *s, const pl_advisories *db, const pl_scope_package *list,
                           size_t n, pl_err *err)
{
    pl_str *fixed = NULL;
    pl_str below = {"", 0};
    bool is_in = false;
    pl_rc rc = find_fixed(s, db, list, n, &fixed, err);

    if (pl_str_starts(s->ask->range, PL_S("<")) && !pl_str_starts(s->ask->range, PL_S("<=")) &&
        !pl_str_has(s->ask->range, PL_S(",")))
        below = pl_str_sub(s->ask->range, 1, s->ask->range.n);
    for (size_t i = 0; !rc && i < n; i++) {
        if (s->ask->type.n && !pl_str_eq(s->ask->type, list[i].type))
            continue;
        rc = in_range(&list[i], s->ask->range, &is_in, err);
        s->fixed = below.n ? below : fixed[i];
        if (!rc && is_in)
            rc = pl_inventory_where(s->d, &list[i], s->a, keep_row, s, err);
    }
    return rc ? rc : count_guessed(s, err);
}

static bool is_called(const pl_vuln_facts *v, pl_str id)
{
    bool same = pl_str_eq_nocase(v->advisory, id);

    for (size_t i = 0; !same && i < v->n_aliases; i++)
        same = pl_str_eq_nocase(v->aliases[i], id);
    return same;
}

/* What old data do not list may still be there. */
static size_t count_stale(const search *s, const pl_advisories *db, const pl_scope_package *list,
                          size_t n)
{
    pl_str last = {"", 0};
    bool is_stale = false;
    size_t stale = 0;

    for (size_t i = 0; i < n; i++) {
        pl_str feed = pl_ecosystem_family(list[i].ecosystem);
        if (feed.n && !pl_str_eq(feed, last)) {
            const char *gap = pl_feed_gap(db, s->ask->fresh, feed, s->ask->now_us);
            is_stale = gap && strcmp(gap, "feed-stale") == 0;
            last = feed;
        }
        stale += feed.n && is_stale;
    }
    return stale;
}

static pl_rc find_advisory(search *s, const pl_advisories *db, const pl_scope_package *list,
                           size_t n, pl_err *err)
{
    pl_vuln_match m = {0};
    pl_rc rc = match(s, db, list, n, &m, err);

    for (size_t i = 0; !rc && i < n; i++)
        s->ret->n_guessed += m.gaps[i] && strcmp(m.gaps[i], "guessed-name") == 0;
    s->ret->n_unmatched = m.n_gaps - s->ret->n_guessed;
    s->ret->n_stale = count_stale(s, db, list, n);
    for (size_t i = 0; !rc && i < m.n_hits; i++) {
        if (!is_called(&m.hits[i].facts, s->ask->advisory))
            continue;
        s->advisory = m.hits[i].facts.advisory;
        s->fixed = m.hits[i].facts.fixed_version;
        rc = pl_inventory_where(s->d, &list[m.hits[i].query], s->a, keep_row, s, err);
    }
    return rc;
}

static int by_subject(const void *pa, const void *pb)
{
    const pl_affected_row *a = pa, *b = pb;
    int order = pl_str_cmp(a->subject->key, b->subject->key);

    if (!order)
        order = pl_str_cmp(a->package.name, b->package.name);
    return order ? order : pl_str_cmp(a->package.path, b->package.path);
}

bool pl_affected_has_container(const pl_inventory *v, pl_str image)
{
    for (size_t i = 0; i < v->n_containers; i++)
        if (pl_str_eq(v->containers[i].image, image))
            return true;
    return false;
}

bool pl_affected_is_up(const pl_inventory_container *c)
{
    static const char *const up[] = {"running", "paused", "restarting"};

    for (size_t i = 0; i < PL_COUNT(up); i++)
        if (pl_str_eq(c->state, pl_str_c(up[i])))
            return true;
    return false;
}

bool pl_affected_runs(const pl_inventory *v, pl_str image)
{
    for (size_t i = 0; i < v->n_containers; i++)
        if (pl_str_eq(v->containers[i].image, image) && pl_affected_is_up(&v->containers[i]))
            return true;
    return false;
}

bool pl_affected_is_whole(const pl_affected *x)
{
    if (x->n_unmatched || x->n_guessed || x->n_stale || x->is_unheard_of)
        return false;
    for (size_t i = 0; i < x->inventory.n_subjects; i++) {
        const pl_inventory_subject *s = &x->inventory.subjects[i];
        if (!s->is_complete && (s->is_newest || pl_affected_has_container(&x->inventory, s->key)))
            return false;
    }
    return true;
}

/* ---- the plan ---- */

static size_t layer_of(const pl_inventory_subject *s, pl_str diff_id)
{
    size_t i = 0;

    while (i < s->n_layers && !pl_str_eq(s->diff_ids[i], diff_id))
        i++;
    return i;
}

/* "openssl to 3.0.2-1, zlib1g to 1:1.3": what the packages of an image are updated to. */
static void note_update(search *s, const pl_affected_row *row, pl_plan_image *image)
{
    PL_AUTO_BUF pl_buf one = {0};
    PL_AUTO_BUF pl_buf all = {0};

    pl_buf_fmt(&one, "%.*s to %.*s", PL_F(row->package.name), PL_F(row->fixed_version));
    if (!pl_buf_ok(&one) || pl_str_has(image->update, pl_buf_view(&one)) ||
        image->update.n + one.n > PL_AFFECTED_UPDATE)
        return;
    pl_buf_fmt(&all, "%.*s%s", PL_F(image->update), image->update.n ? ", " : "");
    pl_buf_str(&all, pl_buf_view(&one));
    image->update = pl_arena_str(s->a, pl_buf_view(&all));
}

static void note_row(search *s, const pl_affected_row *row, pl_plan_image *image)
{
    size_t layer = layer_of(row->subject, row->package.layer);

    image->is_affected = true;
    image->owner = row->package.owner;
    if (layer < image->layer)
        image->layer = layer;
    if (row->fixed_version.n)
        note_update(s, row, image);
}

static void describe_image(const pl_inventory *v, const pl_inventory_subject *x, pl_plan_image *ret)
{
    const pl_inventory_base *base = pl_inventory_base_of(v, x->chain_ids, x->n_layers);

    *ret = (pl_plan_image){.key = x->key,
                           .name = x->name,
                           .chain_ids = x->chain_ids,
                           .n_layers = x->n_layers,
                           .layer = x->n_layers,
                           .base =
                               base && base->n_layers < x->n_layers ? base->name : (pl_str){"", 0}};
}

static pl_rc make_plan(search *s, pl_err *err)
{
    const pl_inventory *v = &s->ret->inventory;
    pl_plan_image *images = pl_arena_calloc(s->a, v->n_subjects + 1, sizeof(*images));
    pl_plan_container *containers = pl_arena_calloc(s->a, v->n_containers + 1, sizeof(*containers));
    size_t n = 0;

    if (!images || !containers)
        return pl_fail(err, PL_LIMIT, "rebuild plan");
    for (size_t i = 0; i < v->n_subjects; i++)
        describe_image(v, &v->subjects[i], &images[i]);
    for (size_t i = 0; s->rows && i < s->ret->n_rows; i++)
        if (s->rows[i].is_current && pl_str_eq(s->rows[i].subject->kind, PL_S("image")))
            note_row(s, &s->rows[i], &images[s->rows[i].subject - v->subjects]);
    for (size_t i = 0; i < v->n_containers; i++) {
        const pl_inventory_subject *x = pl_inventory_find(v, v->containers[i].image);
        if (x && images[x - v->subjects].is_affected)
            containers[n++] = (pl_plan_container){.name = v->containers[i].name,
                                                  .key = v->containers[i].key,
                                                  .host = v->containers[i].host,
                                                  .image = (size_t)(x - v->subjects)};
    }
    return pl_plan_make(images, v->n_subjects, containers, n, s->a, &s->ret->plan, err);
}

static pl_rc read_systems(search *s, pl_err *err)
{
    size_t n = s->ret->inventory.n_subjects;

    s->has_system = pl_arena_calloc(s->a, n + 1, sizeof(*s->has_system));
    if (!s->has_system)
        return pl_fail(err, PL_LIMIT, "%zu subjects", n);
    return s->ask->advisory.n ? pl_inventory_systems(s->d, &s->ret->inventory, s->has_system, err)
                              : PL_OK;
}

/* XML-Parser and YAML-LibYAML look like advisories and are packages. */
static pl_rc find_unheard_of(search *s, const pl_advisories *db, pl_err *err)
{
    pl_scope_package *list = NULL;
    size_t n = 0;
    pl_rc rc = pl_inventory_packages(s->d, s->ask->advisory, s->a, &list, &n, err);

    s->ret->is_unheard_of = n == 0;
    return rc ? rc : find_packages(s, db, list, n, err);
}

static pl_rc find(search *s, const pl_advisories *db, pl_err *err)
{
    pl_scope_package *list = NULL;
    size_t n = 0;

    if (s->ask->advisory.n && !pl_advisories_knows(db, s->ask->advisory))
        return find_unheard_of(s, db, err);
    pl_rc rc = pl_inventory_packages(s->d, s->ask->package, s->a, &list, &n, err);
    if (rc)
        return rc;
    return s->ask->advisory.n ? find_advisory(s, db, list, n, err)
                              : find_packages(s, db, list, n, err);
}

pl_rc pl_affected_find(pl_state_db *d, const pl_advisories *db, const pl_affected_ask *ask,
                       pl_arena *a, pl_affected *ret, pl_err *err)
{
    search s = {.d = d, .a = a, .ask = ask, .ret = ret, .advisory = {"", 0}, .fixed = {"", 0}};

    *ret = (pl_affected){0};
    pl_rc rc = pl_inventory_read(d, a, &ret->inventory, err);
    if (!rc)
        rc = read_systems(&s, err);
    if (!rc)
        rc = find(&s, db, err);
    if (rc)
        return rc;
    if (s.rows)
        qsort(s.rows, ret->n_rows, sizeof(*s.rows), by_subject);
    ret->rows = s.rows;
    for (size_t i = 0; s.rows && i < ret->n_rows; i++)
        ret->n_current += s.rows[i].is_current;
    return make_plan(&s, err);
}
