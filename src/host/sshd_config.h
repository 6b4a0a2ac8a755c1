/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sshd_config(5): what the server was told, for everybody and for each Match block. The first value
 * of a keyword counts; a Match block lasts to the next one or to the end of its file; Include takes
 * its files in place. A value inside a block goes before the one outside.
 */
#pragma once

#include "host/facts.h"

typedef enum pl_ssh_key {
    PL_SSH_PERMIT_ROOT_LOGIN,
    PL_SSH_PERMIT_EMPTY_PASSWORDS,
    PL_SSH_PASSWORD_AUTHENTICATION,
    PL_SSH_KBDINTERACTIVE_AUTHENTICATION,
    PL_SSH_PUBKEY_AUTHENTICATION,
    PL_SSH_AUTHENTICATION_METHODS,
    PL_SSH_PUBKEY_AUTH_OPTIONS,
    PL_SSH_PUBKEY_ACCEPTED,
    PL_SSH_HOST_KEY_ALGORITHMS,
    PL_SSH_CIPHERS,
    PL_SSH_MACS,
    PL_SSH_KEX,
    PL_SSH_BANNER,
    PL_SSH_CHANNEL_TIMEOUT,
    PL_SSH_LOG_LEVEL,
    PL_SSH_KEYS,
} pl_ssh_key;

typedef struct pl_ssh_block {
    pl_str condition;          /* of the Match line; empty: for everybody */
    pl_str value[PL_SSH_KEYS]; /* p NULL: not set here */
} pl_ssh_block;

typedef struct pl_ssh_config {
    pl_host_seen state; /* PL_SEEN_NONE: no configuration file */
    const char *reason;
    pl_ssh_block *blocks; /* the first is for everybody */
    size_t n;
    pl_host_strs host_keys;
} pl_ssh_config;

pl_ssh_config pl_ssh_config_read(pl_host_reading *f);

/* The value in force in a block: its own, else that for everybody; p NULL: the default. */
pl_str pl_ssh_value(const pl_ssh_config *c, const pl_ssh_block *b, pl_ssh_key key);
