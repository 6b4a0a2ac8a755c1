/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document, value by value. */
#include "redact/redact_priv.h"

#include "core/json_write.h"
#include "redact/limits.h"

#include <string.h>

static pl_rc walk(const pl_redact_out *o, pl_str name, const json_t *v, unsigned depth,
                  pl_err *err);

static pl_str text_of(const json_t *v)
{
    return (pl_str){json_string_value(v), json_string_length(v)};
}

/* The object that stands for a value; with its name when the name stood in the value too. */
static pl_rc put_redacted(const pl_redact_out *o, const pl_redact_verdict *v, pl_str name,
                          pl_str value, pl_err *err)
{
    pl_rc rc = PL_OK;

    pl_buf_ch(o->out, '{');
    if (name.n) {
        pl_buf_c(o->out, "\"name\":");
        pl_json_quote(o->out, name);
        pl_buf_ch(o->out, ',');
    }
    pl_buf_c(o->out, "\"redacted\":");
    pl_json_quote(o->out, v->kind);
    if (v->n_pans) {
        pl_buf_fmt(o->out, ",\"n\":%zu", v->n_pans);
    } else {
        pl_buf_c(o->out, ",\"ref\":\"");
        rc = o->ref(o->arg, value, o->out, err);
        pl_buf_ch(o->out, '"');
    }
    pl_buf_ch(o->out, '}');
    return rc;
}

static pl_rc put_string(const pl_redact_out *o, pl_str name, pl_str value, pl_err *err)
{
    pl_redact_verdict v;
    pl_rc rc = pl_redact_judge(o->secrets, name, value, &v, err);

    if (rc)
        return rc;
    if (v.is_redacted)
        return put_redacted(o, &v, PL_S(""), value, err);
    pl_json_quote(o->out, value);
    return PL_OK;
}

/* Numbers, true, false, null: only a number can be a secret, and only by its name. */
static pl_rc put_scalar(const pl_redact_out *o, pl_str name, const json_t *v, pl_err *err)
{
    char text[64];
    size_t n = json_dumpb(v, text, sizeof(text), JSON_ENCODE_ANY | JSON_COMPACT);

    if (n == 0 || n > sizeof(text))
        return pl_fail(err, PL_FORMAT, "number in a document");
    if (json_is_number(v) && pl_secrets_is_name(o->secrets, name)) {
        const pl_redact_verdict named = {true, PL_S("named-secret"), 0};
        return put_redacted(o, &named, PL_S(""), (pl_str){text, n}, err);
    }
    pl_buf_add(o->out, text, n);
    return PL_OK;
}

/* A key may be hostile too: labels are whatever the image says. */
static pl_rc put_key(const pl_redact_out *o, pl_str key, pl_err *err)
{
    pl_redact_verdict v;
    pl_rc rc = pl_redact_judge(o->secrets, PL_S(""), key, &v, err);

    if (rc || !v.is_redacted) {
        pl_json_quote(o->out, key);
        return rc;
    }
    pl_buf_fmt(o->out, "\"[redacted:%.*s", PL_F(v.kind));
    if (v.n_pans == 0) {
        pl_buf_ch(o->out, ':');
        rc = o->ref(o->arg, key, o->out, err);
    }
    pl_buf_c(o->out, "]\"");
    return rc;
}

/* {"name":"DB_PASSWORD","value":"..."}: the value's name stands beside it. */
static pl_str name_beside(const json_t *object, pl_str key)
{
    static const char *const names[] = {"name", "Name", "key", "Key"};

    if (!pl_str_eq_nocase(key, PL_S("value")))
        return key;
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        const json_t *name = json_object_get(object, names[i]);
        if (json_is_string(name))
            return text_of(name);
    }
    return key;
}

static pl_rc walk_object(const pl_redact_out *o, const json_t *v, unsigned depth, pl_err *err)
{
    pl_rc rc = PL_OK;
    bool is_first = true;
    json_t *object = (json_t *)v; /* jansson's iterator reads only */

    pl_buf_ch(o->out, '{');
    for (void *it = json_object_iter(object); it && !rc; it = json_object_iter_next(object, it)) {
        pl_str key = {json_object_iter_key(it), json_object_iter_key_len(it)};
        if (!is_first)
            pl_buf_ch(o->out, ',');
        is_first = false;
        rc = put_key(o, key, err);
        pl_buf_ch(o->out, ':');
        if (!rc)
            rc = walk(o, name_beside(v, key), json_object_iter_value(it), depth + 1, err);
    }
    pl_buf_ch(o->out, '}');
    return rc;
}

/* ---- arrays: environments, arguments ---- */

