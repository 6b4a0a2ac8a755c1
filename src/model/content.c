/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content_private.h"

#include "core/hash.h"

#include <stddef.h>
#include <string.h>

enum { CONTENT_BUDGET = 64 << 20 };

void *pl_loader_push(pl_arena *a, void **array, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 64;
        void *p = pl_arena_calloc(a, more, size);
        if (!p)
            return NULL;
        if (*n)
            memcpy(p, *array, *n * size);
        *array = p;
        *room = more;
    }
    return (char *)*array + size * (*n)++;
}

#define PUSH(l, what)                                                                              \
    pl_loader_push((l)->file.arena, (void **)&(l)->what, &(l)->n_##what, &(l)->room_##what,        \
                   sizeof(*(l)->what))

static const pl_list *find_list(const pl_loader *l, pl_str name)
{
    for (size_t i = 0; i < l->n_lists; i++)
        if (pl_str_eq(l->lists[i].name, name))
            return &l->lists[i];
    return NULL;
}

static pl_rc add_list(pl_loader *l, const pl_yaml *item, const pl_list *list, pl_err *err)
{
    if (find_list(l, list->name))
        return pl_bind_fail(err, &l->file, item, "list %.*s stands twice", PL_F(list->name));
    pl_list *to = PUSH(l, lists);
    if (!to)
        return pl_bind_fail(err, &l->file, item, "too much content");
    *to = *list;
    return PL_OK;
}

