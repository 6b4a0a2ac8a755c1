/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of an archive that stand for it when its layers are known. */
#include "test.h"

#include "image/archive.h"
#include "image/limits.h"
#include "tarmake.h"

#include <string.h>

struct scene {
    pl_arena *a;
    pl_problems problems;
    pl_layers *ls;
    pl_archive *archive;
    pl_err err;
};

static void open_scene(struct scene *s)
{
    *s = (struct scene){.a = pl_arena_new((size_t)32 << 20)};
    s->problems.arena = s->a;
    s->ls = pl_layers_new(NULL, &s->problems);
    assert_non_null(s->ls);
}

static void close_scene(struct scene *s)
{
    pl_archive_free(s->archive);
    pl_layers_free(s->ls);
    pl_arena_free(s->a);
}

typedef void (*packer)(pl_str in, pl_buf *out);

static void plain(pl_str in, pl_buf *out)
{
    pl_buf_str(out, in);
}

/* An archive of one layer under that name ("%" stands for its digest), or under a link to it. */
struct made {
    pl_buf tar;
    char diff[72], blob[72], config[72];
};

static void add(pl_buf *tar, const char *path, pl_str data)
{
    mk_add(tar, &(mk_entry){.path = path, .data = data.p, .data_n = data.n});
}

/* NO_LINK, one that nobody follows, or one that the manifest names. */
enum link { NO_LINK, UNUSED_LINK, LINK };

static void make(struct made *m, packer pack, const char *name, enum link link, int images)
{
    PL_AUTO_BUF pl_buf layer = {0};
    PL_AUTO_BUF pl_buf packed = {0};
    PL_AUTO_BUF pl_buf text = {0};
    char path[160], config_path[160];

    *m = (struct made){.tar = {0}};
    mk_tar(&layer, (const mk_entry[]){{.path = "a", .data = "one"}, {NULL}});
    pack(pl_buf_view(&layer), &packed);
    mk_digest(pl_buf_view(&layer), m->diff);
    mk_digest(pl_buf_view(&packed), m->blob);
    (void)snprintf(path, sizeof(path), "%s%s", name,
                   name[strlen(name) - 1] == '/' ? m->blob + 7 : "");
    add(&m->tar, path, pl_buf_view(&packed));
    if (link)
        mk_add(&m->tar, &(mk_entry){.path = "link/layer.tar", .type = '1', .link = path});
    pl_buf_fmt(&text, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}", m->diff);
    mk_digest(pl_buf_view(&text), m->config);
    (void)snprintf(config_path, sizeof(config_path), "%s.json", m->config + 7);
    add(&m->tar, config_path, pl_buf_view(&text));
    add(&m->tar, "other/json", PL_S("{\"not\":\"asked for\"}"));
    pl_buf_reset(&text);
    for (int i = 0; i < images; i++)
        pl_buf_fmt(&text, "%s{\"Config\":\"%s\",\"RepoTags\":[\"web:1\"],\"Layers\":[\"%s\"]}",
                   i ? "," : "[", config_path, link == LINK ? "link/layer.tar" : path);
    pl_buf_ch(&text, ']');
    add(&m->tar, "manifest.json", pl_buf_view(&text));
    mk_end(&m->tar);
}

static bool keep(const struct made *m, pl_buf *ret)
{
    struct scene s;
    pl_parts parts;
    pl_in_mem in = pl_in_of_str(pl_buf_view(&m->tar));

    open_scene(&s);
    assert_ok(pl_archive_read(s.ls, &in.in, &s.archive, &s.err), s.err);
    assert_ok(pl_archive_pick(s.archive, (pl_str){"", 0}, &parts, &s.err), s.err);
    assert_int_equal(parts.n_layers, 1);
    assert_true(parts.layers[0].layer >= 0);
    bool is_kept = pl_archive_keep(s.archive, s.ls, &parts, ret);
    close_scene(&s);
    return is_kept;
}

static pl_rc nothing(void *arg, pl_str name, pl_buf *ret, pl_err *err)
{
    (void)arg, (void)name, (void)ret;
    return pl_fail(err, PL_NOTFOUND, "there is none");
}

static const pl_blob_source source = {.document = nothing};

