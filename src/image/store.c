/* SPDX-License-Identifier: Apache-2.0 */
#include "image/store_private.h"

#include "core/hash.h"
#include "core/io.h"
#include "image/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARENA = 160 << 20, SMALL = 256, CONFIG_MAX = PL_IMAGE_DOCUMENT_MAX };

/*
 * The drivers whose folders hold one layer each. metadata is below the root; files is the folder
 * of a layer, %s its id there.
 */
static const struct driver {
    const char *name, *metadata, *files;
    bool is_docker, has_upper;
} drivers[] = {
    {"overlay2", "image/overlay2", "overlay2/%s/diff", true, true},
    {"fuse-overlayfs", "image/fuse-overlayfs", "fuse-overlayfs/%s/diff", true, true},
    {"vfs", "image/vfs", "vfs/dir/%s", true, false},
    {"overlay", "overlay-images", "overlay/%s/diff", false, true},
    {"vfs", "vfs-images", "vfs/dir/%s", false, false},
};

/* ---- opening ---- */

static int open_below(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

pl_rc pl_store_file(const struct pl_store *s, const char *path, int flags, int *ret_fd, pl_err *err)
{
    struct stat st;
    PL_AUTO_FD int fd = open_below(s->root, path, flags);

    if (fd < 0 && errno == ENOENT)
        return pl_fail(err, PL_NOTFOUND, "%s: is not in the store", path);
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        return pl_fail(err, PL_DENIED, "%s: belongs to another user; run it as that user or root",
                       path);
    if (fd < 0 || fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "%s", path);
    if (!(flags & O_DIRECTORY) && !S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "%s: is no file", path);
    *ret_fd = PL_TAKE(fd, -1);
    return PL_OK;
}

/* What is not there is empty when that is allowed. */
static pl_rc read_file(const struct pl_store *s, const char *path, size_t max, bool is_optional,
                       pl_buf *ret, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_err why = {0};
    pl_rc rc = pl_store_file(s, path, 0, &fd, &why);

    if (rc == PL_NOTFOUND && is_optional)
        return PL_OK;
    if (rc) {
        if (err)
            *err = why;
        return rc;
    }
    return pl_wrap(err, pl_read_all(fd, max, ret, err), "%s", path);
}

static const struct driver *driver_of(int folder)
{
    char path[SMALL];
    struct stat st;

    for (size_t i = 0; i < PL_COUNT(drivers); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", drivers[i].metadata,
                       drivers[i].is_docker ? "imagedb" : "images.json");
        if (fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return &drivers[i];
    }
    return NULL;
}

bool pl_store_is(int folder)
{
    return driver_of(folder) != NULL;
}

/* ---- asking the worker ---- */

struct answer {
    pl_arena *a;
    pl_store_found *to;
    size_t n;
};

static pl_rc take_found(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct answer *answer = arg;
    pl_str kept = pl_arena_str(answer->a, payload);

    if (!kept.p)
        return pl_fail(err, PL_LIMIT, "answer about the store is too large");
    if (type != PL_STORE_FOUND || answer->n++ || !pl_store_found_decode(kept, answer->to))
        return pl_fail(err, PL_WORKER, "worker sent no answer about the store");
    return PL_OK;
}

static pl_rc ask(struct pl_store *s, pl_store_job job, pl_str wanted, pl_str input,
                 pl_store_found *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    struct answer answer = {.a = s->a, .to = ret};

    pl_buf_ch(&args, (char)job);
    pl_buf_str(&args, wanted);
    pl_rc rc = pl_jail_run_bytes(&(pl_jail_job){.kind = "store",
                                                .args = pl_buf_view(&args),
                                                .limits = &pl_jail_document,
                                                .frame = take_found,
                                                .frame_arg = &answer},
                                 input, err);
    return rc || answer.n == 1 ? rc : pl_fail(err, PL_WORKER, "worker sent no answer");
}

static bool is_id(pl_str id)
{
    unsigned char raw[PL_SHA256];
    return pl_unhex(id, raw, sizeof(raw));
}

/* ---- documents of both kinds of store ---- */

static pl_rc add_document(const struct pl_store *s, const char *path, bool is_optional, pl_buf *to,
                          pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = read_file(s, path, PL_STORE_DOCUMENTS_MAX, is_optional, &text, err);

    pl_buf_lstr(to, pl_buf_view(&text));
    return rc;
}

static pl_rc add_containers_of_docker(const struct pl_store *s, pl_buf *to, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_store_file(s, "containers", O_DIRECTORY, &fd, err);
    DIR *d = rc ? NULL : fdopendir(fd);
    char path[SMALL + NAME_MAX];
    size_t n = 0;

    if (!d)
        return rc ? rc : pl_fail_sys(err, errno, "containers");
    fd = -1;
    for (struct dirent *e; !rc && (e = readdir(d));) {
        if (!is_id(pl_str_c(e->d_name)))
            continue;
        if (++n > PL_STORE_CONTAINERS_MAX)
            rc = pl_fail(err, PL_LIMIT, "more than %d containers", PL_STORE_CONTAINERS_MAX);
        (void)snprintf(path, sizeof(path), "containers/%s/config.v2.json", e->d_name);
        if (!rc)
            rc = add_document(s, path, false, to, err);
    }
    (void)closedir(d);
    return rc;
}

static pl_rc find(struct pl_store *s, const struct driver *d, const char *wanted, bool is_container,
                  pl_err *err)
{
    static const char *const rows[] = {"images/images.json", "layers/layers.json",
                                       "layers/volatile-layers.json", "containers/containers.json",
                                       "containers/volatile-containers.json"};
    static const pl_store_job jobs[2][2] = {
        {PL_STORE_JOB_CONTAINERS, PL_STORE_JOB_CONTAINERS_CONTAINER},
        {PL_STORE_JOB_DOCKER, PL_STORE_JOB_DOCKER_CONTAINER}};
    PL_AUTO_BUF pl_buf documents = {.max = PL_STORE_DOCUMENTS_MAX};
    char path[SMALL];
    pl_rc rc = PL_OK;

    if (d->is_docker) {
        (void)snprintf(path, sizeof(path), "%s/repositories.json", d->metadata);
        rc = add_document(s, path, true, &documents, err);
        if (!rc && is_container)
            rc = add_containers_of_docker(s, &documents, err);
    }
    for (size_t i = 0; !rc && !d->is_docker && i < PL_COUNT(rows); i++) {
        (void)snprintf(path, sizeof(path), "%s-%s", d->name, rows[i]);
        rc = add_document(s, path, i > 0, &documents, err);
    }
    if (!rc && !pl_buf_ok(&documents))
        rc = pl_fail(err, PL_LIMIT, "its documents are too large");
    if (!rc)
        rc = ask(s, jobs[d->is_docker][is_container], pl_str_c(wanted), pl_buf_view(&documents),
                 &s->found, err);
    if (rc)
        return rc;
    if (!s->found.image.n && s->found.name.n)
        return pl_fail(err, PL_USAGE, "the store has several; name one of %.*s",
                       PL_F(pl_str_sub(s->found.name, 0, 300)));
    if (!is_id(s->found.image) || (is_container && !is_id(s->found.container)))
        return pl_fail(err, PL_FORMAT, "the store names an image by %.*s",
                       PL_F(pl_str_sub(s->found.image, 0, 100)));
    return PL_OK;
}

static pl_rc read_config(struct pl_store *s, const char *path, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = read_file(s, path, CONFIG_MAX, false, &text, err);

    s->config = pl_arena_str(s->a, pl_buf_view(&text));
    return rc || s->config.p ? rc : pl_fail(err, PL_LIMIT, "image config");
}

static pl_rc make_layers(struct pl_store *s, size_t n, pl_err *err)
{
    s->layers = pl_arena_calloc(s->a, n ? n : 1, sizeof(*s->layers));
    s->n_layers = n;
    return s->layers ? PL_OK : pl_fail(err, PL_LIMIT, "layers of the image");
}

static void set_folder(const struct driver *d, pl_str id, char *to, size_t room)
{
    const char *mark = strstr(d->files, "%s");

    (void)snprintf(to, room, "%.*s%.*s%s", (int)(mark - d->files), d->files, PL_F(id), mark + 2);
}

/* ---- Docker ---- */

/* The name of a folder in a small file: hex digits, or those and "-init". */
static pl_rc read_folder_name(const struct pl_store *s, const char *path, char *ret, size_t room,
                              pl_err *err)
{
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz-";
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = read_file(s, path, SMALL, false, &text, err);

    if (rc)
        return rc;
    pl_str name = pl_str_trim(pl_buf_view(&text));
    if (!pl_str_to_c(name, ret, room) || !name.n || strspn(ret, allowed) != name.n)
        return pl_fail(err, PL_FORMAT, "%s: holds no name of a folder", path);
    return PL_OK;
}

/* ChainID(L0) = DiffID(L0); ChainID(Ln) = SHA-256(ChainID(Ln-1) " " DiffID(Ln)); hex. */
static void add_to_chain(char chain[static PL_SHA256_HEX], pl_str diff)
{
    char text[2 * PL_SHA256_HEX + 32];
    unsigned char raw[PL_SHA256];

    if (!chain[0]) {
        (void)snprintf(chain, PL_SHA256_HEX, "%.*s", PL_F(diff));
        return;
    }
    (void)snprintf(text, sizeof(text), "sha256:%s sha256:%.*s", chain, PL_F(diff));
    pl_sha256_of(pl_str_c(text), raw);
    pl_hex(raw, sizeof(raw), chain);
}

static pl_rc docker_layers(struct pl_store *s, const struct driver *d, const pl_store_found *config,
                           pl_err *err)
{
    char chain[PL_SHA256_HEX] = "";
    char path[SMALL + NAME_MAX], cache[NAME_MAX];
    pl_rc rc = make_layers(s, config->n_layers, err);

    for (size_t i = 0; !rc && i < s->n_layers; i++) {
        struct pl_store_layer *l = &s->layers[i];
        pl_str diff = config->layers[i];
        if (!pl_str_starts(diff, PL_S("sha256:")) || !is_id(pl_str_sub(diff, 7, diff.n)))
            return pl_fail(err, PL_FORMAT, "image config: %.*s is no diff id",
                           PL_F(pl_str_sub(diff, 0, 100)));
        add_to_chain(chain, pl_str_sub(diff, 7, diff.n));
        (void)snprintf(l->name, sizeof(l->name), "%.*s", PL_F(pl_str_sub(diff, 7, diff.n)));
        (void)snprintf(path, sizeof(path), "%s/layerdb/sha256/%s/cache-id", d->metadata, chain);
        rc = read_folder_name(s, path, cache, sizeof(cache), err);
        set_folder(d, pl_str_c(cache), l->folder, sizeof(l->folder));
        (void)snprintf(l->split, sizeof(l->split), "%s/layerdb/sha256/%s/tar-split.json.gz",
                       d->metadata, chain);
    }
    return rc;
}

static pl_rc open_docker(struct pl_store *s, const struct driver *d, pl_err *err)
{
    pl_store_found *config = PL_NEW(s->a, pl_store_found);
    char path[SMALL + NAME_MAX], mount[NAME_MAX];

    (void)snprintf(path, sizeof(path), "%s/imagedb/content/sha256/%.*s", d->metadata,
                   PL_F(s->found.image));
    pl_rc rc = config ? read_config(s, path, err) : pl_fail(err, PL_LIMIT, "image config");
    if (!rc)
        rc = ask(s, PL_STORE_JOB_CONFIG, PL_S(""), s->config, config, err);
    if (!rc)
        rc = docker_layers(s, d, config, err);
    if (rc || !s->found.container.n)
        return rc;
    (void)snprintf(path, sizeof(path), "%s/layerdb/mounts/%.*s/mount-id", d->metadata,
                   PL_F(s->found.container));
    rc = read_folder_name(s, path, mount, sizeof(mount), err);
    if (!rc)
        set_folder(d, pl_str_c(mount), s->upper, sizeof(s->upper));
    return rc;
}

/* ---- containers/storage ---- */

/* Data whose key is no plain file name lies under "=" and the key in base64. */
static void config_path(const struct pl_store *s, const struct driver *d, char *to, size_t room)
{
    PL_AUTO_BUF pl_buf key = {0};
    PL_AUTO_BUF pl_buf name = {0};

    pl_buf_fmt(&key, "sha256:%.*s", PL_F(s->found.image));
    pl_base64((const unsigned char *)key.p, key.n, &name);
    (void)snprintf(to, room, "%s/%.*s/=%.*s", d->metadata, PL_F(s->found.image),
                   PL_F(pl_buf_view(&name)));
}

static pl_rc open_containers(struct pl_store *s, const struct driver *d, pl_err *err)
{
    char path[2 * SMALL + NAME_MAX];
    const pl_store_found *f = &s->found;

    config_path(s, d, path, sizeof(path));
    pl_rc rc = read_config(s, path, err);
    if (!rc)
        rc = make_layers(s, f->n_layers, err);
    for (size_t i = 0; !rc && i < s->n_layers; i++) {
        struct pl_store_layer *l = &s->layers[i];
        if (!is_id(f->layers[i]))
            return pl_fail(err, PL_FORMAT, "layers.json: %.*s is no id",
                           PL_F(pl_str_sub(f->layers[i], 0, 100)));
        (void)snprintf(l->name, sizeof(l->name), "%.*s", PL_F(f->layers[i]));
        set_folder(d, f->layers[i], l->folder, sizeof(l->folder));
        (void)snprintf(l->split, sizeof(l->split), "%s-layers/%s.tar-split.gz", d->name, l->name);
    }
    if (rc || !f->container.n)
        return rc;
    if (!is_id(f->top))
        return pl_fail(err, PL_FORMAT, "containers.json: %.*s is no id",
                       PL_F(pl_str_sub(f->top, 0, 100)));
    set_folder(d, f->top, s->upper, sizeof(s->upper));
    return PL_OK;
}

/* ---- the source ---- */

static void store_free(struct pl_store *s)
{
    if (!s)
        return;
    if (s->root >= 0)
        (void)close(s->root);
    pl_arena_free(s->a);
    free(s);
}
PL_DEFINE_CLEANUP(auto_store_, struct pl_store *, store_free, NULL)

static pl_rc write_stream(void *arg, int out_fd, pl_err *err)
{
    return pl_store_write(arg, out_fd, err);
}

static void free_stream(void *arg)
{
    store_free(arg);
}

/* The files of a layer are read much later: who may not read them is told now. */
static pl_rc try_folders(const struct pl_store *s, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < s->n_layers + (s->upper[0] != 0); i++) {
        PL_AUTO_FD int fd = -1;
        rc = pl_store_file(s, i < s->n_layers ? s->layers[i].folder : s->upper, O_DIRECTORY, &fd,
                           err);
    }
    return rc;
}

