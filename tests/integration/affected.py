#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Base images, owners, and the question who is affected: archives with shared layers are scanned,
a base is named, the plan is made, run as a script, and verified after the rebuild."""
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

from image_maker import save, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
EVIL = "evil/$(touch x)'`touch y`\"; touch z #:1"


def run(*args, state):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def jar():
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr('META-INF/maven/org.example/log-core/pom.properties',
                   'groupId=org.example\nartifactId=log-core\nversion=2.14.1\n')
    return out.getvalue()


def advisory(osv, name, ecosystem, package, fixed, modified):
    with open(f'{osv}/{name}.json', 'w', encoding='utf-8') as f:
        json.dump({'schema_version': '1.7.0', 'id': name, 'modified': modified, 'affected': [{
            'package': {'ecosystem': ecosystem, 'name': package},
            'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': fixed}]}]}]}, f)


def questions(top):
    """However it is asked: what nobody knows is never answered by "nothing"."""
    state, osv, path = f'{top}/questions', f'{top}/questions.osv', f'{top}/questions.tar'
    modified = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    os.makedirs(osv)
    for name, ecosystem, package, fixed in (
            ('CVE-2030-0007', 'Debian:12', 'openssl', '3.0.2-1'), ('CVE-2030-0008', 'Debian:12', 'zlib', '2'),
            ('GHSA-2222-3333-4444', 'npm', 'left', '2.0.0'), ('GHSA-2222-3333-5555', 'Maven', 'org.example:log-core', '2.15.0')):
        advisory(osv, name, ecosystem, package, fixed, modified)
    files = {'etc/os-release': b'ID=debian\nVERSION_ID="12"\n',
             'var/lib/dpkg/status': status(('openssl', '3.0.1-1')) +
             b''.join(b'Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nSource: zlib\n\n' % n
                      for n in (b'zlib1g', b'zlib1g-dev')),
             'app/log.jar': jar()}
    for name in ('left', 'XML-Parser'):
        files[f'app/node_modules/{name}/package.json'] = json.dumps({'name': name, 'version': '1.0.0'}).encode()
    save(path, 'corp/asked:1\x1b[31m', [tar(files)], ['COPY . .'])
    run('db', 'update', '--source', osv, state=state)
    run('scan', path, '--quiet', state=state)
    for asked, want in (('cve-2030-0007', 1), ('ghsa-2222-3333-4444', 1), ('LEFT', 1), ('pkg:npm/left', 1), ('pkg:npm/left@1.0.0', 1),
                        ('pkg:npm/left@<1.0.0', 0), ('pkg:pypi/left', 0), ('log-core', 1), ('pkg:maven/org.example/log-core@2.14.1', 1),
                        ('core', 0), ('XML-Parser', 1), ('zlib', 2)):
        answer = json.loads(run('affected', asked, '--format', 'json', state=state).stdout)
        ok(len(answer['affected']) == want and not answer['unheard_of'], f'{asked}: {want} places', answer)
    def owners():
        return [a['owner'] for a in json.loads(run('affected', 'zlib', '--format', 'json', state=state).stdout)['affected']]

    before = owners()
    run('scan', path, '--quiet', state=state)
    ok(len(before) == 2 and owners() == before, 'a scan that finds the same again leaves the answer as it was', before)
    run('base', 'add', path, '--name', 'ground', state=state)
    run('scan', path, '--quiet', state=state)
    ok(len(owners()) == 2 and owners() != before, 'one that finds the same under another owner changes it', owners())
    done = run('affected', 'CVE-2030-9999', '--verify', state=state)
    ok(done.returncode == 3 and b'No advisory here is called CVE-2030-9999' in done.stdout,
       'an id that no advisory has is not answered by "nothing"', done)
    ok(run('affected', 'CVE-2030-9999', '--verify', '--allow-incomplete', state=state).returncode == 0, 'unless that may be')
    ok(run('affected', 'pkg:nothing', state=state).returncode == 2, 'a package URL that is none is a usage error')
    plan = json.loads(run('affected', 'CVE-2030-0008', '--format', 'json', state=state).stdout)['rebuild']
    ok([s['update'] for s in plan] == ['zlib1g to 2, zlib1g-dev to 2'], 'the plan names every package', plan)
    plan = json.loads(run('affected', 'openssl@<3.0.9', '--format', 'json', state=state).stdout)['rebuild']
    ok([s['update'] for s in plan] == ['openssl to 3.0.9'], 'who asks for less than a version is told to reach it', plan)
    for i, (fixed, package) in enumerate((('10.0.0', 'left'), ('9.0.0', 'left'))):
        advisory(osv, f'GHSA-2222-3333-666{i}', 'npm', package, fixed, modified)
    run('db', 'update', '--source', osv, state=state)
    answer = json.loads(run('affected', 'left', '--format', 'json', state=state).stdout)
    ok([a['fixed_version'] for a in answer['affected']] == ['10.0.0'] and [s['update'] for s in answer['rebuild']] == ['left to 10.0.0'],
       'who asks for a package alone is told the version in which all that is known of it is mended', answer)
    answer = json.loads(run('affected', 'XML-Parser', '--format', 'json', state=state).stdout)
    ok([a['fixed_version'] for a in answer['affected']] == [None], 'and none where nothing is known', answer)
    script = run('affected', 'CVE-2030-0008', '--format', 'sh', state=state).stdout
    done = subprocess.run(['sh', '-s'], input=script, capture_output=True, timeout=20, check=False)
    ok(done.returncode == 0 and b'\x1b' not in done.stdout and b'corp/asked:1' in done.stdout, 'what the script prints moves no cursor', done)
    files['usr/local/bin/packed'] = (b'\x7fELF\x02\x01\x01' + b'\0' * 57 + b'UPX!' + b'\1' * 4000, 0o755)
    save(path, 'corp/asked:2', [tar(files)], ['COPY . .'])
    run('scan', path, '--quiet', state=state)
    done = run('affected', 'nothing-such', '--verify', state=state)
    ok(done.returncode == 3 and b'Not read whole, so not known: corp/asked' in done.stdout,
       'an opaque program may hold it', done)


def guesses(top):
    """A jar without pom.properties: its group is a guess, which finds and does not acquit."""
    state, osv, path = f'{top}/guesses', f'{top}/guesses.osv', f'{top}/guesses.tar'
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr('META-INF/MANIFEST.MF', 'Manifest-Version: 1.0\nBundle-SymbolicName: org.apache.commons.lang3\nBundle-Version: 3.12.0\n\n')
    os.makedirs(osv)
    for name, package in (('GHSA-2222-3333-6666', 'org.apache.commons.lang3:commons-lang3'),
                          ('GHSA-2222-3333-7777', 'org.apache.commons:commons-lang3'), ('GHSA-2222-3333-8888', 'org.other:lang3')):
        advisory(osv, name, 'Maven', package, '3.18.0', time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()))
    save(path, 'corp/guess:1', [tar({'app/commons-lang3-3.12.0.jar': out.getvalue()})], ['COPY . .'])
    run('db', 'update', '--source', osv, state=state)
    run('scan', path, '--quiet', state=state)
    for asked, want, guessed in (('GHSA-2222-3333-6666', 1, 0), ('GHSA-2222-3333-7777', 0, 1), ('GHSA-2222-3333-8888', 0, 0),
                                 ('pkg:maven/org.apache.commons/commons-lang3@<3.18.0', 0, 1),
                                 ('org.apache.commons:commons-lang3@>=3.18.0', 0, 0), ('commons-lang3', 1, 0)):
        done = run('affected', asked, '--format', 'json', state=state)
        answer = json.loads(done.stdout)
        ok((len(answer['affected']), answer['guessed_packages']) == (want, guessed) and
           all(a['confidence'] == 'guessed' for a in answer['affected']), f'{asked}: {want} places, {guessed} guesses', answer)
    done = run('affected', 'GHSA-2222-3333-7777', '--verify', state=state)
    ok(done.returncode == 3 and b'part of their name is a guess' in done.stdout, 'a guess is not taken for clean', done)
    done = run('affected', 'commons-lang3', state=state)
    ok(b'org.apache.commons.lang3:commons-lang3 (guessed)' in done.stdout, 'and is told beside the name', done)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-affected.') as top:
        state = os.path.join(top, 'state')
        osv = os.path.join(top, 'osv')
        os.makedirs(osv)
        modified = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
        for cve, package, fixed in (('CVE-2030-0001', 'openssl', '3.0.2-1'), ('CVE-2030-0002', 'app-tool', '2.0-1')):
            with open(f'{osv}/DEBIAN-{cve}.json', 'w', encoding='utf-8') as f:
                json.dump({'schema_version': '1.7.0', 'id': f'DEBIAN-{cve}', 'modified': modified,
                           'upstream': [cve], 'affected': [{
                               'package': {'ecosystem': 'Debian:12', 'name': package},
                               'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': fixed}]}]}]}, f)
        release = b'ID=debian\nVERSION_ID="12"\n'
        ground = tar({'etc/os-release': release, 'var/lib/dpkg/status': status(('openssl', '3.0.1-1'))})
        fixed = tar({'etc/os-release': release, 'var/lib/dpkg/status': status(('openssl', '3.0.2-1'))})
        added = status(('openssl', '3.0.1-1'), ('app-tool', '1.0-1'))
        top_layer = tar({'var/lib/dpkg/status': added, 'srv/app': b'app'})
        images = {'base.tar': ('corp/base:1', [ground], ['ADD file:1 in /', 'CMD ["bash"]']),
                  'app.tar': ('corp/app:1', [ground, top_layer], ['ADD file:1 in /', 'RUN install app-tool']),
                  'evil.tar': (EVIL, [ground, top_layer, tar({'e': b'e'})],
                               ['ADD file:1 in /', 'RUN install app-tool', 'COPY e'])}
        for name, (reference, layers, history) in images.items():
            save(os.path.join(top, name), reference, layers, history)
        done = run('affected', 'CVE-2030-0001', state=state)
        ok(done.returncode == 4 and b'scan' in done.stderr, 'before the first scan the error says what to do', done)
        done = run('db', 'update', '--source', osv, state=state)
        ok(done.returncode == 0, 'advisories', done.stderr)
        done = run('base', 'add', os.path.join(top, 'base.tar'), '--name', 'some base', state=state)
        ok(done.returncode == 0, 'an archive becomes a base', done)
        done = run('base', 'add', 'corp/base:1', '--name', 'corp base', '--owner', 'platform', state=state)
        ok(done.returncode == 0, 'so does an image that was scanned, by its name', done.stderr)
        listed = run('base', 'list', state=state).stdout.decode()
        ok('corp base' in listed and 'platform' in listed, 'it is listed', listed)

        owners = {}
        first_ids = {}
        for name in images:
            done = run('scan', os.path.join(top, name), '--format', 'json', state=state)
            doc = json.loads(done.stdout)
            for f in doc['findings']:
                if f['kind'] == 'vulnerability':
                    owners[(name, f['advisory'])] = f['owner']
                    first_ids[(name, f['advisory'])] = (f['id'], f['first_seen'])
        ok(owners.get(('app.tar', 'CVE-2030-0001')) == 'base-image' and
           owners.get(('app.tar', 'CVE-2030-0002')) == 'application',
           'what came with the base belongs to its makers, the rest to the application', owners)

        answer = json.loads(run('affected', 'CVE-2030-0001', '--format', 'json', state=state).stdout)
        away = os.path.join(top, 'advisories')
        shutil.copytree(os.path.join(state, 'advisories'), away)
        os.rename(os.path.join(state, 'advisories'), away + '.kept')
        same = run('affected', 'CVE-2030-0001', '--format', 'json', '--advisories', away, state=state)
        os.rename(away + '.kept', os.path.join(state, 'advisories'))
        ok(same.returncode == 0 and json.loads(same.stdout)['affected'] == answer['affected'],
           'advisories in a folder of their own answer the same', same.stderr)
        names = {r['name'] for r in answer['affected']}
        ok(names == {'corp/base:1', 'corp/app:1', EVIL}, 'all three are affected', names)
        steps = [(s['image'], s['base'], s['after_base'], s['update']) for s in answer['rebuild']]
        ok(steps == [('corp/base:1', None, False, 'openssl to 3.0.2-1'), ('corp/app:1', 'corp/base:1', True, None),
                     (EVIL, 'corp/app:1', True, None)],
           'the base is rebuilt first, then what stands on it, in order', steps)
        answer = json.loads(run('affected', 'CVE-2030-0002', '--format', 'json', state=state).stdout)
        ok([s['image'] for s in answer['rebuild']] == ['corp/app:1', EVIL] and
           answer['rebuild'][0]['update'] == 'app-tool to 2.0-1' and not answer['rebuild'][0]['after_base'],
           'what lies in the layer of the application is updated there', answer['rebuild'])
        for asked, want in (('openssl@<3.0.2-1', 3), ('openssl@>=3.0.2-1', 0), ('app-tool', 2), ('openssl@3.0.1-1', 3),
                            ('nothing-such', 0)):
            answer = json.loads(run('affected', asked, '--format', 'json', state=state).stdout)
            ok(len(answer['affected']) == want, f'{asked}: {want} places', answer['affected'])
        done = run('affected', 'openssl@<not a version', state=state)
        ok(done.returncode == 2 and b'no version' in done.stderr, 'a range that is none is a usage error', done)

        text = run('affected', 'CVE-2030-0001', state=state).stdout
        ok(b'rebuild corp/base:1' in text and b'\x1b' not in text, 'the plan for people', text)
        dot = run('affected', 'CVE-2030-0001', '--format', 'dot', state=state).stdout.decode()
        ok(dot.count('->') == 2 and dot.startswith('digraph'), 'the plan as a graph', dot)
        script = run('affected', 'CVE-2030-0001', '--format', 'sh', state=state).stdout
        work = os.path.join(top, 'work')
        os.makedirs(work)
        done = subprocess.run(['sh', '-s'], input=script, cwd=work, capture_output=True, timeout=20, check=False)
        ok(done.returncode == 0 and os.listdir(work) == [] and EVIL.encode() in done.stdout,
           'the script quotes every word', (done, os.listdir(work)))

        done = run('affected', 'CVE-2030-0001', '--verify', state=state)
        ok(done.returncode == 1 and b'3 current' in done.stderr, 'before the rebuild verify says who is exposed', done)
        before = first_ids[('app.tar', 'CVE-2030-0002')]
        again = tar({'var/lib/dpkg/status': status(('openssl', '3.0.2-1'), ('app-tool', '1.0-1')), 'srv/app': b'new'})
        save(os.path.join(top, 'base.tar'), 'corp/base:1', [fixed], images['base.tar'][2])
        save(os.path.join(top, 'app.tar'), 'corp/app:1', [fixed, again], images['app.tar'][2])
        save(os.path.join(top, 'evil.tar'), EVIL, [fixed, again, tar({'e': b'f'})], images['evil.tar'][2])
        for name in images:
            doc = json.loads(run('scan', os.path.join(top, name), '--format', 'json', state=state).stdout)
            found = {f['advisory']: (f['id'], f['first_seen']) for f in doc['findings'] if f['kind'] == 'vulnerability'}
            if name == 'app.tar':
                ok(found == {'CVE-2030-0002': before}, 'a finding outlives the rebuild, with the day it was first seen',
                   (found, before))
        done = run('affected', 'CVE-2030-0001', '--verify', state=state)
        ok(done.returncode == 0 and b'older' in done.stdout, 'after it nothing current is, and the old ones are told',
           done)
        old = os.path.join(top, 'old')
        shutil.copytree(osv, old)
        for name in os.listdir(old):
            with open(f'{old}/{name}', encoding='utf-8') as f:
                text = f.read().replace(modified, '2026-01-01T00:00:00Z')
            with open(f'{old}/{name}', 'w', encoding='utf-8') as f:
                f.write(text)
        run('db', 'update', '--source', old, state=state)
        done = run('affected', 'CVE-2030-0001', '--verify', state=state)
        ok(done.returncode == 3 and b'old advisories' in done.stdout, 'old advisories are no proof that nothing is exposed', done)
        done = run('affected', 'CVE-2030-0001', '--verify', '--allow-incomplete', state=state)
        ok(done.returncode == 0, 'unless they may be', done)
        questions(top)
        guesses(top)
        done = run('base', 'remove', 'corp base', state=state)
        ok(done.returncode == 0 and b'corp base' not in run('base', 'list', state=state).stdout, 'a base is forgotten', done)
        done = run('base', 'remove', 'corp base', state=state)
        ok(done.returncode == 4, 'one that is not there is an error', done)
    return end()


sys.exit(main())