static void documents_alone_lead_to_the_layers(void **state)
{
    (void)state;
    static const struct {
        packer pack;
        const char *name;
        enum link link;
    } rows[] = {{plain, "one/layer.tar", NO_LINK},
                {plain, "blobs/sha256/", NO_LINK},
                {mk_gzip, "blobs/sha256/", NO_LINK},
                {plain, "digest.tar", UNUSED_LINK}}; /* Podman */

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct made m;
        struct scene s;
        unsigned char diff[PL_SHA256], blob[PL_SHA256];
        PL_AUTO_BUF pl_buf kept = {0};
        PL_AUTO_PLAN pl_plan plan = {0};
        make(&m, rows[i].pack, rows[i].name, rows[i].link, 1);
        assert_true(keep(&m, &kept));
        assert_false(pl_str_has(pl_buf_view(&kept), PL_S("asked for")));
        open_scene(&s);
        assert_ok(pl_archive_kept(s.ls, pl_buf_view(&kept), &source, &s.archive, &s.err), s.err);
        assert_ok(pl_archive_plan(s.archive, PL_S("web:1"), &plan, &s.err), s.err);
        assert_int_equal(plan.n, 1);
        assert_true(pl_plan_digest(pl_str_c(m.diff), diff) &&
                    pl_plan_digest(pl_str_c(m.blob), blob));
        assert_true(plan.items[0].has_diff_id && plan.items[0].has_blob);
        assert_memory_equal(plan.items[0].diff_id, diff, sizeof(diff));
        assert_memory_equal(plan.items[0].blob, blob, sizeof(blob));
        close_scene(&s);
        pl_buf_done(&m.tar);
    }
}

static void what_documents_alone_cannot_tell_is_not_kept(void **state)
{
    (void)state;
    static const struct {
        packer pack;
        const char *name;
        enum link link;
        int images;
    } rows[] = {
        {mk_gzip, "one/layer.tar", NO_LINK, 1}, /* nobody promises the digest of the bytes */
        {plain, "one/layer.tar", LINK, 1},
        {plain, "one/layer.tar", NO_LINK, 2}};

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct made m;
        PL_AUTO_BUF pl_buf kept = {0};
        make(&m, rows[i].pack, rows[i].name, rows[i].link, rows[i].images);
        if (keep(&m, &kept))
            fail_msg("row %zu is kept", i);
        pl_buf_done(&m.tar);
    }
}

static void documents_that_are_cut_or_lead_out_are_refused(void **state)
{
    (void)state;
    struct made m;
    struct scene s;
    PL_AUTO_BUF pl_buf kept = {0};
    PL_AUTO_BUF pl_buf out = {0};

    make(&m, plain, "one/layer.tar", NO_LINK, 1);
    assert_true(keep(&m, &kept));
    for (size_t n = 1; n < 8; n++) {
        open_scene(&s);
        assert_int_equal(
            pl_archive_kept(s.ls, (pl_str){kept.p, kept.n - n}, &source, &s.archive, &s.err),
            PL_FORMAT);
        close_scene(&s);
    }
    /* Another config under the same name. */
    char *quote = memchr(kept.p + 4 + 69 + 4, 'r', 8);
    assert_non_null(quote);
    *quote = 'R';
    open_scene(&s);
    PL_AUTO_PLAN pl_plan plan = {0};
    assert_ok(pl_archive_kept(s.ls, pl_buf_view(&kept), &source, &s.archive, &s.err), s.err);
    assert_int_equal(pl_archive_plan(s.archive, (pl_str){"", 0}, &plan, &s.err), PL_FORMAT);
    close_scene(&s);
    pl_buf_lstr(&out, PL_S("../../index.json"));
    pl_buf_lstr(&out, PL_S("{}"));
    open_scene(&s);
    assert_int_equal(pl_archive_kept(s.ls, pl_buf_view(&out), &source, &s.archive, &s.err),
                     PL_FORMAT);
    close_scene(&s);
    pl_buf_done(&m.tar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_alone_lead_to_the_layers),
        cmocka_unit_test(what_documents_alone_cannot_tell_is_not_kept),
        cmocka_unit_test(documents_that_are_cut_or_lead_out_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
