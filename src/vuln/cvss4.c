/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CVSS 4.0 (first.org/cvss/v4-0/specification-document, section 8): a vector belongs to a macro
 * vector of six equivalence sets, whose score stands in a table; from it the mean of what the
 * vector is below the highest vectors of its sets is taken off.
 */
#include "core/attr.h"
#include "vuln/cvss.h"

#include <math.h>
#include <string.h>

enum { NO = 255, EQ4_TO_6 = 18 };

/* Scores in tenths of EQ1, EQ2, EQ3 (rows) and EQ4, EQ5, EQ6 (columns); NO: there is no such one.
 */
static const uint8_t scores[][EQ4_TO_6] = {
    /* 000 */ {100, 99, 98, 95, 95, 92, 100, 96, 93, 87, 91, 81, 93, 90, 89, 80, 81, 68},
    /* 001 */ {98, 95, 95, 92, 90, 84, 93, 92, 89, 81, 81, 65, 88, 80, 78, 70, 69, 48},
    /* 002 */ {NO, 92, NO, 82, NO, 72, NO, 79, NO, 69, NO, 50, NO, 69, NO, 55, NO, 27},
    /* 010 */ {99, 97, 95, 92, 92, 85, 95, 91, 90, 83, 84, 71, 92, 81, 82, 71, 72, 53},
    /* 011 */ {95, 93, 92, 85, 85, 73, 92, 82, 80, 72, 70, 59, 84, 70, 71, 52, 50, 30},
    /* 012 */ {NO, 86, NO, 75, NO, 52, NO, 71, NO, 52, NO, 29, NO, 63, NO, 29, NO, 17},
    /* 100 */ {98, 95, 94, 87, 91, 81, 94, 89, 86, 74, 77, 64, 87, 75, 74, 63, 63, 49},
    /* 101 */ {94, 89, 88, 77, 76, 67, 86, 76, 74, 58, 59, 50, 72, 57, 57, 52, 52, 25},
    /* 102 */ {NO, 83, NO, 70, NO, 54, NO, 65, NO, 58, NO, 26, NO, 53, NO, 21, NO, 13},
    /* 110 */ {95, 90, 88, 76, 76, 70, 90, 77, 75, 62, 61, 53, 77, 66, 68, 59, 52, 30},
    /* 111 */ {89, 78, 76, 67, 62, 58, 74, 59, 57, 57, 47, 23, 61, 52, 57, 29, 24, 16},
    /* 112 */ {NO, 71, NO, 59, NO, 30, NO, 58, NO, 26, NO, 15, NO, 23, NO, 13, NO, 6},
    /* 200 */ {93, 87, 86, 72, 75, 58, 86, 74, 74, 61, 56, 34, 70, 54, 52, 40, 40, 22},
    /* 201 */ {85, 75, 74, 55, 62, 51, 72, 57, 55, 41, 46, 19, 53, 36, 34, 19, 19, 8},
    /* 202 */ {NO, 64, NO, 51, NO, 20, NO, 47, NO, 21, NO, 11, NO, 24, NO, 9, NO, 4},
    /* 210 */ {88, 75, 73, 53, 60, 50, 73, 55, 59, 40, 41, 20, 54, 43, 45, 22, 20, 11},
    /* 211 */ {75, 55, 58, 45, 40, 21, 61, 51, 48, 18, 20, 9, 46, 18, 17, 7, 8, 2},
    /* 212 */ {NO, 53, NO, 24, NO, 14, NO, 24, NO, 12, NO, 5, NO, 10, NO, 3, NO, 1},
};

/* Values in descending severity; each is one step below the one before. */
enum metric { AV, PR, UI, AC, AT, VC, VI, VA, CR, IR, AR, SC, SI, SA, E, METRICS };

