/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content: checks, lists, macros, policy parameters and frameworks, read from YAML.
 *
 * Check files load strictly: an unknown key, a wrong type, a duplicate id or a missing text and
 * the file does not load, with file, line and the nearest known key in the error. Conditions are
 * kept as text here; room rules compiles them. Everything lives in the content's own arena.
 *
 * A folder of the user's own is read over ours (pl_content_load_over): an item with an id that is
 * there takes its place, others are added, and both are told in `changes`.
 *
 * docs/formats/checks.md and docs/formats/frameworks.md describe the file formats.
 */
#pragma once

#include "model/finding.h"

typedef struct pl_mapping {
    pl_str framework; /* "pci_dss_4_0_1" */
    const pl_str *ids;
    size_t n;
} pl_mapping;

/* A policy value, from the configuration or a test: overrides the list of that name. */
typedef struct pl_policy_value {
    pl_str name;
    const pl_str *items;
    size_t n;
    pl_str where; /* FILE:LINE for errors; may be empty */
} pl_policy_value;

/* One test case beside a check: fields and the verdict that they must give. */
typedef struct pl_check_test {
    pl_str name;
    pl_record *subject; /* built from `fields`; what is not named stays unreadable */
    pl_record **others; /* further members of a group */
    size_t n_others;
    const pl_policy_value *policy; /* parameters that this test sets */
    size_t n_policy;
    pl_verdict verdict;
    pl_str reason; /* optional: reason code of an unknown */
    int line;
} pl_check_test;

typedef struct pl_severity_rule {
    pl_str when; /* condition; the first that is true gives the severity */
    pl_severity severity;
} pl_severity_rule;

typedef struct pl_remedy_step {
    pl_str key; /* what it changes: "docker.run", "daemon.json", "command", ... */
    pl_str value;
} pl_remedy_step;

typedef struct pl_check {
    pl_str id; /* "CTR-005"; never reused */
    pl_str title;
    pl_str kind;       /* subject kind */
    pl_str needs;      /* not empty: no pass yet; where it applies, unknown needs:PART */
    pl_str period;     /* needs attest: how long a statement holds (model/statement.h) */
    pl_str named;      /* needs attest: statements count for this framework's requirements only
                          where they name them; or empty */
    pl_str decides;    /* needs attest: framework of whose addressable specifications each wants a
                          decision; or empty */
    pl_str window;     /* "yes": a troubleshooting window waives it meanwhile */
    pl_str applies;    /* condition; empty: always */
    pl_str otherwise;  /* reason code where applies is false; empty: "condition" */
    pl_str inherited;  /* condition; where applies is not true and this is: reason "inherited" */
    pl_str each;       /* field of type list of records; empty: judges the subject itself */
    pl_str where;      /* with each: elements for which this condition is false are left out */
    pl_str group;      /* field to group subjects by; empty: none */
    bool empty_passes; /* each over an empty list: pass, else not-applicable */
    pl_str pass;       /* condition */
    pl_severity severity;
    const pl_severity_rule *severity_when;
    size_t n_severity_when;
    pl_str owner;
    const pl_str *evidence; /* field names */
    size_t n_evidence;
    pl_str method; /* what is read where, in words */
    pl_str rationale;
    pl_str remedy;               /* in words */
    const pl_remedy_step *steps; /* in machine form */
    size_t n_steps;
    const pl_mapping *controls;
    size_t n_controls;
    const pl_check_test *tests; /* NULL in packed content (model/content_packed.h) */
    size_t n_tests;
    pl_str shown_pass; /* integration scripts that show it pass: "engines.py, swarm.py" */
    pl_str shown_fail;
    pl_str
        origin; /* of a folder's check: "changed by DIR/FILE:LINE", "added by ..."; ours: empty */
    pl_str file;
    int line;
} pl_check;

typedef struct pl_list {
    pl_str name;
    const pl_str *items;
    size_t n;
    bool is_unset;  /* a policy parameter that nobody has set: comparing with it is unknown */
    bool is_policy; /* may be set in the configuration under policy: */
    pl_str help;
    pl_str where; /* who set a parameter: FILE:LINE, "profile pci-cde"; empty: the default counts */
} pl_list;

typedef struct pl_macro {
    pl_str name;
    pl_str condition;
} pl_macro;

