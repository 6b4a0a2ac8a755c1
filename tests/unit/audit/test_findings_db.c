/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "audit/findings_db.h"
#include "model/content.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const pl_check check_a = {.id = {"CTR-006", 7}};
static const pl_check check_b = {.id = {"CTR-013", 7}};

struct place {
    char path[64];
    int fd;
    pl_state_db *state;
};

static struct place make_place(void)
{
    struct place p = {.path = "/tmp/plimsoll-findings.XXXXXX"};
    assert_non_null(mkdtemp(p.path));
    p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(p.fd >= 0);
    return p;
}

static void remove_place(struct place *p)
{
    static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
    for (size_t i = 0; i < PL_COUNT(names); i++)
        (void)unlinkat(p->fd, names[i], 0);
    close(p->fd);
    (void)rmdir(p->path);
}

static pl_finding finding(const pl_subject *s, const pl_check *c, const char *element,
                          pl_verdict verdict)
{
    pl_finding f = {.check = c, .subject = s, .verdict = verdict};
    pl_finding_id(s->klass, c->id, pl_str_c(element), f.id);
    return f;
}

/* One run over the given findings; returns the past of the first. */
static pl_finding_past past_at(pl_findings_db *db, int64_t now, const pl_finding *f, size_t n)
{
    pl_err err = {0};
    pl_finding_past past = {0};
    pl_finding_past first = {.first_seen_us = -1};

    assert_ok(pl_findings_db_begin(db, now, &err), err);
    for (size_t i = 0; i < n; i++) {
        assert_ok(pl_findings_db_note(db, &f[i], &past, &err), err);
        if (i == 0)
            first = past;
    }
    assert_ok(pl_findings_db_commit(db, &err), err);
    return first;
}

/* The same, of which only since when it is known matters. */
static int64_t run_at(pl_findings_db *db, int64_t now, const pl_finding *f, size_t n)
{
    return past_at(db, now, f, n).first_seen_us;
}

static pl_rc open_at(struct place *p, pl_findings_db **ret, pl_err *err)
{
    pl_rc rc = pl_state_db_open(p->fd, &p->state, err);

    return rc ? rc : pl_findings_db_open(p->state, ret, err);
}

static void close_at(struct place *p, pl_findings_db *db)
{
    pl_findings_db_close(db);
    pl_state_db_close(p->state);
}

static void a_finding_outlives_its_containers(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    const pl_subject old = {
        .key = PL_S("aaaa"), .klass = PL_S("shop/web"), .kind = PL_S("container")};
    const pl_subject new = {
        .key = PL_S("bbbb"), .klass = PL_S("shop/web"), .kind = PL_S("container")};

    assert_ok(open_at(&p, &db, &err), err);
    pl_finding f = finding(&old, &check_a, "/etc", PL_FAIL);
    assert_int_equal(run_at(db, 100, &f, 1), 100);
    close_at(&p, db);
    assert_ok(open_at(&p, &db, &err), err);
    f = finding(&new, &check_a, "/etc", PL_FAIL);
    assert_int_equal(run_at(db, 200, &f, 1), 100);
    close_at(&p, db);
    remove_place(&p);
}

static void only_a_run_that_looked_ends_a_finding(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    const pl_subject s = {
        .key = PL_S("aaaa"), .klass = PL_S("shop/web"), .kind = PL_S("container")};
    const pl_finding bad = finding(&s, &check_a, "/etc", PL_FAIL);
    const pl_finding unknown = finding(&s, &check_a, "", PL_UNKNOWN);
    const pl_finding good = finding(&s, &check_a, "", PL_PASS);
    const pl_finding other = finding(&s, &check_b, "", PL_PASS);

    assert_ok(open_at(&p, &db, &err), err);
    (void)run_at(db, 100, &bad, 1);
    (void)run_at(db, 200, &other, 1);   /* another check says nothing about this one */
    (void)run_at(db, 300, &unknown, 1); /* nor does a run that could not look */
    assert_int_equal(run_at(db, 400, &bad, 1), 100);
    (void)run_at(db, 500, &good, 1);
    assert_int_equal(run_at(db, 600, &bad, 1), 600);
    close_at(&p, db);
    remove_place(&p);
}

