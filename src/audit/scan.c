/* SPDX-License-Identifier: Apache-2.0 */
/* What the name that a scan is given means: a file, an engine's image, a registry's. */
#include "audit/run_private.h"

#include "engine/client.h"
#include "image/source.h"
#include "image/store.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef enum place {
    BARE, /* a file or folder of that name, else the engine, else the registry if that was asked */
    AT_FILE,
    AT_ENGINE,
    CONTAINER, /* what it is made of now, read from its engine's folders */
    DECLARED,  /* a file that declares what is to run */
    RUN_LINE,  /* a command line of docker run */
    AT_REGISTRY,
    WHOLE_REGISTRY, /* or one repository, when a name follows the host */
} place;

/* A scheme says it all; "registry://" before "registry:", which it begins with. */
static const struct {
    const char *scheme;
    place place;
} schemes[] = {{"file:", AT_FILE},        {"engine:", AT_ENGINE}, {"container:", CONTAINER},
               {"declared:", DECLARED},   {"run:", RUN_LINE},     {"registry://", WHOLE_REGISTRY},
               {"registry:", AT_REGISTRY}};

static place place_of(const char *target, const char **ret_name)
{
    *ret_name = target;
    for (size_t i = 0; i < PL_COUNT(schemes); i++) {
        size_t n = strlen(schemes[i].scheme);
        if (strncmp(target, schemes[i].scheme, n) != 0)
            continue;
        *ret_name = target + n;
        if (schemes[i].place == WHOLE_REGISTRY && strchr(target + n, '/'))
            return AT_REGISTRY;
        return schemes[i].place;
    }
    return BARE;
}

/* "/srv/app", "./app", "../app": a path, never an image's name. */
static bool is_written_as_path(pl_str target)
{
    return pl_str_starts(target, PL_S("/")) || pl_str_starts(target, PL_S("./")) ||
           pl_str_starts(target, PL_S("../"));
}

/* ---- where an engine keeps its images ---- */

/* The engine says which folder; that of an engine elsewhere is not here. */
static pl_rc ask_root(pl_run *r, const pl_scan_scope *scope, pl_str *ret, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *client = NULL;
    const pl_audit_scope where = {
        .engine = scope->engine, .ca = scope->ca, .cert = scope->cert, .key = scope->key};
    const char *origin = NULL;
    pl_engine_ask ask = {.kind = PL_DOC_INFO};
    pl_rc rc = pl_run_find_engine(r, &where, &client, &origin, err);

    if (rc)
        return rc;
    if (!client)
        return pl_fail(err, PL_NOTFOUND,
                       "%s: no engine to ask where it keeps it; name the folder with --store",
                       scope->target);
    if (!pl_engine_socket(client))
        return pl_fail(err, PL_UNSUPPORTED,
                       "%s: the engine is on another host, and a container is read from its "
                       "folders; run this there",
                       scope->target);
    pl_engine_get(client, &ask, 1);
    rc = ask.rc;
    if (rc && err)
        *err = ask.err;
    if (!rc)
        rc = pl_store_root(pl_buf_view(&ask.body), r->arena, ret, err);
    pl_engine_ask_done(&ask);
    return rc;
}

static pl_rc scan_store(pl_run *r, const pl_scan_scope *scope, const pl_image_choice *choice,
                        pl_err *err)
{
    pl_image_source src;
    pl_subject *image = NULL;
    pl_str root = pl_str_c(scope->store ? scope->store : "");
    char path[PATH_MAX];
    pl_rc rc = scope->store ? PL_OK : ask_root(r, scope, &root, err);

    if (!rc && !pl_str_to_c(root, path, sizeof(path)))
        rc = pl_fail(err, PL_FORMAT, "folder of the engine: too long");
    if (!rc)
        rc = pl_image_source_choose(path, choice, &src, err);
    return rc ? rc : pl_run_read_image(r, &src, (pl_str){"", 0}, (pl_str){"", 0}, &image, err);
}

