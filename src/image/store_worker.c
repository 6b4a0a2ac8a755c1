/* SPDX-License-Identifier: Apache-2.0 */
#include "image/store_worker.h"

#include "core/hash.h"
#include "core/io.h"
#include "core/json_rd.h"
#include "image/limits.h"
#include "image/stream.h"
#include "image/unpack.h"

#include <string.h>

enum { ARENA = 96 << 20, BATCH = 64 << 10, PIECE = 64 << 10, SPLIT_FILE = 1, SPLIT_BYTES = 2 };

/* ---- tar-split ---- */

struct split {
    int out_fd;
    bool is_size; /* only the sum is wanted */
    uint64_t total;
    pl_arena *a; /* of one line */
    pl_buf raw;  /* a piece, decoded */
    pl_buf batch;
};

static pl_rc flush(struct split *s, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_buf_ok(&s->batch))
        return pl_fail(err, PL_NOMEM, "tar-split");
    if (s->batch.n)
        rc = pl_jail_send(s->out_fd, PL_STORE_PLAN, pl_buf_view(&s->batch), err);
    pl_buf_reset(&s->batch);
    return rc;
}

struct line {
    uint64_t type, size;
    pl_str name, raw_name, payload;
};

static uint64_t number(pl_json_rd *r)
{
    const char *from = (pl_json_peek(r), r->p);
    uint64_t v = 0;

    pl_json_skip(r);
    if (!r->is_bad && !pl_str_u64((pl_str){from, (size_t)(r->p - from)}, &v))
        pl_json_fail(r, "has a number that is none");
    return v;
}

static bool read_line(struct split *s, pl_str text, struct line *ret)
{
    pl_json_rd r = pl_json_rd_of(text);
    const pl_json_slot slots[] = {{"name", &ret->name}, {"name_raw", &ret->raw_name}};
    pl_str key;

    *ret = (struct line){0};
    if (pl_json_enter_object(&r))
        while (pl_json_key(&r, &key)) {
            if (pl_str_eq(key, PL_S("type")))
                ret->type = number(&r);
            else if (pl_str_eq(key, PL_S("size")))
                ret->size = number(&r);
            else if (pl_str_eq(key, PL_S("payload"))) {
                if (!pl_json_raw(&r, &ret->payload))
                    ret->payload = (pl_str){"", 0};
            } else if (!pl_json_pick(&r, s->a, key, slots, PL_COUNT(slots), PL_IMAGE_PATH_MAX + 1))
                pl_json_skip(&r);
        }
    return pl_json_done(&r);
}

static pl_rc add_bytes(struct split *s, const struct line *l, pl_err *err)
{
    pl_buf_reset(&s->raw);
    if (!pl_unbase64(l->payload, &s->raw))
        return pl_fail(err, PL_FORMAT, "tar-split: a piece is not base64");
    s->total += s->raw.n;
    if (!s->is_size && s->raw.n) {
        pl_buf_ch(&s->batch, 'B');
        pl_buf_lstr(&s->batch, pl_buf_view(&s->raw));
    }
    return PL_OK;
}

static pl_rc add_file(struct split *s, const struct line *l, pl_err *err)
{
    pl_str name = l->name;

    if (l->raw_name.n) {
        pl_buf_reset(&s->raw);
        if (!pl_unbase64(l->raw_name, &s->raw))
            return pl_fail(err, PL_FORMAT, "tar-split: a name is not base64");
        name = pl_buf_view(&s->raw);
    }
    if (l->size > PL_STORE_TAR_MAX || s->total > PL_STORE_TAR_MAX)
        return pl_fail(err, PL_LIMIT, "tar-split: more bytes than a layer may have");
    s->total += l->size;
    if (!s->is_size) {
        pl_buf_ch(&s->batch, 'F');
        pl_buf_u64le(&s->batch, l->size);
        pl_buf_lstr(&s->batch, name);
    }
    return PL_OK;
}

static pl_rc take_line(struct split *s, pl_str text, pl_err *err)
{
    struct line l;

    pl_arena_reset(s->a);
    if (text.n == 0)
        return PL_OK;
    if (!read_line(s, text, &l))
        return pl_fail(err, PL_FORMAT, "tar-split: a line is not what it must be");
    pl_rc rc = PL_OK;
    if (l.type == SPLIT_BYTES)
        rc = add_bytes(s, &l, err);
    else if (l.type == SPLIT_FILE)
        rc = add_file(s, &l, err);
    else
        rc = pl_fail(err, PL_UNSUPPORTED, "tar-split: a line of type %llu",
                     (unsigned long long)l.type);
    return rc || s->batch.n <= BATCH ? rc : flush(s, err);
}

