/* SPDX-License-Identifier: Apache-2.0 */
/* An OSV record: what the worker accepts, the importer decodes, to the same bytes. */
#include "vuln/osv.h"
#include "vuln/osv_range.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)64 << 20);
    PL_AUTO_BUF pl_buf wire = {0}, again = {0};
    pl_osv_record rec, copy;
    pl_err err = {0};

    pl_rd raw = pl_rd_of(data, size);
    if (pl_osv_decode(&raw, a, &copy, &err) == PL_OK && !copy.n_names)
        abort();
    err = (pl_err){0};
    pl_rc rc = pl_osv_parse((pl_str){(const char *)data, size}, a, &rec, &err);
    if (rc != PL_OK) {
        if (err.rc != rc || !err.len)
            abort();
        return 0;
    }
    pl_osv_encode(&rec, &wire);
    pl_rd r = pl_rd_of(wire.p, wire.n);
    if (!pl_buf_ok(&wire) || pl_osv_decode(&r, a, &copy, &err) != PL_OK || !pl_rd_done(&r))
        abort();
    pl_osv_encode(&copy, &again);
    if (!pl_str_eq(pl_buf_view(&wire), pl_buf_view(&again)))
        abort();
    return 0;
}
