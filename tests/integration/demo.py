#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo, run whole on a real engine: what its report must show, and the AWS key of the bad
container, which must be nowhere: raw, encoded or inside compressed bytes."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from clear_text import files_with, needles
from tap import end, ok

ROOT = os.environ['PL_SOURCE_ROOT']
SHARED = os.path.join(tempfile.gettempdir(), 'plimsoll-legacy.tar')  # made once a machine


def run_demo(out):
    """Returns what it said, and what it left where temporary files go."""
    folder = tempfile.mkdtemp(prefix='pd.')
    env = dict(os.environ, DEMO_OUT=out, DEMO_LEGACY=SHARED, TMPDIR=folder)
    done = subprocess.run([os.path.join(ROOT, 'scripts/demo')], env=env, capture_output=True,
                          timeout=600, stdin=subprocess.DEVNULL, check=False)
    left = os.listdir(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return done, left


def shown(out, *args):
    return subprocess.run([os.environ['PLIMSOLL'], 'ledger', 'show', '--state-dir', out + '/state', *args],
                          capture_output=True, check=False)


def entries_with(secret, out):
    """Blobs are encrypted on disk: look at what the program itself shows of each entry."""
    hits = []
    index = 0
    while True:
        leaf = shown(out, str(index))
        if leaf.returncode:
            return hits, index
        texts = [leaf.stdout]
        for blob in json.loads(leaf.stdout).get('blobs', []):
            texts.append(shown(out, str(index), '--blob', blob['role']).stdout)
        hits += [index for n in needles(secret) for text in texts if n in text]
        index += 1


def failed_checks(report, name):
    keys = {s['id'] for s in report['scope']['subjects'] if s['name'] == name}
    rows = [f for f in report['findings'] if f['subject']['id'] in keys and f['kind'] == 'check']
    return len(rows), {f['check'] for f in rows if f['verdict'] == 'fail'}


def check_report(out, said):
    with open(out + '/report.json', encoding='utf-8') as f:
        report = json.load(f)
    with open(out + '/report.html', encoding='utf-8') as f:
        page = f.read()
    with open(out + '/aws-key-of-the-bad-container', encoding='utf-8') as f:
        key = f.read().strip()

    n, failed = failed_checks(report, 'shop')
    bad = sorted(c for c in failed if c.startswith('CTR-'))
    ok(n > 40 and not bad, 'the good container has no failed CTR row', (n, bad))
    n, failed = failed_checks(report, 'ops')
    want = {'CTR-005', 'CTR-010', 'CTR-011', 'CTR-013', 'CTR-032', 'CTR-037', 'CTR-042'}
    ok(want <= failed, "the bad container's faults are all there", want - failed)
    vulns = [r for r in report['findings'] if r['kind'] == 'vulnerability' and r['verdict'] == 'fail']
    fixed = [r for r in vulns if r.get('fixed_version')]
    ok(len(fixed) >= 5, 'the legacy image shows vulnerabilities with their fixed versions', len(vulns))
    ok(fixed and all(f['fixed_version'] in page for f in fixed[:5]), 'and so does the page')
    ok(key not in page and key not in said, 'neither page nor terminal shows the key')
    hits = files_with(key, out, ('aws-key-of-the-bad-container',))
    ok(not hits, 'the key is in no file, raw, encoded or compressed', hits)
    hits, seen = entries_with(key, out)
    ok(seen > 5 and not hits, 'nor in any evidence entry', (seen, hits))


def main():
    out = tempfile.mkdtemp(prefix='plimsoll-demo-test.')
    try:
        demo, left = run_demo(out)
        said = (demo.stdout + demo.stderr).decode('utf-8', 'replace')
        ok(demo.returncode == 0, 'the demo ends well', said[-2000:])
        ok(not left, 'and leaves nothing of its engine behind', left)
        if demo.returncode == 0:
            check_report(out, said)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return end()


sys.exit(main())
