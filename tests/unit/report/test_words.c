/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the codes that reports meet, and the summary's count of what is not judged. */
#include "test.h"

#include "model/content.h"
#include "report/summary.h"
#include "report/words.h"
#include "sample.h"

static void every_part_that_a_check_waits_for_has_words(void **state)
{
    (void)state;
    size_t n = 0;

    for (const pl_content_file *f = pl_content_builtin; f->name; f++) {
        pl_str rest = {(const char *)f->p, f->n}, line;
        if (!pl_str_starts(pl_str_c(f->name), PL_S("checks/")))
            continue;
        while (pl_str_cut(&rest, '\n', &line)) {
            if (!pl_str_starts(line, PL_S("  needs: ")))
                continue;
            pl_str part = pl_str_trim(pl_str_sub(line, 9, line.n));
            if (!pl_word_part(part) || !pl_word_part_brief(part))
                fail_msg("%s: no words for the part \"%.*s\"", f->name, PL_F(part));
            n++;
        }
    }
    assert_true(n > 100);
}

/* A day on which everything else is decided, with that reason for one check. */
static void unknown_line(const char *reason, pl_buf *out)
{
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    const pl_report_style style = {.columns = 100};
    pl_err err = {0};
    pl_derived d;
    sample s;

    sample_init(&s);
    sample_good_day(&s);
    sample_add(&s, 0, 0, PL_UNKNOWN)->reason = reason;
    assert_ok(pl_assessment_derive(&s.a, arena, &d, &err), err);
    pl_report_summary(&s.a, &d, &style, out);
    pl_buf_ch(out, '\0');
}

static void the_summary_says_in_words_what_a_verdict_waits_for(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *says;
    } rows[] = {
        {"needs:zones", "1 wait for network zones"},
        {"needs:agent", "1 wait for the agent"},
        {"needs:policy", "1 policy not set"},
        {"limit:layers", "1 limit:layers"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        unknown_line(rows[i].reason, &out);
        if (!strstr(out.p, rows[i].says))
            fail_msg("%s: %s", rows[i].reason, out.p);
    }
}

static void people_and_parts_are_counted_apart(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};

    unknown_line("denied", &out);
    assert_non_null(strstr(out.p, "1 for people to attest, 1 waits: 1 for clusters"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_that_a_check_waits_for_has_words),
        cmocka_unit_test(the_summary_says_in_words_what_a_verdict_waits_for),
        cmocka_unit_test(people_and_parts_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
