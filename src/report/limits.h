/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the report room. */
#pragma once

enum {
    PL_REPORT_JSON_MAX = 256 << 20, /* bytes of an assessment that is kept (a blob) and read */
    PL_REPORT_ARENA = 1 << 30,      /* bytes for a parsed assessment */
    PL_REPORT_HTML_MAX = 64 << 20,  /* bytes of one page */
    PL_REPORT_OUTPUT_MAX = 1 << 30, /* bytes of one report in any format */
    PL_REPORT_FRAMEWORKS = 64,      /* that one report is narrowed to */
    PL_REPORT_LABEL = 200,          /* bytes of a subject's name beside a finding in JSON */
    PL_REPORT_NAME_COLUMNS = 120,   /* of a name on the page */
    PL_REPORT_VALUE_COLUMNS = 240,  /* of a value on the page */
    PL_REPORT_TEXT_COLUMNS = 4000,  /* of a paragraph on the page */
    PL_REPORT_REMEDY_COLUMNS = 160, /* of a remedy beside a requirement; whole with its check */
    PL_REPORT_SUBJECT_ROWS = 60,    /* subjects listed beside one check, the others counted */
    PL_REPORT_VULN_ROWS = 600,      /* vulnerabilities listed for one image */
    PL_REPORT_EVIDENCE_ROWS = 2000, /* rows of the evidence index */
    PL_REPORT_FACTS = 36,           /* elements behind a finding, named in its text, */
    PL_REPORT_FACT = 300,           /* and bytes of each of their values */
    PL_REPORT_PLACES = 100,         /* files behind a finding, as locations in SARIF */
    PL_REPORT_TABLE_PLACES = 5,     /* elements behind a finding, in the table */
    PL_REPORT_PAGE_PLACES = 30,     /* and on the page */
};
