/* SPDX-License-Identifier: Apache-2.0 */
/* An image or container of a store as what docker save writes. */
#include "image/store_private.h"

#include "core/json_write.h"
#include "core/rd.h"
#include "core/text.h"
#include "image/archive.h"
#include "image/limits.h"
#include "image/store_names.h"
#include "image/tar_out.h"
#include "image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Behind what a container changed: room for an entry that says that something is missing. */
enum { SPARE = 4 * PL_TAR_OUT_BLOCK };

static const pl_jail_limits split_limits = {
    .ms = 600 * 1000, .cpu_s = 300, .memory = (size_t)256 << 20, .output = (size_t)8 << 30};

/* ---- documents ---- */

static pl_rc put_document(pl_tar_out *o, const char *name, pl_str text, pl_err *err)
{
    const pl_tar_header h = {
        .name = pl_str_c(name), .link = {"", 0}, .type = '0', .mode = 0644, .size = text.n};
    pl_rc rc = pl_tar_out_entry(o, &h, err);

    if (!rc)
        rc = pl_tar_out_bytes(o, text, err);
    return rc ? rc : pl_tar_out_pad(o, text.n, err);
}

static void layer_name(const char *id, char *to, size_t room)
{
    (void)snprintf(to, room, "%s/layer.tar", id);
}

/* A container is no image: the tags are those of another. */
static void write_manifest(const struct pl_store *s, pl_buf *out)
{
    pl_jw w = {.out = out};
    char name[NAME_MAX + 32];

    pl_jw_array(&w);
    pl_jw_object(&w);
    pl_jw_key(&w, "Config");
    (void)snprintf(name, sizeof(name), "%.*s.json", PL_F(s->found.image));
    pl_jw_c(&w, name);
    pl_jw_key(&w, "RepoTags");
    pl_jw_array(&w);
    for (size_t i = 0; !s->upper[0] && i < s->found.n_tags; i++)
        pl_jw_str(&w, s->found.tags[i]);
    pl_jw_end(&w);
    pl_jw_key(&w, "Layers");
    pl_jw_array(&w);
    for (size_t i = 0; i < s->n_layers; i++) {
        layer_name(s->layers[i].name, name, sizeof(name));
        pl_jw_c(&w, name);
    }
    if (s->upper[0])
        pl_jw_c(&w, "container/layer.tar");
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_jw_end(&w);
}

static pl_rc put_documents(const struct pl_store *s, pl_tar_out *o, pl_err *err)
{
    PL_AUTO_BUF pl_buf manifest = {0};
    char name[NAME_MAX];

    write_manifest(s, &manifest);
    if (!pl_buf_ok(&manifest))
        return pl_fail(err, PL_NOMEM, "manifest");
    (void)snprintf(name, sizeof(name), "%.*s.json", PL_F(s->found.image));
    pl_rc rc = put_document(o, "manifest.json", pl_buf_view(&manifest), err);
    return rc ? rc : put_document(o, name, s->config, err);
}

/* ---- a layer from its tar-split file ---- */

struct layer {
    pl_tar_out *out;
    pl_buf *problems; /* lines for the reader of the stream */
    pl_store_names names;
    const char *id;
    int folder;
    uint64_t size; /* bytes of its tar */
    bool has_size;
    uint64_t left; /* of them */
};

static void complain(struct layer *l, pl_str path, const char *what)
{
    pl_buf_fmt(l->problems, "layer %.12s: ", l->id);
    pl_text_visible(l->problems, pl_str_sub(path, 0, 200), PL_TEXT_ALL);
    pl_buf_fmt(l->problems, "%s%s\n", path.n ? ": " : "", what);
}

