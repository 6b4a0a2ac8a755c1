/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/fetch_msg.h"

#include "core/rd.h"
#include "core/serve.h"
#include "registry/limits.h"
#include "registry/reference.h"

/* ---- writing ---- */

void pl_fetch_msg_write(const pl_fetch_msg *m, pl_buf *out)
{
    pl_buf_u32le(out, m->kind);
    pl_buf_u32le(out, m->tag);
    switch (m->kind) {
    case PL_FETCH_HOST:
        pl_buf_lstr(out, m->host);
        pl_buf_lstr(out, m->certs);
        pl_buf_lstr(out, m->ca);
        pl_buf_lstr(out, m->user);
        pl_buf_lstr(out, m->password);
        pl_buf_lstr(out, m->identity);
        pl_buf_lstr(out, m->bearer);
        pl_buf_ch(out, m->may_be_plain ? 1 : 0);
        break;
    case PL_FETCH_START:
        pl_buf_lstr(out, m->proxies.https);
        pl_buf_lstr(out, m->proxies.http);
        pl_buf_lstr(out, m->proxies.none);
        break;
    case PL_FETCH_ASK:
        pl_buf_u32le(out, m->what);
        pl_buf_u32le(out, m->host_index);
        pl_buf_lstr(out, m->repository);
        pl_buf_lstr(out, m->name);
        pl_buf_u64le(out, m->size);
        break;
    case PL_FETCH_READY:
        pl_buf_u32le(out, m->given);
        break;
    case PL_FETCH_DONE:
        pl_buf_u64le(out, m->length);
        pl_buf_ch(out, m->was_plain ? 1 : 0);
        pl_buf_lstr(out, m->type);
        pl_buf_lstr(out, m->digest);
        pl_buf_lstr(out, m->next);
        break;
    case PL_FETCH_FAILED:
        pl_failure_write(out, m->rc, m->sys, m->text);
        break;
    }
}

/* ---- reading ---- */

static bool has_nul(pl_str s)
{
    return pl_str_has(s, (pl_str){"", 1});
}

static bool read_bool(pl_rd *r, bool *ret)
{
    uint8_t b = pl_rd_u8(r);

    *ret = b == 1;
    return b <= 1;
}

static bool is_text(pl_str s, size_t max)
{
    return s.n <= max && !has_nul(s);
}

static bool read_host(pl_rd *r, pl_fetch_msg *m)
{
    m->host = pl_rd_lstr(r);
    m->certs = pl_rd_lstr(r);
    m->ca = pl_rd_lstr(r);
    m->user = pl_rd_lstr(r);
    m->password = pl_rd_lstr(r);
    m->identity = pl_rd_lstr(r);
    m->bearer = pl_rd_lstr(r);
    const pl_str secrets[] = {m->user, m->password, m->identity, m->bearer};
    for (size_t i = 0; i < PL_COUNT(secrets); i++)
        if (!is_text(secrets[i], PL_REGISTRY_SECRET_MAX))
            return false;
    return read_bool(r, &m->may_be_plain) && m->tag == 0 && pl_registry_is_host(m->host) &&
           is_text(m->certs, PL_REGISTRY_URL_MAX) && is_text(m->ca, PL_REGISTRY_URL_MAX);
}

static bool read_start(pl_rd *r, pl_fetch_msg *m)
{
    m->proxies.https = pl_rd_lstr(r);
    m->proxies.http = pl_rd_lstr(r);
    m->proxies.none = pl_rd_lstr(r);
    return m->tag == 0 && is_text(m->proxies.https, PL_REGISTRY_SECRET_MAX) &&
           is_text(m->proxies.http, PL_REGISTRY_SECRET_MAX) &&
           is_text(m->proxies.none, PL_REGISTRY_SECRET_MAX);
}

static bool read_ask(pl_rd *r, pl_fetch_msg *m)
{
    m->what = pl_rd_u32le(r);
    m->host_index = pl_rd_u32le(r);
    m->repository = pl_rd_lstr(r);
    m->name = pl_rd_lstr(r);
    m->size = pl_rd_u64le(r);
    return m->tag != 0 && m->host_index < PL_REGISTRY_HOSTS &&
           is_text(m->repository, PL_REGISTRY_NAME_MAX) && is_text(m->name, PL_REGISTRY_QUERY_MAX);
}

