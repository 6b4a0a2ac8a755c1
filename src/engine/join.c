/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/join.h"

#include "engine/caps.h"
#include "engine/limits.h"

#include <string.h>

/* ---- networks ---- */

static pl_record *network_of(const pl_record *engine, pl_str id, pl_str name)
{
    const pl_value *nets = pl_get(engine, PL_F_ENGINE_NETWORKS);

    for (size_t i = 0; nets->state == PL_PRESENT && i < nets->n; i++) {
        pl_record *n = nets->u.recs[i];
        bool same = id.n ? pl_str_eq(pl_record_text(n, PL_F_NETWORK_ID), id)
                         : pl_str_eq(pl_record_text(n, PL_F_NETWORK_NAME), name);
        if (same)
            return n;
    }
    return NULL;
}

/* Before its first start a container's networks have names only; "default" means the bridge. */
static void join_networks(pl_collection *c, pl_record *r)
{
    const pl_value *list = pl_get(r, PL_F_CONTAINER_NETWORKS);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        pl_record *at = list->u.recs[i];
        pl_str name = pl_record_text(at, PL_F_ATTACHMENT_NETWORK);
        pl_record *n = network_of(c->engine, pl_record_text(at, PL_F_ATTACHMENT_ID),
                                  pl_str_eq(name, PL_S("default")) ? PL_S("bridge") : name);
        if (n) {
            at->v[PL_F_ATTACHMENT_DEFAULT_BRIDGE] = *pl_get(n, PL_F_NETWORK_DEFAULT_BRIDGE);
            pl_set_rec(at, PL_F_ATTACHMENT_NET, n);
        }
    }
}

/* ---- ports ---- */

/* A local address of the engine's network namespace: "LOCAL" entries of fib_trie, if_inet6. */
static bool has_v4(pl_str trie, pl_str address)
{
    pl_str line, last = {"", 0};

    while (pl_str_cut(&trie, '\n', &line)) {
        const char *at = memmem(line.p, line.n, "|-- ", 4);
        if (at)
            last = pl_str_trim(pl_str_sub(line, (size_t)(at - line.p) + 4, line.n));
        else if (pl_str_has(line, PL_S("/32 host LOCAL")) && pl_str_eq(last, address))
            return true;
    }
    return false;
}

static void set_address_exists(pl_live *l, pl_record *port, pl_str address)
{
    PL_AUTO_BUF pl_buf b = {0};
    bool is_v6 = address.n && memchr(address.p, ':', address.n);

    if (!l->has_host || !l->running->pid || is_v6 ||
        pl_proc_read(&l->proc, l->running->pid, "net/fib_trie", &b, NULL) != PL_OK)
        return;
    pl_set_bool(port, PL_F_PORT_ADDRESS_EXISTS, has_v4(pl_buf_view(&b), address));
}

/* A port that names no address gets the engine's default. */
static void join_ports(pl_live *l, pl_record *r)
{
    const pl_value *list = pl_get(r, PL_F_CONTAINER_PORTS);
    bool is_running = pl_record_true(r, PL_F_CONTAINER_RUNNING);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        pl_record *p = list->u.recs[i];
        pl_str address = pl_record_text(p, PL_F_PORT_HOST_IP);
        if (!address.n)
            address = pl_record_text(l->c->engine, PL_F_ENGINE_DEFAULT_BIND);
        if (address.n)
            pl_set_str(p, PL_F_PORT_HOST_IP, address);
        if (is_running) /* the engine could not have bound another */
            pl_set_bool(p, PL_F_PORT_ADDRESS_EXISTS, true);
        else if (address.n)
            set_address_exists(l, p, address);
    }
}

/* ---- what a stopped container would get ---- */

static uint64_t mask_of(const pl_record *r, int field, uint64_t all)
{
    const pl_value *v = pl_get(r, field);
    uint64_t mask = 0;
    unsigned bit;

    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++) {
        if (pl_str_eq(v->u.strs[i], PL_S("ALL")))
            mask |= all;
        else if (pl_cap_bit(v->u.strs[i], &bit))
            mask |= (uint64_t)1 << bit;
    }
    return mask;
}

static void set_declared_caps(pl_collection *c, pl_record *r, uint64_t mask)
{
    pl_str *names = pl_arena_calloc(c->arena, 64, sizeof(*names));
    pl_record **items = pl_arena_calloc(c->arena, 64, sizeof(pl_record *));
    size_t n = 0;

    for (unsigned bit = 0; names && items && bit < 64; bit++) {
        if (!(mask >> bit & 1))
            continue;
        names[n] = pl_cap_of_bit(c->arena, bit);
        items[n] = pl_record_new(c->arena, &pl_kind_capability);
        if (!items[n])
            return;
        pl_set_str(items[n], PL_F_CAPABILITY_NAME, names[n]);
        pl_set_str(items[n++], PL_F_CAPABILITY_SETS, PL_S("declared"));
    }
    if (!names || !items)
        return;
    pl_set_strs(r, PL_F_CONTAINER_CAPS, names, n);
    pl_set_recs(r, PL_F_CONTAINER_CAPABILITIES, items, n);
}

