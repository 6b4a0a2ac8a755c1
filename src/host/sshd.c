/* SPDX-License-Identifier: Apache-2.0 */
/* What sshd lets in and what it offers. */
#include "host/facts.h"
#include "host/installed.h"
#include "host/ssh_key.h"
#include "host/sshd_algorithms.h"
#include "host/words.h"

/* ---- is it there, and which one ---- */

/* "1:9.2p1-2+deb12u3" -> 902; 0: not known */
static uint64_t version_number(pl_str version)
{
    pl_str rest = version, part, major;
    uint64_t a, b;

    if (pl_str_has(rest, PL_S(":")))
        (void)pl_str_cut(&rest, ':', &part);
    if (!pl_str_cut(&rest, '.', &major) || !pl_str_cut(&rest, 'p', &part))
        return 0;
    return pl_str_u64(major, &a) && pl_str_u64(part, &b) && b < 100 ? a * 100 + b : 0;
}

struct server {
    pl_host_seen state; /* PL_SEEN_NONE: not installed */
    const char *reason;
    uint64_t version;
};

static struct server find_server(pl_host_reading *f)
{
    const struct pl_installed *all = pl_host_installed(f);
    const pl_snap_entry *binary = pl_snap_stat(f->snap, PL_S("/usr/sbin/sshd"));
    struct server s = {.state = PL_SEEN_NONE};

    if (all->state == PL_SEEN_WAIT || !binary)
        return (struct server){.state = PL_SEEN_WAIT};
    for (size_t i = 0; i < all->n; i++)
        if (pl_str_eq(all->v[i].name, PL_S("openssh-server")))
            s = (struct server){.state = PL_SEEN_OK, .version = version_number(all->v[i].version)};
    if (s.state == PL_SEEN_NONE && pl_snap_has_meta(binary))
        s.state = PL_SEEN_OK;
    if (s.state == PL_SEEN_NONE && pl_host_state(binary) == PL_SEEN_FAILED)
        s = (struct server){.state = PL_SEEN_FAILED, .reason = pl_host_reason(binary)};
    return s;
}

/* ---- rules ---- */

static pl_str or_default(pl_str value, pl_str otherwise)
{
    return value.p && value.n ? value : otherwise;
}

static bool is_yes(pl_str v)
{
    return pl_str_eq_nocase(v, PL_S("yes"));
}

static bool is_password_method(pl_str m)
{
    return pl_str_eq(m, PL_S("password")) || pl_str_starts(m, PL_S("keyboard-interactive"));
}

struct methods {
    pl_host_strs lists;
    bool are_paired, password_alone, all_need_key;
};

static void take_list(struct methods *m, pl_str list, bool password, bool kbdint)
{
    bool has_key = false, has_password = false, possible = true;
    pl_str rest = list, one;

    while (pl_str_cut(&rest, ',', &one)) {
        bool is_kbdint = pl_str_starts(one, PL_S("keyboard-interactive"));
        has_key |= pl_str_starts(one, PL_S("publickey"));
        has_password |= is_password_method(one);
        possible &= !is_password_method(one) || (is_kbdint ? kbdint : password);
    }
    pl_host_strs_add(&m->lists, list);
    m->are_paired &= has_key && has_password;
    m->all_need_key &= has_key || !possible;
    m->password_alone |= has_password && !has_key && possible;
}

static struct methods read_methods(pl_host_reading *f, pl_str value, bool password, bool kbdint)
{
    struct methods m = {.lists = {.arena = f->a}, .are_paired = true, .all_need_key = true};
    pl_str one;

    if (!value.n || pl_str_eq(value, PL_S("any"))) {
        m.are_paired = false;
        m.password_alone = password || kbdint;
        m.all_need_key = !m.password_alone;
        return m;
    }
    while (pl_host_word(&value, &one))
        take_list(&m, one, password, kbdint);
    return m;
}

static bool are_all_security_keys(pl_str accepted, pl_str options)
{
    pl_str one;

    if (!accepted.n || !pl_str_has(options, PL_S("verify-required")))
        return false;
    while (pl_str_cut(&accepted, ',', &one))
        if (!pl_str_starts(one, PL_S("sk-")))
            return false;
    return true;
}

