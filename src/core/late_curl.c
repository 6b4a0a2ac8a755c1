/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, loaded when the first request is made (late.h).
 *
 * It brings 29 libraries (LDAP, Kerberos, SSH, a second TLS stack ...) that would else be mapped
 * into every worker in front of hostile input, and cost each of them 4 of its 10 ms. The functions
 * below stand in the place of libcurl's own; without the library there is no handle, which is an
 * error that the callers know.
 */
#include "core/attr.h"
#include "core/late.h"

#include <pthread.h>
#include <stdarg.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* X(function) */
#define CALLS(X)                                                                                   \
    X(curl_global_init)                                                                            \
    X(curl_easy_init)                                                                              \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_pause)                                                                             \
    X(curl_easy_strerror)                                                                          \
    X(curl_multi_init)                                                                             \
    X(curl_multi_cleanup)                                                                          \
    X(curl_multi_setopt)                                                                           \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_multi_socket_action)                                                                    \
    X(curl_multi_assign)                                                                           \
    X(curl_multi_info_read)                                                                        \
    X(curl_slist_append)                                                                           \
    X(curl_slist_free_all)

/* Set by load(), once, and read-only afterwards; all of them or none. */
static struct {
    bool is_there;
#define X(name) __typeof__(name) *name;
    CALLS(X)
#undef X
} lib;

static void load(void)
{
    static const pl_late_call calls[] = {
#define X(name) {#name, (void **)&lib.name},
        CALLS(X)
#undef X
    };
    lib.is_there = pl_late_load("libcurl.so.4", calls, PL_COUNT(calls));
}

static bool is_there(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return lib.is_there;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libcurl's names say less */

CURLcode curl_global_init(long flags)
{
    return is_there() ? lib.curl_global_init(flags) : CURLE_FAILED_INIT;
}

CURL *curl_easy_init(void)
{
    return is_there() ? lib.curl_easy_init() : NULL;
}

CURLM *curl_multi_init(void)
{
    return is_there() ? lib.curl_multi_init() : NULL;
}

const char *curl_easy_strerror(CURLcode code)
{
    return is_there() ? lib.curl_easy_strerror(code) : "libcurl.so.4 cannot be loaded";
}

/* An option is a long, a curl_off_t or a pointer: one register each, whatever its type. */
_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *),
               "options of libcurl have one size");

#define HAND_ON(function, handle, option)                                                          \
    do {                                                                                           \
        va_list ap;                                                                                \
        va_start(ap, option);                                                                      \
        void *value = va_arg(ap, void *);                                                          \
        va_end(ap);                                                                                \
        return lib.function((handle), (option), value);                                            \
    } while (0)

CURLcode curl_easy_setopt(CURL *handle, CURLoption option, ...)
{
    HAND_ON(curl_easy_setopt, handle, option);
}

CURLcode curl_easy_getinfo(CURL *handle, CURLINFO info, ...)
{
    HAND_ON(curl_easy_getinfo, handle, info);
}

CURLMcode curl_multi_setopt(CURLM *handle, CURLMoption option, ...)
{
    HAND_ON(curl_multi_setopt, handle, option);
}

/* Whoever has a handle has the library. */

void curl_easy_cleanup(CURL *handle)
{
    if (handle)
        lib.curl_easy_cleanup(handle);
}

CURLMcode curl_multi_cleanup(CURLM *handle)
{
    return handle ? lib.curl_multi_cleanup(handle) : CURLM_BAD_HANDLE;
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return lib.curl_multi_add_handle(multi, easy);
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
    return lib.curl_multi_remove_handle(multi, easy);
}

CURLMcode curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int ready, int *running)
{
    return lib.curl_multi_socket_action(multi, fd, ready, running);
}

CURLMcode curl_multi_assign(CURLM *multi, curl_socket_t fd, void *arg)
{
    return lib.curl_multi_assign(multi, fd, arg);
}

CURLcode curl_easy_pause(CURL *handle, int what)
{
    return lib.curl_easy_pause(handle, what);
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
    return lib.curl_multi_info_read(multi, left);
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
    return is_there() ? lib.curl_slist_append(list, text) : NULL;
}

void curl_slist_free_all(struct curl_slist *list)
{
    if (list)
        lib.curl_slist_free_all(list);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
