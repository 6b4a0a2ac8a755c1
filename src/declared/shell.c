/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/shell.h"

#include "core/buf.h"
#include "core/char.h"
#include "declared/limits.h"

#include <string.h>

/* One command while it is read. */
struct reader {
    pl_shell *s;
    pl_shell_command *c;
    size_t room;
    pl_buf text;
    pl_shell_word word;
    bool is_word;      /* one has begun, though it may be empty: "" */
    bool is_target;    /* the next word is what is read or written */
    pl_str terminator; /* of a here-document that begins at the next line; NULL: none */
    bool is_document;  /* the next word is its terminator */
};

void pl_shell_start(pl_shell *s, pl_arena *a, pl_str text)
{
    *s = (pl_shell){.arena = a, .at = {.text = text, .line = 1, .column = 1}};
}

void pl_shell_add(pl_shell *s, const pl_shell_part *part)
{
    if (part->depth > PL_DECLARED_SHELL_DEPTH) {
        s->is_cut = true;
        return;
    }
    if (s->n_parts == s->room_parts) {
        size_t room = s->room_parts ? 2 * s->room_parts : 16;
        pl_shell_part *more =
            room > PL_DECLARED_SHELL_PARTS ? NULL : pl_arena_calloc(s->arena, room, sizeof(*more));
        if (!more) {
            s->is_cut = true;
            return;
        }
        if (s->n_parts)
            memcpy(more, s->parts, s->n_parts * sizeof(*more));
        s->parts = more;
        s->room_parts = room;
    }
    s->parts[s->n_parts++] = *part;
}

static int peek(const pl_shell *s, size_t i)
{
    return i < s->at.text.n ? (unsigned char)s->at.text.p[i] : -1;
}

static char take(pl_shell *s)
{
    char c = s->at.text.p[0];

    s->at.text = pl_str_sub(s->at.text, 1, s->at.text.n);
    if (c == '\n') {
        s->at.line++;
        s->at.column = 1;
    } else if (((unsigned char)c & 0xc0) != 0x80) {
        s->at.column++;
    }
    return c;
}

static void begin_word(struct reader *r)
{
    if (r->is_word)
        return;
    r->is_word = true;
    r->text.n = 0;
    r->word = (pl_shell_word){.line = r->s->at.line, .column = r->s->at.column};
}

static void keep_word(struct reader *r)
{
    pl_shell_command *c = r->c;

    if (c->n == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        pl_shell_word *more =
            room > PL_DECLARED_WORDS_MAX ? NULL : pl_arena_calloc(r->s->arena, room, sizeof(*more));
        if (!more) {
            c->is_cut = true;
            return;
        }
        if (c->n)
            memcpy(more, c->words, c->n * sizeof(*more));
        c->words = more;
        r->room = room;
    }
    r->word.text = pl_arena_str(r->s->arena, pl_buf_view(&r->text));
    if (!r->word.text.p) {
        c->is_cut = true;
        return;
    }
    c->words[c->n++] = r->word;
}

static void end_word(struct reader *r)
{
    if (!r->is_word)
        return;
    if (r->is_document) {
        r->terminator = pl_arena_str(r->s->arena, pl_buf_view(&r->text));
        r->is_document = false;
    } else if (!r->is_target) {
        keep_word(r);
    }
    r->is_target = false;
    r->is_word = false;
}

/* ---- expansions ---- */

/* What was stepped over, but for its last byte, is read later on. */
static void keep_part(struct reader *r, const pl_shell_part *from)
{
    pl_shell_part part = *from;
    size_t n = from->text.n - r->s->at.text.n;

    part.text.n = n ? n - 1 : 0;
    part.depth++;
    pl_shell_add(r->s, &part);
}

static bool is_name(int c)
{
    return c == '_' || (c > 0 && (pl_is_alpha((char)c) || pl_is_digit((char)c)));
}

/* Steps over what ends with close, and holds others of its kind. */
static void skip_nested(pl_shell *s, char open, char close)
{
    for (int depth = 1; s->at.text.n && depth > 0;) {
        char c = take(s);
        if (c == '\\' && s->at.text.n)
            (void)take(s);
        else if (c == open)
            depth++;
        else if (c == close)
            depth--;
    }
}

/* The default in "NAME:-default}" or "NAME-default}", when it is plain. */
static bool default_of(pl_str s, pl_str *ret)
{
    size_t at = 0, end;

    while (at < s.n && is_name((unsigned char)s.p[at]))
        at++;
    if (at == 0)
        return false;
    if (at < s.n && s.p[at] == ':')
        at++;
    if (at == s.n || s.p[at] != '-')
        return false;
    for (end = at + 1; end < s.n && !strchr("}$`\\\"'", s.p[end]); end++)
        ;
    if (end == s.n || s.p[end] != '}')
        return false;
    *ret = pl_str_sub(s, at + 1, end - at - 1);
    return true;
}