static const struct metric_row {
    pl_str name;
    const char *values;
    bool is_base;
} metrics[METRICS] = {
    [AV] = {{"AV", 2}, "NALP", true}, [PR] = {{"PR", 2}, "NLH", true},
    [UI] = {{"UI", 2}, "NPA", true},  [AC] = {{"AC", 2}, "LH", true},
    [AT] = {{"AT", 2}, "NP", true},   [VC] = {{"VC", 2}, "HLN", true},
    [VI] = {{"VI", 2}, "HLN", true},  [VA] = {{"VA", 2}, "HLN", true},
    [SC] = {{"SC", 2}, "SHLN", true}, [SI] = {{"SI", 2}, "SHLN", true},
    [SA] = {{"SA", 2}, "SHLN", true}, [CR] = {{"CR", 2}, "HML", false},
    [IR] = {{"IR", 2}, "HML", false}, [AR] = {{"AR", 2}, "HML", false},
    [E] = {{"E", 1}, "APU", false},
};

/* Supplemental metrics do not enter the score. */
static const struct {
    pl_str name;
    const char *values;
} others[] = {
    {{"S", 1}, "XNP"}, {{"AU", 2}, "XNY"},  {{"R", 1}, "XAUI"},
    {{"V", 1}, "XDC"}, {{"RE", 2}, "XLMH"}, {{"U", 1}, NULL},
};

struct vector {
    bool has[METRICS], has_modified[METRICS], has_other[PL_COUNT(others)];
    uint8_t level[METRICS], modified[METRICS]; /* steps below the most severe value */
};

/* Only a modified impact on integrity or availability of other systems can be on safety. */
static bool take_value(enum metric m, bool is_modified, pl_str value, uint8_t *ret)
{
    const char *at = value.n == 1 && *value.p ? strchr(metrics[m].values, *value.p) : NULL;

    if (!at || (*at == 'S' && (!is_modified || m == SC)))
        return false;
    *ret = (uint8_t)(at - metrics[m].values);
    return true;
}

static bool take_base(struct vector *v, enum metric m, pl_str value)
{
    bool is_unset = !metrics[m].is_base && pl_str_eq(value, PL_S("X"));

    if (v->has[m])
        return false;
    v->has[m] = true;
    return is_unset || take_value(m, false, value, &v->level[m]);
}

static bool take_modified(struct vector *v, enum metric m, pl_str value)
{
    if (v->has_modified[m])
        return false;
    v->has_modified[m] = true;
    if (!pl_str_eq(value, PL_S("X")))
        return take_value(m, true, value, &v->modified[m]);
    v->modified[m] = NO;
    return true;
}

static bool take_other(struct vector *v, pl_str name, pl_str value)
{
    static const pl_str urgencies[] = {
        {"X", 1}, {"Clear", 5}, {"Green", 5}, {"Amber", 5}, {"Red", 3}};

    for (size_t i = 0; i < PL_COUNT(others); i++) {
        if (!pl_str_eq(others[i].name, name))
            continue;
        bool was = v->has_other[i], is_known = false;
        v->has_other[i] = true;
        if (others[i].values)
            is_known = value.n == 1 && *value.p && strchr(others[i].values, *value.p);
        for (size_t k = 0; !others[i].values && k < PL_COUNT(urgencies); k++)
            is_known |= pl_str_eq(urgencies[k], value);
        return !was && is_known;
    }
    return false;
}

static bool take_metric(struct vector *v, pl_str part)
{
    pl_str value = part, name;

    (void)pl_str_cut(&value, ':', &name);
    for (size_t i = 0; i < METRICS; i++) {
        if (pl_str_eq(metrics[i].name, name))
            return take_base(v, (enum metric)i, value);
        if (metrics[i].is_base && pl_str_starts(name, PL_S("M")) &&
            pl_str_eq(metrics[i].name, pl_str_sub(name, 1, name.n)))
            return take_modified(v, (enum metric)i, value);
    }
    return take_other(v, name, value);
}

