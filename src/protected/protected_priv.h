/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. Nobody else includes this. */
#pragma once

#include "protected/protected.h"

#include "model/bind.h"
#include "protected/digits.h"

/* ---- shape.c: "999-99-9999" ---- */

typedef struct pl_shape_part {
    char what;        /* '9' digit, 'A' upper-case letter, 'X' either, '_' one blank or hyphen;
                         anything else stands for itself */
    uint8_t min, max; /* how often */
} pl_shape_part;

/* How it may begin: a bit for each number of digits, or a capital letter. */
typedef struct pl_shape_start {
    uint64_t digits;
    bool letter;
} pl_shape_start;

enum { PL_SHAPE_RUN = 63 }; /* digits in a row that are told apart */

typedef struct pl_shape {
    pl_shape_part parts[PL_PROTECTED_PARTS];
    size_t n;
    pl_shape_start start;
} pl_shape;

/* It may begin with so many digits; 0: with a letter. */
static inline bool pl_shape_begins(pl_shape_start start, size_t run)
{
    return run ? start.digits >> run & 1 : start.letter;
}

bool pl_shape_parse(pl_str text, pl_shape *ret);
/* Bytes that it takes at the start of the text; 0: it does not stand there. */
size_t pl_shape_match(const pl_shape *s, pl_str text);

/* ---- kinds ---- */

/* What is found otherwise than by a shape. */
typedef enum pl_protected_how {
    PL_BY_SHAPE,
    PL_BY_CARD,  /* card numbers */
    PL_BY_TRACK, /* a card number in track data */
    PL_BY_CODE,  /* a card verification code beside a card number */
    PL_BY_HEAD,  /* the first bytes of the file */
} pl_protected_how;

/* Is this file, of which these are the first bytes, such a document? */
typedef bool (*pl_head_test)(pl_str head);
pl_head_test pl_head_test_named(pl_str name); /* heads.c; NULL: none */

typedef struct pl_protected_kind {
    pl_protected_about about;
    pl_protected_how how;
    pl_shape shapes[PL_PROTECTED_SHAPES]; /* those that may stand without a word first */
    size_t n_shapes, n_free;              /* n_free of them may */
    pl_shape_start start;                 /* of any of them */
    pl_number_test test;
    pl_head_test head;
    uint32_t near;  /* different values with a word near that make a finding */
    uint32_t alone; /* different values without one; 0: never */
    pl_strs words, unless, ignore;
} pl_protected_kind;

struct pl_protected {
    pl_arena *arena;
    pl_protected_kind kinds[PL_PROTECTED_KINDS];
    size_t n;
};

/* load.c */
pl_rc pl_protected_load(pl_protected *p, const char *name, pl_str text, pl_err *err);

/* ---- words.c ---- */

/* One of the words stands in the text: by whole words, whatever their case and what joins them:
 * "card number" is in CardNumber, card_number and CARD-NUMBER. */
bool pl_words_in(pl_strs words, pl_str text);
/* Kinds that one of their words in the text belongs to, as a set of bits. */
uint32_t pl_words_kinds(const pl_protected *p, pl_str text);

/* ---- columns.c ---- */

typedef enum pl_rows { PL_ROWS_NONE, PL_ROWS_LINES, PL_ROWS_TUPLES } pl_rows;

/* The columns of the table whose rows come now. */
typedef struct pl_columns {
    pl_rows rows;
    char sep; /* between the values of a line */
    size_t n;
    uint32_t kinds[PL_PROTECTED_COLUMNS]; /* that the names announce */
} pl_columns;

/* The first line of a file may name columns. */
void pl_columns_head(const pl_protected *p, pl_str line, pl_columns *c);
/* SQL from the beginning of a line on: CREATE TABLE, INSERT INTO, COPY name columns. */
void pl_columns_sql(const pl_protected *p, pl_str text, pl_columns *c);
/* Kinds that the name of the column announces whose value follows; before: its line so far. */
uint32_t pl_columns_at(const pl_columns *c, pl_str before);
/* One of its columns is of that kind. */
bool pl_columns_have(const pl_columns *c, size_t kind);

/* ---- counts.c ---- */

typedef struct pl_place {
    uint64_t offset, line;
} pl_place;

typedef enum pl_hit { PL_HIT_WORD, PL_HIT_ALONE, PL_HIT_TEST, PL_HIT_COUNT } pl_hit;

typedef struct pl_count {
    uint32_t n[PL_HIT_COUNT];     /* how many with a word near, without, and published ones */
    pl_place first[PL_HIT_COUNT]; /* where the first of them stands */
    uint32_t bad[PL_HIT_COUNT];   /* right shape, wrong check digit */
    unsigned n_values, n_word_values;
    char values[PL_PROTECTED_VALUES][PL_PROTECTED_VALUE]; /* letters and digits; wiped at the end */
    bool has_word[PL_PROTECTED_VALUES];
} pl_count;

void pl_count_hit(pl_count *c, pl_hit what, pl_str value, pl_place at);
/* False: these numbers are no finding. */
bool pl_count_judge(const pl_count *c, const pl_protected_kind *k, pl_protected_found *ret);
/* Both have the same letters and digits. */
bool pl_same_number(pl_str a, pl_str b);

/* ---- hunt.c: numbers in a stretch of text ---- */

typedef struct pl_hunt {
    const pl_protected *p;
    pl_columns columns;
    bool is_binary; /* only what has a word near counts */
    bool is_row;    /* a row of a database: the place of a number is that of its page */
    pl_count counts[PL_PROTECTED_KINDS];
} pl_hunt;

/* Numbers that begin in text[from..to); what stands around is context. at: the place of text[0];
 * its line is 0 where lines are not counted. */
void pl_hunt_text(pl_hunt *h, pl_str text, size_t from, size_t to, pl_place at);

/* ---- sqlite_rows.c ---- */

/* Page size of a database that begins so; 0: it is none. */
size_t pl_sqlite_page_size(pl_str head, size_t *ret_usable);

/* A row as text, its values parted by tabs. */
typedef void (*pl_sqlite_row)(void *arg, pl_str row, size_t n_values);
/* The rows of one page, if it is a leaf of a table. */
void pl_sqlite_page_rows(pl_str page, bool is_first, size_t usable, pl_buf *room,
                         pl_sqlite_row each, void *arg);
