/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the matchers, and carries them into a worker. */
#include "secrets/secrets_priv.h"

#include "core/rd.h"
#include "secrets/limits.h"

#include <string.h>

static const uint32_t magic = 0x32534c50; /* "PLS2" */

void pl_secrets_free(pl_secrets *s)
{
    if (!s)
        return;
    for (size_t i = 0; s->patterns && i < s->n; i++)
        pcre2_code_free(s->patterns[i].code);
    pcre2_match_data_free(s->match);
    pcre2_match_context_free(s->limits);
    (void)hs_free_scratch(s->scratch);
    (void)hs_free_database(s->db);
    pl_arena_free(s->arena);
    free(s);
}

/* NULL: out of memory. */
static pl_secrets *new_empty(void)
{
    PL_AUTO_SECRETS pl_secrets *s = calloc(1, sizeof(*s));

    if (!s || !(s->arena = pl_arena_new(PL_SECRETS_ARENA)) ||
        !(s->match = pcre2_match_data_create(8, NULL)) ||
        !(s->limits = pcre2_match_context_create(NULL)))
        return NULL;
    (void)pcre2_set_match_limit(s->limits, PL_SECRETS_MATCH_STEPS);
    (void)pcre2_set_depth_limit(s->limits, PL_SECRETS_MATCH_DEPTH);
    (void)pcre2_set_heap_limit(s->limits, PL_SECRETS_MATCH_HEAP_KIB);
    return PL_TAKE(s, NULL);
}

pl_rc pl_secrets_key(const pl_content_file *files, unsigned char *ret, pl_err *err)
{
    hs_platform_info_t here = {0};
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char content[PL_SHA256];
    pl_rc rc = pl_secrets_digest_of(files, content, err);

    if (rc)
        return rc;
    if (hs_populate_platform(&here) != HS_SUCCESS)
        return pl_fail(err, PL_UNSUPPORTED, "secrets: vectorscan does not run on this processor");
    pl_buf_add(&text, content, sizeof(content));
    pl_buf_fmt(&text, "%x %s %u %llx", magic, hs_version(), here.tune, here.cpu_features);
    pl_sha256_of(pl_buf_view(&text), ret);
    return pl_buf_ok(&text) ? PL_OK : pl_fail(err, PL_NOMEM, "secret patterns");
}

pl_str pl_secrets_digest(const pl_secrets *s)
{
    return (pl_str){(const char *)s->digest, sizeof(s->digest)};
}

/* ---- PCRE2: confirms ---- */

static pcre2_code *compile_confirm(const pl_secret_pattern *p, int *ret_bad, size_t *ret_where)
{
    return pcre2_compile((PCRE2_SPTR)p->confirm.p, p->confirm.n, PCRE2_ANCHORED | PCRE2_NEVER_UTF,
                         ret_bad, ret_where, NULL);
}

bool pl_secrets_compile_confirm(pl_secret_pattern *p)
{
    int bad = 0;
    size_t where = 0;

    p->code = compile_confirm(p, &bad, &where);
    return p->code != NULL;
}

static pl_rc compile_confirms(pl_secrets *s, pl_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        pl_secret_pattern *p = &s->patterns[i];
        int bad = 0;
        size_t where = 0;
        p->code = compile_confirm(p, &bad, &where);
        if (!p->code) {
            unsigned char why[128] = "";
            (void)pcre2_get_error_message(bad, why, sizeof(why));
            return pl_fail(err, PL_FORMAT, "secret %.*s: confirm: at %zu: %s", PL_F(p->kind), where,
                           (const char *)why);
        }
    }
    return PL_OK;
}

static pl_rc make_scratch(pl_secrets *s, pl_err *err)
{
    hs_error_t bad = hs_alloc_scratch(s->db, &s->scratch);

    s->next_from = pl_arena_calloc(s->arena, s->n + s->n_wrapped + 1, sizeof(*s->next_from));
    if (!s->next_from)
        return pl_fail(err, PL_NOMEM, "secret patterns");
    return bad ? pl_fail(err, PL_NOMEM, "secret patterns: scratch (%d)", bad) : PL_OK;
}

/* ---- vectorscan: finds ---- */

/* C strings for the compiler, in an arena of their own. */
static const char *expression(pl_arena *a, pl_str text, bool is_literal)
{
    char *c = pl_arena_calloc(a, 2 * text.n + 1, 1);
    size_t n = 0;

    for (size_t i = 0; c && i < text.n; i++) {
        if (is_literal && (text.p[i] == '+' || text.p[i] == '/'))
            c[n++] = '\\';
        c[n++] = text.p[i];
    }
    return c;
}

struct expressions {
    const char **text;
    unsigned *flags;
    unsigned *ids;
    size_t n;
};

static void add_expression(struct expressions *e, pl_arena *a, pl_str text, bool is_literal,
                           unsigned flags)
{
    e->text[e->n] = expression(a, text, is_literal);
    e->flags[e->n] = flags;
    e->ids[e->n] = (unsigned)e->n;
    e->n++;
}

