/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are read as a report; what reads is rendered in every form. */
#include "core/arena.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_report_style style = {.columns = 80};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new((size_t)64 << 20);
    pl_assessment a;
    pl_derived d;
    pl_err err = {0};

    if (!arena || pl_report_read((pl_str){(const char *)data, size}, arena, &a, &err) != PL_OK ||
        pl_assessment_derive(&a, arena, &d, &err) != PL_OK)
        return 0;
    for (int f = PL_REPORT_HTML; f < PL_REPORT_FORMATS; f++) {
        PL_AUTO_BUF pl_buf out = {.max = PL_REPORT_HTML_MAX};
        pl_report_write(&a, &d, (pl_report_format)f, &style, &out);
    }
    return 0;
}
