/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/state.h"

#include "core/hash.h"
#include "ledger/crypto.h"
#include "ledger/io.h"
#include "ledger/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <openssl/crypto.h>

enum { SECRET_TEXT = 2 * PL_STATE_SECRET }; /* hex digits, then a newline */

pl_rc pl_state_owner(int state_fd, uid_t *ret_uid, gid_t *ret_gid, pl_err *err)
{
    struct stat st;

    if (fstat(state_fd, &st) < 0)
        return pl_fail_sys(err, errno, "stat state directory");
    *ret_uid = st.st_uid;
    *ret_gid = st.st_gid;
    return PL_OK;
}

static pl_rc open_keys(int state_fd, int *ret_fd, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    uid_t uid = 0;
    gid_t gid = 0;

    pl_rc rc = pl_io_open_dir(state_fd, "keys", true, &fd, err);
    if (!rc)
        rc = pl_state_owner(state_fd, &uid, &gid, err);
    if (!rc && geteuid() == 0 && uid != 0 && fchown(fd, uid, gid) < 0)
        rc = pl_fail_sys(err, errno, "give keys to its owner");
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}

pl_rc pl_state_put(int state_fd, const char *name, pl_str text, pl_err *err)
{
    PL_AUTO_FD int dir = -1;
    PL_AUTO_FD int fd = -1;
    char tmp[64];
    uid_t uid = 0;
    gid_t gid = 0;

    (void)snprintf(tmp, sizeof(tmp), ".new-%ld", (long)getpid());
    pl_rc rc = open_keys(state_fd, &dir, err);
    if (!rc)
        rc = pl_state_owner(state_fd, &uid, &gid, err);
    if (rc)
        return rc;
    (void)unlinkat(dir, tmp, 0);
    fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
    if (fd < 0)
        return pl_fail_sys(err, errno, "make keys/%s", name);
    if (geteuid() == 0 && uid != 0 && fchown(fd, uid, gid) < 0)
        rc = pl_fail_sys(err, errno, "give keys/%s to its owner", name);
    if (!rc)
        rc = pl_io_write(fd, text, name, err);
    if (!rc)
        rc = pl_io_sync(fd, name, err);
    /* Whoever was first wins: a link never replaces. */
    if (!rc && linkat(dir, tmp, dir, name, 0) < 0 && errno != EEXIST)
        rc = pl_fail_sys(err, errno, "make keys/%s", name);
    (void)unlinkat(dir, tmp, 0);
    return rc ? rc : pl_io_sync_dir(state_fd, "keys", err);
}

pl_rc pl_state_get(int state_fd, const char *name, pl_buf *ret, pl_err *err)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "keys/%s", name);
    return pl_io_read(state_fd, path, PL_KEY_FILE_MAX, ret, err);
}

bool pl_state_has(int state_fd, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "keys/%s", name);
    return faccessat(state_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static pl_rc make_secret(int state_fd, const char *name, pl_err *err)
{
    unsigned char raw[PL_STATE_SECRET];
    char text[SECRET_TEXT + 2];

    pl_rc rc = pl_random(raw, sizeof(raw), err);
    pl_hex(raw, sizeof(raw), text);
    text[SECRET_TEXT] = '\n';
    if (!rc)
        rc = pl_state_put(state_fd, name, (pl_str){text, SECRET_TEXT + 1}, err);
    OPENSSL_cleanse(raw, sizeof(raw));
    OPENSSL_cleanse(text, sizeof(text));
    return rc;
}

pl_rc pl_state_secret_parse(pl_str text, unsigned char ret[PL_STATE_SECRET], pl_err *err)
{
    text = pl_str_trim(text);
    return text.n == SECRET_TEXT && pl_unhex(text, ret, PL_STATE_SECRET)
               ? PL_OK
               : pl_fail(err, PL_FORMAT, "it is damaged: it must be 64 hex digits");
}

pl_rc pl_state_secret(int state_fd, const char *name, unsigned char ret[PL_STATE_SECRET],
                      pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_state_get(state_fd, name, &text, err);
    if (rc == PL_NOTFOUND) {
        rc = make_secret(state_fd, name, err);
        if (!rc)
            rc = pl_state_get(state_fd, name, &text, err);
    }
    if (!rc)
        rc = pl_wrap(err, pl_state_secret_parse(pl_buf_view(&text), ret, err), "keys/%s", name);
    if (text.p)
        OPENSSL_cleanse(text.p, text.room);
    return rc;
}

/* ---- files of commands ---- */

pl_rc pl_state_write(int state_fd, const char *name, pl_str bytes, pl_err *err)
{
    char tmp[64];
    uid_t uid = 0;
    gid_t gid = 0;

    pl_rc rc = pl_state_owner(state_fd, &uid, &gid, err);
    if (rc)
        return rc;
    (void)snprintf(tmp, sizeof(tmp), ".new-%ld", (long)getpid());
    (void)unlinkat(state_fd, tmp, 0);
    PL_AUTO_FD int fd =
        openat(state_fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "make %s", name);
    if (geteuid() == 0 && uid != 0 && fchown(fd, uid, gid) < 0)
        rc = pl_fail_sys(err, errno, "give %s to its owner", name);
    if (!rc)
        rc = pl_io_write(fd, bytes, name, err);
    if (!rc && renameat(state_fd, tmp, state_fd, name) < 0)
        rc = pl_fail_sys(err, errno, "rename %s", name);
    if (rc)
        (void)unlinkat(state_fd, tmp, 0);
    return rc;
}

static bool get_capabilities(struct __user_cap_data_struct ret[_LINUX_CAPABILITY_U32S_3])
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

    return syscall(SYS_capget, &head, ret) == 0;
}

static bool may_search(void)
{
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

    return get_capabilities(caps) && caps[0].permitted & CAP_TO_MASK(CAP_DAC_READ_SEARCH);
}

/* Names on the way to the directory may be root's alone: they are passed, nothing is written. */
static bool raise_search(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

    if (!get_capabilities(caps))
        return false;
    caps[0].effective |= CAP_TO_MASK(CAP_DAC_READ_SEARCH);
    return syscall(SYS_capset, &head, caps) == 0;
}

pl_rc pl_state_enter(int state_fd, pl_err *err)
{
    uid_t uid = 0;
    gid_t gid = 0;

    pl_rc rc = pl_state_owner(state_fd, &uid, &gid, err);
    if (rc || geteuid() != 0 || uid == 0 || !may_search())
        return rc;
    (void)setfsgid(gid);
    (void)setfsuid(uid);
    /* It returns the one before, also when it failed: asked with a uid that is none, it tells. */
    if ((uid_t)setfsuid((uid_t)-1) != uid || !raise_search())
        return pl_fail(err, PL_DENIED, "rights of the state directory's owner cannot be taken");
    return PL_OK;
}

void pl_state_leave(void)
{
    (void)setfsuid(geteuid());
    (void)setfsgid(getegid());
}
