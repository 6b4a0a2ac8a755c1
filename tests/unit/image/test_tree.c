/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/limits.h"
#include "scene.h"

enum { LAYERS = 4 };

static const pl_want wants[] = {{"/etc/", NULL}, {NULL, NULL}};

/* Lays the layers, up to four lists of entries, and compares. */
static void expect(const mk_entry *const layers[LAYERS], const char *want)
{
    struct scene s;
    PL_AUTO_BUF pl_buf got = {0};

    open_scene(&s, wants);
    for (size_t i = 0; i < LAYERS && layers[i]; i++)
        add_layer(&s, layers[i]);
    pl_tree_seal(s.t);
    list(&s, &got);
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("got  %.*s\nwant %s", PL_F(pl_buf_view(&got)), want);
    close_scene(&s);
}

#define L(...) ((const mk_entry[]){__VA_ARGS__, {NULL}})
#define F(name)                                                                                    \
    {                                                                                              \
        .path = (name), .data = "x"                                                                \
    }
#define D(name)                                                                                    \
    {                                                                                              \
        .path = (name), .type = '5', .mode = 0755                                                  \
    }
#define S(name, to)                                                                                \
    {                                                                                              \
        .path = (name), .type = '2', .link = (to)                                                  \
    }
#define H(name, to)                                                                                \
    {                                                                                              \
        .path = (name), .type = '1', .link = (to)                                                  \
    }
#define EXPECT(want, ...) expect((const mk_entry *const[LAYERS]){__VA_ARGS__}, want)

static void upper_layers_replace_and_add(void **state)
{
    (void)state;
    EXPECT("/a/0 /a/x1 /a/y0 /b1", L(D("a/"), F("a/x"), F("a/y")), L(F("a/x"), F("b")));
}

static void paths_are_cleaned_and_stay_inside(void **state)
{
    (void)state;
    EXPECT("/a0 /b0 /c0 /d/e0 /x0", L(F("./a"), F("/b"), F("q/../c"), F("d//./e/"), F("../../x")));
}

static void whiteouts_delete_what_lower_layers_hold(void **state)
{
    (void)state;
    EXPECT("/a/0 /a/y0", L(D("a/"), F("a/x"), F("a/y")), L(F("a/.wh.x")));
    EXPECT("/b0", L(D("a/"), F("a/x"), F("b")), L(F(".wh.a")));
    /* What the same layer holds stays, in whichever order they come. */
    EXPECT("/a/1 /a/new1", L(D("a/"), F("a/x")), L(F(".wh.a"), D("a/"), F("a/new")));
    EXPECT("/a/1 /a/new1", L(D("a/"), F("a/x")), L(D("a/"), F("a/new"), F(".wh.a")));
    /* And what a later layer brings back is there. */
    EXPECT("/a2", L(F("a")), L(F(".wh.a")), L(F("a")));
    EXPECT("", L(F(".wh.never")));
}

static void opaque_folders_hide_lower_content(void **state)
{
    (void)state;
    EXPECT("/a/1 /a/n1", L(D("a/"), D("a/d"), F("a/d/x"), F("a/y")),
           L(D("a/"), F("a/.wh..wh..opq"), F("a/n")));
    EXPECT("/a/1 /a/n1", L(D("a/"), D("a/d"), F("a/d/x"), F("a/y")),
           L(D("a/"), F("a/n"), F("a/.wh..wh..opq")));
    EXPECT("/a/0 /a/n1", L(D("a/"), F("a/x")), L(F("a/n"), F("a/.wh..wh..opq")));
}

static void other_marks_of_aufs_mean_nothing(void **state)
{
    (void)state;
    EXPECT("/a0", L(F("a"), F(".wh..wh.plnk"), F(".wh..wh.orph"), F(".wh..wh.aufs"), F(".wh.")));
}

