/* SPDX-License-Identifier: Apache-2.0 */
#include "host/users.h"

#include "host/limits.h"

static size_t lines_of(pl_str text)
{
    size_t n = 0;
    pl_str line;
    while (pl_host_line(&text, &line))
        n++;
    return n;
}

/* The fields of one line of a colon file; missing ones are empty. */
static size_t cut_fields(pl_str line, pl_str *fields, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < max; i++)
        fields[i] = (pl_str){"", 0};
    while (n < max && pl_str_cut(&line, ':', &fields[n]))
        n++;
    return n;
}

/* NIS lines ("+", "-name") and lines without numbers name nobody here. */
static bool parse_user(pl_str line, pl_user *ret)
{
    pl_str v[7];
    if (cut_fields(line, v, PL_COUNT(v)) < 4 || v[0].n == 0 || !pl_str_i64(v[2], &ret->uid) ||
        !pl_str_i64(v[3], &ret->gid))
        return false;
    ret->name = v[0];
    ret->home = v[5];
    ret->shell = v[6];
    return true;
}

static bool parse_group(pl_str line, pl_group *ret)
{
    pl_str v[4];
    if (cut_fields(line, v, PL_COUNT(v)) < 3 || v[0].n == 0 || !pl_str_i64(v[2], &ret->gid))
        return false;
    ret->name = v[0];
    ret->members = v[3];
    return true;
}

static bool fill_users(pl_host_reading *f, pl_str text, pl_users *u)
{
    size_t n = lines_of(text);
    pl_str line;

    u->users = n <= PL_HOST_ACCOUNTS ? pl_arena_calloc(f->a, n + 1, sizeof(*u->users)) : NULL;
    if (!u->users)
        return false;
    while (pl_host_line(&text, &line))
        if (parse_user(line, &u->users[u->n_users]))
            u->n_users++;
    return true;
}

static bool fill_groups(pl_host_reading *f, pl_str text, pl_users *u)
{
    size_t n = lines_of(text);
    pl_str line;

    u->groups = n <= PL_HOST_ACCOUNTS ? pl_arena_calloc(f->a, n + 1, sizeof(*u->groups)) : NULL;
    if (!u->groups)
        return false;
    while (pl_host_line(&text, &line))
        if (parse_group(line, &u->groups[u->n_groups]))
            u->n_groups++;
    return true;
}

static pl_users unread(const pl_snap_entry *e)
{
    return (pl_users){.state = PL_SEEN_FAILED, .reason = e ? pl_host_reason(e) : "limit:accounts"};
}

pl_users pl_users_read(pl_host_reading *f)
{
    const pl_snap_entry *p =
        pl_snap_read(f->snap, f->is_live ? PL_S("@passwd") : PL_S("/etc/passwd"));
    const pl_snap_entry *g =
        pl_snap_read(f->snap, f->is_live ? PL_S("@group") : PL_S("/etc/group"));
    pl_users u = {.state = PL_SEEN_OK};

    if (!p || !g)
        return (pl_users){.state = PL_SEEN_WAIT};
    if (p->rc || g->rc)
        return unread(p->rc ? p : g);
    return fill_users(f, p->bytes, &u) && fill_groups(f, g->bytes, &u) ? u : unread(NULL);
}

const pl_user *pl_user_by_uid(const pl_users *u, int64_t uid)
{
    for (size_t i = 0; i < u->n_users; i++)
        if (u->users[i].uid == uid)
            return &u->users[i];
    return NULL;
}

const pl_user *pl_user_by_name(const pl_users *u, pl_str name)
{
    for (size_t i = 0; i < u->n_users; i++)
        if (pl_str_eq(u->users[i].name, name))
            return &u->users[i];
    return NULL;
}

const pl_group *pl_group_by_gid(const pl_users *u, int64_t gid)
{
    for (size_t i = 0; i < u->n_groups; i++)
        if (u->groups[i].gid == gid)
            return &u->groups[i];
    return NULL;
}

const pl_group *pl_group_by_name(const pl_users *u, pl_str name)
{
    for (size_t i = 0; i < u->n_groups; i++)
        if (pl_str_eq(u->groups[i].name, name))
            return &u->groups[i];
    return NULL;
}

/* Several group entries may share a gid: all of them count. */
void pl_group_add_members(const pl_users *u, int64_t gid, pl_host_strs *names)
{
    for (size_t i = 0; i < u->n_users; i++)
        if (u->users[i].gid == gid)
            pl_host_strs_add_once(names, u->users[i].name);
    for (size_t i = 0; i < u->n_groups; i++) {
        pl_str rest = u->groups[i].members, one;
        if (u->groups[i].gid != gid)
            continue;
        while (pl_str_cut(&rest, ',', &one))
            if (pl_str_trim(one).n)
                pl_host_strs_add_once(names, pl_str_trim(one));
    }
}

pl_str pl_user_name(pl_host_reading *f, const pl_users *u, int64_t uid)
{
    const pl_user *user = pl_user_by_uid(u, uid);
    return user ? user->name : pl_host_fmt(f->a, "%lld", (long long)uid);
}

pl_str pl_group_name(pl_host_reading *f, const pl_users *u, int64_t gid)
{
    const pl_group *group = pl_group_by_gid(u, gid);
    return group ? group->name : pl_host_fmt(f->a, "%lld", (long long)gid);
}
