/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/entries.h"
#include "image/limits.h"
#include "image/paths.h"
#include "image/tree_marks.h"

#include <stdio.h>
#include <string.h>

static void push(pl_entries *s, pl_entry_owner who)
{
    pl_entry e = {.size = s->n, .type = PL_ENTRY_FILE};
    pl_err err = {0};

    assert_ok(pl_entries_owner(s, who, &e.owner, &err), err);
    assert_ok(pl_entries_push(s, &e, &err), err);
}

/* ---- owners ---- */

static pl_entry_owner owner(size_t i)
{
    return (pl_entry_owner){(uint32_t)(i % 700), i % 3 ? UINT32_MAX : (uint32_t)i % 41};
}

static void owners_come_back_and_are_kept_once_for_files_that_share_them(void **state)
{
    (void)state;
    pl_entries s = {0};

    for (size_t i = 0; i < 1000; i++)
        push(&s, (pl_entry_owner){0, 0});
    assert_int_equal(s.n_owners, 0);
    for (size_t i = 0; i < 1000; i++)
        push(&s, (pl_entry_owner){1000, i / 500 ? 1000 : 7});
    assert_int_equal(s.n_owners, 2);
    for (size_t i = 0; i < 5000; i++)
        push(&s, owner(i));
    for (size_t i = 0; i < 7000; i++) {
        pl_entry_owner want = i < 1000   ? (pl_entry_owner){0, 0}
                              : i < 2000 ? (pl_entry_owner){1000, i < 1500 ? 7 : 1000}
                                         : owner(i - 2000);
        pl_entry_owner got = pl_entries_owner_of(&s, &s.items[i]);
        assert_int_equal(got.uid, want.uid);
        assert_int_equal(got.gid, want.gid);
    }
    pl_entries_done(&s);
}

static void owners_of_entries_that_are_not_pushed_take_no_room(void **state)
{
    (void)state;
    pl_entries s = {0};
    pl_err err = {0};
    uint32_t ref = 0;

    push(&s, (pl_entry_owner){5, 5});
    for (uint32_t i = 1; i < 100000; i++)
        assert_ok(pl_entries_owner(&s, (pl_entry_owner){i, i + 1}, &ref, &err), err);
    assert_true(s.n_owners <= s.n + 1);
    push(&s, (pl_entry_owner){6, 6});
    assert_int_equal(pl_entries_owner_of(&s, &s.items[0]).uid, 5);
    assert_int_equal(pl_entries_owner_of(&s, &s.items[1]).uid, 6);
    pl_entries_done(&s);
}

/* ---- digests ---- */

static void push_digests(pl_entries *s, unsigned has)
{
    pl_entry e = {.type = PL_ENTRY_FILE};
    pl_file_digests d = {.has = has};
    pl_err err = {0};

    memset(d.md5, (int)has + 1, sizeof(d.md5));
    memset(d.sha1, (int)has + 2, sizeof(d.sha1));
    memset(d.sha256, (int)has + 3, sizeof(d.sha256));
    assert_ok(pl_entries_digests(s, &d, &e.ref, &err), err);
    assert_ok(pl_entries_push(s, &e, &err), err);
}

static void digests_take_the_bytes_that_they_have(void **state)
{
    (void)state;
    pl_entries s = {0};
    pl_file_digests d;
    pl_entry link = {.ref = 1, .type = PL_ENTRY_SYMLINK};

    for (unsigned has = 0; has < 8; has++)
        push_digests(&s, has);
    assert_int_equal(s.n_digests, 8 + 4 * (16 + 20 + 32));
    for (unsigned has = 0; has < 8; has++) {
        assert_true(pl_entries_digests_of(&s, &s.items[has], &d));
        assert_int_equal(d.has, has);
        assert_int_equal(d.md5[15], has & PL_HAS_MD5 ? has + 1 : 0);
        assert_int_equal(d.sha1[19], has & PL_HAS_SHA1 ? has + 2 : 0);
        assert_int_equal(d.sha256[31], has & PL_HAS_SHA256 ? has + 3 : 0);
    }
    push(&s, (pl_entry_owner){0, 0});
    assert_false(pl_entries_digests_of(&s, &s.items[8], &d));
    assert_false(pl_entries_digests_of(&s, &link, &d));
    pl_entries_done(&s);
}

/* ---- the set ---- */

static void what_is_dropped_leaves_nothing_behind(void **state)
{
    (void)state;
    pl_entries s = {0};

    push(&s, (pl_entry_owner){1, 1});
    push_digests(&s, PL_HAS_MD5);
    for (size_t i = 0; i < 1000; i++) {
        push(&s, owner(i));
        push_digests(&s, PL_HAS_SHA256);
    }
    pl_entries_drop(&s, 2);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.n_owners, 1);
    assert_int_equal(s.n_digests, 17);
    push(&s, (pl_entry_owner){2, 2});
    push(&s, (pl_entry_owner){1, 1});
    assert_int_equal(pl_entries_owner_of(&s, &s.items[2]).uid, 2);
    assert_int_equal(pl_entries_owner_of(&s, &s.items[3]).uid, 1);
    pl_entries_drop(&s, 0);
    assert_int_equal(s.n + s.n_owners + s.n_digests, 0);
    pl_entries_done(&s);
}

