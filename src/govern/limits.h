/* SPDX-License-Identifier: Apache-2.0 */
/* What people's statements may amount to. */
#pragma once

enum {
    PL_GOVERN_TEXT = 8192,        /* bytes of one statement, rationale or reason */
    PL_GOVERN_NAME = 256,         /* of a name of a person, a scope, a file */
    PL_GOVERN_FILES = 16,         /* attached to one statement: blobs of one record of the log */
    PL_GOVERN_FILE = 64 << 20,    /* bytes of one of them */
    PL_GOVERN_REQUIREMENTS = 256, /* that one statement names */
    PL_GOVERN_ENTRIES = 100000,   /* statements that one log is read for */
    PL_GOVERN_BINDINGS = 64,      /* occurrences of a finding that one waiver binds to */
    PL_GOVERN_FIELDS = 24,        /* values of evidence that it remembers for each */
    PL_GOVERN_VALUE = 160,        /* bytes of such a value */
    PL_GOVERN_LISTED = 100,       /* files or processes named in the record of a window's end */
    PL_GOVERN_DECISIONS = 2048,   /* files of the folder with decisions */
    PL_GOVERN_DECISION = 1 << 16, /* bytes of one */
    PL_GOVERN_ATTEST_DAYS = 3653, /* a statement holds at most, with a part of its last day */
    PL_GOVERN_WAIVE_DAYS = 367,
    PL_GOVERN_WINDOW_DAYS = 7,
    PL_GOVERN_VDR = 1 << 20,   /* vulnerabilities in the history of one log */
    PL_VENDORS_FILE = 1 << 20, /* bytes of vendors.yaml */
    PL_VENDORS = 1000,
    PL_VENDOR_SERVICES = 5000, /* of all vendors */
    PL_HOST_DOMAINS =
        32 << 10,             /* bytes of all their domains that files of images are searched for */
    PL_HOSTS_FILE = 64 << 10, /* of a configuration file of an image that is searched */
    PL_HOSTS_OF_FILE = 16,    /* different hosts of vendors in one; more are a table */
    PL_HOST_NAME = 254,       /* bytes of such a name */
    PL_GOVERN_CHANGES = 500,  /* differences between two audits that are named one by one */
};
