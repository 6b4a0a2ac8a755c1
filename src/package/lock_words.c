/* SPDX-License-Identifier: Apache-2.0 */
/* Lock files whose packages stand in quoted words: bun.lock, mix.lock and pubspec.lock. */
#include "core/char.h"
#include "package/lines.h"
#include "package/locks.h"

/* The next string in double quotes; escapes are none that matter here. */
static bool next_quoted(pl_str *rest, pl_str *ret)
{
    pl_str before;

    return pl_str_cut(rest, '"', &before) && rest->n && pl_str_cut(rest, '"', ret);
}

static bool is_version(pl_str s)
{
    return s.n && pl_is_digit(s.p[0]);
}

/* ---- bun.lock: `"key": ["name@version", "registry", {...}, "sha512-..."],` a line ---- */

/* "name@1.0.0", "name@github:user/repository#commit"; workspaces and folders have other words. */
static bool split_bun(pl_str id, pl_found *f)
{
    const pl_str version = pl_after_last(id, '@');

    if (version.n + 1 >= id.n)
        return false;
    f->name = pl_str_sub(id, 0, id.n - version.n - 1);
    f->version = version;
    if (is_version(version))
        return true;
    static const char *const from[] = {"github:", "git+", "https:"};
    for (size_t i = 0; i < PL_COUNT(from); i++)
        if (pl_str_starts(version, pl_str_c(from[i]))) {
            f->provenance = pl_before(version, '#');
            f->version = pl_after_last(version, '#');
            return true;
        }
    return false;
}

pl_rc pl_bun_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    bool in_packages = false;
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && pl_next_line(&text, &line)) {
        pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_NPM};
        pl_str rest = pl_str_trim(line);
        pl_str key, id, word;
        if (pl_str_starts(rest, PL_S("\"packages\":")))
            in_packages = true;
        if (!in_packages || !next_quoted(&rest, &key) || !pl_str_starts(rest, PL_S(": [\"")) ||
            !next_quoted(&rest, &id) || !split_bun(id, &f))
            continue;
        while (next_quoted(&rest, &word))
            f.integrity = pl_str_starts(word, PL_S("sha")) ? word : f.integrity;
        if (pl_found_is_whole(&f))
            rc = each(&f, arg, err);
    }
    return rc;
}

/* ---- mix.lock: `"key": {:hex, :name, "version", "sum", ...},` a line ---- */

static bool read_mix(pl_str line, pl_found *f)
{
    pl_str rest = line, key;

    if (!next_quoted(&rest, &key) || !pl_str_starts(rest, PL_S(": {:")))
        return false;
    rest = pl_str_sub(rest, 4, rest.n);
    if (pl_str_starts(rest, PL_S("git, "))) {
        f->name = key;
        return next_quoted(&rest, &f->provenance) && next_quoted(&rest, &f->version);
    }
    if (!pl_str_starts(rest, PL_S("hex, :")))
        return false;
    rest = pl_str_sub(rest, 6, rest.n);
    if (pl_str_starts(rest, PL_S("\"")))
        (void)next_quoted(&rest, &f->name);
    else
        (void)pl_str_cut(&rest, ',', &f->name);
    return next_quoted(&rest, &f->version);
}

pl_rc pl_mix_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && pl_next_line(&text, &line)) {
        pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_HEX};
        if (read_mix(pl_str_trim(line), &f) && pl_found_is_whole(&f))
            rc = each(&f, arg, err);
    }
    return rc;
}

/* ---- pubspec.lock: YAML; packages by 2 blanks, their keys by 4, those of descriptions by 6 ----
 */

static void take_pub(pl_found *f, bool *is_own, pl_str line)
{
    pl_str value = pl_str_trim(line);
    pl_str key;

    if (!pl_str_cut(&value, ':', &key))
        return;
    value = pl_bare(value);
    if (pl_str_eq(key, PL_S("version")))
        f->version = value;
    else if (pl_str_eq(key, PL_S("url")))
        f->provenance = value;
    else if (pl_str_eq(key, PL_S("sha256")))
        f->integrity = value;
    else if (pl_str_eq(key, PL_S("dependency")) && pl_str_eq(value, PL_S("direct dev")))
        f->scope = PL_SCOPE_DEVELOPMENT;
    else if (pl_str_eq(key, PL_S("source")))
        *is_own = pl_str_eq(value, PL_S("path")) || pl_str_eq(value, PL_S("sdk"));
}

static pl_rc tell_pub(const pl_found *f, bool is_own, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf digest = {0};
    pl_found told = *f;

    if (is_own || !pl_found_is_whole(f))
        return PL_OK;
    if (f->integrity.n) {
        pl_buf_fmt(&digest, "sha256:%.*s", PL_F(f->integrity));
        told.integrity = pl_buf_view(&digest);
    }
    return pl_buf_ok(&digest) ? each(&told, arg, err) : pl_fail(err, PL_NOMEM, "pubspec.lock");
}

pl_rc pl_pub_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    const pl_found none = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_PUB};
    pl_found f = none;
    bool in_packages = false, is_own = false;
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    for (bool more = true; !rc && more;) {
        more = pl_next_line(&text, &line);
        const size_t indent = more ? pl_indent(line) : 0;
        if (more && indent == line.n)
            continue;
        if (indent <= 2 && in_packages) {
            rc = tell_pub(&f, is_own, each, arg, err);
            f = none;
            is_own = false;
        }
        if (more && indent == 0)
            in_packages = pl_str_eq(line, PL_S("packages:"));
        else if (in_packages && indent == 2)
            f.name = pl_bare(pl_before(pl_str_trim(line), ':'));
        else if (in_packages && indent > 2)
            take_pub(&f, &is_own, line);
    }
    return rc;
}
