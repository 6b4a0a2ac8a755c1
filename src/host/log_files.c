/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit records and our own keys: whose they are and who else may read them. Records are what the
 * journal (systemd-journald(8)), auditd, the engine for its containers, and we keep on this host.
 */
#include "host/files.h"
#include "host/places.h"
#include "host/users.h"

#include <sys/stat.h>

struct places_of_logs {
    pl_host_reading *f;
    pl_users users;
    pl_host_recs list;
};

static pl_str base_name(pl_str path)
{
    size_t at = path.n;
    while (at && path.p[at - 1] != '/')
        at--;
    return pl_str_sub(path, at, path.n);
}

/* journald lets a user read the journal of what that user's own processes said: user-1000.journal,
 * and user-1000@SEQUENCE.journal once it is full. */
static bool is_own_journal(pl_host_reading *f, pl_str path, const pl_acl_entry *e)
{
    pl_str name = base_name(path), own = pl_host_fmt(f->a, "user-%u", (unsigned)e->id);

    return !e->is_group && pl_str_starts(name, own) && name.n > own.n &&
           (name.p[own.n] == '.' || name.p[own.n] == '@');
}

/* "group:adm", "user:bob", "everybody". */
static void set_readers(struct places_of_logs *l, pl_record *r, pl_str path)
{
    pl_host_reading *f = l->f;
    const pl_snap_entry *e = pl_snap_stat(f->snap, path);
    pl_host_strs readers = {.arena = f->a};
    pl_acl_entry one;

    if (!r || !e || !pl_snap_has_meta(e))
        return;
    if (e->meta.mode & 0006)
        pl_host_strs_add(&readers, PL_S("everybody"));
    if (e->meta.mode & 0060)
        pl_host_strs_add(&readers, pl_host_fmt(f->a, "group:%.*s",
                                               PL_F(pl_group_name(f, &l->users, e->meta.gid))));
    for (pl_str acl = e->acl; pl_snap_acl(&acl, &one);) {
        pl_str name =
            one.is_group ? pl_group_name(f, &l->users, one.id) : pl_user_name(f, &l->users, one.id);
        if ((one.perm & 6) && !is_own_journal(f, path, &one))
            pl_host_strs_add_once(
                &readers,
                pl_host_fmt(f->a, "%s:%.*s", one.is_group ? "group" : "user", PL_F(name)));
    }
    pl_host_strs_set(&readers, r, PL_F_FILE_READERS);
}

/* uid: who it should belong to. A folder of logs may be listed by everybody. */
static void add(struct places_of_logs *l, pl_file_role role, pl_str path, int64_t uid)
{
    pl_record *r = pl_file_add(l->f, &l->list, role, path);

    pl_set_int(r, PL_F_FILE_ENGINE_UID, uid);
    if (role == PL_ROLE_LOG_DIR)
        pl_set_strs(r, PL_F_FILE_READERS, NULL, 0);
    else
        set_readers(l, r, path);
}

/* The names in a folder; what cannot be listed is told as files of this role. */
static pl_str names_in(struct places_of_logs *l, pl_file_role role, pl_str dir)
{
    const pl_snap_entry *e = pl_snap_list(l->f->snap, dir);

    if (pl_host_state(e) == PL_SEEN_FAILED)
        pl_file_add_unknown(&l->list, role, dir, pl_host_reason(e));
    return pl_host_state(e) == PL_SEEN_OK ? e->bytes : (pl_str){"", 0};
}

static pl_str below(struct places_of_logs *l, pl_str dir, pl_str name)
{
    return pl_host_fmt(l->f->a, "%.*s/%.*s", PL_F(dir), PL_F(name));
}

static void add_folder(struct places_of_logs *l, pl_file_role role, pl_str dir)
{
    pl_str names, name;

    add(l, PL_ROLE_LOG_DIR, dir, 0);
    for (names = names_in(l, role, dir); pl_snap_name(&names, &name);)
        add(l, role, below(l, dir, name), 0);
}

