/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content_private.h"

#include <stddef.h>

/* A check as written, before its words are understood. */
struct raw_check {
    pl_check c;
    pl_str severity, empty;
    pl_strs evidence;
    const pl_yaml *severity_when, *remedy, *controls, *tests;
};

#define TEXT(key, required)                                                                        \
    {                                                                                              \
#key, PL_BIND_STR, required, offsetof(struct raw_check, c.key)                             \
    }
#define NODE(key)                                                                                  \
    {                                                                                              \
#key, PL_BIND_NODE, false, offsetof(struct raw_check, key)                                 \
    }

static const pl_binding check_keys[] = {
    {"check", PL_BIND_STR, true, offsetof(struct raw_check, c.id)},
    TEXT(title, true),
    TEXT(kind, true),
    TEXT(needs, false),
    TEXT(period, false),
    TEXT(named, false),
    TEXT(decides, false),
    TEXT(window, false),
    TEXT(applies, false),
    TEXT(otherwise, false),
    TEXT(inherited, false),
    TEXT(each, false),
    TEXT(where, false),
    TEXT(group, false),
    {"empty", PL_BIND_STR, false, offsetof(struct raw_check, empty)},
    TEXT(pass, false),
    {"severity", PL_BIND_STR, true, offsetof(struct raw_check, severity)},
    NODE(severity_when),
    TEXT(owner, true),
    {"evidence", PL_BIND_STRS, false, offsetof(struct raw_check, evidence)},
    TEXT(method, true),
    TEXT(rationale, false),
    NODE(remedy),
    NODE(controls),
    NODE(tests),
    {0},
};

static const char *const owners[] = {"base-image", "application", "platform", "host", NULL};

static pl_rc understand_severity(const pl_loader *l, const pl_yaml *at, pl_str word,
                                 pl_severity *ret, pl_err *err)
{
    if (pl_severity_parse(word, ret) && *ret != PL_UNKNOWN_SEVERITY)
        return PL_OK;
    return pl_bind_fail(err, &l->file, at,
                        "severity \"%.*s\" is none of info, low, medium, high, critical",
                        PL_F(word));
}

static pl_rc load_severity_when(const pl_loader *l, const pl_yaml *list, pl_check *c, pl_err *err)
{
    struct raw {
        pl_str when, severity;
    };
    static const pl_binding keys[] = {
        {"when", PL_BIND_STR, true, offsetof(struct raw, when)},
        {"severity", PL_BIND_STR, true, offsetof(struct raw, severity)},
        {0},
    };
    if (list->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &l->file, list, "severity_when must be a sequence");
    pl_severity_rule *v = pl_arena_calloc(l->file.arena, list->n ? list->n : 1, sizeof(*v));
    if (!v)
        return pl_bind_fail(err, &l->file, list, "too much content");

    for (size_t i = 0; i < list->n; i++) {
        struct raw raw = {0};
        const pl_yaml *at = &list->items[i];
        pl_rc rc = pl_bind(&l->file, at, keys, &raw, err);
        if (!rc)
            rc = understand_severity(l, at, raw.severity, &v[i].severity, err);
        if (rc)
            return rc;
        v[i].when = raw.when;
    }
    c->severity_when = v;
    c->n_severity_when = list->n;
    return PL_OK;
}

static pl_rc load_remedy(const pl_loader *l, const pl_yaml *map, pl_check *c, pl_err *err)
{
    struct raw {
        pl_str text;
        const pl_yaml *steps;
    } raw = {0};
    static const pl_binding keys[] = {
        {"text", PL_BIND_STR, true, offsetof(struct raw, text)},
        {"steps", PL_BIND_NODE, false, offsetof(struct raw, steps)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, map, keys, &raw, err);
    if (rc)
        return rc;
    c->remedy = raw.text;
    if (!raw.steps)
        return PL_OK;
    if (raw.steps->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, &l->file, raw.steps, "steps must be keys and values");

    pl_remedy_step *v = pl_arena_calloc(l->file.arena, raw.steps->n ? raw.steps->n : 1, sizeof(*v));
    if (!v)
        return pl_bind_fail(err, &l->file, map, "too much content");
    for (size_t i = 0; i < raw.steps->n; i++) {
        const pl_yaml *value = &raw.steps->items[2 * i + 1];
        if (value->type != PL_YAML_SCALAR)
            return pl_bind_fail(err, &l->file, value, "a step's value must be text");
        v[i] = (pl_remedy_step){raw.steps->items[2 * i].text, value->text};
    }
    c->steps = v;
    c->n_steps = raw.steps->n;
    return PL_OK;
}

static pl_rc load_controls(const pl_loader *l, const pl_yaml *map, pl_check *c, pl_err *err)
{
    if (map->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, &l->file, map, "controls must name frameworks");
    pl_mapping *v = pl_arena_calloc(l->file.arena, map->n ? map->n : 1, sizeof(*v));
    if (!v)
        return pl_bind_fail(err, &l->file, map, "too much content");

    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        pl_strs ids;
        pl_rc rc = pl_bind_strs(&l->file, key + 1, &ids, err);
        /* Content that brings no frameworks (a test's) has nothing to be held against. */
        for (size_t k = 0; !rc && l->n_frameworks && k < ids.n; k++)
            rc = pl_requirement_exists(l, key, key->text, ids.v[k], err);
        if (rc)
            return rc;
        v[i] = (pl_mapping){key->text, ids.v, ids.n};
    }
    c->controls = v;
    c->n_controls = map->n;
    return PL_OK;
}

