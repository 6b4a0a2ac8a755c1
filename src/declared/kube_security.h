/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pod Security Standards (kubernetes.io, as of 1.34): which controls a pod breaks, and so which of
 * the levels it meets. A value that is not among those that a control allows breaks it, whatever
 * it is.
 */
#pragma once

#include "core/yaml_tree.h"

#include <stdint.h>

/* X(symbol, is of level restricted, name) */
#define PL_POD_CONTROLS(X)                                                                         \
    X(HOST_PROCESS, false, "baseline: HostProcess")                                                \
    X(HOST_NAMESPACES, false, "baseline: host namespaces")                                         \
    X(PRIVILEGED, false, "baseline: privileged containers")                                        \
    X(CAPABILITIES, false, "baseline: capabilities")                                               \
    X(HOST_PATHS, false, "baseline: hostPath volumes")                                             \
    X(HOST_PORTS, false, "baseline: host ports")                                                   \
    X(PROBE_HOSTS, false, "baseline: hosts of probes")                                             \
    X(APPARMOR, false, "baseline: AppArmor")                                                       \
    X(SELINUX, false, "baseline: SELinux")                                                         \
    X(PROC_MOUNT, false, "baseline: /proc mount type")                                             \
    X(SECCOMP, false, "baseline: seccomp")                                                         \
    X(SYSCTLS, false, "baseline: sysctls")                                                         \
    X(VOLUMES, true, "restricted: volume types")                                                   \
    X(ESCALATION, true, "restricted: privilege escalation")                                        \
    X(NON_ROOT, true, "restricted: running as non-root")                                           \
    X(NON_ROOT_USER, true, "restricted: running as non-root user")                                 \
    X(SECCOMP_SET, true, "restricted: seccomp")                                                    \
    X(CAPABILITIES_DROPPED, true, "restricted: capabilities")

typedef enum pl_pod_control {
#define X(sym, restricted, name) PL_POD_##sym,
    PL_POD_CONTROLS(X)
#undef X
        PL_POD_CONTROL_COUNT
} pl_pod_control;

/* Bit 1 << control is set for each that is broken. pod: its spec; meta may be NULL. */
uint32_t pl_pod_security(const pl_yaml *meta, const pl_yaml *pod);

/* "privileged", "baseline" or "restricted": the highest level that breaks nothing. */
const char *pl_pod_security_level(uint32_t broken);
const char *pl_pod_control_name(pl_pod_control control);
