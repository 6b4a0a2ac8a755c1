/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an image's record that hang on the day it is looked at, and on nothing else: its
 * age, and how long its distribution is supported. So a record that was made earlier becomes that
 * of today. Any thread.
 */
#pragma once

#include "image/fields.h"

/* From image.created and image.os.*; fields that say that nothing is known stay as they are. */
void pl_image_set_ages(pl_record *image, int64_t now_us);
