/* SPDX-License-Identifier: Apache-2.0 */
/* The words that reports use for codes. Private to the room; every function accepts any text. */
#pragma once

#include "core/buf.h"
#include "model/assessment.h"

const char *pl_word_area(pl_str area);           /* "CTR" -> "Containers"; unknown areas: NULL */
const char *pl_word_kind(pl_str kind, size_t n); /* "container", 2 -> "containers"; or NULL */
const char *pl_word_owner(pl_str owner);         /* "base-image" -> "base image team"; or NULL */
const char *pl_word_part(pl_str part);       /* "cluster" -> "Kubernetes, Swarm and ECS"; or NULL */
const char *pl_word_part_brief(pl_str part); /* the same for a list of counts: "27 the agent" */

/* What makes vulnerabilities go away, for a subject of that kind; never NULL. */
const char *pl_word_update(pl_str kind);

typedef struct pl_reason_words {
    const char *code;  /* "denied"; of a family: "limit:" */
    const char *means; /* one clause */
    const char *help;  /* what to do, or NULL */
    const char *brief; /* for a list of counts, "5 policy not set"; or NULL: the code says it */
} pl_reason_words;

/* Never NULL: an unknown code has words that say so. */
const pl_reason_words *pl_word_reason(pl_str reason);

/* A subject's name beside a row, cut at a character's end: a hostile name of a megabyte would stand
 * in every row. The list of subjects has it whole. */
pl_str pl_label(pl_str name);

/* The same, or the key of a subject without a name. */
pl_str pl_subject_label(const pl_subject *s);

/*
 * A subject's name for people: a digest in it keeps its first 12 digits, as container engines
 * print them. Its key when it has no name.
 */
void pl_word_name(const pl_subject *s, pl_buf *out);

/* Each "sha256:" with 64 digits cut to 12 of them: enough to tell digests apart. */
void pl_word_digests(pl_str s, pl_buf *out);

/* A word for a shell, quoted where it has to be. */
void pl_word_shell(pl_buf *out, pl_str s);
