/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_tables.h"

#include "core/str.h"
#include "report/report.h"

static const pl_jbind head_rows[] = {
    PL_JBIND_ROW("generated_at", TIME, pl_assessment, generated_us),
    PL_JBIND_ROW("started_at", TIME, pl_assessment, started_us),
    PL_JBIND_ROW("verb", STR, pl_assessment, verb),
    PL_JBIND_ROW("system", STR, pl_assessment, system),
    PL_JBIND_ROW("sandbox", STR, pl_assessment, sandbox),
    PL_JBIND_ROW("first_run", BOOL, pl_assessment, first_run),
    PL_JBIND_ROW("unprivileged", BOOL, pl_assessment, unprivileged),
    PL_JBIND_ROW("baseline", STR, pl_assessment, baseline),
    PL_JBIND_ROW("filters", STR, pl_assessment, filters),
};
const pl_jtable pl_jt_head = {head_rows, PL_COUNT(head_rows), sizeof(pl_assessment)};

static const pl_jbind tool_rows[] = {
    PL_JBIND_ROW("version", STR, pl_assessment, tool_version),
    PL_JBIND_ROW("build", STR, pl_assessment, tool_build),
};
const pl_jtable pl_jt_tool = {tool_rows, PL_COUNT(tool_rows), sizeof(pl_assessment)};

static const pl_jbind ledger_rows[] = {
    PL_JBIND_ROW("recorded", BOOL, pl_log_reference, recorded),
    PL_JBIND_ROW("origin", STR, pl_log_reference, origin),
    PL_JBIND_ROW("size", INT, pl_log_reference, size),
    PL_JBIND_ROW("root", STR, pl_log_reference, root),
    PL_JBIND_ROW("directory", STR, pl_log_reference, directory),
    PL_JBIND_ROW("vkey", STR, pl_log_reference, vkey),
    PL_JBIND_ROW("recovery", STR, pl_log_reference, recovery),
};
const pl_jtable pl_jt_ledger = {ledger_rows, PL_COUNT(ledger_rows), sizeof(pl_log_reference)};

static const pl_jbind advisories_rows[] = {
    PL_JBIND_ROW("present", BOOL, pl_advisory_state, present),
    PL_JBIND_ROW("digest", STR, pl_advisory_state, digest),
    PL_JBIND_ROW("imported_at", TIME, pl_advisory_state, imported_us),
    PL_JBIND_ROW("how_to_get", STR, pl_advisory_state, how_to_get),
};
const pl_jtable pl_jt_advisories = {advisories_rows, PL_COUNT(advisories_rows),
                                    sizeof(pl_advisory_state)};

static const pl_jbind feed_rows[] = {
    PL_JBIND_ROW("name", STR, pl_feed_state, name),
    PL_JBIND_ROW("version", STR, pl_feed_state, version),
    PL_JBIND_ROW("source", STR, pl_feed_state, source),
    PL_JBIND_ROW("as_of", TIME, pl_feed_state, as_of_us),
    PL_JBIND_ROW("stale", BOOL, pl_feed_state, is_stale),
};
const pl_jtable pl_jt_feed = {feed_rows, PL_COUNT(feed_rows), sizeof(pl_feed_state)};

static const pl_jbind gap_rows[] = {
    PL_JBIND_ROW("what", STR, pl_gap, what),
    PL_JBIND_ROW("reason", STR, pl_gap, reason),
    PL_JBIND_ROW("detail", STR, pl_gap, detail),
    PL_JBIND_ROW("kind", STR, pl_gap, kind),
};
const pl_jtable pl_jt_gap = {gap_rows, PL_COUNT(gap_rows), sizeof(pl_gap)};

static const pl_jbind exclusion_rows[] = {
    PL_JBIND_ROW("what", STR, pl_exclusion, what),
    PL_JBIND_ROW("reason", STR, pl_exclusion, reason),
    PL_JBIND_ROW("needs", STR, pl_exclusion, needs),
};
const pl_jtable pl_jt_exclusion = {exclusion_rows, PL_COUNT(exclusion_rows), sizeof(pl_exclusion)};

