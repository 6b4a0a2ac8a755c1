/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the running kernel the newest one installed?
 *
 * An installed kernel is a dpkg package linux-image-RELEASE with /boot/vmlinuz-RELEASE. Only
 * kernels of the running one's flavour (amd64, cloud-amd64, generic) are compared. Debian can
 * rebuild a kernel without a new release name; the build that runs names its package version.
 */
#include "host/facts.h"
#include "host/installed.h"

#include <string.h>

typedef struct kernel {
    pl_str release, version;
} kernel;

typedef struct kernels {
    kernel v[64];
    size_t n;
    bool is_waiting; /* for /boot */
    bool lost;
} kernels;

static bool release_of(pl_str package, pl_str *ret)
{
    static const char *const prefixes[] = {"linux-image-unsigned-", "linux-image-"};

    for (size_t i = 0; i < PL_COUNT(prefixes); i++) {
        pl_str prefix = pl_str_c(prefixes[i]);
        if (pl_str_starts(package, prefix)) {
            *ret = pl_str_sub(package, prefix.n, package.n);
            return ret->n && ret->p[0] >= '0' && ret->p[0] <= '9';
        }
    }
    return false;
}

static bool has_image(pl_host_reading *f, kernels *k, pl_str release)
{
    pl_str path = pl_host_fmt(f->a, "/boot/vmlinuz-%.*s", PL_F(release));
    const pl_snap_entry *e = pl_snap_stat(f->snap, path);

    k->is_waiting |= !e;
    return e && pl_snap_has_meta(e);
}

static void find_kernels(pl_host_reading *f, const struct pl_installed *all, kernels *k)
{
    pl_str release;

    for (size_t i = 0; i < all->n; i++) {
        if (!release_of(all->v[i].name, &release) || !has_image(f, k, release))
            continue;
        if (k->n == PL_COUNT(k->v)) {
            k->lost = true;
            return;
        }
        k->v[k->n++] = (kernel){release, all->v[i].version};
    }
}

/* "6.1.0-18-cloud-amd64" -> "cloud-amd64" */
static pl_str flavour(pl_str release)
{
    pl_str version, abi, rest = release;
    if (!pl_str_cut(&rest, '-', &version) || !pl_str_cut(&rest, '-', &abi))
        return (pl_str){"", 0};
    return rest;
}

static int compare_releases(pl_str a, pl_str b)
{
    char x[256], y[256];
    if (!pl_str_to_c(a, x, sizeof(x)) || !pl_str_to_c(b, y, sizeof(y)))
        return pl_str_cmp(a, b);
    return strverscmp(x, y);
}

static const kernel *newest_of(const kernels *k, pl_str running)
{
    const kernel *best = NULL;
    bool has_own_flavour = false;

    for (size_t i = 0; i < k->n; i++)
        has_own_flavour |= pl_str_eq(flavour(k->v[i].release), flavour(running));
    for (size_t i = 0; i < k->n; i++) {
        if (has_own_flavour && !pl_str_eq(flavour(k->v[i].release), flavour(running)))
            continue;
        if (!best || compare_releases(k->v[i].release, best->release) > 0)
            best = &k->v[i];
    }
    return best;
}

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)": is another build of it installed? */
static bool is_other_build(pl_str build, pl_str version)
{
    pl_str word;

    while (pl_host_word(&build, &word))
        if (pl_str_eq(word, PL_S("Debian")) && pl_host_word(&build, &word))
            return !pl_str_eq(word, version);
    return false;
}

static void set_newest(pl_host_reading *f, const kernels *k, pl_str running, pl_str build)
{
    const kernel *newest = newest_of(k, running);
    pl_host_strs list = {.arena = f->a};

    for (size_t i = 0; i < k->n; i++)
        pl_host_strs_add(&list, k->v[i].release);
    pl_host_strs_set(&list, f->host, PL_F_HOST_KERNEL_INSTALLED);
    pl_set_bool(f->host, PL_F_HOST_KERNEL_FROM_OUTSIDE, !newest);
    if (!newest) {
        pl_set_absent(f->host, PL_F_HOST_KERNEL_NEWEST);
        pl_set_absent(f->host, PL_F_HOST_KERNEL_IS_NEWEST);
        return;
    }
    pl_set_str(f->host, PL_F_HOST_KERNEL_NEWEST, newest->release);
    pl_set_bool(f->host, PL_F_HOST_KERNEL_IS_NEWEST,
                pl_str_eq(newest->release, running) && !is_other_build(build, newest->version));
}

static void set_kernels(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_KERNEL_INSTALLED, PL_F_HOST_KERNEL_NEWEST,
                                 PL_F_HOST_KERNEL_IS_NEWEST, PL_F_HOST_KERNEL_FROM_OUTSIDE, -1};
    pl_str status, running, build = {"", 0};
    kernels k = {0};

    if (!pl_host_first_line(f, PL_S("/proc/sys/kernel/osrelease"), PL_F_HOST_KERNEL_RELEASE,
                            &running))
        return;
    pl_set_str(f->host, PL_F_HOST_KERNEL_RELEASE, running);
    if (!pl_host_text(f, PL_S("/var/lib/dpkg/status"), fields, &status) ||
        !pl_host_text(f, PL_S("/proc/sys/kernel/version"), fields, &build))
        return;
    const struct pl_installed *all = pl_host_installed(f);
    find_kernels(f, all, &k);
    if (k.is_waiting)
        return;
    if (k.lost || all->state != PL_SEEN_OK) {
        for (const int *field = fields; *field >= 0; field++)
            pl_set_unreadable(f->host, *field, k.lost ? "limit:kernels" : all->reason);
        return;
    }
    set_newest(f, &k, running, build);
}

static void set_reboot(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_stat(f->snap, PL_S("/run/reboot-required"));
    pl_host_seen state = pl_host_state(e);

    if (state == PL_SEEN_FAILED)
        pl_host_missing(f->host, PL_F_HOST_REBOOT_REQUIRED, e);
    else if (state != PL_SEEN_WAIT)
        pl_set_bool(f->host, PL_F_HOST_REBOOT_REQUIRED, state == PL_SEEN_OK);
}

static void set_livepatches(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, PL_S("/sys/kernel/livepatch"));
    pl_host_strs list = {.arena = f->a};
    pl_str names, name;

    if (pl_host_state(e) != PL_SEEN_OK) {
        pl_host_missing(f->host, PL_F_HOST_LIVEPATCHES, e);
        return;
    }
    for (names = e->bytes; pl_snap_name(&names, &name);) {
        pl_str path = pl_host_fmt(f->a, "/sys/kernel/livepatch/%.*s/enabled", PL_F(name));
        const pl_snap_entry *on = pl_snap_read(f->snap, path);
        if (pl_host_state(on) == PL_SEEN_OK && pl_str_eq(pl_str_trim(on->bytes), PL_S("1")))
            pl_host_strs_add(&list, name);
    }
    pl_host_strs_set(&list, f->host, PL_F_HOST_LIVEPATCHES);
}

void pl_host_facts_kernel(pl_host_reading *f)
{
    set_kernels(f);
    set_reboot(f);
    set_livepatches(f);
}
