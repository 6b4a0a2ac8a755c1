/* SPDX-License-Identifier: Apache-2.0 */
#include "package/copyright.h"

#include "core/char.h"

#include <string.h>

enum { NAME_MAX_BYTES = 256 };

struct names {
    pl_str items[PL_COPYRIGHT_NAMES];
    size_t n;
};

static void add_name(struct names *names, pl_str name)
{
    name = pl_str_trim(name);
    if (name.n == 0 || name.n > NAME_MAX_BYTES || names->n == PL_COPYRIGHT_NAMES)
        return;
    for (size_t i = 0; i < names->n; i++)
        if (pl_str_eq_nocase(names->items[i], name))
            return;
    names->items[names->n++] = name;
}

/* ---- the machine-readable form ---- */

static bool is_machine_readable(pl_str text)
{
    pl_str head = pl_str_sub(text, 0, 1000);

    return pl_str_has(head, PL_S("Format")) &&
           (pl_str_has(head, PL_S("copyright-format")) || pl_str_has(head, PL_S("dep5")) ||
            pl_str_has(head, PL_S("DEP5")));
}

/* A name that holds an operator is a part of its own. */
static bool is_compound(pl_str name)
{
    return pl_str_has(name, PL_S(" or ")) || pl_str_has(name, PL_S(" OR ")) ||
           pl_str_has(name, PL_S(","));
}

/* "A and B" are two, which may stand for other files too. */
static void add_parts(struct names *names, pl_str name)
{
    static const pl_str and = {" and ", 5};

    while (!is_compound(name)) {
        const char *at = name.n ? memmem(name.p, name.n, and.p, and.n) : NULL;
        if (!at)
            break;
        add_name(names, pl_str_sub(name, 0, (size_t)(at - name.p)));
        name = pl_str_sub(name, (size_t)(at - name.p) + and.n, name.n);
    }
    add_name(names, name);
}

struct paragraph {
    pl_str licence;
    bool has_files;
};

static void read_field(struct paragraph *p, pl_str line)
{
    pl_str rest = line, key;

    if (line.p[0] == ' ' || line.p[0] == '\t' || !pl_str_cut(&rest, ':', &key))
        return;
    if (pl_str_eq_nocase(key, PL_S("License")))
        p->licence = rest;
    p->has_files |= pl_str_eq_nocase(key, PL_S("Files"));
}

/* The first paragraph is about the whole; a licence without files is the text of one. */
static void gather_fields(pl_str text, struct names *names)
{
    struct paragraph p = {.has_files = true};
    pl_str line;

    while (pl_str_cut(&text, '\n', &line)) {
        if (pl_str_trim(line).n) {
            read_field(&p, line);
            continue;
        }
        if (p.has_files)
            add_parts(names, p.licence);
        p = (struct paragraph){.has_files = false};
    }
    if (p.has_files)
        add_parts(names, p.licence);
}

static void put_names(const struct names *names, pl_buf *out)
{
    for (size_t i = 0; i < names->n; i++) {
        bool is_part = names->n > 1 && is_compound(names->items[i]);
        pl_buf_fmt(out, "%s%s%.*s%s", i ? " AND " : "", is_part ? "(" : "", PL_F(names->items[i]),
                   is_part ? ")" : "");
    }
}

/* ---- plain text ---- */

static size_t name_length(pl_str s)
{
    size_t n = 0;

    while (n < s.n && (pl_is_alpha(s.p[n]) || pl_is_digit(s.p[n]) || strchr(".-+", s.p[n])))
        n++;
    while (n && s.p[n - 1] == '.')
        n--;
    return n;
}

static void gather_mentions(pl_str text, struct names *names)
{
    static const char mark[] = "/usr/share/common-licenses/";
    const size_t step = sizeof(mark) - 1;
    const char *at;

    while (text.n && (at = memmem(text.p, text.n, mark, step))) {
        text = pl_str_sub(text, (size_t)(at - text.p) + step, text.n);
        add_name(names, pl_str_sub(text, 0, name_length(text)));
    }
}

static bool is_gnu(pl_str name)
{
    return pl_str_has(name, PL_S("GPL")) && name.p[name.n - 1] != '+';
}

static void put_mentions(const struct names *names, bool has_later, pl_buf *out)
{
    for (size_t i = 0; i < names->n; i++)
        pl_buf_fmt(out, "%s%.*s%s", i ? " AND " : "", PL_F(names->items[i]),
                   has_later && is_gnu(names->items[i]) ? "+" : "");
}

void pl_copyright_read(pl_str text, pl_buf *out)
{
    struct names names = {.n = 0};

    if (is_machine_readable(text)) {
        gather_fields(text, &names);
        put_names(&names, out);
        return;
    }
    gather_mentions(text, &names);
    put_mentions(&names, pl_str_has(text, PL_S("any later version")), out);
}

/* ---- in images ---- */

static pl_rc read_copyright(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    (void)f;
    pl_copyright_read(bytes, &text);
    if (!pl_buf_ok(&text))
        return pl_fail(err, PL_NOMEM, "licences");
    return text.n ? pl_note_add(out, pl_buf_view(&text), err) : PL_OK;
}

const pl_analyser pl_copyright_analyser = {
    .name = "debian-copyright",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = "/copyright", .below = "/usr/share/doc/"}, {0}},
    .max = PL_COPYRIGHT_MAX,
    .whole = read_copyright,
};

/* The folder of documents may be a link to another package's. */
static pl_str licences_of(const pl_tree *tree, const pl_analysis *a, pl_str name)
{
    PL_AUTO_BUF pl_buf path = {0};
    const pl_layers *ls = pl_tree_set(tree);
    pl_file file;
    size_t n = 0;

    pl_buf_fmt(&path, "/usr/share/doc/%.*s/copyright", PL_F(name));
    if (!pl_buf_ok(&path) || !pl_tree_find(tree, pl_buf_view(&path), true, &file))
        return (pl_str){"", 0};
    const pl_note *notes = pl_layers_notes(ls, file.e, &n);
    for (size_t i = 0; i < n; i++)
        if (pl_analysis_at(a, notes[i].by) == &pl_copyright_analyser && !notes[i].rc)
            return notes[i].bytes;
    return (pl_str){"", 0};
}

pl_rc pl_copyright_fill(const pl_tree *tree, const pl_analysis *a, pl_arena *arena, pl_catalog *c,
                        pl_err *err)
{
    for (size_t i = 0; i < c->n_system && i < c->n; i++) {
        pl_package *p = &c->items[i];
        if (p->license.n || !pl_str_eq(p->type, PL_S("deb")))
            continue;
        p->license = pl_arena_str(arena, licences_of(tree, a, p->name));
        if (!p->license.p)
            return pl_fail(err, PL_LIMIT, "package list does not fit its budget");
    }
    return PL_OK;
}
