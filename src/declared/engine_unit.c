/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/engine_unit.h"

#include "core/char.h"
#include "core/rd.h"
#include "declared/limits.h"
#include "declared/run.h"
#include "declared/shell.h"

#include <string.h>

/* ---- lines ---- */

struct lines {
    pl_str rest;
    int number;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static pl_str left_trimmed(pl_str s)
{
    while (s.n && is_blank(s.p[0]))
        s = pl_str_sub(s, 1, s.n);
    return s;
}

/* Two backslashes at the end are one, and nothing goes on; so does a blank behind one. */
static bool is_escaped_end(pl_str s)
{
    size_t n = 0;

    while (n < s.n && s.p[s.n - 1 - n] == '\\')
        n++;
    return n % 2 == 1;
}

/* One assignment; lines that end with a backslash go on. Comments between them are left out. */
static bool next_line(struct lines *l, pl_arena *a, pl_str *ret, int *ret_line)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;
    bool goes_on = false, is_there = false;

    while (pl_str_cut(&l->rest, '\n', &line)) {
        l->number++;
        line = left_trimmed(line);
        if (pl_str_starts(line, PL_S("#")) || pl_str_starts(line, PL_S(";")))
            continue;
        if (!is_there)
            *ret_line = l->number;
        is_there = true;
        goes_on = is_escaped_end(line);
        pl_buf_str(&b, pl_str_sub(line, 0, line.n - goes_on));
        if (!goes_on)
            break;
        pl_buf_ch(&b, ' ');
    }
    *ret = pl_arena_str(a, pl_buf_view(&b));
    return is_there && ret->p;
}

/* ---- words ---- */

/* As systemd takes a line apart: quotes and backslashes, but nothing else of a shell (";", "|", "#"
 * are plain). *ret_open: a variable is in it. False: there is no more. */
static bool next_word(pl_str *rest, pl_buf *ret, bool *ret_open)
{
    char quote = 0;
    size_t n = 0;

    ret->n = 0;
    *ret_open = false;
    *rest = pl_str_trim(*rest);
    for (; n < rest->n && (quote || !is_blank(rest->p[n])); n++) {
        char c = rest->p[n];
        *ret_open |= c == '$';
        if (c == '\\' && n + 1 < rest->n) {
            n++;
            pl_buf_ch(ret, rest->p[n]);
        } else if (c == quote) {
            quote = 0;
        } else if (!quote && (c == '"' || c == '\'')) {
            quote = c;
        } else {
            pl_buf_ch(ret, c);
        }
    }
    *rest = pl_str_sub(*rest, n, rest->n);
    return n > 0;
}

/* All words of ExecStart, in the arena. */
static void words_of(pl_unit *u, pl_str text, pl_shell_command *ret)
{
    PL_AUTO_BUF pl_buf b = {0};
    bool is_open = false;

    *ret = (pl_shell_command){.words = pl_arena_calloc(u->config->r->arena, PL_DECLARED_WORDS_MAX,
                                                       sizeof(pl_shell_word))};
    while (ret->words && next_word(&text, &b, &is_open)) {
        pl_str word = pl_arena_str(u->config->r->arena, pl_buf_view(&b));
        if (!word.p || ret->n == PL_DECLARED_WORDS_MAX) {
            ret->is_cut = true;
            return;
        }
        ret->words[ret->n++] = (pl_shell_word){.text = word, .is_open = is_open};
    }
    ret->is_cut = !ret->words;
}

/* ---- environment ---- */

/* Words of NAME=VALUE, quoted or not. */
static void add_environment(pl_unit *u, pl_str text)
{
    PL_AUTO_BUF pl_buf word = {0};
    bool is_open = false;

    if (!text.n)
        (void)json_object_clear(u->environment);
    while (next_word(&text, &word, &is_open)) {
        pl_str value = pl_buf_view(&word), name;
        (void)pl_str_cut(&value, '=', &name);
        if (json_object_setn_new(u->environment, name.n ? name.p : "", name.n,
                                 pl_draft_text(value)))
            u->config->is_bad = true;
    }
}

static bool is_name(char c)
{
    return c == '_' || pl_is_alpha(c) || pl_is_digit(c);
}

/* Fills in what the unit itself sets; a file of the environment may set it otherwise. */
static pl_str filled(const pl_unit *u)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str s = u->start;

    while (s.n) {
        size_t n = 1;
        bool has_brace = s.n > 1 && s.p[1] == '{';
        if (s.p[0] != '$' || u->has_environment_file) {
            pl_buf_ch(&b, s.p[0]);
            s = pl_str_sub(s, 1, s.n);
            continue;
        }
        n += has_brace;
        size_t from = n;
        while (n < s.n && is_name(s.p[n]))
            n++;
        pl_str name = pl_str_sub(s, from, n - from);
        const json_t *v = name.n ? json_object_getn(u->environment, name.p, name.n) : NULL;
        n += has_brace && n < s.n && s.p[n] == '}';
        /* One that is set nowhere is empty. */
        if (v)
            pl_buf_c(&b, json_string_value(v));
        s = pl_str_sub(s, n, s.n);
    }
    pl_str text = pl_arena_str(u->config->r->arena, pl_buf_view(&b));
    return text.p ? text : (pl_str){"", 0};
}

