#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes OCI image layouts with gzip layers for the benches.

usage: layout.py roots OUT FOLDER...   one layer from each folder, in order
       layout.py sized OUT BYTES FOLDER  files of FOLDER, again and again below /copyN, up to BYTES
       layout.py files OUT COUNT          one layer with COUNT small files in folders of 100
"""
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

CHUNK = 1 << 20
LAYER_BYTES = 512 << 20  # a sized image gets a new layer after that many


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
        self.layers.append({'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip',
                            'digest': 'sha256:' + digest.hexdigest(),
                            'size': os.path.getsize(f'{self.folder}/blobs/sha256/{digest.hexdigest()}')})
        self.diff_ids.append('sha256:' + layer.diff.hexdigest())

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


def copies(folder):
    n = 0
    files = list(files_of(folder))
    while True:
        for path, name in files:
            yield path, f'copy{n}/{name}'
        n += 1


def sized(out, limit, folder):
    layout, total, layer, tar = Layout(out, 1), 0, None, None
    for path, name in copies(folder):
        if layer is None:
            layer = layout.layer()
            tar = tarfile.open(fileobj=layer, mode='w|', bufsize=CHUNK)
        info = tar.gettarinfo(path, name)
        info.type = tarfile.REGTYPE
        info.linkname = ''
        info.size = os.path.getsize(path)
        with open(path, 'rb') as f:
            tar.addfile(info, f)
        if total + layer.bytes >= limit or layer.bytes >= LAYER_BYTES:
            total += layer.bytes
            tar.close()
            layout.add(layer)
            layer = None
        if total >= limit:
            break
    layout.finish()


def small_files(out, count):
    layout = Layout(out, 1)
    layer = layout.layer()
    with tarfile.open(fileobj=layer, mode='w|', bufsize=CHUNK) as tar:
        for i in range(count):
            info = tarfile.TarInfo(f'srv/shelf{i // 10000}/box{i // 100}/file{i}.txt')
            info.size = 64
            tar.addfile(info, io.BytesIO(b'%063d\n' % i))
    layout.add(layer)
    layout.finish()


if __name__ == '__main__':
    KIND, OUT = sys.argv[1:3]
    if KIND == 'roots':
        from_roots(OUT, sys.argv[3:])
    elif KIND == 'sized':
        sized(OUT, int(sys.argv[3]), sys.argv[4])
    elif KIND == 'files':
        small_files(OUT, int(sys.argv[3]))
    else:
        sys.exit(__doc__)
