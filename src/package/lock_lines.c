/* SPDX-License-Identifier: Apache-2.0 */
/* Lock files of which each line is a package: requirements.txt, go.mod, Gemfile.lock, Gradle. */
#include "core/char.h"
#include "package/lines.h"
#include "package/locks.h"

#include <string.h>

/* ---- requirements.txt (pip's reference) ---- */

static bool is_name_char(char c)
{
    return pl_is_alpha(c) || pl_is_digit(c) || c == '-' || c == '_' || c == '.';
}

/* "name[extra]==1.0 ; marker --hash=sha256:...". Only a fixed version is one. */
static bool read_requirement(pl_str line, pl_found *f)
{
    static const char hash[] = "--hash=";
    size_t n = 0;

    while (n < line.n && is_name_char(line.p[n]))
        n++;
    f->name = pl_str_sub(line, 0, n);
    pl_str rest = pl_str_trim(pl_str_sub(line, n, line.n));
    const char *at = rest.n ? memmem(rest.p, rest.n, hash, sizeof(hash) - 1) : NULL;
    if (at)
        f->integrity =
            pl_before(pl_str_sub(rest, (size_t)(at - rest.p) + sizeof(hash) - 1, rest.n), ' ');
    if (pl_str_starts(rest, PL_S("["))) {
        pl_str extras;
        (void)pl_str_cut(&rest, ']', &extras);
        rest = pl_str_trim(rest);
    }
    if (!pl_str_starts(rest, PL_S("==")))
        return false;
    rest = pl_str_sub(rest, pl_str_starts(rest, PL_S("===")) ? 3 : 2, rest.n);
    f->version = pl_before(pl_before(pl_before(pl_str_trim(rest), ' '), ';'), ',');
    return f->version.n && !pl_str_has(f->version, PL_S("*"));
}

/* A backslash at the end joins lines. The next one is put behind it in the buffer. */
static bool next_logical(pl_str *rest, pl_buf *joined)
{
    pl_str line;

    pl_buf_reset(joined);
    while (pl_next_line(rest, &line)) {
        bool is_more = pl_str_ends(line, PL_S("\\"));
        pl_buf_str(joined, pl_str_sub(line, 0, line.n - is_more));
        if (!is_more)
            return true;
        pl_buf_ch(joined, ' ');
    }
    return joined->n > 0;
}

pl_rc pl_requirements(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf joined = {0};
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && next_logical(&text, &joined)) {
        pl_str line = pl_str_trim(pl_buf_view(&joined));
        pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_PYPI};
        if (!line.n || line.p[0] == '#' || line.p[0] == '-')
            continue;
        if (!read_requirement(line, &f) || !pl_found_is_whole(&f))
            f = (pl_found){.kind = PL_FOUND_UNPINNED, .lang = PL_LANG_PYPI, .name = f.name};
        rc = each(&f, arg, err);
    }
    return pl_buf_ok(&joined) ? rc : pl_fail(err, PL_NOMEM, "requirements");
}

/* ---- go.mod (Go modules reference) ---- */

struct go {
    pl_str text;
    pl_arena *a;
};

/* "path version [=> path version]" of a block or of a line that begins with its word. */
static bool next_go(pl_str *rest, const char *word, bool *in_block, pl_str *ret)
{
    pl_str line;

    while (pl_next_line(rest, &line)) {
        pl_str t = line;
        const char *comment = t.n ? memmem(t.p, t.n, "//", 2) : NULL;
        if (comment)
            t.n = (size_t)(comment - t.p);
        t = pl_str_trim(t);
        if (*in_block && pl_str_eq(t, PL_S(")"))) {
            *in_block = false;
        } else if (*in_block && t.n) {
            *ret = t;
            return true;
        } else if (pl_str_eq(pl_before(pl_before(t, ' '), '('), pl_str_c(word))) {
            t = pl_str_trim(pl_str_sub(t, strlen(word), t.n));
            *in_block = pl_str_eq(t, PL_S("("));
            *ret = t;
            if (!*in_block)
                return true;
        }
    }
    return false;
}

static pl_str next_word(pl_str *rest)
{
    *rest = pl_str_trim(*rest);
    pl_str word = pl_before(pl_before(*rest, ' '), '\t');
    *rest = pl_str_sub(*rest, word.n, rest->n);
    return pl_bare(word);
}

