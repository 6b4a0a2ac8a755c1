#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stands behind the frameworks: which requirements a check is shown to cover, what containers do to each."""
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
SOURCE = os.environ['PL_SOURCE_ROOT']
WAYS = ('technical', 'untested', 'attestation', 'blank')


def run(*args, stdin=None):
    return subprocess.run([PLIMSOLL, *args], capture_output=True, text=True, timeout=120, check=False, input=stdin)


def coverage(*args):
    return json.loads(run('checks', '--coverage', '--format', 'json', *args).stdout)


def check_coverage(work):
    doc = coverage()
    frameworks = {f['id']: f for f in doc['frameworks']}
    ok(doc['schema'] == 'plimsoll.coverage/1' and len(frameworks) >= 11, 'coverage is told of every framework', sorted(frameworks))
    wrong = [f['id'] for f in frameworks.values()
             if f['requirements'] != sum(f[w]['count'] for w in WAYS) or any(f[w]['count'] != len(set(f[w]['ids'])) for w in WAYS)]
    ok(not wrong, 'each requirement is counted once', wrong)
    with open(SOURCE + '/docs/schema/coverage-1.json', encoding='utf-8') as f:
        jsonschema.validate(coverage('--framework', 'hipaa'), json.load(f))
    text = run('checks', '--coverage').stdout
    ok(all(any(line.split()[:2] == [f['id'], str(f['requirements'])] for line in text.splitlines()) for f in frameworks.values()),
       'the table says the same as JSON', text)
    wrong = []
    for name in frameworks:
        for row in coverage('--framework', name)['frameworks'][0]['rows']:
            shown = [c for c in row['checks'] if c['shown']]
            if (row['covered'] == 'technical') != bool(shown) or (row['covered'] == 'blank') != (not row['checks']):
                wrong.append((name, row['id']))
            wrong += [(name, row['id'], c['id']) for c in shown if c['needs'] or not (c['passes_in'] or c['fails_in'])]
    ok(not wrong, 'what is covered has a check that a script shows, what is blank has none', wrong[:20])
    scan = run('scan', 'declared:-', '--state-dir', 'none', '--format', 'json', stdin='docker run --cgroupns host web:1\n')
    with open(work + '/scan.json', 'w', encoding='utf-8') as f:
        f.write(scan.stdout)
    read = {f['check'] for f in json.loads(scan.stdout)['findings'] if f['kind'] == 'check' and f['verdict'] in ('pass', 'fail')}
    rows = coverage('--framework', 'nist_800_53r5', '--report', work + '/scan.json')['frameworks'][0]['rows']
    told = {c['id'] for r in rows for c in r['checks'] if c['judged_in_report']}
    ok(told and told <= read and all(c['shown'] for r in rows for c in r['checks'] if c['judged_in_report']),
       'what a report judged read real facts and counts, and nothing else of it does', told ^ read)
    for words, said in ((['--report', work + '/scan.json'], 'goes with --coverage'), (['--coverage', 'CTR-001'], 'take no ids'),
                        (['--coverage', '--framework', 'nist'], 'unknown framework'), (['--requirement', '99.99'], '99.99'),
                        (['--coverage', '--format', 'xml'], 'text or json')):
        done = run('checks', *words)
        ok(done.returncode == 2 and said in done.stderr, f'checks {" ".join(words)} is refused'.replace(work, ''), done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-content-') as work:
        check_coverage(work)
    return end()


if __name__ == '__main__':
    sys.exit(main())
