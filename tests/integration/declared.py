#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is declared is judged as what was made of it: the same Compose file before it runs, and as docker-compose makes
it on a real engine; where the first says yes or no, the second must say the same."""
import json
import os
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from shown import confirm
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'PLIMSOLLKEY'
COMPOSE = f'''version: "3.8"
x-careful: &careful
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
services:
  careful:
    <<: *careful
    image: busy:1
    command: [/bin/busybox]
    user: "1000:1000"
    restart: on-failure:3
    pids_limit: 50
    deploy:
      resources:
        limits: {{memory: 64M, cpus: "0.5"}}
    ports:
      - "127.0.0.1:8080:80"
    tmpfs: [/tmp]
    logging: {{driver: json-file, options: {{max-size: 1m}}}}
  careless:
    image: busy:1
    command: [/bin/busybox]
    user: root
    privileged: true
    pid: host
    ipc: host
    network_mode: host
    restart: always
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - ./data:/data
      - /etc:/host-etc:ro
    environment:
      AWS_SECRET_ACCESS_KEY: {KEY}
  beside:
    image: busy:1
    command: [/bin/busybox]
    network_mode: service:between
    pid: service:between
    ipc: shareable
    volumes_from: [between]
  between:
    image: busy:1
    command: [/bin/busybox]
    user: "0"
    cap_add: [NET_ADMIN, SYS_PTRACE]
    security_opt: ["seccomp:unconfined", "apparmor:unconfined"]
    ports: ["80:80", "443"]
    devices: ["/dev/fuse:/dev/fuse"]
    ulimits: {{nofile: 2000000}}
    sysctls: {{net.ipv4.ip_forward: 1}}
    volumes:
      - hidden:/hidden
      - plain:/plain
      - type: bind
        source: /usr
        target: /usr-of-host
    tmpfs: /scratch:exec,suid
    cgroup_parent: /mine
    oom_kill_disable: true
    mem_limit: 64m
volumes:
  plain:
  hidden:
    driver_opts: {{type: none, o: bind, device: /root}}
'''


def run(*args, stdin=None):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', 'none'], capture_output=True, text=True, timeout=120,
                          check=False, input=stdin)


def verdicts(doc, name_of):
    """{(container, check): verdict} of the checks over containers."""
    return {(name_of(f['subject']['name']), f['check']): (f['verdict'], f['reason']) for f in doc['findings']
            if f['kind'] == 'check' and f['subject']['kind'] == 'container'}


def compare(before, after):
    wrong, same = [], 0
    for (name, check), (verdict, _) in before.items():
        if verdict not in ('pass', 'fail', 'not-applicable') or (name, check) not in after:
            continue
        made = after[name, check]
        if made[0] == verdict:
            same += 1
            confirm(check, verdict)
        else:
            wrong.append((name, check, verdict, made))
    return wrong, same


def check_engine(work):
    path = work + '/compose.yaml'
    os.mkdir(work + '/data')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(COMPOSE)
    scan = run('scan', path, '--format', 'json')
    before = verdicts(json.loads(scan.stdout), lambda n: n)
    with Engine() as e:
        e.busybox()
        made = subprocess.run(['docker-compose', '-p', 'shop', '-f', path, 'up', '--no-start'], capture_output=True, text=True,
                              env={**os.environ, 'DOCKER_HOST': e.address, 'COMPOSE_API_VERSION': '1.41'}, check=False)
        ok(made.returncode == 0, 'docker-compose makes the containers', made.stderr)
        audit = run('audit', '--engine', e.address, '--no-images', '--format', 'json')
        after = verdicts(json.loads(audit.stdout), lambda n: n.split('_')[1] if n else '')
    wrong, same = compare(before, after)
    ok(not wrong and same >= 90, 'a verdict about a service is that about its container',
       f'{same} same\n' + '\n'.join(map(str, wrong)))
    # One service shares what another one has, which is not known before; nor what is beside a container and in its image.
    unknown = sorted({check for (name, check), (v, _) in before.items()
                      if v == 'unknown' and name != 'beside' and not check.startswith('CMB-')})
    ok(len(unknown) < 20, 'few are open before', unknown)
    failed = {c for (n, c), (v, _) in before.items() if v == 'fail' and n == 'careful'}
    ok(not failed - {'IMG-018'}, 'a careful service fails next to nothing', failed)
    ok(KEY not in scan.stdout and KEY not in scan.stderr, 'a secret is told and not shown')
    return path


def line_of(text, part):
    return next(i for i, line in enumerate(text.splitlines(), 1) if part in line)


def check_places(path):
    doc = json.loads(run('scan', path, '--format', 'json').stdout)
    at = {(f['subject']['name'], f['check']): f['declared_at'] for f in doc['findings'] if f['verdict'] == 'fail'}
    want = [('careless', 'CTR-005', 'privileged: true', 17), ('careless', 'CTR-010', 'network_mode: host', 19),
            ('careless', 'CTR-032', '- /var/run/docker.sock', 9), ('careless', 'CTR-042', 'AWS_SECRET', 30),
            ('between', 'CTR-022', 'seccomp:unconfined', 20), ('careless', 'CTR-016', 'pid: host', 10),
            ('between', 'CTR-011', 'mem_limit: 64m', 16)]
    wrong = [(w, at.get(w[:2])) for w in want
             if at.get(w[:2]) != {'file': path, 'line': line_of(COMPOSE, w[2]), 'column': w[3]}]
    ok(not wrong, 'each finding names file, line and column', wrong)
    sarif = json.loads(run('scan', path, '--format', 'sarif').stdout)
    where = [r['locations'][0]['physicalLocation'] for r in sarif['runs'][0]['results']
             if r['ruleId'] == 'CTR-005' and r['kind'] == 'fail']
    ok(len(where) == 1 and where[0]['region'] == {'startLine': line_of(COMPOSE, 'privileged: true'), 'startColumn': 17},
       'so does SARIF', where)
    text = run('scan', path).stdout
    ok(f"careless {line_of(COMPOSE, 'privileged: true')}:17" in text, 'and the table', text)
    ok(run('scan', path, '--fail-on', 'critical').returncode == 1, '--fail-on holds for it')


def check_standard_input():
    pod = ('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: c, image: "x:1", '
           'securityContext: {privileged: true}}\n---\napiVersion: v1\nkind: Service\n---\nb: {\n')
    done = run('scan', 'declared:-', '--format', 'json', stdin=pod)
    doc = json.loads(done.stdout)
    fails = {f['check'] for f in doc['findings'] if f['verdict'] == 'fail'}
    ok('CTR-005' in fails and [s['name'] for s in doc['scope']['subjects']] == ['Pod/a/c'],
       'manifests come by standard input', done.stderr)
    ok([g['what'] for g in doc['gaps']] == ['standard input: the rest of the file'], 'what follows an error is a gap', doc['gaps'])
    done = run('scan', 'declared:-', stdin='a: 1\n')
    ok(done.returncode == 4 and 'neither a Compose file' in done.stderr, 'a file that declares nothing is refused', done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-declared-') as work:
        path = check_engine(work)
        check_places(path)
    check_standard_input()
    sys.exit(end())


if __name__ == '__main__':
    main()
