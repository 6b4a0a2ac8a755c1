/* SPDX-License-Identifier: Apache-2.0 */
#include "host/conf.h"

static void take_text(pl_host_conf *c, pl_str text)
{
    pl_str line, key, value;

    while (pl_host_setting_line(&text, "#;", &line)) {
        if (line.p[0] == '[' || !pl_host_key_value(line, &key, &value))
            continue;
        pl_host_strs_add(&c->keys, key);
        pl_host_strs_add(&c->values, value);
    }
}

static void take_file(pl_host_reading *f, pl_host_conf *c, pl_str path)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, path);
    pl_host_seen state = pl_host_state(e);

    if (state == PL_SEEN_OK) {
        take_text(c, e->bytes);
    } else if (state != PL_SEEN_NONE) {
        c->state = state;
        c->reason = state == PL_SEEN_FAILED ? pl_host_reason(e) : NULL;
    }
}

/* Adds DIR/NAME in the order of the names; a name that stands there already is replaced, since a
 * later directory overrides an earlier one. */
static void place(pl_host_reading *f, pl_host_strs *paths, pl_host_strs *names, const char *dir,
                  pl_str name)
{
    pl_str path = pl_host_fmt(f->a, "%s/%.*s", dir, PL_F(name));
    size_t at = 0;

    while (at < names->n && pl_str_cmp(names->v[at], name) < 0)
        at++;
    if (at < names->n && pl_str_eq(names->v[at], name)) {
        paths->v[at] = path;
        return;
    }
    pl_host_strs_add(names, name);
    pl_host_strs_add(paths, path);
    if (names->lost || paths->lost)
        return;
    for (size_t i = names->n - 1; i > at; i--) {
        names->v[i] = names->v[i - 1];
        paths->v[i] = paths->v[i - 1];
    }
    names->v[at] = name;
    paths->v[at] = path;
}

static void list_dir(pl_host_reading *f, pl_host_conf *c, const char *dir, pl_host_strs *paths,
                     pl_host_strs *names)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, pl_str_c(dir));
    pl_host_seen state = pl_host_state(e);
    pl_str rest, name;

    if (state == PL_SEEN_WAIT || state == PL_SEEN_FAILED) {
        c->state = state;
        c->reason = state == PL_SEEN_FAILED ? pl_host_reason(e) : NULL;
    }
    if (state != PL_SEEN_OK)
        return;
    for (rest = e->bytes; pl_snap_name(&rest, &name);)
        if (pl_str_ends(name, PL_S(".conf")))
            place(f, paths, names, dir, name);
}

pl_host_conf pl_host_conf_read(pl_host_reading *f, const char *main_file, const char *const *dirs,
                               size_t n_dirs)
{
    pl_host_conf c = {.state = PL_SEEN_OK, .keys = {.arena = f->a}, .values = {.arena = f->a}};
    pl_host_strs paths = {.arena = f->a}, names = {.arena = f->a};

    take_file(f, &c, pl_str_c(main_file));
    for (size_t i = 0; i < n_dirs; i++)
        list_dir(f, &c, dirs[i], &paths, &names);
    for (size_t i = 0; i < paths.n; i++)
        take_file(f, &c, paths.v[i]);
    if (paths.lost || c.keys.lost || c.values.lost) {
        c.state = PL_SEEN_FAILED;
        c.reason = "limit:elements";
    }
    return c;
}

bool pl_host_conf_get(const pl_host_conf *c, pl_str key, pl_str *ret)
{
    bool found = false;
    for (size_t i = 0; i < c->keys.n; i++)
        if (pl_str_eq(c->keys.v[i], key)) {
            *ret = c->values.v[i];
            found = true;
        }
    return found;
}
