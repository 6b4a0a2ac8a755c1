/* SPDX-License-Identifier: Apache-2.0 */
#include "image/paths.h"

#include "core/siphash.h"
#include "image/limits.h"

#include <assert.h>
#include <string.h>

struct node {
    uint32_t parent;
    uint32_t name; /* offset in text: one byte for its length, then the name */
};
_Static_assert(PL_IMAGE_NAME_MAX <= UINT8_MAX, "the length of a name is one byte");

enum { FOLDER_ROOM = 256, RECENT = 16 * 1024, NODE_BITS = 21 };
_Static_assert(PL_IMAGE_NODES_MAX <= 1 << NODE_BITS, "a slot holds the number of a node");

struct pl_paths {
    struct node *nodes;
    size_t n, room;
    char *text;
    size_t text_n, text_room;
    uint32_t *recent; /* nodes by hash of their name: the same names come in folder after folder */
    uint32_t *slots;  /* node number and bits of its hash, 0: free (the root is never looked up) */
    size_t n_slots;
    pl_sipkey key;
    /* The folder that the last path lay in, as it was written: tar has them one after the other. */
    char folder[FOLDER_ROOM];
    size_t folder_n;
    uint32_t folder_node;
    bool folder_left_root;
};

enum { FIRST_SLOTS = 1024, FEW_SLOTS = 64 * 1024, FIRST_TEXT = 16 * 1024 };

static uint64_t hash_of(const pl_paths *p, uint32_t parent, pl_str name)
{
    pl_sipkey key = {p->key.k0 ^ parent, p->key.k1};
    return pl_siphash(key, name.p, name.n);
}

static pl_str name_of(const pl_paths *p, uint32_t node)
{
    const char *text = p->text + p->nodes[node].name;
    return (pl_str){text + 1, (unsigned char)*text};
}

static uint32_t slot_value(uint64_t hash, uint32_t node)
{
    return (uint32_t)(hash << NODE_BITS) | node;
}

static uint32_t node_in(uint32_t slot)
{
    return slot & ((1U << NODE_BITS) - 1);
}

/*
 * The slot that holds the name, or the free one where it belongs. Slots that are taken hold eleven
 * bits of the hash as well, so that a full table costs few looks at other names.
 */
static size_t slot_for(const pl_paths *p, uint64_t hash, uint32_t parent, pl_str name)
{
    size_t i = (size_t)((hash >> 32) * p->n_slots >> 32);
    uint32_t tag = slot_value(hash, 0);

    for (; p->slots[i]; i = i + 1 == p->n_slots ? 0 : i + 1) {
        uint32_t node = node_in(p->slots[i]);
        if ((p->slots[i] ^ node) == tag && p->nodes[node].parent == parent &&
            pl_str_eq(name_of(p, node), name))
            break;
    }
    return i;
}

/* Where a node goes that is in none: nothing needs to be compared. */
static size_t free_slot_for(const pl_paths *p, uint64_t hash)
{
    size_t i = (size_t)((hash >> 32) * p->n_slots >> 32);

    while (p->slots[i])
        i = i + 1 == p->n_slots ? 0 : i + 1;
    return i;
}

/* A large table grows by half: it is what a path costs most. */
static bool grow_slots(pl_paths *p)
{
    size_t n = p->n_slots < FEW_SLOTS ? p->n_slots * 2 : p->n_slots + p->n_slots / 2;
    uint32_t *slots = calloc(n, sizeof(*slots));

    if (!slots)
        return false;
    free(p->slots);
    p->slots = slots;
    p->n_slots = n;
    for (uint32_t node = 1; node < p->n; node++) {
        uint64_t hash = hash_of(p, p->nodes[node].parent, name_of(p, node));
        p->slots[free_slot_for(p, hash)] = slot_value(hash, node);
    }
    return true;
}

static bool grow_nodes(pl_paths *p)
{
    size_t room = p->room ? p->room * 2 : 512;
    struct node *nodes = reallocarray(p->nodes, room, sizeof(*nodes));

    if (!nodes)
        return false;
    p->nodes = nodes;
    p->room = room;
    return true;
}

