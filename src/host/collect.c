/* SPDX-License-Identifier: Apache-2.0 */
/* The gatherer: fetches what the reader wants until it wants nothing more. */
#include "host/host.h"

#include "core/hash.h"
#include "core/jail.h"
#include "host/facts.h"
#include "host/limits.h"
#include "host/read.h"
#include "host/root.h"
#include "model/wire.h"

#include <string.h>

struct round {
    const pl_schema *schema;
    pl_arena *arena; /* of the caller: for the last round's records */
    pl_arena *scratch;
    pl_record *host;
    pl_host_recs files;
    pl_snap *wants; /* its want list alone is used */
};

static pl_rc take_record(struct round *r, pl_str payload, pl_record **ret, pl_err *err)
{
    pl_rd in = pl_rd_of(payload.p, payload.n);
    pl_rc rc = pl_record_decode(r->schema, r->arena, &in, ret, err);
    if (!rc && !pl_rd_done(&in))
        return pl_fail(err, PL_FORMAT, "host: bytes left over behind a record");
    return rc;
}

static pl_rc take_file(struct round *r, pl_str payload, pl_err *err)
{
    pl_record *file = NULL;
    pl_rc rc = take_record(r, payload, &file, err);
    if (rc)
        return rc;
    if (file->kind != pl_host_element_kind(PL_HE_FILE))
        return pl_fail(err, PL_FORMAT, "host: record of kind %s for a file", file->kind->name);
    if (!pl_host_recs_new(&r->files, PL_HE_FILE))
        return pl_fail(err, PL_LIMIT, "host: too many engine files");
    r->files.v[r->files.n - 1] = file;
    return PL_OK;
}

static pl_rc take_want(struct round *r, pl_str payload, pl_err *err)
{
    pl_rd in = pl_rd_of(payload.p, payload.n);
    uint8_t ops = pl_rd_u8(&in);
    pl_str path = pl_rd_bytes(&in, in.n);

    if (!pl_rd_ok(&in) || path.n == 0)
        return pl_fail(err, PL_FORMAT, "host: malformed wish");
    pl_snap_want_all(r->wants, path, ops);
    return PL_OK;
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct round *r = arg;

    switch (type) {
    case PL_HOST_FRAME_HOST:
        return take_record(r, payload, &r->host, err);
    case PL_HOST_FRAME_FILE:
        return take_file(r, payload, err);
    case PL_HOST_FRAME_WANT:
        return take_want(r, payload, err);
    default:
        return pl_fail(err, PL_FORMAT, "host: answer of type %u", type);
    }
}

static pl_rc ask_reader(const pl_host_source *src, pl_str question, struct round *r, pl_err *err)
{
    if (src->is_in_process)
        return pl_host_read(question, take_frame, r, err);
    const pl_jail_job job = {
        .kind = "host",
        .in_fd = -1,
        .limits = &pl_jail_document,
        .frame = take_frame,
        .frame_arg = r,
    };
    return pl_jail_run_bytes(&job, question, err);
}

