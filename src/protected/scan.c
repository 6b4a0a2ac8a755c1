/* SPDX-License-Identifier: Apache-2.0 */
/* A file in pieces: what it is, and which stretches of it are worth a look. */
#include "protected/protected_priv.h"

#include "core/attr.h"

#include <string.h>

enum {
    BACK = PL_PROTECTED_BACK,
    PIECE = PL_PROTECTED_PIECE,
    AHEAD = PL_PROTECTED_AHEAD,
    HEAD = 4096, /* by which a file's kind is told */
};

typedef enum form { FORM_NEW, FORM_TEXT, FORM_SQL, FORM_BINARY, FORM_PAGES } form;

struct pl_protected_scan {
    pl_hunt hunt;
    form form;
    bool is_wide;        /* UTF-16: the zero bytes are left out */
    bool has_first;      /* the first byte of the file was seen */
    size_t page, usable; /* of FORM_PAGES */
    pl_columns tables[PL_PROTECTED_TABLES];
    size_t n_tables;
    uint64_t base; /* offset of text[0] in the file */
    uint64_t line; /* its line */
    size_t done;   /* bytes of the text that were looked at */
    size_t n;
    pl_buf row;
    char text[BACK + PIECE + AHEAD];
};

pl_protected_scan *pl_protected_scan_new(const pl_protected *p)
{
    pl_protected_scan *s = calloc(1, sizeof(*s));

    if (s)
        s->hunt.p = p;
    return s;
}

void pl_protected_scan_free(pl_protected_scan *s)
{
    if (!s)
        return;
    explicit_bzero(s->text, sizeof(s->text));
    explicit_bzero(s->hunt.counts, sizeof(s->hunt.counts));
    pl_buf_done(&s->row);
    free(s);
}

void pl_protected_begin(pl_protected_scan *s)
{
    const pl_protected *p = s->hunt.p;

    explicit_bzero(&s->hunt, sizeof(s->hunt));
    s->hunt.p = p;
    s->form = FORM_NEW;
    s->is_wide = s->has_first = false;
    s->n_tables = 0;
    s->base = 0;
    s->line = 1;
    s->done = s->n = 0;
}

/* ---- what the file is ---- */

static bool has_statement(pl_str text)
{
    return pl_str_has(text, PL_S("CREATE TABLE")) || pl_str_has(text, PL_S("INSERT INTO")) ||
           pl_str_has(text, PL_S("COPY "));
}

static void judge_heads(pl_protected_scan *s, pl_str head)
{
    for (size_t i = 0; i < s->hunt.p->n; i++)
        if (s->hunt.p->kinds[i].how == PL_BY_HEAD && s->hunt.p->kinds[i].head(head))
            pl_count_hit(&s->hunt.counts[i], PL_HIT_WORD, PL_S("head"), (pl_place){0, 0});
}

static void judge_form(pl_protected_scan *s)
{
    pl_str text = {s->text, s->n};
    pl_str head = pl_str_sub(text, 0, HEAD);
    pl_str line = head;

    judge_heads(s, head);
    s->page = pl_sqlite_page_size(head, &s->usable);
    if (s->page)
        s->form = FORM_PAGES;
    else if (memchr(head.p, 0, head.n))
        s->form = FORM_BINARY;
    else
        s->form = has_statement(text) ? FORM_SQL : FORM_TEXT;
    s->hunt.is_binary = s->form == FORM_BINARY;
    s->hunt.is_row = s->form == FORM_PAGES;
    if (s->form == FORM_TEXT && pl_str_cut(&line, '\n', &head))
        pl_columns_head(s->hunt.p, head, &s->hunt.columns);
}

/* ---- text and binary files ---- */

static uint64_t lines_in(const char *p, size_t n)
{
    uint64_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += p[i] == '\n';
    return count;
}

static void hunt_in(pl_protected_scan *s, size_t from, size_t to)
{
    uint64_t line = s->form == FORM_BINARY || s->is_wide ? 0 : s->line;

    pl_hunt_text(&s->hunt, (pl_str){s->text, s->n}, from, to, (pl_place){s->base, line});
}

static void look_at_sql(pl_protected_scan *s, size_t from, size_t to)
{
    while (from < to) {
        const char *nl = memchr(s->text + from, '\n', to - from);
        size_t end = nl ? (size_t)(nl - s->text) + 1 : to;
        if (from == 0 || s->text[from - 1] == '\n')
            pl_columns_sql(s->hunt.p, (pl_str){s->text + from, s->n - from}, &s->hunt.columns);
        hunt_in(s, from, end);
        from = end;
    }
}

