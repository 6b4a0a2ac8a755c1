/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/hash.h"
#include "core/hostfile.h"
#include "core/jail.h"
#include "core/late.h"
#include "core/yaml_tree.h"
#include "secrets/limits.h"
#include "secrets/secrets.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

static const char *const names[] = {
    "secrets/names.yaml",     "secrets/patterns.yaml",       "secrets/ai.yaml",
    "secrets/cloud.yaml",     "secrets/code.yaml",           "secrets/identity.yaml",
    "secrets/messaging.yaml", "secrets/infrastructure.yaml", "secrets/observability.yaml",
    "secrets/packages.yaml",  "secrets/payment.yaml",        "secrets/services.yaml",
    "secrets/systems.yaml",
};
enum { NAMES, PATTERNS };

/* What all tests share: the content as it is in the tree, and what was made of it. */
struct fixture {
    pl_buf text[PL_COUNT(names)];
    pl_content_file files[PL_COUNT(names) + 1];
    pl_secrets *s;
    pl_arena *a;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    pl_err err = {0};

    assert_non_null(f);
    assert_ok(pl_root_open(PL_SOURCE_ROOT "/content", &root, &err), err);
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/%s", names[i]);
        assert_ok(pl_root_read(&root, pl_str_c(path), PL_HOSTFILE_MAX, &f->text[i], NULL, &err),
                  err);
        f->files[i] = (pl_content_file){names[i], (unsigned char *)f->text[i].p, f->text[i].n};
    }
    assert_ok(pl_secrets_new(f->files, &f->s, &err), err);
    f->a = pl_arena_new(64 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < PL_COUNT(names); i++)
        pl_buf_done(&f->text[i]);
    pl_secrets_free(f->s);
    pl_arena_free(f->a);
    free(f);
    return 0;
}

static pl_secret_hits find(struct fixture *f, pl_str text, pl_secrets_how how)
{
    pl_secret_hits hits = {0};
    pl_err err = {0};
    assert_ok(pl_secrets_find(f->s, text, how, f->a, &hits, &err), err);
    return hits;
}

static const pl_secret_hit *of_kind(const pl_secret_hits *hits, pl_str kind)
{
    for (size_t i = 0; i < hits->n; i++)
        if (pl_str_eq(hits->items[i].kind, kind) && !hits->items[i].is_example)
            return &hits->items[i];
    return NULL;
}

static const pl_yaml *document(struct fixture *f, size_t i)
{
    pl_yaml *doc = NULL;
    pl_err err = {0};
    assert_ok(pl_yaml_parse(f->a, pl_buf_view(&f->text[i]), &doc, &err), err);
    return doc;
}

/* All patterns of all files. */
static void each_pattern(struct fixture *f,
                         void (*see)(struct fixture *, const pl_yaml *, pl_buf *), size_t *ret_n)
{
    PL_AUTO_BUF pl_buf wrong = {0};

    *ret_n = 0;
    for (size_t k = PATTERNS; k < PL_COUNT(names); k++) {
        const pl_yaml *doc = document(f, k);
        for (size_t i = 0; i < doc->n; i++)
            see(f, &doc->items[i], &wrong);
        *ret_n += doc->n;
    }
    if (wrong.n) {
        print_error("%.*s", PL_F(pl_buf_view(&wrong)));
        fail();
    }
}

static void check_examples(struct fixture *f, const pl_yaml *item, const char *key, bool want,
                           pl_buf *wrong)
{
    const pl_str kind = pl_yaml_get(item, "secret")->text;
    const pl_yaml *texts = pl_yaml_get(item, key);

    for (size_t i = 0; i < texts->n; i++) {
        pl_secret_hits hits = find(f, texts->items[i].text, PL_SECRETS_SHAPES);
        if ((of_kind(&hits, kind) != NULL) != want || hits.is_cut)
            pl_buf_fmt(wrong, "%.*s: %s: %zu %.*s\n", PL_F(kind), key, texts->items[i].text.n,
                       PL_F(texts->items[i].text));
    }
}

static void see_examples(struct fixture *f, const pl_yaml *item, pl_buf *wrong)
{
    if (pl_yaml_get(item, "finds")->n < 1 || pl_yaml_get(item, "passes")->n < 3)
        pl_buf_fmt(wrong, "%.*s: one true and three near misses\n",
                   PL_F(pl_yaml_get(item, "secret")->text));
    check_examples(f, item, "finds", true, wrong);
    check_examples(f, item, "passes", false, wrong);
}

