/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sudoers(5): grants with their aliases resolved, includes followed. What amounts to full root is
 * marked: ALL, shells, interpreters, editors, and the clients of container engines, since whoever
 * may start a container on the host may do anything on it.
 */
#include "host/facts.h"
#include "host/glob.h"
#include "host/limits.h"

#include <string.h>

typedef struct alias {
    pl_str name, items;
} alias;

struct sudo {
    pl_host_reading *f;
    pl_host_recs grants;
    alias users[64], commands[64];
    size_t n_users, n_commands;
    bool no_authenticate; /* Defaults !authenticate */
    bool is_waiting;
    const char *reason;
    size_t n_files;
};

/* Joins lines that end with a backslash; comments go. */
static bool next_line(struct sudo *s, pl_str *text, pl_str *ret, size_t *line_no)
{
    PL_AUTO_BUF pl_buf joined = {.max = PL_HOST_LINE};
    pl_str line;
    bool more = false, any = false;

    do {
        if (!pl_host_line(text, &line))
            break;
        any = true;
        ++*line_no;
        more = line.n && line.p[line.n - 1] == '\\';
        pl_buf_str(&joined, more ? pl_str_sub(line, 0, line.n - 1) : line);
    } while (more);
    *ret = pl_str_trim(pl_arena_str(s->f->a, pl_buf_view(&joined)));
    if (!pl_buf_ok(&joined))
        s->reason = "limit:line";
    return any;
}

static const alias *find_alias(const alias *v, size_t n, pl_str name)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(v[i].name, name))
            return &v[i];
    return NULL;
}

/* "NAME = a, b : OTHER = c" */
static void take_aliases(struct sudo *s, pl_str rest, alias *to, size_t room, size_t *n)
{
    pl_str one, name;

    while (pl_str_cut(&rest, ':', &one)) {
        if (*n == room) {
            s->reason = "limit:aliases";
            return;
        }
        if (pl_str_cut(&one, '=', &name))
            to[(*n)++] = (alias){pl_str_trim(name), pl_str_trim(one)};
    }
}

/* ---- what a command amounts to ---- */

static pl_str base_name(pl_str path)
{
    size_t at = path.n;
    while (at && path.p[at - 1] != '/')
        at--;
    return pl_str_sub(path, at, path.n);
}

static bool is_full_root(pl_str command)
{
    static const char *const names[] = {
        "sh",          "bash",     "dash",
        "zsh",         "ksh",      "su",
        "sudo",        "sudoedit", "vi",
        "vim",         "nano",     "emacs",
        "ed",          "less",     "more",
        "man",         "python",   "python3",
        "perl",        "ruby",     "node",
        "lua",         "awk",      "gawk",
        "find",        "env",      "xargs",
        "tee",         "cp",       "dd",
        "tar",         "rsync",    "docker",
        "podman",      "ctr",      "nerdctl",
        "runc",        "crun",     "crictl",
        "containerd",  "nsenter",  "unshare",
        "chroot",      "mount",    "systemctl",
        "systemd-run", "visudo",   "passwd",
        "chmod",       "chown",    "apt",
        "apt-get",     "dpkg",     "gdb",
        "strace",      "kubectl",  "docker-compose",
    };
    pl_str rest = command, word;

    if (!pl_host_word(&rest, &word))
        return false;
    if (pl_str_eq(word, PL_S("ALL")) || pl_str_ends(word, PL_S("/")) || memchr(word.p, '*', word.n))
        return true;
    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq(base_name(word), pl_str_c(names[i])))
            return true;
    return false;
}

/* Takes tags ("NOPASSWD:") and options ("TIMEOUT=5m") off the front. */
static pl_str take_tags(pl_str command, bool *no_password)
{
    for (;;) {
        command = pl_str_trim(command);
        const char *colon = command.n ? memchr(command.p, ':', command.n) : NULL;
        size_t n = colon ? (size_t)(colon - command.p) : 0;
        bool is_tag = n > 0;
        for (size_t i = 0; i < n; i++)
            is_tag &= command.p[i] >= 'A' && command.p[i] <= 'Z';
        if (!is_tag)
            return command;
        pl_str tag = pl_str_sub(command, 0, n);
        if (pl_str_eq(tag, PL_S("NOPASSWD")))
            *no_password = true;
        else if (pl_str_eq(tag, PL_S("PASSWD")))
            *no_password = false;
        command = pl_str_sub(command, n + 1, command.n);
    }
}

struct commands {
    pl_host_strs list;
    bool is_full, no_password;
};

static void add_command(struct sudo *s, struct commands *c, pl_str one, int depth)
{
    one = take_tags(one, &c->no_password);
    const alias *a = find_alias(s->commands, s->n_commands, one);

    if (a && depth < 8) {
        pl_str rest = a->items, item;
        while (pl_str_cut(&rest, ',', &item))
            add_command(s, c, item, depth + 1);
        return;
    }
    if (one.n == 0)
        return;
    pl_host_strs_add(&c->list, one);
    c->is_full |= one.p[0] != '!' && is_full_root(one);
}

/* ---- a grant: "SUBJECTS HOSTS = (RUNAS) COMMANDS" ---- */

static void add_grant(struct sudo *s, pl_str subject, const struct commands *c, pl_str file,
                      size_t line_no)
{
    pl_record *r = pl_host_recs_new(&s->grants, PL_HE_SUDO_GRANT);

    pl_set_str(r, PL_F_SUDO_ENTRY, pl_host_fmt(s->f->a, "%.*s:%zu", PL_F(file), line_no));
    pl_set_str(r, PL_F_SUDO_SUBJECT, subject);
    pl_host_strs_set(&c->list, r, PL_F_SUDO_COMMANDS);
    pl_set_bool(r, PL_F_SUDO_IS_FULL_ROOT, c->is_full);
    pl_set_bool(r, PL_F_SUDO_NO_PASSWORD, c->no_password || s->no_authenticate);
}

