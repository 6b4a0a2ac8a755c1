/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether our own evidence log is what was signed, and whether its newest verdicts name what they
 * come from: asked of `ledger verify`, in a process of its
 * own, which confines itself before it reads anything. What lies in the log's folder may have been
 * written by whoever got at it.
 */
#include "audit/run_private.h"

#include "audit/limits.h"
#include "core/io.h"
#include "core/spawn.h"
#include "host/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAID_MAX = 1 << 20 };

/* Starts it; what it says goes into a file. */
static pl_rc start(const char *state_dir, int said, pid_t *ret, pl_err *err)
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
    pl_spawn_fd(&plan, said, STDOUT_FILENO);
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

/* ---- what it says of verdicts ---- */

/* Of "12 entries ..., 0 of them ...". */
static bool two_numbers(pl_str line, uint64_t *ret_n, uint64_t *ret_short)
{
    pl_str first = {0}, head = {0}, second = {0};
    pl_str rest = pl_str_trim(line);

    if (!pl_str_cut(&rest, ' ', &first) || !pl_str_cut(&rest, ',', &head))
        return false;
    rest = pl_str_trim(rest);
    return pl_str_cut(&rest, ' ', &second) && pl_str_u64(first, ret_n) &&
           pl_str_u64(second, ret_short);
}

static bool find_verdicts(pl_str said, uint64_t *ret_n, uint64_t *ret_short)
{
    const pl_str word = PL_S("verdicts ");
    pl_str line;

    while (pl_str_cut(&said, '\n', &line))
        if (pl_str_starts(line, word))
            return two_numbers(pl_str_sub(line, word.n, line.n), ret_n, ret_short) &&
                   *ret_n <= INT64_MAX && *ret_short <= *ret_n;
    return false;
}

static void set_verdicts(int said, pl_record *host)
{
    PL_AUTO_BUF pl_buf text = {0};
    uint64_t n = 0, n_short = 0;

    if (lseek(said, 0, SEEK_SET) < 0 || pl_read_all(said, SAID_MAX, &text, NULL) != PL_OK ||
        !find_verdicts(pl_buf_view(&text), &n, &n_short))
        return;
    pl_set_int(host, PL_F_HOST_VERDICT_ENTRIES, (int64_t)n);
    pl_set_int(host, PL_F_HOST_VERDICT_ENTRIES_SHORT, (int64_t)n_short);
}

/* ---- both ---- */

static void set_unknown(pl_record *host, const char *reason)
{
    pl_set_unreadable(host, PL_F_HOST_EVIDENCE_LOG, reason);
    pl_set_unreadable(host, PL_F_HOST_VERDICT_ENTRIES, reason);
    pl_set_unreadable(host, PL_F_HOST_VERDICT_ENTRIES_SHORT, reason);
}

void pl_run_verify_log(pl_run *r, pl_record *host)
{
    static const char *const words[] = {[0] = "proved", [1] = "tampered", [3] = "incomplete"};
    const pl_value *is_live = pl_get(host, PL_F_HOST_IS_LIVE);
    uint64_t since = pl_mono_ns(r->o.clock);
    PL_AUTO_FD int said = -1;
    pid_t pid = -1;
    pl_err why = {0};

    set_unknown(host, "not-observed");
    if (!r->o.state_dir || !is_live->u.b || is_live->state != PL_PRESENT)
        return;
    said = memfd_create("plimsoll-verify", MFD_CLOEXEC);
    if (said < 0)
        return;
    int status = start(r->o.state_dir, said, &pid, &why) == PL_OK ? wait_for(r, pid) : -1;
    if (status >= 0 && (size_t)status < PL_COUNT(words) && words[status]) {
        pl_set_str(host, PL_F_HOST_EVIDENCE_LOG, pl_str_c(words[status]));
        set_verdicts(said, host);
    } else if (pid > 0 && status < 0) {
        set_unknown(host, "timeout");
    }
    pl_run_took(r, "log.verify", PL_S("evidence log"), since);
}
