/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a licence, and as a copyright file: what comes out stays what it is when it is read
 * again, and a policy can be asked about it. */
#include "package/copyright.h"
#include "package/licence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static pl_licences *l;
    const pl_str text = {(const char *)data, n}, any = PL_S("GPL-*");
    PL_AUTO_BUF pl_buf first = {0}, second = {0}, gathered = {0};

    if (!l && pl_licences_new(pl_content_builtin, &l, NULL))
        abort();
    bool is_known = pl_licence_expression(l, text, &first);
    if (is_known && first.n && first.n < PL_LICENCE_TEXT &&
        pl_licence_expression(l, pl_buf_view(&first), &second) != is_known)
        abort();
    (void)pl_licence_judge(text, (pl_strs){&any, 1}, (pl_strs){NULL, 0});
    pl_copyright_read(text, &gathered);
    return 0;
}
