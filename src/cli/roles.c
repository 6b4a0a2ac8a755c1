/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/roles.h"

#include "audit/workers.h"
#include "core/jail.h"
#include "engine/fields.h"
#include "engine/worker.h"
#include "host/host.h"
#include "image/fields.h"
#include "ledger/signer.h"
#include "package/package.h"
#include "report/report.h"
#include "vuln/import.h"

void pl_become_role(int argc, char **argv)
{
    /* Which bytes are parsed in which kind: architecture, "Who parses what, where". */
    const pl_worker_kind kinds[] = {
        {"engine", pl_engine_worker},
        {"engine-redact", pl_engine_redact_worker},
        {"host", pl_host_worker},
        {"image", pl_image_worker},
        {"osv", pl_osv_worker},
        pl_worker_report,
        {0},
    };
    pl_jail_main(argc, argv, kinds);
    pl_signer_main(argc, argv);
}

void pl_register_kinds(pl_schema *schema)
{
    pl_package_register(schema);
    pl_vuln_register(schema);
    pl_image_register(schema);
    pl_engine_register(schema);
    pl_host_register(schema);
}
