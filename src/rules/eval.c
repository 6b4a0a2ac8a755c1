/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/eval.h"

#include "rules/glob.h"

#include <string.h>

static pl_truth truth(bool b)
{
    return b ? PL_TRUE : PL_FALSE;
}

static pl_truth dont_know(pl_why *why, const char *reason, const char *field)
{
    *why = (pl_why){reason ? reason : "unreadable", field};
    return PL_DONT_KNOW;
}

static pl_truth out_of_steps(pl_why *why)
{
    return dont_know(why, "limit:steps", NULL);
}

/* ---- one value against one other ---- */

/* The right side of a comparison, in the member that the operator and the type need. */
struct other {
    pl_str s;
    int64_t i;
    const pl_net *net;
    pl_regex *regex;
};

static bool orders(pl_op op, int cmp)
{
    switch ((int)op) {
    case PL_OP_LE:
        return cmp <= 0;
    case PL_OP_LT:
        return cmp < 0;
    case PL_OP_GE:
        return cmp >= 0;
    case PL_OP_GT:
        return cmp > 0;
    case PL_OP_NE:
        return cmp != 0;
    default:
        return cmp == 0;
    }
}

static bool has_nocase(pl_str s, pl_str part)
{
    if (part.n == 0)
        return true;
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (pl_str_eq_nocase((pl_str){s.p + i, part.n}, part))
            return true;
    return false;
}

static pl_truth match_regex(pl_eval *e, pl_regex *re, pl_str s, pl_why *why)
{
    switch (pl_regex_match(re, s, e->regex)) {
    case PL_REGEX_NO:
        return PL_FALSE;
    case PL_REGEX_YES:
        return PL_TRUE;
    case PL_REGEX_FAILED:
        break;
    }
    return dont_know(why, "limit:memory", NULL);
}

static pl_truth match_glob(pl_eval *e, pl_str pattern, pl_str s, bool no_case, pl_why *why)
{
    bool hit = pl_glob_match(pattern, s, no_case, &e->steps);
    return e->steps ? truth(hit) : out_of_steps(why);
}

static pl_truth match_path(pl_eval *e, pl_str search, pl_str s, pl_why *why)
{
    pl_path_set *one = pl_path_set_new(e->scratch);

    if (!one || pl_path_set_add(one, search, e->scratch, NULL) != PL_OK)
        return dont_know(why, "limit:memory", NULL);
    bool hit = pl_path_set_covers(one, s, &e->steps);
    return e->steps ? truth(hit) : out_of_steps(why);
}

static pl_truth compare_str(pl_eval *e, pl_op op, pl_str s, const struct other *o, pl_why *why)
{
    switch ((int)op) {
    case PL_OP_EQ:
    case PL_OP_IN:
    case PL_OP_INTERSECTS:
        return truth(pl_str_eq(s, o->s));
    case PL_OP_NE:
        return truth(!pl_str_eq(s, o->s));
    case PL_OP_GLOB:
    case PL_OP_IGLOB:
        return match_glob(e, o->s, s, op == PL_OP_IGLOB, why);
    case PL_OP_CONTAINS:
        return truth(o->s.n == 0 || pl_str_has(s, o->s));
    case PL_OP_ICONTAINS:
        if (!pl_eval_charge(e, 1 + s.n / 16 * (o->s.n / 16 + 1)))
            return out_of_steps(why);
        return truth(has_nocase(s, o->s));
    case PL_OP_STARTSWITH:
        return truth(pl_str_starts(s, o->s));
    case PL_OP_ENDSWITH:
        return truth(pl_str_ends(s, o->s));
    case PL_OP_REGEX:
        return match_regex(e, o->regex, s, why);
    case PL_OP_PMATCH:
        return match_path(e, o->s, s, why);
    default:
        return truth(orders(op, pl_str_cmp(s, o->s)));
    }
}

static pl_truth compare_int(pl_op op, int64_t a, int64_t b)
{
    return truth(orders(op, (a > b) - (a < b)));
}

