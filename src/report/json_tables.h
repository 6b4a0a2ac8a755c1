/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of plimsoll.audit/1 (docs/schema/audit-1.json), object by object: json.c writes by
 * these tables and json_read.c and json_rows.c read by them. A new member is a new row here.
 */
#pragma once

#include "report/json_bind.h"

extern const pl_jtable pl_jt_head;
extern const pl_jtable pl_jt_tool;
extern const pl_jtable pl_jt_ledger;
extern const pl_jtable pl_jt_advisories;
extern const pl_jtable pl_jt_feed;
extern const pl_jtable pl_jt_gap;
extern const pl_jtable pl_jt_exclusion;
extern const pl_jtable pl_jt_engine;
extern const pl_jtable pl_jt_place;
extern const pl_jtable pl_jt_item;
extern const pl_jtable pl_jt_check;
extern const pl_jtable pl_jt_remedy;
extern const pl_jtable pl_jt_step;
extern const pl_jtable pl_jt_requirement;
extern const pl_jtable pl_jt_parameter;
extern const pl_jtable pl_jt_effect;
extern const pl_jtable pl_jt_content_change;
extern const pl_jtable pl_jt_profile;
extern const pl_jtable pl_jt_profile_scope;
extern const pl_jtable pl_jt_framework;
extern const pl_jtable pl_jt_list;
extern const pl_jtable pl_jt_content;
extern const pl_jtable pl_jt_subject;
extern const pl_jtable pl_jt_attr;
extern const pl_jtable pl_jt_finding;
extern const pl_jtable pl_jt_finding_place; /* of a pl_finding */
extern const pl_jtable pl_jt_share;
extern const pl_jtable pl_jt_evidence;
extern const pl_jtable pl_jt_vuln;
extern const pl_jtable pl_jt_matched;
extern const pl_jtable pl_jt_context;
extern const pl_jtable pl_jt_package;
extern const pl_jtable pl_jt_scope_package;
extern const pl_jtable pl_jt_statement;
extern const pl_jtable pl_jt_statement_file;
extern const pl_jtable pl_jt_decision;
extern const pl_jtable pl_jt_requirement_id;
extern const pl_jtable pl_jt_change;
extern const pl_jtable pl_jt_ingested;
extern const pl_jtable pl_jt_ingested_control;
extern const pl_jtable pl_jt_ingested_row;
extern const pl_jtable pl_jt_judged; /* of pl_finding */
