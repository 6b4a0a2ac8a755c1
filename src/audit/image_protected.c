/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_protected.h"

#include "audit/secret_places.h"
#include "core/hash.h"
#include "core/rd.h"
#include "image/limits.h"
#include "model/common.h"

enum { VERSION = 2 /* of the notes */ };

struct pl_image_protected {
    pl_watcher watcher;
    pl_watcher inside; /* sees what archives hold */
    pl_protected *kinds;
    pl_protected_scan *scan;
    pl_protected_scan *member_scan;
    pl_str member; /* the one that passes */
};

/* ---- notes: kind by its name, count, offset, line, is_test, member ---- */

static pl_rc add_note(const pl_image_protected *p, const pl_protected_found *found, pl_str member,
                      pl_note_out *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_lstr(&b, pl_protected_about_kind(p->kinds, found->kind)->kind);
    pl_buf_u32le(&b, found->n);
    pl_buf_u64le(&b, found->offset);
    pl_buf_u64le(&b, found->line);
    pl_buf_u32le(&b, found->is_test);
    pl_buf_lstr(&b, member);
    return pl_buf_ok(&b) ? pl_note_add(out, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "note of protected data");
}

static bool decode(const pl_image_protected *p, pl_str bytes, pl_protected_found *ret,
                   pl_str *ret_member)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_str kind = pl_rd_lstr(&r);

    *ret = (pl_protected_found){.n = pl_rd_u32le(&r)};
    ret->offset = pl_rd_u64le(&r);
    ret->line = pl_rd_u64le(&r);
    ret->is_test = pl_rd_u32le(&r) != 0;
    *ret_member = pl_rd_lstr(&r);
    while (ret->kind < pl_protected_kinds(p->kinds) &&
           !pl_str_eq(pl_protected_about_kind(p->kinds, ret->kind)->kind, kind))
        ret->kind++;
    return pl_rd_done(&r) && ret->kind < pl_protected_kinds(p->kinds);
}

/* ---- files as they pass ---- */

static bool on_begin(void *arg, const pl_passing_file *f)
{
    pl_image_protected *p = arg;

    pl_protected_begin(p->scan);
    return f->size > 0;
}

static pl_rc on_bytes(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    pl_image_protected *p = arg;

    (void)out, (void)err;
    pl_protected_bytes(p->scan, piece);
    return PL_OK;
}

static pl_rc tell(pl_image_protected *p, pl_protected_scan *scan, pl_str member, pl_note_out *out,
                  pl_err *err)
{
    pl_protected_found found[PL_PROTECTED_KINDS];
    size_t n = pl_protected_end(scan, found);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = add_note(p, &found[i], member, out, err);
    return rc;
}

static pl_rc on_end(void *arg, pl_note_out *out, pl_err *err)
{
    pl_image_protected *p = arg;

    return tell(p, p->scan, (pl_str){"", 0}, out, err);
}

/* ---- members of archives ---- */

static bool on_member(void *arg, const pl_passing_file *f)
{
    pl_image_protected *p = arg;

    p->member = f->member;
    pl_protected_begin(p->member_scan);
    return f->size > 0;
}

static pl_rc on_member_bytes(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    pl_image_protected *p = arg;

    (void)out, (void)err;
    pl_protected_bytes(p->member_scan, piece);
    return PL_OK;
}

static pl_rc on_member_end(void *arg, pl_note_out *out, pl_err *err)
{
    pl_image_protected *p = arg;

    return tell(p, p->member_scan, p->member, out, err);
}

/* ---- open and close ---- */

/* Other kinds make other notes. */
static uint64_t version_of(pl_str form)
{
    unsigned char digest[PL_SHA256];
    uint64_t v = VERSION;

    pl_sha256_of(form, digest);
    for (size_t i = 0; i < 6; i++)
        v = v << 8 | digest[i];
    return v;
}

