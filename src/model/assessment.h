/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assessment: everything that one audit or scan found out, and what follows from it.
 *
 * Room audit fills a pl_assessment, room report renders it and writes and reads it as JSON. It
 * only points to what it holds: subjects, findings, content and texts live in the arena of the
 * audit (or of the reader) and must outlive it. All texts have passed the redactor; the writers
 * escape them for where they go. Start from pl_assessment_init: an assessment of zeros would say
 * "entry 0 of the log".
 *
 * What follows (tallies a check, a status for each requirement of each framework) is computed by
 * pl_assessment_derive and never stored, so that a rendered page cannot disagree with the findings.
 * One thread at a time; read-only once derived.
 */
#pragma once

#include "model/content.h"
#include "model/ingested.h"

/* An attribute of a subject, for people: "image" -> "web:1". */
typedef struct pl_named {
    pl_str name;
    pl_str value;
} pl_named;

/* A subject in scope. `attrs` is filled by pl_assessment_attrs from the record. */
typedef struct pl_scope_subject {
    const pl_subject *subject;
    const pl_named *attrs;
    size_t n_attrs;
    const char *matched; /* of what has packages: PL_MATCHED_...; NULL: it has none */
} pl_scope_subject;

/* Whether what is not among its vulnerabilities is none: every package was compared with advisories
 * of these days. */
#define PL_MATCHED_WHOLE "whole"
#define PL_MATCHED_PARTLY "partly"

/* A package in a subject: what a bill of materials lists. Empty slices where nothing is known. */
typedef struct pl_scope_package {
    const pl_subject *subject;
    pl_str type; /* as in its purl: "deb", "npm" */
    pl_str name, version, arch;
    pl_str source, source_version; /* what advisories are filed under */
    pl_str ecosystem, purl;
    pl_str module;       /* of rpm: the stream's label */
    pl_str path;         /* the file that shows it */
    pl_str layer;        /* diffID of the layer that brought it */
    pl_str owner;        /* "base-image", "application", "unknown", "host" */
    pl_str licence;      /* as declared */
    pl_str licence_spdx; /* the same as an SPDX expression */
    pl_str provenance;   /* where it was fetched from */
    pl_str owned_by;     /* package of the system that owns the file */
    pl_str confidence;   /* "guessed": parts of the name are; empty: its metadata say it */
    pl_str scope;        /* "development", "bundled", "declared"; empty: installed and in use */
    pl_str integrity;    /* digest of what was fetched */
    pl_str cpe;          /* CPE 2.3 name of a program that its bytes were classified by */
    pl_str support;      /* "dated", "rolling", "none-announced", "ended": of a runtime or server */
    pl_str support_end;  /* last day of free security support: "2026-04-30" */
} pl_scope_package;

/* What was read or decided and stands in the ledger: one row of the evidence index. */
typedef struct pl_evidence_item {
    int64_t ledger_index; /* -1: not recorded */
    pl_str type;          /* leaf type: "docker.inspect", "host.facts", "check.result" */
    pl_str role;          /* which document of that type: "info", "inspect", "verdicts" */
    pl_str subject_key;   /* empty: of the whole audit */
    pl_str collector;     /* what read it: "engine", "host", "image", "rules" */
    pl_str sha256;        /* of the recorded bytes, hex */
    int64_t collected_us; /* when it was read */
} pl_evidence_item;

/* Something in scope that could not be read. */
typedef struct pl_gap {
    pl_str what;   /* names the object: "engine unix:///run/docker.sock" */
    pl_str reason; /* reason code: "denied", "timeout", "feed-missing" */
    pl_str detail; /* the error's text, or empty */
    pl_str kind;   /* kinds whose subjects may be missing because of it, blanks between them
                      ("engine container image"); empty: none. Their checks then have one unknown
                      more. */
} pl_gap;

/* Something deliberately left out. */
typedef struct pl_exclusion {
    pl_str what;   /* "Kubernetes" */
    pl_str reason; /* "no kubelet on this host" */
    pl_str needs;  /* part whose checks are not applicable because of it ("cluster"); or empty */
} pl_exclusion;

/* One place where an engine was looked for, in order. */
typedef struct pl_engine_attempt {
    pl_str how;     /* "--engine", "DOCKER_HOST", "docker context", "default socket" */
    pl_str address; /* "unix:///run/docker.sock" */
    pl_str outcome; /* "used", "not there", "permission denied" */
    bool used;
} pl_engine_attempt;

