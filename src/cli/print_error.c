/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/text.h"

/* Names in the chain come from outside: escaped like everything that reaches a terminal. */
void pl_cli_print_error(pl_cli *cli, const pl_err *e)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_text_visible(&text, (pl_str){e->text, e->len}, PL_TEXT_ALL);
    (void)fprintf(cli->err, "plimsoll: %.*s\n", PL_F(pl_buf_view(&text)));
}
