/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long 120 checks over 1,000 subjects take, findings written up and all.
 * Prints a row for scripts/bench; the best of five rounds counts.
 */
#include "../unit/rules/kinds.h"

#include "core/buf.h"
#include "rules/judge.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SUBJECTS = 1000, CHECKS = 120, ROUNDS = 5, BOUND_MS = 100 };

/* Conditions of the sorts that real checks are made of. */
static const struct {
    const char *pass, *applies, *each;
} sorts[] = {
    {"t.b = true", "t.s exists", ""},
    {"t.i <= 100 and t.i2 != 7", "", ""},
    {"t.s in (alpha, beta, gamma, delta) or t.s startswith web", "t.b2 = false", ""},
    {"not t.path pmatch (/etc, /usr/lib, /var/run/*.sock, /boot)", "", ""},
    {"t.l in (CAP_CHOWN, CAP_KILL, CAP_SETUID, CAP_SETGID)", "t.b = true", ""},
    {"not t.l intersects (CAP_SYS_ADMIN, ALL)", "", ""},
    {"t.kv[owner] exists and t.kv[stage] in (prod, test)", "", ""},
    {"t.s regex \"[a-z]+-[0-9]{1,4}\"", "", ""},
    {"t.rel.s = running and t.rel.next.s exists", "", ""},
    {"e.i < 50 or e.s = safe", "t.s exists", "t.es"},
    {"not e.s glob *secret*", "", "t.es"},
    {"len(t.l) <= 3 and tolower(t.s) != admin", "", ""},
};

static const pl_str evidence[] = {{"t.s", 3}, {"t.i", 3}, {"t.b", 3}};

static void make_checks(pl_check *checks, char ids[CHECKS][16])
{
    for (size_t i = 0; i < CHECKS; i++) {
        size_t k = i % PL_COUNT(sorts);
        (void)snprintf(ids[i], sizeof(ids[i]), "CTR-%03zu", i);
        checks[i] = (pl_check){.id = pl_str_c(ids[i]),
                               .kind = PL_S("t"),
                               .pass = pl_str_c(sorts[k].pass),
                               .applies = pl_str_c(sorts[k].applies),
                               .each = pl_str_c(sorts[k].each),
                               .empty_passes = true,
                               .severity = PL_MEDIUM,
                               .evidence = evidence,
                               .n_evidence = PL_COUNT(evidence)};
    }
}

static pl_record **make_elements(pl_arena *a, size_t n)
{
    pl_record **list = pl_arena_calloc(a, n, sizeof(*list));
    for (size_t i = 0; i < n; i++) {
        list[i] = pl_record_new(a, &kind_e);
        pl_set_str(list[i], 0, PL_S("/srv/data"));
        pl_set_str(list[i], 1, PL_S("bind"));
        pl_set_int(list[i], 2, (int64_t)(10 * i));
    }
    return list;
}

static pl_record *make_subject(pl_arena *a, size_t i)
{
    static const pl_str caps[] = {{"CAP_CHOWN", 9}, {"CAP_KILL", 8}, {"CAP_NET_RAW", 11}};
    pl_record *r = pl_record_new(a, &kind_t);
    pl_record *rel = pl_record_new(a, &kind_r);
    pl_record *pair = pl_record_new(a, &kind_kv);
    pl_record **pairs = pl_arena_calloc(a, 1, sizeof(*pairs));
    char name[32];

    (void)snprintf(name, sizeof(name), "web-%zu", i);
    pl_set_str(pair, 0, PL_S("owner"));
    pl_set_str(pair, 1, PL_S("team"));
    pairs[0] = pair;
    pl_set_str(rel, 0, PL_S("running"));
    for (int f = 0; f < (int)kind_t.n; f++)
        pl_set_absent(r, f);
    pl_set_str(r, pl_kind_field(&kind_t, PL_S("t.s")), pl_arena_str(a, pl_str_c(name)));
    pl_set_str(r, pl_kind_field(&kind_t, PL_S("t.path")), PL_S("/var/lib/app/data"));
    pl_set_int(r, pl_kind_field(&kind_t, PL_S("t.i")), (int64_t)i);
    pl_set_int(r, pl_kind_field(&kind_t, PL_S("t.i2")), 3);
    pl_set_bool(r, pl_kind_field(&kind_t, PL_S("t.b")), i % 2 == 0);
    pl_set_bool(r, pl_kind_field(&kind_t, PL_S("t.b2")), false);
    pl_set_strs(r, pl_kind_field(&kind_t, PL_S("t.l")), caps, PL_COUNT(caps));
    pl_set_recs(r, pl_kind_field(&kind_t, PL_S("t.kv")), pairs, 1);
    pl_set_rec(r, pl_kind_field(&kind_t, PL_S("t.rel")), rel);
    pl_set_recs(r, pl_kind_field(&kind_t, PL_S("t.es")), make_elements(a, 6), 6);
    return r;
}

static pl_rc count(pl_finding *f, void *arg, pl_err *err)
{
    size_t *n = arg;
    (void)err;
    n[f->verdict]++;
    return PL_OK;
}

/* Of this thread: other work on the machine does not count. */
static uint64_t cpu_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Milliseconds of one round; n by verdict. */
static double judge(const pl_rules *rules, pl_subject **subjects, size_t n[5], size_t *ret_bytes)
{
    PL_AUTO_ARENA pl_arena *out = pl_arena_new((size_t)1 << 30);
    pl_err err = {0};

    memset(n, 0, 5 * sizeof(*n));
    uint64_t from = cpu_ns();
    if (pl_rules_judge(rules, out, subjects, SUBJECTS, count, n, &err) != PL_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(EXIT_FAILURE);
    }
    uint64_t to = cpu_ns();
    *ret_bytes = pl_arena_used(out);
    return (double)(to - from) / 1e6;
}

int main(void)
{
    static const pl_kind *const kinds[] = {&kind_t, &kind_e, &kind_r, &kind_x, &kind_kv, &kind_kn};
    static pl_check checks[CHECKS];
    static char ids[CHECKS][16];
    static pl_subject subjects[SUBJECTS];
    static pl_subject *list[SUBJECTS];
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)1 << 30);
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_RULES pl_rules *rules = NULL;
    const pl_content content = {.checks = checks, .n_checks = CHECKS};
    size_t n[5];
    size_t bytes = 0;
    double best = 1e9;
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_schema_add(schema, kinds[i]);
    make_checks(checks, ids);
    for (size_t i = 0; i < SUBJECTS; i++) {
        pl_record *r = make_subject(a, i);
        pl_str name = pl_get(r, 0)->u.s;
        subjects[i] = (pl_subject){r, PL_S("t"), name, name, name};
        list[i] = &subjects[i];
    }
    if (pl_rules_compile(schema, &content, &rules, &err) != PL_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < ROUNDS; i++) {
        double ms = judge(rules, list, n, &bytes);
        best = ms < best ? ms : best;
    }
    (void)fprintf(stderr, "judge: %zu pass, %zu fail, %zu not applicable, %zu unknown, %zu KiB\n",
                  n[PL_PASS], n[PL_FAIL], n[PL_NOT_APPLICABLE], n[PL_UNKNOWN], bytes / 1024);
    (void)printf("judge %d subjects by %d checks|%.1f|ms cpu|bound %d ms|%.2f\n", SUBJECTS, CHECKS,
                 best, BOUND_MS, best / BOUND_MS);
    return 0;
}
