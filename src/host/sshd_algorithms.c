/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sshd_algorithms.h"

#include <fnmatch.h>

#define KEY_TYPES                                                                                  \
    "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"                   \
    "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"           \
    "sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"             \
    "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,"             \
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,"      \
    "sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256"

static pl_str built_in(pl_ssh_key key)
{
    switch ((int)key) {
    case PL_SSH_CIPHERS:
        return PL_S("chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"
                    "aes128-gcm@openssh.com,aes256-gcm@openssh.com");
    case PL_SSH_MACS:
        return PL_S("umac-64-etm@openssh.com,umac-128-etm@openssh.com,"
                    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
                    "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,"
                    "hmac-sha2-256,hmac-sha2-512,hmac-sha1");
    case PL_SSH_KEX:
        return PL_S("sntrup761x25519-sha512@openssh.com,curve25519-sha256,"
                    "curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
                    "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,"
                    "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
                    "diffie-hellman-group14-sha256");
    default:
        return PL_S(KEY_TYPES);
    }
}

static void add_all(pl_str list, pl_host_strs *to)
{
    pl_str one;
    while (pl_str_cut(&list, ',', &one))
        if (pl_str_trim(one).n)
            pl_host_strs_add_once(to, pl_str_trim(one));
}

/* Patterns of "-list" may hold wildcards. */
static bool is_taken_away(pl_str list, pl_str name)
{
    char p[128], n[128];
    pl_str one;

    while (pl_str_cut(&list, ',', &one))
        if (pl_str_to_c(pl_str_trim(one), p, sizeof(p)) && pl_str_to_c(name, n, sizeof(n)) &&
            fnmatch(p, n, 0) == 0)
            return true;
    return false;
}

bool pl_ssh_algorithms(pl_host_reading *f, pl_ssh_key key, pl_str value, bool knows_defaults,
                       pl_host_strs *ret)
{
    int first = value.n ? value.p[0] : 0;
    pl_str rest = pl_str_sub(value, 1, value.n), list = built_in(key), one;

    *ret = (pl_host_strs){.arena = f->a};
    if (first && first != '+' && first != '-' && first != '^') {
        add_all(value, ret);
        return true;
    }
    if (!knows_defaults)
        return false;
    while (pl_str_cut(&list, ',', &one))
        if (first != '-' || !is_taken_away(rest, one))
            pl_host_strs_add(ret, one);
    if (first == '+' || first == '^')
        add_all(rest, ret);
    return true;
}