/* In capital letters, as sshd_config(5) writes them. */
static pl_str log_level(pl_host_reading *f, pl_str value)
{
    char *text = pl_arena_calloc(f->a, value.n + 1, 1);

    if (!value.n || !text)
        return PL_S("INFO");
    for (size_t i = 0; i < value.n; i++)
        text[i] =
            value.p[i] >= 'a' && value.p[i] <= 'z' ? (char)(value.p[i] - 'a' + 'A') : value.p[i];
    return (pl_str){text, value.n};
}

static void add_rule(pl_host_reading *f, pl_host_recs *list, const pl_ssh_config *c,
                     const pl_ssh_block *b)
{
    static const struct {
        pl_ssh_key key;
        int field;
        const char *otherwise; /* OpenSSH 7.0 to 10 */
    } rows[] = {
        {PL_SSH_PERMIT_ROOT_LOGIN, PL_F_SSH_ROOT_LOGIN, "prohibit-password"},
        {PL_SSH_PERMIT_EMPTY_PASSWORDS, PL_F_SSH_EMPTY_PASSWORDS, "no"},
        {PL_SSH_PASSWORD_AUTHENTICATION, PL_F_SSH_PASSWORD, "yes"},
        {PL_SSH_KBDINTERACTIVE_AUTHENTICATION, PL_F_SSH_KBDINT, "yes"},
        {PL_SSH_PUBKEY_AUTHENTICATION, PL_F_SSH_PUBKEY, "yes"},
    };
    pl_record *r = pl_host_recs_new(list, PL_HE_SSH_RULE);
    bool password =
        is_yes(or_default(pl_ssh_value(c, b, PL_SSH_PASSWORD_AUTHENTICATION), PL_S("yes")));
    bool kbdint =
        is_yes(or_default(pl_ssh_value(c, b, PL_SSH_KBDINTERACTIVE_AUTHENTICATION), PL_S("yes")));
    struct methods m =
        read_methods(f, pl_ssh_value(c, b, PL_SSH_AUTHENTICATION_METHODS), password, kbdint);

    pl_set_str(r, PL_F_SSH_SCOPE,
               b->condition.n ? pl_host_fmt(f->a, "Match %.*s", PL_F(b->condition))
                              : PL_S("everybody"));
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str v = or_default(pl_ssh_value(c, b, rows[i].key), pl_str_c(rows[i].otherwise));
        v = pl_host_lower(f->a, v);
        if (pl_str_eq(v, PL_S("without-password")))
            v = PL_S("prohibit-password");
        pl_set_str(r, rows[i].field, v);
    }
    pl_set_str(r, PL_F_SSH_LOG_LEVEL, log_level(f, pl_ssh_value(c, b, PL_SSH_LOG_LEVEL)));
    pl_host_strs_set(&m.lists, r, PL_F_SSH_METHODS);
    pl_set_bool(r, PL_F_SSH_METHODS_PAIRED, m.are_paired);
    pl_set_bool(r, PL_F_SSH_PASSWORD_ALONE, m.password_alone);
    pl_set_bool(r, PL_F_SSH_SECURITY_KEYS,
                m.all_need_key &&
                    are_all_security_keys(pl_ssh_value(c, b, PL_SSH_PUBKEY_ACCEPTED),
                                          pl_ssh_value(c, b, PL_SSH_PUBKEY_AUTH_OPTIONS)));
}

/* ---- algorithms, banner, timeout ---- */

static void set_algorithms(pl_host_reading *f, const pl_ssh_config *c, uint64_t version)
{
    static const struct {
        pl_ssh_key key;
        int field;
    } rows[] = {
        {PL_SSH_CIPHERS, PL_F_HOST_SSH_CIPHERS},
        {PL_SSH_MACS, PL_F_HOST_SSH_MACS},
        {PL_SSH_KEX, PL_F_HOST_SSH_KEX},
        {PL_SSH_HOST_KEY_ALGORITHMS, PL_F_HOST_SSH_HOST_KEY_ALGORITHMS},
        {PL_SSH_PUBKEY_ACCEPTED, PL_F_HOST_SSH_PUBKEY_ALGORITHMS},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_host_strs list;
        if (pl_ssh_algorithms(f, rows[i].key, c->blocks[0].value[rows[i].key], version >= 808,
                              &list))
            pl_host_strs_set(&list, f->host, rows[i].field);
        else
            pl_set_unreadable(f->host, rows[i].field, "unsupported");
    }
}

