/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/regex.h"

#include "core/buf.h"
#include "core/text.h"
#include "rules/limits.h"

#include <string.h>

PL_DEFINE_CLEANUP(auto_hs_error_, hs_compile_error_t *, hs_free_compile_error, NULL)

/* ---- how large a pattern is, before the compiler has to find out ---- */

enum { GROUPS_MAX = 250 };

struct sizer {
    pl_str s;
    size_t at;
    uint64_t sum[GROUPS_MAX + 1]; /* positions of each open group */
    size_t depth;
};

static uint64_t clamp(uint64_t n)
{
    return n > PL_RULES_REGEX_POSITIONS ? PL_RULES_REGEX_POSITIONS + 1 : n;
}

static uint64_t number(struct sizer *z)
{
    uint64_t n = 0;
    for (; z->at < z->s.n && z->s.p[z->at] >= '0' && z->s.p[z->at] <= '9'; z->at++)
        n = clamp(n * 10 + (uint64_t)(z->s.p[z->at] - '0'));
    return n;
}

/* How often the item before is written out: the larger of {n,m}; *, + and ? are once. */
static uint64_t repeats(struct sizer *z)
{
    size_t save = z->at;

    if (z->at >= z->s.n || z->s.p[z->at] != '{')
        return 1;
    z->at++;
    uint64_t lo = number(z);
    uint64_t hi = lo;
    if (z->at < z->s.n && z->s.p[z->at] == ',') {
        z->at++;
        hi = number(z);
    }
    if (z->at >= z->s.n || z->s.p[z->at] != '}') {
        z->at = save;
        return 1;
    }
    z->at++;
    uint64_t n = hi > lo ? hi : lo;
    return n ? n : 1;
}

/* Adds an item of COST positions, with the repeats that follow it, to the group it is in. */
static void add_item(struct sizer *z, uint64_t cost)
{
    cost = clamp(clamp(cost) * repeats(z));
    while (z->at < z->s.n && z->s.p[z->at] == '{') {
        uint64_t more = repeats(z);
        if (more == 1)
            break;
        cost = clamp(cost * more);
    }
    z->sum[z->depth] = clamp(z->sum[z->depth] + cost);
}

/* Behind a class [...]; "]" right after the "[" or "[^" belongs to it. */
static void skip_class(struct sizer *z)
{
    if (z->at < z->s.n && z->s.p[z->at] == '^')
        z->at++;
    for (size_t from = z->at; z->at < z->s.n; z->at++) {
        if (z->s.p[z->at] == '\\')
            z->at++;
        else if (z->s.p[z->at] == ']' && z->at > from)
            break;
    }
    if (z->at < z->s.n)
        z->at++;
}

static bool size_next(struct sizer *z)
{
    char c = z->s.p[z->at++];

    if (c == '(') {
        if (z->depth == GROUPS_MAX)
            return false;
        z->sum[++z->depth] = 0;
    } else if (c == ')' && z->depth > 0) {
        uint64_t cost = z->sum[z->depth--];
        add_item(z, cost);
    } else if (c == '[') {
        skip_class(z);
        add_item(z, 1);
    } else {
        if (c == '\\' && z->at < z->s.n)
            z->at++;
        add_item(z, 1);
    }
    return true;
}

static bool is_small(pl_str pattern)
{
    struct sizer z = {.s = pattern};

    while (z.at < z.s.n)
        if (!size_next(&z))
            return false;
    uint64_t sum = 0;
    for (size_t i = 0; i <= z.depth; i++)
        sum = clamp(sum + z.sum[i]);
    return sum <= PL_RULES_REGEX_POSITIONS;
}

/* ---- compiling ---- */

/* SINGLEMATCH: one answer a value is enough. ALLOWEMPTY: ".*" matches "". */
static const unsigned flags = HS_FLAG_UTF8 | HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;

static pl_rc refuse(pl_str pattern, const char *why, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "regex \"%.*s\": %s", PL_F(pl_str_sub(pattern, 0, 100)), why);
}

/* The pattern alone must be well formed, or "a)|(b" would slip out of the anchors. */
static pl_rc check_alone(pl_str pattern, const char *text, pl_err *err)
{
    PL_CLEANUP(auto_hs_error_) hs_compile_error_t *why = NULL;
    hs_expr_info_t *info = NULL;

    hs_error_t rc = hs_expression_info(text, flags, &info, &why);
    free(info);
    return rc == HS_SUCCESS ? PL_OK : refuse(pattern, why ? why->message : "no memory", err);
}

static pl_rc compile_anchored(pl_str pattern, const char *text, hs_database_t **ret, pl_err *err)
{
    PL_CLEANUP(auto_hs_error_) hs_compile_error_t *why = NULL;
    size_t bytes = 0;

    if (hs_compile(text, flags, HS_MODE_BLOCK, NULL, ret, &why) != HS_SUCCESS)
        return refuse(pattern, why ? why->message : "no memory", err);
    if (hs_database_size(*ret, &bytes) == HS_SUCCESS && bytes <= PL_RULES_REGEX_BYTES)
        return PL_OK;
    hs_free_database(*ret);
    *ret = NULL;
    return refuse(pattern, "too large once compiled", err);
}