/* What containers do to a requirement: content/containers/. */
typedef struct pl_effect {
    pl_str id;         /* "flat-networks" */
    pl_str containers; /* "strengthen", "weaken", "new", "same" */
    pl_str why;
    pl_str ask; /* what an assessor will ask */
} pl_effect;

typedef struct pl_requirement {
    pl_str id;
    pl_str title;
    pl_str section;    /* group, family, safeguard: heading in reports */
    pl_str kind;       /* "technical", "administrative", ... ; may be empty */
    bool is_heading;   /* a section without a requirement of its own */
    pl_str baselines;  /* FedRAMP: "LMH" letters; else empty */
    pl_str effect;     /* id of a pl_effect; empty: none is written */
    pl_str containers; /* its word */
} pl_requirement;

typedef struct pl_framework {
    pl_str id;
    pl_str name;
    pl_str note; /* licence and limits, printed in reports */
    const pl_requirement *requirements;
    size_t n;
} pl_framework;

/* The part of a framework that a profile holds. */
typedef struct pl_profile_scope {
    pl_str framework;
    pl_str baseline;    /* "L", "M", "H"; empty: none is asked for */
    const pl_str *only; /* ids; "9.*" is all that begin with "9."; none: all */
    size_t n_only;
    const pl_str *without;
    size_t n_without;
} pl_profile_scope;

/* Which requirements are in scope, with values for parameters: content/profiles/. */
typedef struct pl_profile {
    pl_str id; /* "pci-cde" */
    pl_str name;
    pl_str note;
    const pl_profile_scope *scopes;
    size_t n;
    const pl_policy_value *policy;
    size_t n_policy;
    pl_str where; /* FILE:LINE */
} pl_profile;

/* An item of the user's folder that adds to ours or takes the place of one. */
typedef struct pl_content_change {
    pl_str what;  /* "check CTR-006", "list sensitive_paths" */
    pl_str how;   /* "changed", "added" */
    pl_str where; /* "DIR/checks/own.yaml:12" */
} pl_content_change;

typedef struct pl_content {
    const pl_check *checks;
    size_t n_checks;
    const pl_list *lists;
    size_t n_lists;
    const pl_macro *macros;
    size_t n_macros;
    const pl_framework *frameworks;
    size_t n_frameworks;
    const pl_effect *effects;
    size_t n_effects;
    const pl_profile *profiles;
    size_t n_profiles;
    const pl_content_change *changes;
    size_t n_changes;
    const pl_profile *profile; /* the one in use; NULL: none */
    char digest[PL_HASH_HEX];  /* over names and bytes of all files, in name order */
    pl_arena *arena;           /* owns everything above */
} pl_content;

/* One file of content: its name below content/ ("checks/container.yaml") and its bytes. */
typedef struct pl_content_file {
    const char *name;
    const unsigned char *p;
    size_t n;
    const char *shown; /* what messages call it; NULL: its name */
} pl_content_file;

/* The files compiled into the program; ends with a NULL name. */
extern const pl_content_file pl_content_builtin[];

pl_rc pl_content_load(const pl_schema *schema, const pl_content_file *files,
                      const pl_policy_value *policy, size_t n_policy, pl_content *ret,
                      pl_err *err) PL_MUST_USE;

/* As above, over other content, which must live as long. What is the same as there is no change. */
pl_rc pl_content_load_over(const pl_schema *schema, const pl_content *base,
                           const pl_content_file *files, const pl_policy_value *policy,
                           size_t n_policy, pl_content *ret, pl_err *err) PL_MUST_USE;

/* Takes a profile into use: parameters that nobody has set get its values. PL_USAGE: unknown. */
pl_rc pl_content_use_profile(pl_content *c, pl_str id, pl_err *err) PL_MUST_USE;
void pl_content_done(pl_content *c); /* accepts {0} */

const pl_check *pl_content_check(const pl_content *c, pl_str id); /* NULL: none */
const pl_framework *pl_content_framework(const pl_content *c, pl_str id);
const pl_effect *pl_content_effect(const pl_content *c, pl_str id); /* NULL: none */

/* NULL: the profile does not hold the framework. */
const pl_profile_scope *pl_profile_scope_of(const pl_profile *p, pl_str framework);
bool pl_profile_has(const pl_profile_scope *s, const pl_requirement *r);
