/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/proc.h"

#include "engine/limits.h"

#include <string.h>
#include <time.h>

pl_rc pl_proc_read(const pl_proc_root *p, int64_t pid, const char *name, pl_buf *ret, pl_err *err)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, name);
    pl_buf_reset(ret);
    return pl_root_read(p->root, pl_str_c(path), PL_ENGINE_PROC_FILE_MAX, ret, NULL, err);
}

pl_rc pl_proc_pids(const pl_proc_root *p, int64_t **ret, size_t *ret_n, pl_err *err)
{
    pl_names names;
    pl_rc rc =
        pl_root_list(p->root, PL_S("/proc"), PL_ENGINE_HOST_PROCESSES_MAX, p->arena, &names, err);
    if (rc != PL_OK)
        return rc;
    int64_t *pids = pl_arena_calloc(p->arena, names.n + 1, sizeof(*pids));
    size_t n = 0;
    if (!pids)
        return pl_fail(err, PL_LIMIT, "process list does not fit its budget");
    for (size_t i = 0; i < names.n; i++)
        if (pl_str_i64(names.items[i], &pids[n]))
            n++;
    *ret = pids;
    *ret_n = n;
    return PL_OK;
}

/* ---- status ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool next_word(pl_str *rest, pl_str *word)
{
    while (rest->n && is_blank(rest->p[0]))
        *rest = pl_str_sub(*rest, 1, rest->n);
    size_t n = 0;
    while (n < rest->n && !is_blank(rest->p[n]))
        n++;
    *word = pl_str_sub(*rest, 0, n);
    *rest = pl_str_sub(*rest, n, rest->n);
    return n > 0;
}

/* Second number: real, effective, saved, file system. */
static int64_t effective(pl_str v)
{
    pl_str word;
    int64_t n = -1;

    bool has = next_word(&v, &word);
    if (has)
        has = next_word(&v, &word);
    return has && pl_str_i64(word, &n) ? n : -1;
}

static void read_groups(pl_arena *a, pl_str v, pl_proc_status *s)
{
    pl_str word;
    int64_t *groups = pl_arena_calloc(a, v.n / 2 + 1, sizeof(*groups));
    size_t n = 0;

    while (groups && next_word(&v, &word))
        if (pl_str_i64(word, &groups[n]))
            n++;
    s->groups = groups;
    s->n_groups = groups ? n : 0;
}

enum { SEEN_UID = 1, SEEN_PRM = 2, SEEN_BND = 4, SEEN_AMB = 8, SEEN_NNP = 16, SEEN_SECCOMP = 32 };
enum { SEEN_ALL = 63 };

static unsigned read_line(pl_arena *a, pl_str key, pl_str v, pl_proc_status *s)
{
    static const struct {
        const char *key;
        size_t at;
        unsigned seen;
    } masks[] = {
        {"CapPrm", offsetof(pl_proc_status, cap_permitted), SEEN_PRM},
        {"CapBnd", offsetof(pl_proc_status, cap_bounding), SEEN_BND},
        {"CapAmb", offsetof(pl_proc_status, cap_ambient), SEEN_AMB},
    };
    int64_t n;

    v = pl_str_trim(v);
    for (size_t i = 0; i < PL_COUNT(masks); i++)
        if (pl_str_eq(key, pl_str_c(masks[i].key)))
            return pl_str_u64_base(v, 16, (uint64_t *)(void *)((char *)s + masks[i].at))
                       ? masks[i].seen
                       : 0;
    if (pl_str_eq(key, PL_S("Name")))
        s->name = pl_arena_str(a, v);
    else if (pl_str_eq(key, PL_S("PPid")))
        (void)pl_str_i64(v, &s->parent);
    else if (pl_str_eq(key, PL_S("Uid")))
        return (s->euid = effective(v)) >= 0 ? SEEN_UID : 0;
    else if (pl_str_eq(key, PL_S("Gid")))
        s->egid = effective(v);
    else if (pl_str_eq(key, PL_S("Groups")))
        read_groups(a, v, s);
    else if (pl_str_eq(key, PL_S("NoNewPrivs")) && pl_str_i64(v, &n))
        return s->no_new_privs = n == 1, SEEN_NNP;
    else if (pl_str_eq(key, PL_S("Seccomp")) && pl_str_i64(v, &s->seccomp))
        return SEEN_SECCOMP;
    return 0;
}

