#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A control plane node by its own files: manifests and kubelet configuration as kubeadm made them, with keys and certificates
made here, judged as they are, after the settings that the benchmark asks for, and after those that it warns of; from its files
alone and with the processes that were started by them."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import yaml

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
MADE = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/host/kubeadm-1.29'
API, CONTROLLER, SCHEDULER, ETCD, KUBELET, PROXY = ('kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd', 'kubelet',
                                                    'kube-proxy')
CIPHERS = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
# What kubeadm leaves as the benchmark wants it, and what not.
AS_MADE = {
    'K8S-001': 'pass', 'K8S-002': 'pass', 'K8S-004': 'pass', 'K8S-005': 'pass', 'K8S-006': 'fail', 'K8S-007': 'pass', 'K8S-009': 'fail',
    'K8S-010': 'pass', 'K8S-011': 'fail', 'K8S-012': 'pass', 'K8S-013': 'fail', 'K8S-014': 'pass', 'K8S-015': 'fail', 'K8S-016': 'fail',
    'K8S-017': 'fail', 'K8S-018': 'fail', 'K8S-019': 'pass', 'K8S-020': 'fail', 'K8S-021': 'pass', 'K8S-022': 'fail', 'K8S-023': 'fail',
    'K8S-024': 'pass', 'K8S-025': 'pass', 'K8S-026': 'pass', 'K8S-027': 'pass', 'K8S-028': 'pass', 'K8S-029': 'pass', 'K8S-030': 'fail',
    'K8S-031': 'pass', 'K8S-032': 'pass', 'K8S-033': 'pass', 'K8S-034': 'fail', 'K8S-035': 'unknown', 'K8S-036': 'pass', 'K8S-037': 'fail',
    'K8S-038': 'fail', 'K8S-003': 'unknown', 'K8S-039': 'unknown',
}
# What is asked for, and which rows it mends. One of these flags without a value is taken away.
GOOD = {
    API: {'anonymous-auth': 'false', 'kubelet-certificate-authority': '/etc/kubernetes/pki/ca.crt', 'profiling': 'false',
          'enable-admission-plugins': 'NodeRestriction,AlwaysPullImages', 'service-account-extend-token-expiration': 'false',
          'tls-min-version': 'VersionTLS12', 'tls-cipher-suites': CIPHERS, 'audit-policy-file': '/etc/kubernetes/audit-policy.yaml'},
    CONTROLLER: {'profiling': 'false', 'terminated-pod-gc-threshold': '10'},
    SCHEDULER: {'profiling': 'false'},
    KUBELET: {'streamingConnectionIdleTimeout': '5m', 'serverTLSBootstrap': True, 'tlsCipherSuites': CIPHERS.split(','),
              'podPidsLimit': 4096, 'seccompDefault': True},
}
MENDED = ('K8S-006', 'K8S-009', 'K8S-013', 'K8S-015', 'K8S-018', 'K8S-020', 'K8S-022', 'K8S-034', 'K8S-037', 'K8S-038')
BAD = {
    API: {'token-auth-file': '/etc/kubernetes/tokens.csv', 'authorization-mode': 'Node,RBAC,AlwaysAllow', 'request-timeout': '1h',
          'enable-admission-plugins': 'NodeRestriction,AlwaysAdmit', 'disable-admission-plugins': 'ServiceAccount',
          'etcd-cafile': None, 'client-ca-file': '/etc/kubernetes/pki/etcd/ca.crt'},
    CONTROLLER: {'use-service-account-credentials': 'false', 'terminated-pod-gc-threshold': '0', 'bind-address': '0.0.0.0'},
    ETCD: {'client-cert-auth': 'false', 'peer-auto-tls': 'true'},
    KUBELET: {'authorization': {'mode': 'AlwaysAllow'}, 'readOnlyPort': 10255, 'makeIPTablesUtilChains': False, 'eventRecordQPS': 5},
}
BROKEN = ('K8S-007', 'K8S-010', 'K8S-012', 'K8S-014', 'K8S-019', 'K8S-021', 'K8S-024', 'K8S-025', 'K8S-026', 'K8S-027', 'K8S-028',
          'K8S-029', 'K8S-032', 'K8S-033', 'K8S-035', 'K8S-036')
POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: Metadata
"""
FILES = {'K8S-001': 'etc/kubernetes/manifests/etcd.yaml', 'K8S-002': 'etc/cni/net.d/10-flannel.conflist',
         'K8S-004': 'etc/kubernetes/super-admin.conf', 'K8S-005': 'etc/kubernetes/pki/ca.key', 'K8S-031': 'etc/kubernetes/kubelet.conf'}


def write(root, path, text, mode=0o600):
    os.makedirs(os.path.dirname(f'{root}/{path}'), exist_ok=True)
    with open(f'{root}/{path}', 'w', encoding='utf-8') as f:
        f.write(text)
    os.chmod(f'{root}/{path}', mode)


def authority(root, path, name):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90', '-subj',
                    '/CN=' + name, '-keyout', f'{root}/{path}.key', '-out', f'{root}/{path}.crt'], check=True, capture_output=True)
    os.chmod(f'{root}/{path}.key', 0o600)
    os.chmod(f'{root}/{path}.crt', 0o644)


def make(root):
    """Files and modes as kubeadm leaves them."""
    shutil.copytree(MADE, root)
    for folder, _, names in os.walk(root):
        for name in names:
            os.chmod(os.path.join(folder, name), 0o600)
    os.makedirs(root + '/etc/kubernetes/pki/etcd')
    authority(root, 'etc/kubernetes/pki/ca', 'kubernetes')
    authority(root, 'etc/kubernetes/pki/etcd/ca', 'etcd-ca')
    authority(root, 'etc/kubernetes/pki/apiserver-kubelet-client', 'kube-apiserver-kubelet-client')
    authority(root, 'etc/kubernetes/pki/apiserver', 'kube-apiserver')
    for name in ('admin.conf', 'super-admin.conf', 'kubelet.conf', 'scheduler.conf', 'controller-manager.conf'):
        write(root, 'etc/kubernetes/' + name, 'not read\n')
    write(root, FILES['K8S-002'], '{}')
    write(root, 'etc/kubernetes/audit-policy.yaml', POLICY)
    os.makedirs(root + '/var/lib/etcd')
    os.chmod(root + '/var/lib/etcd', 0o700)
    return root


def change(root, settings):
    """Flags of static pods and settings of the kubelet's file."""
    for component, flags in settings.items():
        path = f'{root}/' + ('var/lib/kubelet/config.yaml' if component == KUBELET else f'etc/kubernetes/manifests/{component}.yaml')
        with open(path, encoding='utf-8') as f:
            doc = yaml.safe_load(f)
        if component == KUBELET:
            doc.update(flags)
        else:
            command = doc['spec']['containers'][0]['command']
            command[:] = [w for w in command if w[2:].split('=')[0] not in flags]
            command += [f'--{name}={value}' for name, value in flags.items() if value is not None]
        with open(path, 'w', encoding='utf-8') as f:
            yaml.safe_dump(doc, f)


def run_all(root, owner, proxy_port):
    """As a host on which they run: what docs/formats/host-tree.md says of processes and sockets."""
    lines = ['1\tsystemd\t/init.scope\t/usr/lib/systemd/systemd', '2\tkthreadd\t/\t']
    for pid, component in enumerate((API, CONTROLLER, SCHEDULER, ETCD, KUBELET, PROXY), 100):
        words = [component]
        if component in (API, CONTROLLER, SCHEDULER, ETCD):
            with open(f'{root}/etc/kubernetes/manifests/{component}.yaml', encoding='utf-8') as f:
                words = yaml.safe_load(f)['spec']['containers'][0]['command']
        elif component == KUBELET:
            words += ['--config=/var/lib/kubelet/config.yaml']
        write(root, f'proc/{pid}/cmdline', '\0'.join(words) + '\0')
        uid = owner if component == ETCD else 0
        write(root, f'proc/{pid}/status', f'Name:\t{component}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n')
        lines.append(f'{pid}\t{component[:15]}\t/kubepods/x\t/usr/local/bin/{component}')
    write(root, '.recorded/processes', '\n'.join(lines) + '\n')
    write(root, '.recorded/sockets', '777\t105\n')
    head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
    write(root, 'proc/1/net/tcp', head + f'   0: {proxy_port} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0\n')
    for name in ('tcp6', 'udp', 'udp6'):
        write(root, 'proc/1/net/' + name, head)


def audit(root):
    done = subprocess.run([PLIMSOLL, 'audit', '--root', root, '--state-dir', 'none', '--format', 'json'], capture_output=True, check=False,
                          timeout=120)
    return {f['check']: f for f in json.loads(done.stdout)['findings'] if f['kind'] == 'check'}


def judge(found, want, sentence):
    got = {check: found[check]['verdict'] for check in want}
    wrong = {c: (got[c], found[c]['reason'], found[c]['evidence']) for c in want if got[c] != want[c]}
    ok(not wrong, sentence, wrong)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-node-') as top:
        root = make(top + '/made')
        judge(audit(root), AS_MADE, 'a node as kubeadm made it')
        for path in FILES.values():
            os.chmod(f'{root}/{path}', 0o604)
        judge(audit(root), {c: 'fail' for c in FILES}, 'a file that others may read fails its row')
        change(make(top + '/good'), GOOD)
        judge(audit(top + '/good'), {**AS_MADE, **{c: 'pass' for c in MENDED}}, 'the settings that the benchmark asks for pass')
        change(make(top + '/bad'), BAD)
        judge(audit(top + '/bad'), {c: 'fail' for c in BROKEN}, 'those that it warns of fail')
        run_all(top + '/good', 0, '0100007F:2771')
        files = {c: v for c, v in AS_MADE.items() if c not in MENDED}
        judge(audit(top + '/good'), {**files, **{c: 'pass' for c in MENDED}, 'K8S-003': 'pass', 'K8S-035': 'pass', 'K8S-039': 'pass',
                                  'K8S-059': 'fail'},
              'the processes that were started so say the same, whose data are whose and where the proxy listens')
        run_all(top + '/bad', 1000, '00000000:2771')
        judge(audit(top + '/bad'), {**{c: 'fail' for c in BROKEN}, 'K8S-003': 'fail', 'K8S-039': 'fail'},
              'data of another user than etcd, and a proxy that listens everywhere')
    return end()


if __name__ == '__main__':
    sys.exit(main())
