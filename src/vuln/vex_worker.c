/* SPDX-License-Identifier: Apache-2.0 */
/* The worker "vex": forms told apart, OpenVEX, CycloneDX and the ignore file. */
#include "core/char.h"
#include "core/clock.h"
#include "vuln/limits.h"
#include "vuln/osv_range.h"
#include "vuln/vex_private.h"

#include <string.h>

int64_t pl_vex_time(const json_t *o, const char *key)
{
    int64_t us = 0;
    return pl_time_parse(pl_json_get_str(o, key), &us) && us > 0 ? us : 0;
}

/* ---- statements ---- */

static pl_rc flush(struct pl_vex_out *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_buf_ok(&out->buf))
        return pl_fail(err, PL_NOMEM, "out of memory");
    if (out->buf.n)
        rc = pl_jail_send(out->fd, PL_FRAME_VEX, pl_buf_view(&out->buf), err);
    pl_buf_reset(&out->buf);
    return rc;
}

/* One line of at most max bytes, cut at a character. */
static void put_text(pl_buf *out, pl_str s, size_t max)
{
    size_t n = s.n < max ? s.n : max;

    while (n && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    pl_buf_u32le(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        pl_buf_ch(out, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F ? ' ' : s.p[i]);
}

static bool is_word_or_empty(pl_str s, size_t max)
{
    return !s.n || pl_osv_is_word(s, max);
}

pl_rc pl_vex_put(struct pl_vex_out *out, const pl_vex_statement *s, pl_err *err)
{
    if (!pl_osv_is_word(s->id, PL_VULN_ID_MAX) || !is_word_or_empty(s->product, PL_VEX_PURL_MAX) ||
        !is_word_or_empty(s->component, PL_VEX_PURL_MAX)) {
        out->n_unclear++;
        return PL_OK;
    }
    if (out->n++ == PL_VEX_STATEMENTS_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d statements", PL_VEX_STATEMENTS_MAX);
    pl_buf_lstr(&out->buf, s->id);
    pl_buf_lstr(&out->buf, s->product);
    pl_buf_lstr(&out->buf, s->component);
    put_text(&out->buf, s->reason, PL_VEX_REASON_MAX);
    put_text(&out->buf, s->approver, PL_VEX_REASON_MAX);
    pl_buf_ch(&out->buf, (char)s->status);
    pl_buf_u64le(&out->buf, (uint64_t)s->time_us);
    pl_buf_u64le(&out->buf, (uint64_t)s->until_us);
    return out->buf.n >= PL_VULN_FRAME_FILL ? flush(out, err) : PL_OK;
}

/* ---- OpenVEX ---- */

static const struct status_word {
    const char *word;
    pl_vex_status status;
} openvex_words[] =
    {
        {"not_affected", PL_VEX_NOT_AFFECTED},
        {"affected", PL_VEX_AFFECTED},
        {"fixed", PL_VEX_FIXED},
        {"under_investigation", PL_VEX_UNDER_INVESTIGATION},
},
  cyclonedx_words[] = {
      {"resolved", PL_VEX_FIXED},
      {"resolved_with_pedigree", PL_VEX_FIXED},
      {"exploitable", PL_VEX_AFFECTED},
      {"in_triage", PL_VEX_UNDER_INVESTIGATION},
      {"false_positive", PL_VEX_NOT_AFFECTED},
      {"not_affected", PL_VEX_NOT_AFFECTED},
};

static bool status_of(const struct status_word *words, size_t n, pl_str word, pl_vex_status *ret)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(pl_str_c(words[i].word), word)) {
            *ret = words[i].status;
            return true;
        }
    return false;
}

/* "@id", or the package URL among the identifiers. */
static pl_str openvex_product(const json_t *p)
{
    pl_str purl = pl_json_get_str(json_object_get(p, "identifiers"), "purl");

    if (json_is_string(p))
        return pl_json_str_of(p);
    return purl.n ? purl : pl_json_get_str(p, "@id");
}

static pl_rc put_openvex_product(struct pl_vex_out *out, pl_vex_statement *s, const json_t *product,
                                 pl_err *err)
{
    const json_t *parts = json_object_get(product, "subcomponents");
    pl_rc rc = PL_OK;

    s->product = openvex_product(product);
    s->component = (pl_str){"", 0};
    if (!s->product.n) {
        out->n_unclear++;
        return PL_OK;
    }
    if (!json_array_size(parts))
        return pl_vex_put(out, s, err);
    for (size_t i = 0; i < json_array_size(parts) && rc == PL_OK; i++) {
        s->component = openvex_product(json_array_get(parts, i));
        if (s->component.n)
            rc = pl_vex_put(out, s, err);
        else
            out->n_unclear++;
    }
    return rc;
}

static pl_str openvex_id(const json_t *statement)
{
    const json_t *v = json_object_get(statement, "vulnerability");
    pl_str name = pl_json_get_str(v, "name");

    if (json_is_string(v))
        return pl_json_str_of(v);
    return name.n ? name : pl_json_get_str(v, "@id");
}

static pl_str first_of(pl_str a, pl_str b)
{
    return a.n ? a : b;
}

static pl_rc put_openvex(struct pl_vex_out *out, const json_t *statement, int64_t time_us,
                         pl_err *err)
{
    const json_t *products = json_object_get(statement, "products");
    int64_t own = pl_vex_time(statement, "last_updated");
    pl_vex_statement s = {
        .id = openvex_id(statement),
        .reason = first_of(pl_json_get_str(statement, "justification"),
                           first_of(pl_json_get_str(statement, "impact_statement"),
                                    pl_json_get_str(statement, "action_statement"))),
        .time_us = own ? own : pl_vex_time(statement, "timestamp"),
    };
    pl_rc rc = PL_OK;

    if (!s.time_us)
        s.time_us = time_us;
    if (!status_of(openvex_words, PL_COUNT(openvex_words), pl_json_get_str(statement, "status"),
                   &s.status))
        return pl_fail(err, PL_FORMAT, "a statement has no known status");
    if (!json_array_size(products))
        out->n_unclear++;
    for (size_t i = 0; i < json_array_size(products) && rc == PL_OK; i++)
        rc = put_openvex_product(out, &s, json_array_get(products, i), err);
    return rc;
}

pl_rc pl_vex_openvex(const json_t *doc, struct pl_vex_out *out, pl_err *err)
{
    const json_t *statements = json_object_get(doc, "statements");
    int64_t updated = pl_vex_time(doc, "last_updated");
    int64_t time_us = updated ? updated : pl_vex_time(doc, "timestamp");
    pl_rc rc = PL_OK;

    if (!json_is_array(statements))
        return pl_fail(err, PL_FORMAT, "OpenVEX document without statements");
    for (size_t i = 0; i < json_array_size(statements) && rc == PL_OK; i++)
        rc = put_openvex(out, json_array_get(statements, i), time_us, err);
    return rc;
}

/* ---- CycloneDX ---- */

/* The component with that bom-ref, also within another. */
static pl_str find_ref(const json_t *components, pl_str ref, unsigned depth)
{
    pl_str purl = {"", 0};

    for (size_t i = 0; i < json_array_size(components) && depth < PL_VEX_DEPTH_MAX && !purl.n;
         i++) {
        const json_t *c = json_array_get(components, i);
        if (pl_str_eq(pl_json_get_str(c, "bom-ref"), ref))
            purl = pl_json_get_str(c, "purl");
        else
            purl = find_ref(json_object_get(c, "components"), ref, depth + 1);
    }
    return purl;
}

/* A reference is a bom-ref, a package URL, or a link into another document: urn:cdx:...#ref. */
static pl_str cyclonedx_product(const json_t *doc, pl_str ref)
{
    pl_str link = ref, head;
    pl_str purl = find_ref(json_object_get(doc, "components"), ref, 0);
    const json_t *own = json_object_get(json_object_get(doc, "metadata"), "component");

    if (!purl.n && pl_str_eq(pl_json_get_str(own, "bom-ref"), ref))
        purl = first_of(pl_json_get_str(own, "purl"), pl_json_get_str(own, "name"));
    if (!purl.n && pl_str_starts(ref, PL_S("urn:cdx:")) && pl_str_cut(&link, '#', &head))
        ref = link;
    return purl.n ? purl : pl_str_starts(ref, PL_S("pkg:")) ? ref : (pl_str){"", 0};
}

static pl_rc put_cyclonedx(struct pl_vex_out *out, const json_t *doc, const json_t *v, pl_err *err)
{
    const json_t *analysis = json_object_get(v, "analysis");
    const json_t *affects = json_object_get(v, "affects");
    pl_vex_statement s = {
        .id = pl_json_get_str(v, "id"),
        .reason = first_of(pl_json_get_str(analysis, "justification"),
                           pl_json_get_str(analysis, "detail")),
        .time_us = pl_vex_time(analysis, "lastUpdated"),
    };
    pl_rc rc = PL_OK;

    /* an inventory's list of vulnerabilities says nothing of their state */
    if (!status_of(cyclonedx_words, PL_COUNT(cyclonedx_words), pl_json_get_str(analysis, "state"),
                   &s.status))
        return PL_OK;
    for (size_t i = 0; i < json_array_size(affects) && rc == PL_OK; i++) {
        pl_str ref = pl_json_get_str(json_array_get(affects, i), "ref");
        s.product = cyclonedx_product(doc, ref);
        if (s.product.n)
            rc = pl_vex_put(out, &s, err);
        else
            out->n_unclear++;
    }
    return rc;
}

pl_rc pl_vex_cyclonedx(const json_t *doc, struct pl_vex_out *out, pl_err *err)
{
    const json_t *list = json_object_get(doc, "vulnerabilities");
    pl_rc rc = PL_OK;

    if (!json_is_array(list))
        return pl_fail(err, PL_FORMAT, "CycloneDX document without vulnerabilities");
    for (size_t i = 0; i < json_array_size(list) && rc == PL_OK; i++)
        rc = put_cyclonedx(out, doc, json_array_get(list, i), err);
    return rc;
}

/* ---- the ignore file ---- */

/* The first day after it. */
static bool parse_until(pl_str date, int64_t *ret_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    char iso[] = "0000-00-00T00:00:00Z";

    if (!pl_is_date(date))
        return false;
    memcpy(iso, date.p, date.n);
    if (!pl_time_parse(pl_str_c(iso), ret_us))
        return false;
    *ret_us += day_us;
    return true;
}

/* CVE-2024-1, RHSA-2024:1, GHSA-xxxx-xxxx-xxxx: no list of YAML, no "reason:". */
static bool is_advisory(pl_str id)
{
    return id.n && pl_is_alpha(id.p[0]) && pl_str_has(id, PL_S("-")) && id.p[id.n - 1] != ':';
}

/* "exp:2027-01-31", "expires=...": what other tools take for a last day must not become a reason,
 * and the acceptance last for ever. */
static bool is_unknown_word(pl_str word)
{
    size_t n = 0;

    while (n < word.n && pl_is_alpha(word.p[n]))
        n++;
    return pl_str_starts(word, PL_S("exp:")) || (n > 0 && n < word.n && word.p[n] == '=');
}

static pl_rc take_ignore(struct pl_vex_out *out, pl_str line, pl_err *err)
{
    pl_vex_statement s = {.status = PL_VEX_IGNORED, .reason = line};
    pl_str word, rest = line;
    pl_str until = PL_S("until="), package = PL_S("package="), by = PL_S("by=");

    (void)pl_str_cut(&rest, ' ', &s.id);
    for (;;) {
        s.reason = pl_str_trim(rest);
        rest = s.reason;
        (void)pl_str_cut(&rest, ' ', &word);
        if (pl_str_starts(word, until)) {
            if (!parse_until(pl_str_sub(word, until.n, word.n), &s.until_us))
                return pl_fail(err, PL_FORMAT, "%.*s: a day such as until=2027-01-31 is expected",
                               PL_F(word));
        } else if (pl_str_starts(word, package)) {
            s.product = pl_str_sub(word, package.n, word.n);
        } else if (pl_str_starts(word, by)) {
            s.approver = pl_str_sub(word, by.n, word.n);
        } else {
            break;
        }
    }
    if (!is_advisory(s.id))
        return pl_fail(err, PL_FORMAT, "%.*s: no id of a vulnerability", PL_F(s.id));
    if (is_unknown_word(word))
        return pl_fail(err, PL_FORMAT,
                       "%.*s: until=DAY, by=NAME and package=NAME are the words before "
                       "a reason",
                       PL_F(word));
    if (!s.reason.n)
        return pl_fail(err, PL_FORMAT, "%.*s: the reason is missing", PL_F(s.id));
    uint32_t before = out->n_unclear;
    pl_rc rc = pl_vex_put(out, &s, err);
    return rc == PL_OK && out->n_unclear > before
               ? pl_fail(err, PL_FORMAT, "not an id and a package")
               : rc;
}

pl_rc pl_vex_ignore(pl_str text, struct pl_vex_out *out, pl_err *err)
{
    pl_rc rc = PL_OK;
    pl_str line, code;

    for (size_t no = 1; rc == PL_OK && pl_str_cut(&text, '\n', &line); no++) {
        if (memchr(line.p, '\0', line.n))
            return pl_fail(err, PL_FORMAT, "line %zu: not a line of text", no);
        bool is_comment = pl_str_starts(pl_str_trim(line), PL_S("#"));
        code = is_comment ? (pl_str){"", 0} : pl_str_trim(line);
        if (code.n)
            rc = take_ignore(out, code, err);
        if (rc != PL_OK)
            return pl_wrap(err, rc, "line %zu", no);
    }
    return rc;
}

/* ---- the worker ---- */

static pl_rc run_document(pl_str text, struct pl_vex_out *out, pl_err *err)
{
    json_error_t why;
    json_auto_t *doc = json_loadb(text.p, text.n, 0, &why);

    if (!doc)
        return pl_fail(err, PL_FORMAT, "line %d: %s", why.line, why.text);
    if (json_object_get(doc, "statements") &&
        pl_str_has(pl_json_get_str(doc, "@context"), PL_S("openvex")))
        return pl_vex_openvex(doc, out, err);
    if (pl_str_eq(pl_json_get_str(doc, "bomFormat"), PL_S("CycloneDX")))
        return pl_vex_cyclonedx(doc, out, err);
    if (json_object_get(json_object_get(doc, "document"), "csaf_version"))
        return pl_vex_csaf(doc, out, err);
    return pl_fail(err, PL_FORMAT, "neither OpenVEX, nor CSAF, nor CycloneDX");
}

static pl_rc finish(struct pl_vex_out *out, pl_err *err)
{
    pl_rc rc = flush(out, err);

    if (rc != PL_OK || !out->n_unclear)
        return rc;
    pl_buf_u32le(&out->buf, out->n_unclear);
    return pl_jail_send(out->fd, PL_FRAME_VEX_UNCLEAR, pl_buf_view(&out->buf), err);
}

pl_rc pl_vex_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    struct pl_vex_out out = {.fd = out_fd};

    pl_rc rc = pl_read_all(in_fd, PL_VEX_DOCUMENT_MAX, &text, err);
    if (rc == PL_OK && pl_str_eq(args, PL_S("ignore")))
        rc = pl_vex_ignore(pl_buf_view(&text), &out, err);
    else if (rc == PL_OK)
        rc = run_document(pl_buf_view(&text), &out, err);
    if (rc == PL_OK)
        rc = finish(&out, err);
    pl_buf_done(&out.buf);
    return rc;
}
