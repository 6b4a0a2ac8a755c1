#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images with very many layers: some hundreds are read alike from every source, a hundred thousand are refused by the
name of a limit."""
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import image_maker

from tap import end, ok

PROGRAM = os.environ['PLIMSOLL']
MANY = 700


def scan(what, state, stdin=None):
    """Exit code, report (None without one), errors"""
    with open(stdin or os.devnull, 'rb') as f:
        p = subprocess.run([PROGRAM, 'scan', what, '--state-dir', state, '--format', 'json'], stdin=f,
                           capture_output=True, timeout=120, check=False)
    return p.returncode, json.loads(p.stdout) if p.stdout else None, p.stderr.decode()


def said(report):
    return sorted((f['check'] or f['title'], f['verdict'], f['id']) for f in report['findings']), report['summary']


def write_layout(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(text)


def some_hundred(folder):
    """Each layer adds a file; one deletes a secret of another; a large one stands among them."""
    layers = [image_maker.tar({f'srv/file{i}': b'%d\n' % i}) for i in range(MANY)]
    layers[0] = image_maker.tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n',
                                 'var/lib/dpkg/status': image_maker.status(('zlib1g', '1:1.2.13.dfsg-1'))})
    layers[300] = image_maker.tar({'srv/large': bytes(600_000), 'root/.ssh/id_rsa': b'-----BEGIN RSA PRIVATE KEY-----\n'})
    layers[400] = image_maker.tar({'root/.ssh/id_rsa': None})
    history = [f'RUN step {i}' for i in range(MANY)]
    settings = {'User': '1'}
    image_maker.save(folder + '/image.tar', 'many:1', layers, history, settings)
    files, _ = image_maker.layout(layers, history, settings, 'many:1')
    write_layout(folder + '/layout', files)
    with open(folder + '/image.tar', 'rb') as f, gzip.open(folder + '/image.tar.gz', 'wb', 1) as to:
        shutil.copyfileobj(f, to)


def alike(folder):
    some_hundred(folder)
    rows = {'archive': ('image.tar', None), 'layout': ('layout', None), 'compressed archive': ('image.tar.gz', None),
            'standard input': ('-', folder + '/image.tar')}
    answers = {}
    for i, (name, (what, stdin)) in enumerate(rows.items()):
        code, report, errors = scan(what if what == '-' else f'{folder}/{what}', f'{folder}/state{i}', stdin)
        ok(code == 0 and report and not any('layer' in g['what'] for g in report['gaps']),
           f'{MANY} layers of {name} are all read', (code, errors, report and report['gaps']))
        answers[name] = report and said(report)
    ok(all(a == answers['archive'] for a in answers.values()), 'what is said is the same', answers)
    code, report, errors = scan(folder + '/layout', folder + '/state0')
    ok(code == 0 and said(report) == answers['archive'], 'a layout whose layers an archive had says it again',
       (code, errors))


def refused(what, state, limit, sentence, stdin=None):
    code, report, errors = scan(what, state, stdin)
    ok(code == 4 and limit in errors, sentence, (code, errors))
    ok(not report or not report['findings'], '  and nothing is said of the image', report)


def repeating(n):
    """An OCI layout whose manifest names one layer n times."""
    layer = image_maker.tar({'a': b'x'})
    blobs = {}

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        blobs['blobs/sha256/' + digest] = data
        return {'digest': 'sha256:' + digest, 'size': len(data)}

    config = json.dumps({'os': 'linux', 'architecture': 'amd64',
                         'rootfs': {'type': 'layers', 'diff_ids': [image_maker.diff_id(layer)] * n}})
    manifest = json.dumps({'schemaVersion': 2, 'config': blob(config.encode()), 'layers': [blob(layer)] * n},
                          separators=(',', ':'))
    return {'oci-layout': b'{"imageLayoutVersion": "1.0.0"}',
            'index.json': json.dumps({'schemaVersion': 2, 'manifests': [blob(manifest.encode())]}).encode(), **blobs}


def save_of(path, n):
    """An archive of n layers, all alike but for their names; the manifest stands at its end."""
    layer = image_maker.tar({'a': b'x'})
    with open(path, 'wb') as f:
        for i in range(n):
            f.write(image_maker.tar({f'{i}/layer.tar': layer})[:512 + len(layer)])
        config = json.dumps({'os': 'linux', 'rootfs': {'type': 'layers',
                                                       'diff_ids': [image_maker.diff_id(layer)] * n}}).encode()
        f.write(image_maker.tar({'config.json': config, 'manifest.json': json.dumps(
            [{'Config': 'config.json', 'Layers': [f'{i}/layer.tar' for i in range(n)]}]).encode()}))


def far_too_many(folder):
    write_layout(folder + '/over', repeating(10_001))
    refused(folder + '/over', folder + '/state', 'PL_IMAGE_LAYERS_MAX', '10,001 layers of a layout are one too many')
    write_layout(folder + '/hostile', repeating(100_000))
    refused(folder + '/hostile', folder + '/state', 'PL_IMAGE_DOCUMENT_MAX', 'a layout of 100,000 layers is refused')
    save_of(folder + '/over.tar', 10_001)
    refused(folder + '/over.tar', folder + '/state', 'PL_IMAGE_LAYERS_MAX', '10,001 layers of an archive are one too many')
    refused('-', folder + '/state', 'PL_IMAGE_LAYERS_MAX', 'through standard input too', folder + '/over.tar')
    save_of(folder + '/hostile.tar', 100_000)
    refused(folder + '/hostile.tar', folder + '/state', 'PL_IMAGE_BLOBS_MAX', 'an archive of 100,000 layers is refused')


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-layers.') as folder:
        alike(folder)
        far_too_many(folder)
    sys.exit(end())


main()
