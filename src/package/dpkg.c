/* SPDX-License-Identifier: Apache-2.0 */
#include "package/dpkg.h"

#include "core/hash.h"
#include "package/limits.h"

#include <string.h>

struct stanza {
    pl_str package, version, arch, source, status, maintainer;
    bool any; /* a field stood in it */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "src" or "src (1.2-3)"; not said: the package's own name and version. */
static void set_source(pl_package *p, pl_str source)
{
    pl_str name;

    p->source = p->name;
    p->source_version = p->version;
    if (!pl_str_cut(&source, '(', &name))
        return;
    name = pl_str_trim(name);
    pl_str version;
    if (name.n)
        p->source = name;
    if (pl_str_cut(&source, ')', &version) && pl_str_trim(version).n)
        p->source_version = pl_str_trim(version);
}

/* The third word of "install ok installed" (dpkg(1), package states). */
static const struct {
    const char *word;
    bool has_files;
} states[] = {
    {"installed", true},        {"unpacked", true},         {"half-configured", true},
    {"triggers-awaited", true}, {"triggers-pending", true}, {"half-installed", false},
    {"config-files", false},    {"not-installed", false},
};

/* *ret_known: it is one of those that there are; a file that was cut may end in half of one. */
static bool has_files(pl_str status, bool *ret_known)
{
    pl_str word = {"", 0};
    int n = 0;

    while (n < 3 && pl_str_cut(&status, ' ', &word))
        n += word.n > 0;
    *ret_known = false;
    for (size_t i = 0; n == 3 && !*ret_known && i < PL_COUNT(states); i++)
        if ((*ret_known = pl_str_eq(word, pl_str_c(states[i].word))))
            return states[i].has_files;
    return false;
}

static pl_rc end_stanza(const struct stanza *s, bool status_required, pl_package_each each,
                        void *arg, pl_package_damage *damage, pl_err *err)
{
    bool is_known = true;

    if (!s->any || (s->status.n == 0 && status_required))
        return PL_OK;
    if (s->status.n && !has_files(s->status, &is_known)) {
        damage->nameless += !is_known;
        return PL_OK;
    }
    if (s->package.n == 0 || s->version.n == 0 || s->package.n > PL_PACKAGE_FIELD_MAX ||
        s->version.n > PL_PACKAGE_FIELD_MAX || s->arch.n > PL_PACKAGE_FIELD_MAX ||
        s->source.n > PL_PACKAGE_FIELD_MAX) {
        damage->nameless++;
        return PL_OK;
    }
    pl_package p = {.type = PL_S("deb"),
                    .name = s->package,
                    .version = s->version,
                    .arch = s->arch,
                    .maintainer = s->maintainer};
    set_source(&p, s->source);
    return each(&p, arg, err);
}

static void take_field(struct stanza *s, pl_str key, pl_str value)
{
    const struct {
        const char *key;
        pl_str *to;
    } fields[] = {
        {"Package", &s->package}, {"Version", &s->version}, {"Architecture", &s->arch},
        {"Source", &s->source},   {"Status", &s->status},   {"Maintainer", &s->maintainer},
    };

    s->any = true;
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (pl_str_eq_nocase(key, pl_str_c(fields[i].key)))
            *fields[i].to = value;
}

static void take_line(struct stanza *s, pl_str line, size_t number, pl_package_damage *damage)
{
    pl_str value = line;
    pl_str key;

    if (is_blank(line.p[0]))
        return; /* continues a field, and none that we need has more than one line */
    (void)pl_str_cut(&value, ':', &key);
    if (key.n == 0 || key.n == line.n) {
        damage->bad_lines++;
        if (!damage->first_line)
            damage->first_line = number;
        return;
    }
    take_field(s, pl_str_trim(key), pl_str_trim(value));
}

static bool ends_stanza(pl_str line)
{
    return pl_str_trim(line).n == 0;
}

pl_rc pl_dpkg_parse(pl_str text, bool status_required, pl_package_each each, void *arg,
                    pl_package_damage *ret_damage, pl_err *err)
{
    struct stanza s = {0};
    pl_package_damage damage = {0};
    pl_str line;
    pl_rc rc = PL_OK;

    for (size_t number = 1; !rc && pl_str_cut(&text, '\n', &line); number++) {
        if (!ends_stanza(line)) {
            take_line(&s, line, number, &damage);
            continue;
        }
        rc = end_stanza(&s, status_required, each, arg, &damage, err);
        s = (struct stanza){0};
    }
    if (!rc)
        rc = end_stanza(&s, status_required, each, arg, &damage, err);
    if (!rc)
        *ret_damage = damage;
    return rc;
}

bool pl_dpkg_next_digest(pl_str *rest, pl_dpkg_digest *ret)
{
    pl_str line;

    while (pl_str_cut(rest, '\n', &line)) {
        if (line.n < 35 || !pl_unhex(pl_str_sub(line, 0, 32), ret->md5, sizeof(ret->md5)))
            continue;
        ret->path = pl_str_sub(line, 32, line.n);
        while (ret->path.n && (is_blank(ret->path.p[0]) || ret->path.p[0] == '*'))
            ret->path = pl_str_sub(ret->path, 1, ret->path.n);
        if (ret->path.n)
            return true;
    }
    return false;
}

pl_str pl_dpkg_digests_package(pl_str path)
{
    pl_str name = path;
    pl_str part;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    if (pl_str_ends(name, PL_S(".md5sums")))
        name = pl_str_sub(name, 0, name.n - 8);
    pl_str rest = name;
    return pl_str_cut(&rest, ':', &part) ? part : name;
}
