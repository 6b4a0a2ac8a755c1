/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_engine.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

char *fixture_text(const char *name, size_t *ret_n)
{
    char path[512];
    char *text = calloc(1, 1 << 20);

    (void)snprintf(path, sizeof(path), "%s/tests/fixtures/engine/%s", PL_SOURCE_ROOT, name);
    FILE *f = fopen(path, "rb");
    assert(f && text);
    *ret_n = fread(text, 1, (1 << 20) - 1, f);
    fclose(f);
    return text;
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

static void send_replaced(int fd, const char *text, const char *from, const char *to)
{
    for (const char *at; from && (at = strstr(text, from)); text = at + strlen(from)) {
        send_all(fd, text, (size_t)(at - text));
        send_all(fd, to, strlen(to));
    }
    send_all(fd, text, strlen(text));
}

static void silence(fake_engine *e, int fd)
{
    struct pollfd wait[] = {{.fd = fd, .events = POLLRDHUP}, {.fd = e->hold, .events = POLLIN}};
    (void)poll(wait, 2, -1);
}

static void answer(fake_engine *e, int fd, const fake_answer *a)
{
    char head[256];
    size_t n;

    if (!a->file && !a->body) {
        silence(e, fd);
        return;
    }
    char *text = a->file ? fixture_text(a->file, &n) : strdup(a->body);
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
                   a->status ? a->status : 200);
    send_all(fd, head, strlen(head));
    send_replaced(fd, text, a->replace, a->with);
    free(text);
    char blanks[4096];
    memset(blanks, ' ', sizeof(blanks));
    for (size_t left = a->padding; left;) {
        size_t now = left < sizeof(blanks) ? left : sizeof(blanks);
        send_all(fd, blanks, now);
        left -= now;
    }
}

static void ping(fake_engine *e, int fd)
{
    char head[256];
    (void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n%s%s%sConnection: close\r\n\r\nOK",
                   e->api ? "Api-Version: " : "", e->api ? e->api : "", e->api ? "\r\n" : "");
    send_all(fd, head, strlen(head));
}

struct visit {
    fake_engine *e;
    int fd;
};

static void *serve_one(void *arg)
{
    struct visit *v = arg;
    char request[2048], path[1024];
    ssize_t n = read(v->fd, request, sizeof(request) - 1);

    request[n > 0 ? n : 0] = '\0';
    char *from = strchr(request, ' '), *to = from ? strchr(from + 1, ' ') : NULL;
    (void)snprintf(path, sizeof(path), "%.*s", to ? (int)(to - from - 1) : 0, to ? from + 1 : "");
    const fake_answer *found = NULL;
    for (size_t i = 0; i < v->e->n && !found; i++)
        if (strcmp(path, v->e->answers[i].path) == 0)
            found = &v->e->answers[i];
    if (found)
        answer(v->e, v->fd, found);
    else if (strcmp(path, "/_ping") == 0)
        ping(v->e, v->fd);
    else
        answer(v->e, v->fd,
               &(fake_answer){.body = "{\"message\":\"page not found\"}", .status = 404});
    close(v->fd);
    free(v);
    return NULL;
}

static void *serve(void *arg)
{
    fake_engine *e = arg;
    pthread_t threads[256];
    size_t n = 0;

    while (n < 256) {
        int fd = accept(e->fd, NULL, NULL);
        if (fd < 0)
            break;
        struct visit *v = malloc(sizeof(*v));
        assert(v);
        *v = (struct visit){e, fd};
        if (pthread_create(&threads[n], NULL, serve_one, v) == 0)
            n++;
    }
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return NULL;
}

void fake_start(fake_engine *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)snprintf(e->folder, sizeof(e->folder), "/tmp/engine-XXXXXX");
    if (!mkdtemp(e->folder))
        abort();
    (void)snprintf(e->path, sizeof(e->path), "%s/docker.sock", e->folder);
    (void)snprintf(e->address, sizeof(e->address), "unix://%s", e->path);
    memcpy(a.sun_path, e->path, strlen(e->path) + 1);
    e->hold = eventfd(0, EFD_CLOEXEC);
    e->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (e->fd < 0 || bind(e->fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(e->fd, 64) != 0 ||
        pthread_create(&e->thread, NULL, serve, e) != 0)
        abort();
}

void fake_stop(fake_engine *e)
{
    (void)eventfd_write(e->hold, 1);
    (void)shutdown(e->fd, SHUT_RDWR);
    close(e->fd);
    pthread_join(e->thread, NULL);
    close(e->hold);
    (void)unlink(e->path);
    (void)rmdir(e->folder);
}
