/* SPDX-License-Identifier: Apache-2.0 */
/* How long an idle session lives, and what is shown before login. */
#include "host/conf.h"
#include "host/facts.h"
#include "host/glob.h"
#include "host/words.h"

#include "core/hash.h"

void pl_host_set_words_digest(pl_host_reading *f, pl_str path, int field)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, path);
    PL_AUTO_BUF pl_buf words = {0};
    unsigned char digest[PL_SHA256];
    char hex[PL_SHA256_HEX];
    pl_str text, line, word;

    pl_host_missing(f->host, field, e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (text = e->bytes; pl_host_line(&text, &line);)
        while (pl_host_word(&line, &word)) {
            if (words.n)
                pl_buf_ch(&words, ' ');
            pl_buf_str(&words, word);
        }
    if (words.n == 0 || !pl_buf_ok(&words)) {
        pl_set_absent(f->host, field);
        return;
    }
    pl_sha256_of(pl_buf_view(&words), digest);
    pl_hex(digest, sizeof(digest), hex);
    pl_set_str(f->host, field, pl_arena_str(f->a, pl_str_c(hex)));
}

/* agetty(8): \r release, \v version, \m machine, \s system; \S shows all of os-release. */
static void set_issue(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/etc/issue"));
    bool shows = false;

    pl_host_set_words_digest(f, PL_S("/etc/issue"), PL_F_HOST_ISSUE_SHA256);
    pl_host_missing(f->host, PL_F_HOST_ISSUE_ESCAPES, e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (size_t i = 0; i + 1 < e->bytes.n; i++)
        if (e->bytes.p[i] == '\\')
            switch (e->bytes.p[i + 1]) {
            case 'r':
            case 'v':
            case 'm':
            case 's':
            case 'S':
                shows = true;
                break;
            default:
                break;
            }
    pl_set_bool(f->host, PL_F_HOST_ISSUE_ESCAPES, shows);
}

/* ---- idle time ---- */

/* systemd.time(7), the forms that people write: 900, 900s, 15min, 15m, 1h, "infinity". */
static bool parse_span(pl_str s, int64_t *ret)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"", 1},     {"s", 1},        {"sec", 1},  {"seconds", 1}, {"m", 60},
                 {"min", 60}, {"minutes", 60}, {"h", 3600}, {"hr", 3600},   {"hours", 3600}};
    size_t n = 0;
    int64_t v;

    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    if (!pl_str_i64(pl_str_sub(s, 0, n), &v) || v > INT32_MAX)
        return false;
    for (size_t i = 0; i < PL_COUNT(units); i++)
        if (pl_str_eq(pl_str_trim(pl_str_sub(s, n, s.n)), pl_str_c(units[i].unit))) {
            *ret = v * units[i].seconds;
            return true;
        }
    return false;
}

static void set_logind(pl_host_reading *f)
{
    static const char *const dirs[] = {"/usr/lib/systemd/logind.conf.d",
                                       "/etc/systemd/logind.conf.d"};
    pl_host_conf c = pl_host_conf_read(f, "/etc/systemd/logind.conf", dirs, PL_COUNT(dirs));
    pl_str value;
    int64_t s;

    if (c.state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_IDLE_S, c.reason);
    if (c.state != PL_SEEN_OK)
        return;
    pl_set_absent(f->host, PL_F_HOST_IDLE_S);
    if (pl_host_conf_get(&c, PL_S("StopIdleSessionSec"), &value) && parse_span(value, &s) && s > 0)
        pl_set_int(f->host, PL_F_HOST_IDLE_S, s);
}

struct tmout {
    int64_t seconds; /* -1: not set */
    bool is_readonly;
    bool is_waiting;
    const char *reason;
};

/* "TMOUT=900; readonly TMOUT; export TMOUT", "typeset -xr TMOUT=900", one or several a line. */
static void take_statement(struct tmout *t, pl_str one)
{
    static const pl_str name = {"TMOUT", 5};
    pl_str rest = one, word, key, value;
    bool readonly = false;
    int64_t v;

    while (pl_host_word(&rest, &word)) {
        readonly |= pl_str_eq(word, PL_S("readonly"));
        readonly |= word.n > 1 && word.p[0] == '-' && pl_str_has(word, PL_S("r"));
        if (pl_str_eq(word, name))
            t->is_readonly |= readonly;
        if (!pl_host_key_value(word, &key, &value) || !pl_str_eq(key, name) ||
            !pl_str_i64(value, &v))
            continue;
        if (!t->is_readonly)
            t->seconds = v;
        t->is_readonly |= readonly;
    }
}

static void take_shell_file(pl_host_reading *f, struct tmout *t, pl_str path)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, path);
    pl_str text, line, one;

    t->is_waiting |= !e;
    if (pl_host_state(e) == PL_SEEN_FAILED)
        t->reason = pl_host_reason(e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (text = e->bytes; pl_host_setting_line(&text, "#", &line);)
        if (pl_str_has(line, PL_S("TMOUT")))
            while (pl_str_cut(&line, ';', &one))
                take_statement(t, one);
}

static void set_tmout(pl_host_reading *f)
{
    struct tmout t = {.seconds = -1};
    pl_host_strs paths = {.arena = f->a};

    pl_host_strs_add(&paths, PL_S("/etc/profile"));
    if (!pl_host_glob(f, PL_S("/etc/profile.d/*.sh"), &paths, &t.reason) && !t.reason)
        t.is_waiting = true;
    pl_host_strs_add(&paths, PL_S("/etc/bash.bashrc"));
    for (size_t i = 0; i < paths.n; i++)
        take_shell_file(f, &t, paths.v[i]);
    if (t.is_waiting)
        return;
    if (t.reason)
        pl_set_unreadable(f->host, PL_F_HOST_TMOUT_S, t.reason);
    else if (t.is_readonly && t.seconds > 0)
        pl_set_int(f->host, PL_F_HOST_TMOUT_S, t.seconds);
    else
        pl_set_absent(f->host, PL_F_HOST_TMOUT_S);
}

void pl_host_facts_sessions(pl_host_reading *f)
{
    set_issue(f);
    set_logind(f);
    set_tmout(f);
}
