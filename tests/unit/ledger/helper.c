/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"
#include "folder.h"

#include "core/hash.h"
#include "ledger/leaf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static void make_below(th_dir *d, const char *base)
{
    pl_err err = {0};

    memset(d, 0, sizeof(*d));
    (void)snprintf(d->path, sizeof(d->path), "%s/plimsoll-ledger-XXXXXX", base);
    assert_non_null(mkdtemp(d->path));
    (void)snprintf(d->log, sizeof(d->log), "%s/ledger", d->path);
    d->state = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(d->state, "ledger", 0700), 0);
    assert_int_equal(mkdirat(d->state, "keys", 0700), 0);
    d->dir = openat(d->state, "ledger", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    d->signed_fd = openat(d->state, "keys/signed", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(d->state >= 0 && d->dir >= 0 && d->signed_fd >= 0);
    assert_ok(pl_skey_generate(PL_S("example.org/test"), &d->key, &err), err);
}

void th_make(th_dir *d)
{
    make_below(d, "/tmp");
}

void th_make_in_memory(th_dir *d)
{
    struct statvfs st;
    bool room = statvfs("/dev/shm", &st) == 0 && st.f_bavail * st.f_frsize > 256u << 20;

    make_below(d, room ? "/dev/shm" : "/tmp");
}

void th_drop(th_dir *d)
{
    (void)close(d->state);
    (void)close(d->dir);
    (void)close(d->signed_fd);
    pl_skey_free(d->key);
    (void)remove_folder(d->path);
}

const char *th_path(const th_dir *d, const char *name)
{
    static char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", d->log, name);
    return path;
}

pl_rc th_open_writer(const th_dir *d, pl_writer **ret, pl_recovered *found, pl_err *err)
{
    pl_writer_options o = {.log_dir = d->dir, .signed_fd = d->signed_fd, .key = d->key};

    memset(o.journal_secret, 7, sizeof(o.journal_secret));
    return pl_writer_open(&o, ret, found, err);
}

void th_leaf(const th_dir *d, uint64_t i, pl_buf *out)
{
    PL_AUTO_BUF pl_buf body = {0};
    pl_err err = {0};

    if (i == 0) {
        pl_buf_fmt(&body,
                   "{\"created\":true,\"epochs\":\"off\",\"fence\":1,\"origin\":\"%s\","
                   "\"recovery\":\"none\",\"sandbox\":\"full\",\"vkey\":\"",
                   pl_skey_public(d->key)->name);
        pl_vkey_print(pl_skey_public(d->key), &body);
        pl_buf_c(&body, "\"}");
    } else {
        pl_buf_fmt(&body, "{\"n\":%llu}", (unsigned long long)i);
    }
    const pl_leaf_parts p = {.type = i ? PL_S("scan.result") : PL_S("ledger.open"),
                             .subj = PL_S("[{\"id\":\"c0ffee\",\"k\":\"container\"}]"),
                             .body = pl_buf_view(&body),
                             .ret = PL_S("pci"),
                             .agent = PL_S("test"),
                             .inst = PL_S("0011223344556677"),
                             .prog = PL_S("test"),
                             .via = PL_S("cli"),
                             .seq = i,
                             .boot = PL_S("b"),
                             .mono_ns = i,
                             .t_us = 1795254099123456 + (int64_t)i};
    pl_buf_reset(out);
    assert_ok(pl_leaf_build(&p, out, &err), err);
}

void th_add(const th_dir *d, pl_writer *w, uint64_t n)
{
    PL_AUTO_BUF pl_buf leaf = {0};
    pl_err err = {0};

    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = pl_writer_size(w);
        uint64_t index;
        th_leaf(d, at, &leaf);
        assert_ok(pl_writer_add(w, pl_buf_view(&leaf), &index, &err), err);
        assert_int_equal(index, at);
    }
}

void th_log(const th_dir *d, uint64_t size, uint64_t batch)
{
    PL_AUTO_WRITER pl_writer *w = NULL;
    pl_recovered found;
    pl_err err = {0};

    assert_ok(th_open_writer(d, &w, &found, &err), err);
    while (pl_writer_size(w) < size) {
        uint64_t left = size - pl_writer_size(w);
        th_add(d, w, left < batch ? left : batch);
        assert_ok(pl_writer_commit(w, PL_COMMIT_PUBLISH, &err), err);
    }
    assert_ok(pl_writer_stop(w, &err), err);
}

pl_verified *th_verify(const th_dir *d)
{
    const pl_verify_options o = {.threads = 1};
    pl_verified *v = NULL;
    pl_err err = {0};

    assert_ok(pl_verify(d->dir, &o, &v, &err), err);
    return v;
}

pl_rc th_verdict(const th_dir *d)
{
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);

    return pl_verified_result(v);
}

void th_assert_proved(const th_dir *d)
{
    PL_AUTO_VERIFIED pl_verified *v = th_verify(d);

    if (pl_verified_result(v) != PL_OK)
        fail_msg("%s: %llu and %llu problems: %s", pl_rc_text(pl_verified_result(v)),
                 (unsigned long long)v->n_tampered, (unsigned long long)v->n_incomplete,
                 v->n_problems ? v->problems[0].text : "");
}

pl_ledger *th_client(const th_dir *d)
{
    const pl_ledger_options o = {.state_dir = d->path, .prog = "test"};
    pl_ledger *l = NULL;
    pl_err err = {0};

    assert_ok(pl_ledger_open(&o, &l, &err), err);
    return l;
}

uint64_t th_file_size(const th_dir *d, const char *name)
{
    struct stat st;

    assert_int_equal(fstatat(d->dir, name, &st, 0), 0);
    return (uint64_t)st.st_size;
}

void th_flip(const th_dir *d, const char *name, uint64_t at, unsigned char mask)
{
    PL_AUTO_FD int fd = openat(d->dir, name, O_RDWR | O_CLOEXEC);
    unsigned char c;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &c, 1, (off_t)at), 1);
    c ^= mask;
    assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
}