static void files_and_folders_replace_each_other(void **state)
{
    (void)state;
    EXPECT("/a1", L(D("a/"), F("a/x")), L(F("a")));
    EXPECT("/a/1 /a/y1", L(F("a")), L(D("a/"), F("a/y")));
    /* A folder that comes again keeps its content. */
    EXPECT("/a/1 /a/x0", L(D("a/"), F("a/x")), L(D("a/")));
    /* A file over a folder hides it for good, even when a folder comes back. */
    EXPECT("/a/2", L(D("a/"), F("a/x")), L(F("a")), L(D("a/")));
    EXPECT("/a0", L(D("a/"), F("a/x"), F("a")));
}

static void missing_folders_are_implied(void **state)
{
    (void)state;
    EXPECT("/a/b/c0", L(F("a/b/c")));
    EXPECT("/a/b1", L(F("a")), L(F("a/b")));
}

static void links_in_the_way_are_followed_inside_the_root(void **state)
{
    (void)state;
    EXPECT("/lib0>usr/lib /usr/0 /usr/lib/0 /usr/lib/x1",
           L(D("usr/"), D("usr/lib/"), S("lib", "usr/lib")), L(F("lib/x")));
    EXPECT("/etc/x1 /l0>../../etc", L(S("l", "../../etc")), L(F("l/x")));
    EXPECT("/b/0 /l0>/b", L(D("b/"), S("l", "/b"), F("b/x")), L(F("l/.wh.x")));
    /* A loop leads nowhere, and the rest goes on. */
    EXPECT("/a0>b /b0>a /ok1", L(S("a", "b"), S("b", "a")), L(F("a/x"), F("ok")));
}

static void hard_links_are_other_names(void **state)
{
    (void)state;
    EXPECT("/a0 /b0", L(F("a"), H("b", "a")));
    EXPECT("/a0 /b1", L(F("a")), L(H("b", "a")));
    /* The name stays when the file it was made from goes. */
    EXPECT("/b0", L(F("a"), H("b", "a")), L(F(".wh.a")));
    EXPECT("/ok0", L(H("b", "gone"), H("c", "../gone"), F("ok")));
}

static void the_same_layer_may_lie_twice(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf got = {0};
    pl_err err = {0};

    open_scene(&s, wants);
    add_layer(&s, L(F("a")));
    add_layer(&s, L(F(".wh.a"), F("b")));
    assert_ok(pl_tree_lay(s.t, 0, &err), err);
    pl_tree_seal(s.t);
    list(&s, &got);
    assert_str(pl_buf_view(&got), "/a2 /b1");
    close_scene(&s);
}

static void names_need_not_be_utf8(void **state)
{
    (void)state;
    EXPECT("/\xff\xfe/0 /\xff\xfe/new\nline0", L(D("\xff\xfe/"), F("\xff\xfe/new\nline")));
}

static void searches_follow_links_and_no_further(void **state)
{
    (void)state;
    struct scene s;
    pl_file f;
    PL_AUTO_BUF pl_buf text = {0};
    pl_err err = {0};

    open_scene(&s, wants);
    add_layer(&s, L(D("usr/"), D("usr/lib/"), {.path = "etc/real", .data = "content"},
                    S("etc/os-release", "../etc/real"), S("abs", "/etc/os-release"),
                    S("up", "../../../etc/real"), S("loop", "loop"), S("deep", "deep/deep/deep")));
    pl_tree_seal(s.t);
    assert_true(pl_tree_find(s.t, PL_S("/etc/os-release"), true, &f));
    assert_int_equal(f.e->type, PL_ENTRY_FILE);
    assert_true(pl_tree_find(s.t, PL_S("/etc/os-release"), false, &f));
    assert_int_equal(f.e->type, PL_ENTRY_SYMLINK);
    assert_true(pl_tree_find(s.t, PL_S("abs"), true, &f));
    assert_true(pl_tree_find(s.t, PL_S("//up"), true, &f));
    assert_false(pl_tree_find(s.t, PL_S("/loop"), true, &f));
    assert_false(pl_tree_find(s.t, PL_S("/deep"), true, &f));
    assert_false(pl_tree_find(s.t, PL_S("/nothing"), true, &f));
    assert_ok(pl_tree_content(s.t, PL_S("/abs"), &text, &f, &err), err);
    assert_str(pl_buf_view(&text), "content");
    assert_int_equal(pl_tree_content(s.t, PL_S("/usr/lib"), &text, &f, &err), PL_FORMAT);
    assert_int_equal(pl_tree_content(s.t, PL_S("/usr/none"), &text, &f, &err), PL_NOTFOUND);
    close_scene(&s);
}

