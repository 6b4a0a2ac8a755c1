/* SPDX-License-Identifier: Apache-2.0 */
#include "image/facts.h"

#include "image/limits.h"
#include "model/eol.h"

#include <string.h>

const pl_want pl_image_wants[] = {
    {"/etc/passwd", NULL},
    {"/etc/group", NULL},
    {"/etc/shadow", NULL},
    {"/etc/apt/sources.list", NULL},
    {"/etc/apt/sources.list.d/", NULL},
    {"/etc/apt/apt.conf", NULL},
    {"/etc/apt/apt.conf.d/", NULL},
    {"/etc/apk/repositories", NULL},
    {"/etc/yum.conf", NULL},
    {"/etc/dnf/dnf.conf", NULL},
    {"/etc/yum.repos.d/", ".repo"},
    {"/etc/gitconfig", NULL},
    {"/etc/wgetrc", NULL},
    {".gitconfig", NULL},
    {".wgetrc", NULL},
    {".curlrc", NULL},
    {"/etc/zypp/zypp.conf", NULL},
    {"/etc/zypp/repos.d/", ".repo"},
    {"/etc/pacman.conf", NULL},
    {"/etc/containers/registries.conf", NULL},
    {"/etc/containers/registries.conf.d/", ".conf"},
    {"/etc/containers/policy.json", NULL},
    {"uv.toml", NULL},
    {"/pyproject.toml", NULL},
    {"/*/pyproject.toml", NULL},
    {"/*/*/pyproject.toml", NULL},
    {"/*/*/*/pyproject.toml", NULL},
    {"Pipfile", NULL},
    {"bunfig.toml", NULL},
    {".bunfig.toml", NULL},
    {"/*/.cargo/config.toml", NULL},
    {"/*/*/.cargo/config.toml", NULL},
    {"/usr/local/cargo/config.toml", NULL},
    {".yarnrc", NULL},
    {".yarnrc.yml", NULL},
    {".gemrc", NULL},
    {"gemrc", NULL},
    {"/requirements.txt", NULL},
    {"/*/requirements.txt", NULL},
    {"/*/*/requirements.txt", NULL},
    {"/*/*/*/requirements.txt", NULL},
    {"/*/Gemfile", NULL},
    {"/*/*/Gemfile", NULL},
    {"/*/*/*/Gemfile", NULL},
    {"/*/.bundle/config", NULL},
    {"/*/*/.bundle/config", NULL},
    {"/*/*/*/.bundle/config", NULL},
    {"/usr/local/bundle/config", NULL},
    {"/*/.config/go/env", NULL},
    {"/home/*/.config/go/env", NULL},
    {"go.env", NULL},
    {"/*/composer.json", NULL},
    {"/*/*/composer.json", NULL},
    {"/*/*/*/composer.json", NULL},
    {"/*/.composer/config.json", NULL},
    {"/*/.config/composer/config.json", NULL},
    {"/home/*/.composer/config.json", NULL},
    {"/home/*/.config/composer/config.json", NULL},
    {".condarc", NULL},
    {"/*/.m2/settings.xml", NULL},
    {"/home/*/.m2/settings.xml", NULL},
    {".npmrc", NULL},
    {"pip.conf", NULL},
    {"npmrc", NULL},
    {"/usr/local/share/ca-certificates/", NULL},
    {"/etc/pki/ca-trust/source/anchors/", NULL},
    {NULL, NULL},
};
_Static_assert(PL_COUNT(pl_image_wants) == PL_IMAGE_WANTS, "count in the header");

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "image record does not fit its budget");
}

/* ---- lists ---- */

pl_rc pl_fact_list_init(pl_facts *f, pl_fact_list *l, size_t max, pl_err *err)
{
    *l = (pl_fact_list){.max = max};
    /* Room for the element that tells of what is missing. */
    l->items = pl_arena_calloc(f->a, max + 1, sizeof(pl_record *));
    return l->items ? PL_OK : no_room(err);
}

bool pl_fact_list_add(pl_fact_list *l, pl_record *r)
{
    if (l->n == l->max) {
        l->is_cut = true;
        return false;
    }
    l->items[l->n++] = r;
    return r != NULL;
}