static bool read_done(pl_rd *r, pl_fetch_msg *m)
{
    m->length = pl_rd_u64le(r);
    bool is_bool = read_bool(r, &m->was_plain);
    m->type = pl_rd_lstr(r);
    m->digest = pl_rd_lstr(r);
    m->next = pl_rd_lstr(r);
    return is_bool && m->tag != 0 && m->next.n <= PL_REGISTRY_QUERY_MAX &&
           (m->next.n == 0 || pl_fetch_is_query(m->next));
}

static bool read_rest(pl_rd *r, pl_fetch_msg *m)
{
    switch (m->kind) {
    case PL_FETCH_HOST:
        return read_host(r, m);
    case PL_FETCH_START:
        return read_start(r, m);
    case PL_FETCH_ASK:
        return read_ask(r, m);
    case PL_FETCH_READY:
        m->given = pl_rd_u32le(r);
        return m->tag == 0;
    case PL_FETCH_DONE:
        return read_done(r, m);
    case PL_FETCH_FAILED:
        return pl_failure_read(r, &m->rc, &m->sys, &m->text);
    }
    return false;
}

pl_rc pl_fetch_msg_parse(pl_str bytes, size_t n_fds, pl_fetch_msg *ret, pl_err *err)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_fetch_msg m = {0};

    uint32_t kind = pl_rd_u32le(&r);
    m.tag = pl_rd_u32le(&r);
    if (kind < PL_FETCH_HOST || kind > PL_FETCH_FAILED)
        return pl_fail(err, PL_FORMAT, "message of kind %u", kind);
    m.kind = (pl_fetch_kind)kind;
    if (!read_rest(&r, &m) || !pl_rd_done(&r) || n_fds != (m.kind == PL_FETCH_ASK))
        return pl_fail(err, PL_FORMAT, "message of kind %u, %zu bytes: not as it must be", kind,
                       bytes.n);
    *ret = m;
    return PL_OK;
}

/* ---- what may be asked ---- */

bool pl_fetch_is_query(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '#' || s.p[i] == '"')
            return false;
    return s.n > 0 && s.n <= PL_REGISTRY_QUERY_MAX;
}

static bool is_page(pl_str s)
{
    return s.n == 0 || pl_fetch_is_query(s);
}

static bool is_manifest(pl_str s)
{
    return pl_registry_is_tag(s) || pl_registry_is_digest(s);
}

static const struct {
    bool has_repository;
    bool (*is_name)(pl_str s);
    const char *path; /* between repository and name */
} asks[] = {
    [PL_FETCH_MANIFEST] = {true, is_manifest, "/manifests/"},
    [PL_FETCH_BLOB] = {true, pl_registry_is_digest, "/blobs/"},
    [PL_FETCH_TAGS] = {true, is_page, "/tags/list?"},
    [PL_FETCH_CATALOG] = {false, is_page, "_catalog?"},
    [PL_FETCH_REFERRERS] = {true, pl_registry_is_digest, "/referrers/"},
};

pl_rc pl_fetch_path(const pl_fetch_msg *m, pl_buf *out, pl_err *err)
{
    if (m->what >= PL_COUNT(asks) || !asks[m->what].path)
        return pl_fail(err, PL_DENIED, "kind %u: the fetcher does not ask for this", m->what);
    bool is_repository = pl_registry_is_repository(m->repository);
    if (asks[m->what].has_repository ? !is_repository : m->repository.n > 0)
        return pl_fail(err, PL_DENIED, "repository %.*s", PL_F(pl_str_sub(m->repository, 0, 100)));
    if (!asks[m->what].is_name(m->name))
        return pl_fail(err, PL_DENIED, "tag or digest %.*s", PL_F(pl_str_sub(m->name, 0, 100)));
    pl_buf_fmt(out, "/v2/%.*s%s", PL_F(m->repository), asks[m->what].path);
    if (m->name.n)
        pl_buf_str(out, m->name);
    else
        pl_buf_fmt(out, "n=%d", PL_REGISTRY_PAGE);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "path");
}