static void join_declared(pl_collection *c, pl_record *r)
{
    const pl_value *running = pl_get(r, PL_F_CONTAINER_RUNNING);
    const pl_value *add = pl_get(r, PL_F_CONTAINER_CAP_ADD),
                   *drop = pl_get(r, PL_F_CONTAINER_CAP_DROP);
    const pl_value *remap = pl_get(c->engine, PL_F_ENGINE_USERNS_REMAP);
    const pl_value *rootless = pl_get(c->engine, PL_F_ENGINE_ROOTLESS);
    bool is_podman = pl_str_eq(pl_record_text(c->engine, PL_F_ENGINE_TYPE), PL_S("podman"));

    if (running->state != PL_PRESENT || running->u.b)
        return;
    if (add->state == PL_PRESENT && drop->state == PL_PRESENT) {
        uint64_t all = pl_cap_all();
        uint64_t start = pl_record_true(r, PL_F_CONTAINER_PRIVILEGED) ? all
                         : is_podman                                  ? pl_cap_defaults_podman()
                                                                      : pl_cap_defaults_docker();
        uint64_t added = mask_of(r, PL_F_CONTAINER_CAP_ADD, all);
        set_declared_caps(c, r, (start & ~mask_of(r, PL_F_CONTAINER_CAP_DROP, all)) | added);
    } else {
        pl_set_unreadable(r, PL_F_CONTAINER_CAPS, "unreadable");
        pl_set_unreadable(r, PL_F_CONTAINER_CAPABILITIES, "unreadable");
    }
    pl_str mode = pl_record_text(r, PL_F_CONTAINER_USERNS_MODE);
    if (remap->state == PL_PRESENT && rootless->state == PL_PRESENT)
        pl_set_bool(r, PL_F_CONTAINER_FOREIGN_USERNS,
                    rootless->u.b || (remap->u.b && !pl_str_eq(mode, PL_S("host"))));
    else
        pl_set_unreadable(r, PL_F_CONTAINER_FOREIGN_USERNS, "unreadable");
}

/* ---- images ---- */

/* "registry/name@sha256:..." of the image in the repository that the container names. */
static void join_image(pl_collection *c, pl_record *r)
{
    const pl_value *images = pl_get(c->engine, PL_F_ENGINE_IMAGES);
    pl_str id = pl_record_text(r, PL_F_CONTAINER_IMAGE_ID);
    pl_str repository = pl_record_text(r, PL_F_CONTAINER_IMAGE_REPOSITORY);

    if (pl_get(r, PL_F_CONTAINER_IMAGE_DIGEST)->state == PL_PRESENT || !repository.n)
        return;
    if (images->state == PL_UNREADABLE)
        pl_set_unreadable(r, PL_F_CONTAINER_IMAGE_DIGEST, images->reason);
    for (size_t i = 0; images->state == PL_PRESENT && i < images->n; i++) {
        const pl_value *list = pl_get(images->u.recs[i], PL_F_STORED_IMAGE_DIGESTS);
        if (!pl_str_eq(pl_record_text(images->u.recs[i], PL_F_STORED_IMAGE_ID), id))
            continue;
        for (size_t k = 0; list->state == PL_PRESENT && k < list->n; k++) {
            pl_str digest = list->u.strs[k], name;
            (void)pl_str_cut(&digest, '@', &name);
            if (pl_str_eq(name, repository))
                pl_set_str(r, PL_F_CONTAINER_IMAGE_DIGEST, digest);
        }
    }
}

/* Docker's own store knows a digest of what was pulled or pushed. Podman, and Docker with the store
 * of containerd, give one to whatever has a tag. */
static void set_pulled(const pl_collection *c, pl_record *r)
{
    const pl_value *digest = pl_get(r, PL_F_CONTAINER_IMAGE_DIGEST);
    const pl_value *other = pl_get(c->engine, PL_F_ENGINE_CONTAINERD_STORE);
    bool tells = pl_str_eq(pl_record_text(c->engine, PL_F_ENGINE_TYPE), PL_S("docker")) &&
                 other->state == PL_PRESENT && !other->u.b;

    if (digest->state == PL_UNREADABLE)
        pl_set_unreadable(r, PL_F_CONTAINER_IMAGE_PULLED, digest->reason);
    else if (digest->state == PL_PRESENT && !tells)
        pl_set_unreadable(r, PL_F_CONTAINER_IMAGE_PULLED, "unsupported");
    else
        pl_set_bool(r, PL_F_CONTAINER_IMAGE_PULLED, digest->state == PL_PRESENT);
}

/* Podman's inspect leaves the two path lists out; what covers them shows in the mounts. */
static void join_podman(pl_record *r)
{
    static const int fields[] = {PL_F_CONTAINER_MASKED_PATHS, PL_F_CONTAINER_READONLY_PATHS};
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (pl_get(r, fields[i])->state == PL_ABSENT &&
            !pl_record_true(r, PL_F_CONTAINER_PRIVILEGED))
            pl_set_unreadable(r, fields[i], "unsupported");
}

void pl_join_container(pl_live *l, pl_record *r)
{
    pl_collection *c = l->c;

    r->v[PL_F_CONTAINER_TYPE] = *pl_get(c->engine, PL_F_ENGINE_TYPE);
    pl_set_rec(r, PL_F_CONTAINER_ENGINE, c->engine);
    pl_set_unreadable(r, PL_F_CONTAINER_LOG_EXPORTED, "needs:logs");
    pl_set_unreadable(r, PL_F_CONTAINER_TEXTS_SEARCHED, "unsupported");
    if (pl_str_eq(pl_record_text(c->engine, PL_F_ENGINE_TYPE), PL_S("podman")))
        join_podman(r);
    join_networks(c, r);
    join_ports(l, r);
    join_declared(c, r);
    join_image(c, r);
    set_pulled(c, r);
    pl_join_mounts(l, r);
}
