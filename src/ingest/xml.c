/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"
#include "ingest/readers.h"

#include <string.h>

pl_rc pl_ingest_xml(pl_ingest_out *out, pl_xml *xml, pl_str text, pl_err *err)
{
    pl_err why = {0};
    pl_rc rc = pl_xml_feed(xml, text, true, &why);

    if (rc == PL_FORMAT) {
        out->run.is_cut = true;
        pl_ingest_cut_said(out, why.text);
        return PL_OK;
    }
    if (rc)
        *err = why;
    return rc;
}

/* RFC 3339, or without a zone, which then is taken as UTC. */
bool pl_ingest_time(pl_str s, int64_t *ret_us)
{
    char text[64];

    if (pl_time_parse(s, ret_us))
        return true;
    if (!s.n || s.n + 2 > sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 'Z';
    return pl_time_parse((pl_str){text, s.n + 1}, ret_us);
}
