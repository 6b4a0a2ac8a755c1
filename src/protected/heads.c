/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of health care, known by their first bytes. */
#include "core/attr.h"
#include "protected/protected_priv.h"

#include <string.h>

/* HL7 version 2: a message header, or a batch of messages, and a patient's segment. */
static bool is_hl7(pl_str head)
{
    return (pl_str_starts(head, PL_S("MSH|^~\\&")) || pl_str_starts(head, PL_S("FHS|^~\\&"))) &&
           pl_str_has(head, PL_S("PID|"));
}

/* ANSI X12: an interchange header of 106 bytes, and a transaction of health care in it. */
static bool is_x12(pl_str head)
{
    static const char *const sets[] = {"270", "271", "276", "277", "278", "834", "835", "837"};

    if (!pl_str_starts(head, PL_S("ISA")) || head.n < 106 || head.p[3] != head.p[103])
        return false;
    for (size_t i = 0; i < PL_COUNT(sets); i++) {
        char start[] = {'S', 'T', head.p[3], sets[i][0], sets[i][1], sets[i][2], head.p[3]};
        if (pl_str_has(head, (pl_str){start, sizeof(start)}))
            return true;
    }
    return false;
}

/* FHIR as JSON: "resourceType": "Patient". */
static bool is_fhir(pl_str head)
{
    static const char *const names[] = {"\"Patient\"", "\"Observation\"", "\"Encounter\"",
                                        "\"Claim\""};
    const char *at = NULL;
    pl_str value;

    if (pl_str_starts(pl_str_trim(head), PL_S("{")))
        at = memmem(head.p, head.n, "\"resourceType\"", 14);
    if (!at)
        return false;
    value = pl_str_trim(pl_str_sub(head, (size_t)(at - head.p) + 14, 40));
    if (!pl_str_starts(value, PL_S(":")))
        return false;
    value = pl_str_trim(pl_str_sub(value, 1, value.n));
    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_starts(value, pl_str_c(names[i])))
            return true;
    return false;
}

/* DICOM part 10: 128 bytes of preamble. */
static bool is_dicom(pl_str head)
{
    return pl_str_eq(pl_str_sub(head, 128, 4), PL_S("DICM"));
}

pl_head_test pl_head_test_named(pl_str name)
{
    static const struct {
        const char *name;
        pl_head_test test;
    } tests[] = {{"hl7", is_hl7}, {"x12", is_x12}, {"fhir", is_fhir}, {"dicom", is_dicom}};

    for (size_t i = 0; i < PL_COUNT(tests); i++)
        if (pl_str_eq(name, pl_str_c(tests[i].name)))
            return tests[i].test;
    return NULL;
}
