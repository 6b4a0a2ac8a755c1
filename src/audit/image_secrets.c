/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_secrets.h"

#include "core/hash.h"
#include "core/jail.h"
#include "image/limits.h"
#include "model/common.h"
#include "secrets/limits.h"

#include <fnmatch.h>
#include <string.h>

enum {
    HEAD = 1 << 20,         /* bytes of each file */
    REF = 8,                /* bytes of the keyed digest */
    FOUND_ARENA = 16 << 20, /* all that was found in files */
    HITS_ARENA = 8 << 20,   /* of one text */
};

struct found {
    pl_str path, kind, title, ref;
    size_t layer; /* number in the set */
    pl_severity severity;
    bool is_example;
};

struct pl_image_secrets {
    pl_secrets *patterns;
    pl_file_visitor visitor;
    pl_arena *hits; /* of one text; reset for each */
    pl_arena *kept;
    struct found *found; /* owned */
    size_t n, room;
    bool is_cut;
    pl_str key; /* empty: no refs */
    pl_rc rc;
    pl_err err;
};

/* ---- files as they pass ---- */

/* Files whose lines are pairs of a name and a value. */
static bool has_pairs(pl_str path)
{
    static const char *const names[] = {
        "*/.env",
        "*/.env.*",
        "*/.netrc",
        "*/_netrc",
        "*/.npmrc",
        "*/.pypirc",
        "*/.pgpass",
        "*/.my.cnf",
        "*/.git-credentials",
        "*/credentials",
        "*/.credentials",
        "*.properties",
        "*/.boto",
        "*/.s3cfg",
        "*/secrets.y*ml",
        "*/database.yml",
        "*/kubeconfig",
        "*/.kube/config",
        "*/.docker/config.json",
        "*/.dockercfg",
        "*/wp-config.php",
        "*/settings.xml",
    };
    char c[PL_IMAGE_PATH_MAX + 1];

    for (size_t i = 0; pl_str_to_c(path, c, sizeof(c)) && i < PL_COUNT(names); i++)
        if (fnmatch(names[i], c, 0) == 0)
            return true;
    return false;
}

/* Shapes that manuals and tests are full of: in files they count only where people configure. */
static bool is_common(pl_str kind)
{
    static const char *const kinds[] = {"url-password", "command-password", "http-authorization",
                                        "password-hash"};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (pl_str_eq(kind, pl_str_c(kinds[i])))
            return true;
    return false;
}

static bool has_component(pl_str path, const char *const *names, size_t n)
{
    pl_str part;

    while (pl_str_cut(&path, '/', &part))
        for (size_t i = 0; i < n; i++)
            if (pl_str_eq(part, pl_str_c(names[i])))
                return true;
    return false;
}

/* Below one of these lies what others wrote. */
static bool is_third_party(pl_str path)
{
    static const char *const folders[] = {"node_modules", "site-packages", "dist-packages",
                                          "gems",         "vendor",        "bower_components"};
    static const char *const roots[] = {"/usr/lib/",       "/usr/share/",       "/usr/local/go/",
                                        "/usr/local/lib/", "/usr/local/share/", "/usr/include/",
                                        "/usr/src/",       "/go/pkg/mod/"};

    for (size_t i = 0; i < PL_COUNT(roots); i++)
        if (pl_str_starts(path, pl_str_c(roots[i])))
            return true;
    return has_component(path, folders, PL_COUNT(folders));
}

/* Keys that libraries bring along to test or to show themselves: all the world has them. */
static bool is_published(pl_str path)
{
    static const char *const names[] = {"test", "tests",    "testing",  "testdata", "__tests__",
                                        "spec", "examples", "fixtures", "doc",      "docs"};

    return is_third_party(path) && has_component(path, names, PL_COUNT(names));
}

static bool is_configuration(pl_str path)
{
    static const char *const suffixes[] = {".conf", ".cfg",        ".ini", ".env",  ".yml", ".yaml",
                                           ".toml", ".properties", ".xml", ".json", "rc"};

    if (has_pairs(path))
        return true;
    for (size_t i = 0; i < PL_COUNT(suffixes); i++)
        if (pl_str_ends(path, pl_str_c(suffixes[i])))
            return !is_third_party(path);
    return false;
}

