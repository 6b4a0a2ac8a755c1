/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidence log, seen from a producer: start the signer, append records, publish, close.
 *
 * pl_ledger_open starts the signer of a state directory as its own process and makes the log at
 * first use (marked "recovery: none"; `plimsoll ledger init` makes one with a recovery key). A
 * program that calls it must call pl_signer_main() first thing in main (ledger/signer.h), since
 * the signer is this same program, executed again.
 *
 *     pl_ledger_options o = {.state_dir = dir, .prog = "plimsoll/0.1.0"};
 *     PL_AUTO_LEDGER pl_ledger *log = NULL;
 *     pl_rc rc = pl_ledger_open(&o, &log, err);
 *     ...
 *     pl_ledger_rec rec = {.type = "docker.inspect", .subj = &subject, .n_subj = 1,
 *                          .body = body, .blobs = &blob, .n_blobs = 1};
 *     rc = pl_ledger_append(log, &rec, PL_LEDGER_STORED, &index, err);
 *     ...
 *     rc = pl_ledger_close(PL_TAKE(log, NULL), &head, err);
 *
 * The signer fills from, t, mono, boot, id and seq, and checks that the role may write the type.
 * What a leaf holds is never secret: the caller has redacted it (spec section 10.1). Values that
 * may have to go one day go into `sealed` or into a blob.
 *
 * Limits: ledger/limits.h. One thread at a time per pl_ledger.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <jansson.h>

typedef struct pl_ledger pl_ledger;

/* What the caller wants to have reached before an append returns. */
typedef enum pl_ledger_level {
    PL_LEDGER_STORED,    /* durable in the journal */
    PL_LEDGER_PUBLISHED, /* covered by a signed checkpoint */
} pl_ledger_level;

typedef struct pl_ledger_options {
    const char *state_dir;
    const char *role;     /* row of the role table (ledger/roles.h); NULL: "cli" */
    const char *prog;     /* "plimsoll/0.1.0"; goes into from.prog */
    const char *origin;   /* used when the log is made; NULL: plimsoll.invalid/<16 hex> */
    const char *recovery; /* vkey of the offline recovery key, when the log is made; NULL: none */
    pl_str engine_id;     /* of /info, part of the default origin; may be empty */
    unsigned wait_ms;     /* for another writer to stop; 0: PL_LOCK_WAIT_MS of ledger/limits.h */
    bool must_create;     /* `ledger init`: an existing log is PL_USAGE */
    bool must_exist;      /* no log yet is PL_NOTFOUND */
} pl_ledger_options;

/*
 * A subject of the record: kind "container", "image", ... and its key, "id" for every kind but
 * images, whose key is a digest ("d").
 */
typedef struct pl_ledger_subject {
    pl_str kind;
    pl_str key;
} pl_ledger_subject;

/* A large or foreign document: stored encrypted under its own key; the leaf names its digest. */
typedef struct pl_ledger_blob {
    const char *role;  /* "inspect", "verdicts", ...: [a-z_][a-z0-9_.]* */
    const char *media; /* "application/json" */
    pl_str bytes;
} pl_ledger_blob;

/* One value that must stay provable but may have to go (RFC 9901 disclosure). */
typedef struct pl_ledger_sealed {
    const char *name;
    json_t *value; /* borrowed; any value of the profile */
} pl_ledger_sealed;

typedef struct pl_ledger_rec {
    const char *type; /* "scan.result": a type of the role */
    const pl_ledger_subject *subj;
    size_t n_subj;
    json_t *body;     /* borrowed; an object of the profile of ledger/canon.h */
    pl_str body_text; /* used instead when body is NULL: canonical text already */
    const pl_ledger_blob *blobs;
    size_t n_blobs;
    const pl_ledger_sealed *sealed;
    size_t n_sealed;
    const char *ret; /* retention class; NULL: "pci" */
} pl_ledger_rec;

