/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints: those that a user names, and with what they are judged. */
#include "audit/run_private.h"

#include "audit/endpoints.h"
#include "core/hash.h"
#include "core/pem.h"
#include "core/text.h"

#include <string.h>

/* ---- trust ---- */

/* 64 hexadecimal digits, with or without colons between each two. */
static bool read_fingerprint(pl_arena *a, pl_str word, pl_str *ret)
{
    char digits[PL_SHA256_HEX];
    unsigned char bytes[PL_SHA256];
    size_t n = 0;

    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == ':')
            continue;
        if (n == sizeof(digits) - 1)
            return false;
        digits[n++] = pl_to_lower(word.p[i]);
    }
    *ret = pl_arena_str(a, (pl_str){digits, n});
    return ret->p && pl_unhex(*ret, bytes, sizeof(bytes));
}

static pl_rc read_fingerprints(pl_run *r, const char *words, pl_endpoint_trust *ret, pl_err *err)
{
    pl_str *list = pl_arena_calloc(r->arena, PL_PROBE_FINGERPRINTS, sizeof(*list));
    pl_str rest = pl_str_c(words), word;

    if (!list)
        return pl_fail(err, PL_LIMIT, "fingerprints of authorities");
    while (pl_str_cut(&rest, ',', &word)) {
        word = pl_str_trim(word);
        if (!word.n)
            continue;
        if (ret->n_pins == PL_PROBE_FINGERPRINTS)
            return pl_fail(err, PL_USAGE, "over %d fingerprints of authorities",
                           PL_PROBE_FINGERPRINTS);
        if (!read_fingerprint(r->arena, word, &list[ret->n_pins++]))
            return pl_fail(err, PL_USAGE,
                           "fingerprint %.*s: the SHA-256 of a certificate has 64 hexadecimal "
                           "digits",
                           PL_F(word));
    }
    ret->pins = list;
    return PL_OK;
}

pl_rc pl_run_endpoint_trust(pl_run *r, const pl_probe_scope *s, pl_endpoint_trust *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf pem = {.max = PL_PROBE_AUTHORITIES_BYTES};
    pl_rc rc = pl_pem_read_system(&pem, err);

    /* A machine without authorities of its own can still have those that are named. */
    if (rc == PL_NOTFOUND)
        rc = PL_OK;
    pl_buf_ch(&pem, '\n');
    if (!rc && s->ca)
        rc = pl_pem_read(s->ca, &pem, err);
    if (!rc)
        rc = read_fingerprints(r, s->fingerprints, ret, err);
    if (rc)
        return rc;
    ret->authorities = pl_arena_str(r->arena, pl_buf_view(&pem));
    return pl_buf_ok(&pem) && ret->authorities.p ? PL_OK
                                                 : pl_fail(err, PL_LIMIT, "trusted authorities");
}

/* ---- probing ---- */

static pl_rc probe_one(pl_run *r, const pl_endpoint_target *t, const pl_endpoint_trust *trust,
                       pl_err *err)
{
    pl_subject *s = PL_NEW(r->arena, pl_subject);
    const char *sandbox = NULL;

    if (!s)
        return pl_fail(err, PL_LIMIT, "endpoint");
    uint64_t since = pl_mono_ns(r->o.clock);
    pl_rc rc = pl_endpoint_probe(t, trust, r->o.schema, r->o.clock, r->arena, s, &sandbox, err);
    pl_run_took(r, "endpoint.probed", t->host, since);
    if (rc)
        return rc;
    pl_run_note_sandbox(r, "prober", sandbox);
    rc = pl_run_add_subject(r, s, err);
    if (!rc)
        rc = pl_run_record_subject(r, s, "endpoint.facts", "probe", err);
    return rc ? rc : pl_run_store(r, PL_S("endpoint"), err);
}

static pl_rc bad_target(const char *text, pl_err *err)
{
    return pl_fail(err, PL_USAGE,
                   "%s: an endpoint is https://HOST[:PORT], http://HOST[:PORT] or HOST:PORT", text);
}

static uint16_t usual_port(pl_str *rest)
{
    static const struct {
        pl_str scheme;
        uint16_t port;
    } rows[] = {{{"https://", 8}, 443}, {{"http://", 7}, 80}, {{"tcp://", 6}, 0}};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_starts(*rest, rows[i].scheme)) {
            *rest = pl_str_sub(*rest, rows[i].scheme.n, rest->n);
            return rows[i].port;
        }
    return 0;
}

static bool read_port(pl_str text, uint16_t *ret)
{
    uint64_t port = 0;

    if (!pl_str_u64(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

/* "HOST", "HOST:PORT", "[V6]:PORT". */
static bool read_place(pl_str place, pl_endpoint_target *t)
{
    pl_str rest = place, host;

    if (pl_str_starts(place, PL_S("["))) {
        rest = pl_str_sub(place, 1, place.n);
        if (!pl_str_cut(&rest, ']', &host) || (rest.n && rest.p[0] != ':'))
            return false;
        rest = pl_str_sub(rest, 1, rest.n);
    } else {
        (void)pl_str_cut(&rest, ':', &host);
    }
    t->host = host;
    return host.n && (rest.n ? read_port(rest, &t->port) : t->port != 0);
}

/* What could end up in the head of a request, or would be another host than it seems. */
static bool is_host(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pl_is_alpha(s.p[i]) && !pl_is_digit(s.p[i]) && !memchr("-._:", s.p[i], 4))
            return false;
    return s.n > 0 && s.n < 254 && s.p[0] != '-';
}

pl_rc pl_endpoint_target_read(const char *text, pl_endpoint_target *ret, pl_err *err)
{
    pl_str rest = pl_str_c(text), place;
    pl_endpoint_target t = {.role = PL_S("named"), .hears = true};

    t.is_web = pl_str_starts(rest, PL_S("https://"));

    t.port = usual_port(&rest);
    (void)pl_str_cut(&rest, '/', &place);
    if (!read_place(place, &t) || !is_host(t.host))
        return bad_target(text, err);
    t.server_name = t.host;
    *ret = t;
    return PL_OK;
}

pl_rc pl_run_probe(pl_run *r, const pl_probe_scope *scope, pl_err *err)
{
    pl_endpoint_target t = {0};
    pl_endpoint_trust trust = {0};
    pl_rc rc = pl_endpoint_target_read(scope->target, &t, err);

    if (!rc)
        rc = pl_run_endpoint_trust(r, scope, &trust, err);
    if (!rc)
        rc = probe_one(r, &t, &trust, err);
    r->as.system = pl_str_c(scope->target);
    return rc;
}
