#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An image of a real engine whose layers are all known is not exported again, and says the same as if it were."""
import gzip
import hashlib
import http.server
import json
import os
import shutil
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from image_maker import save, status, tar  # pylint: disable=wrong-import-position
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
TIMES = {'generated_at', 'started_at', 'collected_at', 'first_seen', 'ledger_index', 'number', 'sha256', 'places',
         'evidence', 'ledger', 'first_run'}
STEPS = ['ADD base', 'COPY app']
NAME = 'corp/warm:1'
KNOWN = 'is known as a whole'


def stripped(doc):
    """Without times."""
    if isinstance(doc, dict):
        if doc.get('field') in ('image.scanned_at', 'image.scan_age_days'):
            return None
        return {k: stripped(v) for k, v in doc.items() if k not in TIMES}
    return [stripped(v) for v in doc] if isinstance(doc, list) else doc


class Exports:
    """How often the engine wrote an image since it was asked last: its own log tells each call."""

    def __init__(self, engine):
        self.log = engine.dir + '/log'
        self.seen = self.total()

    def total(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return sum('Calling GET' in line and '/get' in line for line in f)

    def new(self):
        before, self.seen = self.seen, self.total()
        return self.seen - before


def scan(what, state, *words):
    done = subprocess.run([PLIMSOLL, 'scan', what, '--state-dir', state, '--format', 'json', *words],
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL, text=True)
    return stripped(json.loads(done.stdout)) if done.stdout else {'failed': done.returncode}, done.stderr


def load(e, top, reference, app):
    path = os.path.join(top, 'image.tar')
    ground = tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n',
                  'var/lib/dpkg/status': status(('openssl', '3.0.1-1')), 'etc/passwd': b'root:x:0:0::/root:/bin/sh\n'})
    save(path, reference, [ground, tar({'srv/app': app})], STEPS, {'Cmd': ['/srv/app'], 'User': 'nobody'})
    with open(path, 'rb') as f:
        code, text = e.call('POST', '/images/load', f.read(), 'application/x-tar')
    assert code == 200, text


def check_scan(e, top, exports):
    state = top + '/state'
    load(e, top, NAME, b'one')
    cold, said = scan(NAME, state)
    ok(exports.new() == 1 and KNOWN not in said and cold.get('findings'), 'an image is exported', said)
    warm, said = scan(NAME, state)
    ok(exports.new() == 0 and KNOWN in said and '2 of 2 layers are known' in said, 'once', said)
    ok(warm == cold, 'what is kept says the same as the export', [x for x in cold if cold[x] != warm.get(x)])
    again, said = scan(NAME, state, '--no-cache')
    ok(exports.new() == 1 and KNOWN not in said and again == cold, '--no-cache exports it', said)
    return state, cold


def check_names(e, state, exports):
    image = json.loads(e.call('GET', f'/images/{NAME}/json')[1])['Id']
    cold, _ = scan(image, state)
    ok(exports.new() == 1, 'by its id it is another export, without names')
    warm, said = scan(image, state)
    ok(exports.new() == 0 and KNOWN in said and warm == cold, 'that is kept as well', said)
    e.call('POST', f'/images/{NAME}/tag?repo=corp/warm&tag=2')
    tagged, said = scan(NAME, state)
    ok(exports.new() == 1 and KNOWN not in said and tagged.get('findings'), 'a new tag of the image has it exported', said)


def check_moved(e, top, state, exports, cold):
    load(e, top, NAME, b'two')
    moved, said = scan(NAME, state)
    ok(exports.new() == 1 and KNOWN not in said and moved != cold, 'a tag that moved leads to the new image', said)
    ok(scan(NAME, state)[0] == moved and exports.new() == 0, 'which is known then')
    return moved


def check_gone(state, exports, moved):
    def change(sql):
        db = sqlite3.connect(f'{state}/cache/layers.db')
        db.execute(sql)
        db.commit()
        db.close()

    change('DELETE FROM layer WHERE bytes > 0')
    doc, said = scan(NAME, state)
    ok(exports.new() == 0 and doc == moved, 'what the image was described as is enough', said)
    change('DELETE FROM layer WHERE blob_bytes > 0')
    doc, said = scan(NAME, state)
    ok(exports.new() == 1 and 'exported again' in said and doc == moved, 'without its layers it is exported', said)
    change('UPDATE layer SET packed = zeroblob(length(packed)) WHERE bytes = 0')
    doc, said = scan(NAME, state)
    ok(exports.new() == 1 and 'damaged entry' in said and doc == moved, 'and when the documents are damaged', said)
    doc, said = scan(NAME, state)
    ok(exports.new() == 0 and KNOWN in said and doc == moved, 'and is known again', said)


def check_audit(e, top, exports):
    state = top + '/audited'
    code, text = e.call('POST', '/containers/create?name=web',
                        json.dumps({'Image': NAME, 'HostConfig': {'NetworkMode': 'none'}}).encode())
    assert code == 201, text

    def audit():
        done = subprocess.run([PLIMSOLL, 'audit', '--engine', e.address, '--no-probes', '--state-dir', state,
                               '--format', 'json'], capture_output=True, timeout=120, check=False, text=True)
        doc = stripped(json.loads(done.stdout))
        return [f for f in doc['findings'] if 'corp/warm' in json.dumps(f)], done.stderr

    cold, said = audit()
    ok(exports.new() == 1 and cold, 'an audit has the image of a container exported', said)
    warm, said = audit()
    ok(exports.new() == 0 and KNOWN in said and warm == cold, 'once', said)


