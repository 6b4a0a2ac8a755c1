/* SPDX-License-Identifier: Apache-2.0 */
#include "core/yaml_tree.h"

#include <string.h>

#include <yaml.h>

/* A node under construction: its children are collected in a list and copied when it ends. */
struct cell {
    pl_yaml node;
    struct cell *next;
};

struct level {
    pl_yaml node;
    pl_str anchor;
    struct cell *first, *last;
    size_t n;
};

struct anchor {
    pl_str name;
    pl_yaml node;
};

struct reader {
    pl_arena *arena;
    yaml_parser_t parser;
    struct level levels[PL_YAML_STREAM_DEPTH + 1];
    unsigned depth; /* open collections; level 0 holds the documents */
    size_t nodes;
    size_t documents;
    bool is_stream;         /* of others: aliases and several documents are taken */
    struct anchor *anchors; /* PL_YAML_ANCHORS of them, once there is one; the newest last */
    size_t n_anchors;
};

static pl_rc add(struct reader *r, const pl_yaml *node, pl_err *err)
{
    struct level *l = &r->levels[r->depth];
    struct cell *c = ++r->nodes > PL_YAML_NODES ? NULL : PL_NEW(r->arena, struct cell);

    if (!c)
        return pl_fail(err, PL_LIMIT, "line %d: document is too large", node->line);
    c->node = *node;
    if (l->last)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
    l->n++;
    return PL_OK;
}

static pl_rc text_of(struct reader *r, const yaml_char_t *p, size_t n, pl_str *ret, pl_err *err)
{
    *ret = pl_arena_str(r->arena, (pl_str){(const char *)p, n});
    return ret->p ? PL_OK : pl_fail(err, PL_LIMIT, "document is too large");
}

static pl_rc tag_of(struct reader *r, const yaml_char_t *tag, pl_str *ret, pl_err *err)
{
    *ret = (pl_str){"", 0};
    if (!tag || tag[0] != '!' || tag[1] == '\0')
        return PL_OK;
    return text_of(r, tag, strlen((const char *)tag), ret, err);
}

/* ---- anchors and aliases ---- */

static pl_rc anchor_of(struct reader *r, const yaml_char_t *name, int line, pl_str *ret,
                       pl_err *err)
{
    *ret = (pl_str){"", 0};
    if (!name)
        return PL_OK;
    if (!r->is_stream)
        return pl_fail(err, PL_FORMAT, "line %d: anchors are not used here", line);
    return text_of(r, name, strlen((const char *)name), ret, err);
}

static pl_rc keep_anchor(struct reader *r, pl_str name, const pl_yaml *node, pl_err *err)
{
    if (!name.n)
        return PL_OK;
    if (r->n_anchors == PL_YAML_ANCHORS)
        return pl_fail(err, PL_LIMIT, "line %d: more than %d anchors", node->line, PL_YAML_ANCHORS);
    if (!r->anchors)
        r->anchors = pl_arena_calloc(r->arena, PL_YAML_ANCHORS, sizeof(*r->anchors));
    if (!r->anchors)
        return pl_fail(err, PL_LIMIT, "document is too large");
    r->anchors[r->n_anchors++] = (struct anchor){name, *node};
    return PL_OK;
}

/* A collection that is still open has no anchor yet, so nothing can hold itself. */
static pl_rc alias(struct reader *r, const yaml_char_t *name, int line, pl_err *err)
{
    pl_str wanted = pl_str_c((const char *)name);

    if (!r->is_stream)
        return pl_fail(err, PL_FORMAT, "line %d: aliases are not used here", line);
    for (size_t i = r->n_anchors; i > 0; i--)
        if (pl_str_eq(r->anchors[i - 1].name, wanted))
            return add(r, &r->anchors[i - 1].node, err);
    return pl_fail(err, PL_FORMAT, "line %d: alias *%.*s names nothing that came before", line,
                   PL_F(pl_str_sub(wanted, 0, 60)));
}

/* ---- nodes ---- */

