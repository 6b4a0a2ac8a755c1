/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/archive.h"
#include "image/limits.h"
#include "tarmake.h"

#include <string.h>

#define DIGEST_TEXT 72

struct scene {
    pl_arena *a;
    pl_problems problems;
    pl_layers *ls;
    pl_archive *archive;
    pl_parts parts;
    pl_err err;
};

static void close_scene(struct scene *s)
{
    pl_archive_free(s->archive);
    pl_layers_free(s->ls);
    pl_arena_free(s->a);
}

static pl_rc open_archive(struct scene *s, const pl_buf *tar, const char *select)
{
    pl_in_mem in = pl_in_of_str(pl_buf_view(tar));

    *s = (struct scene){.a = pl_arena_new((size_t)32 << 20)};
    s->problems.arena = s->a;
    s->ls = pl_layers_new(NULL, &s->problems);
    assert_non_null(s->ls);
    pl_rc rc = pl_archive_read(s->ls, &in.in, &s->archive, &s->err);
    return rc ? rc : pl_archive_pick(s->archive, pl_str_c(select), &s->parts, &s->err);
}

static void assert_says(const struct scene *s, const char *part)
{
    for (size_t i = 0; i < s->problems.n; i++)
        if (pl_str_has(s->problems.items[i].text, pl_str_c(part)))
            return;
    for (size_t i = 0; i < s->problems.n; i++)
        print_message("problem: %.*s\n", PL_F(s->problems.items[i].text));
    fail_msg("no problem says \"%s\"", part);
}

/* ---- two layers, their digests and a config ---- */

struct image {
    pl_buf layers[2], packed[2], config;
    char diff[2][DIGEST_TEXT], blob[2][DIGEST_TEXT], config_digest[DIGEST_TEXT];
};

static void image_done(struct image *m)
{
    for (int i = 0; i < 2; i++) {
        pl_buf_done(&m->layers[i]);
        pl_buf_done(&m->packed[i]);
    }
    pl_buf_done(&m->config);
}

typedef void (*packer)(pl_str in, pl_buf *out);

static void plain(pl_str in, pl_buf *out)
{
    pl_buf_str(out, in);
}

static void make_image(struct image *m, packer pack)
{
    *m = (struct image){.layers = {{0}}};
    mk_tar(&m->layers[0], (const mk_entry[]){{.path = "a", .data = "one"}, {NULL}});
    mk_tar(&m->layers[1], (const mk_entry[]){{.path = "b", .data = "two"}, {NULL}});
    for (int i = 0; i < 2; i++) {
        pack(pl_buf_view(&m->layers[i]), &m->packed[i]);
        mk_digest(pl_buf_view(&m->layers[i]), m->diff[i]);
        mk_digest(pl_buf_view(&m->packed[i]), m->blob[i]);
    }
    pl_buf_fmt(&m->config,
               "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":"
               "\"layers\",\"diff_ids\":[\"%s\",\"%s\"]}}",
               m->diff[0], m->diff[1]);
    mk_digest(pl_buf_view(&m->config), m->config_digest);
}

static void add_file(pl_buf *tar, const char *path, const pl_buf *data)
{
    mk_add(tar, &(mk_entry){.path = path, .data = data->p, .data_n = data->n});
}

static void add_text(pl_buf *tar, const char *path, const char *data)
{
    mk_add(tar, &(mk_entry){.path = path, .data = data});
}

/* "blobs/sha256/<hex>" */
static const char *blob_name(const char *digest)
{
    static char names[8][96];
    static unsigned next;
    char *name = names[next++ % 8];

    (void)snprintf(name, sizeof(names[0]), "blobs/sha256/%.64s", digest + 7);
    return name;
}

/* ---- docker save ---- */

static void add_legacy_manifest(pl_buf *tar, const struct image *m, const char *first_layer)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text,
               "[{\"Config\":\"%s.json\",\"RepoTags\":[\"web:1\",\"web:2\"],\"Layers\":[\"%s\","
               "\"two/layer.tar\"]}]",
               m->config_digest + 7, first_layer);
    add_file(tar, "manifest.json", &text);
}

