/* SPDX-License-Identifier: Apache-2.0 */
#include "package/classifiers.h"

#include "core/hash.h"
#include "core/rd.h"
#include "package/classify.h"
#include "package/limits.h"

#include <stddef.h>
#include <string.h>

#define FOLDER "classifiers/"

enum { BUDGET = 16 << 20, ANCHOR_LEAST = 2, ANCHOR_MOST = 100 }; /* of texts from 1 byte on */

struct pl_classifiers {
    pl_arena *arena;
    pl_classifier *rows; /* PL_CLASSIFIERS_MAX */
    size_t n;
    uint64_t version;
};

void pl_classifiers_free(pl_classifiers *c)
{
    if (c)
        pl_arena_free(c->arena);
    free(c);
}

static pl_rc open_table(pl_classifiers **ret, pl_err *err)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = calloc(1, sizeof(*c));

    if (!c || !(c->arena = pl_arena_new(BUDGET)) ||
        !(c->rows = pl_arena_calloc(c->arena, PL_CLASSIFIERS_MAX, sizeof(*c->rows))))
        return pl_fail(err, PL_NOMEM, "classifiers");
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

size_t pl_classifiers_count(const pl_classifiers *c)
{
    return c->n;
}

const pl_classifier *pl_classifiers_at(const pl_classifiers *c, size_t i)
{
    return &c->rows[i];
}

uint64_t pl_classifiers_version(const pl_classifiers *c)
{
    return c->version;
}

bool pl_classifier_fits(pl_str pattern, pl_str name, pl_str *ret_star)
{
    const char *star = memchr(pattern.p, '*', pattern.n);

    *ret_star = (pl_str){"", 0};
    if (!star)
        return pl_str_eq(pattern, name);
    size_t before = (size_t)(star - pattern.p);
    size_t after = pattern.n - before - 1;
    if (name.n < before + after || memcmp(pattern.p, name.p, before) != 0 ||
        memcmp(star + 1, name.p + name.n - after, after) != 0)
        return false;
    *ret_star = pl_str_sub(name, before, name.n - before - after);
    return true;
}

/* ---- content ---- */

struct raw {
    pl_classifier row;
    pl_str purl;
    const pl_yaml *anchor, *version; /* every blank in them counts */
};

static const pl_binding keys[] = {
    {"program", PL_BIND_STR, true, offsetof(struct raw, row.id)},
    {"files", PL_BIND_STRS, true, offsetof(struct raw, row.files)},
    {"anchor", PL_BIND_NODE, true, offsetof(struct raw, anchor)},
    {"version", PL_BIND_NODE, true, offsetof(struct raw, version)},
    {"purl", PL_BIND_STR, true, offsetof(struct raw, purl)},
    {"cpe", PL_BIND_STR, false, offsetof(struct raw, row.cpe)},
    {"advisories", PL_BIND_STR, false, offsetof(struct raw, row.advisories)},
    {"text", PL_BIND_BOOL, false, offsetof(struct raw, row.is_text)},
    {"proof", PL_BIND_STRS, false, offsetof(struct raw, row.proof)},
    {0},
};

/* "pkg:generic/node" */
static bool read_purl(pl_str purl, pl_classifier *c)
{
    pl_str rest = pl_str_sub(purl, 4, purl.n);
    pl_str type;

    if (!pl_str_starts(purl, PL_S("pkg:")) || !pl_str_cut(&rest, '/', &type) || !rest.n)
        return false;
    c->package = rest;
    for (int i = 0; i <= PL_LANG_GENERIC; i++) {
        c->lang = (pl_lang)i;
        if (pl_str_eq(pl_str_c(pl_lang_type(c->lang)), type))
            return true;
    }
    return false;
}

static pl_rc check_row(const pl_classifiers *c, const pl_bind_file *f, const pl_yaml *item,
                       const struct raw *raw, pl_err *err)
{
    const pl_classifier *row = &raw->row;
    pl_err why = {0};

    for (size_t i = 0; i < c->n; i++)
        if (pl_str_eq(c->rows[i].id, row->id))
            return pl_bind_fail(err, f, item, "program \"%.*s\" is there twice", PL_F(row->id));
    if (row->anchor.n + row->is_text < ANCHOR_LEAST || row->anchor.n > ANCHOR_MOST)
        return pl_bind_fail(err, f, item, "an anchor has %d to %d bytes", ANCHOR_LEAST,
                            ANCHOR_MOST);
    for (size_t i = 0; i < row->files.n; i++) {
        pl_str rest = row->files.v[i];
        pl_str part;
        (void)pl_str_cut(&rest, '*', &part);
        if (!row->files.v[i].n || pl_str_eq(row->files.v[i], PL_S("*")) ||
            memchr(rest.p, '*', rest.n))
            return pl_bind_fail(err, f, item, "\"%.*s\": a name with at most one *",
                                PL_F(row->files.v[i]));
    }
    pl_rc rc = pl_classify_check(row->version, &why);
    return rc ? pl_bind_fail(err, f, item, "%s", why.text) : PL_OK;
}

