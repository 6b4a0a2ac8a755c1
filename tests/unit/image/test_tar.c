/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/limits.h"
#include "image/tar.h"
#include "tarmake.h"

#include <string.h>

/* Reads an archive and writes what it saw as one line an entry: type path link size [data]. */
static pl_rc listing(pl_str bytes, pl_buf *out, pl_err *err)
{
    static const char letters[] = "fhlcbdpo";
    pl_in_mem in = pl_in_of_str(bytes);
    PL_AUTO_TAR pl_tar *t = pl_tar_new(&in.in);

    for (;;) {
        pl_tar_entry e;
        bool is_end = false;
        pl_rc rc = pl_tar_next(t, &e, &is_end, err);
        if (rc || is_end)
            return rc;
        pl_buf_fmt(out, "%c %.*s %.*s %llu", letters[e.type], PL_F(e.path), PL_F(e.link),
                   (unsigned long long)e.size);
        char data[64];
        size_t n = 0;
        rc = pl_in_fill(pl_tar_data(t), data, sizeof(data), &n, err);
        if (rc)
            return rc;
        pl_buf_ch(out, ' ');
        for (size_t i = 0; i < n; i++)
            pl_buf_ch(out, data[i] ? data[i] : '.');
        pl_buf_ch(out, '\n');
    }
}

#define assert_listing(tar, want)                                                                  \
    do {                                                                                           \
        PL_AUTO_BUF pl_buf got_ = {0};                                                             \
        pl_err err_ = {0};                                                                         \
        assert_ok(listing(pl_buf_view(&(tar)), &got_, &err_), err_);                               \
        assert_str(pl_buf_view(&got_), want);                                                      \
    } while (0)

#define assert_refused(tar, code, part)                                                            \
    do {                                                                                           \
        PL_AUTO_BUF pl_buf got_ = {0};                                                             \
        pl_err err_ = {0};                                                                         \
        assert_int_equal(listing(pl_buf_view(&(tar)), &got_, &err_), code);                        \
        if (!strstr(err_.text, part))                                                              \
            fail_msg("got \"%s\", want \"%s\"", err_.text, part);                                  \
    } while (0)

static void plain_entries_are_read_in_order(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};

    mk_tar(&tar, (const mk_entry[]){{.path = "etc/", .type = '5', .mode = 0755},
                                    {.path = "etc/a", .data = "hello"},
                                    {.path = "etc/b", .type = '2', .link = "a"},
                                    {.path = "etc/c", .type = '1', .link = "etc/a"},
                                    {.path = "dev/null", .type = '3'},
                                    {.path = "empty", .data = ""},
                                    {NULL}});
    assert_listing(tar, "d etc/  0 \nf etc/a  5 hello\nl etc/b a 0 \nh etc/c etc/a 0 \n"
                        "c dev/null  0 \nf empty  0 \n");
}

static void long_names_come_in_four_ways(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};

    mk_add(&tar, &(mk_entry){.path = "name", .prefix = "some/folder", .data = "1"});
    mk_add(&tar,
           &(mk_entry){.path = "name", .prefix = "not/used", .magic = "ustar  ", .data = "2"});
    mk_meta(&tar, 'L', "gnu/long/name\0rest", 18);
    mk_meta(&tar, 'K', "gnu/long/target", 15);
    mk_add(&tar, &(mk_entry){.path = "short", .type = '2', .link = "other"});
    mk_pax(&pax, "path", "pax/long/name");
    mk_pax(&pax, "linkpath", "pax/target");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "short", .type = '1', .link = "other"});
    mk_add(&tar, &(mk_entry){.path = "after", .data = "3"});
    mk_end(&tar);
    assert_listing(tar, "f some/folder/name  1 1\nf name  1 2\n"
                        "l gnu/long/name gnu/long/target 0 \n"
                        "h pax/long/name pax/target 0 \nf after  1 3\n");
}

