/* SPDX-License-Identifier: Apache-2.0 */
#include "elfmake.h"

#include <assert.h>

void mk_put(pl_buf *b, uint64_t v, unsigned bytes, bool is_big)
{
    for (unsigned i = 0; i < bytes; i++)
        pl_buf_ch(b, (char)(v >> 8 * (is_big ? bytes - 1 - i : i)));
}

static void pad(pl_buf *b, size_t to)
{
    assert(b->n <= to);
    while (b->n < to)
        pl_buf_ch(b, 0);
}

static void segment(const mk_elf *m, pl_buf *b, unsigned type, unsigned flags, uint64_t at,
                    uint64_t n)
{
    unsigned w = m->is_32 ? 4 : 8;

    mk_put(b, type, 4, m->is_big);
    if (!m->is_32)
        mk_put(b, flags, 4, m->is_big);
    mk_put(b, at, w, m->is_big);
    mk_put(b, MK_VADDR + at, w, m->is_big);
    mk_put(b, MK_VADDR + at, w, m->is_big);
    mk_put(b, n, w, m->is_big);
    mk_put(b, n, w, m->is_big);
    if (m->is_32)
        mk_put(b, flags, 4, m->is_big);
    mk_put(b, 0x1000, w, m->is_big);
}

static void section(const mk_elf *m, pl_buf *b, unsigned type, uint64_t at, uint64_t n)
{
    unsigned w = m->is_32 ? 4 : 8;

    mk_put(b, 0, 4, m->is_big);
    mk_put(b, type, 4, m->is_big);
    mk_put(b, 0, w, m->is_big);
    mk_put(b, 0, w, m->is_big);
    mk_put(b, at, w, m->is_big);
    mk_put(b, n, w, m->is_big);
    mk_put(b, 0, 8, m->is_big);
    mk_put(b, 0, w, m->is_big);
    mk_put(b, 0, w, m->is_big);
}

static void header(const mk_elf *m, pl_buf *b, uint64_t sections_at, unsigned n_sections)
{
    unsigned w = m->is_32 ? 4 : 8;

    pl_buf_add(b, "\177ELF", 4);
    pl_buf_ch(b, m->is_32 ? 1 : 2);
    pl_buf_ch(b, m->is_big ? 2 : 1);
    pl_buf_ch(b, 1);
    pad(b, 16);
    mk_put(b, m->type ? m->type : 2, 2, m->is_big);
    mk_put(b, 62, 2, m->is_big);
    mk_put(b, 1, 4, m->is_big);
    mk_put(b, MK_VADDR + MK_RODATA, w, m->is_big);
    mk_put(b, m->is_32 ? 52 : 64, w, m->is_big);
    mk_put(b, sections_at, w, m->is_big);
    mk_put(b, 0, 4, m->is_big);
    mk_put(b, m->is_32 ? 52 : 64, 2, m->is_big);
    mk_put(b, m->is_32 ? 32 : 56, 2, m->is_big);
    mk_put(b, 2, 2, m->is_big);
    mk_put(b, m->is_32 ? 40 : 64, 2, m->is_big);
    mk_put(b, n_sections, 2, m->is_big);
    mk_put(b, 0, 2, m->is_big);
}

void mk_elf_make(const mk_elf *m, pl_buf *out)
{
    uint64_t extra_at = MK_DATA + m->data.n;
    uint64_t sections_at = m->has_sections ? extra_at + m->extra.n : 0;

    header(m, out, sections_at, m->has_sections ? 2 : 0);
    segment(m, out, 1, 5, 0, MK_DATA);
    segment(m, out, 1, 6, MK_DATA, m->data.n);
    if (m->has_go_note) {
        mk_put(out, 4, 4, m->is_big);
        mk_put(out, 4, 4, m->is_big);
        mk_put(out, 4, 4, m->is_big);
        pl_buf_add(out, "Go\0\0abcd", 8);
    }
    pad(out, MK_RODATA);
    pl_buf_str(out, m->rodata);
    pad(out, MK_DATA);
    pl_buf_str(out, m->data);
    pl_buf_str(out, m->extra);
    if (m->has_sections) {
        section(m, out, 0, 0, 0);
        section(m, out, 1, extra_at, m->extra.n);
    }
}
