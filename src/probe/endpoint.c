/* SPDX-License-Identifier: Apache-2.0 */
/* One endpoint: a prober for it, a worker for what the prober saw. */
#include "probe/probe.h"

#include "core/cage.h"
#include "core/jail.h"
#include "core/packet.h"
#include "core/role.h"
#include "model/wire.h"
#include "probe/kinds.h"
#include "probe/limits.h"
#include "probe/prober_priv.h"
#include "probe/requests.h"
#include "probe/worker.h"

#include <stdlib.h>
#include <unistd.h>

enum { REAP_MS = 1000, SANDBOX_TEXT = 128, START_MS = 15000 };

/* ---- the job ---- */

typedef struct job {
    pl_probe_request requests[PL_PROBE_REQUESTS];
    pl_buf texts[PL_PROBE_REQUESTS];
    uint32_t n;
} job;

static void add_request(job *j, const pl_endpoint_target *t, uint32_t number, pl_over over,
                        const char *method, const char *path)
{
    pl_buf *text = &j->texts[j->n];

    pl_request_write(method, pl_str_c(path), t->server_name.n ? t->server_name : t->host, t->port,
                     text);
    j->requests[j->n++] =
        (pl_probe_request){.number = number, .over = over, .bytes = pl_buf_view(text)};
}

static const pl_str registry = {"registry", 8};

static void fill_job(job *j, const pl_endpoint_target *t)
{
    add_request(j, t, PL_ASK_ROOT, PL_OVER_ANY, "GET", "/");
    add_request(j, t, PL_ASK_PLAIN, PL_OVER_PLAIN, "GET", "/");
    for (size_t i = 0; i < pl_role_questions_n; i++)
        if (pl_str_eq(t->role, pl_str_c(pl_role_questions[i].role)))
            add_request(j, t, PL_ASK_OF_ROLE + (uint32_t)i, PL_OVER_ANY,
                        pl_role_questions[i].method, pl_role_questions[i].path);
}

static const pl_str *page_of(const pl_endpoint_target *t)
{
    static const pl_str root = {"/", 1};
    return t->page.n ? &t->page : &root;
}

/* As the port speaks, each answer with its body. */
static void add_attack(job *j, const pl_endpoint_target *t, uint32_t number, const pl_attack *x)
{
    pl_buf *text = &j->texts[j->n];

    pl_attack_write(x, *page_of(t), t->server_name.n ? t->server_name : t->host, t->port, text);
    j->requests[j->n++] = (pl_probe_request){
        .number = number, .over = PL_OVER_ANY, .body = 1, .bytes = pl_buf_view(text)};
}

static void fill_attacks(job *j, const pl_endpoint_target *t)
{
    add_attack(j, t, PL_ASK_PAGE, NULL);
    for (size_t i = 0; i < t->attacks->n && j->n < PL_PROBE_REQUESTS; i++)
        add_attack(j, t, PL_ASK_ATTACK + (uint32_t)i, &t->attacks->items[i]);
}

/* What stands on port 80 beside it. */
static void fill_job_80(job *j, const pl_endpoint_target *t)
{
    add_request(j, t, PL_ASK_PORT_80, PL_OVER_PLAIN, "GET",
                pl_str_eq(t->role, registry) ? "/v2/" : "/");
}

static uint32_t time_of(const pl_endpoint_target *t)
{
    return t->attacks ? PL_PROBE_ATTACK_MS : PL_PROBE_ALL_MS;
}

static pl_rc write_job(const pl_endpoint_target *t, bool is_80, pl_buf *out, pl_err *err)
{
    PL_AUTO_FREE job *j = calloc(1, sizeof(*j));

    if (!j)
        return pl_fail(err, PL_NOMEM, "prober");
    if (is_80)
        fill_job_80(j, t);
    else
        fill_job(j, t);
    if (!is_80 && t->attacks)
        fill_attacks(j, t);
    pl_probe_job_put(
        out, &(pl_probe_job){.host = t->host,
                             .port = t->port,
                             .server_name = t->server_name,
                             .asks = is_80 ? 0 : PL_ASK_TLS | (t->hears ? PL_ASK_BANNER : 0),
                             .all_ms = time_of(t),
                             .pause_ms = t->attacks ? PL_PROBE_ATTACK_PAUSE_MS : 0,
                             .requests = j->requests,
                             .n = j->n});
    for (uint32_t i = 0; i < j->n; i++)
        pl_buf_done(&j->texts[i]);
    return pl_buf_ok(out) && out->n <= PL_PROBE_MSG ? PL_OK
                                                    : pl_fail(err, PL_LIMIT, "prober's job");
}

