/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of a Dockerfile: https://docs.docker.com/reference/dockerfile/ (parser directives,
 * comments, line continuations, here-documents). What an instruction means is dockerfile.h's.
 *
 * Everything lives in the arena or points into the text. One thread.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

typedef struct pl_docker_segment {
    size_t at; /* in the joined text */
    int line, column;
} pl_docker_segment;

typedef struct pl_docker_document {
    pl_str name, body;
    bool is_quoted; /* variables in it stay as they are */
} pl_docker_document;

typedef struct pl_docker_line {
    pl_str word; /* RUN, run, ...: as written */
    pl_str rest; /* behind it, lines joined, flags still there */
    int line, column;
    const pl_docker_segment *segments;
    size_t n_segments;
    const pl_docker_document *documents;
    size_t n_documents;
} pl_docker_line;

typedef struct pl_docker_file {
    const pl_docker_line *lines;
    size_t n;
    char escape;     /* backslash or backquote */
    bool has_syntax; /* another frontend is named, which may mean other things */
    pl_str syntax;
} pl_docker_file;

/* PL_LIMIT: too many instructions, or the arena is used up. PL_FORMAT: a here-document has no end.
 */
pl_rc pl_docker_lines(pl_arena *a, pl_str text, pl_docker_file *ret, pl_err *err) PL_MUST_USE;

/* Where a byte of rest was written. */
void pl_docker_place(const pl_docker_line *l, const char *p, int *ret_line, int *ret_column);
