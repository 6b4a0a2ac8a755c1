/* SPDX-License-Identifier: Apache-2.0 */
#include "host/owner.h"

/* Since /bin, /sbin and /lib lead into /usr, a list may have either name. */
static bool lists_path(pl_str text, pl_str path)
{
    pl_str below_usr = pl_str_starts(path, PL_S("/usr/")) ? pl_str_sub(path, 4, path.n) : path;
    pl_str line;

    while (pl_host_line(&text, &line))
        if (pl_str_eq(line, path) || pl_str_eq(line, below_usr))
            return true;
    return false;
}

static bool is_candidate(pl_str name)
{
    static const char *const parts[] = {"docker", "moby", "podman",    "containerd", "runc",
                                        "crun",   "kata", "runsc",     "gvisor",     "youki",
                                        "conmon", "tini", "nvidia-co", "sysbox"};
    for (size_t i = 0; i < PL_COUNT(parts); i++)
        if (pl_str_has(name, pl_str_c(parts[i])))
            return true;
    return false;
}

static void look_into(pl_host_reading *f, const pl_package *p, pl_str path, bool *waits,
                      pl_program_owner *to)
{
    pl_str list = pl_host_fmt(f->a, "/var/lib/dpkg/info/%.*s.list", PL_F(p->name));
    const pl_snap_entry *e = pl_snap_read(f->snap, list);

    *waits |= !e;
    if (pl_host_state(e) == PL_SEEN_FAILED && to->state == PL_SEEN_NONE)
        *to = (pl_program_owner){.state = PL_SEEN_FAILED, .reason = pl_host_reason(e)};
    if (pl_host_state(e) == PL_SEEN_OK && lists_path(e->bytes, path))
        *to = (pl_program_owner){.state = PL_SEEN_OK, .package = p};
}

pl_program_owner pl_program_owner_of(pl_host_reading *f, pl_str path)
{
    const struct pl_installed *all = pl_host_installed(f);
    pl_program_owner to = {.state = PL_SEEN_NONE};
    bool waits = false;

    if (all->state == PL_SEEN_NONE)
        return (pl_program_owner){.state = PL_SEEN_FAILED, .reason = "unsupported"};
    if (all->state != PL_SEEN_OK)
        return (pl_program_owner){.state = all->state, .reason = all->reason};
    for (size_t i = 0; i < all->n; i++)
        if (is_candidate(all->v[i].name))
            look_into(f, &all->v[i], path, &waits, &to);
    return waits ? (pl_program_owner){.state = PL_SEEN_WAIT} : to;
}
