/* SPDX-License-Identifier: Apache-2.0 */
/* The client and the signer as its own process: this program, executed again. */
#include "helper.h"

#include "core/limits.h"

#include "ledger/confine.h"
#include "ledger/reader.h"
#include "ledger/signer.h"
#include "ledger/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
    th_dir *d = calloc(1, sizeof(*d));

    th_make(d);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    /* Of the test with a disk of its own, should it have failed. */
    (void)umount2(((th_dir *)*state)->path, MNT_DETACH);
    th_drop(*state);
    free(*state);
    return 0;
}

static const pl_ledger_subject container = {{"container", 9}, {"c0ffee", 6}};

static pl_ledger_rec record(const char *type, const char *body)
{
    return (pl_ledger_rec){
        .type = type, .subj = &container, .n_subj = 1, .body_text = pl_str_c(body)};
}

static pl_log *open_log(const th_dir *d)
{
    pl_log *log = NULL;
    pl_err err = {0};

    assert_ok(pl_log_open_state(d->path, &log, &err), err);
    return log;
}

/* Type and from.via of an entry, as text in one line. */
static void assert_entry(pl_log *log, uint64_t index, const char *type, const char *part)
{
    pl_str leaf;
    char want[80];
    pl_err err = {0};

    assert_ok(pl_log_leaf(log, index, &leaf, &err), err);
    (void)snprintf(want, sizeof(want), "\"type\":\"%s\"", type);
    if (!pl_str_has(leaf, pl_str_c(want)) || !pl_str_has(leaf, pl_str_c(part)))
        fail_msg("entry %llu is %.*s", (unsigned long long)index, PL_F(leaf));
}

static void the_first_use_makes_a_log_and_says_where_it_is(void **state)
{
    th_dir *d = *state;
    pl_ledger_head head;
    pl_err err = {0};
    pl_ledger *l = th_client(d);
    const pl_ledger_info *i = pl_ledger_about(l);

    assert_true(i->created);
    assert_string_equal(i->recovery, "none");
    assert_string_equal(i->recovered, "");
    assert_string_equal(i->log_dir, d->log);
    assert_true(pl_str_starts(pl_str_c(i->origin), PL_S("plimsoll.invalid/")));
    assert_int_equal(strlen(i->origin), sizeof("plimsoll.invalid/") - 1 + 16);
    assert_ok(pl_ledger_close(l, &head, &err), err);
    assert_true(head.size >= 2); /* a record about a filling disk may stand between */
    PL_AUTO_LOG pl_log *log = open_log(d);
    assert_entry(log, 0, "ledger.open", "\"created\":true");
    assert_entry(log, 0, "ledger.open", "\"epochs\":\"off\"");
    assert_entry(log, head.size - 1, "ledger.close", "\"via\":\"signer\"");
    th_assert_proved(d);
}

static void the_keys_are_for_their_owner_only(void **state)
{
    th_dir *d = *state;
    static const char *const keys[] = {"log.key", "journal", "class-default", "identity"};
    struct stat st;
    pl_err err = {0};

    assert_ok(pl_ledger_close(th_client(d), NULL, &err), err);
    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "keys/%s", keys[i]);
        assert_int_equal(fstatat(d->state, path, &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0400);
    }
    /* None of them lies in what is served. */
    assert_int_not_equal(faccessat(d->dir, "log.key", F_OK, 0), 0);
}

static void records_get_numbers_and_who_and_when(void **state)
{
    th_dir *d = *state;
    pl_ledger *l = th_client(d);
    pl_ledger_rec r = record("scan.result", "{\"n\":1}");
    uint64_t first, second;
    json_t *leaf = NULL;
    pl_err err = {0};

    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &first, &err), err);
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_PUBLISHED, &second, &err), err);
    assert_int_equal(second, first + 1);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    PL_AUTO_LOG pl_log *log = open_log(d);
    assert_ok(pl_log_leaf_json(log, second, &leaf, &err), err);
    json_t *from = json_object_get(leaf, "from");
    assert_string_equal(json_string_value(json_object_get(leaf, "seq")), "1");
    assert_string_equal(json_string_value(json_object_get(from, "via")), "cli");
    assert_string_equal(json_string_value(json_object_get(from, "prog")), "test");
    assert_int_equal(json_integer_value(json_object_get(from, "uid")), getuid());
    assert_int_equal(strlen(json_string_value(json_object_get(from, "inst"))), 16);
    assert_int_equal(json_string_length(json_object_get(leaf, "boot")), 36);
    json_decref(leaf);
}

