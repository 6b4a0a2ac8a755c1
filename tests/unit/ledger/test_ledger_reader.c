/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a log, its index, and the fence between writers. */
#include "helper.h"

#include "ledger/index.h"
#include "ledger/reader.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 700 };

static int setup(void **state)
{
    th_dir *d = calloc(1, sizeof(*d));

    th_make_in_memory(d);
    th_log(d, SIZE, 100);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    th_drop(*state);
    free(*state);
    return 0;
}

static pl_log *open_log(const th_dir *d)
{
    pl_log *log = NULL;
    pl_err err = {0};

    assert_ok(pl_log_open(d->log, NULL, &log, &err), err);
    return log;
}

static void leaves_come_back_byte_for_byte(void **state)
{
    th_dir *d = *state;
    PL_AUTO_LOG pl_log *log = open_log(d);
    PL_AUTO_BUF pl_buf want = {0};
    pl_str got;
    pl_err err = {0};

    for (uint64_t i = 0; i < SIZE; i++) {
        assert_ok(pl_log_leaf(log, i, &got, &err), err);
        th_leaf(d, i, &want);
        assert_true(pl_str_eq(got, pl_buf_view(&want)));
    }
    assert_int_equal(pl_log_leaf(log, SIZE, &got, &err), PL_NOTFOUND);
}

static void the_last_of_a_type_is_found(void **state)
{
    PL_AUTO_LOG pl_log *log = open_log(*state);
    uint64_t index;
    pl_err err = {0};

    assert_ok(pl_log_find_last(log, PL_S("scan.result"), UINT64_MAX, &index, &err), err);
    assert_int_equal(index, SIZE - 1);
    assert_ok(pl_log_find_last(log, PL_S("scan.result"), 300, &index, &err), err);
    assert_int_equal(index, 299);
    assert_ok(pl_log_find_last(log, PL_S("ledger.open"), UINT64_MAX, &index, &err), err);
    assert_int_equal(index, 0);
    assert_int_equal(pl_log_find_last(log, PL_S("report.issued"), UINT64_MAX, &index, &err),
                     PL_NOTFOUND);
}

static void a_changed_leaf_is_not_handed_out(void **state)
{
    th_dir *d = *state;
    pl_str got;
    pl_err err = {0};

    th_flip(d, "tile/entries/001", 1000, 1);
    PL_AUTO_LOG pl_log *log = open_log(d);
    unsigned bad = 0;
    for (uint64_t i = 256; i < 512; i++)
        bad += pl_log_leaf(log, i, &got, &err) == PL_TAMPERED;
    assert_int_equal(bad, 1);
    assert_int_equal(pl_log_leaf(log, 0, &got, &err), PL_OK);
}