/* "old [v1] => new v2"; a replacement without a version is a folder of the project. */
static bool replace_go(pl_str text, pl_found *f)
{
    bool in_block = false;
    pl_str line;

    while (next_go(&text, "replace", &in_block, &line)) {
        pl_str old = next_word(&line);
        pl_str word = next_word(&line);
        bool fits = pl_str_eq(old, f->name);
        if (!pl_str_eq(word, PL_S("=>"))) {
            fits &= pl_str_eq(word, f->version);
            word = next_word(&line);
        }
        if (!fits || !pl_str_eq(word, PL_S("=>")))
            continue;
        f->name = next_word(&line);
        f->version = next_word(&line);
        return f->version.n > 0;
    }
    return true;
}

pl_rc pl_go_mod(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    bool in_block = false;
    pl_str rest = text;
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && next_go(&rest, "require", &in_block, &line)) {
        pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_GO};
        f.name = next_word(&line);
        f.version = next_word(&line);
        if (replace_go(text, &f) && pl_found_is_whole(&f))
            rc = each(&f, arg, err);
    }
    return rc;
}

pl_rc pl_go_sum(pl_str text, pl_str path, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_str folder = pl_str_sub(path, 0, path.n - pl_after_last(path, '/').n);
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && pl_next_line(&text, &line)) {
        PL_AUTO_BUF pl_buf at = {0};
        pl_found f = {.kind = PL_FOUND_HINT, .lang = PL_LANG_GO};
        f.name = next_word(&line);
        f.version = next_word(&line);
        f.integrity = next_word(&line);
        if (pl_str_ends(f.version, PL_S("/go.mod")) || !f.integrity.n || !pl_found_is_whole(&f))
            continue;
        pl_buf_fmt(&at, "%.*sgo.mod#%.*s@%.*s", PL_F(folder), PL_F(f.name), PL_F(f.version));
        f.at = pl_buf_view(&at);
        rc = pl_buf_ok(&at) ? each(&f, arg, err) : pl_fail(err, PL_NOMEM, "go.sum");
    }
    return rc;
}

/* ---- Gemfile.lock ---- */

/* "    name (1.2.3-x86_64-linux)" */
static void split_gem(pl_str line, pl_found *f)
{
    pl_str t = pl_str_trim(line);

    f->name = pl_before(t, ' ');
    pl_str version = pl_after_last(pl_before(t, ')'), '(');
    f->version = version.n < t.n ? pl_before(version, '-') : (pl_str){"", 0};
}

pl_rc pl_gemfile_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_str section = {"", 0};
    pl_str remote = {"", 0};
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && pl_next_line(&text, &line)) {
        size_t indent = pl_indent(line);
        pl_str t = pl_str_trim(line);
        bool is_source = pl_str_eq(section, PL_S("GEM")) || pl_str_eq(section, PL_S("GIT"));
        if (indent == 0 && t.n) {
            section = t;
            remote = (pl_str){"", 0};
        } else if (pl_str_starts(t, PL_S("remote:"))) {
            remote = pl_str_trim(pl_str_sub(t, 7, t.n));
        } else if (is_source && indent == 4) {
            pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_GEM, .provenance = remote};
            split_gem(line, &f);
            if (pl_found_is_whole(&f))
                rc = each(&f, arg, err);
        }
    }
    return rc;
}

/* ---- gradle.lockfile: group:artifact:version=configuration,... ---- */

static bool is_only_for_tests(pl_str configurations)
{
    pl_str one;
    bool any = false;

    while (pl_str_cut(&configurations, ',', &one)) {
        any = true;
        if (!pl_str_starts(one, PL_S("test")))
            return false;
    }
    return any;
}

pl_rc pl_gradle_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_str line;
    pl_rc rc = PL_OK;

    (void)a;
    while (!rc && pl_next_line(&text, &line)) {
        pl_str rest = line;
        pl_str id;
        if (!line.n || line.p[0] == '#' || !pl_str_cut(&rest, '=', &id))
            continue;
        pl_str version = pl_after_last(id, ':');
        if (version.n == id.n)
            continue; /* empty=configurations without dependencies */
        pl_found f = {.kind = PL_FOUND_LOCKED,
                      .lang = PL_LANG_MAVEN,
                      .name = pl_str_sub(id, 0, id.n - version.n - 1),
                      .version = version,
                      .scope = is_only_for_tests(rest) ? PL_SCOPE_DEVELOPMENT : PL_SCOPE_NONE};
        if (pl_found_is_whole(&f))
            rc = each(&f, arg, err);
    }
    return rc;
}
