#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signatures beside images in Debian's docker-registry. Debian's skopeo has signing of this kind taken out, so the
documents are made here after cosign's specification, with keys and signatures by openssl. A small server before the
registry adds the referrers that it lacks. Runs in a network namespace of its own, with an engine."""
import base64
import hashlib
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

if os.environ.get('PL_INSIDE') != '1':
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', sys.executable] + sys.argv)

from engine_maker import Engine  # pylint: disable=wrong-import-position
from image_maker import layout, tar  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

PLIMSOLL = os.environ['PLIMSOLL']
MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
INDEX = 'application/vnd.oci.image.index.v1+json'
CONFIG = 'application/vnd.oci.image.config.v1+json'
SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json'
BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
COSIGN = 'dev.cosignproject.cosign/signature'
HERE = os.path.dirname(os.path.abspath(__file__))


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Front(http.server.BaseHTTPRequestHandler):
    """Hands on to the registry, but for what a test wants otherwise: {path: (status, body)}."""
    protocol_version = 'HTTP/1.1'

    def handle(self):
        if self.connection.recv(1, socket.MSG_PEEK) != b'\x16':  # no TLS is spoken here
            super().handle()

    def log_message(self, *args):
        pass

    def hand_on(self):
        self.server.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)) or None
        status, data, headers = self.server.answers.get(self.path, (None, b'', {}))
        if not status:
            headers = {k: ', '.join(self.headers.get_all(k)) for k in self.headers if k != 'Host'}
            ask = urllib.request.Request(self.server.behind + self.path, body, headers, method=self.command)
            try:
                with urllib.request.urlopen(ask, timeout=20) as got:
                    status, data, headers = got.status, got.read(), dict(got.headers)
            except urllib.error.HTTPError as e:
                status, data, headers = e.code, e.read(), dict(e.headers)
        self.send_response(status)
        for key, value in headers.items():
            if key.lower() not in ('content-length', 'connection', 'date'):
                self.send_header(key, value)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = hand_on


class Registry:
    def __init__(self, top):
        self.port = free_port()
        self.state = os.path.join(top, 'state')  # which keeps compiled patterns
        self.behind = f'http://127.0.0.1:{self.port}'
        with open(os.path.join(top, 'registry.yml'), 'w', encoding='utf-8') as f:
            json.dump({'version': '0.1', 'log': {'level': 'error'}, 'http': {'addr': f'127.0.0.1:{self.port}'},
                       'storage': {'filesystem': {'rootdirectory': os.path.join(top, 'data')}}}, f)
        with open(os.path.join(top, 'registry.log'), 'wb') as log:
            self.process = subprocess.Popen(['docker-registry', 'serve', f.name], stdout=log, stderr=log)
        self.front = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Front)
        self.front.behind, self.front.answers, self.front.asked = self.behind, {}, []
        self.at = f'127.0.0.1:{self.front.server_port}'
        threading.Thread(target=self.front.serve_forever, daemon=True).start()
        for _ in range(200):
            try:
                urllib.request.urlopen(self.behind + '/v2/', timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError('docker-registry does not start')

    def close(self):
        self.front.shutdown()
        self.process.terminate()
        self.process.wait()

    def put(self, path, data, kind):
        ask = urllib.request.Request(self.behind + path, data, {'Content-Type': kind}, method='PUT')
        urllib.request.urlopen(ask, timeout=20).close()

    def blob(self, repository, data):
        start = urllib.request.Request(f'{self.behind}/v2/{repository}/blobs/uploads/', b'', method='POST')
        with urllib.request.urlopen(start, timeout=20) as got:
            place = got.headers['Location']
        place = place if place.startswith('http') else self.behind + place
        place += ('&' if '?' in place else '?') + 'digest=' + digest(data)
        self.put(place[len(self.behind):], data, 'application/octet-stream')
        return {'digest': digest(data), 'size': len(data)}

    def manifest(self, repository, tag, document):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        kind = json.loads(data)['mediaType']
        self.put(f'/v2/{repository}/manifests/{tag or digest(data)}', data, kind)
        return {'mediaType': kind, 'digest': digest(data), 'size': len(data)}

    def image(self, repository, word, tag='1'):
        """An image that differs from others by a word; the digest of its manifest."""
        files, mine = layout([tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'word': word.encode()})], ['ADD x in /'])
        for name, data in files.items():
            if name.startswith('blobs/') and digest(data) != mine:
                self.blob(repository, data)
        self.manifest(repository, tag, files['blobs/sha256/' + mine[7:]])
        return mine


class Key:
    KINDS = {'ecdsa': ('EC', '-pkeyopt', 'ec_paramgen_curve:P-256'), 'rsa': ('RSA', '-pkeyopt', 'rsa_keygen_bits:2048'),
             'ed25519': ('ED25519',)}

    def __init__(self, top, name, kind='ecdsa'):
        self.private, self.file, self.kind = os.path.join(top, name + '.key'), os.path.join(top, name + '.pub'), kind
        run('genpkey', '-algorithm', *self.KINDS[kind], '-out', self.private)
        run('pkey', '-in', self.private, '-pubout', '-out', self.file)

    def sign(self, data):
        with tempfile.NamedTemporaryFile() as f:
            f.write(data)
            f.flush()
            how = () if self.kind == 'ed25519' else ('-digest', 'sha256')
            return base64.b64encode(run('pkeyutl', '-sign', '-inkey', self.private, '-rawin', *how, '-in', f.name)).decode()


def run(*args):
    return subprocess.run(['openssl', *args], check=True, capture_output=True).stdout


def payload(name, of, kind='cosign container image signature'):
    return json.dumps({'critical': {'identity': {'docker-reference': name}, 'image': {'docker-manifest-digest': of}, 'type': kind},
                       'optional': None}).encode()


def layer(registry, repository, data, signature):
    return {'mediaType': SIMPLE, **registry.blob(repository, data), 'annotations': {COSIGN: signature}}


def signed(registry, repository, of, layers, tag=True, **more):
    """The manifest of signatures, under cosign's tag for what it is about."""
    config = registry.blob(repository, b'{"rootfs":{"type":"layers"}}')
    return registry.manifest(repository, f'sha256-{of[7:]}.sig' if tag else None,
                             {'schemaVersion': 2, 'mediaType': MANIFEST, 'config': {'mediaType': CONFIG, **config}, 'layers': layers,
                              **more})


