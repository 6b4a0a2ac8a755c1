/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the fetcher with all that it may have to know of a registry and of its mirrors. */
#include "audit/run_private.h"

#include "registry/client.h"
#include "registry/reference.h"

#include <string.h>

enum { SECRETS_BUDGET = 1 << 20 };

static bool is_in_words(const char *words, const char *word)
{
    pl_str rest = pl_str_c(words), one;

    while (pl_str_cut(&rest, ',', &one))
        if (pl_str_eq(pl_str_trim(one), pl_str_c(word)))
            return true;
    return false;
}

static const char *certs_dir_of(const pl_registry_scope *s)
{
    static const char *const usual[] = {"/etc/docker/certs.d", "/etc/containers/certs.d"};

    if (s->certs_dir)
        return s->certs_dir;
    return access(usual[0], F_OK) != 0 && access(usual[1], F_OK) == 0 ? usual[1] : usual[0];
}

static pl_rc add_access(const pl_registry_scope *s, const pl_auth_caller *who, const char *host,
                        const char *repository, pl_arena *a, pl_registry_access *list, size_t *n,
                        pl_err *err)
{
    if (*n == PL_REGISTRY_HOSTS)
        return pl_fail(err, PL_LIMIT, "over %d mirrors", PL_REGISTRY_HOSTS - 1);
    pl_registry_access *to = &list[(*n)++];
    *to = (pl_registry_access){.host = host,
                               .ca = s->ca,
                               .certs_dir = certs_dir_of(s),
                               .may_be_plain = pl_reference_is_loopback(pl_str_c(host)) ||
                                               is_in_words(s->insecure, host)};
    return pl_auth_find(who, host, repository, a, &to->credentials, err);
}

/* "docker.io=mirror.example:5000, ..." in their order. */
static pl_rc add_mirrors(const pl_registry_scope *s, const pl_auth_caller *who,
                         const pl_reference *r, pl_arena *a, pl_registry_access *list, size_t *n,
                         pl_err *err)
{
    pl_str rest = pl_str_c(s->mirrors), one, of;
    pl_rc rc = PL_OK;

    while (!rc && pl_str_cut(&rest, ',', &one)) {
        pl_str mirror = pl_str_trim(one);
        if (!pl_str_cut(&mirror, '=', &of) || !pl_registry_is_host(mirror) ||
            !pl_registry_is_host(of))
            return pl_fail(err, PL_USAGE, "mirror \"%.*s\": is written as HOST[:PORT]=HOST[:PORT]",
                           PL_F(pl_str_sub(one, 0, 200)));
        if (!pl_str_eq(of, pl_str_c(r->host)))
            continue;
        char *host = pl_arena_calloc(a, mirror.n + 1, 1);
        if (!host)
            return pl_fail(err, PL_LIMIT, "mirrors");
        memcpy(host, mirror.p, mirror.n);
        rc = add_access(s, who, host, r->repository, a, list, n, err);
    }
    return rc;
}

pl_rc pl_run_start_fetcher(pl_run *r, const pl_registry_scope *s, const pl_reference *for_whom,
                           pl_registry **ret, size_t *ret_n, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(SECRETS_BUDGET);
    pl_registry_access list[PL_REGISTRY_HOSTS];
    pl_auth_caller who;
    size_t n = 0;

    if (!a)
        return pl_fail(err, PL_NOMEM, "registry");
    pl_rc rc = pl_auth_caller_of(s->auth_file, a, &who, err);
    if (!rc)
        rc = add_mirrors(s, &who, for_whom, a, list, &n, err);
    if (!rc)
        rc = add_access(s, &who, for_whom->host, for_whom->repository, a, list, &n, err);
    if (!rc)
        rc = pl_registry_start(list, n, ret, err);
    if (rc)
        return rc;
    *ret_n = n;
    pl_run_note_sandbox(r, "fetcher", pl_registry_sandbox(*ret));
    return PL_OK;
}
