/* SPDX-License-Identifier: Apache-2.0 */
#include "package/language.h"

#include "core/char.h"
#include "package/analysers.h"
#include "package/found.h"
#include "package/limits.h"
#include "package/lines.h"
#include "package/manifests.h"
#include "package/npm.h"
#include "package/origins.h"

#include <string.h>

struct read {
    const pl_language_job *job;
    pl_arena *a;
    pl_catalog *c;
    pl_layers *ls;
    pl_origins origins;
    pl_found *hints; /* owned; by what they are about; slices in the notes */
    size_t n_hints, room_hints;
    pl_str *layer_ids; /* by place */
    size_t first;      /* of the catalog's packages: what is before is of the system */
    bool is_full;
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "package list does not fit its budget");
}

static void read_done(struct read *r)
{
    pl_origins_done(&r->origins);
    free(r->hints);
}

/* ---- layers ---- */

static pl_rc name_layers(struct read *r, pl_err *err)
{
    size_t n = pl_tree_layers(r->job->tree);

    r->layer_ids = pl_arena_calloc(r->a, n ? n : 1, sizeof(*r->layer_ids));
    for (size_t i = 0; r->layer_ids && i < n; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "sha256:%s",
                   pl_layers_at(r->ls, pl_tree_layer(r->job->tree, i))->diff_id);
        r->layer_ids[i] = pl_arena_str(r->a, pl_buf_view(&text));
        if (!r->layer_ids[i].p)
            return no_room(err);
    }
    return r->layer_ids ? PL_OK : no_room(err);
}

/* ---- hints ---- */

static int compare_hint(const void *x, const void *y)
{
    const pl_found *a = x;
    const pl_found *b = y;
    return pl_str_cmp(a->at, b->at);
}

static pl_rc add_hint(struct read *r, const pl_found *f, pl_err *err)
{
    if (r->n_hints == r->room_hints) {
        size_t room = r->room_hints ? r->room_hints * 2 : 256;
        pl_found *hints = reallocarray(r->hints, room, sizeof(*hints));
        if (!hints)
            return pl_fail(err, PL_NOMEM, "packages");
        r->hints = hints;
        r->room_hints = room;
    }
    r->hints[r->n_hints++] = *f;
    return PL_OK;
}

static const pl_found *hint_of(const struct read *r, pl_str path)
{
    const pl_found key = {.at = path};
    return r->n_hints ? bsearch(&key, r->hints, r->n_hints, sizeof(*r->hints), compare_hint) : NULL;
}

/* "/app/go.mod#example.com/x@v1.0.0": about one package of many. */
static const pl_found *hint_of_one(const struct read *r, pl_str path, const pl_found *f,
                                   pl_buf *key)
{
    pl_buf_reset(key);
    pl_buf_fmt(key, "%.*s#%.*s@%.*s", PL_F(path), PL_F(f->name), PL_F(f->version));
    return hint_of(r, pl_buf_view(key));
}

static void take_hint(pl_found *f, const pl_found *hint)
{
    if (hint->name.n && (!pl_str_eq(hint->version, f->version) || hint->lang != f->lang))
        return; /* somebody changed the files by hand */
    if (!f->provenance.n)
        f->provenance = hint->provenance;
    if (!f->integrity.n)
        f->integrity = hint->integrity;
    if (!f->licence.n)
        f->licence = hint->licence;
    if (f->scope == PL_SCOPE_NONE)
        f->scope = hint->scope;
}

/* ---- packages ---- */

/* Where a thing was taken from is told without what may stand there to log in with. */
static void put_url(pl_buf *out, pl_str url)
{
    pl_str rest = url;
    size_t colon = 0;

    while (colon + 2 < url.n && !pl_str_starts(pl_str_sub(url, colon, 3), PL_S("://")))
        colon++;
    if (colon + 2 < url.n) {
        size_t host = colon + 3;
        size_t end = host;
        size_t at = 0;
        for (; end < url.n && url.p[end] != '/'; end++)
            at = url.p[end] == '@' ? end : at;
        if (at) {
            pl_buf_str(out, pl_str_sub(url, 0, host));
            rest = pl_str_sub(url, at + 1, url.n);
        }
    }
    pl_buf_str(out, rest);
}

static pl_str scope_word(const pl_found *f, bool is_declared)
{
    if (f->scope == PL_SCOPE_DEVELOPMENT)
        return PL_S("development");
    if (f->scope == PL_SCOPE_BUNDLED)
        return PL_S("bundled");
    return is_declared ? PL_S("declared") : (pl_str){"", 0};
}

