/* SPDX-License-Identifier: Apache-2.0 */
/* What a declaration may cost us: every maximum of room declared. */
#pragma once

enum {
    PL_DECLARED_BYTES_MAX = 16 << 20, /* of one file */
    PL_DECLARED_SUBJECTS_MAX = 4096,
    PL_DECLARED_PLACES_MAX = 65536,    /* values of one container with a line of their own */
    PL_DECLARED_PORT_RANGE = 2048,     /* ports of one range; a longer one is not known */
    PL_DECLARED_PORTS_MAX = 65536,     /* that one image exposes */
    PL_DECLARED_WORDS_MAX = 4096,      /* of one command of a script */
    PL_DECLARED_SHELL_PARTS = 4096,    /* $(...) and texts handed to another shell, of one script */
    PL_DECLARED_SHELL_DEPTH = 8,       /* of those, one in the other */
    PL_DECLARED_DOCKER_LINES = 16384,  /* instructions of a Dockerfile, lines of one of them */
    PL_DECLARED_STAGES_MAX = 256,      /* of a Dockerfile */
    PL_DECLARED_NOTES_MAX = 256,       /* what a file leaves open, told one by one */
    PL_DECLARED_BUDGET = 128 << 20,    /* arena of one file in the worker */
    PL_DECLARED_ONE_BUDGET = 16 << 20, /* arena of one container's record in the worker */
};
