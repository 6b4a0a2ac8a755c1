/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/leaf.h"

#include "core/clock.h"
#include "core/hash.h"
#include "core/json_write.h"
#include "ledger/canon.h"
#include "ledger/limits.h"

#include <stddef.h>

bool pl_leaf_is_type(pl_str s)
{
    bool dot = false;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (c == '.') {
            if (i == 0 || s.p[i - 1] == '.' || i + 1 == s.n)
                return false;
            dot = true;
        } else if (!word) {
            return false;
        }
    }
    return dot && s.n <= PL_LEAF_KEY_MAX;
}

/* ---- building ---- */

static pl_rc check_part(pl_str text, pl_canon_kind want, const char *name, pl_err *err)
{
    pl_canon_kind kind;

    if (text.n > PL_LEAF_MAX)
        return pl_fail(err, PL_LIMIT, "%s of %zu bytes; a record holds at most %d", name, text.n,
                       PL_LEAF_MAX);
    pl_rc rc = pl_canon_check(text, &kind, err);
    if (!rc && kind != want)
        rc = pl_fail(err, PL_FORMAT, "not %s", want == PL_CANON_OBJECT ? "an object" : "an array");
    return pl_wrap(err, rc, "%s", name);
}

static pl_rc check_parts(const pl_leaf_parts *p, pl_err *err)
{
    const struct {
        pl_str text;
        pl_canon_kind kind;
        const char *name;
        bool optional;
    } parts[] = {
        {p->subj, PL_CANON_ARRAY, "subj", false},
        {p->body, PL_CANON_OBJECT, "body", false},
        {p->blobs, PL_CANON_ARRAY, "blobs", true},
        {p->sd, PL_CANON_ARRAY, "_sd", true},
    };

    if (!pl_leaf_is_type(p->type))
        return pl_fail(err, PL_USAGE, "record type \"%.*s\" is not word.word", PL_F(p->type));
    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        if (parts[i].optional && parts[i].text.n == 0)
            continue;
        pl_rc rc = check_part(parts[i].text, parts[i].kind, parts[i].name, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* RFC 9562 section 5.7: 48 bits of milliseconds, version, variant, the rest random. */
static void print_uuid7(int64_t t_us, const unsigned char random[16], pl_buf *out)
{
    uint64_t ms = t_us > 0 ? (uint64_t)t_us / 1000 : 0;
    unsigned char u[16];
    char hex[33];

    for (size_t i = 0; i < 6; i++)
        u[i] = (unsigned char)(ms >> (40 - 8 * i));
    for (size_t i = 6; i < 16; i++)
        u[i] = random[i];
    u[6] = (unsigned char)(0x70 | (u[6] & 0x0f));
    u[8] = (unsigned char)(0x80 | (u[8] & 0x3f));
    pl_hex(u, sizeof(u), hex);
    static const struct {
        size_t from, n;
    } groups[] = {{0, 8}, {8, 4}, {12, 4}, {16, 4}, {20, 12}};
    for (size_t i = 0; i < PL_COUNT(groups); i++) {
        if (i)
            pl_buf_ch(out, '-');
        pl_buf_add(out, hex + groups[i].from, groups[i].n);
    }
}

static void member(pl_buf *out, const char *before, pl_str text)
{
    pl_buf_c(out, before);
    pl_json_quote(out, text);
}

pl_rc pl_leaf_build(const pl_leaf_parts *p, pl_buf *out, pl_err *err)
{
    size_t start = out->n;
    char t[PL_TIME_TEXT];

    pl_rc rc = check_parts(p, err);
    if (rc)
        return rc;
    pl_time_print(p->t_us, t);

    pl_buf_ch(out, '{');
    if (p->sd.n) {
        pl_buf_c(out, "\"_sd\":");
        pl_buf_str(out, p->sd);
        pl_buf_c(out, ",\"_sd_alg\":\"sha-256\",");
    }
    if (p->blobs.n) {
        pl_buf_c(out, "\"blobs\":");
        pl_buf_str(out, p->blobs);
        pl_buf_ch(out, ',');
    }
    pl_buf_c(out, "\"body\":");
    pl_buf_str(out, p->body);
    member(out, ",\"boot\":", p->boot);
    member(out, ",\"from\":{\"agent\":", p->agent);
    member(out, ",\"inst\":", p->inst);
    member(out, ",\"prog\":", p->prog);
    pl_buf_fmt(out, ",\"uid\":%llu", (unsigned long long)p->uid);
    member(out, ",\"via\":", p->via);
    pl_buf_c(out, "},\"id\":\"");
    print_uuid7(p->t_us, p->id, out);
    pl_buf_fmt(out, "\",\"mono\":\"%llu\"", (unsigned long long)p->mono_ns);
    member(out, ",\"ret\":", p->ret);
    pl_buf_fmt(out, ",\"seq\":\"%llu\",\"subj\":", (unsigned long long)p->seq);
    pl_buf_str(out, p->subj);
    member(out, ",\"t\":", pl_str_c(t));
    member(out, ",\"type\":", p->type);
    pl_buf_c(out, ",\"v\":1}");

    if (!pl_buf_ok(out))
        return pl_fail(err, PL_NOMEM, "record %.*s", PL_F(p->type));
    if (out->n - start > PL_LEAF_MAX)
        return pl_fail(err, PL_LIMIT, "record %.*s of %zu bytes; at most %d", PL_F(p->type),
                       out->n - start, PL_LEAF_MAX);
    return PL_OK;
}

/* ---- taking apart ---- */

/* How a member of a table of members is read. */
typedef enum form {
    FORM_PLAIN,  /* a string without escapes, handed out without quotes */
    FORM_NUMBER, /* a string of digits */
    FORM_COUNT,  /* an integer */
    FORM_ARRAY,  /* JSON text */
    FORM_OBJECT, /* JSON text */
    FORM_ONE,    /* the integer 1 */
    FORM_SHA,    /* the string "sha-256" */
} form;

typedef struct field {
    const char *key;
    form form;
    bool optional;
    size_t at; /* of the slice or number in the result */
} field;

static bool take(form f, pl_str value, void *at)
{
    pl_str plain = pl_canon_plain(value);

    switch (f) {
    case FORM_PLAIN:
        *(pl_str *)at = plain;
        return plain.p != NULL;
    case FORM_NUMBER:
        return plain.p && pl_str_u64(plain, at);
    case FORM_COUNT:
        return pl_str_u64(value, at);
    case FORM_ARRAY:
    case FORM_OBJECT:
        *(pl_str *)at = value;
        return value.p[0] == (f == FORM_ARRAY ? '[' : '{');
    case FORM_ONE:
        return pl_str_eq(value, PL_S("1"));
    case FORM_SHA:
        return pl_str_eq(plain, PL_S("sha-256"));
    }
    return false;
}

/* The members of an object must be those of the table, which is in key order; no others. */
static pl_rc read_members(pl_str text, const field *table, size_t n, void *ret, pl_err *err)
{
    pl_canon_walk w = {.text = text};
    size_t i = 0;

    while (pl_canon_next(&w)) {
        while (i < n && !pl_str_eq(w.key, pl_str_c(table[i].key)) && table[i].optional)
            i++;
        if (i == n || !pl_str_eq(w.key, pl_str_c(table[i].key)))
            return pl_fail(err, PL_FORMAT, "member \"%.*s\" where %s must stand", PL_F(w.key),
                           i < n ? table[i].key : "none");
        if (!take(table[i].form, w.value, (char *)ret + table[i].at))
            return pl_fail(err, PL_FORMAT, "member \"%.*s\" has a wrong value", PL_F(w.key));
        i++;
    }
    if (!pl_canon_walked(&w))
        return pl_fail(err, PL_FORMAT, "byte %zu: %s", w.at, w.why);
    for (; i < n; i++)
        if (!table[i].optional)
            return pl_fail(err, PL_FORMAT, "no member \"%s\"", table[i].key);
    return PL_OK;
}

#define LEAF(field_) offsetof(pl_leaf, field_)

pl_rc pl_leaf_parse(pl_str text, pl_leaf *ret, pl_err *err)
{
    static const field members[] = {
        {"_sd", FORM_ARRAY, true, LEAF(sd)},      {"_sd_alg", FORM_SHA, true, LEAF(text)},
        {"blobs", FORM_ARRAY, true, LEAF(blobs)}, {"body", FORM_OBJECT, false, LEAF(body)},
        {"boot", FORM_PLAIN, false, LEAF(boot)},  {"from", FORM_OBJECT, false, LEAF(from)},
        {"id", FORM_PLAIN, false, LEAF(id)},      {"mono", FORM_NUMBER, false, LEAF(mono_ns)},
        {"ret", FORM_PLAIN, false, LEAF(ret)},    {"seq", FORM_NUMBER, false, LEAF(seq)},
        {"subj", FORM_ARRAY, false, LEAF(subj)},  {"t", FORM_PLAIN, false, LEAF(t)},
        {"type", FORM_PLAIN, false, LEAF(type)},  {"v", FORM_ONE, false, LEAF(text)},
    };

    *ret = (pl_leaf){.text = text};
    if (text.n == 0 || text.n > PL_LEAF_MAX)
        return pl_fail(err, PL_LIMIT, "leaf of %zu bytes; 1 to %d are allowed", text.n,
                       PL_LEAF_MAX);
    pl_rc rc = read_members(text, members, PL_COUNT(members), ret, err);
    if (rc)
        return rc;
    if (!pl_leaf_is_type(ret->type))
        return pl_fail(err, PL_FORMAT, "type \"%.*s\" is not word.word", PL_F(ret->type));

    pl_canon_walk from = {.text = ret->from};
    while (pl_canon_next(&from))
        if (pl_str_eq(from.key, PL_S("inst")))
            ret->inst = pl_canon_plain(from.value);
    return ret->inst.p ? PL_OK : pl_fail(err, PL_FORMAT, "no from.inst");
}

#define ROW(field_) offsetof(pl_leaf_blob, field_)

pl_rc pl_leaf_blob_parse(pl_str row, pl_leaf_blob *ret, pl_err *err)
{
    static const field members[] = {
        {"enc", FORM_PLAIN, false, ROW(enc)},   {"key", FORM_PLAIN, false, ROW(key)},
        {"md", FORM_PLAIN, false, ROW(media)},  {"n", FORM_COUNT, false, ROW(n)},
        {"role", FORM_PLAIN, false, ROW(role)}, {"sha256", FORM_PLAIN, false, ROW(sha256)},
        {"src", FORM_PLAIN, false, ROW(src)},
    };
    unsigned char digest[PL_SHA256];

    *ret = (pl_leaf_blob){0};
    pl_rc rc = read_members(row, members, PL_COUNT(members), ret, err);
    if (!rc && !pl_unhex(ret->sha256, digest, sizeof(digest)))
        rc = pl_fail(err, PL_FORMAT, "blob digest is not 64 hex digits");
    return pl_wrap(err, rc, "blobs");
}
