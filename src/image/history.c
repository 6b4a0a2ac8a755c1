/* SPDX-License-Identifier: Apache-2.0 */
#include "image/history.h"

#include "core/attr.h"

#include <string.h>

static const char *const instructions[] = {
    "ADD",   "ARG",   "CMD",         "COPY",   "ENTRYPOINT", "ENV",     "EXPOSE",
    "FROM",  "LABEL", "HEALTHCHECK", "LABEL",  "MAINTAINER", "ONBUILD", "RUN",
    "SHELL", "USER",  "STOPSIGNAL",  "VOLUME", "WORKDIR",
};

static pl_str skip_blanks(pl_str s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s = pl_str_sub(s, 1, s.n);
    return s;
}

static bool eat(pl_str *s, pl_str prefix)
{
    if (!pl_str_starts(*s, prefix))
        return false;
    *s = skip_blanks(pl_str_sub(*s, prefix.n, s->n));
    return true;
}

/* "|2 A=b C=d e /bin/sh -c x": a value may hold blanks, so the shell is what ends the list. */
static pl_str without_build_args(pl_str s)
{
    static const char *const shells[] = {" /bin/sh -c ", " /bin/bash ", " /bin/ash ", " sh -c "};

    if (!pl_str_starts(s, PL_S("|")))
        return s;
    for (size_t i = 0; i < PL_COUNT(shells); i++) {
        pl_str shell = pl_str_c(shells[i]);
        const char *at = memmem(s.p, s.n, shell.p, shell.n);
        if (at)
            return skip_blanks(pl_str_sub(s, (size_t)(at - s.p), s.n));
    }
    return s;
}

static pl_str known_instruction(pl_str *s)
{
    for (size_t i = 0; i < PL_COUNT(instructions); i++) {
        pl_str word = pl_str_c(instructions[i]);
        if (pl_str_starts(*s, word) && (s->n == word.n || s->p[word.n] == ' ')) {
            *s = skip_blanks(pl_str_sub(*s, word.n, s->n));
            return word;
        }
    }
    return (pl_str){"", 0};
}

static void split(pl_str text, pl_step *ret)
{
    pl_str s = pl_str_trim(text);
    bool is_classic;

    if (pl_str_ends(s, PL_S("# buildkit")))
        s = pl_str_trim(pl_str_sub(s, 0, s.n - 10));
    ret->instruction = known_instruction(&s);
    if (ret->instruction.n && !pl_str_eq(ret->instruction, PL_S("RUN"))) {
        ret->command = s;
        return;
    }
    is_classic = ret->instruction.n == 0;
    s = without_build_args(s);
    if (is_classic && eat(&s, PL_S("/bin/sh -c #(nop)")))
        ret->instruction = known_instruction(&s);
    else if (eat(&s, PL_S("/bin/sh -c")) || eat(&s, PL_S("/bin/bash")) || eat(&s, PL_S("/bin/ash")))
        ret->instruction = PL_S("RUN");
    ret->command = s;
}

/* ---- words of a shell command ---- */

bool pl_words_next(pl_words *w, pl_str *ret)
{
    size_t i = 0;
    size_t end;

    w->is_separated = false;
    for (; i < w->rest.n && strchr(" \t\r\n;&|(){}\\\"'`$", w->rest.p[i]); i++)
        if (!w->rest.p[i] || strchr("\n;&|(){}`", w->rest.p[i]))
            w->is_separated = true;
    for (end = i;
         end < w->rest.n && w->rest.p[end] && !strchr(" \t\r\n;&|(){}\\\"'`", w->rest.p[end]);)
        end++;
    *ret = pl_str_sub(w->rest, i, end - i);
    w->rest = pl_str_sub(w->rest, end, w->rest.n);
    return ret->n > 0;
}

static pl_str base_name(pl_str word)
{
    pl_str part = word;
    pl_str name = word;

    while (pl_str_cut(&word, '/', &part))
        name = part;
    return name;
}

static bool is_one_of(pl_str word, const char *blank_separated)
{
    pl_str rest = pl_str_c(blank_separated);
    pl_str one;

    while (pl_str_cut(&rest, ' ', &one))
        if (pl_str_eq(word, one))
            return true;
    return false;
}

struct program {
    const char *name, *refresh, *install;
};

static const struct program managers[] = {
    {"apt-get", "update", "install upgrade dist-upgrade full-upgrade build-dep reinstall"},
    {"apt", "update", "install upgrade dist-upgrade full-upgrade build-dep reinstall"},
    {"aptitude", "update", "install safe-upgrade full-upgrade"},
    {"apk", "update", "add upgrade fix"},
    {"yum", "makecache", "install update upgrade localinstall groupinstall reinstall swap"},
    {"dnf", "makecache", "install update upgrade distro-sync groupinstall reinstall swap"},
    {"microdnf", "makecache", "install update upgrade reinstall"},
    {"zypper", "refresh ref", "install in update up dist-upgrade dup patch"},
};

static const char *const wrappers = "sudo env exec time nice set if then else do while until !";

/* What one command of a RUN line is about, word by word. */
struct reader {
    pl_step *step;
    const struct program *manager; /* whose verb is being waited for */
    pl_str command;                /* first word of the command */
    bool saw_git_clone;
};

static const struct program *manager_of(pl_str name)
{
    for (size_t i = 0; i < PL_COUNT(managers); i++)
        if (pl_str_eq(name, pl_str_c(managers[i].name)))
            return &managers[i];
    return NULL;
}

