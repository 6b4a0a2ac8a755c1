/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of a corpus folder; each input is one test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/attr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

static int replay(const char *folder, const char *name)
{
    enum { MAX = 4 << 20 };
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    PL_AUTO_FILE FILE *f = fopen(path, "rb");
    PL_AUTO_FREE uint8_t *data = malloc(MAX);
    if (!f || !data)
        return -1;
    size_t n = fread(data, 1, MAX, f);
    /* An exact copy, so that AddressSanitizer sees a read past the end. */
    PL_AUTO_FREE uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        return -1;
    for (size_t i = 0; i < n; i++)
        exact[i] = data[i];
    return LLVMFuzzerTestOneInput(exact, n);
}

int main(int argc, char **argv)
{
    int n = 0;

    if (argc != 2)
        return EXIT_FAILURE;
    PL_CLEANUP(auto_dir_) DIR *d = opendir(argv[1]);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        printf("%s %d - %s\n", replay(argv[1], e->d_name) == 0 ? "ok" : "not ok", n, e->d_name);
    }
    if (n == 0)
        printf("not ok 1 - corpus %s is empty\n", argv[1]), n = 1;
    printf("1..%d\n", n);
    return EXIT_SUCCESS;
}
