/* SPDX-License-Identifier: Apache-2.0 */
/* A VEX document or an ignore file (first byte '#'), as the worker reads it. */
#include "core/io.h"
#include "core/jail.h"
#include "vuln/vex.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_FD int in = -1;
    PL_AUTO_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool is_ignore = size && data[0] == '#';
    pl_err err = {0};

    if (out < 0 || pl_jail_memfd((pl_str){(const char *)data, size}, &in, &err) != PL_OK)
        abort();
    pl_rc rc = pl_vex_worker(in, out, is_ignore ? PL_S("ignore") : PL_S("vex"), &err);
    if (rc != PL_OK && (err.rc != rc || !err.len))
        abort();
    return 0;
}
