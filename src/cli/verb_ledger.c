/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll ledger init|verify|show|prove|reindex */
#include "cli/ledger_read.h"
#include "cli/verbs.h"
#include "core/log.h"

#include "ledger/client.h"
#include "ledger/limits.h"
#include "ledger/note.h"
#include "ledger/state.h"
#include "ledger/verify.h"
#include "ledger/writer_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- init ---- */

/* The key stays in no memory of ours. */
static void wipe(pl_buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->room);
    pl_buf_done(b);
}

static pl_rc write_recovery_key(const char *path, pl_str text, pl_err *err)
{
    PL_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);

    if (fd < 0)
        return pl_fail_sys(err, errno, "make %s", path);
    if (write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd) < 0) {
        int e = errno;
        (void)unlink(path);
        return pl_fail_sys(err, e, "write %s", path);
    }
    return PL_OK;
}

/* The recovery key lives where the log does not; only its public half goes into the log. */
static pl_rc make_recovery_key(const char *origin, pl_buf *ret_private, pl_buf *ret_vkey,
                               pl_err *err)
{
    PL_AUTO_SKEY pl_skey *key = NULL;
    PL_AUTO_BUF pl_buf name = {0};

    pl_buf_fmt(&name, "%s/recovery", origin);
    pl_rc rc = pl_skey_generate(pl_buf_view(&name), &key, err);
    if (rc)
        return rc;
    pl_skey_print(key, ret_private);
    pl_buf_ch(ret_private, '\n');
    pl_vkey_print(pl_skey_public(key), ret_vkey);
    pl_buf_ch(ret_vkey, '\0');
    return PL_OK;
}

static pl_rc create_log(const char *dir, const char *origin, const char *recovery, pl_cli *cli,
                        pl_err *err)
{
    PL_AUTO_BUF pl_buf prog = {0};
    pl_buf_fmt(&prog, "plimsoll/%s", cli->version);
    pl_buf_ch(&prog, '\0');
    const pl_ledger_options o = {.state_dir = dir,
                                 .prog = prog.p,
                                 .origin = origin,
                                 .recovery = recovery,
                                 .must_create = true};
    PL_AUTO_LEDGER pl_ledger *log = NULL;

    pl_rc rc = pl_ledger_open(&o, &log, err);
    if (rc)
        return rc;
    const pl_ledger_info *i = pl_ledger_about(log);
    (void)fprintf(cli->out, "log       %s\nkey       %s\nsandbox   %s\nrecovery  %s\n\n%s\n",
                  i->log_dir, i->key_file, i->sandbox, i->recovery, i->vkey);
    pl_log_say(PL_LOG_INFO, "log.created",
               "The last line is the key that auditors verify with: keep it in another place.");
    return pl_ledger_close(PL_TAKE(log, NULL), NULL, err);
}

static pl_rc run_init(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *out = pl_opt_value(args, "recovery-out");
    const char *given = pl_opt_value(args, "origin");
    PL_AUTO_BUF pl_buf origin = {0};
    PL_CLEANUP(wipe) pl_buf private_key = {.max = PL_KEY_FILE_MAX};
    PL_AUTO_BUF pl_buf vkey = {0};
    const char *dir;

    (void)ret_status;
    pl_rc rc = pl_cli_ledger_dir(cli, &dir, err);
    if (!rc && given)
        pl_buf_c(&origin, given);
    else if (!rc)
        rc = pl_ledger_default_origin(dir, PL_S(""), &origin, err);
    pl_buf_ch(&origin, '\0');
    if (!rc)
        rc = make_recovery_key(origin.p, &private_key, &vkey, err);
    if (!rc && out)
        rc = write_recovery_key(out, pl_buf_view(&private_key), err);
    if (rc)
        return rc;
    rc = create_log(dir, origin.p, vkey.p, cli, err);
    if (rc && out)
        (void)unlink(out);
    if (rc || out)
        return rc;
    pl_log_say(PL_LOG_INFO, "recovery_key.made",
               "The recovery key, shown this once; it belongs on paper or another machine:");
    (void)fprintf(cli->out, "%.*s", PL_F(pl_buf_view(&private_key)));
    return PL_OK;
}