static pl_rc open_store(struct pl_store *s, const pl_image_choice *choice, pl_err *err)
{
    const struct driver *d = driver_of(s->root);
    bool is_container = choice->container != NULL;
    const char *wanted = is_container ? choice->container : choice->image;

    if (!d)
        return pl_fail(err, PL_NOTFOUND, "is no store of images that is known here");
    if (is_container && !d->has_upper)
        return pl_fail(err, PL_UNSUPPORTED,
                       "driver %s keeps what a container changed in no folder of its own", d->name);
    pl_rc rc = find(s, d, wanted ? wanted : "", is_container, err);
    if (!rc)
        rc = d->is_docker ? open_docker(s, d, err) : open_containers(s, d, err);
    return rc ? rc : try_folders(s, err);
}

static pl_rc source_of(struct pl_store *s, pl_image_source *ret, pl_err *err)
{
    const pl_store_found *f = &s->found;
    bool is_container = f->container.n > 0;
    pl_str name = is_container ? f->name : f->n_tags ? f->tags[0] : f->image;
    char text[sizeof(ret->name)];

    (void)snprintf(text, sizeof(text), "%s%.*s", is_container ? "container:" : "",
                   PL_F(pl_str_sub(name, 0, 200)));
    pl_rc rc = pl_image_source_of_writer(
        &(pl_image_writer){.write = write_stream, .done = free_stream, .arg = s}, text,
        is_container ? PL_IMAGE_CONTAINER : PL_IMAGE_STORE, ret, err);
    if (!rc && is_container)
        (void)snprintf(ret->id, sizeof(ret->id), "container:%.*s", PL_F(f->container));
    return rc;
}

