/* SPDX-License-Identifier: Apache-2.0 */
#include "core/attr.h"
#include "core/char.h"
#include "protected/card.h"
#include "protected/protected_priv.h"

#include <endian.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { AHEAD_DIGITS = 16, FEWEST_DIGITS = 4, LONGEST = 64, BESIDE = 128 };
enum { BLOCK = 64, BEFORE_RUN = 10 };

static bool is_word_char(char c)
{
    return pl_is_digit(c) || pl_is_alpha(c) || c == '_';
}

/* What a number is judged by beside itself. */
struct context {
    pl_str near;       /* the bytes before it, at most up to the beginning of its line */
    uint32_t column;   /* kinds that the name of its column announces */
    size_t line_start; /* in the text, or as far back as we look */
    size_t at;
    pl_place start; /* of the text */
};

static size_t line_start(pl_str text, size_t at)
{
    size_t from = at > PL_PROTECTED_BACK ? at - PL_PROTECTED_BACK : 0;
    const char *nl = at > from ? memrchr(text.p + from, '\n', at - from) : NULL;
    return nl ? (size_t)(nl - text.p) + 1 : from;
}

static struct context context_of(const pl_hunt *h, pl_str text, size_t at, pl_place start)
{
    struct context c = {.line_start = line_start(text, at), .at = at, .start = start};
    size_t from = at > PL_PROTECTED_NEAR ? at - PL_PROTECTED_NEAR : 0;

    if (from < c.line_start)
        from = c.line_start;
    c.near = pl_str_sub(text, from, at - from);
    c.column = pl_columns_at(&h->columns, pl_str_sub(text, c.line_start, at - c.line_start));
    return c;
}

/* Lines are counted only for the first number of a kind: the others are not told one by one. */
static void count(pl_hunt *h, size_t kind, pl_hit what, pl_str text, const struct context *c,
                  pl_str value)
{
    pl_count *to = &h->counts[kind];
    pl_place at = {c->start.offset + (h->is_row ? 0 : c->at), c->start.line};

    for (size_t i = 0; to->n[what] == 0 && c->start.line && i < c->at; i++)
        at.line += text.p[i] == '\n';
    pl_count_hit(to, what, value, at);
}

static bool is_named(const pl_hunt *h, size_t kind, const struct context *c)
{
    return (c->column >> kind & 1) || pl_words_in(h->p->kinds[kind].words, c->near);
}

static bool is_ignored(const pl_protected_kind *k, pl_str value)
{
    for (size_t i = 0; i < k->ignore.n; i++)
        if (pl_same_number(k->ignore.v[i], value))
            return true;
    return false;
}

/* A neighbour that makes it part of something longer: an id, a version, a UUID, an address. */
static bool is_touched(pl_str text, size_t from, size_t end)
{
    char before = (char)(from ? text.p[from - 1] : ' ');
    char further = (char)(from > 1 ? text.p[from - 2] : ' ');
    char after = (char)(end < text.n ? text.p[end] : ' ');
    char beyond = (char)(end + 1 < text.n ? text.p[end + 1] : ' ');

    if (is_word_char(before) || (memchr(".-/+@\\", before, 6) && is_word_char(further)))
        return true;
    /* 1985-03-12T00:00:00 */
    if (after == 'T' && pl_is_digit(beyond) && end - from == 10)
        return false;
    return is_word_char(after) || (memchr(".-/+@", after, 5) && is_word_char(beyond));
}

/* ---- numbers of a shape ---- */

/* 123456, 555555: nobody's number. */
static bool is_counted_up(pl_str value)
{
    size_t up = 0;
    size_t same = 0;

    for (size_t i = 1; i < value.n; i++) {
        up += pl_is_digit(value.p[i]) && value.p[i] == value.p[i - 1] + 1;
        same += value.p[i] == value.p[i - 1];
    }
    return up + 1 >= value.n || same + 1 >= value.n;
}

static void count_shape(pl_hunt *h, size_t kind, pl_str text, size_t at, size_t n, bool is_good,
                        bool is_free, pl_place start)
{
    const pl_protected_kind *k = &h->p->kinds[kind];
    pl_str value = pl_str_sub(text, at, n);
    bool is_published = is_ignored(k, value);

    if (!is_published && is_counted_up(value))
        return;
    struct context c = context_of(h, text, at, start);
    bool has_word = is_named(h, kind, &c);

    if (!has_word && (!is_free || h->is_binary || pl_words_in(k->unless, c.near)))
        return;
    pl_hit what = has_word ? PL_HIT_WORD : PL_HIT_ALONE;
    if (!is_good)
        h->counts[kind].bad[what]++;
    else
        count(h, kind, is_published ? PL_HIT_TEST : what, text, &c, value);
}

static void try_shapes(pl_hunt *h, size_t kind, pl_str text, size_t at, size_t run, pl_place start)
{
    const pl_protected_kind *k = &h->p->kinds[kind];
    pl_str rest = pl_str_sub(text, at, LONGEST);

    for (size_t i = 0; i < k->n_shapes; i++) {
        size_t shaped =
            pl_shape_begins(k->shapes[i].start, run) ? pl_shape_match(&k->shapes[i], rest) : 0;
        if (!shaped)
            continue;
        size_t n = k->test(rest, shaped);
        if (is_touched(text, at, at + (n ? n : shaped)))
            continue;
        count_shape(h, kind, text, at, n ? n : shaped, n > 0, i < k->n_free, start);
        return;
    }
}

