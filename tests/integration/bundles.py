#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers without an engine: bundles that a real runc started, those of a real dockerd whose API is not asked, and
recorded trees of hosts with lies in them. In a mount and a network namespace of its own, with a /run of its own."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

if os.environ.get('PL_INSIDE') != '1':
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', '-m', '--propagation', 'slave', sys.executable] + sys.argv)

from engine_maker import Engine, until  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'PLIMSOLLKEY'


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=120, check=False, **more)


def audit(*args):
    said = run(PLIMSOLL, 'audit', '--state-dir', 'none', '--format', 'json', *args)
    return json.loads(said.stdout)


def containers(report):
    return {s['id']: s for s in report['scope']['subjects'] if s['kind'] == 'container'}


def verdicts(report, key):
    return {f['check']: f['verdict'] for f in report['findings'] if f['kind'] == 'check' and f['subject']['id'] == key}


def hidden(report):
    return sorted(g['what'] + ': ' + (g['detail'] or '') for g in report['gaps'] if 'of run' in g['what'] or 'bundle' in g['what'])


def bundle(folder, change):
    os.makedirs(folder + '/rootfs/bin')
    shutil.copy('/bin/busybox', folder + '/rootfs/bin/busybox')
    run('runc', 'spec', '--bundle', folder)
    with open(folder + '/config.json', encoding='utf-8') as f:
        spec = json.load(f)
    spec['process'].update(terminal=False, args=['/bin/busybox', 'sleep', '1000'])
    change(spec)
    with open(folder + '/config.json', 'w', encoding='utf-8') as f:
        json.dump(spec, f)


def careful(spec):
    spec['process']['user'] = {'uid': 1000, 'gid': 1000}
    spec['process']['capabilities'] = {}
    spec['linux']['resources']['memory'] = {'limit': 64 << 20}
    spec['linux']['resources']['pids'] = {'limit': 20}
    spec['annotations'] = {'io.kubernetes.cri.sandbox-name': 'web-0', 'io.kubernetes.cri.sandbox-namespace': 'shop',
                           'io.kubernetes.cri.container-name': 'nginx', 'io.kubernetes.cri.image-name': 'docker.io/library/nginx:1.25'}


def careless(spec):
    with open('/proc/sys/kernel/cap_last_cap', encoding='ascii') as f:
        last = int(f.read())
    names = [f'CAP_{n}' for n in ('CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE '
             'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE '
             'SYS_PACCT SYS_ADMIN').split()][:last + 1]
    for caps in spec['process']['capabilities']:
        spec['process']['capabilities'][caps] = names
    # What this process itself does not hold it cannot give.
    with open('/proc/self/status', encoding='ascii') as f:
        held = int(next(line for line in f if line.startswith('CapBnd:')).split()[1], 16)
    for caps, given in spec['process']['capabilities'].items():
        spec['process']['capabilities'][caps] = [n for i, n in enumerate(given) if held >> i & 1]
    spec['process']['noNewPrivileges'] = False
    spec['process']['env'].append('AWS_SECRET_ACCESS_KEY=' + SECRET)
    spec['linux']['namespaces'] = [n for n in spec['linux']['namespaces'] if n['type'] in ('mount', 'pid')]
    spec['linux']['maskedPaths'] = []
    spec['linux']['readonlyPaths'] = []
    spec['linux']['resources'] = {'devices': [{'allow': True, 'access': 'rwm'}]}
    spec['root']['readonly'] = False
    spec['hostname'] = ''
    spec['mounts'] = [m for m in spec['mounts'] if m['type'] in ('proc', 'tmpfs')]
    spec['mounts'].append({'destination': '/host', 'type': 'bind', 'source': '/etc', 'options': ['rbind', 'rw']})


