/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands of a shell script as words: POSIX.1-2017, "Shell Command Language", as far as it takes
 * to see with which words a program is called. Nothing is run, and no loop or condition is
 * followed: each simple command is given once, in the order of the text. What stands in `$(...)`
 * and in backquotes comes at the end.
 *
 * `${NAME:-default}` and `${NAME-default}` count as their default. Any other variable, and what a
 * command would print, is not known: the word is open.
 *
 * Words live in the arena. One thread.
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"

typedef struct pl_shell_word {
    pl_str text; /* without quotes; what is not known is left out */
    int line, column;
    bool is_open;  /* a part of it is not known */
    bool is_split; /* that part may be several words, or none */
} pl_shell_word;

typedef struct pl_shell_command {
    pl_shell_word *words;
    size_t n;
    pl_str hidden;   /* what is fed to it by a here-document; empty: nothing */
    int hidden_line; /* of its first line */
    bool is_cut;     /* there are more words than these, or may be */
} pl_shell_command;

/* A text with commands. */
typedef struct pl_shell_part {
    pl_str text;
    int line, column; /* of its first byte, from 1 */
    unsigned depth;   /* how many parts it stands in */
    bool is_open;     /* something that is not known is left out of it */
} pl_shell_part;

typedef struct pl_shell {
    pl_arena *arena;
    pl_shell_part at; /* what is left of the part that is read */
    pl_shell_part *parts;
    size_t n_parts, room_parts, next_part;
    bool is_cut; /* there were more parts, or deeper ones, than the limits allow */
} pl_shell;

void pl_shell_start(pl_shell *s, pl_arena *a, pl_str text);

/* One more text, to be read after what is there. */
void pl_shell_add(pl_shell *s, const pl_shell_part *part);

/* False: there is none any more. */
bool pl_shell_next(pl_shell *s, pl_shell_command *ret);
