/* SPDX-License-Identifier: Apache-2.0 */
/* A file that declares containers, as the worker reads it. */
#include "core/buf.h"
#include "core/io.h"
#include "core/jail.h"
#include "declared/declared.h"
#include "declared/ecs_agent.h"
#include "declared/oci.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_rc keep_record(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    (void)r, (void)a, (void)arg, (void)err;
    return PL_OK;
}

static pl_rc keep_image(pl_facts *f, void *arg, pl_err *err)
{
    (void)f, (void)arg, (void)err;
    return PL_OK;
}

static pl_rc keep_document(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    (void)doc, (void)arg, (void)err;
    *ret = PL_REDACTION_NONE;
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pl_declared_hooks hooks = {
        .of = {.record = keep_record, .document = keep_document}, .image = keep_image};
    /* No file begins with one of these bytes: what follows is what an audit hands over. */
    const char *form = size && data[0] == 1   ? PL_DECLARED_BUNDLES
                       : size && data[0] == 2 ? PL_DECLARED_STATES
                       : size && data[0] == 3 ? PL_DECLARED_ECS_AGENT
                                              : "";
    size_t from = form[0] ? 1 : 0;
    PL_AUTO_FD int in = -1;
    PL_AUTO_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    PL_AUTO_BUF pl_buf args = {0};
    pl_err err = {0};

    pl_buf_u64le(&args, 1);
    pl_buf_lstr(&args, PL_S("/srv/shop"));
    pl_buf_lstr(&args, pl_str_c(form));
    pl_buf_lstr(&args, (pl_str){"", 0});
    if (out < 0 ||
        pl_jail_memfd((pl_str){(const char *)data + from, size - from}, &in, &err) != PL_OK)
        abort();
    pl_rc rc = pl_declared_work(in, out, pl_buf_view(&args), &hooks, &err);
    if (rc != PL_OK && (err.rc != rc || !err.len))
        abort();
    return 0;
}
