/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is exported of ECS: the JSON that describe-services, describe-clusters, describe-tasks,
 * describe-container-instances and describe-task-definition of `aws ecs`, `aws efs
 * describe-file-systems` and `aws iam get-account-authorization-details` print, and task
 * definitions as they are registered. All documents of a file make one subject of kind "ecs"; what
 * one of them names is looked for in the others.
 */
#pragma once

#include "declared/reading.h"

bool pl_ecs_export_is(const pl_yaml *doc);

/* Tells nothing where no document is of ECS. */
pl_rc pl_ecs_export_read(pl_reading *r, const pl_yaml_documents *docs, pl_err *err) PL_MUST_USE;
