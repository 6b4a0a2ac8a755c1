/* SPDX-License-Identifier: Apache-2.0 */
/* Which capabilities, users and namespaces a configuration of LXC gives. */
#include "declared/lxc_priv.h"
#include "declared/oci_lists.h"
#include "engine/caps.h"

#include <string.h>

pl_str pl_lxc_word(pl_str *rest)
{
    size_t from = 0, to;

    while (from < rest->n && (rest->p[from] == ' ' || rest->p[from] == '\t'))
        from++;
    for (to = from; to < rest->n && rest->p[to] != ' ' && rest->p[to] != '\t';)
        to++;
    pl_str word = pl_str_sub(*rest, from, to - from);
    *rest = pl_str_sub(*rest, to, rest->n);
    return word;
}

void pl_lxc_set(pl_lxc_config *c, const char *path, json_t *v)
{
    if (!v || c->at.line < c->last_include) {
        json_decref(v);
        pl_draft_open(&c->d, path, &c->at);
        return;
    }
    pl_draft_set(&c->d, path, v, &c->at);
}

void pl_lxc_take(pl_lxc_config *c, const pl_lxc_key *keys, size_t n, pl_str key, pl_str value)
{
    for (size_t i = 0; i < n; i++) {
        pl_str wanted = pl_str_c(keys[i].key);
        if (pl_str_ends(wanted, PL_S(".")) ? pl_str_starts(key, wanted) : pl_str_eq(key, wanted))
            keys[i].take(c, key, value);
    }
}

/* ---- capabilities ---- */

/* By name or by number. ret_odd: there is a word that is neither. */
static uint64_t caps_of(pl_lxc_config *c, pl_str names, bool *ret_odd)
{
    uint64_t mask = 0, number;
    unsigned bit;
    pl_str one;

    while ((one = pl_lxc_word(&names)).n) {
        if (pl_cap_bit(pl_cap_name(c->d.arena, one), &bit))
            mask |= (uint64_t)1 << bit;
        else if (pl_str_u64(one, &number) && number < 64)
            mask |= (uint64_t)1 << number;
        else
            *ret_odd = true;
    }
    return mask;
}

/* Each line adds; an empty one forgets those before it. Only the kept ones are left where there are
 * any. */
static void drop(pl_lxc_config *c, pl_str key, pl_str value)
{
    bool is_odd = false; /* what is not known is not taken away */

    (void)key;
    if (!c->keeps_caps)
        c->caps = value.n ? c->caps & ~caps_of(c, value, &is_odd) : pl_cap_all();
}

static void keep(pl_lxc_config *c, pl_str key, pl_str value)
{
    bool is_none = pl_str_eq(value, PL_S("none"));

    (void)key;
    if (!c->keeps_caps || !value.n || is_none) {
        c->caps = 0;
        c->has_odd_caps = false;
    }
    if (!is_none)
        c->caps |= caps_of(c, value, &c->has_odd_caps);
    c->keeps_caps = value.n > 0;
    if (!value.n)
        c->caps = pl_cap_all();
}

void pl_lxc_put_caps(pl_lxc_config *c)
{
    if (!c->has_odd_caps) {
        pl_oci_caps(&c->d, c->caps, &c->at);
        return;
    }
    pl_draft_open(&c->d, "HostConfig/CapAdd", &c->at);
    pl_draft_open(&c->d, "HostConfig/CapDrop", &c->at);
}

/* ---- users and namespaces ---- */

/* "u 0 100000 65536": kind, first inside, first on the host, how many. An empty line forgets those
 * before it. */
static void idmap(pl_lxc_config *c, pl_str key, pl_str value)
{
    uint64_t first = 0;

    (void)key;
    c->has_own_users = value.n > 0;
    c->maps_root &= value.n > 0;
    if (!value.n)
        return;
    pl_str kind = pl_lxc_word(&value);
    (void)pl_lxc_word(&value);
    pl_str host = pl_lxc_word(&value);
    if (!pl_str_eq(kind, PL_S("g")))
        c->maps_root |= !pl_str_u64(host, &first) || first == 0;
}

static const struct {
    const char *word, *path, *own;
} spaces[] = {
    {"net", "HostConfig/NetworkMode", "private"}, {"pid", "HostConfig/PidMode", ""},
    {"ipc", "HostConfig/IpcMode", "private"},     {"uts", "HostConfig/UTSMode", ""},
    {"user", "HostConfig/UsernsMode", "private"}, {"cgroup", "HostConfig/CgroupnsMode", "private"}};

/* Whose namespace it is then is not written: a name, a pid or a path. */
static void share(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)value;
    for (size_t i = 0; i < PL_COUNT(spaces); i++)
        if (pl_str_eq(pl_str_sub(key, strlen("lxc.namespace.share."), key.n),
                      pl_str_c(spaces[i].word)))
            c->shared |= 1U << i;
    c->spaces_at = c->at;
}

static unsigned spaces_of(pl_str words)
{
    unsigned mask = 0;
    pl_str one;

    while ((one = pl_lxc_word(&words)).n)
        for (size_t i = 0; i < PL_COUNT(spaces); i++)
            mask |= (unsigned)pl_str_eq(one, pl_str_c(spaces[i].word)) << i;
    return mask;
}

static void keep_spaces(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->keeps_some = value.n > 0;
    c->kept = value.n ? c->kept | spaces_of(value) : 0;
    c->spaces_at = c->at;
}

static void clone_spaces(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->clones_some = value.n > 0;
    c->cloned = value.n ? c->cloned | spaces_of(value) : 0;
    c->spaces_at = c->at;
}

/* Those of the host are the ones that are kept, or else those that are not cloned where any are. */
void pl_lxc_put_spaces(pl_lxc_config *c)
{
    unsigned of_host = c->keeps_some ? c->kept : c->clones_some ? ~c->cloned : 0;

    c->at = c->spaces_at;
    for (size_t i = 0; i < PL_COUNT(spaces); i++)
        if (c->shared >> i & 1)
            pl_lxc_set(c, spaces[i].path, NULL);
        else if (of_host >> i & 1)
            pl_lxc_set(c, spaces[i].path, json_string("host"));
}

/* "lxc.net.0.type = none" shares the network of the host. */
static void net(pl_lxc_config *c, pl_str key, pl_str value)
{
    if (pl_str_ends(key, PL_S(".type")) && pl_str_eq(value, PL_S("none")))
        pl_lxc_set(c, "HostConfig/NetworkMode", json_string("host"));
}

/* An include may keep those of the host, too. */
void pl_lxc_own_spaces(pl_lxc_config *c)
{
    for (size_t i = 0; i < PL_COUNT(spaces); i++)
        if (c->last_include)
            pl_draft_open(&c->d, spaces[i].path, &c->at);
        else
            pl_draft_set(&c->d, spaces[i].path, json_string(spaces[i].own), &c->at);
}

static const pl_lxc_key keys[] = {
    {"lxc.cap.drop", drop},
    {"lxc.cap.keep", keep},
    {"lxc.idmap", idmap},
    {"lxc.namespace.share.", share},
    {"lxc.namespace.keep", keep_spaces},
    {"lxc.namespace.clone", clone_spaces},
    {"lxc.net.", net},
};

void pl_lxc_take_right(pl_lxc_config *c, pl_str key, pl_str value)
{
    pl_lxc_take(c, keys, PL_COUNT(keys), key, value);
}