static const pl_jbind engine_rows[] = {
    PL_JBIND_ROW("how", STR, pl_engine_attempt, how),
    PL_JBIND_ROW("address", STR, pl_engine_attempt, address),
    PL_JBIND_ROW("outcome", STR, pl_engine_attempt, outcome),
    PL_JBIND_ROW("used", BOOL, pl_engine_attempt, used),
};
const pl_jtable pl_jt_engine = {engine_rows, PL_COUNT(engine_rows), sizeof(pl_engine_attempt)};

static const pl_jbind place_rows[] = {
    PL_JBIND_ROW("what", STR, pl_place, what),
    PL_JBIND_ROW("path", STR, pl_place, path),
};
const pl_jtable pl_jt_place = {place_rows, PL_COUNT(place_rows), sizeof(pl_place)};

static const pl_jbind item_rows[] = {
    PL_JBIND_ROW("ledger_index", INDEX, pl_evidence_item, ledger_index),
    PL_JBIND_ROW("type", STR, pl_evidence_item, type),
    PL_JBIND_ROW("role", STR, pl_evidence_item, role),
    PL_JBIND_ROW("subject", STR, pl_evidence_item, subject_key),
    PL_JBIND_ROW("collector", STR, pl_evidence_item, collector),
    PL_JBIND_ROW("sha256", STR, pl_evidence_item, sha256),
    PL_JBIND_ROW("collected_at", TIME, pl_evidence_item, collected_us),
};
const pl_jtable pl_jt_item = {item_rows, PL_COUNT(item_rows), sizeof(pl_evidence_item)};

static const pl_jbind check_rows[] = {
    PL_JBIND_ROW("id", STR, pl_check, id),
    PL_JBIND_ROW("title", STR, pl_check, title),
    PL_JBIND_ROW("kind", STR, pl_check, kind),
    PL_JBIND_ROW("needs", STR, pl_check, needs),
    PL_JBIND_ROW("severity", SEVERITY, pl_check, severity),
    PL_JBIND_ROW("owner", STR, pl_check, owner),
    PL_JBIND_ROW("method", STR, pl_check, method),
    PL_JBIND_ROW("rationale", STR, pl_check, rationale),
    PL_JBIND_ROW("origin", STR, pl_check, origin),
};
const pl_jtable pl_jt_check = {check_rows, PL_COUNT(check_rows), sizeof(pl_check)};

static const pl_jbind remedy_rows[] = {PL_JBIND_ROW("text", STR, pl_check, remedy)};
const pl_jtable pl_jt_remedy = {remedy_rows, PL_COUNT(remedy_rows), sizeof(pl_check)};

static const pl_jbind step_rows[] = {
    PL_JBIND_ROW("key", STR, pl_remedy_step, key),
    PL_JBIND_ROW("value", STR, pl_remedy_step, value),
};
const pl_jtable pl_jt_step = {step_rows, PL_COUNT(step_rows), sizeof(pl_remedy_step)};

static const pl_jbind requirement_rows[] = {
    PL_JBIND_ROW("id", STR, pl_requirement, id),
    PL_JBIND_ROW("title", STR, pl_requirement, title),
    PL_JBIND_ROW("section", STR, pl_requirement, section),
    PL_JBIND_ROW("kind", STR, pl_requirement, kind),
    PL_JBIND_ROW("heading", BOOL, pl_requirement, is_heading),
    PL_JBIND_ROW("baselines", STR, pl_requirement, baselines),
    PL_JBIND_ROW("containers", STR, pl_requirement, containers),
    PL_JBIND_ROW("effect", STR, pl_requirement, effect),
};
const pl_jtable pl_jt_requirement = {requirement_rows, PL_COUNT(requirement_rows),
                                     sizeof(pl_requirement)};

static const pl_jbind framework_rows[] = {
    PL_JBIND_ROW("id", STR, pl_framework, id),
    PL_JBIND_ROW("name", STR, pl_framework, name),
    PL_JBIND_ROW("note", STR, pl_framework, note),
};
const pl_jtable pl_jt_framework = {framework_rows, PL_COUNT(framework_rows), sizeof(pl_framework)};

static const pl_jbind list_rows[] = {
    PL_JBIND_ROW("name", STR, pl_list, name),
    PL_JBIND_ROW("help", STR, pl_list, help),
};
const pl_jtable pl_jt_list = {list_rows, PL_COUNT(list_rows), sizeof(pl_list)};

