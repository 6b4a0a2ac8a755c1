/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mounts.h"

#include "host/limits.h"

#include <string.h>

/* \040 and the like; the result is shorter or equal. */
static pl_str unescape(pl_arena *a, pl_str s)
{
    if (!s.n || !memchr(s.p, '\\', s.n))
        return s;
    pl_str copy = pl_arena_str(a, s);
    char *to = (char *)(uintptr_t)copy.p;
    if (!to)
        return (pl_str){"", 0};
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint64_t v;
        if (s.p[i] == '\\' && i + 3 < s.n && pl_str_u64_base(pl_str_sub(s, i + 1, 3), 8, &v) &&
            v < 256) {
            to[n++] = (char)(unsigned char)v;
            i += 3;
        } else {
            to[n++] = s.p[i];
        }
    }
    return (pl_str){to, n};
}

/* "ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPER" */
static bool parse_line(pl_arena *a, pl_str line, pl_mount *ret)
{
    pl_str id, parent, word;

    if (!pl_host_word(&line, &id) || !pl_host_word(&line, &parent) ||
        !pl_host_word(&line, &ret->device) || !pl_host_word(&line, &ret->root) ||
        !pl_host_word(&line, &ret->path) || !pl_host_word(&line, &ret->options))
        return false;
    do {
        if (!pl_host_word(&line, &word))
            return false;
    } while (!pl_str_eq(word, PL_S("-")));
    if (!pl_host_word(&line, &ret->type))
        return false;
    if (!pl_host_word(&line, &ret->source))
        ret->source = (pl_str){"", 0};
    ret->root = unescape(a, ret->root);
    ret->path = unescape(a, ret->path);
    ret->source = unescape(a, ret->source);
    return true;
}

static size_t count_lines(pl_str text)
{
    size_t n = 0;
    pl_str line;
    while (pl_host_line(&text, &line))
        n++;
    return n;
}

static pl_mounts unread(pl_host_seen state, const char *reason)
{
    return (pl_mounts){.state = state, .reason = reason};
}

pl_mounts pl_mounts_read(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/proc/1/mountinfo"));
    pl_mounts m = {.state = pl_host_state(e)};
    pl_str text, line;

    if (m.state == PL_SEEN_WAIT)
        return m;
    if (m.state != PL_SEEN_OK)
        return unread(PL_SEEN_FAILED, pl_host_reason(e));
    size_t lines = count_lines(e->bytes);
    if (lines > PL_HOST_MOUNTS)
        return unread(PL_SEEN_FAILED, "limit:mounts");
    m.v = pl_arena_calloc(f->a, lines + 1, sizeof(*m.v));
    if (!m.v)
        return unread(PL_SEEN_FAILED, "limit:memory");
    for (text = e->bytes; pl_host_line(&text, &line);)
        if (!parse_line(f->a, line, &m.v[m.n++]))
            return unread(PL_SEEN_FAILED, "unreadable");
    return m;
}

bool pl_host_path_is_below(pl_str path, pl_str dir)
{
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    if (pl_str_eq(dir, PL_S("/")))
        return path.n && path.p[0] == '/';
    return pl_str_starts(path, dir) && (path.n == dir.n || path.p[dir.n] == '/');
}

const pl_mount *pl_mount_of(const pl_mounts *m, pl_str path)
{
    const pl_mount *best = NULL;

    for (size_t i = 0; i < m->n; i++)
        if (pl_host_path_is_below(path, m->v[i].path) && (!best || m->v[i].path.n >= best->path.n))
            best = &m->v[i];
    return best;
}

static void add_filesystem(pl_host_reading *f, pl_host_recs *list, const pl_mount *m)
{
    pl_record *r = pl_host_recs_new(list, PL_HE_FILESYSTEM);
    pl_host_strs options = {.arena = f->a};
    pl_str rest = m->options, one;

    while (pl_str_cut(&rest, ',', &one))
        pl_host_strs_add(&options, one);
    pl_set_str(r, PL_F_FILESYSTEM_PATH, m->path);
    pl_set_str(r, PL_F_FILESYSTEM_TYPE, m->type);
    pl_set_str(r, PL_F_FILESYSTEM_SOURCE, m->source);
    pl_set_str(r, PL_F_FILESYSTEM_DEVICE, m->device);
    pl_set_str(r, PL_F_FILESYSTEM_ROOT, m->root);
    pl_host_strs_set(&options, r, PL_F_FILESYSTEM_OPTIONS);
}

/* Version 2 mounted at the root of the hierarchy; a hybrid has it one level below. */
static void set_cgroup(pl_host_reading *f, const pl_mounts *m)
{
    const pl_mount *at = pl_mount_of(m, PL_S("/sys/fs/cgroup"));

    if (!at || !pl_str_eq(at->path, PL_S("/sys/fs/cgroup")))
        pl_set_absent(f->host, PL_F_HOST_CGROUP_VERSION);
    else
        pl_set_int(f->host, PL_F_HOST_CGROUP_VERSION, pl_str_eq(at->type, PL_S("cgroup2")) ? 2 : 1);
}

void pl_host_facts_mounts(pl_host_reading *f)
{
    pl_mounts m = pl_mounts_read(f);
    pl_host_recs list = {.arena = f->a};

    if (m.state == PL_SEEN_FAILED) {
        pl_set_unreadable(f->host, PL_F_HOST_FILESYSTEMS, m.reason);
        pl_set_unreadable(f->host, PL_F_HOST_CGROUP_VERSION, m.reason);
    }
    if (m.state != PL_SEEN_OK)
        return;
    for (size_t i = 0; i < m.n; i++)
        add_filesystem(f, &list, &m.v[i]);
    pl_host_recs_set(&list, f->host, PL_F_HOST_FILESYSTEMS);
    set_cgroup(f, &m);
}
