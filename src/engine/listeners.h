/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP sockets of the engine's and of containerd's process. */
#pragma once

#include "engine/live.h"

/* Fills engine.api_listeners (probed) and engine.containerd_open_addresses. */
void pl_listeners_read(pl_live *l);
