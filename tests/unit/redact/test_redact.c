/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/hash.h"
#include "core/hostfile.h"
#include "model/content.h"
#include "redact/limits.h"
#include "redact/redact.h"

#include <string.h>
#include <sys/mman.h>

struct fixture {
    pl_redactor *r;
};

static void slurp(const char *dir, const char *path, pl_buf *out)
{
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    pl_err err = {0};
    assert_ok(pl_root_open(dir, &root, &err), err);
    assert_ok(pl_root_read(&root, pl_str_c(path), PL_HOSTFILE_MAX, out, NULL, &err), err);
}

static pl_redactor *new_redactor(char first)
{
    unsigned char key[PL_REDACT_KEY] = {(unsigned char)first};
    pl_redactor *r = NULL;
    pl_err err = {0};

    assert_ok(pl_redactor_new(pl_content_builtin, key, &r, &err), err);
    return r;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->r = new_redactor('k');
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    pl_redactor_free(f->r);
    free(f);
    return 0;
}

/* ---- text blocks ---- */

struct block {
    pl_str title, form;
    pl_str in, want; /* whole lines, without the last line end */
};

static pl_str lines_until(pl_str *rest, pl_str stop)
{
    pl_str all = {rest->p, 0};
    pl_str line;

    while (pl_str_cut(rest, '\n', &line) && !pl_str_eq(line, stop))
        all.n = (size_t)(line.p + line.n - all.p);
    return all;
}

