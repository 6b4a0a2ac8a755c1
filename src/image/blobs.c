/* SPDX-License-Identifier: Apache-2.0 */
#include "image/blobs.h"

#include "core/sha_side.h"
#include "image/limits.h"
#include "image/unpack.h"

#include <string.h>

pl_rc pl_blobs_init(pl_blobs *b, pl_arena *arena, pl_err *err)
{
    *b = (pl_blobs){.arena = arena, .paths = pl_paths_new()};
    return b->paths ? PL_OK : pl_fail(err, PL_NOMEM, "archive");
}

void pl_blobs_done(pl_blobs *b)
{
    for (size_t i = 0; i < b->n; i++)
        json_decref(b->items[i].json);
    free(b->items);
    pl_paths_free(b->paths);
    *b = (pl_blobs){0};
}

static pl_rc push(pl_blobs *b, uint32_t node, pl_blob **ret, pl_err *err)
{
    if (b->n == PL_IMAGE_BLOBS_MAX)
        return pl_fail(err, PL_LIMIT, "archive holds more than %d blobs (PL_IMAGE_BLOBS_MAX)",
                       PL_IMAGE_BLOBS_MAX);
    if (b->n == b->room) {
        size_t room = b->room ? b->room * 2 : 64;
        pl_blob *items = reallocarray(b->items, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_NOMEM, "archive");
        b->items = items;
        b->room = room;
    }
    *ret = &b->items[b->n++];
    **ret = (pl_blob){.node = node, .kind = PL_BLOB_OTHER};
    return PL_OK;
}

/* ---- what a blob is ---- */

static bool is_document(pl_str head)
{
    head = pl_str_trim(head);
    return head.n && (head.p[0] == '{' || head.p[0] == '[');
}

static bool is_layer(pl_str head)
{
    return pl_unpack_is_packed(head) || pl_tar_is_header(head);
}

static pl_rc read_document(pl_blobs *b, pl_blob *to, pl_in *data, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_IMAGE_DOCUMENT_MAX};
    PL_AUTO_SHA_SIDE pl_sha_side *sha = pl_sha_side_new();
    unsigned char raw[PL_SHA256];
    char piece[16 * 1024];
    size_t got = 0;

    if (!sha)
        return pl_fail(err, PL_NOMEM, "archive");
    do {
        pl_rc rc = pl_in_read(data, piece, sizeof(piece), &got, err);
        if (rc)
            return rc;
        pl_sha_side_add(sha, (pl_str){piece, got});
        pl_buf_add(&text, piece, got);
    } while (got);
    pl_sha_side_end(sha, raw);
    pl_hex(raw, sizeof(raw), to->sha256);
    to->kind = PL_BLOB_DOCUMENT;
    to->is_too_large = !pl_buf_ok(&text) || text.n > PL_IMAGE_DOCUMENTS_MAX - b->text_bytes;
    if (to->is_too_large)
        return PL_OK;
    b->text_bytes += text.n;
    to->text = pl_arena_str(b->arena, pl_buf_view(&text));
    return to->text.p ? PL_OK : pl_fail(err, PL_LIMIT, "documents take too much memory");
}

static pl_rc read_blob(pl_blobs *b, pl_layers *ls, pl_blob *to, const pl_tar_entry *e, pl_in *data,
                       pl_err *err)
{
    pl_in_peek peek;
    pl_rc rc = pl_in_peek_open(&peek, data, err);

    if (rc)
        return rc;
    if (is_document(pl_in_peek_head(&peek)))
        return read_document(b, to, &peek.in, err);
    if (!is_layer(pl_in_peek_head(&peek)))
        return pl_in_drain(&peek.in, err);
    to->kind = PL_BLOB_LAYER;
    to->layer = PL_BLOB_UNREAD;
    to->at = b->at;
    to->n = e->size;
    if (b->is_index && !e->holes)
        return PL_OK;
    to->layer = pl_layers_count(ls);
    return pl_layers_read(ls, e->path, &peek.in, err);
}

/* A hard link names its target from the root, a symbolic one from its own folder. */
static pl_rc read_link(pl_blobs *b, const pl_tar_entry *e, pl_blob *to, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    bool left = false;

    if (e->type == PL_TAR_SYMLINK && !pl_str_starts(e->link, PL_S("/"))) {
        pl_paths_print(b->paths, pl_paths_parent(b->paths, to->node), &path);
        pl_buf_ch(&path, '/');
    }
    pl_buf_str(&path, e->link);
    to->kind = PL_BLOB_LINK;
    return pl_paths_add(b->paths, pl_buf_view(&path), &to->target, &left, err);
}

pl_rc pl_blobs_add(pl_blobs *b, pl_layers *ls, const pl_tar_entry *e, pl_in *data, pl_err *err)
{
    uint32_t node = 0;
    bool left = false;
    pl_blob *to = NULL;

    if (e->type != PL_TAR_FILE && e->type != PL_TAR_HARDLINK && e->type != PL_TAR_SYMLINK)
        return PL_OK;
    pl_rc rc = pl_paths_add(b->paths, e->path, &node, &left, err);
    if (!rc)
        rc = push(b, node, &to, err);
    if (!rc)
        rc = e->type == PL_TAR_FILE ? read_blob(b, ls, to, e, data, err) : read_link(b, e, to, err);
    if (!rc)
        return PL_OK;
    if (to && to->kind != PL_BLOB_LAYER)
        b->n--; /* what was cut off is not there */
    return pl_wrap(err, rc, "%.*s", PL_F(pl_str_sub(e->path, 0, 200)));
}

