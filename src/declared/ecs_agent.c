/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/ecs_agent.h"

#include "core/rd.h"
#include "declared/ecs_export_priv.h"
#include "declared/node.h"

#include <string.h>

/* The document of a good answer; NULL: it is none, or none that can be read. */
static const pl_yaml *document_of(pl_reading *r, pl_str answer)
{
    pl_yaml_documents docs = {0};
    pl_err ignored;
    const char *end = answer.n ? memmem(answer.p, answer.n, "\r\n\r\n", 4) : NULL;

    if (!end || !pl_str_starts(answer, PL_S("HTTP/1.")) ||
        !pl_str_eq(pl_str_sub(answer, 8, 4), PL_S(" 200")))
        return NULL;
    pl_str body = pl_str_sub(answer, (size_t)(end - answer.p) + 4, answer.n);
    if (pl_yaml_stream(r->arena, body, &docs, &ignored) != PL_OK || docs.n != 1 ||
        docs.v[0].type != PL_YAML_MAPPING)
        return NULL;
    return &docs.v[0];
}

/* "Amazon ECS Agent - v1.30.0 (02ff320c)" */
static pl_str version_of(pl_str text)
{
    const char *at = text.n ? memmem(text.p, text.n, " - v", 4) : NULL;
    pl_str rest = at ? pl_str_sub(text, (size_t)(at - text.p) + 4, text.n) : (pl_str){"", 0}, word;

    (void)pl_str_cut(&rest, ' ', &word);
    return word;
}

static void put_agent(pl_ecs_export *e, const pl_yaml *metadata)
{
    pl_str instance = pl_node_text(metadata, "ContainerInstanceArn");
    pl_str version = version_of(pl_node_text(metadata, "Version"));
    pl_record *to = pl_ecs_add(e, PL_EE_PLATFORM,
                               instance.n ? pl_ecs_short(instance) : PL_S("this instance"), NULL);

    pl_ecs_agent_version(to, version);
    if (pl_node_text(metadata, "Cluster").n)
        (void)pl_ecs_add(e, PL_EE_CLUSTER, pl_node_text(metadata, "Cluster"), NULL);
}

static void put_text(pl_record *to, int field, pl_str text)
{
    if (text.n)
        pl_set_str(to, field, text);
}

static void put_task(pl_ecs_export *e, const pl_yaml *task, pl_str cluster)
{
    const pl_yaml *list = pl_node_list(task, "Containers");
    pl_str definition = pl_reading_text(e->r, "%.*s:%.*s", PL_F(pl_node_text(task, "Family")),
                                        PL_F(pl_node_text(task, "Version")));

    for (size_t i = 0; i < list->n && !e->is_full; i++) {
        const pl_yaml *one = &list->items[i];
        pl_record *to = pl_ecs_add(e, PL_EE_RUNNING, pl_node_text(one, "DockerId"), NULL);
        if (e->is_full)
            return;
        put_text(to, PL_F_ECS_RUNNING_NAME, pl_node_text(one, "Name"));
        put_text(to, PL_F_ECS_RUNNING_TASK, pl_node_text(task, "Arn"));
        put_text(to, PL_F_ECS_RUNNING_DEFINITION, definition);
        put_text(to, PL_F_ECS_RUNNING_CLUSTER, cluster);
        put_text(to, PL_F_ECS_RUNNING_STATE, pl_node_text(task, "KnownStatus"));
    }
}

static pl_rc tell_lost(pl_reading *r, pl_err *err)
{
    static const pl_yaml nowhere = {0};
    return r->note(r, &nowhere,
                   &(pl_reading_gap){PL_S("/v1/tasks"), "unreadable",
                                     "the agent gave no list of its tasks that can be read", false},
                   err);
}

pl_rc pl_ecs_agent_read(pl_reading *r, pl_str bytes, pl_err *err)
{
    const pl_yaml_documents none = {0};
    pl_ecs_export e = {.r = r, .docs = &none};
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    pl_str first = pl_rd_lstr(&in), second = pl_rd_lstr(&in);

    if (!pl_rd_done(&in))
        return pl_fail(err, PL_FORMAT, "answers: malformed");
    const pl_yaml *metadata = document_of(r, first), *tasks = document_of(r, second);
    if (!pl_node_text(metadata, "Version").n)
        return pl_fail(err, PL_FORMAT, "/v1/metadata: no answer of an ECS agent");
    const pl_yaml *list = tasks ? pl_node_list(tasks, "Tasks") : NULL;
    put_agent(&e, metadata);
    for (size_t i = 0; list && i < list->n && !e.is_full; i++)
        put_task(&e, &list->items[i], pl_node_text(metadata, "Cluster"));
    pl_rc rc = tasks ? PL_OK : tell_lost(r, err);
    return rc ? rc : pl_ecs_tell(&e, PL_S("ECS agent"), true, err);
}