static bool is_commit(pl_str word)
{
    if (word.n != 40 && word.n != 64)
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (!strchr("0123456789abcdef", word.p[i]) || !word.p[i])
            return false;
    return true;
}

static void read_verb(struct reader *r, pl_str word)
{
    if (is_one_of(word, r->manager->refresh))
        r->step->refreshes_index = true;
    else if (is_one_of(word, r->manager->install))
        r->step->installs = true;
    else
        return; /* the value of an option */
    r->manager = NULL;
}

static void read_argument(struct reader *r, pl_str word)
{
    pl_str c = r->command;

    if (is_one_of(c, "sha224sum sha256sum sha384sum sha512sum b2sum shasum"))
        r->step->verifies |= is_one_of(word, "-c --check -sc -cs");
    else if (is_one_of(c, "gpg gpg2 gpgv cosign minisign signify"))
        r->step->verifies |=
            is_one_of(word, "--verify verify verify-blob -Vm -V") || pl_str_starts(c, PL_S("gpgv"));
    else if (pl_str_eq(c, PL_S("git")) && pl_str_eq(word, PL_S("clone")))
        r->step->downloads = true;
    else if (pl_str_eq(c, PL_S("git")))
        r->step->verifies |= is_commit(word);
}

static void read_word(struct reader *r, pl_str word, bool is_separated)
{
    pl_str name = base_name(word);

    if (is_separated || r->command.n == 0) {
        r->command = (pl_str){"", 0};
        r->manager = NULL;
    }
    if (manager_of(name))
        r->manager = manager_of(name);
    else if (r->manager && !pl_str_starts(word, PL_S("-")))
        read_verb(r, word);
    if (r->command.n) {
        read_argument(r, word);
        return;
    }
    /* VAR=value and wrappers stand before the command's own name. */
    if (pl_str_has(word, PL_S("=")) || is_one_of(name, wrappers))
        return;
    r->command = name;
    if (is_one_of(name, "curl wget"))
        r->step->downloads = true;
}

static void read_shell(pl_str command, pl_step *step)
{
    pl_words w = {command, true};
    struct reader r = {.step = step};
    pl_str word;

    while (pl_words_next(&w, &word))
        read_word(&r, word, w.is_separated);
}

/* ---- ADD ---- */

static bool is_remote(pl_str source)
{
    return pl_str_has(source, PL_S("://")) || pl_str_starts(source, PL_S("git@"));
}

/* The classic builder names a local source file:, dir: or multi:, and a download by its digest. */
static pl_add_source classic_source(pl_str source)
{
    unsigned n = 0;

    while (n < source.n && source.p[n] && strchr("0123456789abcdef", source.p[n]))
        n++;
    return n == 64 && source.n == 64 ? PL_ADD_REMOTE : PL_ADD_LOCAL;
}

static void read_add(pl_str command, bool is_first, pl_step *ret)
{
    pl_words w = {command, false};
    pl_str word;
    pl_str last = {"", 0};
    bool is_verified = false;

    ret->add = PL_ADD_LOCAL;
    while (pl_words_next(&w, &word)) {
        last = word;
        if (pl_str_starts(word, PL_S("--checksum=")))
            is_verified = true;
        else if (is_remote(word))
            ret->add = PL_ADD_REMOTE;
        else if (ret->add == PL_ADD_LOCAL)
            ret->add = classic_source(word);
    }
    ret->is_root = is_first && pl_str_eq(last, PL_S("/"));
    ret->downloads = ret->add == PL_ADD_REMOTE && !ret->is_root;
    ret->verifies = is_verified;
    if (ret->is_root)
        ret->add = PL_ADD_ROOT;
    else if (is_verified)
        ret->add = PL_ADD_VERIFIED;
}

void pl_step_parse(pl_str text, bool is_first, pl_step *ret)
{
    *ret = (pl_step){.instruction = {"", 0}, .command = {"", 0}};
    split(text, ret);
    if (pl_str_eq(ret->instruction, PL_S("ADD")))
        read_add(ret->command, is_first, ret);
    else if (pl_str_eq(ret->instruction, PL_S("RUN")) || ret->instruction.n == 0)
        read_shell(ret->command, ret);
    if (is_first && ret->instruction.n == 0)
        ret->is_root = true;
}

size_t pl_step_names(pl_str command, pl_str ret[PL_STEP_NAMES])
{
    size_t n = 0;
    pl_str word;

    for (bool is_first = true; n < PL_STEP_NAMES && pl_str_cut(&command, ' ', &word);) {
        const char *equals = word.n ? memchr(word.p, '=', word.n) : NULL;
        pl_str name = equals ? pl_str_sub(word, 0, (size_t)(equals - word.p)) : word;
        if (name.n && name.p[0] == '"')
            name = pl_str_sub(name, 1, name.n);
        if (name.n && name.p[name.n - 1] == '"')
            name = pl_str_sub(name, 0, name.n - 1);
        if (name.n && (equals || is_first))
            ret[n++] = name;
        is_first &= word.n == 0;
    }
    return n;
}

size_t pl_history_base(const pl_step_brief *steps, size_t n)
{
    bool layer_above = false;

    for (size_t i = n; i-- > 0;) {
        if (steps[i].is_cmd && layer_above)
            return i + 1;
        layer_above |= !steps[i].is_empty;
    }
    for (size_t i = 0; i < n; i++)
        if (!steps[i].is_empty)
            return steps[i].is_root ? i + 1 : 0;
    return 0;
}
