/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/find.h"

#include "core/hash.h"
#include "core/hostfile.h"
#include "core/rd.h"
#include "core/user_file.h"
#include "engine/limits.h"
#include "engine/worker.h"

#include <stdarg.h>
#include <string.h>

struct finding {
    const pl_engine_search *s;
    pl_arena *arena;
    pl_engine_tries *tries;
    pl_engine_client *client;
    pl_err first; /* error of the first place where something is */
};

static const char *text(struct finding *f, const char *fmt, ...) PL_PRINTF(2, 3);

/* In the arena; NULL: used up. */
static const char *text(struct finding *f, const char *fmt, ...)
{
    char b[PL_ENGINE_PATH_MAX];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(b, sizeof(b), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(b))
        return NULL;
    return pl_arena_str(f->arena, (pl_str){b, (size_t)n + 1}).p;
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "an engine's address is too long");
}

/* Without the words that the line about a place begins with anyhow: its address and our call. */
static pl_str cause(pl_str why, const char *address)
{
    pl_str start = PL_S("engine "), rest = why, call;

    if (pl_str_starts(rest, start) &&
        pl_str_starts(pl_str_sub(rest, start.n, rest.n), pl_str_c(address)))
        rest = pl_str_sub(rest, start.n + strlen(address) + 2, rest.n);
    pl_str after = rest;
    /* An address has no colon with a blank behind it. */
    if (pl_str_starts(rest, PL_S("GET ")) && pl_str_cut(&after, ' ', &call))
        for (size_t i = 0; i + 1 < after.n; i++)
            if (after.p[i] == ':' && after.p[i + 1] == ' ')
                return pl_str_sub(after, i + 2, after.n);
    return rest;
}

