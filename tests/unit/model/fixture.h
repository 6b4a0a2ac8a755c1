/* SPDX-License-Identifier: Apache-2.0 */
/* Two small kinds for tests of the model: a thing with parts. */
#pragma once

#include "model/value.h"

#define PART_FIELDS(X)                                                                             \
    X(PART_NAME, "part.name", STR, NULL, 0, "name")                                                \
    X(PART_SIZE, "part.size", INT, NULL, 0, "size")

#define THING_FIELDS(X)                                                                            \
    X(THING_NAME, "thing.name", STR, NULL, 0, "name")                                              \
    X(THING_OPEN, "thing.open", BOOL, NULL, 0, "open")                                             \
    X(THING_BORN, "thing.born", TIME, NULL, 0, "time of birth")                                    \
    X(THING_TAGS, "thing.tags", STRS, NULL, 0, "tags")                                             \
    X(THING_NUMBERS, "thing.numbers", INTS, NULL, 0, "numbers")                                    \
    X(THING_PARTS, "thing.parts", RECS, "part", 0, "parts")                                        \
    X(THING_SIZES, "thing.sizes", RECS, "part", PL_FIELD_KEYED, "sizes by name")                   \
    X(THING_PEER, "thing.peer", REC, "thing", 0, "another thing")                                  \
    X(THING_SECRET, "thing.secret", STR, NULL, PL_FIELD_SECRET, "a secret")

enum { PART_FIELDS(PL_FIELD_ENUM) };
enum { THING_FIELDS(PL_FIELD_ENUM) };

static const pl_field part_fields[] = {PART_FIELDS(PL_FIELD_ROW)};
static const pl_field thing_fields[] = {THING_FIELDS(PL_FIELD_ROW)};
static const pl_kind kind_part = {"part", "a part", false, part_fields, PL_COUNT(part_fields)};
static const pl_kind kind_thing = {"thing", "a thing", true, thing_fields, PL_COUNT(thing_fields)};

static inline pl_schema *thing_schema(void)
{
    pl_schema *s = pl_schema_new();
    pl_schema_add(s, &kind_part);
    pl_schema_add(s, &kind_thing);
    return s;
}
