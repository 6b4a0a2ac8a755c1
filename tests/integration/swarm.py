#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real swarms of one manager and one worker, each an engine of its own: badly and well set up."""
import base64
import json
import os
import subprocess
import sys
import tempfile

from engine_maker import Engine, until
from tap import end, ok

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engines
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

PROGRAM = os.environ['PLIMSOLL']
# Both are made up.
KEY = 'AKIA' + 'Q3EGRNXZ7HVBWTYK'
PASSWORD = 'xk7-Plr92-vvQe4'


def run(command):
    clean = {k: v for k, v in os.environ.items() if not k.startswith('DOCKER')}
    return subprocess.run(command, capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL, env=clean)


def audit(engine, *args, state='none'):
    done = run([PROGRAM, 'audit', '--state-dir', state, '--no-images', '--format', 'json', '--engine', engine.address, *args])
    report = json.loads(done.stdout)
    return {f['check']: f for f in report['findings'] if f['kind'] == 'check' and f['subject']['kind'] == 'engine' and
            f['check'].startswith(('SWM', 'SEC-004', 'SEC-010', 'NET-018'))}, done, report


def told(found, check):
    return {(i, e['field']): e['value'] for i, e in enumerate(found[check]['evidence'])}


def verdicts(found, *checks):
    return {c: (found[c]['verdict'] + (':' + found[c]['reason'] if found[c]['verdict'] == 'unknown' and found[c]['reason'] else ''))
            for c in checks}


def call(engine, method, path, what=None, want=(200, 201, 204)):
    code, text = engine.call(method, path, json.dumps(what).encode() if what is not None else b'')
    assert code in want, (path, code, text)
    return json.loads(text) if text.strip() else None


def service(engine, name, environment, **more):
    spec = {'Name': name, 'TaskTemplate': {'ContainerSpec': {
        'Image': 'busy:1', 'Command': ['/bin/busybox'], 'Args': ['sleep', '1000'], 'Env': environment}},
        'Mode': {'Replicated': {'Replicas': 1}}, **more}
    return call(engine, 'POST', '/services/create', spec)['ID']


def has_task(engine):
    return b'"State":"running"' in engine.call('GET', '/tasks')[1]


def firewall(*rules):
    """Denies what these do not accept."""
    lines = ['add table inet own', 'delete table inet own', 'table inet own {', 'chain in {',
             'type filter hook input priority 0; policy drop;', 'iif lo accept', 'ct state established accept', *rules, '}', '}']
    subprocess.run(['nft', '-f', '-'], input='\n'.join(lines) + '\n', text=True, check=True)


def badly(engine, worker):
    """What an engine takes when it is told nothing, and what people do."""
    call(engine, 'POST', '/swarm/init', {'AdvertiseAddr': '10.99.0.1', 'ListenAddr': '0.0.0.0:2377',
                                         'Spec': {'CAConfig': {'NodeCertExpiry': 365 * 86400 * 10**9}}})
    call(engine, 'POST', '/networks/create', {'Name': 'clear', 'Driver': 'overlay'})
    call(engine, 'POST', '/configs/create', {'Name': 'settings', 'Data': base64.b64encode(
        f'region = x\naws_access_key_id = {KEY}\n'.encode()).decode()})
    web = service(engine, 'web', ['LANG=C', 'DB_PASSWORD=' + PASSWORD],
                  EndpointSpec={'Ports': [{'TargetPort': 80, 'PublishedPort': 8080, 'Protocol': 'tcp'}]})
    until(lambda: has_task(engine), 20)
    with tempfile.TemporaryDirectory(prefix='plimsoll-swarm.') as state:
        found, done, _ = audit(engine, state=state)
        want = {'SWM-001': 'fail', 'SWM-002': 'fail', 'SWM-003': 'fail', 'SWM-004': 'fail', 'SWM-005': 'fail',
                'SWM-006': 'not-applicable', 'SWM-007': 'fail', 'SWM-008': 'pass', 'SWM-009': 'fail', 'SWM-010': 'fail',
                'SWM-011': 'fail', 'SWM-012': 'fail'}
        ok(verdicts(found, *want) == want, 'a swarm that was told nothing fails where it should',
           str(verdicts(found, *want)) + done.stderr.decode())
        kinds = list(told(found, 'SWM-004').values())
        ok('DB_PASSWORD' in kinds and 'service web' in kinds and 'config settings' in kinds,
           'a password in a service and a key in a config are named', kinds)
        nets = list(told(found, 'SWM-003').values())
        ok('clear' in nets and 'ingress' in nets, 'the network in clear is named, and ingress, through which a port is published', nets)
        everything = b''
        for folder, _, files in os.walk(state):
            for name in files:
                with open(os.path.join(folder, name), 'rb') as f:
                    everything += f.read()
        tokens = list(call(engine, 'GET', '/swarm')['JoinTokens'].values())
        leaked = [s for s in (KEY, PASSWORD, *tokens) if s.encode() in everything or s.encode() in done.stdout]
        config = base64.b64encode(f'region = x\naws_access_key_id = {KEY}\n'.encode())
        ok(not leaked and config not in everything, 'neither value reaches report or log, nor does a join token', leaked)
    join(engine, worker)
    version = call(engine, 'GET', '/services/' + web)
    spec = version['Spec']
    spec['TaskTemplate']['ContainerSpec']['Env'] = ['LANG=C']
    call(engine, 'POST', f"/services/{web}/update?version={version['Version']['Index']}", spec)
    found, _, _ = audit(engine)
    ok('service web (previous)' in told(found, 'SWM-004').values() and 'service web' not in told(found, 'SWM-004').values(),
       'a password that an update took out still stands in what the service was before', told(found, 'SWM-004'))
    secrets_and_places(engine)
    call(engine, 'POST', '/swarm/leave?force=1')


