/* SPDX-License-Identifier: Apache-2.0 */
/* Small kinds for tests of conditions: a subject t with one field of each type. */
#pragma once

#include "model/value.h"

#define KIND(var, kind_name, subject, ...)                                                         \
    static const pl_field var##_fields[] = {__VA_ARGS__};                                          \
    static const pl_kind var = {kind_name, "for tests", subject, var##_fields,                     \
                                PL_COUNT(var##_fields)};

KIND(kind_x, "x", false, {"x.s", PL_T_STR, NULL, 0, "text"})
KIND(kind_r, "r", false, {"r.s", PL_T_STR, NULL, 0, "text"}, {"r.i", PL_T_INT, NULL, 0, "number"},
     {"r.l", PL_T_STRS, NULL, 0, "texts"}, {"r.next", PL_T_REC, "x", 0, "one further"})
KIND(kind_e, "e", false, {"e.name", PL_T_STR, NULL, 0, "key"}, {"e.s", PL_T_STR, NULL, 0, "text"},
     {"e.i", PL_T_INT, NULL, 0, "number"})
KIND(kind_kv, "kv", false, {"kv.key", PL_T_STR, NULL, 0, "key"},
     {"kv.value", PL_T_STR, NULL, 0, "value"})
KIND(kind_kn, "kn", false, {"kn.key", PL_T_STR, NULL, 0, "key"},
     {"kn.value", PL_T_INT, NULL, 0, "value"})
KIND(kind_t, "t", true, {"t.s", PL_T_STR, NULL, 0, "text"}, {"t.s2", PL_T_STR, NULL, 0, "text"},
     {"t.path", PL_T_STR, NULL, 0, "path"}, {"t.secret", PL_T_STR, NULL, PL_FIELD_SECRET, "secret"},
     {"t.i", PL_T_INT, NULL, 0, "number"}, {"t.i2", PL_T_INT, NULL, 0, "number"},
     {"t.b", PL_T_BOOL, NULL, 0, "truth"}, {"t.b2", PL_T_BOOL, NULL, 0, "truth"},
     {"t.ip", PL_T_IP, NULL, 0, "address"}, {"t.ip2", PL_T_IP, NULL, 0, "address"},
     {"t.time", PL_T_TIME, NULL, 0, "time"}, {"t.time2", PL_T_TIME, NULL, 0, "time"},
     {"t.l", PL_T_STRS, NULL, 0, "texts"}, {"t.l2", PL_T_STRS, NULL, 0, "texts"},
     {"t.n", PL_T_INTS, NULL, 0, "numbers"}, {"t.n2", PL_T_INTS, NULL, 0, "numbers"},
     {"t.kv", PL_T_RECS, "kv", PL_FIELD_KEYED, "texts by key"},
     {"t.num", PL_T_RECS, "kn", PL_FIELD_KEYED, "numbers by key"},
     {"t.es", PL_T_RECS, "e", 0, "elements"}, {"t.rel", PL_T_REC, "r", 0, "related"})