static pl_finding with_marks(const pl_subject *s, pl_str *marks, size_t n)
{
    pl_finding f = finding(s, &check_a, "", PL_FAIL);

    f.marks = marks;
    f.n_marks = n;
    return f;
}

static void one_more_element_is_told_and_begins_no_time_anew(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    pl_str both[] = {PL_S("00000000000000aa"), PL_S("00000000000000bb")};
    const pl_subject s = {.key = PL_S("a"), .klass = PL_S("web"), .kind = PL_S("image")};
    const pl_subject t = {.key = PL_S("b"), .klass = PL_S("web"), .kind = PL_S("image")};
    const pl_finding one = with_marks(&s, both, 1);
    const pl_finding two = with_marks(&s, both, 2);
    const pl_finding other = with_marks(&s, both + 1, 1);
    const pl_finding blind = finding(&s, &check_a, "", PL_UNKNOWN);
    const pl_finding of_each[] = {with_marks(&s, both, 1), with_marks(&t, both + 1, 1)};
    const struct {
        const pl_finding *f;
        size_t n;
        int64_t grown;
    } runs[] = {
        {&one, 1, 100},   {&one, 1, 100},     {&two, 1, 300},     {&two, 1, 300},
        {&one, 1, 300},   {&blind, 1, 300},   {&one, 1, 300},     {&other, 1, 800},
        {&other, 1, 800}, {of_each, 2, 1000}, {of_each, 2, 1000}, {of_each, 2, 1000},
    };

    assert_ok(open_at(&p, &db, &err), err);
    for (size_t i = 0; i < PL_COUNT(runs); i++) {
        pl_finding_past past = past_at(db, 100 * (int64_t)(i + 1), runs[i].f, runs[i].n);
        assert_int_equal(past.first_seen_us, 100);
        assert_int_equal(past.grown_us, runs[i].grown);
    }
    close_at(&p, db);
    remove_place(&p);
}

static void a_subject_that_passes_does_not_hide_one_of_its_class_that_fails(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    const pl_subject s = {.key = PL_S("a"), .klass = PL_S("web"), .kind = PL_S("image")};
    const pl_finding run[] = {finding(&s, &check_a, "", PL_FAIL),
                              finding(&s, &check_a, "", PL_PASS)};

    assert_ok(open_at(&p, &db, &err), err);
    assert_int_equal(run_at(db, 100, run, 2), 100);
    assert_int_equal(run_at(db, 200, run, 2), 100);
    close_at(&p, db);
    remove_place(&p);
}

/* web:1 and web:2: one class, two places. */
static const pl_subject tags[] = {
    {.key = {"aaaa", 4}, .name = {"web:1", 5}, .klass = {"web", 3}, .kind = {"image", 5}},
    {.key = {"bbbb", 4}, .name = {"web:2", 5}, .klass = {"web", 3}, .kind = {"image", 5}},
};

static int64_t tag_at(pl_findings_db *db, int64_t now, size_t tag, pl_verdict verdict)
{
    const pl_finding f = finding(&tags[tag], &check_a, "", verdict);

    return run_at(db, now, &f, 1);
}

static void a_clean_tag_does_not_begin_the_time_of_another_anew(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;

    assert_ok(open_at(&p, &db, &err), err);
    assert_int_equal(tag_at(db, 100, 0, PL_FAIL), 100);
    (void)tag_at(db, 200, 1, PL_PASS);
    assert_int_equal(tag_at(db, 300, 0, PL_FAIL), 100);
    (void)tag_at(db, 400, 1, PL_PASS);
    assert_int_equal(tag_at(db, 500, 0, PL_UNKNOWN), 100);
    /* Its own clean scan ends it; so does nothing that merely passes by. */
    (void)tag_at(db, 600, 0, PL_PASS);
    assert_int_equal(tag_at(db, 700, 0, PL_FAIL), 700);
    close_at(&p, db);
    remove_place(&p);
}

static void what_a_clean_tag_ended_is_new_in_a_third_one(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    pl_subject third = tags[0];

    third.name = PL_S("web:3");
    assert_ok(open_at(&p, &db, &err), err);
    (void)tag_at(db, 100, 0, PL_FAIL);
    (void)tag_at(db, 200, 1, PL_PASS);
    const pl_finding again = finding(&third, &check_a, "", PL_FAIL);
    assert_int_equal(run_at(db, 300, &again, 1), 300);
    close_at(&p, db);
    remove_place(&p);
}

