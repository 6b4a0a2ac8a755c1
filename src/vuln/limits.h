/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of the room in one place. All sizes in bytes. */
#pragma once

enum {
    PL_VULN_RECORD_MAX = 16 << 20, /* one OSV record as JSON text */
    PL_VULN_ID_MAX = 128,          /* id, alias, upstream id */
    PL_VULN_NAME_MAX = 256,        /* package name, ecosystem */
    PL_VULN_VERSION_MAX = 256,
    PL_VULN_SUMMARY_MAX = 200, /* longer summaries are cut at a character */
    PL_VULN_IDS_MAX = 1024,    /* aliases, or upstream ids, of one record */
    PL_VULN_AFFECTED_MAX = 4096,
    PL_VULN_RANGES_MAX = 1024,    /* of one affected package */
    PL_VULN_EVENTS_MAX = 4096,    /* of one range */
    PL_VULN_VERSIONS_MAX = 65536, /* listed one by one, of one affected package */
    PL_VULN_FRAME_MAX = 4 << 20,  /* one frame of a worker */
    PL_VULN_FRAME_FILL = 60 << 10,
    PL_VULN_BAD_NAMED = 20,      /* malformed records that are named; the rest is counted */
    PL_VULN_FILES_MAX = 2 << 20, /* files of one source folder */
    PL_VULN_FOLDER_DEPTH = 8,
    PL_VULN_PACK_MAX = 64 << 20, /* loose .json files handed to one worker at once */
    PL_VULN_ENTRIES_MAX = 64 << 20,
    PL_VULN_HITS_MAX = 4 << 20, /* of one match call */
    PL_VEX_DOCUMENT_MAX = 32 << 20,
    PL_VEX_STATEMENTS_MAX = 65536, /* of one document */
    PL_VEX_DEPTH_MAX = 32,         /* branches, components within components */
    PL_VEX_PURL_MAX = 512,
    PL_VEX_REASON_MAX = 200, /* longer reasons are cut at a character */
};

/* Of one source file as stored, and of what it unpacks to. */
#define PL_VULN_FILE_MAX ((size_t)4 << 30)
#define PL_VULN_UNPACKED_MAX ((size_t)64 << 30)
/* What the importing process may hold. */
#define PL_VULN_BUILD_MAX ((size_t)6 << 30)
/* Of a database file: its offsets are 32 bits. */
#define PL_VULN_DB_MAX ((size_t)4 << 30)
