/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the role of a task may do, from `aws iam get-account-authorization-details`: roles with
 * their trust, the policies in them and those attached to them.
 * Source: IAM JSON policy elements reference. Actions are compared without regard to case.
 */
#pragma once

#include "declared/reading.h"

bool pl_ecs_roles_is(const pl_yaml *doc);

/*
 * Sets field (a list of strings) of the record to the faults of the role with that ARN or name.
 * Unreadable (not-observed): no document knows the role, or one of its policies is in none and the
 * others have no fault.
 */
void pl_ecs_role_faults(pl_reading *r, const pl_yaml_documents *docs, pl_str role_arn,
                        pl_record *to, int field);