/* ---- assignments ---- */

static void assign(pl_unit *u, pl_str key, pl_str value, int line, int column, pl_str file)
{
    if (pl_str_eq(key, PL_S("ExecStart"))) {
        /* "-", "@" and their like stand before the program. */
        while (value.n && strchr("-@:+!", value.p[0]))
            value = pl_str_sub(value, 1, value.n);
        u->is_twice = u->start.n && value.n;
        u->start = value;
        u->line = line;
        u->column = column;
        u->file = file;
    } else if (pl_str_eq(key, PL_S("Environment"))) {
        add_environment(u, value);
    } else if (pl_str_eq(key, PL_S("PassEnvironment"))) {
        u->has_environment_file |= value.n > 0;
    } else if (pl_str_eq(key, PL_S("EnvironmentFile"))) {
        u->has_environment_file = value.n > 0;
    }
}

pl_rc pl_unit_start(pl_unit *u, pl_engine_config *c, pl_err *err)
{
    *u = (pl_unit){.config = c, .start = {"", 0}, .environment = json_object()};
    return u->environment ? PL_OK : pl_fail(err, PL_NOMEM, "unit");
}

void pl_unit_done(pl_unit *u)
{
    json_decref(u->environment);
}

void pl_unit_add(pl_unit *u, pl_str text, pl_str file)
{
    struct lines l = {.rest = text};
    bool is_service = false;
    pl_str line;
    int number = 0;

    while (next_line(&l, u->config->r->arena, &line, &number)) {
        pl_str value = line, key;
        if (pl_str_starts(line, PL_S("["))) {
            is_service = pl_str_eq(line, PL_S("[Service]"));
            continue;
        }
        if (!is_service || !pl_str_has(line, PL_S("=")))
            continue;
        (void)pl_str_cut(&value, '=', &key);
        assign(u, pl_str_trim(key), pl_str_trim(value), number, (int)key.n + 2, file);
    }
}

/* ---- options of dockerd ---- */

static bool is_dockerd(pl_str path)
{
    pl_str part, name = path;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    return pl_str_eq(name, PL_S("dockerd")) || pl_str_eq(name, PL_S("dockerd-rootless.sh"));
}

static pl_rc unknown_option(pl_unit *u, const char *detail, pl_err *err)
{
    const pl_yaml at = {.line = u->line, .column = u->column};

    u->config->is_open = true;
    return u->config->r->note(
        u->config->r, &at,
        &(pl_reading_gap){pl_reading_text(u->config->r, "ExecStart%s%.*s", u->file.n ? " of " : "",
                                          PL_F(u->file)),
                          "not-observed", detail, false},
        err);
}

static bool take_letter(pl_unit *u, char letter, const pl_str *value, bool *ret_known)
{
    return pl_engine_config_option(u->config, (pl_str){"", 0}, letter, value, u->line, u->column,
                                   ret_known);
}

/* "-H=fd://", "-Hfd://", "-DH fd://": letters up to the first that has a value. */
static bool take_letters(pl_unit *u, pl_str word, const pl_str *next, bool *ret_known)
{
    for (size_t i = 1; i < word.n; i++) {
        bool has_equal = i + 1 < word.n && word.p[i + 1] == '=';
        pl_str value = pl_str_sub(word, i + 1 + has_equal, word.n);
        bool wants = take_letter(u, word.p[i], has_equal ? &value : NULL, ret_known);
        if (!*ret_known || (has_equal && !wants))
            return false;
        if (!wants)
            continue;
        if (value.n)
            (void)take_letter(u, word.p[i], &value, ret_known);
        else if (next)
            (void)take_letter(u, word.p[i], next, ret_known);
        return !value.n;
    }
    return false;
}

/* True: the next word is its value. */
static bool take_option(pl_unit *u, const pl_shell_word *w, const pl_str *next, bool *ret_known)
{
    pl_str value = w->text, name;

    if (pl_str_starts(w->text, PL_S("--"))) {
        bool has_value = pl_str_has(value, PL_S("="));
        (void)pl_str_cut(&value, '=', &name);
        name = pl_str_sub(name, 2, name.n);
        bool wants = pl_engine_config_option(u->config, name, 0, has_value ? &value : NULL, u->line,
                                             u->column, ret_known);
        if (wants && next)
            (void)pl_engine_config_option(u->config, name, 0, next, u->line, u->column, ret_known);
        return wants;
    }
    if (w->text.n < 2 || w->text.p[0] != '-') {
        *ret_known = false;
        return false;
    }
    return take_letters(u, w->text, next, ret_known);
}

