#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A command line is judged as the container that it makes: each line of a script before it runs, and after the real
client has made the same on a real engine; where the first says yes or no, the second must say the same."""
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
KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'PLIMSOLLKEY'
SCRIPT = f'''#!/bin/sh
# docker create --name commented --privileged busy:1
set -e
docker create --name careful \\
    --read-only --cap-drop=ALL --security-opt no-new-privileges -u 1000:1000 \\
    --restart on-failure:3 --pids-limit 50 -m 64m --memory-swap 64m --cpus 0.5 --cpu-shares 512 \\
    -p 127.0.0.1:8080:80 --tmpfs /tmp --network shop --log-driver json-file --log-opt max-size=1m \\
    busy:1 /bin/busybox sh -c 'docker run --privileged is an argument here'
ID=$(docker create --name careless --privileged --pid=host --ipc host --network=host --restart always -u root \\
    -v /var/run/docker.sock:/var/run/docker.sock -v /etc:/host-etc:ro \\
    -e "AWS_SECRET_ACCESS_KEY={KEY}" busy:1 /bin/busybox)
test -n "$ID" && docker container create --name between --user 0 --cap-add NET_ADMIN --cap-add=SYS_PTRACE \\
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined -p 80:80 -p443 \\
    --device /dev/fuse --ulimit nofile=2000000 --sysctl net.ipv4.ip_forward=1 -v /anonymous \\
    --mount type=bind,src=/usr,dst=/usr-of-host --tmpfs /scratch:exec,suid --cgroup-parent=/mine \\
    --mount type=volume,dst=/hidden,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/root,src=hidden \\
    --oom-kill-disable -itm64m --uts host --userns host --oom-score-adj -500 --group-add 0 busy:1 /bin/busybox
sh -c "docker create --name inside -P --security-opt systempaths=unconfined busy:1 /bin/busybox"
docker create --name beside --network container:between --pid container:between busy:1 /bin/busybox
docker create --name gone --cgroupns host --label a=b --entrypoint /bin/busybox busy:1 true > /dev/null 2>&1
docker ps -a
'''


def run(*args, stdin=None):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', 'none'], capture_output=True, text=True, timeout=120,
                          check=False, input=stdin)


def verdicts(doc):
    return {(f['subject']['name'], f['check']): (f['verdict'], f['reason']) for f in doc['findings']
            if f['kind'] == 'check' and f['subject']['kind'] == 'container'}


def check_engine(path):
    scan = run('scan', path, '--format', 'json')
    before = verdicts(json.loads(scan.stdout))
    with Engine() as e:
        e.busybox()
        client = {**os.environ, 'DOCKER_HOST': e.address}
        subprocess.run(['docker', 'network', 'create', 'shop'], capture_output=True, env=client, check=True)
        made = subprocess.run(['sh', path], capture_output=True, text=True, env=client, check=False)
        ok(made.returncode == 0, 'the script makes the containers', made.stderr)
        after = verdicts(json.loads(run('audit', '--engine', e.address, '--no-images', '--format', 'json').stdout))
    names = {name for name, _ in before}
    ok(names == {name for name, _ in after} == {'careful', 'careless', 'between', 'inside', 'beside', 'gone'},
       'each command that makes a container is one, and nothing else is', names)
    judged = [(k, v[0]) for k, v in before.items() if v[0] in ('pass', 'fail', 'not-applicable') and k in after]
    wrong = [(k, v, after[k]) for k, v in judged if after[k][0] != v]
    for (_, check), verdict in judged:
        confirm(check, verdict)
    ok(not wrong and len(judged) >= 150, 'a verdict about a line is that about its container',
       f'{len(judged)} compared\n' + '\n'.join(map(str, wrong)))
    unknown = sorted({check for (name, check), (v, _) in before.items()
                      if v == 'unknown' and name != 'beside' and not check.startswith('CMB-')})
    ok(len(unknown) < 20, 'few are open before', unknown)
    ok(KEY not in scan.stdout and KEY not in scan.stderr, 'a secret is told and not shown')


def line_of(part):
    return next(i for i, line in enumerate(SCRIPT.splitlines(), 1) if part in line)


def check_places(path):
    doc = json.loads(run('scan', path, '--format', 'json').stdout)
    at = {(f['subject']['name'], f['check']): f['declared_at'] for f in doc['findings'] if f['verdict'] == 'fail'}
    want = [('careless', 'CTR-005', '--name careless', '--privileged'), ('careless', 'CTR-016', '--pid=host', 'host --ipc'),
            ('careless', 'CTR-032', '-v /var/run', '/var/run'), ('between', 'CTR-022', 'seccomp=', 'seccomp='),
            ('careless', 'CTR-042', 'AWS_SECRET', '"AWS_SECRET')]
    lines = SCRIPT.splitlines()
    wrong = [(w, at.get(w[:2])) for w in want if at.get(w[:2]) != {
        'file': path, 'line': line_of(w[2]), 'column': lines[line_of(w[2]) - 1].index(w[3]) + 1}]
    ok(not wrong, 'each finding names file, line and column', wrong)


def check_forms():
    line = 'docker run --rm --privileged -v "$DATA":/data alpine:3'
    done = run('scan', 'run:' + line, '--format', 'json')
    doc = json.loads(done.stdout)
    found = verdicts(doc)
    ok(found['line 1', 'CTR-005'][0] == 'fail' and found['line 1', 'CTR-006'][0] == 'unknown',
       'a command line can be given as run:LINE', found)
    done = run('scan', 'declared:-', '--format', 'json', stdin=line + '\n')
    ok(verdicts(json.loads(done.stdout)) == found, 'or comes by standard input', done.stderr)
    done = run('scan', 'run:docker run $OPTIONS busy:1', '--format', 'json')
    doc = json.loads(done.stdout)
    passed = [k for k, v in verdicts(doc).items() if v[0] == 'pass']
    ok(not passed and doc['gaps'], 'nothing passes where a variable may hold any option', passed)
    done = run('scan', 'run:docker run --of-tomorrow x --privileged busy:1', '--format', 'json')
    doc = json.loads(done.stdout)
    passed = [k for k, v in verdicts(doc).items() if v[0] == 'pass']
    ok(not passed and doc['gaps'], 'nor where an option is not known', passed)
    done = run('scan', 'run:docker ps')
    ok(done.returncode == 4 and 'makes no container' in done.stderr, 'a line that makes no container is refused', done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-declared-') as work:
        path = work + '/start.sh'
        with open(path, 'w', encoding='utf-8') as f:
            f.write(SCRIPT)
        check_engine(path)
        check_places(path)
    check_forms()
    return end()


if __name__ == '__main__':
    sys.exit(main())
