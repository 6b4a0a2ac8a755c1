/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of a service whose items are written short ("8080:80/tcp") or long (a mapping). */
#include "declared/compose_service.h"
#include "declared/limits.h"

#include <string.h>

static pl_str member(pl_reading *r, const pl_yaml *map, const char *key, bool *ret_known)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    pl_str text = {"", 0};

    if (v && !pl_yaml_is_null(v) && !pl_compose_text(r, v, &text))
        *ret_known = false;
    return text;
}

/* Calls put for each item of a sequence, or for a scalar that stands for one. */
typedef void (*item)(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);
static void each(pl_reading *r, const pl_yaml *v, item put, const char *path, pl_draft *d)
{
    if (v->type == PL_YAML_SCALAR)
        put(r, v, path, d);
    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++)
        put(r, &v->items[i], path, d);
}

/* ---- ports ---- */

typedef struct port {
    pl_str ip, host, container, protocol;
} port;

/* Cuts what stands behind the last SEP; the whole of *s where there is none. */
static pl_str cut_last(pl_str *s, char sep)
{
    pl_str all = *s;

    for (size_t i = s->n; i > 0; i--)
        if (s->p[i - 1] == sep) {
            *s = pl_str_sub(all, 0, i - 1);
            return pl_str_sub(all, i, all.n);
        }
    *s = (pl_str){"", 0};
    return all;
}

/* [[IP:][HOST]:]CONTAINER[/PROTOCOL]; an IPv6 address may stand in brackets. */
static port short_port(pl_str s)
{
    port p = {.protocol = PL_S("tcp")};
    pl_str protocol = s, ports;

    (void)pl_str_cut(&protocol, '/', &ports);
    if (protocol.n)
        p.protocol = protocol;
    p.container = cut_last(&ports, ':');
    p.host = cut_last(&ports, ':');
    p.ip = ports;
    if (pl_str_starts(p.ip, PL_S("[")) && pl_str_ends(p.ip, PL_S("]")))
        p.ip = pl_str_sub(p.ip, 1, p.ip.n - 2);
    return p;
}

static bool range_of(pl_str s, uint64_t *ret_from, uint64_t *ret_to)
{
    pl_str to = s, from;

    (void)pl_str_cut(&to, '-', &from);
    if (!pl_str_u64(from, ret_from))
        return false;
    *ret_to = *ret_from;
    return (!to.n || pl_str_u64(to, ret_to)) && *ret_from <= *ret_to && *ret_to <= 65535;
}

static void add_binding(pl_reading *r, const port *p, uint64_t container, uint64_t host,
                        const char *path, const pl_yaml *at, pl_draft *d)
{
    pl_str key = pl_reading_text(r, "%llu/%.*s", (unsigned long long)container, PL_F(p->protocol));
    pl_str number = host ? pl_reading_text(r, "%llu", (unsigned long long)host) : (pl_str){"", 0};
    json_t *bindings = json_object_get(json_object_get(d->doc, "HostConfig"), "PortBindings");
    json_t *old = key.p ? json_object_getn(bindings, key.p, key.n) : NULL;
    json_t *list = old ? json_incref(old) : json_array();
    json_t *one =
        json_pack("{so,so}", "HostIp", pl_draft_text(p->ip), "HostPort", pl_draft_text(number));

    if (!list || json_array_append_new(list, one))
        d->is_bad = true;
    pl_draft_member(d, path, key, list, at);
}

static void add_port(pl_reading *r, const port *p, const char *path, const pl_yaml *at, pl_draft *d)
{
    uint64_t from = 0, to = 0, host = 0, host_end = 0;
    bool is_known =
        range_of(p->container, &from, &to) && (!p->host.n || range_of(p->host, &host, &host_end));

    if (!is_known || (p->host.n && host_end - host != to - from && to != from)) {
        pl_draft_open(d, path, at);
        return;
    }
    if (is_known && to - from >= PL_DECLARED_PORT_RANGE) {
        pl_draft_open(d, path, at);
        return;
    }
    for (uint64_t i = 0; from + i <= to; i++)
        add_binding(r, p, from + i, host ? host + i : 0, path, at, d);
}

static void put_port(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    pl_str text;
    bool is_known = true;

    if (v->type != PL_YAML_MAPPING) {
        is_known = pl_compose_text(r, v, &text);
        port p = is_known ? short_port(text) : (port){0};
        if (is_known)
            add_port(r, &p, path, v, d);
    } else {
        port p = {.ip = member(r, v, "host_ip", &is_known),
                  .host = member(r, v, "published", &is_known),
                  .container = member(r, v, "target", &is_known),
                  .protocol = member(r, v, "protocol", &is_known)};
        if (!p.protocol.n)
            p.protocol = PL_S("tcp");
        if (is_known)
            add_port(r, &p, path, v, d);
    }
    if (!is_known)
        pl_draft_open(d, path, v);
}

void pl_compose_ports(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    each(r, v, put_port, path, d);
}

/* ---- volumes ---- */

typedef struct mount {
    pl_str type, source, target, propagation;
    bool is_readonly;
} mount;

static bool is_path(pl_str s)
{
    return pl_str_starts(s, PL_S("/")) || pl_str_starts(s, PL_S(".")) ||
           pl_str_starts(s, PL_S("~"));
}

