/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/db_check.h"

#include "model/finding.h"
#include "vuln/osv.h"
#include "vuln/xxh64.h"

#include <string.h>

static const struct section {
    const char *name;
    size_t words;
} sections[PL_DB_SECTIONS] = {
#define X(sym, words) {#sym, (words)},
    PL_DB_SECTION_LIST(X)
#undef X
};

static uint32_t u32_at(pl_str s, size_t at)
{
    uint32_t v;
    memcpy(&v, s.p + at, sizeof(v));
    return le32toh(v);
}

static uint64_t u64_at(pl_str s, size_t at)
{
    return u32_at(s, at) | (uint64_t)u32_at(s, at + 4) << 32;
}

static pl_rc check_header(pl_str b, pl_err *err)
{
    if (b.n < PL_DB_HEADER || memcmp(b.p, PL_DB_MAGIC, 8) != 0)
        return pl_fail(err, PL_FORMAT, "not an advisory database");
    if (u32_at(b, PL_DB_AT_FORMAT) != PL_DB_FORMAT)
        return pl_fail(err, PL_FORMAT, "format %u, this program reads format %d: import again",
                       u32_at(b, PL_DB_AT_FORMAT), PL_DB_FORMAT);
    if (u32_at(b, PL_DB_AT_HEADER) != PL_DB_HEADER ||
        u64_at(b, PL_DB_AT_HEADER_SUM) != pl_xxh64((pl_str){b.p, PL_DB_AT_HEADER_SUM}, 0))
        return pl_fail(err, PL_FORMAT, "corrupt header");
    if (u64_at(b, PL_DB_AT_SIZE) != b.n)
        return pl_fail(err, PL_FORMAT, "truncated: %zu bytes of %llu", b.n,
                       (unsigned long long)u64_at(b, PL_DB_AT_SIZE));
    if (u64_at(b, PL_DB_AT_CHECKSUM) != pl_xxh64(pl_str_sub(b, PL_DB_HEADER, b.n), 0))
        return pl_fail(err, PL_FORMAT, "corrupt: checksum differs");
    return PL_OK;
}

static pl_rc check_section(pl_advisories *db, int s, pl_err *err)
{
    size_t at = u32_at(db->bytes, PL_DB_AT_SECTIONS + 8 * (size_t)s);
    size_t n = u32_at(db->bytes, PL_DB_AT_SECTIONS + 8 * (size_t)s + 4);
    size_t item = sections[s].words ? 4 * sections[s].words : 1;

    if (at < PL_DB_HEADER || at % PL_DB_ALIGN || at > db->bytes.n || n > (db->bytes.n - at) / item)
        return pl_fail(err, PL_FORMAT, "section %s lies outside the file", sections[s].name);
    if (s == PL_DB_TEXT)
        db->text = db->bytes.p + at;
    db->span[s] = (struct pl_db_span){(const void *)(db->bytes.p + at), n};
    return PL_OK;
}

/* The first string is the empty one; ends do not go back and stay in the text. */
static bool are_strings_good(const pl_advisories *db)
{
    uint32_t before = 0;

    if (!db->span[PL_DB_STRING].n || PL_DB_GET(db, STRING, 0, 0) != 0)
        return false;
    for (size_t i = 0; i < db->span[PL_DB_STRING].n; i++) {
        uint32_t end = PL_DB_GET(db, STRING, i, 0);
        if (end < before)
            return false;
        before = end;
    }
    return before <= db->span[PL_DB_TEXT].n;
}

/* What a word of an item must be. */
enum rule_kind {
    STRING_NUMBER,
    INDEX_OF, /* item of the section `of` */
    FIRST_OF, /* with the next word as count: a slice of the section `of` */
    AT_MOST,
};

