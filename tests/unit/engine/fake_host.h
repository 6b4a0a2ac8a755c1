/* SPDX-License-Identifier: Apache-2.0 */
/* A host recorded in a temporary folder: files and links of /proc, /sys and /etc. */
#pragma once

#include <stdint.h>

typedef struct fake_host {
    char root[64];
} fake_host;

void host_start(fake_host *h);
void host_stop(fake_host *h);

/* path begins with '/'; folders are made. */
void host_file(const fake_host *h, const char *path, const char *text);
void host_bytes(const fake_host *h, const char *path, const char *p, unsigned long n);
void host_link(const fake_host *h, const char *path, const char *target);
void host_socket(const fake_host *h, const char *path);

/* A process with its own namespaces numbered BASE + 1 net, 2 pid, 3 ipc, 4 uts, 5 user, 6 cgroup.
 */
void host_process(const fake_host *h, int pid, const char *comm, const char *status, unsigned base);
