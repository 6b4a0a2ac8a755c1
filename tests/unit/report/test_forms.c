/* SPDX-License-Identifier: Apache-2.0 */
/* Every form of a report against its golden file, and what no form may ever do. */
#include "golden.h"

#include "core/text.h"
#include "report/report.h"
#include "sample.h"

typedef void (*day)(sample *s);

static void write_form(day fill, pl_report_format format, const pl_report_style *style, pl_buf *out)
{
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    pl_err err = {0};
    pl_derived d;
    sample s;

    sample_init(&s);
    fill(&s);
    assert_ok(pl_assessment_derive(&s.a, arena, &d, &err), err);
    pl_report_write(&s.a, &d, format, style, out);
    assert_true(pl_buf_ok(out));
}

static void assert_form(const char *name, day fill, pl_report_format format)
{
    static const pl_report_style plain = {.columns = 80};
    PL_AUTO_BUF pl_buf out = {0};

    write_form(fill, format, &plain, &out);
    assert_golden(name, pl_buf_view(&out));
}

static void every_form_is_as_it_was_reviewed(void **state)
{
    (void)state;
    assert_form("report/bad.json", sample_bad_day, PL_REPORT_JSON);
    assert_form("report/bad.summary.txt", sample_bad_day, PL_REPORT_SUMMARY);
    assert_form("report/bad.table.txt", sample_bad_day, PL_REPORT_TABLE);
    assert_form("report/good.summary.txt", sample_good_day, PL_REPORT_SUMMARY);
    assert_form("report/good.table.txt", sample_good_day, PL_REPORT_TABLE);
    assert_form("report/signed.json", sample_signed_day, PL_REPORT_JSON);
    assert_form("report/signed.summary.txt", sample_signed_day, PL_REPORT_SUMMARY);
    assert_form("report/signed.table.txt", sample_signed_day, PL_REPORT_TABLE);
    assert_form("report/signed.sarif", sample_signed_day, PL_REPORT_SARIF);
    assert_form("report/signed.junit.xml", sample_signed_day, PL_REPORT_JUNIT);
    assert_form("report/signed.csv", sample_signed_day, PL_REPORT_CSV);
    assert_form("report/bad.sarif", sample_bad_day, PL_REPORT_SARIF);
    assert_form("report/bad.cyclonedx.json", sample_bad_day, PL_REPORT_CYCLONEDX);
    assert_form("report/bad.spdx.json", sample_bad_day, PL_REPORT_SPDX);
    assert_form("report/bad.gitlab.json", sample_bad_day, PL_REPORT_GITLAB);
    assert_form("report/bad.junit.xml", sample_bad_day, PL_REPORT_JUNIT);
    assert_form("report/bad.csv", sample_bad_day, PL_REPORT_CSV);
    assert_form("report/bad.openvex.json", sample_bad_day, PL_REPORT_OPENVEX);
}

/* The page without its style, which changes more often than what it says. */
static void assert_page(const char *name, day fill)
{
    static const pl_report_style plain = {0};
    PL_AUTO_BUF pl_buf page = {0}, out = {0};

    write_form(fill, PL_REPORT_HTML, &plain, &page);
    pl_buf_ch(&page, '\0');
    const char *style = strstr(page.p, "<style>"), *end = strstr(page.p, "</style>");
    assert_true(style && end && style < end);
    pl_buf_add(&out, page.p, (size_t)(style - page.p));
    pl_buf_c(&out, end);
    assert_golden(name, pl_buf_view(&out));
}

static void the_page_says_what_it_said_when_it_was_reviewed(void **state)
{
    (void)state;
    assert_page("report/bad.html", sample_bad_day);
    assert_page("report/good.html", sample_good_day);
    assert_page("report/signed.html", sample_signed_day);
}

/* href="#X" needs id="X". */
static void assert_links(const char *page)
{
    static const char href[] = "href=\"#";
    char id[256];

    for (const char *at = page; (at = strstr(at, href)); at++) {
        const char *name = at + sizeof(href) - 1;
        (void)snprintf(id, sizeof(id), " id=\"%.*s\"", (int)strcspn(name, "\""), name);
        if (!strstr(page, id))
            fail_msg("a link to %s leads nowhere", id);
    }
}

static void every_link_of_the_page_leads_somewhere(void **state)
{
    static const pl_report_style plain = {0};
    static const day days[] = {sample_bad_day, sample_good_day, sample_signed_day};
    (void)state;

    for (size_t i = 0; i < PL_COUNT(days); i++) {
        PL_AUTO_BUF pl_buf page = {0};
        write_form(days[i], PL_REPORT_HTML, &plain, &page);
        pl_buf_ch(&page, '\0');
        assert_links(page.p);
    }
}

