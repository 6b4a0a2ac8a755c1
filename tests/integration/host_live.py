#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The host's checks on a real engine in a network and mount namespace of its own: what changes when
somebody opens its socket, widens a file or closes the forward path; and a run without root."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from tap import end, ok, skip

PLIMSOLL = os.environ['PLIMSOLL']


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=120, check=False, **more)


def verdicts(*args, prefix=(PLIMSOLL,)):
    """check id -> (verdict, reason, evidence as text)"""
    said = run(*prefix, 'audit', '--state-dir', 'none', '--format', 'json', '--no-images',
               '--no-probes', *args)
    if not said.stdout:
        return {}
    return {f['check']: (f['verdict'], f['reason'], json.dumps(f['evidence']))
            for f in json.loads(said.stdout)['findings'] if f['kind'] == 'check'
            and f['subject']['kind'] in ('host', 'engine')}


class Engine:
    def __init__(self, folder):
        self.folder = folder
        self.socket = folder + '/docker.sock'
        with open(folder + '/log', 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                ['dockerd', '--data-root', folder + '/data', '--exec-root', folder + '/exec',
                 '-H', 'unix://' + self.socket, '--pidfile', folder + '/pid'],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, 'TMPDIR': folder})
        for _ in range(200):
            if run('curl', '-sf', '--unix-socket', self.socket, 'http://d/_ping').returncode == 0:
                break
            time.sleep(0.1)

    def docker(self, *args, **more):
        return run('/usr/bin/docker', '-H', 'unix://' + self.socket, *args, **more)

    def stop(self):
        self.docker('rm', '-f', 'web')
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def start_container(engine, folder):
    os.mkdir(folder + '/image')
    shutil.copy('/bin/busybox', folder + '/image/busybox')
    packed = subprocess.run(['tar', '-C', folder + '/image', '-c', '.'], capture_output=True,
                            timeout=60, check=False).stdout
    subprocess.run(['/usr/bin/docker', '-H', 'unix://' + engine.socket, 'import', '-', 'busy:1'],
                   input=packed, capture_output=True, timeout=60, check=False)
    return engine.docker('run', '-d', '--name', 'web', '-p', '8080:80', 'busy:1', '/busybox', 'sleep', '600')


