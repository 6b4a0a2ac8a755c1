/* SPDX-License-Identifier: Apache-2.0 */
/* A small assessment with everything in it that a report shows, hostile names included. */
#pragma once

#include <string.h>

#include "core/attr.h"
#include "model/assessment.h"

enum { SAMPLE_CHECKS = 6, SAMPLE_SUBJECTS = 5, SAMPLE_FINDINGS = 24 };
enum { SAMPLE_ARENA = 8 << 20 };

#define SAMPLE_TIME INT64_C(1795254127120000) /* 2026-11-21T09:42:07.120000Z */

typedef struct sample {
    pl_finding findings[SAMPLE_FINDINGS];
    const pl_finding *list[SAMPLE_FINDINGS];
    pl_content content;
    pl_assessment a;
} sample;

static const pl_str sample_pci_6[] = {{"2.2.6", 5}};
static const pl_str sample_pci_7[] = {{"7.2.1", 5}, {"7.2.2", 5}};
static const pl_str sample_cfr[] = {{"11.10(d)", 8}};
static const pl_mapping sample_maps_a[] = {{PL_S("pci"), sample_pci_6, 1},
                                           {PL_S("cfr"), sample_cfr, 1}};
static const pl_mapping sample_maps_b[] = {{PL_S("pci"), sample_pci_7, 2}};

static const pl_remedy_step sample_steps[] = {{PL_S("docker.run"), PL_S("--user 1000:1000")}};

static const pl_check sample_checks[SAMPLE_CHECKS] = {
    {.id = PL_S("CTR-001"),
     .title = PL_S("The container does not run as root"),
     .kind = PL_S("container"),
     .severity = PL_HIGH,
     .owner = PL_S("application"),
     .method = PL_S("inspect .Config.User and the image's user"),
     .rationale = PL_S("Root in the container is root on the host once it gets out."),
     .remedy = PL_S("Set a user of its own."),
     .steps = sample_steps,
     .n_steps = 1,
     .controls = sample_maps_a,
     .n_controls = 2},
    {.id = PL_S("CTR-002"),
     .title = PL_S("Memory is limited"),
     .kind = PL_S("container"),
     .severity = PL_MEDIUM,
     .owner = PL_S("application"),
     .controls = sample_maps_a,
     .n_controls = 2},
    {.id = PL_S("HOST-001"),
     .title = PL_S("Only operators reach the engine socket"),
     .kind = PL_S("host"),
     .severity = PL_HIGH,
     .owner = PL_S("host"),
     .controls = sample_maps_b,
     .n_controls = 1},
    {.id = PL_S("ADM-001"),
     .title = PL_S("Logs are reviewed every day"),
     .kind = PL_S("host"),
     .needs = PL_S("attest"),
     .severity = PL_MEDIUM,
     .owner = PL_S("platform"),
     .controls = sample_maps_b,
     .n_controls = 1},
    {.id = PL_S("K8S-001"),
     .title = PL_S("Anonymous requests are refused"),
     .kind = PL_S("host"),
     .needs = PL_S("cluster"),
     .severity = PL_HIGH,
     .owner = PL_S("platform")},
    {.id = PL_S("IMG-001"),
     .title = PL_S("The image holds no secret"),
     .kind = PL_S("image"),
     .severity = PL_CRITICAL,
     .owner = PL_S("base-image")},
};

static const pl_requirement sample_pci[] = {
    {PL_S("2.2"), PL_S("Components are configured securely"), PL_S("2 Secure configuration"),
     PL_S("technical"), true, PL_S("")},
    {PL_S("2.2.6"), PL_S("Security parameters prevent misuse"), PL_S("2 Secure configuration"),
     PL_S("technical"), false, PL_S("")},
    {PL_S("7.2.1"), PL_S("An access model exists"), PL_S("7 Access"), PL_S("administrative"), false,
     PL_S("")},
    {PL_S("7.2.2"), PL_S("Access by need"), PL_S("7 Access"), PL_S("technical"), false, PL_S(""),
     PL_S("hostile"), PL_S("weaken")},
    {PL_S("9.1.1"), PL_S("Doors are locked"), PL_S("9 Physical access"), PL_S("physical"), false,
     PL_S("")},
};

