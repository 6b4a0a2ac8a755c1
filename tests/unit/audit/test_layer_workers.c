/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that was taken over by its layer says what it likes: the parent believes no more than a
 * frame, and the image goes on without the layer. */
#include "test.h"

#include "audit/worker_image.h"
#include "audit/worker_layer.h"
#include "core/jail.h"
#include "image/scan.h"
#include "package/package.h"
#include "tarmake.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the worker of a layer does, by the name of a layer's first file. */
static pl_rc lie(const char *name, int out_fd, size_t n_parts, bool *ret_is_lie, pl_err *err)
{
    *ret_is_lie = true;
    if (strcmp(name, "crash") == 0 || (strcmp(name, "together") == 0 && n_parts == 1))
        abort();
    if (strcmp(name, "silence") == 0)
        return PL_OK;
    if (strcmp(name, "noise") == 0)
        return pl_jail_send(out_fd, 99, PL_S("noise"), err);
    if (strcmp(name, "garbage") == 0) {
        char end[2 * PL_SHA256 + 17] = {0};
        pl_rc rc = pl_jail_send(out_fd, PL_FRAME_LAYER, PL_S("garbage"), err);
        end[sizeof(end) - 1] = 1;
        return rc ? rc : pl_jail_send(out_fd, PL_FRAME_LAYER_END, (pl_str){end, sizeof(end)}, err);
    }
    *ret_is_lie = false;
    return PL_OK;
}

/* Layers before the one that lies are read as they should be. */
static pl_rc read_or_lie(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    pl_image_layer_job job;
    bool is_lie = false;

    if (!pl_image_layer_job_decode(args, &job))
        return pl_fail(err, PL_FORMAT, "job");
    for (size_t i = 0; i < job.n_parts; i++) {
        PL_AUTO_BUF pl_buf one = {0};
        char name[16] = "";
        const pl_image_layer_job alone = {
            .parts = {job.parts[i]}, .n_parts = 1, .needs = job.needs};
        if (pread(in_fd, name, sizeof(name) - 1, (off_t)job.parts[i].at) < 0)
            return pl_fail(err, PL_FORMAT, "part");
        pl_rc rc = lie(name, out_fd, job.n_parts, &is_lie, err);
        if (rc || is_lie)
            return rc;
        pl_image_layer_job_encode(&alone, &one);
        rc = pl_worker_layer(in_fd, out_fd, pl_buf_view(&one), err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static const pl_worker_kind workers[] = {
    {"image", pl_worker_image}, {"image-layer", read_or_lie}, {NULL, NULL}};

/* ---- an archive with one layer for each name ---- */

/* Of a wanted file that no compression helps: its layer's result is as large. */
enum { LARGE = 3 << 20 };

static void add_large(pl_buf *layer, const char *name)
{
    PL_AUTO_BUF pl_buf bytes = {0};
    uint64_t x = (uint64_t)(unsigned char)name[5];

    for (size_t i = 0; i < LARGE / 8; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        pl_buf_u64le(&bytes, x ^ x >> 29);
    }
    mk_add(layer, &(mk_entry){.path = "var/lib/dpkg/status", .data = bytes.p, .data_n = bytes.n});
    mk_end(layer);
}

static void add_layer(pl_buf *tar, pl_buf *names, pl_buf *ids, const char *name)
{
    PL_AUTO_BUF pl_buf layer = {0};
    char digest[72], path[96];

    if (strncmp(name, "large", 5) == 0)
        add_large(&layer, name);
    else
        mk_tar(&layer, (const mk_entry[]){{.path = name, .data = "x"}, {0}});
    mk_digest(pl_buf_view(&layer), digest);
    (void)snprintf(path, sizeof(path), "%s/layer.tar", digest + 7);
    mk_add(tar, &(mk_entry){.path = path, .data = layer.p, .data_n = layer.n});
    pl_buf_fmt(names, "%s\"%s\"", names->n ? "," : "", path);
    pl_buf_fmt(ids, "%s\"%s\"", ids->n ? "," : "", digest);
}

static int make_archive(const char *const *layers, size_t n)
{
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf names = {0};
    PL_AUTO_BUF pl_buf ids = {0};
    PL_AUTO_BUF pl_buf config = {0};
    PL_AUTO_BUF pl_buf manifest = {0};
    int fd = memfd_create("archive", MFD_CLOEXEC);

    for (size_t i = 0; i < n; i++)
        add_layer(&tar, &names, &ids, layers[i]);
    pl_buf_fmt(&config, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%.*s]}}",
               PL_F(pl_buf_view(&ids)));
    pl_buf_fmt(&manifest, "[{\"Config\":\"config\",\"Layers\":[%.*s]}]", PL_F(pl_buf_view(&names)));
    mk_add(&tar, &(mk_entry){.path = "config", .data = config.p, .data_n = config.n});
    mk_add(&tar, &(mk_entry){.path = "manifest.json", .data = manifest.p, .data_n = manifest.n});
    mk_end(&tar);
    assert_true(fd >= 0 && write(fd, tar.p, tar.n) == (ssize_t)tar.n && lseek(fd, 0, 0) == 0);
    return fd;
}

