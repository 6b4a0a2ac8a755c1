/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"
#include "folder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void host_start(fake_host *h)
{
    (void)snprintf(h->root, sizeof(h->root), "/tmp/host-XXXXXX");
    if (!mkdtemp(h->root))
        abort();
}

void host_stop(fake_host *h)
{
    (void)remove_folder(h->root);
}

static void place(const fake_host *h, const char *path, char full[512])
{
    (void)snprintf(full, 512, "%s%s", h->root, path);
    for (char *slash = full + strlen(h->root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    (void)unlink(full);
}

void host_bytes(const fake_host *h, const char *path, const char *p, unsigned long n)
{
    char full[512];
    place(h, path, full);
    FILE *f = fopen(full, "w");
    assert(f);
    if (fwrite(p, 1, n, f) != n || fclose(f) != 0)
        abort();
}

void host_file(const fake_host *h, const char *path, const char *text)
{
    host_bytes(h, path, text, strlen(text));
}

void host_link(const fake_host *h, const char *path, const char *target)
{
    char full[512];
    place(h, path, full);
    if (symlink(target, full) != 0)
        abort();
}

void host_socket(const fake_host *h, const char *path)
{
    char full[512];
    place(h, path, full);
    if (mknod(full, S_IFSOCK | 0660, 0) != 0)
        abort();
}

void host_process(const fake_host *h, int pid, const char *comm, const char *status, unsigned base)
{
    static const char *const names[] = {"net", "pid", "ipc", "uts", "user", "cgroup"};
    char path[128], text[128];

    (void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    (void)snprintf(text, sizeof(text), "%s\n", comm);
    host_file(h, path, text);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
    host_file(h, path, status);
    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, names[i]);
        (void)snprintf(text, sizeof(text), "%s:[%u]", names[i], base + i + 1);
        host_link(h, path, text);
    }
}