static bool next_block(pl_str *rest, struct block *b)
{
    do {
        if (!pl_str_cut(rest, '\n', &b->title))
            return false;
    } while (b->title.n == 0 || b->title.p[0] == '#');
    assert_true(pl_str_cut(rest, '\n', &b->form));
    b->in = lines_until(rest, PL_S("gives"));
    b->want = lines_until(rest, PL_S(""));
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Writes REF for each digest, so that a block can be written without the key. */
static void hide_refs(pl_str in, pl_buf *out)
{
    while (in.n) {
        size_t run = 0;
        while (run < in.n && is_hex(in.p[run]))
            run++;
        bool is_ref = run == 16 && in.n > 16 && (in.p[16] == '"' || in.p[16] == ']') && out->n &&
                      (out->p[out->n - 1] == '"' || out->p[out->n - 1] == ':');
        if (is_ref)
            pl_buf_c(out, "REF");
        else
            pl_buf_str(out, pl_str_sub(in, 0, run ? run : 1));
        in = pl_str_sub(in, run ? run : 1, in.n);
    }
}

static pl_rc redact_json(pl_redactor *r, pl_str in, pl_buf *out, pl_err *err)
{
    json_error_t why;
    json_auto_t *doc = json_loadb(in.p, in.n, 0, &why);
    if (!doc)
        fail_msg("%s: %.*s", why.text, PL_F(in));
    return pl_redact_json(r, doc, out, err);
}

static pl_rc redact_in_place(pl_redactor *r, pl_str in, pl_buf *out, pl_err *err)
{
    json_auto_t *doc = json_loadb(in.p, in.n, 0, NULL);
    pl_rc rc = pl_redact_tree(r, doc, err);
    return rc ? rc : pl_redact_json(r, doc, out, err);
}

typedef pl_rc (*how)(pl_redactor *r, pl_str in, pl_buf *out, pl_err *err);

/* Redacts, compares, redacts what came out, compares again. */
static void assert_block(const char *file, const struct block *b, pl_redactor *r, how redact)
{
    PL_AUTO_BUF pl_buf once = {0};
    PL_AUTO_BUF pl_buf twice = {0};
    PL_AUTO_BUF pl_buf shown = {0};
    pl_err err = {0};

    assert_ok(redact(r, b->in, &once, &err), err);
    hide_refs(pl_buf_view(&once), &shown);
    if (!pl_str_eq(pl_buf_view(&shown), b->want))
        fail_msg("%s: %.*s\n gives %.*s\n want  %.*s", file, PL_F(b->title),
                 PL_F(pl_buf_view(&shown)), PL_F(b->want));
    assert_ok(redact(r, pl_buf_view(&once), &twice, &err), err);
    if (!pl_str_eq(pl_buf_view(&once), pl_buf_view(&twice)))
        fail_msg("%s: %.*s\n again gives %.*s", file, PL_F(b->title), PL_F(pl_buf_view(&twice)));
}

static size_t run_file(pl_redactor *r, const char *file)
{
    PL_AUTO_BUF pl_buf text = {0};
    struct block b;
    size_t n = 0;

    slurp(PL_SOURCE_ROOT "/tests/golden/redact", file, &text);
    for (pl_str rest = pl_buf_view(&text); next_block(&rest, &b); n++) {
        if (pl_str_eq(b.form, PL_S("json"))) {
            assert_block(file, &b, r, redact_json);
            assert_block(file, &b, r, redact_in_place);
            assert_block(file, &b, r, pl_redact_document);
        } else if (pl_str_eq(b.form, PL_S("text")) || pl_str_eq(b.form, PL_S("card"))) {
            assert_block(file, &b, r, pl_redact_text);
        } else {
            fail_msg("%s: %.*s: form \"%.*s\"", file, PL_F(b.title), PL_F(b.form));
        }
    }
    return n;
}

static void documents_come_out_as_their_blocks_say(void **state)
{
    struct fixture *f = *state;
    assert_true(run_file(f->r, "/documents.txt") >= 20);
}

static void texts_come_out_as_their_blocks_say(void **state)
{
    struct fixture *f = *state;
    assert_true(run_file(f->r, "/texts.txt") >= 5);
}

static void card_numbers_are_told_from_other_numbers(void **state)
{
    struct fixture *f = *state;
    assert_true(run_file(f->r, "/cards.txt") >= 5);
}

/* ---- digests ---- */

static void the_same_secret_has_the_same_ref_under_one_key_only(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_REDACTOR pl_redactor *other = new_redactor('o');
    pl_redaction a;
    pl_redaction b;
    pl_redaction c;
    pl_redaction d;
    pl_err err = {0};

    assert_ok(pl_redact_pair(f->r, PL_S("DB_PASSWORD"), PL_S("hunter2"), &a, &err), err);
    assert_ok(pl_redact_pair(f->r, PL_S("API_TOKEN"), PL_S("hunter2"), &b, &err), err);
    assert_ok(pl_redact_pair(f->r, PL_S("API_TOKEN"), PL_S("hunter3"), &c, &err), err);
    assert_ok(pl_redact_pair(other, PL_S("API_TOKEN"), PL_S("hunter2"), &d, &err), err);
    assert_int_equal(strlen(a.ref), 16);
    assert_string_equal(a.ref, b.ref);
    assert_string_not_equal(a.ref, c.ref);
    assert_string_not_equal(a.ref, d.ref);
}

static void a_key_of_zeros_gives_no_digest(void **state)
{
    const unsigned char zeros[PL_REDACT_KEY] = {0};
    const unsigned char last[PL_REDACT_KEY] = {[PL_REDACT_KEY - 1] = 1};
    pl_redaction red;
    pl_err err;
    (void)state;

    PL_AUTO_REDACTOR pl_redactor *r = NULL;
    assert_ok(pl_redactor_new(pl_content_builtin, zeros, &r, &err), err);
    assert_ok(pl_redact_pair(r, PL_S("PASSWORD"), PL_S("hunter2"), &red, &err), err);
    assert_true(red.is_redacted);
    assert_string_equal(red.ref, "0000000000000000");
    assert_false(pl_redact_has_refs((pl_str){(const char *)zeros, sizeof(zeros)}));
    assert_true(pl_redact_has_refs((pl_str){(const char *)last, sizeof(last)}));
}

static void the_ref_is_the_first_half_of_a_keyed_digest(void **state)
{
    struct fixture *f = *state;
    unsigned char key[PL_REDACT_KEY] = {'k'};
    unsigned char mac[PL_SHA256];
    char want[PL_REDACT_REF];
    pl_redaction a;
    pl_err err = {0};

    assert_ok(pl_redact_pair(f->r, PL_S("password"), PL_S("hunter2"), &a, &err), err);
    pl_hmac_sha256((pl_str){(char *)key, sizeof(key)}, PL_S("hunter2"), mac);
    pl_hex(mac, 8, want);
    assert_string_equal(a.ref, want);
}

/* ---- what cannot be searched ---- */

static void a_document_that_is_none_or_too_deep_is_an_error(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf out = {0};
    PL_AUTO_BUF pl_buf deep = {0};
    pl_err err = {0};

    pl_buf_c(&out, "before");
    assert_int_equal(pl_redact_document(f->r, PL_S("{\"a\":"), &out, &err), PL_FORMAT);
    assert_int_equal(pl_redact_document(f->r, PL_S("\xff"), &out, &err), PL_FORMAT);
    for (size_t i = 0; i < PL_REDACT_DEPTH + 2; i++)
        pl_buf_ch(&deep, '[');
    for (size_t i = 0; i < PL_REDACT_DEPTH + 2; i++)
        pl_buf_ch(&deep, ']');
    assert_int_equal(pl_redact_document(f->r, pl_buf_view(&deep), &out, &err), PL_LIMIT);
    assert_str(pl_buf_view(&out), "before");
}

static void a_value_that_is_not_searched_to_its_end_is_redacted(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf flood = {0};
    PL_AUTO_BUF pl_buf out = {0};
    pl_redaction red;
    pl_err err = {0};

    for (size_t i = 0; i < 100001; i++)
        pl_buf_c(&flood, "glpat- ");
    assert_ok(pl_redact_pair(f->r, PL_S("x"), pl_buf_view(&flood), &red, &err), err);
    assert_true(red.is_redacted);
    assert_str(red.kind, "unsearched");
    assert_ok(pl_redact_text(f->r, pl_buf_view(&flood), &out, &err), err);
    assert_true(pl_str_starts(pl_buf_view(&out), PL_S("[redacted:unsearched:")));
    assert_int_equal(out.n, strlen("[redacted:unsearched:]") + 16);
}

static void a_large_document_passes_through_a_worker(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf in = {0};
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    pl_buf_c(&in, "[\"password=hunter2\"");
    for (size_t i = 0; i < 20000; i++)
        pl_buf_fmt(&in, ",\"NAME_%zu=value\"", i);
    pl_buf_ch(&in, ']');
    assert_ok(pl_redact_document(f->r, pl_buf_view(&in), &out, &err), err);
    assert_false(pl_str_has(pl_buf_view(&out), PL_S("hunter2")));
    assert_true(pl_str_ends(pl_buf_view(&out), PL_S(",\"NAME_19999=value\"]")));
}

/* ---- a worker that redacts by itself ---- */

enum { FORM_FD = 5 };

static pl_rc redact_here(int in, int out, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf form = {0};
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf answer = {0};
    PL_AUTO_REDACTOR pl_redactor *r = NULL;
    pl_rc rc;

    if ((rc = pl_read_all(FORM_FD, 1 << 20, &form, err)) ||
        (rc = pl_read_all(in, 1 << 20, &text, err)) ||
        (rc = pl_redactor_read(pl_buf_view(&form), (const unsigned char *)args.p, &r, err)) ||
        (rc = pl_redact_text(r, pl_buf_view(&text), &answer, err)))
        return rc;
    return pl_jail_send(out, PL_FRAME_USER, pl_buf_view(&answer), err);
}

/* The patterns are content that is compiled into the program: a worker may compile them as well. */
static pl_rc compile_here(int in, int out, pl_str args, pl_err *err)
{
    static const char patterns[] =
        "- {secret: x, title: x, severity: low, find: 'xx[0-9]', finds: [a], "
        "passes: [b]}";
    static const char names[] =
        "{words: [password], endings: [], before_colon: [], phrases: [], exact: [], "
        "last_word_of_others: [], not_secret: [], placeholders: [], "
        "finds: [], passes: []}";
    const pl_content_file files[] = {
        {"secrets/a.yaml", (const unsigned char *)patterns, sizeof(patterns) - 1},
        {"secrets/b.yaml", (const unsigned char *)names, sizeof(names) - 1},
        {0}};
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf answer = {0};
    PL_AUTO_REDACTOR pl_redactor *r = NULL;
    pl_rc rc;

    if ((rc = pl_read_all(in, 1 << 20, &text, err)) ||
        (rc = pl_redactor_new(files, (const unsigned char *)args.p, &r, err)) ||
        (rc = pl_redact_text(r, pl_buf_view(&text), &answer, err)))
        return rc;
    return pl_jail_send(out, PL_FRAME_USER, pl_buf_view(&answer), err);
}

static pl_rc keep(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    (void)type, (void)err;
    pl_buf_str(arg, payload);
    return PL_OK;
}

static void assert_worker(const char *kind, int form, const char *in, const char *want)
{
    const unsigned char key[PL_REDACT_KEY] = {'k'};
    PL_AUTO_BUF pl_buf got = {0};
    PL_AUTO_BUF pl_buf shown = {0};
    pl_err err = {0};
    const pl_jail_job job = {.kind = kind,
                             .args = {(const char *)key, sizeof(key)},
                             .fds = &form,
                             .n_fds = form >= 0,
                             .limits = &pl_jail_document,
                             .frame = keep,
                             .frame_arg = &got};
    assert_ok(pl_jail_run_bytes(&job, pl_str_c(in), &err), err);
    hide_refs(pl_buf_view(&got), &shown);
    pl_buf_ch(&shown, '\0');
    assert_string_equal(shown.p, want);
}

static void a_worker_redacts_with_patterns_that_it_is_given_or_compiles(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf form = {0};
    PL_AUTO_FD int fd = memfd_create("form", MFD_CLOEXEC);
    pl_err err = {0};

    assert_ok(pl_redactor_write(f->r, &form, &err), err);
    assert_ok(pl_write_all(fd, pl_buf_view(&form), &err), err);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_worker("redact-here", fd, "token=hunter2", "token=[redacted:named-secret:REF]");
    assert_worker("compile-here", -1, "an xx7", "an [redacted:x:REF]");
}

/* ---- records ---- */

static const pl_field env_fields[] = {{"env.name", PL_T_STR, NULL, 0, "name"},
                                      {"env.value", PL_T_STR, NULL, PL_FIELD_SECRET, "value"}};
static const pl_kind env_kind = {"env", "variable", false, env_fields, 2};

static const pl_field box_fields[] = {
    {"box.name", PL_T_STR, NULL, 0, "name"},
    {"box.env", PL_T_RECS, "env", PL_FIELD_KEYED, "variables"},
    {"box.args", PL_T_STRS, NULL, PL_FIELD_SECRET, "arguments"},
    {"box.note", PL_T_STR, NULL, 0, "free text"},
    {"box.command", PL_T_STR, NULL, PL_FIELD_SECRET, "command line"},
    {"box.size", PL_T_INT, NULL, 0, "size"},
    {"box.gone", PL_T_STR, NULL, 0, "not read"},
    {"box.twin", PL_T_REC, "box", 0, "related"},
};
static const pl_kind box_kind = {"box", "box", true, box_fields, PL_COUNT(box_fields)};

enum { NAME, ENV, ARGS, NOTE, COMMAND, SIZE, GONE, TWIN };

static pl_record *variable(pl_arena *a, pl_str name, pl_str value)
{
    pl_record *r = pl_record_new(a, &env_kind);
    pl_set_str(r, 0, name);
    pl_set_str(r, 1, value);
    return r;
}

static void a_record_keeps_its_facts_and_loses_its_secrets(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_record *in = pl_record_new(a, &box_kind);
    pl_record *twin = pl_record_new(a, &box_kind);
    pl_record *env[] = {variable(a, PL_S("DB_PASSWORD"), PL_S("hunter2")),
                        variable(a, PL_S("PATH"), PL_S("/bin"))};
    const pl_str args[] = {PL_S("--token=hunter2"), PL_S("-v")};
    pl_record *out = NULL;
    pl_err err = {0};

    pl_set_str(in, NAME, PL_S("web"));
    pl_set_recs(in, ENV, env, 2);
    pl_set_strs(in, ARGS, args, 2);
    pl_set_str(in, NOTE, PL_S("uses password=hunter2 today"));
    pl_set_str(in, COMMAND, PL_S("serve --password hunter2"));
    pl_set_int(in, SIZE, 7);
    pl_set_unreadable(in, GONE, "denied");
    pl_set_str(twin, NOTE, PL_S("http://u:hunter2@h/"));
    pl_set_rec(in, TWIN, twin);

    assert_ok(pl_redact_record(f->r, in, a, &out, &err), err);
    assert_str(pl_get(out, NAME)->u.s, "web");
    const pl_value *vars = pl_get(out, ENV);
    assert_true(pl_str_starts(pl_get(vars->u.recs[0], 1)->u.s, PL_S("[redacted:named-secret:")));
    assert_str(pl_get(vars->u.recs[1], 1)->u.s, "/bin");
    assert_true(pl_str_starts(pl_get(out, ARGS)->u.strs[0], PL_S("[redacted:named-secret:")));
    assert_str(pl_get(out, ARGS)->u.strs[1], "-v");
    assert_true(pl_str_starts(pl_get(out, NOTE)->u.s, PL_S("uses password=[redacted:")));
    assert_true(pl_str_ends(pl_get(out, NOTE)->u.s, PL_S("] today")));
    assert_true(pl_str_starts(pl_get(out, COMMAND)->u.s, PL_S("[redacted:named-secret:")));
    assert_int_equal(pl_get(out, SIZE)->u.i, 7);
    assert_int_equal(pl_get(out, GONE)->state, PL_UNREADABLE);
    assert_string_equal(pl_get(out, GONE)->reason, "denied");
    assert_true(pl_str_starts(pl_get(pl_get(out, TWIN)->u.rec, NOTE)->u.s,
                              PL_S("http://u:[redacted:url-password:")));
    assert_str(pl_get(in, NOTE)->u.s, "uses password=hunter2 today");
}

static void an_argument_is_judged_with_the_option_in_front_of_it(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_record *in = pl_record_new(a, &box_kind);
    const pl_str args[] = {PL_S("app"), PL_S("--password"), PL_S("hunter2"), PL_S("-v"), PL_S("x")};
    pl_record *out = NULL;
    pl_err err = {0};

    pl_set_strs(in, ARGS, args, PL_COUNT(args));
    assert_ok(pl_redact_record(f->r, in, a, &out, &err), err);
    const pl_value *v = pl_get(out, ARGS);
    assert_str(v->u.strs[1], "--password");
    assert_true(pl_str_starts(v->u.strs[2], PL_S("[redacted:named-secret:")));
    assert_str(v->u.strs[4], "x");
}

static const pl_field package_fields[] = {{"package.name", PL_T_STR, NULL, 0, "name"},
                                          {"package.version", PL_T_STR, NULL, 0, "version"}};
static const pl_kind package_kind = {"package", "package", false, package_fields, 2};

static void two_texts_side_by_side_are_no_name_and_value(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_record *in = pl_record_new(a, &package_kind);
    pl_record *out = NULL;
    pl_err err = {0};

    pl_set_str(in, 0, PL_S("libsecret"));
    pl_set_str(in, 1, PL_S("0.20.5-3"));
    assert_ok(pl_redact_record(f->r, in, a, &out, &err), err);
    assert_str(pl_get(out, 1)->u.s, "0.20.5-3");
}

int main(int argc, char **argv)
{
    const pl_worker_kind kinds[] = {pl_redact_worker,
                                    {"redact-here", redact_here, pl_redact_prepare},
                                    {"compile-here", compile_here, pl_redact_prepare},
                                    {NULL, NULL}};
    pl_jail_main(argc, argv, kinds);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_out_as_their_blocks_say),
        cmocka_unit_test(texts_come_out_as_their_blocks_say),
        cmocka_unit_test(card_numbers_are_told_from_other_numbers),
        cmocka_unit_test(the_same_secret_has_the_same_ref_under_one_key_only),
        cmocka_unit_test(a_key_of_zeros_gives_no_digest),
        cmocka_unit_test(the_ref_is_the_first_half_of_a_keyed_digest),
        cmocka_unit_test(a_document_that_is_none_or_too_deep_is_an_error),
        cmocka_unit_test(a_value_that_is_not_searched_to_its_end_is_redacted),
        cmocka_unit_test(a_large_document_passes_through_a_worker),
        cmocka_unit_test(a_worker_redacts_with_patterns_that_it_is_given_or_compiles),
        cmocka_unit_test(a_record_keeps_its_facts_and_loses_its_secrets),
        cmocka_unit_test(an_argument_is_judged_with_the_option_in_front_of_it),
        cmocka_unit_test(two_texts_side_by_side_are_no_name_and_value),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
