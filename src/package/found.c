/* SPDX-License-Identifier: Apache-2.0 */
#include "package/found.h"

#include "core/char.h"
#include "core/rd.h"
#include "package/distribution.h"
#include "package/limits.h"

#include <string.h>

static const struct {
    const char *type, *language, *ecosystem;
} langs[] = {
#define X(sym, type, language, ecosystem) {type, language, ecosystem},
    PL_LANG_LIST(X)
#undef X
};

const char *pl_lang_type(pl_lang l)
{
    return langs[l].type;
}

const char *pl_lang_language(pl_lang l)
{
    return langs[l].language;
}

const char *pl_lang_ecosystem(pl_lang l)
{
    return langs[l].ecosystem;
}

/* ---- names ---- */

static bool is_python_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

static void python_name(pl_str name, pl_buf *out)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!is_python_separator(name.p[i]))
            pl_buf_ch(out, pl_to_lower(name.p[i]));
        else if (i == 0 || !is_python_separator(name.p[i - 1]))
            pl_buf_ch(out, '-');
    }
}

static void lower_name(pl_str name, pl_buf *out)
{
    for (size_t i = 0; i < name.n; i++)
        pl_buf_ch(out, pl_to_lower(name.p[i]));
}

void pl_lang_osv_name(pl_lang l, pl_str name, pl_buf *out)
{
    if (l == PL_LANG_PYPI)
        python_name(name, out);
    else if (l == PL_LANG_COMPOSER || l == PL_LANG_HEX)
        lower_name(name, out);
    else
        pl_buf_str(out, name);
}

/* ---- package URLs ---- */

/* Namespaces keep their slashes; Maven's group stands before a colon. */
static void purl_name(pl_lang l, pl_str name, pl_buf *out)
{
    pl_str part;
    char separator = l == PL_LANG_MAVEN ? ':' : '/';

    for (bool first = true; pl_str_cut(&name, separator, &part); first = false) {
        if (!first)
            pl_buf_ch(out, '/');
        pl_purl_escape(part, out);
    }
}

void pl_lang_purl(pl_lang l, pl_str name, pl_str version, pl_buf *out)
{
    PL_AUTO_BUF pl_buf normal = {0};

    pl_lang_osv_name(l, name, &normal);
    pl_buf_fmt(out, "pkg:%s/", langs[l].type);
    purl_name(l, pl_buf_view(&normal), out);
    if (version.n) {
        pl_buf_ch(out, '@');
        pl_purl_escape(version, out);
    }
    out->bad |= normal.bad;
}

/* ---- notes ---- */

static bool is_plain(pl_str s)
{
    if (s.n == 0 || s.n > PL_PACKAGE_FIELD_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
            return false;
    return true;
}

bool pl_found_is_whole(const pl_found *f)
{
    return is_plain(f->name) && is_plain(f->version);
}

enum { GUESSED = 0x80, OPTIONAL = 0x40 }; /* beside the scope */

void pl_found_encode(const pl_found *f, pl_buf *out)
{
    const pl_str slices[] = {f->name,      f->version, f->licence,    f->provenance,
                             f->integrity, f->at,      f->advisories, f->cpe};

    pl_buf_ch(out, (char)f->kind);
    pl_buf_ch(out, (char)f->lang);
    pl_buf_ch(out, (char)((unsigned)f->scope | (f->is_guessed ? GUESSED : 0u) |
                          (f->is_optional ? OPTIONAL : 0u)));
    for (size_t i = 0; i < PL_COUNT(slices); i++)
        pl_buf_lstr(out, slices[i]);
}

bool pl_found_decode(pl_str note, pl_found *ret)
{
    pl_rd r = pl_rd_of(note.p, note.n);
    unsigned kind = pl_rd_u8(&r);
    unsigned lang = pl_rd_u8(&r);
    unsigned flags = pl_rd_u8(&r);
    unsigned scope = flags & ~(unsigned)(GUESSED | OPTIONAL);
    pl_found f = {.kind = (pl_found_kind)kind,
                  .lang = (pl_lang)lang,
                  .scope = (pl_found_scope)scope,
                  .is_guessed = (flags & GUESSED) != 0,
                  .is_optional = (flags & OPTIONAL) != 0};

    f.name = pl_rd_lstr(&r);
    f.version = pl_rd_lstr(&r);
    f.licence = pl_rd_lstr(&r);
    f.provenance = pl_rd_lstr(&r);
    f.integrity = pl_rd_lstr(&r);
    f.at = pl_rd_lstr(&r);
    f.advisories = pl_rd_lstr(&r);
    f.cpe = pl_rd_lstr(&r);
    *ret = f;
    return pl_rd_done(&r) && kind <= PL_FOUND_UNPINNED && lang < PL_COUNT(langs) &&
           scope <= PL_SCOPE_BUNDLED;
}
