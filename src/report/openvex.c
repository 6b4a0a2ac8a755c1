/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenVEX 0.2: a statement a vulnerability of a subject, to be reviewed, signed and handed on.
 *
 * What a VEX document said stands as it was said. A vulnerability that nobody has looked at is
 * under investigation: that the package is there says nothing yet of whether it can be reached.
 * One that its owner ignores is affected, with the reason as the action taken. Checks, packages
 * and gaps have no place in this format.
 */
#include "core/clock.h"
#include "core/json_put.h"
#include "report/exchange.h"
#include "report/words.h"

/* The labels that the format knows; any other reason is an impact statement. */
static const pl_str justifications[] = {
    {"component_not_present", 21},
    {"vulnerable_code_not_present", 27},
    {"vulnerable_code_not_in_execute_path", 35},
    {"vulnerable_code_cannot_be_controlled_by_adversary", 49},
    {"inline_mitigations_already_exist", 32},
};

static bool is_justification(pl_str s)
{
    for (size_t i = 0; i < PL_COUNT(justifications); i++)
        if (pl_str_eq(justifications[i], s))
            return true;
    return false;
}

/* Our words that are not the format's. */
static pl_str status_of(const pl_vuln_facts *v)
{
    if (pl_str_eq(v->vex_status, PL_S("ignored")))
        return PL_S("affected");
    return v->vex_status.n && !pl_str_eq(v->vex_status, PL_S("expired"))
               ? v->vex_status
               : PL_S("under_investigation");
}

static void write_vulnerability(pl_jw *w, const pl_vuln_facts *v)
{
    pl_jopen_object(w, "vulnerability");
    pl_jput_str(w, "name", v->advisory);
    pl_jput_some(w, "description", v->summary);
    if (v->n_aliases) {
        pl_jopen_array(w, "aliases");
        for (size_t i = 0; i < v->n_aliases; i++)
            pl_jw_str(w, v->aliases[i]);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_product(pl_jw *w, const pl_finding *f)
{
    pl_str key = f->subject->key, algorithm;
    const pl_vuln_facts *v = f->vuln;

    pl_jopen_array(w, "products");
    pl_jw_object(w);
    pl_jput_str(w, "@id", pl_subject_label(f->subject));
    if (pl_str_starts(key, PL_S("sha256:")) && pl_str_cut(&key, ':', &algorithm)) {
        pl_jopen_object(w, "hashes");
        pl_jput_str(w, "sha-256", key);
        pl_jw_end(w);
    }
    pl_jopen_array(w, "subcomponents");
    pl_jw_object(w);
    pl_jput_str(w, "@id", v->purl.n ? v->purl : v->package);
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
}

/* The format asks for a reason where something is not affected, and for an action where it is. */
static void write_reason(pl_jw *w, const pl_finding *f, pl_str status)
{
    PL_AUTO_BUF pl_buf action = {0};
    pl_str reason = f->vuln->vex_reason;

    if (pl_str_eq(status, PL_S("not_affected"))) {
        const char *key = is_justification(reason) ? "justification" : "impact_statement";
        pl_jput_str(w, key, reason.n ? reason : PL_S("no reason was given"));
    } else if (pl_str_eq(status, PL_S("affected"))) {
        pl_finding_remedy(f, &action);
        pl_str text = reason.n ? reason : pl_buf_view(&action);
        pl_jput_str(w, "action_statement", text.n ? text : PL_S("no fix is known"));
    } else {
        pl_jput_some(w, "status_notes", reason);
    }
}

static void write_statement(pl_jw *w, const pl_finding *f)
{
    pl_str status = status_of(f->vuln);

    pl_jw_object(w);
    write_vulnerability(w, f->vuln);
    write_product(w, f);
    pl_jput_str(w, "status", status);
    write_reason(w, f, status);
    pl_jw_end(w);
}

void pl_report_openvex(const pl_assessment *a, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};
    char uuid[PL_UUID], when[PL_TIME_SECONDS];
    PL_AUTO_BUF pl_buf id = {0}, tool = {0};

    pl_report_uuid(a, uuid);
    pl_time_seconds(a->generated_us, when);
    pl_buf_fmt(&id, "urn:uuid:%s", uuid);
    pl_buf_fmt(&tool, "plimsoll/%.*s", PL_F(a->tool_version));
    pl_jw_object(&w);
    pl_jput_c(&w, "@context", "https://openvex.dev/ns/v0.2.0");
    pl_jput_str(&w, "@id", pl_buf_view(&id));
    pl_jput_c(&w, "author", "plimsoll");
    pl_jput_c(&w, "role", "scanner");
    pl_jput_c(&w, "timestamp", when);
    pl_jput_int(&w, "version", 1);
    pl_jput_str(&w, "tooling", pl_buf_view(&tool));
    pl_jopen_array(&w, "statements");
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->vuln &&
            (a->findings[i]->verdict == PL_FAIL || a->findings[i]->verdict == PL_WAIVED))
            write_statement(&w, a->findings[i]);
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
