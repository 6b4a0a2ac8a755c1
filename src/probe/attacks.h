/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harmless attacks of `probe --attack`: a table of the content (content/attacks/), what is sent
 * of it, and what an answer to it says. Slices live in the arena of who loads it.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/rd.h"
#include "model/bind.h"
#include "model/content.h"
#include "probe/head.h"
#include "probe/limits.h"

typedef struct pl_attack {
    pl_str name, klass; /* klass: reflected, sql, traversal, redirect, credentials */
    pl_str path;        /* "?..." stands behind the page that was named, "/..." alone */
    pl_str credentials; /* NAME:PASSWORD; empty: none */
    pl_strs body;       /* any of these texts in the answer's body is a hit */
    pl_strs location;   /* or its Location begins with one */
} pl_attack;

typedef struct pl_attacks {
    pl_attack items[PL_PROBE_ATTACKS];
    size_t n;
} pl_attacks;

/* PL_FORMAT names file and line. mark stands for {mark}. */
pl_rc pl_attacks_load(const pl_content_file *files, pl_str mark, pl_arena *a, pl_attacks *ret,
                      pl_err *err) PL_MUST_USE;

bool pl_attack_is_credentials(const pl_attack *x);

/* Appends the request: a GET of HTTP/1.0, whose answer comes in one piece. x NULL: the page itself,
 * with which answers are compared. */
void pl_attack_write(const pl_attack *x, pl_str page, pl_str host, uint16_t port, pl_buf *out);

/* Between processes. */
void pl_attacks_put(pl_buf *out, const pl_attacks *list);
bool pl_attacks_read(pl_rd *in, pl_arena *a, pl_attacks *ret);

/* Whether the answer says that it worked; *ret_seen is the text that says so. page: the answer
 * without the attack, what stands there anyway is none. */
bool pl_attack_hits(const pl_attack *x, const pl_web_head *answer, const pl_web_head *page,
                    pl_str *ret_seen);
