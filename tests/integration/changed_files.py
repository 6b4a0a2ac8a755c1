#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files in the place of a package's own: programs, links, jars; packages without digests to compare with. What
is not as the package shipped it is told, and is not the package's."""
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from image_maker import save, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
STEPS = ['ADD file:1 in /', 'RUN two']
CURL = (b'#!/bin/sh\n# as shipped\n', 0o755)


def jar(version):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr('META-INF/maven/org.example/log/pom.properties', f'groupId=org.example\nartifactId=log\nversion={version}\n')
    return out.getvalue()


def sums(files):
    return b''.join(f'{hashlib.md5(text).hexdigest()}  {name}\n'.encode() for name, text in files.items())


INFO = 'var/lib/dpkg/info/'
BASE = {'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'etc/apt/sources.list': b'',
        'var/lib/dpkg/status': status(('curl', '7.88.1-10'), ('liblog-java', '2.14-1'), ('libz', '1-1')),
        INFO + 'curl.md5sums': sums({'usr/bin/curl': CURL[0]}),
        INFO + 'liblog-java.md5sums': sums({'usr/share/java/log.jar': jar('2.14')}),
        INFO + 'libz:riscv64.md5sums': sums({'usr/lib/riscv64-linux-gnu/libz.so.1': b'z'}),
        'usr/bin/curl': CURL, 'usr/share/java/log.jar': jar('2.14'), 'usr/lib/riscv64-linux-gnu/libz.so.1': b'z'}


def link_layer(name, target):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as t:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        t.addfile(info)
    return out.getvalue()


class Scan:
    def __init__(self, top, *uppers):
        path = os.path.join(top, 'image.tar')
        save(path, 'web:1', [tar(BASE), *uppers], STEPS[:1 + len(uppers)])
        done = subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', 'none', '--format', 'json'], capture_output=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        self.doc = json.loads(done.stdout)
        self.packages = {p['name']: p for p in self.doc['packages']}
        self.checks = {f['check']: f for f in self.doc['findings'] if f.get('check')}
        self.gaps = json.dumps(self.doc['gaps'])

    def changed(self):
        """The verdict over files of packages, and the evidence of it."""
        row = self.checks.get('IMG-028')
        paths = [e['value'] for e in row['evidence'] if e['field'] == 'image_file.path'] if row else []
        return (row['verdict'] if row else 'pass', paths)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-changed-') as top:
        whole = Scan(top)
        ok(whole.changed() == ('pass', []), 'all as shipped', (whole.changed(), whole.gaps))
        ok(whole.packages['org.example:log']['owned_by'] == 'liblog-java', 'a jar of a package of the system is its own',
           whole.packages)

        with open('/bin/true', 'rb') as f:
            scan = Scan(top, tar({'usr/bin/curl': (f.read(), 0o755)}))
        ok(scan.changed() == ('fail', ['/usr/bin/curl']) and 'unidentified program' in scan.gaps,
           'another program in the place of one is told, and no package says what it is', (scan.changed(), scan.gaps))

        scan = Scan(top, tar({'usr/share/java/log.jar': jar('2.13')}))
        ok(scan.changed() == ('fail', ['/usr/share/java/log.jar']), 'a jar in the place of one is told', scan.changed())
        row = scan.packages['org.example:log']
        ok(row['version'] == '2.13' and not row.get('owned_by'), 'and is matched with advisories as nobody\'s', row)

        scan = Scan(top, link_layer('usr/bin/curl', '/opt/curl'))
        ok(scan.changed() == ('fail', ['/usr/bin/curl']), 'a link in the place of a program is told', scan.changed())

        scan = Scan(top, tar({INFO + 'curl.md5sums': None, 'usr/bin/curl': (b'#!/bin/sh\n# another\n', 0o755)}))
        ok(scan.changed()[0] == 'unknown' and 'no list of digests (md5sums), so their programs are compared with nothing: curl' in scan.gaps,
           'a package whose digests are gone is compared with nothing', (scan.changed(), scan.gaps))

        scan = Scan(top, tar({'var/lib/dpkg/status': status(('curl', '7.88.1-10'), ('liblog-java', '2.14-1')),
                              INFO + 'libz:riscv64.md5sums': None}))
        ok(scan.packages.get('libz', {}).get('scope') == 'unlisted',
           'a package that lost its row and its list is found by its files, on every machine', scan.packages.keys())
    return end()


sys.exit(main())