/* Ecosystem and name of its advisories; the ecosystem is empty when its language says it. */
static pl_str filed_under(const pl_found *f, pl_buf *name)
{
    pl_str rest = f->advisories;
    pl_str ecosystem = {"", 0};

    (void)pl_str_cut(&rest, '/', &ecosystem);
    if (f->advisories.n)
        pl_buf_str(name, rest.n ? rest : f->name);
    else
        pl_lang_osv_name(f->lang, f->name, name);
    return rest.n ? ecosystem : (pl_str){"", 0};
}

static pl_str owner_of(const struct read *r, const pl_file *file)
{
    return r->job->owners ? pl_owners_of((void *)(uintptr_t)r->job->owners, file->node)
                          : (pl_str){"", 0};
}

/* As in CPE 2.3: vendor and product are known, the version in its characters. */
static void put_cpe(const pl_found *f, pl_buf *out)
{
    if (!f->cpe.n)
        return;
    pl_buf_fmt(out, "cpe:2.3:a:%.*s:", PL_F(f->cpe));
    for (size_t i = 0; i < f->version.n; i++) {
        if (!pl_is_alpha(f->version.p[i]) && !pl_is_digit(f->version.p[i]) &&
            !memchr("._-", f->version.p[i], 3))
            pl_buf_ch(out, '\\');
        pl_buf_ch(out, f->version.p[i]);
    }
    pl_buf_c(out, f->version.n ? ":*:*:*:*:*:*:*" : "*:*:*:*:*:*:*:*");
}

/* What outlives the catalog needs no copy for each package. */
static void add_words(struct read *r, const pl_file *file, const pl_found *f, bool is_declared,
                      pl_package *to)
{
    to->type = pl_str_c(pl_lang_type(f->lang));
    if (!f->advisories.n)
        to->ecosystem = pl_str_c(pl_lang_ecosystem(f->lang));
    to->language = pl_str_c(pl_lang_language(f->lang));
    to->scope = scope_word(f, is_declared);
    to->confidence = f->is_guessed ? PL_S("guessed") : (pl_str){"", 0};
    to->layer = r->layer_ids[pl_origin_of(&r->origins, file)];
}

static pl_str folder_of(pl_str path)
{
    return pl_str_sub(path, 0, path.n - pl_after_last(path, '/').n);
}

/* Clients of CPAN leave two files about one package in one folder. */
static void join_doubles(struct read *r)
{
    pl_package *before, *last;

    if (r->c->n < r->first + 2)
        return;
    last = &r->c->items[r->c->n - 1];
    before = last - 1;
    if (!pl_str_eq(last->type, PL_S("cpan")) || !pl_str_eq(last->purl, before->purl) ||
        !pl_str_eq(folder_of(last->path), folder_of(before->path)))
        return;
    if (!before->provenance.n)
        before->provenance = last->provenance;
    if (!before->license.n)
        before->license = last->license;
    r->c->n--;
}

static pl_rc add_package(struct read *r, const pl_file *file, pl_str path, const pl_found *f,
                         bool is_declared, pl_err *err)
{
    PL_AUTO_BUF pl_buf where = {0};
    PL_AUTO_BUF pl_buf source = {0};
    PL_AUTO_BUF pl_buf purl = {0};
    PL_AUTO_BUF pl_buf from = {0};
    PL_AUTO_BUF pl_buf cpe = {0};

    if (r->c->n - r->first >= PL_LANGUAGE_PACKAGES_MAX || r->c->n >= PL_PACKAGES_MAX) {
        r->is_full = true;
        return PL_OK;
    }
    pl_buf_fmt(&where, "%.*s%s%.*s", PL_F(path), f->at.n ? "!/" : "", PL_F(f->at));
    pl_str ecosystem = filed_under(f, &source);
    pl_lang_purl(f->lang, f->name, f->version, &purl);
    put_url(&from, f->provenance);
    put_cpe(f, &cpe);
    if (!pl_buf_ok(&cpe) || !pl_buf_ok(&where) || !pl_buf_ok(&source) || !pl_buf_ok(&purl) ||
        !pl_buf_ok(&from))
        return pl_fail(err, PL_NOMEM, "packages");
    pl_package p = {
        .name = f->name,
        .version = f->version,
        .source = pl_buf_view(&source),
        .source_version = f->version,
        .purl = pl_buf_view(&purl),
        .path = pl_buf_view(&where),
        .provenance = pl_buf_view(&from),
        .license = f->licence,
        .integrity = f->integrity,
        .ecosystem = ecosystem,
        .cpe = pl_buf_view(&cpe),
    };
    p.owned_by = owner_of(r, file);
    pl_rc rc = pl_catalog_add(r->c, r->a, &p, err);
    if (!rc)
        add_words(r, file, f, is_declared, &r->c->items[r->c->n - 1]);
    if (!rc)
        join_doubles(r);
    return rc;
}

