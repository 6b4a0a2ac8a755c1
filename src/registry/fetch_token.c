/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization: Basic (RFC 7617), and Bearer with a token of the server that the registry names
 * (distribution "token" and "oauth" specifications). The scope that is asked for is always ours,
 * to pull and nothing else, whatever the registry would like to have.
 */
#include "registry/fetch_priv.h"

#include "core/hash.h"
#include "core/json_rd.h"

#include <string.h>

enum { HTTP_OK = 200, TOKENS_A_CALL = 2, JSON_BUDGET = 64 << 10 };

static pl_fetch_host *host_of(const pl_fetch_call *c)
{
    return &c->f->hosts[c->host];
}

/* ---- what is sent ---- */

static const char *token_of(const pl_fetch_call *c)
{
    for (size_t i = 0; i < PL_COUNT(c->f->tokens); i++) {
        const pl_fetch_token *t = &c->f->tokens[i];
        if (t->text && t->host == c->host && strcmp(t->scope, c->scope) == 0)
            return t->text;
    }
    return host_of(c)->bearer;
}

static void add_basic(pl_buf *line, const char *user, const char *password)
{
    PL_AUTO_BUF pl_buf both = {0};

    pl_buf_fmt(&both, "%s:%s", user, password);
    pl_buf_c(line, "Authorization: Basic ");
    pl_base64((const unsigned char *)(both.p ? both.p : ""), both.n, line);
    pl_buf_ch(line, '\0');
    if (both.p)
        explicit_bzero(both.p, both.n);
}

void pl_fetch_authorize(pl_fetch_call *c)
{
    const pl_fetch_host *h = host_of(c);
    const char *token = token_of(c);

    pl_buf_reset(&c->authorization);
    if (c->is_away)
        return;
    if (token) {
        pl_buf_fmt(&c->authorization, "Authorization: Bearer %s", token);
        pl_buf_ch(&c->authorization, '\0');
    } else if (h->wants_basic && h->user) {
        add_basic(&c->authorization, h->user, h->password ? h->password : "");
    }
}

/* ---- tokens ---- */

static void wipe(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(PL_TAKE(*text, NULL));
}

static void forget_token(const pl_fetch_call *c)
{
    for (size_t i = 0; i < PL_COUNT(c->f->tokens); i++) {
        pl_fetch_token *t = &c->f->tokens[i];
        if (!t->text || t->host != c->host || strcmp(t->scope, c->scope) != 0)
            continue;
        wipe(&t->text);
        free(PL_TAKE(t->scope, NULL));
    }
}

static pl_rc keep_token(const pl_fetch_call *c, const char *text, pl_err *err)
{
    pl_fetch_token *t = &c->f->tokens[c->f->next_token++ % PL_COUNT(c->f->tokens)];

    forget_token(c);
    wipe(&t->text);
    free(t->scope);
    *t = (pl_fetch_token){.scope = strdup(c->scope), .text = strdup(text), .host = c->host};
    if (t->scope && t->text)
        return PL_OK;
    wipe(&t->text);
    free(PL_TAKE(t->scope, NULL));
    return pl_fail(err, PL_NOMEM, "token");
}

/* It becomes part of a header: visible ASCII only. */
static bool is_token(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return s.n > 0;
}

pl_rc pl_fetch_read_token(pl_str json, char *ret, size_t room, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(JSON_BUDGET);
    pl_json_rd r = pl_json_rd_of(json);
    pl_str token = {NULL, 0}, access = {NULL, 0};

    if (!a)
        return pl_fail(err, PL_NOMEM, "token");
    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);) {
            bool is_token_key = pl_str_eq(key, PL_S("token"));
            if ((is_token_key || pl_str_eq(key, PL_S("access_token"))) && pl_json_peek(&r) == '"')
                pl_json_string(&r, a, room - 1, is_token_key ? &token : &access);
            else
                pl_json_skip(&r);
        }
    if (!pl_json_done(&r))
        return pl_fail(err, PL_FORMAT, "answer of the token server: %s",
                       r.why ? r.why : "no object");
    token = token.n ? token : access;
    if (!is_token(token) || !pl_str_to_c(token, ret, room))
        return pl_fail(err, PL_FORMAT, "answer of the token server holds no token");
    return PL_OK;
}

/* ---- the token server ---- */

static void take_token(pl_fetch_call *c)
{
    char text[PL_REGISTRY_SECRET_MAX];
    pl_err err = {0};
    pl_rc rc = c->token.rc;

    if (rc)
        err = c->token.err;
    else if (c->token.status == 429 || c->token.status >= 500) {
        rc = pl_fetch_wait(c, &c->token, &err);
        if (!rc)
            return;
    } else if (c->token.status != HTTP_OK)
        rc = pl_fetch_status_error(c, c->token_url.p, c->token.status,
                                   pl_buf_view(&c->token.answer), &err);
    else
        rc = pl_fetch_read_token(pl_buf_view(&c->token.answer), text, sizeof(text), &err);
    if (!rc)
        rc = keep_token(c, text, &err);
    explicit_bzero(text, sizeof(text));
    if (c->token.answer.p)
        explicit_bzero(c->token.answer.p, c->token.answer.n);
    pl_fetch_go_on(c, rc, &err);
}

