/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How SQLite 3 stores a row, for those who read its files without it: packages by pages of a whole
 * database, searches by what passes. Format: https://www.sqlite.org/fileformat2.html
 *
 * The bytes are a stranger's. What is given back points into them. Any thread.
 */
#pragma once

#include "core/str.h"

/* A number of one to nine bytes, taken from the front. False: the bytes end before it does. */
bool pl_sqlite_varint(pl_str *from, uint64_t *ret);

/* A record is its header, with a serial type for each column, and behind it the values.
 * False: it has no whole header. What overflowed to another page may be missing of the values. */
bool pl_sqlite_parts(pl_str record, pl_str *ret_types, pl_str *ret_values);

/* Bytes of a value of this serial type. */
uint64_t pl_sqlite_width(uint64_t type);

/* The value of a serial type from 1 to 6. */
int64_t pl_sqlite_number(pl_str bytes);
