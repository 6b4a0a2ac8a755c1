/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that a file declares: what pl_container_parse made of it is completed as far as that
 * goes without an engine and a host. It counts as one that was never started.
 */
#pragma once

#include "model/value.h"

/*
 * world: an engine's record that holds what the file says of volumes and networks, in the fields
 * PL_F_ENGINE_VOLUMES and PL_F_ENGINE_NETWORKS; all else in it stays unreadable. The container's
 * relation to an engine does, too.
 */
void pl_container_declare(pl_arena *a, pl_record *world, pl_record *container);

/*
 * The same of an engine that files configure. engine: holds what pl_engine_parse made of an /info
 * in whose words the files were put. file and arguments: what pl_settings_parse made of the
 * configuration file and of the options. Each setting gets its value and its source, as that of an
 * engine that was started with them.
 */
void pl_engine_declare(pl_arena *a, pl_record *engine, pl_record *file, pl_record *arguments);

/* Calls take for each field of a container that a path of its inspect document decides. element:
 * of a list, the item's text or name, which may decide fields of its own. */
void pl_container_fields_of(pl_str path, pl_str element, void (*take)(int field, void *arg),
                            void *arg);
