/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader a format. Each takes the whole text and tells what it finds (ingest/out.h): a part
 * that is not as it should be is a problem with its place, and the rest goes on; text that breaks
 * off or is damaged is told as cut, and the reader still says PL_OK. An error is ours: no memory,
 * or a limit.
 */
#pragma once

#include "core/xml_rd.h"
#include "ingest/out.h"

typedef pl_rc (*pl_ingest_reader)(pl_ingest_out *out, pl_str text, pl_err *err);

/* SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): runs[] of any tool. */
pl_rc pl_ingest_sarif(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* `trivy --format json`, SchemaVersion 2. */
pl_rc pl_ingest_trivy(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* `grype -o json`. */
pl_rc pl_ingest_grype(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* JUnit XML of any test runner. */
pl_rc pl_ingest_junit(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* `oscap xccdf eval --results FILE` or `--results-arf FILE`. */
pl_rc pl_ingest_xccdf(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* Falco with json_output: an event a line. */
pl_rc pl_ingest_falco(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* `kube-bench --json`. */
pl_rc pl_ingest_kube_bench(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* docker-bench-security's JSON log. */
pl_rc pl_ingest_docker_bench(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* Logs of clamscan, clamdscan and clamd. */
pl_rc pl_ingest_clamav(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* What the program yara prints. */
pl_rc pl_ingest_yara(pl_ingest_out *out, pl_str text, pl_err *err) PL_MUST_USE;

/* ---- what readers share ---- */

/* Feeds the whole text; what is not well-formed is told as cut. */
pl_rc pl_ingest_xml(pl_ingest_out *out, pl_xml *xml, pl_str text, pl_err *err) PL_MUST_USE;

/* RFC 3339, also without a zone: then UTC. */
bool pl_ingest_time(pl_str s, int64_t *ret_us);

/* A match of yara's, as a line. */
bool pl_ingest_yara_line(pl_str line, pl_str *ret_rule, pl_str *ret_path);

/* The texts of an object by their keys; its other members, and another value, are passed over. */
void pl_ingest_texts(pl_json_rd *r, pl_arena *a, const pl_json_slot *slots, size_t n, size_t max);

/* Enters an array of objects, one each time; what is no object is told as place[at] and passed
 * over.
 *
 *     pl_ingest_list list = {.out = out, .place = "Results"};
 *     while (pl_ingest_next(&list, &r, &rc, err)) ... one object is taken ...
 *
 * False at the end, or when rc became an error. */
typedef struct pl_ingest_list {
    pl_ingest_out *out;
    pl_str place;
    size_t at; /* of the object that is next */
    bool is_in, is_past;
} pl_ingest_list;

bool pl_ingest_next(pl_ingest_list *list, pl_json_rd *r, pl_rc *rc, pl_err *err);

/* "critical", "HIGH", "Negligible": words that tools use; else PL_UNKNOWN_SEVERITY. */
pl_severity pl_ingest_severity(pl_str word);

/* Of a CVSS score as text, by the qualitative scale of CVSS 3.1 section 5; "" and what is no number
 * give PL_UNKNOWN_SEVERITY. */
pl_severity pl_ingest_score(pl_str score);
