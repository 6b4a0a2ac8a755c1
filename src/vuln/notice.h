/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One advisory of a distribution that does not write OSV, while its document is read: collected
 * piece by piece and sent as an OSV record. For workers. One thread.
 */
#pragma once

#include "core/arena.h"
#include "vuln/feeds.h"
#include "vuln/osv.h"

enum { PL_NOTICE_PACKAGES = 1024, PL_NOTICE_IDS = 512 };

typedef struct pl_notice {
    pl_arena *arena; /* emptied with each advisory */
    pl_osv_record rec;
    pl_severity severity;
    pl_osv_affected affected[PL_NOTICE_PACKAGES];
    pl_osv_interval intervals[PL_NOTICE_PACKAGES];
    pl_str names[PL_NOTICE_IDS];
    const char *bad; /* what makes it unusable, a literal; NULL: nothing */
} pl_notice;

pl_notice *pl_notice_new(void); /* NULL: out of memory */
void pl_notice_free(pl_notice *n);

void pl_notice_begin(pl_notice *n);

/* Slices are copied. A CVE that was named before, or a package with that fix, adds nothing. */
void pl_notice_id(pl_notice *n, pl_str id);
void pl_notice_title(pl_notice *n, pl_str title);
void pl_notice_severity(pl_notice *n, pl_str word);
void pl_notice_cve(pl_notice *n, pl_str id);
void pl_notice_date(pl_notice *n, pl_str date, int64_t *ret_us); /* begins as "2024-01-31" */

/* What a fix is about; module and arch may be empty. The same fix for several machines is one. */
typedef struct pl_notice_of {
    pl_str ecosystem, package, module, arch;
} pl_notice_of;
void pl_notice_fix(pl_notice *n, const pl_notice_of *of, pl_str fixed);

/* Sends it, or the complaint about it. One that names no package is let pass. */
pl_rc pl_notice_send(pl_notice *n, pl_feed_out *out, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_notice_, pl_notice *, pl_notice_free, NULL)
#define PL_AUTO_NOTICE PL_CLEANUP(pl_auto_notice_)