static void open_word(struct reader *r, bool is_quoted)
{
    r->word.is_open = true;
    r->word.is_split |= !is_quoted;
}

/* Behind "${". */
static void braces(struct reader *r, bool is_quoted)
{
    pl_str value;

    if (default_of(r->s->at.text, &value)) {
        pl_buf_str(&r->text, value);
        r->word.is_split |= !is_quoted && memchr(value.p, ' ', value.n);
        r->word.is_open |= r->word.is_split;
        skip_nested(r->s, '{', '}');
        return;
    }
    pl_str before = r->s->at.text;
    skip_nested(r->s, '{', '}');
    pl_str inside = pl_str_sub(before, 0, before.n - r->s->at.text.n);
    open_word(r,
              is_quoted && !pl_str_has(inside, PL_S("[@]")) && !pl_str_starts(inside, PL_S("@")));
}

static void double_quotes(struct reader *r);

/* $'...': what a backslash stands for there is not worked out. */
static void escaped_quotes(struct reader *r)
{
    pl_shell *s = r->s;

    (void)take(s);
    while (s->at.text.n && peek(s, 0) != '\'') {
        char c = take(s);
        if (c == '\\' && s->at.text.n) {
            (void)take(s);
            open_word(r, false);
            continue;
        }
        pl_buf_ch(&r->text, c);
    }
    if (s->at.text.n)
        (void)take(s);
}

static void dollar(struct reader *r, bool is_quoted)
{
    pl_shell *s = r->s;
    int c = peek(s, 1);

    if (c == '{' || c == '(') {
        (void)take(s);
        (void)take(s);
        if (c == '{') {
            braces(r, is_quoted);
            return;
        }
        pl_shell_part inside = s->at;
        skip_nested(s, '(', ')');
        keep_part(r, &inside);
        open_word(r, is_quoted);
    } else if (is_name(c) && !pl_is_digit((char)c)) {
        (void)take(s);
        while (is_name(peek(s, 0)))
            (void)take(s);
        open_word(r, is_quoted);
    } else if (!is_quoted && (c == '\'' || c == '"')) {
        begin_word(r);
        (void)take(s);
        if (c == '"')
            double_quotes(r);
        else
            escaped_quotes(r);
    } else if (c > 0 && strchr("@*#?$!-0123456789", c)) {
        (void)take(s);
        (void)take(s);
        open_word(r, is_quoted && c != '@');
    } else {
        pl_buf_ch(&r->text, take(s));
    }
}

static void backquotes(struct reader *r, bool is_quoted)
{
    (void)take(r->s);
    pl_shell_part inside = r->s->at;
    while (r->s->at.text.n && peek(r->s, 0) != '`') {
        if (take(r->s) == '\\' && r->s->at.text.n)
            (void)take(r->s);
    }
    if (r->s->at.text.n)
        (void)take(r->s);
    keep_part(r, &inside);
    open_word(r, is_quoted);
}

/* ---- quotes ---- */

static void single_quotes(struct reader *r)
{
    (void)take(r->s);
    while (r->s->at.text.n && peek(r->s, 0) != '\'')
        pl_buf_ch(&r->text, take(r->s));
    if (r->s->at.text.n)
        (void)take(r->s);
}

static void double_quotes(struct reader *r)
{
    pl_shell *s = r->s;

    (void)take(s);
    while (s->at.text.n && peek(s, 0) != '"') {
        int c = peek(s, 0), next = peek(s, 1);
        if (c == '\\' && next > 0 && strchr("$`\"\\\n", next)) {
            (void)take(s);
            char escaped = take(s);
            if (escaped != '\n')
                pl_buf_ch(&r->text, escaped);
        } else if (c == '$') {
            dollar(r, true);
        } else if (c == '`') {
            backquotes(r, true);
        } else {
            pl_buf_ch(&r->text, take(s));
        }
    }
    if (s->at.text.n)
        (void)take(s);
}

static void backslash(struct reader *r)
{
    int next = peek(r->s, 1);
    bool is_joint = next == '\n' || (next == '\r' && peek(r->s, 2) == '\n');

    if (!is_joint)
        begin_word(r);
    (void)take(r->s);
    if (is_joint && next == '\r')
        (void)take(r->s);
    if (is_joint)
        (void)take(r->s);
    else if (r->s->at.text.n)
        pl_buf_ch(&r->text, take(r->s));
}