static void entries_that_cannot_be_are_counted_and_the_rest_is_read(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf pax = {0};
    PL_AUTO_BUF pl_buf long_path = {0};
    PL_AUTO_BUF pl_buf got = {0};
    pl_err err = {0};

    for (int i = 0; i < 1 << 20; i++)
        pl_buf_ch(&long_path, 'x');
    pl_buf_ch(&long_path, '\0');
    mk_pax(&pax, "path", long_path.p);
    mk_meta(&tar, 'x', pax.p, pax.n);
    mk_add(&tar, &(mk_entry){.path = "x", .data = "1"});
    long_path.p[300] = '\0';
    mk_meta(&tar, 'L', long_path.p, 300);
    mk_add(&tar, &(mk_entry){.path = "x", .data = "1"});
    mk_add(&tar, &(mk_entry){.path = "good", .data = "1"});
    mk_end(&tar);
    open_scene(&s, wants);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    assert_ok(pl_layers_read(s.ls, PL_S("l"), &in.in, &err), err);
    assert_ok(pl_tree_lay(s.t, 0, &err), err);
    pl_tree_seal(s.t);
    list(&s, &got);
    assert_str(pl_buf_view(&got), "/good0");
    assert_int_equal(pl_layers_at(s.ls, 0)->unread, 2);
    assert_int_equal(s.problems.n, 2);
    assert_int_equal(s.problems.items[0].rc, PL_LIMIT);
    close_scene(&s);
}

static void a_damaged_layer_is_not_used(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};
    pl_err err = {0};

    mk_add(&tar, &(mk_entry){.path = "etc/passwd", .data = "root:x:0:0::/:\n"});
    mk_add(&tar, &(mk_entry){.path = "etc/shadow", .data = "root::0\n"});
    tar.n -= 500;
    open_scene(&s, wants);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    assert_ok(pl_layers_read(s.ls, PL_S("l"), &in.in, &err), err);
    assert_true(pl_layers_at(s.ls, 0)->is_damaged);
    assert_int_equal(pl_layers_at(s.ls, 0)->n, 0);
    assert_int_equal(s.problems.n, 1);
    assert_int_equal(s.problems.items[0].layer, 0);
    close_scene(&s);
}

/* ---- watchers ---- */

struct seen {
    pl_buf text;
    size_t pieces;
    pl_rc rc; /* what the watcher says of "bad" files */
};

static bool see_begin(void *arg, const pl_passing_file *f)
{
    struct seen *s = arg;

    if (pl_str_has(f->path, PL_S("skip")))
        return false;
    pl_buf_fmt(&s->text, "%.*s %zu %o %llu ", PL_F(f->path), f->layer, f->mode,
               (unsigned long long)f->size);
    s->pieces = 0;
    s->rc = pl_str_has(f->path, PL_S("bad")) ? PL_LIMIT : PL_OK;
    return true;
}

static pl_rc see_bytes(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    struct seen *s = arg;

    (void)out;
    assert_true(piece.n > 0);
    s->pieces++;
    pl_buf_str(&s->text, pl_str_sub(piece, 0, 4));
    return s->rc ? pl_fail(err, s->rc, "enough") : PL_OK;
}

static pl_rc see_end(void *arg, pl_note_out *out, pl_err *err)
{
    struct seen *s = arg;
    char note[32];

    pl_buf_c(&s->text, "\n");
    (void)snprintf(note, sizeof(note), "%zu pieces", s->pieces);
    return pl_note_add(out, pl_str_c(note), err);
}

