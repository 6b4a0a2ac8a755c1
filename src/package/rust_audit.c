/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rust_audit.h"

#include "core/json_rd.h"
#include "package/limits.h"

static pl_rc read_crate(pl_json_rd *r, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_found f = {.kind = PL_FOUND_INSTALLED, .lang = PL_LANG_CARGO};
    pl_str kind = {"", 0};
    pl_json_slot slots[] = {
        {"name", &f.name}, {"version", &f.version}, {"source", &f.provenance}, {"kind", &kind}};

    if (!pl_json_enter_object(r))
        return PL_OK;
    for (pl_str key; pl_json_key(r, &key);)
        if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
            pl_json_skip(r);
    if (r->is_bad || pl_str_eq(kind, PL_S("build")) || !pl_found_is_whole(&f))
        return PL_OK;
    if (!pl_str_eq(f.provenance, PL_S("crates.io")) && !pl_str_eq(f.provenance, PL_S("git")))
        f.advisories = PL_S("none");
    return each(&f, arg, err);
}

pl_rc pl_rust_audit(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    bool has_packages = false;
    pl_rc rc = PL_OK;

    if (pl_json_enter_object(&r))
        for (pl_str key; !rc && pl_json_key(&r, &key);) {
            if (!pl_str_eq(key, PL_S("packages")) || !pl_json_enter_array(&r)) {
                if (!pl_str_eq(key, PL_S("packages")))
                    pl_json_skip(&r);
                continue;
            }
            has_packages = true;
            while (!rc && pl_json_item(&r))
                rc = read_crate(&r, a, each, arg, err);
        }
    if (rc)
        return rc;
    if (!pl_json_done(&r))
        return pl_fail(err, PL_FORMAT, "list of crates: no JSON: %s at byte %zu", r.why,
                       (size_t)(r.p - r.start));
    return has_packages ? PL_OK : pl_fail(err, PL_FORMAT, "list of crates: no packages");
}