static void every_pattern_takes_its_examples_and_leaves_the_others(void **state)
{
    size_t n = 0;

    each_pattern(*state, see_examples, &n);
    assert_true(n >= 200);
}

/* Each way in which a group of three bytes can cut the credential. */
static void see_base64(struct fixture *f, const pl_yaml *item, pl_buf *wrong)
{
    pl_str kind = pl_yaml_get(item, "secret")->text;
    pl_str text = pl_yaml_get(item, "finds")->items[0].text;

    for (size_t pad = 0; pl_yaml_get(item, "base64") && pad < 9; pad++) {
        PL_AUTO_BUF pl_buf plain = {0};
        PL_AUTO_BUF pl_buf coded = {0};
        pl_buf_add(&plain, "\n.\n.\n.\n.\n", pad);
        pl_buf_str(&plain, text);
        pl_buf_c(&coded, "data: ");
        pl_base64((unsigned char *)plain.p, plain.n, &coded);
        size_t n = coded.n - 6;
        pl_buf_c(&coded, " end");
        pl_secret_hits hits = find(f, pl_buf_view(&coded), PL_SECRETS_SHAPES);
        const pl_secret_hit *hit = of_kind(&hits, kind);
        if (!hit || !hit->is_base64 || hit->from != 6 || hit->n != n)
            pl_buf_fmt(wrong, "%.*s with %zu bytes in front: %.*s\n", PL_F(kind), pad,
                       PL_F(pl_buf_view(&coded)));
    }
}

static void a_credential_in_base64_is_found_wherever_it_starts(void **state)
{
    size_t n = 0;

    each_pattern(*state, see_base64, &n);
}

static void only_the_secret_itself_is_pointed_at(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        pl_secrets_how how;
        const char *secret; /* NULL: none */
    } cases[] = {
        {"postgres://app:hunter2@db:5432/x", PL_SECRETS_SHAPES, "hunter2"},
        {"mysql -u root -phunter2 shop", PL_SECRETS_SHAPES, "hunter2"},
        {"run --db-password hunter2 --port 1", PL_SECRETS_PAIRS, "hunter2"},
        {"run --db-password=hunter2 --port 1", PL_SECRETS_PAIRS, "hunter2"},
        {"run --db-password --port 1", PL_SECRETS_PAIRS, NULL},
        {"export PGPASSWORD='hun ter2'; psql", PL_SECRETS_PAIRS, "hun ter2"},
        {"{\"apiKey\": \"hun\\\"ter2\", \"x\": 1}", PL_SECRETS_PAIRS, "hun\\\"ter2"},
        {"password: hunter2\nuser: x", PL_SECRETS_PAIRS, "hunter2"},
        {"https://x/?token=hunter2&a=b", PL_SECRETS_PAIRS, "hunter2"},
        {"the password is not here", PL_SECRETS_PAIRS, NULL},
        {"password=", PL_SECRETS_PAIRS, NULL},
        {"token=$TOKEN", PL_SECRETS_PAIRS, NULL},
        {"password=hunter2", PL_SECRETS_SHAPES, NULL},
        {"", PL_SECRETS_PAIRS, NULL},
        {"=:=:--", PL_SECRETS_PAIRS, NULL},
        {"password", PL_SECRETS_PAIRS, NULL},
        {"--password", PL_SECRETS_PAIRS, NULL},
        {"secret=>hunter2", PL_SECRETS_PAIRS, "hunter2"},
        {"acme/api-token:1.2", PL_SECRETS_PAIRS, NULL},
        {"/srv/secrets:/run/secrets:ro", PL_SECRETS_PAIRS, NULL},
        {"db-token:v2 started", PL_SECRETS_PAIRS, NULL},
        {"token: hunter2", PL_SECRETS_PAIRS, "hunter2"},
        {"{\"token\":hunter2}", PL_SECRETS_PAIRS, "hunter2"},
        {"dbpassword:hunter2", PL_SECRETS_PAIRS, "hunter2"},
        {"token:=hunter2", PL_SECRETS_PAIRS, "hunter2"},
        {"x password_file=/a password=hunter2", PL_SECRETS_PAIRS, "hunter2"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_secret_hits hits = find(f, pl_str_c(cases[i].text), cases[i].how);
        pl_str got = hits.n == 1
                         ? pl_str_sub(pl_str_c(cases[i].text), hits.items[0].from, hits.items[0].n)
                         : PL_S("");
        bool is_good = cases[i].secret ? hits.n == 1 && pl_str_eq(got, pl_str_c(cases[i].secret))
                                       : hits.n == 0;
        if (!is_good)
            fail_msg("%s: %zu hits, \"%.*s\"", cases[i].text, hits.n, PL_F(got));
    }
}

