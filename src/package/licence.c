/* SPDX-License-Identifier: Apache-2.0 */
#include "package/licence.h"

#include "core/char.h"
#include "package/licence_tree.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 4 << 20, KEY = 200, SLUG = 64, NAMES = 8192 };

/* What a name is compared by, and what it stands for. */
struct name {
    pl_str key;
    pl_str licence; /* may be an expression */
    bool is_exception;
};

struct pl_licences {
    pl_arena *arena;
    struct name *names; /* by key */
    size_t n;
};

/* ---- keys ---- */

static bool is_key_char(char c)
{
    return (pl_is_alpha(c) || pl_is_digit(c)) || c == '+' || c == '.';
}

static bool is_left_out(pl_str word)
{
    static const char *const words[] = {"the",      "license", "licence", "licenses",
                                        "licensed", "under",   "version"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq_nocase(word, pl_str_c(words[i])))
            return true;
    return false;
}

static pl_str without_scheme(pl_str s)
{
    static const char *const heads[] = {"http://", "https://", "www."};

    for (size_t i = 0; i < PL_COUNT(heads); i++)
        if (pl_str_starts(s, pl_str_c(heads[i])))
            s = pl_str_sub(s, strlen(heads[i]), s.n);
    return s;
}

static pl_str without_dots(pl_str s)
{
    while (s.n && s.p[0] == '.')
        s = pl_str_sub(s, 1, s.n);
    while (s.n && s.p[s.n - 1] == '.')
        s = pl_str_sub(s, 0, s.n - 1);
    return s;
}

static bool add_word(pl_str word, char key[KEY], size_t *n)
{
    word = without_dots(word);
    if (is_left_out(word))
        return true;
    if (*n + word.n >= KEY)
        return false;
    for (size_t i = 0; i < word.n; i++)
        key[(*n)++] = pl_to_lower(word.p[i]);
    return true;
}

/* "GPLv2", "v 2.0": the letter says nothing. */
static size_t drop_v(char *key, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++)
        if (key[i] != 'v' || i + 1 == n || !pl_is_digit(key[i + 1]))
            key[to++] = key[i];
    return to;
}

/* docs/formats/licences.md, "How names are compared". Empty: too long. */
static pl_str key_of(pl_str text, char key[KEY])
{
    size_t n = 0, from = 0;
    bool is_at_least = pl_str_has(text, PL_S(">=")) || pl_str_has(text, PL_S("\xe2\x89\xa5"));

    text = without_scheme(text);
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && is_key_char(text.p[i]))
            continue;
        if (!add_word(pl_str_sub(text, from, i - from), key, &n))
            return (pl_str){key, 0};
        from = i + 1;
    }
    n = drop_v(key, n);
    if (is_at_least && n && n + 1 < KEY && key[n - 1] != '+')
        key[n++] = '+';
    return (pl_str){key, n};
}

/* ---- the table ---- */

static int by_key(const void *x, const void *y)
{
    return pl_str_cmp(((const struct name *)x)->key, ((const struct name *)y)->key);
}

static const struct name *look_up(const pl_licences *l, pl_str text, bool is_exception)
{
    char room[KEY];
    const struct name key = {.key = key_of(text, room)};
    const struct name *at =
        key.key.n ? bsearch(&key, l->names, l->n, sizeof(*l->names), by_key) : NULL;

    return at && at->is_exception == is_exception ? at : NULL;
}

static pl_rc add_name(pl_licences *l, const pl_bind_file *f, const pl_yaml *at, struct name name,
                      pl_str text, pl_err *err)
{
    char key[KEY];

    name.key = pl_arena_str(l->arena, key_of(text, key));
    if (!name.key.n || l->n == NAMES)
        return pl_bind_fail(err, f, at, "\"%.*s\" cannot be a name, or there are more than %d",
                            PL_F(text), NAMES);
    l->names[l->n++] = name;
    return PL_OK;
}

static pl_rc add_ids(pl_licences *l, const pl_bind_file *f, const pl_yaml *doc, pl_strs ids,
                     bool is_exception, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < ids.n; i++)
        rc = add_name(l, f, doc, (struct name){.licence = ids.v[i], .is_exception = is_exception},
                      ids.v[i], err);
    return rc;
}

