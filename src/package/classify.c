/* SPDX-License-Identifier: Apache-2.0 */
#include "package/classify.h"

#include "core/char.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

enum { STEPS = 20000, DEPTH = 2000, HEAP_KIB = 256, GROUPS = 4, VERSION_MAX = 64, AROUND = 400 };

/* A row that the name of the file has chosen. */
struct chosen {
    const pl_classifier *row;
    pl_buf anchor; /* as it stands in this file */
    pl_buf pattern;
    pcre2_code *code; /* NULL until an anchor was met */
    char version[VERSION_MAX];
    size_t n_version; /* 0: nothing was found */
    size_t tries;
    bool is_doubtful; /* there was another version */
};

struct pl_classify {
    const pl_classifiers *table;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    struct chosen chosen[PL_CLASSIFY_ROWS_MAX];
    size_t n;
    bool is_cut;
};

/* ---- open and close ---- */

pl_rc pl_classify_open(const pl_classifiers *table, pl_classify **ret, pl_err *err)
{
    pl_classify *c = calloc(1, sizeof(*c));

    if (c) {
        c->table = table;
        c->match = pcre2_match_data_create(GROUPS, NULL);
        c->limits = pcre2_match_context_create(NULL);
    }
    if (!c || !c->match || !c->limits) {
        pl_classify_close(c);
        return pl_fail(err, PL_NOMEM, "classifiers");
    }
    (void)pcre2_set_match_limit(c->limits, STEPS);
    (void)pcre2_set_depth_limit(c->limits, DEPTH);
    (void)pcre2_set_heap_limit(c->limits, HEAP_KIB);
    *ret = c;
    return PL_OK;
}

static void forget(pl_classify *c)
{
    while (c->n) {
        struct chosen *x = &c->chosen[--c->n];
        pl_buf_done(&x->anchor);
        pl_buf_done(&x->pattern);
        pcre2_code_free(x->code);
    }
    c->is_cut = false;
}

void pl_classify_close(pl_classify *c)
{
    if (!c)
        return;
    forget(c);
    pcre2_match_data_free(c->match);
    pcre2_match_context_free(c->limits);
    free(c);
}

/* ---- patterns ---- */

static pcre2_code *compile(pl_str pattern, pl_err *err)
{
    PCRE2_UCHAR why[128] = "";
    int bad = 0;
    size_t at = 0;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, PCRE2_NEVER_UTF, &bad, &at, NULL);

    if (!code) {
        (void)pcre2_get_error_message(bad, why, sizeof(why));
        (void)pl_fail(err, PL_FORMAT, "pattern, byte %zu: %s", at, (const char *)why);
    }
    return code;
}

/* Text with "{*}" replaced; in a pattern dots are quoted. */
static void fill_in(pl_str text, pl_str star, bool is_pattern, pl_buf *out)
{
    pl_str mark = PL_S("{*}");

    for (size_t i = 0; i < text.n; i++) {
        if (!pl_str_starts(pl_str_sub(text, i, mark.n), mark)) {
            pl_buf_ch(out, text.p[i]);
            continue;
        }
        for (size_t k = 0; k < star.n; k++) {
            if (is_pattern && star.p[k] == '.')
                pl_buf_ch(out, '\\');
            pl_buf_ch(out, star.p[k]);
        }
        i += mark.n - 1;
    }
}

pl_rc pl_classify_check(pl_str pattern, pl_err *err)
{
    PL_AUTO_BUF pl_buf filled = {0};
    uint32_t groups = 0;

    fill_in(pattern, PL_S("1.2"), true, &filled);
    pcre2_code *code = compile(pl_buf_view(&filled), err);
    if (!code)
        return PL_FORMAT;
    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    pcre2_code_free(code);
    return groups == 1 ? PL_OK
                       : pl_fail(err, PL_FORMAT, "a pattern has one group, which is the version");
}

/* ---- the name of the file ---- */

/* What a star may stand for where it is a part of the version. */
static bool is_number(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pl_is_digit(s.p[i]) && s.p[i] != '.')
            return false;
    return s.n > 0;
}

