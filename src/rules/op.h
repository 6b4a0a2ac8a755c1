/* SPDX-License-Identifier: Apache-2.0 */
/* Operators, modifiers and functions of the condition language: one row each. */
#pragma once

#include "model/value.h"

/* What may stand on the right of an operator. */
typedef enum pl_op_class { PL_OPS_UNARY, PL_OPS_NUMBER, PL_OPS_STRING, PL_OPS_LIST } pl_op_class;

/* Types that an operator takes on its left, as bits. */
enum {
    PL_FITS_BOOL = 1 << PL_T_BOOL,
    PL_FITS_INT = 1 << PL_T_INT,
    PL_FITS_TIME = 1 << PL_T_TIME,
    PL_FITS_STR = 1 << PL_T_STR,
    PL_FITS_IP = 1 << PL_T_IP,
    PL_FITS_STRS = 1 << PL_T_STRS,
    PL_FITS_INTS = 1 << PL_T_INTS,
    PL_FITS_RECS = 1 << PL_T_RECS,
    PL_FITS_REC = 1 << PL_T_REC,
    PL_FITS_SCALAR = PL_FITS_BOOL | PL_FITS_INT | PL_FITS_TIME | PL_FITS_STR | PL_FITS_IP,
    PL_FITS_ORDER = PL_FITS_INT | PL_FITS_TIME | PL_FITS_STR,
    PL_FITS_SET = PL_FITS_SCALAR | PL_FITS_STRS | PL_FITS_INTS,
    PL_FITS_ANY = PL_FITS_SET | PL_FITS_RECS | PL_FITS_REC,
};

/*
 * X(symbol, spelling, class, is a word, types it takes). Tried in this order, so an operator
 * stands before every other that is a prefix of it. The b-operators are for byte buffers, and no
 * field is one.
 */
#define PL_OP_LIST(X)                                                                              \
    X(EXISTS, "exists", UNARY, 1, PL_FITS_ANY)                                                     \
    X(LE, "<=", NUMBER, 0, PL_FITS_ORDER)                                                          \
    X(LT, "<", NUMBER, 0, PL_FITS_ORDER)                                                           \
    X(GE, ">=", NUMBER, 0, PL_FITS_ORDER)                                                          \
    X(GT, ">", NUMBER, 0, PL_FITS_ORDER)                                                           \
    X(EQ2, "==", STRING, 0, PL_FITS_SCALAR)                                                        \
    X(EQ, "=", STRING, 0, PL_FITS_SCALAR)                                                          \
    X(NE, "!=", STRING, 0, PL_FITS_SCALAR)                                                         \
    X(GLOB, "glob", STRING, 1, PL_FITS_STR)                                                        \
    X(IGLOB, "iglob", STRING, 1, PL_FITS_STR)                                                      \
    X(CONTAINS, "contains", STRING, 1, PL_FITS_STR)                                                \
    X(ICONTAINS, "icontains", STRING, 1, PL_FITS_STR)                                              \
    X(BCONTAINS, "bcontains", STRING, 1, 0)                                                        \
    X(STARTSWITH, "startswith", STRING, 1, PL_FITS_STR)                                            \
    X(BSTARTSWITH, "bstartswith", STRING, 1, 0)                                                    \
    X(ENDSWITH, "endswith", STRING, 1, PL_FITS_STR)                                                \
    X(REGEX, "regex", STRING, 1, PL_FITS_STR)                                                      \
    X(INTERSECTS, "intersects", LIST, 1, PL_FITS_SET)                                              \
    X(IN, "in", LIST, 1, PL_FITS_SET)                                                              \
    X(PMATCH, "pmatch", LIST, 1, PL_FITS_STR)

typedef enum pl_op {
#define X(sym, word, cls, is_word, fits) PL_OP_##sym,
    PL_OP_LIST(X)
#undef X
} pl_op;

typedef struct pl_op_row {
    const char *word;
    pl_op_class cls;
    bool is_word;
    unsigned fits;
} pl_op_row;

extern const pl_op_row pl_ops[];
size_t pl_op_count(void);

typedef enum pl_mod { PL_MOD_NONE, PL_MOD_ONEOF, PL_MOD_ANYOF, PL_MOD_ALLOF } pl_mod;

const char *pl_mod_word(pl_mod m); /* "" for none */

/* X(symbol, spelling, fewest arguments, most) */
#define PL_FN_LIST(X)                                                                              \
    X(TOLOWER, "tolower", 1, 1)                                                                    \
    X(TOUPPER, "toupper", 1, 1)                                                                    \
    X(B64, "b64", 1, 1)                                                                            \
    X(BASENAME, "basename", 1, 1)                                                                  \
    X(LEN, "len", 1, 1)                                                                            \
    X(VAL, "val", 1, 1)                                                                            \
    X(JOIN, "join", 2, 2)                                                                          \
    X(CONCAT, "concat", 2, 64)                                                                     \
    X(GETOPT, "getopt", 2, 2)

typedef enum pl_fn {
#define X(sym, word, min, max) PL_FN_##sym,
    PL_FN_LIST(X)
#undef X
        PL_FN_NONE, /* a list of arguments in parentheses */
} pl_fn;

typedef struct pl_fn_row {
    const char *word;
    size_t min, max;
} pl_fn_row;

extern const pl_fn_row pl_fns[];
bool pl_fn_find(pl_str name, pl_fn *ret);

/* What stands between the parentheses of a function over the members of a group. */
typedef enum pl_group_arg { PL_GROUP_CONDITION, PL_GROUP_FIELD, PL_GROUP_EITHER } pl_group_arg;

/*
 * X(symbol, spelling, argument, gives a number (else a truth)). count() without an argument
 * counts the members, count(FIELD) those that have the field.
 */
#define PL_GROUP_FN_LIST(X)                                                                        \
    X(COUNT, "count", EITHER, 1)                                                                   \
    X(COUNT_DISTINCT, "count_distinct", FIELD, 1)                                                  \
    X(ANY, "any", CONDITION, 0)                                                                    \
    X(ALL, "all", CONDITION, 0)

typedef enum pl_group_fn {
#define X(sym, word, arg, is_number) PL_GROUP_##sym,
    PL_GROUP_FN_LIST(X)
#undef X
} pl_group_fn;

typedef struct pl_group_row {
    const char *word;
    pl_group_arg arg;
    bool is_number;
} pl_group_row;

extern const pl_group_row pl_group_fns[];
bool pl_group_fn_find(pl_str name, pl_group_fn *ret);
