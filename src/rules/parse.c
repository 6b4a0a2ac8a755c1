/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/parse.h"

#include "rules/lex.h"
#include "rules/limits.h"

#include <assert.h>

struct parser {
    pl_lex lex;
    const pl_parse_opts *opts;
    pl_arena *arena;
    unsigned depth;
    size_t nodes;
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "condition does not fit its memory");
}

/* One level deeper; every caller that gets PL_OK leaves with p->depth--. */
static pl_rc enter(struct parser *p, pl_err *err)
{
    if (p->depth == PL_RULES_DEPTH)
        return pl_fail(err, PL_LIMIT, "nested deeper than %d", PL_RULES_DEPTH);
    p->depth++;
    return PL_OK;
}

static pl_rc new_node(struct parser *p, pl_ast_kind kind, pl_ast **ret, pl_err *err)
{
    if (p->nodes++ == PL_RULES_NODES)
        return pl_fail(err, PL_LIMIT, "more than %d parts", PL_RULES_NODES);
    *ret = PL_NEW(p->arena, pl_ast);
    if (!*ret)
        return no_room(err);
    (*ret)->kind = kind;
    (*ret)->height = 1;
    return PL_OK;
}

static pl_rc new_expr(struct parser *p, pl_expr_kind kind, pl_expr **ret, pl_err *err)
{
    if (p->nodes++ == PL_RULES_NODES)
        return pl_fail(err, PL_LIMIT, "more than %d parts", PL_RULES_NODES);
    *ret = PL_NEW(p->arena, pl_expr);
    if (!*ret)
        return no_room(err);
    (*ret)->kind = kind;
    return PL_OK;
}

static pl_rc expect(struct parser *p, char c, pl_err *err)
{
    const char what[] = {'"', c, '"', '\0'};
    return pl_lex_char(&p->lex, c) ? PL_OK : pl_lex_expected(&p->lex, what, err);
}

static pl_rc parse_binary(struct parser *p, unsigned min, pl_ast **ret, pl_err *err);
static pl_rc parse_call(struct parser *p, pl_str name, pl_expr **ret, pl_err *err);

/* ---- fields and functions ---- */

static pl_rc parse_bracket(struct parser *p, pl_expr *e, pl_err *err)
{
    if (!pl_lex_char(&p->lex, '['))
        return PL_OK;
    e->has_arg = true;
    if (pl_lex_quote(&p->lex)) {
        pl_rc rc = pl_lex_quoted(&p->lex, p->arena, &e->arg, err);
        if (rc)
            return rc;
    } else if (!pl_lex_arg(&p->lex, &e->arg)) {
        return pl_lex_expected(&p->lex, "a field argument", err);
    }
    return expect(p, ']', err);
}

static pl_rc parse_field(struct parser *p, pl_str name, pl_expr **ret, pl_err *err)
{
    pl_rc rc = new_expr(p, PL_EXPR_FIELD, ret, err);
    if (rc)
        return rc;
    (*ret)->name = name;
    return parse_bracket(p, *ret, err);
}

static pl_rc parse_arg(struct parser *p, pl_expr **ret, pl_err *err);

/* Arguments up to and with the closing parenthesis. */
static pl_rc parse_args(struct parser *p, pl_expr *call, pl_err *err)
{
    pl_expr **tail = &call->args;

    do {
        pl_lex_blanks(&p->lex);
        pl_rc rc = parse_arg(p, tail, err);
        if (rc)
            return rc;
        tail = &(*tail)->next;
        pl_lex_blanks(&p->lex);
    } while (pl_lex_char(&p->lex, ','));
    return expect(p, ')', err);
}

static pl_rc parse_arg(struct parser *p, pl_expr **ret, pl_err *err)
{
    pl_str s;

    if (pl_lex_field(&p->lex, &s))
        return parse_field(p, s, ret, err);
    if (pl_lex_call(&p->lex, &s))
        return parse_call(p, s, ret, err);
    if (pl_lex_quote(&p->lex)) {
        pl_rc rc = new_expr(p, PL_EXPR_TEXT, ret, err);
        return rc ? rc : pl_lex_quoted(&p->lex, p->arena, &(*ret)->name, err);
    }
    if (pl_lex_number(&p->lex, &s)) {
        pl_rc rc = new_expr(p, PL_EXPR_NUMBER, ret, err);
        if (!rc)
            (*ret)->name = s;
        return rc;
    }
    if (!pl_lex_char(&p->lex, '('))
        return pl_lex_expected(&p->lex, "an argument", err);

    pl_rc rc = enter(p, err);
    if (!rc)
        rc = new_expr(p, PL_EXPR_CALL, ret, err);
    if (rc)
        return rc;
    (*ret)->fn = PL_FN_NONE;
    rc = parse_args(p, *ret, err);
    p->depth--;
    return rc;
}

