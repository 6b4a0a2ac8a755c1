/* SPDX-License-Identifier: Apache-2.0 */
#include "package/go_build.h"

#include "core/char.h"
#include "package/limits.h"
#include "package/lines.h"

#include <string.h>

/* ---- the block ---- */

/* False: not all there (*ret_more), or no number. */
static bool take_varint(pl_str *rest, uint64_t *ret, bool *ret_more)
{
    enum { BITS = 7, HIGH = 0x80, LONGEST = 10 };
    uint64_t v = 0;

    *ret_more = false;
    for (size_t i = 0; i < LONGEST; i++) {
        if (i == rest->n) {
            *ret_more = true;
            return false;
        }
        unsigned char c = (unsigned char)rest->p[i];
        if (i == LONGEST - 1 && c > 1)
            return false;
        v |= (uint64_t)(c & (HIGH - 1)) << (BITS * i);
        if (!(c & HIGH)) {
            *rest = pl_str_sub(*rest, i + 1, rest->n);
            *ret = v;
            return true;
        }
    }
    return false;
}

static pl_rc take_text(pl_str *rest, size_t max, pl_str *ret, size_t *ret_need, pl_err *err)
{
    uint64_t n = 0;
    bool is_short = false;
    enum { VARINT = 10 };

    if (!take_varint(rest, &n, &is_short)) {
        *ret_need = VARINT;
        return is_short ? PL_NOTFOUND : pl_fail(err, PL_FORMAT, "Go build information: no length");
    }
    if (n > max)
        return pl_fail(err, PL_LIMIT,
                       "Go build information: a text of %llu bytes; at most %zu are read "
                       "(PL_GO_MODULES_MAX)",
                       (unsigned long long)n, max);
    if (n > rest->n) {
        *ret_need = (size_t)n - rest->n;
        return PL_NOTFOUND;
    }
    *ret = pl_str_sub(*rest, 0, (size_t)n);
    *rest = pl_str_sub(*rest, (size_t)n, rest->n);
    return PL_OK;
}

/* Between the marks; a list without them is none. */
static pl_str between_marks(pl_str modules)
{
    if (modules.n < 2 * PL_GO_MARK + 1 || modules.p[modules.n - PL_GO_MARK - 1] != '\n')
        return (pl_str){"", 0};
    return pl_str_sub(modules, PL_GO_MARK, modules.n - (size_t)2 * PL_GO_MARK);
}

pl_rc pl_go_inline(pl_str block, pl_str *ret_version, pl_str *ret_modules, size_t *ret_need,
                   pl_err *err)
{
    pl_str rest = pl_str_sub(block, PL_GO_BLOCK, block.n);
    pl_str version;
    pl_str modules;

    *ret_need = 0;
    if (block.n < PL_GO_BLOCK) {
        *ret_need = PL_GO_BLOCK;
        return PL_NOTFOUND;
    }
    pl_rc rc = take_text(&rest, PL_PACKAGE_FIELD_MAX, &version, ret_need, err);
    if (!rc)
        rc = take_text(&rest, PL_GO_MODULES_MAX, &modules, ret_need, err);
    if (rc == PL_NOTFOUND)
        *ret_need += block.n;
    if (!rc) {
        *ret_version = version;
        *ret_modules = between_marks(modules);
    }
    return rc;
}

/* ---- the version of Go ---- */

static size_t digits(pl_str s)
{
    size_t n = 0;

    while (n < s.n && pl_is_digit(s.p[n]))
        n++;
    return n;
}

/* "1.21", and what stands behind it. */
static size_t numbers(pl_str *rest)
{
    size_t parts = 0;

    for (size_t n; (n = digits(*rest)); parts++) {
        *rest = pl_str_sub(*rest, n, rest->n);
        if (rest->n < 2 || rest->p[0] != '.' || !pl_is_digit(rest->p[1]))
            return parts + 1;
        *rest = pl_str_sub(*rest, 1, rest->n);
    }
    return parts;
}

bool pl_go_release(pl_str version, pl_buf *ret)
{
    pl_str text = pl_before(version, ' ');
    pl_str rest = pl_str_sub(text, 2, text.n);
    pl_str start = rest;
    static const char *const stages[] = {"rc", "beta"};

    if (!pl_str_starts(text, PL_S("go")) || !digits(rest))
        return false;
    size_t parts = numbers(&rest);
    if (parts < 2 || parts > 3)
        return false;
    pl_buf_str(ret, pl_str_sub(start, 0, start.n - rest.n));
    if (parts == 2)
        pl_buf_c(ret, ".0");
    for (size_t i = 0; i < PL_COUNT(stages); i++) {
        pl_str stage = pl_str_c(stages[i]);
        pl_str number = pl_str_sub(rest, stage.n, rest.n);
        if (pl_str_starts(rest, stage) && digits(number))
            pl_buf_fmt(ret, "-%s.%.*s", stages[i], PL_F(pl_str_sub(number, 0, digits(number))));
    }
    return true;
}

/* ---- -ldflags: -X path.name=value ---- */

struct flags {
    pl_str main; /* path of the main module or program */
    int best;    /* 0: nothing fits yet */
    pl_str value;
};

