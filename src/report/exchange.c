/* SPDX-License-Identifier: Apache-2.0 */
#include "report/exchange.h"

#include "core/clock.h"
#include "core/hash.h"
#include "core/json_put.h"
#include "report/elements.h"
#include "report/limits.h"
#include "report/told.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

void pl_subject_context_put(pl_jw *w, const pl_subject *s)
{
    pl_jopen_object(w, "context");
    for (size_t i = 0; s->context && i < PL_CONTEXT_MEMBERS; i++)
        pl_jput_some(w, pl_subject_context_words[i], pl_subject_context_get(s->context, i));
    pl_jw_end(w);
}

pl_str pl_finding_rule(const pl_finding *f)
{
    return f->check ? f->check->id : f->vuln->advisory;
}

static void say_vulnerability(const pl_vuln_facts *v, pl_buf *out)
{
    pl_buf_fmt(out, "%.*s %.*s is affected by %.*s", PL_F(v->package), PL_F(v->version),
               PL_F(v->advisory));
    if (v->summary.n)
        pl_buf_fmt(out, ": %.*s", PL_F(v->summary));
}

/* Facts about the subject itself: "; reference web:1". */
static void say_subject(const pl_finding *f, pl_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_evidence && n < PL_REPORT_FACTS; i++) {
        const pl_evidence *e = &f->evidence[i];
        const char *dot = strrchr(e->field, '.');
        if (!pl_element_is_subject(f, e) || pl_str_ends(e->value, PL_S(" more")))
            continue;
        pl_buf_fmt(out, "%s%s %.*s", n++ ? ", " : "; ", dot ? dot + 1 : e->field,
                   PL_F(pl_str_sub(e->value, 0, PL_REPORT_FACT)));
    }
}

/* What made a check fail: "; /srv/x.php webshell_eval (application)". The rest is in the JSON form.
 */
static void say_facts(const pl_finding *f, pl_buf *out)
{
    size_t at = 0, n = 0, more = pl_elements_hidden(f);
    pl_element e;

    say_subject(f, out);
    while (pl_element_next(f, &at, &e)) {
        if (++n > PL_REPORT_FACTS)
            continue;
        pl_buf_c(out, "; ");
        pl_element_text(&e, out);
    }
    more += n > PL_REPORT_FACTS ? n - PL_REPORT_FACTS : 0;
    if (more)
        pl_buf_fmt(out, "; and %zu more", more);
}

void pl_finding_text(const pl_finding *f, pl_buf *out)
{
    if (f->vuln)
        say_vulnerability(f->vuln, out);
    else
        pl_buf_str(out, f->check->title);
    if (f->element.n)
        pl_buf_fmt(out, " [%.*s]", PL_F(f->element));
    pl_buf_fmt(out, " (%s", pl_verdict_word(f->verdict));
    if (f->reason)
        pl_buf_fmt(out, ": %s", f->reason);
    if (f->verdict == PL_WAIVED && f->statement)
        pl_buf_fmt(out, ", judged %s", pl_verdict_word(f->judged));
    if (f->left_out)
        pl_buf_fmt(out, "; left out: %s", f->left_out);
    pl_buf_ch(out, ')');
    if (f->statement) {
        pl_buf_c(out, "; ");
        pl_told_text(f->statement, out);
    }
    pl_finding_owners(f, out);
    if (f->check && pl_finding_judged(f) == PL_FAIL)
        say_facts(f, out);
}

void pl_finding_owners(const pl_finding *f, pl_buf *out)
{
    for (size_t i = 0; f->n_owners > 1 && i < f->n_owners; i++)
        pl_buf_fmt(out, "%s%lld of %.*s", i ? ", " : "; ", (long long)f->owners[i].n,
                   PL_F(f->owners[i].owner));
}

void pl_finding_remedy(const pl_finding *f, pl_buf *out)
{
    if (f->check)
        pl_buf_str(out, f->check->remedy);
    else if (f->vuln->fixed_version.n)
        pl_buf_fmt(out, "Update %.*s to %.*s.", PL_F(f->vuln->package),
                   PL_F(f->vuln->fixed_version));
}

size_t pl_subject_at(const pl_assessment *a, const pl_subject *s)
{
    size_t i = 0;

    while (i < a->n_subjects && a->subjects[i].subject != s)
        i++;
    return i;
}

/* ---- packages ---- */

static int compare(const pl_subject *sa, const pl_str a[3], const pl_subject *sb, const pl_str b[3])
{
    if (sa != sb)
        return (uintptr_t)sa < (uintptr_t)sb ? -1 : 1;
    for (size_t i = 0; i < 3; i++) {
        int order = pl_str_cmp(a[i], b[i]);
        if (order)
            return order;
    }
    return 0;
}

static int by_package(const void *pa, const void *pb)
{
    const pl_scope_package *a = *(const pl_scope_package *const *)pa;
    const pl_scope_package *b = *(const pl_scope_package *const *)pb;

    return compare(a->subject, (const pl_str[]){a->purl, a->name, a->version}, b->subject,
                   (const pl_str[]){b->purl, b->name, b->version});
}

bool pl_package_index_init(pl_package_index *x, const pl_assessment *a)
{
    x->a = a;
    x->sorted = malloc((a->n_packages + 1) * sizeof(*x->sorted));
    if (!x->sorted)
        return false;
    for (size_t i = 0; i < a->n_packages; i++)
        x->sorted[i] = &a->packages[i];
    qsort(x->sorted, a->n_packages, sizeof(*x->sorted), by_package);
    return true;
}

void pl_package_index_done(pl_package_index *x)
{
    free(x->sorted);
}

const pl_scope_package *pl_finding_package(const pl_package_index *x, const pl_finding *f)
{
    if (!f->vuln)
        return NULL;
    const pl_scope_package want = {.subject = f->subject,
                                   .purl = f->vuln->purl,
                                   .name = f->vuln->package,
                                   .version = f->vuln->version};
    const pl_scope_package *key = &want;
    const pl_scope_package **found =
        bsearch(&key, x->sorted, x->a->n_packages, sizeof(*x->sorted), by_package);

    return found ? *found : NULL;
}

/* ---- marks of a document ---- */

void pl_report_uuid(const pl_assessment *a, char ret[PL_UUID])
{
    enum { VERSION_AT = 6, VARIANT_AT = 8 };
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char sum[PL_SHA256];
    char hex[2 * PL_SHA256 + 1];

    pl_buf_fmt(&text, "%lld %.*s %s", (long long)a->generated_us, PL_F(a->system),
               a->content->digest);
    for (size_t i = 0; i < a->n_subjects; i++)
        pl_buf_fmt(&text, " %.*s", PL_F(a->subjects[i].subject->key));
    pl_sha256_of(pl_buf_view(&text), sum);
    sum[VERSION_AT] = (unsigned char)(0x80 | (sum[VERSION_AT] & 0x0f));
    sum[VARIANT_AT] = (unsigned char)(0x80 | (sum[VARIANT_AT] & 0x3f));
    pl_hex(sum, sizeof(sum), hex);
    (void)snprintf(ret, PL_UUID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
                   hex + 20);
}

void pl_time_seconds(int64_t us, char ret[PL_TIME_SECONDS])
{
    enum { TO_SECONDS = 19 };
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    (void)snprintf(ret, PL_TIME_SECONDS, "%.*sZ", TO_SECONDS, text);
}

bool pl_licence_is_spdx(const pl_scope_package *p)
{
    return p->licence_spdx.n && !pl_str_has(p->licence_spdx, PL_S("LicenseRef-"));
}