static bool is_there(const char *name)
{
    return strcmp(name, "-") == 0 || access(name, F_OK) == 0;
}

/* Of a folder its whole path; else nothing. */
static pl_str folder_of(pl_run *r, const char *name)
{
    PL_AUTO_FREE char *path = realpath(name, NULL);
    struct stat st;

    if (!path || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return (pl_str){"", 0};
    return pl_run_text(r, "folder:%s", path);
}

static pl_rc scan_file(pl_run *r, const pl_scan_scope *scope, const char *name, pl_err *err)
{
    pl_image_source src;
    pl_subject *image = NULL;
    const char *select = scope->select ? scope->select : scope->registry.platform;

    if (!is_there(name))
        return pl_fail(err, PL_NOTFOUND, "%s: no such file or folder", name);
    r->place = folder_of(r, name);
    pl_rc rc = pl_image_source_choose(name, &(pl_image_choice){.image = scope->select}, &src, err);
    return rc ? rc : pl_run_read_image(r, &src, pl_str_c(select), (pl_str){"", 0}, &image, err);
}

/* The engine first, whose image is the one that runs; a registry only when that was asked for. */
static pl_rc scan_bare(pl_run *r, const pl_scan_scope *scope, const char *name, pl_err *err)
{
    pl_err why = {0};
    size_t n_gaps = r->n_gaps;
    pl_rc rc = pl_run_scan_at_engine(r, scope, name, &why);

    if (rc == PL_NOTFOUND && scope->registry.as_last) {
        /* That there is no engine hides nothing then. */
        r->n_gaps = n_gaps;
        return pl_run_scan_at_registry(r, scope, name, false, err);
    }
    if (rc == PL_NOTFOUND)
        return pl_fail(err, rc,
                       "%s: no file or folder of that name, and %s (its registry is asked as "
                       "registry:%s, or with --registry)",
                       name, why.text, name);
    if (rc && err)
        *err = why;
    return rc;
}

pl_rc pl_run_scan(pl_run *r, const pl_scan_scope *scope, pl_err *err)
{
    const char *name = NULL;
    place where = place_of(scope->target, &name);
    bool is_path = is_written_as_path(pl_str_c(name));
    size_t at_once;

    r->as.system = pl_str_c(scope->target);
    if (strcmp(name, "-") == 0)
        r->as.system = PL_S("standard input");
    if (!name[0])
        return pl_fail(err, PL_USAGE, "%s: names nothing", scope->target);
    if (pl_run_at_once(scope, &at_once, err))
        return PL_USAGE;
    if (where == BARE && !scope->store && !scope->registry.all_tags && (is_path || is_there(name)))
        where = AT_FILE;
    if (where == AT_FILE && pl_run_is_declaration(name))
        where = DECLARED;
    if (where == BARE && scope->registry.all_tags)
        where = AT_REGISTRY;
    if (scope->registry.all_tags && where != AT_REGISTRY)
        return pl_fail(err, PL_USAGE, "%s: --all-tags is for a repository of a registry",
                       scope->target);
    if (scope->store && where == BARE)
        return scan_store(r, scope, &(pl_image_choice){.image = name}, err);
    switch (where) {
    case BARE:
        return scan_bare(r, scope, name, err);
    case AT_FILE:
        return scan_file(r, scope, name, err);
    case CONTAINER:
        return scan_store(r, scope, &(pl_image_choice){.container = name}, err);
    case DECLARED:
        return pl_run_scan_declared(r, scope, name, err);
    case RUN_LINE:
        return pl_run_scan_line(r, name, err);
    case AT_ENGINE:
        return pl_wrap(err, pl_run_scan_at_engine(r, scope, name, err), "%s", name);
    case AT_REGISTRY:
    case WHOLE_REGISTRY:
        return pl_run_scan_at_registry(r, scope, name, where == WHOLE_REGISTRY, err);
    }
    return pl_fail(err, PL_USAGE, "%s", scope->target);
}
