/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file below a user's home, read as that user in a child: the user decides what lies there, so
 * root must neither follow his links nor wait for his FUSE mount.
 */
#include "core/hostfile.h"
#include "host/child.h"
#include "host/limits.h"
#include "host/live.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>

struct request {
    uid_t uid;
    gid_t gid;
    char path[PL_HOST_PATH];
};

static pl_rc read_as(const void *arg, pl_buf *out, pl_err *err)
{
    const struct request *r = arg;
    PL_AUTO_ROOT pl_root root = {.fd = -1};

    if (geteuid() == 0 && (setgroups(1, &r->gid) != 0 || setresgid(r->gid, r->gid, r->gid) != 0 ||
                           setresuid(r->uid, r->uid, r->uid) != 0))
        return pl_fail_sys(err, errno, "%s: cannot become user %u", r->path, r->uid);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    pl_rc rc = pl_root_open("/", &root, err);
    return rc ? rc : pl_root_read(&root, pl_str_c(r->path), PL_HOST_HOME_FILE, out, NULL, err);
}

/* spec: "UID/GID/path from the root" */
pl_rc pl_live_user_file(const char *spec, pl_buf *out, pl_err *err)
{
    pl_str rest = pl_str_c(spec), uid_text, gid_text;
    uint64_t uid, gid;
    struct request r = {.path = "/"};

    if (!pl_str_cut(&rest, '/', &uid_text) || !pl_str_cut(&rest, '/', &gid_text) ||
        !pl_str_u64(uid_text, &uid) || !pl_str_u64(gid_text, &gid) || uid > UINT32_MAX ||
        gid > UINT32_MAX || !pl_str_to_c(rest, r.path + 1, sizeof(r.path) - 1))
        return pl_fail(err, PL_FORMAT, "%s: not UID/GID/PATH", spec);
    r.uid = (uid_t)uid;
    r.gid = (gid_t)gid;
    return pl_host_in_child(&(pl_host_errand){.run = read_as,
                                              .arg = &r,
                                              .what = r.path,
                                              .max = PL_HOST_HOME_FILE,
                                              .deadline_ms = PL_HOST_HOME_MS},
                            out, err);
}
