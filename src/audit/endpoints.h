/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of a run: how they are named, and with what they are judged. */
#pragma once

#include "audit/audit.h"
#include "core/char.h"
#include "probe/limits.h"
#include "probe/probe.h"

/* https://HOST[:PORT], http://HOST[:PORT], HOST:PORT; text points into `text`. PL_USAGE. */
pl_rc pl_endpoint_target_read(const char *text, pl_endpoint_target *ret, pl_err *err) PL_MUST_USE;

/* What one audit or probe looks at. */
typedef struct pl_endpoint_list {
    pl_endpoint_target *items; /* at most PL_PROBE_ENDPOINTS */
    size_t n;
    bool is_cut;                            /* there were more */
    pl_str registries[PL_PROBE_REGISTRIES]; /* HOST:PORT; that images come from */
    size_t n_registries;
} pl_endpoint_list;

/* ecs_agent.c: asks the container agent of an ECS instance, if this host is one. */
pl_rc pl_run_audit_ecs_agent(pl_run *r, const pl_record *host, pl_err *err) PL_MUST_USE;

/* endpoints_here.c: those of this host, by its listeners. engine: its record, or NULL; containers:
 * records of kind container. Text lives in the run's arena or in the records. */
pl_rc pl_run_endpoints_here(pl_run *r, const pl_subject *host, const pl_record *engine,
                            const pl_subject *containers, size_t n_containers,
                            pl_endpoint_list *ret, pl_err *err) PL_MUST_USE;

/* endpoints_container.c: the published ports of that container. PL_NOTFOUND: there is no engine, no
 * such container, or no port. */
pl_rc pl_run_endpoints_of(pl_run *r, const pl_probe_scope *scope, pl_str name,
                          pl_endpoint_list *ret, pl_err *err) PL_MUST_USE;

/* The system's authorities, those of the scope's file, and its fingerprints. */
pl_rc pl_run_endpoint_trust(pl_run *r, const pl_probe_scope *s, pl_endpoint_trust *ret,
                            pl_err *err) PL_MUST_USE;
