/* SPDX-License-Identifier: Apache-2.0 */
#include "core/serve.h"

#include "core/role.h"

/* ---- messages ---- */

static pl_rc take_message(pl_role_server *s, pl_err *err)
{
    bool is_there = false;
    pl_rc rc = pl_packet_receive(PL_ROLE_SOCKET, false, s->packet, &is_there, err);

    if (rc)
        return rc;
    if (!is_there)
        return pl_fail(err, PL_WORKER, "the caller has gone");
    rc = s->take(s->arg, s->packet, err);
    if (rc)
        pl_packet_close_fds(s->packet);
    return rc;
}

static void on_message(pl_loop_event *event, int what, void *arg)
{
    pl_role_server *s = arg;
    pl_err err = {0};
    pl_rc rc = PL_OK;

    (void)event;
    (void)what;
    while (!rc)
        rc = take_message(s, &err);
    if (rc == PL_TIMEOUT)
        return;
    if (rc == PL_FORMAT)
        s->refuse(s->arg, rc, &err);
    pl_loop_stop(s->loop);
}

pl_rc pl_role_serve(pl_role_server *s, pl_err *err)
{
    PL_AUTO_LOOP_EVENT pl_loop_event *control = NULL;
    pl_rc rc = pl_loop_fd(s->loop, PL_ROLE_SOCKET, PL_LOOP_READ, on_message, s, &control, err);

    if (!rc)
        pl_loop_run(s->loop);
    return rc;
}

/* ---- how something failed ---- */

void pl_failure_write(pl_buf *out, pl_rc rc, int sys, pl_str text)
{
    pl_buf_u32le(out, (uint32_t)rc);
    pl_buf_u32le(out, (uint32_t)sys);
    pl_buf_lstr(out, pl_str_sub(text, 0, PL_ERR_TEXT));
}

bool pl_failure_read(pl_rd *r, pl_rc *ret_rc, int *ret_sys, pl_str *ret_text)
{
    static const pl_rc may_say[] = {PL_NOMEM,  PL_SYS,     PL_FORMAT,      PL_LIMIT, PL_NOTFOUND,
                                    PL_DENIED, PL_TIMEOUT, PL_UNSUPPORTED, PL_NET,   PL_WORKER};
    uint32_t rc = pl_rd_u32le(r);
    uint32_t sys = pl_rd_u32le(r);
    bool is_known = false;

    *ret_text = pl_rd_lstr(r);
    for (size_t i = 0; i < PL_COUNT(may_say); i++)
        is_known = is_known || rc == (uint32_t)may_say[i];
    *ret_rc = is_known ? (pl_rc)rc : PL_WORKER;
    *ret_sys = sys < 4096 ? (int)sys : 0;
    return is_known && ret_text->n <= PL_ERR_TEXT;
}

pl_rc pl_failure_of(pl_rc rc, int sys, pl_str text, pl_err *err)
{
    (void)pl_fail_at(err, rc, 0, __FILE__, __LINE__, "%.*s", PL_F(text));
    if (err)
        err->sys = sys;
    return rc;
}