static void set_banner(pl_host_reading *f, const pl_ssh_config *c)
{
    pl_str path = c->blocks[0].value[PL_SSH_BANNER];

    if (!path.n || pl_str_eq_nocase(path, PL_S("none")))
        pl_set_absent(f->host, PL_F_HOST_BANNER_SHA256);
    else
        pl_host_set_words_digest(f, path, PL_F_HOST_BANNER_SHA256);
}

/* "session=15m": seconds, or a number with s, m, h, d, w; several add up (1h30m). */
static bool parse_time(pl_str s, int64_t *ret)
{
    int64_t total = 0, n = 0;
    bool digits = false;

    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (ch >= '0' && ch <= '9') {
            if (n > INT32_MAX)
                return false;
            n = n * 10 + (ch - '0');
            digits = true;
            continue;
        }
        int64_t unit = ch == 's'   ? 1
                       : ch == 'm' ? 60
                       : ch == 'h' ? 3600
                       : ch == 'd' ? 86400
                       : ch == 'w' ? 604800
                                   : 0;
        if (!unit || !digits)
            return false;
        total += n * unit;
        n = 0;
        digits = false;
    }
    *ret = total + n;
    return s.n > 0;
}

static void set_timeout(pl_host_reading *f, const pl_ssh_config *c)
{
    pl_str rest = c->blocks[0].value[PL_SSH_CHANNEL_TIMEOUT], one, type;
    int64_t s;

    pl_set_absent(f->host, PL_F_HOST_SSH_IDLE_S);
    while (pl_host_word(&rest, &one)) {
        if (!pl_str_cut(&one, '=', &type) || !parse_time(one, &s) || s == 0)
            continue;
        if (pl_str_eq(type, PL_S("session")) || pl_str_eq(type, PL_S("session:*")) ||
            pl_str_eq(type, PL_S("*")))
            pl_set_int(f->host, PL_F_HOST_SSH_IDLE_S, s);
    }
}

/* ---- all of it ---- */

static const int fields[] = {
    PL_F_HOST_SSH_RULES,
    PL_F_HOST_SSH_CIPHERS,
    PL_F_HOST_SSH_MACS,
    PL_F_HOST_SSH_KEX,
    PL_F_HOST_SSH_HOST_KEY_ALGORITHMS,
    PL_F_HOST_SSH_PUBKEY_ALGORITHMS,
    PL_F_HOST_SSH_WEAK_HOST_KEYS,
    PL_F_HOST_SSH_IDLE_S,
    PL_F_HOST_BANNER_SHA256,
};

static void set_none(pl_host_reading *f)
{
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_set_absent(f->host, fields[i]);
}

static void set_unknown(pl_host_reading *f, const char *reason)
{
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_set_unreadable(f->host, fields[i], reason);
}

static void set_config(pl_host_reading *f, const struct server *server)
{
    pl_ssh_config c = pl_ssh_config_read(f);
    pl_host_recs list = {.arena = f->a};

    if (c.state == PL_SEEN_WAIT)
        return;
    if (c.state == PL_SEEN_FAILED) {
        set_unknown(f, c.reason);
        return;
    }
    for (size_t i = 0; i < c.n; i++)
        add_rule(f, &list, &c, &c.blocks[i]);
    pl_host_recs_set(&list, f->host, PL_F_HOST_SSH_RULES);
    set_algorithms(f, &c, server->version);
    set_banner(f, &c);
    set_timeout(f, &c);
    pl_host_set_weak_keys(f, &c.host_keys);
}

void pl_host_facts_sshd(pl_host_reading *f)
{
    struct server s = find_server(f);

    if (s.state == PL_SEEN_WAIT)
        return;
    if (s.state == PL_SEEN_FAILED) {
        pl_set_unreadable(f->host, PL_F_HOST_SSHD_INSTALLED, s.reason);
        set_unknown(f, s.reason);
        return;
    }
    pl_set_bool(f->host, PL_F_HOST_SSHD_INSTALLED, s.state == PL_SEEN_OK);
    if (s.state == PL_SEEN_OK)
        set_config(f, &s);
    else
        set_none(f);
}
