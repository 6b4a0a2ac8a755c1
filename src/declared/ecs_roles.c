/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/ecs_roles.h"

#include "core/attr.h"
#include "declared/ecs_export_priv.h"
#include "declared/node.h"

#include <ctype.h>

enum { FAULTS_MAX = 64 };

struct faults {
    pl_reading *r;
    pl_str v[FAULTS_MAX];
    size_t n;
    bool is_unseen; /* a part of the role is in no document */
};

bool pl_ecs_roles_is(const pl_yaml *doc)
{
    const pl_yaml *roles = pl_yaml_get(doc, "RoleDetailList");
    return roles && roles->type == PL_YAML_SEQUENCE;
}

static void add(struct faults *f, pl_str fault)
{
    if (f->n < FAULTS_MAX)
        f->v[f->n++] = fault;
}

/* ---- words of a policy ---- */

/* A pattern of IAM: "*" stands for any bytes, "?" for one. */
static bool matches(pl_str pattern, pl_str name)
{
    size_t p = 0, s = 0, star = SIZE_MAX, from = 0;

    while (s < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            from = s;
        } else if (p < pattern.n &&
                   (pattern.p[p] == '?' ||
                    tolower((unsigned char)pattern.p[p]) == tolower((unsigned char)name.p[s]))) {
            p++;
            s++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            s = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

/* One text, or a list of them. */
static size_t count(const pl_yaml *v)
{
    return !v ? 0 : v->type == PL_YAML_SEQUENCE ? v->n : 1;
}

static pl_str text_at(const pl_yaml *v, size_t i)
{
    const pl_yaml *one = v->type == PL_YAML_SEQUENCE ? &v->items[i] : v;
    return one->type == PL_YAML_SCALAR ? one->text : (pl_str){"", 0};
}

/* "*", or as objects of all buckets are written: "*", "?" and "/" alone. */
static bool is_stars(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '*' && s.p[i] != '?' && s.p[i] != '/')
            return false;
    return pl_str_has(s, PL_S("*"));
}

/* All resources of a service: "*", or an ARN that says no more than the service. */
static bool is_everything(pl_str resource)
{
    pl_str rest = resource, part;

    if (is_stars(resource))
        return true;
    for (int i = 0; pl_str_cut(&rest, ':', &part); i++)
        if (i > 2 && part.n && !is_stars(part))
            return false;
    return pl_str_starts(resource, PL_S("arn:"));
}

/* All actions, or all of a service. */
static bool is_all_actions(pl_str action)
{
    pl_str rest = action, service;

    (void)pl_str_cut(&rest, ':', &service);
    return is_stars(action) || is_stars(rest);
}

static bool has_everything(const pl_yaml *resources)
{
    for (size_t i = 0; i < count(resources); i++)
        if (is_everything(text_at(resources, i)))
            return true;
    return false;
}

/* ---- policies ---- */

static void judge_action(struct faults *f, pl_str action, bool is_on_all)
{
    bool takes_roles =
        matches(action, PL_S("iam:PassRole")) || pl_str_eq_nocase(action, PL_S("iam:*"));
    bool assumes = is_on_all && matches(action, PL_S("sts:AssumeRole"));

    if (takes_roles || assumes || (is_on_all && is_all_actions(action)))
        add(f, pl_reading_text(f->r, "allows %.*s%s", PL_F(action), is_on_all ? " on *" : ""));
}

static void judge_statement(struct faults *f, const pl_yaml *s)
{
    const pl_yaml *actions = pl_yaml_get(s, "Action"), *resources = pl_yaml_get(s, "Resource");

    if (pl_str_eq(pl_node_text(s, "Effect"), PL_S("Deny")))
        return;
    if (pl_yaml_get(s, "NotAction"))
        add(f, PL_S("allows all actions but some (NotAction)"));
    for (size_t i = 0; i < count(actions); i++)
        judge_action(f, text_at(actions, i),
                     has_everything(resources) || pl_yaml_get(s, "NotResource"));
}

static void each_statement(struct faults *f, const pl_yaml *policy,
                           void (*judge)(struct faults *f, const pl_yaml *s))
{
    const pl_yaml *list = pl_yaml_get(policy, "Statement");

    if (list && list->type == PL_YAML_MAPPING)
        judge(f, list);
    else if (!list || list->type != PL_YAML_SEQUENCE)
        f->is_unseen = true; /* URL-encoded, or not exported */
    else
        for (size_t i = 0; i < list->n; i++)
            judge(f, &list->items[i]);
}

/* The version that is in force. */
static const pl_yaml *version_of(const pl_yaml *policy)
{
    const pl_yaml *versions = pl_node_list(policy, "PolicyVersionList");

    for (size_t i = 0; i < versions->n; i++)
        if (pl_str_eq(pl_node_text(&versions->items[i], "IsDefaultVersion"), PL_S("true")))
            return pl_yaml_get(&versions->items[i], "Document");
    return NULL;
}

static const pl_yaml *policy_of(const pl_yaml_documents *docs, pl_str arn)
{
    for (size_t i = 0; i < docs->n; i++) {
        const pl_yaml *policies = pl_node_list(&docs->v[i], "Policies");
        for (size_t k = 0; k < policies->n; k++)
            if (pl_str_eq(pl_node_text(&policies->items[k], "Arn"), arn))
                return version_of(&policies->items[k]);
    }
    return NULL;
}

/* ---- trust ---- */

/* The fifth part of an ARN, without a star in it; what is no ARN is the account itself. */
static bool has_account(pl_str value)
{
    pl_str rest = value, part = {"", 0};

    if (!pl_str_starts(value, PL_S("arn:")))
        return true;
    for (int i = 0; i < 5; i++)
        if (!pl_str_cut(&rest, ':', &part))
            return false;
    return part.n && !pl_str_has(part, PL_S("*")) && !pl_str_has(part, PL_S("?"));
}

static bool is_narrow_value(const pl_yaml *values)
{
    for (size_t i = 0; i < count(values); i++)
        if (is_everything(text_at(values, i)) || !has_account(text_at(values, i)))
            return false;
    return count(values) > 0;
}

/* A condition that holds for one account or resource: aws:SourceArn or aws:SourceAccount. */
static bool is_narrow(const pl_yaml *conditions)
{
    static const char *const operators[] = {"StringEquals", "StringLike", "StringEqualsIgnoreCase",
                                            "ArnEquals", "ArnLike"};

    for (size_t i = 0; i < PL_COUNT(operators); i++) {
        const pl_yaml *pairs = pl_yaml_get(conditions, operators[i]);
        for (size_t k = 0; pairs && pairs->type == PL_YAML_MAPPING && k < pairs->n; k++) {
            pl_str key = pairs->items[2 * k].text;
            if ((pl_str_eq_nocase(key, PL_S("aws:SourceArn")) ||
                 pl_str_eq_nocase(key, PL_S("aws:SourceAccount"))) &&
                is_narrow_value(&pairs->items[2 * k + 1]))
                return true;
        }
    }
    return false;
}

static bool is_of_tasks(const pl_yaml *principal)
{
    const pl_yaml *service = pl_yaml_get(principal, "Service");
    return service && principal->n == 1 && count(service) == 1 &&
           pl_str_eq(text_at(service, 0), PL_S("ecs-tasks.amazonaws.com"));
}

static void judge_trust(struct faults *f, const pl_yaml *s)
{
    if (pl_str_eq(pl_node_text(s, "Effect"), PL_S("Deny")))
        return;
    if (!is_of_tasks(pl_yaml_get(s, "Principal")))
        add(f, PL_S("trusts others than ecs-tasks.amazonaws.com"));
    else if (!is_narrow(pl_yaml_get(s, "Condition")))
        add(f, PL_S("its trust names neither aws:SourceArn nor aws:SourceAccount"));
}

/* ---- a role ---- */

/* By its ARN, since accounts have roles of one name, or by the name where there is no ARN. */
static const pl_yaml *role_of(const pl_yaml_documents *docs, pl_str arn)
{
    for (size_t i = 0; i < docs->n; i++) {
        const pl_yaml *roles = pl_node_list(&docs->v[i], "RoleDetailList");
        for (size_t k = 0; k < roles->n; k++) {
            pl_str own = pl_node_text(&roles->items[k], "Arn");
            if (pl_ecs_same(own.n ? own : pl_node_text(&roles->items[k], "RoleName"), arn))
                return &roles->items[k];
        }
    }
    return NULL;
}

static void judge_role(struct faults *f, const pl_yaml_documents *docs, const pl_yaml *role)
{
    const pl_yaml *own = pl_yaml_get(role, "RolePolicyList"),
                  *attached = pl_yaml_get(role, "AttachedManagedPolicies");

    f->is_unseen |= !own || !attached;
    for (size_t i = 0; own && own->type == PL_YAML_SEQUENCE && i < own->n; i++)
        each_statement(f, pl_yaml_get(&own->items[i], "PolicyDocument"), judge_statement);
    for (size_t i = 0; attached && attached->type == PL_YAML_SEQUENCE && i < attached->n; i++)
        each_statement(f, policy_of(docs, pl_node_text(&attached->items[i], "PolicyArn")),
                       judge_statement);
    each_statement(f, pl_yaml_get(role, "AssumeRolePolicyDocument"), judge_trust);
}

void pl_ecs_role_faults(pl_reading *r, const pl_yaml_documents *docs, pl_str role_arn,
                        pl_record *to, int field)
{
    struct faults f = {.r = r};
    const pl_yaml *role = role_of(docs, role_arn);

    if (role)
        judge_role(&f, docs, role);
    pl_str *faults = pl_arena_calloc(r->arena, f.n + 1, sizeof(*faults));
    if (!role || (f.is_unseen && !f.n) || !faults) {
        pl_set_unreadable(to, field, "not-observed");
        return;
    }
    for (size_t i = 0; i < f.n; i++)
        faults[i] = f.v[i];
    pl_set_strs(to, field, faults, f.n);
}