static pl_watcher watcher_of(struct seen *s)
{
    return (pl_watcher){.name = "seen",
                        .version = 1,
                        .arg = s,
                        .begin = see_begin,
                        .bytes = see_bytes,
                        .end = see_end};
}

static const pl_analyser *const no_analysers[] = {NULL};

static void watchers_see_every_file_of_every_layer(void **state)
{
    (void)state;
    struct seen seen = {{0}};
    const pl_watcher watcher = watcher_of(&seen);
    PL_AUTO_ANALYSIS pl_analysis *analysis = pl_analysis_new(no_analysers);
    struct scene s;
    pl_err err = {0};
    size_t n = 0;

    open_scene(&s, wants);
    assert_ok(pl_analysis_watch(analysis, &watcher, &err), err);
    pl_layers_analyse(s.ls, analysis);
    add_layer(&s, (const mk_entry[]){{.path = "secret", .data = "password", .mode = 0600},
                                     {.path = "skip", .data = "x"},
                                     {.path = "bad", .data = "abc"},
                                     {.path = "empty", .data = ""},
                                     {NULL}});
    add_layer(&s,
              (const mk_entry[]){{.path = ".wh.secret"}, {.path = "etc/x", .data = "ab"}, {NULL}});
    assert_str(pl_buf_view(&seen.text),
               "/secret 0 600 8 pass\n/bad 0 644 3 abc/empty 0 644 0 \n/etc/x 1 644 2 ab\n");
    const int by = pl_analysis_watcher_by(analysis, &watcher);
    assert_int_equal(by, 0);
    assert_null(pl_analysis_at(analysis, 0));
    assert_int_equal(pl_analysis_notes(analysis), 4);
    const pl_note *note = pl_layers_notes(s.ls, pl_layers_entry(s.ls, 0), &n);
    assert_int_equal(n, 1);
    assert_str(note->bytes, "1 pieces");
    assert_null(pl_layers_notes(s.ls, pl_layers_entry(s.ls, 1), &n));
    note = pl_layers_notes(s.ls, pl_layers_entry(s.ls, 2), &n);
    assert_int_equal(note->rc, PL_LIMIT);
    assert_int_equal(s.problems.n, 1);
    assert_str(s.problems.items[0].text, "/bad: enough");
    assert_false(pl_layers_entry(s.ls, 0)->flags & PL_ENTRY_NOTED);
    close_scene(&s);
    pl_buf_done(&seen.text);
}

/* Reads two bytes at a time, and not to the end. */
static pl_rc read_little(const pl_passing_file *f, pl_in *in, pl_note_out *out, pl_err *err)
{
    char two[2];
    size_t got = 1;

    (void)f;
    for (size_t i = 0; got && i < 5; i++) {
        pl_rc rc = pl_in_read(in, two, sizeof(two), &got, err);
        if (rc)
            return rc;
    }
    return pl_note_add(out, PL_S("read"), err);
}

static void watchers_see_all_of_what_an_analyser_reads_in_part(void **state)
{
    (void)state;
    static const pl_match texts[] = {{.suffix = ".txt"}, {0}};
    static const pl_analyser little = {
        .name = "little",
        .version = 1,
        .matches = texts,
        .max = 1 << 30,
        .stream = read_little,
    };
    static const pl_analyser *const list[] = {&little, NULL};
    struct seen seen = {{0}};
    const pl_watcher watcher = watcher_of(&seen);
    PL_AUTO_ANALYSIS pl_analysis *analysis = pl_analysis_new(list);
    struct scene s;
    pl_err err = {0};
    size_t n = 0;
    static char small[PL_WATCH_WHOLE + 1];
    static char large[5 * PL_WATCH_WHOLE];

    memset(small, 's', sizeof(small) - 1);
    memset(large, 'l', sizeof(large) - 1);
    open_scene(&s, wants);
    assert_ok(pl_analysis_watch(analysis, &watcher, &err), err);
    pl_layers_analyse(s.ls, analysis);
    add_layer(&s, (const mk_entry[]){{.path = "a.txt", .data = "short and more than ten"},
                                     {.path = "b.txt", .data = small},
                                     {.path = "c.txt", .data = large},
                                     {NULL}});
    for (size_t i = 0; i < 3; i++) {
        const pl_note *note = pl_layers_notes(s.ls, pl_layers_entry(s.ls, i), &n);
        assert_int_equal(n, 2);
        assert_str(note[0].bytes, "read");
        assert_int_equal(note[1].by, 1);
        if (i < 2)
            assert_str(note[1].bytes, "1 pieces");
    }
    close_scene(&s);
    pl_buf_done(&seen.text);
}

