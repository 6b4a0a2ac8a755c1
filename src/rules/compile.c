/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/code.h"

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "condition does not fit its memory");
}

/* ---- the two sides of a test ---- */

static pl_rc check_left(const pl_operand *left, pl_op op, pl_err *err)
{
    bool is_bare_key = left->kind == PL_OPERAND_FIELD && left->field.row->flags & PL_FIELD_KEYED &&
                       !left->field.has_key && op != PL_OP_EXISTS;

    if (is_bare_key)
        return pl_fail(err, PL_FORMAT, "%s needs a [key]", left->name);
    if (!(pl_ops[op].fits & 1u << left->type))
        return pl_fail(err, PL_FORMAT, "operator %s does not fit %s (%s)", pl_ops[op].word,
                       left->name, pl_type_name(left->type));
    return PL_OK;
}

static pl_rc compile_right(pl_compiler *c, const pl_ast *check, pl_code *code, pl_err *err)
{
    code->right = PL_NEW(c->arena, pl_operand);
    if (!code->right)
        return no_room(err);
    if (code->left->kind == PL_OPERAND_GROUP)
        return pl_fail(err, PL_FORMAT, "%s can be compared with numbers only", code->left->name);
    if (check->op == PL_OP_REGEX)
        return pl_fail(err, PL_FORMAT, "operator regex needs a text, not %.*s",
                       PL_F(check->right->name));
    pl_rc rc = pl_compile_operand(c, check->right, code->right, err);
    if (rc)
        return rc;
    if (code->right->type == code->left->type)
        return PL_OK;
    return pl_fail(err, PL_FORMAT, "%s (%s) cannot be compared with %s (%s)", code->left->name,
                   pl_type_name(code->left->type), code->right->name,
                   pl_type_name(code->right->type));
}

static pl_rc compile_check(pl_compiler *c, const pl_ast *check, pl_code *code, pl_err *err)
{
    code->op = check->op == PL_OP_EQ2 ? PL_OP_EQ : check->op;
    code->mod = check->mod;
    code->left = PL_NEW(c->arena, pl_operand);
    if (!code->left)
        return no_room(err);
    pl_rc rc = pl_compile_operand(c, check->left, code->left, err);
    if (!rc)
        rc = check_left(code->left, check->op, err);
    if (rc || pl_ops[check->op].cls == PL_OPS_UNARY)
        return rc;
    if (code->left->kind == PL_OPERAND_GROUP && check->mod != PL_MOD_NONE)
        return pl_fail(err, PL_FORMAT, "%s takes no %s", code->left->name, pl_mod_word(check->mod));
    return check->right ? compile_right(c, check, code, err)
                        : pl_compile_consts(c, check, code->left, &code->consts, err);
}

/* ---- the tree ---- */

static size_t count(const pl_ast *k)
{
    size_t n = 0;
    for (; k; k = k->next)
        n++;
    return n;
}

static pl_rc compile_kids(pl_compiler *c, const pl_ast *tree, pl_code *code, pl_err *err)
{
    const pl_code **kids = pl_arena_calloc(c->arena, count(tree->kids), sizeof(const pl_code *));
    if (!kids)
        return no_room(err);
    code->kids = kids;
    for (const pl_ast *k = tree->kids; k; k = k->next) {
        pl_rc rc = pl_compile(c, k, &kids[code->n_kids++], err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* ---- some(list, condition) ---- */

/* The list is the subject's, so that what was found can be told of the subject once. */
static pl_rc check_some(const pl_compiler *c, const pl_operand *list, pl_err *err)
{
    if (c->is_item)
        return pl_fail(err, PL_FORMAT, "some cannot stand inside another some");
    if (list->field.in_element)
        return pl_fail(err, PL_FORMAT, "some: %s belongs to an element, not to the subject",
                       list->name);
    if (list->type == PL_T_RECS)
        return PL_OK;
    return pl_fail(err, PL_FORMAT, "some: %s is %s, not a list of records", list->name,
                   pl_type_name(list->type));
}

static pl_rc compile_some(pl_compiler *c, const pl_ast *tree, pl_code *code, pl_err *err)
{
    const pl_code **cond = PL_NEW(c->arena, const pl_code *);
    pl_compiler item = *c;

    code->left = PL_NEW(c->arena, pl_operand);
    if (!code->left || !cond)
        return no_room(err);
    item.field = NULL; /* the list counts by its items */
    pl_rc rc = pl_compile_operand(&item, tree->left->args, code->left, err);
    if (!rc)
        rc = check_some(c, code->left, err);
    if (rc)
        return rc;
    item.field = c->field;
    item.is_item = true;
    item.scope.element = pl_schema_kind(c->scope.schema, pl_str_c(code->left->field.row->of));
    if (!item.scope.element)
        return pl_fail(err, PL_FORMAT, "some: %s is of kind %s, which is not known",
                       code->left->name, code->left->field.row->of);
    code->kids = cond;
    code->n_kids = 1;
    rc = pl_compile(&item, tree->left->cond, cond, err);
    return rc || !c->some ? rc : c->some(tree, code, c->field_arg, err);
}

pl_rc pl_compile(pl_compiler *c, const pl_ast *tree, const pl_code **ret, pl_err *err)
{
    pl_code *code = PL_NEW(c->arena, pl_code);
    if (!code)
        return no_room(err);
    code->kind = tree->kind;
    *ret = code;

    switch (tree->kind) {
    case PL_AST_AND:
    case PL_AST_OR:
    case PL_AST_NOT:
        return compile_kids(c, tree, code, err);
    case PL_AST_CHECK:
        return compile_check(c, tree, code, err);
    case PL_AST_GROUP:
        code->left = PL_NEW(c->arena, pl_operand);
        return code->left ? pl_compile_operand(c, tree->left, code->left, err) : no_room(err);
    case PL_AST_SOME:
        return compile_some(c, tree, code, err);
    case PL_AST_MACRO:
        break;
    }
    return pl_fail(err, PL_FORMAT, "unknown macro %.*s", PL_F(tree->name));
}
