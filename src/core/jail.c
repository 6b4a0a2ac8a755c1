/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's half: starts a worker, believes nothing it says before it has checked it. */
#include "core/jail_priv.h"

#include "core/clock.h"
#include "core/limits.h"
#include "core/rd.h"
#include "core/spawn.h"
#include "core/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

const pl_jail_limits pl_jail_document = {
    .ms = 10000, .cpu_s = 10, .memory = (size_t)256 << 20, .output = (size_t)64 << 20};
const pl_jail_limits pl_jail_layers = {
    .ms = 600000, .cpu_s = 600, .memory = (size_t)512 << 20, .output = (size_t)256 << 20};

/* One worker that runs. */
struct run {
    const pl_jail_job *job;
    uint64_t deadline_ns;
    pid_t pid;
    int answer; /* read end; -1 after its end */
    int say;    /* read end of its stderr; -1 after its end */
    pl_buf in;  /* frames that are not complete yet */
    pl_buf said;
    size_t left;    /* bytes of frames that it may still send */
    bool is_ready;  /* the first frame came */
    bool has_ended; /* the last frame came */
    uint32_t taken;
    char *chunk;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void run_done(struct run *r)
{
    if (r->pid > 0) {
        (void)kill(r->pid, SIGKILL);
        while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close_fd(&r->answer);
    close_fd(&r->say);
    pl_buf_done(&r->in);
    pl_buf_done(&r->said);
    free(r->chunk);
}

/* ---- start ---- */

pl_rc pl_jail_memfd(pl_str bytes, int *ret, pl_err *err)
{
    PL_AUTO_FD int fd = memfd_create("plimsoll-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return pl_fail_sys(err, errno, "memfd_create");
    pl_rc rc = pl_write_all(fd, bytes, err);
    if (rc)
        return pl_wrap(err, rc, "memfd");
    if (lseek(fd, 0, SEEK_SET) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return pl_fail_sys(err, errno, "seal memfd");
    *ret = PL_TAKE(fd, -1);
    return PL_OK;
}

static pl_rc settings_memfd(const pl_jail_job *job, int *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_jail_settings s = {(uint32_t)getpid(), job->limits->cpu_s, (uint32_t)job->n_fds,
                          job->limits->memory, job->args};

    pl_jail_settings_write(&s, &b);
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "worker settings");
    return pl_jail_memfd(pl_buf_view(&b), ret, err);
}

static void plan(pl_spawn_plan *p, const pl_jail_job *job, int settings, int say, int answer)
{
    pl_spawn_fd(p, settings, PL_JAIL_SETTINGS_FD);
    pl_spawn_fd(p, say, PL_JAIL_SAY_FD);
    pl_spawn_fd(p, job->in_fd, PL_JAIL_IN_FD);
    pl_spawn_fd(p, answer, PL_JAIL_OUT_FD);
    for (size_t i = 0; i < job->n_fds; i++)
        pl_spawn_fd(p, job->fds[i], PL_JAIL_FIRST_FD + (int)i);
    pl_spawn_close(p, STDOUT_FILENO);
}

static pl_rc spawn(struct run *r, int settings, int say, int answer, pl_err *err)
{
    char self[] = "plimsoll", word[] = "worker", kind[64];
    char *argv[] = {self, word, kind, NULL};
    pl_spawn_plan p;
    pl_rc rc = pl_spawn_init(&p, err);

    if (rc)
        return rc;
    (void)snprintf(kind, sizeof(kind), "%s", r->job->kind);
    plan(&p, r->job, settings, say, answer);
    rc = pl_spawn_self(&p, argv, PL_JAIL_FIRST_FD + (int)r->job->n_fds, &r->pid, err);
    pl_spawn_done(&p);
    return pl_wrap(err, rc, "start worker %s", r->job->kind);
}

static pl_rc start(struct run *r, pl_err *err)
{
    int answer[2];
    int say[2];
    PL_AUTO_FD int settings = -1;
    pl_rc rc = settings_memfd(r->job, &settings, err);
    if (rc)
        return rc;
    if (pipe2(answer, O_CLOEXEC) < 0)
        return pl_fail_sys(err, errno, "pipe");
    r->answer = answer[0];
    PL_AUTO_FD int answer_end = answer[1];
    if (pipe2(say, O_CLOEXEC) < 0)
        return pl_fail_sys(err, errno, "pipe");
    r->say = say[0];
    PL_AUTO_FD int say_end = say[1];
    return spawn(r, settings, say_end, answer_end, err);
}

/* ---- listen ---- */

static pl_rc take_error(const struct run *r, pl_str payload, pl_err *err)
{
    static const pl_rc may_say[] = {PL_NOMEM,       PL_SYS, PL_FORMAT,     PL_LIMIT, PL_NOTFOUND,
                                    PL_UNSUPPORTED, PL_NET, PL_INCOMPLETE, PL_WORKER};
    pl_rd rd = pl_rd_of(payload.p, payload.n);
    uint32_t claimed = pl_rd_u32le(&rd);
    PL_AUTO_BUF pl_buf text = {.max = PL_JAIL_SAID_MAX};

    pl_text_visible(&text, pl_str_sub(pl_rd_bytes(&rd, rd.n), 0, PL_ERR_TEXT), PL_TEXT_ALL);
    for (size_t i = 0; pl_rd_ok(&rd) && i < PL_COUNT(may_say); i++)
        if (claimed == (uint32_t)may_say[i])
            return pl_fail(err, may_say[i], "%.*s", PL_F(pl_buf_view(&text)));
    return pl_fail(err, PL_WORKER, "worker %s sent an error that is none", r->job->kind);
}

static pl_rc take_ready(struct run *r, pl_str payload, pl_err *err)
{
    pl_rd rd = pl_rd_of(payload.p, payload.n);

    r->taken = pl_rd_u32le(&rd);
    r->is_ready = true;
    return pl_rd_done(&rd) ? PL_OK
                           : pl_fail(err, PL_WORKER, "worker %s: bad first frame", r->job->kind);
}

static pl_rc take_frame(struct run *r, uint32_t type, pl_str payload, pl_err *err)
{
    const pl_jail_job *job = r->job;

    if (r->has_ended)
        return pl_fail(err, PL_WORKER, "worker %s went on after its last frame", job->kind);
    if (type == PL_FRAME_ERROR)
        return take_error(r, payload, err);
    if (type == PL_FRAME_READY && !r->is_ready)
        return take_ready(r, payload, err);
    if (!r->is_ready || (type == PL_FRAME_END && payload.n) ||
        (type != PL_FRAME_END && (type < PL_FRAME_USER || !job->frame)))
        return pl_fail(err, PL_WORKER, "worker %s sent a frame of type %u out of order", job->kind,
                       type);
    if (type == PL_FRAME_END) {
        r->has_ended = true;
        return PL_OK;
    }
    return job->frame(type, payload, job->frame_arg, err);
}

/* Takes every whole frame out of what was read; the rest stays for the next read. */
static pl_rc take_frames(struct run *r, pl_err *err)
{
    pl_rd rd = pl_rd_of(r->in.p, r->in.n);
    pl_rc rc = PL_OK;

    while (!rc && rd.n >= PL_JAIL_HEADER) {
        pl_rd next = rd;
        uint32_t type = pl_rd_u32le(&next);
        uint32_t n = pl_rd_u32le(&next);
        if ((size_t)n + PL_JAIL_HEADER > r->left)
            return pl_fail(err, PL_LIMIT, "worker %s: answer is over %zu bytes", r->job->kind,
                           r->job->limits->output);
        if (n > next.n)
            break;
        r->left -= (size_t)n + PL_JAIL_HEADER;
        rc = take_frame(r, type, pl_rd_bytes(&next, n), err);
        rd = next;
    }
    if (rd.n)
        memmove(r->in.p, rd.p, rd.n);
    r->in.n = rd.n;
    return rc;
}

/* One read of *fd into b; closes *fd at its end. */
static pl_rc read_some(struct run *r, int *fd, pl_buf *b, pl_err *err)
{
    ssize_t got = read(*fd, r->chunk, PL_JAIL_READ_CHUNK);

    if (got < 0)
        return errno == EINTR ? PL_OK : pl_fail_sys(err, errno, "read worker %s", r->job->kind);
    if (got == 0)
        close_fd(fd);
    pl_buf_add(b, r->chunk, (size_t)got);
    return pl_buf_ok(b) ? PL_OK : pl_fail(err, PL_NOMEM, "answer of worker %s", r->job->kind);
}

static pl_rc hear_speech(struct run *r, pl_err *err)
{
    pl_rc rc = read_some(r, &r->say, &r->said, err);
    if (!rc && r->said.n > PL_JAIL_SAID_MAX) {
        r->said.n = PL_JAIL_SAID_MAX;
        close_fd(&r->say);
        rc = PL_WORKER;
    }
    return rc;
}

static pl_rc hear_answer(struct run *r, pl_err *err)
{
    pl_rc rc = read_some(r, &r->answer, &r->in, err);
    return rc ? rc : take_frames(r, err);
}

static int left_ms(const struct run *r)
{
    uint64_t now = pl_mono_ns(&pl_clock_system);
    uint64_t ms = now < r->deadline_ns ? (r->deadline_ns - now) / 1000000 + 1 : 0;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

static pl_rc too_long(const struct run *r, pl_err *err)
{
    return pl_fail(err, PL_TIMEOUT, "worker %s took over %u ms", r->job->kind, r->job->limits->ms);
}

/* Until both pipes are at their end. */
static pl_rc listen_to(struct run *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    while (!rc && (r->answer >= 0 || r->say >= 0)) {
        struct pollfd p[] = {{.fd = r->answer, .events = POLLIN}, {.fd = r->say, .events = POLLIN}};
        int left = left_ms(r);
        int n = left ? poll(p, PL_COUNT(p), left) : 0;
        if (left == 0)
            return too_long(r, err);
        if (n < 0 && errno != EINTR)
            return pl_fail_sys(err, errno, "poll worker %s", r->job->kind);
        if (n > 0 && p[1].revents)
            rc = hear_speech(r, err);
        if (n > 0 && !rc && p[0].revents)
            rc = hear_answer(r, err);
    }
    return rc;
}

/* ---- the end ---- */

/* Waits for the worker's own end; kills one that has closed its pipes and lives on. */
static pl_rc reap(struct run *r, int *ret_status, pl_err *err)
{
    PL_AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    int left;
    int n = 0;

    while (pidfd >= 0 && n == 0 && (left = left_ms(r)) > 0)
        if ((n = poll(&p, 1, left)) < 0 && errno == EINTR)
            n = 0;
    if (pidfd >= 0 && n == 0)
        return too_long(r, err);

    *ret_status = 0;
    pid_t pid;
    while ((pid = waitpid(r->pid, ret_status, 0)) < 0 && errno == EINTR)
        ;
    r->pid = 0;
    return pid < 0 ? pl_fail_sys(err, errno, "wait for worker %s", r->job->kind) : PL_OK;
}

static pl_rc died(const struct run *r, int sig, pl_err *err)
{
    if (sig == SIGXCPU)
        return pl_fail(err, PL_TIMEOUT, "worker %s used %u s of CPU", r->job->kind,
                       r->job->limits->cpu_s);
    if (sig == SIGSYS)
        return pl_fail(err, PL_WORKER, "worker %s made a forbidden system call", r->job->kind);
    return pl_fail(err, PL_WORKER, "worker %s died: %s", r->job->kind, strsignal(sig));
}

static pl_rc judge(const struct run *r, int status, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (WIFSIGNALED(status))
        rc = died(r, WTERMSIG(status), err);
    else if (!r->has_ended || r->in.n)
        rc = pl_fail(err, PL_WORKER, "worker %s broke off its answer", r->job->kind);
    else if (WEXITSTATUS(status))
        rc = pl_fail(err, PL_WORKER, "worker %s ended with status %d", r->job->kind,
                     WEXITSTATUS(status));
    return rc;
}

/* Puts what the worker wrote to stderr behind the cause, in front of nothing else. */
static pl_rc quote_speech(const struct run *r, pl_rc rc, pl_err *err)
{
    PL_AUTO_BUF pl_buf cause = {0};
    PL_AUTO_BUF pl_buf text = {0};

    if (r->said.n == 0 || (rc && rc != PL_WORKER))
        return rc;
    if (rc && err && err->len)
        pl_buf_add(&cause, err->text, err->len);
    else
        pl_buf_fmt(&cause, "worker %s wrote to stderr", r->job->kind);
    pl_text_visible(&text, pl_buf_view(&r->said), PL_TEXT_ALL);
    return pl_fail(err, PL_WORKER, "%.*s: \"%.*s\"", PL_F(pl_buf_view(&cause)),
                   PL_F(pl_buf_view(&text)));
}

/* What was taken from every worker that came to its end. */
static _Atomic uint32_t taken_of_all = UINT32_MAX;
static _Atomic bool has_run;

pl_rc pl_jail_run(const pl_jail_job *job, pl_err *err)
{
    PL_CLEANUP(run_done)
    struct run r = {.job = job, .answer = -1, .say = -1, .left = job->limits->output};
    int status = 0;

    assert(pl_jail_kind(job->kind) && job->n_fds <= PL_JAIL_FDS);
    if (job->args.n > PL_JAIL_ARGS_MAX)
        return pl_fail(err, PL_LIMIT, "worker %s: arguments of %zu bytes", job->kind, job->args.n);
    r.deadline_ns = pl_mono_ns(&pl_clock_system) + (uint64_t)job->limits->ms * 1000000;
    if (!(r.chunk = malloc(PL_JAIL_READ_CHUNK)))
        return pl_fail(err, PL_NOMEM, "worker %s", job->kind);

    pl_rc rc = start(&r, err);
    if (rc)
        return rc;
    rc = listen_to(&r, err);
    if (!rc)
        rc = reap(&r, &status, err);
    if (!rc)
        rc = judge(&r, status, err);
    if ((rc = quote_speech(&r, rc, err)))
        return rc;
    atomic_fetch_and(&taken_of_all, r.taken);
    atomic_store(&has_run, true);
    return PL_OK;
}

pl_rc pl_jail_run_bytes(const pl_jail_job *job, pl_str input, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_jail_memfd(input, &fd, err);
    if (rc)
        return pl_wrap(err, rc, "worker %s", job->kind);

    pl_jail_job with_input = *job;
    with_input.in_fd = fd;
    return pl_jail_run(&with_input, err);
}

/* ---- strength ---- */

static char strength[96] = "reduced: no workers";

static void describe_strength(void)
{
    static const struct {
        uint32_t bit;
        const char *missing;
    } rows[] = {
#define X(sym, bit, missing) {PL_TAKEN_##sym, missing},
        PL_JAIL_TAKEN_LIST(X)
#undef X
    };
    uint32_t taken = atomic_load(&taken_of_all);
    PL_AUTO_BUF pl_buf b = {0};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (rows[i].missing && !(taken & rows[i].bit))
            pl_buf_fmt(&b, "%s%s", b.n ? ", " : "reduced: ", rows[i].missing);
    (void)snprintf(strength, sizeof(strength), "%.*s", PL_F(b.n ? pl_buf_view(&b) : PL_S("full")));
}

/* Where none has run yet, one is started for nothing else. */
static void find_strength(void)
{
    PL_AUTO_FD int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const pl_jail_job job = {.kind = pl_jail_probe, .in_fd = in, .limits = &pl_jail_document};

    if (atomic_load(&has_run) || pl_jail_run(&job, NULL) == PL_OK)
        describe_strength();
}

const char *pl_jail_strength(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find_strength);
    return strength;
}
