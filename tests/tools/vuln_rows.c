/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows package<TAB>advisory<TAB>state for a dpkg status file or an apk database, without the rest
 * of the program: what tests/integration/vuln_oracle.py compares with its own.
 *
 *     vuln_rows import SOURCE DIR           prints counts
 *     vuln_rows deb|apk DIR ECOSYSTEM FILE  prints rows; state: affected, fixable, not-affected
 */
#include "core/io.h"
#include "core/jail.h"
#include "package/apk.h"
#include "package/dpkg.h"
#include "vuln/feeds.h"
#include "vuln/import.h"
#include "vuln/match.h"

#include <fcntl.h>
#include <string.h>

enum { PACKAGES_MAX = 1 << 17 };

struct list {
    pl_vuln_query *v;
    size_t n;
    pl_str ecosystem;
};

static void say(void *arg, const char *line)
{
    (void)arg;
    (void)fprintf(stderr, "%s\n", line);
}

static pl_rc import(const char *source, const char *dir, pl_err *err)
{
    pl_import im = {.source = source,
                    .label = pl_str_c(source),
                    .dir = dir,
                    .clock = &pl_clock_system,
                    .say = say};
    pl_import_result r;

    pl_rc rc = pl_advisories_import(&im, &r, err);
    if (rc == PL_OK)
        printf("records %u malformed %u skipped %u withdrawn %u duplicates %u vulnerabilities %u "
               "packages %u entries %u kev %u epss %u bytes %llu\n",
               r.counts.records, r.counts.malformed, r.counts.skipped, r.counts.withdrawn,
               r.counts.duplicates, r.counts.vulnerabilities, r.counts.packages, r.counts.entries,
               r.counts.kev, r.counts.epss, (unsigned long long)r.bytes);
    return rc;
}

static pl_rc keep(const pl_package *p, void *arg, pl_err *err)
{
    struct list *list = arg;

    if (list->n == PACKAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d packages", PACKAGES_MAX);
    list->v[list->n++] = (pl_vuln_query){.ecosystem = list->ecosystem,
                                         .name = p->name,
                                         .version = p->version,
                                         .source = p->source,
                                         .source_version = p->source_version};
    return PL_OK;
}

static const char *state_of(const pl_vuln_hit *h)
{
    if (!h->is_affected)
        return "not-affected";
    return h->facts.fixed_version.n ? "fixable" : "affected";
}

static void print_rows(const pl_vuln_match *m, const struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (m->gaps[i])
            printf("%.*s\t-\t%s\n", PL_F(list->v[i].name), m->gaps[i]);
    for (size_t i = 0; i < m->n_hits; i++)
        printf("%.*s\t%.*s\t%s\n", PL_F(m->hits[i].facts.package), PL_F(m->hits[i].facts.advisory),
               state_of(&m->hits[i]));
}

static pl_rc rows(char **argv, bool is_deb, pl_err *err)
{
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)1 << 30);
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_FD int fd = open(argv[4], O_RDONLY | O_CLOEXEC);
    struct list list = {.v = a ? pl_arena_calloc(a, PACKAGES_MAX, sizeof(*list.v)) : NULL,
                        .ecosystem = pl_str_c(argv[3])};
    pl_package_damage damage;
    pl_vuln_match m;

    if (fd < 0 || !list.v)
        return pl_fail(err, PL_SYS, "%s: cannot be read", argv[4]);
    pl_rc rc = pl_advisories_open(argv[2], &db, err);
    if (rc == PL_OK)
        rc = pl_read_all(fd, (size_t)64 << 20, &text, err);
    if (rc != PL_OK)
        return rc;
    rc = is_deb ? pl_dpkg_parse(pl_buf_view(&text), true, keep, &list, &damage, err)
                : pl_apk_parse(pl_buf_view(&text), keep, &list, &damage, err);
    if (rc != PL_OK)
        return rc;
    rc = pl_vuln_match_packages(db, list.v, list.n, PL_MATCH_ALL, a, &m, err);
    if (rc == PL_OK)
        print_rows(&m, &list);
    return rc;
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{PL_OSV_WORKER, pl_osv_worker, pl_osv_worker_prepare},
                                           {0}};
    pl_err err = {0};
    pl_rc rc = PL_USAGE;

    pl_jail_main(argc, argv, kinds);
    if (argc == 4 && strcmp(argv[1], "import") == 0)
        rc = import(argv[2], argv[3], &err);
    else if (argc == 5)
        rc = rows(argv, strcmp(argv[1], "deb") == 0, &err);
    if (rc != PL_OK)
        (void)fprintf(stderr, "%s\n", err.text);
    return pl_rc_exit_status(rc);
}
