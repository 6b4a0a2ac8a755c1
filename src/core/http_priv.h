/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the HTTP client: the calls under way (http_client.c) and what curl is told and asked
 * about each (http_flight.c). Nobody else includes this. */
#pragma once

#include "core/http_client.h"

#include <curl/curl.h>

struct pl_http {
    CURLM *multi;
    pl_loop *loop;
    pl_loop *own_loop;    /* NULL: the loop is the caller's */
    pl_loop_event *timer; /* when curl wants to be called */
    struct pl_http_flight *in_air;
    struct curl_slist *resolved;
    pl_http_options o; /* its texts are copies of ours */
    pl_proxy proxy;
    char *texts[7];
    size_t n_texts;
};

/* One call under way. */
typedef struct pl_http_flight {
    pl_http *http;
    pl_http_call *call;
    pl_http_done done;
    void *arg;
    CURL *easy;
    struct curl_slist *headers;
    pl_loop_event *quiet; /* NULL: the call has no quiet_ms */
    size_t max;
    char text[CURL_ERROR_SIZE];
    struct pl_http_flight *next;
} pl_http_flight;

/* Sets up f->easy for the call; false: it cannot be built. */
bool pl_http_flight_build(pl_http_flight *f);

/* Fills the outcome of the call in; the code is curl's. */
void pl_http_flight_outcome(pl_http_flight *f, CURLcode code);

/* The outcome of a call that never took off. */
pl_rc pl_http_flight_refuse(pl_http_flight *f, const char *why);