def sign(registry, repository, key, of, name=None, **more):
    data = payload(name or f'{registry.at}/{repository}', of, **more)
    return signed(registry, repository, of, [layer(registry, repository, data, key.sign(data))])


def bundle(key, of, predicate='https://sigstore.dev/cosign/sign/v1'):
    kind = 'application/vnd.in-toto+json'
    text = json.dumps({'_type': 'https://in-toto.io/Statement/v1', 'subject': [{'digest': {'sha256': of[7:]}}],
                       'predicateType': predicate, 'predicate': {}}).encode()
    envelope = b'DSSEv1 %d %s %d %s' % (len(kind), kind.encode(), len(text), text)
    return json.dumps({'mediaType': BUNDLE, 'verificationMaterial': {'publicKey': {'hint': ''}},
                       'dsseEnvelope': {'payload': base64.b64encode(text).decode(), 'payloadType': kind,
                                        'signatures': [{'sig': key.sign(envelope)}]}}).encode()


def attach(registry, repository, data, of):
    """A referrer that holds a bundle."""
    return signed(registry, repository, of, [{'mediaType': BUNDLE, **registry.blob(repository, data)}], tag=False, artifactType=BUNDLE,
                  subject={'mediaType': MANIFEST, 'digest': of, 'size': 1}) | {'artifactType': BUNDLE}


class Answer:
    def __init__(self, done):
        self.done = done
        self.found = [f for f in json.loads(done.stdout)['findings'] if f.get('check') == 'IMG-005'] if done.returncode == 0 else []
        self.verdict = self.found[0]['verdict'] if self.found else 'pass' if done.returncode == 0 else 'error'
        self.reason = self.found[0]['reason'] if self.found else None
        self.text = json.dumps([f['evidence'] for f in self.found])

    def __repr__(self):
        return f'{self.verdict} {self.reason} {self.text} {self.done.stderr.decode()}'


def scan(registry, name, *keys, more=(), env=None):
    args = [x for k in keys for x in ('--signature-key', k if isinstance(k, str) else k.file)]
    return Answer(subprocess.run([PLIMSOLL, 'scan', f'registry:{registry.at}/{name}', '--state-dir', registry.state, '--format', 'json',
                                  '--no-malware', '--no-secrets', *args, *more], capture_output=True, check=False,
                                 env={**os.environ, **(env or {})}))


