/* SPDX-License-Identifier: Apache-2.0 */
#include "package/elf.h"

#include "package/bytes.h"

/* Offsets of the fields that are read, in both widths. */
struct layout {
    size_t header, entry, segments_at, sections_at, segment_size, n_segments, section_size,
        n_sections;
    size_t segment, s_type, s_flags, s_at, s_vaddr, s_n;
    size_t section, c_type, c_at, c_n;
};

static const struct layout layouts[2] = {
    {.header = 52,
     .entry = 24,
     .segments_at = 28,
     .sections_at = 32,
     .segment_size = 42,
     .n_segments = 44,
     .section_size = 46,
     .n_sections = 48,
     .segment = 32,
     .s_type = 0,
     .s_flags = 24,
     .s_at = 4,
     .s_vaddr = 8,
     .s_n = 16,
     .section = 40,
     .c_type = 4,
     .c_at = 16,
     .c_n = 20},
    {.header = 64,
     .entry = 24,
     .segments_at = 32,
     .sections_at = 40,
     .segment_size = 54,
     .n_segments = 56,
     .section_size = 58,
     .n_sections = 60,
     .segment = 56,
     .s_type = 0,
     .s_flags = 4,
     .s_at = 8,
     .s_vaddr = 16,
     .s_n = 32,
     .section = 64,
     .c_type = 4,
     .c_at = 24,
     .c_n = 32},
};

static uint64_t word(bool is_64, bool is_big, const unsigned char *at)
{
    if (!is_64)
        return pl_u32of(at, is_big);
    uint64_t first = pl_u32of(at, is_big);
    uint64_t second = pl_u32of(at + 4, is_big);
    return is_big ? first << 32 | second : second << 32 | first;
}

uint64_t pl_elf_word(const pl_elf *e, const void *at)
{
    return word(e->is_64, e->is_big, at);
}

bool pl_elf_is(pl_str head)
{
    return pl_str_starts(head, PL_S("\177ELF"));
}

pl_rc pl_elf_header(pl_str head, pl_elf *ret, pl_err *err)
{
    const unsigned char *p = (const unsigned char *)head.p;
    enum { CLASS = 4, DATA = 5, IDENT = 16 };

    if (!pl_elf_is(head) || head.n < IDENT)
        return pl_fail(err, PL_FORMAT, "ELF: no header");
    if ((p[CLASS] != 1 && p[CLASS] != 2) || (p[DATA] != 1 && p[DATA] != 2))
        return pl_fail(err, PL_FORMAT, "ELF: class %u, byte order %u are none that there are",
                       p[CLASS], p[DATA]);
    bool is_64 = p[CLASS] == 2;
    bool is_big = p[DATA] == 2;
    const struct layout *l = &layouts[is_64];
    if (head.n < l->header)
        return pl_fail(err, PL_FORMAT, "ELF: the header ends after %zu bytes", head.n);
    *ret = (pl_elf){
        .is_64 = is_64,
        .is_big = is_big,
        .type = pl_u16of(p + IDENT, is_big),
        .entry = word(is_64, is_big, p + l->entry),
        .segments_at = word(is_64, is_big, p + l->segments_at),
        .sections_at = word(is_64, is_big, p + l->sections_at),
        .n_segments = pl_u16of(p + l->n_segments, is_big),
        .n_sections = pl_u16of(p + l->n_sections, is_big),
        .segment_size = pl_u16of(p + l->segment_size, is_big),
        .section_size = pl_u16of(p + l->section_size, is_big),
    };
    return PL_OK;
}

static size_t table_size(uint64_t at, uint32_t n, uint32_t size, size_t least, uint32_t max)
{
    if (!at || size < least)
        return 0;
    return (size_t)(n < max ? n : max) * size;
}

size_t pl_elf_segments_size(const pl_elf *e)
{
    return table_size(e->segments_at, e->n_segments, e->segment_size, layouts[e->is_64].segment,
                      PL_ELF_SEGMENTS_MAX);
}

size_t pl_elf_sections_size(const pl_elf *e)
{
    return table_size(e->sections_at, e->n_sections, e->section_size, layouts[e->is_64].section,
                      PL_ELF_SECTIONS_MAX);
}

bool pl_elf_segment_at(const pl_elf *e, pl_str table, size_t i, pl_elf_segment *ret)
{
    const struct layout *l = &layouts[e->is_64];

    if (i >= e->n_segments || e->segment_size < l->segment || table.n / e->segment_size <= i)
        return false;
    const unsigned char *p = (const unsigned char *)table.p + i * e->segment_size;
    *ret = (pl_elf_segment){.type = pl_u32of(p + l->s_type, e->is_big),
                            .flags = pl_u32of(p + l->s_flags, e->is_big),
                            .at = pl_elf_word(e, p + l->s_at),
                            .vaddr = pl_elf_word(e, p + l->s_vaddr),
                            .n = pl_elf_word(e, p + l->s_n)};
    return true;
}

bool pl_elf_section_at(const pl_elf *e, pl_str table, size_t i, pl_elf_section *ret)
{
    const struct layout *l = &layouts[e->is_64];

    if (i >= e->n_sections || e->section_size < l->section || table.n / e->section_size <= i)
        return false;
    const unsigned char *p = (const unsigned char *)table.p + i * e->section_size;
    *ret = (pl_elf_section){.type = pl_u32of(p + l->c_type, e->is_big),
                            .at = pl_elf_word(e, p + l->c_at),
                            .n = pl_elf_word(e, p + l->c_n)};
    return true;
}
