#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A month of vulnerabilities under FedRAMP's rules: found, evaluated, mended, and told to people and programs. On a real engine: what a
published port makes reachable."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

if os.environ.get('PL_INSIDE') != '1':  # an own network namespace for the engine
    os.environ['PL_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-n', sys.executable] + sys.argv)

import jsonschema  # pylint: disable=wrong-import-position

from engine_maker import Engine  # pylint: disable=wrong-import-position
from tap import end, ok  # pylint: disable=wrong-import-position

NOW = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
ROOT, PLIMSOLL = os.environ['PL_SOURCE_ROOT'], os.environ['PLIMSOLL']
SOURCES = {'zlib1g': 'zlib', 'perl-base': 'perl', 'mount': 'util-linux'}
CARD = '5425233430109903'


def run(state, *words):
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PLIMSOLL_', 'DOCKER_'))}
    return subprocess.run([PLIMSOLL, *words, '--state-dir', state], env=env, capture_output=True, text=True, check=False)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def tree(work):
    """A system with packages that have advisories of today."""
    os.makedirs(f'{work}/root/var/lib/dpkg')
    shutil.copy(f'{ROOT}/tests/fixtures/dpkg/bookworm-minbase.status', f'{work}/root/var/lib/dpkg/status')
    write(f'{work}/root/etc/os-release', 'ID=debian\nVERSION_ID="12"\n')
    for number, package in enumerate(('zlib1g', 'perl-base', 'apt', 'mount'), 1):
        cve = f'CVE-2031-000{number}'
        write(f'{work}/feed/DEBIAN-{cve}.json', json.dumps({
            'schema_version': '1.7.0', 'id': f'DEBIAN-{cve}', 'upstream': [cve], 'modified': NOW, 'published': NOW,
            'affected': [{'package': {'ecosystem': 'Debian:12', 'name': SOURCES.get(package, package)},
                          'ranges': [{'type': 'ECOSYSTEM', 'events': [{'introduced': '0'}, {'fixed': '9:9'}]}]}]}))
    write(f'{work}/feed/kev.json', json.dumps({'catalogVersion': '1', 'dateReleased': NOW, 'vulnerabilities': [
        {'cveID': 'CVE-2031-0001', 'dateAdded': '2026-01-01', 'dueDate': '2026-02-01'}]}))
    return f'{work}/root'


def history(state, *words):
    got = run(state, 'fedramp', '--format', 'json', *words)
    doc = json.loads(got.stdout)
    with open(f'{ROOT}/docs/schema/fedramp-1.json', encoding='utf-8') as f:
        jsonschema.validate(doc, json.load(f))
    return doc


def rows_of(doc, advisory):
    return [v for v in doc['vulnerabilities'] if v['advisory'] == advisory]


def check_scan(work, state):
    root = tree(work)
    none = run(state, 'fedramp')
    ok(none.returncode != 0 and 'plimsoll' in none.stderr, 'without a log there is nothing to tell', none.stderr)
    run(state, 'db', 'update', '--source', f'{work}/feed')
    scanned = json.loads(run(state, 'scan', root, '--format', 'json').stdout)
    found = [f for f in scanned['findings'] if f['kind'] == 'vulnerability']
    doc = history(state)
    ok({v['id'] for v in doc['vulnerabilities']} == {f['id'] for f in found} and len(found) > 3,
       'every vulnerability of the reports has its row', f"{len(doc['vulnerabilities'])} {len(found)}")
    ok({(v['state'], v['impact'], v['internet_reachable']['is'], v['mitigate_by']) for v in doc['vulnerabilities']} ==
       {('open', None, 'unknown', None)}, 'what nobody estimated has no time for mitigation')
    kev = rows_of(doc, 'CVE-2031-0001')[0]
    ok(kev['likely_exploitable']['is'] == 'yes' and kev['known_exploited_by'] == '2026-02-02T00:00:00.000000Z' and
       kev['late'] == ['known-exploited'], 'what CISA lists is likely, and late after the day of the catalog', kev)
    return root


