#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is affected, on a real engine: containers that run and that do not, their images with names that a
shell would take apart, the base that they stand on, the host, and what is left after the rebuild."""
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
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
CVE = 'CVE-2032-0001'
STEPS = ['ADD file:1 in /', 'CMD ["/bin/busybox", "sleep", "1000"]']
SETTINGS = {'Cmd': ['/bin/busybox', 'sleep', '1000']}


def run(*args, state):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def load(e, top, version):
    """The base and what stands on it, with that version of the package; the application twice under other names."""
    with open('/bin/busybox', 'rb') as f:
        busybox = f.read()
    system = {'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'bin/busybox': (busybox, 0o755)}
    ground = tar({**system, 'var/lib/dpkg/status': status(('openssl', version))})
    app = tar({'srv/app': version.encode()})
    path = os.path.join(top, 'image.tar')
    for name, layers in (('corp/base:1', [ground]), ('corp/app:1', [ground, app]),
                         ('corp/free:1', [tar({**system, 'srv/free': b'1'})])):
        save(path, name, layers, STEPS + ['COPY app'] * (len(layers) - 1), SETTINGS)
        with open(path, 'rb') as f:
            code, text = e.call('POST', '/images/load', f.read(), 'application/x-tar')
        assert code == 200, text


def start(e, name, image, is_started=True):
    code, text = e.call('POST', '/containers/create?name=' + name,
                        json.dumps({'Image': image, 'HostConfig': {'NetworkMode': 'none'}}).encode())
    assert code == 201, text
    if is_started:
        code, text = e.call('POST', f'/containers/{name}/start')
        assert code == 204, text


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-affected.') as top, Engine() as e:
        state, osv, host = (os.path.join(top, x) for x in ('state', 'osv', 'host'))
        os.makedirs(osv)
        os.makedirs(host + '/var/lib/dpkg')
        os.makedirs(host + '/etc')
        with open(f'{osv}/DEBIAN-{CVE}.json', 'w', encoding='utf-8') as f:
            json.dump({'schema_version': '1.7.0', 'id': f'DEBIAN-{CVE}', 'upstream': [CVE],
                       'modified': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), 'affected': [{
                           'package': {'ecosystem': 'Debian:12', 'name': 'openssl'},
                           'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '3.0.2-1'}]}]}]}, f)
        with open(host + '/etc/os-release', 'w', encoding='utf-8') as f:
            f.write('ID=debian\nVERSION_ID="12"\n')
        with open(host + '/etc/machine-id', 'w', encoding='utf-8') as f:
            f.write('0123456789abcdef0123456789abcdef\n')
        with open(host + '/var/lib/dpkg/status', 'wb') as f:
            f.write(status(('openssl', '3.0.1-1')))
        assert run('db', 'update', '--source', osv, state=state).returncode == 0
        load(e, top, '3.0.1-1')
        os.environ['DOCKER_HOST'] = e.address
        done = run('base', 'add', 'corp/base:1', '--owner', 'base team', state=state)
        ok(done.returncode == 0, 'a base is added from the engine', done.stderr)
        with open(top + '/saved.tar', 'wb') as f:
            f.write(e.call('GET', '/images/corp/app:1/get')[1])
        docs = [json.loads(run('scan', x, '--format', 'json', state=state).stdout) for x in ('corp/app:1', top + '/saved.tar')]
        found, saved = [(sorted((f['id'], f['verdict'], f['owner'], f['first_seen'] or '') for f in d['findings']),
                         [(p['purl'], p['layer'], p['owner']) for p in d['packages']], d['gaps']) for d in docs]
        ok(found == saved and len(found[0]) > 20, 'the engine and its archive give the same findings, packages and gaps',
           [x for x in zip(found[0], saved[0]) if x[0] != x[1]][:5] + [found[1:], saved[1:], len(found[0]), len(saved[0])])
        start(e, 'web', 'corp/app:1')
        start(e, 'idle', 'corp/app:1', False)
        start(e, 'free', 'corp/free:1')
        done = run('audit', '--engine', e.address, '--no-probes', '--format', 'json', state=state)
        ok(done.returncode == 0, 'the engine is audited', done.stderr)
        done = run('audit', '--root', host, '--quiet', state=state)
        ok(done.returncode == 0, 'so is a host', done.stderr)

        answer = json.loads(run('affected', CVE, '--format', 'json', state=state).stdout)
        rows = {(r['kind'], r['name']): r for r in answer['affected']}
        app = rows.get(('image', 'corp/app:1'), {})
        ok(set(rows) >= {('image', 'corp/base:1'), ('image', 'corp/app:1')} and ('image', 'corp/free:1') not in rows,
           'images that have it, and only those', sorted(rows))
        ok(app.get('owner') == 'base-image' and app.get('fixed_version') == '3.0.2-1' and app.get('runs'),
           'with owner and fixed version, and that one runs', app)
        ok({(c['name'], c['state']) for c in app.get('containers', [])} == {('web', 'running'), ('idle', 'created')} and
           all(c['host'] for c in app['containers']), 'its containers, their state and host', app)
        ok([s['image'] for s in answer['rebuild']] == ['corp/base:1', 'corp/app:1'] and
           answer['rebuild'][1]['after_base'] and answer['rebuild'][0]['update'] == 'openssl to 3.0.2-1',
           'the base first, then the application on it', answer['rebuild'])
        ok({c['container'] for c in answer['replace']} == {'web', 'idle'}, 'then the containers', answer['replace'])
        ok([h for h in answer['update_hosts'] if h['fixed_version'] == '3.0.2-1'], 'and the host', answer['update_hosts'])
        text = run('affected', CVE, state=state).stdout.decode()
        ok('running' in text and 'created' in text and 'Hosts to update' in text and 'rebuild corp/base:1' in text,
           'the same for people', text)
        dot = run('affected', CVE, '--format', 'dot', state=state).stdout.decode()
        ok(dot.count('->') == 3, 'the graph has the base, the application and two containers', dot)
        script = run('affected', CVE, '--format', 'sh', state=state).stdout
        done = subprocess.run(['sh', '-s'], input=script, capture_output=True, timeout=20, check=False)
        ok(done.returncode == 0 and done.stdout.count(b'replace container') == 2, 'the script runs', done)
        ok(run('affected', CVE, '--verify', state=state).returncode == 1, 'verify: exposed')

        load(e, top, '3.0.2-1')
        for name in ('web', 'idle'):
            e.call('DELETE', f'/containers/{name}?force=1')
        start(e, 'web', 'corp/app:1')
        with open(host + '/var/lib/dpkg/status', 'wb') as f:
            f.write(status(('openssl', '3.0.2-1')))
        run('audit', '--engine', e.address, '--no-probes', '--quiet', state=state)
        done = run('affected', CVE, '--verify', state=state)
        ok(done.returncode == 1 and b'Hosts to update' in done.stdout and b'replace' not in done.stdout,
           'after the rebuild what is left is told: the base that was not read again, and the host', done)
        run('audit', '--root', host, '--quiet', state=state)
        run('scan', 'corp/base:1', '--quiet', state=state)
        done = run('affected', CVE, '--verify', state=state)
        ok(done.returncode in (0, 3) and b'0 current places' in done.stderr, 'then nothing is exposed', done)
    return end()


sys.exit(main())