static pl_rc read_options(pl_unit *u, const pl_shell_command *c, size_t from, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = from; !rc && i < c->n; i++) {
        bool is_known = false;
        const pl_str *next = i + 1 < c->n ? &c->words[i + 1].text : NULL;
        if (c->words[i].is_open) {
            rc = unknown_option(u, "has variables that a file sets, which was not read", err);
            continue;
        }
        bool takes_next = take_option(u, &c->words[i], next, &is_known);
        if (takes_next && next && c->words[i + 1].is_open)
            rc = unknown_option(u, "has variables that a file sets, which was not read", err);
        if (!is_known)
            rc = unknown_option(
                u, "has an option that is not known, or names a file that was not read", err);
        i += takes_next;
    }
    return rc;
}

pl_rc pl_unit_finish(pl_unit *u, bool *ret_engine, pl_err *err)
{
    pl_shell_command c;
    const json_t *verify = json_object_get(u->environment, "DOCKER_TLS_VERIFY");
    bool is_known = false;

    *ret_engine = false;
    u->config->at = u->file;
    if (!u->start.n)
        return PL_OK;
    words_of(u, filled(u), &c);
    for (size_t i = 0; i < c.n && !*ret_engine; i++) {
        if (!is_dockerd(c.words[i].text))
            continue;
        *ret_engine = true;
        u->config->has_unit = true;
        u->config->line = u->line;
        u->config->column = u->column;
        u->config->begins_in = u->file;
        u->config->is_rootless |= pl_str_ends(c.words[i].text, PL_S("rootless.sh"));
        if (verify && json_string_length(verify))
            (void)pl_engine_config_option(u->config, PL_S("tlsverify"), 0, NULL, u->line, u->column,
                                          &is_known);
        pl_rc rc = read_options(u, &c, i + 1, err);
        if (!rc && u->is_twice)
            rc = unknown_option(u, "is set twice, with which systemd refuses the unit", err);
        if (rc)
            return rc;
    }
    if (*ret_engine && c.is_cut)
        u->config->is_open = true;
    return PL_OK;
}

/* ---- one unit ---- */

bool pl_unit_is(pl_str path, pl_str text)
{
    pl_str line;

    (void)path;
    while (pl_str_cut(&text, '\n', &line)) {
        line = pl_str_trim(line);
        if (!line.n || line.p[0] == '#' || line.p[0] == ';')
            continue;
        return pl_str_eq(line, PL_S("[Unit]")) || pl_str_eq(line, PL_S("[Service]"));
    }
    return false;
}

pl_rc pl_unit_read(pl_reading *r, pl_str text, pl_err *err)
{
    pl_engine_config c;
    pl_unit u;
    bool is_engine = false;

    pl_engine_config_start(&c, r);
    pl_rc rc = pl_unit_start(&u, &c, err);
    if (!rc)
        pl_unit_add(&u, text, (pl_str){"", 0});
    if (!rc)
        rc = pl_unit_finish(&u, &is_engine, err);
    if (!rc && is_engine)
        rc = pl_engine_config_tell(&c, err);
    pl_unit_done(&u);
    pl_engine_config_done(&c);
    /* ExecStart=/usr/bin/docker run ... */
    return rc || is_engine ? rc : pl_run_read(r, text, err);
}

/* ---- several files ---- */

struct files {
    pl_reading *r;
    pl_engine_config config;
    pl_unit unit;
    bool has_any;
};

static pl_rc take_daemon(struct files *f, pl_str path, pl_str text, pl_err *err)
{
    pl_yaml_documents docs = {0};
    pl_rc rc = pl_yaml_stream(f->r->arena, text, &docs, err);

    f->config.at = path;
    if (!rc)
        rc = pl_daemon_text(f->r, text, err);
    for (size_t i = 0; !rc && i < docs.n; i++)
        rc = pl_engine_config_file(&f->config, &docs.v[i], err);
    f->config.is_rootless |= pl_str_has(path, PL_S("/.config/docker/"));
    return pl_wrap(err, rc, "%.*s", PL_F(path));
}

static pl_rc take_file(struct files *f, pl_str path, pl_str text, pl_err *err)
{
    f->has_any = true;
    if (pl_daemon_is(path, NULL))
        return take_daemon(f, path, text, err);
    pl_unit_add(&f->unit, text, path);
    return PL_OK;
}

pl_rc pl_engine_files_read(pl_reading *r, pl_str bytes, pl_err *err)
{
    struct files f = {.r = r};
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    bool is_engine = false;

    pl_engine_config_start(&f.config, r);
    pl_rc rc = pl_unit_start(&f.unit, &f.config, err);
    while (!rc && pl_rd_ok(&in) && in.n) {
        pl_str path = pl_rd_lstr(&in), text = pl_rd_lstr(&in);
        if (pl_rd_ok(&in))
            rc = take_file(&f, path, text, err);
    }
    if (!rc && (!pl_rd_ok(&in) || !f.has_any))
        rc = pl_fail(err, PL_FORMAT, "files of an engine: malformed");
    if (!rc)
        rc = pl_unit_finish(&f.unit, &is_engine, err);
    if (!rc && f.unit.start.n && !is_engine)
        rc = unknown_option(&f.unit, "does not name dockerd, and what it starts is not known", err);
    if (!rc)
        rc = pl_engine_config_tell(&f.config, err);
    pl_unit_done(&f.unit);
    pl_engine_config_done(&f.config);
    return rc;
}
