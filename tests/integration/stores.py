#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images and containers read in place, in the folders of a real dockerd and a real Podman: what is
found is what `docker save` gives, what a container changed is seen, and what somebody changed in
the folders is told."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
DOCKER = '/usr/bin/docker'

STATUS = ('Package: one\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\n\n',
          'Package: two\nStatus: install ok installed\nArchitecture: all\nVersion: 2.0\n\n')
CHANGE = """rm /etc/gone; rm -r /srv/old; mkdir /srv/old; echo new >/srv/old/new
printf 'Package: added\\nStatus: install ok installed\\nArchitecture: all\\nVersion: 9\\n\\n' >>/var/lib/dpkg/status
echo 'aws_access_key_id = AKIAQ3EGTVZ5YB2LXW7P' >/root.txt"""


def sh(*args, **more):
    return subprocess.run(args, check=True, timeout=120, capture_output=True, **more).stdout


def scan(*args, **more):
    return subprocess.run([PLIMSOLL, 'scan', *args, '--state-dir', 'none', '--format', 'json'], timeout=120,
                          check=False, capture_output=True, stdin=subprocess.DEVNULL, **more)


def read(*args):
    done = scan(*args)
    if done.returncode:
        raise RuntimeError(f'{args}: {done.stderr.decode()}')
    return json.loads(done.stdout)


def subject(doc):
    return doc['scope']['subjects'][0]


def packages(doc):
    return sorted(p['name'] for p in doc['packages'])


def verdicts(doc):
    """Everything that was found out about the image; what its archive was called is left out."""
    return [(c['id'], c.get('verdict'), c.get('pass'), c.get('fail'), c.get('unknown')) for c in doc['checks']]


def failed(doc):
    return sorted((f.get('check') or f.get('advisory'), f.get('element') or '') for f in doc['findings'])


def gaps(doc):
    """That no advisories are there is told as well; it is not what this is about."""
    return [g['what'] for g in doc['gaps'] if g['what'] != 'advisories']


def build_context(top):
    folder = os.path.join(top, 'context')
    os.makedirs(os.path.join(folder, 'dpkg'))
    shutil.copy('/bin/busybox', folder)
    for i in range(2):
        with open(f'{folder}/status{i}', 'w', encoding='ascii') as f:
            f.write(''.join(STATUS[:i + 1]))
    with open(f'{folder}/Dockerfile', 'w', encoding='ascii') as f:
        f.write('FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n'
                'COPY status0 /var/lib/dpkg/status\n'
                'RUN mkdir -p /etc /srv/old && echo gone >/etc/gone && echo old >/srv/old/old && ln /etc/gone /etc/hard'
                " && echo 'ID=debian' >/etc/os-release && printf 'a\\0b' >'/srv/na me' && ln -s /etc /srv/link\n"
                'COPY status1 /var/lib/dpkg/status\nRUN rm /etc/hard\n')
    return folder


