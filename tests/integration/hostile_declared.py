#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every form of declaration, made to do harm: aliases that multiply or lead to themselves, keys that stand twice, 50 MB, deep
nests, input without end. Each is one error that names the file and the limit, or a gap beside what is judged; none takes long or
much memory."""
import json
import os
import subprocess
import sys
import tempfile

from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']
SECONDS, MEMORY_KIB = 120, 256 << 10  # of a hang and of a flood: a scan of one file takes less than a second and 64 MiB
MB = 1 << 20
with open(PROGRAM, 'rb') as program:
    IS_SANITIZED = b'__asan_init' in program.read()

BOMB = 'a: &a [x,x,x,x,x,x,x,x,x]\n' + ''.join(
    f'{c}: &{c} [{",".join(["*" + p] * 9)}]\n' for p, c in zip('abcdefghij', 'bcdefghijk'))
COMPOSE = 'services:\n  web: {image: "busy:1"%s}\n'
POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: c, image: "busy:1"%s}]}\n'
TASK = '{"family": "f", "containerDefinitions": [{"name": "c", "image": "busy:1"%s}]}'
APP = '{"id": "/a", "container": {"type": "DOCKER", "docker": {"image": "busy:1"%s}}}'
SIZE = ('input is over 16777216 bytes',)
TWICE = ('stands twice',)
DEEP = ('nested deeper than 48',)
# form: name of the file, and what is written: what it is, the parts of the text, words of the error
REFUSED = {
    'Compose': ('compose.yaml', [
        ('aliases that multiply', [BOMB, COMPOSE % ', labels: *k'], ('more than 400000 nodes',)),
        ('an alias to itself', ['services:\n  web: &w\n    image: busy:1\n    labels: *w\n'], ('alias *w',)),
        ('a merge of itself', ['x-a: &a\n  <<: *a\n', COMPOSE % ', <<: *a'], ('alias *a',)),
        ('a key twice', [COMPOSE % ', privileged: true, privileged: false'], ('"privileged" stands twice',)),
        ('50 MB', [COMPOSE % '', ('#' + 'x' * 1023 + '\n', 51200)], SIZE), ('a nest', ['services: ', ('[', 100000)], DEEP),
        ('noise', ['services:\n  web: \udcff\udcfe\n'], ('UTF-8',)), ('nothing', [''], ('neither a Compose file',))]),
    'a swarm stack': ('stack.yaml', [
        ('aliases that multiply', [BOMB, COMPOSE % ', deploy: {labels: *k}'], ('more than 400000 nodes',)),
        ('a key twice', [COMPOSE % ', deploy: {replicas: 1, replicas: 2}'], TWICE),
        ('50 MB', [COMPOSE % ', deploy: {replicas: 1}', ('#' + 'x' * 1023 + '\n', 51200)], SIZE)]),
    'Kubernetes': ('pod.yaml', [
        ('aliases that multiply', [BOMB, POD % ('p', '')], ('more than 400000 nodes',)),
        ('an alias to itself', ['apiVersion: v1\nkind: Pod\nmetadata: &m {name: p, labels: *m}\n'], ('alias *m',)),
        ('a key twice', [POD % ('p', ', securityContext: {privileged: true}, securityContext: {}')], TWICE),
        ('50 MB', [POD % ('p', ''), ('#' + 'x' * 1023 + '\n', 51200)], SIZE),
        ('a nest', ['apiVersion: v1\nkind: Pod\nspec: ', ('{a: ', 100000)], DEEP)]),
    'a task of ECS': ('task.json', [
        ('a key twice', [TASK % ', "privileged": true, "privileged": false'], TWICE),
        ('50 MB', [TASK[:-1] % '', ', "x": "', ('x' * 1024, 51200), '"}'], SIZE),
        ('a nest', ['{"family": "f", "containerDefinitions": ', ('[', 100000)], DEEP)]),
    'an app of Marathon': ('app.json', [
        ('a key twice', [APP % ', "privileged": true, "privileged": false'], TWICE),
        ('50 MB', [APP[:-1] % '', ', "x": "', ('x' * 1024, 51200), '"}'], SIZE),
        ('a nest', ['{"id": "/a", "container": ', ('{"a":', 100000)], DEEP)]),
    'a script': ('run.sh', [('50 MB', ['docker run busy:1\n', ('#' + 'x' * 1023 + '\n', 51200)], SIZE)]),
    'a Dockerfile': ('Dockerfile', [
        ('50 MB', ['FROM busy:1\n', ('#' + 'x' * 1023 + '\n', 51200)], SIZE),
        ('values that multiply', ['FROM busy:1\nENV a0=xxxxxxxxxxxxxxxx\n'] +
         [f'ENV a{i + 1}=' + f'${{a{i}}}' * 4 + '\n' for i in range(40)], ('does not fit its budget',)),
        ('100,000 instructions', ['FROM busy:1\n', ('RUN true\n', 100000)], ('more than 16384 instructions',))]),
    'daemon.json': ('daemon.json', [
        ('a key twice', ['{"icc": false, "icc": true}'], ('"icc" stands twice',)),
        ('50 MB', ['{"labels": ["', ('x' * 1024, 51200), '"]}'], SIZE), ('a nest', ['{"labels": ', ('[', 100000)], DEEP)]),
    'a unit': ('docker.service', [('50 MB', ['[Service]\n', ('#' + 'x' * 1023 + '\n', 51200)], SIZE)]),
}
# what is judged all the same: file, parts, subject that is judged, check that fails by it or None, reason of the gap
GOES_ON = (
    ('a kind that is not known', 'pod.yaml', ['apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {template: {containers: '
                                              '[{name: c, image: "busy:1", securityContext: {privileged: true}}]}}\n---\n', POD % ('p', '')],
     'Pod/p/c', 'CTR-013', 'unsupported'),
    ('lists in lists', 'pod.yaml', [('{apiVersion: v1, kind: List, items: [', 8), '{apiVersion: v1, kind: Pod, metadata: {name: deep}, spec: '
                                    '{containers: [{name: c, image: "busy:1"}]}}', (']}', 8), '\n---\n', POD % ('p', '')],
     'Pod/p/c', 'CTR-013', 'unsupported'),
    ('a document that breaks off', 'pod.yaml', [POD % ('p', ''), '---\napiVersion: v1\nkind: Pod\nmetadata: [\n'], 'Pod/p/c', 'CTR-013',
     'unreadable'),
    ('shells in shells', 'run.sh', ['docker run --privileged busy:1\ndocker run ', ('$(', 100000), '\n'], 'line 1', 'CTR-005',
     'limit:commands'),
    ('100,000 words', 'run.sh', ['docker run --privileged busy:1\ndocker run ', ('-e A=b ', 100000), 'busy:1\n'], 'line 1', 'CTR-005',
     'not-observed'),
    ('200,000 lines', 'docker.service', ['[Service]\n', ('Environment=A=b\n', 200000), 'ExecStart=/usr/bin/dockerd --icc\n'], 'engine',
     'ENG-002', None),
    ('a variable 100,000 times', 'docker.service', ['[Service]\nEnvironment="A=-H tcp://0.0.0.0:1"\nExecStart=/usr/bin/dockerd ',
                                                    ('$A ', 100000), '\n'], 'engine', None, None),
)


def write(path, parts):
    """A part is a text, or (text, how often)."""
    with open(path, 'wb') as f:
        for part in parts:
            text, times = part if isinstance(part, tuple) else (part, 1)
            for _ in range(times):
                f.write(text.encode(errors='surrogateescape'))


def scan(top, what, stdin=subprocess.DEVNULL, form='json'):
    """(exit code, report or None, what it said, KiB of its largest process); -1: it took too long."""
    with open(top + '/out', 'wb') as out, open(top + '/err', 'wb') as err:
        run = subprocess.Popen(['timeout', '-k', '1', str(SECONDS), PROGRAM, 'scan', what, '--state-dir', 'none', '--format', form],
                               stdin=stdin, stdout=out, stderr=err)
        _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    with open(top + '/out', encoding='utf-8') as f:
        text = f.read()
    with open(top + '/err', encoding='utf-8', errors='replace') as f:
        said = f.read().strip()
    return run.returncode, json.loads(text) if text.startswith('{') else None, said, 0 if IS_SANITIZED else used.ru_maxrss


def is_refused(result, name, words):
    code, report, said, memory = result
    lines = [line for line in said.splitlines() if line.startswith('plimsoll: ')]
    return code == 4 and report is None and memory < MEMORY_KIB and len(lines) == 1 and name in lines[0] and all(w in lines[0] for w in words)


def refused(top):
    for form, (name, rows) in REFUSED.items():
        for what, parts, words in rows:
            path = f'{top}/{name}'
            write(path, parts)
            got = scan(top, 'declared:' + path)
            ok(is_refused(got, path, words), f'{what} in {form}: one error that names the file and the limit', got)
            os.unlink(path)


def goes_on(top):
    for what, name, parts, subject, check, reason in GOES_ON:
        path = f'{top}/{name}'
        write(path, parts)
        code, report, said, memory = scan(top, 'declared:' + path)
        failed = {(f['subject']['name'].split('#')[-1], f.get('check')) for f in report['findings'] if f['verdict'] == 'fail'} if report else set()
        named = {s['name'].split('#')[-1] for s in report['scope']['subjects']} if report else set()
        gaps = [g['reason'] for g in report['gaps']] if report else []
        ok(code == 0 and subject in named and (check is None or (subject, check) in failed) and (reason is None or reason in gaps),
           f'{what}: the rest is judged, and the gap told', (code, said, named, gaps))
        ok(memory < MEMORY_KIB, f'{what}: in bounds', memory)
        os.unlink(path)


def stdin(top):
    """What helm and kubectl print, and whoever never stops."""
    for what, text, words in (('aliases that multiply', BOMB + POD % ('p', ''), ('more than 400000 nodes',)), ('a key twice', POD % (
            'p', ', securityContext: {privileged: true}, securityContext: {}'), TWICE)):
        write(top + '/in', [text])
        with open(top + '/in', 'rb') as f:
            got = scan(top, 'declared:-', f)
        ok(is_refused(got, 'standard input', words), f'{what} on standard input: one error that names it', got)
    with subprocess.Popen(['yes', '# no end'], stdout=subprocess.PIPE) as endless:
        got = scan(top, 'declared:-', endless.stdout)
        endless.stdout.close()
    ok(is_refused(got, 'standard input', SIZE), 'standard input without end: one error that names the limit', got)
    got = scan(top, 'run:docker run ' + '-e A=b ' * 15000 + 'busy:1')
    ok(got[0] in (0, 4) and (got[1] is None or got[1]['gaps']), 'a line of 15,000 options is a gap or an error', got[2])


def folder(top):
    """One file of an engine's folder is bad."""
    root = top + '/etc'
    os.makedirs(root + '/docker')
    os.makedirs(root + '/systemd/system')
    write(root + '/systemd/system/docker.service', ['[Service]\nExecStart=/usr/bin/dockerd --icc=true\n'])
    for what, parts in (('a key twice', ['{"icc": false, "icc": true}']), ('a nest', ['{"labels": ', ('[', 100000)])):
        write(root + '/docker/daemon.json', parts)
        code, report, said, _ = scan(top, 'declared:' + root)
        ok((code == 4 and 'daemon.json' in said) or (report and report['gaps']), f'{what} in one file of an engine: told with its name',
           (code, said))


def many(top):
    """The summary: a JSON report of so many is as large as they are."""
    path = top + '/pods.yaml'
    write(path, [(POD % ('p', '') + '---\n', 4200)])
    code, _, _, memory = scan(top, 'declared:' + path, form='summary')
    with open(top + '/out', encoding='utf-8') as f:
        said = [line for line in f if 'the rest of the file' in line]
    ok(code == 0 and said and path in said[0] and memory < MEMORY_KIB, 'of more containers than are kept the first are judged, the rest is told',
       (code, said, memory))


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-hostile-') as top:
        refused(top)
        stdin(top)
        folder(top)
        goes_on(top)
        many(top)
    return end()


if __name__ == '__main__':
    sys.exit(main())
