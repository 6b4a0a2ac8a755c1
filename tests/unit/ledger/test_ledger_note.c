/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "ledger/crypto.h"
#include "ledger/note.h"

#include <string.h>

/* The example of c2sp.org/signed-note. */
static const char foo_key[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char foo_note[] = "This is an example message.\n\n"
                               "\xe2\x80\x94 example.com/foo "
                               "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH"
                               "3mFXmRKuwHjG1Yu72IneyaQM=\n";

static pl_vkey foo(void)
{
    pl_vkey k;
    pl_err err = {0};
    assert_ok(pl_vkey_parse(pl_str_c(foo_key), &k, &err), err);
    return k;
}

static void the_published_note_opens(void **state)
{
    (void)state;
    pl_vkey k = foo();
    pl_str text;
    pl_err err = {0};

    assert_ok(pl_note_open(pl_str_c(foo_note), &k, &text, &err), err);
    assert_str(text, "This is an example message.\n");
    PL_AUTO_BUF pl_buf out = {0};
    pl_vkey_print(&k, &out);
    assert_true(pl_str_eq(pl_buf_view(&out), pl_str_c(foo_key)));
}

static void no_changed_byte_of_a_note_is_taken(void **state)
{
    (void)state;
    pl_vkey k = foo();
    char note[sizeof(foo_note)];
    pl_str text;

    for (size_t i = 0; i < sizeof(foo_note) - 1; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(note, foo_note, sizeof(note));
            note[i] = (char)(note[i] ^ 1 << bit);
            if (pl_note_open((pl_str){note, sizeof(note) - 1}, &k, &text, NULL) == PL_OK)
                fail_msg("byte %zu, bit %u", i, bit);
        }
}

static void keys_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        " +530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        pl_vkey k;
        if (pl_vkey_parse(pl_str_c(bad[i]), &k, NULL) == PL_OK)
            fail_msg("%s", bad[i]);
    }
}

static void our_own_note_opens_with_our_key_only(void **state)
{
    (void)state;
    PL_AUTO_SKEY pl_skey *one = NULL;
    PL_AUTO_SKEY pl_skey *two = NULL;
    PL_AUTO_SKEY pl_skey *again = NULL;
    PL_AUTO_BUF pl_buf note = {0};
    PL_AUTO_BUF pl_buf text = {0};
    pl_str got;
    pl_err err = {0};

    assert_ok(pl_skey_generate(PL_S("example.org/log"), &one, &err), err);
    assert_ok(pl_skey_generate(PL_S("example.org/log"), &two, &err), err);
    pl_skey_print(one, &text);
    assert_ok(pl_skey_parse(pl_buf_view(&text), &again, &err), err);
    assert_ok(pl_note_sign(PL_S("hello\n\nworld\n"), again, &note, &err), err);
    assert_ok(pl_note_open(pl_buf_view(&note), pl_skey_public(one), &got, &err), err);
    assert_str(got, "hello\n\nworld\n");
    assert_int_equal(pl_note_open(pl_buf_view(&note), pl_skey_public(two), &got, &err),
                     PL_TAMPERED);
}

/* Rotation and witnesses add lines: those of others are skipped, a wrong one of ours is not. */
static void other_signatures_are_skipped_and_a_wrong_one_of_ours_is_not(void **state)
{
    (void)state;
    PL_AUTO_SKEY pl_skey *key = NULL;
    PL_AUTO_BUF pl_buf note = {0};
    pl_str got;
    pl_err err = {0};

    assert_ok(pl_skey_generate(PL_S("example.org/log"), &key, &err), err);
    assert_ok(pl_note_sign(PL_S("hello\n"), key, &note, &err), err);
    size_t line = note.n - 7;
    pl_buf_c(&note, "\xe2\x80\x94 witness.example AAAAAAAAAAAA\n");
    assert_ok(pl_note_open(pl_buf_view(&note), pl_skey_public(key), &got, &err), err);
    PL_AUTO_BUF pl_buf twice = {0};
    pl_buf_str(&twice, pl_buf_view(&note));
    pl_buf_add(&twice, note.p + 7, line);
    assert_ok(pl_note_open(pl_buf_view(&twice), pl_skey_public(key), &got, &err), err);
    char *bad = twice.p + twice.n - 20;
    *bad = *bad == 'A' ? 'B' : 'A';
    assert_int_equal(pl_note_open(pl_buf_view(&twice), pl_skey_public(key), &got, &err),
                     PL_TAMPERED);
}