static const pl_requirement sample_cfr_rows[] = {
    {PL_S("11.10(d)"), PL_S("System access limited to authorized individuals"), PL_S("Subpart B"),
     PL_S("technical"), false, PL_S("")},
};

static const pl_framework sample_frameworks[] = {
    {PL_S("pci"), PL_S("PCI sample"), PL_S("Numbers only."), sample_pci, PL_COUNT(sample_pci)},
    {PL_S("cfr"), PL_S("CFR sample"), PL_S("Public domain."), sample_cfr_rows,
     PL_COUNT(sample_cfr_rows)},
};

static const pl_effect sample_effects[] = {
    {PL_S("hostile"), PL_S("weaken"), PL_S("Rights <b>lie</b> elsewhere."),
     PL_S("Who has \x1b[31mthem?")},
};

static const pl_content_change sample_own[] = {
    {PL_S("check CTR-001"), PL_S("changed"), PL_S("own/checks/<i>.yaml:12")},
    {PL_S("list paths"), PL_S("added"), PL_S("own/checks/a.yaml:1")},
};

static const pl_parameter sample_parameters[] = {
    {PL_S("zones"), PL_S("cde, <u>office</u>"), PL_S("plimsoll.yaml:3")},
};

static const pl_list sample_lists[] = {
    {.name = PL_S("engine_operators"),
     .is_policy = true,
     .is_unset = true,
     .help = PL_S("Users who may reach the engine socket")},
};

static const pl_subject_context sample_contexts[SAMPLE_SUBJECTS] = {
    {.host = PL_S("pay-1")},
    {.host = PL_S("pay-1"), .image = PL_S("legacy:1"), .image_id = PL_S("sha256:aa")},
    {.host = PL_S("pay-1"),
     .engine = PL_S("unix:///run/docker.sock"),
     .container = PL_S("web \xe2\x80\x93 \xe6\x97\xa5\xe6\x9c\xac"),
     .image = PL_S("legacy:1"),
     .namespace = PL_S("shop"),
     .pod = PL_S("web-0"),
     .cluster = PL_S("prod")},
    {.host = PL_S("pay-1"), .task = PL_S("=cmd|'/C calc'!A0"), .cluster = PL_S("prod")},
};

static const pl_subject sample_subjects[SAMPLE_SUBJECTS] = {
    {.kind = PL_S("host"),
     .key = PL_S("h1"),
     .name = PL_S("pay-1"),
     .klass = PL_S("h1"),
     .context = &sample_contexts[0]},
    {.kind = PL_S("image"),
     .key = PL_S("sha256:aa"),
     .name = PL_S("legacy:1"),
     .klass = PL_S("legacy"),
     .context = &sample_contexts[1]},
    {.kind = PL_S("container"),
     .key = PL_S("c1"),
     .name = PL_S("web \xe2\x80\x93 \xe6\x97\xa5\xe6\x9c\xac"),
     .klass = PL_S("shop/web"),
     .context = &sample_contexts[2]},
    {.kind = PL_S("container"),
     .key = PL_S("c2"),
     .name = PL_S("</script><script>alert(1)</script>\n\x1b[31m=cmd|'/C calc'!A0"),
     .klass = PL_S("x"),
     .context = &sample_contexts[3]},
    {.kind = PL_S("container"),
     .key = PL_S("c3"),
     .name = PL_S("abc\xe2\x80\xaegpj.exe\"><img src=x onerror=alert(2)>"),
     .klass = PL_S("y")},
};

static const pl_named sample_attrs[] = {{PL_S("image"), PL_S("legacy:1")}};

static const pl_scope_subject sample_scope[SAMPLE_SUBJECTS] = {
    {&sample_subjects[0], NULL, 0},         {&sample_subjects[1], NULL, 0},
    {&sample_subjects[2], sample_attrs, 1}, {&sample_subjects[3], sample_attrs, 1},
    {&sample_subjects[4], sample_attrs, 1},
};

static const pl_evidence sample_values[] = {
    {"container.user", PL_S("root")},
    {"container.env", PL_S("absent\n<b>")},
};

