/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A condition: parse, compile, evaluate. The first line is the condition, the rest becomes the
 * values of fields. Printing a tree and parsing it again must give the same text and verdict.
 */
#include "../unit/rules/kinds.h"

#include "rules/eval.h"
#include "rules/names.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const pl_str shells[] = {{"bash", 4}, {"sh", 2}, {"a b", 3}};
static const pl_str nested[] = {{"shells", 6}, {"x", 1}};
static const pl_str number[] = {{"30", 2}};
static const pl_list lists[] = {
    {.name = {"shells", 6}, .items = shells, .n = 3},
    {.name = {"nested", 6}, .items = nested, .n = 2},
    {.name = {"none", 4}},
    {.name = {"unset", 5}, .is_policy = true, .is_unset = true},
    {.name = {"age", 3}, .items = number, .n = 1, .is_policy = true},
};
static const pl_macro macros[] = {
    {{"m", 1}, {"t.s = a or t.i > age", 20}},
    {{"mm", 2}, {"m and not m", 11}},
};
static const pl_content content = {
    .lists = lists, .n_lists = PL_COUNT(lists), .macros = macros, .n_macros = PL_COUNT(macros)};

/* For canonical text, where only unset parameters are names still. */
static const pl_content only_unset = {.lists = &lists[3], .n_lists = 1};

struct bench {
    pl_arena *a;
    pl_schema *schema;
    pl_names *names;
    pl_names *only_unset;
    pl_regex *regexes;
    hs_scratch_t *scratch;
    bool is_group; /* the condition is that of a check with group */
};

static void fill(struct bench *b, pl_record *r, pl_str text)
{
    pl_str *list = pl_arena_calloc(b->a, 3, sizeof(*list));
    int64_t *ints = pl_arena_calloc(b->a, 2, sizeof(*ints));
    pl_record *pair = pl_record_new(b->a, &kind_kv);
    pl_record **pairs = pl_arena_calloc(b->a, 1, sizeof(*pairs));

    list[0] = text;
    list[1] = pl_str_sub(text, 0, 1);
    list[2] = PL_S("-a");
    ints[0] = (int64_t)text.n;
    pl_set_str(pair, 0, pl_str_sub(text, 0, 1));
    pl_set_str(pair, 1, text);
    pairs[0] = pair;
    for (int i = 0; i < (int)kind_t.n; i++) {
        pl_type type = kind_t.fields[i].type;
        if (type == PL_T_STR || type == PL_T_IP)
            pl_set_str(r, i, text);
        else if (type == PL_T_INT || type == PL_T_TIME)
            pl_set_int(r, i, (int64_t)text.n);
        else if (type == PL_T_BOOL)
            pl_set_bool(r, i, text.n & 1);
        else if (type == PL_T_STRS)
            pl_set_strs(r, i, list, 3);
        else if (type == PL_T_INTS)
            pl_set_ints(r, i, ints, 2);
        else if (type == PL_T_RECS && strcmp(kind_t.fields[i].of, "kv") == 0)
            pl_set_recs(r, i, pairs, 1);
        else
            pl_set_absent(r, i);
    }
}

static bool compile(struct bench *b, const pl_names *names, pl_str text, const pl_code **code,
                    pl_str *canon)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err;
    pl_ast *tree = NULL;
    pl_compiler c = {.scope = {b->schema, &kind_t, NULL},
                     .is_group = b->is_group,
                     .arena = b->a,
                     .regexes = &b->regexes};

    if (pl_names_parse(names, text, b->is_group, b->a, &tree, &err) ||
        pl_compile(&c, tree, code, &err)) {
        assert(err.rc != PL_OK && err.text[0]);
        return false;
    }
    pl_ast_print(tree, &out);
    *canon = pl_arena_str(b->a, pl_buf_view(&out));
    return canon->p != NULL;
}

static pl_truth evaluate(struct bench *b, const pl_code *code, const pl_record *r)
{
    const pl_member members[] = {
        {.rec = r},
        {.rec = pl_record_new(b->a, &kind_t)},
        {.rec = r, .is_doubtful = true, .why = {"denied", "t.s"}},
    };
    pl_eval e = {.subject = r,
                 .members = b->is_group ? members : NULL,
                 .n_members = b->is_group ? PL_COUNT(members) : 0,
                 .scratch = b->a,
                 .regex = &b->scratch,
                 .steps = PL_RULES_STEPS};
    pl_why why = {0};
    pl_truth t = pl_eval_run(&e, code, &why);
    assert(t != PL_DONT_KNOW || why.reason);
    return t;
}

static void try(struct bench *b, pl_str condition, pl_str values)
{
    const pl_code *code = NULL;
    const pl_code *again = NULL;
    pl_str canon;
    pl_str canon_again;

    if (!compile(b, b->names, condition, &code, &canon))
        return;
    bool same = compile(b, b->only_unset, canon, &again, &canon_again);
    assert(same && pl_str_eq(canon, canon_again));

    pl_record *r = pl_record_new(b->a, &kind_t);
    pl_truth unread = evaluate(b, code, r);
    fill(b, r, values);
    pl_truth filled = evaluate(b, code, r);
    assert(evaluate(b, again, r) == filled);
    assert(evaluate(b, again, pl_record_new(b->a, &kind_t)) == unread);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_kind *const kinds[] = {&kind_t, &kind_e, &kind_r, &kind_x, &kind_kv, &kind_kn};
    pl_str rest = {(const char *)data, size};
    pl_str condition;
    pl_err err;
    struct bench b = {.a = pl_arena_new(64 << 20), .schema = pl_schema_new()};

    assert(b.a && b.schema);
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_schema_add(b.schema, kinds[i]);
    if (pl_str_cut(&rest, '\n', &condition) && !pl_names_new(&content, b.a, &b.names, &err) &&
        !pl_names_new(&only_unset, b.a, &b.only_unset, &err))
        for (int group = 0; group < 2; group++) {
            b.is_group = group == 1;
            try(&b, condition, rest);
        }
    for (pl_regex *re = b.regexes; re; re = re->next)
        pl_regex_done(re);
    hs_free_scratch(b.scratch);
    pl_schema_free(b.schema);
    pl_arena_free(b.a);
    return 0;
}
