/* SPDX-License-Identifier: Apache-2.0 */
#include "host/files.h"

#include <sys/stat.h>

/* Modes are compared bit by bit with what is allowed: 0626 is not "smaller" than 0644. */
static const struct {
    const char *name;
    unsigned allowed;
} roles[] = {
    [PL_ROLE_UNIT_SERVICE] = {"unit-service", 0644},
    [PL_ROLE_UNIT_SOCKET] = {"unit-socket", 0644},
    [PL_ROLE_CONFIG_DIR] = {"config-dir", 0755},
    [PL_ROLE_REGISTRY_CERT] = {"registry-cert", 0444},
    [PL_ROLE_REGISTRY_KEY] = {"registry-key", 0400},
    [PL_ROLE_TLS_CA] = {"tls-ca", 0444},
    [PL_ROLE_TLS_CERT] = {"tls-cert", 0444},
    [PL_ROLE_TLS_KEY] = {"tls-key", 0400},
    [PL_ROLE_ENGINE_SOCKET] = {"engine-socket", 0660},
    [PL_ROLE_CONFIG_FILE] = {"config-file", 0644},
    [PL_ROLE_DEFAULTS_FILE] = {"defaults-file", 0644},
    [PL_ROLE_SYSCONFIG_FILE] = {"sysconfig-file", 0644},
    [PL_ROLE_CONTAINERD_SOCKET] = {"containerd-socket", 0660},
    [PL_ROLE_CONTAINERD_CONFIG] = {"containerd-config", 07755},
    [PL_ROLE_DATA_ROOT] = {"data-root", 07770},
    [PL_ROLE_DATA_ROOT_CHILD] = {"data-root-child", 07771},
    [PL_ROLE_CONTAINERD_ROOT] = {"containerd-root", 07711},
    [PL_ROLE_TIME_CONFIG] = {"time-config", 07755},
    /* A folder of logs may be listed: the names of its files are no records. */
    [PL_ROLE_LOG_DIR] = {"log-dir", 07755},
    [PL_ROLE_JOURNAL] = {"journal", 0640},
    [PL_ROLE_AUDIT_LOG] = {"audit-log", 0640},
    [PL_ROLE_CONTAINER_LOG] = {"container-log", 0640},
    [PL_ROLE_LEDGER_DIR] = {"ledger-dir", 07750},
    [PL_ROLE_KEY_DIR] = {"key-dir", 0700},
    [PL_ROLE_KEY_FILE] = {"key-file", 0600},
    [PL_ROLE_KUBE_MANIFEST] = {"kube-manifest", 0600},
    [PL_ROLE_KUBE_CNI] = {"kube-cni", 0600},
    [PL_ROLE_KUBE_CONFIG] = {"kube-config", 0600},
    [PL_ROLE_KUBE_PKI_KEY] = {"kube-pki-key", 0600},
    [PL_ROLE_KUBE_PKI_CERT] = {"kube-pki-cert", 0644},
    [PL_ROLE_KUBE_PKI_DIR] = {"kube-pki-dir", 0755},
    [PL_ROLE_KUBELET_CONFIG] = {"kubelet-config", 0600},
    [PL_ROLE_CREDENTIAL] = {"credential", 0700},
    [PL_ROLE_KUBE_ETCD_DATA] = {"kube-etcd-data", 0700},
};

const char *pl_file_role_name(pl_file_role role)
{
    return roles[role].name;
}

static pl_str acl_text(pl_host_reading *f, const pl_acl_entry *e)
{
    return pl_host_fmt(f->a, "%s:%u:%c%c%c", e->is_group ? "group" : "user", e->id,
                       e->perm & 4 ? 'r' : '-', e->perm & 2 ? 'w' : '-', e->perm & 1 ? 'x' : '-');
}

static void set_acl(pl_host_reading *f, pl_record *r, unsigned allowed, pl_str acl)
{
    pl_host_strs texts = {.arena = f->a};
    unsigned extra = 0;
    pl_acl_entry e;

    while (pl_snap_acl(&acl, &e)) {
        extra |= e.perm & ~(allowed >> 3 & 7);
        pl_host_strs_add(&texts, acl_text(f, &e));
    }
    pl_host_strs_set(&texts, r, PL_F_FILE_ACL);
    pl_set_int(r, PL_F_FILE_ACL_EXTRA, (int64_t)extra);
}

static void set_meta(pl_host_reading *f, pl_record *r, unsigned allowed, const pl_snap_entry *e)
{
    unsigned mode = e->meta.mode & 07777;
    const pl_snap_meta *link = e->is_link ? &e->link : &e->meta;

    pl_set_int(r, PL_F_FILE_UID, e->meta.uid);
    pl_set_int(r, PL_F_FILE_GID, e->meta.gid);
    pl_set_int(r, PL_F_FILE_LINK_UID, link->uid);
    pl_set_int(r, PL_F_FILE_LINK_GID, link->gid);
    pl_set_int(r, PL_F_FILE_MODE, mode);
    pl_set_str(r, PL_F_FILE_MODE_TEXT, pl_host_fmt(f->a, "%04o", mode));
    pl_set_int(r, PL_F_FILE_MODE_EXTRA, mode & ~allowed);
    set_acl(f, r, allowed, e->acl);
}

static void set_unknown(pl_record *r, const char *reason)
{
    static const int fields[] = {
        PL_F_FILE_UID,     PL_F_FILE_GID,       PL_F_FILE_LINK_UID,   PL_F_FILE_LINK_GID,
        PL_F_FILE_MODE,    PL_F_FILE_MODE_TEXT, PL_F_FILE_MODE_EXTRA, PL_F_FILE_ACL_EXTRA,
        PL_F_FILE_READERS, PL_F_FILE_ACL,       PL_F_FILE_EXISTS,     PL_F_FILE_TARGET,
    };
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_set_unreadable(r, fields[i], reason);
}

static pl_record *begin(pl_host_recs *list, pl_file_role role, pl_str path)
{
    pl_record *r = pl_host_recs_new(list, PL_HE_FILE);
    pl_set_str(r, PL_F_FILE_PATH, path);
    pl_set_str(r, PL_F_FILE_ROLE, pl_str_c(roles[role].name));
    pl_set_int(r, PL_F_FILE_ENGINE_UID, 0);
    pl_set_int(r, PL_F_FILE_ENGINE_GID, 0);
    pl_set_absent(r, PL_F_FILE_READERS);
    pl_set_absent(r, PL_F_FILE_SOCKET_GID);
    return r;
}

void pl_file_add_unknown(pl_host_recs *list, pl_file_role role, pl_str path, const char *reason)
{
    set_unknown(begin(list, role, path), reason);
}

pl_record *pl_file_add(pl_host_reading *f, pl_host_recs *list, pl_file_role role, pl_str path)
{
    const pl_snap_entry *e = path.n ? pl_snap_stat(f->snap, path) : NULL;

    if (!e || e->rc == PL_NOTFOUND)
        return NULL;
    pl_record *r = begin(list, role, path);
    if (!pl_snap_has_meta(e)) {
        set_unknown(r, pl_host_reason(e));
        return r;
    }
    pl_set_bool(r, PL_F_FILE_EXISTS, true);
    if (e->is_link)
        pl_set_str(r, PL_F_FILE_TARGET, e->target);
    else
        pl_set_absent(r, PL_F_FILE_TARGET);
    set_meta(f, r, roles[role].allowed, e);
    return r;
}
