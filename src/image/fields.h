/* SPDX-License-Identifier: Apache-2.0 */
/* Field tables of the kinds that room image fills: image and its elements. */
#pragma once

#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "image/image.def"
};
enum {
#include "image/layer.def"
};
enum {
#include "image/history.def"
};
enum {
#include "image/image_file.def"
};
enum {
#include "image/image_account.def"
};
enum {
#include "image/image_setting.def"
};
enum {
#include "image/image_secret.def"
};
enum {
#include "image/image_malware.def"
};
enum {
#include "image/image_data.def"
};
enum {
#include "image/image_host.def"
};
enum {
#include "image/build_source.def"
};
#undef PL_FIELD

extern const pl_kind pl_image_kind, pl_layer_kind, pl_history_kind, pl_image_file_kind,
    pl_image_account_kind, pl_image_setting_kind, pl_image_secret_kind, pl_image_malware_kind,
    pl_image_data_kind, pl_image_host_kind, pl_build_source_kind;

void pl_image_register(pl_schema *s);
