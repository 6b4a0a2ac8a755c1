/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/names.h"

#include "rules/limits.h"
#include "rules/parse.h"

#include <string.h>

struct list_text {
    const pl_list *list;
    pl_str text; /* its items, quoted where needed, with ", " between */
};

struct macro_tree {
    pl_str name;
    pl_ast *tree;
};

struct pl_names {
    struct list_text *lists;
    size_t n_lists;
    struct macro_tree *macros;
    size_t n_macros; /* those parsed so far: a macro sees only the ones before it */
    pl_str current;  /* name of the macro being read, else empty */
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "lists and macros do not fit their memory");
}

static const struct list_text *find(const pl_names *n, pl_str name, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (pl_str_eq(n->lists[i].list->name, name))
            return &n->lists[i];
    return NULL;
}

const pl_list *pl_names_list(const pl_names *n, pl_str name)
{
    const struct list_text *l = find(n, name, n->n_lists);
    return l ? l->list : NULL;
}

/* ---- lists ---- */

static bool is_quoted(pl_str s)
{
    return s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0];
}

/* A bare string of the language ends at these (rule language, section 2). */
static bool is_bare(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (memchr(" \t\r\n()\"'=,", s.p[i], 10))
            return false;
    return s.n > 0;
}

static void add_item(pl_buf *out, pl_str item)
{
    if (out->n)
        pl_buf_c(out, ", ");
    if (is_bare(item) || is_quoted(item)) {
        pl_buf_str(out, item);
        return;
    }
    pl_buf_ch(out, '"');
    for (size_t i = 0; i < item.n; i++) {
        if (item.p[i] == '"' || item.p[i] == '\\')
            pl_buf_ch(out, '\\');
        pl_buf_ch(out, item.p[i]);
    }
    pl_buf_ch(out, '"');
}

/* An item that names an earlier list gives that list's items as they stand there. */
static pl_rc read_list(pl_names *n, const pl_list *list, pl_arena *a, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_RULES_TEXT};

    for (size_t i = 0; i < list->n; i++) {
        const struct list_text *inner = find(n, list->items[i], n->n_lists);
        if (!inner || inner->list->is_unset) {
            add_item(&text, list->items[i]);
            continue;
        }
        for (size_t k = 0; k < inner->list->n; k++)
            add_item(&text, inner->list->items[k]);
    }
    if (!pl_buf_ok(&text))
        return pl_fail(err, PL_LIMIT, "list %.*s: longer than %d bytes", PL_F(list->name),
                       PL_RULES_TEXT);
    struct list_text *l = &n->lists[n->n_lists++];
    *l = (struct list_text){list, pl_arena_str(a, pl_buf_view(&text))};
    return l->text.p ? PL_OK : no_room(err);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool bounds(char c)
{
    return is_blank(c) || c == '(' || c == ')' || c == ',' || c == '=';
}

/* Does a number operator stand before position AT? Then the name is the parser's business. */
static bool after_number_op(pl_str s, size_t at)
{
    while (at > 0 && is_blank(s.p[at - 1]))
        at--;
    if (at == 0)
        return false;
    char last = s.p[at - 1];
    if (last == '=' && at > 1)
        last = s.p[at - 2];
    return last == '<' || last == '>';
}

static bool stands_alone(pl_str s, size_t at, size_t n)
{
    bool left = at == 0 || bounds(s.p[at - 1]);
    bool right = at + n == s.n || bounds(s.p[at + n]);
    return left && right && !after_number_op(s, at);
}

/* Appends what replaces the name at [from, to) of s, and moves *to past a comma that goes. */
static void substitute(pl_buf *out, pl_str text, pl_str s, size_t *to)
{
    while (out->n && is_blank(out->p[out->n - 1]))
        out->n--;
    while (*to < s.n && is_blank(s.p[*to]))
        ++*to;
    if (text.n == 0) {
        if (out->n && out->p[out->n - 1] == ',')
            out->n--;
        else if (*to < s.n && s.p[*to] == ',')
            ++*to;
    }
    pl_buf_ch(out, ' ');
    pl_buf_str(out, text);
    pl_buf_ch(out, ' ');
}

/* Replaces every occurrence of one list in *s, through out. */
static void replace(const struct list_text *l, pl_str s, pl_buf *out)
{
    pl_str name = l->list->name;
    size_t done = 0;

    pl_buf_reset(out);
    for (size_t at = 0; at + name.n <= s.n;) {
        const char *hit = memmem(s.p + at, s.n - at, name.p, name.n);
        if (!hit)
            break;
        at = (size_t)(hit - s.p);
        if (!stands_alone(s, at, name.n)) {
            at++;
            continue;
        }
        pl_buf_add(out, s.p + done, at - done);
        done = at + name.n;
        substitute(out, l->text, s, &done);
        at = done;
    }
    pl_buf_add(out, s.p + done, s.n - done);
}

