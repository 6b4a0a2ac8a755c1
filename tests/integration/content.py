#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stands behind the frameworks: which requirements a check is shown to cover, what containers do to each."""
import csv
import json
import os
import re
import shutil
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
        schema = json.load(f)
    jsonschema.validate(coverage('--framework', 'hipaa'), schema)
    one = json.loads(run('checks', '--requirement', '1.3.2', '--format', 'json').stdout)
    jsonschema.validate(one, schema)
    ok({r['id'] for r in one['requirements']} == {'1.3.2'} and len(one['requirements']) > 1,
       'an id is told of each framework that has it', one)
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


def check_cases():
    """Whatever is judged has cases of each kind beside it; `rules test` proves them."""
    folder, few, judged = SOURCE + '/content/checks', [], 0
    for name in sorted(os.listdir(folder)):
        with open(f'{folder}/{name}', encoding='utf-8') as f:
            for check in re.split(r'(?m)^- ', f.read()):
                if check.startswith('check: ') and re.search(r'(?m)^  pass:', check):
                    judged += 1
                    lacking = {'pass', 'fail', 'unknown'} - set(re.findall(r'(?m)^      verdict: (\S+)', check))
                    few += [(check.split()[1], lacking)] if lacking else []
    ok(judged > 300 and not few, 'every check that judges has a case that passes, one that fails and one that is unknown', few)


def check_effects():
    blank, numbers, texts = [], [], set()
    for f in coverage()['frameworks']:
        for row in coverage('--framework', f['id'])['frameworks'][0]['rows']:
            if not (row['containers'] and row['why'] and row['ask']):
                blank.append((f['id'], row['id']))
            if not re.search('[A-Za-z]{3}', row['title'].replace(row['id'], '')):
                numbers.append((f['id'], row['id'], row['title']))
            texts |= {row['why'], row['ask']}
    ok(not blank, 'every requirement in scope says what containers do to it and what is asked', blank[:20])
    ok(not numbers, 'no requirement has a text that is only a number', numbers)
    wrong = [t for t in texts if t and (len(t) > 350 or len(re.findall(r'[.?](?: |$)', t)) != 1)]
    ok(len(texts) > 100 and not wrong, 'each text is one sentence', wrong)
    done = run('checks', '--requirement', '1.3.2', '--framework', 'pci_dss_4_0_1')
    ok('containers  weaken' in done.stdout and '\nasked  ' in done.stdout, 'a requirement is told with it', done.stdout)


CHECK = """- check: %s
  title: Containers are young
  kind: container
  pass: container.age_days <= 3
  severity: low
  owner: application
  method: The engine's inspect document.
  rationale: It is an example.
  evidence: [container.age_days]
  remedy: {text: Start it anew.}
  controls: {house: ["1"]}
  tests:
    - {name: young, fields: {container.age_days: 3}, verdict: pass}
    - {name: old, fields: {container.age_days: 4}, verdict: fail}
"""
HOUSE = 'framework: house\nname: House rules\nrequirements:\n  - {id: "1", title: Images are young}\n'
PROFILE = """profile: ours
name: Our shop
frameworks:
  house: all
  pci_dss_4_0_1: {only: ["1.*"], without: ["1.1.*"]}
policy:
  allowed_registries: [registry.example.org]
  zones: [cde, office]
"""


def folder(work, name, **files):
    for path, text in files.items():
        path = f'{work}/{name}/' + path.replace('__', '/') + '.yaml'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
    return f'{work}/{name}'


def scan(work, *args):
    """(what was run, its JSON, its page)"""
    done = run('scan', 'declared:-', '--state-dir', 'none', '--output', f'json={work}/out.json', '--output', f'html={work}/out.html',
               '--format', 'table', *args, stdin='docker run --name web web:1\n')
    if done.returncode:
        return done, None, ''
    with open(work + '/out.json', encoding='utf-8') as f:
        doc = json.load(f)
    with open(work + '/out.html', encoding='utf-8') as f:
        return done, doc, f.read()


