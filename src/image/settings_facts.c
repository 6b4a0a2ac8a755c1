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
    {{"/etc/zypp/zypp.conf", NULL}, pl_settings_yum},
    {{"/etc/zypp/repos.d/", ".repo"}, pl_settings_yum},
    {{"/etc/pacman.conf", NULL}, pl_settings_pacman},
    {{"/etc/containers/registries.conf", NULL}, pl_settings_registries},
    {{"/etc/containers/registries.conf.d/", ".conf"}, pl_settings_registries},
    {{"/etc/containers/policy.json", NULL}, pl_settings_policy},
    {{"pip.conf", NULL}, pl_settings_pip},
    {{"/requirements.txt", NULL}, pl_settings_requirements},
    {{"/*/requirements.txt", NULL}, pl_settings_requirements},
    {{"/*/*/requirements.txt", NULL}, pl_settings_requirements},
    {{"/*/*/*/requirements.txt", NULL}, pl_settings_requirements},
    {{"uv.toml", NULL}, pl_settings_uv},
    {{"/pyproject.toml", NULL}, pl_settings_pyproject},
    {{"/*/pyproject.toml", NULL}, pl_settings_pyproject},
    {{"/*/*/pyproject.toml", NULL}, pl_settings_pyproject},
    {{"/*/*/*/pyproject.toml", NULL}, pl_settings_pyproject},
    {{"Pipfile", NULL}, pl_settings_pipfile},
    {{"bunfig.toml", NULL}, pl_settings_bun},
    {{".bunfig.toml", NULL}, pl_settings_bun},
    {{"/*/.cargo/config.toml", NULL}, pl_settings_cargo},
    {{"/*/*/.cargo/config.toml", NULL}, pl_settings_cargo},
    {{"/usr/local/cargo/config.toml", NULL}, pl_settings_cargo},
    {{".npmrc", NULL}, pl_settings_npm},
    {{"npmrc", NULL}, pl_settings_npm},
    {{".yarnrc", NULL}, pl_settings_yarn},
    {{".yarnrc.yml", NULL}, pl_settings_yarn_yml},
    {{".gemrc", NULL}, pl_settings_gem},
    {{"gemrc", NULL}, pl_settings_gem},
    {{"/*/Gemfile", NULL}, pl_settings_gemfile},
    {{"/*/*/Gemfile", NULL}, pl_settings_gemfile},
    {{"/*/*/*/Gemfile", NULL}, pl_settings_gemfile},
    {{"/*/.bundle/config", NULL}, pl_settings_bundle},
    {{"/*/*/.bundle/config", NULL}, pl_settings_bundle},
    {{"/*/*/*/.bundle/config", NULL}, pl_settings_bundle},
    {{"/usr/local/bundle/config", NULL}, pl_settings_bundle},
    {{"/*/.config/go/env", NULL}, pl_settings_go},
    {{"/home/*/.config/go/env", NULL}, pl_settings_go},
    {{"go.env", NULL}, pl_settings_go},
    {{"/*/composer.json", NULL}, pl_settings_composer},
    {{"/*/*/composer.json", NULL}, pl_settings_composer},
    {{"/*/*/*/composer.json", NULL}, pl_settings_composer},
    {{"/*/.composer/config.json", NULL}, pl_settings_composer},
    {{"/*/.config/composer/config.json", NULL}, pl_settings_composer},
    {{"/home/*/.composer/config.json", NULL}, pl_settings_composer},
    {{"/home/*/.config/composer/config.json", NULL}, pl_settings_composer},
    {{".condarc", NULL}, pl_settings_conda},
    {{"/*/.m2/settings.xml", NULL}, pl_settings_maven},
    {{"/home/*/.m2/settings.xml", NULL}, pl_settings_maven},
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

static pl_record *record_of(struct collector *c, const pl_setting *s)
{
    pl_record *r = pl_record_new(c->f->a, &pl_image_setting_kind);
    pl_str kept = pl_arena_str(c->f->a, pl_str_sub(s->name, 0, 200));
    pl_str where = pl_arena_str(c->f->a, c->where);
    pl_str source = pl_arena_str(c->f->a, pl_str_sub(s->source, 0, 200));

    if (!r || !kept.p || !where.p || !source.p)
        return NULL;
    pl_set_str(r, PL_F_IMAGE_SETTING_NAME, kept);
    pl_set_str(r, PL_F_IMAGE_SETTING_WHERE, where);
    if (source.n)
        pl_set_str(r, PL_F_IMAGE_SETTING_SOURCE, source);
    else
        pl_set_absent(r, PL_F_IMAGE_SETTING_SOURCE);
    if (s->line)
        pl_set_int(r, PL_F_IMAGE_SETTING_LINE, (int64_t)s->line);
    else
        pl_set_absent(r, PL_F_IMAGE_SETTING_LINE);
    if (c->layer.n)
        pl_set_str(r, PL_F_IMAGE_SETTING_LAYER, c->layer);
    else
        pl_set_absent(r, PL_F_IMAGE_SETTING_LAYER);
    return r;
}

static void collect(void *arg, const pl_setting *s)
{
    struct collector *c = arg;

    if (s->classes & (PL_SETTING_UNSIGNED | PL_SETTING_SOURCE))
        (void)pl_fact_list_add(&c->unsigned_repos, record_of(c, s));
    if (s->classes & PL_SETTING_TLS)
        (void)pl_fact_list_add(&c->tls, record_of(c, s));
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
    const pl_facts *f = c->f;
    /* The policy that the distribution ships accepts everything: it is nobody's decision. */
    if (!reader ||
        (reader == pl_settings_policy && f->owner && f->owner(f->owner_arg, file->node).n))
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
            pl_settings_env(name->u.s, value->u.s, collect, c);
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
        /* Build arguments stand before the command. */
        if (pl_str_starts(text->u.s, PL_S("|")) && step.command.p > text->u.s.p)
            pl_settings_step(pl_str_sub(text->u.s, 0, (size_t)(step.command.p - text->u.s.p)),
                             collect, c);
        pl_settings_step(step.command, collect, c);
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
    collect(c, &(pl_setting){.classes = PL_SETTING_TLS, .name = pl_str_c(name)});
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
