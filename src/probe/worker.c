/* SPDX-License-Identifier: Apache-2.0 */
/* In the jail: a transcript becomes the record of an endpoint. */
#include "probe/worker.h"

#include "core/io.h"
#include "core/jail.h"
#include "model/wire.h"
#include "probe/reading.h"

enum { FRAME = PL_FRAME_USER, AUTHORITIES_FD = 5 };

void pl_endpoint_about_put(pl_buf *out, const pl_endpoint_target *t, pl_str address,
                           const pl_endpoint_trust *trust, int64_t now_us)
{
    pl_buf_u64le(out, (uint64_t)now_us);
    pl_buf_lstr(out, address);
    pl_buf_lstr(out, t->host);
    pl_buf_lstr(out, t->server_name);
    pl_buf_lstr(out, t->role);
    pl_buf_lstr(out, t->holder);
    pl_buf_u32le(out, t->port);
    pl_buf_u32le(out, (uint32_t)trust->n_pins);
    for (size_t i = 0; i < trust->n_pins; i++)
        pl_buf_lstr(out, trust->pins[i]);
    pl_attacks_put(out, t->attacks);
}

static pl_rc read_about(pl_str args, pl_arena *a, pl_reading_about *ret, pl_err *err)
{
    pl_rd in = pl_rd_of(args.p, args.n);

    ret->now_us = (int64_t)pl_rd_u64le(&in);
    ret->address = pl_rd_lstr(&in);
    ret->host = pl_rd_lstr(&in);
    ret->server_name = pl_rd_lstr(&in);
    ret->role = pl_rd_lstr(&in);
    ret->holder = pl_rd_lstr(&in);
    ret->port = pl_rd_u32le(&in);
    ret->n_pins = pl_rd_u32le(&in);
    if (!pl_rd_ok(&in) || ret->n_pins > PL_COUNT(ret->pins))
        return pl_fail(err, PL_USAGE, "endpoint worker: arguments");
    for (size_t i = 0; i < ret->n_pins; i++)
        ret->pins[i] = pl_rd_lstr(&in);
    return pl_attacks_read(&in, a, &ret->attacks) && pl_rd_done(&in)
               ? PL_OK
               : pl_fail(err, PL_USAGE, "endpoint worker: arguments");
}

static pl_rc take_both(pl_reading *r, pl_reading *port_80, pl_str transcripts, pl_err *err)
{
    pl_rd in = pl_rd_of(transcripts.p, transcripts.n);
    pl_str own = pl_rd_lstr(&in), other = pl_rd_lstr(&in);

    if (!pl_rd_done(&in))
        return pl_fail(err, PL_FORMAT, "transcripts");
    pl_rc rc = pl_reading_take(r, own, err);
    if (rc || !other.n)
        return rc;
    r->port_80 = port_80;
    return pl_reading_take(port_80, other, err);
}

pl_rc pl_endpoint_read(pl_str transcripts, pl_str args, pl_str authorities, pl_arena *a,
                       pl_record **ret, pl_err *err)
{
    /* The record points into them. */
    pl_reading *r = PL_NEW(a, pl_reading), *port_80 = PL_NEW(a, pl_reading);
    pl_reading_about *about = PL_NEW(a, pl_reading_about);

    if (!r || !port_80 || !about)
        return pl_fail(err, PL_LIMIT, "endpoint");
    r->a = port_80->a = a;
    r->about = about;
    about->authorities = authorities;
    pl_rc rc = read_about(args, a, about, err);
    if (!rc)
        rc = take_both(r, port_80, transcripts, err);
    if (!rc)
        rc = pl_reading_fill(r, err);
    if (!rc)
        *ret = r->to;
    return rc;
}

pl_rc pl_endpoint_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf transcript = {0}, authorities = {0}, out = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_PROBE_ARENA);
    pl_record *endpoint = NULL;

    if (!a)
        return pl_fail(err, PL_NOMEM, "endpoint worker");
    pl_rc rc = pl_read_all(in_fd, 3 * (size_t)PL_PROBE_TRANSCRIPT, &transcript, err);
    if (!rc)
        rc = pl_read_all(AUTHORITIES_FD, PL_PROBE_AUTHORITIES_BYTES, &authorities, err);
    if (!rc)
        rc = pl_endpoint_read(pl_buf_view(&transcript), args, pl_buf_view(&authorities), a,
                              &endpoint, err);
    if (rc)
        return rc;
    pl_record_encode(endpoint, &out);
    return pl_buf_ok(&out) ? pl_jail_send(out_fd, FRAME, pl_buf_view(&out), err)
                           : pl_fail(err, PL_NOMEM, "endpoint worker");
}