/* val(FIELD): nothing else may stand in it. */
static pl_rc parse_val(struct parser *p, pl_expr *call, pl_err *err)
{
    pl_str s;

    pl_lex_blanks(&p->lex);
    if (!pl_lex_field(&p->lex, &s))
        return pl_lex_expected(&p->lex, "a field", err);
    pl_rc rc = parse_field(p, s, &call->args, err);
    if (rc)
        return rc;
    pl_lex_blanks(&p->lex);
    return expect(p, ')', err);
}

/* FIELD and nothing else up to the closing parenthesis, else the position is left alone. */
static bool lone_field(struct parser *p, pl_expr **ret)
{
    pl_lex save = p->lex;
    pl_str s;

    if (pl_lex_field(&p->lex, &s) && parse_field(p, s, ret, NULL) == PL_OK) {
        pl_lex_blanks(&p->lex);
        if (pl_lex_char(&p->lex, ')'))
            return true;
    }
    p->lex = save;
    *ret = NULL;
    return false;
}

static pl_rc parse_group_arg(struct parser *p, pl_expr *call, pl_err *err)
{
    pl_group_arg arg = pl_group_fns[call->group_fn].arg;

    pl_lex_blanks(&p->lex);
    if (arg != PL_GROUP_CONDITION && lone_field(p, &call->args))
        return PL_OK;
    if (arg == PL_GROUP_FIELD)
        return pl_lex_expected(&p->lex, "a field", err);
    if (arg == PL_GROUP_EITHER && pl_lex_char(&p->lex, ')'))
        return PL_OK;
    pl_rc rc = parse_binary(p, 0, &call->cond, err);
    return rc ? rc : expect(p, ')', err);
}

static pl_rc parse_group_call(struct parser *p, pl_str name, pl_group_fn fn, pl_expr **ret,
                              pl_err *err)
{
    if (!p->opts->is_group)
        return pl_fail(err, PL_FORMAT, "%.*s is for the pass of a check with group", PL_F(name));
    pl_rc rc = enter(p, err);
    if (!rc)
        rc = new_expr(p, PL_EXPR_GROUP, ret, err);
    if (rc)
        return rc;
    (*ret)->name = name;
    (*ret)->group_fn = fn;
    rc = parse_group_arg(p, *ret, err);
    p->depth--;
    return rc;
}

/* After "NAME(". */
static pl_rc parse_call(struct parser *p, pl_str name, pl_expr **ret, pl_err *err)
{
    pl_group_fn group_fn;
    pl_fn fn;

    if (pl_group_fn_find(name, &group_fn))
        return parse_group_call(p, name, group_fn, ret, err);
    if (!pl_fn_find(name, &fn))
        return pl_fail(err, PL_FORMAT, "unknown function %.*s", PL_F(name));
    pl_rc rc = enter(p, err);
    if (!rc)
        rc = new_expr(p, PL_EXPR_CALL, ret, err);
    if (rc)
        return rc;
    (*ret)->name = name;
    (*ret)->fn = fn;
    rc = fn == PL_FN_VAL ? parse_val(p, *ret, err) : parse_args(p, *ret, err);
    p->depth--;
    return rc ? rc : parse_bracket(p, *ret, err);
}

/* ---- the right side ---- */

/* A function or val(field), if one starts here; *ret stays NULL otherwise. */
static pl_rc parse_right_call(struct parser *p, pl_expr **ret, pl_err *err)
{
    pl_lex save = p->lex;
    pl_str name;
    pl_fn fn;

    if (pl_lex_call(&p->lex, &name) && pl_fn_find(name, &fn))
        return parse_call(p, name, ret, err);
    p->lex = save;
    return PL_OK;
}

static pl_rc add_word(struct parser *p, pl_word ***tail, pl_str text, bool is_bare, pl_err *err)
{
    pl_word *w = PL_NEW(p->arena, pl_word);
    if (!w)
        return no_room(err);
    *w = (pl_word){.text = text, .is_bare = is_bare};
    **tail = w;
    *tail = &w->next;
    return PL_OK;
}

