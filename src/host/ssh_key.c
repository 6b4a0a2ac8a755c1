/* SPDX-License-Identifier: Apache-2.0 */
#include "host/ssh_key.h"

#include "core/hash.h"
#include "core/rd.h"

enum { RSA_BITS_MIN = 2048 };

/* u32 big-endian length, then that many bytes. */
static pl_str rd_ssh_string(pl_rd *r)
{
    pl_str s = pl_rd_bytes(r, 4);
    const unsigned char *b = (const unsigned char *)s.p;
    size_t n =
        s.n == 4 ? (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | (size_t)b[3] : 0;
    return pl_rd_bytes(r, n);
}

static size_t bits_of(pl_str number)
{
    while (number.n && number.p[0] == 0)
        number = pl_str_sub(number, 1, number.n);
    if (!number.n)
        return 0;
    size_t bits = number.n * 8;
    for (unsigned char top = (unsigned char)number.p[0]; !(top & 0x80);
         top = (unsigned char)(top << 1))
        bits--;
    return bits;
}

bool pl_ssh_key_is_weak(pl_str line, bool *ret_ok)
{
    PL_AUTO_BUF pl_buf blob = {.max = 64 << 10};
    pl_str type, text;

    *ret_ok = pl_host_word(&line, &type) && pl_host_word(&line, &text) && pl_unbase64(text, &blob);
    if (!*ret_ok)
        return false;
    if (pl_str_eq(type, PL_S("ssh-dss")))
        return true;
    if (!pl_str_eq(type, PL_S("ssh-rsa")))
        return false;
    pl_rd r = pl_rd_of(blob.p, blob.n);
    (void)rd_ssh_string(&r);
    (void)rd_ssh_string(&r);
    pl_str modulus = rd_ssh_string(&r);
    *ret_ok = pl_rd_ok(&r);
    return bits_of(modulus) < RSA_BITS_MIN;
}

static const char *look_at(pl_host_reading *f, pl_str path, pl_host_strs *weak, bool *is_waiting)
{
    pl_str public = pl_host_fmt(f->a, "%.*s.pub", PL_F(path));
    const pl_snap_entry *e = pl_snap_read(f->snap, public);
    bool ok;

    *is_waiting |= !e;
    if (pl_host_state(e) == PL_SEEN_FAILED)
        return pl_host_reason(e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return NULL;
    if (pl_ssh_key_is_weak(pl_str_trim(e->bytes), &ok))
        pl_host_strs_add(weak, path);
    return ok ? NULL : "unreadable";
}

void pl_host_set_weak_keys(pl_host_reading *f, const pl_host_strs *paths)
{
    static const char *const usual[] = {"/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key",
                                        "/etc/ssh/ssh_host_ed25519_key"};
    pl_host_strs weak = {.arena = f->a};
    const char *reason = NULL;
    bool is_waiting = false;

    for (size_t i = 0; i < (paths->n ? paths->n : PL_COUNT(usual)); i++) {
        const char *why =
            look_at(f, paths->n ? paths->v[i] : pl_str_c(usual[i]), &weak, &is_waiting);
        if (why)
            reason = why;
    }
    if (is_waiting)
        return;
    if (reason)
        pl_set_unreadable(f->host, PL_F_HOST_SSH_WEAK_HOST_KEYS, reason);
    else
        pl_host_strs_set(&weak, f->host, PL_F_HOST_SSH_WEAK_HOST_KEYS);
}
