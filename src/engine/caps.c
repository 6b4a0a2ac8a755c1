/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/caps.h"

#include "core/attr.h"

#include <string.h>

static const char *const names[] = {"CAP_CHOWN",
                                    "CAP_DAC_OVERRIDE",
                                    "CAP_DAC_READ_SEARCH",
                                    "CAP_FOWNER",
                                    "CAP_FSETID",
                                    "CAP_KILL",
                                    "CAP_SETGID",
                                    "CAP_SETUID",
                                    "CAP_SETPCAP",
                                    "CAP_LINUX_IMMUTABLE",
                                    "CAP_NET_BIND_SERVICE",
                                    "CAP_NET_BROADCAST",
                                    "CAP_NET_ADMIN",
                                    "CAP_NET_RAW",
                                    "CAP_IPC_LOCK",
                                    "CAP_IPC_OWNER",
                                    "CAP_SYS_MODULE",
                                    "CAP_SYS_RAWIO",
                                    "CAP_SYS_CHROOT",
                                    "CAP_SYS_PTRACE",
                                    "CAP_SYS_PACCT",
                                    "CAP_SYS_ADMIN",
                                    "CAP_SYS_BOOT",
                                    "CAP_SYS_NICE",
                                    "CAP_SYS_RESOURCE",
                                    "CAP_SYS_TIME",
                                    "CAP_SYS_TTY_CONFIG",
                                    "CAP_MKNOD",
                                    "CAP_LEASE",
                                    "CAP_AUDIT_WRITE",
                                    "CAP_AUDIT_CONTROL",
                                    "CAP_SETFCAP",
                                    "CAP_MAC_OVERRIDE",
                                    "CAP_MAC_ADMIN",
                                    "CAP_SYSLOG",
                                    "CAP_WAKE_ALARM",
                                    "CAP_BLOCK_SUSPEND",
                                    "CAP_AUDIT_READ",
                                    "CAP_PERFMON",
                                    "CAP_BPF",
                                    "CAP_CHECKPOINT_RESTORE"};

static const char *const docker_defaults[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE"};

static const char *const podman_defaults[] = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
    "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
    "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

pl_str pl_cap_name(pl_arena *a, pl_str s)
{
    if (pl_str_eq_nocase(s, PL_S("ALL")) || pl_str_eq_nocase(s, PL_S("CAP_ALL")))
        return PL_S("ALL");
    bool has = s.n >= 4 && pl_str_eq_nocase((pl_str){s.p, 4}, PL_S("CAP_"));
    size_t front = has ? 0 : 4;
    char *p = pl_arena_calloc(a, s.n + front + 1, 1);
    if (!p)
        return (pl_str){NULL, 0};
    memcpy(p, "CAP_", front);
    for (size_t i = 0; i < s.n; i++)
        p[front + i] = upper(s.p[i]);
    return (pl_str){p, s.n + front};
}

bool pl_cap_bit(pl_str name, unsigned *ret)
{
    for (unsigned i = 0; i < PL_COUNT(names); i++) {
        if (pl_str_eq(name, pl_str_c(names[i]))) {
            *ret = i;
            return true;
        }
    }
    return false;
}

pl_str pl_cap_of_bit(pl_arena *a, unsigned bit)
{
    char text[16];

    if (bit < PL_COUNT(names))
        return pl_str_c(names[bit]);
    (void)snprintf(text, sizeof(text), "CAP_%u", bit);
    return pl_arena_str(a, pl_str_c(text));
}

static uint64_t mask_of(const char *const *list, size_t n)
{
    uint64_t mask = 0;
    unsigned bit;

    for (size_t i = 0; i < n; i++)
        if (pl_cap_bit(pl_str_c(list[i]), &bit))
            mask |= (uint64_t)1 << bit;
    return mask;
}

uint64_t pl_cap_defaults_docker(void)
{
    return mask_of(docker_defaults, PL_COUNT(docker_defaults));
}

uint64_t pl_cap_defaults_podman(void)
{
    return mask_of(podman_defaults, PL_COUNT(podman_defaults));
}

uint64_t pl_cap_all(void)
{
    return ((uint64_t)1 << PL_COUNT(names)) - 1;
}
