/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/client_msg.h"

#include "core/rd.h"
#include "core/serve.h"

void pl_cluster_msg_write(const pl_cluster_msg *m, pl_buf *out)
{
    pl_buf_u32le(out, m->kind);
    switch (m->kind) {
    case PL_CLUSTER_READY:
        pl_buf_u32le(out, m->given);
        break;
    case PL_CLUSTER_FAILED:
        pl_failure_write(out, m->rc, m->sys, m->text);
        break;
    case PL_CLUSTER_ASK:
        pl_buf_u32le(out, m->n);
        for (uint32_t i = 0; i < m->n; i++) {
            pl_buf_u32le(out, m->asks[i].list);
            pl_buf_ch(out, m->asks[i].is_watch ? 1 : 0);
            pl_buf_lstr(out, m->asks[i].token);
        }
        break;
    case PL_CLUSTER_ANSWER:
        pl_buf_u32le(out, m->n);
        for (uint32_t i = 0; i < m->n; i++) {
            const pl_cluster_msg_answer *a = &m->answers[i];
            pl_failure_write(out, a->rc, a->sys, a->text);
            pl_buf_u32le(out, a->status);
            pl_buf_u64le(out, a->retry_after);
            pl_buf_u64le(out, a->length);
        }
        break;
    }
}

static bool read_asks(pl_rd *r, pl_cluster_msg *m)
{
    m->n = pl_rd_u32le(r);
    if (m->n == 0 || m->n > PL_CLUSTER_AT_ONCE)
        return false;
    for (uint32_t i = 0; i < m->n; i++) {
        m->asks[i].list = pl_rd_u32le(r);
        uint8_t is_watch = pl_rd_u8(r);
        m->asks[i].is_watch = is_watch;
        m->asks[i].token = pl_rd_lstr(r);
        if (is_watch > 1 || m->asks[i].token.n > PL_CLUSTER_TOKEN_MAX)
            return false;
    }
    return true;
}

/* PL_OK is an outcome here, which pl_failure_read does not let pass. */
static bool read_outcome(pl_rd *r, pl_cluster_msg_answer *a)
{
    pl_rd ahead = *r;

    if (pl_rd_u32le(&ahead) != PL_OK)
        return pl_failure_read(r, &a->rc, &a->sys, &a->text);
    *r = ahead;
    a->rc = PL_OK;
    a->sys = (int)pl_rd_u32le(r);
    a->text = pl_rd_lstr(r);
    return a->text.n <= PL_ERR_TEXT;
}

static bool read_answers(pl_rd *r, pl_cluster_msg *m)
{
    m->n = pl_rd_u32le(r);
    if (m->n == 0 || m->n > PL_CLUSTER_AT_ONCE)
        return false;
    for (uint32_t i = 0; i < m->n; i++) {
        pl_cluster_msg_answer *a = &m->answers[i];
        if (!read_outcome(r, a))
            return false;
        a->status = pl_rd_u32le(r);
        a->retry_after = pl_rd_u64le(r);
        a->length = pl_rd_u64le(r);
    }
    return true;
}

static bool read_rest(pl_rd *r, pl_cluster_msg *m)
{
    switch (m->kind) {
    case PL_CLUSTER_READY:
        m->given = pl_rd_u32le(r);
        return true;
    case PL_CLUSTER_FAILED:
        return pl_failure_read(r, &m->rc, &m->sys, &m->text);
    case PL_CLUSTER_ASK:
        return read_asks(r, m);
    case PL_CLUSTER_ANSWER:
        return read_answers(r, m);
    }
    return false;
}

pl_rc pl_cluster_msg_parse(pl_str bytes, size_t n_fds, pl_cluster_msg *ret, pl_err *err)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_cluster_msg m = {0};
    uint32_t kind = pl_rd_u32le(&r);

    if (kind < PL_CLUSTER_READY || kind > PL_CLUSTER_ANSWER)
        return pl_fail(err, PL_FORMAT, "message of kind %u", kind);
    m.kind = (pl_cluster_msg_kind)kind;
    if (!read_rest(&r, &m) || !pl_rd_done(&r) || n_fds != (m.kind == PL_CLUSTER_ASK ? m.n : 0))
        return pl_fail(err, PL_FORMAT, "message of kind %u, %zu bytes: not as it must be", kind,
                       bytes.n);
    *ret = m;
    return PL_OK;
}

/* ---- what the process is started with ---- */

void pl_cluster_setup_write(const pl_cluster_access *a, const pl_proxies *proxies, pl_buf *out)
{
    const pl_str all[] = {a->name,        a->server,     a->tls_server_name, a->proxy, a->ca,
                          a->cert,        a->key,        a->token,           a->user,  a->password,
                          proxies->https, proxies->http, proxies->none};

    for (size_t i = 0; i < PL_COUNT(all); i++)
        pl_buf_lstr(out, all[i]);
    pl_buf_ch(out, a->is_unverified ? 1 : 0);
}

pl_rc pl_cluster_setup_read(pl_str bytes, pl_cluster_access *ret, pl_proxies *ret_proxies,
                            pl_err *err)
{
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    pl_cluster_access a = {0};
    pl_proxies p = {0};
    pl_str *const all[] = {
        &a.name,  &a.server, &a.tls_server_name, &a.proxy, &a.ca,   &a.cert, &a.key,
        &a.token, &a.user,   &a.password,        &p.https, &p.http, &p.none};

    for (size_t i = 0; i < PL_COUNT(all); i++)
        *all[i] = pl_rd_lstr(&in);
    uint8_t is_unverified = pl_rd_u8(&in);
    if (!pl_rd_done(&in) || is_unverified > 1)
        return pl_fail(err, PL_FORMAT, "what the cluster client was started with");
    a.is_unverified = is_unverified;
    *ret = a;
    *ret_proxies = p;
    return PL_OK;
}
