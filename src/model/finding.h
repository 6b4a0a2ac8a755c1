/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects, verdicts and findings: what was judged, how, and on what evidence.
 *
 * Identity follows ground-rules.md: a subject's key does not change while it exists, its class
 * survives rebuilds and restarts, its name is only a label. All slices live in the arena of the
 * audit that made them.
 */
#pragma once

#include "model/context.h"
#include "model/statement.h"
#include "model/value.h"

/* X(symbol, JSON word, rank: higher is worse) */
#define PL_SEVERITY_LIST(X)                                                                        \
    X(INFO, "info", 0)                                                                             \
    X(LOW, "low", 1)                                                                               \
    X(MEDIUM, "medium", 2)                                                                         \
    X(HIGH, "high", 3) X(CRITICAL, "critical", 4) X(UNKNOWN_SEVERITY, "unknown", 5)

typedef enum pl_severity {
#define X(sym, word, rank) PL_##sym,
    PL_SEVERITY_LIST(X)
#undef X
} pl_severity;

const char *pl_severity_word(pl_severity s);
bool pl_severity_parse(pl_str s, pl_severity *ret); /* JSON words */

typedef enum pl_verdict {
    PL_PASS,
    PL_FAIL,
    PL_NOT_APPLICABLE,
    PL_WAIVED,
    PL_ATTESTED, /* a person says so: never a pass */
    PL_UNKNOWN,  /* never counts as a pass; the last */
} pl_verdict;

/* "pass", "fail", "not-applicable", "waived", "attested", "unknown" */
const char *pl_verdict_word(pl_verdict v);
bool pl_verdict_parse(pl_str s, pl_verdict *ret);

/* Who has to act. Owners are data: the words below are those of the shipped content. */
/* "base-image", "application", "platform", "host"; "unknown": whose layer it is cannot be told */

/* How many of the elements behind a verdict are whose. */
typedef struct pl_owner_share {
    pl_str owner;
    int64_t n;
} pl_owner_share;

/* Where a value of a declared subject was written. Lines and columns count from 1. */
typedef struct pl_source_place {
    int field;      /* of the subject's record; -1: the subject itself */
    pl_str element; /* of a list: how the element is called; else empty */
    long at; /* of a list: which of them it is, from 0; -1: element tells, or there is none */
    int line, column;
    pl_str file; /* empty: that of the source */
} pl_source_place;

/* The file that declares a subject. */
typedef struct pl_source {
    pl_str file;
    const pl_source_place *v;
    size_t n;
} pl_source;

typedef struct pl_subject {
    pl_record *rec;
    pl_str kind;             /* rec->kind->name */
    pl_str key;              /* identity: full container id, config digest, ... */
    pl_str name;             /* label for people: container name, image reference */
    pl_str klass;            /* subject class for finding ids: repository, compose service, ... */
    const pl_source *source; /* NULL: no file declares it */
    const struct pl_subject *of; /* of an image its engine, of an endpoint what is behind it; NULL:
                                    not known. It is of nothing itself, or of an engine. */
    const pl_subject_context
        *context; /* what pl_subject_context_of says, once the assessment has it; or NULL */
} pl_subject;

typedef struct pl_evidence {
    const char *field; /* name from the field table */
    pl_str value;      /* pl_value_print form, redacted */
} pl_evidence;

struct pl_check;

/* A vulnerability row's own facts; empty slices where the data says nothing. */
typedef struct pl_vuln_facts {
    pl_str advisory; /* best id: the CVE when there is one */
    pl_str *aliases;
    size_t n_aliases;
    pl_str package, version, source, source_version, ecosystem, purl, fixed_version;
    pl_str layer;           /* diffID of the layer that brought the package; empty: unknown */
    pl_str path;            /* file that shows it; empty: a database of the system */
    const char *fix_state;  /* pl_fix_state_word: "deferred", "wont-fix"; NULL or empty: not said */
    const char *confidence; /* "guessed": the package may be another; NULL or empty: it is not */
    /* What VEX or an ignore file says of it, why, and which file that is; empty: none does. */
    pl_str vex_status, vex_reason, vex_source;
    pl_str vex_by;        /* who accepted it, where an ignore file says so */
    int64_t vex_until_us; /* what is ignored counts again from then on; 0: never */
    bool is_settled;      /* by that: the finding is waived */
    pl_str summary;
    bool kev;
    const char *kev_gap;  /* reason code: that it is not listed is not known; NULL: it is known */
    pl_str kev_due;       /* date of the KEV catalog */
    int32_t cvss_tenths;  /* CVSS base score: the highest of its records; -1: no vector */
    int32_t epss_ppm;     /* exploit probability in millionths; -1: no score */
    const char *epss_gap; /* reason code: why a missing score says nothing; NULL: there is none */
    const char *reach;    /* PL_REACH_...; NULL: not known */
} pl_vuln_facts;

