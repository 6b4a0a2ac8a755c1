/* SPDX-License-Identifier: Apache-2.0 */
/* The subject of an export while it is made. Everything lives in the reading's arena. */
#pragma once

#include "declared/ecs_export.h"
#include "declared/ecs_kinds.h"

typedef struct pl_ecs_list {
    pl_record **v;
    size_t n, room;
} pl_ecs_list;

typedef struct pl_ecs_export {
    pl_reading *r;
    const pl_yaml_documents *docs;
    pl_ecs_list lists[PL_EE_COUNT];
    pl_source_place *places;
    size_t n_places, room_places;
    bool is_full;
} pl_ecs_export;

/* One more element, whose first field is its name. Its other fields are unreadable (not-observed)
 * until they are set. at: where it stands; NULL: nowhere in the file. Never NULL, but useless once
 * is_full. */
pl_record *pl_ecs_add(pl_ecs_export *e, pl_ecs_element kind, pl_str name, const pl_yaml *at);

/* The part of a name or ARN behind its last "/". */
pl_str pl_ecs_short(pl_str arn);

/* Two ARNs are the same as a whole, for names of clusters and roles repeat in regions and accounts;
 * where one is a name, the names decide. */
bool pl_ecs_same(pl_str a, pl_str b);

/* Calls each for every item of that list in the documents: "services". */
typedef void (*pl_ecs_each)(pl_ecs_export *e, const pl_yaml *item);
void pl_ecs_walk(pl_ecs_export *e, const char *list, pl_ecs_each each);

/* Whether a document has that list. */
bool pl_ecs_has(const pl_ecs_export *e, const char *list);

/* The item of a list whose key has this value (pl_ecs_same); or NULL. */
const pl_yaml *pl_ecs_find(const pl_ecs_export *e, const char *list, const char *key, pl_str value);

/* "CLUSTER/SERVICE" */
pl_str pl_ecs_service_name(pl_ecs_export *e, const pl_yaml *service);

/* Of a platform that is an instance: its agent's version, empty if nothing tells it, also as one
 * number (1.97.1 is 1097001) if it is one. It has no platform version. */
void pl_ecs_agent_version(pl_record *to, pl_str version);

/* Tells the subject. is_export: a list that nothing tells of is not known, not empty. */
pl_rc pl_ecs_tell(pl_ecs_export *e, pl_str name, bool is_export, pl_err *err) PL_MUST_USE;

/* What services and clusters tell: services, platforms, clusters, links, exec. */
void pl_ecs_put_services(pl_ecs_export *e);
/* What task definitions tell: tasks and volumes. */
void pl_ecs_put_tasks(pl_ecs_export *e);
