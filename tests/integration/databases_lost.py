#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists of packages that upper layers emptied, deleted or moved behind links: what they hid is listed
as unlisted where its files are still there, the layer that did it is named, and nothing looks cleaner
than it is."""
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

import image_maker as im

from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']
PROGRAM_FILE = (b'\x7fELF of openssl', 0o755)
OPENSSL = 'usr/bin/openssl'
SUM = f'{hashlib.md5(PROGRAM_FILE[0]).hexdigest()}  {OPENSSL}\n'.encode()
DEBIAN = {'etc/os-release': b'ID=debian\nVERSION_ID="12"\n'}
LIBC = ('libc6', '2.36-9')
BOTH = im.status(LIBC, ('openssl', '3.0.1-1'))
STATUS = 'var/lib/dpkg/status'
INFO = 'var/lib/dpkg/info/openssl.md5sums'


def layer(files, links=None, hard=None):
    """As im.tar, and symbolic and hard links behind the files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            text, info.mode = text if isinstance(text, tuple) else (text, 0o644)
            info.size = len(text)
            t.addfile(info, io.BytesIO(text))
        for kind, rows in ((tarfile.SYMTYPE, links), (tarfile.LNKTYPE, hard)):
            for name, target in (rows or {}).items():
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, target
                t.addfile(info)
    return out.getvalue()


def scan(folder, layers):
    layers = [x if isinstance(x, bytes) else im.tar(x) for x in layers]
    im.save(folder + '/image.tar', 'x:1', layers, ['RUN x'] * len(layers))
    done = subprocess.run([PROGRAM, 'scan', folder + '/image.tar', '--state-dir', 'none', '--format', 'json'],
                          capture_output=True, timeout=120, check=False)
    report = json.loads(done.stdout)
    packages = {p['name'] + (' ' + p['scope'] if p.get('scope') else '') for p in report['packages']}
    gaps = ' '.join(g['what'] for g in report['gaps'] if g['what'] != 'advisories')
    return packages, gaps, im.diff_id(layers[-1])


def apk(*names):
    return b''.join(b'C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:%s\nV:1.2-r0\nA:x86_64\nF:usr/bin\nR:%s\n\n' % (n, n) for n in names)


