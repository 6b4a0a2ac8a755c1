/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include "ledger/leaf.h"
#include "ledger/proof.h"
#include "ledger/prove.h"
#include "ledger/reader.h"
#include "ledger/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    th_dir *d = calloc(1, sizeof(*d));

    th_make(d);
    *state = d;
    return 0;
}

static int setup_in_memory(void **state)
{
    th_dir *d = calloc(1, sizeof(*d));

    th_make_in_memory(d);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    th_drop(*state);
    free(*state);
    return 0;
}

static void logs_of_all_awkward_sizes_are_proved(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536, 65537, 70000};
    for (size_t i = 0; i < PL_COUNT(sizes); i++) {
        th_dir d;
        th_make_in_memory(&d);
        th_log(&d, sizes[i], 997);
        PL_AUTO_VERIFIED pl_verified *v = th_verify(&d);
        if (pl_verified_result(v) != PL_OK)
            fail_msg("%llu: %s", (unsigned long long)sizes[i], v->problems[0].text);
        assert_int_equal(v->size, sizes[i]);
        assert_int_equal(v->entries, sizes[i]);
        th_drop(&d);
    }
}

static void proofs_of_a_log_on_disk_hold(void **state)
{
    th_dir *d = *state;
    static const uint64_t at[] = {0, 1, 255, 256, 511, 512, 65535, 65536, 69999};
    PL_AUTO_LOG pl_log *log = NULL;
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    pl_err err = {0};

    th_log(d, 70000, 1000);
    assert_ok(pl_log_open(d->log, NULL, &log, &err), err);
    for (size_t i = 0; i < PL_COUNT(at); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_node leaf_hash, root;
        uint64_t index;
        pl_proof p;
        pl_str leaf, checkpoint;
        assert_ok(pl_log_prove(log, at[i], &text, &err), err);
        assert_ok(pl_proof_parse(pl_buf_view(&text), &p, &index, &checkpoint, &err), err);
        assert_ok(pl_log_leaf(log, at[i], &leaf, &err), err);
        pl_merkle_leaf(h, leaf, &leaf_hash);
        memcpy(root.b, pl_log_head(log)->root, sizeof(root.b));
        assert_true(pl_inclusion_holds(h, &p, at[i], 70000, &leaf_hash, &root));
        assert_true(pl_str_eq(checkpoint, pl_log_checkpoint(log)));
    }
    PL_AUTO_BUF pl_buf none = {0};
    assert_int_equal(pl_log_prove(log, 70000, &none, &err), PL_USAGE);
    assert_int_equal(pl_log_prove_between(log, 5, 60000, &none, &err), PL_USAGE);
    assert_int_equal(pl_log_prove_between(log, 0, 70000, &none, &err), PL_USAGE);
}

static pl_rc verdict_with(const th_dir *d, uint64_t size, const pl_node *root)
{
    const pl_verify_options o = {.threads = 1, .signed_size = size, .signed_root = *root};
    PL_AUTO_VERIFIED pl_verified *v = NULL;
    pl_err err = {0};

    assert_ok(pl_verify(d->dir, &o, &v, &err), err);
    return pl_verified_result(v);
}

static void what_the_signer_remembers_is_compared(void **state)
{
    th_dir *d = *state;

    th_log(d, 300, 100);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    pl_node other = v->root;
    other.b[0] ^= 1;
    assert_int_equal(verdict_with(d, v->size, &v->root), PL_OK);
    assert_int_equal(verdict_with(d, v->size, &other), PL_TAMPERED);
    assert_int_equal(verdict_with(d, v->size - 1, &v->root), PL_TAMPERED);
    assert_int_equal(verdict_with(d, v->size + 1, &v->root), PL_INCOMPLETE);
    assert_int_equal(verdict_with(d, 0, &other), PL_OK); /* nothing is known */
}

/* ---- flips ---- */

enum { MAX_FILES = 1024 };

/* nftw() passes no argument of ours. */
static struct {
    char path[MAX_FILES][160];
    uint64_t size[MAX_FILES];
    size_t n;
} files;

static int list_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_F && !strstr(path, "/.state/") && files.n < MAX_FILES) {
        (void)snprintf(files.path[files.n], sizeof(files.path[0]), "%s", path);
        files.size[files.n++] = (uint64_t)st->st_size;
    }
    return 0;
}

static void list_files(const th_dir *d)
{
    files.n = 0;
    assert_int_equal(nftw(d->log, list_one, 16, FTW_PHYS), 0);
    assert_true(files.n > 0 && files.n < MAX_FILES);
    for (size_t i = 0; i < files.n; i++)
        memmove(files.path[i], files.path[i] + strlen(d->log) + 1,
                strlen(files.path[i]) - strlen(d->log));
}

