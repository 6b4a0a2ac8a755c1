/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine may cost us: every maximum of room engine. */
#pragma once

enum {
    PL_ENGINE_PING_MS = 3000,       /* each candidate of the search */
    PL_ENGINE_CALL_MS = 10000,      /* each call for facts */
    PL_ENGINE_EXPORT_MS = 1200000,  /* one image's bytes; a stalled stream ends sooner */
    PL_ENGINE_HOME_MS = 2000,       /* for a file in a user's hands */
    PL_ENGINE_PROBE_MS = 2000,      /* each probe of a TCP listener */
    PL_ENGINE_START_MS = 10000,     /* the client process, beside its ping: start, name look-up */
    PL_ENGINE_GRACE_MS = 5000,      /* beyond a call's deadline: then the process counts as dead */
    PL_ENGINE_REAP_MS = 2000,       /* for a process that was killed to be gone */
    PL_ENGINE_FLIGHTS = 16,         /* calls under way in the client process */
    PL_ENGINE_MSG_MAX = 32 << 10,   /* bytes of a message to or from it */
    PL_ENGINE_ID_MAX = 256,         /* bytes of an id or an image's name */
    PL_ENGINE_URL_MAX = 512,        /* bytes of a path or URL */
    PL_ENGINE_SAID_MAX = 160,       /* bytes of an engine's own words in an error */
    PL_ENGINE_ERROR_MAX = 64 << 10, /* bytes of the body of an answer that is no success */
    PL_ENGINE_DOC_MAX = 4 << 20,    /* bytes of one inspect document */
    PL_ENGINE_LIST_MAX = 32 << 20,  /* bytes of a list (all containers, all images) */
    PL_ENGINE_BATCH_MAX = 32 << 20, /* bytes of documents for one worker */
    PL_ENGINE_CONTAINERS_MAX = 10000,
    PL_ENGINE_ELEMENTS_MAX = 4096,      /* of one list of a record: env, labels, ports, ... */
    PL_ENGINE_RECORD_BUDGET = 64 << 20, /* arena of one document in the worker */
    PL_ENGINE_PROCESSES_MAX = 4096,     /* looked at for one container */
    PL_ENGINE_HOST_PROCESSES_MAX = 65536,
    PL_ENGINE_PROC_FILE_MAX = 1 << 20,
    PL_ENGINE_LISTENERS_MAX = 256,
    PL_ENGINE_CHANGES_MAX = 256, /* changed files that are named; one is as bad as many */
    PL_DESTINATIONS = 256,       /* services that one container points to */
    PL_DESTINATION_SOURCE = 256, /* bytes of where one is declared */
    PL_ENGINE_CGROUP_DEPTH = 8,
    PL_ENGINE_SECRET_FILES = 256, /* below /run/secrets of one container */
    PL_ENGINE_SECRET_DEPTH = 4,   /* folders there */
    PL_ENGINE_PATH_MAX = 4096,
};
