/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tar_out.h"

#include "core/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 128 * 1024 };

void pl_tar_out_done(pl_tar_out *o)
{
    pl_buf_done(&o->pax);
    free(o->piece);
}

pl_rc pl_tar_out_bytes(pl_tar_out *o, pl_str bytes, pl_err *err)
{
    pl_err why = {0};

    if (o->is_stopped)
        return PL_OK;
    o->n += bytes.n;
    if (o->fd < 0)
        return PL_OK;
    pl_rc rc = pl_write_all(o->fd, bytes, &why);
    if (rc && why.sys == EPIPE) {
        o->is_stopped = true;
        return PL_OK;
    }
    if (rc && err)
        *err = why;
    return rc;
}

pl_rc pl_tar_out_zeros(pl_tar_out *o, uint64_t n, pl_err *err)
{
    static const char zeros[PL_TAR_OUT_BLOCK * 8];

    while (n && !o->is_stopped) {
        size_t some = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);
        pl_rc rc = pl_tar_out_bytes(o, (pl_str){zeros, some}, err);
        if (rc)
            return rc;
        n -= some;
    }
    return PL_OK;
}

pl_rc pl_tar_out_file(pl_tar_out *o, int fd, uint64_t at, uint64_t n, int *eno, pl_err *err)
{
    if (o->fd < 0) {
        o->n += n;
        return PL_OK;
    }
    if (!o->piece && !(o->piece = malloc(PIECE)))
        return pl_fail(err, PL_NOMEM, "file");
    while (n && !o->is_stopped) {
        ssize_t got = pread(fd, o->piece, n < PIECE ? (size_t)n : PIECE, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            *eno = errno;
        if (got <= 0)
            return pl_tar_out_zeros(o, n, err);
        pl_rc rc = pl_tar_out_bytes(o, (pl_str){o->piece, (size_t)got}, err);
        if (rc)
            return rc;
        at += (uint64_t)got;
        n -= (uint64_t)got;
    }
    return PL_OK;
}

pl_rc pl_tar_out_pad(pl_tar_out *o, uint64_t n, pl_err *err)
{
    return pl_tar_out_zeros(o, -n & (PL_TAR_OUT_BLOCK - 1), err);
}

/* "LENGTH KEY=VALUE\n", where the length counts its own digits. */
void pl_tar_out_pax(pl_tar_out *o, const char *key, pl_str value)
{
    size_t body = strlen(key) + value.n + 3;
    size_t n = body + 1;
    char digits[24];

    while ((size_t)snprintf(digits, sizeof(digits), "%zu", n) + body != n)
        n++;
    pl_buf_fmt(&o->pax, "%zu %s=", n, key);
    pl_buf_str(&o->pax, value);
    pl_buf_ch(&o->pax, '\n');
}

void pl_tar_out_pax_number(pl_tar_out *o, const char *key, uint64_t v)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
    pl_tar_out_pax(o, key, pl_str_c(digits));
}

/* Numbers that do not fit stand in the pax header before; here they are cut. */
static pl_rc put_header(pl_tar_out *o, const pl_tar_header *h, pl_err *err)
{
    char b[PL_TAR_OUT_BLOCK] = {0};
    unsigned sum = 0;
    pl_str name = pl_str_sub(h->name, 0, 100);
    pl_str link = pl_str_sub(h->link, 0, 100);

    memcpy(b, name.p, name.n);
    (void)snprintf(b + 100, 8, "%07o", h->mode & 07777);
    (void)snprintf(b + 108, 8, "%07llo", (unsigned long long)(h->uid & 07777777));
    (void)snprintf(b + 116, 8, "%07llo", (unsigned long long)(h->gid & 07777777));
    (void)snprintf(b + 124, 12, "%011llo", (unsigned long long)(h->size & 077777777777));
    (void)snprintf(b + 136, 12, "%011llo",
                   h->mtime > 0 ? (unsigned long long)h->mtime & 077777777777 : 0);
    memset(b + 148, ' ', 8);
    b[156] = h->type;
    if (link.n)
        memcpy(b + 157, link.p, link.n);
    memcpy(b + 257, "ustar\00000", 8);
    for (size_t i = 0; i < PL_TAR_OUT_BLOCK; i++)
        sum += (unsigned char)b[i];
    (void)snprintf(b + 148, 8, "%06o", sum);
    return pl_tar_out_bytes(o, (pl_str){b, PL_TAR_OUT_BLOCK}, err);
}

static uint64_t whole_blocks(uint64_t n)
{
    return (n + PL_TAR_OUT_BLOCK - 1) & ~(uint64_t)(PL_TAR_OUT_BLOCK - 1);
}

/* An entry that would not fit is not begun. */
static bool is_full(pl_tar_out *o, const pl_tar_header *h)
{
    uint64_t more = PL_TAR_OUT_BLOCK + (o->pax.n ? PL_TAR_OUT_BLOCK + whole_blocks(o->pax.n) : 0);

    if (!o->max || h->size > o->max)
        return o->max != 0;
    return o->n + more + whole_blocks(h->size) > o->max;
}

pl_rc pl_tar_out_entry(pl_tar_out *o, const pl_tar_header *h, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (h->name.n > 100)
        pl_tar_out_pax(o, "path", h->name);
    if (h->link.n > 100)
        pl_tar_out_pax(o, "linkpath", h->link);
    if (h->uid > 07777777)
        pl_tar_out_pax_number(o, "uid", h->uid);
    if (h->gid > 07777777)
        pl_tar_out_pax_number(o, "gid", h->gid);
    if (h->size > 077777777777)
        pl_tar_out_pax_number(o, "size", h->size);
    if (!pl_buf_ok(&o->pax))
        return pl_fail(err, PL_NOMEM, "%.*s", PL_F(h->name));
    if (is_full(o, h))
        o->is_stopped = o->is_full = true;
    if (o->pax.n) {
        pl_tar_header x = {.name = PL_S("pax"), .type = 'x', .mode = 0644, .size = o->pax.n};
        rc = put_header(o, &x, err);
        if (!rc)
            rc = pl_tar_out_bytes(o, pl_buf_view(&o->pax), err);
        if (!rc)
            rc = pl_tar_out_pad(o, o->pax.n, err);
        pl_buf_reset(&o->pax);
    }
    return rc ? rc : put_header(o, h, err);
}

pl_rc pl_tar_out_end(pl_tar_out *o, pl_err *err)
{
    return pl_tar_out_zeros(o, 2 * (uint64_t)PL_TAR_OUT_BLOCK, err);
}
