/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_tree.h"

#include "core/json_rd.h"

#include <string.h>

struct tree {
    pl_json_rd r;
    pl_arena *a;
    size_t left; /* nodes */
    bool is_full;
};

/* Nodes of one level while their number is not known yet. */
struct list {
    pl_yaml *v;
    size_t n, room;
};

static bool read_value(struct tree *t, pl_yaml *ret);

static bool full(struct tree *t)
{
    t->is_full = true;
    pl_json_fail(&t->r, "too much");
    return false;
}

static pl_yaml *push(struct tree *t, struct list *l)
{
    if (t->left == 0) {
        (void)full(t);
        return NULL;
    }
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 8;
        pl_yaml *more = pl_arena_calloc(t->a, room, sizeof(*more));
        if (!more) {
            (void)full(t);
            return NULL;
        }
        if (l->n)
            memcpy(more, l->v, l->n * sizeof(*more));
        l->v = more;
        l->room = room;
    }
    t->left--;
    return &l->v[l->n++];
}

static bool has_key(const struct list *l, pl_str key)
{
    for (size_t i = 0; i + 1 < l->n; i += 2)
        if (pl_str_eq(l->v[i].text, key))
            return true;
    return false;
}

static bool read_string(struct tree *t, pl_str *ret)
{
    return pl_json_string(&t->r, t->a, SIZE_MAX, ret);
}

/* Keys are compared as they stand between their quotes; one with an escape is undone for the tree.
 */
static pl_str undone(struct tree *t, pl_str raw)
{
    pl_str text = raw;

    if (!raw.n || !memchr(raw.p, '\\', raw.n))
        return raw;
    pl_json_rd r = pl_json_rd_of((pl_str){raw.p - 1, raw.n + 2});
    if (!pl_json_string(&r, t->a, SIZE_MAX, &text))
        pl_json_fail(&t->r, "key is no text");
    return text;
}

static bool read_object(struct tree *t, pl_yaml *ret)
{
    struct list l = {0};

    if (!pl_json_enter_object(&t->r))
        return false;
    for (pl_str raw; pl_json_key(&t->r, &raw);) {
        pl_str key = undone(t, raw);
        if (l.n / 2 >= PL_YAML_KEYS)
            return full(t);
        if (has_key(&l, key)) {
            pl_json_fail(&t->r, "a key stands twice");
            return false;
        }
        pl_yaml *k = push(t, &l);
        if (k)
            *k = (pl_yaml){.type = PL_YAML_SCALAR, .text = key, .weight = 1};
        pl_yaml *v = k ? push(t, &l) : NULL;
        size_t at = l.n - 1;
        pl_yaml value = {0};
        if (!v || !read_value(t, &value))
            return false;
        l.v[at] = value;
    }
    *ret = (pl_yaml){.type = PL_YAML_MAPPING, .n = l.n / 2, .items = l.v};
    return !t->r.is_bad;
}

static bool read_array(struct tree *t, pl_yaml *ret)
{
    struct list l = {0};

    if (!pl_json_enter_array(&t->r))
        return false;
    while (pl_json_item(&t->r)) {
        pl_yaml value = {0};
        if (!push(t, &l))
            return false;
        size_t at = l.n - 1;
        if (!read_value(t, &value))
            return false;
        l.v[at] = value;
    }
    *ret = (pl_yaml){.type = PL_YAML_SEQUENCE, .n = l.n, .items = l.v};
    return !t->r.is_bad;
}

/* A number, true, false or null, as it is written. */
static bool read_plain(struct tree *t, pl_yaml *ret)
{
    (void)pl_json_peek(&t->r); /* past white space */
    const char *from = t->r.p;
    pl_json_skip(&t->r);
    pl_str text = pl_str_trim((pl_str){from, (size_t)(t->r.p - from)});
    *ret = (pl_yaml){.type = PL_YAML_SCALAR, .is_plain = true, .text = text, .weight = 1};
    return !t->r.is_bad;
}

static bool read_value(struct tree *t, pl_yaml *ret)
{
    pl_str text = {0};

    switch (pl_json_peek(&t->r)) {
    case '{':
        return read_object(t, ret);
    case '[':
        return read_array(t, ret);
    case '"':
        if (!read_string(t, &text))
            return false;
        *ret = (pl_yaml){.type = PL_YAML_SCALAR, .text = text, .weight = 1};
        return true;
    default:
        return read_plain(t, ret);
    }
}

pl_rc pl_json_tree(pl_arena *a, pl_str json, size_t max, pl_yaml *ret, pl_err *err)
{
    struct tree t = {.r = pl_json_rd_of(json), .a = a, .left = max};
    pl_yaml root = {0};
    bool is_read = read_value(&t, &root);

    if (t.is_full)
        return pl_fail(err, PL_LIMIT, "JSON of more than %zu nodes, or too large for its budget",
                       max);
    if (!is_read || !pl_json_done(&t.r))
        return pl_fail(err, PL_FORMAT, "JSON: %s, at byte %td", t.r.why ? t.r.why : "malformed",
                       t.r.p - t.r.start);
    *ret = root;
    return PL_OK;
}
