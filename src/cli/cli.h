/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every verb has: the schema, the content, where state lies, and the streams.
 *
 * Answers go to cli->out; talk, progress and errors are lines of the log on standard error
 * (core/log.h; with --quiet only errors).
 * The content is loaded by the first verb that asks. One thread.
 */
#pragma once

#include "core/clock.h"
#include "rules/judge.h"

#include <stdio.h>

typedef struct pl_cli {
    pl_schema *schema;
    const pl_clock *clock;
    FILE *out;
    const char *version;
    bool is_quiet;
    bool has_color; /* stdout is a terminal and NO_COLOR is not set */
    const char
        *state_dir; /* --state-dir; NULL: the default of cli/state_dir.h; "none": do not record */
    const char *content_dir;    /* --content: read over what is compiled in; NULL: none */
    const char *profile;        /* --profile; NULL: none */
    const struct pl_conf *conf; /* cli/config.h */
    struct pl_filter *filter;   /* cli/filter.h; of a run */
    pl_str packed;      /* built-in content without its tests (model/content_packed.h), or empty */
    bool needs_tests;   /* of the content: it is read from its files */
    bool has_no_policy; /* the content's own defaults count, not the configuration's policy: */
    const pl_content_file *own_files; /* of content_dir; NULL: none, or not read yet */
    const pl_content_file *files;     /* NULL until pl_cli_content_files */
    pl_content base;                  /* what content_dir is read over; else empty */
    pl_content content;               /* empty until pl_cli_content */
    pl_rules *rules;                  /* NULL until pl_cli_rules */
    pl_arena *arena;                  /* lives as long as the verb */
} pl_cli;

/* Both load at the first call; later ones return what is there. */
pl_rc pl_cli_content(pl_cli *cli, const pl_content **ret, pl_err *err) PL_MUST_USE;
pl_rc pl_cli_rules(pl_cli *cli, const pl_rules **ret, pl_err *err) PL_MUST_USE;

/* Files of all folders below content/: ours, and those of --content. Of checks, frameworks and
 * their like both count; of the other folders (patterns, licences, ...) the ones of --content take
 * the place of ours. */
pl_rc pl_cli_content_files(pl_cli *cli, const pl_content_file **ret, pl_err *err) PL_MUST_USE;
