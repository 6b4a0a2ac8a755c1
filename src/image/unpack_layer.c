/* SPDX-License-Identifier: Apache-2.0 */
/* Reads back what packed.c wrote, or what somebody else put in its place. */
#include "image/layers_private.h"
#include "image/limits.h"
#include "image/packed_form.h"
#include "image/unpack.h"

#include <string.h>

#include <zstd.h>

enum { CHUNK = 16 << 10 };

struct unpacking {
    pl_layers *ls;
    pl_in *in;
    pl_rc rc; /* of the first thing that failed; numbers are 0 and texts empty from then on */
    pl_err *err;
    uint32_t *nodes; /* by number in the layer; owned */
    size_t n_nodes, room;
    size_t n, at; /* what chunk holds, and what of it is used */
    char chunk[CHUNK];
    char text[PL_CAPTURE_BLOCK + (PL_CAPTURE_BLOCK >> 8) + 512]; /* ZSTD_compressBound of a block */
};

/* ---- bytes ---- */

static void bad(struct unpacking *u, const char *what)
{
    if (!u->rc)
        u->rc = pl_fail(u->err, PL_FORMAT, "layer's result: %s", what);
}

static void take(struct unpacking *u, void *to, size_t n)
{
    char *out = to;

    memset(to, 0, n);
    while (n && !u->rc) {
        if (u->at == u->n) {
            u->at = 0;
            u->rc = pl_in_read(u->in, u->chunk, CHUNK, &u->n, u->err);
            if (!u->rc && u->n == 0)
                bad(u, "ends too early");
            if (u->rc) {
                u->n = 0;
                return;
            }
        }
        size_t some = n < u->n - u->at ? n : u->n - u->at;
        memcpy(out, u->chunk + u->at, some);
        u->at += some;
        out += some;
        n -= some;
    }
}

static uint64_t number(struct unpacking *u, uint64_t max)
{
    uint64_t v = 0;

    for (unsigned shift = 0; !u->rc; shift += 7) {
        unsigned char b = 0;
        take(u, &b, 1);
        if (shift == 63 && b > 1)
            bad(u, "a number of more than 64 bits");
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            break;
    }
    if (v > max)
        bad(u, "a number is too large");
    return u->rc ? 0 : v;
}

/* In u->text, until the next one. */
static pl_str text(struct unpacking *u, size_t max)
{
    size_t n = (size_t)number(u, max < sizeof(u->text) ? max : sizeof(u->text));

    take(u, u->text, n);
    return u->rc ? (pl_str){"", 0} : (pl_str){u->text, n};
}

static void digest(struct unpacking *u, char hex[PL_SHA256_HEX])
{
    unsigned char raw[PL_SHA256];

    take(u, raw, sizeof(raw));
    pl_hex(raw, sizeof(raw), hex);
}

/* ---- what a layer holds ---- */

static void read_layer(struct unpacking *u, pl_layer *l)
{
    uint64_t flags = number(u, PL_PACKED_DAMAGED);

    l->is_damaged = flags & PL_PACKED_DAMAGED;
    l->why = (pl_rc)number(u, PL_USAGE);
    l->compression = pl_packed_compressions[number(u, PL_COUNT(pl_packed_compressions) - 1)];
    digest(u, l->blob);
    digest(u, l->diff_id);
    l->blob_bytes = number(u, INT64_MAX);
    l->bytes = number(u, INT64_MAX);
    l->unread = (size_t)number(u, INT32_MAX);
    if (l->is_damaged && !l->why)
        bad(u, "is damaged for no reason");
}

static void read_problems(struct unpacking *u)
{
    uint64_t n = number(u, PL_IMAGE_PROBLEMS_MAX);

    for (uint64_t i = 0; !u->rc && i < n; i++) {
        pl_rc rc = (pl_rc)number(u, PL_USAGE);
        pl_str what = text(u, PL_ERR_TEXT);
        if (rc == PL_OK)
            bad(u, "a problem that is none");
        if (!u->rc)
            pl_problems_add(u->ls->problems, rc, (int)u->ls->n_layers - 1, "%.*s", PL_F(what));
    }
}

static bool is_name(pl_str s)
{
    return s.n && !memchr(s.p, '/', s.n) && !memchr(s.p, '\0', s.n) && !pl_str_eq(s, PL_S(".")) &&
           !pl_str_eq(s, PL_S(".."));
}

static void push_node(struct unpacking *u, uint32_t node)
{
    if (u->n_nodes == u->room) {
        size_t room = u->room ? u->room * 2 : 1024;
        uint32_t *nodes = reallocarray(u->nodes, room, sizeof(*nodes));
        if (!nodes) {
            u->rc = pl_fail(u->err, PL_NOMEM, "layer's paths");
            return;
        }
        u->nodes = nodes;
        u->room = room;
    }
    u->nodes[u->n_nodes++] = node;
}

