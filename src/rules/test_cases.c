/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases that stand beside checks. */
#include "rules/rule.h"

#include "core/buf.h"

struct run {
    const pl_rules *rules;
    const pl_rule *rule;
    pl_buf *out;
    pl_rules_test_result *ret;
};

/* The first finding is that of the test's own subject; the others of a group come after it. */
static pl_rc keep_first(pl_finding *f, void *arg, pl_err *err)
{
    const pl_finding **first = arg;

    (void)err;
    if (!*first)
        *first = f;
    return PL_OK;
}

static void say(struct run *r, const pl_check_test *t, const pl_finding *f)
{
    const pl_check *c = r->rule->check;

    pl_buf_fmt(r->out, "%.*s:%d: %.*s: %.*s: is %s", PL_F(c->file), t->line, PL_F(c->id),
               PL_F(t->name), f ? pl_verdict_word(f->verdict) : "not judged");
    if (f && f->reason)
        pl_buf_fmt(r->out, " (%s%s%s)", f->reason, f->reason_field ? ", " : "",
                   f->reason_field ? f->reason_field : "");
    pl_buf_fmt(r->out, ", expected %s", pl_verdict_word(t->verdict));
    if (t->reason.n)
        pl_buf_fmt(r->out, " (%.*s)", PL_F(t->reason));
    pl_buf_ch(r->out, '\n');
}

static bool is_expected(const pl_check_test *t, const pl_finding *f)
{
    if (!f || f->verdict != t->verdict)
        return false;
    return t->reason.n == 0 || pl_str_eq(pl_str_c(f->reason), t->reason);
}

static pl_subject **test_subjects(pl_arena *a, const pl_check *c, const pl_check_test *t)
{
    pl_subject **list = pl_arena_calloc(a, t->n_others + 1, sizeof(pl_subject *));

    for (size_t i = 0; list && i <= t->n_others; i++) {
        list[i] = PL_NEW(a, pl_subject);
        if (!list[i])
            return NULL;
        *list[i] = (pl_subject){.rec = i ? t->others[i - 1] : t->subject,
                                .kind = c->kind,
                                .key = PL_S("test"),
                                .name = t->name,
                                .klass = PL_S("test")};
    }
    return list;
}

/* Lists of the content with the parameters that the test sets. NULL: one of them is unknown, or
 * the arena is used up. */
static pl_list *test_lists(pl_arena *a, const pl_content *c, const pl_check_test *t)
{
    pl_list *lists = pl_arena_calloc(a, c->n_lists + 1, sizeof(*lists));

    for (size_t i = 0; lists && i < c->n_lists; i++)
        lists[i] = c->lists[i];
    for (size_t i = 0; lists && i < t->n_policy; i++) {
        const pl_policy_value *v = &t->policy[i];
        size_t at = 0;
        while (at < c->n_lists && !(lists[at].is_policy && pl_str_eq(lists[at].name, v->name)))
            at++;
        if (at == c->n_lists)
            return NULL;
        lists[at].items = v->items;
        lists[at].n = v->n;
        lists[at].is_unset = false;
    }
    return lists;
}

/* The check alone, compiled anew with the test's own parameters. Findings point into *ret. */
static pl_rc compile_with_policy(struct run *r, const pl_check_test *t, pl_arena *a, pl_rules **ret,
                                 pl_err *err)
{
    pl_content content = *r->rules->content;

    content.checks = r->rule->check;
    content.n_checks = 1;
    content.lists = test_lists(a, &content, t);
    if (!content.lists)
        return pl_fail(err, PL_FORMAT, "policy: a parameter that there is not");
    return pl_rules_compile(r->rules->schema, &content, ret, err);
}

static pl_rc run_case(struct run *r, const pl_check_test *t, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_RULES_MEMORY);
    PL_AUTO_RULES pl_rules *own = NULL;
    const pl_finding *first = NULL;

    pl_subject **subjects = a ? test_subjects(a, r->rule->check, t) : NULL;
    if (!subjects)
        return pl_fail(err, PL_NOMEM, "test %.*s", PL_F(t->name));
    pl_rc rc = t->n_policy ? compile_with_policy(r, t, a, &own, err) : PL_OK;
    if (!rc)
        rc = pl_judge_rules(own ? own->rules : r->rule, 1, a, subjects, t->n_others + 1, keep_first,
                            &first, err);
    if (rc)
        return pl_wrap(err, rc, "test %.*s", PL_F(t->name));
    r->ret->n_cases++;
    if (!is_expected(t, first)) {
        r->ret->n_failed++;
        say(r, t, first);
    }
    return PL_OK;
}

/* A check whose tests never fail, or never pass, has shown nothing. */
static void need_case(struct run *r, pl_verdict v)
{
    const pl_check *c = r->rule->check;

    for (size_t i = 0; i < c->n_tests; i++)
        if (c->tests[i].verdict == v)
            return;
    r->ret->n_failed++;
    pl_buf_fmt(r->out, "%.*s:%d: %.*s: no test expects %s\n", PL_F(c->file), c->line, PL_F(c->id),
               pl_verdict_word(v));
}

static pl_rc run_check(struct run *r, pl_err *err)
{
    const pl_check *c = r->rule->check;

    r->ret->n_checks++;
    for (size_t i = 0; i < c->n_tests; i++) {
        pl_rc rc = run_case(r, &c->tests[i], err);
        if (rc)
            return pl_wrap(err, rc, "check %.*s", PL_F(c->id));
    }
    need_case(r, r->rule->needs ? PL_NOT_APPLICABLE : PL_PASS);
    need_case(r, r->rule->needs ? PL_UNKNOWN : PL_FAIL);
    return PL_OK;
}

pl_rc pl_rules_test(const pl_rules *rules, pl_buf *out, pl_rules_test_result *ret, pl_err *err)
{
    *ret = (pl_rules_test_result){0};
    for (size_t i = 0; i < rules->n; i++) {
        struct run r = {rules, &rules->rules[i], out, ret};
        /* A control that nobody can judge yet may have none; packed content has left them out. */
        if ((rules->rules[i].needs && rules->rules[i].check->n_tests == 0) ||
            !rules->rules[i].check->tests)
            continue;
        pl_rc rc = run_check(&r, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}
