/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include "ledger/crc32c.h"
#include "ledger/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char secret[PL_SHA256] = {1, 2, 3};

static int setup(void **state)
{
    th_dir *d = calloc(1, sizeof(*d));

    th_make_in_memory(d);
    assert_int_equal(mkdirat(d->dir, ".state", 0700), 0);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    th_drop(*state);
    free(*state);
    return 0;
}

static void the_published_crc_comes_out(void **state)
{
    (void)state;
    assert_int_equal(pl_crc32c(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(pl_crc32c(pl_crc32c(0, "1234", 4), "56789", 5), 0xe3069283u);
    assert_int_equal(pl_crc32c(0, "", 0), 0);
}

/* `batches` commits of `each` frames; the frames' payload is their number. */
static void make_journal(const th_dir *d, unsigned batches, unsigned each)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    pl_journal j;
    uint64_t index = 0;
    pl_err err = {0};

    assert_ok(pl_journal_create(d->dir, 1, secret, &j, &err), err);
    for (unsigned b = 0; b < batches; b++) {
        PL_AUTO_BUF pl_buf frames = {0};
        for (unsigned i = 0; i < each; i++, index++) {
            PL_AUTO_BUF pl_buf text = {0};
            pl_node hash;
            pl_buf_fmt(&text, "entry %llu", (unsigned long long)index);
            pl_merkle_leaf(h, pl_buf_view(&text), &hash);
            pl_journal_frame(&j, h, PL_FRAME_LEAF, index, &hash, pl_buf_view(&text), &frames);
        }
        assert_ok(pl_journal_commit(&j, pl_buf_view(&frames), &err), err);
    }
    pl_journal_close(&j);
}

/* Reads to the end; *ret_n frames were good. */
static pl_rc read_journal(const th_dir *d, uint64_t *ret_n, uint64_t *ret_cut, pl_err *err)
{
    PL_AUTO_JOURNAL_READER pl_journal_reader *r = NULL;
    bool more = true;
    pl_frame f;

    *ret_n = *ret_cut = 0;
    pl_rc rc = pl_journal_open(d->dir, 1, secret, &r, err);
    while (!rc && more) {
        rc = pl_journal_next(r, &f, &more, ret_cut, err);
        if (!rc && more) {
            assert_int_equal(f.index, *ret_n);
            ++*ret_n;
        }
    }
    return rc;
}

static const char name[] = ".state/journal-0000000000000001";

static void frames_read_as_they_were_written(void **state)
{
    th_dir *d = *state;
    uint64_t n, cut;
    pl_err err = {0};

    make_journal(d, 5, 7);
    assert_ok(read_journal(d, &n, &cut, &err), err);
    assert_int_equal(n, 35);
    assert_int_equal(cut, 0);
}

static void many_frames_pass_through_a_small_window(void **state)
{
    th_dir *d = *state;
    uint64_t n, cut;
    pl_err err = {0};

    make_journal(d, 40, 1000);
    assert_true(th_file_size(d, name) > 3u << 20);
    assert_ok(read_journal(d, &n, &cut, &err), err);
    assert_int_equal(n, 40000);
}

/* Every place where a write can tear. */
static void a_torn_tail_is_cut_where_the_last_good_frame_ends(void **state)
{
    th_dir *d = *state;
    uint64_t n, cut;
    pl_err err = {0};

    make_journal(d, 3, 1);
    uint64_t whole = th_file_size(d, name);
    uint64_t frame = (whole - PL_JOURNAL_HEADER) / 3;
    PL_AUTO_FD int fd = openat(d->dir, name, O_WRONLY | O_CLOEXEC);
    for (uint64_t size = whole; size-- > PL_JOURNAL_HEADER;) {
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        assert_ok(read_journal(d, &n, &cut, &err), err);
        assert_int_equal(n, (size - PL_JOURNAL_HEADER) / frame);
        assert_int_equal(cut, (size - PL_JOURNAL_HEADER) % frame);
    }
    assert_int_equal(ftruncate(fd, PL_JOURNAL_HEADER - 1), 0);
    assert_int_equal(read_journal(d, &n, &cut, &err), PL_FORMAT);
}

static void a_tail_of_zeros_is_cut(void **state)
{
    th_dir *d = *state;
    uint64_t n, cut;
    pl_err err = {0};

    make_journal(d, 2, 2);
    PL_AUTO_FD int fd = openat(d->dir, name, O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)th_file_size(d, name) + 5000), 0);
    assert_ok(read_journal(d, &n, &cut, &err), err);
    assert_int_equal(n, 4);
    assert_int_equal(cut, 5000);
}

