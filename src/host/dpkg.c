/* SPDX-License-Identifier: Apache-2.0 */
#include "host/dpkg.h"

static bool field_is(pl_str line, pl_str name, pl_str *value)
{
    if (line.n <= name.n || line.p[name.n] != ':' ||
        !pl_str_eq_nocase(pl_str_sub(line, 0, name.n), name))
        return false;
    *value = pl_str_trim(pl_str_sub(line, name.n + 1, line.n));
    return true;
}

static void take_line(pl_str line, pl_host_package *p)
{
    pl_str value;

    if (field_is(line, PL_S("Package"), &value))
        p->name = value;
    else if (field_is(line, PL_S("Version"), &value))
        p->version = value;
    else if (field_is(line, PL_S("Maintainer"), &value))
        p->maintainer = value;
    else if (field_is(line, PL_S("Origin"), &value))
        p->origin = value;
    else if (field_is(line, PL_S("Status"), &value))
        p->is_installed = pl_str_ends(value, PL_S(" installed"));
}

bool pl_dpkg_next(pl_str *rest, pl_host_package *ret)
{
    pl_str line;
    bool any = false;

    *ret = (pl_host_package){0};
    while (pl_host_line(rest, &line)) {
        if (line.n == 0) {
            if (any)
                return true;
            continue;
        }
        any = true;
        if (line.p[0] != ' ' && line.p[0] != '\t')
            take_line(line, ret);
    }
    return any;
}

void pl_host_facts_packages(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_PACKAGE_COUNT, PL_F_HOST_PACKAGE_NAMES, -1};
    pl_host_strs names = {.arena = f->a, .max = 1 << 16};
    pl_host_package p;
    pl_str text;

    if (!pl_host_text(f, PL_S("/var/lib/dpkg/status"), fields, &text))
        return;
    while (pl_dpkg_next(&text, &p))
        if (p.is_installed && p.name.n)
            pl_host_strs_add(&names, p.name);
    pl_set_int(f->host, PL_F_HOST_PACKAGE_COUNT, (int64_t)names.n);
    pl_host_strs_set(&names, f->host, PL_F_HOST_PACKAGE_NAMES);
}
