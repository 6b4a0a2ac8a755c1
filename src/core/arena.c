/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer every allocation is a malloc of its exact size, so overruns are seen. */
enum { CHUNK = PL_SANITIZED ? 0 : 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) unsigned char data[];
};

struct pl_arena {
    struct chunk *head;
    size_t budget; /* bytes handed out may not pass this */
    size_t used;
};

pl_arena *pl_arena_new(size_t budget)
{
    pl_arena *a = calloc(1, sizeof(*a));
    if (a)
        a->budget = budget;
    return a;
}

void pl_arena_free(pl_arena *a)
{
    if (!a)
        return;
    for (struct chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(a);
}

size_t pl_arena_used(const pl_arena *a)
{
    return a->used;
}

void pl_arena_reset(pl_arena *a)
{
    struct chunk *keep = PL_SANITIZED ? NULL : a->head;
    struct chunk *c = keep ? keep->next : a->head;

    for (struct chunk *next; c; c = next) {
        next = c->next;
        free(c);
    }
    if (keep) {
        memset(keep->data, 0, keep->used);
        keep->used = 0;
        keep->next = NULL;
    }
    a->head = keep;
    a->used = 0;
}

static struct chunk *chunk_for(pl_arena *a, size_t n)
{
    if (a->head && a->head->size - a->head->used >= n)
        return a->head;

    size_t size = n > CHUNK ? n : CHUNK;
    struct chunk *c = calloc(1, sizeof(*c) + size);
    if (!c)
        return NULL;
    *c = (struct chunk){.next = a->head, .size = size};
    a->head = c;
    return c;
}

void *pl_arena_calloc(pl_arena *a, size_t n, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    size_t want;

    if (__builtin_mul_overflow(n, size, &want) || want > a->budget - a->used)
        return NULL;
    if (!PL_SANITIZED)
        want = (want + align - 1) & ~(align - 1);
    if (want > a->budget - a->used)
        return NULL;

    struct chunk *c = chunk_for(a, want);
    if (!c)
        return NULL;
    void *p = c->data + c->used;
    c->used += want;
    a->used += want;
    return p;
}

pl_str pl_arena_str(pl_arena *a, pl_str s)
{
    if (s.n == 0)
        return (pl_str){"", 0};

    char *p = pl_arena_calloc(a, s.n, 1);
    if (!p)
        return (pl_str){NULL, 0};
    memcpy(p, s.p, s.n);
    return (pl_str){p, s.n};
}

pl_str pl_arena_vtext(pl_arena *a, const char *fmt, va_list args)
{
    char *text = NULL;
    int n = vasprintf(&text, fmt, args);

    if (n < 0)
        return (pl_str){"", 0};
    pl_str copy = pl_arena_str(a, (pl_str){text, (size_t)n});
    free(text);
    return copy.p ? copy : (pl_str){"", 0};
}
