/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "cli/grid.h"

static void print(size_t within, pl_buf *out)
{
    static const char *const cells[] = {"ID",
                                        "CHECKS",
                                        "TITLE",
                                        "1.2.10",
                                        "CTR-001, CTR-002, CTR-003, CTR-004",
                                        "No container is privileged or holds more than it needs",
                                        "  2",
                                        "",
                                        "short"};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_grid g = pl_grid_of(a, 3);

    g.within = within;
    for (size_t i = 0; i < PL_COUNT(cells); i++)
        pl_grid_add(&g, pl_str_c(cells[i]));
    pl_grid_print(&g, out);
    assert_true(pl_buf_ok(out));
}

static void without_a_width_a_row_is_a_line(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};

    print(0, &out);
    assert_str(
        pl_buf_view(&out),
        "ID      CHECKS                              TITLE\n"
        "1.2.10  CTR-001, CTR-002, CTR-003, CTR-004  No container is privileged or holds more "
        "than it needs\n"
        "  2                                         short\n");
}

static void within_a_width_the_widest_columns_give_way_and_nothing_is_cut(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};

    print(50, &out);
    assert_str(pl_buf_view(&out), "ID      CHECKS                TITLE\n"
                                  "1.2.10  CTR-001, CTR-002,     No container is\n"
                                  "        CTR-003, CTR-004      privileged or holds\n"
                                  "                              more than it needs\n"
                                  "  2                           short\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_width_a_row_is_a_line),
        cmocka_unit_test(within_a_width_the_widest_columns_give_way_and_nothing_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