static bool grow(pl_image_secrets *s)
{
    size_t room = s->room ? s->room * 2 : 64;
    struct found *found = reallocarray(s->found, room, sizeof(*found));

    if (!found)
        return false;
    s->found = found;
    s->room = room;
    return true;
}

/* The secret itself is kept nowhere. */
static pl_str ref_of(const pl_image_secrets *s, pl_arena *a, pl_str secret)
{
    unsigned char mac[PL_SHA256];
    char hex[2 * REF + 1];

    if (s->key.n == 0)
        return (pl_str){"", 0};
    pl_hmac_sha256(s->key, secret, mac);
    pl_hex(mac, REF, hex);
    return pl_arena_str(a, pl_str_c(hex));
}

static void keep(pl_image_secrets *s, const pl_passing_file *f, const pl_secret_hit *hit)
{
    if (is_common(hit->kind) && !is_configuration(f->path))
        return;
    struct found to = {
        .path = pl_arena_str(s->kept, f->path),
        .kind = hit->kind,
        .title = hit->title,
        .ref = ref_of(s, s->kept, pl_str_sub(f->head, hit->from, hit->n)),
        .layer = f->layer,
        .severity = hit->severity,
        .is_example = hit->is_example || is_published(f->path),
    };

    if (s->n == PL_IMAGE_LIST_MAX || !to.path.p || !to.ref.p || (s->n == s->room && !grow(s))) {
        s->is_cut = true;
        return;
    }
    s->found[s->n++] = to;
}

static void search_file(void *arg, const pl_passing_file *f)
{
    pl_image_secrets *s = arg;
    pl_secret_hits hits = {0};

    if (s->rc || f->head.n == 0)
        return;
    pl_arena_reset(s->hits);
    pl_secrets_how how = has_pairs(f->path) ? PL_SECRETS_PAIRS : PL_SECRETS_SHAPES;
    pl_rc rc = pl_secrets_find(s->patterns, f->head, how, s->hits, &hits, &s->err);
    if (rc == PL_LIMIT)
        s->is_cut = true;
    else if (rc)
        s->rc = pl_wrap(&s->err, rc, "%.*s", PL_F(pl_str_sub(f->path, 0, 200)));
    s->is_cut |= hits.is_cut;
    for (size_t i = 0; !rc && i < hits.n; i++)
        keep(s, f, &hits.items[i]);
}

/* ---- open and close ---- */

pl_rc pl_image_secrets_open(pl_str form, pl_str key, pl_image_secrets **ret, pl_err *err)
{
    pl_image_secrets *s = calloc(1, sizeof(*s));

    if (!s)
        return pl_fail(err, PL_NOMEM, "secrets");
    s->hits = pl_arena_new(HITS_ARENA);
    s->kept = pl_arena_new(FOUND_ARENA);
    s->visitor = (pl_file_visitor){.head = HEAD, .file = search_file, .arg = s};
    s->key = key;
    pl_rc rc = s->hits && s->kept ? pl_secrets_read(form, &s->patterns, err)
                                  : pl_fail(err, PL_NOMEM, "secrets");
    if (rc) {
        pl_image_secrets_close(s);
        return pl_wrap(err, rc, "patterns of secrets");
    }
    *ret = s;
    return PL_OK;
}

void pl_image_secrets_close(pl_image_secrets *s)
{
    if (!s)
        return;
    pl_secrets_free(s->patterns);
    pl_arena_free(s->hits);
    pl_arena_free(s->kept);
    free(s->found);
    free(s);
}

const pl_file_visitor *pl_image_secrets_visitor(pl_image_secrets *s)
{
    return &s->visitor;
}

/* ---- records ---- */

