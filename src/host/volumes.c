/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where container data and swap lie: which file system, which device, encrypted or not, and where
 * crypttab(5) says that the key comes from. Encryption by a provider below the virtual disk cannot
 * be seen from here.
 */
#include "host/block.h"
#include "host/facts.h"
#include "host/mounts.h"
#include "host/places.h"

struct volumes {
    pl_host_reading *f;
    pl_host_recs list;
    pl_mounts mounts;
};

static pl_str key_source(pl_str key_file, pl_str options)
{
    static const struct {
        const char *option, *word;
    } rows[] = {{"tpm2-device=", "tpm2"}, {"fido2-device=", "fido2"}, {"pkcs11-uri=", "pkcs11"}};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_has(options, pl_str_c(rows[i].option)))
            return pl_str_c(rows[i].word);
    if (key_file.n == 0 || pl_str_eq(key_file, PL_S("none")) || pl_str_eq(key_file, PL_S("-")))
        return PL_S("none");
    if (pl_str_eq(key_file, PL_S("/dev/urandom")) || pl_str_eq(key_file, PL_S("/dev/random")))
        return PL_S("random");
    return PL_S("file");
}

/* "NAME DEVICE [KEYFILE [OPTIONS]]" */
static void set_key_source(struct volumes *v, pl_record *r, pl_str dm_name)
{
    const pl_snap_entry *e = pl_snap_read(v->f->snap, PL_S("/etc/crypttab"));
    pl_str text, line, name, device, key_file = {"", 0}, options = {"", 0};

    pl_host_missing(r, PL_F_VOLUME_KEY_SOURCE, e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    pl_set_absent(r, PL_F_VOLUME_KEY_SOURCE);
    for (text = e->bytes; pl_host_setting_line(&text, "#", &line);) {
        if (!pl_host_word(&line, &name) || !pl_host_word(&line, &device) ||
            !pl_str_eq(name, dm_name))
            continue;
        (void)pl_host_word(&line, &key_file);
        (void)pl_host_word(&line, &options);
        pl_set_str(r, PL_F_VOLUME_KEY_SOURCE, key_source(key_file, options));
        return;
    }
}

static void set_block(struct volumes *v, pl_record *r, pl_str device)
{
    pl_block b = pl_block_encryption(v->f, device);

    pl_set_str(r, PL_F_VOLUME_DEVICE, device);
    pl_set_absent(r, PL_F_VOLUME_KEY_SOURCE);
    if (b.state == PL_SEEN_FAILED)
        pl_set_unreadable(r, PL_F_VOLUME_ENCRYPTION, b.reason);
    if (b.state != PL_SEEN_OK)
        return;
    pl_set_str(r, PL_F_VOLUME_ENCRYPTION, b.encryption);
    if (b.dm_name.n)
        set_key_source(v, r, b.dm_name);
}

/* Major 0 is no device: btrfs and others; the source then names one, or nothing does. */
static void set_device(struct volumes *v, pl_record *r, const pl_mount *m)
{
    pl_str device = m->device;

    if (pl_str_eq(m->type, PL_S("tmpfs"))) {
        pl_set_str(r, PL_F_VOLUME_DEVICE, device);
        pl_set_str(r, PL_F_VOLUME_ENCRYPTION, PL_S("memory"));
        pl_set_absent(r, PL_F_VOLUME_KEY_SOURCE);
        return;
    }
    if (pl_str_starts(device, PL_S("0:"))) {
        pl_host_seen found = pl_str_starts(m->source, PL_S("/dev/"))
                                 ? pl_block_device(v->f, m->source, &device)
                                 : PL_SEEN_FAILED;
        if (found == PL_SEEN_WAIT)
            return;
        if (found != PL_SEEN_OK) { /* zfs, overlay: whatever encrypts there is not seen here */
            pl_set_str(r, PL_F_VOLUME_DEVICE, m->device);
            pl_set_unreadable(r, PL_F_VOLUME_ENCRYPTION, "unsupported");
            pl_set_absent(r, PL_F_VOLUME_KEY_SOURCE);
            return;
        }
    }
    set_block(v, r, device);
}

static void set_mount(struct volumes *v, pl_record *r, pl_str path)
{
    const pl_mount *at = pl_mount_of(&v->mounts, path);
    const pl_mount *root = pl_mount_of(&v->mounts, PL_S("/"));

    if (!at || !root)
        return;
    pl_set_str(r, PL_F_VOLUME_MOUNT_POINT, at->path);
    pl_set_bool(r, PL_F_VOLUME_OWN,
                !pl_str_eq(at->path, PL_S("/")) && !pl_str_eq(at->device, root->device));
    set_device(v, r, at);
}

static pl_record *begin(struct volumes *v, const char *role, pl_str path)
{
    pl_record *r = pl_host_recs_new(&v->list, PL_HE_VOLUME);
    pl_set_str(r, PL_F_VOLUME_PATH, path);
    pl_set_str(r, PL_F_VOLUME_ROLE, pl_str_c(role));
    return r;
}

static void add_directory(struct volumes *v, const char *role, pl_str path)
{
    const pl_snap_entry *e = path.n ? pl_snap_stat(v->f->snap, path) : NULL;

    if (!e || e->rc == PL_NOTFOUND)
        return;
    pl_record *r = begin(v, role, path);
    if (v->mounts.state == PL_SEEN_OK && pl_snap_has_meta(e))
        set_mount(v, r, e->is_link && e->target.p[0] == '/' ? e->target : path);
    else if (v->mounts.state == PL_SEEN_FAILED)
        for (int field = PL_F_VOLUME_MOUNT_POINT; field <= PL_F_VOLUME_KEY_SOURCE; field++)
            pl_set_unreadable(r, field, v->mounts.reason);
}

/* proc_swaps(5): "/dev/dm-1  partition  8388604  0  -2" */
static void add_swap(struct volumes *v, pl_str path, pl_str type)
{
    pl_record *r;
    pl_str device;

    if (pl_str_eq(type, PL_S("file"))) {
        add_directory(v, "swap", path);
        return;
    }
    r = begin(v, "swap", path);
    pl_set_absent(r, PL_F_VOLUME_MOUNT_POINT);
    pl_set_bool(r, PL_F_VOLUME_OWN, true);
    pl_host_seen found = pl_block_device(v->f, path, &device);
    if (found == PL_SEEN_OK)
        set_block(v, r, device);
}

static bool add_swaps(struct volumes *v)
{
    const pl_snap_entry *e = pl_snap_read(v->f->snap, PL_S("/proc/swaps"));
    pl_str text, line, path, type;

    if (pl_host_state(e) == PL_SEEN_FAILED)
        pl_host_missing(v->f->host, PL_F_HOST_VOLUMES, e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return pl_host_state(e) == PL_SEEN_NONE;
    for (text = e->bytes; pl_host_line(&text, &line);)
        if (pl_host_word(&line, &path) && path.p[0] == '/' && pl_host_word(&line, &type))
            add_swap(v, path, type);
    return true;
}

void pl_host_facts_volumes(pl_host_reading *f)
{
    struct volumes v = {.f = f, .list = {.arena = f->a}, .mounts = pl_mounts_read(f)};
    pl_places p = pl_places_find(f);

    if (p.is_waiting || v.mounts.state == PL_SEEN_WAIT)
        return;
    if (p.has_dockerd || f->hints->has_engine)
        add_directory(&v, "data-root", p.data_root);
    if (f->hints->uses_containerd_store)
        add_directory(&v, "containerd-root", p.containerd_root);
    if (add_swaps(&v))
        pl_host_recs_set(&v.list, f->host, PL_F_HOST_VOLUMES);
}