/* ---- the prober ---- */

static const char *describe(pl_arena *a, uint32_t given)
{
    static const pl_cage_loss losses[] = {
        {PL_PROBER_GAVE_LANDLOCK, "no landlock"},
        {PL_PROBER_GAVE_SECCOMP, "no seccomp"},
    };
    char *text = pl_arena_calloc(a, SANDBOX_TEXT, 1);

    if (text)
        pl_cage_describe(given, losses, PL_COUNT(losses), text, SANDBOX_TEXT);
    return text ? text : "reduced: not told";
}

struct listening {
    int fd;
    uint64_t until_ns;
    pl_packet packet;
    uint32_t given;
    pl_buf *transcript;
};

static pl_rc take_packet(struct listening *l, bool *ret_done, pl_err *err)
{
    pl_rd in = pl_rd_of(l->packet.buf, l->packet.n);
    uint8_t kind = pl_rd_u8(&in);
    uint32_t number = kind == PL_PROBER_PIECE ? 0 : pl_rd_u32le(&in);
    pl_str text = pl_rd_bytes(&in, in.n);

    if (!pl_rd_ok(&in))
        return pl_fail(err, PL_WORKER, "the prober does not make sense");
    if (kind == PL_PROBER_READY)
        l->given = number;
    else if (kind == PL_PROBER_PIECE)
        pl_buf_str(l->transcript, text);
    else if (kind == PL_PROBER_FAILED)
        return pl_fail(err, number > PL_OK && number <= PL_USAGE ? (pl_rc)number : PL_WORKER,
                       "%.*s", PL_F(pl_str_sub(text, 0, PL_ERR_TEXT / 2)));
    *ret_done = kind == PL_PROBER_DONE;
    return pl_buf_ok(l->transcript) ? PL_OK : pl_fail(err, PL_LIMIT, "transcript of the prober");
}

static pl_rc next_packet(struct listening *l, bool *ret_done, pl_err *err)
{
    uint64_t now = pl_line_now();
    bool is_there = false;

    if (now >= l->until_ns || !pl_packet_wait(l->fd, (unsigned)((l->until_ns - now) / 1000000)))
        return pl_fail(err, PL_TIMEOUT, "the prober says nothing");
    pl_rc rc = pl_packet_receive(l->fd, true, &l->packet, &is_there, err);
    pl_packet_close_fds(&l->packet);
    if (!rc && !is_there)
        rc = pl_fail(err, PL_WORKER, "the prober died");
    return rc ? rc : take_packet(l, ret_done, err);
}

static pl_rc listen_to(int fd, unsigned all_ms, pl_buf *transcript, uint32_t *ret_given,
                       pl_err *err)
{
    PL_AUTO_FREE char *buf = malloc(PL_PROBE_MSG);
    struct listening l = {.fd = fd,
                          .until_ns = pl_line_now() +
                                      (uint64_t)(START_MS + all_ms + PL_PROBE_GRACE_MS) * 1000000,
                          .packet = {.buf = buf, .room = PL_PROBE_MSG},
                          .transcript = transcript};
    bool is_done = false;
    pl_rc rc = buf ? PL_OK : pl_fail(err, PL_NOMEM, "prober");

    while (!rc && !is_done)
        rc = next_packet(&l, &is_done, err);
    *ret_given = l.given;
    return rc;
}

