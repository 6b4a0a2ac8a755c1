/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for secrets in any bytes: hits lie inside the input, in order, and do not overlap. */
#include "model/content.h"
#include "secrets/secrets.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_secrets *load(void)
{
    pl_secrets *s = NULL;
    pl_err err = {0};
    pl_rc rc = pl_secrets_new(pl_content_builtin, &s, &err);

    assert(rc == PL_OK);
    return s;
}

static pl_rc seen_at(void *arg, const pl_secret_seen *seen, pl_err *err)
{
    const pl_str *text = arg;

    (void)err;
    assert(seen->offset + seen->secret.n <= text->n);
    assert(memcmp(text->p + seen->offset, seen->secret.p, seen->secret.n) == 0);
    return PL_OK;
}

/* In pieces of an odd size: what is told of stands there. */
static void stream(pl_secrets *s, pl_str text)
{
    static pl_secrets_stream *st;
    bool is_cut = false;

    if (!st)
        st = pl_secrets_stream_new(s);
    assert(st);
    pl_secrets_stream_begin(st, PL_SECRETS_PAIRS, text.n, seen_at, &text);
    for (size_t at = 0; at < text.n; at += 37)
        if (pl_secrets_stream_add(st, pl_str_sub(text, at, 37), NULL))
            return;
    (void)!pl_secrets_stream_end(st, &is_cut, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pl_secrets *s;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(16 << 20);
    pl_str text = {(const char *)data, size};

    if (!s)
        s = load();
    for (int how = PL_SECRETS_SHAPES; how <= PL_SECRETS_PAIRS; how++) {
        pl_secret_hits hits;
        size_t end = 0;
        if (pl_secrets_find(s, text, (pl_secrets_how)how, a, &hits, NULL))
            return 0;
        for (size_t i = 0; i < hits.n; i++) {
            assert(hits.items[i].from >= end && hits.items[i].n > 0);
            end = hits.items[i].from + hits.items[i].n;
            assert(end <= size);
        }
    }

    stream(s, text);

    pl_str name;
    bool found = false;
    pl_secret_hit hit;
    if (pl_str_cut(&text, '\n', &name))
        (void)!pl_secrets_pair(s, name, text, &found, &hit, NULL);
    return 0;
}
