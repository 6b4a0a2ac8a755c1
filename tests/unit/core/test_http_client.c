/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a thread that plays one scripted answer a connection on a unix socket. */
#include "test.h"

#include "core/http_client.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct server {
    char folder[64];
    char path[96];
    const char *answer; /* NULL: accepts and stays silent */
    size_t repeat;      /* the last byte of the answer, so often more */
    bool is_held;       /* the connection stays open behind the answer */
    size_t connections;
    int fd;
    pthread_t thread;
    char seen[512]; /* what the last request said */
};

static void hold(int fd)
{
    struct pollfd until_the_client_hangs_up = {.fd = fd, .events = POLLRDHUP};
    (void)poll(&until_the_client_hangs_up, 1, -1);
}

static void play(struct server *s, int fd)
{
    ssize_t n = read(fd, s->seen, sizeof(s->seen) - 1);
    s->seen[n > 0 ? n : 0] = '\0';
    if (!s->answer) {
        hold(fd);
        return;
    }
    size_t len = strlen(s->answer);
    (void)send(fd, s->answer, len, MSG_NOSIGNAL);
    char block[4096];
    memset(block, s->answer[len - 1], sizeof(block));
    for (size_t left = s->repeat; left;) {
        size_t now = left < sizeof(block) ? left : sizeof(block);
        if (send(fd, block, now, MSG_NOSIGNAL) < 0)
            return;
        left -= now;
    }
    if (s->is_held)
        hold(fd);
}

static void *serve(void *arg)
{
    struct server *s = arg;
    for (size_t i = 0; i < s->connections; i++) {
        PL_AUTO_FD int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            break;
        play(s, fd);
    }
    return NULL;
}

static void start(struct server *s)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)snprintf(s->folder, sizeof(s->folder), "/tmp/http-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(s->path, sizeof(s->path), "%s/s", s->folder);
    memcpy(a.sun_path, s->path, strlen(s->path) + 1);
    s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(s->fd, 8), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
    (void)shutdown(s->fd, SHUT_RDWR);
    close(s->fd);
    pthread_join(s->thread, NULL);
    (void)unlink(s->path);
    (void)rmdir(s->folder);
}

static pl_http *client(const char *socket_path)
{
    pl_err err = {0};
    pl_http *h = NULL;
    pl_rc rc = pl_http_new(&(pl_http_options){.unix_socket = socket_path}, &h, &err);
    assert_ok(rc, err);
    return h;
}

static void an_answer_comes_with_status_headers_and_body(void **state)
{
    (void)state;
    struct server s = {.connections = 1,
                       .answer = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 5\r\n"
                                 "Connection: close\r\n\r\nhello"};
    pl_err err = {0};
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/v1.41/info"};

    assert_ok(pl_http_one(h, &c, &err), err);
    assert_int_equal(c.status, 200);
    assert_str(pl_buf_view(&c.answer), "hello");
    assert_str(pl_http_header(&c, PL_S("api-version")), "1.41");
    assert_str(pl_http_header(&c, PL_S("Server")), "");
    assert_non_null(strstr(s.seen, "GET /v1.41/info HTTP/1.1\r\n"));
    stop(&s);
}

