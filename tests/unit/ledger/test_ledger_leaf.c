/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/json_write.h"
#include "ledger/canon.h"
#include "ledger/leaf.h"
#include "ledger/limits.h"
#include "ledger/roles.h"
#include "ledger/sealed.h"

#include <string.h>

#define CASE(text, ok)                                                                             \
    {                                                                                              \
        {text, sizeof(text) - 1}, ok                                                               \
    }

static void only_the_canonical_form_is_taken(void **state)
{
    (void)state;
    static const struct {
        pl_str text;
        bool ok;
    } cases[] = {
        CASE("{}", true),
        CASE("[]", true),
        CASE("null", true),
        CASE("{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"x\"}}", true),
        CASE("-9007199254740991", true),
        CASE("9007199254740991", true),
        CASE("9007199254740992", false),
        CASE("-0", false),
        CASE("01", false),
        CASE("-", false),
        CASE("1.0", false),
        CASE("1e3", false),
        CASE("{\"b\":1,\"a\":2}", false),
        CASE("{\"a\":1,\"a\":2}", false),
        CASE("{\"a\": 1}", false),
        CASE(" {}", false),
        CASE("{} ", false),
        CASE("{\"A\":1}", false),
        CASE("{\"a-b\":1}", false),
        CASE("{\"\":1}", false),
        CASE("{\"1\":1}", false),
        CASE("{\"_sd\":1,\"a.b\":1}", true),
        CASE("{\"a\":1,}", false),
        CASE("[1,]", false),
        CASE("[1 ,2]", false),
        CASE("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\"", true),
        CASE("\"\\/\"", false),
        CASE("\"\\u0041\"", false),
        CASE("\"\\u000a\"", false),
        CASE("\"\\u000B\"", false),
        CASE("\"\\u000b\"", true),
        CASE("\"\n\"", false),
        CASE("\"\x7f\"", true),
        CASE("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", true),
        CASE("\"\xc3\"", false),
        CASE("\"\xed\xa0\x80\"", false),
        CASE("\"abcdefghijklmnopqrstuvw", false),
        CASE("\"abcdefghijklmnop\\", false),
        CASE("tru", false),
        CASE("", false),
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_err err = {0};
        bool ok = pl_canon_check(cases[i].text, NULL, &err) == PL_OK;
        if (ok != cases[i].ok)
            fail_msg("%.*s: %d %s", PL_F(cases[i].text), ok, err.text);
    }
}

static void what_the_writer_writes_is_canonical(void **state)
{
    (void)state;
    json_t *doc = json_pack("{s:s, s:i, s:[b,n,{s:I}], s:s}", "z", "a\"\\\n\x01\x7f", "b.c", -5,
                            "a", 1, "deep", (json_int_t)9007199254740991, "_", "caf\xc3\xa9");
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    assert_non_null(doc);
    assert_ok(pl_json_canonical(doc, &out, &err), err);
    assert_ok(pl_canon_check(pl_buf_view(&out), NULL, &err), err);
    assert_str(pl_buf_view(&out),
               "{\"_\":\"caf\xc3\xa9\",\"a\":[true,null,{\"deep\":"
               "9007199254740991}],\"b.c\":-5,\"z\":\"a\\\"\\\\\\n\\u0001\x7f\"}");
    json_decref(doc);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char text[2 * PL_LEAF_DEPTH + 2];

    for (size_t depth = PL_LEAF_DEPTH - 1; depth <= PL_LEAF_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        bool ok = pl_canon_check((pl_str){text, 2 * depth}, NULL, NULL) == PL_OK;
        assert_int_equal(ok, depth <= PL_LEAF_DEPTH);
    }
}

static void members_are_walked_in_order_and_faults_are_told(void **state)
{
    (void)state;
    pl_canon_walk w = {.text = PL_S("{\"a\":[1,2],\"b\":\"x\"}")};

    assert_true(pl_canon_next(&w));
    assert_str(w.key, "a");
    assert_str(w.value, "[1,2]");
    assert_true(pl_canon_next(&w));
    assert_str(pl_canon_plain(w.value), "x");
    assert_false(pl_canon_next(&w));
    assert_true(pl_canon_walked(&w));
    assert_false(pl_canon_next(&w));

    static const char *const bad[] = {
        "{\"a\":1", "{\"a\":1]", "{\"b\":1,\"a\":1}", "[1,2", "{\"a\":1}x", "7", "", "{\"a\":1 }"};
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        pl_canon_walk b = {.text = pl_str_c(bad[i])};
        while (pl_canon_next(&b))
            continue;
        if (pl_canon_walked(&b))
            fail_msg("%s", bad[i]);
    }
}

