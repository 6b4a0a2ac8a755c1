/* SPDX-License-Identifier: Apache-2.0 */
/* Stages of a Dockerfile. */
#include "declared/dockerfile.h"

#include "declared/limits.h"

#include <string.h>

struct file {
    pl_reading *r;
    pl_docker_file text;
    pl_stage args; /* before the first FROM */
    pl_stage *stages;
    size_t n_stages;
    const pl_docker_line *from; /* of the stage that is read */
    const pl_docker_line **froms;
    pl_stage_reference *references;
    size_t n_references, room_references;
};

static bool is_word(pl_str s, const char *word)
{
    return pl_str_eq_nocase(s, pl_str_c(word));
}

static pl_yaml place_of(const pl_docker_line *l)
{
    return (pl_yaml){.line = l ? l->line : 0, .column = l ? l->column : 0};
}

static pl_rc note(struct file *f, const pl_docker_line *l, pl_str what, const char *detail,
                  pl_err *err)
{
    const pl_yaml at = place_of(l);

    return f->r->note(f->r, &at, &(pl_reading_gap){what, "unsupported", detail, false}, err);
}

static pl_rc note_over_ports(struct file *f, const pl_docker_line *l, pl_err *err)
{
    const pl_yaml at = place_of(l);
    const pl_reading_gap gap = {PL_S("EXPOSE"), "limit:ports",
                                "more ports than PL_DECLARED_PORTS_MAX, others are left out",
                                false};

    return f->r->note(f->r, &at, &gap, err);
}

/* ---- images that are taken from ---- */

/* Flags ("--from=x") stand before the arguments. */
static pl_str flag(pl_str rest, const char *name)
{
    pl_str word, key;

    while (pl_str_starts(rest, PL_S("--"))) {
        (void)pl_str_cut(&rest, ' ', &word);
        rest = pl_str_trim(rest);
        pl_str value = word;
        (void)pl_str_cut(&value, '=', &key);
        if (pl_str_eq(pl_str_sub(key, 2, key.n), pl_str_c(name)))
            return value;
    }
    return (pl_str){"", 0};
}

static pl_str behind_flags(pl_str rest)
{
    pl_str word;

    while (pl_str_starts(rest, PL_S("--"))) {
        (void)pl_str_cut(&rest, ' ', &word);
        rest = pl_str_trim(rest);
    }
    return rest;
}

static pl_stage *stage_named(const struct file *f, pl_str name)
{
    uint64_t number = 0;

    for (size_t i = f->n_stages; i-- > 0;)
        if (f->stages[i].name.n && pl_str_eq_nocase(f->stages[i].name, name))
            return &f->stages[i];
    return pl_str_u64(name, &number) && number < f->n_stages ? &f->stages[number] : NULL;
}

static void add_reference(struct file *f, pl_str text, bool is_open, const pl_docker_line *l,
                          const char *p)
{
    pl_list list = {f->references, f->n_references, f->room_references};
    pl_stage_reference *ref = pl_stage_push(&f->args, &list, sizeof(*ref));

    if (!ref)
        return;
    *ref = (pl_stage_reference){.text = text, .is_open = is_open};
    pl_docker_place(l, p, &ref->line, &ref->column);
    f->references = list.v;
    f->n_references = list.n;
    f->room_references = list.room;
}

/* A word with variables filled in from the arguments of this place. */
static pl_str filled(struct file *f, const pl_stage *s, pl_str word, bool *ret_open)
{
    const pl_docker_vars vars = {pl_stage_get, s, f->text.escape};
    PL_AUTO_BUF pl_buf b = {0};

    pl_docker_expand(word, &vars, f->text.escape, &b, ret_open);
    pl_str kept = pl_arena_str(f->r->arena, pl_buf_view(&b));
    f->args.is_bad |= !kept.p;
    return kept.p ? kept : (pl_str){"", 0};
}

/* COPY --from and RUN --mount=from name stages of before, or images. */
static void note_from(struct file *f, const pl_stage *s, const pl_docker_line *l)
{
    pl_str rest = l->rest, word;

    while (pl_str_starts(rest, PL_S("--"))) {
        (void)pl_str_cut(&rest, ' ', &word);
        rest = pl_str_trim(rest);
        bool is_mount = pl_str_starts(word, PL_S("--mount="));
        pl_str part, parts = pl_str_sub(word, is_mount ? 8 : 2, word.n);
        while (pl_str_cut(&parts, ',', &part)) {
            bool is_open = false;
            if (!pl_str_starts(part, PL_S("from=")))
                continue;
            pl_str name = filled(f, s, pl_str_sub(part, 5, part.n), &is_open);
            if (is_open || !stage_named(f, name))
                add_reference(f, name, is_open, l, part.p);
        }
    }
}

/* ---- FROM ---- */

