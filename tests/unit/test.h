/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with the headers it wants, and the few assertions that this project adds. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/err.h"
#include "core/str.h"

#define assert_ok(rc, err)                                                                         \
    do {                                                                                           \
        if ((rc) != PL_OK)                                                                         \
            fail_msg("%s: %s", pl_rc_text(rc), (err).text);                                        \
    } while (0)

#define assert_str(s, literal)                                                                     \
    do {                                                                                           \
        if (!pl_str_eq((s), PL_S(literal)))                                                        \
            fail_msg("got \"%.*s\", want \"%s\"", PL_F(s), (literal));                             \
    } while (0)
