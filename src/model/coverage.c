/* SPDX-License-Identifier: Apache-2.0 */
#include "model/coverage.h"

static const struct {
    const char *word, *text;
} names[] = {
#define X(sym, word, text) {word, text},
    PL_COVERED_LIST(X)
#undef X
};

const char *pl_covered_word(pl_covered c)
{
    return names[c].word;
}

const char *pl_covered_text(pl_covered c)
{
    return names[c].text;
}

bool pl_check_is_shown(const pl_check_result *r)
{
    return r->check->needs.n == 0 &&
           (r->check->shown_pass.n || r->check->shown_fail.n || r->tally.pass || r->tally.fail);
}

/* A check that waits for a part is as good as untested: nobody has seen it work. */
pl_covered pl_coverage_of(const pl_requirement_result *r)
{
    bool by_people = false, by_check = false;

    for (size_t i = 0; i < r->n; i++) {
        if (pl_check_is_shown(r->checks[i]))
            return PL_COVERED_TECHNICAL;
        bool attest = pl_str_eq(r->checks[i]->check->needs, PL_S("attest"));
        by_people |= attest;
        by_check |= !attest;
    }
    if (by_check)
        return PL_COVERED_UNTESTED;
    return by_people ? PL_COVERED_ATTESTATION : PL_COVERED_BLANK;
}