def secrets_and_places(engine):
    secret = call(engine, 'POST', '/secrets/create', {'Name': 'db', 'Data': base64.b64encode(PASSWORD.encode()).decode()})['ID']
    given = [{'SecretID': secret, 'SecretName': 'db', 'File': {'Name': 'db', 'UID': '0', 'GID': '0', 'Mode': 0o440}}]
    for name, labels, constraints in (('store', {'function': 'database', 'data-class': 'pan'}, []),
                                      ('cache', {'function': 'cache'}, ['node.labels.zone == card'])):
        service(engine, name, [], Labels=labels, TaskTemplate={
            'ContainerSpec': {'Image': 'busy:1', 'Secrets': given}, 'Placement': {'Constraints': constraints}})
    with tempfile.NamedTemporaryFile('w', suffix='.yaml') as policy:
        policy.write("policy:\n  approved_secret_uses: ['db:store']\n  max_secret_age_days: ['-1']\n  services_of_every_zone: [web]\n")
        policy.flush()
        found, done, _ = audit(engine, '--config', policy.name)
        want = {'SEC-004': 'fail', 'SEC-010': 'fail', 'NET-018': 'fail'}
        ok(verdicts(found, *want) == want and 'db:cache' in str(told(found, 'SEC-010')) and
           [v for (_, f), v in told(found, 'NET-018').items() if f == 'swarm_service.name'] == ['store'],
           'a secret too old, one given to a service too many, and data on any node', str(verdicts(found, *want)) + done.stderr.decode())
    found, _, _ = audit(engine)
    want = {'SEC-004': 'pass', 'SEC-010': 'unknown:needs:policy'}
    ok(verdicts(found, *want) == want, 'without a policy a new secret is new, and who needs it is not known', verdicts(found, *want))


def join(engine, worker):
    token = call(engine, 'GET', '/swarm')['JoinTokens']['Worker']
    call(worker, 'POST', '/swarm/join', {'RemoteAddrs': ['10.99.0.1:2377'], 'JoinToken': token, 'AdvertiseAddr': '10.98.0.1',
                                         'ListenAddr': '10.98.0.1:2377'})
    found, done, _ = audit(worker)
    want = {'SWM-001': 'unknown:not-a-manager', 'SWM-002': 'not-applicable', 'SWM-004': 'unknown:not-a-manager',
            'SWM-005': 'not-applicable', 'SWM-007': 'unknown:not-a-manager', 'SWM-010': 'unknown:not-a-manager',
            'SWM-009': 'fail', 'SWM-011': 'unknown:not-a-manager'}
    ok(verdicts(found, *want) == want, 'a worker is judged by what it knows, and says of the rest that managers know it',
       str(verdicts(found, *want)) + done.stderr.decode())
    call(worker, 'POST', '/swarm/leave?force=1')


