/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and functions: lookup and types. */
#include "rules/code.h"

#include <assert.h>

enum { FITS_TEXTS = PL_FITS_STR | PL_FITS_STRS };

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "condition does not fit its memory");
}

static pl_rc compile_field(pl_compiler *c, const pl_expr *e, pl_operand *ret, pl_err *err)
{
    pl_rc rc = pl_field_resolve(&c->scope, e->name, e->has_arg, e->arg, c->arena, &ret->field, err);
    if (rc)
        return rc;
    if (c->is_group)
        return pl_fail(err, PL_FORMAT, "%s belongs to one member: ask for it in count, any or all",
                       ret->field.name);
    ret->field.is_item = c->is_item && ret->field.in_element;
    ret->name = ret->field.name;
    ret->type = ret->field.type;
    return c->field ? c->field(&ret->field, c->field_arg, err) : PL_OK;
}

/* ---- functions ---- */

static const char *type_of(const pl_expr *e, const pl_operand *o)
{
    return e->kind == PL_EXPR_NUMBER ? "a number" : pl_type_name(o->type);
}

/* Argument I must be one of the types in FITS, which WANT puts in words. */
static pl_rc need(const pl_operand *call, const pl_expr *args, size_t i, unsigned fits,
                  const char *want, pl_err *err)
{
    for (size_t k = 0; k < i; k++)
        args = args->next;
    assert(args);
    if (args->kind != PL_EXPR_NUMBER && fits & 1u << call->args[i].type)
        return PL_OK;
    return pl_fail(err, PL_FORMAT, "%s: argument %zu is %s, not %s", call->name, i + 1,
                   type_of(args, &call->args[i]), want);
}

