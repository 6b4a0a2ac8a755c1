/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/helper.h"

#include "core/user_program.h"
#include "registry/limits.h"

static bool is_name(pl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_plain && !(i > 0 && (c == '-' || c == '_' || c == '.')))
            return false;
    }
    return s.n > 0 && s.n <= PL_REGISTRY_HELPER_NAME;
}

/* Its own words for "none" are for people; what counts is that it failed with words. */
static pl_rc judge(int status, pl_buf *said, pl_err *err)
{
    if (status == 0)
        return PL_OK;
    if (!pl_str_has(pl_buf_view(said), PL_S("credentials not found")))
        return pl_fail(err, PL_DENIED, "ended with status %d: %.*s", status,
                       PL_F(pl_str_sub(pl_str_trim(pl_buf_view(said)), 0, PL_REGISTRY_SAID_MAX)));
    pl_buf_reset(said);
    return PL_OK;
}

pl_rc pl_helper_run(const pl_auth_caller *who, pl_str name, pl_str server, pl_buf *ret,
                    bool *ret_has, pl_err *err)
{
    static const char *const args[] = {"get", NULL};
    char program[32 + PL_REGISTRY_HELPER_NAME];
    int status = 0;

    if (!is_name(name))
        return pl_fail(err, PL_DENIED, "credential helper \"%.*s\": no such name can be",
                       PL_F(pl_str_sub(name, 0, 100)));
    (void)snprintf(program, sizeof(program), "docker-credential-%.*s", PL_F(name));
    if (who->uid == 0)
        return pl_fail(err, PL_DENIED,
                       "credential helper %s: is not run as root; run plimsoll as an ordinary user "
                       "or by sudo, or give a file with \"auths\" by --auth-file",
                       program);
    pl_rc rc = pl_user_program_run(&(pl_user_program){.program = program,
                                                      .args = args,
                                                      .path = who->path,
                                                      .home = who->home,
                                                      .uid = who->uid,
                                                      .gid = who->gid,
                                                      .input = server,
                                                      .max = PL_REGISTRY_HELPER_MAX,
                                                      .deadline_ms = PL_REGISTRY_HELPER_MS},
                                   ret, &status, err);
    if (!rc)
        rc = judge(status, ret, err);
    *ret_has = !rc && ret->n > 0;
    return pl_wrap(err, rc, "credential helper %s", program);
}