/* All strings of an array as one command line, and the secrets whose shape shows only there. */
struct line {
    pl_buf text;
    pl_secret_hits hits;
    size_t at; /* where the next element starts */
};

static pl_rc read_line(const pl_redact_out *o, const json_t *v, pl_arena *a, struct line *l,
                       pl_err *err)
{
    l->text.max = PL_REDACT_ARGS;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        if (!json_is_string(item))
            continue;
        pl_buf_str(&l->text, text_of(item));
        pl_buf_ch(&l->text, ' ');
    }
    /* A list of that length is no command line; its elements are judged one by one. */
    if (!pl_buf_ok(&l->text))
        return PL_OK;
    return pl_secrets_find(o->secrets, pl_buf_view(&l->text), PL_SECRETS_SHAPES, a, &l->hits, err);
}

/* The secret of the line that reaches into the element of n bytes at l->at, which is passed. */
static const pl_secret_hit *hit_in_next(struct line *l, size_t n)
{
    static const pl_secret_hit unsearched = {.kind = {"unsearched", 10}};
    size_t from = l->at;
    l->at += n + 1;

    if (l->hits.is_cut)
        return &unsearched;
    for (size_t i = 0; i < l->hits.n; i++) {
        const pl_secret_hit *h = &l->hits.items[i];
        if (h->from < from + n && h->from + h->n > from)
            return h;
    }
    return NULL;
}

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* "NAME=VALUE", with a name of the usual letters. */
static bool cut_pair(pl_str item, pl_str *name, pl_str *value)
{
    size_t n = 0;

    while (n < item.n && is_name_char(item.p[n]))
        n++;
    if (n == 0 || n >= item.n || item.p[n] != '=')
        return false;
    *name = pl_str_sub(item, 0, n);
    *value = pl_str_sub(item, n + 1, item.n);
    return true;
}

static bool is_option(pl_str item)
{
    return item.n > 1 && item.p[0] == '-';
}

/* array: the array's own name; option: the element before when that is an option, else empty. */
static pl_rc put_item(const pl_redact_out *o, pl_str array, pl_str option, pl_str item,
                      const pl_secret_hit *in_line, pl_err *err)
{
    pl_str name = PL_S("");
    pl_str value = item;
    bool is_pair = !pl_secrets_is_name(o->secrets, array) && cut_pair(item, &name, &value);
    pl_str judged_by = is_pair ? name : option.n && !is_option(item) ? option : array;
    pl_redact_verdict v;
    pl_rc rc = pl_redact_judge(o->secrets, judged_by, value, &v, err);

    if (rc)
        return rc;
    if (!v.is_redacted && in_line)
        v = (pl_redact_verdict){true, in_line->kind, 0};
    if (v.is_redacted)
        return put_redacted(o, &v, name, value, err);
    /* The name may be hostile as well. */
    if (is_pair && ((rc = pl_redact_judge(o->secrets, PL_S(""), name, &v, err)) || v.is_redacted))
        return rc ? rc : put_redacted(o, &v, PL_S(""), item, err);
    pl_json_quote(o->out, item);
    return PL_OK;
}

static pl_rc walk_array(const pl_redact_out *o, pl_str name, const json_t *v, unsigned depth,
                        pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REDACT_ARENA);
    struct line l = {.at = 0};
    pl_str option = PL_S("");
    pl_rc rc = a ? read_line(o, v, a, &l, err) : pl_fail(err, PL_NOMEM, "array of a document");

    pl_buf_ch(o->out, '[');
    for (size_t i = 0; !rc && i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        pl_str text = json_is_string(item) ? text_of(item) : PL_S("");
        if (i)
            pl_buf_ch(o->out, ',');
        if (json_is_string(item))
            rc = put_item(o, name, option, text, hit_in_next(&l, text.n), err);
        else
            rc = walk(o, name, item, depth + 1, err);
        option = is_option(text) ? text : PL_S("");
    }
    pl_buf_ch(o->out, ']');
    pl_buf_done(&l.text);
    return rc;
}

static pl_rc walk(const pl_redact_out *o, pl_str name, const json_t *v, unsigned depth, pl_err *err)
{
    if (depth > PL_REDACT_DEPTH)
        return pl_fail(err, PL_LIMIT, "document is deeper than %d levels", PL_REDACT_DEPTH);
    if (json_is_object(v))
        return walk_object(o, v, depth, err);
    if (json_is_array(v))
        return walk_array(o, name, v, depth, err);
    if (json_is_string(v))
        return put_string(o, name, text_of(v), err);
    return put_scalar(o, name, v, err);
}

pl_rc pl_redact_walk(const pl_redact_out *o, const json_t *doc, pl_err *err)
{
    return walk(o, PL_S(""), doc, 0, err);
}
