/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the engine that its host's files tell. */
#pragma once

#include "engine/live.h"

/* Security modules, profiles, subordinate ids, programs, plugins without an API, containerd. */
void pl_engine_host_read(pl_live *l);

/* certificates.c: the certificates of TLS listeners. */
void pl_certificates_read(pl_live *l);

/* hints.c: what other rooms need. */
void pl_hints_set(pl_live *l);