static void no_advisories_and_no_log_are_said_and_not_hidden(void **state)
{
    (void)state;
    static const pl_report_style plain = {.columns = 80};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};
    pl_derived d;
    sample s;

    sample_init(&s);
    sample_good_day(&s);
    s.a.advisories = (pl_advisory_state){.how_to_get = PL_S("about 60 MB, one minute")};
    s.a.ledger = (pl_log_reference){0};
    assert_ok(pl_assessment_derive(&s.a, arena, &d, &err), err);
    pl_report_summary(&s.a, &d, &plain, &out);
    pl_buf_ch(&out, '\0');
    assert_non_null(strstr(out.p, "unknown: no advisories are installed"));
    assert_non_null(strstr(out.p, "plimsoll db update (about 60 MB, one minute)"));
    assert_null(strstr(out.p, "ledger verify"));
    pl_buf_reset(&out);
    pl_report_html(&s.a, &d, &out);
    pl_buf_ch(&out, '\0');
    assert_non_null(strstr(out.p, "Vulnerabilities were not judged"));
    assert_non_null(strstr(out.p, "not recorded"));
}

/* A report of another maker, or one that was cut, may name no statement. */
static void a_waived_finding_without_its_statement_reads_as_no_pass(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};
    pl_derived d;
    sample s;

    sample_init(&s);
    sample_signed_day(&s);
    for (size_t i = 0; i < s.a.n_findings; i++) {
        s.findings[i].statement = NULL;
        s.findings[i].judged = PL_PASS;
    }
    assert_ok(pl_assessment_derive(&s.a, arena, &d, &err), err);
    pl_report_html(&s.a, &d, &out);
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("<td>waived, ")));
    assert_false(pl_str_has(pl_buf_view(&out), PL_S("<td>pass, ")));
}

static void a_day_of_formulas(sample *s)
{
    static const pl_gap gaps[] = {
        {.what = PL_S("=1+1"), .reason = PL_S("\uff1d2+2")},
        {.what = PL_S("\uff0b3"), .reason = PL_S("\uff203")},
    };

    sample_good_day(s);
    s->a.gaps = gaps;
    s->a.n_gaps = PL_COUNT(gaps);
}

static void no_cell_begins_a_formula(void **state)
{
    (void)state;
    static const pl_report_style plain = {.columns = 80};
    PL_AUTO_BUF pl_buf out = {0};

    write_form(a_day_of_formulas, PL_REPORT_CSV, &plain, &out);
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("\"'=1+1\"")));
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("\"'\uff1d2+2\"")));
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("\"'\uff0b3\"")));
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("\"'\uff203\"")));
}

static void a_report_never_says_compliant(void **state)
{
    (void)state;
    static const pl_report_style plain = {0};

    for (int f = PL_REPORT_HTML; f <= PL_REPORT_TABLE; f++) {
        PL_AUTO_BUF pl_buf out = {0};
        write_form(sample_good_day, (pl_report_format)f, &plain, &out);
        pl_buf_ch(&out, '\0');
        assert_null(strcasestr(out.p, "complian"));
    }
}

/* Line feeds are ours; with colours, also the escape that starts an SGR sequence. */
static void assert_tame(pl_str text, bool has_color)
{
    while (text.n) {
        const char *at = text.p;
        int32_t c = pl_text_next(&text);
        if (c == '\n' || (has_color && c == 0x1b && at[1] == '['))
            continue;
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
            (c >= 0x2066 && c <= 0x2069))
            fail_msg("character %x in the output, before \"%.40s\"", (unsigned)c, at);
    }
}

static void hostile_names_reach_no_terminal_and_become_no_markup(void **state)
{
    (void)state;
    static const day days[] = {sample_bad_day, sample_signed_day};

    for (int f = PL_REPORT_HTML; f <= PL_REPORT_TABLE; f++) {
        for (unsigned both = 0; both < 4; both++) {
            unsigned color = both & 1, which = both >> 1;
            const pl_report_style style = {.has_color = color != 0, .columns = 80};
            PL_AUTO_BUF pl_buf out = {0};
            write_form(days[which], (pl_report_format)f, &style, &out);
            /* JSON carries text as it is, with escapes where RFC 8259 wants them. */
            if (f != PL_REPORT_JSON)
                assert_tame(pl_buf_view(&out), color != 0);
            pl_buf_ch(&out, '\0');
            assert_true(f != PL_REPORT_HTML || !strstr(out.p, "<script"));
            assert_true(f != PL_REPORT_HTML || !strstr(out.p, "<img"));
        }
    }
}