static const pl_jbind parameter_rows[] = {
    PL_JBIND_ROW("name", STR, pl_parameter, name),
    PL_JBIND_ROW("value", STR, pl_parameter, value),
    PL_JBIND_ROW("where", STR, pl_parameter, where),
};
const pl_jtable pl_jt_parameter = {parameter_rows, PL_COUNT(parameter_rows), sizeof(pl_parameter)};

static const pl_jbind effect_rows[] = {
    PL_JBIND_ROW("id", STR, pl_effect, id),
    PL_JBIND_ROW("containers", STR, pl_effect, containers),
    PL_JBIND_ROW("why", STR, pl_effect, why),
    PL_JBIND_ROW("ask", STR, pl_effect, ask),
};
const pl_jtable pl_jt_effect = {effect_rows, PL_COUNT(effect_rows), sizeof(pl_effect)};

static const pl_jbind content_change_rows[] = {
    PL_JBIND_ROW("what", STR, pl_content_change, what),
    PL_JBIND_ROW("how", STR, pl_content_change, how),
    PL_JBIND_ROW("where", STR, pl_content_change, where),
};
const pl_jtable pl_jt_content_change = {content_change_rows, PL_COUNT(content_change_rows),
                                        sizeof(pl_content_change)};

static const pl_jbind profile_rows[] = {
    PL_JBIND_ROW("id", STR, pl_profile, id),
    PL_JBIND_ROW("name", STR, pl_profile, name),
    PL_JBIND_ROW("note", STR, pl_profile, note),
    PL_JBIND_ROW("where", STR, pl_profile, where),
};
const pl_jtable pl_jt_profile = {profile_rows, PL_COUNT(profile_rows), sizeof(pl_profile)};

static const pl_jbind profile_scope_rows[] = {
    PL_JBIND_ROW("framework", STR, pl_profile_scope, framework),
    PL_JBIND_ROW("baseline", STR, pl_profile_scope, baseline),
};
const pl_jtable pl_jt_profile_scope = {profile_scope_rows, PL_COUNT(profile_scope_rows),
                                       sizeof(pl_profile_scope)};

static const pl_jbind content_rows[] = {
    PL_JBIND_CHARS_ROW("digest", pl_content, digest),
};
const pl_jtable pl_jt_content = {content_rows, PL_COUNT(content_rows), sizeof(pl_content)};

static const pl_jbind subject_rows[] = {
    PL_JBIND_ROW("kind", STR, pl_subject, kind),
    PL_JBIND_ROW("id", STR, pl_subject, key),
    PL_JBIND_ROW("name", STR, pl_subject, name),
    PL_JBIND_ROW("class", STR, pl_subject, klass),
};
const pl_jtable pl_jt_subject = {subject_rows, PL_COUNT(subject_rows), sizeof(pl_subject)};

static const pl_jbind matched_rows[] = {
    PL_JBIND_ROW("matched", CSTR, pl_scope_subject, matched),
};
const pl_jtable pl_jt_matched = {matched_rows, PL_COUNT(matched_rows), sizeof(pl_scope_subject)};

static const pl_jbind context_rows[] = {
#define X(member, help) PL_JBIND_ROW(#member, STR, pl_subject_context, member),
    PL_CONTEXT_LIST(X)
#undef X
};
const pl_jtable pl_jt_context = {context_rows, PL_COUNT(context_rows), sizeof(pl_subject_context)};

static const pl_jbind attr_rows[] = {
    PL_JBIND_ROW("name", STR, pl_named, name),
    PL_JBIND_ROW("value", STR, pl_named, value),
};
const pl_jtable pl_jt_attr = {attr_rows, PL_COUNT(attr_rows), sizeof(pl_named)};

static const pl_jbind finding_rows[] = {
    PL_JBIND_CHARS_ROW("id", pl_finding, id),
    PL_JBIND_ROW("verdict", VERDICT, pl_finding, verdict),
    PL_JBIND_ROW("reason", CSTR, pl_finding, reason),
    PL_JBIND_ROW("reason_field", CSTR, pl_finding, reason_field),
    PL_JBIND_ROW("severity", SEVERITY, pl_finding, severity),
    PL_JBIND_ROW("owner", STR, pl_finding, owner),
    PL_JBIND_ROW("element", STR, pl_finding, element),
    PL_JBIND_CHARS_ROW("evidence_sha256", pl_finding, evidence_hash),
    PL_JBIND_CHARS_ROW("revision", pl_finding, revision),
    PL_JBIND_ROW("ledger_index", INDEX, pl_finding, ledger_index),
    PL_JBIND_ROW("first_seen", TIME, pl_finding, first_seen_us),
    PL_JBIND_ROW("left_out", CSTR, pl_finding, left_out),
};
const pl_jtable pl_jt_finding = {finding_rows, PL_COUNT(finding_rows), sizeof(pl_finding)};

