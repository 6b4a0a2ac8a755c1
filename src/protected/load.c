/* SPDX-License-Identifier: Apache-2.0 */
/* Reads content/protected/: docs/formats/protected.md. */
#include "core/char.h"
#include "core/rd.h"
#include "protected/protected_priv.h"

#include <stddef.h>
#include <string.h>

static const char folder[] = "protected/";

struct raw_kind {
    pl_str kind, title, group, severity, by, test, head, near, alone;
    pl_strs shapes, with_word, words, unless, ignore, finds, passes;
};

static const pl_binding kind_keys[] = {
    {"protected", PL_BIND_STR, true, offsetof(struct raw_kind, kind)},
    {"title", PL_BIND_STR, true, offsetof(struct raw_kind, title)},
    {"group", PL_BIND_STR, true, offsetof(struct raw_kind, group)},
    {"severity", PL_BIND_STR, true, offsetof(struct raw_kind, severity)},
    {"by", PL_BIND_STR, false, offsetof(struct raw_kind, by)},
    {"test", PL_BIND_STR, false, offsetof(struct raw_kind, test)},
    {"head", PL_BIND_STR, false, offsetof(struct raw_kind, head)},
    {"near", PL_BIND_STR, false, offsetof(struct raw_kind, near)},
    {"alone", PL_BIND_STR, false, offsetof(struct raw_kind, alone)},
    {"shapes", PL_BIND_STRS, false, offsetof(struct raw_kind, shapes)},
    {"with_word", PL_BIND_STRS, false, offsetof(struct raw_kind, with_word)},
    {"words", PL_BIND_STRS, false, offsetof(struct raw_kind, words)},
    {"unless", PL_BIND_STRS, false, offsetof(struct raw_kind, unless)},
    {"ignore", PL_BIND_STRS, false, offsetof(struct raw_kind, ignore)},
    {"finds", PL_BIND_STRS, true, offsetof(struct raw_kind, finds)},
    {"passes", PL_BIND_STRS, true, offsetof(struct raw_kind, passes)},
    {0},
};

struct at {
    const pl_bind_file *f;
    const pl_yaml *item;
};

static pl_rc take_shapes(const struct at *at, pl_strs list, pl_protected_kind *k, pl_err *err)
{
    for (size_t i = 0; i < list.n; i++) {
        if (k->n_shapes == PL_PROTECTED_SHAPES)
            return pl_bind_fail(err, at->f, at->item, "more than %d shapes", PL_PROTECTED_SHAPES);
        if (!pl_shape_parse(list.v[i], &k->shapes[k->n_shapes++]))
            return pl_bind_fail(err, at->f, at->item, "shape \"%.*s\" is none", PL_F(list.v[i]));
        k->start.digits |= k->shapes[k->n_shapes - 1].start.digits;
        k->start.letter |= k->shapes[k->n_shapes - 1].start.letter;
    }
    return PL_OK;
}

/* What stands_at() relies on. */
static pl_rc test_words(const struct at *at, pl_strs words, pl_err *err)
{
    for (size_t i = 0; i < words.n; i++)
        for (size_t n = 0; n < words.v[i].n || n == 0; n++)
            if (!words.v[i].n || !(pl_is_lower(words.v[i].p[n]) ||
                                   (n && (words.v[i].p[n] == ' ' || pl_is_digit(words.v[i].p[n])))))
                return pl_bind_fail(err, at->f, at->item,
                                    "word \"%.*s\": small letters, digits and single blanks only",
                                    PL_F(words.v[i]));
    return PL_OK;
}

static pl_rc take_number(const struct at *at, pl_str text, uint32_t otherwise, uint32_t *ret,
                         pl_err *err)
{
    uint64_t v = otherwise;

    if (text.n && (!pl_str_u64(text, &v) || v == 0 || v > PL_PROTECTED_VALUES))
        return pl_bind_fail(err, at->f, at->item, "\"%.*s\" is no number from 1 to %d", PL_F(text),
                            PL_PROTECTED_VALUES);
    *ret = (uint32_t)v;
    return PL_OK;
}

static bool how_of(pl_str by, pl_protected_how *ret)
{
    static const struct {
        const char *name;
        pl_protected_how how;
    } hows[] = {{"", PL_BY_SHAPE},
                {"card", PL_BY_CARD},
                {"track", PL_BY_TRACK},
                {"code", PL_BY_CODE},
                {"head", PL_BY_HEAD}};

    for (size_t i = 0; i < PL_COUNT(hows); i++)
        if (pl_str_eq(by, pl_str_c(hows[i].name))) {
            *ret = hows[i].how;
            return true;
        }
    return false;
}

static pl_rc take_how(const struct at *at, const struct raw_kind *raw, pl_protected_kind *k,
                      pl_err *err)
{
    if (!how_of(raw->by, &k->how))
        return pl_bind_fail(err, at->f, at->item, "by: card, track, code or head");
    k->test = pl_number_test_named(raw->test.n ? raw->test : PL_S("none"));
    k->head = pl_head_test_named(raw->head);
    if (!k->test || (raw->head.n && !k->head))
        return pl_bind_fail(err, at->f, at->item, "unknown test \"%.*s\"",
                            PL_F(k->test ? raw->head : raw->test));
    if ((k->how == PL_BY_HEAD) != (k->head != NULL) || (k->how == PL_BY_SHAPE) != (k->n_shapes > 0))
        return pl_bind_fail(err, at->f, at->item, "one of: shapes, by: head with head, by");
    if (k->n_shapes > k->n_free && !k->words.n)
        return pl_bind_fail(err, at->f, at->item, "with_word needs words");
    return PL_OK;
}

