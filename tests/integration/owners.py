#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whose each finding is: vulnerabilities, secrets, settings, files and accounts of the base image and of
the application, with a base of the index, with a label that names one, and without either."""
import contextlib
import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

from image_maker import layout, save, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
KEY = b'-----BEGIN RSA PRIVATE KEY-----\n' + b'MIIEowIBAAKCAQEAxR0cJ8mQfZl3yqk9' * 20 + b'\n-----END RSA PRIVATE KEY-----\n'
TOKEN = 'ghp_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6'
FORMATS = ('json', 'sarif', 'cyclonedx', 'spdx', 'gitlab', 'junit', 'csv', 'html', 'table')


def run(*args, state):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def scan(path, state, *more):
    done = run('scan', path, '--format', 'json', *more, state=state)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def owners(doc):
    """Check or advisory: its owner and the shares."""
    return {f.get('check') or f['advisory']: (f['owner'], {o['owner']: o['elements'] for o in f['owners']})
            for f in doc['findings'] if f['verdict'] == 'fail'}


def attributes(doc):
    return {a['name']: a['value'] for a in doc['scope']['subjects'][0]['attributes']}


RELEASE = b'ID=debian\nVERSION_ID="12"\n'
GROUND = tar({'etc/os-release': RELEASE, 'var/lib/dpkg/status': status(('openssl', '3.0.1-1')),
              'etc/base.key': KEY, 'usr/bin/apt-get': (b'#!', 0o755), 'usr/bin/pip': (b'#!', 0o755), 'etc/passwd': b'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n',
              'etc/apt/apt.conf.d/99base': b'APT::Get::AllowUnauthenticated "true";\n'})
MIDDLE = tar({'etc/middle.key': KEY + b'2'})
APP = tar({'var/lib/dpkg/status': status(('openssl', '3.0.1-1'), ('app-tool', '1.0-1')),
           'etc/pip.conf': b'[global]\ntrusted-host = pypi.example.com\n'})
BASE_STEPS = ['ADD file:1 in /', f'ENV BASE_TOKEN={TOKEN}', 'CMD ["bash"]']
APP_STEPS = ['RUN install app-tool', f'ENV APP_TOKEN={TOKEN}']
BASE_SETTINGS = {'Env': [f'BASE_TOKEN={TOKEN}']}
SETTINGS = {'Env': [f'BASE_TOKEN={TOKEN}', f'APP_TOKEN={TOKEN}']}


def known_base(top, state):
    done = run('base', 'add', os.path.join(top, 'base.tar'), state=state)
    ok(done.returncode == 0, 'the base is added', done.stderr)
    doc = scan(os.path.join(top, 'app.tar'), state)
    found = owners(doc)
    ok(found.get('CVE-2030-0001') == ('base-image', {}) and found.get('CVE-2030-0002') == ('application', {}),
       'vulnerabilities: by the layer of the package', found)
    ok(found['IMG-021'] == ('base-image', {'base-image': 1}), 'a secret in a layer of the base is for the base', found)
    secrets = found['IMG-010']
    ok(secrets[0] == 'application' and secrets[1] == {'application': 2, 'base-image': 2},
       'secrets of the settings: each whose build step set it, the application acts first', secrets)
    ok(found['IMG-011'] == ('application', {'application': 1, 'base-image': 1}),
       'settings of package managers: by the layer of their file', found)
    ok(found['IMG-022'] == ('base-image', {'base-image': 1}), 'an account: by the layer of its file', found)
    ok(found['IMG-001'] == ('application', {}), 'what the image as a whole lacks is for whoever built it', found)
    shares = [f for f in doc['findings'] if f.get('check') == 'IMG-011'][0]
    ok({e['value'] for e in shares['evidence'] if e['field'] == 'image_setting.owner'} == {'application', 'base-image'},
       'the evidence says it of each element', shares)
    ok(attributes(doc).get('base image') == 'corp/base:1' and 'owner' not in attributes(doc),
       'the image names its base', attributes(doc))

    doc = scan(os.path.join(top, 'base.tar'), state)
    found = {o for w, (o, _) in owners(doc).items() if w not in ('IMG-020', 'PAT-008')}
    ok(found == {'base-image'}, 'everything of the base itself is for its makers', owners(doc))
    doc = scan(os.path.join(top, 'same.tar'), state)
    found = owners(doc)
    ok(found['CVE-2030-0001'][0] == 'base-image' and found['IMG-001'][0] == 'application' and
       found['IMG-010'][1] == {'application': 2, 'base-image': 2},
       'an image that adds settings alone: its layers are the base\'s, its settings are not', found)


def newer(top, state):
    """A newer base image under the same name: mended, then not."""
    now, later = os.path.join(top, 'now.yaml'), os.path.join(top, 'later.yaml')
    for path, days in ((now, -1), (later, 7)):
        with open(path, 'w', encoding='utf-8') as f:
            f.write(f"policy: {{max_rebuild_days: ['{days}'], max_feed_age_days: ['99999']}}\n")

    def verdict(image, policy=now):
        return [f['verdict'] for f in scan(os.path.join(top, image), state, '--config', policy)['findings']
                if f.get('check') == 'PAT-003']

    ok(verdict('app.tar') == ['pass'], 'an image on the newest base has nothing to be rebuilt for', verdict('app.tar'))
    for version, want in (('3.0.1-2', ['pass']), ('9.0-1', ['fail'])):
        save(f'{top}/newer.tar', 'corp/base:1', [tar({'etc/os-release': RELEASE, 'var/lib/dpkg/status': status(('openssl', version))})],
             BASE_STEPS, BASE_SETTINGS)
        added = run('base', 'add', f'{top}/newer.tar', '--name', 'corp/base:1', state=state)
        ok(added.returncode == 0 and verdict('app.tar') == want, f'a newer base with openssl {version}', (added.stderr, verdict('app.tar')))
    ok(verdict('app.tar', later) == ['pass'], 'there is time to rebuild', verdict('app.tar', later))
    # Bases that come each week: the first one that was mended counts, as often as it or the last one is added again.
    with contextlib.closing(sqlite3.connect(os.path.join(state, 'state.db'))) as db, db:
        db.execute('UPDATE base SET added_us = added_us - 9 * 86400000000 WHERE name = ?', ('corp/base:1',))
    run('base', 'add', f'{top}/newer.tar', '--name', 'corp/base:1', state=state)
    ok(verdict('app.tar', later) == ['fail'], 'to add the newest base again gives no new time', verdict('app.tar', later))
    save(f'{top}/newest.tar', 'corp/base:1', [tar({'etc/os-release': RELEASE, 'var/lib/dpkg/status': status(('openssl', '9.0-2'))})],
         BASE_STEPS, BASE_SETTINGS)
    run('base', 'add', f'{top}/newest.tar', '--name', 'corp/base:1', state=state)
    ok(verdict('app.tar', later) == ['fail'], 'nor does one that is newer still', verdict('app.tar', later))
    ok(verdict('newer.tar') == ['not-applicable'], 'a base image stands on none', verdict('newer.tar'))
    run('base', 'remove', 'corp/base:1', state=state)
    ok(verdict('app.tar') == ['unknown'], 'without an index nobody knows', verdict('app.tar'))
    run('base', 'add', os.path.join(top, 'base.tar'), state=state)


def longest(top, state):
    ok(run('base', 'add', os.path.join(top, 'middle.tar'), '--name', 'corp/middle:1', state=state).returncode == 0,
       'a second base, which stands on the first')
    doc = scan(os.path.join(top, 'three.tar'), state)
    ok(owners(doc)['IMG-021'] == ('base-image', {'base-image': 2}) and attributes(doc)['base image'] == 'corp/middle:1',
       'the base with the longest chain counts', (owners(doc), attributes(doc)))
    doc = scan(os.path.join(top, 'changed.tar'), state)
    ok(owners(doc)['IMG-022'] == ('application', {'application': 1}),
       'a file of the base that the application changes is the application\'s', owners(doc))
    run('base', 'remove', 'corp/middle:1', state=state)
    doc = scan(os.path.join(top, 'three.tar'), state)
    ok(owners(doc)['IMG-021'] == ('application', {'application': 1, 'base-image': 1}),
       'without it the shorter one does', owners(doc))


def labels(top, state, digest):
    def labelled(name, value, settings=None):
        path = os.path.join(top, 'labelled.tar')
        labels = {'org.opencontainers.image.base.name': name, 'org.opencontainers.image.base.digest': value}
        save(path, 'corp/app:2', [GROUND, APP], BASE_STEPS + APP_STEPS, {**(settings or SETTINGS), 'Labels': labels})
        return scan(path, state)

    doc = labelled('docker.io/corp/base:1', digest)
    ok(owners(doc)['CVE-2030-0002'] == ('application', {}) and 'owner' not in attributes(doc),
       'a label that names a base of the index is honoured', attributes(doc))
    unknown = 'sha256:' + 'a' * 64
    doc = labelled("corp/other:$(touch x)'", unknown)
    found, hint = owners(doc), attributes(doc).get('owner', '')
    ok(found['CVE-2030-0001'][0] == 'base-image' and found['CVE-2030-0002'][0] == 'unknown',
       'a label that names another: what lies above the known layers has no known owner', found)
    ok("plimsoll base add --registry 'corp/other:$(touch x)'" in hint and unknown in hint, 'and the hint says what to add', hint)
    run('base', 'remove', 'corp/base:1', state=state)
    doc = labelled('corp/base:1', unknown)
    ok({owners(doc)[w][0] for w in ('CVE-2030-0001', 'CVE-2030-0002', 'IMG-021', 'IMG-011')} == {'unknown'} and
       'plimsoll base add' in attributes(doc)['owner'],
       'nothing is guessed from the history when a label names a base that nobody knows', owners(doc))
    table = run('scan', os.path.join(top, 'labelled.tar'), state=state).stdout.decode()
    ok('Owner unknown: its label names a base image' in ' '.join(table.split()), 'the table says so, too', table[-800:])
    done = run('base', 'add', os.path.join(top, 'base.oci'), '--name', 'corp/base:1', state=state)
    doc = labelled('elsewhere/base:9', digest)
    ok(done.returncode == 0 and owners(doc)['CVE-2030-0002'][0] == 'application' and
       attributes(doc)['base image'] == 'corp/base:1', 'a base is known by the digest of its manifest, whatever it is called',
       (owners(doc), attributes(doc)))


def no_base(top, state):
    doc = scan(os.path.join(top, 'app.tar'), state)
    ok(owners(doc)['CVE-2030-0001'][0] == 'base-image' and owners(doc)['CVE-2030-0002'][0] == 'application',
       'without an index the history tells', owners(doc))
    save(os.path.join(top, 'mute.tar'), 'corp/mute:1', [GROUND, APP], [], SETTINGS)
    doc = scan(os.path.join(top, 'mute.tar'), state)
    ok({owners(doc)[w][0] for w in ('CVE-2030-0001', 'IMG-021', 'IMG-010', 'IMG-022')} == {'unknown'},
       'without a history nobody can tell', owners(doc))


def every_format(top, state):
    """The owner of every failed finding stands in every format."""
    path = os.path.join(top, 'app.tar')
    files = {w: os.path.join(top, 'out.' + w) for w in FORMATS}
    done = run('scan', path, '--quiet', *[a for w, f in files.items() for a in ('--output', f'{w}={f}')], state=state)
    ok(done.returncode == 0, 'one scan writes all formats', done.stderr)
    text = {w: open(f, encoding='utf-8').read() for w, f in files.items()}
    doc = json.loads(text['json'])
    want = {f['id']: f['owner'] for f in doc['findings']}
    failed = {f['id']: f['owner'] for f in doc['findings'] if f['verdict'] == 'fail'}
    sarif = {r['partialFingerprints']['plimsoll/v1'] if 'plimsoll/v1' in r['partialFingerprints'] else
             list(r['partialFingerprints'].values())[0]: r['properties']['owner']
             for r in json.loads(text['sarif'])['runs'][0]['results']}
    ok(sarif == want, 'SARIF', (len(sarif), len(want)))
    gitlab = {v['id']: v['details']['owner']['value'] for v in json.loads(text['gitlab'])['vulnerabilities']}
    ok(gitlab == failed, 'GitLab', gitlab)
    rows = {r['id']: r['owner'] for r in csv.DictReader(io.StringIO(text['csv'], newline='')) if r['row'] == 'finding'}
    ok(rows == want, 'CSV', rows)
    bom = json.loads(text['cyclonedx'])
    found = sorted([p['value'] for v in bom['vulnerabilities'] for p in v['properties'] if p['name'] == 'plimsoll:owner'] +
                   [re.search(r'owner ([a-z-]+):', a['text'])[1] for a in bom['annotations']])
    ok(found == sorted(want.values()), 'CycloneDX', found)
    found = {m[0]: m[1] for m in re.findall(r'finding (F-[A-Z2-7]{16}) .*?, owner ([a-z-]+):', text['spdx'])}
    ok(found == want, 'SPDX', (len(found), len(want)))
    found = sorted(re.findall(r'<system-out>owner: ([a-z-]+)</system-out>', text['junit']))
    ok(found == sorted(want.values()), 'JUnit', (len(found), len(want)))
    ok('base image team' in text['html'] and 'application team' in text['html'] and
       '2 of application, 2 of base-image' in ' '.join(text['table'].split()) and 'OWNER' in text['table'],
       'the page and the table', text['table'])


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-owners.') as top:
        state, osv = os.path.join(top, 'state'), os.path.join(top, 'osv')
        os.makedirs(osv)
        for cve, package in (('CVE-2030-0001', 'openssl'), ('CVE-2030-0002', 'app-tool')):
            with open(f'{osv}/DEBIAN-{cve}.json', 'w', encoding='utf-8') as f:
                json.dump({'schema_version': '1.7.0', 'id': f'DEBIAN-{cve}', 'modified': '2026-01-01T00:00:00Z',
                           'upstream': [cve],
                           'severity': [{'type': 'CVSS_V3', 'score': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'}], 'affected': [{
                               'package': {'ecosystem': 'Debian:12', 'name': package},
                               'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '9'}]}]}]}, f)
        save(f'{top}/base.tar', 'corp/base:1', [GROUND], BASE_STEPS, BASE_SETTINGS)
        save(f'{top}/app.tar', 'corp/app:1', [GROUND, APP], BASE_STEPS + APP_STEPS, SETTINGS)
        save(f'{top}/same.tar', 'corp/same:1', [GROUND], BASE_STEPS + APP_STEPS[1:], SETTINGS)
        save(f'{top}/middle.tar', 'corp/middle:1', [GROUND, MIDDLE], BASE_STEPS + ['COPY middle'], BASE_SETTINGS)
        save(f'{top}/three.tar', 'corp/three:1', [GROUND, MIDDLE, APP], BASE_STEPS + ['COPY middle'] + APP_STEPS, SETTINGS)
        changed = tar({'etc/passwd': b'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\napp:x:1:1::/:/bin/sh\n'})
        save(f'{top}/changed.tar', 'corp/changed:1', [GROUND, MIDDLE, changed],
             BASE_STEPS + ['COPY middle', 'RUN adduser'], BASE_SETTINGS)
        files, digest = layout([GROUND], BASE_STEPS, BASE_SETTINGS, '1')
        with open(f'{top}/base.oci', 'wb') as f:
            f.write(tar(files))
        assert run('db', 'update', '--source', osv, state=state).returncode == 0
        no_base(top, state)
        known_base(top, state)
        every_format(top, state)
        newer(top, state)
        longest(top, state)
        labels(top, state, digest)
    return end()


sys.exit(main())
