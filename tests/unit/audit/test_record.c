/* SPDX-License-Identifier: Apache-2.0 */
/* What a run leaves in the log: through the real signer, which is this program, executed again. */
#include "folder.h"
#include "test.h"

#include "audit/limits.h"
#include "audit/record.h"
#include "core/hash.h"
#include "ledger/reader.h"
#include "ledger/signer.h"
#include "ledger/verify.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char path[64];
    pl_arena *arena;
    pl_recorder rec;
    pl_subject subject;
};

static void open_recorder(struct place *p)
{
    const pl_ledger_options o = {.state_dir = p->path, .prog = "test/1"};
    pl_err err = {0};

    p->rec = (pl_recorder){.clock = &pl_clock_system, .arena = p->arena, .content_digest = "c"};
    assert_ok(pl_ledger_open(&o, &p->rec.log, &err), err);
}

static void close_recorder(struct place *p)
{
    pl_err err = {0};

    pl_recorder_done(&p->rec);
    if (p->rec.log)
        assert_ok(pl_ledger_close(PL_TAKE(p->rec.log, NULL), NULL, &err), err);
}

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    (void)snprintf(p->path, sizeof(p->path), "/tmp/plimsoll-record-XXXXXX");
    assert_non_null(mkdtemp(p->path));
    p->arena = pl_arena_new(64 << 20);
    p->subject =
        (pl_subject){.kind = PL_S("container"), .key = PL_S("c0ffee"), .name = PL_S("web")};
    open_recorder(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;

    pl_recorder_done(&p->rec);
    pl_ledger_free(p->rec.log);
    pl_arena_free(p->arena);
    (void)remove_folder(p->path);
    free(p);
    return 0;
}

static void add(struct place *p, size_t number)
{
    char text[64];
    pl_err err = {0};

    (void)snprintf(text, sizeof(text), "{\"document\":%zu}", number);
    const pl_record_doc doc = {.type = "docker.inspect",
                               .collector = "engine",
                               .role = "inspect",
                               .subject = &p->subject,
                               .bytes = pl_str_c(text)};
    assert_ok(pl_record_document(&p->rec, &doc, &err), err);
}

static void assert_document(pl_log *log, int64_t index, size_t number)
{
    PL_AUTO_BUF pl_buf got = {0};
    char want[64];
    pl_err err = {0};

    (void)snprintf(want, sizeof(want), "{\"document\":%zu}", number);
    assert_ok(pl_log_blob(log, (uint64_t)index, PL_S("inspect"), &got, &err), err);
    assert_true(pl_str_eq(pl_buf_view(&got), pl_str_c(want)));
}

static void assert_proved(const struct place *p)
{
    PL_AUTO_VERIFIED pl_verified *v = NULL;
    const pl_verify_options o = {0};
    char path[80];
    pl_err err = {0};

    (void)snprintf(path, sizeof(path), "%s/ledger", p->path);
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_ok(pl_verify(fd, &o, &v, &err), err);
    if (pl_verified_result(v) != PL_OK)
        fail_msg("%s", v->problems[0].text);
}

static pl_log *open_log(const struct place *p)
{
    pl_log *log = NULL;
    pl_err err = {0};

    assert_ok(pl_log_open_state(p->path, &log, &err), err);
    return log;
}

static void documents_wait_and_are_stored_together_in_their_order(void **state)
{
    struct place *p = *state;
    pl_err err = {0};

    for (size_t i = 0; i < 5; i++)
        add(p, i);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(p->rec.items[i].ledger_index, -1);
    assert_ok(pl_record_flush(&p->rec, &err), err);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal(p->rec.items[i].ledger_index, p->rec.items[0].ledger_index + (int64_t)i);
    close_recorder(p);
    PL_AUTO_LOG pl_log *log = open_log(p);
    for (size_t i = 0; i < 5; i++)
        assert_document(log, p->rec.items[i].ledger_index, i);
    assert_proved(p);
}

static void a_full_queue_is_stored_by_itself(void **state)
{
    struct place *p = *state;
    enum { N = 2 * PL_RECORD_QUEUE + 3 };
    pl_err err = {0};

    for (size_t i = 0; i < N; i++)
        add(p, i);
    assert_true(p->rec.items[2 * PL_RECORD_QUEUE - 1].ledger_index > 0);
    assert_int_equal(p->rec.items[2 * PL_RECORD_QUEUE].ledger_index, -1);
    assert_ok(pl_record_flush(&p->rec, &err), err);
    close_recorder(p);
    PL_AUTO_LOG pl_log *log = open_log(p);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(p->rec.items[i].ledger_index, p->rec.items[0].ledger_index + (int64_t)i);
        assert_document(log, p->rec.items[i].ledger_index, i);
    }
    assert_proved(p);
}

static void what_waits_is_bounded_in_bytes_too(void **state)
{
    struct place *p = *state;
    PL_AUTO_FREE char *big = calloc(1, PL_RECORD_QUEUE_BYTES / 2 + 1);
    const pl_record_doc doc = {.type = "host.facts",
                               .collector = "host",
                               .role = "facts",
                               .bytes = {big, PL_RECORD_QUEUE_BYTES / 2 + 1}};
    pl_err err = {0};

    for (size_t i = 0; i < 3; i++)
        assert_ok(pl_record_document(&p->rec, &doc, &err), err);
    assert_int_equal(p->rec.n_queued, 1);
    assert_true(p->rec.items[1].ledger_index > 0);
    close_recorder(p);
    assert_proved(p);
}

