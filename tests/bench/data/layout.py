#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes OCI image layouts with gzip layers for the benches.

usage: layout.py roots OUT FOLDER...   one layer from each folder, in order
       layout.py grown OUT BYTES FOLDER   layers of 100 MB from files of FOLDER, up to BYTES
       layout.py files OUT COUNT          one layer with COUNT small files in folders of 100
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys

CHUNK = 1 << 20


class Layer(io.RawIOBase):
    """What is written is hashed, compressed by gzip(1) and hashed again when it is closed."""

    def __init__(self, path, level):
        self.path, self.diff, self.bytes = path, hashlib.sha256(), 0
        self.out = open(path, 'wb')  # pylint: disable=consider-using-with
        self.gzip = subprocess.Popen(['gzip', '-n', f'-{level}'], stdin=subprocess.PIPE, stdout=self.out)

    def writable(self):
        return True

    def write(self, data):
        self.diff.update(data)
        self.bytes += len(data)
        self.gzip.stdin.write(data)
        return len(data)

    def end(self):
        self.gzip.stdin.close()
        if self.gzip.wait():
            sys.exit('layout: gzip failed')
        self.out.close()


class Layout:
    def __init__(self, folder, level=6):
        self.folder, self.level = folder, level
        self.layers, self.diff_ids = [], []
        os.makedirs(folder + '/blobs/sha256')

    def blob(self, data):
        name = hashlib.sha256(data).hexdigest()
        with open(f'{self.folder}/blobs/sha256/{name}', 'wb') as f:
            f.write(data)
        return {'digest': 'sha256:' + name, 'size': len(data)}

    def layer(self):
        return Layer(self.folder + '/layer', self.level)

    def add(self, layer):
        layer.end()
        digest = hashlib.sha256()
        with open(layer.path, 'rb') as f:
            while data := f.read(CHUNK):
                digest.update(data)
        os.rename(layer.path, f'{self.folder}/blobs/sha256/{digest.hexdigest()}')
        self.note(digest.hexdigest(), layer.diff.hexdigest())

    def note(self, digest, diff_id):
        self.layers.append({'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip', 'digest': 'sha256:' + digest,
                            'size': os.path.getsize(f'{self.folder}/blobs/sha256/{digest}')})
        self.diff_ids.append('sha256:' + diff_id)

    def finish(self):
        config = self.blob(json.dumps({
            'architecture': 'amd64', 'os': 'linux', 'created': '2026-01-01T00:00:00Z',
            'config': {'User': '1000', 'Env': ['PATH=/usr/bin:/bin'], 'Cmd': ['/bin/sh']},
            'rootfs': {'type': 'layers', 'diff_ids': self.diff_ids},
            'history': [{'created': '2026-01-01T00:00:00Z', 'created_by': f'layer {i}'}
                        for i in range(len(self.diff_ids))]}).encode())
        config['mediaType'] = 'application/vnd.oci.image.config.v1+json'
        manifest = self.blob(json.dumps({
            'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
            'config': config, 'layers': self.layers}).encode())
        manifest['mediaType'] = 'application/vnd.oci.image.manifest.v1+json'
        manifest['annotations'] = {'org.opencontainers.image.ref.name': 'bench'}
        with open(self.folder + '/index.json', 'w', encoding='ascii') as f:
            json.dump({'schemaVersion': 2, 'manifests': [manifest]}, f)
        with open(self.folder + '/oci-layout', 'w', encoding='ascii') as f:
            f.write('{"imageLayoutVersion": "1.0.0"}')


def from_roots(out, folders):
    layout = Layout(out)
    for folder in folders:
        layer = layout.layer()
        tar = subprocess.Popen(['tar', '-C', folder, '--sort=name', '--numeric-owner', '-c', '.'],
                               stdout=subprocess.PIPE)
        while data := tar.stdout.read(CHUNK):
            layer.write(data)
        if tar.wait():
            sys.exit('layout: tar failed')
        layout.add(layer)
    layout.finish()


def files_of(folder):
    for base, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(base, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path, os.path.relpath(path, folder)


def header(name, size):
    """Of a regular file, as POSIX.1-1988 has it."""
    block = bytearray(512)
    for at, text in ((0, name), (100, '0000644\0'), (108, '0000000\0'), (116, '0000000\0'), (124, f'{size:011o}\0'),
                     (136, '14000000000\0'), (148, ' ' * 8), (156, '0'), (257, 'ustar\00000')):
        block[at:at + len(text)] = text.encode()
    block[148:156] = b'%06o\0 ' % sum(block)
    return bytes(block)


def entry(name, data):
    return header(name, len(data)) + data + bytes(-len(data) % 512)


def unit(folder, limit):
    """A piece of a tar: files of the folder up to so many bytes."""
    pieces, size = [], 0
    for path, name in files_of(folder):
        if len(name.encode()) <= 100:
            with open(path, 'rb') as f:
                pieces.append(entry(name, f.read()))
            size += len(pieces[-1])
        if size >= limit:
            break
    return b''.join(pieces)


def grown(out, limit, folder):
    """Layers of about 100 MB: the same member of gzip in each, and one that makes it another layer."""
    layout = Layout(out)
    shared = unit(folder, min(limit, 100 * 10 ** 6) - 2048)
    packed = gzip.compress(shared, 6, mtime=0)
    plain_sha, packed_sha = hashlib.sha256(shared), hashlib.sha256(packed)
    for i in range(max(1, round(limit / len(shared)))):
        tail = entry(f'layer{i}', b'%d\n' % i) + bytes(1024)
        packed_tail = gzip.compress(tail, 6, mtime=0)
        plain, blob = plain_sha.copy(), packed_sha.copy()
        plain.update(tail)
        blob.update(packed_tail)
        with open(f'{out}/blobs/sha256/{blob.hexdigest()}', 'wb') as f:
            f.write(packed)
            f.write(packed_tail)
        layout.note(blob.hexdigest(), plain.hexdigest())
    layout.finish()


def small_files(out, count):
    layout = Layout(out, 1)
    layer = layout.layer()
    for first in range(0, count, 1000):
        layer.write(b''.join(entry(f'srv/shelf{i // 10000}/box{i // 100}/file{i}.txt', b'%063d\n' % i)
                             for i in range(first, min(first + 1000, count))))
    layer.write(bytes(1024))
    layout.add(layer)
    layout.finish()


if __name__ == '__main__':
    KIND, OUT = sys.argv[1:3]
    if KIND == 'roots':
        from_roots(OUT, sys.argv[3:])
    elif KIND == 'grown':
        grown(OUT, int(sys.argv[3]), sys.argv[4])
    elif KIND == 'files':
        small_files(OUT, int(sys.argv[3]))
    else:
        sys.exit(__doc__)