/* Words by which images of Windows are known. */
static bool speaks_of_windows(pl_str s)
{
    static const char *const words[] = {"windows", "nanoserver", "servercore"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_has(s, pl_str_c(words[i])))
            return true;
    return false;
}

/* What the new stage starts as. */
static void begin_on(struct file *f, pl_stage *s, pl_str base, bool is_open,
                     const pl_docker_line *l)
{
    pl_stage *other = is_open ? NULL : stage_named(f, base);

    if (other) {
        pl_stage_copy(s, other);
        return;
    }
    pl_stage_start(s, f->r->arena);
    s->is_base_open = is_open;
    s->is_on_base = is_open || !pl_str_eq(base, PL_S("scratch"));
    s->base = s->is_on_base ? base : (pl_str){"", 0};
    s->is_windows = speaks_of_windows(base) || f->text.escape != '\\';
    if (s->is_on_base) {
        /* All of the base's steps, which are not known. */
        pl_stage_step(s, (pl_str){"", 0}, false, l);
        add_reference(f, base, is_open, l, behind_flags(l->rest).p);
    }
}

static pl_rc run_triggers(struct file *f, pl_stage *s, const pl_stage *from,
                          const pl_docker_line *l, pl_err *err);

static pl_rc read_from(struct file *f, const pl_docker_line *l, pl_err *err)
{
    pl_str rest = behind_flags(l->rest), base, as, name = {"", 0};
    bool is_open = false, is_platform_open = false;

    if (f->n_stages == PL_DECLARED_STAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d stages", PL_DECLARED_STAGES_MAX);
    (void)pl_str_cut(&rest, ' ', &base);
    rest = pl_str_trim(rest);
    if (pl_str_cut(&rest, ' ', &as) && is_word(as, "AS"))
        name = pl_str_trim(rest);
    base = filled(f, &f->args, base, &is_open);
    pl_str platform = filled(f, &f->args, flag(l->rest, "platform"), &is_platform_open);
    pl_stage *s = &f->stages[f->n_stages];
    begin_on(f, s, base, is_open, l);
    pl_stage *other = is_open ? NULL : stage_named(f, base);
    s->name = name;
    s->is_windows |= speaks_of_windows(platform);
    pl_stage_place_at(s, -1, (pl_str){"", 0}, l, l->word.p);
    f->from = l;
    f->froms[f->n_stages++] = l;
    return other ? run_triggers(f, s, other, l, err) : PL_OK;
}

/* ---- the others ---- */

/* ARG before the first FROM, or again in a stage, where it takes that value over. */
static void read_arg(struct file *f, pl_stage *s, const pl_docker_line *l)
{
    const pl_docker_vars vars = {pl_stage_get, s, f->text.escape};
    PL_AUTO_BUF pl_buf word = {0};
    pl_str rest = l->rest;
    bool is_open = false;

    while (pl_docker_word(&rest, &vars, f->text.escape, &word, &is_open)) {
        pl_str text = pl_arena_str(f->r->arena, pl_buf_view(&word)), value = text, name;
        if (!text.p)
            break;
        bool has_value = pl_str_has(text, PL_S("="));
        (void)pl_str_cut(&value, '=', &name);
        pl_stage_var var = {.name = name,
                            .value = value,
                            .is_arg = true,
                            .is_open = is_open,
                            .is_unset = !has_value};
        pl_str global;
        if (!has_value && s != &f->args) {
            pl_docker_known known = pl_stage_get(&f->args, name, &global);
            if (known == PL_DOCKER_KNOWN) {
                var.value = global;
                var.is_unset = false;
            }
        }
        pl_stage_set(s, &var);
    }
}

static pl_rc read_in_stage(struct file *f, pl_stage *s, const pl_docker_line *l, pl_err *err)
{
    pl_docker_step t = {
        .r = f->r, .s = s, .l = l, .args = behind_flags(l->rest), .escape = f->text.escape};

    note_from(f, s, l);
    if (is_word(l->word, "ARG"))
        read_arg(f, s, l);
    bool is_known = pl_docker_apply(&t);
    if (t.is_over_ports)
        return note_over_ports(f, l, err);
    if (is_known)
        return PL_OK;
    return note(f, l, pl_reading_text(f->r, "instruction %.*s", PL_F(pl_str_sub(l->word, 0, 40))),
                "is not known, and what it does neither", err);
}

/* What ONBUILD of the stage below said. */
static pl_rc run_triggers(struct file *f, pl_stage *s, const pl_stage *from,
                          const pl_docker_line *l, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < json_array_size(from->triggers); i++) {
        const json_t *v = json_array_get(from->triggers, i);
        pl_str text =
            pl_arena_str(f->r->arena, (pl_str){json_string_value(v), json_string_length(v)});
        pl_docker_file one;
        rc = text.p ? pl_docker_lines(f->r->arena, text, &one, err)
                    : pl_fail(err, PL_LIMIT, "ONBUILD");
        for (size_t k = 0; !rc && k < one.n; k++) {
            /* It was written there, and acts here. */
            pl_docker_line line = one.lines[k];
            line.line = l->line;
            line.column = l->column;
            line.n_segments = 0;
            rc = read_in_stage(f, s, &line, err);
        }
    }
    return rc;
}

