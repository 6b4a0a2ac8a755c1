/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hash.h"
#include "image/facts.h"
#include "image/history.h"
#include "image/limits.h"
#include "image/settings.h"
#include "model/common.h"

static const struct {
    pl_want file;
    pl_setting_reader read;
} files[] = {
    {{"/etc/apt/sources.list", NULL}, pl_settings_apt_list},
    {{"/etc/apt/sources.list.d/", ".list"}, pl_settings_apt_list},
    {{"/etc/apt/sources.list.d/", ".sources"}, pl_settings_apt_sources},
    {{"/etc/apt/apt.conf", NULL}, pl_settings_apt_conf},
    {{"/etc/apt/apt.conf.d/", NULL}, pl_settings_apt_conf},
    {{"/etc/yum.conf", NULL}, pl_settings_yum},
    {{"/etc/dnf/dnf.conf", NULL}, pl_settings_yum},
    {{"/etc/yum.repos.d/", ".repo"}, pl_settings_yum},
    {{"pip.conf", NULL}, pl_settings_pip},
    {{".npmrc", NULL}, pl_settings_npm},
    {{"npmrc", NULL}, pl_settings_npm},
    {{".gitconfig", NULL}, pl_settings_git},
    {{"/etc/gitconfig", NULL}, pl_settings_git},
    {{".curlrc", NULL}, pl_settings_curl},
    {{".wgetrc", NULL}, pl_settings_wget},
    {{"/etc/wgetrc", NULL}, pl_settings_wget},
};

struct collector {
    pl_facts *f;
    pl_fact_list unsigned_repos, tls;
    pl_str where, layer; /* of the settings that come now */
    const char *reason;  /* a file that could not be read */
};

static pl_record *setting(struct collector *c, pl_str name, size_t line)
{
    pl_record *r = pl_record_new(c->f->a, &pl_image_setting_kind);
    pl_str kept = pl_arena_str(c->f->a, pl_str_sub(name, 0, 200));
    pl_str where = pl_arena_str(c->f->a, c->where);

    if (!r || !kept.p || !where.p)
        return NULL;
    pl_set_str(r, PL_F_IMAGE_SETTING_NAME, kept);
    pl_set_str(r, PL_F_IMAGE_SETTING_WHERE, where);
    if (line)
        pl_set_int(r, PL_F_IMAGE_SETTING_LINE, (int64_t)line);
    else
        pl_set_absent(r, PL_F_IMAGE_SETTING_LINE);
    if (c->layer.n)
        pl_set_str(r, PL_F_IMAGE_SETTING_LAYER, c->layer);
    else
        pl_set_absent(r, PL_F_IMAGE_SETTING_LAYER);
    return r;
}

static void collect(void *arg, unsigned classes, pl_str name, size_t line)
{
    struct collector *c = arg;

    if (classes & PL_SETTING_UNSIGNED)
        (void)pl_fact_list_add(&c->unsigned_repos, setting(c, name, line));
    if (classes & PL_SETTING_TLS)
        (void)pl_fact_list_add(&c->tls, setting(c, name, line));
}

/* ---- files ---- */

static pl_setting_reader reader_of(pl_str path, pl_str name)
{
    for (size_t i = 0; i < PL_COUNT(files); i++)
        if (pl_want_matches(&files[i].file, path, name))
            return files[i].read;
    return NULL;
}

static void read_file(struct collector *c, const pl_file *file)
{
    pl_layers *set = pl_tree_set(c->f->tree);
    PL_AUTO_BUF pl_buf path = {0};
    PL_AUTO_BUF pl_buf text = {0};

    pl_paths_print(pl_layers_paths(set), file->node, &path);
    pl_str name = pl_paths_name(pl_layers_paths(set), file->node);
    pl_setting_reader reader = reader_of(pl_buf_view(&path), name);
    if (!reader)
        return;
    pl_rc rc = pl_layers_content(set, file->e, &text, NULL);
    /* A hard link has its content kept under its other name only, which then has another reader. */
    if (rc) {
        c->reason = rc == PL_NOTFOUND ? "unreadable" : pl_rc_reason(rc);
        return;
    }
    c->where = pl_buf_view(&path);
    c->layer = c->f->layer_ids[file->layer];
    reader(pl_buf_view(&text), collect, c);
}

/* ---- environment and history ---- */

static void read_env(struct collector *c)
{
    const pl_value *env = pl_get(c->f->image, PL_F_IMAGE_ENV);

    c->where = PL_S("environment");
    c->layer = (pl_str){"", 0};
    for (size_t i = 0; env->state == PL_PRESENT && i < env->n; i++) {
        const pl_value *name = pl_get(env->u.recs[i], PL_F_ENV_NAME);
        const pl_value *value = pl_get(env->u.recs[i], PL_F_ENV_VALUE);
        if (name->state == PL_PRESENT && value->state == PL_PRESENT)
            collect(c, pl_setting_env(name->u.s, value->u.s), name->u.s, 0);
    }
}

