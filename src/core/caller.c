/* SPDX-License-Identifier: Apache-2.0 */
#include "core/caller.h"

#include "core/user_file.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pl_rc find_home(uid_t uid, pl_arena *a, pl_caller *who, pl_err *err)
{
    errno = 0;
    const struct passwd *pw = getpwuid(uid);

    if (!pw)
        return pl_fail_sys(err, errno, "SUDO_UID %u: no such user", (unsigned)uid);
    who->uid = uid;
    who->gid = pw->pw_gid;
    who->is_sudo = true;
    who->home = pl_arena_str(a, (pl_str){pw->pw_dir, strlen(pw->pw_dir) + 1}).p;
    return who->home ? PL_OK : pl_fail(err, PL_NOMEM, "home");
}

pl_rc pl_caller_find(pl_arena *a, pl_caller *ret, pl_err *err)
{
    uint64_t sudo = 0;
    pl_caller who = {
        .uid = geteuid(), .gid = getegid(), .home = getenv("HOME"), .path = getenv("PATH")};
    pl_rc rc = PL_OK;

    if (who.uid == 0 && pl_str_u64(pl_str_c(getenv("SUDO_UID")), &sudo) && sudo > 0 &&
        sudo < UINT32_MAX)
        rc = find_home((uid_t)sudo, a, &who, err);
    if (!rc)
        *ret = who;
    return rc;
}

pl_rc pl_caller_read(const pl_caller *who, const char *path, bool is_given, size_t max,
                     int deadline_ms, pl_buf *ret, pl_err *err)
{
    char full[PATH_MAX];
    struct stat st = {.st_uid = who->uid, .st_gid = who->gid};

    /* Root follows no links in a home; what was named may be one. */
    if (is_given || geteuid() != 0) {
        if (!realpath(path, full) || stat(full, &st) < 0)
            return pl_fail_at(err, errno == ENOENT || errno == ENOTDIR ? PL_NOTFOUND : PL_DENIED,
                              errno, __FILE__, __LINE__, "%s", path);
        path = full;
    }
    bool is_owners = geteuid() == 0 && is_given;
    return pl_user_file_read(&(pl_user_file){.path = path,
                                             .uid = is_owners ? st.st_uid : who->uid,
                                             .gid = is_owners ? st.st_gid : who->gid,
                                             .max = max,
                                             .deadline_ms = deadline_ms},
                             ret, NULL, err);
}
