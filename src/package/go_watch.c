/* SPDX-License-Identifier: Apache-2.0 */
#include "package/go_watch.h"

#include "package/bytes.h"
#include "package/limits.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_AT = 14, FLAGS_AT = 15, POINTERS_AT = 16 };

void pl_go_watch_done(pl_go_watch *g)
{
    pl_gather_done(&g->block);
    pl_gather_done(&g->list);
    free(g->places);
}

/* ---- is it Go? ---- */

/* The linker's note: type 4, name "Go". It stands in front, with the headers. */
static void look_for_note(pl_go_watch *g, const pl_window *w)
{
    size_t i = 0;

    if (w->at == 0)
        g->is_go |=
            pl_window_find(w, g->elf->is_big ? PL_S("\0\0\0\4Go\0\0") : PL_S("\4\0\0\0Go\0\0"), &i);
}

/* ---- the block ---- */

static bool is_writable(const pl_go_watch *g, uint64_t at)
{
    for (size_t i = 0; i < g->n_segments; i++) {
        const pl_elf_segment *s = &g->segments[i];
        if (s->type == PL_ELF_LOAD && (s->flags & PL_ELF_WRITE))
            return at >= s->at && at - s->at < s->n;
    }
    return g->n_segments == 0;
}

/* Place in the file of an address; false: it has none. */
static bool place_of(const pl_go_watch *g, uint64_t vaddr, uint64_t *ret)
{
    for (size_t i = 0; i < g->n_segments; i++) {
        const pl_elf_segment *s = &g->segments[i];
        if (s->type == PL_ELF_LOAD && vaddr >= s->vaddr && vaddr - s->vaddr < s->n &&
            !__builtin_add_overflow(s->at, vaddr - s->vaddr, ret))
            return true;
    }
    return false;
}

static uint64_t pointer_at(const pl_go_watch *g, const unsigned char *p)
{
    const pl_elf as = {.is_64 = g->pointer == 8, .is_big = g->is_big};
    return pl_elf_word(&as, p);
}

static void give_up(pl_go_watch *g, pl_rc rc, const char *why)
{
    g->rc = pl_fail(&g->why, rc, "Go build information: %s", why);
    g->is_done = true;
}

/* Anything else with these 14 bytes is a program that looks for them. */
static bool is_block(pl_str b)
{
    const unsigned char *p = (const unsigned char *)b.p;

    if (b.n < PL_GO_BLOCK || p[FLAGS_AT] > (PL_GO_INLINE | PL_GO_BIG))
        return false;
    if (p[FLAGS_AT] & PL_GO_INLINE)
        return true;
    return p[SIZE_AT] == 4 || p[SIZE_AT] == 8;
}

static void read_pointers(pl_go_watch *g, const unsigned char *p)
{
    g->pointer = p[SIZE_AT];
    g->is_big = p[FLAGS_AT] & PL_GO_BIG;
    g->has_pointers = true;
    g->block.is_on = false;
    g->header.is_wanted = place_of(g, pointer_at(g, p + POINTERS_AT), &g->header.at);
}

static void read_block(pl_go_watch *g)
{
    pl_str bytes = pl_buf_view(&g->block.bytes);
    size_t need = 0;

    if (bytes.n < PL_GO_BLOCK)
        return;
    if (!is_block(bytes)) {
        g->block.is_on = false;
        return;
    }
    if (!(bytes.p[FLAGS_AT] & PL_GO_INLINE)) {
        read_pointers(g, (const unsigned char *)bytes.p);
        return;
    }
    pl_rc rc = pl_go_inline(bytes, &g->version, &g->modules, &need, &g->why);
    if (rc == PL_NOTFOUND)
        return;
    g->rc = rc;
    g->is_done = true;
}

/* Head of the table of functions: magic of Go 1.2, 1.16, 1.18, 1.20, two zeros, the least size of
 * an instruction, the size of a pointer. */
static bool is_function_table(const pl_go_watch *g, const unsigned char *p)
{
    static const unsigned char magics[] = {0xFB, 0xFA, 0xF0, 0xF1};

    return memcmp(p + 1, "\xFF\xFF\xFF\0\0", 5) == 0 && memchr(magics, p[0], sizeof(magics)) &&
           (p[6] == 1 || p[6] == 2 || p[6] == 4) && p[7] == (g->elf->is_64 ? 8 : 4);
}

static void begin_block(pl_go_watch *g, const pl_window *w, size_t i)
{
    uint64_t at = w->at + i;
    pl_str head = {(const char *)w->p + i, w->n - i};

    if (!is_block(head) || g->block.is_on || g->has_pointers || g->is_done ||
        (!is_writable(g, at) && !g->is_go))
        return;
    g->is_go |= is_writable(g, at);
    pl_gather_begin(&g->block, at);
    (void)pl_gather_add(&g->block, w, PL_GO_MODULES_MAX + 2 * PL_WINDOW_ROOM);
    read_block(g);
}

