#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets, card numbers and malware inside archives of an image, and layers that are compressed in
ways that few tools use: found under the member's name, or told as not read with the reason."""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

import image_maker as im

from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']
# Put together here, so that this file holds none.
KEY = b'aws_access_key_id = ' + b'AKIA' + b'Q3EGWXYZ7KLMNP2R\n'
CARDS = b'card number,name\n' + b''.join(b'%s,somebody\n' % n for n in (b'4539578763621' b'486', b'4716258050958' b'645',
                                                                       b'4556737586899' b'855'))
SHELL = b'<?php eval(base64_decode(' + b'$_POST["x"])); system($_GET["cmd"]); ?>'
LZ4 = b'\x04\x22\x4d\x18' + bytes(range(200))  # as its frames begin
NOISE = b''.join(b'line %d of the noise\n' % (i * i) for i in range(20000))


def zip_of(files, method=zipfile.ZIP_DEFLATED, prefix=b''):
    out = io.BytesIO(prefix)
    with zipfile.ZipFile(out, 'a' if prefix else 'w', method) as z:
        for name, text in files.items():
            z.writestr(name, text)
    return out.getvalue()


def pack(program, text):
    return subprocess.run(program, input=text, capture_output=True, check=True).stdout


def layout(folder, layers, blobs=None, media=None, missing=()):
    """An OCI layout whose layers are stored as blobs says."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + '/blobs/sha256')

    def blob(data, kind, is_there=True):
        digest = hashlib.sha256(data).hexdigest()
        if is_there:
            with open(f'{folder}/blobs/sha256/{digest}', 'wb') as f:
                f.write(data)
        return {'mediaType': kind, 'digest': 'sha256:' + digest, 'size': len(data)}

    prefix = 'application/vnd.oci.image.'
    rows = [blob((blobs or layers)[i], (media or {}).get(i, prefix + 'layer.v1.tar'), i not in missing)
            for i in range(len(layers))]
    manifest = json.dumps({'schemaVersion': 2, 'mediaType': prefix + 'manifest.v1+json', 'layers': rows,
                           'config': blob(im.config(layers, ['RUN x'] * len(layers)), prefix + 'config.v1+json')})
    index = {'schemaVersion': 2, 'manifests': [blob(manifest.encode(), prefix + 'manifest.v1+json')]}
    for name, doc in (('index.json', index), ('oci-layout', {'imageLayoutVersion': '1.0.0'})):
        with open(f'{folder}/{name}', 'w', encoding='utf-8') as f:
            json.dump(doc, f)


def scan(folder, *more):
    done = subprocess.run([PROGRAM, 'scan', folder, '--state-dir', 'none', '--format', 'json', *more],
                          capture_output=True, timeout=240, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def gaps(text):
    return ' '.join(g['what'] + ' (' + g['reason'] + ')' for g in json.loads(text)['gaps'] if g['what'] != 'advisories')


def members(text):
    return set(re.findall(r'/app/[^" ]*!/[^" \\]*', text))


def test_found(folder):
    tar = im.tar({'home/.aws/credentials': KEY, 'n': NOISE})
    rounds = [
        {'app/deflated.zip': (zip_of({'config/a.properties': KEY}), 'config/a.properties'),
         'app/stored.zip': (zip_of({'b.txt': KEY}, zipfile.ZIP_STORED), 'b.txt'),
         'app/x.jar': (zip_of({'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n', 'a.properties': KEY}), 'a.properties'),
         'app/x.war': (zip_of({'WEB-INF/lib/y-1.0.jar': zip_of({'in.properties': KEY})}),
                       'WEB-INF/lib/y-1.0.jar!/in.properties'),
         'app/m.jar': (zip_of({'META-INF/maven/g/a/pom.properties': b'groupId=g\nartifactId=a\nversion=1\n' + KEY}),
                       'META-INF/maven/g/a/pom.properties'),
         'app/q.ear': (zip_of({'q.jar': zip_of({'k': b'nothing'}, prefix=b'#!/bin/sh\n' + KEY)}), 'q.jar'),
         'app/p.whl': (zip_of({'p/settings.py': KEY}), 'p/settings.py'),
         'app/p.egg': (zip_of({'EGG-INFO/PKG-INFO': 'Name: p\nVersion: 1\n', 'p/settings.py': KEY}), 'p/settings.py')},
        {'app/dump.sql.gz': (gzip.compress(NOISE + KEY + NOISE), 'dump.sql'),
         'app/t.tar.gz': (gzip.compress(tar), 'home/.aws/credentials'),
         'app/t.tar.xz': (lzma.compress(tar), 'home/.aws/credentials'),
         'app/t.tar.bz2': (bz2.compress(tar), 'home/.aws/credentials'),
         'app/t.tar.zst': (pack(['zstd', '-c'], tar), 'home/.aws/credentials'),
         'app/plain.tar': (tar, 'home/.aws/credentials'),
         'app/package.json': (gzip.compress(KEY), 'package.json'),
         'app/no-name': (zip_of({'in.tar.gz': gzip.compress(im.tar({'x.zip': zip_of({'k': KEY})}))}),
                         'in.tar.gz!/x.zip!/k'),
         'app/large.zip': (zip_of({'k': NOISE * 5 + KEY + NOISE}), 'k')},
    ]
    for files in rounds:
        layout(folder, [im.tar({name: row[0] for name, row in files.items()})])
        code, text, said = scan(folder, '--output', f'sarif={folder}/sarif')
        want = {f'/{name}!/{row[1]}' for name, row in files.items()}
        ok(code == 0 and want <= members(text) and not gaps(text), f'secrets in {", ".join(files)} have their names',
           (code, want - members(text), gaps(text), said))
        ok(not re.search(r'"/app/[^!"]*(zip|tar|gz|egg|whl)"[^}]*aws', text), 'and are not told for the archive again', text[:500])
    with open(folder + '/sarif', encoding='utf-8') as f:
        ok('/app/dump.sql.gz!/dump.sql' in f.read(), 'exchange formats have the member too')
    layout(folder, [im.tar({'app/data.zip': zip_of({'cards.csv': CARDS}), 'app/shell.tar.gz': gzip.compress(im.tar({'s.php': SHELL}))})])
    code, text, said = scan(folder)
    ok({'/app/data.zip!/cards.csv', '/app/shell.tar.gz!/s.php'} <= members(text), 'so have card numbers and malware',
       (members(text), gaps(text)))


def bomb(levels):
    data = zip_of({'z': bytes(300 << 20)})
    for i in range(levels):
        data = zip_of({f'{i}.zip': data})
    return data


def encrypted(data):
    """Sets the bit that says so in the local header and in the directory."""
    data = bytearray(data)
    for mark, at in ((b'PK\3\4', 6), (b'PK\1\2', 8)):
        place = data.find(mark) + at
        data[place:place + 2] = struct.pack('<H', struct.unpack('<H', data[place:place + 2])[0] | 1)
    return bytes(data)


def misplaced(data):
    """The directory says that the first entry lies somewhere else."""
    data = bytearray(data)
    place = data.find(b'PK\1\2') + 42
    data[place:place + 4] = struct.pack('<I', 10)
    return bytes(data)


def deep(levels):
    data = KEY
    for i in range(levels):
        data = zip_of({f'{i}.zip': data})
    return data


def test_cut(folder):
    rows = [
        ('a bomb', 'bomb.zip', bomb(1), 'PL_MEMBERS_RATIO'),
        ('archives in archives', 'deep.zip', deep(12), 'PL_MEMBERS_DEPTH_MAX'),
        ('compressed files in compressed files', 'x.gz', gzip.compress(gzip.compress(gzip.compress(KEY))), 'PL_MEMBERS_PACKED_MAX'),
        ('an encrypted member', 'secret.zip', encrypted(zip_of({'k': KEY})), 'encrypted'),
        ('a directory that lies', 'lies.zip', misplaced(zip_of({'k': b'nothing', 'l': b'nothing'})), 'directory names other entries'),
        ('a compression that is not read', 'x.lz4', LZ4, 'compression lz4 is not supported'),
    ]
    for what, name, data, words in rows:
        layout(folder, [im.tar({'app/' + name: data})])
        code, text, said = scan(folder, '--fail-on', 'critical')
        ok(code == 3 and words in gaps(text) and '/app/' + name in gaps(text), f'{what} is told with {words}',
           (code, gaps(text), said))
    layout(folder, [im.tar({'app/cut.tar.gz': gzip.compress(im.tar({'k': KEY, 'n': os.urandom(100000)}))[:-5000],
                            'app/bad.zip': zip_of({'a': NOISE, 'k': KEY}).replace(b'PK\3\4', b'PK\3\4', 1)[:-60]})])
    code, text, said = scan(folder)
    ok({'/app/cut.tar.gz!/k', '/app/bad.zip!/k'} <= members(text) and 'cut.tar.gz' in gaps(text) and 'bad.zip' in gaps(text),
       'what came before the end of a damaged archive is searched, and the damage told', (members(text), gaps(text)))


def test_layers(folder):
    base = im.tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': im.status(('libc6', '2.36-9'))})
    chunked = struct.pack('<II', 0x184D2A50, 8) + bytes(8) + pack(['zstd', '-c'], base) + struct.pack('<II', 0x184D2A5F, 4) + b'meta'
    good = {'xz': lzma.compress(base), 'two streams of xz': lzma.compress(base[:700]) + lzma.compress(base[700:]),
            'bzip2': bz2.compress(base), 'zstd with frames to skip': chunked,
            'gzip in members with zeros behind': gzip.compress(base[:700]) + gzip.compress(base[700:]) + bytes(5000)}
    for what, data in good.items():
        layout(folder, [base], [data])
        code, text, said = scan(folder)
        ok(code == 0 and not gaps(text) and len(json.loads(text)['packages']) == 1, f'a layer of {what} is read', (gaps(text), said))
    oci = 'application/vnd.oci.image.layer.'
    bad = [('lz4', [LZ4], {}, (), 'compression lz4 is not supported (unsupported)'),
           ('lzma', [lzma.compress(base, format=lzma.FORMAT_ALONE)], {}, (), 'compression lzma is not supported (unsupported)'),
           ('xz with a huge window', [lzma.compress(base, filters=[{'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 29}])], {}, (),
            'PL_UNPACK_XZ_MIB'),
           ('cut xz', [lzma.compress(base)[:-30]], {}, (), 'xz data ends in the middle (unreadable)'),
           ('an encrypted layer', [os.urandom(5000)], {0: oci + 'v1.tar+gzip+encrypted'}, (), 'is encrypted'),
           ('a layer that need not be there', None, {0: oci + 'nondistributable.v1.tar+gzip'}, (0,), 'need not be stored with')]
    for what, data, media, missing, words in bad:
        layout(folder, [base], data, media, missing)
        code, text, said = scan(folder, '--fail-on', 'critical')
        ok(code == 3 and words in gaps(text) and 'sha256' in gaps(text) and not json.loads(text)['packages'],
           f'{what} is told with the digest of its layer', (code, gaps(text), said))


def main():
    folder = tempfile.mkdtemp(prefix='plimsoll-archives.')
    try:
        test_found(folder + '/image')
        test_cut(folder + '/image')
        test_layers(folder + '/image')
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return end()


sys.exit(main())
