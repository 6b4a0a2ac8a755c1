/* SPDX-License-Identifier: Apache-2.0 */
/* Small ELF files for tests: a header, one readable and one writable segment, sections at the end.
 */
#pragma once

#include "core/buf.h"

enum { MK_DATA = 0x1000, MK_RODATA = 0x200, MK_VADDR = 0x400000 };

typedef struct mk_elf {
    bool is_32, is_big;
    unsigned type; /* ET_EXEC when 0 */
    bool has_go_note;
    pl_str rodata; /* at MK_RODATA of the file; address MK_VADDR + MK_RODATA */
    pl_str data;   /* at MK_DATA, in the writable segment */
    pl_str extra;  /* behind it, a section of its own when has_sections */
    bool has_sections;
} mk_elf;

void mk_put(pl_buf *b, uint64_t v, unsigned bytes, bool is_big);
void mk_elf_make(const mk_elf *m, pl_buf *out);
