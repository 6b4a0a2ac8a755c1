/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/attest_scope.h"

#include "govern/attested.h"
#include "govern/limits.h"

static bool has_id(const pl_mapping *m, pl_str id)
{
    for (size_t i = 0; i < m->n; i++)
        if (pl_str_eq(m->ids[i], id))
            return true;
    return false;
}

/* The framework by which the control bears on the requirement of that id. */
static pl_rc framework_of(const pl_check *c, pl_str id, const char *asked, pl_str *ret, pl_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_controls; i++) {
        const pl_mapping *m = &c->controls[i];
        if ((asked && !pl_str_eq(m->framework, pl_str_c(asked))) || !has_id(m, id))
            continue;
        *ret = m->framework;
        n++;
    }
    if (n == 0)
        return pl_fail(err, PL_USAGE,
                       "--requirement %.*s: %.*s does not bear on it; plimsoll checks %.*s lists "
                       "what it bears on",
                       PL_F(id), PL_F(c->id), PL_F(c->id));
    return n == 1 ? PL_OK
                  : pl_fail(err, PL_USAGE,
                            "--requirement %.*s: several frameworks have it; name "
                            "one with --framework",
                            PL_F(id));
}

static bool has_requirement(const pl_framework *f, pl_str id)
{
    for (size_t i = 0; i < f->n; i++)
        if (pl_str_eq(f->requirements[i].id, id))
            return true;
    return false;
}

/* A required specification cannot be decided away. */
static pl_rc may_decide(const pl_framework *f, pl_str id, pl_str decision, pl_err *err)
{
    if (!has_requirement(f, id))
        return pl_fail(err, PL_USAGE, "--requirement %.*s: %.*s has no such specification",
                       PL_F(id), PL_F(f->name));
    if (!pl_is_addressable(f, id) && !pl_str_eq(decision, PL_S(PL_DECISION_ADOPTED)))
        return pl_fail(err, PL_USAGE,
                       "--decision %.*s: %.*s is required, not addressable: it has to be met, and "
                       "no decision takes its place",
                       PL_F(decision), PL_F(id));
    return PL_OK;
}

static pl_rc put_one(json_t *list, pl_str framework, pl_str id, pl_err *err)
{
    json_t *item = json_object();
    pl_rc rc = pl_govern_put(item, "framework", framework, err);

    if (!rc)
        rc = pl_govern_put(item, "id", id, err);
    if (!rc && json_array_append(list, item) < 0)
        rc = pl_fail(err, PL_NOMEM, "list of requirements");
    json_decref(item);
    return rc;
}

static pl_rc put_named(const pl_framework *decides, const struct pl_args *args, const pl_check *c,
                       json_t *list, pl_err *err)
{
    const char *asked = pl_opt_value(args, "framework");
    const char *decision = pl_opt_value(args, "decision");
    const char *word;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && (word = pl_opt_nth(args, "requirement", i)); i++) {
        pl_str framework = decides ? decides->id : PL_S("");
        pl_str id = pl_str_c(word);
        if (i == PL_GOVERN_REQUIREMENTS)
            return pl_fail(err, PL_USAGE, "--requirement: at most %d", PL_GOVERN_REQUIREMENTS);
        rc = decides ? may_decide(decides, id, pl_str_c(decision), err)
                     : framework_of(c, id, asked, &framework, err);
        if (!rc)
            rc = put_one(list, framework, id, err);
    }
    return rc;
}

/* The entry says itself what it counts for: all but what has to be named. */
static pl_rc put_others(const pl_check *c, json_t *list, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < c->n_controls; i++)
        for (size_t k = 0; !rc && k < c->controls[i].n; k++)
            if (!pl_str_eq(c->controls[i].framework, c->named))
                rc = put_one(list, c->controls[i].framework, c->controls[i].ids[k], err);
    return rc;
}

static pl_rc read_decision(pl_said *s, const struct pl_args *args, const pl_check *c, pl_err *err)
{
    const char *word = pl_opt_value(args, "decision");
    const char *other = pl_opt_value(args, "alternative");

    if (!c->decides.n)
        return word || other ? pl_fail(err, PL_USAGE, "--%s: %.*s asks for no decisions",
                                       word ? "decision" : "alternative", PL_F(c->id))
                             : PL_OK;
    if (!word || !pl_opt_value(args, "requirement"))
        return pl_fail(err, PL_USAGE,
                       "%.*s: name the specification and what was decided: --requirement ID "
                       "--decision adopted|alternative|neither, and why (--statement)",
                       PL_F(c->id));
    if (!pl_decision_is_word(pl_str_c(word)))
        return pl_fail(err, PL_USAGE, "--decision %s: adopted, alternative or neither", word);
    bool is_alternative = pl_str_eq(pl_str_c(word), PL_S(PL_DECISION_ALTERNATIVE));
    if (is_alternative != (other != NULL))
        return pl_fail(err, PL_USAGE,
                       "--alternative goes with --decision alternative: it says what "
                       "is done instead");
    pl_rc rc = pl_govern_put(s->body, "decision", pl_str_c(word), err);
    return rc || !other ? rc : pl_said_option(s, args, "alternative", "compensating", true, err);
}

pl_rc pl_attest_scope(const pl_content *content, pl_said *s, const struct pl_args *args,
                      const pl_check *c, pl_err *err)
{
    bool is_named = pl_opt_value(args, "requirement") != NULL;
    const pl_framework *decides = c->decides.n ? pl_content_framework(content, c->decides) : NULL;

    if (pl_opt_value(args, "framework") && !is_named)
        return pl_fail(err, PL_USAGE, "--framework goes with --requirement");
    if (c->decides.n && !decides)
        return pl_fail(err, PL_USAGE, "%.*s: there is no framework %.*s", PL_F(c->id),
                       PL_F(c->decides));
    pl_rc rc = read_decision(s, args, c, err);
    if (rc || (!is_named && !c->named.n))
        return rc;
    json_t *list = json_array();
    rc = is_named ? put_named(decides, args, c, list, err) : put_others(c, list, err);
    if (json_object_set_new(s->body, "requirements", list) < 0 && !rc)
        rc = pl_fail(err, PL_NOMEM, "list of requirements");
    return rc;
}
