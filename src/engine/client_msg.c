/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/client_msg.h"

#include "core/rd.h"
#include "core/serve.h"
#include "engine/limits.h"

void pl_engine_msg_write(const pl_engine_msg *m, pl_buf *out)
{
    pl_buf_u32le(out, m->kind);
    pl_buf_u32le(out, m->tag);
    switch (m->kind) {
    case PL_ENGINE_MSG_SETUP:
        pl_buf_lstr(out, m->address);
        pl_buf_lstr(out, m->ca);
        pl_buf_lstr(out, m->cert);
        pl_buf_lstr(out, m->key);
        pl_buf_ch(out, m->tls ? 1 : 0);
        break;
    case PL_ENGINE_MSG_ASK:
        pl_buf_u32le(out, m->what);
        pl_buf_lstr(out, m->id);
        break;
    case PL_ENGINE_MSG_READY:
        pl_buf_lstr(out, m->api);
        pl_buf_u32le(out, m->given);
        break;
    case PL_ENGINE_MSG_DONE:
        pl_buf_u64le(out, m->length);
        break;
    case PL_ENGINE_MSG_FAILED:
        pl_failure_write(out, m->rc, m->sys, m->text);
        break;
    }
}

bool pl_engine_read_version(pl_str s, unsigned *ret_major, unsigned *ret_minor)
{
    pl_str head;
    uint64_t a, b;

    if (!pl_str_cut(&s, '.', &head) || !pl_str_u64(head, &a) || !pl_str_u64(s, &b) || a > 99 ||
        b > 9999)
        return false;
    *ret_major = (unsigned)a;
    *ret_minor = (unsigned)b;
    return true;
}

static bool has_nul(pl_str s)
{
    return pl_str_has(s, (pl_str){"", 1});
}

/* A path goes to the system as a C string. */
static bool is_path(pl_str s)
{
    return s.n < PL_ENGINE_PATH_MAX && !has_nul(s);
}

static bool read_setup(pl_rd *r, pl_engine_msg *m)
{
    m->address = pl_rd_lstr(r);
    m->ca = pl_rd_lstr(r);
    m->cert = pl_rd_lstr(r);
    m->key = pl_rd_lstr(r);
    uint8_t tls = pl_rd_u8(r);
    m->tls = tls == 1;
    return tls <= 1 && is_path(m->address) && is_path(m->ca) && is_path(m->cert) &&
           is_path(m->key) && m->tag == 0;
}

static bool read_ask(pl_rd *r, pl_engine_msg *m)
{
    m->what = pl_rd_u32le(r);
    m->id = pl_rd_lstr(r);
    return m->tag != 0 && m->id.n <= PL_ENGINE_ID_MAX && !has_nul(m->id);
}

static bool read_ready(pl_rd *r, pl_engine_msg *m)
{
    unsigned major, minor;

    m->api = pl_rd_lstr(r);
    m->given = pl_rd_u32le(r);
    return m->tag == 0 && pl_engine_read_version(m->api, &major, &minor);
}

static bool read_rest(pl_rd *r, pl_engine_msg *m)
{
    switch (m->kind) {
    case PL_ENGINE_MSG_SETUP:
        return read_setup(r, m);
    case PL_ENGINE_MSG_ASK:
        return read_ask(r, m);
    case PL_ENGINE_MSG_READY:
        return read_ready(r, m);
    case PL_ENGINE_MSG_DONE:
        m->length = pl_rd_u64le(r);
        return m->tag != 0;
    case PL_ENGINE_MSG_FAILED:
        return pl_failure_read(r, &m->rc, &m->sys, &m->text);
    }
    return false;
}

pl_rc pl_engine_msg_parse(pl_str bytes, size_t n_fds, pl_engine_msg *ret, pl_err *err)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_engine_msg m = {0};

    uint32_t kind = pl_rd_u32le(&r);
    m.tag = pl_rd_u32le(&r);
    if (kind < PL_ENGINE_MSG_SETUP || kind > PL_ENGINE_MSG_FAILED)
        return pl_fail(err, PL_FORMAT, "message of kind %u", kind);
    m.kind = (pl_engine_msg_kind)kind;
    if (!read_rest(&r, &m) || !pl_rd_done(&r) || n_fds != (m.kind == PL_ENGINE_MSG_ASK))
        return pl_fail(err, PL_FORMAT, "message of kind %u, %zu bytes: not as it must be", kind,
                       bytes.n);
    *ret = m;
    return PL_OK;
}