static pl_rc scalar(struct reader *r, const yaml_event_t *e, const pl_yaml *at, pl_err *err)
{
    pl_yaml node = *at;
    pl_str anchor;

    node.type = PL_YAML_SCALAR;
    node.weight = 1;
    node.is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    pl_rc rc = anchor_of(r, e->data.scalar.anchor, at->line, &anchor, err);
    if (!rc)
        rc = text_of(r, e->data.scalar.value, e->data.scalar.length, &node.text, err);
    if (!rc)
        rc = tag_of(r, e->data.scalar.tag, &node.tag, err);
    if (!rc)
        rc = keep_anchor(r, anchor, &node, err);
    return rc ? rc : add(r, &node, err);
}

static pl_rc open_collection(struct reader *r, pl_yaml_type type, const yaml_char_t *anchor,
                             const yaml_char_t *tag, const pl_yaml *at, pl_err *err)
{
    const unsigned most = r->is_stream ? PL_YAML_STREAM_DEPTH : PL_YAML_DEPTH;

    if (r->depth >= most)
        return pl_fail(err, PL_LIMIT, "line %d: nested deeper than %u", at->line, most);
    struct level *l = &r->levels[++r->depth];
    *l = (struct level){.node = *at};
    l->node.type = type;
    pl_rc rc = anchor_of(r, anchor, at->line, &l->anchor, err);
    return rc ? rc : tag_of(r, tag, &l->node.tag, err);
}

/* ---- merge keys ---- */

static bool has_key(const pl_yaml *map, pl_str key)
{
    for (size_t i = 0; i < map->n; i++)
        if (pl_str_eq(map->items[2 * i].text, key))
            return true;
    return false;
}

static bool is_merge(const pl_yaml *key)
{
    return key->type == PL_YAML_SCALAR && key->is_plain && pl_str_eq(key->text, PL_S("<<"));
}

/* Behind the map's own pairs, which win; room was made for all. */
static void merge_pairs(pl_yaml *map, const pl_yaml *from)
{
    for (size_t i = 0; from->type == PL_YAML_MAPPING && i < from->n; i++) {
        const pl_yaml *pair = &from->items[2 * i];
        if (has_key(map, pair->text))
            continue;
        map->items[2 * map->n] = pair[0];
        map->items[2 * map->n + 1] = pair[1];
        map->n++;
    }
}

static size_t pairs_in(const pl_yaml *v)
{
    size_t n = v->type == PL_YAML_MAPPING ? v->n : 0;

    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++)
        n += v->items[i].type == PL_YAML_MAPPING ? v->items[i].n : 0;
    return n;
}

/* Replaces the key `<<` by the pairs that it names. */
static pl_rc merge(struct reader *r, pl_yaml *map, pl_err *err)
{
    size_t at = 0;

    while (at < map->n && !is_merge(&map->items[2 * at]))
        at++;
    if (at == map->n)
        return PL_OK;
    pl_yaml value = map->items[2 * at + 1];
    size_t room = map->n + pairs_in(&value);
    pl_yaml *items =
        room > PL_YAML_KEYS ? NULL : pl_arena_calloc(r->arena, room, 2 * sizeof(*items));
    if (!items)
        return pl_fail(err, PL_LIMIT, "line %d: more than %d keys", map->line, PL_YAML_KEYS);
    memcpy(items, map->items, 2 * at * sizeof(*items));
    memcpy(items + 2 * at, map->items + 2 * at + 2, 2 * (map->n - at - 1) * sizeof(*items));
    map->items = items;
    map->n--;
    merge_pairs(map, &value);
    for (size_t i = 0; value.type == PL_YAML_SEQUENCE && i < value.n; i++)
        merge_pairs(map, &value.items[i]);
    return PL_OK;
}