def check_evaluate(state):
    cve = 'CVE-2031-0002'
    got = run(state, 'fedramp', 'evaluate', cve, '--impact', 'N5', '--by', 'S. "Owner"', '--reason', f'card {CARD}',
              '--reachable', 'no', '--exploitable', 'yes')
    ok(got.returncode == 0 and f'of {cve}: N5' in got.stdout, 'a person evaluates', got.stderr)
    v = rows_of(history(state), cve)[0]
    ok((v['impact'], v['internet_reachable']['is'], v['likely_exploitable']['is'], v['evaluations'][0]['by']) ==
       ('N5', 'no', 'yes', 'S. "Owner"'), 'and the history says what, who and why', v)
    ok(CARD not in json.dumps(v), 'the number of a card in the reason is not kept')
    ok(v['mitigate_by'][:10] > v['evaluated_at'][:10] and v['late'] == [], 'from then on the time for mitigation runs', v)
    ruled = history(state, '--impact-of', 'unknown=N2', '--class', 'd')
    ok({v['impact'] for v in ruled['vulnerabilities']} == {'N2', 'N5'} and
       ruled['class'] == 'd', 'a rule for severities evaluates the rest')
    for words, part in ((('fedramp', 'evaluate', 'CVE-1999-0001', '--impact', 'N5', '--by', 'x', '--reason', 'x'), 'none of the last'),
                        (('fedramp', 'evaluate', cve, '--impact', 'N6', '--by', 'x', '--reason', 'x'), 'N1, N2'),
                        (('fedramp', 'evaluate', cve, '--impact', 'N1', '--reason', 'x'), '--by'),
                        (('fedramp', 'evaluate', cve, '--impact', 'N1', '--by', 'x', '--reason', 'x', '--reachable', 'perhaps'), 'yes or no'),
                        (('fedramp', '--class', 'e'), 'a, b, c or d'), (('fedramp', '--month', '2026-13'), 'a month as'),
                        (('fedramp', '--month', '2999-01'), 'still to come'), (('fedramp', '--likely', '101'), '0 to 100'),
                        (('fedramp', '--impact-of', 'high=5'), 'SEVERITY=N1')):
        got = run(state, *words)
        ok(got.returncode == 2 and part in got.stderr and not got.stdout, f'{" ".join(words)[:50]} is refused', got.stderr)


def check_mended(state, root):
    with open(f'{root}/var/lib/dpkg/status', encoding='utf-8') as f:
        stanzas = f.read().split('\n\n')
    gone = 'perl-base'
    write(f'{root}/var/lib/dpkg/status', '\n\n'.join(s for s in stanzas if not s.startswith(f'Package: {gone}\n')))
    before = len(history(state)['vulnerabilities'])
    run(state, 'scan', root, '--format', 'json')
    doc = history(state)
    states = {v['state'] for v in doc['vulnerabilities'] if v['package'] == gone}
    ok(states == {'remedied'} and len(doc['vulnerabilities']) == before, 'what a later scan does not find is remedied', states)
    ok([r['matched_whole'] for r in doc['reports']] == [1, 1], 'each report says how much it compared', doc['reports'])
    text = run(state, 'fedramp').stdout
    ok('Remedied: ' in text and gone in text and max(map(len, text.splitlines())) <= 160, 'the page for people says so', text)
    shutil.rmtree(f'{state}/advisories')
    write(f'{root}/var/lib/dpkg/status', '')
    run(state, 'scan', root, '--format', 'json')
    after = history(state)
    ok([v['state'] for v in after['vulnerabilities']].count('remedied') == [v['state'] for v in doc['vulnerabilities']].count('remedied')
       and after['reports'][0]['matched_partly'] == 1, 'without advisories nothing is gone', after['reports'])


def check_engine(work):
    """Three images with the same packages, of which two run, and one of these is published."""
    state = work + '/engine-state'
    run(state, 'db', 'update', '--source', f'{work}/feed')
    shutil.copytree(f'{work}/root', f'{work}/image')
    os.makedirs(f'{work}/image/bin')
    shutil.copy('/bin/busybox', f'{work}/image/bin/busybox')
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    with Engine() as e:
        for name in ('open', 'local', 'idle'):
            write(f'{work}/image/etc/name', name)
            tar = subprocess.run(['tar', '-C', f'{work}/image', '-c', '.'], capture_output=True, check=True).stdout
            code, text = e.call('POST', f'/images/create?fromSrc=-&repo={name}&tag=1', tar, 'application/x-tar')
            assert code == 200, text
        for name, address in (('open', '0.0.0.0'), ('local', '127.0.0.1')):
            e.run(name, config={'Image': f'{name}:1', 'ExposedPorts': {'80/tcp': {}}}, NetworkMode='bridge',
                  PortBindings={'80/tcp': [{'HostIp': address, 'HostPort': '8080' if name == 'open' else '8081'}]})
        e.call('POST', '/containers/create?name=idle', json.dumps({'Image': 'idle:1', 'Cmd': ['/bin/busybox']}).encode())
        doc = json.loads(run(state, 'audit', '--engine', e.address, '--no-probes', '--format', 'json').stdout)
    told = {f['subject']['name']: f['reach'] for f in doc['findings']
            if f['kind'] == 'vulnerability' and f['subject']['kind'] == 'image'}
    ok(told == {'open:1': 'published', 'local:1': 'not-published', 'idle:1': 'not-running'},
       'an audit says of each image whether it runs behind a published port', told)
    words = {v['where'][0]: v['internet_reachable']['is'] for v in history(state)['vulnerabilities'] if v['kind'] == 'image'}
    ok(words == {'open:1': 'yes', 'local:1': 'unknown', 'idle:1': 'no'}, 'and the history what that means', words)


def main():
    work = tempfile.mkdtemp(prefix='plimsoll-fedramp-')
    os.chmod(work, 0o755)  # the signer, another user, reaches the state below it
    state = work + '/state'
    try:
        root = check_scan(work, state)
        check_evaluate(state)
        check_engine(work)
        check_mended(state, root)
    finally:
        shutil.rmtree(work)
    return end()


if __name__ == '__main__':
    sys.exit(main())
