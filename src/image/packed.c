/* SPDX-License-Identifier: Apache-2.0 */
#include "image/packed.h"

#include "image/layers_private.h"
#include "image/limits.h"
#include "image/packed_form.h"

#include <string.h>

#include <zstd.h>

enum { CHUNK = 64 << 10, LEVEL = 1 };

const char *const pl_packed_compressions[5] = {"none", "gzip", "zstd", "xz", "bzip2"};

struct pl_packer {
    const pl_layers *ls;
    unsigned char fingerprint[PL_FINGERPRINT];
    uint32_t *number; /* by node: 1 + number of the path in the layer, 0: not in it; owned */
    size_t room;
    uint32_t *order; /* nodes by number in the layer; owned */
    size_t n_order, room_order;
    ZSTD_CCtx *zstd;
    const pl_packed_out *out;
    pl_buf raw; /* waits to be compressed */
    char *packed;
    pl_rc rc; /* of the first thing that failed */
    pl_err *err;
};

/* ---- bytes ---- */

static void squeeze(pl_packer *p, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {p->raw.p ? p->raw.p : "", p->raw.n, 0};
    size_t left = 1;

    if (!pl_buf_ok(&p->raw) && !p->rc)
        p->rc = pl_fail(p->err, PL_NOMEM, "layer's result");
    while (!p->rc && (how == ZSTD_e_end ? left != 0 : in.pos < in.size)) {
        ZSTD_outBuffer out = {p->packed, CHUNK, 0};
        left = ZSTD_compressStream2(p->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            p->rc = pl_fail(p->err, PL_NOMEM, "layer's result: %s", ZSTD_getErrorName(left));
        else if (out.pos)
            p->rc = p->out->put(p->out->arg, (pl_str){p->packed, out.pos}, p->err);
    }
    pl_buf_reset(&p->raw);
}

static void put_bytes(pl_packer *p, const void *bytes, size_t n)
{
    pl_buf_add(&p->raw, bytes, n);
    if (p->raw.n >= CHUNK)
        squeeze(p, ZSTD_e_continue);
}

static void put_number(pl_packer *p, uint64_t v)
{
    unsigned char b[10];
    size_t n = 0;

    for (; v > 0x7f; v >>= 7)
        b[n++] = (unsigned char)(v | 0x80);
    b[n++] = (unsigned char)v;
    put_bytes(p, b, n);
}

static void put_text(pl_packer *p, pl_str s)
{
    put_number(p, s.n);
    put_bytes(p, s.p, s.n);
}

static void put_hex(pl_packer *p, const char *hex)
{
    unsigned char raw[PL_SHA256] = {0};

    (void)pl_unhex(pl_str_c(hex), raw, sizeof(raw));
    put_bytes(p, raw, sizeof(raw));
}

/* ---- paths ---- */

static bool grow_order(pl_packer *p, size_t more)
{
    if (more <= p->room_order - p->n_order)
        return true;
    size_t room = p->room_order * 2 > p->n_order + more ? p->room_order * 2 : p->n_order + more;
    uint32_t *order = reallocarray(p->order, room, sizeof(*order));
    if (!order)
        return false;
    p->order = order;
    p->room_order = room;
    return true;
}

/* A path and the folders above it that have no number yet, upper ones first. */
static void count_path(pl_packer *p, uint32_t node)
{
    const pl_paths *paths = p->ls->paths;
    size_t n = 0;

    for (uint32_t at = node; at != PL_PATH_ROOT && !p->number[at]; at = pl_paths_parent(paths, at))
        n++;
    if (!grow_order(p, n)) {
        p->rc = pl_fail(p->err, PL_NOMEM, "layer's paths");
        return;
    }
    p->n_order += n;
    for (size_t i = p->n_order; n > 0; n--, node = pl_paths_parent(paths, node)) {
        p->order[--i] = node;
        p->number[node] = (uint32_t)i + 1;
    }
}

static bool has_link_node(const pl_entry *e)
{
    return e->type == PL_ENTRY_HARDLINK;
}

static void count_paths(pl_packer *p, const pl_layer *l)
{
    size_t want = pl_paths_count(p->ls->paths);

    if (want > p->room) {
        uint32_t *number = reallocarray(p->number, want, sizeof(*number));
        if (!number) {
            p->rc = pl_fail(p->err, PL_NOMEM, "layer's paths");
            return;
        }
        memset(number + p->room, 0, (want - p->room) * sizeof(*number));
        p->number = number;
        p->room = want;
    }
    for (size_t i = l->first; !p->rc && i < l->first + l->n; i++) {
        const pl_entry *e = &p->ls->entries.items[i];
        count_path(p, e->node);
        if (!p->rc && has_link_node(e))
            count_path(p, e->ref);
    }
}

static void forget_paths(pl_packer *p)
{
    for (size_t i = 0; i < p->n_order; i++)
        p->number[p->order[i]] = 0;
    p->n_order = 0;
}

static void put_paths(pl_packer *p)
{
    const pl_paths *paths = p->ls->paths;

    put_number(p, p->n_order);
    for (size_t i = 0; !p->rc && i < p->n_order; i++) {
        uint32_t parent = p->number[pl_paths_parent(paths, p->order[i])];
        put_number(p, parent ? i + 1 - parent : 0);
        put_text(p, pl_paths_name(paths, p->order[i]));
    }
}

/* ---- what a layer holds ---- */

static void put_digests(pl_packer *p, const pl_file_digests *d)
{
    put_number(p, d->has);
    if (d->has & PL_HAS_MD5)
        put_bytes(p, d->md5, sizeof(d->md5));
    if (d->has & PL_HAS_SHA1)
        put_bytes(p, d->sha1, sizeof(d->sha1));
    if (d->has & PL_HAS_SHA256)
        put_bytes(p, d->sha256, sizeof(d->sha256));
}

static void put_entry(pl_packer *p, const pl_entry *e)
{
    pl_entry_owner who = pl_layers_owner(p->ls, e);
    pl_file_digests digests;
    bool has_digests = pl_layers_digests(p->ls, e, &digests);

    put_number(p, e->type | (e->flags & PL_ENTRY_FILECAP ? PL_PACKED_FILECAP : 0U) |
                      (has_digests ? PL_PACKED_DIGESTS : 0U));
    put_number(p, e->mode);
    put_number(p, p->number[e->node]);
    put_number(p, who.uid);
    put_number(p, who.gid);
    put_number(p, e->size);
    if (has_link_node(e))
        put_number(p, p->number[e->ref]);
    else if (e->type == PL_ENTRY_SYMLINK) {
        pl_str target = pl_paths_kept(p->ls->paths, e->ref, (size_t)e->size);
        put_bytes(p, target.p, target.n);
    }
    if (has_digests)
        put_digests(p, &digests);
}

static void put_entries(pl_packer *p, const pl_layer *l)
{
    put_number(p, l->n);
    for (size_t i = l->first; !p->rc && i < l->first + l->n; i++)
        put_entry(p, &p->ls->entries.items[i]);
}

static void put_problems(pl_packer *p, size_t layer)
{
    const pl_problems *all = p->ls->problems;
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        n += all->items[i].layer == (int)layer;
    put_number(p, n);
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].layer == (int)layer) {
            put_number(p, all->items[i].rc);
            put_text(p, all->items[i].text);
        }
}

