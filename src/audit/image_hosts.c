/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_hosts.h"

#include "audit/secret_places.h"
#include "core/attr.h"
#include "core/hash.h"
#include "core/rd.h"
#include "image/limits.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 /* of the notes */ };
/* A file that is searched comes in one piece. */
_Static_assert((int)PL_HOSTS_FILE <= (int)PL_WATCH_WHOLE, "in one piece");

struct pl_image_hosts {
    pl_watcher watcher;
    pl_host_search *search;
    pl_found_hosts found;
    bool is_large, is_told;
};

/* ---- which files ---- */

static bool ends_so(pl_str path, const char *const *ends, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_ends(path, pl_str_c(ends[i])))
            return true;
    return false;
}

/* Written by people, so that a large one is worth a word. */
static bool is_settings(pl_str path)
{
    static const char *const ends[] = {".env", ".conf", ".cnf",  ".cfg",        ".config",
                                       ".ini", ".yml",  ".yaml", ".properties", ".toml"};
    return ends_so(path, ends, PL_COUNT(ends)) || pl_secret_place_has_pairs(path);
}

static bool is_data(pl_str path)
{
    static const char *const ends[] = {".json", ".xml"};
    return ends_so(path, ends, PL_COUNT(ends));
}

static bool on_begin(void *arg, const pl_passing_file *f)
{
    pl_image_hosts *h = arg;

    h->is_large = f->size > PL_HOSTS_FILE;
    h->is_told = false;
    if (!f->size || (!is_settings(f->path) && (h->is_large || !is_data(f->path))))
        return false;
    return !pl_secret_place_is_sample(f->path, true);
}

/* ---- notes: why (a limit's name, or empty), line, host ---- */

static pl_rc add_note(pl_str why, size_t line, pl_str host, pl_note_out *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_lstr(&b, why);
    pl_buf_u32le(&b, (uint32_t)line);
    pl_buf_lstr(&b, host);
    return pl_buf_ok(&b) ? pl_note_add(out, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "note of a host");
}

/* A constant of the program: reasons are not copied. */
static const char *reason_of(pl_str why)
{
    static const char *const reasons[] = {"limit:hosts-file", "limit:hosts-of-file"};

    for (size_t i = 0; i < PL_COUNT(reasons); i++)
        if (pl_str_eq(why, pl_str_c(reasons[i])))
            return reasons[i];
    return NULL;
}

static pl_rc on_bytes(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    pl_image_hosts *h = arg;
    const pl_str none = {"", 0};
    pl_rc rc = PL_OK;

    if (h->is_told)
        return PL_OK;
    h->is_told = true;
    if (h->is_large)
        return add_note(PL_S("limit:hosts-file"), 0, none, out, err);
    pl_hosts_find(h->search, piece, &h->found);
    if (h->found.is_table)
        return add_note(PL_S("limit:hosts-of-file"), 0, none, out, err);
    for (size_t i = 0; !rc && i < h->found.n; i++) {
        const pl_found_host *one = &h->found.v[i];
        rc = add_note(none, one->line, (pl_str){one->name, one->n}, out, err);
    }
    return rc;
}

static pl_rc on_end(void *arg, pl_note_out *out, pl_err *err)
{
    (void)arg, (void)out, (void)err;
    return PL_OK;
}

/* ---- open and close ---- */

/* Other domains make other notes. */
static uint64_t version_of(pl_str domains)
{
    unsigned char digest[PL_SHA256];
    uint64_t v = VERSION;

    pl_sha256_of(domains, digest);
    for (size_t i = 0; i < 6; i++)
        v = v << 8 | digest[i];
    return v;
}

pl_rc pl_image_hosts_open(pl_str domains, pl_image_hosts **ret, pl_err *err)
{
    pl_image_hosts *h = calloc(1, sizeof(*h));

    if (!h)
        return pl_fail(err, PL_NOMEM, "hosts of vendors");
    h->watcher = (pl_watcher){.name = "hosts",
                              .version = version_of(domains),
                              .arg = h,
                              .begin = on_begin,
                              .bytes = on_bytes,
                              .end = on_end};
    pl_rc rc = pl_host_search_new(domains, &h->search, err);
    if (rc) {
        pl_image_hosts_close(h);
        return rc;
    }
    *ret = h;
    return PL_OK;
}

void pl_image_hosts_close(pl_image_hosts *h)
{
    if (!h)
        return;
    pl_host_search_free(h->search);
    free(h);
}

const pl_watcher *pl_image_hosts_watcher(const pl_image_hosts *h)
{
    return &h->watcher;
}

/* ---- records ---- */

struct files {
    pl_facts *f;
    pl_fact_list list;
    const char *missing; /* reason code: some file was not searched to its end */
};

static pl_record *record_of(pl_facts *f, const pl_fact_note *n, const char *reason, size_t line,
                            pl_str host)
{
    static const int judged[] = {PL_F_IMAGE_HOST_AGREEMENT, PL_F_IMAGE_HOST_VENDOR,
                                 PL_F_IMAGE_HOST_SERVICE};
    pl_record *r = pl_record_new(f->a, &pl_image_host_kind);
    pl_str where = pl_arena_str(f->a, n->path);
    pl_str name = pl_arena_str(f->a, host);

    if (!r || !where.p || !name.p)
        return NULL;
    pl_set_str(r, PL_F_IMAGE_HOST_WHERE, where);
    pl_set_str(r, PL_F_IMAGE_HOST_LAYER, f->layer_ids[n->place]);
    pl_set_absent(r, PL_F_IMAGE_HOST_LINE);
    for (size_t i = 0; i < PL_COUNT(judged); i++)
        pl_set_unreadable(r, judged[i], reason ? reason : "needs:policy");
    if (reason) {
        pl_set_unreadable(r, PL_F_IMAGE_HOST_HOST, reason);
        return r;
    }
    pl_set_str(r, PL_F_IMAGE_HOST_HOST, name);
    pl_set_int(r, PL_F_IMAGE_HOST_LINE, (int64_t)line);
    return r;
}

static bool on_note(void *arg, const pl_fact_note *n)
{
    struct files *l = arg;
    pl_rd r = pl_rd_of(n->note->bytes.p, n->note->bytes.n);
    pl_str why = pl_rd_lstr(&r);
    size_t line = pl_rd_u32le(&r);
    pl_str host = pl_rd_lstr(&r);
    const char *reason = reason_of(why);

    if (n->is_deleted || (l->f->owner && l->f->owner(l->f->owner_arg, n->node).n))
        return true;
    if (n->note->rc || !pl_rd_done(&r) || (why.n && !reason)) {
        l->missing = n->note->rc ? pl_rc_reason((pl_rc)n->note->rc) : pl_rc_reason(PL_FORMAT);
        return true;
    }
    return pl_fact_list_add(&l->list, record_of(l->f, n, reason, line, host));
}

pl_rc pl_image_hosts_fill(const pl_image_hosts *h, const pl_analysis *a, pl_facts *f, pl_err *err)
{
    struct files l = {.f = f};
    int by = pl_analysis_watcher_by(a, &h->watcher);
    pl_rc rc = pl_fact_list_init(f, &l.list, PL_IMAGE_LIST_MAX, err);

    if (!rc)
        rc = pl_fact_notes(f, by, on_note, &l, err);
    return rc ? rc
              : pl_fact_list_set(f, &l.list, PL_F_IMAGE_HOSTS, &pl_image_host_kind,
                                 l.missing ? l.missing : f->missing, err);
}
