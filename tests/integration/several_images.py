#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Archives and layouts with several images of which nobody named one: the first is read, and that there are others is
told, for they would look as clean as what was never there. Names, platforms and signatures of one image are no others."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile

from image_maker import config, layout, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']


def layer(name):
    return tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': status((name, '1'))})


def others(path, *more):
    done = subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', 'none', '--format', 'json', '--quiet', *more], capture_output=True,
                          check=False)
    doc = json.loads(done.stdout)
    return [p['name'] for p in doc['packages']], [g['what'] for g in doc['gaps'] if 'images there' in g['what']]


def archive(path, rows):
    """As `docker save` writes it; rows of one name are one image."""
    files, entries = {}, []
    for name, tags in rows:
        data = layer(name)
        text = config([data], ['ADD x'])
        files[f'{name}/layer.tar'] = data
        files[hashlib.sha256(text).hexdigest() + '.json'] = text
        entries.append({'Config': hashlib.sha256(text).hexdigest() + '.json', 'RepoTags': tags, 'Layers': [f'{name}/layer.tar']})
    with open(path, 'wb') as f:
        f.write(tar({**files, 'manifest.json': json.dumps(entries).encode()}))


def folder(path, rows, **more):
    """An OCI layout; rows: layer, name, platform."""
    entries = []
    for name, reference, platform in rows:
        files, digest = layout([layer(name)], ['ADD x'])
        for part, data in files.items():
            os.makedirs(os.path.dirname(f'{path}/{part}'), exist_ok=True)
            with open(f'{path}/{part}', 'wb') as f:
                f.write(data)
        entry = {'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'digest': digest, 'size': 1, **more}
        entries.append({**entry, **({'annotations': {'org.opencontainers.image.ref.name': reference}} if reference else {}),
                        **({'platform': {'os': 'linux', 'architecture': platform}} if platform else {})})
    with open(path + '/index.json', 'w', encoding='utf-8') as f:
        json.dump({'schemaVersion': 2, 'manifests': entries}, f)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-several.') as top:
        archive(top + '/two.tar', (('one', ['web:1']), ('two', ['db:1'])))
        packages, told = others(top + '/two.tar')
        ok(packages == ['one'] and len(told) == 1 and 'one of 2 images there' in told[0] and 'db:1' in told[0],
           'of two images in an archive the first is read, and the other is told by its name', (packages, told))
        packages, told = others(top + '/two.tar', '--image', 'db:1')
        ok(packages == ['two'] and not told, 'who names one has no other in mind', (packages, told))
        archive(top + '/same.tar', (('one', ['web:1']), ('one', ['web:2'])))
        ok(others(top + '/same.tar') == (['one'], []), 'another name of the same image is no other', others(top + '/same.tar'))
        folder(top + '/two', (('one', '1', None), ('two', '2', None)))
        packages, told = others(top + '/two')
        ok(packages == ['one'] and len(told) == 1, 'so it is in a layout', (packages, told))
        ok(others(top + '/two', '--image', '2') == (['two'], []), 'with a name, too', others(top + '/two', '--image', '2'))
        for word, rows in (('names', (('one', '1', None), ('one', '2', None))),
                           ('platforms', (('one', None, 'amd64'), ('two', None, 'arm64'), ('three', None, 's390x')))):
            folder(f'{top}/{word}', rows)
            ok(others(f'{top}/{word}')[1] == [], f'{word} of one image are no other images', others(f'{top}/{word}'))
    return end()


sys.exit(main())