static pl_leaf_parts parts(void)
{
    return (pl_leaf_parts){.type = PL_S("scan.result"),
                           .subj = PL_S("[{\"d\":\"sha256:00\",\"k\":\"image\"}]"),
                           .body = PL_S("{\"n\":1}"),
                           .ret = PL_S("pci"),
                           .agent = PL_S("host"),
                           .inst = PL_S("0011223344556677"),
                           .prog = PL_S("plimsoll/0.1.0"),
                           .via = PL_S("cli"),
                           .uid = 7,
                           .seq = 918273,
                           .boot = PL_S("b"),
                           .mono_ns = 123456789012,
                           .t_us = 1795254099123456};
}

static void a_leaf_reads_as_it_was_written(void **state)
{
    (void)state;
    pl_leaf_parts p = parts();
    PL_AUTO_BUF pl_buf out = {0};
    pl_leaf leaf;
    pl_err err = {0};

    assert_ok(pl_leaf_build(&p, &out, &err), err);
    assert_str(pl_buf_view(&out),
               "{\"body\":{\"n\":1},\"boot\":\"b\",\"from\":{\"agent\":\"host\",\"inst\":"
               "\"0011223344556677\",\"prog\":\"plimsoll/0.1.0\",\"uid\":7,\"via\":\"cli\"},\"id\":"
               "\"01a1fd7b-9cb3-7000-8000-000000000000\",\"mono\":\"123456789012\",\"ret\":\"pci\","
               "\"seq\":\"918273\",\"subj\":[{\"d\":\"sha256:00\",\"k\":\"image\"}],\"t\":"
               "\"2026-11-21T09:41:39.123456Z\",\"type\":\"scan.result\",\"v\":1}");
    assert_ok(pl_leaf_parse(pl_buf_view(&out), &leaf, &err), err);
    assert_str(leaf.type, "scan.result");
    assert_str(leaf.inst, "0011223344556677");
    assert_str(leaf.body, "{\"n\":1}");
    assert_int_equal(leaf.seq, 918273);
    assert_int_equal(leaf.mono_ns, 123456789012);
    assert_int_equal(leaf.blobs.n, 0);
}

static void parts_outside_the_profile_are_refused(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    static char big[PL_LEAF_MAX + 8];
    pl_err err = {0};

    memset(big, 'x', sizeof(big));
    memcpy(big, "{\"a\":\"", 6);
    memcpy(big + PL_LEAF_MAX - 2, "\"}", 2);
    struct {
        pl_leaf_parts p;
        pl_rc rc;
    } cases[] = {{parts(), PL_OK},     {parts(), PL_USAGE},  {parts(), PL_FORMAT},
                 {parts(), PL_FORMAT}, {parts(), PL_FORMAT}, {parts(), PL_LIMIT},
                 {parts(), PL_FORMAT}, {parts(), PL_LIMIT}};
    cases[1].p.type = PL_S("scan");
    cases[2].p.body = PL_S("[]");
    cases[3].p.body = PL_S("{\"a\":1.5}");
    cases[4].p.subj = PL_S("{}");
    cases[5].p.body = (pl_str){big, PL_LEAF_MAX};
    cases[6].p.blobs = PL_S("{}");
    cases[7].p.body = (pl_str){big, PL_LEAF_MAX + 8};
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_rc rc = pl_leaf_build(&cases[i].p, &out, &err);
        if (rc != cases[i].rc)
            fail_msg("case %zu: %s: %s", i, pl_rc_text(rc), err.text);
        pl_buf_reset(&out);
    }
}

