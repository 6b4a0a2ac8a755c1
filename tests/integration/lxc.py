#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers of LXC: recorded trees of a host, with what lxc-create -t busybox wrote and what /proc said of the container
that lxc-start (LXC 5.0.2 of Debian 12) made of it, and with lies. With PLIMSOLL_TEST_LXC=1 the real one, too: others on
the machine see it meanwhile, so nobody else may audit it then."""
import json
import os
import subprocess
import sys
import tempfile
import time

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
CONFIG = '''# Template used to create this container: /usr/share/lxc/templates/lxc-busybox
lxc.net.0.type = empty
lxc.apparmor.profile = generated
lxc.apparmor.allow_nesting = 1
lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs
lxc.signal.halt = SIGUSR1
lxc.uts.name = "web"
lxc.autodev = 1
lxc.tty.max = 5
lxc.cap.drop = sys_module mac_admin mac_override sys_time

# When using LXC with apparmor, uncomment the next line to run unconfined:
#lxc.apparmor.profile = unconfined

lxc.mount.auto = cgroup:mixed proc:mixed sys:ro
lxc.mount.entry = shm dev/shm tmpfs defaults,create=dir 0 0
lxc.mount.entry = /usr/lib usr/lib none ro,bind 0 0
lxc.mount.entry = /sys/kernel/security sys/kernel/security none ro,bind,optional 0 0
'''
STAT = ('{pid} (init) S 1 {pid} {pid} 0 -1 4194560 130 239 0 0 0 0 0 0 20 0 1 0 {ticks} 2322432 332 18446744073709551615 4198400 '
        '5785993 140732866011136 0 0 0 0 0 524288 1 0 0 17 1 0 0 0 0 0 6141704 6178576 1053884416 140732866019284 '
        '140732866019295 140732866019295 140732866019309 0\n')
STATUS = ('Name:\tinit\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t1\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n'
          'Gid:\t0\t0\t0\t0\nGroups:\t \nNStgid:\t{ns}\nNSpid:\t{ns}\nCapInh:\t0000000000000000\nCapPrm:\t000001fcfcfeffff\n'
          'CapEff:\t000001fcfcfeffff\nCapBnd:\t000001fcfcfeffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n')


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=120, check=False)


def write(path, text):
    """As if it had been there for long: what was written after a process began says nothing of it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    os.utime(path, (1763000000, 1763000000))


def audit(*args):
    said = run(PLIMSOLL, 'audit', '--state-dir', 'none', '--format', 'json', *args)
    assert said.stdout, said.stderr
    return json.loads(said.stdout)


def containers(report):
    return {s['id']: {a['name']: a['value'] for a in s['attributes']} for s in report['scope']['subjects']
            if s['kind'] == 'container'}


def verdicts(report, key):
    return {f['check']: f['verdict'] for f in report['findings'] if f['kind'] == 'check' and f['subject']['id'] == key}


def process(tree, pid, cgroup, ns=None, ticks=7605002, uid=0):
    write(f'{tree}/proc/{pid}/stat', STAT.format(pid=pid, ticks=ticks))
    write(f'{tree}/proc/{pid}/status', STATUS.format(pid=pid, uid=uid, ns=ns or f'{pid}\t1'))
    write(f'{tree}/proc/{pid}/cgroup', f'9:name=systemd:{cgroup}\n4:memory:{cgroup}\n0::{cgroup}\n')


def new_tree(folder, name):
    tree = f'{folder}/{name}'
    write(tree + '/proc/stat', 'cpu  0 0 0 0\nbtime 1763740000\n')
    return tree


