/* SPDX-License-Identifier: Apache-2.0 */
#include "protected/card.h"

#include "core/attr.h"
#include "core/char.h"
#include "protected/digits.h"

#include <string.h>

enum { MIN_DIGITS = 13, MAX_DIGITS = PL_CARD_DIGITS };

/* Issuer ranges: the first `digits` digits lie between from and to; lengths as a set of bits. */
static const struct {
    uint32_t from, to;
    unsigned digits;
    uint32_t lengths;
} brands[] = {
#define L(n) (1u << (n))
    {4, 4, 1, L(13) | L(16) | L(18) | L(19)},                   /* Visa */
    {51, 55, 2, L(16)},                                         /* Mastercard */
    {2221, 2720, 4, L(16)},                                     /* Mastercard */
    {34, 34, 2, L(15)},                                         /* Amex */
    {37, 37, 2, L(15)},                                         /* Amex */
    {6011, 6011, 4, L(16) | L(19)},                             /* Discover */
    {644, 649, 3, L(16) | L(19)},                               /* Discover */
    {65, 65, 2, L(16) | L(19)},                                 /* Discover */
    {300, 305, 3, L(14) | L(16) | L(19)},                       /* Diners */
    {36, 36, 2, L(14) | L(16) | L(19)},                         /* Diners */
    {38, 39, 2, L(14) | L(16) | L(19)},                         /* Diners */
    {3528, 3589, 4, L(16) | L(17) | L(18) | L(19)},             /* JCB */
    {62, 62, 2, L(14) | L(15) | L(16) | L(17) | L(18) | L(19)}, /* UnionPay */
    {81, 81, 2, L(14) | L(15) | L(16) | L(17) | L(18) | L(19)}, /* UnionPay */
    {2200, 2204, 4, L(16) | L(17) | L(18) | L(19)},             /* Mir */
    {5018, 5020, 4, L(16)},
    {5038, 5038, 4, L(16)},
    {6304, 6304, 4, L(16)}, /* Maestro */
    {6759, 6763, 4, L(16)}, /* Maestro */
    {506099, 506198, 6, L(16) | L(18) | L(19)},
    {507865, 507964, 6, L(16) | L(19)}, /* Verve */
    {636368, 636368, 6, L(16)},
    {506699, 506778, 6, L(16)},
    {509000, 509999, 6, L(16)}, /* Elo */
#undef L
};

/* Published by the brands and by payment services for tests. */
static const char *const test_numbers[] = {
    "4242424242424242", "4111111111111111",    "4012888888881881", "4000056655665556",
    "4222222222222",    "4005519200000004",    "4009348888881881", "4012000033330026",
    "4012000077777777", "4217651111111119",    "4500600000000061", "4000000000000002",
    "4000000000000069", "4000000000000119",    "4000000000000127", "4000000000009995",
    "4000000000003220", "5555555555554444",    "5200828282828210", "5105105105105100",
    "2223003122003222", "2223000048400011",    "2222420000001113", "2222630000001125",
    "378282246310005",  "371449635398431",     "378734493671000",  "6011111111111117",
    "6011000990139424", "6011981111111113",    "6011000991300009", "30569309025904",
    "38520000023237",   "36227206271667",      "36259600000004",   "3056930009020004",
    "3566002020360505", "3530111333300000",    "3566111111111113", "6200000000000005",
    "6200000000000047", "6205500000000000004", "6243030000000001", "6221261111117766",
    "6223164991230014", "6555900000604105",    "6304000000000000", "6759411100000008",
};

/* How cards print their digits. */
static const unsigned char groupings[][6] = {
    {4, 4, 4, 4}, {4, 4, 4, 4, 3}, {4, 4, 4, 7}, {4, 6, 5}, {4, 6, 4}};

static bool is_alnum(char c)
{
    return pl_is_digit(c) || pl_is_alpha(c) || c == '_';
}

/* Bytes of a separator at text[at], 0 when there is none: blanks and hyphens of any width. */
static size_t separator(pl_str text, size_t at)
{
    static const char *const wide[] = {"\xc2\xa0",     "\xe2\x80\x89", "\xe2\x80\xaf",
                                       "\xe2\x80\x90", "\xe2\x80\x91", "\xe2\x80\x92",
                                       "\xe2\x80\x93", "\xe2\x80\x94"};

    if (at >= text.n)
        return 0;
    if (text.p[at] == ' ' || text.p[at] == '-')
        return 1;
    if ((unsigned char)text.p[at] < 0x80)
        return 0;
    for (size_t i = 0; i < PL_COUNT(wide); i++)
        if (pl_str_starts(pl_str_sub(text, at, 3), pl_str_c(wide[i])))
            return strlen(wide[i]);
    return 0;
}

