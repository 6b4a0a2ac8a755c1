/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composer (Packagist): what VersionParser::normalize() of composer/semver 3 makes of a version,
 * in the order of PHP's version_compare().
 *
 * Numbers, a stage with numbers of its own, and "dev". A version that names a branch ("dev-main")
 * has no order. Dates are versions too ("2010-01-02"); "1.x-dev" is before no 1.N.
 */
#include "vuln/char.h"
#include "vuln/version.h"

enum { NUMBERS = 4, DATE_PAIRS = 6, DATE_NUMBERS = DATE_PAIRS + 2 };

/* Words in the order of version_compare(); END: the version ends there. */
enum rank { OTHER, DEV, ALPHA, BETA, RC, END, NUMBER, PATCH };

/* Of two that begin alike the longer stands first. */
static const struct stage {
    pl_str word;
    enum rank rank;
} stages[] = {
    {{"stable", 6}, OTHER}, {{"beta", 4}, BETA},   {{"b", 1}, BETA},
    {{"rc", 2}, RC},        {{"alpha", 5}, ALPHA}, {{"a", 1}, ALPHA},
    {{"patch", 5}, PATCH},  {{"pl", 2}, PATCH},    {{"p", 1}, PATCH},
};

struct version {
    pl_str number[DATE_NUMBERS];
    size_t n;
    enum rank stage;     /* END: none */
    pl_str stage_number; /* digits separated by '.' or '-' */
    bool is_dev;
};

static bool is_digit_mark(char c)
{
    return c == '.' || c == '-';
}

static bool take_mark(pl_str *s, const char *marks)
{
    if (!s->n || !*s->p || !strchr(marks, *s->p))
        return false;
    *s = pl_skip(*s, 1);
    return true;
}

/* {[mark] digits}: all of it, without the first mark. */
static pl_str take_stage_number(pl_str *s)
{
    pl_str from = *s;

    for (;;) {
        pl_str rest = *s;
        (void)take_mark(&rest, ".-");
        if (!pl_take_digits(&rest).n)
            break;
        *s = rest;
    }
    from.n -= s->n;
    if (from.n && is_digit_mark(*from.p))
        from = pl_skip(from, 1);
    return from;
}

/* [mark] [stage [numbers]] [[mark] dev], to the end of the text. */
static bool take_modifier(pl_str s, struct version *v)
{
    bool is_final = false;

    v->stage = END;
    v->is_dev = false;
    v->stage_number = (pl_str){"", 0};
    (void)take_mark(&s, "._-");
    for (size_t i = 0; i < PL_COUNT(stages); i++) {
        pl_str word = pl_str_sub(s, 0, stages[i].word.n);
        if (!pl_take_word(&s, stages[i].word))
            continue;
        is_final = pl_str_eq(word, PL_S("stable"));
        v->stage = stages[i].rank;
        v->stage_number = take_stage_number(&s);
        break;
    }
    pl_str rest = s;
    (void)take_mark(&rest, ".-");
    if (pl_take_word(&rest, PL_S("dev"))) {
        v->is_dev = true;
        s = rest;
    }
    if (is_final) {
        v->stage = END;
        v->is_dev = false;
        v->stage_number.n = 0;
    }
    return s.n == 0;
}

static bool take_classic(pl_str s, struct version *v)
{
    enum { FIRST_DIGITS = 5 };

    v->number[0] = pl_take_digits(&s);
    if (!v->number[0].n || v->number[0].n > FIRST_DIGITS)
        return false;
    for (v->n = 1; v->n < NUMBERS; v->n++) {
        pl_str rest = s;
        v->number[v->n] = (pl_str){"0", 1};
        if (!pl_take_char(&rest, '.') || !rest.n || !pl_is_digit(*rest.p))
            continue;
        v->number[v->n] = pl_take_digits(&rest);
        s = rest;
    }
    return take_modifier(s, v);
}

static bool take_n_digits(pl_str *s, size_t n)
{
    if (s->n < n || !pl_all_digits(pl_str_sub(*s, 0, n)))
        return false;
    *s = pl_skip(*s, n);
    return true;
}

static bool is_date_mark(char c)
{
    return c == '.' || c == ':' || c == '-';
}

/* The numbers of a date as they are separated, so that "20100102" is one. */
static void cut_date(pl_str date, struct version *v)
{
    v->n = 0;
    while (date.n && v->n < DATE_NUMBERS) {
        v->number[v->n++] = pl_take_digits(&date);
        if (date.n)
            date = pl_skip(date, 1);
    }
}

