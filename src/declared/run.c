/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/run.h"

#include "engine/fields.h"

#include <string.h>

/* ---- where a command begins ---- */

static const char *const programs[] = {"docker", "podman", "nerdctl"};

/* Options that stand before the verb and have a value. */
static const char *const before_verb[] = {
    "-H",
    "--host",
    "-c",
    "--context",
    "--config",
    "-l",
    "--log-level",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
    "--root",
    "--runroot",
    "--url",
    "--connection",
    "--identity",
    "--runtime",
    "--tmpdir",
    "--storage-opt",
    "--storage-driver",
    "--cgroup-manager",
    "--runtime-flag",
    "--events-backend",
    "--conmon",
    "--module",
    "--namespace",
    "-n",
    "--address",
    "-a",
};

static pl_str base_name(pl_str path)
{
    pl_str part, name = path;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    return name;
}

static bool is_in(pl_str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(word, pl_str_c(list[i])))
            return true;
    return false;
}

static size_t behind_name(const pl_shell_command *c, size_t i)
{
    static const char *const verbs[] = {"run", "create"};

    if (i < c->n && pl_str_eq(c->words[i].text, PL_S("container")))
        i++;
    return i < c->n && is_in(c->words[i].text, verbs, PL_COUNT(verbs)) ? i + 1 : 0;
}

/* Behind the program: the index behind "run" or "create"; 0: another verb. */
static size_t behind_verb(const pl_shell_command *c, size_t i)
{
    bool may_have_value = false;

    for (; i < c->n && (pl_str_starts(c->words[i].text, PL_S("-")) || c->words[i].is_split); i++) {
        may_have_value =
            pl_str_starts(c->words[i].text, PL_S("--")) && !pl_str_has(c->words[i].text, PL_S("="));
        if (is_in(c->words[i].text, before_verb, PL_COUNT(before_verb))) {
            may_have_value = false;
            i++;
        }
    }
    size_t options = behind_name(c, i);
    /* An option that is not in the table may have one, too. */
    return options || !may_have_value ? options : behind_name(c, i + 1);
}

/* The first word of the options of such a command in these words; 0: none. */
static size_t find_options(const pl_shell_command *c, bool *ret_podman, size_t *ret_at)
{
    static const char *const talk[] = {"echo", "printf"};

    if (c->n && is_in(c->words[0].text, talk, PL_COUNT(talk)))
        return 0;
    for (size_t i = 0; i < c->n; i++) {
        pl_str name = base_name(c->words[i].text);
        bool is_program = is_in(name, programs, PL_COUNT(programs)) ||
                          (c->words[i].is_open && !c->words[i].text.n);
        size_t options = is_program ? behind_verb(c, i + 1) : 0;
        if (!options)
            continue;
        *ret_podman = pl_str_eq(name, PL_S("podman"));
        *ret_at = i;
        return options;
    }
    return 0;
}

/* ---- options ---- */

struct words {
    const pl_shell_command *c;
    size_t at;
};

static const pl_shell_word *next_word(struct words *w)
{
    return w->at < w->c->n ? &w->c->words[w->at++] : NULL;
}

/* What is left of the word behind its first bytes. */
static pl_shell_word tail(const pl_shell_word *w, size_t from)
{
    pl_shell_word rest = *w;

    rest.text = pl_str_sub(w->text, from, w->text.n);
    rest.column += (int)from;
    return rest;
}

static void put_switch(pl_run_line *l, const pl_run_option *o, const pl_shell_word *at)
{
    pl_shell_word yes = *at;

    yes.text = PL_S("true");
    yes.is_open = false;
    pl_run_option_put(l, o, &yes);
}

/* False: there is no such option, and it is not known where the next one begins. */
static bool long_option(pl_run_line *l, struct words *w, const pl_shell_word *word)
{
    pl_str value = pl_str_sub(word->text, 2, word->text.n), name;
    bool has_value = pl_str_cut(&value, '=', &name) && pl_str_has(word->text, PL_S("="));
    const pl_run_option *o = pl_run_option_find(name, 0);

    /* "--read-only$X": how it ends is not known. */
    if (!o || (!has_value && word->is_open))
        return false;
    if (has_value) {
        pl_shell_word rest = tail(word, name.n + 3);
        pl_run_option_put(l, o, &rest);
    } else if (pl_run_option_is_switch(o)) {
        put_switch(l, o, word);
    } else {
        const pl_shell_word *next = next_word(w);
        if (next)
            pl_run_option_put(l, o, next);
    }
    return true;
}

