/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker and importer: the words between them.
 *
 * The worker "osv" gets one source file as its input and a form as its argument; it answers with
 * frames of the types below. It believes nothing about its input, the importer nothing about it.
 */
#pragma once

#include "core/jail.h"

/* X(symbol, argument, what it is) */
#define PL_FEED_FORM_LIST(X)                                                                       \
    X(LINES, "lines")           /* OSV records, one a line; plain, gzip or zstd */                 \
    X(ZIP, "zip")               /* OSV records, one a file, as OSV's all.zip */                    \
    X(PACK, "pack")             /* OSV records: {lstr file name, lstr text} repeated */            \
    X(OVAL, "oval")             /* Oracle's OVAL definitions, XML */                               \
    X(UPDATEINFO, "updateinfo") /* Amazon's updateinfo.xml */                                      \
    X(KEV, "kev")               /* known_exploited_vulnerabilities.json */                         \
    X(EPSS, "epss")             /* epss_scores-DATE.csv */

typedef enum pl_feed_form {
#define X(sym, word) PL_FEED_##sym,
    PL_FEED_FORM_LIST(X)
#undef X
} pl_feed_form;

const char *pl_feed_form_word(pl_feed_form f);

enum {
    PL_FRAME_RECORDS = PL_FRAME_USER, /* pl_osv_encode, repeated */
    PL_FRAME_BAD,                     /* lstr: place and complaint, one record */
    PL_FRAME_KEV,                     /* lstr CVE, lstr due date (may be empty); repeated */
    PL_FRAME_EPSS,                    /* lstr CVE, u32 millionths; repeated */
    PL_FRAME_FEED,                    /* lstr version text, u64 date (us): of KEV and EPSS */
};

#define PL_OSV_WORKER "osv" /* the kind under which pl_osv_worker is known to the jail */

/* How the worker sends: frames are filled up before they go. */
typedef struct pl_feed_out {
    int fd;
    uint32_t type; /* of what is collected */
    pl_buf buf;
} pl_feed_out;

pl_rc pl_feed_flush(pl_feed_out *out, pl_err *err) PL_MUST_USE;
/* After something of the type was appended to out->buf. */
pl_rc pl_feed_sent(pl_feed_out *out, uint32_t type, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_bad(pl_feed_out *out, const char *where, const char *why, pl_err *err) PL_MUST_USE;

/* The forms, each over a whole input. */
struct pl_feed_in;
pl_rc pl_feed_lines(struct pl_feed_in *in, pl_feed_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_epss(struct pl_feed_in *in, pl_feed_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_kev(struct pl_feed_in *in, pl_feed_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_pack(int fd, pl_feed_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_oval(int fd, pl_feed_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_updateinfo(int fd, pl_feed_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_feed_zip(int fd, pl_feed_out *out, pl_err *err) PL_MUST_USE;