def test_hidden(folder):
    base = {**DEBIAN, STATUS: BOTH, INFO: SUM, OPENSSL: PROGRAM_FILE}
    place = 'var/lib/dpkg/status.d/'
    distroless = {**DEBIAN, place + 'libc6': im.status(LIBC), place + 'openssl': im.status(('openssl', '3.0.1-1')),
                  place + 'openssl.md5sums': SUM, OPENSSL: PROGRAM_FILE}
    alpine = {'etc/os-release': b'ID=alpine\nVERSION_ID=3.19.1\n', 'lib/apk/db/installed': apk(b'musl', b'openssl'),
              OPENSSL: PROGRAM_FILE}
    local = 'var/lib/pacman/local/'
    arch = {'etc/os-release': b'ID=arch\n', OPENSSL: PROGRAM_FILE,
            local + 'openssl-3.0-1/desc': b'%NAME%\nopenssl\n\n%VERSION%\n3.0-1\n\n',
            local + 'openssl-3.0-1/files': b'%FILES%\nusr/\nusr/bin/\nusr/bin/openssl\n\n',
            local + 'glibc-2-1/desc': b'%NAME%\nglibc\n\n%VERSION%\n2-1\n\n'}
    gentoo = {'etc/os-release': b'ID=gentoo\n', OPENSSL: PROGRAM_FILE,
              'var/db/pkg/dev-libs/openssl-3.0/CONTENTS': b'obj /usr/bin/openssl 00112233445566778899aabbccddeeff 1\n'}
    rows = [('a stanza of dpkg', base, {STATUS: im.status(LIBC)}, {'libc6', 'openssl unlisted'}),
            ('all of dpkg\'s stanzas', base, {STATUS: b''}, {'openssl unlisted'}),
            ('dpkg\'s folder', base, {'var/lib/dpkg': None}, {'openssl unlisted'}),
            ('a file of status.d', distroless, {place + 'openssl': None}, {'libc6', 'openssl unlisted'}),
            ('that file and its digests', distroless, {place + 'openssl': None, place + 'openssl.md5sums': None},
             {'libc6', 'openssl unlisted'}),
            ('status.d', distroless, {place[:-1]: None}, {'openssl unlisted'}),
            ('an entry of apk', alpine, {'lib/apk/db/installed': apk(b'musl')}, {'musl', 'openssl unlisted'}),
            ('apk\'s folder', alpine, {'lib/apk': None}, {'openssl unlisted'}),
            ('a folder of pacman', arch, {local + 'openssl-3.0-1': None}, {'glibc', 'openssl unlisted'}),
            ('pacman\'s folder', arch, {'var/lib/pacman': None}, {'openssl unlisted'}),
            ('Portage\'s folder', gentoo, {'var/db/pkg': None}, {'dev-libs/openssl unlisted'})]
    for what, lower, upper, want in rows:
        packages, gaps, by = scan(folder, [lower, upper])
        ok(packages == want and f'layer {by} took 1 packages out of the list' in gaps,
           f'when {what} is taken out, the package is listed as unlisted and the layer named', (packages, gaps))
    packages, gaps, _ = scan(folder, [base, {STATUS: im.status(LIBC), OPENSSL: None, INFO: None}])
    ok(packages == {'libc6'} and not gaps, 'a package that was removed with its files is not', (packages, gaps))
    packages, gaps, _ = scan(folder, [{**base, STATUS: im.status(LIBC)}])
    ok(packages == {'libc6'} and 'no row in the database' in gaps and 'openssl' in gaps,
       'files of a package without a row are told in an image of one layer', (packages, gaps))
    packages, gaps, _ = scan(folder, [{k: v for k, v in distroless.items() if k != place + 'openssl'}])
    ok('no row in the database' in gaps, 'in status.d too', (packages, gaps))


def test_links(folder):
    status = im.status(LIBC)
    there = [('a folder that is an absolute link', {'opt/dpkg/status': status}, {'var/lib/dpkg': '/opt/dpkg'}),
             ('one that points above the root', {'opt/dpkg/status': status}, {'var/lib/dpkg': '../../../../../../opt/dpkg'}),
             ('a link in the middle of the path', {'data/lib/dpkg/status': status}, {'var': 'data'}),
             ('a chain of links', {'c/status': status}, {'a': 'b', 'b': '/c/../c', 'var/lib/dpkg': '../../a'})]
    for what, files, links in there:
        packages, gaps, _ = scan(folder, [layer({**DEBIAN, **files}, links)])
        ok(packages == {'libc6'} and not gaps, f'a database behind {what} is read', (packages, gaps))
    not_there = [('a loop', {STATUS: 'status'}), ('a link to nothing', {STATUS: '/nowhere/x'}),
                 ('a folder that is a link to nothing', {'var/lib/dpkg': '/nowhere'})]
    for what, links in not_there:
        packages, gaps, _ = scan(folder, [layer({'usr/bin/x': b'x'}, links)])
        ok(not packages and 'is a link that leads to nothing' in gaps, f'{what} is told, not taken for no packages', (packages, gaps))
    for what, layers in (('a link to a file of another name', [layer({**DEBIAN, 'opt/x.db': status}, {STATUS: '../../../opt/x.db'})]),
                         ('a hard link to a file of a lower layer',
                          [layer({**DEBIAN, 'opt/keep': status}), layer({}, hard={STATUS: 'opt/keep'})])):
        packages, gaps, _ = scan(folder, layers)
        ok(not packages and 'is a link to a file of another name, which was not kept' in gaps, f'{what} is told', (packages, gaps))


def main():
    folder = tempfile.mkdtemp(prefix='plimsoll-databases.')
    try:
        test_hidden(folder)
        test_links(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return end()


sys.exit(main())
