/* SPDX-License-Identifier: Apache-2.0 */
#include "image/config.h"

#include "core/clock.h"
#include "image/history.h"
#include "image/js.h"
#include "image/limits.h"
#include "model/common.h"

#include <string.h>

struct filler {
    const pl_parts *parts;
    pl_problems *problems;
    pl_arena *a;
    pl_record *to;
    const json_t *config; /* the inner "config" object */
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "image record does not fit its budget");
}

/* ---- plain fields ---- */

static void set_text(struct filler *f, int field, const json_t *v)
{
    if (json_is_string(v) && json_string_length(v))
        pl_set_str(f->to, field, pl_js_text(v));
    else if (!v || json_is_null(v) || json_is_string(v))
        pl_set_absent(f->to, field);
    else
        pl_set_unreadable(f->to, field, "unreadable");
}

/* A list of strings, or one string (old Docker wrote CMD so). */
static pl_rc set_texts(struct filler *f, int field, const json_t *v, pl_err *err)
{
    size_t n = json_is_string(v) ? 1 : json_array_size(v);

    if (n == 0) {
        set_text(f, field, json_is_array(v) ? NULL : v);
        return PL_OK;
    }
    pl_str *list = pl_arena_calloc(f->a, n, sizeof(*list));
    if (!list)
        return no_room(err);
    for (size_t i = 0; i < n; i++)
        list[i] = pl_js_text(json_is_string(v) ? v : json_array_get(v, i));
    pl_set_strs(f->to, field, list, n);
    return PL_OK;
}

/* The keys of an object: ports and volumes are written so. An empty list when there are none. */
static pl_rc set_keys(struct filler *f, int field, const json_t *v, pl_err *err)
{
    size_t n = json_object_size(v);
    pl_str *list = pl_arena_calloc(f->a, n ? n : 1, sizeof(*list));
    size_t i = 0;

    if (!list)
        return no_room(err);
    if (v && !json_is_object(v) && !json_is_null(v)) {
        pl_set_unreadable(f->to, field, "unreadable");
        return PL_OK;
    }
    for (void *it = json_object_iter((json_t *)v); it && i < n;
         it = json_object_iter_next((json_t *)v, it))
        list[i++] = pl_str_c(json_object_iter_key(it));
    pl_set_strs(f->to, field, list, i);
    return PL_OK;
}

static void set_created(struct filler *f)
{
    int64_t us = 0;
    pl_str text = pl_js_str(f->parts->config, "created");

    if (!pl_time_parse(text, &us)) {
        if (text.n)
            pl_set_unreadable(f->to, PL_F_IMAGE_CREATED, "unreadable");
        else
            pl_set_absent(f->to, PL_F_IMAGE_CREATED);
        f->to->v[PL_F_IMAGE_AGE_DAYS] = f->to->v[PL_F_IMAGE_CREATED];
        return;
    }
    pl_set_int(f->to, PL_F_IMAGE_CREATED, us);
}

/* ---- environment and labels ---- */

/* Elements that do not fit are told by a last one that cannot be read. */
static pl_rc new_list(struct filler *f, size_t n, pl_record ***ret, size_t *ret_n, pl_err *err)
{
    *ret_n = n > PL_IMAGE_ENV_MAX ? PL_IMAGE_ENV_MAX : n;
    *ret = pl_arena_calloc(f->a, *ret_n + 1, sizeof(**ret));
    return *ret ? PL_OK : no_room(err);
}

static pl_record *cut_element(struct filler *f, const pl_kind *kind)
{
    pl_record *r = pl_record_new(f->a, kind);

    for (size_t i = 0; r && i < kind->n; i++)
        pl_set_unreadable(r, (int)i, "limit:elements");
    return r;
}

static pl_rc set_list(struct filler *f, int field, pl_record **list, size_t kept, size_t n,
                      const pl_kind *kind, pl_err *err)
{
    for (size_t i = 0; i < kept; i++)
        if (!list[i])
            return no_room(err);
    if (n > kept && !(list[kept++] = cut_element(f, kind)))
        return no_room(err);
    pl_set_recs(f->to, field, list, kept);
    return PL_OK;
}

