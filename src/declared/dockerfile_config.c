/* SPDX-License-Identifier: Apache-2.0 */
/* What each instruction of a Dockerfile does to the configuration of the image. */
#include "declared/dockerfile.h"

#include "declared/limits.h"
#include "image/fields.h"

#include <string.h>

static pl_docker_vars vars_of(const pl_docker_step *t)
{
    return (pl_docker_vars){pl_stage_get, t->s, t->escape};
}

/* A step of the history: the instruction as it was written. */
static void step(pl_docker_step *t, const char *word, bool is_empty)
{
    pl_str text = pl_reading_text(t->r, "%s %.*s", word, PL_F(t->l->rest));
    pl_stage_step(t->s, text, is_empty, t->l);
}

/* The next word with its variables, in the arena. */
static bool next_word(pl_docker_step *t, pl_str *rest, pl_str *ret, bool *ret_open)
{
    const pl_docker_vars vars = vars_of(t);
    PL_AUTO_BUF pl_buf b = {0};

    if (!pl_docker_word(rest, &vars, t->escape, &b, ret_open))
        return false;
    *ret = pl_arena_str(t->s->arena, pl_buf_view(&b));
    t->s->is_bad |= !ret->p;
    return ret->p != NULL;
}

/* ["a", "b"]; NULL: it is in the form of a shell. */
static json_t *exec_form(pl_str text)
{
    json_t *v = pl_str_starts(text, PL_S("[")) ? json_loadb(text.p, text.n, 0, NULL) : NULL;
    size_t i;
    const json_t *item;

    json_array_foreach(v, i, item)
    {
        if (!json_is_string(item)) {
            json_decref(v);
            return NULL;
        }
    }
    return v;
}

/* The shell of the stage and the command, as one list. */
static json_t *shell_form(const pl_stage *s, pl_str text)
{
    const json_t *shell = json_object_get(s->config, "Shell");
    json_t *list = shell ? json_deep_copy(shell) : json_pack("[ss]", "/bin/sh", "-c");
    json_t *command = json_stringn(text.n ? text.p : "", text.n);

    if (!list || !command || json_array_append_new(list, command)) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *command(const pl_stage *s, pl_str text)
{
    json_t *v = exec_form(text);
    return v ? v : shell_form(s, text);
}

/* ---- ENV, LABEL ---- */

static void set_env(pl_docker_step *t, pl_str name, pl_str value, bool is_open, const char *at)
{
    pl_stage_set(t->s, &(pl_stage_var){.name = name, .value = value, .is_open = is_open});
    pl_stage_place_at(t->s, PL_F_IMAGE_ENV, name, t->l, at);
}

static void set_label(pl_docker_step *t, pl_str name, pl_str value, bool is_open, const char *at)
{
    json_t *labels = json_object_get(t->s->config, "Labels");

    if (!labels) {
        labels = json_object();
        pl_stage_config(t->s, "Labels", labels);
    }
    t->s->open_labels |= is_open;
    if (is_open ||
        json_object_setn_new(labels, name.p, name.n, json_stringn(value.n ? value.p : "", value.n)))
        t->s->is_bad |= !is_open;
    pl_stage_place_at(t->s, PL_F_IMAGE_LABEL, name, t->l, at);
}

typedef void (*put_pair)(pl_docker_step *t, pl_str name, pl_str value, bool is_open,
                         const char *at);

/* "A=b C=d", or the old way: "A b c". */
static void pairs(pl_docker_step *t, put_pair put)
{
    const pl_docker_vars vars = vars_of(t);
    pl_str rest = pl_str_trim(t->args), first = rest, word;
    bool is_open = false;

    (void)pl_str_cut(&first, ' ', &word);
    if (!pl_str_has(word, PL_S("="))) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_docker_expand(pl_str_trim(first), &vars, t->escape, &b, &is_open);
        pl_str value = pl_arena_str(t->s->arena, pl_buf_view(&b));
        if (value.p && word.n)
            put(t, word, value, is_open, word.p);
        return;
    }
    while (rest.n && !t->s->is_bad) {
        pl_str text;
        while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
            rest = pl_str_sub(rest, 1, rest.n);
        const char *at = rest.p;
        if (!next_word(t, &rest, &text, &is_open))
            break;
        pl_str value = text, name;
        (void)pl_str_cut(&value, '=', &name);
        put(t, name, value, is_open, at);
    }
}

