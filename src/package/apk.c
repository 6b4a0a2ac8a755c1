/* SPDX-License-Identifier: Apache-2.0 */
#include "package/apk.h"

#include "core/hash.h"
#include "package/limits.h"

#include <string.h>

static pl_rc end_stanza(const pl_package *p, bool any, pl_package_each each, void *arg,
                        pl_package_damage *damage, pl_err *err)
{
    pl_package out = *p;

    if (!any)
        return PL_OK;
    if (p->name.n == 0 || p->version.n == 0 || p->name.n > PL_PACKAGE_FIELD_MAX ||
        p->version.n > PL_PACKAGE_FIELD_MAX || p->arch.n > PL_PACKAGE_FIELD_MAX ||
        p->source.n > PL_PACKAGE_FIELD_MAX) {
        damage->nameless++;
        return PL_OK;
    }
    if (out.source.n == 0)
        out.source = out.name;
    out.source_version = out.version;
    out.type = PL_S("apk");
    return each(&out, arg, err);
}

static void take_line(pl_package *p, pl_str line, size_t number, pl_package_damage *damage)
{
    pl_str value = pl_str_sub(line, 2, line.n);

    if (line.n < 2 || line.p[1] != ':') {
        damage->bad_lines++;
        if (!damage->first_line)
            damage->first_line = number;
        return;
    }
    switch (line.p[0]) {
    case 'P':
        p->name = value;
        break;
    case 'V':
        p->version = value;
        break;
    case 'A':
        p->arch = value;
        break;
    case 'o':
        p->source = value;
        break;
    case 'L':
        p->license = pl_str_sub(value, 0, PL_PACKAGE_TEXT_MAX);
        break;
    default:
        break;
    }
}

pl_rc pl_apk_parse(pl_str text, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                   pl_err *err)
{
    pl_package p = {0};
    pl_package_damage damage = {0};
    bool any = false;
    pl_str line;
    pl_rc rc = PL_OK;

    for (size_t number = 1; !rc && pl_str_cut(&text, '\n', &line); number++) {
        if (line.n) {
            any = true;
            take_line(&p, line, number, &damage);
            continue;
        }
        rc = end_stanza(&p, any, each, arg, &damage, err);
        p = (pl_package){0};
        any = false;
    }
    if (!rc)
        rc = end_stanza(&p, any, each, arg, &damage, err);
    if (!rc)
        *ret_damage = damage;
    return rc;
}

/* "Q1" and the base64 of a SHA-1. */
static bool read_digest(pl_str value, unsigned char sha1[20])
{
    PL_AUTO_BUF pl_buf raw = {0};

    if (!pl_str_starts(value, PL_S("Q1")) || value.n > 64 ||
        !pl_unbase64(pl_str_sub(value, 2, value.n), &raw) || raw.n != 20)
        return false;
    memcpy(sha1, raw.p, 20);
    return true;
}

pl_rc pl_apk_files(pl_str text, pl_apk_file_each each, void *arg, pl_err *err)
{
    pl_apk_file f = {0};
    pl_str line;
    pl_rc rc = PL_OK;

    while (!rc && pl_str_cut(&text, '\n', &line)) {
        char key = line.n >= 2 && line.p[1] == ':' ? line.p[0] : '\0';
        pl_str value = pl_str_sub(line, 2, line.n);
        /* R: begins a file; it is told once what follows it is known. */
        if (f.name.n && key != 'a' && key != 'Z') {
            rc = each(&f, arg, err);
            f.name = (pl_str){"", 0};
            f.has_sha1 = false;
        }
        if (key == 'P')
            f = (pl_apk_file){.package = value};
        else if (key == 'F')
            f.folder = value;
        else if (key == 'R')
            f.name = value;
        else if (key == 'Z')
            f.has_sha1 = read_digest(value, f.sha1);
    }
    return !rc && f.name.n ? each(&f, arg, err) : rc;
}