/* DIR/MACHINE/system.journal, user-1000.journal, ... */
static void add_journal(struct places_of_logs *l, pl_str dir)
{
    pl_str names, name;

    add(l, PL_ROLE_LOG_DIR, dir, 0);
    for (names = names_in(l, PL_ROLE_JOURNAL, dir); pl_snap_name(&names, &name);) {
        pl_str path = below(l, dir, name);
        const pl_snap_entry *e = pl_snap_stat(l->f->snap, path);
        if (e && pl_host_state(e) == PL_SEEN_FAILED && !pl_snap_has_meta(e))
            pl_file_add_unknown(&l->list, PL_ROLE_JOURNAL, path, pl_host_reason(e));
        else if (e && S_ISDIR(e->meta.mode))
            add_folder(l, PL_ROLE_JOURNAL, path);
    }
}

/* What the drivers json-file and local write. */
static void add_containers(struct places_of_logs *l, pl_str data_root)
{
    int64_t uid = l->f->hints->engine_uid;
    pl_str dir = below(l, data_root, PL_S("containers")), names, name;

    for (names = names_in(l, PL_ROLE_CONTAINER_LOG, dir); pl_snap_name(&names, &name);) {
        pl_str own = below(l, dir, name);
        add(l, PL_ROLE_CONTAINER_LOG,
            pl_host_fmt(l->f->a, "%.*s/%.*s-json.log", PL_F(own), PL_F(name)), uid);
        add(l, PL_ROLE_CONTAINER_LOG, below(l, own, PL_S("local-logs/container.log")), uid);
    }
}

static void add_keys(struct places_of_logs *l, pl_str state_dir)
{
    const pl_snap_entry *state = pl_snap_stat(l->f->snap, state_dir);
    pl_str dir = below(l, state_dir, PL_S("keys")), names, name;
    int64_t uid = state && pl_snap_has_meta(state) ? state->meta.uid : 0;

    add(l, PL_ROLE_KEY_DIR, dir, uid);
    for (names = names_in(l, PL_ROLE_KEY_FILE, dir); pl_snap_name(&names, &name);)
        if (!pl_str_ends(name, PL_S(".vkey"))) /* public */
            add(l, PL_ROLE_KEY_FILE, below(l, dir, name), uid);
}

static void add_ledger(struct places_of_logs *l)
{
    const pl_host_hints *h = l->f->hints;
    const pl_snap_entry *state = h->state_dir.n ? pl_snap_stat(l->f->snap, h->state_dir) : NULL;

    if (h->ledger_dir.n && state && pl_snap_has_meta(state))
        add(l, PL_ROLE_LEDGER_DIR, h->ledger_dir, state->meta.uid);
    else if (h->ledger_dir.n && state && pl_host_state(state) == PL_SEEN_FAILED)
        pl_file_add_unknown(&l->list, PL_ROLE_LEDGER_DIR, h->ledger_dir, pl_host_reason(state));
}

void pl_host_facts_log_files(pl_host_reading *f)
{
    pl_places p = pl_places_find(f);
    struct places_of_logs logs = {.f = f, .users = pl_users_read(f), .list = {.arena = f->a}};
    struct places_of_logs keys = logs;

    if (p.is_waiting || logs.users.state == PL_SEEN_WAIT)
        return;
    add_journal(&logs, PL_S("/var/log/journal"));
    add_journal(&logs, PL_S("/run/log/journal"));
    add_folder(&logs, PL_ROLE_AUDIT_LOG, PL_S("/var/log/audit"));
    if (p.data_root.n)
        add_containers(&logs, p.data_root);
    /* An engine that nobody could see may keep them anywhere. */
    if (p.process_reason && !f->hints->has_engine)
        pl_file_add_unknown(&logs.list, PL_ROLE_CONTAINER_LOG, p.data_root, p.process_reason);
    add_ledger(&logs);
    pl_host_recs_set(&logs.list, f->host, PL_F_HOST_LOG_FILES);
    if (f->hints->state_dir.n)
        add_keys(&keys, f->hints->state_dir);
    pl_host_recs_set(&keys.list, f->host, PL_F_HOST_KEY_FILES);
}
