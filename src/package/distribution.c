/* SPDX-License-Identifier: Apache-2.0 */
#include "package/distribution.h"

#include <string.h>

/* ---- os-release ---- */

/* A value of a shell assignment: may be quoted, and inside quotes backslashes protect. */
static pl_str unquote(pl_arena *a, pl_str v)
{
    char quote = v.n >= 2 && (v.p[0] == '"' || v.p[0] == '\'') ? v.p[0] : '\0';

    if (quote && v.p[v.n - 1] == quote)
        v = pl_str_sub(v, 1, v.n - 2);
    char *p = pl_arena_calloc(a, v.n + 1, 1);
    if (!p)
        return (pl_str){NULL, 0};
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '\\' && quote != '\'' && i + 1 < v.n)
            i++;
        p[n++] = v.p[i];
    }
    return (pl_str){p, n};
}

pl_rc pl_os_release_parse(pl_str text, pl_arena *a, pl_distribution *ret, pl_err *err)
{
    pl_distribution d = {0};
    const struct {
        const char *key;
        pl_str *to;
    } keys[] = {
        {"ID", &d.id},
        {"VERSION_ID", &d.version},
        {"VERSION_CODENAME", &d.codename},
        {"PRETTY_NAME", &d.name},
    };
    pl_str line;

    while (pl_str_cut(&text, '\n', &line)) {
        pl_str value = pl_str_trim(line);
        pl_str key;
        if (!pl_str_cut(&value, '=', &key))
            continue;
        for (size_t i = 0; i < PL_COUNT(keys); i++) {
            if (!pl_str_eq(key, pl_str_c(keys[i].key)))
                continue;
            *keys[i].to = unquote(a, value);
            if (!keys[i].to->p)
                return pl_fail(err, PL_LIMIT, "os-release does not fit its budget");
        }
    }
    *ret = d;
    return PL_OK;
}

static pl_str leading(pl_str s, const char *of)
{
    size_t n = 0;

    while (n < s.n && s.p[n] && strchr(of, s.p[n]))
        n++;
    return pl_str_sub(s, 0, n);
}

/* "12.5"; testing and unstable say "trixie/sid". */
bool pl_debian_version_parse(pl_str text, pl_distribution *ret)
{
    pl_str version = leading(pl_str_trim(text), "0123456789");

    if (text.n == 0)
        return false;
    *ret = (pl_distribution){.id = PL_S("debian"), .version = version};
    return true;
}

bool pl_alpine_release_parse(pl_str text, pl_distribution *ret)
{
    pl_str version = leading(pl_str_trim(text), "0123456789.");

    if (version.n == 0)
        return false;
    *ret = (pl_distribution){.id = PL_S("alpine"), .version = version};
    return true;
}

/* ---- OSV ---- */

/* The first n numbers of "3.18.4"; false when there are fewer, or something else follows. */
static bool numbers(pl_str version, int n, pl_str *ret)
{
    pl_str rest = version;
    pl_str part;
    uint64_t value;
    size_t end = 0;

    for (int i = 0; i < n; i++) {
        if (!pl_str_cut(&rest, '.', &part) || !pl_str_u64(part, &value))
            return false;
        end = (size_t)(part.p - version.p) + part.n;
    }
    *ret = pl_str_sub(version, 0, end);
    return true;
}

/* Every second April release has long support, and OSV says so in the name. */
static bool is_ubuntu_lts(pl_str release)
{
    uint64_t year = 0;
    pl_str rest = release;
    pl_str part;

    return pl_str_cut(&rest, '.', &part) && pl_str_u64(part, &year) && year % 2 == 0 &&
           pl_str_eq(rest, PL_S("04"));
}

static void debian(pl_str version, pl_buf *out)
{
    pl_str release;
    if (numbers(version, 1, &release))
        pl_buf_fmt(out, "Debian:%.*s", PL_F(release));
}

static void ubuntu(pl_str version, pl_buf *out)
{
    pl_str release;
    if (numbers(version, 2, &release))
        pl_buf_fmt(out, "Ubuntu:%.*s%s", PL_F(release), is_ubuntu_lts(release) ? ":LTS" : "");
}

/* A snapshot of edge calls itself "3.21_alpha20240923": no release that advisories know. */
static void alpine(pl_str version, pl_buf *out)
{
    pl_str release;
    if (numbers(version, 2, &release))
        pl_buf_fmt(out, "Alpine:v%.*s", PL_F(release));
}

static void wolfi(pl_str version, pl_buf *out)
{
    (void)version;
    pl_buf_c(out, "Wolfi");
}

static void chainguard(pl_str version, pl_buf *out)
{
    (void)version;
    pl_buf_c(out, "Chainguard");
}

void pl_ecosystem(const pl_distribution *d, pl_str type, pl_buf *out)
{
    static const struct {
        const char *id, *type;
        void (*name)(pl_str version, pl_buf *out);
    } rows[] = {
        {"debian", "deb", debian}, {"ubuntu", "deb", ubuntu},         {"alpine", "apk", alpine},
        {"wolfi", "apk", wolfi},   {"chainguard", "apk", chainguard},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_eq(d->id, pl_str_c(rows[i].id)) && pl_str_eq(type, pl_str_c(rows[i].type)))
            rows[i].name(d->version, out);
}

/* ---- package URLs ---- */

/* purl-spec: letters, digits, ".", "-", "_", "~" and ":" stand as they are. */
static void percent(pl_str s, pl_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            (c && strchr(".-_~:", c)))
            pl_buf_ch(out, (char)c);
        else
            pl_buf_fmt(out, "%%%02X", c);
    }
}

void pl_purl(const pl_package *p, const pl_distribution *d, pl_buf *out)
{
    const char *sep = "?";

    pl_buf_c(out, "pkg:");
    percent(p->type, out);
    pl_buf_ch(out, '/');
    if (d->id.n) {
        percent(d->id, out);
        pl_buf_ch(out, '/');
    }
    percent(p->name, out);
    pl_buf_ch(out, '@');
    percent(p->version, out);
    if (p->arch.n) {
        pl_buf_c(out, "?arch=");
        percent(p->arch, out);
        sep = "&";
    }
    if (d->id.n && d->version.n) {
        pl_buf_fmt(out, "%sdistro=", sep);
        percent(d->id, out);
        pl_buf_ch(out, '-');
        percent(d->version, out);
    }
}
