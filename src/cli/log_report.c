/* SPDX-License-Identifier: Apache-2.0 */
/* Reports that were made before: out of the log, or from a file. */
#include "cli/filter.h"
#include "cli/state_dir.h"
#include "core/io.h"
#include "core/log.h"
#include "ledger/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

pl_rc pl_cli_read_report(const char *path, pl_buf *ret, pl_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    PL_AUTO_FD int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", path);
    pl_rc rc = pl_read_all(fd, PL_REPORT_JSON_MAX, ret, err);
    return rc ? pl_wrap(err, rc, "%s", path) : PL_OK;
}

static pl_rc find_entry(pl_log *log, const char *given, uint64_t *ret, pl_err *err)
{
    if (!given) {
        pl_rc rc = pl_log_find_last(log, PL_S("report.issued"), UINT64_MAX, ret, err);
        return rc == PL_NOTFOUND
                   ? pl_fail(err, PL_NOTFOUND, "no report yet: run plimsoll audit first")
                   : rc;
    }
    if (!pl_str_u64(pl_str_c(given), ret))
        return pl_fail(err, PL_USAGE, "--entry %s: it is the number of an entry, as in E-%s", given,
                       "0042");
    return PL_OK;
}

pl_rc pl_cli_log_report(pl_cli *cli, const char *entry, pl_buf *ret, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    const char *state_dir = NULL;
    uint64_t index = 0;

    pl_rc rc = pl_cli_state_dir(cli, &state_dir, err);
    if (rc)
        return rc;
    if (!state_dir)
        return pl_fail(err, PL_USAGE,
                       "report: --state-dir none has no reports; name one with --input");
    rc = pl_log_open_state(state_dir, &log, err);
    if (rc == PL_NOTFOUND)
        return pl_fail(err, rc,
                       "no audit is recorded in %s yet: run plimsoll audit first, or name another "
                       "place with --state-dir",
                       state_dir);
    if (!rc)
        rc = find_entry(log, entry, &index, err);
    if (!rc)
        rc = pl_log_blob(log, index, PL_S("report"), ret, err);
    if (rc)
        return pl_wrap(err, rc, "evidence log below %s", state_dir);
    pl_log_say(PL_LOG_INFO, "report.found", "report: entry %llu of %s", (unsigned long long)index,
               pl_log_origin(log));
    return PL_OK;
}
