/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of an audit policy, as the API server reads them: the first that matches a request counts.
 */
#include "core/yaml_tree.h"
#include "host/kubernetes.h"

#include <string.h>

enum need { AT_LEAST_METADATA, METADATA_ONLY, WRITES_AT_LEAST_METADATA };

static const struct wanted {
    const char *group, *resource;
    enum need need;
} wanted[] = {
    {"", "secrets", METADATA_ONLY},
    {"", "configmaps", METADATA_ONLY},
    {"authentication.k8s.io", "tokenreviews", METADATA_ONLY},
    {"", "serviceaccounts/token", METADATA_ONLY},
    {"", "pods/exec", AT_LEAST_METADATA},
    {"", "pods/attach", AT_LEAST_METADATA},
    {"", "pods/portforward", AT_LEAST_METADATA},
    {"", "pods/ephemeralcontainers", AT_LEAST_METADATA},
    {"", "nodes/proxy", AT_LEAST_METADATA},
    {"rbac.authorization.k8s.io", "roles", WRITES_AT_LEAST_METADATA},
    {"rbac.authorization.k8s.io", "rolebindings", WRITES_AT_LEAST_METADATA},
    {"rbac.authorization.k8s.io", "clusterroles", WRITES_AT_LEAST_METADATA},
    {"rbac.authorization.k8s.io", "clusterrolebindings", WRITES_AT_LEAST_METADATA},
};

/* ---- one rule ---- */

static pl_str text_of(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SCALAR ? v->text : (pl_str){"", 0};
}

static const pl_yaml *list_of(const pl_yaml *map, const char *key)
{
    static const pl_yaml none = {.type = PL_YAML_SEQUENCE};
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SEQUENCE ? v : &none;
}

static bool has(const pl_yaml *list, pl_str word)
{
    for (size_t i = 0; i < list->n; i++)
        if (pl_str_eq(list->items[i].text, word))
            return true;
    return false;
}

/* "pods/exec" is meant by itself, by "pods/(star)", by "(star)/exec" and by "(star)"; "pods" by
 * itself, by "pods/(star)", too, as the API server compares them, and by "(star)". */
static bool names(const pl_yaml *resources, pl_str resource)
{
    pl_str sub = resource, main;
    bool has_sub = memchr(resource.p, '/', resource.n) != NULL;

    (void)pl_str_cut(&sub, '/', &main);
    for (size_t i = 0; i < resources->n; i++) {
        pl_str rest = resources->items[i].text, first;
        if (pl_str_eq(rest, resource) || pl_str_eq(rest, PL_S("*")))
            return true;
        (void)pl_str_cut(&rest, '/', &first);
        if (pl_str_eq(first, main) && pl_str_eq(rest, PL_S("*")))
            return true;
        if (has_sub && pl_str_eq(first, PL_S("*")) && pl_str_eq(rest, sub))
            return true;
    }
    return !resources->n;
}

struct match {
    bool matches; /* requests of the resource, or some of them */
    bool is_all;  /* all that come so far */
};

static struct match match_of(const pl_yaml *rule, const struct wanted *w)
{
    const pl_yaml *groups = list_of(rule, "resources");
    struct match m = {.matches = !groups->n && !list_of(rule, "nonResourceURLs")->n};

    m.is_all = m.matches;
    for (size_t i = 0; i < groups->n; i++) {
        const pl_yaml *g = &groups->items[i];
        if (!pl_str_eq(text_of(g, "group"), pl_str_c(w->group)) ||
            !names(list_of(g, "resources"), pl_str_c(w->resource)))
            continue;
        m.matches = true;
        m.is_all |= !list_of(g, "resourceNames")->n;
    }
    static const char *const narrows[] = {"users", "userGroups", "verbs", "namespaces"};
    for (size_t i = 0; i < PL_COUNT(narrows); i++)
        m.is_all &= !list_of(rule, narrows[i])->n;
    return m;
}

