/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import of advisories, workers included, and opening the database and matching 200 packages.
 * PLIMSOLL_TEST_DATA names the folder of records; without it the fixtures are taken, and the row
 * says so. Each figure is the median of five runs.
 */
#include "core/clock.h"
#include "core/io.h"
#include "core/jail.h"
#include "package/dpkg.h"
#include "vuln/feeds.h"
#include "vuln/import.h"

#include <fcntl.h>
#include <string.h>

enum { RUNS = 5, PACKAGES = 200, STATUS_MAX = 1 << 20, PATH_ROOM = 4096 };

static const struct {
    const char *status, *ecosystem;
} hosts[] = {{"bookworm", "Debian:12"}, {"bullseye", "Debian:11"}, {"trixie", "Debian:13"}};

struct bench {
    char dir[32];
    char source[PATH_ROOM];
    pl_arena *arena;
    pl_vuln_query queries[PACKAGES];
    size_t n_queries;
    pl_str ecosystem;
};

static pl_rc keep(const pl_package *p, void *arg, pl_err *err)
{
    struct bench *b = arg;

    (void)err;
    if (b->n_queries < PACKAGES)
        b->queries[b->n_queries++] = (pl_vuln_query){.ecosystem = b->ecosystem,
                                                     .name = p->name,
                                                     .version = p->version,
                                                     .source = p->source,
                                                     .source_version = p->source_version};
    return PL_OK;
}

static pl_rc read_status(struct bench *b, const char *root, size_t i, pl_err *err)
{
    char path[PATH_ROOM];
    pl_buf *text = PL_NEW(b->arena, pl_buf); /* the queries point into it until the end */
    pl_package_damage damage;

    (void)snprintf(path, sizeof(path), "%s/tests/fixtures/dpkg/%s-minbase.status", root,
                   hosts[i].status);
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !text)
        return pl_fail(err, PL_NOTFOUND, "%s", path);
    b->ecosystem = pl_str_c(hosts[i].ecosystem);
    pl_rc rc = pl_read_all(fd, STATUS_MAX, text, err);
    if (rc == PL_OK)
        rc = pl_dpkg_parse(pl_buf_view(text), true, keep, b, &damage, err);
    return rc;
}

static int by_value(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static double median_ms(uint64_t ns[RUNS])
{
    size_t middle = RUNS / 2;

    qsort(ns, RUNS, sizeof(*ns), by_value);
    return (double)ns[middle] / 1e6;
}

static pl_rc time_import(struct bench *b, double *ret_ms, pl_import_result *result, pl_err *err)
{
    pl_import im = {
        .source = b->source, .label = PL_S("bench"), .dir = b->dir, .clock = &pl_clock_system};
    uint64_t ns[RUNS];
    pl_rc rc = PL_OK;

    for (int i = 0; i < RUNS && rc == PL_OK; i++) {
        uint64_t from = pl_mono_ns(&pl_clock_system);
        rc = pl_advisories_import(&im, result, err);
        ns[i] = pl_mono_ns(&pl_clock_system) - from;
    }
    if (rc == PL_OK)
        *ret_ms = median_ms(ns);
    return rc;
}

static pl_rc time_match(struct bench *b, double *ret_ms, size_t *ret_hits, pl_err *err)
{
    uint64_t ns[RUNS];
    pl_rc rc = PL_OK;

    for (int i = 0; i < RUNS && rc == PL_OK; i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)256 << 20);
        PL_AUTO_ADVISORIES pl_advisories *db = NULL;
        pl_vuln_match m = {0};
        uint64_t from = pl_mono_ns(&pl_clock_system);
        rc = pl_advisories_open(b->dir, &db, err);
        if (rc == PL_OK)
            rc = pl_vuln_match_packages(db, b->queries, b->n_queries, 0, a, &m, err);
        ns[i] = pl_mono_ns(&pl_clock_system) - from;
        *ret_hits = m.n_hits;
    }
    if (rc == PL_OK)
        *ret_ms = median_ms(ns);
    return rc;
}

static pl_rc run(struct bench *b, pl_err *err)
{
    enum { IMPORT_MS = 3000, MATCH_MS = 10 };
    const char *root = getenv("PL_SOURCE_ROOT"), *data = getenv("PLIMSOLL_TEST_DATA");
    pl_import_result result;
    double import_ms = 0, match_ms = 0;
    size_t hits = 0;
    pl_rc rc = PL_OK;

    root = root ? root : PL_SOURCE_ROOT;
    (void)snprintf(b->source, sizeof(b->source), "%s%s", data ? data : root,
                   data ? "" : "/tests/fixtures/osv");
    for (size_t i = 0; i < PL_COUNT(hosts) && rc == PL_OK; i++)
        rc = read_status(b, root, i, err);
    if (rc == PL_OK)
        rc = time_import(b, &import_ms, &result, err);
    if (rc == PL_OK)
        rc = time_match(b, &match_ms, &hits, err);
    if (rc != PL_OK)
        return rc;
    printf("import of %u records%s|%.0f|ms|under %d ms|%.2f\n", result.counts.records,
           data ? "" : " (fixtures)", import_ms, IMPORT_MS, import_ms / IMPORT_MS);
    printf("open and match %zu packages, %zu hits|%.2f|ms|under %d ms|%.2f\n", b->n_queries, hits,
           match_ms, MATCH_MS, match_ms / MATCH_MS);
    return PL_OK;
}

static void clean_up(const struct bench *b)
{
    char path[PATH_ROOM];

    (void)snprintf(path, sizeof(path), "%s/advisories.db", b->dir);
    (void)unlink(path);
    (void)rmdir(b->dir);
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{PL_OSV_WORKER, pl_osv_worker, pl_osv_worker_prepare},
                                           {0}};
    struct bench b = {.dir = "/tmp/plimsoll-bench-XXXXXX"};
    pl_err err = {0};

    pl_jail_main(argc, argv, kinds);
    b.arena = pl_arena_new(1 << 20);
    if (!b.arena || !mkdtemp(b.dir))
        return EXIT_FAILURE;
    pl_rc rc = run(&b, &err);
    clean_up(&b);
    pl_arena_free(b.arena);
    if (rc != PL_OK)
        (void)fprintf(stderr, "bench_vuln: %s\n", err.text);
    return pl_rc_exit_status(rc);
}