def check_folder(work):
    done, plain, _ = scan(work)
    ok(plain['content']['changes'] == [] and 'Rule set:' not in done.stdout, 'a rule set as it is shipped says nothing', done.stdout)
    own = folder(work, 'own', checks__own=CHECK % 'OWN-001' + CHECK % 'CTR-026' + '- list: sensitive_paths\n  items: [/etc]\n',
                 frameworks__house=HOUSE, profiles__ours=PROFILE)
    done, doc, page = scan(work, '--content', own, '--profile', 'ours')
    changes = {c['what']: (c['how'], c['where']) for c in doc['content']['changes']}
    ok(changes == {'framework house': ('added', own + '/frameworks/house.yaml:1'), 'check OWN-001': ('added', own + '/checks/own.yaml:1'),
                   'check CTR-026': ('changed', own + '/checks/own.yaml:15'), 'profile ours': ('added', own + '/profiles/ours.yaml:1'),
                   'list sensitive_paths': ('changed', own + '/checks/own.yaml:29')},
       'what a folder adds and changes is told with file and line', changes)
    ok(doc['content']['digest'] != plain['content']['digest'], 'and the rule set has another digest')
    origin = {c['id']: c['origin'] for c in doc['checks']}
    ok(origin['CTR-026'] == f'changed by {own}/checks/own.yaml:15' and origin['CTR-005'] is None, 'a check says whose it is', origin['CTR-026'])
    said = f'check CTR-026 by {own}/checks/own.yaml:15'
    ok(said in ' '.join(done.stdout.split()) and f'{own}/checks/own.yaml:15' in page, 'table and page say so', done.stdout)
    again = json.loads(run('report', '--input', work + '/out.json', '--format', 'json').stdout)
    ok(again['content'] == doc['content'] and again['profile'] == doc['profile'] and again['effects'] == doc['effects'] and
       again['policy'] == doc['policy'], 'and so does the report made again from JSON')
    for form in ('sarif', 'csv'):
        assert run('report', '--input', work + '/out.json', '--output', f'{form}={work}/out.{form}').returncode == 0
    with open(work + '/out.sarif', encoding='utf-8') as f:
        sarif = json.load(f)['runs'][0]
    rules = {r['id']: r['properties'].get('origin') for r in sarif['tool']['driver']['rules']}
    told = sarif['properties']['content']
    ok({c['what']: (c['how'], c['where']) for c in told['changes']} == changes and told['digest'] == doc['content']['digest'] and
       told['profile']['id'] == 'ours' and told['parameters'] == doc['policy']['set'] and
       rules.get('OWN-001', rules.get('CTR-026', '')) is not None, 'SARIF says what the folder makes of the rules', [told, rules])
    with open(work + '/out.csv', encoding='utf-8', newline='') as f:
        told = {r['rule']: (r['title'], r['path']) for r in csv.DictReader(f) if r['row'] == 'content'}
    ok(told == changes, 'CSV has a row for each', told)
    rows = coverage('--content', own, '--framework', 'pci_dss_4_0_1')['frameworks'][0]['rows']
    ok('CTR-026' not in {c['id'] for r in rows for c in r['checks']}, 'a changed check has the requirements that it names, and no others')
    copy = work + '/copy'
    shutil.copytree(SOURCE + '/content', copy)
    changes = scan(work, '--content', copy)[1]['content']['changes']
    ok(changes == [], 'a copy of what is shipped is no change', changes[:5])
    done = run('rules', 'check', own + '/checks/own.yaml', '--content', own)
    ok(done.returncode == 0 and done.stdout.startswith('2 checks, 0 changes'), 'a file of the folder is in it already', done)


