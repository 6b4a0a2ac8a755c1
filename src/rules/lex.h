/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lexemes of the condition language (Falco's, read without a token stream: what a run of bytes
 * means depends on what the parser expects at that place).
 *
 * Each pl_lex_x either takes its lexeme and moves on, or leaves the position alone and gives
 * false. Slices point into the text.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "rules/op.h"

typedef struct pl_lex {
    const char *p;
    const char *end;
} pl_lex;

bool pl_lex_blanks(pl_lex *l); /* space, tab, \b, \r, \n; false: there was none */
bool pl_lex_end(const pl_lex *l);
bool pl_lex_char(pl_lex *l, char c);
bool pl_lex_at(const pl_lex *l, char c);
bool pl_lex_ident(pl_lex *l, pl_str *ret);        /* letter, then letters, digits, _ */
bool pl_lex_call(pl_lex *l, pl_str *ret);         /* identifier and "(", both taken */
bool pl_lex_field(pl_lex *l, pl_str *ret);        /* two or more identifiers with dots */
bool pl_lex_bare(pl_lex *l, pl_str *ret);         /* anything but ()"'=, and blanks */
bool pl_lex_arg(pl_lex *l, pl_str *ret);          /* anything but []"' and blanks */
bool pl_lex_number(pl_lex *l, pl_str *ret);       /* decimal, with point and exponent, or hex */
bool pl_lex_keyword(pl_lex *l, const char *word); /* followed by a blank, "(" or the end */
bool pl_lex_op(pl_lex *l, pl_op *ret);            /* any operator */
bool pl_lex_modifier(pl_lex *l, pl_mod *ret);     /* only where a list or a name follows */
bool pl_lex_quote(const pl_lex *l);               /* a quoted string starts here */

/* A quoted string, its escapes resolved into the arena. PL_FORMAT: no end or a bad escape. */
pl_rc pl_lex_quoted(pl_lex *l, pl_arena *a, pl_str *ret, pl_err *err) PL_MUST_USE;

/* Fails with "expected WHAT before ..." or "... at the end". */
pl_rc pl_lex_expected(const pl_lex *l, const char *what, pl_err *err);