def plain_cases(registry, top):
    key, other = Key(top, 'a'), Key(top, 'other')
    mine = registry.image('team/app', 'one')
    got = scan(registry, 'team/app:1')
    ok((got.verdict, got.reason) == ('unknown', 'needs:signature-key'), 'without a key it is not known whether an image is signed', got)
    got = scan(registry, 'team/app:1', key)
    ok(got.verdict == 'fail' and 'no signature is kept' in got.text, 'an image without a signature fails', got)
    sign(registry, 'team/app', key, mine)
    got = scan(registry, 'team/app:1', key)
    ok(got.verdict == 'pass', 'one that holds with the key passes', got)
    got = scan(registry, f'team/app@{mine}', f'{registry.at}/team={key.file}', more=())
    ok(got.verdict == 'pass', 'so it does by digest, with a key for a part of the registry', got)
    got = scan(registry, 'team/app:1', other)
    ok(got.verdict == 'fail' and 'by none of the 1 keys' in got.text, 'with another key it fails', got)
    got = scan(registry, 'team/app:1', f'{key.file},{registry.at}/team/app={other.file}')
    ok(got.verdict == 'fail', 'the key that is named for the repository counts, and no wider one', got)
    got = scan(registry, 'team/app:1', f'{registry.at}/team/ap={key.file}')
    ok((got.verdict, got.reason) == ('unknown', 'needs:signature-key'), 'a key for another repository is no key for this one', got)
    got = scan(registry, 'team/app:1', f'{other.file},{key.file}')
    ok(got.verdict == 'pass', 'of several keys one is enough', got)
    with open(os.path.join(top, 'c.yaml'), 'w', encoding='utf-8') as f:
        f.write(f'signatures:\n  keys: ["{registry.at}={key.file}"]\n')
    got = scan(registry, 'team/app:1', more=('--config', f.name))
    ok(got.verdict == 'pass', 'the configuration names keys, too', got)
    for text, words in (('no key', 'holds no PUBLIC KEY'), ('', 'is empty')):
        with open(os.path.join(top, 'bad.pub'), 'w', encoding='utf-8') as f:
            f.write(text)
        got = scan(registry, 'team/app:1', f.name)
        ok(got.done.returncode == 2 and words in got.done.stderr.decode(), f'a key file that {words} ends it before it begins', got)


def lies(registry, top):
    key = Key(top, 'b')
    one, two = registry.image('team/b', 'one'), registry.image('team/b', 'two', '2')
    rows = [
        ('a signature of another image', {'of': two}, 'another image'),
        ('one under another name', {'of': one, 'name': f'{registry.at}/team/other'}, 'another name'),
        ('one without a name', {'of': one, 'name': 'Not/A/Name'}, 'another name'),
        ('one of something else', {'of': one, 'kind': 'atomic container signature'}, 'no signature of an image'),
    ]
    for sentence, claim, words in rows:
        data = payload(claim.get('name', f'{registry.at}/team/b'), claim['of'], *([claim['kind']] if 'kind' in claim else []))
        signed(registry, 'team/b', one, [layer(registry, 'team/b', data, key.sign(data))])
        got = scan(registry, 'team/b:1', key)
        ok(got.verdict == 'fail' and words in got.text, f'{sentence} does not count', got)
    data = payload(f'{registry.at}/team/b', one)
    odd = [('that was changed', data, key.sign(data + b' ')), ('that is no base64', data, '*'), ('that is empty', data, ''),
           ('that is nonsense', data, base64.b64encode(b'0' * 70).decode())]
    for word, bytes_, signature in odd:
        signed(registry, 'team/b', one, [layer(registry, 'team/b', bytes_, signature)])
        got = scan(registry, 'team/b:1', key)
        ok(got.verdict == 'fail', f'nor does one {word}', got)
    good = layer(registry, 'team/b', data, key.sign(data))
    bad = layer(registry, 'team/b', b'{', key.sign(b'{'))
    signed(registry, 'team/b', one, [bad])
    got = scan(registry, 'team/b:1', key)
    ok(got.verdict == 'unknown', 'what was signed and cannot be read leaves it open', got)
    signed(registry, 'team/b', one, [bad, good])
    got = scan(registry, 'team/b:1', key)
    ok(got.verdict == 'pass', 'a good one beside a bad one counts', got)
    signed(registry, 'team/b', one, [layer(registry, 'team/b', data, Key(top, 'c').sign(data))] * 40 + [good])
    got = scan(registry, 'team/b:1', key)
    ok((got.verdict, got.reason) == ('unknown', 'limit:signatures'), 'behind more than 32 nobody looks, and it is not known', got)
    path = f'/v2/team/b/manifests/sha256-{one[7:]}.sig'
    registry.front.answers[path] = (403, b'', {})
    got = scan(registry, 'team/b:1', key)
    ok((got.verdict, got.reason) == ('unknown', 'denied'), 'a registry that does not show them leaves it open', got)
    registry.front.answers[path] = (200, b'{"layers":[', {'Content-Type': MANIFEST})
    got = scan(registry, 'team/b:1', key)
    ok(got.verdict == 'fail' and 'manifest of signatures' in got.text, 'a manifest that is no JSON holds none', got)
    registry.front.answers.clear()