static pl_str sample_aliases[] = {PL_S("DSA-1-1")};

static const pl_vuln_facts sample_vulns[] = {
    {.advisory = PL_S("CVE-2024-0001"),
     .aliases = sample_aliases,
     .n_aliases = 1,
     .package = PL_S("libssl3"),
     .version = PL_S("3.0.1-1"),
     .source = PL_S("openssl"),
     .source_version = PL_S("3.0.1-1"),
     .ecosystem = PL_S("Debian:12"),
     .purl = PL_S("pkg:deb/debian/libssl3@3.0.1-1"),
     .fixed_version = PL_S("3.0.2-1"),
     .summary = PL_S("A flaw"),
     .kev = true,
     .kev_due = PL_S("2024-05-01"),
     .cvss_tenths = 98,
     .epss_ppm = 523400},
    {.advisory = PL_S("CVE-2023-0002"),
     .package = PL_S("bash"),
     .version = PL_S("5.1-2"),
     .source = PL_S("bash"),
     .ecosystem = PL_S("Debian:12"),
     .purl = PL_S("pkg:deb/debian/bash@5.1-2"),
     .kev_gap = "feed-stale",
     .cvss_tenths = -1,
     .epss_ppm = -1,
     .epss_gap = "feed-missing"},
};

static const pl_feed_state sample_feeds[] = {
    {PL_S("Debian"), PL_S("2026-11-19"), PL_S("https://osv.example/"),
     SAMPLE_TIME - INT64_C(172800000000), false},
};

static const pl_scope_package sample_packages[] = {
    {.subject = &sample_subjects[1],
     .type = PL_S("deb"),
     .name = PL_S("libssl3"),
     .version = PL_S("3.0.1-1"),
     .arch = PL_S("amd64"),
     .source = PL_S("openssl"),
     .source_version = PL_S("3.0.1-1"),
     .ecosystem = PL_S("Debian:12"),
     .purl = PL_S("pkg:deb/debian/libssl3@3.0.1-1"),
     .path = PL_S("/var/lib/dpkg/status"),
     .layer = PL_S("sha256:11"),
     .owner = PL_S("base-image"),
     .licence = PL_S("Apache-2.0"),
     .licence_spdx = PL_S("Apache-2.0")},
    {.subject = &sample_subjects[1],
     .type = PL_S("deb"),
     .name = PL_S("bash"),
     .version = PL_S("5.1-2"),
     .ecosystem = PL_S("Debian:12"),
     .purl = PL_S("pkg:deb/debian/bash@5.1-2"),
     .path = PL_S("/var/lib/dpkg/status"),
     .owner = PL_S("base-image")},
    {.subject = &sample_subjects[1],
     .type = PL_S("npm"),
     .name = PL_S("=cmd|'/C calc'!A0</script>\x1b[31m"),
     .version = PL_S("1.0.0"),
     .path = PL_S("/srv/node_modules/x/package.json"),
     .owner = PL_S("application"),
     .licence = PL_S("SEE LICENSE IN x"),
     .licence_spdx = PL_S("LicenseRef-SEE-LICENSE-IN-x")},
};

static const pl_gap sample_gaps[] = {
    {PL_S("image redis:7"), PL_S("limit:layers"), PL_S("more than 10,000 layers"), PL_S("")},
};

static const pl_exclusion sample_exclusions[] = {
    {PL_S("Swarm"), PL_S("the engine is no swarm node"), PL_S("swarm")},
};

static const pl_engine_attempt sample_engines[] = {
    {PL_S("DOCKER_HOST"), PL_S(""), PL_S("not set"), false},
    {PL_S("default socket"), PL_S("unix:///run/docker.sock"), PL_S("used"), true},
};

static const pl_place sample_places[] = {
    {PL_S("report"), PL_S("/var/lib/plimsoll/report.html")},
    {PL_S("state"), PL_S("/var/lib/plimsoll")},
    {PL_S("log"), PL_S("/var/lib/plimsoll/ledger")},
};

