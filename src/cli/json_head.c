/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_head.h"

void pl_cli_json_head(pl_jw *w, const pl_cli *cli, const char *schema)
{
    char now[PL_TIME_TEXT];

    pl_time_print(pl_now_us(cli->clock), now);
    pl_jw_object(w);
    pl_jw_key(w, "schema");
    pl_jw_c(w, schema);
    pl_jw_key(w, "tool");
    pl_jw_object(w);
    pl_jw_key(w, "name");
    pl_jw_c(w, "plimsoll");
    pl_jw_key(w, "version");
    pl_jw_c(w, cli->version);
    pl_jw_end(w);
    pl_jw_key(w, "generated_at");
    pl_jw_c(w, now);
}