/* Number 0 is the root, path i of the form has number i + 1. */
static void read_paths(struct unpacking *u)
{
    uint64_t n = number(u, PL_IMAGE_NODES_MAX);

    push_node(u, PL_PATH_ROOT);
    for (uint64_t i = 0; !u->rc && i < n; i++) {
        uint64_t back = number(u, i);
        pl_str name = text(u, PL_IMAGE_NAME_MAX);
        uint32_t node = 0;
        if (!is_name(name))
            bad(u, "a name that is none");
        if (!u->rc)
            u->rc = pl_paths_child(u->ls->paths, back ? u->nodes[i + 1 - back] : PL_PATH_ROOT, name,
                                   &node, u->err);
        if (!u->rc)
            push_node(u, node);
    }
}

static uint32_t node(struct unpacking *u)
{
    size_t i = (size_t)number(u, u->n_nodes - 1);
    return u->nodes[i];
}

static uint32_t read_digests(struct unpacking *u)
{
    uint32_t ref = 0;
    pl_file_digests d = {.has = (unsigned)number(u, PL_HAS_MD5 | PL_HAS_SHA1 | PL_HAS_SHA256)};

    if (d.has & PL_HAS_MD5)
        take(u, d.md5, sizeof(d.md5));
    if (d.has & PL_HAS_SHA1)
        take(u, d.sha1, sizeof(d.sha1));
    if (d.has & PL_HAS_SHA256)
        take(u, d.sha256, sizeof(d.sha256));
    if (!u->rc)
        u->rc = pl_entries_digests(&u->ls->entries, &d, &ref, u->err);
    return ref;
}

static uint32_t read_target(struct unpacking *u, uint64_t n)
{
    uint32_t at = 0;

    if (n > PL_IMAGE_PATH_MAX)
        bad(u, "a link target is too long");
    if (u->rc)
        return 0;
    take(u, u->text, (size_t)n);
    if (!u->rc)
        u->rc = pl_paths_keep(u->ls->paths, (pl_str){u->text, (size_t)n}, &at, u->err);
    return at;
}

static void read_entry(struct unpacking *u)
{
    unsigned what = (unsigned)number(u, 0x7f);
    pl_entry e = {.type = (uint8_t)(what & PL_PACKED_TYPE)};
    pl_entry_owner who = {0};

    e.mode = (uint16_t)number(u, 07777);
    e.node = node(u);
    who.uid = (uint32_t)number(u, UINT32_MAX);
    who.gid = (uint32_t)number(u, UINT32_MAX);
    e.size = number(u, INT64_MAX);
    e.flags = what & PL_PACKED_FILECAP ? PL_ENTRY_FILECAP : 0;
    if (e.type > PL_ENTRY_OPAQUE ||
        what & ~(unsigned)(PL_PACKED_TYPE | PL_PACKED_FILECAP | PL_PACKED_DIGESTS))
        bad(u, "an entry of no known kind");
    if (e.type == PL_ENTRY_HARDLINK)
        e.ref = node(u);
    else if (e.type == PL_ENTRY_SYMLINK)
        e.ref = read_target(u, e.size);
    if (what & PL_PACKED_DIGESTS) {
        if (e.type != PL_ENTRY_FILE)
            bad(u, "digests of what is no file");
        e.ref = read_digests(u);
    }
    if (!u->rc)
        u->rc = pl_entries_owner(&u->ls->entries, who, &e.owner, u->err);
    if (!u->rc)
        u->rc = pl_entries_push(&u->ls->entries, &e, u->err);
}

static void read_entries(struct unpacking *u)
{
    uint64_t n = number(u, PL_IMAGE_ENTRIES_MAX);

    for (uint64_t i = 0; !u->rc && i < n; i++)
        read_entry(u);
}

/* The next entry of a list that names them by how far they are from each other. */
static uint32_t next_entry(struct unpacking *u, uint64_t *at, uint64_t least)
{
    uint64_t step = number(u, PL_IMAGE_ENTRIES_MAX);

    *at += step;
    if (step < least || *at >= u->ls->entries.n ||
        u->ls->entries.items[*at].type != PL_ENTRY_FILE) {
        bad(u, "something of a file that is not there");
        return 0;
    }
    return (uint32_t)*at;
}

static void read_capture(struct unpacking *u, uint32_t entry)
{
    pl_captures *c = &u->ls->captures;
    bool is_whole = number(u, 1) != 0;
    uint64_t bytes = number(u, is_whole ? PL_IMAGE_CAPTURE_MAX : 0);

    if (u->rc || (u->rc = pl_captures_begin(
                      c, entry, is_whole ? bytes : (uint64_t)PL_IMAGE_CAPTURE_MAX + 1, u->err)))
        return;
    while (!u->rc && bytes) {
        size_t raw = bytes < PL_CAPTURE_BLOCK ? (size_t)bytes : PL_CAPTURE_BLOCK;
        pl_str packed = text(u, sizeof(u->text));
        if (!u->rc)
            u->rc = pl_captures_put(c, packed, raw, u->err);
        bytes -= raw;
    }
}

