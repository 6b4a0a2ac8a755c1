/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maven versions, as org.apache.maven.artifact.versioning.ComparableVersion of Maven 3.8 has them
 * (maven.apache.org/pom.html, "Version Order Specification").
 *
 * A version is a list of numbers and words whose last item may be another list: a hyphen, the
 * edge between a digit and a letter, and a word that stands at the end open one. Items at the end
 * of a list that say nothing (0 and the words for a release) do not count. There is no text that
 * is not a version. With a zero in the middle of a list (`1.0.sp-a`, `1`) the order is not always
 * transitive, and that is Maven's own.
 */
#include "vuln/char.h"
#include "vuln/limits.h"
#include "vuln/version.h"

enum kind { WORD, LIST, NUMBER };

struct item {
    enum kind kind;
    bool is_before_digit; /* of a word */
    pl_str text;
};

struct version {
    struct item v[3 * PL_VULN_VERSION_MAX + 3];
    size_t n;
};

/* By rank; unknown words come behind the last, in the order of their letters. */
enum { RELEASE = 5, UNKNOWN = 7 };
static const struct word {
    pl_str word;
    int rank;
} words[] = {
    {{"alpha", 5}, 0},       {{"beta", 4}, 1},          {{"milestone", 9}, 2}, {{"rc", 2}, 3},
    {{"cr", 2}, 3},          {{"snapshot", 8}, 4},      {{"", 0}, RELEASE},    {{"ga", 2}, RELEASE},
    {{"final", 5}, RELEASE}, {{"release", 7}, RELEASE}, {{"sp", 2}, 6},
};

static int rank_of(const struct item *w)
{
    static const char letters[] = "abm";
    const char *at =
        w->is_before_digit && w->text.n == 1 ? strchr(letters, pl_to_lower(*w->text.p)) : NULL;

    if (at && *at)
        return (int)(at - letters);
    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq_nocase(words[i].word, w->text))
            return words[i].rank;
    return UNKNOWN;
}

static bool says_nothing(const struct item *i)
{
    if (i->kind == NUMBER)
        return pl_digits_cmp(i->text, PL_S("0")) == 0;
    return i->kind == WORD && rank_of(i) == RELEASE;
}

static void add(struct version *v, enum kind kind, pl_str text, bool is_before_digit)
{
    v->v[v->n++] = (struct item){.kind = kind, .text = text, .is_before_digit = is_before_digit};
}

static bool is_list_empty(const struct version *v)
{
    return !v->n || v->v[v->n - 1].kind == LIST;
}

/*
 * A run of digits or of other characters, or the 0 of an empty one. A word that no mark follows
 * opens a list of its own, so that `1.x1` is `1-x1`.
 */
static void add_run(struct version *v, pl_str run, bool is_before_mark, bool is_before_digit)
{
    bool is_word = run.n && !pl_is_digit(*run.p);

    if (is_word && !is_before_mark && !is_list_empty(v))
        add(v, LIST, (pl_str){"", 0}, false);
    add(v, is_word ? WORD : NUMBER, run.n ? run : PL_S("0"), is_before_digit);
}

/* True where a run of digits ends and letters follow, or the other way round. */
static bool is_edge(pl_str s, size_t i)
{
    return pl_is_digit(s.p[i]) != pl_is_digit(s.p[i - 1]);
}

static bool parse(pl_str s, struct version *v)
{
    size_t from = 0;

    v->n = 0;
    if (s.n > PL_VULN_VERSION_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool is_mark = s.p[i] == '.' || s.p[i] == '-';
        if (!is_mark && (i == from || !is_edge(s, i)))
            continue;
        add_run(v, pl_str_sub(s, from, i - from), is_mark, !is_mark && pl_is_digit(s.p[i]));
        from = is_mark ? i + 1 : i;
        if (s.p[i] != '.')
            add(v, LIST, (pl_str){"", 0}, false);
    }
    if (from < s.n)
        add_run(v, pl_str_sub(s, from, s.n), false, false);
    return true;
}

/*
 * Lists end where the version ends, each within the one before, so that the items of a list are
 * those up to the next LIST. Empties lists from the innermost outwards.
 */
static void normalize(struct version *v)
{
    struct version out = {.n = 0};
    size_t end = v->n;

    /* from the back: out is in reverse */
    bool has_inner = false;
    while (end > 0) {
        size_t from = end;
        while (from > 0 && v->v[from - 1].kind != LIST)
            from--;
        size_t last = end;
        while (last > from && says_nothing(&v->v[last - 1]))
            last--;
        for (size_t i = last; i > from; i--)
            out.v[out.n++] = v->v[i - 1];
        bool is_kept = has_inner || last > from;
        if (from > 0 && is_kept)
            out.v[out.n++] = v->v[from - 1];
        has_inner = is_kept;
        end = from > 0 ? from - 1 : 0;
    }
    v->n = 0;
    while (out.n)
        v->v[v->n++] = out.v[--out.n];
}

/* Against nothing. */
static int sign_of(const struct version *v, size_t i)
{
    for (; i < v->n; i++) {
        int d = 0;
        if (v->v[i].kind == NUMBER)
            d = !says_nothing(&v->v[i]);
        else if (v->v[i].kind == WORD)
            d = rank_of(&v->v[i]) - RELEASE;
        if (d)
            return d;
    }
    return 0;
}

static int compare_words(const struct item *a, const struct item *b)
{
    int ra = rank_of(a), rb = rank_of(b);

    if (ra != rb || ra != UNKNOWN)
        return ra - rb;
    for (size_t i = 0; i < a->text.n && i < b->text.n; i++) {
        int d = (unsigned char)pl_to_lower(a->text.p[i]) - (unsigned char)pl_to_lower(b->text.p[i]);
        if (d)
            return d;
    }
    return (a->text.n > b->text.n) - (a->text.n < b->text.n);
}

static int compare(const struct version *a, const struct version *b)
{
    size_t i = 0;

    for (; i < a->n && i < b->n; i++) {
        const struct item *x = &a->v[i], *y = &b->v[i];
        int d = (int)x->kind - (int)y->kind;
        if (!d && x->kind == NUMBER)
            d = pl_digits_cmp(x->text, y->text);
        if (!d && x->kind == WORD)
            d = compare_words(x, y);
        if (d)
            return d;
    }
    return i < a->n ? sign_of(a, i) : -sign_of(b, i);
}

pl_order pl_version_order_maven(pl_str a, pl_str b)
{
    struct version va, vb;

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    normalize(&va);
    normalize(&vb);
    int d = compare(&va, &vb);
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}