static pl_record *new_record(pl_facts *f, pl_str where, pl_str kind, pl_str title,
                             pl_severity severity, bool is_example, pl_str ref)
{
    pl_record *r = pl_record_new(f->a, &pl_image_secret_kind);
    pl_str kept[] = {pl_arena_str(f->a, where), pl_arena_str(f->a, kind), pl_arena_str(f->a, title),
                     pl_arena_str(f->a, ref)};

    for (size_t i = 0; i < PL_COUNT(kept); i++)
        if (!kept[i].p)
            return NULL;
    pl_set_str(r, PL_F_IMAGE_SECRET_WHERE, kept[0]);
    pl_set_str(r, PL_F_IMAGE_SECRET_KIND, kept[1]);
    pl_set_str(r, PL_F_IMAGE_SECRET_TITLE, kept[2]);
    if (ref.n)
        pl_set_str(r, PL_F_IMAGE_SECRET_REF, kept[3]);
    else
        pl_set_absent(r, PL_F_IMAGE_SECRET_REF);
    pl_set_str(r, PL_F_IMAGE_SECRET_SEVERITY, pl_str_c(pl_severity_word(severity)));
    pl_set_bool(r, PL_F_IMAGE_SECRET_EXAMPLE, is_example);
    pl_set_absent(r, PL_F_IMAGE_SECRET_LAYER);
    pl_set_absent(r, PL_F_IMAGE_SECRET_DELETED);
    pl_set_absent(r, PL_F_IMAGE_SECRET_PACKAGE);
    return r;
}

/* A layer of the set may lie in several places of the tree, or, in an archive with other images,
 * in none. */
static bool place_of(const pl_facts *f, size_t layer, size_t *ret)
{
    for (size_t i = 0; i < pl_tree_layers(f->tree); i++)
        if (pl_tree_layer(f->tree, i) == layer) {
            *ret = i;
            return true;
        }
    return false;
}

static pl_record *file_record(pl_facts *f, const struct found *found, size_t place)
{
    pl_record *r = new_record(f, found->path, found->kind, found->title, found->severity,
                              found->is_example, found->ref);
    const pl_paths *paths = pl_layers_paths(pl_tree_set(f->tree));
    uint32_t node = pl_paths_lookup(paths, found->path);
    pl_file now;

    if (!r || node == PL_PATH_NONE)
        return r;
    bool is_there = pl_tree_at(f->tree, node, &now) && now.layer == place;
    pl_set_str(r, PL_F_IMAGE_SECRET_LAYER, f->layer_ids[place]);
    pl_set_bool(r, PL_F_IMAGE_SECRET_DELETED, !is_there);
    pl_str owner = f->owner ? f->owner(f->owner_arg, node) : (pl_str){"", 0};
    if (owner.n)
        pl_set_str(r, PL_F_IMAGE_SECRET_PACKAGE, owner);
    return r;
}

static pl_rc fill_files(pl_image_secrets *s, pl_facts *f, pl_err *err)
{
    pl_fact_list list;
    size_t place = 0;
    pl_rc rc = pl_fact_list_init(f, &list, PL_IMAGE_LIST_MAX, err);

    for (size_t i = 0; !rc && i < s->n; i++)
        if (place_of(f, s->found[i].layer, &place) &&
            !pl_fact_list_add(&list, file_record(f, &s->found[i], place)))
            break;
    return rc ? rc
              : pl_fact_list_set(f, &list, PL_F_IMAGE_FILE_SECRETS, &pl_image_secret_kind,
                                 s->is_cut ? "limit:secrets" : f->missing, err);
}

/* ---- metadata ---- */

struct metadata {
    pl_image_secrets *s;
    pl_facts *f;
    pl_fact_list list;
    bool is_cut;
};

static pl_rc search_pair(struct metadata *m, const char *what, pl_str name, pl_str value,
                         pl_str *ret_kind, pl_err *err)
{
    PL_AUTO_BUF pl_buf where = {0};
    pl_secret_hit hit;
    bool is_found = false;
    pl_rc rc = pl_secrets_pair(m->s->patterns, name, value, &is_found, &hit, err);

    if (rc == PL_LIMIT) {
        m->is_cut = true;
        return PL_OK;
    }
    if (rc || !is_found)
        return rc;
    pl_buf_fmt(&where, "%s %.*s", what, PL_F(pl_str_sub(name, 0, 200)));
    (void)pl_fact_list_add(&m->list,
                           new_record(m->f, pl_buf_view(&where), hit.kind, hit.title, hit.severity,
                                      hit.is_example, ref_of(m->s, m->f->a, value)));
    *ret_kind = pl_arena_str(m->f->a, hit.kind);
    return PL_OK;
}

