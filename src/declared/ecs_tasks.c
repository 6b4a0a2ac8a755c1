/* SPDX-License-Identifier: Apache-2.0 */
/* Task definitions: their roles and volumes. */
#include "declared/ecs_export_priv.h"

#include "core/attr.h"
#include "declared/ecs.h"
#include "declared/ecs_roles.h"
#include "declared/node.h"

static const pl_yaml *task_of(const pl_yaml *doc)
{
    const pl_yaml *task = pl_yaml_get(doc, "taskDefinition");
    return task ? task : doc;
}

/* ---- roles ---- */

static void put_role(pl_record *to, int field, pl_str role)
{
    if (role.n)
        pl_set_str(to, field, role);
    else
        pl_set_absent(to, field);
}

static pl_str name_of(pl_ecs_export *e, const pl_yaml *task)
{
    pl_str revision = pl_node_text(task, "revision");
    return pl_reading_text(e->r, "%.*s%s%.*s", PL_F(pl_node_text(task, "family")),
                           revision.n ? ":" : "", PL_F(revision));
}

static void put_task(pl_ecs_export *e, const pl_yaml *task)
{
    const pl_yaml *at = pl_yaml_get(task, "taskRoleArn");
    pl_str role = pl_ecs_short(pl_node_text(task, "taskRoleArn"));
    pl_record *to = pl_ecs_add(e, PL_EE_TASK, name_of(e, task), at ? at : task);

    put_role(to, PL_F_ECS_TASK_ROLE, role);
    put_role(to, PL_F_ECS_TASK_EXECUTION_ROLE,
             pl_ecs_short(pl_node_text(task, "executionRoleArn")));
    if (role.n)
        pl_ecs_role_faults(e->r, e->docs, pl_node_text(task, "taskRoleArn"), to,
                           PL_F_ECS_TASK_ROLE_FAULTS);
}

/* ---- volumes ---- */

static pl_record *add_volume(pl_ecs_export *e, pl_str of, const pl_yaml *volume, const char *type)
{
    pl_str name = pl_reading_text(e->r, "%.*s/%.*s", PL_F(of), PL_F(pl_node_text(volume, "name")));
    pl_record *to = pl_ecs_add(e, PL_EE_VOLUME, name, volume);

    pl_set_str(to, PL_F_ECS_VOLUME_TYPE, pl_str_c(type));
    return to;
}

static void put_flag(pl_record *to, int field, pl_str text)
{
    if (text.n)
        pl_set_bool(to, field, pl_str_eq(text, PL_S("true")));
}

static void put_efs(pl_ecs_export *e, pl_str of, const pl_yaml *volume, const pl_yaml *efs)
{
    pl_record *to = add_volume(e, of, volume, "efs");
    const pl_yaml *system =
        pl_ecs_find(e, "FileSystems", "FileSystemId", pl_node_text(efs, "fileSystemId"));

    pl_set_bool(to, PL_F_ECS_VOLUME_ENCRYPTS_TRANSIT,
                pl_str_eq(pl_node_text(efs, "transitEncryption"), PL_S("ENABLED")));
    put_flag(to, PL_F_ECS_VOLUME_ENCRYPTS_REST, pl_node_text(system, "Encrypted"));
}

static bool has_volume(const pl_yaml *deployment, pl_str name)
{
    const pl_yaml *list = pl_node_list(deployment, "volumeConfigurations");

    for (size_t i = 0; i < list->n; i++)
        if (pl_str_eq(pl_node_text(&list->items[i], "name"), name))
            return true;
    return false;
}

/* The service says what the volume is. */
static bool is_configured_by(const pl_yaml *service, pl_str definition, pl_str volume)
{
    const pl_yaml *deployments = pl_node_list(service, "deployments");
    bool is = has_volume(service, volume);

    if (!pl_str_eq(pl_ecs_short(pl_node_text(service, "taskDefinition")), definition))
        return false;
    for (size_t i = 0; i < deployments->n; i++)
        is |= has_volume(&deployments->items[i], volume);
    return is;
}

/* What is configured when the service is made stands there. */
static void put_late(pl_ecs_export *e, pl_str of, const pl_yaml *volume)
{
    for (size_t i = 0; i < e->docs->n; i++) {
        const pl_yaml *services = pl_node_list(&e->docs->v[i], "services");
        for (size_t k = 0; k < services->n; k++)
            if (is_configured_by(&services->items[k], of, pl_node_text(volume, "name")))
                return;
    }
    (void)add_volume(e, of, volume, "at launch");
}

/* A driver of its own, or options of the engine's own one, may put it onto the network. */
static bool is_elsewhere(const pl_yaml *docker)
{
    const pl_yaml *options = pl_yaml_get(docker, "driverOpts");
    pl_str driver = pl_node_text(docker, "driver");

    return (driver.n && !pl_str_eq(driver, PL_S("local"))) ||
           (options && !pl_yaml_is_null(options) && options->n);
}

