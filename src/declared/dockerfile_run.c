/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands of a RUN make certain of the files of the image: setuid bits, packages whose
 * program everybody knows, lists and archives that a package manager leaves behind. The rest of the
 * files only a build shows.
 */
#include "declared/dockerfile.h"

#include "declared/shell.h"
#include "image/fields.h"

#include <string.h>

static bool is_word(pl_str s, const char *word)
{
    return pl_str_eq(s, pl_str_c(word));
}

static pl_str base_name(pl_str path)
{
    pl_str part, name = path;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    return name;
}

static pl_stage_file *add_file(pl_docker_step *t, int field, pl_str path, const char *why)
{
    pl_stage_file *f = pl_stage_push(t->s, &t->s->files, sizeof(*f));

    if (f)
        *f = (pl_stage_file){.field = field,
                             .path = path,
                             .mode = {"", 0},
                             .why = why,
                             .line = t->l->line,
                             .column = t->l->column};
    return f;
}

/* ---- modes ---- */

/* "4755", "u+s", "a=rxs,g+s" */
static void bits_of(pl_str mode, bool *ret_setuid, bool *ret_setgid)
{
    uint64_t bits = 0;
    pl_str part;

    *ret_setuid = *ret_setgid = false;
    if (pl_str_u64_base(mode, 8, &bits)) {
        *ret_setuid = bits & 04000;
        *ret_setgid = bits & 02000;
        return;
    }
    while (pl_str_cut(&mode, ',', &part)) {
        size_t at = 0;
        bool is_user = false, is_group = false;
        for (; at < part.n && strchr("ugoa", part.p[at]); at++) {
            is_user |= part.p[at] == 'u' || part.p[at] == 'a';
            is_group |= part.p[at] == 'g' || part.p[at] == 'a';
        }
        bool is_all = at == 0, adds = at < part.n && part.p[at] != '-';
        if (!adds || !memchr(part.p + at, 's', part.n - at))
            continue;
        *ret_setuid |= is_user || is_all;
        *ret_setgid |= is_group || is_all;
    }
}

void pl_docker_mode_facts(pl_docker_step *t, pl_str mode, pl_str path)
{
    bool is_setuid, is_setgid;

    bits_of(mode, &is_setuid, &is_setgid);
    if (!is_setuid && !is_setgid)
        return;
    pl_stage_file *f = add_file(t, PL_F_IMAGE_SETUID_FILES, path, "setuid");
    if (f) {
        f->is_setuid = is_setuid;
        f->is_setgid = is_setgid;
        f->mode = mode;
    }
}

/* chmod MODE FILE..., install -m MODE FILE... */
static void read_chmod(pl_docker_step *t, const pl_shell_command *c, size_t at)
{
    pl_str mode = {"", 0};

    for (size_t i = at + 1; i < c->n; i++) {
        pl_str w = c->words[i].text;
        bool is_mode = pl_str_starts(w, PL_S("-")) && w.n > 1 && strchr("sx", w.p[w.n - 1]);
        if (pl_str_starts(w, PL_S("-")) && !is_mode)
            continue;
        if (!mode.n)
            mode = w;
        else
            pl_docker_mode_facts(t, mode, c->words[i].is_open ? (pl_str){"", 0} : w);
    }
}

static void read_install(pl_docker_step *t, const pl_shell_command *c, size_t at)
{
    pl_str mode = {"", 0}, last = {"", 0};

    for (size_t i = at + 1; i < c->n; i++) {
        pl_str w = c->words[i].text;
        if (is_word(w, "-m") && i + 1 < c->n)
            mode = c->words[++i].text;
        else if (pl_str_starts(w, PL_S("-m")))
            mode = pl_str_sub(w, 2, w.n);
        else if (pl_str_starts(w, PL_S("--mode=")))
            mode = pl_str_sub(w, 7, w.n);
        else
            last = c->words[i].is_open ? (pl_str){"", 0} : w;
    }
    if (mode.n)
        pl_docker_mode_facts(t, mode, last);
}

static void read_setcap(pl_docker_step *t, const pl_shell_command *c, size_t at)
{
    if (at + 2 >= c->n || is_word(c->words[at + 1].text, "-r"))
        return;
    const pl_shell_word *last = &c->words[c->n - 1];
    pl_stage_file *f = add_file(t, PL_F_IMAGE_SETUID_FILES,
                                last->is_open ? (pl_str){"", 0} : last->text, "capabilities");
    if (f)
        f->has_caps = true;
}

/* ---- packages ---- */

static const struct manager {
    const char *name, *verbs, *removes;
    const char *cache; /* folder that it leaves behind; NULL: none for certain */
    const char *keeps; /* verbs that fill it */
} managers[] = {
    {"apt-get", "install", "remove purge autoremove", "/var/lib/apt/lists", "update"},
    {"apt", "install", "remove purge autoremove", "/var/lib/apt/lists", "update"},
    {"apk", "add", "del", "/var/cache/apk", "update"},
    {"yum", "install", "remove erase autoremove", NULL, ""},
    {"dnf", "install", "remove erase autoremove", NULL, ""},
    {"microdnf", "install", "remove", NULL, ""},
    {"zypper", "install in", "remove rm", NULL, ""},
};

