/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exit_codes.h"

#include "core/attr.h"

#include <stddef.h>

static const struct {
    int code;
    const char *meaning;
    const char *by_verb[4]; /* ends with NULL */
} codes[] = {
    {0,
     "done, and the policy asked for holds",
     {"audit, scan, probe: nothing at or above --fail-on, or no --fail-on, whatever was found",
      "ledger verify: the log is proved; affected --verify: nothing is exposed; rules test: "
      "holds"}},
    {1,
     "done, and the policy does not hold",
     {"audit, scan, probe: findings at or above --fail-on",
      "ledger verify: tampered; affected --verify: something is exposed; rules test: a case fails;",
      "due: a statement is overdue; window list: one is open too long; decisions check: wrong"}},
    {2,
     "usage or configuration error: nothing was done",
     {"an unknown verb, option or word; a file named by an option, a setting or the content that",
      "is not there or not what it should be (not: the image or folder to be read, which is 4)"}},
    {3,
     "incomplete, and nothing speaks against the policy in what was seen",
     {"audit, scan, probe with --fail-on: something could not be judged, or a feed is missing or",
      "old; ingest: a part was not read; --allow-incomplete makes either 0",
      "ledger verify: incomplete; affected --verify: not all matched; db compare: no order"}},
    {4,
     "could not do the job",
     {"the image is not there or damaged, an engine or registry does not answer, a disk is full",
      "probe: none of the endpoints takes a connection"}},
    {130, "interrupted; what was recorded stays", {NULL}},
};

void pl_exit_codes_print(FILE *out)
{
    (void)fprintf(out, "Exit codes, of every verb:\n\n");
    for (size_t i = 0; i < PL_COUNT(codes); i++) {
        (void)fprintf(out, "%5d  %s\n", codes[i].code, codes[i].meaning);
        for (size_t k = 0; k < PL_COUNT(codes[i].by_verb) && codes[i].by_verb[k]; k++)
            (void)fprintf(out, "         %s\n", codes[i].by_verb[k]);
    }
    (void)fprintf(out,
                  "\n1 goes before 3: what is known to be wrong stays wrong when more could be.\n"
                  "docs/formats/policy.md has --fail-on and the filters.\n");
}

void pl_exit_codes_brief(FILE *out)
{
    (void)fprintf(out,
                  "\nExit codes: 0 done, 1 the policy does not hold, 2 wrong usage, 3 "
                  "incomplete, 4 could not do it;\n`plimsoll help exit-codes` has them all.\n");
}
