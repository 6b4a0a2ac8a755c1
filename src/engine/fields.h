/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of room engine: one table of fields each (KIND.def), one enum of their indexes.
 * Environment variables and labels are in model/common.h.
 */
#pragma once

#include "model/common.h"
#include "model/value.h"

/* X(file and C name, kind's name, is a subject, help) */
#define PL_ENGINE_KINDS(X)                                                                         \
    X(container, "container", true, "A container, running or not")                                 \
    X(engine, "engine", true, "A Docker or Podman engine")                                         \
    X(mount, "mount", false, "A mount of a container")                                             \
    X(port, "port", false, "A port on the host that leads to a container")                         \
    X(device, "device", false, "A host device given to a container")                               \
    X(ulimit, "ulimit", false, "A resource limit")                                                 \
    X(tmpfs, "tmpfs", false, "A temporary file system in a container")                             \
    X(secret_file, "secret_file", false, "A file with a secret in a running container")            \
    X(sysctl, "sysctl", false, "A kernel parameter")                                               \
    X(log_option, "log_option", false, "An option of a log driver")                                \
    X(capability, "capability", false, "A Linux capability that a container holds")                \
    X(destination, "destination", false, "A service that a container is told to talk to")          \
    X(attachment, "attachment", false, "A container on a network")                                 \
    X(peer, "peer", false, "A container on a network of another one")                              \
    X(network, "network", false, "A network of an engine")                                         \
    X(engine_volume, "engine_volume", false, "A volume of an engine")                              \
    X(stored_image, "stored_image", false, "An image in an engine's store")                        \
    X(leftover, "leftover", false, "A stopped container or unused volume")                         \
    X(runtime, "runtime", false, "An OCI runtime")                                                 \
    X(plugin, "plugin", false, "An engine plugin")                                                 \
    X(mirror, "mirror", false, "A registry mirror")                                                \
    X(api_listener, "api_listener", false, "A TCP socket of an engine process")                    \
    X(certificate, "certificate", false, "A certificate of an API listener")                       \
    X(swarm_node, "swarm_node", false, "A node of a swarm")                                        \
    X(swarm_service, "swarm_service", false, "A service of a swarm")                               \
    X(swarm_secret, "swarm_secret", false, "A secret in the store of a swarm")                     \
    X(swarm_value, "swarm_value", false, "A value that stands in a service or config of a swarm")

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/container.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/engine.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/mount.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/port.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/device.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/ulimit.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/tmpfs.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/secret_file.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/sysctl.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/log_option.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/capability.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/destination.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/attachment.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/peer.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/network.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/engine_volume.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/stored_image.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/leftover.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/runtime.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/plugin.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/mirror.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/api_listener.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/certificate.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/swarm_node.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/swarm_service.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/swarm_secret.def"
#undef PL_FIELD
};

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "engine/swarm_value.def"
#undef PL_FIELD
};

#define X(sym, name, subject, help) extern const pl_kind pl_kind_##sym;
PL_ENGINE_KINDS(X)
#undef X

/* Adds all of them. Kinds "host", "image" and "file" are other rooms'. */
void pl_engine_register(pl_schema *s);