static const pl_jbind statement_rows[] = {
    PL_JBIND_ROW("kind", CSTR, pl_statement, kind),
    PL_JBIND_ROW("state", CSTR, pl_statement, state),
    PL_JBIND_ROW("number", INDEX, pl_statement, number),
    PL_JBIND_ROW("about", STR, pl_statement, what),
    PL_JBIND_ROW("title", STR, pl_statement, title),
    PL_JBIND_ROW("scope", STR, pl_statement, scope),
    PL_JBIND_ROW("by", STR, pl_statement, by),
    PL_JBIND_ROW("approver", STR, pl_statement, approver),
    PL_JBIND_ROW("text", STR, pl_statement, text),
    PL_JBIND_ROW("compensating", STR, pl_statement, compensating),
    PL_JBIND_ROW("decision", STR, pl_statement, decision),
    PL_JBIND_ROW("owner", STR, pl_statement, owner),
    PL_JBIND_ROW("why", STR, pl_statement, why),
    PL_JBIND_ROW("said_at", TIME, pl_statement, said_us),
    PL_JBIND_ROW("until", TIME, pl_statement, until_us),
    PL_JBIND_ROW("ended_at", TIME, pl_statement, ended_us),
    PL_JBIND_ROW("recorded_by_uid", INDEX, pl_statement, uid),
};
const pl_jtable pl_jt_statement = {statement_rows, PL_COUNT(statement_rows), sizeof(pl_statement)};

static const pl_jbind statement_file_rows[] = {
    PL_JBIND_ROW("name", STR, pl_statement_file, name),
    PL_JBIND_ROW("sha256", STR, pl_statement_file, sha256),
    PL_JBIND_ROW("bytes", INT, pl_statement_file, bytes),
};
const pl_jtable pl_jt_statement_file = {statement_file_rows, PL_COUNT(statement_file_rows),
                                        sizeof(pl_statement_file)};

static const pl_jbind ingested_rows[] = {
    PL_JBIND_ROW("number", INDEX, pl_ingested, number),
    PL_JBIND_ROW("state", CSTR, pl_ingested, state),
    PL_JBIND_ROW("tool", STR, pl_ingested, tool),
    PL_JBIND_ROW("version", STR, pl_ingested, version),
    PL_JBIND_ROW("format", STR, pl_ingested, format),
    PL_JBIND_ROW("about", STR, pl_ingested, about),
    PL_JBIND_ROW("benchmark", STR, pl_ingested, benchmark),
    PL_JBIND_ROW("file", STR, pl_ingested, file),
    PL_JBIND_ROW("sha256", STR, pl_ingested, sha256),
    PL_JBIND_ROW("bytes", INT, pl_ingested, bytes),
    PL_JBIND_ROW("run", INT, pl_ingested, run),
    PL_JBIND_ROW("ran_at", TIME, pl_ingested, ran_us),
    PL_JBIND_ROW("ran_at_is_claimed", BOOL, pl_ingested, is_ran_claimed),
    PL_JBIND_ROW("recorded_at", TIME, pl_ingested, recorded_us),
    PL_JBIND_ROW("recorded_by_uid", INDEX, pl_ingested, uid),
    PL_JBIND_ROW("why", STR, pl_ingested, why),
    PL_JBIND_ROW("fail", INT, pl_ingested, fail),
    PL_JBIND_ROW("unknown", INT, pl_ingested, unknown),
    PL_JBIND_ROW("suppressed", INT, pl_ingested, suppressed),
    PL_JBIND_ROW("not_applicable", INT, pl_ingested, not_applicable),
    PL_JBIND_ROW("pass", INT, pl_ingested, pass),
    PL_JBIND_ROW("parts_not_read", INT, pl_ingested, n_problems),
};
const pl_jtable pl_jt_ingested = {ingested_rows, PL_COUNT(ingested_rows), sizeof(pl_ingested)};

