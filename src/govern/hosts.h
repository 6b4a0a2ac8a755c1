/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of hosts of vendors in the text of a configuration file. A name counts that ends in one of
 * the domains that were asked for; all else of the text, which may hold secrets, is left where it
 * is. Lines that are comments and addresses of mail are passed over. Any bytes; one thread.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "govern/limits.h"

typedef struct pl_found_host {
    char name[PL_HOST_NAME +
              1]; /* in small letters; "*.a.example": its beginning is filled in later */
    size_t n;
    size_t line; /* of the first, from 1 */
} pl_found_host;

typedef struct pl_found_hosts {
    pl_found_host v[PL_HOSTS_OF_FILE]; /* different ones, in their order */
    size_t n;
    bool is_table; /* there are more: a list of a vendor's places, from which a program picks */
} pl_found_hosts;

/* How much of the host is named: bytes; 0: it does not fit. A "*.a.example" is every name below
 * a.example, not itself. */
size_t pl_domain_fits(pl_str domain, pl_str host);

typedef struct pl_host_search pl_host_search;

/* domains: one a line; borrowed. */
pl_rc pl_host_search_new(pl_str domains, pl_host_search **ret, pl_err *err) PL_MUST_USE;
void pl_host_search_free(pl_host_search *s); /* accepts NULL */
void pl_hosts_find(const pl_host_search *s, pl_str text, pl_found_hosts *ret);
