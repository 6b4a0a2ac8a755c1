/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake of a probe. Nothing of the server's is believed, so nothing is verified here: what
 * it shows goes to the worker. The oldest versions and weakest suites are let in, so that as many
 * servers as possible show their certificate.
 */
#include "probe/line.h"

#include "core/attr.h"
#include "probe/limits.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>

enum { ALERT_BASE = 1000 }; /* SSL_AD_REASON_OFFSET: the reason of an alert that came */

/* Called when the server asks for a certificate; we have none. */
static int no_certificate(SSL *ssl, X509 **x, EVP_PKEY **key)
{
    pl_line *l = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);

    (void)x;
    (void)key;
    l->wants_certificate = true;
    return 0;
}

static bool has_had_enough(const pl_line *l)
{
    return BIO_number_read(SSL_get_rbio(l->ssl)) > PL_PROBE_HANDSHAKE_BYTES;
}

/* Why a call of the library did not do it; PL_TALK_OK: try again. */
pl_talk_end pl_line_tls_io(pl_line *l, int result)
{
    int why = SSL_get_error(l->ssl, result);
    unsigned long code = ERR_peek_error();
    int reason = ERR_GET_REASON(code);

    ERR_clear_error();
    if (has_had_enough(l))
        return PL_TALK_LIMIT;
    if (why == SSL_ERROR_WANT_READ)
        return pl_line_wait(l, POLLIN) ? PL_TALK_OK : PL_TALK_SILENT;
    if (why == SSL_ERROR_WANT_WRITE)
        return pl_line_wait(l, POLLOUT) ? PL_TALK_OK : PL_TALK_SILENT;
    if (why == SSL_ERROR_SSL && reason > ALERT_BASE && reason <= ALERT_BASE + UINT8_MAX) {
        l->alert = (uint8_t)(reason - ALERT_BASE);
        return PL_TALK_ALERT;
    }
    if (why == SSL_ERROR_SSL && reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        return PL_TALK_LIMIT;
    if (why == SSL_ERROR_SSL && reason != SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return PL_TALK_NO_TLS;
    return PL_TALK_CLOSED;
}

static bool make(pl_line *l, const char *server_name)
{
    l->ctx = SSL_CTX_new(TLS_client_method());
    if (!l->ctx)
        return false;
    SSL_CTX_set_security_level(l->ctx, 0);
    (void)SSL_CTX_set_min_proto_version(l->ctx, TLS1_VERSION);
    (void)SSL_CTX_set_max_proto_version(l->ctx, 0);
    (void)SSL_CTX_set_max_cert_list(l->ctx, PL_PROBE_CHAIN_BYTES);
    if (!SSL_CTX_set_cipher_list(l->ctx, "ALL:!aNULL:@SECLEVEL=0") ||
        !SSL_CTX_set_ex_data(l->ctx, 0, l))
        return false;
    SSL_CTX_set_client_cert_cb(l->ctx, no_certificate);
    l->ssl = SSL_new(l->ctx);
    if (!l->ssl || !SSL_set_fd(l->ssl, l->fd))
        return false;
    return !server_name || SSL_set_tlsext_host_name(l->ssl, server_name);
}

pl_talk_end pl_line_tls(pl_line *l, const char *server_name)
{
    if (!make(l, server_name)) {
        ERR_clear_error();
        return PL_TALK_NO_TLS;
    }
    for (;;) {
        int done = SSL_connect(l->ssl);
        if (done == 1)
            return PL_TALK_OK;
        pl_talk_end end = pl_line_tls_io(l, done);
        if (end != PL_TALK_OK)
            return end;
    }
}
