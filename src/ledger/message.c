/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/message.h"

void pl_message_start(pl_buf *b, pl_message_kind kind, uint64_t tag)
{
    pl_buf_reset(b);
    pl_buf_u32le(b, kind);
    pl_buf_u64le(b, tag);
}

void pl_message_error(pl_buf *b, pl_message_kind kind, uint64_t tag, const pl_err *err)
{
    pl_message_start(b, kind, tag);
    pl_buf_u32le(b, err->rc);
    pl_buf_u32le(b, (uint32_t)err->sys);
    pl_buf_lstr(b, (pl_str){err->text, err->len});
}

pl_rc pl_message_failure(pl_message *m, pl_err *err)
{
    uint32_t rc = pl_rd_u32le(&m->rd);
    uint32_t sys = pl_rd_u32le(&m->rd);
    pl_str text = pl_rd_lstr(&m->rd);

    if (!pl_rd_ok(&m->rd) || rc == PL_OK || rc > PL_USAGE)
        return pl_fail(err, PL_WORKER, "signer: an answer that cannot be read");
    pl_fail(err, (pl_rc)rc, "%.*s", PL_F(text));
    if (err)
        err->sys = (int)sys;
    return (pl_rc)rc;
}

pl_rc pl_message_send(int fd, const pl_buf *b, const int *fds, size_t n_fds, pl_err *err)
{
    if (!pl_buf_ok(b) || b->n > PL_MESSAGE_MAX)
        return pl_fail(err, PL_LIMIT, "message over %d bytes", PL_MESSAGE_MAX);
    return pl_packet_send(fd, pl_buf_view(b), fds, n_fds, true, err);
}

pl_rc pl_message_receive(int fd, bool wait, pl_message *m, bool *ret_more, pl_err *err)
{
    m->packet.buf = m->buf;
    m->packet.room = PL_MESSAGE_MAX;
    pl_rc rc = pl_packet_receive(fd, wait, &m->packet, ret_more, err);
    if (rc || !*ret_more)
        return rc;
    m->rd = pl_rd_of(m->buf, m->packet.n);
    m->kind = pl_rd_u32le(&m->rd);
    m->tag = pl_rd_u64le(&m->rd);
    if (pl_rd_ok(&m->rd))
        return PL_OK;
    *ret_more = false;
    pl_message_close_fds(m);
    return pl_fail(err, PL_FORMAT, "a message that is cut off");
}

void pl_message_close_fds(pl_message *m)
{
    pl_packet_close_fds(&m->packet);
}
