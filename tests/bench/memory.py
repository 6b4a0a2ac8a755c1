#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Peak memory of a scan, workers and signer included (sum of PSS), of an image with 200,000 files
and half a gigabyte of bytes. Row: name|value|unit|bound|ratio."""
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time

FILES, BLOB, BOUND_MIB = 200_000, 512 << 20, 128


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


class Zeros(io.RawIOBase):
    """A file of BLOB bytes that is never in memory."""

    def __init__(self):
        self.left = BLOB

    def read(self, n=-1):
        n = min(n, self.left)
        self.left -= n
        return b'\x5a' * n


def make_layer(path):
    with tarfile.open(path, 'w') as tar:
        add(tar, 'etc/os-release', b'ID=debian\nVERSION_ID="12"\n')
        info = tarfile.TarInfo('srv/blob')
        info.size = BLOB
        tar.addfile(info, Zeros())
        for i in range(FILES):
            add(tar, f'usr/share/thing{i % 500}/part{i}/file{i}.txt', b'x')


def make_archive(folder):
    layer, archive = folder + '/layer.tar', folder + '/image.tar'
    make_layer(layer)
    digest = hashlib.sha256()
    with open(layer, 'rb') as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'User': '1'},
                         'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + digest.hexdigest()]}}).encode()
    name = hashlib.sha256(config).hexdigest() + '.json'
    with tarfile.open(archive, 'w') as tar:
        add(tar, 'manifest.json', json.dumps([{'Config': name, 'RepoTags': ['big:1'], 'Layers': ['l/layer.tar']}]).encode())
        add(tar, name, config)
        tar.add(layer, 'l/layer.tar')
    os.unlink(layer)
    return archive


def pss_kib(session):
    total = 0
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.getsid(int(pid)) != session:
                continue
            with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith('Pss:'))
        except (OSError, ProcessLookupError):
            pass
    return total


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-memory.') as folder:
        archive = make_archive(folder)
        p = subprocess.Popen([os.environ['PLIMSOLL'], 'scan', archive, '--state-dir', folder + '/state'],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        peak = 0
        while p.poll() is None:
            peak = max(peak, pss_kib(p.pid))
            time.sleep(0.01)
        print(f'peak memory of a scan, 200,000 files|{peak // 1024}|MiB|under {BOUND_MIB} MiB, sum of PSS|'
              f'{peak / 1024 / BOUND_MIB:.2f}')
        sys.exit(p.returncode)


main()