/* ---- hard links ---- */

/* Analysers read a content under the name that comes first. Is there another name that would have
 * had it read in another way? */
static bool is_unread_link(const struct read *r, const pl_file *file, pl_str path)
{
    const pl_paths *paths = pl_layers_paths(r->ls);
    PL_AUTO_BUF pl_buf first = {0};

    if (file->node == file->e->node || file->e->type != PL_ENTRY_FILE)
        return false;
    pl_paths_print(paths, file->e->node, &first);
    int by = pl_analysis_pick(r->job->analysis, path, pl_paths_name(paths, file->node),
                              file->e->mode, NULL);
    return by >= 0 && pl_buf_ok(&first) && !(file->e->flags & PL_ENTRY_NOTED) &&
           by != pl_analysis_pick(r->job->analysis, pl_buf_view(&first),
                                  pl_paths_name(paths, file->e->node), file->e->mode, NULL);
}

static void tell_unread_link(struct read *r, const pl_file *file, pl_str path)
{
    pl_problems_add(pl_layers_problems(r->ls), PL_UNSUPPORTED,
                    (int)pl_tree_layer(r->job->tree, file->layer),
                    "%.*s: a hard link to a file that was read under another name", PL_F(path));
    r->c->reason = pl_rc_reason(PL_UNSUPPORTED);
}

static pl_rc find_unread_links(struct read *r, pl_err *err)
{
    pl_file f;

    for (uint32_t node = 1; node < pl_tree_size(r->job->tree); node++) {
        PL_AUTO_BUF pl_buf path = {0};
        if (!pl_tree_at(r->job->tree, node, &f) || f.node == f.e->node)
            continue;
        pl_paths_print(pl_layers_paths(r->ls), node, &path);
        if (!pl_buf_ok(&path))
            return pl_fail(err, PL_NOMEM, "packages");
        if (is_unread_link(r, &f, pl_buf_view(&path)))
            tell_unread_link(r, &f, pl_buf_view(&path));
    }
    return PL_OK;
}

/* ---- over all notes of the merged tree ---- */

typedef pl_rc (*visit)(struct read *r, const pl_file *file, pl_str path, pl_found *f, pl_err *err);

bool pl_language_is_note(const pl_language_job *job, const pl_note *note)
{
    const pl_analyser *a = pl_analysis_at(job->analysis, note->by);

    if (a || !job->programs)
        return a && pl_is_package_analyser(a);
    return note->by == pl_analysis_watcher_by(job->analysis, job->programs);
}

static pl_rc visit_notes(struct read *r, const pl_file *file, visit each, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    size_t n = 0;
    const pl_note *notes = pl_layers_notes(r->ls, file->e, &n);
    pl_rc rc = PL_OK;
    pl_found f;

    pl_paths_print(pl_layers_paths(r->ls), file->node, &path);
    if (!pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; !rc && i < n; i++) {
        if (!pl_language_is_note(r->job, &notes[i]))
            continue;
        /* A file that is not what its name says holds no package; one that was cut may. */
        if (notes[i].rc && notes[i].rc != PL_FORMAT)
            r->c->reason = pl_rc_reason((pl_rc)notes[i].rc);
        else if (!notes[i].rc && pl_found_decode(notes[i].bytes, &f))
            rc = each(r, file, pl_buf_view(&path), &f, err);
    }
    return rc;
}

static pl_rc visit_tree(struct read *r, visit each, pl_err *err)
{
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; !rc && node < pl_tree_size(r->job->tree); node++)
        if (pl_tree_at(r->job->tree, node, &f) &&
            (f.e->flags & (PL_ENTRY_NOTED | PL_ENTRY_WATCHED)))
            rc = visit_notes(r, &f, each, err);
    return rc;
}

static pl_rc take_if_hint(struct read *r, const pl_file *file, pl_str path, pl_found *f,
                          pl_err *err)
{
    (void)file, (void)path;
    return f->kind == PL_FOUND_HINT ? add_hint(r, f, err) : PL_OK;
}