static void the_summary_fits_24_lines_of_any_width(void **state)
{
    (void)state;
    static const day days[] = {sample_bad_day, sample_good_day, sample_signed_day};

    for (unsigned columns = 20; columns <= 200; columns += 20) {
        for (size_t i = 0; i < PL_COUNT(days); i++) {
            const pl_report_style style = {.columns = columns};
            PL_AUTO_BUF pl_buf out = {0};
            size_t lines = 0;
            pl_str rest, line;
            write_form(days[i], PL_REPORT_SUMMARY, &style, &out);
            for (rest = pl_buf_view(&out); pl_str_cut(&rest, '\n', &line); lines++)
                if (pl_text_width(line) > columns)
                    fail_msg("%u columns: \"%.*s\"", columns, PL_F(line));
            assert_true(lines > 10 && lines <= 24);
        }
    }
}

/* --- the summary, when a line or a page is short --- */

static void summary_of(sample *s, unsigned columns, pl_buf *out)
{
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    const pl_report_style style = {.columns = columns};
    pl_err err = {0};
    pl_derived d;

    assert_ok(pl_assessment_derive(&s->a, arena, &d, &err), err);
    pl_report_summary(&s->a, &d, &style, out);
    pl_buf_ch(out, '\0');
}

static void the_next_commands_can_be_copied_whatever_the_state_directory_is_called(void **state)
{
    (void)state;
    static const pl_place places[] = {{PL_S("state"), PL_S("/srv/it's here")}};
    static const pl_place usual[] = {{PL_S("state"), PL_S("/home/a/.local/state/plimsoll")}};
    PL_AUTO_BUF pl_buf out = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    s.a.places = places;
    s.a.n_places = 1;
    summary_of(&s, 120, &out);
    assert_non_null(strstr(out.p, "plimsoll ledger verify --state-dir '/srv/it'\\''s here'"));
    assert_non_null(strstr(out.p, "plimsoll checks CTR-001;"));
    pl_buf_reset(&out);
    s.a.places = usual;
    summary_of(&s, 120, &out);
    assert_non_null(strstr(out.p, "plimsoll ledger verify;"));
}

static void old_advisories_put_the_update_among_the_next_commands(void **state)
{
    (void)state;
    static const pl_feed_state old[] = {{.name = PL_S("KEV"), .is_stale = true}};
    PL_AUTO_BUF pl_buf out = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    summary_of(&s, 80, &out);
    assert_null(strstr(out.p, "plimsoll db update"));
    pl_buf_reset(&out);
    s.a.advisories.feeds = old;
    summary_of(&s, 80, &out);
    assert_non_null(strstr(out.p, "Next     plimsoll db update"));
}

static void without_an_engine_and_without_root_the_summary_says_what_would_see_more(void **state)
{
    (void)state;
    static const pl_gap gaps[] = {
        {PL_S("/etc/shadow: Permission denied"), PL_S("unreadable"), {0}, {0}},
        {PL_S("container engine"), PL_S("not-observed"), PL_S("none at 4 usual addresses"),
         PL_S("engine container image")},
    };
    PL_AUTO_BUF pl_buf out = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    s.a.gaps = gaps;
    s.a.n_gaps = PL_COUNT(gaps);
    s.a.unprivileged = true;
    summary_of(&s, 80, &out);
    assert_non_null(
        strstr(out.p, "Not read container engine (none at 4 usual addresses); +1 more"));
    assert_non_null(strstr(out.p, "sudo plimsoll audit (root sees more)"));
    assert_non_null(strstr(out.p, "plimsoll audit --engine ADDRESS"));
}

static void of_a_long_chain_of_errors_the_summary_shows_object_and_cause(void **state)
{
    (void)state;
    static const pl_gap gaps[] = {
        {PL_S("image a:1"), PL_S("timeout"),
         PL_S("image a:1: GET /images/a:1/get at unix:///run/docker.sock: no answer within 30 s"),
         PL_S("")},
        {PL_S("advisories kev"), PL_S("feed-stale"),
         PL_S("452 days old, more than 7; plimsoll db update fetches newer ones"), PL_S("")},
        {PL_S("engine"), PL_S("denied"),
         PL_S("DOCKER_HOST unix:///run/docker.sock: connect: Permission denied by the kernel"),
         PL_S("")},
    };
    PL_AUTO_BUF pl_buf out = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    s.a.gaps = gaps;
    s.a.n_gaps = 1;
    summary_of(&s, 60, &out);
    assert_non_null(strstr(out.p, "Not read image a:1 (no answer within 30 s)\n"));
    pl_buf_reset(&out);
    s.a.gaps = gaps + 1;
    summary_of(&s, 60, &out);
    assert_non_null(strstr(out.p, "Not read advisories kev (452 days old, more than 7)\n"));
    pl_buf_reset(&out);
    s.a.gaps = gaps + 2;
    summary_of(&s, 88, &out);
    assert_non_null(
        strstr(out.p, "(DOCKER_HOST unix:///run/docker.sock: Permission denied by the kernel)"));
}

