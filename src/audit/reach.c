/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what is vulnerable runs, and behind a port that others can reach: of each image, by the
 * containers that this run saw. */
#include "audit/run_private.h"
#include "engine/fields.h"
#include "image/fields.h"

struct seen {
    bool runs, is_published, is_doubtful;
};

static bool is_loopback(pl_str ip)
{
    return pl_str_starts(ip, PL_S("127.")) || pl_str_eq(ip, PL_S("::1")) ||
           pl_str_eq(ip, PL_S("[::1]"));
}

static void look_at_ways_in(const pl_record *container, struct seen *to)
{
    const pl_value *ways = pl_get(container, PL_F_CONTAINER_WAYS_IN);

    to->is_doubtful |= ways->state == PL_UNREADABLE;
    for (size_t i = 0; ways->state == PL_PRESENT && i < ways->n; i++) {
        const pl_value *ip = pl_get(ways->u.recs[i], PL_F_PORT_HOST_IP);
        if (ip->state == PL_UNREADABLE)
            to->is_doubtful = true;
        else if (ip->state != PL_PRESENT || !is_loopback(ip->u.s))
            to->is_published = true;
    }
}

static void look_at(const pl_subject *container, const pl_subject *image, struct seen *to)
{
    const pl_value *id = pl_get(container->rec, PL_F_CONTAINER_IMAGE_ID);
    const pl_value *runs = pl_get(container->rec, PL_F_CONTAINER_RUNNING);

    if (runs->state == PL_PRESENT && !runs->u.b)
        return;
    if (id->state != PL_PRESENT || runs->state != PL_PRESENT)
        to->is_doubtful = true;
    else if (pl_str_eq(id->u.s, image->key)) {
        to->runs = true;
        look_at_ways_in(container->rec, to);
    }
}

/* Not published is not out of reach: another container may hand on what comes from outside. */
static const char *reach_of(const pl_run *r, const pl_subject *image)
{
    struct seen seen = {0};

    for (size_t i = 0; i < r->n_subjects; i++)
        if (r->subjects[i]->rec->kind == &pl_kind_container && !r->subjects[i]->source)
            look_at(r->subjects[i], image, &seen);
    if (seen.is_published)
        return PL_REACH_PUBLISHED;
    if (seen.is_doubtful)
        return NULL;
    return seen.runs ? PL_REACH_NOT_PUBLISHED : PL_REACH_NOT_RUNNING;
}

pl_rc pl_run_tell_reach(pl_run *r, pl_err *err)
{
    const pl_subject *last = NULL;
    const char *reach = NULL;

    if (!pl_run_saw_containers(r))
        return PL_OK;
    for (size_t i = 0; i < r->n_findings; i++) {
        pl_finding *f = r->findings[i];
        if (!f->vuln || f->subject->rec->kind != &pl_image_kind)
            continue;
        pl_vuln_facts *facts = PL_NEW(r->arena, pl_vuln_facts);
        if (!facts)
            return pl_fail(err, PL_LIMIT, "vulnerabilities of %.*s", PL_F(f->subject->name));
        if (f->subject != last)
            reach = reach_of(r, f->subject);
        last = f->subject;
        *facts = *f->vuln;
        facts->reach = reach;
        f->vuln = facts;
    }
    return PL_OK;
}