static pl_rc set_env(struct filler *f, pl_err *err)
{
    const json_t *env = json_object_get(f->config, "Env");
    pl_record **list = NULL;
    size_t n = 0;
    pl_rc rc = new_list(f, json_array_size(env), &list, &n, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++) {
        pl_str value = pl_js_text(json_array_get(env, i));
        pl_str name = {"", 0};
        (void)pl_str_cut(&value, '=', &name);
        list[i] = pl_record_new(f->a, &pl_kind_env);
        pl_set_str(list[i], PL_F_ENV_NAME, name);
        pl_set_str(list[i], PL_F_ENV_VALUE, value);
        pl_set_absent(list[i], PL_F_ENV_SECRET);
    }
    return set_list(f, PL_F_IMAGE_ENV, list, n, json_array_size(env), &pl_kind_env, err);
}

static void add_labels(struct filler *f, const json_t *from, const json_t *unless, pl_record **list,
                       size_t *n, size_t max)
{
    for (void *it = json_object_iter((json_t *)from); it && *n < max;
         it = json_object_iter_next((json_t *)from, it)) {
        const char *key = json_object_iter_key(it);
        if (json_object_get(unless, key))
            continue;
        list[*n] = pl_record_new(f->a, &pl_kind_label);
        pl_set_str(list[*n], PL_F_LABEL_KEY, pl_str_c(key));
        pl_set_str(list[*n], PL_F_LABEL_VALUE, pl_js_text(json_object_iter_value(it)));
        ++*n;
    }
}

static pl_rc set_labels(struct filler *f, pl_err *err)
{
    const json_t *labels = json_object_get(f->config, "Labels");
    const json_t *notes = f->parts->annotations;
    size_t all = json_object_size(labels) + json_object_size(notes);
    pl_record **list = NULL;
    size_t max = 0;
    size_t n = 0;
    pl_rc rc = new_list(f, all, &list, &max, err);

    if (rc)
        return rc;
    add_labels(f, labels, NULL, list, &n, max);
    add_labels(f, notes, labels, list, &n, max);
    return set_list(f, PL_F_IMAGE_LABEL, list, n, max < all ? all : n, &pl_kind_label, err);
}

/* ---- history ---- */

static bool is_empty_step(const json_t *step)
{
    return json_is_true(json_object_get(step, "empty_layer"));
}

static void set_step_fields(pl_record *r, const pl_step *s)
{
    static const char *const sources[] = {NULL, "root", "local", "remote", "verified"};

    if (s->instruction.n)
        pl_set_str(r, PL_F_HISTORY_INSTRUCTION, s->instruction);
    else
        pl_set_absent(r, PL_F_HISTORY_INSTRUCTION);
    if (sources[s->add])
        pl_set_str(r, PL_F_HISTORY_ADD_SOURCE, pl_str_c(sources[s->add]));
    else
        pl_set_absent(r, PL_F_HISTORY_ADD_SOURCE);
    pl_set_bool(r, PL_F_HISTORY_REFRESHES_INDEX, s->refreshes_index);
    pl_set_bool(r, PL_F_HISTORY_INSTALLS, s->installs);
    pl_set_bool(r, PL_F_HISTORY_DOWNLOADS, s->downloads);
    pl_set_bool(r, PL_F_HISTORY_VERIFIES, s->verifies);
}

static void set_or_absent(pl_record *r, int field, pl_str v)
{
    if (!r)
        return;
    if (v.n)
        pl_set_str(r, field, v);
    else
        pl_set_absent(r, field);
}

/* Words of a value look like names, too: only what the image has counts, so nothing of a value gets
 * out. */
