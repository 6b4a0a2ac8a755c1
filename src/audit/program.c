/* SPDX-License-Identifier: Apache-2.0 */
/* Which program judged: its own bytes, so that an auditor can compare sha256sum. */
#include "audit/run_private.h"

#include "audit/pattern_cache.h"
#include "core/hash.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char kept_name[] = "program.bin";

/* Which file it is, and when it was written last: the kernel sets the time of change, and refuses
 * to write to a program that runs. */
static void identity_of(const struct stat *st, pl_buf *out)
{
    pl_buf_u64le(out, st->st_dev);
    pl_buf_u64le(out, st->st_ino);
    pl_buf_u64le(out, (uint64_t)st->st_size);
    pl_buf_u64le(out, (uint64_t)st->st_mtim.tv_sec);
    pl_buf_u64le(out, (uint64_t)st->st_mtim.tv_nsec);
    pl_buf_u64le(out, (uint64_t)st->st_ctim.tv_sec);
    pl_buf_u64le(out, (uint64_t)st->st_ctim.tv_nsec);
}

static bool hash(int fd, unsigned char ret[PL_SHA256])
{
    unsigned char part[1 << 16];
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    ssize_t n;

    if (!h)
        return false;
    while ((n = read(fd, part, sizeof(part))) > 0)
        pl_sha256_add(h, part, (size_t)n);
    pl_sha256_end(h, ret);
    return n == 0;
}

/* The kept form: identity, digest. */
static bool recall(int state_fd, pl_str identity, unsigned char ret[PL_SHA256])
{
    PL_AUTO_BUF pl_buf kept = {0};

    if (!pl_form_read(state_fd, kept_name, &kept) || kept.n != identity.n + PL_SHA256 ||
        memcmp(kept.p, identity.p, identity.n) != 0)
        return false;
    memcpy(ret, kept.p + identity.n, PL_SHA256);
    return true;
}

pl_str pl_run_program_digest(pl_run *r)
{
    PL_AUTO_FD int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    PL_AUTO_BUF pl_buf form = {0};
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return (pl_str){"", 0};
    identity_of(&st, &form);
    if (!recall(r->state_fd, pl_buf_view(&form), sum)) {
        if (!hash(fd, sum))
            return (pl_str){"", 0};
        pl_buf_add(&form, sum, sizeof(sum));
        pl_form_keep(r->state_fd, kept_name, pl_buf_view(&form));
    }
    pl_hex(sum, sizeof(sum), hex);
    return pl_arena_str(r->arena, pl_str_c(hex));
}