def what_runs(folder):
    tree = new_tree(folder, 'runs')
    write(tree + '/var/lib/lxc/web/config', CONFIG)
    write(tree + '/var/lib/lxc/old/config', CONFIG + 'lxc.cap.keep = net_bind_service\nlxc.idmap = u 0 100000 65536\n'
          'lxc.rootfs.options = ro\nlxc.no_new_privs = 1\nlxc.cgroup2.memory.max = "64M"\nlxc.cgroup2.pids.max = 20\n')
    process(tree, 500, '/lxc.payload.web/inner', '500\t7\t1', ticks=1)  # of a container inside
    process(tree, 300, '/lxc.payload.web')
    process(tree, 301, '/lxc.payload.web', '301\t2', ticks=1)
    process(tree, 400, '/lxc/100/ns')
    process(tree, 401, '/lxc.monitor.web', '401')
    process(tree, 402, '/user.slice/lxc.payload.web', '402\t1', ticks=1)
    process(tree, 403, '/lxc.payload.', '403')
    report = audit('--root', tree, '--no-engine')
    found = containers(report)
    ok(set(found) == {'web', 'old'}, 'containers of LXC are found by their configuration', [found, report['gaps']])
    ok(found['web']['state'] == 'running' and found['old']['state'] == 'exited', 'which of them run is seen by their cgroups',
       found)
    web, old = verdicts(report, 'web'), verdicts(report, 'old')
    expected = {'CTR-004': ('fail', 'pass'), 'CTR-005': ('pass', 'pass'), 'CTR-006': ('fail', 'fail'),
                'CTR-013': ('fail', 'pass'), 'CTR-026': ('unknown', 'pass'), 'CTR-011': ('unknown', 'pass')}
    got = {c: (web[c], old[c]) for c in expected}
    ok(got == expected, 'they are judged by what was declared', [got, expected])
    ok(all(web[c] == old[c] == 'unknown' for c in ('CTR-009', 'CTR-015', 'CTR-030', 'CTR-040')),
       'what only an engine has is unknown', web)
    told = {g['what']: g['reason'] for g in report['gaps']}
    ok(told.get('container 100 of lxc') == 'unreadable', 'one whose configuration is nowhere is a gap', told)
    ok(not any('payload' in what or 'container  of' in what for what in told), 'and nobody else is taken for one', told)


def what_lies(folder):
    tree = new_tree(folder, 'lies')
    write(tree + '/var/lib/lxc/included/config', 'lxc.apparmor.profile = generated\nlxc.rootfs.options = ro\nlxc.init.uid = 1000\n'
          'lxc.include = /usr/share/lxc/config/common.conf\nlxc.no_new_privs = 1\n')
    write(tree + '/var/lib/lxc/host/config', 'lxc.net.0.type = none\nlxc.namespace.keep = pid ipc\nlxc.uts.name = host\n'
          'lxc.namespace.share.uts = other\nlxc.idmap = u 0 0 65536\nlxc.seccomp.profile =\n')
    write(tree + '/var/lib/lxc/odd/config', 'lxc.cgroup2.memory.max = lots\nlxc.cap.drop = all the rest\nlxc.cap.drop =\n'
          'lxc.mount.entry =\nlxc.mount.entry = /etc\nlxc.idmap\nlxc.net.\x00 = none\nlxc.sysctl. = 1\nlxc.namespace.keep = ,\n' +
          'lxc.environment = ' + 'A' * 70000 + '\n')
    write(tree + '/var/lib/lxc/none/config', '# nothing\n\n')
    write(tree + '/var/lib/lxc/theirs/config', CONFIG)
    os.chown(tree + '/var/lib/lxc/theirs', 1000, 1000)
    os.makedirs(tree + '/var/lib/lxc/empty')
    os.makedirs(tree + '/var/lib/lxc/linked')
    os.symlink('../web/config', tree + '/var/lib/lxc/linked/config')
    report = audit('--root', tree, '--no-engine')
    found = containers(report)
    ok(set(found) == {'included', 'host', 'odd'}, 'odd configurations end nothing', [found, report['gaps']])
    included = verdicts(report, 'included')
    ok(included['CTR-013'] == 'unknown' and included['CTR-026'] == 'pass' and included['CTR-005'] == 'unknown' and
       included['CTR-004'] == 'unknown', 'what a file that is not read could say again is open', included)
    host = verdicts(report, 'host')
    ok([host[c] for c in ('CTR-010', 'CTR-016', 'CTR-017', 'CTR-005', 'CTR-021')] == ['fail', 'fail', 'fail', 'fail', 'unknown'],
       'namespaces of the host and all rights fail, those of others are not known', host)
    odd = verdicts(report, 'odd')
    ok(odd['CTR-011'] == 'unknown' and odd['CTR-005'] == 'fail', 'a value that is none is not known', odd)
    told = ' | '.join(g['what'] + ': ' + (g['detail'] or '') for g in report['gaps'])
    ok(all(word in told for word in ('container included', 'lxc.include', 'container none of lxc', 'container theirs of lxc',
                                     'belongs to user 1000', 'container linked of lxc')) or
       all(word in told for word in ('container included', 'lxc.include', 'none', 'theirs', 'belongs to user 1000', 'linked')),
       'an include, a link, no configuration and another user are gaps', told)


