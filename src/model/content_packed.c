/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content_packed.h"

#include "core/rd.h"
#include "model/content_private.h"

#include <string.h>

enum { BUDGET = 16 << 20, COUNT_MAX = 1 << 20 };
static const char mark[] = "content, form 3";

/* ---- writing ---- */

static void put_strs(pl_buf *out, const pl_str *v, size_t n)
{
    pl_buf_u32le(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        pl_buf_lstr(out, v[i]);
}

/* The texts of a check in one order for both ends. */
#define CHECK_TEXTS(X)                                                                             \
    X(id)                                                                                          \
    X(title)                                                                                       \
    X(kind)                                                                                        \
    X(needs)                                                                                       \
    X(period)                                                                                      \
    X(named)                                                                                       \
    X(decides)                                                                                     \
    X(window)                                                                                      \
    X(applies)                                                                                     \
    X(otherwise)                                                                                   \
    X(inherited)                                                                                   \
    X(each)                                                                                        \
    X(where)                                                                                       \
    X(group)                                                                                       \
    X(pass)                                                                                        \
    X(owner)                                                                                       \
    X(method)                                                                                      \
    X(rationale)                                                                                   \
    X(remedy)                                                                                      \
    X(shown_pass)                                                                                  \
    X(shown_fail)                                                                                  \
    X(file)

static void put_check(pl_buf *out, const pl_check *c)
{
#define X(field) pl_buf_lstr(out, c->field);
    CHECK_TEXTS(X)
#undef X
    pl_buf_u32le(out, c->empty_passes);
    pl_buf_u32le(out, (uint32_t)c->severity);
    pl_buf_u32le(out, (uint32_t)c->line);
    pl_buf_u32le(out, (uint32_t)c->n_tests);
    put_strs(out, c->evidence, c->n_evidence);
    pl_buf_u32le(out, (uint32_t)c->n_severity_when);
    for (size_t i = 0; i < c->n_severity_when; i++) {
        pl_buf_lstr(out, c->severity_when[i].when);
        pl_buf_u32le(out, (uint32_t)c->severity_when[i].severity);
    }
    pl_buf_u32le(out, (uint32_t)c->n_steps);
    for (size_t i = 0; i < c->n_steps; i++) {
        pl_buf_lstr(out, c->steps[i].key);
        pl_buf_lstr(out, c->steps[i].value);
    }
    pl_buf_u32le(out, (uint32_t)c->n_controls);
    for (size_t i = 0; i < c->n_controls; i++) {
        pl_buf_lstr(out, c->controls[i].framework);
        put_strs(out, c->controls[i].ids, c->controls[i].n);
    }
}

static void put_list(pl_buf *out, const pl_list *l)
{
    pl_buf_lstr(out, l->name);
    pl_buf_lstr(out, l->help);
    pl_buf_u32le(out, l->is_unset);
    pl_buf_u32le(out, l->is_policy);
    put_strs(out, l->items, l->n);
}

static void put_framework(pl_buf *out, const pl_framework *f)
{
    pl_buf_lstr(out, f->id);
    pl_buf_lstr(out, f->name);
    pl_buf_lstr(out, f->note);
    pl_buf_u32le(out, (uint32_t)f->n);
    for (size_t i = 0; i < f->n; i++) {
        const pl_requirement *r = &f->requirements[i];
        pl_buf_lstr(out, r->id);
        pl_buf_lstr(out, r->title);
        pl_buf_lstr(out, r->section);
        pl_buf_lstr(out, r->kind);
        pl_buf_lstr(out, r->baselines);
        pl_buf_lstr(out, r->effect);
        pl_buf_lstr(out, r->containers);
        pl_buf_u32le(out, r->is_heading);
    }
}

static void put_effect(pl_buf *out, const pl_effect *e)
{
    pl_buf_lstr(out, e->id);
    pl_buf_lstr(out, e->containers);
    pl_buf_lstr(out, e->why);
    pl_buf_lstr(out, e->ask);
}

static void put_profile(pl_buf *out, const pl_profile *p, bool with_places)
{
    pl_buf_lstr(out, p->id);
    pl_buf_lstr(out, p->name);
    pl_buf_lstr(out, p->note);
    pl_buf_lstr(out, with_places ? p->where : (pl_str){0});
    pl_buf_u32le(out, (uint32_t)p->n);
    for (size_t i = 0; i < p->n; i++) {
        pl_buf_lstr(out, p->scopes[i].framework);
        pl_buf_lstr(out, p->scopes[i].baseline);
        put_strs(out, p->scopes[i].only, p->scopes[i].n_only);
        put_strs(out, p->scopes[i].without, p->scopes[i].n_without);
    }
    pl_buf_u32le(out, (uint32_t)p->n_policy);
    for (size_t i = 0; i < p->n_policy; i++) {
        pl_buf_lstr(out, p->policy[i].name);
        pl_buf_lstr(out, with_places ? p->policy[i].where : (pl_str){0});
        put_strs(out, p->policy[i].items, p->policy[i].n);
    }
}

bool pl_check_is_same(const pl_check *a, const pl_check *b)
{
    PL_AUTO_BUF pl_buf one = {0}, two = {0};
    const pl_check *const both[] = {a, b};
    pl_buf *const texts[] = {&one, &two};

    for (size_t i = 0; i < PL_COUNT(both); i++) {
        pl_check bare = *both[i];
        bare.file = bare.shown_pass = bare.shown_fail = (pl_str){0};
        bare.line = 0;
        bare.n_tests = 0;
        put_check(texts[i], &bare);
    }
    return pl_buf_ok(&one) && pl_buf_ok(&two) && pl_str_eq(pl_buf_view(&one), pl_buf_view(&two));
}

bool pl_profile_is_same(const pl_profile *a, const pl_profile *b)
{
    PL_AUTO_BUF pl_buf one = {0}, two = {0};

    put_profile(&one, a, false);
    put_profile(&two, b, false);
    return pl_buf_ok(&one) && pl_buf_ok(&two) && pl_str_eq(pl_buf_view(&one), pl_buf_view(&two));
}

void pl_content_pack(const pl_content *c, pl_buf *out)
{
    pl_buf_lstr(out, pl_str_c(mark));
    pl_buf_lstr(out, pl_str_c(c->digest));
    pl_buf_u32le(out, (uint32_t)c->n_checks);
    for (size_t i = 0; i < c->n_checks; i++)
        put_check(out, &c->checks[i]);
    pl_buf_u32le(out, (uint32_t)c->n_lists);
    for (size_t i = 0; i < c->n_lists; i++)
        put_list(out, &c->lists[i]);
    pl_buf_u32le(out, (uint32_t)c->n_macros);
    for (size_t i = 0; i < c->n_macros; i++) {
        pl_buf_lstr(out, c->macros[i].name);
        pl_buf_lstr(out, c->macros[i].condition);
    }
    pl_buf_u32le(out, (uint32_t)c->n_frameworks);
    for (size_t i = 0; i < c->n_frameworks; i++)
        put_framework(out, &c->frameworks[i]);
    pl_buf_u32le(out, (uint32_t)c->n_effects);
    for (size_t i = 0; i < c->n_effects; i++)
        put_effect(out, &c->effects[i]);
    pl_buf_u32le(out, (uint32_t)c->n_profiles);
    for (size_t i = 0; i < c->n_profiles; i++)
        put_profile(out, &c->profiles[i], true);
}

/* ---- reading ---- */

/* Where the bytes or the memory end, everything that follows is empty and is_bad says so. */
struct reader {
    pl_rd rd;
    pl_arena *arena;
    bool is_bad;
};

/* Room for as many as the bytes say. */
static void *array(struct reader *r, size_t size, size_t *ret_n)
{
    uint32_t n = pl_rd_u32le(&r->rd);
    void *p = NULL;

    if (pl_rd_ok(&r->rd) && n <= COUNT_MAX)
        p = pl_arena_calloc(r->arena, n ? n : 1, size);
    r->is_bad |= !p;
    *ret_n = p ? n : 0;
    return p;
}

static const pl_str *take_strs(struct reader *r, size_t *ret_n)
{
    pl_str *v = array(r, sizeof(*v), ret_n);

    for (size_t i = 0; i < *ret_n; i++)
        v[i] = pl_rd_lstr(&r->rd);
    return v;
}

static void take_check_lists(struct reader *r, pl_check *c)
{
    c->evidence = take_strs(r, &c->n_evidence);
    pl_severity_rule *when = array(r, sizeof(*when), &c->n_severity_when);
    for (size_t i = 0; i < c->n_severity_when; i++) {
        when[i].when = pl_rd_lstr(&r->rd);
        when[i].severity = (pl_severity)pl_rd_u32le(&r->rd);
    }
    c->severity_when = when;
    pl_remedy_step *steps = array(r, sizeof(*steps), &c->n_steps);
    for (size_t i = 0; i < c->n_steps; i++) {
        steps[i].key = pl_rd_lstr(&r->rd);
        steps[i].value = pl_rd_lstr(&r->rd);
    }
    c->steps = steps;
    pl_mapping *controls = array(r, sizeof(*controls), &c->n_controls);
    for (size_t i = 0; i < c->n_controls; i++) {
        controls[i].framework = pl_rd_lstr(&r->rd);
        controls[i].ids = take_strs(r, &controls[i].n);
    }
    c->controls = controls;
}

static void take_check(struct reader *r, pl_check *c)
{
#define X(field) c->field = pl_rd_lstr(&r->rd);
    CHECK_TEXTS(X)
#undef X
    c->empty_passes = pl_rd_u32le(&r->rd) != 0;
    c->severity = (pl_severity)pl_rd_u32le(&r->rd);
    c->line = (int)pl_rd_u32le(&r->rd);
    c->n_tests = pl_rd_u32le(&r->rd);
    take_check_lists(r, c);
}

static void take_list(struct reader *r, pl_list *l)
{
    l->name = pl_rd_lstr(&r->rd);
    l->help = pl_rd_lstr(&r->rd);
    l->is_unset = pl_rd_u32le(&r->rd) != 0;
    l->is_policy = pl_rd_u32le(&r->rd) != 0;
    l->items = take_strs(r, &l->n);
}

static void take_framework(struct reader *r, pl_framework *f)
{
    f->id = pl_rd_lstr(&r->rd);
    f->name = pl_rd_lstr(&r->rd);
    f->note = pl_rd_lstr(&r->rd);
    pl_requirement *v = array(r, sizeof(*v), &f->n);
    for (size_t i = 0; i < f->n; i++) {
        v[i].id = pl_rd_lstr(&r->rd);
        v[i].title = pl_rd_lstr(&r->rd);
        v[i].section = pl_rd_lstr(&r->rd);
        v[i].kind = pl_rd_lstr(&r->rd);
        v[i].baselines = pl_rd_lstr(&r->rd);
        v[i].effect = pl_rd_lstr(&r->rd);
        v[i].containers = pl_rd_lstr(&r->rd);
        v[i].is_heading = pl_rd_u32le(&r->rd) != 0;
    }
    f->requirements = v;
}

static void take_effect(struct reader *r, pl_effect *e)
{
    e->id = pl_rd_lstr(&r->rd);
    e->containers = pl_rd_lstr(&r->rd);
    e->why = pl_rd_lstr(&r->rd);
    e->ask = pl_rd_lstr(&r->rd);
}

static void take_profile(struct reader *r, pl_profile *p)
{
    p->id = pl_rd_lstr(&r->rd);
    p->name = pl_rd_lstr(&r->rd);
    p->note = pl_rd_lstr(&r->rd);
    p->where = pl_rd_lstr(&r->rd);
    pl_profile_scope *scopes = array(r, sizeof(*scopes), &p->n);
    for (size_t i = 0; i < p->n; i++) {
        scopes[i].framework = pl_rd_lstr(&r->rd);
        scopes[i].baseline = pl_rd_lstr(&r->rd);
        scopes[i].only = take_strs(r, &scopes[i].n_only);
        scopes[i].without = take_strs(r, &scopes[i].n_without);
    }
    p->scopes = scopes;
    pl_policy_value *values = array(r, sizeof(*values), &p->n_policy);
    for (size_t i = 0; i < p->n_policy; i++) {
        values[i].name = pl_rd_lstr(&r->rd);
        values[i].where = pl_rd_lstr(&r->rd);
        values[i].items = take_strs(r, &values[i].n);
    }
    p->policy = values;
}

static void take_beside(struct reader *r, pl_content *c)
{
    pl_effect *effects = array(r, sizeof(*effects), &c->n_effects);
    for (size_t i = 0; i < c->n_effects; i++)
        take_effect(r, &effects[i]);
    pl_profile *profiles = array(r, sizeof(*profiles), &c->n_profiles);
    for (size_t i = 0; i < c->n_profiles; i++)
        take_profile(r, &profiles[i]);
    c->effects = effects, c->profiles = profiles;
}

static pl_list *take_all(struct reader *r, pl_content *c)
{
    pl_check *checks = array(r, sizeof(*checks), &c->n_checks);
    for (size_t i = 0; i < c->n_checks; i++)
        take_check(r, &checks[i]);
    pl_list *lists = array(r, sizeof(*lists), &c->n_lists);
    for (size_t i = 0; i < c->n_lists; i++)
        take_list(r, &lists[i]);
    pl_macro *macros = array(r, sizeof(*macros), &c->n_macros);
    for (size_t i = 0; i < c->n_macros; i++) {
        macros[i].name = pl_rd_lstr(&r->rd);
        macros[i].condition = pl_rd_lstr(&r->rd);
    }
    pl_framework *frameworks = array(r, sizeof(*frameworks), &c->n_frameworks);
    for (size_t i = 0; i < c->n_frameworks; i++)
        take_framework(r, &frameworks[i]);
    c->checks = checks, c->lists = lists, c->macros = macros, c->frameworks = frameworks;
    take_beside(r, c);
    return lists;
}

pl_rc pl_content_unpack(pl_str bytes, const pl_policy_value *policy, size_t n_policy,
                        pl_content *ret, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(BUDGET);
    struct reader r = {.rd = pl_rd_of(bytes.p, bytes.n), .arena = a};
    pl_content c = {0};

    if (!a)
        return pl_fail(err, PL_NOMEM, "content");
    bool is_ours = pl_str_eq(pl_rd_lstr(&r.rd), pl_str_c(mark)) &&
                   pl_str_to_c(pl_rd_lstr(&r.rd), c.digest, sizeof(c.digest));
    pl_list *lists = is_ours ? take_all(&r, &c) : NULL;
    if (!is_ours || r.is_bad || !pl_rd_done(&r.rd))
        return pl_fail(err, PL_FORMAT, "content: not as it was packed");
    pl_rc rc = pl_content_apply_policy(a, lists, c.n_lists, policy, n_policy, err);
    if (rc)
        return pl_wrap(err, rc, "content");
    c.arena = PL_TAKE(a, NULL);
    *ret = c;
    return PL_OK;
}
