/* SPDX-License-Identifier: Apache-2.0 */
#include "package/language_owners.h"

#include "package/found.h"

#include <string.h>

struct claim {
    uint32_t node, by;
};

struct claims {
    struct claim *items;
    size_t n, room;
};

struct pl_language_owners {
    const pl_language_job *job;
    const pl_paths *paths;
    pl_language_owner *owners;
    size_t n;
    struct claims files, folders; /* by node */
};

void pl_language_owners_free(pl_language_owners *o)
{
    if (!o)
        return;
    free(o->owners);
    free(o->files.items);
    free(o->folders.items);
    free(o);
}

static pl_rc claim(struct claims *to, uint32_t node, size_t by, pl_err *err)
{
    if (to->n == to->room) {
        size_t room = to->room ? to->room * 2 : 64;
        struct claim *items = reallocarray(to->items, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_NOMEM, "owners of files");
        to->items = items;
        to->room = room;
    }
    to->items[to->n++] = (struct claim){node, (uint32_t)by};
    return PL_OK;
}

/* ---- which files and folders are a package's ---- */

static bool is_type(const pl_language_owners *o, size_t i, pl_lang lang)
{
    return pl_str_eq(o->owners[i].type, pl_str_c(pl_lang_type(lang)));
}

/* gems/NAME-VERSION of specifications/NAME-VERSION.gemspec */
static uint32_t gem_folder(const pl_paths *paths, uint32_t spec)
{
    pl_str name = pl_paths_name(paths, spec);
    uint32_t specifications = pl_paths_parent(paths, spec);
    uint32_t gems = pl_paths_find(paths, pl_paths_parent(paths, specifications), PL_S("gems"));

    if (gems == PL_PATH_NONE || !pl_str_ends(name, PL_S(".gemspec")))
        return PL_PATH_NONE;
    name.n -= PL_S(".gemspec").n;
    return pl_paths_find(paths, gems, name);
}

/* The folder that is the package's alone, by the file that tells of it. */
static uint32_t folder_of(const pl_language_owners *o, size_t i, uint32_t node)
{
    pl_str name = pl_paths_name(o->paths, node);
    uint32_t folder = pl_paths_parent(o->paths, node);

    if (is_type(o, i, PL_LANG_NPM))
        return pl_str_eq(name, PL_S("package.json")) ? folder : PL_PATH_NONE;
    if (is_type(o, i, PL_LANG_CRAN))
        return folder;
    if (is_type(o, i, PL_LANG_HEX) || is_type(o, i, PL_LANG_OTP))
        return pl_paths_parent(o->paths, folder);
    if (is_type(o, i, PL_LANG_GEM))
        return gem_folder(o->paths, node);
    if (is_type(o, i, PL_LANG_PYPI) && pl_str_eq(pl_paths_name(o->paths, folder), PL_S("EGG-INFO")))
        return pl_paths_parent(o->paths, folder);
    return PL_PATH_NONE;
}

static pl_rc claim_listed(pl_language_owners *o, size_t i, uint32_t own, pl_str base, pl_str list,
                          pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_rc rc = PL_OK;
    pl_str line;

    while (!rc && pl_str_cut(&list, '\n', &line)) {
        pl_file f;
        pl_buf_reset(&path);
        if (line.n && line.p[0] != '/')
            pl_buf_fmt(&path, "%.*s/", PL_F(base));
        pl_buf_str(&path, line);
        if (!pl_buf_ok(&path))
            return pl_fail(err, PL_NOMEM, "owners of files");
        if (line.n && pl_tree_find(o->job->tree, pl_buf_view(&path), false, &f) && f.node != own)
            rc = claim(&o->files, f.node, i, err);
    }
    return rc;
}

/* The notes of the file that has the list, which lies at node; its paths begin at base. */
static pl_rc claim_list(pl_language_owners *o, size_t i, uint32_t own, uint32_t node, uint32_t base,
                        pl_err *err)
{
    PL_AUTO_BUF pl_buf folder = {0};
    size_t n = 0;
    pl_rc rc = PL_OK;
    pl_file f;
    pl_found found;

    if (node == PL_PATH_NONE || !pl_tree_at(o->job->tree, node, &f))
        return PL_OK;
    pl_paths_print(o->paths, base, &folder);
    if (!pl_buf_ok(&folder))
        return pl_fail(err, PL_NOMEM, "owners of files");
    const pl_note *notes = pl_layers_notes(pl_tree_set(o->job->tree), f.e, &n);
    for (size_t k = 0; !rc && k < n; k++)
        if (!notes[k].rc && pl_language_is_note(o->job, &notes[k]) &&
            pl_found_decode(notes[k].bytes, &found) && found.kind == PL_FOUND_FILES)
            rc = claim_listed(o, i, own, pl_buf_view(&folder), found.at, err);
    return rc;
}

static pl_rc claim_lists(pl_language_owners *o, size_t i, uint32_t node, pl_err *err)
{
    const pl_paths *paths = o->paths;
    uint32_t folder = pl_paths_parent(paths, node);
    uint32_t above = pl_paths_parent(paths, folder);

    if (is_type(o, i, PL_LANG_CONDA))
        return claim_list(o, i, node, node, above, err);
    if (!is_type(o, i, PL_LANG_PYPI))
        return PL_OK;
    pl_rc rc = claim_list(o, i, node, pl_paths_find(paths, folder, PL_S("RECORD")), above, err);
    return rc ? rc
              : claim_list(o, i, node, pl_paths_find(paths, folder, PL_S("installed-files.txt")),
                           folder, err);
}

