/* SPDX-License-Identifier: Apache-2.0 */
/* A transcript that a test tells, and the record that the worker makes of it. */
#pragma once

#include "test.h"

#include "core/buf.h"
#include "probe/hello.h"
#include "probe/kinds.h"
#include "probe/limits.h"
#include "probe/requests.h"
#include "probe/worker.h"

#include <string.h>

/* One transcript on its way, and the record that it gives. */
struct story {
    pl_buf told, other;
    pl_arena *arena;
    pl_record *r;
    const pl_attacks *attacks;
};

static inline int begin(void **state)
{
    static struct story s;

    s = (struct story){.arena = pl_arena_new(PL_PROBE_ARENA)};
    *state = &s;
    return s.arena ? 0 : -1;
}

static inline int finish(void **state)
{
    struct story *s = *state;

    pl_buf_done(&s->told);
    pl_buf_done(&s->other);
    pl_arena_free(s->arena);
    return 0;
}

static inline void tell(pl_buf *to, pl_talk_note n)
{
    pl_talk_put(to, &n);
}

static inline void hello(struct story *s, uint32_t offered, pl_hello_end end, uint32_t version,
                         uint32_t suite)
{
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_HELLO, .v = {offered, end, version, suite, 70}});
}

static inline void answer(pl_buf *to, uint32_t number, bool over_tls, pl_talk_end end,
                          const char *text)
{
    tell(to, (pl_talk_note){
                 .kind = PL_NOTE_ANSWER, .v = {number, over_tls, end, 0}, .text = pl_str_c(text)});
}

static inline pl_rc read_bytes(struct story *s, const char *role, pl_str transcripts, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    const pl_endpoint_target t = {
        .host = PL_S("192.0.2.1"), .port = 443, .role = pl_str_c(role), .attacks = s->attacks};

    pl_endpoint_about_put(&args, &t, PL_S("192.0.2.1:443"), &(pl_endpoint_trust){0}, 0);
    /* Text of the record may point into it. */
    pl_str kept = pl_arena_str(s->arena, pl_buf_view(&args));
    return pl_endpoint_read(transcripts, kept, PL_S(""), s->arena, &s->r, err);
}

static inline void read_story(struct story *s, const char *role)
{
    PL_AUTO_BUF pl_buf both = {0};
    pl_err err = {0};

    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_END});
    if (s->other.n)
        tell(&s->other, (pl_talk_note){.kind = PL_NOTE_END});
    pl_buf_lstr(&both, pl_buf_view(&s->told));
    pl_buf_lstr(&both, pl_buf_view(&s->other));
    pl_str kept = pl_arena_str(s->arena, pl_buf_view(&both));
    assert_ok(read_bytes(s, role, kept, &err), err);
}

static inline const pl_value *get(const struct story *s, int field)
{
    return pl_get(s->r, field);
}

static inline void assert_flag(const struct story *s, int field, bool want)
{
    const pl_value *v = get(s, field);
    if (v->state != PL_PRESENT || v->u.b != want)
        fail_msg("%s is not %s", pl_endpoint_kind.fields[field].name, want ? "true" : "false");
}

static inline void assert_unknown(const struct story *s, int field, const char *why)
{
    const pl_value *v = get(s, field);
    if (v->state != PL_UNREADABLE || !v->reason || strcmp(v->reason, why) != 0)
        fail_msg("%s: %s", pl_endpoint_kind.fields[field].name, v->reason ? v->reason : "-");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, finish)
