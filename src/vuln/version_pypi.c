/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python versions (packaging.python.org/specifications/version-specifiers, once PEP 440):
 * [N!]N{.N}[{a|b|rc}N][.postN][.devN][+local], with the spellings that the specification lets
 * pass. What it does not know (the versions from before it) has no order.
 */
#include "vuln/char.h"
#include "vuln/version.h"

enum stage { STAGE_DEV, STAGE_ALPHA, STAGE_BETA, STAGE_RC, STAGE_FINAL };

struct version {
    pl_str epoch, release;
    enum stage stage; /* DEV: a development release of the final one */
    pl_str pre;       /* number of the stage */
    bool has_post, has_dev;
    pl_str post, dev;
    pl_str local; /* empty: none */
};

/* Of two that begin alike the longer stands first. */
static const struct word {
    pl_str word;
    enum stage stage;
} pre_words[] = {
    {{"alpha", 5}, STAGE_ALPHA}, {{"a", 1}, STAGE_ALPHA},    {{"beta", 4}, STAGE_BETA},
    {{"b", 1}, STAGE_BETA},      {{"preview", 7}, STAGE_RC}, {{"pre", 3}, STAGE_RC},
    {{"c", 1}, STAGE_RC},        {{"rc", 2}, STAGE_RC},
};
static const struct word post_words[] = {{{"post", 4}, 0}, {{"rev", 3}, 0}, {{"r", 1}, 0}};
static const struct word dev_words[] = {{{"dev", 3}, 0}};

static bool is_separator(char c)
{
    return c == '.' || c == '-' || c == '_';
}

static void take_separator(pl_str *s)
{
    if (s->n && is_separator(*s->p))
        *s = pl_skip(*s, 1);
}

/* [separator] word [separator] [number]; NULL, and nothing is taken: it is not there. */
static const struct word *take_part(pl_str *s, const struct word *words, size_t n, pl_str *ret)
{
    pl_str rest = *s;

    take_separator(&rest);
    for (size_t i = 0; i < n; i++) {
        if (!pl_take_word(&rest, words[i].word))
            continue;
        take_separator(&rest);
        *ret = pl_take_digits(&rest);
        *s = rest;
        return &words[i];
    }
    return NULL;
}

static bool take_release(pl_str *s, pl_str *ret)
{
    pl_str rest = *s;

    if (!pl_take_digits(&rest).n)
        return false;
    for (;;) {
        pl_str next = rest;
        if (!pl_take_char(&next, '.') || !pl_take_digits(&next).n)
            break;
        rest = next;
    }
    *ret = (pl_str){s->p, s->n - rest.n};
    *s = rest;
    return true;
}

static void take_epoch(pl_str *s, pl_str *ret)
{
    pl_str rest = *s, epoch = pl_take_digits(&rest);

    *ret = (pl_str){"", 0};
    if (epoch.n && pl_take_char(&rest, '!')) {
        *ret = epoch;
        *s = rest;
    }
}

/* "-1" alone is a post release too. */
static bool take_post(pl_str *s, pl_str *ret)
{
    pl_str rest = *s;

    if (pl_take_char(&rest, '-') && rest.n && pl_is_digit(*rest.p)) {
        *ret = pl_take_digits(&rest);
        *s = rest;
        return true;
    }
    return take_part(s, post_words, PL_COUNT(post_words), ret) != NULL;
}

static bool is_local(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pl_is_alnum(s.p[i]) &&
            (!is_separator(s.p[i]) || !i || i + 1 == s.n || is_separator(s.p[i - 1])))
            return false;
    return s.n > 0;
}

static pl_str trim_blanks(pl_str s)
{
    while (s.n && (*s.p == ' ' || (*s.p >= '\t' && *s.p <= '\r')))
        s = pl_skip(s, 1);
    while (s.n && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
        s.n--;
    return s;
}

static bool parse(pl_str s, struct version *ret)
{
    struct version v = {.stage = STAGE_FINAL};

    s = trim_blanks(s);
    (void)(pl_take_char(&s, 'v') || pl_take_char(&s, 'V'));
    take_epoch(&s, &v.epoch);
    if (!take_release(&s, &v.release))
        return false;
    const struct word *pre = take_part(&s, pre_words, PL_COUNT(pre_words), &v.pre);
    v.has_post = take_post(&s, &v.post);
    v.has_dev = take_part(&s, dev_words, PL_COUNT(dev_words), &v.dev) != NULL;
    if (pre)
        v.stage = pre->stage;
    else if (v.has_dev && !v.has_post)
        v.stage = STAGE_DEV;
    if (pl_take_char(&s, '+')) {
        v.local = s;
        s.n = 0;
        if (!is_local(v.local))
            return false;
    }
    *ret = v;
    return s.n == 0;
}

static pl_str cut_local(pl_str *s)
{
    size_t n = 0;
    while (n < s->n && !is_separator(s->p[n]))
        n++;
    pl_str head = {s->p, n};
    *s = pl_skip(*s, n < s->n ? n + 1 : n);
    return head;
}

static int compare_nocase(pl_str a, pl_str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        int d = pl_to_lower(a.p[i]) - pl_to_lower(b.p[i]);
        if (d)
            return d;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static int compare_local(pl_str a, pl_str b)
{
    while (a.n && b.n) {
        pl_str x = cut_local(&a), y = cut_local(&b);
        bool nx = pl_all_digits(x), ny = pl_all_digits(y);
        int d = nx != ny ? (int)nx - (int)ny : nx ? pl_digits_cmp(x, y) : compare_nocase(x, y);
        if (d)
            return d;
    }
    return (a.n > 0) - (b.n > 0);
}

static int compare(const struct version *a, const struct version *b)
{
    int d = pl_digits_cmp(a->epoch, b->epoch);
    if (!d)
        d = pl_dotted_cmp(a->release, b->release);
    if (!d)
        d = (int)a->stage - (int)b->stage;
    if (!d)
        d = pl_digits_cmp(a->pre, b->pre);
    if (!d)
        d = (int)a->has_post - (int)b->has_post;
    if (!d)
        d = pl_digits_cmp(a->post, b->post);
    if (!d)
        d = (int)b->has_dev - (int)a->has_dev;
    if (!d)
        d = pl_digits_cmp(a->dev, b->dev);
    return d ? d : compare_local(a->local, b->local);
}

pl_order pl_version_order_pypi(pl_str a, pl_str b)
{
    struct version va, vb;

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    int d = compare(&va, &vb);
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}