static void add_subject(struct sudo *s, pl_str subject, const struct commands *c, pl_str file,
                        size_t line_no, int depth)
{
    subject = pl_str_trim(subject);
    const alias *a = find_alias(s->users, s->n_users, subject);
    pl_str rest, item;

    if (!a || depth >= 8) {
        add_grant(s, subject, c, file, line_no);
        return;
    }
    for (rest = a->items; pl_str_cut(&rest, ',', &item);)
        add_subject(s, item, c, file, line_no, depth + 1);
}

/* The subjects end at the first blank that does not follow a comma. */
static pl_str cut_subjects(pl_str *line)
{
    size_t i = 0;

    while (i < line->n) {
        if (line->p[i] != ' ' && line->p[i] != '\t') {
            i++;
            continue;
        }
        pl_str before = pl_str_trim(pl_str_sub(*line, 0, i));
        pl_str after = pl_str_trim(pl_str_sub(*line, i, line->n));
        if (!pl_str_ends(before, PL_S(",")) && !pl_str_starts(after, PL_S(",")))
            break;
        i = (size_t)(after.p - line->p) + (pl_str_starts(after, PL_S(",")) ? 1 : 0);
    }
    pl_str subjects = pl_str_sub(*line, 0, i);
    *line = pl_str_sub(*line, i, line->n);
    return subjects;
}

static void take_grant(struct sudo *s, pl_str line, pl_str file, size_t line_no)
{
    struct commands c = {.list = {.arena = s->f->a}};
    pl_str subjects = cut_subjects(&line), host, one;

    if (!pl_str_cut(&line, '=', &host) || !line.n) {
        s->reason = "unreadable"; /* a grant that we cannot read may be any grant */
        return;
    }
    line = pl_str_trim(line);
    if (pl_str_starts(line, PL_S("(")) && !pl_str_cut(&line, ')', &one))
        return;
    while (pl_str_cut(&line, ',', &one))
        add_command(s, &c, one, 0);
    while (pl_str_cut(&subjects, ',', &one))
        add_subject(s, one, &c, file, line_no, 0);
}

/* ---- files ---- */

static void take_file(struct sudo *s, pl_str path);

static void take_include(struct sudo *s, pl_str place, bool is_dir)
{
    pl_host_strs paths = {.arena = s->f->a};

    if (is_dir)
        place = pl_host_fmt(s->f->a, "%.*s/*", PL_F(place));
    else if (place.n && place.p[0] != '/')
        place = pl_host_fmt(s->f->a, "/etc/%.*s", PL_F(place));
    if (!pl_host_glob(s->f, place, &paths, &s->reason) && !s->reason)
        s->is_waiting = true;
    for (size_t i = 0; i < paths.n; i++) {
        pl_str name = base_name(paths.v[i]);
        /* As sudo: names with a dot or a tilde at the end are left out of a directory. */
        if (!is_dir || (!memchr(name.p, '.', name.n) && !pl_str_ends(name, PL_S("~"))))
            take_file(s, paths.v[i]);
    }
}

static bool take_keyword(struct sudo *s, pl_str line)
{
    pl_str rest = line, word;

    (void)pl_host_word(&rest, &word);
    if (pl_str_eq(word, PL_S("@include")) || pl_str_eq(word, PL_S("#include")))
        take_include(s, pl_str_trim(rest), false);
    else if (pl_str_eq(word, PL_S("@includedir")) || pl_str_eq(word, PL_S("#includedir")))
        take_include(s, pl_str_trim(rest), true);
    else if (pl_str_eq(word, PL_S("User_Alias")))
        take_aliases(s, rest, s->users, PL_COUNT(s->users), &s->n_users);
    else if (pl_str_eq(word, PL_S("Cmnd_Alias")) || pl_str_eq(word, PL_S("Cmd_Alias")))
        take_aliases(s, rest, s->commands, PL_COUNT(s->commands), &s->n_commands);
    else if (pl_str_starts(word, PL_S("Defaults")))
        s->no_authenticate |= pl_str_has(rest, PL_S("!authenticate"));
    else if (!pl_str_eq(word, PL_S("Host_Alias")) && !pl_str_eq(word, PL_S("Runas_Alias")))
        return line.p[0] == '#' && !(line.n > 1 && line.p[1] >= '0' && line.p[1] <= '9');
    return true;
}

static void take_file(struct sudo *s, pl_str path)
{
    pl_str text, line;
    size_t line_no = 0;

    if (!pl_host_text_of(s->f, path, &s->is_waiting, &s->reason, &text))
        return;
    if (++s->n_files > PL_HOST_INCLUDES) {
        s->reason = "limit:includes";
        return;
    }
    while (next_line(s, &text, &line, &line_no))
        if (line.n && !take_keyword(s, line))
            take_grant(s, line, path, line_no);
}

void pl_host_facts_sudoers(pl_host_reading *f)
{
    struct sudo *s = PL_NEW(f->a, struct sudo);
    if (!s)
        return;
    s->f = f;
    s->grants.arena = f->a;
    take_file(s, PL_S("/etc/sudoers"));
    if (s->is_waiting)
        return;
    if (s->reason)
        pl_set_unreadable(f->host, PL_F_HOST_SUDO_GRANTS, s->reason);
    else
        pl_host_recs_set(&s->grants, f->host, PL_F_HOST_SUDO_GRANTS);
}
