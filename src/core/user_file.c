/* SPDX-License-Identifier: Apache-2.0 */
#include "core/user_file.h"

#include "core/child.h"
#include "core/hostfile.h"
#include "core/rd.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIME = 8 };

static pl_rc become(const pl_user_file *f, pl_err *err)
{
    if (geteuid() == 0 && f->uid != 0 &&
        (setgroups(1, &f->gid) != 0 || setresgid(f->gid, f->gid, f->gid) != 0 ||
         setresuid(f->uid, f->uid, f->uid) != 0))
        return pl_fail_sys(err, errno, "%s: cannot become user %u", f->path, f->uid);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return PL_OK;
}

/* In the child: i64le ctime in microseconds, then the bytes. */
static pl_rc read_as(const void *arg, pl_buf *out, pl_err *err)
{
    const pl_user_file *f = arg;
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    PL_AUTO_BUF pl_buf bytes = {0};
    struct stat st;

    pl_rc rc = become(f, err);
    if (!rc)
        rc = pl_root_open("/", &root, err);
    if (!rc)
        rc = pl_root_read(&root, pl_str_c(f->path), f->max, &bytes, &st, err);
    if (!rc && st.st_uid != f->uid && st.st_uid != 0)
        rc = pl_fail(err, PL_DENIED, "%s: belongs to another user", f->path);
    if (rc)
        return rc;
    pl_buf_u64le(out, (uint64_t)((int64_t)st.st_ctim.tv_sec * 1000000 + st.st_ctim.tv_nsec / 1000));
    pl_buf_str(out, pl_buf_view(&bytes));
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "%s: out of memory", f->path);
}

pl_rc pl_user_file_read(const pl_user_file *f, pl_buf *ret, int64_t *ret_changed_us, pl_err *err)
{
    PL_AUTO_BUF pl_buf answer = {0};
    pl_rc rc = pl_in_child(&(pl_errand){.run = read_as,
                                        .arg = f,
                                        .what = f->path,
                                        .max = f->max + TIME,
                                        .deadline_ms = f->deadline_ms},
                           &answer, err);
    if (rc)
        return rc;
    pl_rd rd = pl_rd_of(answer.p, answer.n);
    int64_t changed_us = (int64_t)pl_rd_u64le(&rd);
    if (!pl_rd_ok(&rd))
        return pl_fail(err, PL_WORKER, "%s: reader died", f->path);
    pl_buf_str(ret, pl_rd_bytes(&rd, rd.n));
    if (ret_changed_us)
        *ret_changed_us = changed_us;
    return PL_OK;
}
