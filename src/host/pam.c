/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAM stacks (pam.conf(5)) of sshd, login and sudo: lockout, quality and history of passwords, and
 * which modules authenticate. Options stand with the module or in its file below /etc/security.
 */
#include "host/facts.h"
#include "host/limits.h"

struct stack {
    pl_host_reading *f;
    pl_host_strs auth;                                /* modules */
    pl_str faillock, quality, history, unix_password; /* options; p NULL: not in the stack */
    bool is_waiting;
    const char *reason;
    size_t n_files;
};

/* "/lib/x/pam_unix.so" -> "pam_unix" */
static pl_str module_name(pl_str path)
{
    size_t at = path.n;
    while (at && path.p[at - 1] != '/')
        at--;
    pl_str name = pl_str_sub(path, at, path.n);
    return pl_str_ends(name, PL_S(".so")) ? pl_str_sub(name, 0, name.n - 3) : name;
}

static void take_module(struct stack *s, pl_str type, pl_str module, pl_str options)
{
    if (!options.p)
        options = PL_S("");
    if (pl_str_eq(type, PL_S("auth"))) {
        pl_host_strs_add_once(&s->auth, module);
        if (pl_str_eq(module, PL_S("pam_faillock")) || pl_str_eq(module, PL_S("pam_tally2")))
            s->faillock = options;
    }
    if (!pl_str_eq(type, PL_S("password")))
        return;
    if (pl_str_eq(module, PL_S("pam_pwquality")) || pl_str_eq(module, PL_S("pam_cracklib")) ||
        pl_str_eq(module, PL_S("pam_passwdqc")))
        s->quality = options;
    else if (pl_str_eq(module, PL_S("pam_pwhistory")))
        s->history = options;
    else if (pl_str_eq(module, PL_S("pam_unix")))
        s->unix_password = options;
}

static void take_file(struct stack *s, pl_str name, pl_str only_type, int depth);

/* The control is a word, or "[...]" with blanks in it. */
static bool cut_control(pl_str *line, pl_str *ret)
{
    *line = pl_str_trim(*line);
    if (!pl_str_starts(*line, PL_S("[")))
        return pl_host_word(line, ret);
    return pl_str_cut(line, ']', ret);
}

/* "TYPE CONTROL MODULE OPTIONS", "TYPE include FILE", "@include FILE" */
static void take_line(struct stack *s, pl_str line, pl_str only_type, int depth)
{
    pl_str type, control, module;

    if (!pl_host_word(&line, &type))
        return;
    if (pl_str_eq(type, PL_S("@include"))) {
        if (pl_host_word(&line, &module))
            take_file(s, module, only_type, depth + 1);
        return;
    }
    if (pl_str_starts(type, PL_S("-")))
        type = pl_str_sub(type, 1, type.n);
    if (only_type.n && !pl_str_eq(type, only_type))
        return;
    if (!cut_control(&line, &control) || !pl_host_word(&line, &module))
        return;
    if (pl_str_eq(control, PL_S("include")) || pl_str_eq(control, PL_S("substack")))
        take_file(s, module, type, depth + 1);
    else
        take_module(s, type, module_name(module), pl_str_trim(line));
}

static void take_file(struct stack *s, pl_str name, pl_str only_type, int depth)
{
    pl_str path =
        pl_str_starts(name, PL_S("/")) ? name : pl_host_fmt(s->f->a, "/etc/pam.d/%.*s", PL_F(name));
    const pl_snap_entry *e = pl_snap_read(s->f->snap, path);
    pl_str text, line;

    s->is_waiting |= !e;
    if (!e)
        return;
    if (depth > 8 || ++s->n_files > PL_HOST_INCLUDES)
        s->reason = "limit:includes";
    else if (pl_host_state(e) == PL_SEEN_FAILED)
        s->reason = pl_host_reason(e);
    if (s->reason || pl_host_state(e) != PL_SEEN_OK)
        return;
    for (text = e->bytes; !s->reason && pl_host_setting_line(&text, "#", &line);)
        take_line(s, line, only_type, depth);
}

/* ---- options ---- */

/* The module's options win over its file. */
static bool option(struct stack *s, pl_str options, const char *file, pl_str key, int64_t *ret)
{
    const pl_snap_entry *e = file ? pl_snap_read(s->f->snap, pl_str_c(file)) : NULL;
    pl_str word, k, v, text, line;
    bool found = false;

    s->is_waiting |= file && !e;
    if (e && e->rc == PL_OK)
        for (text = e->bytes; pl_host_setting_line(&text, "#", &line);)
            if (pl_host_key_value(line, &k, &v) && pl_str_eq(k, key))
                found |= pl_str_i64(v, ret);
    while (pl_host_word(&options, &word))
        if (pl_host_key_value(word, &k, &v) && pl_str_eq(k, key))
            found |= pl_str_i64(v, ret);
    return found;
}

