/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's audit: is it on, what does it do when it is full, which files does it watch. */
#include "host/audit_names.h"
#include "host/audit_rules.h"
#include "host/facts.h"
#include "host/places.h"
#include "host/units.h"

#include <sys/stat.h>

/* ---- state ---- */

static const struct {
    const char *word;
    int field;
} numbers[] = {
    {"enabled", PL_F_HOST_AUDIT_ENABLED},
    {"pid", PL_F_HOST_AUDIT_PID},
    {"lost", PL_F_HOST_AUDIT_LOST},
    {"failure", PL_F_HOST_AUDIT_FAILURE},
};

static void set_no_audit(pl_host_reading *f)
{
    pl_set_bool(f->host, PL_F_HOST_AUDIT_SUPPORTED, false);
    for (size_t i = 0; i < PL_COUNT(numbers); i++)
        pl_set_int(f->host, numbers[i].field, 0);
}

static void set_number(pl_host_reading *f, pl_str line)
{
    pl_str word, value;
    int64_t v;

    if (!pl_host_word(&line, &word) || !pl_host_word(&line, &value) || !pl_str_i64(value, &v))
        return;
    for (size_t i = 0; i < PL_COUNT(numbers); i++)
        if (pl_str_eq(word, pl_str_c(numbers[i].word)))
            pl_set_int(f->host, numbers[i].field, v);
}

/* *ret_on says whether rules are in force at all. */
static pl_host_seen set_status(pl_host_reading *f, bool *ret_on)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("@audit-status"));
    pl_str text, line;

    *ret_on = false;
    if (pl_host_state(e) == PL_SEEN_FAILED && e->rc == PL_UNSUPPORTED && f->is_live) {
        set_no_audit(f);
        return PL_SEEN_OK;
    }
    if (pl_host_state(e) != PL_SEEN_OK) {
        pl_host_missing(f->host, PL_F_HOST_AUDIT_SUPPORTED, e);
        for (size_t i = 0; i < PL_COUNT(numbers); i++)
            pl_host_missing(f->host, numbers[i].field, e);
        return pl_host_state(e);
    }
    pl_set_bool(f->host, PL_F_HOST_AUDIT_SUPPORTED, true);
    for (text = e->bytes; pl_host_line(&text, &line);)
        set_number(f, line);
    const pl_value *enabled = pl_get(f->host, PL_F_HOST_AUDIT_ENABLED);
    *ret_on = enabled->state == PL_PRESENT && enabled->u.i >= 1;
    return PL_SEEN_OK;
}

static void set_auditd(pl_host_reading *f)
{
    static const struct {
        const char *key;
        int field;
    } rows[] = {
        {"space_left_action", PL_F_HOST_AUDITD_SPACE_LEFT_ACTION},
        {"admin_space_left_action", PL_F_HOST_AUDITD_ADMIN_SPACE_LEFT_ACTION},
        {"disk_full_action", PL_F_HOST_AUDITD_DISK_FULL_ACTION},
        {"disk_error_action", PL_F_HOST_AUDITD_DISK_ERROR_ACTION},
    };
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/etc/audit/auditd.conf"));
    pl_str text, line, key, value;

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_host_missing(f->host, rows[i].field, e);
        if (pl_host_state(e) == PL_SEEN_OK)
            pl_set_absent(f->host, rows[i].field);
    }
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (text = e->bytes; pl_host_setting_line(&text, "#", &line);)
        for (size_t i = 0; pl_host_key_value(line, &key, &value) && i < PL_COUNT(rows); i++)
            if (pl_str_eq_nocase(key, pl_str_c(rows[i].key)))
                pl_set_str(f->host, rows[i].field, pl_host_lower(f->a, value));
}

/* ---- targets ---- */

struct targets {
    pl_host_reading *f;
    pl_host_recs list;
    const pl_kaudit_rules *rules;
    bool is_on;
    const char *reason; /* not NULL: nothing is known about the loaded rules */
};

static void set_watch(const struct targets *t, pl_record *r, pl_str path)
{
    static const struct {
        int field;
        unsigned bit;
    } rows[] = {{PL_F_AUDIT_TARGET_WRITE, PL_KAUDIT_W},
                {PL_F_AUDIT_TARGET_ATTR, PL_KAUDIT_A},
                {PL_F_AUDIT_TARGET_READ, PL_KAUDIT_R},
                {PL_F_AUDIT_TARGET_EXEC, PL_KAUDIT_X}};
    unsigned covered = t->reason || !t->is_on ? 0 : pl_kaudit_covers(t->rules, path);

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        if (t->reason)
            pl_set_unreadable(r, rows[i].field, t->reason);
        else
            pl_set_bool(r, rows[i].field, covered & rows[i].bit);
    }
}

