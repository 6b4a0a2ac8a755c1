#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of the CIS Docker benchmark on real engines that no other script shows: owners and modes of every file of an engine that
systemd's socket started with TLS, each as it should be and then widened; containers with and without what a row asks for; a
second engine with remapped users, an authorization plugin and its own containerd. In network, mount and process namespaces of
its own, with an /etc of its own."""
import json
import os
import subprocess
import sys
import tempfile

if os.environ.get('PL_INSIDE') != '1':
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', '-m', '-p', '-f', '--mount-proc', 'sh', '-c', 'ip link set lo up && "$@"', 'sh',
                          sys.executable] + sys.argv)

import authz  # pylint: disable=wrong-import-position
from engine_maker import Engine, until  # pylint: disable=wrong-import-position
from probe import fingerprint, free_port, make_authority, make_certificate, wait_for  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
NOBODY = 65534
CLOSED = {'LogConfig': {'Type': 'none'}}
# Becomes dockerd in the control group of a unit, with the socket that systemd would hand to it.
STARTER = """
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
with open(sys.argv[2] + '/cgroup.procs', 'w', encoding='ascii') as f:
    f.write(str(os.getpid()))
os.execvpe('dockerd', ['dockerd', *sys.argv[3:], '-H', 'fd://'], {**os.environ, 'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1'})
"""
# Stands before runc: not every machine of tests may give all capabilities, so a session gets none.
BOX = """#!/usr/bin/env python3
import json, os, sys
if '--process' in sys.argv:
    path = sys.argv[sys.argv.index('--process') + 1]
    with open(path, encoding='utf-8') as f:
        doc = json.load(f)
    doc['capabilities'] = {}
    with open(path, 'w', encoding='utf-8') as f:
        json.dump(doc, f)
