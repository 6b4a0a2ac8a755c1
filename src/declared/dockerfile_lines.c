/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/dockerfile_lines.h"

#include "core/buf.h"
#include "core/char.h"
#include "declared/limits.h"

#include <string.h>

struct reader {
    pl_arena *a;
    pl_str rest;
    int number; /* of the line that rest begins with */
    char escape;
    pl_docker_line *lines;
    size_t n, room;
    bool is_full;
};

static bool next_line(struct reader *r, pl_str *ret)
{
    if (!pl_str_cut(&r->rest, '\n', ret))
        return false;
    if (pl_str_ends(*ret, PL_S("\r")))
        ret->n--;
    r->number++;
    return true;
}

/* Grows an array in the arena; NULL: it is full. */
static void *grown(struct reader *r, const void *old, size_t n, size_t *room, size_t max,
                   size_t size)
{
    size_t more = *room ? 2 * *room : 8;
    void *p = more > 2 * max ? NULL : pl_arena_calloc(r->a, more, size);

    if (!p) {
        r->is_full = true;
        return NULL;
    }
    if (n && old)
        memcpy(p, old, n * size);
    *room = more;
    return p;
}

/* ---- directives ---- */

static bool is_directive_name(pl_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (!pl_is_alpha(key.p[i]) && (i == 0 || !pl_is_digit(key.p[i])))
            return false;
    return key.n > 0;
}

static bool directive(pl_str line, pl_docker_file *f)
{
    pl_str s = pl_str_trim(line), key;

    if (!pl_str_starts(s, PL_S("#")))
        return false;
    s = pl_str_sub(s, 1, s.n);
    if (!pl_str_has(s, PL_S("=")))
        return false;
    (void)pl_str_cut(&s, '=', &key);
    key = pl_str_trim(key);
    s = pl_str_trim(s);
    if (pl_str_eq_nocase(key, PL_S("escape")) && s.n == 1)
        f->escape = s.p[0];
    else if (pl_str_eq_nocase(key, PL_S("syntax"))) {
        f->has_syntax = true;
        f->syntax = s;
    }
    /* One that BuildKit does not know is passed over, too. */
    return is_directive_name(key) && s.n > 0;
}

static void directives(struct reader *r, pl_docker_file *f)
{
    pl_str line;

    if (pl_str_starts(r->rest, PL_S("\xef\xbb\xbf")))
        r->rest = pl_str_sub(r->rest, 3, r->rest.n);
    for (;;) {
        struct reader before = *r;
        if (next_line(r, &line) && directive(line, f))
            continue;
        *r = before;
        break;
    }
    r->escape = f->escape;
}

/* ---- one instruction ---- */

struct joining {
    pl_buf text;
    pl_docker_segment *segments;
    size_t n, room;
};

static pl_str left_trimmed(pl_str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = pl_str_sub(s, 1, s.n);
    return s;
}

static bool is_comment(pl_str line)
{
    return pl_str_starts(left_trimmed(line), PL_S("#"));
}

static bool is_blank(pl_str line)
{
    return left_trimmed(line).n == 0;
}

/* Takes off the escape character at the end, with blanks behind it. */
static bool continues(const struct reader *r, pl_str *line)
{
    size_t n = line->n;

    while (n && (line->p[n - 1] == ' ' || line->p[n - 1] == '\t'))
        n--;
    if (!n || line->p[n - 1] != r->escape)
        return false;
    /* Two of them are one that was escaped, and the line ends. */
    if (n > 1 && line->p[n - 2] == r->escape)
        return false;
    *line = pl_str_sub(*line, 0, n - 1);
    return true;
}

static int column_of(pl_str line, const char *p)
{
    int column = 1;

    for (const char *at = line.p; at < p; at++)
        column += ((unsigned char)*at & 0xc0) != 0x80;
    return column;
}

static void add_line(struct reader *r, struct joining *j, pl_str whole, pl_str part)
{
    if (j->n == j->room) {
        pl_docker_segment *more =
            grown(r, j->segments, j->n, &j->room, PL_DECLARED_DOCKER_LINES, sizeof(*more));
        if (!more)
            return;
        j->segments = more;
    }
    j->segments[j->n++] = (pl_docker_segment){j->text.n, r->number, column_of(whole, part.p)};
    pl_buf_str(&j->text, part);
}

/* Joins the lines of one instruction; comments and empty lines between them are left out. */
static bool join(struct reader *r, struct joining *j)
{
    pl_str whole, line;
    bool more = true;

    while (next_line(r, &whole)) {
        if (is_comment(whole) || is_blank(whole))
            continue;
        line = j->n ? whole : left_trimmed(whole);
        more = continues(r, &line);
        add_line(r, j, whole, line);
        if (!more)
            break;
    }
    return j->n > 0;
}

/* ---- here-documents ---- */

static bool takes_documents(pl_str word)
{
    return pl_str_eq_nocase(word, PL_S("RUN")) || pl_str_eq_nocase(word, PL_S("COPY")) ||
           pl_str_eq_nocase(word, PL_S("ADD")) || pl_str_eq_nocase(word, PL_S("ONBUILD"));
}

/* The next word as it was written; blanks in quotes are part of it. */
static bool next_raw_word(const struct reader *r, pl_str *rest, pl_str *ret)
{
    char quote = 0;
    size_t n = 0;

    *rest = pl_str_trim(*rest);
    for (; n < rest->n && (quote || (rest->p[n] != ' ' && rest->p[n] != '\t')); n++) {
        char c = rest->p[n];
        if (c == r->escape && quote != '\'' && n + 1 < rest->n)
            n++;
        else if (c == quote)
            quote = 0;
        else if (!quote && (c == '"' || c == '\''))
            quote = c;
    }
    *ret = pl_str_sub(*rest, 0, n);
    *rest = pl_str_sub(*rest, n, rest->n);
    return ret->n > 0;
}