/* A pod's account is none of the cluster's own, but for those of kube-system. */
static bool is_component(pl_str name)
{
    static const char *const people[] = {"system:authenticated", "system:masters",
                                         "system:unauthenticated", "system:anonymous",
                                         "system:admin"};

    for (size_t j = 0; j < PL_COUNT(people); j++)
        if (pl_str_eq(name, pl_str_c(people[j])))
            return false;
    if (pl_str_starts(name, PL_S("system:serviceaccount")))
        return pl_str_starts(name, PL_S("system:serviceaccount:kube-system:")) ||
               pl_str_eq(name, PL_S("system:serviceaccounts:kube-system"));
    return pl_str_starts(name, PL_S("system:"));
}

/* Components of the cluster alone: no group that people or workloads are in. */
static bool is_of_components(const pl_yaml *rule)
{
    const pl_yaml *users = list_of(rule, "users"), *groups = list_of(rule, "userGroups");
    const pl_yaml *both[] = {users, groups};

    for (size_t k = 0; k < PL_COUNT(both); k++)
        for (size_t i = 0; i < both[k]->n; i++)
            if (!is_component(both[k]->items[i].text))
                return false;
    return users->n + groups->n > 0;
}

static bool only_reads(const pl_yaml *rule)
{
    static const char *const reads[] = {"get", "list", "watch"};
    const pl_yaml *verbs = list_of(rule, "verbs");
    size_t n = 0;

    for (size_t i = 0; i < PL_COUNT(reads); i++)
        n += has(verbs, pl_str_c(reads[i]));
    return verbs->n && n == verbs->n;
}

/* ---- one resource ---- */

/* Empty: the level will do. */
static const char *wrong_level(pl_str level, enum need need)
{
    bool is_metadata = pl_str_eq(level, PL_S("Metadata"));
    bool has_body = pl_str_eq(level, PL_S("Request")) || pl_str_eq(level, PL_S("RequestResponse"));

    if (!is_metadata && !has_body)
        return "not logged";
    return has_body && need == METADATA_ONLY ? "logged with its content" : "";
}

static void judge(pl_host_reading *f, const pl_yaml *rules, const struct wanted *w,
                  pl_host_strs *gaps)
{
    const char *wrong = "";
    bool is_settled = false;

    for (size_t i = 0; i < rules->n && !is_settled && !wrong[0]; i++) {
        const pl_yaml *rule = &rules->items[i];
        struct match m = match_of(rule, w);
        if (!m.matches || is_of_components(rule) ||
            (w->need == WRITES_AT_LEAST_METADATA && only_reads(rule)))
            continue;
        wrong = wrong_level(text_of(rule, "level"), w->need);
        if (!wrong[0] && has(list_of(rule, "omitStages"), PL_S("ResponseComplete")))
            wrong = "not logged when it is done";
        is_settled = m.is_all;
    }
    /* What no rule matches is not logged. */
    if (!is_settled && !wrong[0])
        wrong = "not logged";
    if (wrong[0])
        pl_host_strs_add(gaps, pl_host_fmt(f->a, "%s: %s", w->resource, wrong));
}

bool pl_kube_audit_policy(pl_host_reading *f, pl_str text, pl_host_strs *ret_gaps)
{
    pl_yaml_documents docs = {0};

    if (pl_yaml_stream(f->a, text, &docs, NULL) != PL_OK || docs.n != 1 ||
        !pl_str_eq(text_of(&docs.v[0], "kind"), PL_S("Policy")) ||
        !pl_str_starts(text_of(&docs.v[0], "apiVersion"), PL_S("audit.k8s.io/")))
        return false;
    if (has(list_of(&docs.v[0], "omitStages"), PL_S("ResponseComplete")))
        pl_host_strs_add(ret_gaps, PL_S("all: not logged when it is done"));
    for (size_t i = 0; i < PL_COUNT(wanted); i++)
        judge(f, list_of(&docs.v[0], "rules"), &wanted[i], ret_gaps);
    return true;
}
