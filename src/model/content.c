/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content_private.h"

#include "core/hash.h"

#include <stddef.h>
#include <string.h>

enum { CONTENT_BUDGET = 64 << 20 };

static bool is_same_list(const pl_list *a, const pl_list *b)
{
    bool same = a->n == b->n && a->is_unset == b->is_unset && pl_str_eq(a->help, b->help);

    for (size_t i = 0; same && i < a->n; i++)
        same = pl_str_eq(a->items[i], b->items[i]);
    return same;
}

/* One that takes the place of ours stays where ours was, so that what follows sees it. */
static pl_rc add_list(pl_loader *l, const pl_yaml *item, const pl_list *list, pl_err *err)
{
    size_t at = 0;

    while (at < l->n_lists && !pl_str_eq(l->lists[at].name, list->name))
        at++;
    bool is_there = at < l->n_lists;
    if (is_there && l->lists[at].is_policy != list->is_policy)
        return pl_bind_fail(err, &l->file, item, "%.*s is a %s already", PL_F(list->name),
                            list->is_policy ? "list" : "policy parameter");
    const pl_loader_item what = {list->is_policy ? "policy" : "list", list->name, is_there,
                                 at < PL_LOADER_BASE(l, lists),
                                 is_there && is_same_list(&l->lists[at], list)};
    pl_rc rc = pl_loader_note(l, item, &what, NULL, err);
    if (!rc && !is_there && !PL_LOADER_PUSH(l, lists))
        rc = pl_bind_fail(err, &l->file, item, "too much content");
    if (!rc)
        l->lists[at] = *list;
    return rc;
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
    size_t at = 0;
    while (at < l->n_macros && !pl_str_eq(l->macros[at].name, raw.name))
        at++;
    bool is_there = at < l->n_macros;
    const pl_loader_item what = {"macro", raw.name, is_there, at < PL_LOADER_BASE(l, macros),
                                 is_there && pl_str_eq(l->macros[at].condition, raw.condition)};
    rc = pl_loader_note(l, item, &what, NULL, err);
    if (!rc && !is_there && !PL_LOADER_PUSH(l, macros))
        rc = pl_bind_fail(err, &l->file, item, "too much content");
    if (!rc)
        l->macros[at] = raw;
    return rc;
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
} folders[] = {{"frameworks/", pl_load_framework},
               {"containers/", pl_load_effects},
               {"checks/", load_items},
               {"coverage/", pl_load_shown},
               {"profiles/", pl_load_profile}};

static pl_rc load_file(pl_loader *l, const pl_content_file *f, size_t folder, pl_err *err)
{
    pl_yaml *doc = NULL;

    l->file.name = f->shown ? f->shown : f->name;
    pl_rc rc = pl_yaml_parse(l->file.arena, (pl_str){(const char *)f->p, f->n}, &doc, err);
    if (rc)
        return pl_wrap(err, rc, "%s", l->file.name);
    return folders[folder].load(l, doc, err);
}

/* What our scripts show is nothing that a folder of the user's could say. Frameworks first, so that
 * a check's mapping can be held against them; what names checks and parameters behind these. */
static pl_rc load_files(pl_loader *l, const pl_content_file *const *order, pl_err *err)
{
    for (size_t k = 0; k < PL_COUNT(folders); k++)
        for (size_t i = 0; order[i]; i++) {
            pl_str name = pl_str_c(order[i]->name);
            if (!pl_str_starts(name, pl_str_c(folders[k].folder)) ||
                !pl_str_ends(name, PL_S(".yaml")) || (l->base && folders[k].load == pl_load_shown))
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
        hit->where = policy[i].where.n ? policy[i].where : PL_S("policy");
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

/* Of content that is read over other content, the digest of that is in it. */
static pl_rc digest_files(const pl_content_file *const *order, const pl_content *base,
                          char ret[PL_HASH_HEX], pl_err *err)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    unsigned char sum[PL_SHA256];

    if (!h)
        return pl_fail(err, PL_NOMEM, "digest of the content");
    if (base)
        pl_sha256_add(h, base->digest, sizeof(base->digest));
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

static bool copy(pl_arena *a, const void *from, size_t n, size_t size, void **ret, size_t *ret_n)
{
    *ret = pl_arena_calloc(a, n + 1, size);
    if (*ret && n)
        memcpy(*ret, from, n * size);
    *ret_n = n;
    return *ret != NULL;
}

/* The rows of frameworks, too, since effects are written into them. */
static bool copy_requirements(pl_loader *l)
{
    for (size_t i = 0; i < l->n_frameworks; i++) {
        void *rows = NULL;
        if (!copy(l->file.arena, l->frameworks[i].requirements, l->frameworks[i].n,
                  sizeof(pl_requirement), &rows, &l->frameworks[i].n))
            return false;
        l->frameworks[i].requirements = rows;
    }
    return true;
}

/* Arrays of the base are copied, with no room at their end. */
static pl_rc start_from(pl_loader *l, pl_err *err)
{
#define COPY(what)                                                                                 \
    (copy(l->file.arena, l->base->what, l->base->n_##what, sizeof(*l->what), (void **)&l->what,    \
          &l->n_##what) &&                                                                         \
     (l->room_##what = l->n_##what, true))
    bool good = COPY(checks) && COPY(lists) && COPY(macros) && COPY(frameworks) && COPY(effects) &&
                COPY(profiles) && copy_requirements(l);
#undef COPY
    return good ? PL_OK : pl_fail(err, PL_LIMIT, "content: too much of it");
}

static void take(const pl_loader *l, pl_content *c)
{
    c->checks = l->checks, c->n_checks = l->n_checks;
    c->lists = l->lists, c->n_lists = l->n_lists;
    c->macros = l->macros, c->n_macros = l->n_macros;
    c->frameworks = l->frameworks, c->n_frameworks = l->n_frameworks;
    c->effects = l->effects, c->n_effects = l->n_effects;
    c->profiles = l->profiles, c->n_profiles = l->n_profiles;
    c->changes = l->changes, c->n_changes = l->n_changes;
}

pl_rc pl_content_load_over(const pl_schema *schema, const pl_content *base,
                           const pl_content_file *files, const pl_policy_value *policy,
                           size_t n_policy, pl_content *ret, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(CONTENT_BUDGET);
    PL_AUTO_FREE const pl_content_file **order = sort_files(files);
    if (!a || !order)
        return pl_fail(err, PL_NOMEM, "content");

    pl_loader l = {.schema = schema, .file = {.arena = a}, .base = base};
    pl_content c = {0};
    pl_rc rc = base ? start_from(&l, err) : PL_OK;
    if (!rc)
        rc = load_files(&l, order, err);
    if (!rc)
        rc = pl_content_apply_policy(a, l.lists, l.n_lists, policy, n_policy, err);
    if (!rc)
        rc = digest_files(order, base, c.digest, err);
    if (rc)
        return pl_wrap(err, rc, "content");
    take(&l, &c);
    c.arena = PL_TAKE(a, NULL);
    *ret = c;
    return PL_OK;
}

pl_rc pl_content_load(const pl_schema *schema, const pl_content_file *files,
                      const pl_policy_value *policy, size_t n_policy, pl_content *ret, pl_err *err)
{
    return pl_content_load_over(schema, NULL, files, policy, n_policy, ret, err);
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

const pl_effect *pl_content_effect(const pl_content *c, pl_str id)
{
    for (size_t i = 0; id.n && i < c->n_effects; i++)
        if (pl_str_eq(c->effects[i].id, id))
            return &c->effects[i];
    return NULL;
}
