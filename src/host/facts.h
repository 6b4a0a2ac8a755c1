/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a snapshot into records: one function a subject of facts, each in a file of its own.
 *
 * A function sets what it can. What was not gathered yet it leaves alone (the snapshot notes that
 * it is wanted, and the whole reading runs again); what could not be read it sets unreadable with
 * the reason; what is not there it sets absent. It never fails.
 */
#pragma once

#include "host/hints.h"
#include "host/kinds.h"
#include "host/lines.h"
#include "host/snap.h"

/* A list of records that grows in an arena. */
typedef struct pl_host_recs {
    pl_arena *arena;
    pl_record **v;
    size_t n, room;
    bool lost;
} pl_host_recs;

typedef struct pl_host_reading {
    pl_snap *snap;
    const pl_host_hints *hints; /* never NULL */
    pl_arena *a;
    pl_record *host;
    pl_host_recs engine_files;
    const struct pl_installed *installed; /* NULL until somebody asks: host/installed.h */
    int64_t now_us;
    bool is_live;
} pl_host_reading;

/* A new element at the end of the list, or NULL (setters let that pass). */
pl_record *pl_host_recs_new(pl_host_recs *l, pl_host_element kind);
/* Puts the list into the field; a list that lost something is unreadable "limit:elements". */
void pl_host_recs_set(const pl_host_recs *l, pl_record *r, int field);
void pl_host_strs_set(const pl_host_strs *l, pl_record *r, int field);

/* Says of a field why the entry gives nothing: absent for PL_NOTFOUND, else unreadable. */
void pl_host_missing(pl_record *r, int field, const pl_snap_entry *e);
const char *pl_host_reason(const pl_snap_entry *e);

/*
 * The content of a file. False: not there, not readable or not gathered yet; then `fields` (a list
 * that ends with -1, or NULL) have been set accordingly.
 */
bool pl_host_text(pl_host_reading *f, pl_str path, const int *fields, pl_str *ret);

/* The same in three words, for files that are one of several sources. */
typedef enum pl_host_seen { PL_SEEN_WAIT, PL_SEEN_NONE, PL_SEEN_FAILED, PL_SEEN_OK } pl_host_seen;
static inline pl_host_seen pl_host_state(const pl_snap_entry *e)
{
    if (!e)
        return PL_SEEN_WAIT;
    if (e->rc == PL_OK)
        return PL_SEEN_OK;
    return e->rc == PL_NOTFOUND ? PL_SEEN_NONE : PL_SEEN_FAILED;
}

/*
 * The content of one of several sources. False: as above, and *is_waiting or *reason says so; of a
 * file that is not there neither does.
 */
bool pl_host_text_of(pl_host_reading *f, pl_str path, bool *is_waiting, const char **reason,
                     pl_str *ret);

/* First line, trimmed; for files of /proc and /sys that hold one value. */
bool pl_host_first_line(pl_host_reading *f, pl_str path, int field, pl_str *ret);

void pl_host_facts_os(pl_host_reading *f);
void pl_host_facts_mounts(pl_host_reading *f);
void pl_host_facts_sysctl(pl_host_reading *f);
void pl_host_facts_kernel(pl_host_reading *f);
void pl_host_facts_packages(pl_host_reading *f);
void pl_host_facts_access(pl_host_reading *f);
void pl_host_facts_audit(pl_host_reading *f);
void pl_host_facts_engine_files(pl_host_reading *f);
void pl_host_facts_accounts(pl_host_reading *f);
void pl_host_facts_apt(pl_host_reading *f);
void pl_host_facts_apt_options(pl_host_reading *f);
void pl_host_facts_credentials(pl_host_reading *f);
void pl_host_facts_clock(pl_host_reading *f);
void pl_host_facts_engine_package(pl_host_reading *f);
void pl_host_facts_engine_programs(pl_host_reading *f);
void pl_host_facts_firewall(pl_host_reading *f);
void pl_host_facts_log_files(pl_host_reading *f);
void pl_host_facts_kubernetes(pl_host_reading *f);
void pl_host_facts_listeners(pl_host_reading *f);
void pl_host_facts_orchestrators(pl_host_reading *f);
void pl_host_facts_package_list(pl_host_reading *f);
void pl_host_facts_pam(pl_host_reading *f);
void pl_host_facts_running(pl_host_reading *f);
void pl_host_facts_security(pl_host_reading *f);
void pl_host_facts_sessions(pl_host_reading *f);
void pl_host_facts_socket_units(pl_host_reading *f);
void pl_host_facts_sshd(pl_host_reading *f);
void pl_host_facts_sudoers(pl_host_reading *f);
void pl_host_facts_system_log(pl_host_reading *f);
void pl_host_facts_units(pl_host_reading *f);
void pl_host_facts_volumes(pl_host_reading *f);