static void a_leaf_with_other_members_is_no_record(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cuts[] = {
        {"\"v\":1", "\"v\":2"},
        {"\"v\":1", "\"v\":1,\"w\":1"},
        {"\"boot\":\"b\",", ""},
        {"\"seq\":\"918273\"", "\"seq\":918273"},
        {"\"seq\":\"918273\"", "\"seq\":\"-1\""},
        {"\"inst\":\"0011223344556677\",", ""},
        {"\"type\":\"scan.result\"", "\"type\":\"scan\""},
        {"\"body\":{\"n\":1}", "\"body\":[]"},
        {"{\"body\"", "{\"_sd_alg\":\"sha-1\",\"body\""},
    };
    pl_leaf_parts p = parts();
    PL_AUTO_BUF pl_buf good = {0};
    pl_leaf leaf;
    pl_err err = {0};

    assert_ok(pl_leaf_build(&p, &good, &err), err);
    pl_buf_ch(&good, '\0');
    for (size_t i = 0; i < PL_COUNT(cuts); i++) {
        PL_AUTO_BUF pl_buf bad = {0};
        const char *at = strstr(good.p, cuts[i].from);
        assert_non_null(at);
        pl_buf_add(&bad, good.p, (size_t)(at - good.p));
        pl_buf_c(&bad, cuts[i].to);
        pl_buf_c(&bad, at + strlen(cuts[i].from));
        if (pl_leaf_parse(pl_buf_view(&bad), &leaf, NULL) == PL_OK)
            fail_msg("case %zu: %.*s", i, PL_F(pl_buf_view(&bad)));
    }
}

static void a_disclosure_is_found_by_its_digest(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf one = {0};
    PL_AUTO_BUF pl_buf two = {0};
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char digest[PL_SHA256], got[PL_SHA256];
    pl_err err = {0};

    assert_ok(pl_sealed_make("user", PL_S("\"alice\""), &one, &err), err);
    assert_ok(pl_sealed_make("user", PL_S("\"alice\""), &two, &err), err);
    assert_false(pl_str_eq(pl_buf_view(&one), pl_buf_view(&two)));
    pl_sealed_hash(pl_buf_view(&one), digest, &text);
    assert_true(pl_sealed_digest(pl_buf_view(&text), got));
    assert_memory_equal(digest, got, sizeof(got));
    text.p[3] = '+';
    assert_false(pl_sealed_digest(pl_buf_view(&text), got));
    assert_false(pl_sealed_digest(PL_S(""), got));
}

/* RFC 9901 section 4.2.3 hashes this disclosure. */
static void the_published_disclosure_has_its_digest(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char digest[PL_SHA256];

    pl_sealed_hash(PL_S("WyI2cU1RdlJMNWhhaiIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"), digest, &text);
    assert_str(pl_buf_view(&text), "uutlBuYeMDyjLLTpf6Jxi7yNkEF35jdyWMn9U7b_RYY");
}

static void roles_write_their_types_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *role, *type;
        bool may;
    } cases[] = {
        {"cli", "scan.result", true},    {"cli", "scan.vex", true},
        {"cli", "check.result", true},   {"cli", "docker.inspect", true},
        {"cli", "docker.event", false},  {"cli", "check.results", false},
        {"cli", "scan", false},          {"cli", "ledger.open", false},
        {"cli", "ledger.erase", false},  {"cli", "govern.waive", false},
        {"watch", "scan.result", false}, {"watch", "runtime.alert", true},
        {"gate", "docker.authz", true},  {"engine", "docker.inspect", true},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        const pl_role *r = pl_role_find(pl_str_c(cases[i].role));
        assert_non_null(r);
        if (pl_role_may(r, pl_str_c(cases[i].type)) != cases[i].may)
            fail_msg("%s %s", cases[i].role, cases[i].type);
    }
    assert_null(pl_role_find(PL_S("root")));
    for (const pl_role *r = pl_roles; r->name; r++)
        assert_false(pl_role_may(r, PL_S("ledger.close")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_canonical_form_is_taken),
        cmocka_unit_test(what_the_writer_writes_is_canonical),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(members_are_walked_in_order_and_faults_are_told),
        cmocka_unit_test(a_leaf_reads_as_it_was_written),
        cmocka_unit_test(parts_outside_the_profile_are_refused),
        cmocka_unit_test(a_leaf_with_other_members_is_no_record),
        cmocka_unit_test(a_disclosure_is_found_by_its_digest),
        cmocka_unit_test(the_published_disclosure_has_its_digest),
        cmocka_unit_test(roles_write_their_types_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
