/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/feed.h"

#include <errno.h>
#include <unistd.h>

static pl_rc write_word(void *arg, int fd, pl_err *err)
{
    pl_str word = pl_str_c(arg);

    return write(fd, word.p, word.n) == (ssize_t)word.n ? PL_OK : pl_fail_sys(err, errno, "pipe");
}

/* More than a pipe holds, so that it meets the end of its reader. */
static pl_rc write_for_ever(void *arg, int fd, pl_err *err)
{
    static const char block[4096];

    (void)arg;
    while (write(fd, block, sizeof(block)) > 0)
        continue;
    return pl_fail_sys(err, errno, "pipe");
}

static void what_is_written_is_read_and_then_the_end(void **state)
{
    pl_feed *f = NULL;
    char got[16];
    int fd = -1;
    char word[] = "hello";
    pl_err err = {0};

    (void)state;
    assert_int_equal(pl_feed_start(write_word, word, &f, &fd, &err), PL_OK);
    assert_int_equal(read(fd, got, sizeof(got)), 5);
    assert_memory_equal(got, "hello", 5);
    assert_int_equal(read(fd, got, sizeof(got)), 0);
    (void)close(fd);
    assert_int_equal(pl_feed_end(f, &err), PL_OK);
}

static void a_writer_whose_reader_went_away_ends_and_says_so(void **state)
{
    pl_feed *f = NULL;
    int fd = -1;
    pl_err err = {0};

    (void)state;
    assert_int_equal(pl_feed_start(write_for_ever, NULL, &f, &fd, &err), PL_OK);
    (void)close(fd);
    assert_int_equal(pl_feed_end(f, &err), PL_SYS);
    assert_int_equal(err.sys, EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_and_then_the_end),
        cmocka_unit_test(a_writer_whose_reader_went_away_ends_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
