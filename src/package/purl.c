/* SPDX-License-Identifier: Apache-2.0 */
#include "package/purl.h"

#include "core/char.h"
#include "package/found.h"
#include "package/rpm.h"

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static pl_str unescape(pl_str s, pl_arena *a)
{
    char *p = pl_arena_calloc(a, s.n + 1, 1);
    size_t n = 0;

    for (size_t i = 0; p && i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
        if (low >= 0) {
            p[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            p[n++] = s.p[i];
        }
    }
    return p ? (pl_str){p, n} : (pl_str){"", 0};
}

static pl_str lower(pl_str s, pl_arena *a)
{
    char *p = pl_arena_calloc(a, s.n + 1, 1);

    for (size_t i = 0; p && i < s.n; i++)
        p[i] = pl_to_lower(s.p[i]);
    return p ? (pl_str){p, s.n} : (pl_str){"", 0};
}

/* Cuts what follows the last `sep` off *s; empty and *s whole when there is none. */
static pl_str cut_last(pl_str *s, char sep)
{
    size_t i = s->n;

    while (i > 0 && s->p[i - 1] != sep)
        i--;
    if (i == 0)
        return (pl_str){"", 0};
    pl_str tail = pl_str_sub(*s, i, s->n);
    *s = pl_str_sub(*s, 0, i - 1);
    return tail;
}

pl_rc pl_purl_parse(pl_str purl, pl_arena *a, pl_purl_parts *ret, pl_err *err)
{
    pl_str rest = purl, head;

    *ret = (pl_purl_parts){0};
    if (!pl_str_starts(rest, PL_S("pkg:")))
        return pl_fail(err, PL_FORMAT, "no package URL");
    rest = pl_str_sub(rest, 4, rest.n);
    while (rest.n && rest.p[0] == '/')
        rest = pl_str_sub(rest, 1, rest.n);
    (void)cut_last(&rest, '#');
    ret->qualifiers = cut_last(&rest, '?');
    if (!pl_str_cut(&rest, '/', &head) || !head.n || !rest.n)
        return pl_fail(err, PL_FORMAT, "package URL without type or name");
    ret->type = lower(head, a);
    /* The scope of an npm name may stand unescaped, so only an @ behind the last / is one. */
    size_t slash = rest.n;
    while (slash > 0 && rest.p[slash - 1] != '/')
        slash--;
    pl_str last = pl_str_sub(rest, slash, rest.n);
    ret->version = unescape(cut_last(&last, '@'), a);
    ret->name = unescape(last, a);
    ret->space = unescape(pl_str_sub(rest, 0, slash ? slash - 1 : 0), a);
    return ret->name.n ? PL_OK : pl_fail(err, PL_FORMAT, "package URL without a name");
}

pl_str pl_purl_qualifier(const pl_purl_parts *p, const char *key, pl_arena *a)
{
    pl_str rest = p->qualifiers, pair, name;

    while (pl_str_cut(&rest, '&', &pair))
        if (pl_str_cut(&pair, '=', &name) && pl_str_eq(name, pl_str_c(key)))
            return unescape(pair, a);
    return (pl_str){"", 0};
}

/* ---- as a package ---- */

static bool lang_of(pl_str type, pl_lang *ret)
{
    for (int i = 0; i <= PL_LANG_GENERIC; i++) {
        *ret = (pl_lang)i;
        if (pl_str_eq(pl_str_c(pl_lang_type(*ret)), type))
            return *ret != PL_LANG_GENERIC;
    }
    return false;
}

static pl_str keep(pl_buf *b, pl_arena *a)
{
    pl_str s = pl_arena_str(a, pl_buf_view(b));

    return s.p ? s : (pl_str){"", 0};
}

/* Maven joins with a colon, the others with a slash. */
static pl_str full_name(const pl_purl_parts *p, pl_lang l, pl_arena *a)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (!p->space.n)
        return p->name;
    pl_buf_str(&b, p->space);
    pl_buf_ch(&b, l == PL_LANG_MAVEN ? ':' : '/');
    pl_buf_str(&b, p->name);
    return keep(&b, a);
}

/* "debian-12" of the qualifier, else the distribution of the document, else the namespace alone. */
static pl_distribution distribution_of(const pl_purl_parts *p, const pl_distribution *d,
                                       pl_arena *a)
{
    pl_str distro = pl_purl_qualifier(p, "distro", a);
    pl_str version = cut_last(&distro, '-');

    if (distro.n && version.n)
        return (pl_distribution){.id = distro, .version = version};
    if (d->id.n)
        return *d;
    return (pl_distribution){.id = p->space};
}

static pl_str with_epoch(pl_str epoch, pl_str version, pl_arena *a)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (!epoch.n || pl_str_eq(epoch, PL_S("0")))
        return version;
    pl_buf_fmt(&b, "%.*s:%.*s", PL_F(epoch), PL_F(version));
    return keep(&b, a);
}

/* upstream=openssl@3.0.2-1, upstream=bash-5.1-2.src.rpm, as some makers write it; the epoch of an
 * rpm is a qualifier, and most likely its source's as well. */
static void set_source(pl_str upstream, pl_str epoch, pl_arena *a, pl_package *ret)
{
    pl_str version;

    ret->source = ret->name;
    ret->source_version = ret->version;
    if (pl_rpm_cut_source(upstream, &ret->source, &version)) {
        ret->source_version = with_epoch(epoch, version, a);
        return;
    }
    version = cut_last(&upstream, '@');
    ret->source = upstream.n ? upstream : ret->source;
    ret->source_version = version.n ? version : ret->source_version;
}

static void system_package(const pl_purl_parts *p, const pl_distribution *given, pl_arena *a,
                           pl_package *ret)
{
    PL_AUTO_BUF pl_buf ecosystem = {0};
    pl_distribution d = distribution_of(p, given, a);
    pl_str epoch = pl_purl_qualifier(p, "epoch", a);

    ret->name = p->name;
    ret->arch = pl_purl_qualifier(p, "arch", a);
    pl_ecosystem(&d, p->type, &ecosystem);
    ret->ecosystem = keep(&ecosystem, a);
    ret->version = with_epoch(epoch, p->version, a);
    set_source(pl_purl_qualifier(p, "upstream", a), epoch, a, ret);
}

pl_rc pl_purl_package(const pl_purl_parts *p, pl_str purl, const pl_distribution *d, pl_arena *a,
                      pl_package *ret, pl_err *err)
{
    pl_lang l;

    *ret = (pl_package){.type = p->type, .version = p->version, .purl = purl};
    if (lang_of(p->type, &l)) {
        PL_AUTO_BUF pl_buf filed = {0};
        ret->name = full_name(p, l, a);
        pl_lang_osv_name(l, ret->name, &filed);
        ret->source = keep(&filed, a);
        ret->source_version = ret->version;
        ret->language = pl_str_c(pl_lang_language(l));
        ret->ecosystem = pl_str_c(pl_lang_ecosystem(l));
    } else {
        system_package(p, d, a, ret);
    }
    return ret->name.p ? PL_OK : pl_fail(err, PL_LIMIT, "package URL does not fit its budget");
}
