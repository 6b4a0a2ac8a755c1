/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/dockerfile_words.h"

#include "core/char.h"

struct words {
    pl_str rest;
    const pl_docker_vars *vars;
    char escape;
    pl_buf *out;
    bool is_open;
};

enum { DEPTH = 8 }; /* of a default inside of a default */

static bool is_name(char c)
{
    return c == '_' || pl_is_alpha(c) || pl_is_digit(c);
}

static void skip(struct words *w, size_t n)
{
    w->rest = pl_str_sub(w->rest, n, w->rest.n);
}

static void expand(struct words *w, pl_str text, unsigned depth);

/* "NAME", "NAME:-word", "NAME-word", "NAME:+word", "NAME+word"; others are not known. */
static void braces(struct words *w, pl_str inside, unsigned depth)
{
    size_t n = 0;
    pl_str value = {"", 0};

    while (n < inside.n && is_name(inside.p[n]))
        n++;
    pl_str name = pl_str_sub(inside, 0, n), more = pl_str_sub(inside, n, inside.n);
    pl_docker_known known = w->vars->get(w->vars->arg, name, &value);
    bool has_colon = pl_str_starts(more, PL_S(":"));
    pl_str op = pl_str_sub(more, has_colon, 1), word = pl_str_sub(more, has_colon + 1U, more.n);
    bool is_set = known == PL_DOCKER_KNOWN && (!has_colon || value.n);

    bool is_plain = !more.n, is_minus = pl_str_eq(op, PL_S("-"));

    if (known == PL_DOCKER_OPEN || !n || depth > DEPTH ||
        (!is_plain && !is_minus && !pl_str_eq(op, PL_S("+")))) {
        w->is_open = true;
        return;
    }
    if (is_plain || (is_minus && is_set))
        pl_buf_str(w->out, value);
    else if (is_minus || is_set)
        expand(w, word, depth + 1);
}

/* At a "$". */
static void variable(struct words *w, unsigned depth)
{
    pl_str value = {"", 0};
    size_t n = 1;

    if (w->rest.n > 1 && w->rest.p[1] == '{') {
        int level = 0;
        for (n = 1; n < w->rest.n; n++) {
            level += w->rest.p[n] == '{';
            level -= w->rest.p[n] == '}';
            if (level == 0)
                break;
        }
        pl_str inside = pl_str_sub(w->rest, 2, n - 2);
        skip(w, n + 1);
        braces(w, inside, depth);
        return;
    }
    while (n < w->rest.n && is_name(w->rest.p[n]))
        n++;
    if (n == 1) {
        pl_buf_ch(w->out, '$');
    } else {
        pl_docker_known known = w->vars->get(w->vars->arg, pl_str_sub(w->rest, 1, n - 1), &value);
        w->is_open |= known == PL_DOCKER_OPEN;
        pl_buf_str(w->out, value);
    }
    skip(w, n);
}

static void escaped(struct words *w, bool is_quoted)
{
    char next = w->rest.n > 1 ? w->rest.p[1] : 0;

    if (is_quoted && next != '"' && next != '$' && next != w->escape)
        pl_buf_ch(w->out, w->escape);
    skip(w, 1);
    if (w->rest.n) {
        pl_buf_ch(w->out, w->rest.p[0]);
        skip(w, 1);
    }
}

static void single_quotes(struct words *w)
{
    skip(w, 1);
    while (w->rest.n && w->rest.p[0] != '\'') {
        pl_buf_ch(w->out, w->rest.p[0]);
        skip(w, 1);
    }
    skip(w, 1);
}

static void double_quotes(struct words *w, unsigned depth)
{
    skip(w, 1);
    while (w->rest.n && w->rest.p[0] != '"') {
        if (w->rest.p[0] == w->escape) {
            escaped(w, true);
        } else if (w->rest.p[0] == '$' && w->vars) {
            variable(w, depth);
        } else {
            pl_buf_ch(w->out, w->rest.p[0]);
            skip(w, 1);
        }
    }
    skip(w, 1);
}

static void step(struct words *w, unsigned depth)
{
    char c = w->rest.p[0];

    if (c == '\'') {
        single_quotes(w);
    } else if (c == '"') {
        double_quotes(w, depth);
    } else if (c == w->escape) {
        escaped(w, false);
    } else if (c == '$' && w->vars) {
        variable(w, depth);
    } else {
        pl_buf_ch(w->out, c);
        skip(w, 1);
    }
}

static void expand(struct words *w, pl_str text, unsigned depth)
{
    pl_str after = w->rest;

    w->rest = text;
    while (w->rest.n)
        step(w, depth);
    w->rest = after;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool pl_docker_word(pl_str *rest, const pl_docker_vars *vars, char escape, pl_buf *ret,
                    bool *ret_open)
{
    struct words w = {.rest = *rest, .vars = vars, .escape = escape, .out = ret};

    pl_buf_reset(ret);
    while (w.rest.n && is_blank(w.rest.p[0]))
        skip(&w, 1);
    bool is_there = w.rest.n > 0;
    while (w.rest.n && !is_blank(w.rest.p[0]))
        step(&w, 0);
    *rest = w.rest;
    *ret_open = w.is_open;
    return is_there;
}

void pl_docker_expand(pl_str text, const pl_docker_vars *vars, char escape, pl_buf *ret,
                      bool *ret_open)
{
    struct words w = {.rest = {"", 0}, .vars = vars, .escape = escape, .out = ret};

    pl_buf_reset(ret);
    expand(&w, text, 0);
    *ret_open = w.is_open;
}
