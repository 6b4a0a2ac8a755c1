/* SPDX-License-Identifier: Apache-2.0 */
#include "package/chisel.h"

#include "image/js.h"
#include "image/unpack.h"
#include "package/limits.h"

#include <string.h>

PL_DEFINE_CLEANUP(auto_json_, json_t *, json_decref, NULL)

typedef pl_rc (*take_line)(const json_t *line, void *arg, pl_err *err);

static pl_rc unpack(pl_str wall, pl_buf *out, pl_err *err)
{
    enum { PIECE = 64 << 10 };
    pl_in_mem in = pl_in_of_str(wall);
    PL_AUTO_UNPACK pl_unpack *u = pl_unpack_new(&in.in);
    PL_AUTO_FREE char *piece = malloc(PIECE);
    size_t n = 0;

    if (!u || !piece)
        return pl_fail(err, PL_NOMEM, "chisel manifest");
    do {
        pl_rc rc = pl_in_read(pl_unpack_in(u), piece, PIECE, &n, err);
        if (rc)
            return rc;
        if (n > PL_CHISEL_MANIFEST_MAX - out->n)
            return pl_fail(err, PL_LIMIT,
                           "chisel manifest of more than PL_CHISEL_MANIFEST_MAX (%d MiB)",
                           PL_CHISEL_MANIFEST_MAX >> 20);
        pl_buf_add(out, piece, n);
    } while (n);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "chisel manifest");
}

/* Lines of this kind; what is no JSON is counted. */
static pl_rc each_line(pl_str text, const char *kind, take_line take, void *arg,
                       pl_package_damage *damage, pl_err *err)
{
    pl_str line;
    pl_rc rc = PL_OK;

    for (size_t number = 1; !rc && pl_str_cut(&text, '\n', &line); number++) {
        PL_CLEANUP(auto_json_) json_t *j = json_loadb(line.p, line.n, 0, NULL);
        if (!json_is_object(j)) {
            if (line.n && !damage->bad_lines++)
                damage->first_line = number;
            continue;
        }
        if (pl_str_eq(pl_js_str(j, "kind"), pl_str_c(kind)))
            rc = take(j, arg, err);
    }
    return rc;
}

/* ---- packages ---- */

struct parse {
    pl_package_each each;
    void *arg;
    pl_package_damage *damage;
};

static pl_rc take_package(const json_t *line, void *arg, pl_err *err)
{
    const struct parse *w = arg;
    pl_package p = {.type = PL_S("deb"),
                    .name = pl_js_str(line, "name"),
                    .version = pl_js_str(line, "version"),
                    .arch = pl_js_str(line, "arch")};

    p.source = p.name;
    p.source_version = p.version;
    if (p.name.n && p.version.n && p.name.n <= PL_PACKAGE_FIELD_MAX &&
        p.version.n <= PL_PACKAGE_FIELD_MAX && p.arch.n <= PL_PACKAGE_FIELD_MAX)
        return w->each(&p, w->arg, err);
    w->damage->nameless++;
    return PL_OK;
}

pl_rc pl_chisel_parse(pl_str wall, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                      pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    struct parse w = {each, arg, ret_damage};

    *ret_damage = (pl_package_damage){0};
    if (unpack(wall, &text, &ret_damage->why))
        return PL_OK;
    return each_line(pl_buf_view(&text), "package", take_package, &w, ret_damage, err);
}

/* ---- files ---- */

struct files {
    pl_chisel_file_each each;
    void *arg;
};

static pl_rc take_content(const json_t *line, void *arg, pl_err *err)
{
    const struct files *w = arg;
    pl_str slice = pl_js_str(line, "slice");
    pl_str path = pl_js_str(line, "path");
    pl_str package;

    /* No name of a Debian package has an underscore. */
    if (!path.n || !pl_str_cut(&slice, '_', &package))
        return PL_OK;
    return w->each(package, path, w->arg, err);
}

pl_rc pl_chisel_files(pl_str wall, pl_chisel_file_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    struct files w = {each, arg};
    pl_package_damage damage = {0};
    pl_rc rc = unpack(wall, &text, err);

    return rc ? rc : each_line(pl_buf_view(&text), "content", take_content, &w, &damage, err);
}