/* What a collector calls an address and is none is as good as not read. */
static pl_truth compare_ip(pl_op op, pl_str s, const struct other *o, pl_why *why)
{
    pl_net a;

    if (!pl_net_parse_address(s, &a))
        return dont_know(why, "unreadable", NULL);
    return truth(pl_net_has(o->net, &a) == (op != PL_OP_NE));
}

/* Left is a present scalar. */
static pl_truth compare(pl_eval *e, pl_op op, pl_type type, const pl_value *left,
                        const struct other *o, pl_why *why)
{
    switch (type) {
    case PL_T_BOOL:
        return compare_int(op, left->u.b, o->i);
    case PL_T_INT:
    case PL_T_TIME:
        return compare_int(op, left->u.i, o->i);
    case PL_T_STR:
        return compare_str(e, op, left->u.s, o, why);
    case PL_T_IP:
        return compare_ip(op, left->u.s, o, why);
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
    case PL_T_REC:
        break;
    }
    return dont_know(why, "unsupported", NULL);
}

/* ---- against literals ---- */

static struct other literal(const pl_consts *c, size_t i)
{
    return (struct other){
        .s = c->strs ? c->strs[i] : (pl_str){"", 0},
        .i = c->ints ? c->ints[i] : 0,
        .net = c->nets ? &c->nets[i] : NULL,
        .regex = c->regexes ? &c->regexes[i] : NULL,
    };
}

static pl_truth needs_policy(const pl_consts *c, pl_why *why)
{
    return dont_know(why, "needs:policy", c->unset);
}

/* How often OP holds between left and the literals; stops at ENOUGH. */
struct tally {
    size_t yes, no;
    bool has_doubt;
    pl_why doubt;
};

static struct tally tally(pl_eval *e, const pl_code *t, const pl_value *left)
{
    struct tally n = {0};

    for (size_t i = 0; i < t->consts.n; i++) {
        struct other o = literal(&t->consts, i);
        pl_why why;
        pl_truth r = pl_eval_charge(e, 1) ? compare(e, t->op, t->left->type, left, &o, &why)
                                          : out_of_steps(&why);
        n.yes += r == PL_TRUE;
        n.no += r == PL_FALSE;
        if (r == PL_DONT_KNOW && !n.has_doubt) {
            n.has_doubt = true;
            n.doubt = why;
        }
    }
    /* A parameter that nobody has set may hold any number of values, none too. */
    if (t->consts.unset && !n.has_doubt) {
        n.has_doubt = true;
        (void)needs_policy(&t->consts, &n.doubt);
    }
    return n;
}

static pl_truth tally_truth(const struct tally *n, pl_mod mod, pl_why *why)
{
    bool is_settled = !n->has_doubt;
    pl_truth now = PL_FALSE;

    if (mod == PL_MOD_ANYOF) {
        now = truth(n->yes > 0);
        is_settled |= n->yes > 0;
    } else if (mod == PL_MOD_ALLOF) {
        now = truth(n->yes > 0 && n->no == 0);
        is_settled |= n->no > 0;
    } else {
        now = truth(n->yes == 1);
        is_settled |= n->yes > 1;
    }
    if (!is_settled)
        *why = n->doubt;
    return is_settled ? now : PL_DONT_KNOW;
}

static bool ints_have(const pl_consts *c, int64_t i)
{
    for (size_t k = 0; k < c->n; k++)
        if (c->ints[k] == i)
            return true;
    return false;
}

/* Is this one value among the literals? */
static bool consts_have(const pl_consts *c, pl_type type, pl_str s, int64_t i)
{
    return type == PL_T_STR || type == PL_T_STRS ? pl_set_has(c->set, s) : ints_have(c, i);
}

static pl_truth one_in_nets(const pl_consts *c, const pl_value *left, pl_why *why)
{
    pl_net a;

    if (!pl_net_parse_address(left->u.s, &a))
        return dont_know(why, "unreadable", NULL);
    for (size_t i = 0; i < c->n; i++)
        if (pl_net_has(&c->nets[i], &a))
            return PL_TRUE;
    return c->unset ? needs_policy(c, why) : PL_FALSE;
}

