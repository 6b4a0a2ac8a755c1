/* SPDX-License-Identifier: Apache-2.0 */
/* The merged tree against the rules as they are written, applied to a plain list of paths. */
#include "test.h"

#include "scene.h"

enum { RANDOM_LAYERS = 4, RANDOM_ENTRIES = 12, RANDOM_RUNS = 1500, MODEL = 256 };

/* What a path holds, by the rules as they are written: one after the other, in a plain list. */
struct model {
    struct {
        char path[16]; /* "/a/b" */
        char type;     /* 'f', 'd' */
        int layer;     /* that shows: of a hard link its own */
        int from;      /* layer that it was laid in; what is hidden by a whiteout is older */
    } items[MODEL];
    size_t n;
};

static bool is_under(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/';
}

static size_t model_find(const struct model *m, const char *path)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->items[i].path, path) == 0)
            return i;
    return MODEL;
}

static void model_remove(struct model *m, const char *path, bool itself, int before)
{
    for (size_t i = 0; i < m->n;)
        if (((itself && strcmp(m->items[i].path, path) == 0) || is_under(m->items[i].path, path)) &&
            m->items[i].from < before)
            m->items[i] = m->items[--m->n];
        else
            i++;
}

static void model_put(struct model *m, const char *path, char type, int layer)
{
    char folder[16];

    (void)snprintf(folder, sizeof(folder), "%s", path);
    for (char *slash; (slash = strrchr(folder, '/')) && slash > folder;) {
        *slash = '\0';
        size_t i = model_find(m, folder);
        if (i < MODEL && m->items[i].type != 'd')
            m->items[i] = m->items[--m->n];
    }
    if (type != 'd')
        model_remove(m, path, false, layer + 1);
    size_t i = model_find(m, path);
    if (i == MODEL)
        i = m->n++;
    assert_true(m->n < MODEL);
    (void)snprintf(m->items[i].path, sizeof(m->items[i].path), "%s", path);
    m->items[i].type = type;
    m->items[i].layer = m->items[i].from = layer;
}

static bool model_is_file(const struct model *m, const char *path)
{
    size_t i = model_find(m, path);
    return i < MODEL && m->items[i].type == 'f';
}

static uint32_t chance(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* A path of up to three parts, of few names, so that they meet. */
static void random_path(uint32_t *seed, char ret[16])
{
    static const char *const names[] = {"a", "b", "c"};
    size_t n = 0;

    for (uint32_t parts = 1 + chance(seed, 3); parts > 0; parts--)
        n += (size_t)snprintf(ret + n, 16 - n, "/%s", names[chance(seed, 3)]);
}

struct random_entry {
    char path[40], link[16];
};

/* One entry for the tar and for the model. */
static mk_entry random_entry(uint32_t *seed, struct model *m, int layer, struct random_entry *e)
{
    char path[16];
    char target[16];

    random_path(seed, path);
    (void)snprintf(e->path, sizeof(e->path), "%s", path + 1);
    switch (chance(seed, 6)) {
    case 0:
        model_remove(m, path, true, layer);
        (void)snprintf(e->path + strlen(e->path) - 1, 8, ".wh.%c", path[strlen(path) - 1]);
        return (mk_entry){.path = e->path};
    case 1:
        model_remove(m, path, false, layer);
        (void)snprintf(e->path + strlen(e->path), 16, "/.wh..wh..opq");
        return (mk_entry){.path = e->path};
    case 2:
        model_put(m, path, 'd', layer);
        return (mk_entry){.path = e->path, .type = '5', .mode = 0755};
    case 3:
        random_path(seed, target);
        (void)snprintf(e->link, sizeof(e->link), "%s", target + 1);
        if (model_is_file(m, target))
            model_put(m, path, 'f', layer);
        return (mk_entry){.path = e->path, .type = '1', .link = e->link};
    default:
        model_put(m, path, 'f', layer);
        return (mk_entry){.path = e->path, .data = "x"};
    }
}

static void list_model(const struct model *m, pl_buf *out)
{
    char lines[MODEL][24];
    char *sorted[MODEL];

    for (size_t i = 0; i < m->n; i++) {
        (void)snprintf(lines[i], sizeof(lines[i]), "%s%s%d", m->items[i].path,
                       m->items[i].type == 'd' ? "/" : "", m->items[i].layer);
        sorted[i] = lines[i];
    }
    if (m->n)
        qsort(sorted, m->n, sizeof(sorted[0]), by_text);
    for (size_t i = 0; i < m->n; i++)
        pl_buf_fmt(out, "%s%s", i ? " " : "", sorted[i]);
}

static void random_layers_give_what_a_plain_model_says(void **state)
{
    (void)state;
    uint32_t seed = 7;

    for (int run = 0; run < RANDOM_RUNS; run++) {
        struct scene s;
        struct model m = {.n = 0};
        PL_AUTO_BUF pl_buf got = {0};
        PL_AUTO_BUF pl_buf want = {0};
        open_scene(&s, NULL);
        for (int layer = 0; layer < RANDOM_LAYERS; layer++) {
            struct random_entry texts[RANDOM_ENTRIES];
            mk_entry entries[RANDOM_ENTRIES + 1] = {{NULL}};
            for (size_t i = 0; i < RANDOM_ENTRIES; i++)
                entries[i] = random_entry(&seed, &m, layer, &texts[i]);
            add_layer(&s, entries);
        }
        pl_tree_seal(s.t);
        list(&s, &got);
        list_model(&m, &want);
        if (!pl_str_eq(pl_buf_view(&got), pl_buf_view(&want)))
            fail_msg("run %d\ngot  %.*s\nwant %.*s", run, PL_F(pl_buf_view(&got)),
                     PL_F(pl_buf_view(&want)));
        close_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_layers_give_what_a_plain_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