static pl_rc no_duplicate_keys(const pl_yaml *map, pl_err *err)
{
    if (map->n > PL_YAML_KEYS)
        return pl_fail(err, PL_LIMIT, "line %d: more than %d keys", map->line, PL_YAML_KEYS);
    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        if (key->type != PL_YAML_SCALAR)
            return pl_fail(err, PL_FORMAT, "line %d: a key must be a word", key->line);
        for (size_t k = 0; k < i; k++)
            if (pl_str_eq(map->items[2 * k].text, key->text))
                return pl_fail(err, PL_FORMAT, "line %d: key \"%.*s\" stands twice", key->line,
                               PL_F(key->text));
    }
    return PL_OK;
}

/* An alias counts as often as it is used, so that nobody walks a few lines for hours. */
static pl_rc weigh(pl_yaml *node, pl_err *err)
{
    size_t n = node->type == PL_YAML_MAPPING ? 2 * node->n : node->n;

    node->weight = 1;
    for (size_t i = 0; i < n; i++) {
        node->weight += node->items[i].weight;
        if (node->weight > PL_YAML_NODES)
            return pl_fail(err, PL_LIMIT, "line %d: more than %d nodes, aliases followed",
                           node->line, PL_YAML_NODES);
    }
    return PL_OK;
}

static pl_rc close_collection(struct reader *r, pl_err *err)
{
    struct level *l = &r->levels[r->depth];
    pl_yaml *items = pl_arena_calloc(r->arena, l->n ? l->n : 1, sizeof(*items));
    size_t i = 0;
    pl_rc rc = PL_OK;

    if (!items)
        return pl_fail(err, PL_LIMIT, "line %d: document is too large", l->node.line);
    for (struct cell *c = l->first; c; c = c->next)
        items[i++] = c->node;
    l->node.items = items;
    l->node.n = l->node.type == PL_YAML_MAPPING ? l->n / 2 : l->n;
    if (l->node.type == PL_YAML_MAPPING)
        rc = no_duplicate_keys(&l->node, err);
    if (!rc && r->is_stream && l->node.type == PL_YAML_MAPPING)
        rc = merge(r, &l->node, err);
    if (!rc)
        rc = weigh(&l->node, err);
    if (!rc)
        rc = keep_anchor(r, l->anchor, &l->node, err);
    if (rc)
        return rc;
    r->depth--;
    return add(r, &l->node, err);
}

static pl_rc begin_document(struct reader *r, int line, pl_err *err)
{
    r->n_anchors = 0;
    if (r->documents++ && !r->is_stream)
        return pl_fail(err, PL_FORMAT, "line %d: a second document", line);
    if (r->documents > PL_YAML_DOCUMENTS)
        return pl_fail(err, PL_LIMIT, "line %d: more than %d documents", line, PL_YAML_DOCUMENTS);
    return PL_OK;
}

static pl_rc handle(struct reader *r, const yaml_event_t *e, pl_err *err)
{
    const pl_yaml at = {.line = (int)e->start_mark.line + 1,
                        .column = (int)e->start_mark.column + 1};

    /* NOLINTNEXTLINE: the events without content need no action */
    switch ((int)e->type) {
    case YAML_SCALAR_EVENT:
        return scalar(r, e, &at, err);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(r, PL_YAML_SEQUENCE, e->data.sequence_start.anchor,
                               e->data.sequence_start.tag, &at, err);
    case YAML_MAPPING_START_EVENT:
        return open_collection(r, PL_YAML_MAPPING, e->data.mapping_start.anchor,
                               e->data.mapping_start.tag, &at, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(r, err);
    case YAML_ALIAS_EVENT:
        return alias(r, e->data.alias.anchor, at.line, err);
    case YAML_DOCUMENT_START_EVENT:
        return begin_document(r, at.line, err);
    default:
        return PL_OK;
    }
}

static pl_rc read_events(struct reader *r, pl_err *err)
{
    for (;;) {
        yaml_event_t e;
        if (!yaml_parser_parse(&r->parser, &e))
            return pl_fail(err, PL_FORMAT, "line %zu: %s", r->parser.problem_mark.line + 1,
                           r->parser.problem ? r->parser.problem : "not YAML");
        bool last = e.type == YAML_STREAM_END_EVENT;
        pl_rc rc = handle(r, &e, err);
        yaml_event_delete(&e);
        if (rc || last)
            return rc;
    }
}

static pl_rc read_text(struct reader *r, pl_str text, pl_err *err)
{
    if (!yaml_parser_initialize(&r->parser))
        return pl_fail(err, PL_NOMEM, "YAML parser");
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text.p, text.n);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    pl_rc rc = read_events(r, err);
    yaml_parser_delete(&r->parser);
    return rc;
}

