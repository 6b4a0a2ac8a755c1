/* SPDX-License-Identifier: Apache-2.0 */
#include "core/err.h"

#include <stdarg.h>
#include <string.h>

static const struct {
    const char *text;
    int status;
    const char *reason;
} rc_info[] = {
#define X(sym, txt, st, why) [PL_##sym] = {txt, st, why},
    PL_RC_LIST(X)
#undef X
};

const char *pl_rc_text(pl_rc rc)
{
    return (size_t)rc < PL_COUNT(rc_info) ? rc_info[rc].text : "unknown error";
}

int pl_rc_exit_status(pl_rc rc)
{
    return (size_t)rc < PL_COUNT(rc_info) ? rc_info[rc].status : 4;
}

const char *pl_rc_reason(pl_rc rc)
{
    return (size_t)rc < PL_COUNT(rc_info) ? rc_info[rc].reason : "unreadable";
}

static size_t clip(int written, size_t room)
{
    if (written < 0)
        return 0;
    return (size_t)written < room ? (size_t)written : room - 1;
}

pl_rc pl_fail_at(pl_err *err, pl_rc rc, int sys, const char *file, int line, const char *fmt, ...)
{
    if (!err)
        return rc;

    *err = (pl_err){.rc = rc, .sys = sys, .file = file, .line = line};

    va_list ap;
    va_start(ap, fmt);
    err->len = clip(vsnprintf(err->text, sizeof(err->text), fmt, ap), sizeof(err->text));
    va_end(ap);

    if (sys) {
        size_t room = sizeof(err->text) - err->len;
        err->len += clip(snprintf(err->text + err->len, room, ": %s", strerror(sys)), room);
    }
    return rc;
}

pl_rc pl_wrap(pl_err *err, pl_rc rc, const char *fmt, ...)
{
    if (!err || rc == PL_OK || err->rc == PL_OK)
        return rc;

    char front[PL_ERR_TEXT];
    va_list ap;
    va_start(ap, fmt);
    size_t n = clip(vsnprintf(front, sizeof(front) - 2, fmt, ap), sizeof(front) - 2);
    va_end(ap);
    memcpy(front + n, ": ", 2);
    n += 2;

    size_t keep = err->len;
    if (keep > sizeof(err->text) - 1 - n)
        keep = sizeof(err->text) - 1 - n;
    memmove(err->text + n, err->text, keep);
    memcpy(err->text, front, n);
    err->len = n + keep;
    err->text[err->len] = '\0';
    return rc;
}
