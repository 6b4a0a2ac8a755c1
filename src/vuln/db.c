/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/db.h"

#include "vuln/db_check.h"
#include "vuln/ecosystem.h"
#include "vuln/limits.h"
#include "vuln/version.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void unmap(pl_advisories *db)
{
    if (db->is_mapped && db->bytes.n)
        (void)munmap((void *)(uintptr_t)db->bytes.p, db->bytes.n);
}

void pl_advisories_close(pl_advisories *db)
{
    if (!db)
        return;
    unmap(db);
    free(db);
}

static pl_rc make(pl_str bytes, bool is_mapped, pl_advisories **ret, pl_err *err)
{
    PL_AUTO_ADVISORIES pl_advisories *db = calloc(1, sizeof(*db));

    if (!db)
        return pl_fail(err, PL_NOMEM, "out of memory");
    db->bytes = bytes;
    pl_rc rc = pl_db_check(db, err);
    if (rc != PL_OK)
        return rc;
    db->is_mapped = is_mapped;
    *ret = PL_TAKE(db, NULL);
    return PL_OK;
}

pl_rc pl_advisories_of_bytes(pl_str bytes, const char *name, pl_advisories **ret, pl_err *err)
{
    pl_rc rc = make(bytes, false, ret, err);
    return rc == PL_OK ? rc : pl_wrap(err, rc, "%s", name);
}

static pl_rc open_file(const char *dir, int *ret, pl_err *err)
{
    PL_AUTO_FD int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    PL_AUTO_FD int fd =
        dir_fd < 0 ? -1
                   : openat(dir_fd, PL_DB_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return pl_fail(err, PL_NOTFOUND, "no advisories have been imported");
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        return pl_fail(err, PL_DENIED, "permission denied");
    if (fd < 0)
        return pl_fail_sys(err, errno, "open");
    *ret = PL_TAKE(fd, -1);
    return PL_OK;
}

static pl_rc map_file(int fd, pl_str *ret, pl_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return pl_fail_sys(err, errno, "stat");
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "not a regular file");
    if (st.st_size < PL_DB_HEADER || (uint64_t)st.st_size > PL_VULN_DB_MAX)
        return pl_fail(err, PL_FORMAT, "not an advisory database (%lld bytes)",
                       (long long)st.st_size);
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (p == MAP_FAILED)
        return pl_fail_sys(err, errno, "map");
    *ret = (pl_str){p, (size_t)st.st_size};
    return PL_OK;
}

pl_rc pl_advisories_open(const char *dir, pl_advisories **ret, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_str bytes = {0};

    pl_rc rc = open_file(dir, &fd, err);
    if (rc == PL_OK)
        rc = map_file(fd, &bytes, err);
    if (rc == PL_OK) {
        rc = make(bytes, true, ret, err);
        /* The check has touched every page; most are not wanted again. */
        if (rc == PL_OK)
            (void)madvise((void *)(uintptr_t)bytes.p, bytes.n, MADV_DONTNEED);
        else
            (void)munmap((void *)(uintptr_t)bytes.p, bytes.n);
    }
    return rc == PL_OK ? rc : pl_wrap(err, rc, "%s/%s", dir, PL_DB_NAME);
}

static uint32_t header_u32(const pl_advisories *db, size_t at)
{
    uint32_t v;
    memcpy(&v, db->bytes.p + at, sizeof(v));
    return le32toh(v);
}

void pl_advisories_info_of(const pl_advisories *db, pl_advisories_info *ret)
{
    *ret = (pl_advisories_info){
        .format = header_u32(db, PL_DB_AT_FORMAT),
        .created_us = (int64_t)((uint64_t)header_u32(db, PL_DB_AT_CREATED) |
                                (uint64_t)header_u32(db, PL_DB_AT_CREATED + 4) << 32),
        .bytes = db->bytes.n,
        .malformed = header_u32(db, PL_DB_AT_MALFORMED),
        .skipped = header_u32(db, PL_DB_AT_SKIPPED),
        .withdrawn = header_u32(db, PL_DB_AT_WITHDRAWN),
        .packages = (uint32_t)db->span[PL_DB_PACKAGE].n,
        .vulnerabilities = (uint32_t)db->span[PL_DB_VULN].n,
    };
    pl_hex((const unsigned char *)db->bytes.p + PL_DB_AT_DIGEST, PL_SHA256, ret->digest);
}