struct alias {
    pl_str licence;
    pl_strs names;
};

static pl_rc add_alias(pl_licences *l, const pl_bind_file *f, const pl_yaml *item, pl_err *err)
{
    static const pl_binding keys[] = {
        {"licence", PL_BIND_STR, true, offsetof(struct alias, licence)},
        {"names", PL_BIND_STRS, true, offsetof(struct alias, names)},
        {0},
    };
    struct alias alias = {0};
    pl_rc rc = pl_bind(f, item, keys, &alias, err);

    for (size_t i = 0; !rc && i < alias.names.n; i++)
        rc = add_name(l, f, item, (struct name){.licence = alias.licence}, alias.names.v[i], err);
    return rc;
}

struct file {
    pl_strs ids, exceptions;
    const pl_yaml *aliases;
};

static pl_rc load_file(pl_licences *l, const pl_content_file *c, pl_err *err)
{
    static const pl_binding keys[] = {
        {"ids", PL_BIND_STRS, false, offsetof(struct file, ids)},
        {"exceptions", PL_BIND_STRS, false, offsetof(struct file, exceptions)},
        {"aliases", PL_BIND_NODE, false, offsetof(struct file, aliases)},
        {0},
    };
    const pl_bind_file f = {c->name, l->arena};
    struct file file = {0};
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(l->arena, (pl_str){(const char *)c->p, c->n}, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", c->name);
    rc = pl_bind(&f, doc, keys, &file, err);
    if (!rc)
        rc = add_ids(l, &f, doc, file.ids, false, err);
    if (!rc)
        rc = add_ids(l, &f, doc, file.exceptions, true, err);
    for (size_t i = 0; !rc && file.aliases && i < file.aliases->n; i++)
        rc = add_alias(l, &f, &file.aliases->items[i], err);
    return rc;
}

static pl_rc sort_names(pl_licences *l, pl_err *err)
{
    if (l->n)
        qsort(l->names, l->n, sizeof(*l->names), by_key);
    for (size_t i = 1; i < l->n; i++)
        if (pl_str_eq(l->names[i - 1].key, l->names[i].key))
            return pl_fail(err, PL_FORMAT, "licences/: the name \"%.*s\" is there twice",
                           PL_F(l->names[i].key));
    return PL_OK;
}

pl_rc pl_licences_new(const pl_content_file *files, pl_licences **ret, pl_err *err)
{
    PL_AUTO_LICENCES pl_licences *l = calloc(1, sizeof(*l));
    pl_rc rc = PL_OK;

    if (!l || !(l->arena = pl_arena_new(ARENA)) ||
        !(l->names = pl_arena_calloc(l->arena, NAMES, sizeof(*l->names))))
        return pl_fail(err, PL_NOMEM, "licences");
    for (const pl_content_file *c = files; !rc && c->name; c++)
        if (strncmp(c->name, "licences/", 9) == 0)
            rc = load_file(l, c, err);
    if (!rc)
        rc = sort_names(l, err);
    if (!rc)
        *ret = PL_TAKE(l, NULL);
    return rc;
}

void pl_licences_free(pl_licences *l)
{
    if (l)
        pl_arena_free(l->arena);
    free(l);
}

/* ---- one name ---- */

/* "LicenseRef-" and what of the name may stand in an identifier. */
static void put_reference(pl_str name, pl_buf *out)
{
    size_t n = 0;
    bool is_gap = false;

    if (pl_str_starts(name, PL_S("LicenseRef-")))
        name = pl_str_sub(name, 11, name.n);
    pl_buf_c(out, "LicenseRef-");
    for (size_t i = 0; i < name.n && n < SLUG; i++) {
        char c = name.p[i];
        bool is_fit = pl_is_alpha(c) || pl_is_digit(c) || c == '.';
        if (is_fit && is_gap && n)
            pl_buf_ch(out, '-');
        is_gap = !is_fit;
        n += is_fit;
        if (is_fit)
            pl_buf_ch(out, c);
    }
    if (n == 0)
        pl_buf_c(out, "unknown");
}

static void put_found(const struct name *found, bool is_inner, pl_buf *out)
{
    bool is_or = pl_str_has(found->licence, PL_S(" OR ")) && is_inner;

    pl_buf_fmt(out, "%s%.*s%s", is_or ? "(" : "", PL_F(found->licence), is_or ? ")" : "");
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static size_t find_with(pl_str name)
{
    for (size_t i = 1; i + 6 < name.n; i++)
        if (is_blank(name.p[i - 1]) && pl_str_eq_nocase(pl_str_sub(name, i, 5), PL_S("with ")))
            return i;
    return 0;
}

/* A licence with an exception that the table has; the exception's name may lack its number. */
static bool put_with(const pl_licences *l, pl_str name, pl_buf *out)
{
    size_t at = find_with(name);
    const struct name *licence = at ? look_up(l, pl_str_sub(name, 0, at), false) : NULL;
    const struct name *exception =
        at ? look_up(l, pl_str_trim(pl_str_sub(name, at + 5, name.n)), true) : NULL;

    if (!licence || !exception || pl_str_has(licence->licence, PL_S(" ")))
        return false;
    pl_buf_fmt(out, "%.*s WITH %.*s", PL_F(licence->licence), PL_F(exception->licence));
    return true;
}

/* "MPL-2.0+": an identifier and the sign for later versions (annex D.2). */
static bool put_plus(const pl_licences *l, pl_str name, pl_buf *out)
{
    if (name.n < 2 || name.p[name.n - 1] != '+')
        return false;
    const struct name *found = look_up(l, pl_str_sub(name, 0, name.n - 1), false);
    if (!found || pl_str_has(found->licence, PL_S(" ")) ||
        pl_str_ends(found->licence, PL_S("-only")) || pl_str_ends(found->licence, PL_S("-later")))
        return false;
    pl_buf_fmt(out, "%.*s+", PL_F(found->licence));
    return true;
}

static bool put_known(const pl_licences *l, pl_str name, bool is_inner, pl_buf *out)
{
    const struct name *found = look_up(l, name, false);

    if (found)
        put_found(found, is_inner, out);
    return found || put_with(l, name, out) || put_plus(l, name, out);
}

/* "MIT/Apache-2.0", as Cargo wrote it: a choice, when each part is known. */
static bool put_choice(const pl_licences *l, pl_str name, bool is_inner, pl_buf *out)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_str rest = name, part;
    bool is_known = memchr(name.p, '/', name.n) != NULL;

    while (is_known && pl_str_cut(&rest, '/', &part)) {
        pl_buf_c(&text, text.n ? " OR " : "");
        is_known = put_known(l, part, true, &text);
    }
    if (is_known)
        pl_buf_fmt(out, "%s%.*s%s", is_inner ? "(" : "", PL_F(pl_buf_view(&text)),
                   is_inner ? ")" : "");
    return is_known;
}

static bool put_name(const pl_licences *l, pl_str name, bool is_inner, pl_buf *out)
{
    name = pl_str_trim(name);
    if (put_known(l, name, is_inner, out) || (name.n && put_choice(l, name, is_inner, out)))
        return true;
    put_reference(name, out);
    return false;
}

/* ---- the whole ---- */

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree, which has PL_LICENCE_TERMS names */
static bool put_node(const pl_licences *l, const pl_licence_tree *t, int at, pl_licence_op above,
                     pl_buf *out)
{
    const pl_licence_node *node = &t->nodes[at];

    if (node->op == PL_LICENCE_NAME)
        return put_name(l, node->name, above == PL_LICENCE_AND, out);
    bool is_inner = node->op == PL_LICENCE_OR && above == PL_LICENCE_AND;
    pl_buf_c(out, is_inner ? "(" : "");
    bool is_known = put_node(l, t, node->left, node->op, out);
    pl_buf_c(out, node->op == PL_LICENCE_AND ? " AND " : " OR ");
    is_known &= put_node(l, t, node->right, node->op, out);
    pl_buf_c(out, is_inner ? ")" : "");
    return is_known;
}

/* What stands in front of the name, or behind it, and says nothing. */
static pl_str strip(pl_str text)
{
    static const char *const tails[] = {"+ file LICENSE", "+ file LICENCE", "| file LICENSE",
                                        "| file LICENCE"};

    text = pl_str_trim(text);
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.p[i] == ':' && text.p[i + 1] == ':')
            return strip(pl_str_sub(text, i + 2, text.n)); /* NOLINT(misc-no-recursion) */
    for (size_t i = 0; i < PL_COUNT(tails); i++)
        if (pl_str_ends(text, pl_str_c(tails[i])))
            text = pl_str_sub(text, 0, text.n - strlen(tails[i]));
    const char *end = text.n ? memchr(text.p, ';', text.n) : NULL;
    return pl_str_trim(end ? pl_str_sub(text, 0, (size_t)(end - text.p)) : text);
}

