#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same image gives the same answer: twice over the same bytes but for times, from every kind of source the
same findings, owners, packages and gaps, and in every format the same number of each."""
import collections
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from image_maker import layout, save, status, tar
from report_counts import counted, owners_of
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
KEY = b'-----BEGIN RSA PRIVATE KEY-----\n' + b'MIIEowIBAAKCAQEAxR0cJ8mQfZl3yqk9' * 20 + b'\n-----END RSA PRIVATE KEY-----\n'
STEPS = ['ADD file:1 in /', 'CMD ["bash"]', 'RUN install', 'COPY app /srv']
FORMATS = ('json', 'sarif', 'cyclonedx', 'spdx', 'gitlab', 'junit', 'csv', 'html', 'table', 'summary', 'openvex')
TIMES = re.compile(r'20\d\d-\d\d-\d\d([T ]\d\d:\d\d[0-9:.]*( ?UTC|Z)?)?')


def scan(path, top, advisories):
    files = {w: os.path.join(top, 'out.' + w) for w in FORMATS}
    done = subprocess.run([PLIMSOLL, 'scan', path, '--state-dir', 'none', '--advisories', advisories, '--quiet'] +
                          [a for w, f in files.items() for a in ('--output', f'{w}={f}')], capture_output=True, timeout=120,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr.decode()
    ret = {}
    for w, f in files.items():
        with open(f, encoding='utf-8', newline='') as text:
            ret[w] = text.read()
    return ret


def without_times(text):
    """And without what is made from them: the age of the advisories, ids of documents."""
    text = re.sub(r'urn:uuid:[0-9a-f-]{36}|spdx/[0-9a-f-]{36}|[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}', 'UUID',
                  text)
    return re.sub(r'"age_seconds": ?\d+', 'AGE', TIMES.sub('TIME', text))


def every_format(name, out):
    doc = json.loads(out['json'])
    want = (len(doc['findings']), len(doc['packages']), len(doc['gaps']), owners_of(doc))
    for word in ('sarif', 'cyclonedx', 'spdx', 'junit', 'csv'):
        got = counted(word, out[word])
        ok(got == want, f'{name}: {word} has as many findings, packages, gaps, and of each owner', (got, want))
    gitlab = json.loads(out['gitlab'])
    failed = [f for f in doc['findings'] if f['verdict'] == 'fail']
    ok(len(gitlab['vulnerabilities']) == len(failed) and len(gitlab['scan']['messages']) == want[2] and
       collections.Counter(v['details']['owner']['value'] for v in gitlab['vulnerabilities']) ==
       collections.Counter(f['owner'] for f in failed), f'{name}: so has gitlab, of what failed')
    ok(all(g['what'] in ' '.join(out['table'].split()) for g in doc['gaps']), f'{name}: the table names every gap', out['table'][-500:])


def essence(doc):
    """What may not depend on where the image came from."""
    found = sorted((f['id'], f.get('check') or f['advisory'], f['verdict'], f['severity'], f['owner'], f['element'] or '')
                   for f in doc['findings'] if f.get('check') not in ('IMG-005', 'IMG-024'))
    listed = sorted((p['purl'] or p['name'], p['layer'] or '', p['owner'], p['path'] or '') for p in doc['packages'])
    return found, listed, sorted(g['reason'] for g in doc['gaps'])


def vulnerable(doc):
    return sorted((f['advisory'], f['package']['purl'], f['verdict']) for f in doc['findings'] if f['kind'] == 'vulnerability')


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-same.') as top:
        osv, advisories = f'{top}/osv', f'{top}/advisories'
        os.makedirs(osv)
        now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
        for i, (ecosystem, package) in enumerate((('Debian:12', 'openssl'), ('Debian:12', 'app-tool'), ('npm', 'left'))):
            with open(f'{osv}/X-2034-{i}.json', 'w', encoding='utf-8') as f:
                json.dump({'schema_version': '1.7.0', 'id': f'X-2034-{i}', 'modified': now, 'affected': [{
                    'package': {'ecosystem': ecosystem, 'name': package},
                    'ranges': [{'type': 'ECOSYSTEM' if i < 2 else 'SEMVER', 'events': [{'introduced': '0'}, {'fixed': '9.0.0'}]}]}]}, f)
        subprocess.run([PLIMSOLL, 'db', 'update', '--source', osv, '--advisories', advisories, '--state-dir', 'none'], check=True,
                       capture_output=True)
        layers = [tar({'etc/os-release': b'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': status(('openssl', '1')),
                       'etc/base.key': KEY, 'var/lib/dpkg/info/openssl.md5sums': b'650d8a3de1209142e9123db744b965bd  usr/share/nodejs/left/package.json\n',
                       'usr/share/nodejs/left/package.json': b'{"name": "left", "version": "1.0.1"}'}),
                  tar({'var/lib/dpkg/status': status(('openssl', '1'), ('app-tool', '1')),
                       'var/lib/dpkg/status.d/broken': b'no field at all\n', 'usr/bin/su': (b'#!', 0o4755)}),
                  tar({'srv/node_modules/left/package.json': b'{"name": "left", "version": "1.0.0"}', 'srv/app.key': KEY,
                       'etc/passwd': b'root::0:0::/:/bin/sh\n'})]
        save(f'{top}/archive.tar', 'corp/app:1', layers, STEPS)
        files, _ = layout(layers, STEPS, reference='corp/app:1')
        for name, text in files.items():
            os.makedirs(os.path.dirname(f'{top}/layout/{name}'), exist_ok=True)
            with open(f'{top}/layout/{name}', 'wb') as f:
                f.write(text)
        with open(f'{top}/layout.tar', 'wb') as f:
            f.write(tar(files))
        with gzip.open(f'{top}/layout.tar.gz', 'wb') as f:
            f.write(tar(files))

        out = {n: scan(f'{top}/{n}', top, advisories) for n in ('archive.tar', 'layout', 'layout.tar', 'layout.tar.gz')}
        docs = {n: json.loads(o['json']) for n, o in out.items()}
        first = docs['archive.tar']
        failed = {f.get('check') or f['advisory']: f['owner'] for f in first['findings'] if f['verdict'] == 'fail'}
        ok(failed.get('X-2034-0') == 'base-image' and failed.get('X-2034-2') == 'application' and 'IMG-021' in failed and
           first['gaps'], 'there are findings of both owners, and gaps', failed)
        for name in ('layout', 'layout.tar', 'layout.tar.gz'):
            ok(essence(docs[name]) == essence(first), f'{name}: findings, owners, packages and gaps of the archive',
               [(a, b) for a, b in zip(essence(docs[name]), essence(first)) if a != b])
        for name in ('archive.tar', 'layout'):
            again = scan(f'{top}/{name}', top, advisories)
            for word in FORMATS:
                ok(without_times(again[word]) == without_times(out[name][word]), f'{name}: {word} twice is the same but for times',
                   [x for x in zip(without_times(again[word]).splitlines(), without_times(out[name][word]).splitlines())
                    if x[0] != x[1]][:3])
        for word, name in (('cyclonedx', 'bom.cdx.json'), ('spdx', 'bom.spdx.json')):
            with open(f'{top}/{name}', 'w', encoding='utf-8') as f:
                f.write(out['archive.tar'][word])
            again = json.loads(scan(f'{top}/{name}', top, advisories)['json'])
            ok(vulnerable(again) == vulnerable(first) and len(vulnerable(first)) == 3,
               f'{word}: a scan of what a scan wrote has its vulnerabilities', (vulnerable(again), vulnerable(first)))
            ok({(p['purl'], p['owned_by']) for p in again['packages']} == {(p['purl'], p['owned_by']) for p in first['packages']},
               f'{word}: and its packages with their owners', again['packages'])
        every_format('archive', out['archive.tar'])
        every_format('layout', out['layout'])
    return end()


sys.exit(main())
