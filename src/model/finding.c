/* SPDX-License-Identifier: Apache-2.0 */
#include "model/finding.h"

#include "core/hash.h"

#include <stdio.h>
#include <string.h>

static const char *const severity_words[] = {
#define X(sym, word, rank) [PL_##sym] = word,
    PL_SEVERITY_LIST(X)
#undef X
};

static const char *const verdict_words[] = {
    [PL_PASS] = "pass",     [PL_FAIL] = "fail",       [PL_NOT_APPLICABLE] = "not-applicable",
    [PL_WAIVED] = "waived", [PL_UNKNOWN] = "unknown",
};

static int word_index(const char *const *words, size_t n, pl_str s)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(pl_str_c(words[i]), s))
            return (int)i;
    return -1;
}

const char *pl_severity_word(pl_severity s)
{
    return severity_words[s];
}

bool pl_severity_parse(pl_str s, pl_severity *ret)
{
    int i = word_index(severity_words, PL_COUNT(severity_words), s);
    if (i < 0)
        return false;
    *ret = (pl_severity)i;
    return true;
}

const char *pl_verdict_word(pl_verdict v)
{
    return verdict_words[v];
}

bool pl_verdict_parse(pl_str s, pl_verdict *ret)
{
    int i = word_index(verdict_words, PL_COUNT(verdict_words), s);
    if (i < 0)
        return false;
    *ret = (pl_verdict)i;
    return true;
}

void pl_finding_id(pl_str klass, pl_str what, pl_str where, char ret[PL_FINDING_ID])
{
    enum { ID_BYTES = 10 };
    unsigned char hash[PL_SHA256];
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf id = {0};

    pl_buf_str(&text, klass);
    pl_buf_ch(&text, '\n');
    pl_buf_str(&text, what);
    pl_buf_ch(&text, '\n');
    pl_buf_str(&text, where);
    pl_sha256_of(pl_buf_view(&text), hash);
    pl_base32(hash, ID_BYTES, &id);
    (void)snprintf(ret, PL_FINDING_ID, "F-%.*s", PL_F(pl_buf_view(&id)));
}