def configuration(folder):
    """/etc/docker of this mount namespace only."""
    run('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'none', '/etc/docker')
    os.makedirs('/etc/docker/certs.d/registry.example.org')
    for name, mode in (('daemon.json', 0o626), ('certs.d/registry.example.org/client.key', 0o444),
                       ('certs.d/registry.example.org/ca.crt', 0o444)):
        with open('/etc/docker/' + name, 'w', encoding='ascii') as f:
            f.write('{}')
        os.chmod('/etc/docker/' + name, mode)
    with open(folder + '/plimsoll.yaml', 'w', encoding='ascii') as f:
        f.write('policy:\n  engine_operators: [alice]\n')


def look_at_files(engine, audit):
    seen = audit()
    ok(seen['ENG-036'][0] == 'fail' and '0626' in seen['ENG-036'][2], 'mode 0626 of daemon.json fails',
       seen['ENG-036'])
    ok(seen['ENG-026'][0] == 'fail' and 'ca.crt' not in seen['ENG-026'][2],
       'a client key that all may read fails, a certificate does not', seen['ENG-026'])
    ok(seen['ENG-034'][0] == 'pass', 'the socket has the mode that the engine gave it', seen['ENG-034'])
    ok(seen['HOST-001'][0] == 'fail', 'a data root on the root device fails', seen['HOST-001'])
    ok('/sbin/dockerd' in seen['HOST-003'][2], "the engine's binary is found by its process",
       seen['HOST-003'])
    ok(engine.folder + '/exec/containerd' in seen['ENG-043'][2] + seen['HOST-012'][2],
       "and so is containerd's configuration", seen['HOST-012'])

    os.chmod(engine.socket, 0o666)
    seen = audit()
    ok(seen['ENG-034'][0] == 'fail' and seen['HOST-002'][0] == 'fail', 'a socket open to all fails',
       (seen['ENG-034'], seen['HOST-002']))
    os.chmod(engine.socket, 0o660)
    run('setfacl', '-m', 'u:nobody:rw', engine.socket)
    seen = audit()
    ok(seen['HOST-002'][0] == 'fail' and 'nobody' in seen['HOST-002'][2],
       'an access list lets in whom nobody approved', seen['HOST-002'])
    run('setfacl', '-b', engine.socket)


def look_at_forward_path(audit, outside):
    seen = audit()
    ok(seen['ENG-053'][0] == seen['NET-023'][0] == 'fail', 'a published port of a fresh engine is open', (seen['ENG-053'], seen['NET-023']))
    run('iptables', '-P', 'INPUT', 'DROP')
    ok(audit()['ENG-053'][0] == 'fail', 'a strict INPUT chain does not change that')
    for tool in ('iptables', 'ip6tables'):
        run(tool, '-N', 'DOCKER-USER')
        run(tool, '-C', 'FORWARD', '-j', 'DOCKER-USER').returncode and run(
            tool, '-I', 'FORWARD', '-j', 'DOCKER-USER')
        run(tool, '-I', 'DOCKER-USER', '-i', 'docker0', '-j', 'DROP')
    ok(audit()['ENG-053'][0] == 'fail', 'a drop of what comes from inside does not either')
    for tool in ('iptables', 'ip6tables'):
        run(tool, '-I', 'DOCKER-USER', '-i', outside, '-j', 'DROP')
    seen = audit()
    ok(seen['ENG-053'][0] == seen['NET-023'][0] == 'pass', 'a drop in DOCKER-USER of what comes from outside closes it',
       (seen['ENG-053'], seen['NET-023']))
    for tool in ('iptables-legacy', 'ip6tables-legacy'):
        run(tool, '-P', 'INPUT', 'DROP')
    closed = audit()['HOST-027']
    run('ip6tables-legacy', '-P', 'INPUT', 'ACCEPT')
    opened = audit()['HOST-027']
    ok(closed[0] == 'pass' and opened[0] == 'fail' and 'legacy filter INPUT' in opened[2],
       'a policy of legacy iptables counts beside nf_tables', (closed, opened))
    seen = audit(prefix=('nsenter', f'--net=/proc/{os.getppid()}/ns/net', PLIMSOLL))
    ok(seen['ENG-053'][0] == 'pass', "the rules are those of the engine's network namespace",
       seen['ENG-053'])
    ok('"host.engine_chains_ipv4", "value": "true"' in seen['ENG-004'][2].replace('engine.host.', 'host.'),
       "the engine's chains are loaded", seen['ENG-004'])
    run('iptables', '-D', 'FORWARD', '-j', 'DOCKER-USER')
    run('iptables', '-F', 'DOCKER-USER')
    run('iptables', '-X', 'DOCKER-USER')
    seen = audit()
    ok(seen['ENG-004'][0] == 'fail', 'whoever takes them away is seen, whatever the configuration says', seen['ENG-004'])


def records(folder):
    """The evidence log beside the host's own records: who else may read it, and its keys."""
    state = folder + '/state'

    def seen():
        said = run(PLIMSOLL, 'audit', '--state-dir', state, '--format', 'json', '--no-images', '--no-engine')
        return {f['check']: (f['verdict'], json.dumps(f['evidence'])) for f in json.loads(said.stdout)['findings']}
    first = seen()
    ok(first['SEC-008'][0] == 'pass', 'keys of the evidence log are made for their owner alone', first['SEC-008'])
    ok(first['LOG-020'][0] == 'fail' and state in first['LOG-020'][1], 'that nobody records who reads the log is told', first['LOG-020'])
    os.chmod(state + '/keys/redact', 0o440)
    os.chmod(state + '/ledger', 0o755)
    later = seen()
    ok(later['SEC-008'][0] == 'fail' and 'keys/redact' in later['SEC-008'][1] and 'log.key' not in later['SEC-008'][1],
       'a key that the group may read is found', later['SEC-008'])
    ok(later['LOG-011'][0] == 'fail' and state + '/ledger' in later['LOG-011'][1] and 'everybody' in later['LOG-011'][1],
       'an evidence log that everybody may list is, too', later['LOG-011'])


def system_log(folder):
    """A folder of ours in the place of /var/log, in this mount namespace alone."""
    logs = folder + '/logs'
    os.makedirs(logs + '/journal/0a1b')
    run('mount', '--bind', logs, '/var/log')
    try:
        first = verdicts('--no-engine')
        none = first['LOG-001'][0]
        with open(logs + '/journal/0a1b/system.journal', 'w', encoding='utf-8') as f:
            f.write('x')
        second = verdicts('--no-engine')
        young = second['LOG-001']
        os.utime(logs + '/journal/0a1b/system.journal', (time.time() - 8 * 86400,) * 2)
        logins = (first['LOG-014'][0], second['LOG-014'][0], verdicts('--no-engine')['LOG-014'][0])
        ok(logins == ('fail', 'pass', 'fail'), 'logins are recorded where a log is written to', logins)
        os.utime(logs + '/journal/0a1b/system.journal', (time.time() - 4000, time.time() - 4000))
        old = verdicts('--no-engine')['LOG-001'][0]
        os.utime(logs + '/journal/0a1b/system.journal', (time.time() + 90000, time.time() + 90000))
        ahead = verdicts('--no-engine')['LOG-001'][0]
        os.utime(logs + '/journal/0a1b/system.journal', (time.time() - 4000, time.time() - 4000))
        with open(logs + '/syslog', 'w', encoding='utf-8') as f:
            f.write('x')
        other = verdicts('--no-engine')['LOG-001'][0]
        ok((none, young[0], old, ahead, other) == ('fail', 'pass', 'fail', 'unknown', 'pass'),
           'a system log counts while somebody writes to it', (none, young, old, ahead, other))
    finally:
        run('umount', '/var/log')


def programs(folder):
    """A program that no package brought, one whose file is gone, and one of a package."""
    mine, gone = folder + '/helper', folder + '/gone'
    shutil.copy('/bin/sleep', mine)
    shutil.copy('/bin/sleep', gone)
    running = [subprocess.Popen([p, '100'], stdin=subprocess.DEVNULL) for p in (mine, gone, '/bin/sleep')]
    try:
        os.unlink(gone)
        with open(mine, 'rb') as f:
            approved = mine + ' sha256:' + hashlib.sha256(f.read()).hexdigest()
        seen = verdicts('--no-engine')['HOST-025']
        ok(seen[0] == 'fail' and mine in seen[2] and gone in seen[2] and '/usr/bin/sleep' not in seen[2],
           'programs that no package brought are found among what runs, those of packages are not', seen)
        with open(folder + '/approved.yaml', 'w', encoding='utf-8') as f:
            json.dump({'policy': {'approved_host_binaries': [approved]}}, f)
        seen = verdicts('--no-engine', '--config', folder + '/approved.yaml')['HOST-025']
        ok(mine + ' sha256' not in seen[2], 'one that is approved by its digest is none of them', seen)
    finally:
        for p in running:
            p.kill()
            p.wait()


def stopped_engine(folder):
    """A host whose docker.socket listens on TCP, and no engine that answers."""
    root = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/host/hardened'
    said = run(PLIMSOLL, 'audit', '--state-dir', 'none', '--format', 'json', '--root', root,
               env={'HOME': folder, 'XDG_RUNTIME_DIR': folder, 'PATH': os.environ['PATH']})
    gaps = [g['what'] for g in json.loads(said.stdout)['gaps']] if said.stdout else said.stderr
    ok('engine behind TCP 2375' in gaps and 'engine behind TCP [::1]:2376' in gaps,
       'what systemd listens on for a stopped engine is named', gaps)


def without_root(folder):
    os.chmod(folder, 0o755)  # the build may lie where nobody else can go
    program = shutil.copy(PLIMSOLL, folder + '/plimsoll')
    root = verdicts('--no-engine')
    as_nobody = ('env', '-i', 'HOME=/', 'PATH=' + os.environ['PATH'], 'setpriv', '--reuid', '65534',
                 '--regid', '65534', '--clear-groups', program)
    user = verdicts('--no-engine', prefix=as_nobody)
    better = {c: v for c, v in user.items() if v[0] == 'pass' and root.get(c, ('pass',))[0] not in
              ('pass', 'not-applicable')}
    ok(len(user) > 200 and not better, 'nobody sees no pass that root does not see', better)
    denied = {c for c, v in user.items() if v[0] == 'unknown' and v[1] == 'denied'}
    ok({'HOST-024', 'HOST-027', 'HOST-048'} <= denied, 'what a user may not read is unknown: denied', denied)


def inside(folder):
    outside = 'up0'  # the engine's own network namespace has a default route of its own
    run('ip', 'link', 'set', 'lo', 'up')
    run('ip', 'link', 'add', outside, 'type', 'veth', 'peer', 'name', 'peer0')
    for link in (outside, 'peer0'):
        run('ip', 'link', 'set', link, 'up')
    run('ip', 'address', 'add', '10.213.7.2/24', 'dev', outside)
    run('ip', 'route', 'add', 'default', 'via', '10.213.7.1')
    run('ip', '-6', 'route', 'add', 'default', 'dev', outside)
    configuration(folder)
    os.unlink('/etc/docker/daemon.json')  # the engine must not read it
    engine = Engine(folder)
    with open('/etc/docker/daemon.json', 'w', encoding='ascii') as f:
        f.write('{}')
    os.chmod('/etc/docker/daemon.json', 0o626)

    def audit(**more):
        return verdicts('--engine', 'unix://' + engine.socket, '--config',
                        folder + '/plimsoll.yaml', **more)

    try:
        started = start_container(engine, folder)
        ok(started.returncode == 0, 'an engine runs a container', started.stderr)
        look_at_files(engine, audit)
        look_at_forward_path(audit, outside)
    finally:
        engine.stop()
    programs(folder)
    system_log(folder)
    records(folder)
    stopped_engine(folder)
    without_root(folder)
    end()


def main():
    if sys.argv[1:2] == ['--inside']:
        inside(sys.argv[2])
        return
    if os.geteuid() != 0:
        skip('the host beside a real engine', 'needs root')
        end()
        return
    folder = tempfile.mkdtemp(prefix='plimsoll-host-live.')
    try:
        subprocess.run(['unshare', '-n', '-m', sys.executable, os.path.abspath(__file__), '--inside', folder],
                       timeout=1100, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