static void a_post_sends_its_body(void **state)
{
    (void)state;
    struct server s = {.connections = 1,
                       .answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"};
    pl_err err = {0};
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    PL_AUTO_HTTP_CALL pl_http_call c = {
        .method = "POST", .url = "http://d/x", .body = PL_S("{\"a\":1}")};

    assert_ok(pl_http_one(h, &c, &err), err);
    assert_int_equal(c.status, 204);
    assert_non_null(strstr(s.seen, "POST /x HTTP/1.1\r\n"));
    assert_non_null(strstr(s.seen, "Content-Length: 7\r\n"));
    assert_non_null(strstr(s.seen, "\r\n\r\n{\"a\":1}"));
    stop(&s);
}

static void a_server_that_says_nothing_runs_into_the_deadline(void **state)
{
    (void)state;
    struct server s = {.connections = 1};
    pl_err err = {0};
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/info", .deadline_ms = 80};

    assert_int_equal(pl_http_one(h, &c, &err), PL_TIMEOUT);
    char want[256];
    (void)snprintf(want, sizeof(want),
                   "GET /info at unix:%s: no complete answer within 80 ms (0 bytes came)", s.path);
    assert_string_equal(err.text, want);
    stop(&s);
}

static void an_answer_that_falls_silent_may_count_as_ended(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", /* and 98 bytes never come */
        NULL,                                               /* nothing comes at all */
    };
    for (size_t i = 0; i < PL_COUNT(answers); i++) {
        struct server s = {.connections = 1, .answer = answers[i], .is_held = true};
        pl_err err = {0};
        start(&s);
        PL_AUTO_HTTP pl_http *h = client(s.path);
        PL_AUTO_HTTP_CALL pl_http_call c = {
            .url = "http://d/watch", .deadline_ms = 10000, .quiet_ms = 30};

        if (answers[i]) {
            assert_ok(pl_http_one(h, &c, &err), err);
            assert_int_equal(c.status, 200);
            assert_int_equal(c.length, 2);
        } else {
            c.deadline_ms = 80;
            assert_int_equal(pl_http_one(h, &c, &err), PL_TIMEOUT);
        }
        stop(&s);
    }
}

static void an_answer_above_its_cap_is_given_up(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[", /* until close */
        "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\n[", /* announced
                                                                                       */
    };
    for (size_t i = 0; i < PL_COUNT(answers); i++) {
        struct server s = {.connections = 1, .answer = answers[i], .repeat = 1 << 20};
        pl_err err = {0};
        start(&s);
        PL_AUTO_HTTP pl_http *h = client(s.path);
        PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/info", .max = 70000};

        assert_int_equal(pl_http_one(h, &c, &err), PL_LIMIT);
        assert_non_null(strstr(err.text, "answer is longer than 70000 bytes"));
        assert_true(c.answer.n <= 70000);
        stop(&s);
    }
}

static void headers_without_end_are_given_up(void **state)
{
    (void)state;
    struct server s = {
        .connections = 1, .answer = "HTTP/1.1 200 OK\r\nX: y", .repeat = PL_HTTP_HEADER_MAX * 8};
    pl_err err = {0};
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/info"};

    pl_rc rc = pl_http_one(h, &c, &err);
    assert_true(rc == PL_LIMIT || rc == PL_NET);
    assert_true(c.headers.n <= PL_HTTP_HEADER_MAX);
    stop(&s);
}

static void a_body_that_ends_early_is_an_error(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "nonsense\r\n\r\n",
    };
    for (size_t i = 0; i < PL_COUNT(answers); i++) {
        struct server s = {.connections = 1, .answer = answers[i]};
        pl_err err = {0};
        start(&s);
        PL_AUTO_HTTP pl_http *h = client(s.path);
        PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/info"};

        if (pl_http_one(h, &c, &err) != PL_NET)
            fail_msg("answer %zu: got \"%s\"", i, err.text);
        stop(&s);
    }
}

static void a_missing_socket_is_named(void **state)
{
    (void)state;
    pl_err err = {0};
    PL_AUTO_HTTP pl_http *h = client("/nonexistent/docker.sock");
    PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/_ping"};

    assert_int_equal(pl_http_one(h, &c, &err), PL_NOTFOUND);
    assert_string_equal(err.text, "GET /_ping at unix:/nonexistent/docker.sock: connect: No such "
                                  "file or directory");
}

static void plain_http_over_tcp_and_other_protocols_are_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {"http://127.0.0.1:1/", "file:///etc/passwd",
                                       "gopher://127.0.0.1:1/"};
    for (size_t i = 0; i < PL_COUNT(urls); i++) {
        pl_err err = {0};
        PL_AUTO_HTTP pl_http *h = client(NULL);
        PL_AUTO_HTTP_CALL pl_http_call c = {.url = urls[i]};
        assert_int_equal(pl_http_one(h, &c, &err), PL_DENIED);
        assert_non_null(strstr(err.text, urls[i]));
    }
}

