/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. Nobody else includes this. */
#pragma once

#include "secrets/secrets.h"

#include "core/hash.h"
#include "model/bind.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <hs/hs.h>
#include <pcre2.h>

/* A test beyond the shape. */
typedef enum pl_secret_test {
    PL_SECRET_NO_TEST,
    PL_SECRET_CRC32_BASE62, /* last six characters, over what stands after the prefix "xxx_" */
    PL_SECRET_JWT,          /* the first part decodes to a JSON object that names an algorithm */
    PL_SECRET_KEY_BODY,     /* 40 characters of base64 stand in a row, line ends left out */
    PL_SECRET_AWS_ACCOUNT,  /* characters 5 on hold an account number of twelve digits */
    PL_SECRET_BASIC,        /* base64 of printable text with a colon in it */
    PL_SECRET_BECH32,       /* its last six characters */
    PL_SECRET_GITLAB_CRC,   /* where the newer form ends in a checksum, it is right */
    PL_SECRET_DIGITS_ID,    /* what stands before the first dot is base64 of 17 to 19 digits */
    PL_SECRET_MIXED,        /* has a letter and a digit */
} pl_secret_test;

typedef struct pl_secret_pattern {
    pl_str kind;
    pl_str title;
    pl_severity severity;
    pl_str find;      /* for vectorscan */
    pl_str confirm;   /* for PCRE2, at the place where find starts; a group that took part is the
                         secret */
    bool caseless;    /* find without case */
    bool is_near;     /* find is a word of a name; confirm is tried where its value starts */
    bool is_generic;  /* where it overlaps with another, the other says what it is */
    bool is_common;   /* manuals are full of it */
    bool is_required; /* a failed test drops the hit; else it only lowers its severity */
    unsigned width;   /* of all that find matches; 0: it varies, and vectorscan says the start */
    unsigned entropy; /* least of the secret, in tenths of a bit a character */
    pl_secret_test test;
    pl_strs ignore; /* published values; '*' at one end stands for anything */
    pl_strs base64; /* first letters whose base64 forms are looked for */
    pcre2_code *code;
} pl_secret_pattern;

typedef struct pl_secret_names {
    pl_strs words, endings, before_colon, exact, last_word_of_others, not_secret, placeholders;
    pl_strs *phrases; /* each two or more words */
    size_t n_phrases;
} pl_secret_names;

/* A literal that base64 makes of a pattern's first letters, standing at offset 0, 1 or 2 of a
 * group of three bytes. */
typedef struct pl_secret_wrapped {
    uint32_t pattern;
    uint32_t shift; /* 0 to 2 */
    pl_str literal;
} pl_secret_wrapped;

/* Ids that vectorscan reports: patterns first, then wrapped literals. */
struct pl_secrets {
    pl_arena *arena;
    unsigned char digest[PL_SHA256];
    pl_secret_pattern *patterns;
    size_t n;
    pl_secret_wrapped *wrapped;
    size_t n_wrapped;
    pl_secret_names names;
    unsigned widest; /* bytes that a find expression or literal spans at most */
    hs_database_t *db;
    hs_scratch_t *scratch;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    size_t *next_from; /* per id: candidates that start before this were looked at */
};

/* load.c: fills patterns and names from the content's files, and runs nothing. */
pl_rc pl_secrets_load(pl_secrets *s, const pl_content_file *files, pl_err *err);

pl_rc pl_secrets_digest_of(const pl_content_file *files, unsigned char ret[PL_SHA256], pl_err *err);

/* compile.c: by a worker, when its first candidate comes. */
bool pl_secrets_compile_confirm(pl_secret_pattern *p);

/* wrapped.c */
pl_rc pl_secrets_wrap_all(pl_secrets *s, pl_err *err);

/* A run of base64 around a wrapped literal, decoded. */
typedef struct pl_secret_run {
    size_t from, n; /* of the run in the text */
    pl_buf bytes;   /* owned */
    size_t at;      /* where in bytes the first letters stand */
} pl_secret_run;

bool pl_secrets_unwrap(const pl_secret_wrapped *w, pl_str text, size_t at, pl_secret_run *ret);

/* tests.c */
bool pl_secrets_test(pl_secret_test test, pl_str value);
bool pl_secrets_test_named(pl_str name, pl_secret_test *ret);

/* find.c: one scan, of a whole text or of a block of a stream. */
typedef struct pl_secrets_scan {
    pl_secrets *s;
    pl_str text;
    pl_arena *arena;
    size_t done;  /* candidates that start before this were decided by the block before */
    size_t upto;  /* those that start from here on are left to the next */
    size_t later; /* the first of them */
    pl_secret_hit *hits;
    size_t n, room;
    size_t candidates;
    size_t decoded; /* bytes of base64 */
    bool is_cut;
} pl_secrets_scan;

/* Hits that start in [done, upto), and those that were in the scan before, merged. */
pl_rc pl_secrets_scan_run(pl_secrets_scan *c, pl_secrets_how how, pl_err *err);
bool pl_secrets_scan_add(pl_secrets_scan *c, pl_secret_hit hit);

/* samples.c */
bool pl_secrets_is_sample(pl_str value); /* made up to be shown: "example", "xxxx", "1234567" */
bool pl_secrets_has_entropy(pl_str value, unsigned tenths);

/* pairs.c: where the value of a name starts, at the first of whose words text[at] stands; SIZE_MAX:
 * nothing is assigned. */
size_t pl_secrets_value_near(pl_str text, size_t at);

/* pairs.c: NAME=VALUE in text. Calls found for each value that its name makes a secret, until it
 * returns false. */
typedef bool (*pl_secrets_found)(void *arg, size_t from, size_t n);
void pl_secrets_pairs(const pl_secrets *s, pl_str text, pl_secrets_found found, void *arg);

/* "NAME:VALUE" counts as a pair without a blank behind the colon. */
bool pl_secrets_is_before_colon(const pl_secrets *s, pl_str name);

/* Whole value against a list; '*' at one end stands for anything. */
bool pl_secrets_in_list(pl_strs list, pl_str value, bool with_case);
