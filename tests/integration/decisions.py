#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Design decisions, changes that they explain, and the review of a day, with a host that is a folder."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
CARD = '5425 2334 3010 9903'
HOSTILE = 'because "x" \\ \n</td><script>x</script>\x1b[31m'
here = tempfile.mkdtemp(prefix='plimsoll-decisions-')


def run(*words):
    env = {k: v for k, v in os.environ.items() if not k.startswith(('PLIMSOLL_', 'DOCKER_'))}
    return subprocess.run([PLIMSOLL, *words, '--state-dir', here + '/s'], env=env, capture_output=True, text=True,
                          check=False, cwd=here)


def write(name, text):
    with open(f'{here}/{name}', 'w', encoding='utf-8') as f:
        f.write(text)


def audit(policy, *words):
    write('plimsoll.yaml', 'decisions: decisions\npolicy:\n' + policy)
    got = run('audit', '--root', here + '/root', '--config', here + '/plimsoll.yaml', '--format', 'json', '-q', *words)
    return json.loads(got.stdout)


def decisions():
    got = run('decisions', 'new', 'Two more "operators"!', '--author', 'A <x>', '--why', HOSTILE, '--requirement',
              'pci_dss_4_0_1/1.2.7', '--requirement', 'hipaa/164.312(d)', '--change', 'policy.engine_operators')
    ok(got.stdout == 'decisions/0001-two-more-operators.md\n', 'a decision is written', got.stdout + got.stderr)
    for words, why in ((['x', '--author', 'a', '--why', 'b', '--requirement', 'pci_dss_4_0_1/99.9'], 'unknown requ'),
                       (['x', '--author', 'a', '--why', 'b', '--requirement', 'zzz/1'], 'unknown framework'),
                       (['x', '--author', 'a'], '--why'), ([], 'what was decided')):
        got = run('decisions', 'new', *words)
        ok(got.returncode == 2 and why in got.stderr, f'decisions new {" ".join(words)} is refused', got.stderr)
    got = run('decisions', 'check')
    ok(got.returncode == 0 and len(os.listdir(here + '/decisions')) == 1, 'what was written can be read', got.stdout)
    write('decisions/bad.md', '---\ndate: 2026-11-22\nauthor: A\nwhat: B\nwhy: C\nrequirements:\n  hipaa: ["9"]\n---\n')
    write('decisions/0002-b.md', 'no head')
    got = run('decisions', 'new', 'b', '--author', 'a', '--why', 'b')
    ok(got.stdout == 'decisions/0003-b.md\n', 'a file that is wrong is not written over', got.stdout + got.stderr)
    for name in '0002-b.md', '0003-b.md':
        os.unlink(f'{here}/decisions/{name}')
    os.symlink('/etc/passwd', here + '/decisions/link.md')
    got = run('decisions', 'check')
    ok(got.returncode == 1 and 'bad.md:7: unknown requirement "9"' in got.stdout and 'link.md' in got.stdout
       and 'root:' not in got.stdout, 'what is wrong is told with file and line, links are not followed', got.stdout)


def changes():
    first = audit('  engine_operators: [root]\n')
    ok(first['changes'] == [], 'what a first audit finds is no change', first['changes'])
    shown = [r for f in first['frameworks'] for r in f['requirements'] if r.get('decisions')]
    ok([r['id'] for r in shown] == ['1.2.7', '164.312(d)'], 'decisions stand beside the requirements', shown)
    ok(first['decisions'][0]['why'] == HOSTILE and any('bad.md' in g['what'] for g in first['gaps']),
       'with their words, and a wrong file is a gap')
    doc = audit('  engine_operators: [root, op]\n  max_container_age_days: 17\n')
    seen = {c['name']: c for c in doc['changes']}
    ok(seen['policy.engine_operators']['decision'] == '0001-two-more-operators.md'
       and seen['policy.engine_operators']['was'] == 'root', 'a change that a decision names is explained', seen)
    ok(seen['policy.max_container_age_days']['decision'] is None, 'another is unexplained', seen)
    leaf = json.loads(run('ledger', 'show', str(seen['policy.engine_operators']['ledger_index'])).stdout)
    ok(leaf['type'] == 'policy.change' and leaf['body']['n_changed'] == len(seen), 'both are in the log', leaf)
    page = run('report', '--format', 'html').stdout
    ok('unexplained change' in page and '<script>' not in page and '\x1b' not in page, 'and on the page')
    again = audit('  engine_operators: [root, op]\n  max_container_age_days: 17\n')
    ok(len(again['changes']) == len(seen), 'they stay there, and are not seen twice', again['changes'])
    write('compose.yaml', 'services:\n  web:\n    image: x:1\n    read_only: true\n')
    run('scan', 'compose.yaml', '-q')
    write('compose.yaml', 'services:\n  web:\n    image: x:1\n    read_only: false\n')
    doc = json.loads(run('scan', 'compose.yaml', '-q', '--format', 'json').stdout)
    names = [c['name'] for c in doc['changes'] if c['name'].startswith('declared.')]
    ok(names == ['declared.compose.yaml:web.readonly_rootfs'], 'a changed Compose file is told by field', names)