static void a_full_set_says_so_by_the_name_of_the_limit(void **state)
{
    (void)state;
    pl_entries s = {0};
    pl_entry e = {.type = PL_ENTRY_DIR};
    pl_err err = {0};

    for (size_t i = 0; i < PL_IMAGE_ENTRIES_MAX; i++)
        assert_ok(pl_entries_push(&s, &e, &err), err);
    assert_int_equal(pl_entries_push(&s, &e, &err), PL_LIMIT);
    assert_true(pl_str_has(pl_str_c(err.text), PL_S("PL_IMAGE_ENTRIES_MAX")));
    pl_entries_done(&s);
}

/* ---- paths ---- */

static pl_str name_of(char text[32], size_t i)
{
    (void)snprintf(text, 32, "%zx", i);
    return pl_str_c(text);
}

/* Through several sizes of the table, just before and after it grows. */
static void every_path_is_found_again_and_no_other(void **state)
{
    (void)state;
    enum { FOLDERS = 300, FILES = 500 };
    PL_AUTO_PATHS pl_paths *p = pl_paths_new();
    char text[32];
    pl_err err = {0};
    uint32_t folder, node;

    for (size_t i = 0; i < FOLDERS; i++) {
        assert_ok(pl_paths_child(p, PL_PATH_ROOT, name_of(text, i), &folder, &err), err);
        for (size_t k = 0; k < FILES; k++) {
            assert_ok(pl_paths_child(p, folder, name_of(text, k), &node, &err), err);
            assert_int_equal(node, folder + k + 1);
        }
    }
    assert_int_equal(pl_paths_count(p), 1 + FOLDERS * (FILES + 1));
    for (uint32_t i = 0; i < FOLDERS; i++) {
        folder = pl_paths_find(p, PL_PATH_ROOT, name_of(text, i));
        assert_int_equal(folder, 1 + i * (FILES + 1));
        for (size_t k = 0; k < FILES; k++)
            assert_int_equal(pl_paths_find(p, folder, name_of(text, k)), folder + k + 1);
        assert_int_equal(pl_paths_find(p, folder, name_of(text, FILES + i)), PL_PATH_NONE);
        assert_int_equal(pl_paths_find(p, folder + 1, name_of(text, 1)), PL_PATH_NONE);
    }
    assert_ok(pl_paths_child(p, folder, name_of(text, 7), &node, &err), err);
    assert_int_equal(node, folder + 8);
}

static void as_many_paths_are_taken_as_the_limit_says(void **state)
{
    (void)state;
    PL_AUTO_PATHS pl_paths *p = pl_paths_new();
    char text[32];
    pl_err err = {0};
    uint32_t node = 0;

    for (size_t i = 1; i < PL_IMAGE_NODES_MAX; i++)
        if (pl_paths_child(p, (uint32_t)(i / 1000), name_of(text, i % 1000), &node, &err))
            fail_msg("%zu: %s", i, err.text);
    assert_int_equal(node, PL_IMAGE_NODES_MAX - 1);
    assert_int_equal(pl_paths_child(p, 0, PL_S("one more"), &node, &err), PL_LIMIT);
    assert_int_equal(pl_paths_find(p, node / 1000, name_of(text, node % 1000)), node);
}

/* ---- marks ---- */

static void marks_are_found_by_their_path_the_root_too(void **state)
{
    (void)state;
    pl_marks m = {0};

    assert_int_equal(pl_marks_get(&m, PL_PATH_ROOT).below, 0);
    for (uint32_t i = 0; i < 3000; i++) {
        pl_mark *mark = pl_marks_of(&m, i * 7);
        assert_non_null(mark);
        assert_int_equal(mark->gone, 0);
        mark->gone = i + 1;
        pl_marks_of(&m, i * 7)->below = i + 2;
    }
    assert_int_equal(m.n, 3000);
    for (uint32_t i = 0; i < 3000 * 7; i++) {
        assert_int_equal(pl_marks_get(&m, i).gone, i % 7 ? 0 : i / 7 + 1);
        assert_int_equal(pl_marks_get(&m, i).below, i % 7 ? 0 : i / 7 + 2);
    }
    pl_marks_done(&m);
    assert_int_equal(pl_marks_get(&m, 7).gone, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_come_back_and_are_kept_once_for_files_that_share_them),
        cmocka_unit_test(owners_of_entries_that_are_not_pushed_take_no_room),
        cmocka_unit_test(digests_take_the_bytes_that_they_have),
        cmocka_unit_test(what_is_dropped_leaves_nothing_behind),
        cmocka_unit_test(a_full_set_says_so_by_the_name_of_the_limit),
        cmocka_unit_test(every_path_is_found_again_and_no_other),
        cmocka_unit_test(as_many_paths_are_taken_as_the_limit_says),
        cmocka_unit_test(marks_are_found_by_their_path_the_root_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
