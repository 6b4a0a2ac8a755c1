/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/freshness.h"

#define DAY_US (INT64_C(86400) * 1000000)

/* "7", or "Alpine=30" with the feed's name in *ret_name. */
static bool parse_item(pl_str item, pl_str *ret_name, int64_t *ret_days)
{
    pl_str rest = item;

    *ret_name = (pl_str){"", 0};
    if (pl_str_has(item, PL_S("=")) && (!pl_str_cut(&rest, '=', ret_name) || ret_name->n == 0))
        return false;
    return pl_str_i64(pl_str_trim(rest), ret_days) && *ret_days >= 0;
}

pl_rc pl_freshness_of(const pl_content *c, pl_freshness *ret, pl_err *err)
{
    const pl_list *list = NULL;
    pl_str name;
    int64_t days;

    for (size_t i = 0; i < c->n_lists && !list; i++)
        if (pl_str_eq(c->lists[i].name, PL_S("max_feed_age_days")) && !c->lists[i].is_unset)
            list = &c->lists[i];
    for (size_t i = 0; list && i < list->n; i++)
        if (!parse_item(list->items[i], &name, &days))
            return pl_fail(err, PL_USAGE,
                           "policy max_feed_age_days: \"%.*s\" is neither DAYS nor FEED=DAYS",
                           PL_F(list->items[i]));
    *ret = (pl_freshness){list};
    return PL_OK;
}

int64_t pl_feed_max_days(const pl_freshness *f, pl_str feed)
{
    int64_t general = PL_FEED_DAYS, days = 0;
    pl_str name;

    for (size_t i = 0; f->list && i < f->list->n; i++) {
        if (!parse_item(f->list->items[i], &name, &days))
            continue;
        if (pl_str_eq(name, feed))
            return days;
        if (name.n == 0)
            general = days;
    }
    return general;
}

int64_t pl_feed_age_days(const pl_feed *feed, int64_t now_us)
{
    if (feed->newest_us <= 0)
        return -1;
    return now_us > feed->newest_us ? (now_us - feed->newest_us) / DAY_US : 0;
}

bool pl_feed_is_stale(const pl_freshness *f, const pl_feed *feed, int64_t now_us)
{
    int64_t age = pl_feed_age_days(feed, now_us);
    return age < 0 || age > pl_feed_max_days(f, feed->name);
}

const char *pl_feed_gap(const pl_advisories *db, const pl_freshness *f, pl_str name, int64_t now_us)
{
    for (size_t i = 0; db && i < pl_advisories_feeds(db); i++) {
        pl_feed feed = pl_advisories_feed(db, i);
        if (pl_str_eq(feed.name, name))
            return pl_feed_is_stale(f, &feed, now_us) ? "feed-stale" : NULL;
    }
    return "feed-missing";
}
