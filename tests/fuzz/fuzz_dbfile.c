/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database file: what opening accepts can be read to its last item. The checksums are made right
 * first, or no input would come past them.
 */
#include "vuln/dbfile.h"
#include "vuln/match.h"
#include "vuln/xxh64.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_u64(char *at, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        at[i] = (char)(v >> 8 * i);
}

static void repair(char *p, size_t n)
{
    if (n < PL_DB_HEADER)
        return;
    set_u64(p + PL_DB_AT_SIZE, n);
    set_u64(p + PL_DB_AT_CHECKSUM, pl_xxh64((pl_str){p + PL_DB_HEADER, n - PL_DB_HEADER}, 0));
    set_u64(p + PL_DB_AT_HEADER_SUM, pl_xxh64((pl_str){p, PL_DB_AT_HEADER_SUM}, 0));
}

static uint64_t sum_of(pl_str s)
{
    return pl_xxh64(s, 0);
}

static uint64_t read_all(const pl_advisories *db)
{
    static const char *const names[] = {"src", "listed", "origin", "p"};
    static const char *const places[] = {"Debian:12", "Debian:11", "Alpine:v3.18"};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)64 << 20);
    pl_vuln_query q[PL_COUNT(names) * PL_COUNT(places)];
    pl_vuln_match m = {0};
    pl_advisories_info info;
    pl_err err = {0};
    uint64_t sum = 0;

    for (size_t i = 0; i < PL_COUNT(q); i++)
        q[i] = (pl_vuln_query){.ecosystem = pl_str_c(places[i % PL_COUNT(places)]),
                               .name = pl_str_c(names[i / PL_COUNT(places)]),
                               .version = PL_S("1.0-1")};
    pl_advisories_info_of(db, &info);
    for (size_t i = 0; i < pl_advisories_feeds(db); i++)
        sum += sum_of(pl_advisories_feed(db, i).source);
    if (pl_vuln_match_packages(db, q, PL_COUNT(q), PL_MATCH_ALL, a, &m, &err) != PL_OK)
        return sum;
    for (size_t i = 0; i < m.n_hits; i++) {
        sum += sum_of(m.hits[i].facts.advisory) + sum_of(m.hits[i].facts.summary) +
               sum_of(m.hits[i].facts.fixed_version) + sum_of(m.hits[i].facts.kev_due);
        for (size_t k = 0; k < m.hits[i].facts.n_aliases; k++)
            sum += sum_of(m.hits[i].facts.aliases[k]);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_FREE char *copy = malloc(size ? size : 1);
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_err err = {0};

    if (!copy)
        return 0;
    if (size)
        memcpy(copy, data, size);
    repair(copy, size);
    if (pl_advisories_of_bytes((pl_str){copy, size}, "input", &db, &err) != PL_OK)
        return err.rc == PL_FORMAT ? 0 : (abort(), 0);
    volatile uint64_t sum = read_all(db);
    (void)sum;
    return 0;
}