/* Folders of the instance and volumes of its engine lie on its disks. */
static void put_volume(pl_ecs_export *e, pl_str of, const pl_yaml *volume)
{
    static const char *const local[] = {"name", "host", "dockerVolumeConfiguration",
                                        "configuredAtLaunch"};
    const pl_yaml *efs = pl_yaml_get(volume, "efsVolumeConfiguration");

    if (efs && !pl_yaml_is_null(efs)) {
        put_efs(e, of, volume, efs);
        return;
    }
    if (pl_str_eq(pl_node_text(volume, "configuredAtLaunch"), PL_S("true")))
        put_late(e, of, volume);
    for (size_t i = 0; volume->type == PL_YAML_MAPPING && i < volume->n; i++) {
        bool is_local = pl_yaml_is_null(&volume->items[2 * i + 1]);
        for (size_t k = 0; k < PL_COUNT(local); k++)
            is_local |= pl_str_eq(volume->items[2 * i].text, pl_str_c(local[k]));
        if (pl_str_eq(volume->items[2 * i].text, PL_S("dockerVolumeConfiguration")))
            is_local = !is_elsewhere(&volume->items[2 * i + 1]);
        if (!is_local) {
            pl_record *to = add_volume(e, of, volume, "");
            pl_set_str(to, PL_F_ECS_VOLUME_TYPE, volume->items[2 * i].text);
        }
    }
}

static void put_task_of(pl_ecs_export *e, const pl_yaml *doc)
{
    const pl_yaml *task = task_of(doc), *volumes = pl_node_list(task, "volumes");

    put_task(e, task);
    for (size_t i = 0; i < volumes->n; i++)
        put_volume(e, name_of(e, task), &volumes->items[i]);
}

/* ---- of services ---- */

static bool is_called(pl_ecs_export *e, const pl_yaml *task, pl_str definition)
{
    pl_str arn = pl_node_text(task, "taskDefinitionArn");
    return pl_ecs_same(arn.n ? arn : name_of(e, task), definition);
}

static bool is_known(pl_ecs_export *e, pl_str definition)
{
    for (size_t i = 0; i < e->docs->n; i++)
        if (pl_ecs_is(&e->docs->v[i]) && is_called(e, task_of(&e->docs->v[i]), definition))
            return true;
    for (size_t i = 0; i < e->lists[PL_EE_TASK].n; i++)
        if (pl_str_eq(pl_get(e->lists[PL_EE_TASK].v[i], 0)->u.s, pl_ecs_short(definition)))
            return true;
    return false;
}

/* A task definition that runs and is not in the export. */
static void put_unseen(pl_ecs_export *e, const pl_yaml *of)
{
    pl_str definition = pl_node_text(of, "taskDefinition");

    if (!definition.n || is_known(e, definition))
        return;
    (void)pl_ecs_add(e, PL_EE_TASK, pl_ecs_short(definition), pl_yaml_get(of, "taskDefinition"));
    (void)pl_ecs_add(e, PL_EE_VOLUME, pl_ecs_short(definition), pl_yaml_get(of, "taskDefinition"));
}

static void put_disks(pl_ecs_export *e, pl_str of, const pl_yaml *deployment)
{
    const pl_yaml *list = pl_node_list(deployment, "volumeConfigurations");

    for (size_t i = 0; i < list->n; i++) {
        const pl_yaml *disk = pl_yaml_get(&list->items[i], "managedEBSVolume");
        if (!disk)
            continue;
        pl_record *to = add_volume(e, of, &list->items[i], "ebs");
        pl_set_bool(to, PL_F_ECS_VOLUME_ENCRYPTS_TRANSIT, true);
        put_flag(to, PL_F_ECS_VOLUME_ENCRYPTS_REST, pl_node_text(disk, "encrypted"));
    }
}

static void put_service(pl_ecs_export *e, const pl_yaml *service)
{
    const pl_yaml *deployments = pl_node_list(service, "deployments");
    pl_str name = pl_ecs_service_name(e, service);

    if (pl_str_eq(pl_node_text(service, "status"), PL_S("INACTIVE")))
        return;
    put_unseen(e, service);
    put_disks(e, name, service);
    for (size_t i = 0; i < deployments->n; i++) {
        put_unseen(e, &deployments->items[i]);
        put_disks(e, name, &deployments->items[i]);
    }
}

void pl_ecs_put_tasks(pl_ecs_export *e)
{
    pl_ecs_walk(e, "services", put_service);
    for (size_t i = 0; i < e->docs->n; i++)
        if (pl_ecs_is(&e->docs->v[i]))
            put_task_of(e, &e->docs->v[i]);
}