static pl_blob *by_node(pl_blobs *b, uint32_t node)
{
    for (size_t i = b->n; i-- > 0;)
        if (b->items[i].node == node)
            return &b->items[i];
    return NULL;
}

static pl_blob *find(pl_blobs *b, pl_str name)
{
    uint32_t node = pl_paths_lookup(b->paths, name);

    for (int links = 0; node != PL_PATH_NONE && links <= PL_IMAGE_SYMLINKS_MAX; links++) {
        pl_blob *have = by_node(b, node);
        if (!have || have->kind != PL_BLOB_LINK)
            return have;
        have->is_followed = true;
        node = have->target;
    }
    return NULL;
}

static pl_rc keep_text(pl_blobs *b, pl_blob *to, pl_str text, pl_err *err)
{
    unsigned char raw[PL_SHA256];

    pl_sha_side_of(text, raw);
    pl_hex(raw, sizeof(raw), to->sha256);
    to->kind = PL_BLOB_DOCUMENT;
    to->is_too_large = text.n > PL_IMAGE_DOCUMENTS_MAX - b->text_bytes;
    if (to->is_too_large)
        return PL_OK;
    b->text_bytes += text.n;
    to->text = pl_arena_str(b->arena, text);
    return to->text.p ? PL_OK : pl_fail(err, PL_LIMIT, "documents take too much memory");
}

pl_rc pl_blobs_add_document(pl_blobs *b, pl_str name, pl_str text, pl_err *err)
{
    uint32_t node = 0;
    bool left = false;
    pl_blob *to = NULL;
    pl_rc rc = pl_paths_add(b->paths, name, &node, &left, err);

    if (!rc && left)
        rc = pl_fail(err, PL_FORMAT, "a document's name leaves the archive");
    if (!rc)
        rc = push(b, node, &to, err);
    if (rc)
        return rc;
    rc = keep_text(b, to, text, err);
    if (rc)
        b->n--;
    return rc;
}

/* What is asked for and not there is asked for once more when it is looked for again: that is
 * manifest.json of an OCI layout. */
static pl_blob *ask(pl_blobs *b, pl_str name)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_IMAGE_DOCUMENT_MAX};
    uint32_t node = 0;
    bool left = false;
    pl_blob *to = NULL;
    pl_rc got = b->source->document(b->source->arg, name, &text, NULL);

    if ((got && got != PL_LIMIT) || pl_paths_add(b->paths, name, &node, &left, NULL) || left ||
        push(b, node, &to, NULL))
        return NULL;
    if (got == PL_LIMIT) {
        to->kind = PL_BLOB_DOCUMENT;
        to->is_too_large = true;
        return to;
    }
    if (keep_text(b, to, pl_buf_view(&text), NULL) == PL_OK)
        return to;
    b->n--;
    return NULL;
}

pl_blob *pl_blobs_find(pl_blobs *b, pl_str name)
{
    pl_blob *have = find(b, name);
    return have || !b->source ? have : ask(b, name);
}

pl_blob *pl_blobs_layer(pl_blobs *b, pl_str name)
{
    pl_blob *have = find(b, name);
    uint32_t node = 0;
    bool left = false;

    if (have || !b->source || name.n == 0 || pl_paths_add(b->paths, name, &node, &left, NULL) ||
        left || push(b, node, &have, NULL))
        return have;
    have->kind = PL_BLOB_LAYER;
    have->layer = PL_BLOB_UNREAD;
    return have;
}

/* ---- documents ---- */

static pl_rc parse(pl_blob *blob, pl_err *err)
{
    json_error_t why;

    if (blob->json)
        return PL_OK;
    if (blob->kind != PL_BLOB_DOCUMENT)
        return pl_fail(err, PL_FORMAT, "is not a JSON document");
    if (blob->is_too_large)
        return pl_fail(err, PL_LIMIT,
                       "document is too large (at most %d MiB, and %d together: "
                       "PL_IMAGE_DOCUMENT_MAX, PL_IMAGE_DOCUMENTS_MAX)",
                       PL_IMAGE_DOCUMENT_MAX >> 20, PL_IMAGE_DOCUMENTS_MAX >> 20);
    blob->json =
        json_loadb(blob->text.p, blob->text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!blob->json)
        return pl_fail(err, PL_FORMAT, "line %d: %s", why.line, why.text);
    return PL_OK;
}

pl_rc pl_blobs_json(pl_blobs *b, pl_str name, json_t **ret, pl_blob **ret_blob, pl_err *err)
{
    pl_blob *blob = pl_blobs_find(b, name);

    if (!blob)
        return pl_fail(err, PL_NOTFOUND, "%.*s is not in the archive",
                       PL_F(pl_str_sub(name, 0, 200)));
    pl_rc rc = parse(blob, err);
    if (rc)
        return pl_wrap(err, rc, "%.*s", PL_F(pl_str_sub(name, 0, 200)));
    *ret = blob->json;
    if (ret_blob)
        *ret_blob = blob;
    return PL_OK;
}
