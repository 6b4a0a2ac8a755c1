/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of room audit, with its reason. Sizes are bytes unless the name says else. */
#pragma once

enum {
    PL_DECLARED_ENGINE_FILE = 1 << 20, /* bytes of daemon.json, a unit or a drop-in */
    PL_DECLARED_DROP_INS = 256,        /* of the engine, in all folders */
    /* Documents that wait for the log together: few syncs, and memory that does not grow with what
     * an audit reads. */
    PL_RECORD_QUEUE = 250,
    PL_RECORD_QUEUE_BYTES = 8 << 20,
    /* Changed verdicts that a leaf holds in full; the whole list is its blob. A leaf has at most
     * PL_LEAF_MAX bytes, and a line may hold what an image's author wrote. */
    PL_RECORD_CHANGED = 100,
    PL_RECORD_CHANGED_BYTES = 32 << 10,
    /* Bytes of each name by which a leaf says where its subject belongs. */
    PL_RECORD_CONTEXT = 256,
    /* The facts of one subject as JSON. */
    PL_RECORD_FACTS = 64 << 20,
    /* How long a run waits for others that write the same log. */
    PL_RUN_TURN_MS = 20 * 60 * 1000,
    /* Of what is read of a container for a troubleshooting window. */
    PL_INSIDE_BYTES = 64 << 20, /* of an engine's answer */
    PL_INSIDE_ROWS = 20000,     /* containers, changed files, processes */
    PL_INSIDE_TEXT = 512,       /* bytes of a path or a command line */
    /* For verifying our own log at an audit: 10 million entries take about as long. */
    PL_AUDIT_VERIFY_MS = 20 * 1000,
    /* What a rebuild plan says of the updates of one image. */
    PL_AFFECTED_UPDATE = 2000,
    /* Since when a place (a tag) was not looked at, so that what was found there is forgotten: more
     * than the quarter in which it has to be scanned again. */
    PL_FINDING_PLACE_DAYS = 100,
    /* Bytes of a name of a class or place of findings: more than a reference of an image has. */
    PL_FINDING_NAME = 512
};
