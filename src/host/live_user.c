/* SPDX-License-Identifier: Apache-2.0 */
/* A file below a user's home, read as that user. */
#include "core/user_file.h"
#include "host/limits.h"
#include "host/live.h"

/* spec: "UID/GID/path from the root" */
pl_rc pl_live_user_file(const char *spec, pl_buf *out, pl_err *err)
{
    pl_str rest = pl_str_c(spec), uid_text, gid_text;
    uint64_t uid, gid;
    char path[PL_HOST_PATH] = "/";

    if (!pl_str_cut(&rest, '/', &uid_text) || !pl_str_cut(&rest, '/', &gid_text) ||
        !pl_str_u64(uid_text, &uid) || !pl_str_u64(gid_text, &gid) || uid > UINT32_MAX ||
        gid > UINT32_MAX || !pl_str_to_c(rest, path + 1, sizeof(path) - 1))
        return pl_fail(err, PL_FORMAT, "%s: not UID/GID/PATH", spec);
    return pl_user_file_read(&(pl_user_file){.path = path,
                                             .uid = (uid_t)uid,
                                             .gid = (gid_t)gid,
                                             .max = PL_HOST_HOME_FILE,
                                             .deadline_ms = PL_HOST_HOME_MS},
                             out, NULL, err);
}
