/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the index has newer base images of the same name than the one that an image stands on,
 * and since when which of the image's vulnerabilities are mended there: by the packages of each at
 * its last complete reading, and the version that mends a vulnerability. The newest decides whether
 * it is mended, the first one that is without it since when: who adds a base image each week does
 * not begin anew with each.
 */
#include "audit/inventory.h"
#include "audit/run_private.h"
#include "image/fields.h"
#include "vuln/fields.h"
#include "vuln/version.h"

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);

    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static int64_t days_since(const pl_run *r, int64_t then_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;

    return (pl_now_us(r->o.clock) - then_us) / day_us;
}

/* The base image that came last under the name of `own`; NULL: `own` did. */
static const pl_inventory_base *newer_than(const pl_inventory *known, const pl_inventory_base *own)
{
    const pl_inventory_base *newest = own;

    for (size_t i = 0; i < known->n_bases; i++)
        if (pl_str_eq(known->bases[i].name, own->name) &&
            known->bases[i].added_us > newest->added_us)
            newest = &known->bases[i];
    return newest == own ? NULL : newest;
}

static const pl_inventory_subject *reading_of(const pl_inventory *known, const pl_inventory_base *b)
{
    for (size_t i = 0; i < known->n_subjects; i++) {
        const pl_inventory_subject *s = &known->subjects[i];
        if (s->is_complete && s->n_layers == b->n_layers &&
            pl_str_eq(s->chain_ids[s->n_layers - 1], b->chain_id))
            return s;
    }
    return NULL;
}

typedef enum place { UNSURE, GONE, STILL_THERE } place;

/* Of one package row of the newer base: whether it has the vulnerability, too. */
static place place_of(const pl_record *v, pl_str ecosystem, pl_str version)
{
    pl_str fixed = text_of(v, PL_F_VULN_FIXED_VERSION);
    pl_version_order order = pl_version_order_find(ecosystem);

    if (!pl_str_eq(ecosystem, text_of(v, PL_F_VULN_ECOSYSTEM)))
        return UNSURE;
    if (!fixed.n)
        return STILL_THERE;
    pl_order o = order ? order(version, fixed) : PL_ORDER_UNDEFINED;
    if (o == PL_ORDER_UNDEFINED)
        return UNSURE;
    return o == PL_ORDER_LESS ? STILL_THERE : GONE;
}

/* Of several rows of one name the one that is worst for a rebuild counts. */
static pl_rc look(pl_run *r, sqlite3_stmt *s, const pl_inventory_subject *base, const pl_record *v,
                  place *ret, pl_err *err)
{
    bool more = true;
    pl_rc rc;

    *ret = GONE;
    pl_state_db_bind(s, 1, base->key);
    pl_state_db_bind(s, 2, text_of(v, PL_F_VULN_PACKAGE));
    while (!(rc = pl_state_db_row(r->state, s, "packages of a base image", &more, err)) && more) {
        pl_str version = pl_state_db_text(s, 0, r->arena);
        pl_str source = pl_state_db_text(s, 1, r->arena);
        place one = place_of(v, pl_state_db_text(s, 2, r->arena), source.n ? source : version);
        if (one == STILL_THERE || (one == UNSURE && *ret == GONE))
            *ret = one;
    }
    (void)sqlite3_reset(s);
    return rc;
}

struct comparison {
    pl_run *r;
    sqlite3_stmt *s;
    const pl_inventory_base *own, *newest;
};

/* When the first of them came that is without it. */
static pl_rc mended_since(const struct comparison *c, const pl_record *v, int64_t *ret_us,
                          pl_err *err)
{
    const pl_inventory *known = &c->r->known;
    pl_rc rc = PL_OK;

    *ret_us = c->newest->added_us;
    for (size_t i = 0; !rc && i < known->n_bases; i++) {
        const pl_inventory_base *b = &known->bases[i];
        const pl_inventory_subject *read = pl_str_eq(b->name, c->own->name) &&
                                                   b->added_us > c->own->added_us &&
                                                   b->added_us < *ret_us
                                               ? reading_of(known, b)
                                               : NULL;
        place where = UNSURE;
        if (read)
            rc = look(c->r, c->s, read, v, &where, err);
        if (!rc && where == GONE)
            *ret_us = b->added_us;
    }
    return rc;
}

static pl_rc compare_one(const struct comparison *c, const pl_inventory_subject *base, pl_record *v,
                         pl_err *err)
{
    int64_t since_us = 0;
    place where = UNSURE;
    pl_rc rc = look(c->r, c->s, base, v, &where, err);

    if (!rc && where == STILL_THERE)
        pl_set_absent(v, PL_F_VULN_MENDED_IN_BASE);
    if (rc || where != GONE)
        return rc;
    rc = mended_since(c, v, &since_us, err);
    if (!rc)
        pl_set_int(v, PL_F_VULN_MENDED_IN_BASE, days_since(c->r, since_us));
    return rc;
}

static pl_rc compare(struct comparison *c, const pl_value *findings,
                     const pl_inventory_subject *base, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = pl_state_db_prepare(c->r->state,
                                   "SELECT version, source_version, ecosystem FROM package"
                                   " WHERE subject = ?1 AND name = ?2",
                                   &s, err);

    c->s = s;
    for (size_t i = 0; !rc && i < findings->n; i++)
        if (text_of(findings->u.recs[i], PL_F_VULN_ID).n)
            rc = compare_one(c, base, findings->u.recs[i], err);
    return rc;
}

/* It stands on the newest, so none of them is mended in another. */
static void set_newest(pl_record *image, const pl_value *findings)
{
    pl_set_absent(image, PL_F_IMAGE_BASE_NEWER_DAYS);
    for (size_t i = 0; findings->state == PL_PRESENT && i < findings->n; i++)
        if (text_of(findings->u.recs[i], PL_F_VULN_ID).n)
            pl_set_absent(findings->u.recs[i], PL_F_VULN_MENDED_IN_BASE);
}

pl_rc pl_run_fill_newer_base(pl_run *r, pl_record *image, pl_err *err)
{
    const pl_value *chains = pl_get(image, PL_F_IMAGE_CHAIN_IDS);
    const pl_value *findings = pl_get(image, PL_F_IMAGE_FINDINGS);
    bool is_known = pl_str_eq(text_of(image, PL_F_IMAGE_BASE_HOW), PL_S("index"));
    struct comparison c = {.r = r};

    pl_set_unreadable(image, PL_F_IMAGE_BASE_NEWER_DAYS, "not-observed");
    c.own = is_known ? pl_inventory_base_of(&r->known, chains->u.strs, chains->n) : NULL;
    if (!c.own)
        return PL_OK;
    c.newest = newer_than(&r->known, c.own);
    if (!c.newest) {
        set_newest(image, findings);
        return PL_OK;
    }
    pl_set_int(image, PL_F_IMAGE_BASE_NEWER_DAYS, days_since(r, c.newest->added_us));
    const pl_inventory_subject *read = reading_of(&r->known, c.newest);
    return read && findings->state == PL_PRESENT ? compare(&c, findings, read, err) : PL_OK;
}