static void the_report_comes_after_all_that_waited(void **state)
{
    struct place *p = *state;
    uint64_t index = 0;
    pl_err err = {0};

    add(p, 0);
    assert_ok(pl_record_report(&p->rec, PL_S("{}"), &index, &err), err);
    assert_true(p->rec.items[0].ledger_index > 0);
    assert_int_equal(index, p->rec.items[0].ledger_index + 1);
    assert_null(p->rec.log);
    close_recorder(p);
    assert_proved(p);
}

/* ---- a run that dies ---- */

/* Stores ten documents, lets five wait, and dies. */
static void die_half_way(struct place *p, int tell)
{
    pl_err err = {0};
    int64_t first;

    open_recorder(p);
    for (size_t i = 0; i < 10; i++)
        add(p, i);
    assert_ok(pl_record_flush(&p->rec, &err), err);
    for (size_t i = 10; i < 15; i++)
        add(p, i);
    first = p->rec.items[0].ledger_index;
    (void)!write(tell, &first, sizeof(first));
    (void)raise(SIGKILL);
}

static void a_run_that_dies_half_way_leaves_what_was_stored(void **state)
{
    struct place *p = *state;
    int64_t first = -1;
    int pipe_fds[2];
    int status;

    close_recorder(p);
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t pid = fork();
    if (pid == 0)
        die_half_way(p, pipe_fds[1]);
    (void)close(pipe_fds[1]);
    assert_int_equal(read(pipe_fds[0], &first, sizeof(first)), sizeof(first));
    (void)close(pipe_fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    /* Its signer ends by itself; this one waits for that, and its own opening comes next. */
    open_recorder(p);
    close_recorder(p);
    PL_AUTO_LOG pl_log *log = open_log(p);
    for (size_t i = 0; i < 10; i++)
        assert_document(log, first + (int64_t)i, i);
    pl_str leaf;
    pl_err err = {0};
    assert_ok(pl_log_leaf(log, (uint64_t)first + 10, &leaf, &err), err);
    assert_true(pl_str_has(leaf, PL_S("\"type\":\"ledger.close\"")));
    assert_proved(p);
}

/* ---- verdicts ---- */

static void verdicts_get_the_number_of_their_leaf(void **state)
{
    struct place *p = *state;
    const pl_check check = {.id = PL_S("CTR-001")};
    pl_finding f[] = {
        {.check = &check, .subject = &p->subject, .id = "F-1", .ledger_index = -1},
        {.check = &check, .subject = &p->subject, .id = "F-2", .ledger_index = -1},
    };
    pl_finding *list[] = {&f[0], &f[1]};
    pl_err err = {0};

    add(p, 0);
    assert_ok(pl_record_verdicts(&p->rec, &p->subject, list, 2, &err), err);
    assert_int_equal(f[0].ledger_index, -1);
    assert_ok(pl_record_flush(&p->rec, &err), err);
    assert_int_equal(f[0].ledger_index, p->rec.items[1].ledger_index);
    assert_int_equal(f[1].ledger_index, p->rec.items[1].ledger_index);
    assert_int_equal(f[1].ledger_index, p->rec.items[0].ledger_index + 1);
}

/* The author of an image writes versions as long as a page; a leaf has a limit. */
static void verdicts_that_are_too_long_for_a_leaf_are_whole_in_its_blob(void **state)
{
    struct place *p = *state;
    enum { N = 90, LONG = 4000 };
    char version[LONG + 1];
    pl_vuln_facts v = {.advisory = PL_S("CVE-2026-1"), .package = PL_S("p")};
    static pl_finding f[N];
    pl_finding *list[N];
    PL_AUTO_BUF pl_buf got = {0};
    pl_err err = {0};

    memset(version, '1', LONG);
    version[LONG] = '\0';
    v.version = pl_str_c(version);
    for (size_t i = 0; i < N; i++) {
        f[i] = (pl_finding){.vuln = &v, .subject = &p->subject, .ledger_index = -1};
        (void)snprintf(f[i].id, sizeof(f[i].id), "F-%zu", i);
        list[i] = &f[i];
    }
    assert_ok(pl_record_verdicts(&p->rec, &p->subject, list, N, &err), err);
    assert_ok(pl_record_flush(&p->rec, &err), err);
    close_recorder(p);
    PL_AUTO_LOG pl_log *log = open_log(p);
    json_t *leaf = NULL;
    assert_ok(pl_log_leaf_json(log, (uint64_t)f[0].ledger_index, &leaf, &err), err);
    const json_t *body = json_object_get(leaf, "body");
    assert_int_equal(json_integer_value(json_object_get(body, "n_changed")), N);
    assert_in_range(json_array_size(json_object_get(body, "changed")), 1,
                    PL_RECORD_CHANGED_BYTES / LONG);
    json_decref(leaf);
    assert_ok(pl_log_blob(log, (uint64_t)f[0].ledger_index, PL_S("verdicts"), &got, &err), err);
    assert_true(got.n > (size_t)N * LONG);
    assert_proved(p);
}

int main(int argc, char **argv)
{
    pl_signer_main(argc, argv);
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(documents_wait_and_are_stored_together_in_their_order),
        T(a_full_queue_is_stored_by_itself),
        T(what_waits_is_bounded_in_bytes_too),
        T(the_report_comes_after_all_that_waited),
        T(a_run_that_dies_half_way_leaves_what_was_stored),
        T(verdicts_get_the_number_of_their_leaf),
        T(verdicts_that_are_too_long_for_a_leaf_are_whole_in_its_blob),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
