#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a list of settings does not show, on a real engine: facts that have to be read where they are true. Each container is
made so that the obvious place says one thing and the right one another."""
import json
import os
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engines
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine, until  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
USER = {'config': {'User': '10001'}}
BRIDGE = {'NetworkMode': 'bridge'}
PORT = {**BRIDGE, 'config': {'ExposedPorts': {'80/tcp': {}}}, 'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '18080'}]}}
HEALTHY = {'Healthcheck': {'Test': ['CMD', '/bin/busybox', 'true'], 'Interval': 1000000000}}

# name: how it is started, and what is expected of it
CONTAINERS = {
    # what a user who is not root may regain stands in the bounding set alone
    'regains': ({**USER, **BRIDGE, 'CapAdd': ['SYS_ADMIN']}, {'CTR-033': 'fail', 'CTR-039': 'fail', 'CTR-037': 'pass'}),
    'drops': ({**USER, **BRIDGE, 'CapDrop': ['ALL']}, {'CTR-033': 'pass', 'CTR-039': 'pass', 'CTR-038': 'pass'}),
    'named': (PORT, {'CTR-009': 'pass', 'CTR-014': 'pass'}),
    'all': ({**BRIDGE, 'PublishAllPorts': True, 'config': {'ExposedPorts': {'9/tcp': {}}}}, {'CTR-009': 'fail', 'CTR-014': 'fail'}),
    'unasked': ({'CapAdd': ['NET_RAW'], 'CgroupnsMode': 'private', 'Binds': ['FOLDER/b:/b:ro']},
                {'CTR-027': 'fail', 'CTR-056': 'not-applicable', 'CTR-047': 'pass', 'CTR-031': 'not-applicable', 'CTR-051':
                 'not-applicable', 'CTR-045': 'fail', 'CTR-028': 'fail', 'CTR-046': 'fail', 'CTR-039': 'not-applicable',
                 'CTR-049': 'pass', 'CTR-009': 'not-applicable'}),
    'writes': ({'Binds': ['FOLDER/a:/a', 'FOLDER/b:/b'], 'CgroupnsMode': 'host'}, {'CTR-056': 'fail', 'CTR-049': 'fail'}),
    'declared': ({'Binds': ['FOLDER/a:/a'], 'config': HEALTHY}, {'CTR-056': 'pass', 'CTR-027': 'pass'}),
    'stranger': ({'config': {'Labels': {'trust': 'untrusted', 'zone': 'cde', 'data-class': 'card', 'owner': 'ann'}}},
                 {'CTR-051': 'fail', 'CTR-045': 'pass'}),
}


def audit(*args):
    done = subprocess.run([PLIMSOLL, 'audit', '--state-dir', 'none', '--no-images', '--format', 'json', *args],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    report = json.loads(done.stdout)
    return {(f['subject'].get('name'), f['check']): f for f in report['findings'] if f['kind'] == 'check'}


def verdict(found, name, check):
    return found.get((name, check), {}).get('verdict')


def evidence(found, name, check):
    return {e['field']: e['value'] for e in found.get((name, check), {}).get('evidence', [])}


def policy(folder, **more):
    rows = {'declared_ports': '["127.0.0.1:18080/tcp"]', 'declared_host_paths': f'[{folder}/a]', 'sandbox_runtimes': '[runsc]',
            'zones': '[cde]', 'data_classes': '[card]', 'approved_images': '["sha256:' + '0' * 64 + '"]',
            'approved_deployments': '["x@sha256:' + '0' * 64 + '"]', **more}
    with open(folder + '/plimsoll.yaml', 'w', encoding='utf-8') as f:
        f.write('policy:\n' + ''.join(f'  {k}: {v}\n' for k, v in rows.items()))
    return folder + '/plimsoll.yaml'


def containers(e, folder):
    for name, (host, _) in CONTAINERS.items():
        host = {k: [b.replace('FOLDER', folder) for b in v] if k == 'Binds' else v for k, v in host.items()}
        e.run(name, **host)
    until(lambda: b'"healthy"' in e.call('GET', '/containers/declared/json')[1], 30)
    found = audit('--engine', e.address, '--config', policy(folder), '--no-probes')
    for name, (_, wants) in CONTAINERS.items():
        got = {c: verdict(found, name, c) for c in wants}
        if 'CTR-049' in wants and got['CTR-049'] == 'not-applicable':  # a host with version 1 of control groups
            wants = {**wants, 'CTR-049': 'not-applicable'}
        ok(got == wants, f'container {name} is judged by what is true of it', [found.get((name, c)) for c in wants if got[c] != wants[c]])
    return found


def settings(e, folder):
    """The digest of the settings outlives containers that come, and no other setting."""
    found = audit('--engine', e.address, '--no-probes')
    digest = evidence(found, e.address, 'ENG-052').get('engine.settings_digest', '')
    config = policy(folder, approved_engine_settings=f'["{digest}"]')
    e.run('one-more')
    found = audit('--engine', e.address, '--no-probes', '--config', config)
    ok(digest.startswith('sha256:') and verdict(found, e.address, 'ENG-052') == 'pass',
       'settings are the same with one container more', found.get((e.address, 'ENG-052')))
    with open(e.dir + '/daemon.json', 'w', encoding='utf-8') as f:
        json.dump({'userland-proxy': False, 'debug': True}, f)
    found = audit('--engine', e.address, '--no-probes', '--config', config)
    ok(verdict(found, e.address, 'ENG-052') == 'fail', 'and others with another configuration file', found.get((e.address, 'ENG-052')))
    want = {'ENG-054': 'pass', 'ENG-051': 'pass', 'ENG-041': 'pass', 'ENG-042': 'pass', 'ENG-043': 'pass', 'ENG-033': 'pass',
            'ENG-034': 'pass', 'ENG-035': 'pass', 'ENG-055': 'pass'}
    got = {c: verdict(found, e.address, c) for c in want}
    ok(got == want, "the files and sockets of this engine's own containerd are found where it keeps them",
       [found.get((e.address, c)) for c in want if got[c] != want[c]])
    os.chmod(e.dir + '/exec/containerd/containerd.sock', 0o666)
    os.chmod(e.dir + '/data', 0o755)
    os.chown(e.dir + '/daemon.json', 7, 0)
    found = audit('--engine', e.address, '--no-probes')
    got = {c: verdict(found, e.address, c) for c in ('ENG-042', 'ENG-055', 'ENG-035')}
    ok(set(got.values()) == {'fail'}, 'and fail where they are open', got)


def held_by_the_engine(e):
    """With the userland proxy off the engine holds the published ports itself: they are no API."""
    found = audit('--engine', e.address)
    row = found.get((e.address, 'ENG-007'))
    ok(verdict(found, e.address, 'ENG-007') == 'pass', 'a published port that the engine holds is no API', row)
    hosts = [f for (_, c), f in found.items() if c == 'HOST-036']
    ok(hosts and '18080' not in json.dumps(hosts[0].get('evidence', [])), 'nor a service of the host', hosts)


def an_api_behind_the_port_of_another(folder):
    """Its port is the one of a container that never ran, its metrics have it on another address, and it is the swarm's."""
    address = ['-H', 'tcp://127.0.0.2:2377', '--metrics-addr', '127.0.0.1:2377', '--experimental']
    with Engine(*address, config={}) as e:
        e.busybox()
        body = {'Image': 'busy:1', 'Cmd': ['/bin/busybox'], 'ExposedPorts': {'80/tcp': {}}, 'HostConfig': {'PortBindings': {'80/tcp': [{'HostIp': '', 'HostPort': '2377'}]}}}
        assert e.call('POST', '/containers/create?name=never', json.dumps(body).encode())[0] == 201
        found = audit('--engine', e.address, '--config', policy(folder))
        ok(verdict(found, e.address, 'ENG-007') == 'fail' and
           evidence(found, e.address, 'ENG-007').get('api_listener.address') == '127.0.0.2:2377',
           'an open API is found on a port that belongs to something else', found.get((e.address, 'ENG-007')))


def main():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    with tempfile.TemporaryDirectory(prefix='plimsoll-traps.') as folder:
        os.mkdir(folder + '/a')
        os.mkdir(folder + '/b')
        with Engine(config={'userland-proxy': False}) as e:
            e.busybox()
            containers(e, folder)
            held_by_the_engine(e)
            settings(e, folder)
        an_api_behind_the_port_of_another(folder)
    return end()


sys.exit(main())