static void published_means_that_a_checkpoint_covers_it(void **state)
{
    th_dir *d = *state;
    pl_ledger *l = th_client(d);
    pl_ledger_rec r = record("scan.result", "{}");
    uint64_t index;
    pl_ledger_head head;
    pl_err err = {0};

    for (int i = 0; i < 3; i++) {
        assert_ok(pl_ledger_append(l, &r, PL_LEDGER_PUBLISHED, &index, &err), err);
        PL_AUTO_LOG pl_log *log = open_log(d);
        assert_true(pl_log_head(log)->size > index);
    }
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &index, &err), err);
    assert_ok(pl_ledger_publish(l, &head, &err), err);
    assert_int_equal(head.size, index + 1);
    th_assert_proved(d); /* while it is open for writing */
    assert_ok(pl_ledger_close(l, NULL, &err), err);
}

static void a_role_cannot_write_what_is_not_its_own(void **state)
{
    th_dir *d = *state;
    static const char *const types[] = {"ledger.open",  "ledger.erase",  "govern.waive",
                                        "docker.event", "runtime.alert", "nonsense"};
    pl_ledger *l = th_client(d);
    pl_ledger_rec r = record("scan.result", "{}");
    uint64_t before, after;
    pl_err err = {0};

    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &before, &err), err);
    for (size_t i = 0; i < PL_COUNT(types); i++) {
        r.type = types[i];
        assert_int_equal(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), PL_DENIED);
        assert_non_null(strstr(err.text, types[i]));
    }
    r.type = "scan.result";
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &after, &err), err);
    assert_int_equal(after, before + 1);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    th_assert_proved(d); /* refusals leave no hole in the numbers */

    const pl_ledger_options o = {.state_dir = d->path, .role = "boss", .prog = "test"};
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_USAGE);
}

static void a_record_that_is_too_long_or_not_canonical_is_refused(void **state)
{
    th_dir *d = *state;
    static char body[70000];
    pl_ledger *l = th_client(d);
    pl_ledger_rec r = record("scan.result", "{\"b\":1,\"a\":1}");
    json_t *real = json_pack("{s:f}", "x", 1.5);
    pl_err err = {0};

    assert_int_equal(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "keys out of order"));
    memset(body, 'x', sizeof(body) - 1);
    memcpy(body, "{\"a\":\"", 6);
    memcpy(body + sizeof(body) - 3, "\"}", 3);
    r = record("scan.result", body);
    assert_int_equal(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "61440"));
    r = (pl_ledger_rec){.type = "scan.result", .body = real};
    assert_int_equal(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), PL_FORMAT);
    json_decref(real);
    r = record("scan.result", "{}");
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    th_assert_proved(d);
}

static void many_records_keep_their_order_and_a_bad_one_spoils_only_its_message(void **state)
{
    th_dir *d = *state;
    enum { N = 3000 };
    static pl_ledger_rec recs[N];
    static uint64_t index[N];
    static char body[N][700];
    pl_ledger *l = th_client(d);
    size_t done;
    pl_err err = {0};

    for (size_t i = 0; i < N; i++) {
        (void)snprintf(body[i], sizeof(body[i]), "{\"n\":%zu,\"pad\":\"%0600d\"}", i, 0);
        recs[i] = record("check.result", body[i]);
    }
    assert_ok(pl_ledger_append_many(l, recs, N, PL_LEDGER_STORED, index, &done, &err), err);
    assert_int_equal(done, N);
    for (size_t i = 1; i < N; i++)
        assert_int_equal(index[i], index[0] + i);
    recs[1500].type = "ledger.close";
    assert_int_equal(pl_ledger_append_many(l, recs, N, PL_LEDGER_STORED, index, &done, &err),
                     PL_DENIED);
    assert_true(done > 0 && done < N);
    assert_true(index[1500] == PL_LEDGER_NONE);
    size_t stored = 0;
    for (size_t i = 0; i < N; i++)
        stored += index[i] != PL_LEDGER_NONE;
    assert_int_equal(stored, done);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    th_assert_proved(d);
}

/* Every blob and disclosure is a file until the sync: a batch of them must not need a descriptor
 * each. */
