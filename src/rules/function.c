/* SPDX-License-Identifier: Apache-2.0 */
/* Values of operands: fields, and what functions make of them. */
#include "rules/eval.h"

#include "core/hash.h"

#include <string.h>

static const pl_value *unreadable(pl_value *room, const char *reason)
{
    *room = (pl_value){.state = PL_UNREADABLE, .reason = reason};
    return room;
}

static const pl_value *no_memory(pl_value *room)
{
    return unreadable(room, "limit:memory");
}

static const pl_value *absent(pl_value *room)
{
    *room = (pl_value){.state = PL_ABSENT};
    return room;
}

static const pl_value *make_int(pl_value *room, int64_t i)
{
    *room = (pl_value){.state = PL_PRESENT, .u.i = i};
    return room;
}

static const pl_value *make_str(pl_value *room, pl_str s)
{
    if (!s.p)
        return no_memory(room);
    *room = (pl_value){.state = PL_PRESENT, .u.s = s};
    return room;
}

/* ---- string to string ---- */

typedef enum map_result { MAP_OK, MAP_NONE, MAP_NO_MEMORY } map_result;
typedef map_result (*map_fn)(pl_arena *a, pl_str s, pl_str *ret);

static map_result shift_case(pl_arena *a, pl_str s, char from, char to, pl_str *ret)
{
    char *p = pl_arena_calloc(a, s.n + 1, 1);
    if (!p)
        return MAP_NO_MEMORY;
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= from && s.p[i] <= from + 25 ? s.p[i] - from + to : s.p[i]);
    *ret = (pl_str){p, s.n};
    return MAP_OK;
}

static map_result map_lower(pl_arena *a, pl_str s, pl_str *ret)
{
    return shift_case(a, s, 'A', 'a', ret);
}

static map_result map_upper(pl_arena *a, pl_str s, pl_str *ret)
{
    return shift_case(a, s, 'a', 'A', ret);
}

/* Padding may be missing, which the strict decoder does not forgive. */
static map_result map_base64(pl_arena *a, pl_str s, pl_str *ret)
{
    PL_AUTO_BUF pl_buf padded = {0};
    PL_AUTO_BUF pl_buf plain = {0};

    while (s.n && s.p[s.n - 1] == '=')
        s.n--;
    pl_buf_str(&padded, s);
    while (padded.n % 4)
        pl_buf_ch(&padded, '=');
    if (!pl_unbase64(pl_buf_view(&padded), &plain))
        return MAP_NONE;
    *ret = pl_arena_str(a, pl_buf_view(&plain));
    return ret->p && pl_buf_ok(&padded) && pl_buf_ok(&plain) ? MAP_OK : MAP_NO_MEMORY;
}

static map_result map_basename(pl_arena *a, pl_str s, pl_str *ret)
{
    size_t from = s.n;

    (void)a;
    while (from > 0 && s.p[from - 1] != '/')
        from--;
    *ret = pl_str_sub(s, from, s.n);
    return MAP_OK;
}

static const pl_value *map_failed(map_result r, pl_value *room)
{
    return r == MAP_NONE ? absent(room) : no_memory(room);
}

static const pl_value *map_list(pl_eval *e, map_fn fn, const pl_value *v, pl_value *room)
{
    size_t n = v->n;
    const pl_str *from = v->u.strs; /* v may be room */
    pl_str *to = pl_arena_calloc(e->scratch, n + 1, sizeof(*to));

    if (!to)
        return no_memory(room);
    for (size_t i = 0; i < n; i++) {
        map_result r = fn(e->scratch, from[i], &to[i]);
        if (r != MAP_OK)
            return map_failed(r, room);
    }
    *room = (pl_value){.state = PL_PRESENT, .n = n, .u.strs = to};
    return room;
}

static const pl_value *map(pl_eval *e, map_fn fn, pl_type type, const pl_value *v, pl_value *room)
{
    pl_str s;

    if (type == PL_T_STRS)
        return map_list(e, fn, v, room);
    map_result r = fn(e->scratch, v->u.s, &s);
    return r == MAP_OK ? make_str(room, s) : map_failed(r, room);
}

