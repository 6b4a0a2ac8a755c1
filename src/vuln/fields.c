/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/fields.h"

#include "core/clock.h"

#include <string.h>

#define PL_FIELD PL_FIELD_ROW
static const pl_field fields[] = {
#include "vuln/vuln.def"
};
#undef PL_FIELD

const pl_kind pl_vuln_kind = {"vuln", "A vulnerability of an installed package", false, fields,
                              PL_COUNT(fields)};

#define PL_FIELD PL_FIELD_ROW
static const pl_field settled_fields[] = {
#include "vuln/settled.def"
};
#undef PL_FIELD

const pl_kind pl_settled_kind = {"settled", "A vulnerability that somebody says does not count",
                                 false, settled_fields, PL_COUNT(settled_fields)};

void pl_vuln_register(pl_schema *s)
{
    pl_schema_add(s, &pl_settled_kind);
    pl_schema_add(s, &pl_vuln_kind);
}

static void set_text(pl_record *r, int field, pl_str s)
{
    if (s.n)
        pl_set_str(r, field, s);
    else
        pl_set_absent(r, field);
}

static void set_number(pl_record *r, int field, int64_t v)
{
    if (v >= 0)
        pl_set_int(r, field, v);
    else
        pl_set_absent(r, field);
}

/* Whole days from a to b; a day that has begun does not count, before a it does. */
static int64_t days_between(int64_t a_us, int64_t b_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    int64_t d = b_us - a_us;
    return d >= 0 ? d / day_us : -((-d + day_us - 1) / day_us);
}

static bool parse_date(pl_str date, int64_t *ret_us)
{
    char iso[] = "0000-00-00T00:00:00Z";
    enum { DATE = 10 };

    if (date.n != DATE)
        return false;
    memcpy(iso, date.p, DATE);
    return pl_time_parse(pl_str_c(iso), ret_us);
}

static void set_kev(pl_record *r, const pl_vuln_facts *f, int64_t now_us)
{
    int64_t due_us = 0;
    bool has_due = f->kev && parse_date(f->kev_due, &due_us);

    if (f->kev || !f->kev_gap)
        pl_set_bool(r, PL_F_VULN_KEV, f->kev);
    else
        pl_set_unreadable(r, PL_F_VULN_KEV, f->kev_gap);
    if (!has_due) {
        pl_set_absent(r, PL_F_VULN_KEV_DUE);
        pl_set_absent(r, PL_F_VULN_KEV_OVERDUE_DAYS);
        return;
    }
    pl_set_int(r, PL_F_VULN_KEV_DUE, due_us);
    pl_set_int(r, PL_F_VULN_KEV_OVERDUE_DAYS, days_between(due_us, now_us));
}

static void set_epss(pl_record *r, const pl_vuln_facts *f)
{
    if (f->epss_ppm < 0 && f->epss_gap)
        pl_set_unreadable(r, PL_F_VULN_EPSS_PPM, f->epss_gap);
    else
        set_number(r, PL_F_VULN_EPSS_PPM, f->epss_ppm);
}

static void set_published(pl_record *r, int64_t published_us, int64_t now_us)
{
    if (published_us <= 0) {
        pl_set_unreadable(r, PL_F_VULN_PUBLISHED, "not-observed");
        pl_set_unreadable(r, PL_F_VULN_PUBLISHED_DAYS, "not-observed");
        return;
    }
    pl_set_int(r, PL_F_VULN_PUBLISHED, published_us);
    pl_set_int(r, PL_F_VULN_PUBLISHED_DAYS, days_between(published_us, now_us));
}

static void set_severity(pl_record *r, pl_severity s)
{
    if (s == PL_UNKNOWN_SEVERITY)
        pl_set_unreadable(r, PL_F_VULN_SEVERITY, "not-observed");
    else
        pl_set_str(r, PL_F_VULN_SEVERITY, pl_str_c(pl_severity_word(s)));
}

pl_record *pl_vuln_record(pl_arena *a, const pl_vuln_hit *hit, int64_t now_us)
{
    const pl_vuln_facts *f = &hit->facts;
    pl_record *r = pl_record_new(a, &pl_vuln_kind);

    if (!r)
        return NULL;
    pl_set_str(r, PL_F_VULN_ID, f->advisory);
    pl_set_strs(r, PL_F_VULN_ALIASES, f->aliases, f->n_aliases);
    pl_set_str(r, PL_F_VULN_PACKAGE, f->package);
    pl_set_str(r, PL_F_VULN_VERSION, f->version);
    set_text(r, PL_F_VULN_SOURCE, f->source);
    set_text(r, PL_F_VULN_ECOSYSTEM, f->ecosystem);
    set_text(r, PL_F_VULN_LAYER, f->layer);
    set_severity(r, hit->severity);
    set_number(r, PL_F_VULN_CVSS_TENTHS, hit->cvss);
    pl_set_bool(r, PL_F_VULN_HAS_FIX, f->fixed_version.n > 0);
    set_text(r, PL_F_VULN_FIXED_VERSION, f->fixed_version);
    set_text(r, PL_F_VULN_FIX_STATE, pl_str_c(f->fix_state));
    set_text(r, PL_F_VULN_CONFIDENCE, pl_str_c(f->confidence));
    set_text(r, PL_F_VULN_STATUS, f->vex_status.n ? f->vex_status : PL_S("affected"));
    pl_set_unreadable(r, PL_F_VULN_MENDED_IN_BASE, "not-observed");
    set_kev(r, f, now_us);
    set_epss(r, f);
    set_published(r, hit->published_us, now_us);
    return r;
}

pl_record *pl_settled_record(pl_arena *a, const pl_vuln_hit *hit, int64_t now_us)
{
    const pl_vuln_facts *f = &hit->facts;
    const struct {
        int field;
        pl_str text;
    } rows[] = {
        {PL_F_SETTLED_ID, f->advisory},       {PL_F_SETTLED_PACKAGE, f->package},
        {PL_F_SETTLED_VERSION, f->version},   {PL_F_SETTLED_STATUS, f->vex_status},
        {PL_F_SETTLED_REASON, f->vex_reason}, {PL_F_SETTLED_APPROVER, f->vex_by},
        {PL_F_SETTLED_SOURCE, f->vex_source},
    };
    pl_record *r = pl_record_new(a, &pl_settled_kind);

    for (size_t i = 0; r && i < PL_COUNT(rows); i++)
        set_text(r, rows[i].field, rows[i].text);
    if (r && f->vex_until_us)
        pl_set_int(r, PL_F_SETTLED_DAYS_LEFT, days_between(now_us, f->vex_until_us));
    else if (r)
        pl_set_absent(r, PL_F_SETTLED_DAYS_LEFT);
    return r;
}
