/* SPDX-License-Identifier: Apache-2.0 */
#include "package/window.h"

#include <string.h>

bool pl_window_push(pl_window *w, pl_str *bytes)
{
    pl_str part = pl_str_sub(*bytes, 0, PL_WINDOW_ROOM - w->n);

    if (part.n)
        memcpy(w->p + w->n, part.p, part.n);
    w->n += part.n;
    *bytes = pl_str_sub(*bytes, part.n, bytes->n);
    if (w->n < PL_WINDOW_ROOM)
        return false;
    w->to = w->n - PL_WINDOW_REACH;
    return true;
}

void pl_window_end(pl_window *w)
{
    w->is_end = true;
    w->to = w->n;
}

void pl_window_pass(pl_window *w)
{
    size_t keep = w->to > PL_WINDOW_REACH ? w->to - PL_WINDOW_REACH : 0;

    memmove(w->p, w->p + keep, w->n - keep);
    w->at += keep;
    w->n -= keep;
    w->from = w->to - keep;
}

/* How seldom a byte is in programs and in their texts; the more the better. memchr runs over bytes
 * that are not there at many times the speed of memmem. */
static unsigned rarity(unsigned char c)
{
    if (c == 0 || c == 0xFF || c == ' ' || c == 'e' || c == 't')
        return 0;
    if (c >= 'a' && c <= 'z')
        return strchr("jqvwxyz", c) ? 3 : 1;
    if ((c >= '0' && c <= '9') || c == '.' || c == '_')
        return 2;
    return c > ' ' && c < 0x7F ? 4 : 1;
}

static size_t rarest(pl_str text)
{
    size_t best = 0;

    for (size_t i = 1; i < text.n; i++)
        if (rarity((unsigned char)text.p[i]) > rarity((unsigned char)text.p[best]))
            best = i;
    return best;
}

bool pl_window_find(const pl_window *w, pl_str text, size_t *i)
{
    size_t key = rarest(text);
    size_t at = *i + key;
    size_t end = w->to + key < w->n ? w->to + key : w->n;

    while (at < end) {
        const unsigned char *hit = memchr(w->p + at, (unsigned char)text.p[key], end - at);
        if (!hit)
            return false;
        size_t start = (size_t)(hit - w->p) - key;
        if (text.n <= w->n - start && memcmp(w->p + start, text.p, text.n) == 0) {
            *i = start;
            return true;
        }
        at = start + key + 1;
    }
    return false;
}

void pl_gather_begin(pl_gather *c, uint64_t at)
{
    pl_buf_reset(&c->bytes);
    c->next = at;
    c->is_on = true;
}

bool pl_gather_add(pl_gather *c, const pl_window *w, size_t max)
{
    if (c->next < w->at)
        return false;
    if (c->next >= w->at + w->n)
        return true;
    size_t from = (size_t)(c->next - w->at);
    size_t n = w->n - from;
    if (n > max - c->bytes.n)
        n = max - c->bytes.n;
    pl_buf_add(&c->bytes, w->p + from, n);
    c->next += n;
    return true;
}