static pl_rc give_job(pl_str what, uint32_t all_ms, pl_buf *transcript, uint32_t *ret_given,
                      pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pid_t pid = 0;
    pl_rc rc = pl_role_spawn(&(pl_role_start){.word = pl_prober_word}, &fd, &pid, err);

    if (rc)
        return rc;
    rc = pl_packet_send(fd, what, NULL, 0, true, err);
    if (!rc)
        rc = listen_to(fd, all_ms, transcript, ret_given, err);
    pl_role_end(&pid, REAP_MS);
    return rc;
}

static pl_rc run_prober(const pl_endpoint_target *t, bool is_80, pl_buf *transcript,
                        uint32_t *ret_given, pl_err *err)
{
    PL_AUTO_BUF pl_buf what = {0};
    pl_rc rc = write_job(t, is_80, &what, err);

    return rc ? rc : give_job(pl_buf_view(&what), time_of(t), transcript, ret_given, err);
}

/* ---- the worker ---- */

struct reading {
    const pl_schema *schema;
    pl_arena *arena;
    pl_record *ret;
};

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct reading *r = arg;
    pl_rd in = pl_rd_of(payload.p, payload.n);

    if (type != PL_FRAME_USER || r->ret)
        return pl_fail(err, PL_WORKER, "endpoint worker: frame %u", type);
    pl_rc rc = pl_record_decode(r->schema, r->arena, &in, &r->ret, err);
    if (!rc && (r->ret->kind != &pl_endpoint_kind || in.n))
        rc = pl_fail(err, PL_WORKER, "endpoint worker: no endpoint");
    return rc;
}

static pl_rc run_worker(const pl_endpoint_target *t, pl_str address, const pl_endpoint_trust *trust,
                        int64_t now_us, pl_str transcript, struct reading *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_FD int authorities = -1;
    pl_rc rc = pl_jail_memfd(trust->authorities, &authorities, err);

    pl_endpoint_about_put(&args, t, address, trust, now_us);
    if (rc || !pl_buf_ok(&args))
        return rc ? rc : pl_fail(err, PL_NOMEM, "endpoint worker");
    rc = pl_jail_run_bytes(&(pl_jail_job){.kind = "endpoint",
                                          .args = pl_buf_view(&args),
                                          .fds = &authorities,
                                          .n_fds = 1,
                                          .limits = &pl_jail_document,
                                          .frame = take_frame,
                                          .frame_arg = r},
                           transcript, err);
    return rc || r->ret ? rc : pl_fail(err, PL_WORKER, "endpoint worker: no answer");
}

/* ---- both ---- */

/* A service of TLS is what people reach by typing its name: over port 80. */
static bool has_port_80(const pl_endpoint_target *t)
{
    return t->port != 80 && (pl_str_eq(t->role, registry) || t->port == 443 || t->is_web);
}

/* Both transcripts, one behind the other, each with its length; the second may be empty. */
static pl_rc probe_both(const pl_endpoint_target *t, pl_buf *out, uint32_t *ret_given, pl_err *err)
{
    PL_AUTO_BUF pl_buf own = {.max = PL_PROBE_TRANSCRIPT}, of_80 = {.max = PL_PROBE_TRANSCRIPT};
    pl_rc rc = run_prober(t, false, &own, ret_given, err);

    if (!rc && has_port_80(t)) {
        pl_endpoint_target other = *t;
        other.port = 80;
        rc = run_prober(&other, true, &of_80, ret_given, err);
    }
    pl_buf_lstr(out, pl_buf_view(&own));
    pl_buf_lstr(out, pl_buf_view(&of_80));
    return rc || pl_buf_ok(out) ? rc : pl_fail(err, PL_NOMEM, "transcript of the prober");
}

static pl_str address_of(pl_arena *a, const pl_endpoint_target *t)
{
    if (t->shown.n)
        return pl_arena_str(a, t->shown);
    PL_AUTO_BUF pl_buf b = {0};

    pl_request_host(t->host, &b);
    pl_buf_fmt(&b, ":%u", t->port);
    return pl_arena_str(a, pl_buf_view(&b));
}

