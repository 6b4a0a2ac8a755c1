/* SPDX-License-Identifier: Apache-2.0 */
#include "protected/digits.h"

#include "core/attr.h"
#include "core/char.h"

#include <string.h>

enum { LETTERS = 40 };

/* Letters and digits of a number, without what parts them. */
struct letters {
    char c[LETTERS];
    size_t n;
};

static struct letters letters_of(pl_str text)
{
    struct letters l = {.n = 0};

    for (size_t i = 0; i < text.n && l.n < LETTERS; i++)
        if (pl_is_digit(text.p[i]) || pl_is_alpha(text.p[i]))
            l.c[l.n++] = text.p[i];
    return l;
}

static unsigned digit(const struct letters *l, size_t i)
{
    return (unsigned)(l->c[i] - '0');
}

/* Digits from..from+n as a number. */
static unsigned number(const struct letters *l, size_t from, size_t n)
{
    unsigned v = 0;

    for (size_t i = from; i < from + n; i++)
        v = v * 10 + digit(l, i);
    return v;
}

static unsigned weighted(const struct letters *l, const unsigned char *weights, size_t n)
{
    unsigned sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += digit(l, i) * weights[i];
    return sum;
}

static bool is_one_digit(const struct letters *l)
{
    for (size_t i = 1; i < l->n; i++)
        if (l->c[i] != l->c[0])
            return false;
    return true;
}