static void a_run_that_sees_all_ends_what_is_gone(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    pl_finding_past past;
    const pl_finding good = finding(&tags[1], &check_a, "", PL_PASS);

    assert_ok(open_at(&p, &db, &err), err);
    (void)tag_at(db, 100, 0, PL_FAIL);
    assert_ok(pl_findings_db_begin(db, 200, &err), err);
    pl_findings_db_sees_all(db);
    assert_ok(pl_findings_db_note(db, &good, &past, &err), err);
    assert_ok(pl_findings_db_commit(db, &err), err);
    assert_int_equal(tag_at(db, 300, 0, PL_FAIL), 300);
    close_at(&p, db);
    remove_place(&p);
}

static void a_tag_that_nobody_looks_at_is_forgotten(void **state)
{
    (void)state;
    const int64_t day = 24LL * 3600 * 1000000;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;

    assert_ok(open_at(&p, &db, &err), err);
    (void)tag_at(db, day, 0, PL_FAIL);
    (void)tag_at(db, day * 100, 1, PL_PASS);
    assert_int_equal(tag_at(db, day * 101, 0, PL_FAIL), day);
    (void)tag_at(db, day * 202, 1, PL_PASS);
    assert_int_equal(tag_at(db, day * 203, 0, PL_FAIL), day * 203);
    close_at(&p, db);
    remove_place(&p);
}

static void long_names_do_not_fill_the_database(void **state)
{
    (void)state;
    struct place p = make_place();
    static char name[1 << 20];
    pl_findings_db *db;
    struct stat st;
    pl_err err = {0};

    memset(name, 'a', sizeof(name));
    const pl_subject one = {.name = {name, sizeof(name)}, .klass = {name, sizeof(name) - 2}};
    const pl_subject other = {.name = {name, sizeof(name) - 1}, .klass = one.klass};
    const pl_finding bad = finding(&one, &check_a, "", PL_FAIL);
    const pl_finding good = finding(&other, &check_a, "", PL_PASS);
    assert_ok(open_at(&p, &db, &err), err);
    assert_int_equal(run_at(db, 1, &bad, 1), 1);
    assert_int_equal(run_at(db, 2, &bad, 1), 1);
    assert_int_equal(run_at(db, 3, &good, 1), 0);
    assert_int_equal(run_at(db, 4, &bad, 1), 1); /* its place is told from the other */
    close_at(&p, db);
    assert_int_equal(fstatat(p.fd, "state.db", &st, 0), 0);
    assert_in_range(st.st_size, 1, 512 << 10);
    remove_place(&p);
}