static const pl_evidence_item sample_items[] = {
    {7, PL_S("docker.inspect"), PL_S("inspect"), PL_S("c1"), PL_S("engine"), PL_S("aa11"),
     SAMPLE_TIME - 60000000},
    {12, PL_S("check.result"), PL_S("verdicts"), PL_S("c1"), PL_S("rules"), PL_S("bb22"),
     SAMPLE_TIME - 1000000},
};

static inline pl_finding *sample_add(sample *s, size_t check, size_t subject, pl_verdict verdict)
{
    size_t n = s->a.n_findings++;
    pl_finding *f = &s->findings[n];

    *f = (pl_finding){.check = &sample_checks[check],
                      .subject = &sample_subjects[subject],
                      .verdict = verdict,
                      .severity = sample_checks[check].severity,
                      .owner = sample_checks[check].owner,
                      .first_seen_us = SAMPLE_TIME - INT64_C(864000000000),
                      .ledger_index = 10 + (int64_t)subject};
    pl_finding_id(f->subject->klass, f->check->id, (pl_str){"", 0}, f->id);
    memset(f->evidence_hash, 'a', PL_HASH_HEX - 1);
    memset(f->revision, 'b', sizeof(f->revision) - 1);
    s->list[n] = f;
    return f;
}

static inline void sample_vuln(sample *s, size_t which, pl_severity severity)
{
    pl_finding *f = sample_add(s, 5, 1, PL_FAIL);

    f->check = NULL;
    f->vuln = &sample_vulns[which];
    f->severity = severity;
    f->revision[0] = '\0';
    pl_finding_id(f->subject->klass, f->vuln->advisory, f->vuln->package, f->id);
}

static inline void sample_bad_day(sample *s)
{
    pl_finding *f = sample_add(s, 0, 2, PL_FAIL);
    f->evidence = sample_values;
    f->n_evidence = 2;
    sample_add(s, 0, 3, PL_FAIL)->element = PL_S("uid=0\n");
    (void)sample_add(s, 0, 4, PL_PASS);
    (void)sample_add(s, 1, 2, PL_PASS);
    f = sample_add(s, 1, 3, PL_UNKNOWN);
    f->reason = "timeout";
    f->reason_field = "container.memory";
    sample_add(s, 1, 4, PL_NOT_APPLICABLE)->reason = "empty";
    sample_add(s, 2, 0, PL_UNKNOWN)->reason = "needs:policy";
    sample_add(s, 3, 0, PL_UNKNOWN)->reason = "needs:attest";
    sample_add(s, 4, 0, PL_UNKNOWN)->reason = "needs:cluster";
    (void)sample_add(s, 5, 1, PL_PASS);
    sample_vuln(s, 0, PL_CRITICAL);
    sample_vuln(s, 1, PL_UNKNOWN_SEVERITY);
    s->a.gaps = sample_gaps;
    s->a.n_gaps = 1;
}

/* ---- what people said ---- */

static const pl_statement_file sample_files[] = {{PL_S("plan </td>\x1b[2J.pdf"), PL_S("ff55"), 42}};
static const pl_str sample_written[] = {PL_S("A /tmp/x"), PL_S("C /etc/\x1b[31mpasswd")};
static const pl_str sample_executed[] = {PL_S("sh -c 'id'")};

static const pl_requirement_id sample_named[] = {{PL_S("pci_dss_4_0_1"), PL_S("10.4.1")}};

