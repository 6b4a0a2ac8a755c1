/* SPDX-License-Identifier: Apache-2.0 */
#include "package/pacman.h"

#include "package/limits.h"

static bool is_key(pl_str line)
{
    return line.n > 2 && line.p[0] == '%' && line.p[line.n - 1] == '%';
}

static void add_license(pl_buf *text, pl_str value)
{
    if (text->n + value.n > PL_PACKAGE_TEXT_MAX)
        return;
    if (text->n)
        pl_buf_c(text, " AND ");
    pl_buf_str(text, value);
}

static void take_value(pl_package *p, pl_buf *licenses, pl_str key, pl_str value)
{
    const struct {
        const char *key;
        pl_str *to;
    } fields[] = {
        {"%NAME%", &p->name},   {"%VERSION%", &p->version}, {"%ARCH%", &p->arch},
        {"%BASE%", &p->source}, {"%PACKAGER%", &p->vendor},
    };

    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (pl_str_eq(key, pl_str_c(fields[i].key)) && !fields[i].to->n)
            *fields[i].to = value;
    if (pl_str_eq(key, PL_S("%LICENSE%")))
        add_license(licenses, value);
}

pl_rc pl_pacman_parse(pl_str desc, pl_buf *text, pl_package_each each, void *arg,
                      pl_package_damage *ret_damage, pl_err *err)
{
    pl_package p = {.type = PL_S("alpm")};
    pl_package_damage damage = {0};
    pl_str key = {"", 0};
    pl_str line;

    pl_buf_reset(text);
    for (size_t number = 1; pl_str_cut(&desc, '\n', &line); number++) {
        if (is_key(line) || !line.n)
            key = line;
        else if (key.n)
            take_value(&p, text, key, line);
        else if (!damage.bad_lines++)
            damage.first_line = number;
    }
    p.license = pl_buf_view(text);
    p.vendor = pl_str_sub(p.vendor, 0, PL_PACKAGE_TEXT_MAX);
    if (!p.source.n)
        p.source = p.name;
    p.source_version = p.version;
    bool is_named = p.name.n && p.version.n && p.name.n <= PL_PACKAGE_FIELD_MAX &&
                    p.version.n <= PL_PACKAGE_FIELD_MAX && p.arch.n <= PL_PACKAGE_FIELD_MAX &&
                    p.source.n <= PL_PACKAGE_FIELD_MAX;
    damage.nameless = !is_named;
    *ret_damage = damage;
    return is_named ? each(&p, arg, err) : PL_OK;
}

bool pl_pacman_next_file(pl_str *rest, pl_str *ret)
{
    pl_str line;

    while (pl_str_cut(rest, '\n', &line)) {
        if (pl_str_eq(line, PL_S("%BACKUP%")))
            *rest = (pl_str){"", 0}; /* what follows are files that were listed already */
        else if (line.n && !is_key(line) && line.p[line.n - 1] != '/') {
            *ret = line;
            return true;
        }
    }
    return false;
}