static bool says_nothing(pl_str text)
{
    static const char *const words[] = {"", "UNKNOWN", "none", "NOASSERTION", "null", "undefined"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq_nocase(text, pl_str_c(words[i])))
            return true;
    return false;
}

/* Old Alpine: "MIT BSD-3-Clause", without an operator. */
static bool put_row(const pl_licences *l, pl_str text, pl_buf *out)
{
    PL_AUTO_BUF pl_buf row = {0};
    pl_str word;
    size_t n = 0;

    for (; pl_str_cut(&text, ' ', &word); n++) {
        pl_buf_c(&row, row.n ? " AND " : "");
        if (n == PL_LICENCE_DEPTH || !word.n || !put_known(l, word, true, &row))
            return false;
    }
    pl_buf_str(out, pl_buf_view(&row));
    return n > 1;
}

bool pl_licence_expression(const pl_licences *l, pl_str text, pl_buf *out)
{
    pl_licence_tree t;

    text = strip(text);
    if (says_nothing(text))
        return true;
    if (put_known(l, text, false, out) || put_row(l, text, out))
        return true;
    if (pl_licence_tree_read(&t, text))
        return put_node(l, &t, t.root, PL_LICENCE_OR, out);
    put_reference(text.n > SLUG ? PL_S("unknown") : text, out);
    return false;
}

