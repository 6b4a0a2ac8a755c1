/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include "cli/state_dir.h"
#include "core/log.h"

#include <string.h>
#include <unistd.h>

/* ---- owners ---- */

static const struct {
    const char *word, *owner;
} owners[] = {
    {"base", "base-image"},         {"base-image", "base-image"}, {"app", "application"},
    {"application", "application"}, {"platform", "platform"},     {"host", "host"},
    {"unknown", "unknown"},
};

static pl_rc read_owners(const char *given, pl_arena *a, pl_filter *ret, pl_err *err)
{
    pl_str rest = pl_str_c(given), word;
    pl_str *list = pl_arena_calloc(a, rest.n + 1, sizeof(*list));

    if (!list)
        return pl_fail(err, PL_NOMEM, "--only-owner");
    while (pl_str_cut(&rest, ',', &word)) {
        size_t i = 0;
        while (i < PL_COUNT(owners) && !pl_str_eq(pl_str_trim(word), pl_str_c(owners[i].word)))
            i++;
        if (i == PL_COUNT(owners))
            return pl_fail(err, PL_USAGE,
                           "--only-owner: \"%.*s\" is none of base, app, platform, host, unknown",
                           PL_F(word));
        list[ret->n_owners++] = pl_str_c(owners[i].owner);
    }
    if (!ret->n_owners)
        return pl_fail(err, PL_USAGE, "--only-owner needs a word, such as base");
    ret->owners = list;
    return PL_OK;
}

/* ---- since ---- */

/* "2026-11-01" is its first moment, UTC. */
static bool read_time(pl_str given, int64_t *ret_us)
{
    enum { DAY = 10 };
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_str(&text, given);
    if (given.n == DAY)
        pl_buf_c(&text, "T00:00:00Z");
    return pl_buf_ok(&text) && pl_time_parse(pl_buf_view(&text), ret_us);
}

static bool is_entry(pl_str given, pl_str *ret_number)
{
    uint64_t n;

    *ret_number = pl_str_starts(given, PL_S("E-")) ? pl_str_sub(given, 2, given.n) : given;
    return pl_str_u64(*ret_number, &n);
}

/* Without records nobody knows when a finding was first seen. */
static pl_rc need_records(pl_cli *cli, const char *given, pl_err *err)
{
    const char *dir = NULL;
    pl_rc rc = pl_cli_state_dir(cli, &dir, err);

    return rc || dir ? rc
                     : pl_fail(err, PL_USAGE,
                               "--new-since %s: --state-dir none keeps no records; name a JSON "
                               "report",
                               given);
}

static pl_rc read_report(pl_cli *cli, const char *given, bool is_number, pl_str number,
                         pl_filter *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_REPORT_JSON_MAX};
    pl_rc rc = is_number ? pl_cli_log_report(cli, number.p, &json, err)
                         : pl_cli_read_report(given, &json, err);

    if (!rc)
        rc = pl_report_read_ids(pl_buf_view(&json), cli->arena, &ret->known, err);
    ret->has_report = true;
    return pl_wrap(err, rc, "--new-since %s", given);
}

static pl_rc read_since(pl_cli *cli, const char *given, pl_filter *ret, pl_err *err)
{
    pl_str s = pl_str_c(given), number;
    bool is_file = access(given, F_OK) == 0;
    bool is_number = !is_file && is_entry(s, &number);

    ret->is_last = !is_file && pl_str_eq(s, PL_S("last"));
    ret->has_time = ret->is_last || (!is_file && read_time(s, &ret->since_us));
    if (ret->has_time)
        return need_records(cli, given, err);
    if (!is_file && !is_number)
        return pl_fail(err, PL_USAGE,
                       "--new-since %s: it is last, a time (2026-11-01), an entry of the log "
                       "(E-0042) or a JSON report",
                       given);
    return read_report(cli, given, is_number, number, ret, err);
}

/* ---- the options ---- */

static void add_text(pl_buf *out, const char *name, const char *value)
{
    pl_buf_fmt(out, "%s--%s%s%s", out->n ? " " : "", name, value ? " " : "", value ? value : "");
}

