/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/arena.h"
#include "govern/hosts.h"
#include "govern/providers.h"
#include "govern/vendors.h"

#include <stdio.h>
#include <string.h>

static const char domains[] = "*.db.cloud.example\nsmtp.mail.example\n";

/* What is found, as "line:host", parted by blanks. */
static const struct {
    const char *text, *found;
} texts[] = {
    {"DATABASE_URL=postgres://app:pass@orders.db.cloud.example:5432/app\n",
     "1:orders.db.cloud.example"},
    {"a: 1\n\n  host: \"Orders.DB.cloud.example.\"\n", "3:orders.db.cloud.example"},
    {"{\"a\":[\"x.db.cloud.example\",\"y.db.cloud.example\",\"x.db.cloud.example\"]}",
     "1:x.db.cloud.example 1:y.db.cloud.example"},
    {"dsn=app:pass@tcp(x.db.cloud.example:3306)/app", "1:x.db.cloud.example"},
    {"dsn=app:pass@x.db.cloud.example:3306", "1:x.db.cloud.example"},
    {"h=smtp.mail.example\nH=SMTP.mail.example", "1:smtp.mail.example"},
    {"<host>x.db.cloud.example</host>", "1:x.db.cloud.example"},
    {"url: https://${NAME}.db.cloud.example/", "1:*.db.cloud.example"},
    {"url: https://${NAME}-2.db.cloud.example/", "1:2.db.cloud.example"},
    {"url: https://%NAME%.db.cloud.example/ $(x).db.cloud.example", "1:*.db.cloud.example"},
    {"no_proxy: .db.cloud.example", ""},
    {"h: db.cloud.example xdb.cloud.example x.db.cloud.example.evil.example", ""},
    {"h: x.db.cloud.examples a.smtp.mail.example", ""},
    {"admin: joe@smtp.mail.example", ""},
    {"admin: Joe <joe@smtp.mail.example>", ""},
    {"h: x.db.cloud.example@y", ""},
    {"# h: x.db.cloud.example\n ; y.db.cloud.example\n// z.db.cloud.example\n<!-- "
     "a.db.cloud.example",
     ""},
    {"....@..\n@\n-_-.\n.", ""},
    {"", ""},
};

static void search(pl_str text, pl_found_hosts *ret)
{
    pl_host_search *s = NULL;
    pl_err err = {0};

    assert_ok(pl_host_search_new(pl_str_c(domains), &s, &err), err);
    pl_hosts_find(s, text, ret);
    pl_host_search_free(s);
}

static void names_below_the_domains_are_found_and_nothing_else_of_the_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(texts); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        pl_found_hosts found;
        search(pl_str_c(texts[i].text), &found);
        for (size_t k = 0; k < found.n; k++)
            pl_buf_fmt(&got, "%s%zu:%s", k ? " " : "", found.v[k].line, found.v[k].name);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(texts[i].found)) || found.is_table)
            fail_msg("\"%s\": %.*s", texts[i].text, PL_F(pl_buf_view(&got)));
    }
}

static void more_hosts_than_the_limit_are_a_table(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf text = {0};
    pl_found_hosts found;

    for (size_t i = 0; i < PL_HOSTS_OF_FILE; i++)
        pl_buf_fmt(&text, "h%zu.db.cloud.example\n", i);
    pl_buf_c(&text, "h0.db.cloud.example\n");
    search(pl_buf_view(&text), &found);
    assert_int_equal(found.n, PL_HOSTS_OF_FILE);
    assert_false(found.is_table);
    pl_buf_c(&text, "one.more.db.cloud.example\n");
    search(pl_buf_view(&text), &found);
    assert_true(found.is_table);
}

static void a_name_that_no_host_can_have_is_none(void **state)
{
    (void)state;
    const size_t tail = strlen(".db.cloud.example");
    PL_AUTO_BUF pl_buf text = {0};
    pl_found_hosts found;

    for (size_t i = 0; i < PL_HOST_NAME - tail; i++)
        pl_buf_ch(&text, 'a');
    pl_buf_c(&text, ".db.cloud.example");
    search(pl_buf_view(&text), &found);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.v[0].n, PL_HOST_NAME);
    pl_buf_reset(&text);
    for (size_t i = 0; i < PL_HOST_NAME - tail + 1; i++)
        pl_buf_ch(&text, 'a');
    pl_buf_c(&text, ".db.cloud.example");
    search(pl_buf_view(&text), &found);
    assert_int_equal(found.n, 0);
    pl_buf_reset(&text);
    pl_buf_c(&text, "${A}.");
    for (size_t i = 0; i < PL_HOST_NAME - tail - 1; i++)
        pl_buf_ch(&text, 'a');
    pl_buf_c(&text, ".db.cloud.example");
    search(pl_buf_view(&text), &found);
    assert_int_equal(found.n, 0);
}

static pl_rc providers(const char *text, pl_buf *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(4 << 20);
    const pl_content_file files[] = {{"other/x.yaml", (const unsigned char *)"no", 2},
                                     {"vendors/p.yaml", (const unsigned char *)text, strlen(text)},
                                     {0}};

    return pl_providers_domains(files, a, out, err);
}

static void providers_of_the_content_give_domains_and_wrong_ones_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"provider: a\n", "a sequence of providers"},
        {"- provider: a\n", "domains"},
        {"- {provider: a, domains: [b], more: c}\n", "more"},
        {"- {provider: a, domains: [b]}\n", "\"b\" is no domain"},
        {"- {provider: a, domains: [\"b.example\\nc.example\"]}\n", "is no domain"},
        {"- [", "vendors/p.yaml"},
    };
    PL_AUTO_BUF pl_buf lines = {0};
    pl_err err = {0};

    assert_ok(providers("- {provider: A, domains: ['*.a.example', b.example]}\n"
                        "- {provider: C, domains: c.example}\n",
                        &lines, &err),
              err);
    assert_true(pl_str_eq(pl_buf_view(&lines), PL_S("*.a.example\nb.example\nc.example\n")));
    for (size_t i = 0; i < PL_COUNT(wrong); i++) {
        err = (pl_err){0};
        assert_int_equal(providers(wrong[i].text, &lines, &err), PL_FORMAT);
        assert_non_null(strstr(err.text, wrong[i].says));
    }
}

static void vendors_give_domains_and_registries(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(4 << 20);
    PL_AUTO_BUF pl_buf lines = {0};
    const pl_vendors *v = NULL;
    pl_err err = {0};
    const pl_str text =
        PL_S("vendors:\n- {vendor: V, agreement: A, kind: baa, services: [{service: "
             "a, covered: true, domains: ['*.x.example'], addresses: [192.0.2.1], "
             "registries: [r.example]}]}\n");

    assert_ok(pl_vendors_parse(PL_S("v"), text, a, &v, &err), err);
    pl_vendors_domains(v, &lines);
    assert_true(pl_str_eq(pl_buf_view(&lines), PL_S("*.x.example\nr.example\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_below_the_domains_are_found_and_nothing_else_of_the_text),
        cmocka_unit_test(more_hosts_than_the_limit_are_a_table),
        cmocka_unit_test(a_name_that_no_host_can_have_is_none),
        cmocka_unit_test(vendors_give_domains_and_registries),
        cmocka_unit_test(providers_of_the_content_give_domains_and_wrong_ones_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
