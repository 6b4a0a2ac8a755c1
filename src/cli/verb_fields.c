/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll fields [KIND] */
#include "cli/cli.h"
#include "cli/verbs.h"

#include "core/text.h"
#include "core/yaml_tree.h"

#include <string.h>

enum { WIDTH_MAX = 40, KINDS_MAX = 64 };

static size_t widest(size_t now, const char *name)
{
    size_t n = strlen(name);
    return n > now && n <= WIDTH_MAX ? n : now;
}

static void print_kinds(pl_buf *out, const pl_schema *s)
{
    size_t width = 0;

    for (size_t i = 0; i < pl_schema_count(s); i++)
        width = widest(width, pl_schema_at(s, i)->name);
    for (size_t i = 0; i < pl_schema_count(s); i++) {
        const pl_kind *k = pl_schema_at(s, i);
        pl_text_column(out, pl_str_c(k->name), width + 2);
        pl_buf_fmt(out, "%-8s %4zu fields  %s\n", k->is_subject ? "subject" : "element", k->n,
                   k->help ? k->help : "");
    }
}

/* "strings", "records of mount", "string by [key]", ... */
static void print_type(pl_buf *out, const pl_schema *s, const pl_field *f)
{
    const pl_kind *of = f->of ? pl_schema_kind(s, pl_str_c(f->of)) : NULL;

    if (f->flags & PL_FIELD_KEYED && of && of->n > 1)
        pl_buf_fmt(out, "%s by [key]", pl_type_name(of->fields[1].type));
    else if (f->of)
        pl_buf_fmt(out, "%s of %s", pl_type_name(f->type), f->of);
    else
        pl_buf_c(out, pl_type_name(f->type));
}

static void print_field(pl_buf *out, const pl_schema *s, const pl_field *f, size_t width)
{
    PL_AUTO_BUF pl_buf type = {0};

    print_type(&type, s, f);
    pl_text_column(out, pl_str_c(f->name), width + 2);
    pl_text_column(out, pl_buf_view(&type), 24);
    pl_buf_ch(out, ' ');
    pl_buf_c(out, f->flags & PL_FIELD_SECRET ? "(secret) " : "");
    pl_buf_c(out, f->help ? f->help : "");
    pl_buf_ch(out, '\n');
}

static void print_fields(pl_buf *out, const pl_schema *s, const pl_kind *k)
{
    size_t width = 0;

    for (size_t i = 0; i < k->n; i++)
        width = widest(width, k->fields[i].name);
    for (size_t i = 0; i < k->n; i++)
        print_field(out, s, &k->fields[i], width);
}

static pl_rc unknown_kind(const pl_schema *s, const char *name, pl_err *err)
{
    const char *words[KINDS_MAX + 1] = {NULL};

    for (size_t i = 0; i < pl_schema_count(s) && i < KINDS_MAX; i++)
        words[i] = pl_schema_at(s, i)->name;
    const char *near = pl_nearest_word(pl_str_c(name), words);
    return pl_fail(err, PL_USAGE, "fields: unknown kind \"%s\"%s%s%s; see plimsoll fields", name,
                   near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};

    (void)ret_status;
    if (pl_arg_count(args) == 0)
        print_kinds(&out, cli->schema);
    for (size_t i = 0; i < pl_arg_count(args); i++) {
        const pl_kind *k = pl_schema_kind(cli->schema, pl_str_c(pl_arg(args, i)));
        if (!k)
            return unknown_kind(cli->schema, pl_arg(args, i), err);
        print_fields(&out, cli->schema, k);
    }
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_NOMEM, "fields");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

const pl_verb pl_verb_fields = {
    .name = "fields",
    .operands = "[KIND...]",
    .summary = "what conditions can ask: kinds, and the fields of a kind",
    .help =
        "Without a kind: all kinds of subjects and elements. A field of type \"record of K\" is a\n"
        "relation: the fields of K stand behind it (container.image.user). One \"by [key]\" takes\n"
        "a key: container.label[owner].",
    .examples = "  plimsoll fields\n"
                "  plimsoll fields container mount",
    .run = run,
};
