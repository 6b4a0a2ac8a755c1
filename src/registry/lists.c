/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that come in pages: tags of a repository, repositories of a registry. */
#include "registry/image.h"

#include "registry/worker.h"

#include <string.h>

struct listing {
    pl_registry *c;
    pl_registry_question q;
    const char *key; /* of the list in the document */
    bool (*is_name)(pl_str s);
    pl_arena *a;
    pl_remote_list *to;
};

static pl_rc keep(struct listing *l, pl_str name, pl_err *err)
{
    pl_remote_list *to = l->to;

    if (to->n == PL_REGISTRY_NAMES)
        return pl_fail(err, PL_LIMIT, "over %d names (names)", PL_REGISTRY_NAMES);
    if (to->n == to->room) {
        size_t room = to->room ? to->room * 2 : 64;
        pl_str *items = pl_arena_calloc(l->a, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_LIMIT, "list does not fit its budget");
        if (to->n)
            memcpy(items, to->items, to->n * sizeof(*items));
        to->items = items;
        to->room = room;
    }
    to->items[to->n] = pl_arena_str(l->a, name);
    if (!to->items[to->n].p)
        return pl_fail(err, PL_LIMIT, "list does not fit its budget");
    to->n++;
    return PL_OK;
}

/* A page is parsed in memory of its own; its names are copied. */
static pl_rc read_page(struct listing *l, pl_str json, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *page = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    pl_names names = {0};
    pl_rc rc =
        page ? pl_jailed_names(json, l->key, page, &names, err) : pl_fail(err, PL_NOMEM, "list");

    for (size_t i = 0; !rc && i < names.n; i++) {
        if (l->is_name(names.items[i]))
            rc = keep(l, names.items[i], err);
        else
            l->to->n_malformed++;
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

/* Registries list by their file system's order, and pages may overlap: two scans must not differ by
 * that. */
static void sort(pl_remote_list *list)
{
    size_t n = 0;

    if (list->n)
        qsort(list->items, list->n, sizeof(*list->items), by_name);
    for (size_t i = 0; i < list->n; i++)
        if (i == 0 || !pl_str_eq(list->items[i], list->items[n - 1]))
            list->items[n++] = list->items[i];
    list->n = n;
}

static pl_rc read_pages(struct listing *l, pl_err *err)
{
    char next[PL_REGISTRY_QUERY_MAX + 1] = "";

    for (int page = 0; page < PL_REGISTRY_PAGES; page++) {
        PL_AUTO_BUF pl_buf body = {0};
        pl_registry_answer answer;
        l->q.name = pl_str_c(next);
        pl_rc rc = pl_registry_get(l->c, &l->q, &body, &answer, err);
        if (!rc)
            rc = read_page(l, pl_buf_view(&body), err);
        if (rc || !answer.next[0])
            return rc;
        if (strcmp(answer.next, next) == 0)
            return pl_fail(err, PL_FORMAT, "a page leads to itself");
        memcpy(next, answer.next, sizeof(next));
    }
    return pl_fail(err, PL_LIMIT, "over %d pages (pages)", PL_REGISTRY_PAGES);
}

pl_rc pl_remote_tags(pl_registry *c, uint32_t host, const char *repository, pl_arena *a,
                     pl_remote_list *ret, pl_err *err)
{
    struct listing l = {
        .c = c,
        .q = {.what = PL_FETCH_TAGS, .host = host, .repository = pl_str_c(repository)},
        .key = "tags",
        .is_name = pl_registry_is_tag,
        .a = a,
        .to = ret};

    *ret = (pl_remote_list){0};
    pl_rc rc = read_pages(&l, err);
    sort(ret);
    return pl_wrap(err, rc, "tags of %s", repository);
}

pl_rc pl_remote_repositories(pl_registry *c, uint32_t host, pl_arena *a, pl_remote_list *ret,
                             pl_err *err)
{
    struct listing l = {.c = c,
                        .q = {.what = PL_FETCH_CATALOG, .host = host},
                        .key = "repositories",
                        .is_name = pl_registry_is_repository,
                        .a = a,
                        .to = ret};

    *ret = (pl_remote_list){0};
    pl_rc rc = read_pages(&l, err);
    sort(ret);
    return pl_wrap(err, rc, "catalog");
}
