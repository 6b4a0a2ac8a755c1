/* SPDX-License-Identifier: Apache-2.0 */
/* The maximum of everything in this room that outside input can make grow. */
#pragma once

enum {
    PL_PROTECTED_KINDS = 32,         /* kinds in the content: a bit for each in a set */
    PL_PROTECTED_SHAPES = 8,         /* shapes of a kind, of each sort */
    PL_PROTECTED_PARTS = 24,         /* parts of a shape */
    PL_PROTECTED_ARENA = 1 << 20,    /* bytes of kinds */
    PL_PROTECTED_FORM = 56 << 10,    /* bytes of the content of this room */
    PL_PROTECTED_VALUES = 8,         /* different values of a kind that are told apart in a file */
    PL_PROTECTED_VALUE = 40,         /* bytes of one of them */
    PL_PROTECTED_NEAR = 64,          /* bytes before a number in which a word counts */
    PL_PROTECTED_BACK = 4096,        /* bytes before a number in which its line may begin */
    PL_PROTECTED_AHEAD = 512,        /* bytes behind a number that are looked at */
    PL_PROTECTED_COLUMNS = 64,       /* columns of a table that are known by their names */
    PL_PROTECTED_PIECE = 65536,      /* bytes that are looked at as one; a page of a database */
    PL_PROTECTED_TABLES = 32,        /* tables of a database whose columns are known */
    PL_PROTECTED_COUNT = 1000000000, /* numbers of a file that are counted */
};
