/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot of a host from any bytes. Sections that begin with byte 1 are "PATH\ncontent"; what
 * the reader asks for beyond them is not there. Input that begins with byte 2 is taken as the
 * question itself. Whatever comes, the last round gives one record that decodes.
 */
#include "host/host.h"
#include "host/kinds.h"
#include "host/limits.h"
#include "host/read.h"
#include "model/wire.h"
#include "package/package.h"

#include <assert.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
    const pl_schema *schema;
    pl_arena *arena;
    pl_snap *snap;
    size_t n_wants;
    size_t n_hosts;
};

static void put_missing(pl_snap *s, pl_str path)
{
    const pl_snap_entry e = {.path = path, .did = 7, .rc = PL_NOTFOUND};
    (void)!pl_snap_put(s, &e, NULL);
}

static pl_rc take(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct answer *a = arg;

    if (type == PL_HOST_FRAME_WANT) {
        a->n_wants++;
        if (a->snap)
            put_missing(a->snap, pl_str_sub(payload, 1, payload.n));
        return PL_OK;
    }
    pl_rd r = pl_rd_of(payload.p, payload.n);
    pl_record *record = NULL;
    pl_rc rc = pl_record_decode(a->schema, a->arena, &r, &record, err);
    assert(rc == PL_OK || rc == PL_LIMIT);
    a->n_hosts += type == PL_HOST_FRAME_HOST;
    return PL_OK;
}

static void put_section(pl_snap *s, pl_str section)
{
    pl_str path;
    if (!pl_str_cut(&section, '\n', &path))
        return;
    const pl_snap_entry e = {
        .path = path,
        .did = 7,
        .meta = {.mode = S_IFREG | 0644, .size = section.n},
        .bytes = section,
    };
    (void)!pl_snap_put(s, &e, NULL);
}

static void read_rounds(struct answer *a, const pl_host_hints *hints)
{
    for (int round = 0; round <= PL_HOST_ROUNDS; round++) {
        PL_AUTO_BUF pl_buf question = {0};
        pl_err err = {0};
        bool is_last = round == PL_HOST_ROUNDS;

        a->n_wants = 0;
        pl_host_question(true, is_last, INT64_C(1795255200000000), hints, a->snap, &question);
        pl_rc rc = pl_host_read(pl_buf_view(&question), take, a, &err);
        assert(rc == PL_OK || rc == PL_LIMIT);
        if (rc || a->n_wants == 0 || is_last)
            break;
    }
}

static void one_snapshot(pl_str in, struct answer *a)
{
    static const pl_str socket[] = {{"/run/docker.sock", 16}};
    static const pl_str published[] = {{"tcp 0.0.0.0 8080", 16}, {"udp :: 53", 9}};
    const pl_host_hints hints = {
        .has_engine = true,
        .dockerd_pid = 500,
        .knows_published = true,
        .data_root = PL_S("/var/lib/docker"),
        .sockets = socket,
        .n_sockets = PL_COUNT(socket),
        .published = published,
        .n_published = PL_COUNT(published),
    };
    pl_str section;

    while (pl_str_cut(&in, '\1', &section))
        put_section(a->snap, section);
    read_rounds(a, &hints);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pl_schema *schema;
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new((size_t)64 << 20);
    pl_str in = {(const char *)data, size};
    struct answer a = {.arena = arena};

    if (!schema) {
        schema = pl_schema_new();
        pl_package_register(schema);
        pl_host_register(schema);
    }
    a.schema = schema;
    if (size && data[0] == 2) {
        (void)!pl_host_read(pl_str_sub(in, 1, in.n), take, &a, NULL);
        return 0;
    }
    a.snap = pl_snap_new(arena);
    if (a.snap)
        one_snapshot(in, &a);
    return 0;
}