pl_rc pl_endpoint_probe(const pl_endpoint_target *t, const pl_endpoint_trust *trust,
                        const pl_schema *schema, const pl_clock *clock, pl_arena *a,
                        pl_subject *ret, const char **ret_sandbox, pl_err *err)
{
    PL_AUTO_BUF pl_buf transcript = {0};
    struct reading r = {.schema = schema, .arena = a};
    pl_str address = address_of(a, t);
    uint32_t given = 0;

    if (!address.p)
        return pl_fail(err, PL_LIMIT, "endpoint");
    pl_rc rc = probe_both(t, &transcript, &given, err);
    if (!rc)
        rc = run_worker(t, address, trust, pl_now_us(clock), pl_buf_view(&transcript), &r, err);
    if (rc)
        return pl_wrap(err, rc, "endpoint %.*s", PL_F(address));
    *ret = (pl_subject){
        .rec = r.ret, .kind = PL_S("endpoint"), .key = address, .name = address, .klass = address};
    *ret_sandbox = describe(a, given);
    return PL_OK;
}

/* ---- answers alone ---- */

/* Of a broken transcript nothing counts; an answer that did not come to its end is none. */
static pl_rc keep_answers(pl_str transcript, size_t n, pl_arena *a, pl_str *ret, pl_err *err)
{
    pl_rd in = pl_rd_of(transcript.p, transcript.n);
    pl_talk_note note;

    while (pl_talk_read(&in, &note)) {
        bool is_whole = note.kind == PL_NOTE_ANSWER && note.v[2] == PL_TALK_CLOSED;
        if (!is_whole || note.v[0] >= n)
            continue;
        ret[note.v[0]] = pl_arena_str(a, note.text);
        if (!ret[note.v[0]].p)
            return pl_fail(err, PL_LIMIT, "answers");
    }
    return pl_rd_ok(&in) ? PL_OK : pl_fail(err, PL_WORKER, "the prober does not make sense");
}

pl_rc pl_endpoint_fetch(pl_str host, uint16_t port, const char *const *paths, size_t n, pl_arena *a,
                        pl_str *ret_answers, const char **ret_sandbox, pl_err *err)
{
    PL_AUTO_BUF pl_buf what = {0}, transcript = {.max = PL_PROBE_TRANSCRIPT};
    pl_probe_request requests[PL_PROBE_FETCHES];
    pl_buf texts[PL_PROBE_FETCHES] = {0};
    uint32_t given = 0;

    for (size_t i = 0; i < n && i < PL_PROBE_FETCHES; i++) {
        ret_answers[i] = (pl_str){"", 0};
        pl_buf_fmt(&texts[i], "GET %s HTTP/1.0\r\nHost: localhost:%u\r\nAccept: */*\r\n\r\n",
                   paths[i], port);
        requests[i] = (pl_probe_request){.number = (uint32_t)i,
                                         .over = PL_OVER_PLAIN,
                                         .body = 1,
                                         .bytes = pl_buf_view(&texts[i])};
    }
    pl_probe_job_put(&what, &(pl_probe_job){.host = host,
                                            .port = port,
                                            .all_ms = PL_PROBE_ALL_MS,
                                            .requests = requests,
                                            .n = (uint32_t)n});
    for (size_t i = 0; i < PL_PROBE_FETCHES; i++)
        pl_buf_done(&texts[i]);
    if (!pl_buf_ok(&what) || n > PL_PROBE_FETCHES)
        return pl_fail(err, PL_LIMIT, "prober's job");
    pl_rc rc = give_job(pl_buf_view(&what), PL_PROBE_ALL_MS, &transcript, &given, err);
    *ret_sandbox = describe(a, given);
    return rc ? rc : keep_answers(pl_buf_view(&transcript), n, a, ret_answers, err);
}

pl_record *pl_endpoint_not_asked(pl_arena *a, pl_str address, pl_str role)
{
    pl_record *r = pl_record_new(a, &pl_endpoint_kind);

    for (size_t i = 0; r && i < pl_endpoint_kind.n; i++)
        pl_set_unreadable(r, (int)i, "not-observed");
    pl_set_str(r, PL_F_ENDPOINT_ADDRESS, address);
    pl_set_str(r, PL_F_ENDPOINT_ROLE, role);
    pl_set_bool(r, PL_F_ENDPOINT_HERE, false);
    return r;
}
