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
typedef struct pl_recs {
    pl_arena *arena;
    pl_record **v;
    size_t n, room;
    bool lost;
} pl_recs;

typedef struct pl_facts {
    pl_snap *snap;
    const pl_host_hints *hints; /* never NULL */
    pl_arena *a;
    pl_record *host;
    pl_recs engine_files;
    int64_t now_us;
    bool is_live;
} pl_facts;

/* A new element at the end of the list, or NULL (setters let that pass). */
pl_record *pl_recs_new(pl_recs *l, pl_host_element kind);
/* Puts the list into the field; a list that lost something is unreadable "limit:elements". */
void pl_recs_set(const pl_recs *l, pl_record *r, int field);
void pl_strs_set(const pl_strs *l, pl_record *r, int field);

/* Says of a field why the entry gives nothing: absent for PL_NOTFOUND, else unreadable. */
void pl_fact_missing(pl_record *r, int field, const pl_snap_entry *e);
const char *pl_fact_reason(const pl_snap_entry *e);

/*
 * The content of a file. False: not there, not readable or not gathered yet; then `fields` (a list
 * that ends with -1, or NULL) have been set accordingly.
 */
bool pl_fact_text(pl_facts *f, pl_str path, const int *fields, pl_str *ret);

/* The same in three words, for files that are one of several sources. */
typedef enum pl_look { PL_LOOK_WAIT, PL_LOOK_NONE, PL_LOOK_FAILED, PL_LOOK_OK } pl_look;
pl_look pl_fact_look(const pl_snap_entry *e);

/* First line, trimmed; for files of /proc and /sys that hold one value. */
bool pl_fact_line(pl_facts *f, pl_str path, int field, pl_str *ret);

void pl_host_facts_os(pl_facts *f);
void pl_host_facts_mounts(pl_facts *f);
void pl_host_facts_sysctl(pl_facts *f);
void pl_host_facts_kernel(pl_facts *f);
void pl_host_facts_packages(pl_facts *f);
void pl_host_facts_access(pl_facts *f);
void pl_host_facts_audit(pl_facts *f);
void pl_host_facts_engine_files(pl_facts *f);
void pl_host_facts_clock(pl_facts *f);
void pl_host_facts_listeners(pl_facts *f);
void pl_host_facts_security(pl_facts *f);
void pl_host_facts_units(pl_facts *f);
void pl_host_facts_volumes(pl_facts *f);
