/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/owners.h"

#include "core/buf.h"
#include "image/fields.h"
#include "model/common.h"
#include "patch/plan.h"

#include <stdlib.h>
#include <string.h>

#define BASE PL_S("base-image")
#define APPLICATION PL_S("application")
#define UNKNOWN PL_S("unknown")

/* What is known of an image's base. */
typedef struct ground {
    const pl_record *image;
    const pl_value *layers, *history;
    size_t n_layers;  /* of the base */
    size_t n_steps;   /* of the history that are the base's */
    size_t n_between; /* empty steps above them that may be either's */
    pl_str above;     /* who made the rest */
} ground;

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);

    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static bool flag_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);

    return v->state == PL_PRESENT && v->u.b;
}

static size_t count(const pl_value *list)
{
    return list->state == PL_PRESENT ? list->n : 0;
}

/* ---- names ---- */

static pl_str label_of(const pl_record *image, const char *key)
{
    const pl_value *labels = pl_get(image, PL_F_IMAGE_LABEL);

    for (size_t i = 0; i < count(labels); i++)
        if (pl_str_eq(text_of(labels->u.recs[i], PL_F_LABEL_KEY), pl_str_c(key)))
            return text_of(labels->u.recs[i], PL_F_LABEL_VALUE);
    return (pl_str){"", 0};
}

static void eat(pl_str *s, const char *prefix)
{
    if (pl_str_starts(*s, pl_str_c(prefix)))
        *s = pl_str_sub(*s, strlen(prefix), s->n);
}

/* docker.io/library/debian:12@sha256:... and debian:12 are one image. */
static pl_str plain_name(pl_str name)
{
    pl_str whole = name, before;

    if (pl_str_cut(&whole, '@', &before))
        name = before;
    eat(&name, "docker.io/");
    eat(&name, "index.docker.io/");
    eat(&name, "library/");
    return name;
}

static bool is_same_name(pl_str a, pl_str b)
{
    a = plain_name(a);
    b = plain_name(b);
    return a.n && pl_str_eq(a, b);
}

/* ---- the base ---- */

/* Steps that made so many layers, the last of them included. */
static size_t steps_below(const pl_value *history, size_t n_layers)
{
    size_t made = 0, i = 0;

    for (; i < count(history) && made < n_layers; i++)
        made += !flag_of(history->u.recs[i], PL_F_HISTORY_IS_EMPTY);
    return i;
}

/* Each step that made a layer says which. */
static bool is_aligned(const pl_value *history)
{
    for (size_t i = 0; i < count(history); i++)
        if (!flag_of(history->u.recs[i], PL_F_HISTORY_IS_EMPTY) &&
            !text_of(history->u.recs[i], PL_F_HISTORY_LAYER).n)
            return false;
    return count(history) > 0;
}

/* Steps that made no layer, above those that the base's layers came from, may be the base's or what
 * was built on it, unless it is known how many steps the base has. */
static void set_steps(const pl_inventory *known, const pl_inventory_base *base, ground *g)
{
    size_t sure = steps_below(g->history, g->n_layers), end = sure;
    size_t all = pl_inventory_base_steps(known, base);

    if (!is_aligned(g->history)) {
        g->n_between = count(g->history);
        return;
    }
    while (end < count(g->history) && flag_of(g->history->u.recs[end], PL_F_HISTORY_IS_EMPTY))
        end++;
    bool is_told = all >= sure && all <= end;
    g->n_steps = is_told ? all : sure;
    g->n_between = is_told ? 0 : end - sure;
}

static void set_text(pl_record *r, int field, pl_str text)
{
    if (text.n)
        pl_set_str(r, field, text);
    else
        pl_set_absent(r, field);
}

static bool hint(pl_arena *a, pl_record *image, pl_str name, pl_str digest)
{
    PL_AUTO_BUF pl_buf text = {0}, whole = {0};

    pl_buf_str(&whole, name.n ? name : digest);
    if (name.n && digest.n && !pl_str_has(name, PL_S("@")))
        pl_buf_fmt(&whole, "@%.*s", PL_F(digest));
    pl_buf_c(&text, "unknown: its label names a base image that is not known here; "
                    "plimsoll base add --registry ");
    pl_shell_quote(&text, pl_buf_view(&whole));
    pl_str kept = pl_arena_str(a, pl_buf_view(&text));
    if (!kept.p || !pl_buf_ok(&text))
        return false;
    pl_set_str(image, PL_F_IMAGE_BASE_HINT, kept);
    return true;
}