def kinds(registry, top):
    for kind in ('rsa', 'ed25519'):
        key = Key(top, kind, kind)
        sign(registry, 'team/' + kind, key, registry.image('team/' + kind, kind))
        got = scan(registry, f'team/{kind}:1', key)
        ok(got.verdict == 'pass', f'a signature by a key of kind {kind} holds', got)
    key = Key(top, 'd')
    child = registry.image('team/multi', 'child', None)
    entry = {'mediaType': MANIFEST, 'digest': child, 'size': 1, 'platform': {'os': 'linux', 'architecture': 'amd64'}}
    of = registry.manifest('team/multi', '1', {'schemaVersion': 2, 'mediaType': INDEX, 'manifests': [entry]})['digest']
    got = scan(registry, 'team/multi:1', key, more=('--platform', 'linux/amd64'))
    ok(got.verdict == 'fail', 'an index that nobody signed fails', got)
    sign(registry, 'team/multi', key, of)
    got = scan(registry, 'team/multi:1', key, more=('--platform', 'linux/amd64'))
    ok(got.verdict == 'pass', 'the signature of an index counts for the image that it leads to', got)


def referrers(registry, top):
    key = Key(top, 'e')
    mine = registry.image('team/ref', 'one')
    path = f'/v2/team/ref/referrers/{mine}'

    def listed(*entries):
        return json.dumps({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': list(entries)}).encode()

    good = attach(registry, 'team/ref', bundle(key, mine), mine)
    registry.front.answers[path] = (200, listed(good), {'Content-Type': INDEX})
    got = scan(registry, 'team/ref:1', key)
    ok(got.verdict == 'pass', 'a bundle among the referrers of an image counts', got)
    for word, data in (('of another image', bundle(key, digest(b'x'))), ('by another key', bundle(Key(top, 'f'), mine)),
                       ('that states something else', bundle(key, mine, 'https://spdx.dev/Document'))):
        entry = attach(registry, 'team/ref', data, mine)
        registry.front.answers[path] = (200, listed(entry), {'Content-Type': INDEX})
        got = scan(registry, 'team/ref:1', key)
        ok(got.verdict == 'fail', f'one {word} does not', got)
    registry.front.answers[path] = (200, listed(good), {'Content-Type': INDEX, 'Link': f'<{path}?n=1&last=x>; rel="next"'})
    got = scan(registry, 'team/ref:1', Key(top, 'g'))
    ok((got.verdict, got.reason) == ('unknown', 'limit:signatures'), 'a list of several pages is not read to its end, and said', got)
    registry.front.answers.clear()
    # As cosign 2.6 lists its bundle: under the type of the bundle's empty config.
    registry.manifest('team/ref', 'sha256-' + mine[7:], listed({**good, 'artifactType': 'application/vnd.oci.empty.v1+json'}))
    got = scan(registry, 'team/ref:1', key)
    ok(got.verdict == 'pass', 'a registry without that list keeps it under a tag', got)
    note = signed(registry, 'team/ref', mine, [], tag=False, artifactType='application/vnd.cncf.notary.signature')
    registry.manifest('team/ref', 'sha256-' + mine[7:], listed({**note, 'artifactType': 'application/vnd.cncf.notary.signature'}))
    got = scan(registry, 'team/ref:1', key)
    ok(got.verdict == 'fail' and 'notation' in got.text, 'a signature of another kind is told and does not count', got)


class Layout:
    """A folder with an OCI layout, in the place of a registry: everything stands in its index."""
    at = 'made.example'

    def __init__(self, top, name, word):
        self.folder, self.entries = os.path.join(top, name), []
        files, self.mine = layout([tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'word': word.encode()})], ['ADD x in /'])
        os.makedirs(self.folder + '/blobs/sha256')
        for path, data in files.items():
            with open(f'{self.folder}/{path}', 'wb') as f:
                f.write(data)
        self.entries = json.loads(files['index.json'])['manifests']

    def where(self):
        return self.folder

    def path(self, of):
        return f'{self.folder}/blobs/sha256/{of[7:]}'

    def blob(self, _repository, data):
        with open(self.path(digest(data)), 'wb') as f:
            f.write(data)
        return {'digest': digest(data), 'size': len(data)}

    def manifest(self, repository, tag, document):
        entry = {'mediaType': document['mediaType'], **self.blob(repository, json.dumps(document).encode()),
                 **({'annotations': {'org.opencontainers.image.ref.name': tag}} if tag else {})}
        self.entries.append(entry)
        return entry

    def scan(self, *keys):
        with open(self.folder + '/index.json', 'w', encoding='utf-8') as f:
            json.dump({'schemaVersion': 2, 'manifests': self.entries}, f)
        args = [x for k in keys for x in ('--signature-key', k if isinstance(k, str) else k.file)]
        return Answer(subprocess.run([PLIMSOLL, 'scan', self.where(), '--image', self.mine, '--state-dir', 'none', '--format', 'json',
                                      '--no-malware', '--no-secrets', *args], capture_output=True, check=False))


