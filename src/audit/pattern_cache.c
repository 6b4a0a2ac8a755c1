/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/pattern_cache.h"

#include "core/hash.h"
#include "core/io.h"
#include "core/rd.h"
#include "secrets/limits.h"
#include "secrets/secrets.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 96, HEAD = 8 + PL_SHA256 };
static const char magic[9] = "PLSECRE1";

/* -1: the folder is not to be had. It belongs to whom the state does. */
static int open_folder(int state_fd)
{
    struct stat st;

    if (state_fd < 0)
        return -1;
    if (mkdirat(state_fd, "cache", 0700) == 0 && fstat(state_fd, &st) == 0)
        (void)!fchownat(state_fd, "cache", st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
    return openat(state_fd, "cache", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static pl_rc name_of(const pl_content_file *files, char ret[NAME], pl_err *err)
{
    unsigned char key[PL_SHA256];
    char hex[2 * PL_SHA256 + 1];
    pl_rc rc = pl_secrets_key(files, key, err);

    if (rc)
        return rc;
    pl_hex(key, PL_SHA256, hex);
    (void)snprintf(ret, NAME, "secrets-%.40s.bin", hex);
    return PL_OK;
}

/* Written by us and by nobody else? The folder may belong to another: in it he can put our own
 * files in other places, so that the digest and the name inside have to fit too. */
static bool is_ours(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IWGRP | S_IWOTH)) && st.st_nlink == 1 && st.st_size > HEAD &&
           st.st_size <= PL_SECRETS_BLOB;
}

static void digest_of(const char *name, pl_str form, unsigned char ret[PL_SHA256])
{
    pl_hmac_sha256(pl_str_c(name), form, ret);
}

static bool read_form(int dir, const char *name, pl_buf *out)
{
    PL_AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    PL_AUTO_BUF pl_buf file = {0};
    unsigned char found[PL_SHA256];

    if (fd < 0 || !is_ours(fd) || pl_read_all(fd, PL_SECRETS_BLOB, &file, NULL) || file.n <= HEAD ||
        memcmp(file.p, magic, 8) != 0)
        return false;
    pl_str form = pl_str_sub(pl_buf_view(&file), HEAD, file.n);
    digest_of(name, form, found);
    if (memcmp(file.p + 8, found, PL_SHA256) != 0)
        return false;
    pl_buf_str(out, form);
    return pl_buf_ok(out);
}

/* Under another name first: who opens the real one sees all of it. */
static void write_form(int dir, const char *name, pl_str form)
{
    PL_AUTO_BUF pl_buf file = {0};
    unsigned char sum[PL_SHA256];
    char other[NAME + 32];

    digest_of(name, form, sum);
    pl_buf_add(&file, magic, 8);
    pl_buf_add(&file, sum, sizeof(sum));
    pl_buf_str(&file, form);
    (void)snprintf(other, sizeof(other), ".%s.%ld", name, (long)getpid());
    (void)unlinkat(dir, other, 0);
    PL_AUTO_FD int fd =
        openat(dir, other, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (!pl_buf_ok(&file) || pl_write_all(fd, pl_buf_view(&file), NULL) ||
        renameat(dir, other, dir, name) != 0)
        (void)unlinkat(dir, other, 0);
}

static pl_rc compile(const pl_content_file *files, pl_buf *out, pl_err *err)
{
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    pl_rc rc = pl_secrets_new(files, &s, err);

    return rc ? rc : pl_secrets_write(s, out, err);
}

/* One that vectorscan does not take, though we wrote it: of another machine. */
static bool is_usable(pl_str form)
{
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    return pl_secrets_read(form, &s, NULL) == PL_OK;
}

pl_rc pl_pattern_cache_get(int state_fd, const pl_content_file *files, pl_buf *out,
                           bool *ret_compiled, pl_err *err)
{
    PL_AUTO_FD int dir = open_folder(state_fd);
    char name[NAME];
    pl_rc rc = name_of(files, name, err);

    if (rc)
        return rc;
    bool is_kept = dir >= 0 && read_form(dir, name, out) && is_usable(pl_buf_view(out));
    if (!is_kept) {
        pl_buf_reset(out);
        rc = compile(files, out, err);
        if (!rc && dir >= 0)
            write_form(dir, name, pl_buf_view(out));
    }
    if (ret_compiled)
        *ret_compiled = !is_kept;
    return rc;
}

bool pl_form_read(int state_fd, const char *name, pl_buf *out)
{
    PL_AUTO_FD int dir = open_folder(state_fd);

    return dir >= 0 && read_form(dir, name, out);
}

void pl_form_keep(int state_fd, const char *name, pl_str form)
{
    PL_AUTO_FD int dir = open_folder(state_fd);

    if (dir >= 0)
        write_form(dir, name, form);
}