static pl_rc fetch(pl_host_root *root, const struct round *r, pl_snap *snap, pl_err *err)
{
    for (size_t i = 0; i < r->wants->n_wants; i++) {
        pl_rc rc = pl_host_look(root, r->wants->wants[i].path, r->wants->wants[i].ops, snap, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* One question to the reader; true in *ret_more when it wants further paths. */
static pl_rc one_round(const pl_host_source *src, const pl_host_hints *hints, int64_t now_us,
                       bool is_live, bool is_last, const pl_snap *snap, struct round *r,
                       pl_err *err)
{
    PL_AUTO_BUF pl_buf question = {.max = PL_HOST_SNAP_MAX};

    r->host = NULL;
    r->files = (pl_host_recs){.arena = r->arena};
    r->wants = pl_snap_new(r->scratch);
    if (!r->wants)
        return pl_fail(err, PL_LIMIT, "host: too little memory for its facts");
    pl_host_question(is_live, is_last, now_us, hints, snap, &question);
    if (!pl_buf_ok(&question))
        return pl_fail(err, PL_LIMIT, "host: more than %zu bytes to look at", PL_HOST_SNAP_MAX);
    pl_rc rc = ask_reader(src, pl_buf_view(&question), r, err);
    if (!rc && r->wants->n_wants == 0 && (!r->host || r->host->kind != &pl_host_kind))
        return pl_fail(err, PL_FORMAT, "host: reader gave no record of the host");
    return rc;
}

/* ---- what the caller gets ---- */

static pl_rc key_of_host(pl_host_root *root, pl_str salt, pl_snap *snap, pl_arena *a, pl_str *ret,
                         pl_err *err)
{
    unsigned char digest[PL_SHA256];
    char hex[33];
    const pl_str path = PL_S("/etc/machine-id");
    pl_rc rc = pl_host_look(root, path, PL_SNAP_READ, snap, err);
    if (rc)
        return rc;
    const pl_snap_entry *e = pl_snap_find(snap, path);
    pl_str id = e->rc == PL_OK ? pl_str_trim(e->bytes) : (pl_str){"", 0};
    if (id.n == 0) { /* no machine id: the name must do, and a renamed host is another host */
        rc = pl_host_look(root, PL_S("/proc/sys/kernel/hostname"), PL_SNAP_READ, snap, err);
        if (rc)
            return rc;
        e = pl_snap_find(snap, PL_S("/proc/sys/kernel/hostname"));
        id = e->rc == PL_OK ? pl_str_trim(e->bytes) : PL_S("unnamed");
    }
    pl_hmac_sha256(salt.n ? salt : PL_S("plimsoll"), id, digest);
    pl_hex(digest, 16, hex);
    *ret = pl_arena_str(a, pl_str_c(hex));
    return ret->p ? PL_OK : pl_fail(err, PL_LIMIT, "host: arena is used up");
}

/* Files that are there and could not be read. What is missing is no problem. */
static void list_problems(const pl_snap *snap, pl_arena *a, pl_host_facts *ret)
{
    pl_host_strs list = {.arena = a};
    const char **reasons = pl_arena_calloc(a, snap->n + 1, sizeof(*reasons));
    for (size_t i = 0; reasons && i < snap->n; i++) {
        const pl_snap_entry *e = snap->entries[i];
        if (e->rc == PL_OK || e->rc == PL_NOTFOUND || e->rc == PL_UNSUPPORTED)
            continue;
        pl_host_strs_add(&list, pl_arena_str(a, e->why));
        if (!list.lost)
            reasons[list.n - 1] = pl_host_reason(e);
    }
    ret->problems = list.v;
    ret->reasons = reasons;
    ret->n_problems = list.n;
}

static void fill_subject(const struct round *r, pl_str key, pl_host_facts *ret)
{
    const pl_value *name = pl_get(r->host, PL_F_HOST_NAME);

    ret->subject = (pl_subject){
        .rec = r->host,
        .kind = pl_str_c(pl_host_kind.name),
        .key = key,
        .name = name->state == PL_PRESENT ? name->u.s : PL_S("host"),
        .klass = key,
    };
    ret->engine_files = r->files.v;
    ret->n_engine_files = r->files.n;
}

static pl_rc all_rounds(const pl_host_source *src, pl_host_root *root, const pl_host_hints *hints,
                        int64_t now_us, pl_snap *snap, struct round *r, pl_err *err)
{
    bool is_live = pl_host_root_is_live(root);

    for (int n = 0; n < PL_HOST_ROUNDS; n++) {
        pl_rc rc = one_round(src, hints, now_us, is_live, false, snap, r, err);
        if (rc || r->wants->n_wants == 0)
            return rc;
        rc = fetch(root, r, snap, err);
        if (rc)
            return rc;
    }
    /* Whatever is still wanted stays unreadable. */
    return one_round(src, hints, now_us, is_live, true, snap, r, err);
}

pl_rc pl_host_collect(const pl_host_source *src, const pl_host_hints *hints, const pl_schema *s,
                      const pl_clock *clock, pl_arena *a, pl_host_facts *ret, pl_err *err)
{
    static const pl_host_hints none = {0};
    PL_AUTO_HOST_ROOT pl_host_root *root = NULL;
    PL_AUTO_ARENA pl_arena *scratch = pl_arena_new(PL_HOST_SNAP_MAX * 2);
    pl_snap *snap = scratch ? pl_snap_new(scratch) : NULL;
    struct round r = {.schema = s, .arena = a, .scratch = scratch};
    pl_str key;

    if (!snap)
        return pl_fail(err, PL_NOMEM, "host: out of memory");
    pl_rc rc = pl_host_root_open(src->root, &root, err);
    if (!rc)
        rc = key_of_host(root, src->salt, snap, a, &key, err);
    if (!rc)
        rc = all_rounds(src, root, hints ? hints : &none, pl_now_us(clock), snap, &r, err);
    if (rc)
        return pl_wrap(err, rc, "host");
    *ret = (pl_host_facts){0};
    fill_subject(&r, key, ret);
    list_problems(snap, a, ret);
    return PL_OK;
}