/* One source of advisories. */
typedef struct pl_feed_state {
    pl_str name;      /* "Debian:12", "KEV", "EPSS" */
    pl_str version;   /* the feed's own version or date, or empty */
    pl_str source;    /* URL or folder */
    int64_t as_of_us; /* 0: unknown */
    bool is_stale;
} pl_feed_state;

typedef struct pl_advisory_state {
    bool present;
    pl_str digest;       /* of the database file, hex */
    int64_t imported_us; /* age is counted from here */
    const pl_feed_state *feeds;
    size_t n_feeds;
    pl_str how_to_get; /* when not present: size and time, "about 60 MB, one minute"; or empty */
} pl_advisory_state;

typedef struct pl_log_reference {
    bool recorded;    /* false: --state-dir none */
    pl_str origin;    /* name of the log */
    int64_t size;     /* entries that the checkpoint covers */
    pl_str root;      /* base64 of the root hash, as in the checkpoint */
    pl_str directory; /* where the log lies */
    pl_str vkey;      /* key that verifies the checkpoint */
    pl_str recovery;  /* "none", or "printed once", ... */
} pl_log_reference;

/* Where something of ours lies: "state directory" -> path. Printed at the end. */
typedef struct pl_place {
    pl_str what;
    pl_str path;
} pl_place;

/* A policy parameter that somebody set. */
typedef struct pl_parameter {
    pl_str name;
    pl_str value; /* its items with commas, redacted */
    pl_str where; /* "plimsoll.yaml:12", "profile pci-cde, ..." */
} pl_parameter;

typedef struct pl_assessment {
    pl_str verb;   /* "audit", "scan", "probe" */
    pl_str system; /* name for the cover: host name or image reference */
    pl_str tool_version;
    pl_str tool_build; /* digest of the program, hex; empty: unknown */
    pl_str sandbox;    /* pl_jail_strength() */
    int64_t started_us;
    int64_t generated_us;
    bool first_run;
    bool unprivileged; /* did not run as root: more may be readable to root */

    const pl_content *content;             /* checks, frameworks, digest, policy parameters */
    const pl_framework *const *frameworks; /* in scope; NULL with 0: all of the content */
    size_t n_frameworks;
    pl_str baseline;           /* of 800-53: "L", "M", "H"; empty: all three */
    const pl_profile *profile; /* NULL: every requirement of the frameworks is in scope */

    const pl_parameter *parameters;
    size_t n_parameters;

    pl_advisory_state advisories;
    pl_log_reference ledger;

    const pl_scope_subject *subjects;
    size_t n_subjects;
    pl_str filters; /* options that left findings out: "--only-owner base-image"; or empty */
    const pl_finding *const *findings; /* checks and vulnerabilities, every verdict */
    size_t n_findings;
    const pl_scope_package *packages; /* subject by subject */
    size_t n_packages;
    const pl_evidence_item *items;
    size_t n_items;
    const pl_gap *gaps;
    size_t n_gaps;
    const pl_exclusion *exclusions;
    size_t n_exclusions;
    const pl_engine_attempt *engines;
    size_t n_engines;
    const pl_place *places;
    size_t n_places;

    const pl_statement *statements; /* what people signed: attestations, waivers, windows */
    size_t n_statements;
    const pl_decision *decisions;
    size_t n_decisions;
    const pl_change *changes; /* newest first */
    size_t n_changes;
    const pl_ingested *ingested; /* runs of other tools, newest first */
    size_t n_ingested;
} pl_assessment;

void pl_assessment_init(pl_assessment *a);

/* Fills subjects from what was collected; matched_of says pl_scope_subject.matched of one, NULL: of
 * none. PL_LIMIT: the arena is used up. */
pl_rc pl_assessment_subjects(pl_assessment *a, pl_arena *arena, pl_subject *const *subjects,
                             size_t n, const char *(*matched_of)(const pl_subject *),
                             pl_err *err) PL_MUST_USE;

/* The content's profile in use, if there is one: its frameworks alone are in scope. */
pl_rc pl_assessment_use_profile(pl_assessment *a, pl_arena *arena, pl_err *err) PL_MUST_USE;

/* --- what follows --- */

/* How often each verdict. `attested` are statements that hold; `attest` and `missing` are unknowns
 * that have their own words: a person has to sign (needs:attest), a part is not there (needs:PART).
 */
typedef struct pl_tally {
    size_t pass, fail, not_applicable, waived, attested, unknown, attest, missing;
} pl_tally;

size_t pl_tally_total(const pl_tally *t);

