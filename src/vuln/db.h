/* SPDX-License-Identifier: Apache-2.0 */
/* Reading inside an opened database. Private to the room; see dbfile.h for the layout. */
#pragma once

#include "vuln/advisories.h"
#include "vuln/dbfile.h"

#include <endian.h>

struct pl_db_span {
    const uint32_t *words; /* little-endian */
    size_t n;              /* items */
};

struct pl_advisories {
    pl_str bytes; /* the whole file */
    bool is_mapped;
    const char *text;
    struct pl_db_span span[PL_DB_SECTIONS];
};

/* Word w of item i. The caller keeps to the bounds that opening has checked. */
static inline uint32_t pl_db_word(const pl_advisories *db, enum pl_db_section s, size_t words,
                                  size_t i, size_t w)
{
    return le32toh(db->span[s].words[i * words + w]);
}

enum {
#define X(sym, words) PL_DB_WORDS_##sym = (words),
    PL_DB_SECTION_LIST(X)
#undef X
};

#define PL_DB_GET(db, sym, i, w) pl_db_word((db), PL_DB_##sym, PL_DB_WORDS_##sym, (i), (w))

static inline pl_str pl_db_str(const pl_advisories *db, uint32_t number)
{
    uint32_t from = number ? PL_DB_GET(db, STRING, number - 1, 0) : 0;
    return (pl_str){db->text + from, PL_DB_GET(db, STRING, number, 0) - from};
}

/* Number of a string, false when the database does not have it. */
bool pl_db_find_string(const pl_advisories *db, pl_str s, uint32_t *ret);

/* Index of an ecosystem, or of a package in the slice [first, first + n); false: none. */
bool pl_db_find_ecosystem(const pl_advisories *db, pl_str name, uint32_t *ret);
bool pl_db_find_package(const pl_advisories *db, uint32_t ecosystem, pl_str name, uint32_t *ret);
