/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/cvss.h"

#include <math.h>

enum metric { AV, AC, PR, UI, SCOPE, CONF, INTEG, AVAIL, METRICS };

/* X(metric, name, value, weight). PR has its weights for an unchanged scope here. */
#define VALUES(X)                                                                                  \
    X(AV, "AV", 'N', 0.85)                                                                         \
    X(AV, "AV", 'A', 0.62)                                                                         \
    X(AV, "AV", 'L', 0.55)                                                                         \
    X(AV, "AV", 'P', 0.2)                                                                          \
    X(AC, "AC", 'L', 0.77)                                                                         \
    X(AC, "AC", 'H', 0.44)                                                                         \
    X(PR, "PR", 'N', 0.85)                                                                         \
    X(PR, "PR", 'L', 0.62)                                                                         \
    X(PR, "PR", 'H', 0.27)                                                                         \
    X(UI, "UI", 'N', 0.85)                                                                         \
    X(UI, "UI", 'R', 0.62)                                                                         \
    X(SCOPE, "S", 'U', 0)                                                                          \
    X(SCOPE, "S", 'C', 1)                                                                          \
    X(CONF, "C", 'H', 0.56)                                                                        \
    X(CONF, "C", 'L', 0.22)                                                                        \
    X(CONF, "C", 'N', 0)                                                                           \
    X(INTEG, "I", 'H', 0.56)                                                                       \
    X(INTEG, "I", 'L', 0.22)                                                                       \
    X(INTEG, "I", 'N', 0)                                                                          \
    X(AVAIL, "A", 'H', 0.56)                                                                       \
    X(AVAIL, "A", 'L', 0.22)                                                                       \
    X(AVAIL, "A", 'N', 0)

static const struct value {
    pl_str name;
    double weight;
    enum metric metric;
    char letter;
} values[] = {
#define X(metric, name, letter, weight) {{(name), sizeof(name) - 1}, (weight), (metric), (letter)},
    VALUES(X)
#undef X
};

/* Privileges weigh more when the scope changes. */
static const double pr_changed_low = 0.68, pr_changed_high = 0.5;

struct vector {
    bool has[METRICS];
    char letter[METRICS];
    double weight[METRICS];
};

/* Temporal and environmental metrics do not enter the base score and are let pass. */
static bool take_metric(struct vector *v, pl_str part)
{
    pl_str value = part, name;

    (void)pl_str_cut(&value, ':', &name);
    for (size_t i = 0; i < PL_COUNT(values); i++) {
        if (!pl_str_eq(values[i].name, name))
            continue;
        if (value.n != 1 || values[i].letter != *value.p)
            continue;
        if (v->has[values[i].metric])
            return false;
        v->has[values[i].metric] = true;
        v->letter[values[i].metric] = *value.p;
        v->weight[values[i].metric] = values[i].weight;
    }
    return true;
}

static bool parse(pl_str s, struct vector *v)
{
    pl_str part;

    if (!pl_str_starts(s, PL_S("CVSS:3.0/")) && !pl_str_starts(s, PL_S("CVSS:3.1/")))
        return false;
    s = pl_str_sub(s, 9, s.n);
    while (pl_str_cut(&s, '/', &part))
        if (!take_metric(v, part))
            return false;
    for (int i = 0; i < METRICS; i++)
        if (!v->has[i])
            return false;
    if (v->letter[SCOPE] == 'C' && v->letter[PR] != 'N')
        v->weight[PR] = v->letter[PR] == 'L' ? pr_changed_low : pr_changed_high;
    return true;
}

/* Smallest number of tenths that is not below x; in integers, so that 4.02 does not become 4.1
 * by a rounding error (specification, appendix A). */
static int32_t round_up(double x)
{
    long fine = lround(x * 100000);
    return (int32_t)(fine % 10000 == 0 ? fine / 10000 : fine / 10000 + 1);
}

int32_t pl_cvss3_base(pl_str vector)
{
    struct vector v = {0};

    if (!parse(vector, &v))
        return -1;
    bool changed = v.letter[SCOPE] == 'C';
    double iss = 1 - (1 - v.weight[CONF]) * (1 - v.weight[INTEG]) * (1 - v.weight[AVAIL]);
    double impact = changed ? 7.52 * (iss - 0.029) - 3.25 * pow(iss - 0.02, 15) : 6.42 * iss;
    double exploitability = 8.22 * v.weight[AV] * v.weight[AC] * v.weight[PR] * v.weight[UI];
    if (impact <= 0)
        return 0;
    return round_up(fmin(changed ? 1.08 * (impact + exploitability) : impact + exploitability, 10));
}

pl_severity pl_cvss_severity(int32_t tenths)
{
    if (tenths < 0)
        return PL_UNKNOWN_SEVERITY;
    if (tenths == 0)
        return PL_INFO;
    if (tenths < 40)
        return PL_LOW;
    if (tenths < 70)
        return PL_MEDIUM;
    return tenths < 90 ? PL_HIGH : PL_CRITICAL;
}
