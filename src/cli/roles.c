/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/roles.h"

#include "audit/inside.h"
#include "audit/worker_cluster.h"
#include "audit/worker_declared.h"
#include "audit/worker_engine.h"
#include "audit/worker_image.h"
#include "audit/worker_layer.h"
#include "cluster/client.h"
#include "cluster/kinds.h"
#include "core/jail.h"
#include "declared/ecs_kinds.h"
#include "engine/client.h"
#include "engine/fields.h"
#include "engine/worker.h"
#include "host/host.h"
#include "image/fields.h"
#include "image/store_worker.h"
#include "ingest/ingest.h"
#include "ledger/signer.h"
#include "malware/clamd.h"
#include "package/package.h"
#include "probe/probe.h"
#include "redact/redact.h"
#include "registry/client.h"
#include "registry/worker.h"
#include "report/report.h"
#include "vuln/feeds.h"
#include "vuln/fields.h"
#include "vuln/import.h"
#include "vuln/vex.h"

void pl_become_role(int argc, char **argv)
{
    /* Which bytes are parsed in which kind: architecture, "Who parses what, where". The jail keeps
     * the table as long as the program runs. */
    static pl_worker_kind kinds[24];
    const pl_worker_kind all[] = {
        {"engine", pl_engine_worker},
        {"engine-redact", pl_worker_engine, pl_redact_prepare},
        {"cluster", pl_worker_cluster, pl_redact_prepare},
        {"declared", pl_worker_declared, pl_redact_prepare},
        {"endpoint", pl_endpoint_worker},
        {"host", pl_host_worker},
        {PL_INGEST_WORKER, pl_ingest_worker, pl_redact_prepare},
        {"image", pl_worker_image, pl_worker_image_prepare, .has_beside = true},
        {"image-layer", pl_worker_layer, pl_worker_layer_prepare, .has_beside = true},
        {"store", pl_store_worker},
        {PL_OSV_WORKER, pl_osv_worker, pl_osv_worker_prepare},
        {PL_VEX_WORKER, pl_vex_worker},
        {PL_REGISTRY_WORKER, pl_registry_worker},
        {PL_LAYOUT_WORKER, pl_layout_worker},
        pl_worker_report,
        pl_worker_report_ids,
        pl_redact_worker,
        pl_inside_worker,
    };
    _Static_assert(PL_COUNT(all) < PL_COUNT(kinds), "the table ends with an empty row");

    for (size_t i = 0; i < PL_COUNT(all); i++)
        kinds[i] = all[i];
    pl_jail_main(argc, argv, kinds);
    pl_signer_main(argc, argv);
    pl_engine_client_main(argc, argv);
    pl_cluster_client_main(argc, argv);
    pl_clamd_main(argc, argv);
    pl_prober_main(argc, argv);
    pl_registry_fetcher_main(argc, argv);
}

void pl_register_kinds(pl_schema *schema)
{
    pl_package_register(schema);
    pl_vuln_register(schema);
    pl_image_register(schema);
    pl_engine_register(schema);
    pl_cluster_register(schema);
    pl_ecs_register(schema);
    pl_endpoint_register(schema);
    pl_host_register(schema);
}
