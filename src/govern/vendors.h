/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vendors and the agreements with them (docs/formats/vendors.md): which services of whom a business
 * associate agreement or a responsibility matrix covers, until when, and by which names and
 * addresses they are known. The file is the user's own; it is read as configuration is. Everything
 * lives in the arena. One thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

typedef struct pl_agreement {
    pl_str vendor, id, kind; /* kind: "baa", "responsibility-matrix", "contract" */
    int64_t starts_us;       /* 0: it always held */
    int64_t ends_us;         /* holds before that moment; 0: without end */
    pl_str ends;             /* its last day as written; or empty */
} pl_agreement;

typedef struct pl_vendors pl_vendors;

/* PL_NOTFOUND: no such file. PL_FORMAT: it is wrong, with its line. */
pl_rc pl_vendors_read(const char *path, pl_arena *a, const pl_vendors **ret,
                      pl_err *err) PL_MUST_USE;
pl_rc pl_vendors_parse(pl_str name, pl_str text, pl_arena *a, const pl_vendors **ret,
                       pl_err *err) PL_MUST_USE;

const pl_agreement *pl_vendors_agreements(const pl_vendors *v, size_t *ret_n);

/* Adds the domains and registries of all services, one a line: for pl_host_search_new. */
void pl_vendors_domains(const pl_vendors *v, pl_buf *out);

typedef struct pl_vendor_answer {
    const char
        *agreement; /* "covered", "own", "ended", "not-begun", "not-covered", "region", "none" */
    pl_str vendor, service; /* empty: none */
} pl_vendor_answer;

/* Of a host: the service with the longest name that fits, of equal ones the one that is not
 * covered. */
pl_vendor_answer pl_vendors_ask(const pl_vendors *v, pl_str host, int64_t now_us);