static bool parse(pl_str s, struct vector *v)
{
    pl_str part;

    if (!pl_str_starts(s, PL_S("CVSS:4.0/")) || pl_str_ends(s, PL_S("/")))
        return false;
    s = pl_str_sub(s, sizeof("CVSS:4.0/") - 1, s.n);
    while (pl_str_cut(&s, '/', &part))
        if (!take_metric(v, part))
            return false;
    for (size_t i = 0; i < METRICS; i++) {
        if (metrics[i].is_base && !v->has[i])
            return false;
        if (v->has_modified[i] && v->modified[i] != NO)
            v->level[i] = v->modified[i];
    }
    return true;
}

/* ---- equivalence sets ---- */

struct sets {
    unsigned eq[6];
};

static bool is_high_impact(const struct vector *v, enum metric impact, enum metric requirement)
{
    return v->level[impact] == 0 && v->level[requirement] == 0;
}

static struct sets sets_of(const struct vector *v)
{
    const uint8_t *l = v->level;
    int nones = (l[AV] == 0) + (l[PR] == 0) + (l[UI] == 0);
    bool is_safety = l[SI] == 0 || l[SA] == 0;
    bool is_high_after = l[SC] == 1 || l[SI] == 1 || l[SA] == 1;
    bool is_any_high = l[VC] == 0 || l[VI] == 0 || l[VA] == 0;
    bool is_required =
        is_high_impact(v, VC, CR) || is_high_impact(v, VI, IR) || is_high_impact(v, VA, AR);
    enum { PHYSICAL = 3 };
    unsigned eq1 = nones == 3 ? 0 : nones > 0 && l[AV] != PHYSICAL ? 1 : 2;
    unsigned eq2 = l[AC] == 0 && l[AT] == 0 ? 0 : 1;
    unsigned eq3 = l[VC] == 0 && l[VI] == 0 ? 0 : is_any_high ? 1 : 2;
    unsigned eq4 = is_safety ? 0 : is_high_after ? 1 : 2;

    return (struct sets){{eq1, eq2, eq3, eq4, l[E], is_required ? 0 : 1}};
}

/* -1: there is no such macro vector. */
static int score_of(const struct sets *s)
{
    static const unsigned sizes[] = {3, 2, 3, 3, 3, 2};

    for (size_t i = 0; i < PL_COUNT(sizes); i++)
        if (s->eq[i] >= sizes[i])
            return -1;
    uint8_t score =
        scores[(s->eq[0] * 2 + s->eq[1]) * 3 + s->eq[2]][(s->eq[3] * 3 + s->eq[4]) * 2 + s->eq[5]];
    return score == NO ? -1 : score;
}

static int next_score(struct sets s, int set)
{
    s.eq[set]++;
    return score_of(&s);
}

/* EQ3 and EQ6 go down together: the higher of the two ways where both are open. */
static int next_score_3_6(struct sets s)
{
    enum { EQ3 = 2, EQ6 = 5 };

    if (s.eq[EQ6] == 1)
        return next_score(s, EQ3);
    if (s.eq[EQ3] == 1)
        return next_score(s, EQ6);
    if (s.eq[EQ3] == 0) {
        int left = next_score(s, EQ6), right = next_score(s, EQ3);
        return left > right ? left : right;
    }
    s.eq[EQ3]++;
    return next_score(s, EQ6);
}

/* The highest vectors of a set, by the levels of its metrics; a set ends with the last metric. */
struct max {
    unsigned eq, eq6;
    uint8_t level[6];
};

