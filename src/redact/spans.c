/* SPDX-License-Identifier: Apache-2.0 */
/* Text, in which secrets and card numbers are replaced where they stand. */
#include "redact/redact_priv.h"

#include "protected/card.h"
#include "redact/limits.h"

/* The hits and the card numbers of a text, in the order of their places. */
struct places {
    pl_str text;
    pl_secret_hits hits;
    size_t next_hit;
    size_t pan_from, pan_n;
    bool has_pan;
};

/* What is replaced as one: a secret, a card number, or both where they touch. */
struct span {
    size_t from, end;
    pl_str kind;
    bool is_pan;
};

static void find_pan(struct places *p, size_t at)
{
    p->has_pan = pl_card_next(p->text, at, &p->pan_from, &p->pan_n);
}

static bool absorb_hit(struct places *p, struct span *s)
{
    if (p->next_hit == p->hits.n || p->hits.items[p->next_hit].from >= s->end)
        return false;
    const pl_secret_hit *h = &p->hits.items[p->next_hit++];
    if (h->from + h->n > s->end)
        s->end = h->from + h->n;
    s->kind = h->kind;
    return true;
}

static bool absorb_pan(struct places *p, struct span *s)
{
    if (!p->has_pan || p->pan_from >= s->end)
        return false;
    if (p->pan_from + p->pan_n > s->end)
        s->end = p->pan_from + p->pan_n;
    s->is_pan = true;
    find_pan(p, p->pan_from + p->pan_n);
    return true;
}

static bool next_span(struct places *p, struct span *ret)
{
    size_t from = p->has_pan ? p->pan_from : SIZE_MAX;

    if (p->next_hit < p->hits.n && p->hits.items[p->next_hit].from < from)
        from = p->hits.items[p->next_hit].from;
    if (from == SIZE_MAX)
        return false;
    *ret = (struct span){.from = from, .end = from + 1};
    while (absorb_hit(p, ret) || absorb_pan(p, ret))
        ;
    return true;
}

/* A secret with a card number in it is replaced as a card number. */
static pl_rc put_mark(const pl_redact_out *o, const struct span *s, pl_str text, pl_err *err)
{
    if (s->is_pan) {
        pl_buf_c(o->out, "[redacted:pan]");
        return PL_OK;
    }
    pl_buf_fmt(o->out, "[redacted:%.*s:", PL_F(s->kind));
    pl_rc rc = o->ref(o->arg, pl_str_sub(text, s->from, s->end - s->from), o->out, err);
    pl_buf_ch(o->out, ']');
    return rc;
}

pl_rc pl_redact_spans(const pl_redact_out *o, pl_str text, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_REDACT_ARENA);
    struct places p = {.text = text};
    struct span span;
    size_t at = 0;

    if (!a)
        return pl_fail(err, PL_NOMEM, "text to be redacted");
    pl_rc rc = pl_secrets_find(o->secrets, text, PL_SECRETS_PAIRS, a, &p.hits, err);
    if (rc)
        return rc;
    if (p.hits.is_cut) {
        span = (struct span){.end = text.n, .kind = PL_S("unsearched")};
        return put_mark(o, &span, text, err);
    }
    find_pan(&p, 0);
    while (!rc && next_span(&p, &span)) {
        pl_buf_str(o->out, pl_str_sub(text, at, span.from - at));
        rc = put_mark(o, &span, text, err);
        at = span.end;
    }
    pl_buf_str(o->out, pl_str_sub(text, at, text.n));
    return rc;
}
