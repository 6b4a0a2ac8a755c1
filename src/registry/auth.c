/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/auth.h"

#include "core/user_file.h"
#include "registry/helper.h"
#include "registry/limits.h"
#include "registry/worker.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

/* ---- who asks ---- */

static const char *in_arena(pl_arena *a, const char *text)
{
    return text ? pl_arena_str(a, (pl_str){text, strlen(text) + 1}).p : NULL;
}

static bool is_absolute(const char *path)
{
    return path && path[0] == '/';
}

/* Root on behalf of somebody: his home, and none of the environment that sudo left. */
static pl_rc caller_of_sudo(uid_t uid, pl_arena *a, pl_auth_caller *who, pl_err *err)
{
    errno = 0;
    const struct passwd *pw = getpwuid(uid);

    if (!pw)
        return pl_fail_sys(err, errno, "SUDO_UID %u: no such user", (unsigned)uid);
    who->uid = uid;
    who->gid = pw->pw_gid;
    who->home = in_arena(a, pw->pw_dir);
    who->config_home = NULL;
    who->docker_config = NULL;
    who->runtime_dir = NULL;
    return who->home ? PL_OK : pl_fail(err, PL_NOMEM, "home");
}

pl_rc pl_auth_caller_of(const char *auth_file, pl_arena *a, pl_auth_caller *ret, pl_err *err)
{
    uint64_t sudo = 0;
    pl_auth_caller who = {.uid = geteuid(),
                          .gid = getegid(),
                          .home = getenv("HOME"),
                          .path = getenv("PATH"),
                          .auth_file = auth_file,
                          .registry_auth_file = getenv("REGISTRY_AUTH_FILE"),
                          .runtime_dir = getenv("XDG_RUNTIME_DIR"),
                          .config_home = getenv("XDG_CONFIG_HOME"),
                          .docker_config = getenv("DOCKER_CONFIG")};
    pl_rc rc = PL_OK;

    if (who.uid == 0 && pl_str_u64(pl_str_c(getenv("SUDO_UID")), &sudo) && sudo > 0 &&
        sudo < UINT32_MAX)
        rc = caller_of_sudo((uid_t)sudo, a, &who, err);
    if (!rc)
        *ret = who;
    return rc;
}

/* ---- one file ---- */

/* Whose rights it is read with: those of the caller; of one that was given to root, its owner's. */
static pl_rc read_file(const pl_auth_caller *who, const char *path, bool is_given, pl_buf *ret,
                       pl_err *err)
{
    char full[PATH_MAX];
    struct stat st = {.st_uid = who->uid, .st_gid = who->gid};

    /* Root follows no links in a home; what was named may be one. */
    if (is_given || geteuid() != 0) {
        if (!realpath(path, full) || stat(full, &st) < 0)
            return pl_fail_at(err, errno == ENOENT || errno == ENOTDIR ? PL_NOTFOUND : PL_DENIED,
                              errno, __FILE__, __LINE__, "%s", path);
        path = full;
    }
    bool is_roots = geteuid() == 0 && is_given;
    return pl_user_file_read(&(pl_user_file){.path = path,
                                             .uid = is_roots ? st.st_uid : who->uid,
                                             .gid = is_roots ? st.st_gid : who->gid,
                                             .max = PL_REGISTRY_AUTH_FILE_MAX,
                                             .deadline_ms = PL_REGISTRY_HOME_MS},
                             ret, NULL, err);
}

static void wipe(pl_buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->n);
    pl_buf_done(b);
}

static pl_rc ask_helper(const pl_auth_caller *who, pl_auth_entry *e, pl_arena *a, pl_err *err)
{
    pl_buf said = {0};
    bool has = false;
    pl_rc rc = pl_helper_run(who, e->helper, e->server, &said, &has, err);

    if (!rc && has)
        rc = pl_wrap(err, pl_jailed_helper_answer(pl_buf_view(&said), a, e, err),
                     "credential helper docker-credential-%.*s", PL_F(e->helper));
    wipe(&said);
    return rc;
}

/* Whose registry, and what for. */
struct wanted {
    const char *host, *repository;
    bool is_given; /* the file was named */
};

static pl_rc look_into(const pl_auth_caller *who, const char *path, const struct wanted *w,
                       pl_arena *a, pl_auth_entry *e, pl_err *err)
{
    pl_buf file = {0};
    pl_rc rc = read_file(who, path, w->is_given, &file, err);

    if (!rc)
        rc = pl_wrap(err,
                     pl_jailed_auths(pl_buf_view(&file), pl_str_c(w->host), pl_str_c(w->repository),
                                     a, e, err),
                     "%s", path);
    wipe(&file);
    if (!rc && e->helper.n)
        rc = pl_wrap(err, ask_helper(who, e, a, err), "%s", path);
    return rc;
}

/* ---- the usual places ---- */

enum { PLACES = 3 };

static void place(char ret[PATH_MAX], const char *dir, const char *below, const char *name)
{
    int n = is_absolute(dir) ? snprintf(ret, PATH_MAX, "%s%s%s", dir, below, name) : 0;

    if (n <= 0 || n >= PATH_MAX)
        ret[0] = '\0';
}

static void list_places(const pl_auth_caller *who, char ret[PLACES][PATH_MAX])
{
    place(ret[0], who->runtime_dir, "", "/containers/auth.json");
    if (who->config_home)
        place(ret[1], who->config_home, "", "/containers/auth.json");
    else
        place(ret[1], who->home, "/.config", "/containers/auth.json");
    if (who->docker_config)
        place(ret[2], who->docker_config, "", "/config.json");
    else
        place(ret[2], who->home, "/.docker", "/config.json");
}

static pl_rc look_everywhere(const pl_auth_caller *who, const struct wanted *w, pl_arena *a,
                             pl_auth_entry *e, pl_err *err)
{
    char places[PLACES][PATH_MAX];
    pl_rc rc = PL_OK;

    list_places(who, places);
    for (size_t i = 0; !rc && !e->is_found && i < PLACES; i++) {
        if (!places[i][0])
            continue;
        *e = (pl_auth_entry){0};
        rc = look_into(who, places[i], w, a, e, err);
        if (rc == PL_NOTFOUND && !e->helper.n)
            rc = PL_OK;
    }
    return rc;
}

pl_rc pl_auth_find(const pl_auth_caller *who, const char *host, const char *repository, pl_arena *a,
                   pl_credentials *ret, pl_err *err)
{
    const char *given = who->auth_file ? who->auth_file : who->registry_auth_file;
    const struct wanted w = {.host = host, .repository = repository, .is_given = given};
    pl_auth_entry e = {0};
    pl_rc rc = given ? look_into(who, given, &w, a, &e, err) : look_everywhere(who, &w, a, &e, err);

    if (rc)
        return pl_wrap(err, rc, "credentials for %s", host);
    *ret = e.is_found ? (pl_credentials){e.user, e.password, e.identity, e.bearer}
                      : (pl_credentials){0};
    return PL_OK;
}
