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

bool pl_window_find(const pl_window *w, pl_str text, size_t *i)
{
    size_t end = w->to + text.n - 1;

    if (*i >= w->to)
        return false;
    if (end > w->n)
        end = w->n;
    const unsigned char *hit = memmem(w->p + *i, end - *i, text.p, text.n);
    if (hit)
        *i = (size_t)(hit - w->p);
    return hit != NULL;
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
