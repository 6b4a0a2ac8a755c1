#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where subjects belong: the same in JSON, SARIF, CSV, JUnit and the evidence log, and sums of findings by it."""
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

from tap import end, ok

PLIMSOLL = os.environ['PLIMSOLL']
work = tempfile.mkdtemp(prefix='plimsoll-context-')
FORMATS = ('json', 'sarif', 'csv', 'junit')
DIGEST = 'sha256:' + 'ab' * 32
WORDS = ('host', 'engine', 'image', 'container', 'service', 'pod', 'namespace', 'task', 'cluster', 'stack')

POD = f'''apiVersion: v1
kind: Pod
metadata: {{name: web-0, namespace: shop}}
spec:
  containers:
  - {{name: nginx, image: "registry.example/web@{DIGEST}"}}
  - {{name: side, image: "busybox:1", securityContext: {{privileged: true}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web-0, namespace: other}}
spec:
  containers:
  - {{name: nginx, image: "nginx:1"}}
'''


def run(*words):
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    return subprocess.run([PLIMSOLL, *words], env=env, capture_output=True, text=True, check=False, timeout=120)


def scan(path, *words):
    """One scan in every form."""
    outputs = [w for f in FORMATS for w in ('--output', f'{f}={work}/out.{f}')]
    got = run('scan', path, '-q', *outputs, *words)
    assert got.returncode == 0, got.stderr
    with open(f'{work}/out.json', encoding='utf-8') as f:
        return json.load(f)


def some(context):
    return {k: v for k, v in context.items() if v}


def in_sarif():
    """Of each finding: (id, context)."""
    with open(f'{work}/out.sarif', encoding='utf-8') as f:
        results = json.load(f)['runs'][0]['results']
    return [(r['partialFingerprints']['plimsollFinding/v1'], r['properties']['context']) for r in results]


def in_csv(members):
    with open(f'{work}/out.csv', encoding='utf-8', newline='') as f:
        return [(r['id'], some({m: r[m] for m in members})) for r in csv.DictReader(f) if r['row'] == 'finding']


def in_junit(members):
    suites = ET.parse(f'{work}/out.junit').getroot().iter('testsuite')
    return {s.find('properties/property[@name="id"]').get('value'):
            {p.get('name'): p.get('value') for p in s.iter('property') if p.get('name') in members}
            for s in suites if s.get('name') != 'not read'}


def in_log():
    """By type of entry, what each says of its subject."""
    found = {}
    for line in run('ledger', 'show', '--state-dir', f'{work}/state').stdout.splitlines():
        number, kind = line.split()[0], line.split()[2]
        if kind in ('check.result', 'declared.container'):
            entry = json.loads(run('ledger', 'show', number, '--state-dir', f'{work}/state').stdout)
            found.setdefault(kind, {})[entry['subj'][0]['id']] = entry['body']['context']
    return found


def sums(report, by, name):
    """Of the findings of those subjects alone: how many, how many fail and how many are unknown."""
    ids = {s['id'] for s in report['scope']['subjects'] if (
        f"{s['context'].get('namespace')}/{s['context'].get('pod')}" if by == 'pod' else s['context'].get(by)) == name}
    mine = [f for f in report['findings'] if f['subject']['id'] in ids]
    return (len(ids), sum(f['verdict'] == 'fail' for f in mine), sum(f['verdict'] == 'unknown' for f in mine))


def everywhere():
    with open(f'{work}/pods.yaml', 'w', encoding='utf-8') as f:
        f.write(POD)
    report = scan(f'{work}/pods.yaml', '--state-dir', f'{work}/state')
    context = {s['id']: s['context'] for s in report['scope']['subjects']}
    first = next(c for c in context.values() if c.get('image_digest'))
    ok(len(context) == 3 and first['namespace'] == 'shop' and first['pod'] == 'web-0' and first['image_digest'] == DIGEST
       and first['container'], 'a container of a pod has its image, digest, pod and namespace', context)
    of = [(f['id'], context[f['subject']['id']]) for f in report['findings']]
    members = sorted({m for c in context.values() for m in c})
    ok(in_sarif() == of, 'SARIF says it of every result', [in_sarif()[:2], of[:2]])
    ok(in_csv(members) == of, 'CSV of every finding', [in_csv(members)[:2], of[:2]])
    ok(in_junit(members) == context, 'JUnit of every suite', [in_junit(members), context])
    log = in_log()
    ok(log == {'check.result': context, 'declared.container': context}, 'the evidence log of verdicts and of what was read',
       [log, context])
    groups = report['groups']
    told = {(g['by'], g['name']): (g['subjects'], sum(g['fail'].values()), g['unknown']) for g in groups}
    ok(len(told) == len(groups) and {b for b, _ in told} <= set(WORDS) and ('pod', 'shop/web-0') in told
       and ('pod', 'other/web-0') in told and told[('namespace', 'shop')][0] == 2 and any(t[1] for t in told.values())
       and all(sums(report, by, name) == t for (by, name), t in told.items()),
       'the sums by pod, namespace, image are those of the findings', told)


def old_documents():
    """A report of a version that told attributes alone."""
    with open(f'{work}/out.json', encoding='utf-8') as f:
        report = json.load(f)
    del report['groups']
    for s in report['scope']['subjects']:
        del s['context']
    with open(f'{work}/old.json', 'w', encoding='utf-8') as f:
        json.dump(report, f)
    got = run('report', '--input', f'{work}/old.json', '--format', 'table', '--group-by', 'namespace')
    ok(got.returncode == 0 and any(line.split()[:2] == ['shop', '2'] for line in got.stdout.splitlines()),
       'a document without it is summed up by its attributes', got.stdout[-1500:] + got.stderr)


try:
    everywhere()
    old_documents()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(end())
