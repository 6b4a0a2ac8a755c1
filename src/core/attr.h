/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler attributes and scope cleanup. Every room may include this header. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PL_MUST_USE __attribute__((warn_unused_result))
#define PL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PL_CLEANUP(fn) __attribute__((cleanup(fn)))

/*
 * Defines NAME(T *p), a destructor for a scoped variable of type T. FREE is called only when
 * the variable no longer holds EMPTY, so a value that was moved out is left alone:
 *
 *     PL_AUTO_FD int fd = open(...);
 *     ...
 *     *ret_fd = PL_TAKE(fd, -1);      // the caller owns it now
 */
#define PL_DEFINE_CLEANUP(name, T, free_fn, empty)                                                 \
    static inline __attribute__((unused)) void name(T *p)                                          \
    {                                                                                              \
        if (*p != (empty))                                                                         \
            (void)free_fn(*p);                                                                     \
    }

/* Moves the value out of a scoped variable and leaves EMPTY behind. */
#define PL_TAKE(var, empty)                                                                        \
    (__extension__({                                                                               \
        __typeof__(var) pl_taken_ = (var);                                                         \
        (var) = (empty);                                                                           \
        pl_taken_;                                                                                 \
    }))

PL_DEFINE_CLEANUP(pl_auto_fd_, int, close, -1)
PL_DEFINE_CLEANUP(pl_auto_file_, FILE *, fclose, NULL)

static inline void pl_auto_free_(void *p)
{
    free(*(void **)p);
}

#define PL_AUTO_FD PL_CLEANUP(pl_auto_fd_)
#define PL_AUTO_FILE PL_CLEANUP(pl_auto_file_)
#define PL_AUTO_FREE PL_CLEANUP(pl_auto_free_)

#define PL_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* 1 in a build with AddressSanitizer. */
#if defined(__SANITIZE_ADDRESS__)
#define PL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PL_SANITIZED 1
#endif
#endif
#ifndef PL_SANITIZED
#define PL_SANITIZED 0
#endif
