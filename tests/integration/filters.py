#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--fail-on, --ignore-unfixed, --only-owner, --new-since and --allow-incomplete, alone and together, on one
image with known findings; ids and first_seen over rebuilds and failed scans."""
import csv
import datetime
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

from image_maker import save, status, tar
from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
RELEASE = b'ID=debian\nVERSION_ID="12"\n'
STEPS = ['ADD file:1 in /', 'CMD ["bash"]', 'RUN install']
# advisory: package, fixed version, severity, listed as exploited; the first two lie in the base
VULNS = {'CVE-2031-0001': ('base-lib', '9', 'high', False), 'CVE-2031-0002': ('base-tool', None, 'low', False),
         'CVE-2031-0003': ('app-lib', '9', 'low', True), 'CVE-2031-0004': ('app-tool', None, 'low', False),
         'CVE-2031-0005': ('app-rest', '9', None, False)}
KEY = b'-----BEGIN RSA PRIVATE KEY-----\n' + b'MIIEowIBAAKCAQEAxR0cJ8mQfZl3yqk9' * 20 + b'\n-----END RSA PRIVATE KEY-----\n'


def run(*args):
    return subprocess.run([PLIMSOLL, *args], capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)


def feeds(folder, now):
    """Advisories of today, so that nothing is too old; KEV and EPSS beside them."""
    os.makedirs(folder)
    vectors = {'high': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 'low': 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N'}
    for cve, (package, fixed, severity, _) in VULNS.items():
        events = [{'introduced': '0'}] + ([{'fixed': fixed}] if fixed else [])
        record = {'schema_version': '1.7.0', 'id': f'DEBIAN-{cve}', 'modified': now, 'published': '2026-01-01T00:00:00Z',
                  'upstream': [cve], 'affected': [{'package': {'ecosystem': 'Debian:12', 'name': package},
                                                   'ranges': [{'type': 'ECOSYSTEM', 'events': events}]}]}
        if severity:
            record['severity'] = [{'type': 'CVSS_V3', 'score': vectors[severity]}]
        with open(f'{folder}/{record["id"]}.json', 'w', encoding='utf-8') as f:
            json.dump(record, f)
    with open(f'{folder}/kev.json', 'w', encoding='utf-8') as f:
        json.dump({'catalogVersion': '2031', 'dateReleased': now, 'vulnerabilities': [
            {'cveID': c, 'dateAdded': '2026-01-01', 'dueDate': '2026-02-01'} for c, v in VULNS.items() if v[3]]}, f)
    with open(f'{folder}/epss.csv', 'w', encoding='utf-8') as f:
        f.write(f'#model_version:v1,score_date:{now}\ncve,epss,percentile\nCVE-2031-0001,0.5,0.9\n')


def image(path, salt=b'', keep=tuple(VULNS), name='app'):
    names = [v[0] for c, v in VULNS.items() if c in keep]
    base = tar({'etc/os-release': RELEASE, 'var/lib/dpkg/status': status(*[(n, '1') for n in names if 'base' in n])})
    app = tar({'var/lib/dpkg/status': status(*[(n, '1') for n in names]), 'srv/salt': salt})
    save(path, f'corp/{name}:1', [base, app], STEPS, {'User': '1000', 'Healthcheck': {'Test': ['CMD', 'true']}})


class Scan:
    """One scan: its exit code, what it said, its JSON."""
    def __init__(self, path, state, *more):
        out = path + '.json'
        done = run('scan', path, '--state-dir', state, '--format', 'table', '--output', 'json=' + out, *more)
        self.code, self.table, self.said = done.returncode, done.stdout.decode(), done.stderr.decode()
        self.doc = {}
        if os.path.exists(out):
            with open(out, encoding='utf-8') as f:
                self.doc = json.load(f)
            os.unlink(out)
        vulns = [f for f in self.doc.get('findings', []) if f['kind'] == 'vulnerability']
        self.counts = {f['advisory'] for f in vulns if not f['left_out']}
        self.left_out = {f['advisory']: f['left_out'] for f in vulns if f['left_out']}
        self.first = {f['advisory']: (f['id'], f['first_seen']) for f in vulns}


def words(path, state):
    """Each word of --fail-on by itself."""
    for word, code in (('critical', 3), ('high', 1), ('low', 1), ('info', 1), ('kev', 1), ('unknown', 1)):
        s = Scan(path, state, '--fail-on', word)
        ok(s.code == code, f'--fail-on {word}: exit {code}', (s.code, s.said[-300:]))
    clean = path + '.clean.tar'
    image(clean, keep=('CVE-2031-0004',))
    for word, code in (('high', 0), ('low', 1), ('kev', 3)):
        s = Scan(clean, state, '--fail-on', word)
        ok(s.code == code, f'one low vulnerability, --fail-on {word}: exit {code}', (s.code, s.said[-300:]))
    s = Scan(clean, state, '--fail-on', 'kev', '--allow-incomplete')
    ok(s.code == 0, '--allow-incomplete accepts what could not be judged', (s.code, s.said[-300:]))
    for wrong in (('--fail-on', 'severe'), ('--only-owner', 'mine'), ('--only-owner', ''), ('--new-since', 'yesterday')):
        s = Scan(path, state, *wrong)
        ok(s.code == 2 and not s.doc and wrong[0] in s.said, f'{wrong[0]} "{wrong[1]}" is a usage error', s.said)


def unfixed(path, state):
    s = Scan(path, state, '--ignore-unfixed', '--fail-on', 'low')
    ok(s.counts == {'CVE-2031-0001', 'CVE-2031-0003', 'CVE-2031-0005'} and
       s.left_out == {'CVE-2031-0002': 'unfixed', 'CVE-2031-0004': 'unfixed'} and s.code == 1,
       '--ignore-unfixed leaves out what has no fix; it stays in the document', (s.counts, s.left_out))
    ok('Left out: 2 findings (2 without a fix) by --ignore-unfixed' in s.table and 'CVE-2031-0004' not in s.table,
       'the table counts them and says why', s.table)
    clean = path + '.clean.tar'
    image(clean, keep=('CVE-2031-0004',))
    for word, code in (('high', 0), ('kev', 3)):
        s = Scan(clean, state, '--ignore-unfixed', '--fail-on', word)
        ok(s.code == code and s.left_out, f'left out, they do not count; what could not be judged does: --fail-on {word}',
           (s.code, s.said))


def owner(path, state):
    s = Scan(path, state, '--only-owner', 'base', '--fail-on', 'high')
    ok(s.counts == {'CVE-2031-0001', 'CVE-2031-0002'} and set(s.left_out.values()) == {'owner'} and s.code == 1,
       '--only-owner base', (s.counts, s.left_out, s.code))
    s = Scan(path, state, '--only-owner', 'app', '--fail-on', 'medium')
    ok(s.counts == {'CVE-2031-0003', 'CVE-2031-0004', 'CVE-2031-0005'}, '--only-owner app', (s.counts, s.code))
    s = Scan(path, state, '--only-owner', 'unknown')
    ok(not s.counts and len(s.left_out) == 5, '--only-owner unknown: none here', s.counts)
    s = Scan(path, state, '--only-owner', 'app,base')
    ok(len(s.counts) == 5, 'owners with commas', s.counts)
    s = Scan(path, state, '--only-owner', 'app', '--ignore-unfixed', '--fail-on', 'kev')
    ok(s.counts == {'CVE-2031-0003', 'CVE-2031-0005'} and s.code == 1 and
       sorted(s.left_out.values()) == ['owner', 'unfixed', 'unfixed'], 'both together', (s.counts, s.left_out))
    files = [a for w in ('sarif', 'gitlab', 'junit', 'csv') for a in ('--output', f'{w}={path}.{w}')]
    s = Scan(path, state, '--only-owner', 'app', *files)
    left = {f['id'] for f in s.doc['findings'] if f['left_out']}
    sarif = json.load(open(path + '.sarif', encoding='utf-8'))['runs'][0]['results']
    ok({list(r['partialFingerprints'].values())[0] for r in sarif if r.get('suppressions')} == left and
       len(sarif) == len(s.doc['findings']), 'SARIF has them suppressed', len(sarif))
    rows = [r for r in csv.DictReader(io.StringIO(open(path + '.csv', encoding='utf-8', newline='').read(), newline=''))
            if r['row'] == 'finding']
    ok({r['id'] for r in rows if r['left_out']} == left and len(rows) == len(s.doc['findings']), 'CSV marks them')
    gitlab = json.load(open(path + '.gitlab', encoding='utf-8'))
    ok(not {v['id'] for v in gitlab['vulnerabilities']} & left and
       [m for m in gitlab['scan']['messages'] if 'left out' in m['value']], 'GitLab has the number of them', gitlab['scan'])


def since(top, state):
    """New findings by a report, an entry, a time, and by what was ever seen."""
    path, other = f'{top}/since.tar', f'{top}/other.tar'
    image(path, b'1', ('CVE-2031-0001', 'CVE-2031-0002'), 'since')
    first = Scan(path, state)
    before = f'{top}/before.json'
    with open(before, 'w', encoding='utf-8') as f:
        json.dump(first.doc, f)
    entries = run('ledger', 'show', '--state-dir', state).stdout.decode()
    entry = max(int(x) for x in re.findall(r'^\s*(?:E-)?(\d+) .*report\.issued', entries, re.M))
    now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace('+00:00', 'Z')
    image(path, b'2', name='since')
    known = {'CVE-2031-0001': 'known', 'CVE-2031-0002': 'known'}
    new = {'CVE-2031-0003', 'CVE-2031-0004', 'CVE-2031-0005'}
    last = Scan(path, state, '--new-since', 'last', '--fail-on', 'high')
    ok(last.counts == new and last.left_out == known, '--new-since last: what no scan has shown before', last.left_out)
    for what, given in (('a report', before), ('a time', now), ('an entry', f'E-{entry:04}'), ('a number', str(entry))):
        s = Scan(path, state, '--new-since', given, '--fail-on', 'kev')
        ok(s.counts == new and s.left_out == known and s.code == 1, f'--new-since {what}', (given, s.counts, s.code, s.said))
    s = Scan(path, state, '--new-since', 'last')
    ok(not s.counts, 'a second time nothing is new', s.counts)
    s = Scan(path, state, '--new-since', before, '--only-owner', 'app', '--ignore-unfixed')
    ok(s.counts == {'CVE-2031-0003', 'CVE-2031-0005'} and len(s.left_out) == 3, 'all filters together', s.left_out)
    save(other, 'corp/other:1', [tar({'etc/os-release': RELEASE, 'var/lib/dpkg/status': status(('app-lib', '1'))})], STEPS[:2])
    s = Scan(other, state, '--new-since', before)
    ok(s.counts == {'CVE-2031-0003'} and 'other subjects' in s.said, 'a report about another image: everything is new, and it says so',
       s.said)
    s = Scan(path, 'none', '--new-since', 'last')
    ok(s.code == 2 and 'keeps no records' in s.said, 'without records there is no "last"', s.said)
    with open(before, 'w', encoding='utf-8') as f:
        f.write('{"schema": "other/1"}')
    s = Scan(path, state, '--new-since', before)
    ok(s.code != 0 and not s.doc and before in s.said, 'a file that is no report is refused before the scan', (s.code, s.said))


def elements(top, state):
    """One check, several elements: one more is new, whatever the others' age; ids and first_seen stay."""
    path = f'{top}/elements.tar'
    ground = {'etc/os-release': RELEASE, 'var/lib/dpkg/status': status(('bash', '5'))}

    def look(secrets, *more):
        save(path, 'corp/elements:1', [tar({**ground, **{f'app/{n}.key': KEY + n.encode() for n in secrets}})], STEPS[:1])
        done = run('scan', path, '--quiet', '--format', 'json', '--fail-on', 'high', *more, '--allow-incomplete', '--state-dir', state)
        doc = json.loads(done.stdout)
        found = [f for f in doc['findings'] if f.get('check') == 'IMG-021'][0]
        return done.returncode, found, doc

    code, first, doc = look('a')
    before = f'{top}/elements.json'
    with open(before, 'w', encoding='utf-8') as f:
        json.dump(doc, f)
    ok(code == 1 and len(first['marks']) == 1 and first['element'] == '/app/a.key', 'a secret', first)
    code, same, _ = look('a', '--new-since', 'last')
    ok(code == 0 and same['left_out'] == 'known', 'the same secret is known', (code, same))
    for what, given in (('last', 'last'), ('a report', before)):
        code, two, _ = look('ab', '--new-since', given)
        ok(code == 1 and not two['left_out'] and len(two['marks']) == 2, f'--new-since {what}: a second secret beside it is new', (code, two))
        ok((two['id'], two['first_seen']) == (first['id'], first['first_seen']), 'and begins no time anew', two)
    code, two, _ = look('ab', '--new-since', 'last')
    ok(code == 0 and two['left_out'] == 'known', 'the next time it is known', (code, two))
    code, one, _ = look('b', '--new-since', 'last')
    ok(code == 0 and (one['id'], one['first_seen']) == (first['id'], first['first_seen']), 'one fewer is nothing new', (code, one))
    code, other, _ = look('b', '--new-since', before)
    ok(code == 1 and not other['left_out'], 'another one in place of that of the report is new', (code, other))
    many = [chr(97 + i // 26) + chr(97 + i % 26) for i in range(60)]
    code, all_of_them, _ = look(many)
    shown = {e['value'] for e in all_of_them['evidence'] if e['field'] == 'image_secret.where'}
    ok(shown == {f'/app/{n}.key' for n in many}, 'sixty secrets are named, each', len(shown))


def rebuilds(top, state):
    """A finding's id and first_seen: another digest, another tag, a scan that failed in between."""
    path = f'{top}/rebuilt.tar'
    image(path, b'1', name='rebuilt')
    first = Scan(path, state)
    digests = {hashlib.sha256(open(path, 'rb').read()).hexdigest()}
    keys = {first.doc['scope']['subjects'][0]['id']}
    image(path, b'2', name='rebuilt')
    with open(path, 'rb') as f:
        whole = f.read()
    with open(path, 'wb') as f:
        f.write(whole[:len(whole) // 2])
    broken = Scan(path, state)
    ok(broken.code != 0 or broken.doc['gaps'], 'a scan of half an archive is not whole', broken.said)
    with open(path, 'wb') as f:
        f.write(whole)
    second = Scan(path, state)
    digests.add(hashlib.sha256(whole).hexdigest())
    keys.add(second.doc['scope']['subjects'][0]['id'])
    ok(len(digests) == 2 and len(keys) == 2 and second.first == first.first and len(first.first) == 5,
       'ids and first_seen outlive a rebuild, and a scan that failed in between', (first.first, second.first))
    image(path, b'3', ('CVE-2031-0001',), 'rebuilt')
    third = Scan(path, state)
    ok(third.first == {'CVE-2031-0001': first.first['CVE-2031-0001']}, 'what is mended is gone', third.first)
    image(path, b'4', name='rebuilt')
    fourth = Scan(path, state)
    again = fourth.first['CVE-2031-0003']
    ok(again[0] == first.first['CVE-2031-0003'][0] and again[1] > first.first['CVE-2031-0003'][1] and
       fourth.first['CVE-2031-0001'] == first.first['CVE-2031-0001'],
       'what comes back has its id, and a new first_seen', (again, first.first['CVE-2031-0003']))


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-filters.') as top:
        state, now = f'{top}/state', datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
        feeds(f'{top}/osv', now)
        done = run('db', 'update', '--source', f'{top}/osv', '--state-dir', state)
        ok(done.returncode == 0, 'advisories', done.stderr)
        path = f'{top}/app.tar'
        image(path)
        words(path, state)
        unfixed(path, state)
        owner(path, state)
        since(top, state)
        rebuilds(top, state)
        elements(top, state)
    return end()


sys.exit(main())
