/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/line_rd.h"

#include <string.h>

enum { FIRST_ROOM = 256 << 10 };

void pl_line_rd_done(pl_line_rd *l)
{
    free(l->p);
    *l = (pl_line_rd){0};
}

/* Room for more behind what is there: by moving it to the front, else by a larger buffer. */
static pl_rc make_room(pl_line_rd *l, pl_err *err)
{
    if (l->p && l->at) {
        memmove(l->p, l->p + l->at, l->n - l->at);
        l->n -= l->at;
        l->at = 0;
    }
    if (l->n < l->room)
        return PL_OK;
    size_t room = l->room ? 2 * l->room : FIRST_ROOM;
    char *p = realloc(l->p, room);
    if (!p)
        return pl_fail(err, PL_NOMEM, "out of memory");
    l->p = p;
    l->room = room;
    return PL_OK;
}

static pl_rc read_more(pl_line_rd *l, pl_err *err)
{
    size_t got;

    pl_rc rc = make_room(l, err);
    if (rc == PL_OK)
        rc = pl_feed_in_read(l->in, l->p + l->n, l->room - l->n, &got, err);
    if (rc != PL_OK)
        return rc;
    l->n += got;
    l->is_eof = got == 0;
    return PL_OK;
}

pl_rc pl_line_rd_next(pl_line_rd *l, pl_str *ret, bool *is_too_long, pl_err *err)
{
    size_t seen = 0; /* bytes behind `at` without a line end */

    *is_too_long = false;
    for (;;) {
        char *from = l->p ? l->p + l->at : NULL; /* nothing was read yet */
        size_t left = l->n - l->at;
        char *end = l->p && left > seen ? memchr(from + seen, '\n', left - seen) : NULL;
        if (end || (l->is_eof && (left || l->is_cutting))) {
            size_t n = end ? (size_t)(end - from) : left;
            l->at += n + (end != NULL);
            l->no++;
            *is_too_long = l->is_cutting || n > l->max;
            l->is_cutting = false;
            *ret = *is_too_long ? (pl_str){"", 0} : (pl_str){from, n};
            return PL_OK;
        }
        if (l->is_eof) {
            *ret = (pl_str){NULL, 0};
            return PL_OK;
        }
        seen = left;
        if (left > l->max) {
            l->is_cutting = true;
            l->at = l->n;
            seen = 0;
        }
        pl_rc rc = read_more(l, err);
        if (rc != PL_OK)
            return rc;
    }
}