static bool is_name_of(const struct filler *f, bool is_env, pl_str name)
{
    const json_t *env = json_object_get(f->config, "Env");
    char key[PL_IMAGE_NAME_MAX];

    if (!is_env)
        return pl_str_to_c(name, key, sizeof(key)) &&
               json_object_get(json_object_get(f->config, "Labels"), key);
    for (size_t i = 0; i < json_array_size(env); i++) {
        pl_str value = pl_js_text(json_array_get(env, i)), of = {"", 0};
        if (pl_str_cut(&value, '=', &of) && pl_str_eq(of, name))
            return true;
    }
    return false;
}

static bool set_step_names(const struct filler *f, pl_record *r, const pl_step *s)
{
    bool is_env = pl_str_eq(s->instruction, PL_S("ENV"));
    pl_str found[PL_STEP_NAMES];
    size_t n =
        is_env || pl_str_eq(s->instruction, PL_S("LABEL")) ? pl_step_names(s->command, found) : 0;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (is_name_of(f, is_env, found[i]))
            found[kept++] = found[i];
    pl_str *names = pl_arena_calloc(f->a, kept + 1, sizeof(*names));
    for (size_t i = 0; names && i < kept; i++)
        names[i] = found[i];
    if (names)
        pl_set_strs(r, PL_F_HISTORY_SETS, names, kept);
    return names != NULL;
}

static pl_record *step_record(struct filler *f, const json_t *step, size_t i, pl_str layer,
                              bool is_first, pl_step_brief *ret)
{
    pl_record *r = pl_record_new(f->a, &pl_history_kind);
    pl_str text = pl_js_str(step, "created_by");
    int64_t us = 0;
    pl_step s;

    pl_step_parse(text, is_first, &s);
    *ret = (pl_step_brief){.is_cmd = pl_str_eq(s.instruction, PL_S("CMD")),
                           .is_empty = is_empty_step(step),
                           .is_root = s.is_root};
    set_or_absent(r, PL_F_HISTORY_CREATED_BY, text);
    set_or_absent(r, PL_F_HISTORY_COMMENT, pl_js_str(step, "comment"));
    set_or_absent(r, PL_F_HISTORY_LAYER, layer);
    pl_set_int(r, PL_F_HISTORY_INDEX, (int64_t)i);
    pl_set_bool(r, PL_F_HISTORY_IS_EMPTY, ret->is_empty);
    if (pl_time_parse(pl_js_str(step, "created"), &us))
        pl_set_int(r, PL_F_HISTORY_CREATED, us);
    else
        pl_set_absent(r, PL_F_HISTORY_CREATED);
    if (r)
        set_step_fields(r, &s);
    return r && set_step_names(f, r, &s) ? r : NULL;
}

/* Steps that made a layer and layers correspond one to one, or none of them can be told. */
static bool is_aligned(struct filler *f, const json_t *history)
{
    size_t with_layer = 0;
    size_t n_layers = f->parts->n_layers - f->parts->has_changes;

    for (size_t i = 0; i < json_array_size(history); i++)
        with_layer += !is_empty_step(json_array_get(history, i));
    if (with_layer == n_layers || json_array_size(history) == 0)
        return true;
    pl_problems_add(f->problems, PL_FORMAT, PL_NO_LAYER,
                    "the history has %zu steps that made a layer, but there are %zu layers",
                    with_layer, n_layers);
    return false;
}

static pl_rc set_history(struct filler *f, pl_err *err)
{
    const json_t *history = json_object_get(f->parts->config, "history");
    size_t all = json_array_size(history);
    pl_record **list = NULL;
    size_t n = 0;
    size_t layer = 0;
    pl_rc rc = new_list(f, all, &list, &n, err);
    pl_step_brief *brief = pl_arena_calloc(f->a, n ? n : 1, sizeof(*brief));
    bool aligned = is_aligned(f, history);

    if (rc || !brief)
        return rc ? rc : no_room(err);
    if (all == 0) {
        /* Some builders write none: what they did is not known. */
        pl_set_unreadable(f->to, PL_F_IMAGE_HISTORY, "not-observed");
        return PL_OK;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *step = json_array_get(history, i);
        bool has_layer = !is_empty_step(step);
        pl_str id = has_layer && aligned && layer < f->parts->n_layers
                        ? f->parts->layers[layer].diff_id
                        : (pl_str){"", 0};
        list[i] = step_record(f, step, i, id, layer == 0, &brief[i]);
        layer += has_layer;
    }
    size_t base = aligned ? pl_history_base(brief, n) : 0;
    for (size_t i = 0; i < n; i++)
        if (list[i])
            pl_set_bool(list[i], PL_F_HISTORY_IS_BASE, i < base);
    return set_list(f, PL_F_IMAGE_HISTORY, list, n, all, &pl_history_kind, err);
}

