/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/secret_watch.h"

#include "audit/secret_places.h"
#include "core/hash.h"
#include "core/rd.h"

#include <string.h>

enum {
    VERSION = 4, /* of the notes */
    REF = 8,     /* bytes of the keyed digest */
    TAIL = 4,
    TAIL_FROM = 20,       /* a secret shorter than this shows nothing of itself */
    NOTES_OF_FILE = 1000, /* one file may not take the room of all */
    IS_EXAMPLE = 1,
};

struct pl_secret_watch {
    pl_watcher watcher;
    pl_secret_watch *inside; /* sees what archives hold; owned */
    pl_secrets_stream *stream;
    pl_str key;
    pl_str path, member; /* of the file that passes */
    size_t notes;
    pl_note_out *out;
};

/* ---- notes ---- */

static void digest_of(pl_str key, pl_str secret, char hex[2 * REF + 1])
{
    unsigned char mac[PL_SHA256];

    pl_hmac_sha256(key, secret, mac);
    pl_hex(mac, REF, hex);
}

pl_str pl_secret_ref(pl_str key, pl_str secret, pl_arena *a)
{
    char hex[2 * REF + 1];

    if (key.n == 0)
        return (pl_str){"", 0};
    digest_of(key, secret, hex);
    return pl_arena_str(a, pl_str_c(hex));
}

static bool is_printable(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return true;
}

static pl_str tail_of(pl_str secret)
{
    pl_str tail = pl_str_sub(secret, secret.n - TAIL, TAIL);

    return secret.n >= TAIL_FROM && is_printable(tail) ? tail : (pl_str){"", 0};
}

static pl_rc add_note(void *arg, const pl_secret_seen *seen, pl_err *err)
{
    pl_secret_watch *w = arg;
    PL_AUTO_BUF pl_buf b = {0};
    char ref[2 * REF + 1] = "";
    bool is_example =
        seen->hit->is_example || pl_secret_place_is_sample(w->path, seen->hit->is_common);
    pl_severity severity = is_example ? PL_LOW : seen->hit->severity;

    if (w->notes++ == NOTES_OF_FILE)
        return pl_fail(err, PL_LIMIT, "more than %d secrets", NOTES_OF_FILE);
    if (w->key.n)
        digest_of(w->key, seen->secret, ref);
    pl_buf_lstr(&b, seen->hit->kind);
    pl_buf_u32le(&b, severity);
    pl_buf_u32le(&b, is_example ? IS_EXAMPLE : 0);
    pl_buf_u64le(&b, seen->offset);
    pl_buf_u64le(&b, seen->line);
    pl_buf_lstr(&b, pl_str_c(ref));
    pl_buf_lstr(&b, tail_of(seen->secret));
    pl_buf_lstr(&b, w->member);
    return pl_buf_ok(&b) ? pl_note_add(w->out, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "note of a secret");
}

bool pl_secret_note_decode(pl_str bytes, pl_secret_note *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);

    *ret = (pl_secret_note){.kind = pl_rd_lstr(&r)};
    uint32_t severity = pl_rd_u32le(&r);
    ret->is_example = pl_rd_u32le(&r) & IS_EXAMPLE;
    ret->offset = pl_rd_u64le(&r);
    ret->line = pl_rd_u64le(&r);
    ret->ref = pl_rd_lstr(&r);
    ret->tail = pl_rd_lstr(&r);
    ret->member = pl_rd_lstr(&r);
    ret->severity = (pl_severity)severity;
    return pl_rd_done(&r) && severity <= PL_CRITICAL;
}

/* ---- files ---- */

static bool on_begin(void *arg, const pl_passing_file *f)
{
    pl_secret_watch *w = arg;
    pl_secrets_how how = pl_secret_place_has_pairs(f->path) ? PL_SECRETS_PAIRS : PL_SECRETS_SHAPES;

    if (f->size == 0)
        return false;
    w->path = f->path;
    w->member = f->member;
    w->notes = 0;
    pl_secrets_stream_begin(w->stream, how, f->size, add_note, w);
    return true;
}

static pl_rc on_bytes(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    pl_secret_watch *w = arg;

    w->out = out;
    return pl_secrets_stream_add(w->stream, piece, err);
}

static pl_rc on_end(void *arg, pl_note_out *out, pl_err *err)
{
    pl_secret_watch *w = arg;
    bool is_cut = false;

    w->out = out;
    pl_rc rc = pl_secrets_stream_end(w->stream, &is_cut, err);
    return rc || !is_cut ? rc : pl_fail(err, PL_LIMIT, "not searched to its end for secrets");
}

/* ---- open and close ---- */

/* Other patterns, or another key, make other notes. */
static uint64_t version_of(const pl_secrets *patterns, pl_str key)
{
    unsigned char mac[PL_SHA256];
    uint64_t v = VERSION;

    pl_hmac_sha256(key, pl_secrets_digest(patterns), mac);
    for (size_t i = 0; i < 6; i++)
        v = v << 8 | mac[i];
    return v;
}

static pl_secret_watch *new_watch(pl_secrets *patterns, pl_str key)
{
    pl_secret_watch *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->key = key;
    w->watcher = (pl_watcher){.name = "secrets",
                              .version = version_of(patterns, key),
                              .arg = w,
                              .begin = on_begin,
                              .bytes = on_bytes,
                              .end = on_end};
    w->stream = pl_secrets_stream_new(patterns);
    if (w->stream)
        return w;
    free(w);
    return NULL;
}

pl_rc pl_secret_watch_open(pl_secrets *patterns, pl_str key, pl_secret_watch **ret, pl_err *err)
{
    pl_secret_watch *w = new_watch(patterns, key);

    if (!w || !(w->inside = new_watch(patterns, key))) {
        pl_secret_watch_close(w);
        return pl_fail(err, PL_NOMEM, "secrets");
    }
    w->watcher.inside = &w->inside->watcher;
    *ret = w;
    return PL_OK;
}

// NOLINTNEXTLINE(misc-no-recursion)
void pl_secret_watch_close(pl_secret_watch *w)
{
    if (!w)
        return;
    pl_secret_watch_close(w->inside);
    pl_secrets_stream_free(w->stream);
    free(w);
}

const pl_watcher *pl_secret_watch_watcher(const pl_secret_watch *w)
{
    return &w->watcher;
}
