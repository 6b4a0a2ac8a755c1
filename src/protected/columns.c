/* SPDX-License-Identifier: Apache-2.0 */
/* The names of columns, from the first line of a table or from SQL. */
#include "core/attr.h"
#include "core/char.h"
#include "protected/protected_priv.h"

#include <string.h>
#include <strings.h>

enum { STATEMENT = 8192 }; /* bytes of a statement in which column names are looked for */

static void add_column(const pl_protected *p, pl_str name, pl_columns *c)
{
    if (c->n < PL_PROTECTED_COLUMNS)
        c->kinds[c->n++] = pl_words_kinds(p, name);
}

static size_t count_of(pl_str line, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] == c;
    return n;
}

void pl_columns_head(const pl_protected *p, pl_str line, pl_columns *c)
{
    static const char seps[] = {',', ';', '\t', '|'};
    pl_columns got = {.rows = PL_ROWS_LINES};
    size_t most = 0;
    uint32_t any = 0;
    pl_str cell;

    for (size_t i = 0; i < sizeof(seps); i++) {
        size_t n = count_of(line, seps[i]);
        if (n > most) {
            most = n;
            got.sep = seps[i];
        }
    }
    while (most && pl_str_cut(&line, got.sep, &cell))
        add_column(p, pl_str_sub(cell, 0, PL_PROTECTED_NEAR), &got);
    for (size_t i = 0; i < got.n; i++)
        any |= got.kinds[i];
    if (any)
        *c = got;
}

/* ---- SQL ---- */

static bool begins(pl_str text, pl_str words)
{
    return text.n >= words.n && strncasecmp(text.p, words.p, words.n) == 0;
}

/* The name that a column's definition begins with; false for what is no column. */
static bool column_name(pl_str part, pl_str *ret)
{
    static const char *const others[] = {"PRIMARY", "FOREIGN", "UNIQUE",   "CONSTRAINT", "CHECK",
                                         "KEY",     "INDEX",   "FULLTEXT", "EXCLUDE"};
    size_t n = 0;

    part = pl_str_trim(part);
    while (n < part.n &&
           (pl_is_alpha(part.p[n]) || pl_is_digit(part.p[n]) || memchr("_`\"[].-", part.p[n], 7)))
        n++;
    *ret = pl_str_sub(part, 0, n);
    for (size_t i = 0; i < PL_COUNT(others); i++)
        if (pl_str_eq_nocase(*ret, pl_str_c(others[i])))
            return false;
    return n > 0;
}

/* "(a INTEGER, b CHAR(9), ...)": the parts at its own level. */
static void columns_in(const pl_protected *p, pl_str list, pl_columns *c)
{
    size_t depth = 0;
    size_t from = 1;
    pl_str name;

    for (size_t i = 0; i < list.n; i++) {
        char ch = list.p[i];
        depth += ch == '(';
        bool is_end = ch == ')' && depth == 1;
        if (is_end || (ch == ',' && depth == 1)) {
            if (column_name(pl_str_sub(list, from, i - from), &name))
                add_column(p, name, c);
            from = i + 1;
        }
        if (is_end)
            return;
        depth -= ch == ')' && depth > 0;
    }
}

static size_t place_of(pl_str text, pl_str words)
{
    for (size_t i = 0; i + words.n <= text.n; i++)
        if (begins(pl_str_sub(text, i, words.n), words))
            return i;
    return text.n;
}

void pl_columns_sql(const pl_protected *p, pl_str text, pl_columns *c)
{
    static const struct {
        pl_str start, end;
        pl_rows rows;
    } statements[] = {
        {{"CREATE TABLE", 12}, {";", 1}, PL_ROWS_TUPLES},
        {{"INSERT INTO", 11}, {"VALUES", 6}, PL_ROWS_TUPLES},
        {{"COPY ", 5}, {"FROM", 4}, PL_ROWS_LINES},
    };

    text = pl_str_sub(text, 0, STATEMENT);
    for (size_t i = 0; i < PL_COUNT(statements); i++) {
        if (!begins(text, statements[i].start))
            continue;
        pl_str head = pl_str_sub(text, 0, place_of(text, statements[i].end));
        const char *list = memchr(head.p, '(', head.n);
        if (!list)
            return; /* as CREATE TABLE said */
        *c = (pl_columns){.rows = statements[i].rows, .sep = '\t'};
        columns_in(p, pl_str_sub(head, (size_t)(list - head.p), head.n), c);
        return;
    }
}

/* ---- values ---- */

static size_t column_of_line(const pl_columns *c, pl_str before)
{
    bool is_quoted = false;
    size_t n = 0;

    for (size_t i = 0; i < before.n; i++) {
        is_quoted ^= before.p[i] == '"';
        n += before.p[i] == c->sep && !is_quoted;
    }
    return n;
}

static size_t column_of_tuple(pl_str before)
{
    bool is_quoted = false;
    size_t n = SIZE_MAX;

    for (size_t i = 0; i < before.n; i++) {
        is_quoted ^= before.p[i] == '\'';
        if (before.p[i] == '(' && !is_quoted)
            n = 0;
        else if (before.p[i] == ',' && !is_quoted && n != SIZE_MAX)
            n++;
    }
    return n;
}

uint32_t pl_columns_at(const pl_columns *c, pl_str before)
{
    size_t column = SIZE_MAX;

    if (c->n && c->rows == PL_ROWS_LINES)
        column = column_of_line(c, before);
    else if (c->n && c->rows == PL_ROWS_TUPLES)
        column = column_of_tuple(before);
    return column < c->n ? c->kinds[column] : 0;
}

bool pl_columns_have(const pl_columns *c, size_t kind)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->kinds[i] >> kind & 1)
            return true;
    return false;
}
