/* SPDX-License-Identifier: Apache-2.0 */
/* Reads content/secrets/: docs/formats/secrets.md. */
#include "secrets/secrets_priv.h"

#include "secrets/limits.h"

#include <stddef.h>
#include <string.h>

struct raw_pattern {
    pl_str kind, title, severity, find, confirm, token, value, entropy, check, require;
    bool caseless, generic, common;
    pl_strs near, ignore, base64, finds, passes;
};

static const pl_binding pattern_keys[] = {
    {"secret", PL_BIND_STR, true, offsetof(struct raw_pattern, kind)},
    {"title", PL_BIND_STR, true, offsetof(struct raw_pattern, title)},
    {"severity", PL_BIND_STR, true, offsetof(struct raw_pattern, severity)},
    {"find", PL_BIND_STR, false, offsetof(struct raw_pattern, find)},
    {"confirm", PL_BIND_STR, false, offsetof(struct raw_pattern, confirm)},
    {"token", PL_BIND_STR, false, offsetof(struct raw_pattern, token)},
    {"near", PL_BIND_STRS, false, offsetof(struct raw_pattern, near)},
    {"value", PL_BIND_STR, false, offsetof(struct raw_pattern, value)},
    {"entropy", PL_BIND_STR, false, offsetof(struct raw_pattern, entropy)},
    {"caseless", PL_BIND_BOOL, false, offsetof(struct raw_pattern, caseless)},
    {"generic", PL_BIND_BOOL, false, offsetof(struct raw_pattern, generic)},
    {"common", PL_BIND_BOOL, false, offsetof(struct raw_pattern, common)},
    {"check", PL_BIND_STR, false, offsetof(struct raw_pattern, check)},
    {"require", PL_BIND_STR, false, offsetof(struct raw_pattern, require)},
    {"ignore", PL_BIND_STRS, false, offsetof(struct raw_pattern, ignore)},
    {"base64", PL_BIND_STRS, false, offsetof(struct raw_pattern, base64)},
    {"finds", PL_BIND_STRS, true, offsetof(struct raw_pattern, finds)},
    {"passes", PL_BIND_STRS, true, offsetof(struct raw_pattern, passes)},
    {0},
};

struct raw_names {
    pl_secret_names names;
    const pl_yaml *phrases;
    pl_strs finds, passes;
};

static const pl_binding name_keys[] = {
    {"words", PL_BIND_STRS, true, offsetof(struct raw_names, names.words)},
    {"endings", PL_BIND_STRS, true, offsetof(struct raw_names, names.endings)},
    {"before_colon", PL_BIND_STRS, true, offsetof(struct raw_names, names.before_colon)},
    {"phrases", PL_BIND_NODE, true, offsetof(struct raw_names, phrases)},
    {"exact", PL_BIND_STRS, true, offsetof(struct raw_names, names.exact)},
    {"last_word_of_others", PL_BIND_STRS, true,
     offsetof(struct raw_names, names.last_word_of_others)},
    {"not_secret", PL_BIND_STRS, true, offsetof(struct raw_names, names.not_secret)},
    {"placeholders", PL_BIND_STRS, true, offsetof(struct raw_names, names.placeholders)},
    {"finds", PL_BIND_STRS, true, offsetof(struct raw_names, finds)},
    {"passes", PL_BIND_STRS, true, offsetof(struct raw_names, passes)},
    {0},
};

static pl_rc take_test(const pl_bind_file *f, const pl_yaml *item, const struct raw_pattern *raw,
                       pl_secret_pattern *p, pl_err *err)
{
    pl_str name = raw->require.n ? raw->require : raw->check;

    p->is_required = raw->require.n > 0;
    if (raw->require.n && raw->check.n)
        return pl_bind_fail(err, f, item, "\"check\" and \"require\" exclude each other");
    if (name.n && !pl_secrets_test_named(name, &p->test))
        return pl_bind_fail(err, f, item, "unknown test \"%.*s\"", PL_F(name));
    return PL_OK;
}