pl_rc pl_names_expand(const pl_names *n, pl_str condition, pl_arena *a, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf now = {.max = PL_RULES_TEXT};
    PL_AUTO_BUF pl_buf next = {.max = PL_RULES_TEXT};

    pl_buf_str(&now, condition);
    for (size_t i = 0; i < n->n_lists && pl_buf_ok(&now); i++) {
        const struct list_text *l = &n->lists[i];
        pl_str s = pl_buf_view(&now);
        if (l->list->is_unset || l->list->name.n == 0 || !pl_str_has(s, l->list->name))
            continue;
        replace(l, s, &next);
        pl_buf swap = now;
        now = next;
        next = swap;
    }
    if (!pl_buf_ok(&now))
        return pl_fail(err, PL_LIMIT, "condition of more than %d bytes", PL_RULES_TEXT);
    *ret = pl_arena_str(a, pl_buf_view(&now));
    return ret->p ? PL_OK : no_room(err);
}

/* ---- words that are still names ---- */

static bool has_item(const pl_list *l, pl_str text)
{
    for (size_t i = 0; i < l->n; i++)
        if (pl_str_eq(l->items[i], text))
            return true;
    return false;
}

/* A number operator's name gives the list's only item. */
static pl_rc one_number(const pl_list *l, pl_word *w, pl_err *err)
{
    if (l->n == 0)
        return pl_fail(err, PL_FORMAT, "%.*s has no items where one number is needed",
                       PL_F(l->name));
    if (l->n > 1)
        return pl_fail(err, PL_FORMAT, "%.*s has %zu items where one number is needed",
                       PL_F(l->name), l->n);
    w->text = l->items[0];
    w->is_bare = false;
    return PL_OK;
}

/*
 * Bare words become values, but for the names of unset parameters. A list's name that is left
 * over (it came in by a list scanned after it) would silently be compared as text.
 */
static pl_rc settle_words(const pl_names *n, pl_ast *check, pl_err *err)
{
    bool is_number = pl_ops[check->op].cls == PL_OPS_NUMBER;

    for (pl_word *w = check->words; w; w = w->next) {
        if (!w->is_bare)
            continue;
        const pl_list *l = pl_names_list(n, w->text);
        if (l && l->is_unset)
            continue;
        if (l && is_number) {
            pl_rc rc = one_number(l, w, err);
            if (rc)
                return rc;
        } else if (l && !has_item(l, w->text)) {
            return pl_fail(err, PL_FORMAT,
                           "list %.*s is named where lists are no longer replaced; name it "
                           "directly or quote it",
                           PL_F(w->text));
        }
        w->is_bare = false;
    }
    return PL_OK;
}

static pl_rc settle_expr(const pl_names *n, pl_expr *e, pl_err *err);

static pl_rc settle(const pl_names *n, pl_ast *tree, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (tree->kind == PL_AST_CHECK)
        rc = settle_words(n, tree, err);
    if (!rc && tree->left)
        rc = settle_expr(n, tree->left, err);
    for (pl_ast *k = tree->kids; k && !rc; k = k->next)
        rc = settle(n, k, err);
    return rc;
}

/* Only a group function and some() hold a condition, and they stand on the left. */
static pl_rc settle_expr(const pl_names *n, pl_expr *e, pl_err *err)
{
    return e->cond ? settle(n, e->cond, err) : PL_OK;
}

/* ---- macros ---- */

struct cloner {
    const pl_names *names;
    pl_arena *arena;
    size_t nodes;
};

static pl_rc put_macros(struct cloner *c, pl_ast **at, unsigned depth, pl_err *err);

static const struct macro_tree *find_macro(const pl_names *n, pl_str name)
{
    for (size_t i = n->n_macros; i > 0; i--)
        if (pl_str_eq(n->macros[i - 1].name, name))
            return &n->macros[i - 1];
    return NULL;
}

/* Expressions and words are shared between clones: nothing below a check differs. */
static pl_ast *clone(struct cloner *c, const pl_ast *from)
{
    pl_ast *to = c->nodes++ < PL_RULES_NODES ? PL_NEW(c->arena, pl_ast) : NULL;
    if (!to)
        return NULL;
    *to = *from;
    to->next = NULL;
    pl_ast **tail = &to->kids;
    for (const pl_ast *k = from->kids; k; k = k->next) {
        *tail = clone(c, k);
        if (!*tail)
            return NULL;
        tail = &(*tail)->next;
    }
    return to;
}

