/* SPDX-License-Identifier: Apache-2.0 */
/* os-release(5), the host's name, and how long the release is supported. */
#include "host/facts.h"
#include "model/eol.h"

static void set_name(pl_host_reading *f)
{
    pl_str name;
    if (pl_host_first_line(f, PL_S("/proc/sys/kernel/hostname"), PL_F_HOST_NAME, &name))
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

static const pl_snap_entry *os_release(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/etc/os-release"));
    if (pl_host_state(e) == PL_SEEN_NONE)
        e = pl_snap_read(f->snap, PL_S("/usr/lib/os-release"));
    return e;
}

static void set_key(pl_host_reading *f, pl_str key, pl_str value)
{
    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (pl_str_eq(key, pl_str_c(keys[i].key)))
            pl_set_str(f->host, keys[i].field, value);
}

static void set_release(pl_host_reading *f)
{
    const pl_snap_entry *e = os_release(f);
    pl_str text, line, key, value;

    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        if (pl_host_state(e) == PL_SEEN_OK)
            pl_set_absent(f->host, keys[i].field);
        else
            pl_host_missing(f->host, keys[i].field, e);
    }
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    text = e->bytes;
    while (pl_host_setting_line(&text, "#", &line))
        if (pl_host_key_value(line, &key, &value))
            set_key(f, key, value);
}

static pl_str present(const pl_host_reading *f, int field)
{
    const pl_value *v = pl_get(f->host, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

/* A release that the table does not know is unknown, not supported. */
static void set_support(pl_host_reading *f)
{
    const int64_t us_a_day = INT64_C(86400) * 1000000;
    pl_str id = present(f, PL_F_HOST_OS_ID);
    const pl_eol *e = id.n ? pl_eol_os(id, present(f, PL_F_HOST_OS_VERSION_ID)) : NULL;

    if (!id.n)
        return;
    pl_set_str(f->host, PL_F_HOST_OS_SUPPORT, pl_str_c(pl_eol_word(e ? e->state : PL_EOL_UNKNOWN)));
    if (e && e->state == PL_EOL_DATED) {
        pl_set_int(f->host, PL_F_HOST_OS_SECURITY_END, e->security_day * us_a_day);
        pl_set_int(f->host, PL_F_HOST_OS_SUPPORT_DAYS,
                   pl_eol_days_left(e->security_day, f->now_us));
    } else if (e && e->state != PL_EOL_UNKNOWN) {
        pl_set_absent(f->host, PL_F_HOST_OS_SECURITY_END);
        pl_set_absent(f->host, PL_F_HOST_OS_SUPPORT_DAYS);
    } else {
        pl_set_unreadable(f->host, PL_F_HOST_OS_SUPPORT, "unsupported");
        pl_set_unreadable(f->host, PL_F_HOST_OS_SECURITY_END, "unsupported");
        pl_set_unreadable(f->host, PL_F_HOST_OS_SUPPORT_DAYS, "unsupported");
    }
}

void pl_host_facts_os(pl_host_reading *f)
{
    set_name(f);
    set_release(f);
    set_support(f);
}
