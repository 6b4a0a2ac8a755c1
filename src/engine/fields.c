/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fields.h"

#include "core/attr.h"

static const pl_field container_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/container.def"
#undef PL_FIELD
};

static const pl_field engine_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/engine.def"
#undef PL_FIELD
};

static const pl_field mount_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/mount.def"
#undef PL_FIELD
};

static const pl_field port_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/port.def"
#undef PL_FIELD
};

static const pl_field device_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/device.def"
#undef PL_FIELD
};

static const pl_field ulimit_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/ulimit.def"
#undef PL_FIELD
};

static const pl_field tmpfs_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/tmpfs.def"
#undef PL_FIELD
};

static const pl_field secret_file_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/secret_file.def"
#undef PL_FIELD
};

static const pl_field sysctl_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/sysctl.def"
#undef PL_FIELD
};

static const pl_field log_option_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/log_option.def"
#undef PL_FIELD
};

static const pl_field capability_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/capability.def"
#undef PL_FIELD
};

static const pl_field destination_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/destination.def"
#undef PL_FIELD
};

static const pl_field attachment_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/attachment.def"
#undef PL_FIELD
};

static const pl_field peer_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/peer.def"
#undef PL_FIELD
};

static const pl_field network_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/network.def"
#undef PL_FIELD
};

static const pl_field engine_volume_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/engine_volume.def"
#undef PL_FIELD
};

static const pl_field stored_image_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/stored_image.def"
#undef PL_FIELD
};

static const pl_field leftover_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/leftover.def"
#undef PL_FIELD
};

static const pl_field runtime_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/runtime.def"
#undef PL_FIELD
};

static const pl_field plugin_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/plugin.def"
#undef PL_FIELD
};

static const pl_field mirror_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/mirror.def"
#undef PL_FIELD
};

static const pl_field api_listener_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/api_listener.def"
#undef PL_FIELD
};

static const pl_field certificate_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/certificate.def"
#undef PL_FIELD
};

static const pl_field swarm_node_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/swarm_node.def"
#undef PL_FIELD
};

static const pl_field swarm_service_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/swarm_service.def"
#undef PL_FIELD
};

static const pl_field swarm_secret_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/swarm_secret.def"
#undef PL_FIELD
};

static const pl_field swarm_value_fields[] = {
#define PL_FIELD PL_FIELD_ROW
#include "engine/swarm_value.def"
#undef PL_FIELD
};

#define X(sym, word, subject, text)                                                                \
    const pl_kind pl_kind_##sym = {.name = word,                                                   \
                                   .help = text,                                                   \
                                   .is_subject = subject,                                          \
                                   .fields = sym##_fields,                                         \
                                   .n = PL_COUNT(sym##_fields)};
PL_ENGINE_KINDS(X)
#undef X

void pl_engine_register(pl_schema *s)
{
    pl_common_register(s);
#define X(sym, name, subject, help) pl_schema_add(s, &pl_kind_##sym);
    PL_ENGINE_KINDS(X)
#undef X
}