/* Order for people: fail, unknown, waived, attested, pass, not applicable; and critical highest. */
int pl_verdict_rank(pl_verdict v);
int pl_severity_rank(pl_severity s);
size_t pl_tally_unknown(const pl_tally *t); /* unknown + attest + missing */

typedef struct pl_check_result {
    const pl_check *check;
    const pl_finding *const *findings; /* of this check, failed first, then unknown */
    size_t n;
    pl_tally tally;
    pl_verdict verdict;   /* of the whole check: the first of fail, unknown, waived, attested,
                             pass, not-applicable that one of its findings has */
    pl_severity severity; /* worst among its failed findings, else the check's own */
    pl_str reason;        /* of an unknown or not-applicable check; else empty */
} pl_check_result;

/* X(symbol, JSON word, words for people) */
#define PL_SUPPORT_LIST(X)                                                                         \
    X(NOT_SUPPORTED, "not-supported", "not supported")                                             \
    X(PARTLY, "partly-supported", "partly supported")                                              \
    X(UNKNOWN, "unknown", "unknown")                                                               \
    X(ATTESTATION, "by-attestation", "by attestation")                                             \
    X(ATTESTED, "attested", "attested")                                                            \
    X(SUPPORTED, "supported", "supported")                                                         \
    X(NOT_APPLICABLE, "not-applicable", "not applicable")                                          \
    X(NOT_COVERED, "not-covered", "not covered by any check")

/*
 * Status of a requirement, from its checks:
 * not supported   a check failed, or failed, is waived, and none passed
 * partly          some pass, none failed, others are unknown, waived or need a person
 * unknown         none passed or failed, and at least one could not be judged
 * by attestation  only people's signed statements can support it, and not all of them hold
 * attested        every check that applies passed or rests on a statement that holds
 * supported       every check that applies passed
 * not applicable  no check applies to what is in scope
 * not covered     the content has no check for it
 */
typedef enum pl_support {
#define X(sym, word, text) PL_SUPPORT_##sym,
    PL_SUPPORT_LIST(X)
#undef X
} pl_support;

enum { PL_SUPPORT_COUNT = PL_SUPPORT_NOT_COVERED + 1 };

const char *pl_support_word(pl_support s);
const char *pl_support_text(pl_support s);

typedef struct pl_requirement_result {
    const pl_requirement *requirement;
    const pl_check_result *const *checks; /* worst first */
    size_t n;
    pl_tally tally;     /* checks, each once, by its verdict */
    bool in_scope;      /* headings are not, nor are 800-53 controls outside the asked baseline
                           that no check bears on */
    pl_support support; /* undefined unless in scope */
} pl_requirement_result;

typedef struct pl_framework_result {
    const pl_framework *framework;
    const pl_requirement_result *requirements; /* in the framework's order, headings included */
    size_t n;
    size_t count[PL_SUPPORT_COUNT]; /* of the requirements in scope */
    size_t total;                   /* sum of count */
} pl_framework_result;

/* Counts of one area: the letters before the dash of a check's id, or "VULN". */
typedef struct pl_area_result {
    pl_str area;    /* "CTR" */
    pl_tally tally; /* of findings */
    size_t n_checks;
} pl_area_result;

/* The subjects of one kind, as an assessor draws samples from them. */
typedef struct pl_population {
    pl_str kind;
    size_t n;
    char hash[PL_HASH_HEX]; /* SHA-256 over the sorted keys, one a line */
} pl_population;

typedef struct pl_derived {
    const pl_check_result *checks; /* one for each check of the content, in its order */
    size_t n_checks;
    const pl_framework_result *frameworks;
    size_t n_frameworks;
    const pl_area_result *areas; /* in order of first appearance; VULN last */
    size_t n_areas;
    const pl_population *populations;
    size_t n_populations;
    const pl_finding *const *worst; /* failed findings, worst first: one for each check that
                                       failed and one for each subject with vulnerabilities */
    size_t n_worst;
    pl_tally total; /* of all areas */
} pl_derived;

/* Everything derived lives in the arena. PL_LIMIT: the arena is used up. */
pl_rc pl_assessment_derive(const pl_assessment *a, pl_arena *arena, pl_derived *ret,
                           pl_err *err) PL_MUST_USE;

/* "CTR" of "CTR-013". */
pl_str pl_check_area(pl_str check_id);

enum { PL_EVIDENCE_NUMBER = 24 };

/* "E-0042" for entry 42 of the log: the same number whenever and by whomever it is printed.
 * "not recorded" when there is no entry. */
void pl_evidence_number(int64_t ledger_index, char ret[PL_EVIDENCE_NUMBER]);