static void a_checkpoint_has_one_form(void **state)
{
    (void)state;
    static const char root[] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    static const struct {
        const char *head, *tail;
        bool ok;
    } cases[] = {
        {"example.org/log\n0\n", "\n", true},
        {"example.org/log\n18446744073709551615\n", "\n", true},
        {"example.org/log\n18446744073709551616\n", "\n", false},
        {"example.org/log\n01\n", "\n", false},
        {"example.org/log\n+1\n", "\n", false},
        {"example.org/log\n1\n", "", false},
        {"example.org/log\n1\n", "\nextension\n", false},
        {"\n1\n", "\n", false},
        {"example.org/log\n\n", "\n", false},
        {"example.org/log\n1\nx", "\n", false},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        PL_AUTO_BUF pl_buf again = {0};
        pl_checkpoint c;
        pl_buf_fmt(&text, "%s%s%s", cases[i].head, root, cases[i].tail);
        bool ok = pl_checkpoint_parse(pl_buf_view(&text), &c, NULL) == PL_OK;
        if (ok != cases[i].ok)
            fail_msg("case %zu: %d", i, ok);
        if (!ok)
            continue;
        pl_checkpoint_print(&c, &again);
        assert_true(pl_str_eq(pl_buf_view(&again), pl_buf_view(&text)));
    }
}

/* RFC 8032 section 7.1, TEST 1 and TEST 2. */
static void published_signatures_come_out(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *public, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "c"
         "f9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0"
         "f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        unsigned char seed[32], want[32], public[32], signature[64], got[64];
        pl_ed25519 *k = NULL;
        pl_err err = {0};
        assert_true(pl_unhex(pl_str_c(cases[i].seed), seed, 32));
        assert_true(pl_unhex(pl_str_c(cases[i].public), want, 32));
        assert_true(pl_unhex(pl_str_c(cases[i].signature), signature, 64));
        assert_ok(pl_ed25519_new(seed, &k, public, &err), err);
        assert_memory_equal(public, want, 32);
        assert_ok(pl_ed25519_sign(k, pl_str_c(cases[i].message), got, &err), err);
        assert_memory_equal(got, signature, 64);
        assert_true(pl_ed25519_holds(public, pl_str_c(cases[i].message), got));
        assert_false(pl_ed25519_holds(public, PL_S("other"), got));
        pl_ed25519_free(k);
    }
}

/* RFC 3394 section 4.6. */
static void the_published_key_wrap_comes_out(void **state)
{
    (void)state;
    unsigned char kek[32], key[32], want[PL_WRAPPED_KEY], got[PL_WRAPPED_KEY], back[32];
    pl_err err = {0};

    assert_true(pl_unhex(PL_S("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
                         kek, 32));
    assert_true(pl_unhex(PL_S("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"),
                         key, 32));
    assert_true(pl_unhex(
        PL_S("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"),
        want, sizeof(want)));
    assert_ok(pl_key_wrap(kek, key, got, &err), err);
    assert_memory_equal(got, want, sizeof(want));
    assert_ok(pl_key_unwrap(kek, got, back, &err), err);
    assert_memory_equal(back, key, sizeof(key));
    got[7] ^= 1;
    assert_int_equal(pl_key_unwrap(kek, got, back, &err), PL_TAMPERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_note_opens),
        cmocka_unit_test(no_changed_byte_of_a_note_is_taken),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(our_own_note_opens_with_our_key_only),
        cmocka_unit_test(other_signatures_are_skipped_and_a_wrong_one_of_ours_is_not),
        cmocka_unit_test(a_checkpoint_has_one_form),
        cmocka_unit_test(published_signatures_come_out),
        cmocka_unit_test(the_published_key_wrap_comes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
