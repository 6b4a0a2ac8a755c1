#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speed of a scan: the image of data/real.sh against Trivy and against the bound of inflating and
hashing, growth with bytes and with files. Rows: name|value|unit|bound or peer|ratio.

PLIMSOLL_BENCH_DATA: folder of images (build/bench-data); PLIMSOLL_BENCH_PEER: Trivy, unpacked. Both
are made by scripts/bench-peers; what is not there is said to be absent.
"""
import glob
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.environ['PL_SOURCE_ROOT']
PLIMSOLL = os.environ['PLIMSOLL']
DATA = os.environ.get('PLIMSOLL_BENCH_DATA', ROOT + '/build/bench-data')
PEER = os.environ.get('PLIMSOLL_BENCH_PEER', DATA + '/trivy')
INFLATE = os.environ.get('PLIMSOLL_BENCH_INFLATE', ROOT + '/build-bench/tests/bench/inflate')
RUNS = 3
REACH = 0.7           # of the bound
PACKAGES, SECRETS = 3, 4  # times faster than the peer
WARM_MS = 50
GROWTH = 1.25         # per byte, from 1 to 5 GB: linear but for noise


def row(name, value, unit, bound, ratio):
    print(f'{name}|{value}|{unit}|{bound}|{ratio}', flush=True)


def run(command, env=None):
    """Wall and CPU seconds, children included."""
    start = time.monotonic()
    pid = os.spawnvpe(os.P_NOWAIT, '/bin/sh', ['sh', '-c', 'exec "$@" >/dev/null 2>&1', 'sh', *command],
                      {**os.environ, **(env or {})})
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f'{" ".join(command)}: status {status}')
    return time.monotonic() - start, used.ru_utime + used.ru_stime


def ours(image, state, *options):
    return run([PLIMSOLL, 'scan', image, '--quiet', '--format', 'json', '--state-dir', state, *options])


def cold(image, *options):
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as state:
        return ours(image, state + '/s', *options)


def peer_cache(folder):
    """Its Java database, empty: without one it refuses images that hold jars."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + '/java-db')
    db = sqlite3.connect(folder + '/java-db/trivy-java.db')
    db.executescript('create table artifacts(id integer primary key, group_id text, artifact_id text);'
                     'create table indices(artifact_id integer, version text, sha1 blob, archive_type text);')
    db.close()
    with open(folder + '/java-db/metadata.json', 'w', encoding='ascii') as f:
        json.dump({'Version': 1, 'NextUpdate': '2099-01-01T00:00:00Z', 'UpdatedAt': '2026-01-01T00:00:00Z',
                   'DownloadedAt': '2099-01-01T00:00:00Z'}, f)


def peer(image, cache, *options):
    peer_cache(cache)
    return run([PEER, 'image', '--cache-dir', cache, '--skip-db-update', '--skip-java-db-update', '--offline-scan',
                '--quiet', '--output', cache + '/out', *options, '--input', image], {'HOME': cache})


def best(pairs):
    return min(p[0] for p in pairs), min(p[1] for p in pairs)


def against_peer(name, times, mine, peer_options, bound):
    """Pairs of runs one after the other, so that other work on the machine meets both."""
    a, b = [], []
    has_peer = os.access(PEER, os.X_OK)
    with tempfile.TemporaryDirectory(prefix='plimsoll-peer.') as cache:
        for _ in range(RUNS):
            a.append(mine())
            if has_peer:
                b.append(peer(DATA + '/real', cache + '/c', *peer_options))
    for i, what in enumerate(('wall', 'CPU')):
        value = best(a)[i]
        if has_peer:
            other = best(b)[i]
            row(f'{name}, {what} time', f'{value:.2f}', 's', f'Trivy {other:.2f} s, {times} times as long',
                f'{value * times / other:.2f}')
        else:
            row(f'{name}, {what} time', f'{value:.2f}', 's', f'peer: absent; inflate and hash {bound:.2f} s',
                f'{value * REACH / bound:.2f}')
    return best(a)


def physical():
    """Bytes, seconds to inflate, seconds with both digests: CPU of one thread."""
    blobs = [p for p in glob.glob(DATA + '/real/blobs/sha256/*') if open(p, 'rb').read(2) == b'\x1f\x8b']
    out = [subprocess.run([INFLATE, *blobs], check=True, stdout=subprocess.PIPE).stdout.split() for _ in range(RUNS)]
    return int(out[0][0]), min(float(o[1]) for o in out), min(float(o[2]) for o in out)


def sized(name, kind, *arguments):
    folder = f'{DATA}/{name}'
    if not os.path.exists(folder + '/index.json'):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([ROOT + '/tests/bench/data/layout.py', kind, folder, *arguments], check=True)
    return folder


def bench_real():
    size, inflate, both = physical()
    gb = size / 1e9
    row('inflating the image, ISA-L, one thread', f'{inflate / gb:.2f}', 's/GB', 'under 0.55 s/GB', f'{inflate / gb / 0.55:.2f}')
    # In a package format the peer looks for packages alone; with its scanner of secrets it lists both.
    against_peer('packages and all else, cold', PACKAGES, lambda: cold(DATA + '/real'), ('--format', 'cyclonedx'), both)
    all_s = against_peer('with secrets, cold', SECRETS, lambda: cold(DATA + '/real'),
                         ('--format', 'json', '--list-all-pkgs', '--scanners', 'secret'), both)
    row('the same, CPU time for a GB unpacked', f'{all_s[1] / gb:.2f}', 's/GB', f'inflate and hash {both / gb:.2f} s/GB',
        f'{all_s[1] * REACH / both:.2f}')
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as state:
        ours(DATA + '/real', state + '/s')
        warm = best([ours(DATA + '/real', state + '/s') for _ in range(RUNS)])
    row('the same image again, warm cache', f'{warm[0] * 1000:.0f}', 'ms', f'under {WARM_MS} ms', f'{warm[0] * 1000 / WARM_MS:.2f}')


def bench_growth():
    per_gb = {}
    for name, size in (('0.1', 10 ** 8), ('1', 10 ** 9), ('5', 5 * 10 ** 9)):
        folder = sized(f'sized-{name}', 'sized', str(size), DATA + '/roots/2')
        cpu = best([cold(folder) for _ in range(RUNS if size < 10 ** 9 else 1)])[1]
        per_gb[name] = cpu / size * 1e9
        bound = per_gb.get('1')
        row(f'CPU time for a GB, image of {name} GB', f'{per_gb[name]:.2f}', 's/GB',
            f'at 1 GB {bound:.2f} s/GB' if bound else '-', f'{per_gb[name] / bound / GROWTH:.2f}' if bound else '-')
    per_file = {}
    for n in (10_000, 1_000_000):
        folder = sized(f'files-{n}', 'files', str(n))
        per_file[n] = best([cold(folder) for _ in range(RUNS if n < 100_000 else 1)])[1] / n * 1e6
    row('CPU time for a file, layer of 1,000,000', f'{per_file[1_000_000]:.1f}', 'us',
        f'layer of 10,000: {per_file[10_000]:.1f} us', f'{per_file[1_000_000] / per_file[10_000] / GROWTH:.2f}')


def main():
    if not os.path.exists(DATA + '/real/index.json'):
        row('scan of the real image', '-', '-', 'no image: make bench-peers', '-')
        return
    bench_real()
    bench_growth()


if __name__ == '__main__':
    sys.exit(main())