os.execvp('runc', ['runc', *sys.argv[1:]])
"""
OPENED = {'ExposedPorts': {'80/tcp': {}}}
MODES = {  # what each file may have at most, and what is too much
    'ENG-020': (0o644, 0o664), 'ENG-022': (0o644, 0o646), 'ENG-024': (0o755, 0o775), 'ENG-026': (0o444, 0o644),
    'ENG-028': (0o444, 0o644), 'ENG-030': (0o444, 0o464), 'ENG-032': (0o400, 0o440), 'ENG-034': (0o660, 0o666),
    'ENG-036': (0o644, 0o626), 'ENG-038': (0o644, 0o645), 'ENG-039': (0o644, 0o674), 'ENG-042': (0o660, 0o662),
    'ENG-043': (0o644, 0o646), 'ENG-055': (0o710, 0o755),
}
OWNERS = ('ENG-019', 'ENG-021', 'ENG-023', 'ENG-025', 'ENG-027', 'ENG-029', 'ENG-031', 'ENG-033', 'ENG-035', 'ENG-037', 'ENG-040',
          'ENG-041')


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, **more)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    os.chmod(path, mode)


def audit(e, work, policy=None, state='none'):
    """{(subject or None for host and engine, check): finding}"""
    words = []
    if policy:
        write(work + '/plimsoll.yaml', json.dumps({'policy': policy}))
        words = ['--config', work + '/plimsoll.yaml']
    done = subprocess.run([PLIMSOLL, 'audit', '--engine', e.address, '--no-images', '--no-probes', '--state-dir', state, '--format',
                           'json', *words], capture_output=True, check=False, timeout=120)
    return {(f['subject']['name'] if f['subject']['kind'] == 'container' else None, f['check']): f
            for f in json.loads(done.stdout)['findings'] if f['kind'] == 'check'}


def said(found, name, check):
    return found.get((name, check), {}).get('verdict')


def judge(found, want, sentence, name=None):
    got = {check: said(found, name, check) for check in want}
    bad = {c: found.get((name, c), {}).get('evidence') for c in want if got[c] != want[c]}
    ok(got == want, sentence, (got, bad))


# ---- files ----

def own_etc(work):
    """This mount namespace's /etc is a layer over the machine's."""
    run('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'none', work)
    for name in ('upper', 'work'):
        os.mkdir(f'{work}/{name}')
    run('mount', '-t', 'overlay', '-o', f'lowerdir=/etc,upperdir={work}/upper,workdir={work}/work', 'none', '/etc')
    run('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'none', '/etc/docker')
    os.chmod('/etc/docker', 0o755)


def files_of(e):
    """{check of the mode: files}"""
    tls = '/etc/docker/tls/'
    return {'ENG-020': ['/etc/systemd/system/docker.service'], 'ENG-022': ['/etc/systemd/system/docker.socket'],
            'ENG-024': ['/etc/docker'], 'ENG-026': ['/etc/docker/certs.d/r.example/ca.crt'], 'ENG-028': [tls + 'ca.pem'],
            'ENG-030': [tls + 'good.pem'], 'ENG-032': [tls + 'good.key'], 'ENG-034': [e.socket], 'ENG-036': ['/etc/docker/daemon.json'],
            'ENG-038': ['/etc/default/docker'], 'ENG-039': ['/etc/sysconfig/docker'],
            'ENG-042': [e.dir + '/exec/containerd/containerd.sock'], 'ENG-043': [e.dir + '/exec/containerd/containerd.toml'],
            'ENG-055': [e.dir + '/data']}


def set_all(e, turn, owner):
    """Modes: 0 as they should be, 1 too wide. Owners of all but the data."""
    for check, paths in files_of(e).items():
        for path in paths:
            os.chown(path, owner, 0)
            os.chmod(path, MODES[check][turn])


def files(e, work):
    set_all(e, 0, 0)
    found = audit(e, work)
    judge(found, {c: 'pass' for c in (*MODES, *OWNERS)}, 'files that belong to root and have the modes of the benchmark pass')
    set_all(e, 1, 0)
    found = audit(e, work)
    judge(found, {**{c: 'fail' for c in MODES}, **{c: 'pass' for c in OWNERS}}, 'each that is wider fails, and belongs to root as before')
    set_all(e, 0, NOBODY)
    judge(audit(e, work), {c: 'fail' for c in OWNERS}, 'each of another owner fails, whatever its mode')
    remedied(e, work)


def remedied(e, work):
    """What is printed of each finding is carried out."""
    set_all(e, 1, NOBODY)
    os.chown(e.dir + '/data', 0, 0)  # whose that is depends on user namespaces, and is left to people
    state = work + '/state'
    found = audit(e, work, state=state)
    for check in (*MODES, *OWNERS):
        script = run(PLIMSOLL, 'remedy', found[None, check]['id'], '--format', 'sh', '--state-dir', state).stdout
        run('sh', '-s', input=script)
    judge(audit(e, work), {c: 'pass' for c in (*MODES, *OWNERS)}, 'the remedy of each makes it pass')
    set_all(e, 0, 0)


def settings(e, work):
    """What somebody has to approve first."""
    found = audit(e, work)
    digest = {v['field']: v['value'] for v in found[None, 'ENG-052']['evidence']}['engine.settings_digest']
    judge(found, {'ENG-046': 'unknown', 'ENG-052': 'unknown', 'ENG-051': 'pass', 'CTR-001': 'pass', 'ENG-004': 'pass'},
          'what nobody has approved is unknown')
    ca = fingerprint(work + '/ca.pem').replace(':', '').lower()
    run('docker', '-H', e.address, 'swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377')
    write('/etc/docker/plugins/stranger.spec', 'unix:///run/stranger.sock\n')
    judge(audit(e, work, {'client_authorities': [ca], 'approved_engine_settings': [digest]}),
          {'ENG-046': 'pass', 'ENG-052': 'fail', 'ENG-051': 'fail', 'CTR-001': 'fail'},
          'an authority that is listed passes; a plugin, a swarm and what they change of the settings fail')
    run('docker', '-H', e.address, 'swarm', 'leave', '--force')
    os.unlink('/etc/docker/plugins/stranger.spec')
    judge(audit(e, work, {'client_authorities': ['ab' * 32], 'approved_engine_settings': [digest]}),
          {'ENG-046': 'fail', 'ENG-052': 'pass', 'ENG-051': 'pass', 'CTR-001': 'pass'},
          'without them all is as it was approved; another authority than the listed one fails')


# ---- containers ----

HEALTH = {'Healthcheck': {'Test': ['CMD', '/bin/busybox', 'true'], 'Interval': 10**9, 'Timeout': 5 * 10**9}}
SICK = {'Healthcheck': {'Test': ['CMD', '/bin/busybox', 'false'], 'Interval': 10**9, 'Timeout': 5 * 10**9, 'Retries': 1}}


def labels(**of):
    return {'Labels': {k.replace('_', '-'): v for k, v in of.items()}}


def port(address, number, **more):
    return {'NetworkMode': 'bridge', 'PortBindings': {'80/tcp': [{'HostIp': address, 'HostPort': str(number)}]}, **more}


def containers(e, work):
    os.mkdir(work + '/shared')
    run('mount', '-t', 'tmpfs', 'none', work + '/shared')
    run('mount', '--make-shared', work + '/shared')
    e.run('good', config={**HEALTH, **OPENED, **labels(zone='dmz', data_class='public', owner='web')},
          **port('127.0.0.1', 18080, CapDrop=['NET_RAW'], Binds=[work + '/shared:/shared']))
    e.run('bad', config={**SICK, **OPENED, **labels(zone='dmz', data_class='public')},
          **port('', 18081, CapAdd=['SYS_ADMIN'], Binds=[work + ':/other']))
    e.run('spread', Mounts=[{'Type': 'bind', 'Source': work + '/shared', 'Target': '/shared', 'BindOptions': {'Propagation': 'rshared'}}])
    e.run('untrusted', config=labels(trust='untrusted'))
    e.run('boxed', config=labels(trust='untrusted'), Runtime='box')
    e.call('POST', '/containers/create?name=left', b'{"Image": "busy:1", "Cmd": ["/bin/busybox", "true"]}')
    assert e.call('POST', '/commit?container=left&repo=unused&tag=1')[0] == 201
    image = json.loads(e.call('GET', '/images/busy:1/json')[1])['Id']
    until(lambda: b'"Status":"healthy"' in e.call('GET', '/containers/good/json')[1].replace(b'": ', b'":') and
          b'"Status":"unhealthy"' in e.call('GET', '/containers/bad/json')[1].replace(b'": ', b'":'), 30)
    policy = {'declared_ports': ['127.0.0.1:18080/tcp'], 'zones': ['dmz'], 'data_classes': ['public'], 'approved_images': [image],
              'approved_deployments': ['good@' + image], 'declared_host_paths': [work + '/shared'], 'sandbox_runtimes': ['box']}
    rows = ('CTR-009', 'CTR-014', 'CTR-027', 'CTR-033', 'CTR-039', 'CTR-045', 'CTR-046', 'CTR-056')
    found = audit(e, work, policy)
    judge(found, {**{c: 'pass' for c in rows}, 'CTR-020': 'pass', 'CTR-028': 'pass', 'CTR-047': 'pass'}, 'a container as it should be',
          'good')
    judge(found, {c: 'fail' for c in rows}, 'one that is unhealthy, has no owner, an open port and may mount', 'bad')
    judge(found, {'CTR-020': 'fail'}, 'a mount that goes back to the host', 'spread')
    judge(found, {'CTR-051': 'fail'}, 'strangers beside the others', 'untrusted')
    judge(found, {'CTR-051': 'pass'}, 'strangers in a runtime that is listed', 'boxed')
    judge(found, {'CTR-052': 'pass', 'CTR-053': 'pass'}, 'what was left lately')
    found = audit(e, work, {**policy, 'approved_images': ['sha256:' + 'ab' * 32], 'max_container_age_days': [-1],
                            'max_stopped_days': [-1]})
    judge(found, {'CTR-028': 'fail', 'CTR-047': 'fail'}, 'another image than the approved one, older than it may be', 'good')
    judge(found, {'CTR-052': 'fail'}, 'what was left for longer than it may')
    run('docker', '-H', e.address, 'exec', '-d', '--privileged', 'boxed', '/bin/busybox', 'sleep', '100')
    e.has_started('boxed', 2)
    judge(audit(e, work), {'CTR-023': 'fail'}, 'a session with all privileges that is open', 'boxed')


def first(work):
    """As systemd starts it: in the group of its unit, with a socket."""
    group = f'/sys/fs/cgroup/systemd/plimsoll-cis-{os.path.basename(work)}'
    os.makedirs(group + '/docker.service')
    make_authority(work)
    make_certificate(work, 'good')
    os.makedirs('/etc/docker/tls')
    for name in ('ca.pem', 'good.pem', 'good.key'):
        run('cp', f'{work}/{name}', '/etc/docker/tls/')
    write('/etc/docker/daemon.json', json.dumps({'runtimes': {'box': {'path': work + '/box'}}}))
    write(work + '/box', BOX, 0o755)
    write('/etc/docker/certs.d/r.example/ca.crt', 'not read\n')
    write('/etc/default/docker', '')
    write('/etc/sysconfig/docker', '')
    write('/etc/systemd/system/docker.service', '[Service]\nExecStart=/usr/sbin/dockerd -H fd://\n')
    write('/etc/systemd/system/docker.socket', '[Socket]\nListenStream=/run/docker.sock\n')
    try:
        with Engine('-H', f'tcp://127.0.0.1:{free_port()}', '--tlsverify', '--tlscacert', '/etc/docker/tls/ca.pem', '--tlscert',
                    '/etc/docker/tls/good.pem', '--tlskey', '/etc/docker/tls/good.key',
                    command=(sys.executable, '-c', STARTER, work + '/handed.sock', group + '/docker.service')) as e:
            e.busybox()
            settings(e, work)
            files(e, work)
            containers(e, work)
    finally:
        for place in (group + '/docker.service', group):
            os.rmdir(place)


# ---- the second ----

def second(work):
    for path in ('/etc/subuid', '/etc/subgid'):
        with open(path, 'a', encoding='ascii') as f:
            f.write('remapped:3000000:65536\n')
    for path, line in (('/etc/passwd', 'remapped:x:990:990::/:/bin/false\n'), ('/etc/group', 'remapped:x:990:\n')):
        with open(path, 'a', encoding='ascii') as f:
            f.write(line)
    run('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'none', '/run')
    os.makedirs('/run/docker/plugins')
    tcp = free_port()
    write(work + '/containerd.toml', f'version = 2\nroot = "{work}/containerd"\nstate = "{work}/state"\ndisabled_plugins = '
          f'["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "{work}/containerd.sock"\ntcp_address = "127.0.0.1:{tcp}"\n')
    helpers = [authz.start('/run/docker/plugins/guard.sock'), subprocess.Popen(
        ['containerd', '-c', work + '/containerd.toml'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    try:
        wait_for(tcp)
        until(lambda: os.path.exists('/run/docker/plugins/guard.sock') and os.path.exists(work + '/containerd.sock'))
        e = Engine('--containerd', work + '/containerd.sock', config={
            'userns-remap': 'remapped', 'authorization-plugins': ['guard'], 'log-driver': 'fluentd',
            'log-opts': {'fluentd-address': 'tcp://127.0.0.1:24224'}})
        os.chmod(e.dir, 0o711)  # for those who are remapped
        with e:
            e.busybox()
            e.run('mapped', **CLOSED)
            e.run('opted-out', UsernsMode='host', **CLOSED)
            found = audit(e, work, {'authorization_plugins': ['guard'], 'approved_plugins': ['guard']})
            judge(found, {'ENG-009': 'pass', 'ENG-012': 'unknown', 'ENG-013': 'pass', 'ENG-051': 'pass', 'ENG-054': 'fail'},
                  'an engine with remapped users, a plugin that may refuse and a log that goes away; its containerd is open')
            judge(found, {'CTR-031': 'pass'}, 'a container with remapped users', 'mapped')
            judge(found, {'CTR-031': 'fail'}, 'one that opted out', 'opted-out')
    finally:
        for p in helpers:
            p.kill()
            p.wait()


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-cis-', ignore_cleanup_errors=True) as work:
        own_etc(work)
        first(work)
        second(work)
        run('umount', '-R', '-l', work)
    return end()


if __name__ == '__main__':
    sys.exit(main())