class Runtime:
    """Two containers of runc, as root starts them by hand."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        for name, change in (('careful', careful), ('careless', careless)):
            bundle(f'{self.folder}/{name}', change)
            with open(f'{self.folder}/said', 'w+', encoding='utf-8') as said:  # the container keeps it open
                started = subprocess.run(['runc', 'run', '-d', '--bundle', f'{self.folder}/{name}', name], stdin=subprocess.DEVNULL,
                                         stdout=said, stderr=said, timeout=60, check=False)
                said.seek(0)
                assert started.returncode == 0, name + ': ' + said.read()
        return self

    def rewrite(self, name, at):
        """The configuration as if somebody had made it good, at this time."""
        path = f'{self.folder}/{name}/config.json'
        with open(path, encoding='utf-8') as f:
            spec = json.load(f)
        spec['process']['noNewPrivileges'] = True
        spec['root']['readonly'] = True
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(spec, f)
        os.utime(path, (at, at))

    def stop(self, name):
        run('runc', 'kill', name, 'KILL')
        until(lambda: json.loads(run('runc', 'state', name).stdout)['status'] == 'stopped')

    def __exit__(self, *_):
        for name in ('careful', 'careless'):
            run('runc', 'delete', '--force', name)


def a_real_runtime(folder):
    with Runtime(folder) as runtime:
        report = audit('--no-engine')
        found = containers(report)
        ok(set(found) == {'careful', 'careless'} and found['careful']['name'] == 'shop/web-0/nginx',
           'containers of runc are found without an engine', [found, report['gaps']])
        good, bad = verdicts(report, 'careful'), verdicts(report, 'careless')
        expected = {'CTR-004': ('pass', 'not-applicable'), 'CTR-005': ('pass', 'fail'), 'CTR-006': ('pass', 'fail'),
                    'CTR-010': ('pass', 'fail'), 'CTR-013': ('pass', 'fail'), 'CTR-017': ('pass', 'fail'),
                    'CTR-021': ('pass', 'fail'), 'CTR-026': ('pass', 'fail'), 'CTR-016': ('pass', 'pass')}
        got = {c: (good[c], bad[c]) for c in expected}
        ok(got == expected, 'they are judged by their configuration and their processes', [got, expected])
        ok(bad['CTR-015'] == 'unknown' and good['CTR-014'] == 'unknown' and good['CTR-008'] == 'unknown',
           'what only an engine knows is unknown', good)
        ok(SECRET not in json.dumps(report), 'no secret of an environment is shown')
        state = {a['name']: a['value'] for a in found['careful']['attributes']}
        ok(state['namespace'] == 'shop' and state['pod'] == 'web-0', 'the pod is told', state)
        table = run(PLIMSOLL, 'audit', '--state-dir', 'none', '--no-engine', '--format', 'table', '--group-by', 'namespace').stdout
        rows = {line.split()[0]: line.split()[1:] for line in table.splitlines() if line.startswith(('shop ', '(none) '))}
        failed = [sum(f['verdict'] == 'fail' and f['severity'] == s and f['subject']['id'] == 'careful'
                      for f in report['findings']) for s in ('critical', 'high', 'medium', 'low')]
        ok(list(rows) == ['shop', '(none)'] and rows['shop'][0] == '1' and [int(n) for n in rows['shop'][1:5]] == failed,
           'findings are summed up by namespace', [rows, failed])
        ok(run(PLIMSOLL, 'audit', '--group-by', 'colour').returncode == 2, 'a word that groups nothing is refused')
        runtime.rewrite('careless', time.time() + 60)
        later = verdicts(audit('--no-engine'), 'careless')
        better = {check: verdict for check, verdict in later.items() if verdict == 'pass' and bad.get(check) != 'pass'}
        ok(later['CTR-013'] == 'unknown' and later['CTR-017'] == 'fail' and later['CTR-010'] == 'fail' and not better,
           'what was written after its process began says nothing of it', [better, later])
        runtime.rewrite('careless', time.time() - 60)
        runtime.stop('careless')
        after = audit('--no-engine')
        attributes = {a['name']: a['value'] for a in containers(after)['careless']['attributes']}
        ok(attributes['state'] == 'exited' and verdicts(after, 'careless')['CTR-005'] == 'fail',
           'one that ended is judged as it was declared', attributes)


def the_same_by_an_engine():
    """Docker keeps its bundles below its exec-root; /run/docker is the usual one."""
    with Engine() as engine:
        os.makedirs('/run/docker', exist_ok=True)
        run('mount', '--bind', engine.dir + '/exec', '/run/docker')
        engine.busybox()
        engine.run('plain')
        engine.run('mighty', CapAdd=['NET_ADMIN'], PidMode='host', Binds=['/etc:/host'], SecurityOpt=['seccomp=unconfined'])
        engine.run('tight', ReadonlyRootfs=True, CapDrop=['ALL'], SecurityOpt=['no-new-privileges'], Memory=64 << 20,
                   PidsLimit=20, config={'User': '1000:1000'})
        told = audit('--engine', engine.address, '--no-images', '--no-probes')
        alone = audit('--no-engine')
        ok(len(containers(told)) == 3 and set(containers(told)) == set(containers(alone)),
           'what an engine tells is not told twice, and without it the same containers are found',
           [containers(told), containers(alone), alone['gaps']])
        differ, agreed = [], 0
        for key in containers(told):
            asked, read = verdicts(told, key), verdicts(alone, key)
            for check, verdict in asked.items():
                if {verdict, read.get(check)} == {'pass', 'fail'}:
                    differ.append((containers(told)[key]['name'], check, verdict, read[check]))
                agreed += verdict == read.get(check) and verdict in ('pass', 'fail')
        ok(not differ and agreed > 40, 'no verdict about a bundle contradicts the one about what the engine tells', [differ, agreed])
        run('umount', '-l', '/run/docker')


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def recorded_trees(folder):
    tree = folder + '/tree'
    config = {'ociVersion': '1.0.2', 'process': {'user': {'uid': 0}, 'capabilities': {}}, 'root': {'path': 'rootfs'},
              'linux': {'namespaces': [{'type': 'pid'}]}}
    task = tree + '/run/containerd/io.containerd.runtime.v2.task/k8s.io/'
    crio = tree + '/run/containers/storage/overlay-containers/'
    write(task + 'a' * 64 + '/config.json', json.dumps({**config, 'annotations': {
        'io.kubernetes.cri.sandbox-name': 'web-0', 'io.kubernetes.cri.sandbox-namespace': 'shop',
        'io.kubernetes.cri.container-name': 'nginx'}}))
    write(task + 'a' * 64 + '/init.pid', '4711')
    write(task + 'c' * 64 + '/config.json', json.dumps({**config, 'annotations': {
        'io.kubernetes.cri.sandbox-name': 'vm-0', 'io.kubernetes.cri.sandbox-namespace': 'shop'}}))
    write(crio + 'b' * 64 + '/userdata/config.json', json.dumps({**config, 'annotations': {
        'io.kubernetes.pod.name': 'db-0', 'io.kubernetes.pod.namespace': 'shop', 'x': 'y' * (1 << 20)}}))
    write(tree + '/srv/b/config.json', json.dumps(config))
    write(tree + '/run/crun/mine/status', json.dumps({'pid': 12, 'process-start-time': 1, 'bundle': '/srv/b'}))
    write(tree + '/run/runc/link/state.json', json.dumps({'init_process_pid': 1, 'config': {'labels': ['bundle=/srv/link']}}))
    os.symlink('b', tree + '/srv/link')
    write(tree + '/run/runc/up/state.json', json.dumps({'config': {'labels': ['bundle=/srv/../../etc']}}))
    write(tree + '/run/runc/none/state.json', '{')
    write(tree + '/run/runc/strange/state.json', json.dumps({'config': {'labels': ['bundle=/srv/strange']}}))
    write(tree + '/srv/strange/config.json', '[' * 500)
    write(tree + '/run/runc/theirs/state.json', json.dumps({'config': {'labels': ['bundle=/srv/theirs']}}))
    write(tree + '/srv/theirs/config.json', json.dumps(config))
    os.chown(tree + '/srv/theirs', 1000, 1000)
    write(tree + '/run/user/1000/crun/web/status', '{}')
    os.makedirs(tree + '/run/user/1001/crun')
    report = audit('--root', tree)
    found = containers(report)
    ok(sorted(s['name'] for s in found.values()) == ['mine', 'shop/db-0/sandbox', 'shop/vm-0/sandbox', 'shop/web-0/nginx'],
       'bundles of containerd, CRI-O and crun in a recorded tree are judged', [found, report['gaps']])
    ok(all(verdicts(report, key)['CTR-010'] == 'fail' for key in found if key[0] != 'c'), 'each by its own configuration')
    states = {a['value'] for a in found['c' * 64]['attributes'] if a['name'] == 'state'}
    ok('exited' not in states, 'a task of containerd whose process nobody knows has not ended', found['c' * 64])
    told = ' | '.join(g['what'] + ': ' + (g['detail'] or '') for g in report['gaps'])
    ok('/run/user/1000/crun: containers of a user' in told and '/run/user/1001' not in told,
       'containers of a rootless runtime are a gap', told)
    ok(all(word in told for word in ('container link of runc', 'is a link', 'container up of runc', 'is no plain path',
                                     'container none of runc', 'does not say where', 'strange', 'container theirs of runc',
                                     'belongs to user 1000')),
       'a bundle behind a link, above the root, of another user or without form is a gap', told)


def main():
    run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
    with tempfile.TemporaryDirectory(prefix='plimsoll-bundles.') as folder:
        os.chmod(folder, 0o755)
        a_real_runtime(folder)
        recorded_trees(folder)
    the_same_by_an_engine()
    return end()


sys.exit(main())
