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
LAYER = os.environ.get('PLIMSOLL_BENCH_LAYER', ROOT + '/build-bench/tests/bench/layer')
RUNS = 3
REACH = 0.7           # of the bound
PACKAGES, SECRETS = 3, 4  # times faster than the peer
WARM_MS = 50
GROWTH = 1.25         # from one size to the next: linear but for noise
SEARCH = 1.8 / 0.9    # the bound with all patterns of secrets, in times of inflating and hashing
NOISE = 1.05          # instructions vary with the bytes of libraries, not with the machine's load
INSTRUCTIONS = {'packages': 51.9, 'secrets': 72.7}
WARM_RUNS = 15


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


def cold(image, *options, primed=None):
    """No layer is known. primed: a state directory with patterns that were compiled before."""
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as folder:
        state = folder + '/s'
        if primed:
            shutil.copytree(primed, state)
        return ours(image, state, *options)


def prime(state):
    """The patterns are compiled once for a machine; the peer's cache is made for it too."""
    ours(sized('files-1', 'files', '1'), state)


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


def side_by_side(mine, peer_options):
    """Runs one after the other, so that other work on the machine meets all of them: times of each
    of ours, and of the peer (None: it is absent)."""
    times, other = [[] for _ in mine], []
    with tempfile.TemporaryDirectory(prefix='plimsoll-peer.') as cache:
        for _ in range(RUNS):
            for i, one in enumerate(mine):
                times[i].append(one())
            if os.access(PEER, os.X_OK):
                other.append(peer(DATA + '/real', cache + '/c', *peer_options))
    return [best(t) for t in times], best(other) if other else None


def rows_against_peer(name, times, value, other, bound):
    for i, what in enumerate(('wall', 'CPU')):
        if other:
            row(f'{name}, {what} time', f'{value[i]:.2f}', 's', f'Trivy {other[i]:.2f} s, {times} times as long',
                f'{value[i] * times / other[i]:.2f}')
        else:
            row(f'{name}, {what} time', f'{value[i]:.2f}', 's', f'peer: absent; bound {bound:.2f} s',
                f'{value[i] * REACH / bound:.2f}')


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


def row_of_bound(name, value, gb, bound, what):
    row(f'{name}: CPU time for a GB unpacked', f'{value / gb:.2f}', 's/GB', f'{what} {bound / gb:.2f} s/GB, 70 % of it',
        f'{value * REACH / bound:.2f}')


def bench_cold(gb, both, state):
    """Like for like: what the peer does not look for is left out, and then a row with all of it."""
    image = DATA + '/real'
    with_secrets = both * SEARCH
    (packages,), other = side_by_side([lambda: cold(image, '--no-secrets', '--no-malware', primed=state)],
                                      ('--format', 'cyclonedx'))
    rows_against_peer('packages, cold', PACKAGES, packages, other, both)
    (secrets, everything), other = side_by_side(
        [lambda: cold(image, '--no-protected', '--no-malware', primed=state), lambda: cold(image, primed=state)],
        ('--format', 'json', '--list-all-pkgs', '--scanners', 'secret'))
    rows_against_peer('packages and secrets, cold', SECRETS, secrets, other, with_secrets)
    rows_against_peer('the same, card and health data, malware', SECRETS, everything, other, with_secrets)
    row_of_bound('packages', packages[1], gb, both, 'inflate and hash')
    row_of_bound('packages and secrets', secrets[1], gb, with_secrets, 'that and patterns')
    row_of_bound('everything', everything[1], gb, with_secrets, 'that and patterns')
    first = cold(image)
    row('everything, nothing compiled before: CPU time', f'{first[1]:.2f}', 's', f'compiled before {everything[1]:.2f} s',
        f'{first[1] / everything[1]:.2f}')


def bench_real():
    size, inflate, both = physical()
    gb = size / 1e9
    row('inflating the image, ISA-L, one thread', f'{inflate / gb:.2f}', 's/GB', 'under 0.55 s/GB', f'{inflate / gb / 0.55:.2f}')
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as state:
        prime(state + '/s')
        bench_cold(gb, both, state + '/s')
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as state:
        ours(DATA + '/real', state + '/s')
        warm = best([ours(DATA + '/real', state + '/s') for _ in range(WARM_RUNS)])
    for i, what in enumerate(('wall', 'CPU')):
        row(f'the same image again, all layers known, {what} time', f'{warm[i] * 1000:.0f}', 'ms', f'under {WARM_MS} ms',
            f'{warm[i] * 1000 / WARM_MS:.2f}')
    start = best([run([PLIMSOLL, 'checks']) for _ in range(WARM_RUNS)])[1]
    row('plimsoll checks, CPU time', f'{start * 1000:.0f}', 'ms', '-', '-')


def bench_growth():
    per_gb, per_file = {}, {}
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as state:
        prime(state + '/s')
        for name, size in (('0.1', 10 ** 8), ('1', 10 ** 9), ('5', 5 * 10 ** 9)):
            folder = sized(f'grown-{name}', 'grown', str(size), DATA + '/roots/2')
            times = [cold(folder, primed=state + '/s') for _ in range(RUNS if size < 10 ** 9 else 1)]
            per_gb[name] = best(times)[1] / size * 1e9
            bound = per_gb.get('0.1' if name == '1' else '1')
            row(f'CPU time for a GB, image of {name} GB', f'{per_gb[name]:.2f}', 's/GB',
                f'a smaller one {bound:.2f} s/GB' if name != '0.1' else '-',
                f'{per_gb[name] / bound / GROWTH:.2f}' if name != '0.1' else '-')
        for n in (10_000, 1_000_000):
            folder = sized(f'files-{n}', 'files', str(n))
            times = [cold(folder, primed=state + '/s') for _ in range(RUNS if n < 100_000 else 1)]
            per_file[n] = best(times)[1] / n * 1e6
    row('CPU time for a file, layer of 1,000,000', f'{per_file[1_000_000]:.1f}', 'us',
        f'layer of 10,000: {per_file[10_000]:.1f} us', f'{per_file[1_000_000] / per_file[10_000] / GROWTH:.2f}')


def bench_instructions():
    """Of the readers alone, so that noise of the machine does not hide a loss. Callgrind knows no SHA
    extensions: hashes cost more in it than in truth."""
    if not shutil.which('valgrind'):
        row('instructions of reading a layer', '-', '-', 'valgrind: absent', '-')
        return
    blobs = [b for f in ('grown-0.02', 'programs') for b in glob.glob(f'{DATA}/{f}/blobs/sha256/*')
             if open(b, 'rb').read(2) == b'\x1f\x8b']
    for what, recorded in INSTRUCTIONS.items():
        out = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', '--toggle-collect=pl_layers_read',
                              LAYER, what, *blobs], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        count = int(next(l for l in out.stderr.decode().splitlines() if 'Collected' in l).split()[-1])
        value = count / int(out.stdout.split()[0])
        row(f'instructions a byte unpacked, {what}', f'{value:.1f}', '', f'recorded {recorded}', f'{value / recorded / NOISE:.2f}')


def main():
    if not os.path.exists(DATA + '/real/index.json'):
        row('scan of the real image', '-', '-', 'no image: make bench-peers', '-')
        return
    bench_real()
    bench_growth()
    sized('grown-0.02', 'grown', '20000000', DATA + '/roots/2')
    sized('programs', 'roots', DATA + '/roots/4')
    bench_instructions()


if __name__ == '__main__':
    sys.exit(main())
