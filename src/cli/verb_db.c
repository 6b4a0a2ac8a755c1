/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll db: advisories come in, are looked at, and their version order can be asked. */
#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/json_head.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"
#include "core/json_write.h"
#include "core/log.h"
#include "core/text.h"
#include "ledger/state.h"
#include "vuln/freshness.h"
#include "vuln/import.h"
#include "vuln/version.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static pl_rc advisories_dir(pl_cli *cli, const struct pl_args *args, const char **ret, pl_err *err)
{
    bool is_named = false;
    pl_rc rc = pl_cli_advisories_dir(cli, args, ret, &is_named, err);

    if (!rc && !*ret)
        rc = pl_fail(err, PL_USAGE,
                     "db: --state-dir none has no advisories; name their folder with --advisories");
    return rc;
}

/* The state directory gets the owner that it would get of an audit. */
static pl_rc make_dir(pl_cli *cli, const struct pl_args *args, pl_err *err)
{
    const char *named = pl_opt_value(args, "advisories");
    const char *state = NULL;
    PL_AUTO_FD int fd = -1;

    if (named && mkdir(named, 0755) != 0 && errno != EEXIST)
        return pl_fail_sys(err, errno, "make folder %s", named);
    pl_rc rc = named ? PL_OK : pl_cli_state_dir(cli, &state, err);
    return rc || named ? rc : pl_state_open(state, true, &fd, err);
}

/* ---- update ---- */

static void say(void *arg, const char *line)
{
    (void)arg;
    pl_log_say(PL_LOG_INFO, "db.progress", "%s", line);
}

static void say_result(const pl_import_result *r)
{
    pl_log_say(PL_LOG_INFO, "db.imported",
               "%u records read from %u files: %u vulnerabilities in %u packages, %u malformed, "
               "%u withdrawn, %u of ecosystems without a version order",
               r->counts.records, r->n_files, r->counts.vulnerabilities, r->counts.packages,
               r->counts.malformed, r->counts.withdrawn, r->counts.skipped);
    if (r->counts.not_chosen)
        pl_log_say(PL_LOG_INFO, "db.imported",
                   "%u records of ecosystems that --ecosystems leaves out", r->counts.not_chosen);
    pl_log_say(PL_LOG_INFO, "db.imported", "KEV: %u entries; EPSS: %u scores; database: %llu KiB",
               r->counts.kev, r->counts.epss, (unsigned long long)(r->bytes + 1023) / 1024);
}

/* The path that `db status` shows: whole, so that it means something elsewhere. */
static pl_str label_of(pl_cli *cli, const char *source)
{
    PL_AUTO_FREE char *real = strstr(source, "://") ? NULL : realpath(source, NULL);
    return pl_arena_str(cli->arena, pl_str_c(real ? real : source));
}

static pl_rc run_update(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *given = pl_opt_value(args, "source"), *dir = NULL;
    const char *source = given ? given : pl_import_public_source();
    pl_import_result result;

    *ret_status = 0;
    if (pl_arg_count(args))
        return pl_fail(err, PL_USAGE, "db update: %s: --source names where from", pl_arg(args, 0));
    pl_rc rc = advisories_dir(cli, args, &dir, err);
    if (rc == PL_OK)
        rc = make_dir(cli, args, err);
    if (rc != PL_OK)
        return rc;
    pl_import im = {.source = source,
                    .ca_file = pl_opt_value(args, "ca"),
                    .only = pl_str_c(pl_opt_value(args, "ecosystems")),
                    .label = label_of(cli, source),
                    .dir = dir,
                    .clock = cli->clock,
                    .say = say};
    if (!im.label.p)
        return pl_fail(err, PL_NOMEM, "out of memory");
    rc = pl_advisories_import(&im, &result, err);
    if (rc == PL_OK)
        say_result(&result);
    return rc == PL_OK ? rc : pl_wrap(err, rc, "db update");
}

/* ---- status ---- */

static void print_time(pl_cli *cli, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    fprintf(cli->out, "%.10s", us > 0 ? text : "unknown   ");
}

static int64_t age_days(pl_cli *cli, int64_t us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    int64_t now = pl_now_us(cli->clock);

    return us > 0 && now > us ? (now - us) / day_us : us > 0 ? 0 : -1;
}