/* Inside the layer's own folder, as its links lead there. */
static int open_content(const struct layer *l, pl_str name, uint64_t size)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    char path[PL_IMAGE_PATH_MAX + 1];
    char self[32];
    struct stat st;

    if (!pl_str_to_c(name, path, sizeof(path)))
        return -1;
    /* Looked at before it is opened: a device must not be. */
    PL_AUTO_FD int at = (int)syscall(SYS_openat2, l->folder, path, &how, sizeof(how));
    if (at < 0 || fstat(at, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
        return -1;
    (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
    return open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Zeros stand for what is not what the image says; the layer then has another digest. */
static pl_rc put_content(struct layer *l, pl_str name, uint64_t size, pl_err *err)
{
    pl_rc rc = pl_store_names_add(&l->names, name, err);
    if (rc || size == 0)
        return rc;
    PL_AUTO_FD int fd = open_content(l, name, size);
    int eno = 0;

    if (fd < 0) {
        complain(l, name, "is not the file that the image has there, or cannot be read");
        return pl_tar_out_zeros(l->out, size, err);
    }
    rc = pl_tar_out_file(l->out, fd, 0, size, &eno, err);
    if (eno)
        complain(l, name, "cannot be read");
    return rc;
}

static pl_rc put_piece(struct layer *l, pl_rd *r, pl_err *err)
{
    bool is_file = pl_rd_u8(r) == 'F';
    uint64_t size = is_file ? pl_rd_u64le(r) : 0;
    pl_str bytes = pl_rd_lstr(r);

    if (!is_file)
        size = bytes.n;
    if (!pl_rd_ok(r) || size > l->left)
        return pl_fail(err, PL_WORKER, "worker sent a plan that is not what it announced");
    l->left -= size;
    return is_file ? put_content(l, bytes, size, err) : pl_tar_out_bytes(l->out, bytes, err);
}

static pl_rc take_plan(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);
    pl_rc rc = type == PL_STORE_PLAN ? PL_OK : pl_fail(err, PL_WORKER, "worker sent no plan");

    while (!rc && r.n)
        rc = put_piece(arg, &r, err);
    return rc;
}

static pl_rc take_size(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct layer *l = arg;
    pl_rd r = pl_rd_of(payload.p, payload.n);

    l->size = pl_rd_u64le(&r);
    if (type != PL_STORE_SIZE || !pl_rd_done(&r) || l->has_size || l->size > PL_STORE_TAR_MAX * 2)
        return pl_fail(err, PL_WORKER, "worker sent no size");
    l->has_size = true;
    return PL_OK;
}

static pl_rc run_split(const struct pl_store *s, const struct pl_store_layer *from,
                       pl_store_job job, struct layer *l, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    const char kind = (char)job;
    pl_rc rc = pl_store_file(s, from->split, 0, &fd, err);

    if (rc)
        return rc;
    return pl_jail_run(
        &(pl_jail_job){.kind = "store",
                       .args = {&kind, 1},
                       .in_fd = fd,
                       .limits = &split_limits,
                       .frame = job == PL_STORE_JOB_SPLIT_SIZE ? take_size : take_plan,
                       .frame_arg = l},
        err);
}

/* What containers see and the image does not have. */
static void look_for_more(struct layer *l)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_err err = {0};
    char text[128];
    size_t n = 0;

    if (pl_store_names_extra(&l->names, l->folder, &n, &path, &err)) {
        complain(l, PL_S(""), err.text);
    } else if (n) {
        (void)snprintf(text, sizeof(text),
                       "is in the folder of the layer and not in the image, with %zu more; it "
                       "was not scanned",
                       n - 1);
        complain(l, pl_buf_view(&path), text);
    }
}

static pl_rc put_tar(const struct pl_store *s, const struct pl_store_layer *from, struct layer *l,
                     pl_err *err)
{
    char name[NAME_MAX + 32];
    pl_err why = {0};

    layer_name(from->name, name, sizeof(name));
    pl_rc rc = pl_tar_out_entry(
        l->out,
        &(pl_tar_header){
            .name = pl_str_c(name), .link = {"", 0}, .type = '0', .mode = 0644, .size = l->size},
        err);
    if (rc)
        return rc;
    l->left = l->size;
    if (run_split(s, from, PL_STORE_JOB_SPLIT, l, &why))
        complain(l, PL_S(""), why.text);
    else if (!l->out->is_stopped)
        look_for_more(l);
    rc = pl_tar_out_zeros(l->out, l->left, err);
    return rc ? rc : pl_tar_out_pad(l->out, l->size, err);
}

/* A layer that cannot be put together is left out, or ends in zeros, and it is told. Only a stream
 * that cannot be written is an error here. */
static pl_rc put_layer(const struct pl_store *s, const struct pl_store_layer *from, pl_tar_out *o,
                       pl_buf *problems, pl_err *err)
{
    PL_AUTO_FD int folder = -1;
    struct layer l = {
        .out = o, .problems = problems, .names.key = pl_sipkey_process(), .id = from->name};
    pl_err why = {0};
    pl_rc rc = pl_store_file(s, from->folder, O_DIRECTORY, &folder, &why);

    if (!rc)
        rc = run_split(s, from, PL_STORE_JOB_SPLIT_SIZE, &l, &why);
    if (!rc && !l.has_size)
        rc = pl_fail(&why, PL_WORKER, "worker sent no size");
    l.folder = folder;
    if (rc)
        complain(&l, PL_S(""), why.text);
    else
        rc = put_tar(s, from, &l, err);
    pl_store_names_done(&l.names);
    return why.rc ? PL_OK : rc;
}

/* ---- what a container changed ---- */

static pl_rc put_upper(const struct pl_store *s, pl_tar_out *o, pl_err *err)
{
    PL_AUTO_FD int folder = -1;
    pl_tar_out count = {.fd = -1};
    pl_rc rc = pl_store_file(s, s->upper, O_DIRECTORY, &folder, err);

    /* Its length has to be known before it is written, and a container changes while it runs:
     * what is more by then does not fit, and is told. */
    if (!rc)
        rc = pl_walk_upper(folder, &count, err);
    pl_tar_out_done(&count);
    if (rc)
        return rc;
    uint64_t size = count.n + SPARE + 2 * (uint64_t)PL_TAR_OUT_BLOCK;
    rc = pl_tar_out_entry(o,
                          &(pl_tar_header){.name = PL_S("container/layer.tar"),
                                           .link = {"", 0},
                                           .type = '0',
                                           .mode = 0644,
                                           .size = size},
                          err);
    uint64_t from = o->n;
    o->max = from + count.n;
    if (!rc)
        rc = pl_walk_upper(folder, o, err);
    o->max = 0;
    if (!rc && o->is_full) {
        o->is_full = o->is_stopped = false;
        rc = pl_walk_miss(o, ESTALE, err);
    }
    return rc ? rc : pl_tar_out_zeros(o, size - (o->n - from), err);
}

/* An array of lines. */
static pl_rc put_problems(pl_tar_out *o, pl_str lines, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_jw w = {.out = &text};
    pl_str line;

    pl_jw_array(&w);
    while (pl_str_cut(&lines, '\n', &line))
        if (line.n)
            pl_jw_str(&w, line);
    pl_jw_end(&w);
    return pl_buf_ok(&text) ? put_document(o, PL_STORE_PROBLEMS, pl_buf_view(&text), err)
                            : pl_fail(err, PL_NOMEM, "problems of the store");
}

pl_rc pl_store_write(const struct pl_store *s, int out_fd, pl_err *err)
{
    PL_AUTO_BUF pl_buf problems = {.max = PL_IMAGE_DOCUMENT_MAX};
    pl_tar_out o = {.fd = out_fd};
    pl_rc rc = put_documents(s, &o, err);

    for (size_t i = 0; !rc && !o.is_stopped && i < s->n_layers; i++)
        rc = put_layer(s, &s->layers[i], &o, &problems, err);
    if (!rc && !o.is_stopped && s->upper[0])
        rc = put_upper(s, &o, err);
    if (!rc && !o.is_stopped && problems.n)
        rc = put_problems(&o, pl_buf_view(&problems), err);
    if (!rc)
        rc = pl_tar_out_end(&o, err);
    pl_tar_out_done(&o);
    return rc;
}