static void a_checkpoint_of_another_key_does_not_open(void **state)
{
    th_dir *d = *state;
    pl_log *log = NULL;
    pl_err err = {0};

    assert_int_equal(
        pl_log_open(d->log, "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                    &log, &err),
        PL_TAMPERED);
    assert_int_equal(pl_log_open("/nonexistent", NULL, &log, &err), PL_NOTFOUND);
    assert_int_equal(pl_log_open(d->path, NULL, &log, &err), PL_NOTFOUND);
}

/* ---- index ---- */

typedef struct hits {
    uint64_t n, first, last;
} hits;

static void count_hit(void *arg, const pl_index_hit *h)
{
    hits *c = arg;

    c->first = c->n++ ? c->first : h->index;
    c->last = h->index;
}

static hits look_in(const th_dir *d, const char *key, pl_index_how how)
{
    PL_AUTO_LOG pl_log *log = open_log(d);
    PL_AUTO_INDEX pl_index *x = NULL;
    hits c = {0};
    pl_err err = {0};

    assert_ok(pl_index_open(log, how, &x, &err), err);
    assert_int_equal(pl_index_entries(x), pl_log_head(log)->size);
    assert_ok(pl_index_subject(x, pl_str_c(key), count_hit, &c, &err), err);
    return c;
}

static hits look_for(const th_dir *d, const char *key, bool afresh)
{
    return look_in(d, key, afresh ? PL_INDEX_AFRESH : PL_INDEX_KEPT);
}

/* Somebody who hands a log over can put an index beside it that hides entries. */
static void an_index_that_lies_is_not_asked_about_a_log_of_others(void **state)
{
    th_dir *d = *state;
    sqlite3 *raw = NULL;

    assert_int_equal(look_in(d, "c0ffee", PL_INDEX_AFRESH).n, SIZE);
    assert_int_equal(
        sqlite3_open_v2(th_path(d, ".state/index.db"), &raw, SQLITE_OPEN_READWRITE, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "DELETE FROM subject", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(raw);
    assert_int_equal(look_in(d, "c0ffee", PL_INDEX_KEPT).n, 0);
    assert_int_equal(look_in(d, "c0ffee", PL_INDEX_IN_MEMORY).n, SIZE);
}

static void the_index_knows_every_entry_of_a_subject(void **state)
{
    th_dir *d = *state;
    hits c = look_for(d, "c0ffee", false);

    assert_int_equal(c.n, SIZE);
    assert_int_equal(c.first, 0);
    assert_int_equal(c.last, SIZE - 1);
    assert_int_equal(look_for(d, "c0ff", false).n, 0); /* too short for a beginning */
    assert_int_equal(look_for(d, "c0ffeec0ffee", false).n, 0);
    assert_int_equal(look_for(d, "' OR 1=1 --", false).n, 0);
}

static void the_index_follows_the_log(void **state)
{
    th_dir *d = *state;

    assert_int_equal(look_for(d, "c0ffee", false).n, SIZE);
    th_log(d, SIZE + 10, 3);
    assert_int_equal(look_for(d, "c0ffee", false).n, SIZE + 10);
}

static void a_damaged_or_foreign_index_is_made_again(void **state)
{
    th_dir *d = *state;

    assert_int_equal(look_for(d, "c0ffee", true).n, SIZE);
    for (uint64_t at = 0; at < 4096; at += 64) {
        th_flip(d, ".state/index.db", at, 0xff);
        assert_int_equal(look_for(d, "c0ffee", false).n, SIZE);
    }
    /* Of a log that was longer: what it says beyond the end must not be believed. */
    th_dir other;
    th_make_in_memory(&other);
    th_log(&other, 5, 5);
    char command[400];
    (void)snprintf(command, sizeof(command), "cp %s/.state/index.db %s/.state/index.db", d->log,
                   other.log);
    assert_int_equal(system(command), 0);
    assert_int_equal(look_for(&other, "c0ffee", false).n, 5);
    th_drop(&other);
}

/* ---- fence ---- */

/* A writer on a file system whose locks lie finds that another one came after it. */
static void a_writer_that_was_overtaken_stops(void **state)
{
    th_dir *d = *state;
    PL_AUTO_WRITER pl_writer *w = NULL;
    pl_recovered found;
    char head[256];
    pl_err err = {0};

    assert_ok(th_open_writer(d, &w, &found, &err), err);
    PL_AUTO_FD int fd = openat(d->dir, ".state/head", O_RDWR | O_CLOEXEC);
    ssize_t n = pread(fd, head, sizeof(head) - 1, 0);
    assert_true(n > 0);
    head[n] = '\0';
    char *fence = strstr(head, "\"fence\":");
    assert_non_null(fence);
    fence[8]++;
    assert_int_equal(pwrite(fd, head, (size_t)n, 0), n);
    th_add(d, w, 1);
    assert_int_equal(pl_writer_sync(w, &err), PL_DENIED);
    assert_non_null(strstr(err.text, "another writer"));
}

static void a_leaf_that_is_empty_or_too_long_is_refused(void **state)
{
    th_dir *d = *state;
    static char big[PL_LEAF_MAX + 1];
    PL_AUTO_WRITER pl_writer *w = NULL;
    pl_recovered found;
    pl_err err = {0};

    memset(big, 'x', sizeof(big));
    assert_ok(th_open_writer(d, &w, &found, &err), err);
    assert_int_equal(pl_writer_add(w, PL_S(""), NULL, &err), PL_LIMIT);
    assert_int_equal(pl_writer_add(w, (pl_str){big, sizeof(big)}, NULL, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "61441"));
    assert_ok(pl_writer_add(w, (pl_str){big, PL_LEAF_MAX}, NULL, &err), err);
    assert_ok(pl_writer_stop(w, &err), err);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(v->n_tampered, 0);
    assert_int_equal(v->not_records, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(leaves_come_back_byte_for_byte),
        T(the_last_of_a_type_is_found),
        T(a_changed_leaf_is_not_handed_out),
        T(a_checkpoint_of_another_key_does_not_open),
        T(the_index_knows_every_entry_of_a_subject),
        T(an_index_that_lies_is_not_asked_about_a_log_of_others),
        T(the_index_follows_the_log),
        T(a_damaged_or_foreign_index_is_made_again),
        T(a_writer_that_was_overtaken_stops),
        T(a_leaf_that_is_empty_or_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
