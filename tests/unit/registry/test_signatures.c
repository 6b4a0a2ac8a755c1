/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside an image about who signed it, and the keys that it is verified with. */
#include "test.h"

#include "core/buf.h"
#include "core/hash.h"
#include "registry/limits.h"
#include "registry/signature_docs.h"
#include "registry/signature_key.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX

static pl_arena *arena(void **state)
{
    return *state;
}

static int make_arena(void **state)
{
    *state = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    return *state ? 0 : -1;
}

static int drop_arena(void **state)
{
    pl_arena_free(*state);
    return 0;
}

/* ---- documents ---- */

static void a_manifest_of_signatures_has_their_bytes(void **state)
{
    pl_attached m;
    pl_err err = {0};
    pl_rc rc = pl_attached_read(
        PL_S("{\"config\":{\"mediaType\":\"c\",\"digest\":\"x\"},\"layers\":[{\"mediaType\":\"t\","
             "\"digest\":\"" DIGEST "\",\"size\":7,\"annotations\":{\"a\":\"b\","
             "\"dev.cosignproject.cosign/signature\":\"c2lnbmVk\"}},{\"digest\":\"" DIGEST
             "\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"c2lnbmVk*\"}}]}"),
        arena(state), &m, &err);

    assert_ok(rc, err);
    assert_false(m.is_index);
    assert_str(m.type, "c");
    assert_int_equal(m.n, 2);
    assert_str(m.parts[0].signature, "signed");
    assert_str(m.parts[0].type, "t");
    assert_int_equal(m.parts[0].size, 7);
    assert_int_equal(m.parts[1].signature.n, 0);
}

static void a_list_of_referrers_has_their_kinds(void **state)
{
    pl_attached m;
    pl_err err = {0};
    pl_rc rc = pl_attached_read(
        PL_S("{\"manifests\":[{\"mediaType\":\"m\",\"artifactType\":\"a\",\"digest\":\"" DIGEST
             "\"},{\"mediaType\":\"m\",\"digest\":\"" DIGEST "\"}]}"),
        arena(state), &m, &err);

    assert_ok(rc, err);
    assert_true(m.is_index);
    assert_str(m.parts[0].type, "a");
    assert_str(m.parts[1].type, "m");
}

static void what_a_list_has_too_many_of_is_said_to_be_cut(void **state)
{
    PL_AUTO_BUF pl_buf json = {0};
    pl_attached m;
    pl_err err = {0};

    pl_buf_c(&json, "{\"layers\":[{}");
    for (size_t i = 0; i < PL_REGISTRY_ATTACHED; i++)
        pl_buf_c(&json, ",{}");
    pl_buf_c(&json, "]}");
    assert_ok(pl_attached_read(pl_buf_view(&json), arena(state), &m, &err), err);
    assert_true(m.is_cut);
    assert_int_equal(m.n, PL_REGISTRY_ATTACHED);
}

static void a_payload_says_which_digest_of_which_name(void **state)
{
    pl_signed_claim c;
    pl_err err = {0};
    pl_rc rc = pl_signed_claim_read(
        PL_S("{\"critical\":{\"identity\":{\"docker-reference\":\"r.example/a\"},\"image\":{"
             "\"docker-manifest-digest\":\"" DIGEST "\"},\"type\":\"t\"},\"optional\":null}"),
        arena(state), &c, &err);

    assert_ok(rc, err);
    assert_str(c.reference, "r.example/a");
    assert_str(c.digest, DIGEST);
    assert_str(c.type, "t");
}