static void token_landed(pl_http_call *call, void *arg)
{
    (void)call;
    take_token(arg);
}

static void add_parameter(pl_buf *out, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    pl_buf_fmt(out, "%s=", name);
    pl_url_escape(out, pl_str_c(value));
    pl_buf_ch(out, '&');
}

/* Without an identity token a GET, by user and password or by nobody; with one a POST (OAuth2). */
static void word_question(pl_fetch_call *c, const pl_challenge *ch)
{
    const pl_fetch_host *h = host_of(c);
    bool is_post = h->identity != NULL;
    pl_buf *form = is_post ? &c->question : &c->token_url;

    pl_buf_reset(&c->question);
    pl_buf_reset(&c->token_url);
    pl_buf_c(&c->token_url, ch->realm);
    if (!is_post)
        pl_buf_ch(&c->token_url, strchr(ch->realm, '?') ? '&' : '?');
    add_parameter(form, "service", ch->service);
    add_parameter(form, "scope", c->scope);
    if (is_post) {
        add_parameter(form, "grant_type", "refresh_token");
        add_parameter(form, "client_id", "plimsoll");
        add_parameter(form, "refresh_token", h->identity);
    } else {
        add_parameter(form, "account", h->user);
    }
    form->n--; /* the last ampersand */
    pl_buf_ch(&c->token_url, '\0');
    c->token_lines[0] = NULL;
    pl_buf_reset(&c->authorization);
    if (!is_post && h->user) {
        add_basic(&c->authorization, h->user, h->password ? h->password : "");
        c->token_lines[0] = c->authorization.p;
    }
}

static pl_rc ask_token_server(pl_fetch_call *c, const pl_challenge *ch, pl_err *err)
{
    pl_fetch_place place;

    if (!pl_fetch_place_of(pl_str_c(ch->realm), &place) || memchr(place.rest.p, '#', place.rest.n))
        return pl_fail(err, PL_FORMAT, "the registry names no token server: \"%s\"", ch->realm);
    pl_rc rc = pl_fetch_peer_of(c->f, c->host, &place, &c->token_http, err);
    if (rc)
        return pl_wrap(err, rc, "token server");
    word_question(c, ch);
    if (!pl_buf_ok(&c->question) || !pl_buf_ok(&c->token_url) || !pl_buf_ok(&c->authorization))
        return pl_fail(err, PL_NOMEM, "question for a token");
    pl_http_call_done(&c->token);
    c->token = (pl_http_call){.url = c->token_url.p,
                              .method = c->question.n ? "POST" : "GET",
                              .body = pl_buf_view(&c->question),
                              .content_type = "application/x-www-form-urlencoded",
                              .lines = c->token_lines,
                              .deadline_ms = pl_fetch_ms_left(c),
                              .max = PL_REGISTRY_ERROR_MAX};
    rc = pl_http_start(c->token_http, &c->token, token_landed, c);
    if (rc)
        *err = c->token.err;
    return rc;
}

/* Each WWW-Authenticate line; one that is malformed is passed over. */
static void read_challenges(const pl_http_call *of, pl_challenge *ret)
{
    pl_str rest = pl_buf_view(&of->headers), line, name;

    while (pl_str_cut(&rest, '\n', &line))
        if (pl_str_cut(&line, ':', &name) &&
            pl_str_eq_nocase(pl_str_trim(name), PL_S("www-authenticate")))
            (void)pl_challenge_read(pl_str_trim(line), ret);
}

pl_rc pl_fetch_answer_challenge(pl_fetch_call *c, bool *ret_is_under_way, pl_err *err)
{
    pl_fetch_host *h = host_of(c);
    pl_challenge ch = {0};

    read_challenges(&c->body, &ch);
    *ret_is_under_way = false;
    forget_token(c);
    if (c->tokens++ < TOKENS_A_CALL && ch.has_bearer && !h->bearer) {
        *ret_is_under_way = true;
        return ask_token_server(c, &ch, err);
    }
    if (ch.has_basic && h->user && !c->authorization.n) {
        h->wants_basic = true;
        return PL_OK;
    }
    if (h->user || h->identity || h->bearer)
        return pl_fail(err, PL_DENIED, "registry %s refuses the credentials at hand", h->name);
    return pl_fail(err, PL_DENIED,
                   "registry %s asks for credentials, and there are none (docker login %s, or "
                   "--auth-file)",
                   h->name, h->name);
}