/* ---- several strings to one ---- */

static const pl_value *join(pl_eval *e, const pl_value *sep, const pl_value *list, pl_value *room)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_RULES_SCRATCH};

    for (size_t i = 0; i < list->n; i++) {
        if (i)
            pl_buf_str(&b, sep->u.s);
        pl_buf_str(&b, list->u.strs[i]);
    }
    return pl_buf_ok(&b) ? make_str(room, pl_arena_str(e->scratch, pl_buf_view(&b)))
                         : no_memory(room);
}

static const pl_value *concat(pl_eval *e, const pl_value *const *args, size_t n, pl_value *room)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_RULES_SCRATCH};

    for (size_t i = 0; i < n; i++)
        pl_buf_str(&b, args[i]->u.s);
    return pl_buf_ok(&b) ? make_str(room, pl_arena_str(e->scratch, pl_buf_view(&b)))
                         : no_memory(room);
}

static const pl_value *make_list(pl_eval *e, pl_type type, const pl_value *const *args, size_t n,
                                 pl_value *room)
{
    pl_str *strs = pl_arena_calloc(e->scratch, n + 1, sizeof(*strs));
    int64_t *ints = pl_arena_calloc(e->scratch, n + 1, sizeof(*ints));

    if (!strs || !ints)
        return no_memory(room);
    for (size_t i = 0; i < n; i++) {
        if (type == PL_T_STRS)
            strs[i] = args[i]->u.s;
        else
            ints[i] = args[i]->u.i;
    }
    *room = (pl_value){.state = PL_PRESENT, .n = n, .u.strs = strs};
    if (type == PL_T_INTS)
        room->u.ints = ints;
    return room;
}

/* ---- getopt(3) over a list of arguments ---- */

struct options {
    bool is_known[256];
    bool has_value[256];
    char missing; /* what stands for a value that is not there: '?' or ':' */
};

struct getopt {
    const struct options *options;
    const pl_value *argv;
    size_t at; /* argument being read */
    int want;  /* option asked for, -1: all */
    pl_str *out;
    size_t n;
};

static void read_options(pl_str s, struct options *o)
{
    size_t i = s.n && s.p[0] == ':';

    *o = (struct options){.missing = i ? ':' : '?'};
    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == ':')
            continue;
        o->is_known[c] = true;
        o->has_value[c] = i + 1 < s.n && s.p[i + 1] == ':';
    }
}

/* An option and its value; of the one asked for only the value, the last one given counts. */
static void emit(struct getopt *g, pl_str option, const pl_str *value)
{
    if (g->want >= 0) {
        if ((unsigned char)option.p[0] == g->want) {
            g->out[0] = value ? *value : option;
            g->n = 1;
        }
        return;
    }
    g->out[g->n++] = option;
    if (value)
        g->out[g->n++] = *value;
}

/* The value of the option at arg.p[i]: the rest of the argument, or the next one. */
static void emit_value(struct getopt *g, pl_str arg, size_t i)
{
    pl_str option = pl_str_sub(arg, i, 1);
    pl_str value = pl_str_sub(arg, i + 1, arg.n);
    bool is_missing = value.n == 0 && g->at + 1 == g->argv->n;

    if (is_missing)
        value = (pl_str){&g->options->missing, 1};
    else if (value.n == 0)
        value = g->argv->u.strs[++g->at];
    if (is_missing && g->want < 0)
        emit(g, value, NULL);
    else
        emit(g, option, &value);
}

/* Options packed in one argument: -abVALUE. */
static void read_cluster(struct getopt *g, pl_str arg)
{
    for (size_t i = 1; i < arg.n; i++) {
        unsigned char c = (unsigned char)arg.p[i];
        if (!g->options->is_known[c]) {
            if (g->want < 0)
                emit(g, PL_S("?"), NULL);
        } else if (g->options->has_value[c]) {
            emit_value(g, arg, i);
            return;
        } else {
            emit(g, pl_str_sub(arg, i, 1), NULL);
        }
    }
}

