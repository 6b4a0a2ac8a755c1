/* SPDX-License-Identifier: Apache-2.0 */
/* How much room host believes of any machine. What goes past a limit is unknown, never cut
 * silently. */
#pragma once

#include <stddef.h>

#define PL_HOST_FILE_MAX ((size_t)1 << 20)        /* bytes of one host file */
#define PL_HOST_PACKAGE_DB_MAX ((size_t)64 << 20) /* bytes of a package manager's database */
#define PL_HOST_SNAP_MAX ((size_t)96 << 20)       /* bytes of everything gathered */
#define PL_HOST_ANSWER_MAX ((size_t)16 << 20)     /* bytes of the records made from it */
#define PL_HOST_PROGRAM_BYTES ((size_t)2 << 30)   /* of running programs, for their digests */
#define PL_HOST_ARENA ((size_t)64 << 20)          /* bytes for one reading of the snapshot */

#define PL_HOST_FW_DUMP ((size_t)16 << 20) /* bytes of the packet filter's rules */

enum {
    PL_HOST_PATH = 1024,         /* bytes of a path, with its NUL */
    PL_HOST_SNAP_ENTRIES = 8192, /* paths looked at */
    PL_HOST_ROUNDS = 8,          /* times that the reader may ask for more paths */
    PL_HOST_DIR_NAMES = 16384,   /* names in one directory; a nix store has thousands */
    PL_HOST_PIDS = 8192,         /* processes swept for sockets */
    PL_HOST_SOCKET_FDS = 65536,  /* sockets held by them */
    PL_HOST_MOUNTS = 4096,
    PL_HOST_INTERFACES = 512,
    PL_HOST_ACCOUNTS = 4096,
    PL_HOST_LISTENERS = 4096,
    PL_HOST_AUDIT_RULES = 4096,
    PL_HOST_FW_RULES = 16384,
    PL_HOST_FW_CHAINS = 2048,
    PL_HOST_FW_SETS = 256,
    PL_HOST_FW_DEPTH = 16, /* chains jumped into */
    PL_HOST_BLOCK_STEPS = 256,
    PL_HOST_BLOCK_DEPTH = 8, /* devices below a file system */
    PL_HOST_INCLUDES = 64,   /* files of one configuration */
    PL_HOST_LINE = 64 << 10, /* bytes of one configuration line */
    PL_HOST_HOME_FILE = 64 << 10,
    PL_HOST_HOME_MS = 2000,        /* for one file below a user's home */
    PL_HOST_PROGRAMS_MS = 10000,   /* for the digests of what runs */
    PL_HOST_LIST = 4096,           /* items of any other list */
    PL_HOST_KUBE_AUTHORITIES = 64, /* certificates of one file of authorities that are compared */
};