/* Of an image whose engine's containers were all seen. */
#define PL_REACH_PUBLISHED "published"         /* one runs behind a port that is not loopback's */
#define PL_REACH_NOT_PUBLISHED "not-published" /* it runs, and others may hand on what comes in */
#define PL_REACH_NOT_RUNNING "not-running"

/* Why a finding is left out of lists and of the policy. It stays in the document. */
#define PL_LEFT_OUT_UNFIXED "unfixed"
#define PL_LEFT_OUT_OWNER "owner"
#define PL_LEFT_OUT_KNOWN "known" /* an earlier scan had it */

enum {
    PL_FINDING_ID = 19, /* "F-", 16 base32 characters, NUL */
    PL_FINDING_MARK = 16,
    PL_HASH_HEX = 65
};

typedef struct pl_finding {
    const struct pl_check *check; /* NULL for a vulnerability */
    const pl_vuln_facts *vuln;    /* NULL for a check */
    const pl_subject *subject;
    pl_verdict verdict;
    const pl_statement *statement; /* of a person: why it is waived or attested, or why such a word
                                      does not hold any more; NULL: there is none */
    pl_verdict judged;             /* with a statement: what the check says without it */
    const char *reason;            /* unknown, not-applicable: reason code; else NULL */
    const char *reason_field;      /* the field that could not be read, or NULL */
    pl_severity severity;
    pl_str owner;
    const pl_owner_share *owners; /* of the elements that made the verdict, where they say whose
                                     they are */
    size_t n_owners;
    pl_str element; /* key of the only element that failed ("each"), else empty */
    pl_str *marks;  /* of all that failed, PL_FINDING_MARK digits each, in rising order: by them a
                       later run tells which are new; NULL: not known */
    size_t n_marks;
    const pl_evidence *evidence;
    size_t n_evidence;
    char revision[13]; /* of the check: rule-language.md section 12 */
    char id[PL_FINDING_ID];
    char evidence_hash[PL_HASH_HEX]; /* what a waiver binds to; empty where there is nothing to
                                        waive */
    const char *left_out;  /* PL_LEFT_OUT_...: a filter of the caller's; NULL: it counts */
    int64_t first_seen_us; /* when this finding was first seen; 0: not known */
    int64_t grown_us;      /* when an element came that the run before had not; 0: not known */
    int64_t ledger_index;  /* of the leaf that records it; -1: not recorded */
    /* Of a declared subject whose list was judged: 1 + the list's field (0: there is none), which
     * of it is the first at fault, and its key; they tell where it was written. */
    int fault_list;
    size_t fault_at;
    pl_str fault_element;
    /* Of a declared subject: where the value at fault was written. Empty and 0: not known. */
    pl_str file;
    int64_t line, column;
} pl_finding;

/* The verdict that stands under a waiver; else the verdict itself. */
pl_verdict pl_finding_judged(const pl_finding *f);

/* Fills file, line and column from the subject's source: the place of the element, else of the
 * first field of the evidence that has one, else of the subject. */
void pl_finding_locate(pl_finding *f);

/* F- + base32 of the first 80 bits of SHA-256(class \n what \n where). */
struct pl_sha256;
void pl_finding_id_with(struct pl_sha256 *h, pl_str klass, pl_str what, pl_str where,
                        char ret[PL_FINDING_ID]); /* with a hash that the caller keeps */
void pl_finding_id(pl_str klass, pl_str what, pl_str where, char ret[PL_FINDING_ID]);
