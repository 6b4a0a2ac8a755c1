/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/state_dir.h"

#include "cli/verb.h"
#include "core/buf.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Places stand in the evidence and in reports, where nobody knows what they are relative to. */
static pl_rc begin(const char *base, pl_buf *path, pl_err *err)
{
    char here[PATH_MAX];

    if (base[0] == '/')
        return PL_OK;
    if (!getcwd(here, sizeof(here)))
        return pl_fail_sys(err, errno, "state directory %s: working directory", base);
    pl_buf_c(path, here);
    if (here[1])
        pl_buf_ch(path, '/');
    return PL_OK;
}

static pl_rc keep(pl_cli *cli, const char *base, const char *rest, const char **ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_rc rc = begin(base, &path, err);

    if (rc)
        return rc;
    pl_buf_c(&path, base);
    pl_buf_c(&path, rest);
    pl_buf_ch(&path, '\0');
    pl_str kept = pl_arena_str(cli->arena, pl_buf_view(&path));
    if (!kept.p || !pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "state directory");
    *ret = kept.p;
    return PL_OK;
}

pl_rc pl_cli_state_dir(pl_cli *cli, const char **ret, pl_err *err)
{
    const char *given = cli->state_dir;

    if (given && strcmp(given, "none") == 0) {
        *ret = NULL;
        return PL_OK;
    }
    if (given && given[0])
        return keep(cli, given, "", ret, err);
    if (geteuid() == 0)
        return keep(cli, "/var/lib/plimsoll", "", ret, err);

    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (xdg && xdg[0] == '/')
        return keep(cli, xdg, "/plimsoll", ret, err);
    if (home && home[0] == '/')
        return keep(cli, home, "/.local/state/plimsoll", ret, err);
    return pl_fail(err, PL_USAGE, "no HOME to keep state in: name a folder with --state-dir");
}

pl_rc pl_cli_advisories_dir(pl_cli *cli, const struct pl_args *args, const char **ret,
                            bool *ret_is_named, pl_err *err)
{
    const char *named = pl_opt_value(args, "advisories");
    const char *state = NULL;

    *ret_is_named = named != NULL;
    *ret = named;
    if (named)
        return PL_OK;
    pl_rc rc = pl_cli_state_dir(cli, &state, err);
    return rc || !state ? rc : keep(cli, state, "/advisories", ret, err);
}