static void a_batch_of_many_files_needs_few_descriptors(void **state)
{
    th_dir *d = *state;
    enum { N = 600 };
    static pl_ledger_rec recs[N];
    static uint64_t index[N];
    const pl_ledger_blob blob = {"inspect", "application/json", PL_S("{}")};
    json_t *name = json_string("Ada");
    pl_ledger_sealed sealed[PL_RECORD_SEALED];
    struct rlimit all, few;
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(sealed); i++)
        sealed[i] = (pl_ledger_sealed){"user", name};
    for (size_t i = 0; i < N; i++) {
        recs[i] = record("docker.inspect", "{}");
        recs[i].blobs = &blob;
        recs[i].n_blobs = 1;
    }
    for (size_t i = 0; i < 8; i++) {
        recs[i].sealed = sealed;
        recs[i].n_sealed = PL_COUNT(sealed);
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
    few = (struct rlimit){PL_STAGED_OPEN + PL_PACKET_FDS + 80, all.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    pl_ledger *l = th_client(d);
    pl_rc rc = pl_ledger_append_many(l, recs, N, PL_LEDGER_STORED, index, NULL, &err);
    (void)setrlimit(RLIMIT_NOFILE, &all);
    json_decref(name);
    assert_ok(rc, err);
    assert_int_equal(index[N - 1], index[0] + N - 1);
    rc = pl_ledger_close(l, NULL, &err);
    assert_ok(rc, err);
    th_assert_proved(d);
}

static void a_gap_is_told_by_its_producer(void **state)
{
    th_dir *d = *state;
    pl_ledger *l = th_client(d);
    uint64_t index;
    pl_err err = {0};

    assert_ok(pl_ledger_gap(l, "lost", 17, &index, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    PL_AUTO_LOG pl_log *log = open_log(d);
    assert_entry(log, index, "ledger.gap", "{\"lost\":\"17\",\"why\":\"lost\"}");
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(v->gaps, 1);
    assert_int_equal(v->lost, 17);
}

/* ---- blobs and disclosures ---- */

static void a_blob_comes_back_as_it_was_and_lies_encrypted(void **state)
{
    th_dir *d = *state;
    enum { BIG = 3 << 20 };
    PL_AUTO_FREE char *big = malloc(BIG);
    pl_ledger *l = th_client(d);
    PL_AUTO_BUF pl_buf got = {0};
    uint64_t index;
    pl_err err = {0};

    for (size_t i = 0; i < BIG; i++)
        big[i] = (char)(i * 2654435761u >> 13);
    pl_ledger_blob blobs[] = {{"inspect", "application/json", PL_S("{\"secret\":\"s3cr3t-w0rd\"}")},
                              {"empty", "text/plain", PL_S("")},
                              {"big", "application/octet-stream", {big, BIG}}};
    pl_ledger_rec r = record("docker.inspect", "{}");
    r.blobs = blobs;
    r.n_blobs = PL_COUNT(blobs);
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &index, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);

    PL_AUTO_LOG pl_log *log = open_log(d);
    for (size_t i = 0; i < PL_COUNT(blobs); i++) {
        assert_ok(pl_log_blob(log, index, pl_str_c(blobs[i].role), &got, &err), err);
        assert_true(pl_str_eq(pl_buf_view(&got), blobs[i].bytes));
    }
    assert_int_equal(pl_log_blob(log, index, PL_S("other"), &got, &err), PL_NOTFOUND);
    assert_int_equal(pl_log_blob(log, 0, PL_S("inspect"), &got, &err), PL_NOTFOUND);
    char command[200];
    (void)snprintf(command, sizeof(command), "grep -rqa s3cr3t-w0rd %s", d->path);
    assert_int_not_equal(system(command), 0);

    PL_AUTO_LOG pl_log *foreign = NULL;
    assert_ok(pl_log_open(d->log, NULL, &foreign, &err), err);
    assert_int_equal(pl_log_blob(foreign, index, PL_S("inspect"), &got, &err), PL_DENIED);
    th_assert_proved(d);
}

static void without_its_key_a_blob_is_gone(void **state)
{
    th_dir *d = *state;
    pl_ledger *l = th_client(d);
    pl_ledger_blob blob = {"inspect", "application/json", PL_S("{}")};
    pl_ledger_rec r = record("docker.inspect", "{}");
    PL_AUTO_BUF pl_buf got = {0};
    uint64_t index;
    pl_err err = {0};

    r.blobs = &blob;
    r.n_blobs = 1;
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &index, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    PL_AUTO_LOG pl_log *log = open_log(d);
    th_flip(d, ".state/blobkeys", 60, 1);
    assert_int_equal(pl_log_blob(log, index, PL_S("inspect"), &got, &err), PL_TAMPERED);
    PL_AUTO_FD int fd = openat(d->dir, ".state/blobkeys", O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pl_log_blob(log, index, PL_S("inspect"), &got, &err), PL_NOTFOUND);
    th_assert_proved(d); /* the ciphertext is what was committed to */
}

static void sealed_values_are_files_of_their_own(void **state)
{
    th_dir *d = *state;
    pl_ledger *l = th_client(d);
    json_t *value = json_string("alice.lastname");
    pl_ledger_sealed sealed = {"user", value};
    pl_ledger_rec r = record("docker.inspect", "{}");
    json_t *leaf = NULL;
    uint64_t index;
    pl_str text;
    pl_err err = {0};

    r.sealed = &sealed;
    r.n_sealed = 1;
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, &index, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    json_decref(value);
    PL_AUTO_LOG pl_log *log = open_log(d);
    assert_ok(pl_log_leaf(log, index, &text, &err), err);
    assert_false(pl_str_has(text, PL_S("alice")));
    assert_ok(pl_log_leaf_json(log, index, &leaf, &err), err);
    json_t *sd = json_object_get(leaf, "_sd");
    assert_int_equal(json_array_size(sd), 4);
    for (size_t i = 1; i < 4; i++)
        assert_true(strcmp(json_string_value(json_array_get(sd, i - 1)),
                           json_string_value(json_array_get(sd, i))) < 0);
    json_decref(leaf);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(pl_verified_result(v), PL_OK);
    assert_int_equal(v->sealed, 4);
}

/* ---- one writer ---- */

static void a_second_signer_is_refused_by_the_lock(void **state)
{
    th_dir *d = *state;
    pl_ledger *one = th_client(d);
    pl_ledger *two = NULL;
    const pl_ledger_options o = {.state_dir = d->path, .prog = "test", .wait_ms = 1};
    pl_ledger_rec r = record("scan.result", "{}");
    pl_err err = {0};

    assert_int_equal(pl_ledger_open(&o, &two, &err), PL_DENIED);
    assert_non_null(strstr(err.text, "another writer"));
    assert_ok(pl_ledger_append(one, &r, PL_LEDGER_STORED, NULL, &err), err);
    assert_ok(pl_ledger_close(one, NULL, &err), err);
    assert_ok(pl_ledger_close(th_client(d), NULL, &err), err);
    th_assert_proved(d);
}

static void a_second_signer_waits_for_the_first(void **state)
{
    th_dir *d = *state;
    pl_ledger *one = th_client(d);
    int status;

    pid_t pid = fork();
    if (pid == 0) {
        const pl_ledger_options o = {.state_dir = d->path, .prog = "test", .wait_ms = 60000};
        pl_ledger_rec r = record("scan.result", "{}");
        pl_ledger *two = NULL;
        pl_rc rc = pl_ledger_open(&o, &two, NULL);
        if (!rc)
            rc = pl_ledger_append(two, &r, PL_LEDGER_STORED, NULL, NULL);
        if (!rc)
            rc = pl_ledger_close(two, NULL, NULL);
        _exit(rc ? 1 : 0);
    }
    pl_ledger_rec r = record("scan.result", "{}");
    pl_err err = {0};
    assert_ok(pl_ledger_append(one, &r, PL_LEDGER_STORED, NULL, &err), err);
    assert_ok(pl_ledger_close(one, NULL, &err), err);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(pl_verified_result(v), PL_OK);
    assert_int_equal(v->opens, 2);
}

/* One of them with a recovery key, as `ledger init` and a first audit at the same time. */
static int open_at_once(const th_dir *d, int i, int start)
{
    char go;
    const char *const origins[] = {"example.org/one", "example.org/two"};
    const char *const recovery[] = {NULL, "example.org/two/recovery+00000000+AAAA"};
    const pl_ledger_options o = {
        .state_dir = d->path, .prog = "test", .origin = origins[i], .recovery = recovery[i]};
    pl_ledger_rec r = record("scan.result", "{}");
    pl_ledger *l = NULL;

    (void)!read(start, &go, 1);
    pl_rc rc = pl_ledger_open(&o, &l, NULL);
    if (!rc)
        rc = pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, NULL);
    if (!rc)
        rc = pl_ledger_close(PL_TAKE(l, NULL), NULL, NULL);
    return rc ? 1 : 0;
}

static void assert_keys_fit_the_log(const th_dir *d)
{
    PL_AUTO_LOG pl_log *log = open_log(d);
    PL_AUTO_BUF pl_buf recovery = {0};
    char want[200];
    pl_err err = {0};

    assert_ok(pl_state_get(d->state, "recovery", &recovery, &err), err);
    (void)snprintf(want, sizeof(want), "\"recovery\":\"%.*s\"",
                   PL_F(pl_str_trim(pl_buf_view(&recovery))));
    for (uint64_t i = 0; i < pl_log_head(log)->size; i++) {
        pl_str leaf;
        assert_ok(pl_log_leaf(log, i, &leaf, &err), err);
        if (pl_str_has(leaf, PL_S("\"type\":\"ledger.open\"")) && !pl_str_has(leaf, pl_str_c(want)))
            fail_msg("entry %llu: no %s in %.*s", (unsigned long long)i, want, PL_F(leaf));
    }
}

static void of_two_first_starts_one_makes_log_and_keys(void **state)
{
    th_dir *d = *state;
    int go[2];
    pid_t pids[2];
    int status;

    assert_int_equal(pipe(go), 0);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            (void)close(go[1]);
            _exit(open_at_once(d, i, go[0]));
        }
    }
    (void)close(go[0]);
    (void)close(go[1]);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_keys_fit_the_log(d);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(v->opens, 2);
    assert_int_equal(pl_verified_result(v), PL_OK);
}