static pl_rc load_list(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    struct raw {
        pl_str name, help;
        pl_strs items;
    } raw = {0};
    static const pl_binding keys[] = {
        {"list", PL_BIND_STR, true, offsetof(struct raw, name)},
        {"items", PL_BIND_STRS, true, offsetof(struct raw, items)},
        {"help", PL_BIND_STR, false, offsetof(struct raw, help)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, item, keys, &raw, err);
    pl_list list = {.name = raw.name, .items = raw.items.v, .n = raw.items.n, .help = raw.help};
    return rc ? rc : add_list(l, item, &list, err);
}

static pl_rc load_policy(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    struct raw {
        pl_str name, help;
        const pl_yaml *value;
    } raw = {0};
    static const pl_binding keys[] = {
        {"policy", PL_BIND_STR, true, offsetof(struct raw, name)},
        {"default", PL_BIND_NODE, true, offsetof(struct raw, value)},
        {"help", PL_BIND_STR, true, offsetof(struct raw, help)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, item, keys, &raw, err);
    if (rc)
        return rc;

    pl_list list = {.name = raw.name, .help = raw.help, .is_policy = true};
    list.is_unset = pl_yaml_is_null(raw.value);
    if (!list.is_unset) {
        pl_strs items;
        if ((rc = pl_bind_strs(&l->file, raw.value, &items, err)))
            return rc;
        list.items = items.v;
        list.n = items.n;
    }
    return add_list(l, item, &list, err);
}

static pl_rc load_macro(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    pl_macro raw = {0};
    static const pl_binding keys[] = {
        {"macro", PL_BIND_STR, true, offsetof(pl_macro, name)},
        {"condition", PL_BIND_STR, true, offsetof(pl_macro, condition)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, item, keys, &raw, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < l->n_macros; i++)
        if (pl_str_eq(l->macros[i].name, raw.name))
            return pl_bind_fail(err, &l->file, item, "macro %.*s stands twice", PL_F(raw.name));
    pl_macro *to = PUSH(l, macros);
    if (!to)
        return pl_bind_fail(err, &l->file, item, "too much content");
    *to = raw;
    return PL_OK;
}

static pl_rc load_item(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    static const struct {
        const char *key;
        pl_rc (*load)(pl_loader *, const pl_yaml *, pl_err *);
    } kinds[] = {{"check", pl_load_check},
                 {"list", load_list},
                 {"policy", load_policy},
                 {"macro", load_macro}};

    if (item->type == PL_YAML_MAPPING && item->n)
        for (size_t i = 0; i < PL_COUNT(kinds); i++)
            if (pl_str_eq(item->items[0].text, pl_str_c(kinds[i].key)))
                return kinds[i].load(l, item, err);
    return pl_bind_fail(err, &l->file, item, "an item begins with check, list, policy or macro");
}

static pl_rc load_items(pl_loader *l, const pl_yaml *doc, pl_err *err)
{
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &l->file, doc, "expected a sequence of items");
    for (size_t i = 0; i < doc->n; i++) {
        pl_rc rc = load_item(l, &doc->items[i], err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* Which files are ours, by the folder they lie in; the rest of content/ has other readers. */
static const struct {
    const char *folder;
    pl_rc (*load)(pl_loader *, const pl_yaml *, pl_err *);
} folders[] = {{"frameworks/", pl_load_framework}, {"checks/", load_items}};

static pl_rc load_file(pl_loader *l, const pl_content_file *f, size_t folder, pl_err *err)
{
    pl_yaml *doc = NULL;

    l->file.name = f->shown ? f->shown : f->name;
    pl_rc rc = pl_yaml_parse(l->file.arena, (pl_str){(const char *)f->p, f->n}, &doc, err);
    if (rc)
        return pl_wrap(err, rc, "%s", l->file.name);
    return folders[folder].load(l, doc, err);
}

/* Frameworks first, so that a check's mapping can be held against them. */
static pl_rc load_files(pl_loader *l, const pl_content_file *const *order, pl_err *err)
{
    for (size_t k = 0; k < PL_COUNT(folders); k++)
        for (size_t i = 0; order[i]; i++) {
            pl_str name = pl_str_c(order[i]->name);
            if (!pl_str_starts(name, pl_str_c(folders[k].folder)) ||
                !pl_str_ends(name, PL_S(".yaml")))
                continue;
            pl_rc rc = load_file(l, order[i], k, err);
            if (rc)
                return rc;
        }
    return PL_OK;
}

static pl_rc unknown_parameter(pl_arena *a, const pl_list *lists, size_t n,
                               const pl_policy_value *v, pl_err *err)
{
    const char *words[256] = {0};
    size_t k = 0;

    for (size_t i = 0; i < n && k < PL_COUNT(words) - 1; i++) {
        char *word = lists[i].is_policy ? pl_arena_calloc(a, lists[i].name.n + 1, 1) : NULL;
        if (!word)
            continue;
        memcpy(word, lists[i].name.p, lists[i].name.n);
        words[k++] = word;
    }
    const char *near = pl_nearest_word(v->name, words);
    return pl_fail(err, PL_USAGE, "%.*s%spolicy: unknown parameter \"%.*s\"%s%s%s", PL_F(v->where),
                   v->where.n ? ": " : "", PL_F(v->name), near ? " (did you mean \"" : "",
                   near ? near : "", near ? "\"?)" : "");
}

pl_rc pl_content_apply_policy(pl_arena *a, pl_list *lists, size_t n_lists,
                              const pl_policy_value *policy, size_t n, pl_err *err)
{
    for (size_t i = 0; i < n; i++) {
        pl_list *hit = NULL;
        for (size_t j = 0; j < n_lists; j++)
            if (lists[j].is_policy && pl_str_eq(lists[j].name, policy[i].name))
                hit = &lists[j];
        if (!hit)
            return unknown_parameter(a, lists, n_lists, &policy[i], err);
        hit->items = policy[i].items;
        hit->n = policy[i].n;
        hit->is_unset = false;
    }
    return PL_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const pl_content_file *const *)a)->name,
                  (*(const pl_content_file *const *)b)->name);
}

/* By name: lists and macros see those before them, whatever order a folder was read in. NULL at
 * the end; NULL itself: no memory. */
static const pl_content_file **sort_files(const pl_content_file *files)
{
    size_t n = 0;
    while (files[n].name)
        n++;
    const pl_content_file **order = calloc(n + 1, sizeof(const pl_content_file *));
    if (!order)
        return NULL;
    for (size_t i = 0; i < n; i++)
        order[i] = &files[i];
    qsort(order, n, sizeof(*order), by_name);
    return order;
}

static pl_rc digest_files(const pl_content_file *const *order, char ret[PL_HASH_HEX], pl_err *err)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    unsigned char sum[PL_SHA256];

    if (!h)
        return pl_fail(err, PL_NOMEM, "digest of the content");
    for (size_t i = 0; order[i]; i++) {
        char head[32];
        int len = snprintf(head, sizeof(head), "%zu:", order[i]->n);
        pl_sha256_add(h, order[i]->name, strlen(order[i]->name) + 1);
        pl_sha256_add(h, head, (size_t)len);
        pl_sha256_add(h, order[i]->p, order[i]->n);
    }
    pl_sha256_end(h, sum);
    pl_hex(sum, sizeof(sum), ret);
    return PL_OK;
}

pl_rc pl_content_load(const pl_schema *schema, const pl_content_file *files,
                      const pl_policy_value *policy, size_t n_policy, pl_content *ret, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(CONTENT_BUDGET);
    PL_AUTO_FREE const pl_content_file **order = sort_files(files);
    if (!a || !order)
        return pl_fail(err, PL_NOMEM, "content");

    pl_loader l = {.schema = schema, .file = {.arena = a}};
    pl_content c = {0};
    pl_rc rc = load_files(&l, order, err);
    if (!rc)
        rc = pl_content_apply_policy(a, l.lists, l.n_lists, policy, n_policy, err);
    if (!rc)
        rc = digest_files(order, c.digest, err);
    if (rc)
        return pl_wrap(err, rc, "content");

    c.checks = l.checks, c.n_checks = l.n_checks;
    c.lists = l.lists, c.n_lists = l.n_lists;
    c.macros = l.macros, c.n_macros = l.n_macros;
    c.frameworks = l.frameworks, c.n_frameworks = l.n_frameworks;
    c.arena = PL_TAKE(a, NULL);
    *ret = c;
    return PL_OK;
}

void pl_content_done(pl_content *c)
{
    pl_arena_free(c->arena);
    *c = (pl_content){0};
}

const pl_check *pl_content_check(const pl_content *c, pl_str id)
{
    for (size_t i = 0; i < c->n_checks; i++)
        if (pl_str_eq(c->checks[i].id, id))
            return &c->checks[i];
    return NULL;
}

const pl_framework *pl_content_framework(const pl_content *c, pl_str id)
{
    for (size_t i = 0; i < c->n_frameworks; i++)
        if (pl_str_eq(c->frameworks[i].id, id))
            return &c->frameworks[i];
    return NULL;
}