/* "<<EOF", "<<-'E F'", "3<<X": its name; empty: the word is none. */
static pl_str document_name(pl_str word, bool *ret_strip, bool *ret_quoted)
{
    while (word.n && word.p[0] >= '0' && word.p[0] <= '9')
        word = pl_str_sub(word, 1, word.n);
    if (!pl_str_starts(word, PL_S("<<")) || pl_str_starts(word, PL_S("<<<")))
        return (pl_str){"", 0};
    word = pl_str_sub(word, 2, word.n);
    *ret_strip = pl_str_starts(word, PL_S("-"));
    if (*ret_strip)
        word = pl_str_sub(word, 1, word.n);
    *ret_quoted = word.n > 1 && (word.p[0] == '"' || word.p[0] == '\'');
    if (*ret_quoted)
        word = pl_str_sub(word, 1, word.n - 2);
    return word;
}

static pl_rc read_document(struct reader *r, pl_str name, bool strips, pl_str *ret, pl_err *err)
{
    const char *from = r->rest.p;
    int first = r->number;
    pl_str line;

    while (next_line(r, &line)) {
        pl_str s = line;
        while (strips && s.n && s.p[0] == '\t')
            s = pl_str_sub(s, 1, s.n);
        if (!pl_str_eq(s, name))
            continue;
        *ret = (pl_str){from, (size_t)(line.p - from)};
        return PL_OK;
    }
    return pl_fail(err, PL_FORMAT, "line %d: a here-document has no end", first);
}

static pl_rc read_documents(struct reader *r, pl_docker_line *l, pl_err *err)
{
    pl_str words = l->rest, word;
    pl_docker_document *list = NULL;
    size_t room = 0;
    pl_rc rc = PL_OK;

    while (!rc && takes_documents(l->word) && next_raw_word(r, &words, &word)) {
        bool strips = false, is_quoted = false;
        pl_str name = document_name(word, &strips, &is_quoted);
        if (!name.n)
            continue;
        if (l->n_documents == room && !(list = grown(r, list, l->n_documents, &room,
                                                     PL_DECLARED_DOCKER_LINES, sizeof(*list))))
            break;
        pl_str body = {"", 0};
        rc = read_document(r, name, strips, &body, err);
        list[l->n_documents++] = (pl_docker_document){name, body, is_quoted};
        l->documents = list;
    }
    return rc;
}

/* ---- the file ---- */

static pl_rc keep(struct reader *r, struct joining *j, pl_err *err)
{
    pl_str text = pl_arena_str(r->a, pl_buf_view(&j->text));

    if (r->n == r->room) {
        pl_docker_line *more =
            grown(r, r->lines, r->n, &r->room, PL_DECLARED_DOCKER_LINES, sizeof(*more));
        if (!more)
            return PL_OK;
        r->lines = more;
    }
    if (!text.p || !pl_buf_ok(&j->text)) {
        r->is_full = true;
        return PL_OK;
    }
    pl_docker_line *l = &r->lines[r->n++];
    *l = (pl_docker_line){.line = j->segments[0].line,
                          .column = j->segments[0].column,
                          .segments = j->segments,
                          .n_segments = j->n};
    size_t end = 0;
    while (end < text.n && text.p[end] != ' ' && text.p[end] != '\t')
        end++;
    l->word = pl_str_sub(text, 0, end);
    l->rest = pl_str_trim(pl_str_sub(text, end, text.n));
    /* Places count from where the joined text began. */
    l->rest = l->rest.n ? l->rest : pl_str_sub(text, text.n, 0);
    return read_documents(r, l, err);
}

pl_rc pl_docker_lines(pl_arena *a, pl_str text, pl_docker_file *ret, pl_err *err)
{
    struct reader r = {.a = a, .rest = text};
    pl_rc rc = PL_OK;

    *ret = (pl_docker_file){.escape = '\\'};
    directives(&r, ret);
    while (!rc && !r.is_full) {
        struct joining j = {0};
        if (!join(&r, &j)) {
            pl_buf_done(&j.text);
            break;
        }
        rc = r.n == PL_DECLARED_DOCKER_LINES
                 ? pl_fail(err, PL_LIMIT, "more than %d instructions", PL_DECLARED_DOCKER_LINES)
                 : keep(&r, &j, err);
        pl_buf_done(&j.text);
    }
    if (!rc && r.is_full)
        return pl_fail(err, PL_LIMIT, "instructions do not fit their budget");
    ret->lines = r.lines;
    ret->n = r.n;
    return rc;
}

void pl_docker_place(const pl_docker_line *l, const char *p, int *ret_line, int *ret_column)
{
    /* The word stands at the beginning of the same text. */
    size_t at = p >= l->word.p ? (size_t)(p - l->word.p) : 0;

    *ret_line = l->line;
    *ret_column = l->column;
    size_t n = 0;
    while (n < l->n_segments && l->segments[n].at <= at)
        n++;
    if (n == 0)
        return;
    const pl_docker_segment *s = &l->segments[n - 1];
    pl_str part = {l->word.p + s->at, at - s->at};
    *ret_line = s->line;
    *ret_column = s->column + column_of(part, part.p + part.n) - 1;
}
