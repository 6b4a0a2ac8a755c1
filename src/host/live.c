/* SPDX-License-Identifier: Apache-2.0 */
#include "host/live.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/timex.h>

static const struct {
    const char *name;
    pl_rc (*ask)(pl_buf *out, pl_err *err);
} answers[] = {
    {"@passwd", pl_live_passwd},           {"@group", pl_live_group},
    {"@adjtimex", pl_live_adjtimex},       {"@processes", pl_live_processes},
    {"@sockets", pl_live_sockets},         {"@audit-status", pl_live_audit_status},
    {"@audit-rules", pl_live_audit_rules}, {"@nft", pl_live_nft},
    {"@xtables", pl_live_xtables},
};

pl_rc pl_host_live_answer(const char *name, pl_buf *out, pl_err *err)
{
    static const char user[] = "@user/", nft[] = "@nft/", programs[] = "@programs/",
                      xtables[] = "@xtables/";

    if (strncmp(name, user, sizeof(user) - 1) == 0)
        return pl_live_user_file(name + sizeof(user) - 1, out, err);
    if (strncmp(name, nft, sizeof(nft) - 1) == 0)
        return pl_live_nft_of(name + sizeof(nft) - 1, out, err);
    if (strncmp(name, xtables, sizeof(xtables) - 1) == 0)
        return pl_live_xtables_of(name + sizeof(xtables) - 1, out, err);
    if (strncmp(name, programs, sizeof(programs) - 1) == 0)
        return pl_live_programs(name + sizeof(programs) - 1, out, err);
    for (size_t i = 0; i < PL_COUNT(answers); i++)
        if (strcmp(name, answers[i].name) == 0)
            return answers[i].ask(out, err);
    return pl_fail(err, PL_UNSUPPORTED, "%s: no such question", name);
}

static pl_rc finished(const pl_buf *out, const char *what, pl_err *err)
{
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "%s: out of memory", what);
}

/* The name service is asked by its iterators, which are process-wide: one caller at a time. */
pl_rc pl_live_passwd(pl_buf *out, pl_err *err)
{
    const struct passwd *p;

    setpwent();
    while ((p = getpwent()))
        pl_buf_fmt(out, "%s:%s:%u:%u:%s:%s:%s\n", p->pw_name, p->pw_passwd, p->pw_uid, p->pw_gid,
                   p->pw_gecos, p->pw_dir, p->pw_shell);
    endpwent();
    return finished(out, "account list", err);
}

pl_rc pl_live_group(pl_buf *out, pl_err *err)
{
    const struct group *g;

    setgrent();
    while ((g = getgrent())) {
        pl_buf_fmt(out, "%s:%s:%u:", g->gr_name, g->gr_passwd, g->gr_gid);
        for (char **m = g->gr_mem; m && *m; m++)
            pl_buf_fmt(out, "%s%s", m == g->gr_mem ? "" : ",", *m);
        pl_buf_c(out, "\n");
    }
    endgrent();
    return finished(out, "group list", err);
}

pl_rc pl_live_adjtimex(pl_buf *out, pl_err *err)
{
    struct timex t = {0};
    int state = adjtimex(&t);
    if (state < 0)
        return pl_fail_sys(err, errno, "adjtimex");
    pl_buf_fmt(out, "state %d\nstatus %d\nmaxerror %ld\nesterror %ld\n", state, t.status,
               t.maxerror, t.esterror);
    return finished(out, "adjtimex", err);
}