static void read_captures(struct unpacking *u, size_t first)
{
    uint64_t n = number(u, PL_IMAGE_ENTRIES_MAX);
    uint64_t at = first;

    for (uint64_t i = 0; !u->rc && i < n; i++) {
        uint32_t entry = next_entry(u, &at, i > 0);
        if (!u->rc)
            read_capture(u, entry);
    }
}

static void read_note(struct unpacking *u, uint32_t entry)
{
    pl_note note = {.entry = entry};

    note.by = (uint16_t)number(u, UINT16_MAX);
    note.rc = (uint16_t)number(u, PL_USAGE);
    size_t n = (size_t)number(u, PL_IMAGE_NOTES_BYTES_MAX);
    char *bytes = u->rc ? NULL : pl_analysis_room(u->ls->analysis, n, u->err);
    if (!bytes) {
        u->rc = u->rc ? u->rc : PL_LIMIT;
        return;
    }
    take(u, bytes, n);
    note.bytes = (pl_str){bytes, n};
    if (!u->rc)
        u->rc = pl_analysis_put(u->ls->analysis, &note, u->err);
    u->ls->entries.items[entry].flags |=
        pl_analysis_at(u->ls->analysis, note.by) ? PL_ENTRY_NOTED : PL_ENTRY_WATCHED;
}

static void read_notes(struct unpacking *u, size_t first)
{
    uint64_t n = number(u, PL_IMAGE_NOTES_MAX);
    uint64_t at = first;

    if (n && !u->ls->analysis)
        bad(u, "notes that nobody wants");
    for (uint64_t i = 0; !u->rc && i < n; i++) {
        uint32_t entry = next_entry(u, &at, 0);
        if (!u->rc)
            read_note(u, entry);
    }
}

static void read_end(struct unpacking *u)
{
    if (number(u, UINT64_MAX) != PL_PACKED_MARK)
        bad(u, "has no end");
    if (!u->rc && u->at == u->n)
        u->rc = pl_in_read(u->in, u->chunk, CHUNK, &u->n, u->err), u->at = 0;
    if (!u->rc && u->at < u->n)
        bad(u, "goes on after its end");
}

static void read_all(struct unpacking *u)
{
    size_t i = u->ls->n_layers - 1;
    size_t first = u->ls->entries.n;

    read_layer(u, &u->ls->layers[i]);
    read_problems(u);
    read_paths(u);
    read_entries(u);
    u->ls->layers[i].n = u->ls->entries.n - first;
    if (!u->rc && u->ls->layers[i].is_damaged && u->ls->entries.n > first)
        bad(u, "is damaged and holds files");
    read_captures(u, first);
    read_notes(u, first);
    read_end(u);
}

static pl_rc read_head(pl_in *in, const unsigned char fingerprint[PL_FINGERPRINT], pl_err *err)
{
    unsigned char head[PL_PACKED_HEAD];
    size_t got = 0;
    pl_rc rc = pl_in_fill(in, head, sizeof(head), &got, err);

    if (rc)
        return rc;
    if (got < sizeof(head) || memcmp(head, PL_PACKED_MAGIC, 4) != 0)
        return pl_fail(err, PL_FORMAT, "is no layer's result");
    if (head[4] != PL_PACKED_VERSION || head[5] || head[6] || head[7] ||
        memcmp(head + 8, fingerprint, PL_FINGERPRINT) != 0)
        return pl_fail(err, PL_UNSUPPORTED, "layer's result: was made by other readers");
    return PL_OK;
}

pl_rc pl_layers_unpack(pl_layers *ls, pl_str name, pl_in *in,
                       const unsigned char fingerprint[PL_FINGERPRINT], pl_err *err)
{
    PL_AUTO_FREE struct unpacking *u = calloc(1, sizeof(*u));
    PL_AUTO_UNPACK pl_unpack *unpack = pl_unpack_new(in);
    size_t n_problems = ls->problems->n;

    if (!u || !unpack)
        return pl_fail(err, PL_NOMEM, "layer's result");
    pl_rc rc = read_head(in, fingerprint, err);
    if (!rc)
        rc = pl_layers_new_layer(ls, name, err);
    if (rc)
        return rc;
    u->ls = ls;
    u->in = pl_unpack_in(unpack);
    u->err = err;
    read_all(u);
    if (!u->rc && strcmp(pl_unpack_name(unpack), "zstd") != 0)
        bad(u, "is not compressed as it should be");
    free(u->nodes);
    if (u->rc) {
        pl_layers_drop_last(ls);
        ls->problems->n = n_problems;
    }
    return u->rc;
}

pl_rc pl_layers_add_damaged(pl_layers *ls, pl_str name, pl_rc why, pl_str what, pl_err *err)
{
    pl_rc rc = pl_layers_new_layer(ls, name, err);

    if (rc)
        return rc;
    pl_layer *l = &ls->layers[ls->n_layers - 1];
    l->is_damaged = true;
    l->why = why;
    l->compression = pl_packed_compressions[0];
    pl_problems_add(ls->problems, why, (int)ls->n_layers - 1, "%.*s", PL_F(what));
    return PL_OK;
}
