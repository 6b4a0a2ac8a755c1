/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP addresses on which systemd listens for an engine that it starts at the first connection:
 * ListenStream of docker.socket and podman.socket with their drop-ins (systemd.socket(5)). While
 * the engine runs it holds these sockets itself.
 */
#include "host/facts.h"
#include "host/units.h"

static bool is_port(pl_str s)
{
    uint64_t port;
    return pl_str_u64(s, &port) && port <= UINT16_MAX;
}

/* A port, or ADDRESS:PORT; not a path, an abstract name or "vsock:...". */
static bool is_tcp(pl_str value)
{
    size_t at = value.n;

    while (at && value.p[at - 1] != ':')
        at--;
    if (at == 0)
        return is_port(value);
    return !pl_str_starts(value, PL_S("/")) && !pl_str_starts(value, PL_S("@")) &&
           !pl_str_starts(value, PL_S("vsock:")) && is_port(pl_str_sub(value, at, value.n));
}

/* An empty value takes away what was set before. */
static void take_lines(pl_str text, pl_host_strs *to)
{
    pl_str line, key, value;

    while (pl_host_setting_line(&text, "#;", &line)) {
        if (!pl_host_key_value(line, &key, &value) || !pl_str_eq(key, PL_S("ListenStream")))
            continue;
        if (value.n == 0)
            to->n = 0;
        else if (is_tcp(value))
            pl_host_strs_add_once(to, value);
    }
}

static void take_unit(pl_host_reading *f, pl_str unit, pl_host_strs *all, bool *waits,
                      const char **reason)
{
    pl_host_strs paths = {.arena = f->a}, own = {.arena = f->a};

    *waits |= !pl_unit_files(f, unit, &paths);
    for (size_t i = 0; i < paths.n; i++) {
        pl_str text;
        if (pl_host_text_of(f, paths.v[i], waits, reason, &text))
            take_lines(text, &own);
    }
    for (size_t i = 0; i < own.n; i++)
        pl_host_strs_add_once(all, own.v[i]);
}

void pl_host_facts_socket_units(pl_host_reading *f)
{
    pl_host_strs all = {.arena = f->a};
    const char *reason = NULL;
    bool waits = false;

    take_unit(f, PL_S("docker.socket"), &all, &waits, &reason);
    take_unit(f, PL_S("podman.socket"), &all, &waits, &reason);
    if (waits)
        return;
    if (all.n)
        pl_host_strs_set(&all, f->host, PL_F_HOST_ENGINE_SOCKET_TCP);
    else if (reason)
        pl_set_unreadable(f->host, PL_F_HOST_ENGINE_SOCKET_TCP, reason);
    else
        pl_set_absent(f->host, PL_F_HOST_ENGINE_SOCKET_TCP);
}
