#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hosts of every package manager: what an audit of a root folder lists and finds is what a scan of the same
files lists; what cannot be read is unknown and never clean."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
CORPUS = os.environ['PL_SOURCE_ROOT'] + '/tests/fuzz/corpus'
APK = b'P:musl\nV:1.2.4-r0\nA:x86_64\nL:MIT\no:musl\n\nP:openssl\nV:3.1.0-r0\nA:x86_64\no:openssl\n\n'
DPKG = b'Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.1-1\n\n'
ALPINE = b'ID=alpine\nVERSION_ID=3.18.0\n'
ROCKY = b'ID="rocky"\nVERSION_ID="9.2"\n'


def corpus(name):
    with open(f'{CORPUS}/{name}', 'rb') as f:
        return f.read()


def run(*args, state='none'):
    done = subprocess.run([PLIMSOLL, *args, '--state-dir', state, '--format', 'json'], capture_output=True, timeout=120,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def make(top, name, files):
    root = os.path.join(top, name)
    for path, text in {'etc/machine-id': b'0123456789abcdef0123456789abcdef\n', **files}.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'wb') as f:
            f.write(text)
    return root


def packages(doc, kind):
    return sorted((p['type'], p['name'], p['version'], p['source'], p['source_version'], p['ecosystem'])
                  for p in doc['packages'] if p['subject']['kind'] == kind)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-hosts.') as top:
        osv, state = f'{top}/osv', f'{top}/state'
        os.makedirs(osv)
        with open(f'{osv}/ALPINE-CVE-2033-0001.json', 'w', encoding='utf-8') as f:
            json.dump({'schema_version': '1.7.0', 'id': 'ALPINE-CVE-2033-0001', 'upstream': ['CVE-2033-0001'],
                       'modified': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), 'affected': [{
                           'package': {'ecosystem': 'Alpine:v3.18', 'name': 'openssl'},
                           'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '3.1.1-r0'}]}]}]}, f)
        subprocess.run([PLIMSOLL, 'db', 'update', '--source', osv, '--state-dir', state], check=True, capture_output=True)
        hosts = {
            'apk': {'etc/os-release': ALPINE, 'lib/apk/db/installed': APK},
            'apk-3': {'etc/os-release': ALPINE, 'usr/lib/apk/db/installed': APK},
            'rpm-sqlite': {'etc/os-release': ROCKY, 'var/lib/rpm/rpmdb.sqlite': corpus('rpm_sqlite/three')},
            'rpm-ndb': {'etc/os-release': ROCKY, 'usr/lib/sysimage/rpm/Packages.db': corpus('rpm_ndb/three')},
            'rpm-bdb': {'etc/os-release': ROCKY, 'var/lib/rpm/Packages': corpus('rpm_bdb/big')},
            'rpm-beside-dpkg': {'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': DPKG,
                                'var/lib/rpm/rpmdb.sqlite': corpus('rpm_sqlite/three')},
            'opkg': {'etc/os-release': b'ID=openwrt\nVERSION_ID="23"\n', 'usr/lib/opkg/status': DPKG},
        }
        for name, files in hosts.items():
            root = make(top, name, files)
            host = packages(run('audit', '--root', root), 'host')
            ok(host and host == packages(run('scan', root), 'image'), f'{name}: a host lists what an image of it lists',
               host)
        doc = run('audit', '--root', f'{top}/apk', state=state)
        found = [f for f in doc['findings'] if f['kind'] == 'vulnerability']
        ok([(f['advisory'], f['owner'], f['fixed_version']) for f in found] == [('CVE-2033-0001', 'host', '3.1.1-r0')],
           'its vulnerabilities are found, for the host team', found)
        answer = json.loads(subprocess.run([PLIMSOLL, 'affected', 'CVE-2033-0001', '--state-dir', state, '--format', 'json'],
                                           capture_output=True, check=False).stdout)
        ok([h['package'] for h in answer['update_hosts']] == ['openssl'], 'and it stands in the answer of affected', answer)

        nix = 'nix/store/0123456789abcdfghijklmnpqrsvwxyz-'
        for name, want, files in (
                ('arch', [('alpm', 'acl', '2.3.1-3')],
                 {'etc/os-release': b'ID=arch\n', 'var/lib/pacman/local/ALPM_DB_VERSION': b'9\n',
                  'var/lib/pacman/local/acl-2.3.1-3/desc': b'%NAME%\nacl\n\n%VERSION%\n2.3.1-3\n\n%ARCH%\nx86_64\n'}),
                ('gentoo', [('ebuild', 'app-shells/bash', '5.2_p15-r6')],
                 {'etc/os-release': b'ID=gentoo\n', 'var/db/pkg/app-shells/bash-5.2_p15-r6/CONTENTS': b'',
                  'var/db/pkg/app-shells/-MERGING-x-1/CONTENTS': b''}),
                ('nixos', [('nix', 'openssl', '3.0.13')],
                 {'etc/os-release': b'ID=nixos\n', nix + 'openssl-3.0.13-bin/x': b'', nix + 'curl-8.1.drv': b''}),
                ('snap', [('deb', 'openssl', '3.0.1-1'), ('snap', 'lxd', '5.21')],
                 {'var/lib/dpkg/status': DPKG, 'snap/README': b'', 'snap/bin/lxd': b'',
                  'snap/lxd/123/meta/snap.yaml': b"name: lxd\nversion: '5.21'\n"})):
            root = make(top, name, files)
            host, image = (packages(run(*words, root), kind)
                           for words, kind in ((('audit', '--root'), 'host'), (('scan',), 'image')))
            ok([p[:3] for p in host] == want and host == image, f'{name}: a host has what a scan of its folder has', (host, image))

        for name, files in (('pacman', {'var/lib/pacman/local/x-1-1/desc': b'%NAME%\nx\n'}),
                            ('none', {'etc/os-release': ROCKY}),
                            ('cut', {'etc/os-release': ROCKY, 'var/lib/rpm/rpmdb.sqlite': corpus('rpm_sqlite/cut')}),
                            ('both', {'var/lib/dpkg/status': DPKG, 'var/lib/pacman/local/x-1-1/desc': b'%NAME%\nx\n'})):
            doc = run('audit', '--root', make(top, name, files), state=state)
            verdicts = {f['verdict'] for f in doc['findings'] if f.get('check') == 'HOST-022'}
            ok(verdicts == {'unknown'}, f'{name}: what is not read is unknown, and no pass', verdicts)
        shutil.rmtree(state)
    return end()


sys.exit(main())
