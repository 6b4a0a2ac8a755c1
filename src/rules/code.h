/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A condition made ready: fields looked up, types checked, literals read, sets and patterns
 * built. Read-only once made; lives in the arena of its pl_rules.
 */
#pragma once

#include "rules/ast.h"
#include "rules/field.h"
#include "rules/net.h"
#include "rules/path.h"
#include "rules/regex.h"
#include "rules/set.h"

typedef struct pl_code pl_code;

typedef enum pl_operand_kind {
    PL_OPERAND_FIELD,
    PL_OPERAND_CALL, /* PL_FN_NONE: a list of its arguments */
    PL_OPERAND_TEXT,
    PL_OPERAND_GROUP, /* number over the members of a group */
} pl_operand_kind;

typedef struct pl_operand {
    pl_operand_kind kind;
    pl_type type;
    const char *name; /* field as written, or function: for reports */
    pl_field_ref field;
    pl_fn fn;
    pl_str text; /* PL_OPERAND_TEXT */
    int option;  /* getopt: the letter asked for, -1 for all */
    struct pl_operand *args;
    size_t n_args;
    pl_group_fn group_fn;
    const pl_code *cond; /* of a group function; NULL: over args[0], or over the members */
} pl_operand;

/* The literals of a test, in the left side's type; one of the pointers is set. */
typedef struct pl_consts {
    size_t n;
    const pl_str *strs;
    const int64_t *ints; /* also bool and time */
    const pl_net *nets;
    pl_regex *regexes; /* n of them */
    const pl_set *set; /* of strs, for in and intersects */
    const pl_path_set *paths;
    const char *unset; /* a policy parameter among the literals that nobody has set, or NULL */
} pl_consts;

struct pl_code {
    pl_ast_kind kind;           /* never PL_AST_MACRO */
    const pl_code *const *kids; /* PL_AST_SOME: the condition on an item of the list left */
    size_t n_kids;
    pl_op op;
    pl_mod mod;
    pl_operand *left;
    pl_operand *right; /* NULL: consts */
    pl_consts consts;
};

/* What compiling needs beside the tree. */
typedef struct pl_compiler {
    pl_scope scope;
    bool is_group; /* fields belong to members: they may stand only in group functions */
    bool is_item;  /* inside some(): what is of an element is of an item of its list */
    pl_arena *arena;
    pl_regex **regexes; /* list that owns the compiled patterns */
    bool is_proved;     /* every pattern is known to compile */
    /* Called with each field that is named; NULL: nobody asks. */
    pl_rc (*field)(const pl_field_ref *f, void *arg, pl_err *err);
    void *field_arg;
    /* Called with each some() after its fields, with the same argument; NULL: nobody asks. */
    pl_rc (*some)(const pl_ast *tree, const pl_code *code, void *arg, pl_err *err);
} pl_compiler;

pl_rc pl_compile(pl_compiler *c, const pl_ast *tree, const pl_code **ret, pl_err *err) PL_MUST_USE;

/* ---- shared by the files that compile ---- */

pl_rc pl_compile_operand(pl_compiler *c, const pl_expr *e, pl_operand *ret,
                         pl_err *err) PL_MUST_USE;
pl_rc pl_compile_consts(pl_compiler *c, const pl_ast *check, const pl_operand *left, pl_consts *ret,
                        pl_err *err) PL_MUST_USE;
