/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for people, for graphviz, and for a shell. */
#include "patch/plan.h"

#include "core/text.h"

static pl_str label(const pl_plan_image *i)
{
    return i->name.n ? i->name : i->key;
}

/* ---- text ---- */

static void say(pl_buf *out, pl_str s)
{
    pl_text_visible(out, s, PL_TEXT_ALL);
}

static void text_step(const pl_plan *p, size_t at, pl_buf *out)
{
    const pl_plan_step *s = &p->steps[at];
    const pl_plan_image *i = &p->images[s->image];

    pl_buf_fmt(out, "%3zu. rebuild ", at + 1);
    say(out, label(i));
    if (s->follows) {
        pl_buf_c(out, " on the new ");
        say(out, label(&p->images[s->parent]));
    } else if (s->parent == PL_PLAN_NONE && i->base.n) {
        pl_buf_c(out, " on an updated ");
        say(out, i->base);
    }
    if (s->updates && i->update.n) {
        pl_buf_c(out, ", updating ");
        say(out, i->update);
    } else if (s->updates) {
        pl_buf_c(out, " without what is affected: no fixed version is known");
    }
    pl_buf_c(out, "  (");
    say(out, i->owner.n ? i->owner : PL_S("unknown"));
    pl_buf_c(out, ")\n");
}

void pl_plan_text(const pl_plan *p, pl_buf *out)
{
    for (size_t i = 0; i < p->n_steps; i++)
        text_step(p, i, out);
    for (size_t i = 0; i < p->n_containers; i++) {
        pl_buf_fmt(out, "%3zu. replace container ", p->n_steps + i + 1);
        say(out, p->containers[i].name);
        pl_buf_c(out, " by one of the new ");
        say(out, label(&p->images[p->containers[i].image]));
        pl_buf_ch(out, '\n');
    }
}

/* ---- DOT: https://graphviz.org/doc/info/lang.html ---- */

static void dot_quote(pl_buf *out, pl_str s)
{
    PL_AUTO_BUF pl_buf visible = {0};

    say(&visible, s);
    pl_buf_ch(out, '"');
    for (size_t i = 0; i < visible.n; i++) {
        if (visible.p[i] == '"' || visible.p[i] == '\\')
            pl_buf_ch(out, '\\');
        pl_buf_ch(out, visible.p[i]);
    }
    pl_buf_ch(out, '"');
}

void pl_plan_dot(const pl_plan *p, pl_buf *out)
{
    pl_buf_c(out, "digraph rebuild {\n  rankdir=LR;\n  node [shape=box];\n");
    for (size_t i = 0; i < p->n_steps; i++) {
        const pl_plan_step *s = &p->steps[i];
        pl_buf_fmt(out, "  image%zu [label=", s->image);
        dot_quote(out, label(&p->images[s->image]));
        pl_buf_c(out, "];\n");
        if (s->follows)
            pl_buf_fmt(out, "  image%ld -> image%zu;\n", s->parent, s->image);
    }
    for (size_t i = 0; i < p->n_containers; i++) {
        pl_buf_fmt(out, "  container%zu [shape=ellipse, label=", i);
        dot_quote(out, p->containers[i].name);
        pl_buf_fmt(out, "];\n  image%zu -> container%zu;\n", p->containers[i].image, i);
    }
    pl_buf_c(out, "}\n");
}

/* ---- shell ---- */

void pl_shell_quote(pl_buf *out, pl_str word)
{
    pl_buf_ch(out, '\'');
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '\'')
            pl_buf_c(out, "'\\''");
        else if (word.p[i] != '\0') /* no argument can hold one */
            pl_buf_ch(out, word.p[i]);
    }
    pl_buf_ch(out, '\'');
}

static void call(pl_buf *out, const char *function, const pl_str *words, size_t n)
{
    pl_buf_c(out, function);
    for (size_t i = 0; i < n; i++) {
        pl_buf_ch(out, ' ');
        pl_shell_quote(out, words[i]);
    }
    pl_buf_ch(out, '\n');
}

void pl_plan_sh(const pl_plan *p, pl_buf *out)
{
    pl_buf_c(
        out,
        "#!/bin/sh\n"
        "# The rebuild plan, in order. It only prints what to do: name a file in "
        "PLIMSOLL_REBUILD that\n"
        "# defines rebuild (IMAGE BASE UPDATE OWNER) and replace (CONTAINER IMAGE) to "
        "have it done.\n"
        "set -eu\n"
        "visible() { tr '\\000-\\010\\013-\\037\\177' '?'; } # on a terminal\n"
        "rebuild() { printf 'rebuild %s on %s: update %s (%s)\\n' \"$1\" \"${2:-its "
        "base}\" \"${3:-nothing}\" \"$4\" | visible; }\n"
        "replace() { printf 'replace container %s by one of %s\\n' \"$1\" \"$2\" | visible; }\n"
        "[ -z \"${PLIMSOLL_REBUILD:-}\" ] || . \"$PLIMSOLL_REBUILD\"\n");
    for (size_t i = 0; i < p->n_steps; i++) {
        const pl_plan_step *s = &p->steps[i];
        const pl_plan_image *image = &p->images[s->image];
        pl_str base = s->parent == PL_PLAN_NONE ? image->base : label(&p->images[s->parent]);
        call(out, "rebuild",
             (const pl_str[]){label(image), base, s->updates ? image->update : (pl_str){"", 0},
                              image->owner},
             4);
    }
    for (size_t i = 0; i < p->n_containers; i++)
        call(out, "replace",
             (const pl_str[]){p->containers[i].name, label(&p->images[p->containers[i].image])}, 2);
}
