/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/talk.h"

#include "probe/limits.h"

/* How many numbers and texts a note has. */
static const struct {
    unsigned numbers, texts;
} shapes[] = {
    [PL_NOTE_ADDRESS] = {0, 1},   [PL_NOTE_FAILED] = {1, 0},  [PL_NOTE_BANNER] = {0, 1},
    [PL_NOTE_HELLO] = {5, 0},     [PL_NOTE_SUITE] = {2, 0},   [PL_NOTE_SUITES] = {2, 0},
    [PL_NOTE_HANDSHAKE] = {5, 0}, [PL_NOTE_CERT] = {0, 1},    [PL_NOTE_CHAIN_CUT] = {0, 0},
    [PL_NOTE_ANSWER] = {4, 1},    [PL_NOTE_TIME_UP] = {0, 0}, [PL_NOTE_END] = {0, 0},
};

void pl_talk_put(pl_buf *out, const pl_talk_note *n)
{
    pl_buf_ch(out, (char)n->kind);
    for (unsigned i = 0; i < shapes[n->kind].numbers; i++)
        pl_buf_u32le(out, n->v[i]);
    if (shapes[n->kind].texts)
        pl_buf_lstr(out, n->text);
}

bool pl_talk_read(pl_rd *in, pl_talk_note *ret)
{
    if (!in->n)
        return false;
    pl_talk_note n = {.kind = pl_rd_u8(in)};
    if (n.kind < PL_NOTE_ADDRESS || n.kind > PL_NOTE_END) {
        in->bad = true;
        return false;
    }
    for (unsigned i = 0; i < shapes[n.kind].numbers; i++)
        n.v[i] = pl_rd_u32le(in);
    if (shapes[n.kind].texts)
        n.text = pl_rd_lstr(in);
    if (!pl_rd_ok(in))
        return false;
    *ret = n;
    return true;
}

void pl_probe_job_put(pl_buf *out, const pl_probe_job *j)
{
    pl_buf_lstr(out, j->host);
    pl_buf_u32le(out, j->port);
    pl_buf_lstr(out, j->server_name);
    pl_buf_u32le(out, j->asks);
    pl_buf_u32le(out, j->all_ms);
    pl_buf_u32le(out, j->pause_ms);
    pl_buf_u32le(out, j->n);
    for (uint32_t i = 0; i < j->n; i++) {
        pl_buf_u32le(out, j->requests[i].number);
        pl_buf_u32le(out, j->requests[i].over);
        pl_buf_u32le(out, j->requests[i].body);
        pl_buf_lstr(out, j->requests[i].bytes);
    }
}

pl_rc pl_probe_job_read(pl_str bytes, pl_arena *a, pl_probe_job *ret, pl_err *err)
{
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    pl_probe_job j = {.host = pl_rd_lstr(&in)};

    j.port = pl_rd_u32le(&in);
    j.server_name = pl_rd_lstr(&in);
    j.asks = pl_rd_u32le(&in);
    j.all_ms = pl_rd_u32le(&in);
    j.pause_ms = pl_rd_u32le(&in);
    j.n = pl_rd_u32le(&in);
    if (!pl_rd_ok(&in) || j.port == 0 || j.port > UINT16_MAX || j.n > PL_PROBE_REQUESTS)
        return pl_fail(err, PL_FORMAT, "job of the prober");
    pl_probe_request *list = pl_arena_calloc(a, j.n + 1U, sizeof(*list));
    if (!list)
        return pl_fail(err, PL_LIMIT, "job of the prober");
    for (uint32_t i = 0; i < j.n; i++) {
        list[i].number = pl_rd_u32le(&in);
        list[i].over = pl_rd_u32le(&in);
        list[i].body = pl_rd_u32le(&in);
        list[i].bytes = pl_rd_lstr(&in);
    }
    if (!pl_rd_done(&in))
        return pl_fail(err, PL_FORMAT, "job of the prober");
    j.requests = list;
    *ret = j;
    return PL_OK;
}