def what_hides(folder):
    """The same words as LXC takes them: tabs, other quotes, words that take back what stood before."""
    tree = new_tree(folder, 'hides')
    root = 'lxc.rootfs.path = dir:/var/lib/lxc/x/rootfs\n'
    files = {
        'tabs': root + 'lxc.mount.entry = /\tmnt\tnone\trbind,rw\t0\t0\nlxc.namespace.keep = net\tpid\n'
                'lxc.cap.keep = sys_admin\tnet_raw\n',
        'quotes': root + "lxc.net.0.type = 'none'\n",
        'clone': root + 'lxc.namespace.clone = mount\tuts\n',
        'all': root + 'lxc.namespace.clone = mount pid ipc uts net cgroup user\n',
        'rootless': 'lxc.uts.name = rootless\n',
        'slash': 'lxc.rootfs.path = dir:/\n',
        'devices': root + 'lxc.cgroup2.devices.deny = a\nlxc.cgroup2.devices.allow = a\n',
        'no_devices': root + 'lxc.cgroup2.devices.deny = a\nlxc.cgroup2.devices.allow = c 1:3 rwm\n',
        'filter': root + 'lxc.seccomp.profile = /etc/lxc/all.seccomp\n',
        'forgets': root + 'lxc.idmap = u 0 100000 65536\nlxc.idmap =\nlxc.apparmor.profile = generated\n'
                   'lxc.apparmor.profile = unconfined\nlxc.no_new_privs = 1\nlxc.no_new_privs = 0\n'}
    for name, text in files.items():
        write(f'{tree}/var/lib/lxc/{name}/config', text)
    report = audit('--root', tree, '--no-engine')
    expected = {'tabs': {'CTR-006': 'fail', 'CTR-010': 'fail', 'CTR-016': 'fail', 'CTR-033': 'fail', 'CTR-039': 'fail'},
                'quotes': {'CTR-010': 'fail', 'CTR-006': 'pass'},
                'clone': {'CTR-010': 'fail', 'CTR-016': 'fail', 'CTR-017': 'fail', 'CTR-021': 'pass'},
                'all': {'CTR-010': 'pass', 'CTR-016': 'pass', 'CTR-017': 'pass', 'CTR-021': 'pass'},
                'rootless': {'CTR-006': 'fail'}, 'slash': {'CTR-006': 'fail'},
                'devices': {'CTR-005': 'fail'}, 'no_devices': {'CTR-005': 'pass'}, 'filter': {'CTR-005': 'unknown'},
                'forgets': {'CTR-026': 'fail', 'CTR-037': 'fail'}}
    got = {name: {c: verdicts(report, name).get(c) for c in of} for name, of in expected.items()}
    ok(got == expected, 'what is written as nobody writes it is judged all the same', [got, expected])