pl_rc pl_store_open(int folder, const char *path, const pl_image_choice *choice,
                    pl_image_source *ret, pl_err *err)
{
    PL_CLEANUP(auto_store_) struct pl_store *s = calloc(1, sizeof(*s));

    if (!s) {
        (void)close(folder);
        return pl_fail(err, PL_NOMEM, "store %s", path);
    }
    s->root = folder;
    s->a = pl_arena_new(ARENA);
    pl_rc rc = s->a ? open_store(s, choice, err) : pl_fail(err, PL_NOMEM, "store");
    return rc ? pl_wrap(err, rc, "%s", path) : source_of(PL_TAKE(s, NULL), ret, err);
}

pl_rc pl_store_root(pl_str info, pl_arena *a, pl_str *ret, pl_err *err)
{
    struct pl_store s = {.root = -1, .a = a};
    pl_store_found *found = PL_NEW(a, pl_store_found);
    pl_rc rc = found ? ask(&s, PL_STORE_JOB_INFO, PL_S(""), info, found, err)
                     : pl_fail(err, PL_LIMIT, "info of the engine");

    if (!rc && !pl_str_starts(found->name, PL_S("/")))
        rc = pl_fail(err, PL_NOTFOUND, "the engine does not say where it keeps its images");
    if (!rc)
        *ret = found->name;
    return rc;
}