# ---- other engines ----

class Podman:
    """Its exports have links beside the layers, for readers of old, which the manifest does not name."""

    def __init__(self, top):
        self.dir = top + '/podman'
        self.address = f'unix://{self.dir}/socket'
        self.log = self.dir + '/log'
        self.first = ['podman', '--root', self.dir + '/R', '--runroot', self.dir + '/RR', '--tmpdir', self.dir + '/T',
                      '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--storage-driver', 'overlay']

    def __enter__(self):
        os.makedirs(self.dir)
        with open(self.dir + '/containers.conf', 'w', encoding='ascii') as f:
            f.write('[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=4096:4096"]\n[engine]\nruntime="runc"\n')
        os.environ['CONTAINERS_CONF'] = self.dir + '/containers.conf'
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                [*self.first, '--log-level', 'info', 'system', 'service', '--time=0', self.address],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        for _ in range(300):
            if os.path.exists(self.dir + '/socket'):
                return self
            time.sleep(0.1)
        raise RuntimeError('podman does not answer')

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        subprocess.run(['umount', '-l', self.dir + '/R/overlay'], check=False, capture_output=True)

    def total(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return sum('GET' in line and '/get ' in line for line in f)


class NewDocker:
    """What Docker from version 25 answers whose images containerd keeps: an OCI layout that is an archive of docker save
    as well, its layers as they were pulled. Such an engine is not in Debian, so this one answers with such documents."""

    def __init__(self, top, layers):
        self.address, self.exports = f'unix://{top}/new-docker', 0
        config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'User': 'nobody'}, 'rootfs': {
            'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(x).hexdigest() for x in layers]}}).encode()
        packed = [gzip.compress(x, 1, mtime=0) for x in layers]
        names = ['blobs/sha256/' + hashlib.sha256(x).hexdigest() for x in [config, *packed]]
        files = dict(zip(names, [config, *packed]))
        manifest = json.dumps({'schemaVersion': 2, 'config': self.descriptor(config), 'layers': [
            self.descriptor(x) for x in packed]}).encode()
        files['blobs/sha256/' + hashlib.sha256(manifest).hexdigest()] = manifest
        files['index.json'] = json.dumps({'schemaVersion': 2, 'manifests': [{
            **self.descriptor(manifest), 'annotations': {'io.containerd.image.name': 'docker.io/corp/warm:1',
                                                         'org.opencontainers.image.ref.name': '1'}}]}).encode()
        files['manifest.json'] = json.dumps([{'Config': names[0], 'RepoTags': [NAME], 'Layers': names[1:]}]).encode()
        files['oci-layout'] = b'{"imageLayoutVersion": "1.0.0"}'
        self.archive = tar(files)
        self.image = {'Id': 'sha256:' + hashlib.sha256(manifest).hexdigest(), 'RepoTags': [NAME],
                      'Descriptor': self.descriptor(manifest)}
        if os.path.exists(top + '/new-docker'):
            os.unlink(top + '/new-docker')
        outer = self

        class Answers(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def address_string(self):
                return 'client'

            def log_message(self, *_):
                pass

            def do_GET(self):
                path = urllib.parse.unquote(self.path.split('?')[0])
                outer.exports += path.endswith('/get')
                body = (b'OK' if path.endswith('/_ping') else outer.archive if path.endswith('/get') else
                        json.dumps(outer.image).encode() if '/images/' in path else
                        json.dumps({'Version': '27.3.1', 'ApiVersion': '1.47', 'MinAPIVersion': '1.24', 'Os': 'linux',
                                    'Arch': 'amd64', 'Components': [{'Name': 'Engine', 'Version': '27.3.1'}]}).encode())
                self.send_response(200)
                self.send_header('Api-Version', '1.47')
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = socketserver.ThreadingUnixStreamServer(top + '/new-docker', Answers)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def descriptor(data):
        return {'digest': 'sha256:' + hashlib.sha256(data).hexdigest(), 'size': len(data)}

    def total(self):
        return self.exports


def once(engine, name, state, what):
    os.environ['DOCKER_HOST'] = engine.address
    before = engine.total()
    cold, said = scan(name, state)
    ok(engine.total() == before + 1 and cold.get('findings') and KNOWN not in said, f'{what} exports its image', said)
    warm, said = scan(name, state)
    ok(engine.total() == before + 1 and KNOWN in said and warm == cold, f'{what} exports it once', said)


def check_others(top):
    ground = tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': status(('openssl', '3.0.1-1'))})
    layers = [ground, tar({'srv/app': b'other'})]
    save(top + '/other.tar', NAME, layers, STEPS, {'User': 'nobody'})
    if shutil.which('podman'):
        with Podman(top) as e:
            subprocess.run([*e.first, 'load', '-q', '-i', top + '/other.tar'], check=True, capture_output=True)
            once(e, 'localhost/' + NAME, top + '/podman-state', 'Podman')
    else:
        print('# no podman here')
    once(NewDocker(top, layers), NAME, top + '/new-state', 'Docker over containerd')


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-warm.') as top, Engine('--debug') as e:
        os.environ['DOCKER_HOST'] = e.address
        exports = Exports(e)
        state, cold = check_scan(e, top, exports)
        check_names(e, state, exports)
        moved = check_moved(e, top, state, exports, cold)
        check_gone(state, exports, moved)
        check_audit(e, top, exports)
        check_others(top)
    return end()


sys.exit(main())
