/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/hello.h"

#include "core/attr.h"
#include "core/rd.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

enum {
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_POINT_FORMATS = 11,
    EXT_SIGNATURES = 13,
    EXT_VERSIONS = 43,
    EXT_KEY_SHARE = 51,
    EXT_RENEGOTIATION = 0xff01,
    RANDOM = 32,
    NAME_MAX_BYTES = 255,
};

const pl_suite pl_suites[] = {
#define PL_SUITE(number, name) {number, name},
#include "probe/suites.def"
#undef PL_SUITE
    {0, NULL},
};

const char *pl_suite_name(uint16_t number)
{
    for (const pl_suite *s = pl_suites; s->name; s++)
        if (s->number == number)
            return s->name;
    return NULL;
}

bool pl_suite_is_13(uint16_t number)
{
    return number >> 8 == 0x13;
}

/* ---- writing ---- */

static void put_u16(pl_buf *out, size_t v)
{
    pl_buf_ch(out, (char)(v >> 8 & 0xff));
    pl_buf_ch(out, (char)(v & 0xff));
}

/* Number, length and bytes of an extension whose bytes are themselves a list with a length. */
static void put_list_ext(pl_buf *out, unsigned ext, const uint16_t *items, size_t n)
{
    put_u16(out, ext);
    put_u16(out, 2 * n + 2);
    put_u16(out, 2 * n);
    for (size_t i = 0; i < n; i++)
        put_u16(out, items[i]);
}

static bool is_name(pl_str s)
{
    unsigned char number[sizeof(struct in6_addr)];
    char text[NAME_MAX_BYTES + 1];

    return s.n && pl_str_to_c(s, text, sizeof(text)) && inet_pton(AF_INET, text, number) != 1 &&
           inet_pton(AF_INET6, text, number) != 1;
}

static void put_name(pl_buf *out, pl_str name)
{
    put_u16(out, EXT_SERVER_NAME);
    put_u16(out, name.n + 5);
    put_u16(out, name.n + 3);
    pl_buf_ch(out, 0); /* host_name */
    put_u16(out, name.n);
    pl_buf_str(out, name);
}

static void put_extensions(pl_buf *out, uint16_t version, pl_str name)
{
    static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101};
    static const uint16_t signatures[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804,
                                          0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401,
                                          0x0501, 0x0601, 0x0203, 0x0201, 0x0402, 0x0202};
    static const char renegotiation[] = {(char)0xff, 0x01, 0, 1, 0};
    static const char points[] = {0, EXT_POINT_FORMATS, 0, 2, 1, 0};
    static const char versions[] = {0, EXT_VERSIONS, 0, 3, 2, 3, 4};
    /* No share: the server then asks for one, and its question names version and suite. */
    static const char no_share[] = {0, EXT_KEY_SHARE, 0, 2, 0, 0};

    if (is_name(name))
        put_name(out, name);
    put_list_ext(out, EXT_GROUPS, groups, PL_COUNT(groups));
    pl_buf_add(out, points, sizeof(points));
    if (version >= PL_TLS_12)
        put_list_ext(out, EXT_SIGNATURES, signatures, PL_COUNT(signatures));
    pl_buf_add(out, renegotiation, sizeof(renegotiation));
    if (version == PL_TLS_13) {
        pl_buf_add(out, versions, sizeof(versions));
        pl_buf_add(out, no_share, sizeof(no_share));
    }
}

static void put_body(pl_buf *out, uint16_t version, const uint16_t *suites, size_t n, pl_str name)
{
    PL_AUTO_BUF pl_buf more = {0};
    unsigned char random[RANDOM] = {0};

    (void)!getrandom(random, sizeof(random), 0); /* nothing is kept secret with it */
    put_u16(out, version == PL_TLS_13 ? PL_TLS_12 : version);
    pl_buf_add(out, random, sizeof(random));
    pl_buf_ch(out, 0); /* no session */
    put_u16(out, 2 * n);
    for (size_t i = 0; i < n; i++)
        put_u16(out, suites[i]);
    pl_buf_add(out, "\1\0", 2); /* no compression */
    if (version == PL_TLS_SSL3)
        return; /* knows no extensions */
    put_extensions(&more, version, name);
    put_u16(out, more.n);
    pl_buf_str(out, pl_buf_view(&more));
}