static void choose(pl_classify *c, const pl_classifier *row, pl_str name)
{
    pl_str star = {"", 0};
    bool fits = false;

    for (size_t i = 0; !fits && i < row->files.n; i++)
        fits = pl_classifier_fits(row->files.v[i], name, &star);
    if (!fits || (pl_str_has(row->anchor, PL_S("{*}")) && !is_number(star)))
        return;
    if (c->n == PL_CLASSIFY_ROWS_MAX) {
        c->is_cut = true;
        return;
    }
    struct chosen *x = &c->chosen[c->n++];
    *x = (struct chosen){.row = row};
    fill_in(row->anchor, star, false, &x->anchor);
    fill_in(row->version, star, true, &x->pattern);
}

bool pl_classify_begin(pl_classify *c, pl_str path, bool can_be_program)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    size_t at = slash ? (size_t)(slash - path.p) + 1 : 0;
    pl_str name = pl_str_sub(path, at, path.n);
    bool has_text = false;

    forget(c);
    for (size_t i = 0; i < pl_classifiers_count(c->table); i++) {
        const pl_classifier *row = pl_classifiers_at(c->table, i);
        size_t was = c->n;
        if (row->is_text || can_be_program)
            choose(c, row, name);
        has_text |= row->is_text && c->n > was;
    }
    return has_text;
}

/* ---- the bytes ---- */

static void take(struct chosen *x, pl_str version)
{
    if (!version.n || version.n > VERSION_MAX)
        return;
    if (!x->n_version) {
        memcpy(x->version, version.p, version.n);
        x->n_version = version.n;
    }
    x->is_doubtful |= !pl_str_eq((pl_str){x->version, x->n_version}, version);
}

/* The match that holds the anchor, of all in the region. */
static void match(const pl_classify *c, struct chosen *x, pl_str region, size_t anchor)
{
    const size_t *v = pcre2_get_ovector_pointer(c->match);
    size_t from = 0;

    while (from <= anchor && pcre2_match(x->code, (PCRE2_SPTR)region.p, region.n, from, 0, c->match,
                                         c->limits) == 2) {
        if (v[0] > anchor || v[2] > v[3] || v[3] > region.n)
            return;
        if (v[1] >= anchor + x->anchor.n) {
            take(x, pl_str_sub(region, v[2], v[3] - v[2]));
            return;
        }
        from = v[1] > from ? v[1] : from + 1;
    }
}

/* The pattern has to match where an anchor stands. */
static pl_rc try(const pl_classify *c, struct chosen *x, const pl_window *w, size_t at, pl_err *err)
{
    size_t from = at > AROUND ? at - AROUND : 0;
    size_t end = at + x->anchor.n + AROUND < w->n ? at + x->anchor.n + AROUND : w->n;

    if (!x->code)
        x->code = compile(pl_buf_view(&x->pattern), err);
    if (!x->code)
        return PL_FORMAT;
    match(c, x, (pl_str){(const char *)w->p + from, end - from}, at - from);
    return PL_OK;
}

pl_rc pl_classify_window(pl_classify *c, const pl_window *w, bool is_program, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t k = 0; !rc && k < c->n; k++) {
        struct chosen *x = &c->chosen[k];
        if (!pl_buf_ok(&x->anchor) || !pl_buf_ok(&x->pattern))
            return pl_fail(err, PL_NOMEM, "classifiers");
        if (x->row->is_text == is_program)
            continue;
        for (size_t i = w->from; !rc && pl_window_find(w, pl_buf_view(&x->anchor), &i); i++) {
            if (x->tries++ == PL_CLASSIFY_TRIES_MAX)
                c->is_cut = true;
            if (x->tries > PL_CLASSIFY_TRIES_MAX)
                break;
            rc = try(c, x, w, i, err);
        }
    }
    return rc;
}

pl_rc pl_classify_end(pl_classify *c, pl_found_each each, void *arg, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t k = 0; !rc && k < c->n; k++) {
        const struct chosen *x = &c->chosen[k];
        pl_found f = {.kind = PL_FOUND_INSTALLED,
                      .lang = x->row->lang,
                      .name = x->row->package,
                      .version = {x->version, x->is_doubtful ? 0 : x->n_version},
                      .advisories = x->row->advisories,
                      .cpe = x->row->cpe};
        pl_found named = f;
        named.version = (pl_str){x->version, x->n_version};
        if (x->n_version && pl_found_is_whole(&named))
            rc = each(&f, arg, err);
    }
    bool is_cut = c->is_cut;
    forget(c);
    return rc || !is_cut ? rc
                         : pl_fail(err, PL_LIMIT,
                                   "classifiers: more places or rows than are looked at "
                                   "(PL_CLASSIFY_TRIES_MAX, PL_CLASSIFY_ROWS_MAX)");
}
