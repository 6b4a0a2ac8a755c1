/* SPDX-License-Identifier: Apache-2.0 */
/* Mandatory access control, secure boot, signed modules, lockdown, core dumps. */
#include "host/conf.h"
#include "host/facts.h"

#include <sys/stat.h>

/* ---- security modules ---- */

/* Without securityfs nobody can tell: an empty directory where it should be mounted. */
static pl_host_seen securityfs(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, PL_S("/sys/kernel/security"));
    if (pl_host_state(e) == PL_SEEN_OK && e->bytes.n == 0)
        return PL_SEEN_FAILED;
    return pl_host_state(e);
}

static void set_lsm(pl_host_reading *f)
{
    pl_host_strs list = {.arena = f->a};
    pl_host_seen mounted = securityfs(f);
    pl_str line, one;

    if (mounted == PL_SEEN_NONE)
        pl_set_strs(f->host, PL_F_HOST_LSM, NULL, 0);
    if (mounted != PL_SEEN_OK ||
        !pl_host_first_line(f, PL_S("/sys/kernel/security/lsm"), PL_F_HOST_LSM, &line))
        return;
    while (pl_str_cut(&line, ',', &one))
        pl_host_strs_add(&list, one);
    pl_host_strs_set(&list, f->host, PL_F_HOST_LSM);
}

static void set_apparmor(pl_host_reading *f)
{
    const pl_snap_entry *on =
        pl_snap_read(f->snap, PL_S("/sys/module/apparmor/parameters/enabled"));
    const pl_snap_entry *profiles =
        pl_snap_read(f->snap, PL_S("/sys/kernel/security/apparmor/profiles"));
    pl_str text, line, name;

    if (pl_host_state(on) == PL_SEEN_OK)
        pl_set_bool(f->host, PL_F_HOST_APPARMOR_ENABLED, pl_str_starts(on->bytes, PL_S("Y")));
    else if (pl_host_state(on) == PL_SEEN_NONE)
        pl_set_bool(f->host, PL_F_HOST_APPARMOR_ENABLED, false);
    else
        pl_host_missing(f->host, PL_F_HOST_APPARMOR_ENABLED, on);

    pl_host_missing(f->host, PL_F_HOST_APPARMOR_DOCKER, profiles);
    if (pl_host_state(profiles) != PL_SEEN_OK)
        return;
    pl_set_absent(f->host, PL_F_HOST_APPARMOR_DOCKER);
    for (text = profiles->bytes; pl_host_line(&text, &line);) { /* "docker-default (enforce)" */
        if (!pl_host_word(&line, &name) || !pl_str_eq(name, PL_S("docker-default")))
            continue;
        pl_str mode = pl_str_trim(line);
        if (mode.n > 2)
            pl_set_str(f->host, PL_F_HOST_APPARMOR_DOCKER, pl_str_sub(mode, 1, mode.n - 2));
    }
}

static void set_flag(pl_host_reading *f, const char *path, int field, char yes)
{
    pl_str line;
    if (pl_host_first_line(f, pl_str_c(path), field, &line))
        pl_set_bool(f->host, field, line.n && line.p[0] == yes);
}

/* ---- boot ---- */

/* An EFI variable is four bytes of attributes, then the value (efivarfs). */
static void set_secure_boot(pl_host_reading *f)
{
    const pl_snap_entry *efi = pl_snap_stat(f->snap, PL_S("/sys/firmware/efi"));
    const pl_snap_entry *var = pl_snap_read(
        f->snap, PL_S("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"));

    if (!efi || !var)
        return;
    pl_set_bool(f->host, PL_F_HOST_HAS_UEFI, pl_snap_has_meta(efi));
    if (var->rc == PL_OK)
        pl_set_bool(f->host, PL_F_HOST_SECURE_BOOT, var->bytes.n > 4 && var->bytes.p[4] == 1);
    else if (var->rc == PL_NOTFOUND)
        pl_set_bool(f->host, PL_F_HOST_SECURE_BOOT, false);
    else
        pl_host_missing(f->host, PL_F_HOST_SECURE_BOOT, var);
}

/* "none [integrity] confidentiality": the brackets mark what is in force. */
static void set_lockdown(pl_host_reading *f)
{
    pl_str line, word;

    if (securityfs(f) == PL_SEEN_FAILED ||
        !pl_host_first_line(f, PL_S("/sys/kernel/security/lockdown"), PL_F_HOST_LOCKDOWN, &line))
        return;
    pl_set_absent(f->host, PL_F_HOST_LOCKDOWN);
    while (pl_host_word(&line, &word))
        if (word.n > 2 && word.p[0] == '[')
            pl_set_str(f->host, PL_F_HOST_LOCKDOWN, pl_str_sub(word, 1, word.n - 2));
}

/* ---- core dumps ---- */

/* coredump.conf(5) and its drop-ins; the last setting wins, the default is external. */
static void set_coredump(pl_host_reading *f)
{
    static const char *const places[] = {"/usr/lib/systemd/coredump.conf.d",
                                         "/etc/systemd/coredump.conf.d"};
    pl_host_conf conf =
        pl_host_conf_read(f, "/etc/systemd/coredump.conf", places, PL_COUNT(places));
    pl_str value;

    if (conf.state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_COREDUMP_STORAGE, conf.reason);
    else if (conf.state == PL_SEEN_OK)
        pl_set_str(f->host, PL_F_HOST_COREDUMP_STORAGE,
                   pl_host_conf_get(&conf, PL_S("Storage"), &value) ? pl_host_lower(f->a, value)
                                                                    : PL_S("external"));
}

static void set_coredump_dir(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_stat(f->snap, PL_S("/var/lib/systemd/coredump"));

    pl_host_missing(f->host, PL_F_HOST_COREDUMP_PRIVATE, e);
    if (e && pl_snap_has_meta(e))
        pl_set_bool(f->host, PL_F_HOST_COREDUMP_PRIVATE, (e->meta.mode & 0007) == 0);
}

void pl_host_facts_security(pl_host_reading *f)
{
    pl_str line;

    set_lsm(f);
    set_apparmor(f);
    set_flag(f, "/sys/fs/selinux/enforce", PL_F_HOST_SELINUX_ENFORCING, '1');
    set_flag(f, "/sys/module/module/parameters/sig_enforce", PL_F_HOST_MODULE_SIG_ENFORCE, 'Y');
    set_secure_boot(f);
    set_lockdown(f);
    if (pl_host_first_line(f, PL_S("/proc/sys/kernel/core_pattern"), PL_F_HOST_CORE_PATTERN, &line))
        pl_set_str(f->host, PL_F_HOST_CORE_PATTERN, line);
    set_coredump(f);
    set_coredump_dir(f);
}
