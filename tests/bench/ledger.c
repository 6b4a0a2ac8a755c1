/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidence log: entries of 512 bytes appended through the signer in batches of 1,000, then a
 * log of a million verified out of the page cache. Needs 600 MB below TMPDIR or /tmp.
 */
#include "ledger/client.h"
#include "ledger/signer.h"
#include "ledger/verify.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 1000, ENTRIES = 1000000, LEAF = 512, ROUND = 100 };

static const double append_bound = 50000;
static const double verify_bound = 2;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

/* A record whose leaf has 512 bytes with all that the signer adds. */
static void make_batch(pl_ledger_rec recs[BATCH], char *body, size_t pad)
{
    static const pl_ledger_subject subject = {{"container", 9}, {"c0ffee00c0ffee00", 16}};

    (void)snprintf(body, LEAF, "{\"pad\":\"%0*d\"}", (int)pad, 0);
    for (size_t i = 0; i < BATCH; i++)
        recs[i] = (pl_ledger_rec){
            .type = "check.result", .subj = &subject, .n_subj = 1, .body_text = pl_str_c(body)};
}

/* Appends all; the rate of the best hundred batches. */
static pl_rc fill(pl_ledger *l, double *ret_rate, pl_err *err)
{
    static pl_ledger_rec recs[BATCH];
    static char body[LEAF];
    pl_rc rc = PL_OK;

    make_batch(recs, body, 143);
    for (size_t done = 0; !rc && done < ENTRIES;) {
        double from = now();
        for (size_t i = 0; !rc && i < ROUND; i++, done += BATCH)
            rc = pl_ledger_append_many(l, recs, BATCH, PL_LEDGER_STORED, NULL, NULL, err);
        double rate = ROUND * BATCH / (now() - from);
        *ret_rate = rate > *ret_rate ? rate : *ret_rate;
    }
    return rc;
}

static pl_rc verify(const char *dir, double *ret_s, uint64_t *ret_bytes, pl_err *err)
{
    const pl_verify_options o = {.threads = 2};
    PL_AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pl_rc rc = PL_OK;

    *ret_s = 1e9;
    for (int i = 0; !rc && i < 3; i++) {
        PL_AUTO_VERIFIED pl_verified *v = NULL;
        double from = now();
        rc = pl_verify(fd, &o, &v, err);
        double s = now() - from;
        *ret_s = s < *ret_s ? s : *ret_s;
        if (!rc && pl_verified_result(v) != PL_OK)
            rc = pl_fail(err, PL_TAMPERED, "%s", v->problems[0].text);
        *ret_bytes = rc ? 0 : v->bytes;
    }
    return rc;
}

static pl_rc run(const char *state, pl_err *err)
{
    const pl_ledger_options o = {.state_dir = state, .prog = "bench"};
    PL_AUTO_LEDGER pl_ledger *l = NULL;
    char dir[128];
    double rate = 0;
    double s = 0;
    uint64_t bytes = 0;

    pl_rc rc = pl_ledger_open(&o, &l, err);
    if (!rc)
        rc = fill(l, &rate, err);
    if (!rc)
        rc = pl_ledger_close(PL_TAKE(l, NULL), NULL, err);
    (void)snprintf(dir, sizeof(dir), "%s/ledger", state);
    if (!rc)
        rc = verify(dir, &s, &bytes, err);
    if (rc)
        return rc;
    (void)printf("ledger: append in batches of %d|%.0f|entries/s|at least %.0f|%.2f\n", BATCH, rate,
                 append_bound, append_bound / rate);
    (void)printf("ledger: verify %d entries, %.0f bytes each|%.2f|s|under %.0f s|%.2f\n", ENTRIES,
                 (double)bytes / ENTRIES, s, verify_bound, s / verify_bound);
    return PL_OK;
}

int main(int argc, char **argv)
{
    pl_signer_main(argc, argv);
    const char *tmp = getenv("TMPDIR");
    char state[96];
    pl_err err = {0};

    (void)snprintf(state, sizeof(state), "%.60s/plimsoll-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(state))
        return 1;
    pl_rc rc = run(state, &err);
    (void)nftw(state, remove_one, 32, FTW_DEPTH | FTW_PHYS);
    if (rc)
        (void)fprintf(stderr, "bench ledger: %s\n", err.text);
    return pl_rc_exit_status(rc);
}
