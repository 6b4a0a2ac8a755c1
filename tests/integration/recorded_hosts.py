#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of the host on recorded trees, for what not every kernel has: loaded audit rules, the packet filter, the clock, login and
sudo rules. A hardened host and one in a bad state, each as it is and after one thing was changed."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
FIXTURES = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/host/'
# What the hardened host has, said by its owner.
POLICY = {'host_accounts': ['alice'], 'host_services': ['tcp/22', 'tcp/9100-9110'], 'time_sources': ['ntp1.example.org', 'refclock:PHC'],
          'host_units': ['ssh.service', 'containerd.service', 'docker.service'], 'sudo_subjects': ['%ops'],
          'banner_sha256': ['30e543f7a7d98e3a69464315aacd57f7df452b89ab02c53d549eebe3f9147f65']}
GOOD = ('HOST-001', 'HOST-002', 'HOST-003', 'HOST-004', 'HOST-005', 'HOST-006', 'HOST-007', 'HOST-008', 'HOST-009', 'HOST-010',
        'HOST-011', 'HOST-012', 'HOST-013', 'HOST-014', 'HOST-017', 'HOST-018', 'HOST-020', 'HOST-021', 'HOST-023', 'HOST-024', 'HOST-026',
        'HOST-027', 'HOST-028', 'HOST-029', 'HOST-030', 'HOST-031', 'HOST-032', 'HOST-034', 'HOST-035', 'HOST-036', 'HOST-037',
        'HOST-038', 'HOST-041', 'HOST-042', 'HOST-043', 'HOST-044', 'HOST-045', 'HOST-046', 'HOST-047', 'HOST-048', 'HOST-049', 'HOST-050',
        'HOST-051', 'LOG-022', 'NET-020', 'REG-011', 'SEC-006')
BAD = ('HOST-001', 'HOST-002', 'HOST-003', 'HOST-005', 'HOST-006', 'HOST-007', 'HOST-011', 'HOST-013', 'HOST-020', 'HOST-021', 'HOST-023',
       'HOST-024', 'HOST-026', 'HOST-027', 'HOST-028', 'HOST-029', 'HOST-030', 'HOST-031', 'HOST-032', 'HOST-034', 'HOST-037', 'HOST-038',
       'HOST-042', 'HOST-043', 'HOST-044', 'HOST-045', 'HOST-047', 'HOST-048', 'HOST-049', 'HOST-050', 'HOST-051', 'LOG-011', 'LOG-020',
       'LOG-022', 'NET-020', 'SEC-006')
# Each row of the kernel's audit, and the rule of the hardened host without which it fails.
RULES = {'HOST-003': '/usr/sbin/dockerd', 'HOST-004': '/run/containerd', 'HOST-005': '/var/lib/docker', 'HOST-006': '/etc/docker',
         'HOST-007': '/usr/lib/systemd/system/docker.service', 'HOST-008': '/run/containerd', 'HOST-009': '/usr/lib/systemd/system/docker.socket',
         'HOST-010': '/etc/default/docker', 'HOST-011': '/etc/docker', 'HOST-012': '/etc/containerd', 'HOST-013': '/etc/sysconfig/docker',
         'HOST-014': '/usr/bin/containerd', 'HOST-017': '/usr/bin/containerd-shim-runc-v2', 'HOST-018': '/usr/sbin/runc',
         'HOST-046': '/etc/chrony', 'HOST-048': '/etc/shadow', 'LOG-022': '/etc/shadow'}


def read(root, path):
    with open(f'{root}/{path}', encoding='utf-8') as f:
        return f.read()


def write(root, path, text):
    os.makedirs(os.path.dirname(f'{root}/{path}'), exist_ok=True)
    with open(f'{root}/{path}', 'w', encoding='utf-8') as f:
        f.write(text)


def audit(root, policy=None, state='none'):
    words = []
    if policy:
        write(root, '../policy.yaml', json.dumps({'policy': policy}))
        words = ['--config', root + '/../policy.yaml']
    done = subprocess.run([PLIMSOLL, 'audit', '--root', root, '--state-dir', state, '--format', 'json', *words], capture_output=True,
                          check=False, timeout=120)
    return {f['check']: f for f in json.loads(done.stdout)['findings'] if f['kind'] == 'check' and f['subject']['kind'] == 'host'}


def judge(found, want, sentence):
    wrong = {c: (found[c]['verdict'], found[c]['reason'], found[c]['evidence'][:6]) for c in want if found[c]['verdict'] != want[c]}
    ok(not wrong, sentence, wrong)