static void print_text(pl_cli *cli, pl_str s)
{
    PL_AUTO_BUF pl_buf safe = {0};

    pl_text_visible(&safe, s, PL_TEXT_ALL);
    fprintf(cli->out, "%.*s", PL_F(pl_buf_view(&safe)));
}

static void print_feeds(pl_cli *cli, const pl_advisories *db, const pl_freshness *fresh)
{
    int64_t now = pl_now_us(cli->clock);

    fprintf(cli->out, "%-10s %9s  %-10s %9s  %s\n", "feed", "records", "newest", "age", "source");
    for (size_t i = 0; i < pl_advisories_feeds(db); i++) {
        pl_feed f = pl_advisories_feed(db, i);
        fprintf(cli->out, "%-10.*s %9u  ", PL_F(f.name), f.records);
        print_time(cli, f.newest_us);
        fprintf(cli->out, " %4lld days  ", (long long)age_days(cli, f.newest_us));
        print_text(cli, f.source);
        if (pl_feed_is_stale(fresh, &f, now))
            fprintf(cli->out, "  STALE: more than %lld days",
                    (long long)pl_feed_max_days(fresh, f.name));
        fprintf(cli->out, "\n");
    }
}

static void print_status(pl_cli *cli, const char *dir, const pl_advisories *db,
                         const pl_freshness *fresh)
{
    enum { TIME_AT = 11 }; /* of the hour in a printed time */
    pl_advisories_info info;
    char made[PL_TIME_TEXT], size[PL_BYTES_TEXT];

    pl_advisories_info_of(db, &info);
    pl_time_print(info.created_us, made);
    pl_cli_bytes_text(info.bytes, size);
    fprintf(cli->out,
            "advisories  %s, format %u, %s\n"
            "imported    %.10s %.5s UTC, %lld days ago\n"
            "sha256      %s\n"
            "holds       %u vulnerabilities in %u packages\n"
            "left out    %u malformed, %u withdrawn, %u of other ecosystems\n\n",
            dir, info.format, size, made, made + TIME_AT, (long long)age_days(cli, info.created_us),
            info.digest, info.vulnerabilities, info.packages, info.malformed, info.withdrawn,
            info.skipped);
    print_feeds(cli, db, fresh);
}

static void json_time(pl_jw *w, const char *key, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_jw_key(w, key);
    pl_time_print(us, text);
    pl_jw_c(w, us > 0 ? text : NULL);
}

static void json_feed(pl_jw *w, pl_cli *cli, const pl_feed *f, const pl_freshness *fresh)
{
    pl_jw_object(w);
    pl_jw_key(w, "name");
    pl_jw_str(w, f->name);
    pl_jw_key(w, "source");
    pl_jw_str(w, f->source);
    pl_jw_key(w, "version");
    if (f->version.n)
        pl_jw_str(w, f->version);
    else
        pl_jw_null(w);
    pl_jw_key(w, "records");
    pl_jw_int(w, f->records);
    json_time(w, "newest", f->newest_us);
    pl_jw_key(w, "age_days");
    if (f->newest_us > 0)
        pl_jw_int(w, age_days(cli, f->newest_us));
    else
        pl_jw_null(w);
    pl_jw_key(w, "max_age_days");
    pl_jw_int(w, pl_feed_max_days(fresh, f->name));
    pl_jw_key(w, "stale");
    pl_jw_bool(w, pl_feed_is_stale(fresh, f, pl_now_us(cli->clock)));
    pl_jw_end(w);
}

/* The advisories of ground-rules' header, with all that is known of them. */
static void json_database(pl_jw *w, pl_cli *cli, const pl_advisories *db)
{
    pl_advisories_info info;

    pl_advisories_info_of(db, &info);
    const struct {
        const char *key;
        int64_t value;
    } numbers[] = {
        {"age_days", age_days(cli, info.created_us)},
        {"format", info.format},
        {"bytes", (int64_t)info.bytes},
        {"packages", info.packages},
        {"vulnerabilities", info.vulnerabilities},
        {"malformed", info.malformed},
        {"withdrawn", info.withdrawn},
        {"skipped", info.skipped},
    };
    pl_jw_key(w, "digest");
    pl_jw_c(w, info.digest);
    json_time(w, "imported_at", info.created_us);
    for (size_t i = 0; i < PL_COUNT(numbers); i++) {
        pl_jw_key(w, numbers[i].key);
        pl_jw_int(w, numbers[i].value);
    }
}

