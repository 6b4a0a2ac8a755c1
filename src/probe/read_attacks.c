/* SPDX-License-Identifier: Apache-2.0 */
/* What the answers to attacks say, in the worker. An answer that is not whole can show a hit, and
 * never that there is none. */
#include "probe/reading.h"

#include "core/attr.h"

/* Somebody in front of the service answered, or nobody for it. */
static bool is_wall(int status)
{
    static const int walls[] = {401, 403, 407, 408, 429, 502, 503, 504};

    for (size_t i = 0; i < PL_COUNT(walls); i++)
        if (status == walls[i])
            return true;
    return false;
}

static bool is_redirect(int status)
{
    return status >= 300 && status < 400;
}

/* Whether the attack got as far as what it is about: not behind a password, a limit of requests or
 * a redirect that meets everybody. Who refuses an attack alone (403) has looked at it. */
static bool came_through(const pl_attack *x, int status, int page)
{
    bool is_password = pl_attack_is_credentials(x);

    if (is_password ? status == 401 || status == 403 : status == 403 && page != 403)
        return true;
    if (is_wall(status))
        return false;
    bool leads = is_password || pl_str_eq(x->klass, PL_S("redirect"));
    return leads || !is_redirect(status) || !is_redirect(page);
}

/* The body that the head tells of is there. */
static bool is_whole(const pl_web_head *h)
{
    pl_str length;
    uint64_t n = 0;

    return !pl_web_get(h, PL_S("Content-Length"), 0, &length) ||
           (pl_str_u64(length, &n) && h->body.n >= n);
}

/* Why an answer without a hit says nothing; NULL: it is whole. */
static const char *why_open(const pl_reading_answer *a, const pl_web_head *h)
{
    pl_str coding;

    if (a->end == PL_TALK_LIMIT)
        return "limit:body";
    if (a->end == PL_TALK_SILENT)
        return "timeout";
    if (a->end == PL_TALK_ALERT || a->end == PL_TALK_NO_TLS || !is_whole(h))
        return "unreadable";
    if ((pl_web_get(h, PL_S("Content-Encoding"), 0, &coding) &&
         !pl_str_eq_nocase(coding, PL_S("identity"))) ||
        pl_web_get(h, PL_S("Transfer-Encoding"), 0, &coding))
        return "unsupported";
    return h->is_cut ? "limit:headers" : NULL;
}

static void set_result(pl_reading *r, pl_record *to, const pl_attack *x, const pl_web_head *page)
{
    const pl_reading_answer *a =
        pl_reading_answer_to(r, PL_ASK_ATTACK + (uint32_t)(x - r->about->attacks.items));
    pl_str seen = {"", 0};
    pl_web_head h;

    if (!a) {
        pl_set_unreadable(to, PL_F_DYNAMIC_HIT, "timeout");
        return;
    }
    if (pl_web_read(a->bytes, &h) != PL_WEB_OK) {
        pl_set_unreadable(to, PL_F_DYNAMIC_HIT, pl_reading_reason(a->end));
        return;
    }
    bool is_hit = pl_attack_hits(x, &h, page, &seen);
    const char *why = is_hit ? NULL : why_open(a, &h);
    if (!is_hit && !why && !came_through(x, h.status, page->status))
        why = "denied";
    pl_set_int(to, PL_F_DYNAMIC_STATUS, h.status);
    if (why)
        pl_set_unreadable(to, PL_F_DYNAMIC_HIT, why);
    else
        pl_set_bool(to, PL_F_DYNAMIC_HIT, is_hit);
    if (is_hit)
        pl_set_str(to, PL_F_DYNAMIC_SEEN, pl_arena_str(r->a, seen));
    else
        pl_set_absent(to, PL_F_DYNAMIC_SEEN);
}

static pl_record *result_of(pl_reading *r, const pl_attack *x, const pl_web_head *page)
{
    pl_record *to = pl_record_new(r->a, pl_endpoint_element_kind(PL_EE_DYNAMIC));

    if (!to)
        return NULL;
    pl_set_str(to, PL_F_DYNAMIC_NAME, x->name);
    pl_set_str(to, PL_F_DYNAMIC_CLASS, x->klass);
    set_result(r, to, x, page);
    return to;
}

/* The page itself must have answered, else nothing can be compared with it. */
void pl_reading_attacks(pl_reading *r)
{
    const pl_attacks *list = &r->about->attacks;
    const pl_reading_answer *a = pl_reading_answer_to(r, PL_ASK_PAGE);
    pl_record **items = pl_arena_calloc(r->a, list->n + 1, sizeof(pl_record *));
    pl_web_head page;
    size_t n = 0;

    if (!list->n) {
        pl_set_absent(r->to, PL_F_ENDPOINT_DYNAMIC);
        return;
    }
    if (!a || pl_web_read(a->bytes, &page) != PL_WEB_OK) {
        pl_set_unreadable(r->to, PL_F_ENDPOINT_DYNAMIC, a ? pl_reading_reason(a->end) : "timeout");
        return;
    }
    for (size_t i = 0; items && i < list->n; i++) {
        /* A page that asks for no password cannot be let into by one. */
        if (pl_attack_is_credentials(&list->items[i]) && page.status != 401)
            continue;
        if (!(items[n++] = result_of(r, &list->items[i], &page)))
            return;
    }
    if (items)
        pl_set_recs(r->to, PL_F_ENDPOINT_DYNAMIC, items, n);
}