static void layers_tell_what_they_hold_of_a_path(void **state)
{
    (void)state;
    struct scene s;
    pl_file f;

    open_scene(&s, wants);
    add_layer(&s, (const mk_entry[]){{.path = "etc/a", .data = "1"},
                                     {.path = "etc/a", .data = "two"},
                                     {.path = "etc/b", .data = "1"},
                                     {NULL}});
    add_layer(&s,
              (const mk_entry[]){{.path = "etc/.wh.a"}, {.path = "etc/b/", .type = '5'}, {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "etc/a", .data = "three"}, {NULL}});
    pl_tree_seal(s.t);
    assert_true(pl_tree_find(s.t, PL_S("/etc/a"), true, &f));
    assert_int_equal(pl_tree_entry_in(s.t, 0, f.node)->size, 3); /* the later of the two */
    assert_null(pl_tree_entry_in(s.t, 1, f.node));
    assert_ptr_equal(pl_tree_entry_in(s.t, 2, f.node), f.e);
    assert_true(pl_tree_find(s.t, PL_S("/etc/b"), true, &f));
    assert_int_equal(pl_tree_entry_in(s.t, 0, f.node)->size, 1);
    assert_null(pl_tree_entry_in(s.t, 1, f.node)); /* a folder there */
    close_scene(&s);
}

static void a_whiteout_of_a_folder_itself_is_told_and_hides_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"a/.wh..", "a/.wh..."};

    for (size_t i = 0; i < PL_COUNT(names); i++) {
        struct scene s;
        PL_AUTO_BUF pl_buf got = {0};
        open_scene(&s, wants);
        add_layer(&s, L(D("a/"), F("a/x")));
        add_layer(&s, L(F("a/y"), {.path = names[i], .data = ""}));
        pl_tree_seal(s.t);
        list(&s, &got);
        assert_str(pl_buf_view(&got), "/a/0 /a/x0 /a/y1");
        assert_int_equal(pl_layers_at(s.ls, 1)->unread, 1);
        assert_int_equal(s.problems.n, 1);
        close_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upper_layers_replace_and_add),
        cmocka_unit_test(paths_are_cleaned_and_stay_inside),
        cmocka_unit_test(whiteouts_delete_what_lower_layers_hold),
        cmocka_unit_test(opaque_folders_hide_lower_content),
        cmocka_unit_test(other_marks_of_aufs_mean_nothing),
        cmocka_unit_test(files_and_folders_replace_each_other),
        cmocka_unit_test(missing_folders_are_implied),
        cmocka_unit_test(links_in_the_way_are_followed_inside_the_root),
        cmocka_unit_test(hard_links_are_other_names),
        cmocka_unit_test(the_same_layer_may_lie_twice),
        cmocka_unit_test(names_need_not_be_utf8),
        cmocka_unit_test(searches_follow_links_and_no_further),
        cmocka_unit_test(entries_that_cannot_be_are_counted_and_the_rest_is_read),
        cmocka_unit_test(a_damaged_layer_is_not_used),
        cmocka_unit_test(layers_tell_what_they_hold_of_a_path),
        cmocka_unit_test(a_whiteout_of_a_folder_itself_is_told_and_hides_nothing),
        cmocka_unit_test(watchers_see_every_file_of_every_layer),
        cmocka_unit_test(watchers_see_all_of_what_an_analyser_reads_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