def hardened(top):
    """With the file of another distribution's defaults, and a password whose rules are those of PAM."""
    root = shutil.copytree(FIXTURES + 'hardened', top + '/hardened', symlinks=True)
    write(root, 'etc/sysconfig/docker', '')
    rules = read(root, '.recorded/audit-rules') + '-w /etc/sysconfig/docker -p wa -k files\n-w /etc/systemd/system/docker.socket.d -p wa -k files\n'
    write(root, '.recorded/audit-rules', rules)
    write(root, 'etc/shadow', read(root, 'etc/shadow').replace('alice:!', 'alice:$y$j9T$aaaa$bbbb'))
    found = audit(root, POLICY)
    judge(found, {c: 'pass' for c in GOOD}, 'a hardened host passes, once its owner has said what belongs to it')
    return root, rules


def rules_of_audit(root, rules):
    """Half of them at a time, so that each row is seen to hang on its own."""
    paths = sorted(set(RULES.values()))
    for part in (paths[::2], paths[1::2]):
        write(root, '.recorded/audit-rules', '\n'.join(r for r in rules.splitlines() if r.split(' ')[1] not in part) + '\n')
        judge(audit(root, POLICY), {c: 'fail' if p in part else 'pass' for c, p in RULES.items()},
              'each row of the audit fails without the rule of its file, and no other does')
    logs = '-w /var/log/audit -p rwa -k read\n-w /var/log/journal -p rwa -k read\n-w /var/lib/plimsoll/ledger -p rwa -k read\n'
    write(root, '.recorded/audit-rules', rules + logs)
    found = audit(root, {**POLICY, 'log_readers': ['group:101', 'group:4', 'user:1000', 'group:root']})
    judge(found, {'LOG-020': 'pass', 'LOG-011': 'pass'}, 'logs that only named ones may read, and whose readers are recorded')


def changed(root):
    """What its owner has not named, and settings of kernel and credentials."""
    write(root, 'root/.docker/config.json', json.dumps({'auths': {'r.example': {'auth': 'dTpw'}}}))
    write(root, 'sys/kernel/security/lockdown', '[none] integrity confidentiality\n')
    write(root, 'sys/module/module/parameters/sig_enforce', 'N\n')
    config = json.loads(read(root, 'etc/docker/daemon.json'))
    write(root, 'etc/docker/daemon.json', json.dumps({**config, 'runtimes': {'other': {'path': '/opt/other'}}}))
    named = ('HOST-024', 'HOST-027', 'HOST-032', 'HOST-036', 'HOST-041', 'HOST-047', 'HOST-050')
    found = audit(root, {**{k: [] for k in POLICY}, 'banner_sha256': ['ab' * 32]})
    judge(found, {**{c: 'fail' for c in named}, 'HOST-035': 'fail', 'REG-011': 'fail', 'HOST-018': 'unknown'},
          'strangers, unsigned code and a password of a registry fail; which runtimes an engine that is not asked has is unknown')


def packages(top):
    """A fix of a package, before and after its deadline; a program that is approved by its digest."""
    root = shutil.copytree(FIXTURES + 'debian', top + '/debian', symlinks=True)
    seen = []
    for age in (100, 1):
        day = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - age * 86400))
        os.makedirs(f'{top}/osv{age}')
        with open(f'{top}/osv{age}/DEBIAN-CVE-2031-0002.json', 'w', encoding='utf-8') as f:
            json.dump({'schema_version': '1.7.0', 'id': 'DEBIAN-CVE-2031-0002', 'upstream': ['CVE-2031-0002'], 'modified': day,
                       'published': day, 'affected': [{'package': {'ecosystem': 'Debian:12', 'name': 'bash'}, 'ranges': [
                           {'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '9.0-1'}]}],
                           'ecosystem_specific': {'urgency': 'high'}}]}, f)
        subprocess.run([PLIMSOLL, 'db', 'update', '--quiet', '--source', f'{top}/osv{age}', '--state-dir', f'{top}/state{age}'],
                       check=True)
        seen.append(audit(root, POLICY, state=f'{top}/state{age}')['HOST-022'])
    ok([f['verdict'] for f in seen] == ['fail', 'pass'], 'a fix of HOST-022 is late after its deadline, and not before', seen)
    found = audit(root)
    judge(found, {'HOST-025': 'fail'}, 'a changed program of a package, and one of none')
    programs = [e['value'] for e in found['HOST-025']['evidence'] if e['field'] == 'host_process.binary']
    judge(audit(root, {'approved_host_binaries': programs}), {'HOST-025': 'unknown'}, 'approved by path and digest; one that could not be looked into stays unknown')


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-hosts-') as top:
        root, rules = hardened(top)
        rules_of_audit(root, rules)
        changed(root)
        packages(top)
        poor = shutil.copytree(FIXTURES + 'poor', top + '/poor', symlinks=True)
        judge(audit(poor, {k: [] for k in POLICY}), {c: 'fail' for c in BAD}, 'a host in a bad state fails')
    return end()


if __name__ == '__main__':
    sys.exit(main())
