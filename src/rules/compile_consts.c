/* SPDX-License-Identifier: Apache-2.0 */
/* Literals: from their spelling into the type of the left side. */
#include "rules/code.h"

#include "core/clock.h"

#include <string.h>

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "condition does not fit its memory");
}

/* Decimal with an optional sign, or 0x and hexadecimal digits. */
static bool parse_int(pl_str s, int64_t *ret)
{
    uint64_t u;

    if (pl_str_starts(s, PL_S("0x")) || pl_str_starts(s, PL_S("0X"))) {
        char lower[17];
        pl_str digits = pl_str_sub(s, 2, s.n);
        if (digits.n == 0 || !pl_str_to_c(digits, lower, sizeof(lower)))
            return false;
        for (size_t i = 0; i < digits.n; i++)
            lower[i] = (char)(lower[i] >= 'A' && lower[i] <= 'F' ? lower[i] + 32 : lower[i]);
        if (!pl_str_u64_base((pl_str){lower, digits.n}, 16, &u) || u > INT64_MAX)
            return false;
        *ret = (int64_t)u;
        return true;
    }
    if (s.n > 1 && s.p[0] == '+' && s.p[1] != '-')
        s = pl_str_sub(s, 1, s.n);
    return pl_str_i64(s, ret);
}

static bool parse_bool(pl_str s, int64_t *ret)
{
    *ret = pl_str_eq(s, PL_S("true"));
    return *ret || pl_str_eq(s, PL_S("false"));
}

static bool parse_time(pl_str s, int64_t *ret)
{
    return parse_int(s, ret) || pl_time_parse(s, ret);
}

/* How a literal of each type is read into 64 bits, and what it must be. */
static const struct {
    pl_type type;
    bool (*parse)(pl_str s, int64_t *ret);
    const char *not_one;
} int_types[] = {
    {PL_T_BOOL, parse_bool, "is neither true nor false"},
    {PL_T_INT, parse_int, "is not a whole number"},
    {PL_T_INTS, parse_int, "is not a whole number"},
    {PL_T_TIME, parse_time, "is neither a time in microseconds nor RFC 3339"},
};

static pl_rc bad_word(const pl_operand *left, pl_str word, const char *why, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "%s: \"%.*s\" %s", left->name, PL_F(pl_str_sub(word, 0, 60)),
                   why);
}

static pl_rc read_ints(pl_compiler *c, const pl_operand *left, const pl_str *words, size_t row,
                       pl_consts *ret, pl_err *err)
{
    int64_t *ints = pl_arena_calloc(c->arena, ret->n + 1, sizeof(*ints));
    if (!ints)
        return no_room(err);
    for (size_t i = 0; i < ret->n; i++)
        if (!int_types[row].parse(words[i], &ints[i]))
            return bad_word(left, words[i], int_types[row].not_one, err);
    ret->ints = ints;
    return PL_OK;
}

static pl_rc read_nets(pl_compiler *c, const pl_operand *left, const pl_str *words, pl_consts *ret,
                       pl_err *err)
{
    pl_net *nets = pl_arena_calloc(c->arena, ret->n + 1, sizeof(*nets));
    if (!nets)
        return no_room(err);
    for (size_t i = 0; i < ret->n; i++)
        if (!pl_net_parse(words[i], &nets[i]))
            return bad_word(left, words[i], "is not an IP address or network", err);
    ret->nets = nets;
    return PL_OK;
}

static pl_rc read_regexes(pl_compiler *c, const pl_operand *left, pl_consts *ret, pl_err *err)
{
    pl_regex *res = pl_arena_calloc(c->arena, ret->n + 1, sizeof(*res));
    if (!res)
        return no_room(err);
    for (size_t i = 0; i < ret->n; i++) {
        pl_rc rc = PL_OK;
        if (c->is_proved)
            pl_regex_later(ret->strs[i], &res[i]);
        else
            rc = pl_regex_compile(ret->strs[i], &res[i], err);
        if (rc)
            return pl_wrap(err, rc, "%s", left->name);
        res[i].next = *c->regexes;
        *c->regexes = &res[i];
    }
    ret->regexes = res;
    return PL_OK;
}

static pl_rc read_paths(pl_compiler *c, pl_consts *ret, pl_err *err)
{
    pl_path_set *paths = pl_path_set_new(c->arena);
    if (!paths)
        return no_room(err);
    for (size_t i = 0; i < ret->n; i++) {
        pl_rc rc = pl_path_set_add(paths, ret->strs[i], c->arena, err);
        if (rc)
            return rc;
    }
    ret->paths = paths;
    return PL_OK;
}

static pl_rc read_strs(pl_compiler *c, const pl_ast *check, const pl_operand *left,
                       const pl_str *words, pl_consts *ret, pl_err *err)
{
    ret->strs = words;
    if (check->op == PL_OP_REGEX)
        return read_regexes(c, left, ret, err);
    if (check->op == PL_OP_PMATCH)
        return read_paths(c, ret, err);
    if (pl_ops[check->op].cls != PL_OPS_LIST)
        return PL_OK;
    pl_set *set = PL_NEW(c->arena, pl_set);
    ret->set = set;
    return set && pl_set_init(set, words, ret->n, c->arena) ? PL_OK : no_room(err);
}

static const char *c_text(pl_compiler *c, pl_str s)
{
    char *text = pl_arena_calloc(c->arena, s.n + 1, 1);
    if (text)
        memcpy(text, s.p, s.n);
    return text;
}

/* The words without the names of unset parameters, of which the first is kept. */
static pl_rc gather(pl_compiler *c, const pl_ast *check, pl_str **words, pl_consts *ret,
                    pl_err *err)
{
    size_t n = 0;

    for (const pl_word *w = check->words; w; w = w->next)
        n++;
    *words = pl_arena_calloc(c->arena, n + 1, sizeof(**words));
    if (!*words)
        return no_room(err);
    for (const pl_word *w = check->words; w; w = w->next) {
        if (!w->is_bare)
            (*words)[ret->n++] = w->text;
        else if (!ret->unset && !(ret->unset = c_text(c, w->text)))
            return no_room(err);
    }
    return PL_OK;
}

pl_rc pl_compile_consts(pl_compiler *c, const pl_ast *check, const pl_operand *left, pl_consts *ret,
                        pl_err *err)
{
    pl_str *words;

    *ret = (pl_consts){0};
    pl_rc rc = gather(c, check, &words, ret, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < PL_COUNT(int_types); i++)
        if (int_types[i].type == left->type)
            return read_ints(c, left, words, i, ret, err);
    return left->type == PL_T_IP ? read_nets(c, left, words, ret, err)
                                 : read_strs(c, check, left, words, ret, err);
}
