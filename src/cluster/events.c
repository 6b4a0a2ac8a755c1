/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a watch says: objects that changed, bookmarks, and errors, as
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes has
 * it.
 */
#include "cluster/objects.h"

#include "cluster/limits.h"
#include "core/json_tree.h"
#include "declared/node.h"

#include <string.h>

static pl_rc read_error(const pl_yaml *status, bool *ret_is_gone, pl_err *err)
{
    pl_str code = pl_node_text(status, "code"),
           said = pl_str_sub(pl_node_text(status, "message"), 0, PL_CLUSTER_SAID_MAX);

    *ret_is_gone = pl_str_eq(code, PL_S("410"));
    return pl_fail(err, PL_FORMAT, "the server breaks off: %.*s %.*s", PL_F(pl_str_sub(code, 0, 8)),
                   PL_F(said));
}

/* Of the kind that was asked for, with a name to be known again by. */
static pl_rc check_object(const pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_str kind = pl_node_text(object, "kind");

    if (!pl_str_eq(kind, pl_str_c(pl_cluster_list_of(o->list)->kind)))
        return pl_fail(err, PL_FORMAT, "tells of a \"%.*s\"", PL_F(pl_str_sub(kind, 0, 60)));
    if (!pl_node_text(pl_object_meta(object), "name").n)
        return pl_fail(err, PL_FORMAT, "tells of an object without a name");
    return PL_OK;
}

static pl_rc read_event(pl_objects *o, const pl_yaml *v, bool *ret_is_gone, pl_err *err)
{
    static const struct {
        const char *type;
        pl_cluster_change change;
    } rows[] = {{"ADDED", PL_CLUSTER_CHANGED},
                {"MODIFIED", PL_CLUSTER_CHANGED},
                {"DELETED", PL_CLUSTER_DELETED}};
    pl_str type = pl_node_text(v, "type");
    const pl_yaml *object = pl_yaml_get(v, "object");

    if (pl_str_eq(type, PL_S("BOOKMARK")))
        return PL_OK;
    if (pl_str_eq(type, PL_S("ERROR")))
        return read_error(object, ret_is_gone, err);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        if (!pl_str_eq(type, pl_str_c(rows[i].type)))
            continue;
        pl_rc rc = check_object(o, object, err);
        return rc ? rc : pl_objects_take(o, rows[i].change, object, err);
    }
    return pl_fail(err, PL_FORMAT, "is no event but \"%.*s\"", PL_F(pl_str_sub(type, 0, 60)));
}

pl_rc pl_events_read(pl_objects *o, pl_arena *tree, pl_str text, bool *ret_is_gone, pl_err *err)
{
    pl_str rest = text, line;
    pl_rc rc = PL_OK;

    for (size_t n = 0; !rc && rest.n; n++) {
        pl_yaml v = {0};
        bool is_whole = memchr(rest.p, '\n', rest.n) != NULL;
        (void)pl_str_cut(&rest, '\n', &line);
        if (!is_whole)
            return pl_fail(err, PL_FORMAT, "ends in the middle of an event");
        if (n == PL_CLUSTER_EVENTS)
            return pl_fail(err, PL_LIMIT, "more than %d events", PL_CLUSTER_EVENTS);
        pl_arena_reset(tree);
        rc = pl_json_tree(tree, line, PL_CLUSTER_PAGE_NODES, &v, err);
        if (!rc)
            rc = read_event(o, &v, ret_is_gone, err);
    }
    return rc;
}
