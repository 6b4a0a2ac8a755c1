/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The services that a container's environment and arguments point to: hosts of URLs, of connection
 * strings and of variables and options whose names announce a host. Of a value nothing but a host
 * and a port is kept, and that only where both are beyond doubt: what could be a part of a password
 * is an element that cannot be read. Runs in the worker, before values are redacted.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "model/value.h"

/* container.destinations from container.env, container.secret_env and container.args, of which the
 * last is forgotten: unreadable (denied). PL_LIMIT: the arena is used
 * up. */
pl_rc pl_destinations_fill(pl_record *container, pl_arena *a, pl_err *err) PL_MUST_USE;

/* Neither loopback, link-local or private, nor a name that only the own network knows. */
bool pl_destination_is_external(pl_str host);