enum { KEPT = 4 };

struct kept {
    size_t n, asked;
    size_t knows;     /* how many more times it answers */
    bool keeps_bytes; /* the first KEPT of them */
    pl_layer_frames layers[KEPT];
};

static bool know(void *arg, const unsigned char diff_id[PL_SHA256], pl_layer_frames *ret)
{
    struct kept *k = arg;

    for (size_t i = 0; i < KEPT && k->knows; i++)
        if (k->layers[i].has_end && memcmp(k->layers[i].facts.diff_id, diff_id, PL_SHA256) == 0) {
            *ret = k->layers[i];
            ret->packed = (pl_buf){0};
            pl_buf_str(&ret->packed, pl_buf_view(&k->layers[i].packed));
            k->asked++;
            k->knows--;
            return true;
        }
    return false;
}

static void count_kept(void *arg, const pl_layer_frames *layer)
{
    struct kept *k = arg;

    if (k->keeps_bytes && k->n < KEPT) {
        k->layers[k->n] = *layer;
        k->layers[k->n].packed = (pl_buf){0};
        pl_buf_str(&k->layers[k->n].packed, pl_buf_view(&layer->packed));
    }
    k->n += layer->is_whole;
}

static void forget(struct kept *k)
{
    for (size_t i = 0; i < KEPT; i++)
        pl_buf_done(&k->layers[i].packed);
}

struct told {
    pl_arena *a;
    pl_image_result res;
    struct kept kept;
};

static pl_rc scan(struct told *t, const char *const *layers, size_t n, pl_err *err)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    pl_image_source src;
    const pl_layer_store store = {know, count_kept, &t->kept};
    const pl_image_options o = {.now_us = 1, .store = &store};

    t->a = pl_arena_new(64 << 20);
    assert_true(schema && t->a);
    pl_image_register(schema);
    pl_package_register(schema);
    pl_image_source_of_fd(make_archive(layers, n), "web.tar", PL_IMAGE_ARCHIVE, &src);
    src.is_file = true;
    return pl_image_scan(&src, &o, schema, t->a, &t->res, err);
}

static void layers_are_read_by_workers_and_kept(void **state)
{
    (void)state;
    static const char *const layers[] = {"one", "two", "three"};
    struct told t = {0};
    pl_err err = {0};

    assert_ok(scan(&t, layers, PL_COUNT(layers), &err), err);
    assert_int_equal(t.res.n_problems, 0);
    assert_int_equal(t.res.n_read, 3);
    assert_int_equal(t.kept.n, 3);
    assert_true(pl_get(t.res.image, PL_F_IMAGE_IS_COMPLETE)->u.b);
    pl_arena_free(t.a);
}

