/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the tests beside the checks notice when a check is wrong?
 *
 * usage: mutate [--content DIR] [CHECK...]
 *
 * Each condition (applies, where, pass) is broken in one place at a time: negated as a whole; a
 * number one up and one down; true and false swapped; another text altered; an item of a list
 * taken out, a named list as one item; a test without a literal, or a macro, negated. The check's
 * own test cases are run against each; one of them has to give another verdict. Survivors are
 * printed, and the exit status is 1 if there are any. A change after which the check no longer
 * loads counts for nothing.
 */
#include "cli/cli.h"
#include "cli/roles.h"
#include "core/buf.h"
#include "rules/names.h"
#include "rules/parse.h"

#include <inttypes.h>
#include <string.h>

/* ---- one change to a tree ---- */

/* Counts places as they are met; at the wanted one the tree is changed and described. */
struct change {
    const pl_names *names;
    pl_arena *a;
    size_t want;
    size_t seen;
    bool done;
    pl_buf what;
};

static bool is_turn(struct change *c)
{
    return !c->done && c->seen++ == c->want && (c->done = true);
}

static pl_str text_of(struct change *c, const char *text)
{
    return pl_arena_str(c->a, pl_str_c(text));
}

static void replace(struct change *c, pl_word *w, const char *text)
{
    pl_buf_fmt(&c->what, "\"%.*s\" becomes \"%s\"", PL_F(w->text), text);
    w->text = text_of(c, text);
    w->is_bare = false;
}

static void shift_number(struct change *c, pl_word *w, int64_t number)
{
    for (int step = -1; step <= 1; step += 2) {
        char text[32];
        if (!is_turn(c))
            continue;
        (void)snprintf(text, sizeof(text), "%" PRId64, number + step);
        replace(c, w, text);
    }
}

static void alter_text(struct change *c, pl_word *w)
{
    char text[256];

    if (!is_turn(c))
        return;
    (void)snprintf(text, sizeof(text), "%.*s~", PL_F(pl_str_sub(w->text, 0, 200)));
    replace(c, w, text);
}

/* A parameter with one number stands for that number. */
static bool is_number(struct change *c, const pl_word *w, int64_t *ret)
{
    const pl_list *l = w->is_bare ? pl_names_list(c->names, w->text) : NULL;

    if (l)
        return l->n == 1 && pl_str_i64(l->items[0], ret);
    return pl_str_i64(w->text, ret);
}

static void change_word(struct change *c, pl_word *w)
{
    int64_t number;

    if (is_number(c, w, &number)) {
        shift_number(c, w, number);
    } else if (pl_str_eq(w->text, PL_S("true")) || pl_str_eq(w->text, PL_S("false"))) {
        if (is_turn(c))
            replace(c, w, pl_str_eq(w->text, PL_S("true")) ? "false" : "true");
    } else if (!w->is_bare || !pl_names_list(c->names, w->text)) {
        alter_text(c, w);
    }
}

static void take_out(struct change *c, pl_word **list)
{
    for (; *list; list = &(*list)->next) {
        if (!is_turn(c))
            continue;
        pl_buf_fmt(&c->what, "\"%.*s\" is taken out of its list", PL_F((*list)->text));
        *list = (*list)->next;
        return;
    }
}

static void change_tree(struct change *c, pl_ast *t);

static void change_expr(struct change *c, pl_expr *e)
{
    for (; e && !c->done; e = e->next) {
        if (e->kind == PL_EXPR_TEXT && is_turn(c)) {
            /* Not behind it: what is joined to a mark and something more still holds the mark. */
            pl_buf_fmt(&c->what, "\"%.*s\" becomes \"~\"", PL_F(e->name));
            e->name = PL_S("~");
        }
        change_expr(c, e->args);
        if (e->cond)
            change_tree(c, e->cond);
    }
}

/* A leaf without a literal (exists, a macro, another field) is turned round. */
static void flip(struct change *c, pl_ast *leaf)
{
    if (!is_turn(c))
        return;
    pl_ast *copy = PL_NEW(c->a, pl_ast);
    if (!copy)
        return;
    *copy = *leaf;
    copy->next = NULL;
    pl_buf_c(&c->what, "\"");
    pl_ast_print(copy, &c->what);
    pl_buf_c(&c->what, "\" is negated");
    *leaf = (pl_ast){.kind = PL_AST_NOT, .kids = copy, .next = leaf->next};
}

static void change_tree(struct change *c, pl_ast *t)
{
    bool is_list =
        t->kind == PL_AST_CHECK && (pl_ops[t->op].cls == PL_OPS_LIST || t->mod != PL_MOD_NONE);

    if (is_list)
        take_out(c, &t->words);
    else if (t->words)
        change_word(c, t->words);
    change_expr(c, t->left);
    change_expr(c, t->right);
    if (!t->kids && !t->words && !c->done)
        flip(c, t);
    for (pl_ast *k = t->kids; k && !c->done; k = k->next)
        change_tree(c, k);
}

/* ---- one condition of one check ---- */

struct run {
    pl_schema *schema;
    const pl_content *content;
    pl_names *names;
    pl_arena *a;
    FILE *out;
    size_t n_checks, n_changes, n_survived;
};

static const struct {
    const char *name;
    size_t offset;
} conditions[] = {
    {"applies", offsetof(pl_check, applies)},
    {"inherited", offsetof(pl_check, inherited)},
    {"where", offsetof(pl_check, where)},
    {"pass", offsetof(pl_check, pass)},
};

static pl_str *condition_of(pl_check *c, size_t which)
{
    return (pl_str *)(void *)((char *)c + conditions[which].offset);
}