/* The kernel watches what a path resolved to when the rule was loaded. */
static pl_str resolved(pl_host_reading *f, pl_str path, const pl_snap_entry *e)
{
    if (!e->is_link || !e->target.n)
        return path;
    if (e->target.p[0] == '/')
        return e->target;
    size_t dir = path.n;
    while (dir && path.p[dir - 1] != '/')
        dir--;
    return pl_host_fmt(f->a, "%.*s%.*s", PL_F(pl_str_sub(path, 0, dir)), PL_F(e->target));
}

/* What is not there needs no watch, unless the directory above it is what counts. */
static void add(struct targets *t, const char *role, pl_str path)
{
    const pl_snap_entry *e = path.n ? pl_snap_stat(t->f->snap, path) : NULL;

    if (!e || e->rc == PL_NOTFOUND)
        return;
    pl_record *r = pl_host_recs_new(&t->list, PL_HE_AUDIT_TARGET);
    pl_str real = resolved(t->f, path, e);
    pl_set_str(r, PL_F_AUDIT_TARGET_PATH, real);
    pl_set_str(r, PL_F_AUDIT_TARGET_ROLE, pl_str_c(role));
    if (pl_snap_has_meta(e))
        pl_set_bool(r, PL_F_AUDIT_TARGET_EXISTS, true);
    else
        pl_set_unreadable(r, PL_F_AUDIT_TARGET_EXISTS, pl_host_reason(e));
    set_watch(t, r, real);
}

static void add_unknown(struct targets *t, const char *role, const char *reason)
{
    pl_record *r = pl_host_recs_new(&t->list, PL_HE_AUDIT_TARGET);
    static const int fields[] = {PL_F_AUDIT_TARGET_PATH,  PL_F_AUDIT_TARGET_EXISTS,
                                 PL_F_AUDIT_TARGET_WRITE, PL_F_AUDIT_TARGET_ATTR,
                                 PL_F_AUDIT_TARGET_READ,  PL_F_AUDIT_TARGET_EXEC};
    pl_set_str(r, PL_F_AUDIT_TARGET_ROLE, pl_str_c(role));
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_set_unreadable(r, fields[i], reason);
}

/* A binary whose process runs but whose path is not ours to know. */
static void add_binary(struct targets *t, const char *role, bool runs, pl_str path)
{
    if (path.n || !runs)
        add(t, role, path);
    else
        add_unknown(t, role, "denied");
}

static void add_on_path(struct targets *t, const char *role, pl_str name)
{
    static const char *const dirs[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                       "/usr/bin"};

    if (pl_str_has(name, PL_S("/"))) {
        add(t, role, name);
        return;
    }
    for (size_t i = 0; i < PL_COUNT(dirs); i++)
        add(t, role, pl_host_fmt(t->f->a, "%s/%.*s", dirs[i], PL_F(name)));
}

static void add_unit(struct targets *t, const char *role, pl_str unit)
{
    pl_host_strs paths = {.arena = t->f->a};
    (void)pl_unit_files(t->f, unit, &paths);
    for (size_t i = 0; i < paths.n; i++)
        add(t, role, paths.v[i]);
}

/* Does a configuration name runtimes? One that could not be read may. */
static bool names_runtimes(pl_host_reading *f, pl_str config, pl_str word)
{
    const pl_snap_entry *e = config.n ? pl_snap_read(f->snap, config) : NULL;

    return e && e->rc != PL_NOTFOUND && (e->rc != PL_OK || pl_str_has(e->bytes, word));
}

/* What starts without an engine's answer: the usual ones, and others where a configuration or an
 * argument names any. */
static void add_usual_runtimes(struct targets *t, const pl_places *p)
{
    pl_host_reading *f = t->f;

    add_on_path(t, "runtime", PL_S("runc"));
    add_on_path(t, "runtime", PL_S("crun"));
    if (names_runtimes(f, p->config_file, PL_S("untime")) ||
        names_runtimes(f, p->containerd_config, PL_S("BinaryName")) || p->containerd_imports.n ||
        (p->has_dockerd && (pl_process_has_word(f, p->dockerd_pid, PL_S("--add-runtime")) ||
                            pl_process_has_word(f, p->dockerd_pid, PL_S("--default-runtime")))))
        add_unknown(t, "runtime", "not-observed");
}

static void add_runtimes(struct targets *t, const pl_places *p)
{
    const pl_host_hints *h = t->f->hints;

    for (size_t i = 0; i < h->n_runtimes; i++)
        add_on_path(t, "runtime", h->runtimes[i]);
    if (!h->has_engine && (p->has_dockerd || p->has_containerd))
        add_usual_runtimes(t, p);
}

