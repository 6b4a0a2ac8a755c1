/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"
#include "test.h"

#include "core/jail.h"
#include "vuln/advisories.h"
#include "vuln/feeds.h"
#include "vuln/import.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define RECORD(id, version)                                                                        \
    "{\"id\":\"" id "\",\"modified\":\"2024-01-01T00:00:00Z\",\"affected\":[{\"package\":{"        \
    "\"ecosystem\":\"Debian:12\",\"name\":\"p\"},\"ranges\":[{\"type\":\"ECOSYSTEM\","             \
    "\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"" version "\"}]}]}]}"

struct world {
    char dir[32];
    char source[64], state[64];
    char said[8192];
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    if (!w)
        return -1;
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/plimsoll-test-XXXXXX");
    if (!mkdtemp(w->dir))
        return -1;
    (void)snprintf(w->source, sizeof(w->source), "%s/source", w->dir);
    (void)snprintf(w->state, sizeof(w->state), "%s/advisories", w->dir);
    *state = w;
    return mkdir(w->source, 0700);
}

static int tear_down(void **state)
{
    struct world *w = *state;
    int rc = remove_folder(w->dir);
    free(w);
    return rc;
}

static void put(const struct world *w, const char *name, const void *p, size_t n)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", w->source, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    (void)close(fd);
}

static void put_text(const struct world *w, const char *name, const char *text)
{
    put(w, name, text, strlen(text));
}

static void hear(void *arg, const char *line)
{
    struct world *w = arg;
    size_t n = strlen(w->said);
    (void)snprintf(w->said + n, sizeof(w->said) - n, "%s\n", line);
}

static pl_rc import(struct world *w, pl_import_result *ret, pl_err *err)
{
    pl_import im = {.source = w->source,
                    .label = PL_S("test"),
                    .dir = w->state,
                    .clock = &pl_clock_system,
                    .say = hear,
                    .arg = w};
    return pl_advisories_import(&im, ret, err);
}

static void put_zstd(const struct world *w, const char *name, const char *text)
{
    char packed[4096];
    size_t n = ZSTD_compress(packed, sizeof(packed), text, strlen(text), 3);
    assert_false(ZSTD_isError(n));
    put(w, name, packed, n);
}

static size_t gzip(const char *text, unsigned char *to, size_t room)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = to;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&z);
    return z.total_out;
}

/* One stored entry, its size and CRC in front of the data. */
static size_t zip(const char *name, const char *text, unsigned char *to)
{
    uint32_t n = (uint32_t)strlen(text), crc = (uint32_t)crc32(0, (const void *)text, n);
    uint16_t name_n = (uint16_t)strlen(name);
    unsigned char head[30] = {'P', 'K', 3, 4, 20}, end[22] = {'P', 'K', 5, 6};

    memcpy(head + 14, &crc, 4);
    memcpy(head + 18, &n, 4);
    memcpy(head + 22, &n, 4);
    memcpy(head + 26, &name_n, 2);
    memcpy(to, head, sizeof(head));
    memcpy(to + sizeof(head), name, name_n);
    memcpy(to + sizeof(head) + name_n, text, n);
    memcpy(to + sizeof(head) + name_n + n, end, sizeof(end));
    return sizeof(head) + name_n + n + sizeof(end);
}

static void put_every_form(struct world *w)
{
    unsigned char packed[4096];

    put_text(w, "a.jsonl", RECORD("CVE-2024-0001", "1") "\n\n" RECORD("CVE-2024-0002", "1"));
    put_zstd(w, "b.jsonl.zst", RECORD("CVE-2024-0003", "1") "\n");
    size_t n = gzip(RECORD("CVE-2024-0004", "1") "\n", packed, sizeof(packed));
    n += gzip(RECORD("CVE-2024-0005", "1") "\n", packed + n, sizeof(packed) - n);
    put(w, "c.jsonl.gz", packed, n);
    put(w, "all.zip", packed, zip("CVE-2024-0006.json", RECORD("CVE-2024-0006", "1"), packed));
    put_text(w, "CVE-2024-0007.json", "\n" RECORD("CVE-2024-0007", "1") "\n");
    put_text(w, "kev.json",
             "{\"catalogVersion\":\"2024.5\",\"dateReleased\":\"2024-05-05T00:00:00Z\","
             "\"vulnerabilities\":[{\"cveID\":\"CVE-2024-0001\",\"dueDate\":\"2024-06-01\"}]}");
    put_zstd(w, "epss.csv.zst",
             "#model_version:v1,score_date:2024-05-06T00:00:00+0000\n"
             "cve,epss,percentile\nCVE-2024-0001,0.5,0.9\n");
    put_text(w, "README.md", "not data");
}

static void only_chosen_ecosystems_are_kept(void **state)
{
    static const struct {
        const char *only;
        uint32_t packages, not_chosen;
    } cases[] = {{"", 2, 0},
                 {"Debian", 1, 1},
                 {"Debian:12, npm", 1, 1},
                 {"Debian:11", 0, 2},
                 {"PyPI,Debian:12", 2, 0}};
    struct world *w = *state;
    pl_import_result r;
    pl_err err = {0};

    put_text(w, "a.jsonl", RECORD("CVE-2024-0001", "1"));
    put_text(w, "b.jsonl",
             "{\"id\":\"PYSEC-1\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\","
             "\"name\":\"q\"},\"versions\":[\"1\"]}]}");
    put_text(w, "kev.json", "{\"vulnerabilities\":[{\"cveID\":\"CVE-2024-0001\"}]}");
    pl_import im = {
        .source = w->source, .label = PL_S("test"), .dir = w->state, .clock = &pl_clock_system};
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        im.only = pl_str_c(cases[i].only);
        assert_ok(pl_advisories_import(&im, &r, &err), err);
        assert_int_equal(r.counts.packages, cases[i].packages);
        assert_int_equal(r.counts.not_chosen, cases[i].not_chosen);
    }
    im.only = PL_S("Debain");
    assert_int_equal(pl_advisories_import(&im, &r, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "ecosystem Debain: unknown"));
}