static void a_worker_that_fails_or_lies_loses_its_layer_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {"crash", "silence", "noise", "garbage"};

    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        const char *const layers[] = {"one", bad[i], "three"};
        struct told t = {0};
        pl_err err = {0};
        assert_ok(scan(&t, layers, PL_COUNT(layers), &err), err);
        if (t.res.n_problems != 1 || t.kept.n != 2 ||
            pl_get(t.res.image, PL_F_IMAGE_IS_COMPLETE)->u.b)
            fail_msg("%s: %zu problems, %zu kept", bad[i], t.res.n_problems, t.kept.n);
        pl_arena_free(t.a);
    }
}

/* Two hundred processes are not what two hundred small layers are read by. */
static void small_layers_share_their_workers(void **state)
{
    (void)state;
    enum { MANY = 200 };
    const char *layers[MANY];
    char names[MANY][16];
    struct told t = {0};
    pl_err err = {0};

    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "file%zu", i);
        layers[i] = i == 100 ? "together" : names[i];
    }
    assert_ok(scan(&t, layers, MANY, &err), err);
    assert_int_equal(t.res.n_problems, 0);
    assert_int_equal(t.res.n_read, MANY);
    assert_int_equal(t.kept.n, MANY);
    pl_arena_free(t.a);
}

/* Four results of 3 MiB are more than may wait in the parent. */
static void results_that_do_not_fit_are_had_again_or_read_again(void **state)
{
    (void)state;
    static const char *const layers[] = {"large1", "large2", "large3", "large4"};
    static const struct {
        size_t knows, asked, n_read;
    } rows[] = {{0, 0, 4}, {100, 6, 0}, {4, 4, 2}, {5, 5, 1}};
    struct told t = {.kept.keeps_bytes = true};
    pl_err err = {0};

    _Static_assert(2 * LARGE < PL_IMAGE_AHEAD_MAX && 3 * LARGE > PL_IMAGE_AHEAD_MAX,
                   "two of them may wait");
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        t.kept.knows = rows[i].knows;
        t.kept.asked = 0;
        assert_ok(scan(&t, layers, PL_COUNT(layers), &err), err);
        t.kept.keeps_bytes = false;
        if (t.kept.asked != rows[i].asked || t.res.n_read != rows[i].n_read ||
            !pl_get(t.res.image, PL_F_IMAGE_IS_COMPLETE)->u.b)
            fail_msg("row %zu: asked %zu times, %zu read", i, t.kept.asked, t.res.n_read);
        pl_arena_free(t.a);
    }
    forget(&t.kept);
}

static void jobs_of_no_layer_or_too_many_are_refused(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, PL_IMAGE_BATCH_MAX, PL_IMAGE_BATCH_MAX + 1};
    char fingerprint[PL_FINGERPRINT] = {0};

    for (size_t i = 0; i < PL_COUNT(counts); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_image_layer_job job = {.needs.fingerprint = {fingerprint, sizeof(fingerprint)}};
        pl_image_layer_job got;
        job.n_parts = counts[i] > PL_IMAGE_BATCH_MAX ? PL_IMAGE_BATCH_MAX : counts[i];
        for (size_t k = 0; k < job.n_parts; k++)
            job.parts[k] = (pl_image_part){k * 512, k + 1};
        pl_image_layer_job_encode(&job, &b);
        b.p[0] = (char)counts[i];
        bool is_right = pl_image_layer_job_decode(pl_buf_view(&b), &got);
        assert_int_equal(is_right, counts[i] > 0 && counts[i] <= PL_IMAGE_BATCH_MAX);
        if (is_right)
            assert_int_equal(got.parts[got.n_parts - 1].n, counts[i]);
    }
}

int main(int argc, char **argv)
{
    pl_jail_main(argc, argv, workers);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_read_by_workers_and_kept),
        cmocka_unit_test(a_worker_that_fails_or_lies_loses_its_layer_alone),
        cmocka_unit_test(small_layers_share_their_workers),
        cmocka_unit_test(results_that_do_not_fit_are_had_again_or_read_again),
        cmocka_unit_test(jobs_of_no_layer_or_too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