static pl_rc search_text(struct metadata *m, const char *where, pl_str text, pl_err *err)
{
    pl_secret_hits hits = {0};

    pl_arena_reset(m->s->hits);
    pl_rc rc = pl_secrets_find(m->s->patterns, text, PL_SECRETS_PAIRS, m->s->hits, &hits, err);
    if (rc && rc != PL_LIMIT)
        return rc;
    m->is_cut |= rc == PL_LIMIT || hits.is_cut;
    for (size_t i = 0; !rc && i < hits.n; i++) {
        const pl_secret_hit *h = &hits.items[i];
        pl_record *r =
            new_record(m->f, pl_str_c(where), h->kind, h->title, h->severity, h->is_example,
                       ref_of(m->s, m->f->a, pl_str_sub(text, h->from, h->n)));
        if (!pl_fact_list_add(&m->list, r))
            break;
    }
    return PL_OK;
}

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static pl_rc search_env(struct metadata *m, pl_err *err)
{
    const pl_value *env = pl_get(m->f->image, PL_F_IMAGE_ENV);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && env->state == PL_PRESENT && i < env->n; i++) {
        pl_record *e = env->u.recs[i];
        pl_str kind = {"", 0};
        rc = search_pair(m, "environment", text_of(e, PL_F_ENV_NAME), text_of(e, PL_F_ENV_VALUE),
                         &kind, err);
        if (kind.n)
            pl_set_str(e, PL_F_ENV_SECRET, kind);
    }
    return rc;
}

static pl_rc search_labels(struct metadata *m, pl_err *err)
{
    const pl_value *labels = pl_get(m->f->image, PL_F_IMAGE_LABEL);
    pl_str kind;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && labels->state == PL_PRESENT && i < labels->n; i++)
        rc = search_pair(m, "label", text_of(labels->u.recs[i], PL_F_LABEL_KEY),
                         text_of(labels->u.recs[i], PL_F_LABEL_VALUE), &kind, err);
    return rc;
}

/* The words of a command belong together: "--password", "x". */
static pl_rc search_command(struct metadata *m, const char *where, int field, pl_err *err)
{
    const pl_value *words = pl_get(m->f->image, field);
    PL_AUTO_BUF pl_buf text = {0};

    for (size_t i = 0; words->state == PL_PRESENT && i < words->n; i++) {
        pl_buf_str(&text, words->u.strs[i]);
        pl_buf_ch(&text, ' ');
    }
    if (!pl_buf_ok(&text))
        return pl_fail(err, PL_NOMEM, "command");
    return text.n ? search_text(m, where, pl_buf_view(&text), err) : PL_OK;
}

static pl_rc search_history(struct metadata *m, pl_err *err)
{
    const pl_value *history = pl_get(m->f->image, PL_F_IMAGE_HISTORY);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && history->state == PL_PRESENT && i < history->n; i++) {
        char where[48];
        (void)snprintf(where, sizeof(where), "history step %zu", i);
        rc = search_text(m, where, text_of(history->u.recs[i], PL_F_HISTORY_CREATED_BY), err);
        if (!rc)
            rc = search_text(m, where, text_of(history->u.recs[i], PL_F_HISTORY_COMMENT), err);
    }
    return rc;
}

static pl_rc fill_metadata(pl_image_secrets *s, pl_facts *f, pl_err *err)
{
    struct metadata m = {.s = s, .f = f};
    pl_rc rc = pl_fact_list_init(f, &m.list, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = search_env(&m, err);
    if (!rc)
        rc = search_labels(&m, err);
    if (!rc)
        rc = search_command(&m, "entrypoint", PL_F_IMAGE_ENTRYPOINT, err);
    if (!rc)
        rc = search_command(&m, "command", PL_F_IMAGE_CMD, err);
    if (!rc)
        rc = search_command(&m, "health check", PL_F_IMAGE_HEALTHCHECK, err);
    if (!rc)
        rc = search_history(&m, err);
    return rc ? rc
              : pl_fact_list_set(f, &m.list, PL_F_IMAGE_METADATA_SECRETS, &pl_image_secret_kind,
                                 m.is_cut ? "limit:secrets" : NULL, err);
}

pl_rc pl_image_secrets_fill(pl_image_secrets *s, pl_facts *f, pl_err *err)
{
    if (s->rc) {
        if (err)
            *err = s->err;
        return pl_wrap(err, s->rc, "search for secrets");
    }
    pl_rc rc = fill_files(s, f, err);
    if (!rc && f->parts->config)
        rc = fill_metadata(s, f, err);
    else if (!rc)
        pl_set_absent(f->image, PL_F_IMAGE_METADATA_SECRETS);
    return rc;
}