static void a_line_of_the_summary_ends_with_a_whole_word_and_a_whole_item(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    summary_of(&s, 70, &out);
    assert_non_null(strstr(out.p, "(application) fails: The container...\n"));
    pl_buf_reset(&out);
    summary_of(&s, 61, &out);
    assert_non_null(strstr(out.p, "2 checks undecided: 1 no answer in time, +1 more\n"));
}

static void the_table_names_the_subjects_that_fail(void **state)
{
    (void)state;
    static const pl_report_style style = {.columns = 120};
    PL_AUTO_BUF pl_buf out = {0};

    write_form(sample_bad_day, PL_REPORT_TABLE, &style, &out);
    pl_buf_ch(&out, '\0');
    assert_non_null(strstr(out.p, "The container does not run as root: web"));
}

static void without_blanks(pl_str s, pl_buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\n')
            pl_buf_ch(out, s.p[i]);
}

static void the_table_fits_its_width_and_loses_nothing(void **state)
{
    static const unsigned widths[] = {10, 80, 100, 120, 200};
    PL_AUTO_BUF pl_buf whole = {0}, text = {0};

    (void)state;
    write_form(sample_bad_day, PL_REPORT_TABLE, &(pl_report_style){0}, &whole);
    without_blanks(pl_buf_view(&whole), &text);
    for (size_t i = 0; i < PL_COUNT(widths); i++) {
        const pl_report_style style = {.columns = widths[i]};
        PL_AUTO_BUF pl_buf out = {0}, same = {0};
        write_form(sample_bad_day, PL_REPORT_TABLE, &style, &out);
        without_blanks(pl_buf_view(&out), &same);
        assert_true(pl_str_eq(pl_buf_view(&same), pl_buf_view(&text)));
        pl_str rest = pl_buf_view(&out), line;
        while (pl_str_cut(&rest, '\n', &line))
            /* one word alone may be longer */
            if (pl_text_width(line) > (widths[i] < 80 ? 80 : widths[i]) &&
                pl_str_has(pl_str_trim(line), PL_S(" ")))
                fail_msg("%u columns: %.*s", widths[i], PL_F(line));
    }
}

static void a_digest_in_a_name_is_short_for_people_and_whole_in_json(void **state)
{
    (void)state;
#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const pl_subject subject = {
        .kind = PL_S("container"), .key = PL_S("c9"), .name = PL_S("reg:5000/team/shop@" DIGEST)};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    static const pl_report_style style = {.columns = 120};
    pl_scope_subject scope[SAMPLE_SUBJECTS];
    pl_err err = {0};
    pl_derived d;
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    memcpy(scope, sample_scope, sizeof(scope));
    scope[2].subject = &subject;
    s.a.subjects = scope;
    for (size_t i = 0; i < s.a.n_findings; i++)
        if (s.findings[i].subject == &sample_subjects[2])
            s.findings[i].subject = &subject;
    assert_ok(pl_assessment_derive(&s.a, arena, &d, &err), err);
    for (int f = PL_REPORT_HTML; f <= PL_REPORT_TABLE; f++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_report_write(&s.a, &d, (pl_report_format)f, &style, &out);
        pl_buf_ch(&out, '\0');
        if (f == PL_REPORT_JSON)
            assert_non_null(strstr(out.p, "reg:5000/team/shop@" DIGEST));
        else
            assert_null(strstr(out.p, DIGEST));
    }
}

static void the_page_names_commands_that_fit_its_own_log(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    static const pl_report_style plain = {0};

    write_form(sample_bad_day, PL_REPORT_HTML, &plain, &out);
    pl_buf_ch(&out, '\0');
    assert_non_null(strstr(out.p, "plimsoll ledger verify /var/lib/plimsoll/ledger --vkey "
                                  "plimsoll.invalid/7f3a91c2d0e4b586+00+AA=="));
    assert_non_null(strstr(out.p, "plimsoll ledger prove 12 --dir /var/lib/plimsoll/ledger"));
    assert_non_null(strstr(out.p, "plimsoll ledger show 12 --dir /var/lib/plimsoll/ledger"));
}