/* The label's base is the one at hand, or one below which the index does not see. */
static bool is_settled(const pl_inventory *known, const pl_inventory_base *base, size_t n_layers,
                       pl_str name, pl_str digest)
{
    if (!base)
        return !name.n && !digest.n;
    return base->n_layers == n_layers || (!name.n && !digest.n) ||
           (digest.n && pl_inventory_base_is(known, base, digest)) ||
           is_same_name(name, base->name);
}

static void say_how(pl_record *image, const ground *g, const pl_inventory_base *base, pl_str name,
                    pl_str digest, bool settled)
{
    const char *how = !settled ? "label" : base ? "index" : g->n_layers ? "history" : NULL;

    set_text(image, PL_F_IMAGE_BASE_NAME, settled && base ? base->name : name);
    set_text(image, PL_F_IMAGE_BASE_DIGEST, digest);
    set_text(image, PL_F_IMAGE_BASE_HOW, pl_str_c(how));
    pl_set_absent(image, PL_F_IMAGE_BASE_HINT);
    if (settled)
        pl_set_int(image, PL_F_IMAGE_BASE_LAYERS, (int64_t)g->n_layers);
    else
        pl_set_unreadable(image, PL_F_IMAGE_BASE_LAYERS, "not-observed");
    if (base && base->n_layers == count(g->layers) &&
        g->n_steps + g->n_between >= count(g->history))
        pl_set_str(image, PL_F_IMAGE_OWNER, BASE);
    else
        pl_set_absent(image, PL_F_IMAGE_OWNER);
}

/* The layers that the worker told from the history. */
static void read_history(ground *g)
{
    while (g->n_layers < count(g->layers) &&
           flag_of(g->layers->u.recs[g->n_layers], PL_F_LAYER_IS_BASE))
        g->n_layers++;
    while (g->n_steps < count(g->history) &&
           flag_of(g->history->u.recs[g->n_steps], PL_F_HISTORY_IS_BASE))
        g->n_steps++;
}

static bool find_ground(const pl_inventory *known, pl_arena *a, pl_record *image, ground *g)
{
    const pl_value *chains = pl_get(image, PL_F_IMAGE_CHAIN_IDS);
    pl_str name = label_of(image, "org.opencontainers.image.base.name");
    pl_str digest = label_of(image, "org.opencontainers.image.base.digest");

    *g = (ground){.image = image,
                  .layers = pl_get(image, PL_F_IMAGE_LAYERS),
                  .history = pl_get(image, PL_F_IMAGE_HISTORY)};
    const pl_inventory_base *base =
        chains->state == PL_PRESENT ? pl_inventory_base_of(known, chains->u.strs, chains->n) : NULL;
    bool settled = is_settled(known, base, count(g->layers), name, digest);
    if (base) {
        g->n_layers = base->n_layers;
        set_steps(known, base, g);
    } else if (settled) {
        read_history(g);
    }
    g->above = settled && (base || is_aligned(g->history)) ? APPLICATION : UNKNOWN;
    say_how(image, g, base, name, digest, settled);
    return settled || hint(a, image, name, digest);
}

/* ---- who made a thing of the image ---- */

static pl_str owner_of_step(const ground *g, size_t step)
{
    if (step >= count(g->history))
        return UNKNOWN;
    if (step < g->n_steps)
        return BASE;
    return step < g->n_steps + g->n_between ? UNKNOWN : g->above;
}

static pl_str owner_of_layer(const ground *g, pl_str diff_id)
{
    for (size_t i = 0; diff_id.n && i < count(g->layers); i++)
        if (pl_str_eq(text_of(g->layers->u.recs[i], PL_F_LAYER_DIFF_ID), diff_id))
            return i < g->n_layers ? BASE : g->above;
    return UNKNOWN;
}

static bool sets(const pl_record *step, pl_str name)
{
    const pl_value *names = pl_get(step, PL_F_HISTORY_SETS);

    for (size_t i = 0; names->state == PL_PRESENT && i < names->n; i++)
        if (pl_str_eq(names->u.strs[i], name))
            return true;
    return false;
}

/* The last step of that instruction, and of that name when one is given: it has set what the
 * configuration says now. */
static pl_str owner_of_instruction(const ground *g, const char *instruction, pl_str name)
{
    for (size_t i = count(g->history); i-- > 0;) {
        const pl_record *step = g->history->u.recs[i];
        if (pl_str_eq(text_of(step, PL_F_HISTORY_INSTRUCTION), pl_str_c(instruction)) &&
            (!name.n || sets(step, name)))
            return owner_of_step(g, i);
    }
    return UNKNOWN;
}

