/* SPDX-License-Identifier: Apache-2.0 */
/* Makes tar archives in memory, lying ones too: every field can be set to anything. */
#pragma once

#include "core/buf.h"

typedef struct mk_entry {
    const char *path;
    char type;        /* '0' when not set */
    const char *data; /* content; its length is the size, unless size_text says otherwise */
    const char *link;
    unsigned mode; /* 0644 when 0 */
    unsigned uid, gid;
    const char *size_text; /* the size field as it stands, 12 bytes at most */
    const char *prefix;
    const char *magic; /* 8 bytes; "ustar\0" "00" when not set */
    size_t data_n;     /* of data that holds NUL; 0: strlen */
} mk_entry;

/* Header and padded data. */
void mk_add(pl_buf *tar, const mk_entry *e);
/* Two zero blocks. */
void mk_end(pl_buf *tar);
/* An extended header of this type ('x', 'g', 'L', 'K') with this content. */
void mk_meta(pl_buf *tar, char type, const char *data, size_t n);
/* Appends "LENGTH KEY=VALUE\n". */
void mk_pax(pl_buf *out, const char *key, const char *value);
/* Sets one byte of a header that starts at `at` and mends its checksum. */
void mk_patch(pl_buf *tar, size_t at, size_t offset, const char *bytes, size_t n);

/* A whole archive of plain entries, ended; the list ends with a NULL path. */
void mk_tar(pl_buf *tar, const mk_entry *list);

void mk_gzip(pl_str in, pl_buf *out);
void mk_zstd(pl_str in, pl_buf *out);
/* "sha256:<hex>" of the bytes, NUL-terminated. */
void mk_digest(pl_str in, char ret[72]);
