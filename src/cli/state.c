/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/state.h"

#include "cli/state_dir.h"
#include "ledger/state.h"

static pl_rc directory(pl_cli *cli, const char **ret, pl_err *err)
{
    pl_rc rc = pl_cli_state_dir(cli, ret, err);

    if (!rc && !*ret)
        rc = pl_fail(err, PL_USAGE, "--state-dir none remembers nothing that could be asked for");
    return rc;
}

pl_rc pl_cli_state_db(pl_cli *cli, pl_state_db **ret, pl_err *err)
{
    const char *dir = NULL;
    PL_AUTO_FD int fd = -1;
    pl_rc rc = directory(cli, &dir, err);

    if (rc)
        return rc;
    rc = pl_state_open(dir, false, &fd, err);
    if (rc == PL_NOTFOUND)
        return pl_fail(err, PL_NOTFOUND,
                       "%s: nothing was scanned yet; plimsoll scan or plimsoll audit does", dir);
    if (!rc)
        rc = pl_state_db_open(fd, ret, err);
    return rc ? pl_wrap(err, rc, "state directory %s", dir) : PL_OK;
}

pl_rc pl_cli_advisories(pl_cli *cli, const struct pl_args *args, pl_advisories **ret, pl_err *err)
{
    const char *dir = NULL;
    bool is_named = false;

    *ret = NULL;
    pl_rc rc = pl_cli_advisories_dir(cli, args, &dir, &is_named, err);
    if (rc || !dir)
        return rc;
    rc = pl_advisories_open(dir, ret, err);
    return rc == PL_NOTFOUND ? PL_OK : rc;
}
