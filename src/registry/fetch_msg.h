/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command and its fetcher process say to each other, over a pair of packet.h. Either side
 * reads the other's messages with this strict decoder and believes no length in them.
 *
 * Layout, little-endian: u32 kind, u32 tag, then by kind as the comments say; text is an lstr, a
 * u32 length and its bytes. The answer to an ASK carries its tag; tag 0 is the process itself.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/proxy.h"

typedef enum pl_fetch_kind {
    PL_FETCH_HOST = 1, /* one registry: name, certs folder, ca file, user, password, identity,
                          bearer, u8 may be plain */
    PL_FETCH_START,  /* no more hosts; proxies for https, for http, who is asked straight: answered
                        by READY or FAILED */
    PL_FETCH_ASK,    /* u32 what, u32 host, repository, name, u64 size; with one descriptor */
    PL_FETCH_READY,  /* u32 what was given up (PL_FETCH_GAVE_...) */
    PL_FETCH_DONE,   /* u64 bytes written, u8 over plain HTTP, media type, digest, next */
    PL_FETCH_FAILED, /* u32 rc, u32 errno, text; tag 0: the process ends */
} pl_fetch_kind;

/* What can be asked for; docs/rooms/registry.md has the paths. */
typedef enum pl_fetch_what {
    PL_FETCH_MANIFEST = 1, /* name: tag or digest */
    PL_FETCH_BLOB,         /* name: digest; size: how long it must be, 0: not known */
    PL_FETCH_TAGS,         /* name: query of the next page, empty for the first */
    PL_FETCH_CATALOG,      /* as for tags; no repository */
    PL_FETCH_REFERRERS,    /* name: digest of a manifest */
} pl_fetch_what;

/* One message; only the fields of its kind are set. Texts point into the bytes it was read from. */
typedef struct pl_fetch_msg {
    pl_fetch_kind kind;
    uint32_t tag;

    pl_str host, certs, ca; /* empty: none */
    pl_str user, password;
    pl_str identity; /* an identity token (OAuth2 refresh token) */
    pl_str bearer;   /* a registry token, sent as it is */
    bool may_be_plain;

    pl_proxies proxies; /* of START; they may hold a password */

    uint32_t what, host_index;
    pl_str repository, name;
    uint64_t size;

    uint32_t given;

    uint64_t length;
    bool was_plain;
    pl_str type, digest; /* of the answer's headers; unchecked */
    pl_str next;         /* query of the next page; empty: this was the last */

    pl_rc rc; /* one that the process may report, never PL_OK */
    int sys;
    pl_str text; /* at most PL_ERR_TEXT bytes, of any kind */
} pl_fetch_msg;

void pl_fetch_msg_write(const pl_fetch_msg *m, pl_buf *out);

/* PL_FORMAT: not such a message, or one with another number of descriptors than its kind has. */
pl_rc pl_fetch_msg_parse(pl_str bytes, size_t n_fds, pl_fetch_msg *ret, pl_err *err) PL_MUST_USE;

/*
 * The path and query of a question, "/v2/library/nginx/manifests/latest". PL_DENIED: a repository,
 * tag, digest or query that is malformed: the fetcher sends nothing else.
 */
pl_rc pl_fetch_path(const pl_fetch_msg *m, pl_buf *out, pl_err *err) PL_MUST_USE;

/* Whether it can stand behind a "?": no fragment, no blank, no control character. */
bool pl_fetch_is_query(pl_str s);