static void a_log_that_must_be_new_or_old_is_so_or_refused(void **state)
{
    th_dir *d = *state;
    pl_ledger_options o = {.state_dir = d->path, .prog = "test", .must_exist = true};
    pl_ledger *l = NULL;
    pl_err err = {0};

    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_NOTFOUND);
    o.must_exist = false;
    o.must_create = true;
    o.origin = "example.org/own";
    assert_ok(pl_ledger_open(&o, &l, &err), err);
    assert_string_equal(pl_ledger_about(l)->origin, "example.org/own");
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_USAGE);
    o.must_create = false;
    o.origin = "example.org/another"; /* fixed at the log's birth */
    assert_ok(pl_ledger_open(&o, &l, &err), err);
    assert_string_equal(pl_ledger_about(l)->origin, "example.org/own");
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    o.must_create = true;
    o.origin = "no blanks";
    th_dir other;
    th_make(&other);
    o.state_dir = other.path;
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_USAGE);
    th_drop(&other);
}

/* Adversary D: loses a bad day by putting an old copy in place. */
static void an_old_copy_of_the_log_is_not_gone_on_with(void **state)
{
    th_dir *d = *state;
    char command[512];
    pl_ledger_rec r = record("scan.result", "{}");
    const pl_ledger_options o = {.state_dir = d->path, .prog = "test"};
    pl_ledger *l = th_client(d);
    pl_err err = {0};

    assert_ok(pl_ledger_close(l, NULL, &err), err);
    (void)snprintf(command, sizeof(command), "cp -a %s %s.old", d->log, d->log);
    assert_int_equal(system(command), 0);
    l = th_client(d);
    assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), err);
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    (void)snprintf(command, sizeof(command), "rm -rf %s && mv %s.old %s", d->log, d->log, d->log);
    assert_int_equal(system(command), 0);
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_TAMPERED);
    assert_non_null(strstr(err.text, "was signed"));
    (void)snprintf(command, sizeof(command), "rm -rf %s", d->log);
    assert_int_equal(system(command), 0);
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_TAMPERED);
}