/* A part of the configuration, as the lists of an image name it: "history step 3", "environment
 * PATH", "label KEY", "command". */
static const struct {
    const char *where, *instruction;
    bool has_names;
} parts[] = {
    {"environment", "ENV", true},        {"label", "LABEL", true},
    {"entrypoint", "ENTRYPOINT", false}, {"health check", "HEALTHCHECK", false},
    {"command", "CMD", false},
};

static pl_str owner_of_part(const ground *g, pl_str where, pl_str name)
{
    uint64_t step;
    pl_str rest = where;

    eat(&rest, "history step ");
    if (rest.n < where.n && pl_str_u64(rest, &step))
        return owner_of_step(g, step);
    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        rest = where;
        eat(&rest, parts[i].where);
        if (rest.n == where.n)
            continue;
        rest = rest.n ? pl_str_trim(rest) : name;
        return owner_of_instruction(g, parts[i].instruction,
                                    parts[i].has_names ? rest : (pl_str){"", 0});
    }
    return UNKNOWN;
}

/* ---- all lists of the image ---- */

/* Fields of an element's kind; -1: it has none. */
typedef struct places {
    int owner, layer, where, name;
} places;

static int field_of(const pl_kind *k, const char *name)
{
    PL_AUTO_BUF pl_buf full = {0};

    pl_buf_fmt(&full, "%s.%s", k->name, name);
    return pl_buf_ok(&full) ? pl_kind_field(k, pl_buf_view(&full)) : -1;
}

static places places_of(const pl_kind *k)
{
    return (places){.owner = pl_kind_owner(k),
                    .layer = field_of(k, "layer"),
                    .where = field_of(k, "where"),
                    .name = field_of(k, "name")};
}

static pl_str owner_of_element(const ground *g, const pl_record *e, const places *p)
{
    pl_str layer = p->layer < 0 ? (pl_str){"", 0} : text_of(e, p->layer);
    pl_str where = p->where < 0 ? (pl_str){"", 0} : text_of(e, p->where);
    pl_str name = p->name < 0 ? (pl_str){"", 0} : text_of(e, p->name);

    if (layer.n)
        return owner_of_layer(g, layer);
    return where.n ? owner_of_part(g, where, name) : UNKNOWN;
}

static void mark_list(const ground *g, const pl_value *list)
{
    places p = {0};

    for (size_t i = 0; i < count(list); i++) {
        pl_record *e = list->u.recs[i];
        if (i == 0)
            p = places_of(e->kind);
        if (p.owner < 0)
            return;
        if (e->kind == &pl_history_kind)
            pl_set_str(e, p.owner, owner_of_step(g, i));
        else if (e->kind == &pl_layer_kind)
            pl_set_str(e, p.owner, i < g->n_layers ? BASE : g->above);
        else
            pl_set_str(e, p.owner, owner_of_element(g, e, &p));
    }
}

/* A base image that is known here says more than the history, from which the worker judged. */
static void mark_base(const ground *g)
{
    for (size_t i = 0; i < count(g->layers); i++)
        pl_set_bool(g->layers->u.recs[i], PL_F_LAYER_IS_BASE, i < g->n_layers);
    for (size_t i = 0; i < count(g->history); i++)
        pl_set_bool(g->history->u.recs[i], PL_F_HISTORY_IS_BASE, i < g->n_steps);
}

pl_rc pl_owners_mark(const pl_inventory *known, pl_arena *a, pl_record *image, pl_err *err)
{
    const pl_kind *k = image->kind;
    ground g;

    if (!find_ground(known, a, image, &g))
        return pl_fail(err, PL_LIMIT, "owners of an image");
    if (pl_str_eq(text_of(image, PL_F_IMAGE_BASE_HOW), PL_S("index")))
        mark_base(&g);
    for (size_t i = 0; i < k->n; i++)
        if (k->fields[i].type == PL_T_RECS)
            mark_list(&g, pl_get(image, (int)i));
    return PL_OK;
}

pl_str pl_owner_of_layer(const pl_record *image, pl_str layer)
{
    const pl_value *layers = pl_get(image, PL_F_IMAGE_LAYERS);

    for (size_t i = 0; layer.n && i < count(layers); i++)
        if (pl_str_eq(text_of(layers->u.recs[i], PL_F_LAYER_DIFF_ID), layer))
            return text_of(layers->u.recs[i], PL_F_LAYER_OWNER);
    return UNKNOWN;
}