static pl_rc claim_all(pl_language_owners *o, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < o->n; i++) {
        uint32_t node = pl_paths_lookup(o->paths, o->owners[i].path);
        uint32_t folder = node == PL_PATH_NONE ? PL_PATH_NONE : folder_of(o, i, node);
        if (folder != PL_PATH_NONE && folder != PL_PATH_ROOT)
            rc = claim(&o->folders, folder, i, err);
        if (!rc && node != PL_PATH_NONE)
            rc = claim_lists(o, i, node, err);
    }
    return rc;
}

/* ---- the whole ---- */

static bool lies_in_archive(const pl_package *p)
{
    return pl_str_has(p->path, PL_S("!/"));
}

/* conda's come last: what it installs has an owner of its language too. */
static pl_rc keep_owners(pl_language_owners *o, const pl_catalog *c, pl_err *err)
{
    o->owners = calloc(c->n + 1, sizeof(*o->owners));
    if (!o->owners)
        return pl_fail(err, PL_NOMEM, "owners of files");
    for (int of_conda = 0; of_conda <= 1; of_conda++)
        for (size_t i = c->n_system; i < c->n; i++) {
            const pl_package *p = &c->items[i];
            bool is_conda = pl_str_eq(p->type, pl_str_c(pl_lang_type(PL_LANG_CONDA)));
            bool is_there = p->path.n && !pl_str_eq(p->scope, PL_S("declared"));
            if (is_there && is_conda == of_conda && !lies_in_archive(p))
                o->owners[o->n++] =
                    (pl_language_owner){p->type, p->name, p->version, p->purl, p->path};
        }
    return PL_OK;
}

static int compare_claim(const void *x, const void *y)
{
    const struct claim *a = x;
    const struct claim *b = y;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return a->by < b->by ? -1 : a->by > b->by;
}

static void sort_claims(struct claims *c)
{
    if (c->n)
        qsort(c->items, c->n, sizeof(*c->items), compare_claim);
}

pl_rc pl_language_owners_read(const pl_language_job *job, const pl_catalog *c,
                              pl_language_owners **ret, pl_err *err)
{
    PL_AUTO_LANGUAGE_OWNERS pl_language_owners *o = calloc(1, sizeof(*o));

    if (!o)
        return pl_fail(err, PL_NOMEM, "owners of files");
    *o = (pl_language_owners){.job = job, .paths = pl_layers_paths(pl_tree_set(job->tree))};
    pl_rc rc = keep_owners(o, c, err);
    if (!rc)
        rc = claim_all(o, err);
    if (rc)
        return rc;
    sort_claims(&o->files);
    sort_claims(&o->folders);
    *ret = PL_TAKE(o, NULL);
    return PL_OK;
}

/* The first claim of several. */
static const pl_language_owner *claimed(const pl_language_owners *o, const struct claims *c,
                                        uint32_t node)
{
    size_t from = 0;
    size_t end = c->n;

    while (from < end) {
        size_t at = from + (end - from) / 2;
        if (c->items[at].node < node)
            from = at + 1;
        else
            end = at;
    }
    return from < c->n && c->items[from].node == node ? &o->owners[c->items[from].by] : NULL;
}

const pl_language_owner *pl_language_owner_of(const pl_language_owners *o, uint32_t node)
{
    const pl_language_owner *owner = o ? claimed(o, &o->files, node) : NULL;

    for (uint32_t at = node; o && !owner && at != PL_PATH_ROOT;) {
        at = pl_paths_parent(o->paths, at);
        owner = claimed(o, &o->folders, at);
    }
    return owner;
}

/* ---- what lies inside ---- */

static uint32_t node_of(const pl_language_owners *o, const pl_package *p)
{
    static const char mark[] = "!/";
    pl_str path = p->path;

    for (size_t i = 0; i + 1 < path.n; i++)
        if (memcmp(path.p + i, mark, 2) == 0) {
            path.n = i;
            break;
        }
    return path.n ? pl_paths_lookup(o->paths, path) : PL_PATH_NONE;
}

static bool is_same(const pl_package *p, const pl_language_owner *owner)
{
    return !p->ecosystem.n && pl_str_eq(p->type, pl_str_c(pl_lang_type(PL_LANG_GENERIC))) &&
           pl_str_eq_nocase(p->name, owner->name) && pl_str_eq(p->version, owner->version);
}

void pl_language_owners_apply(const pl_language_owners *o, pl_catalog *c)
{
    size_t n = c->n_system;

    for (size_t i = c->n_system; i < c->n; i++) {
        pl_package *p = &c->items[i];
        uint32_t node = p->owned_by.n ? PL_PATH_NONE : node_of(o, p);
        const pl_language_owner *owner =
            node == PL_PATH_NONE ? NULL : pl_language_owner_of(o, node);
        bool is_inside = owner && !pl_str_eq(owner->type, p->type);
        if (is_inside && is_same(p, owner))
            continue;
        if (is_inside) {
            p->owned_by = owner->purl;
            if (!p->scope.n && !pl_str_eq(owner->type, pl_str_c(pl_lang_type(PL_LANG_CONDA))))
                p->scope = PL_S("bundled");
        }
        c->items[n++] = *p;
    }
    c->n = n;
}