static void a_statement_about_several_things_is_about_none(void **state)
{
    static const struct {
        const char *subjects, *digest;
    } rows[] = {
        {"[{\"digest\":{\"sha256\":\"" HEX "\"}}]", DIGEST},
        {"[{\"digest\":{\"sha256\":\"" HEX "\"}},{\"digest\":{\"sha256\":\"" HEX "\"}}]",
         "sha256:"},
        {"[{\"digest\":{\"sha512\":\"" HEX "\"}}]", "sha256:"},
        {"[]", "sha256:"},
        {"{}", "sha256:"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf json = {0};
        pl_signed_claim c;
        pl_err err = {0};
        pl_buf_fmt(&json, "{\"predicateType\":\"p\",\"subject\":%s}", rows[i].subjects);
        assert_ok(pl_signed_statement_read(pl_buf_view(&json), arena(state), &c, &err), err);
        if (!pl_str_eq(c.digest, pl_str_c(rows[i].digest)))
            fail_msg("%s: %.*s", rows[i].subjects, PL_F(c.digest));
        assert_str(c.type, "p");
    }
}

static void what_stands_twice_in_a_signed_document_is_refused(void **state)
{
#define IMAGE "\"image\":{\"docker-manifest-digest\":\"" DIGEST "\"}"
#define SUBJECT "\"subject\":[{\"digest\":{\"sha256\":\"" HEX "\"}}]"
    static const struct {
        bool is_statement, is_good;
        const char *json;
    } rows[] = {
        {false, true, "{\"critical\":{" IMAGE "},\"optional\":{\"a\":1,\"a\":2}}"},
        {false, false, "{\"critical\":{" IMAGE "},\"critical\":{}}"},
        {false, false, "{\"critical\":{" IMAGE "," IMAGE "}}"},
        {false, false, "{\"critical\":{\"type\":\"a\",\"type\":\"b\"}}"},
        {false, false, "{\"critical\":{\"identity\":{},\"identity\":{}}}"},
        {false, false,
         "{\"critical\":{\"identity\":{\"docker-reference\":\"a\",\"docker-reference\":\"b\"}}}"},
        {true, true, "{\"predicateType\":\"p\"," SUBJECT ",\"predicate\":{},\"predicate\":{}}"},
        {true, false, "{" SUBJECT "," SUBJECT "}"},
        {true, false, "{\"predicateType\":\"p\",\"predicateType\":\"q\"}"},
        {true, false, "{\"subject\":[{\"digest\":{},\"digest\":{}}]}"},
        {true, false, "{\"subject\":[{\"digest\":{\"sha256\":\"a\",\"sha256\":\"b\"}}]}"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_signed_claim c;
        pl_rc rc = rows[i].is_statement
                       ? pl_signed_statement_read(pl_str_c(rows[i].json), arena(state), &c, NULL)
                       : pl_signed_claim_read(pl_str_c(rows[i].json), arena(state), &c, NULL);
        if (rc != (rows[i].is_good ? PL_OK : PL_FORMAT))
            fail_msg("%s", rows[i].json);
    }
}

static void a_bundle_has_payload_and_signatures(void **state)
{
    pl_signature_bundle b;
    pl_err err = {0};
    pl_rc rc = pl_signature_bundle_read(
        PL_S("{\"dsseEnvelope\":{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{"
             "\"sig\":\"c2lnbmVk\",\"keyid\":\"\"}]},\"verificationMaterial\":{}}"),
        arena(state), &b, &err);

    assert_ok(rc, err);
    assert_str(b.payload, "{}");
    assert_str(b.payload_type, "t");
    assert_int_equal(b.n, 1);
    assert_str(b.signatures[0], "signed");
    rc = pl_signature_bundle_read(PL_S("{\"dsseEnvelope\":{\"signatures\":[{},{},{},{},{}]}}"),
                                  arena(state), &b, &err);
    assert_int_equal(rc, PL_FORMAT);
}

/* ---- keys ---- */

/* Made by openssl; it has signed "text" (ECDSA on P-256 over SHA-256). */
#define KEY                                                                                        \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpp1JcDcQHykDmgBYoNSATYTa8FcF\n"                           \
    "xuUB6TqBpRdqH3wZi1wg3Qp48tkJuaHG83mt2i/WmN8JtzuWFAolvLhKwQ==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define SIGNATURE                                                                                  \
    "MEYCIQDiyg2qGiNVcNQxfRnRhbr1PVOo4t0lR9P69vDvAlUvTwIhAPoGUgmU"                                 \
    "Xue7oGVDxGXazOlzUK8CzdrH0qz5iE2z8nvp"

/* A file that is there as long as the descriptor. */
static int write_file(const char *text, char *path, size_t room)
{
    int fd = memfd_create("key", MFD_CLOEXEC);

    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)snprintf(path, room, "/proc/self/fd/%d", fd);
    return fd;
}

static void only_what_the_key_signed_holds(void **state)
{
    PL_AUTO_BUF pl_buf signature = {0};
    char path[64];
    PL_AUTO_FD int fd = write_file(KEY, path, sizeof(path));
    pl_signature_keys keys;
    pl_err err = {0};

    assert_true(fd >= 0);
    assert_ok(pl_signature_keys_read(path, arena(state), &keys, &err), err);
    assert_int_equal(keys.n, 1);
    assert_true(pl_unbase64(PL_S(SIGNATURE), &signature));
    pl_str der = keys.items[0].der;
    assert_true(pl_signature_holds(der, pl_buf_view(&signature), PL_S("text")));
    assert_false(pl_signature_holds(der, pl_buf_view(&signature), PL_S("test")));
    assert_false(pl_signature_holds(der, PL_S(""), PL_S("text")));
    signature.p[20] ^= 1;
    assert_false(pl_signature_holds(der, pl_buf_view(&signature), PL_S("text")));
    assert_false(pl_signature_holds(PL_S("0"), pl_buf_view(&signature), PL_S("text")));
}

static void the_key_of_the_nearest_scope_is_the_one(void **state)
{
    static const struct {
        const char *reference;
        size_t n;
        const char *scope;
    } rows[] = {
        {"r.example/team/app:1", 1, "r.example/team"},
        {"r.example/team:1", 1, "r.example/team"},
        {"r.example/teams/app", 1, "r.example"},
        {"r.example:5000/team/app", 1, ""},
        {"nginx", 1, "docker.io/library"},
        {"other/nginx", 1, ""},
    };
    char path[64], words[512];
    PL_AUTO_FD int fd = write_file(KEY, path, sizeof(path));
    pl_signature_keys all, some;
    pl_err err = {0};

    assert_true(fd >= 0);
    (void)snprintf(words, sizeof(words),
                   "%s, r.example=%s,R.EXAMPLE:443/team=%s,index.docker.io/library=%s", path, path,
                   path, path);
    assert_ok(pl_signature_keys_read(words, arena(state), &all, &err), err);
    assert_int_equal(all.n, 4);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_reference r;
        assert_ok(pl_reference_parse(pl_str_c(rows[i].reference), &r, &err), err);
        assert_ok(pl_signature_keys_for(&all, &r, arena(state), &some, &err), err);
        assert_int_equal(some.n, rows[i].n);
        if (!pl_str_eq(some.items[0].scope, pl_str_c(rows[i].scope)))
            fail_msg("%s: %.*s", rows[i].reference, PL_F(some.items[0].scope));
    }
}