size_t pl_image_base_layers(const pl_record *image)
{
    const pl_value *h = pl_get(image, PL_F_IMAGE_HISTORY);
    size_t layers = 0;

    for (size_t i = 0; h->state == PL_PRESENT && i < h->n; i++) {
        const pl_value *base = pl_get(h->u.recs[i], PL_F_HISTORY_IS_BASE);
        const pl_value *empty = pl_get(h->u.recs[i], PL_F_HISTORY_IS_EMPTY);
        if (base->state == PL_PRESENT && base->u.b && !empty->u.b)
            layers++;
    }
    return layers;
}

/* ---- names ---- */

/* "host:5000/team/web:1@sha256:..." without tag and digest. */
static pl_str repository_of(pl_str ref)
{
    size_t slash = 0;
    size_t end = ref.n;

    for (size_t i = 0; i < end; i++) {
        if (ref.p[i] == '@')
            end = i;
        else if (ref.p[i] == '/')
            slash = i;
    }
    for (size_t i = slash; i < end; i++)
        if (ref.p[i] == ':')
            end = i;
    return pl_str_sub(ref, 0, end);
}

static void set_names(struct filler *f)
{
    const pl_parts *p = f->parts;

    pl_set_str(f->to, PL_F_IMAGE_FORMAT, pl_str_c(p->format));
    pl_set_strs(f->to, PL_F_IMAGE_REPO_TAGS, p->tags, p->n_tags);
    pl_set_absent(f->to, PL_F_IMAGE_REPO_DIGESTS);
    pl_set_unreadable(f->to, PL_F_IMAGE_SIGNED, "needs:signature-key");
    pl_set_absent(f->to, PL_F_IMAGE_SIGNED_BY);
    pl_set_absent(f->to, PL_F_IMAGE_BUILD_SOURCES);
    pl_set_absent(f->to, PL_F_IMAGE_SIGNATURE_PROBLEMS);
    set_or_absent(f->to, PL_F_IMAGE_DIGEST, p->manifest_digest);
    set_or_absent(f->to, PL_F_IMAGE_CONFIG_DIGEST, p->config_digest);
    set_or_absent(f->to, PL_F_IMAGE_ID,
                  p->id.n                     ? p->id
                  : p->config || !p->n_layers ? p->config_digest
                                              : p->layers[0].diff_id);
    set_or_absent(f->to, PL_F_IMAGE_REFERENCE, p->n_tags ? p->tags[0] : (pl_str){"", 0});
    set_or_absent(f->to, PL_F_IMAGE_REPOSITORY,
                  p->n_tags ? repository_of(p->tags[0]) : (pl_str){"", 0});
}

/* ---- chain ids ---- */