static pl_rc take_kind(pl_protected *p, const struct at *at, pl_err *err)
{
    struct raw_kind raw = {0};
    pl_rc rc = pl_bind(at->f, at->item, kind_keys, &raw, err);
    if (rc)
        return rc;
    if (p->n == PL_PROTECTED_KINDS)
        return pl_bind_fail(err, at->f, at->item, "more than %d kinds", PL_PROTECTED_KINDS);

    pl_protected_kind *k = &p->kinds[p->n];
    *k = (pl_protected_kind){.about = {.kind = raw.kind, .title = raw.title, .group = raw.group},
                             .words = raw.words,
                             .unless = raw.unless,
                             .ignore = raw.ignore};
    if (!pl_severity_parse(raw.severity, &k->about.severity))
        return pl_bind_fail(err, at->f, at->item, "unknown severity \"%.*s\"", PL_F(raw.severity));
    for (size_t i = 0; i < p->n; i++)
        if (pl_str_eq(p->kinds[i].about.kind, raw.kind))
            return pl_bind_fail(err, at->f, at->item, "\"%.*s\" is there twice", PL_F(raw.kind));
    rc = take_shapes(at, raw.shapes, k, err);
    k->n_free = k->n_shapes;
    if (!rc)
        rc = take_shapes(at, raw.with_word, k, err);
    if (!rc)
        rc = test_words(at, raw.words, err);
    if (!rc)
        rc = test_words(at, raw.unless, err);
    if (!rc)
        rc = take_number(at, raw.near, 1, &k->near, err);
    if (!rc)
        rc = take_number(at, raw.alone, 0, &k->alone, err);
    if (!rc)
        rc = take_how(at, &raw, k, err);
    p->n += !rc;
    return rc;
}

pl_rc pl_protected_load(pl_protected *p, const char *name, pl_str text, pl_err *err)
{
    const pl_bind_file f = {name, p->arena};
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(p->arena, text, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", name);
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &f, doc, "a sequence of kinds is wanted");
    for (size_t i = 0; !rc && i < doc->n; i++)
        rc = take_kind(p, &(struct at){&f, &doc->items[i]}, err);
    return rc;
}

/* ---- the whole ---- */

static pl_protected *new_empty(void)
{
    pl_protected *p = calloc(1, sizeof(*p));

    if (p && !(p->arena = pl_arena_new(PL_PROTECTED_ARENA))) {
        free(p);
        return NULL;
    }
    return p;
}

void pl_protected_free(pl_protected *p)
{
    if (!p)
        return;
    pl_arena_free(p->arena);
    free(p);
}

size_t pl_protected_kinds(const pl_protected *p)
{
    return p->n;
}

const pl_protected_about *pl_protected_about_kind(const pl_protected *p, size_t kind)
{
    return &p->kinds[kind].about;
}

static bool is_ours(const pl_content_file *c)
{
    return strncmp(c->name, folder, sizeof(folder) - 1) == 0;
}

pl_rc pl_protected_new(const pl_content_file *files, pl_protected **ret, pl_err *err)
{
    PL_AUTO_PROTECTED pl_protected *p = new_empty();

    if (!p)
        return pl_fail(err, PL_NOMEM, "protected data");
    for (const pl_content_file *c = files; c->name; c++) {
        pl_rc rc = is_ours(c)
                       ? pl_protected_load(p, c->name, (pl_str){(const char *)c->p, c->n}, err)
                       : PL_OK;
        if (rc)
            return rc;
    }
    if (p->n == 0)
        return pl_fail(err, PL_FORMAT, "%s: no kinds", folder);
    *ret = PL_TAKE(p, NULL);
    return PL_OK;
}

pl_rc pl_protected_write(const pl_content_file *files, pl_buf *out, pl_err *err)
{
    size_t from = out->n;

    for (const pl_content_file *c = files; c->name; c++)
        if (is_ours(c)) {
            pl_buf_lstr(out, pl_str_c(c->name));
            pl_buf_lstr(out, (pl_str){(const char *)c->p, c->n});
        }
    if (!pl_buf_ok(out))
        return pl_fail(err, PL_NOMEM, "protected data: written form");
    return out->n - from > PL_PROTECTED_FORM
               ? pl_fail(err, PL_LIMIT, "%s: more than %d bytes", folder, PL_PROTECTED_FORM)
               : PL_OK;
}

pl_rc pl_protected_read(pl_str form, pl_protected **ret, pl_err *err)
{
    PL_AUTO_PROTECTED pl_protected *p = new_empty();
    pl_rd r = pl_rd_of(form.p, form.n);
    char name[128];

    if (!p)
        return pl_fail(err, PL_NOMEM, "protected data");
    while (pl_rd_ok(&r) && r.n) {
        pl_str file = pl_rd_lstr(&r);
        pl_str text = pl_rd_lstr(&r);
        if (!pl_rd_ok(&r) || !pl_str_to_c(file, name, sizeof(name)))
            return pl_fail(err, PL_FORMAT, "protected data: not its written form");
        pl_rc rc = pl_protected_load(p, name, text, err);
        if (rc)
            return rc;
    }
    if (!pl_rd_done(&r) || p->n == 0)
        return pl_fail(err, PL_FORMAT, "protected data: not its written form");
    *ret = PL_TAKE(p, NULL);
    return PL_OK;
}