/* A token does not stand inside a longer word; "\\n" and "%3D" before it are no words. */
static const char token_from[] =
    "(?:(?<![A-Za-z0-9_-])|(?<=\\\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))(?:";
static const char token_to[] = ")(?![A-Za-z0-9_-])";
/* Nor is the value of a name the start of a longer one. */
static const char value_from[] = "(?:";
static const char value_to[] = ")(?![A-Za-z0-9_/+=-]|[.][A-Za-z0-9])";

static pl_str wrap(pl_arena *a, const char *from, pl_str text, const char *to)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_c(&b, from);
    pl_buf_str(&b, text);
    pl_buf_c(&b, to);
    return pl_arena_str(a, pl_buf_view(&b));
}

static pl_str any_of(pl_arena *a, pl_strs words)
{
    PL_AUTO_BUF pl_buf b = {0};

    for (size_t i = 0; i < words.n; i++) {
        pl_buf_ch(&b, i ? '|' : '(');
        pl_buf_str(&b, words.v[i]);
    }
    pl_buf_ch(&b, ')');
    return pl_arena_str(a, pl_buf_view(&b));
}

/* find with confirm, find with token, find alone, or near with value. */
static pl_rc take_shape(const pl_bind_file *f, const pl_yaml *item, const struct raw_pattern *raw,
                        pl_secret_pattern *p, pl_err *err)
{
    p->is_near = raw->near.n > 0;
    if (p->is_near != (raw->value.n > 0) || p->is_near == (raw->find.n > 0) ||
        (raw->confirm.n && raw->token.n) || (p->is_near && (raw->confirm.n || raw->token.n)))
        return pl_bind_fail(err, f, item,
                            "\"find\" with \"confirm\" or \"token\", or \"near\" with \"value\"");
    p->caseless = raw->caseless || p->is_near;
    p->find = p->is_near ? any_of(f->arena, raw->near) : raw->find;
    p->confirm = raw->confirm.n ? raw->confirm : raw->find;
    if (raw->token.n)
        p->confirm = wrap(f->arena, token_from, raw->token, token_to);
    if (p->is_near)
        p->confirm = wrap(f->arena, value_from, raw->value, value_to);
    return p->find.p && p->confirm.p ? PL_OK : pl_bind_fail(err, f, item, "too much content");
}

/* "3.5" */
static pl_rc take_entropy(const pl_bind_file *f, const pl_yaml *item, pl_str text,
                          pl_secret_pattern *p, pl_err *err)
{
    pl_str rest = text;
    pl_str whole;
    uint64_t bits = 0;
    uint64_t tenth = 0;

    if (text.n == 0)
        return PL_OK;
    if (!pl_str_cut(&rest, '.', &whole) || !pl_str_u64(whole, &bits) || bits > 7 || rest.n != 1 ||
        !pl_str_u64(rest, &tenth))
        return pl_bind_fail(err, f, item, "entropy is bits of a character, as 3.5");
    p->entropy = (unsigned)(10 * bits + tenth);
    return PL_OK;
}

static pl_rc load_pattern(pl_secrets *s, const pl_bind_file *f, const pl_yaml *item, pl_err *err)
{
    struct raw_pattern raw = {0};
    pl_rc rc = pl_bind(f, item, pattern_keys, &raw, err);
    pl_secret_pattern *p = &s->patterns[s->n];

    if (rc)
        return rc;
    *p = (pl_secret_pattern){.kind = raw.kind,
                             .title = raw.title,
                             .is_generic = raw.generic,
                             .is_common = raw.common,
                             .ignore = raw.ignore,
                             .base64 = raw.base64};
    if (!pl_severity_parse(raw.severity, &p->severity))
        return pl_bind_fail(err, f, item, "unknown severity \"%.*s\"", PL_F(raw.severity));
    for (size_t i = 0; i < s->n; i++)
        if (pl_str_eq(s->patterns[i].kind, p->kind))
            return pl_bind_fail(err, f, item, "secret \"%.*s\" is there twice", PL_F(p->kind));
    if ((rc = take_shape(f, item, &raw, p, err)) || (rc = take_test(f, item, &raw, p, err)) ||
        (rc = take_entropy(f, item, raw.entropy, p, err)))
        return rc;
    s->n++;
    return PL_OK;
}