static pl_rc count_bytes(pl_str bytes, void *arg, pl_err *err)
{
    size_t *n = arg;
    *n += bytes.n;
    return *n > 100 ? pl_fail(err, PL_FORMAT, "seen enough") : PL_OK;
}

static void a_sink_can_end_the_call_with_its_own_error(void **state)
{
    (void)state;
    struct server s = {.connections = 1,
                       .answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx",
                       .repeat = 100000};
    pl_err err = {0};
    size_t n = 0;
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    PL_AUTO_HTTP_CALL pl_http_call c = {.url = "http://d/x", .sink = count_bytes, .sink_arg = &n};

    assert_int_equal(pl_http_one(h, &c, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "GET /x at unix:"));
    assert_non_null(strstr(err.text, "seen enough"));
    stop(&s);
}

static void a_body_can_go_to_a_descriptor(void **state)
{
    (void)state;
    struct server s = {.connections = 1,
                       .answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx",
                       .repeat = 200000};
    pl_err err = {0};
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    PL_AUTO_FILE FILE *f = tmpfile();
    int fd = fileno(f);
    PL_AUTO_HTTP_CALL pl_http_call c = {
        .url = "http://d/x", .sink = pl_http_to_fd, .sink_arg = &fd};

    assert_ok(pl_http_one(h, &c, &err), err);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 200001);
    assert_int_equal(c.length, 200001);
    stop(&s);
}

static void many_calls_run_and_one_bad_one_spoils_no_other(void **state)
{
    (void)state;
    enum { N = 20 };
    struct server s = {.connections = N - 1,
                       .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                 "Connection: close\r\n\r\nok"};
    pl_http_call calls[N] = {0};
    start(&s);
    PL_AUTO_HTTP pl_http *h = client(s.path);
    for (size_t i = 0; i < N; i++)
        calls[i] = (pl_http_call){.url = "http://d/x", .method = i == 7 ? "DELETE" : "GET"};

    pl_http_run(h, calls, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(calls[i].rc == PL_OK, i != 7);
        if (i != 7)
            assert_str(pl_buf_view(&calls[i].answer), "ok");
        pl_http_call_done(&calls[i]);
    }
    stop(&s);
}

/* ---- on the caller's loop ---- */

struct asked {
    pl_loop *loop;
    pl_http *http;
    pl_http_call call;
    pl_loop_event *later;
    pl_buf got;
    size_t refusals;
    bool takes; /* the next piece */
    size_t done;
};

static void one_done(pl_http_call *call, void *arg)
{
    struct asked *a = arg;
    assert_ptr_equal(call, &a->call);
    a->done++;
    pl_loop_stop(a->loop);
}

/* Every other piece is put off. */
static pl_rc take_every_other(pl_str bytes, void *arg, pl_err *err)
{
    struct asked *a = arg;

    (void)err;
    assert_int_equal(a->call.status, 200);
    if (!a->takes) {
        a->takes = true;
        a->call.waits = true;
        a->refusals++;
        pl_loop_timer_set(a->later, 1, 0);
        return PL_OK;
    }
    a->takes = false;
    pl_buf_str(&a->got, bytes);
    return PL_OK;
}

static void go_on(pl_loop_event *e, int what, void *arg)
{
    struct asked *a = arg;
    (void)e;
    (void)what;
    pl_http_resume(a->http, &a->call);
}

