/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/seal.h"

#include <string.h>

static const unsigned char key[PL_SEAL_KEY] = {1, 2, 3};
static const unsigned char other_key[PL_SEAL_KEY] = {1, 2, 4};

static void fill(pl_buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pl_buf_ch(b, (char)(i * 7 + i / 251));
}

static void what_was_sealed_opens_to_the_same_bytes(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 15, 16, 17, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 1 << 20};

    for (size_t i = 0; i < PL_COUNT(sizes); i++) {
        PL_AUTO_BUF pl_buf plain = {0}, sealed = {0}, back = {0};
        pl_err err = {0};
        fill(&plain, sizes[i]);
        pl_buf_c(&back, "before");
        assert_ok(pl_seal(key, PL_S("row"), pl_buf_view(&plain), &sealed, &err), err);
        assert_int_equal(sealed.n, sizes[i] + PL_SEAL_NONCE + PL_SEAL_TAG);
        assert_ok(pl_unseal(key, PL_S("row"), pl_buf_view(&sealed), &back, &err), err);
        assert_int_equal(back.n, 6 + sizes[i]);
        assert_memory_equal(back.p, "before", 6);
        if (sizes[i])
            assert_memory_equal(back.p + 6, plain.p, sizes[i]);
    }
}

static void sealed_bytes_show_nothing_and_differ_each_time(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf one = {0}, two = {0};
    pl_err err = {0};
    const pl_str secret = PL_S("a password that stands here in clear");

    assert_ok(pl_seal(key, PL_S(""), secret, &one, &err), err);
    assert_ok(pl_seal(key, PL_S(""), secret, &two, &err), err);
    assert_null(memmem(one.p, one.n, "password", 8));
    assert_int_equal(one.n, two.n);
    assert_memory_not_equal(one.p, two.p, one.n);
}

static void refuse(const unsigned char k[PL_SEAL_KEY], pl_str bound, pl_str sealed)
{
    PL_AUTO_BUF pl_buf back = {0};
    pl_err err = {0};

    pl_buf_c(&back, "before");
    assert_int_equal(pl_unseal(k, bound, sealed, &back, &err), PL_TAMPERED);
    assert_int_equal(back.n, 6);
}

static void any_other_byte_key_or_bound_is_refused(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf sealed = {0};
    pl_err err = {0};

    assert_ok(pl_seal(key, PL_S("row"), PL_S("what is kept"), &sealed, &err), err);
    refuse(other_key, PL_S("row"), pl_buf_view(&sealed));
    refuse(key, PL_S("raw"), pl_buf_view(&sealed));
    for (size_t n = 0; n < sealed.n; n++)
        refuse(key, PL_S("row"), (pl_str){sealed.p, n});
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        refuse(key, PL_S("row"), pl_buf_view(&sealed));
        sealed.p[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens_to_the_same_bytes),
        cmocka_unit_test(sealed_bytes_show_nothing_and_differ_each_time),
        cmocka_unit_test(any_other_byte_key_or_bound_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