static pl_rc load_patterns(pl_secrets *s, const pl_bind_file *f, const pl_yaml *doc, pl_err *err)
{
    for (size_t i = 0; i < doc->n; i++) {
        if (s->n == PL_SECRETS_PATTERNS)
            return pl_bind_fail(err, f, doc, "more than %d secrets", PL_SECRETS_PATTERNS);
        pl_rc rc = load_pattern(s, f, &doc->items[i], err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc load_phrases(pl_secrets *s, const pl_bind_file *f, const pl_yaml *list, pl_err *err)
{
    pl_secret_names *names = &s->names;

    if (list->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, f, list, "phrases must be a sequence");
    names->phrases = pl_arena_calloc(s->arena, list->n + 1, sizeof(*names->phrases));
    if (!names->phrases)
        return pl_bind_fail(err, f, list, "too much content");
    for (size_t i = 0; i < list->n; i++) {
        pl_rc rc = pl_bind_strs(f, &list->items[i], &names->phrases[i], err);
        if (rc)
            return rc;
    }
    names->n_phrases = list->n;
    return PL_OK;
}

static pl_rc load_names(pl_secrets *s, const pl_bind_file *f, const pl_yaml *doc, pl_err *err)
{
    struct raw_names raw = {0};
    pl_rc rc = pl_bind(f, doc, name_keys, &raw, err);

    if (rc)
        return rc;
    if (s->names.words.n)
        return pl_bind_fail(err, f, doc, "names stand in one file");
    s->names = raw.names;
    return load_phrases(s, f, raw.phrases, err);
}

static bool is_of_secrets(const pl_content_file *c)
{
    return strncmp(c->name, "secrets/", 8) == 0;
}

pl_rc pl_secrets_digest_of(const pl_content_file *files, unsigned char ret[PL_SHA256], pl_err *err)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();

    if (!h)
        return pl_fail(err, PL_NOMEM, "secret patterns");
    for (const pl_content_file *c = files; c->name; c++)
        if (is_of_secrets(c)) {
            const uint64_t n = c->n;
            pl_sha256_add(h, c->name, strlen(c->name) + 1);
            pl_sha256_add(h, &n, sizeof(n));
            pl_sha256_add(h, c->p, c->n);
        }
    pl_sha256_end(h, ret);
    return PL_OK;
}

pl_rc pl_secrets_load(pl_secrets *s, const pl_content_file *files, pl_err *err)
{
    s->patterns = pl_arena_calloc(s->arena, PL_SECRETS_PATTERNS, sizeof(*s->patterns));
    if (!s->patterns)
        return pl_fail(err, PL_NOMEM, "secret patterns");
    for (const pl_content_file *c = files; c->name; c++) {
        pl_yaml *doc = NULL;
        const pl_bind_file f = {c->name, s->arena};
        if (!is_of_secrets(c))
            continue;
        pl_rc rc = pl_yaml_parse(s->arena, (pl_str){(const char *)c->p, c->n}, &doc, err);
        if (rc)
            return pl_wrap(err, rc, "%s", c->name);
        rc = doc->type == PL_YAML_MAPPING ? load_names(s, &f, doc, err)
                                          : load_patterns(s, &f, doc, err);
        if (rc)
            return rc;
    }
    if (s->n == 0 || s->names.words.n == 0)
        return pl_fail(err, PL_FORMAT, "secrets/: patterns or names are missing");
    return pl_secrets_digest_of(files, s->digest, err);
}