/* --- many subjects --- */

enum { MANY_SUBJECTS = 60, MANY_CHECKS = 130 };

typedef struct many {
    pl_check checks[MANY_CHECKS];
    pl_subject subjects[MANY_SUBJECTS];
    pl_scope_subject scope[MANY_SUBJECTS];
    pl_finding findings[MANY_SUBJECTS * MANY_CHECKS];
    const pl_finding *list[MANY_SUBJECTS * MANY_CHECKS];
    char names[MANY_SUBJECTS][200];
    char ids[MANY_CHECKS][16];
} many;

static void many_fill(many *m, sample *s)
{
    for (size_t c = 0; c < MANY_CHECKS; c++) {
        (void)snprintf(m->ids[c], sizeof(m->ids[c]), "CTR-%03zu", c);
        m->checks[c] = sample_checks[c % 2];
        m->checks[c].id = pl_str_c(m->ids[c]);
    }
    for (size_t i = 0; i < MANY_SUBJECTS; i++) {
        memset(m->names[i], 'n', sizeof(m->names[i]) - 1);
        (void)snprintf(m->names[i], sizeof(m->names[i]), "container-%zu", i);
        m->subjects[i] = (pl_subject){
            .kind = PL_S("container"), .key = pl_str_c(m->names[i]), .name = pl_str_c(m->names[i])};
        m->scope[i].subject = &m->subjects[i];
        for (size_t c = 0; c < MANY_CHECKS; c++) {
            size_t n = i * MANY_CHECKS + c;
            m->findings[n] = (pl_finding){.check = &m->checks[c],
                                          .subject = &m->subjects[i],
                                          .verdict = PL_FAIL,
                                          .severity = PL_HIGH,
                                          .evidence = sample_values,
                                          .n_evidence = 2,
                                          .ledger_index = (int64_t)(100 + i)};
            m->list[n] = &m->findings[n];
        }
    }
    s->content.checks = m->checks;
    s->content.n_checks = MANY_CHECKS;
    s->a.subjects = m->scope;
    s->a.n_subjects = MANY_SUBJECTS;
    s->a.findings = m->list;
    s->a.n_findings = MANY_SUBJECTS * MANY_CHECKS;
}

static void sixty_subjects_that_fail_everything_give_a_page_below_3_mb(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_FREE many *m = calloc(1, sizeof(*m));
    PL_AUTO_BUF pl_buf page = {.max = 3 << 20};
    pl_err err = {0};
    pl_derived d;
    sample s;

    assert_non_null(m);
    sample_init(&s);
    many_fill(m, &s);
    assert_ok(pl_assessment_derive(&s.a, arena, &d, &err), err);
    pl_report_html(&s.a, &d, &page);
    assert_true(pl_buf_ok(&page));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_as_it_was_reviewed),
        cmocka_unit_test(the_page_says_what_it_said_when_it_was_reviewed),
        cmocka_unit_test(every_link_of_the_page_leads_somewhere),
        cmocka_unit_test(a_waived_finding_without_its_statement_reads_as_no_pass),
        cmocka_unit_test(no_advisories_and_no_log_are_said_and_not_hidden),
        cmocka_unit_test(no_cell_begins_a_formula),
        cmocka_unit_test(a_report_never_says_compliant),
        cmocka_unit_test(hostile_names_reach_no_terminal_and_become_no_markup),
        cmocka_unit_test(the_summary_fits_24_lines_of_any_width),
        cmocka_unit_test(the_next_commands_can_be_copied_whatever_the_state_directory_is_called),
        cmocka_unit_test(without_an_engine_and_without_root_the_summary_says_what_would_see_more),
        cmocka_unit_test(of_a_long_chain_of_errors_the_summary_shows_object_and_cause),
        cmocka_unit_test(old_advisories_put_the_update_among_the_next_commands),
        cmocka_unit_test(a_line_of_the_summary_ends_with_a_whole_word_and_a_whole_item),
        cmocka_unit_test(the_table_names_the_subjects_that_fail),
        cmocka_unit_test(the_table_fits_its_width_and_loses_nothing),
        cmocka_unit_test(a_digest_in_a_name_is_short_for_people_and_whole_in_json),
        cmocka_unit_test(the_page_names_commands_that_fit_its_own_log),
        cmocka_unit_test(sixty_subjects_that_fail_everything_give_a_page_below_3_mb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