/* Behind the pairs, one to three digits more, as many as leave a good modifier. */
static bool take_date_tail(pl_str date, pl_str rest, struct version *v)
{
    enum { TAIL = 3 };

    for (size_t n = TAIL; n > 0; n--) {
        pl_str after = rest;
        (void)take_mark(&after, ".:-");
        if (!take_n_digits(&after, n) || !take_modifier(after, v))
            continue;
        cut_date((pl_str){date.p, date.n - after.n}, v);
        return true;
    }
    if (!take_modifier(rest, v))
        return false;
    cut_date((pl_str){date.p, date.n - rest.n}, v);
    return true;
}

/* A year and one to six pairs of digits. */
static bool take_date(pl_str s, struct version *v)
{
    enum { YEAR = 4 };
    pl_str after[DATE_PAIRS];
    pl_str rest = s;
    size_t n = 0;

    if (!take_n_digits(&rest, YEAR))
        return false;
    while (n < DATE_PAIRS) {
        if (rest.n && is_date_mark(*rest.p))
            rest = pl_skip(rest, 1);
        if (!take_n_digits(&rest, 2))
            break;
        after[n++] = rest;
    }
    while (n > 0)
        if (take_date_tail(s, after[--n], v))
            return true;
    return false;
}

/* "1.x-dev": numbers and x to the end, what is missing is x. */
static bool take_branch(pl_str s, struct version *v)
{
    static const pl_str wild = {"9999999", 7};

    if (s.n < 3 || !pl_str_eq_nocase(pl_str_sub(s, s.n - 3, 3), PL_S("dev")))
        return false;
    s.n -= 3;
    if (s.n && is_digit_mark(s.p[s.n - 1]))
        s.n--;
    *v = (struct version){.n = NUMBERS, .stage = END, .is_dev = true};
    v->number[0] = pl_take_digits(&s);
    for (size_t i = 1; i < NUMBERS; i++) {
        v->number[i] = wild;
        if (!s.n)
            continue;
        if (!pl_take_char(&s, '.') || !s.n)
            return false;
        if (pl_is_digit(*s.p))
            v->number[i] = pl_take_digits(&s);
        else if (!take_mark(&s, "xX*"))
            return false;
    }
    return v->number[0].n && !s.n;
}

/* " as ALIAS", "@stability" and "+build" do not count. */
static pl_str strip(pl_str s)
{
    static const pl_str flags[] = {
        {"@stable", 7}, {"@RC", 3}, {"@beta", 5}, {"@alpha", 6}, {"@dev", 4}};
    pl_str rest = s = pl_str_trim(s), head;

    if (pl_str_cut(&rest, ' ', &head) && pl_str_starts(pl_str_trim(rest), PL_S("as ")))
        s = head;
    for (size_t i = 0; i < PL_COUNT(flags); i++)
        if (s.n >= flags[i].n &&
            pl_str_eq_nocase(pl_str_sub(s, s.n - flags[i].n, flags[i].n), flags[i])) {
            s.n -= flags[i].n;
            break;
        }
    rest = s;
    if (pl_str_cut(&rest, '+', &head) && rest.n && head.n)
        s = head;
    return s;
}

static bool parse(pl_str s, struct version *ret)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ',' || s.p[i] == '\0')
            return false;
    s = strip(s);
    if (s.n && (*s.p == 'v' || *s.p == 'V'))
        s = pl_skip(s, 1);
    return take_classic(s, ret) || take_date(s, ret) || take_branch(s, ret);
}

/* The parts of a version one by one, as version_compare() takes them. */
struct cursor {
    const struct version *v;
    size_t number; /* next of the numbers */
    bool had_stage, had_dev;
    pl_str stage_number;
};

static enum rank next_part(struct cursor *c, pl_str *ret)
{
    *ret = (pl_str){"", 0};
    if (c->number < c->v->n) {
        *ret = c->v->number[c->number++];
        return NUMBER;
    }
    if (!c->had_stage && c->v->stage != END) {
        c->had_stage = true;
        c->stage_number = c->v->stage_number;
        return c->v->stage;
    }
    if (c->stage_number.n) {
        *ret = pl_take_digits(&c->stage_number);
        if (c->stage_number.n)
            c->stage_number = pl_skip(c->stage_number, 1);
        return NUMBER;
    }
    if (!c->had_dev && c->v->is_dev) {
        c->had_dev = true;
        return DEV;
    }
    return END;
}

pl_order pl_version_order_composer(pl_str a, pl_str b)
{
    struct version va = {0}, vb = {0};
    struct cursor ca = {.v = &va}, cb = {.v = &vb};

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    for (;;) {
        pl_str x, y;
        enum rank ra = next_part(&ca, &x), rb = next_part(&cb, &y);
        int d = (int)ra - (int)rb;
        if (!d)
            d = pl_digits_cmp(x, y);
        if (d)
            return d < 0 ? PL_ORDER_LESS : PL_ORDER_GREATER;
        if (ra == END)
            return PL_ORDER_EQUAL;
    }
}