enum { PL_LEDGER_ROOT = 32 };
#define PL_LEDGER_NONE UINT64_MAX /* no index: the record was not stored */

typedef struct pl_ledger_head {
    uint64_t size;
    unsigned char root[PL_LEDGER_ROOT];
} pl_ledger_head;

/* What was found at open; borrowed, lives as long as the pl_ledger. */
typedef struct pl_ledger_info {
    const char *log_dir;   /* <state>/ledger */
    const char *key_file;  /* <state>/keys/log.key */
    const char *origin;    /* also the key name */
    const char *vkey;      /* what an auditor needs to verify */
    const char *sandbox;   /* of the signer: "full" or "reduced: why" */
    const char *recovered; /* what recovery reported, "" when the last stop was clean */
    const char *recovery;  /* "none" or the recovery vkey */
    bool created;          /* by this open */
    uint64_t size;         /* entries at open */
} pl_ledger_info;

/* What o->origin NULL stands for in this state directory, which is made when it is not there. */
pl_rc pl_ledger_default_origin(const char *state_dir, pl_str engine_id, pl_buf *ret,
                               pl_err *err) PL_MUST_USE;

/*
 * PL_DENIED: another writer holds the lock, or the directory belongs to somebody else.
 * PL_TAMPERED: the log on disk is damaged; everything was kept, nothing can be appended.
 * PL_SYS with err->sys ENOSPC: no room for the log's reserve.
 */
pl_rc pl_ledger_open(const pl_ledger_options *o, pl_ledger **ret, pl_err *err) PL_MUST_USE;

const pl_ledger_info *pl_ledger_about(const pl_ledger *l);

/* ret_index may be NULL. A refused record (PL_USAGE, PL_LIMIT, PL_DENIED) leaves the log usable. */
pl_rc pl_ledger_append(pl_ledger *l, const pl_ledger_rec *rec, pl_ledger_level level,
                       uint64_t *ret_index, pl_err *err) PL_MUST_USE;

/*
 * Many records in few messages and few syncs. ret_index, when not NULL, has room for n. Records
 * that were stored when another failed stay stored: ret_done says how many, and the index of one
 * that was not is PL_LEDGER_NONE.
 */
pl_rc pl_ledger_append_many(pl_ledger *l, const pl_ledger_rec *recs, size_t n,
                            pl_ledger_level level, uint64_t *ret_index, size_t *ret_done,
                            pl_err *err) PL_MUST_USE;

/*
 * Reports lost records (a ledger.gap leaf): why is a reason code ("lost", "timeout").
 */
pl_rc pl_ledger_gap(pl_ledger *l, const char *why, uint64_t lost, uint64_t *ret_index,
                    pl_err *err) PL_MUST_USE;

/* Signs a checkpoint over all that is stored and makes its files durable. */
pl_rc pl_ledger_publish(pl_ledger *l, pl_ledger_head *ret, pl_err *err) PL_MUST_USE;

/* The same for a caller who closes the log before he shows the head to anybody: a checkpoint that
 * is durable in the journal, whose files become so at the close. */
pl_rc pl_ledger_sign(pl_ledger *l, pl_ledger_head *ret, pl_err *err) PL_MUST_USE;

/* Publishes, stops the signer and frees l, also on failure. ret may be NULL. */
pl_rc pl_ledger_close(pl_ledger *l, pl_ledger_head *ret, pl_err *err);

/* A last record and the close in one batch. An error of the record is told before one of the close.
 * ret_index and ret may be NULL. */
pl_rc pl_ledger_append_close(pl_ledger *l, const pl_ledger_rec *rec, uint64_t *ret_index,
                             pl_ledger_head *ret, pl_err *err);

/* As close without asking how it went. Accepts NULL. */
void pl_ledger_free(pl_ledger *l);

PL_DEFINE_CLEANUP(pl_auto_ledger_, pl_ledger *, pl_ledger_free, NULL)
#define PL_AUTO_LEDGER PL_CLEANUP(pl_auto_ledger_)