/* ---- between words ---- */

static bool is_number(const struct reader *r)
{
    for (size_t i = 0; i < r->text.n; i++)
        if (!pl_is_digit(r->text.p[i]))
            return false;
    return r->text.n > 0;
}

/* "2>&1", ">file", "<<EOF": none of it is an argument. */
static void redirect(struct reader *r)
{
    pl_shell *s = r->s;

    if (r->is_word && is_number(r))
        r->is_word = false;
    end_word(r);
    char c = take(s);
    if (c == '<' && peek(s, 0) == '<' && peek(s, 1) != '<') {
        (void)take(s);
        if (peek(s, 0) == '-')
            (void)take(s);
        r->is_document = true;
        return;
    }
    while (peek(s, 0) == c || peek(s, 0) == '&' || peek(s, 0) == '|')
        (void)take(s);
    if (peek(s, 0) == '(') { /* a command in the place of a file */
        begin_word(r);
        (void)take(s);
        pl_shell_part inside = s->at;
        skip_nested(s, '(', ')');
        keep_part(r, &inside);
        open_word(r, true);
        return;
    }
    r->is_target = true;
}

/* The lines up to the terminator are what the command reads. */
static void document(struct reader *r)
{
    pl_shell *s = r->s;
    const char *from = s->at.text.p;
    size_t n = 0;

    r->c->hidden_line = s->at.line;
    while (s->at.text.n) {
        pl_str rest = s->at.text, line;
        (void)pl_str_cut(&rest, '\n', &line);
        for (size_t i = 0; s->at.text.n && i <= line.n; i++)
            (void)take(s);
        if (pl_str_eq(pl_str_trim(line), r->terminator))
            break;
        n = (size_t)(line.p + line.n - from);
    }
    r->c->hidden = (pl_str){from ? from : "", n};
    r->terminator = (pl_str){0};
}

/* True: the command ends here. */
static bool end_of_line(struct reader *r)
{
    end_word(r);
    (void)take(r->s);
    if (r->terminator.p)
        document(r);
    return r->c->n > 0;
}

/* "{a,b}" is several words; what they are is not worked out. */
static bool is_alternatives(const pl_shell *s)
{
    enum { FAR = 256 };

    for (size_t i = 1; i < FAR; i++) {
        int c = peek(s, i);
        if (c <= 0 || strchr(" \t\n{}", c))
            return false;
        if (c == ',' || (c == '.' && peek(s, i + 1) == '.'))
            return true;
    }
    return true;
}

static void plain(struct reader *r)
{
    begin_word(r);
    switch (peek(r->s, 0)) {
    case '{':
        if (is_alternatives(r->s))
            open_word(r, false);
        pl_buf_ch(&r->text, take(r->s));
        break;
    case '\'':
        single_quotes(r);
        break;
    case '"':
        double_quotes(r);
        break;
    case '$':
        dollar(r, false);
        break;
    case '`':
        backquotes(r, false);
        break;
    default:
        pl_buf_ch(&r->text, take(r->s));
    }
}

/* True: the command ends here. */
static bool step(struct reader *r)
{
    pl_shell *s = r->s;

    switch (peek(s, 0)) {
    case ' ':
    case '\t':
    case '\r':
        end_word(r);
        (void)take(s);
        return false;
    case '\n':
        return end_of_line(r);
    case ';':
    case '&':
    case '|':
    case '(':
    case ')':
        end_word(r);
        (void)take(s);
        return r->c->n > 0 && !r->terminator.p;
    case '<':
    case '>':
        redirect(r);
        return false;
    case '\\':
        backslash(r);
        return false;
    case '#':
        while (!r->is_word && s->at.text.n && peek(s, 0) != '\n')
            (void)take(s);
        if (r->is_word)
            plain(r);
        return false;
    default:
        plain(r);
        return false;
    }
}

static bool next_in_part(pl_shell *s, pl_shell_command *ret)
{
    struct reader r = {.s = s, .c = ret};

    *ret = (pl_shell_command){0};
    while (s->at.text.n && !step(&r))
        ;
    end_word(&r);
    ret->is_cut |= !pl_buf_ok(&r.text) || s->at.is_open;
    pl_buf_done(&r.text);
    return ret->n > 0;
}

bool pl_shell_next(pl_shell *s, pl_shell_command *ret)
{
    while (!next_in_part(s, ret)) {
        if (s->next_part == s->n_parts)
            return false;
        s->at = s->parts[s->next_part++];
    }
    return true;
}
