/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/remedy.h"

#include "remedy/limits.h"

#include <string.h>

const char *const pl_remedy_keys[PL_REMEDY_N] = {
#define X(sym, key, type, help) key,
    PL_REMEDY_FORMS(X)
#undef X
};

static const pl_yaml_type types[PL_REMEDY_N] = {
#define X(sym, key, type, help) type,
    PL_REMEDY_FORMS(X)
#undef X
};

static int form_of(pl_str key)
{
    for (int i = 0; i < PL_REMEDY_N; i++)
        if (pl_str_eq(key, pl_str_c(pl_remedy_keys[i])))
            return i;
    return -1;
}

/* ---- what a row may say ---- */

static pl_rc bad(const pl_content_file *f, const pl_yaml *at, const char *what, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "%s:%d: %s", f->shown ? f->shown : f->name, at->line, what);
}

static pl_rc check_lines(const pl_content_file *f, const pl_yaml *list, pl_err *err)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].type != PL_YAML_SCALAR || !list->items[i].text.n)
            return bad(f, &list->items[i], "one text a line", err);
    return PL_OK;
}

static pl_rc check_words(const pl_content_file *f, const pl_yaml *map, pl_err *err)
{
    for (size_t i = 0; i < map->n; i++)
        if (map->items[2 * i + 1].type != PL_YAML_SCALAR)
            return bad(f, &map->items[2 * i], "one value a key", err);
    return PL_OK;
}

static pl_rc check_run(const pl_content_file *f, const pl_yaml *run, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < run->n; i++) {
        const pl_yaml *key = &run->items[2 * i];
        bool is_known = pl_str_eq(key->text, PL_S("drop")) || pl_str_eq(key->text, PL_S("add"));
        if (!is_known || key[1].type != PL_YAML_SEQUENCE)
            return bad(f, key, "docker.run has lists drop and add", err);
        rc = check_lines(f, &key[1], err);
    }
    return rc;
}

static pl_rc check_form(const pl_content_file *f, int form, const pl_yaml *v, pl_err *err)
{
    if (v->type != types[form] || v->n == 0)
        return bad(f, v, "of another type than its key asks for, or empty", err);
    if (form == PL_REMEDY_RUN)
        return check_run(f, v, err);
    if (form == PL_REMEDY_SYSCTL || form == PL_REMEDY_SSHD || form == PL_REMEDY_FILES)
        return check_words(f, v, err);
    return v->type == PL_YAML_SEQUENCE ? check_lines(f, v, err) : PL_OK;
}

static bool is_text(const pl_yaml *v)
{
    return v && v->type == PL_YAML_SCALAR && v->text.n;
}

static pl_rc check_row(const pl_content_file *f, const pl_yaml *row, pl_err *err)
{
    const pl_yaml *checks = pl_yaml_get(row, "remedy");
    size_t n_forms = 0;
    pl_rc rc = PL_OK;

    if (!checks || checks->type != PL_YAML_SEQUENCE || !checks->n)
        return bad(f, row, "a row begins with remedy: [CHECK, ...]", err);
    for (size_t i = 1; !rc && i < row->n; i++) {
        const pl_yaml *key = &row->items[2 * i];
        int form = form_of(key->text);
        bool is_word = pl_str_eq(key->text, PL_S("none")) || pl_str_eq(key->text, PL_S("note"));
        if (form < 0 && (!is_word || !is_text(&key[1])))
            return bad(f, key, "unknown key, or no text", err);
        if (form >= 0)
            rc = check_form(f, form, &key[1], err);
        n_forms += form >= 0;
    }
    if (!rc && (n_forms > 0) == (pl_yaml_get(row, "none") != NULL))
        return bad(f, row, "a row has forms, or none: and why", err);
    return rc;
}

/* ---- all rows ---- */

static bool names(const pl_yaml *row, pl_str check)
{
    const pl_yaml *checks = pl_yaml_get(row, "remedy");

    for (size_t i = 0; i < checks->n; i++)
        if (pl_str_eq(checks->items[i].text, check))
            return true;
    return false;
}

static const pl_yaml *row_of(const pl_remedies *all, pl_str check)
{
    for (size_t i = 0; i < all->n; i++)
        if (names(all->rows[i], check))
            return all->rows[i];
    return NULL;
}

static pl_rc add_row(pl_remedies *to, const pl_content_file *f, const pl_yaml *row, pl_err *err)
{
    pl_rc rc = check_row(f, row, err);
    if (rc)
        return rc;
    const pl_yaml *checks = pl_yaml_get(row, "remedy");
    for (size_t i = 0; i < checks->n; i++)
        if (row_of(to, checks->items[i].text))
            return bad(f, &checks->items[i], "a check stands in two rows", err);
    if (to->n == PL_REMEDY_ROWS)
        return bad(f, row, "too many rows", err);
    to->rows[to->n] = row;
    to->files[to->n++] = f;
    return PL_OK;
}

static pl_rc load_file(pl_remedies *to, const pl_content_file *f, pl_arena *a, pl_err *err)
{
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(a, (pl_str){(const char *)f->p, f->n}, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", f->shown ? f->shown : f->name);
    if (doc->type != PL_YAML_SEQUENCE)
        return bad(f, doc, "a list of remedies", err);
    for (size_t i = 0; !rc && i < doc->n; i++)
        rc = add_row(to, f, &doc->items[i], err);
    return rc;
}

pl_rc pl_remedies_load(const pl_content_file *files, pl_arena *a, pl_remedies *ret, pl_err *err)
{
    pl_rc rc = PL_OK;

    *ret = (pl_remedies){
        .rows = pl_arena_calloc(a, PL_REMEDY_ROWS, sizeof(const pl_yaml *)),
        .files = pl_arena_calloc(a, PL_REMEDY_ROWS, sizeof(const pl_content_file *)),
    };
    if (!ret->rows || !ret->files)
        return pl_fail(err, PL_LIMIT, "remedies do not fit their memory");
    for (const pl_content_file *f = files; !rc && f && f->name; f++)
        if (strncmp(f->name, "remedies/", 9) == 0)
            rc = load_file(ret, f, a, err);
    return rc;
}

bool pl_remedy_of(const pl_remedies *all, pl_str check, pl_remedy *ret)
{
    const pl_yaml *row = row_of(all, check);
    const pl_yaml *none = row ? pl_yaml_get(row, "none") : NULL;
    const pl_yaml *note = row ? pl_yaml_get(row, "note") : NULL;

    *ret = (pl_remedy){.none = none ? none->text : (pl_str){"", 0},
                       .note = note ? note->text : (pl_str){"", 0}};
    for (int i = 0; row && i < PL_REMEDY_N; i++)
        ret->forms[i] = pl_yaml_get(row, pl_remedy_keys[i]);
    return row != NULL;
}
