/* SPDX-License-Identifier: Apache-2.0 */
/* Services, what they run on, and their clusters. */
#include "declared/ecs_export_priv.h"

#include "core/attr.h"
#include "declared/node.h"

pl_str pl_ecs_service_name(pl_ecs_export *e, const pl_yaml *service)
{
    return pl_reading_text(e->r, "%.*s/%.*s",
                           PL_F(pl_ecs_short(pl_node_text(service, "clusterArn"))),
                           PL_F(pl_node_text(service, "serviceName")));
}

static bool is_gone(const pl_yaml *service)
{
    return pl_str_eq(pl_node_text(service, "status"), PL_S("INACTIVE"));
}

/* ---- addresses ---- */

/* Without a network interface of its own a task has no address of its own. */
static void put_address(pl_ecs_export *e, pl_str name, const pl_yaml *of)
{
    const pl_yaml *network = pl_yaml_get(of, "networkConfiguration");
    const pl_yaml *vpc = pl_yaml_get(network, "awsvpcConfiguration");
    pl_str assign = pl_node_text(vpc, "assignPublicIp");
    pl_record *to = pl_ecs_add(e, PL_EE_SERVICE, name, vpc ? vpc : of);
    bool is_on = pl_str_eq(assign, PL_S("ENABLED"));

    if (!network || is_on || !assign.n || pl_str_eq(assign, PL_S("DISABLED")))
        pl_set_bool(to, PL_F_ECS_SERVICE_HAS_PUBLIC_ADDRESS, is_on);
}

static void put_addresses(pl_ecs_export *e, const pl_yaml *service)
{
    static const char *const parts[] = {"taskSets", "deployments"};
    pl_str name = pl_ecs_service_name(e, service);

    if (is_gone(service))
        return;
    put_address(e, name, service);
    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        const pl_yaml *list = pl_node_list(service, parts[i]);
        for (size_t k = 0; k < list->n; k++)
            put_address(e,
                        pl_reading_text(e->r, "%.*s/%.*s", PL_F(name),
                                        PL_F(pl_node_text(&list->items[k], "id"))),
                        &list->items[k]);
    }
}

/* ---- platforms ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "linux/1.4.0", "windows/LATEST"; the maker's families of Windows share one number. */
static void put_platform(pl_ecs_export *e, pl_str name, const pl_yaml *of)
{
    pl_str version = pl_node_text(of, "platformVersion"),
           family = pl_node_text(of, "platformFamily");

    if (!version.n)
        return;
    pl_record *to = pl_ecs_add(e, PL_EE_PLATFORM, name, pl_yaml_get(of, "platformVersion"));
    bool is_windows = family.n && lower(family.p[0]) == 'w';
    pl_set_str(to, PL_F_ECS_PLATFORM_VERSION,
               pl_reading_text(e->r, "%s/%.*s", is_windows ? "windows" : "linux", PL_F(version)));
    pl_set_absent(to, PL_F_ECS_PLATFORM_AGENT);
    pl_set_absent(to, PL_F_ECS_PLATFORM_AGENT_NUMBER);
    pl_set_absent(to, PL_F_ECS_PLATFORM_ENGINE);
}

/* arn:aws:ecs:REGION:ACCOUNT:container-instance/CLUSTER/ID */
static bool is_instance_of(pl_ecs_export *e, pl_str instance, pl_str cluster)
{
    static const pl_str kind = {"cluster/", 8};
    pl_str name = pl_ecs_short(cluster), rest = instance;

    if (pl_str_starts(cluster, PL_S("arn:")) && cluster.n > name.n + kind.n) {
        pl_str place = pl_str_sub(cluster, 0, cluster.n - name.n - kind.n);
        if (!pl_str_starts(instance, place))
            return false;
        rest = pl_str_sub(instance, place.n, instance.n);
    }
    return pl_str_has(rest, pl_reading_text(e->r, "/%.*s/", PL_F(name)));
}

/* A cluster with instances of its own has as many as it says. */
static void put_unseen_instances(pl_ecs_export *e, pl_str cluster, const pl_yaml *at)
{
    const pl_yaml *known = pl_ecs_find(e, "clusters", "clusterArn", cluster);
    pl_str count = pl_node_text(known, "registeredContainerInstancesCount");
    uint64_t registered = 0;
    size_t seen = 0;

    for (size_t i = 0; i < e->docs->n; i++) {
        const pl_yaml *list = pl_node_list(&e->docs->v[i], "containerInstances");
        for (size_t k = 0; k < list->n; k++)
            seen +=
                is_instance_of(e, pl_node_text(&list->items[k], "containerInstanceArn"), cluster);
    }
    if (pl_str_u64(count, &registered) ? seen < registered : seen == 0)
        (void)pl_ecs_add(
            e, PL_EE_PLATFORM,
            pl_reading_text(e->r, "other instances of %.*s", PL_F(pl_ecs_short(cluster))), at);
}

