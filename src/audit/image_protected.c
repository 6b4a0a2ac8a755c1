/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_protected.h"

#include "audit/secret_places.h"
#include "core/hash.h"
#include "core/rd.h"
#include "image/limits.h"

enum { VERSION = 1 /* of the notes */ };

struct pl_image_protected {
    pl_watcher watcher;
    pl_protected *kinds;
    pl_protected_scan *scan;
};

/* ---- notes: kind by its name, count, offset, line, is_test ---- */

static pl_rc add_note(const pl_image_protected *p, const pl_protected_found *found,
                      pl_note_out *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_lstr(&b, pl_protected_about_kind(p->kinds, found->kind)->kind);
    pl_buf_u32le(&b, found->n);
    pl_buf_u64le(&b, found->offset);
    pl_buf_u64le(&b, found->line);
    pl_buf_u32le(&b, found->is_test);
    return pl_buf_ok(&b) ? pl_note_add(out, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "note of protected data");
}

static bool decode(const pl_image_protected *p, pl_str bytes, pl_protected_found *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_str kind = pl_rd_lstr(&r);

    *ret = (pl_protected_found){.n = pl_rd_u32le(&r)};
    ret->offset = pl_rd_u64le(&r);
    ret->line = pl_rd_u64le(&r);
    ret->is_test = pl_rd_u32le(&r) != 0;
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

static pl_rc on_end(void *arg, pl_note_out *out, pl_err *err)
{
    pl_image_protected *p = arg;
    pl_protected_found found[PL_PROTECTED_KINDS];
    size_t n = pl_protected_end(p->scan, found);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = add_note(p, &found[i], out, err);
    return rc;
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
                              .end = on_end};
    pl_rc rc = pl_protected_read(form, &p->kinds, err);
    if (!rc && !(p->scan = pl_protected_scan_new(p->kinds)))
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
    pl_fact_list list;
    bool is_cut;
};

static void set_place(pl_record *r, pl_facts *f, const pl_fact_note *n,
                      const pl_protected_found *found)
{
    pl_set_int(r, PL_F_IMAGE_DATA_COUNT, found->n);
    pl_set_int(r, PL_F_IMAGE_DATA_OFFSET, (int64_t)found->offset);
    if (found->line)
        pl_set_int(r, PL_F_IMAGE_DATA_LINE, (int64_t)found->line);
    else
        pl_set_absent(r, PL_F_IMAGE_DATA_LINE);
    pl_set_str(r, PL_F_IMAGE_DATA_LAYER, f->layer_ids[n->place]);
    pl_set_bool(r, PL_F_IMAGE_DATA_DELETED, n->is_deleted);
    pl_str owner = f->owner ? f->owner(f->owner_arg, n->node) : (pl_str){"", 0};
    if (owner.n)
        pl_set_str(r, PL_F_IMAGE_DATA_PACKAGE, owner);
    else
        pl_set_absent(r, PL_F_IMAGE_DATA_PACKAGE);
}

static pl_record *record_of(struct files *l, const pl_fact_note *n, const pl_protected_found *found)
{
    const pl_protected_about *about = pl_protected_about_kind(l->p->kinds, found->kind);
    pl_record *r = pl_record_new(l->f->a, &pl_image_data_kind);
    const pl_str texts[] = {n->path, about->kind, about->title, about->group};
    static const int fields[] = {PL_F_IMAGE_DATA_WHERE, PL_F_IMAGE_DATA_KIND, PL_F_IMAGE_DATA_TITLE,
                                 PL_F_IMAGE_DATA_GROUP};
    bool is_test = found->is_test || pl_secret_place_is_sample(n->path, false);

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
    pl_protected_found found;

    if (n->note->rc || !decode(l->p, n->note->bytes, &found)) {
        l->is_cut = true;
        return true;
    }
    return pl_fact_list_add(&l->list, record_of(l, n, &found));
}

pl_rc pl_image_protected_fill(pl_image_protected *p, const pl_analysis *a, pl_facts *f, pl_err *err)
{
    struct files l = {.p = p, .f = f};
    int by = pl_analysis_watcher_by(a, pl_image_protected_watcher(p));
    pl_rc rc = pl_fact_list_init(f, &l.list, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = pl_fact_notes(f, by, on_note, &l, err);
    return rc ? rc
              : pl_fact_list_set(f, &l.list, PL_F_IMAGE_PROTECTED_DATA, &pl_image_data_kind,
                                 l.is_cut ? "limit:protected" : f->missing, err);
}
