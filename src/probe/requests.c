/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/requests.h"

#include <string.h>

#define NO_DIGEST "sha256:0000000000000000000000000000000000000000000000000000000000000000"

const pl_role_question pl_role_questions[] = {
    {"engine", "GET", "/_ping", false},
    /* A filter before it may answer one and not the other. */
    {"engine", "GET", "/containers/json?limit=1", false},
    {"kubelet", "GET", "/pods", false},
    {"kubelet-readonly", "GET", "/pods", false},
    {"api-server", "GET", "/api/v1/namespaces?limit=1", false},
    {"etcd", "GET", "/version", false},
    {"registry", "GET", "/v2/", false},
    {"registry", "GET", "/v2/_catalog?n=1", false},
    /* The end of an upload that nobody began. */
    {"registry", "PUT",
     "/v2/plimsoll-probe/blobs/uploads/00000000-0000-0000-0000-000000000000?digest=" NO_DIGEST,
     true},
};
const size_t pl_role_questions_n = sizeof(pl_role_questions) / sizeof(pl_role_questions[0]);

static bool is_usual(uint16_t port)
{
    return port == 80 || port == 443;
}

void pl_request_host(pl_str host, pl_buf *out)
{
    bool is_v6 = pl_str_has(host, PL_S(":"));

    pl_buf_c(out, is_v6 ? "[" : "");
    pl_buf_str(out, host);
    pl_buf_c(out, is_v6 ? "]" : "");
}

void pl_request_write(const char *method, pl_str path, pl_str host, uint16_t port, pl_buf *out)
{
    pl_buf_fmt(out, "%s %.*s HTTP/1.1\r\nHost: ", method, PL_F(path));
    pl_request_host(host, out);
    if (!is_usual(port))
        pl_buf_fmt(out, ":%u", port);
    pl_buf_c(out, "\r\nUser-Agent: plimsoll-probe\r\nAccept: */*\r\n");
    if (strcmp(method, "PUT") == 0)
        pl_buf_c(out, "Content-Length: 0\r\n");
    pl_buf_c(out, "Connection: close\r\n\r\n");
}
