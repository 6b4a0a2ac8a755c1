/* SPDX-License-Identifier: Apache-2.0 */
/* The two small files that say where the log stands: .state/head and keys/signed. */
#include "core/rd.h"
#include "ledger/canon.h"
#include "ledger/io.h"
#include "ledger/writer_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char head_path[] = ".state/head";

pl_rc pl_head_write(int log_dir, const pl_head_file *h, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    char root[PL_SHA256_HEX];

    pl_hex(h->root.b, PL_SHA256, root);
    pl_buf_fmt(&text,
               "{\"clean\":%s,\"fence\":%llu,\"generation\":%llu,\"root\":\"%s\",\"size\":%llu}\n",
               h->clean ? "true" : "false", (unsigned long long)h->fence,
               (unsigned long long)h->generation, root, (unsigned long long)h->size);
    return pl_io_replace(log_dir, head_path, pl_buf_view(&text), err);
}

static bool head_member(pl_str key, pl_str value, pl_head_file *h)
{
    const struct {
        pl_str key;
        uint64_t *number;
    } numbers[] = {
        {PL_S("fence"), &h->fence}, {PL_S("generation"), &h->generation}, {PL_S("size"), &h->size}};

    for (size_t i = 0; i < PL_COUNT(numbers); i++)
        if (pl_str_eq(key, numbers[i].key))
            return pl_str_u64(value, numbers[i].number);
    if (pl_str_eq(key, PL_S("root")))
        return pl_unhex(pl_canon_plain(value), h->root.b, PL_SHA256);
    h->clean = pl_str_eq(value, PL_S("true"));
    return pl_str_eq(key, PL_S("clean"));
}

pl_rc pl_head_read(int log_dir, pl_head_file *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    size_t n = 0;

    pl_rc rc = pl_io_read(log_dir, head_path, 4096, &text, err);
    if (rc)
        return rc;
    *ret = (pl_head_file){0};
    pl_canon_walk w = {.text = pl_str_trim(pl_buf_view(&text))};
    while (pl_canon_next(&w) && head_member(w.key, w.value, ret))
        n++;
    if (n != 5 || !pl_canon_walked(&w))
        return pl_fail(err, PL_TAMPERED, "%s is damaged", head_path);
    return PL_OK;
}

/* ---- the last head signed: "size root\n", always the same length, rewritten in place ---- */

enum { SIGNED_BYTES = 20 + 1 + 64 + 1 };

pl_rc pl_signed_write(int fd, uint64_t size, const pl_node *root, pl_err *err)
{
    char hex[PL_SHA256_HEX];
    char text[SIGNED_BYTES + 1];

    pl_hex(root->b, PL_SHA256, hex);
    (void)snprintf(text, sizeof(text), "%020llu %s\n", (unsigned long long)size, hex);
    ssize_t n = pwrite(fd, text, SIGNED_BYTES, 0);
    if (n != SIGNED_BYTES)
        return pl_fail_sys(err, n < 0 ? errno : ENOSPC, "write keys/signed");
    return PL_OK;
}

pl_rc pl_signed_read(int fd, uint64_t *ret_size, pl_node *ret_root, pl_err *err)
{
    char text[SIGNED_BYTES + 1];
    ssize_t n = pread(fd, text, sizeof(text), 0);
    pl_str s = {text, SIGNED_BYTES};

    *ret_size = 0;
    if (n < 0)
        return pl_fail_sys(err, errno, "read keys/signed");
    if (n == 0)
        return PL_OK;
    if (n != SIGNED_BYTES || text[20] != ' ' || text[SIGNED_BYTES - 1] != '\n' ||
        !pl_str_u64(pl_str_sub(s, 0, 20), ret_size) ||
        !pl_unhex(pl_str_sub(s, 21, 64), ret_root->b, PL_SHA256))
        return pl_fail(err, PL_TAMPERED, "keys/signed is damaged");
    return PL_OK;
}