static void pax_values_may_hold_newlines_and_equal_signs(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};

    mk_pax(&pax, "comment", "12 path=evil\nmore");
    mk_pax(&pax, "path", "a=b\nc");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "x", .data = "1"});
    mk_end(&tar);
    assert_listing(tar, "f a=b\nc  1 1\n");
}

static void global_headers_change_nothing(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};

    mk_pax(&pax, "path", "everything/is/here");
    mk_meta(&tar, 'g', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "x", .data = "1"});
    mk_end(&tar);
    assert_listing(tar, "f x  1 1\n");
}

static void sizes_may_be_base_256_or_in_pax(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};

    mk_add(&tar,
           &(mk_entry){.path = "a", .data = "four", .size_text = "\x80\0\0\0\0\0\0\0\0\0\0\4"});
    mk_pax(&pax, "size", "3");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "b", .data = "xyz", .size_text = "00000000000"});
    mk_add(&tar, &(mk_entry){.path = "c", .data = "12", .size_text = "         2 "});
    mk_end(&tar);
    assert_listing(tar, "f a  4 four\nf b  3 xyz\nf c  2 12\n");
}

/* As Go's reader has it: what is only a name has no data, whatever its size says. */
static void links_and_folders_have_no_data(void **state)
{
    (void)state;
    static const char types[] = {'1', '2', '3', '4', '5', '6'};

    for (size_t i = 0; i < sizeof(types); i++) {
        PL_AUTO_BUF pl_buf tar = {0};
        PL_AUTO_BUF pl_buf got = {0};
        pl_err err = {0};
        mk_add(&tar, &(mk_entry){.path = "x", .type = types[i], .size_text = "00000002000"});
        mk_add(&tar, &(mk_entry){.path = "next", .data = "here"});
        mk_end(&tar);
        assert_ok(listing(pl_buf_view(&tar), &got, &err), err);
        if (!pl_str_ends(pl_buf_view(&got), PL_S("f next  4 here\n")))
            fail_msg("type %c: %.*s", types[i], PL_F(pl_buf_view(&got)));
    }
}

static void old_archives_mark_folders_by_a_slash(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};

    mk_add(&tar, &(mk_entry){.path = "old/", .magic = "\0\0\0\0\0\0\0"});
    mk_add(&tar, &(mk_entry){.path = "old/file", .magic = "\0\0\0\0\0\0\0", .data = "1"});
    mk_patch(&tar, 0, 156, "\0", 1);
    mk_patch(&tar, 512, 156, "\0", 1);
    mk_end(&tar);
    assert_listing(tar, "d old/  0 \nf old/file  1 1\n");
}

static void checksums_of_signed_bytes_count(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    long sum = 0;

    mk_add(&tar, &(mk_entry){.path = "\xff\xfe.txt", .data = "1"});
    memset(tar.p + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += (signed char)tar.p[i];
    (void)snprintf(tar.p + 148, 8, "%06lo", (unsigned long)sum);
    mk_end(&tar);
    assert_listing(tar, "f \xff\xfe.txt  1 1\n");
}

static void the_end_needs_no_zero_blocks(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf nothing = {0};

    mk_add(&tar, &(mk_entry){.path = "x", .data = "1"});
    assert_listing(tar, "f x  1 1\n");
    assert_listing(nothing, "");
}

/* ---- sparse files ---- */

static void old_sparse_files_are_filled_with_zeros(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};

    mk_add(&tar, &(mk_entry){.path = "s", .type = 'S', .magic = "ustar  ", .data = "abcd"});
    mk_patch(&tar, 0, 386,
             "00000000002\0"
             "00000000002\0"
             "00000000006\0"
             "00000000002\0",
             48);
    mk_patch(&tar, 0, 483, "00000000011\0", 12);
    mk_add(&tar, &(mk_entry){.path = "next", .data = "1"});
    mk_end(&tar);
    assert_listing(tar, "f s  9 ..ab..cd.\nf next  1 1\n");
}