static pl_rc demand_texts(const pl_loader *l, const pl_yaml *item, const struct raw_check *raw,
                          pl_err *err)
{
    const pl_check *c = &raw->c;
    const char *missing = NULL;

    if (!raw->remedy)
        missing = "remedy";
    else if ((c->named.n || c->decides.n) && !pl_str_eq(c->needs, PL_S("attest")))
        missing = "needs: attest beside named and decides";
    else if (c->needs.n)
        missing = c->pass.n ? "nothing beside needs, yet it has pass" : NULL;
    else if (c->otherwise.n && !c->applies.n)
        missing = "applies beside otherwise";
    else if (c->inherited.n && !c->applies.n)
        missing = "applies beside inherited";
    else if (!c->pass.n)
        missing = "pass (or needs)";
    else if (!c->rationale.n)
        missing = "rationale";
    else if (!raw->evidence.n)
        missing = "evidence";
    else if (!raw->tests)
        missing = "tests";
    else if ((c->each.n != 0) != (raw->empty.n != 0))
        missing = "each and empty together";
    else if (c->where.n && !c->each.n)
        missing = "each beside where";
    return missing ? pl_bind_fail(err, &l->file, item, "check %.*s needs %s", PL_F(c->id), missing)
                   : PL_OK;
}

static pl_rc understand_words(const pl_loader *l, const pl_yaml *item, struct raw_check *raw,
                              pl_err *err)
{
    pl_check *c = &raw->c;
    bool known = false;

    for (size_t i = 0; owners[i]; i++)
        known |= pl_str_eq(c->owner, pl_str_c(owners[i]));
    if (!known)
        return pl_bind_fail(err, &l->file, item,
                            "owner \"%.*s\" is none of base-image, application, platform, host",
                            PL_F(c->owner));
    if (!pl_schema_kind(l->schema, c->kind))
        return pl_bind_fail(err, &l->file, item, "unknown subject kind \"%.*s\"", PL_F(c->kind));
    c->empty_passes = pl_str_eq(raw->empty, PL_S("pass"));
    if (raw->empty.n && !c->empty_passes && !pl_str_eq(raw->empty, PL_S("not-applicable")))
        return pl_bind_fail(err, &l->file, item, "empty must be pass or not-applicable");
    return understand_severity(l, item, raw->severity, &c->severity, err);
}

/* One that takes the place of ours keeps what the tests show of it only where it says the same. */
static pl_rc add_check(pl_loader *l, const pl_yaml *item, pl_check *c, pl_err *err)
{
    size_t at = 0;

    while (at < l->n_checks && !pl_str_eq(l->checks[at].id, c->id))
        at++;
    bool is_there = at < l->n_checks;
    bool is_base = at < PL_LOADER_BASE(l, checks);
    bool is_equal = is_base && pl_check_is_same(&l->checks[at], c);
    if (is_there && !is_base)
        return pl_bind_fail(err, &l->file, item, "check %.*s stands twice (first in %.*s:%d)",
                            PL_F(c->id), PL_F(l->checks[at].file), l->checks[at].line);
    const pl_loader_item what = {"check", c->id, is_there, is_base, is_equal};
    pl_rc rc = pl_loader_note(l, item, &what, &c->origin, err);
    if (!rc && !is_there && !PL_LOADER_PUSH(l, checks))
        rc = pl_bind_fail(err, &l->file, item, "too much content");
    if (rc)
        return rc;
    if (is_equal) {
        c->shown_pass = l->checks[at].shown_pass;
        c->shown_fail = l->checks[at].shown_fail;
    }
    l->checks[at] = *c;
    return PL_OK;
}

pl_rc pl_load_check(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    struct raw_check raw = {0};
    pl_check *c = &raw.c;

    pl_rc rc = pl_bind(&l->file, item, check_keys, &raw, err);
    if (!rc)
        rc = demand_texts(l, item, &raw, err);
    if (!rc)
        rc = understand_words(l, item, &raw, err);
    if (!rc)
        rc = pl_loader_check_id(l, item, "check", c->id, err);
    if (!rc)
        rc = load_remedy(l, raw.remedy, c, err);
    if (!rc && raw.severity_when)
        rc = load_severity_when(l, raw.severity_when, c, err);
    if (!rc && raw.controls)
        rc = load_controls(l, raw.controls, c, err);
    c->file = pl_str_c(l->file.name);
    c->line = item->line;
    if (!rc && raw.tests)
        rc = pl_load_check_tests(l, raw.tests, c, err);
    if (rc)
        return rc;

    c->evidence = raw.evidence.v;
    c->n_evidence = raw.evidence.n;
    return add_check(l, item, c, err);
}
