/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database file (docs/formats/advisories.md): a header, then sections of equal items.
 *
 * Every number is little-endian and 32 bits wide unless said otherwise. A string is its number in
 * the string table, which is sorted by bytes, so numbers compare as the strings do; number 0 is
 * the empty string. Private to the room: db_write.c makes such files, db.c opens them.
 */
#pragma once

#include "core/hash.h"
#include "core/str.h"

#define PL_DB_MAGIC "PLIMADV\n"
#define PL_DB_NAME "advisories.db"
#define PL_DB_TMP_NAME ".advisories.db.new"

enum { PL_DB_FORMAT = 4, PL_DB_HEADER = 256, PL_DB_ALIGN = 8 };

/* X(symbol, 32-bit words of one item); bytes of the string texts are items of 0 words. */
#define PL_DB_SECTION_LIST(X)                                                                      \
    X(STRING, 1)    /* end of the string in TEXT; it begins where the one before ends */           \
    X(TEXT, 0)      /* bytes */                                                                    \
    X(ECOSYSTEM, 3) /* name, first package, count; sorted by name */                               \
    X(PACKAGE, 3)   /* name, first entry, count; sorted by name within its ecosystem */            \
    X(ENTRY, 11)    /* below */                                                                    \
    X(INTERVAL, 3)  /* pl_osv_end, lo, hi */                                                       \
    X(VERSION, 1)   /* string */                                                                   \
    X(VULN, 8)      /* below */                                                                    \
    X(ALIAS, 1)     /* string */                                                                   \
    X(FEED, 6)      /* name, source, version, records, newest lo, newest hi (us) */

enum pl_db_section {
#define X(sym, words) PL_DB_##sym,
    PL_DB_SECTION_LIST(X)
#undef X
        PL_DB_SECTIONS,
};

/* Words of an ENTRY: one record's word on one vulnerability in one package. */
enum {
    PL_ENTRY_VULN,
    PL_ENTRY_SEVERITY,
    PL_ENTRY_FIRST_INTERVAL,
    PL_ENTRY_N_INTERVALS,
    PL_ENTRY_FIRST_VERSION,
    PL_ENTRY_N_VERSIONS,
    PL_ENTRY_FIRST_ALIAS,
    PL_ENTRY_N_ALIASES,
    PL_ENTRY_STATE,  /* pl_fix_state */
    PL_ENTRY_MODULE, /* string: rpm module stream, empty: none */
    PL_ENTRY_ARCH,   /* string: machines with blanks, empty: all */
};

/* Words of a VULN: what holds wherever the vulnerability is. Sorted by name. */
enum {
    PL_VULN_NAME,
    PL_VULN_SUMMARY,
    PL_VULN_PUBLISHED_LO, /* microseconds since 1970, 64 bits; 0 unknown */
    PL_VULN_PUBLISHED_HI,
    PL_VULN_CVSS,     /* tenths + 1, 0: no vector */
    PL_VULN_KEV,      /* 0, or 1: in the catalog */
    PL_VULN_KEV_DUE,  /* string: date, empty when the catalog gives none */
    PL_VULN_EPSS_PPM, /* millionths + 1, 0: unknown */
};

/* Where things stand in the header. */
enum {
    PL_DB_AT_MAGIC = 0,
    PL_DB_AT_FORMAT = 8,
    PL_DB_AT_HEADER = 12,   /* bytes of the header */
    PL_DB_AT_SIZE = 16,     /* u64: bytes of the file */
    PL_DB_AT_CREATED = 24,  /* u64: microseconds since 1970 */
    PL_DB_AT_CHECKSUM = 32, /* u64: XXH64, seed 0, of all bytes behind the header */
    PL_DB_AT_DIGEST = 40,   /* SHA-256 of the same bytes */
    PL_DB_AT_MALFORMED = 72,
    PL_DB_AT_SKIPPED = 76,
    PL_DB_AT_WITHDRAWN = 80,
    PL_DB_AT_SECTIONS = 88,   /* {offset, count of items} each */
    PL_DB_AT_HEADER_SUM = 248 /* u64: XXH64, seed 0, of the header up to here */
};

_Static_assert(PL_DB_AT_SECTIONS + 8 * PL_DB_SECTIONS <= PL_DB_AT_HEADER_SUM, "header overflows");
