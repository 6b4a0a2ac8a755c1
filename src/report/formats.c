/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats. */
#include "report/exchange.h"
#include "report/report.h"

static const struct {
    const char *word;
    void (*write)(const pl_assessment *a, pl_buf *out); /* NULL: one of our own forms */
} formats[] = {
    [PL_REPORT_HTML] = {"html", NULL},
    [PL_REPORT_JSON] = {"json", NULL},
    [PL_REPORT_SUMMARY] = {"summary", NULL},
    [PL_REPORT_TABLE] = {"table", NULL},
    [PL_REPORT_SARIF] = {"sarif", pl_report_sarif},
    [PL_REPORT_CYCLONEDX] = {"cyclonedx", pl_report_cyclonedx},
    [PL_REPORT_SPDX] = {"spdx", pl_report_spdx},
    [PL_REPORT_GITLAB] = {"gitlab", pl_report_gitlab},
    [PL_REPORT_JUNIT] = {"junit", pl_report_junit},
    [PL_REPORT_CSV] = {"csv", pl_report_csv},
    [PL_REPORT_OPENVEX] = {"openvex", pl_report_openvex},
};

_Static_assert(PL_COUNT(formats) == PL_REPORT_FORMATS, "a format has no row");

bool pl_report_format_parse(pl_str s, pl_report_format *ret)
{
    for (size_t i = 0; i < PL_COUNT(formats); i++) {
        if (!pl_str_eq(pl_str_c(formats[i].word), s))
            continue;
        *ret = (pl_report_format)i;
        return true;
    }
    return false;
}

void pl_report_write(const pl_assessment *a, const pl_derived *d, pl_report_format format,
                     const pl_report_style *style, pl_buf *out)
{
    if (formats[format].write)
        formats[format].write(a, out);
    else if (format == PL_REPORT_HTML)
        pl_report_html(a, d, out);
    else if (format == PL_REPORT_JSON)
        pl_report_json(a, d, true, out);
    else if (format == PL_REPORT_SUMMARY)
        pl_report_summary(a, d, style, out);
    else
        pl_report_table(a, d, style, out);
}