/* How the check's tests go; false: the check does not load. */
static bool count_failed(struct run *r, const pl_check *check, size_t *ret, pl_err *err)
{
    PL_AUTO_RULES pl_rules *rules = NULL;
    PL_AUTO_BUF pl_buf out = {0};
    pl_rules_test_result result;
    pl_content one = *r->content;

    one.checks = check;
    one.n_checks = 1;
    if (pl_rules_compile(r->schema, &one, &rules, err) != PL_OK ||
        pl_rules_test(rules, &out, &result, err) != PL_OK)
        return false;
    *ret = result.n_failed;
    return true;
}

static void try_text(struct run *r, const pl_check *check, size_t which, pl_str text, pl_str what)
{
    pl_check broken = *check;
    size_t n_failed = 0;
    pl_err err = {0};

    *condition_of(&broken, which) = text;
    if (!count_failed(r, &broken, &n_failed, &err))
        return;
    r->n_changes++;
    if (n_failed > 0)
        return;
    r->n_survived++;
    (void)fprintf(r->out, "%.*s: %s: no test notices when %.*s\n", PL_F(check->id),
                  conditions[which].name, PL_F(what));
}

static bool is_number_name(pl_str name, const void *names)
{
    return pl_names_list(names, name) != NULL;
}

/* Lists stay names here: an item of theirs is no literal of this check. */
static pl_rc parse(struct run *r, pl_str text, bool is_group, pl_ast **ret, pl_err *err)
{
    const pl_parse_opts opts = {is_group, is_number_name, r->names};
    return pl_parse(text, &opts, r->a, ret, err);
}

static void negate(struct run *r, const pl_check *check, size_t which)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_c(&text, "not (");
    pl_buf_str(&text, *condition_of((pl_check *)check, which));
    pl_buf_ch(&text, ')');
    try_text(r, check, which, pl_buf_view(&text), PL_S("it is negated"));
}

/* Change number N; false: there are not as many. */
static bool try_change(struct run *r, const pl_check *check, size_t which, size_t n)
{
    pl_str text = *condition_of((pl_check *)check, which);
    struct change c = {.names = r->names, .a = r->a, .want = n};
    PL_AUTO_BUF pl_buf broken = {0};
    pl_ast *tree = NULL;
    pl_err err = {0};

    if (parse(r, text, check->group.n > 0, &tree, &err) != PL_OK)
        return false;
    change_tree(&c, tree);
    if (c.done) {
        pl_ast_print(tree, &broken);
        try_text(r, check, which, pl_buf_view(&broken), pl_buf_view(&c.what));
    }
    pl_buf_done(&c.what);
    pl_arena_reset(r->a);
    return c.done;
}

static pl_rc try_condition(struct run *r, const pl_check *check, size_t which, pl_err *err)
{
    pl_str text = *condition_of((pl_check *)check, which);
    pl_ast *tree = NULL;

    if (text.n == 0)
        return PL_OK;
    pl_rc rc = parse(r, text, check->group.n > 0, &tree, err);
    if (rc)
        return pl_wrap(err, rc, "%.*s: %s", PL_F(check->id), conditions[which].name);
    negate(r, check, which);
    for (size_t n = 0; try_change(r, check, which, n);)
        n++;
    return PL_OK;
}

static pl_rc try_check(struct run *r, const pl_check *check, pl_err *err)
{
    size_t n_failed = 0;

    if (!count_failed(r, check, &n_failed, err))
        return err->rc;
    if (n_failed)
        return pl_fail(err, PL_POLICY, "%.*s: its tests fail as it stands", PL_F(check->id));
    r->n_checks++;
    for (size_t i = 0; i < PL_COUNT(conditions); i++) {
        pl_rc rc = try_condition(r, check, i, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* ---- all of them ---- */

static bool is_wanted(const pl_check *check, char **ids, int n)
{
    for (int i = 0; i < n; i++)
        if (pl_str_eq(check->id, pl_str_c(ids[i])))
            return true;
    return n == 0;
}

static pl_rc try_all(struct run *r, char **ids, int n, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *names = pl_arena_new((size_t)64 << 20);

    r->a = pl_arena_new((size_t)64 << 20);
    pl_rc rc = names && r->a ? pl_names_new(r->content, names, &r->names, err)
                             : pl_fail(err, PL_NOMEM, "mutate");
    for (size_t i = 0; i < r->content->n_checks && !rc; i++) {
        const pl_check *check = &r->content->checks[i];
        if (check->needs.n == 0 && is_wanted(check, ids, n))
            rc = try_check(r, check, err);
    }
    pl_arena_free(r->a);
    return rc;
}

int main(int argc, char **argv)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new((size_t)64 << 20);
    pl_cli cli = {.schema = schema, .out = stdout, .arena = arena};
    const pl_content *content = NULL;
    pl_err err = {0};
    int first = 1;

    if (!schema || !arena)
        return 4;
    pl_register_kinds(schema);
    if (argc > 2 && strcmp(argv[1], "--content") == 0) {
        cli.content_dir = argv[2];
        first = 3;
    }
    pl_rc rc = pl_cli_content(&cli, &content, &err);
    struct run r = {.schema = schema, .content = content, .out = stdout};
    if (!rc)
        rc = try_all(&r, argv + first, argc - first, &err);
    pl_content_done(&cli.content);
    pl_content_done(&cli.base);
    if (rc) {
        (void)fprintf(stderr, "mutate: %s\n", err.text);
        return pl_rc_exit_status(rc);
    }
    (void)printf("%zu checks, %zu changes, %zu survived\n", r.n_checks, r.n_changes, r.n_survived);
    return r.n_survived ? 1 : 0;
}