static void put_captures(pl_packer *p, const pl_layer *l)
{
    const pl_captures *c = &p->ls->captures;
    size_t at = pl_captures_first(c, (uint32_t)l->first);
    size_t end = pl_captures_first(c, (uint32_t)(l->first + l->n));
    size_t before = l->first;

    put_number(p, end - at);
    for (; !p->rc && at < end; at++) {
        const pl_capture *f = &c->items[at];
        put_number(p, f->entry - before);
        put_number(p, f->is_whole);
        put_number(p, f->is_whole ? f->bytes : 0);
        for (size_t i = 0; f->is_whole && i < pl_capture_blocks(f->bytes); i++) {
            const pl_capture_block *b = &c->blocks[f->first_block + i];
            put_text(p, (pl_str){b->packed, b->packed_bytes});
        }
        before = f->entry;
    }
}

/* Notes stand in the order of their entries. */
static size_t notes_before(const pl_analysis *a, size_t entry)
{
    size_t lo = 0;
    size_t hi = pl_analysis_notes(a);

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (pl_analysis_note(a, mid)->entry < entry)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void put_notes(pl_packer *p, const pl_layer *l)
{
    const pl_analysis *a = p->ls->analysis;
    size_t at = a ? notes_before(a, l->first) : 0;
    size_t end = a ? notes_before(a, l->first + l->n) : 0;
    size_t before = l->first;

    put_number(p, end - at);
    for (; !p->rc && at < end; at++) {
        const pl_note *note = pl_analysis_note(a, at);
        put_number(p, note->entry - before);
        put_number(p, note->by);
        put_number(p, note->rc);
        put_text(p, note->bytes);
        before = note->entry;
    }
}

static void put_layer(pl_packer *p, const pl_layer *l)
{
    size_t compression = 0;

    while (compression + 1 < PL_COUNT(pl_packed_compressions) && l->compression &&
           strcmp(l->compression, pl_packed_compressions[compression]) != 0)
        compression++;
    put_number(p, l->is_damaged ? PL_PACKED_DAMAGED : 0);
    put_number(p, l->why);
    put_number(p, compression);
    put_hex(p, l->blob);
    put_hex(p, l->diff_id);
    put_number(p, l->blob_bytes);
    put_number(p, l->bytes);
    put_number(p, l->unread);
}

pl_rc pl_packer_put(pl_packer *p, size_t i, const pl_packed_out *out, pl_err *err)
{
    const pl_layer *l = &p->ls->layers[i];
    PL_AUTO_BUF pl_buf head = {0};

    p->out = out;
    p->err = err;
    p->rc = PL_OK;
    pl_buf_reset(&p->raw);
    (void)ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only);
    pl_buf_c(&head, PL_PACKED_MAGIC);
    pl_buf_u32le(&head, PL_PACKED_VERSION);
    pl_buf_add(&head, p->fingerprint, sizeof(p->fingerprint));
    p->rc = pl_buf_ok(&head) ? out->put(out->arg, pl_buf_view(&head), err)
                             : pl_fail(err, PL_NOMEM, "layer's result");
    if (!p->rc)
        count_paths(p, l);
    if (!p->rc) {
        put_layer(p, l);
        put_problems(p, i);
        put_paths(p);
        put_entries(p, l);
        put_captures(p, l);
        put_notes(p, l);
        put_number(p, PL_PACKED_MARK);
        squeeze(p, ZSTD_e_end);
    }
    forget_paths(p);
    return p->rc;
}

