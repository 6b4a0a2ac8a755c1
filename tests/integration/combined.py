#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks over related subjects on a real engine: what alone may be tolerable fails together, and only together."""
import json
import os
import subprocess
import sys
import tempfile
import time

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from image_maker import save, status, tar  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
CVE = 'CVE-2031-0001'
OPEN = {'PortBindings': {'80/tcp': [{'HostIp': '', 'HostPort': '0'}]}}
LOCAL = {'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '0'}]}}
HOST = {'NetworkMode': 'host', 'SecurityOpt': ['seccomp=unconfined']}


STOPPED = {'is_started': False}


def labels(**of):
    return {'labels': {k.replace('_', '-'): v for k, v in of.items()}}


# name: image, user, host configuration, what else; and what is expected of it where it is not PASS below
CONTAINERS = {
    'open': ('corp/app:1', '', OPEN, {}, {'CMB-001': 'fail', 'CMB-014': 'fail'}),
    'local': ('corp/app:1', '', LOCAL, {}, {}),
    'user': ('corp/app:1', '1000', {**OPEN, 'SecurityOpt': ['no-new-privileges']}, {}, {}),
    # busybox is in no feed
    'mended': ('corp/free:1', '', OPEN, {}, {'CMB-001': 'unknown', 'CMB-009': 'fail'}),
    'beside': ('corp/app:1', '', {'NetworkMode': 'container:open'}, {}, {'CMB-001': 'fail', 'CMB-014': 'fail'}),
    'agent': ('corp/free:1', '', {'Binds': ['SOCKET:/run/docker.sock:ro']}, {}, {}),
    'gate': ('corp/free:1', '1000', {'Binds': ['SOCKET:/run/docker.sock:ro'], **OPEN}, {},
             {'CMB-002': 'fail', 'CMB-009': 'fail'}),
    'shop': ('corp/app:1', '', {'NetworkMode': 'meet'}, labels(tenant='a'), {'CMB-003': 'fail'}),
    'bank': ('corp/app:1', '', {'NetworkMode': 'meet'}, labels(tenant='b'), {'CMB-003': 'fail'}),
    'alone': ('corp/app:1', '', {'NetworkMode': 'own'}, {**labels(tenant='a'), **STOPPED}, {'CMB-003': 'pass'}),
    'proxy': ('corp/app:1', '', {'NetworkMode': 'own'}, {**labels(tenant='all'), **STOPPED}, {}),
    # such a network is there once it is used, and not every kernel can
    'till': ('corp/app:1', '', {'NetworkMode': 'wire'}, {**labels(data_class='card'), **STOPPED},
             {'CMB-005': 'fail'}),
    'safe': ('corp/app:1', '', {'NetworkMode': 'pipe'}, {**labels(data_class='card'), **STOPPED},
             {}),
    'desk': ('corp/app:1', '', {'NetworkMode': 'own'}, {**labels(data_class='card', tenant='a'), **STOPPED}, {'CMB-003': 'pass'}),
    # nor may every engine give all privileges
    'strong': ('corp/app:1', '', {'Privileged': True}, {'env': ['DB_PASSWORD=correct-horse-9Xq'], **STOPPED},
               {'CMB-006': 'fail'}),
    'weak': ('corp/app:1', '', {}, {'env': ['DB_PASSWORD=correct-horse-9Xq'], **STOPPED}, {}),
    # what a container opens on the host's network is published by nobody
    'bare': ('corp/app:1', '', HOST, {}, {'CMB-001': 'unknown', 'CMB-007': 'fail', 'CMB-014': 'unknown'}),
    'held': ('corp/app:1', '', {'NetworkMode': 'host'}, {}, {'CMB-001': 'unknown', 'CMB-014': 'unknown'}),
    'writer': ('corp/app:1', '', {'Binds': ['/etc:/host/etc']}, {}, {'CMB-010': 'fail'}),
    'reader': ('corp/app:1', '', {'Binds': ['/etc:/host/etc:ro']}, STOPPED, {}),
    'other': ('corp/app:1', '1000', {'Binds': ['/etc:/host/etc']}, STOPPED, {}),
    'leak': ('corp/leak:1', '', {}, {}, {'CMB-011': 'fail'}),
}
# what each check says of a container that is not named with it above
CHECKS = {'CMB-001': 'pass', 'CMB-002': 'pass', 'CMB-003': 'not-applicable', 'CMB-005': 'pass', 'CMB-006': 'pass',
          'CMB-007': 'pass', 'CMB-010': 'pass', 'CMB-011': 'pass', 'CMB-012': 'pass', 'CMB-013': 'pass', 'CMB-014': 'pass'}
RUNNING = ('CMB-011', 'CMB-012', 'CMB-013')


def run(*args, state):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def advisories(folder):
    now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    os.makedirs(folder)
    with open(f'{folder}/DEBIAN-{CVE}.json', 'w', encoding='utf-8') as f:
        json.dump({'schema_version': '1.7.0', 'id': f'DEBIAN-{CVE}', 'upstream': [CVE], 'modified': now, 'affected': [{
            'package': {'ecosystem': 'Debian:12', 'name': 'openssl'},
            'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '3.0.2-1'}]}]}]}, f)
    with open(f'{folder}/kev.json', 'w', encoding='utf-8') as f:
        json.dump({'catalogVersion': '1', 'dateReleased': now, 'vulnerabilities': [
            {'cveID': CVE, 'dateAdded': '2031-01-01', 'dueDate': '2031-02-01'}]}, f)


def load(e, top):
    with open('/bin/busybox', 'rb') as f:
        busybox = f.read()
    key = subprocess.run(['openssl', 'genpkey', '-algorithm', 'ed25519'], capture_output=True, check=True).stdout
    for name, version, release, more in (
            ('corp/app:1', '3.0.1-1', '12', {'bin/su': (b'su', 0o4755), 'bin/nginx': (busybox, 0o755),
                                             'bin/postgres': (busybox, 0o755)}),
            ('corp/free:1', '3.0.2-1', '8', {}), ('corp/leak:1', '3.0.2-1', '12', {'root/.ssh/id_ed25519': key})):
        layer = tar({'etc/os-release': f'ID=debian\nVERSION_ID="{release}"\n'.encode(), 'bin/busybox': (busybox, 0o755),
                     'var/lib/dpkg/status': status(('openssl', version)), **more})
        save(top + '/image.tar', name, [layer], ['ADD file:1 in /', 'CMD ["/bin/busybox", "sleep", "1000"]'],
             {'Cmd': ['/bin/busybox', 'sleep', '1000'], 'ExposedPorts': {'80/tcp': {}}})
        with open(top + '/image.tar', 'rb') as f:
            code, text = e.call('POST', '/images/load', f.read(), 'application/x-tar')
        assert code == 200, text


def make_networks(e):
    """Two bridges, and two networks of a swarm, of which one encrypts."""
    code, text = e.call('POST', '/swarm/init', b'{"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"}')
    assert code == 200, text
    for name, options in (('meet', {}), ('own', {}), ('wire', {'Driver': 'overlay', 'Attachable': True}),
                          ('pipe', {'Driver': 'overlay', 'Attachable': True, 'Options': {'encrypted': ''}})):
        code, text = e.call('POST', '/networks/create', json.dumps({'Name': name, **options}).encode())
        assert code == 201, text


def start(e, name, image, user, host, more):
    host = {**host, 'Binds': [b.replace('SOCKET', e.socket) for b in host.get('Binds', [])]}
    body = {'Image': image, 'User': user, 'Labels': more.get('labels', {}), 'Env': more.get('env', []),
            **({'Cmd': more['cmd']} if 'cmd' in more else {}), 'HostConfig': host}
    code, text = e.call('POST', '/containers/create?name=' + name, json.dumps(body).encode())
    assert code == 201, text
    if more.get('is_started', True):
        code, text = e.call('POST', f'/containers/{name}/start')
        assert code == 204, text


def main():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    with tempfile.TemporaryDirectory(prefix='plimsoll-combined.') as top, Engine() as e:
        state = top + '/state'
        advisories(top + '/osv')
        assert run('db', 'update', '--source', top + '/osv', state=state).returncode == 0
        load(e, top)
        make_networks(e)
        with open(top + '/plimsoll.yaml', 'w', encoding='utf-8') as f:
            f.write('policy:\n  functions: [web, database]\n  shared_services: [proxy]\n')
        for name, (image, user, host, more, _) in CONTAINERS.items():
            start(e, name, image, user, host, more)
        done = run('audit', '--engine', e.address, '--no-probes', '--format', 'json', '--config', top + '/plimsoll.yaml',
                   state=state)
        found = {(f['subject']['name'], f['check']): f for f in json.loads(done.stdout)['findings']
                 if f['kind'] == 'check' and f['check'].startswith('CMB-')}
        for name, (_, _, _, more, expected) in CONTAINERS.items():
            for check in sorted({**CHECKS, **expected}):
                f = found[name, check]
                is_idle = check in RUNNING and more.get('is_started') is False
                want = expected.get(check, 'not-applicable' if is_idle else CHECKS.get(check))
                ok(f['verdict'] == want, f'{name} and {check}: {want}', json.dumps(f, indent=1))
        ok(found['open', 'CMB-004']['verdict'] == 'fail', 'containers that name no function are not one function')
        e.call('POST', '/swarm/leave?force=1')
        shown = {v['field']: v['value'] for v in found['open', 'CMB-001']['evidence']}
        ok(CVE in shown.get('container.image.findings', '') and '0.0.0.0' in shown.get('container.ways_in', ''),
           'the vulnerability and the port stand in the evidence', shown)
    return end()


if __name__ == '__main__':
    sys.exit(main())