static bool is_option(pl_str arg)
{
    return arg.n > 1 && arg.p[0] == '-' && !pl_str_eq(arg, PL_S("--"));
}

static const pl_value *get_options(pl_eval *e, const pl_value *argv, pl_str spec, int want,
                                   pl_value *room)
{
    struct options options;
    size_t most = 1; /* a byte of an argument gives at most one item, and a value one more */

    for (size_t i = 0; i < argv->n; i++)
        most += argv->u.strs[i].n + 1;
    pl_str *out = pl_arena_calloc(e->scratch, most, sizeof(*out));
    if (!out || !pl_eval_charge(e, most))
        return no_memory(room);

    read_options(spec, &options);
    struct getopt g = {.options = &options, .argv = argv, .want = want, .out = out};
    for (; g.at < argv->n && is_option(argv->u.strs[g.at]); g.at++)
        if (!pl_str_starts(argv->u.strs[g.at], PL_S("--")))
            read_cluster(&g, argv->u.strs[g.at]);
    for (size_t i = 0; i < g.n; i++) {
        out[i] = pl_arena_str(e->scratch, out[i]);
        if (!out[i].p)
            return no_memory(room);
    }
    if (want >= 0)
        return g.n ? make_str(room, out[0]) : absent(room);
    *room = (pl_value){.state = PL_PRESENT, .n = g.n, .u.strs = out};
    return room;
}

/* ---- all of them ---- */

static const pl_value *apply(pl_eval *e, const pl_operand *o, const pl_value *const *args,
                             pl_value *room)
{
    pl_type type = o->args[0].type;

    switch (o->fn) {
    case PL_FN_TOLOWER:
        return map(e, map_lower, type, args[0], room);
    case PL_FN_TOUPPER:
        return map(e, map_upper, type, args[0], room);
    case PL_FN_B64:
        return map(e, map_base64, type, args[0], room);
    case PL_FN_BASENAME:
        return map(e, map_basename, type, args[0], room);
    case PL_FN_LEN:
        return make_int(room, (int64_t)(type == PL_T_STR ? args[0]->u.s.n : args[0]->n));
    case PL_FN_JOIN:
        return join(e, args[0], args[1], room);
    case PL_FN_CONCAT:
        return concat(e, args, o->n_args, room);
    case PL_FN_GETOPT:
        return get_options(e, args[0], args[1]->u.s, o->option, room);
    case PL_FN_NONE:
        return make_list(e, o->type, args, o->n_args, room);
    case PL_FN_VAL: /* compiled away */
        break;
    }
    return unreadable(room, "unsupported");
}

/* An absent argument makes the result absent, else one that was not read makes it unreadable. */
static const pl_value *call(pl_eval *e, const pl_operand *o, pl_value *room, const char **field)
{
    pl_value *rooms = pl_arena_calloc(e->scratch, o->n_args, sizeof(*rooms));
    const pl_value **args = pl_arena_calloc(e->scratch, o->n_args, sizeof(const pl_value *));
    const pl_value *bad = NULL;

    *field = o->name;
    if (!rooms || !args || !pl_eval_charge(e, o->n_args))
        return no_memory(room);
    for (size_t i = 0; i < o->n_args; i++) {
        const char *name = NULL;
        args[i] = pl_eval_operand(e, &o->args[i], &rooms[i], &name);
        if (args[i]->state == PL_ABSENT)
            return absent(room);
        if (args[i]->state == PL_UNREADABLE && !bad) {
            bad = args[i];
            *field = name;
        }
    }
    return bad ? unreadable(room, bad->reason) : apply(e, o, args, room);
}

const pl_value *pl_eval_operand(pl_eval *e, const pl_operand *o, pl_value *room, const char **field)
{
    switch (o->kind) {
    case PL_OPERAND_FIELD:
        *field = o->name;
        return pl_field_get(&o->field, e->subject, e->element, room);
    case PL_OPERAND_CALL:
        return call(e, o, room, field);
    case PL_OPERAND_TEXT:
        return make_str(room, o->text);
    case PL_OPERAND_GROUP:
        break;
    }
    *field = o->name;
    return unreadable(room, "unsupported");
}
