/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text.h"
#include "ledger/verify.h"

#include <stdarg.h>
#include <string.h>

#define U(n) ((unsigned long long)(n))

static void print_verdict(const pl_verified *v, pl_buf *out)
{
    static const char *const words[] = {"proved", "INCOMPLETE", "TAMPERED"};
    int i = v->n_tampered ? 2 : v->n_incomplete ? 1 : 0;

    pl_buf_fmt(out, "verdict     %s\n", words[i]);
    pl_buf_fmt(out, "log         %s\n", v->origin[0] ? v->origin : "(unknown)");
}

static void print_head(const pl_verified *v, pl_buf *out)
{
    if (!v->has_head) {
        pl_buf_c(out, "checkpoint  none that is signed by the log's key\n");
        return;
    }
    pl_buf_fmt(out, "checkpoint  %llu entries, root ", U(v->size));
    pl_base64(v->root.b, PL_SHA256, out);
    pl_buf_fmt(out, "\nkey         %08x, %s\n", v->key.id,
               v->key_from ? v->key_from : "named by the log itself");
    if (v->size)
        pl_buf_fmt(out, "time        %s to %s\n", v->first_t, v->last_t);
}

static void print_proved(const pl_verified *v, pl_buf *out)
{
    if (!v->has_head)
        return;
    pl_buf_fmt(out,
               "looked at   %llu entries hashed again, %llu tiles of all levels, %llu bundles, "
               "%llu older partial tiles, %llu blobs, %llu disclosures, %llu bytes\n",
               U(v->entries), U(v->tiles), U(v->bundles), U(v->stale_tiles), U(v->blobs),
               U(v->sealed), U(v->bytes));
    if (pl_verified_result(v) == PL_OK)
        pl_buf_c(out, "proved      every entry is in the tree that the key signed, and every file "
                      "belongs to one\n");
    pl_buf_fmt(out,
               "history     %llu starts, %llu clean stops, %llu recoveries, %llu gaps told "
               "(%llu records lost), %llu producers without a missing number\n",
               U(v->opens), U(v->closes), U(v->recovers), U(v->gaps), U(v->lost), U(v->producers));
    if (v->newer_files)
        pl_buf_fmt(out,
                   "            %llu files are newer than the checkpoint (the log is being "
                   "written)\n",
                   U(v->newer_files));
    if (v->verdicts)
        pl_buf_fmt(out,
                   "verdicts    %llu entries of the newest assessment, %llu of them without time, "
                   "tool, content, subject or evidence\n",
                   U(v->verdicts), U(v->verdicts_short));
}

static void print_limits(const pl_verified *v, pl_buf *out)
{
    pl_buf_c(out, "not proved  that a record was true when it was written\n"
                  "            anything after this checkpoint, unless you keep a later one\n"
                  "            that this was the only history: no witness has signed it\n"
                  "            when the checkpoint was made: no time stamp covers it\n");
    if (!v->key_from)
        pl_buf_c(out, "            that the key is the right one: compare it with the one you were "
                      "given (--vkey)\n");
    if (strcmp(v->epochs, "off") == 0)
        pl_buf_c(out, "            that a later holder of the key did not write the past again "
                      "(epochs: off)\n");
    if (strcmp(v->recovery, "none") == 0)
        pl_buf_c(out, "            a successor, should the key be lost (recovery: none)\n");
}

static void print_problems(const pl_verified *v, pl_buf *out)
{
    uint64_t all = v->n_tampered + v->n_incomplete;

    for (size_t i = 0; i < v->n_problems; i++) {
        const pl_problem *p = &v->problems[i];
        pl_buf_c(out, p->kind == PL_PROBLEM_TAMPERED ? "tampered    " : "incomplete  ");
        pl_text_visible(out, pl_str_c(p->text), PL_TEXT_ALL);
        pl_buf_ch(out, '\n');
    }
    if (all > v->n_problems)
        pl_buf_fmt(out, "            and %llu more\n", U(all - v->n_problems));
}

void pl_verified_print(const pl_verified *v, pl_buf *out)
{
    print_verdict(v, out);
    print_head(v, out);
    print_proved(v, out);
    print_limits(v, out);
    print_problems(v, out);
}