/* ---- cards ---- */

/* Few different digits, or many in a row that rise by one: made up, or a table. */
static bool is_made_up(const pl_card *c)
{
    unsigned seen = 0;
    unsigned different = 0;
    size_t rising = 1;
    size_t most = 1;

    for (size_t i = 0; i < c->n_digits; i++) {
        unsigned bit = 1u << (c->digits[i] - '0');
        different += !(seen & bit);
        seen |= bit;
        rising = i && c->digits[i] == c->digits[i - 1] + 1 ? rising + 1 : 1;
        most = rising > most ? rising : most;
    }
    return different < 4 || most >= 8;
}

/* A word of hexadecimal digits, at least one of them decimal. */
static bool is_number_word(pl_str word)
{
    bool has_digit = false;

    for (size_t i = 0; i < word.n; i++) {
        char c = pl_to_lower(word.p[i]);
        has_digit |= pl_is_digit(c);
        if (!pl_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return has_digit;
}

/* One of many groups: a table of numbers. An expiry date behind a card is written otherwise. */
static bool is_in_a_row(pl_str text, const pl_card *c)
{
    size_t end = c->from + c->n + 1;
    size_t to = end;
    size_t from = c->from ? c->from - 1 : 0;
    size_t start = from;

    while (to < text.n && (unsigned char)text.p[to] > ' ')
        to++;
    while (start && from - start < 16 && (unsigned char)text.p[start - 1] > ' ')
        start--;
    return (end <= text.n && text.p[end - 1] == ' ' &&
            is_number_word(pl_str_sub(text, end, to - end))) ||
           (c->from && text.p[from] == ' ' &&
            is_number_word(pl_str_sub(text, start, from - start)));
}

/* ISO/IEC 7813: track 1 "B4...^NAME^YYMM", track 2 "4...=YYMMSSS". */
static bool is_track(pl_str text, const pl_card *c)
{
    pl_str after = pl_str_sub(text, c->from + c->n, 40);
    bool is_one = c->from && text.p[c->from - 1] == 'B' && pl_str_starts(after, PL_S("^"));

    if (is_one)
        return memchr(after.p + 1, '^', after.n - 1) != NULL;
    if (!pl_str_starts(after, PL_S("=")) && !pl_str_starts(after, PL_S("D")))
        return false;
    for (size_t i = 1; i <= 7; i++)
        if (i >= after.n || !pl_is_digit(after.p[i]))
            return false;
    unsigned month = (unsigned)(after.p[3] - '0') * 10 + (unsigned)(after.p[4] - '0');
    return month >= 1 && month <= 12;
}

/* A word for the code and, behind it, three or four digits, in the card's line. */
static bool has_code_beside(const pl_protected_kind *k, pl_str text, const pl_card *c,
                            size_t from_line)
{
    size_t from = c->from > BESIDE ? c->from - BESIDE : 0;
    pl_str area = pl_str_sub(text, from > from_line ? from : from_line,
                             c->from + c->n + BESIDE - (from > from_line ? from : from_line));
    pl_str rest;

    for (size_t at = 0; at < area.n; at++) {
        size_t run = 0;
        if (!pl_is_digit(area.p[at]) || (at && is_word_char(area.p[at - 1])))
            continue;
        while (at + run < area.n && pl_is_digit(area.p[at + run]))
            run++;
        rest = pl_str_sub(area, at > 16 ? at - 16 : 0, at > 16 ? 16 : at);
        if ((run == 3 || run == 4) && (at + run == area.n || !is_word_char(area.p[at + run])) &&
            pl_words_in(k->words, rest))
            return true;
        at += run;
    }
    return false;
}

static void count_card(pl_hunt *h, size_t kind, pl_str text, const pl_card *card,
                       const struct context *c)
{
    const pl_protected_kind *k = &h->p->kinds[kind];
    bool is_shown = card->is_grouped && !h->is_binary && !is_in_a_row(text, card);
    bool has_word = is_named(h, kind, c) || is_track(text, card) || is_shown;
    pl_hit what = has_word ? PL_HIT_WORD : PL_HIT_ALONE;

    if (!has_word && (h->is_binary || pl_words_in(k->unless, c->near)))
        return;
    if (!card->is_valid)
        h->counts[kind].bad[what] += !is_shown;
    else
        count(h, kind, card->is_test ? PL_HIT_TEST : what, text, c,
              (pl_str){card->digits, card->n_digits});
}

/* What may not be kept even where the card number may. */
static void count_beside(pl_hunt *h, size_t kind, pl_str text, const pl_card *card,
                         const struct context *c)
{
    const pl_protected_kind *k = &h->p->kinds[kind];
    bool is_there = k->how == PL_BY_TRACK ? is_track(text, card)
                                          : pl_columns_have(&h->columns, kind) ||
                                                has_code_beside(k, text, card, c->line_start);

    if (is_there && card->is_valid)
        count(h, kind, card->is_test ? PL_HIT_TEST : PL_HIT_WORD, text, c,
              (pl_str){card->digits, card->n_digits});
}

/* Bytes of the card number that begins here; 0: none does. */
static size_t try_card(pl_hunt *h, pl_str text, size_t at, pl_place start)
{
    pl_card card;

    if (!pl_card_at(text, at, &card) || (!card.is_test && is_made_up(&card)))
        return 0;
    struct context c = context_of(h, text, at, start);
    for (size_t i = 0; i < h->p->n; i++) {
        if (h->p->kinds[i].how == PL_BY_CARD)
            count_card(h, i, text, &card, &c);
        else if (h->p->kinds[i].how == PL_BY_TRACK || h->p->kinds[i].how == PL_BY_CODE)
            count_beside(h, i, text, &card, &c);
    }
    return card.is_valid ? card.n : 0;
}

/* ---- where a number may begin ---- */

static bool has_digits_ahead(pl_str text, size_t at)
{
    unsigned n = 0;

    for (size_t i = at; i < at + AHEAD_DIGITS && i < text.n; i++)
        n += pl_is_digit(text.p[i]);
    return n >= FEWEST_DIGITS;
}

static size_t digit_run(pl_str text, size_t at)
{
    size_t n = 0;

    while (n < PL_SHAPE_RUN && at + n < text.n && pl_is_digit(text.p[at + n]))
        n++;
    return n;
}

/* Looks at one byte. Gives how many are dealt with. */
static size_t look_at(pl_hunt *h, pl_str text, size_t i, pl_place at)
{
    bool is_track_one = i > 1 && text.p[i - 1] == 'B' && text.p[i - 2] == '%';

    if (!is_word_char(text.p[i]) || (i && is_word_char(text.p[i - 1]) && !is_track_one) ||
        !has_digits_ahead(text, i))
        return 1;
    size_t run = digit_run(text, i);
    if (!run && (pl_is_lower(text.p[i]) || text.p[i] == '_'))
        return 1;
    size_t n = run ? try_card(h, text, i, at) : 0;
    for (size_t k = 0; !n && k < h->p->n; k++)
        if (pl_shape_begins(h->p->kinds[k].start, run))
            try_shapes(h, k, text, i, run, at);
    return n ? n : 1;
}

/* A bit for each of STEP bytes that is a digit, the first one lowest. */
#ifdef __SSE2__
enum { STEP = 16 };

static uint64_t digits_of_step(const char *p)
{
    __m128i x = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)p), _mm_set1_epi8('0'));

    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(9)), x));
}
#else
enum { STEP = 8 };