static const pl_statement sample_statements[] = {
    {.kind = "attestation",
     .state = "in-force",
     .number = 14,
     .what = PL_S("ADM-001"),
     .title = PL_S("Logs are reviewed every day"),
     .by = PL_S("A. \"Op\" <script>alert(1)</script>"),
     .text = PL_S("read\nall of it \x1b[31m \xe2\x80\xae, found 'none'"),
     .owner = PL_S("platform"),
     .said_us = SAMPLE_TIME - INT64_C(3600000000),
     .until_us = INT64_C(1795392000000000), /* 2026-11-23T00:00:00Z */
     .uid = 0,
     .requirements = sample_named,
     .n_requirements = 1,
     .files = sample_files,
     .n_files = 1},
    {.kind = "waiver",
     .state = "in-force",
     .number = 15,
     .what = PL_S("F-AAAAAAAAAAAAAAAA"),
     .title = PL_S("Memory is limited"),
     .scope = PL_S("container:batch"),
     .by = PL_S("B"),
     .approver = PL_S("C"),
     .text = PL_S("=1+1; it ends by itself"),
     .compensating = PL_S("HOST-001"),
     .said_us = SAMPLE_TIME - INT64_C(7200000000),
     .until_us = SAMPLE_TIME + INT64_C(864000000000),
     .uid = 1000},
    {.kind = "waiver",
     .state = "lapsed",
     .number = 16,
     .what = PL_S("F-BBBBBBBBBBBBBBBB"),
     .by = PL_S("B"),
     .text = PL_S("only this user"),
     .why = PL_S("the evidence changed: container.user was 1000, is 0"),
     .uid = -1},
    {.kind = "window",
     .state = "closed",
     .number = 17,
     .what = PL_S("c1"),
     .title = PL_S("web"),
     .by = PL_S("D"),
     .text = PL_S("look at the heap"),
     .said_us = SAMPLE_TIME - INT64_C(5000000),
     .until_us = SAMPLE_TIME + INT64_C(5000000),
     .ended_us = SAMPLE_TIME - INT64_C(1000000),
     .written = sample_written,
     .n_written = 2,
     .executed = sample_executed,
     .n_executed = 1,
     .uid = 0},
};

static const pl_requirement_id sample_decided[] = {{PL_S("pci"), PL_S("2.2.6")}};
static const pl_str sample_explained[] = {PL_S("policy.registries")};
static const pl_ingested_row sample_results[] = {
    {PL_S("fail"), PL_S("high"), PL_S("static-analysis"), PL_S("=eval-of-input"),
     PL_S("input is run </skipped>"), PL_S("app/x y.py:12")},
    {PL_S("suppressed"), PL_S("low"), PL_S("static-analysis"), PL_S("S2"), PL_S("noted"),
     PL_S("app/z.py")},
    {PL_S("pass"), PL_S("unknown"), PL_S("static-analysis"), PL_S("S3"), PL_S(""), PL_S("")},
};

static const pl_ingested_control sample_borne[] = {
    {PL_S("CTR-001"), PL_S("static-analysis"), false, 1, 1, 1, SAMPLE_TIME}};

static const pl_ingested sample_ingested[] = {
    {.number = 9,
     .tool = PL_S("Reader of code"),
     .version = PL_S("2.1"),
     .format = PL_S("sarif"),
     .about = PL_S("shop"),
     .file = PL_S("code.sarif"),
     .sha256 = PL_S("ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77"),
     .bytes = 1200,
     .ran_us = SAMPLE_TIME - INT64_C(60000000),
     .recorded_us = SAMPLE_TIME - INT64_C(30000000),
     .uid = 0,
     .state = "supporting",
     .fail = 1,
     .suppressed = 1,
     .pass = 1,
     .controls = sample_borne,
     .n_controls = 1,
     .rows = sample_results,
     .n_rows = PL_COUNT(sample_results)},
    {.number = 10,
     .tool = PL_S("Matcher"),
     .format = PL_S("yara"),
     .sha256 = PL_S("aa77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77ff77"),
     .uid = -1,
     .state = "unproven"},
};

static const pl_decision sample_decisions[] = {
    {PL_S("0001-users.md"), PL_S("Every image has a user <b>"), PL_S("root is too much"), PL_S("E"),
     PL_S("2026-11-01"), PL_S("aa66"), sample_decided, 1, sample_explained, 1},
};
static const pl_change sample_changes[] = {
    {PL_S("policy.registries"), PL_S("a.example"), PL_S("a.example b.example"),
     PL_S("0001-users.md"), SAMPLE_TIME, 18},
    {PL_S("engine.live_restore"), PL_S("true"), PL_S(""), PL_S(""), SAMPLE_TIME, 18},
};

