#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which endpoints an audit finds on its host and what they show: dockerd with --tlsverify, a published port of a container,
Debian's docker-registry with and without TLS and users, etcd. In network and process namespaces of its own, whose first
process this is: the host's sockets are those of the first process."""
import crypt
import json
import os
import signal
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', '-p', '-f', '--mount-proc', 'sh', '-c', 'ip link set lo up && "$@"', 'sh', sys.executable]
              + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from probe import fingerprint, free_port, make_authority, make_certificate, wait_for  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
STOP = []


def start(*words):
    # pylint: disable=consider-using-with
    STOP.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def registry(work, port, tls, users):
    config = f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {work}/registry{port}}}}}\nhttp:\n  addr: 127.0.0.1:{port}\n"
    if tls:
        config += f"  tls: {{certificate: {work}/good.pem, key: {work}/good.key}}\n"
    if users:
        with open(work + '/users', 'w', encoding='utf-8') as f:
            f.write('u:' + crypt.crypt('p', crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)) + '\n')
        config += f"auth: {{htpasswd: {{realm: r, path: {work}/users}}}}\n"
    with open(f'{work}/{port}.yml', 'w', encoding='utf-8') as f:
        f.write(config)
    start('docker-registry', 'serve', f'{work}/{port}.yml')
    wait_for(port)


def etcd(work, port, *tls):
    scheme = 'https' if tls else 'http'
    start('etcd', '--data-dir', f'{work}/etcd{port}', '--listen-client-urls', f'{scheme}://127.0.0.1:{port}',
          '--advertise-client-urls', f'{scheme}://127.0.0.1:{port}', '--listen-peer-urls', f'http://127.0.0.1:{free_port()}', *tls)
    wait_for(port)


def audit(work, engine, *words):
    """Facts by address, verdicts by address and check, the document."""
    state = tempfile.mkdtemp(dir=work)
    got = subprocess.run([PLIMSOLL, 'audit', '--engine', engine.address, '--no-images', '--state-dir', state, '--format', 'json',
                          *words], capture_output=True, text=True, check=False, timeout=200)
    doc = json.loads(got.stdout)
    facts = {}
    for e in doc['evidence']:
        if e['type'] == 'endpoint.facts':
            blob = subprocess.run([PLIMSOLL, 'ledger', 'show', str(e['ledger_index']), '--blob', 'facts', '--state-dir', state],
                                  capture_output=True, text=True, check=True).stdout
            f = {k.split('.')[1]: v for k, v in json.loads(blob).items()}
            facts[f['address']] = f
    verdicts = {(f['subject']['name'], f['check']): f['verdict'] for f in doc['findings']
                if f.get('check') and f['subject']['kind'] == 'endpoint'}
    return facts, verdicts, doc


def judge(work, engine, ports):
    facts, verdicts, doc = audit(work, engine, '--ca', work + '/ca.pem', '--ca-fingerprint', fingerprint(work + '/ca.pem'))
    api = f"127.0.0.1:{ports['api']}"
    f = facts.get(api, {})
    ok(f.get('role') == 'engine' and f['client_certificate'] == 'demanded' and f['answers_anonymous'] is False and
       f['tls_1_1'] is False and f['trust'] == 'pinned', "the engine's API shows its certificate and demands one", f)
    ok(verdicts.get((api, 'NET-025')) == 'pass' and verdicts.get((api, 'NET-011')) == 'pass' and
       verdicts.get((api, 'NET-026')) == 'pass', 'its rows pass', verdicts)
    web = f"0.0.0.0:{ports['web']}"
    f = facts.get(web, {})
    ok(f.get('role') == 'published' and f['holder'] == 'container web' and f['protocol'] == 'http' and f['answers_plain'] is True
       and f['is_loopback'] is False, 'a published port is found with its container', f)
    ok(verdicts.get((web, 'WEB-001')) == 'fail', 'a page in clear on a published port fails WEB-001', verdicts)
    safe = f"127.0.0.1:{ports['safe']}"
    f = facts.get(safe, {})
    ok(f.get('role') == 'registry' and f['name'] == 'localhost' and f['name_matches'] is True and f['challenges'] == ['Basic'] and
       f['answers_anonymous'] is False, 'a registry that is a mirror is asked by its name', f)
    ok(verdicts.get((safe, 'REG-001')) == 'pass' and verdicts.get((safe, 'REG-002')) == 'pass',
       'with TLS and users it passes REG-001 and REG-002', (verdicts, f))
    bare = f"127.0.0.1:{ports['bare']}"
    f = facts.get(bare, {})
    ok(f.get('let_in') and len(f['let_in']) == 3 and f['tls'] is False, 'one without either lets anybody list, pull and push', f)
    ok(verdicts.get((bare, 'REG-001')) == 'fail' and verdicts.get((bare, 'REG-002')) == 'fail', 'and fails both rows', verdicts)
    for name, verdict in (('etcd', 'fail'), ('etcds', 'pass')):
        place = f"127.0.0.1:{ports[name]}"
        ok(facts.get(place, {}).get('role') == 'etcd' and verdicts.get((place, 'NET-025')) == verdict,
           f'etcd on {name}: NET-025 {verdict}', (facts.get(place), verdicts))
    far = 'mirror.invalid:443'
    ok(facts.get(far, {}).get('is_here') is False and verdicts.get((far, 'REG-001')) == 'unknown',
       'a registry of another host is told and not asked', facts.get(far))
    ok(not [g for g in doc['gaps'] if 'endpoint' in (g['kind'] or '')], 'nothing of the endpoints is a gap', doc['gaps'])