pl_rc pl_paths_keep(pl_paths *p, pl_str text, uint32_t *ret, pl_err *err)
{
    if (text.n > PL_IMAGE_NAMES_MAX - p->text_n)
        return pl_fail(err, PL_LIMIT, "names take more than %d bytes", PL_IMAGE_NAMES_MAX);
    if (text.n > p->text_room - p->text_n) {
        size_t room = p->text_room ? p->text_room * 2 : FIRST_TEXT;
        char *grown = realloc(p->text, room < p->text_n + text.n ? p->text_n + text.n : room);
        if (!grown)
            return pl_fail(err, PL_NOMEM, "names");
        p->text_room = room < p->text_n + text.n ? p->text_n + text.n : room;
        p->text = grown;
    }
    if (text.n)
        memcpy(p->text + p->text_n, text.p, text.n);
    *ret = (uint32_t)p->text_n;
    p->text_n += text.n;
    return PL_OK;
}

pl_str pl_paths_kept(const pl_paths *p, uint32_t at, size_t n)
{
    return pl_str_sub((pl_str){p->text, p->text_n}, at, n);
}

/* Where the text of a name stands; a name that came not long ago is not kept again. */
static pl_rc keep_name(pl_paths *p, pl_str name, uint32_t *ret, pl_err *err)
{
    char text[1 + PL_IMAGE_NAME_MAX];
    uint32_t *slot = &p->recent[pl_siphash(p->key, name.p, name.n) & (RECENT - 1)];

    if (*slot && pl_str_eq(name_of(p, *slot), name)) {
        *ret = p->nodes[*slot].name;
        return PL_OK;
    }
    text[0] = (char)name.n;
    memcpy(text + 1, name.p, name.n);
    pl_rc rc = pl_paths_keep(p, (pl_str){text, 1 + name.n}, ret, err);
    if (!rc)
        *slot = (uint32_t)p->n; /* the node that is being added */
    return rc;
}

