/* SPDX-License-Identifier: Apache-2.0 */
/* An answer from the network namespace of a process: an engine need not share ours. */
#include "host/live.h"

#include "core/child.h"
#include "host/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

struct there {
    char place[64]; /* "/proc/PID/ns/net" */
    pl_rc (*answer)(pl_buf *out, pl_err *err);
};

static pl_rc ask_there(const void *arg, pl_buf *out, pl_err *err)
{
    const struct there *t = arg;
    PL_AUTO_FD int ns = open(t->place, O_RDONLY | O_CLOEXEC);

    if (ns < 0 || setns(ns, CLONE_NEWNET) != 0)
        return pl_fail_at(err, errno == EACCES || errno == EPERM ? PL_DENIED : PL_SYS, errno,
                          __FILE__, __LINE__, "%s", t->place);
    return t->answer(out, err);
}

static pl_rc answer_of(const char *pid, pl_rc (*answer)(pl_buf *out, pl_err *err), pl_buf *out,
                       pl_err *err)
{
    struct there t = {.answer = answer};
    uint64_t n;

    if (!pl_str_u64(pl_str_c(pid), &n) ||
        snprintf(t.place, sizeof(t.place), "/proc/%s/ns/net", pid) >= (int)sizeof(t.place))
        return pl_fail(err, PL_FORMAT, "network namespace of \"%s\": not a process id", pid);
    return pl_in_child(&(pl_errand){.run = ask_there,
                                    .arg = &t,
                                    .what = t.place,
                                    .max = PL_HOST_FW_DUMP,
                                    .deadline_ms = PL_HOST_HOME_MS},
                       out, err);
}

pl_rc pl_live_nft_of(const char *pid, pl_buf *out, pl_err *err)
{
    return answer_of(pid, pl_live_nft, out, err);
}

pl_rc pl_live_xtables_of(const char *pid, pl_buf *out, pl_err *err)
{
    return answer_of(pid, pl_live_xtables, out, err);
}
