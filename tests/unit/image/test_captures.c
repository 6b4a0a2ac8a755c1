/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/captures.h"
#include "image/limits.h"

#include <string.h>

/* Bytes that do not repeat soon, so that blocks differ. */
static void fill(char *p, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (char)(i % 7 ? seed >> 24 : 'x');
    }
}

static void take(pl_captures *c, uint32_t entry, const char *p, size_t n, size_t piece)
{
    pl_err err = {0};

    assert_ok(pl_captures_begin(c, entry, n, &err), err);
    for (size_t at = 0; at < n; at += piece)
        assert_ok(pl_captures_write(c, p + at, n - at < piece ? n - at : piece, &err), err);
    assert_ok(pl_captures_end(c, &err), err);
}

static void kept_files_come_back_whole_and_at_places(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        0,
        1,
        PL_CAPTURE_BLOCK - 1,
        PL_CAPTURE_BLOCK,
        PL_CAPTURE_BLOCK + 1,
        40 * PL_CAPTURE_BLOCK + 5,
    };
    static char content[41 * PL_CAPTURE_BLOCK];
    static char part[3 * PL_CAPTURE_BLOCK];
    pl_captures c = {0};
    pl_err err = {0};

    for (uint32_t i = 0; i < PL_COUNT(sizes); i++) {
        fill(content, sizes[i], i);
        take(&c, 10 + 2 * i, content, sizes[i], 10007);
    }
    for (uint32_t i = 0; i < PL_COUNT(sizes); i++) {
        PL_AUTO_BUF pl_buf back = {0};
        uint64_t n = 0;
        fill(content, sizes[i], i);
        assert_ok(pl_captures_get(&c, 10 + 2 * i, &back, &err), err);
        assert_true(pl_str_eq(pl_buf_view(&back), (pl_str){content, sizes[i]}));
        assert_ok(pl_captures_size(&c, 10 + 2 * i, &n, &err), err);
        assert_int_equal(n, sizes[i]);
        /* from the end to the beginning: more blocks than the cache has */
        for (size_t at = sizes[i]; at > 0; at -= at < 50021 ? at : 50021) {
            size_t want = sizes[i] - at < sizeof(part) ? sizes[i] - at : sizeof(part);
            assert_true(pl_captures_at(&c, 10 + 2 * i, at, part, want));
            assert_memory_equal(part, content + at, want);
        }
        assert_false(pl_captures_at(&c, 10 + 2 * i, sizes[i], part, 1));
        assert_true(pl_captures_at(&c, 10 + 2 * i, sizes[i], part, 0));
    }
    pl_captures_done(&c);
}

static void what_is_dropped_or_never_was_is_not_there(void **state)
{
    (void)state;
    pl_captures c = {0};
    PL_AUTO_BUF pl_buf back = {0};
    char b = 0;
    pl_err err = {0};

    take(&c, 3, "abc", 3, 3);
    take(&c, 5, "defg", 4, 1);
    assert_true(pl_captures_at(&c, 5, 3, &b, 1));
    assert_int_equal(b, 'g');
    pl_captures_drop(&c, 4);
    assert_int_equal(pl_captures_get(&c, 5, &back, &err), PL_NOTFOUND);
    take(&c, 4, "hijk", 4, 4);
    assert_true(pl_captures_at(&c, 4, 3, &b, 1));
    assert_int_equal(b, 'k');
    assert_false(pl_captures_at(&c, 7, 0, &b, 1));
    assert_ok(pl_captures_get(&c, 3, &back, &err), err);
    assert_str(pl_buf_view(&back), "abc");
    pl_captures_done(&c);
}

static void a_file_over_a_limit_is_known_but_not_kept(void **state)
{
    (void)state;
    static char noise[4 << 20];
    pl_captures c = {0};
    PL_AUTO_BUF pl_buf back = {0};
    pl_err err = {0};

    assert_ok(pl_captures_begin(&c, 1, (uint64_t)PL_IMAGE_CAPTURE_MAX + 1, &err), err);
    assert_ok(pl_captures_write(&c, "x", 1, &err), err);
    assert_ok(pl_captures_end(&c, &err), err);
    assert_int_equal(pl_captures_get(&c, 1, &back, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "PL_IMAGE_CAPTURE_MAX"));

    take(&c, 2, "small", 5, 5);
    /* bytes that do not shrink, until all together are too many */
    assert_ok(pl_captures_begin(&c, 3, PL_IMAGE_CAPTURE_MAX, &err), err);
    for (uint32_t i = 0; i <= (PL_IMAGE_CAPTURES_MAX / sizeof(noise)); i++) {
        uint64_t x = 88172645463325252U + i;
        for (size_t k = 0; k + sizeof(x) <= sizeof(noise); k += sizeof(x)) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            memcpy(noise + k, &x, sizeof(x));
        }
        assert_ok(pl_captures_write(&c, noise, sizeof(noise), &err), err);
    }
    assert_ok(pl_captures_end(&c, &err), err);
    assert_int_equal(pl_captures_get(&c, 3, &back, &err), PL_LIMIT);
    assert_true(c.total < 100);
    assert_ok(pl_captures_get(&c, 2, &back, &err), err);
    assert_str(pl_buf_view(&back), "small");
    pl_captures_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_files_come_back_whole_and_at_places),
        cmocka_unit_test(what_is_dropped_or_never_was_is_not_there),
        cmocka_unit_test(a_file_over_a_limit_is_known_but_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