def drains(engine):
    """The node changes by itself while it comes up, and an update of what it was before is refused."""
    node = call(engine, 'GET', '/nodes')[0]
    return engine.call('POST', f"/nodes/{node['ID']}/update?version={node['Version']['Index']}",
                       json.dumps({**node['Spec'], 'Availability': 'drain'}).encode())[0] == 200


def well(engine):
    call(engine, 'POST', '/swarm/init', {'AdvertiseAddr': '10.99.0.1', 'ListenAddr': '10.99.0.1:2377', 'DataPathAddr': '10.98.0.1',
                                         'Spec': {'EncryptionConfig': {'AutoLockManagers': True}}})
    until(lambda: drains(engine), 20)
    node = call(engine, 'GET', '/nodes')[0]
    call(engine, 'POST', '/networks/create', {'Name': 'sealed', 'Driver': 'overlay', 'Options': {'encrypted': ''}})
    secret = call(engine, 'POST', '/secrets/create', {'Name': 'db', 'Data': base64.b64encode(PASSWORD.encode()).decode()})['ID']
    service(engine, 'web', [], TaskTemplate={'ContainerSpec': {
        'Image': 'busy:1', 'Secrets': [{'SecretID': secret, 'SecretName': 'db', 'File': {
            'Name': 'db', 'UID': '0', 'GID': '0', 'Mode': 0o440}}], 'Env': ['DB_PASSWORD_FILE=/run/secrets/db']}})
    want = {'SWM-001': 'fail', 'SWM-002': 'pass', 'SWM-003': 'pass', 'SWM-004': 'pass', 'SWM-005': 'pass',
            'SWM-006': 'unknown:needs:attest', 'SWM-007': 'pass', 'SWM-008': 'pass', 'SWM-009': 'pass', 'SWM-011': 'pass',
            'SWM-012': 'pass'}
    firewall('tcp dport 22 accept')
    found, done, _ = audit(engine)
    ok(verdicts(found, *want) == want, 'a swarm that was set up well passes, but for its one manager',
       str(verdicts(found, *want)) + done.stderr.decode())
    firewall('ip saddr 10.99.0.0/24 tcp dport 2377 accept')
    with tempfile.NamedTemporaryFile('w', suffix='.yaml') as policy:
        policy.write(f"policy:\n  swarm_nodes: [{node['Description']['Hostname']}]\n"
                     "  approved_secret_uses: ['db:web']\n  services_of_every_zone: [web]\n")
        policy.flush()
        found, done, _ = audit(engine, '--config', policy.name)
        ok(verdicts(found, 'SWM-010')['SWM-010'] == 'unknown:needs:gate',
           'known nodes alone do not say that tokens were replaced', str(found['SWM-010']) + done.stderr.decode())
        good = {'SEC-004': 'pass', 'SEC-010': 'pass', 'NET-018': 'pass'}
        ok(verdicts(found, *good) == good, 'secrets are new and go where they are declared, and no class of data is on any node',
           verdicts(found, *good))
        ok(verdicts(found, 'SWM-012')['SWM-012'] == 'unknown:needs:zones',
           'sources that the firewall names may be the nodes, or others', found['SWM-012'])
    call(engine, 'POST', '/swarm/leave?force=1')


for name, address in (('manage', '10.99.0.1/24'), ('data', '10.98.0.1/24')):
    for command in (['link', 'add', name, 'type', 'bridge'], ['addr', 'add', address, 'dev', name], ['link', 'set', name, 'up']):
        subprocess.run(['ip', *command], check=True)
subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
with Engine() as manager, Engine('--bridge=none', '--iptables=false') as other:
    manager.busybox()
    found, _, _ = audit(manager)
    stores = {'SEC-004': 'unknown:needs:govern', 'SEC-010': 'unknown:needs:govern', 'NET-018': 'not-applicable'}
    ok(verdicts(found, *stores) == stores, 'where secrets are kept without a swarm nobody knows', verdicts(found, *stores))
    ok(set(v['verdict'] for k, v in found.items() if k not in stores) == {'not-applicable'}, 'in no swarm none of it applies', found)
    badly(manager, other)
    well(manager)
sys.exit(end())
