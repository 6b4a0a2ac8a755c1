/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: ledger_fill STATE_DIR COUNT [ORIGIN]: appends COUNT records through the signer, in
 * batches, and prints the verifier key.
 */
#include "ledger/client.h"
#include "ledger/signer.h"

#include <stdio.h>

enum { BATCH = 1000 };

static pl_rc fill(pl_ledger *l, uint64_t count, pl_err *err)
{
    static const pl_ledger_subject subject = {{"container", 9}, {"c0ffee00c0ffee00", 16}};
    static char body[BATCH][64];
    static pl_ledger_rec recs[BATCH];
    pl_rc rc = PL_OK;

    for (uint64_t at = 0; !rc && at < count;) {
        size_t n = count - at < BATCH ? (size_t)(count - at) : BATCH;
        for (size_t i = 0; i < n; i++) {
            (void)snprintf(body[i], sizeof(body[i]), "{\"n\":%llu}", (unsigned long long)(at + i));
            recs[i] = (pl_ledger_rec){.type = "scan.result",
                                      .subj = &subject,
                                      .n_subj = 1,
                                      .body_text = pl_str_c(body[i])};
        }
        rc = pl_ledger_append_many(l, recs, n, PL_LEDGER_STORED, NULL, NULL, err);
        at += n;
    }
    return rc;
}

int main(int argc, char **argv)
{
    pl_signer_main(argc, argv);
    PL_AUTO_LEDGER pl_ledger *l = NULL;
    uint64_t count;
    pl_err err = {0};

    if (argc < 3 || !pl_str_u64(pl_str_c(argv[2]), &count)) {
        (void)fprintf(stderr, "usage: ledger_fill STATE_DIR COUNT [ORIGIN]\n");
        return 2;
    }
    const pl_ledger_options o = {
        .state_dir = argv[1], .prog = "ledger_fill", .origin = argc > 3 ? argv[3] : NULL};
    pl_rc rc = pl_ledger_open(&o, &l, &err);
    if (!rc)
        (void)printf("%s\n", pl_ledger_about(l)->vkey);
    if (!rc)
        rc = fill(l, count, &err);
    if (!rc)
        rc = pl_ledger_close(PL_TAKE(l, NULL), NULL, &err);
    if (rc)
        (void)fprintf(stderr, "ledger_fill: %s\n", err.text);
    return pl_rc_exit_status(rc);
}