pl_rc pl_image_protected_open(pl_str form, pl_image_protected **ret, pl_err *err)
{
    pl_image_protected *p = calloc(1, sizeof(*p));

    if (!p)
        return pl_fail(err, PL_NOMEM, "protected data");
    p->watcher = (pl_watcher){.name = "protected",
                              .version = version_of(form),
                              .arg = p,
                              .begin = on_begin,
                              .bytes = on_bytes,
                              .end = on_end,
                              .inside = &p->inside};
    p->inside = (pl_watcher){.name = "protected",
                             .arg = p,
                             .begin = on_member,
                             .bytes = on_member_bytes,
                             .end = on_member_end};
    pl_rc rc = pl_protected_read(form, &p->kinds, err);
    if (!rc && (!(p->scan = pl_protected_scan_new(p->kinds)) ||
                !(p->member_scan = pl_protected_scan_new(p->kinds))))
        rc = pl_fail(err, PL_NOMEM, "protected data");
    if (rc) {
        pl_image_protected_close(p);
        return rc;
    }
    *ret = p;
    return PL_OK;
}

void pl_image_protected_close(pl_image_protected *p)
{
    if (!p)
        return;
    pl_protected_scan_free(p->scan);
    pl_protected_scan_free(p->member_scan);
    pl_protected_free(p->kinds);
    free(p);
}

const pl_watcher *pl_image_protected_watcher(const pl_image_protected *p)
{
    return &p->watcher;
}

/* ---- records ---- */

struct files {
    pl_image_protected *p;
    pl_facts *f;
    const pl_analysis *a;
    pl_fact_list list;
    const char *missing; /* reason code: some file was not searched to its end */
};

/* Kind and member of a note are all that tells whether another one says the same. */
static bool is_same(pl_str of_file, pl_str of_member)
{
    pl_rd one = pl_rd_of(of_file.p, of_file.n);
    pl_rd two = pl_rd_of(of_member.p, of_member.n);
    pl_str kind = pl_rd_lstr(&one);

    if (!pl_str_eq(kind, pl_rd_lstr(&two)))
        return false;
    (void)pl_rd_u32le(&two);
    (void)pl_rd_u64le(&two);
    (void)pl_rd_u64le(&two);
    (void)pl_rd_u32le(&two);
    return pl_rd_lstr(&two).n && pl_rd_done(&two);
}

static void set_owner_of(pl_record *r, pl_facts *f, uint32_t node)
{
    pl_str owner = f->owner ? f->owner(f->owner_arg, node) : (pl_str){"", 0};

    if (owner.n)
        pl_set_str(r, PL_F_IMAGE_DATA_PACKAGE, owner);
}

/* n is NULL for metadata, which lies in no layer. */
static void set_place(pl_record *r, pl_facts *f, const pl_fact_note *n,
                      const pl_protected_found *found)
{
    static const int in_files[] = {PL_F_IMAGE_DATA_LINE, PL_F_IMAGE_DATA_OFFSET,
                                   PL_F_IMAGE_DATA_LAYER, PL_F_IMAGE_DATA_DELETED,
                                   PL_F_IMAGE_DATA_PACKAGE};

    pl_set_int(r, PL_F_IMAGE_DATA_COUNT, found->n);
    for (size_t i = 0; i < PL_COUNT(in_files); i++)
        pl_set_absent(r, in_files[i]);
    if (!n)
        return;
    pl_set_int(r, PL_F_IMAGE_DATA_OFFSET, (int64_t)found->offset);
    if (found->line)
        pl_set_int(r, PL_F_IMAGE_DATA_LINE, (int64_t)found->line);
    pl_set_str(r, PL_F_IMAGE_DATA_LAYER, f->layer_ids[n->place]);
    pl_set_bool(r, PL_F_IMAGE_DATA_DELETED, n->is_deleted);
    set_owner_of(r, f, n->node);
}

