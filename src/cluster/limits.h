/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster may cost us: every maximum of room cluster. */
#pragma once

enum {
    PL_CLUSTER_CALL_MS = 30000,  /* one page of a list */
    PL_CLUSTER_START_MS = 15000, /* the client's process: start, certificates, look-up */
    PL_CLUSTER_GRACE_MS = 5000,  /* beyond a call's deadline: then the process counts as dead */
    PL_CLUSTER_REAP_MS = 2000,   /* for a process that was killed to be gone */
    PL_CLUSTER_AT_ONCE =
        24, /* calls of one question to the process: every list is watched at once */
    PL_CLUSTER_PAGES_AT_ONCE = 6,      /* of them for pages, which are larger */
    PL_CLUSTER_PAGE = 250,             /* objects that we ask for in a page */
    PL_CLUSTER_PAGE_BYTES = 16 << 20,  /* of one page */
    PL_CLUSTER_BATCH_BYTES = 32 << 20, /* pages for one worker */
    PL_CLUSTER_PAGE_NODES = 600000,    /* values of one page */
    PL_CLUSTER_PAGES = 400,            /* of one list */
    PL_CLUSTER_RESTARTS = 3,           /* of one list whose next page had expired (410) */
    PL_CLUSTER_TRIES = 4,              /* of one page: 429, 5xx */
    PL_CLUSTER_PAUSE_MS = 500,         /* before the second try; doubled with each */
    PL_CLUSTER_PAUSE_MAX_MS = 10000,   /* what a Retry-After may ask for */
    PL_CLUSTER_WAIT_MS = 30000,        /* all pauses of one cluster together */
    PL_CLUSTER_ALL_MS = 600000,        /* all lists of one cluster together */
    PL_CLUSTER_WATCH_S = 2,            /* what a watch asks the server to last at most */
    PL_CLUSTER_WATCH_MS = 5000,        /* and what it may last by our clock, with its connection */
    PL_CLUSTER_QUIET_MS = 200,         /* without a byte of a watch: nothing more has changed */
    PL_CLUSTER_WATCH_BYTES = 4 << 20,  /* of one watch; more: the list is read again */
    PL_CLUSTER_EVENTS = 2000,          /* of one watch; more: the list is read again */
    PL_CLUSTER_FOLLOWS = 2,            /* watches of one list: the second behind reading it again */
    PL_CLUSTER_VERSION_MAX = 128,      /* bytes of a list's resourceVersion */
    PL_CLUSTER_TOKEN_MAX = 8 << 10,    /* bytes of a "continue" token */
    PL_CLUSTER_MSG_MAX = 96 << 10,     /* bytes of a message to or from the process */
    PL_CLUSTER_SAID_MAX = 160,         /* bytes of a server's own words in an error */
    PL_CLUSTER_ERROR_MAX = 64 << 10,   /* bytes of the body of an answer that is no success */
    PL_CLUSTER_URL_MAX = 512,          /* bytes of the server's URL */
    PL_CLUSTER_NAME_MAX = 253,         /* bytes of a context's name in a message */
    PL_CLUSTER_SECRET_MAX = 1 << 20,   /* bytes of credentials and certificates together */
    PL_CLUSTER_CONFIG_MAX = 1 << 20,   /* bytes of a kubeconfig */
    PL_CLUSTER_CONFIG_FILES = 16,      /* that KUBECONFIG names */
    PL_CLUSTER_HOME_MS = 2000,         /* for a file in a user's hands */
    PL_CLUSTER_PLUGIN_MS = 30000,      /* for an exec plugin; it may ask its provider */
    PL_CLUSTER_PLUGIN_MAX = 64 << 10,  /* bytes that an exec plugin may say */
    PL_CLUSTER_ARENA = 128 << 20,      /* of one page in the worker */
    PL_CLUSTER_OBJECT_ARENA = 16 << 20, /* of the records of one object in the worker */
    PL_CLUSTER_ITEMS = 20000,           /* records of one list that are kept */
    PL_CLUSTER_CONTAINERS = 10000,      /* of one cluster that are judged */
    PL_CLUSTER_RULES = 2000,            /* of one role */
};
