/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

enum {
    PL_REMEDY_ROWS = 2000, /* of the content */
    PL_REMEDY_PATHS = 200, /* of one finding; its evidence shows no more */
};
