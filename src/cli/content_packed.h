/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in content as it was packed while the program was built (cli/pack_content.c). */
#pragma once

#include "core/str.h"

pl_str pl_content_packed(void);
