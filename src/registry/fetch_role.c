/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fetcher's process: registries with their certificates and credentials in, then confined, then
 * a loop over the caller's questions and the registries' answers.
 */
#include "registry/fetch_priv.h"

#include "core/pem.h"
#include "core/role.h"
#include "registry/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>

/* ---- certificates (the folders of Docker's and Podman's certs.d) ---- */

static pl_rc add_file(const char *dir, const char *name, pl_buf *to, pl_err *err)
{
    PL_AUTO_FREE char *path = NULL;

    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return pl_fail(err, PL_NOMEM, "%s", dir);
    pl_rc rc = pl_pem_read(path, to, err);
    pl_buf_ch(to, '\n');
    return rc;
}

/* NAME.cert goes with NAME.key; of several pairs the first by name is taken. */
static pl_rc add_pair(pl_fetch_host *h, const char *dir, const char *cert, pl_err *err)
{
    char key[NAME_MAX + 1];
    size_t stem = strlen(cert) - strlen(".cert");

    if (h->cert.n)
        return PL_OK;
    (void)snprintf(key, sizeof(key), "%.*s.key", (int)stem, cert);
    pl_rc rc = add_file(dir, cert, &h->cert, err);
    return rc ? rc : add_file(dir, key, &h->key, err);
}

static pl_rc read_folder(pl_fetch_host *h, const char *dir, pl_err *err)
{
    struct dirent **names = NULL;
    pl_rc rc = PL_OK;
    int n = scandir(dir, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        pl_str name = pl_str_c(names[i]->d_name);
        if (!rc && i >= PL_REGISTRY_PEM_FILES)
            rc = pl_fail(err, PL_LIMIT, "%s: over %d files", dir, PL_REGISTRY_PEM_FILES);
        if (!rc && pl_str_ends(name, PL_S(".crt")))
            rc = add_file(dir, names[i]->d_name, &h->ca, err);
        else if (!rc && pl_str_ends(name, PL_S(".cert")))
            rc = add_pair(h, dir, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    return rc;
}

static pl_rc read_certificates(pl_fetch_host *h, const pl_fetch_msg *m, pl_err *err)
{
    char path[PL_REGISTRY_URL_MAX];
    pl_rc rc = pl_pem_read_system(&h->ca, err);

    /* A machine without authorities of its own can still have those that are named. */
    if (rc == PL_NOTFOUND)
        rc = PL_OK;
    if (!rc && m->ca.n)
        rc = pl_str_to_c(m->ca, path, sizeof(path)) ? pl_pem_read(path, &h->ca, err)
                                                    : pl_fail(err, PL_FORMAT, "certificate file");
    if (rc || !m->certs.n)
        return rc;
    int n = snprintf(path, sizeof(path), "%.*s/%s", PL_F(m->certs), h->name);
    return n > 0 && (size_t)n < sizeof(path) ? read_folder(h, path, err)
                                             : pl_fail(err, PL_LIMIT, "folder of certificates");
}

/* ---- setting up ---- */

/* NULL for none. */
static bool keep_secret(pl_str from, char **to)
{
    *to = from.n ? strndup(from.p, from.n) : NULL;
    return !from.n || *to;
}

static pl_rc take_host(pl_fetcher *f, const pl_fetch_msg *m, pl_err *err)
{
    pl_fetch_host *h = &f->hosts[f->n_hosts];

    if (f->n_hosts == PL_REGISTRY_HOSTS)
        return pl_fail(err, PL_LIMIT, "over %d registries", PL_REGISTRY_HOSTS);
    if (!pl_str_to_c(m->host, h->name, sizeof(h->name)) || !keep_secret(m->user, &h->user) ||
        !keep_secret(m->password, &h->password) || !keep_secret(m->identity, &h->identity) ||
        !keep_secret(m->bearer, &h->bearer))
        return pl_fail(err, PL_NOMEM, "registry");
    h->may_be_plain = m->may_be_plain;
    f->n_hosts++;
    return pl_wrap(err, read_certificates(h, m, err), "registry %s", h->name);
}

/* libuv and libcurl are loaded, OpenSSL and the resolver have read their configuration, before the
 * files go. */
static pl_rc warm_up(pl_fetcher *f, pl_err *err)
{
    PL_AUTO_HTTP pl_http *http = NULL;
    struct addrinfo *found = NULL;
    pl_rc rc = pl_loop_new(&f->loop, err);

    if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
        freeaddrinfo(found);
    return rc ? rc : pl_http_new(&(pl_http_options){.loop = f->loop}, &http, err);
}

static pl_rc confine(pl_fetcher *f, pl_err *err)
{
    PL_AUTO_FD int etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    pl_rc rc = warm_up(f, err);

    return rc ? rc : pl_fetch_cage(etc, &f->given, err);
}

static pl_rc receive(pl_packet *p, pl_fetch_msg *ret, pl_err *err)
{
    bool is_there = false;
    pl_rc rc = pl_packet_receive(PL_ROLE_SOCKET, true, p, &is_there, err);

    pl_packet_close_fds(p);
    if (rc)
        return rc;
    if (!is_there)
        return pl_fail(err, PL_WORKER, "nobody is there");
    rc = pl_fetch_msg_parse((pl_str){p->buf, p->n}, 0, ret, err);
    if (!rc && ret->kind != PL_FETCH_HOST && ret->kind != PL_FETCH_START)
        rc = pl_fail(err, PL_FORMAT, "message of kind %u before the start", ret->kind);
    return rc;
}

static pl_rc set_up(pl_fetcher *f, pl_packet *p, pl_err *err)
{
    pl_fetch_msg m = {0};
    pl_rc rc = PL_OK;

    while (!rc && m.kind != PL_FETCH_START) {
        rc = receive(p, &m, err);
        if (!rc && m.kind == PL_FETCH_HOST)
            rc = take_host(f, &m, err);
        else if (!rc && (!keep_secret(m.proxies.https, &f->proxy_https) ||
                         !keep_secret(m.proxies.http, &f->proxy_http) ||
                         !keep_secret(m.proxies.none, &f->proxy_none)))
            rc = pl_fail(err, PL_NOMEM, "proxies");
        explicit_bzero(p->buf, p->n);
    }
    return rc ? rc : confine(f, err);
}

static int run(pl_fetcher *f)
{
    char *buf = malloc(PL_REGISTRY_MSG_MAX);
    pl_packet p = {.buf = buf, .room = PL_REGISTRY_MSG_MAX};
    pl_err err = {0};

    if (!buf)
        return 1;
    pl_rc rc = set_up(f, &p, &err);
    if (rc) {
        pl_fetcher_say_failure(0, rc, &err);
        return 1;
    }
    return pl_fetcher_run(f, &p) == PL_OK ? 0 : 1;
}

/* Set by main() before there is any other thread. */
static bool can_start;

bool pl_registry_client_can_start(void)
{
    return can_start;
}

void pl_registry_fetcher_main(int argc, char **argv)
{
    can_start = true;
    if (!pl_role_is(argc, argv, "fetcher", 0))
        return;
    pl_fetcher *f = calloc(1, sizeof(*f));
    if (!f)
        _exit(1);
    _exit(run(f));
}
