/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "cluster": kubeconfigs, and pages of an API server's lists, redacted
 * before anything leaves (audit/worker_engine.h).
 */
#pragma once

#include "core/jail.h"

pl_rc pl_worker_cluster(int in_fd, int out_fd, pl_str args, pl_err *err);