pl_rc pl_filter_read(pl_cli *cli, const struct pl_args *args, pl_filter *ret, pl_err *err)
{
    const char *owner = pl_opt_value(args, "only-owner");
    const char *since = pl_opt_value(args, "new-since");
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = PL_OK;

    *ret = (pl_filter){.ignore_unfixed = pl_opt_on(args, "ignore-unfixed")};
    if (ret->ignore_unfixed)
        add_text(&text, "ignore-unfixed", NULL);
    if (owner) {
        add_text(&text, "only-owner", owner);
        rc = read_owners(owner, cli->arena, ret, err);
    }
    if (!rc && since) {
        add_text(&text, "new-since", since);
        rc = read_since(cli, since, ret, err);
    }
    ret->text = pl_arena_str(cli->arena, pl_buf_view(&text));
    return rc || ret->text.p ? rc : pl_fail(err, PL_NOMEM, "filters");
}

/* ---- findings ---- */

static bool is_owner_of(const pl_filter *f, pl_str owner)
{
    for (size_t i = 0; i < f->n_owners; i++)
        if (pl_str_eq(f->owners[i], owner))
            return true;
    return false;
}

/* One that several share is for each of them. */
static bool is_asked_for(const pl_filter *f, const pl_finding *x)
{
    bool found = !f->owners || is_owner_of(f, x->owner);

    for (size_t i = 0; !found && i < x->n_owners; i++)
        found = is_owner_of(f, x->owners[i].owner);
    return found;
}

/* What was unknown and fails now is new; what failed and cannot be judged now is not. One more
 * element that fails makes it new again: the lists show it with the others. */
static bool is_known(const pl_filter *f, const pl_assessment *as, const pl_finding *x)
{
    const pl_report_id *before = f->has_report ? pl_report_find_id(&f->known, x->id) : NULL;

    if (before)
        return (before->verdict == PL_FAIL && !pl_report_has_new(before, x)) ||
               (before->verdict == PL_UNKNOWN && x->verdict == PL_UNKNOWN);
    if (!f->has_time || x->first_seen_us == 0)
        return false;
    int64_t since_us = f->is_last ? as->started_us : f->since_us;
    return x->first_seen_us < since_us && x->grown_us < since_us;
}

static const char *why_left_out(const pl_filter *f, const pl_assessment *as, const pl_finding *x)
{
    if (f->ignore_unfixed && x->vuln && !x->vuln->fixed_version.n)
        return PL_LEFT_OUT_UNFIXED;
    if (!is_asked_for(f, x))
        return PL_LEFT_OUT_OWNER;
    return is_known(f, as, x) ? PL_LEFT_OUT_KNOWN : NULL;
}

/* Fails, and what could not be judged this time; blanks of this version are the same in every run.
 */
static bool is_open(const pl_finding *x)
{
    return x->verdict == PL_FAIL ||
           (x->verdict == PL_UNKNOWN &&
            !(x->reason && pl_str_starts(pl_str_c(x->reason), PL_S("needs:"))));
}

/* Ids of another image are other ids, and then everything looks new. */
static void warn_of_stranger(const pl_filter *f, const pl_assessment *as)
{
    for (size_t i = 0; i < as->n_findings; i++)
        if (pl_report_find_id(&f->known, as->findings[i]->id))
            return;
    pl_log_say(PL_LOG_WARN, "filter.stranger",
               "--new-since: that report is about other subjects, so everything counts as new");
}

pl_rc pl_filter_apply(const pl_filter *f, pl_arena *a, pl_assessment *as, pl_err *err)
{
    const pl_finding **list;

    if (!f->text.n)
        return PL_OK;
    if (f->has_report && as->n_findings)
        warn_of_stranger(f, as);
    as->filters = f->text;
    list = pl_arena_calloc(a, as->n_findings + 1, sizeof(*list));
    for (size_t i = 0; list && i < as->n_findings; i++) {
        const pl_finding *x = as->findings[i];
        const char *why = is_open(x) ? why_left_out(f, as, x) : NULL;
        list[i] = x;
        if (!why)
            continue;
        pl_finding *copy = PL_NEW(a, pl_finding);
        if (!copy)
            return pl_fail(err, PL_LIMIT, "findings that are left out");
        *copy = *x;
        copy->left_out = why;
        list[i] = copy;
    }
    if (!list)
        return pl_fail(err, PL_LIMIT, "findings that are left out");
    as->findings = list;
    return PL_OK;
}
