#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""daemon.json and the options of a unit are judged as the engine that they start: before, and after a real dockerd runs
with them; where the first says yes or no, the second must say the same."""
import json
import os
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from shown import confirm  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
CONFIGS = (
    ({'log-driver': 'syslog', 'icc': False, 'insecure-registries': ['10.0.0.0/8', 'reg.local:5000'], 'live-restore': True,
      'no-new-privileges': True, 'userland-proxy': False, 'default-ulimits': {'nofile': {'Name': 'nofile', 'Soft': 10, 'Hard': 20}},
      'experimental': True}, []),
    ({'debug': True, 'log-level': 'debug', 'cgroup-parent': '/mine', 'builder': {'entitlements': {'network-host': False}},
      'runtimes': {'other': {'path': '/bin/true'}}}, ['--ip', '127.0.0.1', '--log-opt', 'max-size=1m', '--log-opt=max-file=2']),
)


def run(*args, stdin=None):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', 'none'], capture_output=True, text=True, timeout=120,
                          check=False, input=stdin)


def findings(text):
    return {f['check']: f for f in json.loads(text)['findings'] if f['kind'] == 'check' and f['subject']['kind'] == 'engine'}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def unit(options):
    return '[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/dockerd -H fd:// ' + ' '.join(options) + '\n'


def check_engine(work):
    wrong, same = [], 0
    for i, (config, options) in enumerate(CONFIGS):
        folder = f'{work}/{i}'
        write(folder + '/daemon.json', json.dumps(config))
        write(folder + '/docker.service', unit(options))
        before = findings(run('scan', 'declared:' + folder, '--format', 'json').stdout)
        with Engine(*options, config=config) as e:
            after = findings(run('audit', '--engine', e.address, '--no-images', '--format', 'json').stdout)
        for check, f in before.items():
            if f['verdict'] in ('pass', 'fail'):
                good = after[check]['verdict'] == f['verdict']
                same += good
                if good:
                    confirm(check, f['verdict'])
                wrong += [] if good else [(i, check, f['verdict'], after[check]['verdict'], after[check]['reason'])]
    ok(not wrong and same >= 20, 'a verdict about files is that about the engine that they start', f'{same} same\n{wrong}')


def check_merge(work):
    root = work + '/root'
    write(root + '/etc/docker/daemon.json', '{\n  "icc": false,\n  "made-up": 1,\n  "live-restore": "yes"\n}\n')
    write(root + '/usr/lib/systemd/system/docker.service', unit(['--no-new-privileges']))
    write(root + '/etc/systemd/system/docker.service.d/10.conf',
          '[Service]\nEnvironment="A=-H tcp://0.0.0.0:2375"\nExecStart=\nExecStart=/usr/bin/dockerd \\\n  $A\n')
    done = run('scan', 'declared:' + root, '--format', 'json')
    found, gaps = findings(done.stdout), json.loads(done.stdout)['gaps']
    at = {c: f['declared_at'] for c, f in found.items()}
    drop_in = root + '/etc/systemd/system/docker.service.d/10.conf'
    ok(found['ENG-007']['verdict'] == 'fail' and at['ENG-007'] == {'file': drop_in, 'line': 4, 'column': 11},
       'a drop-in opens the port, and is named', at['ENG-007'])
    ok(found['ENG-002']['verdict'] == 'pass' and at['ENG-002'] == {'file': root + '/etc/docker/daemon.json', 'line': 2, 'column': 10},
       'daemon.json is merged with it', at['ENG-002'])
    ok(found['ENG-014']['verdict'] == 'fail', 'a start that was reset does not count', found['ENG-014'])
    write(root + '/usr/lib/systemd/system/docker.service.d/20.conf', '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -D\n')
    write(root + '/usr/lib/systemd/system/docker.service.d/30.conf', '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd\n')
    os.symlink('/dev/null', root + '/etc/systemd/system/docker.service.d/30.conf')
    later = findings(run('scan', 'declared:' + root, '--format', 'json').stdout)
    ok(later['ENG-007']['verdict'] != 'fail' and later['ENG-012']['verdict'] == 'fail',
       'drop-ins follow their names, wherever they lie, and can be masked', later['ENG-012'])
    write(root + '/etc/systemd/system/service.d/25.conf', '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2375\n')
    last = findings(run('scan', 'declared:' + root, '--format', 'json').stdout)
    ok(last['ENG-007']['verdict'] == 'fail', 'a drop-in of all services counts', last['ENG-007'])
    write(root + '/etc/systemd/system/docker.service.d/25.conf', '[Service]\n')
    last = findings(run('scan', 'declared:' + root, '--format', 'json').stdout)
    ok(last['ENG-007']['verdict'] != 'fail', 'one of the unit alone hides it', last['ENG-007'])
    ok(found['ENG-015']['verdict'] == 'unknown' and {g['reason'] for g in gaps} == {'unsupported', 'unreadable'},
       'an unknown key and a value that dockerd refuses are gaps', gaps)


def check_open():
    text = '[Service]\nEnvironmentFile=-/etc/default/docker\nExecStart=/usr/bin/dockerd $OPTIONS --icc=false\n'
    done = run('scan', 'declared:-', '--format', 'json', stdin=text)
    passed = {c for c, f in findings(done.stdout).items() if f['verdict'] == 'pass'}
    ok(passed == {'ENG-002'}, 'what a file of options could set does not pass', passed)
    text = ('[Service]\nEnvironment=A=1 \\ \nExecStart=/usr/bin/dockerd --log-opt tag=a|b;c -DH=tcp://0.0.0.0:2375 -H :2376 '
            '--no-new-privileges=F --userland-proxy=False\n')
    done = run('scan', 'declared:-', '--format', 'json', stdin=text)
    found = findings(done.stdout)
    ports = [e['value'] for e in found['ENG-007']['evidence'] if e['field'] == 'api_listener.address']
    ok(ports[:2] == ['0.0.0.0:2375', ':2376'] and found['ENG-014']['verdict'] == 'fail' and found['ENG-012']['verdict'] == 'fail',
       'options are read as systemd and dockerd read them', found['ENG-007'])
    for start in ('/bin/sh -c "dockerd -H tcp://0.0.0.0:2375"', '/usr/bin/dockerd --config-file /etc/other.json'):
        with tempfile.TemporaryDirectory(prefix='plimsoll-declared-') as work:
            write(work + '/daemon.json', '{"icc": false}')
            write(work + '/docker.service', '[Service]\nExecStart=' + start + '\n')
            done = run('scan', 'declared:' + work, '--format', 'json')
            passed = {c for c, f in findings(done.stdout).items() if f['verdict'] == 'pass'}
            ok(passed <= {'ENG-002'} and json.loads(done.stdout)['gaps'], 'what else starts the engine leaves all open', passed)
    done = run('scan', 'declared:-', '--format', 'json', stdin='{"icc": null}')
    ok(findings(done.stdout)['ENG-002']['verdict'] == 'fail', 'null sets nothing', done.stderr)
    text = '[Service]\nExecStart=-/usr/bin/docker run --name web --privileged web:1\n'
    done = run('scan', 'declared:-', '--format', 'json', stdin=text)
    names = [s['name'] for s in json.loads(done.stdout)['scope']['subjects']]
    ok(names == ['web'], 'a unit may start a container', done.stderr)
    done = run('scan', 'declared:-', '--format', 'json', stdin='{"icc": true}')
    ok(findings(done.stdout)['ENG-002']['verdict'] == 'fail', 'daemon.json comes by standard input', done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-declared-') as work:
        check_engine(work)
        check_merge(work)
    check_open()
    return end()


if __name__ == '__main__':
    sys.exit(main())