static pl_rc take_if_installed(struct read *r, const pl_file *file, pl_str path, pl_found *f,
                               pl_err *err)
{
    bool is_linked = f->kind == PL_FOUND_STORED && pl_npm_is_installed_at(path);
    if (f->kind != PL_FOUND_INSTALLED && !is_linked)
        return PL_OK;
    /* A classified program that a package of the system brought is that package. */
    if (f->lang == PL_LANG_GENERIC && owner_of(r, file).n)
        return PL_OK;
    const pl_found *hint = f->at.n ? NULL : hint_of(r, path);
    if (hint)
        take_hint(f, hint);
    return add_package(r, file, path, f, false, err);
}

/* ---- lock files ---- */

struct installed {
    pl_str type, name, version;
};

static int compare_installed(const void *x, const void *y)
{
    const struct installed *a = x;
    const struct installed *b = y;
    int by = pl_str_cmp(a->type, b->type);
    if (!by)
        by = pl_str_cmp(a->name, b->name);
    return by ? by : pl_str_cmp(a->version, b->version);
}

static bool has_type(const struct read *r, size_t upto, pl_str type)
{
    for (size_t i = r->first; i < upto; i++)
        if (pl_str_eq(r->c->items[i].type, type))
            return true;
    return false;
}

/* Is something of this lock file's project installed? Then what is optional and not there is for
 * other machines. */
static bool has_modules(const struct read *r, size_t upto, pl_str lock)
{
    static const char modules[] = "/node_modules/";
    size_t folder = lock.n - pl_after_last(lock, '/').n - 1;

    for (size_t i = r->first; i < upto; i++) {
        pl_str path = r->c->items[i].path;
        if (path.n > folder && pl_str_starts(path, pl_str_sub(lock, 0, folder)) &&
            pl_str_starts(pl_str_sub(path, folder, path.n), PL_S(modules)))
            return true;
    }
    return false;
}

struct locks {
    struct read r; /* a copy: what visit_tree hands on */
    struct installed *items;
    size_t n, upto;
    pl_buf project; /* file whose unpinned lines are being counted */
    size_t n_unpinned;
};

/* Any version of it. */
static bool has_name(const struct locks *l, pl_str type, pl_str name)
{
    for (size_t i = 0; i < l->n; i++)
        if (pl_str_eq(l->items[i].name, name) && pl_str_eq(l->items[i].type, type))
            return true;
    return false;
}

static void tell_unpinned(struct locks *l)
{
    if (!l->n_unpinned)
        return;
    pl_problems_add(pl_layers_problems(l->r.ls), PL_UNSUPPORTED, PL_NO_LAYER,
                    "%.*s: %zu package%s without a fixed version: what is installed for %s is not "
                    "known, and not compared with advisories",
                    PL_F(pl_buf_view(&l->project)), l->n_unpinned, l->n_unpinned > 1 ? "s" : "",
                    l->n_unpinned > 1 ? "them" : "it");
    l->r.c->reason = "unpinned";
    l->n_unpinned = 0;
}

/* Wanted by a project, in whatever version is there on the day; one that is installed is known. */
static pl_rc count_unpinned(struct locks *l, pl_str path, const pl_found *f, pl_str name,
                            pl_err *err)
{
    pl_str type = pl_str_c(pl_lang_type(f->lang));

    if ((f->name.n && has_name(l, type, name)) ||
        (!l->r.job->is_folder && has_type(&l->r, l->upto, type)))
        return PL_OK;
    if (!pl_str_eq(pl_buf_view(&l->project), path)) {
        tell_unpinned(l);
        pl_buf_reset(&l->project);
        pl_buf_str(&l->project, path);
    }
    l->n_unpinned++;
    return pl_buf_ok(&l->project) ? PL_OK : pl_fail(err, PL_NOMEM, "packages");
}

static pl_rc take_if_locked(struct read *r, const pl_file *file, pl_str path, pl_found *f,
                            pl_err *err)
{
    struct locks *l = (struct locks *)r;
    PL_AUTO_BUF pl_buf name = {0};
    PL_AUTO_BUF pl_buf about = {0};

    if (f->kind != PL_FOUND_LOCKED && f->kind != PL_FOUND_NAMED && f->kind != PL_FOUND_UNPINNED)
        return PL_OK;
    pl_str type = pl_str_c(pl_lang_type(f->lang));
    pl_lang_osv_name(f->lang, f->name, &name);
    if (f->kind == PL_FOUND_UNPINNED)
        return count_unpinned(l, path, f, pl_buf_view(&name), err);
    struct installed key = {type, pl_buf_view(&name), f->version};
    if (f->kind == PL_FOUND_NAMED) {
        if (has_name(l, type, key.name))
            return PL_OK;
        pl_packlist_key(f->name, &about);
        const pl_found *said = hint_of(r, pl_buf_view(&about));
        f->version = said ? said->version : f->version;
        return add_package(r, file, path, f, false, err);
    }
    if (l->n && bsearch(&key, l->items, l->n, sizeof(key), compare_installed))
        return PL_OK;
    if (!r->job->is_folder && has_type(r, l->upto, type))
        return PL_OK;
    if (f->is_optional && has_modules(r, l->upto, path))
        return PL_OK;
    const pl_found *hint = r->n_hints ? hint_of_one(r, path, f, &about) : NULL;
    if (hint)
        take_hint(f, hint);
    return add_package(r, file, path, f, true, err);
}

