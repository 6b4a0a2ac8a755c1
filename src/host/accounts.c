/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts and who can log in: a shell, and a usable password hash (shadow(5)) or an SSH key.
 * authorized_keys lies in the user's hands and is read under his uid.
 */
#include "host/facts.h"
#include "host/users.h"

typedef struct shadow {
    pl_host_seen state;
    const char *reason;
    pl_str text;
} shadow;

static shadow read_shadow(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/etc/shadow"));
    shadow s = {.state = pl_host_state(e)};

    if (s.state == PL_SEEN_OK)
        s.text = e->bytes;
    if (s.state == PL_SEEN_FAILED)
        s.reason = pl_host_reason(e);
    return s;
}

/* NAME:HASH:CHANGED:MIN:MAX:WARN:INACTIVE:EXPIRE: */
typedef struct shadow_row {
    pl_str hash;
    int64_t max_days, expire_day; /* -1: none */
} shadow_row;

static bool find_shadow(const shadow *s, pl_str name, shadow_row *ret)
{
    pl_str text = s->text, line;

    while (pl_host_line(&text, &line)) {
        pl_str v[8] = {{0}};
        size_t n = 0;
        while (n < PL_COUNT(v) && pl_str_cut(&line, ':', &v[n]))
            n++;
        if (!pl_str_eq(v[0], name))
            continue;
        *ret = (shadow_row){.hash = v[1], .max_days = -1, .expire_day = -1};
        (void)pl_str_i64(v[4], &ret->max_days);
        (void)pl_str_i64(v[7], &ret->expire_day);
        return true;
    }
    return false;
}

/* crypt(5): every scheme begins with $, or is 13 characters of old DES. "!" and "*" lock; an empty
 * field means that no password is asked for. */
static bool is_usable(pl_str hash)
{
    return hash.n == 0 || hash.p[0] == '$' || hash.p[0] == '_' || hash.n == 13;
}

static bool is_login_shell(pl_str shell)
{
    return !pl_str_ends(shell, PL_S("/nologin")) && !pl_str_ends(shell, PL_S("/false")) &&
           !pl_str_ends(shell, PL_S("/sync")) && !pl_str_ends(shell, PL_S("/halt")) &&
           !pl_str_ends(shell, PL_S("/shutdown"));
}

static bool holds_key(pl_str text)
{
    pl_str line;
    return pl_host_setting_line(&text, "#", &line);
}

static pl_str key_file(pl_host_reading *f, const pl_user *u, const char *name)
{
    if (!f->is_live)
        return pl_host_fmt(f->a, "%.*s/.ssh/%s", PL_F(u->home), name);
    return pl_host_fmt(f->a, "@user/%lld/%lld%.*s/.ssh/%s", (long long)u->uid, (long long)u->gid,
                       PL_F(u->home), name);
}

/* Sets account.has_ssh_keys. */
static pl_host_seen look_for_keys(pl_host_reading *f, const pl_user *u, pl_record *r, bool *ret)
{
    static const char *const names[] = {"authorized_keys", "authorized_keys2"};
    pl_host_seen worst = PL_SEEN_OK;

    *ret = false;
    for (size_t i = 0; i < PL_COUNT(names) && u->home.n > 1 && u->home.p[0] == '/'; i++) {
        const pl_snap_entry *e = pl_snap_read(f->snap, key_file(f, u, names[i]));
        pl_host_seen seen = pl_host_state(e);
        *ret |= seen == PL_SEEN_OK && holds_key(e->bytes);
        if (seen == PL_SEEN_WAIT)
            return PL_SEEN_WAIT;
        if (seen == PL_SEEN_FAILED) {
            worst = PL_SEEN_FAILED;
            pl_set_unreadable(r, PL_F_ACCOUNT_HAS_KEYS, pl_host_reason(e));
        }
    }
    if (worst == PL_SEEN_OK || *ret)
        pl_set_bool(r, PL_F_ACCOUNT_HAS_KEYS, *ret);
    return *ret ? PL_SEEN_OK : worst;
}

static bool is_shared(const pl_users *u, const pl_user *one)
{
    for (size_t i = 0; i < u->n_users; i++)
        if (u->users[i].uid == one->uid && !pl_str_eq(u->users[i].name, one->name))
            return true;
    return false;
}

struct logins {
    bool any_hash, any_login;
    bool is_waiting;
    const char *reason; /* of something that could not be read */
};