static void every_form_of_source_is_read(void **state)
{
    struct world *w = *state;
    pl_import_result r;
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_err err = {0};

    put_every_form(w);
    assert_ok(import(w, &r, &err), err);
    assert_int_equal(r.counts.records, 7);
    assert_int_equal(r.counts.malformed, 0);
    assert_int_equal(r.counts.kev, 1);
    assert_int_equal(r.counts.epss, 1);
    assert_int_equal(r.n_files, 7);
    assert_ok(pl_advisories_open(w->state, &db, &err), err);
    assert_int_equal(pl_advisories_feeds(db), 3);
}

static void malformed_records_are_named_and_the_rest_is_kept(void **state)
{
    struct world *w = *state;
    pl_import_result r;
    pl_err err = {0};

    put_text(w, "a.jsonl",
             "{\"id\":\n" RECORD("CVE-2024-0001", "1") "\n" RECORD("CVE-2024-0002", "x y"));
    put_text(w, "bad\x1b[31m.json", "[]");
    assert_ok(import(w, &r, &err), err);
    assert_int_equal(r.counts.records, 1);
    assert_int_equal(r.counts.malformed, 3);
    assert_non_null(strstr(w->said, "a.jsonl: line 1: "));
    assert_non_null(strstr(w->said, "a.jsonl: line 3: advisory CVE-2024-0002: package p in "
                                    "Debian:12: x y is not a version"));
    assert_non_null(strstr(w->said, "not a JSON object"));
    assert_null(strchr(w->said, '\x1b'));
}

static void a_file_that_breaks_off_leaves_the_database_as_it_was(void **state)
{
    static const char text[] = RECORD("CVE-2024-0009", "1") "\n" RECORD("CVE-2024-0010", "1") "\n";
    enum { CUT = 5 };
    struct world *w = *state;
    char packed[4096];
    pl_import_result r;
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_err err = {0};

    put_text(w, "a.jsonl", RECORD("CVE-2024-0001", "1"));
    assert_ok(import(w, &r, &err), err);
    size_t n = ZSTD_compress(packed, sizeof(packed), text, sizeof(text) - 1, 3);
    put(w, "b.jsonl.zst", packed, n - CUT);
    assert_int_equal(import(w, &r, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "b.jsonl.zst: "));
    assert_non_null(strstr(err.text, "cut off in the middle"));
    assert_ok(pl_advisories_open(w->state, &db, &err), err);
    assert_int_equal(pl_advisories_feed(db, 0).records, 1);
}

static void of_two_records_with_one_id_the_newer_stays(void **state)
{
    struct world *w = *state;
    pl_import_result r;
    pl_err err = {0};

    put_text(w, "a.jsonl", RECORD("CVE-2024-0001", "1"));
    put_text(w, "b.jsonl",
             "{\"id\":\"CVE-2024-0001\",\"modified\":\"2025-01-01T00:00:00Z\",\"withdrawn\":"
             "\"2025-01-01T00:00:00Z\"}");
    assert_ok(import(w, &r, &err), err);
    assert_int_equal(r.counts.records, 1);
    assert_int_equal(r.counts.duplicates, 1);
    assert_int_equal(r.counts.withdrawn, 1);
    assert_int_equal(r.counts.entries, 0);
}

static void a_source_without_data_is_an_error(void **state)
{
    struct world *w = *state;
    pl_import_result r;
    pl_err err = {0};

    put_text(w, "notes.txt", "nothing");
    assert_int_equal(import(w, &r, &err), PL_NOTFOUND);
    put_text(w, "x.json", "{}");
    assert_int_equal(import(w, &r, &err), PL_FORMAT);
    assert_int_equal(access(w->state, F_OK), -1);
}

static void links_and_pipes_in_a_source_are_let_pass(void **state)
{
    struct world *w = *state;
    char path[128];
    pl_import_result r;
    pl_err err = {0};

    put_text(w, "a.jsonl", RECORD("CVE-2024-0001", "1"));
    (void)snprintf(path, sizeof(path), "%s/b.jsonl", w->source);
    assert_int_equal(symlink("a.jsonl", path), 0);
    (void)snprintf(path, sizeof(path), "%s/c.jsonl", w->source);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_ok(import(w, &r, &err), err);
    assert_int_equal(r.n_files, 1);
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{PL_OSV_WORKER, pl_osv_worker, pl_osv_worker_prepare},
                                           {0}};
    pl_jail_main(argc, argv, kinds);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_chosen_ecosystems_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_form_of_source_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_records_are_named_and_the_rest_is_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_breaks_off_leaves_the_database_as_it_was,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_two_records_with_one_id_the_newer_stays, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_source_without_data_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_and_pipes_in_a_source_are_let_pass, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
