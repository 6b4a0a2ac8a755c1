/* SPDX-License-Identifier: Apache-2.0 */
#include "core/buf.h"

#include <stdarg.h>
#include <string.h>

void pl_buf_done(pl_buf *b)
{
    free(b->p);
    *b = (pl_buf){.max = b->max};
}

void pl_buf_reset(pl_buf *b)
{
    b->n = 0;
    b->bad = false;
}

static bool grow(pl_buf *b, size_t more)
{
    size_t max = b->max ? b->max : PL_BUF_MAX;
    size_t want;

    if (b->bad || __builtin_add_overflow(b->n, more, &want) || want > max) {
        b->bad = true;
        return false;
    }
    if (want <= b->room)
        return true;

    size_t room = b->room < 128 ? 256 : b->room * 2;
    if (room < want)
        room = want;
    if (room > max)
        room = max; /* so that what fits the room fits the maximum */
    char *p = realloc(b->p, room);
    if (!p) {
        b->bad = true;
        return false;
    }
    b->p = p;
    b->room = room;
    return true;
}

char *pl_buf_more(pl_buf *b, size_t n)
{
    if (!grow(b, n))
        return NULL;
    b->n += n;
    return b->p + b->n - n;
}

void pl_buf_add(pl_buf *b, const void *p, size_t n)
{
    char *to = n ? pl_buf_more(b, n) : NULL;

    if (to)
        memcpy(to, p, n);
}

void pl_buf_str(pl_buf *b, pl_str s)
{
    pl_buf_add(b, s.p, s.n);
}

void pl_buf_c(pl_buf *b, const char *c)
{
    pl_buf_add(b, c, strlen(c));
}

void pl_buf_fmt(pl_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_list again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    /* One byte more than is kept, for the NUL that vsnprintf writes. */
    if (n >= 0 && grow(b, (size_t)n + 1)) {
        (void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void pl_buf_int(pl_buf *b, int64_t v)
{
    char text[20];
    size_t at = sizeof(text);
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        text[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        pl_buf_ch(b, '-');
    pl_buf_add(b, text + at, sizeof(text) - at);
}

void pl_buf_u32le(pl_buf *b, uint32_t v)
{
    unsigned char raw[4] = {(unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
                            (unsigned char)(v >> 24)};
    pl_buf_add(b, raw, sizeof(raw));
}

void pl_buf_u64le(pl_buf *b, uint64_t v)
{
    pl_buf_u32le(b, (uint32_t)v);
    pl_buf_u32le(b, (uint32_t)(v >> 32));
}

void pl_buf_lstr(pl_buf *b, pl_str s)
{
    if (s.n > UINT32_MAX) {
        b->bad = true;
        return;
    }
    pl_buf_u32le(b, (uint32_t)s.n);
    pl_buf_str(b, s);
}
