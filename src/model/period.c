/* SPDX-License-Identifier: Apache-2.0 */
#include "model/period.h"

#include "core/attr.h"
#include "core/clock.h"

#include <string.h>
#include <time.h>

#define DAY_US INT64_C(86400000000)

static const struct {
    const char *word;
    int months, days, most;
} periods[] = {
#define X(sym, word, months, days, most) [PL_PERIOD_##sym] = {(word), (months), (days), (most)},
    PL_PERIOD_LIST(X)
#undef X
};

bool pl_period_parse(pl_str word, pl_period *ret)
{
    for (size_t i = 0; i < PL_COUNT(periods); i++) {
        if (pl_str_eq(word, pl_str_c(periods[i].word))) {
            *ret = (pl_period)i;
            return true;
        }
    }
    return false;
}

const char *pl_period_word(pl_period p)
{
    return periods[p].word;
}

int64_t pl_day_start(int64_t us)
{
    int64_t over = us % DAY_US;

    return us - (over < 0 ? over + DAY_US : over);
}

int64_t pl_day_end(int64_t us)
{
    return pl_day_start(us) + DAY_US;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month] + (month == 1 && is_leap);
}

/* The same day so many months later, or the last one of that month. */
static int64_t months_on(int64_t us, int months)
{
    time_t when = (time_t)(pl_day_start(us) / 1000000);
    struct tm t;

    if (!gmtime_r(&when, &t))
        return us;
    int month = t.tm_mon + months;
    t.tm_year += month / 12;
    t.tm_mon = month % 12;
    int last = days_in(t.tm_year + 1900, t.tm_mon);
    if (t.tm_mday > last)
        t.tm_mday = last;
    return (int64_t)timegm(&t) * 1000000;
}

pl_term pl_period_term(pl_period p, int64_t said_us)
{
    int64_t due = periods[p].months ? months_on(said_us, periods[p].months)
                                    : said_us + periods[p].days * DAY_US;

    if (periods[p].most == 0)
        return (pl_term){0, 0};
    return (pl_term){pl_day_end(due), pl_day_end(said_us + periods[p].most * DAY_US)};
}

bool pl_day_parse(pl_str s, int64_t *ret_us)
{
    enum { DAY = 10 };
    char text[PL_TIME_TEXT] = "", back[PL_TIME_TEXT];

    if (s.n != DAY || !s.p)
        return false;
    memcpy(text, s.p, DAY);
    memcpy(text + DAY, "T00:00:00Z", sizeof("T00:00:00Z"));
    if (!pl_time_parse(pl_str_c(text), ret_us))
        return false;
    /* The 30th of February comes back as another day. */
    pl_time_print(*ret_us, back);
    return memcmp(back, s.p, DAY) == 0;
}

bool pl_duration_parse(pl_str s, int64_t *ret_seconds)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const int64_t most = INT64_C(3653) * 86400;
    uint64_t n = 0;

    if (s.n < 2 || !pl_str_u64(pl_str_sub(s, 0, s.n - 1), &n) || n == 0)
        return false;
    for (size_t i = 0; i < PL_COUNT(units); i++) {
        if (s.p[s.n - 1] != units[i].letter || n > (uint64_t)(most / units[i].seconds))
            continue;
        *ret_seconds = (int64_t)n * units[i].seconds;
        return true;
    }
    return false;
}