class Tar(Layout):
    """The same in a tar, as skopeo and podman write it (names without ./) and as tar does."""
    prefix, flags, end = '', [], '.tar'

    def where(self):
        name = self.folder + self.end
        subprocess.run(['tar', *self.flags, '-cf', name, '-C', self.folder, *(self.prefix + n for n in sorted(os.listdir(self.folder)))],
                       check=True)
        return name


class Packed(Tar):
    prefix, flags, end = './', ['-z'], '.tar.gz'


def layouts(_registry, top):
    """Folders, as cosign save and oras write them, and the same in a tar."""
    for kind in (Layout, Packed):
        os.mkdir(f'{top}/{kind.__name__}')
        layout_cases(kind, f'{top}/{kind.__name__}')
    key, one = Key(top, 'k'), Tar(top, 'one', 'one')
    with open(one.path(digest(b'large')), 'wb') as f:  # a layer of another image, passed over by its place
        f.truncate(5 << 20)
    got = one.scan(key)
    ok((got.verdict, got.reason) == ('unknown', 'not-observed'), 'Tar: an image may have left its signatures behind', got)
    sign(one, 'team/app', key, one.mine)
    got = one.scan(key)
    ok(got.verdict == 'pass', 'Tar: a signature that lies beside its image counts', got)
    for n in range(5000):  # more documents than are looked through
        one.blob('', b'{"n": %d}' % n)
    got = one.scan(key)
    ok(got.verdict == 'pass' or (got.verdict == 'unknown' and 'PL_LAYOUT_DOCUMENTS' in got.text),
       'Tar: a signature beyond the limit of documents is not missed in silence', got)


