/* SPDX-License-Identifier: Apache-2.0 */
#include "core/config_priv.h"

#include "core/io.h"
#include "core/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

const char *pl_conf_origin_word(pl_conf_origin o)
{
    static const char *const words[] = {[PL_CONF_DEFAULT] = "default",
                                        [PL_CONF_FILE] = "file",
                                        [PL_CONF_ENV] = "environment",
                                        [PL_CONF_FLAG] = "flag"};
    return words[o];
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "configuration is too large");
}

/* "before" and "after" as one text in the arena, with a NUL behind it. */
static pl_str join(pl_arena *a, const char *before, const char *after)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_c(&b, before);
    pl_buf_c(&b, after);
    pl_buf_ch(&b, '\0');
    pl_str kept = pl_buf_ok(&b) ? pl_arena_str(a, pl_buf_view(&b)) : (pl_str){NULL, 0};
    kept.n -= kept.p != NULL;
    return kept;
}

const char *pl_conf_usual_dir(pl_arena *a)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (geteuid() == 0)
        return "/etc/plimsoll";
    if (xdg && xdg[0] == '/')
        return join(a, xdg, "/plimsoll").p;
    return home && home[0] == '/' ? join(a, home, "/.config/plimsoll").p : NULL;
}

pl_conf_value *pl_conf_value_of(pl_conf *c, pl_str name)
{
    for (size_t i = 0; i < c->n; i++)
        if (pl_str_eq(name, pl_str_c(c->values[i].key->name)))
            return &c->values[i];
    return NULL;
}

const pl_conf_value *pl_conf_get(const pl_conf *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(name, c->values[i].key->name) == 0)
            return &c->values[i];
    return NULL;
}

const pl_conf_value *pl_conf_get_flag(const pl_conf *c, const char *flag)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->values[i].key->flag && strcmp(flag, c->values[i].key->flag) == 0)
            return &c->values[i];
    return NULL;
}

void pl_conf_set_flag(pl_conf *c, const char *flag, const char *text, pl_arena *a)
{
    for (size_t i = 0; i < c->n; i++) {
        pl_conf_value *v = &c->values[i];
        if (!v->key->flag || strcmp(flag, v->key->flag) != 0)
            continue;
        pl_str where = join(a, "--", flag);
        *v = (pl_conf_value){v->key, true, v->key->type == PL_CONF_BOOL ? "true" : text,
                             PL_CONF_FLAG, where.p ? where : PL_S("flag")};
    }
}

pl_rc pl_conf_put(pl_conf_loading *l, pl_conf_value *v, pl_str text, pl_conf_origin origin,
                  pl_str where, pl_err *err)
{
    if (v->key->type == PL_CONF_BOOL && !pl_str_eq(text, PL_S("true")) &&
        !pl_str_eq(text, PL_S("false")))
        return pl_fail(err, PL_USAGE, "%.*s: %s must be true or false", PL_F(where), v->key->name);
    if (text.n && memchr(text.p, '\0', text.n))
        return pl_fail(err, PL_USAGE, "%.*s: %s holds NUL", PL_F(where), v->key->name);
    char *kept = pl_arena_calloc(l->arena, text.n + 1, 1);
    if (!kept)
        return no_room(err);
    if (text.n)
        memcpy(kept, text.p, text.n);
    *v = (pl_conf_value){v->key, true, kept, origin, where};
    return PL_OK;
}

/* ---- files ---- */

static pl_rc check_file(const char *path, int fd, bool must_be_roots, pl_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return pl_fail(err, PL_USAGE, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_USAGE, "%s: is not a regular file", path);
    if (must_be_roots && (st.st_uid != 0 || st.st_mode & 022))
        return pl_fail(err, PL_USAGE,
                       "%s: must belong to root and be writable by nobody else (uid %u, mode %04o)",
                       path, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777);
    return PL_OK;
}

/* A usual file that is not there is none; one that was asked for must be. */
static pl_rc read_file(pl_conf_loading *l, const char *path, bool is_asked_for, bool must_be_roots,
                       pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_yaml *doc = NULL;
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 && errno == ENOENT && !is_asked_for)
        return PL_OK;
    if (fd < 0)
        return pl_fail(err, PL_USAGE, "%s: %s", path, strerror(errno));
    pl_rc rc = check_file(path, fd, must_be_roots, err);
    if (rc)
        return rc;
    if (l->conf->n_files == PL_CONF_FILES)
        return pl_fail(err, PL_USAGE, "%s: more than %d files", path, PL_CONF_FILES);
    pl_str kept = join(l->arena, path, "");
    if (!kept.p)
        return no_room(err);
    l->conf->files[l->conf->n_files++] = kept;
    l->file = kept.p;
    if (pl_read_all(fd, PL_CONF_FILE_MAX, &text, err) ||
        pl_yaml_parse(l->arena, pl_buf_view(&text), &doc, err))
        return pl_wrap(err, PL_USAGE, "%s", path);
    return pl_conf_take_document(l, doc, err);
}

