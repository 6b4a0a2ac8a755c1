/* SPDX-License-Identifier: Apache-2.0 */
/* Where an engine listens by what is declared. */
#include "declared/engine_config.h"

#include "engine/fields.h"

/* "tcp://0.0.0.0:2375" as a listener, whose TLS is as configured. What else listens, nobody saw. */
static pl_record *listener(pl_arena *a, const pl_record *e, pl_str address)
{
    pl_record *r = pl_record_new(a, &pl_kind_api_listener);
    const pl_value *tls = pl_get(e, PL_F_ENGINE_TLS), *verify = pl_get(e, PL_F_ENGINE_TLS_VERIFY);
    bool is_verified = verify->state == PL_PRESENT && verify->u.b;
    bool has_tls = is_verified || (tls->state == PL_PRESENT && tls->u.b);
    bool is_known = verify->state == PL_PRESENT && tls->state == PL_PRESENT;

    if (!r)
        return NULL;
    for (size_t i = 0; i < r->kind->n; i++)
        pl_set_unreadable(r, (int)i, "not-observed");
    pl_set_str(r, PL_F_API_LISTENER_ADDRESS, address);
    pl_set_str(r, PL_F_API_LISTENER_ROLE, PL_S("api"));
    pl_set_str(r, PL_F_API_LISTENER_HOLDER, PL_S("engine"));
    pl_set_bool(r, PL_F_API_LISTENER_LOOPBACK,
                pl_str_starts(address, PL_S("127.")) || pl_str_starts(address, PL_S("[::1]")) ||
                    pl_str_starts(address, PL_S("localhost")));
    if (!is_known)
        return r;
    pl_set_bool(r, PL_F_API_LISTENER_TLS, has_tls);
    pl_set_bool(r, PL_F_API_LISTENER_PLAIN, !has_tls);
    pl_set_bool(r, PL_F_API_LISTENER_ANONYMOUS, has_tls && !is_verified);
    return r;
}

/* Without a scheme an address is of TCP; without one of its own it is everybody's. */
static bool tcp_address(pl_str host, pl_str *ret)
{
    host = pl_str_trim(host);
    bool has_scheme = pl_str_has(host, PL_S("://"));

    if (has_scheme && !pl_str_starts(host, PL_S("tcp://")))
        return false;
    *ret = has_scheme ? pl_str_sub(host, 6, host.n) : host;
    return true;
}

pl_rc pl_engine_listeners(pl_arena *a, pl_record *e, pl_err *err)
{
    const pl_value *hosts = pl_get(e, PL_F_ENGINE_HOSTS);
    size_t max = hosts->state == PL_PRESENT ? hosts->n : 0, n = 0;
    pl_str address;
    pl_record **items = pl_arena_calloc(a, max + 1, sizeof(pl_record *));

    for (size_t i = 0; items && i < max; i++)
        if (tcp_address(hosts->u.strs[i], &address) && !(items[n++] = listener(a, e, address)))
            return pl_fail(err, PL_LIMIT, "engine");
    if (!items || !(items[n] = pl_record_new(a, &pl_kind_api_listener)))
        return pl_fail(err, PL_LIMIT, "engine");
    for (size_t i = 0; i < items[n]->kind->n; i++)
        pl_set_unreadable(items[n], (int)i, "not-observed");
    pl_set_recs(e, PL_F_ENGINE_API_LISTENERS, items, n + 1);
    return PL_OK;
}
