/* SPDX-License-Identifier: Apache-2.0 */
#include "image/layers.h"

#include "image/layers_private.h"
#include "image/limits.h"
#include "image/unpack.h"

#include <errno.h>
#include <string.h>

/* Bytes at a time. Large ones of the plain side: ISA-L copies its window of 32 KiB at every call.
 */
enum { PACKED = 128 << 10, PLAIN = 256 << 10 };

static uint32_t clip(uint64_t v)
{
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* ---- one entry ---- */

/* Names of whiteouts; false: an ordinary file. e->node becomes what is deleted or hidden. */
static pl_rc read_whiteout(pl_layers *ls, pl_entry *e, bool *ret_skip, pl_err *err)
{
    char copy[PL_IMAGE_NAME_MAX];
    pl_str name = pl_paths_name(ls->paths, e->node);
    uint32_t folder = pl_paths_parent(ls->paths, e->node);

    *ret_skip = false;
    if (!pl_str_starts(name, PL_S(".wh.")))
        return PL_OK;
    if (pl_str_eq(name, PL_S(".wh..wh..opq"))) {
        e->type = PL_ENTRY_OPAQUE;
        e->node = folder;
        return PL_OK;
    }
    *ret_skip = name.n == 4 || pl_str_starts(name, PL_S(".wh..wh."));
    if (*ret_skip)
        return PL_OK;
    memcpy(copy, name.p + 4, name.n - 4);
    /* Engines refuse a layer with one of these. */
    if (pl_str_eq((pl_str){copy, name.n - 4}, PL_S(".")) ||
        pl_str_eq((pl_str){copy, name.n - 4}, PL_S("..")))
        return pl_fail(err, PL_FORMAT, "a whiteout of its own folder or of the one above");
    e->type = PL_ENTRY_WHITEOUT;
    return pl_paths_child(ls->paths, folder, (pl_str){copy, name.n - 4}, &e->node, err);
}

static pl_rc read_link(pl_layers *ls, const pl_tar_entry *t, pl_entry *e, bool *left, pl_err *err)
{
    if (t->type == PL_TAR_HARDLINK)
        return pl_paths_add(ls->paths, t->link, &e->ref, left, err);
    if (t->type != PL_TAR_SYMLINK)
        return PL_OK;
    if (t->link.n > PL_IMAGE_PATH_MAX)
        return pl_fail(err, PL_LIMIT, "a link target of %zu bytes; at most %d are read", t->link.n,
                       PL_IMAGE_PATH_MAX);
    e->size = t->link.n;
    return pl_paths_keep(ls->paths, t->link, &e->ref, err);
}

static pl_entry_type type_of(pl_tar_type t)
{
    switch (t) {
    case PL_TAR_FILE:
        return PL_ENTRY_FILE;
    case PL_TAR_DIR:
        return PL_ENTRY_DIR;
    case PL_TAR_SYMLINK:
        return PL_ENTRY_SYMLINK;
    case PL_TAR_HARDLINK:
        return PL_ENTRY_HARDLINK;
    case PL_TAR_CHAR:
    case PL_TAR_BLOCK:
    case PL_TAR_FIFO:
    case PL_TAR_OTHER:
        break;
    }
    return PL_ENTRY_SPECIAL;
}

/* Path, link and kind. *ret_skip: the entry is of no meaning for an image. */
static pl_rc describe(pl_layers *ls, const pl_tar_entry *t, pl_entry *e, bool *ret_skip,
                      pl_err *err)
{
    bool left_root = false;
    bool link_left = false;

    *ret_skip = t->type == PL_TAR_OTHER;
    if (*ret_skip)
        return PL_OK;
    *e = (pl_entry){.size = t->type == PL_TAR_FILE ? t->size : 0,
                    .mode = (uint16_t)t->mode,
                    .type = (uint8_t)type_of(t->type),
                    .flags = t->has_filecap ? PL_ENTRY_FILECAP : 0};
    pl_rc rc = pl_paths_add(ls->paths, t->path, &e->node, &left_root, err);
    if (!rc)
        rc = pl_entries_owner(&ls->entries, (pl_entry_owner){clip(t->uid), clip(t->gid)}, &e->owner,
                              err);
    if (!rc)
        rc = read_link(ls, t, e, &link_left, err);
    if (!rc)
        rc = read_whiteout(ls, e, ret_skip, err);
    if (!rc && (left_root || link_left))
        pl_problems_add(ls->problems, PL_FORMAT, (int)ls->n_layers - 1,
                        "\"%.*s\" points above the root", PL_F(pl_str_sub(t->path, 0, 200)));
    return rc;
}

/* What a single entry may do wrong without the layer being lost. */
static bool is_entry_problem(pl_rc rc, const pl_tar_entry *t)
{
    return rc == PL_FORMAT ||
           (rc == PL_LIMIT && (t->path.n > PL_IMAGE_NAME_MAX || t->link.n > PL_IMAGE_NAME_MAX));
}

/* One line for all that the walker of a folder could not read: there may be thousands. */
static void note_unread(pl_layers *ls, pl_layer *l, const pl_tar_entry *t)
{
    l->unread++;
    if (ls->n_denied++)
        return;
    l->why = t->unread == EACCES || t->unread == EPERM ? PL_DENIED : PL_SYS;
    (void)snprintf(ls->first_denied, sizeof(ls->first_denied), "%.*s: %s",
                   PL_F(pl_str_sub(t->path, 0, 200)), strerror(t->unread));
}

static void tell_unread(pl_layers *ls, const pl_layer *l)
{
    if (ls->n_denied)
        pl_problems_add(ls->problems, l->why, PL_NO_LAYER,
                        "%zu files could not be read, the first: %s", ls->n_denied,
                        ls->first_denied);
    ls->n_denied = 0;
}

static pl_rc read_entry(pl_layers *ls, pl_tar *tar, const pl_tar_entry *t, pl_err *err)
{
    pl_entry e;
    bool skip = false;
    pl_layer *l = &ls->layers[ls->n_layers - 1];

    if (t->unread) {
        note_unread(ls, l, t);
        return PL_OK;
    }
    pl_rc rc = describe(ls, t, &e, &skip, err);
    if (rc && is_entry_problem(rc, t)) {
        l->unread++;
        l->why = rc;
        pl_problems_add(ls->problems, rc, (int)ls->n_layers - 1, "entry \"%.*s\": %s",
                        PL_F(pl_str_sub(t->path, 0, 100)), err ? err->text : "");
        return PL_OK;
    }
    if (!rc && !skip && e.type == PL_ENTRY_FILE)
        rc = pl_layers_take(ls, tar, t, &e, err);
    return rc || skip ? rc : pl_entries_push(&ls->entries, &e, err);
}

/* ---- one layer ---- */

static pl_rc read_tar(pl_layers *ls, pl_in *in, pl_err *err)
{
    PL_AUTO_TAR pl_tar *tar = pl_tar_new(in);

    if (!tar)
        return pl_fail(err, PL_NOMEM, "tar reader");
    pl_tar_limit_holes(tar, &ls->holes_left);
    for (;;) {
        pl_tar_entry t;
        bool is_end = false;
        pl_rc rc = pl_tar_next(tar, &t, &is_end, err);
        if (!rc && is_end)
            return pl_in_drain(in, err);
        if (!rc)
            rc = read_entry(ls, tar, &t, err);
        if (rc)
            return rc;
    }
}

pl_rc pl_layers_new_layer(pl_layers *ls, pl_str name, pl_err *err)
{
    if (ls->n_layers == PL_IMAGE_LAYERS_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d layers (PL_IMAGE_LAYERS_MAX)",
                       PL_IMAGE_LAYERS_MAX);
    if (ls->n_layers == ls->room_layers) {
        size_t room = ls->room_layers ? ls->room_layers * 2 : 16;
        pl_layer *layers = reallocarray(ls->layers, room, sizeof(*layers));
        if (!layers)
            return pl_fail(err, PL_NOMEM, "layers");
        ls->layers = layers;
        ls->room_layers = room;
    }
    pl_layer *l = &ls->layers[ls->n_layers];
    *l = (pl_layer){.name = pl_arena_str(ls->problems->arena, name), .first = ls->entries.n};
    if (!l->name.p)
        return pl_fail(err, PL_LIMIT, "names of layers take too much memory");
    ls->n_layers++;
    return PL_OK;
}

static void drop_entries(pl_layers *ls, pl_layer *l)
{
    if (ls->analysis)
        pl_analysis_drop(ls->analysis, (uint32_t)l->first);
    pl_entries_drop(&ls->entries, l->first);
    l->n = 0;
    pl_captures_drop(&ls->captures, (uint32_t)l->first);
}

void pl_layers_drop_last(pl_layers *ls)
{
    drop_entries(ls, &ls->layers[--ls->n_layers]);
}

pl_rc pl_layers_read(pl_layers *ls, pl_str name, pl_in *blob, pl_err *err)
{
    pl_rc rc = pl_layers_new_layer(ls, name, err);

    if (rc)
        return rc;
    pl_layer *l = &ls->layers[ls->n_layers - 1];
    PL_AUTO_UNPACK pl_unpack *unpack = pl_unpack_new(pl_hashed_in(ls->packed));
    rc = unpack ? pl_hashed_begin(ls->packed, blob, err) : pl_fail(err, PL_NOMEM, "layer");
    if (!rc)
        rc = pl_hashed_begin(ls->plain, pl_unpack_in(unpack), err);
    if (rc)
        return rc;
    /* What one layer gives must not hang on which others were read before it. */
    ls->managers = 0;
    ls->holes_left = ls->holes_each;
    if (ls->analysis)
        pl_analysis_begin_layer(ls->analysis);
    rc = read_tar(ls, pl_hashed_in(ls->plain), err);
    if (ls->hash)
        pl_filehash_settle(ls->hash, &ls->entries, true);
    l->n = ls->entries.n - l->first;
    l->compression = pl_unpack_name(unpack);
    tell_unread(ls, l);
    if (rc) {
        l->is_damaged = true;
        l->why = rc;
        drop_entries(ls, l);
        pl_problems_add(ls->problems, rc, (int)ls->n_layers - 1, "%s", err ? err->text : "");
    }
    /* When the archive itself is what broke, this fails again. */
    rc = pl_in_drain(pl_hashed_in(ls->packed), err);
    pl_hashed_end(ls->packed, l->blob, &l->blob_bytes);
    pl_hashed_end(ls->plain, l->diff_id, &l->bytes);
    return rc;
}

/* ---- the set ---- */

pl_layers *pl_layers_new(const pl_want *wants, pl_problems *problems)
{
    pl_layers *ls = calloc(1, sizeof(*ls));
    if (!ls)
        return NULL;
    ls->wants = wants;
    ls->problems = problems;
    ls->holes_left = ls->holes_each = PL_TAR_HOLES_MAX;
    ls->paths = pl_paths_new();
    ls->packed = pl_hashed_new(PACKED);
    ls->plain = pl_hashed_new(PLAIN);
    ls->hash = ls->plain ? pl_filehash_new(ls->plain) : NULL;
    if (pl_layers_chain_wants(ls) && ls->paths && ls->packed && ls->plain) {
        pl_hashed_ride(ls->plain, ls->packed);
        return ls;
    }
    pl_layers_free(ls);
    return NULL;
}

void pl_layers_free(pl_layers *ls)
{
    if (!ls)
        return;
    pl_paths_free(ls->paths);
    pl_filehash_free(ls->hash);
    pl_hashed_free(ls->packed);
    pl_hashed_free(ls->plain);
    pl_captures_done(&ls->captures);
    pl_buf_done(&ls->kept);
    pl_buf_done(&ls->path);
    pl_entries_done(&ls->entries);
    free(ls->chain_next);
    free(ls->layers);
    free(ls);
}

void pl_layers_analyse(pl_layers *ls, pl_analysis *analysis)
{
    ls->analysis = analysis;
}

size_t pl_layers_count(const pl_layers *ls)
{
    return ls->n_layers;
}

pl_layer *pl_layers_at(pl_layers *ls, size_t i)
{
    return &ls->layers[i];
}

pl_paths *pl_layers_paths(pl_layers *ls)
{
    return ls->paths;
}

const pl_entry *pl_layers_entry(const pl_layers *ls, size_t i)
{
    return &ls->entries.items[i];
}

pl_entry_owner pl_layers_owner(const pl_layers *ls, const pl_entry *e)
{
    return pl_entries_owner_of(&ls->entries, e);
}

bool pl_layers_digests(const pl_layers *ls, const pl_entry *e, pl_file_digests *ret)
{
    return pl_entries_digests_of(&ls->entries, e, ret);
}

pl_problems *pl_layers_problems(pl_layers *ls)
{
    return ls->problems;
}

uint64_t *pl_layers_holes(pl_layers *ls)
{
    return &ls->holes_each;
}

size_t pl_layers_entry_index(const pl_layers *ls, const pl_entry *e)
{
    return (size_t)(e - ls->entries.items);
}

const pl_note *pl_layers_notes(const pl_layers *ls, const pl_entry *e, size_t *ret_n)
{
    *ret_n = 0;
    return ls->analysis && (e->flags & (PL_ENTRY_NOTED | PL_ENTRY_WATCHED))
               ? pl_analysis_of(ls->analysis, (uint32_t)(e - ls->entries.items), ret_n)
               : NULL;
}

pl_rc pl_layers_content(const pl_layers *ls, const pl_entry *e, pl_buf *ret, pl_err *err)
{
    return pl_captures_get(&ls->captures, (uint32_t)(e - ls->entries.items), ret, err);
}

pl_rc pl_layers_content_size(const pl_layers *ls, const pl_entry *e, uint64_t *ret, pl_err *err)
{
    return pl_captures_size(&ls->captures, (uint32_t)(e - ls->entries.items), ret, err);
}

bool pl_layers_content_at(pl_layers *ls, const pl_entry *e, uint64_t at, void *to, size_t n)
{
    return pl_captures_at(&ls->captures, (uint32_t)(e - ls->entries.items), at, to, n);
}