static int is_yaml(const struct dirent *e)
{
    return e->d_name[0] != '.' && pl_str_ends(pl_str_c(e->d_name), PL_S(".yaml"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static pl_rc read_folder(pl_conf_loading *l, const char *dir, bool must_be_roots, pl_err *err)
{
    struct dirent **names = NULL;
    char path[4096];
    pl_rc rc = PL_OK;

    if (snprintf(path, sizeof(path), "%s/plimsoll.d", dir) >= (int)sizeof(path))
        return pl_fail(err, PL_USAGE, "%s: name is too long", dir);
    int n = scandir(path, &names, is_yaml, by_bytes);
    if (n < 0 && errno != ENOENT)
        return pl_fail(err, PL_USAGE, "%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (!rc && snprintf(path, sizeof(path), "%s/plimsoll.d/%s", dir, names[i]->d_name) >=
                       (int)sizeof(path))
            rc = pl_fail(err, PL_USAGE, "%s: name is too long", dir);
        if (!rc)
            rc = read_file(l, path, true, must_be_roots, err);
        free(names[i]);
    }
    free((void *)names);
    return rc;
}

static pl_rc read_files(pl_conf_loading *l, const pl_conf_source *from, pl_err *err)
{
    char path[4096];

    if (from->file)
        return read_file(l, from->file, true, false, err);
    if (!from->dir)
        return PL_OK;
    if (snprintf(path, sizeof(path), "%s/plimsoll.yaml", from->dir) >= (int)sizeof(path))
        return pl_fail(err, PL_USAGE, "%s: name is too long", from->dir);
    pl_rc rc = read_file(l, path, false, from->is_strict_about_owner, err);
    return rc ? rc : read_folder(l, from->dir, from->is_strict_about_owner, err);
}

/* ---- environment ---- */

/* PLIMSOLL_TLS_CA of "tls.ca". */
static void variable_of(const pl_conf_key *key, char *ret, size_t room)
{
    int n = snprintf(ret, room, "PLIMSOLL_%s", key->name);
    for (int i = 0; i < n && i < (int)room; i++) {
        if (ret[i] >= 'a' && ret[i] <= 'z')
            ret[i] = (char)(ret[i] - 'a' + 'A');
        else if (ret[i] == '.')
            ret[i] = '_';
    }
}

/* Differ in one place: a letter more, less or other, or two letters. */
static bool is_nearly(pl_str a, pl_str b)
{
    size_t longer = a.n > b.n ? a.n : b.n;
    size_t shorter = a.n > b.n ? b.n : a.n;
    size_t head = 0;
    size_t tail = 0;

    while (head < shorter && a.p[head] == b.p[head])
        head++;
    while (tail < shorter - head && a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail])
        tail++;
    return longer - head - tail <= (longer == shorter ? 2 : 1);
}

/*
 * A variable that is nobody's is let pass: an orchestrator makes PLIMSOLL_PORT and the like for a
 * service of our name. One that is nearly a key's was mistyped.
 */
static pl_rc take_variable(pl_conf_loading *l, const char *entry, pl_err *err)
{
    pl_str value = pl_str_c(entry);
    pl_str name;
    pl_str where;
    char known[64];

    if (!strchr(entry, '=') || !pl_str_cut(&value, '=', &name))
        return PL_OK;
    for (size_t i = 0; i < l->conf->n; i++) {
        variable_of(l->conf->values[i].key, known, sizeof(known));
        if (!pl_str_eq(name, pl_str_c(known)))
            continue;
        if (!(where = pl_arena_str(l->arena, name)).p)
            return no_room(err);
        return value.n ? pl_conf_put(l, &l->conf->values[i], value, PL_CONF_ENV, where, err)
                       : PL_OK;
    }
    for (size_t i = 0; i < l->conf->n; i++) {
        variable_of(l->conf->values[i].key, known, sizeof(known));
        if (is_nearly(name, pl_str_c(known)))
            return pl_fail(err, PL_USAGE, "environment: unknown variable %.*s (did you mean %s?)",
                           PL_F(name), known);
    }
    return PL_OK;
}

static pl_rc read_environment(pl_conf_loading *l, char *const *vars, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (; !rc && vars && *vars; vars++)
        if (strncmp(*vars, "PLIMSOLL_", 9) == 0)
            rc = take_variable(l, *vars, err);
    return rc;
}

pl_rc pl_conf_load(const pl_conf_key *keys, const pl_conf_source *from, pl_arena *a, pl_conf **ret,
                   pl_err *err)
{
    pl_conf *c = PL_NEW(a, pl_conf);
    pl_conf_loading l = {.keys = keys, .conf = c, .arena = a};
    size_t n = 0;

    while (keys[n].name)
        n++;
    if (!c || !(c->values = pl_arena_calloc(a, n + 1, sizeof(*c->values))) ||
        !(c->files = pl_arena_calloc(a, PL_CONF_FILES, sizeof(*c->files))))
        return no_room(err);
    for (const pl_conf_key *k = keys; k->name; k++)
        if (k->type != PL_CONF_FREE)
            c->values[c->n++] =
                (pl_conf_value){k, k->otherwise != NULL, k->otherwise ? k->otherwise : "",
                                PL_CONF_DEFAULT, PL_S("default")};
    pl_rc rc = read_files(&l, from, err);
    if (!rc)
        rc = read_environment(&l, from->environ, err);
    if (rc)
        return rc;
    *ret = c;
    return PL_OK;
}