/* ---- databases ---- */

/* Which table a page belongs to is not known while it passes: a column means what it means in any
 * table with as many columns. */
static void choose_columns(pl_protected_scan *s, size_t n)
{
    pl_columns *c = &s->hunt.columns;

    *c = (pl_columns){.rows = PL_ROWS_LINES, .sep = '\t'};
    for (size_t i = 0; i < s->n_tables; i++)
        for (size_t k = 0; s->tables[i].n == n && k < n; k++) {
            c->n = n;
            c->kinds[k] |= s->tables[i].kinds[k];
        }
}

static void learn_table(pl_protected_scan *s, pl_str row)
{
    const char *at = memmem(row.p, row.n, "CREATE TABLE", 12);

    if (!at || s->n_tables == PL_PROTECTED_TABLES)
        return;
    pl_columns c = {0};
    pl_columns_sql(s->hunt.p, pl_str_sub(row, (size_t)(at - row.p), row.n), &c);
    if (c.n)
        s->tables[s->n_tables++] = c;
}

struct page {
    pl_protected_scan *s;
    uint64_t offset;
};

static void look_at_row(void *arg, pl_str row, size_t n_values)
{
    struct page *page = arg;
    pl_protected_scan *s = page->s;

    learn_table(s, row);
    choose_columns(s, n_values);
    pl_hunt_text(&s->hunt, row, 0, row.n, (pl_place){page->offset, 0});
}

static void look_at_pages(pl_protected_scan *s)
{
    size_t at = 0;

    for (; at + s->page <= s->n; at += s->page) {
        struct page page = {s, s->base + at};
        pl_sqlite_page_rows((pl_str){s->text + at, s->page}, page.offset == 0, s->usable, &s->row,
                            look_at_row, &page);
    }
    s->n -= at;
    s->base += at;
    memmove(s->text, s->text + at, s->n);
}

/* ---- pieces ---- */

/* Keeps what may be context, and what was not looked at. */
static void move_on(pl_protected_scan *s, size_t done)
{
    size_t drop = done > BACK ? done - BACK : 0;

    s->line += s->form == FORM_BINARY ? 0 : lines_in(s->text, drop);
    memmove(s->text, s->text + drop, s->n - drop);
    s->base += drop;
    s->n -= drop;
    s->done = done - drop;
}

static void look(pl_protected_scan *s, bool is_last)
{
    size_t to = is_last ? s->n : s->n - AHEAD;

    if (s->form == FORM_NEW)
        judge_form(s);
    if (s->form == FORM_PAGES) {
        look_at_pages(s);
        return;
    }
    if (s->form == FORM_SQL)
        look_at_sql(s, s->done, to);
    else
        hunt_in(s, s->done, to);
    move_on(s, to);
}

/* UTF-16 text becomes what it would be in one byte a character. */
static size_t take_wide(pl_protected_scan *s, pl_str *piece)
{
    size_t n = 0;

    for (; n < piece->n && s->n < sizeof(s->text); n++)
        if (piece->p[n])
            s->text[s->n++] = piece->p[n];
    return n;
}

static size_t take_plain(pl_protected_scan *s, const pl_str *piece)
{
    size_t room = sizeof(s->text) - s->n;
    size_t n = piece->n < room ? piece->n : room;

    memcpy(s->text + s->n, piece->p, n);
    s->n += n;
    return n;
}

static bool is_wide(pl_str piece)
{
    return pl_str_starts(piece, PL_S("\xff\xfe")) || pl_str_starts(piece, PL_S("\xfe\xff"));
}

void pl_protected_bytes(pl_protected_scan *s, pl_str piece)
{
    if (!s->has_first && piece.n) {
        s->has_first = true;
        s->is_wide = is_wide(piece);
    }
    while (piece.n) {
        size_t n = s->is_wide ? take_wide(s, &piece) : take_plain(s, &piece);
        piece = pl_str_sub(piece, n, piece.n);
        if (s->n == sizeof(s->text))
            look(s, false);
    }
}

size_t pl_protected_end(pl_protected_scan *s, pl_protected_found ret[PL_PROTECTED_KINDS])
{
    size_t n = 0;

    if (s->n)
        look(s, true);
    for (size_t i = 0; i < s->hunt.p->n; i++)
        if (pl_count_judge(&s->hunt.counts[i], &s->hunt.p->kinds[i], &ret[n]))
            ret[n++].kind = i;
    explicit_bzero(s->hunt.counts, sizeof(s->hunt.counts));
    return n;
}
