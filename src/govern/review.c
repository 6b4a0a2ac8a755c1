/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/review.h"

#include "core/clock.h"
#include "core/text.h"
#include "ledger/leaf.h"

#include <stdarg.h>
#include <string.h>

static const struct {
    const char *member, *heading;
} parts[] = {
#define X(sym, member, heading) [PL_REVIEW_##sym] = {(member), (heading)},
    PL_REVIEW_LIST(X)
#undef X
};

const char *pl_review_member(pl_review_part p)
{
    return parts[p].member;
}

void pl_review_done(pl_review *r)
{
    for (size_t i = 0; i < PL_REVIEW_PARTS; i++)
        pl_buf_done(&r->lines[i]);
}

/* ---- lines ---- */

struct entry {
    pl_review *to;
    uint64_t index;
    pl_str type;
    const json_t *leaf, *body;
};

static pl_str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    const char *s = json_string_value(v);

    return s ? (pl_str){s, json_string_length(v)} : (pl_str){"", 0};
}

static void add(struct entry *e, pl_review_part part, const char *fmt, ...) PL_PRINTF(3, 4);

static void add(struct entry *e, pl_review_part part, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    pl_buf *out = &e->to->lines[part];

    if (e->to->n[part]++ >= PL_REVIEW_LINES)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    pl_buf_fmt(out, "  E-%04llu  ", (unsigned long long)e->index);
    pl_text_visible(out, pl_str_c(text), PL_TEXT_ALL);
    pl_buf_ch(out, '\n');
}

static pl_str subject_of(const struct entry *e)
{
    const json_t *s = json_array_get(json_object_get(e->leaf, "subj"), 0);
    pl_str id = text_of(s, "id");

    return pl_str_sub(id.n ? id : text_of(s, "d"), 0, 24);
}

static void take_verdict(struct entry *e, const json_t *line)
{
    pl_str verdict = text_of(line, "verdict"), check = text_of(line, "check");
    pl_review_part part = PL_REVIEW_PARTS;

    if (pl_str_eq(verdict, PL_S("fail")))
        part = PL_REVIEW_FAILED;
    else if (pl_str_eq(verdict, PL_S("pass")))
        part = PL_REVIEW_OVER;
    else if (pl_str_eq(verdict, PL_S("unknown")) &&
             !pl_str_starts(text_of(line, "reason"), PL_S("needs:")))
        part = PL_REVIEW_UNKNOWN;
    if (part == PL_REVIEW_PARTS)
        return;
    add(e, part, "%.*s %.*s %.*s %.*s of %.*s %.*s", PL_F(text_of(line, "id")),
        PL_F(text_of(line, "severity")), PL_F(check.n ? check : text_of(line, "advisory")),
        PL_F(text_of(line, "package")), PL_F(subject_of(e)), PL_F(text_of(line, "reason")));
}

/* A pass is news only where something failed before: an entry lists what changed, and at the first
 * look everything did. */
static void take_result(struct entry *e)
{
    const json_t *changed = json_object_get(e->body, "changed");
    json_int_t n = json_integer_value(json_object_get(e->body, "n_changed"));
    json_int_t all = json_integer_value(json_object_get(e->body, "n"));

    if (n > (json_int_t)json_array_size(changed))
        add(e, PL_REVIEW_FAILED,
            "%lld more verdicts of %.*s changed; plimsoll ledger show %llu "
            "--blob verdicts",
            (long long)(n - (json_int_t)json_array_size(changed)), PL_F(subject_of(e)),
            (unsigned long long)e->index);
    for (size_t i = 0; i < json_array_size(changed); i++) {
        const json_t *line = json_array_get(changed, i);
        bool is_first = n == all && pl_str_eq(text_of(line, "verdict"), PL_S("pass"));
        if (!is_first)
            take_verdict(e, line);
    }
}

static void take_changes(struct entry *e)
{
    const json_t *changed = json_object_get(e->body, "changed");

    for (size_t i = 0; i < json_array_size(changed); i++) {
        const json_t *c = json_array_get(changed, i);
        add(e, PL_REVIEW_CHANGES, "%.*s was \"%.*s\", is \"%.*s\"", PL_F(text_of(c, "name")),
            PL_F(text_of(c, "was")), PL_F(text_of(c, "is")));
    }
}

static void take_statement(struct entry *e)
{
    pl_str what = text_of(e->body, "control");
    const char *const others[] = {"finding", "container", "day"};

    for (size_t i = 0; i < PL_COUNT(others) && !what.n; i++)
        what = text_of(e->body, others[i]);
    add(e, PL_REVIEW_STATEMENTS, "%.*s %.*s %.*s by %.*s", PL_F(e->type),
        PL_F(text_of(e->body, "act")), PL_F(what), PL_F(text_of(e->body, "by")));
}

