/* SPDX-License-Identifier: Apache-2.0 */
/* Between a command and its fetcher: every message comes back as it was written, and no question
 * leads to another path than its kind has. */
#include "test.h"

#include "registry/fetch_msg.h"
#include "registry/limits.h"

#include <string.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const pl_fetch_msg good[] = {
    {.kind = PL_FETCH_HOST,
     .host = {"registry.example:5000", 21},
     .certs = {"/etc/docker/certs.d", 19},
     .ca = {"/ca.pem", 7},
     .user = {"u", 1},
     .password = {"p:w", 3},
     .identity = {"i", 1},
     .bearer = {"b", 1},
     .may_be_plain = true},
    {.kind = PL_FETCH_START},
    {.kind = PL_FETCH_START,
     .proxies = {{"http://u:p@proxy", 16}, {"http://proxy:3128", 17}, {"10.0.0.0/8", 10}}},
    {.kind = PL_FETCH_ASK,
     .tag = 7,
     .what = PL_FETCH_BLOB,
     .host_index = 3,
     .repository = {"a/b", 3},
     .name = {DIGEST, 71},
     .size = 12345678901},
    {.kind = PL_FETCH_READY, .given = 7},
    {.kind = PL_FETCH_DONE,
     .tag = 7,
     .length = 99,
     .was_plain = true,
     .type = {"t", 1},
     .digest = {"d", 1},
     .next = {"last=x", 6}},
    {.kind = PL_FETCH_FAILED, .tag = 7, .rc = PL_NET, .sys = 5, .text = {"why", 3}},
};

static void a_message_comes_back_as_it_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(good); i++) {
        PL_AUTO_BUF pl_buf once = {0}, again = {0};
        pl_fetch_msg m;
        pl_err err = {0};
        pl_fetch_msg_write(&good[i], &once);
        size_t n_fds = good[i].kind == PL_FETCH_ASK;
        pl_rc rc = pl_fetch_msg_parse(pl_buf_view(&once), n_fds, &m, &err);
        assert_ok(rc, err);
        pl_fetch_msg_write(&m, &again);
        assert_true(pl_str_eq(pl_buf_view(&once), pl_buf_view(&again)));
    }
}

static void a_message_that_is_cut_or_longer_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(good); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_fetch_msg m;
        size_t n_fds = good[i].kind == PL_FETCH_ASK;
        pl_fetch_msg_write(&good[i], &b);
        for (size_t n = 0; n < b.n; n++)
            assert_int_equal(pl_fetch_msg_parse((pl_str){b.p, n}, n_fds, &m, NULL), PL_FORMAT);
        assert_int_equal(pl_fetch_msg_parse(pl_buf_view(&b), n_fds + 1, &m, NULL), PL_FORMAT);
        pl_buf_ch(&b, 0);
        assert_int_equal(pl_fetch_msg_parse(pl_buf_view(&b), n_fds, &m, NULL), PL_FORMAT);
    }
}

static void each_question_has_one_path(void **state)
{
    (void)state;
    static const struct {
        uint32_t what;
        const char *repository, *name, *path; /* NULL: refused */
    } rows[] = {
        {PL_FETCH_MANIFEST, "a/b", "1.0", "/v2/a/b/manifests/1.0"},
        {PL_FETCH_MANIFEST, "a", DIGEST, "/v2/a/manifests/" DIGEST},
        {PL_FETCH_BLOB, "a", DIGEST, "/v2/a/blobs/" DIGEST},
        {PL_FETCH_REFERRERS, "a", DIGEST, "/v2/a/referrers/" DIGEST},
        {PL_FETCH_REFERRERS, "a", "1.0", NULL},
        {PL_FETCH_TAGS, "a", "", "/v2/a/tags/list?n=200"},
        {PL_FETCH_TAGS, "a", "last=x&n=2", "/v2/a/tags/list?last=x&n=2"},
        {PL_FETCH_CATALOG, "", "", "/v2/_catalog?n=200"},
        {PL_FETCH_CATALOG, "", "last=x", "/v2/_catalog?last=x"},
        {PL_FETCH_CATALOG, "a", "", NULL},
        {PL_FETCH_BLOB, "a", "1.0", NULL},
        {PL_FETCH_BLOB, "", DIGEST, NULL},
        {PL_FETCH_MANIFEST, "a/../b", "1", NULL},
        {PL_FETCH_MANIFEST, "a", "../blobs", NULL},
        {PL_FETCH_MANIFEST, "a", "1?x", NULL},
        {PL_FETCH_MANIFEST, "a", "", NULL},
        {PL_FETCH_TAGS, "a", "x#y", NULL},
        {PL_FETCH_TAGS, "a", "x y", NULL},
        {PL_FETCH_TAGS, "a", "x\r\nHost: b", NULL},
        {0, "a", "1", NULL},
        {9, "a", "1", NULL},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf path = {0};
        const pl_fetch_msg m = {.kind = PL_FETCH_ASK,
                                .what = rows[i].what,
                                .repository = pl_str_c(rows[i].repository),
                                .name = pl_str_c(rows[i].name)};
        pl_rc rc = pl_fetch_path(&m, &path, NULL);
        if (rows[i].path ? rc != PL_OK || !pl_str_eq(pl_buf_view(&path), pl_str_c(rows[i].path))
                         : rc != PL_DENIED)
            fail_msg("row %zu: %.*s", i, PL_F(pl_buf_view(&path)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_back_as_it_was_written),
        cmocka_unit_test(a_message_that_is_cut_or_longer_is_none),
        cmocka_unit_test(each_question_has_one_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