static void json_feeds(pl_jw *w, pl_cli *cli, const pl_advisories *db, const pl_freshness *fresh)
{
    pl_jw_key(w, "feeds");
    pl_jw_array(w);
    for (size_t i = 0; db && i < pl_advisories_feeds(db); i++) {
        pl_feed f = pl_advisories_feed(db, i);
        json_feed(w, cli, &f, fresh);
    }
    pl_jw_end(w);
}

static void print_json(pl_cli *cli, const pl_advisories *db, const pl_freshness *fresh)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_jw w = {.out = &out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.db-status/1");
    pl_jw_key(&w, "advisories");
    pl_jw_object(&w);
    pl_jw_key(&w, "present");
    pl_jw_bool(&w, db != NULL);
    if (db)
        json_database(&w, cli, db);
    json_feeds(&w, cli, db, fresh);
    pl_jw_end(&w);
    json_time(&w, "generated_at", pl_now_us(cli->clock));
    pl_jw_end(&w);
    fprintf(cli->out, "%.*s\n", PL_F(pl_buf_view(&out)));
}

static bool wants_json(const struct pl_args *args, pl_rc *rc, pl_err *err)
{
    const char *format = pl_opt_value(args, "format");

    *rc = PL_OK;
    if (!format || strcmp(format, "text") == 0)
        return false;
    if (strcmp(format, "json") == 0)
        return true;
    *rc = pl_fail(err, PL_USAGE, "db status: format %s: text or json", format);
    return false;
}

/* No database is an answer, a damaged one is an error. */
static pl_rc run_status(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    const char *dir = NULL;
    const pl_content *content = NULL;
    pl_freshness fresh;
    pl_rc rc;
    bool json = wants_json(args, &rc, err);

    *ret_status = 0;
    if (rc == PL_OK)
        rc = advisories_dir(cli, args, &dir, err);
    if (rc == PL_OK)
        rc = pl_cli_content(cli, &content, err);
    if (rc == PL_OK)
        rc = pl_freshness_of(content, &fresh, err);
    if (rc != PL_OK)
        return rc;
    rc = pl_advisories_open(dir, &db, err);
    if (rc == PL_OK)
        rc = pl_advisories_verify(db, err);
    if (rc != PL_OK && rc != PL_NOTFOUND)
        return rc;
    if (json)
        print_json(cli, db, &fresh);
    else if (db)
        print_status(cli, dir, db, &fresh);
    else
        fprintf(cli->out, "no advisories in %s; import them: plimsoll db update\n", dir);
    return PL_OK;
}

/* ---- compare ---- */

static pl_rc compare_line(pl_cli *cli, pl_str line, size_t no, pl_err *err)
{
    pl_str rest = line, ecosystem, a;
    pl_version_order order;

    if (!pl_str_cut(&rest, '\t', &ecosystem) || !memchr(line.p, '\t', line.n) ||
        !memchr(rest.p, '\t', rest.n) || !pl_str_cut(&rest, '\t', &a) ||
        memchr(rest.p, '\t', rest.n))
        return pl_fail(err, PL_USAGE, "line %zu: ECOSYSTEM, A and B separated by tabs expected",
                       no);
    pl_rc rc = pl_version_order_of(ecosystem, &order, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "line %zu", no);
    fprintf(cli->out, "%c\n", pl_order_sign(order(a, rest)));
    return PL_OK;
}

static pl_rc compare_stdin(pl_cli *cli, pl_err *err)
{
    PL_AUTO_FREE char *line = NULL;
    size_t room = 0, no = 0;
    ssize_t n;
    pl_rc rc = PL_OK;

    while (rc == PL_OK && (errno = 0, n = getline(&line, &room, stdin)) >= 0) {
        size_t len = (size_t)n - (n && line[n - 1] == '\n');
        rc = compare_line(cli, (pl_str){line, len}, ++no, err);
    }
    if (rc == PL_OK && ferror(stdin))
        rc = pl_fail_sys(err, errno, "read standard input");
    return rc == PL_OK ? rc : pl_wrap(err, rc, "db compare");
}