pl_rc pl_fact_list_set(pl_facts *f, const pl_fact_list *l, int field, const pl_kind *kind,
                       const char *missing, pl_err *err)
{
    const char *reason = l->is_cut ? "limit:elements" : missing;
    size_t n = l->n;

    if (n && !l->items[n - 1])
        return no_room(err);
    if (reason) {
        pl_record *rest = pl_record_new(f->a, kind);
        if (!rest)
            return no_room(err);
        for (size_t i = 0; i < kind->n; i++)
            pl_set_unreadable(rest, (int)i, reason);
        l->items[n++] = rest;
    }
    pl_set_recs(f->image, field, l->items, n);
    return PL_OK;
}

/* ---- files ---- */

static pl_str path_of(pl_facts *f, uint32_t node)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_paths_print(pl_layers_paths(pl_tree_set(f->tree)), node, &path);
    return pl_buf_ok(&path) ? pl_arena_str(f->a, pl_buf_view(&path)) : (pl_str){NULL, 0};
}

static pl_str mode_text(pl_arena *a, unsigned mode)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "%04o", mode & 07777);
    return pl_arena_str(a, pl_str_c(text));
}

static const char *type_word(const pl_entry *e)
{
    return e->type == PL_ENTRY_DIR       ? "dir"
           : e->type == PL_ENTRY_SYMLINK ? "symlink"
           : e->type == PL_ENTRY_FILE    ? "file"
                                         : "special";
}

static pl_str name_in(pl_str path)
{
    pl_str part;
    pl_str name = path;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    return name;
}

static void set_owner(pl_facts *f, pl_record *r, uint32_t node)
{
    pl_str owner = f->owner ? f->owner(f->owner_arg, node) : (pl_str){"", 0};

    if (owner.n)
        pl_set_str(r, PL_F_IMAGE_FILE_PACKAGE, owner);
    else
        pl_set_absent(r, PL_F_IMAGE_FILE_PACKAGE);
}

static pl_record *file_record(pl_facts *f, uint32_t node, const pl_entry *e, size_t place,
                              const char *why)
{
    pl_record *r = pl_record_new(f->a, &pl_image_file_kind);
    pl_entry_owner who = pl_layers_owner(pl_tree_set(f->tree), e);
    pl_str path = path_of(f, node);
    pl_str mode = mode_text(f->a, e->mode);

    if (!r || !path.p || !mode.p)
        return NULL;
    pl_set_str(r, PL_F_IMAGE_FILE_PATH, path);
    pl_set_str(r, PL_F_IMAGE_FILE_NAME, name_in(path));
    pl_set_str(r, PL_F_IMAGE_FILE_TYPE, pl_str_c(type_word(e)));
    pl_set_str(r, PL_F_IMAGE_FILE_MODE, mode);
    pl_set_int(r, PL_F_IMAGE_FILE_UID, who.uid);
    pl_set_int(r, PL_F_IMAGE_FILE_GID, who.gid);
    pl_set_int(r, PL_F_IMAGE_FILE_SIZE, (int64_t)e->size);
    pl_set_str(r, PL_F_IMAGE_FILE_LAYER, f->layer_ids[place]);
    pl_set_bool(r, PL_F_IMAGE_FILE_IS_BASE, place < f->base_layers);
    pl_set_bool(r, PL_F_IMAGE_FILE_SETUID, e->mode & 04000);
    pl_set_bool(r, PL_F_IMAGE_FILE_SETGID, e->mode & 02000);
    pl_set_bool(r, PL_F_IMAGE_FILE_CAPABILITIES, e->flags & PL_ENTRY_FILECAP);
    pl_set_str(r, PL_F_IMAGE_FILE_WHY, pl_str_c(why));
    set_owner(f, r, node);
    return r;
}

pl_record *pl_fact_file(pl_facts *f, const pl_file *file, const char *why)
{
    pl_record *r = file_record(f, file->node, file->e, file->layer, why);
    pl_set_bool(r, PL_F_IMAGE_FILE_IS_DELETED, false);
    return r;
}

