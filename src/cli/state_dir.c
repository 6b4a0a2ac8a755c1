/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/state_dir.h"

#include "core/buf.h"

#include <string.h>
#include <unistd.h>

static pl_rc keep(pl_cli *cli, const char *base, const char *rest, const char **ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};

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
