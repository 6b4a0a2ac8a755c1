/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials inside base64. Three bytes become four characters, so a credential's first letters
 * can be written in three ways, by where in a group of three they start; the characters at both
 * ends that share bits with a neighbour are left out of the literal that is looked for.
 */
#include "secrets/secrets_priv.h"

#include "core/hash.h"
#include "secrets/limits.h"

#include <string.h>

/* Index in the encoding of the first character that only the letters decide. */
static size_t first_own(size_t shift)
{
    return (8 * shift + 5) / 6;
}

static pl_str literal_of(pl_arena *a, pl_str letters, size_t shift)
{
    PL_AUTO_BUF pl_buf plain = {0};
    PL_AUTO_BUF pl_buf coded = {0};

    pl_buf_add(&plain, "\0\0", shift);
    pl_buf_str(&plain, letters);
    pl_base64((const unsigned char *)plain.p, plain.n, &coded);
    size_t end = 8 * (shift + letters.n) / 6;
    return pl_arena_str(a,
                        pl_str_sub(pl_buf_view(&coded), first_own(shift), end - first_own(shift)));
}

pl_rc pl_secrets_wrap_all(pl_secrets *s, pl_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += 3 * s->patterns[i].base64.n;
    if (!(s->wrapped = pl_arena_calloc(s->arena, n + 1, sizeof(*s->wrapped))))
        return pl_fail(err, PL_NOMEM, "base64 forms of secrets");
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->patterns[i].base64.n; k++)
            for (uint32_t shift = 0; shift < 3; shift++) {
                pl_str literal = literal_of(s->arena, s->patterns[i].base64.v[k], shift);
                if (!literal.p)
                    return pl_fail(err, PL_NOMEM, "base64 forms of secrets");
                /* Two characters stand everywhere; the other two shifts have more. */
                if (literal.n >= 3)
                    s->wrapped[s->n_wrapped++] = (pl_secret_wrapped){(uint32_t)i, shift, literal};
            }
    return PL_OK;
}

/* Value of a digit of either alphabet (RFC 4648 sections 4 and 5), -1 for another character. */
static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Decodes as far as whole bytes go. */
static void decode(pl_str text, pl_buf *out)
{
    uint32_t held = 0;
    unsigned have = 0;

    for (size_t i = 0; i < text.n; i++) {
        held = (held << 6 | (uint32_t)digit(text.p[i])) & 0xffffu;
        have += 6;
        if (have >= 8) {
            have -= 8;
            pl_buf_ch(out, (char)(held >> have & 0xff));
        }
    }
}

bool pl_secrets_unwrap(const pl_secret_wrapped *w, pl_str text, size_t at, pl_secret_run *ret)
{
    size_t lead = first_own(w->shift);
    size_t from = at;
    size_t end = at;

    while (from && at - from < PL_SECRETS_WINDOW && digit(text.p[from - 1]) >= 0)
        from--;
    while (end < text.n && end - at < PL_SECRETS_WINDOW && digit(text.p[end]) >= 0)
        end++;
    if (at - from < lead)
        return false;
    /* Groups of four are counted from where the letters' own group starts. */
    size_t group = at - lead;
    size_t start = from + (group - from) % 4;
    size_t padded = end;
    while (padded < text.n && padded - end < 2 && text.p[padded] == '=')
        padded++;

    decode(pl_str_sub(text, start, end - start), &ret->bytes);
    ret->from = from;
    ret->n = padded - from;
    ret->at = (group - start) / 4 * 3 + w->shift;
    return pl_buf_ok(&ret->bytes) && ret->at < ret->bytes.n;
}
