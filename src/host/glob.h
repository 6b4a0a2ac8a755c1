/* SPDX-License-Identifier: Apache-2.0 */
/* Includes with a wildcard in their last component, as sshd, sudo and containerd have them. */
#pragma once

#include "host/facts.h"

/*
 * Adds the path itself, or what matches it, in name order. False: the directory is not gathered
 * yet, or (in *ret_reason) cannot be read; a missing directory matches nothing.
 */
bool pl_host_glob(pl_host_reading *f, pl_str pattern, pl_host_strs *paths, const char **ret_reason);
