/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "govern/vendors.h"

#include <string.h>

static const char file[] = "own: [\"*.corp.example\", 198.51.100.0/24]\n"
                           "vendors:\n"
                           "  - vendor: Cloud\n"
                           "    agreement: BAA-1\n"
                           "    kind: baa\n"
                           "    starts: 2025-01-01\n"
                           "    ends: 2026-12-31\n"
                           "    services:\n"
                           "      - service: storage\n"
                           "        covered: true\n"
                           "        domains: [\"*.cloud.example\"]\n"
                           "        addresses: [192.0.2.0/24, \"2001:db8::/32\"]\n"
                           "        regions: [eu-west-1, europe-west4]\n"
                           "      - service: database\n"
                           "        covered: false\n"
                           "        domains: [\"*.db.cloud.example\"]\n"
                           "        addresses: [192.0.2.64/26]\n"
                           "  - vendor: Mail\n"
                           "    agreement: C-2\n"
                           "    kind: contract\n"
                           "    ends: 2026-01-31\n"
                           "    services:\n"
                           "      - {service: smtp, covered: true, domains: [smtp.mail.example], "
                           "registries: [registry.mail.example]}\n";

static const struct {
    const char *host, *when, *agreement, *service;
} questions[] = {
    {"files.cloud.example", "2026-06-01", "covered", "storage"},
    {"FILES.cloud.example", "2026-06-01", "covered", "storage"},
    {"cloud.example", "2026-06-01", "none", ""},
    {"evilcloud.example", "2026-06-01", "none", ""},
    {"files.cloud.example.evil.example", "2026-06-01", "none", ""},
    {"a.db.cloud.example", "2026-06-01", "not-covered", "database"},
    {"a.eu-west-1.cloud.example", "2026-06-01", "covered", "storage"},
    {"a.us-east-1.cloud.example", "2026-06-01", "region", "storage"},
    {"europe-west4-docker.cloud.example", "2026-06-01", "covered", "storage"},
    {"europe-west3-docker.cloud.example", "2026-06-01", "region", "storage"},
    {"us-central1.cloud.example", "2026-06-01", "region", "storage"},
    {"a.EUROPE-WEST3.cloud.example", "2026-06-01", "region", "storage"},
    {"me-too.cloud.example", "2026-06-01", "covered", "storage"},
    {"us-prod1.cloud.example", "2026-06-01", "covered", "storage"},
    {"files.cloud.example", "2026-12-31", "covered", "storage"},
    {"files.cloud.example", "2027-01-01", "ended", "storage"},
    {"files.cloud.example", "2024-12-31", "not-begun", "storage"},
    {"192.0.2.1", "2026-06-01", "covered", "storage"},
    {"192.0.2.65", "2026-06-01", "not-covered", "database"},
    {"192.0.3.1", "2026-06-01", "none", ""},
    {"2001:db8::9", "2026-06-01", "covered", "storage"},
    {"api.corp.example", "2026-06-01", "own", ""},
    {"198.51.100.7", "2026-06-01", "own", ""},
    {"smtp.mail.example", "2026-01-31", "covered", "smtp"},
    {"smtp.mail.example", "2026-02-01", "ended", "smtp"},
    {"registry.mail.example", "2026-01-01", "covered", "smtp"},
};

static void the_longest_name_that_fits_answers(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(4 << 20);
    const pl_vendors *v = NULL;
    pl_err err = {0};

    assert_ok(pl_vendors_parse(PL_S("vendors.yaml"), pl_str_c(file), a, &v, &err), err);
    for (size_t i = 0; i < PL_COUNT(questions); i++) {
        char when[32];
        int64_t us = 0;
        (void)snprintf(when, sizeof(when), "%sT12:00:00Z", questions[i].when);
        assert_true(pl_time_parse(pl_str_c(when), &us));
        pl_vendor_answer got = pl_vendors_ask(v, pl_str_c(questions[i].host), us);
        if (strcmp(got.agreement, questions[i].agreement) != 0 ||
            !pl_str_eq(got.service, pl_str_c(questions[i].service)))
            fail_msg("%s on %s: %s, %.*s", questions[i].host, questions[i].when, got.agreement,
                     PL_F(got.service));
    }
}

static void of_two_that_fit_alike_the_one_that_is_not_covered_answers(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(4 << 20);
    const pl_vendors *v = NULL;
    pl_err err = {0};
    const pl_str text =
        PL_S("vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: a, covered: "
             "false, domains: [x.example]}, {service: b, covered: true, domains: [x.example]}]}\n");

    assert_ok(pl_vendors_parse(PL_S("v"), text, a, &v, &err), err);
    assert_string_equal(pl_vendors_ask(v, PL_S("x.example"), 0).agreement, "not-covered");
}

static const struct {
    const char *text, *why;
} wrong[] = {
    {"vendors: x\n", "v:1: vendors: a sequence"},
    {"own: []\n", "vendors"},
    {"vendors: []\nothers: []\n", "v:2: unknown key \"others\""},
    {"vendors:\n- {vendor: V, agreement: A, kind: verbal, services: []}\n", "v:2: kind:"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, ends: soon, services: []}\n", "v:2: ends:"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, ends: 2026-02-30, services: []}\n",
     "v:2: ends:"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: s, covered: true}]}\n",
     "known by domains"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: s, domains: [a.b]}]}\n",
     "covered"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: s, covered: true, "
     "domains: [\"*\"]}]}\n",
     "\"*\": a domain"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: s, covered: true, "
     "addresses: [10.0.0.0/33]}]}\n",
     "10.0.0.0/33"},
    {"own: [com]\nvendors: []\n", "\"com\""},
    {"own: [0.0.0.0/0]\nvendors: []\n", "0.0.0.0/0"},
    {"vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: s, covered: true, "
     "addresses: [\"::/0\"]}]}\n",
     "::/0"},
};

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(wrong); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(4 << 20);
        const pl_vendors *v = NULL;
        pl_err err = {0};
        assert_int_equal(pl_vendors_parse(PL_S("v"), pl_str_c(wrong[i].text), a, &v, &err),
                         PL_FORMAT);
        if (!strstr(err.text, wrong[i].why))
            fail_msg("%s: %s", wrong[i].text, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_name_that_fits_answers),
        cmocka_unit_test(of_two_that_fit_alike_the_one_that_is_not_covered_answers),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