static void add_engine(struct targets *t, const pl_places *p)
{
    static const char *const shims[] = {"containerd-shim", "containerd-shim-runc-v1",
                                        "containerd-shim-runc-v2"};
    pl_host_reading *f = t->f;

    add_binary(t, "dockerd", p->has_dockerd, p->dockerd);
    if (p->has_dockerd || f->hints->has_engine)
        add(t, "data-root", p->data_root);
    add(t, "config-dir", p->config_dir);
    add(t, "config-file", p->config_file);
    add(t, "defaults-file", PL_S("/etc/default/docker"));
    add(t, "sysconfig-file", PL_S("/etc/sysconfig/docker"));
    if (p->unit.n)
        add_unit(t, "unit-service", p->unit);
    if (p->unit.n && p->is_socket_activated)
        add_unit(t, "unit-socket",
                 pl_host_fmt(f->a, "%.*s.socket",
                             PL_F(pl_str_sub(p->unit, 0, p->unit.n - sizeof(".service") + 1))));
    add_runtimes(t, p);
    for (size_t i = 0; (p->has_dockerd || p->has_containerd) && i < PL_COUNT(shims); i++)
        add_on_path(t, "shim", pl_str_c(shims[i]));
}

static void add_containerd(struct targets *t, const pl_places *p)
{
    add(t, "containerd-config", p->containerd_config);
    for (size_t i = 0; i < p->containerd_imports.n; i++)
        add(t, "containerd-config", p->containerd_imports.v[i]);
    add_binary(t, "containerd", p->has_containerd, p->containerd);
    if (!p->has_containerd)
        return;
    add(t, "containerd-state", p->containerd_state);
    if (t->f->hints->uses_containerd_store)
        add(t, "data-root", p->containerd_root);
    if (p->containerd_sockets.n)
        add(t, "containerd-socket", p->containerd_sockets.v[0]);
}

static void add_host(struct targets *t)
{
    static const struct {
        const char *role, *path;
    } rows[] = {
        {"identity", "/etc/passwd"},
        {"identity", "/etc/shadow"},
        {"identity", "/etc/group"},
        {"identity", "/etc/gshadow"},
        {"identity", "/etc/sudoers"},
        {"identity", "/etc/sudoers.d"},
        {"identity", "/etc/pam.d"},
        {"log", "/var/log/audit"},
        {"log", "/var/log/journal"},
        {"time", "/etc/localtime"},
        {"time", "/etc/chrony"},
        {"time", "/etc/chrony.conf"},
        {"time", "/etc/systemd/timesyncd.conf"},
        {"time", "/etc/ntp.conf"},
        {"time", "/etc/ntpsec/ntp.conf"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        add(t, rows[i].role, pl_str_c(rows[i].path));
    add(t, "log", t->f->hints->ledger_dir);
}

static void set_calls(pl_host_reading *f, const pl_kaudit_rules *rules, bool is_on)
{
    pl_host_strs calls = {.arena = f->a};

    for (size_t i = 0; is_on && i < pl_kaudit_syscall_count; i++)
        if (pl_kaudit_records_call(rules, pl_str_c(pl_kaudit_syscalls[i].name)))
            pl_host_strs_add(&calls, pl_str_c(pl_kaudit_syscalls[i].name));
    pl_host_strs_set(&calls, f->host, PL_F_HOST_AUDIT_SYSCALLS);
    pl_set_int(f->host, PL_F_HOST_AUDIT_RULE_COUNT, (int64_t)rules->n);
}

static void set_time_files(const struct targets *t)
{
    bool watched = true;

    if (t->reason) {
        pl_set_unreadable(t->f->host, PL_F_HOST_TIME_FILES_WATCHED, t->reason);
        return;
    }
    for (size_t i = 0; i < t->list.n; i++) {
        const pl_record *r = t->list.v[i];
        if (pl_str_eq(pl_get(r, PL_F_AUDIT_TARGET_ROLE)->u.s, PL_S("time")))
            watched &=
                pl_get(r, PL_F_AUDIT_TARGET_WRITE)->u.b && pl_get(r, PL_F_AUDIT_TARGET_ATTR)->u.b;
    }
    pl_set_bool(t->f->host, PL_F_HOST_TIME_FILES_WATCHED, watched);
}

void pl_host_facts_audit(pl_host_reading *f)
{
    struct targets t = {.f = f, .list = {.arena = f->a}};
    pl_places p = pl_places_find(f);
    pl_host_seen status = set_status(f, &t.is_on);
    pl_kaudit_rules rules = pl_kaudit_rules_read(f);

    set_auditd(f);
    if (p.is_waiting || status == PL_SEEN_WAIT || rules.state == PL_SEEN_WAIT)
        return;
    if (rules.state == PL_SEEN_OK && status == PL_SEEN_OK) {
        set_calls(f, &rules, t.is_on);
    } else {
        t.reason = rules.state == PL_SEEN_FAILED ? rules.reason : "unreadable";
        pl_set_unreadable(f->host, PL_F_HOST_AUDIT_SYSCALLS, t.reason);
        pl_set_unreadable(f->host, PL_F_HOST_AUDIT_RULE_COUNT, t.reason);
    }
    t.rules = &rules;
    add_engine(&t, &p);
    add_containerd(&t, &p);
    add_host(&t);
    set_time_files(&t);
    if (p.process_reason)
        pl_set_unreadable(f->host, PL_F_HOST_AUDIT_TARGETS, p.process_reason);
    else
        pl_host_recs_set(&t.list, f->host, PL_F_HOST_AUDIT_TARGETS);
}