static void add_legacy(pl_buf *tar, const struct image *m)
{
    PL_AUTO_BUF pl_buf name = {0};

    pl_buf_fmt(&name, "%s.json", m->config_digest + 7);
    pl_buf_ch(&name, '\0');
    add_text(tar, "one/VERSION", "1.0");
    add_text(tar, "one/json", "{}");
    add_file(tar, "one/layer.tar", &m->packed[0]);
    add_file(tar, "two/layer.tar", &m->packed[1]);
    add_file(tar, name.p, &m->config);
    add_text(tar, "repositories", "{}");
}

static void assert_whole(const struct scene *s, const struct image *m, size_t problems)
{
    assert_int_equal(s->parts.n_layers, 2);
    assert_int_equal(s->problems.n, problems);
    assert_true(pl_str_eq(s->parts.config_digest, pl_str_c(m->config_digest)));
    for (size_t i = 0; i < 2; i++) {
        assert_true(s->parts.layers[i].layer >= 0);
        assert_true(pl_str_eq(s->parts.layers[i].diff_id, pl_str_c(m->diff[i])));
    }
}

static void docker_save_is_read_with_the_manifest_at_the_end(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(&m, plain);
    add_legacy(&tar, &m);
    add_legacy_manifest(&tar, &m, "one/layer.tar");
    mk_end(&tar);
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_whole(&s, &m, 0);
    assert_string_equal(s.parts.format, "docker-archive");
    assert_int_equal(s.parts.n_tags, 2);
    assert_str(s.parts.tags[1], "web:2");
    close_scene(&s);
    image_done(&m);
}

static void open_v1(struct scene *s, const char *parent_of_one, const char *select)
{
    struct image m;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf one = {0};

    make_image(&m, plain);
    pl_buf_fmt(&one, "{\"id\":\"one\",\"parent\":\"%s\",\"os\":\"linux\"}%c", parent_of_one, 0);
    add_text(&tar, "one/json", one.p);
    add_file(&tar, "one/layer.tar", &m.layers[0]);
    add_text(&tar, "two/json",
             "{\"id\":\"two\",\"parent\":\"one\",\"config\":{\"User\":\"web\"},"
             "\"container_config\":{\"Cmd\":[\"/bin/sh\",\"-c\",\"make\"]}}");
    add_file(&tar, "two/layer.tar", &m.layers[1]);
    add_text(&tar, "repositories", "{\"web\":{\"1\":\"two\"},\"base\":{\"2\":\"one\"}}");
    mk_end(&tar);
    (void)open_archive(s, &tar, select);
    image_done(&m);
}

static void archives_of_engines_before_1_10_are_chains_of_parents(void **state)
{
    (void)state;
    struct scene s;

    open_v1(&s, "", "web:1");
    assert_int_equal(s.parts.n_layers, 2);
    assert_int_equal(s.problems.n, 0);
    assert_str(s.parts.tags[0], "web:1");
    const json_t *ids = json_object_get(json_object_get(s.parts.config, "rootfs"), "diff_ids");
    assert_true(
        pl_str_eq(s.parts.layers[1].diff_id, pl_str_c(json_string_value(json_array_get(ids, 1)))));
    const json_t *step = json_array_get(json_object_get(s.parts.config, "history"), 1);
    assert_string_equal(json_string_value(json_object_get(step, "created_by")), "/bin/sh -c make");
    close_scene(&s);
    open_v1(&s, "", "base:2");
    assert_int_equal(s.parts.n_layers, 1);
    close_scene(&s);
    open_v1(&s, "", "web:3");
    assert_int_equal(s.err.rc, PL_NOTFOUND);
    close_scene(&s);
    open_v1(&s, "two", "web:1");
    assert_int_equal(s.err.rc, PL_LIMIT);
    close_scene(&s);
    open_v1(&s, "zero", "web:1");
    assert_int_equal(s.err.rc, PL_NOTFOUND);
    close_scene(&s);
}