void pl_hello_write(uint16_t version, const uint16_t *suites, size_t n, pl_str server_name,
                    pl_buf *out)
{
    PL_AUTO_BUF pl_buf body = {0};

    put_body(&body, version, suites, n, server_name);
    pl_buf_ch(out, RECORD_HANDSHAKE);
    put_u16(out, version == PL_TLS_SSL3 ? PL_TLS_SSL3 : PL_TLS_10);
    put_u16(out, body.n + 4);
    pl_buf_ch(out, CLIENT_HELLO);
    pl_buf_ch(out, 0);
    put_u16(out, body.n);
    pl_buf_str(out, pl_buf_view(&body));
}

/* ---- reading ---- */

static uint16_t rd_u16(pl_rd *in)
{
    uint16_t high = pl_rd_u8(in);
    return (uint16_t)(high << 8 | pl_rd_u8(in));
}

/* The version of TLS 1.3 stands in an extension. */
static uint16_t chosen_version(pl_rd extensions, uint16_t otherwise)
{
    while (extensions.n) {
        uint16_t number = rd_u16(&extensions);
        pl_str body = pl_rd_bytes(&extensions, rd_u16(&extensions));
        pl_rd in = pl_rd_of(body.p, body.n);
        if (number == EXT_VERSIONS && body.n == 2)
            return rd_u16(&in);
    }
    return otherwise;
}

static void read_server_hello(pl_str body, pl_hello_answer *ret)
{
    pl_rd in = pl_rd_of(body.p, body.n);
    uint16_t version = rd_u16(&in);

    (void)pl_rd_bytes(&in, RANDOM);
    (void)pl_rd_bytes(&in, pl_rd_u8(&in));
    uint16_t suite = rd_u16(&in);
    (void)pl_rd_u8(&in); /* compression */
    if (!pl_rd_ok(&in))
        return;
    if (in.n) {
        pl_str extensions = pl_rd_bytes(&in, rd_u16(&in));
        version = chosen_version(pl_rd_of(extensions.p, extensions.n), version);
    }
    if (!pl_rd_ok(&in) || version < PL_TLS_SSL3 || version > PL_TLS_13)
        return;
    *ret = (pl_hello_answer){.end = PL_HELLO_ACCEPTED, .version = version, .suite = suite};
}

static void read_handshake(pl_str record, pl_hello_answer *ret)
{
    pl_rd in = pl_rd_of(record.p, record.n);
    uint8_t kind = pl_rd_u8(&in);
    size_t high = pl_rd_u8(&in);
    pl_str body = pl_rd_bytes(&in, high << 16 | rd_u16(&in));

    if (pl_rd_ok(&in) && kind == SERVER_HELLO)
        read_server_hello(body, ret);
}

void pl_hello_read(pl_str bytes, pl_hello_answer *ret)
{
    pl_rd in = pl_rd_of(bytes.p, bytes.n);
    uint8_t kind = pl_rd_u8(&in);
    uint8_t major = pl_rd_u8(&in);

    *ret = (pl_hello_answer){.end = PL_HELLO_ODD};
    if (bytes.n && kind != RECORD_ALERT && kind != RECORD_HANDSHAKE)
        return;
    if (bytes.n > 1 && major != 3)
        return;
    (void)pl_rd_u8(&in);
    pl_str record = pl_rd_bytes(&in, rd_u16(&in));
    ret->end = pl_rd_ok(&in) ? PL_HELLO_UNREAD : PL_HELLO_MORE;
    if (ret->end == PL_HELLO_MORE)
        return;
    if (kind == RECORD_HANDSHAKE)
        read_handshake(record, ret);
    else if (record.n == 2)
        *ret = (pl_hello_answer){.end = PL_HELLO_ALERT, .alert = (uint8_t)record.p[1]};
}