pl_packer *pl_packer_new(const pl_layers *ls, const unsigned char fingerprint[PL_FINGERPRINT])
{
    PL_AUTO_PACKER pl_packer *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->ls = ls;
    memcpy(p->fingerprint, fingerprint, sizeof(p->fingerprint));
    p->zstd = ZSTD_createCCtx();
    p->packed = malloc(CHUNK);
    if (!p->zstd || !p->packed ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1)))
        return NULL;
    return PL_TAKE(p, NULL);
}

void pl_packer_free(pl_packer *p)
{
    if (!p)
        return;
    free(p->number);
    free(p->order);
    free(p->packed);
    pl_buf_done(&p->raw);
    (void)ZSTD_freeCCtx(p->zstd);
    free(p);
}

/* ---- what a result depends on ---- */

/* Will the next reader be told the same? Of a layer that was read alone, so are limits. */
static bool is_lasting(pl_rc rc, bool is_alone)
{
    return rc == PL_OK || rc == PL_FORMAT || rc == PL_UNSUPPORTED || (rc == PL_LIMIT && is_alone);
}

bool pl_layers_is_whole(const pl_layers *ls, size_t i)
{
    const pl_layer *l = &ls->layers[i];
    const pl_captures *c = &ls->captures;
    const pl_analysis *a = ls->analysis;
    bool is_alone = ls->n_layers == 1;
    bool is_whole = !l->is_damaged && !l->why && !l->unread && !ls->problems->dropped;

    for (size_t k = 0; is_whole && k < ls->problems->n; k++)
        if (ls->problems->items[k].layer == (int)i)
            is_whole = is_lasting(ls->problems->items[k].rc, is_alone);
    for (size_t at = pl_captures_first(c, (uint32_t)l->first);
         is_whole && at < c->n && c->items[at].entry < l->first + l->n; at++)
        is_whole = c->items[at].is_whole;
    for (size_t at = a ? notes_before(a, l->first) : 0;
         is_whole && a && at < pl_analysis_notes(a) &&
         pl_analysis_note(a, at)->entry < l->first + l->n;
         at++)
        is_whole = is_lasting((pl_rc)pl_analysis_note(a, at)->rc, is_alone);
    return is_whole;
}

static void add_text(pl_sha256 *sha, const char *text)
{
    pl_sha256_add(sha, text ? text : "-", text ? strlen(text) + 1 : 2);
}

void pl_layers_fingerprint(const pl_want *const *wants, size_t n_wants,
                           const pl_analyser *const *analysers, pl_str more,
                           unsigned char ret[PL_FINGERPRINT])
{
    PL_AUTO_SHA256 pl_sha256 *sha = pl_sha256_new();
    char number[48];

    memset(ret, 0, PL_FINGERPRINT);
    if (!sha)
        return; /* whoever asks has no memory for a layer either */
    (void)snprintf(number, sizeof(number), "layers %d form %d", PL_LAYERS_READING,
                   PL_PACKED_VERSION);
    add_text(sha, number);
    for (size_t i = 0; i < n_wants; i++)
        for (const pl_want *w = wants[i]; w->path; w++) {
            add_text(sha, w->path);
            add_text(sha, w->suffix);
        }
    for (; *analysers; analysers++) {
        (void)snprintf(number, sizeof(number), "%u", (*analysers)->version);
        add_text(sha, (*analysers)->name);
        add_text(sha, number);
    }
    pl_sha256_add(sha, more.p, more.n);
    pl_sha256_end(sha, ret);
}