static pl_rc put_macro(struct cloner *c, pl_ast **at, unsigned depth, pl_err *err)
{
    pl_str name = (*at)->name;

    if (pl_str_eq(name, c->names->current))
        return pl_fail(err, PL_FORMAT, "macro %.*s uses itself", PL_F(name));
    const struct macro_tree *m = find_macro(c->names, name);
    if (!m)
        return pl_fail(err, PL_FORMAT, "unknown macro %.*s", PL_F(name));
    if (depth + m->tree->height > PL_RULES_DEPTH)
        return pl_fail(err, PL_LIMIT, "macro %.*s: nested deeper than %d", PL_F(name),
                       PL_RULES_DEPTH);
    pl_ast *copy = clone(c, m->tree);
    if (!copy)
        return pl_fail(err, PL_LIMIT, "more than %d parts with macro %.*s", PL_RULES_NODES,
                       PL_F(name));
    copy->next = (*at)->next;
    *at = copy;
    return PL_OK;
}

static pl_rc put_in_kids(struct cloner *c, pl_ast *tree, unsigned depth, pl_err *err)
{
    unsigned height = 0;

    for (pl_ast **k = &tree->kids; *k; k = &(*k)->next) {
        pl_rc rc = put_macros(c, k, depth + 1, err);
        if (rc)
            return rc;
        if ((*k)->height > height)
            height = (*k)->height;
    }
    tree->height = height + 1;
    return PL_OK;
}

static pl_rc put_macros(struct cloner *c, pl_ast **at, unsigned depth, pl_err *err)
{
    if ((*at)->kind == PL_AST_MACRO)
        return put_macro(c, at, depth, err);
    if (c->nodes++ > PL_RULES_NODES)
        return pl_fail(err, PL_LIMIT, "more than %d parts", PL_RULES_NODES);
    if ((*at)->left && (*at)->left->cond) {
        pl_rc rc = put_macros(c, &(*at)->left->cond, depth + 1, err);
        if (rc)
            return rc;
        if ((*at)->height <= (*at)->left->cond->height)
            (*at)->height = (*at)->left->cond->height + 1;
    }
    return (*at)->kids ? put_in_kids(c, *at, depth, err) : PL_OK;
}

pl_rc pl_names_macros(const pl_names *n, pl_arena *a, pl_ast **tree, pl_err *err)
{
    struct cloner c = {n, a, 0};
    return put_macros(&c, tree, 0, err);
}

/* ---- both together ---- */

static bool is_list_name(pl_str name, const void *names)
{
    return pl_names_list(names, name) != NULL;
}

pl_rc pl_names_parse(const pl_names *n, pl_str condition, bool is_group, pl_arena *a, pl_ast **ret,
                     pl_err *err)
{
    const pl_parse_opts opts = {is_group, is_list_name, n};
    pl_str text = {"", 0};

    pl_rc rc = pl_names_expand(n, condition, a, &text, err);
    if (!rc)
        rc = pl_parse(text, &opts, a, ret, err);
    if (!rc)
        rc = settle(n, *ret, err);
    return rc ? rc : pl_names_macros(n, a, ret, err);
}

static pl_rc read_macro(pl_names *n, const pl_macro *m, pl_arena *a, pl_err *err)
{
    pl_ast *tree = NULL;

    n->current = m->name;
    pl_rc rc = pl_names_parse(n, m->condition, false, a, &tree, err);
    n->current = (pl_str){"", 0};
    if (rc)
        return pl_wrap(err, rc, "macro %.*s", PL_F(m->name));
    n->macros[n->n_macros++] = (struct macro_tree){m->name, tree};
    return PL_OK;
}

pl_rc pl_names_new(const pl_content *content, pl_arena *a, pl_names **ret, pl_err *err)
{
    pl_names *n = PL_NEW(a, pl_names);
    if (!n)
        return no_room(err);
    n->lists = pl_arena_calloc(a, content->n_lists + 1, sizeof(*n->lists));
    n->macros = pl_arena_calloc(a, content->n_macros + 1, sizeof(*n->macros));
    if (!n->lists || !n->macros)
        return no_room(err);

    for (size_t i = 0; i < content->n_lists; i++) {
        pl_rc rc = read_list(n, &content->lists[i], a, err);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < content->n_macros; i++) {
        pl_rc rc = read_macro(n, &content->macros[i], a, err);
        if (rc)
            return rc;
    }
    *ret = n;
    return PL_OK;
}
