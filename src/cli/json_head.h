/* SPDX-License-Identifier: Apache-2.0 */
/* How the small JSON documents of verbs begin: schema, tool, generated_at (ground rules, Output).
 */
#pragma once

#include "cli/cli.h"
#include "core/json_write.h"

/* Opens the document's object and writes the three; the caller goes on and ends it. */
void pl_cli_json_head(pl_jw *w, const pl_cli *cli, const char *schema);
