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
SOCKET = {'Binds': ['/var/run:/var/run:ro']}


def tenant(name):
    return {'labels': {'tenant': name}}


# name: image, user, host configuration and labels; what is expected of it, PASS where nothing is said
CONTAINERS = {
    'open': ('corp/app:1', '', OPEN, {}, {'CMB-001': 'fail'}),
    'local': ('corp/app:1', '', LOCAL, {}, {}),
    'user': ('corp/app:1', '1000', OPEN, {}, {}),
    # busybox is in no feed
    'mended': ('corp/free:1', '', OPEN, {}, {'CMB-001': 'unknown'}),
    'beside': ('corp/app:1', '', {'NetworkMode': 'container:open'}, {}, {'CMB-001': 'fail'}),
    'agent': ('corp/free:1', '', SOCKET, {}, {}),
}


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
    for name, version in (('corp/app:1', '3.0.1-1'), ('corp/free:1', '3.0.2-1')):
        layer = tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'bin/busybox': (busybox, 0o755),
                     'var/lib/dpkg/status': status(('openssl', version))})
        save(top + '/image.tar', name, [layer], ['ADD file:1 in /', 'CMD ["/bin/busybox", "sleep", "1000"]'],
             {'Cmd': ['/bin/busybox', 'sleep', '1000'], 'ExposedPorts': {'80/tcp': {}}})
        with open(top + '/image.tar', 'rb') as f:
            code, text = e.call('POST', '/images/load', f.read(), 'application/x-tar')
        assert code == 200, text


def start(e, name, image, user, host, more):
    body = {'Image': image, 'User': user, 'Labels': more.get('labels', {}), 'Env': more.get('env', []),
            'HostConfig': host, 'NetworkingConfig': {'EndpointsConfig': {n: {} for n in more.get('networks', [])}}}
    code, text = e.call('POST', '/containers/create?name=' + name, json.dumps(body).encode())
    assert code == 201, text
    code, text = e.call('POST', f'/containers/{name}/start')
    assert code == 204, text


def main():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    with tempfile.TemporaryDirectory(prefix='plimsoll-combined.') as top, Engine() as e:
        state = top + '/state'
        advisories(top + '/osv')
        assert run('db', 'update', '--source', top + '/osv', state=state).returncode == 0
        load(e, top)
        for name, (image, user, host, more, _) in CONTAINERS.items():
            start(e, name, image, user, host, more)
        done = run('audit', '--engine', e.address, '--no-probes', '--format', 'json', state=state)
        found = {(f['subject']['name'], f['check']): f for f in json.loads(done.stdout)['findings']
                 if f['kind'] == 'check' and f['check'].startswith('CMB-')}
        for name, (_, _, _, _, expected) in CONTAINERS.items():
            for check in sorted({c for _, c in found}):
                f = found[name, check]
                want = expected.get(check, 'pass')
                ok(f['verdict'] == want, f'{name} and {check}: {want}', json.dumps(f, indent=1))
        shown = {v['field']: v['value'] for v in found['open', 'CMB-001']['evidence']}
        ok(CVE in shown.get('container.image.findings', '') and '0.0.0.0' in shown.get('container.ways_in', ''),
           'the vulnerability and the port stand in the evidence', shown)
    return end()


if __name__ == '__main__':
    sys.exit(main())
