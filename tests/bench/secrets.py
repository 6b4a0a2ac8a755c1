#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The patterns of secrets: what they find of lines that tests/tools/secret_lines.py makes from the
documented forms, what they refuse of the near misses, and how fast. A row for all, then one for each
pattern: name|value|unit|bound|ratio."""
import glob
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ['PL_SOURCE_ROOT']
SCAN = os.path.join(SOURCE, 'build-bench', 'tests', 'bench', 'secret_scan')
EACH, RECALL, PIECE, BYTES_A_SECOND = 40, 0.95, 64 << 20, 1e9


def scan(*args):
    return subprocess.run([SCAN, *args], stdout=subprocess.PIPE, check=True).stdout.decode()


def fill(path, patterns):
    """Up to PIECE bytes of files of this machine."""
    left = PIECE
    with open(path, 'wb') as out:
        for name in (n for p in patterns for n in sorted(glob.glob(p, recursive=True))):
            if left > 0 and os.path.isfile(name) and not os.path.islink(name):
                with open(name, 'rb') as f:
                    left -= out.write(f.read(left))


def lines(work):
    subprocess.run([sys.executable, os.path.join(SOURCE, 'tests/tools/secret_lines.py'), '--each', str(EACH), work + '/lines'],
                   check=True)
    rows = [r.split('\t') for r in scan('lines', work + '/lines').splitlines()]
    return [(r[0], *map(int, r[1:])) for r in rows]


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-bench.') as work:
        rows = lines(work)
        found, made = sum(r[1] for r in rows), sum(r[2] for r in rows)
        refused, near = sum(r[3] for r in rows), sum(r[4] for r in rows)
        print(f'secrets: true lines found|{100 * found / made:.2f}|%|{found} of {made}, more than 95|{RECALL * made / found:.2f}')
        print(f'secrets: near misses refused|{refused}|lines|all {near}|{near / max(refused, 1):.2f}')
        for what, patterns in (('programs', ['/usr/bin/*', '/usr/lib/x86_64-linux-gnu/*.so*']),
                               ('scripts', ['/usr/lib/python3*/**/*.py', '/usr/share/perl/**/*.p[lm]', '/usr/share/**/*.js'])):
            fill(work + '/bytes', patterns)
            rate = float(scan('speed', work + '/bytes'))
            print(f'secrets: {len(rows)} patterns over {what}|{rate / 1e9:.2f}|GB/s|1 GB/s a processor|{BYTES_A_SECOND / rate:.2f}')
        for kind, n, of, no, misses, ns in rows:
            print(f'secret {kind}|{ns / 1000:.1f}|us/line|{n}/{of} found, {no}/{misses} refused|{RECALL * of / max(n, 1):.2f}')


main()