static const struct max max1[] = {
    {0, 0, {0, 0, 0}}, {1, 0, {1, 0, 0}}, {1, 0, {0, 1, 0}},
    {1, 0, {0, 0, 1}}, {2, 0, {3, 0, 0}}, {2, 0, {1, 1, 1}},
};
static const struct max max2[] = {{0, 0, {0, 0}}, {1, 0, {1, 0}}, {1, 0, {0, 1}}};
static const struct max max36[] = {
    {0, 0, {0, 0, 0, 0, 0, 0}}, {0, 1, {0, 0, 1, 1, 1, 0}}, {0, 1, {0, 0, 0, 1, 1, 1}},
    {1, 0, {1, 0, 0, 0, 0, 0}}, {1, 0, {0, 1, 0, 0, 0, 0}}, {1, 1, {1, 0, 1, 0, 1, 0}},
    {1, 1, {1, 0, 0, 0, 1, 1}}, {1, 1, {0, 1, 0, 1, 0, 1}}, {1, 1, {0, 1, 1, 1, 0, 0}},
    {1, 1, {1, 1, 0, 0, 0, 1}}, {2, 1, {1, 1, 1, 0, 0, 0}},
};
static const struct max max4[] = {{0, 0, {1, 0, 0}}, {1, 0, {1, 1, 1}}, {2, 0, {2, 2, 2}}};

/* Steps between the vector and the first of the highest vectors that is nowhere below it. */
static unsigned distance(const struct vector *v, enum metric first, size_t n, const struct max *max,
                         size_t n_max, unsigned eq, unsigned eq6)
{
    for (size_t i = 0; i < n_max; i++) {
        unsigned steps = 0;
        size_t k = 0;
        if (max[i].eq != eq || max[i].eq6 != eq6)
            continue;
        for (; k < n && v->level[first + k] >= max[i].level[k]; k++)
            steps += v->level[first + k] - max[i].level[k];
        if (k == n)
            return steps;
    }
    return 0;
}

static double share(int score, int next, unsigned steps, unsigned depth, unsigned *n)
{
    if (next < 0 || next > score)
        return 0;
    ++*n;
    return (double)(score - next) * steps / depth;
}

/* What the vector is below the highest of its sets, in tenths. */
static double mean_distance(const struct vector *v, const struct sets *s, int score)
{
    static const unsigned depth1[] = {1, 4, 5}, depth2[] = {1, 2}, depth4[] = {6, 5, 4};
    static const unsigned depth36[][2] = {{7, 6}, {8, 8}, {10, 10}};
    const unsigned *eq = s->eq;
    unsigned n = 0;
    double sum = 0;

    sum += share(score, next_score(*s, 0), distance(v, AV, 3, max1, PL_COUNT(max1), eq[0], 0),
                 depth1[eq[0]], &n);
    sum += share(score, next_score(*s, 1), distance(v, AC, 2, max2, PL_COUNT(max2), eq[1], 0),
                 depth2[eq[1]], &n);
    sum +=
        share(score, next_score_3_6(*s), distance(v, VC, 6, max36, PL_COUNT(max36), eq[2], eq[5]),
              depth36[eq[2]][eq[5]], &n);
    sum += share(score, next_score(*s, 3), distance(v, SC, 3, max4, PL_COUNT(max4), eq[3], 0),
                 depth4[eq[3]], &n);
    sum += share(score, next_score(*s, 4), 0, 1, &n);
    return n ? sum / n : 0;
}

static bool has_no_impact(const struct vector *v)
{
    enum { NONE = 2, NONE_AFTER = 3 };
    return v->level[VC] == NONE && v->level[VI] == NONE && v->level[VA] == NONE &&
           v->level[SC] == NONE_AFTER && v->level[SI] == NONE_AFTER && v->level[SA] == NONE_AFTER;
}

int32_t pl_cvss4_score(pl_str vector)
{
    /* so that a sum that should end in 5 hundredths does not end below it */
    const double epsilon = 1e-5;
    struct vector v = {0};

    if (!parse(vector, &v))
        return -1;
    if (has_no_impact(&v))
        return 0;
    struct sets s = sets_of(&v);
    int score = score_of(&s);
    if (score < 0)
        return -1;
    return (int32_t)floor(fmax(score - mean_distance(&v, &s, score), 0) + epsilon + 0.5);
}