static void env(pl_docker_step *t)
{
    pairs(t, set_env);
    step(t, "ENV", true);
}

static void label(pl_docker_step *t)
{
    pairs(t, set_label);
    step(t, "LABEL", true);
}

static void maintainer(pl_docker_step *t)
{
    step(t, "MAINTAINER", true);
}

static void arg(pl_docker_step *t)
{
    static const char *const given[] = {"TARGETPLATFORM", "TARGETOS",      "TARGETARCH",
                                        "TARGETVARIANT",  "BUILDPLATFORM", "BUILDOS",
                                        "BUILDARCH",      "BUILDVARIANT",  "TARGETSTAGE"};
    const pl_stage_var *vars = t->s->vars.v;
    bool is_given = false;

    step(t, "ARG", true);
    for (size_t i = 0; i < PL_COUNT(given); i++)
        is_given |= pl_str_eq(t->args, pl_str_c(given[i]));
    for (size_t i = 0; i < t->s->vars.n && !is_given; i++)
        t->s->open_args |=
            vars[i].is_arg && vars[i].is_unset && pl_str_starts(t->args, vars[i].name);
}

/* ---- single values ---- */

static void user(pl_docker_step *t)
{
    pl_str rest = t->args, name;
    bool is_open = false;

    step(t, "USER", true);
    if (!next_word(t, &rest, &name, &is_open))
        return;
    t->s->has_user = true;
    t->s->open_user = is_open;
    pl_stage_config(t->s, "User", json_stringn(name.p, name.n));
    pl_stage_place_at(t->s, PL_F_IMAGE_USER, (pl_str){"", 0}, t->l, t->args.p);
    pl_stage_place_at(t->s, PL_F_IMAGE_USER_UID, (pl_str){"", 0}, t->l, t->args.p);
}

static void workdir(pl_docker_step *t)
{
    pl_str rest = t->args, path;
    bool is_open = false;

    step(t, "WORKDIR", true);
    if (next_word(t, &rest, &path, &is_open) && !is_open)
        pl_stage_config(t->s, "WorkingDir", json_stringn(path.p, path.n));
    pl_stage_place_at(t->s, PL_F_IMAGE_WORKDIR, (pl_str){"", 0}, t->l, t->args.p);
}

static void stop_signal(pl_docker_step *t)
{
    pl_str rest = t->args, name;
    bool is_open = false;

    step(t, "STOPSIGNAL", true);
    if (next_word(t, &rest, &name, &is_open) && !is_open)
        pl_stage_config(t->s, "StopSignal", json_stringn(name.p, name.n));
}

/* A range has a key for each of its ports. */
static void add_port(pl_docker_step *t, json_t *ports, pl_str word)
{
    pl_str protocol = word, numbers, to, from;
    uint64_t a = 0, b = 0;

    (void)pl_str_cut(&protocol, '/', &numbers);
    to = numbers;
    (void)pl_str_cut(&to, '-', &from);
    bool is_known =
        pl_str_u64(from, &a) && a <= 65535 && (!to.n || pl_str_u64(to, &b)) && b <= 65535;
    if (!is_known || (to.n && b < a)) {
        t->s->open_ports = true;
        return;
    }
    for (uint64_t i = a; i <= (to.n ? b : a) && !t->is_over_ports; i++) {
        PL_AUTO_BUF pl_buf key = {0};
        pl_buf_fmt(&key, "%llu/%.*s", (unsigned long long)i,
                   PL_F(protocol.n ? protocol : PL_S("tcp")));
        t->is_over_ports = json_object_size(ports) >= PL_DECLARED_PORTS_MAX;
        if (t->is_over_ports)
            t->s->open_ports = true;
        else if (!pl_buf_ok(&key) || json_object_setn_new(ports, key.p, key.n, json_object()))
            t->s->is_bad = true;
    }
}

