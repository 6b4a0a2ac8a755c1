/* SPDX-License-Identifier: Apache-2.0 */
/* A check made ready. Shared by the files that judge; nobody else includes this. */
#pragma once

#include "core/hash.h"
#include "rules/eval.h"
#include "rules/judge.h"
#include "rules/names.h"

typedef struct pl_rule_when {
    const pl_code *code;
    pl_severity severity;
} pl_rule_when;

/* A field that the conditions name, for the evidence hash. */
typedef struct pl_named {
    pl_field_ref field;
    pl_str key; /* its name as a JSON key, quotes and colon with it */
} pl_named;

/* A some() in a condition, for the evidence: the items for which it is not false. */
typedef struct pl_some {
    pl_str key; /* its canonical text as a JSON key, quotes and colon with it */
    const pl_code *code;
    const pl_named *named; /* fields of an item that its condition names */
    size_t n_named;
} pl_some;

typedef struct pl_rule {
    const pl_check *check;
    bool is_compiled;         /* what follows is there */
    const pl_kind *kind;      /* NULL: needs a part which is not there, and applies always */
    const char *needs;        /* "needs:PART", or NULL */
    const pl_code *applies;   /* NULL: always */
    const char *otherwise;    /* reason where applies is false */
    const pl_code *inherited; /* NULL: never; else where it says that somebody else answers */
    const pl_code *where;     /* NULL: every element */
    const pl_code *pass;
    const pl_rule_when *when;
    const pl_field_ref *each;  /* NULL: judges the subject itself */
    const pl_field_ref *group; /* NULL: judges each subject alone */
    const pl_field_ref *evidence;
    size_t n_evidence;
    const pl_named *named; /* by the conditions, sorted by name, each once */
    size_t n_named;
    const pl_some *somes; /* in the order of the conditions, each once */
    size_t n_somes;
    char revision[13];
} pl_rule;

struct pl_rules {
    pl_arena *arena;
    const pl_schema *schema;
    const pl_content *content;
    pl_names *names;
    pl_rule *rules;
    size_t n;
    pl_regex *regexes; /* to free them */
    bool is_proved;    /* the content is known to compile */
};

/* Compiles one check into *ret. */
pl_rc pl_rule_compile(pl_rules *all, const pl_schema *schema, const pl_check *check, pl_rule *ret,
                      pl_err *err) PL_MUST_USE;

/* ---- judging ---- */

/* What one thread needs while it judges. */
typedef struct pl_judge {
    pl_arena *out;     /* the caller's: findings and what they point to */
    pl_arena *scratch; /* forgotten after each evaluation */
    hs_scratch_t *regex;
    pl_sha256 *sha;
    pl_buf text;
    pl_buf parts;         /* evidence of elements, before they are in order */
    pl_record **elements; /* by how they went: three lists of room_elements each */
    size_t room_elements;
} pl_judge;

pl_rc pl_judge_init(pl_judge *j, pl_arena *out, pl_err *err) PL_MUST_USE;
void pl_judge_done(pl_judge *j);

/* How a check went for one subject, before it is written up as a finding. */
typedef struct pl_outcome {
    pl_verdict verdict;
    pl_why why;                 /* reason of unknown and not-applicable */
    pl_record *const *elements; /* each: those that failed, or else are unknown, or else passed;
                                   the judge's, until it judges again */
    size_t n_elements;
    bool has_list;         /* each, and applies: list is set */
    pl_value list;         /* the list itself */
    pl_str group_evidence; /* group: canonical JSON of what its condition names */
} pl_outcome;

/* Evaluates a condition for a subject and, in each, an element. NULL is true. */
pl_truth pl_judge_condition(pl_judge *j, const pl_code *code, const pl_record *subject,
                            const pl_record *element, pl_why *why);

/* A check without group, on one subject. */
pl_rc pl_judge_subject(pl_judge *j, const pl_rule *rule, const pl_record *subject, pl_outcome *ret,
                       pl_err *err) PL_MUST_USE;

/* A check with group, on all of its kind: one outcome a subject, in their order. */
pl_rc pl_judge_group(pl_judge *j, const pl_rule *rule, pl_subject *const *subjects, size_t n,
                     pl_outcome *ret, pl_err *err) PL_MUST_USE;

/* A list of the items of a some() for which its condition is true or unknown; unreadable or absent
 * where its list is. */
pl_rc pl_some_items(pl_judge *j, const pl_some *s, const pl_record *subject, pl_value *ret,
                    pl_err *err) PL_MUST_USE;

/* "KEY":[[NAME,{"field": value, ...}], ...] of those, NAME being the item's first field, in an
 * order that does not depend on theirs. */
pl_rc pl_some_json(pl_judge *j, const pl_some *s, const pl_record *subject, pl_buf *out,
                   pl_err *err) PL_MUST_USE;

/* Canonical JSON of a value. */
void pl_evidence_value(const pl_field *row, pl_type type, const pl_value *v, pl_buf *out);

/* Of a failed verdict over elements: ret->marks, in rising order. */
pl_rc pl_judge_marks(pl_judge *j, const pl_outcome *o, pl_finding *ret, pl_err *err) PL_MUST_USE;

/* Writes the outcome up: severity, evidence, ids and hashes. */
pl_rc pl_judge_write(pl_judge *j, const pl_rule *rule, const pl_subject *subject,
                     const pl_outcome *o, pl_finding *ret, pl_err *err) PL_MUST_USE;

/* {"field": value, ...} of the fields that the conditions name, of the subject or of one element;
 * of the subject with what is told of each some(). */
void pl_evidence_fields(const pl_named *named, size_t n, const pl_record *subject,
                        const pl_record *element, pl_buf *out);
/* [KEY,{"field": value, ...}] of an element or item; its key is its first field. */
void pl_evidence_item(const pl_named *named, size_t n, const pl_record *subject,
                      const pl_record *item, pl_buf *out);
pl_rc pl_evidence_subject(pl_judge *j, const pl_rule *rule, const pl_record *subject, pl_buf *out,
                          pl_err *err) PL_MUST_USE;
/* Of exactly the fields that the conditions name, reached or not. */
pl_rc pl_evidence_hash(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                       const pl_outcome *o, char ret[PL_HASH_HEX], pl_err *err) PL_MUST_USE;

/* Judges by some rules only: what pl_rules_judge and pl_rules_test are made of. */
pl_rc pl_judge_rules(const pl_rule *rules, size_t n_rules, pl_arena *a, pl_subject *const *subjects,
                     size_t n, pl_judge_each each, void *arg, pl_err *err) PL_MUST_USE;

bool pl_rule_is_for(const pl_rule *rule, const pl_subject *s);
