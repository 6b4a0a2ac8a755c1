/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only several documents, or a document and the host, say together: the host path behind a
 * volume, which network is the default bridge, which containers share a namespace, what nothing
 * uses any more.
 */
#pragma once

#include "engine/live.h"

/* One container by itself. */
void pl_join_container(pl_live *l, pl_record *container);
void pl_join_mounts(pl_live *l, pl_record *container);
void pl_join_mount(pl_live *l, pl_record *mount);

/* container.peers and container.ways_in, after each was read. */
void pl_join_peers(pl_live *l, const pl_live_container *all, size_t n);

/* All containers together, after each was read. */
void pl_join_all(pl_live *l, pl_live_container *all, size_t n);
