/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system log on disk: the journal that journald keeps below /var/log, or the file of a syslog
 * daemon. What is written counts, not what a configuration says: with Storage=volatile, or with the
 * daemon stopped, nothing there becomes younger.
 */
#include "host/facts.h"
#include "host/mounts.h"

#include <sys/stat.h>

enum { CLOCK_SLACK_S = 60 }; /* the clock was read before the file was looked at */

struct newest {
    pl_host_reading *f;
    pl_str path;
    int64_t mtime_s;
    const char *reason; /* of something that could not be looked at */
    bool is_waiting;
};

static void look_at(struct newest *n, pl_str path)
{
    const pl_snap_entry *e = pl_snap_stat(n->f->snap, path);

    n->is_waiting |= !e;
    if (pl_host_state(e) == PL_SEEN_FAILED && !pl_snap_has_meta(e))
        n->reason = pl_host_reason(e);
    if (!e || !S_ISREG(e->meta.mode) || (n->path.n && e->meta.mtime_s <= n->mtime_s))
        return;
    n->path = path;
    n->mtime_s = e->meta.mtime_s;
}

/* DIR/MACHINE/system.journal is the one that is written to. */
static void look_at_journals(struct newest *n)
{
    const pl_snap_entry *e = pl_snap_list(n->f->snap, PL_S("/var/log/journal"));
    pl_str names, name;

    n->is_waiting |= !e;
    if (pl_host_state(e) == PL_SEEN_FAILED)
        n->reason = pl_host_reason(e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (names = e->bytes; pl_snap_name(&names, &name);)
        look_at(n, pl_host_fmt(n->f->a, "/var/log/journal/%.*s/system.journal", PL_F(name)));
}

/* A tree that does not run is as old as it is, and of a time to come nobody can say when it was. */
static void set_age(const struct newest *n, int field)
{
    int64_t now_s = n->f->now_us / 1000000;

    if (n->f->is_live && n->mtime_s <= now_s + CLOCK_SLACK_S)
        pl_set_int(n->f->host, field, now_s - n->mtime_s);
    else
        pl_set_unreadable(n->f->host, field, "not-observed");
}

static void set_none(const struct newest *n, const int *fields, size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (n->reason)
            pl_set_unreadable(n->f->host, fields[i], n->reason);
        else
            pl_set_absent(n->f->host, fields[i]);
    }
}

static void set_newest(const struct newest *n, const pl_mounts *mounts)
{
    pl_record *host = n->f->host;
    const pl_mount *m = pl_mount_of(mounts, n->path);

    pl_set_str(host, PL_F_HOST_SYSTEM_LOG, n->path);
    if (m)
        pl_set_str(host, PL_F_HOST_SYSTEM_LOG_FILESYSTEM, m->type);
    else
        pl_set_unreadable(host, PL_F_HOST_SYSTEM_LOG_FILESYSTEM,
                          mounts->reason ? mounts->reason : "unreadable");
    set_age(n, PL_F_HOST_SYSTEM_LOG_AGE);
}

/* What PAM and sshd write under facility authpriv: syslog daemons keep it apart. */
static bool find_logins(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_LOGIN_LOG, PL_F_HOST_LOGIN_LOG_AGE};
    struct newest n = {.f = f};

    look_at_journals(&n);
    look_at(&n, PL_S("/var/log/auth.log"));
    look_at(&n, PL_S("/var/log/secure"));
    if (n.is_waiting)
        return false;
    if (!n.path.n) {
        set_none(&n, fields, PL_COUNT(fields));
        return true;
    }
    pl_set_str(f->host, PL_F_HOST_LOGIN_LOG, n.path);
    set_age(&n, PL_F_HOST_LOGIN_LOG_AGE);
    return true;
}

void pl_host_facts_system_log(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_SYSTEM_LOG, PL_F_HOST_SYSTEM_LOG_FILESYSTEM,
                                 PL_F_HOST_SYSTEM_LOG_AGE};
    struct newest n = {.f = f};
    pl_mounts mounts = pl_mounts_read(f);
    bool is_waiting = !find_logins(f);

    look_at_journals(&n);
    look_at(&n, PL_S("/var/log/syslog"));
    look_at(&n, PL_S("/var/log/messages"));
    if (is_waiting || n.is_waiting || mounts.state == PL_SEEN_WAIT)
        return;
    if (n.path.n)
        set_newest(&n, &mounts);
    else
        set_none(&n, fields, PL_COUNT(fields));
}
