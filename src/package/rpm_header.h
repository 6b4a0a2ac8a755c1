/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's header as its databases hold it: big-endian, a count of index entries, a count of data
 * bytes, the entries {tag, type, offset, count}, the data. Format: rpm's "RPM V4 package format"
 * and "header data types" documents; of older packages ("V3") too, which have no region and whole
 * paths in place of folder and name.
 *
 * Every offset and count of an entry that is asked for is checked against the data; an entry that
 * points outside is as if it were not there. Slices point into the blob.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef struct pl_rpm_header {
    pl_str index; /* 16 bytes an entry */
    pl_str data;
} pl_rpm_header;

typedef enum pl_rpm_tag {
    PL_RPM_NAME = 1000,
    PL_RPM_VERSION = 1001,
    PL_RPM_RELEASE = 1002,
    PL_RPM_EPOCH = 1003,
    PL_RPM_VENDOR = 1011,
    PL_RPM_LICENSE = 1014,
    PL_RPM_ARCH = 1022,
    PL_RPM_OLD_FILE_NAMES = 1027,
    PL_RPM_FILE_STATES = 1029,
    PL_RPM_FILE_MODES = 1030,
    PL_RPM_FILE_DIGESTS = 1035,
    PL_RPM_FILE_FLAGS = 1037,
    PL_RPM_SOURCE_RPM = 1044,
    PL_RPM_DIR_INDEXES = 1116,
    PL_RPM_BASE_NAMES = 1117,
    PL_RPM_DIR_NAMES = 1118,
    PL_RPM_FILE_DIGEST_ALGORITHM = 5011,
    PL_RPM_MODULARITY_LABEL = 5096,
} pl_rpm_tag;

/* PL_FORMAT: no header; PL_LIMIT: more entries than PL_RPM_TAGS_MAX. */
pl_rc pl_rpm_header_open(pl_str blob, pl_rpm_header *ret, pl_err *err) PL_MUST_USE;

/* A string; of an array the first one. Empty: not there, or not a string. */
pl_str pl_rpm_string(const pl_rpm_header *h, pl_rpm_tag tag);
/* The number at this place of an array of 8, 16 or 32 bit numbers. False: there is none. */
bool pl_rpm_number(const pl_rpm_header *h, pl_rpm_tag tag, uint32_t place, uint32_t *ret);

/* A whole array. */
typedef struct pl_rpm_array {
    pl_str left;   /* from the next element on */
    uint32_t n;    /* elements left */
    uint32_t type; /* of rpm's types */
} pl_rpm_array;

/* n is 0 when the tag is not there or does not hold what it says. */
pl_rpm_array pl_rpm_array_of(const pl_rpm_header *h, pl_rpm_tag tag);
/* The next string or number; false: no more, or of the other kind. */
bool pl_rpm_next_string(pl_rpm_array *a, pl_str *ret);
bool pl_rpm_next_number(pl_rpm_array *a, uint32_t *ret);
