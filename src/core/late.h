/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library that is loaded at its first use and not when the program starts.
 *
 * Every worker starts the program anew: what is linked would be mapped in front of hostile input
 * and cost each of them its time. A file late_X.c defines the functions of library X that we use,
 * hands on what they get, and has an error of the library's own for when it is not there.
 */
#pragma once

#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pl_late_call {
    const char *name;
    void **at; /* where the function's address goes */
} pl_late_call;

/* All of the functions, or false. For a pthread_once: the library stays loaded. */
bool pl_late_load(const char *so, const pl_late_call *calls, size_t n);

/* Which file the library is, without loading it; nothing when it is not where the build saw it. */
void pl_late_identity(const char *so, pl_buf *out);

#define PL_LATE_HS "libhs.so.5"
#define PL_LATE_YARA "libyara.so.9"

/* vectorscan, SQLite or libssl, now: before a process gives up its files. False: it is not there.
 */
bool pl_late_hs(void);
bool pl_late_sqlite(void);
bool pl_late_ssl(void);
