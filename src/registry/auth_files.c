/* SPDX-License-Identifier: Apache-2.0 */
/* What credential files and helpers say; runs in the jail. */
#include "registry/documents.h"

#include "core/hash.h"
#include "core/json_rd.h"
#include "registry/limits.h"

#include <string.h>

/* ---- whose entry ---- */

/* "https://index.docker.io/v1/" -> "docker.io": scheme, version and slash off. */
static pl_str host_of_key(pl_str key)
{
    static const char *const off[] = {"https://", "http://"};
    static const char *const ends[] = {"/", "/v1", "/v2"};

    for (size_t i = 0; i < PL_COUNT(off); i++)
        if (pl_str_starts(key, pl_str_c(off[i])))
            key = pl_str_sub(key, strlen(off[i]), key.n);
    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (pl_str_ends(key, pl_str_c(ends[i])))
            key.n -= strlen(ends[i]);
    if (pl_str_eq(key, PL_S("index.docker.io")) || pl_str_eq(key, PL_S("registry-1.docker.io")))
        return PL_S("docker.io");
    return key;
}

/* How well the key names what is asked: 0 not at all, else the longer the better. */
static size_t fit(pl_str key, pl_str host, pl_str repository)
{
    key = host_of_key(key);
    if (pl_str_eq(key, host))
        return 1;
    if (!repository.n || key.n <= host.n || !pl_str_starts(key, host) || key.p[host.n] != '/')
        return 0;
    pl_str part = pl_str_sub(key, host.n + 1, key.n);
    bool is_whole =
        part.n == repository.n || (part.n < repository.n && repository.p[part.n] == '/');
    return part.n && pl_str_starts(repository, part) && is_whole ? 1 + part.n : 0;
}

/* ---- entries ---- */

/* "auth" is user and password, in base64. */
static bool split_auth(pl_str auth, pl_arena *a, pl_auth_entry *e)
{
    PL_AUTO_BUF pl_buf both = {.max = PL_REGISTRY_SECRET_MAX};
    pl_str user;

    if (!pl_unbase64(pl_str_trim(auth), &both))
        return false;
    /* Older tools padded it with NULs. */
    while (both.n && both.p[both.n - 1] == '\0')
        both.n--;
    pl_str rest = pl_buf_view(&both);
    if (!memchr(rest.p, ':', rest.n) || !pl_str_cut(&rest, ':', &user))
        return false;
    e->user = pl_arena_str(a, user);
    e->password = pl_arena_str(a, rest);
    return e->user.p && e->password.p;
}

static void read_entry(pl_json_rd *r, pl_arena *a, pl_auth_entry *e)
{
    pl_str auth = {0};
    const pl_json_slot slots[] = {{"auth", &auth},
                                  {"username", &e->user},
                                  {"password", &e->password},
                                  {"identitytoken", &e->identity},
                                  {"registrytoken", &e->bearer}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);)
        if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_REGISTRY_SECRET_MAX + 1))
            pl_json_skip(r);
    if (auth.n && !split_auth(auth, a, e))
        pl_json_fail(r, "\"auth\" is not USER:PASSWORD in base64");
}

static bool says_something(const pl_auth_entry *e)
{
    return e->user.n || e->identity.n || e->bearer.n;
}

static void read_auths(pl_json_rd *r, pl_str host, pl_str repository, pl_arena *a,
                       pl_auth_entry *ret)
{
    size_t best = 0;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        pl_auth_entry e = {0};
        size_t n = fit(key, host, repository);
        if (n <= best) {
            pl_json_skip(r);
            continue;
        }
        read_entry(r, a, &e);
        /* Docker leaves an empty entry where a helper has the secret. */
        if (!says_something(&e))
            continue;
        best = n;
        ret->user = e.user;
        ret->password = e.password;
        ret->identity = e.identity;
        ret->bearer = e.bearer;
        ret->is_found = true;
    }
}

static void read_helpers(pl_json_rd *r, pl_str host, pl_arena *a, pl_str *ret, pl_str *server)
{
    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(host_of_key(key), host)) {
            pl_json_string_head(r, a, PL_REGISTRY_HELPER_NAME + 1, ret);
            *server = key;
        } else {
            pl_json_skip(r);
        }
    }
}

pl_rc pl_auths_read(pl_str json, pl_str host, pl_str repository, pl_arena *a, pl_auth_entry *ret,
                    pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_auth_entry e = {0};
    pl_str store = {0}, server = {0};
    bool is_object = pl_json_enter_object(&r);

    if (is_object)
        for (pl_str key; pl_json_key(&r, &key);) {
            if (pl_str_eq(key, PL_S("auths")))
                read_auths(&r, host, repository, a, &e);
            else if (pl_str_eq(key, PL_S("credHelpers")))
                read_helpers(&r, host, a, &e.helper, &server);
            else if (pl_str_eq(key, PL_S("credsStore")))
                pl_json_string_head(&r, a, PL_REGISTRY_HELPER_NAME + 1, &store);
            else
                pl_json_skip(&r);
        }
    if (!pl_json_done(&r) || !is_object)
        return pl_fail(err, PL_FORMAT, "byte %zu: %s", (size_t)(r.p - r.start),
                       r.why ? r.why : "no JSON object");
    bool is_hub = pl_str_eq(host, PL_S("docker.io"));
    if (!e.helper.n) {
        e.helper = store;
        server = is_hub ? PL_S("https://index.docker.io/v1/") : host;
    }
    e.server = server;
    *ret = e;
    return PL_OK;
}

/* ---- helpers ---- */

pl_rc pl_helper_answer_read(pl_str json, pl_arena *a, pl_auth_entry *ret, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(json);
    pl_str user = {0}, secret = {0};
    const pl_json_slot slots[] = {{"Username", &user}, {"Secret", &secret}};

    if (pl_json_enter_object(&r))
        for (pl_str key; pl_json_key(&r, &key);)
            if (!pl_json_pick(&r, a, key, slots, PL_COUNT(slots), PL_REGISTRY_SECRET_MAX + 1))
                pl_json_skip(&r);
    if (!pl_json_done(&r) || !secret.n)
        return pl_fail(err, PL_FORMAT, "says no Username and Secret%s%s", r.why ? ": " : "",
                       r.why ? r.why : "");
    *ret = (pl_auth_entry){.is_found = true};
    if (pl_str_eq(user, PL_S("<token>"))) {
        ret->identity = secret;
    } else {
        ret->user = user;
        ret->password = secret;
    }
    return PL_OK;
}