/* What two paths of one maker have in common: the host, on a shared one the owner as well. */
static pl_str maker(pl_str path)
{
    static const char *const shared[] = {"github.com", "gitlab.com", "bitbucket.org",
                                         "codeberg.org"};
    pl_str rest = path;
    pl_str part;
    size_t n;

    if (!pl_str_cut(&rest, '/', &part))
        return path;
    n = part.n;
    for (size_t i = 0; i < PL_COUNT(shared); i++)
        if (pl_str_eq(part, pl_str_c(shared[i])) && pl_str_cut(&rest, '/', &part))
            return pl_str_sub(path, 0, n + 1 + part.n);
    return pl_str_sub(path, 0, n);
}

static bool is_version(pl_str v)
{
    size_t from = v.n && v.p[0] == 'v';

    return v.n > from && pl_is_digit(v.p[from]) && memchr(v.p, '.', v.n) &&
           v.n <= PL_PACKAGE_FIELD_MAX;
}

/* How sure it is that this variable has the version of the program. */
static int rank(const struct flags *f, pl_str path, pl_str name)
{
    static const char *const names[] = {"version",      "gitversion",     "buildversion",
                                        "appversion",   "releaseversion", "currentversion",
                                        "build_version"};
    bool is_named = false;

    for (size_t i = 0; i < PL_COUNT(names); i++)
        is_named |= pl_str_eq_nocase(name, pl_str_c(names[i]));
    if (!is_named)
        return 0;
    if (pl_str_eq(path, PL_S("main")))
        return 3;
    if (f->main.n && pl_str_starts(path, f->main))
        return 2;
    return f->main.n && pl_str_eq(maker(path), maker(f->main));
}

static void take_variable(struct flags *f, pl_str text)
{
    pl_str value = text;
    pl_str key;

    if (!pl_str_cut(&value, '=', &key) || !is_version(value))
        return;
    pl_str name = pl_after_last(key, '.');
    int how = name.n < key.n ? rank(f, pl_str_sub(key, 0, key.n - name.n - 1), name) : 0;
    if (how > f->best) {
        f->best = how;
        f->value = value;
    }
}

/* The next word of a command line, its quotes taken off, in place. */
static bool next_word(char **p, const char *end, pl_str *ret)
{
    char *at = *p;

    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n'))
        at++;
    char *to = at;
    char *start = at;
    char quote = 0;
    for (; at < end && (quote || (*at != ' ' && *at != '\t' && *at != '\n')); at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? 0 : *at;
        else
            *to++ = *at;
    }
    *p = at;
    *ret = (pl_str){start, (size_t)(to - start)};
    return start < end;
}

/* "-X" and its value, joined by "=", by nothing, or as the word that follows. */
static void take_words(struct flags *f, char *text, size_t n)
{
    char *p = text;
    const char *end = text + n;
    pl_str word;
    bool is_next = false;

    while (next_word(&p, end, &word)) {
        bool is_flag = !is_next && pl_str_starts(word, PL_S("-X"));
        if (is_next)
            take_variable(f, word);
        is_next = is_flag && word.n == 2;
        if (is_flag && word.n > 3)
            take_variable(f, pl_str_sub(word, word.p[2] == '=' ? 3 : 2, word.n));
    }
}

/* Go writes a value with blanks in it as a Go string. */
static size_t unquote(pl_str value, char *to)
{
    size_t n = 0;
    bool is_quoted = value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"';

    if (is_quoted)
        value = pl_str_sub(value, 1, value.n - 2);
    for (size_t i = 0; i < value.n; i++) {
        bool is_escape = is_quoted && value.p[i] == '\\' && i + 1 < value.n;
        char c = value.p[i += is_escape];
        to[n++] = is_escape && (c == 't' || c == 'n') ? ' ' : c;
    }
    return n;
}

static pl_rc flags_version(pl_str value, pl_str main, pl_arena *a, pl_str *ret, pl_err *err)
{
    struct flags f = {.main = main, .value = {"", 0}};
    char *copy = pl_arena_calloc(a, value.n + 1, 1);

    if (!copy)
        return pl_fail(err, PL_LIMIT, "Go build information: it takes more than PL_FOUND_SCRATCH");
    take_words(&f, copy, unquote(value, copy));
    *ret = f.value;
    return PL_OK;
}

/* ---- the list of modules ---- */

struct module {
    pl_str path, version, sum;
    pl_str old_path, old_version; /* what it replaces */
};

struct list {
    pl_found_each each;
    void *arg;
    pl_arena *a;
    pl_str program; /* import path of the main package */
    struct module main, last;
    bool has_last; /* a dependency that was not told yet: "=>" may follow it */
    bool has_dependency;
    pl_str ldflags;
};

static bool is_told(pl_str version)
{
    return version.n && !pl_str_eq(version, PL_S("(devel)"));
}