static pl_truth one_in(const pl_code *t, const pl_value *left, pl_why *why)
{
    pl_type type = t->left->type;

    if (type == PL_T_IP)
        return one_in_nets(&t->consts, left, why);
    int64_t i = type == PL_T_BOOL ? left->u.b : left->u.i;
    pl_str s = type == PL_T_STR ? left->u.s : (pl_str){"", 0};
    if (consts_have(&t->consts, type, s, i))
        return PL_TRUE;
    return t->consts.unset ? needs_policy(&t->consts, why) : PL_FALSE;
}

static bool item_among(const pl_code *t, const pl_value *left, size_t i)
{
    pl_type type = t->left->type;

    return type == PL_T_STRS ? consts_have(&t->consts, type, left->u.strs[i], 0)
                             : consts_have(&t->consts, type, (pl_str){"", 0}, left->u.ints[i]);
}

/* in: every item is among the literals; intersects: at least one is. */
static pl_truth list_in(pl_eval *e, const pl_code *t, const pl_value *left, pl_why *why)
{
    bool stop_at = t->op == PL_OP_INTERSECTS;

    for (size_t i = 0; i < left->n; i++) {
        if (!pl_eval_charge(e, 1 + (t->consts.ints ? t->consts.n : 0)))
            return out_of_steps(why);
        bool is_in = item_among(t, left, i);
        if (is_in && stop_at)
            return PL_TRUE;
        if (!is_in && !stop_at)
            return t->consts.unset ? needs_policy(&t->consts, why) : PL_FALSE;
    }
    if (stop_at && left->n && t->consts.unset)
        return needs_policy(&t->consts, why);
    return truth(!stop_at);
}

static pl_truth under_paths(pl_eval *e, const pl_code *t, const pl_value *left, pl_why *why)
{
    bool hit = pl_path_set_covers(t->consts.paths, left->u.s, &e->steps);
    if (!e->steps)
        return out_of_steps(why);
    if (hit)
        return PL_TRUE;
    return t->consts.unset ? needs_policy(&t->consts, why) : PL_FALSE;
}

static pl_truth against_consts(pl_eval *e, const pl_code *t, const pl_value *left, pl_why *why)
{
    if (t->op == PL_OP_PMATCH)
        return under_paths(e, t, left, why);
    if (pl_ops[t->op].cls == PL_OPS_LIST) {
        bool is_list = t->left->type == PL_T_STRS || t->left->type == PL_T_INTS;
        return is_list ? list_in(e, t, left, why) : one_in(t, left, why);
    }
    if (t->mod != PL_MOD_NONE) {
        struct tally n = tally(e, t, left);
        return tally_truth(&n, t->mod, why);
    }
    if (t->consts.unset)
        return needs_policy(&t->consts, why);
    struct other o = literal(&t->consts, 0);
    return compare(e, t->op, t->left->type, left, &o, why);
}

/* ---- against another value ---- */

static bool list_has(const pl_operand *list, const pl_value *v, const pl_value *item, size_t i)
{
    for (size_t k = 0; k < v->n; k++) {
        bool same = list->type == PL_T_STRS ? pl_str_eq(v->u.strs[k], item->u.strs[i])
                                            : v->u.ints[k] == item->u.ints[i];
        if (same)
            return true;
    }
    return false;
}

static pl_truth list_in_list(pl_eval *e, const pl_code *t, const pl_value *left,
                             const pl_value *right, pl_why *why)
{
    bool stop_at = t->op == PL_OP_INTERSECTS;

    for (size_t i = 0; i < left->n; i++) {
        if (!pl_eval_charge(e, 1 + right->n))
            return out_of_steps(why);
        if (list_has(t->right, right, left, i) == stop_at)
            return truth(stop_at);
    }
    return truth(!stop_at);
}