/* A flip in the last frame looks like a torn tail and is told as one; any other is damage. */
static void every_flipped_byte_is_told(void **state)
{
    th_dir *d = *state;
    uint64_t n, cut;
    pl_err err = {0};

    make_journal(d, 4, 2);
    uint64_t whole = th_file_size(d, name);
    uint64_t frame = (whole - PL_JOURNAL_HEADER) / 8;
    for (uint64_t at = 0; at < whole; at++) {
        th_flip(d, name, at, 0x10);
        pl_rc rc = read_journal(d, &n, &cut, &err);
        bool header = at < 52; /* after it come zeros that nothing depends on but the first key */
        bool last = at >= whole - frame;
        bool told = header ? rc == PL_FORMAT : last ? rc == PL_OK && cut : rc == PL_TAMPERED;
        if (!told)
            fail_msg("byte %llu: %s, %llu frames, %llu bytes cut", (unsigned long long)at,
                     pl_rc_text(rc), (unsigned long long)n, (unsigned long long)cut);
        th_flip(d, name, at, 0x10);
    }
}

/* Somebody who can write files, but has no key: good checksums, wrong HMAC. */
static void an_edited_frame_with_a_right_checksum_is_damage(void **state)
{
    th_dir *d = *state;
    uint64_t n, cut;
    unsigned char frame[PL_FRAME_HEADER + 64];
    pl_err err = {0};

    make_journal(d, 2, 1);
    uint64_t whole = th_file_size(d, name);
    size_t size = (size_t)((whole - PL_JOURNAL_HEADER) / 2);
    PL_AUTO_FD int fd = openat(d->dir, name, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, frame, size, (off_t)(whole - size)), (ssize_t)size);
    frame[24] ^= 1;
    uint32_t crc = pl_crc32c(pl_crc32c(0, frame, 20), frame + 24, size - 24);
    memcpy(frame + 20, &crc, 4);
    assert_int_equal(pwrite(fd, frame, size, (off_t)(whole - size)), (ssize_t)size);
    assert_int_equal(read_journal(d, &n, &cut, &err), PL_TAMPERED);
    assert_non_null(strstr(err.text, "was edited"));
}

static void a_batch_taken_out_is_damage(void **state)
{
    th_dir *d = *state;
    PL_AUTO_JOURNAL_READER pl_journal_reader *r = NULL;
    bool more;
    uint64_t cut;
    pl_frame f;
    unsigned char frame[PL_FRAME_HEADER + 64];
    pl_err err = {0};

    make_journal(d, 3, 1);
    uint64_t whole = th_file_size(d, name);
    size_t size = (size_t)((whole - PL_JOURNAL_HEADER) / 3);
    PL_AUTO_FD int fd = openat(d->dir, name, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, frame, size, (off_t)(whole - size)), (ssize_t)size);
    assert_int_equal(pwrite(fd, frame, size, PL_JOURNAL_HEADER), (ssize_t)size);
    assert_ok(pl_journal_open(d->dir, 1, secret, &r, &err), err);
    assert_int_equal(pl_journal_next(r, &f, &more, &cut, &err), PL_TAMPERED);
    assert_non_null(strstr(err.text, "batch"));
}

static void a_journal_of_another_key_is_damage(void **state)
{
    th_dir *d = *state;
    static const unsigned char other[PL_SHA256] = {9};
    PL_AUTO_JOURNAL_READER pl_journal_reader *r = NULL;
    bool more;
    uint64_t cut;
    pl_frame f;
    pl_err err = {0};

    make_journal(d, 1, 1);
    assert_ok(pl_journal_open(d->dir, 1, other, &r, &err), err);
    assert_int_equal(pl_journal_next(r, &f, &more, &cut, &err), PL_TAMPERED);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_crc_comes_out),
        T(frames_read_as_they_were_written),
        T(many_frames_pass_through_a_small_window),
        T(a_torn_tail_is_cut_where_the_last_good_frame_ends),
        T(a_tail_of_zeros_is_cut),
        T(every_flipped_byte_is_told),
        T(an_edited_frame_with_a_right_checksum_is_damage),
        T(a_batch_taken_out_is_damage),
        T(a_journal_of_another_key_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