static int compare_listed(const void *x, const void *y)
{
    const pl_package *a = *(pl_package *const *)x;
    const pl_package *b = *(pl_package *const *)y;
    int by = pl_str_cmp(a->path, b->path);
    if (!by)
        by = pl_str_cmp(a->purl, b->purl);
    return by ? by : (a > b) - (a < b);
}

/* A lock file may name the same version once for each place that it goes to. */
static pl_rc drop_doubles(struct read *r, size_t from, pl_err *err)
{
    size_t n = r->c->n - from;
    if (!n)
        return PL_OK;
    pl_package *items = r->c->items + from;
    PL_AUTO_FREE pl_package **order = calloc(n + 1, sizeof(pl_package *));
    PL_AUTO_FREE bool *is_double = calloc(n + 1, sizeof(*is_double));

    if (!order || !is_double)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < n; i++)
        order[i] = &items[i];
    qsort(order, n, sizeof(*order), compare_listed);
    for (size_t i = 1; i < n; i++)
        is_double[order[i] - items] = pl_str_eq(order[i]->path, order[i - 1]->path) &&
                                      pl_str_eq(order[i]->purl, order[i - 1]->purl);
    r->c->n = from;
    for (size_t i = 0; i < n; i++)
        if (!is_double[i])
            r->c->items[r->c->n++] = items[i];
    return PL_OK;
}

static pl_rc read_locks(struct read *r, pl_err *err)
{
    size_t n = r->c->n - r->first;
    PL_AUTO_FREE struct installed *items = calloc(n + 1, sizeof(*items));
    struct locks l = {.r = *r, .items = items, .n = n, .upto = r->c->n};

    if (!items)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < n; i++) {
        const pl_package *p = &r->c->items[r->first + i];
        items[i] = (struct installed){p->type, p->source, p->version};
    }
    qsort(items, n, sizeof(*items), compare_installed);
    pl_rc rc = visit_tree(&l.r, take_if_locked, err);
    r->is_full = l.r.is_full;
    tell_unpinned(&l);
    pl_buf_done(&l.project);
    return rc ? rc : drop_doubles(r, l.upto, err);
}

/* At most as many as there are notes of installed packages, deleted ones included. */
static bool reserve(struct read *r)
{
    size_t n = 0;

    for (size_t i = 0; i < pl_analysis_notes(r->job->analysis); i++) {
        pl_str bytes = pl_analysis_note(r->job->analysis, i)->bytes;
        n += bytes.n && bytes.p[0] == PL_FOUND_INSTALLED;
    }
    return pl_catalog_reserve(r->c, r->a,
                              n < PL_LANGUAGE_PACKAGES_MAX ? n : PL_LANGUAGE_PACKAGES_MAX);
}

pl_rc pl_language_read(const pl_language_job *job, pl_arena *a, pl_catalog *c, pl_err *err)
{
    struct read r = {.job = job, .a = a, .c = c, .ls = pl_tree_set(job->tree), .first = c->n};
    pl_rc rc = pl_origins_open(&r.origins, job->tree, err);

    if (!rc && r.origins.n_versions) {
        rc = reserve(&r) ? name_layers(&r, err) : no_room(err);
        if (!rc)
            rc = visit_tree(&r, take_if_hint, err);
        if (r.n_hints)
            qsort(r.hints, r.n_hints, sizeof(*r.hints), compare_hint);
        if (!rc)
            rc = visit_tree(&r, take_if_installed, err);
        if (!rc)
            rc = read_locks(&r, err);
    }
    if (!rc)
        rc = find_unread_links(&r, err);
    if (r.is_full) {
        pl_problems_add(pl_layers_problems(r.ls), PL_LIMIT, PL_NO_LAYER,
                        "packages of programming languages: more than "
                        "PL_LANGUAGE_PACKAGES_MAX (%d), the others are not listed",
                        PL_LANGUAGE_PACKAGES_MAX);
        c->reason = "limit:language-packages";
    }
    read_done(&r);
    return rc;
}
