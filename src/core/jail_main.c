/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jail_priv.h"

#include "core/limits.h"
#include "core/rd.h"
#include "core/text.h"

#include <assert.h>
#include <string.h>

static const uint32_t magic = 0x314a4c50; /* "PLJ1" */

const char pl_jail_probe[] = "jail-probe";

static pl_rc do_nothing(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    (void)in_fd, (void)out_fd, (void)args, (void)err;
    return PL_OK;
}

static const pl_worker_kind probe = {pl_jail_probe, do_nothing, NULL, false};

/* Set once, before any thread runs: what this very program can become when it starts itself. */
static const pl_worker_kind *known_kinds;

const pl_worker_kind *pl_jail_kind(const char *name)
{
    assert(known_kinds);
    if (strcmp(name, probe.name) == 0)
        return &probe;
    for (const pl_worker_kind *k = known_kinds; k->name; k++)
        if (strcmp(name, k->name) == 0)
            return k;
    return NULL;
}

void pl_jail_settings_write(const pl_jail_settings *s, pl_buf *out)
{
    pl_buf_u32le(out, magic);
    pl_buf_u32le(out, s->parent);
    pl_buf_u32le(out, s->cpu_s);
    pl_buf_u32le(out, s->n_fds);
    pl_buf_u64le(out, s->memory);
    pl_buf_lstr(out, s->args);
}

bool pl_jail_settings_parse(pl_str bytes, pl_jail_settings *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    uint32_t found = pl_rd_u32le(&r);

    ret->parent = pl_rd_u32le(&r);
    ret->cpu_s = pl_rd_u32le(&r);
    ret->n_fds = pl_rd_u32le(&r);
    ret->memory = pl_rd_u64le(&r);
    ret->args = pl_rd_lstr(&r);
    return pl_rd_done(&r) && found == magic && ret->n_fds <= PL_JAIL_FDS;
}

pl_rc pl_jail_send(int out_fd, uint32_t type, pl_str payload, pl_err *err)
{
    unsigned char head[PL_JAIL_HEADER];

    if (payload.n > UINT32_MAX)
        return pl_fail(err, PL_LIMIT, "frame of %zu bytes", payload.n);
    for (unsigned i = 0; i < 4; i++) {
        head[i] = (unsigned char)(type >> (8 * i));
        head[4 + i] = (unsigned char)(payload.n >> (8 * i));
    }
    pl_rc rc = pl_write_all(out_fd, (pl_str){(char *)head, sizeof(head)}, err);
    return rc ? rc : pl_write_all(out_fd, payload, err);
}

static pl_rc send_u32_and(uint32_t type, uint32_t v, pl_str rest, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_u32le(&b, v);
    pl_buf_str(&b, rest);
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "frame");
    return pl_jail_send(PL_JAIL_OUT_FD, type, pl_buf_view(&b), err);
}

static pl_rc work(const pl_worker_kind *kind, const pl_jail_settings *s, pl_err *err)
{
    uint32_t taken = 0;

    if (kind->prepare)
        kind->prepare(s->args);
    pl_rc rc = pl_jail_drop(s, kind->has_beside, &taken, err);
    if (!rc)
        rc = send_u32_and(PL_FRAME_READY, taken, PL_S(""), err);
    if (!rc)
        rc = kind->run(PL_JAIL_IN_FD, PL_JAIL_OUT_FD, s->args, err);
    if (rc)
        return send_u32_and(PL_FRAME_ERROR, rc, (pl_str){err->text, err->len}, NULL);
    return pl_jail_send(PL_JAIL_OUT_FD, PL_FRAME_END, PL_S(""), NULL);
}

/* A worker that a person started by hand finds no settings on its standard input. */
static int become_worker(const char *name)
{
    const pl_worker_kind *kind = pl_jail_kind(name);
    PL_AUTO_BUF pl_buf b = {0};
    pl_jail_settings s = {0};
    pl_err err = {0};

    if (!kind || isatty(PL_JAIL_SETTINGS_FD) ||
        pl_read_all(PL_JAIL_SETTINGS_FD, PL_JAIL_ARGS_MAX + 64, &b, &err) ||
        !pl_jail_settings_parse(pl_buf_view(&b), &s)) {
        (void)fprintf(stderr, "worker: only the program itself starts its workers\n");
        return pl_rc_exit_status(PL_USAGE);
    }
    (void)close(PL_JAIL_SETTINGS_FD);
    return work(kind, &s, &err) ? EXIT_FAILURE : EXIT_SUCCESS;
}

void pl_jail_main(int argc, char **argv, const pl_worker_kind *kinds)
{
    known_kinds = kinds;
    if (argc == 3 && strcmp(argv[1], "worker") == 0) {
        pl_text_init();
        _exit(become_worker(argv[2]));
    }
}
