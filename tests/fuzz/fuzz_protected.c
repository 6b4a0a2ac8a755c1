/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for numbers in any bytes, cut in any way: what is found lies inside the file, and the
 * cuts do not matter. */
#include "core/hostfile.h"
#include "protected/protected.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_protected_scan *load(void)
{
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    PL_AUTO_BUF pl_buf text = {0};
    static pl_protected *p;
    pl_rc rc = pl_root_open(PL_SOURCE_ROOT "/content", &root, NULL);

    if (!rc)
        rc = pl_root_read(&root, PL_S("/protected/kinds.yaml"), PL_HOSTFILE_MAX, &text, NULL, NULL);
    const pl_content_file files[] = {
        {"protected/kinds.yaml", (const unsigned char *)text.p, text.n}, {0}};
    if (!rc)
        rc = pl_protected_new(files, &p, NULL);
    assert(rc == PL_OK);
    pl_protected_scan *s = pl_protected_scan_new(p);
    assert(s);
    return s;
}

static size_t look(pl_protected_scan *s, pl_str text, size_t piece,
                   pl_protected_found ret[PL_PROTECTED_KINDS])
{
    pl_protected_begin(s);
    for (size_t at = 0; at < text.n; at += piece)
        pl_protected_bytes(s, pl_str_sub(text, at, piece));
    return pl_protected_end(s, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pl_protected_scan *s;
    pl_protected_found whole[PL_PROTECTED_KINDS] = {{0}};
    pl_protected_found parts[PL_PROTECTED_KINDS] = {{0}};

    if (!s)
        s = load();
    if (size < 2)
        return 0;
    /* The first byte says how the file is cut. */
    pl_str text = {(const char *)data + 1, size - 1};
    size_t n = look(s, text, text.n, whole);
    for (size_t i = 0; i < n; i++)
        assert(whole[i].n && whole[i].offset < 2 * text.n && whole[i].line <= text.n + 1);
    /* UTF-16 is told by the first two bytes together. */
    size_t n_parts = look(s, text, 2 + data[0], parts);
    assert(n_parts == n);
    for (size_t i = 0; i < n; i++)
        assert(parts[i].kind == whole[i].kind && parts[i].n == whole[i].n &&
               parts[i].offset == whole[i].offset && parts[i].line == whole[i].line);
    return 0;
}
