/* SPDX-License-Identifier: Apache-2.0 */
#include "host/read.h"

#include "core/rd.h"
#include "host/facts.h"
#include "host/hints_wire.h"
#include "host/host.h"
#include "host/limits.h"
#include "model/wire.h"

void pl_host_question(bool is_live, bool is_last, int64_t now_us, const pl_host_hints *h,
                      const pl_snap *s, pl_buf *out)
{
    pl_buf_ch(out, is_live ? 1 : 0);
    pl_buf_ch(out, is_last ? 1 : 0);
    pl_buf_u64le(out, (uint64_t)now_us);
    pl_hints_encode(h, out);
    pl_snap_encode(s, out);
}

static void (*const all_facts[])(pl_host_reading *f) = {
    pl_host_facts_os,
    pl_host_facts_mounts,
    pl_host_facts_sysctl,
    pl_host_facts_kernel,
    pl_host_facts_packages,
    pl_host_facts_access,
    pl_host_facts_audit,
    pl_host_facts_engine_files,
    pl_host_facts_accounts,
    pl_host_facts_credentials,
    pl_host_facts_apt,
    pl_host_facts_apt_options,
    pl_host_facts_clock,
    pl_host_facts_engine_package,
    pl_host_facts_engine_programs,
    pl_host_facts_firewall,
    pl_host_facts_log_files,
    pl_host_facts_kubernetes,
    pl_host_facts_listeners,
    pl_host_facts_orchestrators,
    pl_host_facts_package_list,
    pl_host_facts_pam,
    pl_host_facts_running,
    pl_host_facts_security,
    pl_host_facts_sessions,
    pl_host_facts_socket_units,
    pl_host_facts_sshd,
    pl_host_facts_sudoers,
    pl_host_facts_system_log,
    pl_host_facts_units,
    pl_host_facts_volumes,
};

struct answer {
    pl_host_answer send;
    void *arg;
};

static pl_rc send_record(const struct answer *to, uint32_t type, const pl_record *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {.max = PL_HOST_ANSWER_MAX};
    pl_record_encode(r, &bytes);
    if (!pl_buf_ok(&bytes))
        return pl_fail(err, PL_LIMIT, "host: record too large");
    return to->send(type, pl_buf_view(&bytes), to->arg, err);
}

static pl_rc send_wants(const struct answer *to, const pl_snap *s, pl_err *err)
{
    for (size_t i = 0; i < s->n_wants; i++) {
        PL_AUTO_BUF pl_buf bytes = {0};
        pl_buf_ch(&bytes, (char)s->wants[i].ops);
        pl_buf_str(&bytes, s->wants[i].path);
        pl_rc rc = to->send(PL_HOST_FRAME_WANT, pl_buf_view(&bytes), to->arg, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc send_all(const struct answer *to, const pl_host_reading *f, pl_err *err)
{
    pl_rc rc = send_record(to, PL_HOST_FRAME_HOST, f->host, err);
    for (size_t i = 0; !rc && i < f->engine_files.n; i++)
        rc = send_record(to, PL_HOST_FRAME_FILE, f->engine_files.v[i], err);
    return rc;
}

pl_rc pl_host_read(pl_str question, pl_host_answer answer, void *arg, pl_err *err)
{
    const struct answer to = {answer, arg};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_HOST_ARENA);
    pl_rd r = pl_rd_of(question.p, question.n);
    pl_host_hints hints;
    pl_host_reading f = {.hints = &hints, .a = a, .engine_files = {.arena = a}};

    if (!a)
        return pl_fail(err, PL_NOMEM, "host: out of memory");
    f.is_live = pl_rd_u8(&r) != 0;
    bool is_last = pl_rd_u8(&r) != 0;
    f.now_us = (int64_t)pl_rd_u64le(&r);
    if (!pl_hints_decode(&r, a, &hints))
        return pl_fail(err, PL_FORMAT, "host: hints are malformed");
    pl_rc rc = pl_snap_decode((pl_str){(const char *)r.p, r.n}, a, &f.snap, err);
    if (rc)
        return rc;
    f.host = pl_record_new(a, &pl_host_kind);
    if (!f.host)
        return pl_fail(err, PL_LIMIT, "host: too little memory for its facts");
    pl_set_bool(f.host, PL_F_HOST_IS_LIVE, f.is_live);
    for (size_t i = 0; i < PL_COUNT(all_facts); i++)
        all_facts[i](&f);
    return f.snap->n_wants && !is_last ? send_wants(&to, f.snap, err) : send_all(&to, &f, err);
}

static pl_rc send_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    return pl_jail_send(*(const int *)arg, type, payload, err);
}

pl_rc pl_host_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf in = {.max = PL_HOST_SNAP_MAX};
    (void)args;
    pl_rc rc = pl_read_all(in_fd, PL_HOST_SNAP_MAX, &in, err);
    return rc ? rc : pl_host_read(pl_buf_view(&in), send_frame, &out_fd, err);
}