/* Programs that packages of these names bring. */
static const struct {
    const char *package, *path;
} known[] = {
    {"sudo", "/usr/bin/sudo"},     {"doas", "/usr/bin/doas"},
    {"opendoas", "/usr/bin/doas"}, {"openssh-server", "/usr/sbin/sshd"},
    {"openssh", "/usr/sbin/sshd"}, {"dropbear", "/usr/sbin/dropbear"},
    {"xrdp", "/usr/sbin/xrdp"},    {"shellinabox", "/usr/bin/shellinaboxd"},
    {"x11vnc", "/usr/bin/x11vnc"}, {"ttyd", "/usr/bin/ttyd"},
    {"gcc", "/usr/bin/gcc"},       {"g++", "/usr/bin/g++"},
    {"make", "/usr/bin/make"},     {"gdb", "/usr/bin/gdb"},
    {"strace", "/usr/bin/strace"}, {"tcpdump", "/usr/sbin/tcpdump"},
    {"nmap", "/usr/bin/nmap"},     {"socat", "/usr/bin/socat"},
    {"telnet", "/usr/bin/telnet"}, {"curl", "/usr/bin/curl"},
    {"wget", "/usr/bin/wget"},     {"git", "/usr/bin/git"},
    {"vim", "/usr/bin/vim"},
};

static bool is_one_of(pl_str word, const char *blank_separated)
{
    pl_str rest = pl_str_c(blank_separated), one;

    while (pl_str_cut(&rest, ' ', &one))
        if (pl_str_eq(word, one))
            return true;
    return false;
}

static void add_program(pl_docker_step *t, pl_str package)
{
    pl_str name = package, version = package;

    (void)pl_str_cut(&version, '=', &name);
    for (size_t i = 0; i < PL_COUNT(known); i++)
        if (is_word(name, known[i].package))
            (void)add_file(t, PL_F_IMAGE_PROGRAMS, pl_str_c(known[i].path), "installed");
}

/* What a step removes is no longer certain to be there. */
static void forget(pl_docker_step *t, pl_str word)
{
    pl_stage_file *files = t->s->files.v;

    for (size_t i = 0; i < t->s->files.n; i++) {
        pl_str path = files[i].path;
        bool is_program =
            files[i].field == PL_F_IMAGE_PROGRAMS || files[i].field == PL_F_IMAGE_SETUID_FILES;
        if (is_program && (!word.n || pl_str_has(path, word) || pl_str_has(word, base_name(path)) ||
                           pl_str_has(word, PL_S("*"))))
            files[i].is_gone = true;
    }
}

static void read_manager(pl_docker_step *t, const struct manager *m, const pl_shell_command *c,
                         size_t at)
{
    bool installs = false, removes = false;

    for (size_t i = at + 1; i < c->n; i++) {
        pl_str w = c->words[i].text;
        bool is_option = pl_str_starts(w, PL_S("-"));
        if (!installs && !removes && !is_option) {
            installs = is_one_of(w, m->verbs);
            removes = is_one_of(w, m->removes);
        } else if (installs && !is_option) {
            add_program(t, w);
        } else if (removes && !is_option) {
            forget(t, c->words[i].is_open ? (pl_str){"", 0} : w);
        }
    }
    /* apt-get autoremove names nothing. */
    if (removes)
        forget(t, PL_S("*"));
}

/* ---- caches ---- */

/* Somebody in the same step speaks of the folder: it is removed, or a mount of the build. */
static bool is_spoken_of(const pl_docker_step *t, pl_str script, const char *folder)
{
    return pl_str_has(script, pl_str_c(folder)) || pl_str_has(t->l->rest, pl_str_c(folder)) ||
           pl_str_has(script, PL_S("/var/lib/apt")) || pl_str_has(script, PL_S("/var/cache"));
}

static void read_cache(pl_docker_step *t, const struct manager *m, const pl_shell_command *c,
                       size_t at, pl_str script)
{
    for (size_t i = at + 1; m->cache && i < c->n; i++) {
        pl_str w = c->words[i].text;
        if (pl_str_starts(w, PL_S("-")))
            continue;
        if (is_one_of(w, m->keeps) && !is_spoken_of(t, script, m->cache) &&
            !pl_str_has(script, PL_S("--no-cache")))
            (void)add_file(t, PL_F_IMAGE_BUILD_FILES, pl_str_c(m->cache), "package-cache");
        break;
    }
}

/* ---- commands ---- */

static size_t command_at(const pl_shell_command *c)
{
    static const char *const before[] = {"sudo", "env",  "exec", "time", "nice", "if",
                                         "then", "else", "do",   "!",    "{",    "command"};
    size_t i = 0;

    for (; i < c->n; i++) {
        pl_str w = c->words[i].text;
        bool is_before = pl_str_has(w, PL_S("=")) || pl_str_starts(w, PL_S("-"));
        for (size_t k = 0; k < PL_COUNT(before); k++)
            is_before |= is_word(w, before[k]);
        if (!is_before)
            break;
    }
    return i;
}

static void read_command(pl_docker_step *t, const pl_shell_command *c, pl_str script)
{
    size_t at = command_at(c);

    if (at == c->n)
        return;
    pl_str name = base_name(c->words[at].text);
    if (is_word(name, "chmod"))
        read_chmod(t, c, at);
    else if (is_word(name, "install"))
        read_install(t, c, at);
    else if (is_word(name, "setcap"))
        read_setcap(t, c, at);
    else if (is_word(name, "rm") || is_word(name, "mv") || is_word(name, "find"))
        for (size_t i = at + 1; i < c->n; i++)
            forget(t, c->words[i].is_open ? (pl_str){"", 0} : c->words[i].text);
    for (size_t i = 0; i < PL_COUNT(managers); i++)
        if (is_word(name, managers[i].name)) {
            read_manager(t, &managers[i], c, at);
            read_cache(t, &managers[i], c, at, script);
        }
}

void pl_docker_run_facts(pl_docker_step *t, pl_str script)
{
    pl_shell s;
    pl_shell_command c;

    pl_shell_start(&s, t->s->arena, script);
    while (!t->s->is_bad && pl_shell_next(&s, &c))
        read_command(t, &c, script);
}