static pl_rc load_row(pl_classifiers *c, const pl_bind_file *f, const pl_yaml *item, pl_err *err)
{
    struct raw raw = {0};
    pl_rc rc = pl_bind(f, item, keys, &raw, err);

    if (!rc && c->n == PL_CLASSIFIERS_MAX)
        return pl_bind_fail(err, f, item, "more than %d classifiers", PL_CLASSIFIERS_MAX);
    if (!rc && (raw.anchor->type != PL_YAML_SCALAR || raw.version->type != PL_YAML_SCALAR))
        return pl_bind_fail(err, f, item, "anchor and version are texts");
    if (!rc) {
        raw.row.anchor = raw.anchor->text;
        raw.row.version = raw.version->text;
    }
    if (!rc && !read_purl(raw.purl, &raw.row))
        return pl_bind_fail(err, f, item, "\"%.*s\" is not pkg:TYPE/NAME of a type that is known",
                            PL_F(raw.purl));
    if (!rc)
        rc = check_row(c, f, item, &raw, err);
    if (!rc)
        c->rows[c->n++] = raw.row;
    return rc;
}

static pl_rc load_file(pl_classifiers *c, const pl_content_file *file, pl_err *err)
{
    const pl_bind_file f = {file->name, c->arena};
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(c->arena, (pl_str){(const char *)file->p, file->n}, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", file->name);
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &f, doc, "a sequence of programs is wanted");
    for (size_t i = 0; !rc && i < doc->n; i++)
        rc = load_row(c, &f, &doc->items[i], err);
    return rc;
}

static void set_version(pl_classifiers *c, pl_str bytes)
{
    unsigned char sum[PL_SHA256];

    pl_sha256_of(bytes, sum);
    memcpy(&c->version, sum, sizeof(c->version));
}

pl_rc pl_classifiers_new(const pl_content_file *files, pl_classifiers **ret, pl_err *err)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = NULL;
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_rc rc = open_table(&c, err);

    for (const pl_content_file *f = files; !rc && f->name; f++)
        if (strncmp(f->name, FOLDER, sizeof(FOLDER) - 1) == 0)
            rc = load_file(c, f, err);
    if (rc)
        return rc;
    pl_classifiers_write(c, &bytes);
    if (!pl_buf_ok(&bytes) || bytes.n > PL_CLASSIFIERS_BYTES_MAX)
        return pl_fail(err, PL_LIMIT, "classifiers: more than %d bytes", PL_CLASSIFIERS_BYTES_MAX);
    set_version(c, pl_buf_view(&bytes));
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

/* ---- for a worker ---- */

static const size_t texts[] = {
    offsetof(pl_classifier, id),     offsetof(pl_classifier, package),
    offsetof(pl_classifier, anchor), offsetof(pl_classifier, version),
    offsetof(pl_classifier, cpe),    offsetof(pl_classifier, advisories),
};

void pl_classifiers_write(const pl_classifiers *c, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)c->n);
    for (size_t i = 0; i < c->n; i++) {
        const pl_classifier *row = &c->rows[i];
        pl_buf_u32le(out, row->lang);
        pl_buf_u32le(out, row->is_text);
        for (size_t k = 0; k < PL_COUNT(texts); k++)
            pl_buf_lstr(out, *(const pl_str *)((const char *)row + texts[k]));
        pl_buf_u32le(out, (uint32_t)row->files.n);
        for (size_t k = 0; k < row->files.n; k++)
            pl_buf_lstr(out, row->files.v[k]);
    }
}

static bool read_row(pl_rd *r, pl_arena *a, pl_classifier *row)
{
    uint32_t lang = pl_rd_u32le(r);

    row->lang = (pl_lang)lang;
    row->is_text = pl_rd_u32le(r) != 0;
    for (size_t k = 0; k < PL_COUNT(texts); k++)
        *(pl_str *)(void *)((char *)row + texts[k]) = pl_rd_lstr(r);
    row->files.n = pl_rd_u32le(r);
    pl_str *files =
        row->files.n <= r->n ? pl_arena_calloc(a, row->files.n + 1, sizeof(*files)) : NULL;
    for (size_t k = 0; files && k < row->files.n; k++)
        files[k] = pl_rd_lstr(r);
    row->files.v = files;
    return pl_rd_ok(r) && files && lang <= PL_LANG_GENERIC;
}

pl_rc pl_classifiers_read(pl_str bytes, pl_classifiers **ret, pl_err *err)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = NULL;
    pl_rc rc = open_table(&c, err);

    if (rc)
        return rc;
    pl_str kept = pl_arena_str(c->arena, bytes);
    if (!kept.p)
        return pl_fail(err, PL_LIMIT, "classifiers");
    pl_rd r = pl_rd_of(kept.p, kept.n);
    uint32_t n = pl_rd_u32le(&r);
    if (n > PL_CLASSIFIERS_MAX)
        return pl_fail(err, PL_FORMAT, "classifiers");
    for (; c->n < n; c->n++)
        if (!read_row(&r, c->arena, &c->rows[c->n]))
            return pl_fail(err, PL_FORMAT, "classifiers");
    if (!pl_rd_done(&r))
        return pl_fail(err, PL_FORMAT, "classifiers");
    set_version(c, bytes);
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}
