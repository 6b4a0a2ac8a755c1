/* SPDX-License-Identifier: Apache-2.0 */
/* The maximum of everything in core that outside input can make grow. */
#pragma once

enum {
    PL_JAIL_ARGS_MAX = 64 << 10,   /* bytes of pl_jail_job.args */
    PL_JAIL_SAID_MAX = 4 << 10,    /* bytes that a worker may write to stderr */
    PL_JAIL_READ_CHUNK = 64 << 10, /* bytes read from a worker at a time */

    PL_HOSTFILE_TRIES = 16,           /* lookups while somebody renames folders */
    PL_HOSTFILE_SHOWN = 200,          /* columns of a path in a message */
    PL_HOSTFILE_XATTR_MAX = 64 << 10, /* bytes, the kernel's own limit */

    PL_LOG_VALUE_MAX = 1 << 10, /* bytes of one text in a log line */
    PL_LOG_LINE_MAX = 64 << 10, /* bytes; a longer line is dropped */

    PL_PACKET_FDS = 64, /* descriptors that one message carries */

    PL_PEM_FILE_MAX = 1 << 20, /* bytes of one certificate file */

    PL_JSON_DEPTH_MAX = 64, /* brackets open at once; OSV needs 9, old lock files of npm nest */

    PL_XML_DEPTH_MAX = 64,
    PL_XML_TEXT_MAX = 4096, /* bytes of one element; longer text is cut */

    PL_CONF_FILE_MAX = 1 << 20, /* bytes of one configuration file */
    PL_CONF_FILES = 256,
    PL_CONF_KEYS = 200, /* keys among which a mistyped one is looked for */
    PL_CONF_NAME = 64   /* bytes of a key that are looked at */
};
