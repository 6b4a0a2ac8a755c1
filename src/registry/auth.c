/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/auth.h"

#include "core/caller.h"
#include "registry/helper.h"
#include "registry/limits.h"
#include "registry/worker.h"

#include <limits.h>
#include <string.h>

/* ---- who asks ---- */

static bool is_absolute(const char *path)
{
    return path && path[0] == '/';
}

/* Root on behalf of somebody uses none of the environment that sudo left. */
pl_rc pl_auth_caller_of(const char *auth_file, pl_arena *a, pl_auth_caller *ret, pl_err *err)
{
    pl_caller caller;
    pl_rc rc = pl_caller_find(a, &caller, err);

    if (rc)
        return rc;
    *ret = (pl_auth_caller){.uid = caller.uid,
                            .gid = caller.gid,
                            .home = caller.home,
                            .path = caller.path,
                            .auth_file = auth_file,
                            .registry_auth_file = getenv("REGISTRY_AUTH_FILE")};
    if (caller.is_sudo)
        return PL_OK;
    ret->runtime_dir = getenv("XDG_RUNTIME_DIR");
    ret->config_home = getenv("XDG_CONFIG_HOME");
    ret->docker_config = getenv("DOCKER_CONFIG");
    return PL_OK;
}

/* ---- one file ---- */

static pl_rc read_file(const pl_auth_caller *who, const char *path, bool is_given, pl_buf *ret,
                       pl_err *err)
{
    const pl_caller caller = {.uid = who->uid, .gid = who->gid};

    return pl_caller_read(&caller, path, is_given, PL_REGISTRY_AUTH_FILE_MAX, PL_REGISTRY_HOME_MS,
                          ret, err);
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
