/* SPDX-License-Identifier: Apache-2.0 */
#include "image/fields.h"

#include "model/common.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field image_fields[] = {
#include "image/image.def"
};
static const pl_field layer_fields[] = {
#include "image/layer.def"
};
static const pl_field history_fields[] = {
#include "image/history.def"
};
static const pl_field file_fields[] = {
#include "image/image_file.def"
};
static const pl_field account_fields[] = {
#include "image/image_account.def"
};
static const pl_field setting_fields[] = {
#include "image/image_setting.def"
};
static const pl_field secret_fields[] = {
#include "image/image_secret.def"
};
static const pl_field malware_fields[] = {
#include "image/image_malware.def"
};
static const pl_field data_fields[] = {
#include "image/image_data.def"
};
static const pl_field host_fields[] = {
#include "image/image_host.def"
};
static const pl_field source_fields[] = {
#include "image/build_source.def"
};
#undef PL_FIELD

#define KIND(name, help, subject, fields)                                                          \
    {                                                                                              \
        name, help, subject, fields, PL_COUNT(fields)                                              \
    }

const pl_kind pl_image_kind = KIND("image", "A container image", true, image_fields);
const pl_kind pl_layer_kind = KIND("layer", "A layer of an image", false, layer_fields);
const pl_kind pl_history_kind = KIND("history", "A build step of an image", false, history_fields);
const pl_kind pl_image_file_kind = KIND("image_file", "A file of an image", false, file_fields);
const pl_kind pl_image_account_kind =
    KIND("image_account", "An account of an image", false, account_fields);
const pl_kind pl_image_setting_kind =
    KIND("image_setting", "A setting found in an image", false, setting_fields);

const pl_kind pl_image_secret_kind =
    KIND("image_secret", "A secret found in an image", false, secret_fields);
const pl_kind pl_image_malware_kind =
    KIND("image_malware", "Malware found in a file of an image", false, malware_fields);

const pl_kind pl_image_data_kind = KIND(
    "image_data", "Numbers of cards or people found in a file of an image", false, data_fields);

const pl_kind pl_image_host_kind =
    KIND("image_host", "A host of a vendor that a configuration file of an image names", false,
         host_fields);

const pl_kind pl_build_source_kind =
    KIND("build_source", "An image that a build file takes from", false, source_fields);

void pl_image_register(pl_schema *s)
{
    static const pl_kind *const kinds[] = {
        &pl_image_kind,        &pl_layer_kind,         &pl_history_kind,
        &pl_image_file_kind,   &pl_image_account_kind, &pl_image_setting_kind,
        &pl_image_secret_kind, &pl_image_malware_kind, &pl_image_data_kind,
        &pl_image_host_kind,   &pl_build_source_kind};

    pl_common_register(s);
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_schema_add(s, kinds[i]);
}