/* Everything that people can say, beside a pass and a fail. */
static inline void sample_signed_day(sample *s)
{
    pl_finding *f = sample_add(s, 0, 2, PL_FAIL);

    f->statement = &sample_statements[2];
    f->judged = PL_FAIL;
    f = sample_add(s, 1, 3, PL_WAIVED);
    f->statement = &sample_statements[1];
    f->judged = PL_FAIL;
    f = sample_add(s, 3, 0, PL_ATTESTED);
    f->statement = &sample_statements[0];
    f->judged = PL_UNKNOWN;
    (void)sample_add(s, 2, 0, PL_PASS);
    s->a.statements = sample_statements;
    s->a.n_statements = PL_COUNT(sample_statements);
    s->a.ingested = sample_ingested;
    s->a.n_ingested = PL_COUNT(sample_ingested);
    s->a.decisions = sample_decisions;
    s->a.n_decisions = PL_COUNT(sample_decisions);
    s->a.changes = sample_changes;
    s->a.n_changes = PL_COUNT(sample_changes);
}

static inline void sample_good_day(sample *s)
{
    for (size_t i = 2; i < SAMPLE_SUBJECTS; i++) {
        (void)sample_add(s, 0, i, PL_PASS);
        (void)sample_add(s, 1, i, PL_PASS);
    }
    (void)sample_add(s, 2, 0, PL_PASS);
    sample_add(s, 3, 0, PL_UNKNOWN)->reason = "needs:attest";
    sample_add(s, 4, 0, PL_UNKNOWN)->reason = "needs:cluster";
    (void)sample_add(s, 5, 1, PL_PASS);
}

/* Without findings; then sample_bad_day or sample_good_day. */
static inline void sample_init(sample *s)
{
    memset(s, 0, sizeof(*s));
    pl_assessment_init(&s->a);
    s->content = (pl_content){.checks = sample_checks,
                              .n_checks = SAMPLE_CHECKS,
                              .lists = sample_lists,
                              .n_lists = 1,
                              .frameworks = sample_frameworks,
                              .n_frameworks = PL_COUNT(sample_frameworks),
                              .effects = sample_effects,
                              .n_effects = PL_COUNT(sample_effects),
                              .changes = sample_own,
                              .n_changes = PL_COUNT(sample_own)};
    memset(s->content.digest, 'c', PL_HASH_HEX - 1);
    s->a.system = PL_S("pay-1.example");
    s->a.tool_version = PL_S("0.1.0");
    s->a.tool_build = PL_S("dd33");
    s->a.sandbox = PL_S("full");
    s->a.generated_us = SAMPLE_TIME;
    s->a.started_us = SAMPLE_TIME - INT64_C(3000000);
    s->a.content = &s->content;
    s->a.parameters = sample_parameters;
    s->a.n_parameters = PL_COUNT(sample_parameters);
    s->a.advisories = (pl_advisory_state){.present = true,
                                          .digest = PL_S("ee44"),
                                          .imported_us = SAMPLE_TIME - INT64_C(172800000000),
                                          .feeds = sample_feeds,
                                          .n_feeds = 1};
    s->a.ledger = (pl_log_reference){.recorded = true,
                                     .origin = PL_S("plimsoll.invalid/7f3a91c2d0e4b586"),
                                     .size = 20,
                                     .root = PL_S("T2kW4m8Zb0h4o0vYpXU1rj1K5c4b7qkX0j1rB1zq3mI="),
                                     .directory = PL_S("/var/lib/plimsoll/ledger"),
                                     .vkey = PL_S("plimsoll.invalid/7f3a91c2d0e4b586+00+AA=="),
                                     .recovery = PL_S("none")};
    s->a.subjects = sample_scope;
    s->a.n_subjects = SAMPLE_SUBJECTS;
    s->a.findings = s->list;
    s->a.packages = sample_packages;
    s->a.n_packages = PL_COUNT(sample_packages);
    s->a.items = sample_items;
    s->a.n_items = PL_COUNT(sample_items);
    s->a.exclusions = sample_exclusions;
    s->a.n_exclusions = PL_COUNT(sample_exclusions);
    s->a.engines = sample_engines;
    s->a.n_engines = PL_COUNT(sample_engines);
    s->a.places = sample_places;
    s->a.n_places = PL_COUNT(sample_places);
}
