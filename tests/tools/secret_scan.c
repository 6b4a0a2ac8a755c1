/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the patterns of secrets find, for figures and for lists that people judge. Never the secret
 * itself: its length and first four characters at most.
 *
 *     secret_scan files PATH...   all files below, one line a finding, by tabs: path, offset, line,
 *                                 kind, severity, example or "-", length, start; then the sum
 *     secret_scan lines FOLDER    of tests/tools/secret_lines.py: a row a kind: kind, found, lines,
 *                                 near misses refused, near misses, nanoseconds a line
 *     secret_scan missed FOLDER   the lines that were not found as their kind
 *     secret_scan speed FILE      bytes a second over this file, with all patterns
 */
#include "audit/secret_places.h"
#include "core/clock.h"
#include "core/hostfile.h"
#include "core/io.h"
#include "core/text.h"
#include "core/yaml_tree.h"
#include "model/content.h"
#include "secrets/secrets.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PIECE = 1 << 20, ROUNDS = 20, HITS = 64 << 20, LINES_MAX = 64 << 20 };

/* nftw has no argument of its own. */
static struct {
    pl_secrets *s;
    pl_secrets_stream *stream;
    const char *path;
    uint64_t bytes, files, found;
} all;

static int failed(const pl_err *err)
{
    (void)fprintf(stderr, "error: %s\n", err->text);
    return EXIT_FAILURE;
}

/* Others share the processor. */
static int64_t cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static pl_rc print_hit(void *arg, const pl_secret_seen *seen, pl_err *err)
{
    PL_AUTO_BUF pl_buf safe = {0};
    bool is_sample = seen->hit->is_example ||
                     pl_secret_place_is_sample(pl_str_c(all.path), seen->hit->is_common);

    (void)arg, (void)err;
    pl_text_visible(&safe, pl_str_sub(seen->secret, 0, seen->secret.n < 20 ? 0 : 4), 40);
    printf("%s\t%llu\t%llu\t%.*s\t%s\t%s\t%zu\t%.*s\n", all.path, (unsigned long long)seen->offset,
           (unsigned long long)seen->line, PL_F(seen->hit->kind),
           pl_severity_word(seen->hit->severity), is_sample ? "example" : "-", seen->secret.n,
           PL_F(pl_buf_view(&safe)));
    all.found++;
    return PL_OK;
}

static int scan_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    static char piece[PIECE];
    PL_AUTO_FD int fd = -1;
    bool is_cut = false;
    pl_err err = {0};
    ssize_t got = 0;

    (void)ftw;
    if (flag != FTW_F || !S_ISREG(st->st_mode) || st->st_size == 0)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    all.path = path;
    pl_secrets_stream_begin(all.stream, PL_SECRETS_SHAPES, (uint64_t)st->st_size, print_hit, NULL);
    while (fd >= 0 && (got = read(fd, piece, sizeof(piece))) > 0) {
        if (pl_secrets_stream_add(all.stream, (pl_str){piece, (size_t)got}, &err))
            return failed(&err);
        all.bytes += (uint64_t)got;
    }
    if (pl_secrets_stream_end(all.stream, &is_cut, &err))
        return failed(&err);
    if (is_cut)
        printf("%s\t0\t0\tcut\t-\t-\t0\t\n", path);
    all.files++;
    return 0;
}

static int scan_files(char **paths)
{
    int64_t from = pl_now_us(&pl_clock_system);

    all.stream = pl_secrets_stream_new(all.s);
    for (; all.stream && *paths; paths++)
        if (nftw(*paths, scan_file, 64, FTW_PHYS))
            return EXIT_FAILURE;
    (void)fprintf(stderr, "%llu findings in %llu files, %llu bytes, %.1f s\n",
                  (unsigned long long)all.found, (unsigned long long)all.files,
                  (unsigned long long)all.bytes,
                  (double)(pl_now_us(&pl_clock_system) - from) / 1e6);
    pl_secrets_stream_free(all.stream);
    return EXIT_SUCCESS;
}

/* ---- lines of known kinds ---- */

static bool has_kind(pl_arena *a, pl_str text, pl_str kind)
{
    pl_secret_hits hits = {0};

    pl_arena_reset(a);
    if (pl_secrets_find(all.s, text, PL_SECRETS_SHAPES, a, &hits, NULL))
        return false;
    for (size_t i = 0; i < hits.n; i++)
        if (pl_str_eq(hits.items[i].kind, kind) && !hits.items[i].is_example)
            return true;
    return false;
}