bool pl_luhn(pl_str digits)
{
    unsigned sum = 0;

    for (size_t i = 0; i < digits.n; i++) {
        unsigned d = (unsigned)(digits.p[digits.n - 1 - i] - '0') << (i & 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

static size_t none(pl_str text, size_t n)
{
    (void)text;
    return n;
}

/* At least half of it, and no fewer than four: a word is no number. */
static size_t has_digits(pl_str text, size_t n)
{
    size_t digits = 0;

    for (size_t i = 0; i < n; i++)
        digits += pl_is_digit(text.p[i]);
    return digits >= 4 && 2 * digits >= n ? n : 0;
}

/* Numbers are given at random since 2011: no state can be read from them. */
static size_t ssn(pl_str text, size_t n)
{
    struct letters l = letters_of(pl_str_sub(text, 0, n));
    unsigned area = number(&l, 0, 3);

    return l.n == 9 && area != 0 && area != 666 && area < 900 && number(&l, 3, 2) != 0 &&
                   number(&l, 5, 4) != 0 && !is_one_digit(&l)
               ? n
               : 0;
}

static size_t itin(pl_str text, size_t n)
{
    struct letters l = letters_of(pl_str_sub(text, 0, n));
    unsigned group = number(&l, 3, 2);

    return l.n == 9 && l.c[0] == '9' &&
                   ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
                    (group >= 90 && group <= 99 && group != 93))
               ? n
               : 0;
}

/* Luhn over 80840 and the number, which adds 24 to the sum of the bare number. */
static size_t npi(pl_str text, size_t n)
{
    char whole[15] = {'8', '0', '8', '4', '0'};

    if (n != 10 || (text.p[0] != '1' && text.p[0] != '2'))
        return 0;
    memcpy(whole + 5, text.p, 10);
    return pl_luhn((pl_str){whole, sizeof(whole)}) ? n : 0;
}

/* Registrant's letter, first letter of the name or 9, six digits and a check digit. */
static size_t dea(pl_str text, size_t n)
{
    struct letters l = letters_of(pl_str_sub(text, 2, n - 2));

    if (l.n != 7 || !memchr("ABCDEFGHJKLMPRSTUX", text.p[0], 18))
        return 0;
    unsigned sum = digit(&l, 0) + digit(&l, 2) + digit(&l, 4) +
                   2 * (digit(&l, 1) + digit(&l, 3) + digit(&l, 5));
    return sum % 10 == digit(&l, 6) ? n : 0;
}

/* Eleven places; letters that look like digits are not used, and all are upper case. */
static size_t mbi(pl_str text, size_t n)
{
    struct letters l = letters_of(pl_str_sub(text, 0, n));

    if (l.n != 11 || l.c[0] == '0')
        return 0;
    for (size_t i = 0; i < l.n; i++)
        if (pl_is_alpha(l.c[i]) && !memchr("ACDEFGHJKMNPQRTUVWXY", l.c[i], 20))
            return 0;
    return n;
}

static size_t nhs(pl_str text, size_t n)
{
    static const unsigned char weights[] = {10, 9, 8, 7, 6, 5, 4, 3, 2};
    struct letters l = letters_of(pl_str_sub(text, 0, n));

    if (l.n != 10 || is_one_digit(&l))
        return 0;
    return (11 - weighted(&l, weights, 9) % 11) % 11 == digit(&l, 9) ? n : 0;
}

static size_t sin_of_canada(pl_str text, size_t n)
{
    struct letters l = letters_of(pl_str_sub(text, 0, n));

    return l.n == 9 && l.c[0] != '0' && l.c[0] != '8' && pl_luhn((pl_str){l.c, l.n}) &&
                   !is_one_digit(&l)
               ? n
               : 0;
}

static size_t aba(pl_str text, size_t n)
{
    static const unsigned char weights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    struct letters l = letters_of(pl_str_sub(text, 0, n));
    unsigned head = l.n == 9 ? number(&l, 0, 2) : 99;

    return (head <= 12 || (head >= 21 && head <= 32) || (head >= 61 && head <= 72) || head == 80) &&
                   weighted(&l, weights, 9) % 10 == 0 && !is_one_digit(&l)
               ? n
               : 0;
}

/* ---- IBAN: ISO 13616 ---- */

static unsigned iban_length(pl_str country)
{
    static const char lengths[] =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18"
        "FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20"
        "LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24"
        "SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";

    for (size_t i = 0; i + 4 < sizeof(lengths); i += 4)
        if (memcmp(lengths + i, country.p, 2) == 0)
            return (unsigned)(lengths[i + 2] - '0') * 10 + (unsigned)(lengths[i + 3] - '0');
    return 0;
}

/* The first want letters and digits, parted by single blanks or by nothing: their bytes. */
static size_t take_letters(pl_str text, size_t want, struct letters *ret)
{
    size_t i = 0;

    ret->n = 0;
    while (i < text.n && ret->n < want) {
        char c = text.p[i];
        bool is_gap = c == ' ' && ret->n % 4 == 0 && i > 0 && text.p[i - 1] != ' ';
        if (pl_is_digit(c) || (pl_is_alpha(c) && !pl_is_lower(c)))
            ret->c[ret->n++] = c;
        else if (!is_gap)
            return 0;
        i++;
    }
    return ret->n == want ? i : 0;
}

static size_t iban(pl_str text, size_t n)
{
    struct letters l;
    unsigned want = n >= 4 ? iban_length(text) : 0;
    size_t taken = want ? take_letters(text, want, &l) : 0;
    unsigned rest = 0;

    for (size_t i = 0; taken && i < want; i++) {
        char c = l.c[(i + 4) % want];
        rest = pl_is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97
                              : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
    }
    return taken && rest == 1 ? taken : 0;
}

/* ---- dates of birth ---- */

static bool is_day(unsigned year, unsigned month, unsigned day)
{
    return year >= 1900 && year <= 2030 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Year first, or year last with month or day first. */
static size_t date(pl_str text, size_t n)
{
    struct letters l = letters_of(pl_str_sub(text, 0, n));

    if (l.n != 8)
        return 0;
    bool is_good = is_day(number(&l, 0, 4), number(&l, 4, 2), number(&l, 6, 2)) ||
                   is_day(number(&l, 4, 4), number(&l, 0, 2), number(&l, 2, 2)) ||
                   is_day(number(&l, 4, 4), number(&l, 2, 2), number(&l, 0, 2));
    return is_good ? n : 0;
}

pl_number_test pl_number_test_named(pl_str name)
{
    static const struct {
        const char *name;
        pl_number_test test;
    } tests[] = {{"none", none}, {"has-digits", has_digits},
                 {"ssn", ssn},   {"itin", itin},
                 {"npi", npi},   {"dea", dea},
                 {"mbi", mbi},   {"nhs", nhs},
                 {"aba", aba},   {"sin", sin_of_canada},
                 {"iban", iban}, {"date", date}};

    for (size_t i = 0; i < PL_COUNT(tests); i++)
        if (pl_str_eq(name, pl_str_c(tests[i].name)))
            return tests[i].test;
    return NULL;
}