static const pl_jbind ingested_control_rows[] = {
    PL_JBIND_ROW("control", STR, pl_ingested_control, control),
    PL_JBIND_ROW("topic", STR, pl_ingested_control, topic),
    PL_JBIND_ROW("by_rule", BOOL, pl_ingested_control, is_by_row),
    PL_JBIND_ROW("fail", INT, pl_ingested_control, fail),
    PL_JBIND_ROW("pass", INT, pl_ingested_control, pass),
    PL_JBIND_ROW("other", INT, pl_ingested_control, other),
    PL_JBIND_ROW("until", TIME, pl_ingested_control, until_us),
};
const pl_jtable pl_jt_ingested_control = {ingested_control_rows, PL_COUNT(ingested_control_rows),
                                          sizeof(pl_ingested_control)};

static const pl_jbind ingested_row_rows[] = {
    PL_JBIND_ROW("outcome", STR, pl_ingested_row, outcome),
    PL_JBIND_ROW("severity", STR, pl_ingested_row, severity),
    PL_JBIND_ROW("topic", STR, pl_ingested_row, topic),
    PL_JBIND_ROW("rule", STR, pl_ingested_row, rule),
    PL_JBIND_ROW("title", STR, pl_ingested_row, title),
    PL_JBIND_ROW("where", STR, pl_ingested_row, where),
};
const pl_jtable pl_jt_ingested_row = {ingested_row_rows, PL_COUNT(ingested_row_rows),
                                      sizeof(pl_ingested_row)};

static const pl_jbind decision_rows[] = {
    PL_JBIND_ROW("file", STR, pl_decision, file),
    PL_JBIND_ROW("date", STR, pl_decision, date),
    PL_JBIND_ROW("author", STR, pl_decision, author),
    PL_JBIND_ROW("what", STR, pl_decision, what),
    PL_JBIND_ROW("why", STR, pl_decision, why),
    PL_JBIND_ROW("sha256", STR, pl_decision, sha256),
};
const pl_jtable pl_jt_decision = {decision_rows, PL_COUNT(decision_rows), sizeof(pl_decision)};

static const pl_jbind requirement_id_rows[] = {
    PL_JBIND_ROW("framework", STR, pl_requirement_id, framework),
    PL_JBIND_ROW("id", STR, pl_requirement_id, id),
};
const pl_jtable pl_jt_requirement_id = {requirement_id_rows, PL_COUNT(requirement_id_rows),
                                        sizeof(pl_requirement_id)};

static const pl_jbind change_rows[] = {
    PL_JBIND_ROW("name", STR, pl_change, name),
    PL_JBIND_ROW("was", STR, pl_change, was),
    PL_JBIND_ROW("is", STR, pl_change, is),
    PL_JBIND_ROW("decision", STR, pl_change, decision),
    PL_JBIND_ROW("seen_at", TIME, pl_change, seen_us),
    PL_JBIND_ROW("ledger_index", INDEX, pl_change, number),
};
const pl_jtable pl_jt_change = {change_rows, PL_COUNT(change_rows), sizeof(pl_change)};

static const pl_jbind judged_rows[] = {
    PL_JBIND_ROW("judged", VERDICT, pl_finding, judged),
};
const pl_jtable pl_jt_judged = {judged_rows, PL_COUNT(judged_rows), sizeof(pl_finding)};

static const pl_jbind finding_place_rows[] = {
    PL_JBIND_ROW("file", STR, pl_finding, file),
    PL_JBIND_ROW("line", INT, pl_finding, line),
    PL_JBIND_ROW("column", INT, pl_finding, column),
};
const pl_jtable pl_jt_finding_place = {finding_place_rows, PL_COUNT(finding_place_rows),
                                       sizeof(pl_finding)};

static const pl_jbind share_rows[] = {
    PL_JBIND_ROW("owner", STR, pl_owner_share, owner),
    PL_JBIND_ROW("elements", INT, pl_owner_share, n),
};
const pl_jtable pl_jt_share = {share_rows, PL_COUNT(share_rows), sizeof(pl_owner_share)};

static const pl_jbind evidence_rows[] = {
    PL_JBIND_ROW("field", CSTR, pl_evidence, field),
    PL_JBIND_ROW("value", STR, pl_evidence, value),
};
const pl_jtable pl_jt_evidence = {evidence_rows, PL_COUNT(evidence_rows), sizeof(pl_evidence)};