def layout_cases(make, top):
    key, other = Key(top, 'i'), Key(top, 'j')
    one = make(top, 'plain', 'one')
    got = one.scan()
    ok(got.verdict == 'not-applicable', f'{make.__name__}: without a key nothing is asked of it', got)
    got = one.scan(key)
    ok((got.verdict, got.reason) == ('unknown', 'not-observed'), f'{make.__name__}: an image may have left its signatures behind', got)
    claim = sign(one, 'team/app', key, one.mine)
    got = one.scan(key)
    ok(got.verdict == 'pass', f'{make.__name__}: a signature that lies beside its image counts', got)
    got = one.scan(f'{one.at}/team={key.file}')
    ok(got.verdict == 'pass', f'{make.__name__}: with a key for the name that was signed, too', got)
    for words in (other, f'{one.at}/others={key.file}'):
        got = one.scan(words)
        ok(got.verdict == 'fail', f'{make.__name__}: not with another key, nor with one for other names', got)
    with open(one.path(claim['digest']), 'ab') as f:
        f.write(b' ')
    got = one.scan(key)
    ok(got.verdict == 'unknown' and 'another digest' in got.text, f'{make.__name__}: a document that is not what its digest says does not count', got)
    two = make(top, 'bundle', 'two')
    attach(two, 'team/app', bundle(key, two.mine), two.mine)
    got = two.scan(key)
    ok(got.verdict == 'pass', f'{make.__name__}: a bundle that refers to its image counts', got)
    three = make(top, 'index', 'three')
    inner = {'schemaVersion': 2, 'mediaType': INDEX, 'manifests': [{**three.entries[0], 'platform': {'os': 'linux', 'architecture': 'amd64'}}]}
    sign(three, 'team/app', key, three.manifest('team/app', None, inner)['digest'])
    got = three.scan(key)
    ok(got.verdict == 'pass', f'{make.__name__}: so does the signature of an index that leads to it', got)


def engines(registry, top):
    """What runs, by an audit of an engine that pulled it."""
    key = Key(top, 'h')
    for name in ('one', 'two'):
        registry.image('run/' + name, name)
    ways = {'out': {'PortBindings': {'80/tcp': [{'HostIp': '', 'HostPort': '8080'}]}},
            'in': {'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '8080'}]}}}
    with Engine() as e:
        for name in ('one', 'two'):
            pulled = e.call('POST', f'/images/create?fromImage={registry.at}/run/{name}&tag=1')
            for way, host in ways.items():
                code, text = e.call('POST', f'/containers/create?name={name}-{way}', json.dumps(
                    {'Image': f'{registry.at}/run/{name}:1', 'Cmd': ['/x'], 'ExposedPorts': {'80/tcp': {}}, 'HostConfig': host}).encode())
                ok(code == 201, f'the engine has a container of image {name}, with a way {way}', (pulled, text))
        names = [n for i in json.loads(e.call('GET', '/images/json')[1]) for n in i['RepoDigests']]
        sign(registry, 'run/one', key, next(n for n in names if 'run/one' in n).split('@')[1])

        def audit(*more):
            done = subprocess.run([PLIMSOLL, 'audit', '--engine', e.address, '--state-dir', registry.state, '--format', 'json',
                                   '--no-malware', '--no-secrets', '--no-probes', *more], capture_output=True, check=False)
            report = json.loads(done.stdout)['findings']
            found = {f['subject']['name'].split('/')[-1]: (f['verdict'], f['reason']) for f in report if f.get('check') == 'IMG-005'}
            reached.update((f['subject']['name'], f['verdict']) for f in report if f.get('check') == 'CMB-008')
            return found, done.stderr.decode()

        reached = {}
        before = len(registry.front.asked)
        got = audit()
        ok(got[0] == {'one:1': ('unknown', 'needs:signature-key'), 'two:1': ('unknown', 'needs:signature-key')} and
           len(registry.front.asked) == before, 'an audit without a key asks no registry, and does not know', got)
        got = audit('--signature-key', f'{registry.at}/run={key.file}')
        ok(got[0] == {'one:1': ('pass', None), 'two:1': ('fail', None)}, 'with a key it asks for signatures of what runs', got)
        ok(reached == {'one-out': 'pass', 'one-in': 'pass', 'two-out': 'fail', 'two-in': 'pass'},
           'an unsigned image matters where others reach its container', reached)
        got = audit('--signature-key', f'{registry.at}/run/two={key.file}')
        ok(got[0] == {'one:1': ('unknown', 'needs:signature-key'), 'two:1': ('fail', None)},
           'and nothing about repositories without a key', got)
        registry.front.answers = Refusal()
        got = audit('--signature-key', key.file)
        ok(got[0] == {n: ('unknown', 'denied') for n in ('one:1', 'two:1')}, 'a registry that refuses leaves it open', got)
        registry.front.answers = {}


class Refusal(dict):
    """An answer to everything."""

    def get(self, *_):
        return 403, b'', {}


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-signatures.') as top:
        registry = Registry(top)
        try:
            for part in (plain_cases, lies, kinds, referrers, layouts, engines):
                part(registry, top)
        finally:
            registry.close()
    return end()


sys.exit(main())