/* "-dit", "-p80:80", "-p=80:80" */
static bool short_options(pl_run_line *l, struct words *w, const pl_shell_word *word)
{
    for (size_t i = 1; i < word->text.n; i++) {
        const pl_run_option *o = pl_run_option_find((pl_str){"", 0}, word->text.p[i]);
        if (!o)
            return false;
        if (pl_run_option_is_switch(o)) {
            put_switch(l, o, word);
            continue;
        }
        bool is_equal = i + 1 < word->text.n && word->text.p[i + 1] == '=';
        pl_shell_word rest = tail(word, i + 1 + is_equal);
        const pl_shell_word *value = rest.text.n || word->is_open ? &rest : next_word(w);
        if (value)
            pl_run_option_put(l, o, value);
        return true;
    }
    return !word->is_open;
}

/* A variable without quotes, all by itself: options, the image, or both? */
static bool may_be_options(const pl_shell_word *word)
{
    return word->is_open && word->is_split && !pl_str_has(word->text, PL_S("/")) &&
           !pl_str_has(word->text, PL_S(":"));
}

static void put_image(pl_run_line *l, const pl_shell_word *word)
{
    const pl_yaml at = {.line = word->line, .column = word->column};

    if (word->is_open)
        pl_draft_open(l->d, "Config/Image", &at);
    else
        pl_draft_set(l->d, "Config/Image", pl_draft_text(word->text), &at);
}

/* What stands behind the image. */
static void put_command(pl_run_line *l, struct words *w)
{
    const pl_shell_word *word;

    while ((word = next_word(w))) {
        const pl_yaml at = {.line = word->line, .column = word->column};
        if (word->is_open)
            pl_draft_open(l->d, "Config/Cmd", &at);
        else
            pl_draft_add(l->d, "Config/Cmd", pl_draft_text(word->text), word->text, &at);
    }
}

/* NULL: all was understood; else the word that was not. */
static const pl_shell_word *read_options(pl_run_line *l, struct words *w)
{
    const pl_shell_word *word;

    while ((word = next_word(w))) {
        bool is_long = pl_str_starts(word->text, PL_S("--"));
        if (pl_str_eq(word->text, PL_S("--")) && !word->is_open) {
            word = next_word(w);
            break;
        }
        if (!pl_str_starts(word->text, PL_S("-")) || (word->text.n < 2 && !word->is_open))
            break;
        if (is_long ? !long_option(l, w, word) : !short_options(l, w, word))
            return word;
    }
    if (!word || may_be_options(word))
        return word ? word : &w->c->words[w->c->n - 1];
    put_image(l, word);
    put_command(l, w);
    return NULL;
}

/* ---- one container ---- */

static pl_rc set_world(pl_run_line *l, pl_err *err)
{
    pl_arena *a = l->r->arena;
    pl_record **networks = pl_arena_calloc(a, l->n_networks + 1, sizeof(pl_record *));

    l->d->world = pl_record_new(a, &pl_kind_engine);
    if (!networks || !l->d->world)
        return pl_fail(err, PL_LIMIT, "networks");
    for (size_t i = 0; i <= l->n_networks; i++) {
        pl_str name = i < l->n_networks ? l->networks[i] : PL_S("bridge");
        networks[i] = pl_record_new(a, &pl_kind_network);
        if (!networks[i])
            return pl_fail(err, PL_LIMIT, "networks");
        pl_set_str(networks[i], PL_F_NETWORK_NAME, name);
        pl_set_bool(networks[i], PL_F_NETWORK_DEFAULT_BRIDGE, pl_str_eq(name, PL_S("bridge")));
    }
    pl_set_recs(l->d->world, PL_F_ENGINE_NETWORKS, networks, l->n_networks + 1);
    /* One without a name is made for the container; another may be there, and be anything. */
    pl_record **volumes = pl_arena_calloc(a, 1, sizeof(pl_record *));
    if (!volumes || !(volumes[0] = pl_record_new(a, &pl_kind_engine_volume)))
        return pl_fail(err, PL_LIMIT, "volumes");
    pl_set_str(volumes[0], PL_F_ENGINE_VOLUME_NAME, (pl_str){"", 0});
    pl_set_absent(volumes[0], PL_F_ENGINE_VOLUME_HOST_PATH);
    pl_set_recs(l->d->world, PL_F_ENGINE_VOLUMES, volumes, 1);
    return PL_OK;
}

static void finish(pl_run_line *l, const pl_yaml *at)
{
    const json_t *mode = json_object_get(json_object_get(l->d->doc, "HostConfig"), "NetworkMode");
    const char *text = json_string_value(mode);

    if (l->d->is_all_open)
        return;
    /* Podman's default depends on who runs it. */
    bool is_default = !l->has_mode && text && strcmp(text, "default") == 0;
    bool is_of_another = text && strncmp(text, "container:", 10) == 0;
    if (is_default && !l->is_podman)
        pl_draft_member(l->d, "NetworkSettings/Networks", PL_S("bridge"), json_object(), at);
    else if (is_default || is_of_another)
        pl_draft_open(l->d, "NetworkSettings/Networks", at);
    /* Podman has a limit of its own. */
    const json_t *host = json_object_get(l->d->doc, "HostConfig");
    if (l->is_podman && !json_object_get(host, "PidsLimit"))
        pl_draft_open(l->d, "HostConfig/PidsLimit", at);
}

