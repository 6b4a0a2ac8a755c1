/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/roles.h"

/*
 * ledger.* is the signer's own, so it does not stand here. A gap is asked for by its own message.
 * What a person says has a role of its own: nothing that reads or judges may write it.
 */
const pl_role pl_roles[] = {
    {"cli", "commands: audit, scan, report",
     "scan.* check.result docker.inspect host.facts declared.* cluster.facts kubernetes.container "
     "endpoint.facts report.issued policy.change"},
    {"govern", "commands in which a person speaks: attest, evaluate, waive, window, review",
     "govern.attest govern.evaluate govern.waive govern.window review.day"},
    {"ingest", "ingest: what other tools found", "ingest.result"},
    {"engine", "the process that holds the engine's socket", "docker.inspect docker.event"},
    {"watch", "the process that reads kernel events", "runtime.* clock.*"},
    {"gate", "admission", "docker.authz k8s.admission policy.decision"},
    {"exporter", "the process that sends data out", "alert.* log.*"},
    {"forensics", "capture and quarantine", "forensic.capture"},
    {0},
};

const pl_role *pl_role_find(pl_str name)
{
    for (const pl_role *r = pl_roles; r->name; r++)
        if (pl_str_eq(name, pl_str_c(r->name)))
            return r;
    return NULL;
}

static bool matches(pl_str pattern, pl_str type)
{
    if (!pl_str_ends(pattern, PL_S(".*")))
        return pl_str_eq(pattern, type);
    return type.n >= pattern.n && pl_str_starts(type, pl_str_sub(pattern, 0, pattern.n - 1));
}

bool pl_role_may(const pl_role *role, pl_str type)
{
    pl_str rest = pl_str_c(role->types);
    pl_str pattern;

    while (pl_str_cut(&rest, ' ', &pattern))
        if (matches(pattern, type))
            return true;
    return false;
}
