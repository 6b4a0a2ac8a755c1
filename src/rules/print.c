/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical text of a tree. */
#include "rules/ast.h"

static void print_quoted(pl_str s, pl_buf *out)
{
    pl_buf_ch(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            pl_buf_ch(out, '\\');
            pl_buf_ch(out, (char)c);
        } else if (c < ' ' || c == 0x7f) {
            pl_buf_fmt(out, "\\x%02x", c);
        } else {
            pl_buf_ch(out, (char)c);
        }
    }
    pl_buf_ch(out, '"');
}

static void print_word(const pl_word *w, pl_op_class cls, pl_buf *out)
{
    if (w->is_bare || cls == PL_OPS_NUMBER)
        pl_buf_str(out, w->text);
    else
        print_quoted(w->text, out);
}

static void print_some(const pl_expr *e, pl_buf *out);

static void print_expr(const pl_expr *e, pl_buf *out)
{
    switch (e->kind) {
    case PL_EXPR_TEXT:
        print_quoted(e->name, out);
        return;
    case PL_EXPR_FIELD:
    case PL_EXPR_NUMBER:
        pl_buf_str(out, e->name);
        break;
    case PL_EXPR_CALL:
    case PL_EXPR_GROUP:
        pl_buf_str(out, e->name);
        pl_buf_ch(out, '(');
        if (e->cond)
            pl_ast_print(e->cond, out);
        for (const pl_expr *a = e->args; a; a = a->next) {
            print_expr(a, out);
            if (a->next)
                pl_buf_c(out, ", ");
        }
        pl_buf_ch(out, ')');
        break;
    case PL_EXPR_SOME:
        print_some(e, out);
        break;
    }
    if (e->has_arg) {
        pl_buf_ch(out, '[');
        print_quoted(e->arg, out);
        pl_buf_ch(out, ']');
    }
}

static void print_some(const pl_expr *e, pl_buf *out)
{
    pl_buf_str(out, e->name);
    pl_buf_ch(out, '(');
    print_expr(e->args, out);
    pl_buf_c(out, ", ");
    pl_ast_print(e->cond, out);
    pl_buf_ch(out, ')');
}

static void print_words(const pl_ast *a, pl_buf *out)
{
    pl_op_class cls = pl_ops[a->op].cls;
    /* A lone name after a list operator means a list of one. */
    bool is_list = cls == PL_OPS_LIST || a->mod != PL_MOD_NONE;

    if (is_list)
        pl_buf_ch(out, '(');
    for (const pl_word *w = a->words; w; w = w->next) {
        print_word(w, cls, out);
        if (w->next)
            pl_buf_c(out, ", ");
    }
    if (is_list)
        pl_buf_ch(out, ')');
}

static void print_check(const pl_ast *a, pl_buf *out)
{
    print_expr(a->left, out);
    pl_buf_ch(out, ' ');
    pl_buf_c(out, pl_ops[a->op == PL_OP_EQ2 ? PL_OP_EQ : a->op].word);
    if (pl_ops[a->op].cls == PL_OPS_UNARY)
        return;
    pl_buf_ch(out, ' ');
    if (a->mod != PL_MOD_NONE) {
        pl_buf_c(out, pl_mod_word(a->mod));
        pl_buf_ch(out, ' ');
    }
    if (a->right)
        print_expr(a->right, out);
    else
        print_words(a, out);
}

static void print_chain(const pl_ast *a, const char *word, pl_buf *out)
{
    for (const pl_ast *k = a->kids; k; k = k->next) {
        bool wrap = k->kind == PL_AST_OR && a->kind == PL_AST_AND;
        if (wrap)
            pl_buf_ch(out, '(');
        pl_ast_print(k, out);
        if (wrap)
            pl_buf_ch(out, ')');
        if (k->next)
            pl_buf_c(out, word);
    }
}

static void print_not(const pl_ast *a, pl_buf *out)
{
    bool wrap = a->kids->kind == PL_AST_OR || a->kids->kind == PL_AST_AND;

    pl_buf_c(out, wrap ? "not (" : "not ");
    pl_ast_print(a->kids, out);
    if (wrap)
        pl_buf_ch(out, ')');
}

void pl_ast_print(const pl_ast *a, pl_buf *out)
{
    switch (a->kind) {
    case PL_AST_AND:
        print_chain(a, " and ", out);
        break;
    case PL_AST_OR:
        print_chain(a, " or ", out);
        break;
    case PL_AST_NOT:
        print_not(a, out);
        break;
    case PL_AST_MACRO:
        pl_buf_str(out, a->name);
        break;
    case PL_AST_CHECK:
        print_check(a, out);
        break;
    case PL_AST_GROUP:
    case PL_AST_SOME:
        print_expr(a->left, out);
        break;
    }
}