static pl_rc parse_word(struct parser *p, pl_word ***tail, pl_err *err)
{
    pl_str s;

    if (pl_lex_quote(&p->lex)) {
        pl_rc rc = pl_lex_quoted(&p->lex, p->arena, &s, err);
        return rc ? rc : add_word(p, tail, s, false, err);
    }
    if (pl_lex_bare(&p->lex, &s))
        return add_word(p, tail, s, true, err);
    return pl_lex_expected(&p->lex, "a value", err);
}

/* After "(". */
static pl_rc parse_words(struct parser *p, pl_ast *check, pl_err *err)
{
    pl_word **tail = &check->words;
    size_t n = 0;

    pl_lex_blanks(&p->lex);
    if (pl_lex_at(&p->lex, ')') || pl_lex_at(&p->lex, ','))
        return expect(p, ')', err);
    do {
        if (n++ == PL_RULES_ITEMS)
            return pl_fail(err, PL_LIMIT, "list of more than %d items", PL_RULES_ITEMS);
        pl_lex_blanks(&p->lex);
        pl_rc rc = parse_word(p, &tail, err);
        if (rc)
            return rc;
        pl_lex_blanks(&p->lex);
    } while (pl_lex_char(&p->lex, ','));
    return expect(p, ')', err);
}

static pl_rc parse_number(struct parser *p, pl_ast *check, pl_err *err)
{
    pl_word **tail = &check->words;
    pl_lex save = p->lex;
    pl_str s;

    if (pl_lex_number(&p->lex, &s))
        return add_word(p, &tail, s, false, err);
    if (p->opts->is_number_name && pl_lex_bare(&p->lex, &s) &&
        p->opts->is_number_name(s, p->opts->arg))
        return add_word(p, &tail, s, true, err);
    p->lex = save;
    return pl_lex_expected(&p->lex, "a number", err);
}

static pl_rc parse_list(struct parser *p, pl_ast *check, pl_err *err)
{
    pl_word **tail = &check->words;
    pl_str s;

    if (pl_lex_char(&p->lex, '('))
        return parse_words(p, check, err);
    if (pl_lex_ident(&p->lex, &s))
        return add_word(p, &tail, s, true, err);
    return pl_lex_expected(&p->lex, "a list", err);
}

static pl_rc parse_right(struct parser *p, pl_ast *check, pl_err *err)
{
    pl_op_class cls = pl_ops[check->op].cls;
    pl_word **tail = &check->words;

    pl_lex_blanks(&p->lex);
    if (cls == PL_OPS_STRING && pl_lex_modifier(&p->lex, &check->mod)) {
        pl_lex_blanks(&p->lex);
        return parse_list(p, check, err);
    }
    pl_rc rc = parse_right_call(p, &check->right, err);
    if (rc || check->right)
        return rc;
    if (cls == PL_OPS_NUMBER)
        return parse_number(p, check, err);
    return cls == PL_OPS_LIST ? parse_list(p, check, err) : parse_word(p, &tail, err);
}

/* ---- conditions ---- */

/* After the left side. */
static pl_rc parse_operator(struct parser *p, pl_ast *check, pl_err *err)
{
    pl_lex_blanks(&p->lex);
    if (!pl_lex_op(&p->lex, &check->op))
        return pl_lex_expected(&p->lex, "an operator", err);
    return pl_ops[check->op].cls == PL_OPS_UNARY ? PL_OK : parse_right(p, check, err);
}

/* After "some(": a list of records, and a condition on one of them. */
static pl_rc parse_some(struct parser *p, pl_str name, pl_ast *node, pl_err *err)
{
    pl_str field;
    pl_rc rc = enter(p, err);
    if (!rc)
        rc = new_expr(p, PL_EXPR_SOME, &node->left, err);
    if (rc)
        return rc;
    node->kind = PL_AST_SOME;
    node->left->name = name;
    pl_lex_blanks(&p->lex);
    if (!pl_lex_field(&p->lex, &field))
        return pl_lex_expected(&p->lex, "a field", err);
    rc = parse_field(p, field, &node->left->args, err);
    pl_lex_blanks(&p->lex);
    if (!rc)
        rc = expect(p, ',', err);
    if (!rc)
        rc = parse_binary(p, 0, &node->left->cond, err);
    if (rc)
        return rc;
    node->height = node->left->cond->height + 1;
    p->depth--;
    return expect(p, ')', err);
}

static bool is_truth(const pl_expr *e)
{
    return e->kind == PL_EXPR_GROUP && !pl_group_fns[e->group_fn].is_number;
}

