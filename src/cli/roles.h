/* SPDX-License-Identifier: Apache-2.0 */
/* What this program can be besides a command: a worker in the jail, the signer, the engine client.
 */
#pragma once

#include "model/value.h"

/* First thing in main(): becomes one of them when argv says so, and never returns. */
void pl_become_role(int argc, char **argv);

/* All kinds of subjects and elements that the rooms know. */
void pl_register_kinds(pl_schema *schema);