# (what stands in the configuration, verdicts that it must have)
FORMS = {
    'tabs': ('lxc.cap.keep = chown\tsys_admin\nlxc.namespace.keep = net\tpid\nlxc.mount.entry = /\tmnt\tnone\tbind\t0\t0\n',
             {'CTR-004': 'fail', 'CTR-010': 'fail', 'CTR-016': 'fail', 'CTR-006': 'fail'}),
    'numbers': ('lxc.cap.keep = 0 21\n', {'CTR-004': 'fail'}),
    'strange': ('lxc.cap.keep = what_is_this\n', {'CTR-004': 'unknown', 'CTR-005': 'unknown'}),
    'none': ('lxc.cap.keep = chown\nlxc.cap.keep = none\n', {'CTR-004': 'pass', 'CTR-005': 'pass'}),
    'clones': ('lxc.namespace.clone = mount ipc\n', {'CTR-010': 'fail', 'CTR-016': 'fail', 'CTR-017': 'pass'}),
    'keeps': ('lxc.namespace.clone = mount\nlxc.namespace.keep = pid\n', {'CTR-010': 'pass', 'CTR-016': 'fail'}),
    'behind': ('lxc.include = /x\nlxc.namespace.keep = net\n', {'CTR-010': 'fail', 'CTR-016': 'unknown'}),
    'before': ('lxc.namespace.keep = net\nlxc.include = /x\n', {'CTR-010': 'unknown'}),
    'allows': ('lxc.cgroup2.devices.deny = a\nlxc.cgroup2.devices.allow = a *:* rwm\n', {'CTR-005': 'fail'}),
    'denies': ('lxc.cgroup2.devices.deny = a\n', {'CTR-005': 'pass'}),
    'hosts': ('lxc.rootfs.path = dir://\n', {'CTR-006': 'fail'}),
    'rootless': ('lxc.rootfs.path =\n', {'CTR-006': 'fail'}),
    'runtime': ('lxc.environment.runtime = DB_PASSWORD=hunter2hunter2\n', {'CTR-042': 'fail'}),
    'plain': ('', {'CTR-006': 'pass', 'CTR-010': 'pass', 'CTR-016': 'pass', 'CTR-042': 'pass'}),
}


def what_may_be_written_in_other_ways(folder):
    tree = new_tree(folder, 'forms')
    for name, (text, _) in FORMS.items():
        write(f'{tree}/var/lib/lxc/{name}/config', 'lxc.rootfs.path = dir:/srv/x\n' + text)
    report = audit('--root', tree, '--no-engine')
    got = {name: {c: verdicts(report, name).get(c) for c in wanted} for name, (_, wanted) in FORMS.items()}
    wanted = {name: row[1] for name, row in FORMS.items()}
    ok(got == wanted, 'each way to write it counts', {n: (got[n], wanted[n]) for n in got if got[n] != wanted[n]})


def real_one():
    """In a mount namespace of its own, with an own /var/lib/lxc."""
    run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/var/lib/lxc')
    made = run('lxc-create', '-n', 'plimsoll-web', '-t', 'busybox')
    path = '/var/lib/lxc/plimsoll-web/config'
    with open(path, encoding='utf-8') as f:
        lines = [line for line in f if not line.startswith('lxc.net.')]
    with open(path, 'w', encoding='utf-8') as f:
        f.write(''.join(lines) + 'lxc.net.0.type = empty\n')
    with subprocess.Popen(['lxc-start', '-n', 'plimsoll-web', '-F'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as started:
        try:
            while 'RUNNING' not in run('lxc-info', '-n', 'plimsoll-web', '-s').stdout and started.poll() is None:
                time.sleep(0.1)
            report = audit('--no-engine', '--no-probes')
        finally:
            run('lxc-stop', '-k', '-n', 'plimsoll-web')
            started.wait(30)
    found = containers(report)
    ok(found.get('plimsoll-web', {}).get('state') == 'running', 'a real container is seen to run', [found, made.stderr])
    real = verdicts(report, 'plimsoll-web')
    ok(real.get('CTR-022') == 'fail' and real['CTR-010'] == 'pass' and real['CTR-016'] == 'pass' and real['CTR-037'] == 'fail' and
       real['CTR-033'] == 'fail', 'and is judged by its processes', real)


def main():
    if os.environ.get('PLIMSOLL_TEST_LXC') == '1':
        if os.environ.get('PL_INSIDE') != '1':
            os.environ['PL_INSIDE'] = '1'
            os.execvp('unshare', ['unshare', '-m', '--propagation', 'slave', sys.executable] + sys.argv)
        real_one()
    with tempfile.TemporaryDirectory(prefix='plimsoll-lxc.') as folder:
        os.chmod(folder, 0o755)
        what_runs(folder)
        what_lies(folder)
        what_hides(folder)
        what_may_be_written_in_other_ways(folder)
    return end()


sys.exit(main())