static pl_str name_of(const pl_secrets *s, size_t id)
{
    return s->patterns[id < s->n ? id : s->wrapped[id - s->n].pattern].kind;
}

static pl_rc find_failed(pl_str kind, hs_compile_error_t *why, pl_err *err)
{
    pl_rc rc = pl_fail(err, PL_FORMAT, "secret %.*s: find: %s", PL_F(kind),
                       why && why->message ? why->message : "does not compile");
    (void)hs_free_compile_error(why);
    return rc;
}

/* Where a match starts costs vectorscan much to say; where all matches are of one width, it follows
 * from where they end. */
static pl_rc measure_finds(pl_secrets *s, struct expressions *e, pl_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        hs_expr_info_t *info = NULL;
        hs_compile_error_t *why = NULL;
        if (hs_expression_info(e->text[i], e->flags[i], &info, &why))
            return find_failed(s->patterns[i].kind, why, err);
        unsigned least = info->min_width;
        unsigned most = info->max_width;
        free(info);
        if (most > PL_SECRETS_FIND_WIDTH)
            return pl_fail(err, PL_FORMAT, "secret %.*s: find: spans more than %d bytes",
                           PL_F(s->patterns[i].kind), PL_SECRETS_FIND_WIDTH);
        s->patterns[i].width = least == most ? least : 0;
        if (least != most && !s->patterns[i].is_near)
            e->flags[i] |= HS_FLAG_SOM_LEFTMOST;
        s->widest = most > s->widest ? most : s->widest;
    }
    return PL_OK;
}

static pl_rc compile_finds(pl_secrets *s, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_SECRETS_ARENA);
    size_t n = s->n + s->n_wrapped;
    struct expressions e = {pl_arena_calloc(a, n, sizeof(*e.text)),
                            pl_arena_calloc(a, n, sizeof(*e.flags)),
                            pl_arena_calloc(a, n, sizeof(*e.ids)), 0};
    hs_compile_error_t *why = NULL;

    if (!e.text || !e.flags || !e.ids)
        return pl_fail(err, PL_NOMEM, "secret patterns");
    for (size_t i = 0; i < s->n; i++)
        add_expression(&e, a, s->patterns[i].find, false,
                       s->patterns[i].caseless ? HS_FLAG_CASELESS : 0);
    for (size_t i = 0; i < s->n_wrapped; i++)
        add_expression(&e, a, s->wrapped[i].literal, true, 0);
    for (size_t i = 0; i < n; i++)
        if (!e.text[i])
            return pl_fail(err, PL_NOMEM, "secret patterns");
    pl_rc rc = measure_finds(s, &e, err);
    if (rc)
        return rc;

    if (hs_compile_multi(e.text, e.flags, e.ids, (unsigned)n, HS_MODE_BLOCK, NULL, &s->db, &why)) {
        pl_str name = why && why->expression >= 0 ? name_of(s, (size_t)why->expression) : PL_S("");
        return find_failed(name, why, err);
    }
    return PL_OK;
}

pl_rc pl_secrets_new(const pl_content_file *files, pl_secrets **ret, pl_err *err)
{
    PL_AUTO_SECRETS pl_secrets *s = new_empty();
    pl_rc rc;

    if (!s)
        return pl_fail(err, PL_NOMEM, "secret patterns");
    if (hs_valid_platform() != HS_SUCCESS)
        return pl_fail(err, PL_UNSUPPORTED, "secrets: vectorscan does not run on this processor");
    if ((rc = pl_secrets_load(s, files, err)) || (rc = pl_secrets_wrap_all(s, err)) ||
        (rc = compile_confirms(s, err)) || (rc = compile_finds(s, err)) ||
        (rc = make_scratch(s, err)))
        return rc;
    *ret = PL_TAKE(s, NULL);
    return PL_OK;
}

/* ---- written form: u32le and length-prefixed text in the order of the structs ---- */

static void write_strs(pl_buf *b, pl_strs l)
{
    pl_buf_u32le(b, (uint32_t)l.n);
    for (size_t i = 0; i < l.n; i++)
        pl_buf_lstr(b, l.v[i]);
}

static void write_pattern(pl_buf *b, const pl_secret_pattern *p)
{
    pl_buf_lstr(b, p->kind);
    pl_buf_lstr(b, p->title);
    pl_buf_u32le(b, p->severity);
    pl_buf_lstr(b, p->confirm);
    pl_buf_u32le(b, p->width);
    pl_buf_u32le(b, p->entropy);
    pl_buf_u32le(b, p->is_near);
    pl_buf_u32le(b, p->is_generic);
    pl_buf_u32le(b, p->is_common);
    pl_buf_u32le(b, p->is_required);
    pl_buf_u32le(b, p->test);
    write_strs(b, p->ignore);
    write_strs(b, p->base64);
}

