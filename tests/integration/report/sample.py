#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a rich plimsoll.audit/1 document for the tests of the reports: sample.py SOURCE_ROOT [clean]

The checks and frameworks are the real ones of content/; subjects, verdicts and evidence are made
up from hashes, so that every run gives the same bytes. Some names are hostile.
"""
import base64
import glob
import hashlib
import json
import os
import sys

import yaml

JUDGED = {'engine', 'host', 'image', 'vuln', 'secrets', 'package'}
HOSTILE = [
    '</script><script>alert(1)</script>',
    'red\x1b[31m\x07alert\nnew line\rreturn',
    'abc\u202egpj.exe\u2066\u200b',
    "=cmd|'/C calc'!A0",
    'x' * (1 << 20),
    '"><img src=x onerror=alert(2)> \'&amp;',
]


def number(*words):
    return int(hashlib.sha256('\0'.join(map(str, words)).encode()).hexdigest()[:8], 16)


def digest(*words):
    return hashlib.sha256('\0'.join(map(str, words)).encode()).hexdigest()


def finding_id(*words):
    raw = hashlib.sha256('\0'.join(map(str, words)).encode()).digest()[:10]
    return 'F-' + base64.b32encode(raw).decode()


def load(root):
    checks, frameworks = [], []
    for path in sorted(glob.glob(os.path.join(root, 'content/checks/*.yaml'))):
        with open(path, encoding='utf-8') as f:
            text = f.read().replace('!unreadable', '').replace('!absent', '')
        checks += [c for c in yaml.safe_load(text) or [] if 'check' in c]
    for path in sorted(glob.glob(os.path.join(root, 'content/frameworks/*.yaml'))):
        with open(path, encoding='utf-8') as f:
            frameworks.append(yaml.safe_load(f))
    order = ['pci_dss_4_0_1', 'hipaa', 'nist_800_53r5', 'nist_800_190', 'cis_docker_1_6', 'soc2']
    frameworks.sort(key=lambda f: order.index(f['framework']) if f['framework'] in order else 99)
    return checks, frameworks


def subjects():
    out = [{'kind': 'host', 'id': digest('host')[:32], 'name': 'pay-host-1.example', 'class': 'host',
            'attributes': [{'name': 'operating system', 'value': 'Debian GNU/Linux 12 (bookworm)'},
                           {'name': 'kernel', 'value': '6.1.0-28-amd64'}]},
           {'kind': 'engine', 'id': digest('engine')[:32], 'name': 'docker', 'class': 'engine',
            'attributes': [{'name': 'version', 'value': '20.10.24'},
                           {'name': 'address', 'value': 'unix:///run/docker.sock'}]}]
    for name in ('shop/web:2.4.1', 'shop/orders:2.4.1', 'legacy:1', 'redis:7'):
        out.append({'kind': 'image', 'id': 'sha256:' + digest(name), 'name': name,
                    'class': name.split(':')[0],
                    'attributes': [{'name': 'reference', 'value': name}]})
    names = ['web', 'orders', 'redis', 'legacy-billing', 'backup', 'metrics'] + HOSTILE
    for i, name in enumerate(names):
        out.append({'kind': 'container', 'id': digest('container', i), 'name': name, 'class': name[:40],
                    'attributes': [{'name': 'image', 'value': 'shop/web:2.4.1'},
                                   {'name': 'state', 'value': 'running'}]})
    return out


def finding(check, subject, verdict, index, **more):
    row = {'kind': 'check', 'id': finding_id(check['check'], subject['id']),
           'check': check['check'], 'title': check['title'],
           'subject': {'kind': subject['kind'], 'id': subject['id'], 'name': subject['name'][:200]},
           'verdict': verdict,
           'reason': None, 'reason_field': None, 'severity': check['severity'],
           'owner': check['owner'], 'element': None, 'evidence': [],
           'evidence_sha256': digest('e', check['check'], subject['id']),
           'revision': digest('r', check['check'])[:12], 'ledger_index': index}
    row.update(more)
    return row


def judge(checks, subs, clean):
    rows = []
    for si, s in enumerate(subs):
        for c in checks:
            if c['kind'] != s['kind']:
                continue
            index = 40 + si
            needs = c.get('needs')
            if needs and needs not in JUDGED:
                rows.append(finding(c, s, 'unknown', index, reason='needs:' + needs))
                continue
            n = number(c['check']) % 100 if s['name'] not in ('web', 'orders') else 50
            if n < 16 and not clean and number(c['check'], si) % 3:
                field = (c.get('evidence') or [s['kind'] + '.setting'])[0]
                rows.append(finding(c, s, 'fail', index, evidence=[
                    {'field': field, 'value': HOSTILE[si % 4] if n == 3 else 'unexpected value'}]))
            elif 16 <= n < 19 and not clean:
                rows.append(finding(c, s, 'unknown', index, reason=['denied', 'needs:policy', 'timeout'][n - 16],
                                    reason_field=s['kind'] + '.setting'))
            elif 19 <= n < 27:
                rows.append(finding(c, s, 'not-applicable', index, reason='no-subject'))
            else:
                rows.append(finding(c, s, 'pass', index))
    return rows


def vulnerabilities(subs):
    rows = []
    image = next(s for s in subs if s['name'] == 'legacy:1')
    packages = [('libssl1.1', 'openssl', '1.1.1k-1', '1.1.1n-0+deb11u5'),
                ('zlib1g', 'zlib', '1:1.2.11.dfsg-2', '1:1.2.11.dfsg-2+deb11u2'),
                ('libc6', 'glibc', '2.31-13', '2.31-13+deb11u5'), ('bash', 'bash', '5.1-2+b3', None),
                ('libexpat1', 'expat', '2.2.10-2', '2.2.10-2+deb11u5')]
    for i in range(64):
        name, source, version, fixed = packages[number('p', i) % len(packages)]
        severity = ['critical', 'high', 'high', 'medium', 'medium', 'low', 'unknown'][number('s', i) % 7]
        rows.append({'kind': 'vulnerability', 'id': finding_id('v', i),
                     'subject': {k: image[k] for k in ('kind', 'id', 'name')}, 'verdict': 'fail',
                     'reason': None, 'reason_field': None, 'severity': severity, 'owner': 'base-image',
                     'element': None, 'evidence': [], 'evidence_sha256': digest('ve', i), 'revision': None,
                     'ledger_index': 44, 'advisory': f'CVE-20{20 + i % 6}-{1000 + number(i) % 40000}',
                     'aliases': [], 'package': {'name': name, 'version': version, 'source': source,
                                                'source_version': version, 'ecosystem': 'Debian:11',
                                                'purl': f'pkg:deb/debian/{name}@{version}'},
                     'fixed_version': fixed, 'layer': None, 'summary': 'A flaw in ' + source,
                     'kev': i in (3, 17), 'kev_due': None, 'epss_ppm': number('epss', i) % 900000})
    return rows


def check_row(c):
    remedy = c.get('remedy') or {}
    return {'id': c['check'], 'title': c['title'], 'kind': c['kind'],
            'needs': None if c.get('needs') in JUDGED else c.get('needs'),
            'severity': c['severity'], 'owner': c['owner'], 'method': c.get('method'),
            'rationale': c.get('rationale') or
            'A setting like this one lets a fault in one container reach the host and its neighbours. '
            'Auditors ask for it first, because it undoes most other safeguards.',
            'remedy': {'text': remedy.get('text'),
                       'steps': [{'key': k, 'value': str(v)} for k, v in (remedy.get('steps') or {}).items()]},
            'controls': c.get('controls', {})}


def framework_row(f):
    return {'id': f['framework'], 'name': f['name'], 'note': f['note'],
            'requirements': [{'id': r['id'], 'title': r['title'], 'section': r.get('section'),
                              'kind': r.get('kind'), 'heading': r.get('heading', False),
                              'baselines': r.get('baselines')} for r in f['requirements']]}


def items(subs):
    types = {'host': ('host.facts', 'host'), 'engine': ('docker.inspect', 'engine'),
             'image': ('docker.inspect', 'image'), 'container': ('docker.inspect', 'engine')}
    out = []
    for i, s in enumerate(subs):
        for base, kind in ((10, types[s['kind']]), (40, ('check.result', 'rules'))):
            out.append({'ledger_index': base + i, 'type': kind[0], 'role': 'inspect', 'subject': s['id'], 'collector': kind[1],
                        'sha256': digest('item', base, i), 'collected_at': f'2026-11-21T09:41:{i:02d}.000000Z'})
    return out


def packages(subs):
    """Three of each image, one with a name that no format may take for anything else."""
    names = [('libssl3', '3.0.1-1', 'deb'), ('bash', '5.1-2', 'deb'), ('=cmd|"</a>\u202e', '1.0', 'npm')]
    return [{'subject': {k: s[k] for k in ('kind', 'id', 'name')}, 'type': t, 'name': n, 'version': v, 'arch': None,
             'source': n, 'source_version': v, 'ecosystem': None, 'purl': f'pkg:{t}/p{i}@{v}', 'path': '/p', 'layer': None,
             'owner': 'base-image', 'licence': 'MIT' if i else None, 'provenance': None, 'owned_by': None}
            for s in subs if s['kind'] == 'image' for i, (n, v, t) in enumerate(names)]


def main(root, clean=False):
    checks, frameworks = load(root)
    subs = subjects()
    if clean:
        subs = subs[:5] + subs[6:8]
    doc = {
        'schema': 'plimsoll.audit/1',
        'tool': {'name': 'plimsoll', 'version': '0.1.0', 'build': digest('build')},
        'content': {'digest': digest('content')},
        'advisories': {'present': True, 'digest': digest('advisories'), 'imported_at': '2026-11-19T04:00:00.000000Z',
                       'feeds': [{'name': 'Debian', 'version': '2026-11-19', 'source': 'https://osv.example/', 'as_of':
                                  '2026-11-19T03:11:00.000000Z', 'stale': False}], 'how_to_get': None},
        'generated_at': '2026-11-21T09:42:07.120000Z', 'started_at': '2026-11-21T09:41:00.000000Z',
        'verb': 'audit', 'system': 'pay-host-1.example', 'sandbox': 'full', 'first_run': True, 'baseline': None,
        'scope': {'subjects': subs,
                  'exclusions': [{'what': 'Kubernetes', 'reason': 'no kubelet runs on this host', 'needs': 'cluster'}],
                  'engines': [{'how': 'DOCKER_HOST', 'address': '', 'outcome': 'not set', 'used': False},
                              {'how': 'default socket', 'address': 'unix:///run/docker.sock', 'outcome': 'used', 'used': True}]},
        'gaps': [] if clean else [{'what': 'image redis:7', 'reason': 'limit:layers', 'detail': 'layer sha256:8f…: more than 10,000 entries', 'kind': None}],
        'ledger': {'recorded': True, 'origin': 'plimsoll.invalid/7f3a91c2d0e4b586', 'size': 68,
                   'root': 'T2kW4m8Zb0h4o0vYpXU1rj1K5c4b7qkX0j1rB1zq3mI=', 'directory': '/var/lib/plimsoll/ledger',
                   'vkey': 'plimsoll.invalid/7f3a91c2d0e4b586+9b2f1c3d+AVl0a3N0aGlzaXNub3RhcmVhbGtleWp1c3RhdGVzdA==',
                   'recovery': 'none'},
        'findings': judge(checks, subs, clean) + ([] if clean else vulnerabilities(subs)),
        'packages': packages(subs),
        'checks': [check_row(c) for c in checks],
        'frameworks': [framework_row(f) for f in frameworks],
        'evidence': items(subs),
        'policy': {'unset': [{'name': 'engine_operators', 'help': 'Users who may reach the engine socket'},
                             {'name': 'max_container_age_days', 'help': 'Days after which a container is replaced'}]},
        'places': [{'what': 'report', 'path': '/var/lib/plimsoll/reports/2026-11-21T094207Z.html'},
                   {'what': 'evidence log', 'path': '/var/lib/plimsoll/ledger'},
                   {'what': 'state', 'path': '/var/lib/plimsoll'}],
    }
    json.dump(doc, sys.stdout, ensure_ascii=True)


main(sys.argv[1], 'clean' in sys.argv[2:])
