/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar, wider than SPDX's: operators in any case, "&", "|", "/" and "," as operators too.
 *
 *     list  = or { "," [ "and" | "or" ] or }      a comma binds least, and is AND by itself
 *     or    = and { "or" and }
 *     and   = term { "and" term }
 *     term  = "(" list ")" | words
 *
 * "or later" is no operator. Words of a name run on until one is: "GPL-2+ with OpenSSL exception".
 */
#include "package/licence_tree.h"

#include <string.h>

typedef enum token { END, OPEN, CLOSE, AND, OR, COMMA, WORD } token;

struct reader {
    pl_licence_tree *t;
    pl_str rest;
    token now;
    pl_str word;
    unsigned depth;
    bool is_bad;
};

/* ---- tokens ---- */

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static bool ends_word(char c)
{
    return is_blank(c) || c == '(' || c == ')' || c == ',' || c == '|' || c == '&';
}

static size_t word_length(pl_str s)
{
    size_t n = 0;
    while (n < s.n && !ends_word(s.p[n]))
        n++;
    return n;
}

static pl_str skip_blanks(pl_str s)
{
    while (s.n && is_blank(s.p[0]))
        s = pl_str_sub(s, 1, s.n);
    return s;
}

/* "or later", "or newer", "or any later version", "or (at your option) any later". */
static bool goes_on(pl_str rest)
{
    static const char *const words[] = {"later", "newer", "greater", "above", "any", "higher"};

    rest = skip_blanks(rest);
    if (pl_str_starts(rest, PL_S("(at your option)")))
        return true;
    pl_str word = pl_str_sub(rest, 0, word_length(rest));
    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq_nocase(word, pl_str_c(words[i])))
            return true;
    return false;
}

static token kind_of(pl_str word, pl_str rest)
{
    if (pl_str_eq_nocase(word, PL_S("and")))
        return AND;
    if (pl_str_eq_nocase(word, PL_S("or")))
        return goes_on(rest) ? WORD : OR;
    return WORD;
}

static token single(char c)
{
    switch (c) {
    case '(':
        return OPEN;
    case ')':
        return CLOSE;
    case ',':
        return COMMA;
    case '&':
        return AND;
    default:
        return OR;
    }
}

static void next(struct reader *r)
{
    r->rest = skip_blanks(r->rest);
    if (r->rest.n == 0) {
        r->now = END;
        return;
    }
    size_t n = word_length(r->rest);
    if (n == 0) {
        char c = r->rest.p[0];
        r->now = single(c);
        for (n = 1; (c == '&' || c == '|') && n < r->rest.n && r->rest.p[n] == c;)
            n++;
        r->rest = pl_str_sub(r->rest, n, r->rest.n);
        return;
    }
    r->word = pl_str_sub(r->rest, 0, n);
    r->rest = pl_str_sub(r->rest, n, r->rest.n);
    r->now = kind_of(r->word, r->rest);
}

/* ---- nodes ---- */

static int add(struct reader *r, pl_licence_node node)
{
    if (r->is_bad || r->t->n == (int)PL_COUNT(r->t->nodes)) {
        r->is_bad = true;
        return 0;
    }
    r->t->nodes[r->t->n] = node;
    return r->t->n++;
}

static int join(struct reader *r, pl_licence_op op, int left, int right)
{
    return add(r, (pl_licence_node){.op = op, .left = left, .right = right});
}

static int read_list(struct reader *r);

/* Brackets inside a name belong to it when something follows them or stands before: "GPL (>= 2)".
 */
static int read_words(struct reader *r)
{
    const char *from = r->word.p;
    const char *to = from;

    while (r->now == WORD) {
        to = r->word.p + r->word.n;
        next(r);
        if (r->now != OPEN)
            continue;
        const char *close = memchr(r->rest.p, ')', r->rest.n);
        if (!close || memchr(r->rest.p, '(', (size_t)(close - r->rest.p)))
            break;
        to = close + 1;
        r->rest = pl_str_sub(r->rest, (size_t)(to - r->rest.p), r->rest.n);
        next(r);
    }
    return add(r, (pl_licence_node){.op = PL_LICENCE_NAME, .name = {from, (size_t)(to - from)}});
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as PL_LICENCE_DEPTH */
static int read_term(struct reader *r)
{
    if (r->now == WORD)
        return read_words(r);
    if (r->now != OPEN || r->depth == PL_LICENCE_DEPTH) {
        r->is_bad = true;
        return 0;
    }
    r->depth++;
    next(r);
    int inner = read_list(r);
    r->depth--;
    r->is_bad |= r->now != CLOSE;
    next(r);
    return inner;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int read_and(struct reader *r)
{
    int left = read_term(r);

    while (!r->is_bad && r->now == AND) {
        next(r);
        left = join(r, PL_LICENCE_AND, left, read_term(r));
    }
    return left;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int read_or(struct reader *r)
{
    int left = read_and(r);

    while (!r->is_bad && r->now == OR) {
        next(r);
        left = join(r, PL_LICENCE_OR, left, read_and(r));
    }
    return left;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int read_list(struct reader *r)
{
    int left = read_or(r);

    while (!r->is_bad && r->now == COMMA) {
        next(r);
        pl_licence_op op = r->now == OR ? PL_LICENCE_OR : PL_LICENCE_AND;
        if (r->now == OR || r->now == AND)
            next(r);
        left = join(r, op, left, read_or(r));
    }
    return left;
}

bool pl_licence_tree_read(pl_licence_tree *t, pl_str text)
{
    struct reader r = {.t = t, .rest = text};

    t->n = 0;
    if (text.n > PL_LICENCE_TEXT)
        return false;
    next(&r);
    t->root = read_list(&r);
    return !r.is_bad && r.now == END;
}
