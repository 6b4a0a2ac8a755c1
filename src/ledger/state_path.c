/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the state directory, one name at a time: nobody else may turn it elsewhere. */
#include "ledger/state.h"

#include "ledger/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char user[] = "plimsoll";

static bool is_plimsoll(uid_t uid)
{
    const struct passwd *pw = getpwnam(user);

    return pw && pw->pw_uid == uid;
}

/* Whoever called sudo may lay links for a command that runs as root. */
static bool is_sudo_caller(uid_t uid)
{
    const char *text = getenv("SUDO_UID");
    uint64_t caller;

    return geteuid() == 0 && text && pl_str_u64(pl_str_c(text), &caller) && caller == uid;
}

static bool is_trusted(uid_t uid)
{
    return uid == 0 || uid == geteuid() || is_plimsoll(uid) || is_sudo_caller(uid);
}

/* Who owns a state directory that this caller makes. */
static uid_t new_owner(gid_t *ret_gid)
{
    const struct passwd *pw = geteuid() == 0 ? getpwnam(user) : NULL;

    *ret_gid = pw ? pw->pw_gid : getegid();
    return pw ? pw->pw_uid : geteuid();
}

/* Others could put their files in the place of ours. */
static pl_rc check_owner(int fd, const char *path, pl_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "stat %s", path);
    if (st.st_mode & 022)
        return pl_fail(err, PL_DENIED, "%s can be written by others than its owner (mode %04o)",
                       path, st.st_mode & 07777u);
    if (st.st_uid == geteuid() || st.st_uid == 0 || is_plimsoll(st.st_uid))
        return PL_OK;
    return pl_fail(err, PL_DENIED, "%s belongs to uid %u, neither to the caller, root nor %s", path,
                   (unsigned)st.st_uid, user);
}

static pl_rc failed(const char *path, pl_err *err)
{
    int e = errno;

    if (e == ENOENT)
        return pl_fail(err, PL_NOTFOUND, "state directory %s is not there", path);
    if (e == EACCES)
        return pl_fail(err, PL_DENIED, "state directory %s cannot be opened", path);
    return pl_fail_sys(err, e, "open state directory %s", path);
}

typedef struct way {
    const char *path; /* whole, for people */
    bool create;
    int at; /* as far as it was gone; -1: nowhere yet */
} way;

/* The sticky bit keeps others from renaming what is not theirs. */
static pl_rc check_parent(const way *w, pl_err *err)
{
    struct stat st;

    if (fstat(w->at, &st) < 0)
        return failed(w->path, err);
    if (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
        return pl_fail(err, PL_DENIED,
                       "state directory %s: everybody can rename what lies in a directory on the "
                       "way to it",
                       w->path);
    return PL_OK;
}

static pl_rc make(const way *w, const char *name, bool is_last, bool *ret_made, pl_err *err)
{
    *ret_made = mkdirat(w->at, name, is_last ? 0700 : 0755) == 0;
    return *ret_made || errno == EEXIST
               ? PL_OK
               : pl_fail_sys(err, errno, "make directory %s of %s", name, w->path);
}

/* A link is followed when somebody laid it whom we trust. */
static pl_rc check_link(const way *w, const char *name, int *ret_flags, pl_err *err)
{
    struct stat st;

    if (fstatat(w->at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return failed(w->path, err);
    *ret_flags = S_ISLNK(st.st_mode) ? 0 : O_NOFOLLOW;
    if (S_ISLNK(st.st_mode) && !is_trusted(st.st_uid))
        return pl_fail(err, PL_DENIED, "state directory %s: %s is a link of uid %u", w->path, name,
                       (unsigned)st.st_uid);
    return PL_OK;
}

static pl_rc give_away(int fd, pl_err *err)
{
    gid_t gid;
    uid_t uid = new_owner(&gid);

    return uid == geteuid() || fchown(fd, uid, gid) == 0
               ? PL_OK
               : pl_fail_sys(err, errno, "give the state directory to %s", user);
}

static pl_rc step(way *w, const char *name, bool is_last, pl_err *err)
{
    bool made = false;
    int flags = 0;

    pl_rc rc = check_parent(w, err);
    if (!rc && w->create)
        rc = make(w, name, is_last, &made, err);
    if (!rc)
        rc = check_link(w, name, &flags, err);
    if (rc)
        return rc;
    int fd = openat(w->at, name, (is_last ? O_RDONLY : O_PATH) | flags | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failed(w->path, err);
    (void)close(PL_TAKE(w->at, fd));
    return made && is_last ? give_away(fd, err) : PL_OK;
}

/* The next name of a path; empty at its end. */
static pl_str next_name(pl_str *rest)
{
    pl_str name = {0};

    while (rest->n && (name.n == 0 || pl_str_eq(name, PL_S("."))))
        (void)pl_str_cut(rest, '/', &name);
    return pl_str_eq(name, PL_S(".")) ? (pl_str){0} : name;
}

static pl_rc go(way *w, pl_err *err)
{
    pl_str rest = pl_str_c(w->path);
    pl_str name = next_name(&rest);
    char word[PL_STATE_NAME_MAX + 1];

    w->at =
        open(w->path[0] == '/' ? "/" : ".", (name.n ? O_PATH : O_RDONLY) | O_DIRECTORY | O_CLOEXEC);
    if (w->at < 0)
        return failed(w->path, err);
    while (name.n) {
        pl_str next = next_name(&rest);
        if (!pl_str_to_c(name, word, sizeof(word)))
            return pl_fail(err, PL_USAGE, "state directory \"%s\" is no path", w->path);
        pl_rc rc = step(w, word, next.n == 0, err);
        if (rc)
            return rc;
        name = next;
    }
    return PL_OK;
}

pl_rc pl_state_open(const char *path, bool create, int *ret_fd, pl_err *err)
{
    way w = {.path = path, .create = create, .at = -1};

    if (!path[0])
        return pl_fail(err, PL_USAGE, "state directory \"\" is no path");
    pl_rc rc = go(&w, err);
    if (!rc)
        rc = check_owner(w.at, path, err);
    PL_AUTO_FD int fd = w.at;
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}
