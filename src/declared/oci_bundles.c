/* SPDX-License-Identifier: Apache-2.0 */
/* Many bundles, and what runtimes note of their containers. */
#include "declared/limits.h"
#include "declared/lxc.h"
#include "declared/node.h"
#include "declared/oci.h"
#include "engine/fields.h"

#include "core/rd.h"

#include <string.h>

/* ---- bundles ---- */

static pl_rc note(pl_reading *r, pl_str id, pl_rc why_rc, const pl_err *why, pl_err *err)
{
    static const pl_yaml nowhere = {0};
    return r->note(r, &nowhere, &(pl_reading_gap){id, pl_rc_reason(why_rc), why->text, true}, err);
}

static pl_rc read_document(pl_reading *r, pl_str id, pl_str text, pl_err *err)
{
    pl_yaml_documents docs = {0};
    pl_rc rc = pl_yaml_stream(r->arena, text, &docs, err);

    if (rc)
        return rc;
    if (docs.n != 1 || !pl_oci_is(&docs.v[0]))
        return pl_fail(err, PL_FORMAT, "is no configuration of a container");
    r->world = pl_record_new(r->arena, &pl_kind_engine);
    return r->world ? pl_oci_read_as(r, &docs.v[0], id, err)
                    : pl_fail(err, PL_LIMIT, "does not fit its budget");
}

static pl_rc read_lxc(pl_reading *r, pl_str id, pl_str text, pl_err *err)
{
    r->world = pl_record_new(r->arena, &pl_kind_engine);
    return r->world ? pl_lxc_read_as(r, text, id, err)
                    : pl_fail(err, PL_LIMIT, "does not fit its budget");
}

/* In an arena of its own, so that one bundle leaves the same room to the next. */
static pl_rc read_bundle(pl_reading *r, pl_str id, pl_str text, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *own = pl_arena_new(PL_DECLARED_BUDGET);
    pl_arena *before = r->arena;
    pl_err why = {0};

    if (!own)
        return pl_fail(err, PL_NOMEM, "bundle");
    r->arena = own;
    pl_rc rc = pl_lxc_is(text) ? read_lxc(r, id, text, &why) : read_document(r, id, text, &why);
    r->arena = before;
    return rc ? note(r, id, rc, &why, err) : PL_OK;
}

pl_rc pl_oci_bundles_read(pl_reading *r, pl_str bytes, pl_err *err)
{
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    pl_rc rc = PL_OK;

    while (!rc && pl_rd_ok(&in) && in.n) {
        pl_str id = pl_rd_lstr(&in), text = pl_rd_lstr(&in);
        if (pl_rd_ok(&in))
            rc = read_bundle(r, id, text, err);
    }
    return rc || pl_rd_ok(&in) ? rc : pl_fail(err, PL_FORMAT, "bundles: malformed");
}

/* ---- states ---- */

/* runc keeps the bundle among its labels, before those that are the container's annotations. */
static pl_str bundle_label(const pl_yaml *doc)
{
    const pl_yaml *labels = pl_node_list(pl_yaml_get(doc, "config"), "labels");
    pl_str found = {"", 0};

    for (size_t i = 0; i < labels->n; i++)
        if (pl_str_starts(labels->items[i].text, PL_S("bundle="))) {
            /* An annotation called bundle looks the same: then it is not known which is meant. */
            if (found.n)
                return (pl_str){"", 0};
            found = pl_str_sub(labels->items[i].text, 7, labels->items[i].text.n);
        }
    return found;
}

static pl_runtime_state state_of(const pl_yaml *doc)
{
    pl_runtime_state s = {.bundle = pl_node_text(doc, "bundle")};
    pl_str pid = pl_node_text(doc, "init_process_pid");

    if (!s.bundle.n)
        s.bundle = bundle_label(doc);
    if (!pl_str_i64(pid.n ? pid : pl_node_text(doc, "pid"), &s.pid) || s.pid < 0 ||
        s.pid > INT32_MAX)
        s.pid = 0;
    pl_str start = pl_node_text(doc, "init_process_start");
    if (!pl_str_u64(start.n ? start : pl_node_text(doc, "process-start-time"), &s.start_ticks))
        s.start_ticks = 0;
    return s;
}

static pl_rc read_state(pl_reading *r, pl_str text, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *own = pl_arena_new(PL_DECLARED_BUDGET);
    pl_yaml_documents docs = {0};
    pl_runtime_state s = {0};
    pl_err ignored;

    if (!own)
        return pl_fail(err, PL_NOMEM, "state");
    if (pl_yaml_stream(own, text, &docs, &ignored) == PL_OK && docs.n == 1)
        s = state_of(&docs.v[0]);
    return r->state(r, &s, err);
}

pl_rc pl_oci_states_read(pl_reading *r, pl_str bytes, pl_err *err)
{
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    pl_rc rc = PL_OK;

    while (!rc && pl_rd_ok(&in) && in.n) {
        pl_str text = pl_rd_lstr(&in);
        if (pl_rd_ok(&in))
            rc = read_state(r, text, err);
    }
    return rc || pl_rd_ok(&in) ? rc : pl_fail(err, PL_FORMAT, "states: malformed");
}
