/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON documents of registries and of credential files, read by the project's strict reader
 * (core/json_rd.h) inside the jail (worker.h). What comes out is checked again by who receives it.
 *
 * Formats: OCI image specification 1.1 (index, manifest, config), Docker image manifest version 2
 * schema 2, OCI distribution specification 1.1 (lists); config.json of the Docker CLI, auth.json of
 * containers-auth.json(5); answers of docker-credential-helpers.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

#include <stdint.h>

/* Slices live in the arena or in the document. */
typedef struct pl_descriptor {
    pl_str type, digest;
    uint64_t size;
} pl_descriptor;

typedef struct pl_manifest {
    bool is_index;
    pl_descriptor chosen; /* of an index: for the platform; no digest: none fits */
    pl_str platforms;     /* of an index: all of them, with blanks */
    pl_descriptor config;
    pl_descriptor *layers; /* lowest first */
    size_t n_layers;
} pl_manifest;

/* platform: "linux/arm64", "linux/arm/v7". PL_FORMAT, PL_LIMIT; PL_UNSUPPORTED: schema 1. */
pl_rc pl_manifest_read(pl_str json, pl_str platform, pl_arena *a, pl_manifest *ret,
                       pl_err *err) PL_MUST_USE;

/* Whether "linux/arm/v7" is what "linux/arm" asks for. */
bool pl_platform_fits(pl_str platform, pl_str wanted);

typedef struct pl_image_config_head {
    pl_str platform;
    pl_str *diff_ids;
    size_t n_diff_ids;
} pl_image_config_head;

pl_rc pl_config_read(pl_str json, pl_arena *a, pl_image_config_head *ret, pl_err *err) PL_MUST_USE;

typedef struct pl_names {
    pl_str *items;
    size_t n;
} pl_names;

/* "repositories" of a catalog, "tags" of a repository; null is an empty list. */
pl_rc pl_names_read(pl_str json, const char *key, pl_arena *a, pl_names *ret,
                    pl_err *err) PL_MUST_USE;

/* What a credential file knows of a registry. */
typedef struct pl_auth_entry {
    bool is_found;
    pl_str user, password, identity, bearer;
    pl_str helper; /* of this registry, or for all: asked before the rest */
    pl_str server; /* what the helper is asked for */
} pl_auth_entry;

/* repository: empty for the whole registry. */
pl_rc pl_auths_read(pl_str json, pl_str host, pl_str repository, pl_arena *a, pl_auth_entry *ret,
                    pl_err *err) PL_MUST_USE;

/* What a credential helper says to "get". */
pl_rc pl_helper_answer_read(pl_str json, pl_arena *a, pl_auth_entry *ret, pl_err *err) PL_MUST_USE;
