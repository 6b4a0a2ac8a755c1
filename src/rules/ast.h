/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A condition as a tree, before fields and types are looked up.
 *
 * Children, arguments and words are linked lists in the order of the text. Everything lives in
 * the arena of the parse; slices of names point into the condition's text, values of quoted
 * strings into the arena. The tree may be changed in place (tests/mutate.c does), then printed
 * or compiled again.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "rules/op.h"

typedef struct pl_ast pl_ast;

typedef enum pl_ast_kind {
    PL_AST_AND,
    PL_AST_OR,
    PL_AST_NOT,
    PL_AST_MACRO, /* only before pl_expand_macros */
    PL_AST_CHECK, /* left operator right */
    PL_AST_GROUP, /* any(...) or all(...) standing alone */
    PL_AST_SOME,  /* some(list, condition): left->args and left->cond */
} pl_ast_kind;

/* A literal on the right of an operator. */
typedef struct pl_word {
    struct pl_word *next;
    pl_str text;
    bool is_bare; /* not quoted: may name a policy parameter that is unset */
} pl_word;

typedef enum pl_expr_kind {
    PL_EXPR_FIELD,  /* name and perhaps [arg] */
    PL_EXPR_CALL,   /* function of args; PL_FN_NONE: a list of them */
    PL_EXPR_GROUP,  /* group function over cond or over one field in args */
    PL_EXPR_SOME,   /* only as left of PL_AST_SOME */
    PL_EXPR_TEXT,   /* quoted string as an argument: name holds it */
    PL_EXPR_NUMBER, /* number as an argument: name holds its spelling */
} pl_expr_kind;

typedef struct pl_expr {
    struct pl_expr *next;
    pl_expr_kind kind;
    pl_str name;
    bool has_arg;
    pl_str arg;
    pl_fn fn;
    pl_group_fn group_fn;
    struct pl_expr *args;
    pl_ast *cond;
} pl_expr;

struct pl_ast {
    pl_ast *next;
    pl_ast_kind kind;
    pl_ast *kids;  /* PL_AST_NOT: one */
    pl_str name;   /* PL_AST_MACRO */
    pl_expr *left; /* PL_AST_CHECK, PL_AST_GROUP, PL_AST_SOME */
    pl_op op;
    pl_mod mod;
    pl_word *words;  /* right side as literals */
    pl_expr *right;  /* or as a function or val(field) */
    unsigned height; /* levels below, itself included */
};

/* Canonical text: one blank between tokens, every value quoted, no needless parentheses. */
void pl_ast_print(const pl_ast *a, pl_buf *out);