static pl_rc add_node(pl_paths *p, uint64_t hash, uint32_t parent, pl_str name, size_t slot,
                      pl_err *err)
{
    uint32_t at = 0;

    if (p->n == PL_IMAGE_NODES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d different paths", PL_IMAGE_NODES_MAX);
    if (p->n == p->room && !grow_nodes(p))
        return pl_fail(err, PL_NOMEM, "paths");
    pl_rc rc = keep_name(p, name, &at, err);
    if (rc)
        return rc;
    p->nodes[p->n] = (struct node){parent, at};
    p->slots[slot] = slot_value(hash, (uint32_t)p->n++);
    if (p->n * 8 > p->n_slots * 7 && !grow_slots(p))
        return pl_fail(err, PL_NOMEM, "paths");
    return PL_OK;
}

pl_rc pl_paths_child(pl_paths *p, uint32_t parent, pl_str name, uint32_t *ret, pl_err *err)
{
    if (name.n > PL_IMAGE_NAME_MAX)
        return pl_fail(err, PL_LIMIT, "a name of %zu bytes; Linux has at most %d", name.n,
                       PL_IMAGE_NAME_MAX);
    uint64_t hash = hash_of(p, parent, name);
    size_t slot = slot_for(p, hash, parent, name);
    if (!p->slots[slot]) {
        uint32_t node = (uint32_t)p->n;
        pl_rc rc = add_node(p, hash, parent, name, slot, err);
        if (!rc)
            *ret = node;
        return rc;
    }
    *ret = node_in(p->slots[slot]);
    return PL_OK;
}

uint32_t pl_paths_find(const pl_paths *p, uint32_t parent, pl_str name)
{
    uint32_t slot = p->slots[slot_for(p, hash_of(p, parent, name), parent, name)];
    return slot ? node_in(slot) : PL_PATH_NONE;
}

pl_paths *pl_paths_new(void)
{
    pl_paths *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->key = pl_sipkey_process();
    p->slots = calloc(FIRST_SLOTS, sizeof(*p->slots));
    p->n_slots = FIRST_SLOTS;
    p->text = malloc(FIRST_TEXT);
    p->text_room = FIRST_TEXT;
    p->recent = calloc(RECENT, sizeof(*p->recent));
    if (!p->slots || !p->text || !p->recent || !grow_nodes(p)) {
        pl_paths_free(p);
        return NULL;
    }
    p->text[p->text_n++] = 0; /* the root's name is empty */
    p->nodes[p->n++] = (struct node){0, 0};
    return p;
}

void pl_paths_free(pl_paths *p)
{
    if (!p)
        return;
    free(p->nodes);
    free(p->text);
    free(p->slots);
    free(p->recent);
    free(p);
}

size_t pl_paths_count(const pl_paths *p)
{
    return p->n;
}

uint32_t pl_paths_parent(const pl_paths *p, uint32_t node)
{
    return p->nodes[node].parent;
}

pl_str pl_paths_name(const pl_paths *p, uint32_t node)
{
    return name_of(p, node);
}

bool pl_paths_below(const pl_paths *p, uint32_t node, uint32_t folder)
{
    while (node > folder)
        node = p->nodes[node].parent;
    return node == folder;
}

/* On from *at, part by part. */
static pl_rc walk(pl_paths *p, pl_str path, uint32_t *at, bool *left_root, pl_err *err)
{
    pl_str part;

    while (pl_str_cut(&path, '/', &part)) {
        if (part.n == 0 || pl_str_eq(part, PL_S(".")))
            continue;
        if (pl_str_eq(part, PL_S(".."))) {
            *left_root |= *at == PL_PATH_ROOT;
            *at = pl_paths_parent(p, *at);
            continue;
        }
        pl_rc rc = pl_paths_child(p, *at, part, at, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc walk_folder(pl_paths *p, pl_str folder, uint32_t *at, bool *left_root, pl_err *err)
{
    if (folder.n == p->folder_n && memcmp(folder.p, p->folder, folder.n) == 0) {
        *at = p->folder_node;
        *left_root = p->folder_left_root;
        return PL_OK;
    }
    pl_rc rc = walk(p, folder, at, left_root, err);
    if (rc || folder.n > sizeof(p->folder))
        return rc;
    memcpy(p->folder, folder.p, folder.n);
    p->folder_n = folder.n;
    p->folder_node = *at;
    p->folder_left_root = *left_root;
    return PL_OK;
}

pl_rc pl_paths_add(pl_paths *p, pl_str path, uint32_t *ret, bool *ret_left_root, pl_err *err)
{
    uint32_t at = PL_PATH_ROOT;
    pl_rc rc = PL_OK;

    *ret_left_root = false;
    if (path.n > PL_IMAGE_PATH_MAX)
        return pl_fail(err, PL_LIMIT, "a path of %zu bytes; at most %d are read", path.n,
                       PL_IMAGE_PATH_MAX);
    if (path.n && memchr(path.p, '\0', path.n))
        return pl_fail(err, PL_FORMAT, "a path that holds NUL");
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    size_t n = slash ? (size_t)(slash + 1 - path.p) : 0;
    if (n)
        rc = walk_folder(p, pl_str_sub(path, 0, n), &at, ret_left_root, err);
    if (!rc)
        rc = walk(p, pl_str_sub(path, n, path.n), &at, ret_left_root, err);
    if (!rc)
        *ret = at;
    return rc;
}

uint32_t pl_paths_lookup(const pl_paths *p, pl_str path)
{
    uint32_t at = PL_PATH_ROOT;
    pl_str part;

    while (at != PL_PATH_NONE && pl_str_cut(&path, '/', &part)) {
        if (part.n == 0 || pl_str_eq(part, PL_S(".")))
            continue;
        at = pl_str_eq(part, PL_S("..")) ? pl_paths_parent(p, at) : pl_paths_find(p, at, part);
    }
    return at;
}

/* Depth is bounded by PL_IMAGE_PATH_MAX / 2 and the links that were resolved. */
void pl_paths_print(const pl_paths *p, uint32_t node, pl_buf *out)
{
    size_t n = 0;

    if (node == PL_PATH_ROOT) {
        pl_buf_ch(out, '/');
        return;
    }
    for (uint32_t at = node; at != PL_PATH_ROOT; at = p->nodes[at].parent)
        n += name_of(p, at).n + 1;
    size_t end = out->n + n;
    PL_AUTO_FREE char *text = malloc(n);
    if (!text) {
        out->bad = true;
        return;
    }
    size_t at_byte = n;
    for (uint32_t at = node; at != PL_PATH_ROOT; at = p->nodes[at].parent) {
        pl_str name = name_of(p, at);
        at_byte -= name.n;
        memcpy(text + at_byte, name.p, name.n);
        text[--at_byte] = '/';
    }
    assert(at_byte == 0);
    pl_buf_add(out, text, n);
    assert(!pl_buf_ok(out) || out->n == end);
}
