/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials for a registry, from where the tools of others keep them: Docker's config.json
 * (auths, credHelpers, credsStore, identitytoken, registrytoken) and Podman's auth.json.
 *
 * Looked at in order, the first that knows the registry decides: a file that was given, and then
 * no other; else REGISTRY_AUTH_FILE; else $XDG_RUNTIME_DIR/containers/auth.json, then
 * $XDG_CONFIG_HOME (~/.config)/containers/auth.json, then $DOCKER_CONFIG (~/.docker)/config.json.
 * Under sudo the caller is whoever called sudo: his home, read with his rights. The files are
 * parsed in the jail.
 *
 * A credential helper is run as that caller, with PATH and HOME and nothing else, for at most
 * PL_REGISTRY_HELPER_MS, and says at most PL_REGISTRY_HELPER_MAX bytes, which are parsed in the
 * jail. It is never run as root: PL_DENIED. One thread at a time.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

#include <sys/types.h>

/* Empty: none. In the arena of the caller, who wipes it. */
typedef struct pl_credentials {
    pl_str user, password;
    pl_str identity; /* an OAuth2 refresh token */
    pl_str bearer;   /* a registry token, sent as it is */
} pl_credentials;

/* Who asks, and with which environment. */
typedef struct pl_auth_caller {
    uid_t uid;
    gid_t gid;
    const char *home, *path; /* NULL: none */
    const char *auth_file;   /* --auth-file; NULL: the usual places */
    const char *registry_auth_file, *runtime_dir, *config_home, *docker_config;
} pl_auth_caller;

/* From the environment; under sudo from the passwd file. text lives in the arena. */
pl_rc pl_auth_caller_of(const char *auth_file, pl_arena *a, pl_auth_caller *ret,
                        pl_err *err) PL_MUST_USE;

/* Nothing found is PL_OK and no credentials. repository: for entries of Podman's that are for a
 * part of a registry; NULL: the whole of it. */
pl_rc pl_auth_find(const pl_auth_caller *who, const char *host, const char *repository, pl_arena *a,
                   pl_credentials *ret, pl_err *err) PL_MUST_USE;
