/* SPDX-License-Identifier: Apache-2.0 */
#include "package/manifests.h"

#include "core/char.h"
#include "core/json_rd.h"
#include "package/limits.h"
#include "package/lines.h"

#include <string.h>

static pl_rc nameless(pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "names no package or no version");
}

static pl_rc tell(const pl_found *f, pl_found_each each, void *arg, pl_err *err)
{
    return pl_found_is_whole(f) ? each(f, arg, err) : nameless(err);
}

/* The first string in quotes, either kind. */
static pl_str quoted(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"' || s.p[i] == '\'')
            return pl_before(pl_str_sub(s, i + 1, s.n), s.p[i]);
    return (pl_str){"", 0};
}

/* ---- Ruby ---- */

static void take_gemspec(pl_found *f, pl_str line)
{
    pl_str rest = pl_str_trim(line);
    pl_str left;

    if (pl_str_starts(rest, PL_S("# stub: ")) && !f->name.n) {
        rest = pl_str_sub(rest, 8, rest.n);
        (void)pl_str_cut(&rest, ' ', &f->name);
        (void)pl_str_cut(&rest, ' ', &f->version);
        return;
    }
    if (!pl_str_cut(&rest, '=', &left))
        return;
    left = pl_str_trim(left);
    if (pl_str_ends(left, PL_S(".name")) && !f->name.n)
        f->name = quoted(rest);
    else if (pl_str_ends(left, PL_S(".version")) && !f->version.n)
        f->version = quoted(rest);
    else if ((pl_str_ends(left, PL_S(".licenses")) || pl_str_ends(left, PL_S(".license"))) &&
             !f->licence.n)
        f->licence = quoted(rest);
}

pl_rc pl_gemspec(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_GEM};
    pl_str line;

    (void)a;
    while (pl_next_line(&text, &line))
        take_gemspec(&f, line);
    return tell(&f, each, arg, err);
}

/* ---- .NET: {"libraries": {"Name/1.0.0": {"type": "package", "sha512": "..."}}} ---- */

static pl_rc tell_library(pl_found *f, pl_str key, pl_str type, pl_found_each each, void *arg,
                          pl_err *err)
{
    static const char pack[] = "runtimepack.";

    if (pl_str_eq(type, PL_S("runtimepack")) && pl_str_starts(key, PL_S(pack)))
        key = pl_str_sub(key, sizeof(pack) - 1, key.n);
    else if (!pl_str_eq(type, PL_S("package")))
        return PL_OK;
    f->version = pl_after_last(key, '/');
    if (f->version.n < key.n)
        f->name = pl_str_sub(key, 0, key.n - f->version.n - 1);
    return pl_found_is_whole(f) ? each(f, arg, err) : PL_OK;
}

static pl_rc read_libraries(pl_json_rd *r, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_json_enter_object(r))
        return PL_OK;
    for (pl_str name; !rc && pl_json_key(r, &name);) {
        pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_NUGET};
        pl_str type = {"", 0};
        pl_json_slot slots[] = {{"type", &type}, {"sha512", &f.integrity}};
        if (!pl_json_enter_object(r))
            continue;
        for (pl_str key; pl_json_key(r, &key);)
            if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                pl_json_skip(r);
        if (!r->is_bad)
            rc = tell_library(&f, name, type, each, arg, err);
    }
    return rc;
}

static pl_rc bad_json(const pl_json_rd *r, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "no JSON: %s at byte %zu", r->why, (size_t)(r->p - r->start));
}

pl_rc pl_deps_json(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    if (pl_str_starts(text, PL_S("\xEF\xBB\xBF")))
        text = pl_str_sub(text, 3, text.n);
    pl_json_rd r = pl_json_rd_of(text);
    pl_rc rc = PL_OK;

    if (pl_json_enter_object(&r))
        for (pl_str key; !rc && pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("libraries")))
                rc = read_libraries(&r, a, each, arg, err);
            else
                pl_json_skip(&r);
        }
    return rc ? rc : pl_json_done(&r) ? PL_OK : bad_json(&r, err);
}

/* ---- Erlang: {application, NAME, [{vsn, "1.0"}, ...]}. ---- */

/* What Erlang/OTP itself consists of (its documentation, "Applications"). */
static bool is_otp(pl_str name)
{
    static const char *const names[] = {
        "asn1",     "common_test",   "compiler", "crypto",        "debugger",   "dialyzer",
        "diameter", "edoc",          "eldap",    "erl_interface", "et",         "eunit",
        "erts",     "ftp",           "inets",    "jinterface",    "kernel",     "megaco",
        "mnesia",   "observer",      "odbc",     "os_mon",        "parsetools", "public_key",
        "reltool",  "runtime_tools", "sasl",     "snmp",          "ssh",        "ssl",
        "stdlib",   "syntax_tools",  "tftp",     "tools",         "wx",         "xmerl"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq(name, pl_str_c(names[i])))
            return true;
    return false;
}

static pl_str behind(pl_str text, const char *mark)
{
    const char *at = text.n ? memmem(text.p, text.n, mark, strlen(mark)) : NULL;
    return at ? pl_str_sub(text, (size_t)(at - text.p) + strlen(mark), text.n) : (pl_str){"", 0};
}

