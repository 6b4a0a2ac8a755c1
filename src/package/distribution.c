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

/* name and the first number of the version */
static void by_major(const pl_distribution *d, const char *name, pl_buf *out)
{
    pl_str release;
    if (numbers(d->version, 1, &release))
        pl_buf_fmt(out, "%s%.*s", name, PL_F(release));
}

/* name and the first two; a snapshot of Alpine's edge calls itself "3.21_alpha20240923": no
 * release that advisories know. */
static void by_minor(const pl_distribution *d, const char *name, pl_buf *out)
{
    pl_str release;
    if (numbers(d->version, 2, &release))
        pl_buf_fmt(out, "%s%.*s", name, PL_F(release));
}

static void by_name(const pl_distribution *d, const char *name, pl_buf *out)
{
    (void)d;
    pl_buf_c(out, name);
}

static void ubuntu(const pl_distribution *d, const char *name, pl_buf *out)
{
    pl_str release;
    if (numbers(d->version, 2, &release))
        pl_buf_fmt(out, "%s%.*s%s", name, PL_F(release), is_ubuntu_lts(release) ? ":LTS" : "");
}

/* CentOS Linux was built from the sources of Red Hat's release; CentOS Stream is what comes
 * before one, and no advisory counts its versions. */
static void centos(const pl_distribution *d, const char *name, pl_buf *out)
{
    if (!pl_str_has(d->name, PL_S("Stream")))
        by_major(d, name, out);
}

/* 15.5 is "15 SP5"; from 16 on the number is the name. */
static void suse(const pl_distribution *d, const char *name, pl_buf *out)
{
    pl_str minor = d->version;
    pl_str major;
    uint64_t n = 0;

    if (!pl_str_cut(&minor, '.', &major) || !pl_str_u64(major, &n) ||
        (minor.n && !pl_str_u64(minor, &(uint64_t){0})))
        return;
    pl_buf_fmt(out, "%s%.*s", name, PL_F(major));
    if (minor.n && !pl_str_eq(minor, PL_S("0")) && n < 16)
        pl_buf_fmt(out, " SP%.*s", PL_F(minor));
    else if (n >= 16)
        pl_buf_fmt(out, ".%.*s", PL_F(minor.n ? minor : PL_S("0")));
}

/* "openEuler 22.03 (LTS-SP3)" is "22.03-LTS-SP3". */
static void openeuler(const pl_distribution *d, const char *name, pl_buf *out)
{
    pl_str rest = d->name;
    pl_str part;

    by_minor(d, name, out);
    if (pl_str_cut(&rest, '(', &part) && rest.n && pl_str_cut(&rest, ')', &part) && part.n)
        pl_buf_fmt(out, "-%.*s", PL_F(part));
}

