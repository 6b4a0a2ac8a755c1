/* SPDX-License-Identifier: Apache-2.0 */
/* Where containers and files of images point to, and what the agreements with vendors say of it. */
#include "govern/vendors.h"
#include "audit/run_private.h"
#include "engine/fields.h"
#include "govern/limits.h"
#include "govern/providers.h"
#include "host/kinds.h"
#include "image/fields.h"

static pl_rc list_domains(pl_run *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf lines = {0};

    pl_vendors_domains(r->vendors, &lines);
    pl_rc rc = pl_providers_domains(pl_run_content_files(r, "vendors/"), r->arena, &lines, err);
    if (rc)
        return rc;
    if (lines.n > PL_HOST_DOMAINS)
        return PL_OK;
    r->vendor_domains =
        pl_buf_ok(&lines) ? pl_arena_str(r->arena, pl_buf_view(&lines)) : (pl_str){NULL, 0};
    return r->vendor_domains.p ? PL_OK : pl_fail(err, PL_LIMIT, "domains of vendors");
}

pl_rc pl_run_read_vendors(pl_run *r, pl_err *err)
{
    pl_rc rc = r->o.vendors ? pl_vendors_read(r->o.vendors, r->arena, &r->vendors, err) : PL_OK;

    if (!rc && r->vendors)
        rc = list_domains(r, err);

    /* A file that was named and is not there, or is wrong, is as wrong as an unknown option. */
    if (rc && err)
        err->rc = PL_USAGE;
    return rc ? pl_wrap(err, PL_USAGE, "vendors") : PL_OK;
}

static void set_or_absent(pl_record *r, int field, pl_str s)
{
    if (s.n)
        pl_set_str(r, field, s);
    else
        pl_set_absent(r, field);
}

/* Fields of an element that names a host. */
struct named {
    int host, agreement, vendor, service;
};

static const struct named of_container = {PL_F_DESTINATION_HOST, PL_F_DESTINATION_AGREEMENT,
                                          PL_F_DESTINATION_VENDOR, PL_F_DESTINATION_SERVICE};
static const struct named of_image = {PL_F_IMAGE_HOST_HOST, PL_F_IMAGE_HOST_AGREEMENT,
                                      PL_F_IMAGE_HOST_VENDOR, PL_F_IMAGE_HOST_SERVICE};

static void answer(const pl_run *r, pl_record *d, const struct named *fields)
{
    const pl_value *host = pl_get(d, fields->host);

    if (host->state != PL_PRESENT)
        return;
    pl_vendor_answer said = pl_vendors_ask(r->vendors, host->u.s, r->as.started_us);
    pl_set_str(d, fields->agreement, pl_str_c(said.agreement));
    set_or_absent(d, fields->vendor, said.vendor);
    set_or_absent(d, fields->service, said.service);
}

static void answer_all(const pl_run *r, const pl_value *list, const struct named *fields)
{
    for (size_t k = 0; list->state == PL_PRESENT && k < list->n; k++)
        answer(r, list->u.recs[k], fields);
}

void pl_run_fill_image_vendors(const pl_run *r, pl_record *image)
{
    if (!r->vendors)
        return;
    if (!r->vendor_domains.n)
        pl_set_unreadable(image, PL_F_IMAGE_HOSTS, "limit:host-domains");
    answer_all(r, pl_get(image, PL_F_IMAGE_HOSTS), &of_image);
}

static pl_record *agreement_of(const pl_run *r, const pl_agreement *a)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    pl_record *to = pl_record_new(r->arena, pl_host_element_kind(PL_HE_AGREEMENT));

    if (!to)
        return NULL;
    pl_set_str(to, PL_F_AGREEMENT_ID, a->id);
    pl_set_str(to, PL_F_AGREEMENT_VENDOR, a->vendor);
    pl_set_str(to, PL_F_AGREEMENT_KIND, a->kind);
    pl_set_bool(to, PL_F_AGREEMENT_STARTED, r->as.started_us >= a->starts_us);
    set_or_absent(to, PL_F_AGREEMENT_ENDS, a->ends);
    if (!a->ends_us) {
        pl_set_absent(to, PL_F_AGREEMENT_DAYS_LEFT);
        return to;
    }
    int64_t left = a->ends_us - r->as.started_us;
    pl_set_int(to, PL_F_AGREEMENT_DAYS_LEFT, left > 0 ? left / day_us : left / day_us - 1);
    return to;
}

static pl_rc fill_host(const pl_run *r, pl_record *host, pl_err *err)
{
    size_t n = 0;

    if (!r->vendors) {
        pl_set_unreadable(host, PL_F_HOST_AGREEMENTS, "needs:policy");
        return PL_OK;
    }
    const pl_agreement *all = pl_vendors_agreements(r->vendors, &n);
    pl_record **list = pl_arena_calloc(r->arena, n + 1, sizeof(pl_record *));
    for (size_t i = 0; list && i < n; i++)
        if (!(list[i] = agreement_of(r, &all[i])))
            list = NULL;
    if (!list)
        return pl_fail(err, PL_LIMIT, "agreements do not fit the memory of the run");
    pl_set_recs(host, PL_F_HOST_AGREEMENTS, list, n);
    return PL_OK;
}

pl_rc pl_run_fill_vendors(pl_run *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < r->n_subjects; i++) {
        pl_record *rec = r->subjects[i]->rec;
        if (rec->kind == &pl_host_kind)
            rc = fill_host(r, rec, err);
        if (rec->kind == &pl_kind_container && r->vendors)
            answer_all(r, pl_get(rec, PL_F_CONTAINER_DESTINATIONS), &of_container);
    }
    return rc;
}