static uint64_t digits_of_step(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x = 0;

    memcpy(&x, p, 8);
    x = le64toh(x) ^ ones * '0';
    uint64_t others = ((x & ones * 0x7f) + ones * (0x80 - 10)) | x;
    uint64_t flags = ~others >> 7 & ones;
    return flags * UINT64_C(0x0102040810204080) >> 56;
}
#endif

static uint64_t digits_of_block(pl_str text, size_t at)
{
    uint64_t bits = 0;
    size_t i = 0;

    for (; i + STEP <= BLOCK && at + i + STEP <= text.n; i += STEP)
        bits |= digits_of_step(text.p + at + i) << i;
    for (; i < BLOCK && at + i < text.n; i++)
        bits |= (uint64_t)pl_is_digit(text.p[at + i]) << i;
    return bits;
}

struct digits {
    uint64_t now, next; /* of this block and the one behind it */
};

/* now, moved so that bit i tells of byte i + n. */
static uint64_t ahead(const struct digits *d, unsigned n)
{
    return d->now >> n | d->next << (BLOCK - n);
}

/*
 * Every number that is looked for has three digits in a row at most BEFORE_RUN bytes behind its
 * beginning, but for those of Medicare, whose digits stand alone at fixed places.
 */
static uint64_t marks_of(const struct digits *d)
{
    uint64_t three = d->now & ahead(d, 1) & ahead(d, 2);
    uint64_t plain = d->now & ahead(d, 3) & ahead(d, 6) & ahead(d, 9) & ahead(d, 10);
    uint64_t dashed = d->now & ahead(d, 3) & ahead(d, 7) & ahead(d, 11) & ahead(d, 12);

    return (three & ~(three << 1)) | plain | dashed;
}

void pl_hunt_text(pl_hunt *h, pl_str text, size_t from, size_t to, pl_place at)
{
    struct digits d = {.next = digits_of_block(text, from)};
    size_t next = from;

    for (size_t block = from; block < text.n && block < to + BEFORE_RUN; block += BLOCK) {
        d = (struct digits){d.next, digits_of_block(text, block + BLOCK)};
        for (uint64_t marks = d.now ? marks_of(&d) : 0; marks; marks &= marks - 1) {
            size_t mark = block + (size_t)__builtin_ctzll(marks);
            if (mark > next + BEFORE_RUN)
                next = mark - BEFORE_RUN;
            while (next <= mark && next < to)
                next += look_at(h, text, next, at);
        }
    }
}
