/* SPDX-License-Identifier: Apache-2.0 */
#include "host/units.h"

static const char *const search_path[] = {
    "/etc/systemd/system.control",   "/run/systemd/system.control",  "/run/systemd/transient",
    "/run/systemd/generator.early",  "/etc/systemd/system",          "/etc/systemd/system.attached",
    "/run/systemd/system",           "/run/systemd/system.attached", "/run/systemd/generator",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",      "/lib/systemd/system",
    "/run/systemd/generator.late",
};

static bool add_fragment(pl_host_reading *f, pl_str unit, pl_host_strs *paths)
{
    bool complete = true;

    for (size_t i = 0; i < PL_COUNT(search_path); i++) {
        pl_str path = pl_host_fmt(f->a, "%s/%.*s", search_path[i], PL_F(unit));
        const pl_snap_entry *e = pl_snap_stat(f->snap, path);
        complete &= e != NULL;
        if (e && pl_snap_has_meta(e)) {
            pl_host_strs_add(paths, path);
            return complete;
        }
    }
    return complete;
}

/* names: file names that were seen, so that later directories cannot bring them again; each stands
 * where its path does. */
static bool add_dropins(pl_host_reading *f, const char *dir, pl_str of, pl_host_strs *names,
                        pl_host_strs *paths)
{
    pl_str place = pl_host_fmt(f->a, "%s/%.*s.d", dir, PL_F(of));
    const pl_snap_entry *e = pl_snap_list(f->snap, place);
    pl_str rest, name;

    if (!e)
        return false;
    if (e->rc != PL_OK)
        return true;
    for (rest = e->bytes; pl_snap_name(&rest, &name);) {
        if (!pl_str_ends(name, PL_S(".conf")) || pl_host_strs_has(names->v, names->n, name))
            continue;
        pl_host_strs_add(names, name);
        pl_host_strs_add(paths, pl_host_fmt(f->a, "%.*s/%.*s", PL_F(place), PL_F(name)));
    }
    return true;
}

/* In the order of the names, wherever they lie. */
static void add_sorted(pl_host_strs *names, pl_host_strs *paths, pl_host_strs *ret)
{
    while (names->n && names->n == paths->n) {
        size_t first = 0;
        for (size_t i = 1; i < names->n; i++)
            if (pl_str_cmp(names->v[i], names->v[first]) < 0)
                first = i;
        pl_host_strs_add(ret, paths->v[first]);
        names->v[first] = names->v[--names->n];
        paths->v[first] = paths->v[--paths->n];
    }
}

/* "docker.service" also has the drop-ins of "service". */
static pl_str type_of(pl_str unit)
{
    pl_str rest = unit, part, last = unit;
    while (pl_str_cut(&rest, '.', &part))
        last = part;
    return last;
}

bool pl_unit_files(pl_host_reading *f, pl_str unit, pl_host_strs *ret_paths)
{
    pl_host_strs names = {.arena = f->a}, paths = {.arena = f->a};
    const pl_str of[] = {unit, type_of(unit)};
    bool complete = add_fragment(f, unit, ret_paths);

    for (size_t k = 0; k < PL_COUNT(of); k++)
        for (size_t i = 0; i < PL_COUNT(search_path); i++)
            complete &= add_dropins(f, search_path[i], of[k], &names, &paths);
    add_sorted(&names, &paths, ret_paths);
    return complete;
}