/* ---- death ---- */

static pid_t child_of(pid_t parent)
{
    char path[64], line[64] = "";

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    PL_AUTO_FILE FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f));
    uint64_t pid = 0;
    pl_str rest = pl_str_c(line), word;
    assert_true(pl_str_cut(&rest, ' ', &word) && pl_str_u64(word, &pid));
    return (pid_t)pid;
}

static void after_a_kill_all_that_was_acknowledged_is_there(void **state)
{
    th_dir *d = *state;
    pl_err err = {0};
    uint64_t last = 0;
    unsigned kills = PL_SANITIZED ? 4 : 12;

    for (unsigned k = 0; k < kills; k++) {
        pl_ledger *l = th_client(d);
        pid_t signer = child_of(getpid());
        assert_true(k == 0 || pl_ledger_about(l)->recovered[0]);
        for (unsigned i = 0;; i++) {
            char body[64];
            uint64_t index;
            (void)snprintf(body, sizeof(body), "{\"kill\":%u,\"n\":%u}", k, i);
            pl_ledger_rec r = record("scan.result", body);
            if (i == 3 + 7 * k)
                assert_int_equal(kill(signer, SIGKILL), 0);
            if (pl_ledger_append(l, &r, i % 5 ? PL_LEDGER_STORED : PL_LEDGER_PUBLISHED, &index,
                                 &err) != PL_OK)
                break;
            assert_true(index > last);
            last = index;
        }
        assert_int_equal(err.rc, PL_WORKER);
        /* And every later call says the same. */
        pl_ledger_rec again = record("scan.result", "{}");
        assert_int_equal(pl_ledger_append(l, &again, PL_LEDGER_STORED, NULL, &err), PL_WORKER);
        pl_ledger_free(l);
    }
    assert_ok(pl_ledger_close(th_client(d), NULL, &err), err);
    PL_AUTO_LOG pl_log *log = open_log(d);
    assert_true(pl_log_head(log)->size > last);
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);
    assert_int_equal(pl_verified_result(v), PL_OK);
    assert_int_equal(v->recovers, kills);
    assert_int_equal(v->opens, kills + 1);
}

