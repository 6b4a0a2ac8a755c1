/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of room patch. */
#pragma once

enum {
    PL_PLAN_IMAGES = 20000,     /* images of one plan */
    PL_PLAN_CONTAINERS = 50000, /* containers that are to be replaced */
};