pl_rc pl_erlang_app(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_str body = behind(text, "{application");
    pl_found f = {.kind = PL_FOUND_INSTALLED, .version = quoted(behind(body, "{vsn"))};

    (void)a;
    body = pl_str_trim(body);
    if (pl_str_starts(body, PL_S(",")))
        f.name = pl_bare(pl_before(pl_str_sub(body, 1, body.n), ','));
    f.lang = is_otp(f.name) ? PL_LANG_OTP : PL_LANG_HEX;
    return tell(&f, each, arg, err);
}

/* ---- Perl ---- */

/* install.json has the module as its name and the distribution as "dist". */
pl_rc pl_cpan_meta(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_CPAN};
    pl_str dist = {"", 0};
    pl_str pathname = {"", 0};
    pl_json_slot slots[] = {
        {"name", &f.name}, {"version", &f.version}, {"dist", &dist}, {"pathname", &pathname}};
    pl_json_rd r = pl_json_rd_of(text);

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_json_pick(&r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                continue;
            if (!pl_str_eq(key, PL_S("license")) || !pl_json_enter_array(&r)) {
                if (!pl_str_eq(key, PL_S("license")))
                    pl_json_skip(&r);
                continue;
            }
            for (pl_str one; pl_json_item(&r);) {
                pl_json_string_head(&r, a, PL_FOUND_TEXT_MAX, &one);
                f.licence = f.licence.n ? f.licence : one;
            }
        }
    if (!pl_json_done(&r))
        return bad_json(&r, err);
    pl_str version = pl_after_last(dist, '-');
    if (version.n && version.n < dist.n)
        f.name = pl_str_sub(dist, 0, dist.n - version.n - 1);
    f.provenance = pathname;
    return tell(&f, each, arg, err);
}

bool pl_packlist_name(pl_str path, pl_buf *ret)
{
    static const char end[] = "/.packlist";
    pl_str rest = behind(path, "/auto/");
    pl_str part;

    if (!pl_str_ends(rest, PL_S(end)))
        return false;
    rest.n -= sizeof(end) - 1;
    while (pl_str_cut(&rest, '/', &part)) {
        if (ret->n)
            pl_buf_ch(ret, '-');
        pl_buf_str(ret, part);
    }
    return pl_buf_ok(ret) && ret->n > 0;
}

void pl_packlist_key(pl_str name, pl_buf *ret)
{
    pl_buf_fmt(ret, "packlist:%.*s", PL_F(name));
}

/* ---- R ---- */

/* What the clients that install from repositories of sources write. */
struct remote {
    pl_str type, user, repository, commit;
};

/* "github:user/repository#commit" */
static void put_remote(const struct remote *from, pl_buf *out)
{
    if (!from->type.n || !from->user.n || !from->repository.n)
        return;
    pl_buf_fmt(out, "%.*s:%.*s/%.*s", PL_F(from->type), PL_F(from->user), PL_F(from->repository));
    if (from->commit.n)
        pl_buf_fmt(out, "#%.*s", PL_F(from->commit));
}

pl_rc pl_r_description(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_CRAN};
    pl_str built = {"", 0};
    pl_str url = {"", 0};
    pl_str repository = {"", 0};
    struct remote from = {.type = {"", 0}};
    PL_AUTO_BUF pl_buf remote = {0};
    const struct {
        const char *key;
        pl_str *to;
    } keys[] = {{"Package", &f.name},
                {"Version", &f.version},
                {"License", &f.licence},
                {"Built", &built},
                {"RemoteUrl", &url},
                {"Repository", &repository},
                {"RemoteType", &from.type},
                {"RemoteUsername", &from.user},
                {"RemoteRepo", &from.repository},
                {"RemoteSha", &from.commit}};
    pl_str line;

    (void)a;
    while (pl_next_line(&text, &line)) {
        pl_str rest = line;
        pl_str key;
        if (!line.n || line.p[0] == ' ' || line.p[0] == '\t' || !pl_str_cut(&rest, ':', &key))
            continue;
        for (size_t i = 0; i < PL_COUNT(keys); i++)
            if (pl_str_eq(key, pl_str_c(keys[i].key)))
                *keys[i].to = pl_str_trim(rest);
    }
    put_remote(&from, &remote);
    if (!pl_buf_ok(&remote))
        return pl_fail(err, PL_NOMEM, "DESCRIPTION");
    f.provenance = url.n ? url : remote.n ? pl_buf_view(&remote) : repository;
    return built.n ? tell(&f, each, arg, err) : PL_OK;
}

/* ---- Lua: assignments at the start of a line ---- */

pl_rc pl_rockspec(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_LUAROCKS};
    const struct {
        const char *key;
        pl_str *to;
    } keys[] = {{"package", &f.name},
                {"version", &f.version},
                {"license", &f.licence},
                {"url", &f.provenance}};
    pl_str line;

    (void)a;
    while (pl_next_line(&text, &line)) {
        pl_str rest = line;
        pl_str key;
        if (!pl_str_cut(&rest, '=', &key))
            continue;
        key = pl_after_last(pl_str_trim(key), '{');
        for (size_t i = 0; i < PL_COUNT(keys); i++)
            if (pl_str_eq(pl_str_trim(key), pl_str_c(keys[i].key)) && !keys[i].to->n)
                *keys[i].to = quoted(rest);
    }
    return tell(&f, each, arg, err);
}
