/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers of an ELF file (System V ABI, generic part, chapters 4 and 5): 32 and 64 bits, either
 * byte order.
 *
 * A file says what it likes in its headers: numbers are believed only so far as they lead to a
 * place in the file, sums do not wrap, and counts are cut at the limits. Nothing is owned.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"
#include "package/limits.h"

enum {
    PL_ELF_EXEC = 2,
    PL_ELF_DYN = 3,
    PL_ELF_LOAD = 1, /* segment types */
    PL_ELF_INTERP = 3,
    PL_ELF_NOTE = 4,
    PL_ELF_WRITE = 2,  /* segment flags */
    PL_ELF_SYMTAB = 2, /* section types */
    PL_ELF_NOBITS = 8,
    PL_ELF_HEAD = 64,  /* bytes that pl_elf_header needs at most */
    PL_ELF_LEAST = 52, /* bytes of the smallest header */
};

typedef struct pl_elf_segment {
    uint32_t type, flags;
    uint64_t at, vaddr, n; /* place in the file, address, bytes in the file */
} pl_elf_segment;

typedef struct pl_elf_section {
    uint32_t type;
    uint64_t at, n;
} pl_elf_section;

typedef struct pl_elf {
    bool is_64, is_big;
    uint32_t type; /* PL_ELF_EXEC, PL_ELF_DYN or another */
    uint64_t entry;
    uint64_t segments_at, sections_at; /* 0: there are none */
    uint32_t n_segments, n_sections;   /* as the header says; a table is read up to its limit */
    uint32_t segment_size, section_size;
} pl_elf;

bool pl_elf_is(pl_str head);
/* head: the first bytes of the file, PL_ELF_HEAD of them if there are as many. */
pl_rc pl_elf_header(pl_str head, pl_elf *ret, pl_err *err) PL_MUST_USE;

/* Bytes of the tables that are read of the file; 0: none. */
size_t pl_elf_segments_size(const pl_elf *e);
size_t pl_elf_sections_size(const pl_elf *e);
/* The i-th row of a table that lies in memory; false: it is not all there. */
bool pl_elf_segment_at(const pl_elf *e, pl_str table, size_t i, pl_elf_segment *ret);
bool pl_elf_section_at(const pl_elf *e, pl_str table, size_t i, pl_elf_section *ret);

/* A number of an address's width at a place of the file. */
uint64_t pl_elf_word(const pl_elf *e, const void *at);
