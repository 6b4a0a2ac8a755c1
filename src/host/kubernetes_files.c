/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a node's components that stand in usual places: manifests, keys, kubeconfigs. */
#include "host/facts.h"
#include "host/files.h"
#include "host/kubernetes.h"

#include <string.h>

static void add_folder(pl_host_reading *f, pl_host_recs *to, const char *folder,
                       pl_file_role (*role_of)(pl_str name))
{
    const pl_snap_entry *e = pl_snap_list(f->snap, pl_str_c(folder));
    pl_str rest = e && e->rc == PL_OK ? e->bytes : (pl_str){"", 0}, name;

    if (e && e->rc != PL_OK && e->rc != PL_NOTFOUND)
        pl_file_add_unknown(to, role_of(PL_S("")), pl_str_c(folder), pl_host_reason(e));
    while (pl_snap_name(&rest, &name))
        (void)pl_file_add(f, to, role_of(name), pl_host_fmt(f->a, "%s/%.*s", folder, PL_F(name)));
}

static pl_file_role role_in_manifests(pl_str name)
{
    (void)name;
    return PL_ROLE_KUBE_MANIFEST;
}

static pl_file_role role_in_cni(pl_str name)
{
    (void)name;
    return PL_ROLE_KUBE_CNI;
}

/* By name: no key is read for it. "ca.key.old" and "apiserver-key" are keys, too. */
static pl_file_role role_in_pki(pl_str name)
{
    static const char *const stores[] = {".p12", ".pfx", ".jks"};
    bool is_public = pl_str_ends(name, PL_S(".pub")) || pl_str_ends(name, PL_S(".crt"));

    for (size_t i = 0; i < PL_COUNT(stores); i++)
        if (pl_str_ends(name, pl_str_c(stores[i])))
            return PL_ROLE_KUBE_PKI_KEY;
    if (!is_public && pl_str_has(name, PL_S("key")))
        return PL_ROLE_KUBE_PKI_KEY;
    return memchr(name.p, '.', name.n) ? PL_ROLE_KUBE_PKI_CERT : PL_ROLE_KUBE_PKI_DIR;
}

/* Where its data lie may stand elsewhere, or its pod may mount another folder there. */
static void add_etcd_data(pl_host_reading *f, pl_host_recs *to)
{
    pl_str folder = pl_kube_flag_of(f, PL_F_HOST_KUBE_ETCD_FLAG, "data-dir");

    if (!pl_file_add(f, to, PL_ROLE_KUBE_ETCD_DATA, folder) &&
        pl_get(f->host, PL_F_HOST_KUBE_ETCD)->state == PL_PRESENT)
        pl_file_add_unknown(to, PL_ROLE_KUBE_ETCD_DATA, folder.n ? folder : PL_S("--data-dir"),
                            "not-observed");
}

void pl_kube_files(pl_host_reading *f)
{
    static const struct {
        const char *path;
        pl_file_role role;
    } rows[] = {
        {"/etc/kubernetes/admin.conf", PL_ROLE_KUBE_CONFIG},
        {"/etc/kubernetes/super-admin.conf", PL_ROLE_KUBE_CONFIG},
        {"/etc/kubernetes/scheduler.conf", PL_ROLE_KUBE_CONFIG},
        {"/etc/kubernetes/controller-manager.conf", PL_ROLE_KUBE_CONFIG},
        {"/etc/kubernetes/kubelet.conf", PL_ROLE_KUBELET_CONFIG},
        {"/etc/kubernetes/proxy.conf", PL_ROLE_KUBELET_CONFIG},
        {"/var/lib/kubelet/config.yaml", PL_ROLE_KUBELET_CONFIG},
        {"/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", PL_ROLE_KUBELET_CONFIG},
        {"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", PL_ROLE_KUBELET_CONFIG},
        {"/etc/kubernetes/pki", PL_ROLE_KUBE_PKI_DIR},
    };
    pl_host_recs files = {.arena = f->a};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        (void)pl_file_add(f, &files, rows[i].role, pl_str_c(rows[i].path));
    add_folder(f, &files, "/etc/kubernetes/manifests", role_in_manifests);
    add_folder(f, &files, "/etc/kubernetes/pki", role_in_pki);
    add_folder(f, &files, "/etc/kubernetes/pki/etcd", role_in_pki);
    add_folder(f, &files, "/etc/cni/net.d", role_in_cni);
    add_etcd_data(f, &files);
    pl_host_recs_set(&files, f->host, PL_F_HOST_KUBE_FILES);
}