static void assert_flip_is_seen(const th_dir *d, const char *name, uint64_t at, unsigned char mask)
{
    th_flip(d, name, at, mask);
    if (th_verdict(d) == PL_OK)
        fail_msg("%s: byte %llu ^ %02x is not seen", name, (unsigned long long)at, mask);
    th_flip(d, name, at, mask);
}

/* With blobs, disclosures, several checkpoints and so older partial tiles. */
static void make_small_log(th_dir *d)
{
    pl_ledger *l = th_client(d);
    pl_ledger_subject subject = {PL_S("container"), PL_S("c0ffee")};
    json_t *value = json_string("alice");
    pl_ledger_sealed sealed = {"user", value};
    pl_ledger_blob blob = {"inspect", "application/json", PL_S("{\"Id\":\"c0ffee\"}")};
    pl_ledger_rec rec = {.type = "docker.inspect",
                         .subj = &subject,
                         .n_subj = 1,
                         .body_text = PL_S("{\"n\":1}"),
                         .blobs = &blob,
                         .n_blobs = 1,
                         .sealed = &sealed,
                         .n_sealed = 1};
    pl_err err = {0};

    assert_ok(pl_ledger_append(l, &rec, PL_LEDGER_STORED, NULL, &err), err);
    rec.n_blobs = rec.n_sealed = 0;
    assert_ok(pl_ledger_append(l, &rec, PL_LEDGER_PUBLISHED, NULL, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    json_decref(value);
}

static void every_flipped_byte_of_every_file_is_seen(void **state)
{
    th_dir *d = *state;
    uint64_t flips = 0;
    unsigned kinds = 0;
    static const char *const want[] = {"checkpoint", "vkeys",        "policy", "tile/0/",
                                       "blobs/",     "tile/entries", "sealed/"};

    make_small_log(d);
    th_assert_proved(d);
    list_files(d);
    for (size_t k = 0; k < PL_COUNT(want); k++)
        for (size_t i = 0; i < files.n; i++)
            if (strncmp(files.path[i], want[k], strlen(want[k])) == 0) {
                kinds++;
                break;
            }
    assert_int_equal(kinds, PL_COUNT(want));
    for (size_t i = 0; i < files.n; i++)
        for (uint64_t at = 0; at < files.size[i]; at++, flips++)
            assert_flip_is_seen(d, files.path[i], at, at % 3 == 0 ? 0x20 : at % 3 == 1 ? 1 : 0x80);
    assert_true(flips > 4000);
    th_assert_proved(d);
}

/* Three levels of tiles: a byte here and there of each file. */
static void flips_in_higher_tiles_are_seen(void **state)
{
    th_dir *d = *state;
    th_log(d, 65580, 4096);
    th_assert_proved(d);
    list_files(d);
    unsigned seen = 0;
    for (size_t i = 0; i < files.n; i++) {
        bool high =
            strncmp(files.path[i], "tile/1/", 7) == 0 || strncmp(files.path[i], "tile/2/", 7) == 0;
        if (!high && i % 97)
            continue;
        seen += high;
        assert_flip_is_seen(d, files.path[i], files.size[i] / 2, 4);
    }
    assert_true(seen >= 2);
}

/* ---- files that are too many or too few ---- */

static void put(const th_dir *d, const char *name, const char *text)
{
    PL_AUTO_FD int fd = openat(d->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        fail_msg("%s: %s", name, strerror(errno));
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void what_belongs_to_nothing_is_named(void **state)
{
    th_dir *d = *state;
    static const struct {
        const char *dir, *name;
    } cases[] = {
        {NULL, "notes.txt"},       {"tile/0", "tile/0/0"}, {"tile/0", "tile/0/README"},
        {"tile/7", "tile/7/000x"}, {"blobs", "blobs/zz"},  {"anchors", "anchors/5.note"},
        {".hidden", ".hidden/x"},
    };

    th_log(d, 300, 100);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        if (cases[i].dir)
            (void)mkdirat(d->dir, cases[i].dir, 0700);
        put(d, cases[i].name, "x");
        PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
        assert_int_equal(pl_verified_result(v), PL_TAMPERED);
        assert_int_equal(v->n_problems, 1);
        assert_non_null(strstr(v->problems[0].text, cases[i].name));
        assert_int_equal(unlinkat(d->dir, cases[i].name, 0), 0);
    }
    assert_int_equal(symlinkat("checkpoint", d->dir, "link"), 0);
    assert_int_equal(th_verdict(d), PL_TAMPERED);
    assert_int_equal(unlinkat(d->dir, "link", 0), 0);
    assert_int_equal(mkfifoat(d->dir, "fifo", 0600), 0);
    assert_int_equal(th_verdict(d), PL_TAMPERED);
    assert_int_equal(unlinkat(d->dir, "fifo", 0), 0);
    th_assert_proved(d);
}

static void a_blob_without_its_entry_and_an_entry_without_its_blob_differ(void **state)
{
    th_dir *d = *state;
    char blob[160] = "";

    make_small_log(d);
    list_files(d);
    for (size_t i = 0; i < files.n; i++)
        if (strncmp(files.path[i], "blobs/", 6) == 0)
            (void)snprintf(blob, sizeof(blob), "%s", files.path[i]);
    assert_int_equal(renameat(d->dir, blob, d->state, "kept"), 0);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(pl_verified_result(v), PL_INCOMPLETE);
    assert_int_equal(v->blobs_missing, 1);
    assert_non_null(strstr(v->problems[0].text, "missing"));
    assert_int_equal(renameat(d->state, "kept", d->dir, blob), 0);
    th_assert_proved(d);

    /* The SHA-256 of "x", in its right place. */
    static const char orphan[] =
        "blobs/2d/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    (void)mkdirat(d->dir, "blobs/2d", 0700);
    put(d, orphan, "x");
    PL_AUTO_VERIFIED pl_verified *w = th_verify(d);
    assert_int_equal(pl_verified_result(w), PL_TAMPERED);
    assert_non_null(strstr(w->problems[0].text, "named by no entry"));
}

static void a_missing_tile_bundle_or_checkpoint_is_no_proof(void **state)
{
    th_dir *d = *state;
    static const char *const names[] = {"tile/0/000",     "tile/entries/000", "tile/0/001.p/44",
                                        "tile/1/000.p/1", "checkpoint",       "vkeys",
                                        "policy"};

    th_log(d, 300, 300);
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        assert_int_equal(renameat(d->dir, names[i], d->state, "kept"), 0);
        if (th_verdict(d) != PL_TAMPERED)
            fail_msg("%s", names[i]);
        assert_int_equal(renameat(d->state, "kept", d->dir, names[i]), 0);
    }
    th_assert_proved(d);
}

static pl_rc verdict_without_checkpoint(const th_dir *d, bool never_signed)
{
    const pl_verify_options o = {.threads = 1, .never_signed = never_signed};
    pl_verified *v = NULL;
    pl_err err = {0};

    assert_ok(pl_verify(d->dir, &o, &v, &err), err);
    pl_rc rc = pl_verified_result(v);
    pl_verified_free(v);
    return rc;
}

static void a_log_of_which_no_head_was_ever_signed_is_incomplete(void **state)
{
    th_dir *d = *state;

    th_log(d, 3, 3);
    assert_int_equal(unlinkat(d->dir, "checkpoint", 0), 0);
    /* Tiles say that a head was on its way, whatever the signer remembers. */
    assert_int_equal(verdict_without_checkpoint(d, true), PL_TAMPERED);
    assert_int_equal(renameat(d->dir, "tile", d->state, "kept"), 0);
    assert_int_equal(verdict_without_checkpoint(d, false), PL_TAMPERED);
    assert_int_equal(verdict_without_checkpoint(d, true), PL_INCOMPLETE);
    assert_int_equal(renameat(d->state, "kept", d->dir, "tile"), 0);
}

static void a_log_cut_back_and_signed_by_another_key_is_not_ours(void **state)
{
    th_dir *d = *state;
    PL_AUTO_BUF pl_buf vkey = {0};
    pl_verified *v = NULL;
    pl_err err = {0};
    th_dir other;

    th_make(&other);
    pl_vkey_print(pl_skey_public(other.key), &vkey);
    pl_buf_ch(&vkey, '\0');
    th_drop(&other);
    th_log(d, 10, 10);
    const pl_verify_options o = {.vkey = vkey.p};
    assert_ok(pl_verify(d->dir, &o, &v, &err), err);
    assert_int_equal(pl_verified_result(v), PL_TAMPERED);
    assert_false(v->has_head);
    pl_verified_free(v);
    const pl_verify_options bad = {.vkey = "nonsense"};
    assert_int_equal(pl_verify(d->dir, &bad, &v, &err), PL_FORMAT);
}

/* A signed head of any size: the verification ends, and says no. */
static void a_checkpoint_that_claims_too_much_is_refused_in_the_end(void **state)
{
    th_dir *d = *state;
    static const uint64_t sizes[] = {11, 300, 1u << 20, 1u << 30};

    th_log(d, 10, 10);
    for (size_t i = 0; i < PL_COUNT(sizes); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        PL_AUTO_BUF pl_buf note = {0};
        pl_checkpoint c = {.origin = PL_S("example.org/test"), .size = sizes[i]};
        pl_err err = {0};
        pl_checkpoint_print(&c, &text);
        assert_ok(pl_note_sign(pl_buf_view(&text), d->key, &note, &err), err);
        pl_buf_ch(&note, '\0');
        put(d, "checkpoint", note.p);
        assert_int_equal(th_verdict(d), PL_TAMPERED);
    }
}

static void a_missing_number_of_a_producer_is_told(void **state)
{
    th_dir *d = *state;
    PL_AUTO_WRITER pl_writer *w = NULL;
    PL_AUTO_BUF pl_buf leaf = {0};
    pl_recovered found;
    pl_err err = {0};

    assert_ok(th_open_writer(d, &w, &found, &err), err);
    th_add(d, w, 3);
    th_leaf(d, 5, &leaf);
    assert_ok(pl_writer_add(w, pl_buf_view(&leaf), NULL, &err), err);
    assert_ok(pl_writer_stop(w, &err), err);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(pl_verified_result(v), PL_INCOMPLETE);
    assert_non_null(strstr(v->problems[0].text, "record 5 stands where record 3 should"));
}

/* ---- verdicts ---- */

#define HOST "[{\"id\":\"h\",\"k\":\"host\"}]"
#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NAMES_CONTENT "{\"content\":\"" DIGEST "\"}"
#define BLOB(role)                                                                                 \
    "[{\"enc\":\"zstd\",\"key\":\"default\",\"md\":\"application/json\",\"n\":1,\"role\":\"" role  \
    "\",\"sha256\":\"" DIGEST "\",\"src\":\"HpaaSUNXceJtG9q0H0zQnv5aQbmrCkvxOHavSOvxvk8\"}]"

struct entry {
    const char *type, *subj, *body, *blobs, *prog, *inst;
};

static void add_entry(pl_writer *w, uint64_t seq, const struct entry *e)
{
    PL_AUTO_BUF pl_buf leaf = {0};
    pl_err err = {0};
    const pl_leaf_parts p = {.type = pl_str_c(e->type),
                             .subj = pl_str_c(e->subj),
                             .body = pl_str_c(e->body),
                             .blobs = pl_str_c(e->blobs),
                             .ret = PL_S("pci"),
                             .agent = PL_S("test"),
                             .inst = pl_str_c(e->inst),
                             .prog = pl_str_c(e->prog),
                             .via = PL_S("cli"),
                             .seq = seq,
                             .boot = PL_S("b"),
                             .mono_ns = 1,
                             .t_us = 1795254099123456};

    assert_ok(pl_leaf_build(&p, &leaf, &err), err);
    assert_ok(pl_writer_add(w, pl_buf_view(&leaf), NULL, &err), err);
}

/* Behind the opening of a new log, each producer's numbers from 0. */
static void assert_verdicts(const struct entry *list, size_t n, uint64_t verdicts, uint64_t lacking)
{
    th_dir d;
    PL_AUTO_WRITER pl_writer *w = NULL;
    pl_recovered found;
    pl_err err = {0};

    th_make_in_memory(&d);
    assert_ok(th_open_writer(&d, &w, &found, &err), err);
    th_add(&d, w, 1);
    for (size_t i = 0; i < n; i++)
        add_entry(w, i && strcmp(list[i].inst, list[i - 1].inst) == 0 ? 1 : 0, &list[i]);
    assert_ok(pl_writer_stop(w, &err), err);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(&d);
    if (v->verdicts != verdicts || v->verdicts_short != lacking)
        fail_msg("%s by %s about %s: %llu, %llu", list[n - 1].type, list[n - 1].prog,
                 list[n - 1].subj, (unsigned long long)v->verdicts,
                 (unsigned long long)v->verdicts_short);
    th_drop(&d);
}

static void verdicts_that_lack_what_they_come_from_are_counted(void **state)
{
    static const struct entry facts = {"host.facts", HOST, "{}", BLOB("facts"), "p/1", "a"};
    static const struct entry whole = {"check.result",   HOST,  NAMES_CONTENT,
                                       BLOB("verdicts"), "p/1", "a"};
    const struct entry pairs[][2] = {
        {facts, {"check.result", HOST, NAMES_CONTENT, BLOB("verdicts"), "p", "a"}},
        {facts, {"check.result", HOST, NAMES_CONTENT, BLOB("verdicts"), "p/", "a"}},
        {facts, {"check.result", HOST, NAMES_CONTENT, BLOB("verdicts"), "/1", "a"}},
        {facts, {"check.result", HOST, "{}", BLOB("verdicts"), "p/1", "a"}},
        {facts, {"check.result", HOST, "{\"content\":\"00\"}", BLOB("verdicts"), "p/1", "a"}},
        {facts, {"check.result", HOST, NAMES_CONTENT, BLOB("other"), "p/1", "a"}},
        {facts, {"check.result", HOST, NAMES_CONTENT, "", "p/1", "a"}},
        {facts, {"check.result", "[]", NAMES_CONTENT, BLOB("verdicts"), "p/1", "a"}},
        {{"host.facts", "[]", "{}", BLOB("facts"), "p/1", "a"},
         {"check.result", "[]", NAMES_CONTENT, BLOB("verdicts"), "p/1", "a"}},
        /* Evidence that is none: of another subject, another run, without a document, or later. */
        {{"host.facts", "[{\"id\":\"g\",\"k\":\"host\"}]", "{}", BLOB("facts"), "p/1", "a"}, whole},
        {{"host.facts", HOST, "{}", BLOB("facts"), "p/1", "b"}, whole},
        {{"host.facts", HOST, "{}", "", "p/1", "a"}, whole},
        {whole, facts},
    };

    (void)state;
    assert_verdicts(&facts, 1, 0, 0);
    assert_verdicts(&whole, 1, 1, 1);
    assert_verdicts((const struct entry[]){facts, whole}, 2, 1, 0);
    for (size_t i = 0; i < PL_COUNT(pairs); i++)
        assert_verdicts(pairs[i], 2, 1, 1);
}

static void the_newest_assessment_that_has_verdicts_counts(void **state)
{
    const struct entry all[] = {
        {"host.facts", HOST, "{}", BLOB("facts"), "p/1", "b"},
        {"check.result", HOST, NAMES_CONTENT, BLOB("verdicts"), "p/1", "b"},
        {"check.result", HOST, NAMES_CONTENT, BLOB("verdicts"), "p/1", "a"},
        {"host.facts", HOST, "{}", BLOB("facts"), "p/1", "c"},
    };

    (void)state;
    assert_verdicts(all, 2, 1, 0);
    assert_verdicts(all, 4, 1, 1);
    assert_verdicts(&all[1], 3, 1, 1);
    assert_verdicts((const struct entry[]){all[2], all[0], all[1], all[3]}, 4, 1, 0);
}

static void what_cannot_be_proved_is_printed(void **state)
{
    th_dir *d = *state;
    PL_AUTO_BUF pl_buf out = {0};

    th_log(d, 3, 1);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    pl_verified_print(v, &out);
    pl_str text = pl_buf_view(&out);
    assert_true(pl_str_starts(text, PL_S("verdict     proved\n")));
    assert_true(pl_str_has(text, PL_S("recovery: none")));
    assert_true(pl_str_has(text, PL_S("epochs: off")));
    assert_true(pl_str_has(text, PL_S("true when it was written")));
    assert_true(pl_str_has(text, PL_S("named by the log itself")));
    assert_int_equal(v->stale_tiles, 4);
}

int main(int argc, char **argv)
{
    pl_signer_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_of_all_awkward_sizes_are_proved),
        cmocka_unit_test_setup_teardown(proofs_of_a_log_on_disk_hold, setup_in_memory, teardown),
        cmocka_unit_test_setup_teardown(what_the_signer_remembers_is_compared, setup_in_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_flipped_byte_of_every_file_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(flips_in_higher_tiles_are_seen, setup_in_memory, teardown),
        cmocka_unit_test_setup_teardown(what_belongs_to_nothing_is_named, setup_in_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_blob_without_its_entry_and_an_entry_without_its_blob_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_tile_bundle_or_checkpoint_is_no_proof,
                                        setup_in_memory, teardown),
        cmocka_unit_test_setup_teardown(a_log_cut_back_and_signed_by_another_key_is_not_ours, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_log_of_which_no_head_was_ever_signed_is_incomplete, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_that_claims_too_much_is_refused_in_the_end,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_number_of_a_producer_is_told, setup, teardown),
        cmocka_unit_test(verdicts_that_lack_what_they_come_from_are_counted),
        cmocka_unit_test(the_newest_assessment_that_has_verdicts_counts),
        cmocka_unit_test_setup_teardown(what_cannot_be_proved_is_printed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
