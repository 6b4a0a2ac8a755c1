/* SPDX-License-Identifier: Apache-2.0 */
/* Time synchronisation: what the kernel says of its clock, and what the daemon is told to follow.
 */
#include "host/conf.h"
#include "host/facts.h"
#include "host/files.h"
#include "host/glob.h"

#include <sys/timex.h>

static void set_kernel(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("@adjtimex"));
    pl_str text, line, word, value;
    int64_t v, state = TIME_ERROR, status = STA_UNSYNC;

    if (e && e->rc != PL_OK) {
        pl_set_unreadable(f->host, PL_F_HOST_TIME_SYNCED, pl_host_reason(e));
        pl_set_unreadable(f->host, PL_F_HOST_TIME_MAX_ERROR_US, pl_host_reason(e));
    }
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (text = e->bytes; pl_host_line(&text, &line);) {
        if (!pl_host_word(&line, &word) || !pl_host_word(&line, &value) || !pl_str_i64(value, &v))
            continue;
        if (pl_str_eq(word, PL_S("state")))
            state = v;
        else if (pl_str_eq(word, PL_S("status")))
            status = v;
        else if (pl_str_eq(word, PL_S("maxerror")))
            pl_set_int(f->host, PL_F_HOST_TIME_MAX_ERROR_US, v);
    }
    pl_set_bool(f->host, PL_F_HOST_TIME_SYNCED, state != TIME_ERROR && !(status & STA_UNSYNC));
}

/* ---- sources ---- */

struct sources {
    pl_host_reading *f;
    pl_host_strs list;
    const char *reason;
    bool is_waiting;
};

static bool is_one_of(pl_str word, const char *const *words)
{
    for (; *words; words++)
        if (pl_str_eq_nocase(word, pl_str_c(*words)))
            return true;
    return false;
}

/* "server NAME ...", "pool NAME ...", "peer NAME ...", "refclock DRIVER ..." */
static void take_servers(struct sources *s, pl_str text)
{
    static const char *const words[] = {"server", "pool", "peer", NULL};
    pl_str line, word, name;

    while (pl_host_setting_line(&text, "#;!%", &line)) {
        if (!pl_host_word(&line, &word) || !pl_host_word(&line, &name))
            continue;
        if (is_one_of(word, words))
            pl_host_strs_add_once(&s->list, name);
        else if (pl_str_eq_nocase(word, PL_S("refclock")))
            pl_host_strs_add_once(&s->list, pl_host_fmt(s->f->a, "refclock:%.*s", PL_F(name)));
    }
}

static bool take_file(struct sources *s, pl_str path, pl_str *ret_text)
{
    if (!pl_host_text_of(s->f, path, &s->is_waiting, &s->reason, ret_text))
        return false;
    take_servers(s, *ret_text);
    return true;
}

/* confdir and sourcedir name directories (chrony.conf(5)); include names files. */
static void take_chrony_includes(struct sources *s, pl_str text)
{
    pl_str line, word, place, ignored;

    while (pl_host_setting_line(&text, "#;!%", &line)) {
        if (!pl_host_word(&line, &word) || !pl_host_word(&line, &place))
            continue;
        pl_host_strs paths = {.arena = s->f->a};
        if (pl_str_eq_nocase(word, PL_S("confdir")))
            place = pl_host_fmt(s->f->a, "%.*s/*.conf", PL_F(place));
        else if (pl_str_eq_nocase(word, PL_S("sourcedir")))
            place = pl_host_fmt(s->f->a, "%.*s/*.sources", PL_F(place));
        else if (!pl_str_eq_nocase(word, PL_S("include")))
            continue;
        if (!pl_host_glob(s->f, place, &paths, &s->reason) && !s->reason)
            s->is_waiting = true;
        for (size_t i = 0; i < paths.n; i++)
            (void)take_file(s, paths.v[i], &ignored);
    }
}

static bool take_chrony(struct sources *s)
{
    static const char *const places[] = {"/etc/chrony/chrony.conf", "/etc/chrony.conf"};
    pl_str text;

    for (size_t i = 0; i < PL_COUNT(places); i++)
        if (take_file(s, pl_str_c(places[i]), &text)) {
            take_chrony_includes(s, text);
            return true;
        }
    return false;
}

static bool take_ntpd(struct sources *s, const char *place)
{
    pl_str ignored;
    return take_file(s, pl_str_c(place), &ignored);
}

static bool take_timesyncd(struct sources *s)
{
    static const char *const dirs[] = {"/usr/lib/systemd/timesyncd.conf.d",
                                       "/etc/systemd/timesyncd.conf.d"};
    const pl_snap_entry *daemon =
        pl_snap_stat(s->f->snap, PL_S("/usr/lib/systemd/systemd-timesyncd"));
    pl_host_conf c = pl_host_conf_read(s->f, "/etc/systemd/timesyncd.conf", dirs, PL_COUNT(dirs));
    pl_str servers, one;

    s->is_waiting |= !daemon || c.state == PL_SEEN_WAIT;
    if (c.state == PL_SEEN_FAILED)
        s->reason = c.reason;
    if (!daemon || !pl_snap_has_meta(daemon) || c.state != PL_SEEN_OK)
        return false;
    if (pl_host_conf_get(&c, PL_S("NTP"), &servers) ||
        pl_host_conf_get(&c, PL_S("FallbackNTP"), &servers))
        while (pl_host_word(&servers, &one))
            pl_host_strs_add_once(&s->list, one);
    else /* what Debian builds in */
        for (int i = 0; i < 4; i++)
            pl_host_strs_add(&s->list, pl_host_fmt(s->f->a, "%d.debian.pool.ntp.org", i));
    return true;
}

static void set_sources(pl_host_reading *f)
{
    struct sources s = {.f = f, .list = {.arena = f->a}};
    const char *daemon = take_chrony(&s)                         ? "chrony"
                         : take_ntpd(&s, "/etc/ntpsec/ntp.conf") ? "ntpsec"
                         : take_ntpd(&s, "/etc/ntp.conf")        ? "ntpd"
                         : take_timesyncd(&s)                    ? "timesyncd"
                                                                 : NULL;
    if (s.is_waiting)
        return;
    if (s.reason) {
        pl_set_unreadable(f->host, PL_F_HOST_TIME_SOURCES, s.reason);
        pl_set_unreadable(f->host, PL_F_HOST_TIME_DAEMON, s.reason);
        return;
    }
    if (daemon)
        pl_set_str(f->host, PL_F_HOST_TIME_DAEMON, pl_str_c(daemon));
    else
        pl_set_absent(f->host, PL_F_HOST_TIME_DAEMON);
    pl_host_strs_set(&s.list, f->host, PL_F_HOST_TIME_SOURCES);
}

static void set_files(pl_host_reading *f)
{
    static const char *const paths[] = {
        "/etc/localtime",       "/etc/chrony/chrony.conf",     "/etc/chrony.conf", "/etc/ntp.conf",
        "/etc/ntpsec/ntp.conf", "/etc/systemd/timesyncd.conf", "/etc/adjtime",
    };
    pl_host_recs list = {.arena = f->a};

    for (size_t i = 0; i < PL_COUNT(paths); i++)
        (void)pl_file_add(f, &list, PL_ROLE_TIME_CONFIG, pl_str_c(paths[i]));
    pl_host_recs_set(&list, f->host, PL_F_HOST_FILES);
}

void pl_host_facts_clock(pl_host_reading *f)
{
    set_kernel(f);
    set_sources(f);
    set_files(f);
}