static void pax_sparse_files_come_in_three_versions(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};
    PL_AUTO_BUF pl_buf data = {0};

    mk_pax(&pax, "GNU.sparse.size", "6");
    mk_pax(&pax, "GNU.sparse.numblocks", "1");
    mk_pax(&pax, "GNU.sparse.offset", "2");
    mk_pax(&pax, "GNU.sparse.numbytes", "3");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "v00", .data = "abc"});

    pl_buf_reset(&pax);
    mk_pax(&pax, "GNU.sparse.map", "0,1,4,2");
    mk_pax(&pax, "GNU.sparse.size", "7");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "v01", .data = "abc"});

    pl_buf_reset(&pax);
    mk_pax(&pax, "GNU.sparse.major", "1");
    mk_pax(&pax, "GNU.sparse.minor", "0");
    mk_pax(&pax, "GNU.sparse.name", "v10");
    mk_pax(&pax, "GNU.sparse.realsize", "5");
    mk_pax(&pax, "path", "GNUSparseFile.1/v10");
    mk_meta(&tar, 'x', pax.p, pax.n);
    pl_buf_c(&data, "1\n2\n2\n");
    while (data.n < 512)
        pl_buf_ch(&data, '\0');
    pl_buf_c(&data, "zz");
    mk_add(&tar, &(mk_entry){.path = "other", .data = data.p, .data_n = data.n});
    mk_add(&tar, &(mk_entry){.path = "next", .data = "1"});
    mk_end(&tar);
    assert_listing(tar, "f v00  6 ..abc.\nf v01  7 a...bc.\nf v10  5 ..zz.\nf next  1 1\n");
}

static void sparse_maps_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *map, *size, *why;
    } cases[] = {
        {"0,5", "5", "more bytes than the archive holds"},
        {"4,2,0,1", "9", "runs backwards"},
        {"0,2,9,1", "5", "passes the end"},
        {"9223372036854775807,9223372036854775807", "5", "passes the end"},
        {"0,x", "5", "no number"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf tar = {0};
        PL_AUTO_BUF pl_buf pax = {0};
        mk_pax(&pax, "GNU.sparse.map", cases[i].map);
        mk_pax(&pax, "GNU.sparse.size", cases[i].size);
        mk_meta(&tar, 'x', pax.p, pax.n);
        mk_add(&tar, &(mk_entry){.path = "s", .data = "abc"});
        assert_refused(tar, PL_FORMAT, cases[i].why);
    }
}

static void holes_are_read_as_far_as_the_budget_goes(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};
    uint64_t left = 1000;
    char data[4096];
    size_t n = 0;
    bool end = false;
    pl_tar_entry e;
    pl_err err = {0};

    mk_pax(&pax, "GNU.sparse.map", "0,3,1125899906842624,0");
    mk_pax(&pax, "GNU.sparse.size", "1125899906842624");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "s", .data = "abc"});
    mk_add(&tar, &(mk_entry){.path = "after", .data = "z"});
    mk_end(&tar);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    PL_AUTO_TAR pl_tar *t = pl_tar_new(&in.in);
    assert_non_null(t);
    pl_tar_limit_holes(t, &left);
    assert_ok(pl_tar_next(t, &e, &end, &err), err);
    assert_true(e.holes > (uint64_t)1 << 49);
    assert_ok(pl_tar_read(t, data, 3, &n, &err), err);
    assert_ok(pl_tar_read(t, data, 900, &n, &err), err);
    assert_int_equal(n, 900);
    assert_int_equal(left, 100);
    assert_int_equal(pl_tar_read(t, data, 900, &n, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "MiB of holes"));
    assert_ok(pl_tar_next(t, &e, &end, &err), err); /* passing over a hole costs nothing */
    assert_true(pl_str_eq(e.path, PL_S("after")));
}

/* ---- what lies ---- */

