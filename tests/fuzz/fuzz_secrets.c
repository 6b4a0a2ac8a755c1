/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for secrets in any bytes: hits lie inside the input, in order, and do not overlap. */
#include "core/hostfile.h"
#include "secrets/secrets.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pl_secrets *load(void)
{
    static const char *const names[] = {"/secrets/patterns.yaml", "/secrets/names.yaml"};
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    pl_content_file files[PL_COUNT(names) + 1] = {{0}};
    pl_buf text[PL_COUNT(names)] = {{0}};
    pl_secrets *s = NULL;
    pl_err err = {0};
    pl_rc rc = pl_root_open(PL_SOURCE_ROOT "/content", &root, &err);

    for (size_t i = 0; !rc && i < PL_COUNT(names); i++) {
        rc = pl_root_read(&root, pl_str_c(names[i]), PL_HOSTFILE_MAX, &text[i], NULL, &err);
        files[i] = (pl_content_file){names[i] + 1, (unsigned char *)text[i].p, text[i].n};
    }
    if (!rc)
        rc = pl_secrets_new(files, &s, &err);
    for (size_t i = 0; i < PL_COUNT(names); i++)
        pl_buf_done(&text[i]);
    assert(rc == PL_OK);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pl_secrets *s;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(16 << 20);
    pl_str text = {(const char *)data, size};

    if (!s)
        s = load();
    for (int how = PL_SECRETS_SHAPES; how <= PL_SECRETS_PAIRS; how++) {
        pl_secret_hits hits;
        size_t end = 0;
        if (pl_secrets_find(s, text, (pl_secrets_how)how, a, &hits, NULL))
            return 0;
        for (size_t i = 0; i < hits.n; i++) {
            assert(hits.items[i].from >= end && hits.items[i].n > 0);
            end = hits.items[i].from + hits.items[i].n;
            assert(end <= size);
        }
    }

    pl_str name;
    bool found = false;
    pl_secret_hit hit;
    if (pl_str_cut(&text, '\n', &name))
        (void)!pl_secrets_pair(s, name, text, &found, &hit, NULL);
    return 0;
}