/* What was read at one place. */
struct number {
    char digits[MAX_DIGITS + 1];
    size_t n;   /* digits */
    size_t end; /* behind it in the text */
};

static size_t run_of_digits(pl_str text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && pl_is_digit(text.p[at + n]))
        n++;
    return n;
}

static bool take(struct number *num, pl_str text, size_t at, size_t n)
{
    if (run_of_digits(text, at) != n || num->n + n > MAX_DIGITS)
        return false;
    memcpy(num->digits + num->n, text.p + at, n);
    num->n += n;
    num->end = at + n;
    return true;
}

static bool read_groups(pl_str text, size_t at, const unsigned char *sizes, struct number *ret)
{
    size_t sep = separator(text, at + sizes[0]);
    pl_str mark = pl_str_sub(text, at + sizes[0], sep);

    *ret = (struct number){.end = at};
    if (sep == 0 || !take(ret, text, at, sizes[0]))
        return false;
    for (size_t i = 1; sizes[i]; i++)
        if (!pl_str_eq(pl_str_sub(text, ret->end, sep), mark) ||
            !take(ret, text, ret->end + sep, sizes[i]))
            return false;
    return true;
}

static bool is_of_a_brand(const struct number *num)
{
    for (size_t i = 0; i < PL_COUNT(brands); i++) {
        uint64_t head = 0;
        if (!(brands[i].lengths >> num->n & 1) ||
            !pl_str_u64((pl_str){num->digits, brands[i].digits}, &head))
            continue;
        if (head >= brands[i].from && head <= brands[i].to)
            return true;
    }
    return false;
}

static bool is_for_tests(const struct number *num)
{
    for (size_t i = 0; i < PL_COUNT(test_numbers); i++)
        if (pl_str_eq((pl_str){num->digits, num->n}, pl_str_c(test_numbers[i])))
            return true;
    return false;
}

/* A neighbour that makes it part of something longer: an id, a decimal number, a version. */
static bool is_touched(pl_str text, size_t from, size_t end)
{
    if (from > 0) {
        char c = text.p[from - 1];
        char before = (char)(from > 1 ? text.p[from - 2] : 0);
        bool is_track = c == 'B' && before == '%'; /* ISO/IEC 7813 track 1 */
        if ((is_alnum(c) && !is_track) || ((c == '.' || c == '-') && pl_is_digit(before)))
            return true;
    }
    if (end < text.n) {
        char c = text.p[end];
        char after = (char)(end + 1 < text.n ? text.p[end + 1] : 0);
        /* D stands for the separator of track 2. */
        if ((is_alnum(c) && c != 'D') || ((c == '.' || c == '-') && pl_is_digit(after)))
            return true;
    }
    return false;
}

static bool is_luhn(const struct number *num)
{
    return pl_luhn((pl_str){num->digits, num->n});
}

/* In the groups of a card; of two ways to read them the valid one. */
static bool read_grouped(pl_str text, size_t at, struct number *ret)
{
    struct number num;
    bool is_found = false;

    for (size_t i = 0; i < PL_COUNT(groupings) && !(is_found && is_luhn(ret)); i++)
        if (read_groups(text, at, groupings[i], &num) && num.n >= MIN_DIGITS &&
            is_of_a_brand(&num) && !is_touched(text, at, num.end) && (!is_found || is_luhn(&num))) {
            *ret = num;
            is_found = true;
        }
    return is_found;
}

static bool read_plain(pl_str text, size_t at, size_t run, struct number *ret)
{
    *ret = (struct number){.end = at};
    return run >= MIN_DIGITS && take(ret, text, at, run) && is_of_a_brand(ret) &&
           !is_touched(text, at, ret->end);
}

bool pl_card_at(pl_str text, size_t at, pl_card *ret)
{
    size_t run = run_of_digits(text, at);
    struct number num;
    bool is_grouped = run == 4;

    if (is_grouped ? !read_grouped(text, at, &num) : !read_plain(text, at, run, &num))
        return false;
    *ret = (pl_card){.from = at,
                     .n = num.end - at,
                     .n_digits = num.n,
                     .is_grouped = is_grouped,
                     .is_valid = is_luhn(&num),
                     .is_test = is_for_tests(&num)};
    memcpy(ret->digits, num.digits, num.n);
    return true;
}

bool pl_card_next(pl_str text, size_t at, size_t *ret_from, size_t *ret_n)
{
    while (at < text.n) {
        size_t run = run_of_digits(text, at);
        pl_card card;
        if (run && pl_card_at(text, at, &card) && card.is_valid && !card.is_test) {
            *ret_from = card.from;
            *ret_n = card.n;
            return true;
        }
        at += run ? run : 1;
    }
    return false;
}
