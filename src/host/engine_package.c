/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which package the engine's binary belongs to, and who supports it. A version number alone says
 * nothing: distributions carry fixes back into old numbers.
 */
#include "host/facts.h"
#include "host/owner.h"
#include "host/places.h"
#include "model/eol.h"

/* docker-ce is built by the engine's own makers; its version has an epoch and a revision. */
static bool is_upstream(const pl_package *p)
{
    return pl_str_starts(p->name, PL_S("docker-ce")) ||
           pl_str_has(p->maintainer, PL_S("@docker.com"));
}

static pl_str upstream_version(pl_str v)
{
    pl_str rest = v, head;
    if (pl_str_has(v, PL_S(":")))
        (void)pl_str_cut(&rest, ':', &head);
    return rest;
}

static void set_days(pl_host_reading *f, const pl_eol *e)
{
    if (!e || e->state == PL_EOL_UNKNOWN)
        pl_set_unreadable(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS, "unsupported");
    else if (e->state == PL_EOL_DATED)
        pl_set_int(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS,
                   pl_eol_days_left(e->security_day, f->now_us));
    else if (e->state == PL_EOL_ENDED)
        pl_set_int(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS, -1);
    else
        pl_set_absent(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS);
}

static void set_supplier(pl_host_reading *f, const pl_package *p)
{
    pl_set_str(f->host, PL_F_HOST_ENGINE_PACKAGE,
               pl_host_fmt(f->a, "%.*s %.*s", PL_F(p->name), PL_F(p->version)));
    if (is_upstream(p)) {
        pl_set_str(f->host, PL_F_HOST_ENGINE_SUPPLIER, PL_S("upstream"));
        set_days(f, pl_eol_product(PL_S("docker-engine"), upstream_version(p->version)));
        return;
    }
    pl_set_str(f->host, PL_F_HOST_ENGINE_SUPPLIER, PL_S("distribution"));
    /* The distribution supports it as long as the release: the same fact, read before. */
    const pl_value *days = pl_get(f->host, PL_F_HOST_OS_SUPPORT_DAYS);
    if (days->state == PL_PRESENT)
        pl_set_int(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS, days->u.i);
    else if (days->state == PL_ABSENT)
        pl_set_absent(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS);
    else
        pl_set_unreadable(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS, days->reason);
}

static void set_all_absent(pl_host_reading *f)
{
    pl_set_absent(f->host, PL_F_HOST_ENGINE_PACKAGE);
    pl_set_absent(f->host, PL_F_HOST_ENGINE_SUPPLIER);
    pl_set_absent(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS);
}

static void set_all_unreadable(pl_host_reading *f, const char *reason)
{
    pl_set_unreadable(f->host, PL_F_HOST_ENGINE_PACKAGE, reason);
    pl_set_unreadable(f->host, PL_F_HOST_ENGINE_SUPPLIER, reason);
    pl_set_unreadable(f->host, PL_F_HOST_ENGINE_SUPPORT_DAYS, reason);
}

void pl_host_facts_engine_package(pl_host_reading *f)
{
    pl_places p = pl_places_find(f);

    if (p.is_waiting)
        return;
    if (!p.has_dockerd) {
        if (p.process_reason)
            set_all_unreadable(f, p.process_reason);
        else
            set_all_absent(f);
        return;
    }
    if (!p.dockerd.n) {
        set_all_unreadable(f, "denied");
        return;
    }
    pl_program_owner owner = pl_program_owner_of(f, p.dockerd);
    if (owner.state == PL_SEEN_WAIT)
        return;
    if (owner.state == PL_SEEN_OK)
        set_supplier(f, owner.package);
    else if (owner.state == PL_SEEN_FAILED)
        set_all_unreadable(f, owner.reason);
    else {
        set_all_absent(f);
        pl_set_str(f->host, PL_F_HOST_ENGINE_SUPPLIER, PL_S("unknown"));
    }
}