static pl_rc run_compare(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    enum { UNDEFINED_STATUS = 3 };
    pl_version_order order;

    *ret_status = 0;
    if (pl_opt_on(args, "stdin")) {
        if (pl_arg_count(args))
            return pl_fail(err, PL_USAGE, "db compare: --stdin takes no operands");
        return compare_stdin(cli, err);
    }
    if (pl_arg_count(args) != 3)
        return pl_fail(err, PL_USAGE,
                       "db compare: name an ecosystem and two versions, as in plimsoll db compare "
                       "deb 1.0~rc1 1.0");
    pl_rc rc = pl_version_order_of(pl_str_c(pl_arg(args, 0)), &order, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "db compare");
    pl_order o = order(pl_str_c(pl_arg(args, 1)), pl_str_c(pl_arg(args, 2)));
    fprintf(cli->out, "%c\n", pl_order_sign(o));
    *ret_status = o == PL_ORDER_UNDEFINED ? UNDEFINED_STATUS : 0;
    return PL_OK;
}

/* ---- tables ---- */

static const pl_opt update_opts[] = {
    {"source", "URL|DIR", "a mirror by https, a folder or a file; without: the public export",
     false},
    {"ecosystems", "LIST", "only these, with commas: Debian:12,Alpine,PyPI; without: all", false},
    {"ca", "FILE", "certificate authorities of the mirror (PEM)", false},
    PL_ADVISORIES_OPT,
    {0},
};

static const pl_opt status_opts[] = {
    {"format", "F", "text (default) or json", false},
    PL_ADVISORIES_OPT,
    {0},
};

static const pl_opt compare_opts[] = {
    {"stdin", NULL, "read lines ECOSYSTEM<TAB>A<TAB>B, answer each with one line", false},
    {0},
};

static const pl_verb subs[] = {
    {.name = "update",
     .summary = "import advisories; the new database replaces the old one",
     .help =
         "Reads OSV records (all.zip of OSV's export, .jsonl, .jsonl.zst, .json files), the KEV\n"
         "catalog (kev*.json, known_exploited_vulnerabilities.json) and EPSS scores (epss*.csv,\n"
         "also .gz and .zst) from a folder, a file or a mirror; without --source from the public\n"
         "exports of OSV, CISA and FIRST. A mirror is laid out like OSV's export: Debian/all.zip,\n"
         "PyPI/all.zip, ..., and kev.json and epss.csv.gz beside them. Oracle's OVAL\n"
         "(com.oracle.elsa*.xml) and Amazon's *updateinfo.xml are read too, packed or not. "
         "Malformed\n"
         "records are named and left out. The database then holds exactly what the source holds.",
     .examples =
         "  plimsoll db update\n"
         "  plimsoll db update --source /srv/mirror/osv\n"
         "  plimsoll db update --ecosystems Debian:12,PyPI,npm\n"
         "  plimsoll db update --advisories /srv/advisories        for scans that keep no state",
     .opts = update_opts,
     .run = run_update},
    {.name = "status",
     .summary = "what the database holds, how old it is and where it came from",
     .help = "A feed whose newest change is older than the policy max_feed_age_days (7) is stale:\n"
             "what it does not list is then unknown (feed-stale), what it lists still fails.",
     .examples = "  plimsoll db status\n"
                 "  plimsoll db status --format json",
     .opts = status_opts,
     .run = run_status},
    {.name = "compare",
     .operands = "ECOSYSTEM A B",
     .summary = "order of two package versions: <, =, > or ?",
     .help =
         "ECOSYSTEM is deb, apk, rpm, npm, pypi, maven, golang, cargo, gem, composer, nuget, hex,\n"
         "pub, cran, alpm, ebuild, or a name as in OSV (Debian:12, Alpine:v3.18, crates.io).\n"
         "Prints ? and exits 3 when one of the two is not a version of that ecosystem; with\n"
         "--stdin it exits 0 once every line has its answer.",
     .examples = "  plimsoll db compare deb 1.0~rc1 1.0\n"
                 "  printf 'apk\\t1.2.3-r0\\t1.2.3-r1\\n' | plimsoll db compare --stdin",
     .opts = compare_opts,
     .run = run_compare},
    {0},
};

const pl_verb pl_verb_db = {
    .name = "db",
    .operands = "update|status|compare",
    .summary = "advisories: import, status, version order",
    .help =
        "Advisories say which package versions have known vulnerabilities. They are imported by\n"
        "`db update` and never fetched by another verb.",
    .subs = subs,
};