/* ---- policy ---- */

static bool is_among(pl_str name, pl_strs items)
{
    for (size_t i = 0; i < items.n; i++) {
        pl_str item = items.v[i];
        bool is_open = item.n && item.p[item.n - 1] == '*';
        if (is_open ? pl_str_starts(name, pl_str_sub(item, 0, item.n - 1))
                    : pl_str_eq_nocase(name, item))
            return true;
    }
    return false;
}

static pl_licence_verdict judge_name(pl_str name, pl_strs allowed, pl_strs denied)
{
    size_t with = find_with(name);
    pl_str bare = pl_str_trim(with ? pl_str_sub(name, 0, with) : name);

    if (is_among(name, allowed))
        return PL_LICENCE_ALLOWED;
    if (is_among(name, denied) || is_among(bare, denied))
        return PL_LICENCE_DENIED;
    if (is_among(bare, allowed))
        return PL_LICENCE_ALLOWED;
    if (pl_str_starts(name, PL_S("LicenseRef-")))
        return PL_LICENCE_UNDECIDED;
    return allowed.n ? PL_LICENCE_DENIED : PL_LICENCE_ALLOWED;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static pl_licence_verdict judge(const pl_licence_tree *t, int at, pl_strs allowed, pl_strs denied)
{
    const pl_licence_node *node = &t->nodes[at];

    if (node->op == PL_LICENCE_NAME)
        return judge_name(node->name, allowed, denied);
    pl_licence_verdict a = judge(t, node->left, allowed, denied);
    pl_licence_verdict b = judge(t, node->right, allowed, denied);
    pl_licence_verdict wins = node->op == PL_LICENCE_OR ? PL_LICENCE_ALLOWED : PL_LICENCE_DENIED;
    if (a == wins || b == wins)
        return wins;
    return a == b ? a : PL_LICENCE_UNDECIDED;
}

pl_licence_verdict pl_licence_judge(pl_str expression, pl_strs allowed, pl_strs denied)
{
    pl_licence_tree t;

    return pl_licence_tree_read(&t, expression) ? judge(&t, t.root, allowed, denied)
                                                : PL_LICENCE_UNDECIDED;
}