static pl_truth against_value(pl_eval *e, const pl_code *t, const pl_value *left,
                              const pl_value *right, pl_why *why)
{
    pl_type type = t->left->type;
    struct other o = {0};
    pl_net net;

    if (type == PL_T_STRS || type == PL_T_INTS)
        return list_in_list(e, t, left, right, why);
    if (type == PL_T_BOOL)
        o.i = right->u.b;
    else if (type == PL_T_INT || type == PL_T_TIME)
        o.i = right->u.i;
    else
        o.s = right->u.s;
    if (type == PL_T_IP) {
        if (!pl_net_parse_address(right->u.s, &net))
            return dont_know(why, "unreadable", t->right->name);
        o.net = &net;
    }
    return compare(e, t->op, type, left, &o, why);
}

/* ---- the tree ---- */

static pl_truth eval_exists(const pl_value *left, const char *field, pl_why *why)
{
    if (left->state == PL_UNREADABLE)
        return dont_know(why, left->reason, field);
    return truth(left->state == PL_PRESENT);
}

/* A doubt that came up between the values is the left field's, unless it has a name already. */
static pl_truth blame_left(pl_truth t, const pl_code *test, pl_why *why)
{
    if (t == PL_DONT_KNOW && !why->field)
        why->field = test->left->name;
    return t;
}

static pl_truth eval_test(pl_eval *e, const pl_code *t, pl_why *why)
{
    pl_value left_room;
    pl_value right_room;
    const char *left_field = NULL;
    const char *right_field = NULL;

    *why = (pl_why){0};
    if (t->left->kind == PL_OPERAND_GROUP)
        return pl_eval_count(e, t, why);
    const pl_value *left = pl_eval_operand(e, t->left, &left_room, &left_field);
    if (t->op == PL_OP_EXISTS)
        return eval_exists(left, left_field, why);
    if (left->state == PL_ABSENT)
        return PL_FALSE;
    const pl_value *right = NULL;
    if (t->right) {
        right = pl_eval_operand(e, t->right, &right_room, &right_field);
        if (right->state == PL_ABSENT)
            return PL_FALSE;
    }
    if (left->state == PL_UNREADABLE)
        return dont_know(why, left->reason, left_field);
    if (right && right->state == PL_UNREADABLE)
        return dont_know(why, right->reason, right_field);
    pl_truth r = right ? against_value(e, t, left, right, why) : against_consts(e, t, left, why);
    return blame_left(r, t, why);
}

/* and: stops at the first false; or: at the first true. */
static pl_truth eval_chain(pl_eval *e, const pl_code *code, pl_truth stop, pl_why *why)
{
    pl_truth all = stop == PL_TRUE ? PL_FALSE : PL_TRUE;
    pl_why doubt;

    for (size_t i = 0; i < code->n_kids; i++) {
        pl_truth t = pl_eval_run(e, code->kids[i], &doubt);
        if (t == stop)
            return stop;
        if (t == PL_DONT_KNOW && all != PL_DONT_KNOW) {
            all = PL_DONT_KNOW;
            *why = doubt;
        }
    }
    return all;
}

static pl_truth eval_not(pl_eval *e, const pl_code *code, pl_why *why)
{
    pl_truth t = pl_eval_run(e, code->kids[0], why);
    if (t == PL_DONT_KNOW)
        return t;
    return t == PL_TRUE ? PL_FALSE : PL_TRUE;
}

pl_truth pl_eval_run(pl_eval *e, const pl_code *code, pl_why *why)
{
    if (!pl_eval_charge(e, 1))
        return out_of_steps(why);
    switch (code->kind) {
    case PL_AST_AND:
        return eval_chain(e, code, PL_FALSE, why);
    case PL_AST_OR:
        return eval_chain(e, code, PL_TRUE, why);
    case PL_AST_NOT:
        return eval_not(e, code, why);
    case PL_AST_CHECK:
        return eval_test(e, code, why);
    case PL_AST_GROUP:
        return pl_eval_members(e, code->left, why);
    case PL_AST_SOME:
        return pl_eval_some(e, code, why);
    case PL_AST_MACRO:
        break;
    }
    return dont_know(why, "unsupported", NULL);
}