static pl_rc read_line(struct file *f, const pl_docker_line *l, pl_err *err)
{
    if (is_word(l->word, "FROM"))
        return read_from(f, l, err);
    if (f->n_stages)
        return read_in_stage(f, &f->stages[f->n_stages - 1], l, err);
    if (!is_word(l->word, "ARG"))
        return pl_fail(err, PL_FORMAT, "line %d: an instruction stands before FROM", l->line);
    read_arg(f, &f->args, l);
    return PL_OK;
}

/* ---- the file ---- */

static const pl_stage *wanted(const struct file *f)
{
    pl_str target = f->r->target;

    return target.n ? stage_named(f, target) : f->n_stages ? &f->stages[f->n_stages - 1] : NULL;
}

/* "docker/dockerfile:1", "docker.io/docker/dockerfile-upstream@sha256:..." */
static bool is_docker_syntax(pl_str image)
{
    if (pl_str_starts(image, PL_S("docker.io/")))
        image = pl_str_sub(image, 10, image.n);
    return pl_str_starts(image, PL_S("docker/dockerfile"));
}

static pl_rc tell(struct file *f, pl_err *err)
{
    const pl_stage *s = wanted(f);

    if (!s && f->r->target.n)
        return pl_fail(err, PL_NOTFOUND, "no stage is called %.*s",
                       PL_F(pl_str_sub(f->r->target, 0, 100)));
    if (!s)
        return pl_fail(err, PL_FORMAT, "has no FROM");
    pl_rc rc = PL_OK;
    if (f->text.has_syntax && !is_docker_syntax(f->text.syntax))
        rc = note(f, NULL, PL_S("# syntax"),
                  "another frontend reads this file, and may read it differently", err);
    return rc ? rc
              : pl_docker_tell(f->r, s, f->froms[s - f->stages], f->references, f->n_references,
                               err);
}

/* What the builder fills in by itself, also before the first FROM. */
static void set_platforms(struct file *f)
{
    static const char *const names[] = {"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT",
                                        "BUILDPLATFORM",  "BUILDOS",  "BUILDARCH",  "BUILDVARIANT"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        pl_stage_set(&f->args,
                     &(pl_stage_var){.name = pl_str_c(names[i]), .is_arg = true, .is_unset = true});
}

static bool is_full(const struct file *f)
{
    return f->args.is_bad || (f->n_stages && f->stages[f->n_stages - 1].is_bad);
}

pl_rc pl_dockerfile_read(pl_reading *r, pl_str text, pl_err *err)
{
    struct file f = {.r = r};
    pl_rc rc = pl_docker_lines(r->arena, text, &f.text, err);

    if (rc)
        return rc;
    pl_stage_start(&f.args, r->arena);
    set_platforms(&f);
    f.stages = pl_arena_calloc(r->arena, PL_DECLARED_STAGES_MAX, sizeof(*f.stages));
    f.froms = pl_arena_calloc(r->arena, PL_DECLARED_STAGES_MAX, sizeof(pl_docker_line *));
    if (!f.stages || !f.froms)
        rc = pl_fail(err, PL_LIMIT, "stages");
    for (size_t i = 0; !rc && !is_full(&f) && i < f.text.n; i++)
        rc = read_line(&f, &f.text.lines[i], err);
    if (!rc && is_full(&f))
        rc = pl_fail(err, PL_LIMIT, "does not fit its budget");
    if (!rc)
        rc = tell(&f, err);
    for (size_t i = 0; i < f.n_stages; i++)
        pl_stage_done(&f.stages[i]);
    pl_stage_done(&f.args);
    return rc;
}

/* ---- is it one? ---- */

static bool has_name(pl_str path)
{
    static const char *const names[] = {"Dockerfile",      "Containerfile",  "Dockerfile.*",
                                        "Containerfile.*", "*.Dockerfile",   "*.dockerfile",
                                        "*.Containerfile", "*.containerfile"};
    pl_str part, name = path;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_fits(name, names[i]))
            return true;
    return false;
}

bool pl_dockerfile_is(pl_str path, pl_str text)
{
    pl_str line, word;

    if (has_name(path))
        return true;
    while (pl_str_cut(&text, '\n', &line)) {
        line = pl_str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        (void)pl_str_cut(&line, ' ', &word);
        return line.n && (is_word(word, "FROM") || is_word(word, "ARG"));
    }
    return false;
}