static void count_misses(pl_arena *yaml, pl_arena *a, pl_str kind, size_t *ret_refused,
                         size_t *ret_n)
{
    *ret_refused = *ret_n = 0;
    for (const pl_content_file *c = pl_content_builtin; c->name; c++) {
        pl_yaml *doc = NULL;
        if (strncmp(c->name, "secrets/", 8) != 0)
            continue;
        pl_arena_reset(yaml);
        if (pl_yaml_parse(yaml, (pl_str){(const char *)c->p, c->n}, &doc, NULL) ||
            doc->type != PL_YAML_SEQUENCE)
            continue;
        for (size_t i = 0; i < doc->n; i++) {
            const pl_yaml *passes = pl_yaml_get(&doc->items[i], "passes");
            if (!pl_str_eq(pl_yaml_get(&doc->items[i], "secret")->text, kind))
                continue;
            for (size_t k = 0; k < passes->n; k++)
                *ret_refused += !has_kind(a, passes->items[k].text, kind);
            *ret_n += passes->n;
        }
    }
}

static void print_missed(pl_str kind, pl_str line)
{
    PL_AUTO_BUF pl_buf safe = {0};

    pl_text_visible(&safe, line, 300);
    printf("%.*s\t%.*s\n", PL_F(kind), PL_F(pl_buf_view(&safe)));
}

static void scan_lines_of(pl_arena *yaml, pl_arena *a, pl_str kind, pl_str text, bool tell_missed)
{
    size_t found = 0;
    size_t n = 0;
    size_t refused = 0;
    size_t misses = 0;
    pl_str line;
    int64_t from = cpu_us();

    while (pl_str_cut(&text, '\x1e', &line)) {
        line = pl_str_trim(line);
        if (line.n == 0)
            continue;
        bool is_found = has_kind(a, line, kind);
        if (!is_found && tell_missed)
            print_missed(kind, line);
        found += is_found;
        n++;
    }
    int64_t took = cpu_us() - from;
    if (tell_missed || !n)
        return;
    count_misses(yaml, a, kind, &refused, &misses);
    printf("%.*s\t%zu\t%zu\t%zu\t%zu\t%lld\n", PL_F(kind), found, n, refused, misses,
           (long long)(took * 1000 / (int64_t)n));
}

static int scan_lines(const char *folder, bool tell_missed)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(HITS);
    PL_AUTO_ARENA pl_arena *yaml = pl_arena_new(HITS);
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        char path[4096];
        PL_AUTO_BUF pl_buf text = {0};
        pl_str name = pl_str_c(names[i]->d_name);
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        PL_AUTO_FD int fd = pl_str_ends(name, PL_S(".txt")) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd >= 0 && !pl_read_all(fd, LINES_MAX, &text, NULL))
            scan_lines_of(yaml, a, pl_str_sub(name, 0, name.n - 4), pl_buf_view(&text),
                          tell_missed);
        free(names[i]);
    }
    free(names);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static pl_rc forget(void *arg, const pl_secret_seen *seen, pl_err *err)
{
    (void)arg, (void)seen, (void)err;
    return PL_OK;
}

static int measure(const char *path)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    pl_err err = {0};
    bool is_cut = false;

    all.stream = pl_secrets_stream_new(all.s);
    if (fd < 0 || !all.stream || pl_read_all(fd, PL_BUF_MAX, &text, &err))
        return failed(&err);
    int64_t from = cpu_us();
    for (int i = 0; i < ROUNDS; i++) {
        pl_secrets_stream_begin(all.stream, PL_SECRETS_SHAPES, text.n, forget, NULL);
        if (pl_secrets_stream_add(all.stream, pl_buf_view(&text), &err) ||
            pl_secrets_stream_end(all.stream, &is_cut, &err))
            return failed(&err);
    }
    int64_t took = cpu_us() - from;
    printf("%.0f\n", (double)text.n * ROUNDS / (double)(took ? took : 1) * 1e6);
    pl_secrets_stream_free(all.stream);
    return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "files") == 0)
        return scan_files(argv + 2);
    if (argc == 3 && strcmp(argv[1], "lines") == 0)
        return scan_lines(argv[2], false);
    if (argc == 3 && strcmp(argv[1], "missed") == 0)
        return scan_lines(argv[2], true);
    if (argc == 3 && strcmp(argv[1], "speed") == 0)
        return measure(argv[2]);
    (void)fprintf(stderr,
                  "usage: secret_scan files PATH... | lines FOLDER | missed FOLDER | speed FILE\n");
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    pl_err err = {0};

    if (pl_secrets_new(pl_content_builtin, &all.s, &err))
        return failed(&err);
    int status = run(argc, argv);
    pl_secrets_free(all.s);
    return status;
}
