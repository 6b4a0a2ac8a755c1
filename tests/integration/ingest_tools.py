#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Other tools run here and their own output recorded (OpenSCAP, ClamAV, yara; Semgrep's from a file), and what they found in SARIF,
CSV and JUnit under their own names, where nobody counts it as ours."""
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
FIXTURES = os.environ['PL_SOURCE_ROOT'] + '/tests/fixtures/ingest/'
work = tempfile.mkdtemp(prefix='plimsoll-ingest-tools-')

OVAL = '''<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
 xmlns:i="http://oval.mitre.org/XMLSchema/oval-definitions-5#independent" xmlns:o="http://oval.mitre.org/XMLSchema/oval-common-5">
 <generator><o:schema_version>5.11</o:schema_version><o:timestamp>2026-11-01T00:00:00</o:timestamp></generator>
 <definitions>
  <definition id="oval:own:def:1" version="1" class="compliance"><metadata><title>unix</title><description>d</description></metadata>
   <criteria><criterion test_ref="oval:own:tst:1"/></criteria></definition>
  <definition id="oval:own:def:2" version="1" class="compliance"><metadata><title>windows</title><description>d</description></metadata>
   <criteria><criterion test_ref="oval:own:tst:2"/></criteria></definition>
 </definitions>
 <tests>
  <i:family_test id="oval:own:tst:1" version="1" check="all" comment="unix"><i:object object_ref="oval:own:obj:1"/>
   <i:state state_ref="oval:own:ste:1"/></i:family_test>
  <i:family_test id="oval:own:tst:2" version="1" check="all" comment="windows"><i:object object_ref="oval:own:obj:1"/>
   <i:state state_ref="oval:own:ste:2"/></i:family_test>
 </tests>
 <objects><i:family_object id="oval:own:obj:1" version="1"/></objects>
 <states>
  <i:family_state id="oval:own:ste:1" version="1"><i:family>unix</i:family></i:family_state>
  <i:family_state id="oval:own:ste:2" version="1"><i:family>windows</i:family></i:family_state>
 </states>
</oval_definitions>
'''
RULE = '''<Rule id="xccdf_own_rule_{n}" selected="true" severity="{severity}"><title>{title}</title>
 <check system="http://oval.mitre.org/XMLSchema/oval-definitions-5"><check-content-ref href="oval.xml" name="oval:own:def:{n}"/></check></Rule>'''
XCCDF = ('<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_own_benchmark_b" resolved="1"><status>accepted</status>'
         '<version>1</version>' + RULE.format(n=1, severity='low', title='The system is Unix') +
         RULE.format(n=2, severity='high', title='The system is another') + '</Benchmark>\n')


def run(*words):
    env = {k: v for k, v in os.environ.items() if not k.startswith('PLIMSOLL_')}
    return subprocess.run([PLIMSOLL, *words, '--state-dir', work + '/state'], env=env, capture_output=True, text=True, check=False,
                          timeout=120)


def write(name, text):
    with open(f'{work}/{name}', 'w', encoding='utf-8') as f:
        f.write(text)
    return f'{work}/{name}'


def tool(*words):
    return subprocess.run(words, cwd=work, capture_output=True, text=True, check=False, timeout=120)


def made():
    """Documents that the tools write now."""
    os.mkdir(work + '/files')
    write('files/bad', 'plimsoll-marker-of-a-test')
    write('files/good', 'nothing')
    write('own.ndb', 'Own.Marker:0:*:' + b'plimsoll-marker-of-a-test'.hex() + '\n')
    write('own.yar', 'rule own_marker { strings: $a = "plimsoll-marker-of-a-test" condition: $a }\n')
    write('oval.xml', OVAL)
    write('xccdf.xml', XCCDF)
    tool('clamscan', '-r', '-d', 'own.ndb', '--log=clam.log', 'files')
    write('yara.log', tool('yara', '-r', '-s', '-m', 'own.yar', 'files').stdout)
    tool('oscap', 'xccdf', 'eval', '--results', 'results.xml', 'xccdf.xml')
    return {'clamav': 'clam.log', 'yara': 'yara.log', 'xccdf': 'results.xml'}


def recorded():
    for form, name in made().items():
        got = run('ingest', f'{work}/{name}', '--about', 'this test')
        ok(got.returncode == 0 and '1 failed' in got.stdout, f'what the tool of {form} writes here is read', [got.stdout, got.stderr])
    got = run('ingest', FIXTURES + 'semgrep.sarif', '--ran-at', '2026-11-20')
    ok(got.returncode == 0 and 'Semgrep OSS' in got.stdout and '2 failed' in got.stdout, 'Semgrep\'s SARIF is read, what is suppressed aside',
       [got.stdout, got.stderr])


def scanned():
    write('Dockerfile', 'FROM scratch\nUSER 1000\n')
    outputs = [w for f in ('json', 'sarif', 'csv', 'junit') for w in ('--output', f'{f}={work}/out.{f}')]
    got = run('scan', work + '/Dockerfile', '-q', *outputs)
    assert got.returncode == 0, got.stderr
    with open(work + '/out.json', encoding='utf-8') as f:
        return json.load(f)


def reported():
    doc = scanned()
    want = {v['number']: (v['tool'], [(r['rule'], r['outcome']) for r in v['results']]) for v in doc['ingested']}
    ok(sorted(len(v[1]) for v in want.values()) == [1, 1, 2, 3] and {v['tool'] for v in doc['ingested']} >= {'Semgrep OSS', 'openscap'},
       'the report has all four tools', want)
    semgrep = next(v for v in doc['ingested'] if v['tool'] == 'Semgrep OSS')
    ok([c['control'] for c in semgrep['controls']] == ['SUP-003'], 'Semgrep bears on the static analysis of source code', semgrep)
    with open(work + '/out.sarif', encoding='utf-8') as f:
        runs = json.load(f)['runs']
    ok(runs[0]['tool']['driver']['name'] == 'Plimsoll' and len(runs[0]['results']) == len(doc['findings']) and
       {r['properties']['number']: (r['tool']['driver']['name'], [(x['ruleId'], x['properties']['outcome']) for x in r['results']])
        for r in runs[1:]} == want, 'SARIF has each as a run of that tool, behind ours', [r['tool'] for r in runs])
    ids = [r['automationDetails']['id'] for r in runs[1:]]
    ok(len(set(ids)) == len(ids) and all(r['properties']['kind'] == 'ingested' for r in runs[1:]), 'each has an id of its own', ids)
    with open(work + '/out.csv', encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f))
    others = [r for r in rows if r['row'] == 'other-tool-result']
    ok(sorted((r['rule'], r['tool_outcome']) for r in others) == sorted(x for v in want.values() for x in v[1]) and
       all(r['tool'] and not r['verdict'] and not r['severity'] for r in others) and
       len([r for r in rows if r['row'] == 'finding']) == len(doc['findings']) and
       len([r for r in rows if r['row'] == 'other-tool']) == 4,
       'CSV has a row for each, with no verdict in our columns', others[:3])
    suites = list(ET.parse(work + '/out.junit').getroot().iter('testsuite'))
    other = [s for s in suites if s.find('properties/property[@value="other-tool"]') is not None]
    ok(len(other) == 4 and sum(len(s.findall('testcase/skipped')) for s in other) == sum(len(v[1]) for v in want.values()) and
       all(s.get('failures') == '0' and s.get('errors') == '0' for s in other) and
       any('Semgrep OSS' in c.get('message') and 'says fail' in c.get('message') for s in other for c in s.iter('skipped')),
       'JUnit has a suite for each, in which nothing of ours passes or fails', [s.attrib for s in other])


try:
    recorded()
    reported()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(end())