static void layers_may_be_links_to_layers(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(&m, plain);
    mk_add(&tar, &(mk_entry){.path = "zero/layer.tar", .type = '2', .link = "../hard/layer.tar"});
    mk_add(&tar, &(mk_entry){.path = "loop/layer.tar", .type = '2', .link = "layer.tar"});
    add_legacy(&tar, &m);
    mk_add(&tar, &(mk_entry){.path = "hard/layer.tar", .type = '1', .link = "one/layer.tar"});
    add_legacy_manifest(&tar, &m, "zero/layer.tar");
    mk_end(&tar);
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_whole(&s, &m, 0);
    close_scene(&s);

    tar.n = 0;
    mk_add(&tar, &(mk_entry){.path = "loop/layer.tar", .type = '2', .link = "layer.tar"});
    add_legacy(&tar, &m);
    add_legacy_manifest(&tar, &m, "loop/layer.tar");
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_says(&s, "is not in the archive");
    assert_int_equal(s.parts.layers[0].layer, -1);
    close_scene(&s);
    image_done(&m);
}

static void a_layer_that_is_not_what_the_config_says_is_named(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(&m, plain);
    m.packed[1].p[512] = 'T'; /* in the file's content: the tar itself stays sound */
    add_legacy(&tar, &m);
    add_legacy_manifest(&tar, &m, "one/layer.tar");
    mk_end(&tar);
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_true(s.parts.layers[0].layer >= 0);
    assert_int_equal(s.parts.layers[1].layer, -1);
    assert_says(&s, m.diff[1]);
    assert_says(&s, "its files have the digest sha256:");
    close_scene(&s);
    image_done(&m);
}

static void a_config_that_is_not_what_its_name_says_is_refused(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    make_image(&m, plain);
    pl_buf_ch(&m.config, ' ');
    add_legacy(&tar, &m);
    add_legacy_manifest(&tar, &m, "one/layer.tar");
    mk_end(&tar);
    assert_int_equal(open_archive(&s, &tar, ""), PL_FORMAT);
    assert_non_null(strstr(s.err.text, "its bytes have the digest"));
    close_scene(&s);
    image_done(&m);
}

static void an_archive_that_is_cut_tells_what_is_missing(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    PL_AUTO_BUF pl_buf name = {0};

    make_image(&m, plain);
    pl_buf_fmt(&name, "%s.json", m.config_digest + 7);
    pl_buf_ch(&name, '\0');
    add_legacy_manifest(&tar, &m, "one/layer.tar");
    add_file(&tar, name.p, &m.config);
    add_file(&tar, "one/layer.tar", &m.packed[0]);
    add_file(&tar, "two/layer.tar", &m.packed[1]);
    tar.n -= 700;
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_says(&s, "ends in the middle");
    assert_says(&s, "two/layer.tar: tar archive ends");
    assert_true(s.parts.layers[0].layer >= 0);
    assert_int_equal(s.parts.layers[1].layer, -1);
    assert_int_equal(s.parts.layers[1].found, 1);
    assert_int_equal(s.parts.layers[1].why, PL_FORMAT);
    close_scene(&s);
    tar.n = 512 * 3;
    assert_int_equal(open_archive(&s, &tar, ""), PL_NOTFOUND);
    assert_non_null(strstr(s.err.text, "is not in the archive"));
    close_scene(&s);
    image_done(&m);
}

static void one_of_several_images_can_be_chosen(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf text = {0};

    make_image(&m, plain);
    add_legacy(&tar, &m);
    pl_buf_fmt(&text,
               "[{\"Config\":\"missing.json\",\"RepoTags\":[\"db:1\"],\"Layers\":[]},"
               "{\"Config\":\"%s.json\",\"RepoTags\":[\"web:1\"],\"Layers\":[\"one/layer.tar\","
               "\"two/layer.tar\"]}]",
               m.config_digest + 7);
    add_file(&tar, "manifest.json", &text);
    mk_end(&tar);
    assert_ok(open_archive(&s, &tar, "web:1"), s.err);
    assert_whole(&s, &m, 0);
    assert_int_equal(s.parts.n_images, 2);
    close_scene(&s);
    assert_ok(open_archive(&s, &tar, m.config_digest), s.err);
    close_scene(&s);
    assert_int_equal(open_archive(&s, &tar, "web"), PL_NOTFOUND);
    assert_non_null(strstr(s.err.text, "holds 2 images, but not web"));
    close_scene(&s);
    image_done(&m);
}