/* ---- verify ---- */

typedef struct verify_job {
    const char *dir; /* for people */
    int fd;
    char vkey[PL_ORIGIN_MAX + 80];
    const char *vkey_from;
    uint64_t signed_size; /* 0: not known */
    pl_node signed_root;
    bool never_signed;
} verify_job;

/* Without the right to read it the log is looked at alone. */
static pl_rc read_signed(int state, verify_job *job, pl_err *err)
{
    PL_AUTO_FD int fd = openat(state, "keys/signed", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    pl_rc rc = fd < 0 ? PL_OK : pl_signed_read(fd, &job->signed_size, &job->signed_root, err);

    struct stat st;
    job->never_signed = fd >= 0 && !rc && fstat(fd, &st) == 0 && st.st_size == 0;
    return rc;
}

/* Our own log: with the key that lies beside it, out of its reach. */
static pl_rc open_own(pl_cli *cli, verify_job *job, pl_err *err)
{
    PL_AUTO_FD int state = -1;
    PL_AUTO_BUF pl_buf vkey = {0};
    const char *dir;

    pl_rc rc = pl_cli_ledger_dir(cli, &dir, err);
    if (!rc)
        rc = pl_state_open(dir, false, &state, err);
    if (!rc)
        rc = pl_state_get(state, "log.vkey", &vkey, err);
    if (rc)
        return rc == PL_NOTFOUND ? pl_cli_no_log_yet(dir, err) : rc;
    rc = read_signed(state, job, err);
    if (rc)
        return rc;
    if (!pl_str_to_c(pl_str_trim(pl_buf_view(&vkey)), job->vkey, sizeof(job->vkey)))
        return pl_fail(err, PL_FORMAT, "keys/log.vkey is damaged");
    job->vkey_from = "kept beside the log";
    job->dir = dir;
    job->fd = openat(state, "ledger", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return job->fd >= 0 ? PL_OK : pl_fail_sys(err, errno, "open ledger of %s", dir);
}

static pl_rc open_given(const char *dir, verify_job *job, pl_err *err)
{
    job->dir = dir;
    job->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (job->fd >= 0)
        return PL_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return pl_fail(err, PL_USAGE, "%s is no directory", dir);
    return pl_fail_sys(err, errno, "open %s", dir);
}

static void show_progress(void *arg, uint64_t done, uint64_t of)
{
    (void)arg;
    if (done >= 1000000 && done % 1000000 < 256)
        pl_log_say(PL_LOG_INFO, "verify.progress", "%llu of %llu entries", (unsigned long long)done,
                   (unsigned long long)of);
}

/* Files of others are read in a process that can reach nothing else (ledger/confine.h). */
static pl_rc confine(const verify_job *job, pl_confine *c, pl_err *err)
{
    pl_rc rc = pl_cli_become_owner_of(job->fd, c, err);

    if (!rc)
        rc = pl_confine_files(job->fd, false, c, err);
    if (!rc)
        rc = pl_confine_calls(false, c, err);
    return rc;
}

static pl_rc verify(pl_cli *cli, const verify_job *job, int *ret_status, pl_err *err)
{
    const pl_verify_options o = {.vkey = job->vkey[0] ? job->vkey : NULL,
                                 .vkey_from = job->vkey_from,
                                 .signed_size = job->signed_size,
                                 .signed_root = job->signed_root,
                                 .never_signed = job->never_signed,
                                 .progress = show_progress};
    PL_AUTO_VERIFIED pl_verified *v = NULL;
    PL_AUTO_BUF pl_buf out = {0};
    pl_confine c = {0};

    pl_rc rc = confine(job, &c, err);
    if (!rc)
        rc = pl_verify(job->fd, &o, &v, err);
    if (rc)
        return pl_wrap(err, rc, "verify %s", job->dir);
    pl_verified_print(v, &out);
    (void)fwrite(out.p, 1, out.n, cli->out);
    *ret_status = pl_rc_exit_status(pl_verified_result(v));
    return PL_OK;
}

static pl_rc run_verify(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *given = pl_opt_value(args, "vkey");
    const char *dir = pl_arg(args, 0);
    verify_job job = {.fd = -1};
    pl_vkey key;

    if (pl_arg_count(args) > 1)
        return pl_fail(err, PL_USAGE, "ledger verify: one directory at a time");
    pl_rc rc = dir ? open_given(dir, &job, err) : open_own(cli, &job, err);
    if (rc)
        return rc;
    if (given) {
        rc = pl_vkey_parse(pl_str_c(given), &key, err);
        if (rc || !pl_str_to_c(pl_str_c(given), job.vkey, sizeof(job.vkey)))
            rc = PL_USAGE;
        job.vkey_from = "given by you";
    }
    if (!rc)
        rc = verify(cli, &job, ret_status, err);
    (void)close(job.fd);
    return rc;
}

/* ---- tables ---- */

static const pl_opt init_opts[] = {
    {"origin", "NAME", "name of the log for its life, such as example.org/logs/web1", false},
    {"recovery-out", "FILE", "write the recovery key there instead of printing it", false},
    {0},
};

static const pl_opt verify_opts[] = {
    {"vkey", "KEY", "the key that must have signed it", false},
    {0},
};

static const pl_verb subs[] = {
    {
        .name = "init",
        .summary = "make the log with a recovery key",
        .help = "Without init the first audit makes the log, marked \"recovery: none\".",
        .examples =
            "  plimsoll ledger init --origin example.org/logs/web1 --recovery-out /media/key",
        .opts = init_opts,
        .run = run_init,
    },
    {
        .name = "verify",
        .operands = "[DIR]",
        .summary = "account for every byte of a log",
        .help = "Hashes every entry, tile and document again, compares them with what the log's\n"
                "key signed, and says what was proved and what cannot be. Without DIR: our own.\n"
                "Exit code: 0 proved, 1 tampered, 3 something is missing.",
        .examples = "  plimsoll ledger verify /media/audit/ledger --vkey example.org/logs/web1+...",
        .opts = verify_opts,
        .run = run_verify,
    },
    {
        .name = "show",
        .operands = "[INDEX]",
        .summary = "print an entry; or list the newest, or those of a subject",
        .help = "A subject is named by its identity, whole or from 8 characters on, as the report\n"
                "lists it under Scope: a container's id, an image's digest.",
        .examples =
            "  plimsoll ledger show\n"
            "  plimsoll ledger show 12\n"
            "  plimsoll ledger show 12 --blob inspect\n"
            "  plimsoll ledger show 12 --blob original        what was redacted, as it came\n"
            "  plimsoll ledger show --subject 4f5a8c31\n"
            "  plimsoll ledger show 12 --blob original --dir copy --class-key class-default",
        .opts = pl_ledger_show_opts,
        .run = pl_ledger_show,
    },
    {
        .name = "prove",
        .operands = "INDEX | --between OLD NEW",
        .summary = "write a proof that others can check without us",
        .help = "INDEX: that the entry is in the log (c2sp.org/tlog-proof@v1). --between: that\n"
                "nothing before size OLD was changed (body of a witness's add-checkpoint).",
        .examples = "  plimsoll ledger prove 12 > 12.tlog-proof\n"
                    "  plimsoll ledger prove --between 100 250",
        .opts = pl_ledger_prove_opts,
        .run = pl_ledger_prove,
    },
    {
        .name = "reindex",
        .summary = "make the index again from the entries",
        .help =
            "The index finds entries by subject and type. The entries are the evidence; it can\n"
            "always be made again from them.",
        .examples = "  plimsoll ledger reindex",
        .opts = pl_ledger_reindex_opts,
        .run = pl_ledger_reindex,
    },
    {0},
};

const pl_verb pl_verb_ledger = {
    .name = "ledger",
    .summary = "the evidence: verify, show, prove",
    .help =
        "Every audit and scan appends what it read and decided to a log that can only grow, "
        "below\nthe state directory. Who holds a copy can verify it alone: docs/formats/ledger.md.",
    .subs = subs,
};
