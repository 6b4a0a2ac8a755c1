/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t system_wall_us(void *arg)
{
    struct timespec t;
    (void)arg;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint64_t system_mono_ns(void *arg)
{
    struct timespec t;
    (void)arg;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

const pl_clock pl_clock_system = {system_wall_us, system_mono_ns, NULL};

int64_t pl_now_us(const pl_clock *c)
{
    return c->wall_us(c->arg);
}

uint64_t pl_mono_ns(const pl_clock *c)
{
    return c->mono_ns(c->arg);
}

void pl_time_print(int64_t us, char ret[PL_TIME_TEXT])
{
    int64_t s = us / 1000000;
    int64_t frac = us % 1000000;
    struct tm t;

    if (frac < 0)
        s--, frac += 1000000;
    time_t when = (time_t)s;
    if (!gmtime_r(&when, &t) || t.tm_year < -1900 || t.tm_year > 8099) {
        (void)snprintf(ret, PL_TIME_TEXT, "invalid");
        return;
    }
    size_t n = strftime(ret, PL_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &t);
    (void)snprintf(ret + n, PL_TIME_TEXT - n, ".%06dZ", (int)frac);
}

static bool fixed_digits(pl_str *s, size_t n, int *ret)
{
    uint64_t v;
    if (s->n < n || !pl_str_u64(pl_str_sub(*s, 0, n), &v))
        return false;
    *s = pl_str_sub(*s, n, s->n);
    *ret = (int)v;
    return true;
}

static bool eat(pl_str *s, const char *any)
{
    if (!s->n || !strchr(any, s->p[0]) || s->p[0] == '\0')
        return false;
    *s = pl_str_sub(*s, 1, s->n);
    return true;
}

static bool fraction(pl_str *s, int64_t *ret_us)
{
    int64_t us = 0;
    size_t digits = 0;

    while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        if (digits < 6)
            us = us * 10 + (s->p[0] - '0');
        digits++;
        *s = pl_str_sub(*s, 1, s->n);
    }
    for (size_t i = digits; i < 6; i++)
        us *= 10;
    *ret_us = us;
    return digits >= 1 && digits <= 9;
}

static bool offset(pl_str *s, int64_t *ret_s)
{
    int h, m;
    bool minus = s->n && s->p[0] == '-';

    *ret_s = 0;
    if (eat(s, "Zz"))
        return true;
    if (!eat(s, "+-") || !fixed_digits(s, 2, &h) || !eat(s, ":") || !fixed_digits(s, 2, &m))
        return false;
    *ret_s = (int64_t)(h * 60 + m) * (minus ? -60 : 60);
    return h < 24 && m < 60;
}

bool pl_time_parse(pl_str s, int64_t *ret_us)
{
    struct tm t = {0};
    int64_t frac = 0;
    int64_t off;

    if (!fixed_digits(&s, 4, &t.tm_year) || !eat(&s, "-") || !fixed_digits(&s, 2, &t.tm_mon) ||
        !eat(&s, "-") || !fixed_digits(&s, 2, &t.tm_mday) || !eat(&s, "Tt ") ||
        !fixed_digits(&s, 2, &t.tm_hour) || !eat(&s, ":") || !fixed_digits(&s, 2, &t.tm_min) ||
        !eat(&s, ":") || !fixed_digits(&s, 2, &t.tm_sec))
        return false;
    if (eat(&s, ".") && !fraction(&s, &frac))
        return false;
    if (!offset(&s, &off) || s.n || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 ||
        t.tm_mday > 31 || t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60)
        return false;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    *ret_us = ((int64_t)timegm(&t) - off) * 1000000 + frac;
    return true;
}