pl_rc pl_proc_status_read(const pl_proc_root *p, int64_t pid, pl_proc_status *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    unsigned seen = 0;

    *ret = (pl_proc_status){0};
    pl_rc rc = pl_proc_read(p, pid, "status", &b, err);
    if (rc != PL_OK)
        return rc;
    pl_str rest = pl_buf_view(&b), line, key;
    while (pl_str_cut(&rest, '\n', &line))
        if (pl_str_cut(&line, ':', &key))
            seen |= read_line(p->arena, key, line, ret);
    return seen == SEEN_ALL
               ? PL_OK
               : pl_fail(err, PL_FORMAT, "/proc/%lld/status: lines are missing", (long long)pid);
}

/* ---- links ---- */

static pl_rc read_link(const pl_proc_root *p, int64_t pid, const char *name, pl_str *ret,
                       pl_err *err)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, name);
    return pl_root_readlink(p->root, pl_str_c(path), p->arena, ret, err);
}

/* "net:[4026531840]", "socket:[1234]" */
static bool bracketed(pl_str s, pl_str front, uint64_t *ret)
{
    pl_str rest = s, head;

    if (!pl_str_cut(&rest, ':', &head) || !pl_str_eq(head, front) || rest.n < 3 ||
        rest.p[0] != '[' || rest.p[rest.n - 1] != ']')
        return false;
    return pl_str_u64(pl_str_sub(rest, 1, rest.n - 2), ret);
}

pl_rc pl_proc_namespace(const pl_proc_root *p, int64_t pid, const char *name, uint64_t *ret,
                        pl_err *err)
{
    char link[32];
    pl_str target;

    (void)snprintf(link, sizeof(link), "ns/%s", name);
    pl_rc rc = read_link(p, pid, link, &target, err);
    if (rc != PL_OK)
        return rc;
    return bracketed(target, pl_str_c(name), ret)
               ? PL_OK
               : pl_fail(err, PL_FORMAT, "/proc/%lld/%s: not a namespace", (long long)pid, link);
}

