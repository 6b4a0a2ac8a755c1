/* SPDX-License-Identifier: Apache-2.0 */
#include "host/hints_wire.h"

#include "host/limits.h"

#include <stddef.h>
#include <string.h>

/* X(member) for each type: the order is the wire's. */
#define BOOLS(X)                                                                                   \
    X(has_engine)                                                                                  \
    X(is_rootless)                                                                                 \
    X(has_tls) X(uses_containerd_store) X(knows_published) X(knows_clock_containers)
#define INTS(X) X(engine_uid) X(engine_gid) X(dockerd_pid) X(containerd_pid)
#define STRS(X)                                                                                    \
    X(data_root)                                                                                   \
    X(exec_root)                                                                                   \
    X(config_file)                                                                                 \
    X(socket_group)                                                                                \
    X(containerd_root)                                                                             \
    X(containerd_state)                                                                            \
    X(containerd_config)                                                                           \
    X(containerd_address)                                                                          \
    X(tls_ca) X(tls_cert) X(tls_key) X(cgroup_version) X(state_dir) X(ledger_dir)
#define LISTS(X) X(sockets) X(runtimes) X(security_options) X(published) X(clock_containers)

static void encode_list(const pl_str *v, size_t n, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        pl_buf_lstr(out, v[i]);
}

void pl_hints_encode(const pl_host_hints *h, pl_buf *out)
{
#define X(m) pl_buf_ch(out, h->m ? 1 : 0);
    BOOLS(X)
#undef X
#define X(m) pl_buf_u64le(out, (uint64_t)h->m);
    INTS(X)
#undef X
#define X(m) pl_buf_lstr(out, h->m);
    STRS(X)
#undef X
#define X(m) encode_list(h->m, h->n_##m, out);
    LISTS(X)
#undef X
}

static bool decode_list(pl_rd *r, pl_arena *a, const pl_str **ret, size_t *ret_n)
{
    uint32_t n = pl_rd_u32le(r);
    if (!pl_rd_ok(r) || n > PL_HOST_LIST)
        return false;
    pl_str *v = pl_arena_calloc(a, n + 1u, sizeof(*v));
    if (!v)
        return false;
    for (uint32_t i = 0; i < n; i++)
        v[i] = pl_rd_lstr(r);
    *ret = v;
    *ret_n = n;
    return pl_rd_ok(r);
}

bool pl_hints_decode(pl_rd *r, pl_arena *a, pl_host_hints *ret)
{
    *ret = (pl_host_hints){0};
#define X(m) ret->m = pl_rd_u8(r) != 0;
    BOOLS(X)
#undef X
#define X(m) ret->m = (int64_t)pl_rd_u64le(r);
    INTS(X)
#undef X
#define X(m) ret->m = pl_rd_lstr(r);
    STRS(X)
#undef X
#define X(m)                                                                                       \
    if (!decode_list(r, a, &ret->m, &ret->n_##m))                                                  \
        return false;
    LISTS(X)
#undef X
    return pl_rd_ok(r);
}
