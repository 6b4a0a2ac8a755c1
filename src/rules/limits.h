/* SPDX-License-Identifier: Apache-2.0 */
/* Every growing thing of the room has its maximum here. */
#pragma once

enum {
    PL_RULES_TEXT = 256 * 1024,      /* bytes of a condition once its lists are in it */
    PL_RULES_DEPTH = 1000,           /* nested parentheses, macros and functions */
    PL_RULES_NODES = 50 * 1000,      /* of one condition once its macros are in it */
    PL_RULES_ITEMS = 20 * 1000,      /* literals of one list */
    PL_RULES_PATH = 8,               /* records between a subject and a field of a relation */
    PL_RULES_PATH_PARTS = 512,       /* components of a search path of pmatch */
    PL_RULES_STEPS = 4 * 1000000,    /* of one evaluation; beyond it the answer is limit:steps */
    PL_RULES_SCRATCH = 4 << 20,      /* bytes that the functions of one evaluation may make */
    PL_RULES_REGEX_TEXT = 1000,      /* bytes of a pattern */
    PL_RULES_REGEX_POSITIONS = 1000, /* items of a pattern, repeats written out: vectorscan takes
                                        time by their square */
    PL_RULES_REGEX_BYTES = 4 << 20,  /* of a compiled pattern */
    PL_RULES_PLAIN = 1000,           /* bytes of a text that evidence shows as it stands */
    PL_RULES_EVIDENCE = 200,         /* failed elements shown in a finding */
    PL_RULES_GROUP_MEMBERS = 100000, /* subjects judged together */
    PL_RULES_KINDS = 64,             /* of subjects, named in an error */
    PL_RULES_NEAR = 24,              /* bytes of the condition quoted in an error */
};

#define PL_RULES_MEMORY ((size_t)256 << 20) /* bytes of all compiled checks together */
