/* SPDX-License-Identifier: Apache-2.0 */
/* What documents of other tools may amount to. */
#pragma once

enum {
    PL_INGEST_BYTES = 128 << 20, /* one document */
    PL_INGEST_RUNS = 64,         /* runs of tools in it */
    PL_INGEST_ROWS = 50000,      /* results in it */
    PL_INGEST_RULES = 20000,     /* descriptions of rules in one run */
    PL_INGEST_PROBLEMS = 100,    /* parts that could not be read and are named; more are counted */
    PL_INGEST_NAME = 200,        /* bytes of a rule's, a tool's or a version's name */
    PL_INGEST_TITLE = 600,       /* of what a tool says of one result */
    PL_INGEST_MESSAGE = 4096,    /* of a message before it is redacted and cut */
    PL_INGEST_PLACE = 400,       /* of where */
    PL_INGEST_LINE = 1 << 16,    /* of a line of a log */
    PL_INGEST_XML_DEPTH = 100,
    PL_INGEST_XML_TEXT = 4096,   /* bytes of one element's text */
    PL_INGEST_ARENA = 192 << 20, /* of a worker */
    PL_INGEST_CONTROLS = 300,    /* of ours that one run bears on */
    PL_INGEST_KEPT = 10,         /* problems that an entry of the log names */
    PL_INGEST_SHOWN = 500,       /* results of one run that a report lists, worst first */
    PL_INGEST_RECORDED = 200,    /* runs that a report speaks of, newest first */
};
