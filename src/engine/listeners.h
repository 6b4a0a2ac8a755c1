/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP sockets of the engine's and of containerd's process. */
#pragma once

#include "engine/live.h"

/* Fills engine.api_listeners (probed) and engine.containerd_open_addresses. */
void pl_listeners_read(pl_live *l);

/* Adds the listeners of relays, once the containers are known. */
void pl_relays_read(pl_live *l);

/* One row of engine.api_listeners, not probed yet. NULL: the arena is used up. */
pl_record *pl_listener_record(pl_live *l, const pl_proc_listener *s, const char *role,
                              pl_str holder);

/* Asks each socket from within the network namespace of pid, and writes the answers into the
 * records. Nothing happens for a recorded tree or where probes were refused. */
void pl_listener_probe(pl_live *l, int64_t pid, pl_record *const *items, const pl_proc_listener *s,
                       size_t n);