static void a_sink_that_waits_gets_the_same_bytes_later(void **state)
{
    (void)state;
    struct server s = {.connections = 1,
                       .answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx",
                       .repeat = 300000};
    PL_AUTO_LOOP pl_loop *l = NULL;
    pl_err err = {0};

    start(&s);
    assert_ok(pl_loop_new(&l, &err), err);
    struct asked a = {.loop = l, .call = {.url = "http://d/x", .sink = take_every_other}};
    a.call.sink_arg = &a;
    assert_ok(pl_loop_timer(l, go_on, &a, &a.later, &err), err);
    assert_ok(pl_http_new(&(pl_http_options){.loop = l, .unix_socket = s.path}, &a.http, &err),
              err);
    assert_ok(pl_http_start(a.http, &a.call, one_done, &a), a.call.err);
    assert_int_equal(a.done, 0);
    pl_loop_run(l);
    assert_int_equal(a.done, 1);
    assert_ok(a.call.rc, a.call.err);
    assert_true(a.refusals > 1);
    assert_int_equal(a.got.n, 300001);
    assert_int_equal(a.call.length, 300001);
    for (size_t i = 0; i < a.got.n; i++)
        assert_int_equal(a.got.p[i], 'x');
    pl_buf_done(&a.got);
    pl_http_call_done(&a.call);
    pl_loop_event_free(a.later);
    pl_http_free(a.http);
    stop(&s);
}

static void stop_loop(pl_loop_event *e, int what, void *arg)
{
    (void)e;
    (void)what;
    pl_loop_stop(arg);
}

static void a_client_may_go_while_a_call_is_under_way(void **state)
{
    (void)state;
    struct server s = {.connections = 1};
    PL_AUTO_LOOP pl_loop *l = NULL;
    pl_err err = {0};

    start(&s);
    assert_ok(pl_loop_new(&l, &err), err);
    struct asked a = {.loop = l, .call = {.url = "http://d/x"}};
    PL_AUTO_LOOP_EVENT pl_loop_event *soon = NULL;
    assert_ok(pl_loop_timer(l, stop_loop, l, &soon, &err), err);
    pl_loop_timer_set(soon, 30, 0);
    assert_ok(pl_http_new(&(pl_http_options){.loop = l, .unix_socket = s.path}, &a.http, &err),
              err);
    assert_ok(pl_http_start(a.http, &a.call, one_done, &a), a.call.err);
    pl_loop_run(l);
    pl_http_free(a.http);
    pl_http_call_done(&a.call);
    assert_int_equal(a.done, 0);
    stop(&s);
}

static void a_call_that_cannot_start_fails_at_once(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = NULL;
    pl_err err = {0};

    assert_ok(pl_loop_new(&l, &err), err);
    struct asked a = {.loop = l, .call = {.url = "http://d/x", .method = "DELETE"}};
    assert_ok(pl_http_new(&(pl_http_options){.loop = l, .unix_socket = "/x"}, &a.http, &err), err);
    assert_int_not_equal(pl_http_start(a.http, &a.call, one_done, &a), PL_OK);
    assert_int_not_equal(a.call.rc, PL_OK);
    assert_int_equal(a.done, 0);
    pl_http_free(a.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_with_status_headers_and_body),
        cmocka_unit_test(a_post_sends_its_body),
        cmocka_unit_test(a_server_that_says_nothing_runs_into_the_deadline),
        cmocka_unit_test(an_answer_that_falls_silent_may_count_as_ended),
        cmocka_unit_test(an_answer_above_its_cap_is_given_up),
        cmocka_unit_test(headers_without_end_are_given_up),
        cmocka_unit_test(a_body_that_ends_early_is_an_error),
        cmocka_unit_test(a_missing_socket_is_named),
        cmocka_unit_test(plain_http_over_tcp_and_other_protocols_are_refused),
        cmocka_unit_test(a_sink_can_end_the_call_with_its_own_error),
        cmocka_unit_test(a_body_can_go_to_a_descriptor),
        cmocka_unit_test(many_calls_run_and_one_bad_one_spoils_no_other),
        cmocka_unit_test(a_sink_that_waits_gets_the_same_bytes_later),
        cmocka_unit_test(a_client_may_go_while_a_call_is_under_way),
        cmocka_unit_test(a_call_that_cannot_start_fails_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