static void set_lockout(struct stack *s, pl_record *r)
{
    static const char file[] = "/etc/security/faillock.conf";
    int64_t deny = 3, unlock = 600; /* pam_faillock's own defaults */

    if (!s->faillock.p) {
        pl_set_absent(r, PL_F_PAM_DENY);
        pl_set_absent(r, PL_F_PAM_UNLOCK);
        return;
    }
    (void)option(s, s->faillock, file, PL_S("deny"), &deny);
    (void)option(s, s->faillock, file, PL_S("unlock_time"), &unlock);
    if (pl_str_has(s->faillock, PL_S("unlock_time=never")))
        unlock = 0;
    pl_set_int(r, PL_F_PAM_DENY, deny);
    pl_set_int(r, PL_F_PAM_UNLOCK, unlock);
}

/* A credit below 0 demands that many characters of the class; minclass counts classes. */
static void set_quality(struct stack *s, pl_record *r)
{
    static const char file[] = "/etc/security/pwquality.conf";
    int64_t length = 8, digits = 0, lower = 0, upper = 0, classes = 0;

    if (!s->quality.p) {
        pl_set_absent(r, PL_F_PAM_MINLEN);
        pl_set_bool(r, PL_F_PAM_CLASSES, false);
        return;
    }
    (void)option(s, s->quality, file, PL_S("minlen"), &length);
    (void)option(s, s->quality, file, PL_S("dcredit"), &digits);
    (void)option(s, s->quality, file, PL_S("lcredit"), &lower);
    (void)option(s, s->quality, file, PL_S("ucredit"), &upper);
    (void)option(s, s->quality, file, PL_S("minclass"), &classes);
    pl_set_int(r, PL_F_PAM_MINLEN, length);
    pl_set_bool(r, PL_F_PAM_CLASSES, classes >= 4 || (digits < 0 && (lower < 0 || upper < 0)));
}

static void set_history(struct stack *s, pl_record *r)
{
    int64_t remember = 10; /* pam_pwhistory's default */

    if (s->history.p) {
        (void)option(s, s->history, "/etc/security/pwhistory.conf", PL_S("remember"), &remember);
        pl_set_int(r, PL_F_PAM_REMEMBER, remember);
    } else if (s->unix_password.p &&
               option(s, s->unix_password, NULL, PL_S("remember"), &remember)) {
        pl_set_int(r, PL_F_PAM_REMEMBER, remember);
    } else {
        pl_set_absent(r, PL_F_PAM_REMEMBER);
    }
}

static void set_ssh_modules(pl_host_reading *f, const struct stack *s)
{
    if (s->reason)
        pl_set_unreadable(f->host, PL_F_HOST_SSH_PAM_MODULES, s->reason);
    else
        pl_host_strs_set(&s->auth, f->host, PL_F_HOST_SSH_PAM_MODULES);
}

static bool add_service(pl_host_reading *f, pl_host_recs *list, const char *name,
                        const char **ret_reason)
{
    pl_str path = pl_host_fmt(f->a, "/etc/pam.d/%s", name);
    const pl_snap_entry *e = pl_snap_read(f->snap, path);
    struct stack s = {.f = f, .auth = {.arena = f->a}};

    if (pl_host_state(e) == PL_SEEN_NONE) {
        if (pl_str_eq(pl_str_c(name), PL_S("sshd")))
            pl_set_absent(f->host, PL_F_HOST_SSH_PAM_MODULES);
        return true;
    }
    take_file(&s, pl_str_c(name), (pl_str){"", 0}, 0);
    if (pl_str_eq(pl_str_c(name), PL_S("sshd")) && !s.is_waiting)
        set_ssh_modules(f, &s);
    pl_record *r = pl_host_recs_new(list, PL_HE_PAM_SERVICE);
    pl_set_str(r, PL_F_PAM_SERVICE_NAME, pl_str_c(name));
    pl_host_strs_set(&s.auth, r, PL_F_PAM_MODULES);
    set_lockout(&s, r);
    set_quality(&s, r);
    set_history(&s, r);
    if (s.reason)
        *ret_reason = s.reason;
    return !s.is_waiting;
}

void pl_host_facts_pam(pl_host_reading *f)
{
    static const char *const services[] = {"sshd", "login", "sudo"};
    pl_host_recs list = {.arena = f->a};
    const char *reason = NULL;
    bool complete = true;

    for (size_t i = 0; i < PL_COUNT(services); i++)
        complete &= add_service(f, &list, services[i], &reason);
    if (!complete)
        return;
    if (reason)
        pl_set_unreadable(f->host, PL_F_HOST_PAM_SERVICES, reason);
    else
        pl_host_recs_set(&list, f->host, PL_F_HOST_PAM_SERVICES);
}