static void write_names(pl_buf *b, const pl_secret_names *n)
{
    const pl_strs lists[] = {n->before_colon,        n->words,      n->endings,     n->exact,
                             n->last_word_of_others, n->not_secret, n->placeholders};

    for (size_t i = 0; i < PL_COUNT(lists); i++)
        write_strs(b, lists[i]);
    pl_buf_u32le(b, (uint32_t)n->n_phrases);
    for (size_t i = 0; i < n->n_phrases; i++)
        write_strs(b, n->phrases[i]);
}

pl_rc pl_secrets_write(const pl_secrets *s, pl_buf *out, pl_err *err)
{
    char *db = NULL;
    size_t n = 0;

    pl_buf_u32le(out, magic);
    pl_buf_add(out, s->digest, sizeof(s->digest));
    pl_buf_u32le(out, (uint32_t)s->n);
    pl_buf_u32le(out, s->widest);
    for (size_t i = 0; i < s->n; i++)
        write_pattern(out, &s->patterns[i]);
    write_names(out, &s->names);
    if (hs_serialize_database(s->db, &db, &n) != HS_SUCCESS)
        return pl_fail(err, PL_NOMEM, "secret patterns: written form");
    pl_buf_lstr(out, (pl_str){db, n});
    free(db);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "secret patterns: written form");
}

static pl_str read_str(pl_secrets *s, pl_rd *r)
{
    return pl_arena_str(s->arena, pl_rd_lstr(r));
}

/* A count that the bytes left cannot hold would only waste memory. */
static size_t read_count(pl_rd *r)
{
    size_t n = pl_rd_u32le(r);
    if (n > r->n) {
        *r = (pl_rd){r->p, 0, true};
        return 0;
    }
    return n;
}

static pl_strs read_strs(pl_secrets *s, pl_rd *r)
{
    size_t n = read_count(r);
    pl_str *v = pl_arena_calloc(s->arena, n + 1, sizeof(*v));

    for (size_t i = 0; v && i < n; i++)
        v[i] = read_str(s, r);
    return (pl_strs){v, v ? n : 0};
}

static void read_pattern(pl_secrets *s, pl_rd *r, pl_secret_pattern *p)
{
    p->kind = read_str(s, r);
    p->title = read_str(s, r);
    p->severity = (pl_severity)pl_rd_u32le(r);
    p->confirm = read_str(s, r);
    p->width = pl_rd_u32le(r);
    p->entropy = pl_rd_u32le(r);
    p->is_near = pl_rd_u32le(r) != 0;
    p->is_generic = pl_rd_u32le(r) != 0;
    p->is_common = pl_rd_u32le(r) != 0;
    p->is_required = pl_rd_u32le(r) != 0;
    p->test = (pl_secret_test)pl_rd_u32le(r);
    p->ignore = read_strs(s, r);
    p->base64 = read_strs(s, r);
}

static void read_names(pl_secrets *s, pl_rd *r)
{
    pl_secret_names *n = &s->names;
    pl_strs *lists[] = {&n->before_colon,        &n->words,      &n->endings,     &n->exact,
                        &n->last_word_of_others, &n->not_secret, &n->placeholders};

    for (size_t i = 0; i < PL_COUNT(lists); i++)
        *lists[i] = read_strs(s, r);
    size_t n_phrases = read_count(r);
    n->phrases = pl_arena_calloc(s->arena, n_phrases + 1, sizeof(*n->phrases));
    n->n_phrases = n->phrases ? n_phrases : 0;
    for (size_t i = 0; i < n->n_phrases; i++)
        n->phrases[i] = read_strs(s, r);
}

static pl_rc read_all(pl_secrets *s, pl_rd *r, pl_err *err)
{
    uint32_t found = pl_rd_u32le(r);
    pl_rd_copy(r, s->digest, sizeof(s->digest));
    size_t n = read_count(r);
    s->widest = pl_rd_u32le(r);

    if (found != magic || n > PL_SECRETS_PATTERNS ||
        !(s->patterns = pl_arena_calloc(s->arena, n + 1, sizeof(*s->patterns))))
        return pl_fail(err, PL_FORMAT, "secret patterns: not their written form");
    s->n = n;
    for (size_t i = 0; i < n; i++)
        read_pattern(s, r, &s->patterns[i]);
    read_names(s, r);
    pl_str db = pl_rd_lstr(r);
    if (!pl_rd_done(r) || hs_deserialize_database(db.p, db.n, &s->db) != HS_SUCCESS)
        return pl_fail(err, PL_FORMAT, "secret patterns: written form is damaged");
    return PL_OK;
}

pl_rc pl_secrets_read(pl_str bytes, pl_secrets **ret, pl_err *err)
{
    PL_AUTO_SECRETS pl_secrets *s = new_empty();
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_rc rc;

    if (!s)
        return pl_fail(err, PL_NOMEM, "secret patterns");
    if ((rc = read_all(s, &r, err)) || (rc = pl_secrets_wrap_all(s, err)) ||
        (rc = make_scratch(s, err)))
        return rc;
    *ret = PL_TAKE(s, NULL);
    return PL_OK;
}
