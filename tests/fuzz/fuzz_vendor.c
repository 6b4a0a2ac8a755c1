/* SPDX-License-Identifier: Apache-2.0 */
/* Oracle's and Amazon's XML, as the worker reads it: the first byte says which. */
#include "core/io.h"
#include "core/jail.h"
#include "vuln/feeds.h"
#include "vuln/import.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_FD int in = -1;
    PL_AUTO_FD int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pl_err err = {0};

    if (!size)
        return 0;
    pl_str text = {(const char *)data + 1, size - 1};
    if (out < 0 || pl_jail_memfd(text, &in, &err) != PL_OK)
        abort();
    pl_str form = data[0] == 'o' ? PL_S("oval") : PL_S("updateinfo");
    pl_rc rc = pl_osv_worker(in, out, form, &err);
    if (rc != PL_OK && (err.rc != rc || !err.len))
        abort();
    return 0;
}