/* The newest journal file. */
static void journal_name(const th_dir *d, char *ret, size_t room)
{
    int fd = openat(d->dir, ".state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);

    memset(ret, 0, room);
    for (struct dirent *e; (e = readdir(dir));)
        if (strncmp(e->d_name, "journal-", 8) == 0 && strcmp(e->d_name, ret + 7) > 0)
            (void)snprintf(ret, room, ".state/%.40s", e->d_name);
    (void)closedir(dir);
    assert_true(ret[0]);
}

static void die_with_records(const th_dir *d, unsigned n)
{
    pl_ledger *l = th_client(d);
    pl_ledger_rec r = record("scan.result", "{}");
    pid_t signer = child_of(getpid());
    pl_err err = {0};

    for (unsigned i = 0; i < n; i++)
        assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), err);
    assert_int_equal(kill(signer, SIGKILL), 0);
    pl_ledger_free(l);
}

static void a_torn_tail_is_cut_and_recorded(void **state)
{
    th_dir *d = *state;
    char name[64];
    pl_err err = {0};

    die_with_records(d, 5);
    journal_name(d, name, sizeof(name));
    PL_AUTO_FD int fd = openat(d->dir, name, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, "PLJLtorn", 8), 8);
    pl_ledger *l = th_client(d);
    assert_non_null(strstr(pl_ledger_about(l)->recovered, "8 bytes of a torn tail cut"));
    uint64_t size = pl_ledger_about(l)->size;
    assert_ok(pl_ledger_close(l, NULL, &err), err);
    PL_AUTO_LOG pl_log *log = open_log(d);
    char want[64];
    (void)snprintf(want, sizeof(want), "{\"cut\":8,\"last_good\":%d,", (int)size - 1);
    assert_entry(log, size, "ledger.recover", want);
    th_assert_proved(d);
}

static void a_flipped_journal_byte_is_reported_and_nothing_is_changed(void **state)
{
    th_dir *d = *state;
    const pl_ledger_options o = {.state_dir = d->path, .prog = "test"};
    char name[64], copy[256], command[700];
    pl_ledger *l = NULL;
    pl_err err = {0};

    die_with_records(d, 5);
    journal_name(d, name, sizeof(name));
    th_flip(d, name, 200, 1);
    (void)snprintf(copy, sizeof(copy), "%s.copy", d->log);
    (void)snprintf(command, sizeof(command), "cp -a %s %s", d->log, copy);
    assert_int_equal(system(command), 0);
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_TAMPERED);
    assert_non_null(strstr(err.text, "damaged at byte"));
    (void)snprintf(command, sizeof(command), "diff -r %s %s", d->log, copy);
    assert_int_equal(system(command), 0);
    th_flip(d, name, 200, 1);
    assert_ok(pl_ledger_close(th_client(d), NULL, &err), err);
    th_assert_proved(d);
}