static pl_rc parse_check(struct parser *p, pl_ast **ret, pl_err *err)
{
    pl_rc rc = new_node(p, PL_AST_CHECK, ret, err);
    pl_str s;

    if (rc)
        return rc;
    if (pl_lex_field(&p->lex, &s)) {
        rc = parse_field(p, s, &(*ret)->left, err);
    } else if (pl_lex_call(&p->lex, &s)) {
        if (pl_str_eq(s, PL_S("some")))
            return parse_some(p, s, *ret, err);
        rc = parse_call(p, s, &(*ret)->left, err);
        if (!rc && is_truth((*ret)->left)) {
            (*ret)->kind = PL_AST_GROUP;
            return PL_OK;
        }
    } else if (pl_lex_ident(&p->lex, &s)) {
        (*ret)->kind = PL_AST_MACRO;
        (*ret)->name = s;
        return PL_OK;
    } else {
        return pl_lex_expected(&p->lex, "a condition", err);
    }
    return rc ? rc : parse_operator(p, *ret, err);
}

static pl_rc parse_parens(struct parser *p, pl_ast **ret, pl_err *err)
{
    pl_rc rc = enter(p, err);
    if (rc)
        return rc;
    rc = parse_binary(p, 0, ret, err);
    p->depth--;
    return rc ? rc : expect(p, ')', err);
}

static bool at_infix_word(pl_lex l)
{
    return pl_lex_keyword(&l, "and") || pl_lex_keyword(&l, "or");
}

static pl_rc parse_prefix(struct parser *p, pl_ast **ret, pl_err *err)
{
    pl_ast *inner = NULL;
    bool is_not = false;

    for (pl_lex_blanks(&p->lex); pl_lex_keyword(&p->lex, "not"); pl_lex_blanks(&p->lex))
        is_not = !is_not;
    if (at_infix_word(p->lex))
        return pl_lex_expected(&p->lex, "a condition", err);
    pl_rc rc =
        pl_lex_char(&p->lex, '(') ? parse_parens(p, &inner, err) : parse_check(p, &inner, err);
    if (rc || !is_not) {
        *ret = inner;
        return rc;
    }
    rc = new_node(p, PL_AST_NOT, ret, err);
    if (rc)
        return rc;
    (*ret)->kids = inner;
    (*ret)->height = inner->height + 1;
    return PL_OK;
}

/* Binding powers; "and" binds closer. */
static const struct infix {
    const char *word;
    pl_ast_kind kind;
    unsigned power;
} infixes[] = {{"or", PL_AST_OR, 1}, {"and", PL_AST_AND, 2}};

static const struct infix *take_infix(pl_lex *l, unsigned min)
{
    for (size_t i = 0; i < PL_COUNT(infixes); i++)
        if (infixes[i].power >= min && pl_lex_keyword(l, infixes[i].word))
            return &infixes[i];
    return NULL;
}

/* Adds RIGHT to the chain *tree, which begins where its kind differs from the operator's. */
static pl_rc join(struct parser *p, pl_ast_kind kind, pl_ast **tree, pl_ast **tail, pl_ast *right,
                  pl_err *err)
{
    assert(*tree && right);
    if (!*tail || (*tree)->kind != kind) {
        pl_ast *left = *tree;
        pl_rc rc = new_node(p, kind, tree, err);
        if (rc)
            return rc;
        (*tree)->kids = left;
        (*tree)->height = left->height + 1;
        *tail = left;
    }
    (*tail)->next = right;
    *tail = right;
    if ((*tree)->height <= right->height)
        (*tree)->height = right->height + 1;
    return PL_OK;
}

static pl_rc parse_binary(struct parser *p, unsigned min, pl_ast **ret, pl_err *err)
{
    const struct infix *op;
    pl_ast *tree = NULL;
    pl_ast *tail = NULL; /* last operand of tree, once it is a chain made here */

    pl_rc rc = parse_prefix(p, &tree, err);
    for (pl_lex_blanks(&p->lex); !rc && (op = take_infix(&p->lex, min)); pl_lex_blanks(&p->lex)) {
        pl_ast *right = NULL;
        rc = parse_binary(p, op->power + 1, &right, err);
        if (!rc)
            rc = join(p, op->kind, &tree, &tail, right, err);
    }
    *ret = tree;
    return rc;
}

pl_rc pl_parse(pl_str text, const pl_parse_opts *opts, pl_arena *a, pl_ast **ret, pl_err *err)
{
    struct parser p = {.lex = {text.p, text.p + text.n}, .opts = opts, .arena = a};

    pl_rc rc = parse_binary(&p, 0, ret, err);
    if (!rc && !pl_lex_end(&p.lex))
        rc = pl_lex_expected(&p.lex, "\"and\" or \"or\"", err);
    return rc;
}
