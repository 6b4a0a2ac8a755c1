/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/made_by.h"

#include "core/char.h"

#include <string.h>

static pl_str label(const json_t *labels, const char *key)
{
    const json_t *v = json_object_get(labels, key);

    return json_is_string(v) ? (pl_str){json_string_value(v), json_string_length(v)}
                             : (pl_str){"", 0};
}

/* ---- names ---- */

static bool is_of_kubelet(const json_t *labels, pl_str name)
{
    pl_str uid = label(labels, "io.kubernetes.pod.uid");
    pl_str rest = name, part;

    if (!uid.n || !pl_str_starts(name, PL_S("k8s_")))
        return false;
    while (pl_str_cut(&rest, '_', &part))
        if (pl_str_eq(part, uid))
            return true;
    return false;
}

static bool ends_with(pl_str name, char before, pl_str id)
{
    return id.n && name.n > id.n && pl_str_ends(name, id) && name.p[name.n - id.n - 1] == before;
}

static bool is_of_ecs(const json_t *labels, pl_str name)
{
    pl_str family = label(labels, "com.amazonaws.ecs.task-definition-family");
    pl_str rest = pl_str_starts(name, PL_S("ecs-")) ? pl_str_sub(name, 4, name.n) : (pl_str){"", 0};

    return family.n && pl_str_starts(rest, family) && rest.n > family.n && rest.p[family.n] == '-';
}

bool pl_is_made_by(pl_str orchestrator, const json_t *labels, pl_str name)
{
    if (pl_str_eq(orchestrator, PL_S("kubernetes")))
        return is_of_kubelet(labels, name);
    if (pl_str_eq(orchestrator, PL_S("swarm")))
        return ends_with(name, '.', label(labels, "com.docker.swarm.task.id"));
    if (pl_str_eq(orchestrator, PL_S("ecs")))
        return is_of_ecs(labels, name);
    if (pl_str_eq(orchestrator, PL_S("nomad")))
        return ends_with(name, '-', label(labels, "com.hashicorp.nomad.alloc_id"));
    return true;
}

/* ---- the pod's folder ---- */

enum { UID_SHORT = 32, UID_LONG = 36 }; /* of a static pod: a digest without dashes */

static bool is_uid_char(char c)
{
    return pl_is_digit(c) || (c >= 'a' && c <= 'f') || c == '-';
}

/* systemd writes '_' for '-' in the name of a slice. */
static bool take_uid(pl_str rest, char ret[UID_LONG + 1])
{
    size_t n = 0;

    for (; n < rest.n && n <= UID_LONG; n++) {
        char c = rest.p[n] == '_' ? '-' : rest.p[n];
        if (!is_uid_char(c))
            break;
        if (n < UID_LONG)
            ret[n] = c;
    }
    if (n != UID_SHORT && n != UID_LONG)
        return false;
    ret[n] = '\0';
    return n == rest.n || strchr("/.:", rest.p[n]);
}

static bool find_uid(pl_str cgroup, char ret[UID_LONG + 1])
{
    static const char pods[] = "kubepods", pod[] = "pod";
    const char *at = cgroup.n ? memmem(cgroup.p, cgroup.n, pods, sizeof(pods) - 1) : NULL;
    size_t from = at ? (size_t)(at - cgroup.p) + sizeof(pods) - 1 : cgroup.n;

    for (size_t i = from; i + sizeof(pod) - 1 < cgroup.n; i++)
        if ((cgroup.p[i - 1] == '/' || cgroup.p[i - 1] == '-') &&
            memcmp(cgroup.p + i, pod, sizeof(pod) - 1) == 0 &&
            take_uid(pl_str_sub(cgroup, i + sizeof(pod) - 1, cgroup.n), ret))
            return true;
    return false;
}

pl_str pl_pod_folder(pl_arena *a, const json_t *labels, pl_str cgroup)
{
    static const char *const keys[] = {"io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid"};
    char uid[UID_LONG + 1];
    char path[64];

    if (!find_uid(cgroup, uid))
        return (pl_str){"", 0};
    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        pl_str claimed = label(labels, keys[i]);
        if (claimed.n && !pl_str_eq(claimed, pl_str_c(uid)))
            return (pl_str){"", 0};
    }
    (void)snprintf(path, sizeof(path), "/var/lib/kubelet/pods/%s/", uid);
    pl_str kept = pl_arena_str(a, pl_str_c(path));
    return kept.p ? kept : (pl_str){"", 0};
}