def review():
    today = time.strftime('%Y-%m-%d', time.gmtime())
    got = run('review', '--day', today)
    ok(got.returncode == 0 and 'Changed settings: 3' in got.stdout and 'policy.max_container_age_days' in got.stdout
       and 'bad.md' in got.stdout, 'the sheet of a day has changes and what could not be read', got.stdout)
    got = run('review', '--sign-off', '--by', 'A', '--statement', HOSTILE)
    ok(got.returncode == 0 and 'attestation' in got.stdout, 'yesterday is signed off', got.stderr)
    rows = {r['control']: r for r in json.loads(run('due', '--all', '--format', 'json').stdout)['controls']}
    ok(rows['ADM-001']['state'] == 'due' and rows['ADM-001']['by'] == 'A', 'which is the statement about ADM-001',
       rows['ADM-001'])
    sheet = run('review', '--day', today).stdout
    ok('review.day' in sheet and '\x1b' not in sheet, 'and stands in the sheet of today')
    for words in (['--day', today, '--sign-off', '--by', 'A', '--statement', 'x'], ['--day', '2026-02-30'],
                  ['--sign-off', '--by', 'A']):
        got = run('review', *words)
        ok(got.returncode == 2, f'review {" ".join(words)} is refused', got.stdout)
    got = run('ledger', 'verify')
    ok(got.returncode == 0, 'the log with all of it is proved', got.stdout)


def attested():
    doc = audit('  engine_operators: [root, op]\n')
    f = [f for f in doc['findings'] if f.get('check') == 'ADM-010'][0]
    return f['verdict'] == 'attested' and doc['statements'][f['statement']]['by'] == 'B'


def remembered():
    """state.db only says where to look."""
    got = run('attest', 'ADM-003', '--by', 'B', '--statement', 'x', '--expires', '9999-12-31')
    ok(got.returncode == 2 and 'ten years' in got.stderr, 'a statement for ever is refused', got.stdout + got.stderr)
    got = run('attest', 'ADM-010', '--by', 'B', '--statement', 'x')
    ok(got.returncode == 0 and attested(), 'a statement counts', got.stderr)
    db = sqlite3.connect(here + '/s/state.db')
    db.execute('INSERT INTO statement VALUES (0)')
    db.commit()
    db.close()
    ok(attested(), 'a row that names an entry of another kind is found out')
    db = sqlite3.connect(here + '/s/state.db')
    db.execute("UPDATE statements_read SET origin = 'another'")
    db.execute('DELETE FROM statement')
    db.commit()
    db.close()
    ok(attested(), 'what is known of another log is not believed')
    for name in os.listdir(here + '/s'):
        if name.startswith('state.db'):
            os.unlink(f'{here}/s/{name}')
    ok(attested(), 'and without it the log is read')


def hidden():
    write('decisions/card.md', f'---\ndate: 2026-11-22\nauthor: A\nwhat: B\nwhy: C\nchanges: ["x {CARD}"]\n---\n')
    write('decisions/bad2.md', '---\ndate: 2026-11-22\nauthor: A\nwhat: B\nwhy: C\nrequirements:\n'
          f'  hipaa: ["{CARD}"]\n---\n')
    text = json.dumps(audit('  engine_operators: [root, op]\n'))
    ok('card.md' in text and 'bad2.md:7' in text and CARD not in text, 'card numbers in decisions reach no report')


def without_blobs():
    shutil.rmtree(here + '/s/ledger/blobs')
    got = run('review', '--day', time.strftime('%Y-%m-%d', time.gmtime()))
    ok(got.returncode == 0 and 'the report itself' in got.stdout, 'a sheet says which reports are gone',
       got.stdout + got.stderr)


os.makedirs(here + '/root/etc')
try:
    decisions()
    changes()
    review()
    remembered()
    hidden()
    without_blobs()
finally:
    shutil.rmtree(here, ignore_errors=True)
sys.exit(end())
