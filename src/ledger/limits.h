/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of the evidence log, with its reason. Sizes are bytes unless the name says else. */
#pragma once

#include <stdint.h>

enum {
    /* Entry bundles carry 16-bit lengths; the rest is head room for other writers of a log. */
    PL_LEAF_MAX = 61440,
    PL_LEAF_DEPTH = 32,  /* nesting of a record */
    PL_LEAF_KEY_MAX = 64 /* characters of a key */
};

enum {
    PL_ORIGIN_MAX = 255,    /* characters of an origin, which is also the key name */
    PL_NOTE_MAX = 262144,   /* a checkpoint with its signatures; one of ML-DSA is 2.4 KiB */
    PL_NOTE_SIGNATURES = 64 /* signature lines looked at; the standard asks for 16 at least */
};

enum {
    PL_TILE_HASHES = 256,
    PL_TILE_BYTES = PL_TILE_HASHES * 32,
    PL_BUNDLE_MAX = PL_TILE_HASHES * (65535 + 2),
    PL_TILE_LEVELS = 8,     /* 2^64 leaves */
    PL_PROOF_HASHES = 64,   /* of an inclusion proof; a consistency proof has one more */
    PL_PROOF_FILE = 1 << 19 /* a proof file */
};

enum {
    PL_BATCH_RECORDS = 1000,     /* records that one sync covers */
    PL_BATCH_BYTES = 1 << 20,    /* leaf bytes that one sync covers */
    PL_JOURNAL_BYTES = 64 << 20, /* then tiles are made durable and the journal starts afresh */
    PL_JOURNAL_SECONDS = 60,     /* and after this time too */
    PL_PUBLISH_MS = 1000,        /* cadence of checkpoints while records arrive */
    PL_LOCK_WAIT_MS = 5000,      /* for another writer of the log to stop */
    PL_LOCK_RETRY_MS = 20,
    PL_UNSYNCED_FILES = 512,    /* open descriptors of files written but not yet durable */
    PL_STAGED_OPEN = 256,       /* the same of blobs and disclosures of the batch being made */
    PL_SYNC_DIRS = 128,         /* directories open at once to be synced */
    PL_SYNC_THREADS = 8,        /* syncs that wait side by side */
    PL_RESERVE_BYTES = 64 << 20 /* kept free for the last words of a full disk */
};

enum {
    PL_MESSAGE_MAX = 131072,    /* one message between producer and signer */
    PL_MESSAGES_IN_FLIGHT = 32, /* unanswered messages of one producer */
    PL_FDS_IN_FLIGHT = 256,     /* descriptors in them: the kernel counts them against a user */
    PL_PRODUCERS = 16,          /* of one signer */
    PL_RECORD_SUBJECTS = 64,    /* subjects of one record */
    PL_RECORD_BLOBS = 16,       /* blobs of one record */
    PL_RECORD_SEALED = 64       /* disclosures of one record */
};

#define PL_BLOB_MAX ((uint64_t)256 << 20) /* content of one blob before compression */

enum {
    PL_SEALED_MAX = 65536,      /* one disclosure file */
    PL_STATE_NAME_MAX = 255,    /* one name of the state directory's path */
    PL_KEY_FILE_MAX = 4096,     /* a key file */
    PL_DIR_ENTRIES = 4096,      /* names read from one directory of a log; x000..x999 and files */
    PL_VERIFY_PROBLEMS = 10000, /* then the verification stops looking */
    PL_VERIFY_NOTES = 200       /* problems told one by one; more are counted */
};