static void names_tell_a_secret_as_their_examples_say(void **state)
{
    struct fixture *f = *state;
    static const char *const keys[] = {"passes", "finds"};
    const pl_yaml *doc = document(f, NAMES);
    pl_err err = {0};

    for (size_t want = 0; want < 2; want++) {
        const pl_yaml *list = pl_yaml_get(doc, keys[want]);
        assert_true(list->n > 5);
        for (size_t i = 0; i < list->n; i++) {
            pl_str value = list->items[i].text;
            pl_str name;
            bool found = false;
            pl_secret_hit hit;
            assert_true(pl_str_cut(&value, '=', &name));
            assert_ok(pl_secrets_pair(f->s, name, value, &found, &hit, &err), err);
            if (found != want)
                fail_msg("%.*s=%.*s", PL_F(name), PL_F(value));
        }
    }
}

static void a_pair_says_the_kind_that_tells_most(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name, *value, *kind;
    } cases[] = {
        {"AWS_SECRET_ACCESS_KEY", "\x64IWz47woEu65GH2vnBHm8qRswhqyGP9YwWaVi/5+",
         "aws-secret-access-key"},
        {"AWS_ACCESS_KEY_ID", "\x41KIA4QPLIMSOLL7Q3X5Z", "aws-access-key-id"},
        {"GITHUB_TOKEN", "\x67hp_Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL", "github-token"},
        {"DATABASE_URL", "postgres://a:hunter2@db/x", "database-url"},
        {"DB_PASSWORD", "hunter2", "named-secret"},
        {"NOTES", "password: hunter2", "named-secret"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        bool found = false;
        pl_secret_hit hit = {0};
        pl_err err = {0};
        pl_str value = pl_str_c(cases[i].value);
        assert_ok(pl_secrets_pair(f->s, pl_str_c(cases[i].name), value, &found, &hit, &err), err);
        if (!found || !pl_str_eq(hit.kind, pl_str_c(cases[i].kind)) || hit.n != value.n)
            fail_msg("%s: %.*s", cases[i].name, PL_F(hit.kind));
    }
}

static void a_wrong_checksum_lowers_the_severity(void **state)
{
    struct fixture *f = *state;
    pl_secret_hits good = find(f, PL_S("\x67hp_Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL"), 0);
    assert_int_equal(good.items[0].severity, PL_CRITICAL);
    pl_secret_hits bad = find(f, PL_S("\x67hp_Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IM"), 0);
    assert_int_equal(bad.items[0].severity, PL_LOW);
}

static void a_published_example_is_marked(void **state)
{
    struct fixture *f = *state;
    pl_secret_hits hits = find(f, PL_S("\x41KIAIOSFODNN7EXAMPLE"), 0);
    assert_int_equal(hits.n, 1);
    assert_true(hits.items[0].is_example);
}

static void bytes_of_any_kind_are_looked_at(void **state)
{
    struct fixture *f = *state;
    static const char text[] = "\0\xff\xfe\0 \x41KIA4QPLIMSOLL7Q3X5Z\0\x80password=\0x\xc0";
    pl_secret_hits hits = find(f, (pl_str){text, sizeof(text) - 1}, PL_SECRETS_PAIRS);
    assert_int_equal(hits.n, 1);
    assert_int_equal(hits.items[0].from, 5);
    assert_int_equal(hits.items[0].n, 20);
}

static void a_flood_of_secrets_is_cut_and_says_so(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf b = {0};

    for (size_t i = 0; i <= PL_SECRETS_HITS; i++)
        pl_buf_c(&b, "\x41KIA4QPLIMSOLL7Q3X5Z ");
    pl_secret_hits hits = find(f, pl_buf_view(&b), PL_SECRETS_SHAPES);
    assert_int_equal(hits.n, PL_SECRETS_HITS);
    assert_true(hits.is_cut);

    pl_buf_reset(&b);
    for (size_t i = 0; i <= PL_SECRETS_CANDIDATES; i++)
        pl_buf_c(&b, "glpat- ");
    hits = find(f, pl_buf_view(&b), PL_SECRETS_SHAPES);
    assert_int_equal(hits.n, 0);
    assert_true(hits.is_cut);
}

