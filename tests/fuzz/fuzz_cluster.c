/* SPDX-License-Identifier: Apache-2.0 */
/* What the worker of a cluster reads, by the first byte: a kubeconfig, what an exec plugin wrote,
 * or a page of the list whose number the second byte is (from 128 on: what a watch of it says). And
 * the client's messages. */
#include "cluster/client_msg.h"
#include "cluster/worker.h"
#include "core/io.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WATCH = 128 };

static pl_rc keep_record(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    (void)r, (void)a, (void)arg, (void)err;
    return PL_OK;
}

static pl_rc keep_document(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    (void)doc, (void)arg, (void)err;
    *ret = PL_REDACTION_NONE;
    return PL_OK;
}

static void read_message(pl_str bytes)
{
    pl_cluster_msg m = {0};
    pl_err err = {0};

    for (size_t n_fds = 0; n_fds < 2; n_fds++)
        if (pl_cluster_msg_parse(bytes, n_fds, &m, &err) != PL_OK && !err.len)
            abort();
}

static void put_input(uint32_t job, uint8_t list, pl_str text, pl_buf *out)
{
    if (job == PL_CLUSTER_JOB_PAGES) {
        pl_buf_u32le(out, list % WATCH % PL_LIST_COUNT);
        pl_buf_ch(out, (char)(list / WATCH));
    }
    if (job == PL_CLUSTER_JOB_EXEC)
        pl_buf_str(out, text);
    else
        pl_buf_lstr(out, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_engine_hooks hooks = {.record = keep_record, .document = keep_document};
    PL_AUTO_FD int in = -1;
    PL_AUTO_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    PL_AUTO_BUF pl_buf args = {0}, input = {0};
    pl_err err = {0};

    if (size < 2)
        return 0;
    uint32_t job = data[0] % 3 + PL_CLUSTER_JOB_CONFIG;
    pl_str text = {(const char *)data + 2, size - 2};
    read_message(text);
    put_input(job, data[1], text, &input);
    pl_buf_u32le(&args, job);
    pl_buf_u32le(&args, job == PL_CLUSTER_JOB_PAGES ? 8 : 0);
    if (job == PL_CLUSTER_JOB_PAGES)
        pl_buf_u64le(&args, 1);
    if (out < 0 || pl_jail_memfd(pl_buf_view(&input), &in, &err) != PL_OK)
        abort();
    pl_rc rc = pl_cluster_work(in, out, pl_buf_view(&args), &hooks, &err);
    if (rc != PL_OK && (err.rc != rc || !err.len))
        abort();
    return 0;
}