/* Three values by hand: no shell is no login whatever else is unknown. */
static void set_login(pl_host_reading *f, const pl_user *u, const shadow *s, pl_record *r,
                      struct logins *all)
{
    shadow_row row = {.max_days = -1, .expire_day = -1};
    bool has_row = s->state == PL_SEEN_OK && find_shadow(s, u->name, &row);
    bool has_hash = has_row && is_usable(row.hash), has_keys = false;
    bool has_shell = is_login_shell(u->shell);
    bool expired = row.expire_day >= 0 && row.expire_day <= f->now_us / (INT64_C(86400) * 1000000);
    pl_host_seen keys = PL_SEEN_OK;

    pl_set_bool(r, PL_F_ACCOUNT_HAS_SHELL, has_shell);
    if (s->state == PL_SEEN_FAILED)
        pl_set_unreadable(r, PL_F_ACCOUNT_HAS_HASH, s->reason);
    else
        pl_set_bool(r, PL_F_ACCOUNT_HAS_HASH, has_hash);
    if (s->state == PL_SEEN_FAILED)
        pl_set_unreadable(r, PL_F_ACCOUNT_MAX_DAYS, s->reason);
    else if (row.max_days >= 0 && row.max_days < 99999)
        pl_set_int(r, PL_F_ACCOUNT_MAX_DAYS, row.max_days);
    else
        pl_set_absent(r, PL_F_ACCOUNT_MAX_DAYS);
    pl_set_bool(r, PL_F_ACCOUNT_HAS_KEYS, false);
    if (has_shell)
        keys = look_for_keys(f, u, r, &has_keys);

    all->any_hash |= has_hash && !expired;
    all->is_waiting |= keys == PL_SEEN_WAIT;
    bool can = has_shell && !expired && (has_hash || has_keys);
    bool unknown =
        has_shell && !expired && !can && (s->state == PL_SEEN_FAILED || keys == PL_SEEN_FAILED);
    if (unknown) {
        all->reason = s->state == PL_SEEN_FAILED ? s->reason : "unreadable";
        pl_set_unreadable(r, PL_F_ACCOUNT_CAN_LOGIN, all->reason);
    } else {
        pl_set_bool(r, PL_F_ACCOUNT_CAN_LOGIN, can);
    }
    all->any_login |= can;
}

static void set_one(pl_host_reading *f, const pl_users *u, const pl_user *one, const shadow *s,
                    pl_record *r, struct logins *all)
{
    pl_set_str(r, PL_F_ACCOUNT_NAME, one->name);
    pl_set_int(r, PL_F_ACCOUNT_UID, one->uid);
    pl_set_str(r, PL_F_ACCOUNT_SHELL, one->shell);
    pl_set_bool(r, PL_F_ACCOUNT_UID_SHARED, is_shared(u, one));
    set_login(f, one, s, r, all);
}

static void set_summary(pl_host_reading *f, const shadow *s, const struct logins *all)
{
    if (all->any_hash || s->state != PL_SEEN_FAILED)
        pl_set_bool(f->host, PL_F_HOST_HAS_PASSWORDS, all->any_hash);
    else
        pl_set_unreadable(f->host, PL_F_HOST_HAS_PASSWORDS, s->reason);
    if (all->any_login || !all->reason)
        pl_set_bool(f->host, PL_F_HOST_INTERACTIVE, all->any_login);
    else
        pl_set_unreadable(f->host, PL_F_HOST_INTERACTIVE, all->reason);
}

void pl_host_facts_accounts(pl_host_reading *f)
{
    pl_users u = pl_users_read(f);
    shadow s = read_shadow(f);
    pl_host_recs list = {.arena = f->a};
    struct logins all = {0};

    if (u.state == PL_SEEN_FAILED) {
        pl_set_unreadable(f->host, PL_F_HOST_ACCOUNTS, u.reason);
        pl_set_unreadable(f->host, PL_F_HOST_HAS_PASSWORDS, u.reason);
        pl_set_unreadable(f->host, PL_F_HOST_INTERACTIVE, u.reason);
    }
    if (u.state != PL_SEEN_OK || s.state == PL_SEEN_WAIT)
        return;
    for (size_t i = 0; i < u.n_users; i++)
        set_one(f, &u, &u.users[i], &s, pl_host_recs_new(&list, PL_HE_ACCOUNT), &all);
    if (all.is_waiting)
        return;
    pl_host_recs_set(&list, f->host, PL_F_HOST_ACCOUNTS);
    set_summary(f, &s, &all);
}