static void cut_archives_say_where(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};

    mk_add(&tar, &(mk_entry){.path = "x", .data = "hello"});
    tar.n = 700;
    assert_refused(tar, PL_FORMAT, "ends in the middle of a file");
    tar.n = 514;
    assert_refused(tar, PL_FORMAT, "ends in the middle of a file");
    tar.n = 300;
    assert_refused(tar, PL_FORMAT, "ends in the middle of a header");
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};

    mk_add(&tar, &(mk_entry){.path = "x", .data = "hello"});
    tar.p[0] = 'y';
    assert_refused(tar, PL_FORMAT, "checksum");
    mk_patch(&tar, 0, 124, "9999999999\0", 11);
    assert_refused(tar, PL_FORMAT, "size is not a number");
    mk_patch(&tar, 0, 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    assert_refused(tar, PL_FORMAT, "size is not a number");
    mk_patch(&tar, 0, 124, "77777777777\0", 12);
    assert_refused(tar, PL_FORMAT, "ends in the middle of a file");
}

static void headers_larger_than_the_limit_are_refused(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};

    mk_add(&tar, &(mk_entry){.path = "x", .type = 'x', .size_text = "37777777777"});
    assert_refused(tar, PL_LIMIT, "at most");
}

static void pax_records_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"999 path=x\n", "length is wrong"}, {"x path=x\n", "length is wrong"},
        {"9 path=x", "length is wrong"},     {"5 =x\n", "without a key"},
        {"6 ab\n\n", "without a key"},       {"11 size=-5\n", "no number"},
        {"0 path=x\n", "length is wrong"},   {"15 size=9999999999999999999\n", "length is wrong"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf tar = {0};
        PL_AUTO_BUF pl_buf got = {0};
        pl_err err = {0};
        mk_meta(&tar, 'x', cases[i].text, strlen(cases[i].text));
        mk_add(&tar, &(mk_entry){.path = "x", .data = "1"});
        if (listing(pl_buf_view(&tar), &got, &err) != PL_FORMAT || !strstr(err.text, cases[i].why))
            fail_msg("\"%s\": %s", cases[i].text, err.text);
    }
}

static void attributes_tell_of_capabilities(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};
    pl_tar_entry e;
    bool is_end = false;
    pl_err err = {0};

    mk_pax(&pax, "SCHILY.xattr.security.capability", "xx");
    mk_pax(&pax, "uid", "70000000");
    mk_pax(&pax, "mtime", "12.5");
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "ping", .mode = 04755, .gid = 7});
    mk_add(&tar, &(mk_entry){.path = "plain"});
    mk_end(&tar);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    PL_AUTO_TAR pl_tar *t = pl_tar_new(&in.in);
    assert_ok(pl_tar_next(t, &e, &is_end, &err), err);
    assert_true(e.has_filecap);
    assert_int_equal(e.uid, 70000000);
    assert_int_equal(e.gid, 7);
    assert_int_equal(e.mode, 04755);
    assert_int_equal(e.mtime_s, 12);
    assert_ok(pl_tar_next(t, &e, &is_end, &err), err);
    assert_false(e.has_filecap);
    assert_int_equal(e.uid, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_entries_are_read_in_order),
        cmocka_unit_test(long_names_come_in_four_ways),
        cmocka_unit_test(pax_values_may_hold_newlines_and_equal_signs),
        cmocka_unit_test(global_headers_change_nothing),
        cmocka_unit_test(sizes_may_be_base_256_or_in_pax),
        cmocka_unit_test(links_and_folders_have_no_data),
        cmocka_unit_test(old_archives_mark_folders_by_a_slash),
        cmocka_unit_test(checksums_of_signed_bytes_count),
        cmocka_unit_test(the_end_needs_no_zero_blocks),
        cmocka_unit_test(old_sparse_files_are_filled_with_zeros),
        cmocka_unit_test(pax_sparse_files_come_in_three_versions),
        cmocka_unit_test(sparse_maps_that_lie_are_refused),
        cmocka_unit_test(holes_are_read_as_far_as_the_budget_goes),
        cmocka_unit_test(cut_archives_say_where),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(headers_larger_than_the_limit_are_refused),
        cmocka_unit_test(pax_records_that_lie_are_refused),
        cmocka_unit_test(attributes_tell_of_capabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
