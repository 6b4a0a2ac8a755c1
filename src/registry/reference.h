/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References to images in registries: [HOST[:PORT]/]PATH[:TAG][@DIGEST], normalised.
 *
 * The first part is a host when it holds a dot or a colon, is "localhost" or has upper-case
 * letters; else the host is docker.io, and there a name of one part lies below library/. Without
 * tag and digest the tag is "latest". Grammar: distribution/reference, and the OCI distribution
 * specification 1.1 for names and tags.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "registry/limits.h"

typedef struct pl_reference {
    char host[PL_REGISTRY_HOST_MAX + 1];       /* "docker.io", "registry.example:5000" */
    char repository[PL_REGISTRY_NAME_MAX + 1]; /* "library/nginx"; empty: a whole registry */
    char tag[PL_REGISTRY_TAG_MAX + 1];         /* empty: by digest alone, or none wanted */
    char digest[80];                           /* "sha256:..."; empty: none */
} pl_reference;

/* PL_USAGE names what is wrong. */
pl_rc pl_reference_parse(pl_str s, pl_reference *ret, pl_err *err) PL_MUST_USE;

/* "HOST[:PORT]" alone. */
pl_rc pl_reference_host(pl_str s, pl_reference *ret, pl_err *err) PL_MUST_USE;

/* "HOST/REPOSITORY:TAG@DIGEST", as it is shown. */
enum { PL_REFERENCE_TEXT = 768 };
void pl_reference_text(const pl_reference *r, char ret[PL_REFERENCE_TEXT]);

/* Where the API of a host is, without scheme: docker.io is asked at registry-1.docker.io. */
const char *pl_reference_api_host(const char *host);

/* 127.0.0.0/8, ::1, localhost, with or without a port. */
bool pl_reference_is_loopback(pl_str host);

/* Docker's own registry by each of its names is docker.io; any other host is itself. */
pl_str pl_registry_known_host(pl_str host);

bool pl_registry_is_host(pl_str s);       /* HOST[:PORT], [IPV6][:PORT] */
bool pl_registry_is_repository(pl_str s); /* without a host */
bool pl_registry_is_tag(pl_str s);
bool pl_registry_is_digest(pl_str s); /* "sha256:" and 64 lower-case digits */
