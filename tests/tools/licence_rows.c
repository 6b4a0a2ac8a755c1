/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lines from standard input and writes each with the SPDX expression made of it behind a tab:
 * for tests/unit/package/licences.tsv. */
#include "package/licence.h"

#include <string.h>

int main(void)
{
    PL_AUTO_LICENCES pl_licences *l = NULL;
    char line[PL_LICENCE_TEXT];
    pl_err err = {0};

    if (pl_licences_new(pl_content_builtin, &l, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    while (fgets(line, sizeof(line), stdin)) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_str text = {line, strcspn(line, "\t\n")};
        (void)pl_licence_expression(l, text, &out);
        (void)printf("%.*s\t%.*s\n", PL_F(text), PL_F(pl_buf_view(&out)));
    }
    return 0;
}
