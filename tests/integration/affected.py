#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Base images, owners, and the question who is affected: archives with shared layers are scanned,
a base is named, the plan is made, run as a script, and verified after the rebuild."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from image_maker import save, status, tar

PLIMSOLL = os.environ['PLIMSOLL']
EVIL = "evil/$(touch x)'`touch y`\"; touch z #:1"
tests = []


def ok(good, sentence, detail=''):
    tests.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(tests)} - {sentence}", flush=True)
    if not good:
        print('# ' + str(detail)[:3000].replace('\n', '\n# '), flush=True)


def run(*args, state):
    return subprocess.run([PLIMSOLL, *args, '--state-dir', state], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


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
        done = run('base', 'remove', 'corp base', state=state)
        ok(done.returncode == 0 and b'corp base' not in run('base', 'list', state=state).stdout, 'a base is forgotten', done)
        done = run('base', 'remove', 'corp base', state=state)
        ok(done.returncode == 4, 'one that is not there is an error', done)
    print(f'1..{len(tests)}')
    return 0 if all(tests) else 1


sys.exit(main())
