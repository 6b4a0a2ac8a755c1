/* SPDX-License-Identifier: Apache-2.0 */
/* Pipfile.lock and packages.lock.json of NuGet. */
#include "core/json_rd.h"
#include "package/limits.h"
#include "package/locks.h"

static pl_rc end_json(pl_json_rd *r, pl_rc rc, pl_err *err)
{
    if (rc)
        return rc;
    return pl_json_done(r) ? PL_OK
                           : pl_fail(err, PL_FORMAT, "no JSON: %s at byte %zu", r->why,
                                     (size_t)(r->p - r->start));
}

/* ---- Pipfile.lock: {"default": {NAME: {"version": "==1.0", "hashes": [...]}}, "develop": ...} */

static void first_string(pl_json_rd *r, pl_arena *a, pl_str *to)
{
    pl_str one;

    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r)) {
        pl_json_string_head(r, a, PL_FOUND_TEXT_MAX, &one);
        if (!to->n)
            *to = one;
    }
}

static pl_rc read_pipfile_section(pl_json_rd *r, pl_arena *a, pl_found_scope scope,
                                  pl_found_each each, void *arg, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_json_enter_object(r))
        return PL_OK;
    for (pl_str name; !rc && pl_json_key(r, &name);) {
        pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_PYPI, .scope = scope, .name = name};
        pl_json_slot slots[] = {{"version", &f.version}, {"git", &f.provenance}};
        if (!pl_json_enter_object(r))
            continue;
        for (pl_str key; pl_json_key(r, &key);) {
            if (pl_str_eq(key, PL_S("hashes")))
                first_string(r, a, &f.integrity);
            else if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                pl_json_skip(r);
        }
        if (pl_str_starts(f.version, PL_S("==")))
            f.version = pl_str_sub(f.version, 2, f.version.n);
        if (!r->is_bad && pl_found_is_whole(&f))
            rc = each(&f, arg, err);
    }
    return rc;
}

pl_rc pl_pipfile_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    pl_rc rc = PL_OK;

    if (pl_json_enter_object(&r))
        for (pl_str key; !rc && pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("default")))
                rc = read_pipfile_section(&r, a, PL_SCOPE_NONE, each, arg, err);
            else if (pl_str_eq(key, PL_S("develop")))
                rc = read_pipfile_section(&r, a, PL_SCOPE_DEVELOPMENT, each, arg, err);
            else
                pl_json_skip(&r);
        }
    return end_json(&r, rc, err);
}

/* ---- packages.lock.json: {"dependencies": {FRAMEWORK: {NAME: {"type": ..., "resolved": ...}}}} */

static pl_rc read_nuget_framework(pl_json_rd *r, pl_arena *a, pl_found_each each, void *arg,
                                  pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_json_enter_object(r))
        return PL_OK;
    for (pl_str name; !rc && pl_json_key(r, &name);) {
        pl_found f = {.kind = PL_FOUND_LOCKED, .lang = PL_LANG_NUGET, .name = name};
        pl_str type = {"", 0};
        pl_json_slot slots[] = {
            {"resolved", &f.version}, {"contentHash", &f.integrity}, {"type", &type}};
        if (!pl_json_enter_object(r))
            continue;
        for (pl_str key; pl_json_key(r, &key);)
            if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_FOUND_TEXT_MAX))
                pl_json_skip(r);
        if (!r->is_bad && !pl_str_eq(type, PL_S("Project")) && pl_found_is_whole(&f))
            rc = each(&f, arg, err);
    }
    return rc;
}

pl_rc pl_nuget_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    pl_rc rc = PL_OK;

    if (pl_json_enter_object(&r))
        for (pl_str key; !rc && pl_json_key(&r, &key);) {
            if (!pl_str_eq(key, PL_S("dependencies"))) {
                pl_json_skip(&r);
            } else if (pl_json_enter_object(&r)) {
                for (pl_str framework; !rc && pl_json_key(&r, &framework);)
                    rc = read_nuget_framework(&r, a, each, arg, err);
            }
        }
    return end_json(&r, rc, err);
}
