/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_secrets.h"

#include "audit/secret_watch.h"
#include "image/limits.h"
#include "model/common.h"

enum { HITS_ARENA = 8 << 20 /* of one text */ };

struct pl_image_secrets {
    pl_secrets *patterns;
    pl_secret_watch *watch;
    pl_arena *hits; /* of one text; reset for each */
    pl_str key;     /* empty: no refs */
};

pl_rc pl_image_secrets_open(pl_str form, pl_str key, pl_image_secrets **ret, pl_err *err)
{
    pl_image_secrets *s = calloc(1, sizeof(*s));

    if (!s)
        return pl_fail(err, PL_NOMEM, "secrets");
    s->hits = pl_arena_new(HITS_ARENA);
    s->key = key;
    pl_rc rc =
        s->hits ? pl_secrets_read(form, &s->patterns, err) : pl_fail(err, PL_NOMEM, "secrets");
    if (!rc)
        rc = pl_secret_watch_open(s->patterns, key, &s->watch, err);
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
    pl_secret_watch_close(s->watch);
    pl_secrets_free(s->patterns);
    pl_arena_free(s->hits);
    free(s);
}

const pl_watcher *pl_image_secrets_watcher(const pl_image_secrets *s)
{
    return pl_secret_watch_watcher(s->watch);
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
    pl_set_absent(r, PL_F_IMAGE_SECRET_OFFSET);
    pl_set_absent(r, PL_F_IMAGE_SECRET_LINE);
    pl_set_absent(r, PL_F_IMAGE_SECRET_TAIL);
    return r;
}

struct files {
    pl_image_secrets *s;
    pl_facts *f;
    const pl_analysis *a;
    pl_fact_list list;
    bool examples;       /* which of them */
    const char *missing; /* reason code: some file was not searched to its end */
    size_t left_out;     /* examples */
};

static bool is_same(pl_str of_file, pl_str of_member)
{
    pl_secret_note one, two;

    return pl_secret_note_decode(of_file, &one) && pl_secret_note_decode(of_member, &two) &&
           two.member.n && pl_str_eq(one.kind, two.kind) && pl_str_eq(one.ref, two.ref) &&
           pl_str_eq(one.tail, two.tail);
}

/* "/app/x.jar!/a.properties" */
static bool print_place(pl_str path, pl_str member, pl_buf *out)
{
    pl_buf_str(out, path);
    pl_buf_str(out, member);
    return pl_buf_ok(out);
}

static pl_record *file_record(struct files *l, const pl_fact_note *n, const pl_secret_note *note)
{
    pl_facts *f = l->f;
    PL_AUTO_BUF pl_buf where = {0};
    pl_str title = pl_secrets_title(l->s->patterns, note->kind);
    pl_str tail = pl_arena_str(f->a, note->tail);

    if (!print_place(n->path, note->member, &where) || !tail.p)
        return NULL;
    pl_record *r = new_record(f, pl_buf_view(&where), note->kind, title, note->severity,
                              note->is_example, note->ref);
    if (!r)
        return NULL;
    pl_set_str(r, PL_F_IMAGE_SECRET_LAYER, f->layer_ids[n->place]);
    pl_set_bool(r, PL_F_IMAGE_SECRET_DELETED, n->is_deleted);
    pl_set_int(r, PL_F_IMAGE_SECRET_OFFSET, (int64_t)note->offset);
    if (note->line)
        pl_set_int(r, PL_F_IMAGE_SECRET_LINE, (int64_t)note->line);
    if (tail.n)
        pl_set_str(r, PL_F_IMAGE_SECRET_TAIL, tail);
    pl_str owner = f->owner ? f->owner(f->owner_arg, n->node) : (pl_str){"", 0};
    if (owner.n)
        pl_set_str(r, PL_F_IMAGE_SECRET_PACKAGE, owner);
    return r;
}

static bool on_note(void *arg, const pl_fact_note *n)
{
    struct files *l = arg;
    pl_secret_note note;

    if (n->note->rc || !pl_secret_note_decode(n->note->bytes, &note)) {
        l->missing = n->note->rc == PL_UNSUPPORTED ? pl_rc_reason(PL_UNSUPPORTED) : "limit:secrets";
        return true;
    }
    if (note.is_example != l->examples)
        return true;
    if (!note.member.n && pl_fact_note_is_of_member(l->a, n->note, is_same))
        return true;
    if (l->examples && l->list.n == l->list.max) {
        l->left_out++;
        return true;
    }
    return pl_fact_list_add(&l->list, file_record(l, n, &note));
}

/* Examples come last: they may not take the place of what counts. */
static pl_rc list_files(struct files *l, int by, pl_err *err)
{
    pl_rc rc = pl_fact_notes(l->f, by, on_note, l, err);

    l->examples = true;
    if (!rc && !l->list.is_cut)
        rc = pl_fact_notes(l->f, by, on_note, l, err);
    if (l->left_out)
        pl_problems_add(pl_layers_problems(pl_tree_set(l->f->tree)), PL_LIMIT, PL_NO_LAYER,
                        "secrets: %zu examples are not listed, there are more than %d elements",
                        l->left_out, PL_IMAGE_LIST_MAX);
    return rc;
}

static pl_rc fill_files(pl_image_secrets *s, const pl_analysis *a, pl_facts *f, pl_err *err)
{
    struct files l = {.s = s, .f = f, .a = a};
    int by = pl_analysis_watcher_by(a, pl_image_secrets_watcher(s));
    pl_rc rc = pl_fact_list_init(f, &l.list, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = list_files(&l, by, err);
    return rc ? rc
              : pl_fact_list_set(f, &l.list, PL_F_IMAGE_FILE_SECRETS, &pl_image_secret_kind,
                                 l.missing ? l.missing : f->missing, err);
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
                                      hit.is_example, pl_secret_ref(m->s->key, value, m->f->a)));
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
                       pl_secret_ref(m->s->key, pl_str_sub(text, h->from, h->n), m->f->a));
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

pl_rc pl_image_secrets_fill(pl_image_secrets *s, const pl_analysis *a, pl_facts *f, pl_err *err)
{
    pl_rc rc = fill_files(s, a, f, err);

    if (!rc && f->parts->config)
        rc = fill_metadata(s, f, err);
    else if (!rc)
        pl_set_absent(f->image, PL_F_IMAGE_METADATA_SECRETS);
    return rc;
}

pl_rc pl_image_secrets_metadata(pl_str form, pl_str key, pl_facts *f, pl_err *err)
{
    pl_image_secrets *s = NULL;
    pl_rc rc = pl_image_secrets_open(form, key, &s, err);

    if (!rc)
        rc = fill_metadata(s, f, err);
    pl_image_secrets_close(s);
    return rc;
}
