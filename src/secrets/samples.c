/* SPDX-License-Identifier: Apache-2.0 */
/* What tells a value that was made up from one that was drawn. */
#include "secrets/secrets_priv.h"

#include <math.h>

enum {
    SAMPLE_MAX = 300, /* bytes of a value that is looked at: what is longer was drawn */
    SAME_RUN = 6,     /* "xxxxxx" */
    ROW = 7,          /* "1234567", "abcdefg" */
};

static bool has_nocase(pl_str text, pl_str word)
{
    for (size_t i = 0; i + word.n <= text.n; i++)
        if (pl_str_eq_nocase(pl_str_sub(text, i, word.n), word))
            return true;
    return false;
}

static bool has_word(pl_str v)
{
    static const char *const words[] = {
        "example", "sample",    "dummy",   "placeholder", "changeme", "change_me", "change-me",
        "your_",   "your-",     "yourkey", "xxxxx",       "redacted", "replace",   "insert_",
        "insert-", "not_real",  "notreal", "not-a-real",  "foobar",   "invalid",   "deadbeef",
        "secretk", "my_secret", "mysecre", "testtest",    "abcdef01", "fake_",     "fake-",
    };

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (has_nocase(v, pl_str_c(words[i])))
            return true;
    return false;
}

/* One character again and again, or each the one after the last. Zeros are AAAA in base64. */
static bool has_row(pl_str v)
{
    size_t same = 1;
    size_t row = 1;

    for (size_t i = 1; i < v.n; i++) {
        same = v.p[i] == v.p[i - 1] && v.p[i] != 'A' ? same + 1 : 1;
        row = v.p[i] == v.p[i - 1] + 1 ? row + 1 : 1;
        if (same >= SAME_RUN || row >= ROW)
            return true;
    }
    return false;
}

bool pl_secrets_is_sample(pl_str value)
{
    return value.n <= SAMPLE_MAX && (has_row(value) || has_word(value));
}

bool pl_secrets_has_entropy(pl_str value, unsigned tenths)
{
    unsigned counts[256] = {0};
    double bits = 0;

    if (!tenths)
        return true;
    for (size_t i = 0; i < value.n; i++)
        counts[(unsigned char)value.p[i]]++;
    for (size_t i = 0; i < PL_COUNT(counts); i++)
        if (counts[i])
            bits -= counts[i] * log2((double)counts[i] / (double)value.n);
    return bits * 10 >= (double)tenths * (double)value.n;
}
