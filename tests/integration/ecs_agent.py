#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An instance of ECS whose container agent is asked about itself and its tasks: recorded answers, and others that lie or
never end, from a small server called as the agent is. In network, process and mount namespaces of its own, with an /etc
that says that this is such an instance."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

if os.environ.get('PL_INSIDE') != '1':
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', '-m', '--propagation', 'slave', '-p', '-f', '--mount-proc', 'sh', '-c',
                          'ip link set lo up && "$@"', 'sh', sys.executable] + sys.argv)

from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
FIXTURES = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/ecs/'
# Each line of standard input answers one path: PATH TAB bytes in JSON. "endless" sends for ever.
SERVER = '''
import json, socket, sys, threading
answers = json.loads(sys.argv[1])
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[2], 51678))
s.listen(8)
def serve(c):
    with c:
        try:
            path = (c.recv(4096).decode() + '  ').split(' ')[1]
            answer = answers.get(path, 'HTTP/1.0 404 Not Found\\r\\n\\r\\n')
            if answer == 'endless':
                c.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n{"Version": "')
                while True:
                    c.sendall(b'x' * 65536)
            c.sendall(answer.encode('latin-1'))
        except OSError:
            pass
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
'''


def recorded(name):
    with open(FIXTURES + name, encoding='utf-8') as f:
        return ''.join(line for line in f if not line.startswith('#'))


def answer(body, status='200 OK'):
    return f'HTTP/1.0 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}'


METADATA, TASKS = recorded('introspection-metadata.json'), recorded('introspection-tasks.json')
GOOD = {'/v1/metadata': answer(METADATA), '/v1/tasks': answer(TASKS)}


class Agent:
    """Listens as the agent does. name: what the process is called."""

    def __init__(self, folder, answers, name='agent', user=None, address='0.0.0.0'):
        self.place = socket.inet_aton(address)[::-1].hex().upper() + f':{51678:04X} 00000000:0000 0A'
        program = f'{folder}/{name}'
        if not os.path.exists(program):
            os.symlink(os.path.realpath('/usr/bin/python3'), program)  # that anybody may start
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([program, '-c', SERVER, json.dumps(answers), address],
                                        stdin=subprocess.DEVNULL, user=user, env={'PYTHONHOME': '/usr'})

    def __enter__(self):
        for _ in range(200):
            with open('/proc/net/tcp', encoding='ascii') as f:
                if self.place in f.read():
                    return self
            time.sleep(0.05)
        raise AssertionError('nobody listens')

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def audit(*args):
    said = subprocess.run([PLIMSOLL, 'audit', '--state-dir', 'none', '--no-engine', '--format', 'json', *args], capture_output=True,
                          text=True, timeout=120, check=False)
    assert said.stdout, said.stderr
    return json.loads(said.stdout)


def ecs(report):
    return {f['check']: f for f in report['findings'] if f['kind'] == 'check' and f['subject']['kind'] == 'ecs'}


def gap(report):
    return ' | '.join(f"{g['what']}: {g['reason']}: {g['detail']}" for g in report['gaps'] if 'ECS agent' in g['what'])


def evidence(finding):
    return {e['field']: e['value'] for e in finding['evidence']}


def what_it_tells(folder):
    with Agent(folder, GOOD):
        report = audit()
    found = ecs(report)
    ok(found.get('ECS-008', {}).get('verdict') == 'fail' and evidence(found['ECS-008']).get('ecs_platform.agent') == '1.30.0',
       'an old agent fails by what it tells of itself', [found.get('ECS-008'), report['gaps']])
    others = {check: f['verdict'] for check, f in found.items() if check != 'ECS-008'}
    ok(others and not {'pass', 'fail'} & set(others.values()), 'of the account it says nothing', others)
    ok([s['name'] for s in report['scope']['subjects'] if s['kind'] == 'ecs'] == ['ECS agent'] and not gap(report),
       'it is a subject of its own', gap(report))
    with Agent(folder, {**GOOD, '/v1/metadata': answer(METADATA.replace('1.30.0', '1.97.1'))}):
        newer = ecs(audit())['ECS-008']
    ok((newer['verdict'], newer['reason']) == ('unknown', 'needs:policy'),
       'of a newer one the owner says which is old enough', newer)


def who_is_asked(folder):
    with Agent(folder, GOOD, name='other'):
        report = audit()
    ok(not ecs(report).get('ECS-008', {}).get('evidence'), 'another program on that port is not asked', ecs(report).get('ECS-008'))
    with Agent(folder, GOOD, user=65534):
        report = audit()
    ok(not ecs(report).get('ECS-008', {}).get('evidence'), "nor one that is not root's", ecs(report).get('ECS-008'))
    with Agent(folder, {}, address='127.0.0.2'), Agent(folder, GOOD, name='other', user=65534, address='127.0.0.1'):
        report = audit()
    ok(not ecs(report).get('ECS-008', {}).get('evidence'), 'nor one that holds the port beside it', ecs(report).get('ECS-008'))
    with Agent(folder, GOOD):
        report = audit('--no-probes')
    ok(not ecs(report).get('ECS-008', {}).get('evidence'), 'nor any where nothing is to be asked', ecs(report).get('ECS-008'))


def what_lies(folder):
    lies = {
        'garbage': {'/v1/metadata': 'SSH-2.0-x\r\n', '/v1/tasks': '\x00\xff' * 1000},
        'an error': {'/v1/metadata': answer(METADATA, '500 Oops')},
        'another document': {'/v1/metadata': answer('[1, 2]'), '/v1/tasks': answer('{}')},
        'an answer without end': {'/v1/metadata': 'endless', '/v1/tasks': 'endless'},
    }
    for what, answers in lies.items():
        with Agent(folder, answers):
            report = audit()
        ok('ECS agent on port 51678' in gap(report) and not ecs(report).get('ECS-008', {}).get('evidence'),
           f'{what} is a gap, and the rest goes on', [gap(report), ecs(report).get('ECS-008')])
    with Agent(folder, {**GOOD, '/v1/tasks': 'endless'}):
        report = audit()
    ok('/v1/tasks' in gap(report) and ecs(report)['ECS-008']['verdict'] == 'fail',
       'tasks that never end are a gap, and the agent is judged', gap(report))


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-ecs.') as folder:
        os.chmod(folder, 0o755)
        subprocess.run(['cp', '-a', '/etc', folder + '/etc'], check=False)
        os.makedirs(folder + '/etc/ecs')
        subprocess.run(['mount', '--bind', folder + '/etc', '/etc'], check=True)
        what_it_tells(folder)
        who_is_asked(folder)
        what_lies(folder)
        subprocess.run(['umount', '-l', '/etc'], check=False)
        shutil.rmtree(folder + '/etc', ignore_errors=True)
    return end()


sys.exit(main())