static void documents_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *manifest, *why;
    } cases[] = {
        {"[", "manifest.json: line 1"},
        {"[]", "names no image"},
        {"{}", "names no image"},
        {"[{}]", "image config"},
        {"[{\"Config\":1}]", "image config"},
        {"[{\"Config\":\"manifest.json\"}]", "is not a JSON object"},
        {"[{\"Config\":\"repositories\",\"Layers\":[\"x\"]}]",
         "manifest names 1 layers, the config 0"},
        {"[{\"Config\":\"x\xff.json\"}]", "manifest.json: line 1"},
        {"[{\"Config\":\"a\",\"Config\":\"b\"}]", "manifest.json: line 1"},
        {"[{\"Config\":\"one/layer.tar\"}]", "is not a JSON document"},
    };
    struct image m;

    make_image(&m, plain);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf tar = {0};
        struct scene s;
        add_legacy(&tar, &m);
        add_text(&tar, "manifest.json", cases[i].manifest);
        mk_end(&tar);
        if (open_archive(&s, &tar, "") == PL_OK || !strstr(s.err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].manifest, s.err.text);
        close_scene(&s);
    }
    image_done(&m);
}

static void a_giant_document_is_not_kept(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf big = {0};
    PL_AUTO_BUF pl_buf tar = {0};
    struct scene s;

    pl_buf_ch(&big, '[');
    while (big.n <= PL_IMAGE_DOCUMENT_MAX)
        pl_buf_c(&big, "[],");
    add_file(&tar, "manifest.json", &big);
    mk_end(&tar);
    assert_int_equal(open_archive(&s, &tar, ""), PL_LIMIT);
    assert_non_null(strstr(s.err.text, "manifest.json: document is too large"));
    close_scene(&s);
}

static void more_layers_than_the_limit_are_one_problem(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf layer = {0};
    struct scene s;

    mk_end(&layer);
    for (int i = 0; i <= PL_IMAGE_LAYERS_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "%d/layer.tar", i);
        add_file(&tar, name, &layer);
    }
    mk_end(&tar);
    assert_int_equal(open_archive(&s, &tar, ""), PL_LIMIT);
    assert_int_equal(pl_layers_count(s.ls), PL_IMAGE_LAYERS_MAX);
    assert_says(&s, "more than 10000 layers");
    assert_non_null(strstr(s.err.text, "10000/layer.tar: more than 10000 layers"));
    close_scene(&s);
}

static void what_is_no_image_is_said_so(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf tar = {0};
    struct scene s;

    assert_int_equal(open_archive(&s, &tar, ""), PL_FORMAT);
    assert_non_null(strstr(s.err.text, "is no image archive"));
    close_scene(&s);
    pl_buf_c(&tar, "this is a text, not a tar archive");
    assert_int_equal(open_archive(&s, &tar, ""), PL_FORMAT);
    close_scene(&s);
}

/* ---- OCI layout ---- */