static pl_rc tell(const struct list *l, const struct module *m, pl_err *err)
{
    PL_AUTO_BUF pl_buf from = {0};
    /* Replaced by a folder: the module's code, changed in a way that nobody wrote down. */
    bool is_folder = m->old_path.n && !is_told(m->version);
    pl_found f = {.kind = PL_FOUND_INSTALLED,
                  .lang = PL_LANG_GO,
                  .name = is_folder ? m->old_path : m->path,
                  .version = is_told(m->version) ? m->version : (pl_str){"", 0},
                  .integrity = m->sum};

    if (is_folder)
        pl_buf_fmt(&from, "replaced by %.*s", PL_F(m->path));
    else if (m->old_path.n)
        pl_buf_fmt(&from, "replaces %.*s%s%.*s", PL_F(m->old_path), m->old_version.n ? "@" : "",
                   PL_F(m->old_version));
    f.provenance = pl_str_sub(pl_buf_view(&from), 0, PL_FOUND_TEXT_MAX);
    if (!pl_buf_ok(&from))
        return pl_fail(err, PL_NOMEM, "Go build information");
    pl_found named = f;
    named.version = f.version.n ? f.version : PL_S("-");
    return pl_found_is_whole(&named) ? l->each(&f, l->arg, err) : PL_OK;
}

static pl_rc tell_last(struct list *l, pl_err *err)
{
    bool has = l->has_last;

    l->has_last = false;
    return has ? tell(l, &l->last, err) : PL_OK;
}

static struct module read_module(pl_str rest)
{
    struct module m = {0};

    if (pl_str_cut(&rest, '\t', &m.path) && pl_str_cut(&rest, '\t', &m.version))
        (void)pl_str_cut(&rest, '\t', &m.sum);
    return m;
}

static void replace(struct module *m, pl_str rest)
{
    struct module with = read_module(rest);

    with.old_path = m->path;
    with.old_version = m->version;
    *m = with;
}

static pl_rc take_line(struct list *l, pl_str line, pl_err *err)
{
    pl_str rest = line;
    pl_str word;

    if (!pl_str_cut(&rest, '\t', &word))
        return PL_OK;
    if (pl_str_eq(word, PL_S("=>"))) {
        replace(l->has_last ? &l->last : &l->main, rest);
        return PL_OK;
    }
    pl_rc rc = tell_last(l, err);
    if (pl_str_eq(word, PL_S("path")))
        l->program = rest;
    else if (pl_str_eq(word, PL_S("mod")))
        l->main = read_module(rest);
    else if (pl_str_eq(word, PL_S("build")) && pl_str_starts(rest, PL_S("-ldflags=")))
        l->ldflags = pl_str_sub(rest, sizeof("-ldflags=") - 1, rest.n);
    else if (pl_str_eq(word, PL_S("dep"))) {
        l->last = read_module(rest);
        l->has_last = l->has_dependency = true;
    }
    return rc;
}

static bool is_go_itself(const struct list *l)
{
    return pl_str_starts(l->program, PL_S("cmd/"));
}

/* Programs of before modules say only which package they are. */
static pl_rc tell_main(struct list *l, pl_err *err)
{
    struct module m = l->main;
    PL_AUTO_BUF pl_buf version = {0};
    pl_str said = {"", 0};

    if (!m.path.n)
        m.path = l->program;
    if (!m.path.n || pl_str_eq(m.path, PL_S("command-line-arguments")) || is_go_itself(l))
        return PL_OK;
    pl_rc rc = is_told(m.version) ? PL_OK : flags_version(l->ldflags, m.path, l->a, &said, err);
    if (!rc && said.n) {
        pl_buf_fmt(&version, "%s%.*s", said.p[0] == 'v' ? "" : "v", PL_F(said));
        m.version = pl_buf_view(&version);
    }
    if (!pl_buf_ok(&version))
        return pl_fail(err, PL_NOMEM, "Go build information");
    return rc ? rc : tell(l, &m, err);
}

/* What is filed under the release of Go: "stdlib", and "toolchain" for its own programs. */
static pl_rc tell_release(const struct list *l, pl_str name, pl_str version, pl_err *err)
{
    PL_AUTO_BUF pl_buf release = {0};
    pl_found f = {
        .kind = PL_FOUND_INSTALLED, .lang = PL_LANG_GO, .name = name, .provenance = version};

    if (pl_go_release(version, &release))
        f.version = pl_buf_view(&release);
    return pl_buf_ok(&release) ? l->each(&f, l->arg, err)
                               : pl_fail(err, PL_NOMEM, "Go build information");
}

pl_rc pl_go_modules(pl_str version, pl_str modules, pl_arena *a, pl_found_each each, void *arg,
                    bool *ret_is_whole, pl_err *err)
{
    struct list l = {.each = each, .arg = arg, .a = a};
    pl_str line;
    pl_rc rc = tell_release(&l, PL_S("stdlib"), version, err);

    while (!rc && pl_next_line(&modules, &line))
        rc = take_line(&l, line, err);
    if (!rc)
        rc = tell_last(&l, err);
    if (!rc && is_go_itself(&l))
        rc = tell_release(&l, PL_S("toolchain"), version, err);
    *ret_is_whole = l.main.path.n || l.has_dependency || is_go_itself(&l) ||
                    pl_str_eq(l.program, PL_S("command-line-arguments"));
    return rc ? rc : tell_main(&l, err);
}
