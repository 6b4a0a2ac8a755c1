#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Engines of every kind: real Docker with and without TLS, real Podman, and a few lines of Python
for what lies, hangs, is too old or never ends. Each fault gives one error that names the object,
and the rest goes on as unknown."""
import http.server
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

from engine_maker import Engine, until
from tap import end, ok

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engines
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

PROGRAM = os.environ['PLIMSOLL']
FIXTURES = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/engine/'
cleanups = []


def audit(*args, env=None, user=None):
    """The run, and its findings as {(subject, check): finding}."""
    command = [PROGRAM, 'audit', '--state-dir', 'none', '--no-images', '--format', 'json', *args]
    if user:
        # The build can lie in a home that the user may not enter.
        with tempfile.TemporaryDirectory(prefix='plimsoll-program.') as place:
            os.chmod(place, 0o755)
            command[0] = shutil.copy(PROGRAM, place)
            return run_audit(['runuser', '-u', user, '--'] + command, env)
    return run_audit(command, env)


def run_audit(command, env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith('DOCKER')}
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
                          env={**clean, **(env or {})})
    done.said = done.stderr.decode(errors='replace')
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {'findings': [], 'gaps': []}
    done.said += json.dumps(report['gaps'])
    return done, {(f['subject'].get('name'), f['check']): f for f in report['findings'] if f['kind'] == 'check'}


def verdict(found, name, check):
    return found.get((name, check), {}).get('verdict')


def evidence(found, name, check):
    return {e['field']: e['value'] for e in found.get((name, check), {}).get('evidence', [])}


def docker_as_configured():
    config = {'icc': False, 'userland-proxy': False, 'no-new-privileges': True, 'live-restore': True,
              'insecure-registries': ['registry.example'], 'log-opts': {'max-size': '5m', 'max-file': '2'},
              'default-ulimits': {'nofile': {'Name': 'nofile', 'Hard': 4096, 'Soft': 1024}},
              'builder': {'entitlements': {'network-host': False, 'security-insecure': False}}}
    with Engine('--log-level=warn', config=config) as e:
        e.busybox()
        e.call('POST', '/volumes/create', json.dumps(
            {'Name': 'innocent', 'DriverOpts': {'type': 'none', 'o': 'bind', 'device': '/etc'}}).encode())
        e.run('hidden', Binds=['innocent:/data'])
        e.run('sockets', Binds=[e.dir + ':/mnt:ro'])
        e.run('strong', CapAdd=['SYS_PTRACE'], config={'User': '10001'})
        e.run('plain')
        name = e.address
        done, found = audit('--engine', e.address)
        ok(done.returncode == 0 and found, 'an audit of a real engine ends well', done.said)
        want = {'ENG-002': 'pass', 'ENG-003': 'fail', 'ENG-005': 'fail', 'ENG-008': 'pass', 'ENG-014': 'pass',
                'ENG-015': 'pass', 'ENG-016': 'pass', 'ENG-047': 'pass', 'ENG-049': 'pass', 'ENG-007': 'pass'}
        got = {i: verdict(found, name, i) for i in want}
        ok(got == want, 'what daemon.json says is judged', got)
        ok(evidence(found, name, 'ENG-016').get('engine.userland_proxy_source') == 'file' and
           evidence(found, name, 'ENG-003').get('engine.log_level_source') == 'argument',
           'the source of each setting is told', evidence(found, name, 'ENG-016'))
        ok(verdict(found, 'plain', 'CTR-026') == 'pass',
           'no-new-privileges of the engine is seen in the process, since inspect does not show it',
           found.get(('plain', 'CTR-026')))
        ok(verdict(found, 'hidden', 'CTR-006') == 'fail' and
           evidence(found, 'hidden', 'CTR-006').get('mount.host_path') == '/etc',
           'a volume with o=bind cannot hide etc', found.get(('hidden', 'CTR-006')))
        ok(verdict(found, 'sockets', 'CTR-032') == 'fail' and
           evidence(found, 'sockets', 'CTR-032').get('mount.control_socket') == e.socket,
           'the folder above the socket, read-only, hands over the engine', found.get(('sockets', 'CTR-032')))
        ok(verdict(found, 'strong', 'CTR-035') == 'fail',
           'a capability in the bounding set of a process that is not root is found', found.get(('strong', 'CTR-035')))
        ok(verdict(found, 'plain', 'REG-007') == 'fail',
           'an image that was imported here is of no registry, whichever are allowed', found.get(('plain', 'REG-007')))
        ok(verdict(found, 'strong', 'CTR-037') == 'pass' and verdict(found, 'plain', 'CTR-037') == 'fail',
           'who runs as root is seen in the process')
        subprocess.run(['docker', '-H', e.address, 'exec', '-d', '-u', '0', 'strong', '/bin/busybox', 'sleep', '100'],
                       check=False, timeout=120, capture_output=True)
        e.has_started('strong', 2)
        _, found = audit('--engine', e.address)
        ok(verdict(found, 'strong', 'CTR-037') == 'fail', 'a second process as root is seen as well')
        ok(verdict(found, 'strong', 'CTR-024') == 'fail' and verdict(found, 'plain', 'CTR-024') == 'unknown' and
           found[('plain', 'CTR-024')]['reason'] == 'needs:gate',
           'its session has no recorded reason; where none is open nobody knows of those before', found.get(('strong', 'CTR-024')))
        changes(e)
        os.utime(e.dir + '/daemon.json')
        with open(e.dir + '/daemon.json', 'a', encoding='utf-8') as f:
            f.write('\n')
        _, found = audit('--engine', e.address)
        ok(verdict(found, name, 'ENG-016') == 'unknown' and verdict(found, name, 'ENG-003') == 'fail' and
           evidence(found, name, 'ENG-016').get('engine.userland_proxy_source') == 'restart-pending',
           'a file newer than the process proves nothing; an argument stays what it is', found.get((name, 'ENG-016')))
        secrets(e)
        named_image(e)
        host_user(e)
        relays(e)
        stack(e)


def changes(e):
    """Files that were not in the image."""
    e.run('changed', Binds=['/etc/hostname:/etc/mounted:ro'], Tmpfs={'/usr/scratch': ''})
    e.has_started('changed')
    _, found = audit('--engine', e.address)
    ok(verdict(found, 'plain', 'CTR-023') == 'unknown' and found[('plain', 'CTR-023')]['reason'] == 'needs:gate',
       'where no privileged session is open nobody knows of those before', found.get(('plain', 'CTR-023')))
    ok(verdict(found, 'changed', 'CTR-043') == 'pass',
       'what the engine makes for mounts is no change of the image', found.get(('changed', 'CTR-043')))
    for name in ('/bin/miner', '/data'):
        subprocess.run(['docker', '-H', e.address, 'exec', 'changed', '/bin/busybox', 'cp', '/bin/busybox', name],
                       check=False, timeout=120, capture_output=True)
    _, found = audit('--engine', e.address)
    told = evidence(found, 'changed', 'CTR-043').get('container.changed_files', '')
    ok(verdict(found, 'changed', 'CTR-043') == 'fail' and '/bin/miner' in told and '/data' not in told,
       'a program that was added is, data are not', found.get(('changed', 'CTR-043')))


RELAY = """
import socket, sys, threading
def pump(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
server = socket.create_server(('127.0.0.1', int(sys.argv[2])))
while True:
    peer, _ = server.accept()
    engine = socket.socket(socket.AF_UNIX)
    engine.connect(sys.argv[1])
    for pair in ((peer, engine), (engine, peer)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


def accepts(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


def relays(e):
    e.run('web', Binds=[e.dir + ':/mnt:ro'], config={'Cmd': ['/bin/busybox', 'httpd', '-f', '-p', '8080']})
    _, found = audit('--engine', e.address)
    ok(verdict(found, e.address, 'ENG-007') == 'pass',
       'a container with the socket that serves something else is asked, and is no relay', found.get((e.address, 'ENG-007')))
    relay = subprocess.Popen([sys.executable, '-c', RELAY, e.socket, '12377'], stdin=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        until(lambda: accepts(12377))
        _, found = audit('--engine', e.address)
        told = evidence(found, e.address, 'ENG-007')
        ok(verdict(found, e.address, 'ENG-007') == 'fail' and told.get('api_listener.address') == '127.0.0.1:12377' and
           told.get('api_listener.holder', '').startswith('process python'),
           'a program that relays TCP to the socket is found, although the engine itself does not listen', told)
    finally:
        relay.kill()
        relay.wait()


def stack(e):
    """A made-up flaw of the package that this machine's runc came with."""
    folder = tempfile.mkdtemp(prefix='plimsoll-stack.')
    cleanups.append(folder)
    now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    with open('/etc/os-release', encoding='utf-8') as f:
        release = dict(line.strip().split('=', 1) for line in f if '=' in line)['VERSION_ID'].strip('"')
    with open(folder + '/Debian.jsonl', 'w', encoding='utf-8') as f:
        json.dump({'id': 'DEBIAN-CVE-2024-21626', 'modified': now, 'published': now, 'upstream': ['CVE-2024-21626'],
                   'affected': [{'package': {'ecosystem': 'Debian:' + release, 'name': 'runc'}, 'ranges': [
                       {'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '99'}]}]}]}, f)
    def run():
        done = subprocess.run([PROGRAM, 'audit', '--state-dir', folder + '/state', '--no-images', '--format', 'json', '--engine',
                               e.address], capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL)
        return {(f['subject'].get('name'), f['check']): f for f in json.loads(done.stdout)['findings'] if f['kind'] == 'check'}
    row = run().get((e.address, 'ENG-044'), {})
    ok(row.get('verdict') == 'unknown' and row.get('reason') == 'feed-missing',
       "without advisories the engine's programs are unknown", row)
    subprocess.run([PROGRAM, 'db', 'update', '--quiet', '--source', folder + '/Debian.jsonl', '--state-dir', folder + '/state'],
                   check=True)
    found = run()
    told = evidence(found, e.address, 'ENG-044')
    ok(verdict(found, e.address, 'ENG-044') == 'fail' and told.get('engine_program.path') == '/usr/sbin/runc' and
       told.get('engine_program.package') == 'runc' and 'CVE-2024-21626' in told.get('engine_program.fixable', ''),
       'a way out through the runtime that this engine would start fails at once', found.get((e.address, 'ENG-044')))


def secrets(e):
    """A secret of the disk, and one in memory that only root can read, in a container with two users."""
    with open(e.dir + '/secret', 'w', encoding='utf-8') as f:
        f.write('x')
    e.run('diskette', Binds=[e.dir + '/secret:/run/secrets/db:ro'])
    write = 'echo x >/run/secrets/db; /bin/busybox chmod %s /run/secrets/db; exec /bin/busybox sleep 1000'
    for name, mode in (('closed', '400'), ('open', '444')):
        e.run(name, Tmpfs={'/run/secrets': ''}, config={'Cmd': ['/bin/busybox', 'sh', '-c', write % mode]})
        subprocess.run(['docker', '-H', e.address, 'exec', '-d', '-u', '7', name, '/bin/busybox', 'sleep', '100'],
                       check=False, timeout=120, capture_output=True)
        e.has_started(name, 2)
    _, found = audit('--engine', e.address)
    got = [(n, verdict(found, n, 'SEC-001'), verdict(found, n, 'SEC-002')) for n in ('diskette', 'closed', 'open', 'plain')]
    ok(got == [('diskette', 'fail', 'pass'), ('closed', 'pass', 'pass'), ('open', 'pass', 'fail'),
               ('plain', 'not-applicable', 'not-applicable')],
       'a secret lies in memory, and a second user cannot read it', got)


def named_image(e):
    """The stream of an image goes from the client's process into the worker, by any name it has."""
    name = 'localhost:5000/team/busy:1.0'
    assert e.call('POST', '/images/busy:1/tag?repo=localhost:5000/team/busy&tag=1.0')[0] == 201
    done = subprocess.run([PROGRAM, 'scan', name, '--state-dir', 'none', '--engine', e.address, '--format', 'json'],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {'findings': []}
    ok(done.returncode == 0 and any(f['subject']['kind'] == 'image' and f['subject'].get('name') == name
                                    for f in report['findings']),
       'an image is read out of the engine by its name', done.stderr.decode(errors='replace') + str(report)[:1500])
    done = subprocess.run([PROGRAM, 'scan', 'no-such-image:1', '--state-dir', 'none', '--engine', e.address],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    said = done.stderr.decode(errors='replace')
    ok(done.returncode == 4 and e.address in said and 'the engine has no such image' in said and 'no-such-image' in said,
       'an image that the engine does not have is one error', said)


def host_user(e):
    os.chmod(e.dir, 0o755)
    done, found = audit('--engine', e.address, user='nobody')
    ok(e.socket in done.said and 'ermission denied' in done.said and done.returncode == 4 and not found,
       'a named socket that is not ours is the error, and no other engine is judged in its place', done.said)
    # Found by itself (XDG_RUNTIME_DIR), the same socket is a gap and the rest goes on.
    done, found = audit(user='nobody', env={'XDG_RUNTIME_DIR': e.dir})
    ok(e.socket in done.said and 'ermission denied' in done.said and
       any(f['subject']['kind'] == 'host' for f in found.values()),
       'a usual socket that is not ours is named, and the host is judged', done.said)


def certificates(folder):
    def openssl(*args):
        subprocess.run(['openssl', *args], check=True, capture_output=True, cwd=folder)
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90', '-keyout',
            'ca.key', '-out', 'ca.pem', '-subj', '/CN=engine authority')
    for name, extra in (('server', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth'),
                        ('client', 'extendedKeyUsage=clientAuth')):
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name + '.key',
                '-out', name + '.csr', '-subj', '/CN=' + name)
        with open(f'{folder}/{name}.ext', 'w', encoding='utf-8') as f:
            f.write(extra)
        openssl('x509', '-req', '-in', name + '.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days',
                '60', '-out', name + '.pem', '-extfile', name + '.ext')


DECOY = """
import ctypes, socket, subprocess, time
subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
ctypes.CDLL(None).prctl(15, b'dockerd')
s = socket.create_server(('127.0.0.1', 12376))
print('there', flush=True)
time.sleep(600)
"""


def docker_by_tls():
    """An engine on TCP, beside a process of its name on the same address of another network namespace."""
    decoy = subprocess.Popen(['unshare', '-n', sys.executable, '-c', DECOY], stdout=subprocess.PIPE)
    try:
        assert decoy.stdout.readline() == b'there\n'
        docker_with_certificates()
    finally:
        decoy.kill()
        decoy.wait()


def docker_with_certificates():
    folder = tempfile.mkdtemp(prefix='plimsoll-tls.')
    cleanups.append(folder)
    certificates(folder)
    with Engine('-H', 'tcp://127.0.0.1:12376', '--tlsverify', '--tlscacert', folder + '/ca.pem', '--tlscert',
                folder + '/server.pem', '--tlskey', folder + '/server.key') as e:
        address = 'tcp://127.0.0.1:12376'
        done, found = audit('--engine', address, '--tlscacert', folder + '/ca.pem', '--tlscert',
                            folder + '/client.pem', '--tlskey', folder + '/client.key')
        ok(verdict(found, address, 'ENG-001') == 'fail', 'an engine is read by TLS with a client certificate', done.said)
        ok(evidence(found, address, 'ENG-001').get('engine.uid') == '0', 'and recognised as running here',
           found.get((address, 'ENG-001')))
        ok(verdict(found, address, 'ENG-007') == 'pass', 'a listener that demands a certificate passes',
           found.get((address, 'ENG-007')))
        told = evidence(found, address, 'ENG-045')
        ok(verdict(found, address, 'ENG-045') == 'fail' and told.get('api_listener.accepts_old_tls') == 'false' and
           'AES128-SHA' in told.get('api_listener.ciphers', ''),
           'the old suites that Docker 20.10 still accepts are found by offering them', told)
        ok(verdict(found, address, 'ENG-046') == 'unknown' and
           found[(address, 'ENG-046')].get('reason') == 'needs:policy',
           'its certificates are read; the authority waits for the policy', found.get((address, 'ENG-046')))
        done, found = audit('--engine', address, '--tlscacert', folder + '/ca.pem')
        ok(address in done.said and 'client certificate: --tlscert' in done.said,
           'without a client certificate the error says so', done.said)
        done, found = audit('--engine', address)
        ok(address in done.said and 'it speaks TLS' in done.said, 'without any the error says what to give', done.said)
        shutil.copy(folder + '/client.pem', folder + '/cert.pem')
        shutil.copy(folder + '/client.key', folder + '/key.pem')
        done, found = audit(env={'DOCKER_HOST': address, 'DOCKER_TLS_VERIFY': '1', 'DOCKER_CERT_PATH': folder})
        ok('DOCKER_HOST ' + address in done.said and verdict(found, address, 'ENG-001') == 'fail',
           'DOCKER_HOST with DOCKER_CERT_PATH leads to the same engine', done.said)


def docker_open_to_all():
    with Engine('-H', 'tcp://127.0.0.1:12375', '--metrics-addr', '127.0.0.1:19323', '--experimental') as e:
        done, found = audit('--engine', e.address)
        ok(verdict(found, e.address, 'ENG-007') == 'fail' and
           evidence(found, e.address, 'ENG-007').get('api_listener.address') == '127.0.0.1:12375',
           'an API without certificates is found by asking it', found.get((e.address, 'ENG-007')) or done.said)
        _, found = audit('--engine', e.address, '--no-probes')
        ok(verdict(found, e.address, 'ENG-007') == 'unknown', 'unasked it is unknown, never a pass')
        done, found = audit('--engine', 'tcp://localhost:12375')
        ok(evidence(found, 'tcp://localhost:12375', 'ENG-001').get('engine.uid') == '0',
           'an engine can be given by the name of its host', done.said)
        done, found = audit('--engine', 'tcp://no-such-host.invalid:12375')
        ok('host no-such-host.invalid: ' in done.said and done.returncode == 4, 'a host without an address is named', done.said)


def podman():
    folder = tempfile.mkdtemp(prefix='plimsoll-podman.')
    cleanups.append(folder)
    with open(folder + '/containers.conf', 'w', encoding='utf-8') as f:
        f.write('[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=4096:4096"]\n[engine]\nruntime="runc"\n')
    address = f'unix://{folder}/p.sock'
    with open(folder + '/log', 'wb') as log:
        service = subprocess.Popen(
            ['podman', '--root', folder + '/R', '--runroot', folder + '/RR', '--tmpdir', folder + '/T', '--cgroup-manager',
             'cgroupfs', '--events-backend', 'file', '--storage-driver', 'vfs', 'system', 'service', '--time=0', address],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, 'CONTAINERS_CONF': folder + '/containers.conf'})
    try:
        until(lambda: os.path.exists(folder + '/p.sock'))
        done, found = audit('--engine', address)
        ok(evidence(found, address, 'ENG-001').get('engine.type') == 'podman', "Podman's compatible socket is read", done.said)
        ok(verdict(found, address, 'ENG-002') == 'not-applicable' and verdict(found, address, 'ENG-006') == 'fail' and
           verdict(found, address, 'ENG-005') == 'unknown', 'what does not apply to Podman, or it does not tell, is not judged',
           [verdict(found, address, i) for i in ('ENG-002', 'ENG-006', 'ENG-005')])
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(120)


class Liar(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers what `behaviour` says; what it does not know it takes from the recordings."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behaviour, api='1.41'):
        self.dir = tempfile.mkdtemp(prefix='plimsoll-liar.')
        cleanups.append(self.dir)
        self.behaviour, self.api = behaviour, api
        super().__init__(self.dir + '/s', Handler)
        self.address = 'unix://' + self.dir + '/s'
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    recorded = {'/version': 'version.json', '/info': 'info.json', '/networks': 'networks.json', '/volumes': 'volumes.json',
                '/plugins': 'plugins.json', '/images/json': 'images.json', '/containers/json': 'containers.json'}

    def log_message(self, *_):
        pass

    def address_string(self):
        return 'unix'

    def send(self, body, status=200):
        self.send_response(status)
        if self.server.api:
            self.send_header('Api-Version', self.server.api)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split('?', maxsplit=1)[0]
        path = '/' + path.split('/', 2)[2] if path.startswith('/v1.') else path
        try:
            if self.server.behaviour(self, path):
                return
            if path == '/_ping':
                self.send(b'OK')
            elif path in self.recorded:
                with open(FIXTURES + self.recorded[path], 'rb') as f:
                    self.send(f.read())
            else:
                self.send(b'{"message":"no such thing"}', 404)
        except OSError:
            pass


def one_container(handler, path, body):
    """The list holds one container; its inspect document is `body`, called or not."""
    if path == '/containers/json':
        handler.send(json.dumps([{'Id': 'ab' * 32}]).encode())
    elif path == '/containers/' + 'ab' * 32 + '/json':
        if callable(body):
            body(handler)
        else:
            handler.send(body)
    else:
        return False
    return True


def silent(handler):
    time.sleep(60)
    handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    block = b'[' * 65536
    while True:
        handler.wfile.write(block)


def cut_short(handler):
    handler.send_response(200)
    handler.send_header('Content-Length', '100000')
    handler.end_headers()
    handler.wfile.write(b'{"Id":')
    handler.close_connection = True


def engines_that_lie():
    short = 'ab' * 6
    for title, body, reason, said in (
            ('never answers', silent, 'timeout', 'no complete answer within 10000 ms'),
            ('never ends', endless, 'limit:size', 'answer is longer than 4194304 bytes'),
            ('breaks off', cut_short, 'unreadable', 'transfer closed'),
            ('is nested without end', b'[' * 100000, 'unreadable', 'JSON'),
            ('is not UTF-8', b'{"Id":"\xff"}', 'unreadable', 'JSON'),
            ('is about nothing', b'{}', 'unreadable', 'JSON of another kind'),
    ):
        with Liar(lambda h, p, body=body: one_container(h, p, body)) as liar:
            done, found = audit('--engine', liar.address)
            f = found.get((short, 'CTR-005'), {})
            ok(f.get('verdict') == 'unknown' and f.get('reason') == reason and said in done.said and 'ab' * 32 in done.said and
               verdict(found, liar.address, 'ENG-015') == 'fail',
               f'a container whose document {title} is unknown ({reason}), and the engine is judged', (f, done.said))
    with Liar(lambda h, p: p == '/info' and (h.send(b'x', 500) or True)) as liar:
        done, found = audit('--engine', liar.address)
        ok(verdict(found, liar.address, 'ENG-015') == 'unknown' and '/info' in done.said,
           'without /info its facts are unknown and the call is named', done.said)
    for title, api, said in (('too old', '1.40', 'speaks API 1.40; 1.41 or newer'), ('no engine', None, 'no Api-Version')):
        with Liar(lambda h, p: False, api) as liar:
            done, found = audit('--engine', liar.address)
            ok(said in done.said and liar.address in done.said and done.returncode == 4,
               f'what answers is {title}: one error names it', done.said)
    with Liar(lambda h, p: time.sleep(60)) as liar:
        done, found = audit('--engine', liar.address)
        ok('no complete answer within 3000 ms' in done.said and liar.address in done.said and done.returncode == 4,
           'an engine that never answers is given up, and named', done.said)


def children(pid):
    """The processes that `pid` started, as {argv[1]: pid}."""
    found = {}
    for p in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{p}/status', encoding='utf-8') as f:
                parent = next(line for line in f if line.startswith('PPid:')).split()[1]
            with open(f'/proc/{p}/cmdline', 'rb') as f:
                words = f.read().split(b'\0')
        except (OSError, StopIteration):
            continue
        if int(parent) == pid and len(words) > 1:
            found[words[1].decode()] = int(p)
    return found


def maps(pid):
    with open(f'/proc/{pid}/maps', encoding='utf-8') as f:
        return f.read()


def peers(pid):
    """Inodes of the sockets that a process holds."""
    held = set()
    for fd in os.listdir(f'/proc/{pid}/fd'):
        try:
            held.add(os.readlink(f'/proc/{pid}/fd/{fd}'))
        except OSError:
            pass
    return {h for h in held if h.startswith('socket:')}


def caught(deed, title, said, reason):
    """An audit whose engine is silent about one container; `deed` is done to its client's process then."""
    asked = threading.Event()

    def hold(handler):
        asked.set()
        time.sleep(40)
        handler.close_connection = True

    with Liar(lambda h, p: one_container(h, p, hold)) as liar:
        command = [PROGRAM, 'audit', '--state-dir', 'none', '--no-images', '--format', 'json', '--engine', liar.address]
        begun = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        asked.wait(120)
        client = children(begun.pid).get('engine-client', 0)
        deed(begun.pid, client)
        out, err = begun.communicate(timeout=100)
        report = json.loads(out or b'{"findings": [], "gaps": []}')
        told = err.decode(errors='replace') + json.dumps(report['gaps'])
        found = {(f['subject'].get('name'), f['check']): f for f in report['findings'] if f['kind'] == 'check'}
        f = found.get(('ab' * 6, 'CTR-005'), {})
        ok(client and f.get('verdict') == 'unknown' and f.get('reason') == reason and said in told and
           liar.address in told and verdict(found, liar.address, 'ENG-015') == 'fail' and
           any(k[1].startswith('HOST-') for k in found),
           f'a client that {title}: its container is unknown ({reason}), the engine is named, the rest is judged',
           (client, f, told))


def the_client_alone():
    def look_and_kill(audit_pid, client):
        with open(f'/proc/{client}/status', encoding='utf-8') as f:
            status = dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)
        ok(status['CapEff'].strip('0') == '' and status['NoNewPrivs'] == '1' and status['Seccomp'] == '2' and
           os.readlink(f'/proc/{client}/root') == f'/proc/{client}/fd',
           "the client's process has no capability, a filter, and no folder but its own descriptors", status)
        ok('libcurl' not in maps(audit_pid) and 'libuv' not in maps(audit_pid) and
           'libcurl' in maps(client) and 'libuv' in maps(client),
           'the audit itself has neither an HTTP library nor a loop')
        # What speaks with the engine is held by the client; the audit has one end of the pair, no more.
        ok(len(peers(audit_pid)) == 1 and len(peers(client)) >= 2 and not peers(audit_pid) & peers(client),
           "the engine's socket is the client's alone", (peers(audit_pid), peers(client)))
        os.kill(client, signal.SIGKILL)

    caught(look_and_kill, 'dies', 'the engine client died: Killed', 'unreadable')


def a_client_that_hangs():
    caught(lambda _, client: os.kill(client, signal.SIGSTOP), 'hangs',
           'no word of the engine client within 15000 ms', 'timeout')


def main():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    try:
        docker_as_configured()
        docker_by_tls()
        docker_open_to_all()
        podman()
        waiting = threading.Thread(target=a_client_that_hangs)
        waiting.start()
        the_client_alone()
        engines_that_lie()
        waiting.join()
    finally:
        for folder in cleanups:
            subprocess.run(['rm', '-rf', '--one-file-system', folder], check=False)
    return end()


sys.exit(main())
