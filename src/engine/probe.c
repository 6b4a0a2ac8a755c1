/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"

#include "core/http_client.h"
#include "engine/limits.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

static bool is_engine(const pl_http_call *c)
{
    return pl_http_header(c, PL_S("Api-Version")).n ||
           pl_str_starts(pl_http_header(c, PL_S("Server")), PL_S("Docker"));
}

/* Any complete answer that is not an engine's is a no, and so is a connection that is refused or
 * broken off. Silence is not an answer. */
static pl_answer ask(const pl_probe *p, const char *scheme)
{
    char url[128];
    bool is_v6 = strchr(p->host, ':');
    PL_AUTO_HTTP pl_http *h = NULL;
    PL_AUTO_HTTP_CALL pl_http_call c = {
        .url = url, .deadline_ms = PL_ENGINE_PROBE_MS, .max = 64 << 10};
    pl_http_options o = {.allow_plain = true, .no_verify = true};

    (void)snprintf(url, sizeof(url), is_v6 ? "%s://[%s]:%lld/_ping" : "%s://%s:%lld/_ping", scheme,
                   p->host, (long long)p->port);
    if (pl_http_new(&o, &h, NULL) != PL_OK)
        return PL_ANSWER_UNKNOWN;
    pl_rc rc = pl_http_one(h, &c, NULL);
    if (is_engine(&c))
        return PL_ANSWER_YES;
    return rc == PL_TIMEOUT || rc == PL_NOMEM ? PL_ANSWER_UNKNOWN : PL_ANSWER_NO;
}

struct run {
    int netns_fd;
    pl_arena *arena;
    pl_probe *probes;
    size_t n;
    int failed; /* errno of entering the namespace */
};

static void *run_all(void *arg)
{
    struct run *r = arg;

    if (r->netns_fd >= 0 && setns(r->netns_fd, CLONE_NEWNET) != 0) {
        r->failed = errno;
        return NULL;
    }
    for (size_t i = 0; i < r->n; i++) {
        r->probes[i].plain = ask(&r->probes[i], "http");
        r->probes[i].anonymous = ask(&r->probes[i], "https");
        if (!r->probes[i].is_doubtful || r->probes[i].plain == PL_ANSWER_YES ||
            r->probes[i].anonymous == PL_ANSWER_YES)
            pl_probe_tls(r->arena, &r->probes[i]);
    }
    return NULL;
}

/* A namespace is entered by one thread alone, which ends with it. */
pl_rc pl_probe_run(int netns_fd, pl_arena *a, pl_probe *probes, size_t n, pl_err *err)
{
    struct run r = {.netns_fd = netns_fd, .arena = a, .probes = probes, .n = n};
    pthread_t thread;
    int eno = pthread_create(&thread, NULL, run_all, &r);

    if (eno)
        return pl_fail_sys(err, eno, "thread for probes");
    pthread_join(thread, NULL);
    if (r.failed)
        return pl_fail_at(err, r.failed == EPERM ? PL_DENIED : PL_SYS, r.failed, __FILE__, __LINE__,
                          "network namespace of the engine");
    return PL_OK;
}
