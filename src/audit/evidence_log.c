/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether our own evidence log is what was signed: asked of `ledger verify`, in a process of its
 * own, which confines itself before it reads anything. What lies in the log's folder may have been
 * written by whoever got at it.
 */
#include "audit/run_private.h"

#include "audit/limits.h"
#include "core/spawn.h"
#include "host/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Starts it, silent. */
static pl_rc start(const char *state_dir, pid_t *ret, pl_err *err)
{
    char verb[] = "ledger", sub[] = "verify", option[] = "--state-dir", program[] = "plimsoll";
    PL_AUTO_FREE char *dir = strdup(state_dir);
    char *const argv[] = {program, verb, sub, option, dir, NULL};
    pl_spawn_plan plan;

    if (!dir)
        return pl_fail(err, PL_NOMEM, "verify of %s", state_dir);
    pl_rc rc = pl_spawn_init(&plan, err);
    if (rc)
        return rc;
    pl_spawn_null(&plan, STDIN_FILENO, O_RDONLY);
    pl_spawn_null(&plan, STDOUT_FILENO, O_WRONLY);
    pl_spawn_null(&plan, STDERR_FILENO, O_WRONLY);
    rc = pl_spawn_self(&plan, argv, STDERR_FILENO + 1, ret, err);
    pl_spawn_done(&plan);
    return rc;
}

/* Its exit status; -1: it took too long, or did not end by itself. */
static int wait_for(const pl_run *r, pid_t pid)
{
    const struct timespec nap = {.tv_nsec = 2000000};
    uint64_t end = pl_mono_ns(r->o.clock) + (uint64_t)PL_AUDIT_VERIFY_MS * 1000 * 1000;
    int status = 0;
    pid_t done;

    while ((done = waitpid(pid, &status, WNOHANG)) == 0 || (done < 0 && errno == EINTR)) {
        if (pl_mono_ns(r->o.clock) > end) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return -1;
        }
        (void)nanosleep(&nap, NULL);
    }
    return done == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void pl_run_verify_log(pl_run *r, pl_record *host)
{
    static const char *const words[] = {[0] = "proved", [1] = "tampered", [3] = "incomplete"};
    const pl_value *is_live = pl_get(host, PL_F_HOST_IS_LIVE);
    uint64_t since = pl_mono_ns(r->o.clock);
    pid_t pid = -1;
    pl_err why = {0};

    pl_set_unreadable(host, PL_F_HOST_EVIDENCE_LOG, "not-observed");
    if (!r->o.state_dir || !is_live->u.b || is_live->state != PL_PRESENT)
        return;
    int status = start(r->o.state_dir, &pid, &why) == PL_OK ? wait_for(r, pid) : -1;
    if (status >= 0 && (size_t)status < PL_COUNT(words) && words[status])
        pl_set_str(host, PL_F_HOST_EVIDENCE_LOG, pl_str_c(words[status]));
    else if (pid > 0 && status < 0)
        pl_set_unreadable(host, PL_F_HOST_EVIDENCE_LOG, "timeout");
    pl_run_took(r, "log.verify", PL_S("evidence log"), since);
}