static void put_service_platforms(pl_ecs_export *e, const pl_yaml *service)
{
    const pl_yaml *deployments = pl_node_list(service, "deployments");
    pl_str name = pl_ecs_service_name(e, service);

    if (is_gone(service))
        return;
    put_platform(e, name, service);
    for (size_t i = 0; i < deployments->n; i++)
        put_platform(e,
                     pl_reading_text(e->r, "%.*s/%.*s", PL_F(name),
                                     PL_F(pl_node_text(&deployments->items[i], "id"))),
                     &deployments->items[i]);
    if (!pl_yaml_get(service, "platformVersion"))
        put_unseen_instances(e, pl_node_text(service, "clusterArn"), service);
}

static void put_task_platform(pl_ecs_export *e, const pl_yaml *task)
{
    put_platform(e, pl_node_text(task, "taskArn"), task);
}

/* "1.97.1" as 1097001; false for anything else. */
static bool version_number(pl_str version, int64_t *ret)
{
    pl_str rest = version, part;
    int n = 0;

    for (*ret = 0; pl_str_cut(&rest, '.', &part); n++) {
        uint64_t v = 0;
        if (n == 3 || !pl_str_u64(part, &v) || v > 999)
            return false;
        *ret = *ret * 1000 + (int64_t)v;
    }
    return n == 3;
}

void pl_ecs_agent_version(pl_record *to, pl_str version)
{
    int64_t number = 0;

    pl_set_absent(to, PL_F_ECS_PLATFORM_VERSION);
    if (version.n)
        pl_set_str(to, PL_F_ECS_PLATFORM_AGENT, version);
    if (version_number(version, &number))
        pl_set_int(to, PL_F_ECS_PLATFORM_AGENT_NUMBER, number);
}

static void put_instance(pl_ecs_export *e, const pl_yaml *instance)
{
    const pl_yaml *info = pl_yaml_get(instance, "versionInfo");
    pl_str agent = pl_node_text(info, "agentVersion"), engine = pl_node_text(info, "dockerVersion");
    pl_record *to = pl_ecs_add(e, PL_EE_PLATFORM, pl_node_text(instance, "ec2InstanceId"),
                               info ? info : instance);

    pl_ecs_agent_version(to, agent);
    if (engine.n)
        pl_set_str(to, PL_F_ECS_PLATFORM_ENGINE, engine);
}

/* ---- clusters ---- */

/* Settings come only with --include SETTINGS; without it the list is empty. */
static void put_cluster(pl_ecs_export *e, const pl_yaml *cluster)
{
    const pl_yaml *settings = pl_node_list(cluster, "settings");
    pl_record *to = pl_ecs_add(e, PL_EE_CLUSTER, pl_node_text(cluster, "clusterName"), cluster);

    for (size_t i = 0; i < settings->n; i++)
        if (pl_str_eq(pl_node_text(&settings->items[i], "name"), PL_S("containerInsights")))
            pl_set_str(to, PL_F_ECS_CLUSTER_INSIGHTS, pl_node_text(&settings->items[i], "value"));
}

/* Each service of a cluster that is not in the export might be anything. */
static void put_unseen_services(pl_ecs_export *e, const pl_yaml *cluster)
{
    static const pl_ecs_element kinds[] = {PL_EE_SERVICE, PL_EE_PLATFORM, PL_EE_TASK,
                                           PL_EE_LINK,    PL_EE_VOLUME,   PL_EE_EXEC};
    pl_str arn = pl_node_text(cluster, "clusterArn"), name = pl_ecs_short(arn);
    uint64_t active = 0, seen = 0;

    for (size_t i = 0; i < e->docs->n; i++) {
        const pl_yaml *list = pl_node_list(&e->docs->v[i], "services");
        for (size_t k = 0; k < list->n; k++)
            seen += !is_gone(&list->items[k]) &&
                    pl_ecs_same(pl_node_text(&list->items[k], "clusterArn"), arn);
    }
    if (!pl_str_u64(pl_node_text(cluster, "activeServicesCount"), &active) || seen >= active)
        return;
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        (void)pl_ecs_add(e, kinds[i], pl_reading_text(e->r, "other services of %.*s", PL_F(name)),
                         cluster);
}

