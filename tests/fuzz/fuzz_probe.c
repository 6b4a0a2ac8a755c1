/* SPDX-License-Identifier: Apache-2.0 */
/* What endpoints say, by the first byte: the first answer to a hello, the head of an HTTP answer,
 * a job of the prober, a transcript with its certificates, answers to attacks: byte by byte NUL
 * parts them, the page's own first. */
#include "probe/head.h"
#include "probe/hello.h"
#include "probe/kinds.h"
#include "probe/limits.h"
#include "probe/requests.h"
#include "probe/talk.h"
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

/* One of each class. */
static const pl_attacks *attacks(void)
{
    static const char *const classes[] = {"reflected", "sql", "traversal", "redirect",
                                          "credentials"};
    static const pl_str signs[] = {{"<plimsoll a>", 12}, {"SQL", 3}};
    static pl_attacks list;

    for (size_t i = 0; !list.n && i < PL_COUNT(classes); i++)
        list.items[i] = (pl_attack){.name = pl_str_c(classes[i]),
                                    .klass = pl_str_c(classes[i]),
                                    .path = PL_S("?a"),
                                    .credentials = i == 4 ? PL_S("a:b") : PL_S(""),
                                    .body = {signs, 2},
                                    .location = {signs, i == 3 ? 2 : 0}};
    list.n = PL_COUNT(classes);
    return &list;
}

static void check_dynamic(const pl_record *r)
{
    const pl_value *list = pl_get(r, PL_F_ENDPOINT_DYNAMIC);

    assert(list->n <= attacks()->n);
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        const pl_value *hit = pl_get(list->u.recs[i], PL_F_DYNAMIC_HIT);
        const pl_value *seen = pl_get(list->u.recs[i], PL_F_DYNAMIC_SEEN);
        assert((hit->state == PL_PRESENT && hit->u.b) == (seen->state == PL_PRESENT));
    }
}

static void put_answer(pl_buf *out, uint32_t number, uint32_t end, pl_str bytes)
{
    pl_talk_put(out, &(pl_talk_note){PL_NOTE_ANSWER, {number, 0, end, 0}, bytes});
}

static void read_attacked(pl_str s, pl_arena *a)
{
    PL_AUTO_BUF pl_buf transcript = {0}, both = {0}, args = {0};
    const pl_endpoint_target t = {
        .host = PL_S("127.0.0.1"), .port = 80, .role = PL_S("published"), .attacks = attacks()};
    pl_record *r = NULL;
    pl_str answer = {"", 0};

    pl_talk_put(&transcript, &(pl_talk_note){PL_NOTE_ADDRESS, {0}, PL_S("127.0.0.1")});
    (void)pl_str_cut(&s, '\0', &answer);
    put_answer(&transcript, PL_ASK_PAGE, PL_TALK_OK, answer);
    for (uint32_t i = 0; i < attacks()->n; i++) {
        (void)pl_str_cut(&s, '\0', &answer);
        put_answer(&transcript, PL_ASK_ATTACK + i, (uint32_t)(answer.n % (PL_TALK_LIMIT + 1)),
                   answer);
    }
    pl_talk_put(&transcript, &(pl_talk_note){.kind = PL_NOTE_END});
    pl_endpoint_about_put(&args, &t, PL_S("127.0.0.1:80"), &(pl_endpoint_trust){0}, 0);
    pl_buf_lstr(&both, pl_buf_view(&transcript));
    pl_buf_lstr(&both, PL_S(""));
    if (pl_endpoint_read(pl_buf_view(&both), pl_buf_view(&args), PL_S(""), a, &r, NULL) == PL_OK)
        check_dynamic(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_PROBE_ARENA);

    if (size < 1 || !a)
        return 0;
    pl_str s = {(const char *)data + 1, size - 1};
    switch (data[0] % 5) {
    case 0:
        read_hello(s);
        break;
    case 1:
        read_head(s);
        break;
    case 2:
        read_job(s, a);
        break;
    case 3:
        read_transcript(s, a);
        break;
    default:
        read_attacked(s, a);
        break;
    }
    return 0;
}