pl_rc pl_yaml_parse(pl_arena *a, pl_str text, pl_yaml **ret, pl_err *err)
{
    struct reader r = {.arena = a};
    pl_rc rc = read_text(&r, text, err);
    if (rc)
        return rc;

    pl_yaml *root = PL_NEW(a, pl_yaml);
    if (!root)
        return pl_fail(err, PL_LIMIT, "document is too large");
    *root =
        r.levels[0].first ? r.levels[0].first->node : (pl_yaml){.type = PL_YAML_MAPPING, .line = 1};
    *ret = root;
    return PL_OK;
}

pl_rc pl_yaml_stream(pl_arena *a, pl_str text, pl_yaml_documents *ret, pl_err *err)
{
    struct reader r = {.arena = a, .is_stream = true};
    pl_rc rc = read_text(&r, text, err);
    pl_yaml *v = pl_arena_calloc(a, r.levels[0].n + 1, sizeof(*v));

    *ret = (pl_yaml_documents){.v = v};
    if (!v)
        return rc ? rc : pl_fail(err, PL_LIMIT, "document is too large");
    for (struct cell *c = r.levels[0].first; c; c = c->next)
        if (!pl_yaml_is_null(&c->node))
            v[ret->n++] = c->node;
    return rc;
}

const pl_yaml *pl_yaml_get(const pl_yaml *map, const char *key)
{
    if (!map || map->type != PL_YAML_MAPPING)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (pl_str_eq(map->items[2 * i].text, pl_str_c(key)))
            return &map->items[2 * i + 1];
    return NULL;
}

bool pl_yaml_is_null(const pl_yaml *v)
{
    return v->type == PL_YAML_SCALAR && v->is_plain && v->tag.n == 0 &&
           (v->text.n == 0 || pl_str_eq(v->text, PL_S("~")) || pl_str_eq(v->text, PL_S("null")));
}

bool pl_yaml_bool(const pl_yaml *v, bool *ret)
{
    if (v->type != PL_YAML_SCALAR || !v->is_plain)
        return false;
    *ret = pl_str_eq(v->text, PL_S("true"));
    return *ret || pl_str_eq(v->text, PL_S("false"));
}

bool pl_yaml_int(const pl_yaml *v, int64_t *ret)
{
    uint64_t octal;

    if (v->type != PL_YAML_SCALAR || !v->is_plain)
        return false;
    if (!pl_str_starts(v->text, PL_S("0o")))
        return pl_str_i64(v->text, ret);
    if (!pl_str_u64_base(pl_str_sub(v->text, 2, v->text.n), 8, &octal) || octal > INT64_MAX)
        return false;
    *ret = (int64_t)octal;
    return true;
}

/* ---- did you mean ---- */

enum { WORD_MAX = 40 };

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance, one row at a time. */
static size_t distance(pl_str a, pl_str b)
{
    size_t row[WORD_MAX + 1];

    if (a.n > WORD_MAX || b.n > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= b.n; i++)
        row[i] = i;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            size_t above = row[k];
            row[k] = smallest(above + 1, row[k - 1] + 1, diagonal + (a.p[i - 1] != b.p[k - 1]));
            diagonal = above;
        }
    }
    return row[b.n];
}

const char *pl_nearest_word(pl_str written, const char *const *words)
{
    const char *best = NULL;
    size_t best_distance = written.n / 3 + 2;

    for (; *words; words++) {
        size_t d = distance(written, pl_str_c(*words));
        if (d < best_distance) {
            best = *words;
            best_distance = d;
        }
    }
    return best;
}
