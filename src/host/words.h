/* SPDX-License-Identifier: Apache-2.0 */
/* Notices shown before login, compared by what they say and not by their line breaks. */
#pragma once

#include "host/facts.h"

/* Sets a string field to the SHA-256 of the file's words joined by one blank; absent: no words. */
void pl_host_set_words_digest(pl_host_reading *f, pl_str path, int field);