/* ---- Service Connect ---- */

static void put_links_of(pl_ecs_export *e, pl_str name, const pl_yaml *connect)
{
    const pl_yaml *offered = pl_node_list(connect, "services");

    if (!pl_str_eq(pl_node_text(connect, "enabled"), PL_S("true")))
        return;
    for (size_t i = 0; i < offered->n; i++) {
        const pl_yaml *one = &offered->items[i];
        const pl_yaml *issuer = pl_yaml_get(pl_yaml_get(one, "tls"), "issuerCertificateAuthority");
        pl_str authority = pl_node_text(issuer, "awsPcaAuthorityArn");
        pl_record *to = pl_ecs_add(
            e, PL_EE_LINK,
            pl_reading_text(e->r, "%.*s/%.*s", PL_F(name), PL_F(pl_node_text(one, "portName"))),
            one);
        if (authority.n)
            pl_set_str(to, PL_F_ECS_LINK_AUTHORITY, authority);
        else
            pl_set_absent(to, PL_F_ECS_LINK_AUTHORITY);
    }
}

static void put_links(pl_ecs_export *e, const pl_yaml *service)
{
    const pl_yaml *deployments = pl_node_list(service, "deployments");

    if (is_gone(service))
        return;
    for (size_t i = 0; i < deployments->n; i++)
        put_links_of(e, pl_ecs_service_name(e, service),
                     pl_yaml_get(&deployments->items[i], "serviceConnectConfiguration"));
    put_links_of(e, pl_ecs_service_name(e, service),
                 pl_yaml_get(service, "serviceConnectConfiguration"));
}

/* ---- ECS Exec ---- */

static void set_or_absent(pl_record *to, int field, pl_str v)
{
    if (v.n)
        pl_set_str(to, field, v);
    else
        pl_set_absent(to, field);
}

/* The configuration comes only with --include CONFIGURATIONS. */
static void put_exec(pl_ecs_export *e, pl_str name, const pl_yaml *of)
{
    const pl_yaml *cluster =
        pl_ecs_find(e, "clusters", "clusterArn", pl_node_text(of, "clusterArn"));
    const pl_yaml *configuration = pl_yaml_get(cluster, "configuration");
    const pl_yaml *exec = pl_yaml_get(configuration, "executeCommandConfiguration");
    const pl_yaml *log = pl_yaml_get(exec, "logConfiguration");
    pl_str is_on = pl_node_text(of, "enableExecuteCommand");
    pl_record *to = pl_ecs_add(e, PL_EE_EXEC, name, of);

    if (is_on.n)
        pl_set_bool(to, PL_F_ECS_EXEC_IS_ON, pl_str_eq(is_on, PL_S("true")));
    if (!configuration)
        return;
    set_or_absent(to, PL_F_ECS_EXEC_LOGGING, pl_node_text(exec, "logging"));
    set_or_absent(to, PL_F_ECS_EXEC_KEY, pl_node_text(exec, "kmsKeyId"));
    pl_set_bool(to, PL_F_ECS_EXEC_HAS_LOG,
                pl_node_text(log, "cloudWatchLogGroupName").n ||
                    pl_node_text(log, "s3BucketName").n);
}

static void put_service_exec(pl_ecs_export *e, const pl_yaml *service)
{
    if (!is_gone(service))
        put_exec(e, pl_ecs_service_name(e, service), service);
}

/* A task can be started by hand, too. */
static void put_task_exec(pl_ecs_export *e, const pl_yaml *task)
{
    if (!pl_str_eq(pl_node_text(task, "lastStatus"), PL_S("STOPPED")))
        put_exec(e, pl_node_text(task, "taskArn"), task);
}

void pl_ecs_put_services(pl_ecs_export *e)
{
    pl_ecs_walk(e, "services", put_addresses);
    pl_ecs_walk(e, "services", put_service_platforms);
    pl_ecs_walk(e, "tasks", put_task_platform);
    pl_ecs_walk(e, "containerInstances", put_instance);
    pl_ecs_walk(e, "clusters", put_cluster);
    pl_ecs_walk(e, "clusters", put_unseen_services);
    pl_ecs_walk(e, "services", put_links);
    pl_ecs_walk(e, "services", put_service_exec);
    pl_ecs_walk(e, "tasks", put_task_exec);
}