static void a_bad_content_file_is_refused_by_line(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        const char *why; /* part of the error */
    } cases[] = {
        {"- secret: a\n  titel: x\n", "secrets/patterns.yaml:2: "},
        {"- {secret: a, title: t, severity: loud, find: a, finds: [a], passes: [b]}",
         "severity \"loud\""},
        {"- {secret: a, title: t, severity: low, find: '(', finds: [a], passes: [b]}", "secret a"},
        {"- {secret: a, title: t, severity: low, find: a, confirm: '(', finds: [a], passes: [b]}",
         "secret a: confirm"},
        {"- {secret: a, title: t, severity: low, find: a, check: magic, finds: [a], passes: [b]}",
         "test \"magic\""},
        {"[]", "missing"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_content_file files[] = {
            f->files[NAMES],
            {names[PATTERNS], (const unsigned char *)cases[i].text, strlen(cases[i].text)},
            {0}};
        pl_secrets *s = NULL;
        pl_err err = {0};
        if (pl_secrets_new(files, &s, &err) != PL_FORMAT || !strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

/* ---- in the jail ---- */

static pl_rc search(int in, int out, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf form = {0};
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_secret_hits hits;
    pl_rc rc;
    (void)args;

    if ((rc = pl_read_all(5, PL_SECRETS_BLOB, &form, err)) ||
        (rc = pl_read_all(in, 1 << 20, &text, err)) ||
        (rc = pl_secrets_read(pl_buf_view(&form), &s, err)) ||
        (rc = pl_secrets_find(s, pl_buf_view(&text), PL_SECRETS_PAIRS, a, &hits, err)))
        return rc;
    for (size_t i = 0; !rc && i < hits.n; i++)
        rc = pl_jail_send(out, PL_FRAME_USER, hits.items[i].kind, err);
    return rc;
}

static void prepare(pl_str args)
{
    (void)args;
    assert_true(pl_late_hs());
}

static const pl_worker_kind kinds[] = {{"search", search, prepare}, {NULL, NULL}};

static pl_rc note(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    (void)type, (void)err;
    pl_buf_str(arg, payload);
    pl_buf_ch(arg, ' ');
    return PL_OK;
}

static void a_worker_searches_without_compiling(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf form = {0};
    PL_AUTO_BUF pl_buf found = {0};
    PL_AUTO_FD int fd = memfd_create("form", MFD_CLOEXEC);
    pl_err err = {0};

    assert_ok(pl_secrets_write(f->s, &form, &err), err);
    assert_ok(pl_write_all(fd, pl_buf_view(&form), &err), err);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    const pl_jail_job job = {.kind = "search",
                             .fds = &fd,
                             .n_fds = 1,
                             .limits = &pl_jail_document,
                             .frame = note,
                             .frame_arg = &found};
    assert_ok(pl_jail_run_bytes(&job,
                                PL_S("\x41KIA4QPLIMSOLL7Q3X5Z https://a:hunter2@b/ db_password=x1"
                                     " \x67hp_Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL "
                                     "\x65HhBS0lBNFFQTElNU09MTDdRM1g1Wg=="),
                                &err),
              err);
    assert_str(pl_buf_view(&found), "aws-access-key-id url-password named-secret github-token ");
}

static void a_damaged_written_form_is_refused(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf form = {0};
    pl_err err = {0};

    assert_ok(pl_secrets_write(f->s, &form, &err), err);
    for (size_t n = 0; n < form.n; n += 1 + form.n / 97) {
        pl_secrets *s = NULL;
        assert_int_not_equal(pl_secrets_read(pl_str_sub(pl_buf_view(&form), 0, n), &s, &err),
                             PL_OK);
    }
}

/* ---- streams ---- */

struct told {
    pl_buf text;
};

static pl_rc write_down(void *arg, const pl_secret_seen *seen, pl_err *err)
{
    struct told *t = arg;

    (void)err;
    pl_buf_fmt(&t->text, "%.*s %llu %llu %.*s\n", PL_F(seen->hit->kind),
               (unsigned long long)seen->offset, (unsigned long long)seen->line,
               PL_F(pl_str_sub(seen->secret, 0, 60)));
    return PL_OK;
}

/* Secrets of every width, thick around the ends of blocks, and two that overlap. */
static void make_long_text(pl_buf *b)
{
    static const char *const secrets[] = {
        "\x41KIA4QPLIMSOLL7Q3X5Z ",
        "https://me:\x67hs_Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL@github.com/a/b ",
        "\x65HhBS0lBNFFQTElNU09MTDdRM1g1Wg== ",
        "API_TOKEN=correct-horse-1 ",
    };
    size_t next = 1000;

    for (size_t i = 0; b->n < 5 * PL_SECRETS_BLOCK / 2; i++) {
        while (b->n < next)
            pl_buf_c(b, b->n % 71 ? "." : "\n");
        pl_buf_c(b, secrets[i % PL_COUNT(secrets)]);
        size_t in_block = b->n % (PL_SECRETS_BLOCK - 5000);
        next = b->n + (in_block > PL_SECRETS_BLOCK - 80000 ? 13 + i % 37 : 4001);
        if (i % 400 == 399) { /* a key that is longer than what a candidate's end waits for */
            pl_buf_c(b, "-----BEGIN \x50RIVATE KEY-----\n");
            for (size_t k = 0; k < 400; k++)
                pl_buf_c(b, "MIIEpAIBAAKCAQEA0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM\n");
            pl_buf_c(b, "-----END PRIVATE KEY-----\n");
        }
    }
}

static void stream(struct fixture *f, pl_str text, size_t piece, struct told *t)
{
    pl_secrets_stream *st = pl_secrets_stream_new(f->s);
    bool is_cut = false;
    pl_err err = {0};

    assert_non_null(st);
    pl_secrets_stream_begin(st, PL_SECRETS_PAIRS, text.n, write_down, t);
    for (size_t at = 0; at < text.n; at += piece)
        assert_ok(pl_secrets_stream_add(st, pl_str_sub(text, at, piece), &err), err);
    assert_ok(pl_secrets_stream_end(st, &is_cut, &err), err);
    assert_false(is_cut);
    pl_secrets_stream_free(st);
}

static void pieces_of_a_stream_hide_nothing(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf text = {0};
    struct told whole = {{0}};
    static const size_t sizes[] = {65536, PL_SECRETS_BLOCK, 9973, PL_SECRETS_BLOCK + 1};

    make_long_text(&text);
    stream(f, pl_buf_view(&text), text.n, &whole);
    assert_true(pl_str_has(pl_buf_view(&whole.text), PL_S("private-key ")));
    assert_true(whole.text.n > 50000);
    for (size_t i = 0; i < PL_COUNT(sizes); i++) {
        struct told t = {{0}};
        stream(f, pl_buf_view(&text), sizes[i], &t);
        if (!pl_str_eq(pl_buf_view(&t.text), pl_buf_view(&whole.text))) {
            size_t at = 0;
            while (at < t.text.n && at < whole.text.n && t.text.p[at] == whole.text.p[at])
                at++;
            at = at > 100 ? at - 100 : 0;
            fail_msg("pieces of %zu: got\n%.*s\nwant\n%.*s", sizes[i],
                     PL_F(pl_str_sub(pl_buf_view(&t.text), at, 400)),
                     PL_F(pl_str_sub(pl_buf_view(&whole.text), at, 400)));
        }
        pl_buf_done(&t.text);
    }
    pl_buf_done(&whole.text);
}

static void a_stream_tells_lines_of_text_and_offsets_of_all(void **state)
{
    struct fixture *f = *state;
    struct told t = {{0}};

    stream(f, PL_S("a\nb\n key=\x41KIA4QPLIMSOLL7Q3X5Z\n"), 7, &t);
    stream(f, PL_S("a\nb\0\n \x41KIA4QPLIMSOLL7Q3X5Z"), 100, &t);
    assert_str(pl_buf_view(&t.text), "aws-access-key-id 9 3 \x41KIA4QPLIMSOLL7Q3X5Z\n"
                                     "aws-access-key-id 6 0 \x41KIA4QPLIMSOLL7Q3X5Z\n");
    pl_buf_done(&t.text);
}

int main(int argc, char **argv)
{
    pl_jail_main(argc, argv, kinds);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pattern_takes_its_examples_and_leaves_the_others),
        cmocka_unit_test(a_credential_in_base64_is_found_wherever_it_starts),
        cmocka_unit_test(only_the_secret_itself_is_pointed_at),
        cmocka_unit_test(names_tell_a_secret_as_their_examples_say),
        cmocka_unit_test(a_pair_says_the_kind_that_tells_most),
        cmocka_unit_test(a_wrong_checksum_lowers_the_severity),
        cmocka_unit_test(a_published_example_is_marked),
        cmocka_unit_test(bytes_of_any_kind_are_looked_at),
        cmocka_unit_test(a_flood_of_secrets_is_cut_and_says_so),
        cmocka_unit_test(a_bad_content_file_is_refused_by_line),
        cmocka_unit_test(a_worker_searches_without_compiling),
        cmocka_unit_test(a_damaged_written_form_is_refused),
        cmocka_unit_test(pieces_of_a_stream_hide_nothing),
        cmocka_unit_test(a_stream_tells_lines_of_text_and_offsets_of_all),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