static void what_is_no_key_is_a_mistake_of_the_caller(void **state)
{
    static const char weak[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDXCy2TK5atpyhluW1nAk/WWDjO\n"
                               "Hnkwh9w6iY6pMQymo2u3fxa1/A0KxW04qEsB9Z6+Nqsm8VU06367Sma48zuhoWlk\n"
                               "YpqM2F0pT9XogGcU/qPBxMywS7S2jZjHdz8dzfOEHuWZrdGXwU+Rp70P746jYf/I\n"
                               "BQBRaJMmVAfnoBrJ3QIDAQAB\n"
                               "-----END PUBLIC KEY-----\n";
    char path[64], bad_scope[128];
    PL_AUTO_FD int fd = write_file(weak, path, sizeof(path));
    pl_signature_keys keys;

    assert_true(fd >= 0);
    (void)snprintf(bad_scope, sizeof(bad_scope), "Not a host=%s", path);
    const struct {
        const char *words, *said;
    } rows[] = {{path, "2048 bits"},
                {bad_scope, "HOST[/PATH]="},
                {"/none/such.pub", "/none/such.pub"},
                {"r.example=", "r.example="}};
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_err err = {0};
        pl_rc rc = pl_signature_keys_read(rows[i].words, arena(state), &keys, &err);
        assert_int_equal(rc, PL_USAGE);
        if (!strstr(err.text, rows[i].said))
            fail_msg("%s: %s", rows[i].words, err.text);
    }
    pl_err err = {0};
    assert_ok(pl_signature_keys_read(NULL, arena(state), &keys, &err), err);
    assert_int_equal(keys.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_of_signatures_has_their_bytes),
        cmocka_unit_test(a_list_of_referrers_has_their_kinds),
        cmocka_unit_test(what_a_list_has_too_many_of_is_said_to_be_cut),
        cmocka_unit_test(a_payload_says_which_digest_of_which_name),
        cmocka_unit_test(a_statement_about_several_things_is_about_none),
        cmocka_unit_test(what_stands_twice_in_a_signed_document_is_refused),
        cmocka_unit_test(a_bundle_has_payload_and_signatures),
        cmocka_unit_test(only_what_the_key_signed_holds),
        cmocka_unit_test(the_key_of_the_nearest_scope_is_the_one),
        cmocka_unit_test(what_is_no_key_is_a_mistake_of_the_caller),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
