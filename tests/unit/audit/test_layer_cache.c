/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "audit/layer_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 8, ROUNDS = 40, LAYERS = 12 };

static int64_t now_us = INT64_C(1700000000000000);

static int64_t fixed_now(void *arg)
{
    (void)arg;
    return now_us;
}

static const pl_clock clock_of_test = {.wall_us = fixed_now};
static char told[4096];

static void tell(void *arg, const char *text)
{
    (void)arg;
    (void)snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s\n", text);
}

static int open_folder(char path[32])
{
    (void)snprintf(path, 32, "/tmp/pl-cache-XXXXXX");
    assert_non_null(mkdtemp(path));
    told[0] = '\0';
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void remove_folder(const char *path, int fd)
{
    static const char *const names[] = {"cache/layers.db", "cache/layers.db-wal",
                                        "cache/layers.db-shm"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        (void)unlinkat(fd, names[i], 0);
    (void)unlinkat(fd, "cache", AT_REMOVEDIR);
    (void)rmdir(path);
    (void)close(fd);
}

static pl_layer_cache *open_cache(int fd, uint64_t max)
{
    const pl_layer_cache_options o = {
        .state_fd = fd, .max_bytes = max, .clock = &clock_of_test, .tell = tell};
    pl_layer_cache *c = NULL;
    pl_err err = {0};

    assert_ok(pl_layer_cache_open(&o, true, &c, &err), err);
    return c;
}

static void init(pl_layer_cache_store *s, pl_layer_cache *c, unsigned char readers)
{
    const unsigned char fingerprint[PL_FINGERPRINT] = {readers};
    pl_layer_cache_store_init(s, c, fingerprint);
}

static void put(pl_layer_cache_store *s, unsigned char layer, size_t n)
{
    pl_layer_frames l = {.is_whole = true, .has_end = true};

    l.facts.diff_id[0] = l.facts.blob[1] = layer;
    l.facts.bytes = 1000U + layer;
    for (size_t i = 0; i < n; i++)
        pl_buf_ch(&l.packed, (char)(layer + i));
    s->store.put(s, &l);
    pl_buf_done(&l.packed);
}

static bool has(pl_layer_cache_store *s, unsigned char layer, size_t n)
{
    const unsigned char diff_id[PL_SHA256] = {layer};
    pl_layer_frames l = {0};
    bool is_found = s->store.get(s, diff_id, &l);

    if (is_found) {
        assert_int_equal(l.packed.n, n);
        assert_int_equal(l.facts.bytes, 1000U + layer);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(l.packed.p[i], (char)(layer + i));
    }
    pl_buf_done(&l.packed);
    return is_found;
}

static void what_is_kept_is_found_by_the_same_readers_alone(void **state)
{
    (void)state;
    char path[32];
    int fd = open_folder(path);
    pl_layer_cache *c = open_cache(fd, 1 << 20);
    pl_layer_cache_store same, other;

    init(&same, c, 1);
    init(&other, c, 2);

    assert_false(has(&same, 7, 500));
    put(&same, 7, 500);
    assert_true(has(&same, 7, 500));
    assert_false(has(&other, 7, 500));
    assert_false(has(&same, 8, 500));
    pl_layer_cache_close(c);
    c = open_cache(fd, 1 << 20);
    init(&same, c, 1);
    assert_true(has(&same, 7, 500));
    pl_layer_cache_close(c);
    assert_string_equal(told, "");
    remove_folder(path, fd);
}

/* All bytes of the folder's files that hold this text. */
static unsigned files_with(int fd, const char *text)
{
    static const char *const names[] = {"cache/layers.db", "cache/layers.db-wal"};
    static char all[1 << 20];
    unsigned found = 0;

    for (size_t i = 0; i < PL_COUNT(names); i++) {
        PL_AUTO_FD int file = openat(fd, names[i], O_RDONLY | O_CLOEXEC);
        ssize_t n = file < 0 ? 0 : read(file, all, sizeof(all));
        assert_true(n >= 0 && (size_t)n < sizeof(all));
        found += memmem(all, (size_t)n, text, strlen(text)) != NULL;
    }
    return found;
}

static void what_is_kept_stands_in_no_file_in_clear(void **state)
{
    (void)state;
    char path[32];
    int fd = open_folder(path);
    pl_layer_cache *c = open_cache(fd, 1 << 20);
    pl_layer_cache_store s;

    init(&s, c, 1);
    put(&s, 'a', 2000); /* holds the alphabet */
    assert_true(has(&s, 'a', 2000));
    assert_int_equal(files_with(fd, "CREATE TABLE"), 1);
    assert_int_equal(files_with(fd, "bcdef"), 0);
    pl_layer_cache_close(c);
    remove_folder(path, fd);
}

static void another_key_opens_nothing_and_says_so(void **state)
{
    (void)state;
    char path[32];
    int fd = open_folder(path);
    const pl_layer_cache_options o = {
        .state_fd = fd, .max_bytes = 1 << 20, .key = {9}, .clock = &clock_of_test, .tell = tell};
    pl_layer_cache *c = open_cache(fd, 1 << 20);
    pl_layer_cache_store s;
    pl_err err = {0};

    init(&s, c, 1);
    put(&s, 7, 500);
    pl_layer_cache_close(c);
    assert_ok(pl_layer_cache_open(&o, true, &c, &err), err);
    init(&s, c, 1);
    assert_false(has(&s, 7, 500));
    assert_non_null(strstr(told, "a damaged entry is thrown away"));
    pl_layer_cache_close(c);
    remove_folder(path, fd);
}

static void what_was_used_longest_ago_goes_first(void **state)
{
    (void)state;
    char path[32];
    int fd = open_folder(path);
    pl_layer_cache *c = open_cache(fd, 3000);
    pl_layer_cache_store s;
    const int64_t day_us = INT64_C(86400) * 1000000;

    init(&s, c, 1);
    for (unsigned char i = 1; i <= 3; i++) {
        now_us += day_us;
        put(&s, i, 1000);
    }
    now_us += day_us;
    assert_true(has(&s, 1, 1000)); /* used again */
    now_us += day_us;
    put(&s, 4, 1000);
    assert_false(has(&s, 2, 1000));
    assert_true(has(&s, 1, 1000) && has(&s, 3, 1000) && has(&s, 4, 1000));
    put(&s, 5, 3001); /* more than all together may have */
    assert_false(has(&s, 5, 3001));
    assert_true(has(&s, 4, 1000));
    pl_layer_cache_close(c);
    remove_folder(path, fd);
}

static void files_that_are_none_of_ours_are_refused(void **state)
{
    (void)state;
    char path[32];
    int fd = open_folder(path);
    const pl_layer_cache_options o = {
        .state_fd = fd, .max_bytes = 1000, .clock = &clock_of_test, .tell = tell};
    pl_layer_cache *c = NULL;
    pl_err err = {0};

    assert_int_equal(pl_layer_cache_open(&o, false, &c, &err), PL_NOTFOUND);
    assert_int_equal(mkdirat(fd, "cache", 0700), 0);
    assert_int_equal(symlinkat("/etc/passwd", fd, "cache/layers.db"), 0);
    assert_int_not_equal(pl_layer_cache_open(&o, true, &c, &err), PL_OK);
    assert_int_equal(unlinkat(fd, "cache/layers.db", 0), 0);
    assert_int_equal(mkdirat(fd, "cache/layers.db", 0700), 0);
    assert_int_not_equal(pl_layer_cache_open(&o, true, &c, &err), PL_OK);
    assert_int_equal(unlinkat(fd, "cache/layers.db", AT_REMOVEDIR), 0);
    assert_null(c);
    remove_folder(path, fd);
}

static void work(int fd, unsigned seed)
{
    pl_layer_cache *c = open_cache(fd, 6000);
    pl_layer_cache_store s;

    init(&s, c, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned char layer = (unsigned char)((seed * 7 + i * 5) % LAYERS);
        if (!has(&s, layer, 900))
            put(&s, layer, 900);
    }
    pl_layer_cache_close(c);
}

static void many_programs_use_it_at_the_same_time(void **state)
{
    (void)state;
    char path[32];
    int fd = open_folder(path);
    pid_t all[PROCESSES];

    for (unsigned i = 0; i < PROCESSES; i++) {
        all[i] = fork();
        assert_true(all[i] >= 0);
        if (all[i] == 0) {
            work(fd, i);
            _exit(told[0] ? 1 : 0); /* nothing is to be told */
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(all[i], &status, 0), all[i]);
        assert_int_equal(status, 0);
    }
    pl_layer_cache *c = open_cache(fd, 6000);
    pl_layer_cache_status s;
    pl_err err = {0};
    assert_ok(pl_layer_cache_status_of(c, &s, &err), err);
    assert_true(s.layers > 0 && s.bytes <= 6000 && s.bytes == s.layers * 900);
    assert_ok(pl_layer_cache_prune(c, 0, &err), err);
    assert_ok(pl_layer_cache_status_of(c, &s, &err), err);
    assert_int_equal(s.layers, 0);
    pl_layer_cache_close(c);
    remove_folder(path, fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found_by_the_same_readers_alone),
        cmocka_unit_test(what_is_kept_stands_in_no_file_in_clear),
        cmocka_unit_test(another_key_opens_nothing_and_says_so),
        cmocka_unit_test(what_was_used_longest_ago_goes_first),
        cmocka_unit_test(files_that_are_none_of_ours_are_refused),
        cmocka_unit_test(many_programs_use_it_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
