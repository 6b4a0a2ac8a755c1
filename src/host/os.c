/* SPDX-License-Identifier: Apache-2.0 */
/* os-release(5), the host's name, and how long the release is supported. */
#include "host/facts.h"

static void set_name(pl_facts *f)
{
    pl_str name;
    if (pl_fact_line(f, PL_S("/proc/sys/kernel/hostname"), PL_F_HOST_NAME, &name))
        pl_set_str(f->host, PL_F_HOST_NAME, name);
}

static const struct {
    const char *key;
    int field;
} keys[] = {
    {"ID", PL_F_HOST_OS_ID},
    {"VERSION_ID", PL_F_HOST_OS_VERSION_ID},
    {"VARIANT_ID", PL_F_HOST_OS_VARIANT_ID},
    {"PRETTY_NAME", PL_F_HOST_OS_NAME},
};

static const pl_snap_entry *os_release(pl_facts *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/etc/os-release"));
    if (pl_fact_look(e) == PL_LOOK_NONE)
        e = pl_snap_read(f->snap, PL_S("/usr/lib/os-release"));
    return e;
}

static void set_key(pl_facts *f, pl_str key, pl_str value)
{
    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (pl_str_eq(key, pl_str_c(keys[i].key)))
            pl_set_str(f->host, keys[i].field, value);
}

static void set_release(pl_facts *f)
{
    const pl_snap_entry *e = os_release(f);
    pl_str text, line, key, value;

    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        if (pl_fact_look(e) == PL_LOOK_OK)
            pl_set_absent(f->host, keys[i].field);
        else
            pl_fact_missing(f->host, keys[i].field, e);
    }
    if (pl_fact_look(e) != PL_LOOK_OK)
        return;
    text = e->bytes;
    while (pl_setting_line(&text, "#", &line))
        if (pl_key_value(line, &key, &value))
            set_key(f, key, value);
}

void pl_host_facts_os(pl_facts *f)
{
    set_name(f);
    set_release(f);
}