static bool has_word(pl_str words, const char *word)
{
    pl_str one;

    while (pl_str_cut(&words, ',', &one))
        if (pl_str_eq(one, pl_str_c(word)))
            return true;
    return false;
}

static pl_str propagation_of(pl_str flags)
{
    static const char *const words[] = {"rshared", "shared",   "rslave",
                                        "slave",   "rprivate", "private"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (has_word(flags, words[i]))
            return pl_str_c(words[i]);
    return (pl_str){"", 0};
}

/* [SOURCE:]TARGET[:FLAGS]; a source that is no path is the name of a volume. */
static mount short_mount(pl_str s)
{
    mount m = {0};
    pl_str rest = s, first, second;

    (void)pl_str_cut(&rest, ':', &first);
    (void)pl_str_cut(&rest, ':', &second);
    m.target = second.n ? second : first;
    m.source = second.n ? first : (pl_str){"", 0};
    m.is_readonly = has_word(rest, "ro");
    m.propagation = propagation_of(rest);
    m.type = is_path(m.source) ? PL_S("bind") : PL_S("volume");
    return m;
}

static mount long_mount(pl_reading *r, const pl_yaml *v, bool *ret_known)
{
    pl_str readonly = member(r, v, "read_only", ret_known);

    return (mount){.type = member(r, v, "type", ret_known),
                   .source = member(r, v, "source", ret_known),
                   .target = member(r, v, "target", ret_known),
                   .propagation = member(r, pl_yaml_get(v, "bind"), "propagation", ret_known),
                   .is_readonly = pl_str_eq(readonly, PL_S("true"))};
}

/* A relative path begins where the file lies. Where a home folder is, only the
 * host knows. */
static json_t *source_of(pl_reading *r, const mount *m)
{
    if (!pl_str_eq(m->type, PL_S("bind")) || pl_str_starts(m->source, PL_S("/")))
        return pl_draft_text(m->source);
    if (!r->folder.n || pl_str_starts(m->source, PL_S("~")))
        return json_real(0.5);
    return pl_draft_path(r->folder, m->source);
}

static void put_volume(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    bool is_known = true;
    pl_str text = {"", 0};
    mount m = {0};

    if (v->type == PL_YAML_MAPPING)
        m = long_mount(r, v, &is_known);
    else if ((is_known = pl_compose_text(r, v, &text)))
        m = short_mount(text);
    if (!is_known) {
        pl_draft_add_open(d, path, (pl_str){"", 0}, v);
        return;
    }
    if (pl_str_eq(m.type, PL_S("tmpfs"))) {
        pl_draft_member(d, "HostConfig/Tmpfs", m.target, pl_draft_text((pl_str){"", 0}), v);
        return;
    }
    bool is_bind = pl_str_eq(m.type, PL_S("bind"));
    pl_draft_add(d, path,
                 json_pack("{so,so,so,so,sb,so}", "Type", pl_draft_text(m.type), "Name",
                           pl_draft_text(is_bind ? (pl_str){"", 0} : m.source), "Source",
                           source_of(r, &m), "Destination", pl_draft_text(m.target), "RW",
                           !m.is_readonly, "Propagation", pl_draft_text(m.propagation)),
                 m.target, v);
}

void pl_compose_volumes(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    each(r, v, put_volume, path, d);
}

/* ---- devices, tmpfs, ulimits ---- */

static void put_device(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    pl_str text, host, inside;

    if (!pl_compose_text(r, v, &text)) {
        pl_draft_add_open(d, path, (pl_str){"", 0}, v);
        return;
    }
    (void)pl_str_cut(&text, ':', &host);
    (void)pl_str_cut(&text, ':', &inside);
    pl_draft_add(d, path,
                 json_pack("{so,so,so}", "PathOnHost", pl_draft_text(host), "PathInContainer",
                           pl_draft_text(inside.n ? inside : host), "CgroupPermissions",
                           pl_draft_text(text.n ? text : PL_S("rwm"))),
                 host, v);
}

void pl_compose_devices(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    each(r, v, put_device, path, d);
}

static void put_tmpfs(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    pl_str options, inside;

    if (!pl_compose_text(r, v, &options)) {
        pl_draft_open(d, path, v);
        return;
    }
    (void)pl_str_cut(&options, ':', &inside);
    pl_draft_member(d, path, inside, pl_draft_text(options), v);
}

void pl_compose_tmpfs(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    each(r, v, put_tmpfs, path, d);
}

static json_t *limit_of(pl_reading *r, const pl_yaml *v)
{
    pl_str text;
    int64_t n;

    if (!v || !pl_compose_text(r, v, &text) || !pl_str_i64(text, &n))
        return json_real(0.5); /* not known */
    return json_integer(n);
}

void pl_compose_ulimits(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    for (size_t i = 0; v->type == PL_YAML_MAPPING && i < v->n; i++) {
        const pl_yaml *name = &v->items[2 * i], *limit = &v->items[2 * i + 1];
        bool is_pair = limit->type == PL_YAML_MAPPING;
        pl_draft_add(d, path,
                     json_pack("{so,so,so}", "Name", pl_draft_text(name->text), "Soft",
                               limit_of(r, is_pair ? pl_yaml_get(limit, "soft") : limit), "Hard",
                               limit_of(r, is_pair ? pl_yaml_get(limit, "hard") : limit)),
                     name->text, name);
    }
}