class Docker:
    def __init__(self, top):
        self.data = os.path.join(top, 'docker')
        self.socket = f'unix://{top}/docker.sock'
        with open(f'{top}/docker.log', 'wb') as log:
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(
                ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec dockerd "$@"', 'sh', '--data-root', self.data,
                 '--exec-root', f'{top}/exec', '-H', self.socket, '--pidfile', f'{top}/docker.pid', '--iptables=false',
                 '--bridge=none'], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, 'TMPDIR': top})
        for _ in range(1200):
            if subprocess.run([DOCKER, '-H', self.socket, 'version'], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError('dockerd does not start')

    def __call__(self, *args):
        return sh(DOCKER, '-H', self.socket, *args, env={**os.environ, 'DOCKER_BUILDKIT': '0'}).decode().strip()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(180)


class Podman:
    def __init__(self, top):
        self.data = os.path.join(top, 'storage')
        conf = os.path.join(top, 'containers.conf')
        with open(conf, 'w', encoding='ascii') as f:
            f.write('[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=4096:4096"]\n[engine]\nruntime="runc"\n')
        self.env = {**os.environ, 'CONTAINERS_CONF': conf}
        self.first = ['podman', '--root', self.data, '--runroot', f'{top}/run', '--tmpdir', f'{top}/tmp',
                      '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--storage-driver', 'overlay']

    def __call__(self, *args):
        return sh(*self.first, *args, env=self.env).decode().strip()


def same_as_archive(store, archive, what):
    ok(subject(store)['id'] == subject(archive)['id'] and gaps(store) == [], f'{what}: the same image, nothing is missing',
       (subject(store), gaps(store)))
    ok(packages(store) == packages(archive) == ['busybox', 'one', 'two'] and failed(store) == failed(archive) and
       verdicts(store) == verdicts(archive), f'{what}: the same packages, findings and verdicts as in its archive',
       (packages(store), set(failed(store)) ^ set(failed(archive))))


def changes_are_seen(doc, name, what):
    ok(subject(doc)['id'].startswith('container:') and subject(doc)['name'] == f'container:{name}' and gaps(doc) == [],
       f'{what}: a container is known by its own id', (subject(doc), gaps(doc)))
    ok(packages(doc) == ['added', 'busybox', 'one', 'two'], f'{what}: a package installed since is seen', packages(doc))
    text = json.dumps(doc)
    ok('/root.txt' in text and 'AKIAQ3EGTVZ5YB2LXW7P' not in text, f'{what}: so is a secret written since, never whole',
       failed(doc))


def errors(docker, top):
    done = scan('nope:1', '--store', docker.data)
    ok(done.returncode == 4 and b'no image nope:1' in done.stderr and b'web:1' in done.stderr,
       'an image that is not there: the error names those that are', done)
    done = scan(docker.data)
    ok(done.returncode == 2 and b'name one of' in done.stderr, 'several images, none named: a usage error', done)
    ok(read(docker.data, '--image', 'web:1')['scope'], 'a folder of an engine and --image')
    done = scan('container:nope', '--store', docker.data)
    ok(done.returncode == 4 and b'no container nope' in done.stderr, 'a container that is not there', done)
    done = scan('container:x', '--store', top)
    ok(done.returncode == 2 and b'is no folder in which an engine' in done.stderr, 'a folder that is no store', done)
    os.chmod(top, 0o755)
    done = subprocess.run(['setpriv', '--reuid=65534', '--clear-groups', PLIMSOLL, 'scan', 'web:1', '--store', docker.data,
                           '--state-dir', 'none'], capture_output=True, check=False, timeout=60, env={'HOME': top})
    ok(done.returncode == 4 and b'or root' in done.stderr,
       'without the right to read it the error says so', done)


def tampered(docker, top):
    """In a copy: a file of a layer is changed, one is added, a layer's description is cut."""
    copy = os.path.join(top, 'copy')
    sh('cp', '-a', docker.data, copy)
    ok(gaps(read('web:1', '--store', copy)) == [], 'a copy of the folder is read as well')
    found = sh('find', copy, '-path', '*diff/etc/os-release').decode().split()
    with open(found[0], 'a', encoding='ascii') as f:
        f.write('VERSION_ID=12\n')
    doc = read('web:1', '--store', copy)
    ok(any('etc/os-release' in g for g in gaps(doc)) and any('have the digest' in g for g in gaps(doc)),
       'a file that was changed in the folder is told, and its layer is not believed', gaps(doc))
    shutil.copy('/etc/hostname', os.path.join(os.path.dirname(found[0]), 'put-there'))
    ok(any('etc/put-there' in g for g in gaps(read('web:1', '--store', copy))), 'a file that was put there is told', gaps(doc))
    for path in sh('find', copy, '-name', 'tar-split.json.gz').decode().split():
        os.truncate(path, os.path.getsize(path) // 2)
    doc = read('web:1', '--store', copy)
    ok(len(gaps(doc)) >= 5 and packages(doc) == [], 'without what the layers were made of nothing is taken for clean', gaps(doc))


def main():
    top = tempfile.mkdtemp(prefix='plimsoll-stores.')
    docker = podman = None
    try:
        docker = Docker(top)
        docker('build', '-q', '-t', 'web:1', build_context(top))
        archive = os.path.join(top, 'web.tar')
        docker('save', '-o', archive, 'web:1')
        saved = read(archive)
        same_as_archive(read('web:1', '--store', docker.data), saved, 'dockerd')
        searched = {f['check']: f['verdict'] for f in saved['findings'] if f['kind'] == 'check'}
        less = {f['check']: f['verdict'] for f in read(archive, '--no-secrets', '--no-malware')['findings'] if f['kind'] == 'check'}
        names = ('IMG-015', 'IMG-021', 'IMG-027')
        ok([(searched[n], less[n]) for n in names] == [('pass', 'unknown')] * 3,
           'what is not looked for is unknown', [(n, searched[n], less[n]) for n in names])
        part = {f['check']: f['verdict'] for f in read(archive, '--no-protected')['findings'] if f['kind'] == 'check'}
        ok([part[n] for n in names] == ['pass', 'pass', 'unknown'], 'data of cards and people can be left out alone', part)
        image = subject(saved)['id']
        ok(subject(read(image[7:19], '--store', docker.data))['id'] == image, 'the first digits of an id are enough')
        docker('run', '-d', '--network', 'none', '--name', 'one', 'web:1', 'sleep', '300')
        docker('exec', 'one', 'sh', '-c', CHANGE)
        changes_are_seen(read('container:one', '--store', docker.data), 'one', 'dockerd')
        changes_are_seen(read('container:one', '--engine', docker.socket), 'one', 'dockerd, which says where it keeps it')
        docker('tag', 'web:1', 'other:2')
        docker('import', archive, 'third:3')
        errors(docker, top)
        docker('rm', '-f', 'one')
        tampered(docker, top)

        podman = Podman(top)
        podman('load', '-i', archive)
        same_as_archive(read('web:1', '--store', podman.data), saved, 'Podman')
        podman('run', '-d', '--network', 'none', '--name', 'two', 'localhost/web:1', 'sleep', '300')
        podman('exec', 'two', 'sh', '-c', CHANGE)
        changes_are_seen(read('container:two', '--store', podman.data), 'two', 'Podman')
    finally:
        if podman:
            subprocess.run([*podman.first, 'rm', '-f', '-t', '0', '-a'], env=podman.env, capture_output=True, check=False)
            subprocess.run(['umount', '-l', os.path.join(podman.data, 'overlay')], capture_output=True, check=False)
        if docker:
            docker.stop()
        shutil.rmtree(top, ignore_errors=True)
    return end()


if __name__ == '__main__':
    sys.exit(main())