static void expose(pl_docker_step *t)
{
    json_t *ports = json_object_get(t->s->config, "ExposedPorts");
    pl_str rest = t->args, word;
    bool is_open = false;

    if (!ports) {
        ports = json_object();
        pl_stage_config(t->s, "ExposedPorts", ports);
    }
    step(t, "EXPOSE", true);
    while (!t->s->is_bad && next_word(t, &rest, &word, &is_open)) {
        t->s->open_ports |= is_open;
        if (!is_open)
            add_port(t, ports, word);
    }
    pl_stage_place_at(t->s, PL_F_IMAGE_EXPOSED_PORTS, (pl_str){"", 0}, t->l, t->args.p);
}

static void volume(pl_docker_step *t)
{
    step(t, "VOLUME", true);
}

static void cmd(pl_docker_step *t)
{
    step(t, "CMD", true);
    pl_stage_config(t->s, "Cmd", command(t->s, t->args));
    pl_stage_place_at(t->s, PL_F_IMAGE_CMD, (pl_str){"", 0}, t->l, t->args.p);
}

/* It takes away the CMD of the base. */
static void entrypoint(pl_docker_step *t)
{
    step(t, "ENTRYPOINT", true);
    pl_stage_config(t->s, "Entrypoint", command(t->s, t->args));
    pl_stage_place_at(t->s, PL_F_IMAGE_ENTRYPOINT, (pl_str){"", 0}, t->l, t->args.p);
}

static void shell(pl_docker_step *t)
{
    json_t *v = exec_form(t->args);

    step(t, "SHELL", true);
    t->s->is_windows |= pl_str_has(t->args, PL_S("powershell")) || pl_str_has(t->args, PL_S("cmd"));
    if (v)
        pl_stage_config(t->s, "Shell", v);
}

/* HEALTHCHECK [flags] CMD command, or NONE. */
static void health(pl_docker_step *t)
{
    pl_str rest = t->args, word;
    json_t *test;

    step(t, "HEALTHCHECK", true);
    (void)pl_str_cut(&rest, ' ', &word);
    rest = pl_str_trim(rest);
    t->s->has_health = true;
    pl_stage_place_at(t->s, PL_F_IMAGE_HEALTHCHECK, (pl_str){"", 0}, t->l, t->args.p);
    if (pl_str_eq_nocase(word, PL_S("NONE"))) {
        test = json_pack("[s]", "NONE");
    } else if (!pl_str_eq_nocase(word, PL_S("CMD"))) {
        t->s->open_health = true;
        return;
    } else if ((test = exec_form(rest))) {
        if (json_array_insert_new(test, 0, json_string("CMD")))
            t->s->is_bad = true;
    } else {
        json_t *text = json_stringn(rest.n ? rest.p : "", rest.n);
        test = text ? json_pack("[so]", "CMD-SHELL", text) : NULL;
    }
    t->s->open_health = false;
    pl_stage_config(t->s, "Healthcheck", test ? json_pack("{so}", "Test", test) : NULL);
}

static void onbuild(pl_docker_step *t)
{
    step(t, "ONBUILD", true);
    if (json_array_append_new(t->s->triggers, json_stringn(t->args.p, t->args.n)))
        t->s->is_bad = true;
}

/* ---- files ---- */

static pl_str flag_value(pl_str rest, pl_str name)
{
    pl_str word;

    while (pl_str_starts(rest, PL_S("--"))) {
        (void)pl_str_cut(&rest, ' ', &word);
        rest = pl_str_trim(rest);
        if (pl_str_starts(word, name))
            return pl_str_sub(word, name.n, word.n);
    }
    return (pl_str){"", 0};
}