def check_profiles(work):
    own = f'{work}/own'
    doc = scan(work, '--content', own, '--profile', 'ours')[1]
    of = {f['id']: [r['id'] for r in f['requirements'] if r['in_scope']] for f in doc['frameworks']}
    pci = of.get('pci_dss_4_0_1', [])
    ok(set(of) == {'house', 'pci_dss_4_0_1'} and of['house'] == ['1'] and pci and
       all(i.startswith('1.') and not i.startswith('1.1.') for i in pci), 'a profile says what is in scope', of)
    config = work + '/ours.yaml'
    with open(config, 'w', encoding='utf-8') as f:
        f.write(f'content:\n  dir: {own}\nprofile: ours\npolicy:\n  zones: [cde]\n')
    from_profile = f'profile ours, {own}/profiles/ours.yaml:7'
    shown = {p['parameter']: (p['items'], p['where']) for p in
             json.loads(run('config', 'show', '--config', config, '--format', 'json').stdout)['policy']}
    ok(shown == {'zones': (['cde'], config + ':5'), 'allowed_registries': (['registry.example.org'], from_profile)},
       'config show says where each value comes from; the configuration goes before the profile', shown)
    done, doc, page = scan(work, '--config', config)
    told = {p['name']: (p['value'], p['where']) for p in doc['policy']['set']}
    ok(told == {'zones': ('cde', config + ':5'), 'allowed_registries': ('registry.example.org', from_profile)} and
       config + ':5' in page and 'profile ours' in done.stdout, 'so does the report', told)
    found = [f['verdict'] for f in doc['findings'] if f.get('check') == 'REG-007']
    ok(found == ['fail'], 'a check goes by the value of the profile', found)
    for name, n in (('fedramp-low', 156), ('fedramp-moderate', 323), ('fedramp-high', 410)):
        counted = {f['id']: f['requirements'] for f in coverage('--profile', name)['frameworks']}
        ok(counted.get('nist_800_53r5') == n, f'{name} has the {n} controls of its baseline', counted)
    providers = {'11.4.6', '12.4.1', '12.4.2', '12.5.2.1', '12.9.1', 'A1.1.1'}
    asked = {name: providers & {r['id'] for r in coverage('--profile', name, '--framework', 'pci_dss_4_0_1')['frameworks'][0]['rows']}
             for name in ('pci-cde', 'pci-saq-a', 'pci-saq-a-ep', 'pci-saq-d', 'pci-service-provider')}
    ok(asked.pop('pci-service-provider') == providers and not any(asked.values()),
       'a merchant is not asked what only providers are', asked)


def check_wrong(work):
    cases = (
        ('- check: OWN-001\n  xyzzy: 1\n', 'checks', ':2: unknown key "xyzzy"'),
        (CHECK % 'OWN-001' + CHECK % 'OWN-001', 'checks', ':15: check OWN-001 stands twice'),
        (CHECK % 'CTR-005' + CHECK % 'CTR-005', 'checks', ':15: check CTR-005 stands twice'),
        (CHECK % '"../../etc"', 'checks', ':1: "../../etc" is no id of a check'),
        (CHECK % ('A' * 65), 'checks', 'is no id of a check'),
        ((CHECK % 'OWN-001').replace('"1"', '"9"'), 'checks', ':11: house has no requirement "9"'),
        ((CHECK % 'OWN-001').replace('house', 'hause'), 'checks', 'unknown framework "hause"'),
        ((CHECK % 'OWN-001').replace('age_days <=', 'age_dayz <='), 'checks', 'unknown field container.age_dayz'),
        (HOUSE + HOUSE.splitlines()[-1] + '\n', 'frameworks', ':5: requirement 1 stands twice'),
        (PROFILE.replace('"1.*"', '"77.*"'), 'profiles', ':5: pci_dss_4_0_1 has no requirement "77.*"'),
        (PROFILE.replace('zones', 'zonez'), 'profiles', ':8: unknown parameter "zonez"'),
        (PROFILE.replace('house: all', 'house: {baseline: X}'), 'profiles', 'baseline must be L, M or H'),
        ('- effect: e\n  containers: better\n  why: w\n  ask: a\n  requirements: {}\n', 'containers', 'strengthen, weaken, new or same'),
        ('- effect: e\n  containers: new\n  why: w\n  ask: a\n  requirements: {house: ["2"]}\n', 'containers', 'has no requirement "2"'),
        ('- list: zones\n  items: [a]\n', 'checks', 'zones is a policy parameter already'),
        ('a: &a [1]\nb: *a\n', 'frameworks', 'nchor'),
        ('framework: house\nname: a\nname: b\nrequirements: []\n', 'frameworks', 'name'),
        ('[' * 100, 'checks', 'nested deeper'),
        ('- check: "\\x1b[31m"\n', 'checks', 'checks/'),
    )
    for i, (text, kind, said) in enumerate(cases):
        own = folder(work, f'wrong{i}', frameworks__house=HOUSE, **{kind + '__zz': text})
        if 'framework: house' in text:
            os.remove(own + '/frameworks/house.yaml')
        done = scan(work, '--content', own)[0]
        ok(done.returncode == 2 and said in done.stderr and f'{own}/{kind}/zz.yaml' in done.stderr and '\x1b' not in done.stderr,
           f'an error names file and line: {said}', done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='plimsoll-content-') as work:
        check_coverage(work)
        check_effects()
        check_cases()
        check_folder(work)
        check_profiles(work)
        check_wrong(work)
    return end()


if __name__ == '__main__':
    sys.exit(main())