void pl_ecosystem(const pl_distribution *d, pl_str type, pl_buf *out)
{
    static const struct {
        const char *id, *type;
        void (*print)(const pl_distribution *d, const char *name, pl_buf *out);
        const char *name;
    } rows[] = {
        {"debian", "deb", by_major, "Debian:"},
        {"ubuntu", "deb", ubuntu, "Ubuntu:"},
        {"echo", "deb", by_name, "Echo"},
        {"alpine", "apk", by_minor, "Alpine:v"},
        {"wolfi", "apk", by_name, "Wolfi"},
        {"chainguard", "apk", by_name, "Chainguard"},
        {"minimos", "apk", by_name, "MinimOS"},
        {"alpaquita", "apk", by_major, "Alpaquita:"},
        {"rhel", "rpm", by_major, "Red Hat:enterprise_linux:"},
        {"centos", "rpm", centos, "Red Hat:enterprise_linux:"},
        {"rocky", "rpm", by_major, "Rocky Linux:"},
        {"almalinux", "rpm", by_major, "AlmaLinux:"},
        {"ol", "rpm", by_major, "Oracle Linux:"},
        {"amzn", "rpm", by_major, "Amazon Linux:"},
        {"sles", "rpm", suse, "SUSE:Linux Enterprise Server "},
        {"sled", "rpm", suse, "SUSE:Linux Enterprise Desktop "},
        {"sles_sap", "rpm", suse, "SUSE:Linux Enterprise Server for SAP Applications "},
        {"sle-micro", "rpm", by_minor, "SUSE:Linux Enterprise Micro "},
        {"sl-micro", "rpm", by_minor, "SUSE:Linux Micro "},
        {"opensuse-leap", "rpm", by_minor, "openSUSE:Leap "},
        {"opensuse-leap-micro", "rpm", by_minor, "openSUSE:Leap Micro "},
        {"opensuse-tumbleweed", "rpm", by_name, "openSUSE:Tumbleweed"},
        {"azurelinux", "rpm", by_major, "Azure Linux:"},
        {"mariner", "rpm", by_major, "Azure Linux:"},
        {"photon", "rpm", by_minor, "Photon OS:"},
        {"mageia", "rpm", by_major, "Mageia:"},
        {"openEuler", "rpm", openeuler, "openEuler:"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_eq(d->id, pl_str_c(rows[i].id)) && pl_str_eq(type, pl_str_c(rows[i].type)))
            rows[i].print(d, rows[i].name, out);
}

/* ---- package URLs ---- */

/* purl-spec: letters, digits, ".", "-", "_", "~" and ":" stand as they are. */
void pl_purl_escape(pl_str s, pl_buf *out)
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

/* Who the packages are of; most are called as their os-release calls them. */
static pl_str namespace_of(pl_str id)
{
    static const char *const names[][2] = {
        {"rhel", "redhat"},
        {"ol", "oracle"},
        {"amzn", "amazon"},
        {"sles", "suse"},
        {"sled", "suse"},
        {"sles_sap", "suse"},
        {"sle-micro", "suse"},
        {"sl-micro", "suse"},
        {"opensuse-leap", "opensuse"},
        {"opensuse-leap-micro", "opensuse"},
        {"opensuse-tumbleweed", "opensuse"},
        {"openEuler", "openeuler"},
    };

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq(id, pl_str_c(names[i][0])))
            return pl_str_c(names[i][1]);
    return id;
}

struct qualifiers {
    pl_buf *out;
    char sep;
};

static void key(struct qualifiers *q, const char *name)
{
    pl_buf_ch(q->out, q->sep);
    pl_buf_c(q->out, name);
    pl_buf_ch(q->out, '=');
    q->sep = '&';
}

static void qualifier(struct qualifiers *q, const char *name, pl_str value)
{
    if (!value.n)
        return;
    key(q, name);
    pl_purl_escape(value, q->out);
}

/* Snaps and store paths are the same on every distribution, and an ebuild is named with its
 * category. */
static void print_name(const pl_package *p, const pl_distribution *d, pl_buf *out)
{
    pl_str rest = p->name;
    pl_str part;

    if (pl_str_eq(p->type, PL_S("ebuild")) && pl_str_has(p->name, PL_S("/"))) {
        (void)pl_str_cut(&rest, '/', &part);
        pl_purl_escape(part, out);
        pl_buf_ch(out, '/');
    } else if (d->id.n && !pl_str_eq(p->type, PL_S("snap")) && !pl_str_eq(p->type, PL_S("nix"))) {
        pl_purl_escape(namespace_of(d->id), out);
        pl_buf_ch(out, '/');
    }
    pl_purl_escape(rest, out);
}

void pl_purl(const pl_package *p, const pl_distribution *d, pl_buf *out)
{
    struct qualifiers q = {out, '?'};
    pl_str version = p->version;
    pl_str epoch = {"", 0};

    /* rpm's epoch is a qualifier there; dpkg's stays in the version. */
    if (pl_str_eq(p->type, PL_S("rpm")) && pl_str_has(version, PL_S(":")))
        (void)pl_str_cut(&version, ':', &epoch);
    pl_buf_c(out, "pkg:");
    pl_purl_escape(p->type, out);
    pl_buf_ch(out, '/');
    print_name(p, d, out);
    pl_buf_ch(out, '@');
    pl_purl_escape(version, out);
    qualifier(&q, "arch", p->arch);
    if (d->id.n && d->version.n) {
        key(&q, "distro");
        pl_purl_escape(d->id, out);
        pl_buf_ch(out, '-');
        pl_purl_escape(d->version, out);
    }
    qualifier(&q, "epoch", epoch);
    qualifier(&q, "modularitylabel", p->module);
}