pl_record *pl_fact_entry(pl_facts *f, size_t place, const pl_entry *e, bool is_deleted,
                         const char *why)
{
    pl_record *r = file_record(f, e->node, e, place, why);
    pl_set_bool(r, PL_F_IMAGE_FILE_IS_DELETED, is_deleted);
    return r;
}

pl_str pl_fact_content(pl_facts *f, const char *path, const char **ret_reason)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_file file;
    pl_rc rc = pl_tree_content(f->tree, pl_str_c(path), &text, &file, NULL);

    *ret_reason = rc == PL_NOTFOUND ? f->missing : rc ? pl_rc_reason(rc) : NULL;
    if (rc)
        return (pl_str){"", 0};
    pl_str kept = pl_arena_str(f->a, pl_buf_view(&text));
    if (!kept.p)
        *ret_reason = "limit:memory";
    return kept.p ? kept : (pl_str){"", 0};
}

/* ---- the rest ---- */

static pl_rc set_layer_ids(pl_facts *f, pl_err *err)
{
    size_t n = pl_tree_layers(f->tree);

    f->layer_ids = pl_arena_calloc(f->a, n ? n : 1, sizeof(*f->layer_ids));
    if (!f->layer_ids)
        return no_room(err);
    for (size_t i = 0; i < n; i++) {
        PL_AUTO_BUF pl_buf id = {0};
        pl_buf_fmt(&id, "sha256:%s",
                   pl_layers_at(pl_tree_set(f->tree), pl_tree_layer(f->tree, i))->diff_id);
        f->layer_ids[i] = pl_arena_str(f->a, pl_buf_view(&id));
        if (!f->layer_ids[i].p)
            return no_room(err);
    }
    f->base_layers = pl_image_base_layers(f->image);
    return PL_OK;
}

static void set_counts(pl_facts *f)
{
    pl_file file;
    int64_t n = 0;

    for (uint32_t node = 1; node < pl_tree_size(f->tree); node++)
        n += pl_tree_at(f->tree, node, &file);
    if (f->missing)
        pl_set_unreadable(f->image, PL_F_IMAGE_FILES, f->missing);
    else
        pl_set_int(f->image, PL_F_IMAGE_FILES, n);
}

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static pl_rc set_release(pl_facts *f, pl_str id, pl_str version, pl_err *err)
{
    PL_AUTO_BUF pl_buf release = {0};

    pl_buf_fmt(&release, "%.*s:%.*s", PL_F(id), PL_F(version));
    pl_str kept = pl_arena_str(f->a, pl_buf_view(&release));
    if (!kept.p)
        return no_room(err);
    pl_set_str(f->image, PL_F_IMAGE_OS_RELEASE, kept);
    return PL_OK;
}

/* A release that the table does not know leaves the fields unreadable: never supported. */
static pl_rc set_support(pl_facts *f, pl_err *err)
{
    static const int fields[] = {PL_F_IMAGE_OS_RELEASE, PL_F_IMAGE_OS_SUPPORT,
                                 PL_F_IMAGE_OS_SUPPORT_DAYS, PL_F_IMAGE_OS_EXTENDED_DAYS};
    pl_str id = text_of(f->image, PL_F_IMAGE_OS_ID);
    pl_str version = text_of(f->image, PL_F_IMAGE_OS_VERSION);
    const pl_eol *e = pl_eol_os(id, version);

    for (size_t i = 0; id.n == 0 && !f->missing && i < PL_COUNT(fields); i++)
        pl_set_absent(f->image, fields[i]);
    if (e && e->state != PL_EOL_UNKNOWN)
        pl_set_str(f->image, PL_F_IMAGE_OS_SUPPORT, pl_str_c(pl_eol_word(e->state)));
    return id.n ? set_release(f, id, version, err) : PL_OK;
}

pl_rc pl_facts_fill(pl_facts *f, pl_err *err)
{
    static pl_rc (*const steps[])(pl_facts * f, pl_err * err) = {
        set_layer_ids,        set_support,          pl_facts_accounts, pl_facts_programs,
        pl_facts_permissions, pl_facts_build_files, pl_facts_settings,
    };

    for (size_t i = 0; i < PL_COUNT(steps); i++) {
        pl_rc rc = steps[i](f, err);
        if (rc)
            return rc;
    }
    set_counts(f);
    return PL_OK;
}
