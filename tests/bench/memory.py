#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Peak memory of a scan, workers and signer included (sum of PSS), of an image with 200,000 files
and half a gigabyte of bytes, and of one with a million. Rows: name|value|unit|bound|ratio."""
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time

FILES, MORE, BLOB, BOUND_MIB, BYTES_A_FILE = 200_000, 999_000, 512 << 20, 64, 48


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


def make_layer(path, files, a_folder):
    with tarfile.open(path, 'w') as tar:
        add(tar, 'etc/os-release', b'ID=debian\nVERSION_ID="12"\n')
        info = tarfile.TarInfo('srv/blob')
        info.size = BLOB
        tar.addfile(info, Zeros())
        for i in range(files):
            add(tar, f'usr/share/thing{i // 10000}/part{i // a_folder}/file{i % a_folder}.txt', b'x')


def make_archive(folder, files, a_folder):
    layer, archive = folder + '/layer.tar', folder + '/image.tar'
    make_layer(layer, files, a_folder)
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


def measure(files, a_folder):
    """MiB"""
    with tempfile.TemporaryDirectory(prefix='plimsoll-memory.') as folder:
        archive = make_archive(folder, files, a_folder)
        p = subprocess.Popen([os.environ['PLIMSOLL'], 'scan', archive, '--state-dir', folder + '/state'],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        peak = 0
        while p.poll() is None:
            peak = max(peak, pss_kib(p.pid))
            time.sleep(0.01)
        if p.returncode:
            sys.exit(p.returncode)
        return peak / 1024


def main():
    # One file a folder, as hostile as names get; then folders of the size that packages have.
    for files, a_folder in ((FILES, 1), (FILES, 20), (MORE, 20)):
        peak = measure(files, a_folder)
        bound = BOUND_MIB + max(0, files - FILES) * BYTES_A_FILE / (1 << 20)
        print(f'peak memory, {files:,} files, {a_folder} in a folder|{peak:.0f}|MiB|under {bound:.0f} MiB, sum of PSS|'
              f'{peak / bound:.2f}', flush=True)


main()