/* What helps, by what OpenSSL, the kernel or the engine calls the trouble. */
static const char *advice(pl_str why)
{
    static const struct {
        const char *sign, *advice;
    } rows[] = {
        {"HTTP request to an HTTPS server",
         "it speaks TLS: --engine with --tlscacert, --tlscert and --tlskey"},
        {"alert bad certificate", "it wants a client certificate: --tlscert and --tlskey"},
        {"alert certificate required", "it wants a client certificate: --tlscert and --tlskey"},
        {"alert handshake failure", "it wants a client certificate: --tlscert and --tlskey"},
        {"local issuer certificate", "--tlscacert names the authority of its certificate"},
        {"self-signed certificate", "--tlscacert names the authority of its certificate"},
        {"Permission denied", "root may connect, and members of the socket's group"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (memmem(why.p, why.n, rows[i].sign, strlen(rows[i].sign)))
            return rows[i].advice;
    return NULL;
}

static pl_str outcome(struct finding *f, const pl_err *why, const char *address)
{
    pl_str said = cause((pl_str){why->text, why->len}, address);
    const char *helps = advice(said);
    const char *both =
        helps ? text(f, "%.*s (%s)", PL_F(said), helps) : text(f, "%.*s", PL_F(said));

    return pl_str_c(both ? both : "");
}

/* Notes the outcome; true when an engine answered. */
static bool try_one(struct finding *f, const char *origin, const pl_engine_endpoint *e)
{
    pl_err why = {0};
    pl_engine_try *t = &f->tries->items[f->tries->n];

    if (f->tries->n == PL_ENGINE_TRIES_MAX)
        return false;
    f->tries->n++;
    *t = (pl_engine_try){.origin = origin, .address = pl_str_c(e->address)};
    t->rc = pl_engine_open(e, &f->client, &why);
    if (t->rc == PL_OK)
        t->said = pl_str_c(text(f, "API %s", pl_engine_api(f->client)));
    else
        t->said = outcome(f, &why, e->address);
    if (t->rc != PL_OK && t->rc != PL_NOTFOUND && f->first.rc == PL_OK)
        f->first = why;
    return t->rc == PL_OK;
}

/* ---- addresses that somebody named ---- */

static pl_rc only_one(struct finding *f, const char *origin, const pl_engine_endpoint *e,
                      pl_err *err)
{
    if (try_one(f, origin, e))
        return PL_OK;
    const pl_engine_try *t = &f->tries->items[f->tries->n - 1];
    return pl_fail(err, t->rc, "%s %s: %.*s", origin, e->address, PL_F(t->said));
}

static const char *config_dir(struct finding *f)
{
    if (f->s->docker_config && f->s->docker_config[0])
        return f->s->docker_config;
    return f->s->home ? text(f, "%s/.docker", f->s->home) : NULL;
}

/* As the Docker client: certificates are used when DOCKER_TLS_VERIFY is set. */
static pl_rc from_variable(struct finding *f, pl_err *err)
{
    const pl_engine_search *s = f->s;
    pl_engine_endpoint e = {.address = s->docker_host};

    if (s->docker_tls_verify && s->docker_tls_verify[0] &&
        !pl_str_starts(pl_str_c(s->docker_host), PL_S("unix://"))) {
        const char *dir =
            s->docker_cert_path && s->docker_cert_path[0] ? s->docker_cert_path : config_dir(f);
        if (!dir)
            return pl_fail(err, PL_USAGE, "DOCKER_TLS_VERIFY is set, but no DOCKER_CERT_PATH");
        e.ca = text(f, "%s/ca.pem", dir);
        e.cert = text(f, "%s/cert.pem", dir);
        e.key = text(f, "%s/key.pem", dir);
    }
    return only_one(f, "DOCKER_HOST", &e, err);
}

/* ---- Docker context ---- */

struct context {
    struct finding *f;
    const char *current, *name, *host;
    bool skips_check;
};

static const char *copy(struct finding *f, pl_str s)
{
    return s.n < PL_ENGINE_PATH_MAX ? text(f, "%.*s", PL_F(s)) : NULL;
}

static pl_rc take_context(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct context *c = arg;
    pl_rd rd = pl_rd_of(payload.p, payload.n);

    (void)pl_rd_u32le(&rd);
    if (type == PL_EF_BAD) {
        (void)pl_rd_u32le(&rd);
        pl_str why = pl_rd_lstr(&rd);
        return pl_fail(err, PL_FORMAT, "%.*s", PL_F(why));
    }
    pl_str current = pl_rd_lstr(&rd), name = pl_rd_lstr(&rd), host = pl_rd_lstr(&rd);
    c->skips_check = pl_rd_u8(&rd);
    if (type != PL_EF_CONTEXT || !pl_rd_done(&rd))
        return pl_fail(err, PL_FORMAT, "worker: frame %u", type);
    c->current = copy(c->f, current);
    c->name = copy(c->f, name);
    c->host = copy(c->f, host);
    return PL_OK;
}

/*
 * A file of the Docker client: in the hands of whoever owns it, and read as that user. Somebody
 * else's could lead us to an engine of theirs.
 */
static pl_rc read_client_file(struct finding *f, const char *path, pl_buf *ret, pl_err *err)
{
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    struct stat st = {0};

    pl_rc rc = pl_root_open("/", &root, err);
    if (rc == PL_OK)
        rc = pl_root_lstat(&root, pl_str_c(path), &st, err);
    if (rc == PL_OK && st.st_uid != 0 && st.st_uid != f->s->uid && st.st_uid != f->s->sudo_uid)
        rc = pl_fail(err, PL_DENIED, "%s belongs to another user", path);
    if (rc != PL_OK)
        return rc;
    return pl_user_file_read(&(pl_user_file){.path = path,
                                             .uid = st.st_uid,
                                             .gid = st.st_gid,
                                             .max = PL_HOSTFILE_MAX,
                                             .deadline_ms = PL_ENGINE_HOME_MS},
                             ret, NULL, err);
}

static pl_rc read_context(struct finding *f, const char *path, struct context *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf file = {0}, batch = {0};
    pl_jail_job job = {.kind = f->s->worker ? f->s->worker : "engine",
                       .args = f->s->worker_args,
                       .limits = &pl_jail_document,
                       .frame = take_context,
                       .frame_arg = ret};

    *ret = (struct context){.f = f};
    pl_rc rc = read_client_file(f, path, &file, err);
    if (rc != PL_OK)
        return rc;
    pl_engine_batch_start(&batch, 0);
    if (!pl_engine_batch_add(&batch, PL_DOC_CONTEXT, 0, pl_buf_view(&file)))
        return pl_fail(err, PL_LIMIT, "%s", path);
    return pl_wrap(err, pl_jail_run_bytes(&job, pl_buf_view(&batch), err), "%s", path);
}

/* Name of the context in use, or NULL; the context called default is none. */
static pl_rc context_name(struct finding *f, const char *dir, const char **ret, pl_err *err)
{
    struct context c = {0};
    const char *path = text(f, "%s/config.json", dir);

    *ret = f->s->docker_context && f->s->docker_context[0] ? f->s->docker_context : NULL;
    if (!*ret && path) {
        pl_err why = {0};
        pl_rc rc = read_context(f, path, &c, &why);
        if (rc != PL_OK && rc != PL_NOTFOUND) {
            *err = why;
            return rc;
        }
        *ret = rc == PL_OK ? c.current : NULL;
    }
    if (*ret && (!(*ret)[0] || strcmp(*ret, "default") == 0))
        *ret = NULL;
    return PL_OK;
}

static bool is_there(const char *path)
{
    return path && access(path, F_OK) == 0;
}

/* The client keeps a context below the SHA-256 of its name. */
static pl_rc from_context(struct finding *f, const char *dir, const char *name, pl_err *err)
{
    unsigned char hash[PL_SHA256];
    char hex[PL_SHA256_HEX];
    struct context c;
    const char *origin = text(f, "docker context %s", name);

    pl_sha256_of(pl_str_c(name), hash);
    pl_hex(hash, sizeof(hash), hex);
    const char *meta = text(f, "%s/contexts/meta/%s/meta.json", dir, hex);
    const char *ca = text(f, "%s/contexts/tls/%s/docker/ca.pem", dir, hex);
    const char *cert = text(f, "%s/contexts/tls/%s/docker/cert.pem", dir, hex);
    const char *key = text(f, "%s/contexts/tls/%s/docker/key.pem", dir, hex);
    if (!origin || !meta || !ca || !cert || !key)
        return no_room(err);
    pl_rc rc = read_context(f, meta, &c, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "%s", origin);
    if (!c.host || !c.host[0] || !c.name || strcmp(c.name, name) != 0)
        return pl_fail(err, PL_FORMAT, "%s: %s names no Docker endpoint", origin, meta);
    if (c.skips_check)
        return pl_fail(err, PL_UNSUPPORTED, "%s: its TLS certificate is not to be checked", origin);
    pl_engine_endpoint e = {.address = c.host,
                            .ca = is_there(ca) ? ca : NULL,
                            .cert = is_there(cert) ? cert : NULL,
                            .key = is_there(key) ? key : NULL};
    return only_one(f, origin, &e, err);
}

/* ---- the usual places ---- */

static bool try_usual(struct finding *f)
{
    const pl_engine_search *s = f->s;
    const char *run = s->run_dir ? s->run_dir : "/run";
    const char *own =
        s->runtime_dir && s->runtime_dir[0] ? s->runtime_dir : text(f, "%s/user/%u", run, s->uid);
    const char *sudo = s->sudo_uid ? text(f, "%s/user/%u", run, s->sudo_uid) : NULL;
    const struct {
        const char *origin, *dir, *name;
    } places[] = {
        {"default", run, "docker.sock"},
        {"rootless", own, "docker.sock"},
        {"rootless, user of sudo", sudo, "docker.sock"},
        {"podman", run, "podman/podman.sock"},
        {"podman rootless", own, "podman/podman.sock"},
        {"podman rootless, user of sudo", sudo, "podman/podman.sock"},
    };

    for (size_t i = 0; i < PL_COUNT(places); i++) {
        if (!places[i].dir)
            continue;
        const char *address = text(f, "unix://%s/%s", places[i].dir, places[i].name);
        if (address && try_one(f, places[i].origin, &(pl_engine_endpoint){.address = address}))
            return true;
    }
    return false;
}

static pl_rc find(struct finding *f, pl_err *err)
{
    const pl_engine_search *s = f->s;
    const char *dir = config_dir(f), *context = NULL;

    if (s->flag && s->flag[0])
        return only_one(
            f, "--engine",
            &(pl_engine_endpoint){
                .address = s->flag, .ca = s->flag_ca, .cert = s->flag_cert, .key = s->flag_key},
            err);
    if (s->docker_host && s->docker_host[0])
        return from_variable(f, err);
    pl_rc rc = dir ? context_name(f, dir, &context, err) : PL_OK;
    if (rc != PL_OK)
        return rc;
    if (context)
        return from_context(f, dir, context, err);
    if (try_usual(f))
        return PL_OK;
    if (f->first.rc == PL_OK)
        return pl_fail(err, PL_NOTFOUND, "no container engine at %zu usual addresses", f->tries->n);
    *err = f->first;
    return f->first.rc;
}

pl_rc pl_engine_find(const pl_engine_search *s, pl_arena *a, pl_engine_tries *tries,
                     pl_engine_client **ret, pl_err *err)
{
    struct finding f = {.s = s, .arena = a, .tries = tries};

    *tries = (pl_engine_tries){0};
    pl_err why = {0};
    pl_rc rc = find(&f, &why);
    if (rc == PL_OK)
        *ret = f.client;
    else if (err)
        *err = why;
    return rc;
}

pl_engine_search pl_engine_search_environment(const char *flag)
{
    uint64_t sudo = 0;
    (void)pl_str_u64(pl_str_c(getenv("SUDO_UID")), &sudo);
    return (pl_engine_search){
        .flag = flag,
        .docker_host = getenv("DOCKER_HOST"),
        .docker_tls_verify = getenv("DOCKER_TLS_VERIFY"),
        .docker_cert_path = getenv("DOCKER_CERT_PATH"),
        .docker_context = getenv("DOCKER_CONTEXT"),
        .docker_config = getenv("DOCKER_CONFIG"),
        .home = getenv("HOME"),
        .runtime_dir = getenv("XDG_RUNTIME_DIR"),
        .uid = (unsigned)geteuid(),
        .sudo_uid = geteuid() == 0 && sudo <= UINT32_MAX ? (unsigned)sudo : 0,
    };
}
