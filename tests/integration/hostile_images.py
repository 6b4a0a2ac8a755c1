#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images that were made to hurt who reads them, one a kind: each is read to an end in bounded time, what could not be
read is named as incomplete, by the limit where one cut it, and nothing of the host comes in. 100,000 layers:
many_layers.py; gzip and zstd bombs in place of a layer, and sparse ones: bad_images.py."""
import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from bad_maker import base, gaps_of, image, last_line, run, tar
from tap import end, ok

CORPUS = os.environ['PL_SOURCE_ROOT'] + '/tests/fuzz/corpus'
POM = b'groupId=org.evil\nartifactId=deep\nversion=1.0\n'
OS = [('etc/os-release', b'ID=rocky\nVERSION_ID="9.2"\n')]


def corpus(name):
    with open(f'{CORPUS}/{name}', 'rb') as f:
        return f.read()


def zipped(*files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for name, data in files:
            z.writestr(name, data)
    return out.getvalue()


def jars(levels):
    data = zipped(('META-INF/maven/org.evil/deep/pom.properties', POM))
    for i in range(levels):
        data = zipped((f'lib/inner{i}.jar', data))
    return data


def rpm_headers(top, *blobs):
    path = top + '/rpmdb.sqlite'
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.executemany('INSERT INTO Packages(blob) VALUES (?)', [(b,) for b in blobs])
    db.commit()
    db.close()
    with open(path, 'rb') as f:
        return f.read()


def patched(data, name, at, value):
    """The header of this entry with other bytes in one place, and its checksum right again."""
    data = bytearray(data)
    start = next(i for i in range(0, len(data), 512) if data[i:i + len(name)] == name)
    data[start + at:start + at + len(value)] = value
    data[start + 148:start + 156] = b' ' * 8
    data[start + 148:start + 156] = b'%06o\0 ' % sum(data[start:start + 512])
    return bytes(data)


class Scans:
    def __init__(self, top):
        self.top, self.path = top, top + '/image.tar'

    def scan(self, *layers):
        with open(self.path, 'wb') as f:
            f.write(image(list(layers)))
        return run('scan', self.path, '--state-dir', 'none', '--format', 'json', '--no-protected')

    def told(self, sentence, layers, *words):
        """It ends well, and one gap has these words."""
        p = self.scan(*layers)
        gaps = [f"{g['what']} {g['reason']} {g['detail']}" for g in gaps_of(p)] if p.returncode == 0 else []
        ok(any(all(w in g for w in words) for g in gaps), sentence, (p.returncode, gaps, last_line(p)))
        return json.loads(p.stdout) if p.returncode == 0 else {'packages': []}


def archives(s):
    doc = s.told('jars in jars, deeper than is read, are told by the limit', [base(), tar([('app/a.jar', jars(20))])], 'PL_JAR_DEPTH')
    doc = s.told('so is a jar with a bomb in it', [base(), tar([('app/b.jar', zipped(
        ('META-INF/maven/a/b/pom.properties', POM), ('x', bytes(80 << 20))))])], 'PL_MEMBERS_RATIO')
    ok('org.evil:deep' in [p['name'] for p in doc['packages']], 'and what stands in front of its bomb is read', doc['packages'])
    s.told('a zip bomb is told by the limit', [base(), tar([('srv/bomb.zip', zipped(('x', bytes(80 << 20))))])], 'PL_MEMBERS_RATIO')
    s.told('so is a gzip bomb that lies in a layer', [base(), tar([('srv/bomb.gz', gzip.compress(bytes(80 << 20), 9))])], 'PL_MEMBERS_RATIO')
    p = s.scan(base(), tar([('app/a.jar', jars(10))]))
    ok([x['name'] for x in json.loads(p.stdout)['packages'] if x['type'] == 'maven'] == ['org.evil:deep'] and not gaps_of(p),
       'ten jars in each other are read', gaps_of(p))


def databases(s):
    whole, outside = corpus('rpm_header/tools'), corpus('rpm_header/outside')
    doc = s.told('an rpm header that points outside is told', [tar(OS + [('var/lib/rpm/rpmdb.sqlite', rpm_headers(s.top, whole, outside))])],
                 'rpmdb.sqlite')
    ok(len(doc['packages']) >= 1, 'and the header before it is read', doc['packages'])
    s.told('pages of Berkeley DB in a circle are told', [tar(OS + [('var/lib/rpm/Packages', corpus('rpm_bdb/circle'))])], 'Packages')
    s.told('so are those of SQLite', [tar(OS + [('var/lib/rpm/rpmdb.sqlite', corpus('rpm_sqlite/circle'))])], 'rpmdb.sqlite')


def programs(s):
    p = s.scan(base(), tar([('usr/local/bin/lies', corpus('elf/lies'), {'mode': 0o755}),
                            ('usr/local/bin/huge', b'\x7fELF\2\1\1' + b'\xff' * 200, {'mode': 0o755})]))
    ok(p.returncode == 0 and 'usr/local/bin' in p.stdout.decode(), 'programs with headers that lie are read, and are told as unidentified',
       (p.returncode, last_line(p)))


def tars(s):
    good = tar([('app/x', b'hello')])
    for what, size in (('negative', b'\xff' * 12), ('of nine exabytes', b'\x80' + b'\x7f' * 11), ('of no number', b'-0000000001\0')):
        s.told(f'a tar with a size {what} is told', [base(), patched(good, b'app/x', 124, size)], '1/layer.tar')
    for what, headers in (('a size beyond the archive', {'size': str(1 << 62)}), ('a negative size', {'size': '-1'}),
                          ('no size', {'size': 'many'})):
        s.told(f'pax records with {what} are told', [base(), tar([('app/x', b'hello', {'pax_headers': headers})])], '1/layer.tar')
    s.told('a path of pax that leads out is told', [base(), tar([('app/x', b'hello', {'pax_headers': {'path': '../../etc/shadow'}})])],
           'points above the root')
    with open(s.top + '/secret', 'w', encoding='utf-8') as f:
        f.write('Package: q7xk-host\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n')
    for kind in (tarfile.LNKTYPE, tarfile.SYMTYPE):
        for target in (s.top + '/secret', '../../../../../../../..' + s.top + '/secret'):
            layer = tar([('var/lib/dpkg/status', None, {'type': kind, 'linkname': target})])
            p = s.scan(tar(OS), layer)
            ok(p.returncode == 0 and 'q7xk-host' not in p.stdout.decode() and gaps_of(p),
               f"a {'hard' if kind == tarfile.LNKTYPE else 'symbolic'} link out of the root to {target[:3]}... reads nothing of the host, and is told",
               (p.returncode, last_line(p), p.returncode == 0 and gaps_of(p)))


def main():
    top = tempfile.mkdtemp(prefix='plimsoll-hostile-images.')
    try:
        s = Scans(top)
        for part in (archives, databases, programs, tars):
            part(s)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return end()


sys.exit(main())