static void copy(pl_docker_step *t)
{
    pl_str mode = flag_value(t->l->rest, PL_S("--chmod=")), rest = t->args, word, last = {"", 0};
    pl_str sum = flag_value(t->l->rest, PL_S("--checksum="));
    bool is_add = pl_str_eq_nocase(t->l->word, PL_S("ADD")), is_open = false, any_open = false;
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_c(&b, is_add ? "ADD" : "COPY");
    if (sum.n)
        pl_buf_fmt(&b, " --checksum=%.*s", PL_F(sum));
    while (next_word(t, &rest, &word, &is_open)) {
        last = is_open ? (pl_str){"", 0} : word;
        any_open |= is_open;
        pl_buf_fmt(&b, " %.*s", PL_F(word));
    }
    if (is_add && any_open)
        pl_stage_open_step(t->s);
    pl_str text = pl_arena_str(t->s->arena, pl_buf_view(&b));
    t->s->is_bad |= !text.p;
    if (text.p)
        pl_stage_step(t->s, text, false, t->l);
    if (mode.n)
        pl_docker_mode_facts(t, mode, last);
}

/* What a RUN reads and executes: its words, and the texts of here-documents. */
static pl_str script_of(pl_docker_step *t)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_str(&b, t->args);
    for (size_t i = 0; i < t->l->n_documents; i++) {
        pl_buf_ch(&b, '\n');
        pl_buf_str(&b, t->l->documents[i].body);
    }
    pl_str text = pl_arena_str(t->s->arena, pl_buf_view(&b));
    t->s->is_bad |= !text.p;
    return text.p ? text : (pl_str){"", 0};
}

/* Arguments of the build stand before the command. */
static pl_str arguments_of(pl_docker_step *t)
{
    PL_AUTO_BUF pl_buf b = {0};
    const pl_stage_var *vars = t->s->vars.v;
    size_t n = 0;

    for (size_t i = 0; i < t->s->vars.n; i++) {
        if (!vars[i].is_arg || vars[i].is_unset)
            continue;
        pl_buf_fmt(&b, "%.*s=%.*s ", PL_F(vars[i].name), PL_F(vars[i].value));
        n++;
    }
    if (!n)
        return (pl_str){"", 0};
    return pl_reading_text(t->r, "|%zu %.*s", n, PL_F(pl_buf_view(&b)));
}

static void run(pl_docker_step *t)
{
    pl_str script = script_of(t), given = arguments_of(t);
    json_t *list = exec_form(t->args);
    pl_str text;

    if (list) {
        PL_AUTO_BUF pl_buf b = {0};
        size_t i;
        const json_t *word;
        json_array_foreach(list, i, word) pl_buf_fmt(&b, "%s ", json_string_value(word));
        json_decref(list);
        script = pl_arena_str(t->s->arena, pl_buf_view(&b));
        text = pl_reading_text(t->r, "RUN %.*s%.*s# buildkit", PL_F(given), PL_F(script));
    } else {
        text =
            pl_reading_text(t->r, "RUN %.*s/bin/sh -c %.*s # buildkit", PL_F(given), PL_F(script));
    }
    pl_stage_step(t->s, text, false, t->l);
    if (script.p)
        pl_docker_run_facts(t, script);
}

/* ---- the table ---- */

bool pl_docker_apply(pl_docker_step *t)
{
    static const struct {
        const char *word;
        void (*apply)(pl_docker_step *t);
    } rows[] = {
        {"ADD", copy},
        {"ARG", arg},
        {"CMD", cmd},
        {"COPY", copy},
        {"ENTRYPOINT", entrypoint},
        {"ENV", env},
        {"EXPOSE", expose},
        {"HEALTHCHECK", health},
        {"LABEL", label},
        {"MAINTAINER", maintainer},
        {"ONBUILD", onbuild},
        {"RUN", run},
        {"SHELL", shell},
        {"STOPSIGNAL", stop_signal},
        {"USER", user},
        {"VOLUME", volume},
        {"WORKDIR", workdir},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_eq_nocase(t->l->word, pl_str_c(rows[i].word))) {
            rows[i].apply(t);
            return true;
        }
    return false;
}
