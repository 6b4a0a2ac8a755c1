/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry may cost us: every maximum of room registry. */
#pragma once

enum {
    PL_REGISTRY_CALL_MS = 60000,   /* a document, with all tries and pauses */
    PL_REGISTRY_BLOB_MS = 1200000, /* one layer, with all tries; a stalled stream ends sooner */
    PL_REGISTRY_START_MS = 30000,  /* the fetcher's process: start, certificates */
    PL_REGISTRY_GRACE_MS = 45000,  /* beyond a call's deadline (a name look-up can block): then
                                      the process counts as dead */
    PL_REGISTRY_REAP_MS = 2000,    /* for a process that was killed to be gone */
    PL_REGISTRY_TRIES = 5,      /* of one call that brings nothing: 429, 5xx, cut before a byte */
    PL_REGISTRY_CUTS = 64,      /* resumed downloads of one blob */
    PL_REGISTRY_PAUSE_MS = 500, /* before the second try; doubled with each */
    PL_REGISTRY_CUT_MS = 100,   /* before a download is taken up again that brought something */
    PL_REGISTRY_PAUSE_MAX_MS = 30000, /* what a Retry-After may ask for */
    PL_REGISTRY_REDIRECTS = 5,
    PL_REGISTRY_FLIGHTS = 32,       /* calls under way in the fetcher */
    PL_REGISTRY_HOSTS = 16,         /* registries and mirrors of one run */
    PL_REGISTRY_PEERS = 64,         /* hosts that the fetcher talks to: those, their token servers
                                       and where they redirect to */
    PL_REGISTRY_TOKENS = 256,       /* scopes whose token is kept */
    PL_REGISTRY_MSG_MAX = 64 << 10, /* bytes of a message to or from the fetcher */
    PL_REGISTRY_URL_MAX = 8 << 10,  /* bytes of a URL; signed ones of blob stores are long */
    PL_REGISTRY_SECRET_MAX = 16 << 10,   /* bytes of a token or password */
    PL_REGISTRY_HOST_MAX = 255,          /* bytes of HOST:PORT */
    PL_REGISTRY_NAME_MAX = 255,          /* bytes of a repository's name */
    PL_REGISTRY_TAG_MAX = 128,           /* bytes of a tag (OCI distribution specification) */
    PL_REGISTRY_QUERY_MAX = 2 << 10,     /* bytes of the query that leads to the next page */
    PL_REGISTRY_PEM_FILES = 32,          /* in one folder of certificates */
    PL_REGISTRY_SAID_MAX = 160,          /* bytes of a registry's own words in an error */
    PL_REGISTRY_ERROR_MAX = 64 << 10,    /* bytes of the body of an answer that is no success */
    PL_REGISTRY_DOC_MAX = 4 << 20,       /* bytes of a manifest, an index, a page, a config */
    PL_REGISTRY_DOC_BUDGET = 64 << 20,   /* arena of one document in its worker */
    PL_REGISTRY_LAYERS = 10000,          /* of one manifest; engines stop at 127 */
    PL_REGISTRY_PLATFORMS = 256,         /* of one index */
    PL_REGISTRY_PLATFORM_MAX = 64,       /* bytes of "os/architecture/variant" */
    PL_REGISTRY_PAGES = 1000,            /* of one list */
    PL_REGISTRY_PAGE = 200,              /* names that we ask for in a page */
    PL_REGISTRY_NAMES = 10000,           /* repositories of a registry, tags of a repository */
    PL_REGISTRY_IMAGES = 10000,          /* of one scan */
    PL_REGISTRY_AT_ONCE = 16,            /* images that are read at the same time */
    PL_REGISTRY_AUTH_FILE_MAX = 1 << 20, /* bytes of a file with credentials */
    PL_REGISTRY_HOME_MS = 2000,          /* for a file in a user's hands */
    PL_REGISTRY_HELPER_MS = 15000,       /* for a credential helper; it may ask a key store */
    PL_REGISTRY_HELPER_MAX = 64 << 10,   /* bytes that a credential helper may say */
    PL_REGISTRY_HELPER_NAME = 64,        /* bytes of its name behind docker-credential- */
    PL_REGISTRY_KEYS = 64,               /* public keys of image signatures */
    PL_REGISTRY_ATTACHED = 64,           /* layers or referrers of one manifest of signatures */
    PL_REGISTRY_SIGNATURES = 32,         /* signatures of one image that are looked at */
    PL_REGISTRY_SIGNATURE_MAX = 2 << 10, /* bytes of one signature */
    PL_REGISTRY_SIGNATURE_TEXT_MAX = 4 << 10, /* of it in base64 */
    PL_REGISTRY_PAYLOAD_MAX = 256 << 10,      /* bytes of what is signed, or of a bundle */
    PL_LAYOUT_DOCUMENTS =
        4096, /* of an OCI layout in a tar that is looked through for signatures */
    PL_LAYOUT_BYTES = 32 << 20, /* of them together */
    PL_LAYOUT_BUDGET = 40 << 20,
};
#define PL_REGISTRY_LAYER_MAX ((uint64_t)64 << 30) /* bytes of one layer as it is sent */