static const struct rule {
    enum pl_db_section section;
    size_t word;
    enum rule_kind kind;
    uint32_t of; /* section, or the greatest value */
} rules[] = {
    {PL_DB_ECOSYSTEM, 0, STRING_NUMBER, 0},
    {PL_DB_ECOSYSTEM, 1, FIRST_OF, PL_DB_PACKAGE},
    {PL_DB_PACKAGE, 0, STRING_NUMBER, 0},
    {PL_DB_PACKAGE, 1, FIRST_OF, PL_DB_ENTRY},
    {PL_DB_ENTRY, PL_ENTRY_VULN, INDEX_OF, PL_DB_VULN},
    {PL_DB_ENTRY, PL_ENTRY_SEVERITY, AT_MOST, PL_UNKNOWN_SEVERITY},
    {PL_DB_ENTRY, PL_ENTRY_FIRST_INTERVAL, FIRST_OF, PL_DB_INTERVAL},
    {PL_DB_ENTRY, PL_ENTRY_FIRST_VERSION, FIRST_OF, PL_DB_VERSION},
    {PL_DB_ENTRY, PL_ENTRY_FIRST_ALIAS, FIRST_OF, PL_DB_ALIAS},
    {PL_DB_ENTRY, PL_ENTRY_STATE, AT_MOST, PL_FIX_END_OF_LIFE},
    {PL_DB_ENTRY, PL_ENTRY_MODULE, STRING_NUMBER, 0},
    {PL_DB_ENTRY, PL_ENTRY_ARCH, STRING_NUMBER, 0},
    {PL_DB_INTERVAL, 0, AT_MOST, PL_OSV_LAST},
    {PL_DB_INTERVAL, 1, STRING_NUMBER, 0},
    {PL_DB_INTERVAL, 2, STRING_NUMBER, 0},
    {PL_DB_VERSION, 0, STRING_NUMBER, 0},
    {PL_DB_VULN, PL_VULN_NAME, STRING_NUMBER, 0},
    {PL_DB_VULN, PL_VULN_SUMMARY, STRING_NUMBER, 0},
    {PL_DB_VULN, PL_VULN_PUBLISHED_HI, AT_MOST, INT32_MAX},
    {PL_DB_VULN, PL_VULN_CVSS, AT_MOST, 101},
    {PL_DB_VULN, PL_VULN_KEV, AT_MOST, 1},
    {PL_DB_VULN, PL_VULN_KEV_DUE, STRING_NUMBER, 0},
    {PL_DB_VULN, PL_VULN_EPSS_PPM, AT_MOST, 1000001},
    {PL_DB_ALIAS, 0, STRING_NUMBER, 0},
    {PL_DB_FEED, 0, STRING_NUMBER, 0},
    {PL_DB_FEED, 1, STRING_NUMBER, 0},
    {PL_DB_FEED, 2, STRING_NUMBER, 0},
    {PL_DB_FEED, 5, AT_MOST, INT32_MAX},
};

static bool holds(const pl_advisories *db, const struct rule *r, uint32_t v, uint32_t next)
{
    switch (r->kind) {
    case STRING_NUMBER:
        return v < db->span[PL_DB_STRING].n;
    case INDEX_OF:
        return v < db->span[r->of].n;
    case FIRST_OF:
        return v <= db->span[r->of].n && next <= db->span[r->of].n - v;
    case AT_MOST:
        return v <= r->of;
    }
    return false;
}

static pl_rc check_rule(const pl_advisories *db, const struct rule *r, pl_err *err)
{
    size_t words = sections[r->section].words;
    const struct pl_db_span *span = &db->span[r->section];

    for (size_t i = 0; i < span->n; i++) {
        const uint32_t *at = span->words + i * words + r->word;
        uint32_t next = r->kind == FIRST_OF ? le32toh(at[1]) : 0;
        if (!holds(db, r, le32toh(at[0]), next))
            return pl_fail(err, PL_FORMAT, "corrupt: item %zu of section %s", i,
                           sections[r->section].name);
    }
    return PL_OK;
}

pl_rc pl_db_check(pl_advisories *db, pl_err *err)
{
    pl_rc rc = check_header(db->bytes, err);

    for (int s = 0; s < PL_DB_SECTIONS && rc == PL_OK; s++)
        rc = check_section(db, s, err);
    if (rc == PL_OK && !are_strings_good(db))
        rc = pl_fail(err, PL_FORMAT, "corrupt string table");
    for (size_t i = 0; i < PL_COUNT(rules) && rc == PL_OK; i++)
        rc = check_rule(db, &rules[i], err);
    return rc;
}