static const pl_jbind vuln_rows[] = {
    PL_JBIND_ROW("advisory", STR, pl_vuln_facts, advisory),
    PL_JBIND_ROW("fixed_version", STR, pl_vuln_facts, fixed_version),
    PL_JBIND_ROW("fix_state", CSTR, pl_vuln_facts, fix_state),
    PL_JBIND_ROW("confidence", CSTR, pl_vuln_facts, confidence),
    PL_JBIND_ROW("vex_status", STR, pl_vuln_facts, vex_status),
    PL_JBIND_ROW("vex_reason", STR, pl_vuln_facts, vex_reason),
    PL_JBIND_ROW("vex_source", STR, pl_vuln_facts, vex_source),
    PL_JBIND_ROW("layer", STR, pl_vuln_facts, layer),
    PL_JBIND_ROW("path", STR, pl_vuln_facts, path),
    PL_JBIND_ROW("summary", STR, pl_vuln_facts, summary),
    PL_JBIND_ROW("cvss_tenths", PPM, pl_vuln_facts, cvss_tenths),
    PL_JBIND_KNOWN_ROW("kev", pl_vuln_facts, kev, kev_gap),
    PL_JBIND_ROW("kev_reason", CSTR, pl_vuln_facts, kev_gap),
    PL_JBIND_ROW("kev_due", STR, pl_vuln_facts, kev_due),
    PL_JBIND_ROW("epss_ppm", PPM, pl_vuln_facts, epss_ppm),
    PL_JBIND_ROW("epss_reason", CSTR, pl_vuln_facts, epss_gap),
    PL_JBIND_ROW("reach", CSTR, pl_vuln_facts, reach),
};
const pl_jtable pl_jt_vuln = {vuln_rows, PL_COUNT(vuln_rows), sizeof(pl_vuln_facts)};

static const pl_jbind package_rows[] = {
    PL_JBIND_ROW("name", STR, pl_vuln_facts, package),
    PL_JBIND_ROW("version", STR, pl_vuln_facts, version),
    PL_JBIND_ROW("source", STR, pl_vuln_facts, source),
    PL_JBIND_ROW("source_version", STR, pl_vuln_facts, source_version),
    PL_JBIND_ROW("ecosystem", STR, pl_vuln_facts, ecosystem),
    PL_JBIND_ROW("purl", STR, pl_vuln_facts, purl),
};
const pl_jtable pl_jt_package = {package_rows, PL_COUNT(package_rows), sizeof(pl_vuln_facts)};

static const pl_jbind scope_package_rows[] = {
    PL_JBIND_ROW("type", STR, pl_scope_package, type),
    PL_JBIND_ROW("name", STR, pl_scope_package, name),
    PL_JBIND_ROW("version", STR, pl_scope_package, version),
    PL_JBIND_ROW("arch", STR, pl_scope_package, arch),
    PL_JBIND_ROW("source", STR, pl_scope_package, source),
    PL_JBIND_ROW("source_version", STR, pl_scope_package, source_version),
    PL_JBIND_ROW("ecosystem", STR, pl_scope_package, ecosystem),
    PL_JBIND_ROW("purl", STR, pl_scope_package, purl),
    PL_JBIND_ROW("path", STR, pl_scope_package, path),
    PL_JBIND_ROW("layer", STR, pl_scope_package, layer),
    PL_JBIND_ROW("owner", STR, pl_scope_package, owner),
    PL_JBIND_ROW("licence", STR, pl_scope_package, licence),
    PL_JBIND_ROW("licence_spdx", STR, pl_scope_package, licence_spdx),
    PL_JBIND_ROW("provenance", STR, pl_scope_package, provenance),
    PL_JBIND_ROW("owned_by", STR, pl_scope_package, owned_by),
    PL_JBIND_ROW("confidence", STR, pl_scope_package, confidence),
    PL_JBIND_ROW("scope", STR, pl_scope_package, scope),
    PL_JBIND_ROW("integrity", STR, pl_scope_package, integrity),
    PL_JBIND_ROW("cpe", STR, pl_scope_package, cpe),
    PL_JBIND_ROW("support", STR, pl_scope_package, support),
    PL_JBIND_ROW("support_end", STR, pl_scope_package, support_end),
};
const pl_jtable pl_jt_scope_package = {scope_package_rows, PL_COUNT(scope_package_rows),
                                       sizeof(pl_scope_package)};
