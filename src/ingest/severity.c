/* SPDX-License-Identifier: Apache-2.0 */
#include "core/attr.h"
#include "ingest/readers.h"

pl_severity pl_ingest_severity(pl_str word)
{
    static const struct {
        const char *word;
        pl_severity severity;
    } words[] = {
        {"critical", PL_CRITICAL}, {"emergency", PL_CRITICAL}, {"alert", PL_CRITICAL},
        {"high", PL_HIGH},         {"error", PL_HIGH},         {"important", PL_HIGH},
        {"medium", PL_MEDIUM},     {"moderate", PL_MEDIUM},    {"warning", PL_MEDIUM},
        {"low", PL_LOW},           {"notice", PL_LOW},         {"note", PL_LOW},
        {"info", PL_INFO},         {"informational", PL_INFO}, {"none", PL_INFO},
        {"debug", PL_INFO},        {"negligible", PL_INFO},
    };

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq_nocase(word, pl_str_c(words[i].word)))
            return words[i].severity;
    return PL_UNKNOWN_SEVERITY;
}

pl_severity pl_ingest_score(pl_str score)
{
    pl_str rest = score, whole;
    uint64_t units = 0, tenths = 0;

    (void)pl_str_cut(&rest, '.', &whole);
    if (!pl_str_u64(whole, &units) || units > 10 ||
        (rest.n && !pl_str_u64(pl_str_sub(rest, 0, 1), &tenths)))
        return PL_UNKNOWN_SEVERITY;
    uint64_t v = units * 10 + tenths;
    return v >= 90 ? PL_CRITICAL : v >= 70 ? PL_HIGH : v >= 40 ? PL_MEDIUM : v ? PL_LOW : PL_INFO;
}