static pl_record *record_of(struct files *l, pl_str where, const pl_fact_note *n,
                            const pl_protected_found *found)
{
    const pl_protected_about *about = pl_protected_about_kind(l->p->kinds, found->kind);
    pl_record *r = pl_record_new(l->f->a, &pl_image_data_kind);
    const pl_str texts[] = {where, about->kind, about->title, about->group};
    static const int fields[] = {PL_F_IMAGE_DATA_WHERE, PL_F_IMAGE_DATA_KIND, PL_F_IMAGE_DATA_TITLE,
                                 PL_F_IMAGE_DATA_GROUP};
    bool is_test = found->is_test || (n && pl_secret_place_is_sample(where, false));

    for (size_t i = 0; r && i < PL_COUNT(texts); i++) {
        pl_str kept = pl_arena_str(l->f->a, texts[i]);
        if (!kept.p)
            return NULL;
        pl_set_str(r, fields[i], kept);
    }
    if (!r)
        return NULL;
    pl_set_bool(r, PL_F_IMAGE_DATA_TEST, is_test);
    pl_set_str(r, PL_F_IMAGE_DATA_SEVERITY,
               pl_str_c(pl_severity_word(is_test ? PL_INFO : about->severity)));
    set_place(r, l->f, n, found);
    return r;
}

static bool on_note(void *arg, const pl_fact_note *n)
{
    struct files *l = arg;
    PL_AUTO_BUF pl_buf where = {0};
    pl_protected_found found;
    pl_str member;

    if (n->note->rc || !decode(l->p, n->note->bytes, &found, &member)) {
        l->missing =
            n->note->rc == PL_UNSUPPORTED ? pl_rc_reason(PL_UNSUPPORTED) : "limit:protected";
        return true;
    }
    if (!member.n && pl_fact_note_is_of_member(l->a, n->note, is_same))
        return true;
    pl_buf_str(&where, n->path);
    pl_buf_str(&where, member);
    return pl_fact_list_add(
        &l->list, pl_buf_ok(&where) ? record_of(l, pl_buf_view(&where), n, &found) : NULL);
}

/* ---- metadata ---- */

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

/* Searched as a file of one line. */
static void search_text(struct files *l, pl_str where, pl_str name, pl_str value)
{
    pl_protected_found found[PL_PROTECTED_KINDS];
    size_t n;

    pl_protected_begin(l->p->scan);
    pl_protected_bytes(l->p->scan, name);
    pl_protected_bytes(l->p->scan, PL_S("="));
    pl_protected_bytes(l->p->scan, value);
    n = pl_protected_end(l->p->scan, found);
    for (size_t i = 0; i < n; i++)
        (void)pl_fact_list_add(&l->list, record_of(l, where, NULL, &found[i]));
}

static pl_rc search_list(struct files *l, const char *what, int list, int name, int value,
                         pl_err *err)
{
    const pl_value *v = pl_get(l->f->image, list);

    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++) {
        PL_AUTO_BUF pl_buf where = {0};
        pl_str key = name < 0 ? (pl_str){"", 0} : text_of(v->u.recs[i], name);
        pl_buf_fmt(&where, "%s ", what);
        if (name < 0)
            pl_buf_int(&where, (int64_t)i);
        else
            pl_buf_str(&where, pl_str_sub(key, 0, 200));
        if (!pl_buf_ok(&where))
            return pl_fail(err, PL_NOMEM, "protected data");
        search_text(l, pl_buf_view(&where), key, text_of(v->u.recs[i], value));
    }
    return PL_OK;
}

static pl_rc search_metadata(struct files *l, pl_err *err)
{
    pl_rc rc = search_list(l, "environment", PL_F_IMAGE_ENV, PL_F_ENV_NAME, PL_F_ENV_VALUE, err);

    if (!rc)
        rc = search_list(l, "label", PL_F_IMAGE_LABEL, PL_F_LABEL_KEY, PL_F_LABEL_VALUE, err);
    if (!rc)
        rc = search_list(l, "history step", PL_F_IMAGE_HISTORY, -1, PL_F_HISTORY_CREATED_BY, err);
    return rc;
}

pl_rc pl_image_protected_fill(pl_image_protected *p, const pl_analysis *a, pl_facts *f, pl_err *err)
{
    struct files l = {.p = p, .f = f, .a = a};
    int by = pl_analysis_watcher_by(a, pl_image_protected_watcher(p));
    pl_rc rc = pl_fact_list_init(f, &l.list, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = pl_fact_notes(f, by, on_note, &l, err);
    if (!rc)
        rc = search_metadata(&l, err);
    return rc ? rc
              : pl_fact_list_set(f, &l.list, PL_F_IMAGE_PROTECTED_DATA, &pl_image_data_kind,
                                 l.missing ? l.missing : f->missing, err);
}
