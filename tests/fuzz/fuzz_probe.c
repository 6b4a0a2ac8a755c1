/* SPDX-License-Identifier: Apache-2.0 */
/* What endpoints say, by the first byte: the first answer to a hello, the head of an HTTP answer,
 * a job of the prober, a transcript with its certificates. */
#include "probe/head.h"
#include "probe/hello.h"
#include "probe/limits.h"
#include "probe/worker.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_hello(pl_str s)
{
    pl_hello_answer a;

    pl_hello_read(s, &a);
    if (a.end == PL_HELLO_ACCEPTED && (a.version < PL_TLS_SSL3 || a.version > PL_TLS_13))
        abort();
}

static void read_head(pl_str s)
{
    pl_web_head h;
    pl_str value;

    if (pl_web_read(s, &h) != PL_WEB_OK)
        return;
    assert(h.status >= 100 && h.status <= 599 && h.body.n <= s.n);
    for (size_t i = 0; i < h.n; i++)
        (void)pl_web_parameter(h.lines[i].value, PL_S("max-age"), &value);
}

static void read_job(pl_str s, pl_arena *a)
{
    PL_AUTO_BUF pl_buf again = {0};
    pl_probe_job j;

    if (pl_probe_job_read(s, a, &j, NULL) != PL_OK)
        return;
    pl_probe_job_put(&again, &j);
    assert(pl_str_eq(pl_buf_view(&again), s));
}

static void read_transcript(pl_str s, pl_arena *a)
{
    static const char *const roles[] = {"named", "registry", "engine", "published"};
    PL_AUTO_BUF pl_buf both = {0}, args = {0};
    const pl_endpoint_target t = {.host = PL_S("127.0.0.1"),
                                  .port = 443,
                                  .server_name = PL_S("localhost"),
                                  .role = pl_str_c(roles[s.n % 4])};
    pl_record *r = NULL;

    pl_endpoint_about_put(&args, &t, PL_S("127.0.0.1:443"), &(pl_endpoint_trust){0}, 0);
    pl_buf_lstr(&both, s);
    pl_buf_lstr(&both, s.n % 2 ? s : (pl_str){"", 0});
    (void)!pl_endpoint_read(pl_buf_view(&both), pl_buf_view(&args), PL_S(""), a, &r, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_PROBE_ARENA);

    if (size < 1 || !a)
        return 0;
    pl_str s = {(const char *)data + 1, size - 1};
    switch (data[0] % 4) {
    case 0:
        read_hello(s);
        break;
    case 1:
        read_head(s);
        break;
    case 2:
        read_job(s, a);
        break;
    default:
        read_transcript(s, a);
        break;
    }
    return 0;
}