/* ChainID(L0) = DiffID(L0); ChainID(L0|...|Ln) = SHA-256(ChainID(L0|...|Ln-1) " " DiffID(Ln)). */
static pl_rc set_chain_ids(struct filler *f, pl_err *err)
{
    const pl_parts *p = f->parts;
    pl_str *ids = pl_arena_calloc(f->a, p->n_layers ? p->n_layers : 1, sizeof(*ids));

    for (size_t i = 0; ids && i < p->n_layers; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        unsigned char raw[PL_SHA256];
        char hex[PL_SHA256_HEX];
        ids[i] = p->layers[0].diff_id;
        if (i == 0)
            continue;
        pl_buf_fmt(&text, "%.*s %.*s", PL_F(ids[i - 1]), PL_F(p->layers[i].diff_id));
        pl_sha256_of(pl_buf_view(&text), raw);
        pl_hex(raw, sizeof(raw), hex);
        pl_buf_reset(&text);
        pl_buf_fmt(&text, "sha256:%s", hex);
        ids[i] = pl_arena_str(f->a, pl_buf_view(&text));
        if (!ids[i].p)
            return no_room(err);
    }
    if (!ids)
        return no_room(err);
    pl_set_strs(f->to, PL_F_IMAGE_CHAIN_IDS, ids, p->n_layers);
    return PL_OK;
}

/* ---- all of it ---- */

static pl_rc set_lists(struct filler *f, pl_err *err)
{
    static const struct {
        const char *key;
        int field;
        pl_rc (*set)(struct filler *f, int field, const json_t *v, pl_err *err);
    } rows[] = {
        {"Entrypoint", PL_F_IMAGE_ENTRYPOINT, set_texts},
        {"Cmd", PL_F_IMAGE_CMD, set_texts},
        {"Volumes", PL_F_IMAGE_VOLUMES, set_keys},
        {"ExposedPorts", PL_F_IMAGE_EXPOSED_PORTS, set_keys},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_rc rc = rows[i].set(f, rows[i].field, json_object_get(f->config, rows[i].key), err);
        if (rc)
            return rc;
    }
    return set_texts(f, PL_F_IMAGE_HEALTHCHECK,
                     json_object_get(json_object_get(f->config, "Healthcheck"), "Test"), err);
}

static void set_texts_of_config(struct filler *f)
{
    set_text(f, PL_F_IMAGE_PLATFORM_OS, json_object_get(f->parts->config, "os"));
    set_text(f, PL_F_IMAGE_PLATFORM_ARCH, json_object_get(f->parts->config, "architecture"));
    set_text(f, PL_F_IMAGE_USER, json_object_get(f->config, "User"));
    set_text(f, PL_F_IMAGE_WORKDIR, json_object_get(f->config, "WorkingDir"));
    set_text(f, PL_F_IMAGE_STOP_SIGNAL, json_object_get(f->config, "StopSignal"));
    set_created(f);
}

static void set_no_config(pl_record *to)
{
    static const int fields[] = {
        PL_F_IMAGE_PLATFORM_OS, PL_F_IMAGE_PLATFORM_ARCH, PL_F_IMAGE_CREATED,
        PL_F_IMAGE_AGE_DAYS,    PL_F_IMAGE_USER,          PL_F_IMAGE_USER_UID,
        PL_F_IMAGE_ENTRYPOINT,  PL_F_IMAGE_CMD,           PL_F_IMAGE_WORKDIR,
        PL_F_IMAGE_VOLUMES,     PL_F_IMAGE_EXPOSED_PORTS, PL_F_IMAGE_HEALTHCHECK,
        PL_F_IMAGE_STOP_SIGNAL, PL_F_IMAGE_ENV,           PL_F_IMAGE_LABEL,
        PL_F_IMAGE_HISTORY,     PL_F_IMAGE_CHAIN_IDS,
    };

    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_set_absent(to, fields[i]);
}

pl_rc pl_image_config(const pl_parts *parts, pl_problems *problems, pl_arena *a, pl_record *image,
                      pl_err *err)
{
    struct filler f = {parts, problems, a, image, NULL};

    set_names(&f);
    if (!parts->config) {
        set_no_config(image);
        return PL_OK;
    }
    f.config = json_object_get(parts->config, "config");
    set_texts_of_config(&f);
    pl_rc rc = set_lists(&f, err);
    if (!rc)
        rc = set_env(&f, err);
    if (!rc)
        rc = set_labels(&f, err);
    if (!rc)
        rc = set_chain_ids(&f, err);
    return rc ? rc : set_history(&f, err);
}