size_t pl_advisories_feeds(const pl_advisories *db)
{
    return db->span[PL_DB_FEED].n;
}

pl_feed pl_advisories_feed(const pl_advisories *db, size_t i)
{
    return (pl_feed){
        .name = pl_db_str(db, PL_DB_GET(db, FEED, i, 0)),
        .source = pl_db_str(db, PL_DB_GET(db, FEED, i, 1)),
        .version = pl_db_str(db, PL_DB_GET(db, FEED, i, 2)),
        .records = PL_DB_GET(db, FEED, i, 3),
        .newest_us = (int64_t)((uint64_t)PL_DB_GET(db, FEED, i, 4) |
                               (uint64_t)PL_DB_GET(db, FEED, i, 5) << 32),
    };
}

bool pl_advisories_has_feed(const pl_advisories *db, pl_str name)
{
    for (size_t i = 0; db && i < pl_advisories_feeds(db); i++)
        if (pl_str_eq(pl_advisories_feed(db, i).name, name))
            return true;
    return false;
}

pl_rc pl_advisories_verify(const pl_advisories *db, pl_err *err)
{
    unsigned char digest[PL_SHA256];

    pl_sha256_of(pl_str_sub(db->bytes, PL_DB_HEADER, db->bytes.n), digest);
    if (memcmp(digest, db->bytes.p + PL_DB_AT_DIGEST, PL_SHA256) != 0)
        return pl_fail(err, PL_TAMPERED, "%s: its SHA-256 differs", PL_DB_NAME);
    return PL_OK;
}

bool pl_db_find_string(const pl_advisories *db, pl_str s, uint32_t *ret)
{
    size_t lo = 0, hi = db->span[PL_DB_STRING].n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int d = pl_str_cmp(pl_db_str(db, (uint32_t)mid), s);
        if (d == 0) {
            *ret = (uint32_t)mid;
            return true;
        }
        if (d < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

bool pl_advisories_knows(const pl_advisories *db, pl_str id)
{
    uint32_t number;

    return db && pl_db_find_string(db, id, &number);
}

/* Both tables have the name's number as their first of three words. */
static bool find_named(const struct pl_db_span *span, size_t from, size_t n, uint32_t name,
                       uint32_t *ret)
{
    enum { WORDS = PL_DB_WORDS_ECOSYSTEM };
    _Static_assert(PL_DB_WORDS_PACKAGE == PL_DB_WORDS_ECOSYSTEM, "layout");
    size_t lo = from, hi = from + n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        uint32_t at = le32toh(span->words[mid * WORDS]);
        if (at == name) {
            *ret = (uint32_t)mid;
            return true;
        }
        if (at < name)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

bool pl_db_find_ecosystem(const pl_advisories *db, pl_str name, uint32_t *ret)
{
    uint32_t number;

    return pl_db_find_string(db, name, &number) &&
           find_named(&db->span[PL_DB_ECOSYSTEM], 0, db->span[PL_DB_ECOSYSTEM].n, number, ret);
}

bool pl_db_find_package(const pl_advisories *db, uint32_t ecosystem, pl_str name, uint32_t *ret)
{
    uint32_t number;

    return pl_db_find_string(db, name, &number) &&
           find_named(&db->span[PL_DB_PACKAGE], PL_DB_GET(db, ECOSYSTEM, ecosystem, 1),
                      PL_DB_GET(db, ECOSYSTEM, ecosystem, 2), number, ret);
}

const char *pl_advisories_gap(const pl_advisories *db, pl_str ecosystem)
{
    uint32_t found;

    if (ecosystem.n && !pl_version_order_find(ecosystem))
        return "unsupported";
    return db && pl_db_find_ecosystem(db, pl_ecosystem_canonical(ecosystem), &found)
               ? NULL
               : "feed-missing";
}
