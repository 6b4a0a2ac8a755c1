/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: a code to act on, a chain of text to read.
 *
 * A function that can fail returns pl_rc and takes a pl_err last. The caller owns the pl_err,
 * on its stack; nothing in it is allocated, so it can be dropped, copied and used when memory
 * has run out. Passing NULL says that only the code matters.
 *
 * The function that meets the problem writes the cause with pl_fail(). Each caller that knows
 * more (which image, which layer, which file) adds one line with pl_wrap() on the way out. The
 * room that talks to people (cli, hub) prints the chain; no other room logs an error that it
 * also returns.
 */
#pragma once

#include "core/attr.h"

/*
 * X(symbol, text for people, process exit status, reason code of the unknown that it causes)
 * The reason codes are those of the verdict "unknown" (model/verdict.h); "" means that the
 * failure is ours and no verdict follows from it.
 */
#define PL_RC_LIST(X)                                                                              \
    X(OK, "ok", 0, "")                                                                             \
    X(NOMEM, "out of memory", 4, "limit:memory")                                                   \
    X(SYS, "system call failed", 4, "unreadable")                                                  \
    X(FORMAT, "malformed input", 4, "unreadable")                                                  \
    X(LIMIT, "limit exceeded", 4, "limit:size")                                                    \
    X(NOTFOUND, "not found", 4, "unreadable")                                                      \
    X(DENIED, "permission denied", 4, "denied")                                                    \
    X(TIMEOUT, "took too long", 4, "timeout")                                                      \
    X(UNSUPPORTED, "not supported", 4, "unsupported")                                              \
    X(NET, "connection failed", 4, "unreadable")                                                   \
    X(WORKER, "sandboxed worker died", 4, "unreadable")                                            \
    X(TAMPERED, "evidence does not verify", 1, "")                                                 \
    X(POLICY, "policy does not hold", 1, "")                                                       \
    X(INCOMPLETE, "incomplete", 3, "")                                                             \
    X(USAGE, "bad usage", 2, "")

typedef enum pl_rc {
#define X(sym, text, status, reason) PL_##sym,
    PL_RC_LIST(X)
#undef X
} pl_rc;

enum { PL_ERR_TEXT = 512 };

typedef struct pl_err {
    pl_rc rc;
    int sys;          /* errno of the cause, 0 if the cause was not a system call */
    const char *file; /* where the cause was found: a string literal, never freed */
    int line;
    size_t len;             /* bytes used in text, not counting the NUL */
    char text[PL_ERR_TEXT]; /* "outermost: ...: cause", truncated at the inner end */
} pl_err;

const char *pl_rc_text(pl_rc rc);
int pl_rc_exit_status(pl_rc rc);
const char *pl_rc_reason(pl_rc rc); /* reason code of an unknown verdict; never NULL */

/*
 * Both return what the caller should return: rc, and the rc already in err. The value is the
 * macro's own, so that readers and analysers see that a failure is never PL_OK.
 */
#define pl_fail(err, rc, ...)                                                                      \
    (__extension__({                                                                               \
        pl_rc pl_rc_ = (rc);                                                                       \
        (void)pl_fail_at((err), pl_rc_, 0, __FILE__, __LINE__, __VA_ARGS__);                       \
        pl_rc_;                                                                                    \
    }))
#define pl_fail_sys(err, eno, ...)                                                                 \
    (__extension__({                                                                               \
        (void)pl_fail_at((err), PL_SYS, (eno), __FILE__, __LINE__, __VA_ARGS__);                   \
        (pl_rc) PL_SYS;                                                                            \
    }))

pl_rc pl_fail_at(pl_err *err, pl_rc rc, int sys, const char *file, int line, const char *fmt, ...)
    PL_PRINTF(6, 7);

/* Puts "context: " in front of the chain. Does nothing when rc is PL_OK or err holds no failure. */
pl_rc pl_wrap(pl_err *err, pl_rc rc, const char *fmt, ...) PL_PRINTF(3, 4);