/* The whole lines of what is there; the rest stays. */
static pl_rc take_lines(struct split *s, pl_buf *text, pl_err *err)
{
    pl_str left = pl_buf_view(text);
    pl_rc rc = PL_OK;

    for (const char *end; !rc && left.n && (end = memchr(left.p, '\n', left.n));) {
        size_t n = (size_t)(end - left.p);
        rc = take_line(s, (pl_str){left.p, n}, err);
        left = (pl_str){left.p + n + 1, left.n - n - 1};
    }
    if (text->n && left.p != text->p) {
        memmove(text->p, left.p, left.n);
        text->n = left.n;
    }
    return rc;
}

static pl_rc read_lines(struct split *s, pl_in *in, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_STORE_LINE_MAX};
    PL_AUTO_FREE char *piece = malloc(PIECE);
    size_t n = 1;
    pl_rc rc = piece ? PL_OK : pl_fail(err, PL_NOMEM, "tar-split");

    while (!rc && n) {
        rc = pl_in_read(in, piece, PIECE, &n, err);
        if (rc)
            break;
        pl_buf_add(&text, piece, n);
        if (!pl_buf_ok(&text))
            return pl_fail(err, PL_LIMIT, "tar-split: a line of more than %d bytes",
                           PL_STORE_LINE_MAX);
        rc = take_lines(s, &text, err);
    }
    return rc ? rc : take_line(s, pl_buf_view(&text), err);
}

static pl_rc send_size(const struct split *s, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_u64le(&b, s->total);
    return pl_buf_ok(&b) ? pl_jail_send(s->out_fd, PL_STORE_SIZE, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "tar-split");
}

pl_rc pl_store_split(pl_in *in, int out_fd, bool is_size, pl_err *err)
{
    PL_AUTO_UNPACK pl_unpack *unpack = pl_unpack_new(in);
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    struct split s = {.out_fd = out_fd, .is_size = is_size, .a = a};

    pl_rc rc = unpack && a ? read_lines(&s, pl_unpack_in(unpack), err)
                           : pl_fail(err, PL_NOMEM, "tar-split");
    if (!rc)
        rc = is_size ? send_size(&s, err) : flush(&s, err);
    pl_buf_done(&s.raw);
    pl_buf_done(&s.batch);
    return rc;
}

/* ---- documents ---- */

static pl_rc find(pl_store_job job, pl_str wanted, int in_fd, int out_fd, pl_err *err)
{
    PL_AUTO_BUF pl_buf documents = {0};
    PL_AUTO_BUF pl_buf frame = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_store_found *found = a ? PL_NEW(a, pl_store_found) : NULL;
    pl_rc rc = found ? pl_read_all(in_fd, PL_STORE_DOCUMENTS_MAX, &documents, err)
                     : pl_fail(err, PL_NOMEM, "store");

    if (!rc && job == PL_STORE_JOB_CONFIG)
        rc = pl_store_config(pl_buf_view(&documents), a, found, err);
    else if (!rc && job == PL_STORE_JOB_INFO)
        rc = pl_store_info(pl_buf_view(&documents), a, found, err);
    else if (!rc)
        rc = pl_store_find(job, wanted, pl_buf_view(&documents), a, found, err);
    if (rc)
        return rc;
    pl_store_found_encode(found, &frame);
    return pl_buf_ok(&frame) ? pl_jail_send(out_fd, PL_STORE_FOUND, pl_buf_view(&frame), err)
                             : pl_fail(err, PL_NOMEM, "store");
}

pl_rc pl_store_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    pl_in_fd in = pl_in_of_fd(in_fd);
    pl_store_job job = args.n ? (pl_store_job)args.p[0] : PL_STORE_JOB_CONFIG;

    if (job == PL_STORE_JOB_SPLIT || job == PL_STORE_JOB_SPLIT_SIZE)
        return pl_store_split(&in.in, out_fd, job == PL_STORE_JOB_SPLIT_SIZE, err);
    return find(job, pl_str_sub(args, 1, args.n), in_fd, out_fd, err);
}