def container(work, engine, ports):
    state = tempfile.mkdtemp(dir=work)

    def run(*words):
        return subprocess.run([PLIMSOLL, 'probe', *words, '--engine', engine.address, '--state-dir', state, '--format', 'json'],
                              capture_output=True, text=True, check=False)
    got = run('web')
    doc = json.loads(got.stdout)
    names = [s['name'] for s in doc['scope']['subjects']]
    ok(sorted(names) == [f"0.0.0.0:{ports['web']}", f"[::]:{ports['six']}"],
       'probe asks the published ports of a container that is named', (names, got.stderr))
    ok(('WEB-001', 'fail') in [(f['check'], f['verdict']) for f in doc['findings']], 'and judges it', doc['findings'])
    got = run('nobody')
    ok(got.returncode == 4 and 'no such container' in got.stderr, 'a container that is not there is an error', got.stderr)
    got = run('web', '--attack')
    ok(got.returncode == 2 and 'name an address' in got.stderr, 'attacks go to addresses that are named', got.stderr)
    end_proxy(ports['six'])
    for words, status in ([], 0), (['--fail-on', 'critical'], 3):
        got = run('web', *words)
        doc = json.loads(got.stdout)
        ok(got.returncode == status and [g['what'] for g in doc['gaps'] if 'refused' in g['detail']] == [f"endpoint [::]:{ports['six']}"] and
           ('WEB-001', 'fail') in [(f['check'], f['verdict']) for f in doc['findings']],
           'of two ports of which one takes no connection the other is judged, and that one told', (doc['gaps'], got.returncode))


def end_proxy(port):
    """The engine's program that holds this published port."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/cmdline', encoding='utf-8') as f:
                words = f.read().split('\0')
        except OSError:
            continue
        if words[0].endswith('docker-proxy') and str(port) in words:
            os.kill(int(pid), signal.SIGKILL)


def unasked(work, engine):
    facts, _, doc = audit(work, engine, '--no-probes')
    gaps = [g for g in doc['gaps'] if 'endpoint' in (g['kind'] or '')]
    ok(not facts and gaps and gaps[0]['reason'] == 'not-observed', 'with --no-probes nothing is asked, and that is told', doc['gaps'])
    state = tempfile.mkdtemp(dir=work)
    got = subprocess.run(['unshare', '-n', PLIMSOLL, 'audit', '--no-engine', '--state-dir', state, '--format', 'json'],
                         capture_output=True, text=True, check=False)
    ok('another network' in got.stdout and '"endpoint.facts"' not in got.stdout,
       'sockets of another network than ours are not mistaken for our own', got.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-probe-') as work:
        make_authority(work)
        make_certificate(work, 'good')
        ports = {name: free_port() for name in ('api', 'web', 'six', 'safe', 'bare', 'etcd', 'etcds')}
        try:
            registry(work, ports['safe'], True, True)
            registry(work, ports['bare'], False, False)
            etcd(work, ports['etcd'])
            etcd(work, ports['etcds'], '--cert-file', work + '/good.pem', '--key-file', work + '/good.key', '--trusted-ca-file',
                 work + '/ca.pem', '--client-cert-auth')
            with Engine('-H', f"tcp://127.0.0.1:{ports['api']}", '--tlsverify', '--tlscacert', work + '/ca.pem', '--tlscert',
                        work + '/good.pem', '--tlskey', work + '/good.key', '--registry-mirror',
                        f"https://localhost:{ports['safe']}", '--registry-mirror', 'https://mirror.invalid') as engine:
                engine.busybox()
                engine.run('web', config={'Cmd': ['/bin/busybox', 'httpd', '-f', '-p', '8080'], 'ExposedPorts': {'8080/tcp': {}}},
                           NetworkMode='bridge', PortBindings={'8080/tcp': [{'HostIp': '', 'HostPort': str(ports['web'])},
                                                      {'HostIp': '::', 'HostPort': str(ports['six'])}]})
                engine.has_started('web')
                judge(work, engine, ports)
                container(work, engine, ports)
                unasked(work, engine)
        finally:
            for p in STOP:
                p.kill()
                p.wait()
    return end()


if __name__ == '__main__':
    sys.exit(main())
