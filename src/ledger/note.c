/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/note.h"

#include "core/text.h"
#include "ledger/crypto.h"

#include <string.h>

#include <openssl/crypto.h>

struct pl_skey {
    pl_vkey public;
    pl_ed25519 *key;
    unsigned char seed[PL_ED25519_KEY];
};

enum { TYPE_ED25519 = 1 };

/* em dash and a blank: how a signature line starts */
static const char dash[] = "\xe2\x80\x94 ";

static uint32_t u32be(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Key names hold no blanks of Unicode; the names that we accept are plain ASCII at that. */
static bool is_name(pl_str s)
{
    if (s.n == 0 || s.n > PL_ORIGIN_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '+')
            return false;
    return true;
}

static uint32_t key_id(pl_str name, const unsigned char key[PL_ED25519_KEY])
{
    unsigned char in[PL_ORIGIN_MAX + 2 + PL_ED25519_KEY];
    unsigned char digest[PL_SHA256];

    memcpy(in, name.p, name.n);
    in[name.n] = '\n';
    in[name.n + 1] = TYPE_ED25519;
    memcpy(in + name.n + 2, key, PL_ED25519_KEY);
    pl_sha256_of((pl_str){(const char *)in, name.n + 2 + PL_ED25519_KEY}, digest);
    return u32be(digest);
}

pl_rc pl_vkey_make(pl_str name, const unsigned char key[PL_ED25519_KEY], pl_vkey *ret, pl_err *err)
{
    if (!is_name(name))
        return pl_fail(err, PL_USAGE,
                       "\"%.*s\" cannot name a log: 1 to %d visible ASCII characters without '+'",
                       PL_F(name), PL_ORIGIN_MAX);
    *ret = (pl_vkey){.id = key_id(name, key)};
    memcpy(ret->name, name.p, name.n);
    memcpy(ret->key, key, PL_ED25519_KEY);
    return PL_OK;
}

/* "name+hash+base64(type, 32 bytes)": what both key forms have in common. */
static pl_rc parse_parts(pl_str text, pl_str *ret_name, uint32_t *ret_id,
                         unsigned char ret_key[PL_ED25519_KEY], pl_err *err)
{
    pl_str rest = text;
    pl_str id;
    uint64_t v;
    PL_AUTO_BUF pl_buf raw = {.max = 4 + PL_ED25519_KEY};

    if (!pl_str_cut(&rest, '+', ret_name) || !is_name(*ret_name) || !pl_str_cut(&rest, '+', &id))
        return pl_fail(err, PL_FORMAT, "a key is <name>+<8 hex digits>+<base64>");
    unsigned char digits[4];
    if (!pl_unhex(id, digits, sizeof(digits)) || !pl_str_u64_base(id, 16, &v))
        return pl_fail(err, PL_FORMAT, "key %.*s: its id is not 8 hex digits", PL_F(*ret_name));
    if (!pl_unbase64(rest, &raw) || !pl_buf_ok(&raw) || raw.n != 1 + PL_ED25519_KEY ||
        raw.p[0] != TYPE_ED25519) {
        OPENSSL_cleanse(raw.p, raw.room);
        return pl_fail(err, PL_FORMAT, "key %.*s: not an Ed25519 key in base64", PL_F(*ret_name));
    }
    memcpy(ret_key, raw.p + 1, PL_ED25519_KEY);
    OPENSSL_cleanse(raw.p, raw.room);
    *ret_id = (uint32_t)v;
    return PL_OK;
}

pl_rc pl_vkey_parse(pl_str text, pl_vkey *ret, pl_err *err)
{
    unsigned char key[PL_ED25519_KEY];
    pl_str name;
    uint32_t id;

    pl_rc rc = parse_parts(text, &name, &id, key, err);
    if (!rc)
        rc = pl_vkey_make(name, key, ret, err);
    if (!rc && ret->id != id)
        rc = pl_fail(err, PL_FORMAT, "key %s: the id does not belong to the key", ret->name);
    return rc;
}

static void print_parts(const pl_vkey *k, const unsigned char key[PL_ED25519_KEY], pl_buf *out)
{
    unsigned char raw[1 + PL_ED25519_KEY] = {TYPE_ED25519};

    memcpy(raw + 1, key, PL_ED25519_KEY);
    pl_buf_fmt(out, "%s+%08x+", k->name, k->id);
    pl_base64(raw, sizeof(raw), out);
    OPENSSL_cleanse(raw, sizeof(raw));
}

void pl_vkey_print(const pl_vkey *k, pl_buf *out)
{
    print_parts(k, k->key, out);
}

/* ---- private keys ---- */

static pl_rc skey_of(pl_str name, const unsigned char seed[PL_ED25519_KEY], pl_skey **ret,
                     pl_err *err)
{
    unsigned char public[PL_ED25519_KEY];
    PL_AUTO_SKEY pl_skey *k = calloc(1, sizeof(*k));

    if (!k)
        return pl_fail(err, PL_NOMEM, "key %.*s", PL_F(name));
    memcpy(k->seed, seed, PL_ED25519_KEY);
    pl_rc rc = pl_ed25519_new(seed, &k->key, public, err);
    if (!rc)
        rc = pl_vkey_make(name, public, &k->public, err);
    if (!rc)
        *ret = PL_TAKE(k, NULL);
    return rc;
}

pl_rc pl_skey_generate(pl_str name, pl_skey **ret, pl_err *err)
{
    unsigned char seed[PL_ED25519_KEY];

    pl_rc rc = pl_random(seed, sizeof(seed), err);
    if (!rc)
        rc = skey_of(name, seed, ret, err);
    OPENSSL_cleanse(seed, sizeof(seed));
    return rc;
}

pl_rc pl_skey_parse(pl_str text, pl_skey **ret, pl_err *err)
{
    static const pl_str prefix = {"PRIVATE+KEY+", 12};
    unsigned char seed[PL_ED25519_KEY];
    PL_AUTO_SKEY pl_skey *k = NULL;
    pl_str name;
    uint32_t id;

    if (!pl_str_starts(text, prefix))
        return pl_fail(err, PL_FORMAT, "a private key starts with PRIVATE+KEY+");
    pl_rc rc = parse_parts(pl_str_sub(text, prefix.n, text.n), &name, &id, seed, err);
    if (!rc)
        rc = skey_of(name, seed, &k, err);
    OPENSSL_cleanse(seed, sizeof(seed));
    if (!rc && k->public.id != id)
        rc = pl_fail(err, PL_FORMAT, "key %.*s: the id does not belong to the key", PL_F(name));
    if (!rc)
        *ret = PL_TAKE(k, NULL);
    return rc;
}

void pl_skey_print(const pl_skey *k, pl_buf *out)
{
    pl_buf_c(out, "PRIVATE+KEY+");
    print_parts(&k->public, k->seed, out);
}

const pl_vkey *pl_skey_public(const pl_skey *k)
{
    return &k->public;
}

void pl_skey_free(pl_skey *k)
{
    if (!k)
        return;
    pl_ed25519_free(k->key);
    OPENSSL_cleanse(k, sizeof(*k));
    free(k);
}

/* ---- notes ---- */

/* Text and signature lines of a note; both end in a newline. */
static pl_rc cut_note(pl_str note, pl_str *ret_text, pl_str *ret_signatures, pl_err *err)
{
    if (note.n > PL_NOTE_MAX)
        return pl_fail(err, PL_LIMIT, "note of %zu bytes, at most %d", note.n, PL_NOTE_MAX);
    for (pl_str rest = note; rest.n;) {
        size_t at = note.n - rest.n;
        int32_t c = pl_text_next(&rest);
        if (c < 0 || (c < 0x20 && c != '\n'))
            return pl_fail(err, PL_FORMAT, "note: byte %zu is neither text nor newline", at);
    }
    if (note.n == 0 || note.p[note.n - 1] != '\n')
        return pl_fail(err, PL_FORMAT, "note does not end in a newline");
    for (size_t i = note.n - 1; i > 0; i--) {
        if (note.p[i] != '\n' || note.p[i - 1] != '\n')
            continue;
        *ret_text = pl_str_sub(note, 0, i);
        *ret_signatures = pl_str_sub(note, i + 1, note.n);
        return ret_signatures->n ? PL_OK : pl_fail(err, PL_FORMAT, "note has no signature");
    }
    return pl_fail(err, PL_FORMAT, "note has no blank line before its signatures");
}

static pl_rc check_line(pl_str line, pl_str text, const pl_vkey *key, bool *signed_by_key,
                        pl_err *err)
{
    pl_str rest = line;
    pl_str name;
    PL_AUTO_BUF pl_buf raw = {.max = PL_NOTE_MAX};

    if (!pl_str_starts(rest, pl_str_c(dash)))
        return pl_fail(err, PL_FORMAT, "signature line without its dash");
    rest = pl_str_sub(rest, sizeof(dash) - 1, rest.n);
    if (!pl_str_cut(&rest, ' ', &name) || name.n == 0 || memchr(name.p, '+', name.n) ||
        !pl_unbase64(rest, &raw) || !pl_buf_ok(&raw) || raw.n < 5)
        return pl_fail(err, PL_FORMAT, "signature line that is not \"name base64\"");

    const unsigned char *p = (const unsigned char *)raw.p;
    if (!pl_str_eq(name, pl_str_c(key->name)) || u32be(p) != key->id)
        return PL_OK;
    if (raw.n != 4 + PL_ED25519_SIGNATURE || !pl_ed25519_holds(key->key, text, p + 4))
        return pl_fail(err, PL_TAMPERED, "the signature of %s is wrong", key->name);
    *signed_by_key = true;
    return PL_OK;
}

pl_rc pl_note_open(pl_str note, const pl_vkey *key, pl_str *ret_text, pl_err *err)
{
    pl_str text;
    pl_str lines;
    pl_str line;
    bool is_signed = false;
    size_t n = 0;

    pl_rc rc = cut_note(note, &text, &lines, err);
    while (!rc && lines.n && pl_str_cut(&lines, '\n', &line)) {
        if (++n > PL_NOTE_SIGNATURES)
            return pl_fail(err, PL_LIMIT, "more than %d signatures", PL_NOTE_SIGNATURES);
        rc = check_line(line, text, key, &is_signed, err);
    }
    if (!rc && !is_signed)
        rc = pl_fail(err, PL_TAMPERED, "not signed by %s (key %08x)", key->name, key->id);
    if (!rc)
        *ret_text = text;
    return rc;
}

pl_rc pl_note_sign(pl_str text, const pl_skey *key, pl_buf *out, pl_err *err)
{
    const pl_vkey *k = &key->public;
    unsigned char raw[4 + PL_ED25519_SIGNATURE] = {
        (unsigned char)(k->id >> 24), (unsigned char)(k->id >> 16), (unsigned char)(k->id >> 8),
        (unsigned char)k->id};

    pl_rc rc = pl_ed25519_sign(key->key, text, raw + 4, err);
    if (rc)
        return rc;
    pl_buf_str(out, text);
    pl_buf_fmt(out, "\n%s%s ", dash, k->name);
    pl_base64(raw, sizeof(raw), out);
    pl_buf_ch(out, '\n');
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "note of %s", k->name);
}

