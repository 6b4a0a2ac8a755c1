#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Peak memory of a scan, workers and signer included (sum of PSS): images of 200,000 files, spread over their folders in
several ways, of a million, of 2,000 layers, and of one file of 5 GB that comes through standard input. Rows:
name|value|unit|bound|ratio."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

FILES, MORE, MIB, BOUND_MIB, BYTES_A_FILE, LAYERS = 200_000, 999_000, 1 << 20, 64, 48, 2000
ALL = 1 << 30
OS_RELEASE = b'ID=debian\nVERSION_ID="12"\n'


def head(name, size):
    """A ustar header; tarfile takes minutes for a million."""
    h = bytearray(512)
    text = name.encode()
    h[0:len(text)] = text
    h[100:124] = b'0000644\0' + b'0000000\0' * 2
    h[124:136] = b'%011o\0' % size if size < 8 << 30 else b'\x80' + size.to_bytes(11, 'big')
    h[136:148], h[148:156], h[156:157], h[257:265] = b'14000000000\0', b' ' * 8, b'0', b'ustar\00000'
    h[148:156] = b'%06o\0 ' % sum(h)
    return bytes(h)


def entry(name, data):
    return head(name, len(data)) + data + bytes(-len(data) % 512)


def layer_parts(files, a_folder, mib):
    """The bytes of one layer, piece by piece."""
    yield entry('etc/os-release', OS_RELEASE)
    yield head('srv/blob', mib * MIB)
    for _ in range(mib):
        yield b'\x5a' * MIB
    for i in range(0, files, 1000):
        yield b''.join(entry(f'usr/share/thing{k // 10000}/part{k // a_folder}/file{k % a_folder}.txt', b'x')
                       for k in range(i, min(i + 1000, files)))
    yield bytes(1024)


def layer_bytes(files, mib):
    return 1024 + 512 + mib * MIB + files * 1024 + 1024


def documents(digests, names):
    config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'User': '1'},
                         'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + d for d in digests]}}).encode()
    name = hashlib.sha256(config).hexdigest() + '.json'
    return entry(name, config) + entry('manifest.json', json.dumps(
        [{'Config': name, 'RepoTags': ['big:1'], 'Layers': names}]).encode()) + bytes(1024)


def write_one(out, files, a_folder, mib):
    """An archive of one layer, its manifest at the end: nothing is kept here."""
    digest, n = hashlib.sha256(), layer_bytes(files, mib)
    out.write(head('l/layer.tar', n))
    for part in layer_parts(files, a_folder, mib):
        digest.update(part)
        n -= len(part)
        out.write(part)
    assert n == 0
    out.write(documents([digest.hexdigest()], ['l/layer.tar']))


def write_many(out):
    names, digests = [f'{i}/layer.tar' for i in range(LAYERS)], []
    for i, name in enumerate(names):
        layer = entry(f'srv/file{i}' if i else 'etc/os-release', OS_RELEASE) + bytes(1024)
        digests.append(hashlib.sha256(layer).hexdigest())
        out.write(entry(name, layer))
    out.write(documents(digests, names))


def pss_kib(session):
    """A worker that is just being started shares its parent's memory: that counts once."""
    spaces = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.getsid(int(pid)) != session:
                continue
            with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as f:
                space, *lines = f.read().splitlines()
            spaces[space] = sum(int(line.split()[1]) for line in lines if line.startswith('Pss:'))
        except (OSError, ValueError):
            pass
    return sum(spaces.values())


def measure(write, *words, is_stream=False):
    """MiB at the peak"""
    with tempfile.TemporaryDirectory(prefix='plimsoll-memory.') as folder:
        what = '-' if is_stream else folder + '/image.tar'
        if not is_stream:
            with open(what, 'wb') as out:
                write(out)
        with subprocess.Popen([os.environ['PLIMSOLL'], 'scan', what, '--state-dir', folder + '/state', *words],
                              stdin=subprocess.PIPE if is_stream else subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as p:
            writer = os.fork() if is_stream else 0
            if is_stream and writer == 0:
                write(p.stdin)
                p.stdin.flush()
                os._exit(0)
            if is_stream:
                p.stdin.close()
            peak = 0
            while p.poll() is None:
                peak = max(peak, pss_kib(p.pid))
                time.sleep(0.005)
            if is_stream:
                os.waitpid(writer, 0)
            if p.returncode:
                sys.exit(p.returncode)
        return peak / 1024


def row(name, peak, files=0):
    bound = BOUND_MIB + max(0, files - FILES) * BYTES_A_FILE / MIB
    print(f'peak memory, {name}|{peak:.0f}|MiB|under {bound:.0f} MiB, sum of PSS|{peak / bound:.2f}', flush=True)


def main():
    # One file a folder, as hostile as names get; folders of the size that packages have; no folders.
    for a_folder, name in ((1, '1 in a folder'), (20, '20 in a folder'), (ALL, 'all in one folder')):
        row(f'{FILES:,} files, {name}', measure(lambda out, n=a_folder: write_one(out, FILES, n, 512)), FILES)
    row(f'{FILES:,} files, 1 in a folder, packages alone',
        measure(lambda out: write_one(out, FILES, 1, 512), '--no-secrets', '--no-malware'), FILES)
    row(f'{MORE:,} files, 20 in a folder', measure(lambda out: write_one(out, MORE, 20, 0)), MORE)
    row(f'{LAYERS:,} layers', measure(write_many))
    row('5 GB in one file, through standard input', measure(lambda out: write_one(out, 10, 10, 5000), is_stream=True))


main()