static pl_rc compile(pl_str pattern, hs_database_t **ret, pl_err *err)
{
    char alone[PL_RULES_REGEX_TEXT + 1];
    char anchored[PL_RULES_REGEX_TEXT + 16];

    if (pattern.n > PL_RULES_REGEX_TEXT)
        return pl_fail(err, PL_FORMAT, "regex of more than %d bytes", PL_RULES_REGEX_TEXT);
    if (!pl_str_to_c(pattern, alone, sizeof(alone)))
        return refuse(pattern, "NUL in it", err);
    if (!is_small(pattern))
        return pl_fail(err, PL_FORMAT, "regex \"%.*s\": more than %d positions",
                       PL_F(pl_str_sub(pattern, 0, 100)), PL_RULES_REGEX_POSITIONS);
    pl_rc rc = check_alone(pattern, alone, err);
    if (rc)
        return rc;
    (void)snprintf(anchored, sizeof(anchored), "\\A(?:%s)\\z", alone);
    return compile_anchored(pattern, anchored, ret, err);
}

pl_rc pl_regex_compile(pl_str pattern, pl_regex *ret, pl_err *err)
{
    pl_regex_later(pattern, ret);
    return compile(pattern, &ret->db, err);
}

void pl_regex_later(pl_str pattern, pl_regex *ret)
{
    *ret = (pl_regex){.pattern = pattern};
}

void pl_regex_done(pl_regex *re)
{
    hs_free_database(re->db);
    re->db = NULL;
}

/* ---- what a pattern cannot do without ---- */

static bool stands_for_itself(char c)
{
    return c >= ' ' && c <= '~' && !strchr("\\^$.|?*+()[]{}", c);
}

/* Behind {n,m}, or at the end. */
static size_t skip_repeats(pl_str s, size_t at)
{
    while (at < s.n && s.p[at] != '}')
        at++;
    return at < s.n ? at + 1 : at;
}

/* The longest text outside all groups; empty for syntax that may change what letters mean. */
static pl_str needed_text(pl_str pattern)
{
    struct sizer z = {.s = pattern};
    pl_str longest = {"", 0};
    size_t from = 0;

    if (pl_str_has(pattern, PL_S("\\")) || pl_str_has(pattern, PL_S("(?")) ||
        pl_str_has(pattern, PL_S("|")) || pl_str_has(pattern, PL_S("[:")))
        return longest;
    while (z.at <= pattern.n) {
        char c = z.at < pattern.n ? pattern.p[z.at] : '\0';
        if (stands_for_itself(c)) {
            z.at++;
            continue;
        }
        size_t n = z.at - from;
        if (n && strchr("?*+{", c) && c)
            n--;
        if (z.depth == 0 && n > longest.n)
            longest = pl_str_sub(pattern, from, n);
        z.at++;
        z.depth += c == '(';
        z.depth -= c == ')' && z.depth;
        if (c == '[')
            skip_class(&z);
        else if (c == '{')
            z.at = skip_repeats(pattern, z.at);
        from = z.at;
    }
    return longest;
}

/* ---- matching ---- */

/* Of two threads that compile it one keeps its own. NULL: no memory. */
static const hs_database_t *database_of(pl_regex *re)
{
    hs_database_t *db = __atomic_load_n(&re->db, __ATOMIC_ACQUIRE);
    hs_database_t *there = NULL;

    if (db || compile(re->pattern, &db, NULL) ||
        __atomic_compare_exchange_n(&re->db, &there, db, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return db;
    hs_free_database(db);
    return there;
}

static int note_match(unsigned id, unsigned long long from, unsigned long long to, unsigned f,
                      void *arg)
{
    (void)id, (void)from, (void)to, (void)f;
    *(bool *)arg = true;
    return 1;
}

static bool is_utf8(pl_str s)
{
    while (s.n && (unsigned char)s.p[0] < 0x80)
        s = (pl_str){s.p + 1, s.n - 1};
    while (s.n)
        if (pl_text_next(&s) < 0)
            return false;
    return true;
}

/* vectorscan believes that its input is UTF-8. False: it is as it stands. */
static bool make_utf8(pl_str value, pl_buf *out)
{
    if (is_utf8(value))
        return false;
    for (pl_str rest = value; rest.n;) {
        pl_str before = rest;
        if (pl_text_next(&rest) >= 0)
            pl_buf_add(out, before.p, before.n - rest.n);
        else
            pl_buf_c(out, "\xef\xbf\xbd");
    }
    return true;
}

pl_regex_result pl_regex_match(pl_regex *re, pl_str value, hs_scratch_t **scratch)
{
    PL_AUTO_BUF pl_buf clean = {0};
    bool hit = false;

    /* Most values do not have it, and compiling takes 5 ms. */
    if (!__atomic_load_n(&re->db, __ATOMIC_RELAXED) && !pl_str_has(value, needed_text(re->pattern)))
        return PL_REGEX_NO;
    const hs_database_t *db = database_of(re);
    if (make_utf8(value, &clean))
        value = pl_buf_view(&clean);
    if (!pl_buf_ok(&clean) || value.n > UINT32_MAX || !db ||
        hs_alloc_scratch(db, scratch) != HS_SUCCESS)
        return PL_REGEX_FAILED;
    hs_error_t rc =
        hs_scan(db, value.n ? value.p : "", (unsigned)value.n, 0, *scratch, note_match, &hit);
    if (rc != HS_SUCCESS && rc != HS_SCAN_TERMINATED)
        return PL_REGEX_FAILED;
    return hit ? PL_REGEX_YES : PL_REGEX_NO;
}