static pl_rc need_all(const pl_operand *call, const pl_expr *args, unsigned fits, const char *want,
                      pl_err *err)
{
    for (size_t i = 0; i < call->n_args; i++) {
        pl_rc rc = need(call, args, i, fits, want, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc check_len(const pl_operand *call, const pl_expr *args, pl_err *err)
{
    const unsigned fits = PL_FITS_STR | PL_FITS_STRS | PL_FITS_INTS | PL_FITS_RECS;
    return need(call, args, 0, fits, "string or a list", err);
}

static pl_rc check_getopt(const pl_expr *e, pl_operand *call, pl_err *err)
{
    pl_rc rc = need(call, e->args, 0, PL_FITS_STRS, "strings", err);
    if (!rc)
        rc = need(call, e->args, 1, PL_FITS_STR, "string", err);
    if (rc)
        return rc;
    if (e->has_arg && e->arg.n != 1)
        return pl_fail(err, PL_FORMAT, "getopt[%.*s]: an option is one character", PL_F(e->arg));
    call->option = e->has_arg ? (unsigned char)e->arg.p[0] : -1;
    call->type = e->has_arg ? PL_T_STR : PL_T_STRS;
    return PL_OK;
}

/* A list in parentheses: all of one scalar type. */
static pl_rc check_list(pl_operand *call, const pl_expr *args, pl_err *err)
{
    pl_rc rc = need_all(call, args, PL_FITS_STR | PL_FITS_INT, "string", err);
    if (rc)
        return rc;
    for (size_t i = 1; i < call->n_args; i++)
        if (call->args[i].type != call->args[0].type)
            return pl_fail(err, PL_FORMAT, "a list of %s and %s: its items must be of one type",
                           pl_type_name(call->args[0].type), pl_type_name(call->args[i].type));
    call->type = call->args[0].type == PL_T_STR ? PL_T_STRS : PL_T_INTS;
    return PL_OK;
}

static pl_rc check_types(const pl_expr *e, pl_operand *call, pl_err *err)
{
    pl_rc rc;

    switch (call->fn) {
    case PL_FN_TOLOWER:
    case PL_FN_TOUPPER:
    case PL_FN_B64:
    case PL_FN_BASENAME:
        call->type = call->args[0].type;
        return need(call, e->args, 0, FITS_TEXTS, "string", err);
    case PL_FN_LEN:
        call->type = PL_T_INT;
        return check_len(call, e->args, err);
    case PL_FN_VAL:
        call->type = call->args[0].type;
        return PL_OK;
    case PL_FN_JOIN:
        call->type = PL_T_STR;
        rc = need(call, e->args, 0, PL_FITS_STR, "string", err);
        return rc ? rc : need(call, e->args, 1, PL_FITS_STRS, "strings", err);
    case PL_FN_CONCAT:
        call->type = PL_T_STR;
        return need_all(call, e->args, PL_FITS_STR, "string", err);
    case PL_FN_GETOPT:
        return check_getopt(e, call, err);
    case PL_FN_NONE:
        return check_list(call, e->args, err);
    }
    return PL_OK;
}

static pl_rc check_count(const pl_expr *e, const pl_operand *call, pl_err *err)
{
    if (call->fn == PL_FN_NONE)
        return PL_OK;
    const pl_fn_row *row = &pl_fns[call->fn];
    if (e->has_arg && call->fn != PL_FN_GETOPT)
        return pl_fail(err, PL_FORMAT, "%s takes no [argument]", row->word);
    if (call->n_args >= row->min && call->n_args <= row->max)
        return PL_OK;
    if (row->min < row->max)
        return pl_fail(err, PL_FORMAT, "%s takes %zu or more arguments, not %zu", row->word,
                       row->min, call->n_args);
    return pl_fail(err, PL_FORMAT, "%s takes %zu argument%s, not %zu", row->word, row->min,
                   row->min == 1 ? "" : "s", call->n_args);
}

static size_t count_args(const pl_expr *e)
{
    size_t n = 0;
    for (const pl_expr *a = e->args; a; a = a->next)
        n++;
    return n;
}

static pl_rc compile_call(pl_compiler *c, const pl_expr *e, pl_operand *ret, pl_err *err)
{
    ret->fn = e->fn;
    ret->name = e->fn == PL_FN_NONE ? "list" : pl_fns[e->fn].word;
    ret->n_args = count_args(e);
    pl_rc rc = check_count(e, ret, err);
    if (rc)
        return rc;
    ret->args = pl_arena_calloc(c->arena, ret->n_args, sizeof(*ret->args));
    if (!ret->args)
        return no_room(err);
    size_t i = 0;
    for (const pl_expr *a = e->args; a && !rc; a = a->next)
        rc = pl_compile_operand(c, a, &ret->args[i++], err);
    if (!rc)
        rc = check_types(e, ret, err);
    /* val() is only there to be allowed on the right side: reports name its field. */
    if (!rc && e->fn == PL_FN_VAL)
        *ret = ret->args[0];
    return rc;
}

/* ---- functions over the members of a group ---- */

static pl_rc compile_group(pl_compiler *c, const pl_expr *e, pl_operand *ret, pl_err *err)
{
    const pl_group_row *row = &pl_group_fns[e->group_fn];
    pl_compiler member = *c;

    if (!c->is_group)
        return pl_fail(err, PL_FORMAT, "%s cannot stand inside another function", row->word);
    member.is_group = false;
    ret->group_fn = e->group_fn;
    ret->name = row->word;
    ret->type = row->is_number ? PL_T_INT : PL_T_BOOL;
    if (e->cond)
        return pl_compile(&member, e->cond, &ret->cond, err);
    if (!e->args)
        return PL_OK;
    ret->args = PL_NEW(c->arena, pl_operand);
    if (!ret->args)
        return no_room(err);
    ret->n_args = 1;
    pl_rc rc = pl_compile_operand(&member, e->args, ret->args, err);
    if (rc || e->group_fn != PL_GROUP_COUNT_DISTINCT || PL_FITS_SCALAR & 1u << ret->args->type)
        return rc;
    return pl_fail(err, PL_FORMAT, "%s: %s is %s, not one value", row->word, ret->args->name,
                   pl_type_name(ret->args->type));
}

pl_rc pl_compile_operand(pl_compiler *c, const pl_expr *e, pl_operand *ret, pl_err *err)
{
    *ret = (pl_operand){.option = -1};
    switch (e->kind) {
    case PL_EXPR_FIELD:
        ret->kind = PL_OPERAND_FIELD;
        return compile_field(c, e, ret, err);
    case PL_EXPR_CALL:
        ret->kind = PL_OPERAND_CALL;
        return compile_call(c, e, ret, err);
    case PL_EXPR_GROUP:
        ret->kind = PL_OPERAND_GROUP;
        return compile_group(c, e, ret, err);
    case PL_EXPR_SOME: /* pl_compile takes it apart */
        return pl_fail(err, PL_FORMAT, "some is a truth and stands alone");
    case PL_EXPR_TEXT:
    case PL_EXPR_NUMBER:
        ret->kind = PL_OPERAND_TEXT;
        ret->name = "text";
        ret->type = PL_T_STR;
        ret->text = e->name;
        return PL_OK;
    }
    return PL_OK;
}
