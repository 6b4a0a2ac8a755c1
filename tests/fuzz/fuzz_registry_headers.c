/* SPDX-License-Identifier: Apache-2.0 */
/* References, and what registries say in headers; the first byte says which. */
#include "registry/fetch_priv.h"
#include "registry/reference.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was taken is taken again from its full form, and means the same. */
static void reference(pl_str s)
{
    pl_reference r, again;
    char text[PL_REFERENCE_TEXT], twice[PL_REFERENCE_TEXT];

    if (pl_reference_parse(s, &r, NULL) != PL_OK)
        return;
    pl_reference_text(&r, text);
    assert(pl_reference_parse(pl_str_c(text), &again, NULL) == PL_OK);
    pl_reference_text(&again, twice);
    assert(strcmp(text, twice) == 0);
    assert(!strpbrk(text, " %?#\\\"\r\n") && !strstr(text, "/.") && !strstr(text, "//"));
}

static void challenge(pl_str s)
{
    pl_challenge c = {0};

    if (!pl_challenge_read(s, &c))
        assert(!c.has_basic && !c.has_bearer && !c.realm[0]);
    assert(!strpbrk(c.realm, "\r\n") && !strpbrk(c.service, "\r\n") && !strpbrk(c.scope, "\r\n"));
}

static void redirect(pl_str s)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_fetch_place place;

    if (pl_fetch_resolve(PL_S("https://home.example:1/v2/a"), s, &out, NULL) != PL_OK)
        return;
    assert(pl_fetch_place_of(pl_str_c(out.p), &place));
    assert(!strpbrk(out.p, " \r\n") && !strchr(place.authority, '@'));
}

static void numbers(pl_str s)
{
    uint64_t n;
    char token[256];
    pl_str next = pl_fetch_next_page(s);

    assert(!next.n || pl_fetch_is_query(next));
    (void)pl_fetch_retry_after(s, 1000000000, &n);
    (void)pl_fetch_range_start(s, &n);
    if (pl_fetch_read_token(s, token, sizeof(token), NULL) == PL_OK)
        assert(token[0] && !strpbrk(token, " \r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const all[])(pl_str) = {reference, challenge, redirect, numbers};

    if (size < 1)
        return 0;
    all[data[0] % PL_COUNT(all)]((pl_str){(const char *)data + 1, size - 1});
    return 0;
}
