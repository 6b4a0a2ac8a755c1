/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/parse_parts.h"

#include "core/hash.h"
#include "engine/caps.h"
#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"

static void set_seccomp(pl_arena *a, pl_record *r, pl_str value, pl_str *opt)
{
    if (pl_str_eq(value, PL_S("unconfined"))) {
        pl_set_str(r, PL_F_CONTAINER_SECCOMP, value);
        return;
    }
    if (pl_str_eq(value, PL_S("builtin")) || pl_str_eq(value, PL_S("default")))
        return;
    pl_set_str(r, PL_F_CONTAINER_SECCOMP, PL_S("custom"));
    pl_set_unreadable(r, PL_F_CONTAINER_SECCOMP_DEFAULT_ACTION, "unreadable");
    pl_set_unreadable(r, PL_F_CONTAINER_SECCOMP_DIGEST, "unreadable");
    json_error_t ignored;
    json_auto_t *profile = json_loadb(value.p, value.n, 0, &ignored);
    if (!json_is_object(profile))
        return; /* a file name, which only the engine's client could read */
    pl_str action = pl_arena_str(a, pl_json_text_at(profile, "defaultAction"));
    unsigned char hash[PL_SHA256];
    char text[16 + PL_SHA256_HEX] = "seccomp=sha256:";
    pl_sha256_of(value, hash);
    pl_hex(hash, sizeof(hash), text + 15);
    *opt = pl_arena_str(a, pl_str_c(text));
    if (action.p && opt->p) {
        pl_set_str(r, PL_F_CONTAINER_SECCOMP_DEFAULT_ACTION, action);
        pl_set_str(r, PL_F_CONTAINER_SECCOMP_DIGEST, pl_str_sub(*opt, 8, opt->n));
    }
}

/* "label:disable" and "no-new-privileges" as "label=disable" and "no-new-privileges=true". */
static pl_str normal_option(pl_arena *a, pl_str s)
{
    size_t at = 0;

    if (pl_str_eq(s, PL_S("no-new-privileges")))
        return PL_S("no-new-privileges=true");
    while (at < s.n && s.p[at] != '=' && s.p[at] != ':')
        at++;
    if (at == s.n || s.p[at] == '=')
        return s;
    pl_str copy = pl_arena_str(a, s);
    if (copy.p)
        ((char *)copy.p)[at] = '=';
    return copy.p ? copy : s;
}

static void read_option(pl_arena *a, pl_record *r, pl_str *opt)
{
    pl_str value = *opt, key;

    (void)pl_str_cut(&value, '=', &key);
    if (pl_str_eq(key, PL_S("seccomp")))
        set_seccomp(a, r, value, opt);
    else if (pl_str_eq(key, PL_S("no-new-privileges")))
        pl_set_bool(r, PL_F_CONTAINER_NO_NEW_PRIVILEGES, !pl_str_eq(value, PL_S("false")));
    else if (pl_str_eq(key, PL_S("apparmor")))
        pl_set_str(r, PL_F_CONTAINER_APPARMOR_PROFILE, value);
}

static void set_options(pl_arena *a, const json_t *doc, pl_record *r)
{
    const json_t *opts = pl_json_at(doc, "HostConfig/SecurityOpt");
    size_t n = json_array_size(opts);

    if (opts && !json_is_null(opts) && !json_is_array(opts))
        return;
    pl_set_absent(r, PL_F_CONTAINER_NO_NEW_PRIVILEGES);
    pl_set_absent(r, PL_F_CONTAINER_APPARMOR_PROFILE);
    pl_set_absent(r, PL_F_CONTAINER_SECCOMP_DEFAULT_ACTION);
    pl_set_absent(r, PL_F_CONTAINER_SECCOMP_DIGEST);
    pl_set_str(r, PL_F_CONTAINER_SECCOMP, PL_S("default"));
    pl_str *items = pl_arena_calloc(a, n ? n : 1, sizeof(*items));
    if (!items)
        return;
    for (size_t i = 0; i < n; i++) {
        items[i] = normal_option(a, pl_json_text(json_array_get(opts, i)));
        read_option(a, r, &items[i]);
    }
    pl_set_strs(r, PL_F_CONTAINER_SECURITY_OPT, items, n);

    /* What inspect names is in force; before the first start it names nothing. */
    pl_str named = pl_json_text_at(doc, "AppArmorProfile");
    if (named.n || r->v[PL_F_CONTAINER_STARTED].state == PL_PRESENT)
        pl_set_str(r, PL_F_CONTAINER_APPARMOR_PROFILE, named);
}

/* ---- capabilities ---- */

/* ALL becomes every capability, so that a check can compare with a list. */
static size_t expand_all(pl_arena *a, pl_str *items)
{
    uint64_t all = pl_cap_all();
    size_t n = 0;

    for (unsigned bit = 0; bit < 64; bit++)
        if (all >> bit & 1)
            items[n++] = pl_cap_of_bit(a, bit);
    return n;
}

static void set_caps(pl_arena *a, pl_record *r, int field, const json_t *v, bool expand)
{
    size_t n = json_array_size(v), out = 0;

    if ((v && !json_is_null(v) && !json_is_array(v)) || n > PL_ENGINE_ELEMENTS_MAX)
        return;
    pl_str *items = pl_arena_calloc(a, n + 64, sizeof(*items));
    if (!items)
        return;
    for (size_t i = 0; i < n; i++) {
        pl_str name = pl_cap_name(a, pl_json_text(json_array_get(v, i)));
        if (!name.p)
            return;
        if (expand && pl_str_eq(name, PL_S("ALL"))) {
            out = expand_all(a, items);
            break;
        }
        items[out++] = name;
    }
    pl_set_strs(r, field, items, out);
}

void pl_container_security(pl_arena *a, const json_t *doc, pl_record *r)
{
    set_options(a, doc, r);
    set_caps(a, r, PL_F_CONTAINER_CAP_ADD, pl_json_at(doc, "HostConfig/CapAdd"), true);
    set_caps(a, r, PL_F_CONTAINER_CAP_DROP, pl_json_at(doc, "HostConfig/CapDrop"), false);
    const json_t *groups = pl_json_at(doc, "HostConfig/GroupAdd");
    if (groups && !json_is_null(groups))
        pl_json_set(a, r, PL_F_CONTAINER_GROUP_ADD, groups);
    else
        pl_set_strs(r, PL_F_CONTAINER_GROUP_ADD, NULL, 0);
}