static void tiles_changed_behind_the_signers_back_stop_it(void **state)
{
    th_dir *d = *state;
    char names[4][48] = {"checkpoint", ".state/head"};
    pl_ledger_head head;
    const pl_ledger_options o = {.state_dir = d->path, .prog = "test"};
    pl_ledger_rec r = record("scan.result", "{}");
    pl_ledger *l = th_client(d);
    pl_err err = {0};

    for (int i = 0; i < 5; i++)
        assert_ok(pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, &err), err);
    assert_ok(pl_ledger_close(l, &head, &err), err);
    (void)snprintf(names[2], sizeof(names[2]), "tile/0/000.p/%d", (int)head.size);
    (void)snprintf(names[3], sizeof(names[3]), "tile/entries/000.p/%d", (int)head.size);
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        th_flip(d, names[i], 40, 4);
        if (pl_ledger_open(&o, &l, &err) != PL_TAMPERED)
            fail_msg("%s", names[i]);
        th_flip(d, names[i], 40, 4);
    }
    assert_ok(pl_ledger_close(th_client(d), NULL, &err), err);
    th_assert_proved(d);
}

/* ---- full disk ---- */

static void a_full_disk_is_recorded_and_nothing_acknowledged_is_lost(void **state)
{
    th_dir *d = *state;
    static char body[50000];
    uint64_t last = 0;
    pl_err err = {0};

    if (geteuid() != 0 || mount("none", d->path, "tmpfs", 0, "size=80m,mode=0700") < 0)
        skip();
    memset(body, 'x', sizeof(body) - 1);
    memcpy(body, "{\"a\":\"", 6);
    memcpy(body + sizeof(body) - 3, "\"}", 3);
    pl_ledger_rec r = record("scan.result", body);
    pl_ledger *l = th_client(d);
    pl_rc rc = PL_OK;
    for (int i = 0; !rc && i < 2000; i++)
        rc = pl_ledger_append(l, &r, PL_LEDGER_STORED, &last, &err);
    assert_int_equal(rc, PL_SYS);
    assert_int_equal(err.sys, ENOSPC);
    pl_ledger_free(l);

    int dir = open(d->log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    th_dir seen = *d;
    seen.dir = dir;
    PL_AUTO_LOG pl_log *log = open_log(d);
    uint64_t size = pl_log_head(log)->size;
    assert_true(size >= last + 3);
    assert_entry(log, last, "scan.result", "xxx");
    assert_entry(log, size - 2, "ledger.gap", "\"why\":\"disk-full\"");
    assert_entry(log, size - 1, "ledger.close", "disk-full");
    th_assert_proved(&seen);
    (void)close(dir);
}

/* ---- rights ---- */

static void the_signer_has_no_network_no_capability_and_no_other_file(void **state)
{
    th_dir *d = *state;
    pl_ledger *l = th_client(d);
    char path[64], line[256];
    bool caps = false, seccomp = false, priv = false;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)child_of(getpid()));
    PL_AUTO_FILE FILE *f = fopen(path, "re");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        pl_str s = pl_str_c(line);
        caps =
            caps || (pl_str_starts(s, PL_S("CapEff:")) && pl_str_has(s, PL_S("0000000000000000")));
        seccomp = seccomp || (pl_str_starts(s, PL_S("Seccomp:")) && pl_str_has(s, PL_S("2")));
        priv = priv || (pl_str_starts(s, PL_S("NoNewPrivs:")) && pl_str_has(s, PL_S("1")));
    }
    assert_true(caps && priv);
    assert_true(seccomp || PL_SANITIZED);
    char ns[64], theirs[64] = "", ours[64] = "";
    (void)snprintf(ns, sizeof(ns), "/proc/%d/ns/net", (int)child_of(getpid()));
    assert_true(readlink(ns, theirs, sizeof(theirs) - 1) > 0);
    assert_true(readlink("/proc/self/ns/net", ours, sizeof(ours) - 1) > 0);
    assert_true(geteuid() != 0 || strcmp(theirs, ours) != 0);
    pl_ledger_free(l);
}