/* What the run that wrote this report could not read. */
static pl_rc take_report(struct entry *e, pl_log *log, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {0};
    pl_rc rc = pl_log_blob(log, e->index, PL_S("report"), &json, err);

    /* A day is read and signed all the same, and the sheet says what is missing. */
    if (rc == PL_NOTFOUND || rc == PL_DENIED || rc == PL_TAMPERED) {
        add(e, PL_REVIEW_UNREAD, "the report itself: %s", err->text);
        return PL_OK;
    }
    if (rc)
        return rc;
    json_auto_t *doc = json_loadb(json.p ? json.p : "", json.n, JSON_ALLOW_NUL, NULL);
    const json_t *gaps = json_object_get(doc, "gaps");
    for (size_t i = 0; i < json_array_size(gaps); i++) {
        const json_t *g = json_array_get(gaps, i);
        add(e, PL_REVIEW_UNREAD, "%.*s: %.*s", PL_F(text_of(g, "what")),
            PL_F(text_of(g, "reason")));
    }
    return PL_OK;
}

static bool is_of(pl_str type, const char *family)
{
    return pl_str_starts(type, pl_str_c(family));
}

static pl_rc take(struct entry *e, pl_log *log, pl_err *err)
{
    if (is_of(e->type, "check.result"))
        take_result(e);
    else if (is_of(e->type, "policy.change"))
        take_changes(e);
    else if (is_of(e->type, "govern.") || is_of(e->type, "review.day"))
        take_statement(e);
    else if (is_of(e->type, "report.issued"))
        return take_report(e, log, err);
    else if (is_of(e->type, "ledger.gap") || is_of(e->type, "ledger.recover"))
        add(e, PL_REVIEW_UNREAD, "%.*s %.*s", PL_F(e->type), PL_F(text_of(e->body, "why")));
    else if (is_of(e->type, "runtime.alert"))
        add(e, PL_REVIEW_ALERTS, "%.*s of %.*s", PL_F(text_of(e->body, "rule")),
            PL_F(subject_of(e)));
    else if ((is_of(e->type, "docker.authz") || is_of(e->type, "policy.decision")) &&
             json_is_false(json_object_get(e->body, "allow")))
        add(e, PL_REVIEW_DENIALS, "%.*s %.*s", PL_F(e->type), PL_F(text_of(e->body, "reason")));
    return PL_OK;
}

/* ---- the day ---- */

static pl_rc read_one(pl_log *log, uint64_t i, int64_t from_us, int64_t to_us, pl_review *ret,
                      pl_err *err)
{
    pl_str text;
    pl_leaf head;
    int64_t t = 0;
    json_t *leaf = NULL;

    pl_rc rc = pl_log_leaf(log, i, &text, err);
    if (rc || pl_leaf_parse(text, &head, NULL) != PL_OK || !pl_time_parse(head.t, &t) ||
        t < from_us || t >= to_us)
        return rc;
    if (ret->n_entries++ == 0)
        ret->first = i;
    rc = pl_log_leaf_json(log, i, &leaf, err);
    if (rc)
        return rc;
    struct entry e = {.to = ret,
                      .index = i,
                      .type = text_of(leaf, "type"),
                      .leaf = leaf,
                      .body = json_object_get(leaf, "body")};
    rc = take(&e, log, err);
    json_decref(leaf);
    return rc;
}

pl_rc pl_review_read(pl_log *log, int64_t from_us, int64_t to_us, pl_review *ret, pl_err *err)
{
    uint64_t size = pl_log_head(log)->size;
    pl_rc rc = PL_OK;

    *ret = (pl_review){0};
    for (uint64_t i = 0; !rc && i < size; i++)
        rc = read_one(log, i, from_us, to_us, ret, err);
    for (size_t p = 0; !rc && p < PL_REVIEW_PARTS; p++)
        if (!pl_buf_ok(&ret->lines[p]))
            rc = pl_fail(err, PL_NOMEM, "review");
    return rc;
}

void pl_review_print(const pl_review *r, pl_str day, pl_buf *out)
{
    pl_buf_fmt(out, "Review of %.*s (UTC)\n", PL_F(day));
    if (r->n_entries)
        pl_buf_fmt(out, "%llu entries of the log, from E-%04llu on\n",
                   (unsigned long long)r->n_entries, (unsigned long long)r->first);
    else
        pl_buf_c(out, "nothing was recorded on that day\n");
    for (size_t p = 0; p < PL_REVIEW_PARTS; p++) {
        pl_buf_fmt(out, "\n%s: %zu\n", parts[p].heading, r->n[p]);
        pl_buf_str(out, pl_buf_view(&r->lines[p]));
        if (r->n[p] > PL_REVIEW_LINES)
            pl_buf_fmt(out, "  and %zu more (limit PL_REVIEW_LINES)\n", r->n[p] - PL_REVIEW_LINES);
    }
    pl_buf_c(out, "\nAlerts and denials come with run-time monitoring and admission; where these "
                  "do not run, none are\nin the log.\n");
}
