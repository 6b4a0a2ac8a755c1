/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical bound of reading layers, as one thread's CPU time: inflating gzip files with ISA-L,
 * and the same with SHA-256 of both sides. usage: inflate FILE...; prints bytes, seconds, seconds.
 */
#include "core/clock.h"
#include "core/hash.h"
#include "core/io.h"

#include <fcntl.h>
#include <time.h>

#include <isa-l/igzip_lib.h>

enum { PIECE = 128 << 10 };

struct bench {
    struct inflate_state z;
    pl_sha256 *packed, *plain; /* NULL: no digests */
    uint64_t bytes;
    unsigned char in[PIECE], out[PIECE];
};

static double cpu_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void inflate_some(struct bench *b)
{
    do {
        b->z.next_out = b->out;
        b->z.avail_out = PIECE;
        if (isal_inflate(&b->z) < 0)
            exit(EXIT_FAILURE);
        size_t n = PIECE - b->z.avail_out;
        if (b->plain)
            pl_sha256_add(b->plain, b->out, n);
        b->bytes += n;
    } while (b->z.avail_out == 0);
}

static void read_file(struct bench *b, const char *path)
{
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    isal_inflate_init(&b->z);
    b->z.crc_flag = ISAL_GZIP;
    while (fd >= 0 && (n = read(fd, b->in, PIECE)) > 0) {
        if (b->packed)
            pl_sha256_add(b->packed, b->in, (size_t)n);
        b->z.next_in = b->in;
        b->z.avail_in = (uint32_t)n;
        inflate_some(b);
    }
    if (fd < 0 || n < 0)
        exit(EXIT_FAILURE);
}

static double run(struct bench *b, char **files)
{
    double from = cpu_s();

    b->bytes = 0;
    for (; *files; files++)
        read_file(b, *files);
    return cpu_s() - from;
}

int main(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof(*b));

    if (!b || argc < 2)
        return EXIT_FAILURE;
    double alone = run(b, argv + 1);
    b->packed = pl_sha256_new();
    b->plain = pl_sha256_new();
    double both = run(b, argv + 1);
    printf("%llu %.3f %.3f\n", (unsigned long long)b->bytes, alone, both);
    pl_sha256_free(b->packed);
    pl_sha256_free(b->plain);
    free(b);
    return EXIT_SUCCESS;
}
