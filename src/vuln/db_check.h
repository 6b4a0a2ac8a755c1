/* SPDX-License-Identifier: Apache-2.0 */
/* The one check of a database file, before anything in it is believed. Private to the room. */
#pragma once

#include "vuln/db.h"

/* db has its bytes; fills span and text. PL_FORMAT says what is wrong. */
pl_rc pl_db_check(pl_advisories *db, pl_err *err) PL_MUST_USE;
