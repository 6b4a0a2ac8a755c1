# SPDX-License-Identifier: Apache-2.0
"""What a report of each format holds: findings, packages, gaps, and how many findings each owner has."""
import collections
import csv
import io
import json
import re


def owners_of(doc):
    return collections.Counter(f['owner'] for f in doc['findings'])


def counted(word, text):
    """Findings, packages, gaps, owners of findings: None for what a format has no place for."""
    if word == 'sarif':
        run = json.loads(text)['runs'][0]
        return (len(run['results']), len(run['properties']['packages']), len(run['invocations'][0]['toolExecutionNotifications']),
                collections.Counter(r['properties']['owner'] for r in run['results']))
    if word == 'cyclonedx':
        bom = json.loads(text)
        owners = [p['value'] for v in bom['vulnerabilities'] for p in v['properties'] if p['name'] == 'plimsoll:owner']
        owners += [re.search(r'owner ([a-z-]+):', a['text'])[1] for a in bom['annotations']]
        return (len(owners), len([c for c in bom['components'] if c['type'] == 'library']),
                len([p for p in bom['properties'] if p['name'] == 'plimsoll:gap']), collections.Counter(owners))
    if word == 'spdx':
        doc = json.loads(text)
        notes = [a['comment'] for a in doc['annotations']] + [a['comment'] for p in doc['packages'] for a in p.get('annotations', [])]
        found = [n for n in notes if n.startswith('finding ')]
        return (len(found), len([p for p in doc['packages'] if p['SPDXID'].startswith('SPDXRef-Package-')]),
                len([n for n in notes if n.startswith('not read ')]),
                collections.Counter(re.search(r', owner ([a-z-]+):', n)[1] for n in found))
    if word == 'junit':
        owners = re.findall(r'<system-out>owner: ([a-z-]+)</system-out>', text)
        gaps = re.search(r'<testsuite name="not read" tests="(\d+)"', text)
        return (len(owners), len(re.findall(r'<property name="package"', text)), int(gaps[1]), collections.Counter(owners))
    rows = list(csv.DictReader(io.StringIO(text, newline='')))
    kinds = collections.Counter(r['row'] for r in rows)
    return (kinds['finding'], kinds['package'], kinds['incomplete'],
            collections.Counter(r['owner'] for r in rows if r['row'] == 'finding'))