/* NAME=value anywhere in the words of a build step. */
static void read_step_words(struct collector *c, pl_str text)
{
    pl_str word;

    while (pl_str_cut(&text, ' ', &word)) {
        pl_str value = word;
        pl_str name;
        if (!pl_str_has(word, PL_S("=")) || !pl_str_cut(&value, '=', &name))
            continue;
        collect(c, pl_setting_env(name, value), name, 0);
        if (pl_str_eq_nocase(name, PL_S("http.sslVerify")) &&
            pl_str_eq_nocase(value, PL_S("false")))
            collect(c, PL_SETTING_TLS, name, 0);
    }
}

static pl_rc read_history(struct collector *c, pl_err *err)
{
    const pl_value *history = pl_get(c->f->image, PL_F_IMAGE_HISTORY);

    for (size_t i = 0; history->state == PL_PRESENT && i < history->n; i++) {
        const pl_value *text = pl_get(history->u.recs[i], PL_F_HISTORY_CREATED_BY);
        PL_AUTO_BUF pl_buf where = {0};
        pl_step step;
        if (text->state != PL_PRESENT)
            continue;
        pl_step_parse(text->u.s, false, &step);
        /* ENV steps are in the environment already. */
        if (!pl_str_eq(step.instruction, PL_S("RUN")))
            continue;
        pl_buf_fmt(&where, "history step %zu", i);
        if (!pl_buf_ok(&where))
            return pl_fail(err, PL_NOMEM, "history");
        c->where = pl_buf_view(&where);
        if (step.skips_signatures)
            collect(c, PL_SETTING_UNSIGNED, PL_S("installs without checking signatures"), 0);
        read_step_words(c, step.command);
    }
    return PL_OK;
}

/* ---- root certificates ---- */

/* Tells it by its digest, so that an approved one can be named in the policy. */
static void add_root(struct collector *c, const pl_file *file)
{
    pl_layers *set = pl_tree_set(c->f->tree);
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf path = {0};
    char name[PL_SHA256_HEX + 8] = "root:not read";
    unsigned char raw[PL_SHA256];

    if (pl_layers_content(set, file->e, &text, NULL) == PL_OK) {
        pl_sha256_of(pl_buf_view(&text), raw);
        pl_hex(raw, sizeof(raw), name + 5);
    }
    pl_paths_print(pl_layers_paths(set), file->node, &path);
    c->where = pl_buf_view(&path);
    c->layer = c->f->layer_ids[file->layer];
    collect(c, PL_SETTING_TLS, pl_str_c(name), 0);
}

static void read_roots(struct collector *c)
{
    static const char *const folders[] = {
        "/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors",
        "/usr/share/pki/trust/anchors", "/etc/ca-certificates/trust-source/anchors"};
    const pl_facts *f = c->f;
    const pl_paths *paths = pl_layers_paths(pl_tree_set(f->tree));
    uint32_t nodes[PL_COUNT(folders)];
    pl_file file;

    for (size_t i = 0; i < PL_COUNT(folders); i++)
        nodes[i] = pl_tree_folder(f->tree, pl_str_c(folders[i]));
    for (uint32_t node = 1; node < pl_tree_size(f->tree); node++)
        for (size_t i = 0; i < PL_COUNT(folders); i++)
            if (nodes[i] != PL_PATH_NONE && pl_paths_below(paths, node, nodes[i]) &&
                pl_tree_at(f->tree, node, &file) && file.e->type == PL_ENTRY_FILE &&
                !(f->owner && f->owner(f->owner_arg, node).n))
                add_root(c, &file);
}

pl_rc pl_facts_settings(pl_facts *f, pl_err *err)
{
    struct collector c = {.f = f};
    pl_file file;
    pl_rc rc = pl_fact_list_init(f, &c.unsigned_repos, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = pl_fact_list_init(f, &c.tls, PL_IMAGE_LIST_MAX, err);
    if (rc)
        return rc;
    for (uint32_t node = 1; node < pl_tree_size(f->tree); node++)
        if (pl_tree_at(f->tree, node, &file) && file.e->type == PL_ENTRY_FILE)
            read_file(&c, &file);
    read_roots(&c);
    read_env(&c);
    rc = read_history(&c, err);
    const char *missing = f->missing ? f->missing : c.reason;
    if (!rc)
        rc = pl_fact_list_set(f, &c.unsigned_repos, PL_F_IMAGE_UNSIGNED_REPOS,
                              &pl_image_setting_kind, missing, err);
    if (!rc)
        rc = pl_fact_list_set(f, &c.tls, PL_F_IMAGE_TLS_BYPASSES, &pl_image_setting_kind, missing,
                              err);
    return rc;
}