static void add_oci(pl_buf *tar, const struct image *m, char ret_manifest[DIGEST_TEXT])
{
    PL_AUTO_BUF pl_buf manifest = {0};

    pl_buf_fmt(
        &manifest,
        "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\"},\"layers\":[{\"digest\":\"%s\"},"
        "{\"digest\":\"%s\"}],\"annotations\":{\"note\":\"x\"}}",
        m->config_digest, m->blob[0], m->blob[1]);
    mk_digest(pl_buf_view(&manifest), ret_manifest);
    add_text(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    add_file(tar, blob_name(m->blob[0]), &m->packed[0]);
    add_file(tar, blob_name(m->blob[1]), &m->packed[1]);
    add_file(tar, blob_name(m->config_digest), &m->config);
    add_file(tar, blob_name(ret_manifest), &manifest);
}

static void oci_layouts_are_read_with_any_compression(void **state)
{
    (void)state;
    static const packer packers[] = {plain, mk_gzip, mk_zstd};

    for (size_t i = 0; i < PL_COUNT(packers); i++) {
        struct image m;
        struct scene s;
        char manifest[DIGEST_TEXT];
        PL_AUTO_BUF pl_buf tar = {0};
        PL_AUTO_BUF pl_buf index = {0};
        PL_AUTO_BUF pl_buf whole = {0};
        make_image(&m, packers[i]);
        add_oci(&tar, &m, manifest);
        pl_buf_fmt(&index,
                   "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\",\"annotations\":{"
                   "\"org.opencontainers.image.ref.name\":\"1.2\"}}]}",
                   manifest);
        add_file(&tar, "./index.json", &index);
        mk_end(&tar);
        packers[i](pl_buf_view(&tar), &whole); /* the archive itself may be compressed too */
        assert_ok(open_archive(&s, &whole, ""), s.err);
        assert_whole(&s, &m, 0);
        assert_string_equal(s.parts.format, "oci");
        assert_true(pl_str_eq(s.parts.manifest_digest, pl_str_c(manifest)));
        assert_str(s.parts.tags[0], "1.2");
        assert_non_null(json_object_get(s.parts.annotations, "note"));
        assert_true(pl_str_eq(s.parts.layers[1].blob, pl_str_c(m.blob[1])));
        close_scene(&s);
        assert_ok(open_archive(&s, &whole, "registry/web:1.2"), s.err);
        close_scene(&s);
        image_done(&m);
    }
}

static void the_platform_of_this_machine_is_taken_and_attestations_are_not(void **state)
{
    (void)state;
#ifdef __x86_64__
    static const char ours[] = "amd64";
    static const char other[] = "arm64";
#else
    static const char ours[] = "arm64";
    static const char other[] = "amd64";
#endif
    struct image m;
    struct scene s;
    char manifest[DIGEST_TEXT];
    char nested[DIGEST_TEXT];
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf index = {0};
    PL_AUTO_BUF pl_buf inner = {0};

    make_image(&m, plain);
    add_oci(&tar, &m, manifest);
    pl_buf_fmt(
        &inner,
        "{\"manifests\":[{\"digest\":\"sha256:%064d\",\"platform\":{\"os\":\"unknown\","
        "\"architecture\":\"unknown\"}},{\"digest\":\"sha256:%064d\",\"platform\":{\"os\":"
        "\"linux\",\"architecture\":\"%s\"}},{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\","
        "\"architecture\":\"%s\"}}]}",
        1, 2, other, manifest, ours);
    mk_digest(pl_buf_view(&inner), nested);
    add_file(&tar, blob_name(nested), &inner);
    pl_buf_fmt(&index, "{\"manifests\":[{\"digest\":\"%s\"}]}", nested);
    add_file(&tar, "index.json", &index);
    mk_end(&tar);
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_whole(&s, &m, 0);
    assert_int_equal(s.parts.n_images, 2);
    close_scene(&s);
    char want[32];
    (void)snprintf(want, sizeof(want), "linux/%s", other);
    assert_int_equal(open_archive(&s, &tar, want), PL_NOTFOUND);
    assert_non_null(strstr(s.err.text, "is not in the archive"));
    close_scene(&s);
    assert_int_equal(open_archive(&s, &tar, "plan9/mips"), PL_NOTFOUND);
    close_scene(&s);
    image_done(&m);
}

static void manifests_and_blobs_are_what_their_digests_say(void **state)
{
    (void)state;
    struct image m;
    struct scene s;
    char manifest[DIGEST_TEXT];
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf index = {0};

    make_image(&m, mk_gzip);
    /* Another compression of the same layer: the files are right, the blob is not. */
    pl_buf_reset(&m.packed[0]);
    mk_zstd(pl_buf_view(&m.layers[0]), &m.packed[0]);
    add_oci(&tar, &m, manifest);
    pl_buf_fmt(&index, "{\"manifests\":[{\"digest\":\"%s\"}]}", manifest);
    add_file(&tar, "index.json", &index);
    assert_ok(open_archive(&s, &tar, ""), s.err);
    assert_says(&s, "its bytes have the digest");
    assert_says(&s, m.diff[0]);
    close_scene(&s);

    PL_AUTO_BUF pl_buf lying = {0};
    add_text(&lying, blob_name(manifest), "{\"config\":{}}");
    add_file(&lying, "index.json", &index);
    assert_int_equal(open_archive(&s, &lying, ""), PL_FORMAT);
    assert_non_null(strstr(s.err.text, "its bytes have the digest"));
    close_scene(&s);
    image_done(&m);
}

static void an_index_that_leads_to_itself_comes_to_an_end(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    /* The digest does not hold, so it is not followed; a true circle cannot be made. */
    add_text(&tar, "index.json",
             "{\"manifests\":[{\"digest\":\"sha256:"
             "0000000000000000000000000000000000000000000000000000000000000000\"},"
             "{\"digest\":\"md5:x\"},{\"digest\":7},7]}");
    assert_int_not_equal(open_archive(&s, &tar, ""), PL_OK);
    close_scene(&s);
    PL_AUTO_BUF pl_buf empty = {0};
    add_text(&empty, "index.json", "{\"manifests\":[]}");
    assert_int_equal(open_archive(&s, &empty, ""), PL_FORMAT);
    assert_non_null(strstr(s.err.text, "leads to no image manifest"));
    close_scene(&s);
}

/* ---- both at once ---- */

static void the_hybrid_of_newer_engines_is_read(void **state)
{
    (void)state;
    static const packer packers[] = {plain, mk_gzip};

    for (size_t i = 0; i < PL_COUNT(packers); i++) {
        struct image m;
        struct scene s;
        char manifest[DIGEST_TEXT];
        PL_AUTO_BUF pl_buf tar = {0};
        PL_AUTO_BUF pl_buf text = {0};
        make_image(&m, packers[i]);
        add_oci(&tar, &m, manifest);
        pl_buf_fmt(&text, "{\"manifests\":[{\"digest\":\"%s\"}]}", manifest);
        add_file(&tar, "index.json", &text);
        pl_buf_reset(&text);
        pl_buf_fmt(&text,
                   "[{\"Config\":\"%s\",\"RepoTags\":[\"web:1\"],\"Layers\":[\"%s\",\"%s\"]}]",
                   blob_name(m.config_digest), blob_name(m.blob[0]), blob_name(m.blob[1]));
        add_file(&tar, "manifest.json", &text);
        mk_end(&tar);
        assert_ok(open_archive(&s, &tar, ""), s.err);
        assert_whole(&s, &m, 0);
        assert_string_equal(s.parts.format, "docker-archive");
        assert_true(pl_str_eq(s.parts.manifest_digest, pl_str_c(manifest)));
        close_scene(&s);
        image_done(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(docker_save_is_read_with_the_manifest_at_the_end),
        cmocka_unit_test(archives_of_engines_before_1_10_are_chains_of_parents),
        cmocka_unit_test(layers_may_be_links_to_layers),
        cmocka_unit_test(a_layer_that_is_not_what_the_config_says_is_named),
        cmocka_unit_test(a_config_that_is_not_what_its_name_says_is_refused),
        cmocka_unit_test(an_archive_that_is_cut_tells_what_is_missing),
        cmocka_unit_test(one_of_several_images_can_be_chosen),
        cmocka_unit_test(documents_that_lie_are_refused),
        cmocka_unit_test(a_giant_document_is_not_kept),
        cmocka_unit_test(more_layers_than_the_limit_are_one_problem),
        cmocka_unit_test(what_is_no_image_is_said_so),
        cmocka_unit_test(oci_layouts_are_read_with_any_compression),
        cmocka_unit_test(the_platform_of_this_machine_is_taken_and_attestations_are_not),
        cmocka_unit_test(manifests_and_blobs_are_what_their_digests_say),
        cmocka_unit_test(an_index_that_leads_to_itself_comes_to_an_end),
        cmocka_unit_test(the_hybrid_of_newer_engines_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
