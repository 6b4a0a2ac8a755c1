/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service.h"

#include "core/attr.h"
#include "engine/json_rows.h"

#include <string.h>

static pl_str label(const json_t *labels, const char *key)
{
    return pl_json_text(json_object_get(labels, key));
}

static pl_str join(pl_arena *a, const char *front, pl_str x, pl_str y)
{
    size_t f = strlen(front);
    char *p = pl_arena_calloc(a, f + x.n + y.n + 2, 1);

    if (!p)
        return (pl_str){"", 0};
    memcpy(p, front, f);
    memcpy(p + f, x.p, x.n);
    if (!y.n)
        return (pl_str){p, f + x.n};
    p[f + x.n] = '/';
    memcpy(p + f + x.n + 1, y.p, y.n);
    return (pl_str){p, f + x.n + 1 + y.n};
}

static bool all_of(pl_str s, const char *set)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(set, s.p[i]))
            return false;
    return s.n > 0;
}

/* Cuts "-SUFFIX" off when SUFFIX has the length and the letters given. */
static pl_str cut_suffix(pl_str s, size_t least, size_t most, const char *set)
{
    for (size_t i = s.n; i > 1; i--) {
        if (!strchr("-_.", s.p[i - 1]))
            continue;
        pl_str tail = pl_str_sub(s, i, s.n);
        if (tail.n >= least && tail.n <= most && all_of(tail, set))
            return pl_str_sub(s, 0, i - 1);
        break;
    }
    return s;
}

/* A pod of a deployment is NAME-HASH-RANDOM, of a stateful set NAME-ORDINAL, of others
 * NAME-RANDOM. Kubernetes draws its random letters from this alphabet. */
static pl_str pod_owner(pl_str pod)
{
    static const char random[] = "bcdfghjklmnpqrstvwxz2456789";

    pl_str without = cut_suffix(pod, 5, 5, random);
    if (without.n == pod.n)
        return cut_suffix(pod, 1, 5, "0123456789");
    return cut_suffix(without, 8, 10, "0123456789abcdef");
}

/* The first that is there. */
static pl_str one_of(const json_t *labels, const char *const *keys)
{
    pl_str s = {"", 0};

    for (size_t i = 0; keys[i] && !s.n; i++)
        s = label(labels, keys[i]);
    return s;
}

/* The kubelet's labels; annotations that containerd writes into its bundles. */
static const char *const pods[] = {"io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name",
                                   NULL};
static const char *const pod_spaces[] = {"io.kubernetes.pod.namespace",
                                         "io.kubernetes.cri.sandbox-namespace", NULL};
static const char *const pod_containers[] = {"io.kubernetes.container.name",
                                             "io.kubernetes.cri.container-name", NULL};

static bool kubernetes(pl_arena *a, const json_t *l, pl_service *ret)
{
    pl_str pod = one_of(l, pods);
    if (!pod.n)
        return false;
    pl_str owner = join(a, "", pod_owner(pod), one_of(l, pod_containers));
    *ret = (pl_service){PL_S("kubernetes"), join(a, "kubernetes:", one_of(l, pod_spaces), owner)};
    return true;
}

pl_context pl_context_of(const json_t *labels)
{
    static const char *const spaces[] = {"io.kubernetes.pod.namespace",
                                         "io.kubernetes.cri.sandbox-namespace",
                                         "com.hashicorp.nomad.namespace", NULL};
    static const char *const tasks[] = {"com.amazonaws.ecs.task-arn", "com.docker.swarm.task.id",
                                        "com.hashicorp.nomad.alloc_id", NULL};
    static const char *const clusters[] = {"com.amazonaws.ecs.cluster", NULL};
    static const char *const stacks[] = {"com.docker.stack.namespace", "com.docker.compose.project",
                                         "io.podman.compose.project", NULL};

    return (pl_context){.pod = one_of(labels, pods),
                        .space = one_of(labels, spaces),
                        .task = one_of(labels, tasks),
                        .cluster = one_of(labels, clusters),
                        .stack = one_of(labels, stacks)};
}

pl_service pl_service_of(pl_arena *a, const json_t *labels, pl_str name)
{
    static const struct {
        const char *orchestrator, *front, *group, *service;
    } rows[] = {
        {"swarm", "swarm:", "com.docker.swarm.service.id", ""},
        {"ecs", "ecs:", "com.amazonaws.ecs.task-definition-family",
         "com.amazonaws.ecs.container-name"},
        {"nomad", "nomad:", "com.hashicorp.nomad.job_name", "com.hashicorp.nomad.task_name"},
        {"compose", "compose:", "com.docker.compose.project", "com.docker.compose.service"},
        {"compose", "compose:", "io.podman.compose.project", "io.podman.compose.service"},
    };
    pl_service s;

    if (kubernetes(a, labels, &s))
        return s;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str group = label(labels, rows[i].group);
        if (group.n)
            return (pl_service){pl_str_c(rows[i].orchestrator),
                                join(a, rows[i].front, group, label(labels, rows[i].service))};
    }
    return (pl_service){{"", 0}, cut_suffix(name, 1, 4, "0123456789")};
}