static void a_run_that_is_not_committed_leaves_no_trace(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    pl_finding_past past = {0};
    const pl_subject s = {.klass = PL_S("web"), .kind = PL_S("container")};
    const pl_finding bad = finding(&s, &check_a, "", PL_FAIL);

    assert_ok(open_at(&p, &db, &err), err);
    assert_ok(pl_findings_db_begin(db, 100, &err), err);
    assert_ok(pl_findings_db_note(db, &bad, &past, &err), err);
    close_at(&p, db);
    assert_ok(open_at(&p, &db, &err), err);
    assert_int_equal(run_at(db, 200, &bad, 1), 200);
    close_at(&p, db);
    remove_place(&p);
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    sqlite3 *raw = NULL;
    char path[96];

    assert_ok(open_at(&p, &db, &err), err);
    close_at(&p, db);
    (void)snprintf(path, sizeof(path), "%s/state.db", p.path);
    assert_int_equal(sqlite3_open_v2(path, &raw, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(raw);
    assert_int_equal(open_at(&p, &db, &err), PL_UNSUPPORTED);
    assert_string_equal(err.text,
                        "state.db has schema 99, this program knows 9: use a newer plimsoll");
    remove_place(&p);
}

static void the_file_is_for_its_owner_alone(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    pl_findings_db *db = NULL;
    struct stat st;

    assert_ok(open_at(&p, &db, &err), err);
    assert_int_equal(fstatat(p.fd, "state.db", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    close_at(&p, db);
    remove_place(&p);
}

static void write_text(struct place *p, const char *name, const char *text)
{
    PL_AUTO_FD int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_text(struct place *p, const char *name, const char *want)
{
    char got[64] = "";
    PL_AUTO_FD int fd = openat(p->fd, name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read(fd, got, sizeof(got) - 1) >= 0);
    assert_string_equal(got, want);
}

/* Whoever took over the user plimsoll lays names in its directory, and root comes along. */
static void another_name_of_roots_file_is_not_taken_for_the_database(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};
    struct stat st;

    write_text(&p, "victim", "root's");
    assert_int_equal(linkat(p.fd, "victim", p.fd, "state.db", 0), 0);
    if (geteuid() == 0)
        assert_int_equal(fchown(p.fd, 12345, 12345), 0);
    assert_int_equal(pl_state_db_open(p.fd, &p.state, &err), PL_DENIED);
    assert_int_equal(fstatat(p.fd, "victim", &st, 0), 0);
    assert_int_equal(st.st_uid, geteuid());
    assert_text(&p, "victim", "root's");
    assert_int_equal(unlinkat(p.fd, "victim", 0), 0);
    remove_place(&p);
}

static void names_beside_the_database_do_not_reach_roots_files(void **state)
{
    (void)state;
    static const char *const names[] = {"state.db-wal", "state.db-shm"};
    pl_err err = {0};
    struct stat st;

    if (geteuid() != 0)
        return;
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        struct place p = make_place();
        assert_ok(pl_state_db_open(p.fd, &p.state, &err), err);
        pl_state_db_close(p.state);
        assert_int_equal(fchownat(p.fd, "state.db", 12345, 12345, 0), 0);
        assert_int_equal(fchown(p.fd, 12345, 12345), 0);
        write_text(&p, "victim", "root's");
        assert_int_equal(linkat(p.fd, "victim", p.fd, names[i], 0), 0);
        /* Whether SQLite makes do without it is its own affair. */
        if (pl_state_db_open(p.fd, &p.state, &err) == PL_OK) {
            (void)!pl_state_db_execute(p.state, "CREATE TABLE t(x); INSERT INTO t VALUES(1)", &err);
            pl_state_db_close(p.state);
        }
        assert_text(&p, "victim", "root's");
        assert_int_equal(fstatat(p.fd, "victim", &st, 0), 0);
        assert_int_equal(st.st_uid, 0);
        assert_int_equal(unlinkat(p.fd, "victim", 0), 0);
        remove_place(&p);
    }
}

/* As in /root/state: the owner could not come here by himself. */
static void a_directory_below_one_of_root_alone_is_used(void **state)
{
    (void)state;
    struct place p = make_place();
    pl_err err = {0};

    if (geteuid() == 0) {
        assert_int_equal(mkdirat(p.fd, "state", 0700), 0);
        int fd = openat(p.fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(fchown(fd, 12345, 12345), 0);
        assert_ok(pl_state_db_open(fd, &p.state, &err), err);
        pl_state_db_close(p.state);
        assert_int_equal(unlinkat(fd, "state.db", 0), 0);
        (void)close(fd);
        assert_int_equal(unlinkat(p.fd, "state", AT_REMOVEDIR), 0);
    }
    remove_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_outlives_its_containers),
        cmocka_unit_test(only_a_run_that_looked_ends_a_finding),
        cmocka_unit_test(one_more_element_is_told_and_begins_no_time_anew),
        cmocka_unit_test(a_subject_that_passes_does_not_hide_one_of_its_class_that_fails),
        cmocka_unit_test(a_clean_tag_does_not_begin_the_time_of_another_anew),
        cmocka_unit_test(what_a_clean_tag_ended_is_new_in_a_third_one),
        cmocka_unit_test(a_run_that_sees_all_ends_what_is_gone),
        cmocka_unit_test(a_tag_that_nobody_looks_at_is_forgotten),
        cmocka_unit_test(long_names_do_not_fill_the_database),
        cmocka_unit_test(a_run_that_is_not_committed_leaves_no_trace),
        cmocka_unit_test(a_newer_schema_is_refused),
        cmocka_unit_test(the_file_is_for_its_owner_alone),
        cmocka_unit_test(a_directory_below_one_of_root_alone_is_used),
        cmocka_unit_test(another_name_of_roots_file_is_not_taken_for_the_database),
        cmocka_unit_test(names_beside_the_database_do_not_reach_roots_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
