/* SPDX-License-Identifier: Apache-2.0 */
#include "model/finding.h"

#include "core/hash.h"

#include <stdio.h>
#include <string.h>

static const char *const severity_words[] = {
#define X(sym, word, rank) [PL_##sym] = word,
    PL_SEVERITY_LIST(X)
#undef X
};

static const char *const verdict_words[] = {
    [PL_PASS] = "pass",     [PL_FAIL] = "fail",         [PL_NOT_APPLICABLE] = "not-applicable",
    [PL_WAIVED] = "waived", [PL_ATTESTED] = "attested", [PL_UNKNOWN] = "unknown",
};

pl_verdict pl_finding_judged(const pl_finding *f)
{
    return f->statement && f->verdict == PL_WAIVED ? f->judged : f->verdict;
}

static int word_index(const char *const *words, size_t n, pl_str s)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(pl_str_c(words[i]), s))
            return (int)i;
    return -1;
}

const char *pl_severity_word(pl_severity s)
{
    return severity_words[s];
}

bool pl_severity_parse(pl_str s, pl_severity *ret)
{
    int i = word_index(severity_words, PL_COUNT(severity_words), s);
    if (i < 0)
        return false;
    *ret = (pl_severity)i;
    return true;
}

const char *pl_verdict_word(pl_verdict v)
{
    return verdict_words[v];
}

bool pl_verdict_parse(pl_str s, pl_verdict *ret)
{
    int i = word_index(verdict_words, PL_COUNT(verdict_words), s);
    if (i < 0)
        return false;
    *ret = (pl_verdict)i;
    return true;
}

/* In one piece where they are short: each call to OpenSSL costs more than the bytes. */
static void add_parts(pl_sha256 *h, const pl_str *parts, size_t n)
{
    char text[256] = {0}; /* gcc 12 at -O3 cannot see that no byte is read before it was written */
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > sizeof(text) - at) {
            pl_sha256_add(h, text, at);
            at = 0;
        }
        if (parts[i].n > sizeof(text)) {
            pl_sha256_add(h, parts[i].p, parts[i].n);
        } else if (parts[i].n) {
            memcpy(text + at, parts[i].p, parts[i].n);
            at += parts[i].n;
        }
    }
    pl_sha256_add(h, text, at);
}

void pl_finding_id_with(pl_sha256 *h, pl_str klass, pl_str what, pl_str where,
                        char ret[PL_FINDING_ID])
{
    /* 80 bits are sixteen digits of base32 and leave none over. */
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    enum { HALF = 5, HALF_DIGITS = 8 };
    const pl_str parts[] = {klass, PL_S("\n"), what, PL_S("\n"), where};
    unsigned char hash[PL_SHA256];
    char *to = ret;

    add_parts(h, parts, PL_COUNT(parts));
    pl_sha256_end(h, hash);

    *to++ = 'F';
    *to++ = '-';
    for (size_t half = 0; half < 2; half++) {
        uint64_t bits = 0;
        for (size_t i = 0; i < HALF; i++)
            bits = bits << 8 | hash[half * HALF + i];
        for (size_t i = HALF_DIGITS; i-- > 0;)
            *to++ = digits[bits >> (5 * i) & 31];
    }
    *to = '\0';
}

void pl_finding_id(pl_str klass, pl_str what, pl_str where, char ret[PL_FINDING_ID])
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();

    /* Without an identity nothing can be recorded, so going on is worse than stopping. */
    if (!h)
        abort();
    pl_finding_id_with(h, klass, what, where, ret);
}

/* ---- where it was written ---- */

/* The list of the subject's kind that holds such elements: "mount.source" of container.mounts. */
static int list_field(const pl_kind *kind, pl_str name)
{
    pl_str of;

    (void)pl_str_cut(&name, '.', &of);
    for (size_t i = 0; i < kind->n; i++)
        if (kind->fields[i].type == PL_T_RECS && kind->fields[i].of &&
            pl_str_eq(of, pl_str_c(kind->fields[i].of)))
            return (int)i;
    return -1;
}

static const pl_source_place *place_of(const pl_source *s, int field, pl_str element, long at)
{
    const pl_source_place *best = NULL;

    for (size_t i = 0; i < s->n; i++) {
        if (s->v[i].field != field)
            continue;
        if (s->v[i].at >= 0 ? s->v[i].at == at : element.n && pl_str_eq(s->v[i].element, element))
            return &s->v[i];
        if (!best)
            best = &s->v[i];
    }
    return best;
}

static const pl_source_place *place_of_field(const pl_finding *f, const char *name)
{
    const pl_kind *kind = f->subject->rec->kind;
    pl_str full = pl_str_c(name), root = full;

    /* "container.label[owner]" */
    (void)pl_str_cut(&root, '[', &full);
    int field = pl_kind_field(kind, full);
    if (field < 0)
        field = list_field(kind, full);
    return field < 0 ? NULL : place_of(f->subject->source, field, f->fault_element, -1);
}

void pl_finding_locate(pl_finding *f)
{
    const pl_source *s = f->subject->source;
    const pl_source_place *at = NULL;

    if (!s)
        return;
    if (f->fault_list)
        at = place_of(s, f->fault_list - 1, f->fault_element, (long)f->fault_at);
    if (!at && f->reason_field)
        at = place_of_field(f, f->reason_field);
    for (size_t i = 0; !at && i < f->n_evidence; i++)
        at = place_of_field(f, f->evidence[i].field);
    if (!at)
        at = place_of(s, -1, (pl_str){"", 0}, -1);
    f->file = at && at->file.n ? at->file : s->file;
    f->line = at ? at->line : 0;
    f->column = at ? at->column : 0;
}