pl_rc pl_proc_program(const pl_proc_root *p, int64_t pid, pl_str *ret, pl_err *err)
{
    pl_str target;
    pl_rc rc = read_link(p, pid, "exe", &target, err);

    if (rc != PL_OK)
        return rc;
    if (pl_str_ends(target, PL_S(" (deleted)")))
        target.n -= 10;
    size_t at = target.n;
    while (at && target.p[at - 1] != '/')
        at--;
    *ret = pl_str_sub(target, at, target.n);
    return PL_OK;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

pl_rc pl_proc_sockets(const pl_proc_root *p, int64_t pid, uint64_t **ret, size_t *ret_n,
                      pl_err *err)
{
    char path[64];
    pl_names names;

    (void)snprintf(path, sizeof(path), "/proc/%lld/fd", (long long)pid);
    pl_rc rc =
        pl_root_list(p->root, pl_str_c(path), PL_ENGINE_HOST_PROCESSES_MAX, p->arena, &names, err);
    if (rc != PL_OK)
        return rc;
    uint64_t *inodes = pl_arena_calloc(p->arena, names.n + 1, sizeof(*inodes));
    size_t n = 0;
    for (size_t i = 0; inodes && i < names.n; i++) {
        char name[32];
        pl_str target;
        (void)snprintf(name, sizeof(name), "fd/%.*s", PL_F(pl_str_sub(names.items[i], 0, 20)));
        if (read_link(p, pid, name, &target, NULL) == PL_OK &&
            bracketed(target, PL_S("socket"), &inodes[n]))
            n++;
    }
    if (!inodes)
        return pl_fail(err, PL_LIMIT, "%s does not fit its budget", path);
    qsort(inodes, n, sizeof(*inodes), by_number);
    *ret = inodes;
    *ret_n = n;
    return PL_OK;
}

bool pl_proc_has_socket(const uint64_t *inodes, size_t n, uint64_t inode)
{
    return n && bsearch(&inode, inodes, n, sizeof(*inodes), by_number);
}

/* ---- time ---- */

/* Field 22 of stat, counted behind the name, which may hold blanks and parentheses. */
bool pl_proc_start_ticks(pl_str stat, uint64_t *ret)
{
    pl_str word = {"", 0};
    size_t at = stat.n;

    while (at && stat.p[at - 1] != ')')
        at--;
    pl_str rest = pl_str_sub(stat, at, stat.n);
    for (int i = 3; i <= 22; i++)
        if (!next_word(&rest, &word))
            return false;
    return at > 0 && pl_str_u64(word, ret);
}

/* In a recorded tree btime of /proc/stat, in whole seconds, is all there is. */
static bool recorded_boot_us(pl_str stat, int64_t *ret_us)
{
    pl_str line;
    uint64_t s;

    while (pl_str_cut(&stat, '\n', &line)) {
        if (!pl_str_starts(line, PL_S("btime ")))
            continue;
        if (!pl_str_u64(pl_str_sub(line, 6, line.n), &s) || s > UINT32_MAX)
            return false;
        *ret_us = (int64_t)s * 1000000;
        return true;
    }
    return false;
}

/* The two clocks of the running kernel tell it better than the whole seconds of /proc/stat. */
static int64_t live_boot_us(void)
{
    struct timespec wall, boot;

    (void)clock_gettime(CLOCK_REALTIME, &wall);
    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    return (wall.tv_sec - boot.tv_sec) * 1000000 + (wall.tv_nsec - boot.tv_nsec) / 1000;
}

pl_rc pl_proc_started(const pl_proc_root *p, int64_t pid, int64_t *ret_us, pl_err *err)
{
    PL_AUTO_BUF pl_buf stat = {0}, boot = {0};
    uint64_t ticks;
    int64_t booted_us = 0;
    bool is_live = pl_root_is_live(p->root);

    pl_rc rc = pl_proc_read(p, pid, "stat", &stat, err);
    if (rc == PL_OK && !is_live)
        rc = pl_root_read(p->root, PL_S("/proc/stat"), PL_ENGINE_PROC_FILE_MAX, &boot, NULL, err);
    if (rc != PL_OK)
        return rc;
    if (is_live)
        booted_us = live_boot_us();
    else if (!recorded_boot_us(pl_buf_view(&boot), &booted_us))
        return pl_fail(err, PL_FORMAT, "/proc/stat: no time of boot");
    if (!pl_proc_start_ticks(pl_buf_view(&stat), &ticks) || ticks > UINT32_MAX * (uint64_t)100)
        return pl_fail(err, PL_FORMAT, "/proc/%lld/stat: no start time", (long long)pid);
    *ret_us = booted_us + (int64_t)ticks * PL_PROC_TICK_US;
    return PL_OK;
}

/* ---- mountinfo ---- */

pl_str pl_proc_unescape(pl_arena *a, pl_str s)
{
    char *out = pl_arena_calloc(a, s.n + 1, 1);
    size_t n = 0;

    for (size_t i = 0; out && i < s.n; i++) {
        uint64_t byte;
        if (s.p[i] == '\\' && i + 3 < s.n && pl_str_u64_base(pl_str_sub(s, i + 1, 3), 8, &byte) &&
            byte < 256) {
            out[n++] = (char)byte;
            i += 3;
        } else {
            out[n++] = s.p[i];
        }
    }
    return out ? (pl_str){out, n} : (pl_str){"", 0};
}