static pl_rc note(pl_run_line *l, const pl_shell_word *word, pl_err *err)
{
    const pl_yaml at = {.line = word->line, .column = word->column};
    pl_str what = pl_reading_text(l->r, "container %.*s", PL_F(l->d->name));

    return l->r->note(l->r, &at,
                      &(pl_reading_gap){what, "not-observed",
                                        "options that are not known here follow; what they could "
                                        "declare is open",
                                        false},
                      err);
}

static pl_rc read_command(pl_reading *r, const pl_shell_command *c, size_t options, bool is_podman,
                          const pl_shell_word *program, pl_err *err)
{
    const pl_yaml at = {.line = program->line, .column = program->column};
    struct words w = {.c = c, .at = options};
    pl_draft d;
    pl_run_line l = {.r = r, .d = &d, .is_podman = is_podman};

    pl_draft_start(&d, r->arena, r->world, (pl_str){"", 0}, &at);
    const pl_shell_word *unknown = read_options(&l, &w);
    d.name = l.name.n ? l.name : pl_reading_text(r, "line %d", program->line);
    d.is_all_open |= unknown || c->is_cut;
    pl_rc rc = set_world(&l, err);
    finish(&l, &at);
    if (!rc && d.is_all_open)
        rc = note(&l, unknown ? unknown : program, err);
    if (!rc)
        rc = r->take(r, &d, err);
    pl_draft_done(&d);
    return rc;
}

/* ---- the script ---- */

static bool speaks_of_containers(pl_str text)
{
    for (size_t i = 0; i < PL_COUNT(programs); i++)
        if (pl_str_has(text, pl_str_c(programs[i])))
            return true;
    return false;
}

/* sh -c "docker run ...", ssh host "...", and what a here-document feeds. */
static void add_texts(pl_shell *s, const pl_shell_command *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const pl_shell_word *w = &c->words[i];
        if (memchr(w->text.p, ' ', w->text.n) && speaks_of_containers(w->text))
            pl_shell_add(
                s, &(pl_shell_part){w->text, w->line, w->column, s->at.depth + 1, w->is_open});
    }
    if (speaks_of_containers(c->hidden))
        pl_shell_add(s, &(pl_shell_part){c->hidden, c->hidden_line, 1, s->at.depth + 1, false});
}

static pl_rc cut(pl_reading *r, pl_err *err)
{
    return r->note(r, &(pl_yaml){0},
                   &(pl_reading_gap){PL_S("commands inside of others"), "limit:commands",
                                     "too many, or too deep in each other", true},
                   err);
}

pl_rc pl_run_read(pl_reading *r, pl_str text, pl_err *err)
{
    pl_shell s;
    pl_shell_command c;
    pl_rc rc = PL_OK;
    size_t n = 0;

    pl_shell_start(&s, r->arena, text);
    while (!rc && pl_shell_next(&s, &c)) {
        bool is_podman = false;
        size_t at = 0, options = find_options(&c, &is_podman, &at);
        if (options) {
            rc = read_command(r, &c, options, is_podman, &c.words[at], err);
            n++;
        } else {
            /* The command may have been in what did not fit. */
            s.is_cut |= c.is_cut && !s.at.is_open;
            add_texts(&s, &c);
        }
    }
    if (!rc && s.is_cut)
        rc = cut(r, err);
    if (!rc && !n)
        return pl_fail(err, PL_FORMAT,
                       "makes no container: no docker run, docker create or podman "
                       "run is there");
    return rc;
}

bool pl_run_is(pl_str text)
{
    pl_str line, rest = text;

    if (pl_str_starts(text, PL_S("#!")))
        return true;
    while (pl_str_cut(&rest, '\n', &line)) {
        pl_str word, words = pl_str_trim(line);
        while (pl_str_cut(&words, ' ', &word))
            if (!pl_str_eq(word, PL_S("sudo")) && !pl_str_eq(word, PL_S("exec")))
                break;
        if (!is_in(base_name(word), programs, PL_COUNT(programs)))
            continue;
        if (pl_str_starts(words, PL_S("run ")) || pl_str_starts(words, PL_S("create ")) ||
            pl_str_starts(words, PL_S("container ")) || pl_str_starts(words, PL_S("-")))
            return true;
    }
    return false;
}