/* Both begin at a multiple of 16 bytes, so one look for each is enough. */
static void look_for_block(pl_go_watch *g, const pl_window *w)
{
    enum { ALIGN = 16, MAGIC = sizeof(PL_GO_MAGIC) - 1 };
    size_t i = w->from + (ALIGN - (size_t)((w->at + w->from) % ALIGN)) % ALIGN;
    uint64_t magic;

    memcpy(&magic, PL_GO_MAGIC, sizeof(magic));
    for (; i < w->to && w->n - i >= ALIGN; i += ALIGN) {
        uint64_t here;
        memcpy(&here, w->p + i, sizeof(here));
        if (here == magic && memcmp(w->p + i, PL_GO_MAGIC, MAGIC) == 0)
            begin_block(g, w, i);
        else if (w->p[i + 1] == 0xFF && !g->is_go)
            g->is_go = is_function_table(g, w->p + i);
    }
}

static void go_on_with_block(pl_go_watch *g, const pl_window *w)
{
    if (!g->block.is_on || g->is_done)
        return;
    (void)pl_gather_add(&g->block, w, PL_GO_MODULES_MAX + 2 * PL_WINDOW_ROOM);
    read_block(g);
    if (w->is_end && !g->is_done && g->block.is_on)
        give_up(g, PL_FORMAT, "it ends in the middle");
}

/* ---- the older form: what its pointers lead to ---- */

static pl_rc remember(pl_go_watch *g, const pl_window *w, size_t i, pl_err *err)
{
    if (g->n_places == PL_GO_PLACES_MAX)
        return PL_OK;
    if (g->n_places == g->room_places) {
        size_t room = g->room_places ? 2 * g->room_places : 64;
        pl_go_place *places = reallocarray(g->places, room, sizeof(*places));
        if (!places)
            return pl_fail(err, PL_NOMEM, "Go build information");
        g->places = places;
        g->room_places = room;
    }
    pl_go_place *p = &g->places[g->n_places++];
    *p = (pl_go_place){.at = w->at + i};
    memcpy(p->text, w->p + i, w->n - i < PL_GO_TEXT ? w->n - i : PL_GO_TEXT);
    return PL_OK;
}

static pl_rc look_for_places(pl_go_watch *g, const pl_window *w, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = w->from; !rc && pl_window_find(w, PL_S("go1"), &i); i++)
        rc = remember(g, w, i, err);
    for (size_t i = w->from; !rc && pl_window_find(w, PL_S("devel "), &i); i++)
        rc = remember(g, w, i, err);
    return rc;
}

static void look_for_list(pl_go_watch *g, const pl_window *w)
{
    size_t i = w->from;

    if (!g->list.next && pl_window_find(w, PL_S(PL_GO_MODULES_BEGIN), &i))
        pl_gather_begin(&g->list, w->at + i + PL_GO_MARK);
    if (!g->list.is_on)
        return;
    (void)pl_gather_add(&g->list, w, PL_GO_MODULES_MAX);
    pl_str bytes = pl_buf_view(&g->list.bytes);
    const char *end = memmem(bytes.p, bytes.n, PL_GO_MODULES_END, PL_GO_MARK);
    if (end)
        g->modules = (pl_str){bytes.p, (size_t)(end - bytes.p)};
    g->list.is_on = !end && bytes.n < PL_GO_MODULES_MAX;
}

static void take_header(pl_go_watch *g, const pl_window *w)
{
    if (!g->header.is_wanted || g->header.is_there || g->header.at < w->at ||
        g->header.at - w->at >= w->n || w->n - (g->header.at - w->at) < (size_t)2 * g->pointer)
        return;
    memcpy(g->header.bytes, w->p + (g->header.at - w->at), (size_t)2 * g->pointer);
    g->header.is_there = true;
}

static bool find_version(pl_go_watch *g)
{
    uint64_t at = 0;
    uint64_t n = g->header.is_there ? pointer_at(g, g->header.bytes + g->pointer) : 0;

    if (!n || n > PL_GO_TEXT || !place_of(g, pointer_at(g, g->header.bytes), &at))
        return false;
    for (size_t i = 0; i < g->n_places; i++)
        if (g->places[i].at == at) {
            g->version = (pl_str){g->places[i].text, (size_t)n};
            return true;
        }
    return false;
}

pl_rc pl_go_watch_window(pl_go_watch *g, const pl_window *w, pl_err *err)
{
    pl_rc rc = PL_OK;

    look_for_note(g, w);
    if (g->is_done)
        return PL_OK;
    go_on_with_block(g, w);
    look_for_block(g, w);
    if (g->is_go && !g->is_done) {
        rc = look_for_places(g, w, err);
        look_for_list(g, w);
    }
    take_header(g, w);
    bool is_bad = !pl_buf_ok(&g->block.bytes) || !pl_buf_ok(&g->list.bytes);
    return is_bad ? pl_fail(err, PL_NOMEM, "Go build information") : rc;
}

bool pl_go_watch_end(pl_go_watch *g)
{
    if (g->is_done || !g->has_pointers)
        return g->is_done && !g->rc;
    if (!find_version(g))
        give_up(g, PL_UNSUPPORTED, "its version of Go cannot be found");
    g->is_done = true;
    return !g->rc || g->modules.n;
}
