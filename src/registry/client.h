/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fetcher: the only part that talks to registries, and it only reads.
 *
 * It is a process of its own (fetch_role.c): it alone has the network, the credentials and the
 * certificates' keys. What is here is the caller's side, which speaks a narrow protocol with it
 * (fetch_msg.h): a question names a registry by number, a repository, a tag or a digest, never a
 * URL. Bodies are raw and go into the caller's descriptor; nobody here compares them with a digest
 * (image.c and the image worker do) and whoever parses them does so in the jail.
 *
 * A process that dies or hangs makes every call fail with an error that names the registry. Any
 * thread; several calls may be under way.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "registry/auth.h"
#include "registry/fetch_msg.h"
#include "registry/limits.h"

/* One registry or mirror, and how it may be talked to. All text is borrowed until the start. */
typedef struct pl_registry_access {
    const char *host;      /* "docker.io", "registry.example:5000" */
    const char *ca;        /* PEM file of authorities beside the system's; NULL: none */
    const char *certs_dir; /* folder with HOST[:PORT]/ below; NULL: none */
    bool may_be_plain;     /* plain HTTP, when it speaks no TLS */
    pl_credentials credentials;
} pl_registry_access;

typedef struct pl_registry pl_registry;

/*
 * Among the first things in main(): when argv says "fetcher", becomes that process and never
 * returns. pl_registry_start asserts that it was called.
 */
void pl_registry_fetcher_main(int argc, char **argv);

/* Starts the process. Nothing is asked of a registry yet. Errors of certificate files come here. */
pl_rc pl_registry_start(const pl_registry_access *hosts, size_t n, pl_registry **ret,
                        pl_err *err) PL_MUST_USE;
void pl_registry_close(pl_registry *c); /* accepts NULL; ends the process; no call is under way */

/* "full", or "reduced: no landlock" and the like: what the process could not give up. */
const char *pl_registry_sandbox(const pl_registry *c);

/* Whether that registry was talked to without TLS. */
bool pl_registry_was_plain(const pl_registry *c, uint32_t host);

typedef struct pl_registry_question {
    pl_fetch_what what;
    uint32_t host; /* number in the list that it was started with */
    pl_str repository;
    pl_str name;   /* tag, digest, or query of the next page (fetch_msg.h) */
    uint64_t size; /* of a blob: how long it must be; 0: not known */
} pl_registry_question;

/* The headers are as the registry sent them. */
typedef struct pl_registry_answer {
    uint64_t length;
    char type[128];
    char next[PL_REGISTRY_QUERY_MAX + 1]; /* query of the next page; empty: this was the last */
} pl_registry_answer;

/* A document of at most PL_REGISTRY_DOC_MAX bytes; waits until it is there. */
pl_rc pl_registry_get(pl_registry *c, const pl_registry_question *q, pl_buf *body,
                      pl_registry_answer *ret, pl_err *err) PL_MUST_USE;

/*
 * The body into fd (a pipe, a socket or a file), without a detour through this process; waits until
 * it is whole. fd stays the caller's. After an error fd holds a part of it.
 */
pl_rc pl_registry_stream(pl_registry *c, const pl_registry_question *q, int fd,
                         pl_registry_answer *ret, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_registry_, pl_registry *, pl_registry_close, NULL)
#define PL_AUTO_REGISTRY PL_CLEANUP(pl_auto_registry_)
