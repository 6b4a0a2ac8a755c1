/* SPDX-License-Identifier: Apache-2.0 */
#include "image/accounts.h"

#include "image/facts.h"
#include "image/limits.h"

/* Splits at colons; what is not there is empty. */
static size_t split(pl_str line, pl_str *parts, size_t max)
{
    size_t n = 0;

    while (n < max) {
        const pl_str at = line;
        bool more = pl_str_cut(&line, ':', &parts[n]);
        if (!more)
            break;
        n++;
        if (parts[n - 1].n == at.n)
            break;
    }
    for (size_t i = n; i < max; i++)
        parts[i] = (pl_str){"", 0};
    return n;
}

bool pl_passwd_next(pl_str *rest, pl_passwd_line *ret)
{
    pl_str line;
    pl_str p[7];

    while (pl_str_cut(rest, '\n', &line)) {
        split(line, p, PL_COUNT(p));
        if (p[0].n == 0 || p[0].p[0] == '#' || !pl_str_u64(p[2], &ret->uid))
            continue;
        ret->gid = 0;
        (void)pl_str_u64(p[3], &ret->gid);
        ret->name = p[0];
        ret->password = p[1];
        ret->shell = p[6];
        return true;
    }
    return false;
}

bool pl_shadow_next(pl_str *rest, pl_shadow_line *ret)
{
    pl_str line;
    pl_str p[2];

    while (pl_str_cut(rest, '\n', &line)) {
        if (split(line, p, PL_COUNT(p)) < 2 && !pl_str_has(line, PL_S(":")))
            continue;
        *ret = (pl_shadow_line){p[0], p[1]};
        if (ret->name.n && ret->name.p[0] != '#')
            return true;
    }
    return false;
}

bool pl_user_lookup(pl_str passwd, pl_str user, uint64_t *ret_uid, uint64_t *ret_gid)
{
    pl_passwd_line line;
    uint64_t number = 0;
    bool is_number = pl_str_u64(user, &number);

    while (pl_passwd_next(&passwd, &line)) {
        if (!pl_str_eq(line.name, user) && !(is_number && line.uid == number))
            continue;
        *ret_uid = line.uid;
        *ret_gid = line.gid;
        return true;
    }
    *ret_uid = number;
    *ret_gid = 0;
    return is_number;
}

/* ---- the default user ---- */

static void set_user(pl_facts *f, pl_str passwd, const char *reason)
{
    const pl_value *v = pl_get(f->image, PL_F_IMAGE_USER);
    uint64_t uid = 0;
    uint64_t gid = 0;

    if (!f->parts->config)
        return; /* absent already */
    if (v->state == PL_UNREADABLE) {
        pl_set_unreadable(f->image, PL_F_IMAGE_USER_UID, v->reason);
        return;
    }
    pl_str group = v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
    pl_str user = {"", 0};
    (void)pl_str_cut(&group, ':', &user);
    /* Nobody is called by a number, so 0 is root whatever etc/passwd says. */
    bool known = user.n == 0 || pl_str_eq(user, PL_S("root")) ||
                 (pl_str_u64(user, &uid) && uid == 0) ||
                 (!reason && pl_user_lookup(passwd, user, &uid, &gid));
    if (!known) {
        pl_set_unreadable(f->image, PL_F_IMAGE_USER_UID, reason ? reason : "unreadable");
        return;
    }
    if (group.n)
        (void)pl_str_u64(group, &gid);
    f->has_user = true;
    f->uid = (int64_t)uid;
    f->gid = (int64_t)gid;
    pl_set_int(f->image, PL_F_IMAGE_USER_UID, f->uid);
}

/* ---- accounts ---- */

/* crypt(5): what begins with ! or * lets nobody in; "x" in passwd means shadow. */
static const char *password_state(pl_str field)
{
    if (field.n == 0)
        return "empty";
    return field.p[0] == '!' || field.p[0] == '*' ? "locked" : "set";
}

static bool find_shadow(pl_str shadow, pl_str name, pl_str *ret)
{
    pl_shadow_line line;

    while (pl_shadow_next(&shadow, &line))
        if (pl_str_eq(line.name, name)) {
            *ret = line.password;
            return true;
        }
    return false;
}

static const char *state_of(const pl_passwd_line *line, pl_str shadow)
{
    pl_str field;

    if (!pl_str_eq(line->password, PL_S("x")))
        return password_state(line->password);
    return find_shadow(shadow, line->name, &field) ? password_state(field) : "none";
}