/* ---- checkpoints ---- */

pl_rc pl_checkpoint_parse(pl_str text, pl_checkpoint *ret, pl_err *err)
{
    pl_str rest = text;
    pl_str size;
    pl_str root;
    PL_AUTO_BUF pl_buf raw = {.max = PL_SHA256};

    if (text.n == 0 || text.p[text.n - 1] != '\n' || !pl_str_cut(&rest, '\n', &ret->origin) ||
        ret->origin.n == 0 || !pl_str_cut(&rest, '\n', &size) || !pl_str_cut(&rest, '\n', &root))
        return pl_fail(err, PL_FORMAT, "a checkpoint has three lines: origin, size, root");
    if (rest.n)
        return pl_fail(err, PL_FORMAT, "checkpoint with extension lines");
    if (!pl_str_u64(size, &ret->size) || (size.n > 1 && size.p[0] == '0'))
        return pl_fail(err, PL_FORMAT, "checkpoint size \"%.*s\" is not a number", PL_F(size));
    if (!pl_unbase64(root, &raw) || !pl_buf_ok(&raw) || raw.n != PL_SHA256)
        return pl_fail(err, PL_FORMAT, "checkpoint root is not base64 of 32 bytes");
    memcpy(ret->root.b, raw.p, PL_SHA256);
    return PL_OK;
}

void pl_checkpoint_print(const pl_checkpoint *c, pl_buf *out)
{
    pl_buf_str(out, c->origin);
    pl_buf_fmt(out, "\n%llu\n", (unsigned long long)c->size);
    pl_base64(c->root.b, sizeof(c->root.b), out);
    pl_buf_ch(out, '\n');
}