/* In a child that gives up the same. Its exit status says what it could still do. */
static int try_what_is_left(const th_dir *d)
{
    pl_confine c = {0};

    if (pl_confine_files(d->dir, true, &c, NULL) != PL_OK || c.no_landlock)
        return 77;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
        return 1;
    if (openat(d->state, "keys/identity", O_RDONLY | O_CLOEXEC) >= 0)
        return 2;
    if (openat(d->dir, "own", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0)
        return 3;
    if (pl_confine_calls(true, &c, NULL) != PL_OK)
        return 4;
    if (!c.no_seccomp && socket(AF_INET, SOCK_STREAM, 0) >= 0)
        return 5;
    if (c.no_seccomp)
        return 0;
    (void)execl("/bin/true", "true", (char *)NULL);
    return 6; /* the filter ends the process at that call */
}

static void what_is_given_up_is_gone(void **state)
{
    th_dir *d = *state;
    unsigned char secret[PL_STATE_SECRET];
    int status;
    pl_err err = {0};

    assert_ok(pl_state_secret(d->state, "identity", secret, &err), err);
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(try_what_is_left(d));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    if (PL_SANITIZED)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    else
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void a_state_directory_that_others_can_write_is_refused(void **state)
{
    th_dir *d = *state;
    const pl_ledger_options o = {.state_dir = d->path, .prog = "test"};
    pl_ledger *l = NULL;
    pl_err err = {0};

    assert_int_equal(chmod(d->path, 0777), 0);
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_DENIED);
    assert_int_equal(chmod(d->path, 0700), 0);
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(d->path, 12345, 12345), 0);
    assert_int_equal(pl_ledger_open(&o, &l, &err), PL_DENIED);
    assert_int_equal(chown(d->path, 0, 0), 0);
}

/* Everything again in a process of another user, with a directory of its own. */
static void a_user_without_rights_keeps_a_log_too(void **state)
{
    th_dir *d = *state;
    char sub[70];
    int status;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(d->path, 0755), 0);
    (void)snprintf(sub, sizeof(sub), "%s/own", d->path);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(chown(sub, 65534, 65534), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
            _exit(2);
        const pl_ledger_options o = {.state_dir = sub, .prog = "test"};
        pl_ledger_rec r = record("scan.result", "{}");
        pl_ledger *l = NULL;
        pl_rc rc = pl_ledger_open(&o, &l, NULL);
        if (!rc)
            rc = pl_ledger_append(l, &r, PL_LEDGER_STORED, NULL, NULL);
        if (!rc)
            rc = pl_ledger_close(PL_TAKE(l, NULL), NULL, NULL);
        _exit(rc ? 3 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    th_dir own = *d;
    (void)snprintf(own.log, sizeof(own.log), "%s/ledger", sub);
    own.dir = open(own.log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    assert_int_equal(fstat(own.dir, &st), 0);
    assert_int_equal(st.st_uid, 65534);
    th_assert_proved(&own);
    (void)close(own.dir);
}

static void a_secret_is_made_once(void **state)
{
    th_dir *d = *state;
    unsigned char one[PL_STATE_SECRET], two[PL_STATE_SECRET], other[PL_STATE_SECRET];
    pl_err err = {0};

    assert_ok(pl_state_secret(d->state, "redact", one, &err), err);
    assert_ok(pl_state_secret(d->state, "redact", two, &err), err);
    assert_ok(pl_state_secret(d->state, "identity", other, &err), err);
    assert_memory_equal(one, two, sizeof(one));
    assert_memory_not_equal(one, other, sizeof(one));
}

int main(int argc, char **argv)
{
    pl_signer_main(argc, argv);
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_first_use_makes_a_log_and_says_where_it_is),
        T(the_keys_are_for_their_owner_only),
        T(records_get_numbers_and_who_and_when),
        T(published_means_that_a_checkpoint_covers_it),
        T(a_role_cannot_write_what_is_not_its_own),
        T(a_record_that_is_too_long_or_not_canonical_is_refused),
        T(many_records_keep_their_order_and_a_bad_one_spoils_only_its_message),
        T(a_batch_of_many_files_needs_few_descriptors),
        T(a_gap_is_told_by_its_producer),
        T(a_blob_comes_back_as_it_was_and_lies_encrypted),
        T(without_its_key_a_blob_is_gone),
        T(sealed_values_are_files_of_their_own),
        T(a_second_signer_is_refused_by_the_lock),
        T(a_second_signer_waits_for_the_first),
        T(of_two_first_starts_one_makes_log_and_keys),
        T(a_log_that_must_be_new_or_old_is_so_or_refused),
        T(an_old_copy_of_the_log_is_not_gone_on_with),
        T(after_a_kill_all_that_was_acknowledged_is_there),
        T(a_torn_tail_is_cut_and_recorded),
        T(a_flipped_journal_byte_is_reported_and_nothing_is_changed),
        T(tiles_changed_behind_the_signers_back_stop_it),
        T(a_full_disk_is_recorded_and_nothing_acknowledged_is_lost),
        T(the_signer_has_no_network_no_capability_and_no_other_file),
        T(a_state_directory_that_others_can_write_is_refused),
        T(a_user_without_rights_keeps_a_log_too),
        T(a_secret_is_made_once),
        T(what_is_given_up_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