/* Of the two files the one that was written last: whoever did that let the account be as it is. */
static void set_layer(pl_facts *f, pl_record *r)
{
    static const char *const files[] = {"/etc/passwd", "/etc/shadow"};
    pl_file file;
    bool found = false;
    size_t place = 0;

    for (size_t i = 0; i < PL_COUNT(files); i++)
        if (pl_tree_find(f->tree, pl_str_c(files[i]), true, &file)) {
            found = true;
            place = file.layer > place ? file.layer : place;
        }
    if (found)
        pl_set_str(r, PL_F_IMAGE_ACCOUNT_LAYER, f->layer_ids[place]);
    else
        pl_set_absent(r, PL_F_IMAGE_ACCOUNT_LAYER);
}

static pl_record *account(pl_facts *f, pl_str name, const char *state)
{
    pl_record *r = pl_record_new(f->a, &pl_image_account_kind);

    pl_set_str(r, PL_F_IMAGE_ACCOUNT_NAME, name);
    pl_set_str(r, PL_F_IMAGE_ACCOUNT_PASSWORD, pl_str_c(state));
    pl_set_absent(r, PL_F_IMAGE_ACCOUNT_UID);
    pl_set_absent(r, PL_F_IMAGE_ACCOUNT_SHELL);
    pl_set_bool(r, PL_F_IMAGE_ACCOUNT_SECOND_ROOT, false);
    set_layer(f, r);
    return r;
}

static void add_passwd(pl_facts *f, pl_fact_list *l, pl_str passwd, pl_str shadow,
                       const char *shadow_reason)
{
    pl_passwd_line line;
    size_t roots = 0;

    while (pl_passwd_next(&passwd, &line)) {
        pl_record *r = account(f, line.name, state_of(&line, shadow));
        if (shadow_reason && pl_str_eq(line.password, PL_S("x")))
            pl_set_unreadable(r, PL_F_IMAGE_ACCOUNT_PASSWORD, shadow_reason);
        pl_set_int(r, PL_F_IMAGE_ACCOUNT_UID, line.uid > INT64_MAX ? INT64_MAX : (int64_t)line.uid);
        pl_set_str(r, PL_F_IMAGE_ACCOUNT_SHELL, line.shell);
        roots += line.uid == 0;
        pl_set_bool(r, PL_F_IMAGE_ACCOUNT_SECOND_ROOT, line.uid == 0 && roots > 1);
        if (!pl_fact_list_add(l, r))
            return;
    }
}

static bool in_passwd(pl_str passwd, pl_str name)
{
    pl_passwd_line line;

    while (pl_passwd_next(&passwd, &line))
        if (pl_str_eq(line.name, name))
            return true;
    return false;
}

static void add_shadow_only(pl_facts *f, pl_fact_list *l, pl_str passwd, pl_str shadow)
{
    pl_shadow_line line;

    while (pl_shadow_next(&shadow, &line))
        if (!in_passwd(passwd, line.name) &&
            !pl_fact_list_add(l, account(f, line.name, password_state(line.password))))
            return;
}

static bool is_there(const pl_facts *f, const char *path)
{
    pl_file file;
    return pl_tree_find(f->tree, pl_str_c(path), true, &file);
}

/* Each account is looked up in the other file, so both must be of a size that people make. */
static pl_str account_file(pl_facts *f, const char *path, const char **ret_reason)
{
    pl_str text = pl_fact_content(f, path, ret_reason);

    if (text.n <= PL_IMAGE_ACCOUNTS_BYTES_MAX)
        return text;
    *ret_reason = "limit:size";
    return (pl_str){"", 0};
}

pl_rc pl_facts_accounts(pl_facts *f, pl_err *err)
{
    const char *passwd_reason;
    const char *shadow_reason;
    pl_str passwd = account_file(f, "/etc/passwd", &passwd_reason);
    pl_str shadow = account_file(f, "/etc/shadow", &shadow_reason);
    pl_fact_list list;

    set_user(f, passwd, passwd_reason);
    if (!is_there(f, "/etc/passwd") && !is_there(f, "/etc/shadow") && !f->missing) {
        pl_set_absent(f->image, PL_F_IMAGE_ACCOUNTS);
        return PL_OK;
    }
    pl_rc rc = pl_fact_list_init(f, &list, PL_IMAGE_LIST_MAX, err);
    if (rc)
        return rc;
    add_passwd(f, &list, passwd, shadow, shadow_reason);
    add_shadow_only(f, &list, passwd, shadow);
    if (passwd_reason && !f->missing)
        (void)pl_fact_list_add(&list, account(f, PL_S("etc/passwd"), "none"));
    if (passwd_reason && list.n)
        pl_set_unreadable(list.items[list.n - 1], PL_F_IMAGE_ACCOUNT_PASSWORD, passwd_reason);
    return pl_fact_list_set(f, &list, PL_F_IMAGE_ACCOUNTS, &pl_image_account_kind, f->missing, err);
}
