/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "vuln/xxh64.h"

/* Values of the reference implementation. */
static void the_checksum_is_xxh64(void **state)
{
    (void)state;
    assert_true(pl_xxh64(PL_S(""), 0) == UINT64_C(0xEF46DB3751D8E999));
    assert_true(pl_xxh64(PL_S("a"), 0) == UINT64_C(0xD24EC4F1A98C6E5B));
    assert_true(pl_xxh64(PL_S("abc"), 0) == UINT64_C(0x44BC2CF5AD770999));
    assert_true(pl_xxh64(PL_S("The quick brown fox jumps over the lazy dog"), 0) ==
                UINT64_C(0x0B242D361FDA71BC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_xxh64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
