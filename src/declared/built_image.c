/* SPDX-License-Identifier: Apache-2.0 */
/* The record of the image that a stage builds: the configuration as that of an image, and what the
 * instructions make certain of its files. */
#include "declared/dockerfile.h"

#include "core/hash.h"
#include "core/json_write.h"
#include "declared/limits.h"
#include "image/config.h"
#include "image/facts.h"
#include "image/fields.h"
#include "image/limits.h"
#include "model/common.h"

#include <string.h>

struct built {
    pl_reading *r;
    const pl_stage *s;
    pl_arena *a;
    pl_record *image;
    json_t *doc;
    const pl_stage_reference *references; /* of the whole file */
    size_t n_references;
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "image does not fit its budget");
}

/* ---- the document ---- */

static json_t *env_list(const pl_stage *s)
{
    const pl_stage_var *vars = s->vars.v;
    json_t *list = json_array();

    for (size_t i = 0; list && i < s->vars.n; i++) {
        if (vars[i].is_arg || vars[i].is_open)
            continue;
        json_t *one = json_sprintf("%.*s=%.*s", PL_F(vars[i].name), PL_F(vars[i].value));
        if (json_array_append_new(list, one)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *document(const pl_stage *s)
{
    json_t *config = json_deep_copy(s->config);

    if (!config || json_object_set_new(config, "Env", env_list(s)) ||
        json_object_set_new(config, "OnBuild", json_deep_copy(s->triggers))) {
        json_decref(config);
        return NULL;
    }
    return json_pack("{so,sO}", "config", config, "history", s->history);
}

static pl_str digest_of(struct built *b)
{
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char raw[PL_SHA256];
    char hex[7 + PL_SHA256_HEX] = "sha256:";

    if (pl_json_canonical(b->doc, &text, NULL) != PL_OK)
        return (pl_str){"", 0};
    pl_sha256_of(pl_buf_view(&text), raw);
    pl_hex(raw, sizeof(raw), hex + 7);
    return pl_arena_str(b->a, pl_str_c(hex));
}

/* ---- fields as those of an image without files ---- */

static pl_rc fill(struct built *b, const pl_parts *parts, pl_err *err)
{
    pl_problems problems = {.arena = b->a};
    pl_layers *layers = pl_layers_new(pl_image_wants, &problems);
    pl_tree *tree = layers ? pl_tree_new(layers) : NULL;
    pl_rc rc = tree ? pl_image_config(parts, &problems, b->a, b->image, err)
                    : pl_fail(err, PL_NOMEM, "tree");

    if (!rc) {
        pl_tree_seal(tree);
        pl_facts f = {
            .tree = tree, .parts = parts, .a = b->a, .image = b->image, .missing = "not-observed"};
        rc = pl_facts_fill(&f, err);
        if (!rc)
            rc = b->r->image_facts(b->r, &f, err);
    }
    pl_tree_free(tree);
    pl_layers_free(layers);
    return rc;
}

/* ---- what stays open ---- */

/* Fields that the instructions decide; those of a base image only where it says nothing. */
static const struct {
    int field;
    const char *key;   /* in the configuration; NULL: it is decided in any case */
    bool is_inherited; /* what the base image says holds where nothing is declared */
} decided[] = {
    {PL_F_IMAGE_ID, NULL, false},
    {PL_F_IMAGE_CONFIG_DIGEST, NULL, false},
    {PL_F_IMAGE_FORMAT, NULL, false},
    {PL_F_IMAGE_HISTORY, NULL, false},
    {PL_F_IMAGE_BUILD_SOURCES, NULL, false},
    {PL_F_IMAGE_ENV, NULL, false},
    {PL_F_IMAGE_LABEL, NULL, false},
    {PL_F_IMAGE_METADATA_SECRETS, NULL, false},
    {PL_F_IMAGE_UNSIGNED_REPOS, NULL, false},
    {PL_F_IMAGE_TLS_BYPASSES, NULL, false},
    {PL_F_IMAGE_PROGRAMS, NULL, false},
    {PL_F_IMAGE_SETUID_FILES, NULL, false},
    {PL_F_IMAGE_WRITABLE_PROGRAMS, NULL, false},
    {PL_F_IMAGE_BUILD_FILES, NULL, false},
    {PL_F_IMAGE_USER, "User", true},
    {PL_F_IMAGE_USER_UID, "User", true},
    {PL_F_IMAGE_ENTRYPOINT, "Entrypoint", true},
    {PL_F_IMAGE_CMD, "Cmd", true},
    {PL_F_IMAGE_WORKDIR, "WorkingDir", true},
    {PL_F_IMAGE_HEALTHCHECK, "Healthcheck", true},
    {PL_F_IMAGE_STOP_SIGNAL, "StopSignal", true},
};

static bool is_decided(const struct built *b, int field)
{
    for (size_t i = 0; i < PL_COUNT(decided); i++)
        if (decided[i].field == field)
            return !decided[i].is_inherited || !b->s->is_on_base ||
                   json_object_get(b->s->config, decided[i].key);
    /* Ports and volumes add up. */
    return field == PL_F_IMAGE_EXPOSED_PORTS && !b->s->is_on_base && !b->s->open_ports;
}

static void open_fields(struct built *b)
{
    for (size_t i = 0; i < b->image->kind->n; i++)
        if (!is_decided(b, (int)i))
            pl_set_unreadable(b->image, (int)i, "not-observed");
    if (b->s->open_user) {
        pl_set_unreadable(b->image, PL_F_IMAGE_USER, "not-observed");
        pl_set_unreadable(b->image, PL_F_IMAGE_USER_UID, "not-observed");
    }
    if (b->s->open_health)
        pl_set_unreadable(b->image, PL_F_IMAGE_HEALTHCHECK, "not-observed");
}

/* Puts elements before those of a list; one more that nobody has seen comes last when asked for. */
static pl_rc extend(struct built *b, int field, pl_record **more, size_t n, const pl_kind *kind,
                    bool adds_open, pl_err *err)
{
    const pl_value *v = pl_get(b->image, field);
    size_t old = v->state == PL_PRESENT ? v->n : 0;
    pl_record **items = pl_arena_calloc(b->a, old + n + 1, sizeof(pl_record *));

    if (!items)
        return no_room(err);
    for (size_t i = 0; i < n; i++)
        items[i] = more[i];
    for (size_t i = 0; i < old; i++)
        items[n + i] = v->u.recs[i];
    if (adds_open) {
        pl_record *rest = pl_record_new(b->a, kind);
        if (!rest)
            return no_room(err);
        for (size_t i = 0; i < kind->n; i++)
            pl_set_unreadable(rest, (int)i, "not-observed");
        items[old + n] = rest;
    }
    pl_set_recs(b->image, field, items, old + n + adds_open);
    return PL_OK;
}

static bool has_open_env(const pl_stage *s)
{
    const pl_stage_var *vars = s->vars.v;
    bool is_open = s->is_on_base || s->open_env;

    for (size_t i = 0; i < s->vars.n; i++)
        is_open |= !vars[i].is_arg && vars[i].is_open;
    return is_open;
}

static pl_rc open_lists(struct built *b, pl_err *err)
{
    const pl_stage *s = b->s;
    bool open_env = has_open_env(s);
    pl_rc rc = extend(b, PL_F_IMAGE_ENV, NULL, 0, &pl_kind_env, open_env, err);

    if (!rc)
        rc = extend(b, PL_F_IMAGE_LABEL, NULL, 0, &pl_kind_label, s->is_on_base || s->open_labels,
                    err);
    if (!rc)
        rc = extend(b, PL_F_IMAGE_METADATA_SECRETS, NULL, 0, &pl_image_secret_kind,
                    open_env || s->open_labels || s->open_args, err);
    return rc;
}

/* ---- history ---- */

static void own_history(struct built *b)
{
    const pl_value *h = pl_get(b->image, PL_F_IMAGE_HISTORY);
    const size_t *open = b->s->open_steps.v;

    for (size_t i = 0; h->state == PL_PRESENT && i < h->n; i++) {
        pl_record *r = h->u.recs[i];
        bool is_base = b->s->is_on_base && i == 0;
        for (size_t k = 0; is_base && k < r->kind->n; k++)
            pl_set_unreadable(r, (int)k, "not-observed");
        pl_set_bool(r, PL_F_HISTORY_IS_BASE, is_base);
        pl_set_str(r, PL_F_HISTORY_OWNER, is_base ? PL_S("base-image") : PL_S("application"));
    }
    for (size_t i = 0; h->state == PL_PRESENT && i < b->s->open_steps.n; i++) {
        if (open[i] >= h->n)
            continue;
        pl_set_unreadable(h->u.recs[open[i]], PL_F_HISTORY_ADD_SOURCE, "not-observed");
        pl_set_unreadable(h->u.recs[open[i]], PL_F_HISTORY_DOWNLOADS, "not-observed");
    }
}

/* ---- files ---- */

static pl_str name_in(pl_str path)
{
    pl_str part, name = path;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    return name;
}

static pl_record *file_record(struct built *b, const pl_stage_file *f)
{
    pl_record *r = pl_record_new(b->a, &pl_image_file_kind);

    if (!r)
        return NULL;
    for (size_t i = 0; i < r->kind->n; i++)
        pl_set_unreadable(r, (int)i, "not-observed");
    if (f->path.n) {
        pl_set_str(r, PL_F_IMAGE_FILE_PATH, f->path);
        pl_set_str(r, PL_F_IMAGE_FILE_NAME, name_in(f->path));
    }
    pl_set_str(r, PL_F_IMAGE_FILE_WHY, pl_str_c(f->why));
    if (f->mode.n)
        pl_set_str(r, PL_F_IMAGE_FILE_MODE, f->mode);
    pl_set_bool(r, PL_F_IMAGE_FILE_SETUID, f->is_setuid);
    pl_set_bool(r, PL_F_IMAGE_FILE_SETGID, f->is_setgid);
    pl_set_bool(r, PL_F_IMAGE_FILE_CAPABILITIES, f->has_caps);
    pl_set_bool(r, PL_F_IMAGE_FILE_IS_BASE, false);
    return r;
}

static pl_rc add_files(struct built *b, int field, pl_err *err)
{
    const pl_stage_file *files = b->s->files.v;
    pl_record **more = pl_arena_calloc(b->a, b->s->files.n + 1, sizeof(pl_record *));
    size_t n = 0;

    if (!more)
        return no_room(err);
    for (size_t i = 0; i < b->s->files.n; i++)
        if (files[i].field == field && !files[i].is_gone &&
            !(more[n++] = file_record(b, &files[i])))
            return no_room(err);
    return n ? extend(b, field, more, n, &pl_image_file_kind, false, err) : PL_OK;
}

/* ---- images that it takes from ---- */

/* "sha256:" and 64 digits behind "@"; empty: none. */
static pl_str digest_in(pl_str reference)
{
    pl_str digest = reference, name;
    bool is_hex = pl_str_cut(&digest, '@', &name) && digest.n == 7 + 64 &&
                  pl_str_starts(digest, PL_S("sha256:"));

    for (size_t i = 7; is_hex && i < digest.n; i++)
        is_hex = strchr("0123456789abcdef", digest.p[i]) && digest.p[i];
    return is_hex ? digest : (pl_str){"", 0};
}

static pl_rc put_sources(struct built *b, pl_err *err)
{
    const pl_stage_reference *references = b->references;
    size_t n = b->n_references;
    pl_record **list = pl_arena_calloc(b->a, n + 1, sizeof(pl_record *));

    for (size_t i = 0; list && i < n; i++) {
        pl_str digest = digest_in(references[i].text);
        if (!(list[i] = pl_record_new(b->a, &pl_build_source_kind)))
            return no_room(err);
        pl_set_unreadable(list[i], PL_F_BUILD_SOURCE_NAME, "not-observed");
        pl_set_unreadable(list[i], PL_F_BUILD_SOURCE_DIGEST, "not-observed");
        if (references[i].is_open)
            continue;
        pl_set_str(list[i], PL_F_BUILD_SOURCE_NAME, references[i].text);
        if (digest.n)
            pl_set_str(list[i], PL_F_BUILD_SOURCE_DIGEST, digest);
        else
            pl_set_absent(list[i], PL_F_BUILD_SOURCE_DIGEST);
    }
    if (!list)
        return no_room(err);
    pl_set_recs(b->image, PL_F_IMAGE_BUILD_SOURCES, list, n);
    return PL_OK;
}

/* ---- all of it ---- */

static void set_names(struct built *b)
{
    const pl_stage *s = b->s;
    pl_str digest = s->base, name;

    if (!s->is_windows)
        pl_set_str(b->image, PL_F_IMAGE_PLATFORM_OS, PL_S("linux"));
    if (!s->is_on_base)
        pl_set_absent(b->image, PL_F_IMAGE_BASE_NAME);
    else if (!s->is_base_open)
        pl_set_str(b->image, PL_F_IMAGE_BASE_NAME, s->base);
    if (pl_str_cut(&digest, '@', &name) && digest.n)
        pl_set_str(b->image, PL_F_IMAGE_BASE_DIGEST, digest);
    else if (!s->is_base_open)
        pl_set_absent(b->image, PL_F_IMAGE_BASE_DIGEST);
}

static pl_rc make(struct built *b, pl_err *err)
{
    pl_parts parts = {.format = "dockerfile", .config = b->doc, .config_digest = digest_of(b)};
    pl_rc rc = fill(b, &parts, err);

    if (rc)
        return rc;
    open_fields(b);
    own_history(b);
    set_names(b);
    rc = open_lists(b, err);
    static const int lists[] = {PL_F_IMAGE_PROGRAMS, PL_F_IMAGE_SETUID_FILES,
                                PL_F_IMAGE_BUILD_FILES};
    for (size_t i = 0; !rc && i < PL_COUNT(lists); i++)
        rc = add_files(b, lists[i], err);
    return rc ? rc : put_sources(b, err);
}

/* ---- places ---- */

struct places {
    struct built *b;
    pl_source_place *v;
    size_t n, room;
};

static void add_place(struct places *p, int field, pl_str element, long at, int line, int column)
{
    if (p->n < p->room)
        p->v[p->n++] = (pl_source_place){.field = field,
                                         .element = element,
                                         .at = at,
                                         .line = line,
                                         .column = column,
                                         .file = {"", 0}};
}

/* Files stand at the beginning of their lists, in this order. */
static void add_file_places(struct places *p)
{
    static const int lists[] = {PL_F_IMAGE_PROGRAMS, PL_F_IMAGE_SETUID_FILES,
                                PL_F_IMAGE_BUILD_FILES};
    const pl_stage_file *files = p->b->s->files.v;

    for (size_t k = 0; k < PL_COUNT(lists); k++) {
        long at = 0;
        for (size_t i = 0; i < p->b->s->files.n; i++)
            if (files[i].field == lists[k] && !files[i].is_gone)
                add_place(p, lists[k], (pl_str){"", 0}, at++, files[i].line, files[i].column);
    }
}

static const pl_stage_place *step_place(const pl_stage *s, uint64_t step)
{
    const pl_stage_place *v = s->places.v;

    for (size_t i = 0; i < s->places.n; i++)
        if (v[i].at >= 0 && (uint64_t)v[i].at == step)
            return &v[i];
    return NULL;
}

static const pl_stage_place *env_place(const pl_stage *s, pl_str name)
{
    const pl_stage_place *v = s->places.v;

    for (size_t i = 0; i < s->places.n; i++)
        if (v[i].field == PL_F_IMAGE_ENV && pl_str_eq(v[i].element, name))
            return &v[i];
    return NULL;
}

/* "history step 3", "environment NAME": where the element of another list comes from. */
static void add_found_places(struct places *p, int field, int where_field)
{
    static const pl_str step = {"history step ", 13}, variable = {"environment ", 12};
    const pl_value *list = pl_get(p->b->image, field);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        const pl_value *v = pl_get(list->u.recs[i], where_field);
        pl_str where = v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
        const pl_stage_place *at = NULL;
        uint64_t n = 0;
        if (pl_str_starts(where, step) && pl_str_u64(pl_str_sub(where, step.n, where.n), &n))
            at = step_place(p->b->s, n);
        else if (pl_str_starts(where, variable))
            at = env_place(p->b->s, pl_str_sub(where, variable.n, where.n));
        if (at)
            add_place(p, field, (pl_str){"", 0}, (long)i, at->line, at->column);
    }
}

static size_t length_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->n : 0;
}

static pl_rc tell(struct built *b, pl_str name, pl_err *err)
{
    const pl_stage_place *from = b->s->places.v;
    struct places p = {.b = b};

    p.room = b->s->places.n + b->s->files.n + b->n_references +
             length_of(b->image, PL_F_IMAGE_METADATA_SECRETS) +
             length_of(b->image, PL_F_IMAGE_TLS_BYPASSES) +
             length_of(b->image, PL_F_IMAGE_UNSIGNED_REPOS);
    p.v = pl_arena_calloc(b->a, p.room + 1, sizeof(*p.v));
    if (!p.v)
        return no_room(err);
    for (size_t i = 0; i < b->s->places.n; i++)
        add_place(&p, from[i].field, from[i].element, from[i].at, from[i].line, from[i].column);
    add_file_places(&p);
    for (size_t i = 0; i < b->n_references; i++)
        add_place(&p, PL_F_IMAGE_BUILD_SOURCES, (pl_str){"", 0}, (long)i, b->references[i].line,
                  b->references[i].column);
    add_found_places(&p, PL_F_IMAGE_METADATA_SECRETS, PL_F_IMAGE_SECRET_WHERE);
    add_found_places(&p, PL_F_IMAGE_TLS_BYPASSES, PL_F_IMAGE_SETTING_WHERE);
    add_found_places(&p, PL_F_IMAGE_UNSIGNED_REPOS, PL_F_IMAGE_SETTING_WHERE);
    return b->r->tell(b->r,
                      &(pl_reading_subject){.record = b->image,
                                            .arena = b->a,
                                            .name = name,
                                            .service = name,
                                            .places = p.v,
                                            .n_places = p.n,
                                            .document = b->doc},
                      err);
}

pl_rc pl_docker_tell(pl_reading *r, const pl_stage *s, const pl_docker_line *at,
                     const pl_stage_reference *references, size_t n, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_DECLARED_ONE_BUDGET);
    pl_str name = s->name.n ? s->name : PL_S("image");

    (void)at;
    if (!a || s->is_bad)
        return pl_fail(err, PL_LIMIT, "does not fit its budget, or is not UTF-8");
    json_auto_t *doc = document(s);
    struct built b = {.r = r,
                      .s = s,
                      .a = a,
                      .image = pl_record_new(a, &pl_image_kind),
                      .doc = doc,
                      .references = references,
                      .n_references = n};
    if (!doc || !b.image)
        return no_room(err);
    pl_rc rc = make(&b, err);
    return rc ? rc : tell(&b, name, err);
}
